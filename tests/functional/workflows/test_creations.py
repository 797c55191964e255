"""A creation that is refused, or not answered: whose job there is, and that it trains once."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import TrainingJobSpec, TrainingJobTask

from .conftest import Made

JSONATA = sfn.QueryLanguage.JSONATA
FORMS = [None, "aws-sdk"]


@pytest.mark.parametrize("integration", FORMS)
def test_a_job_whose_creation_was_not_answered_is_found_again(
    made: Made, spec: TrainingJobSpec, integration: str | None
) -> None:
    definition = made.of(
        lambda stack: TrainingJobTask(stack, "Train", spec=spec, integration=integration)  # type: ignore[arg-type]
    )
    made.local.refuse_next_job("InternalFailure", "lost", created=True)
    before = len(made.local.jobs())

    result = made.output(definition)

    assert result["TrainingJobStatus"] == "Completed"
    assert len(made.local.jobs()) == before + 1


def test_an_unanswered_creation_is_found_also_where_nothing_is_tried_again(
    made: Made, spec: TrainingJobSpec
) -> None:
    def make(stack: cdk.Stack) -> sfn.IChainable:
        train = TrainingJobTask(stack, "Train", spec=spec, retries=[])
        train.add_retry(interval=cdk.Duration.seconds(1))
        return train

    definition = made.of(make)
    made.local.refuse_next_job("InternalFailure", "lost", created=True)
    before = len(made.local.jobs())

    assert made.output(definition)["TrainingJobStatus"] == "Completed"
    assert len(made.local.jobs()) == before + 1


def test_a_refused_creation_fails_with_its_own_error(made: Made, spec: TrainingJobSpec) -> None:
    definition = made.of(lambda stack: TrainingJobTask(stack, "Train", spec=spec, retries=[]))
    made.local.refuse_next_job("ValidationException", "no such image")

    error, cause = made.error(definition)

    assert (error, "no such image" in cause) == ("SageMaker.AmazonSageMakerException", True)


def test_a_taken_name_of_the_users_is_not_taken_over(made: Made, spec: TrainingJobSpec) -> None:
    name = f"fixed-{len(made.jobs())}"
    definition = made.of(lambda stack: TrainingJobTask(stack, "Train", spec=spec, job_name=name))
    assert made.output(definition)["TrainingJobName"] == name

    error, cause = made.error(definition)

    assert error.startswith("SageMaker.")
    assert "already exists" in cause


WHOLE_NAMES = {
    "text": (None, "lost-text"),
    "path": (None, sfn.JsonPath.string_at("$.name")),
    "random, in JSONPath": (None, sfn.JsonPath.format("lost-{}", sfn.JsonPath.uuid())),
    "random, in JSONata": (JSONATA, "{% 'lost-' & $uuid() %}"),
}


@pytest.mark.parametrize("integration", FORMS)
@pytest.mark.parametrize(("language", "name"), WHOLE_NAMES.values(), ids=WHOLE_NAMES)
def test_a_job_of_the_users_name_is_known_though_its_creation_was_not_answered(
    made: Made,
    spec: TrainingJobSpec,
    integration: str | None,
    language: sfn.QueryLanguage | None,
    name: str,
) -> None:
    known = len(made.local.jobs())
    given = f"lost-{known}" if name == "lost-text" else name
    definition = made.of(
        lambda stack: TrainingJobTask(stack, "Train", spec=spec, job_name=given, integration=integration),  # type: ignore[arg-type]
        language,
    )
    made.local.refuse_next_job("InternalFailure", "lost", created=True)

    result = made.output(definition, {"name": f"lost-path-{known}"})

    assert result["TrainingJobStatus"] == "Completed"
    assert [job["TrainingJobName"] for job in made.local.jobs()[known:]] == [result["TrainingJobName"]]


@pytest.mark.parametrize("integration", FORMS)
def test_a_job_that_another_try_has_named_is_not_taken_over(
    made: Made, spec: TrainingJobSpec, integration: str | None
) -> None:
    """The same execution: what tells them apart is the try."""

    def make(stack: cdk.Stack) -> sfn.IChainable:
        name = sfn.JsonPath.string_at("$.name")
        tasks = [
            TrainingJobTask(
                stack,
                f"Train{number}",
                spec=spec,
                job_name=name,
                integration=integration,  # type: ignore[arg-type]
                result_path=sfn.JsonPath.DISCARD,
            )
            for number in range(2)
        ]
        return tasks[0].next(tasks[1])

    known = len(made.local.jobs())
    error, cause = made.error(made.of(make), {"name": f"twice-{known}"})

    assert (error.startswith("SageMaker."), "already exists" in cause) == (True, True)
    assert len(made.local.jobs()) == known + 1


def test_a_failed_job_is_known_by_its_failure_where_its_tags_are_not_to_be_added_to(
    made: Made, spec: TrainingJobSpec
) -> None:
    spec = spec.replace(tags="{% [{'Key': 'a', 'Value': 'b'}] %}")
    name = "{% 'tagged-' & $uuid() %}"
    definition = made.of(
        lambda stack: TrainingJobTask(stack, "Train", spec=spec, job_name=name, retry_failures=True), JSONATA
    )
    del definition["States"]["Train"]["Retry"]
    made.local.fail_next_job("CapacityError: none")

    error, _ = made.error(definition)

    assert error == "TrainingJob.Capacity"
