"""The role that a runner's jobs train under: the user's, extended as far as it can be, or a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from constructs_lib.cdk.explained import explain_role
from constructs_lib.cdk.job_notes import note_role
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.role_ready import role_ready
from constructs_lib.cdk.role_trust import need_trust
from constructs_lib.cdk.training_role import ExecutionRole, extend_role, named_role
from constructs_lib.cdk.trust import TRAINING_ONLY, Trust
from constructs_lib.rules import Finding
from constructs_lib.spec import TrainingJobSpec

__all__ = ["PURPOSE", "JobRole", "job_role"]

PURPOSE = "execution role"


class JobRole(NamedTuple):
    """An execution role.

    Attributes:
        role: the role.
        rights: what a job has to be created after, and deleted before, so that it has its rights.
        findings: a warning for what could not be added to it.
    """

    role: iam.IRole
    rights: list[IDependable]
    findings: list[Finding]


def job_role(
    scope: Construct,
    spec: TrainingJobSpec,
    given: iam.IRole | None,
    permissions: Sequence[Permission],
    trust: Trust = TRAINING_ONLY,
) -> JobRole:
    """The role that was given or that the spec names; else a new one, ``Role`` in the scope."""
    if given is None and spec.role_arn is not None:
        given = named_role(scope, "Role", spec.role_arn)
    if given is None:
        role = ExecutionRole(scope, "Role", permissions=permissions, trust=trust)
        explain_role(scope, role, permissions, PURPOSE)
        return JobRole(role, [role_ready(role)], [])
    explain_role(scope, given, permissions, PURPOSE)
    need_trust(given, trust)
    rights, missing = extend_role(given, permissions, scope)
    return JobRole(given, rights, note_role(missing))
