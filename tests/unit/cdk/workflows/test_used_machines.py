"""What is found out about a task by the state machine that it is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib import TrainingJobTask
from constructs_lib.cdk.runtime_policies import WORKFLOW_TAG
from constructs_lib.cdk.workflows.machine_reading import Reading
from tests.unit.cdk.reports import report

from .rendering import spec_of

SPEC = spec_of(max_runtime=cdk.Duration.hours(1))
JSONATA, EXPRESS = sfn.QueryLanguage.JSONATA, sfn.StateMachineType.EXPRESS
RULES = {"execution-not-watched", "express-state-machine", "query-language-missing"}
AN_EXPRESSION = sfn.JsonPath.list_at("$.tags")
# Tasks as one state and as a branch, with tags that are known, and with such as only the execution knows.
FORMS: dict[str, dict[str, Any]] = {
    "branch": {},
    "loop": {"integration": "aws-sdk"},
    "state": {
        "job_name": sfn.JsonPath.string_at("$.name"),
        "integration_pattern": sfn.IntegrationPattern.REQUEST_RESPONSE,
    },
}
forms = pytest.mark.parametrize("form", FORMS)
tags = pytest.mark.parametrize("tags", [None, AN_EXPRESSION], ids=["known", "unknown"])


def train(scope: Construct, id: str = "Train", tags: Any = None, **given: Any) -> TrainingJobTask:
    return TrainingJobTask(scope, id, spec=SPEC if tags is None else SPEC.replace(tags=tags), **given)


def machine(scope: Construct, chain: sfn.IChainable, id: str = "Machine", **given: Any) -> sfn.StateMachine:
    body = sfn.DefinitionBody.from_chainable(chain)
    return sfn.StateMachine(scope, id, definition_body=body, **given)


def found(app: cdk.App) -> list[tuple[str, str]]:
    return sorted((rule, path) for rule, path in report(app).rules if rule in RULES)


def seconds(stack: cdk.Stack) -> float:
    return cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number


# Numbers that only CloudFormation knows: they stand in the definition without quotes.


def waits(stack: cdk.Stack) -> sfn.Wait:
    return sfn.Wait(stack, "Wait", time=sfn.WaitTime.duration(cdk.Duration.seconds(seconds(stack))))


def of_volume(stack: cdk.Stack) -> TrainingJobTask:
    return TrainingJobTask(stack, "Train", spec=SPEC.replace(volume_size_gib=seconds(stack)))


def after_a_wait(stack: cdk.Stack) -> sfn.IChainable:
    return waits(stack).next(train(stack))


with_number = pytest.mark.parametrize("chain", [of_volume, after_a_wait])


@with_number
def test_a_number_token_makes_no_finding(
    app: cdk.App, stack: cdk.Stack, chain: Callable[[cdk.Stack], sfn.IChainable]
) -> None:
    machine(stack, chain(stack))

    assert found(app) == []


@with_number
def test_an_express_machine_with_a_number_token_is_refused(
    app: cdk.App, stack: cdk.Stack, chain: Callable[[cdk.Stack], sfn.IChainable]
) -> None:
    machine(stack, chain(stack), state_machine_type=EXPRESS)

    assert found(app) == [("express-state-machine", "Stack/Train")]


def test_a_task_without_language_beside_a_number_token_is_refused(app: cdk.App, stack: cdk.Stack) -> None:
    each = sfn.Map.jsonata(stack, "Each").item_processor(of_volume(stack))
    machine(stack, each, query_language=JSONATA)

    assert found(app) == [("query-language-missing", "Stack/Train")]


# Nested stacks.


@pytest.fixture
def nested(stack: cdk.Stack) -> cdk.NestedStack:
    return cdk.NestedStack(stack, "Nested")


def test_a_task_in_a_nested_stack_without_tasks_of_its_own_is_watched(
    app: cdk.App, stack: cdk.Stack, nested: cdk.NestedStack
) -> None:
    machine(nested, train(stack))

    assert found(app) == []


def test_a_task_in_a_nested_stack_with_tasks_of_its_own_is_not(
    app: cdk.App, stack: cdk.Stack, nested: cdk.NestedStack
) -> None:
    """That stack's front may not stop the jobs of another's."""
    machine(nested, train(nested, "Own").next(train(stack)))

    assert found(app) == [("execution-not-watched", "Stack/Train")]


def test_two_nested_stacks_down_it_is_the_nearest_that_watches(
    app: cdk.App, stack: cdk.Stack, nested: cdk.NestedStack
) -> None:
    deeper = cdk.NestedStack(nested, "Deeper")
    machine(deeper, train(stack))
    machine(nested, train(nested, "Own"))

    assert found(app) == [("execution-not-watched", "Stack/Train")]


def test_other_mistakes_are_found_in_such_a_nested_stack(
    app: cdk.App, stack: cdk.Stack, nested: cdk.NestedStack
) -> None:
    train(nested, "Own")
    machine(nested, train(stack), state_machine_type=EXPRESS)

    assert ("express-state-machine", "Stack/Train") in found(app)


# Distributed maps of type EXPRESS.


def distributed(stack: cdk.Stack, inner: sfn.IChainable, kind: sfn.StateMachineType) -> sfn.DistributedMap:
    each = sfn.DistributedMap(stack, "Each", items_path="$.items", map_execution_type=kind)
    each.item_processor(inner)
    return each


@forms
@tags
def test_a_distributed_map_of_type_express_is_refused(
    app: cdk.App, stack: cdk.Stack, form: str, tags: Any
) -> None:
    machine(stack, distributed(stack, train(stack, tags=tags, **FORMS[form]), EXPRESS))

    assert ("express-state-machine", "Stack/Train") in found(app)


def test_so_is_a_map_that_its_processor_makes_distributed(app: cdk.App, stack: cdk.Stack) -> None:
    mode, kind = sfn.ProcessorMode.DISTRIBUTED, sfn.ProcessorType.EXPRESS
    machine(stack, sfn.Map(stack, "Each").item_processor(train(stack), mode=mode, execution_type=kind))

    assert found(app) == [("express-state-machine", "Stack/Train")]


def test_so_is_a_map_inside_one(app: cdk.App, stack: cdk.Stack) -> None:
    inner = sfn.Map(stack, "Inner").item_processor(train(stack))
    machine(stack, distributed(stack, inner, EXPRESS))

    assert found(app) == [("express-state-machine", "Stack/Train")]


def test_a_distributed_map_of_type_standard_is_not(app: cdk.App, stack: cdk.Stack) -> None:
    machine(stack, distributed(stack, train(stack), sfn.StateMachineType.STANDARD))

    assert found(app) == []


def test_nor_is_a_task_beside_a_distributed_map_of_type_express(app: cdk.App, stack: cdk.Stack) -> None:
    each = distributed(stack, sfn.Pass(stack, "Pass"), EXPRESS)
    machine(stack, each.next(train(stack)))

    assert found(app) == []


# What is a task, and what has only its name.


@forms
@tags
def test_a_task_is_known_in_every_form(app: cdk.App, stack: cdk.Stack, form: str, tags: Any) -> None:
    machine(stack, train(stack, tags=tags, **FORMS[form]), state_machine_type=EXPRESS)

    assert ("express-state-machine", "Stack/Train") in found(app)


@pytest.mark.parametrize("id", ["T" * 80, "Train all of it: once"])
def test_a_task_of_an_unusual_name_is_known(app: cdk.App, stack: cdk.Stack, id: str) -> None:
    machine(stack, train(stack, id, tags=AN_EXPRESSION, job_name=None), state_machine_type=EXPRESS)

    assert [rule for rule, _ in found(app)] == ["express-state-machine"]


def stock(scope: Construct, id: str) -> sfn.State:
    return tasks.SageMakerCreateTrainingJob(
        scope,
        id,
        state_name="Train",
        training_job_name="job",
        algorithm_specification=tasks.AlgorithmSpecification(
            training_image=tasks.DockerImage.from_registry("image:1")
        ),
        output_data_config=tasks.OutputDataConfig(
            s3_output_location=tasks.S3Location.from_json_expression("$.output")
        ),
        input_data_config=[
            tasks.Channel(
                channel_name="train",
                data_source=tasks.DataSource(
                    s3_data_source=tasks.S3DataSource(
                        s3_location=tasks.S3Location.from_json_expression("$.input")
                    )
                ),
            )
        ],
    )


def by_hand(scope: Construct, id: str) -> sfn.State:
    request = {"TrainingJobName": "job", "Tags": [{"Key": "team", "Value": "ml"}]}
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "Parameters": request,
    }
    return sfn.CustomState(scope, id, state_json=state)


def passes(scope: Construct, id: str) -> sfn.State:
    return sfn.Pass(scope, id, state_name="Train", comment="before createTrainingJob")


others = pytest.mark.parametrize("other", [stock, by_hand, passes])


@others
def test_an_express_machine_with_another_state_of_the_name_is_no_mistake(
    app: cdk.App, stack: cdk.Stack, other: Callable[[Construct, str], sfn.State]
) -> None:
    machine(stack, other(Construct(stack, "Other"), "Train"), "Fast", state_machine_type=EXPRESS)
    machine(stack, train(stack))

    assert found(app) == []


@others
def test_another_state_of_the_name_in_a_map_of_jsonata_is_no_mistake(
    app: cdk.App, stack: cdk.Stack, other: Callable[[Construct, str], sfn.State]
) -> None:
    each = sfn.Map.jsonata(stack, "Each").item_processor(other(Construct(stack, "Other"), "Train"))
    machine(stack, each, "Other machine", query_language=JSONATA)
    machine(stack, train(stack))

    assert found(app) == []


@others
def test_another_state_of_the_name_is_not_taken_for_a_watched_task(
    app: cdk.App, stack: cdk.Stack, other: Callable[[Construct, str], sfn.State]
) -> None:
    machine(stack, other(Construct(stack, "Other"), "Train"))
    elsewhere = cdk.Stack(app, "Elsewhere")
    machine(elsewhere, train(stack))

    assert found(app) == [("execution-not-watched", "Stack/Train")]


# Definitions that no construct has made.


@pytest.mark.parametrize(
    "resolved",
    [
        None,
        "createTrainingJob {",
        '["createTrainingJob"]',
        {"Fn::Sub": "createTrainingJob"},
        {"Ref": "Definition"},
        {"Fn::Join": ["", {"Ref": "createTrainingJobs"}]},
    ],
)
def test_what_is_no_definition_has_no_tasks(resolved: object) -> None:
    reading = Reading(resolved)

    assert reading.trainings == []
    assert (reading.is_watched, reading.is_jsonata, reading.is_distributed) == (False, False, False)


def test_a_definition_may_be_an_object() -> None:
    state = {"Resource": "createTrainingJob", "Parameters": {"Tags": [{"Key": WORKFLOW_TAG}]}}
    (training,) = Reading({"States": {"Train": state}}).trainings

    assert (training.task, training.is_json_path, training.is_express) == ("Train", True, False)


def test_references_may_be_text_numbers_and_parts_of_text() -> None:
    state = '"Train": {"Resource": "createTrainingJob", "Parameters": {"A": "x'
    tags = f'"Tags": [{{"Key": "{WORKFLOW_TAG}", "Value": "'
    ref = {"Ref": "Something"}
    parts = ['{"States": {', state, ref, 'y", "B": ', ref, ", ", tags, ref, '"}]}}}}']

    assert [one.task for one in Reading({"Fn::Join": ["", parts]}).trainings] == ["Train"]
