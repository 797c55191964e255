"""The models of SageMaker and KMS answer, and refuse, as the services do."""

from __future__ import annotations

import math

import pytest

from .model import (
    FINDS_NO_CAPACITY,
    RUNS_FOR_EVER,
    SECRET_VALUE,
    FakeAccount,
    Raw,
    refused,
    resources,
    service_model,
    with_late_metrics,
)

NETWORK = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}


def test_a_description_is_the_request_without_what_the_service_keeps_to_itself(account: FakeAccount) -> None:
    account.start(SessionChainingConfig={"EnableSessionTagChaining": True}, VpcConfig=NETWORK)
    account.clock.sleep(300)

    described = account.describe()

    shape = service_model().shape_for("DescribeTrainingJobResponse")
    assert described.keys() <= shape.members.keys()
    assert described["HyperParameters"] == {"epochs": "3", "api_token": SECRET_VALUE}
    assert described["VpcConfig"] == NETWORK
    assert described["ModelArtifacts"] == {"S3ModelArtifacts": "s3://models/out/job-1/output/model.tar.gz"}
    assert described["TrainingEndTime"].timestamp() == account.clock.now()
    assert not described.keys() & {"Tags", "SessionChainingConfig"}


def test_a_record_goes_after_a_while_and_its_name_is_free(account: FakeAccount) -> None:
    account.start()
    assert "in use" in refused(
        "ResourceInUse", lambda: account.sagemaker.delete_training_job(TrainingJobName="job-1")
    )
    account.clock.sleep(300)

    account.sagemaker.delete_training_job(TrainingJobName="job-1")

    assert account.describe()["TrainingJobStatus"] == "Deleting"
    refused("ResourceInUse", lambda: account.start())
    account.clock.sleep(account.sagemaker.delete_seconds)
    refused("ValidationException", lambda: account.describe())
    account.start()
    assert account.describe()["TrainingJobStatus"] == "InProgress"


def test_a_warm_pool_keeps_the_record_until_it_is_given_up(account: FakeAccount) -> None:
    account.start(ResourceConfig=resources("ml.m5.large", KeepAlivePeriodInSeconds=1800))
    assert "WarmPoolStatus" not in account.describe()
    account.clock.sleep(300)
    assert account.describe()["WarmPoolStatus"] == {"Status": "Available"}
    refused("ResourceInUse", lambda: account.sagemaker.delete_training_job(TrainingJobName="job-1"))

    account.sagemaker.update_training_job(
        TrainingJobName="job-1", ResourceConfig={"KeepAlivePeriodInSeconds": 0}
    )

    assert account.describe()["WarmPoolStatus"] == {"Status": "Available"}
    account.clock.sleep(30)
    assert account.describe()["WarmPoolStatus"] == {"Status": "Terminated"}
    account.sagemaker.delete_training_job(TrainingJobName="job-1")


def test_a_warm_pool_ends_by_itself(account: FakeAccount) -> None:
    account.start(ResourceConfig=resources("ml.m5.large", KeepAlivePeriodInSeconds=600))
    account.clock.sleep(300 + 600)

    assert account.describe()["WarmPoolStatus"] == {"Status": "Terminated"}


def test_a_job_without_capacity_leaves_no_warm_pool(account: FakeAccount) -> None:
    account.sagemaker.scripts = [FINDS_NO_CAPACITY]
    account.start(ResourceConfig=resources("ml.m5.large", KeepAlivePeriodInSeconds=600))
    account.clock.sleep(300)

    assert "WarmPoolStatus" not in account.describe()


UPDATES: list[Raw] = [
    {"ProfilerConfig": {"DisableProfiler": True}},
    {"RemoteDebugConfig": {"EnableRemoteDebug": True}},
    {"ProfilerRuleConfigurations": []},
]


@pytest.mark.parametrize("members", UPDATES, ids=lambda members: next(iter(members)))
def test_an_update_changes_a_running_job_and_no_ended_one(account: FakeAccount, members: Raw) -> None:
    account.start()
    account.clock.sleep(150)

    account.sagemaker.update_training_job(TrainingJobName="job-1", **members)

    assert members.items() <= account.describe().items()
    account.clock.sleep(150)
    refused(
        "ValidationException",
        lambda: account.sagemaker.update_training_job(TrainingJobName="job-1", **members),
    )


def test_remote_debugging_waits_for_the_training(account: FakeAccount) -> None:
    account.start()

    refused(
        "ValidationException",
        lambda: account.sagemaker.update_training_job(
            TrainingJobName="job-1", RemoteDebugConfig={"EnableRemoteDebug": True}
        ),
    )


def test_only_the_types_without_capacity_fail(account: FakeAccount) -> None:
    account.sagemaker.no_capacity = {"ml.p4d.24xlarge"}
    account.start("one", ResourceConfig=resources("ml.p4d.24xlarge"))
    account.start("two")
    account.clock.sleep(300)

    assert account.describe("one")["FailureReason"].startswith("CapacityError: Unable to provision")
    assert account.describe("two")["TrainingJobStatus"] == "Completed"


def test_late_metrics_come_after_the_end(account: FakeAccount) -> None:
    account.sagemaker.scripts = [with_late_metrics(("auc", 0.9), seconds=45)]
    account.start()
    account.clock.sleep(300)
    assert account.describe()["TrainingJobStatus"] == "Completed"
    assert "FinalMetricDataList" not in account.describe()

    account.clock.sleep(45)

    assert account.describe()["FinalMetricDataList"][0]["Value"] == 0.9


def test_a_person_leaves_no_trace_on_the_tape(account: FakeAccount) -> None:
    account.sagemaker.scripts = [RUNS_FOR_EVER]
    account.start()
    calls = list(account.tape.calls)

    account.sagemaker.person_stops("job-1")
    account.clock.sleep(account.sagemaker.stop_seconds)
    assert account.sagemaker.status("job-1") == "Stopped"
    account.sagemaker.person_deletes("job-1")

    assert account.sagemaker.jobs == {}
    assert account.tape.calls == calls


def test_a_script_tells_when_a_job_ends(account: FakeAccount) -> None:
    account.sagemaker.scripts = [RUNS_FOR_EVER]
    account.start()

    assert account.sagemaker.jobs["job-1"].ended == math.inf
