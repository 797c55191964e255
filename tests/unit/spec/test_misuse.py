"""Whatever is passed instead of what is meant: the argument is named, and no error comes from inside."""

from __future__ import annotations

import datetime
import inspect
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import numpy as np
import pytest

from constructs_lib.errors import SpecError
from constructs_lib.spec import (
    Algorithm,
    Channel,
    Checkpoint,
    FrameworkImage,
    InstanceGroup,
    MetricDefinition,
    Output,
    QualityGate,
    SourceFolder,
    SpotTraining,
    TrainingJobSpec,
    shapes,
)

from .conftest import FakeBucket, MakeSpec

BUCKET = FakeBucket("b")
HUGE = 10**5000
LEAST: dict[str, Any] = {"algorithm": Algorithm.from_image_uri("i:1"), "instance_type": "ml.m5.xlarge"}
CALLS: list[tuple[Callable[..., object], dict[str, Any]]] = [
    (TrainingJobSpec, LEAST),
    (Algorithm.from_image_uri, {"uri": "i:1"}),
    (Algorithm.from_algorithm_arn, {"arn": "arn"}),
    (Algorithm.from_deep_learning_container, {"framework": "pytorch", "version": "2.8.0"}),
    (Algorithm.built_in, {"name": "kmeans"}),
    (FrameworkImage, {"framework": "sklearn", "version": "1.2-1"}),
    (Channel, {"name": "c", "s3_uri": "s3://b"}),
    (Channel.from_bucket, {"name": "c", "bucket": BUCKET}),
    (Channel.from_manifest, {"name": "c", "manifest": BUCKET, "key": "k"}),
    (Channel.from_augmented_manifest, {"name": "c", "manifest": "s3://b/k", "attribute_names": ["a"]}),
    (Channel.from_efs, {"name": "c", "file_system": "fs-1"}),
    (Channel.from_fsx_lustre, {"name": "c", "file_system": "fs-1", "directory_path": "/m"}),
    (Channel.from_dataset, {"name": "c", "dataset_arn": "arn"}),
    (Output, {}),
    (SpotTraining, {}),
    (Checkpoint, {}),
    (MetricDefinition, {"name": "m", "regex": "r"}),
    (InstanceGroup, {"name": "g", "instance_type": "t", "instance_count": 1}),
    (QualityGate, {"metric": "m", "at_least": 1}),
    (TrainingJobSpec(**LEAST).with_tag, {"key": "k", "value": "v"}),
    (TrainingJobSpec(**LEAST).with_hyperparameters, {}),
    (TrainingJobSpec(**LEAST).with_environment, {}),
    *((getattr(shapes, name).from_request, {}) for name in shapes.__all__),
]


def values() -> Iterator[object]:
    """Values of many types, most of them wrong for any one argument."""
    within_itself: list[object] = []
    within_itself.append(within_itself)
    yield from (None, True, 0, -1, HUGE, -HUGE, 1.5, math.nan, math.inf, Decimal(1), 1j)
    yield from ("", "x", "\ud800", "\0", "s3://", "{% $x %}", "{{resolve:ssm:x}}", "{{resolve", b"x")
    yield from ((), [], {}, {1: 2}, {"a": None}, {"a": HUGE}, [None], [[]], [{}], {"a"}, within_itself)
    yield from (iter(()), range(3), object(), int, len, Path("nope"), Ellipsis, memoryview(b"x"))
    yield from (np.array([1, 2]), np.array(["a", "b"]), np.int64(1), np.float32(1), np.str_("x"))
    yield from (datetime.timedelta(0), datetime.timedelta.max, datetime.timedelta.min)
    yield from (datetime.timedelta(microseconds=1), datetime.datetime(2026, 1, 1))
    yield from (
        Output(),
        [Output()],
        shapes.Tag(key="k", value="v"),
        [shapes.Tag(key="k", value="v")],
        Output,
    )
    yield from (cdk.Duration.millis(1500), cdk.Size.gibibytes(1), cdk.RemovalPolicy.DESTROY)
    yield from (cdk.Token.as_any({"a": 1}), cdk.Token.as_list({"a": 1}), cdk.Token.as_number({"a": 1}))


@pytest.mark.parametrize(
    ("call", "base"), CALLS, ids=[f"{call.__module__}.{call.__qualname__}" for call, _ in CALLS]
)
def test_a_wrong_value_is_refused_or_can_be_rendered(
    call: Callable[..., object], base: dict[str, Any]
) -> None:
    names = [
        name
        for name, parameter in inspect.signature(call).parameters.items()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    ]
    assert names
    for name in names:
        for value in values():
            try:
                made = call(**{**base, name: value})
            except SpecError:
                continue
            hash(made)
            if isinstance(made, TrainingJobSpec):
                made.to_request()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda make: make(instance_preferences=np.array([1, 2])),
            "instance_preferences[0]: must be an InstancePreference, got int64; "
            "make it with InstancePreference",
        ),
        (
            lambda make: make(instance_count=cdk.Token.as_list({"Ref": "X"})),
            "instance_count: must be an int, got list; pass a whole number or a token",
        ),
        (
            lambda make: make(instance_count=-HUGE),
            "instance_count: must be 1 or more, got a number of 16610 bits; pass a number in that range",
        ),
        (
            lambda make: make(hyperparameters={"a": [HUGE]}),
            "hyperparameters['a']: is a number with too many digits; pass it as text",
        ),
        (
            lambda make: make(environment={"a" * 300: 1}),
            f"environment[{'a' * 80!r}...]: must be a str, got int; write the value as text",
        ),
        (
            lambda make: make().with_tag(["k"], "v"),
            "tags: keys must be str, got list; write every key as text",
        ),
        (
            lambda make: Channel.from_bucket("c", BUCKET, np.array(["a", "b"])),  # type: ignore[arg-type]
            "channel 'c'.prefix: must be a str, got ndarray; pass text or a token",
        ),
        (
            lambda make: Channel.from_manifest("c", BUCKET, 3),  # type: ignore[arg-type]
            "channel 'c'.key: must be a str, got int; pass text or a token",
        ),
        (
            lambda make: Channel.from_manifest("c", "lists/today.json"),
            "channel 'c'.manifest: must have the form s3://bucket/prefix, got 'lists/today.json'; "
            "write the whole uri",
        ),
        (
            lambda make: Output(bucket=BUCKET, prefix="https://b/k?X-Amz-Signature=abc"),
            "output.prefix: must be a key prefix without a leading slash, got 'https://b/k'...; "
            "drop the bucket part",
        ),
        (
            lambda make: Algorithm.from_script("", entry_point="train.py", image_uri="i:1"),
            "path: must not be empty; write . for the working directory",
        ),
        (
            lambda make: SourceFolder(".", cdk.Token.as_any("x")),  # type: ignore[arg-type]
            "entry_point: must be a str, got Intrinsic; write the script's name within the folder",
        ),
        (
            lambda make: QualityGate("m", at_least=10**400),
            "quality_gate.at_least: must be a finite number, got a number of 1329 bits; "
            "pass a bound that a metric can be compared with",
        ),
        (
            lambda make: FrameworkImage("sklearn", "1.2-1", processor="tpu"),
            "processor: must be cpu or gpu, got 'tpu'; leave it out",
        ),
        (
            lambda make: FrameworkImage("sklearn", "1.2-1", group="{% $x %}"),  # type: ignore[arg-type]
            "group: must be one of frameworks, containers, algorithms, got '{% $x %}'; "
            "leave it out for frameworks",
        ),
    ],
)
def test_the_argument_is_named_and_values_are_cut_short(
    make: MakeSpec, build: Callable[[MakeSpec], object], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        build(make)
    assert str(caught.value) == message


def test_a_name_of_an_algorithm_that_is_no_text_is_refused() -> None:
    with pytest.raises(SpecError, match=r"^name: must be one of .*, got list; use one of these"):
        Algorithm.built_in(["kmeans"])  # type: ignore[arg-type]


def test_the_longest_duration_is_taken(make: MakeSpec) -> None:
    longest = datetime.timedelta.max - datetime.timedelta(microseconds=999999)
    assert make(max_runtime=longest).max_runtime == longest
    with pytest.raises(SpecError, match=r"^max_runtime: must be a whole number of seconds; "):
        make(max_runtime=datetime.timedelta.max)


def test_an_option_of_an_image_within_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    within_itself: dict[str, object] = {}
    within_itself["a"] = within_itself
    with pytest.raises(SpecError, match=r"^build_args: nests deeper than 32 levels, or holds itself"):
        Algorithm.from_image_asset(tmp_path, build_args=within_itself)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("", '[""]'),
        ("a b", '["a b"]'),
        ("\n", '["\\n"]'),
        ("\ud800", '["\\ud800"]'),
        ("x" * 5000, f'["{"x" * 80}..."]'),
        ("https://b/k?X-Amz-Signature=abc", '["https://b/k..."]'),
    ],
)
def test_an_odd_member_is_named_in_one_short_line(key: str, path: str) -> None:
    with pytest.raises(SpecError) as caught:
        TrainingJobSpec.from_request({key: 1})
    assert caught.value.path == path
    with pytest.raises(SpecError) as caught:
        TrainingJobSpec.from_request({"Environment": {key: 1}})
    assert caught.value.path == f"Environment{path}"
