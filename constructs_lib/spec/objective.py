"""`Objective`: which of a sweep's jobs is the best one."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_text, kind
from constructs_lib.spec.text import is_unknown

__all__ = ["Objective"]


@dataclass(frozen=True)
class Objective:
    """The metric by which a sweep names its best job; made with `maximize` or `minimize`.

    A job without the metric, or with one that is not a finite number, is never the best one. Of several that
    are equally good it is the one of the first point.

    Args:
        metric: the name of one of the spec's metrics.
        largest: True: the largest value is the best; False: the smallest.

    Raises:
        SpecError: the metric is no text, empty, or not known at synth; or a direction that is no bool.
    """

    metric: str
    largest: bool

    def __post_init__(self) -> None:
        check_text("objective.metric", self.metric, optional=False)
        if is_unknown(self.metric):
            problem = "is a token or an expression: which metric counts has to be known at synth"
            raise SpecError("objective.metric", problem, "write the metric's name")
        if not isinstance(self.largest, bool):
            fix = "make it with Objective.maximize or Objective.minimize"
            raise SpecError("objective.largest", f"must be a bool, got {kind(self.largest)}", fix)

    @classmethod
    def maximize(cls, metric: str) -> Objective:
        """The larger the metric's final value, the better."""
        return cls(metric, largest=True)

    @classmethod
    def minimize(cls, metric: str) -> Objective:
        """The smaller the metric's final value, the better."""
        return cls(metric, largest=False)
