"""Every member of every shape of the service model can be said in typed Python, and none is forgotten."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.spec import (
    Algorithm,
    Channel,
    Checkpoint,
    InstanceGroup,
    MetricDefinition,
    Output,
    SpotTraining,
    TrainingJobSpec,
    shapes,
)
from constructs_lib.spec.job_shapes import SHAPE_LISTS
from constructs_lib.spec.job_shapes import SHAPES as SHAPE_FIELDS
from constructs_lib.spec.shape import members_of

READ_ONLY = {("ResourceConfig", "SelectedInstanceType"), ("ResourceConfig", "SelectedInstanceCount")}
"""What only DescribeTrainingJob says: CreateTrainingJob refuses it (``selected-fields-read-only``)."""

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/image:1"


def filled(name: str) -> Any:
    """A typed value of a shape with each of its members set, by the members' Python names."""
    shape = SHAPES[name]
    if shape["type"] == "structure":
        return getattr(shapes, name)(**{member.python: filled(member.shape) for member in members_of(name)})
    if shape["type"] == "list":
        return [filled(shape["member"])]
    if shape["type"] == "map":
        return {"key": filled(shape["value"])}
    return {"string": "text", "boolean": True}.get(shape["type"], 1)


def specs() -> list[TrainingJobSpec]:
    """Specs made of typed fields alone; several, because some members exclude each other."""
    generated = {field: filled(shape) for field, shape in SHAPE_FIELDS.items()}
    lists = {field: [filled(shape)] for field, shape in SHAPE_LISTS.items()}
    access = filled("TrainingImageConfig")
    image = Algorithm.from_image_uri(
        IMAGE,
        entrypoint=["run"],
        arguments=["--fast"],
        enable_sagemaker_metrics_time_series=True,
        repository_access=access,
    )
    in_s3 = Channel.from_augmented_manifest(
        "labelled",
        "s3://bucket/manifest",
        attribute_names=["label"],
        content_type="text/csv",
        compression="Gzip",
        record_wrapper="RecordIO",
        shuffle_seed=1,
        distribution="ShardedByS3Key",
        instance_groups=["group"],
        accept_eula=True,
        hub_content_arn="arn",
    )
    whole = TrainingJobSpec(
        **{**generated, **lists, "instance_preferences": ()},
        algorithm=image,
        channels=[in_s3, Channel.from_efs("notes", "fs-1"), Channel.from_dataset("tune", "arn")],
        hyperparameters={"a": 1},
        environment={"A": "1"},
        instance_type="ml.m5.xlarge",
        instance_count=2,
        volume_size_gib=30,
        keep_alive=timedelta(minutes=1),
        training_plan_arn="arn",
        volume_encryption_key="key",
        output=Output(s3_uri="s3://bucket/out", encryption_key="key", compression="NONE"),
        max_runtime=timedelta(hours=1),
        max_pending=timedelta(hours=1),
        spot=SpotTraining(max_wait=timedelta(hours=2)),
        checkpoint=Checkpoint(s3_uri="s3://bucket/c", local_path="/opt/c"),
        metrics=[MetricDefinition("auc", "auc=(.*)")],
        network_isolation=True,
        inter_container_encryption=True,
        retry_attempts=1,
        tags={"k": "v"},
        remote_debug=True,
        infra_check=True,
        session_tag_chaining=True,
        training_job_name="name",
        role_arn="arn",
    )
    groups = whole.replace(
        algorithm=Algorithm.from_algorithm_arn("arn"),
        instance_type=None,
        instance_count=None,
        instance_groups=[InstanceGroup("group", "ml.m5.xlarge", 1)],
    )
    preferences = whole.replace(
        instance_type=None, instance_count=None, instance_preferences=lists["instance_preferences"]
    )
    return [whole, groups, preferences]


def said(value: object, name: str = ROOT) -> Iterator[tuple[str, str]]:
    """The members that a request sets, each as its structure's name and its own."""
    shape = SHAPES[name]
    if shape["type"] == "structure":
        assert isinstance(value, Mapping), name
        for member, item in value.items():
            yield name, member
            yield from said(item, shape["members"][member])
    elif shape["type"] == "list":
        assert isinstance(value, list), name
        for item in value:
            yield from said(item, shape["member"])


def all_members() -> set[tuple[str, str]]:
    return {(name, member) for name, shape in SHAPES.items() for member in shape.get("members", ())}


def test_every_member_of_every_shape_can_be_said_by_typed_fields() -> None:
    made = specs()

    assert all(spec.overrides == {} for spec in made)
    assert len(all_members()) == 146
    reached = {place for spec in made for place in said(spec.to_request())}
    assert reached == all_members() - READ_ONLY


def test_every_field_takes_part() -> None:
    unset = {
        field.name
        for field in dataclasses.fields(TrainingJobSpec)
        if all(getattr(spec, field.name) == field.default for spec in specs())
    }
    assert unset == {"overrides"}


def test_a_request_with_every_member_is_read_into_the_same_fields() -> None:
    for spec in specs():
        again = TrainingJobSpec.from_request(spec.to_request())
        assert again.to_request() == spec.to_request()
        assert again.overrides == {}
