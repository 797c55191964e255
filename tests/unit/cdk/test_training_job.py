"""The custom resource: its request to the letter, its attributes, and what is refused."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from constructs_lib import (
    Algorithm,
    Channel,
    Checkpoint,
    Completion,
    Output,
    QualityGate,
    SpecError,
    SpotTraining,
    TrainingJob,
    TrainingJobSpec,
    TrainingPlatform,
)

JOB = "Custom::SageMakerTrainingJob"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"
Find = Callable[..., dict[str, dict[str, Any]]]


def properties(resources: Find, stack: cdk.Stack) -> dict[str, Any]:
    (job,) = resources(stack, JOB).values()
    found: dict[str, Any] = job["Properties"]
    return found


def one(resources: Find, stack: cdk.Stack, type: str) -> str:
    (name,) = resources(stack, type)
    return name


def test_the_request_says_all_that_spec_and_platform_know(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Churn", spec=spec, quality_gates=[QualityGate("validation:auc", at_least=0.8)])

    found = properties(resources, stack)

    key = {"Fn::GetAtt": [one(resources, stack, "AWS::KMS::Key"), "Arn"]}
    bucket = {"Ref": one(resources, stack, "AWS::S3::Bucket")}
    group = {"Fn::GetAtt": [one(resources, stack, "AWS::EC2::SecurityGroup"), "GroupId"]}
    role = next(name for name in resources(stack, "AWS::IAM::Role") if name.startswith("ChurnRole"))
    digest = found["Request"]["HyperParameters"].pop("sagemaker_submit_directory")["Fn::Join"][1][-1]
    assert digest.endswith('.tar.gz"')
    assert found["Request"] == {
        "HyperParameters": {
            "max_depth": "6",
            "booster": '"gbtree"',
            "sagemaker_program": '"train.py"',
            "sagemaker_region": {"Fn::Join": ["", ['"', {"Ref": "AWS::Region"}, '"']]},
            "sagemaker_container_log_level": "20",
        },
        "AlgorithmSpecification": {
            "TrainingImage": {
                "Fn::Join": [
                    "",
                    [
                        {
                            "Fn::FindInMap": [
                                "ImageAccountsSagemakerScikitLearn",
                                {"Ref": "AWS::Region"},
                                "account",
                            ]
                        },
                        ".dkr.ecr.",
                        {"Ref": "AWS::Region"},
                        ".",
                        {"Ref": "AWS::URLSuffix"},
                        "/sagemaker-scikit-learn:1.2-1-cpu-py3",
                    ],
                ]
            },
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "validation:auc", "Regex": "auc=([0-9.]+)"}],
        },
        "RoleArn": {"Fn::GetAtt": [role, "Arn"]},
        "OutputDataConfig": {
            "KmsKeyId": key,
            "S3OutputPath": {"Fn::Join": ["", ["s3://", bucket, "/training/output"]]},
        },
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
            "VolumeKmsKeyId": key,
        },
        "VpcConfig": {
            "SecurityGroupIds": [group],
            "Subnets": [{"Ref": name} for name in sorted(resources(stack, "AWS::EC2::Subnet"))],
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 1200},
    }
    assert found["QualityGates"] == [{"Metric": "validation:auc", "AtLeast": 0.8}]
    assert found["Completion"] == {"Mode": "wait", "TimeoutSeconds": 1800}
    assert found["ServiceTimeout"] == "3600"
    assert "TrainingJobName" not in found["Request"]


def test_the_owner_is_the_stack_and_the_final_logical_id(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    job = TrainingJob(stack, "Churn", spec=spec)
    resource = job.node.find_child("Resource").node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.override_logical_id("Renamed")

    names = properties(resources, stack)["JobName"]

    assert names["Prefix"] == "churn"
    assert names["Owner"]["Fn::Join"][1][-1] == hashlib.sha256(b"Renamed").hexdigest()[:6]


@pytest.mark.parametrize(
    ("construct_id", "prefix"),
    [("Churn", "churn"), ("My Job!", "my-job"), ("---", "job"), ("A" * 80, "a" * 32)],
)
def test_the_prefix_is_made_of_the_id(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, construct_id: str, prefix: str
) -> None:
    TrainingJob(stack, construct_id, spec=spec)

    assert properties(resources, stack)["JobName"]["Prefix"] == prefix


def test_a_known_region_needs_no_mapping(app: cdk.App, spec: TrainingJobSpec, resources: Find) -> None:
    stack = cdk.Stack(app, "Here", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    TrainingJob(stack, "Job", spec=spec)

    image = properties(resources, stack)["Request"]["AlgorithmSpecification"]["TrainingImage"]

    assert image["Fn::Join"][1] == [
        "141502667606.dkr.ecr.eu-west-1.",
        {"Ref": "AWS::URLSuffix"},
        "/sagemaker-scikit-learn:1.2-1-cpu-py3",
    ]


def test_a_region_without_the_image_is_refused(app: cdk.App, spec: TrainingJobSpec) -> None:
    stack = cdk.Stack(app, "Moon", env=cdk.Environment(account="123456789012", region="moon-1"))

    with pytest.raises(SpecError, match=r"is not known in 'moon-1', only in .*\[Moon/Job\]"):
        TrainingJob(stack, "Job", spec=spec)


def test_spot_and_checkpoints_get_a_place_of_their_own(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    spot = spec.replace(spot=SpotTraining(max_wait=cdk.Duration.minutes(40)), checkpoint=Checkpoint())
    TrainingJob(stack, "Job", spec=spot)

    request = properties(resources, stack)["Request"]

    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 1200, "MaxWaitTimeInSeconds": 2400}
    assert request["CheckpointConfig"]["S3Uri"]["Fn::Join"][1][-1].endswith("/{ContentHash}")


def test_the_default_max_runtime_fits_the_wait(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None))

    found = properties(resources, stack)

    assert found["Request"]["StoppingCondition"] == {"MaxRuntimeInSeconds": 2700}
    assert found["Completion"]["TimeoutSeconds"] == 3300


def test_spot_without_limits_fits_the_wait_too(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None, spot=SpotTraining()))

    found = properties(resources, stack)["Request"]["StoppingCondition"]
    assert found == {"MaxRuntimeInSeconds": 1350, "MaxWaitTimeInSeconds": 2700}


def test_the_default_max_runtime_never_exceeds_the_max_wait(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    spot = SpotTraining(max_wait=cdk.Duration.minutes(20))
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None, spot=spot))

    found = properties(resources, stack)["Request"]["StoppingCondition"]
    assert found == {"MaxRuntimeInSeconds": 1200, "MaxWaitTimeInSeconds": 1200}


def test_a_wait_of_the_users_is_the_default_max_runtime(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    completion = Completion.wait(cdk.Duration.minutes(10))
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None), completion=completion)

    found = properties(resources, stack)
    assert found["Request"]["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}
    assert found["Completion"]["TimeoutSeconds"] == 600


def test_gates_may_come_from_anything_that_yields_them(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    gates = (QualityGate("validation:auc", at_least=bound) for bound in (0.5, 0.6))
    TrainingJob(stack, "Job", spec=spec, quality_gates=gates)  # type: ignore[arg-type]

    assert [gate["AtLeast"] for gate in properties(resources, stack)["QualityGates"]] == [0.5, 0.6]


def test_a_started_job_keeps_awss_default_and_has_no_final_attributes(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    job = TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None), completion=Completion.start())

    assert "StoppingCondition" not in properties(resources, stack)["Request"]
    assert properties(resources, stack)["Completion"] == {"Mode": "start"}
    for name in ("model_artifacts_uri", "status", "billable_seconds", "training_seconds"):
        with pytest.raises(SpecError, match=rf"{name}: is not known with Completion.start\(\)"):
            getattr(job, name)
    with pytest.raises(SpecError, match="final_metric"):
        job.final_metric("validation:auc")


def test_a_metric_travels_only_when_it_is_asked_for(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    job = TrainingJob(stack, "Job", spec=spec)
    cdk.CfnOutput(stack, "Auc", value=job.final_metric("validation:auc"))
    cdk.CfnOutput(stack, "Again", value=job.final_metric("validation:auc"))

    assert properties(resources, stack)["FinalMetrics"] == ["validation:auc"]


def test_nothing_is_asked_for_by_itself(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    TrainingJob(stack, "Job", spec=spec)

    assert "FinalMetrics" not in properties(resources, stack)


def test_tags_of_scopes_reach_the_job_and_the_specs_own_win(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=spec.with_tag("team", "risk"))
    cdk.Tags.of(stack).add("team", "everyone")
    cdk.Tags.of(stack).add("cost-centre", "42")

    tags = properties(resources, stack)["Request"]["Tags"]

    assert tags == [{"Key": "cost-centre", "Value": "42"}, {"Key": "team", "Value": "risk"}]


def test_triggers_are_text(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    TrainingJob(stack, "Job", spec=spec, rerun_on={"data": "2026-11", "round": 2})

    assert properties(resources, stack)["RerunOn"] == {"data": "2026-11", "round": "2"}


def test_a_further_job_adds_itself_and_its_role(app: cdk.App, spec: TrainingJobSpec, resources: Find) -> None:
    def made_by(*roles: str | None) -> list[str]:
        stack = cdk.Stack(cdk.App(), "Stack")
        shared = iam.Role(stack, "Shared", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
        for index, role in enumerate(roles):
            TrainingJob(stack, f"Job{index}", spec=spec, role=shared if role else None)
        return sorted(resource["Type"] for resource in resources(stack).values())

    def added(before: list[str], after: list[str]) -> list[str]:
        return sorted((Counter(after) - Counter(before)).elements())

    own = ["AWS::IAM::ManagedPolicy", "AWS::IAM::Role", JOB]
    assert added(made_by(None), made_by(None, None)) == own
    # Its own policy on the shared role: one policy for both would tie each job to the other.
    assert added(made_by("shared"), made_by("shared", "shared")) == ["AWS::IAM::ManagedPolicy", JOB]


def test_nested_stacks_share_the_platform_of_their_parent(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    TrainingJob(nested, "Job", spec=spec)
    TrainingJob(stack, "Job", spec=spec)

    assert len(resources(stack, "AWS::S3::Bucket")) == 1
    assert resources(nested, "AWS::S3::Bucket") == {}


def test_own_output_and_no_network(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    platform = TrainingPlatform(stack, "Platform", use_vpc=False, output_prefix="")
    own = spec.replace(output=Output(s3_uri="s3://mine/models", compression="NONE"))
    TrainingJob(stack, "Job", spec=own, platform=platform)

    request = properties(resources, stack)["Request"]

    assert request["OutputDataConfig"]["S3OutputPath"] == "s3://mine/models"
    assert request["OutputDataConfig"]["CompressionType"] == "NONE"
    assert "VpcConfig" not in request
    assert resources(stack, "AWS::EC2::VPC") == {}


def test_types_with_disks_of_their_own_get_no_volume(stack: cdk.Stack, script: Any, resources: Find) -> None:
    spec = TrainingJobSpec(algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.g5.xlarge")
    TrainingJob(stack, "Job", spec=spec)

    config = properties(resources, stack)["Request"]["ResourceConfig"]
    assert config == {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1}


def test_several_instances_are_encrypted_and_may_talk(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(instance_count=2))

    assert properties(resources, stack)["Request"]["EnableInterContainerTrafficEncryption"] is True
    (rule,) = resources(stack, "AWS::EC2::SecurityGroupIngress").values()
    assert rule["Properties"]["IpProtocol"] == "-1"
    assert rule["Properties"]["SourceSecurityGroupId"] == rule["Properties"]["GroupId"]


def test_a_count_that_only_cloudformation_knows_may_be_several(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    count = cdk.CfnParameter(stack, "Count", type="Number").value_as_number
    TrainingJob(stack, "Job", spec=spec.replace(instance_count=count))

    request = properties(resources, stack)["Request"]
    assert request["ResourceConfig"]["InstanceCount"] == {"Ref": "Count"}
    assert request["EnableInterContainerTrafficEncryption"] is True
    assert len(resources(stack, "AWS::EC2::SecurityGroupIngress")) == 1


def test_a_file_of_the_users_becomes_a_channel(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, script: Any
) -> None:
    TrainingJob(stack, "Job", spec=spec.with_channel(Channel.from_asset("code", script / "train.py")))

    (channel,) = properties(resources, stack)["Request"]["InputDataConfig"]
    digest = hashlib.sha256((script / "train.py").read_bytes()).hexdigest()
    assets = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
    uri = channel["DataSource"]["S3DataSource"]["S3Uri"]["Fn::Join"][1]
    assert uri[:2] == ["s3://", assets]
    assert uri[2].endswith(".py")
    assert len(uri[2]) == len(f"/{digest}.py")
