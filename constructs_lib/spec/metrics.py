"""Metrics read from a job's log, and the bounds that a run's results have to keep."""

from __future__ import annotations

import math
from dataclasses import dataclass

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_text, is_unknown_leaf, kind, shown
from constructs_lib.spec.text import is_unknown

__all__ = ["MetricDefinition", "QualityGate"]


@dataclass(frozen=True)
class MetricDefinition:
    """A metric that SageMaker reads from the training log.

    Args:
        name: the metric's name, such as ``validation:auc``.
        regex: a regular expression with one group, which captures the number in a line of the log.

    Raises:
        SpecError: either is not text, or is empty.
    """

    name: str
    regex: str

    def __post_init__(self) -> None:
        check_text("metrics.name", self.name, optional=False)
        check_text("metrics.regex", self.regex, optional=False)


@dataclass(frozen=True)
class QualityGate:
    """What the final value of a metric has to be for a run to count as a success.

    Args:
        metric: the name of one of the spec's metrics.
        at_least: the smallest value that passes; left out: no lower bound.
        at_most: the largest value that passes; left out: no upper bound.

    Raises:
        SpecError: no bound, a bound that is not a number, or bounds that nothing can keep.
    """

    metric: str
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        check_text("quality_gate.metric", self.metric, optional=False)
        if self.at_least is None and self.at_most is None:
            raise SpecError("quality_gate", "has no bound", "give at_least, at_most or both")
        _check_bound("quality_gate.at_least", self.at_least)
        _check_bound("quality_gate.at_most", self.at_most)
        low, high = self.at_least, self.at_most
        if low is None or high is None or is_unknown(low) or is_unknown(high):
            return
        if low > high:
            raise SpecError(
                "quality_gate",
                f"at_least {low} is above at_most {high}, so nothing can pass",
                "swap the bounds",
            )


def _check_bound(path: str, value: object) -> None:
    if value is None or is_unknown_leaf(value):
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SpecError(path, f"must be a number, got {kind(value)}", "pass an int, a float or a token")
    if not _is_finite(value):
        problem = f"must be a finite number, got {shown(value)}"
        raise SpecError(path, problem, "pass a bound that a metric can be compared with")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int that no float can be: no metric is
        return False
