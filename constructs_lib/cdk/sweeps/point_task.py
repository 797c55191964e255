"""The task that trains one point of a sweep."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.sweeps.jsonata import inner, literal, of_whole_input, used_of_input
from constructs_lib.cdk.whereabouts import path_of
from constructs_lib.cdk.workflows import gates
from constructs_lib.cdk.workflows.jsonata import quoted, written
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.names import CHECKPOINTS as CHECKPOINTS_FOLDER
from constructs_lib.cdk.workflows.task import TrainingJobTask
from constructs_lib.errors import SpecError
from constructs_lib.spec.text import is_expression

__all__ = ["PointTask", "item_of", "swept"]

HYPERPARAMETERS, CHECKPOINTS = "HyperParameters", "CheckpointConfig"
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
        distributed: whether the point has an execution of its own; the item then names the sweep's.
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
        distributed: bool = False,
        **arguments: Any,
    ) -> None:
        self._point_names, self._metric, self._looks = names, metric, most_looks
        self._distributed = distributed
        self._used_input: Sequence[str] | None = ()
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
        return self._used_input is None or bool(self._used_input)

    @property
    def used_input(self) -> Sequence[str] | None:
        """The members of the sweep's input that the spec's expressions are about; None for all of it."""
        return self._used_input

    @property
    def apart_seconds(self) -> int | None:
        """The seconds between two looks of the state machine; None where it does not look, or not known."""
        known = self._plan.longest_seconds if self._plan.loops else None
        return None if known is None else math.ceil(known / self._looks)

    @property
    def _has_checkpoints(self) -> bool:
        """Whether the spec says where checkpoints are: one place, for all points."""
        asked = self.spec.checkpoint
        return CHECKPOINTS in self.request and (asked is None or asked.location() is not None)

    def _request_in(self, language: Language) -> dict[str, Any]:
        request = super()._request_in(language)
        self._used_input = used_of_input(_expressions(request))
        moved: dict[str, Any] = {key: _moved(value) for key, value in request.items()}
        if self._has_checkpoints:
            moved[CHECKPOINTS] = self._apart(moved[CHECKPOINTS])
        return {**moved, HYPERPARAMETERS: swept(moved.get(HYPERPARAMETERS, {}), self._point_names)}

    def _apart(self, checkpoints: object) -> object:
        if not isinstance(checkpoints, Mapping):
            problem = "is one expression, so that all points would share its place"
            fix = "give a map; its S3Uri may be an expression"
            raise SpecError(CHECKPOINTS, problem, fix, construct=path_of(self))
        place = checkpoints.get("S3Uri")
        return {**checkpoints, "S3Uri": own_folder(place)} if isinstance(place, str) else checkpoints

    def _execution(self) -> str | None:
        # The sweep's: that of a point is a child's, of whose end no source says that it is an event.
        return "$states.input.execution" if self._distributed else None

    def _keeps_checkpoints_apart(self) -> bool:
        # Below a place of the user's, too.
        return self._has_checkpoints or super()._keeps_checkpoints_apart()

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


def own_folder(place: str) -> str:
    """A folder of the point's own below the place that a spec names for all: no job resumes another's.

    Args:
        place: an ``s3://`` uri, or an expression of one.
    """
    given = f"({inner(place)})" if is_expression(place) else quoted(place)
    return written(f"$replace({given}, /\\/$/, '') & '/' & ${CHECKPOINTS_FOLDER}")


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


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _expressions(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _expressions(item)
    elif is_expression(value):
        yield value


def _moved(value: Any) -> Any:
    """A part of the request, of which what is about the sweep's input looks where the item has that."""
    if isinstance(value, Mapping):
        return {key: _moved(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_moved(item) for item in value]
    return of_whole_input(value) if is_expression(value) else value
