"""The tables of the execution role leave nothing out that any policy of it allows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cdk.permissions import Permission, execution_permissions
from tests.unit.cdk.access import test_execution_role_data, test_execution_role_features
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.execution_roles import COMMON, DEBUG, HUB, SERVERLESS, TRACKING, templates
from tests.unit.cdk.access.matrix import cases
from tests.unit.cdk.access.simulator import Simulator

DOCUMENT = Path(__file__).resolve().parents[4] / "docs/permissions.md"
CASES = [*cases(test_execution_role_data.ROWS), *cases(test_execution_role_features.ROWS)]
# Those whose actions IAM binds to no resource, by the member that asks for them.
ON_ALL = {
    "metrics of the job",
    "AlgorithmSpecification.TrainingImage: log in to ECR",
    "VpcConfig: look at the network",
    "DebugRuleConfigurations[0].RuleEvaluatorImage: log in to ECR",
    "DebugRuleConfigurations[1].RuleEvaluatorImage: log in to ECR",
    "ProfilerRuleConfigurations[0].RuleEvaluatorImage: log in to ECR",
    "RemoteDebugConfig.EnableRemoteDebug: open a session",
    "ExperimentConfig: look for runs",
}


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_every_action_of_every_policy_is_proved_allowed_and_denied(account: Account) -> None:
    roles = {case.role for case in CASES}
    policies = [policy for role in roles for policy in account.policies(account.role(role))]
    actions = {action for one in policies for said in one["Statement"] for action in listed(said["Action"])}
    assert len(actions) > 60
    assert not any("*" in action for action in actions)
    assert actions == {case.action for case in CASES if case.allowed}
    # Actions without a resource or a condition can only be denied to a role that does not ask for them.
    unbound = {action for action in actions if any(c.resource == "*" for c in CASES if c.action == action)}
    denied = {case.action for case in CASES if not case.allowed}
    assert actions - unbound <= denied


def test_the_page_lists_every_action() -> None:
    written = DOCUMENT.read_text()
    actions = {case.action.partition(":") for case in CASES if case.allowed}
    missing = {
        f"{service}:{name}"
        for service, _, name in actions
        if service != "sagemaker-mlflow"
        and f"`{name}`" not in written
        and f"`{service}:{name}`" not in written
    }
    assert missing == set()


def permissions() -> list[Permission]:
    merged = {
        **COMMON,
        **DEBUG,
        **TRACKING,
        "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    }
    return [
        permission
        for request in (merged, SERVERLESS, {**COMMON, **HUB})
        for permission in execution_permissions(request, input_keys=["arn:key"], checkpoint_key="arn:key")
    ]


def test_each_permission_names_the_member_that_asks_for_it() -> None:
    members = {*COMMON, *DEBUG, *TRACKING, *SERVERLESS, *HUB, "VpcConfig"}
    asked = {permission.reason for permission in permissions()}
    found = {reason.partition(":")[0].partition(".")[0].partition("[")[0] for reason in asked}
    assert found - members == {"logs of the job", "metrics of the job (CloudWatch has no resource to name)"}
    # Nothing is needed for limits of time; the type of instances needs a key only.
    assert members - found == {"StoppingCondition", "ResourceConfig", "SessionChainingConfig"}


def test_only_what_iam_binds_to_no_resource_is_allowed_on_all() -> None:
    broad = {found.reason.partition(" (")[0] for found in permissions() if "*" in found.resources}
    assert broad == ON_ALL
