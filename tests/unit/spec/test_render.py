from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import botocore.session
import pytest
from aws_cdk import Aws, Stack, aws_ecr, aws_kms, aws_s3

from constructs_lib.errors import SpecError
from constructs_lib.spec import (
    UNBOUND,
    Algorithm,
    Binding,
    Channel,
    Checkpoint,
    EcrImage,
    FrameworkImage,
    Image,
    LocalFile,
    MetricDefinition,
    Output,
    SourceFolder,
    SpotTraining,
    TrainingJobSpec,
    Unbound,
    render_request,
)
from constructs_lib.spec.render import MEMBERS
from constructs_lib.spec.resources import default_volume

from .conftest import FakeBucket, FakeKey, MakeSpec


class Bound(Unbound):
    """What a construct would answer."""

    def image_uri(self, image: Image) -> str | None:
        if isinstance(image, FrameworkImage):
            return f"{image.account('eu-west-1')}.dkr.ecr/{image.repository_name}:{image.tag}"
        return image.uri() if isinstance(image, EcrImage) else super().image_uri(image)

    def source_uri(self, source: SourceFolder) -> str:
        return f"s3://assets/{Path(source.path).name}.tar.gz"

    def asset_uri(self, asset: LocalFile) -> str:
        return f"s3://assets/{Path(asset.path).name}"

    def region(self) -> str:
        return "eu-west-1"

    def training_job_name(self) -> str:
        return "churn-1"

    def role_arn(self) -> str:
        return "arn:aws:iam::111122223333:role/r"

    def output_path(self, output: Output) -> str:
        return output.location() or f"s3://platform/{output.prefix or 'training/'}"

    def volume_size_gib(self, spec: TrainingJobSpec) -> int | None:
        return default_volume(spec)

    def vpc_config(self) -> Mapping[str, object]:
        return {"SecurityGroupIds": ("sg-1",), "Subnets": ["subnet-1"]}

    def checkpoint_uri(self, checkpoint: Checkpoint) -> str:
        return checkpoint.location() or "s3://platform/checkpoints/1"

    def tags(self) -> Mapping[str, str]:
        return {"team": "platform", "stack": "s"}

    def max_runtime_seconds(self) -> int:
        return 2700

    def inter_container_encryption(self) -> bool:
        return True


BOUND: Binding = Bound()


@pytest.fixture
def churn(folder: Path, bucket: FakeBucket) -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=Algorithm.from_script(
            folder, entry_point="train.py", framework="sklearn", framework_version="1.2-1"
        ),
        channels=[
            Channel.from_bucket("train", bucket, "patients/train/", content_type="text/csv"),
            Channel.from_asset("labels", folder / "lib" / "data.py"),
        ],
        hyperparameters={"max_depth": 6, "learning_rate": 0.2, "objective": "binary:logistic", "early": True},
        environment={"LOG": "1"},
        instance_type="ml.m5.xlarge",
        volume_size_gib=50,
        max_runtime=timedelta(minutes=20),
        spot=SpotTraining(max_wait=timedelta(minutes=40)),
        checkpoint=Checkpoint(),
        metrics=[MetricDefinition("validation:auc", r"auc=([0-9.]+)")],
        tags={"team": "churn"},
    )


def test_a_spec_on_its_own_leaves_out_what_a_construct_fills(churn: TrainingJobSpec) -> None:
    request = churn.to_request()
    assert request == {
        "HyperParameters": {
            "max_depth": "6",
            "learning_rate": "0.2",
            "objective": '"binary:logistic"',
            "early": "true",
            "sagemaker_program": '"train.py"',
            "sagemaker_container_log_level": "20",
        },
        "AlgorithmSpecification": {
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "validation:auc", "Regex": "auc=([0-9.]+)"}],
        },
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://patients/patients/train/"}
                },
                "ContentType": "text/csv",
            }
        ],
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
        "StoppingCondition": {"MaxRuntimeInSeconds": 1200, "MaxWaitTimeInSeconds": 2400},
        "Tags": [{"Key": "team", "Value": "churn"}],
        "EnableManagedSpotTraining": True,
        "Environment": {"LOG": "1"},
    }


def test_a_bound_spec_is_whole(churn: TrainingJobSpec) -> None:
    request = render_request(churn, BOUND)
    assert request == {
        "TrainingJobName": "churn-1",
        "HyperParameters": {
            "max_depth": "6",
            "learning_rate": "0.2",
            "objective": '"binary:logistic"',
            "early": "true",
            "sagemaker_program": '"train.py"',
            "sagemaker_submit_directory": '"s3://assets/code.tar.gz"',
            "sagemaker_region": '"eu-west-1"',
            "sagemaker_container_log_level": "20",
        },
        "AlgorithmSpecification": {
            "TrainingImage": "141502667606.dkr.ecr/sagemaker-scikit-learn:1.2-1-cpu-py3",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "validation:auc", "Regex": "auc=([0-9.]+)"}],
        },
        "RoleArn": "arn:aws:iam::111122223333:role/r",
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://patients/patients/train/"}
                },
                "ContentType": "text/csv",
            },
            {
                "ChannelName": "labels",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://assets/data.py"}},
            },
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://platform/training/"},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
        "StoppingCondition": {"MaxRuntimeInSeconds": 1200, "MaxWaitTimeInSeconds": 2400},
        "Tags": [{"Key": "team", "Value": "churn"}, {"Key": "stack", "Value": "s"}],
        "EnableInterContainerTrafficEncryption": True,
        "EnableManagedSpotTraining": True,
        "CheckpointConfig": {"S3Uri": "s3://platform/checkpoints/1"},
        "Environment": {"LOG": "1"},
    }
    assert [member for member in MEMBERS if member in request] == list(request)


def test_every_optional_part_is_rendered(make: MakeSpec, bucket: FakeBucket, key: FakeKey) -> None:
    spec = make(
        algorithm=Algorithm.from_image_uri("image:1", entrypoint=["/run"], arguments=["--fast"]),
        channels=[
            Channel.from_uri(
                "train",
                "s3://b/x",
                input_mode="Pipe",
                compression="Gzip",
                distribution="ShardedByS3Key",
                shuffle_seed=0,
                record_wrapper="RecordIO",
                encryption_key=key,
            )
        ],
        hyperparameters={"objective": "reg", "early": False},
        instance_count=2,
        volume_encryption_key=key,
        output=Output(bucket=bucket, prefix="models/", encryption_key="alias/k", compression="NONE"),
        checkpoint=Checkpoint(s3_uri="s3://c/p", local_path="/opt/c"),
        network_isolation=False,
        inter_container_encryption=False,
    )
    assert render_request(spec, UNBOUND) == {
        "HyperParameters": {"objective": "reg", "early": "false"},
        "AlgorithmSpecification": {
            "TrainingImage": "image:1",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/run"],
            "ContainerArguments": ["--fast"],
        },
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": "s3://b/x",
                        "S3DataDistributionType": "ShardedByS3Key",
                    }
                },
                "CompressionType": "Gzip",
                "RecordWrapperType": "RecordIO",
                "InputMode": "Pipe",
                "ShuffleConfig": {"Seed": 0},
            }
        ],
        "OutputDataConfig": {
            "KmsKeyId": "alias/k",
            "S3OutputPath": "s3://patients/models/",
            "CompressionType": "NONE",
        },
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge",
            "InstanceCount": 2,
            "VolumeKmsKeyId": key.key_arn,
        },
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "CheckpointConfig": {"S3Uri": "s3://c/p", "LocalPath": "/opt/c"},
    }
    assert render_request(spec, BOUND)["EnableInterContainerTrafficEncryption"] is False


@pytest.mark.parametrize(
    ("instance_type", "given", "rendered"),
    [
        ("ml.m5.xlarge", None, 30),
        ("ml.g5.xlarge", None, None),
        ("ml.g5.xlarge", 100, 100),
        (Aws.REGION, None, 30),
    ],
)
def test_the_volume_s_default_depends_on_the_instance_type(
    make: MakeSpec, instance_type: str, given: int | None, rendered: int | None
) -> None:
    spec = make(instance_type=instance_type, volume_size_gib=given)
    resources, alone = (render_request(spec, binding)["ResourceConfig"] for binding in (BOUND, UNBOUND))
    assert isinstance(resources, dict)
    assert resources.get("VolumeSizeInGB") == rendered
    assert isinstance(alone, dict)
    assert alone.get("VolumeSizeInGB") == given


def test_the_wait_of_spot_is_twice_the_runtime_unless_it_is_given(make: MakeSpec) -> None:
    spec = make(spot=SpotTraining())
    assert "StoppingCondition" not in spec.to_request()
    hour = spec.replace(max_runtime=timedelta(hours=1)).to_request()
    assert hour["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    bound = render_request(spec, BOUND)
    assert bound["StoppingCondition"] == {"MaxRuntimeInSeconds": 2700, "MaxWaitTimeInSeconds": 5400}


def test_an_image_for_gpu_follows_the_instance_type(make: MakeSpec, folder: Path) -> None:
    algorithm = Algorithm.from_script(
        folder, entry_point="train.py", framework="pytorch", framework_version="2.3.0"
    )
    request = render_request(make(algorithm=algorithm, instance_type="ml.g5.xlarge"), BOUND)
    found = request["AlgorithmSpecification"]
    assert isinstance(found, dict)
    assert found["TrainingImage"] == "763104351884.dkr.ecr/pytorch-training:2.3.0-gpu-py311"


def test_real_constructs_render_to_references(make: MakeSpec, stack: Stack) -> None:
    data, key = aws_s3.Bucket(stack, "Data"), aws_kms.Key(stack, "Key")
    images = aws_ecr.Repository(stack, "Images")
    spec = make(
        algorithm=Algorithm.from_ecr_repository(images, tag="v1"),
        channels=[Channel.from_bucket("train", data, "a/", encryption_key=key)],
        output=Output(bucket=data, prefix="models/", encryption_key=key),
        volume_encryption_key=key,
    )
    request = stack.resolve(render_request(spec, BOUND))
    name = stack.resolve(data.bucket_name)
    arn = stack.resolve(key.key_arn)
    assert request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] == {
        "Fn::Join": ["", ["s3://", name, "/a/"]]
    }
    assert request["OutputDataConfig"] == {
        "KmsKeyId": arn,
        "S3OutputPath": {"Fn::Join": ["", ["s3://", name, "/models/"]]},
    }
    assert request["ResourceConfig"]["VolumeKmsKeyId"] == arn
    image = request["AlgorithmSpecification"]["TrainingImage"]
    assert image == stack.resolve(images.repository_uri_for_tag("v1"))
    assert spec.channels[0].bucket is data


def test_overrides_are_merged_deeply(make: MakeSpec) -> None:
    request = make(
        overrides={
            "RetryStrategy": {"MaximumRetryAttempts": 3},
            "ResourceConfig": {"KeepAlivePeriodInSeconds": 60},
            "Brandnew": [{"A": 1}],
        }
    ).to_request()
    assert request["ResourceConfig"] == {
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 1,
        "KeepAlivePeriodInSeconds": 60,
    }
    assert list(request) == ["AlgorithmSpecification", "ResourceConfig", "RetryStrategy", "Brandnew"]


@pytest.mark.parametrize(
    ("overrides", "path", "field"),
    [
        (
            {"ResourceConfig": {"InstanceCount": 1}},
            "overrides.ResourceConfig.InstanceCount",
            "instance_count",
        ),
        ({"ResourceConfig": None}, "overrides.ResourceConfig", "instance_type"),
        ({"InputDataConfig": []}, "overrides.InputDataConfig", "channels"),
    ],
)
def test_an_override_of_a_field_is_refused_at_once(
    make: MakeSpec, overrides: dict[str, object], path: str, field: str
) -> None:
    with pytest.raises(SpecError) as caught:
        make(channels=[Channel.from_uri("a", "s3://b")], overrides=overrides)
    assert str(caught.value) == (
        f"{path}: is already set by the spec's {field}; set the field, or leave it out and keep the override"
    )


def test_an_override_of_what_a_construct_fills_is_refused_when_it_does(make: MakeSpec) -> None:
    spec = make(overrides={"RoleArn": "arn"})
    with pytest.raises(SpecError) as caught:
        render_request(spec, BOUND)
    assert str(caught.value) == (
        "overrides.RoleArn: is already set by the spec's role_arn or by its construct; "
        "set the field, or leave it out and keep the override"
    )


def test_members_are_those_of_the_api_in_its_order() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    assert tuple(model.operation_model("CreateTrainingJob").input_shape.members) == MEMBERS
