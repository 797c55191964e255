"""What the states after a task can say of its job, in either query language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.job_properties import check_metric
from constructs_lib.cdk.workflows import gates
from constructs_lib.cdk.workflows.failures import wrapped
from constructs_lib.cdk.workflows.plan import Plan
from constructs_lib.errors import SpecError
from constructs_lib.spec import TrainingJobSpec

__all__ = ["TaskOutput"]

_INPUT = "$states.input"
_WAIT = "use integration_pattern=IntegrationPattern.RUN_JOB"


class TaskOutput(sfn.TaskStateBase):
    """A task whose result is a training job's description.

    The expressions are for the state that follows: of its input, where ``result_path`` has put the result.
    They are JSONata in a task of that language, and `sfn.JsonPath` values otherwise.
    """

    spec: TrainingJobSpec
    _own_language: sfn.QueryLanguage | None
    _shaping: Mapping[str, Any]
    _plan: Plan

    @property
    def training_job_name(self) -> str:
        """The job's name."""
        return self._member("training_job_name", "TrainingJobName")

    @property
    def training_job_arn(self) -> str:
        """The job's ARN."""
        return self._member("training_job_arn", "TrainingJobArn", waits=False)

    @property
    def status(self) -> str:
        """``Completed``, or ``Stopped`` where allowed."""
        return self._member("status", "TrainingJobStatus")

    @property
    def model_artifacts_uri(self) -> str:
        """The S3 address of the trained model."""
        return self._member("model_artifacts_uri", "ModelArtifacts.S3ModelArtifacts")

    def final_metric(self, name: str) -> str:
        """The last value of a metric, a number; the state that asks fails where the job reported none.

        Args:
            name: a metric of the spec's.

        Raises:
            SpecError: the spec does not define it, or the task's output is not the job's description.
        """
        check_metric(self.spec, name, "final_metric", self.node.path)
        base = self._base(f"final_metric({name!r})", waits=True)
        if self._is_jsonata:
            return wrapped(gates.final_metric(name, base))
        if "'" in name or "\\" in name:
            problem = f"metric {name!r} has a character that JSONPath cannot quote"
            raise SpecError("final_metric", problem, "use JSONata, or rename it", construct=self.node.path)
        found = f"{base}.FinalMetricDataList[?(@.MetricName == '{name}')].Value"
        return sfn.JsonPath.string_at(f"States.ArrayGetItem({found}, 0)")

    @property
    def _is_jsonata(self) -> bool:
        return self._own_language == sfn.QueryLanguage.JSONATA

    def _member(self, what: str, member: str, *, waits: bool = True) -> str:
        base = self._base(what, waits=waits)
        return wrapped(f"{base}.{member}") if self._is_jsonata else sfn.JsonPath.string_at(f"{base}.{member}")

    def _base(self, what: str, *, waits: bool) -> str:
        """Where the description is in the next state's input."""
        if waits and not self._plan.waits:
            raise SpecError(what, "is not known before the job has ended", _WAIT, construct=self.node.path)
        for name in ("result_selector", "output_path", "outputs"):
            if self._shaping[name] is not None:
                problem = f"is not to be told, as {name} shapes the task's output"
                raise SpecError(what, problem, "write its path yourself", construct=self.node.path)
        path = self._shaping["result_path"]
        if path == sfn.JsonPath.DISCARD:
            problem = "is not in the task's output, as result_path discards the result"
            raise SpecError(
                what, problem, 'use a path, such as result_path="$.train"', construct=self.node.path
            )
        return _INPUT if self._is_jsonata else str(path or "$")
