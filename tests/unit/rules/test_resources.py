"""Rules about instance types, counts and groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

CPU = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "InstanceGroupName": "cpu"}
GPU = {"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1, "InstanceGroupName": "gpu"}
BUILT_IN = "174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1"


def groups(*listed: Any, **members: Any) -> dict[str, Any]:
    none = {"InstanceType": None, "InstanceCount": None}
    return {"ResourceConfig": {**none, "InstanceGroups": list(listed), **members}}


HETERO = groups(CPU, GPU)

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "instance-groups-xor-type-count": (HETERO, {"ResourceConfig": {"InstanceGroups": [CPU, GPU]}}),
    "instance-group-name-unique": (HETERO, groups(CPU, {**GPU, "InstanceGroupName": "cpu"})),
    "hetero-with-builtin-algorithm": (
        HETERO,
        {**HETERO, "AlgorithmSpecification": {"TrainingImage": BUILT_IN}},
    ),
    "resource-config-required": ({}, {"ResourceConfig": None}),
    "instance-type-count-required": ({}, {"ResourceConfig": {"InstanceType": None}}),
    "instance-count-positive": ({}, {"ResourceConfig": {"InstanceCount": 0}}),
    "selected-fields-read-only": ({}, {"ResourceConfig": {"SelectedInstanceType": "ml.m5.xlarge"}}),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_has_a_passing_and_a_failing_request(rule: str) -> None:
    passing, failing = CASES[rule]
    assert found(rule, passing) == []
    assert found(rule, failing) != []


def test_instance_groups_exclude_type_and_count() -> None:
    rule = "instance-groups-xor-type-count"
    said = (
        "cannot be set together with InstanceGroups: each of the 2 group(s) has a type and a count of its own"
    )
    both = {"ResourceConfig": {"InstanceGroups": [CPU, GPU]}}
    assert found(rule, both) == [
        ("error", "ResourceConfig.InstanceType", said),
        ("error", "ResourceConfig.InstanceCount", said),
    ]
    # what DescribeTrainingJob answers for such a job is no request
    assert [path for _, path, _ in found(rule, groups(CPU, GPU, InstanceCount=0))] == [
        "ResourceConfig.InstanceCount"
    ]
    assert found(rule, {"ResourceConfig": {"InstanceGroups": []}}) == []
    assert found(rule, {"ResourceConfig": {"InstanceGroups": TOKEN}}) == []
    assert len(found(rule, {"ResourceConfig": {"InstanceGroups": [TOKEN], "InstanceType": TOKEN}})) == 2


def test_the_second_of_two_groups_of_one_name_is_named() -> None:
    rule = "instance-group-name-unique"
    same = {**GPU, "InstanceGroupName": "cpu"}
    said = "'cpu' is the name of InstanceGroups[0] already: channels name the groups that they go to"
    place = "ResourceConfig.InstanceGroups[{}].InstanceGroupName"
    assert found(rule, groups(CPU, GPU, same)) == [("error", place.format(2), said)]
    assert [path for _, path, _ in found(rule, groups(CPU, same, same))] == [place.format(1), place.format(2)]
    assert found(rule, groups(CPU, {**CPU, "InstanceGroupName": "CPU"})) == []
    assert found(rule, groups(CPU, {**GPU, "InstanceGroupName": TOKEN})) == []
    unknown = {**CPU, "InstanceGroupName": TOKEN}
    assert found(rule, groups(CPU, unknown, TOKEN, unknown, same)) == [("error", place.format(4), said)]


def test_groups_with_an_algorithm_of_aws() -> None:
    rule = "hetero-with-builtin-algorithm"
    assert found(rule, CASES[rule][1]) == [
        (
            "warning",
            "ResourceConfig.InstanceGroups",
            "got 2 instance group(s) with AWS's algorithm 'linear-learner': heterogeneous clusters are for "
            "containers of PyTorch 1.10 or TensorFlow 2.6 and newer",
        )
    ]
    assert found(rule, {**HETERO, "AlgorithmSpecification": {"TrainingImage": TOKEN}}) == []
    assert found(rule, {"AlgorithmSpecification": {"TrainingImage": BUILT_IN}}) == []
    framework = "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.3.0-gpu-py311"
    assert found(rule, {**HETERO, "AlgorithmSpecification": {"TrainingImage": framework}}) == []


def test_resources_are_required_of_all_but_serverless_jobs() -> None:
    rule = "resource-config-required"
    assert found(rule, {"ResourceConfig": None}) == [
        (
            "error",
            "ResourceConfig",
            "is required: only a serverless job (ServerlessJobConfig) runs without instances of its own",
        )
    ]
    assert found(rule, {"ResourceConfig": None, "ServerlessJobConfig": TOKEN}) == []
    assert found(rule, {"ResourceConfig": TOKEN}) == []


def test_type_and_count_are_required_where_nothing_else_chooses() -> None:
    rule = "instance-type-count-required"
    said = "is required when neither InstanceGroups nor InstancePreferences choose the instances"
    by_type = ("error", "ResourceConfig.InstanceType", said)
    by_count = ("error", "ResourceConfig.InstanceCount", said)
    none = {"InstanceType": None, "InstanceCount": None}
    assert found(rule, {"ResourceConfig": {"InstanceType": None}}) == [by_type]
    assert found(rule, {"ResourceConfig": {"InstanceCount": None}}) == [by_count]
    assert found(rule, {"ResourceConfig": {**none, "InstanceGroups": []}}) == [by_type, by_count]
    assert found(rule, {"ResourceConfig": {**none, "InstanceGroups": TOKEN}}) == []
    assert found(rule, {"ResourceConfig": {**none, "InstancePreferences": TOKEN}}) == []
    assert found(rule, {"ResourceConfig": {"InstanceType": TOKEN, "InstanceCount": TOKEN}}) == []
    assert found(rule, {"ResourceConfig": none, "ServerlessJobConfig": TOKEN}) == []
    assert found(rule, {"ResourceConfig": TOKEN}) == []


def test_no_count_is_zero() -> None:
    rule = "instance-count-positive"
    said = "must be 1 or more, got 0: a job needs an instance to run on"
    assert found(rule, {"ResourceConfig": {"InstanceCount": 0}}) == [
        ("error", "ResourceConfig.InstanceCount", said)
    ]
    assert found(rule, {"ResourceConfig": {"InstanceCount": TOKEN}}) == []
    empty = {**GPU, "InstanceCount": 0}
    placed = {"PlacementSpecifications": [{"InstanceCount": TOKEN}, {"InstanceCount": 0}]}
    preferred = [{"InstanceType": "ml.p5.48xlarge", "InstanceCount": 0}, TOKEN]
    every = groups(CPU, TOKEN, empty, InstancePlacementConfig=placed, InstancePreferences=preferred)
    assert [path for _, path, _ in found(rule, every)] == [
        "ResourceConfig.InstanceGroups[2].InstanceCount",
        "ResourceConfig.InstancePlacementConfig.PlacementSpecifications[1].InstanceCount",
        "ResourceConfig.InstancePreferences[0].InstanceCount",
    ]
    hidden = {"InstanceGroups": TOKEN, "InstancePlacementConfig": TOKEN, "InstancePreferences": preferred}
    assert len(found(rule, {"ResourceConfig": hidden})) == 1
    assert found(rule, {"ResourceConfig": TOKEN}) == []


def test_what_only_an_answer_has_is_refused() -> None:
    rule = "selected-fields-read-only"
    said = "cannot be set: it is what DescribeTrainingJob answers once an instance type has been selected"
    assert found(rule, CASES[rule][1]) == [("error", "ResourceConfig.SelectedInstanceType", said)]
    # presence is enough
    assert found(rule, {"ResourceConfig": {"SelectedInstanceCount": TOKEN}}) == [
        ("error", "ResourceConfig.SelectedInstanceCount", said)
    ]
