"""Waiting by a wait condition: what is made, in which order, and when it is made anew."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from constructs_lib import (
    Algorithm,
    Checkpoint,
    Completion,
    Output,
    QualityGate,
    SpecError,
    SpotTraining,
    TrainingJob,
    TrainingJobSpec,
    TrainingPlatform,
)

from .graph import JOB, RESULT, before
from .reports import report

HANDLE = "AWS::CloudFormation::WaitConditionHandle"
CONDITION = "AWS::CloudFormation::WaitCondition"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"
Find = Callable[..., dict[str, dict[str, Any]]]
Change = Callable[[TrainingJobSpec], TrainingJobSpec]


def make(spec: TrainingJobSpec, id: str = "Job", **arguments: Any) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Stack")
    arguments = {"completion": Completion.wait_condition(), **arguments}
    TrainingJob(stack, id, spec=spec, **arguments)
    return stack


def template(stack: cdk.Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json())


def of_type(made: Mapping[str, Any], type: str) -> str:
    (name,) = (str(name) for name, resource in made["Resources"].items() if resource["Type"] == type)
    return name


def ids(made: Mapping[str, Any]) -> dict[str, str]:
    return {type: of_type(made, type) for type in (JOB, HANDLE, CONDITION, RESULT)}


def test_what_is_made_beside_the_job(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    gates = [QualityGate("validation:auc", at_least=0.5)]
    completion = Completion.wait_condition()
    TrainingJob(stack, "Job", spec=spec, completion=completion, quality_gates=gates, allow_stopped=True)

    made = template(stack)

    names = ids(made)
    job, handle, condition, result = (made["Resources"][names[kind]] for kind in names)
    assert job["Properties"]["Completion"] == {
        "Mode": "wait_condition",
        "TimeoutSeconds": 1800,
        "Handle": {"Ref": names[HANDLE]},
    }
    assert job["Properties"]["AllowStopped"] is True
    assert not {"QualityGates", "FinalMetrics"} & set(job["Properties"])
    assert handle == {
        "Type": HANDLE,
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
    }
    assert condition == {
        "Type": CONDITION,
        "Properties": {"Count": 1, "Handle": {"Ref": names[HANDLE]}, "Timeout": "2100"},
        "DependsOn": [names[JOB]],
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
    }
    assert result == {
        "Type": RESULT,
        "Properties": {
            "ServiceToken": job["Properties"]["ServiceToken"],
            "ServiceTimeout": "3600",
            "TrainingJobName": {"Fn::GetAtt": [names[JOB], "TrainingJobName"]},
            "OutputPath": job["Properties"]["Request"]["OutputDataConfig"]["S3OutputPath"],
            "QualityGates": [{"Metric": "validation:auc", "AtLeast": 0.5}],
            "FinalMetrics": ["validation:auc"],
            "AllowStopped": True,
            "Waited": {"Fn::GetAtt": [names[CONDITION], "Data"]},
        },
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
    }


def test_every_attribute_is_the_results(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    job = TrainingJob(stack, "Job", spec=spec, completion=Completion.wait_condition())
    read = {
        "Name": job.training_job_name,
        "Arn": job.training_job_arn,
        "Output": job.output_uri,
        "Model": job.model_artifacts_uri,
        "Status": job.status,
        "Training": job.training_seconds,
        "Billable": job.billable_seconds,
        "Auc": job.final_metric("validation:auc"),
    }
    for name, value in read.items():
        cdk.CfnOutput(stack, name, value=value)

    made = template(stack)

    result = of_type(made, RESULT)
    found = {name: made["Outputs"][name]["Value"]["Fn::GetAtt"] for name in read}
    assert {logical_id for logical_id, _ in found.values()} == {result}
    assert found["Model"][1] == "ModelArtifactsUri"
    assert found["Auc"][1].startswith("Metric.validation_auc_")
    assert made["Resources"][result]["Properties"]["FinalMetrics"] == ["validation:auc"]


def test_who_depends_on_the_job_waits_for_its_end(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    job = TrainingJob(stack, "Job", spec=spec, completion=Completion.wait_condition())
    after = cdk.CfnResource(stack, "After", type="AWS::SNS::Topic")
    after.node.add_dependency(job)

    assert of_type(made := template(stack), RESULT) in before(made, "After")


def test_the_job_keeps_its_logical_id_in_all_completions(spec: TrainingJobSpec) -> None:
    ways = (Completion.start(), Completion.wait(), Completion.wait_condition())

    names = {of_type(template(make(spec, completion=completion)), JOB) for completion in ways}

    assert len(names) == 1


def test_the_same_app_gives_the_same_template(spec: TrainingJobSpec) -> None:
    assert template(make(spec)) == template(make(spec))


def tagged(spec: TrainingJobSpec) -> TrainingJobSpec:
    return spec.with_tag("team", "risk")


def hurried(spec: TrainingJobSpec) -> TrainingJobSpec:
    return spec.replace(volume_size_gib=77, keep_alive=datetime.timedelta(minutes=5), network_isolation=True)


def resumed(spec: TrainingJobSpec) -> TrainingJobSpec:
    return spec.replace(checkpoint=Checkpoint())


@pytest.mark.parametrize("change", [tagged, hurried, resumed])
def test_what_does_not_train_makes_no_new_wait(spec: TrainingJobSpec, change: Change) -> None:
    assert ids(template(make(change(spec)))) == ids(template(make(spec)))


def deeper(spec: TrainingJobSpec) -> TrainingJobSpec:
    return spec.with_hyperparameters({"max_depth": 7})


def larger(spec: TrainingJobSpec) -> TrainingJobSpec:
    return spec.replace(instance_type="ml.m5.2xlarge")


def longer(spec: TrainingJobSpec) -> TrainingJobSpec:
    return spec.replace(max_runtime=cdk.Duration.hours(3))


def elsewhere(spec: TrainingJobSpec) -> TrainingJobSpec:
    return spec.replace(output=Output(prefix="another"))


def resumed_from(spec: TrainingJobSpec) -> TrainingJobSpec:
    return spec.replace(checkpoint=Checkpoint(s3_uri="s3://mine/checkpoints"))


@pytest.mark.parametrize("change", [deeper, larger, longer, elsewhere, resumed_from])
def test_what_needs_a_new_wait_changes_handle_and_condition_alone(
    spec: TrainingJobSpec, change: Change
) -> None:
    one, other = ids(template(make(spec))), ids(template(make(change(spec))))

    assert {type for type in one if one[type] != other[type]} == {HANDLE, CONDITION}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"rerun_on": {"data": "1"}}),
        ({"rerun_on": {"data": "1"}}, {"rerun_on": {"data": "2"}}),
        ({}, {"completion": Completion.wait_condition(cdk.Duration.hours(5))}),
    ],
)
def test_triggers_and_the_timeout_need_a_new_wait(
    spec: TrainingJobSpec, one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = ids(template(make(spec, **one))), ids(template(make(spec, **other)))

    assert {type for type in first if first[type] != second[type]} == {HANDLE, CONDITION}


def test_another_kept_name_is_another_job(spec: TrainingJobSpec) -> None:
    first, second = (
        ids(template(make(spec.replace(training_job_name=name), keep_name=True))) for name in ("a", "b")
    )

    assert first[HANDLE] != second[HANDLE]
    assert first[JOB] == second[JOB]


def test_gates_need_no_new_wait(spec: TrainingJobSpec) -> None:
    gated = make(spec, quality_gates=[QualityGate("validation:auc", at_least=0.5)])

    assert ids(template(gated)) == ids(template(make(spec)))


def test_the_handle_follows_an_overridden_logical_id(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    job = TrainingJob(stack, "Job", spec=spec, completion=Completion.wait_condition())
    resource = job.node.find_child("Resource").node.default_child
    assert isinstance(resource, cdk.CfnResource)
    resource.override_logical_id("L" * 255)

    names = ids(template(stack))

    assert names[HANDLE].startswith("L" * 200 + "WaitHandle")
    assert len(names[HANDLE]) < 255
    # It is another resource, so it needs another wait, however its id is cut.
    assert names[HANDLE].removeprefix("L" * 200) not in ids(template(make(spec)))[HANDLE]


Chosen = Callable[[TrainingJobSpec, Callable[[Any], Any]], TrainingJobSpec]


def chosen_path(spec: TrainingJobSpec, chosen: Callable[[Any], Any]) -> TrainingJobSpec:
    path = cdk.Token.as_string(chosen("s3://bucket/{}"))
    return spec.replace(overrides={"OutputDataConfig": {"S3OutputPath": path}})


def chosen_checkpoint(spec: TrainingJobSpec, chosen: Callable[[Any], Any]) -> TrainingJobSpec:
    return spec.replace(checkpoint=Checkpoint(s3_uri=f"s3://x/{cdk.Token.as_string(chosen('{}'))}"))


def chosen_machines(spec: TrainingJobSpec, chosen: Callable[[Any], Any]) -> TrainingJobSpec:
    whole = {"ResourceConfig": chosen({"InstanceType": "ml.{}.large", "InstanceCount": 1})}
    image = Algorithm.from_image_uri(IMAGE)
    return spec.replace(algorithm=image, instance_type=None, instance_count=None, overrides=whole)


@pytest.mark.parametrize("change", [chosen_path, chosen_checkpoint, chosen_machines])
def test_a_function_of_cloudformations_counts_wherever_it_stands(
    spec: TrainingJobSpec, change: Chosen
) -> None:
    def handle(value: str) -> str:
        stack = cdk.Stack(cdk.App(), "Stack")
        condition = cdk.CfnCondition(stack, "Big", expression=cdk.Fn.condition_equals("x", "y"))

        def chosen(form: Any) -> Any:
            filled = json.loads(json.dumps(form).replace("{}", value))
            return cdk.Fn.condition_if(condition.logical_id, filled, cdk.Aws.NO_VALUE)

        TrainingJob(stack, "Job", spec=change(spec, chosen), completion=Completion.wait_condition())
        return next(name for name in template_unchecked(stack) if "WaitHandle" in name)

    assert handle("m5") == handle("m5")
    assert handle("m5") != handle("c5")


def template_unchecked(stack: cdk.Stack) -> dict[str, Any]:
    """The resources, whatever the rules say of them."""
    rules = ("model:required", "model:pattern", "resource-config-required", "instance-type-count-required")
    acknowledged = [cdk.Acknowledgment(id=f"ConstructsLib::{rule}", reason="a test") for rule in rules]
    cdk.Validations.of(stack).acknowledge(*acknowledged)
    return dict(template(stack)["Resources"])


def test_nothing_of_it_is_retained_whatever_the_stack_says(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    TrainingJob(stack, "Job", spec=spec, completion=Completion.wait_condition())
    cdk.RemovalPolicies.of(stack).retain(exclude_resource_types=[JOB])

    assert report(app).texts == []
    made = template(stack)["Resources"]
    kept = {r["Type"] for r in made.values() if r.get("DeletionPolicy") == "Retain"}
    assert not kept & {HANDLE, CONDITION, RESULT}
    assert "AWS::Lambda::Function" in kept


def test_two_jobs_in_a_nested_stack(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    for name in ("One", "Two"):
        TrainingJob(nested, name, spec=spec, completion=Completion.wait_condition())

    assert len(resources(nested, HANDLE)) == 2
    assert len(resources(nested, RESULT)) == 2


def test_a_platform_in_another_stack(app: cdk.App, spec: TrainingJobSpec, resources: Find) -> None:
    platform = TrainingPlatform(cdk.Stack(app, "Shared"), "Platform")
    user = cdk.Stack(app, "User")
    TrainingJob(user, "Job", spec=spec, platform=platform, completion=Completion.wait_condition())

    (result,) = resources(user, RESULT).values()
    assert "PlatformBucket" in str(result["Properties"]["OutputPath"])


def test_the_default_max_runtime_is_the_longest_that_fits(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None), completion=Completion.wait_condition())

    found = report(app)

    (job,) = resources(stack, JOB).values()
    (condition,) = resources(stack, CONDITION).values()
    assert job["Properties"]["Request"]["StoppingCondition"] == {"MaxRuntimeInSeconds": 42_300}
    assert job["Properties"]["Completion"]["TimeoutSeconds"] == 42_900
    assert condition["Properties"]["Timeout"] == "43200"
    assert found.texts == [
        "max-runtime-defaulted StoppingCondition.MaxRuntimeInSeconds: the spec has no max runtime, so the "
        "job gets 705 minutes"
    ]


def test_spot_without_limits_fits_it_too(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    asked = spec.replace(max_runtime=None, spot=SpotTraining())
    TrainingJob(stack, "Job", spec=asked, completion=Completion.wait_condition())

    (job,) = resources(stack, JOB).values()
    assert job["Properties"]["Request"]["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 21_150,
        "MaxWaitTimeInSeconds": 42_300,
    }


def test_a_timeout_of_the_users(stack: cdk.Stack, spec: TrainingJobSpec, resources: Find) -> None:
    completion = Completion.wait_condition(datetime.timedelta(hours=3))
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None), completion=completion)

    (job,) = resources(stack, JOB).values()
    (condition,) = resources(stack, CONDITION).values()
    assert job["Properties"]["Request"]["StoppingCondition"] == {"MaxRuntimeInSeconds": 10_800}
    assert job["Properties"]["Completion"]["TimeoutSeconds"] == 10_800
    assert condition["Properties"]["Timeout"] == "11100"


def test_what_start_refuses_names_both_that_wait(stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    job = TrainingJob(stack, "Job", spec=spec, completion=Completion.start())
    offered = r"; use Completion.wait\(\), or Completion.wait_condition\(\) for up to 12 hours \[Stack/"

    with pytest.raises(SpecError, match=rf"status: is not known with Completion.start\(\).*{offered}Job\]"):
        _ = job.status
    gates = [QualityGate("validation:auc", at_least=0.5)]
    with pytest.raises(SpecError, match=rf"quality_gates: cannot be judged .*{offered}Other\]"):
        TrainingJob(stack, "Other", spec=spec, completion=Completion.start(), quality_gates=gates)
