"""Texts of a template as one reads them: ``s3://${Bucket}/train/`` for a join of three parts."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from constructs_lib.templates.joined import Token, joined_parts, json_parts

__all__ = ["is_function", "parsed_text", "text_of"]


def is_function(value: object) -> bool:
    """Whether a value is a function of CloudFormation's."""
    return isinstance(value, Mapping) and len(value) == 1 and _is_function_name(next(iter(value)))


def text_of(value: object) -> str | None:
    """A text, or a function of CloudFormation's as ``Fn::Sub`` would write it; None for anything else.

    ``${`` of a literal part becomes ``${!``, as in ``Fn::Sub``.
    """
    if not isinstance(value, str) and not is_function(value):
        return None
    return "".join(_shown(part) for part in joined_parts(value))


def parsed_text(value: object, substitutions: Collection[str] = ()) -> Any:
    """The document in a text that is JSON, with each token in its place.

    A token inside a text is shown as ``${Name}``; one that stands for a whole value is itself.

    Args:
        value: text, or Fn::Join or Fn::Sub of a template.
        substitutions: names that ``${name}`` stands for in the result.

    Returns:
        The document; None when the text is no JSON object.
    """
    text = "".join(_in_json(part, inside) for part, inside in json_parts(value, substitutions))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and not is_function(document) else None


def _in_json(part: str | Token, inside: bool) -> str:
    if isinstance(part, str):
        return _shown(part)
    return json.dumps(_shown(part))[1:-1] if inside else json.dumps(part.value)


def _shown(part: str | Token) -> str:
    if isinstance(part, str):
        return part.replace("${", "${!")
    if isinstance(part.value, Mapping) and isinstance(part.value.get("Fn::Sub"), str):
        return str(part.value["Fn::Sub"])  # what is substituted in a definition
    return f"${{{_called(part.value)}}}"


def _called(value: object) -> str:
    """A function in one line: a reference by its name, another one as a call."""
    if not isinstance(value, Mapping) or not is_function(value):
        return json.dumps(value, sort_keys=True, default=str)
    ((name, argument),) = value.items()
    if name == "Ref":
        return str(argument)
    if name == "Fn::GetAtt":
        return ".".join(map(str, argument)) if isinstance(argument, (list, tuple)) else str(argument)
    arguments = argument if isinstance(argument, (list, tuple)) else [argument]
    return f"{name[4:]}({', '.join(map(_nested, arguments))})"


def _nested(value: object) -> str:
    """An argument; a list of functions is a list of calls."""
    return f"[{', '.join(map(_nested, value))}]" if isinstance(value, (list, tuple)) else _called(value)


def _is_function_name(name: object) -> bool:
    return isinstance(name, str) and (name == "Ref" or name.startswith("Fn::"))
