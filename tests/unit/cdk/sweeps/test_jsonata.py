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
    kept_input,
    literal,
    of_path,
    of_whole_input,
    run_time_points,
    used_of_input,
)
from constructs_lib.local.stepfunctions.jsonata import evaluate as evaluate_with_nulls
from constructs_lib.spec.hyperparameters import Encoding, encode

from .evaluate import evaluate

ENCODINGS: list[Encoding] = ["json", "plain"]
TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.one_of(
    st.integers(-(10**9), 10**9), st.booleans(), TEXT, st.sampled_from([0.1, 0.25, 1e-5, 2.5e20])
)
POINTS = st.lists(
    st.dictionaries(TEXT, VALUES | st.lists(VALUES) | st.dictionaries(TEXT, VALUES), max_size=4),
    min_size=1,
    max_size=4,
)


def points_of(source: str, encoding: Encoding = "json", **arguments: Any) -> str:
    return run_time_points(source, encoding, **{"most": 100, "more": "use distributed=True", **arguments})


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
        ("$states.`input`.a", "$states.`input`.input.a"),
        ("'text $states.input' & $states.input.a", "'text $states.input' & $states.input.input.a"),
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
    found = evaluate(points_of("$states.input.points", encoding), input={"points": points})

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

    found = evaluate(points_of("$states.input"), input=[point])

    assert found[0]["hyperparameters"] == {"depth": "4", "eta": "0.1", "exact": "true", "booster": '"gbtree"'}


@pytest.mark.parametrize("points", [[1], ["a"], [[{"a": 1}, 1]], 7])
def test_what_is_no_list_of_maps_is_an_error_in_words(points: object) -> None:
    with pytest.raises(Exception, match="points must be a list of maps of hyperparameters"):
        evaluate(points_of("$states.input"), input=points)


@pytest.mark.parametrize("given", [{}, {"points": []}])
def test_a_list_that_is_not_there_is_an_error_in_words(given: object) -> None:
    with pytest.raises(Exception, match="the list of points is empty, or is not there"):
        evaluate(points_of("$states.input.points"), input=given)


@pytest.mark.parametrize(("number", "fails"), [(3, False), (4, True)])
def test_too_many_points_are_an_error_before_any_job(number: int, fails: bool) -> None:
    text = points_of("$states.input", most=3)
    given = [{"eta": seed} for seed in range(number)]
    if not fails:
        assert len(evaluate(text, input=given)) == number
        return

    with pytest.raises(Exception, match="there are 4 points, allowed are up to 3: use distributed=True"):
        evaluate(text, input=given)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_null_is_no_value(encoding: Encoding) -> None:
    given = {"input": [{"eta": 1}, {"depth": 2, "eta": None}]}

    with pytest.raises(Exception, match=r"points\[1\]\.eta is null: leave it out"):
        evaluate_with_nulls(points_of("$states.input", encoding), {"states": given})


def test_null_is_no_list_of_points() -> None:
    with pytest.raises(Exception, match="points must be a list of maps of hyperparameters"):
        evaluate_with_nulls(points_of("$states.input"), {"states": {"input": None}})


def test_what_a_script_is_run_with_is_no_points_to_say() -> None:
    text = points_of("$states.input", reserved=["sagemaker_program"])

    assert evaluate(text, input=[{"a": 1}])[0]["hyperparameters"] == {"a": "1"}
    with pytest.raises(Exception, match=r"points\[0\]\.sagemaker_program says what a script is run with"):
        evaluate(text, input=[{"a": 1, "sagemaker_program": "other.py"}])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("number", [1234567890123456, -(2**53) + 1, 2**53 - 1, 0, 10**15, 3.0])
def test_whole_numbers_keep_their_digits(encoding: Encoding, number: float) -> None:
    found = evaluate(points_of("$states.input", encoding), input=[{"seed": number}])

    assert found[0]["hyperparameters"] == {"seed": str(int(number))}


@pytest.mark.parametrize(
    ("texts", "used"),
    [
        (["$states.input.a & $states.input.b.c", "$states.input.a"], ["a", "b"]),
        (["$states.input.a", "$states.input"], None),
        (["$states.input[0].a"], None),
        (["$states.input.*"], None),
        (["'$states.input' & $states.context.State.Name"], []),
        ([], []),
    ],
)
def test_what_expressions_are_about(texts: list[str], used: list[str] | None) -> None:
    assert used_of_input(texts) == used


@pytest.mark.parametrize(
    ("members", "kept"),
    [
        (None, {"a": [1], "points": [2]}),
        (["a"], {"a": [1]}),
        (["a", "other"], {"a": [1]}),
        (["other"], {}),
    ],
)
def test_the_input_is_kept_without_what_nothing_is_about(members: list[str] | None, kept: object) -> None:
    assert evaluate(kept_input(members), input={"a": [1], "points": [2]}) == kept


def test_an_input_that_is_no_map_is_kept() -> None:
    assert evaluate(kept_input(["a"]), input=[{"a": 1}, {"a": 2}]) == [{"a": 1}, {"a": 2}]
