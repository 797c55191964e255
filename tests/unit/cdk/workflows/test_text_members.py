"""Hyperparameters, environment and other maps of text: what an execution gives reaches SageMaker as text."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Algorithm, SpecError, shapes
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.spec.text import is_expression

from .rendering import JSON_ENCODED, LANGUAGES, PLAIN, evaluated, rendered, spec_of

J = sfn.JsonPath
ENCODINGS = pytest.mark.parametrize("algorithm", [PLAIN, JSON_ENCODED], ids=["plain", "json"])


VALUES = [
    0.1,
    1e-05,
    6,
    True,
    False,
    "a",
    'it\'s "x" \\ {y}\n\u00e9\U0001f600',
    "",
    "[",
    [1, "a"],
    {"a": {"b": [True]}},
    [],
    {},
]


def read(text: str, value: Any, encoding: str) -> Any:
    assert isinstance(text, str)
    return text if encoding == "plain" and isinstance(value, str) else json.loads(text)


def token_for(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        return J.object_at("$.x")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return J.number_at("$.x") if number else J.string_at("$.x")


@LANGUAGES
@ENCODINGS
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_hyperparameters_from_an_execution_are_encoded_as_given_ones(
    algorithm: Algorithm, value: Any, language: Language
) -> None:
    picked = token_for(value) if language is Language.JSONPATH else "{% $states.input.x %}"
    state = rendered(spec_of(algorithm, hyperparameters={"x": picked, "y": 1, "s": "t"}), language)
    made = evaluated(state, language, {"x": value})["HyperParameters"]
    expected: Any = spec_of(algorithm, hyperparameters={"x": value, "y": 1, "s": "t"}).to_request()
    assert {**made, "x": ""} == {**expected["HyperParameters"], "x": ""}
    encoding = algorithm.hyperparameter_encoding
    assert (
        read(made["x"], value, encoding) == read(expected["HyperParameters"]["x"], value, encoding) == value
    )


@LANGUAGES
@pytest.mark.parametrize("value", ["a", True, 7], ids=repr)
def test_the_environment_and_other_maps_are_text_too(value: Any, language: Language) -> None:
    picked = J.string_at("$.x") if language is Language.JSONPATH else "{% $states.input.x %}"
    hook = shapes.DebugHookConfig(s3_output_path="s3://b/", hook_parameters={"A": picked})
    state = rendered(spec_of(environment={"A": picked, "B": "b"}, debug_hook_config=hook), language)
    made = evaluated(state, language, {"x": value})
    expected = value if isinstance(value, str) else json.dumps(value)
    assert made["Environment"] == {"A": expected, "B": "b"}
    assert made["DebugHookConfig"]["HookParameters"] == {"A": expected}


def test_a_number_in_a_member_of_text_is_text() -> None:
    state = rendered(spec_of(tags={"n": J.number_at("$.n")}), Language.JSONPATH)
    assert state["Tags"] == [{"Key": "n", "Value.$": "States.Format('{}', $.n)"}]


@LANGUAGES
@pytest.mark.parametrize("field", ["hyperparameters", "environment"])
def test_a_list_of_cloudformations_is_no_text(language: Language, field: str) -> None:
    zones: dict[str, Any] = {field: {"zones": cdk.Token.as_list({"Fn::GetAZs": ""})}}
    spec = spec_of(**zones)
    with pytest.raises(SpecError, match="zones: is a list token, which has no form as text"):
        rendered(spec, language)


def test_an_object_of_cloudformations_may_be_text() -> None:
    token = cdk.Token.as_any({"Ref": "Text"})
    for language in Language:
        state = rendered(spec_of(hyperparameters={"a": token}), language)
        assert cdk.Stack(cdk.App()).resolve(state["HyperParameters"]) == {"a": {"Ref": "Text"}}
        assert isinstance(state["HyperParameters"]["a"], str)  # jsii cannot tell what an object here is


def test_the_forms_of_text_in_json_path() -> None:
    values = {
        "text": J.string_at("$.a"),
        "number": J.number_at("$.a"),
        "list": J.list_at("$.a"),
        "object": J.object_at("$.a"),
        "around": f"x-{J.string_at('$.a')}",
        "made": J.format("{}-", J.string_at("$.a")),
        "inside": {"k'": [1, J.number_at("$.a"), f"{J.string_at('$.a')}!"]},
        "plain": [1],
    }
    plain: Any = rendered(spec_of(hyperparameters=values), Language.JSONPATH)["HyperParameters"]
    inside = (
        "States.Format('\\{\"k\\'\": [1, {}, {}]\\}', States.JsonToString($.a), "
        "States.JsonToString(States.Format('{}!', $.a)))"
    )
    assert plain == {
        "text.$": "States.Format('{}', $.a)",
        "number.$": "States.Format('{}', $.a)",
        "list.$": "States.JsonToString($.a)",
        "object.$": "States.JsonToString($.a)",
        "around.$": "States.Format('x-{}', $.a)",
        "made.$": "States.Format('{}-', $.a)",
        "inside.$": inside,
        "plain": "[1]",
    }
    encoded: Any = rendered(spec_of(hyperparameters=values, algorithm=JSON_ENCODED), Language.JSONPATH)
    assert encoded["HyperParameters"] == {
        "text.$": "States.JsonToString($.a)",
        "number.$": "States.JsonToString($.a)",
        "list.$": "States.JsonToString($.a)",
        "object.$": "States.JsonToString($.a)",
        "around.$": "States.JsonToString(States.Format('x-{}', $.a))",
        "made.$": "States.JsonToString(States.Format('{}-', $.a))",
        "inside.$": inside,
        "plain": "[1]",
    }


@ENCODINGS
@pytest.mark.parametrize("values", [{}, {"a": 1}, {"a": 0.5, "b": "t", "c": [1], "d": True}], ids=repr)
def test_a_whole_map_becomes_text_in_jsonata(algorithm: Algorithm, values: Any) -> None:
    spec = spec_of(
        algorithm=algorithm, hyperparameters="{% $states.input.hp %}", environment="{% $states.input.hp %}"
    )
    made = evaluated(rendered(spec, Language.JSONATA), Language.JSONATA, {"hp": values})
    encoding = algorithm.hyperparameter_encoding
    assert {
        key: read(made["HyperParameters"][key], value, encoding) for key, value in values.items()
    } == values
    assert {key: read(made["Environment"][key], value, "plain") for key, value in values.items()} == values
    assert set(made["HyperParameters"]) == set(made["Environment"]) == set(values)


def test_a_whole_map_goes_through_in_json_path() -> None:
    state = rendered(
        spec_of(hyperparameters=J.object_at("$.hp"), environment=J.object_at("$.env")), Language.JSONPATH
    )
    assert (state["HyperParameters.$"], state["Environment.$"]) == ("$.hp", "$.env")


@pytest.mark.parametrize(
    "text", ["{% if a %} x {% endif %}", '{% "a\\" %}{% %}', "{%}", "{% %} %}", "a {% $b %}"]
)
def test_text_that_looks_like_an_expression_stays_text(text: str) -> None:
    spec = spec_of(environment={"CHAT": text}, hyperparameters={"chat": text})
    state = rendered(spec, Language.JSONATA)
    assert text in state["Environment"].values() or is_expression(state["Environment"]["CHAT"])
    made = evaluated(state, Language.JSONATA, {})
    assert (made["Environment"]["CHAT"], made["HyperParameters"]["chat"]) == (text, text)
    assert rendered(spec, Language.JSONPATH)["Environment"] == {"CHAT": text}
