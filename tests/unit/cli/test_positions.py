from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.cli.positions import Index, line_and_column, scan, steps

TEXT = """{
  "A": {"B": [10, {"C": "x"}], "D": []},
  "E e":
    null
}
"""


def test_every_value_is_found_at_its_key() -> None:
    found = [(path, line_and_column(TEXT, offset), piece) for path, offset, piece, _ in scan(TEXT)]
    assert found == [
        ((), (1, 1), "{"),
        (("A",), (2, 3), "{"),
        (("A", "B"), (2, 9), "["),
        (("A", "B", 0), (2, 15), "10"),
        (("A", "B", 1), (2, 19), "{"),
        (("A", "B", 1, "C"), (2, 20), '"x"'),
        (("A", "D"), (2, 32), "["),
        (("E e",), (3, 3), "null"),
    ]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("A", "B", 1, "C"), (2, 20)),
        (("A", "B", 7, "C"), (2, 9)),
        (("A", "missing"), (2, 3)),
        (("missing",), (1, 1)),
        ((), (1, 1)),
    ],
)
def test_what_is_missing_has_the_place_of_what_is_around_it(
    path: tuple[str | int, ...], place: tuple[int, int]
) -> None:
    assert Index(TEXT).find(path) == place


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ()),
        ("RoleArn", ("RoleArn",)),
        (
            "InputDataConfig[1].DataSource.S3DataSource.S3Uri",
            ("InputDataConfig", 1, "DataSource", "S3DataSource", "S3Uri"),
        ),
        ("HyperParameters.max-depth", ("HyperParameters", "max-depth")),
        ('HyperParameters["a \\"b\\"].c"]', ("HyperParameters", 'a "b"].c')),
    ],
)
def test_a_path_is_taken_apart(path: str, expected: tuple[str | int, ...]) -> None:
    assert steps(path) == expected


def values(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path]
    if isinstance(value, dict):
        found += [place for key, item in value.items() for place in values(item, (*path, key))]
    if isinstance(value, list):
        found += [place for number, item in enumerate(value) for place in values(item, (*path, number))]
    return found


DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(DOCUMENTS, st.sampled_from([None, 2]))
def test_the_walk_finds_what_the_parser_finds(value: object, indent: int | None) -> None:
    assert [path for path, *_ in scan(json.dumps(value, indent=indent))] == values(value)


def test_positions_in_a_long_text_take_no_quadratic_time() -> None:
    text = json.dumps([{"a": 1}] * 40_000, indent=1)
    index = Index(text)
    started = time.process_time()
    assert index.find((39_999, "a")) == (3 * 39_999 + 3, 3)
    for number in range(40_000):
        index.find((number, "a"))
    assert time.process_time() - started < 5  # it was a minute when each counted the lines before it
