"""A function of the runtime that cannot even be loaded: the other one answers, and no job is left running."""

from __future__ import annotations

import pytest

from constructs_lib.local import LocalAws
from tests.e2e.scenario import Scenario

pytestmark = pytest.mark.e2e


def test_the_worker_answers_for_a_broken_front(local_aws: LocalAws) -> None:
    scenario = Scenario(local_aws, "NoFront")

    step = scenario.deploy(score="0.41", broken="Front")

    assert step.error is not None
    assert (step.created, step.stopped) == ([], [])
    told = step.reasons("CREATE_FAILED")
    assert "the function that starts training jobs failed: Unable to import module" in told


def test_the_front_answers_for_a_broken_worker_and_stops_the_job(local_aws: LocalAws) -> None:
    scenario = Scenario(local_aws, "NoWorker")
    local_aws.hold_next_job()

    step = scenario.deploy(score="0.42", broken="Worker")

    assert step.error is not None
    assert len(step.created) == 1
    name = step.created[0]["TrainingJobName"]
    assert f"the watch over training job '{name}' ended as FAILED" in step.reasons("CREATE_FAILED")
    assert step.stopped_names == {name}
    assert step.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    assert scenario.job(name)["TrainingJobStatus"] == "Stopped"
