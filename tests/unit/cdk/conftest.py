"""Apps as the cdk command line makes them: with the recommended flags, which pytest does not load."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from constructs_lib import Algorithm, MetricDefinition, TrainingJobSpec

ROOT = Path(__file__).resolve().parents[3]
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[cdk.App]:
    yield cdk.App(outdir=str(tmp_path / "cdk.out"), context=FLAGS)
    cdk.AssetStaging.clear_asset_hash_cache()


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Stack")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    folder = tmp_path / "script"
    folder.mkdir()
    (folder / "train.py").write_text("print('auc=0.9')\n")
    return folder


@pytest.fixture
def spec(script: Path) -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=Algorithm.from_script(
            script, entry_point="train.py", framework="sklearn", framework_version="1.2-1"
        ),
        hyperparameters={"max_depth": 6, "booster": "gbtree"},
        instance_type="ml.m5.xlarge",
        max_runtime=cdk.Duration.minutes(20),
        metrics=[MetricDefinition("validation:auc", r"auc=([0-9.]+)")],
    )


Resources = dict[str, dict[str, Any]]


@pytest.fixture
def resources() -> Callable[..., Resources]:
    """The resources of a stack's template, of one type or all, by logical id."""

    def find(stack: cdk.Stack, type: str | None = None) -> Resources:
        template = Template.from_stack(stack).to_json()["Resources"]
        return {key: value for key, value in template.items() if type in (None, value["Type"])}

    return find
