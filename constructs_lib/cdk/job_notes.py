"""What a job's construct knows to be wrong while it is made, noted for the report at synthesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constructs_lib.cdk.completion import ALLOWANCE_SECONDS, LONGEST_CONDITION, Completion
from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.missing_rights import listed
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.request_parts import part
from constructs_lib.rules import Finding
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.text import is_unknown

STOPPING = "StoppingCondition"


def note_wait(
    completion: Completion, needed: int, attempts: int, stopping: Mapping[str, object]
) -> list[Finding]:
    """An error for a job that may take longer than its deployment can wait.

    Args:
        completion: how the deployment waits.
        needed: the seconds that the job may take, in all of its attempts.
        attempts: how many there may be.
        stopping: the request's limits.
    """
    if needed <= completion.longest_seconds:
        return []
    alternative = completion.alternative(needed)
    if attempts > 1 and needed > LONGEST_CONDITION:
        # Completion.start() tries no other type.
        alternative = "fewer types in capacity_fallback, or run the spec in a state machine"
    member = "MaxWaitTimeInSeconds" if "MaxWaitTimeInSeconds" in stopping else "MaxRuntimeInSeconds"
    facts = {
        "got": needed // attempts - ALLOWANCE_SECONDS,
        "allowance": ALLOWANCE_SECONDS,
        "each": f", in each of {attempts} attempts" if attempts > 1 else "",
        "allowed": completion.longest_seconds,
        "alternative": alternative,
    }
    return [runner_finding("wait-too-short", f"{STOPPING}.{member}", **facts)]


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
