"""Numbers of a request that would be others in a template: CDK's are JavaScript's, of 53 bits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from constructs_lib.rules import Finding
from constructs_lib.rules.paths import render
from constructs_lib.rules.rule import Path
from constructs_lib.spec.channel_checks import LARGEST_EXACT
from constructs_lib.spec.text import is_number_token

__all__ = ["inexact", "inexact_findings"]

RULE = "model:range"


def inexact_findings(request: Mapping[str, object], known: Iterable[Finding] = ()) -> Iterator[Finding]:
    """An error for each number that would be changed.

    Args:
        request: with tokens, as it is rendered from the spec: in a template the number is another already.
        known: findings; a number that is out of range anyway is said once.
    """
    said = {finding.path for finding in known if finding.rule == RULE}
    message = "has more than 53 bits, of which CDK keeps 53: another number would be sent"
    for path in map(render, inexact(request)):
        if path not in said:
            yield Finding(
                RULE, "error", path, message, "give a smaller number", "ECMA-404 as JavaScript reads it"
            )


def inexact(value: object, path: Path = ()) -> Iterator[Path]:
    """Where a request has a number that CDK would round on its way into a template.

    Args:
        value: a request with tokens, or a part of one.
        path: where it lies.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from inexact(item, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from inexact(item, (*path, index))
    elif isinstance(value, int) and abs(value) > LARGEST_EXACT and not is_number_token(value):
        yield path
