"""What a sweep is told that has no effect, or a late one: legal, and hardly what is meant."""

from __future__ import annotations

from collections.abc import Iterator

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.sweeps.points import SweepPoints
from constructs_lib.cdk.sweeps.tolerance import Tolerance
from constructs_lib.rules import Finding
from constructs_lib.spec.text import is_number_token

__all__ = ["limit_findings"]

# How many items of a Map run at a time, whatever it says: in one execution, and in executions of their own.
AT_A_TIME = {False: 40, True: 10_000}
# From when on waiting for the next look is worth a word, in seconds.
FAR_APART = 600


def limit_findings(
    points: SweepPoints,
    tolerance: Tolerance,
    max_concurrency: int,
    apart: int | None,
    *,
    distributed: bool,
) -> Iterator[Finding]:
    """Warnings about how a sweep is run.

    Args:
        points: the points.
        tolerance: how many of them may fail.
        max_concurrency: how many train at a time.
        apart: the seconds between two looks at a job; None where nobody looks, or that is not known.
        distributed: whether each point has an execution of its own.
    """
    yield from _concurrency(max_concurrency, distributed=distributed)
    yield from _tolerance(points, tolerance)
    if apart is not None and apart > FAR_APART and not distributed:
        yield runner_finding("sweep-looks-far-apart", got=apart)


def _concurrency(given: int, *, distributed: bool) -> Iterator[Finding]:
    most = AT_A_TIME[distributed]
    if not is_number_token(given) and given > most:
        why = f"AWS runs {most} at a time"
        fix = f"give {most} or less" if distributed else f"use distributed=True, or give {most} or less"
        yield _without_effect("max_concurrency", given, why, fix)


def _tolerance(points: SweepPoints, tolerance: Tolerance) -> Iterator[Finding]:
    count, known = tolerance.count, points.known
    if count and known is not None and not is_number_token(count) and count >= len(known):
        why = f"there are {len(known)} points, so that any number of them may fail"
        fix = "give a smaller number, or tolerated_failure_percentage=100 where that is meant"
        yield _without_effect("tolerated_failures", count, why, fix)


def _without_effect(argument: str, got: int, why: str, fix: str) -> Finding:
    return runner_finding("sweep-limit-without-effect", argument=argument, got=got, why=why, remedy=fix)
