"""Training jobs: their life cycle, and scripts that really run."""

from __future__ import annotations

import io
import json
import tarfile
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from tests.functional.local.local_helpers import source_archive, until

BUCKET = "training-data"
TERMINAL = ("Completed", "Failed", "Stopped")
TRAIN = """
import argparse, json, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
parser.add_argument("--name")
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
args = parser.parse_args()
rows = pathlib.Path(args.train, "part", "rows.csv").read_text().split()
for epoch in (1, 2, 3):
    print(f"epoch={epoch} auc=0.{epoch}5", flush=True)
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.json").write_text(json.dumps(
    {"rows": len(rows), "depth": args.depth, "name": args.name, "mine": os.environ["MINE"],
     "hps": json.loads(os.environ["SM_HPS"]), "job": os.environ["TRAINING_JOB_NAME"],
     "channels": json.loads(os.environ["SM_CHANNELS"]), "argv": json.loads(os.environ["SM_USER_ARGS"]),
     "config": sorted(p.name for p in pathlib.Path(os.environ["SM_INPUT_CONFIG_DIR"]).iterdir())}))
pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"], "report.txt").write_text("fine")
pathlib.Path(os.environ["SM_MODEL_DIR"]).parent.joinpath("checkpoints", "last").write_text("3")
"""
FAIL = "import sys\nprint('about to fail')\nraise ValueError('no rows')\n"
SLOW = """
import pathlib, os, signal, sys, time
def leave(*_):
    pathlib.Path(os.environ["SM_MODEL_DIR"], "partial").write_text("x")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module", autouse=True)
def _data(local_aws: LocalAws) -> None:
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="data/part/rows.csv", Body=b"1\n2\n3\n")
    files = {"train.py": TRAIN, "fail.py": FAIL, "slow.py": SLOW}
    s3.put_object(Bucket=BUCKET, Key="code/source.tar.gz", Body=source_archive(files))


def request(name: str, **members: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "RoleArn": "arn:aws:iam::123456789012:role/training",
        "AlgorithmSpecification": {"TrainingImage": "any:1", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **members,
    }


def script(name: str, program: str, **members: Any) -> dict[str, Any]:
    parameters = {
        "sagemaker_program": json.dumps(program),
        "sagemaker_submit_directory": json.dumps(f"s3://{BUCKET}/code/source.tar.gz"),
    }
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/"}
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    extra = members.pop("HyperParameters", {})
    defaults: dict[str, Any] = {"InputDataConfig": [channel], "Environment": {"MINE": "yes"}}
    return request(name, HyperParameters={**parameters, **extra}, **{**defaults, **members})


def run(local: LocalAws, body: dict[str, Any]) -> dict[str, Any]:
    local.client("sagemaker").create_training_job(**body)
    return ended(local, body["TrainingJobName"])


def ended(local: LocalAws, name: str) -> dict[str, Any]:
    client = local.client("sagemaker")

    def done() -> dict[str, Any] | None:
        job: dict[str, Any] = client.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in TERMINAL else None

    found: dict[str, Any] = until(done)
    return found


def members_of(local: LocalAws, uri: str) -> dict[str, bytes]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    body = local.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as tar:
        files = [(member.name, tar.extractfile(member)) for member in tar.getmembers() if member.isfile()]
        return {name: content.read() for name, content in files if content}


def test_a_simulated_job_takes_its_phases(local_aws: LocalAws) -> None:
    job = run(local_aws, request("sim1", Tags=[{"Key": "a", "Value": "b"}], InfraCheckConfig={}))
    phases = [t["Status"] for t in job["SecondaryStatusTransitions"]]
    assert phases == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert "SIMULATED.txt" in members_of(local_aws, job["ModelArtifacts"]["S3ModelArtifacts"])
    assert job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert job["BillableTimeInSeconds"] >= 1
    assert local_aws.calls("CreateTrainingJob")[-1]["InfraCheckConfig"] == {}


def test_a_script_trains_a_model(local_aws: LocalAws) -> None:
    definitions = [{"Name": "auc", "Regex": "auc=([0-9.]+)"}, {"Name": "epoch", "Regex": "epoch=([0-9]+)"}]
    algorithm = {"TrainingImage": "sklearn:1", "TrainingInputMode": "File", "MetricDefinitions": definitions}
    body = script(
        "script1",
        "train.py",
        AlgorithmSpecification=algorithm,
        HyperParameters={"depth": "6", "name": '"x y"'},
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints/script1"},
    )
    job = run(local_aws, body)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    made = json.loads(members_of(local_aws, job["ModelArtifacts"]["S3ModelArtifacts"])["model.json"])
    assert made == {
        "rows": 3,
        "depth": 6,
        "name": "x y",
        "mine": "yes",
        "hps": {"depth": 6, "name": "x y"},
        "job": "script1",
        "channels": ["train"],
        "argv": ["--depth", "6", "--name", "x y"],
        "config": ["hyperparameters.json", "inputdataconfig.json", "resourceconfig.json"],
    }
    assert {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]} == pytest.approx(
        {"auc": 0.35, "epoch": 3}
    )
    assert members_of(local_aws, f"s3://{BUCKET}/out/script1/output/output.tar.gz") == {"report.txt": b"fine"}
    s3 = local_aws.client("s3")
    assert s3.get_object(Bucket=BUCKET, Key="checkpoints/script1/last")["Body"].read() == b"3"
    assert "epoch=2 auc=0.25" in log_lines(local_aws, "script1")


def log_lines(local: LocalAws, job: str) -> list[str]:
    logs, group = local.client("logs"), "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/algo-1-")
    stream = streams["logStreams"][0]["logStreamName"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream)["events"]
    return [event["message"] for event in events]


def test_a_failing_script_fails_the_job(local_aws: LocalAws) -> None:
    job = run(local_aws, script("script2", "fail.py"))
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError: ExitCode 1 ErrorMessage ")
    assert "ValueError: no rows" in job["FailureReason"]
    assert "ModelArtifacts" not in job or not job["ModelArtifacts"].get("S3ModelArtifacts")


def test_stopping_a_script_keeps_what_it_saved(local_aws: LocalAws) -> None:
    client = local_aws.client("sagemaker")
    client.create_training_job(**script("script3", "slow.py"))
    until(lambda: _ready(local_aws, "script3"))
    client.stop_training_job(TrainingJobName="script3")
    assert client.describe_training_job(TrainingJobName="script3")["TrainingJobStatus"] in (
        "Stopping",
        "Stopped",
    )
    job = ended(local_aws, "script3")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert members_of(local_aws, job["ModelArtifacts"]["S3ModelArtifacts"]) == {"partial": b"x"}


def _ready(local: LocalAws, job: str) -> bool:
    try:
        return "ready" in log_lines(local, job)
    except (IndexError, ClientError):
        return False


def test_max_runtime_stops_the_job(local_aws: LocalAws) -> None:
    job = run(local_aws, script("script4", "slow.py", StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_missing_input_fails_the_job(local_aws: LocalAws) -> None:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/nothing/here/"}
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    job = run(local_aws, script("script5", "train.py", InputDataConfig=[channel]))
    assert job["FailureReason"].startswith("ClientError: No S3 objects found under S3 URL")


def test_an_archive_cannot_leave_its_folder(local_aws: LocalAws) -> None:
    archive = source_archive({"../../evil.py": "x"})
    local_aws.client("s3").put_object(Bucket=BUCKET, Key="code/evil.tar.gz", Body=archive)
    place = {"sagemaker_submit_directory": f"s3://{BUCKET}/code/evil.tar.gz"}
    job = run(local_aws, script("script6", "train.py", HyperParameters=place))
    assert "would be written outside" in job["FailureReason"]


def test_the_next_job_can_be_told_to_fail(local_aws: LocalAws) -> None:
    local_aws.fail_next_job("CapacityError: no capacity")
    assert run(local_aws, request("told1"))["FailureReason"] == "CapacityError: no capacity"
    assert run(local_aws, request("told2"))["TrainingJobStatus"] == "Completed"


def test_a_held_job_lasts_until_it_is_stopped(local_aws: LocalAws) -> None:
    client = local_aws.client("sagemaker")
    local_aws.hold_next_job()
    client.create_training_job(**request("held1"))
    time.sleep(1)
    assert client.describe_training_job(TrainingJobName="held1")["SecondaryStatus"] == "Training"
    client.stop_training_job(TrainingJobName="held1")
    assert ended(local_aws, "held1")["TrainingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="is in status Stopped"):
        client.stop_training_job(TrainingJobName="held1")


def test_a_name_is_used_once_until_its_record_is_deleted(local_aws: LocalAws) -> None:
    client = local_aws.client("sagemaker")
    local_aws.hold_next_job()
    client.create_training_job(**request("twice"))
    with pytest.raises(ClientError, match=r"\(ResourceInUse\).*must be unique within an AWS account"):
        client.create_training_job(**request("twice"))
    with pytest.raises(ClientError, match="ResourceInUse"):
        client.delete_training_job(TrainingJobName="twice")
    client.stop_training_job(TrainingJobName="twice")
    ended(local_aws, "twice")
    client.delete_training_job(TrainingJobName="twice")
    until(lambda: _gone(client, "twice"))
    assert run(local_aws, request("twice"))["TrainingJobStatus"] == "Completed"


def _gone(client: Any, name: str) -> bool:
    try:
        client.describe_training_job(TrainingJobName=name)
    except ClientError as error:
        expected = {"Code": "ValidationException", "Message": "Requested resource not found."}
        return bool(error.response["Error"] == expected)
    return False


def test_a_warm_pool_holds_the_record(local_aws: LocalAws) -> None:
    client = local_aws.client("sagemaker")
    resources = {**request("x")["ResourceConfig"], "KeepAlivePeriodInSeconds": 600}
    job = run(local_aws, request("warm", ResourceConfig=resources))
    assert job["WarmPoolStatus"]["Status"] == "Available"
    with pytest.raises(ClientError, match="warm pool"):
        client.delete_training_job(TrainingJobName="warm")
    client.update_training_job(TrainingJobName="warm", ResourceConfig={"KeepAlivePeriodInSeconds": 0})
    client.delete_training_job(TrainingJobName="warm")
    until(lambda: _gone(client, "warm"))


def test_tags_of_a_job(local_aws: LocalAws) -> None:
    client = local_aws.client("sagemaker")
    arn = client.create_training_job(**request("tagged", Tags=[{"Key": "a", "Value": "1"}]))["TrainingJobArn"]
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "a", "Value": "2"},
        {"Key": "b", "Value": "3"},
    ]
    client.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "3"}]
    with pytest.raises(ClientError, match="Requested resource not found"):
        client.list_tags(ResourceArn=arn + "x")


def test_jobs_are_listed_by_region(local_aws: LocalAws) -> None:
    local_aws.client("sagemaker").create_training_job(**request("listed"))
    names = {j["TrainingJobName"] for j in _listed(local_aws, "us-east-1")}
    assert "listed" in names
    assert "listed" not in {j["TrainingJobName"] for j in _listed(local_aws, "eu-west-1")}
    assert "listed" in {j["TrainingJobName"] for j in local_aws.jobs()}


def _listed(local: LocalAws, region: str) -> list[dict[str, Any]]:
    pages = local.client("sagemaker", region).get_paginator("list_training_jobs").paginate()
    return [job for page in pages for job in page["TrainingJobSummaries"]]


def test_a_bad_name_is_refused_like_the_service_does(local_aws: LocalAws) -> None:
    with pytest.raises(ClientError, match="'trainingJobName' failed to satisfy constraint"):
        local_aws.client("sagemaker").create_training_job(**request("bad_name"))
