"""`Finding`: one mistake in a request, as users, reports and other programs read it."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Finding", "Severity"]

Severity = Literal["error", "warning"]


class Finding(NamedTuple):
    """One mistake in a request.

    Attributes:
        rule: the id of the rule, such as ``spot-needs-max-wait`` or ``model:pattern``.
        severity: ``error`` (the service refuses the request, or its documentation says "must") or
            ``warning`` (legal, and nearly surely a mistake, without effect or insecure).
        path: where, in AWS's form: ``InputDataConfig[1].DataSource.S3DataSource.S3Uri``; a member that is
            missing has the path it would have, the request as a whole the empty text.
        message: what was found, what is allowed and why; never a secret.
        fix: what to do about it.
        source: where the rule comes from.
    """

    rule: str
    severity: Severity
    path: str
    message: str
    fix: str
    source: str
