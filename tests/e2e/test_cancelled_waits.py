"""What a deployment waits for is given up while it trains: no job is left running."""

from __future__ import annotations

import threading

import pytest

from constructs_lib.local import LocalAws
from tests.e2e.scenario import Scenario, Step

pytestmark = pytest.mark.e2e


def test_a_sibling_that_fails_stops_the_job(local_aws: LocalAws) -> None:
    """In an update that waits by condition: test_wait_condition.py."""
    scenario = Scenario(local_aws, "Sour")
    local_aws.hold_next_job()

    step = scenario.deploy(score="0.11", sibling="sour")

    assert step.error is not None
    assert len(step.created) == 1
    name = step.created[0]["TrainingJobName"]
    assert step.stopped_names == {name}
    assert scenario.job(name)["TrainingJobStatus"] == "Stopped"
    assert "Message returned: sour" in step.reasons("CREATE_FAILED")
    assert "Resource creation cancelled" in step.reasons("CREATE_FAILED")
    assert step.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"


def test_destroying_a_stack_that_waits_by_condition_stops_the_job(local_aws: LocalAws) -> None:
    scenario = Scenario(local_aws, "Hasty")
    local_aws.hold_next_job()
    deployed: list[Step] = []
    context = {"completion": "wait_condition", "score": "0.13"}
    deploying = threading.Thread(target=lambda: deployed.append(scenario.deploy(**context)))
    deploying.start()
    name = scenario.until_training("0.13")

    destroyed = Scenario(local_aws, "Hasty").destroy(**context)
    deploying.join(120)

    assert destroyed.error is None
    assert destroyed.created == []
    assert destroyed.stopped_names == {name}
    assert scenario.job(name)["TrainingJobStatus"] == "Stopped"
    assert deployed[0].error is not None
    assert [request["TrainingJobName"] for request in deployed[0].created] == [name]
