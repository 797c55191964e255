"""No machines of one type: the next attempt, under a new name, on the next type that was asked for."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator

import pytest

from .conftest import Logs
from .fallbacks import FALLBACK, FIRST, SECOND, THIRD, asked, attempt, started, types
from .model import (
    FINDS_NO_CAPACITY,
    NO_CAPACITY,
    CloudFormation,
    Died,
    check,
    fails,
    properties,
    throttled,
    with_metrics,
)


@pytest.mark.fault(32)
def test_the_next_attempt_runs_on_the_next_type(cfn: CloudFormation, logs: Logs) -> None:
    cfn.sagemaker.no_capacity = {FIRST}

    response = cfn.create(asked(StoppingCondition={"MaxRuntimeInSeconds": 600}))

    assert response.ok
    assert cfn.sagemaker.created == [attempt(cfn, 1), attempt(cfn, 2)]
    assert response.physical_id == response.data["TrainingJobName"] == attempt(cfn, 2)
    assert response.data["TrainingJobArn"].endswith(attempt(cfn, 2))
    first, second = cfn.sagemaker.sent("CreateTrainingJob")
    assert second["ResourceConfig"] == FALLBACK[0]
    apart = ("TrainingJobName", "ResourceConfig")
    assert {k: v for k, v in first.items() if k not in apart} == {
        k: v for k, v in second.items() if k not in apart
    }
    messages = [line["message"] for line in logs()]
    assert messages.count("created") == 2
    assert messages.count("no capacity, next type") == 1
    check(cfn)


@pytest.mark.fault(32)
def test_the_types_are_tried_in_the_order_given(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST, SECOND}

    response = cfn.create(asked())

    assert response.ok
    assert types(cfn) == [FIRST, SECOND, THIRD]
    assert cfn.sagemaker.sent("CreateTrainingJob")[-1]["ResourceConfig"] == FALLBACK[1]
    assert response.physical_id == attempt(cfn, 3)
    check(cfn)


@pytest.mark.fault(32)
def test_a_list_that_is_used_up_fails_with_the_reason(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST, SECOND, THIRD}

    response = cfn.create(asked())

    assert not response.ok
    assert NO_CAPACITY in response.reason
    assert f"training job '{attempt(cfn, 3)}' failed" in response.reason
    assert response.physical_id == attempt(cfn, 3)
    assert types(cfn) == [FIRST, SECOND, THIRD]
    check(cfn)


@pytest.mark.fault(32)
def test_without_a_list_there_is_no_next_attempt(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}

    response = cfn.create(properties())

    assert not response.ok
    assert NO_CAPACITY in response.reason
    assert cfn.creations == 1


@pytest.mark.fault(32)
@pytest.mark.parametrize("reason", ["AlgorithmError: out of CapacityError", "ClientError: x", "", None])
def test_another_failure_is_no_matter_of_types(cfn: CloudFormation, reason: str | None) -> None:
    script = fails("x")
    script[-1][1]["FailureReason"] = reason
    if reason is None:
        del script[-1][1]["FailureReason"]
    cfn.sagemaker.scripts = [script]

    assert not cfn.create(asked()).ok
    assert cfn.creations == 1


@pytest.mark.fault(32)
def test_the_later_attempt_is_judged_like_the_first(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [FINDS_NO_CAPACITY, with_metrics(("auc", 0.5))]

    response = cfn.create(asked(QualityGates=[{"Metric": "auc", "AtLeast": 0.9}], FinalMetrics=["auc"]))

    assert not response.ok
    assert "below the gate's 0.9" in response.reason
    assert response.physical_id == attempt(cfn, 2)


def words(value: object) -> Iterator[str]:
    """Every text in a document that is long enough to be found by accident nowhere else."""
    if isinstance(value, dict):
        yield from (key for key in value if len(key) > 5)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from words(item)
    elif isinstance(value, str) and len(value) > 5:
        yield value


@pytest.mark.fault(32)
def test_nothing_of_the_request_is_readable_in_the_executions_data(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST, SECOND}
    started(cfn, asked())
    cfn.executions.run()

    request = {k: v for k, v in cfn.sagemaker.sent("CreateTrainingJob")[0].items() if k != "TrainingJobName"}
    # The ids of the stack, the resource and the delivery are the watch's, too.
    delivery = cfn.sagemaker.every[0].tags["constructs-lib:delivery"]
    known = {cfn.stack_id, cfn.logical_id, "delivery", delivery}
    secret = set(words(request)) - known
    assert len(secret) > 20
    [execution] = cfn.executions.all.values()
    for text in (execution.input, *execution.states):
        assert [word for word in secret if word in text] == []
    fallback = json.loads(execution.input)["fallback"]
    assert fallback["left"] == [SECOND, THIRD]
    assert fallback["sealed"]


@pytest.mark.fault(32)
def test_a_huge_request_is_sealed_in_pieces(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    dice = random.Random(1)
    huge = {f"p{n}": "".join(dice.choices(string.ascii_letters, k=2000)) for n in range(10)}

    response = cfn.create(asked(HyperParameters=huge))

    assert response.ok
    assert cfn.sagemaker.sent("CreateTrainingJob")[1]["HyperParameters"] == huge
    [execution] = cfn.executions.all.values()
    assert len(execution.state["fallback"]["sealed"]) > 1


# Whatever dies or comes twice: one next attempt.


@pytest.mark.fault(32)
def test_an_event_delivered_three_times_is_one_next_attempt(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = cfn.event("Create", asked())

    cfn.deliver(event, times=3)
    assert cfn.finish(event).ok
    cfn.deliver(event)
    cfn.executions.run()

    assert types(cfn) == [FIRST, SECOND]
    check(cfn)


@pytest.mark.fault(32)
@pytest.mark.parametrize("operation", ["CreateTrainingJob", "DescribeStacks", "Decrypt"])
@pytest.mark.parametrize("after", [True, False])
def test_a_worker_that_dies_makes_no_second_job(cfn: CloudFormation, operation: str, after: bool) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked())
    cfn.tape.fail(operation, Died(), after=after)

    response = cfn.finish(event)

    assert response.ok
    assert response.physical_id == attempt(cfn, 2)
    assert types(cfn) == [FIRST, SECOND]
    check(cfn)


@pytest.mark.fault(32)
def test_a_throttled_creation_is_tried_again(cfn: CloudFormation) -> None:
    cfn.sagemaker.no_capacity = {FIRST}
    event = started(cfn, asked())
    cfn.tape.fail("CreateTrainingJob", throttled("CreateTrainingJob"), times=2)

    assert cfn.finish(event).ok
    assert types(cfn)[-1] == SECOND
    check(cfn)


@pytest.mark.fault(32)
def test_names_of_older_attempts_are_passed_over(cfn: CloudFormation) -> None:
    """Attempts 2 and 3 ended long ago, in a deployment before; the first one's record is gone."""
    cfn.sagemaker.no_capacity = {FIRST, SECOND, THIRD}
    cfn.create(asked())
    cfn.sagemaker.person_deletes(attempt(cfn, 1))
    older = cfn.sagemaker.created[1:]
    event = cfn.event("Create", asked(), status="CREATE_IN_PROGRESS")
    cfn.sagemaker.no_capacity = {FIRST}

    response = cfn.settle(event)

    assert response.ok
    assert response.physical_id not in older
    assert response.physical_id == attempt(cfn, 5)
    check(cfn)
