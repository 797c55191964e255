"""Rules about spot training, time limits and retries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

BUILT_IN = "174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1"
THEIRS = "arn:aws:sagemaker:us-west-2:594846645681:algorithm/theirs"
CHECKPOINT = {"CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/"}}


def stopping(**members: Any) -> dict[str, Any]:
    return {"StoppingCondition": members}


def spot(wait: Any = 3600, runtime: Any = 3600, **more: Any) -> dict[str, Any]:
    limits = stopping(MaxWaitTimeInSeconds=wait, MaxRuntimeInSeconds=runtime)
    return {"EnableManagedSpotTraining": True, **limits, **more}


def image(uri: str) -> dict[str, Any]:
    return {"AlgorithmSpecification": {"TrainingImage": uri}}


def algorithm(name: str) -> dict[str, Any]:
    return {"AlgorithmSpecification": {"TrainingImage": None, "AlgorithmName": name}}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "spot-needs-max-wait": (spot(), {"EnableManagedSpotTraining": True}),
    "max-wait-only-with-spot": ({}, stopping(MaxWaitTimeInSeconds=7200)),
    "max-wait-ge-max-runtime": (spot(), spot(1800)),
    "max-runtime-28-days": (
        stopping(MaxRuntimeInSeconds=2_419_200),
        stopping(MaxRuntimeInSeconds=2_419_201),
    ),
    "max-runtime-default-quota": (
        stopping(MaxRuntimeInSeconds=432_000),
        stopping(MaxRuntimeInSeconds=500_000),
    ),
    "stopping-condition-missing": ({}, {"StoppingCondition": None}),
    "spot-builtin-max-wait-hour": (spot(**image(BUILT_IN)), spot(7200, **image(BUILT_IN))),
    "spot-without-checkpoint": (spot(**CHECKPOINT), spot()),
    "max-pending-only-accelerated": (
        {"ResourceConfig": {"InstanceType": "ml.p3.2xlarge"}, **stopping(MaxPendingTimeInSeconds=7200)},
        stopping(MaxPendingTimeInSeconds=7200),
    ),
    "retry-without-max-runtime": (
        {"RetryStrategy": {"MaximumRetryAttempts": 2}},
        {"RetryStrategy": {"MaximumRetryAttempts": 2}, "StoppingCondition": None},
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_has_a_passing_and_a_failing_request(rule: str) -> None:
    passing, failing = CASES[rule]
    assert found(rule, passing) == []
    assert found(rule, failing) != []


MAX_WAIT = "StoppingCondition.MaxWaitTimeInSeconds"
MAX_RUNTIME = "StoppingCondition.MaxRuntimeInSeconds"


def test_spot_needs_a_wait() -> None:
    rule = "spot-needs-max-wait"
    said = "is required with managed spot training: it bounds the wait for capacity and the run together"
    assert found(rule, {"EnableManagedSpotTraining": True}) == [("error", MAX_WAIT, said)]
    no_limits = {"EnableManagedSpotTraining": True, "StoppingCondition": None}
    assert found(rule, no_limits) == [("error", MAX_WAIT, said)]
    for fragment in ({"EnableManagedSpotTraining": TOKEN}, {"EnableManagedSpotTraining": False}, spot(TOKEN)):
        assert found(rule, fragment) == []
    assert found(rule, {"EnableManagedSpotTraining": True, "StoppingCondition": TOKEN}) == []


@pytest.mark.parametrize(("flag", "said"), [(None, "left out"), (False, "false")])
def test_a_wait_needs_spot(flag: bool | None, said: str) -> None:
    rule = "max-wait-only-with-spot"
    assert found(rule, {**stopping(MaxWaitTimeInSeconds=TOKEN), "EnableManagedSpotTraining": flag}) == [
        (
            "error",
            MAX_WAIT,
            f"can be set with managed spot training only, and EnableManagedSpotTraining is {said}",
        )
    ]
    assert found(rule, {**stopping(MaxWaitTimeInSeconds=3600), "EnableManagedSpotTraining": TOKEN}) == []


def test_the_wait_holds_the_run() -> None:
    rule = "max-wait-ge-max-runtime"
    said = "must be at least MaxRuntimeInSeconds ({}), got {}: it holds the run and the wait before it"
    assert found(rule, spot(3599)) == [("error", MAX_WAIT, said.format(3600, 3599))]
    assert found(rule, spot(86_399, None)) == [("error", MAX_WAIT, said.format(86_400, 86_399))]
    for fragment in (spot(3600), spot(86_400, None), spot(TOKEN), spot(1, TOKEN)):
        assert found(rule, fragment) == []


def test_no_run_is_longer_than_28_days() -> None:
    rule = "max-runtime-28-days"
    assert found(rule, stopping(MaxRuntimeInSeconds=2_419_201)) == [
        ("error", MAX_RUNTIME, "must be at most 2419200 (28 days), got 2419201")
    ]
    assert found(rule, stopping(MaxRuntimeInSeconds=TOKEN)) == []


def test_runs_over_the_default_quota() -> None:
    rule = "max-runtime-default-quota"
    assert found(rule, stopping(MaxRuntimeInSeconds=432_001)) == [
        (
            "warning",
            MAX_RUNTIME,
            "is 432001, more than the 432000 (5 days) that an account's quota allows until it is raised",
        )
    ]
    assert found(rule, stopping(MaxRuntimeInSeconds=TOKEN)) == []


def test_a_job_should_say_how_long_it_may_run() -> None:
    rule = "stopping-condition-missing"
    said = "is left out: the job is stopped after AWS's default of 86400 seconds, one day, finished or not"
    for fragment in (
        {"StoppingCondition": None},
        spot(3600, None),
        {"StoppingCondition": {"MaxRuntimeInSeconds": None}},
    ):
        assert found(rule, fragment) == [("warning", MAX_RUNTIME, said)]
    assert found(rule, {"StoppingCondition": TOKEN}) == []
    assert found(rule, stopping(MaxRuntimeInSeconds=TOKEN)) == []
    assert found(rule, {"StoppingCondition": None, "ServerlessJobConfig": TOKEN}) == []


@pytest.mark.parametrize("of", [image(BUILT_IN), algorithm(THEIRS)])
def test_an_algorithm_without_checkpoints_waits_an_hour_at_most(of: dict[str, Any]) -> None:
    rule = "spot-builtin-max-wait-hour"
    assert found(rule, spot(3601, **of)) == [
        (
            "error",
            MAX_WAIT,
            "must be at most 3600 for AWS's own and Marketplace algorithms without checkpoints, got 3601: an "
            "interrupted job would start from nothing",
        )
    ]
    assert found(rule, spot(3600, **of)) == []
    assert found(rule, spot(7200, **of, **CHECKPOINT)) == []
    assert found(rule, spot(7200, **of, CheckpointConfig=TOKEN)) == []
    assert found(rule, spot(TOKEN, **of)) == []
    assert found(rule, {**spot(7200, **of), "EnableManagedSpotTraining": TOKEN}) == []


@pytest.mark.parametrize(
    "of",
    [
        {},
        image(TOKEN),
        algorithm(TOKEN),
        algorithm("mine"),
        algorithm("arn:aws:sagemaker:us-west-2:123456789012:algorithm/mine"),
        {**algorithm(THEIRS), "RoleArn": TOKEN},
    ],
)
def test_other_algorithms_wait_longer(of: dict[str, Any]) -> None:
    assert found("spot-builtin-max-wait-hour", spot(7200, **of)) == []


def test_the_jobs_account_tells_whose_algorithm_it_is() -> None:
    rule = "spot-builtin-max-wait-hour"
    fragment = spot(7200, **algorithm(THEIRS), RoleArn=TOKEN)
    assert len(found(rule, fragment, account="123456789012")) == 1
    assert found(rule, fragment, account="594846645681") == []


def test_spot_should_have_checkpoints() -> None:
    rule = "spot-without-checkpoint"
    assert found(rule, spot()) == [
        (
            "warning",
            "CheckpointConfig",
            "is left out with managed spot training: an interrupted job starts from nothing, and its time "
            "is lost",
        )
    ]
    assert found(rule, spot(CheckpointConfig=TOKEN)) == []
    assert found(rule, {"EnableManagedSpotTraining": False}) == []
    assert found(rule, {"EnableManagedSpotTraining": TOKEN}) == []


def test_the_pending_time_is_for_accelerators() -> None:
    rule = "max-pending-only-accelerated"
    assert found(rule, stopping(MaxPendingTimeInSeconds=TOKEN)) == [
        (
            "warning",
            "StoppingCondition.MaxPendingTimeInSeconds",
            "has no effect on 'ml.m5.xlarge': it bounds the wait for instances with an accelerator only",
        )
    ]
    limits = stopping(MaxPendingTimeInSeconds=7200)
    for name in (TOKEN, "ml.g5.xlarge", "ml.trn1.2xlarge", "ml.zz9.large"):
        assert found(rule, {"ResourceConfig": {"InstanceType": name}, **limits}) == []
    preferred = [{"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.p5.48xlarge"}]
    config = {"InstanceType": None, "InstancePreferences": preferred}
    assert found(rule, {"ResourceConfig": config, **limits}) == []
    assert found(rule, {"ResourceConfig": None, **limits}) == []


def test_retries_share_one_limit() -> None:
    rule = "retry-without-max-runtime"
    retry = {"RetryStrategy": TOKEN}
    assert found(rule, {**retry, "StoppingCondition": None}) == [
        (
            "warning",
            MAX_RUNTIME,
            "is left out with RetryStrategy: AWS's default of 86400 seconds holds for all attempts together",
        )
    ]
    assert found(rule, {**retry, "StoppingCondition": TOKEN}) == []
    assert found(rule, {**retry, **stopping(MaxRuntimeInSeconds=TOKEN)}) == []
