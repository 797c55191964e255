"""The service's answers, read rightly: absent, taken, not yet permitted."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.runtime.errors import Refused, is_absent
from constructs_lib.runtime.events import Event
from constructs_lib.runtime.ownership import ownership_tags, require_ours
from constructs_lib.runtime.patience import PROPAGATION_SECONDS

from .model import CloudFormation, client_error, denied, properties, request, throttled

# Word for word what the service says (reference/status.md).
PROPAGATION_MESSAGES = (
    "Could not assume role",
    "Unauthorized to List objects under S3 URL",
    "Access denied to OutputDataConfig S3 bucket",
    "no identity-based policy allows the s3:ListBucket action",
    "Access denied to hub content",
    "Access denied for repository",
)
OWN_POLICY = denied("CreateTrainingJob", "sagemaker:CreateTrainingJob on resource: arn:aws:sagemaker:job")
PASS_ROLE = denied("CreateTrainingJob", "iam:PassRole on resource: arn:aws:iam::1:role/training")


def named(name: str = "churn", **members: Any) -> dict[str, Any]:
    return request(TrainingJobName=name, **members)


@pytest.mark.fault(39)
@pytest.mark.parametrize(
    "error",
    [
        client_error("ValidationException", "Requested resource not found.", "DescribeTrainingJob"),
        client_error("ResourceNotFound", "Training job is gone", "DescribeTrainingJob"),
    ],
)
def test_a_job_that_is_not_there_is_absent(cfn: CloudFormation, error: ClientError) -> None:
    cfn.tape.fail("DescribeTrainingJob", error)

    assert cfn.world.jobs.describe("churn") is None


def test_absence_is_what_the_service_says_of_an_unknown_name(cfn: CloudFormation) -> None:
    assert cfn.world.jobs.describe("churn") is None
    cfn.world.jobs.stop("churn")
    assert cfn.sagemaker.jobs == {}


@pytest.mark.parametrize("error", [throttled("DescribeTrainingJob"), denied("DescribeTrainingJob")])
def test_no_other_error_means_absence(cfn: CloudFormation, error: ClientError) -> None:
    cfn.tape.fail("DescribeTrainingJob", error)

    assert not is_absent(error)
    with pytest.raises(ClientError):
        cfn.world.jobs.describe("churn")


def test_a_name_that_is_taken_is_not_an_error(cfn: CloudFormation) -> None:
    assert cfn.world.jobs.create(named())
    assert not cfn.world.jobs.create(named())
    assert cfn.sagemaker.created == ["churn"]


@pytest.mark.fault(26)
@pytest.mark.fault(27)
@pytest.mark.fault(29)
@pytest.mark.parametrize(
    "error",
    [
        *(
            client_error("ValidationException", f"{text}: x", "CreateTrainingJob")
            for text in PROPAGATION_MESSAGES
        ),
        PASS_ROLE,
        client_error("AccessDenied", "iam:PassRole", "CreateTrainingJob"),
    ],
    ids=[*PROPAGATION_MESSAGES, "PassRole", "PassRole, old code"],
)
def test_permissions_that_have_not_spread_are_waited_for(cfn: CloudFormation, error: ClientError) -> None:
    started = cfn.clock.now()
    cfn.tape.fail("CreateTrainingJob", error, times=3)

    assert cfn.world.jobs.create(named())

    assert cfn.sagemaker.created == ["churn"]
    assert len(cfn.clock.sleeps) == 3
    assert cfn.clock.now() - started <= PROPAGATION_SECONDS


@pytest.mark.fault(28)
@pytest.mark.fault(29)
@pytest.mark.parametrize(
    "error",
    [
        client_error("ValidationException", "Could not assume role R", "CreateTrainingJob"),
        PASS_ROLE,
        OWN_POLICY,
    ],
)
def test_permissions_that_never_come_end_the_wait_after_two_minutes(
    cfn: CloudFormation, error: ClientError
) -> None:
    started = cfn.clock.now()
    cfn.tape.fail("CreateTrainingJob", error, times=1000)

    response = cfn.create(properties())

    assert not response.ok
    assert str(error.response["Error"]["Message"]) in response.reason
    assert 90 < cfn.clock.now() - started <= PROPAGATION_SECONDS
    assert 5 < len(cfn.clock.sleeps) < 30


@pytest.mark.parametrize(
    "error",
    [
        client_error("ValidationException", "No S3 objects found under S3 URL", "CreateTrainingJob"),
        denied("CreateTrainingJob", "sagemaker:CreateTrainingJob with an explicit deny in a policy"),
        client_error("ResourceLimitExceeded", "The account-level service limit", "CreateTrainingJob"),
    ],
)
def test_other_refusals_are_not_repeated(cfn: CloudFormation, error: ClientError) -> None:
    cfn.tape.fail("CreateTrainingJob", error)

    with pytest.raises(ClientError):
        cfn.world.jobs.create(named())
    assert cfn.clock.sleeps == []


@pytest.mark.fault(40)
def test_stopping_a_job_that_has_ended_is_no_error(cfn: CloudFormation) -> None:
    cfn.world.jobs.create(named())
    cfn.clock.sleep(1000)

    cfn.world.jobs.stop("churn")

    assert cfn.sagemaker.status("churn") == "Completed"


def test_a_stop_that_is_denied_is_raised(cfn: CloudFormation) -> None:
    cfn.world.jobs.create(named())
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob"))

    with pytest.raises(ClientError):
        cfn.world.jobs.stop("churn")


def test_tags_come_from_every_page(cfn: CloudFormation) -> None:
    pairs = [{"Key": f"k{n}", "Value": str(n)} for n in range(5)]
    cfn.world.jobs.create(named(Tags=pairs))
    description = cfn.world.jobs.describe("churn")
    assert description

    assert cfn.world.jobs.tags(description) == {f"k{n}": str(n) for n in range(5)}


def test_ownership_is_the_stack_and_the_logical_id(cfn: CloudFormation) -> None:
    event = Event.parse(cfn.event("Create", properties()))
    tags = {tag["Key"]: tag["Value"] for tag in ownership_tags(event)}

    require_ours(tags, event, "churn")
    for key in ("constructs-lib:stack-id", "constructs-lib:logical-id"):
        with pytest.raises(Refused, match="was left alone"):
            require_ours({**tags, key: "another"}, event, "churn")
        with pytest.raises(Refused):
            require_ours({k: v for k, v in tags.items() if k != key}, event, "churn")


def test_no_ownership_tag_shows_the_url(cfn: CloudFormation) -> None:
    raw = cfn.event("Create", properties())
    tags = ownership_tags(Event.parse(raw))

    assert raw["ResponseURL"] not in str(tags)
    assert all(len(tag["Value"]) <= 256 for tag in tags)
