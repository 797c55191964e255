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
MAYBE = "wait-may-be-too-short"
OWN = "and its deployment waits {}, the completion's timeout: "
UNKNOWN = cdk.Token.as_string({"Ref": "Type"})
SPOT = SpotTraining(max_wait=20 * MINUTE)


@pytest.fixture
def spec() -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.p3.2xlarge", max_runtime=5 * MINUTE
    )


def told(app: cdk.App) -> list[Entry]:
    return [entry for entry in report(app).entries if entry.rule in ("wait-too-short", MAYBE)]


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
        (Completion.start(), {"max_runtime": 600 * MINUTE, "max_pending": 600 * MINUTE}, {}),
        # Of no effect without accelerators; which have one that nobody knows yet is not guessed.
        (Completion.wait(), {"max_pending": 600 * MINUTE, "instance_type": "ml.m5.xlarge"}, {}),
        (Completion.wait(), {"max_pending": 600 * MINUTE, "instance_type": UNKNOWN}, {}),
        (Completion.wait(), {"max_pending": 600 * MINUTE, "instance_type": "ml.zz9.xlarge"}, {}),
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
    cdk.CfnParameter(stack, "Type", default="ml.m5.xlarge")
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
        (
            Completion.wait(30 * MINUTE),
            {"max_runtime": 20 * MINUTE},
            ["ml.p2.xlarge"],
            "MaxRuntimeInSeconds: the job may take 1200 seconds, in each of 2 attempts, " + OWN.format(1800),
            "use Completion.wait_condition(), which waits up to 12 hours",
        ),
        (
            Completion.wait(45 * MINUTE),
            {"max_runtime": 60 * MINUTE},
            [],
            "MaxRuntimeInSeconds: the job may take 3600 seconds, " + OWN.format(2700),
            "use Completion.wait_condition(), which waits up to 12 hours",
        ),
        (
            Completion.wait(),
            {"max_pending": 120 * MINUTE, "max_runtime": None},
            [],
            "MaxRuntimeInSeconds: the job may take 9900 seconds, 7200 of them pending, and 600 for start and "
            "upload, and a deployment can wait 3300: ",
            "use Completion.wait_condition(), which waits up to 12 hours",
        ),
        (
            Completion.wait(40 * MINUTE),
            {"max_pending": 35 * MINUTE, "max_runtime": None},
            [],
            "MaxRuntimeInSeconds: the job may take 4500 seconds, 2100 of them pending, " + OWN.format(2400),
            "use Completion.wait_condition(), which waits up to 12 hours",
        ),
    ],
)
def test_what_may_not_fit_is_a_warning_with_what_to_do(
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

    assert (entry.rule, entry.severity) == (MAYBE, "warning")
    assert entry.text.partition("it would then")[0] == f"StoppingCondition.{text}"
    pends = "pending" in text
    limits = "max_runtime or max_pending" if pends else "max_runtime (spot: max_wait)"
    assert entry.fix.startswith(f"{fix}; or give a shorter {limits}; acknowledge it ")
    assert not report(app).failed


@pytest.mark.parametrize("pending", [None, 120 * MINUTE])
def test_what_trains_longer_than_the_longest_wait_is_an_error(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, pending: datetime.timedelta | None
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=46 * MINUTE, max_pending=pending))

    (entry,) = told(app)

    assert (entry.rule, entry.severity) == ("wait-too-short", "error")
    limits = "max_runtime (spot: max_wait)" if pending is None else "max_runtime and max_pending"
    assert entry.fix == f"use Completion.wait_condition(), which waits up to 12 hours; or shorten {limits}"


@pytest.mark.parametrize(
    ("completion", "types", "seconds", "wait"),
    [
        (Completion.wait(), [], 2700, 3300),
        (Completion.wait_condition(), [], 42_300, 42_900),
        # The seconds that seven attempts cannot share stay away, too: they would be another condition.
        (Completion.wait_condition(), [f"ml.p2.{number}xlarge" for number in range(2, 8)], 5528, 42_896),
    ],
    ids=["wait", "wait condition", "seven attempts"],
)
def test_the_default_max_runtime_is_what_it_is_without_pending(
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    resources: Find,
    completion: Completion,
    types: list[str],
    seconds: int,
    wait: int,
) -> None:
    spec = spec.replace(max_runtime=None)
    pends = spec.replace(max_pending=44 * MINUTE)
    TrainingJob(stack, "Plain", spec=spec, completion=completion, capacity_fallback=types)
    TrainingJob(stack, "Pending", spec=pends, completion=completion, capacity_fallback=types)

    plain, pending = (job["Properties"] for job in resources(stack, JOB).values())

    assert plain["Completion"]["TimeoutSeconds"] == pending["Completion"]["TimeoutSeconds"] == wait
    for job in (plain, pending):
        assert job["Request"]["StoppingCondition"]["MaxRuntimeInSeconds"] == seconds


def test_a_type_that_is_not_known_makes_no_longer_wait(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    cdk.CfnParameter(stack, "Type", default="ml.m5.xlarge")
    TrainingJob(stack, "Job", spec=spec.replace(instance_type=UNKNOWN, max_pending=35 * MINUTE))

    (job,) = resources(stack, JOB).values()

    assert job["Properties"]["Completion"]["TimeoutSeconds"] == 300 + 600


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
    assert left["Request"]["StoppingCondition"]["MaxRuntimeInSeconds"] == 42_900 - 600
    assert spot["Completion"]["TimeoutSeconds"] == 1200 + 600
