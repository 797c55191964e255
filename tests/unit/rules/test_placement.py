"""Rules about placement on UltraServers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found


def placement(name: str, config: Any, **members: Any) -> dict[str, Any]:
    base = {"InstanceType": name, "VolumeSizeInGB": None, "InstancePlacementConfig": config}
    return {"ResourceConfig": {**base, **members}}


ULTRA = "ml.p6e-gb200.36xlarge"
SHARED = {"EnableMultipleJobs": True}


def counts(*each: Any) -> dict[str, Any]:
    return {"PlacementSpecifications": [{"InstanceCount": count} for count in each]}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "placement-ultraserver-only": (
        placement(ULTRA, SHARED),
        placement("ml.m5.xlarge", SHARED, VolumeSizeInGB=30),
    ),
    "placement-counts-sum": (
        placement(ULTRA, counts(2), InstanceCount=2),
        placement(ULTRA, counts(3), InstanceCount=2),
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_has_a_passing_and_a_failing_request(rule: str) -> None:
    passing, failing = CASES[rule]
    assert found(rule, passing) == []
    assert found(rule, failing) != []


def test_placement_is_for_ultraservers() -> None:
    rule = "placement-ultraserver-only"
    place = ("warning", "ResourceConfig.InstancePlacementConfig")
    said = "applies to UltraServers only (p6e-gb200, trn2), got "
    assert found(rule, placement("ml.m5.xlarge", {})) == [(*place, f"{said}'ml.m5.xlarge'")]
    assert found(rule, placement("ml.trn2.48xlarge", SHARED)) == []
    assert found(rule, placement(TOKEN, SHARED)) == []
    assert found(rule, placement("ml.p7e-gb300.36xlarge", SHARED)) == []  # newer than the model
    groups = [
        {"InstanceType": name, "InstanceCount": 1, "InstanceGroupName": name[3:5]}
        for name in ("ml.m5.large", "ml.c5.large")
    ]
    several = {"InstanceType": None, "InstanceCount": None, "InstancePlacementConfig": SHARED}
    hetero = {"ResourceConfig": {**several, "InstanceGroups": groups}}
    assert found(rule, hetero) == [(*place, f"{said}'ml.m5.large', 'ml.c5.large'")]
    groups[1]["InstanceType"] = ULTRA
    assert found(rule, hetero) == []
    groups[1]["InstanceType"] = TOKEN
    assert found(rule, hetero) == []
    assert found(rule, {"ResourceConfig": several}) == []


def test_no_more_is_placed_than_there_are() -> None:
    rule = "placement-counts-sum"
    assert found(rule, placement(ULTRA, counts(2, TOKEN, 1), InstanceCount=2)) == [
        (
            "warning",
            "ResourceConfig.InstancePlacementConfig.PlacementSpecifications",
            "places 3 instances, and ResourceConfig.InstanceCount is 2",
        )
    ]
    assert found(rule, placement(ULTRA, counts(2, TOKEN), InstanceCount=2)) == []
    assert found(rule, placement(ULTRA, counts(3), InstanceCount=TOKEN)) == []
    assert found(rule, placement(ULTRA, counts(3), InstanceCount=None)) == []
    assert found(rule, placement(ULTRA, {"PlacementSpecifications": TOKEN}, InstanceCount=2)) == []
    assert found(rule, placement(ULTRA, {"PlacementSpecifications": []}, InstanceCount=0)) == []
