"""Rules about tags."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib import Finding, validate_request
from tests.unit.rules.requests import merged

TOKEN = "${Token[TOKEN.123]}"
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "tag-key-aws-prefix": (
        {"Tags": [{"Key": "team", "Value": "aws:ml"}]},
        {"Tags": [{"Key": "aws:team", "Value": "ml"}]},
    ),
    "tag-key-unique": (
        {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]},
        {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
    ),
}


def found(rule: str, *keys: Any) -> list[Finding]:
    tags = [key if key == TOKEN else {"Key": key, "Value": "x"} for key in keys]
    return [finding for finding in validate_request(merged({"Tags": tags})) if finding.rule == rule]


@pytest.mark.parametrize("key", ["aws:", "aws:x", "AWS:x", "aWs:cloudformation:stack-name"])
def test_the_prefix_is_reserved_in_any_case(key: str) -> None:
    # when
    (finding,) = found("tag-key-aws-prefix", TOKEN, "fine", key)

    # then
    assert (finding.severity, finding.path) == ("error", "Tags[2].Key")
    assert finding.message == (
        f"must not start with aws: (in any case), got {key!r}: the prefix is reserved for AWS"
    )


@pytest.mark.parametrize("key", ["aws", "awsx:y", "my-aws:x", " aws:x", f"aws:{TOKEN}"])
def test_other_keys_are_free(key: str) -> None:
    assert found("tag-key-aws-prefix", key) == []


def test_each_repetition_is_found_beside_unknown_tags() -> None:
    # when
    findings = found("tag-key-unique", "a", TOKEN, "b", "a", f"{TOKEN}x", f"{TOKEN}x", "a")

    # then
    assert [(finding.severity, finding.path) for finding in findings] == [
        ("error", "Tags[3].Key"),
        ("error", "Tags[6].Key"),
    ]
    assert findings[0].message == "must be unique, got 'a' here and in Tags[0]"


def test_a_list_of_tags_that_is_not_known_is_not_judged() -> None:
    assert validate_request(merged({"Tags": ["#{Token[TOKEN.1]}"]})) == validate_request(merged({}))
