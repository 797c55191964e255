"""What a job's construct knows to be wrong while it is made, noted for the report at synthesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constructs_lib.cdk.completion import (
    ALLOWANCE_SECONDS,
    LONGEST_CONDITION,
    Completion,
    JobTime,
    longest_seconds,
)
from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.missing_rights import listed
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.request_parts import part
from constructs_lib.rules import Finding
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.text import is_unknown

STOPPING = "StoppingCondition"


def note_wait(completion: Completion, stopping: Mapping[str, object], attempts: int) -> list[Finding]:
    """A finding about a job that may take longer than its deployment can wait, or was told to wait.

    An error is what cannot fit: attempts that train that long, beyond the longest wait. The rest is a guess,
    and a warning: a timeout is the user's word, and a job seldom waits for capacity as long as it may.

    Args:
        completion: how the deployment waits.
        stopping: the request's limits.
        attempts: how many instance types may be tried.
    """
    time, given = JobTime.of(stopping), completion.timeout_seconds
    # Whoever says how long to wait says how much of it is for start and upload.
    apart = 0 if given is not None else ALLOWANCE_SECONDS
    allowed = completion.longest_seconds if given is None else given
    if time is None or attempts * (time.seconds + apart) <= allowed:
        return []
    cannot_fit = given is None and attempts * (time.training.seconds + apart) > allowed
    parts = [
        f"{time.seconds} seconds",
        f", {time.pending} of them pending" if time.pending else "",
        ("," if time.pending else "") + f" and {apart} for start and upload" if apart else "",
        f", in each of {attempts} attempts" if attempts > 1 else "",
    ]
    facts = {
        "got": "".join(parts),
        "allowed": f"a deployment can wait {allowed}"
        if given is None
        else f"its deployment waits {given}, the completion's timeout",
        "alternative": _longer_wait(completion, longest_seconds(time, attempts), attempts),
        "limits": _limits(time, cannot_fit=cannot_fit),
    }
    rule = "wait-too-short" if cannot_fit else "wait-may-be-too-short"
    member = "MaxWaitTimeInSeconds" if "MaxWaitTimeInSeconds" in stopping else "MaxRuntimeInSeconds"
    return [runner_finding(rule, f"{STOPPING}.{member}", **facts)]


def _limits(time: JobTime, *, cannot_fit: bool) -> str:
    if not time.pending:
        return "max_runtime (spot: max_wait)"
    return "max_runtime and max_pending" if cannot_fit else "max_runtime or max_pending"


def _longer_wait(completion: Completion, needed: int, attempts: int) -> str:
    """What waits that many seconds, in words."""
    if needed <= completion.longest_seconds:
        return "no timeout, which then follows from the job's limits"
    if attempts > 1 and needed > LONGEST_CONDITION:
        # Completion.start() tries no other type.
        return "fewer types in capacity_fallback, or run the spec in a state machine"
    return completion.alternative(needed)


def note_default_runtime(
    spec: TrainingJobSpec, completion: Completion | None, request: Mapping[str, Any]
) -> list[Finding]:
    """A warning for a job without a limit of its user's: in the spec, its overrides or the completion."""
    raw = spec.overrides.get(STOPPING, {})
    overridden = not isinstance(raw, Mapping) or "MaxRuntimeInSeconds" in raw
    waited = completion is not None and completion.timeout_seconds
    given = spec.max_runtime or waited or overridden
    if given or "ServerlessJobConfig" in request:
        return []
    seconds = part(request, STOPPING).get("MaxRuntimeInSeconds")
    got = "SageMaker's default of a day" if seconds is None else f"{seconds // 60} minutes"
    return [runner_finding("max-runtime-defaulted", f"{STOPPING}.MaxRuntimeInSeconds", got=got)]


def note_role(missing: Sequence[Permission]) -> list[Finding]:
    """A warning that lists what a role must allow by itself."""
    if not missing:
        return []
    return [runner_finding("role-cannot-be-extended", "RoleArn", got=listed(missing))]


def note_name(name: str | None) -> list[Finding]:
    """A warning for a fixed name."""
    if name is None:
        return []
    got = "that is known at deployment" if is_unknown(name) else repr(name)
    return [runner_finding("training-job-name-unique", "TrainingJobName", got=got)]
