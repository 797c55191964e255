"""What can be changed of a job that is there: what UpdateTrainingJob takes of a changed request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..jobs import Description, Jobs
from ..log import log
from ..properties import Properties
from .poll_delete import has_pool

KEEP_ALIVE = "KeepAlivePeriodInSeconds"
# What is sent for a member that the request has no more; there is no such word for the profiler's rules.
SWITCHED_OFF: Mapping[str, Mapping[str, Any]] = {
    "ProfilerConfig": {"DisableProfiler": True},
    "RemoteDebugConfig": {"EnableRemoteDebug": False},
}
UPDATABLE = ("ProfilerConfig", "ProfilerRuleConfigurations", "RemoteDebugConfig")
# The service takes remote debugging only then.
DEBUGGABLE = frozenset({"Downloading", "Training"})


def adjust(description: Description, before: Properties | None, asked: Properties, jobs: Jobs) -> None:
    """Bring profiler, remote debugging and keep-alive of a job up to date, as far as it still can be.

    What the service does not take any more is logged, and is no failure: the next training has it.
    """
    if before is None:
        return
    changed = _changed(before.request, asked.request)
    name = description["TrainingJobName"]
    possible = {key: value for key, value in changed.items() if _is_possible(key, description)}
    if late := sorted(changed.keys() - possible.keys()):
        log("changed too late for this job", job=name, members=late)
    if possible:
        jobs.update(name, possible)


def _changed(before: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for member in UPDATABLE:
        value = asked.get(member, SWITCHED_OFF.get(member))
        if before.get(member) != asked.get(member) and value is not None:
            changed[member] = value
    kept, keep = (request.get("ResourceConfig", {}).get(KEEP_ALIVE, 0) for request in (before, asked))
    if kept != keep:
        changed["ResourceConfig"] = {KEEP_ALIVE: keep}
    return changed


def _is_possible(member: str, description: Description) -> bool:
    if member == "RemoteDebugConfig":
        return description.get("SecondaryStatus") in DEBUGGABLE
    if member == "ResourceConfig" and has_pool(description):
        return True
    status: str = description["TrainingJobStatus"]
    return status == "InProgress"
