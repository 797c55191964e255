"""Job names: ``<prefix>-<owner>-<content block>-<attempt>``, at most 63 characters.

The name is the idempotency key: CreateTrainingJob has no client token. ``owner`` is the first block of the
stack's UUID and a hash of the logical id; both are in the custom resource's properties.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .content import BLOCK_LENGTH

MAX_ATTEMPTS = 20
MAX_NAME = 63
_TAIL = re.compile(
    rf"(?P<prefix>.+)-(?P<owner>[0-9a-z]+)-(?P<block>[0-9a-z]{{{BLOCK_LENGTH}}})-(?P<attempt>[0-9]+)"
)


class JobName(NamedTuple):
    """A job name of ours, taken apart."""

    prefix: str
    owner: str
    block: str
    attempt: int

    def __str__(self) -> str:
        tail = f"-{self.owner}-{self.block}-{self.attempt}"
        return self.prefix[: MAX_NAME - len(tail)].rstrip("-") + tail

    def at(self, attempt: int) -> JobName:
        """The same job's name at another attempt."""
        return JobName(self.prefix, self.owner, self.block, attempt)


class FixedName(NamedTuple):
    """A name that the user gave: it is used as it is, and once, so there is one attempt."""

    text: str
    attempt: int = 1

    def __str__(self) -> str:
        return self.text

    def at(self, attempt: int) -> FixedName:  # noqa: ARG002 (as JobName)
        """The same name."""
        return self


def parse_job_name(text: str | None, owner: str | None) -> JobName | None:
    """The parts of a name that this owner (None: any) gave, or None for any other text.

    The prefix is not compared: who changes it has not changed what the job trains.
    """
    found = _TAIL.fullmatch(text or "")
    if not found or owner not in (None, found["owner"]):
        return None
    return JobName(found["prefix"], found["owner"], found["block"], int(found["attempt"]))
