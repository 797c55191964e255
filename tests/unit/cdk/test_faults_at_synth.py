"""Rows of the fault table that synthesis answers for: nothing of them is ever deployed."""

from __future__ import annotations

import datetime
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from constructs_lib import Checkpoint, Completion, SpecError, SpotTraining, TrainingJob, TrainingJobSpec

from .graph import JOB
from .reports import report

CONDITION = "AWS::CloudFormation::WaitCondition"


def seconds(number: int) -> datetime.timedelta:
    return datetime.timedelta(seconds=number)


def limited(spec: TrainingJobSpec, number: int, *, spot: bool) -> TrainingJobSpec:
    if not spot:
        return spec.replace(max_runtime=seconds(number))
    waiting = SpotTraining(max_wait=seconds(number))
    return spec.replace(max_runtime=seconds(60), spot=waiting, checkpoint=Checkpoint())


def timeouts(stack: cdk.Stack) -> tuple[int, list[int]]:
    made = Template.from_stack(stack).to_json()["Resources"].values()
    (job,) = (resource["Properties"] for resource in made if resource["Type"] == JOB)
    conditions = [int(r["Properties"]["Timeout"]) for r in made if r["Type"] == CONDITION]
    return int(job["ServiceTimeout"]), conditions


@pytest.mark.fault(55)
def test_no_service_timeout_over_an_hour(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=spec, completion=Completion.wait(seconds(3300)))
    assert timeouts(stack) == (3600, [])

    with pytest.raises(SpecError) as caught:
        Completion.wait(seconds(3301))
    assert str(caught.value) == (
        "completion.timeout: got 3301 seconds, Completion.wait() can wait 3300 at most; shorten it, or use "
        "Completion.wait_condition(), which waits up to 12 hours"
    )
    with pytest.raises(SpecError, match=r"shorten it, or use Completion.start\(\), which .* state machine"):
        Completion.wait(seconds(42_901))
    with pytest.raises(SpecError, match="give a positive duration"):
        Completion("wait", 0)


@pytest.mark.fault(56)
def test_no_wait_condition_over_twelve_hours(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=spec, completion=Completion.wait_condition(seconds(42_900)))
    assert timeouts(stack) == (3600, [43_200])

    with pytest.raises(SpecError) as caught:
        Completion.wait_condition(seconds(42_901))
    assert str(caught.value) == (
        "completion.timeout: got 42901 seconds, Completion.wait_condition() can wait 42900 at most; shorten "
        "it, or use Completion.start(), which waits for no job, or run the spec in a state machine"
    )


WAIT, CONDITION_WAIT = Completion.wait(), Completion.wait_condition()
BY_CONDITION = "Completion.wait_condition(), which waits up to 12 hours"
BY_NOTHING = "Completion.start(), which waits for no job, or run the spec in a state machine"


@pytest.mark.fault(55)
@pytest.mark.fault(56)
@pytest.mark.parametrize("spot", [False, True], ids=["on demand", "spot"])
@pytest.mark.parametrize(
    ("completion", "number", "instead"),
    [
        (WAIT, 2700, None),
        (WAIT, 2701, BY_CONDITION),
        (WAIT, 42_300, BY_CONDITION),
        (WAIT, 42_301, BY_NOTHING),
        (CONDITION_WAIT, 42_300, None),
        (CONDITION_WAIT, 42_301, BY_NOTHING),
    ],
)
def test_a_job_that_cannot_fit_the_wait_is_told_what_to_use(
    app: cdk.App,
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    completion: Completion,
    number: int,
    instead: str | None,
    spot: bool,
) -> None:
    TrainingJob(stack, "Job", spec=limited(spec, number, spot=spot), completion=completion)

    found = [entry for entry in report(app).entries if entry.rule == "wait-too-short"]

    assert bool(found) == (instead is not None)
    for entry in found:
        member = "MaxWaitTimeInSeconds" if spot else "MaxRuntimeInSeconds"
        allowed = 3300 if completion is WAIT else 42_900
        assert entry.severity == "error"
        assert entry.text == (
            f"StoppingCondition.{member}: the job may take {number} seconds and 600 for start and upload, "
            f"and a deployment can wait {allowed}: it would then be stopped, and the deployment fail"
        )
        assert entry.fix == f"use {instead}; or shorten max_runtime (spot: max_wait)"
    # What is deployed in spite of it, acknowledged, keeps inside CloudFormation's limits.
    cdk.Validations.of(stack).acknowledge(
        cdk.Acknowledgment(id="ConstructsLib::wait-too-short", reason="we know")
    )
    service, conditions = timeouts(stack)
    assert service <= 3600
    assert all(timeout <= 43_200 for timeout in conditions)


def parameters(count: int, length: int = 1) -> dict[str, str]:
    return {f"name{number}": "x" * length for number in range(count)}


# A script's own hyperparameters are four: program, directory, region and log level.
@pytest.mark.fault(58)
@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"hyperparameters": parameters(96)}, []),
        ({"hyperparameters": parameters(97)}, ["model:size HyperParameters: "]),
        # A script's values are JSON: two characters are the quotes.
        ({"hyperparameters": parameters(1, 2498)}, []),
        ({"hyperparameters": parameters(1, 2499)}, ["model:length HyperParameters.name0: "]),
        ({"environment": parameters(1, 512)}, []),
        ({"environment": parameters(1, 513)}, ["model:length Environment.name0: "]),
    ],
)
def test_the_largest_hyperparameters_and_environment(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, changed: dict[str, Any], found: list[str]
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(**changed))

    reported = report(app)

    assert reported.failed == bool(found)
    assert len(reported.entries) == len(found)
    for entry, start in zip(reported.entries, found, strict=True):
        assert f"{entry.rule} {entry.text}".startswith(start)
        assert (entry.severity, entry.construct) == ("error", "Stack/Job")


@pytest.mark.fault(59)
@pytest.mark.parametrize("member", ["hyperparameters", "environment"])
def test_a_secret_is_refused_and_can_be_acknowledged(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, member: str
) -> None:
    secret = cdk.SecretValue.secrets_manager("the-secret").unsafe_unwrap()
    TrainingJob(stack, "Refused", spec=spec.replace(**{member: {"token": secret}}))
    known = TrainingJob(stack, "Known", spec=spec.replace(**{member: {"token": secret}}))
    rule = cdk.Acknowledgment(id="ConstructsLib::secret-in-plain-parameter", reason="it is a test value")
    cdk.Validations.of(known).acknowledge(rule)

    found = report(app)

    assert found.failed
    assert found.rules == [("secret-in-plain-parameter", "Stack/Refused")]
    assert found.acknowledged == [("secret-in-plain-parameter", "it is a test value")]
    assert "the-secret" not in found.printed


KEY_ID = "AKIAIOSFODNN7EXAMPLE"  # of AWS's documentation


@pytest.mark.fault(59)
@pytest.mark.parametrize("member", ["hyperparameters", "environment"])
def test_a_credential_is_refused_and_can_be_acknowledged(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, member: str
) -> None:
    rule = f"{member.removesuffix('s')}-credentials"
    TrainingJob(stack, "Refused", spec=spec.replace(**{member: {"key": KEY_ID}}))
    known = TrainingJob(stack, "Known", spec=spec.replace(**{member: {"key": KEY_ID}}))
    acknowledgment = cdk.Acknowledgment(id=f"ConstructsLib::{rule}", reason="it is no key of ours")
    cdk.Validations.of(known).acknowledge(acknowledgment)

    found = report(app)

    assert found.failed
    assert found.rules == [(rule, "Stack/Refused")]
    assert found.acknowledged == [(rule, "it is no key of ours")]
    assert KEY_ID not in found.printed
