"""The invariants, with the process killed before and after every call to the outside.

1. At most one live job for one content. 2. No job runs after Delete succeeded. 3. One effective answer.
4. An answer in time. 5. No secret in a log line or in execution data. ``interleaving`` looks after each step;
the end and the number of trainings are here those of the same history without the kill.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from .model.universe import Death, Mishap, Universe
from .scenarios import DELETE, DELETED, SCENARIOS, Scenario

# Before and after each call: fewer means that scenarios, or calls, have got lost.
LEAST_POINTS = 2_300
# The front has three tries, the state machine calls the worker six times: then the other one answers.
TRIES = {False: 3, True: 6}


def status(universe: Universe) -> str:
    return next(iter(universe.account.stacks.statuses.values()))


def clean(scenario: Scenario) -> list[tuple[str, bool]]:
    """The calls of a life without a mishap, which ends as it should."""
    universe = scenario.history.live()
    assert status(universe) == scenario.status
    assert len(universe.account.sagemaker.created) == scenario.trainings
    return universe.calls


@pytest.mark.fault(2)
@pytest.mark.fault(3)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_at_any_call_changes_nothing(name: str, after: bool) -> None:
    scenario = SCENARIOS[name]
    for at, (operation, _) in enumerate(clean(scenario)):
        where = f"{name}: {'after' if after else 'before'} call {at}, {operation}"
        try:
            universe = replace(scenario.history, mishaps=[Mishap(at, "die", after=after)]).live()
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}") from error

        assert status(universe) == scenario.status, where
        assert len(universe.account.sagemaker.created) == scenario.trainings, where
        assert not universe.lost, where


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_function_that_dies_from_some_call_on_is_answered_for(name: str) -> None:
    scenario = SCENARIOS[name]
    whole = replace(scenario.history, operations=[*scenario.history.operations, DELETE])
    for at, (operation, polling) in enumerate(clean(scenario)):
        where = f"{name}: from call {at}, {operation}, {'a poll' if polling else 'an event'}"
        try:
            universe = replace(whole, death=Death(at, operation, polling, TRIES[polling])).live()
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}") from error

        assert status(universe) in (DELETED, "ROLLBACK_COMPLETE"), where
        assert not universe.lost, where
        assert universe.account.sagemaker.running() == [], where


def test_every_call_was_a_point_to_crash_at(capsys: pytest.CaptureFixture[str]) -> None:
    points = sum(2 * len(clean(scenario)) for scenario in SCENARIOS.values())

    with capsys.disabled():
        print(f"\n{points} points to crash at, in {len(SCENARIOS)} scenarios")
    assert points >= LEAST_POINTS
