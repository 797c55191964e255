"""What is tried again, and how long: by default only what fails before there is a job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import SpecError
from constructs_lib.cdk.workflows.failures import ERRORS
from constructs_lib.cdk.workflows.integration import Integration
from constructs_lib.cdk.workflows.retries import (
    Retrier,
    checked_retry_failures,
    creation_retriers,
    failure_retriers,
    given_retriers,
    look_retrier,
    result_retrier,
    unanswered,
)
from constructs_lib.spec.retry_failures import RetryFailures

INTEGRATIONS: tuple[Integration, ...] = ("optimized", "aws-sdk")
UNDECLARED = {"optimized": "SageMaker.AmazonSageMakerException", "aws-sdk": "SageMaker.SageMakerException"}


def waits(retrier: Retrier) -> list[float]:
    """The longest wait before each new attempt."""
    first, growth = retrier["IntervalSeconds"], retrier["BackoffRate"]
    return [min(first * growth**n, retrier["MaxDelaySeconds"]) for n in range(retrier["MaxAttempts"])]


@pytest.mark.parametrize("integration", INTEGRATIONS)
def test_creation(integration: Integration) -> None:
    assert creation_retriers(integration) == [
        {
            "ErrorEquals": [
                "SageMaker.InternalFailureException",
                "SageMaker.InternalServerException",
                "SageMaker.SdkClientException",
                "SageMaker.ServiceUnavailableException",
                "SageMaker.ThrottlingException",
                UNDECLARED[integration],
            ],
            "IntervalSeconds": 5,
            "BackoffRate": 2.0,
            "MaxDelaySeconds": 60,
            "MaxAttempts": 8,
            "JitterStrategy": "FULL",
        },
        {
            "ErrorEquals": ["SageMaker.ResourceLimitExceededException"],
            "IntervalSeconds": 120,
            "BackoffRate": 2.0,
            "MaxDelaySeconds": 1800,
            "MaxAttempts": 10,
            "JitterStrategy": "FULL",
        },
    ]


@pytest.mark.parametrize("integration", INTEGRATIONS)
def test_no_training_that_ran_is_trained_again(integration: Integration) -> None:
    """By default: a failed job is States.TaskFailed, and a name that is taken is a job that is there."""
    errors = {error for retrier in creation_retriers(integration) for error in retrier["ErrorEquals"]}
    assert not errors & {*ERRORS, "SageMaker.ResourceInUseException"}
    assert not {error for error in errors if error.startswith("States.")}


@pytest.mark.parametrize("integration", INTEGRATIONS)
def test_a_new_role_has_minutes_to_be_known(integration: Integration) -> None:
    transient, limit = creation_retriers(integration)

    # With full jitter a wait is half as long on average.
    assert 120 <= sum(waits(transient)) / 2 <= 300
    assert sum(waits(limit)) / 2 >= 3600


def test_looking_at_a_job_is_tried_for_hours_whatever_fails() -> None:
    assert look_retrier() == {
        "ErrorEquals": ["States.TaskFailed"],
        "IntervalSeconds": 10,
        "BackoffRate": 2.0,
        "MaxDelaySeconds": 300,
        "MaxAttempts": 20,
        "JitterStrategy": "FULL",
    }


def test_a_mistake_in_the_users_expressions_is_told_at_once() -> None:
    retrier = result_retrier(attempts=4)

    assert "States.TaskFailed" not in retrier["ErrorEquals"]
    assert UNDECLARED["aws-sdk"] in retrier["ErrorEquals"]
    assert {**retrier, "ErrorEquals": []} == {**look_retrier(attempts=4), "ErrorEquals": []}


@pytest.mark.parametrize("integration", INTEGRATIONS)
def test_after_what_was_tried_again_in_vain_the_job_is_looked_for(integration: Integration) -> None:
    """After a quota, too: the job of an earlier try without an answer may have used it up."""
    tried = [error for retrier in creation_retriers(integration) for error in retrier["ErrorEquals"]]

    assert unanswered(integration) == ["SageMaker.ResourceInUseException", *tried]


def test_each_caller_has_lists_of_its_own() -> None:
    look_retrier()["ErrorEquals"].append("x")
    creation_retriers("aws-sdk").clear()
    assert "x" not in look_retrier()["ErrorEquals"]
    assert len(creation_retriers("aws-sdk")) == 2


def test_failures_that_are_tried_again() -> None:
    assert failure_retriers(RetryFailures()) == [
        {
            "ErrorEquals": ["TrainingJob.Capacity"],
            "IntervalSeconds": 600,
            "BackoffRate": 2.0,
            "MaxDelaySeconds": 3600,
            "MaxAttempts": 3,
            "JitterStrategy": "FULL",
        },
        {
            "ErrorEquals": ["TrainingJob.Internal"],
            "IntervalSeconds": 60,
            "BackoffRate": 2.0,
            "MaxDelaySeconds": 360,
            "MaxAttempts": 3,
            "JitterStrategy": "FULL",
        },
    ]


def test_failures_by_choice() -> None:
    chosen = RetryFailures(on=["internal"], max_attempts=7, interval=timedelta(days=60), backoff=1.5)
    (retrier,) = failure_retriers(chosen)

    assert retrier["ErrorEquals"] == ["TrainingJob.Internal"]
    assert (retrier["IntervalSeconds"], retrier["MaxAttempts"], retrier["BackoffRate"]) == (5_184_000, 7, 1.5)
    assert retrier["MaxDelaySeconds"] < 31_622_400


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, None),
        (False, None),
        (True, RetryFailures()),
        (RetryFailures(on=["capacity"]), RetryFailures(on=["capacity"])),
    ],
    ids=str,
)
def test_the_users_word_about_failures(given: object, found: object) -> None:
    assert checked_retry_failures(given, "Stack/Train") == found


@pytest.mark.parametrize("given", ["capacity", 1, [], RetryFailures])
def test_another_word_about_failures_is_refused(given: object) -> None:
    with pytest.raises(
        SpecError, match=r"retry_failures: must be True or a RetryFailures, got .*\[Stack/Train\]"
    ):
        checked_retry_failures(given, "Stack/Train")


FULL = sfn.RetryProps(
    errors=["SageMaker.ThrottlingException"],
    interval=cdk.Duration.minutes(1),
    max_attempts=4,
    backoff_rate=1.5,
    max_delay=cdk.Duration.minutes(10),
    jitter_strategy=sfn.JitterType.FULL,
)


def test_the_users_own_retriers() -> None:
    assert given_retriers([FULL, sfn.RetryProps(max_attempts=0)], "Stack/Train") == [
        {
            "ErrorEquals": ["SageMaker.ThrottlingException"],
            "IntervalSeconds": 60,
            "MaxAttempts": 4,
            "BackoffRate": 1.5,
            "MaxDelaySeconds": 600,
            "JitterStrategy": "FULL",
        },
        {"ErrorEquals": ["States.ALL"], "MaxAttempts": 0},
    ]


def test_none_are_none() -> None:
    assert given_retriers([], "Stack/Train") == []


def test_they_are_what_cdk_makes_of_them(stack: cdk.Stack) -> None:
    state = sfn.Parallel(stack, "State").add_retry(
        errors=FULL.errors,
        interval=FULL.interval,
        max_attempts=FULL.max_attempts,
        backoff_rate=FULL.backoff_rate,
        max_delay=FULL.max_delay,
        jitter_strategy=FULL.jitter_strategy,
    )
    assert given_retriers([FULL], "Stack/Train") == stack.resolve(state.to_state_json())["Retry"]


def test_numbers_may_be_tokens(stack: cdk.Stack) -> None:
    number = cdk.Token.as_number({"Ref": "N"})
    some = cdk.Duration.seconds(number)
    given = sfn.RetryProps(interval=some, max_attempts=number, backoff_rate=number, max_delay=some)

    (retrier,) = given_retriers([given], "Stack/Train")

    assert stack.resolve(retrier) == {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": {"Ref": "N"},
        "MaxAttempts": {"Ref": "N"},
        "BackoffRate": {"Ref": "N"},
        "MaxDelaySeconds": {"Ref": "N"},
    }


SECONDS = cdk.Duration.seconds


@pytest.mark.parametrize(
    ("retries", "message"),
    [
        (FULL, "retries: must be a list of sfn.RetryProps, got RetryProps"),
        ("all", "retries: must be a list of sfn.RetryProps, got str"),
        (True, "retries: must be a list of sfn.RetryProps, got bool"),
        ([FULL, {"max_attempts": 3}], "retries[1]: must be an sfn.RetryProps, got dict"),
        ([sfn.RetryProps(errors=[])], "retries[0].errors: is empty"),
        ([sfn.RetryProps(), FULL], "retries[0].errors: States.ALL must stand alone, in the last"),
        ([sfn.RetryProps(errors=["States.ALL", "A"])], "retries[0].errors: States.ALL must stand alone"),
        (
            [sfn.RetryProps(max_attempts=-1)],
            "retries[0].max_attempts: must be a whole number from 0 to 99999999, got -1",
        ),
        ([sfn.RetryProps(max_attempts=1.5)], "retries[0].max_attempts: must be a whole number from 0"),
        ([sfn.RetryProps(max_attempts=1e9)], "retries[0].max_attempts: must be a whole number from 0"),
        ([sfn.RetryProps(backoff_rate=0.9)], "retries[0].backoff_rate: must be 1 or more, got 0.9"),
        (
            [sfn.RetryProps(interval=SECONDS(0))],
            "retries[0].interval: must be 1 to 99999999 whole seconds, got 0",
        ),
        (
            [sfn.RetryProps(interval=cdk.Duration.millis(1500))],
            "retries[0].interval: must be 1 to 99999999 whole",
        ),
        (
            [sfn.RetryProps(max_delay=cdk.Duration.days(366))],
            "retries[0].max_delay: must be 1 to 31622399 whole",
        ),
        (
            [sfn.RetryProps(interval=SECONDS(60), max_delay=SECONDS(60))],
            "retries[0].max_delay: must be longer than the interval of 60 seconds, got 60",
        ),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_what_the_service_would_refuse_is_refused_in_words(retries: Any, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        given_retriers(retries, "Stack/Train")
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith(" [Stack/Train]")
