"""What a training job is: frozen values and their one rendering; importing it imports no aws_cdk.

Each name is loaded when it is first used: the rules need some modules of this folder, and few of its names.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.spec.algorithm import Algorithm
    from constructs_lib.spec.binding import UNBOUND, Binding, Unbound
    from constructs_lib.spec.channels import Channel, LocalFile
    from constructs_lib.spec.grid import Grid
    from constructs_lib.spec.image_refs import EcrImage, FrameworkImage, Image, ImageUri
    from constructs_lib.spec.instance_groups import InstanceGroup
    from constructs_lib.spec.job import TrainingJobSpec
    from constructs_lib.spec.job_name import JobName
    from constructs_lib.spec.metrics import MetricDefinition, QualityGate
    from constructs_lib.spec.objective import Objective
    from constructs_lib.spec.output import Output
    from constructs_lib.spec.render import render_request
    from constructs_lib.spec.retry_failures import RetryFailures
    from constructs_lib.spec.script import SourceFolder, SourcePackage, pack
    from constructs_lib.spec.spot import Checkpoint, SpotTraining

_MODULES = {
    "UNBOUND": "binding",
    "Algorithm": "algorithm",
    "Binding": "binding",
    "Channel": "channels",
    "Checkpoint": "spot",
    "EcrImage": "image_refs",
    "FrameworkImage": "image_refs",
    "Grid": "grid",
    "Image": "image_refs",
    "ImageUri": "image_refs",
    "InstanceGroup": "instance_groups",
    "JobName": "job_name",
    "LocalFile": "channels",
    "MetricDefinition": "metrics",
    "Objective": "objective",
    "Output": "output",
    "QualityGate": "metrics",
    "RetryFailures": "retry_failures",
    "SourceFolder": "script",
    "SourcePackage": "script",
    "SpotTraining": "spot",
    "TrainingJobSpec": "job",
    "Unbound": "binding",
    "pack": "script",
    "render_request": "render",
}

__all__ = [
    "UNBOUND",
    "Algorithm",
    "Binding",
    "Channel",
    "Checkpoint",
    "EcrImage",
    "FrameworkImage",
    "Grid",
    "Image",
    "ImageUri",
    "InstanceGroup",
    "JobName",
    "LocalFile",
    "MetricDefinition",
    "Objective",
    "Output",
    "QualityGate",
    "RetryFailures",
    "SourceFolder",
    "SourcePackage",
    "SpotTraining",
    "TrainingJobSpec",
    "Unbound",
    "pack",
    "render_request",
]


if not TYPE_CHECKING:  # a type checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module 'constructs_lib.spec' has no attribute {name!r}")
        value = getattr(importlib.import_module(f"constructs_lib.spec.{_MODULES[name]}"), name)
        globals()[name] = value
        return value
