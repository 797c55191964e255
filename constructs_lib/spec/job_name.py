"""How a job that a workflow starts is named."""

from __future__ import annotations

import re
from dataclasses import dataclass

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import kind, shown
from constructs_lib.spec.text import is_expression, is_token, is_unknown

__all__ = ["MAX_PREFIX", "JobName"]

MAX_PREFIX = 30
"""63 characters, less a hyphen and the 32 of a hash."""

_LEGAL = re.compile(r"[a-z0-9](?:-*[a-z0-9])*")


@dataclass(frozen=True)
class JobName:
    """A name that no other job has: ``<prefix>-<32 hexadecimal digits>``; make it with `unique`.

    The digits are a hash of the execution, its redrive count, the state's name, the time it was entered, its
    retry count, the Map item and a random id. So a retry, a loop back, a redrive, another Map item and
    another branch each name another job: SageMaker never takes a name twice, not even of a failed job.

    Args:
        prefix: what the name starts with; None for one made of the construct's id.

    Raises:
        SpecError: see `unique`.
    """

    prefix: str | None = None

    def __post_init__(self) -> None:
        if self.prefix is not None:
            _check(self.prefix)

    @classmethod
    def unique(cls, prefix: str | None = None) -> JobName:
        """A new name for every execution, state entry, retry, redrive and Map item.

        Args:
            prefix: 1 to 30 of the characters a-z, 0-9 and, not at an end, hyphens. Left out: the task makes
                one of its construct id.

        Raises:
            SpecError: it is no such text, or not known at synth: permissions name the jobs by their prefix.
        """
        return cls(prefix)


def _check(prefix: object) -> None:
    if not isinstance(prefix, str):
        raise SpecError("job_name.prefix", f"must be a str, got {kind(prefix)}", "write it as text")
    if is_unknown(prefix):
        what = "a token" if is_token(prefix) else "an expression" if is_expression(prefix) else "a reference"
        fix = "give text that is known at synth, or a whole job name instead of JobName.unique"
        raise SpecError("job_name.prefix", f"is {what}, and permissions need to know it", fix)
    if len(prefix) > MAX_PREFIX or not _LEGAL.fullmatch(prefix):
        allowed = f"1 to {MAX_PREFIX} characters a-z, 0-9 and - (not at an end)"
        length = f" of {len(prefix)} characters" if len(prefix) > MAX_PREFIX else ""
        problem = f"must be {allowed}, got {shown(prefix)}{length}"
        raise SpecError("job_name.prefix", problem, "shorten or rename it")
