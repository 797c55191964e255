"""The resources of a template that train."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.templates.joined import plain_text

__all__ = ["SCHEDULE", "STATE_MACHINE", "TRAINING_JOB", "resources", "starts_training"]

TRAINING_JOB = "Custom::SageMakerTrainingJob"
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
SCHEDULE = "AWS::Scheduler::Schedule"

_SCHEDULED = re.compile(r"arn:(?:[^:]+|\$\{[^{}]+\}):scheduler:::aws-sdk:sagemaker:createTrainingJob")


def resources(template: Mapping[str, Any]) -> Iterator[tuple[str, object, Mapping[str, Any]]]:
    """The logical id, the type and the properties of each resource that has properties."""
    found = template.get("Resources")
    for logical_id, resource in found.items() if isinstance(found, Mapping) else ():
        properties = resource.get("Properties") if isinstance(resource, Mapping) else None
        if isinstance(properties, Mapping):
            yield logical_id, resource.get("Type"), properties


def starts_training(target: object) -> bool:
    """Whether a schedule's target is SageMaker itself, with a request as its input."""
    return isinstance(target, Mapping) and bool(_SCHEDULED.fullmatch(plain_text(target.get("Arn"))))
