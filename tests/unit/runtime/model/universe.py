"""Lambda as it is: events come late, twice and out of order, functions die, hang and are refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from constructs_lib.runtime import front, worker
from constructs_lib.runtime.events import Event
from constructs_lib.runtime.world import World

from .account import Raw
from .addresses import expires
from .agenda import Agenda
from .cloudformation import CloudFormation
from .invariants import STANDING
from .job import Job
from .lambdas import FRONT_SECONDS, WORKER_SECONDS
from .tape import MISHAPS, Died, client_error, denied, throttled
from .world import FakeAccount

if TYPE_CHECKING:
    from .stack import Resource

# What Lambda waits after each try, and the age at which the front's queue hands an event over.
PAUSES = (60.0, 120.0)
OLDEST = 3600.0
CHANGES = ("StopTrainingJob", "UpdateTrainingJob", "DeleteTrainingJob", "AddTags", "DeleteTags")


@dataclass(frozen=True)
class Mishap:
    """At the call of this number: ``die``, ``throttle``, ``break`` (500), or hang for some seconds.

    ``silence`` lets the next answer, or signal, not arrive.
    """

    call: int
    kind: str
    seconds: float = 0
    after: bool = False


@dataclass
class Death:
    """From the call of this number on, so many calls of the operation kill the function that makes them.

    ``polling`` says which: the worker that the state machine calls, or whoever carries an event out.
    """

    call: int
    operation: str
    polling: bool
    times: int


@dataclass
class Invocation:
    """A function that runs."""

    driver: CloudFormation
    url: str
    end: float
    polling: bool


@dataclass
class Spell:
    """A time in which operations are refused."""

    operations: frozenset[str]
    start: float
    end: float
    throttles: bool


@dataclass
class Universe:
    """One account with everything that may happen in it.

    Attributes:
        deliveries: for each request in turn, the delays of its copies; one at once where there are no more.
        lost: requests that nobody is left to answer: both functions died for good, or a watch did, and that
            was reported when the address had expired.
        disturbed: when a mishap hit a request last; ``delivered`` when it was first delivered.
        wrongs: what was done that must never be.
        calls: each call's operation, and whether a poll made it.
    """

    mishaps: Mapping[int, Sequence[Mishap]] = field(default_factory=dict)
    deliveries: list[Sequence[float]] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    death: Death | None = None
    account: FakeAccount = field(default_factory=FakeAccount)
    lost: set[str] = field(default_factory=set)
    disturbed: dict[str, float] = field(default_factory=dict)
    delivered: dict[str, float] = field(default_factory=dict)
    pending: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)
    calls: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = self.account.clock
        self.agenda = Agenda(self.clock)
        self.drivers: list[CloudFormation] = []
        self.resources: list[Resource] = []
        self._acting: list[Invocation] = []
        self._urls: dict[str, str] = {}
        self.account.tape.listeners.append(self._on_call)

    def adopt(self, driver: CloudFormation) -> None:
        """Let a resource's functions run here."""
        self.drivers.append(driver)
        self.agenda.executions.append(driver.executions)
        driver.executions.poll = lambda state: self._poll(driver, state)
        driver.executions.report = lambda event: self.send(driver, event)

    def send(self, driver: CloudFormation, event: Raw) -> None:
        """CloudFormation, or EventBridge, gives Lambda an event for the front."""
        if url := event.get("ResponseURL"):
            for key in (Event.parse(event).delivery, event["RequestId"]):
                self._urls[key] = url
        url = url or self._urls[event["detail"]["name"]]
        now = self.clock.now()
        for delay in self.deliveries.pop(0) if self.deliveries else (0.0,):
            self._later(delay, url, lambda: self._front(driver, event, url, now))

    def in_flight(self, driver: CloudFormation) -> bool:
        """Whether a message of a resource is under way, or a function at work; a watch over a job is not."""
        if any(one.driver is driver for one in self._acting):
            return True
        return any(self.pending[url] for url in driver.asked)

    # Lambda.

    def _later(self, delay: float, url: str, action: Callable[[], None]) -> None:
        self.pending[url] += 1

        def act() -> None:
            try:
                action()
            finally:
                self.pending[url] -= 1

        self.agenda.at(self.clock.now() + delay, act)

    def _front(self, driver: CloudFormation, event: Raw, url: str, queued: float, tries: int = 0) -> None:
        if tries and self.clock.now() > queued + OLDEST:
            self._hand_over(driver, event, None, "EventAgeExceeded", url)
            return
        self.delivered.setdefault(url, self.clock.now())
        if "ResponseURL" not in event:  # the report of a dead watch may be late, too
            self.disturbed[url] = self.clock.now()
            if self.clock.now() > expires(url):
                self.lost.add(url)
        try:
            self._invoke(driver, url, FRONT_SECONDS, lambda world: front.handle(_copy(event), world))
        except MISHAPS as error:
            if tries == len(PAUSES):
                response = {"errorMessage": str(error), "errorType": type(error).__name__}
                self._hand_over(driver, event, response, "RetriesExhausted", url)
            else:
                again = tries + 1
                self._later(PAUSES[tries], url, lambda: self._front(driver, event, url, queued, again))

    def _hand_over(
        self, driver: CloudFormation, event: Raw, response: Raw | None, condition: str, url: str
    ) -> None:
        record = {
            "version": "1.0",
            "requestContext": {"condition": condition, "approximateInvokeCount": 3},
            "requestPayload": event,
            "responsePayload": response,
        }
        self._destination(driver, record, url, 0)

    def _destination(self, driver: CloudFormation, record: Raw, url: str, tries: int) -> None:
        try:
            self._invoke(driver, url, WORKER_SECONDS, lambda world: worker.handle(_copy(record), world))
        except MISHAPS:
            if tries == len(PAUSES):
                self.lost.add(url)
            else:
                again = tries + 1
                self._later(PAUSES[tries], url, lambda: self._destination(driver, record, url, again))

    def _poll(self, driver: CloudFormation, state: Raw) -> Raw:
        answers: list[Raw] = []
        url = self._urls[state["sealed"]["request"]]
        self._invoke(
            driver,
            url,
            WORKER_SECONDS,
            lambda world: answers.append(worker.handle(_copy(state), world)),
            True,
        )
        return answers[0]

    def _invoke(
        self,
        driver: CloudFormation,
        url: str,
        seconds: float,
        function: Callable[[World], object],
        polling: bool = False,
    ) -> None:
        self._acting.append(Invocation(driver, url, self.clock.now() + seconds, polling))
        try:
            with self.clock.invocation(seconds):
                function(driver.world)
        except MISHAPS:
            self.disturbed[url] = self.clock.now()
            raise
        finally:
            self._acting.pop()

    # Calls.

    def _on_call(self, operation: str, index: int, after: bool) -> None:
        me = self._acting[-1]
        if not after:
            self.calls.append((operation, me.polling))
            self._look_at_owner(operation, me)
            self._refuse(operation, me)
            self._die(operation, index, me)
        for mishap in self.mishaps.get(index, ()):
            if mishap.after is after:
                self._befall(mishap, operation, me)
        if self.clock.now() > me.end:
            raise Died
        if operation == "CreateTrainingJob" and after:
            self._look_at_creation(me)

    def _refuse(self, operation: str, me: Invocation) -> None:
        for spell in self.spells:
            if operation in spell.operations and spell.start <= self.clock.now() < spell.end:
                self.disturbed[me.url] = self.clock.now()
                raise throttled(operation) if spell.throttles else denied(operation)

    def _die(self, operation: str, index: int, me: Invocation) -> None:
        one = self.death
        if (
            one
            and one.times
            and index >= one.call
            and (operation, me.polling) == (one.operation, one.polling)
        ):
            one.times -= 1
            raise Died

    def _befall(self, mishap: Mishap, operation: str, me: Invocation) -> None:
        self.disturbed[me.url] = self.clock.now() + mishap.seconds
        if mishap.kind == "hang":
            self.agenda.pass_time(mishap.seconds)
        elif mishap.kind == "die":
            raise Died
        elif mishap.kind == "silence":
            self.account.recorder.unreachable = self.account.waits.unreachable = 1
        elif operation not in ("Answer", "Signal"):
            broken = client_error("InternalFailure", "internal", operation, status=500)
            raise throttled(operation) if mishap.kind == "throttle" else broken

    def _look_at_owner(self, operation: str, me: Invocation) -> None:
        """Nobody else's job is ever changed.

        Not looked at: a name whose record was deleted and that another stack took. For that, two stacks'
        UUIDs would have to begin alike, and a message be hours late.
        """
        if operation not in CHANGES:
            return
        sagemaker = self.account.sagemaker
        request = sagemaker.requests[-1][1]
        name = request.get("TrainingJobName") or request["ResourceArn"].rpartition("/")[2]
        job = sagemaker.jobs.get(name)
        again = sagemaker.created.count(name) > 1
        if job is not None and not again and not owner(me.driver).items() <= job.tags.items():
            self.wrongs.append(f"{operation} of '{name}', which is not {me.driver.logical_id}'s")
        stops = operation == "StopTrainingJob" and name in sagemaker.live()
        if job is not None and (stops or operation == "DeleteTrainingJob"):
            self.wrongs += self._look_at_want(operation, job, me)

    def _look_at_want(self, operation: str, job: Job, me: Invocation) -> list[str]:
        """Nothing is taken from a request that goes on, or has succeeded, on behalf of one before it."""
        for one in self.resources:
            last = next(reversed(one.start.asked), me.url)
            if one.start is not me.driver or last == me.url:
                continue
            status, answer = one.start.status, self.account.recorder.effective(last)
            failed = answer is not None and not answer.ok
            asked = Event.parse(one.start.asked[last].event)
            fresh = job.tags.get("constructs-lib:delivery") == asked.delivery
            if fresh and status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS") and not failed:
                return [f"{operation} of '{job.name}', which {status} waits for"]
            if status in STANDING and one.now.id == job.name:
                return [f"{operation} of '{job.name}', which is deployed"]
        return []

    def _look_at_creation(self, me: Invocation) -> None:
        """Only an event that asks for a new content starts a job."""
        asked = me.driver.asked[me.url]
        if asked.idle:
            self.wrongs.append(f"{asked.idle} trained '{self.account.sagemaker.created[-1]}'")


def owner(driver: CloudFormation) -> dict[str, str]:
    """The tags of a resource's jobs."""
    return {"constructs-lib:stack-id": driver.stack_id, "constructs-lib:logical-id": driver.logical_id}


def _copy(value: Raw) -> Raw:
    copied: Raw = json.loads(json.dumps(value))
    return copied
