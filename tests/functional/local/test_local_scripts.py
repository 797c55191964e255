"""Scripts of training jobs: rarer inputs and outputs, and scripts that misbehave."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.local import LocalAws
from tests.functional.local.local_helpers import at_once, source_archive, until
from tests.functional.local.test_local_training import ended, log_lines, members_of, request, run

BUCKET = "script-data"
SCRIPTS = {
    # What it reads goes into the model.
    "copy.py": "import os, shutil\n"
    "shutil.copytree(os.environ['SM_CHANNEL_TRAIN'], os.environ['SM_MODEL_DIR'] + '/train')\n"
    "shutil.copytree(os.environ['SM_MODEL_DIR'] + '/../checkpoints', os.environ['SM_MODEL_DIR'] + '/kept')\n",
    "fail.py": "import os, sys\n"
    "open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('the loss is nan')\nsys.exit(3)\n",
    "daemon.py": "import subprocess\n"
    "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\nprint('child', child.pid)\n",
    "deaf.py": "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)\n",
    "loud.py": "import sys\nsys.stdout.buffer.write(b'\\xff\\xfe' * 10 + b'\\n')\n"
    "sys.stdout.write('x' * 600_000 + '\\n')\n"
    "for number in range(20_000): print('line', number)\nprint('auc=0.75', end='')\n",
    "tidy.py": "import os, shutil\nshutil.rmtree(os.environ['SM_MODEL_DIR'])\n",
    "where.py": "import json, os\nprint('AWS ' + json.dumps(dict(os.environ)))\n",
}


@pytest.fixture(scope="module", autouse=True)
def _data(local_aws: LocalAws) -> None:
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="code.tar.gz", Body=source_archive(SCRIPTS))


def script(name: str, program: str, **members: Any) -> dict[str, Any]:
    submitted = f"s3://{BUCKET}/code.tar.gz"
    parameters = {"sagemaker_program": program, "sagemaker_submit_directory": submitted}
    output = {"S3OutputPath": f"s3://{BUCKET}/out"}
    return request(name, **{"HyperParameters": parameters, "OutputDataConfig": output, **members})


def test_an_output_bucket_that_is_gone_fails_the_job(local_aws: LocalAws) -> None:
    output = {"S3OutputPath": "s3://no-such-bucket-anywhere/out"}
    job = run(local_aws, script("no-bucket", "tidy.py", OutputDataConfig=output))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data upload failed: ")
    assert "NoSuchBucket" in job["FailureReason"]


def test_a_manifest_names_the_files_of_a_channel(local_aws: LocalAws) -> None:
    s3 = local_aws.client("s3")
    for name in ("a.csv", "deep/b.csv", "not-named.csv"):
        s3.put_object(Bucket=BUCKET, Key=f"data/{name}", Body=name.encode())
    manifest = [{"prefix": f"s3://{BUCKET}/data/"}, "a.csv", "deep/b.csv"]
    s3.put_object(Bucket=BUCKET, Key="manifest", Body=json.dumps(manifest).encode())
    s3.put_object(Bucket=BUCKET, Key="checkpoints/epoch", Body=b"7")
    source = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/manifest"}
    channels = [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}]
    checkpoints = {"S3Uri": f"s3://{BUCKET}/checkpoints"}
    job = run(
        local_aws, script("manifest", "copy.py", InputDataConfig=channels, CheckpointConfig=checkpoints)
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert members_of(local_aws, job["ModelArtifacts"]["S3ModelArtifacts"]) == {
        "train/a.csv": b"a.csv",
        "train/deep/b.csv": b"deep/b.csv",
        "kept/epoch": b"7",  # an earlier job's checkpoint
    }


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ([{"prefix": f"s3://{BUCKET}/data/"}, "../../evil"], "would be written outside of its channel"),
        ([{"prefix": f"s3://{BUCKET}/data/"}, "missing.csv"], "No S3 objects found"),
        ([], "is no manifest"),
        ({"prefix": "x"}, "is no manifest"),
    ],
)
def test_a_bad_manifest_fails_the_job(local_aws: LocalAws, manifest: Any, reason: str) -> None:
    local_aws.client("s3").put_object(Bucket=BUCKET, Key="bad", Body=json.dumps(manifest).encode())
    source = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/bad"}
    channels = [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}]
    name = f"bad-{abs(hash(reason + str(manifest)))}"
    job = run(local_aws, script(name, "copy.py", InputDataConfig=channels))
    assert (job["TrainingJobStatus"], reason in job["FailureReason"]) == ("Failed", True), job


def test_a_failure_file_is_the_reason(local_aws: LocalAws) -> None:
    job = run(local_aws, script("own-reason", "fail.py"))
    assert job["FailureReason"] == "AlgorithmError: the loss is nan, exit code: 3"


def test_a_child_that_left_the_session_ends_with_the_job(local_aws: LocalAws) -> None:
    assert run(local_aws, script("daemon", "daemon.py"))["TrainingJobStatus"] == "Completed"
    pid = log_lines(local_aws, "daemon")[0].split()[1]
    until(lambda: not Path(f"/proc/{pid}").exists() or _zombie(pid), 5)


def _zombie(pid: str) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True


def test_a_script_that_ignores_the_signal_is_killed(local_aws: LocalAws) -> None:
    job = run(local_aws, script("deaf", "deaf.py", StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_much_output_of_any_kind_is_kept_and_measured(local_aws: LocalAws) -> None:
    definitions = [{"Name": "auc", "Regex": "auc=([0-9.]+)"}]
    algorithm = {"TrainingImage": "x:1", "TrainingInputMode": "File", "MetricDefinitions": definitions}
    job = run(local_aws, script("loud", "loud.py", AlgorithmSpecification=algorithm))
    assert [metric["Value"] for metric in job["FinalMetricDataList"]] == [0.75]
    lines = log_lines(local_aws, "loud")
    assert lines[-1] == "auc=0.75"
    assert max(map(len, lines)) < 400_000


def test_a_removed_model_folder_gives_an_empty_model(local_aws: LocalAws) -> None:
    job = run(local_aws, script("tidy", "tidy.py"))
    assert members_of(local_aws, job["ModelArtifacts"]["S3ModelArtifacts"]) == {}


def test_a_script_sees_no_account_and_no_other_endpoint(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {"AWS_ENDPOINT_URL": "https://elsewhere.example", "AWS_ACCESS_KEY_ID": "mine"}
    run(local_aws, script("where", "where.py", Environment=variables))
    seen = json.loads(log_lines(local_aws, "where")[0].partition(" ")[2])
    assert seen["AWS_ENDPOINT_URL"] == local_aws.endpoint_url
    assert seen["AWS_ACCESS_KEY_ID"] == "local"
    assert seen["AWS_CONFIG_FILE"] == seen["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_one_of_many_jobs_with_a_name_is_created(local_aws: LocalAws) -> None:
    outcomes = at_once(
        lambda: local_aws.client("sagemaker").create_training_job(**script("at-once", "tidy.py"))
    )

    assert outcomes == ["ResourceInUse"] * 5 + ["made"]
    assert ended(local_aws, "at-once")["TrainingJobStatus"] == "Completed"
