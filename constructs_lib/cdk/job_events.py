"""Events of training jobs, and the count of their failures, wherever their names are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from constructs_lib.cdk.acknowledged.reasons import FAILURE_COUNT
from constructs_lib.cdk.job_access import job_rule
from constructs_lib.cdk.validation_plugin import acknowledge

__all__ = ["JobEvents"]


class JobEvents:
    """Rules for the state changes of a job, or of all that a construct starts; it is mixed into one."""

    _failure_rule: events.Rule | None = None

    def _name_pattern(self) -> object:
        """The job's name, or an EventBridge pattern of the jobs' names; it waits for no job."""
        raise AttributeError("_name_pattern is a subclass's to say")

    def on_event(
        self,
        id: str,
        *,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        statuses: Sequence[str] | None = None,
    ) -> events.Rule:
        """A rule for state changes; those of the secondary status are among them.

        Jobs are known by their names: where a construct starts many, another job whose name begins with the
        same prefix is meant too.

        Args:
            id: the rule's construct id.
            target: whom the rule calls; more can be added to the rule. Left out: nobody.
            description: the rule's description; left out: none.
            statuses: only these values of ``TrainingJobStatus``; left out: any.

        Raises:
            SpecError: only the execution knows the jobs' name.
        """
        scope, name = cast("Construct", self), self._name_pattern()
        return job_rule(scope, id, name, target=target, description=description, statuses=statuses)

    def on_completed(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """A rule for jobs that complete; arguments as `on_event`."""
        return self.on_event(id, target=target, statuses=["Completed"])

    def on_failed(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """A rule for jobs that fail; arguments as `on_event`."""
        return self.on_event(id, target=target, statuses=["Failed"])

    def on_stopped(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """A rule for jobs that are stopped, by hand or at a limit; arguments as `on_event`."""
        return self.on_event(id, target=target, statuses=["Stopped"])

    def metric_failed(
        self, *, statistic: str | None = None, period: Duration | None = None, **options: Any
    ) -> cloudwatch.Metric:
        """How often jobs failed, by the events that tell of it: SageMaker may send one of them twice.

        Args:
            statistic: as CloudWatch names it; the sum when left out.
            period: left out: five minutes.
            **options: as `cloudwatch.Metric`.

        Raises:
            SpecError: only the execution knows the jobs' name.
        """
        if self._failure_rule is None:
            # CloudWatch has no metric of failed jobs, so a rule without a target counts them.
            self._failure_rule = self.on_failed("FailureCount")
            acknowledge(cast("Construct", self), self._failure_rule, FAILURE_COUNT)
        metric = cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions_map={"RuleName": self._failure_rule.rule_name},
            statistic=statistic or "Sum",
            period=period,
            **options,
        )
        return metric.attach_to(cast("Construct", self))
