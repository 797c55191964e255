"""Rules about serverless model customization jobs."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib import Finding, validate_request
from tests.unit.rules.requests import merged

TOKEN = "${Token[TOKEN.123]}"
MODEL = (
    "arn:aws:sagemaker:us-west-2:aws:hub-content/SageMakerPublicHub/Model/meta-textgeneration-llama-3-1-8b"
)
GROUP = "arn:aws:sagemaker:us-west-2:123456789012:model-package-group/grp"
SECTION = {
    "BaseModelArn": MODEL,
    "JobType": "FineTuning",
    "CustomizationTechnique": "SFT",
    "AcceptEula": True,
}
EVALUATION = {
    "JobType": "Evaluation",
    "CustomizationTechnique": None,
    "EvaluationType": "BenchmarkEvaluation",
}


def serverless(section: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """A fragment that makes a serverless job; None takes a member away."""
    members = {name: value for name, value in {**SECTION, **(section or {})}.items() if value is not None}
    return {
        "AlgorithmSpecification": None,
        "ResourceConfig": None,
        "StoppingCondition": None,
        "ServerlessJobConfig": members,
        "ModelPackageConfig": {"ModelPackageGroupArn": GROUP},
        **others,
    }


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "serverless-excludes-classic-fields": (
        serverless(EnableManagedSpotTraining=False),
        serverless(Environment={"A": "1"}),
    ),
    # What merges with the base request's ResourceConfig would have its instance: so it is deleted there.
    "serverless-no-instance-choice": (
        serverless(),
        serverless(ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}),
    ),
    "serverless-evaluation-type-required": (
        serverless(EVALUATION),
        serverless({**EVALUATION, "EvaluationType": None}),
    ),
    "serverless-evaluation-type-only-evaluation": (
        serverless(EVALUATION),
        serverless({"EvaluationType": "BenchmarkEvaluation"}),
    ),
    "serverless-technique-only-fine-tuning": (serverless(), serverless({"CustomizationTechnique": None})),
    "serverless-evaluator-required": (
        serverless({"CustomizationTechnique": "RLVR", "EvaluatorArn": "arn:evaluator"}),
        serverless({"CustomizationTechnique": "RLVR"}),
    ),
    "serverless-eula-accepted": (serverless(), serverless({"AcceptEula": False})),
    "serverless-sequence-length-range": (
        serverless({"SequenceLength": "1024K"}),
        serverless({"SequenceLength": "1025K"}),
    ),
}


def found(rule: str, fragment: dict[str, Any]) -> list[Finding]:
    return [finding for finding in validate_request(merged(fragment)) if finding.rule == rule]


def paths(rule: str, fragment: dict[str, Any]) -> list[str]:
    return [finding.path for finding in found(rule, fragment)]


@pytest.mark.parametrize("rule", CASES)
def test_nothing_is_said_of_a_section_or_job_type_that_is_not_known(rule: str) -> None:
    passing, failing = CASES[rule]
    assert found(rule, passing) == []
    if rule not in ("serverless-excludes-classic-fields", "serverless-no-instance-choice"):
        assert found(rule, {**failing, "ServerlessJobConfig": TOKEN}) == []


def test_members_of_a_classic_job() -> None:
    # given
    names = (
        "AlgorithmSpecification",
        "Environment",
        "RetryStrategy",
        "CheckpointConfig",
        "DebugHookConfig",
        "ExperimentConfig",
        "ProfilerConfig",
        "ProfilerRuleConfigurations",
        "TensorBoardOutputConfig",
    )
    request = merged(serverless(EnableManagedSpotTraining=True))
    request.update(dict.fromkeys(names, TOKEN))

    # when
    findings = [f for f in validate_request(request) if f.rule == "serverless-excludes-classic-fields"]

    # then
    assert {finding.path for finding in findings} == {*names, "EnableManagedSpotTraining"}
    assert {finding.severity for finding in findings} == {"error"}
    assert {finding.message for finding in findings} == {
        "must not be set together with ServerlessJobConfig: a serverless job runs no container of one's own"
    }


@pytest.mark.parametrize("spot", [False, TOKEN])
def test_spot_training_that_is_not_surely_on_is_no_conflict(spot: Any) -> None:
    assert found("serverless-excludes-classic-fields", serverless(EnableManagedSpotTraining=spot)) == []


def test_classic_jobs_keep_their_members() -> None:
    fragment = {"Environment": {"A": "1"}, "RetryStrategy": {"MaximumRetryAttempts": 2}}
    assert found("serverless-excludes-classic-fields", fragment) == []
    assert found("serverless-no-instance-choice", fragment) == []


def test_instances_are_not_chosen() -> None:
    # given
    request = merged(serverless())
    names = ("InstanceType", "InstanceCount", "InstanceGroups", "InstancePreferences", "VolumeSizeInGB")
    request["ResourceConfig"] = {**dict.fromkeys(names, TOKEN), "KeepAlivePeriodInSeconds": 60}

    # when
    findings = [f for f in validate_request(request) if f.rule == "serverless-no-instance-choice"]

    # then
    assert [finding.path for finding in findings] == [f"ResourceConfig.{name}" for name in names]
    assert findings[0].message == (
        "must not be set together with ServerlessJobConfig: the service chooses instances and volumes itself"
    )
    request["ResourceConfig"] = TOKEN
    assert "serverless-no-instance-choice" not in {finding.rule for finding in validate_request(request)}


def test_evaluation_types() -> None:
    # when
    (missing,) = found("serverless-evaluation-type-required", CASES["serverless-evaluation-type-required"][1])
    (useless,) = found(
        "serverless-evaluation-type-only-evaluation", CASES["serverless-evaluation-type-only-evaluation"][1]
    )

    # then
    path = "ServerlessJobConfig.EvaluationType"
    assert (missing.severity, missing.path) == ("error", path)
    assert missing.message == "is required when JobType is Evaluation"
    assert (useless.severity, useless.path) == ("warning", path)
    assert useless.message == "has no effect while JobType is FineTuning"
    assert (
        found("serverless-evaluation-type-required", serverless({**EVALUATION, "EvaluationType": TOKEN}))
        == []
    )


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"CustomizationTechnique": None}, ["CustomizationTechnique"]),
        ({"CustomizationTechnique": TOKEN}, []),
        (EVALUATION, []),
        ({**EVALUATION, "CustomizationTechnique": "SFT", "Peft": "LORA"}, ["CustomizationTechnique", "Peft"]),
        ({**EVALUATION, "Peft": TOKEN}, ["Peft"]),
        ({"JobType": TOKEN, "CustomizationTechnique": None}, []),
    ],
)
def test_techniques(section: dict[str, Any], expected: list[str]) -> None:
    rule = "serverless-technique-only-fine-tuning"
    assert paths(rule, serverless(section)) == [f"ServerlessJobConfig.{name}" for name in expected]


def test_what_is_said_of_techniques() -> None:
    # given
    rule = "serverless-technique-only-fine-tuning"
    rest = "a technique belongs to fine-tuning, and fine-tuning to a technique"

    # when
    (missing,) = found(rule, serverless({"CustomizationTechnique": None}))
    (useless,) = found(rule, serverless({**EVALUATION, "Peft": "LORA"}))

    # then
    assert missing.message == f"is left out while JobType is FineTuning: {rest}"
    assert useless.message == f"is set while JobType is Evaluation: {rest}"


@pytest.mark.parametrize(
    ("section", "because"),
    [
        ({"CustomizationTechnique": "RLVR"}, "CustomizationTechnique is RLVR"),
        ({"CustomizationTechnique": "RLAIF"}, "CustomizationTechnique is RLAIF"),
        (
            {**EVALUATION, "EvaluationType": "CustomScorerEvaluation"},
            "EvaluationType is CustomScorerEvaluation",
        ),
        (
            {"CustomizationTechnique": TOKEN, "EvaluationType": "CustomScorerEvaluation"},
            "EvaluationType is CustomScorerEvaluation",
        ),
    ],
)
def test_evaluators(section: dict[str, Any], because: str) -> None:
    # when
    (finding,) = found("serverless-evaluator-required", serverless(section))

    # then
    assert (finding.severity, finding.path) == ("warning", "ServerlessJobConfig.EvaluatorArn")
    assert finding.message == f"is left out, and {because}, which needs a reward function or a scorer"
    assert found("serverless-evaluator-required", serverless({**section, "EvaluatorArn": TOKEN})) == []


@pytest.mark.parametrize("technique", ["SFT", "DPO", TOKEN])
def test_techniques_without_evaluator(technique: str) -> None:
    assert found("serverless-evaluator-required", serverless({"CustomizationTechnique": technique})) == []


@pytest.mark.parametrize(("accepted", "got"), [(False, "false"), (None, "nothing")])
def test_the_licence_is_to_be_accepted(accepted: Any, got: str) -> None:
    # when
    (finding,) = found("serverless-eula-accepted", serverless({"AcceptEula": accepted}))

    # then
    assert (finding.severity, finding.path) == ("warning", "ServerlessJobConfig.AcceptEula")
    assert finding.message == (
        f"should be true, got {got}: the service refuses models with a licence that is not accepted"
    )


def test_a_licence_that_is_accepted_later_is_not_judged() -> None:
    assert found("serverless-eula-accepted", serverless({"AcceptEula": TOKEN})) == []


@pytest.mark.parametrize(
    ("length", "wrong"),
    [
        ("0K", True),
        ("1K", False),
        ("1024K", False),
        ("1025K", True),
        ("0032K", False),
        ("9" * 49 + "K", True),
    ],
)
def test_sequence_lengths(length: str, wrong: bool) -> None:
    # when
    findings = found("serverless-sequence-length-range", serverless({"SequenceLength": length}))

    # then
    expected = [("error", "ServerlessJobConfig.SequenceLength", f"must be from 1K to 1024K, got {length!r}")]
    assert [finding[1:4] for finding in findings] == (expected if wrong else [])


@pytest.mark.parametrize("length", [TOKEN, "32k", "lots"])
def test_sequence_lengths_that_are_not_known_or_ill_formed(length: str) -> None:
    assert found("serverless-sequence-length-range", serverless({"SequenceLength": length})) == []
