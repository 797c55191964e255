"""Rules that are not run would have found nothing; harmless values are valid and known."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.rules import engine
from constructs_lib.rules.catalogue import RULES
from constructs_lib.rules.harmless import HARMLESS, QUICK
from constructs_lib.rules.job import Job
from constructs_lib.rules.model_reports import Run
from constructs_lib.rules.values import UNKNOWN, Undecided
from constructs_lib.rules.wording import holds_credential
from constructs_lib.service_model.create_training_job import SHAPES
from constructs_lib.spec.text import is_unknown
from tests.unit.rules.cases import CASES
from tests.unit.rules.generated import fullest, mutations, requests
from tests.unit.rules.requests import merged

# The others are about a member that is there: they are run whenever it is.
WATCHFUL = [rule for rule in RULES if rule.doubts or rule.when_missing]
PLACE = {"region": "eu-west-1", "account": "999999999999"}


def missed(request: Any) -> set[str]:
    """The rules that would find something, and are not run."""
    run = Run()
    known: Any = engine._checker()(request, None, None, run)
    if known is UNKNOWN:
        return set()
    noted = engine._rules(run.rules, True)
    found = set()
    for rule in WATCHFUL:
        try:
            if rule not in noted and list(rule.check(Job(known, PLACE["region"], PLACE["account"], request))):
                found.add(rule.id)
        except (Undecided, KeyError):  # it looks for the member whose presence starts it
            continue
    return found


@pytest.mark.parametrize("rule", sorted(CASES))
def test_no_rule_is_skipped_that_would_find_something_in_the_cases(rule: str) -> None:
    assert [missed(merged(fragment)) for fragment in CASES[rule]] == [set(), set()]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(requests())
def test_no_rule_is_skipped_that_would_find_something_in_a_generated_request(request: dict[str, Any]) -> None:
    assert missed(request) == set()


def test_no_rule_is_skipped_that_would_find_something_in_a_broken_request() -> None:
    for mutation in list(mutations(fullest()))[::7]:
        assert missed(mutation.request) == set(), mutation.path


def test_a_rule_that_is_skipped_wrongly_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_rules", lambda bits, place: ())
    assert missed(merged(CASES["image-tag-mutable"][1])) >= {"image-tag-mutable"}


TEXTS = [name for name, harmless in (HARMLESS | QUICK).items() if isinstance(harmless, str)]


@pytest.mark.parametrize("name", TEXTS)
@given(data=st.data())
def test_harmless_text_is_valid_known_and_no_secret(name: str, data: st.DataObject) -> None:
    shape, harmless = SHAPES[name], str((HARMLESS | QUICK)[name])
    text = data.draw(st.from_regex(harmless, fullmatch=True))
    assert re.fullmatch(shape["pattern"], text)
    assert shape["min"] <= len(text) <= shape["max"]
    assert not is_unknown(text)
    assert "{{resolve:" not in text
    if name.startswith(("HyperParameter", "TrainingEnvironment")):
        assert not holds_credential(text)


def test_other_harmless_values_are_valid() -> None:
    for name, harmless in HARMLESS.items():
        if isinstance(harmless, frozenset):
            assert harmless < set(SHAPES[name]["enum"])
        elif isinstance(harmless, tuple):
            assert SHAPES[name].get("min", 0) <= harmless[0] <= harmless[1]
            assert harmless[1] <= SHAPES[name].get("max", 2**31)
    assert {name for rule in RULES for name in rule.doubts} == set(HARMLESS)
