"""Specs in states: made, rendered and evaluated."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib import Algorithm, TrainingJobSpec
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.state_request import as_state
from constructs_lib.spec import UNBOUND, render_request

from .evaluation import Execution

LANGUAGES = pytest.mark.parametrize("language", list(Language))
PLAIN = Algorithm.from_image_uri("image:1")
JSON_ENCODED = Algorithm.from_image_uri("image:1", hyperparameter_encoding="json")
STACK = cdk.Stack(cdk.App(), "Stack")


def spec_of(algorithm: Algorithm = PLAIN, **fields: Any) -> TrainingJobSpec:
    return TrainingJobSpec(algorithm=algorithm, instance_type="ml.m5.large", **fields)


def rendered(spec: TrainingJobSpec, language: Language, **members: Any) -> Any:
    return as_state(render_request(spec, UNBOUND), spec, language, STACK, members=members)


def evaluated(state: Any, language: Language, input: Any) -> Any:
    execution = Execution(input)
    return execution.parameters(state) if language is Language.JSONPATH else execution.arguments(state)
