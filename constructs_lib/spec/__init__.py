"""What a training job is: frozen values and their one rendering; importing it imports no aws_cdk."""

from constructs_lib.spec.algorithm import Algorithm
from constructs_lib.spec.binding import UNBOUND, Binding, Unbound
from constructs_lib.spec.channels import Channel, LocalFile
from constructs_lib.spec.image_refs import EcrImage, FrameworkImage, Image, ImageUri
from constructs_lib.spec.instance_groups import InstanceGroup
from constructs_lib.spec.job import TrainingJobSpec
from constructs_lib.spec.metrics import MetricDefinition, QualityGate
from constructs_lib.spec.output import Output
from constructs_lib.spec.render import render_request
from constructs_lib.spec.script import SourceFolder, SourcePackage, pack
from constructs_lib.spec.spot import Checkpoint, SpotTraining

__all__ = [
    "UNBOUND",
    "Algorithm",
    "Binding",
    "Channel",
    "Checkpoint",
    "EcrImage",
    "FrameworkImage",
    "Image",
    "ImageUri",
    "InstanceGroup",
    "LocalFile",
    "MetricDefinition",
    "Output",
    "QualityGate",
    "SourceFolder",
    "SourcePackage",
    "SpotTraining",
    "TrainingJobSpec",
    "Unbound",
    "pack",
    "render_request",
]
