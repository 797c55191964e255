"""What makes a job the same job: the hash over everything that can change the model, or where it lies.

A member that is in neither list below counts: an unknown field is trained again rather than served stale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# The first character of a block. A release that must hash otherwise takes the next letter and keeps the
# old function, so that a job of the old version is still recognised and nobody is retrained.
VERSION = "a"
BLOCK_LENGTH = 12
# In a checkpoint location, this stands for the block itself.
PLACEHOLDER = "{ContentHash}"

NEVER_RETRAINS = frozenset(
    {
        "TrainingJobName",
        "RoleArn",
        "VpcConfig",
        "StoppingCondition",
        "Tags",
        "EnableNetworkIsolation",
        "EnableInterContainerTrafficEncryption",
        "EnableManagedSpotTraining",
        "RetryStrategy",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "ProfilerConfig",
        "ProfilerRuleConfigurations",
        "TensorBoardOutputConfig",
        "ExperimentConfig",
        "RemoteDebugConfig",
        "InfraCheckConfig",
        "SessionChainingConfig",
        "MlflowConfig",
    }
)
OUTPUT_MEMBERS = ("S3OutputPath", "CompressionType")
RESOURCE_MEMBERS = ("InstanceType", "InstanceCount", "InstanceGroups", "InstancePreferences")
# Read by the containers for their logging and their clients' region; they are ours to set.
IGNORED_HYPERPARAMETERS = frozenset({"sagemaker_container_log_level", "sagemaker_region"})


def content_block(request: Mapping[str, Any], rerun_on: Mapping[str, str]) -> str:
    """The content's block of a job name: the hash version and eleven hexadecimal digits.

    Args:
        request: the request in its JSON types, as it is deployed.
        rerun_on: the user's own triggers.
    """
    content = {"request": _what_trains(request), "rerun_on": dict(rerun_on)}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return VERSION + hashlib.sha256(text.encode()).hexdigest()[: BLOCK_LENGTH - 1]


def _what_trains(request: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in request.items() if key not in NEVER_RETRAINS}
    for member, names in (("OutputDataConfig", OUTPUT_MEMBERS), ("ResourceConfig", RESOURCE_MEMBERS)):
        if member in kept:
            kept[member] = {name: kept[member][name] for name in names if name in kept[member]}
    if "HyperParameters" in kept:
        pairs = kept["HyperParameters"].items()
        kept["HyperParameters"] = {k: v for k, v in pairs if k not in IGNORED_HYPERPARAMETERS}
        if not kept["HyperParameters"]:
            del kept["HyperParameters"]
    if PLACEHOLDER in kept.get("CheckpointConfig", {}).get("S3Uri", ""):
        # Its place follows from the content; that there is one, and where it is mounted, changes no model.
        del kept["CheckpointConfig"]
    return kept


def with_block(request: Mapping[str, Any], block: str) -> dict[str, Any]:
    """The request with the content's block put where its checkpoint location asks for it."""
    filled = dict(request)
    checkpoint = filled.get("CheckpointConfig")
    if checkpoint and PLACEHOLDER in checkpoint.get("S3Uri", ""):
        location = checkpoint["S3Uri"].replace(PLACEHOLDER, block)
        filled["CheckpointConfig"] = {**checkpoint, "S3Uri": location}
    return filled
