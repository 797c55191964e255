"""No capacity: the next instance type is tried; and a job's record that goes with its stack."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from tests.e2e.scenario import Scenario, Step

pytestmark = pytest.mark.e2e
NONE_LEFT = "CapacityError: Unable to provision requested ML compute capacity"


@pytest.fixture(scope="module")
def scenario(local_aws: LocalAws) -> Scenario:
    return Scenario(local_aws, "Scarce")


@pytest.fixture(scope="module")
def life(scenario: Scenario) -> dict[str, Step]:
    """A deployment whose first attempt finds no capacity, and the end of its stack."""
    context = {"score": "0.21", "fallback": "ml.m5.xlarge,ml.m5.2xlarge", "delete_record": "yes"}
    scenario.aws.fail_next_job(NONE_LEFT)
    return {"deployed": scenario.deploy(**context), "destroyed": scenario.destroy(**context)}


def test_the_next_attempt_runs_on_the_next_type(life: dict[str, Step]) -> None:
    deployed = life["deployed"]

    assert deployed.error is None
    names = [request["TrainingJobName"] for request in deployed.created]
    types = [request["ResourceConfig"]["InstanceType"] for request in deployed.created]
    assert types == ["ml.m5.large", "ml.m5.xlarge"]
    assert names[1] == f"{names[0][:-1]}2"
    assert deployed.outputs["Name"] == names[1]
    assert deployed.outputs["Status"] == "Completed"
    assert deployed.stopped == []


def test_the_record_goes_with_the_stack(life: dict[str, Step], scenario: Scenario) -> None:
    destroyed = life["destroyed"]

    assert destroyed.error is None
    assert (destroyed.created, destroyed.stopped) == ([], [])
    name = life["deployed"].outputs["Name"]
    deleted = [request["TrainingJobName"] for request in scenario.aws.calls("DeleteTrainingJob")]
    assert name in deleted
    with pytest.raises(ClientError, match="Requested resource not found"):
        scenario.job(name)
