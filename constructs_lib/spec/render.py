"""The one rendering: from a spec and what a construct knows to a CreateTrainingJob request in AWS's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from constructs_lib.errors import SpecError
from constructs_lib.spec.algorithm_rendering import render_algorithm
from constructs_lib.spec.channel_rendering import render_channel
from constructs_lib.spec.frozen import thaw
from constructs_lib.spec.hyperparameters import encode
from constructs_lib.spec.job_shapes import render_shape, render_shapes
from constructs_lib.spec.members import number_member, text_member, without_empty
from constructs_lib.spec.output import Output
from constructs_lib.spec.overrides import merge_overrides
from constructs_lib.spec.resources import render_resources
from constructs_lib.spec.stopping import render_stopping
from constructs_lib.spec.text import is_unknown

if TYPE_CHECKING:
    from constructs_lib.spec.binding import Binding
    from constructs_lib.spec.job import TrainingJobSpec

__all__ = ["MEMBERS", "RENDERERS", "Renderer", "in_order", "render_fields", "render_request"]

Renderer: TypeAlias = "Callable[[TrainingJobSpec, Binding], object]"


def render_request(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    """The request for a spec, in AWS's own words and member order; only what is set is in it.

    What the spec says itself wins over the binding: its name, role, network and places.

    Args:
        spec: what to train.
        binding: what the construct knows; `UNBOUND` for a spec on its own.

    Returns:
        A new dict of dicts, lists, text, numbers and bools, with CDK tokens where the spec has them.

    Raises:
        SpecError: an override collides with a rendered member, or a framework image cannot be chosen for the
            spec's instance type.
    """
    rendered = render_fields(spec, binding)
    return in_order(merge_overrides(rendered, spec.overrides)) if spec.overrides else rendered


def render_fields(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    """As `render_request`, without the overrides."""
    return without_empty({member: render(spec, binding) for member, render in RENDERERS.items()})


def in_order(request: Mapping[str, object]) -> dict[str, object]:
    """The members of a request in the API's order, and then those that it does not have."""
    known = {member: request[member] for member in MEMBERS if member in request}
    return {**known, **request}


def _name(spec: TrainingJobSpec, binding: Binding) -> object:
    return binding.training_job_name() if spec.training_job_name is None else spec.training_job_name


def _role(spec: TrainingJobSpec, binding: Binding) -> object:
    return binding.role_arn() if spec.role_arn is None else spec.role_arn


def _network(spec: TrainingJobSpec, binding: Binding) -> object:
    return thaw(binding.vpc_config()) if spec.vpc_config is None else render_shape(spec.vpc_config)


def _hyperparameters(spec: TrainingJobSpec, binding: Binding) -> object:
    if is_unknown(spec.hyperparameters):
        return thaw(spec.hyperparameters)
    algorithm = spec.algorithm
    values = dict(spec.hyperparameters)
    if algorithm is not None and algorithm.source is not None:
        toolkit = {
            "sagemaker_program": algorithm.source.entry_point,
            "sagemaker_submit_directory": binding.source_uri(algorithm.source),
            "sagemaker_region": binding.region(),
            "sagemaker_container_log_level": algorithm.log_level,
        }
        values.update(without_empty(toolkit))
    return encode(values, "plain" if algorithm is None else algorithm.hyperparameter_encoding)


def _channels(spec: TrainingJobSpec, binding: Binding) -> object:
    if is_unknown(spec.channels):
        return thaw(spec.channels)
    return [entry for channel in spec.channels if (entry := render_channel(channel, binding))]


def _output(spec: TrainingJobSpec, binding: Binding) -> object:
    output = spec.output if spec.output is not None else Output()
    return without_empty(
        {
            "KmsKeyId": binding.output_key_id(output),
            "S3OutputPath": binding.output_path(output),
            "CompressionType": output.compression,
        }
    )


def _tags(spec: TrainingJobSpec, binding: Binding) -> object:
    bound = binding.tags()
    if not is_unknown(spec.tags):
        return [{"Key": key, "Value": value} for key, value in {**bound, **spec.tags}.items()]
    if bound:
        raise SpecError("tags", "is a token, to which the construct cannot add its own", "give a map of text")
    return thaw(spec.tags)


def _environment(spec: TrainingJobSpec, binding: Binding) -> object:  # noqa: ARG001 (all renderers are alike)
    if is_unknown(spec.environment):
        return thaw(spec.environment)
    return {key: text_member(value) for key, value in spec.environment.items()}


def _encryption(spec: TrainingJobSpec, binding: Binding) -> object:
    asked = spec.inter_container_encryption
    return binding.inter_container_encryption() if asked is None else asked


def _checkpoint(spec: TrainingJobSpec, binding: Binding) -> object:
    uri = None if spec.checkpoint is None else binding.checkpoint_uri(spec.checkpoint)
    if spec.checkpoint is None or uri is None:
        return None
    return without_empty({"S3Uri": uri, "LocalPath": spec.checkpoint.local_path})


def _only(member: str, value: object) -> Mapping[str, object] | None:
    return None if value is None else {member: number_member(value)}


RENDERERS: Mapping[str, Renderer] = {
    "TrainingJobName": _name,
    "HyperParameters": _hyperparameters,
    "AlgorithmSpecification": render_algorithm,
    "RoleArn": _role,
    "InputDataConfig": _channels,
    "OutputDataConfig": _output,
    "ResourceConfig": render_resources,
    "VpcConfig": _network,
    "StoppingCondition": render_stopping,
    "Tags": _tags,
    "EnableNetworkIsolation": lambda spec, _: spec.network_isolation,
    "EnableInterContainerTrafficEncryption": _encryption,
    "EnableManagedSpotTraining": lambda spec, _: None if spec.spot is None else True,
    "CheckpointConfig": _checkpoint,
    "DebugHookConfig": lambda spec, _: render_shape(spec.debug_hook_config),
    "DebugRuleConfigurations": lambda spec, _: render_shapes(spec.debug_rule_configurations),
    "TensorBoardOutputConfig": lambda spec, _: render_shape(spec.tensor_board_output_config),
    "ExperimentConfig": lambda spec, _: render_shape(spec.experiment_config),
    "ProfilerConfig": lambda spec, _: render_shape(spec.profiler_config),
    "ProfilerRuleConfigurations": lambda spec, _: render_shapes(spec.profiler_rule_configurations),
    "Environment": _environment,
    "RetryStrategy": lambda spec, _: _only("MaximumRetryAttempts", spec.retry_attempts),
    "RemoteDebugConfig": lambda spec, _: _only("EnableRemoteDebug", spec.remote_debug),
    "InfraCheckConfig": lambda spec, _: _only("EnableInfraCheck", spec.infra_check),
    "SessionChainingConfig": lambda spec, _: _only("EnableSessionTagChaining", spec.session_tag_chaining),
    "ServerlessJobConfig": lambda spec, _: render_shape(spec.serverless_job_config),
    "MlflowConfig": lambda spec, _: render_shape(spec.mlflow_config),
    "ModelPackageConfig": lambda spec, _: render_shape(spec.model_package_config),
}
"""What renders each member of CreateTrainingJob, in the order of the API."""

MEMBERS = tuple(RENDERERS)
"""The members of CreateTrainingJob in the order of the API (botocore 1.44.5)."""
