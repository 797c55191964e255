"""What is around a job: its stack, model, log and network, the clock and the state machine."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from botocore.exceptions import ParamValidationError

from constructs_lib.runtime.clock import ANSWER_SECONDS

from .model import (
    FINDS_NO_CAPACITY,
    SECRET_URL,
    STACK_ID,
    Context,
    Died,
    FakeAccount,
    FakeExecutions,
    Raw,
    fails,
    refused,
)

NETWORK = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}


def test_lambda_ends_an_invocation_that_sleeps_too_long(account: FakeAccount) -> None:
    clock, began = account.clock, account.clock.now()
    context = Context(clock, 300)
    clock.kills = True
    with clock.invocation(300):
        assert clock.limit == began + 300 - ANSWER_SECONDS
        clock.sleep(299)
        assert context.get_remaining_time_in_millis() == 1000
        with pytest.raises(Died):
            clock.sleep(2)
        assert clock.now() == began + 300
    clock.sleep(1)
    assert clock.limit == math.inf


def test_a_model_is_there_from_the_end_on_until_it_is_lost(account: FakeAccount) -> None:
    account.start()
    asked = {"Bucket": "models", "Prefix": "out/job-1/output/model.tar.gz", "MaxKeys": 1}
    assert "Contents" not in account.s3.list_objects_v2(**asked)
    account.clock.sleep(300)
    account.sagemaker.person_deletes("job-1")
    assert account.s3.list_objects_v2(**asked)["Contents"][0]["Key"] == asked["Prefix"]

    account.s3.lose("job-1")

    assert "Contents" not in account.s3.list_objects_v2(**asked)
    account.s3.lose_bucket("models")
    refused("NoSuchBucket", lambda: account.s3.list_objects_v2(**asked))


@pytest.mark.parametrize("script", [fails(), FINDS_NO_CAPACITY], ids=["failed", "no capacity"])
def test_a_job_that_does_not_complete_leaves_no_model(account: FakeAccount, script: list[Raw]) -> None:
    account.sagemaker.scripts = [script]  # type: ignore[list-item]
    account.start()
    account.clock.sleep(300)

    assert "Contents" not in account.s3.list_objects_v2(Bucket="models")


def test_the_log_is_that_of_the_job(account: FakeAccount) -> None:
    group = "/aws/sagemaker/TrainingJobs"
    account.start()
    refused("ResourceNotFoundException", lambda: account.job_logs.describe_log_streams(logGroupName=group))
    account.clock.sleep(100)
    account.job_logs.lines["job-1"] = ["one", "two", "three"]

    [stream] = account.job_logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="job-1/")[
        "logStreams"
    ]
    asked = {"logGroupName": group, "logStreamName": stream["logStreamName"], "limit": 2}
    page = account.job_logs.get_log_events(**asked)
    before = account.job_logs.get_log_events(**asked, nextToken=page["nextBackwardToken"])

    assert [event["message"] for event in page["events"]] == ["two", "three"]
    assert [event["message"] for event in before["events"]] == ["one"]
    refused(
        "InvalidParameterException",
        lambda: account.job_logs.describe_log_streams(
            logGroupName=group, logStreamNamePrefix="job-1/", orderBy="LastEventTime"
        ),
    )


@pytest.mark.parametrize(("group", "subnet", "found"), [("sg-1", "subnet-2", 1), ("sg-2", "subnet-2", 0)])
def test_interfaces_outlive_their_job(account: FakeAccount, group: str, subnet: str, found: int) -> None:
    account.start(VpcConfig=NETWORK)
    account.start("without-network")
    filters = [{"Name": "group-id", "Values": [group]}, {"Name": "subnet-id", "Values": [subnet]}]

    def count() -> int:
        return len(account.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"])

    account.clock.sleep(300 + account.ec2.linger_seconds - 1)
    assert count() == found
    account.clock.sleep(1)
    assert count() == 0


def test_a_stack_that_is_not_there_is_an_error_and_so_is_a_parameter_of_nobody(account: FakeAccount) -> None:
    text = refused("ValidationError", lambda: account.stacks.describe_stacks(StackName=STACK_ID))

    assert f"Stack with id {STACK_ID} does not exist" in text
    with pytest.raises(ParamValidationError):
        account.stacks.describe_stacks(Name=STACK_ID)


def test_a_key_encrypts_4096_bytes_and_no_more(account: FakeAccount) -> None:
    asked = {"KeyId": "key", "EncryptionContext": {"a": "b"}}
    assert account.kms.encrypt(Plaintext=b"x" * 4096, **asked)["CiphertextBlob"]
    refused("ValidationException", lambda: account.kms.encrypt(Plaintext=b"x" * 4097, **asked))


def executions(account: FakeAccount, poll: Callable[[Raw], Raw]) -> tuple[FakeExecutions, list[Raw]]:
    made = FakeExecutions(account.tape, account.clock)
    reported: list[Raw] = []
    made.poll, made.report = poll, reported.append
    return made, reported


def test_the_machine_tries_as_often_as_its_definition_says(account: FakeAccount) -> None:
    from constructs_lib.cdk.runtime import definition

    [_, retry] = definition("arn")["States"]["Poll"]["Retry"]  # type: ignore[index]
    assert definition("arn")["TimeoutSeconds"] == FakeExecutions.LIFETIME
    died = 0

    def die(state: Raw) -> Raw:
        nonlocal died
        died += 1
        raise Died

    machine, reported = executions(account, die)
    machine.start("one", {"job": "j"})
    machine.run()

    assert died == 1 + retry["MaxAttempts"] == 1 + FakeExecutions.RETRIES
    assert [event["detail"]["status"] for event in reported] == ["FAILED"]
    assert reported[0]["detail"]["input"] == '{"job": "j"}'


def test_an_execution_times_out(account: FakeAccount) -> None:
    machine, reported = executions(account, lambda state: {"done": False, "wait": 3000})
    began = account.clock.now()
    machine.start("one", {})
    machine.run()

    assert account.clock.now() - began == FakeExecutions.LIFETIME
    assert [event["detail"]["status"] for event in reported] == ["TIMED_OUT"]


def test_an_execution_recovers_and_can_be_aborted(account: FakeAccount) -> None:
    answers = [Died(), {"done": False, "wait": 10}]

    def poll(state: Raw) -> Raw:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    machine, reported = executions(account, poll)
    machine.start("one", {})
    machine.run_until(account.clock.now() + 9)
    assert machine.all["one"].status == "RUNNING"
    assert machine.all["one"].failures == 0

    machine.abort("one")

    assert [event["detail"]["status"] for event in reported] == ["ABORTED"]
    assert not machine.step()


def test_an_execution_with_a_secret_in_it_is_not_started(account: FakeAccount) -> None:
    machine, _ = executions(account, dict)
    with pytest.raises(AssertionError, match="invariant 5"):
        machine.start("one", {"url": f"https://x/?{SECRET_URL}1"})
