"""Network interfaces outlive a job: a network that goes with the stack is waited for, and never touched."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Logs
from .model import RUNS_FOR_EVER, CloudFormation, Raw, check, denied, properties

NETWORK: Raw = {"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0a", "subnet-0b"]}
OTHER: Raw = {"HyperParameters": {"epochs": "4"}}
LOOKS = "DescribeNetworkInterfaces"
BOUND = 600


def asked(**members: Any) -> Raw:
    return properties(**{"AwaitInterfaces": True, "VpcConfig": NETWORK, **members})


def warnings(logs: Logs) -> int:
    return [(line["message"], line["level"]) for line in logs()].count(("interfaces linger", "WARNING"))


def ended(cfn: CloudFormation) -> float:
    return cfn.sagemaker.every[-1].ended


@pytest.mark.fault(45)
@pytest.mark.parametrize("runs", [True, False])
def test_delete_waits_until_the_network_is_empty(cfn: CloudFormation, runs: bool, logs: Logs) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER] if runs else cfn.sagemaker.scripts
    cfn.ec2.linger_seconds = 300
    cfn.create(asked(mode="start") if runs else asked())

    response = cfn.delete()

    assert response.ok
    assert ended(cfn) + 300 <= response.at <= ended(cfn) + 370
    assert warnings(logs) == 0
    check(cfn)


@pytest.mark.fault(45)
def test_none_is_deleted(cfn: CloudFormation) -> None:
    """The only call to EC2 is a look: the model, and the policy, have no other."""
    cfn.ec2.linger_seconds = 300
    cfn.create(asked())
    cfn.delete()

    assert {call for call in cfn.tape.calls if "Interface" in call} == {LOOKS}


@pytest.mark.fault(45)
def test_the_wait_is_bounded(cfn: CloudFormation, logs: Logs) -> None:
    cfn.create(asked())
    cfn.ec2.linger_seconds = 99_999
    before = cfn.clock.now()

    response = cfn.delete()

    assert response.ok
    assert BOUND < response.at - before <= BOUND + 61
    assert warnings(logs) == 1


@pytest.mark.fault(45)
def test_the_bound_begins_when_the_job_has_ended(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.sagemaker.stop_seconds = 120
    cfn.create(asked(mode="start"))
    cfn.ec2.linger_seconds = 99_999

    response = cfn.delete()

    assert response.ok
    assert ended(cfn) + BOUND < response.at <= ended(cfn) + BOUND + 130


@pytest.mark.fault(45)
def test_a_job_that_is_long_to_stop_leaves_its_network_the_same_time(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.sagemaker.stop_seconds = 700
    cfn.create(asked(mode="start"))
    cfn.ec2.linger_seconds = 99_999

    response = cfn.delete()

    assert response.ok
    assert ended(cfn) + BOUND < response.at <= ended(cfn) + BOUND + 130


@pytest.mark.fault(45)
@pytest.mark.parametrize("members", [{"VpcConfig": None}, {"AwaitInterfaces": False}])
@pytest.mark.parametrize("runs", [True, False])
def test_where_there_is_nothing_to_wait_for_nothing_is_looked_at(
    cfn: CloudFormation, members: Raw, runs: bool
) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER] if runs else cfn.sagemaker.scripts
    cfn.create(asked(mode="start" if runs else "wait", **members))

    assert cfn.delete().ok
    assert LOOKS not in cfn.tape.calls


@pytest.mark.fault(45)
def test_the_network_stays_in_an_updates_clean_up(cfn: CloudFormation) -> None:
    cfn.ec2.linger_seconds = 99_999
    cfn.create(asked())

    assert cfn.update(asked(**OTHER)).ok

    assert cfn.cleaned_up
    assert LOOKS not in cfn.tape.calls


@pytest.mark.fault(45)
def test_the_network_stays_when_an_update_is_rolled_back(cfn: CloudFormation) -> None:
    cfn.ec2.linger_seconds = 99_999
    cfn.create(asked())
    before = cfn.deployed
    cfn.update(asked(**OTHER), clean_up=False)

    assert cfn.undo(before).ok

    assert cfn.cleaned_up
    assert LOOKS not in cfn.tape.calls


@pytest.mark.fault(45)
def test_the_network_goes_when_a_creation_is_rolled_back(cfn: CloudFormation) -> None:
    cfn.ec2.linger_seconds = 300
    cfn.create(asked())
    cfn.status = "ROLLBACK_IN_PROGRESS"

    response = cfn.delete()

    assert response.ok
    assert response.at >= ended(cfn) + 300


@pytest.mark.fault(45)
def test_interfaces_that_cannot_be_seen_are_not_waited_for(cfn: CloudFormation, logs: Logs) -> None:
    cfn.create(asked())
    cfn.tape.fail(LOOKS, denied(LOOKS), times=99)
    before = cfn.clock.now()

    response = cfn.delete()

    assert response.ok
    assert response.at - before < 30
    assert "interfaces not to be seen" in [line["message"] for line in logs()]


@pytest.mark.fault(45)
def test_a_neighbours_interfaces_in_other_subnets_are_no_matter(cfn: CloudFormation) -> None:
    other = cfn.beside(logical_id="Another")
    other.create(properties(owner="1f2e3d4cffffff", VpcConfig={**NETWORK, "Subnets": ["subnet-0c"]}))
    cfn.create(asked())
    cfn.clock.sleep(500)
    other.sagemaker.every[0].script = RUNS_FOR_EVER
    before = cfn.clock.now()

    assert cfn.delete().at - before < 30


@pytest.mark.fault(45)
def test_the_record_goes_after_the_network_is_empty(cfn: CloudFormation) -> None:
    cfn.ec2.linger_seconds = 300
    cfn.create(asked(DeleteRecord=True))

    response = cfn.delete()

    assert response.ok
    assert response.at >= ended(cfn) + 300
    assert cfn.sagemaker.jobs == {}
    last_look = max(index for index, call in enumerate(cfn.tape.calls) if call == LOOKS)
    assert cfn.tape.calls.index("DeleteTrainingJob") > last_look or cfn.tape.count("DeleteTrainingJob") == 1
