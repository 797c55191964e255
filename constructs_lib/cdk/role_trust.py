"""Whether SageMaker may assume a role that was given: its trust policy is the user's.

It is read when the templates are made, once for each role, so that the app may add to it until then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from aws_cdk import aws_iam as iam

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.trust import SERVICE, Trust
from constructs_lib.cdk.validation_plugin import report_on
from constructs_lib.cdk.whereabouts import stack_of
from constructs_lib.rules import Finding

__all__ = ["need_trust"]

RULE = "role-not-trusting-sagemaker"
SOURCE = "aws:sourcearn"


def need_trust(role: iam.IRole, trust: Trust) -> None:
    """Report a role that jobs cannot be started with; of an imported role nothing is known.

    Args:
        role: given by the user.
        trust: what the requests of the jobs ask of it.
    """
    if not isinstance(role, iam.Role):
        return
    if role not in _asked:
        asked = _asked[role] = set()
        report_on(role, lambda: _findings(role, asked))
    _asked[role].add(trust)


_asked: WeakKeyDictionary[iam.Role, set[Trust]] = WeakKeyDictionary()


def _findings(role: iam.Role, asked: Iterable[Trust]) -> list[Finding]:
    made = role.node.default_child
    if not isinstance(made, iam.CfnRole):
        return []
    document = stack_of(role).resolve(made.assume_role_policy_document)
    lacking = "; ".join(_lacking(document, asked))
    return [runner_finding(RULE, "RoleArn", got=lacking)] if lacking else []


def _lacking(document: Any, asked: Iterable[Trust]) -> Iterator[str]:
    """In words, what a trust policy does not allow."""
    statements = [found for found in _list(document.get("Statement")) if _is_for_sagemaker(found)]
    assuming = [found for found in statements if _allows(found, "sts:AssumeRole")]
    if not any(_is_from(found, "training-job") for found in assuming):
        yield f"sts:AssumeRole to {SERVICE}, for training jobs"
    if any(one.processing for one in asked) and not any(_is_from(one, "processing-job") for one in assuming):
        yield f"sts:AssumeRole to {SERVICE}, for the processing jobs that rules of Debugger and profiler are"
    tagging = any(_allows(found, "sts:TagSession") for found in statements)
    if any(one.session_tags for one in asked) and not tagging:
        yield f"sts:TagSession to {SERVICE}, for session tags that a job passes on"


def _is_for_sagemaker(statement: Mapping[str, Any]) -> bool:
    """Whether SageMaker is meant; yes for what only the deployment knows."""
    principal = statement.get("Principal", "*")
    if statement.get("Effect") != "Allow":
        return False
    named = _list(principal.get("Service")) if isinstance(principal, Mapping) else [principal]
    return any(not isinstance(one, str) or one in (SERVICE, "*") for one in named)


def _allows(statement: Mapping[str, Any], action: str) -> bool:
    actions = [str(found).lower() for found in _list(statement.get("Action"))]
    return any(found in (action.lower(), "sts:*", "*") for found in actions)


def _is_from(statement: Mapping[str, Any], kind: str) -> bool:
    """Whether a statement's condition on the source, if it has one that names a kind of job, names this."""
    sources = [
        json.dumps(value)
        for keys in statement.get("Condition", {}).values()
        for key, value in keys.items()
        if key.lower() == SOURCE
    ]
    return all(f"{kind}/" in source or "-job/" not in source for source in sources)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
