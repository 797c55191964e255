"""A whole deployment in mode wait_condition: start resource, handle, condition, result resource."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .account import RESULT_ID, Raw
from .cloudformation import CloudFormation
from .recorder import Response
from .requests import JUDGED, RESULT_TYPE, properties
from .waits import WaitCondition, WaitHandle


@dataclass
class Template:
    """What one deployment asks for; ``key`` is the hash in the logical ids of handle and condition."""

    start: Raw
    judged: Raw
    timeout: float
    key: str


def template(*, key: str = "k1", timeout: int = 7200, **members: Any) -> Template:
    """A template in mode wait_condition; members as ``properties`` takes them."""
    start = properties(mode="wait_condition", timeout=timeout, **members)
    judged = {name: start.pop(name) for name in JUDGED[:2] if name in start}
    if "AllowStopped" in start:
        judged["AllowStopped"] = start["AllowStopped"]
    return Template(start, {"FinalMetrics": [], **judged}, timeout, key)


class Deployment:
    """The four resources in one stack, deployed in CloudFormation's order.

    Attributes:
        start: the driver of the start resource; ``result`` that of the result resource.
        handle, condition: those that are deployed now.
        condition_delay: seconds between the start resource's answer and the condition's creation.
        waited: what the last wait came to: COMPLETE, FAILED, TIMED_OUT or CANCELLED.
        reason: why the last create or update was rolled back; empty when it was not.
    """

    def __init__(self, start: CloudFormation | None = None) -> None:
        self.start = start or CloudFormation()
        self.result = self.start.beside(logical_id=RESULT_ID, resource_type=RESULT_TYPE)
        self.handle: WaitHandle | None = None
        self.condition: WaitCondition | None = None
        self.condition_delay = 0.0
        self.waited = ""
        self.reason = ""
        self._deployed: Template | None = None
        self._result_properties: Raw = {}

    @property
    def status(self) -> str:
        return self.start.status

    def create(self, asked: Template, *, sibling_fails_after: float = math.inf) -> str:
        """Create the stack; rolled back where something fails. The stack's status at the end."""
        self.reason = ""
        self.start.status = "CREATE_IN_PROGRESS"
        failing = self.start.clock.now() + sibling_fails_after
        self.handle = self._new_handle(asked)
        started = self._ask(self.start, "Create", _with_handle(asked, self.handle))
        self._keep(self.start, started, _with_handle(asked, self.handle))
        if started.ok and self._wait(asked, self.handle, failing):
            self._result_properties = self._for_result(asked)
            judged = self._ask(self.result, "Create", self._result_properties)
            self._keep(self.result, judged, self._result_properties)
        if self.reason:
            self.start.status = "ROLLBACK_IN_PROGRESS"
            return self._remove("ROLLBACK")
        self._deployed = asked
        self.start.status = "CREATE_COMPLETE"
        return self.status

    def update(self, asked: Template, *, sibling_fails_after: float = math.inf) -> str:
        """Update the stack; a new ``key`` makes a new handle and condition. The stack's status at the end."""
        assert self._deployed is not None
        assert self.handle is not None
        self.reason = ""
        self.start.status = "UPDATE_IN_PROGRESS"
        failing = self.start.clock.now() + sibling_fails_after
        before = (
            self._deployed,
            self.handle,
            self.condition,
            self.start.physical_id,
            self._result_properties,
        )
        renewed = asked.key != self._deployed.key
        handle = self._new_handle(asked) if renewed else self.handle
        started = self._ask(
            self.start, "Update", _with_handle(asked, handle), _with_handle(before[0], before[1])
        )
        result_asked = False
        if started.ok:
            self.start.physical_id = started.physical_id
            if not renewed or self._wait(asked, handle, failing):
                result_asked = True
                self._result_properties = self._for_result(asked)
                judged = self._ask(self.result, "Update", self._result_properties, before[4])
                if judged.ok:
                    self.result.physical_id = judged.physical_id
        if self.reason:
            return self._undo(asked, handle, before, result_asked)
        self.start.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        self._clean_up(before[3], _with_handle(before[0], before[1]))
        if renewed:
            before[1].deleted = True
        self._deployed, self.handle = asked, handle
        self.start.deployed, self.result.deployed = _with_handle(asked, handle), self._result_properties
        self.start.status = "UPDATE_COMPLETE"
        return self.status

    def delete(self) -> str:
        """Delete the stack. Its status at the end."""
        self.start.status = "DELETE_IN_PROGRESS"
        return self._remove("DELETE")

    # Steps.

    def _ask(self, driver: CloudFormation, kind: str, asked: Raw, old: Raw | None = None) -> Response:
        """One request; CloudFormation goes on as soon as it is answered, whatever runs on."""
        event = driver.event(kind, asked, old, status=self.status)
        driver.deliver(event)
        limit = driver.asked[event["ResponseURL"]].at + 3600
        while driver.recorder.effective(event["ResponseURL"]) is None:
            due = driver.executions.next_due()
            assert due is not None, f"{kind} of {driver.logical_id} was never answered"
            assert due <= limit, f"{kind} of {driver.logical_id} was not answered in an hour"
            driver.executions.step()
        response = driver.recorder.effective(event["ResponseURL"])
        assert response is not None
        if not response.ok:
            self.reason = self.reason or response.reason
        return response

    def _keep(self, driver: CloudFormation, response: Response, asked: Raw) -> None:
        driver.physical_id, driver.deployed = response.physical_id, asked

    def _new_handle(self, asked: Template) -> WaitHandle:
        return self.start.waits.handle(f"Handle{asked.key}", self.start.stack_id)

    def _for_result(self, asked: Template) -> Raw:
        assert self.condition is not None
        output = asked.start["Request"]["OutputDataConfig"]["S3OutputPath"]
        return {
            **asked.judged,
            "TrainingJobName": self.start.physical_id,
            "OutputPath": output,
            "Waited": self.condition.data,
        }

    def _wait(self, asked: Template, handle: WaitHandle, failing: float) -> bool:
        """Create the condition and wait on it: until it is decided, or a sibling fails."""
        executions, clock = self.start.executions, self.start.clock
        executions.run_until(clock.now() + self.condition_delay)
        condition = self.start.waits.condition(f"Condition{asked.key}", handle, asked.timeout)
        self.condition = condition
        until = min(condition.deadline, failing)
        while condition.status(clock.now()) == "PENDING" and clock.now() < until:
            due = executions.next_due()
            if due is None or due > until:
                clock.reach(until)
            else:
                executions.step()
        self.waited = condition.status(clock.now())
        if self.waited == "PENDING":
            self.waited, self.reason = "CANCELLED", "Resource creation cancelled"
        elif self.waited != "COMPLETE":
            self.reason = condition.reason
        return self.waited == "COMPLETE"

    def _undo(
        self,
        asked: Template,
        handle: WaitHandle,
        before: tuple[Template, WaitHandle, WaitCondition | None, str | None, Raw],
        result_asked: bool,
    ) -> str:
        """Roll the update back: the start resource, the result, and then what was new is cleaned up."""
        self.start.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        old, new = _with_handle(before[0], before[1]), _with_handle(asked, handle)
        tried = self.start.physical_id
        responses = [self._ask(self.start, "Update", old, new)]
        self.start.physical_id = responses[0].physical_id
        if result_asked:
            responses.append(self._ask(self.result, "Update", before[4], self._result_properties))
        self._result_properties, self.condition = before[4], before[2]
        if not all(response.ok for response in responses):
            self.start.status = "UPDATE_ROLLBACK_FAILED"
            return self.status
        self.start.status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
        self._clean_up(tried, new)
        if handle is not before[1]:
            handle.deleted = True
        self.start.status = "UPDATE_ROLLBACK_COMPLETE"
        return self.status

    def _clean_up(self, old_id: str | None, asked: Raw) -> None:
        if old_id == self.start.physical_id:
            return
        event = self.start.event("Delete", asked, physical_id=old_id, status=self.status)
        self.start.cleaned_up = self.start.settle(event).ok

    def _remove(self, word: str) -> str:
        """Delete what is there, in the order opposite to its creation."""
        deleted = True
        if self.result.physical_id is not None:
            deleted = self._ask(self.result, "Delete", self.result.deployed).ok
        self.condition = None
        deleted = self._ask(self.start, "Delete", self.start.deployed).ok and deleted
        if deleted:
            self.start.physical_id = self.result.physical_id = None
            if self.handle is not None:
                self.handle.deleted = True
        self.start.status = f"{word}_COMPLETE" if deleted else f"{word}_FAILED"
        return self.status


def _with_handle(asked: Template, handle: WaitHandle) -> Raw:
    return {**asked.start, "Completion": {**asked.start["Completion"], "Handle": handle.url}}
