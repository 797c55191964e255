"""Arguments of a task that are of another type, or no such thing: refused in words, with the task's path."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import SpecError, TrainingJob, TrainingJobTask

from .definitions import JSONATA, SPEC
from .machines import creation, definition, machine

LARGE = 2**53
ROLE = sfn.TaskRole.from_role_arn_json_path("$.role")
PATH = sfn.JsonPath.string_at("$.r")
# Argument, value, the path and the words of the message.
WRONG: list[tuple[str, Any, str, str]] = [
    ("credentials", {"role": ROLE}, "credentials", "must be sfn.Credentials, got dict"),
    ("credentials", ROLE, "credentials", "must be sfn.Credentials, got _TaskRoleProxy"),
    ("assign", 5, "assign", "must be a map of variables, got int"),
    ("assign", MappingProxyType({}), "assign", "must be a dict of variables, got mappingproxy"),
    ("assign", {5: 1}, "assign", "keys must be text, got int"),
    ("assign", {"a": object()}, "assign.a", "must be what JSON has a form for, got object"),
    ("assign", {"a": [(1, 2)]}, "assign.a[0]", "got tuple"),
    ("assign", {"a": float("nan")}, "assign.a", "must be a finite number"),
    ("assign", {"a": LARGE}, "assign.a", "must be -9007199254740991 to 9007199254740991"),
    ("assign", {"my-var": 1}, "assign", "got 'my-var': a variable's name is a letter"),
    ("assign", {"_private": 1}, "assign", "a variable's name is a letter"),
    ("assign", {"": 1}, "assign", "a variable's name is a letter"),
    ("assign", {"states": 1}, "assign", "$states is Step Functions' own"),
    ("assign", {"x" * 81: 1}, "assign", "it has 81 characters, allowed are 80"),
    ("comment", 5, "comment", "must be text, got int"),
    ("state_name", 5, "state_name", "must be text, got int"),
    ("state_name", "", "state_name", "must not be empty"),
    ("state_name", "x" * 81, "state_name", "has 81 characters, allowed are 80"),
    ("result_selector", "x", "result_selector", "must be a dict, got str"),
    ("result_selector", {"a": {"b": -LARGE}}, "result_selector.a.b", "must be -9007199254740991"),
    ("query_language", "JSONata", "query_language", "must be an sfn.QueryLanguage, got str"),
    ("outputs", object(), "outputs", "got object"),
    ("outputs", {"a": MappingProxyType({})}, "outputs.a", "got mappingproxy"),
    ("input_path", 5, "input_path", "must be a path of JSONPath as text, got int"),
    ("result_path", 5, "result_path", "as text, got int"),
    ("input_path", "x", "input_path", "must be a path of JSONPath that begins with $, got 'x'"),
    ("input_path", "{% $states.input %}", "input_path", "must be a path of JSONPath"),
    ("input_path", "$.", "input_path", "must be a path of JSONPath"),
    ("output_path", "States.Format('x')", "output_path", "must be a path of JSONPath"),
    ("result_path", "$$.a", "result_path", "must be a reference path, to one place"),
    ("result_path", "$variable", "result_path", "must be a reference path"),
    ("result_path", "$..a", "result_path", "must be a reference path"),
    ("result_path", "$.a[*]", "result_path", "must be a reference path"),
    ("result_path", "train", "result_path", "must be a reference path"),
    ("role", iam.Role, "role", "must be an iam.IRole, got the class Role"),
    ("allow_stopped", 1, "allow_stopped", "must be of type bool, got int"),
    ("integration_pattern", "RUN_JOB", "integration_pattern", "must be sfn.IntegrationPattern, got str"),
    ("retries", [{"errors": ["x"]}], "retries[0]", "must be an sfn.RetryProps, got dict"),
    ("retries", 5, "retries", "must be a list of sfn.RetryProps, got int"),
    ("quality_gates", None, "quality_gates", "must be a list of QualityGate, got NoneType"),
    ("retry_failures", {}, "retry_failures", "must be True or a RetryFailures, got dict"),
    ("retry_failures", "capacity", "retry_failures", "must be True or a RetryFailures, got 'capacity'"),
    ("task_timeout", True, "task_timeout", "must be an sfn.Timeout or a duration, got bool"),
    ("heartbeat_timeout", "1h", "heartbeat_timeout", "must be an sfn.Timeout or a duration, got str"),
    ("platform", 5, "platform", "must be of type TrainingPlatform, got int"),
    ("integration", [], "integration", "got list"),
    ("job_name", [], "job_name", "must be JobName.unique(...) or text, got list"),
]


@pytest.mark.parametrize(("name", "value", "path", "words"), WRONG)
def test_it_is_refused_in_words(stack: cdk.Stack, name: str, value: Any, path: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        TrainingJobTask(stack, "Train", **{"spec": SPEC, name: value})

    assert caught.value.path == path
    assert words in caught.value.problem
    assert caught.value.fix
    assert caught.value.construct == "Stack/Train"


def test_every_argument_of_another_type_is_a_spec_error(stack: cdk.Stack) -> None:
    names = TrainingJobTask.__init__.__kwdefaults__ or {}
    assert len(names) == 22

    for number, name in enumerate(["spec", *names]):
        given: dict[str, Any] = {"spec": SPEC, name: object()}
        with pytest.raises(SpecError) as caught:
            TrainingJobTask(stack, f"Train{number}", **given)
        assert caught.value.path == name
        assert caught.value.construct == f"Stack/Train{number}"


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (None, "must be a construct, got NoneType"),
        ("Stack", "must be a construct, got str"),
        (cdk.Stack, "must be a construct, got the class Stack"),
    ],
)
def test_a_scope_that_is_none_is_refused(scope: Any, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        TrainingJobTask(scope, "Train", spec=SPEC)

    assert caught.value.path == "scope"


@pytest.mark.parametrize(
    ("id", "words"),
    [(5, "must be text, got int"), (None, "got NoneType"), (b"x", "got bytes"), ("", "got empty text")],
)
def test_an_id_that_is_none_is_refused(stack: cdk.Stack, id: Any, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        TrainingJobTask(stack, id, spec=SPEC)

    assert (caught.value.path, caught.value.construct) == ("id", "Stack")


def test_an_id_is_a_states_name(stack: cdk.Stack) -> None:
    with pytest.raises(
        SpecError, match="has 81 characters, allowed are 80; give a shorter state_name"
    ) as caught:
        TrainingJobTask(stack, "x" * 81, spec=SPEC)
    assert caught.value.path == "id"

    assert TrainingJobTask(stack, "y" * 81, spec=SPEC, state_name="Train").state_id == "Train"
    assert TrainingJobTask(stack, "z" * 80, spec=SPEC).state_id == "z" * 80


def test_a_construct_that_jsii_alone_knows_is_a_scope(stack: cdk.Stack) -> None:
    scope: Any = cdk.aws_s3.Bucket(stack, "Bucket").node.default_child

    assert TrainingJobTask(scope, "Train", spec=SPEC).node.path == "Stack/Bucket/Resource/Train"


@pytest.mark.parametrize(
    "given",
    [
        {"input_path": "$", "output_path": "$.a['b'][0]", "result_path": "$.c[0]['d e'].f"},
        {"input_path": "$$.Execution.Input", "output_path": "$variable.a", "result_path": "$"},
        {"input_path": "$$", "output_path": "$..a[?(@.b == 'c')]", "result_path": "$['a:b']"},
        {"input_path": PATH, "result_path": PATH},
        {"input_path": sfn.JsonPath.DISCARD, "result_path": sfn.JsonPath.DISCARD},
        {
            "assign": {
                "ünicode1_": 1,
                "b.$": "$.TrainingJobName",
                "class": PATH,
                "x" * 80: [None, {"a": True}],
            }
        },
        {"assign": {"a": sfn.JsonPath.object_at("$.a"), "b": sfn.JsonPath.list_at("$.b")}},
        {"result_selector": {"a.$": "$.b", "n": sfn.JsonPath.number_at("$.n"), "exact": LARGE - 1}},
        {"query_language": JSONATA, "outputs": [1, 2.5, None, {"a": "{% 1 %}"}]},
        {"comment": "", "state_name": "Train a model"},
    ],
)
def test_what_is_right_is_taken(stack: cdk.Stack, given: dict[str, Any]) -> None:
    assert creation(definition(machine(TrainingJobTask(stack, "Train", spec=SPEC, **given))))


@pytest.mark.parametrize("runner", [TrainingJobTask, TrainingJob])
@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:{PATH}",
        f"arn:{PATH}",
        f"arn:aws:{cdk.Aws.URL_SUFFIX}::123456789012:role/x",
        f"arn:aws:iam::123456789012:{cdk.Aws.URL_SUFFIX}",
    ],
)
def test_a_token_in_the_fixed_part_of_a_roles_arn_is_refused(stack: cdk.Stack, runner: Any, arn: str) -> None:
    with pytest.raises(SpecError, match="an ARN with a token in its fixed part") as caught:
        runner(stack, "Train", spec=SPEC.replace(role_arn=arn))

    assert (caught.value.path, caught.value.construct) == ("role_arn", "Stack/Train")


@pytest.mark.parametrize(
    ("arn", "written"),
    [
        (PATH, {"RoleArn.$": "$.r"}),
        (f"arn:aws:iam::{PATH}:role/x", {"RoleArn.$": "States.Format('arn:aws:iam::{}:role/x', $.r)"}),
        (f"arn:aws:iam::1:role/{PATH}", {"RoleArn.$": "States.Format('arn:aws:iam::1:role/{}', $.r)"}),
        (f"{PATH}:role/x", {"RoleArn.$": "States.Format('{}:role/x', $.r)"}),
        (
            f"arn:{cdk.Aws.PARTITION}:iam::{cdk.Aws.ACCOUNT_ID}:role/x",
            {"RoleArn": "arn:aws:iam::123456789012:role/x"},
        ),
    ],
)
def test_other_tokens_of_a_roles_arn_are_taken(stack: cdk.Stack, arn: str, written: dict[str, str]) -> None:
    state = creation(definition(machine(TrainingJobTask(stack, "Train", spec=SPEC.replace(role_arn=arn)))))

    assert {key: value for key, value in state["Parameters"].items() if key.startswith("RoleArn")} == written


def test_a_roles_arn_may_be_a_token_as_an_object(stack: cdk.Stack) -> None:
    cdk.CfnResource(stack, "Other", type="AWS::IAM::Role")
    spec = SPEC.replace(role_arn=cdk.Fn.get_att("Other", "Arn"), max_runtime=cdk.Duration.minutes(20))
    job = TrainingJob(stack, "Train", spec=spec)

    assert stack.resolve(job.role.role_arn) == {"Fn::GetAtt": ["Other", "Arn"]}
