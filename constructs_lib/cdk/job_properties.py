"""The custom resource's properties: what the template shows of a job, and what the runtime reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from constructs_lib.cdk.completion import Completion
from constructs_lib.cdk.request_parts import known_items
from constructs_lib.errors import SpecError
from constructs_lib.spec import QualityGate, TrainingJobSpec
from constructs_lib.spec.checks import check_items
from constructs_lib.spec.text import is_unknown

RESOURCE_TYPE = "Custom::SageMakerTrainingJob"
WAITING = "use Completion.wait(), or Completion.wait_condition() for up to 12 hours"


def gate_properties(gates: Sequence[QualityGate]) -> list[dict[str, object]]:
    """The gates in the runtime's form."""
    properties = []
    for gate in gates:
        bounds = {"AtLeast": gate.at_least, "AtMost": gate.at_most}
        properties.append({"Metric": gate.metric, **{k: v for k, v in bounds.items() if v is not None}})
    return properties


def checked_gates(
    spec: TrainingJobSpec, gates: Iterable[QualityGate], completion: Completion, construct: str
) -> tuple[QualityGate, ...]:
    """The gates, none of which could never open.

    Raises:
        SpecError: something that is no gate, gates on a job whose end is not waited for, or on a metric that
            the spec does not define.
    """
    try:
        checked = check_items("quality_gates", gates, QualityGate)
    except SpecError as error:
        raise SpecError(error.path, error.problem, error.fix, construct=construct) from None
    if checked and not completion.waits:
        problem = "cannot be judged with Completion.start(), which does not wait for the job"
        raise SpecError("quality_gates", problem, WAITING, construct=construct)
    for index, gate in enumerate(checked):
        check_metric(spec, gate.metric, f"quality_gates[{index}]", construct)
    return checked


def check_metric(spec: TrainingJobSpec, name: str, path: str, construct: str) -> None:
    """Refuse a metric that the spec does not define; images that define metrics themselves may have any.

    Raises:
        SpecError: the metric is not among the spec's.
    """
    known = [metric.name for metric in known_items(spec.metrics)]
    own_image = spec.algorithm is None or spec.algorithm.source is None
    if name in known or is_unknown(spec.metrics) or (own_image and not known):
        return
    listed = ", ".join(known) or "none"
    problem = f"metric {name!r} is not defined, only {listed}"
    raise SpecError(path, problem, "add a MetricDefinition to the spec's metrics", construct=construct)


def text_map(path: str, values: Mapping[str, Any] | None, construct: str) -> dict[str, str]:
    """A map of text; numbers and bools are written out, so that a trigger may be any scalar.

    Raises:
        SpecError: a key or a value of another type.
    """
    if values is not None and not isinstance(values, Mapping):
        problem = f"must be a map, got {type(values).__name__}"
        raise SpecError(path, problem, 'such as {"data": "2026-11"}', construct=construct)
    for key, value in (values or {}).items():
        if not isinstance(key, str) or not isinstance(value, (str, int, float, bool)):
            problem = "must map text to text, numbers or bools"
            raise SpecError(path, problem, "write other values as text", construct=construct)
    return {key: str(value) for key, value in (values or {}).items()}
