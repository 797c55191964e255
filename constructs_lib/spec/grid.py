"""The points of a sweep that are known at synth: every combination of some values, or a list."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_mapping, kind, shown
from constructs_lib.spec.frozen import FrozenMap, freeze
from constructs_lib.spec.hyperparameters import encode_value
from constructs_lib.spec.text import is_expression, is_list_token, is_number_token, is_unknown

__all__ = ["MOST_POINTS", "Grid", "Point", "encoded_points", "read_points"]

Point = Mapping[str, object]

MOST_POINTS = 10_000
"""How many points a sweep takes that are known at synth."""

_SMALLER = "leave values out, or pass the points at run time"
_AXIS = "give a list of values, such as [4, 6, 8]"


class Grid:
    """Every combination of some hyperparameters' values, as the points of a sweep.

    The first argument varies slowest, the last one fastest. A name that is no Python name is passed in a map:
    ``Grid(**{"max-depth": [4, 6]})``.

    Args:
        **values: by the hyperparameter's name, the list of its values: text, bools, numbers, or lists or maps
            of these. Copied.

    Raises:
        SpecError: no hyperparameter, a list without a value, something that is no list, the same value twice,
            a value that a hyperparameter cannot have, or more than 10,000 points.
    """

    __slots__ = ("_axes",)

    def __init__(self, /, **values: Sequence[object]) -> None:
        for name in values:
            _check_name("Grid", name)
        if not values:
            raise SpecError("Grid", "has no hyperparameter, so no points", "name one: Grid(max_depth=[4, 6])")
        self._axes = tuple((name, _axis(name, given)) for name, given in values.items())
        number = math.prod(len(axis) for _, axis in self._axes)  # may be more than len() can say
        if number > MOST_POINTS:
            problem = f"has {number} points, allowed are up to {MOST_POINTS}"
            raise SpecError("Grid", problem, _SMALLER)

    def __len__(self) -> int:
        return math.prod(len(axis) for _, axis in self._axes)

    def __iter__(self) -> Iterator[Point]:
        names = [name for name, _ in self._axes]
        for values in itertools.product(*(axis for _, axis in self._axes)):
            yield FrozenMap(dict(zip(names, values, strict=True)))

    def __eq__(self, other: object) -> bool:
        # By their texts: to Python 1, 1.0 and True are equal, to a container they are not.
        return repr(self._axes) == repr(other._axes) if isinstance(other, Grid) else NotImplemented

    def __hash__(self) -> int:
        return hash(repr(self._axes))

    def __repr__(self) -> str:
        """Names and numbers only: a hyperparameter's value may be secret."""
        axes = ", ".join(f"{name}={len(axis)} values" for name, axis in self._axes)
        return f"Grid({axes})"


def read_points(points: object) -> tuple[Point, ...]:
    """The points of a grid or a list, copied.

    Args:
        points: a `Grid`, or a list of maps of hyperparameters; an empty map trains the spec as it is.

    Raises:
        SpecError: neither of them, an empty list, an item that is no map with text as keys, or too many.
    """
    if isinstance(points, Grid):
        return tuple(points)
    if isinstance(points, (str, Mapping)) or not isinstance(points, Sequence):
        fix = "pass a Grid, a list of dicts, or a path or an expression of the state's input"
        raise SpecError("points", f"must be a Grid or a list of maps, got {kind(points)}", fix)
    if not points:
        raise SpecError("points", "is empty, so there is nothing to train", "give at least one point")
    if len(points) > MOST_POINTS:
        raise SpecError("points", f"has {len(points)}, allowed are up to {MOST_POINTS}", _SMALLER)
    checked = (check_mapping(f"points[{index}]", point) for index, point in enumerate(points))
    copied = tuple(FrozenMap({name: freeze(value) for name, value in point.items()}) for point in checked)
    seen: set[str] = set()
    for index, point in enumerate(copied):
        for name in point.keys() - seen:
            _check_name(f"points[{index}]", name)
        seen |= point.keys()
    return copied


def encoded_points(points: Sequence[Point], encoding: str) -> list[dict[str, str]]:
    """Every point's hyperparameters as the text that the container expects.

    Args:
        points: as `read_points` gives them.
        encoding: of the algorithm: see `hyperparameters.encode`.

    Raises:
        SpecError: a value that a hyperparameter cannot have, an expression, or two points that are the same:
            they would train the same model twice.
    """
    # A grid has few values and many points: each value is encoded once.
    known: dict[int, tuple[str, str]] = {}
    encoded, compared = [], []
    for index, point in enumerate(points):
        pairs = {}
        for name, value in point.items():
            if id(value) not in known:
                text = _encoded(f"points[{index}][{shown(name)}]", value, encoding)
                known[id(value)] = text, _comparable(value, text)
            pairs[name] = known[id(value)]
        encoded.append({name: text for name, (text, _) in pairs.items()})
        compared.append({name: same for name, (_, same) in pairs.items()})
    _check_different(compared)
    return encoded


def _axis(name: str, values: object) -> tuple[object, ...]:
    path = f"Grid.{name}"
    if isinstance(values, (str, bytes, Mapping)) or is_list_token(values) or not isinstance(values, Sequence):
        raise SpecError(path, f"must be a list of values, got {_got(values)}", _AXIS)
    if not values:
        raise SpecError(path, "has no values, so the grid has no points", "give one, or leave the name out")
    seen: dict[str, int] = {}
    for index, value in enumerate(values):
        text = _comparable(value, _encoded(f"{path}[{index}]", value, "json"))
        if text in seen:
            which = f"is {shown(value)}, the same" if isinstance(value, (int, float)) else "is the same"
            problem = f"{which} value as {path}[{seen[text]}]: each of its points would train twice"
            raise SpecError(f"{path}[{index}]", problem, "leave one of them out")
        seen[text] = index
    return tuple(freeze(value) for value in values)


def _got(values: object) -> str:
    """What was given for a list, in words: no text, which may be secret."""
    if is_list_token(values):
        return "a list that is not known at synth"
    return f"text of {len(values)} characters" if isinstance(values, str) else shown(values)


def _check_name(path: str, name: str) -> None:
    if is_unknown(name):
        problem = "has a hyperparameter whose name is a token or an expression, which nobody would resolve"
        raise SpecError(path, problem, "write the name out")


def _comparable(value: object, text: str) -> str:
    """What is the same for values that train the same: 1 and 1.0 are one number, in two forms."""
    is_whole = isinstance(value, float) and value.is_integer() and not is_number_token(value)
    return str(int(value)) if is_whole and isinstance(value, float) else text


def _encoded(path: str, value: object, encoding: str) -> str:
    if is_expression(value):
        problem = "is an expression, and a point is read before the state machine runs"
        raise SpecError(path, problem, "put it into the spec's hyperparameters, or make the whole list one")
    return encode_value(path, value, encoding)


def _check_different(points: Sequence[Mapping[str, str]]) -> None:
    seen: dict[frozenset[tuple[str, str]], int] = {}
    for index, point in enumerate(points):
        first = seen.setdefault(frozenset(point.items()), index)
        if first != index:
            problem = f"is the same as points[{first}]: the same model would be trained twice"
            raise SpecError(f"points[{index}]", problem, "leave one of them out")
