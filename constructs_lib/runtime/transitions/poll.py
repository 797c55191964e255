"""One look at a job that is waited for."""

from __future__ import annotations

from dataclasses import replace

from ..answer import Answer
from ..jobs import TERMINAL, Description
from ..log import log
from ..world import World
from .verdict import attributes, problems
from .watch import STOP_ALLOWANCE, Watch

# What one poll comes to: the answer, or the state to come back with.
Outcome = Answer | Watch
ADVICE = "allow more time, or use Completion.start()"


def poll(watch: Watch, world: World) -> Outcome:
    """Look at the job once: its answer when it has ended, else the state for the next look."""
    description = world.jobs.describe(watch.job)
    if watch.purpose == "delete":
        return _poll_delete(watch, description, world)
    return _poll_train(watch, description, world)


def _poll_delete(watch: Watch, description: Description | None, world: World) -> Outcome:
    if description is None or description["TrainingJobStatus"] in TERMINAL:
        return Answer(watch.failure_id)
    if world.clock.now() > watch.deadline:
        reason = (
            f"training job '{watch.job}' was told to stop and is still {description['TrainingJobStatus']}"
        )
        return Answer(
            watch.failure_id, f"{reason}; delete the stack again when it has stopped", succeeded=False
        )
    return watch.next()


def _poll_train(watch: Watch, description: Description | None, world: World) -> Outcome:
    if description is None:
        reason = f"the record of training job '{watch.job}' was deleted while it was waited for"
        return Answer(watch.failure_id, reason, succeeded=False)
    if description["TrainingJobStatus"] in TERMINAL:
        return judge(watch, description)
    return _still_running(watch, description, world)


def _still_running(watch: Watch, description: Description, world: World) -> Outcome:
    now = world.clock.now()
    if now <= watch.deadline:
        return watch.next()
    if not watch.stop_on_failure:
        return Answer(watch.failure_id, f"{_late(watch)}, and runs on; {ADVICE}", succeeded=False)
    if not watch.stopping:
        log("deadline passed", job=watch.job, status=description["TrainingJobStatus"])
        world.jobs.stop(watch.job)
        return replace(watch.next(), stopping=True)
    if now <= watch.deadline + STOP_ALLOWANCE:
        return watch.next()
    return Answer(watch.failure_id, f"{_late(watch)}, and is still stopping; {ADVICE}", succeeded=False)


def judge(watch: Watch, description: Description) -> Answer:
    """The answer for a job that has ended."""
    if watch.stopping and description["TrainingJobStatus"] != "Completed":
        return Answer(watch.failure_id, f"{_late(watch)}, and was stopped; {ADVICE}", succeeded=False)
    found = problems(description, watch.gates, allow_stopped=watch.allow_stopped)
    if found:
        return Answer(watch.failure_id, "; ".join(found), succeeded=False)
    return Answer(watch.job, data=attributes(description, watch.metrics))


def _late(watch: Watch) -> str:
    return f"training job '{watch.job}' had not ended when the wait for it was over"
