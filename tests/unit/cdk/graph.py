"""What CloudFormation makes before a resource: references and DependsOn, followed to the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

JOB = "Custom::SageMakerTrainingJob"
RESULT = "Custom::SageMakerTrainingJobResult"
# What a job needs in order to start, run, be watched and be stopped, whether or not it refers to it.
NEEDED = {
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCEndpoint",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::StepFunctions::StateMachine",
}

Template = dict[str, Any]


def references(node: Any) -> Iterator[str]:
    """The logical ids that a piece of a template refers to."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref":
                yield value
            elif key == "Fn::GetAtt":
                yield value[0] if isinstance(value, list) else value.split(".")[0]
            elif key == "Fn::Sub":
                text = value if isinstance(value, str) else value[0]
                yield from (found.split(".")[0] for found in re.findall(r"\$\{([^!}]+)\}", text))
                yield from references(value)
            else:
                yield from references(value)


def before(template: Template, logical_id: str) -> set[str]:
    """Every resource that is made before this one."""
    resources = template["Resources"]
    found: set[str] = set()
    waiting = [logical_id]
    while waiting:
        resource = resources[waiting.pop()]
        depends_on = resource.get("DependsOn", [])
        direct = {
            *references(resource.get("Properties", {})),
            *([depends_on] if isinstance(depends_on, str) else depends_on),
        }
        new = {name for name in direct if name in resources} - found
        found |= new
        waiting += new
    return found


def missing(template: Template) -> dict[str, set[str]]:
    """For each job, what it needs and does not wait for; empty when the order is right."""
    resources = template["Resources"]
    needed = {name for name, resource in resources.items() if resource["Type"] in NEEDED}
    jobs = [name for name, resource in resources.items() if resource["Type"] == JOB]
    gaps = {job: needed - before(template, job) for job in jobs}
    return {job: gap for job, gap in gaps.items() if gap}
