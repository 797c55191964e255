"""Create: start the job or adopt it, and answer once."""

from __future__ import annotations

import pytest

from constructs_lib.runtime import front
from constructs_lib.runtime.names import MAX_ATTEMPTS
from constructs_lib.runtime.transitions.verdict import metric_attribute

from .model import (
    ACCOUNT,
    LOGICAL_ID,
    OWNER,
    REGION,
    RUNS_FOR_EVER,
    STACK_ID,
    CloudFormation,
    Died,
    client_error,
    denied,
    ends,
    fails,
    properties,
    throttled,
    with_metrics,
)

START_KEYS = {"TrainingJobName", "TrainingJobArn", "OutputUri"}
WAIT_KEYS = {
    *START_KEYS,
    "TrainingJobStatus",
    "ModelArtifactsUri",
    "TrainingSeconds",
    "BillableSeconds",
}


def test_a_job_is_created_awaited_and_its_attributes_given(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [with_metrics(("auc", 0.93), ("val:loss", 1 / 3))]

    response = cfn.create(properties(FinalMetrics=["auc", "val:loss", "f1"]))

    assert response.ok
    name = cfn.job
    assert response.physical_id == name
    assert response.data == {
        "TrainingJobName": name,
        "TrainingJobArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/{name}",
        "OutputUri": f"s3://models/out/{name}/",
        "TrainingJobStatus": "Completed",
        "ModelArtifactsUri": f"s3://models/out/{name}/output/model.tar.gz",
        "TrainingSeconds": "200",
        "BillableSeconds": "190",
        "Metric.auc": "0.93",
        metric_attribute("val:loss"): "0.3333333333",
        "Metric.f1": "NaN",
    }


def test_the_job_carries_the_users_tags_and_its_owners(cfn: CloudFormation) -> None:
    cfn.create(properties())

    tags = cfn.sagemaker.jobs[cfn.job].tags
    delivery = tags.pop("constructs-lib:delivery")
    assert len(delivery) == 32
    assert tags == {
        "team": "growth",
        "constructs-lib:stack-id": STACK_ID,
        "constructs-lib:logical-id": LOGICAL_ID,
    }


def test_a_user_cannot_claim_a_job_for_another_owner(cfn: CloudFormation) -> None:
    forged = [{"Key": "constructs-lib:stack-id", "Value": "another"}, {"Key": "team", "Value": "x"}]

    assert cfn.create(properties(Tags=forged)).ok

    assert cfn.sagemaker.jobs[cfn.job].tags["constructs-lib:stack-id"] == STACK_ID
    assert cfn.sagemaker.jobs[cfn.job].tags["team"] == "x"


def test_start_answers_at_once_with_what_is_known(cfn: CloudFormation) -> None:
    before = cfn.clock.now()

    response = cfn.create(properties(mode="start"))

    assert response.ok
    assert set(response.data) == START_KEYS
    assert cfn.clock.now() == before
    assert cfn.executions.all == {}
    assert cfn.sagemaker.running() == [response.physical_id]


@pytest.mark.fault(25)
@pytest.mark.parametrize("metrics", [[], ["auc"], ["auc", "a b", "a_b"]])
def test_every_attribute_key_is_there_when_nothing_is_known(cfn: CloudFormation, metrics: list[str]) -> None:
    cfn.sagemaker.scripts = [ends("Stopped", "MaxRuntimeExceeded")]
    expected = WAIT_KEYS | {metric_attribute(metric) for metric in metrics}

    response = cfn.create(properties(FinalMetrics=metrics, AllowStopped=True))
    cfn.sagemaker.person_deletes(name=cfn.job)
    gone = cfn.update(properties(FinalMetrics=metrics, AllowStopped=True))

    assert set(response.data) == set(gone.data) == expected
    for data in (response.data, gone.data):
        assert data["TrainingSeconds"] == data["BillableSeconds"] == "NaN"
        assert all(data[key] for key in expected)


def test_metrics_that_are_not_numbers_have_one_spelling(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [with_metrics(("auc", float("nan")), ("loss", float("inf")))]

    data = cfn.create(properties(FinalMetrics=["auc", "loss", "f1"])).data

    assert (data["Metric.auc"], data["Metric.loss"], data["Metric.f1"]) == ("NaN", "inf", "NaN")


@pytest.mark.fault(1)
@pytest.mark.parametrize("mode", ["wait", "start"])
def test_the_same_create_delivered_three_times(cfn: CloudFormation, mode: str) -> None:
    event = cfn.event("Create", properties(mode=mode))

    for _ in range(3):
        front.handle(event, cfn.world)
    first = cfn.settle(event)

    assert first.ok
    assert cfn.creations == 1
    assert len(cfn.executions.all) == (1 if mode == "wait" else 0)
    answers = [one.body for one in cfn.recorder.responses if one.url == event["ResponseURL"]]
    assert all(one == first.body for one in answers)


@pytest.mark.fault(1)
@pytest.mark.parametrize(
    "between", ["DescribeTrainingJob", "CreateTrainingJob", "Encrypt", "StartExecution", "Answer"]
)
@pytest.mark.parametrize("mode", ["wait", "start"])
def test_two_deliveries_at_once(cfn: CloudFormation, between: str, mode: str) -> None:
    event = cfn.event("Create", properties(mode=mode))
    cfn.tape.meanwhile[between] = lambda: front.handle(event, cfn.world)

    response = cfn.settle(event)

    assert response.ok
    assert cfn.creations == 1
    assert len(cfn.executions.all) <= 1


@pytest.mark.fault(2)
def test_a_crash_after_create_training_job_is_followed_by_adoption(cfn: CloudFormation) -> None:
    cfn.tape.fail("CreateTrainingJob", Died(), after=True)

    response = cfn.create(properties())

    assert response.ok
    assert cfn.creations == 1


@pytest.mark.fault(3)
def test_a_crash_before_the_watch_starts_is_followed_by_its_start(cfn: CloudFormation) -> None:
    cfn.tape.fail("StartExecution", Died())

    response = cfn.create(properties())

    assert response.ok
    assert cfn.creations == 1
    assert len(cfn.executions.all) == 1


@pytest.mark.fault(2)
def test_a_lost_response_of_create_training_job_is_followed_by_adoption(cfn: CloudFormation) -> None:
    """botocore repeats the call and gets ResourceInUse: the job is its own."""
    event = cfn.event("Create", properties())
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: front.handle(event, cfn.world)

    assert cfn.settle(event).ok
    assert cfn.creations == 1


@pytest.mark.parametrize("seconds", [0, 150, 1000])
def test_a_redelivery_does_not_train_again_what_failed_meanwhile(cfn: CloudFormation, seconds: float) -> None:
    cfn.sagemaker.scripts = [fails("AlgorithmError: boom", after=100)]
    event = cfn.event("Create", properties())
    cfn.tape.fail("StartExecution", Died())
    with pytest.raises(Died):
        front.handle(event, cfn.world)
    cfn.clock.sleep(seconds)

    response = cfn.settle(event)

    assert not response.ok
    assert "AlgorithmError: boom" in response.reason
    assert response.physical_id == cfn.job
    assert cfn.creations == 1


@pytest.mark.fault(4)
def test_a_create_that_cloudformation_asks_for_again_is_a_new_attempt(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [fails(), with_metrics()]
    event = cfn.event("Create", properties())
    assert not cfn.settle(event).ok

    again = cfn.settle({**event, "ResponseURL": event["ResponseURL"] + "-second"})

    assert again.ok
    first, second = cfn.sagemaker.created
    assert (first[-2:], second[-2:]) == ("-1", "-2")
    assert first[:-2] == second[:-2]
    assert again.physical_id == second


@pytest.mark.fault(5)
@pytest.mark.parametrize("mode", ["wait", "start"])
@pytest.mark.parametrize("who", ["stack", "resource"])
def test_a_foreign_job_of_the_same_name_is_left_alone(cfn: CloudFormation, mode: str, who: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    ids = {"stack_id": STACK_ID + "9"} if who == "stack" else {"logical_id": "Another"}
    other = cfn.beside(**ids)
    assert other.create(properties(mode="start")).ok
    theirs = other.physical_id

    response = cfn.create(properties(mode=mode))
    deleted = cfn.delete()

    assert not response.ok
    assert "was left alone" in response.reason
    assert response.physical_id == theirs
    assert deleted.ok
    assert cfn.sagemaker.running() == [theirs]
    assert cfn.tape.count("StopTrainingJob") == 0


@pytest.mark.fault(5)
def test_a_foreign_job_that_takes_the_name_in_between_is_left_alone(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    other = cfn.beside(logical_id="Another")
    taking = other.event("Create", properties(mode="start"))
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: front.handle(taking, other.world)

    assert not cfn.create(properties()).ok
    assert len(cfn.sagemaker.running()) == 1


def test_attempts_are_bounded(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [fails()]
    for number in range(1, MAX_ATTEMPTS + 1):
        response = cfn.create(properties())
        assert not response.ok
        assert response.physical_id.endswith(f"-{number}")

    refused = cfn.create(properties())

    assert not refused.ok
    assert f"{MAX_ATTEMPTS} attempts of this content have failed" in refused.reason
    assert f"-{MAX_ATTEMPTS}'" in refused.reason
    assert cfn.creations == MAX_ATTEMPTS
    assert cfn.create(properties(RerunOn={"again": "1"})).physical_id.endswith("-1")


def test_a_name_that_is_neither_there_nor_free_does_not_hang(cfn: CloudFormation) -> None:
    taken = client_error("ResourceInUse", "already exists", "CreateTrainingJob")
    cfn.tape.fail("CreateTrainingJob", taken, times=1000)

    response = cfn.create(properties())

    assert not response.ok
    assert cfn.tape.count("CreateTrainingJob") <= 2 * MAX_ATTEMPTS


def test_a_job_that_disappears_is_reported(cfn: CloudFormation) -> None:
    """Its record is deleted between its creation and the look at it."""

    def vanish() -> None:
        cfn.tape.meanwhile["DescribeTrainingJob"] = cfn.sagemaker.jobs.clear

    cfn.tape.meanwhile["CreateTrainingJob"] = vanish

    response = cfn.create(properties())

    assert not response.ok
    assert "was deleted while it was waited for" in response.reason


@pytest.mark.fault(31)
def test_a_quota_is_named(cfn: CloudFormation) -> None:
    text = "The account-level service limit 'ml.g5.2xlarge for training job usage' is 0 Instances"
    cfn.tape.fail("CreateTrainingJob", client_error("ResourceLimitExceeded", text, "CreateTrainingJob"))

    response = cfn.create(properties())

    assert not response.ok
    assert text in response.reason


def test_what_botocore_refuses_is_answered_at_once(cfn: CloudFormation) -> None:
    response = cfn.create(properties(NewInNextYear="1"))

    assert not response.ok
    assert "NewInNextYear" in response.reason
    assert cfn.tape.count("CreateTrainingJob") == 0


@pytest.mark.fault(30)
@pytest.mark.parametrize("operation", ["DescribeTrainingJob", "CreateTrainingJob", "ListTags", "Encrypt"])
def test_throttling_in_the_front_is_left_to_redelivery(cfn: CloudFormation, operation: str) -> None:
    event = cfn.event("Create", properties())
    cfn.create(properties(mode="start"))  # so that the tags are looked at
    cfn.tape.fail(operation, throttled(operation), times=2)
    if operation == "CreateTrainingJob":
        event = cfn.event("Create", properties(Environment={"A": "2"}))

    response = cfn.settle(event)

    assert response.ok
    assert len([one for one in cfn.recorder.responses if one.url == event["ResponseURL"]]) == 1


def test_a_server_error_is_left_to_redelivery_whatever_its_code(cfn: CloudFormation) -> None:
    broken = client_error("InternalFailure", "", "DescribeTrainingJob", status=500)
    cfn.tape.fail("DescribeTrainingJob", broken, times=2)

    assert cfn.create(properties()).ok


@pytest.mark.parametrize("operation", ["Encrypt", "StartExecution"])
def test_what_is_denied_after_the_job_has_started_stops_the_job(cfn: CloudFormation, operation: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.tape.fail(operation, denied(operation), times=99)

    response = cfn.create(properties())

    assert not response.ok
    assert "AccessDenied" in response.reason
    assert response.physical_id == cfn.job
    assert cfn.sagemaker.running() == []


def test_a_later_attempt_that_could_not_be_watched_is_the_one_that_is_named(cfn: CloudFormation) -> None:
    """Otherwise Delete would come for the first attempt, and the second would run on."""
    cfn.sagemaker.scripts = [fails(), RUNS_FOR_EVER]
    cfn.create(properties())
    cfn.tape.fail("Encrypt", denied("Encrypt"), times=99)

    response = cfn.create(properties())

    assert response.physical_id == cfn.job
    assert response.physical_id.endswith("-2")


def test_a_later_attempt_that_could_not_be_stopped_is_found_by_delete(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [fails(), RUNS_FOR_EVER]
    cfn.create(properties())
    cfn.tape.fail("Encrypt", client_error("InvalidKeyUsageException", "", "Encrypt"))
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob"))

    response = cfn.create(properties())
    assert "could not be stopped" in response.reason
    assert cfn.sagemaker.running() == [cfn.job]

    assert cfn.delete().ok
    assert cfn.sagemaker.live() == []


def test_a_create_under_a_long_prefix(cfn: CloudFormation) -> None:
    response = cfn.create(properties(prefix="a-very-long-prefix-" * 3 + "end"))

    assert response.ok
    assert len(cfn.job) == 63
    assert f"-{OWNER}-" in cfn.job
    assert cfn.delete().ok


def test_the_block_is_in_the_checkpoint_location(cfn: CloudFormation) -> None:
    cfn.create(properties(CheckpointConfig={"S3Uri": "s3://c/{ContentHash}/"}))

    [sent] = cfn.sagemaker.sent("CreateTrainingJob")
    assert sent["CheckpointConfig"]["S3Uri"] == f"s3://c/{cfn.job.split('-')[2]}/"
