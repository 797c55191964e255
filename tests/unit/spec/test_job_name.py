from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.errors import SpecError
from constructs_lib.spec.job_name import MAX_PREFIX, JobName

LEGAL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?")
ALLOWED = "1 to 30 characters a-z, 0-9 and - (not at an end)"


@given(st.from_regex(LEGAL, fullmatch=True))
def test_every_legal_prefix_is_taken(prefix: str) -> None:
    assert JobName.unique(prefix) == JobName(prefix)
    assert JobName.unique(prefix).prefix == prefix


def test_without_a_prefix_the_task_makes_one() -> None:
    assert JobName.unique().prefix is None


def test_the_longest_prefix_and_a_hash_fit_sagemaker() -> None:
    assert MAX_PREFIX + len("-") + 32 == 63
    assert JobName.unique("a" * 30).prefix == "a" * 30


@given(st.text(max_size=40))
def test_nothing_else_is_taken(prefix: str) -> None:
    if not LEGAL.fullmatch(prefix):
        with pytest.raises(SpecError, match=r"job_name\.prefix: "):
            JobName.unique(prefix)


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("", f"must be {ALLOWED}, got ''; shorten or rename it"),
        ("Churn", f"must be {ALLOWED}, got 'Churn'; shorten or rename it"),
        ("churn-", f"must be {ALLOWED}, got 'churn-'; shorten or rename it"),
        ("churn\n", f"must be {ALLOWED}, got 'churn\\n'; shorten or rename it"),
        ("a" * 31, f"must be {ALLOWED}, got '{'a' * 31}' of 31 characters; shorten or rename it"),
        (7, "must be a str, got int; write it as text"),
        (
            "{% $x %}",
            "is an expression, and permissions need to know it; "
            "give text that is known at synth, or a whole job name instead of JobName.unique",
        ),
        (
            f"a-{cdk.Aws.REGION}",
            "is a token, and permissions need to know it; "
            "give text that is known at synth, or a whole job name instead of JobName.unique",
        ),
        (
            "{{resolve:ssm:name}}",
            "is a reference, and permissions need to know it; "
            "give text that is known at synth, or a whole job name instead of JobName.unique",
        ),
    ],
)
def test_what_is_wrong_is_said(prefix: Any, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        JobName.unique(prefix)
    assert str(caught.value) == f"job_name.prefix: {words}"
    with pytest.raises(SpecError):
        JobName(prefix)
