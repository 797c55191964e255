"""Where paths stand in a document."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from constructs_lib.rules.paths import position, positions
from constructs_lib.rules.rule import Path
from tests.unit.rules.requests import found, merged

DOCUMENT: dict[str, Any] = {"B": [{"x": 1, "y": 2}, {"y": 1}], "A": MappingProxyType({"k": "v", 3: "w"})}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), ()),
        (("B",), (0,)),
        (("A",), (1,)),
        (("A", "k"), (1, 0)),
        (("B", 0, "y"), (0, 0, 1)),
        (("B", 1, "x"), (0, 1, float("inf"))),
        (("B", 5, "x"), (0, 5, float("inf"))),
        (("C", "x"), (float("inf"), float("inf"))),
        (("B", "x"), (0, float("inf"))),
    ],
)
def test_a_path_stands_where_its_keys_do(path: Path, expected: tuple[float, ...]) -> None:
    assert position(DOCUMENT, path) == expected
    assert positions(DOCUMENT)(path) == expected


def test_many_places_are_counted_once() -> None:
    counted = 0

    class Counted(dict[str, str]):
        def __iter__(self) -> Any:
            nonlocal counted
            counted += 1
            return super().__iter__()

    place = positions(Counted({f"k{number}": "v" for number in range(100)}))

    assert [place((f"k{number}",)) for number in range(100)] == [(number,) for number in range(100)]
    assert counted == 1


def test_findings_of_a_long_map_come_in_its_order() -> None:
    keys = [f"sagemaker_{number}" for number in reversed(range(100))]
    request = {"HyperParameters": dict.fromkeys(keys, "x")}

    assert list(merged(request)["HyperParameters"]) == keys
    assert [path for _, path, _ in found("hyperparameter-reserved-keys", request)] == [
        f"HyperParameters.{key}" for key in keys
    ]
