"""How long a job may take, and on which capacity: between the spec's fields and the request's members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from constructs_lib.spec.durations import member_seconds
from constructs_lib.spec.members import without_empty
from constructs_lib.spec.resources import read_seconds
from constructs_lib.spec.spot import SpotTraining
from constructs_lib.spec.text import is_unknown

if TYPE_CHECKING:
    from constructs_lib.spec.binding import Binding
    from constructs_lib.spec.job import TrainingJobSpec

__all__ = ["read_stopping", "render_stopping"]


def render_stopping(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    """``StoppingCondition`` of a spec; only what is set.

    Args:
        spec: what to train.
        binding: what the construct knows; it gives a max runtime where the spec does not.
    """
    runtime = member_seconds("max_runtime", spec.max_runtime)
    if runtime is None:
        runtime = binding.max_runtime_seconds()
    return without_empty(
        {
            "MaxRuntimeInSeconds": runtime,
            "MaxWaitTimeInSeconds": _wait(spec.spot, runtime),
            "MaxPendingTimeInSeconds": member_seconds("max_pending", spec.max_pending),
        }
    )


def _wait(spot: SpotTraining | None, runtime: object) -> object:
    if spot is None:
        return None
    if spot.max_wait is not None:
        return member_seconds("spot.max_wait", spot.max_wait)
    return 2 * runtime if isinstance(runtime, (int, float)) and not is_unknown(runtime) else None


def read_stopping(request: Mapping[str, Any]) -> dict[str, object]:
    """The fields that say a request's ``StoppingCondition`` and ``EnableManagedSpotTraining``.

    Raises:
        SpecError: a length of time that its field does not take.
    """
    member = request.get("StoppingCondition", {})
    fields: dict[str, object] = {
        "max_runtime": read_seconds(member.get("MaxRuntimeInSeconds")),
        "max_pending": read_seconds(member.get("MaxPendingTimeInSeconds")),
    }
    if request.get("EnableManagedSpotTraining") is True:
        fields["spot"] = SpotTraining(max_wait=read_seconds(member.get("MaxWaitTimeInSeconds")))  # type: ignore[arg-type]
    return fields
