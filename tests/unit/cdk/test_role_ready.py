"""Jobs wait for what the app allows their roles, but not for what the app allows them because of the job."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from constructs_lib import Completion, TrainingJob
from tests.unit.cdk.given.made import HERE, SAGEMAKER, SPEC, isolated
from tests.unit.cdk.graph import before


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """Roles that may read the results of their own jobs: shared, a job's own, imported; and other rights."""
    stack = cdk.Stack(cdk.App(), "Stack", env=HERE)
    given: dict[str, Any] = {"spec": SPEC, "platform": isolated(stack), "completion": Completion.wait()}
    shared, plain = (iam.Role(stack, id, assumed_by=SAGEMAKER) for id in ("Shared", "Plain"))
    jobs = [TrainingJob(stack, f"Job{number}", role=shared, **given) for number in range(2)]
    jobs[0].grant_read_artifacts(shared)
    own = TrainingJob(stack, "Own", **given)
    own.grant_read_artifacts(own)
    imported = iam.Role.from_role_arn(stack, "Imported", "arn:aws:iam::123456789012:role/ours")
    TrainingJob(stack, "Import", role=imported, **given).grant_read_artifacts(imported)
    TrainingJob(stack, "Other", role=plain, **given)
    s3.Bucket(stack, "Bucket").grant_read(plain)
    return dict(Template.from_stack(stack).to_json())


def test_a_grant_of_results_to_the_jobs_own_role_is_no_circle(template: dict[str, Any]) -> None:
    assert [name for name in template["Resources"] if name in before(template, name)] == []
    assert len([name for name in template["Resources"] if "DefaultPolicy" in name]) >= 3


def test_a_job_waits_for_its_role_and_the_policies_that_name_no_job(template: dict[str, Any]) -> None:
    def waits(job: str, *needed: str) -> bool:
        (name,) = (
            name
            for name, one in template["Resources"].items()
            if one["Type"] == "Custom::SageMakerTrainingJob" and name.startswith(job)
        )
        return all(any(one.startswith(start) for one in before(template, name)) for start in needed)

    assert waits("Job0", "Shared", "Job0Policy")
    assert not waits("Job0", "SharedDefaultPolicy")
    assert waits("Own", "OwnRole", "OwnRolePolicy")
    assert waits("Other", "Plain", "PlainDefaultPolicy", "OtherPolicy")
