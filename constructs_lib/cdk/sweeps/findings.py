"""What is wrong with single points of a sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Stack

from constructs_lib.cdk.workflows.plain_expressions import plain_expressions
from constructs_lib.cdk.workflows.task_secrets import token_secrets
from constructs_lib.rules import Finding
from constructs_lib.rules.engine import check_request
from constructs_lib.rules.values import UNKNOWN

__all__ = ["point_expressions", "point_findings", "point_secrets"]

HYPERPARAMETERS = "HyperParameters"


def point_findings(
    request: Mapping[str, Any],
    points: Sequence[Mapping[str, str]],
    *,
    region: str | None = None,
    account: str | None = None,
) -> list[Finding]:
    """The findings that a point brings into the request: what is wrong without it is not said again.

    A mistake that many points share is one finding, which names the first of them.

    Args:
        request: of the spec, with CDK's tokens and expressions in it.
        points: every point's hyperparameters, as text.
        region: where the jobs run, when known.
        account: whose account they run in, when known.
    """
    whole = {"TrainingJobName": UNKNOWN, **request}
    # The rest of the request is the same for all points: the first is checked with it.
    light = {name: UNKNOWN if isinstance(value, (Mapping, list)) else value for name, value in whole.items()}
    given = request.get(HYPERPARAMETERS)
    own = given if isinstance(given, Mapping) else {}
    found: dict[tuple[str, str], tuple[Finding, int, int]] = {}
    for start, document, some in ((0, whole, points[:1]), (1, light, points[1:])):
        without = {**document, HYPERPARAMETERS: own} if given is not None else document
        known = set(check_request(without, region=region, account=account))
        for index, point in enumerate(some, start):
            document[HYPERPARAMETERS] = {**own, **point}
            for finding in check_request(document, region=region, account=account):
                if finding not in known:
                    place = (finding.rule, finding.path)
                    first, where, number = found.get(place, (finding, index, 0))
                    found[place] = first, where, number + 1
    return [_of_point(finding, index, number) for finding, index, number in found.values()]


def point_secrets(
    stack: Stack, points: Sequence[Mapping[str, str]], said: Sequence[Finding]
) -> Iterator[Finding]:
    """What tokens of points would show: a point is text of the definition.

    Args:
        stack: the sweep's.
        points: every point's hyperparameters, as text.
        said: the findings of `point_findings`.
    """
    known = {finding.path for finding in said}
    for index, point in enumerate(points):
        for finding in token_secrets(stack, {HYPERPARAMETERS: point}, ()):
            of_point = _of_point(finding, index, 1)
            if of_point.path not in known:
                yield of_point


def point_expressions(points: Sequence[Mapping[str, str]]) -> Iterator[Finding]:
    """What looks like an expression in points; of values that many points share, the first is named."""
    seen: set[str] = set()
    for index, point in enumerate(points):
        new = {name: text for name, text in point.items() if text not in seen}
        seen.update(new.values())
        for finding in plain_expressions({HYPERPARAMETERS: new}):
            yield _of_point(finding, index, 1)


def _of_point(finding: Finding, index: int, number: int) -> Finding:
    """The finding, so that it shows which point it is about."""
    others = "" if number == 1 else f" (and {number - 1} more of the points)"
    return finding._replace(path=f"points[{index}].{finding.path}", message=f"{finding.message}{others}")
