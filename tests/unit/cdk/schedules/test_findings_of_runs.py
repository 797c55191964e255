"""What is found wrong with when a schedule runs, and with what its runs have in common."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import TrainingJobSpec
from tests.unit.cdk.iam import ACCOUNT, REGION, deployed, statements
from tests.unit.cdk.reports import report

from .templates import Find, directly, nightly

written = scheduler.ScheduleExpression.expression
FIXED = "training-job-name-unique"
RECURS = "fixed-name-recurs"


@pytest.mark.parametrize("make", [directly, nightly])
def test_an_expression_that_is_none(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, make: Any) -> None:
    make(stack, spec=spec, schedule=written("every day"))

    found = report(app)

    assert found.failed
    (entry,) = found.entries
    assert (entry.rule, entry.severity, entry.construct) == ("schedule-expression", "error", "Stack/Nightly")
    assert entry.text == (
        "schedule: got 'every day': must be cron(fields), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)"
    )


@pytest.mark.parametrize("expression", [" cron(0-59 2 * * ? *)", "rate(1 minute)"])
def test_every_minute_in_other_words(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, expression: str
) -> None:
    directly(stack, spec=spec, schedule=written(expression))

    (entry,) = report(app).entries

    assert entry.rule == "schedule-every-minute"
    assert entry.fix.endswith(", or a longer rate")


def rules_of(app: cdk.App) -> list[str]:
    return sorted(rule for rule, _ in report(app).rules)


@pytest.mark.parametrize("make", [directly, nightly])
def test_a_fixed_name_in_runs_that_come_again(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, make: Any
) -> None:
    make(stack, spec=spec.replace(training_job_name="churn"), keep_name=True)

    found = report(app)

    assert not found.failed
    (entry,) = (entry for entry in found.entries if entry.rule == RECURS)
    assert (entry.severity, entry.construct) == ("warning", "Stack/Nightly")
    assert entry.text == (
        "TrainingJobName: every run of cron(0 2 * * ? *) would have the fixed name 'churn': a name can be "
        "used once in an account and region, so from the second run on each one fails"
    )


@pytest.mark.parametrize("make", [directly, nightly])
def test_a_fixed_name_in_a_run_that_is_the_only_one(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, make: Any
) -> None:
    once = written("at(2027-01-31T02:00:00)")
    make(stack, spec=spec.replace(training_job_name="churn"), keep_name=True, schedule=once)

    assert rules_of(app) == [FIXED]


def test_a_kept_name_that_each_run_makes_anew(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    execution = spec.replace(training_job_name=sfn.JsonPath.string_at("$$.Execution.Name"))
    nightly(stack, "Machine", spec=execution, keep_name=True)
    invocation = spec.replace(training_job_name="churn-<aws.scheduler.execution-id>")
    direct = directly(stack, "Direct", spec=invocation, keep_name=True)
    direct.on_failed("Tell")
    direct.grant_stop(iam.User(stack, "User"))

    assert rules_of(app) == []
    jobs = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/churn-*"
    assert statements(resources(stack), "DirectSchedulerRolePolicy")[0]["Resource"] == [jobs]
    (stop,) = (p for n, p in resources(stack, "AWS::IAM::Policy").items() if n.startswith("User"))
    assert deployed(stop["Properties"]["PolicyDocument"]["Statement"][0]["Resource"]) == jobs
    (rule,) = (r for n, r in resources(stack, "AWS::Events::Rule").items() if n.startswith("DirectTell"))
    names = rule["Properties"]["EventPattern"]["detail"]["TrainingJobName"]
    assert names == [{"prefix": "churn-"}]


def test_an_attribute_of_the_schedulers_in_a_state_machine(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    time = "<aws.scheduler.scheduled-time>"
    nightly(
        stack,
        spec=spec.replace(
            environment={"AT": f"at {time}", "B": "<aws>"},
            hyperparameters={time: 1, "ok": "{% $states.input.scheduledTime %}"},
            tags={"run": f"{{% '{time}' %}}"},
        ),
    )

    found = report(app)

    assert found.failed
    rule = "scheduler-attribute-in-execution"
    entries = [entry for entry in found.entries if entry.rule == rule]
    assert {entry.construct for entry in entries} == {"Stack/Nightly"}
    assert sorted(entry.text.partition(": ")[0] for entry in entries) == [
        "Environment.AT",
        'HyperParameters["<aws.scheduler.scheduled-time>"]',
        "Tags[0].Value",
    ]
    assert entries[0].fix == (
        "use the execution's input, sfn.JsonPath.string_at('$.scheduledTime') or '$.scheduleArn', or "
        "direct=True"
    )


def test_an_attribute_in_a_name_that_is_kept(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    named = spec.replace(training_job_name="churn-<aws.scheduler.execution-id>")
    nightly(stack, spec=named, keep_name=True)

    assert "scheduler-attribute-in-execution" in rules_of(app)
