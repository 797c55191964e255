"""The catalogue: every rule between members, topic by topic. Its order is public."""

from __future__ import annotations

from constructs_lib.rules import (
    algorithm,
    capacity,
    channel_groups,
    channel_modes,
    channels,
    debugger,
    environment,
    file_systems,
    images,
    instance_preferences,
    locations,
    manifests,
    metrics,
    model_packages,
    network,
    output_keys,
    parameters,
    placement,
    registries,
    resources,
    serverless,
    stopping,
    tags,
    volumes,
)
from constructs_lib.rules.rule import Rule

__all__ = ["RULES", "RULES_BY_ID", "TOPICS"]

TOPICS: dict[str, tuple[Rule, ...]] = {
    "Algorithm": algorithm.RULES,
    "Metrics": metrics.RULES,
    "Images": images.RULES,
    "Private registries": registries.RULES,
    "Channels": channels.RULES,
    "Input modes": channel_modes.RULES,
    "Manifests": manifests.RULES,
    "File systems": file_systems.RULES,
    "Instance groups of channels": channel_groups.RULES,
    "Instances": resources.RULES,
    "Instance preferences": instance_preferences.RULES,
    "Placement": placement.RULES,
    "Volumes": volumes.RULES,
    "Output": output_keys.RULES,
    "Warm pools and training plans": capacity.RULES,
    "Spot training, time limits and retries": stopping.RULES,
    "Locations": locations.RULES,
    "Network": network.RULES,
    "Hyperparameters and environment": parameters.RULES,
    "Tags": tags.RULES,
    "Debugger, profiler and experiments": debugger.RULES,
    "Serverless model customization": serverless.RULES,
    "Model packages": model_packages.RULES,
    "Region and account": environment.RULES,
}
"""The rules by topic, in order."""

RULES: tuple[Rule, ...] = tuple(rule for topic in TOPICS.values() for rule in topic)
"""All rules, in order."""

RULES_BY_ID = {rule.id: rule for rule in RULES}
