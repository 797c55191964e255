"""Parsing a definition: what moto's parser gets wrong in its text and in many threads."""

from __future__ import annotations

import json
from typing import Any, cast

from constructs_lib.local import seams

__all__ = ["ARGUMENTS", "WRITER", "install"]

_ASL = "moto.stepfunctions.parser.asl"
_PARSE = f"{_ASL}.parse.asl_parser:AmazonStateLanguageParser.parse"
_SCOPES = f"{_ASL}.parse.preprocessor:Preprocessor._query_language_per_scope"
_LITERAL = f"{_ASL}.parse.preprocessor:Preprocessor.visitAssign_template_value_terminal_string_literal"
# Under these keys travels, in its parameters, what a ResultWriter has and moto's grammar lacks.
WRITER = "constructs-lib-writer"
ARGUMENTS = "constructs-lib-arguments"
_PERCENTAGE = "ToleratedFailurePercentage"


def install() -> None:
    """Gives every parse its own scopes, and strings without their escapes."""
    seams.replace(_PARSE, staticmethod(cast("Any", _parse)))
    # One list for the whole process would mix definitions that are parsed at once, or after a failure.
    seams.replace(_SCOPES, property(lambda self: self.__dict__.setdefault("scopes", [])))
    seams.replace(_LITERAL, _literal)


def _parse(definition: str) -> Any:
    try:
        known = json.loads(definition)
    except ValueError:
        return seams.original(_PARSE)(definition)  # refused there, in the interpreter's words
    return seams.original(_PARSE)(json.dumps(_adapted(known), ensure_ascii=False))


def _adapted(value: Any) -> Any:
    if isinstance(value, list):
        return [_adapted(item) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {key: _adapted(item) for key, item in value.items()}
    return _adapted_map(changed) if changed.get("Type") == "Map" else changed


def _adapted_map(state: dict[str, Any]) -> dict[str, Any]:
    """A Map in the grammar's words: it knows percentages with a point only, and no WriterConfig."""
    percentage, writer = state.get(_PERCENTAGE), state.get("ResultWriter")
    if isinstance(percentage, int):
        state[_PERCENTAGE] = float(percentage)
    if isinstance(writer, dict):
        state["ResultWriter"] = _writer(writer)
    return state


def _writer(writer: dict[str, Any]) -> dict[str, Any]:
    known = {"Resource": writer["Resource"]} if "Resource" in writer else {}
    config = {WRITER: writer["WriterConfig"]} if "WriterConfig" in writer else {}
    if "Arguments" in writer:
        return {**known, "Parameters": {ARGUMENTS: json.dumps(writer["Arguments"]), **config}}
    return {**known, "Parameters": {**writer.get("Parameters", {}), **config}}


def _literal(self: Any, ctx: Any) -> Any:
    del self
    text = json.loads(ctx.string_literal().getText())
    return seams.get(f"{_ASL}.parse.preprocessor:AssignTemplateValueTerminalLit")(value=text)
