from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cli.inputs import JobInput, Source
from constructs_lib.cli.reading import UnusableInputError
from constructs_lib.cli.templates import Template

from .test_state_machines import machine, shown, task

REF = {"Ref": "Parameter"}


def jobs(resource: dict[str, Any], **members: Any) -> list[JobInput]:
    body = {"Resources": {"Thing": resource}}
    return list(Template(Source("t.json", json.dumps(body)), body, **members).jobs())


def requests(resource: dict[str, Any]) -> list[list[object]]:
    return [[shown(variant) for variant in job.variants] for job in jobs(resource)]


def state_machine(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


def custom(request: object) -> dict[str, Any]:
    return {"Type": "Custom::SageMakerTrainingJob", "Properties": {"ServiceToken": REF, "Request": request}}


def schedule(arn: object, request: object) -> dict[str, Any]:
    return {"Type": "AWS::Scheduler::Schedule", "Properties": {"Target": {"Arn": arn, "Input": request}}}


def test_a_custom_resource_has_its_request_with_a_name_that_its_function_gives() -> None:
    found = requests(custom({"RoleArn": REF, "ResourceConfig": {"InstanceCount": 1, "VolumeSizeInGB": "30"}}))
    assert found == [
        [
            {
                "TrainingJobName": "(unknown)",
                "RoleArn": "(unknown)",
                "ResourceConfig": {"InstanceCount": 1, "VolumeSizeInGB": "30"},
            }
        ]
    ]


def test_a_name_in_a_custom_resource_is_kept() -> None:
    assert requests(custom({"TrainingJobName": "a_b"})) == [[{"TrainingJobName": "a_b"}]]


def test_a_condition_makes_two_variants() -> None:
    found = requests(
        custom({"TrainingJobName": "a", "RoleArn": {"Fn::If": ["C", "x", {"Ref": "AWS::NoValue"}]}})
    )
    assert found == [[{"TrainingJobName": "a", "RoleArn": "(unknown)"}, {"TrainingJobName": "a"}]]


@pytest.mark.parametrize("request_", [REF, {"Fn::GetAtt": ["A", "B"]}])
def test_a_request_that_deployment_makes_is_unknown(request_: object) -> None:
    assert requests(custom(request_)) == [["(unknown)"]]


def test_a_definition_string_is_read_with_its_tokens() -> None:
    # given a join as CDK writes it: a token in a text, and one for a number
    text = json.dumps(machine(A=task({"RoleArn": "@", "ResourceConfig": {"InstanceCount": "#"}})))
    before, _, rest = text.partition("@")
    middle, _, after = rest.partition('"#"')
    resource = state_machine(DefinitionString={"Fn::Join": ["", [before, REF, middle, REF, after]]})
    # when / then
    assert requests(resource) == [
        [{"RoleArn": "(unknown)", "ResourceConfig": {"InstanceCount": "(unknown)"}}]
    ]
    [job] = jobs(resource)
    assert (job.where, job.opaque) == ("Thing/A", True)
    assert job.pointer == ("Resources", "Thing", "Properties", "DefinitionString")


def test_a_literal_definition_string_is_read() -> None:
    text = json.dumps(machine(A=task({"RoleArn": "x", "Tags.$": "$.tags"})))
    assert requests(state_machine(DefinitionString=text)) == [[{"RoleArn": "x", "Tags": "(unknown)"}]]


def test_a_definition_object_is_read_with_its_functions() -> None:
    resource = {"Fn::Sub": "arn:${AWS::Partition}:states:::sagemaker:createTrainingJob.sync"}
    definition = machine(
        A=task({"RoleArn": REF, "Tags.$": "$.tags", "HyperParameters": {"a": "1"}}, resource)
    )
    found = jobs(state_machine(Definition=definition))
    assert [shown(variant) for variant in found[0].variants] == [
        {"RoleArn": "(unknown)", "Tags": "(unknown)", "HyperParameters": {"a": "1"}}
    ]
    assert found[0].pointer == (
        *("Resources", "Thing", "Properties", "Definition", "States", "A", "Parameters"),
    )


def test_substitutions_are_unknown_in_both_forms() -> None:
    definition = machine(A=task({"RoleArn": "${Role}", "TrainingJobName": "a-${Other}"}))
    names = {"Role": REF}
    expected = [[{"RoleArn": "(unknown)", "TrainingJobName": "a-${Other}"}]]
    assert requests(state_machine(Definition=definition, DefinitionSubstitutions=names)) == expected
    text = json.dumps(definition)
    assert requests(state_machine(DefinitionString=text, DefinitionSubstitutions=names)) == expected


def test_a_definition_that_is_uploaded_is_read_from_its_asset(tmp_path: Path) -> None:
    # given
    file = tmp_path / "asset.abc.json"
    file.write_text(json.dumps(machine(A=task({"RoleArn": "${Role}", "Tags": []}))))
    located = {"Bucket": REF, "Key": "abc.json"}
    resource = state_machine(DefinitionS3Location=located, DefinitionSubstitutions={"Role": REF})
    # when
    found = jobs(resource, assets={"abc.json": str(file)})
    # then
    assert [(job.source.name, job.where, job.pointer) for job in found] == [
        (str(file), "Thing/A", ("States", "A", "Parameters"))
    ]
    assert shown(found[0].variants[0]) == {"RoleArn": "(unknown)", "Tags": []}


@pytest.mark.parametrize("content", ["StartAt: A", "[]", None])
def test_an_uploaded_definition_that_is_no_json_or_not_there_has_no_jobs(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "asset.abc.json"
    if content is not None:
        file.write_text(content)
    resource = state_machine(DefinitionS3Location={"Key": "abc.json"})
    assert jobs(resource, assets={"abc.json": str(file)}) == []
    assert jobs(resource) == []


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob",
        {
            "Fn::Join": [
                "",
                ["arn:", {"Ref": "AWS::Partition"}, ":scheduler:::aws-sdk:sagemaker:createTrainingJob"],
            ]
        },
    ],
)
def test_a_schedule_that_creates_jobs_has_its_input(arn: object) -> None:
    request = {"TrainingJobName": "n-<aws.scheduler.execution-id>", "RoleArn": "x"}
    assert requests(schedule(arn, json.dumps(request))) == [
        [{"TrainingJobName": "(unknown)", "RoleArn": "x"}]
    ]


def test_a_schedule_of_something_else_has_no_job() -> None:
    assert requests(schedule("arn:aws:scheduler:::aws-sdk:sagemaker:createModel", "{}")) == []


@pytest.mark.parametrize("given", [None, REF])
def test_a_schedule_whose_input_is_not_there_is_unknown(given: object) -> None:
    arn = "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob"
    assert requests(schedule(arn, given)) == [["(unknown)"]]


def test_a_definition_that_is_no_json_is_refused_with_its_resource() -> None:
    with pytest.raises(UnusableInputError) as caught:
        jobs(state_machine(DefinitionString='{"StartAt": }'))
    expected = "Thing: DefinitionString is not JSON: expecting value at line 1, column 13"
    assert str(caught.value) == expected


def test_a_definition_that_its_unknown_part_may_complete_is_not_judged() -> None:
    assert requests(state_machine(DefinitionString={"Fn::Join": ["", ['{"a": 1', REF, "}"]]})) == []


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::S3::Bucket", "Properties": {"Request": {}}},
        {"Type": "Custom::SageMakerTrainingJob"},
        {"Type": "AWS::StepFunctions::StateMachine", "Properties": {}},
        {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": "x"}},
        {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionS3Location": "x"}},
        {"Type": "AWS::Scheduler::Schedule", "Properties": {"Target": []}},
        "nothing",
    ],
)
def test_what_is_no_training_job_or_damaged_has_none(resource: Any) -> None:
    assert requests(resource) == []


def test_jobs_carry_stack_region_and_account() -> None:
    [job] = jobs(custom({}), stack="Prod/Main", region="eu-west-1", account="123456789012")
    assert (job.where, job.region, job.account) == ("Prod/Main/Thing", "eu-west-1", "123456789012")


def test_the_templates_of_nested_stacks_are_found_by_the_end_of_their_address() -> None:
    url = {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}, "/bucket/abc.json"]]}
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    body = {"Resources": {"Nest": nested, "Other": {**nested, "Properties": {"TemplateURL": "x/y.json"}}}}
    template = Template(Source("t.json", ""), body, assets={"abc.json": "out/n.json"})
    assert list(template.nested()) == [("Nest", "out/n.json")]
