"""Tokens and expressions at every kind of field: type checkers and constructors let them pass."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.spec import Algorithm, Channel, InstanceGroup, SpotTraining, TrainingJobSpec, job, shapes

TEXT = sfn.JsonPath.string_at("$.text")
NUMBER = sfn.JsonPath.number_at("$.number")
LIST = sfn.JsonPath.list_at("$.list")
OBJECT = sfn.JsonPath.object_at("$.object")
EXPRESSION = "{% $states.input.x %}"


def test_tokens_and_expressions_pass_in_every_form(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Count", type="Number")
    lazy = cdk.Token.as_any({"Ref": "Lazy"})
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(
            TEXT, arguments=LIST, entrypoint=OBJECT, enable_sagemaker_metrics_time_series=EXPRESSION
        ),
        channels=OBJECT,
        hyperparameters=OBJECT,
        environment=EXPRESSION,
        instance_type=TEXT,
        instance_count=parameter.value_as_number,
        volume_size_gib=EXPRESSION,
        training_job_name=f"churn-{TEXT}",
        placement=EXPRESSION,
        keep_alive=cdk.Duration.seconds(NUMBER),
        max_runtime=EXPRESSION,
        spot=SpotTraining(max_wait=EXPRESSION),
        metrics=LIST,
        network_isolation=EXPRESSION,
        inter_container_encryption=lazy,
        retry_attempts=NUMBER,
        tags=lazy,
        debug_hook_config=OBJECT,
        profiler_rule_configurations=EXPRESSION,
        remote_debug=OBJECT,
        vpc_config=lazy,
        overrides={"ExperimentConfig": {"TrialName": OBJECT, "ExperimentName": TEXT}},
    )
    assert spec.to_request() == {
        "TrainingJobName": f"churn-{TEXT}",
        "HyperParameters": OBJECT,
        "AlgorithmSpecification": {
            "TrainingImage": TEXT,
            "TrainingInputMode": "File",
            "MetricDefinitions": LIST,
            "EnableSageMakerMetricsTimeSeries": EXPRESSION,
            "ContainerEntrypoint": OBJECT,
            "ContainerArguments": LIST,
        },
        "InputDataConfig": OBJECT,
        "ResourceConfig": {
            "InstanceType": TEXT,
            "InstanceCount": parameter.value_as_number,
            "VolumeSizeInGB": EXPRESSION,
            "KeepAlivePeriodInSeconds": NUMBER,
            "InstancePlacementConfig": EXPRESSION,
        },
        "VpcConfig": lazy,
        "StoppingCondition": {"MaxRuntimeInSeconds": EXPRESSION, "MaxWaitTimeInSeconds": EXPRESSION},
        "Tags": lazy,
        "EnableNetworkIsolation": EXPRESSION,
        "EnableInterContainerTrafficEncryption": lazy,
        "EnableManagedSpotTraining": True,
        "DebugHookConfig": OBJECT,
        "ProfilerRuleConfigurations": EXPRESSION,
        "Environment": EXPRESSION,
        "RetryStrategy": {"MaximumRetryAttempts": NUMBER},
        "RemoteDebugConfig": {"EnableRemoteDebug": OBJECT},
        "ExperimentConfig": {"TrialName": OBJECT, "ExperimentName": TEXT},
    }
    assert [finding for finding in spec.validate() if finding.severity == "error"] == []


def test_they_pass_as_items_and_entries() -> None:
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("image:1"),
        channels=[
            Channel.from_uri("a", TEXT, shuffle_seed=NUMBER, accept_eula=OBJECT, instance_groups=LIST),
            Channel.from_uri("b", TEXT, shuffle_seed=EXPRESSION, accept_eula=EXPRESSION),
        ],
        hyperparameters={"depth": NUMBER, "eta": EXPRESSION},
        environment={"A": TEXT, "B": OBJECT},
        instance_groups=[InstanceGroup(TEXT, TEXT, EXPRESSION)],
    ).with_tag("k", OBJECT)
    request: Any = spec.with_environment({"C": OBJECT}).to_request()
    assert request["InputDataConfig"][0]["ShuffleConfig"] == {"Seed": NUMBER}
    assert request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["InstanceGroupNames"] == LIST
    assert request["InputDataConfig"][1]["ShuffleConfig"] == {"Seed": EXPRESSION}
    assert request["HyperParameters"] == {"depth": str(NUMBER), "eta": EXPRESSION}
    assert request["Environment"] == {"A": TEXT, "B": OBJECT, "C": OBJECT}
    assert request["Tags"] == [{"Key": "k", "Value": OBJECT}]


def test_they_pass_in_generated_shapes() -> None:
    network = shapes.VpcConfig(security_group_ids=LIST, subnets=OBJECT)
    assert network.to_request() == {"SecurityGroupIds": LIST, "Subnets": OBJECT}
    assert shapes.ShuffleConfig(seed=NUMBER).to_request() == {"Seed": NUMBER}
    assert shapes.ShuffleConfig(seed=EXPRESSION).to_request() == {"Seed": EXPRESSION}
    assert shapes.ModelAccessConfig(accept_eula=OBJECT).to_request() == {"AcceptEula": OBJECT}
    assert shapes.DataSource(s3_data_source=EXPRESSION).to_request() == {"S3DataSource": EXPRESSION}
    hook = shapes.DebugHookConfig(
        s3_output_path=TEXT, hook_parameters={"a": OBJECT}, collection_configurations=LIST
    )
    assert hook.to_request() == {
        "S3OutputPath": TEXT,
        "HookParameters": {"a": OBJECT},
        "CollectionConfigurations": LIST,
    }


def test_what_type_checkers_are_told_has_every_field_in_order() -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(job.TrainingJobSpec)))
    (told,) = (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    )
    expected = [field.name for field in dataclasses.fields(TrainingJobSpec)]
    assert [argument.arg for argument in told.args.kwonlyargs] == expected
