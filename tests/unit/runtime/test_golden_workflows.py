"""What earlier versions were sent, and have written, about workflows is carried out and taken over."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.sealing import Seal
from constructs_lib.runtime.transitions.watch import Watch

from .golden_files import read_as
from .model import OWNER, RUNS_FOR_EVER, CloudFormation, Raw
from .test_golden import FILES, WORKFLOWS, OldKms, answered, expected
from .workflows import NETWORK, start

EVENTS = [name for name in WORKFLOWS if "RequestType" in FILES[name]]
STATES = [name for name in WORKFLOWS if "purpose" in FILES[name]]


def taken_over(cfn: CloudFormation, name: str) -> Raw:
    """The state's surroundings: its jobs, its key and its stack."""
    state: Raw = FILES[name]
    cfn.world = replace(cfn.world, seal=Seal(OldKms(state, expected("plain", name)), "key"))
    cfn.status = "DELETE_IN_PROGRESS"
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    for job in state["workflow"]["jobs"]:
        cfn.sagemaker.person_stops(start(cfn, job, VpcConfig=NETWORK))
    return state


def test_there_are_some() -> None:
    assert len(EVENTS) >= 3
    assert len(STATES) >= 2


@pytest.mark.fault(15)
@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_read_as_it_was_and_carried_out(cfn: CloudFormation, name: str) -> None:
    raw = FILES[name]
    if raw["RequestType"] == "Delete":
        cfn.sagemaker.scripts = [RUNS_FOR_EVER]
        cfn.status = "DELETE_IN_PROGRESS"
        start(cfn, "wf-1")

    front.handle(raw, cfn.world)
    response = cfn.finish(raw)

    assert read_as(raw) == expected("events", name)
    assert (response.ok, response.physical_id) == (True, OWNER)
    assert cfn.sagemaker.live() == []


@pytest.mark.fault(60)
@pytest.mark.parametrize("name", STATES)
def test_a_state_is_taken_over_to_its_end(cfn: CloudFormation, name: str) -> None:
    state = taken_over(cfn, name)
    start(cfn, "wf-later")

    cfn.executions.start("golden", state)
    cfn.executions.run()

    response = answered(cfn, name)
    assert response is not None
    assert (response.ok, response.physical_id) == (True, OWNER)
    assert cfn.sagemaker.live() == []
    assert cfn.sagemaker.status("wf-later") == "Stopped"


@pytest.mark.fault(60)
@pytest.mark.parametrize("name", STATES)
def test_a_state_whose_execution_breaks_is_answered(cfn: CloudFormation, name: str) -> None:
    cfn.executions.start("golden", taken_over(cfn, name))
    start(cfn, "wf-later")

    cfn.executions.abort("golden")

    response = answered(cfn, name)
    assert response is not None
    assert "ended as ABORTED" in response.reason
    assert cfn.sagemaker.running() == []


@pytest.mark.fault(60)
@pytest.mark.parametrize("name", STATES)
def test_a_state_is_written_with_all_that_it_had(name: str) -> None:
    state = {key: value for key, value in FILES[name].items() if key not in ("done", "wait", "version")}

    dumped = json.loads(json.dumps(Watch.parse(FILES[name]).dump()))

    assert {key: dumped[key] for key in state} == state
