"""Updates of a stack's workflows that take execution roles away, and jobs under these."""

from __future__ import annotations

from constructs_lib.runtime import front

from .model import ACCOUNT, OWNER, CloudFormation, Raw
from .workflows import ASKED, start

OLD, NEW, KEPT = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("old", "new", "kept"))
BEFORE: Raw = {**ASKED, "Roles": [KEPT, OLD]}
AFTER: Raw = {**ASKED, "Roles": [KEPT, NEW]}
BOTH: Raw = {**ASKED, "Roles": [KEPT, NEW, OLD]}


def train(cfn: CloudFormation, name: str, role: str, owner: str | None = OWNER) -> str:
    """A state machine starts a job under a role."""
    return start(cfn, name, owner, RoleArn=role)


def undoing(cfn: CloudFormation) -> Raw:
    """The Update that undoes it."""
    return cfn.event("Update", BEFORE, AFTER, status="UPDATE_ROLLBACK_IN_PROGRESS")


def begun(cfn: CloudFormation, event: Raw | None = None) -> Raw:
    """An Update that is watched."""
    event = event or cfn.event("Update", AFTER, BEFORE)
    front.handle(event, cfn.world)
    assert len(cfn.executions.running()) == 1
    return event


def going_back(cfn: CloudFormation) -> CloudFormation:
    """A roll-back has begun, and a job trains under the role that the Update had made."""
    assert cfn.update(AFTER, clean_up=False).ok
    train(cfn, "new", NEW)
    cfn.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    return cfn
