from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_stepfunctions as sfn
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.spec.text import is_expression, is_list_token, is_number_token, is_token, is_unknown


@jsii.implements(cdk.IStableStringProducer)
class _Late:
    def produce(self) -> str:
        return "late"


def number_token() -> float:
    return cdk.Token.as_number({"Ref": "N"})


@pytest.mark.parametrize(
    "token",
    [
        cdk.Aws.REGION,
        f"prefix-{cdk.Aws.ACCOUNT_ID}-suffix",
        cdk.Fn.select(0, cdk.Fn.get_azs()),
        cdk.Fn.import_value("x"),
        cdk.Token.as_string({"Ref": "S"}),
        cdk.Lazy.string(_Late()),
        number_token(),
        f"n={number_token()}",
        int(number_token()),
        cdk.Token.as_list({"Ref": "L"}),
        tuple(cdk.Token.as_list({"Ref": "L"})),
        cdk.Fn.get_att("A", "Arn"),
        cdk.Token.as_any({"Ref": "A"}),
        sfn.JsonPath.string_at("$.a"),
        sfn.JsonPath.number_at("$.a"),
        sfn.JsonPath.list_at("$.a"),
        sfn.JsonPath.object_at("$.a"),
    ],
)
def test_every_form_of_cdk_token_is_seen(token: object) -> None:
    assert is_token(token)
    assert is_unknown(token)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Token[",
        "${Token}",
        "{% $x %}",
        1,
        0,
        -1,
        1.5,
        -2e289,
        10**400,
        True,
        None,
        [],
        ["a"],
        {},
        Path("a"),
        object(),
    ],
)
def test_what_is_no_token_is_not_taken_for_one(value: object) -> None:
    assert not is_token(value)


def test_the_marks_of_the_forms_are_told_apart() -> None:
    assert is_number_token(number_token())
    assert not is_number_token(cdk.Aws.REGION)
    assert is_list_token(cdk.Token.as_list({"Ref": "L"}))
    assert not is_list_token([cdk.Aws.REGION])


def test_an_expression_is_unknown_only_when_it_is_the_whole_text() -> None:
    assert is_expression("{% $states.input.eta %}")
    assert is_unknown("{%\n $x\n%}")
    assert not is_expression("a {% $x %}")
    assert not is_expression("{% for m in messages %}{{ m }}{% endfor %}")  # a chat template
    assert not is_expression(1)


@given(st.floats(allow_nan=True, allow_infinity=True).filter(lambda f: not -1.93e289 < f < -1.88e289))
def test_no_ordinary_number_is_a_token(number: float) -> None:
    assert not is_token(number)
