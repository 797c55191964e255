"""Roles that are imported and can be changed: managed policies in the stack of each job, and no circle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import Channel, Completion, TrainingJob, TrainingPlatform
from tests.unit.cdk.given.made import HERE, OTHER_ACCOUNT, SPEC, isolated, task
from tests.unit.cdk.graph import JOB, before
from tests.unit.cdk.iam import deployed
from tests.unit.cdk.reports import report

LIMIT = 6144
ARN = "arn:aws:iam::123456789012:role/teams/ml/ours"
Template = dict[str, Any]


@pytest.fixture(scope="module")
def templates() -> dict[str, Template]:
    """Imported roles: of one stack, of another, of the stack around a nested one, twice, by their name."""
    app = cdk.App()
    near, far, other = (cdk.Stack(app, id, env=HERE) for id in ("Near", "Far", "Other"))
    platform = isolated(near)
    add_many(near, platform)
    role = iam.Role.from_role_arn(near, "Role", ARN)
    for stack in (far, other):
        bucket = s3.Bucket(stack, "Bucket")
        add(stack, "Job", platform, role=role, channels=[Channel.from_bucket("train", bucket, "x/")])
    nested = cdk.NestedStack(near, "Nested")
    bucket = s3.Bucket(nested, "Bucket")
    add(nested, "Job", platform, role=role, channels=[Channel.from_bucket("train", bucket, "x/")])
    abroad = cdk.Stack(app, "Abroad", env=OTHER_ACCOUNT)
    add(abroad, "Job", isolated(abroad), role=role)
    report(app)
    return {
        stack.node.id: json.loads((Path(app.outdir) / stack.template_file).read_text())
        for stack in (near, far, other, nested, abroad)
    }


def add(scope: Construct, id: str, platform: TrainingPlatform, **given: Any) -> TrainingJob:
    role = given.pop("role", None)
    return TrainingJob(
        scope, id, spec=SPEC.replace(**given), platform=platform, role=role, completion=Completion.wait()
    )


def add_many(stack: cdk.Stack, platform: TrainingPlatform) -> None:
    """Jobs of which each reads the model of the one before it; some name the role, some have an object."""
    role = iam.Role.from_role_arn(stack, "Chained", ARN.replace("ours", "chained"))
    channels = [Channel.from_uri("model", "s3://their-models/x/")]
    for number in range(6):
        given = {"role": role} if number % 2 else {"role_arn": role.role_arn}
        job = add(stack, f"Job{number}", platform, channels=channels, **given)
        channels = [Channel.from_uri("model", job.model_artifacts_uri)]
    for number in range(4):
        channels = [Channel.from_uri(f"c{n}", f"s3://their-{number}-{n}/{'k' * 250}/") for n in range(8)]
        add(stack, f"Sized{number}", platform, channels=channels, role_arn=ARN.replace("ours", "sized"))
    for number, name in enumerate(("tasks-a", "tasks-b", "tasks-a")):
        arn = ARN.replace("ours", name)
        channels = [Channel.from_uri("train", f"s3://data/{number}/")]
        task(stack, f"Task{number}", spec=SPEC.replace(role_arn=arn, channels=channels), platform=platform)


def policies(template: Template, role: str, kind: str = "ManagedPolicy") -> dict[str, Any]:
    """The documents of a role's policies."""
    return {
        name: one["Properties"]["PolicyDocument"]
        for name, one in template["Resources"].items()
        if one["Type"] == f"AWS::IAM::{kind}" and one["Properties"].get("Roles") == [role]
    }


@pytest.mark.parametrize("name", ["Near", "Far", "Other", "Nested", "Abroad"])
def test_there_is_neither_a_circle_nor_an_inline_policy(templates: dict[str, Template], name: str) -> None:
    template = templates[name]

    assert [one for one in template["Resources"] if one in before(template, one)] == []
    for role in ("ours", "chained", "tasks-a", "tasks-b"):
        assert policies(template, role, "Policy") == {}


def test_jobs_that_read_each_others_models_share_an_imported_role(templates: dict[str, Template]) -> None:
    template = templates["Near"]
    found = policies(template, "chained")

    # The first job's, the shared one, and what names a job for each that reads one's model.
    assert len(found) == 7
    jobs = {name: one for name, one in template["Resources"].items() if one["Type"] == JOB}
    assert all({*found} & before(template, name) for name in jobs if name.startswith("Job"))


def test_no_policy_is_longer_than_iam_allows(templates: dict[str, Template]) -> None:
    found = [*policies(templates["Near"], "sized").values()]

    assert len(found) > 1
    assert max(len(json.dumps(deployed(one), separators=(",", ":"))) for one in found) <= LIMIT


def test_tasks_of_several_imported_roles_keep_them_apart(templates: dict[str, Template]) -> None:
    for name, keys in {"tasks-a": ["0", "2"], "tasks-b": ["1"]}.items():
        written = json.dumps([*policies(templates["Near"], name).values()])
        assert [key for key in "012" if f"data/{key}/" in written] == keys


def test_each_stack_has_policies_of_its_own(templates: dict[str, Template]) -> None:
    for name in ("Far", "Other", "Nested"):
        (policy,) = policies(templates[name], "ours")
        assert '"Bucket' in json.dumps(policies(templates[name], "ours"))
        # No name: what another stack writes replaces nothing.
        assert "ManagedPolicyName" not in templates[name]["Resources"][policy]["Properties"]
    assert policies(templates["Near"], "ours") == {}


def test_another_account_s_role_is_left_alone(templates: dict[str, Template]) -> None:
    assert policies(templates["Abroad"], "ours") == {}
