"""Which expressions a sweep's spec may have."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import SpecError

from .sweeps import SPEC, states, sweep

PATH = r"\[Stack/Sweep\]$"


def of(expression: str, stack: cdk.Stack, **arguments: Any) -> Any:
    spec = SPEC.with_environment({"X": f"{{% {expression} %}}"})
    return sweep(stack, spec=spec, points="$.points", **arguments)


@pytest.mark.parametrize("distributed", [False, True])
@pytest.mark.parametrize(
    "expression",
    ["$lookup($states, 'input').x", "($s := $states; $s.input.x)", "$states.result.x", "$states.inputs.x"],
)
def test_a_part_that_a_point_does_not_have_is_refused(
    stack: cdk.Stack, expression: str, distributed: bool
) -> None:
    with pytest.raises(SpecError, match=rf"^Environment.X: uses \$states as a whole, or .*; write .* {PATH}"):
        of(expression, stack, distributed=distributed)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("$bucket", r"uses the variable \$bucket, which an execution of a point's own does not have"),
        ("($a := 1; $a + $b)", r"uses the variable \$b"),
        ("$states.context.Execution.Input.x", r"uses \$states.context.Execution, which is that of a point's"),
        ("$states.context.Map.Item.Index", r"uses \$states.context.Map, "),
        ("$states.context", r"uses \$states.context, "),
    ],
)
def test_what_only_the_sweeps_execution_has_is_refused_in_distributed_ones(
    stack: cdk.Stack, expression: str, words: str
) -> None:
    with pytest.raises(SpecError, match=rf"^Environment.X: {words}.*; put the value into the .* {PATH}"):
        of(expression, stack, distributed=True)
    assert of(expression, stack)


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.x & '$bucket'",
        "$states.`input`.x",
        "$states.context.State.Name",
        "($f := function($v) { $v + $states.input.x }; $map($states.input.l, $f))",
        "$join($map([1, 2], $string), $hash('a', 'MD5'))",
    ],
)
def test_others_are_not(stack: cdk.Stack, expression: str) -> None:
    assert of(expression, stack, distributed=True)


def test_a_name_in_back_quotes_is_moved_too(stack: cdk.Stack) -> None:
    found = states(of("$states.`input`.x & ' $states.input'", stack))

    text = found["Sweep: point: create"]["Arguments"]["Environment"]["X"]
    assert "$states.`input`.input.x & ' $states.input'" in text
