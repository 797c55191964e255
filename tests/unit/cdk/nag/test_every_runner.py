"""All packs of cdk-nag over every runner and app.py: nothing is left, and each reason says why.

In one file with what docs/security.md says of it, as one process makes the apps once.
"""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from constructs_lib.cdk.acknowledged.packs import PACKS as NAMES
from constructs_lib.cdk.acknowledged.packs import RULES
from constructs_lib.cdk.acknowledged.why import UNEXPLAINED, why

from .every_runner import PACKS, ROOT, RUNNERS, Found, app_findings, findings, raw_types

# What each runner's own policies and functions are found for; a runner without findings proves nothing.
EXPECTED = {
    "TrainingPlatform": {"AwsSolutions-S1", "AwsSolutions-VPC7"},
    "TrainingJob": {"Serverless-LambdaDLQ", "Serverless-EventBusDLQ", "HIPAA.Security-LambdaConcurrency"},
    "TrainingJobTask": {"NIST.800.53.R4-LambdaInsideVPC"},
    "TrainingSweep": {"PCI.DSS.321-IAMNoInlinePolicy"},
    "TrainingSchedule": {"Serverless-SQSRedrivePolicy", "NIST.800.53.R5-IAMNoInlinePolicy"},
}

SCRIPT = ROOT / "scripts/generate_security_page.py"
PAGE = (ROOT / "docs/security.md").read_text()


def of(stack: str) -> list[Found]:
    return [found for found in findings() if found.stack == stack]


def test_all_packs_were_asked() -> None:
    assert set(NAMES) == set(PACKS)
    assert {found.pack for found in findings()} == set(PACKS)


@pytest.mark.parametrize("runner", RUNNERS)
def test_nothing_is_left(runner: str) -> None:
    found = of(runner)

    assert [one for one in found if one.reason is None] == []
    rules = {one.rule for one in found if one.is_ours}
    assert rules >= EXPECTED[runner]
    # The platform has no policy of IAM's.
    assert any("IAM5[" in rule for rule in rules) == (runner != "TrainingPlatform")


def test_the_functions_are_traced_and_nothing_is_unencrypted() -> None:
    fixed = (
        "LambdaTracing",
        "CloudWatchLogGroupRetention",
        "IAM4",
        "KMSBackingKeyRotation",
        "SQS2",
        "SF1",
        "SF2",
        "Xray",
    )

    assert [one for one in findings() if any(name in one.rule for name in fixed)] == []


def test_only_the_logs_of_an_imported_key_are_without_a_key_of_the_apps() -> None:
    open_logs = {one.path for one in findings() if "CloudWatchLogGroupEncrypted" in one.rule}

    assert any(path.startswith("TrainingSchedule/Imports/StateMachineLogs") for path in open_logs)
    assert any(path.startswith("TrainingSchedule/TrainingJobRuntime/FrontLogs") for path in open_logs)
    assert [path for path in open_logs if path.startswith(("TrainingSchedule/Nightly", "TrainingJob"))] == []


def test_a_folder_with_a_blank_is_acknowledged() -> None:
    """CDK compares ids without blanks."""
    assert any("my data/" in one.rule or "my-data/" in one.rule for one in findings() if one.is_ours)


def test_every_runners_count_of_failures_is_acknowledged() -> None:
    counted = {one.stack for one in findings() if "FailureCount" in one.path and one.is_ours}

    assert counted == set(RUNNERS) - {"TrainingPlatform"}


def test_what_an_imported_role_is_allowed_is_acknowledged() -> None:
    paths = {one.path for one in of("TrainingJob") if one.is_ours and "/Imports1/" in one.path}

    assert len(paths) == 1


def test_whole_buckets_and_unknown_places_are_said_to_be_that() -> None:
    assert "one whole bucket" in why(
        "s3:GetObject", "Resource::arn:<AWS::Partition>:s3:::b/*", conditional=False
    )
    assert "one folder" in why("s3:GetObject", "Resource::arn:<AWS::Partition>:s3:::b/a/*", conditional=False)
    place = 'Resource::arn:<AWS::Partition>:s3:::{"Fn::Select":[1,{"Fn::Split":["s3://","$.d"]}]}*'
    assert "comes with the execution" in why("s3:GetObject", place, conditional=False)


def test_every_reason_is_one() -> None:
    reasons = {one.reason for one in findings() if one.is_ours}

    assert len(reasons) > 20
    assert [reason for reason in reasons if reason is None or len(reason) < 40 or UNEXPLAINED in reason] == []


def test_every_acknowledgement_is_needed() -> None:
    """A rule in the table that nothing is found for would hide something one day."""
    acknowledged = {(one.pack, one.rule.removeprefix(f"{one.pack}-")) for one in findings() if one.is_ours}
    found = {(pack, rule.partition("[")[0]) for pack, rule in acknowledged}

    assert found == {(pack, rule) for rule, packs in RULES.items() for pack in packs}


def test_findings_are_acknowledged_on_their_own_resources() -> None:
    """Not on a construct that a user may put something into."""
    assert [one for one in findings() if one.is_ours and one.at != one.path] == []


def test_no_resource_that_a_rule_knows_is_raw() -> None:
    """cdk-nag looks at classes: what is made without one is not seen."""
    assert raw_types() == {
        "Custom::SageMakerTrainingJob",
        "Custom::SageMakerTrainingJobResult",
        "Custom::SageMakerWorkflowJobs",
    }


def test_policies_that_are_resources_alone_are_seen() -> None:
    assert any(one.path.startswith("TrainingJobTask/TrainingTaskPolicies/Shared") for one in findings())
    assert any(one.path == "TrainingJobTask/Single/Role/Policy" for one in findings())


def test_nothing_is_left_of_the_app() -> None:
    found = app_findings()

    assert {one.pack for one in found} == set(PACKS)
    assert [one for one in found if one.reason is None] == []


def test_what_the_app_acknowledges_itself_is_its_own_machine() -> None:
    own = {one.path for one in app_findings() if one.at is not None and one.at != one.path}

    assert own == {"BreastCancerSweep/StateMachine/Role/DefaultPolicy/Resource"}


def script() -> ModuleType:
    found = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_tables_are_in_step() -> None:
    assert script().page() == PAGE


@pytest.mark.parametrize("runner", [*RUNNERS, "app.py"])
def test_every_runner_has_a_row_without_anything_left(runner: str) -> None:
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{runner}` |"))

    assert row.count("→ 0 |") == 6


def test_every_reason_is_on_the_page() -> None:
    page = PAGE.replace("\\*", "*")
    reasons = {
        str(one.reason) for one in (*findings(), *app_findings()) if one.is_ours and one.at == one.path
    }

    assert [reason for reason in reasons if reason.partition(" (for:")[0] not in page] == []
