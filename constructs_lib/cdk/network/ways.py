"""Whether subnets have a way to S3, or out of their VPC: asked when the template is made.

Told only of what the app makes itself. A subnet that is imported, or one with a route of whatever kind, may
have a way that cannot be seen from here: what is not known is not wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aws_cdk import CfnResource
from aws_cdk import aws_ec2 as ec2

from constructs_lib.cdk.whereabouts import root_of, stack_of

__all__ = ["Ways"]

_ROUTES = ("AWS::EC2::Route", "AWS::EC2::VPNGatewayRoutePropagation", "AWS::EC2::VPCEndpoint")
_S3 = re.compile(r"\.s3(?![\w.-])")
_UNKNOWN = re.compile(r"\$\{Token\[[^\]]*\]\}")
_ANY = "*"  # a region that the deployment knows
_SERVICE = re.compile(r"([a-z]+\.[a-z]+)\.(?:\*|[a-z0-9-]+)\.([a-z0-9.-]+)")


class Ways:
    """The routes and endpoints that an app makes, as far as they matter to some subnets.

    Args:
        vpc: the VPC, made by the app.
        subnets: the ones that jobs use.
    """

    def __init__(self, vpc: ec2.Vpc, subnets: Sequence[ec2.ISubnet]) -> None:
        self._vpc_id = vpc.vpc_id
        self._tables = {
            subnet.node.path: subnet.route_table.route_table_id
            for subnet in subnets
            if isinstance(subnet, ec2.Subnet)
        }
        self._routed: set[str] = set()
        self._endpoints: list[ec2.CfnVPCEndpoint] = []
        self._unclear = False
        for node in root_of(vpc).node.find_all():
            self._note(node)

    def _note(self, node: object) -> None:
        if isinstance(node, ec2.CfnRoute):
            self._routed.add(node.route_table_id)
        elif isinstance(node, ec2.CfnVPNGatewayRoutePropagation):
            self._routed.update(node.route_table_ids)
        elif isinstance(node, ec2.CfnVPCEndpoint):
            self._endpoints.append(node)
        elif type(node) is CfnResource and node.cfn_resource_type in _ROUTES:
            self._unclear = True  # without the members of its type it could be for any table

    def without_route(self) -> dict[str, str]:
        """The subnets that have no route out of the VPC, and their route tables."""
        if self._unclear or any(map(_is_unclear, self._routed)):
            return {}
        return {path: table for path, table in self._tables.items() if table not in self._routed}

    def without_s3(self) -> list[str]:
        """The paths of the subnets from which nothing reaches S3."""
        doors = [one for one in self._endpoints if _may_be_s3(one.service_name)]
        if any(self._is_interface(one) for one in doors):
            return []
        reached = {table for one in doors for table in one.route_table_ids or ()}
        if any(map(_is_unclear, reached)):
            return []
        return [path for path, table in self.without_route().items() if table not in reached]

    def twice(self, own: str) -> Iterator[tuple[str, str]]:
        """The services with a private name of which the VPC has an endpoint below a path and another one.

        Args:
            own: the path, with a slash at its end.

        Yields:
            The service's short name, and the other endpoint's path.
        """
        private = [
            (one.node.path, service)
            for one in self._endpoints
            if self._is_interface(one) and one.private_dns_enabled is True
            if (service := _service(one)) is not None
        ]
        for path, service in private:
            for other, its in private if path.startswith(own) else ():
                if service == its and other != path:
                    yield service[1], other

    def _is_interface(self, endpoint: ec2.CfnVPCEndpoint) -> bool:
        return endpoint.vpc_endpoint_type == "Interface" and endpoint.vpc_id == self._vpc_id


def _may_be_s3(service: str | None) -> bool:
    return service is not None and (bool(_S3.search(service)) or bool(_UNKNOWN.fullmatch(service)))


def _service(endpoint: ec2.CfnVPCEndpoint) -> tuple[str, str] | None:
    """The service's prefix and short name, of whatever region; None for what is not known."""
    name = stack_of(endpoint).resolve(endpoint.service_name)
    parts = name.get("Fn::Join", ("", ()))[1] if isinstance(name, dict) else [name]
    text = "".join(part if isinstance(part, str) else _ANY for part in parts)
    found = _SERVICE.fullmatch(text)
    return None if found is None else (found[1], found[2])


def _is_unclear(table: str) -> bool:
    """Whether it is a list that is one token, or a token of something other than a route table here."""
    return table.startswith("#{Token[")
