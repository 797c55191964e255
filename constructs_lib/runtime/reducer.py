"""The function that names the best job of a distributed sweep.

The state machine calls it with where the Map run's results are. They are read file by file and entry by
entry: however many points there are, memory holds one piece of one file.
"""

from __future__ import annotations

import codecs
import functools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from .log import log

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=5, read_timeout=20)
PIECE = 256 * 1024
# An entry holds an execution's input and output as text, of at most 256 KiB each before it is escaped.
LONGEST_ENTRY = 4 * 1024 * 1024
ABSENT = ("404", "NoSuchKey", "NoSuchBucket", "AccessDenied")
_SPACE, _END, _DECODER = " \t\n\r", object(), json.JSONDecoder()


class ResultsUnreadable(Exception):
    """What the Map run has written is not there, or not whole: any best job would be a guess."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, object]:  # noqa: ARG001 (Lambda's signature)
    """Lambda's entry point."""
    return handle(event, s3_of_lambda())


@functools.cache
def s3_of_lambda() -> Any:
    """The client of this function, kept while it is warm."""
    return botocore.session.get_session().create_client("s3", config=CONFIG)


def handle(event: Mapping[str, Any], s3: Any) -> dict[str, object]:
    """The sweep's result: ``BestTrainingJob`` (None where there is none) and ``Counts``.

    Args:
        event: ``Metric`` and ``Largest``, the objective; ``Results``, bucket and key of the Map run's
            manifest; ``Points``, the list of ``{"index", "hyperparameters"}``, or bucket and key of a file
            with it.
        s3: a client.

    Raises:
        ResultsUnreadable: a file is missing or is not what it should be.
    """
    bucket, files = _manifest(s3, event["Results"])
    sum_up = Sum(bool(event["Largest"]))
    for status, key in files:
        for entry in _entries(s3, bucket, key):
            sum_up.add(_item(entry) if status == "SUCCEEDED" else {})
    log("reduced", files=len(files), completed=sum_up.completed, failed=sum_up.failed)
    best = sum_up.best
    job = (
        None
        if best is None
        else _described(best, event["Metric"], _point(s3, event["Points"], best["index"]))
    )
    counts = {"Completed": sum_up.completed, "Failed": sum_up.failed}
    return {"BestTrainingJob": job, "Counts": counts}


@dataclass
class Sum:
    """What is known of the items so far.

    Attributes:
        largest: whether the largest value is the best.
        completed: how many items trained a job.
        failed: how many did not.
        best: the best one of them; of equals the first.
    """

    largest: bool
    completed: int = 0
    failed: int = 0
    best: Mapping[str, Any] | None = None

    def add(self, item: Mapping[str, Any]) -> None:
        """Count an item, and keep it if it is the best so far."""
        if not isinstance(item.get("name"), str):
            self.failed += 1
            return
        self.completed += 1
        if not _is_ranked(item):
            return
        ranked = {**item, "index": _index(item)}
        if self.best is None or self._rank(ranked) < self._rank(self.best):
            self.best = ranked

    def _rank(self, item: Mapping[str, Any]) -> tuple[float, int]:
        return (-item["metric"] if self.largest else item["metric"]), item["index"]


def _index(item: Mapping[str, Any]) -> int:
    """The number of an item's point; where there is none, nobody knows what the job was trained with."""
    index = item.get("index")
    whole = isinstance(index, int) or (isinstance(index, float) and index.is_integer())
    if isinstance(index, bool) or not whole:
        raise ResultsUnreadable(f"the item of {item['name']} does not say of which point it is")
    return int(item["index"])


def _is_ranked(item: Mapping[str, Any]) -> bool:
    metric = item.get("metric")
    if isinstance(metric, bool) or not isinstance(metric, (int, float)):
        return False
    try:
        return math.isfinite(metric)
    except OverflowError:  # an int that no float can be: no metric is
        return False


def _described(best: Mapping[str, Any], metric: str, hyperparameters: object) -> dict[str, object]:
    return {
        "TrainingJobName": best["name"],
        "Index": best["index"],
        "HyperParameters": hyperparameters,
        "MetricName": metric,
        "MetricValue": best["metric"],
        "ModelArtifacts": {"S3ModelArtifacts": best["model"]} if "model" in best else {},
    }


def _manifest(s3: Any, place: Mapping[str, str]) -> tuple[str, list[tuple[str, str]]]:
    """The bucket of the results, and their files with the status of what is in them."""
    text = b"".join(_pieces(s3, place["Bucket"], place["Key"]))
    try:
        manifest = json.loads(text)
        groups = manifest["ResultFiles"].items()
        files = [(str(status), str(file["Key"])) for status, group in groups for file in group]
        return str(manifest["DestinationBucket"]), files
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultsUnreadable(f"{place['Key']} is no manifest of a Map run: {error!r}") from error


def _item(entry: object) -> Mapping[str, Any]:
    """What an execution gave; an empty map where that cannot be read: it counts as failed."""
    output = entry.get("Output") if isinstance(entry, Mapping) else None
    try:
        item = json.loads(output) if isinstance(output, str) else output
    except (ValueError, RecursionError):
        item = None
    if isinstance(item, Mapping):
        return item
    log("an output cannot be read", level="WARNING", kind=type(output).__name__)
    return {}


def _point(s3: Any, points: Any, index: int) -> object:
    """The hyperparameters of a point."""
    given = points if isinstance(points, list) else _entries(s3, points["Bucket"], points["Key"])
    for point in given:
        if isinstance(point, Mapping) and point.get("index") == index:
            return point.get("hyperparameters", {})
    raise ResultsUnreadable(f"the points do not have number {index}, which is that of the best job")


def _entries(s3: Any, bucket: str, key: str) -> Iterator[object]:
    try:
        yield from entries(_pieces(s3, bucket, key))
    except (ValueError, RecursionError) as error:
        raise ResultsUnreadable(f"{key} is no JSON array: {error}") from error


def _pieces(s3: Any, bucket: str, key: str) -> Iterator[bytes]:
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ABSENT:
            raise ResultsUnreadable(f"{key} in {bucket} cannot be read: {code}") from error
        raise
    while piece := body.read(PIECE):
        yield piece


def entries(pieces: Iterable[bytes]) -> Iterator[object]:
    """The entries of a JSON array, each as soon as it is whole.

    Raises:
        ValueError: the text is no JSON array, ends too early, or has an entry that is longer than any can be.
    """
    decode = codecs.getincrementaldecoder("utf-8")().decode
    text, mark = "", "["  # what has not been read yet, and what comes before the next entry
    for piece in pieces:
        text, at = text + decode(piece), 0
        while (found := _next(text, at, mark)) is not None:
            entry, at = found
            if entry is _END:
                return
            mark = ","
            yield entry
        text = text[at:]
        if len(text) > LONGEST_ENTRY:
            raise ValueError("an entry is too long, or broken")
    raise ValueError("it ends too early")


def _next(text: str, at: int, mark: str) -> tuple[object, int] | None:
    """The next entry, or _END, and where it ends; None where more of the text has to be read first."""
    at = _after_space(text, at)
    if mark == "," and text[at : at + 1] == "]":
        return _END, at
    if text[at : at + 1] not in (mark, ""):
        raise ValueError(f"{mark!r} is missing before an entry")
    start = _after_space(text, at + 1)
    if mark == "[" and text[start : start + 1] == "]":
        return _END, start
    try:
        entry, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError:
        return None
    # Only what follows shows that a number is whole.
    after = _after_space(text, end)
    return (entry, end) if text[after : after + 1] in (",", "]") else None


def _after_space(text: str, at: int) -> int:
    while text[at : at + 1] in _SPACE and at < len(text):
        at += 1
    return at
