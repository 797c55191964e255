"""The forms of a task, exactly as they are rendered, and what it refuses."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import (
    Algorithm,
    Checkpoint,
    InstanceGroup,
    JobName,
    MetricDefinition,
    QualityGate,
    SpecError,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
)
from tests.unit.cdk.reports import report

from .machines import creation, definition, machine, states_of

JSONATA, JSON_PATH = sfn.QueryLanguage.JSONATA, sfn.QueryLanguage.JSON_PATH
REQUEST_RESPONSE = sfn.IntegrationPattern.REQUEST_RESPONSE
NAME = sfn.JsonPath.string_at("$.name")
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/model:1"


@pytest.fixture
def spec() -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE),
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.hours(1),
        metrics=[MetricDefinition("auc", "auc=(.*)")],
    )


def rendered(
    stack: cdk.Stack, spec: TrainingJobSpec, language: sfn.QueryLanguage | None = None, **arguments: Any
) -> dict[str, Any]:
    made = machine(TrainingJobTask(stack, "Train", spec=spec, **arguments), language)
    return definition(made)


def test_one_task_is_enough_where_nothing_is_to_be_judged_or_repeated(
    stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    state = rendered(stack, spec, integration_pattern=REQUEST_RESPONSE, job_name=NAME)["States"]["Train"]

    assert state == {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob",
        "Parameters": {
            "TrainingJobName.$": "$.name",
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "auc", "Regex": "auc=(.*)"}],
            },
            "RoleArn": "<TrainRole2EAAD23F.Arn>",
            "OutputDataConfig": {
                "KmsKeyId": "<DefaultTrainingPlatformKeyD60D4862.Arn>",
                "S3OutputPath": "s3://<DefaultTrainingPlatformBucketAF079066>/training/output",
            },
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
                "VolumeKmsKeyId": "<DefaultTrainingPlatformKeyD60D4862.Arn>",
            },
            "VpcConfig": {
                "SecurityGroupIds": ["<DefaultTrainingPlatformSecurityGroup4DFD05A8.GroupId>"],
                "Subnets": [
                    "<DefaultTrainingPlatformVpcTrainingSubnet1SubnetAD6A3244>",
                    "<DefaultTrainingPlatformVpcTrainingSubnet2Subnet06195ACE>",
                ],
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "Tags": [{"Key": "constructs-lib:workflow", "Value": "<TrainingWorkflowJobsDE5002E9>"}],
        },
        "Retry": state["Retry"],
        "End": True,
    }
    assert "SageMaker.ResourceLimitExceededException" in state["Retry"][1]["ErrorEquals"]


@pytest.mark.parametrize(
    ("arguments", "resource", "kind"),
    [
        ({}, "sagemaker:createTrainingJob.sync", "Parallel"),
        ({"allow_stopped": True, "retries": []}, "sagemaker:createTrainingJob.sync", "Parallel"),
        ({"allow_stopped": True, "job_name": "one"}, "sagemaker:createTrainingJob.sync", "Parallel"),
        ({"integration": "aws-sdk"}, "aws-sdk:sagemaker:createTrainingJob", "Parallel"),
        ({"integration_pattern": REQUEST_RESPONSE}, "sagemaker:createTrainingJob", "Parallel"),
        ({"integration_pattern": REQUEST_RESPONSE, "retries": []}, "sagemaker:createTrainingJob", "Parallel"),
        ({"integration_pattern": REQUEST_RESPONSE, "job_name": "one"}, "sagemaker:createTrainingJob", "Task"),
        (
            {"integration_pattern": REQUEST_RESPONSE, "job_name": "one", "integration": "aws-sdk"},
            "aws-sdk:sagemaker:createTrainingJob",
            "Task",
        ),
    ],
)
def test_the_form_follows_from_what_is_asked_for(
    stack: cdk.Stack, spec: TrainingJobSpec, arguments: dict[str, Any], resource: str, kind: str
) -> None:
    found = rendered(stack, spec, **arguments)

    assert creation(found)["Resource"] == f"arn:aws:states:::{resource}"
    assert found["States"]["Train"]["Type"] == kind


def test_a_member_that_the_optimised_integration_may_not_take_asks_for_the_loop(
    stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    groups = [InstanceGroup("a", "ml.m5.large", 1)]
    spec = spec.replace(instance_type=None, instance_groups=groups)

    found = rendered(stack, spec)

    assert creation(found)["Resource"].endswith("aws-sdk:sagemaker:createTrainingJob")
    tags = creation(found)["Parameters"]["Tags"]
    assert tags[-1] == {"Key": "constructs-lib:execution", "Value.$": "$constructsLibExecution"}


def test_the_same_state_in_jsonata(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    arguments = {
        "job_name": "{% $states.input.name %}",
        "integration_pattern": REQUEST_RESPONSE,
        "outputs": "{% $states.result.TrainingJobArn %}",
    }

    state = rendered(stack, spec, JSONATA, **arguments)["States"]["Train"]

    assert state["Arguments"]["TrainingJobName"] == "{% $states.input.name %}"
    assert state["Output"] == "{% $states.result.TrainingJobArn %}"
    assert "Parameters" not in state
    assert "QueryLanguage" not in state


def test_a_jsonata_task_may_stand_in_a_jsonpath_machine(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    spec = spec.replace(hyperparameters={"depth": "{% $states.input.depth %}"})

    states = states_of(rendered(stack, spec))

    assert {name: state.get("QueryLanguage") for name, state in states.items()} == dict.fromkeys(
        states, "JSONata"
    )
    assert creation({"States": states})["Arguments"]["HyperParameters"]["depth"].startswith("{%")


def test_the_outer_members_are_on_the_parallel(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    train = TrainingJobTask(
        stack, "Train", spec=spec, comment="why", state_name="Fit", result_path="$.fit", retry_failures=True
    )
    train.add_retry(errors=["TrainingJob.Stopped"], max_attempts=1)
    train.add_catch(sfn.Fail(stack, "Failed"), errors=["States.ALL"], result_path="$.problem")
    train.next(sfn.Succeed(stack, "Good"))

    state = definition(machine(train))["States"]["Fit"]

    assert (state["Comment"], state["Next"], state["OutputPath"]) == ("why", "Good", "$[0]")
    errors = [retrier["ErrorEquals"] for retrier in state["Retry"]]
    assert errors == [["TrainingJob.Capacity"], ["TrainingJob.Internal"], ["TrainingJob.Stopped"]]
    assert state["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Failed"}]
    inner = state["Branches"][0]["States"]
    assert inner["Fit: done"]["ResultPath"] == "$.fit"
    assert all(name.startswith("Fit: ") for name in inner)


def test_names_in_the_branch_are_short_enough_and_apart(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    long = "x" * 79
    first = TrainingJobTask(stack, "A", state_name=f"{long}1", spec=spec)
    first.next(TrainingJobTask(stack, "B", state_name=f"{long}2", spec=spec))

    names = [*states_of(definition(machine(first)))]

    assert len(names) == len(set(names)) > 12
    assert max(map(len, names)) == 80


def test_the_machine_comes_after_the_jobs_rights_and_network(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    machine(TrainingJobTask(stack, "Train", spec=spec))
    template = cdk.assertions.Template.from_stack(stack).to_json()["Resources"]

    waits_for = template["TrainingWorkflowJobsDE5002E9"]["DependsOn"]

    kinds = {template[name]["Type"] for name in waits_for}
    assert {"AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::KMS::Key", "AWS::EC2::VPCEndpoint"} <= kinds
    text = str(template["Machine76B1F2D3"]["Properties"]) if "Machine76B1F2D3" in template else str(template)
    assert "TrainingWorkflowJobsDE5002E9" in text


def test_a_role_of_the_users_is_extended_once_for_each_task(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))

    train = TrainingJobTask(stack, "Train", spec=spec, role=role)

    assert (
        creation(definition(machine(train)))["Parameters"]["RoleArn"] == "<Mine70F2AC5C.Arn>"
        or train.role is role
    )


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no spec": ({"spec": "x"}, "spec", "must be of type TrainingJobSpec, got str"),
    "task token": (
        {"integration_pattern": sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN},
        "integration_pattern",
        "gives no token back",
    ),
    "gate without waiting": (
        {"integration_pattern": REQUEST_RESPONSE, "quality_gates": [QualityGate("auc", at_least=1)]},
        "quality_gates",
        "does not wait",
    ),
    "gate on no metric": (
        {"quality_gates": [QualityGate("loss", at_most=1)]},
        "quality_gates[0]",
        "metric 'loss' is not defined, only auc",
    ),
    "other integration": ({"integration": "sync"}, "integration", "'sync'"),
    "languages": ({"result_path": "$.x", "outputs": "{% 1 %}"}, "outputs", "belongs to JSONata"),
    "path in jsonata": (
        {"query_language": JSONATA, "input_path": "$.x"},
        "input_path",
        "belongs to JSONPath",
    ),
    "outputs in jsonpath": ({"query_language": JSON_PATH, "outputs": "{% 1 %}"}, "outputs", "JSONPath"),
    "name": ({"job_name": 5}, "job_name", "must be JobName.unique(...) or text, got int"),
    "kept name": ({"keep_name": True}, "keep_name", "no training_job_name"),
    "heartbeat in a loop": (
        {"integration": "aws-sdk", "heartbeat_timeout": sfn.Timeout.duration(cdk.Duration.hours(1))},
        "heartbeat_timeout",
        "no heartbeat",
    ),
    "dynamic time-out in a loop": (
        {"integration": "aws-sdk", "task_timeout": sfn.Timeout.at("$.seconds")},
        "task_timeout",
        "not known at synth",
    ),
    "time-out of the other language": (
        {"query_language": JSONATA, "task_timeout": sfn.Timeout.at("$.seconds")},
        "task_timeout",
        "in a task of JSONata",
    ),
    "pattern as text": ({"integration_pattern": "REQUEST_RESPONSE"}, "integration_pattern", "got str"),
    "variables": ({"assign": 5}, "assign", "must be a map of variables, got int"),
    "a variable of its own": (
        {"assign": {"constructsLibJobName": "x"}},
        "assign",
        "the task's own states use variables that begin with",
    ),
    "credentials": ({"credentials": "role"}, "credentials", "must be sfn.Credentials, got str"),
    "assign of the other language": (
        {"assign": {"a": "{% 1 %}"}, "result_path": "$.x"},
        "assign.a",
        "belongs to JSONata",
    ),
    "a fixed name tried again": (
        {"job_name": sfn.JsonPath.string_at("$.name"), "retry_failures": True},
        "retry_failures",
        "SageMaker takes a name once",
    ),
    "retry of an algorithm": ({"retry_failures": "algorithm"}, "retry_failures", "must be"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_misuse_is_refused_at_the_users_line(stack: cdk.Stack, spec: TrainingJobSpec, case: str) -> None:
    arguments, path, words = REFUSED[case]

    with pytest.raises(SpecError) as caught:
        TrainingJobTask(stack, "Train", **{"spec": spec, **arguments})

    assert caught.value.path == path
    assert words in caught.value.problem
    assert "Stack/Train" in str(caught.value)


def test_a_specs_own_name_is_kept_only_where_that_is_said(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    spec = spec.replace(training_job_name="mine")

    with pytest.raises(SpecError, match="keep_name=True"):
        TrainingJobTask(stack, "Refused", spec=spec)

    found = rendered(stack, spec, keep_name=True)
    assert creation(found)["Parameters"]["TrainingJobName"] == "mine"


def test_both_languages_in_one_spec_are_refused(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    mixed = {"a": sfn.JsonPath.string_at("$.a"), "b": "{% $states.input.b %}"}

    with pytest.raises(SpecError, match="a state has one language"):
        TrainingJobTask(stack, "Train", spec=spec.replace(hyperparameters=mixed))


def test_output_that_was_discarded_cannot_be_told(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    train = TrainingJobTask(stack, "Train", spec=spec, result_path=sfn.JsonPath.DISCARD)

    with pytest.raises(SpecError, match="discards the result"):
        train.final_metric("auc")


def test_jsonata_tells_of_the_next_states_input(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    train = TrainingJobTask(stack, "Train", spec=spec, query_language=JSONATA)

    assert train.training_job_name == "{% $states.input.TrainingJobName %}"
    assert train.final_metric("auc").startswith("{% $states.input.FinalMetricDataList")


def test_wrong_values_are_findings_with_the_users_line(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    spec = spec.replace(instance_type="ml.m5.larg", max_runtime=None, spot=None)
    machine(TrainingJobTask(stack, "Train", spec=spec, job_name=JobName.unique("churn")))

    found = {(entry.rule, entry.construct) for entry in report(app).entries}

    assert ("max-runtime-defaulted", "Stack/Train") in found
    assert ("model:enum", "Stack/Train") in found


def test_checkpoints_of_its_own_need_the_branch(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    found = rendered(
        stack, spec.replace(checkpoint=Checkpoint()), platform=platform, retries=[], allow_stopped=True
    )

    place = creation(found)["Parameters"]["CheckpointConfig"]["S3Uri.$"]
    assert place.startswith("States.Format('s3://<PlatformBucket")
    assert place.endswith("/{}', $constructsLibCheckpoints)")


@pytest.mark.parametrize("language", [None, JSONATA])
def test_a_task_in_a_map_of_a_jsonata_machine_has_to_say_its_language(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, language: sfn.QueryLanguage | None
) -> None:
    items = sfn.Map.jsonata(stack, "Items", items=sfn.ProvideItems.jsonata("{% $states.input %}"))
    items.item_processor(TrainingJobTask(stack, "Train", spec=spec, query_language=language))
    machine(items, JSONATA)

    told = ("query-language-missing", "Stack/Train") in report(app).rules

    assert told is (language is None)


@pytest.mark.parametrize("name", [sfn.JsonPath.string_at("$.name"), "{% $states.input.name %}"])
def test_a_name_of_the_executions_is_not_warned_about(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, name: str
) -> None:
    machine(TrainingJobTask(stack, "Train", spec=spec, job_name=name))

    assert "training-job-name-unique" not in [rule for rule, _ in report(app).rules]


def test_another_machines_state_of_the_same_name_is_not_taken_for_the_task(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    other = sfn.Map.jsonata(stack, "OtherItems", items=sfn.ProvideItems.jsonata("{% $states.input %}"))
    other.item_processor(sfn.Pass(stack, "Other", state_name="Train"))
    machine(other, JSONATA, "One")
    items = sfn.Map(stack, "Items")
    items.item_processor(TrainingJobTask(stack, "Train", spec=spec))
    machine(items, None, "Two")

    assert ("query-language-missing", "Stack/Train") not in report(app).rules


def test_an_express_machine_is_refused(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    body = sfn.DefinitionBody.from_chainable(TrainingJobTask(stack, "Train", spec=spec))
    sfn.StateMachine(stack, "Machine", definition_body=body, state_machine_type=sfn.StateMachineType.EXPRESS)

    assert ("express-state-machine", "Stack/Train") in report(app).rules


def test_a_machine_of_another_stack_is_not_watched(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    task = TrainingJobTask(stack, "Train", spec=spec)
    other = cdk.Stack(app, "Other")
    sfn.StateMachine(other, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))

    assert ("execution-not-watched", "Stack/Train") in report(app).rules
