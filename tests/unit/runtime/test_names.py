"""Job names: legal for every prefix, and readable again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.runtime.content import content_block
from constructs_lib.runtime.names import MAX_ATTEMPTS, JobName, parse_job_name

from .model import OWNER

LEGAL = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
PREFIXES = st.from_regex(rf"\A{LEGAL}\Z").filter(lambda text: len(text) <= 63)
OWNERS = st.from_regex(r"\A[0-9a-f]{8}[0-9a-z]{6}\Z")
BLOCKS = st.from_regex(r"\Aa[0-9a-f]{11}\Z")
ATTEMPTS = st.integers(1, MAX_ATTEMPTS)


@given(PREFIXES, OWNERS, BLOCKS, ATTEMPTS)
@pytest.mark.fault(57)
def test_every_name_is_legal_and_parse_is_its_inverse(
    prefix: str, owner: str, block: str, attempt: int
) -> None:
    name = JobName(prefix, owner, block, attempt)

    text = str(name)
    parsed = parse_job_name(text, owner)

    assert len(text) <= 63
    assert re.fullmatch(LEGAL, text)
    assert parsed is not None
    assert (parsed.owner, parsed.block, parsed.attempt) == (owner, block, attempt)
    assert str(parsed) == text
    assert prefix.startswith(parsed.prefix)


def test_a_long_prefix_is_cut_and_the_rest_is_kept() -> None:
    name = str(JobName("p" * 63, OWNER, "a0123456789b", 1))

    assert name == "p" * 33 + f"-{OWNER}-a0123456789b-1"
    assert len(name) == 63


def test_a_prefix_is_not_cut_to_end_in_a_hyphen() -> None:
    name = str(JobName("p" * 30 + "---" + "q" * 20, OWNER, "a0123456789b", 1))

    assert name == "p" * 30 + f"-{OWNER}-a0123456789b-1"


def test_attempts_and_contents_give_different_names_under_a_long_prefix() -> None:
    name = JobName("p" * 63, OWNER, "a0123456789b", 1)
    other = JobName("p" * 63, OWNER, "a0123456789c", 1)

    assert len({str(one.at(n)) for one in (name, other) for n in range(1, MAX_ATTEMPTS + 1)}) == 40


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "models-Churn-INVENTED12AB",
        "churn-someoneelse00-a0123456789b-1",
        f"churn-{OWNER}-a0123456789b",
        f"churn-{OWNER}-a0123-1",
        f"{OWNER}-a0123456789b-1",
        f"churn-{OWNER}-a0123456789b-x",
        f"churn-{OWNER}-a0123456789b-1\n",
    ],
)
def test_any_other_text_is_nobodys_name(text: str | None) -> None:
    assert parse_job_name(text, OWNER) is None


def test_a_prefix_may_look_like_a_tail() -> None:
    prefix = f"x-{OWNER}-a0123456789b-1"

    parsed = parse_job_name(str(JobName(prefix[:20], OWNER, "ac0ffee00000", 2)), OWNER)

    assert parsed is not None
    assert (parsed.block, parsed.attempt) == ("ac0ffee00000", 2)


def test_a_content_block_fits_the_name() -> None:
    block = content_block({"RoleArn": "r"}, {})

    assert parse_job_name(str(JobName("p", OWNER, block, 1)), OWNER) == JobName("p", OWNER, block, 1)
