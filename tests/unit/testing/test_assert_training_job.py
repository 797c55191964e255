"""The assertion finds every training job, and says in what the closest one differs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Capture, Match, Template

from constructs_lib import SpecError
from constructs_lib.testing import assert_training_job

from .stacks import ACCOUNT, DIGEST, Json, rendered

LARGE = {"ResourceConfig": {"InstanceType": "ml.m5.large"}}
TASK = "arn:aws:states:::sagemaker:createTrainingJob.sync"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return rendered(tmp_path_factory.mktemp("app"))


def custom(request: object) -> dict[str, Any]:
    return {"Type": "Custom::SageMakerTrainingJob", "Properties": {"Request": request}}


def machine(**parameters: object) -> dict[str, Any]:
    states = {"Train": {"Type": "Task", "Resource": TASK, **parameters}}
    definition = json.dumps({"StartAt": "Train", "States": states})
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": definition}}


def deep(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"A": found}
    return found


def told(template: Any, fields: Any, count: int | None = None) -> str:
    with pytest.raises(AssertionError) as raised:
        assert_training_job(template, fields, count)
    return str(raised.value)


def one(request: object) -> dict[str, Any]:
    return {"Resources": {"Job": custom(request)}}


def test_all_runners_are_found(template: Json) -> None:
    # Two jobs of deployments, a task, a sweep, a schedule through a state machine, and a direct one.
    assert_training_job(template, LARGE, count=6)
    assert_training_job(template, {**LARGE, "StoppingCondition": {"MaxRuntimeInSeconds": 1200}})
    image = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/a@{DIGEST}"
    assert_training_job(template, {"AlgorithmSpecification": {"TrainingImage": image}}, count=1)
    assert_training_job(template, {"ResourceConfig": {"InstanceType": "ml.p3.2xlarge"}}, count=0)


def test_one_text_is_the_same_in_a_template_and_in_a_definition(template: Json) -> None:
    uri = '"s3://cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/<asset>.tar.gz"'
    assert_training_job(template, {"HyperParameters": {"sagemaker_submit_directory": uri}}, count=4)


def test_the_failure_tells_the_closest_job_and_where_each_stands(template: Json) -> None:
    text = told(template, {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}})
    lines = text.splitlines()
    assert lines[0] == "no training job has these fields"
    assert re.fullmatch(r"the closest is Job\w+:", lines[1])
    assert lines[2] == "  ResourceConfig.InstanceType: 'ml.m5.large' is not 'ml.m5.xlarge'"
    assert re.search(r"  Machine\w+, state 'Sweep: point: create': 1\n", text)
    assert len(lines) == 9


def test_a_stack_a_template_and_a_path_are_templates(tmp_path: Path) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    resource = cdk.CfnResource(stack, "Job", type="Custom::SageMakerTrainingJob")
    resource.add_property_override("Request", LARGE)
    file = tmp_path / "Stack.template.json"
    file.write_text(json.dumps(Template.from_stack(stack).to_json()))
    for form in (stack, Template.from_stack(stack), file, str(file)):
        assert_training_job(form, LARGE, count=1)


def test_the_definition_of_a_machine_in_the_template_itself_is_read() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    state = {"Type": "Task", "Resource": TASK, "Parameters": {"RoleArn": {"Ref": "Role"}}}
    sfn.CfnStateMachine(stack, "M", role_arn="r", definition={"StartAt": "T", "States": {"T": state}})
    assert_training_job(stack, {"RoleArn": {"Ref": "Role"}}, count=1)
    assert_training_job(stack, {"RoleArn": "${Role}"}, count=1)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"A": 1},
        {"A": ANY, "B": ANY, "L": ANY, "True": ANY},
        {"F": pytest.approx(0.30000001)},
        {"A": lambda value: value > 0},
        {"B": {"C": "x"}},
        {"L": [1, {"M": 2}]},
        {"L": (1, {"M": 2})},
        {"R": {"Ref": "X"}},
        {"R": "${X}"},
        {"J": "s3://${X}/in"},
        {"J": {"Fn::Join": ["", ["s3://", {"Ref": "X"}, "/in"]]}},
        {"J": {"Fn::Sub": "s3://${X}/in"}},
        {"J": re.compile(r"^s3://.*/in$")},
        {"B": {"C": re.compile("X", re.IGNORECASE)}},
        {"N": None},
    ],
)
def test_fields_match(fields: dict[str, Any]) -> None:
    request = {
        "A": 1,
        "B": {"C": "x", "D": "y"},
        "L": [1, {"M": 2, "N": 3}],
        "F": 0.3,
        "R": {"Ref": "X"},
        "J": {"Fn::Join": ["", ["s3://", {"Ref": "X"}, "/in"]]},
        "N": None,
        "True": True,
    }
    assert_training_job(one(request), fields, count=1)


@pytest.mark.parametrize(
    ("request_", "fields", "line"),
    [
        ({"A": "1"}, {"A": 1}, "A: '1' is not 1"),
        ({"A": True}, {"A": 1}, "A: True is not 1"),
        ({"A": 1}, {"A": True}, "A: 1 is not True"),
        ({}, {"A": None}, "A: is not there"),
        ({"A.$": "$.a"}, {"A": 1}, "A: is not there, but 'A.$' is"),
        ({"A": {"a b": 1}}, {"A": {"a b": 2}}, 'A["a b"]: 1 is not 2'),
        ({"A": [{"B": 1}]}, {"A": [{"B": 2}]}, "A[0].B: 1 is not 2"),
        ({"A": [1]}, {"A": [1, 2]}, "A: has 1 item, not 2"),
        ({"A": [1, 2]}, {"A": []}, "A: has 2 items, not 0"),
        ({"A": {"Ref": "L"}}, {"A": [1]}, "A: {'Ref': 'L'} is no list"),
        ({"A": "{% $a %}"}, {"A": {"B": 1}}, "A: '{% $a %}' has no members"),
        ({"A": "b"}, {"A": re.compile("^a")}, "A: 'b' does not match '^a'"),
        ({"A": 1}, {"A": re.compile("")}, "A: 1 does not match ''"),
        ({"A": "s3://a"}, {"A": {"Fn::Sub": "s3://${B}"}}, "A: 's3://a' is not {'Fn::Sub': 's3://${B}'}"),
        ({"A": 1}, {"A": callable}, "A: 1 is not what callable asks for"),
        ({"A": 1}, {"A": len}, "A: len cannot judge 1: object of type 'int' has no len()"),
        ("$.request", {"A": 1}, "the request: '$.request' has no members"),
    ],
)
def test_fields_differ(request_: object, fields: dict[str, Any], line: str) -> None:
    assert told(one(request_), fields).splitlines()[1:] == ["the closest is Job:", f"  {line}"]


def test_the_closest_has_the_fewest_differences() -> None:
    template = {"Resources": {"Far": custom({}), "Near": custom({"A": 1}), "M": machine(Parameters={"B": 2})}}
    assert told(template, {"A": 1, "B": 3}) == (
        "no training job has these fields\n"
        "the closest is Near:\n"
        "  B: is not there\n"
        "the others, and in how many fields they differ:\n"
        "  Far: 2\n"
        "  M, state 'Train': 2"
    )


RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}


@pytest.mark.parametrize(
    ("other", "near", "fields"),
    [
        (
            custom({"Other": 1}),
            {"ResourceConfig": RESOURCES},
            {"ResourceConfig": {**RESOURCES, "A": 2, "B": 3}},
        ),
        (custom({"A.$": "$.a"}), {"A": {"B": 1, "C": 3}}, {"A": {"B": 2, "C": 3, "D": 4, "E": 5, "F": 6}}),
        (custom({"A": "{% $a %}"}), {"A": [1, 2, 3]}, {"A": [3, 2, 1]}),
        (custom({"A": [1]}), {"A": [1, {"B": 2, "C": 3}]}, {"A": [1, {"B": 3, "C": 3}]}),
        (custom({"A": [5, 6, 7]}), {"A": [1, 3]}, {"A": [1, 2]}),
        (custom({"A": [{"B": 3, "C": 3}]}), {"A": [{"B": 1, "C": 2}, 5]}, {"A": [{"B": 1, "C": 2}]}),
        (custom({}), {"A": [1, {"B": 2}]}, {"A": [1, {"B": 2}, {"C": 3, "D": 4}]}),
        (machine(Arguments="{% $request %}"), {"A": 1, "B": 2, "C": 3}, {"A": 1, "B": 3, "C": 4}),
    ],
)
def test_what_is_not_there_counts_as_much_as_was_asked(other: Any, near: Any, fields: dict[str, Any]) -> None:
    template = {"Resources": {"Dyn": other, "Near": custom(near)}}
    assert "the closest is Near:" in told(template, fields)


def test_the_others_are_told_in_how_many_fields_they_differ() -> None:
    near = {"ResourceConfig": RESOURCES}
    template = {"Resources": {"Dyn": custom({"Other": 1}), "Near": custom(near)}}
    fields = {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 30}}
    assert told(template, fields).splitlines()[-3:] == [
        "  ResourceConfig.InstanceCount: 1 is not 2",
        "the others, and in how many fields they differ:",
        "  Dyn: 3",
    ]


def test_too_few_and_too_many_are_named() -> None:
    template = {"Resources": {"One": custom({"A": 1}), "Two": custom({"A": 1}), "Other": custom({"A": 2})}}
    assert told(template, {"A": 1}, 1) == "2 training jobs have these fields, not 1\n  One\n  Two"
    assert told(template, {"A": 1}, 3).splitlines()[-2:] == [
        "the closest other one is Other:",
        "  A: 2 is not 1",
    ]
    assert told(template, {"A": 2}, 0) == "1 training job has these fields, not 0\n  Other"
    assert_training_job(template, {"A": 1}, 2)


@pytest.mark.parametrize("template", [{}, {"Resources": {}}, {"Resources": {"R": {"Type": "My::Thing"}}}])
def test_a_template_without_jobs(template: Any) -> None:
    assert_training_job(template, {}, count=0)
    assert told(template, {}) == "no training job has these fields\nthe template has no training job"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, {}), "template: got NoneType; give a dict"),
        (("nowhere.json", {}), "template: nowhere.json cannot be read: No such file or directory"),
        ((__file__, {}), "is no JSON"),
        (({}, "A"), "fields: got str; give a dict of request fields in AWS's form"),
        (({}, {}, -1), "count: got -1; give a number from 0, or None for at least one"),
        (({}, {}, True), "count: got True"),
        (
            ({}, {"A": {"B": str}}),
            "fields.A.B: got the type str; give a value, or a function that judges one",
        ),
        (({}, {"L": [1, {"M": (bool,)}]}), "fields.L[1].M[0]: got the type bool"),
        (
            ({}, {"a b": Match.any_value()}),
            'fields["a b"]: got a matcher of aws_cdk.assertions; give a dict, a fu',
        ),
        (({}, {"A": Match.object_like({"B": 1})}), "fields.A: got a matcher of aws_cdk.assertions"),
        (({}, {"A": Capture()}), "fields.A: got a matcher of aws_cdk.assertions"),
        (({}, Match.object_like({"B": 1})), "fields: got a matcher of aws_cdk.assertions"),
        (({}, {"A": re.compile(b"x")}), "fields.A: got a pattern of bytes; give re.compile of a text"),
    ],
)
def test_what_is_no_argument_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(SpecError) as raised:
        assert_training_job(*arguments)
    assert message in str(raised.value)


@pytest.mark.parametrize("depth", [150, 3000, 100_000])
def test_fields_that_are_nested_too_deeply_are_refused(depth: int) -> None:
    with pytest.raises(SpecError) as raised:
        assert_training_job(one({}), deep(depth), 0)
    assert str(raised.value).startswith("fields: got more than 100 levels; give a dict of request fields")


def test_a_list_is_no_template(tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    file.write_text("[]")
    with pytest.raises(SpecError, match="a JSON object is a template, not a list"):
        assert_training_job(file, {})
