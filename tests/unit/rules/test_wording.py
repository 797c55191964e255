"""How values are shown: short, and never a secret."""

from __future__ import annotations

import pytest

from constructs_lib.rules.paths import render
from constructs_lib.rules.wording import holds_secret, listed, shown

KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    "value",
    [
        f"s3://bucket/{KEY_ID}",
        "-----BEGIN RSA PRIVATE KEY-----",
        "https://bucket/x?X-Amz-Signature=abc",
        "https://AWS:password@registry.example.com/a:1",
        "user:password@registry/a:1",
        "s3://key:password@bucket",
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
        "https://bucket/x?x-amz-signature=abc",
        "https://bucket/x?X-Amz-Security-Token=abc",
        "https://bucket/x?AWSAccessKeyId=x&Signature=abc&Expires=1",
        "https://d1.cloudfront.net/x?Signature=abc",
        "a" * 100 + "?X-Amz-Credential=x",
    ],
)
def test_what_may_be_a_secret_is_described(value: str) -> None:
    assert shown(value) == "a text that holds a credential"


@pytest.mark.parametrize("key", [f"x {KEY_ID}", KEY_ID, "https://b/k?X-Amz-Signature=abc", "u:p@host"])
def test_a_key_that_may_be_a_secret_is_not_in_a_path(key: str) -> None:
    assert render(("HyperParameters", key)) == 'HyperParameters["(a credential, not shown)"]'


@pytest.mark.parametrize("text", [":" * 1_000_000, "a:" * 500_000, "://a:" * 200_000, "AKIA" * 250_000])
def test_the_look_for_secrets_takes_long_text(text: str) -> None:
    assert not holds_secret(text)  # a search that went back and forth would take hours


@pytest.mark.parametrize("value", ["registry/a:1@sha256:00", "a:1@sha256:00", "s3://bucket/a@b", "a b"])
def test_other_text_is_shown(value: str) -> None:
    assert shown(value) == repr(value)


def test_long_text_is_cut_and_other_values_are_named() -> None:
    assert shown("a" * 100) == repr("a" * 80) + "... (100 characters)"
    assert (shown(3), shown(True), shown([1])) == ("3", "True", "a list")


def test_many_values_are_counted() -> None:
    assert listed(["a", "b", "a"]) == "'a', 'b'"
    assert listed(map(str, range(14))).endswith("'11' and 2 more")
