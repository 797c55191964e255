"""The watch: it polls, judges, gives up in time, and reads the states of earlier releases."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from constructs_lib.runtime import front, worker
from constructs_lib.runtime.gates import Gate
from constructs_lib.runtime.transitions.verdict import metric_attribute
from constructs_lib.runtime.transitions.watch import LONGEST_PAUSE, STOP_ALLOWANCE, VERSION, Watch

from .conftest import Logs
from .model import (
    COMPLETES,
    RUNS_FOR_EVER,
    CloudFormation,
    Died,
    Raw,
    Step,
    ends,
    fails,
    properties,
    throttled,
    with_metrics,
)

SEALED = {"stack": "s", "request": "r", "logical": "l", "url": "Y2lwaGVy"}
# The state of the first release, to the letter: a later worker must take it over.
GOLDEN: Raw = {
    "purpose": "train",
    "job": "churn-1f2e3d4cab12cd-a0123456789b-1",
    "failure_id": "churn-1f2e3d4cab12cd-a0123456789b-1",
    "deadline": 1750001500.5,
    "sealed": SEALED,
    "gates": [{"Metric": "auc", "AtLeast": "0.9"}],
    "metrics": ["auc"],
    "allow_stopped": True,
    "stop_on_failure": False,
    "stopping": False,
    "polls": 3,
    "version": 1,
}


@pytest.mark.fault(60)
def test_a_state_of_the_first_release_is_read() -> None:
    state = {**GOLDEN, "done": False, "wait": 11, "from_a_later_release": 1}

    watch = Watch.parse(state)

    assert watch == Watch(
        "train",
        "churn-1f2e3d4cab12cd-a0123456789b-1",
        "churn-1f2e3d4cab12cd-a0123456789b-1",
        1750001500.5,
        SEALED,
        (Gate("auc", 0.9, None),),
        ("auc",),
        allow_stopped=True,
        stop_on_failure=False,
        polls=3,
    )
    dumped = {**watch.dump(), "metrics": list(watch.metrics)}
    assert {key: dumped[key] for key in GOLDEN if key != "version"} == {
        key: value for key, value in GOLDEN.items() if key != "version"
    }
    assert dumped["version"] == VERSION


@pytest.mark.fault(60)
def test_a_state_with_no_more_than_the_required_is_read() -> None:
    required = ("purpose", "job", "failure_id", "deadline", "sealed")

    assert Watch.parse({key: GOLDEN[key] for key in required}).stop_on_failure


def test_pauses_grow_to_a_minute_and_never_pass_the_deadline() -> None:
    watch = Watch("train", "j", "j", 1000.0, SEALED)
    pauses = []
    for _ in range(40):
        pauses.append(watch.pause(0.0))
        watch = watch.next()

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (5, LONGEST_PAUSE)
    assert watch.pause(990.0) == 10
    assert watch.pause(999.9) == 1
    assert watch.pause(1000.0) == watch.pause(2000.0) == 5


# Judging.


@pytest.mark.parametrize(
    ("script", "text"),
    [
        pytest.param(fails("AlgorithmError: x"), "failed: AlgorithmError: x", id="failed"),
        pytest.param(fails("CapacityError: no capacity"), "CapacityError", id="capacity"),
        pytest.param(
            ends("Stopped", "MaxWaitTimeExceeded"),
            "stopped before it completed (MaxWaitTimeExceeded)",
            marks=pytest.mark.fault(34),
        ),
        pytest.param(
            ends("Stopped", "MaxRuntimeExceeded"),
            "stopped before it completed (MaxRuntimeExceeded)",
            marks=pytest.mark.fault(35),
        ),
        pytest.param(
            ends("Stopped", "Stopped"), "stopped before it completed (Stopped)", marks=pytest.mark.fault(36)
        ),
        pytest.param(ends("Failed", "Failed"), "the service gave no reason", id="without a reason"),
    ],
)
def test_a_job_that_did_not_complete_fails(cfn: CloudFormation, script: Sequence[Step], text: str) -> None:
    cfn.sagemaker.scripts = [script]

    response = cfn.create(properties())

    assert not response.ok
    assert text in response.reason
    assert cfn.job in response.reason
    assert response.physical_id == cfn.job


@pytest.mark.fault(35)
def test_a_stopped_job_passes_when_that_is_allowed_and_its_gates_open(cfn: CloudFormation) -> None:
    stopped = with_metrics(("auc", 0.8), steps=ends("Stopped", "MaxRuntimeExceeded"))
    cfn.sagemaker.scripts = [stopped]

    response = cfn.create(properties(AllowStopped=True, QualityGates=[{"Metric": "auc", "AtLeast": 0.7}]))

    assert response.ok
    assert response.data["TrainingJobStatus"] == "Stopped"


@pytest.mark.fault(35)
@pytest.mark.parametrize("allowed", [{}, {"AllowStopped": False}])
def test_a_stopped_job_fails_unless_that_is_allowed(cfn: CloudFormation, allowed: Raw) -> None:
    cfn.sagemaker.scripts = [ends("Stopped", "MaxRuntimeExceeded")]

    assert not cfn.create(properties(**allowed)).ok


@pytest.mark.fault(36)
def test_a_person_stops_the_job(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", properties())
    front.handle(event, cfn.world)
    cfn.executions.step()
    cfn.sagemaker.stop_training_job(TrainingJobName=cfn.job)

    assert not cfn.finish(event).ok


@pytest.mark.parametrize(
    ("gate", "text"),
    [
        ({"Metric": "auc", "AtLeast": 0.9}, "metric 'auc' is 0.8, below the gate's 0.9"),
        ({"Metric": "auc", "AtMost": 0.5}, "metric 'auc' is 0.8, above the gate's 0.5"),
        ({"Metric": "f1", "AtLeast": 0.9}, "metric 'f1' was not reported"),
        ({"Metric": "nan", "AtLeast": 0.9}, "not a finite number"),
        ({"Metric": "twice", "AtLeast": 0.9}, "reported 2 times"),
    ],
)
@pytest.mark.fault(46)
def test_a_gate_that_stays_shut_fails_the_deployment(cfn: CloudFormation, gate: Raw, text: str) -> None:
    cfn.sagemaker.scripts = [with_metrics(("auc", 0.8), ("nan", math.nan), ("twice", 1.0), ("twice", 1.0))]

    response = cfn.create(properties(QualityGates=[gate]))

    assert not response.ok
    assert text in response.reason
    assert response.physical_id == cfn.job


def test_every_gate_that_stays_shut_is_named(cfn: CloudFormation) -> None:
    gates = [{"Metric": "a", "AtLeast": 1}, {"Metric": "b", "AtLeast": 1}]

    reason = cfn.create(properties(QualityGates=gates)).reason

    assert "metric 'a'" in reason
    assert "metric 'b'" in reason


def test_a_metric_without_a_value_does_not_break_a_deployment(cfn: CloudFormation) -> None:
    script = with_metrics(("auc", 0.8))
    del script[-1][1]["FinalMetricDataList"][0]["Value"]
    cfn.sagemaker.scripts = [script]

    response = cfn.create(properties(FinalMetrics=["auc"]))

    assert response.ok
    assert response.data["Metric.auc"] == "NaN"


@pytest.mark.fault(33)
def test_a_spot_interruption_is_waited_out(cfn: CloudFormation) -> None:
    phases = ["Starting", "Training", "Interrupted", "Starting", "Restarting", "Training", "Uploading"]
    script = [
        (n * 100.0, {"TrainingJobStatus": "InProgress", "SecondaryStatus": phase})
        for n, phase in enumerate(phases)
    ]
    cfn.sagemaker.scripts = [[*script, (800, COMPLETES[-1][1])]]

    assert cfn.create(properties()).ok
    assert cfn.creations == 1


@pytest.mark.fault(37)
@pytest.mark.parametrize("status", ["Deleting", "Hibernating"])
def test_an_unknown_status_is_waited_on_until_the_deadline(cfn: CloudFormation, status: str) -> None:
    cfn.sagemaker.scripts = [ends(status, status)]
    began = cfn.clock.now()

    response = cfn.create(properties(timeout=600))

    assert not response.ok
    assert 600 <= response.at - began <= 600 + STOP_ALLOWANCE + 60


# Deadlines.


@pytest.mark.fault(38)
def test_a_job_still_running_at_the_deadline_is_stopped_and_fails(cfn: CloudFormation, logs: Logs) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    began = cfn.clock.now()

    response = cfn.create(properties(timeout=600))

    assert not response.ok
    assert "had not ended when the wait for it was over, and was stopped; allow more time" in response.reason
    assert response.physical_id == cfn.job
    assert cfn.sagemaker.status(cfn.job) == "Stopped"
    assert 600 <= response.at - began <= 600 + STOP_ALLOWANCE
    assert "deadline passed" in [line["message"] for line in logs()]


@pytest.mark.fault(38)
def test_a_job_that_does_not_stop_is_answered_for_all_the_same(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.sagemaker.stop_seconds = math.inf
    began = cfn.clock.now()

    response = cfn.create(properties(timeout=600))

    assert not response.ok
    assert "still stopping" in response.reason
    assert response.at - began <= 600 + STOP_ALLOWANCE + 60
    assert cfn.tape.count("StopTrainingJob") == 1


def test_a_job_that_completes_as_it_is_told_to_stop_has_completed(cfn: CloudFormation) -> None:
    """Stop races completion: what completed was not stopped."""
    cfn.sagemaker.scripts = [[*COMPLETES[:2], (620, COMPLETES[2][1])]]
    cfn.tape.meanwhile["StopTrainingJob"] = lambda: cfn.clock.sleep(30)

    response = cfn.create(properties(timeout=600))

    assert cfn.tape.count("StopTrainingJob") == 1
    assert cfn.sagemaker.status(cfn.job) == "Completed"
    assert response.ok


def test_a_stopped_job_is_late_even_where_stopped_jobs_are_allowed(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]

    assert not cfn.create(properties(timeout=600, AllowStopped=True)).ok


def test_a_record_deleted_under_the_watch_is_reported(cfn: CloudFormation) -> None:
    event = cfn.event("Create", properties())
    front.handle(event, cfn.world)
    cfn.sagemaker.jobs.clear()

    response = cfn.finish(event)

    assert not response.ok
    assert "was deleted while it was waited for" in response.reason


# The worker's own mishaps.


@pytest.mark.parametrize("operation", ["DescribeTrainingJob", "StopTrainingJob", "Decrypt"])
def test_a_poll_that_is_throttled_is_polled_again(cfn: CloudFormation, operation: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", properties(timeout=600))
    front.handle(event, cfn.world)
    cfn.tape.fail(operation, throttled(operation), times=3)

    response = cfn.finish(event)

    assert not response.ok
    assert "was stopped" in response.reason


def test_a_poll_that_dies_after_its_answer_does_not_change_it(cfn: CloudFormation) -> None:
    cfn.tape.fail("Answer", Died(), after=True)

    assert cfn.create(properties()).ok
    assert {one.body["Status"] for one in cfn.recorder.responses} == {"SUCCESS"}


def test_a_poll_says_what_came_of_it(cfn: CloudFormation) -> None:
    front.handle(cfn.event("Create", properties()), cfn.world)
    [execution] = cfn.executions.all.values()

    first = worker.handle(execution.state, cfn.world)
    cfn.clock.sleep(1000)
    last = worker.handle(first, cfn.world)

    assert (first["done"], first["polls"]) == (False, 1)
    assert first["wait"] in (6, 7)
    assert last == {"done": True, "job": cfn.job, "status": "SUCCESS"}


# Attributes' names.


@pytest.mark.parametrize(
    ("metric", "attribute"),
    [("auc", "Metric.auc"), ("a_b", "Metric.a_b"), ("val:loss", "Metric.val_loss_491ea13c")],
)
def test_attribute_names_are_pinned(metric: str, attribute: str) -> None:
    assert metric_attribute(metric) == attribute


def test_metrics_that_look_alike_have_different_attributes() -> None:
    names = ["a_b", "a:b", "a b", "a-b", "a__b", "a.b"]

    assert len({metric_attribute(name) for name in names}) == len(names)
