"""AWS CDK constructs for Amazon SageMaker training jobs.

Importing this module imports neither aws_cdk nor boto3: each public name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.cdk.completion import Completion
    from constructs_lib.cdk.permissions import Permission
    from constructs_lib.cdk.platform import TrainingPlatform
    from constructs_lib.cdk.schedules.training_schedule import TrainingSchedule
    from constructs_lib.cdk.sweeps.sweep import TrainingSweep
    from constructs_lib.cdk.training_job import TrainingJob
    from constructs_lib.cdk.training_job_base import ITrainingJob
    from constructs_lib.cdk.training_role import TrainingRole
    from constructs_lib.cdk.workflows.task import TrainingJobTask
    from constructs_lib.errors import ConstructsLibError, LocalError, PackagingError, SpecError
    from constructs_lib.rules import Finding, validate_request
    from constructs_lib.spec import (
        Algorithm,
        Channel,
        Checkpoint,
        Grid,
        InstanceGroup,
        JobName,
        MetricDefinition,
        Objective,
        Output,
        QualityGate,
        RetryFailures,
        SpotTraining,
        TrainingJobSpec,
        shapes,
    )

__version__ = "0.1.0"

_MODULES = {
    "Algorithm": "spec",
    "Channel": "spec",
    "Checkpoint": "spec",
    "Completion": "cdk.completion",
    "ConstructsLibError": "errors",
    "Finding": "rules",
    "Grid": "spec",
    "ITrainingJob": "cdk.training_job_base",
    "InstanceGroup": "spec",
    "JobName": "spec",
    "LocalError": "errors",
    "MetricDefinition": "spec",
    "Objective": "spec",
    "Output": "spec",
    "PackagingError": "errors",
    "Permission": "cdk.permissions",
    "QualityGate": "spec",
    "RetryFailures": "spec",
    "SpecError": "errors",
    "SpotTraining": "spec",
    "TrainingJob": "cdk.training_job",
    "TrainingJobTask": "cdk.workflows.task",
    "TrainingJobSpec": "spec",
    "TrainingPlatform": "cdk.platform",
    "TrainingRole": "cdk.training_role",
    "TrainingSchedule": "cdk.schedules.training_schedule",
    "TrainingSweep": "cdk.sweeps.sweep",
    "shapes": "spec.shapes",
    "validate_request": "rules",
}

__all__ = [
    "Algorithm",
    "Channel",
    "Checkpoint",
    "Completion",
    "ConstructsLibError",
    "Finding",
    "Grid",
    "ITrainingJob",
    "InstanceGroup",
    "JobName",
    "LocalError",
    "MetricDefinition",
    "Objective",
    "Output",
    "PackagingError",
    "Permission",
    "QualityGate",
    "RetryFailures",
    "SpecError",
    "SpotTraining",
    "TrainingJob",
    "TrainingJobSpec",
    "TrainingJobTask",
    "TrainingPlatform",
    "TrainingRole",
    "TrainingSchedule",
    "TrainingSweep",
    "shapes",
    "validate_request",
]


if not TYPE_CHECKING:  # a type checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module 'constructs_lib' has no attribute {name!r}")
        module = importlib.import_module(f"constructs_lib.{_MODULES[name]}")
        value = module if _MODULES[name].endswith(f".{name}") else getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
