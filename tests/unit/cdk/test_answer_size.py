"""The worst size of an answer, held to what the runtime would send."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import Completion, MetricDefinition, Output, QualityGate, TrainingJob, TrainingJobSpec
from constructs_lib.cdk.answer_size import ARN, NAME, REQUEST_ID, STACK_ID, answer_findings, answer_size
from constructs_lib.runtime.answer import Address, Answer, encode
from constructs_lib.runtime.transitions.verdict import attributes

from .reports import report

Find = Callable[..., dict[str, dict[str, Any]]]
PATH = "s3://bucket/folder"
SMALLEST = -1.2345678911e-300


def names(count: int, length: int = 30) -> list[str]:
    return [f"{'m' * (length - 2)}{number:02}" for number in range(count)]


def sent(logical_id: str, metrics: list[str]) -> bytes:
    description = {
        "TrainingJobName": NAME,
        "TrainingJobArn": ARN,
        "TrainingJobStatus": "Completed",
        "OutputDataConfig": {"S3OutputPath": PATH},
        "TrainingTimeInSeconds": SMALLEST,
        "BillableTimeInSeconds": SMALLEST,
        "FinalMetricDataList": [{"MetricName": name, "Value": SMALLEST, "Timestamp": 1} for name in metrics],
    }
    address = Address(STACK_ID, REQUEST_ID, logical_id, "https://example.com/")
    return encode(address, Answer(NAME, data=attributes(description, metrics)))


@pytest.mark.parametrize("metrics", [[], ["validation:auc"], names(10)])
def test_it_is_the_runtimes_own_to_the_byte(metrics: list[str]) -> None:
    body = sent("Job1234", metrics)

    assert json.loads(body)["Status"] == "SUCCESS"
    assert answer_size("Job1234", PATH, metrics) == len(body)


def test_the_most_metrics_that_fit_do_and_one_more_does_not() -> None:
    most = next(n for n in range(100) if answer_size("Job1234", PATH, names(n + 1)) > 4096)

    assert list(answer_findings("Job1234", PATH, names(most))) == []
    assert json.loads(sent("Job1234", names(most)))["Status"] == "SUCCESS"
    (finding,) = answer_findings("Job1234", PATH, names(most + 1))
    assert json.loads(sent("Job1234", names(most + 1)))["Status"] == "FAILED"
    size = answer_size("Job1234", PATH, names(most + 1))
    assert finding.message == (
        f"the answer to CloudFormation may have {size} bytes with {most + 1} final metrics, allowed are "
        f"4096: {most} of these metrics fit"
    )


def test_names_that_are_changed_are_longer() -> None:
    plain, changed = answer_size("J", PATH, ["ab"]), answer_size("J", PATH, ["a:"])
    assert changed == plain + len("_01234567")


@pytest.mark.parametrize(
    ("path", "like"),
    [
        ({"Fn::Join": ["", ["s3://", {"Ref": "Bucket"}, "/x"]]}, f"s3://{'b' * 63}/x"),
        ({"Fn::Join": ["/", ["s3:/", "bucket", "x"]]}, "s3://bucket/x"),
        ({"Ref": "Uri"}, "u" * 63),
        ("s3://bucket/\u00e4", "s3://bucket/123456"),
    ],
)
def test_a_path_is_as_long_as_it_may_come_to(path: object, like: str) -> None:
    assert answer_size("J", path, []) == answer_size("J", like, [])


def test_what_is_no_list_of_metrics_is_none() -> None:
    assert list(answer_findings("J", PATH, {"Ref": "Metrics"})) == []
    # Not even an answer without metrics fits: that, too, is said.
    (finding,) = answer_findings("J", f"s3://bucket/{'x' * 1900}", [])
    assert finding.message.endswith("with 0 final metrics, allowed are 4096: 0 of these metrics fit")


@pytest.mark.parametrize("completion", [Completion.wait(), Completion.wait_condition()])
def test_it_is_found_at_synth(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, completion: Completion
) -> None:
    metrics = names(40, length=60)
    many = spec.replace(metrics=[MetricDefinition(name, "x=(.*)") for name in metrics])
    job = TrainingJob(stack, "Many", spec=many, completion=completion)
    few = TrainingJob(stack, "Few", spec=many, completion=completion)
    # Half are asked for by gates, half by what reads them.
    gates = [QualityGate(name, at_least=0) for name in metrics]
    TrainingJob(stack, "Gated", spec=many, completion=completion, quality_gates=gates)
    for name in metrics:
        job.final_metric(name)
    few.final_metric(metrics[0])

    found = report(app)

    assert found.failed
    assert found.rules == [("answer-too-large", "Stack/Many"), ("answer-too-large", "Stack/Gated")]
    assert found.entries[0].text.startswith("FinalMetrics: the answer to CloudFormation may have ")
    assert "with 40 final metrics, allowed are 4096: " in found.entries[0].text


def test_a_longer_output_leaves_less_for_metrics(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    metrics = names(27, length=50)
    many = spec.replace(metrics=[MetricDefinition(name, "x=(.*)") for name in metrics])
    for id, prefix in {"Short": "x", "Long": "x" * 600}.items():
        job = TrainingJob(stack, id, spec=many.replace(output=Output(prefix=prefix)))
        for name in metrics:
            job.final_metric(name)

    assert report(app).rules == [("answer-too-large", "Stack/Long")]


def test_nothing_travels_of_a_job_that_is_only_started(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    long = spec.replace(output=Output(s3_uri=f"s3://bucket/{'x' * 900}"))
    TrainingJob(stack, "Job", spec=long, completion=Completion.start())

    assert "answer-too-large" not in {entry.rule for entry in report(app).entries}
