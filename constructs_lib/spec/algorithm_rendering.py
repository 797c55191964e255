"""From an algorithm and its metrics to ``AlgorithmSpecification``, in AWS's own words, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from constructs_lib.spec.algorithm import Algorithm
from constructs_lib.spec.frozen import thaw
from constructs_lib.spec.image_refs import FrameworkImage, ImageUri
from constructs_lib.spec.instance_types import processor
from constructs_lib.spec.members import without_empty
from constructs_lib.spec.reading import listed, needed, structure
from constructs_lib.spec.resources import instance_types
from constructs_lib.spec.text import is_unknown

if TYPE_CHECKING:
    from constructs_lib.spec.binding import Binding
    from constructs_lib.spec.job import TrainingJobSpec

__all__ = ["algorithm_from_request", "render_algorithm"]

PATH = "AlgorithmSpecification"
MEMBERS = (
    "TrainingImage",
    "AlgorithmName",
    "TrainingInputMode",
    "MetricDefinitions",
    "EnableSageMakerMetricsTimeSeries",
    "ContainerEntrypoint",
    "ContainerArguments",
    "TrainingImageConfig",
)


def render_algorithm(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    """``AlgorithmSpecification`` of a spec, with the spec's metrics in it; only what is set.

    Args:
        spec: its algorithm, metrics and instance types are read.
        binding: what the construct knows; it turns the image into a uri.

    Returns:
        A new dict in the API's member order; empty where neither algorithm nor metrics are given.

    Raises:
        SpecError: a framework image cannot be chosen for the spec's instance type.
    """
    algorithm = spec.algorithm
    metrics = _metrics(spec)
    if algorithm is None:
        return without_empty({"MetricDefinitions": metrics})
    access = algorithm.repository_access
    return without_empty(
        {
            "TrainingImage": _image(algorithm, spec, binding),
            "AlgorithmName": algorithm.algorithm_name,
            "TrainingInputMode": algorithm.input_mode,
            "MetricDefinitions": metrics,
            "EnableSageMakerMetricsTimeSeries": algorithm.enable_sagemaker_metrics_time_series,
            "ContainerEntrypoint": _words(algorithm.entrypoint),
            "ContainerArguments": _words(algorithm.arguments),
            "TrainingImageConfig": None if access is None else access.to_request(),
        }
    )


def algorithm_from_request(member: Mapping[str, object]) -> Algorithm:
    """The algorithm that an ``AlgorithmSpecification`` says; `render_algorithm` gives the same back.

    Metrics are the spec's: they are read elsewhere, and only have to be there in a form that can be rendered.
    The hyperparameters of a request are text already, so the encoding is ``plain``.

    Args:
        member: ``AlgorithmSpecification`` of a request, in AWS form.

    Raises:
        SpecError: it holds something that an `Algorithm` cannot say, such as an unknown member or an empty
            list; such a request keeps the member as an override.
    """
    members = structure(PATH, member, MEMBERS)
    if "MetricDefinitions" in members:
        listed(f"{PATH}.MetricDefinitions", members["MetricDefinitions"])
    image, access = members.get("TrainingImage"), members.get("TrainingImageConfig")
    return Algorithm(
        image=None if image is None else ImageUri(cast("str", image)),
        algorithm_name=cast("str | None", members.get("AlgorithmName")),
        input_mode=cast("str", needed(PATH, members, "TrainingInputMode")),
        enable_sagemaker_metrics_time_series=cast("Any", members.get("EnableSageMakerMetricsTimeSeries")),
        entrypoint=_listed(members, "ContainerEntrypoint"),
        arguments=_listed(members, "ContainerArguments"),
        repository_access=None if access is None else _access(access),
        hyperparameter_encoding="plain",
    )


def _image(algorithm: Algorithm, spec: TrainingJobSpec, binding: Binding) -> str | None:
    image = algorithm.image
    if image is None:
        return None
    return binding.image_uri(
        image.for_instance_type(_instance_type(spec)) if isinstance(image, FrameworkImage) else image
    )


def _instance_type(spec: TrainingJobSpec) -> str | None:
    """The type that an image is chosen for; of several, one where they all want the same image."""
    types = list(instance_types(spec))
    kinds = {processor(name) for name in types}
    return types[0] if len(kinds) == 1 else None


def _metrics(spec: TrainingJobSpec) -> object:
    if is_unknown(spec.metrics):
        return thaw(spec.metrics)
    return [{"Name": metric.name, "Regex": metric.regex} for metric in spec.metrics]


def _words(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _listed(members: Mapping[str, object], name: str) -> Any:
    return listed(f"{PATH}.{name}", members[name]) if name in members else ()


def _access(value: object) -> Any:
    from constructs_lib.spec.shapes import TrainingImageConfig  # a large module, seldom needed

    return TrainingImageConfig.from_request(cast("Mapping[str, object]", value))
