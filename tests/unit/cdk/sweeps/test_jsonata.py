"""The pieces of JSONata that a sweep's states are made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib import SpecError
from constructs_lib.cdk.sweeps.jsonata import (
    inner,
    literal,
    of_path,
    of_whole_input,
    run_time_points,
)
from constructs_lib.spec.hyperparameters import Encoding, encode

from .evaluate import evaluate

ENCODINGS: list[Encoding] = ["json", "plain"]
TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.one_of(
    st.integers(-(10**9), 10**9), st.booleans(), TEXT, st.sampled_from([0.1, 0.25, 1e-5, 2.5e20])
)
POINTS = st.lists(
    st.dictionaries(TEXT, VALUES | st.lists(VALUES) | st.dictionaries(TEXT, VALUES), max_size=4), max_size=4
)


def test_an_expression_is_unwrapped() -> None:
    assert inner("{%  1 + 1%}") == "1 + 1"


@given(
    st.recursive(
        VALUES, lambda inside: st.lists(inside, min_size=2) | st.dictionaries(TEXT, inside), max_leaves=5
    )
)
@settings(deadline=None)
def test_a_literal_is_the_value(value: Any) -> None:
    assert evaluate(literal([value, 1])) == [value, 1]


def test_a_literal_does_not_end_the_expression() -> None:
    assert "%}" not in literal({"template": "{% for x in y %}"})
    assert evaluate(literal("{% x %}")) == "{% x %}"


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("$states.input.depth", "$states.input.input.depth"),
        ("$states.input", "$states.input.input"),
        ("$states . input.a & $states.input.b", "$states . input.input.a & $states.input.input.b"),
        ("$states.inputs", "$states.inputs"),
        ("$states.context.Execution.Input.a", "$states.context.Execution.Input.a"),
    ],
)
def test_the_input_of_a_sweep_is_a_part_of_an_items(text: str, moved: str) -> None:
    assert of_whole_input(text) == moved


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("$", "$states.input"),
        ("$.points", "$states.input.`points`"),
        ("$.a.b_c[0].d", "$states.input.`a`.`b_c`[0].`d`"),
        ("$['a b'][\"c.d\"]", "$states.input.`a b`.`c.d`"),
        ("$$.Execution.Input.points", "$states.context.`Execution`.`Input`.`points`"),
    ],
)
def test_a_path_has_a_form_in_jsonata(path: str, text: str) -> None:
    assert of_path(path) == text


@pytest.mark.parametrize(
    "path", ["points", "$.a[*]", "$..a", "$.a[?(@.b > 1)]", "States.Array($.a)", "$.a b", ""]
)
def test_another_path_is_refused_in_words(path: str) -> None:
    with pytest.raises(
        SpecError, match=r"^points: must be a path such as \$.points, got .*; write what it does in JS"
    ):
        of_path(path)


def test_a_name_that_jsonata_cannot_say_is_refused() -> None:
    with pytest.raises(SpecError, match=r"^points: a name with a back quote has no form in JSONata"):
        of_path("$['a`b']")


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(deadline=None, max_examples=200)
@given(points=POINTS)
def test_points_at_run_time_become_the_text_that_points_at_synth_are(
    encoding: Encoding, points: list[dict[str, Any]]
) -> None:
    found = evaluate(run_time_points("$states.input.points", encoding), input={"points": points})

    assert [entry["index"] for entry in found] == list(range(len(points)))
    for entry, point in zip(found, points, strict=True):
        expected = encode(point, encoding)
        assert list(entry["hyperparameters"]) == list(expected)
        for name, value in expected.items():
            read: Callable[[Any], Any] = (
                same if encoding == "plain" and isinstance(point[name], str) else json.loads
            )
            assert read(entry["hyperparameters"][name]) == read(value)


def same(text: Any) -> Any:
    return text


def test_numbers_have_no_quotes_and_no_needless_point() -> None:
    point = {"depth": 4, "eta": 0.1, "exact": True, "booster": "gbtree"}

    found = evaluate(run_time_points("$states.input", "json"), input=[point])

    assert found[0]["hyperparameters"] == {"depth": "4", "eta": "0.1", "exact": "true", "booster": '"gbtree"'}


@pytest.mark.parametrize("points", [[1], ["a"], [[{"a": 1}, 1]], 7])
def test_what_is_no_list_of_maps_is_an_error_in_words(points: object) -> None:
    with pytest.raises(Exception, match="points must be a list of maps of hyperparameters"):
        evaluate(run_time_points("$states.input", "json"), input=points)


def test_a_list_that_is_not_there_has_no_points() -> None:
    assert evaluate(run_time_points("$states.input.points", "json"), input={}) == []
