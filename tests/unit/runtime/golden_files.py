"""Writes what this version of the runtime is sent and keeps: golden/<version>, for the versions to come.

golden/<version>/ has events (as the construct's properties arrive) and states of the state machine;
golden/expected_<version>.json what the events were read as, and what the states' ciphertexts hold.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from constructs_lib.runtime import front
from constructs_lib.runtime.events import Event
from constructs_lib.runtime.transitions.watch import VERSION
from constructs_lib.runtime.transitions.workflow_event import Asked

from .model import (
    FINDS_NO_CAPACITY,
    OWNER,
    RESULT_ID,
    RESULT_TYPE,
    RUNS_FOR_EVER,
    CloudFormation,
    FakeKms,
    Raw,
    WaitHandle,
    properties,
    resources,
    with_late_metrics,
    with_metrics,
)
from .workflows import AWAITING, WORKFLOW_ID, WORKFLOW_TYPE, start

FOLDER = Path(__file__).parent / "golden"
REPORTED = with_metrics(("auc", 0.93), ("loss", 0.1))
HANDLE = "https://cloudformation-waitcondition-eu-west-1.s3.amazonaws.com/h?X-Amz-Signature=h4ndl3"
NETWORK: Raw = {"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0a"]}
OTHER: Raw = {"HyperParameters": {"epochs": "4"}}
JUDGED: Raw = {
    "QualityGates": [{"Metric": "auc", "AtLeast": 0.9}],
    "FinalMetrics": ["auc", "loss"],
    "AllowStopped": True,
}
FULL: Raw = {
    **JUDGED,
    "RerunOn": {"data": "1"},
    "CapacityFallback": [resources("ml.m4.xlarge", VolumeSizeInGB=50), resources("ml.c5.xlarge")],
    "DeleteRecord": True,
    "AwaitInterfaces": True,
    "VpcConfig": NETWORK,
}
Files = dict[str, Raw]


def conditioned(**members: Any) -> Raw:
    """Properties in mode wait_condition."""
    asked = properties(mode="wait_condition", timeout=7200, **members)
    return {**asked, "Completion": {**asked["Completion"], "Handle": HANDLE}}


def fixed(**members: Any) -> Raw:
    """Properties with a job's name of the user's."""
    asked = properties(**members)
    return {**asked, "JobName": {**asked["JobName"], "Fixed": "by-hand"}}


def for_result(job: str = "churn-1f2e3d4cab12cd-a0123456789b-1") -> Raw:
    """Properties of a result."""
    waited = json.dumps({job: job})
    return {"TrainingJobName": job, "OutputPath": "s3://models/out", "Waited": waited, **JUDGED}


def events() -> Files:
    """Every kind of event, in every mode."""
    cfn = CloudFormation()
    one = cfn.beside(logical_id=RESULT_ID, resource_type=RESULT_TYPE)
    flows = cfn.beside(logical_id=WORKFLOW_ID, resource_type=WORKFLOW_TYPE)
    job = "churn-1f2e3d4cab12cd-a0123456789b-1"
    result_id = f"{RESULT_ID}-result"
    return {
        "create_wait": cfn.event("Create", properties(**FULL)),
        "create_start": cfn.event("Create", properties(mode="start")),
        "create_wait_condition": cfn.event("Create", conditioned(CapacityFallback=FULL["CapacityFallback"])),
        "create_fixed": cfn.event("Create", fixed()),
        "update_wait": cfn.event("Update", properties(**FULL, **OTHER), properties(**FULL), physical_id=job),
        "update_from_start": cfn.event("Update", conditioned(), properties(mode="start"), physical_id=job),
        "delete": cfn.event("Delete", properties(), physical_id=job),
        "delete_record": cfn.event("Delete", properties(**FULL), physical_id=job),
        "result_create": one.event("Create", for_result(job)),
        "result_update": one.event("Update", for_result(job), for_result(job), physical_id=result_id),
        "result_delete": one.event("Delete", for_result(job), physical_id=result_id),
        "workflows_create": flows.event("Create", AWAITING),
        "workflows_update": flows.event("Update", AWAITING, {"Owner": OWNER}, physical_id=OWNER),
        "workflows_delete": flows.event("Delete", AWAITING, physical_id=OWNER),
    }


def states() -> tuple[Files, dict[str, dict[str, str]]]:
    """States of the state machine as they are written, and the plain texts in them."""
    found: Files = {}
    plain: dict[str, dict[str, str]] = {}
    for name, (asked, scripts, prepare) in _SCENES.items():
        random.seed(name)
        cfn = CloudFormation()
        cfn.sagemaker.scripts = list(scripts)
        cfn.waits.handles[HANDLE] = WaitHandle("Handle", HANDLE, cfn.clock.now())
        front.handle(prepare(cfn, asked), cfn.world)
        [execution] = [one for one in cfn.executions.all.values() if one.status == "RUNNING"]
        for step, is_there in (("started", lambda state: True), *([_LATER[name]] if name in _LATER else ())):
            while not is_there(execution.state):
                cfn.executions.step()
                assert execution.status == "RUNNING", f"{name} is over before it is {step}"
            found[f"{name}_{step}"] = json.loads(json.dumps(execution.state))
            plain[f"{name}_{step}"] = _plain_texts(cfn.kms, execution.state)
    return found, plain


def _create(cfn: CloudFormation, asked: Raw) -> Raw:
    return cfn.event("Create", asked)


def _delete(cfn: CloudFormation, asked: Raw) -> Raw:
    cfn.sagemaker.stop_seconds = 30
    cfn.create({**asked, "Completion": {"Mode": "start"}})
    return cfn.event("Delete", asked)


def _gone(cfn: CloudFormation, asked: Raw) -> Raw:
    started = {**asked, "Completion": {"Mode": "start"}}
    cfn.create(started)
    cfn.clock.sleep(400)
    cfn.sagemaker.person_deletes(cfn.job)
    return cfn.event("Update", asked, started)


def _result(cfn: CloudFormation, asked: Raw) -> Raw:
    cfn.create(properties(mode="start"))
    event = cfn.event("Create", for_result(cfn.job))
    return {**event, "ResourceType": RESULT_TYPE, "LogicalResourceId": RESULT_ID}


def _workflows(cfn: CloudFormation, asked: Raw) -> Raw:
    cfn.sagemaker.stop_seconds = 30
    start(cfn, "wf-1", VpcConfig=NETWORK)
    start(cfn, "wf-2")
    event = cfn.event("Delete", asked, physical_id=OWNER, status="DELETE_IN_PROGRESS")
    return {**event, "ResourceType": WORKFLOW_TYPE, "LogicalResourceId": WORKFLOW_ID}


_SCENES: dict[str, tuple[Raw, list[Any], Callable[[CloudFormation, Raw], Raw]]] = {
    "wait": (properties(**JUDGED), [REPORTED], _create),
    "late": (properties(timeout=100), [RUNS_FOR_EVER], _create),
    "metrics": (
        properties(**JUDGED),
        [with_late_metrics(("auc", 0.93), ("loss", 0.1), seconds=100)],
        _create,
    ),
    "fallback": (properties(**FULL), [FINDS_NO_CAPACITY, REPORTED], _create),
    "condition": (conditioned(), [REPORTED], _create),
    "gone": (conditioned(), [REPORTED], _gone),
    "delete": (properties(), [RUNS_FOR_EVER], _delete),
    "record": (properties(**FULL), [RUNS_FOR_EVER], _delete),
    "result": ({}, [REPORTED], _result),
    "workflows": (AWAITING, [RUNS_FOR_EVER], _workflows),
}
# A later state of the same execution, by what shows that it is reached.
_LATER: dict[str, tuple[str, Callable[[Raw], bool]]] = {
    "wait": ("polled", lambda state: state["polls"] == 5),
    "late": ("stopping", lambda state: state["stopping"]),
    "metrics": ("awaited", lambda state: state["ended"] is not None),
    "fallback": ("second", lambda state: state["job"].endswith("-2")),
    "condition": ("signalled", lambda state: state["told"] is not None),
    "gone": ("signalled", lambda state: state["signals"] == 2),
    "record": ("ended", lambda state: state["ended"] is not None),
    "workflows": ("ended", lambda state: state["ended"] is not None),
}


def _plain_texts(kms: FakeKms, state: Raw) -> dict[str, str]:
    """What the ciphertexts of a state hold, by ciphertext; both as base64."""
    sealed = [state["sealed"]["url"], *((state["fallback"] or {}).get("sealed", ()))]
    context = {
        "constructs-lib:stack": state["sealed"]["stack"],
        "constructs-lib:request": state["sealed"]["request"],
    }
    found = {}
    for text in sealed:
        blob = base64.b64decode(text)
        opened = kms.decrypt(KeyId="key", CiphertextBlob=blob, EncryptionContext=context)
        found[text] = base64.b64encode(opened["Plaintext"]).decode()
    return found


def read_as(raw: Raw) -> Raw:
    """What the runtime reads of an event, as JSON."""
    event = Event.parse(raw)
    if event.is_of_workflows:
        return {"asked": Asked.parse(event)._asdict(), "kind": event.kind, "delivery": event.delivery}
    asked = event.result if event.is_result else event.properties
    plain = {**asdict(asked), "gates": [gate._asdict() for gate in asked.gates]}
    found: Raw = {"asked": plain, "kind": event.kind, "delivery": event.delivery}
    if not event.is_result:
        found["job"] = str(event.properties.job_name())
        old = event.old_properties
        found["old"] = str(old.job_name()) if old else None
    if validity := event.validity:
        found["validity"] = validity._asdict()
    read: Raw = json.loads(json.dumps(found))
    return read


def written() -> tuple[Files, Raw]:
    """The files of this version, and what is expected of them."""
    asked = events()
    kept, plain = states()
    expected = {"events": {name: read_as(raw) for name, raw in asked.items()}, "plain": plain}
    return {**asked, **kept}, expected


def write() -> None:
    """Write this version's golden files."""
    folder = FOLDER / str(VERSION)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    files, expected = written()
    for name, document in files.items():
        _write(folder / f"{name}.json", document)
    _write(FOLDER / f"expected_{VERSION}.json", expected)


def _write(path: Path, document: Raw) -> None:
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
