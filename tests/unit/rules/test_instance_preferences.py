"""Rules about InstancePreferences."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

P4 = {"InstanceType": "ml.p4d.24xlarge"}
P5 = {"InstanceType": "ml.p5.48xlarge"}
PLAN = "arn:aws:sagemaker:us-west-2:123456789012:training-plan/my-plan"


def preferences(*listed: Any, **members: Any) -> dict[str, Any]:
    config = {"InstanceType": None, "InstanceCount": 2, "VolumeSizeInGB": None}
    return {"ResourceConfig": {**config, "InstancePreferences": list(listed), **members}}


BOTH = preferences(P4, P5)

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "instance-preferences-exclusive": (BOTH, preferences(P4, P5, InstanceType="ml.p5.48xlarge")),
    "instance-preferences-count-consistent": (
        preferences({**P4, "InstanceCount": 4}, {**P5, "InstanceCount": 2}, InstanceCount=None),
        preferences({**P4, "InstanceCount": 4}, P5, InstanceCount=None),
    ),
    "instance-preferences-unique-types": (BOTH, preferences(P5, P5)),
    "instance-preferences-plan-exclusive": (
        preferences({**P4, "TrainingPlanArns": [PLAN]}, P5),
        preferences({**P4, "TrainingPlanArns": [PLAN]}, P5, TrainingPlanArn=PLAN),
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_has_a_passing_and_a_failing_request(rule: str) -> None:
    passing, failing = CASES[rule]
    assert found(rule, passing) == []
    assert found(rule, failing) != []


def test_preferences_exclude_every_other_choice() -> None:
    rule = "instance-preferences-exclusive"
    said = (
        "cannot be set together with InstancePreferences, which chooses among on-demand and planned capacity "
        "itself"
    )
    every = preferences(P4, InstanceType=TOKEN, InstanceGroups=[TOKEN], InstancePlacementConfig={})
    spot = {"EnableManagedSpotTraining": True, "StoppingCondition": {"MaxWaitTimeInSeconds": 3600}}
    assert sorted(found(rule, {**every, **spot})) == [
        ("error", "EnableManagedSpotTraining", said),
        ("error", "ResourceConfig.InstanceGroups", said),
        ("error", "ResourceConfig.InstancePlacementConfig", said),
        ("error", "ResourceConfig.InstanceType", said),
    ]
    assert found(rule, {**BOTH, "EnableManagedSpotTraining": False}) == []
    assert found(rule, {**BOTH, "EnableManagedSpotTraining": TOKEN}) == []
    assert found(rule, preferences(P4, InstanceGroups=[])) == []
    unknown = {**preferences(P4, InstanceGroups=TOKEN), **spot}
    assert found(rule, unknown) == [("error", "EnableManagedSpotTraining", said)]
    assert len(found(rule, {"ResourceConfig": {"InstancePreferences": TOKEN}})) == 1


COUNT = "ResourceConfig.InstanceCount"
RULE_OF_COUNTS = ": the count stands either on every preference, or once in ResourceConfig"


@pytest.mark.parametrize(
    ("listed", "count", "path", "problem"),
    [
        ([P4, P5], None, COUNT, "is missing here and on the preferences"),
        (
            [{**P4, "InstanceCount": 1}, P5],
            None,
            "ResourceConfig.InstancePreferences[1].InstanceCount",
            "is missing, while InstancePreferences[0] has one",
        ),
        (
            [P4, {**P5, "InstanceCount": TOKEN}],
            None,
            "ResourceConfig.InstancePreferences[0].InstanceCount",
            "is missing, while InstancePreferences[1] has one",
        ),
        (
            [P4, {**P5, "InstanceCount": 1}],
            TOKEN,
            COUNT,
            "cannot be set together with the InstanceCount of InstancePreferences[1]",
        ),
        ([TOKEN, P5], None, COUNT, "is missing here and on the preferences"),
    ],
)
def test_the_count_stands_in_one_place(listed: list[Any], count: Any, path: str, problem: str) -> None:
    fragment = preferences(*listed, InstanceCount=count)
    assert found("instance-preferences-count-consistent", fragment) == [
        ("error", path, problem + RULE_OF_COUNTS)
    ]


@pytest.mark.parametrize(
    ("listed", "count"),
    [([TOKEN], None), ([TOKEN, {**P4, "InstanceCount": 1}], None), ([TOKEN, P4], 1), ([P4], TOKEN)],
)
def test_the_count_of_what_is_not_known_may_be_right(listed: list[Any], count: Any) -> None:
    fragment = preferences(*listed, InstanceCount=count)
    assert found("instance-preferences-count-consistent", fragment) == []
    unknown = {"ResourceConfig": {"InstanceType": None, "InstancePreferences": TOKEN}}
    assert found("instance-preferences-count-consistent", unknown) == []


def test_a_type_is_listed_once() -> None:
    rule = "instance-preferences-unique-types"
    said = "'ml.p5.48xlarge' is InstancePreferences[0] already: a type can be listed only once"
    assert found(rule, preferences(P5, TOKEN, {"InstanceType": TOKEN}, P5)) == [
        ("error", "ResourceConfig.InstancePreferences[3].InstanceType", said)
    ]
    assert found(rule, preferences(P5, {"InstanceType": TOKEN})) == []


def test_a_plan_is_the_jobs_or_the_preferences() -> None:
    rule = "instance-preferences-plan-exclusive"
    said = (
        "cannot be set together with the TrainingPlanArns of InstancePreferences[1]: the plan is either the "
        "job's or each preference's"
    )
    planned = {**P5, "TrainingPlanArns": [TOKEN]}
    assert found(rule, preferences(TOKEN, planned, TrainingPlanArn=TOKEN)) == [
        ("error", "ResourceConfig.TrainingPlanArn", said)
    ]
    assert found(rule, preferences(P4, P5, TrainingPlanArn=PLAN)) == []
    assert found(rule, preferences(P4, planned)) == []
