"""What holds at any time, whatever dies, comes late or comes twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .account import show_no_secret
from .addresses import expires
from .cloudformation import LIMIT_SECONDS, CloudFormation

if TYPE_CHECKING:
    from .universe import Universe


def check(*drivers: CloudFormation, logs: Iterable[str] = ()) -> None:
    """Fail with a clear message when an invariant is broken in the drivers' account.

    1. At most one job in progress for one content. 2. No job of a resource runs after its Delete succeeded.
    3. No address gets answers that contradict each other. 4. Answers come before CloudFormation's limit.
    5. No secret in execution data or in the ``logs`` given (conftest looks at what is printed).
    """
    for cfn in drivers:
        one_job_a_content(cfn)
        nothing_runs_after_delete(cfn)
        answers_agree(cfn)
        answers_in_time(cfn)
        no_secret(cfn, logs)


def one_job_a_content(cfn: CloudFormation) -> None:
    """Invariant 1, now and at each creation."""
    twins = cfn.sagemaker.twins
    assert not twins, f"invariant 1: jobs of one content side by side: {twins}"
    by_content = defaultdict(list)
    for name in cfn.sagemaker.running():
        by_content[cfn.sagemaker.jobs[name].content].append(name)
    several = [names for names in by_content.values() if len(names) > 1]
    assert not several, f"invariant 1: jobs of one content run: {several}"


def nothing_runs_after_delete(cfn: CloudFormation) -> None:
    """Invariant 2, when Delete was answered, and now unless something was asked for since."""
    for url, asked in cfn.asked.items():
        response = cfn.recorder.effective(url)
        if asked.event["RequestType"] != "Delete" or response is None or not response.ok:
            continue
        running = set(asked.running)
        if asked is [*cfn.asked.values()][-1]:
            running |= set(cfn.running())
        if not asked.whole:
            running &= {asked.event["PhysicalResourceId"]}
        which = asked.event["PhysicalResourceId"]
        assert not running, f"invariant 2: after Delete of '{which}' succeeded, {sorted(running)} ran"


def answers_agree(cfn: CloudFormation) -> None:
    """Invariant 3: every address that was asked about is told one thing, however often."""
    for url, asked in cfn.asked.items():
        told = {(one.ok, one.physical_id) for one in cfn.recorder.given(url)}
        kind = asked.event["RequestType"]
        assert len(told) <= 1, (
            f"invariant 3: {kind} {asked.event['RequestId']} got contradictory answers: {sorted(told)}"
        )


def answers_in_time(cfn: CloudFormation) -> None:
    """Invariant 4, for what a test did not deliver too late."""
    for url, asked in cfn.asked.items():
        response = cfn.recorder.effective(url)
        if response is None or asked.late:
            continue
        took = response.at - asked.at
        assert cfn.in_time(response), (
            f"invariant 4: {asked.event['RequestType']} {asked.event['RequestId']} was answered after "
            f"{took:.0f} s, and CloudFormation waits {LIMIT_SECONDS:.0f} s"
        )


def all_answered(cfn: CloudFormation) -> None:
    """No request is left without an answer (for tests that deliver each of them)."""
    silent = [one.event["RequestId"] for url, one in cfn.asked.items() if not cfn.recorder.given(url)]
    assert not silent, f"invariant 3: never answered: {silent}"


def no_secret(cfn: CloudFormation, logs: Iterable[str] = ()) -> None:
    """Invariant 5."""
    for one in cfn.executions.all.values():
        for text in (one.input, *one.states):
            show_no_secret(text, f"the data of execution {one.name}")
    for line in logs:
        show_no_secret(line, "a log line")


# How long an operation may be over until nothing runs that it gave up.
SOON = 600.0
STANDING = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


# For a universe in which anything may come late, twice, or never.


def twins(universe: Universe) -> None:
    """Invariant 1, for each resource by itself."""
    sagemaker = universe.account.sagemaker
    assert not sagemaker.twins, f"invariant 1: jobs of one content side by side: {sagemaker.twins}"


def nothing_is_left(universe: Universe, *, deleted_only: bool) -> None:
    """Invariant 2: once nothing of a resource is under way, nothing runs of one that is deleted.

    And of one that is there, nothing but the job that is deployed.
    """
    for one in universe.resources:
        if (deleted_only and not one.deleted) or one.left_behind or universe.in_flight(one.start):
            continue
        running = set(one.start.running()) - (set() if one.deleted else {one.now.id})
        which = "deleted" if one.deleted else f"there with '{one.now.id}'"
        assert not running, f"invariant 2: {one.logical_id} is {which}, and {sorted(running)} run"


def nothing_lingers(universe: Universe) -> None:
    """Invariant 2, sooner: what an operation gave up does not run on until the wait for it would be over."""
    now, stacks = universe.clock.now(), universe.account.stacks
    for one in universe.resources:
        standing = one.start.status in STANDING and now > stacks.turned[one.start.stack_id] + SOON
        if not standing or one.left_behind or universe.in_flight(one.start):
            continue
        running = set(one.start.running()) - {one.now.id}
        which = f"there with '{one.now.id}'"
        assert not running, f"invariant 2: {one.logical_id} is {which}, and {sorted(running)} run on"


def delivered_are_answered(universe: Universe) -> None:
    """Invariant 3: but for requests both of whose functions died for good, and what came after its time."""
    for driver in universe.drivers:
        for url, asked in driver.asked.items():
            came = universe.delivered.get(url)
            if came is None or came > expires(url) or url in universe.lost:
                continue
            what = f"{asked.event['RequestType']} {asked.event['RequestId']}"
            assert driver.recorder.given(url), f"invariant 3: {what} was never answered"


def in_time_or_excused(universe: Universe) -> None:
    """Invariant 4: but for what came so late, or was hit so late, that there was no time left.

    The runtime plans with an hour from the request's date; half of it is enough for everything it does but
    wait. A mishap in the second half may cost more than what is kept for the answer.
    """
    for driver in universe.drivers:
        for url, asked in driver.asked.items():
            hit = max(universe.delivered.get(url, 0), universe.disturbed.get(url, 0))
            if url in universe.lost or url not in universe.delivered or hit > asked.at + LIMIT_SECONDS / 2:
                continue
            first = driver.recorder.effective(url)
            what = f"{asked.event['RequestType']} {asked.event['RequestId']}"
            assert first is not None, f"invariant 3: {what} was never answered"
            assert driver.in_time(first), (
                f"invariant 4: {what} was answered after {first.at - asked.at:.0f} s"
            )
