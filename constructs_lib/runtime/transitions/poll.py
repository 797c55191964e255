"""One look at a job that is waited for."""

from __future__ import annotations

from dataclasses import replace

from botocore.exceptions import ClientError, ParamValidationError

from ..answer import Answer
from ..errors import Refused, passes
from ..jobs import TERMINAL, Description, created_at
from ..log import log
from ..world import World
from .fallback import failure, may_go_on, next_attempt, stop_attempts
from .poll_delete import poll_delete
from .verdict import attributes, is_late, lacks_capacity, problems
from .watch import STOP_ALLOWANCE, WORKFLOW, Watch

ADVICE = "allow more time, or use Completion.start()"
# Final metrics are read from the log; they can come after the job's end.
METRICS_SECONDS = 90.0
# A job that was created a moment ago may not be seen yet.
FIRST_POLLS = 2


def poll(watch: Watch, world: World) -> Answer | Watch:
    """Look at the job once: its answer when it has ended, else the state for the next look."""
    if watch.purpose == WORKFLOW:
        from .poll_workflow import poll_workflow

        return poll_workflow(watch, world)
    description = world.jobs.describe(watch.job, created=watch.created)
    if description is not None and watch.created is None:
        watch = replace(watch, created=created_at(description))
    if watch.purpose == "delete":
        return poll_delete(watch, description, world)
    if description is None:
        if watch.polls < FIRST_POLLS:
            return watch.next()
        return failure(watch, f"the record of training job '{watch.job}' was deleted while it was waited for")
    if description["TrainingJobStatus"] in TERMINAL:
        return at_end(watch, description, world)
    return _still_running(watch, description, world)


def at_end(watch: Watch, description: Description, world: World) -> Answer | Watch:
    """For a job that has ended: judge it, let its metrics come, or try the next instance type."""
    if lacks_capacity(description) and may_go_on(watch, world.clock.now()):
        try:
            return next_attempt(watch, world)
        except (Refused, ClientError, ParamValidationError) as error:
            if isinstance(error, ClientError) and passes(error):
                raise
            from ..redaction import redact

            # The attempt may have been started all the same, by a worker that died before it could look.
            stop_attempts(watch, world)
            told = redact(str(error), description)
            reason = f"{_judge(watch, description, world).reason}; no further attempt: {told}"
            return failure(watch, reason)
    if is_late(description, watch.gates, watch.metrics):
        first_seen = world.clock.now() if watch.ended is None else watch.ended
        if world.clock.now() < min(first_seen + METRICS_SECONDS, watch.deadline):
            return replace(watch.next(), ended=first_seen)
    return _judge(watch, description, world)


def _still_running(watch: Watch, description: Description, world: World) -> Answer | Watch:
    now = world.clock.now()
    if now <= watch.deadline:
        return watch.next()
    if not watch.stop_on_failure:
        return failure(watch, f"{_late(watch)}, and runs on; {ADVICE}")
    if not watch.stopping:
        log("deadline passed", job=watch.job, status=description["TrainingJobStatus"])
        world.jobs.stop(watch.job)
        return replace(watch.next(), stopping=True)
    if now <= watch.deadline + STOP_ALLOWANCE:
        return watch.next()
    return failure(watch, f"{_late(watch)}, and is still stopping; {ADVICE}")


def _judge(watch: Watch, description: Description, world: World) -> Answer:
    if watch.stopping and description["TrainingJobStatus"] != "Completed":
        return failure(watch, f"{_late(watch)}, and was stopped; {ADVICE}")
    found = problems(description, watch.gates, allow_stopped=watch.allow_stopped, tail=world.job_log.tail)
    log("judged", job=watch.job, status=description["TrainingJobStatus"], passed=not found)
    if found:
        return failure(watch, "; ".join(found))
    return Answer(watch.physical_id or watch.job, data=attributes(description, watch.metrics))


def _late(watch: Watch) -> str:
    return f"training job '{watch.job}' had not ended when the wait for it was over"
