"""What is told: the sentences of refusals and failures, and what log lines tell."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from constructs_lib.runtime.answer import Address, Answer, encode
from constructs_lib.runtime.errors import Refused
from constructs_lib.runtime.events import Event
from constructs_lib.runtime.gates import Gate
from constructs_lib.runtime.ownership import require_ours
from constructs_lib.runtime.signals import Signal
from constructs_lib.runtime.transitions.failure import whereabouts
from constructs_lib.runtime.transitions.watch import Watch

from .conftest import Logs
from .model import (
    LOGICAL_ID,
    RESULT_TYPE,
    RUNS_FOR_EVER,
    SECRET_HANDLE,
    SECRET_URL,
    SECRET_VALUE,
    STACK_ID,
    CloudFormation,
    Deployment,
    Died,
    Raw,
    client_error,
    denied,
    fails,
    properties,
    show_no_secret,
    template,
    with_metrics,
)
from .telling import error, info, told, warning

ADDRESS = Address(STACK_ID, "request-1", "Job", "https://cfn.invalid/")


# The answer.


def test_attributes_that_do_not_fit_name_the_limit_and_the_way_out() -> None:
    body = json.loads(encode(ADDRESS, Answer("job", data={"A": "b" * 5000})))
    text = "the attributes take more than CloudFormation's 4096 bytes: name fewer final metrics"
    assert body["Reason"] == text


# Texts, whole.


def test_a_gate_that_does_not_open_says_why() -> None:
    gate = Gate("auc", 0.9, None)

    text = "metric 'auc' was reported 2 times: which one counts is not known"
    assert gate.problem([0.95, 0.95]) == text
    assert gate.problem([float("inf")]) == "metric 'auc' is inf, not a finite number"
    with pytest.raises(ValueError, match=r"^the bound of metric 'auc' is not a number$"):
        Gate.parse({"Metric": "auc", "AtLeast": "nan"})


def test_who_cannot_be_answered_is_told_what_is_missing() -> None:
    with pytest.raises(Refused, match=r"^not an event of a custom resource: 'StackId' is missing$"):
        Event.parse({})


def test_a_job_of_somebody_else_is_refused_with_the_way_out(cfn: CloudFormation) -> None:
    text = (
        "^a training job named 'one' exists and was not started by this resource; it was left alone; "
        r"choose another job_name_prefix \(with keep_name, another training_job_name\)$"
    )
    with pytest.raises(Refused, match=text):
        require_ours({}, Event.parse(cfn.event("Create", properties())), "one")


# What log lines tell.


def test_a_creation_and_its_repetitions_are_told(cfn: CloudFormation, logs: Logs) -> None:
    event = cfn.event("Create", properties(mode="start"))
    cfn.deliver(event, times=2)
    cfn.deliver(event, after=7201)

    known = {"kind": "Create", "logical_id": LOGICAL_ID}
    assert told(logs, "received") == info(**known, physical_id=None) * 3
    assert told(logs, "created") == info(job=cfn.job)
    assert told(logs, "adopted") == info(job=cfn.job, attempt=1, status="InProgress")
    assert told(logs, "came too late, dropped") == error(**known)


def test_a_fixed_name_is_adopted_as_the_first_attempt(cfn: CloudFormation, logs: Logs) -> None:
    asked = properties(mode="start")
    asked["JobName"]["Fixed"] = "one"
    cfn.deliver(cfn.event("Create", asked), times=2)

    assert told(logs, "created") == info(job="one")
    assert told(logs, "adopted") == info(job="one", attempt=1, status="InProgress")


def test_a_roll_back_to_a_record_that_is_gone_is_told(cfn: CloudFormation, logs: Logs) -> None:
    before = properties()
    first = cfn.create(before).physical_id
    cfn.update(properties(Environment={"A": "2"}), clean_up=False)
    cfn.sagemaker.person_deletes(first)
    cfn.undo(before)

    state = {"logical_id": LOGICAL_ID, "status": "UPDATE_ROLLBACK_IN_PROGRESS"}
    assert told(logs, "rolled back without training") == info(**state)
    assert told(logs, "record gone, kept") == info(job=first)


def test_a_model_that_is_gone_is_told(cfn: CloudFormation, logs: Logs) -> None:
    first = cfn.create(properties()).physical_id
    cfn.update(properties(Environment={"A": "2"}))
    cfn.s3.lose(first)
    cfn.update(properties())

    assert told(logs, "model gone") == warning(job=first)


def test_what_is_changed_of_a_job_is_told(cfn: CloudFormation, logs: Logs) -> None:
    jobs = cfn.world.jobs
    rules: Raw = {"ProfilerRuleConfigurations": []}
    name = cfn.create(properties(mode="start")).physical_id
    jobs.update(name, rules)
    cfn.tape.fail("UpdateTrainingJob", denied("UpdateTrainingJob"))
    jobs.update(name, rules)
    cfn.clock.sleep(1000)
    jobs.delete(name)

    assert told(logs, "updated") == info(job=name, members=["ProfilerRuleConfigurations"])
    assert told(logs, "not updated") == warning(job=name, error="AccessDeniedException")
    assert told(logs, "record deleted") == info(job=name)


def test_a_change_that_comes_too_late_is_told_with_its_job(cfn: CloudFormation, logs: Logs) -> None:
    cfn.create(properties())
    cfn.update(properties(ProfilerConfig={"DisableProfiler": True}))

    assert told(logs, "changed too late for this job") == info(job=cfn.job, members=["ProfilerConfig"])


def test_a_refusal_and_a_failed_watch_are_told(cfn: CloudFormation, logs: Logs) -> None:
    cfn.tape.fail("CreateTrainingJob", denied("CreateTrainingJob"), times=99)
    cfn.deliver(cfn.event("Create", properties()))
    assert told(logs, "permissions have not spread yet")[0] == info(pause=2)[0]
    assert told(logs, "failed") == error(logical_id=LOGICAL_ID, kind="Create")

    cfn.tape.faults.clear()
    cfn.deliver(cfn.event("Create", properties()))
    [execution] = cfn.executions.all
    cfn.executions.end(execution, "TIMED_OUT")
    assert told(logs, "watch failed") == error(job=cfn.job, status="TIMED_OUT")


def test_what_cannot_be_seen_is_told(cfn: CloudFormation, logs: Logs) -> None:
    def fail_each(operation: str) -> None:
        cfn.tape.fail(operation, denied(operation))
        cfn.tape.fail(operation, NoCredentialsError())

    fail_each("ListObjectsV2")
    fail_each("DescribeNetworkInterfaces")
    network = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    for _ in range(2):
        assert cfn.world.artifacts.exist("s3://models/model.tar.gz") is True
        assert cfn.world.interfaces.linger(network) is False

    codes = info(error="AccessDeniedException") + info(error="NoCredentialsError")
    assert told(logs, "artifact not to be seen") == codes
    names = info(error="ClientError") + info(error="NoCredentialsError")
    assert told(logs, "interfaces not to be seen") == names


# Refusals and failures, in whole sentences.


OVER = "had not ended when the wait for it was over"


ADVICE = "allow more time, or use Completion.start()"


def fixed(**members: Any) -> Raw:
    asked = properties(**members)
    return {**asked, "JobName": {**asked["JobName"], "Fixed": "one"}}


def test_what_cannot_be_asked_for_is_told_in_a_sentence(cfn: CloudFormation) -> None:
    text = "request type 'Other' is none of Create, Update, Delete"
    assert cfn.settle(cfn.event("Other", properties())).reason == text
    assert cfn.create({"Nothing": "here"}).physical_id == f"{LOGICAL_ID}-never-started"


def test_a_name_that_is_always_taken_is_given_up(cfn: CloudFormation) -> None:
    taken = client_error("ResourceInUse", "taken", "CreateTrainingJob")
    cfn.tape.fail("CreateTrainingJob", taken, times=99)

    reason = cfn.create(properties()).reason

    assert reason.startswith("20 attempts of this content have failed, the last as 'churn-")
    assert reason.endswith("-20'; change rerun_on to start afresh")


def test_a_fixed_name_whose_model_is_gone_cannot_be_had_again(cfn: CloudFormation) -> None:
    assert cfn.create(fixed()).ok
    cfn.s3.lose("one")

    text = "training job 'one' has lost its model, and a job's name can be used once; "
    assert cfn.create(fixed()).reason == text + "change training_job_name, or leave it out"


def test_somebody_elses_job_is_named_in_the_refusal(cfn: CloudFormation) -> None:
    asked = properties(mode="start")
    made, by_hand = cfn.create(asked).physical_id, cfn.create(fixed(mode="start")).physical_id
    other = cfn.beside(stack_id=STACK_ID.replace("stack/", "stack/other-"))

    assert f"a training job named '{made}' exists" in other.create(asked).reason
    assert "a training job named 'one' exists" in other.create(fixed(mode="start")).reason
    cfn.sagemaker.jobs[by_hand].tags.clear()
    assert "a training job named 'one' exists" in cfn.update(fixed(mode="start", Tags=None)).reason


def test_a_watch_that_is_over_says_how(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    first = cfn.create(properties(mode="start")).physical_id
    kept = cfn.update(properties(timeout=600))
    assert kept.reason == f"training job '{first}' {OVER}, and runs on; {ADVICE}"

    cfn.sagemaker.stop_seconds = math.inf
    reason = cfn.update(properties(timeout=600, Environment={"A": "2"})).reason
    assert reason == f"training job '{cfn.job}' {OVER}, and is still stopping; {ADVICE}"


def test_a_record_that_goes_under_the_watch_is_missed_at_the_third_look(cfn: CloudFormation) -> None:
    event = cfn.event("Create", properties())
    cfn.deliver(event)
    cfn.sagemaker.jobs.clear()
    before = cfn.tape.count("DescribeTrainingJob")

    text = f"the record of training job '{cfn.job}' was deleted while it was waited for"
    assert cfn.finish(event).reason == text
    assert cfn.tape.count("DescribeTrainingJob") - before == 3


def test_every_gate_that_is_shut_is_told_of_the_job(cfn: CloudFormation) -> None:
    gates = [{"Metric": "auc", "AtLeast": "0.9"}, {"Metric": "f1", "AtLeast": "0.9"}]
    cfn.sagemaker.scripts = [with_metrics(("auc", 0.5), ("f1", 0.5))]

    reason = cfn.create(properties(QualityGates=gates)).reason

    said = [
        f"training job '{cfn.job}': metric '{name}' is 0.5, below the gate's 0.9; " for name in ("auc", "f1")
    ]
    assert reason.startswith("".join(said) + "see https://")


def test_the_log_in_a_failure_is_the_jobs_own(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [fails()]
    cfn.job_logs.lines["one"] = ["boom"]

    assert cfn.create(fixed()).reason.endswith("; last lines of its log: boom")


def test_the_console_is_asked_for_the_name_in_its_own_case() -> None:
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/churn-2"

    assert whereabouts({"TrainingJobArn": arn, "TrainingJobName": "Churn-2"}).endswith("#/jobs/Churn-2")


@pytest.mark.parametrize("late", [False, True])
def test_a_job_that_was_overtaken_is_stopped_with_a_sentence(cfn: CloudFormation, late: bool) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event, gone = cfn.event("Create", properties(mode="start")), "ROLLBACK_IN_PROGRESS"
    if late:
        cfn.tape.fail("CreateTrainingJob", Died(), after=True)
    cfn.tape.meanwhile["CreateTrainingJob"] = lambda: setattr(cfn, "status", gone)

    reason = cfn.settle(event).reason

    became = f"the stack became {gone} while training job '{cfn.job}' was started, so it was stopped"
    assert reason == (f"the stack is {gone}, so training job '{cfn.job}' was stopped" if late else became)
    assert cfn.sagemaker.running() == []


def test_who_cannot_stop_a_job_says_so_after_the_reason(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    event = cfn.event("Create", properties())
    cfn.deliver(event)
    [execution] = cfn.executions.all
    cfn.tape.fail("StopTrainingJob", denied("StopTrainingJob"), times=9)
    cfn.executions.end(execution, "ABORTED")
    ended = f"the watch over training job '{cfn.job}' ended as ABORTED"
    answer = cfn.recorder.effective(event["ResponseURL"])
    assert answer is not None
    assert answer.reason.startswith(f"{ended}; and the job could not be stopped: An error")

    again = cfn.event("Create", properties())
    cfn.destination(again, {"errorMessage": "boom"})
    answer = cfn.recorder.effective(again["ResponseURL"])
    assert answer is not None
    died = "the function that starts training jobs failed: boom"
    assert answer.reason.startswith(f"{died}; and its job could not be stopped: An error")


def test_a_job_that_does_not_stop_fails_its_delete_with_what_to_do(cfn: CloudFormation) -> None:
    cfn.sagemaker.scripts, cfn.sagemaker.stop_seconds = [RUNS_FOR_EVER], math.inf
    cfn.create(properties(mode="start"))

    text = f"training job '{cfn.job}' was told to stop and is still Stopping; "
    assert cfn.delete().reason == text + "delete the stack again when it has stopped"


def test_a_condition_that_was_waited_for_says_what_to_change(deployment: Deployment) -> None:
    deployment.create(template(key="k1"))
    deployment.update(template(key="k1", Environment={"A": "2"}))

    fix = "give rerun_on a value that changes at synthesis, or use Completion.wait() or .start()"
    assert deployment.reason == (
        "the training job's content changed by a value that is known at deployment only, so its wait "
        f"condition is the one that has been waited for already; {fix}"
    )


def test_what_is_left_alone_is_told(cfn: CloudFormation, logs: Logs) -> None:
    asked = properties(mode="start")
    name = cfn.create(asked).physical_id
    other = cfn.beside(stack_id=STACK_ID.replace("stack/", "stack/other-"))
    other.settle(other.event("Delete", asked, physical_id=name))
    assert told(logs, "not ours, left alone") == info(job=name)

    cfn.sagemaker.jobs[name].tags.clear()
    cfn.update(properties(mode="start", Tags=None))
    assert told(logs, "not known by its tags, left as it is") == warning(job=name)

    result = cfn.beside(resource_type=RESULT_TYPE)
    result.create({"TrainingJobName": "gone", "OutputPath": "s3://models"})
    assert told(logs, "record gone, kept") == info(job="gone")


def test_what_a_delete_leaves_behind_is_told(cfn: CloudFormation, logs: Logs) -> None:
    cfn.ec2.linger_seconds = math.inf
    network = {"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0a"]}
    cfn.create(properties(DeleteRecord=True, AwaitInterfaces=True, VpcConfig=network))
    cfn.tape.fail("DeleteTrainingJob", denied("DeleteTrainingJob"))

    assert cfn.delete().ok
    assert told(logs, "interfaces linger") == warning(job=cfn.job)
    assert told(logs, "record kept") == warning(job=cfn.job, why="AccessDeniedException")


# What is in a text, and in a state, where nothing was said.


def test_what_carries_a_secret_does_not_show_it(cfn: CloudFormation) -> None:
    asked = properties(mode="wait_condition", timeout=60)
    asked["Completion"]["Handle"] = SECRET_HANDLE
    event = Event.parse(cfn.event("Create", asked))
    watch = Watch("train", "one", "one", 0.0, {"url": SECRET_URL}, fallback={"sealed": [SECRET_VALUE]})

    show_no_secret(f"{event!r} {event.properties!r} {watch!r}", "a text")


def test_a_watch_of_which_little_is_said_judges_strictly_and_cleans_up_nothing() -> None:
    state = Watch("train", "one", "one", 0.0, {}).dump()

    assert not any(state[name] for name in ("allow_stopped", "stopping", "delete_record", "await_interfaces"))
    assert (state["stop_on_failure"], state["reply"], state["polls"], state["signals"]) == (
        True,
        "answer",
        0,
        0,
    )
    assert (Signal("one").succeeded, Answer("one").succeeded, Answer("one").reason) == (True, True, "")
    assert json.loads(Signal("one").encode())["Reason"] == "the training job has ended"
