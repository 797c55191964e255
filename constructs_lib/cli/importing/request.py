"""From a file to the spec that is printed, and what is to be told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructs_lib.cli.reading import UnusableInputError, read_object
from constructs_lib.cli.state_machines import is_state_machine
from constructs_lib.cli.templates import is_template
from constructs_lib.errors import SpecError
from constructs_lib.spec.job import TrainingJobSpec
from constructs_lib.spec.job_checks import check_needed

__all__ = ["Imported", "read_spec_of"]

# What DescribeTrainingJob answers of every job, and no request has.
_ANSWERED = ("TrainingJobArn", "TrainingJobStatus", "SecondaryStatus")
_NAMELESS = "the job's name is left out: it can be used once"
_PLACELESS = "the place of its checkpoints is left out: a new job would go on from the old one's state"


@dataclass(frozen=True)
class Imported:
    """What a file says.

    Attributes:
        spec: the training job.
        notes: what was left out of it, each in one line.
    """

    spec: TrainingJobSpec
    notes: tuple[str, ...] = ()


def read_spec_of(name: str) -> Imported:
    """The spec of a request, of an answer of DescribeTrainingJob, or of an event about a job.

    Args:
        name: the file's name, or ``-``.

    Raises:
        UnusableInputError: it cannot be read, is something else, or makes no spec.
    """
    _, document = read_object(name)
    body = _body(document)
    try:
        found = _described(body) if _is_description(body) else Imported(TrainingJobSpec.from_request(body))
        check_needed(found.spec)  # a request can be read that lacks what a spec has to say
    except SpecError as error:
        raise UnusableInputError(str(error)) from None
    return found


def _body(document: Mapping[str, Any]) -> Mapping[str, Any]:
    detail = document.get("detail")
    if isinstance(detail, dict) and _is_description(detail):
        return detail
    for is_it, what in ((is_template, "a template"), (is_state_machine, "a state machine")):
        if is_it(document):
            raise UnusableInputError(f"is {what}, not a CreateTrainingJob request: give one request")
    if not document:
        raise UnusableInputError("is an empty object, not a CreateTrainingJob request")
    return document


def _is_description(document: Mapping[str, object]) -> bool:
    return any(name in document for name in _ANSWERED)


def _described(body: Mapping[str, object]) -> Imported:
    spec = TrainingJobSpec.from_description(body)
    notes = [_NAMELESS] if "TrainingJobName" in body else []
    if spec.checkpoint is not None:
        notes.append(_PLACELESS)
    return Imported(spec, tuple(notes))
