"""Rules about the debugger's hook, its profiler, their rules, and experiments."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib import Finding, validate_request
from tests.unit.rules.requests import merged

TOKEN = "${Token[TOKEN.123]}"
BUILT_IN = "895741380848.dkr.ecr.us-west-2.amazonaws.com/sagemaker-debugger-rules:latest"
CUSTOM = "123456789012.dkr.ecr.us-west-2.amazonaws.com/my-rule:1"
HOOK = {"DebugHookConfig": {"S3OutputPath": "s3://out-bucket/debug/"}}
CHECKPOINT = {"CheckpointConfig": {"S3Uri": "s3://ckpt-bucket/x/"}}


def configuration(name: str = "r", image: str = BUILT_IN, **members: Any) -> dict[str, Any]:
    parameters = {"RuleParameters": {"rule_to_invoke": name}} if image == BUILT_IN else {}
    return {"RuleConfigurationName": name, "RuleEvaluatorImage": image, **parameters, **members}


def debug(*rules: Any) -> dict[str, Any]:
    return {**HOOK, "DebugRuleConfigurations": list(rules)}


def collections(*names: Any) -> dict[str, Any]:
    listed = [name if name in (TOKEN, {}) else {"CollectionName": name} for name in names]
    return {"DebugHookConfig": {"S3OutputPath": "s3://out-bucket/debug/", "CollectionConfigurations": listed}}


def profiler(**members: Any) -> dict[str, Any]:
    return {"ProfilerConfig": {"S3OutputPath": "s3://out-bucket/p/", **members}}


NO_RULE = {"RuleConfigurationName": "x", "RuleEvaluatorImage": BUILT_IN}
PROFILER_RULES = {"ProfilerRuleConfigurations": [configuration()]}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "debug-rules-need-hook": (debug(configuration()), {"DebugRuleConfigurations": [configuration()]}),
    "rule-configuration-name-unique": (
        debug(configuration("a"), configuration("b")),
        debug(configuration("a"), configuration("a")),
    ),
    "collection-name-unique": (collections("losses", "Losses"), collections("losses", "losses")),
    "profiler-interval-values": (
        profiler(ProfilingIntervalInMilliseconds=500),
        profiler(ProfilingIntervalInMilliseconds=300),
    ),
    "profiler-rules-with-disabled-profiler": (
        {**profiler(), **PROFILER_RULES},
        {"ProfilerConfig": {"DisableProfiler": True}, **PROFILER_RULES},
    ),
    "profiler-needs-s3-output": (
        {"ProfilerConfig": {"DisableProfiler": True}},
        {"ProfilerConfig": {"ProfilingIntervalInMilliseconds": 500}},
    ),
    "builtin-rule-needs-rule-to-invoke": (debug(configuration()), debug(NO_RULE)),
    "custom-rule-needs-instance": (
        debug(configuration("c", CUSTOM, InstanceType="ml.t3.medium", VolumeSizeInGB=10)),
        debug(configuration("c", CUSTOM)),
    ),
    "debugger-with-checkpoint-distributed": (
        {**HOOK, "ResourceConfig": {"InstanceCount": 2}},
        {**HOOK, **CHECKPOINT, "ResourceConfig": {"InstanceCount": 2}},
    ),
    "experiment-config-empty": ({"ExperimentConfig": {"ExperimentName": "e"}}, {"ExperimentConfig": {}}),
}
MESSAGES = {
    "debug-rules-need-hook": (
        "error",
        "DebugHookConfig",
        "is required with DebugRuleConfigurations: the rules read the tensors that the hook saves",
    ),
    "rule-configuration-name-unique": (
        "error",
        "DebugRuleConfigurations[1].RuleConfigurationName",
        "must be unique among debugger and profiler rules, got 'a' here and in DebugRuleConfigurations[0]",
    ),
    "collection-name-unique": (
        "error",
        "DebugHookConfig.CollectionConfigurations[1].CollectionName",
        "must be unique among the hook's collections, got 'losses' here and in CollectionConfigurations[0]",
    ),
    "profiler-interval-values": (
        "error",
        "ProfilerConfig.ProfilingIntervalInMilliseconds",
        "must be 100, 200, 500, 1000, 5000 or 60000 milliseconds, got 300",
    ),
    "profiler-rules-with-disabled-profiler": (
        "warning",
        "ProfilerRuleConfigurations",
        "has no effect while DisableProfiler is true: the rules get no metrics to look at",
    ),
    "profiler-needs-s3-output": (
        "warning",
        "ProfilerConfig.S3OutputPath",
        "is left out, and the profiler is on: its metrics have no place to go",
    ),
    "builtin-rule-needs-rule-to-invoke": (
        "warning",
        "DebugRuleConfigurations[0].RuleParameters.rule_to_invoke",
        f"is left out, and the image {BUILT_IN!r} holds all built-in rules: it does not know which to "
        f"evaluate",
    ),
    "custom-rule-needs-instance": (
        "warning",
        "DebugRuleConfigurations[0].InstanceType",
        f"is left out, and {CUSTOM!r} evaluates a custom rule: that needs an instance to run on",
    ),
    "debugger-with-checkpoint-distributed": (
        "warning",
        "DebugHookConfig",
        "does not work with CheckpointConfig on several instances: Debugger does not support checkpoints in "
        "distributed training",
    ),
    "experiment-config-empty": ("warning", "ExperimentConfig", "has no member, and so no effect"),
}


def found(rule: str, fragment: dict[str, Any]) -> list[Finding]:
    return [finding for finding in validate_request(merged(fragment)) if finding.rule == rule]


def paths(rule: str, fragment: dict[str, Any]) -> list[str]:
    return [finding.path for finding in found(rule, fragment)]


@pytest.mark.parametrize("rule", CASES)
def test_what_a_violation_says(rule: str) -> None:
    # when
    (finding,) = found(rule, CASES[rule][1])

    # then
    assert (finding.severity, finding.path, finding.message) == MESSAGES[rule]
    assert found(rule, CASES[rule][0]) == []


@pytest.mark.parametrize(
    ("rules", "needed"), [([], False), ([TOKEN], True), (TOKEN, False), (["#{Token[TOKEN.1]}"], False)]
)
def test_the_hook_is_needed_by_rules_that_are_there(rules: Any, needed: bool) -> None:
    fragment = {"DebugRuleConfigurations": rules}
    assert paths("debug-rules-need-hook", fragment) == (["DebugHookConfig"] if needed else [])
    assert paths("debug-rules-need-hook", {**fragment, "DebugHookConfig": TOKEN}) == []


def test_names_are_unique_across_both_lists_and_beside_unknown_rules() -> None:
    # given
    fragment = {
        **debug(TOKEN, configuration("a"), configuration(TOKEN), configuration(TOKEN)),
        "ProfilerRuleConfigurations": [configuration("b"), TOKEN, configuration("a"), configuration("b")],
    }

    # then
    assert paths("rule-configuration-name-unique", fragment) == [
        "ProfilerRuleConfigurations[2].RuleConfigurationName",
        "ProfilerRuleConfigurations[3].RuleConfigurationName",
    ]
    assert paths("rule-configuration-name-unique", {**fragment, "DebugRuleConfigurations": TOKEN}) == [
        "ProfilerRuleConfigurations[3].RuleConfigurationName"
    ]


def test_collections_are_compared_beside_unknown_and_nameless_ones() -> None:
    fragment = collections(TOKEN, "a", {}, {}, f"{TOKEN}x", f"{TOKEN}x", "a", "b")
    assert paths("collection-name-unique", fragment) == [
        "DebugHookConfig.CollectionConfigurations[6].CollectionName"
    ]


@pytest.mark.parametrize("interval", [100, 200, 500, 1_000, 5_000, 60_000])
def test_intervals_of_the_profiler(interval: int) -> None:
    assert found("profiler-interval-values", profiler(ProfilingIntervalInMilliseconds=interval)) == []
    wrong = profiler(ProfilingIntervalInMilliseconds=interval + 1)
    assert paths("profiler-interval-values", wrong) == ["ProfilerConfig.ProfilingIntervalInMilliseconds"]


@pytest.mark.parametrize(
    ("section", "missing"),
    [
        ({}, True),
        ({"DisableProfiler": False}, True),
        ({"DisableProfiler": True}, False),
        ({"DisableProfiler": TOKEN}, False),
        ({"S3OutputPath": TOKEN}, False),
        (TOKEN, False),
    ],
)
def test_the_profilers_output(section: Any, missing: bool) -> None:
    fragment = {"ProfilerConfig": section}
    assert paths("profiler-needs-s3-output", fragment) == (["ProfilerConfig.S3OutputPath"] if missing else [])


@pytest.mark.parametrize(("rules", "found_there"), [([], False), ([TOKEN], True), (TOKEN, False)])
def test_rules_of_a_disabled_profiler(rules: Any, found_there: bool) -> None:
    fragment = {"ProfilerConfig": {"DisableProfiler": True}, "ProfilerRuleConfigurations": rules}
    expected = ["ProfilerRuleConfigurations"] if found_there else []
    assert paths("profiler-rules-with-disabled-profiler", fragment) == expected


@pytest.mark.parametrize("name", ["DebugRuleConfigurations", "ProfilerRuleConfigurations"])
def test_rules_of_both_lists_are_looked_at_beside_unknown_ones(name: str) -> None:
    # given
    china = "618459771430.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-debugger-rules"
    rules = [
        TOKEN,
        {"RuleConfigurationName": "1", "RuleEvaluatorImage": TOKEN},
        {"RuleConfigurationName": "2", "RuleEvaluatorImage": china, "RuleParameters": {"other": "x"}},
        {"RuleConfigurationName": "3", "RuleEvaluatorImage": china, "RuleParameters": TOKEN},
        {
            "RuleConfigurationName": "4",
            "RuleEvaluatorImage": china,
            "RuleParameters": {"rule_to_invoke": TOKEN},
        },
        {"RuleConfigurationName": "5", "RuleEvaluatorImage": CUSTOM},
        {"RuleConfigurationName": "6", "RuleEvaluatorImage": CUSTOM, "InstanceType": TOKEN},
    ]

    # then
    expected = [f"{name}[2].RuleParameters.rule_to_invoke"]
    assert paths("builtin-rule-needs-rule-to-invoke", {**HOOK, name: rules}) == expected
    assert paths("custom-rule-needs-instance", {**HOOK, name: rules}) == [f"{name}[5].InstanceType"]


@pytest.mark.parametrize(("count", "several"), [(1, False), (2, True), (TOKEN, False)])
def test_the_debugger_on_several_instances(count: Any, several: bool) -> None:
    # given
    resources = {"ResourceConfig": {"InstanceCount": count}}
    expected = ["DebugHookConfig"] if several else []

    # then
    for hook in (HOOK, {"DebugHookConfig": TOKEN}):
        for checkpoint in (CHECKPOINT, {"CheckpointConfig": TOKEN}):
            fragment = {**hook, **checkpoint, **resources}
            assert paths("debugger-with-checkpoint-distributed", fragment) == expected


def test_an_experiment_that_is_not_known_is_not_empty() -> None:
    assert found("experiment-config-empty", {"ExperimentConfig": TOKEN}) == []
