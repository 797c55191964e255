"""What the functions of a template come to in one account, so that policies hold ARNs as AWS sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ACCOUNT, REGION, OTHER_ACCOUNT = "123456789012", "eu-west-1", "210987654321"
ZONES = [f"{REGION}{letter}" for letter in "abc"]
# The first block of a stack's UUID is part of its jobs' names.
BLOCK = "1b2c3d4e"
# What Ref and GetAtt Arn come to; {name} is the resource's name, {id} one that AWS chooses.
REFS = {
    "AWS::EC2::SecurityGroup": "sg-{id}",
    "AWS::EC2::Subnet": "subnet-{id}",
    "AWS::EC2::VPC": "vpc-{id}",
    "AWS::EC2::VPCEndpoint": "vpce-{id}",
    "AWS::EFS::FileSystem": "fs-{id}",
    "AWS::FSx::FileSystem": "fs-{id}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::{account}:policy/{name}",
    "AWS::KMS::Key": "{id}",
    "AWS::S3::Bucket": "{lower}",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "https://sqs.{region}.amazonaws.com/{account}/{name}",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:{region}:{account}:stateMachine:{name}",
}
ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::EC2::SecurityGroup": "arn:aws:ec2:{region}:{account}:security-group/sg-{id}",
    "AWS::ECR::Repository": "arn:aws:ecr:{region}:{account}:repository/{lower}",
    "AWS::EFS::FileSystem": "arn:aws:elasticfilesystem:{region}:{account}:file-system/fs-{id}",
    "AWS::Events::Rule": "arn:aws:events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{id}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{lower}",
    "AWS::Scheduler::ScheduleGroup": "arn:aws:scheduler:{region}:{account}:schedule-group/{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:{region}:{account}:stateMachine:{name}",
}
NAMES = (
    "RoleName",
    "BucketName",
    "FunctionName",
    "LogGroupName",
    "RepositoryName",
    "StateMachineName",
    "Name",
)

Template = Mapping[str, Any]


class Physical:
    """Carries out the functions of one stack's template.

    Args:
        name: the stack's.
        template: as synthesized.
        exports: what all stacks export, by name.
    """

    def __init__(self, name: str, template: Template, exports: Mapping[str, str] | None = None) -> None:
        self.name, self.template = name, template
        self._resources = template.get("Resources", {})
        self._exports = exports or {}

    @property
    def stack_id(self) -> str:
        """The ARN of the stack."""
        uuid = f"{BLOCK}-0000-11f0-8000-0a0000000000"
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/{uuid}"

    def exports(self) -> dict[str, str]:
        """What this stack exports."""
        outputs = self.template.get("Outputs", {}).values()
        return {self.of(one["Export"]["Name"]): self.of(one["Value"]) for one in outputs if "Export" in one}

    def of(self, value: Any) -> Any:
        """A value of the template as it is deployed."""
        if isinstance(value, list):
            return [found for item in value if (found := self.of(item)) is not None]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((function, given),) = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._function(function, given)
        made = {key: self.of(item) for key, item in value.items()}
        return {key: item for key, item in made.items() if item is not None}

    def arn(self, logical_id: str) -> str:
        """The ARN of a resource of the stack."""
        return self._attribute(logical_id, "Arn")

    def _function(self, function: str, given: Any) -> Any:
        if function == "Ref":
            return self._ref(given)
        if function == "Fn::GetAtt":
            return self._attribute(*(given if isinstance(given, list) else given.split(".", 1)))
        if function == "Fn::Sub":
            return self._sub(*([given] if isinstance(given, str) else given))
        arguments = self.of(given)
        if function == "Fn::Join":
            return arguments[0].join(str(item) for item in arguments[1])
        if function == "Fn::Select":
            return arguments[1][int(arguments[0])]
        if function == "Fn::Split":
            return arguments[1].split(arguments[0])
        if function == "Fn::GetAZs":
            return ZONES
        if function == "Fn::ImportValue":
            return self._exports[arguments]
        if function == "Fn::FindInMap":
            return self.template["Mappings"][arguments[0]][arguments[1]][arguments[2]]
        if function == "Fn::If":
            return self.of(given[1])
        raise NotImplementedError(f"{function} in stack {self.name}")

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": None,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self._resources:
            return self._formed(REFS.get(self._resources[name]["Type"], "{name}"), name)
        return self.template["Parameters"][name].get("Default", f"parameter-{name}")

    def _attribute(self, name: str, attribute: str) -> str:
        kind = self._resources[name]["Type"]
        if attribute == "Arn":
            return self._formed(ARNS[kind], name)
        if attribute == "TrainingJobArn":
            return self._formed("arn:aws:sagemaker:{region}:{account}:training-job/{lower}", name)
        if attribute in ("ModelArtifactsUri", "OutputUri"):
            return self._formed("s3://results/{lower}/" + attribute, name)
        if attribute in ("GroupId", "SubnetId", "VpcId", "FileSystemId"):
            return self._formed(REFS[kind], name)
        return self._formed("{name}." + attribute, name)

    def _formed(self, form: str, logical_id: str) -> str:
        properties = self._resources[logical_id].get("Properties", {})
        given = next((properties[key] for key in NAMES if key in properties), None)
        name = f"{self.name}-{logical_id}" if given is None else self.of(given)
        return form.format(
            account=ACCOUNT,
            id=f"{self.name}{logical_id}".lower(),
            lower=name if given is not None else name.lower(),
            name=name,
            region=REGION,
        )

    def _sub(self, text: str, values: Mapping[str, Any] | None = None) -> str:
        def found(match: re.Match[str]) -> str:
            name = match[1]
            if name in (values or {}):
                return str(self.of((values or {})[name]))
            if "." in name:
                return self._attribute(*name.split(".", 1))
            return str(self._ref(name))

        return re.sub(r"\$\{([^!}]+)\}", found, text)
