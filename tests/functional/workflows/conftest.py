"""Tasks as CDK renders them, run by the emulation's interpreter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Algorithm, MetricDefinition, TrainingJobSpec
from constructs_lib.local import LocalAws
from constructs_lib.testing.plugin import local_aws
from tests.functional.local.local_helpers import ROLE, until
from tests.functional.local.machines import Machines
from tests.unit.cdk.workflows.machines import definition, machine

__all__ = ["local_aws", "made"]

Json = dict[str, Any]
Make = Callable[[cdk.Stack], sfn.IChainable]


class Made(Machines):
    """Runs what a test makes of a stack, and tells which jobs were created for it."""

    def of(self, make: Make, language: sfn.QueryLanguage | None = None) -> Json:
        """The definition of a machine, with names in the place of what CloudFormation would give."""
        chain = make(cdk.Stack(cdk.App(), "Stack"))
        text = json.dumps(definition(machine(chain, language)))
        # A role has to look like one; any other reference is a legal part of any name.
        text = re.sub(r"<\w*Role\w*\.Arn>", ROLE, text)
        text = re.sub(r"<(\w+)[^<> ]*>", lambda found: found[1].lower()[:40], text)
        parsed: Json = json.loads(text)
        return parsed

    def jobs(self) -> list[str]:
        """The names of all jobs that were asked for, oldest first."""
        return [call["TrainingJobName"] for call in self.local.calls("CreateTrainingJob")]

    def wait_for_job(self, known: int) -> str:
        """The name of the first job after so many, as soon as it trains."""

        def started() -> str | None:
            new = self.local.jobs()[known:]
            return new[0]["TrainingJobName"] if new else None

        return str(until(started))

    def wait_for_status(self, job: str, status: str) -> None:
        """Return when a job has a status."""
        until(lambda: self.status_of(job) == status or None)

    def created_by(self, execute: Callable[[], object]) -> list[str]:
        """The names of the jobs that are asked for meanwhile."""
        before = len(self.jobs())
        execute()
        return self.jobs()[before:]


@pytest.fixture
def made(local_aws: LocalAws) -> Made:
    return Made(local_aws)


@pytest.fixture
def spec() -> TrainingJobSpec:
    """A job whose container is simulated, and reports the metric that its hyperparameter says."""
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/model:1"),
        instance_type="ml.m5.large",
        max_runtime=cdk.Duration.hours(1),
        hyperparameters={"auc": 0.9},
        environment={"SIMULATED_METRICS": json.dumps({"auc": "auc"})},
        metrics=[MetricDefinition("auc", "auc=(.*)")],
    )
