"""Other instance types for a job that finds no capacity: rendered, checked, refused where they cannot be."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from constructs_lib import (
    Algorithm,
    Completion,
    InstanceGroup,
    SpecError,
    SpotTraining,
    TrainingJob,
    TrainingJobSpec,
    shapes,
)

from .graph import JOB
from .reports import report

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/churn:1"
Find = Callable[..., dict[str, dict[str, Any]]]
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def short(spec: TrainingJobSpec) -> TrainingJobSpec:
    return spec.replace(max_runtime=MINUTE)


def properties(resources: Find, stack: cdk.Stack) -> dict[str, Any]:
    (job,) = resources(stack, JOB).values()
    found: dict[str, Any] = job["Properties"]
    return found


def test_each_is_the_requests_own_config_with_its_type(
    stack: cdk.Stack, short: TrainingJobSpec, resources: Find
) -> None:
    spec = short.replace(keep_alive=datetime.timedelta(minutes=5), instance_count=2)
    TrainingJob(stack, "Job", spec=spec, capacity_fallback=["ml.m5.2xlarge", "ml.r5d.xlarge"])

    found = properties(resources, stack)

    first = found["Request"]["ResourceConfig"]
    assert first["InstanceType"] == "ml.m5.xlarge"
    assert found["CapacityFallback"] == [
        {**first, "InstanceType": "ml.m5.2xlarge"},
        # Its data lies on disks of its own: neither size nor key.
        {"InstanceType": "ml.r5d.xlarge", "InstanceCount": 2, "KeepAlivePeriodInSeconds": 300},
    ]
    assert {"VolumeSizeInGB", "VolumeKmsKeyId"} <= set(first)


def test_without_it_the_template_says_nothing_of_it(
    stack: cdk.Stack, short: TrainingJobSpec, resources: Find
) -> None:
    TrainingJob(stack, "Job", spec=short)

    assert not {"CapacityFallback", "DeleteRecord"} & set(properties(resources, stack))


def test_overrides_of_the_config_are_in_each(
    stack: cdk.Stack, short: TrainingJobSpec, resources: Find
) -> None:
    spec = short.replace(overrides={"ResourceConfig": {"VolumeSizeInGB": 99}})
    TrainingJob(stack, "Job", spec=spec, capacity_fallback=["ml.m5.2xlarge"])

    (config,) = properties(resources, stack)["CapacityFallback"]
    assert (config["InstanceType"], config["VolumeSizeInGB"]) == ("ml.m5.2xlarge", 99)


def test_the_role_may_use_the_volumes_key_of_a_later_type(
    stack: cdk.Stack, short: TrainingJobSpec, resources: Find
) -> None:
    spec = short.replace(algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.g5.xlarge")

    def reasons(id: str, types: list[str]) -> list[str]:
        job = TrainingJob(stack, id, spec=spec, capacity_fallback=types)
        found = [one.reason for one in job.explain_permissions()]
        return [reason for reason in found if reason.startswith("ResourceConfig.VolumeKmsKeyId")]

    assert reasons("None", ["ml.g6.xlarge"]) == []
    assert reasons("Key", ["ml.g6.xlarge", "ml.p3.2xlarge", "ml.p2.xlarge"]) == [
        "ResourceConfig.VolumeKmsKeyId: let the volume use the key",
        "ResourceConfig.VolumeKmsKeyId: encrypt the volume",
    ]
    policies = resources(stack, "AWS::IAM::ManagedPolicy")
    (key_role,) = (policy for name, policy in policies.items() if name.startswith("KeyRolePolicy"))
    assert "kms:CreateGrant" in str(key_role)


def test_a_given_role_is_allowed_it_too(stack: cdk.Stack, short: TrainingJobSpec, resources: Find) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    spec = short.replace(algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.g5.xlarge")
    TrainingJob(stack, "Job", spec=spec, role=role, capacity_fallback=["ml.p3.2xlarge"])

    policies = resources(stack, "AWS::IAM::ManagedPolicy").items()
    (policy,) = (policy for name, policy in policies if name.startswith("JobPolicy"))
    assert "kms:CreateGrant" in str(policy)


@pytest.mark.parametrize(
    ("types", "text"),
    [
        ("ml.m5.2xlarge", "capacity_fallback: must be a list of instance types, got str"),
        (None, "capacity_fallback: must be a list of instance types, got NoneType"),
        ({"ml.m5.2xlarge"}, "capacity_fallback: must be a list of instance types, got set"),
        ([1], "capacity_fallback[0]: must be text, got int"),
        ([""], "capacity_fallback[0]: must be text, got empty text"),
        (["ml.m5.xlarge"], "capacity_fallback[0]: got 'ml.m5.xlarge', which is the spec's own instance_type"),
        (
            ["ml.m5.2xlarge", "ml.m5.2xlarge"],
            "capacity_fallback[1]: got 'ml.m5.2xlarge', which is named before",
        ),
    ],
)
def test_lists_that_are_none(stack: cdk.Stack, short: TrainingJobSpec, types: Any, text: str) -> None:
    with pytest.raises(SpecError) as caught:
        TrainingJob(stack, "Job", spec=short, capacity_fallback=types)

    assert str(caught.value).startswith(f"{text}; ")
    assert str(caught.value).endswith(" [Stack/Job]")


def test_a_list_that_only_cloudformation_knows(stack: cdk.Stack, short: TrainingJobSpec) -> None:
    types = cdk.CfnParameter(stack, "Types", type="CommaDelimitedList").value_as_list
    with pytest.raises(SpecError, match="must be a list of instance types, got a token"):
        TrainingJob(stack, "Job", spec=short, capacity_fallback=types)


def test_where_nobody_watches(stack: cdk.Stack, short: TrainingJobSpec) -> None:
    with pytest.raises(SpecError) as caught:
        TrainingJob(
            stack, "Job", spec=short, completion=Completion.start(), capacity_fallback=["ml.m5.2xlarge"]
        )
    assert str(caught.value) == (
        "capacity_fallback: is given with Completion.start(), where nobody sees that there was no capacity; "
        "use Completion.wait() or Completion.wait_condition() [Stack/Job]"
    )


def test_with_a_name_that_can_be_used_once(stack: cdk.Stack, short: TrainingJobSpec) -> None:
    named = short.replace(training_job_name="mine")
    with pytest.raises(SpecError, match="is given with keep_name=True, and a name can be used once"):
        TrainingJob(stack, "Job", spec=named, keep_name=True, capacity_fallback=["ml.m5.2xlarge"])


PLAN = "arn:aws:sagemaker:eu-west-1:123456789012:training-plan/mine"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (
            {
                "instance_type": None,
                "instance_count": None,
                "instance_groups": [InstanceGroup("a", "ml.m5.large", 1)],
            },
            "instance_groups",
        ),
        (
            {
                "instance_type": None,
                "instance_count": None,
                "instance_preferences": [shapes.InstancePreference(instance_type="ml.m5.large")],
            },
            "instance_preferences",
        ),
        ({"training_plan_arn": PLAN}, "training_plan_arn"),
        ({"overrides": {"ResourceConfig": {"TrainingPlanArn": PLAN}}}, "training_plan_arn"),
        ({"overrides": {"ServerlessJobConfig": {"JobType": "FineTuning"}}}, "serverless_job_config"),
    ],
)
def test_where_there_is_no_single_type(
    stack: cdk.Stack, short: TrainingJobSpec, changes: dict[str, Any], field: str
) -> None:
    spec = short.replace(algorithm=Algorithm.from_image_uri(IMAGE), **changes)
    with pytest.raises(SpecError, match=f"capacity_fallback: is given for a spec with {field}, which"):
        TrainingJob(stack, "Job", spec=spec, capacity_fallback=["ml.m5.2xlarge"])


def test_a_type_that_only_overrides_say(stack: cdk.Stack, short: TrainingJobSpec) -> None:
    raw = {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}}
    image = Algorithm.from_image_uri(IMAGE)
    spec = short.replace(algorithm=image, instance_type=None, instance_count=None, overrides=raw)
    with pytest.raises(SpecError, match="is given for a spec without instance_type"):
        TrainingJob(stack, "Job", spec=spec, capacity_fallback=["ml.m5.2xlarge"])


def test_a_type_that_would_need_another_image(stack: cdk.Stack, short: TrainingJobSpec, script: Any) -> None:
    torch = Algorithm.from_script(
        script, entry_point="train.py", framework="pytorch", framework_version="2.8.0"
    )
    spec = short.replace(algorithm=torch, instance_type="ml.g5.xlarge")
    TrainingJob(stack, "Same", spec=spec, capacity_fallback=["ml.g6.xlarge"])

    with pytest.raises(SpecError) as caught:
        TrainingJob(stack, "Job", spec=spec, capacity_fallback=["ml.g6.xlarge", "ml.m5.xlarge"])

    assert str(caught.value).startswith(
        "capacity_fallback[1]: got 'ml.m5.xlarge', for which the framework has another image than for "
        "'ml.g5.xlarge'; "
    )


def test_the_rules_run_on_every_type(app: cdk.App, stack: cdk.Stack, short: TrainingJobSpec) -> None:
    spec = short.replace(volume_size_gib=50)
    TrainingJob(stack, "Job", spec=spec, capacity_fallback=["ml.r5d.xlarge", "ml.nonsense", "ml.m5.2xlarge"])

    found = report(app)

    assert found.failed
    assert {(entry.rule, entry.text.partition(":")[0]) for entry in found.entries} == {
        ("volume-size-ignored-on-nvme", "capacity_fallback[0].VolumeSizeInGB"),
        ("model:enum", "capacity_fallback[1].InstanceType"),
    }


def test_what_the_first_type_has_too_is_said_once(
    app: cdk.App, stack: cdk.Stack, short: TrainingJobSpec
) -> None:
    TrainingJob(
        stack,
        "Job",
        spec=short.replace(environment={"K": "x" * 600}, keep_alive=datetime.timedelta(hours=9)),
        capacity_fallback=["ml.m5.2xlarge", "ml.m5.4xlarge"],
    )

    found = [(entry.rule, entry.text.partition(":")[0]) for entry in report(app).entries]

    assert len(found) == len(set(found)) == 2
    assert {path for _, path in found} == {"Environment.K", "ResourceConfig.KeepAlivePeriodInSeconds"}


def test_what_is_wrong_outside_the_config_names_the_type(
    app: cdk.App, stack: cdk.Stack, short: TrainingJobSpec
) -> None:
    spec = short.replace(algorithm=Algorithm.from_image_uri(IMAGE), infra_check=True)
    types = ["ml.g6.xlarge", "ml.m5.2xlarge"]
    gpus = spec.replace(instance_type="ml.g5.xlarge")
    TrainingJob(stack, "Gpu", spec=gpus, capacity_fallback=types)
    # Here the first type has the same mistake, which is said once.
    TrainingJob(stack, "Cpu", spec=spec, capacity_fallback=types)

    found = {
        entry.construct: entry.text
        for entry in report(app).entries
        if entry.text.startswith("InfraCheckConfig")
    }

    text = "InfraCheckConfig.EnableInfraCheck: has nothing to check on {}: it tests accelerators and their "
    assert set(found) == {"Stack/Gpu", "Stack/Cpu"}
    assert found["Stack/Gpu"].startswith(text.format("'ml.m5.2xlarge'"))
    assert found["Stack/Gpu"].endswith(" (on ml.m5.2xlarge, capacity_fallback[1])")
    assert found["Stack/Cpu"].startswith(text.format("'ml.m5.xlarge'"))


def test_two_types_that_are_none_are_two_mistakes(
    app: cdk.App, stack: cdk.Stack, short: TrainingJobSpec
) -> None:
    spec = short.replace(algorithm=Algorithm.from_image_uri(IMAGE), instance_type="ml.nonsense")
    TrainingJob(stack, "Job", spec=spec, capacity_fallback=["ml.more-nonsense"])

    found = [entry.text.partition(":")[0] for entry in report(app).entries if entry.rule == "model:enum"]

    assert found == ["ResourceConfig.InstanceType", "capacity_fallback[0].InstanceType"]


@pytest.mark.parametrize(
    ("completion", "number", "rules"),
    [
        (Completion.wait(), 500, []),
        (Completion.wait(), 501, ["wait-too-short"]),
        (Completion.wait_condition(), 13_700, []),
        (Completion.wait_condition(), 13_701, ["wait-too-short"]),
        (Completion.wait(cdk.Duration.minutes(55)), 1100, []),
    ],
)
@pytest.mark.parametrize("spot", [False, True], ids=["on demand", "spot"])
def test_all_attempts_have_to_fit_the_wait(
    app: cdk.App,
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    completion: Completion,
    number: int,
    rules: list[str],
    spot: bool,
) -> None:
    limit = datetime.timedelta(seconds=number)
    changes = (
        {"max_runtime": MINUTE, "spot": SpotTraining(max_wait=limit)} if spot else {"max_runtime": limit}
    )
    types = ["ml.m5.2xlarge", "ml.m5.4xlarge"]
    TrainingJob(stack, "Job", spec=spec.replace(**changes), completion=completion, capacity_fallback=types)

    found = [entry for entry in report(app).entries if entry.rule == "wait-too-short"]

    assert [entry.rule for entry in found] == rules
    for entry in found:
        assert f"the job may take {number} seconds and 600 for start and upload, in each of 3 " in entry.text
        over = completion.mode == "wait_condition"
        assert entry.fix.startswith("use fewer types" if over else "use Completion.wait_condition()")


@pytest.mark.parametrize(
    ("completion", "runtime", "wait"),
    [(Completion.wait(), 1050, 3300), (Completion.wait_condition(), 20_850, 42_900)],
)
def test_attempts_share_the_default_max_runtime(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find, completion: Completion, runtime: int, wait: int
) -> None:
    TrainingJob(
        stack,
        "Job",
        spec=spec.replace(max_runtime=None),
        completion=completion,
        capacity_fallback=["ml.m5.2xlarge"],
    )

    found = properties(resources, stack)
    assert found["Request"]["StoppingCondition"] == {"MaxRuntimeInSeconds": runtime}
    assert found["Completion"]["TimeoutSeconds"] == wait


def test_a_timeout_of_the_users_is_shared_too(
    stack: cdk.Stack, spec: TrainingJobSpec, resources: Find
) -> None:
    completion = Completion.wait(cdk.Duration.minutes(50))
    none = spec.replace(max_runtime=None)
    TrainingJob(stack, "Job", spec=none, completion=completion, capacity_fallback=["ml.m5.2xlarge"])

    assert properties(resources, stack)["Request"]["StoppingCondition"] == {"MaxRuntimeInSeconds": 1500}


def test_more_types_than_fit_at_all(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    types = ["ml.m5.2xlarge", "ml.m5.4xlarge", "ml.m5.12xlarge", "ml.m5.24xlarge", "ml.m5.large"]
    TrainingJob(stack, "Job", spec=spec.replace(max_runtime=None), capacity_fallback=types)

    assert "wait-too-short" in {entry.rule for entry in report(app).entries}


def test_the_list_is_no_content(stack: cdk.Stack, short: TrainingJobSpec, resources: Find) -> None:
    """Which types are tried later makes no new wait, unless the wait itself gets longer."""
    completion = Completion.wait_condition(cdk.Duration.hours(2))
    handles = set()
    for types in ([], ["ml.m5.2xlarge"], ["ml.m5.4xlarge"]):
        stack = cdk.Stack(cdk.App(), "Stack")
        TrainingJob(stack, "Job", spec=short, completion=completion, capacity_fallback=types)
        handles |= set(resources(stack, "AWS::CloudFormation::WaitConditionHandle"))
    assert len(handles) == 1
