from __future__ import annotations

import json
import math
from decimal import Decimal

import aws_cdk as cdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.errors import SpecError
from constructs_lib.spec.hyperparameters import encode
from constructs_lib.spec.text import is_unknown

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
leaves = (
    st.text().filter(lambda text: not is_unknown(text))
    | st.booleans()
    | numbers.filter(lambda n: not is_unknown(n))
)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(st.dictionaries(st.text(), values))
def test_json_is_read_back_as_it_was(given_values: dict[str, object]) -> None:
    encoded = encode(given_values, "json")
    assert {key: json.loads(text) for key, text in encoded.items()} == given_values
    assert list(encoded) == list(given_values)


@given(st.text())
def test_plain_text_is_never_changed(text: str) -> None:
    assert encode({"a": text}, "plain") == {"a": text}


@given(numbers)
def test_plain_numbers_are_read_back_as_they_were(number: float) -> None:
    if not is_unknown(number):
        assert type(number)(encode({"a": number}, "plain")["a"]) == number


@pytest.mark.parametrize(
    ("value", "plain", "as_json"),
    [
        ("reg:squarederror", "reg:squarederror", '"reg:squarederror"'),
        ("", "", '""'),
        (True, "true", "true"),
        (6, "6", "6"),
        (0.2, "0.2", "0.2"),
        (1e-05, "1e-05", "1e-05"),
        (1.0, "1.0", "1.0"),
        ([1, "a"], '[1, "a"]', '[1, "a"]'),
        ((1, 2), "[1, 2]", "[1, 2]"),
        ({"a": [None, False]}, '{"a": [null, false]}', '{"a": [null, false]}'),
        ("{% $states.input.eta %}", "{% $states.input.eta %}", "{% $states.input.eta %}"),
    ],
)
def test_both_encodings(value: object, plain: str, as_json: str) -> None:
    assert encode({"a": value}, "plain") == {"a": plain}
    assert encode({"a": value}, "json") == {"a": as_json}


def test_tokens_resolve_inside_either_encoding(stack: cdk.Stack) -> None:
    number = cdk.Token.as_number({"Ref": "N"})
    given_values = {"region": cdk.Aws.REGION, "n": number, "i": int(number), "list": [cdk.Aws.REGION, number]}
    as_list = {"Fn::Join": ["", ['["', {"Ref": "AWS::Region"}, '", ', {"Ref": "N"}, "]"]]}
    assert stack.resolve(encode(given_values, "plain")) == {
        "region": {"Ref": "AWS::Region"},
        "n": {"Ref": "N"},
        "i": {"Ref": "N"},
        "list": as_list,
    }
    assert stack.resolve(encode(given_values, "json")) == {
        "region": {"Fn::Join": ["", ['"', {"Ref": "AWS::Region"}, '"']]},
        "n": {"Ref": "N"},
        "i": {"Ref": "N"},
        "list": as_list,
    }


@pytest.mark.parametrize("encoding", ["plain", "json"])
def test_a_token_for_a_list_or_an_object_is_left_to_who_knows_it(encoding: str) -> None:
    whole_list, whole_object = cdk.Token.as_list({"Ref": "L"}), cdk.Token.as_any({"Ref": "A"})
    encoded = encode({"list": whole_list, "frozen": tuple(whole_list), "object": whole_object}, encoding)
    assert encoded == {"list": whole_list, "frozen": whole_list, "object": whole_object}


@pytest.mark.parametrize("encoding", ["plain", "json"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "hyperparameters['a']: must have a value, got None; leave the key out"),
        (
            math.nan,
            "hyperparameters['a']: must be finite, got nan or an infinity; "
            "pass it as text if the algorithm knows it",
        ),
        (
            [1, -math.inf],
            "hyperparameters['a'][1]: must be finite, got nan or an infinity; "
            "pass it as text if the algorithm knows it",
        ),
        (
            Decimal("1"),
            "hyperparameters['a']: must be a str, bool, int, float, or a list or dict of these, got Decimal; "
            "convert it first, a numpy value with .item()",
        ),
        ({"b": {1: 2}}, "hyperparameters['a']['b']: keys must be str, got int; write every key as text"),
        (
            ["{% $x %}"],
            "hyperparameters['a'][0]: an expression inside a list or map is not evaluated; "
            "make the whole value one expression",
        ),
        (
            [cdk.Token.as_list({"Ref": "L"})],
            "hyperparameters['a'][0]: a list token has no form as text; "
            "use Token.as_string, or Fn.join for a list",
        ),
        (
            {"b": cdk.Token.as_any({"Ref": "A"})},
            "hyperparameters['a']['b']: a token object has no form as text; "
            "use Token.as_string, or Fn.join for a list",
        ),
    ],
)
def test_what_has_no_form_as_text_is_refused(encoding: str, value: object, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        encode({"a": value}, encoding)
    assert str(caught.value) == message
