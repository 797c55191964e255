"""A role that many jobs share: few policies, none too long, and no circle."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match, Template

from constructs_lib import Algorithm, Channel, Completion, TrainingJob, TrainingJobSpec, TrainingPlatform
from tests.unit.cdk.graph import JOB, before
from tests.unit.cdk.iam import deployed

LIMIT = 6144
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1"
SPEC = TrainingJobSpec(
    algorithm=Algorithm.from_image_uri(IMAGE),
    instance_type="ml.m5.large",
    max_runtime=cdk.Duration.minutes(30),
)


@pytest.fixture
def platform(stack: cdk.Stack) -> TrainingPlatform:
    return TrainingPlatform(stack, "Platform", use_vpc=False)


@pytest.fixture
def role(stack: cdk.Stack) -> iam.Role:
    return iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))


def template_of(stack: cdk.Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json())


def policies(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The managed policies of the role."""
    found = {
        name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::IAM::ManagedPolicy"
    }
    return {
        name: one["Properties"]["PolicyDocument"]
        for name, one in found.items()
        if one["Properties"].get("Roles", [{}])[0].get("Ref", "").startswith("Role")
    }


def size(document: dict[str, Any]) -> int:
    """As IAM counts it, with names in the brackets in place of what they stand for."""
    return len(json.dumps(deployed(document), separators=(",", ":")))


def circles(template: dict[str, Any]) -> list[str]:
    return [name for name in template["Resources"] if name in before(template, name)]


def test_the_only_job_of_a_role_keeps_its_policy(
    stack: cdk.Stack, platform: TrainingPlatform, role: iam.Role
) -> None:
    TrainingJob(stack, "Job", spec=SPEC, platform=platform, role=role)

    assert [*policies(template_of(stack))] == ["JobPolicy05CB17D9"]


def test_forty_jobs_of_a_role_have_few_policies(
    stack: cdk.Stack, platform: TrainingPlatform, role: iam.Role
) -> None:
    for number in range(40):
        TrainingJob(stack, f"Job{number}", spec=SPEC, platform=platform, role=role)
    template = template_of(stack)

    found = policies(template)
    assert len(found) == 4
    assert max(size(document) for document in found.values()) <= LIMIT
    written = json.dumps(found)
    assert all(f"job{number}-" in written for number in range(40))
    for name, resource in template["Resources"].items():
        if resource["Type"] == JOB and not name.startswith("Job0"):
            assert len({*found} & before(template, name)) == 3
    assert circles(template) == []


def test_jobs_that_wait_for_each_other_share_a_role(
    stack: cdk.Stack, platform: TrainingPlatform, role: iam.Role
) -> None:
    jobs = [TrainingJob(stack, f"Job{n}", spec=SPEC, platform=platform, role=role) for n in range(4)]
    jobs[0].node.add_dependency(jobs[2])
    jobs[3].node.add_dependency(jobs[0])

    assert circles(template_of(stack)) == []


def test_what_refers_to_a_job_is_in_no_policy_that_another_waits_for(
    stack: cdk.Stack, platform: TrainingPlatform, role: iam.Role
) -> None:
    spec, more = SPEC, {"platform": platform, "role": role, "completion": Completion.wait()}
    for number in range(4):
        job = TrainingJob(stack, f"Job{number}", spec=spec, **more)  # type: ignore[arg-type]
        spec = SPEC.with_channel(Channel.from_uri("model", job.model_artifacts_uri))
    template = template_of(stack)

    assert circles(template) == []
    assert len(policies(template)) == 5


def test_more_policies_than_a_role_may_have_are_found(
    stack: cdk.Stack, platform: TrainingPlatform, role: iam.Role
) -> None:
    for number in range(8):
        uris = [f"s3://{'bucket' * 8}-{number}-{n}/{'k' * 250}/" for n in range(15)]
        channels = [Channel.from_uri(f"c{n}", uri) for n, uri in enumerate(uris)]
        spec = SPEC.replace(channels=channels)
        TrainingJob(stack, f"Job{number}", spec=spec, platform=platform, role=role)

    message = r"Stack/Role: the role has 1\d managed policies .* IAM allows 10.*divide the jobs among several"
    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp(message))
