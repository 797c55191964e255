"""Final metrics are read from the log, and can come after the job's end: they are read again for a while."""

from __future__ import annotations

import pytest

from .model import (
    COMPLETES,
    CloudFormation,
    Deployment,
    Raw,
    Step,
    check,
    ends,
    fails,
    properties,
    template,
    with_late_metrics,
    with_metrics,
)

GATE = [{"Metric": "auc", "AtLeast": 0.9}]
ENDED = 300
BOUND = 90


@pytest.mark.fault(47)
@pytest.mark.parametrize("seconds", [1, 30, 85])
def test_a_late_metric_passes_its_gate(cfn: CloudFormation, seconds: float) -> None:
    cfn.sagemaker.scripts = [with_late_metrics(("auc", 0.93), seconds=seconds)]

    response = cfn.create(properties(QualityGates=GATE, FinalMetrics=["auc"]))

    assert response.ok
    assert response.data["Metric.auc"] == "0.93"
    check(cfn)


@pytest.mark.fault(47)
def test_a_late_metric_that_no_gate_asks_for_is_an_attribute_all_the_same(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [with_late_metrics(("auc", 0.93))]

    assert cfn.create(properties(FinalMetrics=["auc"])).data["Metric.auc"] == "0.93"


@pytest.mark.fault(47)
def test_a_late_metric_below_its_gate_fails(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [with_late_metrics(("auc", 0.5))]

    response = cfn.create(properties(QualityGates=GATE))

    assert not response.ok
    assert "below the gate's 0.9" in response.reason


@pytest.mark.fault(47)
@pytest.mark.parametrize("script", [COMPLETES, with_metrics(("loss", 0.1)), with_late_metrics(("loss", 1))])
def test_a_metric_that_never_comes_fails_after_the_bound(cfn: CloudFormation, script: list[Step]) -> None:
    cfn.sagemaker.scripts = [script]

    response = cfn.create(properties(QualityGates=GATE))

    assert not response.ok
    assert "metric 'auc' was not reported" in response.reason
    # The end is seen up to a poll late; the bound begins then, and is passed by a poll at most.
    assert BOUND <= response.at - cfn.sagemaker.every[-1].ended <= BOUND + 3 * 60


@pytest.mark.fault(47)
def test_a_metric_that_never_comes_is_no_failure_where_no_gate_asks_for_it(cfn: CloudFormation) -> None:
    response = cfn.create(properties(FinalMetrics=["auc"]))

    assert response.ok
    assert response.data["Metric.auc"] == "NaN"
    assert response.at - cfn.sagemaker.every[-1].ended >= BOUND


@pytest.mark.fault(47)
@pytest.mark.parametrize(
    ("script", "members"),
    [
        (with_metrics(("auc", 0.93), ("loss", 1)), {"QualityGates": GATE, "FinalMetrics": ["auc", "loss"]}),
        (COMPLETES, {}),
        (with_metrics(("auc", 0.1)), {"QualityGates": GATE}),
        (fails(), {"QualityGates": GATE}),
        (ends("Stopped", "Stopped"), {"QualityGates": GATE, "AllowStopped": True}),
    ],
    ids=["all there", "none asked for", "too low", "failed", "stopped"],
)
def test_a_job_whose_metrics_cannot_change_is_not_waited_for(
    cfn: CloudFormation, script: list[Step], members: Raw
) -> None:
    cfn.sagemaker.scripts = [script]
    cfn.create(properties(**members))

    [execution] = cfn.executions.all.values()
    ended = cfn.sagemaker.every[-1].ended
    assert cfn.recorder.responses[0].at <= ended + 61
    assert all('"ended": null' in text for text in execution.states if '"done": false' in text)


@pytest.mark.fault(47)
def test_the_wait_for_metrics_ends_with_the_wait_for_the_job(cfn: CloudFormation) -> None:
    response = cfn.create(properties(QualityGates=GATE, timeout=310))

    assert not response.ok
    assert response.at <= cfn.sagemaker.every[-1].started + 310 + 6


@pytest.mark.fault(47)
def test_an_adopted_job_that_has_ended_is_read_again_too(cfn: CloudFormation) -> None:
    """The front sees the end itself, and leaves the late metrics to the worker."""
    cfn.sagemaker.scripts = [with_late_metrics(("auc", 0.93), seconds=1000)]
    cfn.create(properties(mode="start"))
    cfn.clock.sleep(ENDED + 950)

    response = cfn.update(properties(QualityGates=GATE))

    assert response.ok
    assert cfn.creations == 1


@pytest.mark.fault(47)
def test_the_result_reads_late_metrics_again(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [with_late_metrics(("auc", 0.93), seconds=95)]

    status = deployment.create(template(QualityGates=GATE, FinalMetrics=["auc"]))

    assert (status, deployment.reason) == ("CREATE_COMPLETE", "")
    [_, judged] = deployment.start.recorder.responses
    assert judged.data["Metric.auc"] == "0.93"


@pytest.mark.fault(47)
def test_the_result_waits_no_longer_than_the_bound(deployment: Deployment) -> None:
    cfn = deployment.start

    status = deployment.create(template(QualityGates=GATE))

    assert status == "ROLLBACK_COMPLETE"
    assert "metric 'auc' was not reported" in deployment.reason
    judged = [
        r for r in cfn.recorder.responses if r.body["LogicalResourceId"] == deployment.result.logical_id
    ]
    assert judged[0].at - cfn.sagemaker.every[-1].ended <= BOUND + 3 * 60
