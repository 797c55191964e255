"""Steps with the genuine cdk command line against the emulation, and what each of them did."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from constructs_lib import LocalError
from constructs_lib.local import LocalAws

APP = Path(__file__).parent / "app"
JOB_TYPE = "Custom::SageMakerTrainingJob"


@dataclass(frozen=True)
class Step:
    """What one deployment or destruction did.

    Attributes:
        error: what the command line said when it failed, else None.
        outputs: the stack's outputs when it succeeded.
        created: the CreateTrainingJob requests that were sent.
        stopped: the StopTrainingJob requests that were sent.
        events: the stack's events of this step, oldest first.
    """

    error: str | None
    outputs: dict[str, str] = field(default_factory=dict)
    created: list[dict[str, Any]] = field(default_factory=list)
    stopped: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def stopped_names(self) -> set[str]:
        """The jobs that were told to stop: the deletion and the watch may both say so."""
        return {str(request["TrainingJobName"]) for request in self.stopped}

    def resources(self, resource_type: str, status: str) -> list[str]:
        """The logical ids of a type's resources that came to a status, in order."""
        return [
            str(event["LogicalResourceId"])
            for event in self.events
            if (event["ResourceType"], event["ResourceStatus"]) == (resource_type, status)
        ]

    def statuses(self, resource_type: str = JOB_TYPE) -> list[tuple[str, str]]:
        """The event's status and physical id of every event of a resource type."""
        chosen = [event for event in self.events if event["ResourceType"] == resource_type]
        return [(event["ResourceStatus"], event.get("PhysicalResourceId", "")) for event in chosen]

    def reasons(self, status: str) -> str:
        """Why resources came to a status."""
        chosen = [event for event in self.events if event["ResourceStatus"] == status]
        return " | ".join(event.get("ResourceStatusReason") or "" for event in chosen)


class Scenario:
    """One stack of the test app, deployed again and again."""

    def __init__(self, aws: LocalAws, stack: str, app: Path = APP) -> None:
        self.aws, self.stack, self._app = aws, stack, app
        self._stack_id = ""

    def deploy(self, **context: str) -> Step:
        """Deploy with a context; a failure is part of the step."""
        return self._step(lambda: self.aws.deploy(self._app, {"stack": self.stack, **context}).outputs)

    def destroy(self, **context: str) -> Step:
        """Destroy the stack."""

        def run() -> dict[str, dict[str, str]]:
            self.aws.destroy(self._app, {"stack": self.stack, **context})
            return {}

        return self._step(run)

    def job(self, name: str) -> dict[str, Any]:
        """A job as DescribeTrainingJob shows it."""
        return dict(self.aws.client("sagemaker").describe_training_job(TrainingJobName=name))

    def until_training(self, score: str, seconds: float = 60.0) -> str:
        """The name of the job with a score, once it trains."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for job in self.aws.jobs():
                if job["SecondaryStatus"] == "Training" and job["HyperParameters"].get("score") == score:
                    return str(job["TrainingJobName"])
            time.sleep(0.2)
        raise AssertionError(f"no job of score {score} trained within {seconds} s")

    def status(self) -> str:
        """The stack's status."""
        stacks = self.aws.client("cloudformation").describe_stacks(StackName=self._stack_id)["Stacks"]
        return str(stacks[0]["StackStatus"])

    def _step(self, run: Any) -> Step:
        created = len(self.aws.calls("CreateTrainingJob"))
        stopped = len(self.aws.calls("StopTrainingJob"))
        seen = len(self._events())
        error, outputs = None, {}
        try:
            outputs = dict(run().get(self.stack, {}))
        except LocalError as failure:
            error = str(failure)
        return Step(
            error,
            outputs,
            self.aws.calls("CreateTrainingJob")[created:],
            self.aws.calls("StopTrainingJob")[stopped:],
            self._events()[seen:],
        )

    def _events(self) -> list[dict[str, Any]]:
        try:
            events = self.aws.stack_events(self._stack_id or self.stack)
        except LocalError:
            return []
        self._stack_id = str(events[-1]["StackId"]) if events else self._stack_id
        return events
