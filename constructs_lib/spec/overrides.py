"""Raw request members, in AWS form: what they may hold, and their merging into a rendered request."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_mapping, kind, member_path
from constructs_lib.spec.frozen import thaw
from constructs_lib.spec.text import is_unknown

__all__ = ["MOST_LEVELS", "check_depth", "check_raw", "fields_of", "merge_overrides"]

MOST_LEVELS = 32
"""How deep raw members may nest; CreateTrainingJob itself has seven levels."""

_FIX = "set the field, or leave it out and keep the override"

# Where a field says only a part of a member, the part is named.
_FIELDS = {
    "TrainingJobName": "training_job_name",
    "HyperParameters": "hyperparameters",
    "AlgorithmSpecification": "algorithm",
    "AlgorithmSpecification.MetricDefinitions": "metrics",
    "RoleArn": "role_arn",
    "InputDataConfig": "channels",
    "OutputDataConfig": "output",
    "ResourceConfig": "instance_type",
    "ResourceConfig.InstanceCount": "instance_count",
    "ResourceConfig.VolumeSizeInGB": "volume_size_gib",
    "ResourceConfig.VolumeKmsKeyId": "volume_encryption_key",
    "ResourceConfig.KeepAlivePeriodInSeconds": "keep_alive",
    "ResourceConfig.InstanceGroups": "instance_groups",
    "ResourceConfig.TrainingPlanArn": "training_plan_arn",
    "ResourceConfig.InstancePlacementConfig": "placement",
    "ResourceConfig.InstancePreferences": "instance_preferences",
    "VpcConfig": "vpc_config",
    "StoppingCondition": "max_runtime",
    "StoppingCondition.MaxWaitTimeInSeconds": "spot",
    "StoppingCondition.MaxPendingTimeInSeconds": "max_pending",
    "Tags": "tags",
    "EnableNetworkIsolation": "network_isolation",
    "EnableInterContainerTrafficEncryption": "inter_container_encryption",
    "EnableManagedSpotTraining": "spot",
    "CheckpointConfig": "checkpoint",
    "DebugHookConfig": "debug_hook_config",
    "DebugRuleConfigurations": "debug_rule_configurations",
    "TensorBoardOutputConfig": "tensor_board_output_config",
    "ExperimentConfig": "experiment_config",
    "ProfilerConfig": "profiler_config",
    "ProfilerRuleConfigurations": "profiler_rule_configurations",
    "Environment": "environment",
    "RetryStrategy": "retry_attempts",
    "RemoteDebugConfig": "remote_debug",
    "InfraCheckConfig": "infra_check",
    "SessionChainingConfig": "session_tag_chaining",
    "ServerlessJobConfig": "serverless_job_config",
    "MlflowConfig": "mlflow_config",
    "ModelPackageConfig": "model_package_config",
}


def fields_of(path: str) -> str:
    """The field of a spec that says a member; ``path`` is the member's, in AWS form.

    Returns:
        The field's name; empty where no field says it.
    """
    while path and path not in _FIELDS:
        path = path.rpartition(".")[0]
    return _FIELDS.get(path, "")


def merge_overrides(
    request: Mapping[str, object], overrides: Mapping[str, object], owner: str = " or by its construct"
) -> dict[str, object]:
    """The request with the overrides merged in, map by map.

    Args:
        request: as rendered from the typed fields and a binding; not changed.
        overrides: raw members; what is no map is taken whole, lists too.
        owner: who else, beside the field, may have set a member; for the message.

    Raises:
        SpecError: an override names a member that is rendered already, whatever its value: two places that
            say the same would sooner or later differ. The path is in AWS form, and the field is named.
    """

    def collision(path: str) -> SpecError:
        problem = f"is already set by the spec's {fields_of(path)}{owner}"
        return SpecError(f"overrides.{path}", problem, _FIX)

    return _merge(request, overrides, "", collision)


def _merge(
    base: Mapping[str, object],
    extra: Mapping[str, object],
    path: str,
    collision: Callable[[str], SpecError],
) -> dict[str, object]:
    merged = dict(base)
    for key, value in extra.items():
        there = member_path(path, key)
        present = merged.get(key)
        if key not in merged:
            merged[key] = thaw(value)
        elif isinstance(present, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(present, value, there, collision)
        else:
            raise collision(there)
    return merged


def check_raw(path: str, value: object, levels: int = MOST_LEVELS) -> None:
    """Refuse what has no form in JSON: another type, a key that is not text, NaN, or a value within itself.

    Args:
        path: where it stands, for the message.
        value: raw members; tokens and expressions pass.
        levels: how many more levels may follow.

    Raises:
        SpecError: as said; the message shows no value.
    """
    if isinstance(value, Mapping):
        _check_level(path, levels)
        for key, item in check_mapping(path, value).items():
            check_raw(member_path(path, key), item, levels - 1)
    elif isinstance(value, (list, tuple)):
        _check_level(path, levels)
        for index, item in enumerate(value):
            check_raw(f"{path}[{index}]", item, levels - 1)
    elif isinstance(value, float) and not is_unknown(value) and not math.isfinite(value):
        raise SpecError(path, "must be finite, got nan or an infinity", "give a number that JSON has")
    elif value is not None and not isinstance(value, (str, bool, int, float)) and not is_unknown(value):
        allowed = "a str, bool, int, float, None, or a list or dict of these"
        raise SpecError(path, f"must be {allowed}, got {kind(value)}", "write it as AWS takes it")


def check_depth(path: str, value: object, levels: int = MOST_LEVELS) -> None:
    """Refuse maps and lists that nest too deep, or in themselves."""
    if isinstance(value, (Mapping, list, tuple)):
        _check_level(path, levels)
        for item in value.values() if isinstance(value, Mapping) else value:
            check_depth(path, item, levels - 1)


def _check_level(path: str, levels: int) -> None:
    if levels <= 0:
        problem = f"nests deeper than {MOST_LEVELS} levels, or holds itself"
        # Only where it starts: the rest of the path repeats itself.
        raise SpecError(path.split(".")[0].split("[")[0], problem, "give a flatter value")
