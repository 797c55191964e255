"""Quality gates: a finished job's metrics against the bounds the user set."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Gate(NamedTuple):
    """One bound, or two, on one final metric."""

    metric: str
    at_least: float | None
    at_most: float | None

    @classmethod
    def parse(cls, raw: Mapping[str, str]) -> Gate:
        """A gate from the properties, where numbers arrive as strings."""
        bound = {key: float(raw[key]) for key in ("AtLeast", "AtMost") if raw.get(key) not in (None, "")}
        if any(math.isnan(value) for value in bound.values()):
            raise ValueError(f"the bound of metric '{raw['Metric']}' is not a number")
        return cls(str(raw["Metric"]), bound.get("AtLeast"), bound.get("AtMost"))

    def dump(self) -> dict[str, str]:
        """The properties' form; ``parse`` reads it back."""
        bounds = {"AtLeast": self.at_least, "AtMost": self.at_most}
        return {"Metric": self.metric, **{k: repr(v) for k, v in bounds.items() if v is not None}}

    def problem(self, values: Sequence[float]) -> str | None:
        """Why the gate does not open on what was reported of its metric, or None."""
        if not values:
            return f"metric '{self.metric}' was not reported (check its regex against the job's log)"
        if len(values) > 1:
            return f"metric '{self.metric}' was reported {len(values)} times: which one counts is not known"
        value = values[0]
        if not math.isfinite(value):
            return f"metric '{self.metric}' is {value}, not a finite number"
        if self.at_least is not None and value < self.at_least:
            return f"metric '{self.metric}' is {value:g}, below the gate's {self.at_least:g}"
        if self.at_most is not None and value > self.at_most:
            return f"metric '{self.metric}' is {value:g}, above the gate's {self.at_most:g}"
        return None


def final_metrics(description: Mapping[str, Any]) -> dict[str, float]:
    """The job's final metrics by name; one that is reported twice is the later one."""
    return {name: values[-1] for name, values in _reported(description).items()}


def gate_problems(gates: Sequence[Gate], description: Mapping[str, Any]) -> list[str]:
    """Every reason for which the job does not pass, in the gates' order."""
    reported = _reported(description)
    return [problem for gate in gates if (problem := gate.problem(reported.get(gate.metric, [])))]


def _reported(description: Mapping[str, Any]) -> dict[str, list[float]]:
    """DescribeTrainingJob gives a list with time stamps, in which every member is optional."""
    entries = sorted(
        description.get("FinalMetricDataList") or [], key=lambda entry: str(entry.get("Timestamp", ""))
    )
    reported: dict[str, list[float]] = {}
    for entry in entries:
        reported.setdefault(entry.get("MetricName", ""), []).append(float(entry.get("Value", math.nan)))
    return reported
