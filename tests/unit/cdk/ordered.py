"""Templates with jobs in an order: no circle, and all rights in time."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from constructs_lib import TrainingJob, TrainingPlatform
from tests.unit.cdk.given.made import SPEC
from tests.unit.cdk.graph import JOB, before
from tests.unit.cdk.iam import allows, deployed, statements

PASSED = {"iam:PassedToService": "sagemaker.amazonaws.com"}
FRONT, LATE = "TrainingJobRuntimeFront", "TrainingJobRuntimeLate"


Made = Callable[..., TrainingJob]


def maker(stack: cdk.Stack) -> Made:
    """Makes a job of the stack, in a platform without a network."""
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)

    def make(id: str, scope: Construct | None = None, **options: Any) -> TrainingJob:
        options = {"spec": SPEC, "platform": platform, **options}
        return TrainingJob(scope or stack, id, **options)

    return make


def template_of(stack: cdk.Stack, *, again: bool = False) -> dict[str, Any]:
    """The template, and that CloudFormation can order it; assertions of CDK find a circle by themselves."""
    root = stack.node.root
    assert isinstance(root, cdk.App)
    template = dict(root.synth(force=again).get_stack_artifact(stack.artifact_id).template)
    assert circles(template) == []
    check_rights(template)
    return template


def circles(template: dict[str, Any]) -> list[str]:
    return [name for name in template["Resources"] if name in before(template, name)]


def starts(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] == JOB}


def late(template: dict[str, Any]) -> list[str]:
    """The policies beside the growing ones."""
    return [name for name in template["Resources"] if name.startswith(LATE)]


def check_rights(template: dict[str, Any]) -> None:
    """Every job waits for a policy of the front's that lets its role be passed."""
    for name, one in starts(template).items():
        first = {other: template["Resources"][other] for other in before(template, name)}
        allowed = [
            *statements(first, FRONT),
            *(statements(first, LATE) if late({"Resources": first}) else []),
        ]
        role = deployed(one["Properties"]["Request"]["RoleArn"])
        assert allows(allowed, "iam:PassRole", role, PASSED), name
        check_role(template, name, first)


def check_role(template: dict[str, Any], job: str, first: Container[str]) -> None:
    """A job waits for what the app allows its role, unless that waits for the job."""
    role = template["Resources"][job]["Properties"]["Request"]["RoleArn"]
    for name, one in template["Resources"].items():
        roles = one["Properties"].get("Roles", []) if one["Type"] == "AWS::IAM::Policy" else []
        if {"Ref": role.get("Fn::GetAtt", [""])[0] if isinstance(role, dict) else ""} in roles:
            assert name in first or job in before(template, name), (job, name)


def waits(template: dict[str, Any], later: str, earlier: str) -> bool:
    names = {
        start: next(name for name in starts(template) if name.startswith(start)) for start in (later, earlier)
    }
    return names[earlier] in before(template, names[later])
