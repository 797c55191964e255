"""A network that goes away with the stack is let empty: of the workflows' jobs, too."""

from __future__ import annotations

import json

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.transitions.poll_delete import INTERFACE_SECONDS

from .conftest import Logs
from .model import COMPLETES, CloudFormation, Raw, denied
from .workflows import ASKED, AWAITING, NETWORK, start, workflows

LOOKS = "DescribeNetworkInterfaces"
OTHER: Raw = {"SecurityGroupIds": ["sg-0b"], "Subnets": ["subnet-0b"]}


@pytest.fixture
def cfn() -> CloudFormation:
    made = workflows(asked=AWAITING)
    made.ec2.linger_seconds = 300
    return made


def warnings(logs: Logs) -> int:
    return [(line["message"], line["level"]) for line in logs()].count(("interfaces linger", "WARNING"))


def end_of(cfn: CloudFormation, name: str) -> float:
    return cfn.sagemaker.jobs[name].ended


def test_delete_waits_until_the_networks_are_empty(cfn: CloudFormation, logs: Logs) -> None:
    start(cfn, "wf-1", VpcConfig=NETWORK)
    start(cfn, "wf-2", VpcConfig=OTHER)
    start(cfn, "wf-3", VpcConfig=OTHER)

    response = cfn.delete()

    assert response.ok
    assert 300 <= response.at - end_of(cfn, "wf-1") <= 370
    assert warnings(logs) == 0
    [execution] = cfn.executions.all.values()
    networks = json.loads(execution.states[-2])["workflow"]["networks"]
    assert sorted(networks, key=json.dumps) == [NETWORK, OTHER]


@pytest.mark.parametrize("asked", [ASKED, {**ASKED, "AwaitInterfaces": False}])
def test_it_does_not_unless_asked(asked: Raw) -> None:
    plain = workflows(asked=asked)
    start(plain, "wf-1", VpcConfig=NETWORK)

    plain.sagemaker.person_stops("wf-1")
    plain.clock.sleep(100)

    assert plain.delete().ok
    assert plain.tape.count(LOOKS) == 0
    assert plain.executions.all == {}


def test_it_does_not_where_the_stack_stays(cfn: CloudFormation) -> None:
    start(cfn, "wf-1", VpcConfig=NETWORK)
    cfn.status = "UPDATE_IN_PROGRESS"

    assert cfn.settle(cfn.event("Delete", AWAITING, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")).ok
    assert cfn.tape.count(LOOKS) == 0


def test_jobs_outside_a_network_are_not_waited_for(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")

    assert cfn.delete().ok
    assert cfn.tape.count(LOOKS) == 0


@pytest.mark.parametrize(("seconds", "waits"), [(400, True), (5000, False)])
def test_jobs_that_ended_a_moment_ago_are_waited_for(
    cfn: CloudFormation, seconds: float, waits: bool
) -> None:
    cfn.sagemaker.scripts = [COMPLETES]
    start(cfn, "wf-1", VpcConfig=NETWORK)
    start(cfn, "theirs", "1f2e3d4cffffff", VpcConfig=OTHER)
    cfn.clock.sleep(seconds)

    response = cfn.delete()

    assert response.ok
    assert (response.at >= end_of(cfn, "wf-1") + 300) == (waits or seconds > 600)
    assert (cfn.tape.count(LOOKS) > 0) == waits


def test_only_jobs_with_the_tag_are_waited_for(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [COMPLETES]
    start(cfn, "theirs", "1f2e3d4cffffff", VpcConfig=OTHER)
    cfn.clock.sleep(320)

    assert cfn.delete().ok
    assert cfn.tape.count(LOOKS) == 0


def test_a_look_for_ended_jobs_that_is_denied_for_a_moment_is_waited_for(
    cfn: CloudFormation, logs: Logs
) -> None:
    cfn.sagemaker.scripts = [COMPLETES]
    start(cfn, "wf-1", VpcConfig=NETWORK)
    cfn.clock.sleep(320)
    # The first four lists are the two looks for jobs that run.
    begun = cfn.tape.count("ListTrainingJobs")

    def deny(operation: str, index: int, after: bool) -> None:
        if operation == "ListTrainingJobs" and not after and cfn.tape.count(operation) - begun in (5, 6):
            raise denied(operation)

    cfn.tape.listeners.append(deny)

    response = cfn.delete()

    assert response.at >= end_of(cfn, "wf-1") + 300
    assert {line["level"] for line in logs()} == {"INFO"}


def test_the_wait_is_bounded_and_told(cfn: CloudFormation, logs: Logs) -> None:
    start(cfn, "wf-1", VpcConfig=NETWORK)
    cfn.ec2.linger_seconds = 99_999

    response = cfn.delete()

    assert response.ok
    assert INTERFACE_SECONDS < response.at - end_of(cfn, "wf-1") <= INTERFACE_SECONDS + 130
    assert warnings(logs) == 1


def test_the_bound_begins_anew_with_a_job_that_is_found_later(cfn: CloudFormation) -> None:
    start(cfn, "wf-1", VpcConfig=NETWORK)
    cfn.ec2.linger_seconds = 99_999
    event = cfn.event("Delete", AWAITING)
    front.handle(event, cfn.world)
    cfn.executions.run_until(cfn.clock.now() + 400)
    start(cfn, "wf-2", VpcConfig=NETWORK)

    response = cfn.finish(event)

    assert response.ok
    assert response.at - end_of(cfn, "wf-2") > INTERFACE_SECONDS


def test_a_delete_that_cannot_be_carried_out_does_not_wait_for_interfaces(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [COMPLETES]
    start(cfn, "wf-1", VpcConfig=NETWORK)
    cfn.clock.sleep(400)
    event = cfn.event("Delete", ASKED)
    cfn.destination(event, {"errorMessage": "killed"})

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert response.ok
