"""The decision table, cell by cell and in every mode; and what an Update changes of a job that is there."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.runtime.properties import Properties

from . import decisions
from .conftest import Logs
from .decisions import (
    EXISTING,
    MODES,
    OTHER,
    REQUESTS,
    SIGNALLED,
    STATES,
    TABLE,
    TABLES,
    Cell,
    Impossible,
    Scene,
    decision,
)
from .model import (
    LIMIT_SECONDS,
    RUNS_FOR_EVER,
    CloudFormation,
    Raw,
    check,
    denied,
    properties,
    resources,
    stringified,
)
from .test_content import FULL, MEMBERS, RETRAINS

DOCUMENT = Path(__file__).parents[3] / "docs" / "deployments.md"


def cells() -> list[Any]:
    every = itertools.product(MODES, EXISTING, TABLE)
    return [pytest.param(*cell, id="-".join(cell)) for cell in every]


def play(scene: Scene) -> Cell:
    """Play a scene, and tell what came of it in the table's words."""
    event, cfn = scene.event(), scene.cfn
    cfn.deliver(event)
    cfn.executions.run()
    calls = cfn.tape.calls[scene.before :]
    created = cfn.sagemaker.created[scene.jobs_before :]
    assert len(created) == calls.count("CreateTrainingJob") <= 1
    ids: dict[str | None, str] = {name: key for key, name in scene.names.items()}
    ids[event.get("PhysicalResourceId")] = "given"
    # An Update of the resource's own job, and its roll-back, are given the id that they keep.
    if scene.request.startswith(("update_same", "update_other", "rollback_failed", "rollback_midway")):
        ids[scene.names["asked-1"]] = "asked-1"
    response = cfn.recorder.effective(event["ResponseURL"])
    return Cell(
        None if response is None else "SUCCESS" if response.ok else "FAILED",
        None if response is None else ids[response.physical_id],
        attempt=scene.attempt(created[0]) if created else 0,
        stops=calls.count("StopTrainingJob"),
        tags="AddTags" in calls or "DeleteTags" in calls,
        deletes=calls.count("DeleteTrainingJob"),
    )


@pytest.mark.parametrize(("mode", "existing", "request_"), cells())
def test_a_cell(mode: str, existing: str, request_: str) -> None:
    expected = decision(mode, existing, request_)
    if isinstance(expected, Impossible):
        assert expected.why
        return
    scene = Scene(mode, existing, request_)

    assert play(scene) == expected

    check(scene.cfn)
    untouched(scene)
    if mode == "wait_condition" and request_ in SIGNALLED:
        signals = {told["Status"] for told, _ in scene.cfn.waits.sent}
        waited = decision("wait", existing, request_)
        refused = expected.answer == "FAILED"
        word = "SUCCESS" if isinstance(waited, Cell) and waited.answer == "SUCCESS" else "FAILURE"
        assert signals == (set() if refused else {word})
    elif request_.startswith("update"):
        assert not scene.cfn.waits.sent


def untouched(scene: Scene) -> None:
    """What is not this resource's, or is its new job, goes on."""
    jobs = scene.cfn.sagemaker.jobs
    if scene.existing == "foreign":
        assert jobs[scene.names["asked-1"]].stopped is None
    first, second = (jobs.get(scene.names[key]) for key in ("asked-1", "asked-2"))
    if scene.existing == "stopping" and first and second and first is not second:
        assert second.started >= first.ended, "two attempts write to one checkpoint"
    if scene.request == "delete_replaced":
        assert jobs[scene.names["other"]].stopped is None
    if scene.request == "rollback_midway":
        assert jobs[scene.names["other"]].stopped is not None


def test_every_request_is_played_and_every_state_made() -> None:
    assert set(TABLE) == set(REQUESTS) == {key for columns in TABLES for key in columns}
    assert all(set(cells) == set(EXISTING) for cells in TABLE.values())
    assert set(STATES) | {"none"} == set(EXISTING)
    differing = {key for cells in decisions.DIFFERENT.values() for key in cells}
    assert differing <= set(TABLE)


@pytest.mark.parametrize("mode", MODES)
def test_a_difference_is_one(mode: str) -> None:
    for request, cells in decisions.DIFFERENT[mode].items():
        same = [state for state, cell in cells.items() if cell == TABLE[request][state]]
        assert not same, f"{request} in mode {mode} is as in mode wait when the job is {same}"


@pytest.mark.parametrize("columns", TABLES, ids=lambda columns: next(iter(columns)))
def test_the_documentation_has_the_table(columns: dict[str, str]) -> None:
    assert decisions.markdown(columns) in DOCUMENT.read_text()


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_nothing_is_done_for_an_address_that_has_expired(cfn: CloudFormation, kind: str) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event(kind, properties(mode="start", **OTHER), cfn.deployed)
    before = len(cfn.tape.calls)

    cfn.deliver(event, after=2 * LIMIT_SECONDS)

    assert cfn.tape.calls[before:] == []


# Cells with another member.


@pytest.mark.parametrize("request_", ["update_same", "rollback_failed", "rollback_succeeded"])
def test_a_job_that_may_have_stopped_is_kept(request_: str) -> None:
    scene = Scene("wait", "stopped", request_)
    scene.asked["AllowStopped"] = True

    assert play(scene) == decisions.KEPT


def test_a_wait_condition_that_is_new_is_told_of_the_job_there_is() -> None:
    """A longer time-out makes a new condition, and the content is the same."""
    scene = Scene("wait_condition", "completed", "update_same")
    scene.event()
    before = {**scene.asked, "Completion": {**scene.asked["Completion"], "Handle": "https://old.example"}}

    response = scene.cfn.settle(scene.update(before, scene.names["asked-1"]))

    assert (response.ok, scene.cfn.creations) == (True, 1)
    assert {told["Status"] for told, _ in scene.cfn.waits.sent} == {"SUCCESS"}
    check(scene.cfn)


@pytest.mark.parametrize("existing", ["failed", "stopped", "stopping"])
def test_a_roll_back_to_a_fixed_name_that_was_only_started(existing: str) -> None:
    """As with other names: what it has become is no reason for the roll-back to fail."""
    scene = Scene("keep_name", existing, "rollback_succeeded")
    scene.asked["Completion"] = {"Mode": "start"}

    assert play(scene) == decisions.KEPT


def test_an_attempt_whose_record_was_deleted_is_not_counted_again() -> None:
    scene = Scene("wait", "failed", "create")
    scene.cfn.settle(scene.event())
    second = scene.names["asked-2"]
    scene.cfn.s3.lose(second)
    scene.cfn.sagemaker.person_deletes(scene.names["asked-1"])

    response = scene.cfn.settle(scene.cfn.event("Create", scene.asked))

    assert response.physical_id == f"{second.removesuffix('2')}3"
    check(scene.cfn)


def test_another_content_under_the_same_fixed_name_is_refused() -> None:
    scene = Scene("keep_name", "running", "update_same")
    scene.event()
    event = scene.cfn.event("Update", {**scene.other, "JobName": scene.asked["JobName"]}, scene.asked)
    event["PhysicalResourceId"] = scene.names["asked-1"]

    response = scene.cfn.settle(event)

    assert not response.ok
    assert response.physical_id == scene.names["asked-1"]
    assert "can be used once" in response.reason
    assert scene.cfn.sagemaker.running() == [scene.names["asked-1"]]


@pytest.mark.fault(12)
def test_a_roll_back_to_a_later_attempt_whose_record_was_deleted() -> None:
    """What is left of the content is an attempt that failed, and nobody rolls back to that one."""
    scene = Scene("wait", "failed", "rollback_succeeded")

    rolled_back = play(scene)

    assert (rolled_back.answer, rolled_back.attempt) == ("SUCCESS", 0)


# What the custom resource has beside the request never changes the content.

NO_CONTENT: dict[str, Raw] = {
    "CapacityFallback": {"CapacityFallback": [resources("ml.m5.xlarge")]},
    "DeleteRecord": {"DeleteRecord": True},
    "AwaitInterfaces": {"AwaitInterfaces": True},
    "Completion.Mode": {"mode": "start"},
    "Completion.TimeoutSeconds": {"timeout": 1499},
    "QualityGates": {"QualityGates": [{"Metric": "auc", "AtLeast": 0.5}]},
    "FinalMetrics": {"FinalMetrics": ["auc"]},
    "AllowStopped": {"AllowStopped": True},
}


@pytest.mark.parametrize("change", NO_CONTENT.values(), ids=NO_CONTENT)
def test_what_is_beside_the_request_is_in_no_jobs_name(change: Raw) -> None:
    before, after = (Properties.parse(stringified(properties(**members))) for members in ({}, change))

    assert before != after
    assert before.job_name() == after.job_name()


def test_a_wait_conditions_handle_is_in_no_jobs_name(cfn: CloudFormation) -> None:
    names = set()
    for number in "12":
        asked = properties(mode="wait_condition")
        asked["Completion"]["Handle"] = cfn.waits.handle(f"Handle{number}").url
        names.add(str(Properties.parse(stringified(asked)).job_name()))

    assert names == {str(Properties.parse(stringified(properties())).job_name())}


RULE = {"RuleConfigurationName": "r", "RuleEvaluatorImage": "i"}
# Where test_content.py's value of a member is no request's, or the base request has it already.
VALUES: Raw = {
    "HyperParameters": {"epochs": "4"},
    "AlgorithmSpecification": {"TrainingImage": "image:2", "TrainingInputMode": "File"},
    "EnableNetworkIsolation": False,
    "ResourceConfig": resources("ml.m5.xlarge"),
    "ServerlessJobConfig": {"BaseModelArn": "arn:aws:sagemaker:eu-west-1:aws:hub-content/m", "JobType": "x"},
}


@pytest.mark.parametrize("member", sorted(MEMBERS - {"TrainingJobName"}))
def test_an_update_of_a_member_trains_if_it_is_content(cfn: CloudFormation, member: str) -> None:
    cfn.create(properties(mode="start"))
    first = cfn.physical_id

    changed: dict[str, Any] = {member: VALUES.get(member, FULL[member])}
    response = cfn.update(properties(mode="start", **changed))

    assert response.ok, response.reason
    assert cfn.creations == (2 if member in RETRAINS else 1)
    assert (response.physical_id == first) is (member not in RETRAINS)
    check(cfn)


# What UpdateTrainingJob takes is changed of the job that is there, while the service takes it.

RUNNING, STARTING, ENDED = 150, 10, 400
KEPT_WARM = resources("ml.m5.large", KeepAlivePeriodInSeconds=3600)
Change = tuple[Raw, Raw, Raw]
PROFILER: Raw = {"S3OutputPath": "s3://profile", "ProfilingIntervalInMilliseconds": 500}
OFF: Raw = {"ProfilerConfig": {"DisableProfiler": True}}
DEBUG: Raw = {"RemoteDebugConfig": {"EnableRemoteDebug": True}}
RULES: Raw = {"ProfilerRuleConfigurations": [RULE]}
# Before, after, and what is sent for it while the job trains.
CHANGES: dict[str, Change] = {
    "profiler on": ({}, {"ProfilerConfig": PROFILER}, {"ProfilerConfig": PROFILER}),
    "profiler off": ({"ProfilerConfig": PROFILER}, {}, OFF),
    "rules": ({}, RULES, RULES),
    "rules, other": (RULES, {"ProfilerRuleConfigurations": []}, {"ProfilerRuleConfigurations": []}),
    "rules left out": (RULES, {}, {}),
    "debug on": ({}, DEBUG, DEBUG),
    "debug off": (DEBUG, {}, {"RemoteDebugConfig": {"EnableRemoteDebug": False}}),
    "keep warm": ({}, {"ResourceConfig": KEPT_WARM}, {"ResourceConfig": {"KeepAlivePeriodInSeconds": 3600}}),
    "no longer": ({"ResourceConfig": KEPT_WARM}, {}, {"ResourceConfig": {"KeepAlivePeriodInSeconds": 0}}),
    "two": ({}, {**RULES, **DEBUG}, {**RULES, **DEBUG}),
    "the same": ({**RULES, **DEBUG}, {**RULES, **DEBUG}, {}),
    "another member": ({}, {"DebugHookConfig": {"S3OutputPath": "s3://debug"}}, {}),
}


def adjusted(cfn: CloudFormation, before: Raw, after: Raw, seconds: float) -> list[Raw]:
    """Deploy a job, change it so many seconds later, and give what UpdateTrainingJob was called with."""
    cfn.create(properties(mode="start", **before))
    cfn.clock.sleep(seconds)
    response = cfn.update(properties(mode="start", **after))
    assert (response.ok, response.physical_id, cfn.creations) == (True, cfn.job, 1)
    check(cfn)
    return cfn.sagemaker.sent("UpdateTrainingJob")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_updatable_member_is_changed_while_the_job_trains(cfn: CloudFormation, change: Change) -> None:
    before, after, sent = change

    calls = adjusted(cfn, before, after, RUNNING)

    assert calls == ([{"TrainingJobName": cfn.job, **sent}] if sent else [])


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_job_that_has_ended_is_changed_no_more(cfn: CloudFormation, logs: Logs, change: Change) -> None:
    before, after, sent = change
    pooled = before.get("ResourceConfig") == KEPT_WARM

    calls = adjusted(cfn, before, after, ENDED)

    assert calls == ([{"TrainingJobName": cfn.job, **sent}] if pooled else [])
    late = [line["members"] for line in logs() if line["message"] == "changed too late for this job"]
    assert late == ([sorted(sent)] if sent and not pooled else [])


def test_remote_debugging_waits_for_no_container_and_holds_nothing_else_up(
    cfn: CloudFormation, logs: Logs
) -> None:
    calls = adjusted(cfn, {}, {**RULES, **DEBUG}, STARTING)

    assert calls == [{"TrainingJobName": cfn.job, **RULES}]
    assert [line["members"] for line in logs() if "too late" in line["message"]] == [["RemoteDebugConfig"]]


def test_a_pool_that_is_used_up_takes_no_change(cfn: CloudFormation) -> None:
    assert adjusted(cfn, {"ResourceConfig": KEPT_WARM}, {}, ENDED + 3600) == []


def test_an_update_that_the_service_refuses_is_no_failure(cfn: CloudFormation, logs: Logs) -> None:
    cfn.tape.fail("UpdateTrainingJob", denied("UpdateTrainingJob"))

    assert len(adjusted(cfn, {}, RULES, RUNNING)) == 1

    [line] = [line for line in logs() if line["message"] == "not updated"]
    assert (line["level"], line["error"]) == ("WARNING", "AccessDeniedException")


def test_what_was_changed_of_a_job_is_rolled_back(cfn: CloudFormation) -> None:
    before = properties(mode="start")
    cfn.create(before)
    cfn.clock.sleep(RUNNING)
    cfn.update(properties(mode="start", ProfilerConfig=PROFILER, Tags=None), clean_up=False)

    assert cfn.undo(before).ok

    assert cfn.sagemaker.sent("UpdateTrainingJob")[-1] == {"TrainingJobName": cfn.job, **OFF}
    assert cfn.sagemaker.jobs[cfn.job].tags["team"] == "growth"
    assert cfn.creations == 1
