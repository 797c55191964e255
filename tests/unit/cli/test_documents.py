from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cli.documents import load

from .cli_helpers import request, write
from .test_state_machines import machine, shown, task

JOB = {"Type": "Custom::SageMakerTrainingJob", "Properties": {"Request": {"RoleArn": "x"}}}


def stack(template: str, **more: Any) -> dict[str, Any]:
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": template}, **more}


def places(*names: str) -> list[tuple[str, str]]:
    inputs = load(names)
    assert inputs.problems == []
    return [(job.source.name, job.where) for job in inputs.jobs]


def problems(*names: str) -> list[tuple[str, str]]:
    return [(problem.file, problem.reason) for problem in load(names).problems]


def test_a_request_a_machine_and_a_template_are_told_apart(tmp_path: Path) -> None:
    # given
    one = write(tmp_path / "request.json", request())
    two = write(tmp_path / "machine.json", machine(A=task({})))
    three = write(tmp_path / "template.json", {"Resources": {"Job": JOB}})
    # when
    inputs = load([one, two, three, one])
    # then
    assert [(job.source.name, job.where) for job in inputs.jobs] == [(one, ""), (two, "A"), (three, "Job")]
    assert inputs.jobs[0].variants == (request(),)
    assert (inputs.files, inputs.problems, inputs.without_jobs) == (3, [], [])


@pytest.mark.parametrize(
    "document", [{}, {"TrainingJobName": 3}, {"trainingJobName": "a"}, {"role_arn": "a", "x": 1}]
)
def test_what_may_be_meant_as_a_request_is_taken_for_one(tmp_path: Path, document: object) -> None:
    file = write(tmp_path / "a.json", document)
    assert [job.variants for job in load([file]).jobs] == [(document,)]


def test_other_objects_are_refused(tmp_path: Path) -> None:
    package = write(tmp_path / "package.json", {"name": "x", "dependencies": {}})
    manifest = write(tmp_path / "manifest.json", {"version": "55.0.0", "artifacts": {}})
    assert problems(package, manifest) == [
        (package, "has no member of a CreateTrainingJob request, and is no state machine or template"),
        (manifest, "is the manifest of a folder that cdk synth wrote: give the folder"),
    ]


def test_one_unusable_input_does_not_hide_the_others(tmp_path: Path) -> None:
    good = write(tmp_path / "good.json", request())
    inputs = load([str(tmp_path / "none.json"), good, str(tmp_path)])
    assert [job.source.name for job in inputs.jobs] == [good]
    assert [problem.reason for problem in inputs.problems] == [
        "there is no such file",
        "is a folder without manifest.json: give files, or the folder that cdk synth wrote (cdk.out)",
    ]
    assert inputs.files == 1


def test_an_input_without_a_job_is_named(tmp_path: Path) -> None:
    empty = write(tmp_path / "machine.json", machine(A={"Type": "Pass"}))
    write(tmp_path / "out" / "manifest.json", {"artifacts": {}})
    inputs = load([empty, str(tmp_path / "out")])
    assert (inputs.jobs, inputs.problems, inputs.without_jobs) == ([], [], [empty, str(tmp_path / "out")])


def test_a_folder_of_cdk_has_its_stacks_stages_and_nested_stacks(tmp_path: Path) -> None:
    # given a stack with a nested one, and a stage with a stack of a known environment
    out = tmp_path / "cdk.out"
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://s3/b/abc.json"}}
    asset = {"source": {"path": "n.nested.template.json"}, "destinations": {"d": {"objectKey": "p/abc.json"}}}
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}
    listed = {"type": "cdk:asset-manifest", "properties": {"file": "a.assets.json"}}
    write(
        out / "manifest.json", {"artifacts": {"S": stage, "A.assets": listed, "A": stack("a.template.json")}}
    )
    write(out / "a.assets.json", {"files": {"abc": asset}})
    a = write(out / "a.template.json", {"Resources": {"Nest": nested, "Job": JOB}})
    n = write(out / "n.nested.template.json", {"Resources": {"Inner": JOB}})
    environment = {"environment": "aws://123456789012/eu-west-1", "displayName": "Prod/Main"}
    write(out / "assembly-Prod/manifest.json", {"artifacts": {"B": stack("b.template.json", **environment)}})
    b = write(out / "assembly-Prod/b.template.json", {"Resources": {"Job": JOB}})
    # when
    inputs = load([str(out)])
    # then
    found = [(job.source.name, job.where, job.region, job.account) for job in inputs.jobs]
    assert found == [
        (b, "Prod/Main/Job", "eu-west-1", "123456789012"),
        (a, "A/Job", None, None),
        (n, "A/Nest/Inner", None, None),
    ]
    assert (inputs.files, inputs.problems) == (3, [])


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("aws://unknown-account/unknown-region", (None, None)),
        ("aws://unknown-account/eu-west-1", ("eu-west-1", None)),
        ("aws://123456789012/unknown-region", (None, "123456789012")),
        ("nothing", (None, None)),
        (3, (None, None)),
    ],
)
def test_an_environment_counts_as_far_as_it_is_known(
    tmp_path: Path, environment: object, expected: tuple[str | None, str | None]
) -> None:
    write(tmp_path / "manifest.json", {"artifacts": {"A": stack("a.json", environment=environment)}})
    write(tmp_path / "a.json", {"Resources": {"Job": JOB}})
    [job] = load([str(tmp_path)]).jobs
    assert (job.region, job.account) == expected


def test_a_folder_that_contains_itself_ends(tmp_path: Path) -> None:
    again = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}
    artifacts = {"Self": again, "A": stack("a.json"), "B": stack("a.json")}
    write(tmp_path / "manifest.json", {"artifacts": artifacts})
    file = write(tmp_path / "a.json", {"Resources": {"Job": JOB}})
    assert places(str(tmp_path)) == [(file, "A/Job")]


def test_what_the_manifest_names_and_is_not_there_is_a_problem(tmp_path: Path) -> None:
    listed = {"type": "cdk:asset-manifest", "properties": {"file": "a.assets.json"}}
    write(
        tmp_path / "manifest.json",
        {"artifacts": {"A.assets": listed, "A": stack("a.json"), "B": stack("\0")}},
    )
    assert problems(str(tmp_path)) == [
        (str(tmp_path / "a.assets.json"), "there is no such file"),
        (str(tmp_path / "a.json"), "there is no such file"),
        (str(tmp_path / "\0"), "cannot be read: embedded null byte"),
    ]


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"artifacts": []},
        {"artifacts": {"A": None, "B": {"type": "aws:cloudformation:stack", "properties": []}}},
        {"artifacts": {"A": {"type": "cdk:cloud-assembly", "properties": {"directoryName": 1}}}},
        {"artifacts": {"A": {"type": "cdk:asset-manifest", "properties": {"file": 1}}}},
    ],
)
def test_a_damaged_manifest_has_no_jobs(tmp_path: Path, manifest: object) -> None:
    write(tmp_path / "manifest.json", manifest)
    assert places(str(tmp_path)) == []


def test_a_bad_definition_in_a_template_leaves_the_other_stacks(tmp_path: Path) -> None:
    broken = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": "{"}}
    write(tmp_path / "manifest.json", {"artifacts": {"A": stack("a.json"), "B": stack("b.json")}})
    a = write(tmp_path / "a.json", {"Resources": {"Machine": broken}})
    b = write(tmp_path / "b.json", {"Resources": {"Job": JOB}})
    inputs = load([str(tmp_path)])
    assert [job.source.name for job in inputs.jobs] == [b]
    reason = "Machine: DefinitionString is not JSON: "
    assert [(one.file, one.reason[: len(reason)]) for one in inputs.problems] == [(a, reason)]


def test_what_is_substituted_in_a_definition_is_unknown(tmp_path: Path) -> None:
    parameters = {"RoleArn": "${Role}", "TrainingJobName": "a-${Name}", "Environment": {"A": "$x", "B": "{}"}}
    (job,) = load([write(tmp_path / "machine.json", machine(A=task(parameters)))]).jobs
    assert [shown(variant) for variant in job.variants] == [
        {"RoleArn": "(unknown)", "TrainingJobName": "(unknown)", "Environment": {"A": "$x", "B": "{}"}}
    ]


def test_a_state_machine_as_step_functions_describes_it_is_read(tmp_path: Path) -> None:
    # given
    definition = json.dumps(machine(A=task({"RoleArn": "short"})))
    file = write(tmp_path / "described.json", {"name": "x", "roleArn": "arn", "definition": definition})
    # when
    (job,) = load([file]).jobs
    # then
    assert (job.variants, job.where, job.position("RoleArn")) == (({"RoleArn": "short"},), "A", (4, 3))


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ("", "definition is empty"),
        ("StartAt: A", "definition is not JSON: expecting value at line 1, column 1; YAML is not read"),
    ],
)
def test_a_described_definition_that_is_no_json_is_refused(
    tmp_path: Path, definition: str, reason: str
) -> None:
    file = write(tmp_path / "described.json", {"definition": definition})
    assert problems(file) == [(file, reason)]


def test_a_described_definition_without_states_has_no_jobs(tmp_path: Path) -> None:
    file = write(tmp_path / "described.json", {"definition": "[1]"})
    assert load([file]).without_jobs == [file]


def test_an_empty_name_is_not_the_working_folder() -> None:
    assert problems("") == [("", "an empty name is no file")]
