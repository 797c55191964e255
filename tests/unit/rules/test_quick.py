"""The quick look says yes only to text that the closer look lets pass."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.rules.harmless import HARMLESS
from constructs_lib.rules.quick import quick
from constructs_lib.service_model.create_training_job import SHAPES
from constructs_lib.spec.text import is_unknown
from tests.unit.rules.generated import values

TEXTS = sorted(name for name, shape in SHAPES.items() if shape["type"] == "string" and "enum" not in shape)
WATCHED = dict.fromkeys(HARMLESS, 1)


def is_right(name: str, text: str) -> bool:
    shape = SHAPES[name]
    fits = "pattern" not in shape or re.fullmatch(shape["pattern"], text) is not None
    return fits and shape.get("min", 0) <= len(text) <= shape.get("max", 10**9) and not is_unknown(text)


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_text_that_is_seen_quickly_is_right(name: str, data: st.DataObject) -> None:
    text = data.draw(values(name)) + data.draw(st.text(max_size=2) | st.just(""))
    repeated = text * data.draw(st.sampled_from([1, 1, 1, 40]))
    for watched in (WATCHED, {}):
        assert not quick(name, watched)(repeated) or is_right(name, repeated)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(
    "text",
    ["${Token[TOKEN.1]}", "a{% b %}", "{{resolve:ssm:a}}", "x-1.8881545897087503e+289", "a\nb", "a\u2028b"],
)
def test_tokens_and_line_ends_are_never_seen_quickly(name: str, text: str) -> None:
    assert not quick(name, WATCHED)(text)
    assert not quick(name, {})(text)


@pytest.mark.parametrize(
    "name", ["S3Uri", "TrainingJobName", "RoleArn", "ChannelName", "HyperParameterValue"]
)
def test_common_text_is_seen_quickly(name: str) -> None:
    common = {
        "S3Uri": "s3://my-bucket/data/train/",
        "TrainingJobName": "churn-2026-11-21",
        "RoleArn": "arn:aws:iam::123456789012:role/service-role/Training",
        "ChannelName": "train",
        "HyperParameterValue": "0.25",
    }
    assert quick(name, WATCHED)(common[name])


def test_what_is_no_text_is_never_seen_quickly() -> None:
    assert not quick("TrainingInstanceCount", {})("1")
    assert not quick("VpcConfig", {})("")


def test_harmless_values_of_an_enum_are_fewer_than_all() -> None:
    assert quick("S3DataType", {})("ManifestFile")
    assert not quick("S3DataType", WATCHED)("ManifestFile")
    assert quick("S3DataType", WATCHED)("S3Prefix")
