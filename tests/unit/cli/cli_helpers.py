"""Requests, and reports of hand-made findings, for the tests of the command line."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from constructs_lib.cli.checking import Checked, Report
from constructs_lib.cli.inputs import JobInput, Problem, Source
from constructs_lib.rules.findings import Finding

REQUEST: dict[str, Any] = {
    "TrainingJobName": "churn",
    "RoleArn": "arn:aws:iam::123456789012:role/Train",
    "AlgorithmSpecification": {
        "TrainingImage": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1.0",
        "TrainingInputMode": "File",
    },
    "OutputDataConfig": {"S3OutputPath": "s3://out-bucket/model/"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}
# What `fail` of the rules below names, for tests of reports alone.
LENGTH = Finding("model:length", "error", "RoleArn", "must be longer", "write more", "the model")
MISSING = Finding(
    "spot-without-checkpoint", "warning", "CheckpointConfig", "is left out", "set it", "a guide"
)
WHOLE = Finding("model:type", "error", "", "must be a map", "write a map", "the model")


def request(**members: Any) -> dict[str, Any]:
    """The valid request with other members; None leaves one out."""
    changed = {**copy.deepcopy(REQUEST), **members}
    return {name: value for name, value in changed.items() if value is not None}


def write(file: Path, document: object) -> str:
    """Writes JSON with two spaces of indentation; the file's name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2))
    return str(file)


def report(
    *findings: Finding, name: str = "a.json", problems: tuple[Problem, ...] = (), **job: Any
) -> Report:
    """A report of one job with these findings; the job's text has RoleArn in line 3."""
    text = '{\n  "TrainingJobName": "churn",\n  "RoleArn": "short"\n}\n'
    found = JobInput(source=Source(name, text), variants=({},), **job)
    return Report((Checked(found, job.get("region"), findings),), problems, 1, ())
