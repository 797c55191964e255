"""Knowing CDK tokens and state-machine expressions by their text, without importing aws_cdk.

A token stands for a value that only CloudFormation knows. CDK writes it as text (``${Token[...]}``), as a
number (a NaN-like double near -1.888e289), as a list of one text (``["#{Token[...]}"]``) or as an object that
resolves later. The forms are those of aws-cdk-lib ``core/lib/private/encoding``.
"""

from __future__ import annotations

import os
import re
import struct
from typing import Any, Protocol, TypeAlias

__all__ = [
    "Resolvable",
    "Unknown",
    "UnknownList",
    "UnknownNumber",
    "is_expression",
    "is_list_token",
    "is_number_token",
    "is_resolvable",
    "is_token",
    "is_unknown",
]


class Resolvable(Protocol):
    """What an `aws_cdk.IResolvable` has: a token as an object."""

    @property
    def creation_stack(self) -> list[str]:
        """Where it was made."""

    def resolve(self, context: Any) -> Any:
        """Its value in a template."""


# For type checkers: what may stand for a flag, a map or an object; for a list; and for a number.
Unknown: TypeAlias = str | Resolvable
UnknownList: TypeAlias = str | list[str] | Resolvable
UnknownNumber: TypeAlias = float | str | Resolvable

_STRING = re.compile(r"[$#]\{Token\[[a-zA-Z0-9:._-]+\]\}|-1\.\d{10,16}e\+289")
_LIST = re.compile(r"#\{Token\[[a-zA-Z0-9:._-]+\]\}")
# One pair of signs around the whole: a text with several, such as a chat template in Jinja, is none.
_EXPRESSION = re.compile(r"\{%(?:(?!%\}).)*%\}", re.DOTALL)
_NUMBER_MARK = b"\xfb\xff"  # the high 16 bits of every number token


def is_token(value: object) -> bool:
    """Whether ``value`` is, or as text contains, a CDK token.

    Args:
        value: anything. Text with a token in it counts; maps and longer lists are not looked into.

    Returns:
        True for a token in any of its four forms. Never raises, and never calls into jsii.
    """
    if isinstance(value, str):
        # The marker test first: most text has no token, and a substring search is the cheapest no.
        return ("Token[" in value or "e+289" in value) and _STRING.search(value) is not None
    return is_number_token(value) or is_list_token(value) or is_resolvable(value)


def is_unknown(value: object) -> bool:
    """Whether the value of ``value`` is not known at synth.

    True for a token, a state-machine expression, and text with a dynamic reference of CloudFormation's
    (``{{resolve:ssm:...}}``).
    """
    if isinstance(value, str):
        return ("{" in value or "e+289" in value) and (
            "{{resolve:" in value or is_expression(value) or is_token(value)
        )
    return is_token(value)


def is_expression(value: object) -> bool:
    """Whether ``value`` is a JSONata expression as state machines take it: text wholly inside ``{% %}``."""
    return isinstance(value, str) and _EXPRESSION.fullmatch(value) is not None


def is_number_token(value: object) -> bool:
    """Whether ``value`` is a number that stands for a token; also after ``int(...)`` of one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return struct.pack(">d", float(value))[:2] == _NUMBER_MARK
    except OverflowError:
        return False


def is_list_token(value: object) -> bool:
    """Whether ``value`` is a list (or tuple) that stands for a token: one element, of a form of its own."""
    return (
        isinstance(value, (list, tuple))
        and len(value) == 1
        and isinstance(value[0], str)
        and _LIST.search(value[0]) is not None
    )


def is_resolvable(value: object) -> bool:
    """Whether ``value`` is an object that CDK resolves later (``aws_cdk.IResolvable``).

    Only the type is asked: reading ``creation_stack`` of an object calls into jsii, which raises for some.
    """
    kind = type(value)
    if kind.__name__ == "InterfaceDynamicProxy":  # jsii's stand-in for an interface
        return callable(getattr(value, "resolve", None))
    return hasattr(kind, "resolve") and hasattr(kind, "creation_stack") and not isinstance(value, os.PathLike)
