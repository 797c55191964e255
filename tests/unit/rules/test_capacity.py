"""Rules about warm pools and training plans."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

PLAN = "arn:aws:sagemaker:us-west-2:123456789012:training-plan/my-plan"
SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxWaitTimeInSeconds": 3600},
    "CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/"},
}


def resources(**members: Any) -> dict[str, Any]:
    return {"ResourceConfig": members}


def hetero(keep: Any, groups: Any = None) -> dict[str, Any]:
    listed = [
        {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "InstanceGroupName": "cpu"},
        {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "InstanceGroupName": "gpu"},
    ]
    none = {"InstanceType": None, "InstanceCount": None}
    chosen = listed if groups is None else groups
    return resources(**none, InstanceGroups=chosen, KeepAlivePeriodInSeconds=keep)


WARM = resources(KeepAlivePeriodInSeconds=600)
PLANNED = resources(InstanceType="ml.p5.48xlarge", VolumeSizeInGB=None, TrainingPlanArn=PLAN)

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "keepalive-not-with-instance-groups": (WARM, hetero(600)),
    "keepalive-not-with-spot": (WARM, {**WARM, **SPOT}),
    "keepalive-above-documented-hour": (
        resources(KeepAlivePeriodInSeconds=3600),
        resources(KeepAlivePeriodInSeconds=7200),
    ),
    "training-plan-not-with-spot": (PLANNED, {**PLANNED, **SPOT}),
    "training-plan-accelerated-type": (PLANNED, resources(TrainingPlanArn=PLAN)),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_has_a_passing_and_a_failing_request(rule: str) -> None:
    passing, failing = CASES[rule]
    assert found(rule, passing) == []
    assert found(rule, failing) != []


def test_no_warm_pool_of_instance_groups() -> None:
    rule = "keepalive-not-with-instance-groups"
    assert found(rule, hetero(600)) == [
        (
            "error",
            "ResourceConfig.KeepAlivePeriodInSeconds",
            "cannot be set with InstanceGroups, got 600: there are no warm pools for heterogeneous clusters",
        )
    ]
    assert len(found(rule, hetero(1, [TOKEN]))) == 1
    for keep, groups in ((0, None), (TOKEN, None), (600, []), (600, TOKEN)):
        assert found(rule, hetero(keep, groups)) == []


def test_no_warm_pool_of_spot_instances() -> None:
    rule = "keepalive-not-with-spot"
    assert found(rule, {**WARM, **SPOT}) == [
        (
            "error",
            "ResourceConfig.KeepAlivePeriodInSeconds",
            "cannot be set with managed spot training, got 600: spot instances are not kept in a warm pool",
        )
    ]
    assert found(rule, {**WARM, "EnableManagedSpotTraining": False}) == []
    assert found(rule, {**WARM, "EnableManagedSpotTraining": TOKEN}) == []
    assert found(rule, {**resources(KeepAlivePeriodInSeconds=0), **SPOT}) == []
    assert found(rule, {**resources(KeepAlivePeriodInSeconds=TOKEN), **SPOT}) == []


def test_a_warm_pool_over_the_documented_hour() -> None:
    rule = "keepalive-above-documented-hour"
    assert found(rule, resources(KeepAlivePeriodInSeconds=3601)) == [
        (
            "warning",
            "ResourceConfig.KeepAlivePeriodInSeconds",
            "is 3601, and the developer guide allows 3600 at most: the service's model admits 21600, and an "
            "account's quota for warm pools is 0 until it is raised",
        )
    ]
    assert found(rule, resources(KeepAlivePeriodInSeconds=TOKEN)) == []


def test_a_plans_capacity_is_not_spot() -> None:
    rule = "training-plan-not-with-spot"
    said = (
        "error",
        "EnableManagedSpotTraining",
        "cannot be on with ResourceConfig.TrainingPlanArn: a plan's capacity is reserved, and not spot",
    )
    assert found(rule, {**PLANNED, **SPOT}) == [said]
    assert found(rule, {**resources(TrainingPlanArn=TOKEN), **SPOT}) == [said]
    assert found(rule, {**PLANNED, "EnableManagedSpotTraining": TOKEN}) == []
    assert found(rule, {**PLANNED, "EnableManagedSpotTraining": False}) == []


def test_plans_reserve_accelerators() -> None:
    rule = "training-plan-accelerated-type"
    said = (
        "is set for 'ml.m5.xlarge', which has no accelerator: training plans reserve instances with "
        "GPUs or Trainium"
    )
    assert found(rule, resources(TrainingPlanArn=TOKEN)) == [
        ("warning", "ResourceConfig.TrainingPlanArn", said)
    ]
    for name in (TOKEN, "ml.trn1.2xlarge", "ml.p99.large", "ml.dl1.24xlarge"):
        assert found(rule, resources(InstanceType=name, TrainingPlanArn=PLAN)) == []


def test_plans_of_preferences_reserve_accelerators() -> None:
    rule = "training-plan-accelerated-type"
    planned = [
        {"InstanceType": name, "TrainingPlanArns": [PLAN]}
        for name in (TOKEN, "ml.p5.48xlarge", "ml.m5.xlarge")
    ]
    fragment = resources(
        InstanceType=None, InstancePreferences=[TOKEN, *planned, {"InstanceType": "ml.c5.large"}]
    )
    assert [path for _, path, _ in found(rule, fragment)] == [
        "ResourceConfig.InstancePreferences[3].TrainingPlanArns"
    ]
    unknown = resources(InstanceType="ml.m5.xlarge", InstancePreferences=TOKEN, TrainingPlanArn=PLAN)
    assert found(rule, unknown) == []
