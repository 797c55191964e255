"""Tells what each input is, and gathers the training jobs in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from constructs_lib.cli.assemblies import Assembly
from constructs_lib.cli.inputs import Inputs, JobInput, Source
from constructs_lib.cli.joined import marked
from constructs_lib.cli.reading import UnusableInputError, parse, read_object
from constructs_lib.cli.state_machines import is_state_machine, requests_of
from constructs_lib.cli.templates import Template, is_template
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.templates.state_machines import training_tasks

__all__ = ["load"]

_MEMBERS = frozenset(name.lower() for name in SHAPES[ROOT]["members"])

# What SAM's and CloudFormation's DefinitionSubstitutions, or Terraform, put into a definition's texts.
_SUBSTITUTED = re.compile(r"\$\{[^{}]+\}")


def load(names: Iterable[str]) -> Inputs:
    """Reads every input, whatever is wrong with the others.

    Args:
        names: files, folders that ``cdk synth`` wrote, and ``-`` for standard input; a name that is there
            twice is read once.

    Returns:
        The training jobs that they hold, and what could not be used.
    """
    inputs = Inputs()
    for name in dict.fromkeys(names):
        before = len(inputs.jobs), len(inputs.problems)
        if name != "-" and _is_folder(name):
            Assembly(inputs).read(name)
        else:
            _file(inputs, name)
        if (len(inputs.jobs), len(inputs.problems)) == before:
            inputs.without_jobs.append(name)
    return inputs


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and Path(name).is_dir()
    except (OSError, ValueError):  # the reader says what is wrong with it
        return False


def _file(inputs: Inputs, name: str) -> None:
    try:
        text, document = read_object(name)
        inputs.jobs += _jobs(Source(name, text), document)
        inputs.files += 1
    except UnusableInputError as error:
        inputs.refuse(name, error)


def _tasks(source: Source, definition: Mapping[str, Any]) -> Iterator[JobInput]:
    for task in training_tasks(definition):
        request = requests_of(task, marked(task.parameters, _SUBSTITUTED))
        yield JobInput(source=source, variants=(request,), state=task.state, pointer=task.pointer)


def _described(source: Source, text: str) -> Iterator[JobInput]:
    """The jobs of what Step Functions tells of a state machine, whose definition is a text."""
    try:
        definition = parse(text)
    except UnusableInputError as error:
        raise UnusableInputError(f"definition {error}") from None
    for job in _tasks(source, definition) if isinstance(definition, dict) else ():
        yield replace(job, pointer=("definition",), opaque=True)


def _jobs(source: Source, document: Mapping[str, Any]) -> list[JobInput]:
    if is_template(document):
        return list(Template(source, document).jobs())
    if is_state_machine(document):
        return list(_tasks(source, document))
    if isinstance(document.get("definition"), str):
        return list(_described(source, document["definition"]))
    if "artifacts" in document and "version" in document:
        raise UnusableInputError("is the manifest of a folder that cdk synth wrote: give the folder")
    if document and not any(name.replace("_", "").lower() in _MEMBERS for name in document):
        raise UnusableInputError(
            "has no member of a CreateTrainingJob request, and is no state machine or template"
        )
    return [JobInput(source=source, variants=(document,))]
