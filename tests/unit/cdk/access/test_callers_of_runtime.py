"""The runtime's functions may do what their code does, and nothing beside it."""

from __future__ import annotations

import pytest

from tests.unit.cdk.access import operations
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.calls import Call, cases, judged
from tests.unit.cdk.access.runtime_calls import RuntimeCalls
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.everything import templates

LEAST_CASES = 200
# Of Lambda itself: its log, its trace, and the destination of an invocation that failed.
LAMBDAS_OWN = {
    "lambda:InvokeFunction",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# What CreateTrainingJob asks of its caller beside itself.
DEPENDENT = {"iam:PassRole"}
# The function of a sweep calls nothing else; see test_callers_of_sweeps.
OF_REDUCER = {"s3:GetObject"}
# Jobs of workflows are looked for by both functions where a stack has any; see below.
OF_WORKFLOWS = {"sagemaker:ListTrainingJobs"}


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


@pytest.fixture(scope="module")
def runtime(account: Account) -> RuntimeCalls:
    return RuntimeCalls(account)


@pytest.fixture(scope="module")
def calls(runtime: RuntimeCalls) -> list[Call]:
    return [*runtime.of_front(), *runtime.of_worker()]


def granted(account: Account, role: str) -> set[str]:
    """The actions in a role's policies."""
    found: set[str] = set()
    for document in account.policies(role):
        for statement in document["Statement"]:
            given = statement["Action"]
            found |= {given} if isinstance(given, str) else set(given)
    return found


def test_each_call_is_allowed_on_its_own_things_only(account: Account, calls: list[Call]) -> None:
    assert [problem for call in calls for problem in judged(account, call)] == []
    assert sum(map(cases, calls)) >= LEAST_CASES


def test_what_one_function_may_the_other_may_not(account: Account, runtime: RuntimeCalls) -> None:
    denied = [*runtime.denied()]
    allowed = [c for c in denied if account.allows(c.who, c.action, c.resource, c.context)]
    assert allowed == []
    assert len(denied) >= 8


def test_the_rows_are_what_the_code_calls(calls: list[Call]) -> None:
    """An operation that the code begins to call needs a row here; and a row needs code that calls it."""
    called = set(operations.actions()) - OF_REDUCER - OF_WORKFLOWS
    assert {call.action for call in calls} - LAMBDAS_OWN - DEPENDENT == called
    assert operations.services() == set(operations.CLIENTS.values())


def test_nothing_is_granted_that_the_code_does_not_call(account: Account, runtime: RuntimeCalls) -> None:
    for role, made in ((runtime.front, runtime.of_front()), (runtime.worker, runtime.of_worker())):
        assert granted(account, role) == {call.action for call in made}
