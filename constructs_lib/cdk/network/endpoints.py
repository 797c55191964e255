"""Interface endpoints: private ways to single services of AWS's, for networks without a way out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IDependable

from constructs_lib.cdk.network.groups import admit
from constructs_lib.cdk.network.rule_places import is_made_with_jobs
from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import kind

__all__ = ["Endpoint", "add_interface_endpoints", "checked_endpoints"]

Endpoint: TypeAlias = str | ec2.InterfaceVpcEndpointAwsService

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*")
# Those of SageMaker's own prefix; all others begin with com.amazonaws.
_OF_SAGEMAKER = ("experiments", "notebook", "partner-app", "studio")
# What is no service of an endpoint's, though it looks like one.
_MEANT = {
    "cloudwatch": "'monitoring' or 'logs'",
    "codeartifact": "'codeartifact.api' and 'codeartifact.repositories'",
    "ecr": "'ecr.api' and 'ecr.dkr'",
    "mlflow": "'experiments'",
    "sagemaker": "'sagemaker.api' or 'sagemaker.runtime'",
}


def checked_endpoints(
    given: Sequence[Endpoint] | None, vpc: object, construct: str
) -> dict[str, ec2.InterfaceVpcEndpointAwsService]:
    """The services by their short names.

    Args:
        given: the argument.
        vpc: the VPC that was given; None for one that the platform makes.
        construct: the platform's path.

    Raises:
        SpecError: something else than services, one twice, or a VPC that is no construct of the app.
    """
    if given is None or isinstance(given, str) or not isinstance(given, Sequence):
        problem = f"must be a list of services, got {kind(given)}"
        raise SpecError("endpoints", problem, "write endpoints=['sts', 'logs']", construct=construct)
    services: dict[str, ec2.InterfaceVpcEndpointAwsService] = {}
    for index, one in enumerate(given):
        path = f"endpoints[{index}]"
        service = _service(path, one, construct)
        name = service.short_name
        if name in services:
            problem = f"is {name!r} for the second time, and a VPC takes one endpoint for a service's name"
            raise SpecError(path, problem, "leave it out", construct=construct)
        if name == "s3":
            problem = "is 's3', which jobs reach through a gateway endpoint that costs nothing"
            fix = "leave it out; a vpc of yours gets one by vpc.add_gateway_endpoint"
            raise SpecError(path, problem, fix, construct=construct)
        services[name] = service
    if services and vpc is not None and not isinstance(vpc, ec2.Vpc):
        problem = "the vpc is imported, and may have these endpoints already"
        fix = "make them where the vpc is made, and leave endpoints out"
        raise SpecError("endpoints", problem, fix, construct=construct)
    return services


def _service(path: str, given: object, construct: str) -> ec2.InterfaceVpcEndpointAwsService:
    if isinstance(given, ec2.InterfaceVpcEndpointAwsService):
        return given
    if not isinstance(given, str):
        problem = f"must be a service or its short name, got {kind(given)}"
        fix = "pass an ec2.InterfaceVpcEndpointAwsService, or a name such as 'sts'"
        raise SpecError(path, problem, fix, construct=construct)
    if given in _MEANT:
        problem = f"is {given!r}, which is no endpoint's service"
        raise SpecError(path, problem, f"write {_MEANT[given]}", construct=construct)
    if not _NAME.fullmatch(given) or given.startswith(("com.", "aws.", "cn.")):
        problem = f"must be a service's short name in lower case, got {given!r}"
        fix = "leave out what is before the service, as in 'ecr.api' for com.amazonaws.<region>.ecr.api"
        raise SpecError(path, problem, fix, construct=construct)
    prefix = "aws.sagemaker" if given in _OF_SAGEMAKER else None
    return ec2.InterfaceVpcEndpointAwsService(given, prefix)


def add_interface_endpoints(
    scope: Construct,
    services: dict[str, ec2.InterfaceVpcEndpointAwsService],
    vpc: ec2.IVpc,
    subnets: Sequence[ec2.ISubnet],
    clients: Sequence[ec2.ISecurityGroup],
) -> list[IDependable]:
    """Endpoints with a group of their own, which the jobs' groups may enter by HTTPS, and nobody else.

    Args:
        scope: where they are made: not in the VPC's stack, which may be another one.
        services: by their short names.
        vpc: the VPC.
        subnets: the jobs' subnets; an endpoint takes one of each zone.
        clients: the jobs' groups.

    Returns:
        What jobs are made after: the endpoints and the rules of their group; nothing without services.
    """
    if not services:
        return []
    around = Construct(scope, "Endpoints")
    group = ec2.SecurityGroup(
        around,
        "SecurityGroup",
        vpc=vpc,
        description="Interface endpoints for SageMaker training jobs",
        allow_all_outbound=False,
    )
    for client in clients:
        there = not is_made_with_jobs(client, group, group, vpc)
        admit([client], [group], ec2.Port.tcp(443), "HTTPS (interface endpoints)", made_with_targets=there)
    chosen = ec2.SubnetSelection(subnets=subnets, one_per_az=True)
    for name, service in services.items():
        ec2.InterfaceVpcEndpoint(
            around, name, vpc=vpc, service=service, subnets=chosen, security_groups=[group], open=False
        )
    return [around]
