"""A spec as what stands in a state: the one rendering, with its expressions in the state's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from constructs import Construct

from constructs_lib.cdk.expressions import JsonPaths
from constructs_lib.cdk.workflows import jsonata
from constructs_lib.cdk.workflows.json_path import JsonPathWriter
from constructs_lib.cdk.workflows.language import Language, check_language
from constructs_lib.cdk.workflows.shape_walk import Place
from constructs_lib.cdk.workflows.token_objects import without_objects
from constructs_lib.errors import SpecError
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.hyperparameters import Encoding
from constructs_lib.spec.render import MEMBERS
from constructs_lib.spec.text import is_expression

__all__ = ["as_state", "with_tags"]

HYPERPARAMETERS = "HyperParameters"
_ORDER = {member: number for number, member in enumerate(MEMBERS)}
_NONE: Mapping[str, object] = {}


def as_state(
    request: Mapping[str, object],
    spec: TrainingJobSpec,
    language: Language,
    scope: Construct,
    *,
    members: Mapping[str, object] = _NONE,
) -> dict[str, object]:
    """A request as ``Parameters`` (JSONPath) or ``Arguments`` (JSONata) of a state.

    What holds no expression is in it as it is. In JSONPath each text, number, list or map that is a
    `sfn.JsonPath` becomes ``"Key.$"``; a list with some becomes ``States.Array``, a text around some
    ``States.Format``. In JSONata each ``{% ... %}`` stays. Hyperparameters, the environment and other maps of
    text get what an execution gives as text, whatever its type; but a whole map that JSONPath picks from the
    execution goes through as it is, so its values have to be text.

    Args:
        request: as rendered from the spec, with CDK's tokens in it.
        spec: its hyperparameters are read once more, as they were before they became text.
        language: of the state.
        scope: the construct that messages name.
        members: members of the state's form that win over the request's: ``"X.$"`` replaces ``"X"``, and the
            other way round; maps are merged.

    Raises:
        SpecError: an expression of the other language, or one that has no form in this; a token for a whole
            map, list or boolean.
    """
    try:
        state = without_objects(_in_language(request, spec, language), Place())
    except SpecError as error:
        raise SpecError(error.path, error.problem, error.fix, construct=scope.node.path) from None
    merged = _merged(state, members)
    return dict(sorted(merged.items(), key=lambda member: _ORDER.get(_name(member[0]), len(_ORDER))))


def with_tags(
    state: Mapping[str, object], tags: Sequence[Mapping[str, str]], construct: str = ""
) -> dict[str, object]:
    """A state's request with more tags.

    Args:
        state: as `as_state` gives it.
        tags: as the state holds them, with ``Key`` and ``Value`` or ``Value.$``; they win over the request's.
        construct: the construct's path, for the message.

    Raises:
        SpecError: the request's tags are one expression.
    """
    there = state.get("Tags", [])
    if "Tags.$" in state or not isinstance(there, list):
        fix = "give a map of text; its values may be expressions"
        raise SpecError("tags", "is not known, and the task adds its own", fix, construct=construct)
    own = {tag["Key"] for tag in tags}
    kept = [tag for tag in there if not (isinstance(tag, Mapping) and tag.get("Key") in own)]
    return {**state, "Tags": [*kept, *map(dict, tags)]}


def _in_language(
    request: Mapping[str, object], spec: TrainingJobSpec, language: Language
) -> dict[str, object]:
    paths = JsonPaths(request)
    check_language(request, language, paths=paths)
    encoding: Encoding = "plain" if spec.algorithm is None else spec.algorithm.hyperparameter_encoding
    if language is Language.JSONATA:
        state = jsonata.structure(request, Place())
        return _with_json_values(state, request) if encoding == "json" else state
    writer = JsonPathWriter(paths)
    return _with_raw_values(writer.structure(request, Place()), spec, writer, encoding)


def _with_json_values(state: dict[str, object], request: Mapping[str, object]) -> dict[str, object]:
    """The state with the values of its hyperparameters in JSON, as the container reads them."""
    given = request.get(HYPERPARAMETERS)
    if isinstance(given, str) and is_expression(given):
        return {**state, HYPERPARAMETERS: jsonata.as_text_map(given, "json")}
    if not isinstance(given, Mapping):
        return state
    written = cast("dict[str, object]", state[HYPERPARAMETERS])
    values = {key: jsonata.as_text(text, "json") for key, text in given.items() if is_expression(text)}
    return {**state, HYPERPARAMETERS: {**written, **values}}


def _with_raw_values(
    state: dict[str, object], spec: TrainingJobSpec, writer: JsonPathWriter, encoding: Encoding
) -> dict[str, object]:
    """The state with its hyperparameters' paths written anew: in the request they are inside of JSON text."""
    written, values = state.get(HYPERPARAMETERS), spec.hyperparameters
    if not isinstance(written, dict) or not isinstance(values, Mapping):
        return state
    place = Place().member(HYPERPARAMETERS)
    for key, value in values.items():
        entry = writer.text_member(key, value, place.member(key), encoding)
        if entry:
            written = _merged({name: item for name, item in written.items() if name != key}, entry)
    return {**state, HYPERPARAMETERS: written}


def _name(member: str) -> str:
    return member.removesuffix(".$")


def _merged(state: Mapping[str, object], members: Mapping[str, object]) -> dict[str, object]:
    """The state with members in their places, under one of the two forms of their names each."""
    replaced = {_name(member) for member in members}
    merged: dict[str, Any] = {key: value for key, value in state.items() if _name(key) not in replaced}
    for member, value in members.items():
        there = state.get(member)
        both = isinstance(there, Mapping) and isinstance(value, Mapping)
        merged[member] = _merged(cast("Any", there), cast("Any", value)) if both else value
    return merged
