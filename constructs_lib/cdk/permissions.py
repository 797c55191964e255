"""What an execution role must be allowed, derived from the rendered request: one list, three readers.

The policy, ``explain_permissions()`` and the tests all come from the same permissions. Sources: the
developer guide's page on SageMaker roles ("CreateTrainingJob API: execution role permissions"), its pages
on checkpoints and VPCs, and the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import aws_iam as iam

from constructs_lib.cdk.arns import (
    KeyTarget,
    S3Location,
    file_system_arn,
    log_group_arn,
    network_arn,
    repository_arn,
)
from constructs_lib.cdk.pseudo_parameters import region, url_suffix
from constructs_lib.cdk.request_parts import entries, part, place, text, texts
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

    def statement(self) -> dict[str, Any]:
        """The statement of a policy, as IAM writes it."""
        return {
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
            "Condition": {key: dict(value) for key, value in self.conditions.items()},
        }

    def to_statement(self) -> iam.PolicyStatement:
        """The statement of a policy."""
        return iam.PolicyStatement.from_json(self.statement())


def execution_permissions(
    request: Request,
    *,
    input_keys: Sequence[str] = (),
    manifest_data: Mapping[str, Sequence[str]] | None = None,
    checkpoint_key: str | None = None,
    job_names: str = "*",
) -> list[Permission]:
    """The permissions of the role that a job runs under.

    Args:
        request: the rendered CreateTrainingJob request; tokens may stand anywhere.
        input_keys: KMS keys of encrypted inputs (no field of the request names them).
        manifest_data: where the objects lie that a channel's manifest names, as ``s3://bucket/prefix`` each,
            by the channel's name; anywhere in the manifest's bucket for a channel that is not in it.
        checkpoint_key: the KMS key of the checkpoints' bucket, which encrypts them.
        job_names: the pattern of the names that the jobs will have; results may be written below it only.
    """
    return [
        *_always(),
        *_image(request),
        *_registry(request),
        *_inputs(request, manifest_data or {}),
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
    image = text(part(request, "AlgorithmSpecification").get("TrainingImage"))
    arn = repository_arn(image) if image else None
    if arn is None:
        return
    pulling = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    yield Permission("AlgorithmSpecification.TrainingImage: pull the image", pulling, (arn,))
    reason = "AlgorithmSpecification.TrainingImage: log in to ECR (it has no resource to name)"
    yield Permission(reason, ("ecr:GetAuthorizationToken",), ("*",))


def _registry(request: Request) -> Iterator[Permission]:
    access = part(request, "AlgorithmSpecification", "TrainingImageConfig", "TrainingRepositoryAuthConfig")
    function = text(access.get("TrainingRepositoryCredentialsProviderArn"))
    if function:
        reason = "AlgorithmSpecification.TrainingImageConfig: ask for the registry's credentials"
        yield Permission(reason, ("lambda:InvokeFunction",), (function,))


def _inputs(request: Request, manifest_data: Mapping[str, Sequence[str]]) -> Iterator[Permission]:
    for index, channel in enumerate(entries(request.get("InputDataConfig"))):
        name = channel.get("ChannelName")
        reason = f"InputDataConfig[{index}] ({name})"
        data = manifest_data.get(name) if isinstance(name, str) else None
        yield from _s3_input(reason, part(channel, "DataSource", "S3DataSource"), data)
        yield from _file_system(reason, part(channel, "DataSource", "FileSystemDataSource"))
        arn = text(part(channel, "DataSource", "DatasetSource").get("DatasetArn"))
        if arn:
            yield Permission(f"{reason}: find the data set", ("sagemaker:DescribeHubContent",), (arn,))


def _s3_input(
    reason: str, source: Mapping[str, Any], manifest_data: Sequence[str] | None
) -> Iterator[Permission]:
    found = place(source.get("S3Uri"))
    if found is not None and source.get("S3DataType") in ("ManifestFile", "AugmentedManifestFile"):
        yield from _manifest(reason, found, manifest_data)
    elif found is not None:
        yield Permission(f"{reason}: read", ("s3:GetObject",), (found.objects_arn("*"),))
        yield _list(reason, found)
    hub = text(part(source, "HubAccessConfig").get("HubContentArn"))
    if hub:
        yield Permission(f"{reason}: find the model in its hub", ("sagemaker:DescribeHubContent",), (hub,))


def _manifest(reason: str, manifest: S3Location, data: Sequence[str] | None) -> Iterator[Permission]:
    yield Permission(f"{reason}: read the manifest", ("s3:GetObject",), (manifest.objects_arn(),))
    named = [manifest.whole_bucket] if data is None else [*map(S3Location.parse, data)]
    for below in named:
        yield Permission(f"{reason}: read what it names", ("s3:GetObject",), (below.objects_arn("*"),))
        yield _list(reason, below)


def _file_system(reason: str, source: Mapping[str, Any]) -> Iterator[Permission]:
    """What a file system's own policy may ask for; the mount itself goes by the network."""
    identifier = text(source.get("FileSystemId"))
    if identifier is None:
        return
    if source.get("FileSystemType") == "FSxLustre":
        look = f"{reason}: look at the file system (it is described among all)"
        yield Permission(look, ("fsx:DescribeFileSystems",), ("*",))
        return
    arn = file_system_arn(identifier)
    writing = () if source.get("FileSystemAccessMode") == "ro" else ("elasticfilesystem:ClientWrite",)
    actions = ("elasticfilesystem:ClientMount", *writing, "elasticfilesystem:DescribeMountTargets")
    yield Permission(f"{reason}: mount the file system", actions, (arn,))


def _source(request: Request) -> Iterator[Permission]:
    location = text(part(request, "HyperParameters").get("sagemaker_submit_directory"))
    found = place(location.strip('"')) if location else None
    if found is not None:
        reason = "HyperParameters.sagemaker_submit_directory: fetch the packed script"
        yield Permission(reason, ("s3:GetObject",), (found.objects_arn(),))


def _list(reason: str, place: S3Location) -> Permission:
    condition: dict[str, dict[str, Any]] = {}
    if place.key:
        condition = {"StringLike": {"s3:prefix": [place.key, f"{place.key}*"]}}
    return Permission(f"{reason}: list", ("s3:ListBucket",), (place.bucket_arn,), condition)


def _output(request: Request, job_names: str) -> Iterator[Permission]:
    found, reason = (
        place(part(request, "OutputDataConfig").get("S3OutputPath")),
        "OutputDataConfig.S3OutputPath",
    )
    if found is None:
        return
    folder = found.folder
    writing = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
    yield Permission(f"{reason}: write results", writing, (folder.objects_arn(f"{job_names}/*"),))
    yield _list(reason, folder)
    yield Permission(f"{reason}: find the bucket", ("s3:GetBucketLocation",), (folder.bucket_arn,))


def _checkpoints(request: Request) -> Iterator[Permission]:
    uri = text(part(request, "CheckpointConfig").get("S3Uri"))
    found = place(uri.removesuffix(PLACEHOLDER)) if uri else None
    if found is None:
        return
    folder = found.folder
    # "If a checkpoint is deleted in the container, it will also be deleted in the S3 folder."
    actions = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject")
    yield Permission("CheckpointConfig.S3Uri: keep in step", actions, (folder.objects_arn("*"),))
    yield _list("CheckpointConfig.S3Uri", folder)


def _keys(request: Request, input_keys: Iterable[str], checkpoint_key: str | None) -> Iterator[Permission]:
    via_s3 = {"StringEquals": {"kms:ViaService": f"s3.{region()}.{url_suffix()}"}}
    for key in input_keys:
        yield _key("an encrypted input: decrypt", key, ("kms:Decrypt",), via_s3)
    if checkpoint_key and "CheckpointConfig" in request:
        encrypting = ("kms:Decrypt", "kms:GenerateDataKey")
        yield _key("CheckpointConfig.S3Uri: encrypt checkpoints", checkpoint_key, encrypting, via_s3)
    output = text(part(request, "OutputDataConfig").get("KmsKeyId"))
    if output:
        actions = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
        yield _key("OutputDataConfig.KmsKeyId: encrypt results", output, actions)
    volume = text(part(request, "ResourceConfig").get("VolumeKmsKeyId"))
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
    vpc = part(request, "VpcConfig")
    if not vpc:
        return
    looking = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
    actions = tuple(f"ec2:Describe{name}" for name in looking)
    yield Permission("VpcConfig: look at the network (EC2 has no resource to name)", actions, ("*",))
    subnets = _network_arns("subnet", vpc.get("Subnets"))
    groups = _network_arns("security-group", vpc.get("SecurityGroupIds"))
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


def _network_arns(kind: str, ids: object) -> tuple[str, ...]:
    """Those of the ids; of all where CloudFormation alone knows them, one by one."""
    known = texts(ids)
    return (network_arn(kind, "*"),) if known is None else tuple(network_arn(kind, id) for id in known)
