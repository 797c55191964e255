"""Every field of a spec, one at a time: it can be set, it is rendered, and it can be a token."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import aws_cdk as cdk
import pytest

from constructs_lib.errors import SpecError
from constructs_lib.spec import (
    UNBOUND,
    Algorithm,
    Channel,
    Checkpoint,
    InstanceGroup,
    MetricDefinition,
    Output,
    SpotTraining,
    TrainingJobSpec,
    Unbound,
    render_request,
    shapes,
)
from constructs_lib.spec.overrides import fields_of
from constructs_lib.spec.render import MEMBERS
from constructs_lib.spec.resources import default_volume, may_use_several_instances

from .conftest import MakeSpec

S3 = "s3://b/x"
FIELDS = [field.name for field in dataclasses.fields(TrainingJobSpec)]
# A field's value, and what of the request says it; the spec beside it has an algorithm and an instance type.
RENDERED: dict[str, tuple[object, str, object]] = {
    "algorithm": (Algorithm.from_image_uri("other:1"), "AlgorithmSpecification.TrainingImage", "other:1"),
    "channels": ([Channel.from_uri("c", S3)], "InputDataConfig.0.ChannelName", "c"),
    "hyperparameters": ({"a": 1}, "HyperParameters", {"a": "1"}),
    "environment": ({"A": "1"}, "Environment", {"A": "1"}),
    "instance_type": ("ml.c5.xlarge", "ResourceConfig.InstanceType", "ml.c5.xlarge"),
    "instance_count": (3, "ResourceConfig.InstanceCount", 3),
    "volume_size_gib": (7, "ResourceConfig.VolumeSizeInGB", 7),
    "instance_groups": (
        [InstanceGroup("g", "t", 2)],
        "ResourceConfig",
        {"InstanceGroups": [{"InstanceType": "t", "InstanceCount": 2, "InstanceGroupName": "g"}]},
    ),
    "instance_preferences": (
        [shapes.InstancePreference(instance_type="t", instance_count=2)],
        "ResourceConfig",
        {"InstancePreferences": [{"InstanceType": "t", "InstanceCount": 2}]},
    ),
    "placement": (
        shapes.InstancePlacementConfig(
            placement_specifications=[shapes.PlacementSpecification(instance_count=1)]
        ),
        "ResourceConfig.InstancePlacementConfig.PlacementSpecifications",
        [{"InstanceCount": 1}],
    ),
    "keep_alive": (cdk.Duration.minutes(1), "ResourceConfig.KeepAlivePeriodInSeconds", 60),
    "training_plan_arn": ("arn", "ResourceConfig.TrainingPlanArn", "arn"),
    "volume_encryption_key": ("key", "ResourceConfig.VolumeKmsKeyId", "key"),
    "output": (Output(s3_uri=S3), "OutputDataConfig", {"S3OutputPath": S3}),
    "max_runtime": (timedelta(minutes=1), "StoppingCondition.MaxRuntimeInSeconds", 60),
    "max_pending": (timedelta(hours=1), "StoppingCondition.MaxPendingTimeInSeconds", 3600),
    "spot": (SpotTraining(timedelta(minutes=2)), "StoppingCondition.MaxWaitTimeInSeconds", 120),
    "checkpoint": (Checkpoint(s3_uri=S3), "CheckpointConfig", {"S3Uri": S3}),
    "metrics": (
        [MetricDefinition("m", "r")],
        "AlgorithmSpecification.MetricDefinitions",
        [{"Name": "m", "Regex": "r"}],
    ),
    "network_isolation": (False, "EnableNetworkIsolation", False),
    "inter_container_encryption": (True, "EnableInterContainerTrafficEncryption", True),
    "retry_attempts": (2, "RetryStrategy", {"MaximumRetryAttempts": 2}),
    "tags": ({"k": "v"}, "Tags", [{"Key": "k", "Value": "v"}]),
    "debug_hook_config": (
        shapes.DebugHookConfig(s3_output_path=S3),
        "DebugHookConfig",
        {"S3OutputPath": S3},
    ),
    "debug_rule_configurations": (
        [shapes.DebugRuleConfiguration(rule_configuration_name="r", rule_evaluator_image="i")],
        "DebugRuleConfigurations",
        [{"RuleConfigurationName": "r", "RuleEvaluatorImage": "i"}],
    ),
    "profiler_config": (shapes.ProfilerConfig(s3_output_path=S3), "ProfilerConfig", {"S3OutputPath": S3}),
    "profiler_rule_configurations": (
        [shapes.ProfilerRuleConfiguration(rule_configuration_name="r", rule_evaluator_image="i")],
        "ProfilerRuleConfigurations",
        [{"RuleConfigurationName": "r", "RuleEvaluatorImage": "i"}],
    ),
    "tensor_board_output_config": (
        shapes.TensorBoardOutputConfig(s3_output_path=S3),
        "TensorBoardOutputConfig",
        {"S3OutputPath": S3},
    ),
    "experiment_config": (
        shapes.ExperimentConfig(experiment_name="e"),
        "ExperimentConfig",
        {"ExperimentName": "e"},
    ),
    "remote_debug": (True, "RemoteDebugConfig", {"EnableRemoteDebug": True}),
    "infra_check": (False, "InfraCheckConfig", {"EnableInfraCheck": False}),
    "session_tag_chaining": (True, "SessionChainingConfig", {"EnableSessionTagChaining": True}),
    "serverless_job_config": (
        shapes.ServerlessJobConfig(base_model_arn="arn", job_type="FineTuning"),
        "ServerlessJobConfig",
        {"BaseModelArn": "arn", "JobType": "FineTuning"},
    ),
    "mlflow_config": (
        shapes.MlflowConfig(mlflow_resource_arn="arn"),
        "MlflowConfig",
        {"MlflowResourceArn": "arn"},
    ),
    "model_package_config": (
        shapes.ModelPackageConfig(model_package_group_arn="arn"),
        "ModelPackageConfig",
        {"ModelPackageGroupArn": "arn"},
    ),
    "training_job_name": ("name", "TrainingJobName", "name"),
    "role_arn": ("arn", "RoleArn", "arn"),
    "vpc_config": (
        shapes.VpcConfig(security_group_ids=["g"], subnets=["s"]),
        "VpcConfig",
        {"SecurityGroupIds": ["g"], "Subnets": ["s"]},
    ),
    "overrides": ({"Brandnew": {"A": [1]}}, "Brandnew", {"A": [1]}),
}
WHOLE_TOKENS = [
    "channels",
    "hyperparameters",
    "environment",
    "metrics",
    "tags",
    "instance_groups",
    "instance_preferences",
    "debug_rule_configurations",
    "profiler_rule_configurations",
]


def at(request: Any, path: str) -> object:
    for step in path.split("."):
        request = request[int(step) if step.isdigit() else step]
    return request


def with_field(make: MakeSpec, field: str, value: object) -> TrainingJobSpec:
    alone = {"instance_type": None} if field in ("instance_groups", "instance_preferences") else {}
    return make(**{**alone, field: value})


def test_the_table_has_every_field() -> None:
    assert list(RENDERED) == FIELDS


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_is_set_is_rendered(make: MakeSpec, field: str) -> None:
    value, path, expected = RENDERED[field]
    spec = with_field(make, field, value)
    assert at(spec.to_request(), path) == expected
    for other in FIELDS:
        if other != field and other not in ("instance_type", "instance_count"):
            assert getattr(spec, other) == getattr(make(), other), other
    assert hash(spec) == hash(with_field(make, field, value))


@pytest.mark.parametrize("field", WHOLE_TOKENS)
def test_a_whole_map_or_list_may_be_a_token_or_an_expression(
    make: MakeSpec, stack: cdk.Stack, field: str
) -> None:
    path = RENDERED[field][1].split(".")
    path = ["InputDataConfig"] if field == "channels" else path
    if field.startswith("instance_"):
        path = ["ResourceConfig", "InstanceGroups" if field == "instance_groups" else "InstancePreferences"]
    for token in (cdk.Token.as_any({"Ref": "X"}), "{% $x %}", cdk.Token.as_list({"Ref": "X"})):
        found = at(stack.resolve(with_field(make, field, token).to_request()), ".".join(path))
        assert found == ("{% $x %}" if isinstance(token, str) else {"Ref": "X"})


@pytest.mark.parametrize("name", ["channels", "metrics", "hyperparameters", "environment", "tags"])
def test_nothing_is_added_to_a_token(make: MakeSpec, name: str) -> None:
    spec = make(**{name: "{% $x %}"})
    with pytest.raises(SpecError, match=rf"^{name}: is a token, to which nothing can be added; use replace$"):
        {
            "channels": lambda: spec.with_channel(Channel.from_uri("a", S3)),
            "metrics": lambda: spec.with_metric(MetricDefinition("m", "r")),
            "hyperparameters": lambda: spec.with_hyperparameters({"a": 1}),
            "environment": lambda: spec.with_environment({"A": "1"}),
            "tags": lambda: spec.with_tag("k", "v"),
        }[name]()


def test_a_token_for_the_hyperparameters_of_a_script_is_refused(make: MakeSpec, folder: object) -> None:
    script = Algorithm.from_script(str(folder), entry_point="train.py", image_uri="i:1")
    with pytest.raises(SpecError, match=r"^hyperparameters: cannot be a token for a script"):
        make(algorithm=script, hyperparameters="{% $x %}")


def test_every_member_has_a_field() -> None:
    assert {fields_of(member) for member in MEMBERS} <= set(FIELDS)
    assert "" not in {fields_of(member) for member in MEMBERS}


def test_name_role_and_network_of_the_spec_win() -> None:
    class Bound(Unbound):
        def training_job_name(self) -> str:
            return "bound"

        def role_arn(self) -> str:
            return "bound"

        def vpc_config(self) -> dict[str, object]:
            return {"Subnets": ["bound"], "SecurityGroupIds": []}

    network = shapes.VpcConfig(security_group_ids=["g"], subnets=["s"])
    own = {"training_job_name": "own", "role_arn": "own", "vpc_config": network}
    serverless = shapes.ServerlessJobConfig(base_model_arn="arn", job_type="FineTuning")
    without = TrainingJobSpec(serverless_job_config=serverless)
    spec = without.replace(**own)
    assert render_request(spec, Bound()) == render_request(spec, UNBOUND) == spec.to_request()
    assert render_request(without, Bound())["RoleArn"] == "bound"


def test_a_change_to_groups_drops_the_count_of_one_type(make: MakeSpec) -> None:
    groups = [InstanceGroup("g", "ml.g5.xlarge", 1), InstanceGroup("h", "ml.m5.xlarge", 1)]
    spec = make().replace(instance_type=None, instance_groups=groups)
    assert spec.instance_count is None
    assert default_volume(spec) == 30
    assert may_use_several_instances(spec)
    assert not may_use_several_instances(make())
    assert may_use_several_instances(make(instance_count=2))
    nvme = spec.replace(instance_groups=groups[:1])
    assert default_volume(nvme) is None
    assert not may_use_several_instances(nvme)


def test_raw_members_may_not_hold_themselves(make: MakeSpec) -> None:
    cyclic: dict[str, object] = {}
    cyclic["A"] = cyclic
    fix = "nests deeper than 32 levels, or holds itself; give a flatter value"
    with pytest.raises(SpecError) as caught:
        make(overrides={"Brandnew": cyclic})
    assert str(caught.value) == f"overrides: {fix}"
    with pytest.raises(SpecError) as caught:
        make(hyperparameters=cyclic)
    assert str(caught.value) == f"hyperparameters: {fix}"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("", "t", 1), "instance_group.name: must not be empty; give a value"),
        (("g", 1, 1), "instance_group.instance_type: must be a str, got int; pass text or a token"),
        (("g", "t", None), "instance_group.instance_count: must be an int, got None; say how many"),
        (
            ("g", "t", 0),
            "instance_group.instance_count: must be 1 or more, got 0; pass a number in that range",
        ),
    ],
)
def test_mistakes_in_a_group_are_refused_at_once(values: tuple[Any, Any, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        InstanceGroup(*values)
    assert str(caught.value) == message
