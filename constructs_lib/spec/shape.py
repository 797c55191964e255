"""What every class of `shapes` has in common: typed members, and the way from and to AWS's own form.

The classes are generated; which members they have, under which names and of which types, is read from the
service model. Only Python types are checked here: bounds, patterns and enums are left to the rules, which
report every finding at once.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, TypeVar

from constructs_lib.errors import SpecError
from constructs_lib.service_model.create_training_job import SHAPES
from constructs_lib.spec.checks import check_mapping, kind, shown
from constructs_lib.spec.frozen import FrozenMap, set_field
from constructs_lib.spec.text import is_unknown

__all__ = ["Shape", "snake_case"]

S = TypeVar("S", bound="Shape")

_PYTHON_TYPES = {"string": str, "integer": int, "long": int, "boolean": bool}
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """The Python name of a member: ``VolumeSizeInGB`` becomes ``volume_size_in_gb``, ``S3Uri`` ``s3_uri``."""
    return _WORD_STARTS.sub("_", name).lower()


class Member(NamedTuple):
    """One member of a structure: its name in Python and in AWS's form, and the shape of its value."""

    python: str
    aws: str
    shape: str
    required: bool


@dataclass(frozen=True)
class Shape:
    """One nested value of a training job request, in AWS's own structure with Python's names.

    Classes of `constructs_lib.shapes` derive from it. A value is frozen: lists and maps are copied when it is
    made. Members that are None are left out of the request. A token, a state-machine expression or a dynamic
    reference may stand wherever a value may.
    """

    shape_name: ClassVar[str] = ""
    """AWS's name of the structure."""

    _classes: ClassVar[dict[str, type[Shape]]] = {}

    def __init_subclass__(cls) -> None:
        """Make a class known for members of its shape; a class derived from it does not take over."""
        super().__init_subclass__()
        Shape._classes.setdefault(cls.shape_name, cls)

    def __post_init__(self) -> None:
        for member in members_of(self.shape_name):
            value = getattr(self, member.python)
            if value is not None or member.required:
                path = f"{type(self).__name__}.{member.python}"
                set_field(self, member.python, _checked(path, value, member.shape))

    def __repr__(self) -> str:
        given = ", ".join(f"{member.python}={value!r}" for member, value in self._given())
        return f"{type(self).__name__}({given})"

    def to_request(self) -> dict[str, object]:
        """Write this value as boto3 takes it.

        Returns:
            A new dict with AWS's names, in AWS's order; members that are None are left out.
        """
        return {member.aws: _rendered(value) for member, value in self._given()}

    @classmethod
    def from_request(cls: type[S], value: Mapping[str, object]) -> S:
        """Read a value from the form that boto3 takes; `to_request` gives it back.

        Args:
            value: a dict with AWS's names.

        Returns:
            The value as an object of this class, and of the classes of its members.

        Raises:
            SpecError: a member is unknown, missing, None, or of a wrong Python type.
        """
        name = cls.__name__
        entries = check_mapping(name, value)
        members = {member.aws: member for member in members_of(cls.shape_name)}
        arguments: dict[str, object] = {}
        for key in entries:
            member = members.get(key)
            if member is None:
                raise SpecError(
                    f"{name}.{key}", f"{cls.shape_name} has no such member", _nearest(key, members)
                )
            path = f"{name}.{member.python}"
            if entries[key] is None:
                raise SpecError(path, "must not be None", "leave the member out")
            arguments[member.python] = _read(path, entries[key], member.shape)
        for member in members.values():
            if member.required and member.python not in arguments:
                raise SpecError(f"{name}.{member.python}", "is required", f"give {member.aws}")
        return cls(**arguments)

    def _given(self) -> Iterator[tuple[Member, object]]:
        for member in members_of(self.shape_name):
            value = getattr(self, member.python)
            if value is not None:
                yield member, value


@functools.cache
def members_of(shape_name: str) -> tuple[Member, ...]:
    """The members of a structure, in AWS's order."""
    shape = SHAPES[shape_name]
    return tuple(
        Member(snake_case(aws), aws, target, aws in shape["required"])
        for aws, target in shape["members"].items()
    )


def _checked(path: str, value: object, shape_name: str) -> object:
    """A value of the right Python type for a shape, frozen."""
    shape = SHAPES[shape_name]
    if is_unknown(value):
        return tuple(value) if isinstance(value, list) else value
    if shape["type"] == "structure":
        expected = Shape._classes[shape_name]
        if not isinstance(value, expected):
            fix = f"make it with shapes.{shape_name}(...)"
            raise SpecError(path, f"must be a shapes.{shape_name}, got {kind(value)}", fix)
        return value
    if shape["type"] == "list":
        items = _sequence(path, value)
        return tuple(_checked(f"{path}[{index}]", item, shape["member"]) for index, item in enumerate(items))
    if shape["type"] == "map":
        entries = check_mapping(path, value)
        return FrozenMap(
            {key: _checked(f"{path}[{shown(key)}]", entries[key], shape["value"]) for key in entries}
        )
    expected_type = _PYTHON_TYPES[shape["type"]]
    if not isinstance(value, expected_type) or (expected_type is int and isinstance(value, bool)):
        problem = f"must be {_a(expected_type.__name__)}, got {kind(value)}"
        raise SpecError(path, problem, "pass a value of that type or a token")
    return value


def _sequence(path: str, value: object) -> Sequence[object]:
    if isinstance(value, (str, bytes, bytearray)) or not isinstance(value, Sequence):
        raise SpecError(path, f"must be a list, got {kind(value)}", "put the values into a list")
    return value


def _read(path: str, value: object, shape_name: str) -> object:
    """A value in AWS's form with its structures as objects; the constructor refuses what does not fit."""
    shape = SHAPES[shape_name]
    if is_unknown(value):
        return value
    if shape["type"] == "structure" and isinstance(value, Mapping):
        return Shape._classes[shape_name].from_request(value)
    if shape["type"] == "list" and SHAPES[shape["member"]]["type"] == "structure":
        items = _sequence(path, value)
        return [_read(f"{path}[{index}]", item, shape["member"]) for index, item in enumerate(items)]
    return value


def _rendered(value: object) -> object:
    if isinstance(value, Shape):
        return value.to_request()
    if isinstance(value, Mapping):
        return {key: _rendered(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rendered(item) for item in value]
    return value


def _nearest(key: str, members: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(key, list(members), 1)
    return f"did you mean {close[0]}?" if close else f"its members are {', '.join(members)}"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
