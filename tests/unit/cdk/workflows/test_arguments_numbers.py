"""Whole numbers that JavaScript does not keep: an error where they are numbers, exact where they are text."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from constructs_lib import TrainingJob, TrainingJobSpec, TrainingJobTask, TrainingSchedule
from constructs_lib.cdk.exact_numbers import inexact
from tests.unit.cdk.reports import report
from tests.unit.cdk.sweeps.sweeps import SPEC as SWEPT
from tests.unit.cdk.sweeps.sweeps import sweep

from .definitions import JSON_PATH, JSONATA, SPEC
from .machines import creation, definition, machine

LARGE = 2**63 - 1
SEED = "InputDataConfig[0].ShuffleConfig.Seed"
DAILY = scheduler.ScheduleExpression.rate(cdk.Duration.days(1))


def seeded(seed: int) -> TrainingJobSpec:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data"}}
    channel = {"ChannelName": "train", "DataSource": source, "ShuffleConfig": {"Seed": seed}}
    return SPEC.replace(channels=[], overrides={"InputDataConfig": [channel]})


@pytest.mark.parametrize("language", [JSON_PATH, JSONATA])
@pytest.mark.parametrize("seed", [2**53, -(2**53), LARGE, -(2**63)])
def test_a_number_that_would_be_changed_is_an_error(
    app: cdk.App, stack: cdk.Stack, seed: int, language: sfn.QueryLanguage
) -> None:
    machine(TrainingJobTask(stack, "Train", spec=seeded(seed), query_language=language))

    found = [entry for entry in report(app).entries if entry.text.startswith(SEED)]

    assert [(entry.rule, entry.severity, entry.construct) for entry in found] == [
        ("model:range", "error", "Stack/Train")
    ]
    assert "another number would be sent" in found[0].text


@pytest.mark.parametrize("seed", [2**53 - 1, 1 - 2**53])
def test_what_is_kept_is_sent(app: cdk.App, stack: cdk.Stack, seed: int) -> None:
    made = machine(TrainingJobTask(stack, "Train", spec=seeded(seed)))

    assert not [entry for entry in report(app).entries if entry.text.startswith(SEED)]
    sent = creation(definition(made))["Parameters"]["InputDataConfig"][0]
    assert sent["ShuffleConfig"] == {"Seed": seed}


def test_a_number_that_is_out_of_range_anyway_is_said_once(app: cdk.App, stack: cdk.Stack) -> None:
    spec = SPEC.replace(overrides={"ResourceConfig": {"VolumeSizeInGB": LARGE}})
    machine(TrainingJobTask(stack, "Train", spec=spec))

    found = [entry for entry in report(app).entries if "VolumeSizeInGB" in entry.text]

    assert [entry.rule for entry in found] == ["model:range"]
    assert "must be" in found[0].text


def test_a_number_of_cloudformations_is_none_of_them(app: cdk.App, stack: cdk.Stack) -> None:
    count = cdk.CfnParameter(stack, "Count", type="Number").value_as_number
    spec = SPEC.replace(instance_count=count)
    machine(TrainingJobTask(stack, "Train", spec=spec))

    assert "model:range" not in [rule for rule, _ in report(app).rules]


def test_a_tokens_number_is_none_of_them_either() -> None:
    token = cdk.Token.as_number(cdk.Aws.NO_VALUE)

    assert list(inexact({"a": [token, int(token), 1.5], "b": {"c": LARGE}})) == [("b", "c")]


def template(stack: cdk.Stack) -> str:
    return json.dumps(Template.from_stack(stack).to_json())


@pytest.mark.parametrize("runner", ["task", "task in JSONata", "job", "schedule", "direct", "sweep", "point"])
def test_as_a_hyperparameter_it_is_exact(stack: cdk.Stack, runner: str) -> None:
    plain = SWEPT if runner == "sweep" else SPEC.replace(max_runtime=cdk.Duration.minutes(20))
    spec = plain.replace(hyperparameters={"large": LARGE, "small": -(2**63)})
    if runner.startswith("task"):
        language = JSONATA if "JSONata" in runner else JSON_PATH
        machine(TrainingJobTask(stack, "Train", spec=spec, query_language=language))
    elif runner == "job":
        TrainingJob(stack, "Train", spec=spec)
    elif runner == "sweep":
        machine(sweep(stack, spec=spec))
    elif runner == "point":
        machine(sweep(stack, points=[{"large": LARGE, "small": -(2**63)}, {"large": 1, "small": 1}]))
    else:
        TrainingSchedule(stack, "Train", spec=spec, schedule=DAILY, direct=runner == "direct")

    written = template(stack)

    # In quotes, which are escaped where the request is text in a template.
    for number in (LARGE, -(2**63)):
        assert f'"{number}' in written.replace("\\", "").replace("'", '"')
    assert "9223372036854776000" not in written
