"""What can be seen and granted of a schedule and of the jobs it starts: metrics, events, grants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.arns import training_job_arn
from constructs_lib.cdk.job_access import grant_results, grant_stop_of, job_rule


class ObservedSchedule(Construct):
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

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._failure_rule: events.Rule | None = None

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

    def metric_failed(self, *, statistic: str = "Sum", period: Duration | None = None) -> cloudwatch.Metric:
        """How often a scheduled training failed: its execution, or its job with ``direct=True``."""
        if self.state_machine is not None:
            return self.state_machine.metric_failed(statistic=statistic, period=period)
        if self._failure_rule is None:
            # CloudWatch has no metric of failed jobs, so a rule without a target counts them.
            self._failure_rule = self.on_failed("FailureCount")
        metric = cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions_map={"RuleName": self._failure_rule.rule_name},
            statistic=statistic,
            period=period,
        )
        return metric.attach_to(self)

    def on_event(
        self,
        id: str,
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        statuses: Sequence[str] | None = None,
    ) -> events.Rule:
        """A rule for state changes of the schedule's jobs; those of the secondary status are among them.

        Jobs are known by their names, so another job whose name begins with the same prefix is meant too.

        Args:
            id: the rule's construct id.
            target: whom the rule calls; more can be added to the rule. Left out: nobody.
            description: the rule's description; left out: none.
            statuses: only these values of ``TrainingJobStatus``; left out: any.
        """
        name: object = {"prefix": f"{self._prefix}-"} if self._fixed is None else self._fixed
        return job_rule(self, id, name, target=target, description=description, statuses=statuses)

    def on_completed(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """A rule for jobs that complete; arguments as `on_event`."""
        return self.on_event(id, target=target, statuses=["Completed"])

    def on_failed(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """A rule for jobs that fail; arguments as `on_event`."""
        return self.on_event(id, target=target, statuses=["Failed"])

    def on_stopped(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """A rule for jobs that are stopped, by hand or at a limit; arguments as `on_event`."""
        return self.on_event(id, target=target, statuses=["Stopped"])

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let someone look at the schedule's jobs, and stop them."""
        return grant_stop_of(training_job_arn(self._job_names), grantee)

    def grant_read_artifacts(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let someone read the results of the schedule's jobs, and decrypt them."""
        return grant_results(self._output, self._job_names, grantee)

    @property
    def _job_names(self) -> str:
        """The pattern of the jobs' names."""
        return f"{self._prefix}-*" if self._fixed is None else self._fixed
