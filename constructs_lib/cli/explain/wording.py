"""Policies in words: conditions and principals as a sentence has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from constructs_lib.cli.explain.holders import Holder
from constructs_lib.cli.explain.statements import Conditions, Statement

__all__ = ["condition_texts", "holder_name", "trust_texts"]

_OPERATORS = {
    "StringEquals": "is",
    "StringNotEquals": "is not",
    "StringLike": "is like",
    "StringNotLike": "is not like",
    "ArnEquals": "is",
    "ArnLike": "is like",
    "ArnNotEquals": "is not",
    "ArnNotLike": "is not like",
    "Bool": "is",
    "NumericEquals": "is",
    "NumericLessThan": "is less than",
    "NumericLessThanEquals": "is at most",
    "NumericGreaterThan": "is more than",
    "NumericGreaterThanEquals": "is at least",
    "IpAddress": "is in",
    "NotIpAddress": "is not in",
}


def condition_texts(conditions: Conditions) -> Iterator[str]:
    """Each condition as ``key is value``; all of them have to hold.

    Args:
        conditions: the block.
    """
    for operator, keys in conditions.items():
        for key, values in keys.items():
            if operator == "Null":
                yield f"{key} is {'not ' if values == ('true',) else ''}given"
            else:
                yield f"{key} {_OPERATORS.get(operator, operator)} {' or '.join(values)}"


def trust_texts(trust: Iterable[Statement]) -> Iterator[str]:
    """Who may take a role on, and on which condition.

    Args:
        trust: the statements of its trust policy.
    """
    for one in trust:
        conditions = " and ".join(condition_texts(one.conditions))
        denied = "not " if one.effect == "Deny" else ""
        # Nearly all may do this alone, and it is what trust is.
        actions = "" if one.actions == ("sts:AssumeRole",) else f" for {', '.join(one.actions)}"
        yield f"{denied}{', '.join(one.principals)}{actions}{f', if {conditions}' if conditions else ''}"


def holder_name(holder: Holder) -> str:
    """Path and logical id, or what is known of a role that no template has."""
    if not holder.stack:
        return f"{holder.path} (a role that no template has)"
    return f"{holder.path} ({holder.logical_id})"
