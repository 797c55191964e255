"""One look at a job whose resource is deleted: it must run no more, and what it leaves behind must go."""

from __future__ import annotations

from dataclasses import replace

from botocore.exceptions import ClientError

from ..answer import Answer
from ..errors import passes
from ..jobs import DELETING, TERMINAL, Description
from ..log import log
from ..world import World
from .fallback import failure
from .watch import Watch

# How long after a job's end its network interfaces are waited for, and its warm pool and record.
INTERFACE_SECONDS, RECORD_SECONDS = 600.0, 900.0
POOL_KEPT = "Available"
GIVE_UP_POOL = {"ResourceConfig": {"KeepAlivePeriodInSeconds": 0}}


def poll_delete(watch: Watch, description: Description | None, world: World) -> Answer | Watch:
    """Wait for the job's end; then for its interfaces, and for its record, where these are to go."""
    if description is None:
        return Answer(watch.failure_id)
    if description["TrainingJobStatus"] not in TERMINAL:
        return _not_ended(watch, description, world)
    if watch.ended is None:
        watch = replace(watch, ended=world.clock.now())
        if has_pool(description):
            give_up_pool(watch.job, world)
    watch = watch.next()
    if watch.await_interfaces and _interfaces_linger(watch, description, world):
        return watch
    if watch.delete_record:
        return _delete_record(watch, description, world)
    return Answer(watch.failure_id)


def give_up_pool(job: str, world: World) -> None:
    """End a warm pool that nobody will use: it is billed for as long as it is kept."""
    world.jobs.update(job, GIVE_UP_POOL)


def _not_ended(watch: Watch, description: Description, world: World) -> Answer | Watch:
    status, now = description["TrainingJobStatus"], world.clock.now()
    if status == DELETING:  # only an ended job's record can be: nothing runs
        watch = replace(watch, ended=now if watch.ended is None else watch.ended)
        return watch.next() if now <= _until(watch) else _kept(watch, "the record is still being deleted")
    if now <= watch.deadline:
        return watch.next()
    reason = f"training job '{watch.job}' was told to stop and is still {status}"
    return failure(watch, f"{reason}; delete the stack again when it has stopped")


def has_pool(description: Description) -> bool:
    """Whether the job's instances are kept for another job."""
    return (description.get("WarmPoolStatus") or {}).get("Status") == POOL_KEPT


def _interfaces_linger(watch: Watch, description: Description, world: World) -> bool:
    network = description.get("VpcConfig")
    until = min((watch.ended or 0) + INTERFACE_SECONDS, watch.deadline)
    if not network or not world.interfaces.linger(network):
        return False
    if world.clock.now() <= until:
        return True
    log("interfaces linger", level="WARNING", job=watch.job)
    return False


def _delete_record(watch: Watch, description: Description, world: World) -> Answer | Watch:
    if has_pool(description):
        if world.clock.now() <= _until(watch):
            return watch
        return _kept(watch, "its warm pool is still there")
    try:
        # The last one tells when all is done: it goes last.
        for name in (*watch.earlier, watch.job):
            world.jobs.delete(name)
    except ClientError as error:
        if passes(error) and world.clock.now() <= _until(watch):
            return watch
        return _kept(watch, error.response["Error"]["Code"])
    return watch


def _until(watch: Watch) -> float:
    return min((watch.ended or 0) + RECORD_SECONDS, watch.deadline)


def _kept(watch: Watch, why: str) -> Answer:
    log("record kept", level="WARNING", job=watch.job, why=why)
    return Answer(watch.failure_id)
