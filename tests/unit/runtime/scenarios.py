"""What the crash test lives through: each way of a deployment, with its end and its number of trainings."""

from __future__ import annotations

from dataclasses import dataclass

from .interleaving import ONE, Act, History, Operation
from .model.target import Target

CREATED, UPDATED, DELETED = "CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"
UNDONE, BACK = "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"
DELETE = Operation(None)
CHEAP, DEAR, DEAREST = "ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge"
# After the first answers, and while a job of no end still runs.
MIDWAY = 100.0


@dataclass(frozen=True)
class Scenario:
    """A history without a mishap: the stack's status at its end, and how many jobs were started."""

    history: History
    status: str
    trainings: int


def of(
    *steps: Operation, scripts: str = "", no_capacity: tuple[str, ...] = (), acts: tuple[Act, ...] = ()
) -> History:
    """Steps in one stack, with quick jobs where nothing else is said."""
    names = tuple(scripts.split(", ")) if scripts else ()
    return History(steps, scripts=names, no_capacity=frozenset(no_capacity), acts=acts, usual="quick")


def deploy(target: Target, sibling: float | None = None) -> Operation:
    """One resource's target; a sibling fails after so many seconds."""
    return Operation({ONE: target}) if sibling is None else Operation({ONE: target}, sibling)


def target(
    content: str = "A", mode: str = "wait", *extra: str, tag: str = "1", timeout: int = 1500
) -> Target:
    """A target, with what changes no model."""
    return Target(content, mode, extra=frozenset(extra), tag=tag, timeout=timeout)


def fixed(name: str, content: str = "A", mode: str = "wait") -> Target:
    """A target whose name the user gave."""
    return Target(content, mode, fixed=name)


A, B = target("A"), target("B")
START_A, START_B = target("A", "start"), target("B", "start")
LONG_A, LONG_B = target("A", "wait_condition"), target("B", "wait_condition")
CHOICE = target("A", "wait", "fallback")
LONG_CHOICE = target("A", "wait_condition", "fallback")

SCENARIOS: dict[str, Scenario] = {
    "create": Scenario(of(deploy(A)), CREATED, 1),
    "create started": Scenario(of(deploy(START_A)), CREATED, 1),
    "create failing": Scenario(of(deploy(A), scripts="quickly fails"), UNDONE, 1),
    "create too slow": Scenario(of(deploy(target(timeout=60)), scripts="endless"), UNDONE, 1),
    "create gated": Scenario(of(deploy(target("A", "wait", "gate"))), CREATED, 1),
    "create with late metrics": Scenario(
        of(deploy(target("A", "wait", "gate")), scripts="quick, late metric"), CREATED, 1
    ),
    "sibling fails while waiting": Scenario(of(deploy(A, MIDWAY), scripts="endless"), UNDONE, 1),
    "update new": Scenario(of(deploy(A), deploy(B)), UPDATED, 2),
    "update same": Scenario(of(deploy(A), deploy(target("A", "wait", "gate", tag="2"))), UPDATED, 1),
    "update failing": Scenario(of(deploy(A), deploy(B), scripts="quick, quickly fails"), BACK, 2),
    "update that had succeeded": Scenario(of(deploy(A), deploy(B, 200)), BACK, 2),
    "update while the old one runs": Scenario(of(deploy(START_A), deploy(B), scripts="endless"), UPDATED, 2),
    "second attempt": Scenario(
        of(deploy(A), deploy(B), deploy(B), scripts="quick, quickly fails"), UPDATED, 3
    ),
    "model gone": Scenario(of(deploy(A), deploy(B), deploy(A), acts=(Act(130, "delete model"),)), UPDATED, 3),
    "delete running": Scenario(of(deploy(START_A), DELETE, scripts="endless"), DELETED, 1),
    "delete with its record": Scenario(of(deploy(target("A", "wait", "record")), DELETE), DELETED, 1),
    "delete with record and pool": Scenario(
        of(deploy(target("A", "wait", "record", "pool")), DELETE), DELETED, 1
    ),
    "delete with its network": Scenario(
        of(deploy(target("A", "start", "network")), DELETE, scripts="endless"), DELETED, 1
    ),
    "fixed name": Scenario(of(deploy(fixed("one"))), CREATED, 1),
    "fixed name changed": Scenario(of(deploy(fixed("one")), deploy(fixed("two", "B"))), UPDATED, 2),
    "fixed name, other content": Scenario(
        of(deploy(fixed("one", "A", "start")), deploy(fixed("one", "B")), scripts="endless"), BACK, 1
    ),
    "fallback": Scenario(of(deploy(CHOICE), no_capacity=(CHEAP,)), CREATED, 2),
    "fallback to the last": Scenario(of(deploy(CHOICE), no_capacity=(CHEAP, DEAR)), CREATED, 3),
    "no capacity at all": Scenario(of(deploy(CHOICE), no_capacity=(CHEAP, DEAR, DEAREST)), UNDONE, 3),
    "fallback in an update": Scenario(
        of(deploy(A), deploy(target("B", "wait", "fallback")), scripts="quick, no capacity"), UPDATED, 3
    ),
    "condition": Scenario(of(deploy(LONG_A)), CREATED, 1),
    "condition failing": Scenario(of(deploy(LONG_A), scripts="quickly fails"), UNDONE, 1),
    "condition gated": Scenario(of(deploy(target("A", "wait_condition", "gate"))), CREATED, 1),
    "condition, update new": Scenario(of(deploy(LONG_A), deploy(LONG_B)), UPDATED, 2),
    "condition, update same": Scenario(
        of(deploy(LONG_A), deploy(target("A", "wait_condition", "gate", tag="2"))), UPDATED, 1
    ),
    "condition, update failing": Scenario(
        of(deploy(LONG_A), deploy(LONG_B), scripts="quick, quickly fails"), BACK, 2
    ),
    "condition, sibling fails": Scenario(of(deploy(LONG_A, MIDWAY), scripts="endless"), UNDONE, 1),
    "condition, sibling fails in an update": Scenario(
        of(deploy(LONG_A), deploy(LONG_B, MIDWAY), scripts="quick, endless"), BACK, 2
    ),
    "condition, fallback": Scenario(of(deploy(LONG_CHOICE), no_capacity=(CHEAP,)), CREATED, 2),
    "condition, deleted": Scenario(of(deploy(LONG_A), DELETE), DELETED, 1),
    "start, then delete in an update": Scenario(
        of(deploy(START_A), deploy(START_B, 200), scripts="endless, endless"), BACK, 2
    ),
}
