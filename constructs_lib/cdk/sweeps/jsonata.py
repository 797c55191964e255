"""Pieces of JSONata that a sweep's states are made of."""

from __future__ import annotations

import json
import re

from constructs_lib.cdk.workflows.jsonata import as_text_map, written
from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import shown
from constructs_lib.spec.hyperparameters import Encoding

__all__ = ["inner", "literal", "of_path", "of_whole_input", "run_time_points"]

_INPUT = re.compile(r"(\$states\s*\.\s*input)\b")
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
    return _INPUT.sub(r"\1.input", text)


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


def run_time_points(points: str, encoding: Encoding) -> str:
    """The list of ``{"index", "hyperparameters"}`` of a list that an expression gives, values as text.

    Args:
        points: JSONata text; its result is a list of maps.
        encoding: of the algorithm: see `constructs_lib.spec.hyperparameters.encode`.
    """
    wrong = "$error('points must be a list of maps of hyperparameters')"
    texts = inner(as_text_map(written("$point"), encoding))
    entry = f"{{'index': $index, 'hyperparameters': {texts}}}"
    each = f"function($point, $index) {{ $type($point) = 'object' ? {entry} : {wrong} }}"
    # The brackets: a list of one is a list, too.
    return f"[$map([{points}], {each})]"


def _name(name: str) -> str:
    if "`" in name:
        raise SpecError("points", "a name with a back quote has no form in JSONata", "rename the member")
    return f"`{name}`"
