"""A runner as what its jobs are to others: their execution role, for grants, and their network."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from constructs_lib.cdk.permissions import Permission

__all__ = ["JobPrincipal"]


class JobPrincipal:
    """The members of `iam.IGrantable` and `ec2.IConnectable`, for a construct that implements both.

    It is mixed into a construct, before the class of CDK's; else CDK is not told of these members.
    """

    role: iam.IRole
    _connections: ec2.Connections
    _permissions: Sequence[Permission]

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The execution role, for grants to the code that trains."""
        return self.role.grant_principal

    @property
    def connections(self) -> ec2.Connections:
        """The network interfaces of the platform's jobs; with a vpc_config of the spec's, of its groups'."""
        return self._connections

    def explain_permissions(self) -> list[Permission]:
        """What the execution role is allowed, and because of which field of the request."""
        return list(self._permissions)
