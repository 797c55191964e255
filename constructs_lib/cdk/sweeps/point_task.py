"""The task that trains one point of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.sweeps.jsonata import inner, literal, of_whole_input
from constructs_lib.cdk.workflows import gates
from constructs_lib.cdk.workflows.jsonata import written
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.task import TrainingJobTask
from constructs_lib.spec.text import is_expression

__all__ = ["PointTask", "item_of", "swept"]

HYPERPARAMETERS = "HyperParameters"
_POINT = "$states.input.hyperparameters"
_RESULT = "$states.result"


class PointTask(TrainingJobTask):
    """A training job whose hyperparameters are the spec's, and over them the point's.

    Args:
        scope: the sweep.
        id: the construct's id.
        names: the hyperparameters that every point has; None where points differ, or are not known.
        metric: the objective's: the job's end is only told when it was reported, or will not be.
        most_looks: how often the job may be looked at.
        **arguments: as `TrainingJobTask`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        names: Sequence[str] | None,
        metric: str,
        most_looks: int,
        **arguments: Any,
    ) -> None:
        self._point_names, self._metric, self._looks = names, metric, most_looks
        self._needs_input = False
        super().__init__(
            scope,
            id,
            outputs=item_of(metric),
            query_language=sfn.QueryLanguage.JSONATA,
            **arguments,
        )

    @property
    def needs_input(self) -> bool:
        """Whether the spec has expressions about the sweep's input."""
        return self._needs_input

    def _request_in(self, language: Language) -> dict[str, Any]:
        request = super()._request_in(language)
        moved: dict[str, Any] = {key: _moved(value) for key, value in request.items()}
        self._needs_input = moved != request
        return {**moved, HYPERPARAMETERS: swept(moved.get(HYPERPARAMETERS, {}), self._point_names)}

    def _awaited_metrics(self) -> tuple[str, ...]:
        return (self._metric,)

    def _most_looks(self) -> int:
        return self._looks


def item_of(metric: str) -> dict[str, str]:
    """What an item gives: little, as all of them together are one state's output."""
    found = {
        "metric": gates.final_metric(metric, _RESULT),
        "model": f"{_RESULT}.ModelArtifacts.S3ModelArtifacts",
    }
    # An expression without a value is an error in a state machine.
    known = {name: written(f"($v := {text}; $exists($v) ? $v : null)") for name, text in found.items()}
    return {
        "index": written("$states.input.index"),
        "name": written(f"{_RESULT}.TrainingJobName"),
        **known,
    }


def swept(given: object, names: Sequence[str] | None) -> object:
    """A state's hyperparameters with the point's over them.

    Args:
        given: as the state has them: a map of text and expressions, or an expression.
        names: as `PointTask`.
    """
    if names is not None and isinstance(given, Mapping):
        return {**given, **{name: written(f"$lookup({_POINT}, {literal(name)})") for name in names}}
    return written(f"$merge([{_as_jsonata(given)}, {_POINT}])")


def _as_jsonata(given: object) -> str:
    if isinstance(given, Mapping):
        return f"{{{', '.join(f'{literal(key)}: {_as_jsonata(value)}' for key, value in given.items())}}}"
    return f"({inner(given)})" if isinstance(given, str) and is_expression(given) else literal(given)


def _moved(value: Any) -> Any:
    """A part of the request, of which what is about the sweep's input looks where the item has that."""
    if isinstance(value, Mapping):
        return {key: _moved(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_moved(item) for item in value]
    return of_whole_input(value) if is_expression(value) else value
