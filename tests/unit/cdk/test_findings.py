"""The plugin: what it reports, where it says it is, and what fails a synthesis."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from constructs import Construct, RootConstruct

from constructs_lib import SpotTraining, TrainingJob, TrainingJobSpec
from constructs_lib.cdk.validation_plugin import ConstructsLibPlugin, report_on
from constructs_lib.rules import Finding

from .reports import Report, report

HERE = Path(__file__)
ERROR = Finding("spot-needs-max-wait", "error", "StoppingCondition", "is missing", "add it", "somewhere")
WARNING = Finding("no-vpc-config", "warning", "", "there is no network", "give one", "somewhere")
MODEL = Finding("model:length", "error", "RoleArn", "must have 20 characters, got 3", "write 20", "somewhere")


def line() -> int:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def acknowledge(scope: Construct, rule: str) -> None:
    rule_ = cdk.Acknowledgment(id=f"ConstructsLib::{rule}", reason="we know")
    cdk.Validations.of(scope).acknowledge(rule_)


def test_an_error_fails_and_says_all_there_is_to_say(app: cdk.App, stack: cdk.Stack) -> None:
    report_on(Construct(stack, "Thing"), lambda: [ERROR])
    made = line() - 1

    found = report(app)

    (entry,) = found.entries
    assert found.failed
    assert entry == (
        "spot-needs-max-wait",
        "error",
        "Stack/Thing",
        "StoppingCondition: is missing",
        "add it",
        entry.where,
    )
    function = "test_an_error_fails_and_says_all_there_is_to_say"
    assert entry.where[0] == f"{function} ({HERE}:{made})"
    assert "Acknowledge with 'ConstructsLib::spot-needs-max-wait'" in found.printed
    assert f"{HERE.name}:{made}" in found.printed


def test_warnings_alone_do_not_fail(
    app: cdk.App, stack: cdk.Stack, capfd: pytest.CaptureFixture[str]
) -> None:
    report_on(Construct(stack, "Thing"), lambda: [WARNING, WARNING._replace(rule="vpc-single-subnet")])

    found = report(app)

    assert not found.failed
    assert [entry.severity for entry in found.entries] == ["warning", "warning"]
    assert [entry.text for entry in found.entries] == ["there is no network"] * 2


def test_a_warning_beside_an_error_is_reported_too(app: cdk.App, stack: cdk.Stack) -> None:
    report_on(Construct(stack, "One"), lambda: [WARNING])
    report_on(Construct(stack, "Two"), lambda: [ERROR])

    found = report(app)

    assert found.failed
    assert found.rules == [("no-vpc-config", "Stack/One"), ("spot-needs-max-wait", "Stack/Two")]


@pytest.mark.parametrize("finding", [ERROR, MODEL, WARNING], ids=lambda finding: finding.rule)
def test_acknowledging_on_the_construct(app: cdk.App, stack: cdk.Stack, finding: Finding) -> None:
    thing = Construct(stack, "Thing")
    report_on(thing, lambda: [finding])
    acknowledge(thing, finding.rule)

    found = report(app)

    assert not found.failed
    assert found.entries == []
    assert found.acknowledged == [(finding.rule, "we know")]


def test_acknowledging_around_the_construct_and_elsewhere(app: cdk.App, stack: cdk.Stack) -> None:
    group = Construct(stack, "Group")
    inner = Construct(group, "Thing")
    report_on(inner, lambda: [ERROR, MODEL])
    report_on(Construct(stack, "Other"), lambda: [ERROR])
    acknowledge(group, ERROR.rule)

    found = report(app)

    assert found.failed
    assert found.rules == [("model:length", "Stack/Group/Thing"), (ERROR.rule, "Stack/Other")]
    assert found.acknowledged == [(ERROR.rule, "we know")]


def test_a_warning_left_beside_an_acknowledged_error_does_not_fail(app: cdk.App, stack: cdk.Stack) -> None:
    report_on(Construct(stack, "Thing"), lambda: [ERROR, WARNING])
    acknowledge(app, ERROR.rule)

    found = report(app)

    assert not found.failed
    assert [entry.rule for entry in found.entries] == ["no-vpc-config"]


def test_nothing_to_say_makes_no_report(app: cdk.App, stack: cdk.Stack) -> None:
    report_on(Construct(stack, "Thing"), list)

    assert report(app) == Report(False, "", [], [])
    written = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    assert written["pluginReports"] == []


def test_one_plugin_for_an_app_with_stages_and_nested_stacks(app: cdk.App, stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    stage = cdk.Stage(app, "Prod")
    scopes = [stack, nested, cdk.Stack(stage, "Stack")]
    for scope in scopes:
        cdk.CfnResource(scope, "Topic", type="AWS::SNS::Topic")

    plugins = {report_on(Construct(scope, "Thing"), lambda: [ERROR]) for scope in scopes}

    assert len(plugins) == 1
    assert [construct for _, construct in report(app).rules] == [
        "Stack/Thing",
        "Stack/Nested/Thing",
        "Prod/Stack/Thing",
    ]


def test_no_path_of_this_machine_gets_into_the_assembly(app: cdk.App, stack: cdk.Stack) -> None:
    report_on(Construct(stack, "Thing"), lambda: [WARNING])

    found = report(app)

    assert str(HERE) in found.entries[0].where[0]
    files = [file for file in Path(app.outdir).iterdir() if file.name != "validation-report.json"]
    assert len(files) > 2
    for file in files:
        assert str(HERE.parent) not in file.read_text(errors="replace")


def test_without_a_stage_there_is_nothing_to_report_to() -> None:
    assert report_on(Construct(RootConstruct(), "Alone"), lambda: [ERROR]) is None


def test_a_check_that_breaks_says_where_and_fails(app: cdk.App, stack: cdk.Stack) -> None:
    def broken() -> list[Finding]:
        raise KeyError("InputDataConfig")

    report_on(Construct(stack, "Thing"), broken)

    with pytest.raises(RuntimeError) as caught:
        app.synth()
    assert "'ConstructsLib' failed: Stack/Thing could not be checked: KeyError: 'InputDataConfig'" in str(
        caught.value
    )


def test_the_plugin_knows_all_its_rules() -> None:
    plugin = ConstructsLibPlugin()

    assert plugin.name == "ConstructsLib"
    assert len(set(plugin.rule_ids)) == len(plugin.rule_ids)
    assert {"model:pattern", "spot-needs-max-wait", "retain-on-job"} <= set(plugin.rule_ids)


class Churn(cdk.Stack):
    """A user's own class: the line that matters is in it."""

    def __init__(self, scope: Construct, id: str, spec: TrainingJobSpec) -> None:
        super().__init__(scope, id)
        self.line = line() + 1
        TrainingJob(self, "Job", spec=spec)


def test_a_jobs_line_is_where_its_user_made_it(app: cdk.App, spec: TrainingJobSpec) -> None:
    long = spec.replace(spot=SpotTraining(max_wait=cdk.Duration.hours(2)))
    made = Churn(app, "Churn", long).line

    errors = [entry for entry in report(app).entries if entry.severity == "error"]

    assert [(entry.rule, entry.construct) for entry in errors] == [("wait-too-short", "Churn/Job")]
    assert errors[0].where[0] == f"__init__ ({HERE}:{made})"
    assert not [frame for frame in errors[0].where if "/jsii/" in frame or "/constructs_lib/" in frame]


def long_job(scope: Construct, spec: TrainingJobSpec) -> int:
    """A user's helper: the line is where it makes the job, and the caller's comes after it."""
    made = line() + 1
    TrainingJob(scope, "Job", spec=spec.replace(max_runtime=cdk.Duration.hours(2)))
    return made


def test_a_helpers_line_and_then_its_callers(app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec) -> None:
    made = long_job(stack, spec)
    called = line() - 1

    (entry,) = report(app).entries

    assert entry.where[:2] == [
        f"long_job ({HERE}:{made})",
        f"test_a_helpers_line_and_then_its_callers ({HERE}:{called})",
    ]


def test_a_users_folder_may_have_the_librarys_name(
    app: cdk.App, stack: cdk.Stack, tmp_path: Path, spec: TrainingJobSpec
) -> None:
    file = tmp_path / "constructs_lib" / "app.py"
    text = "\n\nTrainingJob(stack, 'Job', spec=spec)"
    names = {
        "TrainingJob": TrainingJob,
        "stack": stack,
        "spec": spec.replace(max_runtime=cdk.Duration.hours(2)),
    }
    exec(compile(text, str(file), "exec"), names)

    (entry,) = report(app).entries

    assert entry.where[0] == f"<module> ({file}:3)"


def test_each_app_has_its_own_report(app: cdk.App, tmp_path: Path, spec: TrainingJobSpec) -> None:
    other = cdk.App(outdir=str(tmp_path / "other"))
    long_job(cdk.Stack(app, "Stack"), spec)
    TrainingJob(cdk.Stack(other, "Stack"), "Job", spec=spec)

    assert report(other).texts == []
    assert [entry.rule for entry in report(app).entries] == ["wait-too-short"]


def test_templates_in_unit_tests_raise_each_time_and_warnings_never(
    stack: cdk.Stack, app: cdk.App, spec: TrainingJobSpec
) -> None:
    long_job(stack, spec)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="wait-too-short"):
            Template.from_stack(stack)

    acknowledge(app, "wait-too-short")
    assert Template.from_stack(stack).to_json() == Template.from_stack(stack).to_json()


def test_a_stack_of_a_stage_is_reported_by_its_app(app: cdk.App, spec: TrainingJobSpec) -> None:
    stack = cdk.Stack(cdk.Stage(app, "Stage"), "Stack")
    long_job(stack, spec)

    Template.from_stack(stack)  # CDK writes the stage alone, and asks no plugin

    assert report(app).rules == [("wait-too-short", "Stage/Stack/Job")]
