"""The points of a sweep: grids, lists, and their values as text."""

from __future__ import annotations

import itertools
import json
from typing import Any

import aws_cdk as cdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib import SpecError
from constructs_lib.spec.grid import MOST_POINTS, Grid, encoded_points, read_points
from constructs_lib.spec.text import is_unknown


def as_one(value: Any) -> str:
    """What is the same for numbers that are the same."""
    is_whole = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if is_whole else value)


VALUES = st.one_of(
    st.integers(-5, 5), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
AXES = st.dictionaries(
    st.text(min_size=1, max_size=5).filter(lambda name: not is_unknown(name)),
    st.lists(VALUES, min_size=1, max_size=4, unique_by=as_one),
    min_size=1,
    max_size=3,
)


def test_the_first_argument_varies_slowest_and_the_last_one_fastest() -> None:
    grid = Grid(max_depth=[4, 6], eta=[0.1, 0.3], booster=("gbtree",))

    assert [tuple(point.values()) for point in grid] == [
        (4, 0.1, "gbtree"),
        (4, 0.3, "gbtree"),
        (6, 0.1, "gbtree"),
        (6, 0.3, "gbtree"),
    ]
    assert [list(point) for point in grid] == [["max_depth", "eta", "booster"]] * 4
    assert len(grid) == 4


@given(AXES)
def test_a_grid_is_the_product_of_its_axes(axes: dict[str, list[object]]) -> None:
    points = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]

    assert [dict(point) for point in Grid(**axes)] == points
    assert len(encoded_points(read_points(Grid(**axes)), "json")) == len(points)


def test_a_grid_copies_what_it_is_given() -> None:
    depths, layers = [4, 6], [[64, 32]]
    grid = Grid(max_depth=depths, layers=layers)
    depths.append(8)
    layers[0].append(16)

    assert len(grid) == 2
    assert encoded_points(read_points(grid), "json")[0] == {"max_depth": "4", "layers": "[64, 32]"}


def test_any_name_and_any_sequence_will_do() -> None:
    grid = Grid(**{"max-depth": range(2, 5), "self": [1]})

    assert [dict(point) for point in grid] == [{"max-depth": depth, "self": 1} for depth in (2, 3, 4)]


def test_grids_compare_as_containers_would() -> None:
    assert Grid(a=[1], b=[2]) == Grid(a=(1,), b=[2])
    assert hash(Grid(a=[1])) == hash(Grid(a=[1]))
    assert Grid(a=[1]) != Grid(a=[True])
    assert Grid(a=[1], b=[2]) != Grid(b=[2], a=[1])
    assert Grid(a=[1]) != [{"a": 1}]


def test_a_grid_does_not_show_its_values() -> None:
    assert repr(Grid(password=["geheim", "secret"])) == "Grid(password=2 values)"


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        ({}, r"^Grid: has no hyperparameter, so no points; name one: Grid\(max_depth=\[4, 6\]\)$"),
        ({"eta": []}, "^Grid.eta: has no values, so the grid has no points; "),
        ({"eta": 0.1}, r"^Grid.eta: must be a list of values, got 0.1; give a list of values, such as"),
        ({"booster": "gbtree"}, "^Grid.booster: must be a list of values, got text of 6 characters; "),
        ({"booster": b"gb"}, "^Grid.booster: must be a list of values, got bytes; "),
        ({"eta": {"a": 1}}, "^Grid.eta: must be a list of values, got dict; "),
        ({"eta": {0.1, 0.3}}, "^Grid.eta: must be a list of values, got set; "),
        ({"eta": None}, "^Grid.eta: must be a list of values, got None; "),
        ({"eta": [0.1, None]}, r"^Grid.eta\[1\]: must have a value, got None"),
        ({"eta": [float("nan")]}, r"^Grid.eta\[0\]: must be finite, got nan or an infinity"),
        (
            {"eta": [object()]},
            r"^Grid.eta\[0\]: must be a str, bool, int, float, or a list or dict of these, got",
        ),
        (
            {"eta": ["{% $states.input.eta %}"]},
            r"^Grid.eta\[0\]: is an expression, and a point is read before",
        ),
        (
            {"eta": [1, 2, 1]},
            r"^Grid.eta\[2\]: is 1, the same value as Grid.eta\[0\]: each of its points would ",
        ),
        ({"key": ["secret", "secret"]}, r"^Grid.key\[1\]: is the same value as Grid.key\[0\]: each of its"),
        (
            {"eta": [1, 1.0]},
            r"^Grid.eta\[1\]: is 1.0, the same value as Grid.eta\[0\]: each of its points would",
        ),
        ({"eta": [0.0, 1, -0.0]}, r"^Grid.eta\[2\]: is -0.0, the same value as Grid.eta\[0\]: each of its"),
        ({"{% $x %}": [1]}, "^Grid: has a hyperparameter whose name is a token or an expression, .*; write "),
        ({cdk.Aws.REGION: [1]}, "^Grid: has a hyperparameter whose name is a token or an expression"),
        ({"a": range(101), "b": range(100)}, "^Grid: has 10100 points, allowed are up to 10000; "),
        ({f"a{n}": range(10) for n in range(30)}, f"^Grid: has {10**30} points, allowed are up to 10000; "),
    ],
)
def test_misuse_of_a_grid_is_said_in_words(axes: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        Grid(**axes)


def test_a_list_token_is_no_axis() -> None:
    with pytest.raises(
        SpecError, match=r"^Grid.zone: must be a list of values, got a list that is not known at"
    ):
        Grid(zone=cdk.Fn.get_azs())


def test_a_list_of_points_is_copied() -> None:
    given: list[dict[str, Any]] = [{"layers": [64, 32]}, {"eta": 0.1}, {}]
    points = read_points(given)
    given[0]["layers"].append(1)
    given.pop()

    assert encoded_points(points, "json") == [{"layers": "[64, 32]"}, {"eta": "0.1"}, {}]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([], "^points: is empty, so there is nothing to train; give at least one point$"),
        (
            "$.points",
            "^points: must be a Grid or a list of maps, got str; pass a Grid, a list of dicts, or a path",
        ),
        ({"eta": [0.1]}, "^points: must be a Grid or a list of maps, got dict; "),
        (None, "^points: must be a Grid or a list of maps, got NoneType; "),
        (iter([{}]), "^points: must be a Grid or a list of maps, got list_iterator; "),
        ([{"eta": 1}, 7], r"^points\[1\]: must be a mapping, got int; "),
        (
            [{"eta": 1}, {"{{resolve:ssm:/x}}": 1}],
            r"^points\[1\]: has a hyperparameter whose name is a token",
        ),
        ([{"eta": 1}, {7: 1}], r"^points\[1\]: keys must be str, got int; "),
        ([{}] * (MOST_POINTS + 1), "^points: has 10001, allowed are up to 10000; "),
    ],
)
def test_misuse_of_a_list_is_said_in_words(points: object, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        read_points(points)


def test_values_are_encoded_as_the_container_reads_them() -> None:
    points = read_points([{"depth": 4, "booster": "gbtree", "exact": True, "layers": [1, {"a": 2.5}]}])

    assert encoded_points(points, "json") == [
        {"depth": "4", "booster": '"gbtree"', "exact": "true", "layers": '[1, {"a": 2.5}]'}
    ]
    assert encoded_points(points, "plain") == [
        {"depth": "4", "booster": "gbtree", "exact": "true", "layers": '[1, {"a": 2.5}]'}
    ]


def test_a_value_that_cannot_be_one_is_named_by_its_point() -> None:
    with pytest.raises(
        SpecError, match=r"^points\[1\]\['eta'\]: must have a value, got None; leave the key out$"
    ):
        encoded_points(read_points([{"eta": 1}, {"eta": None}]), "json")
    with pytest.raises(
        SpecError, match=r"^points\[0\]\['eta'\]: is an expression, and a point is read before"
    ):
        encoded_points(read_points([{"eta": "{% 1 %}"}]), "plain")


def test_two_points_that_are_the_same_are_refused() -> None:
    points = read_points([{"a": 1, "b": 2}, {"a": 1}, {"b": 2, "a": 1}])

    with pytest.raises(
        SpecError, match=r"^points\[2\]: is the same as points\[0\]: the same model would be tra"
    ):
        encoded_points(points, "json")


def test_points_are_the_same_where_the_container_cannot_tell_them_apart() -> None:
    points = read_points([{"a": 1}, {"a": "1"}])

    assert encoded_points(points, "json") == [{"a": "1"}, {"a": '"1"'}]
    with pytest.raises(SpecError, match=r"^points\[1\]: is the same as points\[0\]"):
        encoded_points(points, "plain")


@pytest.mark.parametrize("encoding", ["json", "plain"])
@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (0.0, -0.0), (10**20, 1e20)])
def test_one_number_in_two_forms_is_the_same_point(encoding: str, one: float, other: float) -> None:
    points = read_points([{"a": one}, {"a": other}])

    with pytest.raises(SpecError, match=r"^points\[1\]: is the same as points\[0\]"):
        encoded_points(points, encoding)


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, "1.0"), (1, 1.5), (1, -1.0)])
def test_other_values_are_other_points(one: object, other: object) -> None:
    assert len(encoded_points(read_points([{"a": one}, {"a": other}]), "plain")) == 2


def test_a_number_keeps_the_form_that_it_is_given() -> None:
    assert encoded_points(read_points([{"a": 1.0}]), "json") == [{"a": "1.0"}]


def test_a_token_is_a_value() -> None:
    place = cdk.Aws.REGION

    assert encoded_points(read_points(Grid(place=[place])), "plain") == [{"place": place}]
