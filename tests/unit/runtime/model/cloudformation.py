"""CloudFormation as a model: one custom resource in one stack, its events, and the stack's status."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from .account import ACCOUNT, LOGICAL_ID, REGION, STACK_ID, Raw
from .addresses import answer_url
from .executions import FakeExecutions
from .lambdas import Lambdas
from .recorder import Response
from .requests import START_TYPE, stringified
from .world import FakeAccount

# How long CloudFormation waits for the answer to one request.
LIMIT_SECONDS = 3600.0
INVENTED_ID = "models-Churn-INVENTED12AB"


@dataclass
class Asked:
    """One request that CloudFormation made.

    Attributes:
        whole: a Delete of the resource as such, not of one that was replaced.
        late: a test delivered it so late that its answer cannot be in time.
        running: what ran of the resource when the answer was taken.
        idle: why nothing may be trained for it, such as ``a roll-back``; empty where something may.
    """

    event: Raw
    at: float
    whole: bool
    late: bool = False
    running: tuple[str, ...] = ()
    idle: str = ""


class CloudFormation:
    """One custom resource in one stack, its functions, and the account they are in.

    Attributes:
        physical_id: the resource's, once it is created; ``deployed`` its properties.
        failed: the properties of an Update that failed, for the roll-back.
        cleaned_up: whether the last clean-up succeeded (CloudFormation shrugs; tests do not).
        asked: every request by its address.
    """

    def __init__(
        self,
        *,
        stack_id: str = STACK_ID,
        logical_id: str = LOGICAL_ID,
        resource_type: str = START_TYPE,
        account: FakeAccount | None = None,
        numbers: Iterator[int] | None = None,
    ) -> None:
        self.account = account or FakeAccount()
        self.tape, self.clock = self.account.tape, self.account.clock
        self.sagemaker, self.kms = self.account.sagemaker, self.account.kms
        self.recorder, self.waits = self.account.recorder, self.account.waits
        self.s3, self.job_logs, self.ec2 = self.account.s3, self.account.job_logs, self.account.ec2
        self.executions = FakeExecutions(self.tape, self.clock)
        self.world = self.account.world(self.executions)
        self.lambdas = Lambdas(lambda: self.world, self.clock)
        self.executions.poll = self.lambdas.poll
        self.executions.report = lambda event: self.deliver(event)
        self.stack_id, self.logical_id, self.resource_type = stack_id, logical_id, resource_type
        self.physical_id: str | None = None
        self.deployed: Raw = {}
        self.failed: Raw = {}
        self.cleaned_up = True
        self.asked: dict[str, Asked] = {}
        self._numbers = numbers or itertools.count(1)
        if stack_id not in self.account.stacks.statuses:
            self.account.stacks.turn(stack_id, "CREATE_IN_PROGRESS")
        self.recorder.on_taken.append(self._note_answer)

    def beside(
        self, *, stack_id: str = STACK_ID, logical_id: str = LOGICAL_ID, resource_type: str = START_TYPE
    ) -> CloudFormation:
        """Another resource in the same account, in a stack with a runtime of its own."""
        return CloudFormation(
            stack_id=stack_id,
            logical_id=logical_id,
            resource_type=resource_type,
            account=self.account,
            numbers=itertools.count(1000 * (1 + len(self.recorder.on_taken))),
        )

    @property
    def status(self) -> str:
        """The stack's status, as DescribeStacks gives it."""
        return self.account.stacks.statuses[self.stack_id]

    @status.setter
    def status(self, status: str) -> None:
        self.account.stacks.turn(self.stack_id, status)

    # Events.

    def event(
        self,
        kind: str,
        asked: Raw,
        old: Raw | None = None,
        *,
        physical_id: str | None = None,
        status: str | None = None,
    ) -> Raw:
        """A request to the front; the stack's status is set first: the given one, or the implied."""
        whole = physical_id in (None, self.physical_id) or self.physical_id is None
        if status is None or status != self.status:  # a status that holds already began before
            self.status = status or self._status_for(kind, asked, old, whole=whole)
        number, now = next(self._numbers), self.clock.now()
        event: Raw = {
            "RequestType": kind,
            "ServiceToken": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:front",
            "ResponseURL": answer_url(self.stack_id, self.logical_id, number, now + self.account.stacks.skew),
            "StackId": self.stack_id,
            "RequestId": f"request-{number}",
            "ResourceType": self.resource_type,
            "LogicalResourceId": self.logical_id,
            "ResourceProperties": {"ServiceToken": "front", **stringified(asked)},
        }
        if old is not None:
            event["OldResourceProperties"] = {"ServiceToken": "front", **stringified(old)}
        if kind != "Create":
            event["PhysicalResourceId"] = physical_id or self.physical_id or INVENTED_ID
        self.asked[event["ResponseURL"]] = Asked(event, now, whole=kind == "Delete" and whole)
        return event

    def deliver(self, event: Raw, *, times: int = 1, after: float = 0) -> None:
        """Lambda delivers an event: so often, and so many seconds late."""
        if after:
            self.clock.time += after
            if known := self.asked.get(event.get("ResponseURL", "")):
                known.late = True
        for _ in range(times):
            self.lambdas.deliver(event)

    def destination(self, event: Raw, response: Raw | None, condition: str = "RetriesExhausted") -> None:
        """The front died on an event until Lambda gave up."""
        self.lambdas.destination(event, response, condition)

    def settle(self, event: Raw) -> Response:
        """Deliver an event, let everything run, and give the answer CloudFormation takes."""
        self.deliver(event)
        return self.finish(event)

    def finish(self, event: Raw) -> Response:
        """Let everything run, and give the answer CloudFormation takes."""
        self.executions.run()
        response = self.recorder.effective(event["ResponseURL"])
        assert response is not None, "CloudFormation was never answered"
        return response

    def give_up(self, event: Raw) -> Response | None:
        """Let everything run while CloudFormation waits: the answer, or None if none came in time."""
        self.executions.run_until(self.asked[event["ResponseURL"]].at + LIMIT_SECONDS)
        response = self.recorder.effective(event["ResponseURL"])
        return response if response is not None and self.in_time(response) else None

    def in_time(self, response: Response) -> bool:
        """Whether CloudFormation still waited when the answer came."""
        return response.at <= self.asked[response.url].at + LIMIT_SECONDS

    # Deployments.

    def create(self, asked: Raw) -> Response:
        response = self.settle(self.event("Create", asked))
        self.physical_id, self.deployed = response.physical_id, asked
        self.status = "CREATE_COMPLETE" if response.ok else "ROLLBACK_IN_PROGRESS"
        return response

    def update(self, asked: Raw, *, clean_up: bool = True) -> Response:
        """An Update; where it succeeds with a new id, the clean-up of the old resource follows."""
        before, old_id = self.deployed, self.physical_id
        response = self.settle(self.event("Update", asked, before))
        if not response.ok:
            assert response.physical_id == old_id
            self.failed = asked
            self.status = "UPDATE_ROLLBACK_IN_PROGRESS"
            return response
        self.physical_id, self.deployed = response.physical_id, asked
        if clean_up:
            self._clean_up(before, old_id)
            self.status = "UPDATE_COMPLETE"
        return response

    def roll_back(self) -> Response:
        """After an Update that failed: another, with the old properties."""
        event = self.event("Update", self.deployed, self.failed, status="UPDATE_ROLLBACK_IN_PROGRESS")
        response = self.settle(event)
        assert response.physical_id == self.physical_id
        self.status = "UPDATE_ROLLBACK_COMPLETE" if response.ok else "UPDATE_ROLLBACK_FAILED"
        return response

    def undo(self, before: Raw) -> Response:
        """A sibling failed: an Update that succeeded (``update(..., clean_up=False)``) is undone."""
        new, new_id = self.deployed, self.physical_id
        response = self.settle(self.event("Update", before, new, status="UPDATE_ROLLBACK_IN_PROGRESS"))
        self.status = "UPDATE_ROLLBACK_FAILED"
        if response.ok:
            self.physical_id, self.deployed = response.physical_id, before
            self._clean_up(new, new_id, status="UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
            self.status = "UPDATE_ROLLBACK_COMPLETE"
        return response

    def delete(self) -> Response:
        response = self.settle(self.event("Delete", self.deployed))
        word = self.status.removesuffix("_IN_PROGRESS")
        self.status = f"{word}_COMPLETE" if response.ok else f"{word}_FAILED"
        return response

    @property
    def creations(self) -> int:
        return len(self.sagemaker.created)

    @property
    def job(self) -> str:
        """The newest job's name."""
        return self.sagemaker.created[-1]

    def _clean_up(self, before: Raw, old_id: str | None, status: str | None = None) -> None:
        if old_id != self.physical_id:
            self.cleaned_up = self.settle(self.event("Delete", before, physical_id=old_id, status=status)).ok

    def _status_for(self, kind: str, asked: Raw, old: Raw | None, *, whole: bool) -> str:
        now = self.status
        if kind == "Create":
            return "CREATE_IN_PROGRESS"
        if kind == "Update":
            undone = now in ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS")
            back = undone and asked == self.deployed != old
            return "UPDATE_ROLLBACK_IN_PROGRESS" if back else "UPDATE_IN_PROGRESS"
        if not whole:
            rolled_back = now.startswith("UPDATE_ROLLBACK")
            return f"UPDATE_{'ROLLBACK_' if rolled_back else ''}COMPLETE_CLEANUP_IN_PROGRESS"
        created = now in ("CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
        return "ROLLBACK_IN_PROGRESS" if created else "DELETE_IN_PROGRESS"

    def _note_answer(self, response: Response) -> None:
        known = self.asked.get(response.url)
        if known is not None and len(self.recorder.given(response.url)) == 1:
            known.running = tuple(self.running())

    def running(self) -> list[str]:
        """The jobs in progress that are this resource's, by their tags."""
        ours = {"constructs-lib:stack-id": self.stack_id, "constructs-lib:logical-id": self.logical_id}
        jobs = self.sagemaker.jobs
        return [name for name in self.sagemaker.running() if ours.items() <= jobs[name].tags.items()]
