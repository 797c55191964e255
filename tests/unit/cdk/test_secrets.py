"""Secrets that reach a job's request by ways of the template's."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from constructs_lib import TrainingJob, TrainingJobSpec

from .reports import report
from .test_findings_of_jobs import SECRET, resource


def test_a_secret_that_a_nested_stack_is_handed(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec
) -> None:
    hidden, plain = cdk.CfnParameter(stack, "Hidden", no_echo=True), cdk.CfnParameter(stack, "Plain")
    nested = cdk.NestedStack(cdk.NestedStack(stack, "Nested"), "Deeper")
    values = {"A": hidden.value_as_string, "B": plain.value_as_string}
    TrainingJob(nested, "Job", spec=spec.replace(environment=values))

    assert report(app).texts == [
        "secret-in-plain-parameter Environment.A: " + SECRET.format("a NoEcho parameter of the template")
    ]


@pytest.mark.parametrize("form", ["attribute", "sub", "text"])
def test_the_secret_of_an_access_key(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, form: str
) -> None:
    key = iam.AccessKey(stack, "Key", user=iam.User(stack, "User"))
    secret = key.secret_access_key.unsafe_unwrap()
    values = {"ID": key.access_key_id, "A": f"x-{secret}" if form == "text" else secret}
    job = TrainingJob(stack, "Job", spec=spec.replace(environment=values))
    if form == "sub":
        name = stack.resolve(key.node.default_child.logical_id)  # type: ignore[union-attr]
        text = {"Fn::Sub": f"x-${{{name}.SecretAccessKey}}"}
        resource(job).add_property_override("Request.Environment.A", text)

    found = report(app)

    assert found.texts == [
        "secret-in-plain-parameter Environment.A: " + SECRET.format("the secret of an access key")
    ]
