"""Pieces of JSONata that a sweep's states are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from constructs_lib.cdk.sweeps.references import STATES, references
from constructs_lib.cdk.workflows.jsonata import as_text, written
from constructs_lib.errors import SpecError
from constructs_lib.spec.channel_checks import LARGEST_EXACT
from constructs_lib.spec.checks import shown
from constructs_lib.spec.hyperparameters import Encoding

__all__ = ["inner", "kept_input", "literal", "of_path", "of_whole_input", "run_time_points", "used_of_input"]

INPUT = "input"
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[(?:'([^'\\]*)'|\"([^\"\\]*)\")\]")


def inner(text: str) -> str:
    """The JSONata text of a state machine's expression."""
    return text.removeprefix("{%").removesuffix("%}").strip()


def literal(value: object) -> str:
    """A value of JSON as JSONata; tokens of CDK's stay what they are."""
    # The end of an expression must not be seen in the midst of it.
    return json.dumps(value, ensure_ascii=False).replace("%}", "\\u0025}")


def of_whole_input(text: str) -> str:
    """An expression about a sweep's input, where that has become the member ``input`` of an item's."""
    about = (found for found in references(text) if found.name == STATES and found.step(0) == INPUT)
    ends = [found.steps[0][1] for found in about]
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return f".{INPUT}".join(pieces)


def used_of_input(texts: Iterable[str]) -> Sequence[str] | None:
    """The members of the input that expressions are about; None where one is about all of it."""
    used: dict[str, None] = {}
    for found in (reference for text in texts for reference in references(text)):
        if found.name == STATES and found.step(0) == INPUT:
            member = found.step(1)
            if member is None:
                return None
            used[member] = None
    return list(used)


def kept_input(members: Sequence[str] | None, given: str = "$states.input") -> str:
    """The JSONata of an input without what nothing is about: all points' list may be in it.

    Args:
        members: as `used_of_input` has them.
        given: JSONata of the input.
    """
    if members is None:
        return given
    named = f"function($v, $k) {{ $k in {literal(list(members))} }}"
    return f"$type({given}) = 'object' ? $merge([$sift({given}, {named})]) : {given}"


def of_path(path: str) -> str:
    """The JSONata of a JSONPath: ``$.a.b[0]`` of the input, ``$$.Execution.Input`` of the context.

    Raises:
        SpecError: a path with a filter, a wildcard or a function, for which JSONata has other words.
    """
    start, rest = ("$states.context", path[2:]) if path.startswith("$$") else ("$states.input", path[1:])
    text, at = start, 0
    while step := _STEP.match(rest, at):
        name = next((part for part in (step[1], step[3], step[4]) if part is not None), None)
        text += f"[{step[2]}]" if name is None else f".{_name(name)}"
        at = step.end()
    if not path.startswith("$") or at != len(rest):
        problem = f"must be a path such as $.points, got {shown(path)}"
        raise SpecError("points", problem, "write what it does in JSONata: '{% ... %}'")
    return text


def run_time_points(
    points: str, encoding: Encoding, *, most: int, more: str, reserved: Sequence[str] = ()
) -> str:
    """The list of ``{"index", "hyperparameters"}`` of a list that an expression gives, values as text.

    What cannot be trained is an error of the state, before any job is there.

    Args:
        points: JSONata text; its result is a list of maps.
        encoding: of the algorithm: see `constructs_lib.spec.hyperparameters.encode`.
        most: how many points there may be.
        more: what to do where there are more.
        reserved: hyperparameters that no point may have.
    """
    allowed = literal(f" points, allowed are up to {most}: {more}")
    too_many = f"'there are ' & $string($count($points)) & {allowed}"
    none = "$error('the list of points is empty, or is not there')"
    wrong = "$error('points must be a list of maps of hyperparameters')"
    texts = f"$merge([$each($point, function($v, $k) {{ {{$k: {_text(encoding, reserved)}}} }})])"
    entry = f"{{'index': $index, 'hyperparameters': {texts}}}"
    each = f"function($point, $index) {{ $type($point) = 'object' ? {entry} : {wrong} }}"
    # The brackets: a list of one is a list, too.
    return (
        f"($points := [{points}]; $count($points) = 0 ? {none} : "
        f"$count($points) > {most} ? $error({too_many}) : [$map($points, {each})])"
    )


def _text(encoding: Encoding, reserved: Sequence[str]) -> str:
    """The text of a value ``$v`` of the key ``$k``."""
    where = "'points[' & $string($index) & '].' & $k & "
    null = f"$error({where}' is null: leave it out')"
    text = inner(as_text(written("$v"), encoding))
    # Whole numbers with all their digits: $string keeps 15 of them. An `and` may evaluate both its sides.
    number = f"($v = $floor($v) and $abs($v) <= {LARGEST_EXACT} ? $formatBase($v, 10) : {text})"
    value = f"$type($v) = 'null' ? {null} : $type($v) = 'number' ? {number} : {text}"
    if not reserved:
        return f"({value})"
    own = f"$error({where}' says what a script is run with, and is set for it')"
    return f"($k in {literal(list(reserved))} ? {own} : {value})"


def _name(name: str) -> str:
    if "`" in name:
        raise SpecError("points", "a name with a back quote has no form in JSONata", "rename the member")
    return f"`{name}`"
