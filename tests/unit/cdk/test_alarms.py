"""What can be measured of the runtime, and the alarms that are off until they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from constructs_lib import SpecError, TrainingJob, TrainingJobSpec
from constructs_lib.runtime import log

Find = Callable[..., dict[str, dict[str, Any]]]
ALARM = "AWS::CloudWatch::Alarm"


def test_there_is_no_alarm_without_the_call(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    TrainingJob(stack, "Job", spec=spec)

    assert resources(stack, ALARM) == {}


def test_the_alarms_of_a_stack(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    first = TrainingJob(stack, "First", spec=spec)
    second = TrainingJob(stack, "Second", spec=spec)
    topics = [sns.Topic(stack, name) for name in ("One", "Two")]

    made = first.runtime.add_alarms(actions.SnsAction(topics[0]))
    again = second.runtime.add_alarms(actions.SnsAction(topics[1]))
    third = second.runtime.add_alarms()

    assert [type(alarm) for alarm in made] == [cloudwatch.Alarm] * 4
    assert [alarm.node.path for alarm in again] == [alarm.node.path for alarm in made]
    assert len(third) == 4
    found = [alarm["Properties"] for alarm in resources(stack, ALARM).values()]
    front, worker = (
        {"Ref": next(name for name in resources(stack, "AWS::Lambda::Function") if which in name)}
        for which in ("RuntimeFront", "RuntimeWorker")
    )
    (machine,) = resources(stack, "AWS::StepFunctions::StateMachine")
    assert [(one["Namespace"], one["MetricName"], one["Dimensions"]) for one in found] == [
        (
            "ConstructsLib/TrainingJobs",
            "AnswersLost",
            [{"Name": "Stack", "Value": "Stack"}],
        ),
        ("AWS/States", "ExecutionsFailed", [{"Name": "StateMachineArn", "Value": {"Ref": machine}}]),
        ("AWS/Lambda", "Errors", [{"Name": "FunctionName", "Value": front}]),
        ("AWS/Lambda", "Errors", [{"Name": "FunctionName", "Value": worker}]),
    ]
    subscribed = [stack.resolve(topic.topic_arn) for topic in topics]
    for alarm in found:
        assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Sum", 300, 1)
        assert alarm["Threshold"] == 1
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmActions"] == subscribed


def test_metrics_are_those_that_the_runtime_writes(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    runtime = TrainingJob(stack, "Job", spec=spec).runtime
    lost = runtime.metric_answers_lost()
    started = runtime.metric_jobs_started(statistic="Maximum", period=cdk.Duration.hours(1))
    broken = runtime.metric_watches_broken(period=cdk.Duration.hours(1))

    for metric, name in ((lost, log.ANSWERS_LOST), (started, log.JOBS_STARTED)):
        assert (metric.namespace, metric.metric_name) == (log.NAMESPACE, name)
        assert metric.dimensions == {"Stack": "Stack"}
    assert (lost.statistic, lost.period.to_minutes()) == ("Sum", 5)
    assert (started.statistic, started.period.to_minutes()) == ("Maximum", 60)
    assert (broken.namespace, broken.metric_name) == ("AWS/States", "ExecutionsFailed")
    assert (broken.statistic, broken.period.to_minutes()) == ("Sum", 60)


def test_an_action_may_name_the_job(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    job = TrainingJob(stack, "Job", spec=spec)
    told = lambda_.Function(
        stack,
        "Told",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"JOB": job.training_job_name},
    )

    job.runtime.add_alarms(actions.LambdaAction(told))

    assert len(resources(stack, ALARM)) == 4  # raises for a circle


def told(stack: cdk.Stack) -> lambda_.Function:
    return lambda_.Function(
        stack,
        "Told",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def test_a_function_that_all_alarms_call_without_cdks_flag(spec: TrainingJobSpec, resources: Find) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")  # no flag of cdk.json
    runtime = TrainingJob(stack, "Job", spec=spec).runtime
    function = told(stack)
    with pytest.raises(SpecError) as caught:
        runtime.add_alarms(actions.LambdaAction(function))
    assert str(caught.value) == (
        "actions[0]: is a LambdaAction, and its function has another alarm's permission of the same name; "
        "make it with LambdaAction(function, use_unique_permission_id=True) [Stack/TrainingJobRuntime]"
    )


def test_a_function_with_a_permission_for_each_alarm(spec: TrainingJobSpec, resources: Find) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    runtime = TrainingJob(stack, "Job", spec=spec).runtime
    runtime.add_alarms(actions.LambdaAction(told(stack), use_unique_permission_id=True))

    permissions = resources(stack, "AWS::Lambda::Permission")
    assert len([name for name in permissions if name.startswith("Told")]) == 4


def test_another_error_of_an_action_is_its_own(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    @jsii.implements(cloudwatch.IAlarmAction)
    class Broken:
        def bind(self, scope: Any, alarm: Any) -> Any:
            raise ValueError("mine")

    with pytest.raises(Exception, match="mine") as caught:
        TrainingJob(stack, "Job", spec=spec).runtime.add_alarms(Broken())
    assert not isinstance(caught.value, SpecError)


def test_the_jobs_logical_ids_stay_when_alarms_are_switched_on(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=spec)
    other = cdk.Stack(cdk.App(), "Stack")
    TrainingJob(other, "Job", spec=spec).runtime.add_alarms()

    assert set(resources(stack)) <= set(resources(other))


def test_an_alarm_in_another_stack_watches_this_one(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    job = TrainingJob(stack, "Job", spec=spec)
    monitoring = cdk.Stack(app, "Monitoring")

    job.runtime.metric_answers_lost().create_alarm(monitoring, "Lost", threshold=1, evaluation_periods=1)

    (alarm,) = resources(monitoring, ALARM).values()
    assert alarm["Properties"]["Dimensions"] == [{"Name": "Stack", "Value": "Stack"}]
