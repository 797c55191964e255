"""Roles of the app's that SageMaker may not assume, or not for all that a job asks."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from constructs_lib import Completion, TrainingJob, TrainingPlatform, TrainingRole
from tests.unit.cdk.given.made import HERE, SAGEMAKER, SPEC, direct, isolated
from tests.unit.cdk.reports import Entry, report

RULE = "role-not-trusting-sagemaker"
RULES = SPEC.replace(
    network_isolation=None,
    overrides={
        "DebugHookConfig": {"S3OutputPath": "s3://their-bucket/debug/"},
        "DebugRuleConfigurations": [
            {
                "RuleConfigurationName": "loss",
                "RuleEvaluatorImage": "929884845733.dkr.ecr.eu-west-1.amazonaws.com/rules:latest",
            }
        ],
    },
)
CHAINED = SPEC.replace(overrides={"SessionChainingConfig": {"EnableSessionTagChaining": True}})
LAMBDA = iam.ServicePrincipal("lambda.amazonaws.com")


@pytest.fixture(scope="module")
def found() -> dict[str, list[Entry]]:
    """What is reported of each role; some are extended after their job was made."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=HERE)
    platform = isolated(stack)
    trusts: dict[str, Any] = {
        "Other": LAMBDA,
        "Plain": SAGEMAKER,
        "Both": iam.CompositePrincipal(LAMBDA, SAGEMAKER),
        "Late": LAMBDA,
        "Processing": iam.ServicePrincipal(
            "sagemaker.amazonaws.com",
            conditions={"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:*:processing-job/*"}},
        ),
        "Untagged": SAGEMAKER,
        "Tagged": SAGEMAKER.with_session_tags(),
    }
    roles: dict[str, iam.Role] = {name: iam.Role(stack, name, assumed_by=by) for name, by in trusts.items()}
    roles["Narrow"] = TrainingRole(stack, "Narrow", spec=SPEC, platform=platform)
    roles["Wide"] = TrainingRole(stack, "Wide", spec=RULES, platform=platform)
    add_jobs(stack, platform, roles)
    late = roles["Late"].assume_role_policy
    assert late is not None
    late.add_statements(iam.PolicyStatement(actions=["sts:AssumeRole"], principals=[SAGEMAKER]))
    entries: dict[str, list[Entry]] = {name: [] for name in roles}
    for entry in report(app).entries:
        if entry.rule == RULE:
            entries[entry.construct.split("/")[1]].append(entry)
    return entries


def add_jobs(stack: cdk.Stack, platform: TrainingPlatform, roles: dict[str, iam.Role]) -> None:
    specs = {"Narrow": RULES, "Wide": RULES, "Plain": RULES, "Untagged": CHAINED, "Tagged": CHAINED}
    for name, role in roles.items():
        TrainingJob(
            stack,
            f"{name}Job",
            spec=specs.get(name, SPEC),
            platform=platform,
            role=role,
            completion=Completion.start(),
        )
    direct(stack, "OtherSchedule", spec=SPEC, platform=platform, role=roles["Other"])


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("Other", "sts:AssumeRole to sagemaker.amazonaws.com, for training jobs"),
        ("Processing", "sts:AssumeRole to sagemaker.amazonaws.com, for training jobs"),
        ("Narrow", "sts:AssumeRole to sagemaker.amazonaws.com, for the processing jobs that rules of"),
        ("Untagged", "sts:TagSession to sagemaker.amazonaws.com, for session tags"),
    ],
)
def test_what_a_role_s_trust_lacks_is_found_once(
    found: dict[str, list[Entry]], name: str, lacking: str
) -> None:
    (entry,) = found[name]

    assert (entry.severity, entry.construct) == ("warning", f"Stack/{name}")
    assert f"the role's trust policy does not allow {lacking}" in entry.text
    assert entry.text.count("sts:") == 1


@pytest.mark.parametrize("name", ["Plain", "Both", "Late", "Tagged", "Wide"])
def test_a_role_that_sagemaker_may_assume_is_not_reported(found: dict[str, list[Entry]], name: str) -> None:
    assert found[name] == []
