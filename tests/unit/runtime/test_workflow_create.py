"""The resource that stands for a stack's workflows is made and changed at once; it acts when it goes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .model import OWNER, CloudFormation, Raw
from .workflows import ASKED, WORKFLOW_ID, WORKFLOW_TYPE, start, workflows

ROOT = Path(__file__).resolve().parents[3]
BAD = ("", "*", OWNER.upper(), OWNER[1:], f"{OWNER}0")


@pytest.fixture
def cfn() -> CloudFormation:
    return workflows()


def test_create_answers_at_once_with_the_owner_and_touches_nothing() -> None:
    cfn = CloudFormation(resource_type=WORKFLOW_TYPE, logical_id=WORKFLOW_ID)
    began = cfn.clock.now()

    response = cfn.create(ASKED)

    assert (response.ok, response.physical_id, response.data) == (True, OWNER, {})
    assert response.at == began
    assert cfn.tape.calls == ["Answer"]


def test_update_answers_at_once_with_the_owner(cfn: CloudFormation) -> None:
    start(cfn, "wf-1")
    calls = len(cfn.tape.calls)

    response = cfn.update({**ASKED, "AwaitInterfaces": True})

    assert (response.ok, response.physical_id, response.data) == (True, OWNER, {})
    assert cfn.tape.calls[calls:] == ["Answer"]
    assert cfn.sagemaker.running() == ["wf-1"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"Owner": ""},
        {"Owner": "*"},
        {"Owner": OWNER.upper()},
        {"Owner": OWNER[1:]},
        {"Owner": f"{OWNER}0"},
    ],
)
def test_create_without_an_owner_fails_in_words_and_its_delete_succeeds(asked: Raw) -> None:
    cfn = CloudFormation(resource_type=WORKFLOW_TYPE, logical_id=WORKFLOW_ID)

    response = cfn.create(asked)

    assert not response.ok
    assert response.reason == "the custom resource's property Owner must be 14 characters a-z and 0-9"
    assert response.physical_id == f"{WORKFLOW_ID}-never-started"
    assert cfn.delete().ok
    assert cfn.tape.count("ListTrainingJobs") == 0


def test_an_unknown_request_is_refused(cfn: CloudFormation) -> None:
    response = cfn.settle(cfn.event("Upsert", ASKED, status="UPDATE_IN_PROGRESS"))

    assert not response.ok
    assert "'Upsert' is none of" in response.reason


def test_an_ordinary_first_event_loads_nothing_of_workflows() -> None:
    """Lambda compiles what is imported at every cold start."""
    code = (
        "import sys\n"
        "from constructs_lib.runtime import front, worker\n"
        "from tests.unit.runtime.model import CloudFormation, properties\n"
        "assert CloudFormation().create(properties()).ok\n"
        "words = ('workflow_', '_workflow', 'marked_jobs', 'ended_execution')\n"
        "print([name for name in sys.modules if any(word in name for word in words)])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
