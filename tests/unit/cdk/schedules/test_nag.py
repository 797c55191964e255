"""What the pack AwsSolutions of cdk-nag says of what a schedule makes: nothing that is not acknowledged."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import cdk_nag
import pytest

from constructs_lib import TrainingJobSpec

from .templates import directly, nightly

# What a schedule shares with deploy-time jobs is not its own: execution role, platform, runtime.
OWN = ("SchedulerRole", "DeadLetters", "Group", "Schedule", "StateMachine", "StateMachineLogs")


def findings(app: cdk.App) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """Rule and path of what is left, and rule, path and reason of what is acknowledged."""
    checks = cast("cdk.IPolicyValidationPlugin", cdk_nag.AwsSolutionsChecks(app))
    cdk.Validations.of(app).add_plugins(checks)
    with contextlib.suppress(RuntimeError):  # what is found fails the synthesis; the report is written
        app.synth()
    reports = json.loads((Path(app.outdir) / "validation-report.json").read_text())["pluginReports"]
    (nag,) = (one for one in reports if one["pluginName"] == "AwsSolutions")
    assert not (nag.get("metadata") or {}).get("error")
    left = [(v["ruleName"], path) for v in nag["violations"] for path in paths(v)]
    known = nag.get("suppressedViolations") or ()
    return left, [(v["ruleName"], path, v["reason"]) for v in known for path in paths(v)]


def paths(violation: dict[str, Any]) -> list[str]:
    return [found["constructPath"] for found in violation["violatingConstructs"]]


def own(path: str) -> bool:
    return path.split("/")[2:3] != [] and path.split("/")[1] == "Nightly" and path.split("/")[2] in OWN


@pytest.mark.parametrize("make", [directly, nightly])
def test_all_that_is_found_is_acknowledged_with_a_reason(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, make: Any
) -> None:
    make(stack, spec=spec)

    left, known = findings(app)

    assert [one for one in left if own(one[1])] == []
    mine = {rule: reason for rule, path, reason in known if own(path)}
    assert all(len(reason) > 20 for reason in mine.values())
    jobs = "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:training-job/nightly-*"
    expected = {"AwsSolutions-SQS3", f"AwsSolutions-IAM5[Resource::{jobs}]"}
    if make is nightly:
        expected.add("AwsSolutions-IAM5[Resource::*]")
    assert set(mine) == expected
