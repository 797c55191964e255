"""A deployment that waits by wait condition, from its first deployment to its end."""

from __future__ import annotations

import pytest

from constructs_lib.local import LocalAws
from tests.e2e.scenario import Scenario, Step

pytestmark = pytest.mark.e2e
HANDLE, CONDITION = "AWS::CloudFormation::WaitConditionHandle", "AWS::CloudFormation::WaitCondition"
RESULT = "Custom::SageMakerTrainingJobResult"


@pytest.fixture(scope="module")
def scenario(local_aws: LocalAws) -> Scenario:
    return Scenario(local_aws, "Patient")


@pytest.fixture(scope="module")
def life(scenario: Scenario) -> dict[str, Step]:
    """Every step once, in this order; the tests read what each of them did."""
    steps: dict[str, Step] = {}
    by_condition = {"completion": "wait_condition"}
    steps["first"] = scenario.deploy(score="0.35", gate="0.3", **by_condition)
    steps["unchanged"] = scenario.deploy(score="0.35", gate="0.3", **by_condition)
    steps["other"] = scenario.deploy(score="0.45", gate="0.3", **by_condition)
    steps["gate shuts"] = scenario.deploy(score="0.45", gate="0.9", **by_condition)
    scenario.aws.hold_next_job()
    steps["sour"] = scenario.deploy(score="0.65", gate="0.3", sibling="sour", **by_condition)
    steps["fails"] = scenario.deploy(score="0.55", gate="0.3", exits="3", **by_condition)
    steps["destroyed"] = scenario.destroy(**by_condition)
    return steps


def test_the_first_deployment_trains_once_and_shows_the_jobs_end(
    life: dict[str, Step], scenario: Scenario
) -> None:
    first = life["first"]

    assert first.error is None
    assert len(first.created) == 1
    name = first.created[0]["TrainingJobName"]
    assert first.outputs["Name"] == name
    assert first.outputs["Status"] == "Completed"
    assert first.outputs["Score"] == "0.35"
    assert first.outputs["Model"] == f"{first.outputs['Folder']}output/model.tar.gz"
    assert scenario.job(name)["TrainingJobStatus"] == "Completed"
    assert first.stopped == []


def test_the_result_comes_after_the_condition_and_that_after_the_job(life: dict[str, Step]) -> None:
    ended = [
        event["ResourceType"]
        for event in life["first"].events
        if event["ResourceStatus"] == "CREATE_COMPLETE"
    ]
    chosen = [kind for kind in ended if kind in (HANDLE, CONDITION, RESULT, "Custom::SageMakerTrainingJob")]
    assert chosen == [HANDLE, "Custom::SageMakerTrainingJob", CONDITION, RESULT]


def test_a_deployment_without_a_change_trains_and_waits_for_nothing(life: dict[str, Step]) -> None:
    unchanged = life["unchanged"]
    assert unchanged.error is None
    assert (unchanged.created, unchanged.stopped) == ([], [])
    assert unchanged.resources(CONDITION, "CREATE_IN_PROGRESS") == []


def test_another_content_trains_once_and_waits_by_a_new_handle(life: dict[str, Step]) -> None:
    first, other = life["first"], life["other"]

    assert other.error is None
    assert [request["HyperParameters"]["score"] for request in other.created] == ["0.45"]
    assert other.outputs["Score"] == "0.45"
    for kind in (HANDLE, CONDITION):
        old, new = first.resources(kind, "CREATE_COMPLETE"), other.resources(kind, "CREATE_COMPLETE")
        assert len(old) == len(new) == 1
        assert old != new
        assert other.resources(kind, "DELETE_COMPLETE") == old
    assert other.stopped == []


def test_a_gate_that_shuts_trains_nothing_and_rolls_back(life: dict[str, Step]) -> None:
    shuts = life["gate shuts"]

    assert shuts.error is not None
    assert (shuts.created, shuts.stopped) == ([], [])
    assert "metric 'score' is 0.45, below the gate's 0.9" in shuts.reasons("UPDATE_FAILED")
    assert shuts.events[-1]["ResourceStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_sibling_that_fails_in_an_update_stops_the_new_job_and_keeps_the_old_one(
    life: dict[str, Step], scenario: Scenario
) -> None:
    sour = life["sour"]

    assert sour.error is not None
    assert [request["HyperParameters"]["score"] for request in sour.created] == ["0.65"]
    name = sour.created[0]["TrainingJobName"]
    assert sour.stopped_names == {name}
    assert scenario.job(name)["TrainingJobStatus"] == "Stopped"
    assert "Resource creation cancelled" in sour.reasons("CREATE_FAILED")
    assert sour.events[-1]["ResourceStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert scenario.job(life["other"].outputs["Name"])["TrainingJobStatus"] == "Completed"


def test_a_job_that_fails_fails_the_condition_and_its_event_tells_all(life: dict[str, Step]) -> None:
    fails = life["fails"]

    assert fails.error is not None
    assert len(fails.created) == 1
    assert fails.stopped == []
    name = fails.created[0]["TrainingJobName"]
    told = fails.reasons("CREATE_FAILED")
    assert f"for uniqueId: {name}" in told
    assert f"training job '{name}' failed: AlgorithmError: ExecuteUserScriptError: ExitCode 3" in told
    assert f"console.aws.amazon.com/sagemaker/home?region=us-east-1#/jobs/{name}" in told
    assert "the data had no rows" in told.partition("last lines of its log")[2]
    assert fails.events[-1]["ResourceStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert fails.resources(HANDLE, "DELETE_COMPLETE") == fails.resources(HANDLE, "CREATE_COMPLETE")


def test_destroying_stops_nothing_and_keeps_the_record(life: dict[str, Step], scenario: Scenario) -> None:
    destroyed = life["destroyed"]

    assert destroyed.error is None
    assert (destroyed.created, destroyed.stopped) == ([], [])
    assert scenario.job(life["other"].outputs["Name"])["TrainingJobStatus"] == "Completed"
