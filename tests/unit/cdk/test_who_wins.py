"""A spec that has a name, a role or a network of its own, and a runner that is given one too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from constructs_lib import Output, SpecError, TrainingJob, TrainingJobSpec, TrainingPlatform
from constructs_lib.spec import shapes

from .reports import report

JOB = "Custom::SageMakerTrainingJob"
ROLE = "arn:aws:iam::123456789012:role/theirs"
NETWORK = shapes.VpcConfig(security_group_ids=["sg-0123456789abcdef0"], subnets=["subnet-0123456789abcdef0"])
Find = Callable[..., dict[str, dict[str, Any]]]


def properties(resources: Find, stack: cdk.Stack) -> dict[str, Any]:
    (job,) = resources(stack, JOB).values()
    found: dict[str, Any] = job["Properties"]
    return found


def policies(resources: Find, stack: cdk.Stack, start: str) -> dict[str, dict[str, Any]]:
    """The statements of the managed policies whose logical ids begin so, by their sids."""
    return {
        statement["Sid"]: statement
        for name, policy in resources(stack, "AWS::IAM::ManagedPolicy").items()
        if name.startswith(start)
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "Sid" in statement
    }


def refused(stack: cdk.Stack, **arguments: Any) -> str:
    with pytest.raises(SpecError) as caught:
        TrainingJob(stack, "Job", **arguments)
    return str(caught.value)


def test_the_specs_role_is_the_jobs(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    job = TrainingJob(stack, "Job", spec=spec.replace(role_arn=ROLE))

    assert properties(resources, stack)["Request"]["RoleArn"] == ROLE
    assert job.role.role_arn == ROLE
    assert not [name for name in resources(stack, "AWS::IAM::Role") if name.startswith("JobRole")]
    passed = policies(resources, stack, "TrainingJobRuntime")["PassRoles"]
    assert passed["Resource"] == ROLE
    added = resources(stack, "AWS::IAM::ManagedPolicy").values()
    assert [one for one in added if one["Properties"].get("Roles") == ["theirs"]]
    assert not resources(stack, "AWS::IAM::Policy")


def test_a_role_in_spec_and_runner(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    role = iam.Role.from_role_arn(stack, "Role", ROLE)

    text = refused(stack, spec=spec.replace(role_arn=ROLE), role=role)

    assert text == "role: the spec has a role_arn too; leave one of them out [Stack/Job]"


def test_the_specs_network_is_the_jobs(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    job = TrainingJob(stack, "Job", spec=spec.replace(vpc_config=NETWORK, instance_count=2))
    job.connections.allow_from(ec2.Peer.ipv4("10.0.0.0/8"), ec2.Port.tcp(22))

    assert properties(resources, stack)["Request"]["VpcConfig"] == {
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
        "Subnets": ["subnet-0123456789abcdef0"],
    }
    # Only what was asked for is opened: the group is somebody else's.
    (rule,) = resources(stack, "AWS::EC2::SecurityGroupIngress").values()
    assert rule["Properties"]["GroupId"] == "sg-0123456789abcdef0"
    assert rule["Properties"]["FromPort"] == 22


def test_a_network_in_spec_and_platform(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    text = refused(stack, spec=spec.replace(vpc_config=NETWORK), platform=TrainingPlatform(stack, "Platform"))

    assert text == (
        "platform: the spec has a vpc_config, and the platform a network; "
        "leave vpc_config out, or give a platform with use_vpc=False [Stack/Job]"
    )


def test_a_platform_without_a_network_lends_its_key_and_bucket(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    TrainingJob(stack, "Job", spec=spec.replace(vpc_config=NETWORK), platform=platform)

    request = properties(resources, stack)["Request"]

    assert request["VpcConfig"]["Subnets"] == ["subnet-0123456789abcdef0"]
    assert request["OutputDataConfig"]["KmsKeyId"] == stack.resolve(platform.encryption_key.key_arn)


def test_the_specs_output_is_the_jobs(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    output = Output(s3_uri="s3://theirs/models", encryption_key="alias/theirs")
    TrainingJob(stack, "Job", spec=spec.replace(output=output))

    assert properties(resources, stack)["Request"]["OutputDataConfig"] == {
        "KmsKeyId": "alias/theirs",
        "S3OutputPath": "s3://theirs/models",
    }


def test_a_name_in_the_spec_is_refused_by_default(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    text = refused(stack, spec=spec.replace(training_job_name="churn-1"))

    assert text == (
        "spec.training_job_name: the spec has a training_job_name, and this construct makes the names of its "
        "jobs; pass keep_name=True to use it as it is, or spec.replace(training_job_name=None) [Stack/Job]"
    )


def test_a_name_that_is_kept(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    TrainingJob(stack, "Other", spec=spec)
    named = spec.replace(training_job_name="Churn-1")
    job = TrainingJob(cdk.Stack(app, "Named"), "Job", spec=named, keep_name=True)
    job.on_failed("Failed")
    own = cdk.Stack.of(job)

    names = properties(resources, own)["JobName"]

    assert names["Fixed"] == "Churn-1"
    assert "TrainingJobName" not in properties(resources, own)["Request"]
    (rule,) = (
        one["Properties"]["EventPattern"]["detail"]
        for one in resources(own, "AWS::Events::Rule").values()
        if "aws.sagemaker" in one["Properties"]["EventPattern"]["source"]
    )
    assert rule["TrainingJobName"] == ["Churn-1"]
    for start, sids in (
        ("TrainingJobRuntimeFront", ["StartNamedJobs", "WatchNamedJobs"]),
        ("TrainingJobRuntimeWorker", ["DeleteNamedJobs", "WatchNamedJobs"]),
    ):
        statements = policies(resources, own, start)
        for sid in sids:
            spellings = [arn["Fn::Join"][1][-1] for arn in statements[sid]["Resource"]]
            assert [text.rpartition("/")[2] for text in spellings] == ["Churn-1", "churn-1"]
        (streams,) = statements["ReadNamedJobLogs"]["Resource"]["Fn::Join"][1][-1:]
        assert streams == ":log-group:/aws/sagemaker/TrainingJobs:log-stream:Churn-1/*"
        former = statements["WatchFormerJobs"]
        deleting = {"sagemaker:DeleteTrainingJob"} if "DeleteNamedJobs" in sids else set()
        assert set(former["Action"]) == {*statements["WatchNamedJobs"]["Action"], *deleting}
        assert former["Condition"] == {
            "StringEquals": {"aws:ResourceTag/constructs-lib:stack-id": {"Ref": "AWS::StackId"}}
        }
        without = policies(resources, stack, start)
        assert not set(sids) & set(without)
        # A template that drops its last kept name changes the policy first, and then deletes the job.
        assert without["WatchFormerJobs"]["Condition"] == former["Condition"]
    found = report(app)
    assert not found.failed
    assert ("training-job-name-unique", "Named/Job") in found.rules
    (text,) = (entry.text for entry in found.entries if entry.rule == "training-job-name-unique")
    assert text.startswith("TrainingJobName: got the fixed name 'Churn-1': a name can be used once")


def test_a_kept_name_that_is_none(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(training_job_name="churn_1"), keep_name=True)

    found = report(app)

    assert found.failed
    (text,) = (entry.text for entry in found.entries if entry.rule == "model:pattern")
    assert text.startswith("TrainingJobName: ")


def test_nothing_to_keep(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    assert refused(stack, spec=spec, keep_name=True) == (
        "keep_name: the spec has no training_job_name that could be kept; "
        "give the spec one, or leave it out [Stack/Job]"
    )


def test_a_prefix_and_a_name(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    named = spec.replace(training_job_name="churn-1")

    text = refused(stack, spec=named, keep_name=True, job_name_prefix="churn")

    assert text == "job_name_prefix: is given together with keep_name=True; leave one of them out [Stack/Job]"
