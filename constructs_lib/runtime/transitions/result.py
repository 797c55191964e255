"""The result of a job that a wait condition waited for: judged, and read."""

from __future__ import annotations

from ..answer import Answer
from ..events import Event
from ..jobs import TERMINAL, created_at
from ..log import log
from ..world import World
from .outcome import Outcome
from .poll import at_end
from .recipient import address, failure_id, result_id
from .verdict import arn_of, attributes_of_gone
from .watch import Watch

# The job has ended; only its metrics may be late.
RESULT_SECONDS = 600


def on_result(event: Event, world: World) -> Outcome:
    """Gate the job and answer with its attributes; its Delete has nothing to do."""
    physical_id = failure_id(event)
    if event.kind == "Delete":
        return Answer(physical_id)
    asked = event.result
    description = world.jobs.describe(asked.job, patient=True)
    if description is None:
        log("record gone, kept", job=asked.job)
        arn = arn_of(asked.job, event.stack_id)
        known = attributes_of_gone(asked.job, arn, asked.output_path, asked.metrics)
        return Answer(result_id(event), data=known)
    watch = Watch(
        "train",
        asked.job,
        physical_id,
        world.clock.now() + RESULT_SECONDS,
        world.seal.close(address(event)),
        asked.gates,
        asked.metrics,
        asked.allow_stopped,
        stop_on_failure=False,
        physical_id=result_id(event),
        asked=event.asked,
        created=created_at(description),
    )
    return at_end(watch, description, world) if description["TrainingJobStatus"] in TERMINAL else watch
