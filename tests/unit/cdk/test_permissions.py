"""The execution role may do what the request needs, on what the request names, and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

from constructs_lib import (
    Algorithm,
    Channel,
    Checkpoint,
    Output,
    SpecError,
    TrainingJob,
    TrainingJobSpec,
    TrainingPlatform,
    TrainingRole,
)
from constructs_lib.cdk.arns import S3Location, repository_arn
from constructs_lib.cdk.permissions import execution_permissions

Find = Callable[..., dict[str, dict[str, Any]]]
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/churn:1"


def statements(request: dict[str, Any], **extra: Any) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Resources and conditions of each set of actions, tokens replaced by words."""
    app = cdk.Stack()
    found = {}
    for permission in execution_permissions(request, **extra):
        resources = tuple(flat(app.resolve(resource)) for resource in permission.resources)
        found[" ".join(permission.actions)] = (resources, app.resolve(permission.conditions))
    return found


def flat(value: Any) -> str:
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return {"AWS::Partition": "aws", "AWS::Region": "R", "AWS::AccountId": "A"}[value["Ref"]]
    return "".join(flat(part) for part in value["Fn::Join"][1])


def test_every_job_may_write_its_logs_and_metrics() -> None:
    group = "arn:aws:logs:R:A:log-group:/aws/sagemaker/TrainingJobs"
    assert statements({}) == {
        "logs:CreateLogGroup logs:DescribeLogStreams": ((group, f"{group}:*"), {}),
        "logs:CreateLogStream logs:PutLogEvents": ((f"{group}:log-stream:*",), {}),
        "cloudwatch:PutMetricData": (
            ("*",),
            {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
        ),
    }


def test_an_image_is_pulled_from_its_own_repository() -> None:
    found = statements({"AlgorithmSpecification": {"TrainingImage": IMAGE}})
    pull = "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer"
    assert found[pull][0] == ("arn:aws:ecr:eu-west-1:123456789012:repository/team/churn",)
    assert found["ecr:GetAuthorizationToken"][0] == ("*",)


@pytest.mark.parametrize("image", ["docker.io/library/python:3", "registry.example.com:5000/x@sha256:00"])
def test_an_image_outside_ecr_needs_nothing_of_ecr(image: str) -> None:
    assert not any(
        key.startswith("ecr") for key in statements({"AlgorithmSpecification": {"TrainingImage": image}})
    )


def test_a_channel_is_read_below_its_prefix() -> None:
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": "s3://data/churn/train/"}}}
    found = statements({"InputDataConfig": [channel]}, input_keys=["arn:key"])
    assert found["s3:GetObject"] == (("arn:aws:s3:::data/churn/train/*",), {})
    assert found["s3:ListBucket"] == (
        ("arn:aws:s3:::data",),
        {"StringLike": {"s3:prefix": ["churn/train/", "churn/train/*"]}},
    )
    assert found["kms:Decrypt"][0] == ("arn:key",)
    assert "kms:ViaService" in found["kms:Decrypt"][1]["StringEquals"]


def test_results_are_written_below_the_jobs_names_only() -> None:
    found = statements(
        {"OutputDataConfig": {"S3OutputPath": "s3://out/models", "KmsKeyId": "arn:key"}},
        job_names="churn-1-*",
    )
    writing = "s3:AbortMultipartUpload s3:GetObject s3:PutObject"
    assert found[writing] == (("arn:aws:s3:::out/models/churn-1-*/*",), {})
    assert found["kms:Decrypt kms:Encrypt kms:GenerateDataKey"] == (("arn:key",), {})
    assert "s3:DeleteObject" not in " ".join(found)


def test_checkpoints_may_be_deleted_too() -> None:
    found = statements({"CheckpointConfig": {"S3Uri": "s3://out/checkpoints/me/{ContentHash}"}})
    actions = "s3:AbortMultipartUpload s3:DeleteObject s3:GetObject s3:PutObject"
    assert found[actions] == (("arn:aws:s3:::out/checkpoints/me/*",), {})


def test_the_volumes_key_is_granted_to_aws_resources_only() -> None:
    found = statements({"ResourceConfig": {"VolumeKmsKeyId": "arn:key"}})
    assert found["kms:CreateGrant"] == (("arn:key",), {"Bool": {"kms:GrantIsForAWSResource": "true"}})
    assert found["kms:Decrypt kms:DescribeKey kms:GenerateDataKeyWithoutPlaintext"] == (("arn:key",), {})


def test_the_network_is_joined_in_its_subnets_and_groups_only() -> None:
    found = statements({"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}})
    ec2 = "arn:aws:ec2:R:A:"
    expected = (f"{ec2}network-interface/*", f"{ec2}subnet/subnet-1", f"{ec2}security-group/sg-1")
    assert found["ec2:CreateNetworkInterface"] == (expected, {})
    resources, conditions = found["ec2:CreateNetworkInterfacePermission"]
    assert resources == (f"{ec2}network-interface/*",)
    assert conditions["StringEquals"] == {"ec2:AuthorizedService": "sagemaker.amazonaws.com"}
    assert [flat(arn) for arn in conditions["ArnEquals"]["ec2:Subnet"]] == [f"{ec2}subnet/subnet-1"]


def test_only_what_has_no_resource_is_allowed_on_all() -> None:
    request = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE},
        "OutputDataConfig": {"S3OutputPath": "s3://out/models", "KmsKeyId": "arn:key"},
        "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    }
    broad = {actions for actions, (resources, _) in statements(request).items() if "*" in resources}
    assert broad == {
        "cloudwatch:PutMetricData",
        "ecr:GetAuthorizationToken",
        "ec2:DescribeDhcpOptions ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups "
        "ec2:DescribeSubnets ec2:DescribeVpcs",
    }


def test_every_permission_says_why() -> None:
    request = {"OutputDataConfig": {"S3OutputPath": "s3://out/models"}}
    assert all(permission.reason for permission in execution_permissions(request))


def test_a_repository_of_the_apps_is_named_by_its_tokens(stack: cdk.Stack) -> None:
    repository = ecr.Repository(stack, "Repository")
    arn = repository_arn(repository.repository_uri_for_tag("1"))
    assert arn is not None
    assert "repository/" in arn


def test_a_bucket_token_stays_whole(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket")
    place = S3Location.parse(f"s3://{bucket.bucket_name}/a/b")
    assert (place.bucket, place.key) == (bucket.bucket_name, "a/b")


def test_a_uri_that_is_one_token_is_taken_apart_when_it_is_deployed(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Data").value_as_string
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": parameter}}}

    read, listed = execution_permissions({"InputDataConfig": [channel]})[-2:]

    path = {"Fn::Select": [1, {"Fn::Split": ["s3://", {"Ref": "Data"}]}]}
    (objects,), (bucket,) = stack.resolve([*read.resources]), stack.resolve([*listed.resources])
    assert objects["Fn::Join"][1][-2:] == [path, "*"]
    assert bucket["Fn::Join"][1][-1] == {"Fn::Select": [0, {"Fn::Split": ["/", path]}]}
    assert listed.conditions == {}


def test_an_uploaded_file_is_the_only_object_that_its_channel_may_read(
    stack: cdk.Stack, spec: TrainingJobSpec, script: Path
) -> None:
    job = TrainingJob(stack, "Job", spec=spec.with_channel(Channel.from_asset("code", script / "train.py")))

    reads = [p for p in job.explain_permissions() if p.reason == "InputDataConfig[0] (code): read"]
    (arn,) = stack.resolve([*reads[0].resources])
    assert arn["Fn::Join"][1][-1].endswith(".py*")


def test_sagemaker_assumes_the_role_for_training_jobs_of_this_account_only(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingRole(stack, "Role", spec=spec)

    roles = resources(stack, "AWS::IAM::Role")
    (role,) = (role for name, role in roles.items() if name.startswith("Role"))
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    source = statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]
    assert source[-1] == ":training-job/*"


def test_a_role_alone_is_allowed_the_same_as_a_jobs_own(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    job = TrainingJob(stack, "Job", spec=spec)
    role = TrainingRole(stack, "Role", spec=spec)

    assert [p.actions for p in role.explain_permissions()] == [p.actions for p in job.explain_permissions()]
    assert [p.reason for p in role.explain_permissions()] == [p.reason for p in job.explain_permissions()]


def test_an_encrypted_input_bucket_brings_its_key(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    key = kms.Key(stack, "DataKey")
    bucket = s3.Bucket(stack, "Data", encryption=s3.BucketEncryption.KMS, encryption_key=key)
    job = TrainingJob(stack, "Job", spec=spec.with_channel(Channel.from_bucket("train", bucket, "a/")))

    decrypts = [p for p in job.explain_permissions() if p.actions == ("kms:Decrypt",)]
    assert [permission.resources for permission in decrypts] == [(key.key_arn,)]


def test_own_places_and_keys_are_granted_in_the_platforms_stead(stack: cdk.Stack, resources: Find) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/1")
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE),
        instance_type="ml.m5.xlarge",
        output=Output(s3_uri="s3://mine/models", encryption_key=key),
        checkpoint=Checkpoint(s3_uri="s3://mine/checkpoints"),
    )
    role = TrainingRole(stack, "Role", spec=spec)

    listed = {p.reason: p.resources for p in role.explain_permissions()}
    written = listed["OutputDataConfig.S3OutputPath: write results"]
    assert [flat(stack.resolve(arn)) for arn in written] == ["arn:aws:s3:::mine/models/*/*"]
    assert listed["OutputDataConfig.KmsKeyId: encrypt results"] == (key.key_arn,)
    kept = listed["CheckpointConfig.S3Uri: keep in step"]
    assert [flat(stack.resolve(arn)) for arn in kept] == ["arn:aws:s3:::mine/checkpoints/*"]


def test_the_key_of_the_checkpoints_bucket_may_encrypt_them(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    keys = [kms.Key(stack, f"Key{number}") for number in range(2)]
    bucket = s3.Bucket(stack, "Kept", encryption=s3.BucketEncryption.KMS, encryption_key=keys[0])
    platform = TrainingPlatform(stack, "Platform")
    theirs = TrainingJob(
        stack, "Theirs", spec=spec.replace(checkpoint=Checkpoint(bucket=bucket)), platform=platform
    )
    own_output = spec.replace(checkpoint=Checkpoint(), output=Output(encryption_key=keys[1]))
    ours = TrainingJob(stack, "Ours", spec=own_output, platform=platform)

    def encrypting(job: TrainingJob) -> list[tuple[str, ...]]:
        reason = "CheckpointConfig.S3Uri: encrypt checkpoints"
        return [p.resources for p in job.explain_permissions() if p.reason == reason]

    assert encrypting(theirs) == [(keys[0].key_arn,)]
    assert encrypting(ours) == [(platform.encryption_key.key_arn,)]


@pytest.mark.parametrize(
    ("key", "resource", "alias"),
    [
        ("arn:aws:kms:eu-west-1:1:key/2", "arn:aws:kms:eu-west-1:1:key/2", None),
        (
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:R:A:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            None,
        ),
        ("alias/mine", "arn:aws:kms:R:A:key/*", "alias/mine"),
        ("arn:aws:kms:eu-west-1:1:alias/mine", "arn:aws:kms:R:A:key/*", "alias/mine"),
    ],
)
def test_a_policy_names_a_key_by_its_arn_whatever_the_request_does(
    key: str, resource: str, alias: str | None
) -> None:
    request = {"OutputDataConfig": {"S3OutputPath": "s3://out", "KmsKeyId": key}}
    resources, conditions = statements(request)["kms:Decrypt kms:Encrypt kms:GenerateDataKey"]
    assert resources == (resource,)
    expected = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}} if alias else {}
    assert conditions == expected


@pytest.mark.parametrize(
    "uri",
    ["https://s3.eu-west-1.amazonaws.com/data/a/b", "https://data.s3.eu-west-1.amazonaws.com/a/b"],
)
def test_an_https_address_of_s3_is_taken_apart_too(uri: str) -> None:
    place = S3Location.parse(uri)
    assert (place.bucket, place.key) == ("data", "a/b")


def test_an_address_that_is_not_s3s_is_refused() -> None:
    with pytest.raises(SpecError, match="whose bucket cannot be told; write s3://bucket/prefix"):
        S3Location.parse("https://example.com/data")


def test_policies_stay_inside_iams_limit_with_twenty_channels(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    channels = [
        Channel.from_uri(f"c{number}", f"s3://{'data' * 10}/{'prefix-of-some-length/' * 4}{number}/")
        for number in range(20)
    ]
    TrainingJob(stack, "Job", spec=spec.replace(channels=channels))

    policies = {
        name: policy
        for name, policy in resources(stack, "AWS::IAM::ManagedPolicy").items()
        if name.startswith("JobRolePolicy")
    }

    assert 1 < len(policies) <= 10
    for policy in policies.values():
        document = policy["Properties"]["PolicyDocument"]
        assert len(deployed(document).replace(" ", "")) <= 6144
    allowed = "".join(deployed(policy["Properties"]["PolicyDocument"]) for policy in policies.values())
    assert all(f"{number}/*" in allowed for number in range(20))


def deployed(node: Any) -> str:
    """Roughly what CloudFormation makes of a template's part: text for every intrinsic function."""
    if isinstance(node, dict) and len(node) == 1:
        ((key, value),) = node.items()
        if key == "Fn::Join":
            return "".join(deployed(part) for part in value[1])
        if key in ("Ref", "Fn::GetAtt", "Fn::FindInMap", "Fn::Select", "Fn::Sub"):
            return "x" * (12 if str(value).startswith("AWS::") else 50)
    if isinstance(node, dict):
        return "{" + ",".join(f'"{key}":{deployed(value)}' for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ",".join(deployed(item) for item in node) + "]"
    return str(node)


def test_a_role_of_another_stack_is_allowed_the_names_of_the_jobs_stack(
    app: cdk.App, spec: TrainingJobSpec, resources: Find
) -> None:
    shared, user = cdk.Stack(app, "Shared"), cdk.Stack(app, "User")
    role = iam.Role(shared, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    TrainingJob(user, "Job", spec=spec, role=role)

    assert resources(shared, "AWS::IAM::Policy") == {}
    (policy,) = (
        p for n, p in resources(user, "AWS::IAM::ManagedPolicy").items() if n.startswith("JobPolicy")
    )
    assert len(policy["Properties"]["Roles"]) == 1


def test_an_image_that_is_a_token_is_warned_about(stack: cdk.Stack) -> None:
    uri = cdk.CfnParameter(stack, "Image").value_as_string
    spec = TrainingJobSpec(algorithm=Algorithm.from_image_uri(uri), instance_type="ml.m5.large")
    TrainingJob(stack, "Job", spec=spec)

    Annotations.from_stack(stack).has_warning(
        "/Stack/Job", Match.string_like_regexp("algorithm: the image's address is a token")
    )
