"""What an execution role must be allowed, derived from the rendered request: one list, three readers.

The policy, ``explain_permissions()`` and the tests all come from the same permissions. Sources: the
developer guide's page on SageMaker roles ("CreateTrainingJob API: execution role permissions"), its pages
on checkpoints and VPCs, and the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from constructs_lib.cdk.arns import KeyTarget, S3Location, log_group_arn, network_arn, repository_arn
from constructs_lib.runtime.content import PLACEHOLDER

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Permission:
    """One reason for which something is allowed.

    Attributes:
        reason: the field of the request it follows from, and what for.
        actions: IAM actions.
        resources: ARNs; ``*`` only where IAM has no resource for the action.
        conditions: an IAM condition block, empty for none.
    """

    reason: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_statement(self) -> iam.PolicyStatement:
        """The statement of a policy."""
        return iam.PolicyStatement(
            actions=list(self.actions),
            resources=list(self.resources),
            conditions={key: dict(value) for key, value in self.conditions.items()},
        )


def execution_permissions(
    request: Request,
    *,
    input_keys: Sequence[str] = (),
    checkpoint_key: str | None = None,
    job_names: str = "*",
) -> list[Permission]:
    """The permissions of the role that a job runs under.

    Args:
        request: the rendered CreateTrainingJob request; tokens may stand anywhere.
        input_keys: KMS keys of encrypted inputs (no field of the request names them).
        checkpoint_key: the KMS key of the checkpoints' bucket, which encrypts them.
        job_names: the pattern of the names that the jobs will have; results may be written below it only.
    """
    return [
        *_always(),
        *_image(request),
        *_inputs(request),
        *_source(request),
        *_output(request, job_names),
        *_checkpoints(request),
        *_keys(request, input_keys, checkpoint_key),
        *_network(request),
    ]


def _always() -> Iterator[Permission]:
    group = log_group_arn("/aws/sagemaker/TrainingJobs")
    # CloudWatch Logs compares some of its actions with the group's ARN and others with that of its streams.
    creating = ("logs:CreateLogGroup", "logs:DescribeLogStreams")
    yield Permission("logs of the job", creating, (group, f"{group}:*"))
    writing = ("logs:CreateLogStream", "logs:PutLogEvents")
    yield Permission("logs of the job", writing, (f"{group}:log-stream:*",))
    yield Permission(
        "metrics of the job (CloudWatch has no resource to name)",
        ("cloudwatch:PutMetricData",),
        ("*",),
        {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
    )


def _image(request: Request) -> Iterator[Permission]:
    image = request.get("AlgorithmSpecification", {}).get("TrainingImage")
    arn = repository_arn(image) if image else None
    if arn is None:
        return
    pulling = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    yield Permission("AlgorithmSpecification.TrainingImage: pull the image", pulling, (arn,))
    reason = "AlgorithmSpecification.TrainingImage: log in to ECR (it has no resource to name)"
    yield Permission(reason, ("ecr:GetAuthorizationToken",), ("*",))


def _inputs(request: Request) -> Iterator[Permission]:
    for index, channel in enumerate(request.get("InputDataConfig", ())):
        source = channel.get("DataSource", {}).get("S3DataSource")
        if source:
            reason = f"InputDataConfig[{index}] ({channel.get('ChannelName')})"
            place = S3Location.parse(source["S3Uri"])
            yield Permission(f"{reason}: read", ("s3:GetObject",), (place.objects_arn("*"),))
            yield _list(reason, place)


def _source(request: Request) -> Iterator[Permission]:
    location = request.get("HyperParameters", {}).get("sagemaker_submit_directory", "").strip('"')
    if location:
        reason = "HyperParameters.sagemaker_submit_directory: fetch the packed script"
        yield Permission(reason, ("s3:GetObject",), (S3Location.parse(location).objects_arn(),))


def _list(reason: str, place: S3Location) -> Permission:
    condition: dict[str, dict[str, Any]] = {}
    if place.key:
        condition = {"StringLike": {"s3:prefix": [place.key, f"{place.key}*"]}}
    return Permission(f"{reason}: list", ("s3:ListBucket",), (place.bucket_arn,), condition)


def _output(request: Request, job_names: str) -> Iterator[Permission]:
    path = request.get("OutputDataConfig", {}).get("S3OutputPath")
    if path is None:
        return
    place, reason = S3Location.parse(path).folder, "OutputDataConfig.S3OutputPath"
    writing = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
    yield Permission(f"{reason}: write results", writing, (place.objects_arn(f"{job_names}/*"),))
    yield _list(reason, place)
    yield Permission(f"{reason}: find the bucket", ("s3:GetBucketLocation",), (place.bucket_arn,))


def _checkpoints(request: Request) -> Iterator[Permission]:
    uri = request.get("CheckpointConfig", {}).get("S3Uri")
    if uri is None:
        return
    place = S3Location.parse(uri.removesuffix(PLACEHOLDER)).folder
    # "If a checkpoint is deleted in the container, it will also be deleted in the S3 folder."
    actions = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject")
    yield Permission("CheckpointConfig.S3Uri: keep in step", actions, (place.objects_arn("*"),))
    yield _list("CheckpointConfig.S3Uri", place)


def _keys(request: Request, input_keys: Iterable[str], checkpoint_key: str | None) -> Iterator[Permission]:
    via_s3 = {"StringEquals": {"kms:ViaService": f"s3.{Aws.REGION}.{Aws.URL_SUFFIX}"}}
    for key in input_keys:
        yield _key("an encrypted input: decrypt", key, ("kms:Decrypt",), via_s3)
    if checkpoint_key and "CheckpointConfig" in request:
        encrypting = ("kms:Decrypt", "kms:GenerateDataKey")
        yield _key("CheckpointConfig.S3Uri: encrypt checkpoints", checkpoint_key, encrypting, via_s3)
    output = request.get("OutputDataConfig", {}).get("KmsKeyId")
    if output:
        actions = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
        yield _key("OutputDataConfig.KmsKeyId: encrypt results", output, actions)
    volume = request.get("ResourceConfig", {}).get("VolumeKmsKeyId")
    if volume:
        reason = "ResourceConfig.VolumeKmsKeyId"
        grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        yield _key(f"{reason}: let the volume use the key", volume, ("kms:CreateGrant",), grant)
        actions = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext")
        yield _key(f"{reason}: encrypt the volume", volume, actions)


def _key(
    reason: str, key: str, actions: tuple[str, ...], conditions: Mapping[str, Mapping[str, Any]] | None = None
) -> Permission:
    target = KeyTarget.parse(key)
    return Permission(reason, actions, (target.resource,), {**(conditions or {}), **target.conditions})


def _network(request: Request) -> Iterator[Permission]:
    vpc = request.get("VpcConfig")
    if not vpc:
        return
    looking = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
    actions = tuple(f"ec2:Describe{name}" for name in looking)
    yield Permission("VpcConfig: look at the network (EC2 has no resource to name)", actions, ("*",))
    subnets = tuple(network_arn("subnet", item) for item in vpc["Subnets"])
    groups = tuple(network_arn("security-group", item) for item in vpc["SecurityGroupIds"])
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
