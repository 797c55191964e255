"""Secrets in the request of a state: it is text of a definition, and of each execution's history."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from aws_cdk import Stack

from constructs_lib.cdk.deployed import hidden_names
from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.secrets import READABLE, SECRET_RULE, secrets
from constructs_lib.rules import Finding
from constructs_lib.rules.paths import render
from constructs_lib.spec.text import is_token

__all__ = ["secret_findings"]

_MEMBERS = {str(path[0]) for path in READABLE}


def secret_findings(stack: Stack, request: Mapping[str, Any], known: Collection[str]) -> Iterator[Finding]:
    """What a token in a readable member would show; of text the rules tell. Asked at synthesis.

    Args:
        stack: of the state.
        request: with CDK's tokens in it.
        known: the paths that the rule has named already.
    """
    # Each resolution is a call into jsii: only of what may hold a secret that the rules do not see.
    seen = {key: value for key, value in request.items() if key in _MEMBERS and _has_token(value)}
    if not seen:
        return
    for path, what in secrets(stack.resolve(seen), hidden_names(stack)):
        if render(path) not in known:
            yield runner_finding(SECRET_RULE, render(path), secret=what)


def _has_token(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_token, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_token, value))
    return is_token(value)
