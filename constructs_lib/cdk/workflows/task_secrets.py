"""Secrets in the request of a state: it is text of a definition, and of each execution's history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aws_cdk import Stack

from constructs_lib.cdk.deployed import hidden_names
from constructs_lib.cdk.secrets import READABLE, secret_findings
from constructs_lib.rules import Finding
from constructs_lib.spec.text import is_token

__all__ = ["token_secrets"]

_MEMBERS = {str(path[0]) for path in READABLE}


def token_secrets(stack: Stack, request: Mapping[str, Any], said: Iterable[Finding]) -> Iterator[Finding]:
    """What a token in a readable member would show; of text the rules tell. Asked at synthesis.

    Args:
        stack: of the state.
        request: with CDK's tokens in it.
        said: the engine's findings.
    """
    # Each resolution is a call into jsii: only of what may hold a secret that the rules do not see.
    seen = {key: value for key, value in request.items() if key in _MEMBERS and _has_token(value)}
    return secret_findings(stack.resolve(seen), hidden_names(stack), said) if seen else iter(())


def _has_token(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_token, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_token, value))
    return is_token(value)
