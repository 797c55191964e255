"""The training jobs of a template, with their requests as they stand there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from constructs_lib.templates.resources import (
    SCHEDULE,
    STATE_MACHINE,
    TRAINING_JOB,
    resources,
    starts_training,
)
from constructs_lib.templates.state_machines import training_tasks

__all__ = ["Job", "jobs_of"]


class Job(NamedTuple):
    """A training job.

    Attributes:
        where: the logical id of its resource, and the name of its state.
        request: what is sent.
    """

    where: str
    request: object


def jobs_of(template: Mapping[str, Any]) -> Iterator[Job]:
    """Every training job, in the order of the template.

    Args:
        template: normalized, so that definitions and inputs are documents.
    """
    for logical_id, kind, properties in resources(template):
        if kind == TRAINING_JOB:
            yield Job(logical_id, properties.get("Request"))
        elif kind == STATE_MACHINE:
            definition = properties.get("Definition", properties.get("DefinitionString"))
            for task in training_tasks(definition) if isinstance(definition, Mapping) else ():
                yield Job(f"{logical_id}, state {task.state!r}", task.parameters)
        elif kind == SCHEDULE and starts_training(properties.get("Target")):
            yield Job(logical_id, properties["Target"].get("Input"))
