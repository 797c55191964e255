"""The invariants, with the process killed before and after every call to the outside.

1. At most one live job for one content. 2. No job runs after Delete succeeded. 3. One effective answer.
4. An answer in time. 5. No secret in a log line or in execution data (conftest and fakes check it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from .fake_service import COMPLETES, RUNS_FOR_EVER, Died, Fault, Raw, fails, with_metrics
from .fakes import CloudFormation, Response, properties

A = properties()
B = properties(Environment={"VERSION": "2"})
Scenario = Callable[[CloudFormation], Response]


def create(cfn: CloudFormation) -> Response:
    return cfn.create(A)


def create_started(cfn: CloudFormation) -> Response:
    return cfn.create(properties(mode="start"))


def create_failing(cfn: CloudFormation) -> Response:
    cfn.sagemaker.scripts = [fails()]
    return cfn.create(A)


def create_late(cfn: CloudFormation) -> Response:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    return cfn.create(A)


def create_second_attempt(cfn: CloudFormation) -> Response:
    cfn.sagemaker.scripts = [fails(), COMPLETES]
    cfn.create(A)
    return cfn.create(A)


def update_new(cfn: CloudFormation) -> Response:
    cfn.create(A)
    return cfn.update(B)


def update_failing(cfn: CloudFormation) -> Response:
    cfn.sagemaker.scripts = [COMPLETES, fails()]
    cfn.create(A)
    response = cfn.update(B)
    if not response.ok:
        cfn.roll_back()
    return response


def update_same(cfn: CloudFormation) -> Response:
    cfn.sagemaker.scripts = [with_metrics(("auc", 0.9))]
    cfn.create(A)
    asked = properties(Tags=[{"Key": "new", "Value": "1"}], QualityGates=[{"Metric": "auc", "AtLeast": 0.5}])
    response = cfn.update(asked)
    if not response.ok:
        cfn.roll_back()
    return response


def delete_running(cfn: CloudFormation) -> Response:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    return cfn.delete()


def delete_unanswered(cfn: CloudFormation) -> Response:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.deliver(cfn.event("Create", A))
    return cfn.settle(cfn.event("Delete", A, physical_id="models-Churn-INVENTED"))


def fixed(name: str, asked: Raw) -> Raw:
    return {**asked, "JobName": {**asked["JobName"], "Fixed": name}}


def create_fixed(cfn: CloudFormation) -> Response:
    return cfn.create(fixed("one", A))


def update_fixed(cfn: CloudFormation) -> Response:
    cfn.create(fixed("one", A))
    return cfn.update(fixed("two", B))


def update_fixed_content(cfn: CloudFormation) -> Response:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(fixed("one", properties(mode="start")))
    response = cfn.update(fixed("one", B))
    if not response.ok:
        cfn.roll_back()
    return response


SCENARIOS: dict[str, tuple[Scenario, bool]] = {
    "create": (create, True),
    "create started": (create_started, True),
    "create failing": (create_failing, False),
    "create late": (create_late, False),
    "create second attempt": (create_second_attempt, True),
    "update new": (update_new, True),
    "update failing": (update_failing, False),
    "update same": (update_same, True),
    "create fixed name": (create_fixed, True),
    "update fixed name": (update_fixed, True),
    "update content of fixed name": (update_fixed_content, False),
    "delete running": (delete_running, True),
    "delete unanswered": (delete_unanswered, True),
}


def calls_of(scenario: Scenario) -> int:
    cfn = CloudFormation()
    scenario(cfn)
    return len(cfn.tape.calls)


def one_job_a_content(cfn: CloudFormation) -> None:
    contents = Counter(name.rsplit("-", 1)[0] for name in cfn.sagemaker.live())
    assert all(number == 1 for number in contents.values())


@pytest.mark.fault(2)
@pytest.mark.fault(3)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_at_any_call_changes_nothing(name: str, after: bool) -> None:
    scenario, expected = SCENARIOS[name]
    clean = CloudFormation()
    scenario(clean)
    for at in range(len(clean.tape.calls)):
        cfn = CloudFormation()
        cfn.tape.faults = [Fault(Died(), at=at, after=after)]

        response = scenario(cfn)

        where = f"{name}: {'after' if after else 'before'} call {at}, {clean.tape.calls[at]}"
        assert response.ok is expected, where
        assert cfn.creations == clean.creations, where
        one_job_a_content(cfn)
        if name.startswith("delete"):
            assert cfn.sagemaker.live() == [], where


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_function_that_dies_from_some_call_on_is_answered_for(name: str) -> None:
    """Three deliveries, or four polls, die at the same operation: the other function answers."""
    scenario, _ = SCENARIOS[name]
    clean = CloudFormation()
    scenario(clean)
    for at, operation in enumerate(clean.tape.calls):
        for times in (3, 4):
            cfn = CloudFormation()
            arm(cfn, at, operation, times)

            scenario(cfn)  # settles: an answer each

            where = f"{name}: from call {at}, {operation}, {times} times"
            one_job_a_content(cfn)
            if cfn.physical_id and cfn.deployed:
                cfn.tape.faults.clear()
                assert cfn.delete().ok, where
                assert cfn.sagemaker.running() == [], where


def arm(cfn: CloudFormation, at: int, operation: str, times: int) -> None:
    """Let the operation die from the given call on."""
    seen = 0
    original = cfn.tape.through

    def through(name: str, call: Callable[[], object]) -> object:
        nonlocal seen
        if len(cfn.tape.calls) >= at and name == operation and seen < times:
            seen += 1
            cfn.tape.calls.append(name)
            raise Died
        return original(name, call)

    cfn.tape.through = through  # type: ignore[method-assign,assignment]


def test_the_scenarios_have_something_to_crash_at() -> None:
    assert all(calls_of(scenario) >= 4 for scenario, _ in SCENARIOS.values())
