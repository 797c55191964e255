"""``constructs-lib watch`` on jobs that run and end."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from constructs_lib.cli import main
from constructs_lib.local import LocalAws
from tests.functional.local.local_helpers import Stacks, custom, source_archive, template

BUCKET = "watched-data"
TRAIN = """
import time
for epoch in (1, 2, 3):
    print(f"epoch={epoch} auc=0.{epoch}5", flush=True)
    time.sleep(0.7)
"""


def create(local: LocalAws, name: str) -> None:
    s3 = local.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="source.tar.gz", Body=source_archive({"train.py": TRAIN}))
    local.client("sagemaker").create_training_job(
        TrainingJobName=name,
        RoleArn="arn:aws:iam::123456789012:role/training",
        AlgorithmSpecification={
            "TrainingImage": "any:1",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+)"}],
        },
        HyperParameters={
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(f"s3://{BUCKET}/source.tar.gz"),
        },
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )


@pytest.fixture
def watch(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in local_aws.environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> tuple[int, list[str]]:
        output = io.StringIO()
        monkeypatch.setattr(sys, "stdout", output)
        return main(["watch", "--poll", "1", *arguments]), output.getvalue().splitlines()

    return run


def test_a_job_is_watched_while_it_runs_and_after_it(local_aws: LocalAws, watch: Any) -> None:
    create(local_aws, "watched-1")
    code, told = watch("watched-1")
    assert (code, told[-1]) == (0, "the job has ended: Completed")
    texts = [line.partition(" ")[2] for line in told]
    assert [text for text in texts if "epoch" in text] == [
        f"algo-1 | epoch={epoch} auc=0.{epoch}5" for epoch in (1, 2, 3)
    ]
    phases = [text.partition(":")[0] for text in texts if text.partition(":")[0].isalpha()]
    assert phases == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert "metric auc = 0.35" in told
    assert set(watch("watched-1", "--no-follow")[1]) == set(told)


def test_a_failed_and_a_missing_job_have_their_exit_codes(local_aws: LocalAws, watch: Any) -> None:
    local_aws.fail_next_job("AlgorithmError: no rows")
    create(local_aws, "watched-2")
    code, told = watch("watched-2")
    assert (code, told[-1]) == (1, "the job has ended: Failed: AlgorithmError: no rows")
    assert watch("watched-none") == (2, [])


def test_the_jobs_of_a_stack_are_watched(local_aws: LocalAws, stacks: Stacks, watch: Any) -> None:
    create(local_aws, "watched-3")
    job = {**custom("watched", Id="watched-3"), "Type": "Custom::SageMakerTrainingJob"}
    stacks.create("watched-stack", template(Job=job))
    code, told = watch("watched-stack")
    assert (code, told[-1]) == (0, "watched-3: the job has ended: Completed")
