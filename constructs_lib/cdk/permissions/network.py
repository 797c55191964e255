"""To join the network of ``VpcConfig``.

Sources: developer guide, train-vpc and sagemaker-roles; the Service Authorization Reference for what EC2's
actions can be bound to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from constructs_lib.cdk.arns import network_arn
from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.request_parts import part, texts
from constructs_lib.spec.text import is_expression

__all__ = ["network"]


def network(request: Request) -> Iterator[Permission]:
    """To make network interfaces in the given subnets and groups, to lend and to remove them."""
    vpc = part(request, "VpcConfig")
    if not vpc:
        return
    looking = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
    actions = tuple(f"ec2:Describe{name}" for name in looking)
    yield Permission("VpcConfig: look at the network (EC2 has no resource to name)", actions, ("*",))
    subnets = _arns("subnet", vpc.get("Subnets"))
    groups = _arns("security-group", vpc.get("SecurityGroupIds"))
    interfaces = network_arn("network-interface", "*")
    create = ("ec2:CreateNetworkInterface",)
    yield Permission("VpcConfig: join the network", create, (interfaces, *subnets, *groups))
    lend = ("ec2:CreateNetworkInterfacePermission",)
    to_sagemaker: dict[str, dict[str, Any]] = {
        "StringEquals": {"ec2:AuthorizedService": "sagemaker.amazonaws.com"},
        "ArnEquals": {"ec2:Subnet": list(subnets)},
    }
    yield Permission("VpcConfig: lend the interface to SageMaker", lend, (interfaces,), to_sagemaker)
    # The interface's id is SageMaker's to choose, and no condition key of the deletion is known to hold.
    remove = ("ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission")
    yield Permission("VpcConfig: leave the network", remove, (interfaces,))


def _arns(kind: str, ids: object) -> tuple[str, ...]:
    """Those of the ids; of all where CloudFormation, or an execution, alone knows them, one by one."""
    known = texts(ids)
    if known is None or any(map(is_expression, cast("Sequence[object]", ids))):
        return (network_arn(kind, "*"),)
    return tuple(network_arn(kind, id) for id in known)
