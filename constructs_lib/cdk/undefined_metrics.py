"""Metrics that are asked for of a job that can report none: its image defines none, and the spec does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import aws_ecr as ecr

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.request_parts import part
from constructs_lib.rules import Finding
from constructs_lib.rules.image_names import parse_image
from constructs_lib.service_model.first_party import first_party_accounts
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.checks import shown
from constructs_lib.spec.image_refs import EcrImage, ImageFolder
from constructs_lib.spec.text import is_unknown

__all__ = ["undefined_metrics"]

ALGORITHM = "AlgorithmSpecification"


def undefined_metrics(
    spec: TrainingJobSpec, request: Mapping[str, Any], asked: Mapping[str, str], effect: str
) -> Iterator[Finding]:
    """An error for each metric that no job of the spec will ever report.

    Of a spec that defines some metrics, another one is refused at once. Nothing is said of an algorithm that
    is known by its name, nor of an image that may be one of AWS's algorithms: these have their own metrics.

    Args:
        spec: what trains.
        request: the spec's.
        asked: by the argument that asks, the name of each metric.
        effect: what becomes of a job without the metric.
    """
    algorithm = part(request, ALGORITHM)
    if algorithm.get("MetricDefinitions") or "ServerlessJobConfig" in request:
        return
    image = _own_image(spec, algorithm.get("TrainingImage"))
    for path, metric in asked.items() if image else ():
        if not is_unknown(metric):
            yield runner_finding(
                "metric-without-definition", path, metric=repr(metric), got=image, effect=effect
            )


def _own_image(spec: TrainingJobSpec, uri: object) -> str:
    """In words, an image that is none of AWS's algorithms for sure; empty where that is not known."""
    image = None if spec.algorithm is None else spec.algorithm.image
    if isinstance(image, ImageFolder):
        return "an image of a folder"
    if isinstance(image, EcrImage) and isinstance(image.repository, ecr.Repository):
        return "an image of the app's own repository"
    if not isinstance(uri, str):
        return ""
    # A registry's account or region may be a token: the repository alone tells.
    repository = parse_image(uri).repository
    known = bool(repository) and not is_unknown(repository) and not first_party_accounts(repository)
    return f"image {shown(repository)}" if known else ""
