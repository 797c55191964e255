"""Jobs that may take longer than the user's own wait, or that wait long for capacity, are told of."""

from __future__ import annotations

import datetime
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import Algorithm, Checkpoint, Completion, SpotTraining, TrainingJob, TrainingJobSpec

from .graph import JOB
from .reports import Entry, report
from .test_capacity_fallback import IMAGE, Find

MINUTE = datetime.timedelta(minutes=1)
TEN = Completion.wait(10 * MINUTE)
OWN = "and its deployment waits {}, the completion's timeout: "
SPOT = SpotTraining(max_wait=20 * MINUTE)


@pytest.fixture
def spec() -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.p3.2xlarge", max_runtime=5 * MINUTE
    )


def told(app: cdk.App) -> list[Entry]:
    return [entry for entry in report(app).entries if entry.rule == "wait-too-short"]


@pytest.mark.parametrize(
    ("completion", "changes", "arguments"),
    [
        (TEN, {"max_runtime": 10 * MINUTE}, {}),
        (Completion.wait_condition(10 * MINUTE), {"max_runtime": 10 * MINUTE}, {}),
        (TEN, {"max_runtime": None}, {}),
        (TEN, {"max_runtime": None}, {"capacity_fallback": ["ml.p2.xlarge"]}),
        (TEN, {}, {"capacity_fallback": ["ml.p2.xlarge"]}),
        (TEN, {"spot": SpotTraining(), "max_runtime": None}, {}),
        (Completion.wait(40 * MINUTE), {"max_pending": 35 * MINUTE}, {}),
        (Completion.wait(40 * MINUTE), {"max_pending": 35 * MINUTE, "max_runtime": None}, {}),
        (Completion.wait(), {"max_pending": 35 * MINUTE, "max_runtime": None}, {}),
        (Completion.wait_condition(), {"max_pending": 600 * MINUTE, "max_runtime": None}, {}),
        (Completion.start(), {"max_runtime": 600 * MINUTE, "max_pending": 600 * MINUTE}, {}),
        # Of no effect without accelerators.
        (Completion.wait(), {"max_pending": 600 * MINUTE, "instance_type": "ml.m5.xlarge"}, {}),
        # With spot capacity the max wait contains the time that is waited for capacity.
        (Completion.wait(20 * MINUTE), {"spot": SPOT, "max_pending": 35 * MINUTE}, {}),
        (TEN, {"max_runtime": cdk.Duration.seconds(cdk.Token.as_number({"Ref": "Number"}))}, {}),
        (TEN, {"max_runtime": cdk.Token.as_string({"Ref": "Number"})}, {}),
        (TEN, {"max_pending": cdk.Token.as_string({"Ref": "Number"})}, {}),
    ],
)
def test_what_fits_or_is_not_known_is_not_told_of(
    app: cdk.App,
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    completion: Completion,
    changes: dict[str, Any],
    arguments: dict[str, Any],
) -> None:
    cdk.CfnParameter(stack, "Number", type="Number")
    TrainingJob(stack, "Job", spec=spec.replace(**changes), completion=completion, **arguments)

    assert told(app) == []


@pytest.mark.parametrize(
    ("completion", "changes", "types", "text", "fix"),
    [
        (
            TEN,
            {"max_runtime": datetime.timedelta(seconds=601)},
            [],
            "MaxRuntimeInSeconds: the job may take 601 seconds, " + OWN.format(600),
            "use no timeout, which then follows from the job's limits",
        ),
        (
            Completion.wait_condition(10 * MINUTE),
            {"max_runtime": 11 * MINUTE},
            [],
            "MaxRuntimeInSeconds: the job may take 660 seconds, " + OWN.format(600),
            "use no timeout, which then follows from the job's limits",
        ),
        (
            TEN,
            {"max_runtime": 50 * MINUTE},
            [],
            "MaxRuntimeInSeconds: the job may take 3000 seconds, " + OWN.format(600),
            "use Completion.wait_condition(), which waits up to 12 hours",
        ),
        (
            TEN,
            {"spot": SPOT},
            [],
            "MaxWaitTimeInSeconds: the job may take 1200 seconds, " + OWN.format(600),
            "use no timeout, which then follows from the job's limits",
        ),
        (
            TEN,
            {},
            ["ml.p2.xlarge", "ml.p2.8xlarge"],
            "MaxRuntimeInSeconds: the job may take 300 seconds, in each of 3 attempts, " + OWN.format(600),
            "use no timeout, which then follows from the job's limits",
        ),
        (
            Completion.wait(39 * MINUTE),
            {"max_pending": 35 * MINUTE},
            [],
            "MaxRuntimeInSeconds: the job may take 2400 seconds, 2100 of them pending, " + OWN.format(2340),
            "use no timeout, which then follows from the job's limits",
        ),
        (
            Completion.wait(),
            {"max_pending": 41 * MINUTE},
            [],
            "MaxRuntimeInSeconds: the job may take 2760 seconds, 2460 of them pending, and 600 for start and "
            "upload, and a deployment can wait 3300: ",
            "use Completion.wait_condition(), which waits up to 12 hours",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_what_to_do(
    app: cdk.App,
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    completion: Completion,
    changes: dict[str, Any],
    types: list[str],
    text: str,
    fix: str,
) -> None:
    spec = spec.replace(checkpoint=Checkpoint(), **changes)
    TrainingJob(stack, "Job", spec=spec, completion=completion, capacity_fallback=types)

    (entry,) = told(app)

    assert (entry.severity, entry.text.partition("it would then")[0]) == (
        "error",
        f"StoppingCondition.{text}",
    )
    assert entry.fix.startswith(f"{fix}; or shorten max_runtime")


def test_the_wait_holds_the_time_for_capacity(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    completion = Completion.wait_condition()
    pending = spec.replace(max_pending=60 * MINUTE)
    TrainingJob(stack, "Known", spec=pending, completion=completion)
    TrainingJob(stack, "Left", spec=pending.replace(max_runtime=None), completion=completion)
    TrainingJob(
        stack, "Spot", spec=pending.replace(spot=SPOT, checkpoint=Checkpoint()), completion=completion
    )

    known, left, spot = (job["Properties"] for job in resources(stack, JOB).values())

    assert known["Completion"]["TimeoutSeconds"] == 3600 + 300 + 600
    assert left["Completion"]["TimeoutSeconds"] == 42_900
    assert left["Request"]["StoppingCondition"]["MaxRuntimeInSeconds"] == 42_900 - 600 - 3600
    assert spot["Completion"]["TimeoutSeconds"] == 1200 + 600
