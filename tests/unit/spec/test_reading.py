"""Whatever a request holds: it is read and rendered again, or refused with the documented error."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.errors import SpecError
from constructs_lib.spec import UNBOUND, Algorithm, TrainingJobSpec
from constructs_lib.spec.algorithm_rendering import MEMBERS as ALGORITHM_MEMBERS
from constructs_lib.spec.algorithm_rendering import algorithm_from_request, render_algorithm
from constructs_lib.spec.channel_rendering import (
    FILE_SYSTEM_MEMBERS,
    MEMBERS,
    S3_MEMBERS,
    SOURCES,
    channel_from_request,
    render_channel,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.sampled_from(["File", "Pipe", "None", "Gzip", "ro", "rw", "EFS", "S3Prefix", "s3://b/k", "", "x"])
LEAF = WORDS | st.booleans() | st.integers() | st.lists(WORDS, max_size=2) | JSON


def some(members: tuple[str, ...], values: st.SearchStrategy[Any] = LEAF) -> st.SearchStrategy[Any]:
    """A structure with any of these members, often plausible and seldom right."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(members, values))


SOURCE = st.fixed_dictionaries(
    {},
    optional={
        SOURCES[0]: some(S3_MEMBERS) | LEAF,
        SOURCES[1]: some(FILE_SYSTEM_MEMBERS) | LEAF,
        SOURCES[2]: some(("DatasetArn",)) | LEAF,
    },
)
CHANNEL = st.builds(lambda entry, source: {**entry, "DataSource": source}, some(MEMBERS), SOURCE)
NAMED = st.builds(lambda entry: {**entry, "ChannelName": "train"}, CHANNEL)
PLAIN = st.just({"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/k"}})
RIGHT_PLACE = st.builds(lambda entry, source: {**entry, "DataSource": source}, NAMED, PLAIN)


@settings(max_examples=400, deadline=None)
@given(JSON | CHANNEL | NAMED | RIGHT_PLACE)
def test_a_channel_is_read_and_rendered_again_or_refused(entry: Any) -> None:
    with contextlib.suppress(SpecError):
        assert render_channel(channel_from_request(entry), UNBOUND) == entry


RUNNING = st.builds(lambda member: {**member, "TrainingInputMode": "File"}, some(ALGORITHM_MEMBERS))


@settings(max_examples=400, deadline=None)
@given(JSON | some(ALGORITHM_MEMBERS) | RUNNING)
def test_an_algorithm_is_read_and_rendered_again_or_refused(member: Any) -> None:
    with contextlib.suppress(SpecError):
        algorithm = algorithm_from_request(member)
        said = {name: value for name, value in member.items() if name != "MetricDefinitions"}
        assert render_algorithm(_spec(algorithm), UNBOUND) == said


def _spec(algorithm: Algorithm) -> TrainingJobSpec:
    return TrainingJobSpec(algorithm=algorithm, instance_type="ml.m5.xlarge")
