"""The parts of a job's name that are known at synth: prefix and owner.

The name is ``<prefix>-<owner>-<content>-<attempt>``, at most 63 characters. The last two are the runtime's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import cast

import jsii
from aws_cdk import Aws, CfnElement, Fn, IStableStringProducer, Lazy, Stack

from constructs_lib.cdk.expressions import kind_of
from constructs_lib.errors import SpecError
from constructs_lib.spec.text import is_expression, is_token

# 63 less "-", owner (8 + 6), "-", content (12), "-" and two digits.
MAX_PREFIX = 32
LOGICAL_ID_DIGITS = 6
_LEGAL = re.compile(r"[a-z0-9](?:-*[a-z0-9])*")


def prefix_of_id(construct_id: str) -> str:
    """A prefix made of a construct's id, as long as the id makes it."""
    return _legal_in(construct_id).strip("-") or "job"


def _legal_in(construct_id: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", construct_id.lower())


def job_name_prefix(given: str | None, construct_id: str, path: str, *, most: int = MAX_PREFIX) -> str:
    """The prefix that was given, checked; else one made of the construct's id.

    Args:
        given: the prefix; None for one that is made.
        construct_id: the construct's id.
        path: the construct's path.
        most: how many characters there may be.

    Raises:
        SpecError: it has other characters than lower-case letters, digits and hyphens, or is too long. Lower
            case: IAM has compared the names in training-job ARNs in lower case.
    """
    if given is None:
        return _legal_in(construct_id)[:most].strip("-") or "job"
    if not isinstance(given, str):
        problem = f"must be text, got {type(given).__name__}"
        raise SpecError("job_name_prefix", problem, "quote it", construct=path)
    if is_token(given) or is_expression(given):
        problem = f"has to be known at synth, and is {kind_of(given)}"
        raise SpecError("job_name_prefix", problem, "give text", construct=path)
    if len(given) > most or not _LEGAL.fullmatch(given):
        problem = f"got {given!r}, allowed are 1 to {most} characters a-z, 0-9 and - (not at an end)"
        raise SpecError("job_name_prefix", problem, "shorten or rename it", construct=path)
    return given


@jsii.implements(IStableStringProducer)
class _LogicalIdHash:
    """Hashes the logical id when the template is written: it may be overridden until then."""

    def __init__(self, element: Callable[[], CfnElement]) -> None:
        self._element = element

    def produce(self) -> str:
        element = self._element()
        logical_id = Stack.of(element).resolve(element.logical_id)
        return hashlib.sha256(str(logical_id).encode()).hexdigest()[:LOGICAL_ID_DIGITS]


def stack_block() -> str:
    """The first block of the stack's UUID: the same name in another stack, or after a delete, is another."""
    return Fn.select(0, Fn.split("-", Fn.select(2, Fn.split("/", Aws.STACK_ID))))


def owner_block(element: Callable[[], CfnElement]) -> str:
    """The stack's block and six digits of the logical id's hash; the element may be made later."""
    return f"{stack_block()}{Lazy.string(cast('IStableStringProducer', _LogicalIdHash(element)))}"
