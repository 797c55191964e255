"""First deployments that fail, that only start, and that are destroyed while they train."""

from __future__ import annotations

import pytest

from constructs_lib.local import LocalAws
from tests.e2e.scenario import Scenario

pytestmark = pytest.mark.e2e


def test_a_job_without_capacity_fails_its_stack_with_sagemakers_reason(local_aws: LocalAws) -> None:
    """Unless it has other instance types to try: test_capacity.py."""
    scenario = Scenario(local_aws, "Fails")
    local_aws.fail_next_job("CapacityError: Unable to provision requested ML compute capacity")

    step = scenario.deploy()

    assert step.error is not None
    assert len(step.created) == 1
    assert step.stopped == []
    told = "failed: CapacityError: Unable to provision requested ML compute capacity"
    name = step.created[0]["TrainingJobName"]
    assert f"training job '{name}' {told}" in step.reasons("CREATE_FAILED")
    assert step.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"


def test_a_first_deployment_that_fails_its_gate_leaves_key_and_bucket_with_the_model(
    local_aws: LocalAws,
) -> None:
    scenario = Scenario(local_aws, "Shut")

    step = scenario.deploy(score="0.5", gate="0.9")

    assert step.error is not None
    assert len(step.created) == 1
    assert step.events[-1]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    deleted = {
        event["LogicalResourceId"] for event in step.events if event["ResourceStatus"] == "DELETE_COMPLETE"
    }
    assert not any(
        name.startswith(("DefaultTrainingPlatformBucket7", "DefaultTrainingPlatformKey"))
        and "KeyAlias" not in name  # only a name of the key's
        for name in deleted
    )
    # They hold the model that did not pass: RETAIN keeps them, whoever wants to know why can look.
    path = step.created[0]["OutputDataConfig"]["S3OutputPath"]
    bucket, _, prefix = path.removeprefix("s3://").partition("/")
    key = f"{prefix}/{step.created[0]['TrainingJobName']}/output/model.tar.gz"
    assert local_aws.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
    key_id = step.created[0]["OutputDataConfig"]["KmsKeyId"]
    assert local_aws.client("kms").describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Enabled"


def start_and_destroy(scenario: Scenario) -> None:
    """A job that is started only, and still trains when its stack is destroyed."""
    scenario.aws.hold_next_job()
    started = scenario.deploy(completion="start")
    assert started.error is None
    assert len(started.created) == 1
    name = started.outputs["Name"]
    assert scenario.job(name)["TrainingJobStatus"] == "InProgress"

    destroyed = scenario.destroy()

    assert destroyed.error is None
    assert [request["TrainingJobName"] for request in destroyed.stopped] == [name]
    assert scenario.job(name)["TrainingJobStatus"] == "Stopped"


def test_a_started_job_is_stopped_with_its_stack(local_aws: LocalAws) -> None:
    start_and_destroy(Scenario(local_aws, "Started"))
