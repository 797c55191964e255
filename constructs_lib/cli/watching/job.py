"""One training job: what is new of it since the last look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.cli.output import complain
from constructs_lib.cli.watching.lines import moment, shown
from constructs_lib.cli.watching.log import JobLog
from constructs_lib.cli.watching.sdk import Clients, is_absent, is_denied, is_passing, reason

__all__ = ["COMPLETED", "JobWatch", "describe"]

COMPLETED = "Completed"
_ENDS = (COMPLETED, "Failed", "Stopped")
_GONE = "Deleted"


def describe(sagemaker: Any, name: str) -> dict[str, Any] | None:
    """What the service says of a job; None where there is none of that name."""
    from botocore.exceptions import ClientError, ParamValidationError

    try:
        found: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
    except ParamValidationError:
        return None
    except ClientError as error:
        if is_absent(error):
            return None
        raise
    return found


class JobWatch:
    """What a job has been seen doing.

    Args:
        clients: who is asked.
        name: the job's.

    Attributes:
        result: how it ended: ``Completed``, ``Failed``, ``Stopped``, or ``Deleted`` with its record; None
            until all of that was told.
    """

    def __init__(self, clients: Clients, name: str) -> None:
        self._clients, self.name = clients, name
        self._log: JobLog | None = JobLog(clients.logs, name)
        self._told: set[tuple[str, ...]] = set()
        self._complaints: set[str] = set()
        self._ran = self._lingered = False
        self.result: str | None = None

    def look(self, *, once: bool = False) -> Iterator[str]:
        """What is new, in lines.

        Args:
            once: whether there is no further look.
        """
        job = describe(self._clients.sagemaker, self.name)
        if job is None:
            yield "the record of the job has been deleted"
            self.result = _GONE
            return
        status = str(job["TrainingJobStatus"])
        yield from self._transitions(job, ended=False)
        yield from self._log_lines()
        if status not in _ENDS:
            self._ran = True
        elif self._ran and not self._lingered and not once:
            self._lingered = True  # the last lines of a log come some seconds late
        else:
            yield from self._transitions(job, ended=True)
            yield from _results(job)
            self.result = status

    def _transitions(self, job: Mapping[str, Any], *, ended: bool) -> Iterator[str]:
        """Phases that are new, and those whose message has changed; with ``ended`` also the last one."""
        for phase in job.get("SecondaryStatusTransitions") or ():
            status, message = shown(phase["Status"]), shown(phase.get("StatusMessage") or "")
            key = (status, str(phase["StartTime"]), message)
            if key not in self._told and (ended or status not in _ENDS):
                self._told.add(key)
                yield f"{moment(phase['StartTime'])} {status}{f': {message}' if message else ''}"

    def _log_lines(self) -> Iterator[str]:
        from botocore.exceptions import ClientError

        if self._log is None:
            return
        try:
            yield from self._log.new_lines()
        except ClientError as error:
            if is_passing(error):
                raise
            if is_denied(error):
                self._log = None
            why = reason(error)
            if why not in self._complaints:
                self._complaints.add(why)
                complain(f"{self.name}: its log cannot be read: {why}")


def _results(job: Mapping[str, Any]) -> Iterator[str]:
    status = str(job["TrainingJobStatus"])
    for metric in job.get("FinalMetricDataList") or ():
        yield f"metric {shown(metric['MetricName'])} = {metric['Value']:.6g}"
    model = (job.get("ModelArtifacts") or {}).get("S3ModelArtifacts")
    if model:
        yield f"model {shown(model)}"
    if "BillableTimeInSeconds" in job:
        yield f"billable seconds {job['BillableTimeInSeconds']}"
    why = job.get("FailureReason")
    yield f"the job has ended: {status}{f': {shown(why)}' if why else ''}"
