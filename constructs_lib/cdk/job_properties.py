"""The custom resource's properties: what the template shows of a job, and what the runtime reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from constructs_lib.cdk.completion import Completion
from constructs_lib.cdk.expressions import kind_of
from constructs_lib.cdk.request_parts import known_items
from constructs_lib.errors import SpecError
from constructs_lib.spec import QualityGate, TrainingJobSpec
from constructs_lib.spec.checks import check_items, member_path
from constructs_lib.spec.text import is_expression, is_token, is_unknown

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
    if is_unknown(name):
        problem = f"the metric is {kind_of(name)}, defined are only {listed}"
        raise SpecError(path, problem, "write the metric's name", construct=construct)
    problem = f"metric {name!r} is not defined, only {listed}"
    raise SpecError(path, problem, "add a MetricDefinition to the spec's metrics", construct=construct)


def text_map(path: str, values: Mapping[str, Any] | None, construct: str) -> dict[str, str]:
    """A map of text; numbers and bools are written out, so that a trigger may be any scalar.

    Raises:
        SpecError: a key or a value of another type.
    """
    if values is not None and not isinstance(values, Mapping):
        problem = f"must be a map, got {kind_of(values)}"
        raise SpecError(path, problem, 'such as {"data": "2026-11"}', construct=construct)
    for key in values or {}:
        if not isinstance(key, str):
            problem = f"names must be text, got {kind_of(key)}"
            raise SpecError(path, problem, "write each name as text", construct=construct)
        if is_token(key) or is_expression(key):
            problem = f"has a name that is {kind_of(key)}"
            raise SpecError(path, problem, "write the name out", construct=construct)
    return {key: _as_text(member_path(path, key), value, construct) for key, value in (values or {}).items()}


def _as_text(path: str, value: object, construct: str) -> str:
    if not isinstance(value, (str, int, float, bool)):
        problem = f"must be text, a number or a bool, got {kind_of(value)}"
        raise SpecError(path, problem, "write it as text", construct=construct)
    try:
        return str(value)
    except ValueError:  # Python writes out numbers of some thousand digits, no longer ones
        problem = "is a number with too many digits"
        raise SpecError(path, problem, "write it as text", construct=construct) from None
