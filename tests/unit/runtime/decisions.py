"""The decision table of the deploy-time path: what is there, what is asked for, and what comes of it.

For ``Completion.wait()``; ``DIFFERENT`` has what is otherwise elsewhere. Tests play every cell in every mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from constructs_lib.runtime.events import Event
from constructs_lib.runtime.ownership import ownership_tags
from constructs_lib.runtime.properties import Properties

from .model import (
    COMPLETES,
    LIMIT_SECONDS,
    RUNS_FOR_EVER,
    STACK_ID,
    CloudFormation,
    Raw,
    Step,
    completes_after,
    ends,
    fails,
    properties,
    stringified,
)

# The job of the content that is asked for, when the request comes.
EXISTING = {
    "none": "none",
    "running": "InProgress",
    "completed": "Completed",
    "gone": "Completed, model gone",
    "failed": "Failed",
    "stopped": "Stopped",
    "stopping": "Stopping",
    "deleting": "Deleting",
    "foreign": "somebody else's",
}
MODES = ("wait", "start", "wait_condition", "keep_name")


@dataclass(frozen=True)
class Cell:
    """What a request comes to.

    Attributes:
        answer: SUCCESS, FAILED, or None where nobody is answered.
        id: the answer's physical id: ``asked-<n>`` is attempt n at the content that is asked for, ``given``
            the id in the event.
        attempt: the number of the one attempt that is started; 0 where CreateTrainingJob is not called.
        stops: calls of StopTrainingJob.
        tags: whether tags are written to a job that is there.
        deletes: calls of DeleteTrainingJob.
    """

    answer: str | None
    id: str | None
    attempt: int = 0
    stops: int = 0
    tags: bool = False
    deletes: int = 0

    @property
    def text(self) -> str:
        """In the documentation's words."""
        if self.answer is None:
            return "dropped"
        done = [f"**trains {self.attempt}**"] if self.attempt else []
        done += ["stops"] if self.stops else []
        done += ["deletes record"] if self.deletes else []
        done += ["tags"] if self.tags else []
        return ", ".join([*done, "fails" if self.answer == "FAILED" else "ok"])


@dataclass(frozen=True)
class Impossible:
    """A cell that cannot come about, and why."""

    why: str
    text: str = "-"


Cells = Mapping[str, "Cell | Impossible"]
FIRST = Cell("SUCCESS", "asked-1", attempt=1)
NEXT = Cell("SUCCESS", "asked-2", attempt=2)
KEPT = Cell("SUCCESS", "asked-1")
KEPT_NEXT = Cell("SUCCESS", "asked-2")
FAILS = Cell("FAILED", "asked-1")
OLD_KEPT = Cell("FAILED", "given")
DONE = Cell("SUCCESS", "given")
STOPS = replace(DONE, stops=1)
TAGGED = replace(KEPT, tags=True)
DROPPED = Cell(None, None)
WAITED_FOR = Impossible("what is rolled back to was waited for when it was deployed: its job has completed")


def _cells(*cells: Cell | Impossible) -> Cells:
    return dict(zip(EXISTING, cells, strict=True))


def _change(cells: Cells, **changes: object) -> Cells:
    """The cells with members replaced, wherever there is something to replace."""
    return {key: replace(cell, **changes) if isinstance(cell, Cell) else cell for key, cell in cells.items()}  # type: ignore[arg-type]


_ROLLED_BACK = _cells(KEPT, WAITED_FOR, KEPT, KEPT, WAITED_FOR, WAITED_FOR, WAITED_FOR, KEPT, KEPT)
_STOPPED_AFTER = replace(NEXT, answer="FAILED", stops=1)
# In the order of EXISTING:
#   none, running, completed, model gone, failed, stopped, stopping, deleting, somebody else's
TABLE: dict[str, Cells] = {
    # A resource that was in the stack before may find jobs of its own.
    "create": _cells(FIRST, KEPT, KEPT, NEXT, NEXT, NEXT, NEXT, NEXT, FAILS),
    # The same RequestId with a new URL: CloudFormation wants another try.
    "create_again": _cells(FIRST, KEPT, KEPT, NEXT, NEXT, NEXT, NEXT, NEXT, FAILS),
    # Lambda delivers again: the job that the first delivery started is the outcome, whatever became of it.
    "delivered_again": _cells(FIRST, KEPT, KEPT, KEPT, FAILS, FAILS, FAILS, FAILS, FAILS),
    # The job is the resource's own from here on: nothing is trained. Somebody else's is looked at only.
    "update_same": _cells(KEPT, KEPT, KEPT, KEPT, FAILS, FAILS, FAILS, KEPT, KEPT),
    "update_other": _cells(KEPT, *[TAGGED] * 3, *[replace(FAILS, tags=True)] * 3, KEPT, KEPT),
    # The resource has a job of another content.
    "update_trains": _cells(FIRST, KEPT, KEPT, NEXT, NEXT, NEXT, NEXT, NEXT, OLD_KEPT),
    # What is rolled back to; the failed update's own job has failed, runs, or has succeeded.
    "rollback_failed": _ROLLED_BACK,
    "rollback_midway": _change(_ROLLED_BACK, stops=1),
    "rollback_succeeded": {**_ROLLED_BACK, "foreign": OLD_KEPT},
    "delete": _cells(DONE, STOPS, DONE, DONE, DONE, DONE, DONE, DONE, DONE),
    # While the new job runs, which is left alone.
    "delete_replaced": _cells(DONE, STOPS, DONE, DONE, DONE, DONE, DONE, DONE, DONE),
    # Its Create was never answered, so CloudFormation invents an id.
    "delete_unanswered": _cells(DONE, STOPS, DONE, DONE, DONE, DONE, DONE, DONE, DONE),
    "delete_record": _cells(DONE, replace(STOPS, deletes=1), *[replace(DONE, deletes=1)] * 5, DONE, DONE),
    # The Delete is always answered SUCCESS; then comes its Create, whose answer this is.
    "delete_early": _cells(FAILS, replace(FAILS, stops=1), KEPT, FAILS, FAILS, FAILS, FAILS, FAILS, FAILS),
    # Create, Update and Delete whose addresses have expired.
    "expired": _cells(*[DROPPED] * 9),
    # Create and Update that come when the stack is rolled back already. What runs is stopped by what follows.
    "late_create": _cells(FAILS, KEPT, KEPT, FAILS, FAILS, FAILS, FAILS, FAILS, FAILS),
    "late_update": _cells(KEPT, KEPT, KEPT, KEPT, *[KEPT_NEXT] * 3, KEPT, OLD_KEPT),
    # A Create that was carried out, delivered again when the stack is rolled back: it is not to run on.
    "late_again": _cells(FAILS, replace(FAILS, stops=1), KEPT, KEPT, FAILS, FAILS, FAILS, FAILS, FAILS),
    # A Create of an earlier operation, which comes during a later update.
    "earlier": _cells(FAILS, KEPT, KEPT, FAILS, FAILS, FAILS, FAILS, FAILS, FAILS),
    # Create, and the stack is turned back while CreateTrainingJob is under way.
    "turned": _cells(replace(FAILS, attempt=1, stops=1), KEPT, KEPT, *[_STOPPED_AFTER] * 5, FAILS),
}

_STARTED = dict.fromkeys(("failed", "stopped", "stopping", "deleting"), KEPT)
_BACK_TO_STARTED = dict.fromkeys(("running", "failed", "stopped", "stopping"), KEPT)


def _once(cell: Cell) -> Cells:
    """A name can be used once: no state of its job leads to another attempt."""
    return dict.fromkeys(("gone", "failed", "stopped", "stopping", "deleting"), cell)


# Nobody waits for the end: what has been started counts.
_START: dict[str, Cells] = {
    "delivered_again": _STARTED,
    "late_again": _STARTED,
    "update_same": dict.fromkeys(("failed", "stopped", "stopping"), KEPT),
    "update_other": dict.fromkeys(("failed", "stopped", "stopping"), TAGGED),
    "rollback_failed": _BACK_TO_STARTED,
    "rollback_midway": _change(_BACK_TO_STARTED, stops=1),
    "rollback_succeeded": _BACK_TO_STARTED,
    "late_update": dict.fromkeys(("failed", "stopped", "stopping"), KEPT),
}
DIFFERENT: dict[str, dict[str, Cells]] = {
    "wait": {},
    "start": _START,
    # The start resource answers as with start(). What is rolled back to has been waited for, as with wait().
    "wait_condition": {
        k: v for k, v in _START.items() if not k.startswith("rollback") and k != "late_update"
    },
    # An update of the content comes with another name. A foreign job is refused: anybody can give a name.
    "keep_name": {
        "create": _once(FAILS),
        "create_again": _once(FAILS),
        "update_trains": _once(OLD_KEPT),
        "update_same": {"foreign": FAILS},
        "update_other": {"foreign": FAILS},
        "rollback_failed": {"foreign": FAILS},
        "rollback_midway": {"foreign": replace(FAILS, stops=1)},
        "turned": _once(FAILS),
        "late_update": dict.fromkeys(("failed", "stopped", "stopping"), KEPT),
    },
}
# What a wait condition is told: what mode wait would answer, and nothing where it has been told before.
SIGNALLED = ("create", "create_again", "delivered_again", "update_trains")


def decision(mode: str, existing: str, request: str) -> Cell | Impossible:
    """The cell of a mode."""
    return DIFFERENT[mode].get(request, {}).get(existing) or TABLE[request][existing]


TABLES: tuple[dict[str, str], ...] = (
    {
        "create": "Create",
        "create_again": "Create again",
        "delivered_again": "delivered again",
        "update_same": "Update, same",
        "update_other": "Update, no content",
        "update_trains": "Update, content",
    },
    {
        "rollback_failed": "roll-back, update failed",
        "rollback_midway": "roll-back, update given up",
        "rollback_succeeded": "roll-back, update had succeeded",
        "expired": "any, address expired",
        "late_create": "Create, stack rolled back",
        "late_update": "Update, stack rolled back",
        "late_again": "Create delivered again, stack rolled back",
        "earlier": "Create of an earlier operation",
        "turned": "Create, stack turned back meanwhile",
    },
    {
        "delete": "Delete",
        "delete_replaced": "Delete, replaced",
        "delete_unanswered": "Delete, Create unanswered",
        "delete_record": "Delete, `delete_record`",
        "delete_early": "Create after its Delete",
    },
)


def markdown(columns: Mapping[str, str]) -> str:
    """One table of the documentation."""
    lines = [["existing job", *columns.values()], ["---"] * (1 + len(columns))]
    lines += [[name, *(TABLE[key][state].text for key in columns)] for state, name in EXISTING.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# How a cell is played.

OTHER: Raw = {"Environment": {"VERSION": "2"}}
# A state of a job: its script, the seconds that it has had, and what was done to it then.
STATES: dict[str, tuple[list[Step], float]] = {
    "running": (completes_after(900), 150),
    "completed": ([*COMPLETES], 400),
    "gone": ([*COMPLETES], 400),
    "failed": (fails(), 400),
    "stopped": (ends("Stopped", "MaxRuntimeExceeded"), 400),
    "stopping": ([*RUNS_FOR_EVER], 150),
    "deleting": ([*COMPLETES], 400),
    "foreign": (completes_after(900), 150),
}


class Scene:
    """One resource, a job of the content it asks for, and where it needs one a job of another content."""

    def __init__(self, mode: str, existing: str, request: str) -> None:
        self.mode, self.existing, self.request = mode, existing, request
        self.cfn = CloudFormation()
        self.cfn.sagemaker.delete_seconds = 60
        self.asked, self.other = self._properties("asked"), self._properties("other", **OTHER)
        self.names = {f"asked-{n}": str(self._read(self.asked).job_name(n)) for n in (2, 1)}
        self.names["other"] = str(self._read(self.other).job_name())
        self.first = self.cfn.event("Create", self.asked)
        self.before = self.jobs_before = 0

    def attempt(self, name: str) -> int:
        """Which attempt at the content that is asked for a job is."""
        return int({known: key for key, known in self.names.items()}[name].removeprefix("asked-"))

    def _properties(self, what: str, **members: Any) -> Raw:
        made = properties(mode="wait" if self.mode == "keep_name" else self.mode, **members)
        if self.mode == "keep_name":
            made["JobName"]["Fixed"] = f"churn-{what}"
        if self.mode == "wait_condition":
            made["Completion"]["Handle"] = self.cfn.waits.handle(f"Handle{what}").url
        return made

    def _read(self, asked: Raw) -> Properties:
        return Properties.parse(stringified(asked))

    def job(self, asked: Raw, state: str, *, by: Raw | None = None) -> str:
        """Somebody's job of a content, in a state, with the tags of the request that started it."""
        script, seconds = STATES[state]
        cfn, read = self.cfn, self._read(asked)
        raw = by or {**self.first, "RequestId": "in-a-former-life"}
        raw = {**raw, "StackId": STACK_ID + "9"} if state == "foreign" else raw
        tags = ownership_tags(Event.parse(raw), read.block if read.fixed else None)
        cfn.sagemaker.scripts = [script, COMPLETES]
        name = str(read.job_name())
        cfn.sagemaker.create_training_job(**read.create_request(name, tags))
        cfn.clock.sleep(seconds)
        if state == "gone":
            cfn.s3.lose(name)
        elif state == "stopping":
            cfn.sagemaker.person_stops(name)
        elif state == "deleting":
            cfn.sagemaker.delete_training_job(TrainingJobName=name)
        return name

    def event(self) -> Raw:
        """Make the scene, and the request that the cell is about."""
        if self.request in ("update_trains", "rollback_succeeded", "late_update"):
            self.cfn.physical_id = self.job(self.other, "completed")
        elif self.request == "rollback_failed":
            self.job(self.other, "failed")
        elif self.request in ("rollback_midway", "delete_replaced"):
            self.cfn.physical_id = self.job(self.other, "running")
        if self.existing != "none":
            mine = self.request in ("create_again", "delivered_again", "late_again")
            before = self.before_other() if self.request == "update_other" else self.asked
            self.job(before, self.existing, by=self.first if mine else None)
        self.before, self.jobs_before = len(self.cfn.tape.calls), len(self.cfn.sagemaker.created)
        return REQUESTS[self.request](self)

    def update(self, old: Raw, of: str | None = None, status: str | None = None) -> Raw:
        return self.cfn.event("Update", self.asked, old, physical_id=of, status=status)

    def delete(self, **changes: Any) -> Raw:
        return self.cfn.event(
            "Delete",
            {**self.asked, **changes},
            physical_id=self.names["asked-1"],
            status="DELETE_IN_PROGRESS",
        )

    def create_again(self) -> Raw:
        again = self.cfn.event("Create", self.asked)
        again["RequestId"] = self.first["RequestId"]
        return again

    def before_other(self) -> Raw:
        """What was deployed before an Update that changes no content."""
        changed = {
            "Tags": [{"Key": "team", "Value": "before"}],
            "RoleArn": "arn:aws:iam::123456789012:role/old",
        }
        return {**self.asked, "Request": {**self.asked["Request"], **changed}}

    def update_other(self) -> Raw:
        return self.update(self.before_other(), self.names["asked-1"])

    def replaced(self) -> Raw:
        word = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        return self.cfn.event("Delete", self.asked, physical_id=self.names["asked-1"], status=word)

    def unanswered(self) -> Raw:
        return self.cfn.event("Delete", self.asked, status="ROLLBACK_IN_PROGRESS")

    def early(self) -> Raw:
        delete = self.cfn.settle(self.unanswered())
        assert delete.ok, "Delete fails"
        return self.first

    def expired(self) -> Raw:
        event = self.cfn.event("Create", self.asked)
        self.cfn.clock.sleep(2 * LIMIT_SECONDS)
        return event

    def late_again(self) -> Raw:
        self.cfn.status = "ROLLBACK_IN_PROGRESS"
        return self.first

    def earlier(self) -> Raw:
        event = self.cfn.event("Create", self.asked)
        self.cfn.clock.sleep(600)
        self.cfn.status = "UPDATE_IN_PROGRESS"
        return event

    def turned(self) -> Raw:
        def turn() -> None:
            self.cfn.status = "ROLLBACK_IN_PROGRESS"

        event = self.cfn.event("Create", self.asked)
        self.cfn.tape.meanwhile["CreateTrainingJob"] = turn
        return event


ROLLBACK = "UPDATE_ROLLBACK_IN_PROGRESS"
REQUESTS: dict[str, Callable[[Scene], Raw]] = {
    "create": lambda scene: scene.cfn.event("Create", scene.asked),
    "create_again": Scene.create_again,
    "delivered_again": lambda scene: scene.first,
    "update_same": lambda scene: scene.update(scene.asked, scene.names["asked-1"]),
    "update_other": Scene.update_other,
    "update_trains": lambda scene: scene.update(scene.other, status="UPDATE_IN_PROGRESS"),
    "rollback_failed": lambda scene: scene.update(scene.other, scene.names["asked-1"], ROLLBACK),
    "rollback_midway": lambda scene: scene.update(scene.other, scene.names["asked-1"], ROLLBACK),
    "rollback_succeeded": lambda scene: scene.update(scene.other, status=ROLLBACK),
    "delete": Scene.delete,
    "delete_replaced": Scene.replaced,
    "delete_unanswered": Scene.unanswered,
    "delete_record": lambda scene: scene.delete(DeleteRecord=True),
    "delete_early": Scene.early,
    "expired": Scene.expired,
    "late_create": lambda scene: scene.cfn.event("Create", scene.asked, status="ROLLBACK_IN_PROGRESS"),
    "late_update": lambda scene: scene.update(scene.other, status=ROLLBACK),
    "late_again": Scene.late_again,
    "earlier": Scene.earlier,
    "turned": Scene.turned,
}
