"""What `TrainingJobSpec.validate` finds, and what it leaves to a construct."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from constructs_lib.spec import (
    Algorithm,
    Channel,
    Checkpoint,
    InstanceGroup,
    Output,
    SpotTraining,
    TrainingJobSpec,
)

from .conftest import MakeSpec

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1"
ROOT = Path(__file__).resolve().parents[3]


def found(spec: TrainingJobSpec, region: str | None = None) -> list[tuple[str, str]]:
    return [(finding.rule, finding.path) for finding in spec.validate(region)]


def test_nothing_is_said_of_what_a_construct_fills(folder: Path) -> None:
    for framework, version in (("sklearn", "1.2-1"), ("pytorch", "2.3.0")):
        spec = TrainingJobSpec(
            algorithm=Algorithm.from_script(
                folder, entry_point="train.py", framework=framework, framework_version=version
            ),
            channels=[Channel.from_asset("labels", folder / "train.py")],
            instance_type="ml.m5.xlarge",
            instance_count=2,
            max_runtime=timedelta(hours=1),
            spot=SpotTraining(),
            checkpoint=Checkpoint(),
            tags={"team": "x"},
        )
        assert found(spec) == []
        assert found(spec, "eu-west-1") == []


def test_mistakes_are_found_at_their_places(make: MakeSpec) -> None:
    spec = make(
        algorithm=Algorithm.from_image_uri(IMAGE),
        environment={"1": "x"},
        volume_size_gib=50,
        keep_alive=timedelta(days=1),
        max_runtime=timedelta(hours=2),
        spot=SpotTraining(timedelta(hours=1)),
        checkpoint=Checkpoint(),
        retry_attempts=31,
    )
    assert ("model:range", "ResourceConfig.KeepAlivePeriodInSeconds") in found(spec)
    assert ("model:range", "RetryStrategy.MaximumRetryAttempts") in found(spec)
    rules = {rule for rule, _ in found(spec)}
    assert {"max-wait-ge-max-runtime", "model:pattern"} <= rules
    assert not {"model:required", "no-vpc-config", "output-not-encrypted-with-cmk"} & rules


def test_what_the_spec_says_itself_is_judged(make: MakeSpec) -> None:
    spec = make(
        training_job_name="a_b", role_arn="a role, but no arn of one", output=Output(s3_uri="s3://b/o")
    )
    assert {("model:pattern", "TrainingJobName"), ("model:pattern", "RoleArn")} <= set(found(spec))


def test_what_the_library_sets_for_a_script_is_no_mistake_of_the_user_s(make: MakeSpec, folder: Path) -> None:
    script = Algorithm.from_script(folder, entry_point="train.py", image_uri=IMAGE)
    by_hand = {"sagemaker_program": "train.py"}
    reserved = ("hyperparameter-reserved-keys", "HyperParameters.sagemaker_program")
    assert reserved not in found(make(algorithm=script))
    assert reserved in found(make(algorithm=Algorithm.from_image_uri(IMAGE), hyperparameters=by_hand))


def test_a_request_that_lacks_what_runs_is_read_and_judged() -> None:
    spec = TrainingJobSpec.from_request({"EnableManagedSpotTraining": True})
    rules = {rule for rule, _ in found(spec)}
    assert {"algo-spec-required", "resource-config-required", "spot-needs-max-wait"} <= rules


def test_a_broken_request_is_read_and_judged_where_it_is_broken() -> None:
    request = {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "InstanceGroups": [{}]}}
    spec = TrainingJobSpec.from_request(request)
    assert ("model:required", "ResourceConfig.InstanceGroups[0].InstanceType") in found(spec)


def test_raw_members_are_judged_where_a_construct_would_fill() -> None:
    request = {"OutputDataConfig": {"S3OutputPath": "nowhere"}, "RoleArn": "", "Tags": []}
    found_ = found(TrainingJobSpec.from_request(request))
    assert ("model:pattern", "OutputDataConfig.S3OutputPath") in found_
    assert ("model:length", "RoleArn") in found_


def test_groups_are_taken_for_several_instances_of_ebs_types(make: MakeSpec) -> None:
    groups = [InstanceGroup("a", "ml.m5.xlarge", 1), InstanceGroup("b", "ml.g5.xlarge", 1)]
    spec = make(algorithm=Algorithm.from_image_uri(IMAGE), instance_type=None, instance_groups=groups)
    assert {"volume-size-required-for-ebs", "inter-container-encryption-off"}.isdisjoint(
        rule for rule, _ in found(spec)
    )


def test_importing_the_spec_loads_neither_shapes_nor_rules_nor_the_model() -> None:
    names = [
        "constructs_lib.spec.shapes",
        "constructs_lib.rules",
        "constructs_lib.service_model.create_training_job",
    ]
    code = f"import sys, constructs_lib.spec; print([name for name in {names} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "[]"
