"""Where a sweep's result goes in its input."""

from __future__ import annotations

import re

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.workflows.jsonata import quoted, written
from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import shown

__all__ = ["ResultPlace"]

_PLACE = re.compile(r"\$(?:\.[A-Za-z_]\w*)*")
_INPUT = "$states.input"


class ResultPlace:
    """A path such as ``$.sweep``: what the sweep gives out, and which input has such a place.

    Args:
        path: as the user gives it.
        construct: the construct's path, for messages.

    Raises:
        SpecError: a path that is more than names.
    """

    def __init__(self, path: object, construct: str) -> None:
        self._discards = path == sfn.JsonPath.DISCARD
        if not self._discards and not (isinstance(path, str) and _PLACE.fullmatch(path)):
            problem = f"must be a path of names such as $.sweep, got {shown(path)}"
            fix = "leave it out for the result alone, or use sfn.JsonPath.DISCARD to keep the input alone"
            raise SpecError("result_path", problem, fix, construct=construct)
        self._path = "" if self._discards else str(path)
        self._names = self._path.split(".")[1:]

    def output(self, result: str) -> str:
        """The sweep's output: the result in the place of the input that the path names.

        Args:
            result: JSONata of the result.
        """
        return written(_INPUT if self._discards else _merged(_INPUT, self._names, result))

    @property
    def checked_input(self) -> str | None:
        """The input, or an error where it has no such place: after the training it would be too late.

        None where any input will do.
        """
        if not self._names:
            return None
        text = _INPUT
        for number in reversed(range(len(self._names))):
            place = _place(self._names[:number])
            said = ".".join(["$", *self._names[:number]])
            wrong = f"$error({quoted(f'result_path {self._path} needs a map at {said} of the input')})"
            is_map = f"$type({place}) = 'object'"
            text = f"({is_map}{f' or $not($exists({place}))' if number else ''}) ? ({text}) : {wrong}"
        return written(text)


def _place(names: list[str]) -> str:
    return ".".join([_INPUT, *(f"`{name}`" for name in names)])


def _merged(base: str, names: list[str], result: str) -> str:
    if not names:
        return result
    inside = _merged(f"{base}.`{names[0]}`", names[1:], result)
    return f"$merge([{base}, {{'{names[0]}': {inside}}}])"
