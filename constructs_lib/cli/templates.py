"""Finds the training jobs of a CloudFormation template."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from constructs_lib.cli.acknowledgements import StackMetadata
from constructs_lib.cli.inputs import JobInput, Source
from constructs_lib.cli.joined import json_text, marked, unmarked
from constructs_lib.cli.positions import Path
from constructs_lib.cli.reading import UnusableInputError, parse, read_text
from constructs_lib.cli.state_machines import requests_of
from constructs_lib.rules.intrinsics import known_variants
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.spec.algorithm import SCRIPT_HYPERPARAMETERS
from constructs_lib.templates.joined import MARK, plain_text
from constructs_lib.templates.resources import (
    SCHEDULE,
    STATE_MACHINE,
    TRAINING_JOB,
    resources,
    starts_training,
)
from constructs_lib.templates.state_machines import training_tasks

__all__ = ["Template", "is_template"]

_SCHEDULER_CONTEXT = re.compile(r"<aws\.scheduler\.[a-z-]+>")


def is_template(document: Mapping[str, object]) -> bool:
    """Whether a document is meant as a CloudFormation template."""
    return isinstance(document.get("Resources"), Mapping) or "AWSTemplateFormatVersion" in document


@dataclass(frozen=True)
class Template:
    """One template, and the environment that it is deployed to.

    Attributes:
        source: the document.
        body: its parsed content.
        stack: the display name of its stack.
        region: the stack's region, when known.
        account: the stack's account, when known.
        assets: the files that are uploaded with it, by the last part of their key in the bucket.
        metadata: the constructs of its stack, when known.
        nested_path: the path of the nested stack that it is the template of; empty for the stack itself.
    """

    source: Source
    body: Mapping[str, Any]
    stack: str = ""
    region: str | None = None
    account: str | None = None
    assets: Mapping[str, str] = field(default_factory=dict)
    metadata: StackMetadata = field(default_factory=lambda: StackMetadata({}, {}))
    nested_path: str = ""

    def jobs(self) -> Iterator[JobInput]:
        """Every training job of the template, in its order.

        Raises:
            UnusableInputError: a definition or input inside it is wholly literal and no JSON.
        """
        for logical_id, kind, properties in resources(self.body):
            if kind == TRAINING_JOB:
                yield self._custom(logical_id, properties)
            elif kind == STATE_MACHINE:
                yield from self._state_machine(logical_id, properties)
            elif kind == SCHEDULE:
                yield from self._schedule(logical_id, properties)

    def nested(self) -> Iterator[tuple[str, str]]:
        """The logical id and the file of each nested stack whose template is among the assets."""
        for logical_id, kind, properties in resources(self.body):
            file = self._asset(properties.get("TemplateURL"))
            if kind == "AWS::CloudFormation::Stack" and file is not None:
                yield logical_id, file

    def _asset(self, address: object) -> str | None:
        return self.assets.get(plain_text(address).rpartition("/")[2])

    def _custom(self, logical_id: str, properties: Mapping[str, Any]) -> JobInput:
        request = properties.get("Request", {})
        variants = [_with_name(variant) for variant in known_variants(request)]
        return replace(self._job(variants, logical_id, ("Request",)), script=_is_script(request))

    def _state_machine(self, logical_id: str, properties: Mapping[str, Any]) -> Iterator[JobInput]:
        given = properties.get("DefinitionSubstitutions")
        names = tuple(given) if isinstance(given, Mapping) else ()
        substituted = re.compile("|".join(re.escape(f"${{{name}}}") for name in names)) if names else None
        definition, opaque = properties.get("Definition"), "Definition" not in properties
        if opaque:
            definition = self._parsed(logical_id, "DefinitionString", properties, names)
        located = properties.get("DefinitionS3Location")
        if isinstance(located, Mapping):
            yield from self._asset_machine(logical_id, self._asset(located.get("Key")), substituted)
        if not isinstance(definition, Mapping):
            return
        for task in training_tasks(definition):
            forms = [task.parameters] if opaque else known_variants(task.parameters)
            if substituted and not opaque:
                forms = [marked(form, substituted) for form in forms]
            variants = [requests_of(task, form) for form in forms]
            pointer = ("DefinitionString",) if opaque else ("Definition", *task.pointer)
            yield self._job(variants, logical_id, pointer, state=task.state, opaque=opaque)

    def _asset_machine(
        self, logical_id: str, file: str | None, substituted: re.Pattern[str] | None
    ) -> Iterator[JobInput]:
        """The jobs of a definition that is uploaded as a file; one that is not there or no JSON has none."""
        if file is None:
            return
        try:
            source = Source(file, read_text(file))
            definition = parse(source.text)
        except UnusableInputError:  # CloudFormation takes YAML too
            return
        for task in training_tasks(definition) if isinstance(definition, Mapping) else ():
            form = marked(task.parameters, substituted) if substituted else task.parameters
            job = self._job([requests_of(task, form)], logical_id, (), state=task.state)
            yield replace(job, source=source, pointer=task.pointer)

    def _schedule(self, logical_id: str, properties: Mapping[str, Any]) -> Iterator[JobInput]:
        target = properties.get("Target")
        if not isinstance(target, Mapping) or not starts_training(target):
            return
        request = self._parsed(logical_id, "Input", target, ())
        request = UNKNOWN if request is None else unmarked(marked(request, _SCHEDULER_CONTEXT))
        yield self._job([request], logical_id, ("Target", "Input"), opaque=True)

    def _parsed(self, logical_id: str, member: str, around: Mapping[str, Any], names: Iterable[str]) -> Any:
        """The JSON in a text of the template; None when what it is depends on the deployment."""
        text = json_text(around.get(member), tuple(names))
        if text is None:
            return None
        try:
            return parse(text)
        except UnusableInputError as error:
            if MARK in text:  # an unknown part may be what completes it
                return None
            raise UnusableInputError(f"{logical_id}: {member} {error}") from None

    def _job(
        self,
        variants: Iterable[object],
        logical_id: str,
        pointer: Path,
        *,
        state: str = "",
        opaque: bool = False,
    ) -> JobInput:
        return JobInput(
            source=self.source,
            variants=tuple(variants),
            stack=self.stack,
            resource=logical_id,
            state=state,
            region=self.region,
            account=self.account,
            pointer=("Resources", logical_id, "Properties", *pointer),
            opaque=opaque,
            acknowledgements=self.metadata.acknowledgements(self.nested_path, logical_id),
        )


def _with_name(request: object) -> object:
    """The request of a custom resource with the name that the resource's function gives the job."""
    return {"TrainingJobName": UNKNOWN, **request} if isinstance(request, dict) else request


def _is_script(request: object) -> bool:
    """Whether a request is that of `Algorithm.from_script`: nobody else sets all of these."""
    given = request.get("HyperParameters") if isinstance(request, dict) else None
    return isinstance(given, dict) and all(name in given for name in SCRIPT_HYPERPARAMETERS)
