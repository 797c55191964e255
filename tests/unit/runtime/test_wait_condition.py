"""The wait condition: signalled until it is there, by polling alone; ignored where nobody waits for it."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from typing import Any

import pytest

from constructs_lib.runtime.signals import send_signal
from constructs_lib.runtime.transitions.watch import SIGNAL_PAUSES

from .conftest import Logs
from .model import (
    COMPLETES,
    RUNS_FOR_EVER,
    CloudFormation,
    Deployment,
    Died,
    Raw,
    Responder,
    check,
    completes_after,
    fails,
    template,
    throttled,
)
from .waiting import ENDED, levels, lost, started, waiting

# Signals before their condition.


@pytest.mark.fault(49)
@pytest.mark.parametrize("late", [70, 130, 360])
def test_a_signal_before_its_condition_is_sent_again(deployment: Deployment, late: float) -> None:
    """The condition is made so long after the job's end; what came before is lost."""
    deployment.condition_delay = ENDED + late

    status = deployment.create(template())

    assert (status, deployment.waited) == ("CREATE_COMPLETE", "COMPLETE")
    sent = deployment.start.waits.sent
    assert len(sent) > 1
    assert {body["UniqueId"] for body, _ in sent} == {deployment.start.job}
    assert deployment.condition is not None
    assert [*deployment.condition.handle.signals] == [deployment.start.job]


@pytest.mark.fault(49)
def test_a_failure_before_its_condition_is_sent_again(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [fails("AlgorithmError: boom", after=10)]
    deployment.condition_delay = 60

    status = deployment.create(template())

    assert (status, deployment.waited) == ("ROLLBACK_COMPLETE", "FAILED")
    assert "AlgorithmError: boom" in deployment.reason


@pytest.mark.fault(49)
def test_a_signal_is_sent_four_times_and_no_more(cfn: CloudFormation) -> None:
    handle = cfn.waits.handle("Handle")
    started(cfn, waiting(handle.url))
    cfn.executions.run()

    assert [status for _, status in cfn.waits.sent] == [200] * (1 + len(SIGNAL_PAUSES))
    assert len({json.dumps(body) for body, _ in cfn.waits.sent}) == 1
    [execution] = cfn.executions.all.values()
    states = [json.loads(text) for text in execution.states]
    told = [state for state in states if state.get("told") is not None]
    assert [(state["signals"], state["wait"]) for state in told] == [(1, 15), (2, 60), (3, 300)]
    assert execution.status == "SUCCEEDED"


@pytest.mark.fault(49)
@pytest.mark.parametrize("script", [COMPLETES, fails()])
def test_what_was_signalled_is_not_unsaid(cfn: CloudFormation, script: Any) -> None:
    """A record that is deleted between two signals changes nothing of what was said."""
    cfn.sagemaker.scripts = [script]
    started(cfn, waiting(cfn.waits.handle("Handle").url))
    while not cfn.waits.sent:
        cfn.executions.step()
    cfn.sagemaker.person_deletes(cfn.job)
    cfn.executions.run()

    assert len({body["Status"] for body, _ in cfn.waits.sent}) == 1
    if script is COMPLETES:
        assert len(cfn.waits.sent) == 1 + len(SIGNAL_PAUSES)


@pytest.mark.fault(49)
@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("operation", ["Signal", "Decrypt", "DescribeTrainingJob"])
def test_a_worker_that_dies_signals_all_the_same(deployment: Deployment, operation: str, after: bool) -> None:
    deployment.start.tape.meanwhile["Answer"] = lambda: deployment.start.tape.fail(
        operation, Died(), after=after
    )

    assert deployment.create(template()) == "CREATE_COMPLETE"
    check(deployment.start, deployment.result)


# No events.


@pytest.mark.fault(51)
@pytest.mark.parametrize("seconds", [300, 5 * 3600])
def test_polling_alone_signals(deployment: Deployment, seconds: float) -> None:
    """Nobody tells the runtime that a job has ended: not one event reaches the front but CloudFormation's."""
    start = deployment.start
    start.sagemaker.scripts = [completes_after(seconds)]
    heard: list[Raw] = []
    start.executions.report = heard.append

    status = deployment.create(template(timeout=6 * 3600))

    assert (status, heard) == ("CREATE_COMPLETE", [])
    signalled = min(
        at for at, _ in start.waits.handles[start.deployed["Completion"]["Handle"]].signals.values()
    )
    assert signalled - start.sagemaker.every[0].ended <= 66


@pytest.mark.fault(51)
def test_a_job_that_never_ends_is_stopped_and_told_of(deployment: Deployment) -> None:
    deployment.start.sagemaker.scripts = [RUNS_FOR_EVER]
    asked = template(timeout=7200)
    asked.start["Completion"]["TimeoutSeconds"] = 6900

    status = deployment.create(asked)

    assert (status, deployment.waited) == ("ROLLBACK_COMPLETE", "FAILED")
    assert "had not ended when the wait for it was over" in deployment.reason
    assert deployment.start.sagemaker.live() == []


@pytest.mark.fault(51)
def test_throttled_polls_signal_in_the_end(deployment: Deployment) -> None:
    tape = deployment.start.tape
    tape.meanwhile["Answer"] = lambda: tape.fail(
        "DescribeTrainingJob", throttled("DescribeTrainingJob"), times=20
    )

    assert deployment.create(template()) == "CREATE_COMPLETE"


# Nobody waits any longer.


@pytest.mark.fault(52)
@pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE"])
def test_a_signal_to_a_handle_that_is_gone_is_ignored(cfn: CloudFormation, status: str, logs: Logs) -> None:
    handle = cfn.waits.handle("Handle")
    started(cfn, waiting(handle.url))
    cfn.status, handle.deleted = status, True

    cfn.executions.run()

    assert [http for _, http in cfn.waits.sent] == [404]
    assert levels(logs, "signal lost") == ["WARNING"]
    assert lost(logs) == 0
    assert [one.status for one in cfn.executions.all.values()] == ["SUCCEEDED"]


@pytest.mark.fault(52)
@pytest.mark.parametrize("http", [403, 404])
def test_a_refusal_over_the_wire_is_ignored_in_a_roll_back(
    cfn: CloudFormation, http: int, logs: Logs
) -> None:
    cfn.world = replace(cfn.world, signal=functools.partial(send_signal, clock=cfn.clock))
    with Responder(http) as service:
        started(cfn, waiting(service.url))
        cfn.status = "ROLLBACK_IN_PROGRESS"
        cfn.executions.run()

    assert len(service.bodies) == 1
    assert levels(logs, "signal lost") == ["WARNING"]
    assert lost(logs) == 0
    assert [one.status for one in cfn.executions.all.values()] == ["SUCCEEDED"]


@pytest.mark.fault(52)
def test_the_stopped_job_of_a_roll_back_troubles_nobody(deployment: Deployment, logs: Logs) -> None:
    deployment.start.sagemaker.scripts = [RUNS_FOR_EVER]

    assert deployment.create(template(), sibling_fails_after=150) == "ROLLBACK_COMPLETE"
    deployment.start.executions.run()

    assert lost(logs) == 0
    assert [one.status for one in deployment.start.executions.all.values()] == ["SUCCEEDED"] * 2


@pytest.mark.fault(52)
def test_a_handle_that_goes_after_it_was_signalled_is_not_told_of(cfn: CloudFormation, logs: Logs) -> None:
    """The repetitions of a signal reach a condition that has been waited for, and is cleaned up."""
    handle = cfn.waits.handle("Handle")
    started(cfn, waiting(handle.url))
    while not cfn.waits.sent:
        cfn.executions.step()
    handle.deleted = True
    cfn.executions.run()

    assert [http for _, http in cfn.waits.sent] == [200, 404]
    assert levels(logs, "signal lost") == []
    assert lost(logs) == 0
