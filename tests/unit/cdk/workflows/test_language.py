from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import TrainingJobTask
from constructs_lib.cdk.expressions import JsonPaths, expressions, token_parts
from constructs_lib.cdk.workflows.language import Language, Misfit, check_language, misfits
from constructs_lib.errors import SpecError

from .definitions import SPEC

J = sfn.JsonPath
DOCUMENT: dict[str, Any] = {
    "HyperParameters": {"a b": "{% $x %}", "c": 1},
    "InputDataConfig": [{"ChannelName": "a"}, {"ChannelName": J.string_at("$.b")}],
    "Environment": {"D": f"s3://{J.string_at('$.c')}/", "E": cdk.Aws.REGION},
    "ResourceConfig": {"InstanceCount": J.number_at("$.n"), "VolumeSizeInGB": 5},
    "VpcConfig": {"Subnets": J.list_at("$.s"), "SecurityGroupIds": J.object_at("$.g")},
}


def test_every_expression_is_found_in_each_form() -> None:
    assert expressions(DOCUMENT) == [
        (("HyperParameters", "a b"), "JSONata"),
        (("InputDataConfig", 1, "ChannelName"), "sfn.JsonPath"),
        (("Environment", "D"), "sfn.JsonPath"),
        (("ResourceConfig", "InstanceCount"), "sfn.JsonPath"),
        (("VpcConfig", "Subnets"), "sfn.JsonPath"),
        (("VpcConfig", "SecurityGroupIds"), "sfn.JsonPath"),
    ]
    assert JsonPaths(DOCUMENT).of(int(J.number_at("$.n"))) is None  # of another document


def test_a_token_is_known_in_each_of_its_forms() -> None:
    number = J.number_at("$.n")
    paths = JsonPaths({"a": number, "b": f"{J.string_at('$.b')}-{number}", "c": [cdk.Aws.REGION]})
    assert paths.of(number) == paths.of(int(number)) == paths.of(str(number)) == "$.n"
    assert paths.of("text") is paths.of("ends in e+289") is paths.of(None) is paths.of(7) is None
    assert paths.of(cdk.Aws.REGION) is None
    assert paths.within(f"x{number}")
    assert not paths.within(f"x{cdk.Aws.REGION}")


def test_text_is_cut_at_its_tokens() -> None:
    token = J.string_at("$.a")
    assert token_parts("a") == ["a"]
    assert token_parts(f"a{token}{token}") == ["a", token, "", token, ""]


def test_a_language_names_what_is_of_the_other() -> None:
    assert misfits(DOCUMENT, Language.JSONPATH) == [
        Misfit(
            'HyperParameters["a b"]',
            "JSONata",
            "is JSONata, in a state of JSONPath",
            "write it as sfn.JsonPath, or give the task query_language=JSONata",
        )
    ]
    found = misfits(DOCUMENT, Language.JSONATA)
    assert [misfit.path for misfit in found] == [
        "InputDataConfig[1].ChannelName",
        "Environment.D",
        "ResourceConfig.InstanceCount",
        "VpcConfig.Subnets",
        "VpcConfig.SecurityGroupIds",
    ]
    assert found[0][1:] == (
        "sfn.JsonPath",
        "is sfn.JsonPath, in a state of JSONata",
        'write it as "{% ... %}", or give the task query_language=JSONPath',
    )


def test_a_mixture_is_named_before_the_language_is_known() -> None:
    with pytest.raises(SpecError) as caught:
        check_language({"a": "{% $x %}", "b": {"c": J.string_at("$.b")}}, None, "Stack/Train")
    assert str(caught.value) == (
        "b.c: is sfn.JsonPath, and a is JSONata: a state has one language; "
        'write both as "{% ... %}" [Stack/Train]'
    )


@pytest.mark.parametrize("language", [None, *Language])
@pytest.mark.parametrize("document", [{}, {"a": cdk.Aws.REGION, "b": ["text {% if %}", 1, None]}])
def test_what_has_no_expression_fits(document: Any, language: Language | None) -> None:
    check_language(document, language)


def test_one_language_fits_itself() -> None:
    check_language({"a": "{% $x %}", "b": "{% $y %}"}, None)
    check_language({"a": J.string_at("$.a"), "b": J.number_at("$.b")}, Language.JSONPATH)
    check_language({"a": "{% $x %}"}, Language.JSONATA)


@pytest.mark.parametrize(
    ("own", "top_level", "language"),
    [
        (None, None, Language.JSONPATH),
        (None, sfn.QueryLanguage.JSONATA, Language.JSONATA),
        (sfn.QueryLanguage.JSONATA, None, Language.JSONATA),
        (sfn.QueryLanguage.JSONATA, sfn.QueryLanguage.JSON_PATH, Language.JSONATA),
        (sfn.QueryLanguage.JSON_PATH, sfn.QueryLanguage.JSONATA, Language.JSONPATH),
    ],
)
def test_a_state_has_its_own_language_or_its_machines(
    own: sfn.QueryLanguage | None, top_level: sfn.QueryLanguage | None, language: Language
) -> None:
    assert Language.of(own, top_level) is language


def test_members_say_their_language() -> None:
    assert Language.JSONPATH.member("Name", "$.a") == {"Name.$": "$.a"}
    assert Language.JSONATA.member("Name", "{% $a %}") == {"Name": "{% $a %}"}


@pytest.mark.parametrize(
    ("arguments", "by"),
    [
        ({"result_path": "$.x"}, "result_path"),
        (
            {"query_language": sfn.QueryLanguage.JSON_PATH},
            "the argument itself or an expression of the spec, job_name, assign or credentials",
        ),
    ],
)
def test_a_jsonata_machine_takes_no_task_in_jsonpath(
    stack: cdk.Stack, arguments: dict[str, Any], by: str
) -> None:
    task = TrainingJobTask(stack, "Train", spec=SPEC, **arguments)
    with pytest.raises(RuntimeError, match=f"query_language: is JSONPath, by {by}, and .*Stack/Train"):
        sfn.StateMachine(
            stack,
            "Machine",
            definition_body=sfn.DefinitionBody.from_chainable(task),
            query_language=sfn.QueryLanguage.JSONATA,
        )
