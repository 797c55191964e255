"""Rules about SageMaker Debugger: its hook, its profiler, their rules; and about experiments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from constructs_lib.rules.image_names import parse_image
from constructs_lib.rules.items import known_items, repeats
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, Path, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_RULE_LISTS = ("DebugRuleConfigurations", "ProfilerRuleConfigurations")
_BUILT_IN_RULES = "sagemaker-debugger-rules"


def _rule_configurations(job: Job) -> Iterator[tuple[Path, Any]]:
    """Each configuration of a debugger or profiler rule that is known, with its path."""
    for name in _RULE_LISTS:
        entries = job.request.get(name, ())
        if entries is not UNKNOWN:
            for index, entry in known_items(entries):
                yield (name, index), entry


def _is_built_in(entry: Any) -> bool | None:
    """Whether a rule is evaluated by AWS's own image; None when it is not known."""
    image = entry["RuleEvaluatorImage"]
    return None if image is UNKNOWN else parse_image(image).repository.rpartition("/")[2] == _BUILT_IN_RULES


@rule(
    "debug-rules-need-hook",
    "error",
    fields=("DebugRuleConfigurations", "DebugHookConfig"),
    when=("DebugRuleConfigurations",),
    violated_when="there are debugger rules and no DebugHookConfig",
    message="is required with DebugRuleConfigurations: the rules read the tensors that the hook saves",
    fix="add DebugHookConfig with an S3OutputPath",
    source=(
        "developer guide, debugger-createtrainingjob-api (they always come together; a refusal is not "
        "documented)"
    ),
    verified=False,
)
def _debug_rules_need_hook(job: Job) -> Hits:
    if "DebugHookConfig" not in job.request and job.request["DebugRuleConfigurations"]:
        yield ("DebugHookConfig",), {}


@rule(
    "rule-configuration-name-unique",
    "error",
    fields=tuple(f"{name}[].RuleConfigurationName" for name in _RULE_LISTS),
    when=_RULE_LISTS,
    violated_when="two debugger or profiler rules have the same RuleConfigurationName",
    message="must be unique among debugger and profiler rules, got {name} here and in {first}",
    fix="give each rule a name of its own",
    source=(
        'DebugRuleConfiguration$RuleConfigurationName ("must be unique relative to other rule '
        'configuration names")'
    ),
)
def _rule_configuration_name_unique(job: Job) -> Hits:
    first: dict[str, Path] = {}
    for path, entry in _rule_configurations(job):
        name = entry["RuleConfigurationName"]
        if name is not UNKNOWN and first.setdefault(name, path) != path:
            member, index = first[name]
            yield (*path, "RuleConfigurationName"), {"name": shown(name), "first": f"{member}[{index}]"}


@rule(
    "collection-name-unique",
    "error",
    fields=("DebugHookConfig.CollectionConfigurations[].CollectionName",),
    violated_when="two collections have the same CollectionName",
    message=(
        "must be unique among the hook's collections, got {name} here and in "
        "CollectionConfigurations[{first}]"
    ),
    fix="merge the two collections, or rename one",
    source='CollectionConfiguration$CollectionName ("The name must be unique")',
)
def _collection_name_unique(job: Job) -> Hits:
    collections = job.get("DebugHookConfig", "CollectionConfigurations")
    named = [
        entry if entry is not UNKNOWN and "CollectionName" in entry else UNKNOWN for entry in collections
    ]
    for index, name, first in repeats(named, "CollectionName"):
        path = ("DebugHookConfig", "CollectionConfigurations", index, "CollectionName")
        yield path, {"name": shown(name), "first": first}


_INTERVALS = (100, 200, 500, 1_000, 5_000, 60_000)


@rule(
    "profiler-interval-values",
    "error",
    fields=("ProfilerConfig.ProfilingIntervalInMilliseconds",),
    violated_when="the interval is none of 100, 200, 500, 1000, 5000 and 60000",
    message="must be 100, 200, 500, 1000, 5000 or 60000 milliseconds, got {interval}",
    fix="use one of these, or leave it out for 500",
    source="ProfilerConfig$ProfilingIntervalInMilliseconds",
)
def _profiler_interval_values(job: Job) -> Hits:
    interval = job.get("ProfilerConfig", "ProfilingIntervalInMilliseconds")
    if interval not in _INTERVALS:
        yield ("ProfilerConfig", "ProfilingIntervalInMilliseconds"), {"interval": interval}


@rule(
    "profiler-rules-with-disabled-profiler",
    "warning",
    fields=("ProfilerRuleConfigurations", "ProfilerConfig.DisableProfiler"),
    when=("ProfilerConfig.DisableProfiler",),
    violated_when="there are profiler rules while DisableProfiler is true",
    message="has no effect while DisableProfiler is true: the rules get no metrics to look at",
    fix="leave ProfilerRuleConfigurations out, or DisableProfiler",
    source="ProfilerConfig$DisableProfiler",
)
def _profiler_rules_with_disabled_profiler(job: Job) -> Hits:
    if job.get("ProfilerConfig", "DisableProfiler") and job.request.get("ProfilerRuleConfigurations"):
        yield ("ProfilerRuleConfigurations",), {}


@rule(
    "profiler-needs-s3-output",
    "warning",
    fields=("ProfilerConfig.S3OutputPath", "ProfilerConfig.DisableProfiler"),
    when=("ProfilerConfig",),
    violated_when="there is a ProfilerConfig without S3OutputPath, and DisableProfiler is not true",
    message="is left out, and the profiler is on: its metrics have no place to go",
    fix="set ProfilerConfig.S3OutputPath, or DisableProfiler to true",
    source="ProfilerConfig$S3OutputPath; the debugger's documentation always sets it",
)
def _profiler_needs_s3_output(job: Job) -> Hits:
    section = job.section("ProfilerConfig")
    if section.get("S3OutputPath") is None and not section.get("DisableProfiler"):
        yield ("ProfilerConfig", "S3OutputPath"), {}


@rule(
    "builtin-rule-needs-rule-to-invoke",
    "warning",
    fields=(
        *(f"{name}[].RuleEvaluatorImage" for name in _RULE_LISTS),
        *(f"{name}[].RuleParameters" for name in _RULE_LISTS),
    ),
    when=_RULE_LISTS,
    violated_when="the image is AWS's sagemaker-debugger-rules and RuleParameters has no rule_to_invoke",
    message="is left out, and the image {image} holds all built-in rules: it does not know which to evaluate",
    fix="set RuleParameters.rule_to_invoke to a rule's name, such as LossNotDecreasing or ProfilerReport",
    source="developer guide, debugger-built-in-rules-api",
)
def _builtin_rule_needs_rule_to_invoke(job: Job) -> Hits:
    for path, entry in _rule_configurations(job):
        parameters = entry.get("RuleParameters", ())
        if parameters is not UNKNOWN and "rule_to_invoke" not in parameters and _is_built_in(entry):
            yield (*path, "RuleParameters", "rule_to_invoke"), {"image": shown(entry["RuleEvaluatorImage"])}


@rule(
    "custom-rule-needs-instance",
    "warning",
    fields=(
        *(f"{name}[].RuleEvaluatorImage" for name in _RULE_LISTS),
        *(f"{name}[].InstanceType" for name in _RULE_LISTS),
    ),
    when=_RULE_LISTS,
    violated_when="the image is not AWS's sagemaker-debugger-rules and InstanceType is left out",
    message="is left out, and {image} evaluates a custom rule: that needs an instance to run on",
    fix="set InstanceType and VolumeSizeInGB, such as ml.t3.medium and 10",
    source=(
        'DebugRuleConfiguration$InstanceType ("to deploy a custom rule"); developer guide, '
        "debugger-custom-rules"
    ),
)
def _custom_rule_needs_instance(job: Job) -> Hits:
    for path, entry in _rule_configurations(job):
        if "InstanceType" not in entry and _is_built_in(entry) is False:
            yield (*path, "InstanceType"), {"image": shown(entry["RuleEvaluatorImage"])}


@rule(
    "debugger-with-checkpoint-distributed",
    "warning",
    fields=(
        "DebugHookConfig",
        "CheckpointConfig",
        "ResourceConfig.InstanceCount",
        "ResourceConfig.InstanceGroups",
        "ResourceConfig.InstancePreferences",
    ),
    when=("DebugHookConfig",),
    violated_when="there are a debugger hook, a CheckpointConfig and more than one instance",
    message="does not work with CheckpointConfig on several instances: Debugger does not support "
    "checkpoints in distributed training",
    fix="leave DebugHookConfig or CheckpointConfig out, or train on one instance",
    source=(
        'developer guide, debugger-considerations ("Does Not Currently Support Distributed Training '
        "Jobs With "
        'Checkpointing Enabled")'
    ),
)
def _debugger_with_checkpoint_distributed(job: Job) -> Hits:
    if "CheckpointConfig" in job.request and job.least_instances > 1:
        yield ("DebugHookConfig",), {}


@rule(
    "experiment-config-empty",
    "warning",
    fields=("ExperimentConfig",),
    violated_when="ExperimentConfig is there and has no member",
    message="has no member, and so no effect",
    fix="set ExperimentName, TrialName or RunName, or leave ExperimentConfig out",
    source="ExperimentConfig (every member is optional)",
)
def _experiment_config_empty(job: Job) -> Hits:
    if not job.request["ExperimentConfig"]:
        yield ("ExperimentConfig",), {}


RULES = (
    _debug_rules_need_hook,
    _rule_configuration_name_unique,
    _collection_name_unique,
    _profiler_interval_values,
    _profiler_rules_with_disabled_profiler,
    _profiler_needs_s3_output,
    _builtin_rule_needs_rule_to_invoke,
    _custom_rule_needs_instance,
    _debugger_with_checkpoint_distributed,
    _experiment_config_empty,
)
