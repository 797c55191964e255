"""The end of workflows with the process killed before and after every call to the outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .model import CloudFormation, Died, Fault
from .workflows import ARN, AWAITING, NETWORK, ended, start, workflows

LEAST_POINTS = 300


def running(cfn: CloudFormation) -> None:
    for number in range(3):
        start(cfn, f"wf-{number}")


def mixed(cfn: CloudFormation) -> None:
    start(cfn, "theirs", "1f2e3d4cffffff")
    cfn.sagemaker.person_stops(start(cfn, "wf-0"))
    start(cfn, "wf-1")


def nothing(cfn: CloudFormation) -> None:
    start(cfn, "theirs", "1f2e3d4cffffff")


def network(cfn: CloudFormation) -> None:
    cfn.deployed = AWAITING
    start(cfn, "wf-0", VpcConfig=NETWORK)


def later(cfn: CloudFormation) -> None:
    """A job begins when the watch does."""
    start(cfn, "wf-0")

    def begin() -> None:
        start(cfn, "wf-1")

    cfn.tape.meanwhile["StartExecution"] = begin


SCENES: dict[str, Callable[[CloudFormation], None]] = {
    scene.__name__: scene for scene in (running, mixed, nothing, network, later)
}


def deletion(scene: str, fault: Fault | None = None) -> tuple[CloudFormation, int]:
    """A whole Delete; the account after it, and the number of calls before it."""
    cfn = workflows()
    SCENES[scene](cfn)
    before = len(cfn.tape.calls)
    if fault is not None:
        fault.at = before + (fault.at or 0)
        cfn.tape.faults.append(fault)
    response = cfn.settle(cfn.event("Delete", cfn.deployed))
    assert response.ok, response.reason
    assert len(cfn.recorder.given(response.url)) <= (1 if fault is None else 2)
    assert set(cfn.sagemaker.live()) <= {"theirs"}
    assert "theirs" not in [one["TrainingJobName"] for one in cfn.sagemaker.sent("StopTrainingJob")]
    return cfn, before


def calls(scene: str) -> list[str]:
    cfn, before = deletion(scene)
    return cfn.tape.calls[before:]


@pytest.mark.fault(2)
@pytest.mark.fault(3)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_crash_at_any_call_of_a_delete_changes_nothing(scene: str, after: bool) -> None:
    for at, operation in enumerate(calls(scene)):
        try:
            deletion(scene, Fault(Died(), at=at, after=after))
        except AssertionError as error:
            where = f"{'after' if after else 'before'} call {at}, {operation}"
            raise AssertionError(f"{where}: {error}") from error


@pytest.mark.parametrize("scene", SCENES)
def test_a_function_that_dies_from_some_call_on_is_answered_for(scene: str) -> None:
    """The front has three tries, the state machine six: then the other one answers, and nothing runs on."""
    for at, operation in enumerate(calls(scene)):
        cfn = workflows()
        SCENES[scene](cfn)
        from_call = len(cfn.tape.calls) + at
        left = [3 if not cfn.executions.all else 6]

        def die(name: str, index: int, after: bool) -> None:
            if not after and index >= from_call and name == operation and left[0]:  # noqa: B023
                left[0] -= 1  # noqa: B023
                raise Died

        cfn.tape.listeners.append(die)
        response = cfn.settle(cfn.event("Delete", cfn.deployed))

        where = f"from call {at}, {operation}"
        assert response.ok or "wf-" in response.reason, where
        assert set(cfn.sagemaker.running()) <= {"theirs"}, where
        cfn.clock.sleep(2000)
        assert cfn.delete().ok, where


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_for_an_ended_execution_changes_nothing(after: bool) -> None:
    def end(fault_at: int | None) -> CloudFormation:
        cfn = workflows()
        began = cfn.clock.now()
        start(cfn, "wf-0", arn=ARN)
        start(cfn, "theirs", "1f2e3d4cffffff")
        start(cfn, "wf-1", arn=ARN)
        cfn.first = len(cfn.tape.calls)  # type: ignore[attr-defined]
        if fault_at is not None:
            cfn.tape.faults.append(Fault(Died(), at=fault_at, after=after))
        cfn.deliver(ended(cfn, began=began))
        return cfn

    clean = end(None)
    first: int = clean.first  # type: ignore[attr-defined]
    for at in range(first, len(clean.tape.calls)):
        assert end(at).sagemaker.running() == ["theirs"], clean.tape.calls[at]


def test_every_call_was_a_point_to_crash_at(capsys: pytest.CaptureFixture[str]) -> None:
    points = sum(2 * len(calls(scene)) for scene in SCENES)

    with capsys.disabled():
        print(f"\n{points} points to crash at, in {len(SCENES)} deletions of workflows")
    assert points >= LEAST_POINTS
