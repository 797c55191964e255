"""Where moto's own resource types fall short: values it does not fill in, deletions it does not make."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Callable
from typing import Any

from constructs_lib.local import seams

__all__ = ["DELETERS", "completed", "settle"]

# Types that moto cannot make without a name, and the property that holds it.
_NAMED = {"AWS::SSM::Parameter": "Name"}
# Defaults of CloudFormation that moto reads without having them.
_DEFAULTS = {"AWS::EC2::VPCEndpoint": {"VpcEndpointType": "Gateway"}}


def completed(part: dict[str, Any], logical: str, resource: Any = None) -> dict[str, Any]:
    """The resource's part with its defaults and a name: a generated one, or the one generated before."""
    key = _NAMED.get(part["Type"])
    properties = part.setdefault("Properties", {})
    for name, value in _DEFAULTS.get(part["Type"], {}).items():
        properties.setdefault(name, value)
    if part["Type"] == "AWS::S3::Bucket" and resource is not None:
        properties.setdefault("BucketName", resource.physical_resource_id)  # an update keeps the name
    if key and key not in properties:
        known = getattr(resource, "physical_resource_id", None)
        properties[key] = known or f"CFN-{logical}-{uuid.uuid4().hex[:12]}"
    return part


def settle(kind: str, resource: Any) -> None:
    """Mends what moto has just made: it keeps a key's policy as a map, and then cannot read it."""
    if kind == "AWS::KMS::Key" and isinstance(resource.policy, dict):
        resource.policy = json.dumps(resource.policy)


def _ec2(account: str, region: str) -> Any:
    return seams.get("moto.ec2.models:ec2_backends")[account][region]


def _route_table(physical: str, account: str, region: str) -> None:
    backend = _ec2(account, region)
    for association in list(backend.get_route_table(physical).associations):
        backend.disassociate_route_table(association)
    backend.delete_route_table(physical)


def _association(physical: str, account: str, region: str) -> None:
    with contextlib.suppress(Exception):  # it may be gone with its table
        _ec2(account, region).disassociate_route_table(physical)


def _endpoint(physical: str, account: str, region: str) -> None:
    _ec2(account, region).delete_vpc_endpoints([physical])


def _flow_log(physical: str, account: str, region: str) -> None:
    _ec2(account, region).delete_flow_logs([physical])


def _managed_policy(physical: str, account: str, region: str) -> None:
    """By itself moto keeps a deleted policy attached, and then refuses to delete its roles."""
    del region  # IAM has none
    backend = seams.get("moto.iam.models:iam_backends")[account]["aws"]
    holders = [*backend.roles.values(), *backend.users.values(), *backend.groups.values()]
    for holder in holders:
        holder.managed_policies.pop(physical, None)
    backend.delete_policy(physical)


# Types that moto makes for a stack but leaves behind, in whole or in part, when the stack is deleted.
DELETERS: dict[str, Callable[[str, str, str], None]] = {
    "AWS::EC2::RouteTable": _route_table,
    "AWS::EC2::SubnetRouteTableAssociation": _association,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::EC2::FlowLog": _flow_log,
    "AWS::IAM::ManagedPolicy": _managed_policy,
}
