"""Policies of keys that the app makes: jobs may use such a key, and log groups, without anybody's doing.

KMS asks a key's policy first: IAM's statements count only where that policy admits the account. CDK's default
does. One that is written by hand may not, and is extended. The roles are not named in it: a role's policies
name the key, so that would be a circle.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast
from weakref import WeakSet

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs_lib.cdk.acknowledged.flattened import listed
from constructs_lib.cdk.pseudo_parameters import account_id, partition, region, regional_arn, url_suffix
from constructs_lib.cdk.whereabouts import environment_of, stack_of
from constructs_lib.cdk.written import written

__all__ = ["admit_jobs", "admit_log_groups", "admits_account"]

USING = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
)
LOGGING = ("kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
_ROOT = re.compile(r"arn:.+:iam::(.+):root")
_jobs: WeakSet[kms.Key] = WeakSet()
_logs: WeakSet[kms.Key] = WeakSet()


def admit_log_groups(key: kms.IKey) -> bool:
    """Let CloudWatch Logs of the key's account and region encrypt log groups; whether it is allowed now.

    Args:
        key: only the policy of one that the app makes can be extended.
    """
    if not isinstance(key, kms.Key):
        return False
    if key not in _logs:
        _logs.add(key)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EncryptLogGroups",
                principals=[iam.ServicePrincipal(f"logs.{region()}.{url_suffix()}")],
                actions=[*LOGGING],
                resources=["*"],
                conditions={
                    "ArnLike": {"kms:EncryptionContext:aws:logs:arn": regional_arn("logs", "log-group:*")}
                },
            )
        )
    return True


def admit_jobs(key: object) -> None:
    """Let the account's roles use a key of the app's as far as their own policies allow.

    Nothing is added to a policy that leaves the key to the account's IAM already, as CDK's default does.
    """
    if not isinstance(key, kms.Key) or key in _jobs:
        return
    _jobs.add(key)
    stack = stack_of(key)
    document = stack.resolve(cast("kms.CfnKey", key.node.default_child).key_policy)
    if admits_account(document, stack):
        return
    roles = {"ArnLike": {"aws:PrincipalArn": f"arn:{partition()}:iam::{account_id()}:role/*"}}
    grants = {**roles, "Bool": {"kms:GrantIsForAWSResource": "true"}}
    _admit(key, "UseByRolesThatIamAllows", USING, roles)
    _admit(key, "EncryptVolumesByRolesThatIamAllows", ("kms:CreateGrant",), grants)


def _admit(key: kms.Key, sid: str, actions: tuple[str, ...], conditions: Mapping[str, Any]) -> None:
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid=sid,
            principals=[iam.AccountRootPrincipal()],
            actions=[*actions],
            resources=["*"],
            conditions=conditions,
        )
    )


def admits_account(document: Mapping[str, Any], stack: Stack) -> bool:
    """Whether a key's policy leaves the key to the IAM of the key's account.

    Args:
        document: the policy, resolved.
        stack: the key's.
    """
    _, account = environment_of(stack)
    ours = {"${AWS::AccountId}", *([account] if account else [])}
    return any(_leaves_to(ours, statement) for statement in document.get("Statement", ()))


def _leaves_to(accounts: set[str], statement: Mapping[str, Any]) -> bool:
    unconditional = statement.get("Effect") == "Allow" and not statement.get("Condition")
    if not unconditional or not {"kms:*", "*"} & {*listed(statement.get("Action"))}:
        return False
    principal = statement.get("Principal")
    named = listed(principal.get("AWS") if isinstance(principal, Mapping) else principal)
    return any(_account(written(one)) in accounts for one in named)


def _account(principal: str) -> str:
    """The account of a principal that is a whole account: by its number, or as its root."""
    root = _ROOT.fullmatch(principal)
    return root[1] if root else principal
