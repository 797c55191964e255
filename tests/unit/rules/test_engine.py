"""The engine: order, unknown values, words that keep secrets, and values that are no requests at all."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib import Finding, SpecError, validate_request
from constructs_lib.rules.engine import check_request
from constructs_lib.rules.values import UNKNOWN
from tests.unit.rules.generated import fullest
from tests.unit.rules.requests import BASE, merged

FUZZ = int(os.environ.get("FUZZ_EXAMPLES", "300"))
KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"


def errors(request: Any) -> list[tuple[str, str]]:
    return [(found.rule, found.path) for found in validate_request(request) if found.severity == "error"]


def test_findings_come_all_at_once_in_the_order_of_the_request() -> None:
    request = merged({"Environment": {"1X": "a"}, "ResourceConfig": {"InstanceCount": "1", "Bogus": 1}})
    request = {"Tags": [{"Key": "k"}], **request}
    assert errors(request) == [
        ("model:required", "Tags[0].Value"),
        ("model:type", "ResourceConfig.InstanceCount"),
        ("model:unknown-field", "ResourceConfig.Bogus"),
        ("model:pattern", 'Environment["1X"]'),
    ]


def test_a_finding_says_got_allowed_fix_and_source() -> None:
    [found] = [
        f
        for f in validate_request(merged({"OutputDataConfig": {"CompressionType": "gzip"}}))
        if "enum" in f.rule
    ]
    assert found == Finding(
        rule="model:enum",
        severity="error",
        path="OutputDataConfig.CompressionType",
        message="must be one of GZIP, NONE, got 'gzip'",
        fix="did you mean GZIP?",
        source="the service model of botocore 1.44.5",
    )


def test_a_number_out_of_the_wires_range_is_told_the_range() -> None:
    [found] = [
        f
        for f in validate_request(merged({"ResourceConfig": {"VolumeSizeInGB": 2**31}}))
        if "range" in f.rule
    ]
    assert found.message == "must be 0 to 2147483647, got 2147483648"


def test_an_instance_type_that_is_newer_than_the_model_is_a_warning() -> None:
    found = validate_request(merged({"ResourceConfig": {"InstanceType": "ml.m9g.2xlarge"}}))
    assert [(f.severity, f.path) for f in found if f.rule == "model:enum"] == [
        ("warning", "ResourceConfig.InstanceType")
    ]
    assert [f for f in found if f.severity == "error"] == []


@pytest.mark.parametrize("name", ["m5.large", "ML.M5.LARGE", "ml.m5", "ml.m5.large ", "ml.m5.xlrage", ""])
def test_what_is_no_instance_type_is_an_error(name: str) -> None:
    assert ("model:enum", "ResourceConfig.InstanceType") in errors(
        merged({"ResourceConfig": {"InstanceType": name}})
    )


UNKNOWN_TEXTS = [
    "${Token[TOKEN.12]}",
    "s3://bucket/${Token[Job.Name.3]}/x",
    "{% $states.input.value %}",
    "{{resolve:ssm:/a/parameter}}",
    "-1.8881545897087503e+289",
]
UNKNOWNS = [*UNKNOWN_TEXTS, -1.8881545897087503e289, ["#{Token[TOKEN.3]}"], UNKNOWN]


@pytest.mark.parametrize("unknown", UNKNOWNS, ids=repr)
def test_unknown_values_pass_at_every_member(unknown: object) -> None:
    request = fullest()
    before = set(errors(request))
    for member in request:
        assert set(errors({**request, member: unknown})) <= before, member
        if isinstance(request[member], dict) and member not in ("HyperParameters", "Environment"):
            for inner in request[member]:
                changed = {**request, member: {**request[member], inner: unknown}}
                assert set(errors(changed)) <= before, (member, inner)


def test_unknown_values_pass_as_keys_and_items() -> None:
    token = UNKNOWN_TEXTS[0]
    request = merged(
        {
            "HyperParameters": {token: "1", "a": token},
            "Tags": [{"Key": token, "Value": "x"}, token],
            "VpcConfig": {"SecurityGroupIds": ["#{Token[TOKEN.4]}"], "Subnets": [token, token]},
            "InputDataConfig": [UNKNOWN, {"ChannelName": token, "DataSource": token}],
        }
    )
    assert errors(request) == []


@pytest.mark.parametrize("member", ["HyperParameters", "Environment"])
@pytest.mark.parametrize("value", [f"x\n{KEY_ID}", f"x{KEY_ID}" * 300, 7, None, [KEY_ID], f"a {KEY_ID} b"])
def test_a_parameters_value_is_never_shown(member: str, value: object) -> None:
    found = validate_request({**BASE, member: {"name": value}})
    assert [f for f in found if f.severity == "error"]
    assert KEY_ID not in repr(found)


@pytest.mark.parametrize("member", ["HyperParameters", "Environment", "Bogus"])
def test_a_key_that_holds_a_credential_is_never_shown(member: str) -> None:
    found = validate_request({**BASE, member: {KEY_ID: "x", f"a-{KEY_ID}": None}})
    assert [f for f in found if f.severity == "error"]
    assert KEY_ID not in repr(found)
    assert KEY_ID not in repr(validate_request({**BASE, KEY_ID: 1}))


@pytest.mark.parametrize("value", [None, [], "text", 3, b"x", object(), [BASE], float("nan")])
def test_what_is_no_request_is_a_finding(value: Any) -> None:
    found = validate_request(value)
    assert len(found) == 1
    assert found[0].path == ""
    assert found[0].rule in ("model:type", "model:null")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A full request in which some values are anything at all."""
    request: Any = fullest()
    for _ in range(draw(st.integers(1, 4))):
        place = request
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and draw(st.booleans()):
                place = place[key]
                continue
            place[key] = draw(JSON)
            break
    return request


@settings(max_examples=FUZZ, deadline=None)
@given(JSON | spoiled())
def test_any_json_ends_in_findings(value: Any) -> None:
    for found in validate_request(value):
        assert isinstance(found, Finding)
        assert all(isinstance(text, str) and text for text in found._replace(path="-"))


@pytest.mark.parametrize("region", ["EU", "", "eu-west", "eu-west-1 ", 3, ["eu-west-1"]])
def test_what_is_no_region_is_refused_at_once(region: Any) -> None:
    with pytest.raises(
        SpecError, match=r"region: must be the name of a region, got .*; write it as AWS does"
    ):
        validate_request(BASE, region=region)


@pytest.mark.parametrize(
    "region", [None, "${Token[AWS.Region.4]}", "eu-west-1", "us-gov-west-1", "us-isob-east-1"]
)
def test_regions_and_tokens_are_taken(region: str | None) -> None:
    assert [found.rule for found in validate_request(BASE, region=region) if found.severity == "error"] == []


def test_an_instance_type_without_its_first_letters_is_told_so() -> None:
    [found] = [
        f
        for f in validate_request(merged({"ResourceConfig": {"InstanceType": "m5.large"}}))
        if f.rule == "model:enum"
    ]
    assert found.fix == "check the spelling: ml.m5.large, or a type that the service has by now"


def test_a_request_is_not_changed_by_being_checked() -> None:
    request, same = fullest(), fullest()
    validate_request(request)
    assert request == same


def test_other_mappings_and_sequences_are_taken() -> None:
    from types import MappingProxyType

    request = MappingProxyType({**BASE, "Tags": ({"Key": "a", "Value": "b"},)})
    assert errors(request) == []


def test_a_number_too_long_to_write_is_told_by_its_size() -> None:
    [found] = [
        f
        for f in validate_request(merged({"ResourceConfig": {"VolumeSizeInGB": 10**5000}}))
        if "range" in f.rule
    ]
    assert found.message == "must be 0 to 2147483647, got a number of 16610 bits"


def test_the_name_that_was_meant_is_looked_for_a_few_times_only() -> None:
    request = {**BASE, **{f"Tag{index}": 1 for index in range(200)}}
    hinted = [found for found in validate_request(request) if "did you mean" in found.fix]
    assert 0 < len(hinted) <= 50


SECRET = "{{resolve:secretsmanager:name}}"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("Tags", {"Fn::If": ["Wanted", [{"Key": "k", "Value": SECRET}], []]}),
        ("Tags", [{"Key": "k", "Valu": SECRET}]),
        ("AlgorithmSpecification", {"TrainingInputMode": "File", "ContainerArguments": SECRET}),
        (
            "AlgorithmSpecification",
            {"TrainingInputMode": "File", "ContainerArguments": {"Fn::If": ["W", [SECRET], []]}},
        ),
        ("HyperParameters", [SECRET]),
    ],
)
def test_a_secret_in_what_is_ill_formed_is_found_too(member: str, value: object) -> None:
    assert "secret-in-plain-parameter" in {found.rule for found in validate_request({**BASE, member: value})}


def test_a_stack_may_have_a_region_of_any_form() -> None:
    assert [found.rule for found in check_request(BASE, region="bermuda-triangle-1337")] == [
        "image-region-mismatch",
        "output-not-encrypted-with-cmk",
        "no-vpc-config",
    ]
