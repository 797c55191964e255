"""What CreateStateMachine refuses on AWS and moto's parser takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from constructs_lib.local import seams

__all__ = ["install", "problems"]

_VALIDATE = "moto.stepfunctions.parser.models:StepFunctionsParserBackend._validate_definition"
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StateEnteredEventDetails.html ("name")
_MOST_CHARACTERS = 80
# A "positive, non-zero integer": https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
_POSITIVE = ("TimeoutSeconds", "HeartbeatSeconds")
# https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
_LONGEST_WAIT = 99_999_999
# What belongs to one language and is taken, without a word, in a state of the other:
# https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html and .../state-map.html
_ONLY = {"JSONata": ("Output", "Items"), "JSONPath": ("InputPath",)}


def install() -> None:
    """Refuses such definitions, of the API and of stacks, and gives every refusal AWS's error code."""
    seams.replace(_VALIDATE, staticmethod(cast("Any", _validate)))


def _validate(definition: str) -> None:
    refused = seams.get("moto.stepfunctions.parser.api:InvalidDefinition")
    try:
        seams.original(_VALIDATE)(definition)
    except refused as error:
        raise _refusal(str(error.message)) from error
    found = problems(definition)
    if found:
        raise _refusal(f"Invalid State Machine Definition: '{', '.join(found)}'")


def _refusal(message: str) -> Exception:
    # moto's own error reaches the client without a code.
    return seams.get("moto.core.exceptions:JsonRESTError")("InvalidDefinition", message)  # type: ignore[no-any-return]


def problems(definition: str) -> list[str]:
    """What is wrong with a definition that can be parsed, each with where it stands.

    Args:
        definition: the definition's text.
    """
    known = json.loads(definition)
    states = list(_states(known, "", known.get("QueryLanguage", "JSONPath"), True))
    found, names = [], set()
    for where, name, state, language in states:
        if name in names:
            found.append(f"DUPLICATE_STATE_NAME: Duplicate State name: {name} at {where}")
        names.add(name)
        wrong = [*_of_name(name), *_of_times(state), *_of_handlers(state), *_of_language(state, language)]
        found += [f"SCHEMA_VALIDATION_FAILED: {text} at {where}{place}" for place, text in wrong]
    return found


def _states(
    scope: dict[str, Any], path: str, language: str, certain: bool
) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """Every state of all depths: where it stands, its name, itself, its query language (or empty).

    A state inside another of a language of its own is judged by neither: no page says which it has.
    """
    for name, state in scope["States"].items():
        where, own = f"{path}/States/{name}", state.get("QueryLanguage")
        yield where, name, state, own or (language if certain else "")
        sure = certain and own in (None, language)
        for place, inner in _inner(state):
            yield from _states(inner, f"{where}{place}", language, sure)


def _inner(state: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, branch in enumerate(state.get("Branches", ())):
        yield f"/Branches[{index}]", branch
    for member in ("ItemProcessor", "Iterator"):
        if member in state:
            yield f"/{member}", state[member]


def _of_name(name: str) -> Iterator[tuple[str, str]]:
    if not 0 < len(name) <= _MOST_CHARACTERS:
        yield "", f"State name must have 1 to {_MOST_CHARACTERS} characters, not {len(name)}"


def _of_times(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The parser takes integers of 0 and above, and expressions."""
    for member in _POSITIVE:
        if state.get(member) == 0:
            yield f"/{member}", "Value must be a positive, non-zero integer"
    seconds = state.get("Seconds")
    if isinstance(seconds, int) and seconds > _LONGEST_WAIT:
        yield "/Seconds", f"Value must be an integer from 0 to {_LONGEST_WAIT}"


def _of_handlers(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """``States.ALL`` is in the last one only; that it stands alone is seen to by the parser.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    for member in ("Retry", "Catch"):
        for index, handler in enumerate(state.get(member, ())[:-1]):
            if "States.ALL" in handler["ErrorEquals"]:
                yield f"/{member}[{index}]/ErrorEquals", "States.ALL must be in the last one"


def _of_language(state: dict[str, Any], language: str) -> Iterator[tuple[str, str]]:
    others = [field for known, fields in _ONLY.items() if language and known != language for field in fields]
    for place, part in _parts(state):
        for field in others:
            if field in part:
                yield f"{place}/{field}", f"Field is not supported in a state of QueryLanguage {language}"


def _parts(state: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "", state
    for member in ("Catch", "Choices"):
        for index, part in enumerate(state.get(member, ())):
            yield f"/{member}[{index}]", part
