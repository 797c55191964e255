"""What can be measured of the deploy-time runtime, and alarms that a user can switch on."""

from __future__ import annotations

import re

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.errors import SpecError

# As the functions write them into their logs, with the stack's name.
NAMESPACE = "ConstructsLib/TrainingJobs"
DIMENSION = "Stack"
# CDK's words for a LambdaAction whose permission's construct has an id that is in use.
_TAKEN = re.compile(r"already a Construct with name '\w*AlarmPermission'")


class RuntimeMetrics(Construct):
    """Metrics and alarms of two functions and a state machine.

    Args:
        scope: the stack.
        id: the construct's id.
    """

    front: lambda_.Function
    worker: lambda_.Function
    state_machine: sfn.StateMachine

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._alarms: list[cloudwatch.Alarm] = []

    def metric_answers_lost(
        self, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Answers and signals that CloudFormation did not take: a deployment that waits in vain."""
        return self._own_metric("AnswersLost", statistic, period)

    def metric_jobs_started(
        self, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Training jobs that were started, attempts on other instance types too."""
        return self._own_metric("JobsStarted", statistic, period)

    def metric_watches_broken(
        self, *, statistic: str = "Sum", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Watches over a job that failed; the deployment is told so."""
        return self.state_machine.metric_failed(statistic=statistic, period=period)

    def add_alarms(self, *actions: cloudwatch.IAlarmAction) -> list[cloudwatch.Alarm]:
        """Switch alarms on: answers lost, watches broken, errors of either function. There are none without.

        Args:
            *actions: what an alarm does; a later call adds its actions to the same alarms. A ``LambdaAction``
                wants ``use_unique_permission_id=True`` where the alarms of several stacks call one function,
                and where the app lacks CDK's flag
                ``@aws-cdk/aws-cloudwatch-actions:changeLambdaPermissionLogicalIdForLambdaAction``, which
                ``cdk init`` sets: else CDK gives the function's permissions one name.

        Returns:
            The alarms. Each tells of a single occurrence in five minutes.

        Raises:
            SpecError: such a ``LambdaAction`` without it.
        """
        if not self._alarms:
            watched = {
                "AnswersLost": (self.metric_answers_lost(), "CloudFormation took no answer"),
                "WatchesBroken": (self.metric_watches_broken(), "A watch over a job broke"),
                "FrontErrors": (self.front.metric_errors(), "The front failed"),
                "WorkerErrors": (self.worker.metric_errors(), "The worker failed"),
            }
            # Not below this construct, all of which comes before the jobs: an action may name a job.
            group = Construct(Stack.of(self), f"{self.node.id}Alarms")
            self._alarms = [_alarm(group, id, metric, what) for id, (metric, what) in watched.items()]
        for alarm in self._alarms:
            for index, action in enumerate(actions):
                self._add(alarm, action, f"actions[{index}]")
        return list(self._alarms)

    def _add(self, alarm: cloudwatch.Alarm, action: cloudwatch.IAlarmAction, path: str) -> None:
        try:
            alarm.add_alarm_action(action)
        except RuntimeError as error:  # jsii's form of every exception inside CDK
            if not _TAKEN.search(str(error)):
                raise
            problem = "is a LambdaAction, and its function has another alarm's permission of the same name"
            fix = "make it with LambdaAction(function, use_unique_permission_id=True)"
            raise SpecError(path, problem, fix, construct=self.node.path) from error

    def _own_metric(self, name: str, statistic: str, period: Duration | None) -> cloudwatch.Metric:
        metric = cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            # Not the pseudo parameter: an alarm may be in another stack.
            dimensions_map={DIMENSION: Stack.of(self).stack_name},
            statistic=statistic,
            period=period,
        )
        return metric.attach_to(self)


def _alarm(scope: Construct, id: str, metric: cloudwatch.Metric, what: str) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        scope,
        id,
        alarm_description=f"{what}: SageMaker training jobs at deploy time",
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluation_periods=1,
        metric=metric,
        threshold=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
