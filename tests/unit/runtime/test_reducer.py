"""The function that names the best job of a distributed sweep, over a fake S3 and against an oracle."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.runtime import reducer
from constructs_lib.runtime.reducer import PIECE, ResultsUnreadable, entries, handle
from tests.unit.cdk.sweeps import oracle

from .conftest import Logs
from .telling import info, told, warning

BUCKET, FOLDER = "results", "training/sweeps/Sweep/abc"
ALL_METRICS = (*oracle.METRICS, *oracle.ODD_METRICS)


class FakeS3:
    """Objects by key, in one bucket; it counts what is read in one go."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = {key.replace("__", "/"): body for key, body in objects.items()}
        self.refusal = "NoSuchKey"
        self.largest_read = 0

    def put(self, key: str, value: object) -> None:
        self.objects[key] = value if isinstance(value, bytes) else json.dumps(value).encode()

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        if Bucket != BUCKET or Key not in self.objects:
            raise ClientError({"Error": {"Code": self.refusal, "Message": "no"}}, "GetObject")
        return {"Body": Body(self, self.objects[Key])}


class Body(io.BytesIO):
    def __init__(self, s3: FakeS3, content: bytes) -> None:
        super().__init__(content)
        self._s3 = s3

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._s3.largest_read = max(self._s3.largest_read, len(piece))
        return piece


def execution(item: object, status: str = "SUCCEEDED") -> dict[str, Any]:
    """An entry of a result file, as a Map run writes it."""
    entry = {"ExecutionArn": "arn:aws:states:::execution:x", "Input": "{}", "Name": "x", "Status": status}
    if status == "SUCCEEDED":
        return {**entry, "Output": json.dumps(item), "OutputDetails": {"Included": True}}
    return {**entry, "Error": "TrainingJob.Algorithm", "Cause": "it broke"}


def written(files: dict[str, list[list[Any]]], points: object) -> tuple[FakeS3, dict[str, Any]]:
    """A Map run's results in S3, and the event that names them."""
    s3 = FakeS3()
    groups: dict[str, list[dict[str, Any]]] = {"PENDING": [], "FAILED": [], "SUCCEEDED": []}
    for status, bodies in files.items():
        for number, body in enumerate(bodies):
            key = f"{FOLDER}/{status}_{number}.json"
            s3.put(key, body)
            groups[status].append({"Key": key, "Size": len(s3.objects[key])})
    manifest = {"DestinationBucket": BUCKET, "MapRunArn": "arn:aws:states:::mapRun:x", "ResultFiles": groups}
    s3.put(f"{FOLDER}/manifest.json", manifest)
    results = {"Bucket": BUCKET, "Key": f"{FOLDER}/manifest.json"}
    return s3, {"Metric": "auc", "Largest": True, "Results": results, "Points": points}


def run_of(items: list[Any], points: object) -> tuple[FakeS3, dict[str, Any]]:
    return written({"SUCCEEDED": [[execution(item) for item in items]]}, points)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(oracle.items(ALL_METRICS), st.booleans(), st.integers(1, 4), st.booleans())
def test_the_reducer_agrees_with_the_oracle(
    items: list[oracle.Item], largest: bool, size: int, asset: bool
) -> None:
    points = oracle.points(len(items))
    good = [execution(item) for item in items if "name" in item]
    bad = [execution(item, "FAILED") for item in items if "name" not in item]
    files = {
        "SUCCEEDED": [good[at : at + size] for at in range(0, len(good), size)],
        "FAILED": [bad[at : at + size] for at in range(0, len(bad), size)],
    }
    s3, event = written(files, {"Bucket": BUCKET, "Key": "points.json"} if asset else points)
    s3.put("points.json", points)

    found = handle({**event, "Largest": largest}, s3)

    assert found == oracle.result(items, points, "auc", largest=largest)


def test_what_is_pending_or_was_caught_has_failed() -> None:
    caught = {"index": 1, "error": "TrainingJob.Capacity"}
    files = {"PENDING": [[execution(0, "PENDING")]], "SUCCEEDED": [[execution(caught)]]}
    s3, event = written(files, [])

    assert handle(event, s3) == {"BestTrainingJob": None, "Counts": {"Completed": 0, "Failed": 2}}


def test_what_a_failed_execution_has_given_does_not_count() -> None:
    item = {"index": 0, "name": "job-0", "metric": 1, "model": "s3://b/0"}
    s3, event = written({"FAILED": [[{**execution(item), "Status": "FAILED"}]]}, oracle.points(1))

    assert handle(event, s3) == {"BestTrainingJob": None, "Counts": {"Completed": 0, "Failed": 1}}


@pytest.mark.parametrize(
    "output", [None, 7, "{", "7", "[]", "null", '"text"', "[" * 100_000, "{}", '{"index": 0, "name": 7}']
)
def test_an_output_that_cannot_be_read_counts_as_failed(output: object, logs: Logs) -> None:
    good = {"index": 1, "name": "job-1", "metric": 0.5, "model": "s3://b/1"}
    s3, event = written(
        {
            "SUCCEEDED": [
                [{**execution({}), "Output": output}, {"Name": "no output"}, "text", execution(good)]
            ]
        },
        oracle.points(2),
    )

    found = handle(event, s3)

    assert found["Counts"] == {"Completed": 1, "Failed": 3}
    assert (
        found["BestTrainingJob"]
        == oracle.result([good], oracle.points(2), "auc", largest=True)["BestTrainingJob"]
    )
    counted = info(files=1, completed=1, failed=3)
    unreadable = warning(kind=type(output).__name__)
    # Named as it is: a map that names no job counts as failed, too, but could be read.
    readable = output in ("{}", '{"index": 0, "name": 7}')
    assert (
        told(logs, "an output cannot be read")
        == ([] if readable else unreadable) + warning(kind="NoneType") * 2
    )
    assert told(logs, "reduced") == counted


def test_an_output_may_be_there_as_it_is() -> None:
    item = {"index": 0, "name": "job-0", "metric": 0.5}
    s3, event = written({"SUCCEEDED": [[{"Output": item}]]}, oracle.points(1))

    assert handle(event, s3) == oracle.result([item], oracle.points(1), "auc", largest=True)


@pytest.mark.parametrize("index", [None, "0", 0.5, True, False])
def test_an_item_that_is_of_no_point_cannot_be_compared(index: object) -> None:
    good = {"index": 0, "name": "job-0", "metric": 0.5}
    s3, event = run_of([good, {"index": index, "name": "job-1", "metric": 1}], oracle.points(2))

    with pytest.raises(ResultsUnreadable, match=r"^the item of job-1 does not say of which point it is$"):
        handle(event, s3)


def test_an_item_without_a_metric_loses_whatever_its_point() -> None:
    s3, event = run_of([{"name": "job", "metric": None}], oracle.points(1))

    assert handle(event, s3) == {"BestTrainingJob": None, "Counts": {"Completed": 1, "Failed": 0}}


def test_a_whole_number_may_have_a_point() -> None:
    items = [{"index": 0, "name": "job-0", "metric": 0.5}, {"index": 1.0, "name": "job-1", "metric": 0.75}]
    s3, event = run_of(items, oracle.points(2))

    best = handle(event, s3)["BestTrainingJob"]

    assert (
        best
        == oracle.result([items[0], {**items[1], "index": 1}], oracle.points(2), "auc", largest=True)[
            "BestTrainingJob"
        ]
    )
    assert isinstance(best, dict)
    assert repr(best["Index"]) == "1"


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchBucket", "AccessDenied", "404"])
@pytest.mark.parametrize("lost", [f"{FOLDER}/manifest.json", f"{FOLDER}/SUCCEEDED_0.json", "points.json"])
def test_a_file_that_is_not_there_is_said_in_words(lost: str, code: str) -> None:
    s3, event = run_of([{"index": 0, "name": "job", "metric": 1}], {"Bucket": BUCKET, "Key": "points.json"})
    s3.put("points.json", oracle.points(1))
    s3.refusal = code
    del s3.objects[lost]

    with pytest.raises(ResultsUnreadable, match=f"^{lost} in results cannot be read: {code}$"):
        handle(event, s3)


def test_trouble_that_passes_is_left_to_the_retry() -> None:
    s3, event = run_of([], [])
    s3.objects.clear()
    s3.refusal = "SlowDown"

    with pytest.raises(ClientError, match="SlowDown"):
        handle(event, s3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff",
        b'{"DestinationBucket": "b"}',
        b'{"ResultFiles": {}}',
        b'{"DestinationBucket": "b", "ResultFiles": []}',
        b'{"DestinationBucket": "b", "ResultFiles": {"SUCCEEDED": [{"Size": 7}]}}',
        b'{"DestinationBucket": "b", "ResultFiles": {"SUCCEEDED": 7}}',
    ],
)
def test_a_manifest_that_is_none_is_said_in_words(body: bytes) -> None:
    s3, event = run_of([], [])
    s3.put(f"{FOLDER}/manifest.json", body)

    with pytest.raises(ResultsUnreadable, match=f"^{FOLDER}/manifest.json is no manifest of a Map run: "):
        handle(event, s3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{}",
        b"[",
        b"[{}",
        b"[{},",
        b"[{} {}]",
        b"[,]",
        b"[{},]",
        b'["\xff"]',
        b"[" * 100_000,
    ],
)
def test_a_result_file_that_is_none_is_said_in_words(body: bytes) -> None:
    s3, event = run_of([{"index": 0, "name": "job", "metric": 1}], oracle.points(1))
    s3.put(f"{FOLDER}/SUCCEEDED_0.json", body)

    with pytest.raises(ResultsUnreadable, match=f"^{FOLDER}/SUCCEEDED_0.json is no JSON array: "):
        handle(event, s3)


@pytest.mark.parametrize("points", [[], [{"index": 1, "hyperparameters": {}}], ["text"]])
def test_points_without_the_best_one_are_said_in_words(points: list[Any]) -> None:
    s3, event = run_of([{"index": 0, "name": "job", "metric": 1}], points)

    with pytest.raises(
        ResultsUnreadable, match=r"^the points do not have number 0, which is that of the best job$"
    ):
        handle(event, s3)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
    max_leaves=10,
)


@given(st.lists(JSON), st.integers(1, 7), st.sampled_from([None, 1]), st.booleans())
def test_an_array_is_read_however_it_is_cut(
    values: list[Any], size: int, indent: int | None, ascii_only: bool
) -> None:
    text = (json.dumps(values, indent=indent, ensure_ascii=ascii_only) + "\n").encode()

    assert list(entries(text[at : at + size] for at in range(0, len(text), size))) == values


def test_an_entry_that_never_ends_is_not_waited_for() -> None:
    def endless() -> Iterator[bytes]:
        yield b'["'
        while True:
            yield b"x" * PIECE

    with pytest.raises(ValueError, match=r"^an entry is too long, or broken$"):
        list(entries(endless()))


def test_ten_thousand_points_need_the_memory_of_a_few() -> None:
    padding = "x" * 2000
    items = [{"index": n, "name": f"job-{n}", "metric": n % 97, "padding": padding} for n in range(10_000)]
    s3, event = written(
        {"SUCCEEDED": [[execution(item) for item in items[at : at + 5000]] for at in (0, 5000)]},
        {"Bucket": BUCKET, "Key": "points.json"},
    )
    s3.put("points.json", oracle.points(10_000))
    copied = len(s3.objects[f"{FOLDER}/SUCCEEDED_0.json"])  # io.BytesIO of the fake shares it
    del items
    tracemalloc.start()

    found = handle(event, s3)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found["BestTrainingJob"] is not None
    assert found["BestTrainingJob"]["Index"] == 96  # type: ignore[index]
    assert s3.largest_read == PIECE
    assert peak < 4 * 1024 * 1024 < copied / 2


def test_lambda_makes_its_client_when_it_is_first_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"})
    reducer.s3_of_lambda.cache_clear()
    assert reducer.s3_of_lambda().meta.service_model.service_name == "s3"
    reducer.s3_of_lambda.cache_clear()
    s3, event = run_of([], [])
    monkeypatch.setattr(reducer, "s3_of_lambda", lambda: s3)

    assert reducer.handler(event, None) == {"BestTrainingJob": None, "Counts": {"Completed": 0, "Failed": 0}}
