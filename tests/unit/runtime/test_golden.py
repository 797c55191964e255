"""What earlier versions were sent and have written is read, carried out and taken over by this one.

``GOLDEN=write`` in the environment writes this version's files anew, which is right only before its release.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from typing import Any

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.sealing import Seal
from constructs_lib.runtime.transitions.watch import VERSION, Watch

from .golden_files import FOLDER, HANDLE, REPORTED, read_as, write, written
from .model import (
    RUNS_FOR_EVER,
    CloudFormation,
    Raw,
    Response,
    WaitHandle,
    request,
)

VERSIONS = sorted(int(folder.name) for folder in FOLDER.iterdir() if folder.is_dir())
FILES = {
    f"{version}/{path.stem}": json.loads(path.read_text())
    for version in VERSIONS
    for path in sorted((FOLDER / str(version)).glob("*.json"))
}
EXPECTED = {version: json.loads((FOLDER / f"expected_{version}.json").read_text()) for version in VERSIONS}
# Those of workflows are in test_golden_workflows.
WORKFLOWS = [name for name in FILES if "/workflows_" in name]
EVENTS = [name for name, document in FILES.items() if "RequestType" in document and name not in WORKFLOWS]
STATES = [name for name, document in FILES.items() if "purpose" in document and name not in WORKFLOWS]
# The jobs' time in these tests.
LONG = REPORTED[-1][0]
OUR_TAGS = ("constructs-lib:stack-id", "constructs-lib:logical-id")


def expected(kind: str, name: str) -> Any:
    version, _, stem = name.partition("/")
    return EXPECTED[int(version)][kind][stem]


def test_there_are_files_of_every_version() -> None:
    assert [*range(1, VERSION + 1)] == VERSIONS
    assert {*EVENTS, *STATES, *WORKFLOWS} == set(FILES)
    for version in VERSIONS:
        assert len([name for name in EVENTS if name.startswith(f"{version}/")]) >= 5
        assert len([name for name in STATES if name.startswith(f"{version}/")]) >= 4


def test_the_files_of_this_version_are_what_it_writes() -> None:
    if os.environ.get("GOLDEN") == "write":
        write()
        pytest.skip("written")
    files, _ = written()
    stored = {name.partition("/")[2]: FILES[name] for name in FILES if name.startswith(f"{VERSION}/")}
    hint = "a format changed: raise watch.VERSION if it was released, and write the files with GOLDEN=write"
    assert json.loads(json.dumps(files)) == stored, hint


# Events.


@pytest.mark.fault(15)
@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_read_as_it_was(name: str) -> None:
    """A member that a later version adds may be there beside them."""
    read, before = read_as(FILES[name]), expected("events", name)

    assert {key: read["asked"][key] for key in before["asked"]} == before["asked"]
    others = before.keys() - {"asked"}
    assert {key: read[key] for key in others} == {key: before[key] for key in others}


def existing(cfn: CloudFormation, job: str, like: Raw) -> None:
    """A job of the resource's, as its deployment started it."""
    ids = dict(zip(OUR_TAGS, (cfn.stack_id, cfn.logical_id), strict=True))
    tags = [{"Key": key, "Value": value} for key, value in ids.items()]
    cfn.sagemaker.create_training_job(TrainingJobName=job, **request(**like, Tags=tags))


def surroundings(document: Raw, cfn: CloudFormation) -> None:
    """The stack goes forward, and the handle that the golden files have is there."""
    cfn.status = "UPDATE_IN_PROGRESS"
    cfn.waits.handles[HANDLE] = WaitHandle("Handle", HANDLE, cfn.clock.now())


@pytest.mark.fault(15)
@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_carried_out(cfn: CloudFormation, name: str) -> None:
    raw = FILES[name]
    surroundings(raw, cfn)
    cfn.sagemaker.scripts = [REPORTED]
    result = raw["ResourceType"].endswith("Result")
    job = raw["ResourceProperties"]["TrainingJobName"] if result else raw.get("PhysicalResourceId")
    if job:
        existing(cfn, job, {"VpcConfig": raw["ResourceProperties"].get("Request", {}).get("VpcConfig")})
    if raw["RequestType"] == "Delete":
        cfn.status = "DELETE_IN_PROGRESS"
    before = cfn.creations

    front.handle(raw, cfn.world)
    response = cfn.finish(raw)

    assert response.ok, response.reason
    known = expected("events", name)
    if result:
        assert response.physical_id == f"{raw['LogicalResourceId']}-result"
    elif raw["RequestType"] == "Delete":
        assert response.physical_id == job
        assert cfn.sagemaker.live() == []
        assert (job in cfn.sagemaker.jobs) == (not known["asked"].get("delete_record", False))
    elif known["job"] == job:
        assert cfn.creations == before
    else:
        assert response.physical_id == cfn.job == known["job"]
        assert cfn.creations == before + 1
    if HANDLE in json.dumps(raw):
        assert cfn.waits.sent[0][1] == 200


# States.


class OldKms:
    """Opens the ciphertexts of a golden state, in their context only."""

    def __init__(self, state: Raw, plain: dict[str, str]) -> None:
        sealed = state["sealed"]
        self._context = {"constructs-lib:stack": sealed["stack"], "constructs-lib:request": sealed["request"]}
        self._plain = plain

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: Raw) -> Raw:
        assert EncryptionContext == self._context
        return {"Plaintext": base64.b64decode(self._plain[base64.b64encode(CiphertextBlob).decode()])}


def taken_over(cfn: CloudFormation, name: str) -> Raw:
    """The state's surroundings: its job, its key and its stack."""
    state: Raw = FILES[name]
    plain = expected("plain", name)
    cfn.world = replace(cfn.world, seal=Seal(OldKms(state, plain), "key"))
    surroundings(state, cfn)
    if state["purpose"] == "delete":
        cfn.status = "DELETE_IN_PROGRESS"
    stopping = state["purpose"] == "delete" or state.get("stopping")
    cfn.sagemaker.scripts = [RUNS_FOR_EVER if stopping else REPORTED]
    if not (state.get("told") and "gone" in name):
        vpc = {"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0a"]}
        existing(cfn, state["job"], {"VpcConfig": vpc if state.get("await_interfaces") else None})
        if stopping:
            cfn.sagemaker.person_stops(state["job"])
    return state


def answered(cfn: CloudFormation, name: str) -> Response | None:
    urls = [base64.b64decode(text).decode(errors="replace") for text in expected("plain", name).values()]
    return next((one for one in cfn.recorder.responses if one.url in urls), None)


@pytest.mark.fault(60)
@pytest.mark.parametrize("name", STATES)
def test_a_state_is_taken_over_to_its_end(cfn: CloudFormation, name: str) -> None:
    state = taken_over(cfn, name)

    cfn.executions.start("golden", state)
    cfn.executions.run()

    [execution] = cfn.executions.all.values()
    assert execution.status == "SUCCEEDED"
    assert json.loads(execution.states[-1])["done"]
    if state.get("reply") == "signal":
        assert {(body["Status"], http) for body, http in cfn.waits.sent} == {("SUCCESS", 200)}
        assert cfn.recorder.responses == []
        return
    response = answered(cfn, name)
    assert response is not None
    too_long = state["deadline"] < cfn.sagemaker.every[0].started + LONG
    late = state["purpose"] == "train" and (state["stopping"] or too_long)
    assert response.ok == (not late), response.reason
    assert response.physical_id == (state.get("physical_id") or state["job"])
    assert cfn.sagemaker.live() == []
    assert (state["job"] in cfn.sagemaker.jobs) == (not state.get("delete_record", False))
    if response.ok and state["purpose"] == "train":
        assert {f"Metric.{metric}" for metric in state["metrics"]} <= response.data.keys()


@pytest.mark.fault(60)
@pytest.mark.parametrize("name", [one for one in STATES if FILES[one].get("fallback")])
def test_a_states_sealed_request_starts_the_next_attempt(cfn: CloudFormation, name: str) -> None:
    state = taken_over(cfn, name)
    cfn.sagemaker.no_capacity = {"ml.m5.large"}
    del cfn.sagemaker.jobs[state["job"]]
    existing(cfn, state["job"], {})
    cfn.sagemaker.no_capacity = set()
    before = cfn.creations

    cfn.executions.start("golden", state)
    cfn.executions.run()

    sent = cfn.sagemaker.sent("CreateTrainingJob")[-1]
    assert cfn.creations == before + 1
    assert sent["ResourceConfig"]["InstanceType"] == state["fallback"]["left"][0]
    response = answered(cfn, name)
    assert response is not None
    assert response.ok
    assert response.physical_id == sent["TrainingJobName"] != state["job"]


@pytest.mark.fault(60)
@pytest.mark.parametrize("name", STATES)
def test_a_state_whose_execution_breaks_is_answered(cfn: CloudFormation, name: str) -> None:
    """EventBridge hands over the input, as the version that started the execution wrote it."""
    state = taken_over(cfn, name)
    cfn.executions.start("golden", state)

    running = cfn.sagemaker.running()
    cfn.executions.abort("golden")

    # A result's job, or an Update's old one, is not the watch's to stop.
    assert cfn.sagemaker.running() == ([] if state["stop_on_failure"] else running)
    if state.get("reply") == "signal":
        assert [http for _, http in cfn.waits.sent] == [200]
    else:
        response = answered(cfn, name)
        assert response is not None
        assert "ended as ABORTED" in response.reason


@pytest.mark.fault(60)
@pytest.mark.parametrize("name", STATES)
def test_a_state_is_written_with_all_that_it_had(name: str) -> None:
    state = {key: value for key, value in FILES[name].items() if key not in ("done", "wait", "version")}

    dumped = json.loads(json.dumps(Watch.parse(FILES[name]).dump()))

    assert {key: dumped[key] for key in state} == state
