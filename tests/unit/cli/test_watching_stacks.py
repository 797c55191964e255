"""``constructs-lib watch STACK``: the newest job of each `TrainingJob`, also while a deployment waits."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.cli.watching import stack
from constructs_lib.runtime import ownership

from .fake_aws import STACK_ID, FakeAws, FakeJob, failure
from .test_watching import run

__all__ = ["run"]

NESTED_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/S-N/99887766-1111-2222-3333-444455556666"


def resource(logical: str, physical: str = "", kind: str = "Custom::SageMakerTrainingJob") -> dict[str, str]:
    made = {"PhysicalResourceId": physical} if physical else {}
    return {"LogicalResourceId": logical, "ResourceType": kind, **made}


def job(
    name: str, begins: int, ends: int, result: str = "Completed", logical: str = "Job", of: str = STACK_ID
) -> FakeJob:
    return FakeJob(name, [(begins, "Training", ""), (ends, result, "")], stack=(of, logical))


def test_the_tags_are_those_of_the_runtime() -> None:
    assert (stack.STACK_TAG, stack.LOGICAL_ID_TAG) == (ownership.STACK_TAG, ownership.LOGICAL_ID_TAG)


def test_a_deployment_is_followed_before_it_knows_its_job(run: Any) -> None:
    # given a job of an earlier deployment, one of another stack, and one that is made at the fourth look
    aws = FakeAws(
        job("s-0a1b2c3dx-old-1", 0, 0, "Failed"),
        job("t-0a1b2c3dx-other-1", 2, 3, "Failed", of=NESTED_ID),
        job("s-0a1b2c3dx-new-1", 3, 5),
    )
    aws.stacks[STACK_ID] = (
        lambda tick: "UPDATE_IN_PROGRESS" if tick < 7 else "UPDATE_COMPLETE",
        [resource("Job", "s-0a1b2c3dx-old-1"), resource("Role", "r", "AWS::IAM::Role")],
    )
    # when
    code, out, _ = run(aws, "S")
    # then
    assert code == 0
    assert [line for line in out if "has ended" in line] == [
        "s-0a1b2c3dx-old-1: the job has ended: Failed",
        "s-0a1b2c3dx-new-1: the job has ended: Completed",
    ]
    assert not [line for line in out if line.startswith("t-")]
    assert aws.tick == 7


def test_a_first_deployment_is_waited_with(run: Any) -> None:
    aws = FakeAws(job("s-0a1b2c3dx-new-1", 3, 4))
    aws.stacks[STACK_ID] = (lambda tick: "CREATE_IN_PROGRESS" if tick < 5 else "CREATE_COMPLETE", [])
    aws.stacks[STACK_ID][1].append(resource("Job"))
    code, out, err = run(aws, STACK_ID)
    assert code == 0
    assert err.count("waiting for one") == 1
    assert out[-1] == "s-0a1b2c3dx-new-1: the job has ended: Completed"


def test_nested_stacks_are_looked_into_and_every_job_counts(run: Any) -> None:
    aws = FakeAws(
        job("s-0a1b2c3dx-a-1", 0, 2),
        job("n-99887766x-b-1", 0, 1, "Stopped", of=NESTED_ID),
    )
    nested = resource("N", NESTED_ID, "AWS::CloudFormation::Stack")
    unmade = resource("M", "", "AWS::CloudFormation::Stack")
    aws.stacks[STACK_ID] = (lambda _: "CREATE_COMPLETE", [nested, unmade, resource("Job")])
    aws.stacks[NESTED_ID] = (lambda _: "CREATE_COMPLETE", [resource("Job", "n-99887766x-b-1")])
    code, out, _ = run(aws, "S")
    assert code == 1
    assert {line.partition(": ")[0] for line in out} == {"s-0a1b2c3dx-a-1", "n-99887766x-b-1"}


def test_a_next_attempt_takes_the_place_of_the_last(run: Any) -> None:
    aws = FakeAws(job("s-0a1b2c3dx-a-1", 0, 1, "Failed"), job("s-0a1b2c3dx-a-2", 3, 4))
    aws.stacks[STACK_ID] = (
        lambda tick: "CREATE_IN_PROGRESS" if tick < 6 else "CREATE_COMPLETE",
        [resource("Job")],
    )
    assert run(aws, "S")[0] == 0


def test_a_job_with_a_name_of_its_own_is_found_by_the_physical_id(run: Any) -> None:
    aws = FakeAws(job("s-0a1b2c3dx-a-1", 0, 0, "Failed"), job("mine", 1, 2))
    aws.tick = 1
    aws.stacks[STACK_ID] = (lambda _: "UPDATE_COMPLETE", [resource("Job", "mine")])
    code, out, _ = run(aws, "S")
    assert (code, out[-1]) == (0, "mine: the job has ended: Completed")


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_stack_without_a_job_exits_with_2(run: Any, status: str) -> None:
    aws = FakeAws()
    aws.stacks[STACK_ID] = (
        lambda _: status,
        [resource("Role", "r", "AWS::IAM::Role"), resource("J", "temp")],
    )
    code, out, err = run(aws, "S")
    assert (code, out) == (2, [])
    assert err.startswith("constructs-lib: S: the stack has no job of a TrainingJob; ")


def test_tags_and_settled_names_are_asked_for_once(run: Any) -> None:
    aws = FakeAws(job("s-0a1b2c3dx-a-1", 0, 5))
    aws.stacks[STACK_ID] = (lambda _: "CREATE_COMPLETE", [resource("Job", "s-0a1b2c3dx-a-1")])
    assert run(aws, "S")[0] == 0
    assert aws.asked.count("list_tags") == 1
    assert aws.asked.count("list_training_jobs") == 7


DENIED = failure("AccessDeniedException", "not this job")


def test_a_stack_is_found_by_a_role_that_may_not_describe_a_job_of_its_name(run: Any) -> None:
    aws = FakeAws(job("s-0a1b2c3dx-a-1", 0, 0))
    aws.stacks[STACK_ID] = (lambda _: "CREATE_COMPLETE", [resource("Job", "s-0a1b2c3dx-a-1")])
    aws.failures = [("describe_training_job", DENIED)]
    code, out, err = run(aws, "S")
    assert (code, err) == (0, "")
    assert out[-1] == "s-0a1b2c3dx-a-1: the job has ended: Completed"


@pytest.mark.parametrize(
    "stacks", [[], [("describe_stacks", failure("AccessDenied", "not this stack"))]], ids=["none", "denied"]
)
def test_a_denied_job_that_is_no_stack_is_told_as_denied(run: Any, stacks: list[Any]) -> None:
    aws = FakeAws()
    aws.failures = [("describe_training_job", DENIED), *stacks]
    code, out, err = run(aws, "churn-1")
    assert (code, out) == (2, [])
    assert err == "constructs-lib: churn-1: AccessDeniedException: not this job\n"
    assert aws.asked == ["describe_training_job", "describe_stacks"]


def test_a_denied_job_by_its_arn_is_no_stack(run: Any) -> None:
    aws = FakeAws()
    aws.failures = [("describe_training_job", DENIED)]
    assert run(aws, "arn:aws:sagemaker:eu-north-1:123456789012:training-job/churn")[0] == 2
    assert aws.asked == ["describe_training_job"]


def test_a_stack_that_is_throttled_at_first_is_asked_for_again(run: Any) -> None:
    aws = FakeAws(job("s-0a1b2c3dx-a-1", 0, 0))
    aws.stacks[STACK_ID] = (lambda _: "CREATE_COMPLETE", [resource("Job", "s-0a1b2c3dx-a-1")])
    aws.failures = [
        ("describe_training_job", DENIED),
        ("describe_stacks", failure("Throttling", "slow")),
    ]
    code, _, err = run(aws, "S")
    assert (code, err.count("it is asked again")) == (0, 1)
