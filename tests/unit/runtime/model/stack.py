"""A stack as CloudFormation runs it: one operation at a time, with what it gives up, undoes and cleans up."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .account import ACCOUNT, REGION, Raw
from .agenda import Steps, Task, Wait
from .cloudformation import LIMIT_SECONDS, CloudFormation
from .recorder import Response
from .requests import RESULT_TYPE
from .target import STOP_SECONDS, Target
from .universe import Universe
from .waits import WaitCondition, WaitHandle

# How often a person tries again what has failed, and how long after.
TRIES, LATER = 3, 600.0


@dataclass
class Deployed:
    """What is there of a resource, or was before an update."""

    target: Target | None = None
    handle: WaitHandle | None = None
    condition: WaitCondition | None = None
    asked: Raw | None = None
    judged: Raw | None = None
    id: str | None = None
    result_id: str | None = None


class Resource:
    """A training job in a template: the start resource, and with a wait condition the three others.

    Attributes:
        now: what is deployed, or was last asked for; ``before`` what an update would go back to.
        deleted: whether its whole Delete has succeeded.
        left_behind: whether CloudFormation, or a person, gave up on undoing something of it.
    """

    def __init__(self, universe: Universe, stack_id: str, logical_id: str, owner: str) -> None:
        self.universe, self.account, self.owner = universe, universe.account, owner
        self.logical_id = logical_id
        self.start = self._driver(stack_id, logical_id, None)
        self.result = self._driver(stack_id, f"{logical_id}Result", RESULT_TYPE)
        self.now = Deployed()
        self.before: Deployed | None = None
        self.deleted = False
        self.touched = False
        self.left_behind = False
        universe.resources.append(self)

    def _driver(self, stack_id: str, logical_id: str, resource_type: str | None) -> CloudFormation:
        more = {} if resource_type is None else {"resource_type": resource_type}
        numbers = itertools.count(1000 * (1 + len(self.universe.drivers)))
        driver = CloudFormation(
            stack_id=stack_id, logical_id=logical_id, account=self.account, numbers=numbers, **more
        )
        self.universe.adopt(driver)
        return driver

    # Forward.

    def create(self, target: Target) -> Steps[bool]:
        handle = self._handle(target)
        self.now, self.touched = Deployed(target, handle, asked=target.start(self.owner, handle)), True
        response = yield from self._ask(self.start, "Create", self.now.asked or {})
        self.now.id = response.physical_id if response else None
        if response is None or not response.ok:
            return False
        return (yield from self._wait(target, fresh=True))

    def update(self, target: Target) -> Steps[bool]:
        """Update to a target; an event is sent only where a property has changed."""
        old = self.now
        assert old.target is not None
        fresh = target.waits_by_condition and (not old.handle or old.target.key != target.key)
        handle = self._handle(target) if fresh else old.handle if target.waits_by_condition else None
        self.before = old
        self.now = Deployed(
            target,
            handle,
            None if fresh or handle is None else old.condition,
            target.start(self.owner, handle),
            old.judged,
            old.id,
            old.result_id,
        )
        if self.now.asked != old.asked:
            self.touched = True
            kept = (old.target.content, old.target.fixed) == (target.content, target.fixed)
            idle = "an Update of the same content" if kept else ""
            response = yield from self._ask(self.start, "Update", self.now.asked or {}, old.asked, idle=idle)
            if response is None or not response.ok:
                if response is not None and response.physical_id != old.id:
                    self.universe.wrongs.append("a failed Update gave another id")
                return False
            self.now.id = response.physical_id
        return (yield from self._wait(target, fresh=fresh))

    def _wait(self, target: Target, *, fresh: bool) -> Steps[bool]:
        if not target.waits_by_condition:
            return True
        assert self.now.handle is not None
        if fresh:
            # The condition is made when the start resource is there, and that takes CloudFormation a while.
            yield Wait(lambda: False, self._clock_now() + 20)
            timeout = target.timeout + STOP_SECONDS
            condition = self.account.waits.condition(f"Condition{target.key}", self.now.handle, timeout)
            self.now.condition = condition
            yield Wait(lambda: condition.status(self._clock_now()) != "PENDING", condition.deadline)
            if condition.status(self._clock_now()) != "COMPLETE":
                return False
        judged = target.result(self.now.id, self.now.condition.data if self.now.condition else "")
        old, self.now.judged = self.now.judged, judged
        if judged == old:
            return True
        kind = "Update" if self.now.result_id else "Create"
        response = yield from self._ask(self.result, kind, judged, old if self.now.result_id else None)
        if response is not None and response.ok:
            self.now.result_id = response.physical_id
        return response is not None and response.ok

    # Back.

    def roll_back(self) -> Steps[bool]:
        """Undo an update, whether it has succeeded, failed or was given up."""
        old, tried = self.before, self.now
        assert old is not None
        if self.touched and tried.asked != old.asked:
            response = yield from self._ask(
                self.start, "Update", old.asked or {}, tried.asked, idle="a roll-back"
            )
            if response is None or not response.ok:
                return False
            # A later attempt may be the one that completed.
            if response.physical_id.rpartition("-")[0] != str(old.id).rpartition("-")[0]:
                self.universe.wrongs.append(f"a roll-back to '{old.id}' gave '{response.physical_id}'")
            old.id = response.physical_id
        if old.result_id and tried.judged != old.judged:
            response = yield from self._ask(self.result, "Update", old.judged or {}, tried.judged)
            if response is None or not response.ok:
                return False
        return True

    def clean_up(self, *, back: bool) -> Steps[bool]:
        """Delete what was replaced, or was new before a roll-back."""
        assert self.before is not None
        kept, gone = (self.before, self.now) if back else (self.now, self.before)
        self.now, self.before = kept, None
        self.start.physical_id, self.result.physical_id = kept.id, kept.result_id
        if gone.result_id and not (kept.target and kept.target.waits_by_condition):
            yield from self._ask(self.result, "Delete", gone.judged or {}, physical_id=gone.result_id)
            kept.result_id = None
        if gone.id != kept.id and gone.id:
            for _ in range(TRIES):
                answer = yield from self._ask(self.start, "Delete", gone.asked or {}, physical_id=gone.id)
                if answer is not None and answer.ok:
                    break
            else:
                self.left_behind = True
        if gone.handle is not None and gone.handle is not kept.handle:
            gone.handle.deleted = True
        self.touched = False
        return True

    def delete(self) -> Steps[bool]:
        """Delete all of it; with an invented id where Create was never answered."""
        self.start.physical_id = self.now.id
        if self.now.judged is not None:
            answer = yield from self._ask(
                self.result, "Delete", self.now.judged, physical_id=self.now.result_id
            )
            if answer is None or not answer.ok:
                return False
            self.now.judged = None
        if self.now.asked is not None:
            answer = yield from self._ask(self.start, "Delete", self.now.asked, physical_id=self.now.id)
            if answer is None or not answer.ok:
                return False
        if self.now.handle is not None:
            self.now.handle.deleted = True
        self.deleted = True
        return True

    def _handle(self, target: Target) -> WaitHandle | None:
        if not target.waits_by_condition:
            return None
        return self.account.waits.handle(f"Handle{target.key}", self.start.stack_id)

    def _clock_now(self) -> float:
        return self.account.clock.now()

    def _ask(
        self,
        driver: CloudFormation,
        kind: str,
        asked: Raw,
        old: Raw | None = None,
        *,
        physical_id: str | None = None,
        idle: str = "",
    ) -> Steps[Response | None]:
        """One request: its answer, or None when CloudFormation gave up."""
        whole = kind == "Delete" and physical_id == driver.physical_id
        driver.physical_id = physical_id or (self.now.id if driver is self.start else self.now.result_id)
        event = driver.event(kind, asked, old, status=driver.status)
        url = event["ResponseURL"]
        driver.asked[url].whole, driver.asked[url].idle = whole, idle
        if kind == "Delete" and not idle:
            driver.asked[url].idle = "a Delete"
        self.universe.send(driver, event)
        recorder = self.account.recorder
        yield Wait(lambda: recorder.effective(url) is not None, self._clock_now() + LIMIT_SECONDS)
        return recorder.effective(url)


class Stack:
    """Resources beside each other, and the operations on them."""

    def __init__(self, universe: Universe, owners: Mapping[str, str]) -> None:
        self.universe = universe
        number = 1 + len(universe.drivers)
        block = f"{number:08x}"
        self.id = (
            f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/s{number}/{block}-0000-11ee-8c99-0242ac120002"
        )
        self.resources = {
            name: Resource(universe, self.id, name, owner or f"{block}{name.lower()[:6]}")
            for name, owner in owners.items()
        }

    @property
    def status(self) -> str:
        return self.universe.account.stacks.statuses[self.id]

    @status.setter
    def status(self, status: str) -> None:
        self.universe.account.stacks.turn(self.id, status)

    @property
    def is_up(self) -> bool:
        return self.status.endswith("_COMPLETE") and not self.status.startswith(("ROLLBACK", "DELETE"))

    def create(self, targets: Mapping[str, Target], sibling: float = math.inf) -> Steps[None]:
        """Create the stack; ``sibling`` is after how many seconds another resource fails, if one does."""
        self.status = "CREATE_IN_PROGRESS"
        tasks = [self._spawn(self.resources[name].create(target)) for name, target in targets.items()]
        if (yield from self._forward(tasks, sibling)):
            self.status = "CREATE_COMPLETE"
            return
        self.status = "ROLLBACK_IN_PROGRESS"
        done = yield from self._all(one.delete() for one in self.resources.values() if one.touched)
        self.status = "ROLLBACK_COMPLETE" if done else "ROLLBACK_FAILED"

    def update(self, targets: Mapping[str, Target], sibling: float = math.inf) -> Steps[None]:
        """Update the stack, and roll it back where something fails, as often as it takes."""
        self.status = "UPDATE_IN_PROGRESS"
        ones = [self.resources[name] for name in targets]
        tasks = [self._spawn(self.resources[name].update(target)) for name, target in targets.items()]
        back = not (yield from self._forward(tasks, sibling))
        if back:
            yield from self._roll_back(ones)
        word = "UPDATE_ROLLBACK" if back else "UPDATE"
        self.status = f"{word}_COMPLETE_CLEANUP_IN_PROGRESS"
        yield from self._all(one.clean_up(back=back) for one in ones)
        self.status = f"{word}_COMPLETE"

    def delete(self) -> Steps[None]:
        """Delete the stack, as often as it takes."""
        for _ in range(TRIES):
            self.status = "DELETE_IN_PROGRESS"
            ones = [one for one in self.resources.values() if one.touched or one.now.asked is not None]
            done = yield from self._all(one.delete() for one in ones if not one.deleted)
            self.status = "DELETE_COMPLETE" if done else "DELETE_FAILED"
            if done:
                return
            yield Wait(lambda: False, self.universe.clock.now() + LATER)
        for one in ones:
            one.left_behind = one.left_behind or not one.deleted

    def _roll_back(self, ones: list[Resource]) -> Steps[None]:
        left = ones
        for _ in range(TRIES):
            self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
            tasks = {one.logical_id: self._spawn(one.roll_back()) for one in left}
            yield Wait(lambda tasks=tasks: all(task.finished for task in tasks.values()))  # type: ignore[misc]
            left = [one for one in left if not tasks[one.logical_id].result]
            if not left:
                return
            self.status = "UPDATE_ROLLBACK_FAILED"
            yield Wait(lambda: False, self.universe.clock.now() + LATER)
        for one in left:  # the person continues the roll-back, and skips what does not roll back
            one.left_behind = True

    def _forward(self, tasks: list[Task[bool]], sibling: float) -> Steps[bool]:
        """Whether all succeed; as soon as one fails, CloudFormation waits for none of them any longer."""

        def decided() -> bool:
            failed = any(task.finished and not task.result for task in tasks)
            return failed or (sibling == math.inf and all(task.finished for task in tasks))

        yield Wait(decided, self.universe.clock.now() + sibling)
        for task in tasks:
            task.cancel()
        return all(task.result for task in tasks) and sibling == math.inf

    def _all(self, steps: Iterable[Steps[bool]]) -> Steps[bool]:
        tasks = [self._spawn(one) for one in steps]
        yield Wait(lambda: all(task.finished for task in tasks))
        return all(task.result for task in tasks)

    def _spawn(self, steps: Steps[bool]) -> Task[bool]:
        return self.universe.agenda.spawn(steps)
