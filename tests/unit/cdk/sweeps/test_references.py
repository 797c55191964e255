"""What an expression of JSONata refers to."""

from __future__ import annotations

import pytest

from constructs_lib.cdk.sweeps.references import bound_names, functions, references


def found(text: str) -> list[tuple[str, ...]]:
    return [(one.name, *(name for name, _ in one.steps)) for one in references(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$states.input.depth + 1", [("states", "input", "depth")]),
        ("$states . `input` .`a b`", [("states", "input", "a b")]),
        ("$states.input[0].a", [("states", "input")]),
        ("$states.input.$string(a)", [("states", "input"), ("string",)]),
        ('\'text $states.input\' & "$bucket \\" $x"', []),
        ("$b & '\\' $states.input'", [("b",)]),
        ("/* $states.input */ $bucket", [("bucket",)]),
        ("$replace($a, /['$b]/, '$c') & $d", [("replace",), ("a",), ("d",)]),
        ("$a / $b / $c", [("a",), ("b",), ("c",)]),
        ("(a) / $b / (c)", [("b",)]),
        ("x and /'/ . $b", [("b",)]),
        ("$map(a, function($v) { $ + $v })", [("map",), ("v",), ("v",)]),
        ("$$.a", []),
        ("`$x`", []),
        ("'not ended $x", [("x",)]),
        ("", []),
    ],
)
def test_variables_and_the_names_after_them(text: str, expected: list[tuple[str, ...]]) -> None:
    assert found(text) == expected


def test_a_step_ends_where_it_is_written() -> None:
    (one,) = references("1 + $states.input.depth")

    assert one.steps == (("input", 17), ("depth", 23))
    assert (one.step(1), one.step(2)) == ("depth", None)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("($a := 1; $b := $a; $b + $c)", {"a", "b"}),
        ("$map(x, function($v, $i) { $v + $w })", {"v", "i"}),
        ("λ($v) { $v }", {"v"}),
        ("items@$one#$number.{'a': $one}", {"one", "number"}),
        ("'$a := 1'", set()),
        ("function", set()),
    ],
)
def test_what_an_expression_sets_itself(text: str, names: set[str]) -> None:
    assert bound_names(text) == names


def test_functions_have_their_names() -> None:
    assert {"string", "merge", "uuid", "hash", "base64encode"} < functions
    assert "states" not in functions
