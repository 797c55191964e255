"""What can be seen and granted of a schedule and of the jobs it starts: metrics, events, grants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.observed_jobs import ObservedJobs
from constructs_lib.cdk.schedules.attributes import with_attributes_as
from constructs_lib.cdk.whereabouts import environment_of, path_of, stack_of
from constructs_lib.cdk.workflows.policies import job_names
from constructs_lib.rules import Finding


class ObservedSchedule(ObservedJobs, Construct):
    """Metrics, events and grants of a schedule.

    Args:
        scope: the stack, or a construct in it.
        id: the construct's id.
    """

    schedule_group: scheduler.IScheduleGroup
    dead_letter_queue: sqs.IQueue
    state_machine: sfn.StateMachine | None
    # The jobs' names: what they begin with, and a hyphen; or the one that is kept.
    _prefix: str
    _fixed: str | None
    _output: dict[str, Any]
    # Whether something was made that knows the jobs by their names.
    _is_observed = False

    def metric(
        self, metric_name: str, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """A metric of EventBridge Scheduler's, which counts for the schedule's group.

        Args:
            metric_name: the metric's name in ``AWS/Scheduler``.
            statistic: as CloudWatch names it.
            period: left out: five minutes.
        """
        return self.schedule_group.metric(metric_name, statistic=statistic, period=period)

    def metric_invocations(
        self, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """How often the schedule ran. Of the group, which is the schedule's own unless one was given."""
        return self.metric("InvocationAttemptCount", statistic=statistic, period=period)

    def metric_failed_invocations(
        self, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Runs that could not start a training; the dead-letter queue says why. Of the group, too."""
        return self.metric("InvocationDroppedCount", statistic=statistic, period=period)

    def metric_dead_letters(
        self, *, statistic: str = "Maximum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Runs in the dead-letter queue: an alarm on it lasts until somebody has looked at them."""
        metric = self.dead_letter_queue.metric_approximate_number_of_messages_visible
        return metric(statistic=statistic, period=period)

    def metric_failed(
        self, *, statistic: str | None = None, period: Duration | None = None, **options: Any
    ) -> cloudwatch.Metric:
        """How often a scheduled training failed: its execution, or its job with ``direct=True``.

        Args:
            statistic: as CloudWatch names it; the sum when left out.
            period: left out: five minutes.
            **options: as `cloudwatch.Metric`.
        """
        if self.state_machine is not None:
            return self.state_machine.metric_failed(statistic=statistic or "Sum", period=period, **options)
        return super().metric_failed(statistic=statistic, period=period, **options)

    def _known_names(self) -> Sequence[str]:
        self._is_observed = True
        return super()._known_names()

    @property
    def _job_names(self) -> Sequence[str]:
        if self._fixed is None:
            return job_names(prefix=self._prefix)
        return job_names(with_attributes_as(self._fixed, "*"))

    @property
    def _results(self) -> Mapping[str, Any]:
        # A direct schedule's attributes are known when it runs: in a policy they are any text.
        results: Mapping[str, Any] = with_attributes_as(self._output, "*")
        return results

    def _prefix_findings(self, constructs: Iterable[Construct]) -> list[Finding]:
        """A warning where what was made to see this schedule's jobs sees those of others too.

        Args:
            constructs: those of the app, among which other schedules are looked for.
        """
        if self._fixed is not None or not self._is_observed:
            return []
        others = [one for one in constructs if isinstance(one, ObservedSchedule) and one is not self]
        alike = [path_of(one) for one in others if self._is_met_by(one)]
        if not alike:
            return []
        got = repr(f"{self._prefix}-")
        return [runner_finding("job-name-prefix-shared", "TrainingJobName", got=got, others=", ".join(alike))]

    def _is_met_by(self, other: ObservedSchedule) -> bool:
        start = f"{other._prefix}-" if other._fixed is None else other._fixed
        return start.startswith(f"{self._prefix}-") and _may_be_one_place(self, other)


def _may_be_one_place(one: Construct, other: Construct) -> bool:
    """Whether two constructs may be deployed to the same account and region."""
    pairs = zip(environment_of(stack_of(one)), environment_of(stack_of(other)), strict=True)
    return all(None in pair or pair[0] == pair[1] for pair in pairs)
