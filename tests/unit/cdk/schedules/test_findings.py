"""What is found wrong with a schedule, at the user's line, all at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import MetricDefinition, Output, TrainingJobSpec
from constructs_lib.cdk.schedules.direct_findings import LARGEST_PAYLOAD
from tests.unit.cdk.reports import report

from .templates import directly, nightly

EXPRESSION = (
    "is a state machine's expression, got {}: CloudFormation evaluates none, and would pass it on as it is "
    "written"
)
cron = scheduler.ScheduleExpression.cron


@pytest.mark.parametrize("make", [directly, nightly])
@pytest.mark.parametrize("environment", [None, cdk.Environment(account="123456789012", region="eu-west-1")])
def test_a_plain_schedule_has_nothing_to_say(
    app: cdk.App, spec: TrainingJobSpec, make: Any, environment: cdk.Environment | None
) -> None:
    make(cdk.Stack(app, "Here", env=environment), spec=spec)

    assert report(app).texts == []


def test_a_rule_that_is_violated_is_shown_with_its_line(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    directly(stack, spec=spec.replace(max_runtime=cdk.Duration.days(40)))

    found = report(app)

    assert found.failed
    entry = next(one for one in found.entries if one.severity == "error")
    assert entry.construct == "Stack/Nightly"
    assert entry.text.startswith("StoppingCondition.MaxRuntimeInSeconds: ")
    assert Path(__file__).name in "".join(entry.where)


def test_expressions_are_found_wherever_they_are(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    directly(
        stack,
        spec=spec.replace(
            hyperparameters={"eta": sfn.JsonPath.string_at("$.eta"), "depth": 1},
            environment={"A": "{% $states.input.a %}"},
            instance_count=sfn.JsonPath.number_at("$.count"),
            tags={"b": "1", "run": sfn.JsonPath.execution_id, "zone": "{% 'x' %}"},
        ),
    )

    found = {entry.text for entry in report(app).entries if entry.rule == "expression-in-deploy-job"}

    path, jsonata = EXPRESSION.format("sfn.JsonPath"), EXPRESSION.format("JSONata")
    assert found == {
        f"HyperParameters.eta: {path}",
        f"ResourceConfig.InstanceCount: {path}",
        f"Environment.A: {jsonata}",
        f"Tags[2].Value: {path}",
        f"Tags[3].Value: {jsonata}",
    }


def test_expressions_belong_into_the_state_machines_form(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    nightly(stack, spec=spec.with_environment({"AT": sfn.JsonPath.string_at("$.scheduledTime")}))

    assert report(app).texts == []


def test_text_that_only_looks_like_an_expression(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    asked = spec.replace(
        hyperparameters={"a": "$.a", "b": sfn.JsonPath.string_at("$.b"), "c": "cost in $.c"},
        environment={"A": "{% $states.input.a", "B": "run-{% $uuid() %}", "C": "{% $c %}", "D": "$HOME"},
        metrics=[MetricDefinition("auc", "$.a")],
        tags={"day": "$.day"},
    )
    directly(stack, spec=asked)

    found = [entry for entry in report(app).entries if entry.rule == "expression-as-text"]

    looks = "is plain text that looks like an expression, got {!r}: nobody evaluates it"
    assert {(entry.severity, entry.text) for entry in found} == {
        ("warning", f"{path}: {looks.format(got)}")
        for path, got in {
            "HyperParameters.a": "$.a",
            "Environment.A": "{% $states.input.a",
            "Environment.B": "{% $uuid() %}",
            "Tags[1].Value": "$.day",
        }.items()
    }
    assert {entry.fix for entry in found} == {
        "give the value itself, or leave direct=True out and write it as an expression of the state machine; "
        "acknowledge it where the text itself is meant"
    }


def test_an_attribute_of_the_scheduler_is_nobodys_mistake(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    dated = Output(s3_uri="s3://models/<aws.scheduler.execution-id>")
    directly(stack, spec=spec.replace(output=dated).with_tag("<aws.scheduler.execution-id>", "x"))

    assert report(app).texts == []


def test_secrets(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    hidden = cdk.CfnParameter(stack, "Password", no_echo=True)
    user = iam.User(stack, "User")
    key = iam.AccessKey(stack, "AccessKey", user=user)
    secret = cdk.SecretValue.secrets_manager("mine").unsafe_unwrap()
    directly(
        stack,
        spec=spec.with_environment(
            {"A": hidden.value_as_string, "B": key.secret_access_key.unsafe_unwrap(), "C": secret}
        ),
    )

    found = [entry.text.partition(":")[0] for entry in report(app).entries if "secret" in entry.rule]

    assert sorted(found) == ["Environment.A", "Environment.B", "Environment.C"]


def test_tags_of_the_librarys_own_and_too_many(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    directly(stack, "Own", spec=spec.with_tag("constructs-lib:workflow", "mine"))
    many = {f"k{number}": "v" for number in range(50)}
    directly(stack, "Many", spec=spec.replace(tags=many))
    directly(stack, "Most", spec=spec.replace(tags=dict(list(many.items())[:49])))

    found = [(entry.rule, entry.construct, entry.text) for entry in report(app).entries]

    assert [one[:2] for one in found] == [("tag-key-unique", "Stack/Own"), ("model:size", "Stack/Many")]
    assert found[0][2].startswith("Tags[0].Key: got 'constructs-lib:workflow', which is one of the tags")
    assert "must have 0 to 49 entries" in found[1][2]


def test_a_map_that_only_cloudformation_knows(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    custom = cdk.CfnResource(stack, "Custom", type="Custom::Values")
    directly(stack, spec=spec.replace(environment=custom.get_att("Map")))

    (entry,) = report(app).entries

    assert entry.rule == "model:type"
    assert entry.text == (
        "Environment: is a map, or the absence of a value, that CloudFormation alone knows: a schedule's "
        "payload is text, and its functions can write neither"
    )


def test_a_number_that_cdk_would_round(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    directly(
        stack, spec=spec.replace(overrides={"ProfilerConfig": {"ProfilingIntervalInMilliseconds": 2**60}})
    )

    texts = report(app).texts

    path = "ProfilerConfig.ProfilingIntervalInMilliseconds"
    assert (
        f"model:range {path}: has more than 53 bits, of which CDK keeps 53: another number would be sent"
        in texts
    )


def test_a_payload_that_is_too_large(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("constructs_lib.cdk.schedules.direct_findings.LARGEST_PAYLOAD", 900)
    directly(stack, spec=spec.with_environment({"A": "x" * 500}))

    (entry,) = report(app).entries

    assert entry.rule == "request-too-large"
    assert entry.text.endswith("bytes, allowed are 900")
    assert "make the largest member, Environment, small" in entry.fix


def test_the_limit_of_a_payload() -> None:
    assert LARGEST_PAYLOAD == 256 * 1024


@pytest.mark.parametrize("make", [directly, nightly])
def test_a_cron_without_a_minute_runs_in_every_minute(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, make: Any
) -> None:
    make(stack, spec=spec, schedule=cron(hour="2"))

    found = report(app)

    assert not found.failed
    (entry,) = found.entries
    assert (entry.rule, entry.severity) == ("schedule-every-minute", "warning")
    assert entry.construct == "Stack/Nightly"
    assert (
        entry.text == "schedule: got cron(* 2 * * ? *), which starts a training in every minute of its hours"
    )
    assert "cron(minute='0', hour='2')" in entry.fix
    assert Path(__file__).name in "".join(entry.where)


@pytest.mark.parametrize(
    "schedule",
    [
        lambda _: cron(minute="0/15", hour="2"),
        lambda _: cron(minute="*/15", hour="2"),
        lambda _: scheduler.ScheduleExpression.rate(cdk.Duration.hours(1)),
        lambda _: scheduler.ScheduleExpression.expression("at(2026-12-01T02:00:00)"),
        lambda stack: scheduler.ScheduleExpression.expression(
            cdk.CfnParameter(stack, "When").value_as_string
        ),
    ],
)
def test_other_schedules_are_not_warned_about(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, schedule: Callable[[cdk.Stack], Any]
) -> None:
    directly(stack, spec=spec, schedule=schedule(stack))

    assert report(app).texts == []


def test_a_finding_can_be_acknowledged(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    schedule = directly(stack, spec=spec, schedule=cron(hour="2"))
    acknowledgment = cdk.Acknowledgment(id="ConstructsLib::schedule-every-minute", reason="a load test")
    cdk.Validations.of(schedule).acknowledge(acknowledgment)

    found = report(app)

    assert (found.failed, found.entries) == (False, [])
    assert found.acknowledged == [("schedule-every-minute", "a load test")]


@pytest.mark.parametrize("make", [directly, nightly])
def test_a_fixed_name_and_no_limit_are_warned_about(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, make: Any
) -> None:
    make(stack, spec=spec.replace(training_job_name="churn", max_runtime=None), keep_name=True)

    found = report(app)

    assert not found.failed
    rules = sorted(entry.rule for entry in found.entries)
    assert rules == ["fixed-name-recurs", "max-runtime-defaulted", "training-job-name-unique"]


@pytest.mark.parametrize("make", [directly, nightly])
def test_a_role_that_cannot_be_extended(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, make: Any
) -> None:
    arn = "arn:aws:iam::123456789012:role/theirs"
    make(stack, spec=spec, role=iam.Role.from_role_arn(stack, "Theirs", arn, mutable=False))

    assert [entry.rule for entry in report(app).entries] == ["role-cannot-be-extended"]


def test_no_path_of_this_machine_gets_into_the_template(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    directly(stack, spec=spec, schedule=cron(hour="2"))
    report(app)

    template = json.loads((Path(app.outdir) / "Stack.template.json").read_text())
    assert str(Path(__file__).parent) not in json.dumps(template)
