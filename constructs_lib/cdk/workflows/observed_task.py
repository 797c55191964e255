"""What can be seen and granted of a task's jobs, from outside its state machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constructs_lib.cdk.observed_jobs import ObservedJobs
from constructs_lib.cdk.request_parts import part
from constructs_lib.cdk.workflows.noted_state import NotedState
from constructs_lib.cdk.workflows.task_output import TaskOutput

__all__ = ["ObservedTask"]


class ObservedTask(ObservedJobs, NotedState, TaskOutput):
    """A task with events, a metric and grants of its jobs.

    ``metric_failed`` has the name of a method of CDK's that counts failures of a task, and counts them here:
    Step Functions has no metric of one state, so CDK's own is an error for a training job. The others
    (``metric_started``, ``metric_run_time``, ...) stay CDK's: nothing publishes what they promise.
    """

    request: dict[str, Any]
    _names: tuple[str, ...]

    @property
    def _job_names(self) -> Sequence[str]:
        return self._names

    @property
    def _results(self) -> Mapping[str, Any]:
        return part(self.request, "OutputDataConfig")
