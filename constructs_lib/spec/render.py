"""The one rendering: from a spec and what a construct knows to a CreateTrainingJob request in AWS's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from constructs_lib.spec.durations import seconds
from constructs_lib.spec.frozen import thaw
from constructs_lib.spec.hyperparameters import encode
from constructs_lib.spec.image_refs import FrameworkImage
from constructs_lib.spec.instance_types import default_volume_gib
from constructs_lib.spec.output import Output
from constructs_lib.spec.overrides import merge_overrides
from constructs_lib.spec.text import is_number_token

if TYPE_CHECKING:
    from constructs_lib.spec.algorithm import Algorithm
    from constructs_lib.spec.binding import Binding
    from constructs_lib.spec.channels import Channel
    from constructs_lib.spec.job import TrainingJobSpec

__all__ = ["MEMBERS", "render_request"]

MEMBERS = (
    "TrainingJobName",
    "HyperParameters",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "VpcConfig",
    "StoppingCondition",
    "Tags",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "TensorBoardOutputConfig",
    "ExperimentConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "Environment",
    "RetryStrategy",
    "RemoteDebugConfig",
    "InfraCheckConfig",
    "SessionChainingConfig",
    "ServerlessJobConfig",
    "MlflowConfig",
    "ModelPackageConfig",
)
"""The members of CreateTrainingJob in the order of the API (botocore 1.44.5)."""


def render_request(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    """The request for a spec, in AWS's own words and member order; only what is set is in it.

    Args:
        spec: what to train.
        binding: what the construct knows; `UNBOUND` for a spec on its own.

    Returns:
        A new dict of dicts, lists, text, numbers and bools, with CDK tokens where the spec has them.

    Raises:
        SpecError: an override collides with a rendered member, or a framework image cannot be chosen for the
            spec's instance type.
    """
    rendered: dict[str, object] = {
        "TrainingJobName": binding.training_job_name(),
        "HyperParameters": _hyperparameters(spec, binding),
        "AlgorithmSpecification": _algorithm(spec, binding),
        "RoleArn": binding.role_arn(),
        "InputDataConfig": [entry for channel in spec.channels if (entry := _channel(channel, binding))],
        "OutputDataConfig": _output(spec, binding),
        "ResourceConfig": _resources(spec, binding),
        "VpcConfig": thaw(binding.vpc_config()),
        "StoppingCondition": _stopping(spec, binding),
        "Tags": [{"Key": key, "Value": value} for key, value in {**binding.tags(), **spec.tags}.items()],
        "EnableNetworkIsolation": spec.network_isolation,
        "EnableInterContainerTrafficEncryption": _encryption(spec, binding),
        "EnableManagedSpotTraining": True if spec.spot is not None else None,
        "CheckpointConfig": _checkpoint(spec, binding),
        "Environment": {key: _text(value) for key, value in spec.environment.items()},
    }
    merged = merge_overrides(_without_empty(rendered), spec.overrides)
    known = {member: merged.pop(member) for member in MEMBERS if member in merged}
    return {**known, **merged}


def _without_empty(members: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in members.items() if value is not None and value != {} and value != []}


def _number(value: object) -> object:
    """A number as it is; an int that was made of a number token as the token that CDK finds."""
    return float(value) if isinstance(value, int) and is_number_token(value) else value


def _text(value: object) -> object:
    """Text as it is; a number token as the text in which CDK finds it."""
    return str(_number(value)) if is_number_token(value) else value


def _hyperparameters(spec: TrainingJobSpec, binding: Binding) -> dict[str, str]:
    algorithm = spec.algorithm
    values = dict(spec.hyperparameters)
    if algorithm is not None and algorithm.source is not None:
        toolkit = {
            "sagemaker_program": algorithm.source.entry_point,
            "sagemaker_submit_directory": binding.source_uri(algorithm.source),
            "sagemaker_region": binding.region(),
            "sagemaker_container_log_level": algorithm.log_level,
        }
        values.update(_without_empty(toolkit))
    return encode(values, "plain" if algorithm is None else algorithm.hyperparameter_encoding)


def _algorithm(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    algorithm = spec.algorithm
    metrics = [{"Name": metric.name, "Regex": metric.regex} for metric in spec.metrics]
    if algorithm is None:
        return _without_empty({"MetricDefinitions": metrics})
    return _without_empty(
        {
            "TrainingImage": _image(algorithm, spec, binding),
            "TrainingInputMode": "File",
            "MetricDefinitions": metrics,
            "ContainerEntrypoint": list(algorithm.entrypoint),
            "ContainerArguments": list(algorithm.arguments),
        }
    )


def _image(algorithm: Algorithm, spec: TrainingJobSpec, binding: Binding) -> str | None:
    image = algorithm.image
    return binding.image_uri(
        image.for_instance_type(spec.instance_type) if isinstance(image, FrameworkImage) else image
    )


def _channel(channel: Channel, binding: Binding) -> dict[str, object] | None:
    uri = binding.asset_uri(channel.asset) if channel.asset is not None else channel.location()
    if uri is None:
        return None
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": channel.distribution}
    shuffle = None if channel.shuffle_seed is None else {"Seed": _number(channel.shuffle_seed)}
    return _without_empty(
        {
            "ChannelName": channel.name,
            "DataSource": {"S3DataSource": _without_empty(source)},
            "ContentType": channel.content_type,
            "CompressionType": channel.compression,
            "RecordWrapperType": channel.record_wrapper,
            "InputMode": channel.input_mode,
            "ShuffleConfig": shuffle,
        }
    )


def _output(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    output = spec.output if spec.output is not None else Output()
    return _without_empty(
        {
            "KmsKeyId": binding.output_key_id(output),
            "S3OutputPath": binding.output_path(output),
            "CompressionType": output.compression,
        }
    )


def _resources(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    size: object = spec.volume_size_gib
    if size is None and spec.instance_type is not None:
        size = default_volume_gib(spec.instance_type)
    return _without_empty(
        {
            "InstanceType": spec.instance_type,
            "InstanceCount": None if spec.instance_type is None else _number(spec.instance_count),
            "VolumeSizeInGB": _number(size),
            "VolumeKmsKeyId": binding.volume_key_id(spec),
        }
    )


def _stopping(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    given = spec.max_runtime
    runtime = binding.max_runtime_seconds() if given is None else seconds("max_runtime", given)
    wait: float | None = None
    if spec.spot is not None and spec.spot.max_wait is not None:
        wait = seconds("spot.max_wait", spec.spot.max_wait)
    elif spec.spot is not None and runtime is not None and not is_number_token(runtime):
        wait = 2 * runtime
    return _without_empty({"MaxRuntimeInSeconds": runtime, "MaxWaitTimeInSeconds": wait})


def _encryption(spec: TrainingJobSpec, binding: Binding) -> bool | None:
    asked = spec.inter_container_encryption
    return binding.inter_container_encryption() if asked is None else asked


def _checkpoint(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    uri = None if spec.checkpoint is None else binding.checkpoint_uri(spec.checkpoint)
    if spec.checkpoint is None or uri is None:
        return {}
    return _without_empty({"S3Uri": uri, "LocalPath": spec.checkpoint.local_path})
