"""Training jobs of state machines: they train, and none runs on when its execution or its stack is gone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from constructs_lib.local import LocalAws
from tests.e2e.scenario import Scenario, Step

pytestmark = pytest.mark.e2e
APP = Path(__file__).parent / "workflows"
T = TypeVar("T")


def until(look: Callable[[], T | None], seconds: float = 60) -> T:
    """What a look finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing within {seconds} s")


class Flows:
    """The deployed machines, and what their executions do."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.scenario = Scenario(aws, "Flows", APP)
        self.client = aws.client("stepfunctions")
        self.outputs = self.scenario.deploy().outputs

    def start(self, machine: str, score: float) -> str:
        given = json.dumps({"score": score})
        arn = self.outputs[f"{machine}Arn"]
        return str(self.client.start_execution(stateMachineArn=arn, input=given)["executionArn"])

    def end(self, execution: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.client.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        return until(look)

    def run(self, machine: str) -> dict[str, Any]:
        """What a machine that needs no input gives."""
        arn = self.outputs[f"{machine}Arn"]
        ended = self.end(self.client.start_execution(stateMachineArn=arn)["executionArn"])
        assert ended["status"] == "SUCCEEDED", ended
        found: dict[str, Any] = json.loads(ended["output"])
        return found

    def held(self, machine: str, score: float) -> tuple[str, str]:
        """An execution whose job trains until it is stopped: its ARN and the job's name."""
        self.aws.hold_next_job()
        execution = self.start(machine, score)
        return execution, self.scenario.until_training(str(score))

    def status(self, job: str) -> str:
        return str(self.scenario.job(job)["TrainingJobStatus"])


@pytest.fixture(scope="module")
def flows(local_aws: LocalAws) -> Flows:
    return Flows(local_aws)


@pytest.fixture(scope="module")
def destroyed(flows: Flows) -> tuple[Step, list[str]]:
    """The stack is destroyed while a job of each machine trains; the tests of its life come before."""
    jobs = [flows.held("Judged", 0.91)[1], flows.held("Looped", 0.92)[1]]
    return flows.scenario.destroy(), jobs


def test_a_script_trains_and_is_judged(flows: Flows) -> None:
    good, bad = flows.end(flows.start("Judged", 0.6)), flows.end(flows.start("Judged", 0.4))

    output = json.loads(good["output"])
    assert output["score"] == 0.6
    assert output["train"]["FinalMetricDataList"][0]["Value"] == 0.6
    assert (bad["status"], bad["error"]) == ("FAILED", "TrainingJob.GateFailed")


@pytest.mark.parametrize("machine", ["Judged", "Looped"])
def test_a_stopped_execution_stops_its_job_and_no_other(flows: Flows, machine: str) -> None:
    first, second = (0.71, 0.72) if machine == "Judged" else (0.73, 0.74)
    execution, job = flows.held(machine, first)
    other_execution, other = flows.held(machine, second)

    flows.client.stop_execution(executionArn=execution)

    until(lambda: flows.status(job) == "Stopped")
    assert flows.status(other) == "InProgress"
    flows.client.stop_execution(executionArn=other_execution)
    until(lambda: flows.status(other) == "Stopped")


def test_a_distributed_sweep_names_the_best_of_what_its_children_wrote(flows: Flows) -> None:
    output = flows.run("Distributed")

    best = output["BestTrainingJob"]
    assert (best["Index"], best["MetricValue"], best["HyperParameters"]) == (1, 0.32, {"score": "0.32"})
    assert flows.status(best["TrainingJobName"]) == "Completed"
    assert output["Counts"] == {"Completed": 3, "Failed": 1}


def test_an_update_that_renames_a_task_stops_its_job_before_its_role_goes(flows: Flows) -> None:
    execution, job = flows.held("Swapped", 0.81)
    other_execution, other = flows.held("Looped", 0.82)
    role = str(flows.scenario.job(job)["RoleArn"]).rpartition("/")[2]

    step = flows.scenario.deploy(task="Renamed")

    assert step.error is None
    assert step.stopped_names == {job}
    assert (flows.status(job), flows.status(other)) == ("Stopped", "InProgress")
    with pytest.raises(flows.aws.client("iam").exceptions.NoSuchEntityException):
        flows.aws.client("iam").get_role(RoleName=role)
    updated = step.resources("Custom::SageMakerWorkflowJobs", "UPDATE_COMPLETE")
    assert len(updated) == 1
    assert flows.end(execution)["error"] == "TrainingJob.Stopped"
    flows.client.stop_execution(executionArn=other_execution)
    until(lambda: flows.status(other) == "Stopped")


def test_a_deleted_stack_leaves_no_job_running(flows: Flows, destroyed: tuple[Step, list[str]]) -> None:
    step, jobs = destroyed

    assert step.error is None
    assert [flows.status(job) for job in jobs] == ["Stopped", "Stopped"]


def test_the_jobs_end_before_what_they_need_goes(destroyed: tuple[Step, list[str]]) -> None:
    step, _ = destroyed
    order = [event["ResourceType"] for event in step.events if event["ResourceStatus"] == "DELETE_COMPLETE"]
    ended = order.index("Custom::SageMakerWorkflowJobs")
    needed = [
        n for n, kind in enumerate(order) if kind in ("AWS::IAM::ManagedPolicy", "AWS::EC2::SecurityGroup")
    ]

    machines = [n for n, kind in enumerate(order) if kind == "AWS::StepFunctions::StateMachine"]
    assert min(machines) < ended
    assert ended < min(needed)
