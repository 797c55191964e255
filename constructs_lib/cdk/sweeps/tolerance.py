"""How many points of a sweep may fail."""

from __future__ import annotations

import json
from dataclasses import dataclass

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_whole, kind

__all__ = ["Tolerance"]


@dataclass(frozen=True)
class Tolerance:
    """When a sweep fails because of its points: when more of them have failed than either number says.

    Attributes:
        count: so many may fail; None for any number, where there is a percentage.
        percentage: so many of a hundred may fail; None for any number, where there is a count.
    """

    count: int | None
    percentage: float | None

    @classmethod
    def of(cls, count: int | None, percentage: float | None, construct: str = "") -> Tolerance:
        """As the user says it: none may fail where nothing is said.

        Raises:
            SpecError: no number, or one that is out of range.
        """
        try:
            check_whole("tolerated_failures", count, minimum=0)
        except SpecError as error:
            raise SpecError(error.path, error.problem, error.fix, construct=construct) from None
        if percentage is not None:
            number = isinstance(percentage, (int, float)) and not isinstance(percentage, bool)
            if not number or not 0 <= percentage <= 100:
                got = str(percentage) if number else kind(percentage)
                problem = f"must be 0 to 100, got {got}"
                path, fix = "tolerated_failure_percentage", "pass a number of a hundred"
                raise SpecError(path, problem, fix, construct=construct)
        return cls(0 if count is None and percentage is None else count, percentage)

    @property
    def is_none(self) -> bool:
        """Whether no point may fail."""
        return self.count == 0 or self.percentage == 0

    @property
    def is_exceeded(self) -> str:
        """JSONata over a sweep's result: whether too many points have failed."""
        failed, completed = "$states.input.Counts.Failed", "$states.input.Counts.Completed"
        terms = [] if self.count is None else [f"{failed} > {self.count}"]
        if self.percentage is not None:
            terms.append(f"100 * {failed} > {json.dumps(self.percentage)} * ({failed} + {completed})")
        return " or ".join(terms)

    @property
    def members(self) -> dict[str, float]:
        """The arguments of a distributed Map."""
        members = {"tolerated_failure_count": self.count, "tolerated_failure_percentage": self.percentage}
        # Neither of them says the same as none: a Map's own default.
        return {} if self.is_none else {name: value for name, value in members.items() if value is not None}
