"""One random history of an account: who does what when, what goes wrong, and what must hold all the same."""

from __future__ import annotations

import contextlib
import io
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .model.account import show_no_secret
from .model.agenda import Steps, Wait
from .model.invariants import (
    delivered_are_answered,
    in_time_or_excused,
    nothing_is_left,
    nothing_lingers,
    twins,
)
from .model.job import Job
from .model.requests import request
from .model.scripts import (
    COMPLETES,
    FINDS_NO_CAPACITY,
    RUNS_FOR_EVER,
    TERMINAL,
    Step,
    completes_after,
    ends,
    fails,
    with_late_metrics,
    with_metrics,
)
from .model.stack import LATER, Stack
from .model.target import Target
from .model.universe import Death, Mishap, Spell, Universe

GOOD = with_metrics(("auc", 0.9))
# Few polls, where each of them is to be killed.
QUICK: tuple[Step, ...] = (COMPLETES[0], (4, COMPLETES[1][1]), (8, COMPLETES[2][1]))
SCRIPTS: dict[str, Sequence[Step]] = {
    "good": GOOD,
    "quick": with_metrics(("auc", 0.9), steps=QUICK),
    "quickly fails": [*QUICK[:2], (8, fails()[-1][1])],
    "quick, late metric": with_late_metrics(("auc", 0.9), steps=QUICK),
    "slow": with_metrics(("auc", 0.9), steps=completes_after(1000)),
    "endless": RUNS_FOR_EVER,
    "fails": fails(),
    "fails at once": fails(after=20),
    "no capacity": FINDS_NO_CAPACITY,
    "bad metric": with_metrics(("auc", 0.1)),
    "late metric": with_late_metrics(("auc", 0.9)),
    "no metric": COMPLETES,
    "stopped by the service": ends("Stopped", "MaxRuntimeExceeded"),
}
PERSON = ("stop", "delete record", "delete model", "abort", "time out", "squat", "tag")
# Two in one stack, one in another whose first block, and so its names, may be the first one's.
ONE, TWO, OTHER = "ChurnOne", "ChurnTwo", "ChurnOther"
SHARED_OWNER = "1f2e3d4cab12cd"
LONGEST_STEPS = 30_000


@dataclass(frozen=True)
class Operation:
    """What a person does with a stack: deploys a target of each resource, or (None) deletes it."""

    targets: Mapping[str, Target] | None
    sibling: float = math.inf
    gap: float = 60


@dataclass(frozen=True)
class Act:
    """Somebody interferes: at a moment, with the job of this number, modulo their number."""

    at: float
    kind: str
    pick: int = 0


@dataclass
class History:
    """All that happens; what is left out is the ordinary course of things.

    Attributes:
        skews: how many seconds the clocks of SageMaker and CloudFormation are ahead of Lambda's.
    """

    operations: Sequence[Operation]
    others: Sequence[Operation] = ()
    scripts: Sequence[str] = ()
    no_capacity: frozenset[str] = frozenset()
    deliveries: Sequence[Sequence[float]] = ()
    mishaps: Sequence[Mishap] = ()
    spells: Sequence[tuple[frozenset[str], float, float, bool]] = ()
    acts: Sequence[Act] = ()
    same_owner: bool = False
    usual: str = "good"
    death: Death | None = None
    skews: tuple[float, float] = (0, 0)
    printed: str = field(default="", compare=False, repr=False)

    def live(self) -> Universe:
        """Live through it, with the invariants after each step and at the end."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            universe = self._begin()
            for _ in range(LONGEST_STEPS):
                if not universe.agenda.step():
                    break
                _check_step(universe)
            else:
                raise AssertionError("it does not settle")
            universe.agenda.pass_time(7200)
            _check_end(universe)
        self.printed = out.getvalue()
        show_no_secret(self.printed, "a log line")
        return universe

    def _begin(self) -> Universe:
        mishaps = defaultdict(list)
        for mishap in self.mishaps:
            mishaps[mishap.call].append(mishap)
        universe = Universe(mishaps, [list(copies) for copies in self.deliveries], death=self.death)
        now = universe.clock.now()
        for refused, start, end, throttles in self.spells:
            universe.spells.append(Spell(refused, now + start, now + end, throttles))
        universe.account.sagemaker.scripts = [*(SCRIPTS[name] for name in self.scripts), SCRIPTS[self.usual]]
        universe.account.sagemaker.no_capacity = set(self.no_capacity)
        universe.account.sagemaker.skew, universe.account.stacks.skew = self.skews
        owner = SHARED_OWNER if self.same_owner else ""
        for names, operations in (({ONE: owner, TWO: ""}, self.operations), ({OTHER: owner}, self.others)):
            universe.agenda.spawn(_person(universe, names, operations))
        for act in self.acts:
            universe.agenda.at(now + act.at, lambda act=act: _interfere(universe, act))  # type: ignore[misc]
        return universe


def _person(universe: Universe, names: Mapping[str, str], operations: Sequence[Operation]) -> Steps[None]:
    """Somebody who deploys and deletes, and deletes and makes anew what was rolled back to nothing."""
    stack: Stack | None = None
    for operation in operations:
        yield Wait(lambda: False, universe.clock.now() + operation.gap)
        if stack is not None and (operation.targets is None or not stack.is_up):
            yield from stack.delete()
            stack = None
        if operation.targets is None:
            continue
        if stack is None:
            stack = Stack(universe, names)
            yield from stack.create(operation.targets, operation.sibling)
        else:
            there = {name for name, one in stack.resources.items() if one.now.asked is not None}
            asked = {name: target for name, target in operation.targets.items() if name in there}
            yield from stack.update(asked, operation.sibling)
    if stack is not None and stack.status == "ROLLBACK_FAILED":
        # CloudFormation has said so, and undoes nothing more by itself.
        yield Wait(lambda: False, universe.clock.now() + LATER)
        yield from stack.delete()


def _interfere(universe: Universe, act: Act) -> None:
    sagemaker, now = universe.account.sagemaker, universe.clock.now()
    names = list(sagemaker.jobs)
    if act.kind in ("abort", "time out"):
        running = [(driver, one) for driver in universe.drivers for one in driver.executions.running()]
        if running:
            driver, one = running[act.pick % len(running)]
            driver.executions.end(one.name, "ABORTED" if act.kind == "abort" else "TIMED_OUT")
        return
    if not names:
        return
    name = names[act.pick % len(names)]
    status = sagemaker.status(name)
    if act.kind == "stop" and status == "InProgress":
        sagemaker.person_stops(name)
    elif act.kind == "delete record" and status in TERMINAL:
        sagemaker.person_deletes(name)
    elif act.kind == "delete model":
        universe.account.s3.lose(name)
    elif act.kind == "tag":
        sagemaker.jobs[name].tags["team"] = "another"
    elif act.kind == "squat" and name.rpartition("-")[2].isdigit():
        _squat(universe, name, now)


def _squat(universe: Universe, name: str, now: float) -> None:
    """Somebody's own job takes the name of the attempt after this one."""
    stem, _, number = name.rpartition("-")
    taken = f"{stem}-{int(number) + 1}"
    sagemaker = universe.account.sagemaker
    if taken not in sagemaker.jobs:
        job = Job(request(TrainingJobName=taken), now, RUNS_FOR_EVER, {"content": "theirs"}, 60)
        job.tags["constructs-lib:content"] = "theirs"
        sagemaker.jobs[taken] = job


def _check_step(universe: Universe) -> None:
    assert not universe.wrongs, universe.wrongs
    twins(universe)
    nothing_is_left(universe, deleted_only=True)
    nothing_lingers(universe)


def _check_end(universe: Universe) -> None:
    _check_step(universe)
    nothing_is_left(universe, deleted_only=False)
    delivered_are_answered(universe)
    in_time_or_excused(universe)
    for driver in universe.drivers:
        for one in driver.executions.all.values():
            for text in (one.input, *one.states):
                show_no_secret(text, "an execution's data")
