"""Where a sweep's points are: in the definition, in a file, or in the execution's input."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import FileAssetPackaging, Stack, Stage
from constructs import Construct

from constructs_lib.cdk.arns import S3Location
from constructs_lib.cdk.expressions import JsonPaths, expressions
from constructs_lib.cdk.sweeps.jsonata import inner, of_path, run_time_points
from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import shown
from constructs_lib.spec.grid import MOST_POINTS, encoded_points, read_points
from constructs_lib.spec.hyperparameters import Encoding
from constructs_lib.spec.text import is_expression, is_token, is_unknown

__all__ = ["MOST_INLINE", "SweepPoints", "read_sweep_points"]

# How many points one execution runs: each takes up to some 200 of the 25,000 events of its history.
MOST_INLINE = 100
# What a definition holds; more of them travel as a file.
MOST_IN_DEFINITION, LARGEST_IN_DEFINITION = 50, 20_000
# A state's output has at most 256 KiB.
LARGEST_IN_STATE = 200_000

DYNAMIC = "{{resolve:"

_DISTRIBUTE = "use distributed=True"


@dataclass(frozen=True)
class SweepPoints:
    """The points of one sweep.

    Attributes:
        known: ``{"index", "hyperparameters"}`` of every point, values as text; None for a list that the
            execution gives.
        source: JSONata of such a list, for points of the execution; else empty.
    """

    known: Sequence[Mapping[str, Any]] | None
    source: str

    @property
    def texts(self) -> list[dict[str, str]]:
        """Every known point's hyperparameters."""
        return [entry["hyperparameters"] for entry in self.known or ()]

    @property
    def names(self) -> list[str] | None:
        """The hyperparameters of every point; None where points differ in that, or are not known."""
        texts = self.texts
        same = self.known is not None and all(text.keys() == texts[0].keys() for text in texts)
        return list(texts[0]) if same else None

    @property
    def is_large(self) -> bool:
        """Whether they travel as a file."""
        if self.known is None:
            return False
        return len(self.known) > MOST_IN_DEFINITION or len(self.document()) > LARGEST_IN_DEFINITION

    def document(self) -> bytes:
        """The file: the same bytes for the same points."""
        return json.dumps(self.known, ensure_ascii=False, separators=(",", ":")).encode()

    def upload(self, scope: Construct) -> S3Location:
        """Put the file among the assets of the scope's stack.

        Raises:
            SpecError: a value is a token, which a file cannot hold, or there is no cloud assembly.
        """
        stack, stage = Stack.of(scope), Stage.of(scope)
        if stage is None:
            fix = "make the stack inside a cdk.App or a cdk.Stage"
            raise SpecError("points", "so many are put into a file, and there is no place for it", fix)
        self._check_without_tokens(scope.node.path)
        content = self.document()
        digest = hashlib.sha256(content).hexdigest()
        file = Path(stage.asset_outdir) / f"asset.{digest}.json"
        file.write_bytes(content)
        location = stack.synthesizer.add_file_asset(
            source_hash=digest,
            file_name=os.path.relpath(file, stage.outdir),
            packaging=FileAssetPackaging.FILE,
        )
        return S3Location.parse(f"s3://{location.bucket_name}/{location.object_key}")

    def _check_without_tokens(self, construct: str) -> None:
        for index, point in enumerate(self.texts):
            for name, text in point.items():
                # CloudFormation reads no assets, so it would resolve neither.
                if is_token(text) or DYNAMIC in text:
                    what = "a token" if is_token(text) else "a dynamic reference"
                    problem = f"is {what}, and so many points are put into a file, where it would stay one"
                    fix = f"write the value out, or have at most {MOST_IN_DEFINITION} points"
                    raise SpecError(f"points[{index}].{name}", problem, fix, construct=construct)


def read_sweep_points(
    points: object,
    encoding: Encoding,
    construct: str,
    *,
    distributed: bool,
    reserved: Sequence[str] = (),
) -> SweepPoints:
    """The points as the user gives them.

    Args:
        points: a grid, a list of maps, or a path or an expression of the sweep's input.
        encoding: of the algorithm's hyperparameters.
        construct: the construct's path, for messages.
        distributed: whether each point has an execution of its own.
        reserved: hyperparameters that no point may have.

    Raises:
        SpecError: no such thing, a point that cannot be one, two that are the same, or too many for one
            execution.
    """
    try:
        source = _run_time_source(points)
        if source:
            most, more = (MOST_POINTS, "sweep in parts") if distributed else (MOST_INLINE, _DISTRIBUTE)
            made = run_time_points(source, encoding, most=most, more=more, reserved=reserved)
            return SweepPoints(None, made)
        texts = encoded_points(read_points(points), encoding)
        _check_names(texts, reserved)
        for path, kind in expressions(texts):
            problem = f"is {kind}, and a point is read before the state machine runs"
            fix = "put it into the spec's hyperparameters, or make the whole list one"
            raise SpecError(f"points[{path[0]}][{path[1]!r}]", problem, fix)
    except SpecError as error:
        raise SpecError(error.path, error.problem, error.fix, construct=construct) from None
    entries = [{"index": index, "hyperparameters": text} for index, text in enumerate(texts)]
    found = SweepPoints(entries, "")
    if not distributed:
        _check_size(found, construct)
    return found


def _check_names(texts: Sequence[Mapping[str, str]], reserved: Sequence[str]) -> None:
    for index, text in enumerate(texts if reserved else ()):
        for name in reserved:
            if name in text:
                fix = "leave it out; the entry point and log_level are arguments of Algorithm.from_script"
                problem = "is set for a script by the library"
                raise SpecError(f"points[{index}][{name!r}]", problem, fix)


def _check_size(points: SweepPoints, construct: str) -> None:
    number, size = len(points.texts), len(points.document())
    if number > MOST_INLINE:
        problem = f"has {number} points, and one execution runs up to {MOST_INLINE}"
        raise SpecError("points", problem, _DISTRIBUTE, construct=construct)
    if size > LARGEST_IN_STATE:
        problem = f"has {size} bytes of points, and a state's output takes up to {LARGEST_IN_STATE}"
        raise SpecError("points", problem, _DISTRIBUTE, construct=construct)


def _check_kind(points: object) -> None:
    """Refuse a text or number, and say which: a misspelt path, or a list that was forgotten."""
    if points is None or isinstance(points, (str, int, float)):
        problem = f"must be a Grid, a list of maps, or a path or an expression of one, got {shown(points)}"
        fix = "such as Grid(max_depth=[4, 6]), [{'max_depth': 4}], '$.points' or '{% $states.input.points %}'"
        raise SpecError("points", problem, fix)


def _run_time_source(points: object) -> str:
    """The JSONata of points that only the execution knows; empty for others."""
    if isinstance(points, str) and is_expression(points):
        return inner(points)
    if isinstance(points, str) and points.startswith("$") and not is_token(points):
        return of_path(points)
    if not is_unknown(points):
        _check_kind(points)
        return ""
    path = JsonPaths({"points": points}).of(points)
    if path is None:
        problem = "is a token of CloudFormation's, which no state machine can read"
        raise SpecError("points", problem, "pass a Grid, a list of dicts, a path or an expression")
    return of_path(path)
