"""Training jobs made by state machines: both integrations, their errors, and what tests can make of them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.functional.local.local_helpers import until
from tests.functional.local.machines import OPTIMISED, SDK, Machines, inner, jsonata, training, unique

CREATE = f"{SDK}createTrainingJob"


def _task(resource: str, arguments: dict[str, Any], **members: Any) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True, **members}
    return jsonata({"Task": state})


def _loop() -> dict[str, Any]:
    """Creates a job under a name of its own and looks at it until it has ended."""
    status = "$states.input.TrainingJobStatus"
    return {
        "name": {
            "Type": "Pass",
            "Assign": {"job": "{% 'loop-' & $hash($uuid(), 'MD5') %}"},
            "Next": "create",
        },
        "create": {
            "Type": "Task",
            "Resource": CREATE,
            "Arguments": {**training(), "TrainingJobName": "{% $job %}"},
            "Next": "look",
        },
        "look": {
            "Type": "Task",
            "Resource": f"{SDK}describeTrainingJob",
            "Arguments": {"TrainingJobName": "{% $job %}"},
            "Next": "judge",
        },
        "judge": {
            "Type": "Choice",
            "Choices": [
                {"Condition": f"{{% {status} in ['InProgress', 'Stopping'] %}}", "Next": "wait"},
                {"Condition": f"{{% {status} = 'Failed' %}}", "Next": "failed"},
            ],
            "Default": "done",
        },
        "wait": {"Type": "Wait", "Seconds": 5, "Next": "look"},
        "failed": {
            "Type": "Fail",
            "Error": "{% 'TrainingJob.' & $substringBefore($states.input.FailureReason, 'Error') %}",
            "Cause": "{% $states.input.FailureReason %}",
        },
        "done": {"Type": "Succeed"},
    }


def test_a_loop_sees_times_as_text(machines: Machines) -> None:
    job = machines.output(jsonata(_loop()))
    assert job["TrainingJobStatus"] == "Completed"
    for moment in (job["CreationTime"], job["SecondaryStatusTransitions"][0]["StartTime"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)


def test_a_parallel_fails_by_the_name_of_its_branch(machines: Machines) -> None:
    parallel = {"Type": "Parallel", "Branches": [inner(_loop())], "End": True}
    machines.local.fail_next_job("CapacityError: none left")
    failed = ("TrainingJob.Capacity", "CapacityError: none left")
    assert machines.error(jsonata({"Train": parallel})) == failed
    machines.local.fail_next_job("CapacityError: none left")
    catch = {"ErrorEquals": ["TrainingJob.Capacity"], "Next": "Caught", "Output": "{% $states.errorOutput %}"}
    states = {"Train": {**parallel, "Catch": [catch]}, "Caught": {"Type": "Succeed"}}
    assert machines.output(jsonata(states)) == {"Error": failed[0], "Cause": failed[1]}


def test_a_retried_parallel_evaluates_its_branch_anew(machines: Machines) -> None:
    before = len(machines.local.calls("CreateTrainingJob"))
    for _ in range(2):
        machines.local.fail_next_job("CapacityError: none left")
    retry = {"ErrorEquals": ["TrainingJob.Capacity"], "IntervalSeconds": 1, "MaxAttempts": 2}
    parallel = {
        "Type": "Parallel",
        "Branches": [inner(_loop())],
        "Retry": [retry],
        "Output": "{% $states.result[0].TrainingJobName %}",
        "End": True,
    }
    last = machines.output(jsonata({"Train": parallel}))
    names = [call["TrainingJobName"] for call in machines.local.calls("CreateTrainingJob")[before:]]
    assert len(set(names)) == 3
    assert names[-1] == last


def test_a_branch_that_fails_a_task_keeps_that_name(machines: Machines) -> None:
    machines.local.fail_next_job("AlgorithmError: told")
    branch = {**_task(f"{OPTIMISED}.sync", {**training(), "TrainingJobName": unique()})}
    del branch["QueryLanguage"]
    catch = {"ErrorEquals": ["States.TaskFailed"], "Next": "Caught", "Output": "{% $states.errorOutput %}"}
    parallel = {"Type": "Parallel", "Branches": [branch], "Catch": [catch], "End": True}
    output = machines.output(jsonata({"Train": parallel, "Caught": {"Type": "Succeed"}}))
    assert output["Error"] == "States.TaskFailed"
    assert json.loads(output["Cause"])["FailureReason"] == "AlgorithmError: told"


def test_a_variable_names_the_job_of_a_jsonpath_task(machines: Machines) -> None:
    name = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Assign": {"job": "{% 'jp-' & $substring($hash($uuid(), 'MD5'), 0, 8) %}"},
        "Next": "create",
    }
    create = {
        "Type": "Task",
        "Resource": f"{OPTIMISED}.sync",
        "Parameters": {
            **training(),
            "TrainingJobName.$": "States.Format('{}-{}', $job, States.Hash($job, 'MD5'))",
        },
        "ResultPath": "$.job",
        "End": True,
    }
    output = machines.output({"StartAt": "name", "States": {"name": name, "create": create}}, {"a": 1})
    assert re.fullmatch(r"jp-[0-9a-f]{8}-[0-9a-f]{32}", output["job"]["TrainingJobName"])
    assert (output["a"], output["job"]["TrainingJobStatus"]) == (1, "Completed")
    assert isinstance(output["job"]["CreationTime"], int)


@pytest.mark.parametrize(
    ("resource", "other"),
    [(OPTIMISED, "SageMaker.AmazonSageMakerException"), (CREATE, "SageMaker.SageMakerException")],
)
def test_the_errors_of_a_creation(machines: Machines, resource: str, other: str) -> None:
    name = unique()
    create = _task(resource, {**training(), "TrainingJobName": name})
    machines.output(create)
    error, cause = machines.error(create)
    assert error == "SageMaker.ResourceInUseException"
    assert name in cause
    machines.local.refuse_next_job("ResourceLimitExceeded", "the quota is 0")
    error, cause = machines.error(create)
    assert error == "SageMaker.ResourceLimitExceededException"
    assert "the quota is 0" in cause
    machines.local.refuse_next_job()
    assert machines.error(create)[0] == other
    error, cause = machines.error(_task(resource, {**training(), "TrainingJobName": "-"}))
    assert error == other
    assert "trainingJobName" in cause


def test_a_job_that_is_not_there(machines: Machines) -> None:
    for action in ("describe", "stop"):
        error, cause = machines.error(_task(f"{SDK}{action}TrainingJob", {"TrainingJobName": "not-there"}))
        assert error == "SageMaker.SageMakerException"
        assert cause.startswith("Requested resource not found.")


@pytest.mark.parametrize("resource", [OPTIMISED, CREATE])
@pytest.mark.parametrize(
    ("members", "cause"),
    [
        ({"HyperParameters": {"a": 1}}, "The value for the field 'HyperParameters.a' must be a STRING"),
        ({"Nonsense": 1}, 'The field "Nonsense" is not supported by Step Functions'),
    ],
)
def test_what_step_functions_refuses_itself(
    machines: Machines, resource: str, members: dict[str, Any], cause: str
) -> None:
    name = unique()
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    made = _task(resource, {**training(), "TrainingJobName": name, **members}, Catch=catch)
    made["States"]["Caught"] = {"Type": "Succeed"}
    error, told = machines.error(made)
    assert error == "States.Runtime"  # which States.ALL does not catch
    assert cause in told
    assert not machines.status_of(name)


def test_a_lost_answer_leaves_a_job(machines: Machines) -> None:
    name = unique()
    machines.local.refuse_next_job("InternalFailure", "lost", created=True)
    retry = {"ErrorEquals": ["SageMaker.SageMakerException"], "IntervalSeconds": 1}
    create = _task(CREATE, {**training(), "TrainingJobName": name}, Retry=[retry])
    assert machines.error(create)[0] == "SageMaker.ResourceInUseException"
    assert machines.status_of(name)
    statuses = [
        call["status"]
        for call in machines.local.recorded_calls("CreateTrainingJob")
        if call["request"].get("TrainingJobName") == name
    ]
    assert statuses == [500, 400]


def test_retries_are_counted(machines: Machines) -> None:
    machines.local.refuse_next_job("ServiceUnavailable", "later", times=2)
    retry = {"ErrorEquals": ["SageMaker.AmazonSageMakerException"], "IntervalSeconds": 1}
    arguments = {**training(), "TrainingJobName": unique()}
    output = "{% $states.context.State.RetryCount %}"
    assert machines.output(_task(OPTIMISED, arguments, Retry=[retry], Output=output)) == 2


@pytest.mark.parametrize("sync_fails", [False, True])
def test_both_ways_of_sync_with_a_stopped_job(machines: Machines, sync_fails: bool) -> None:
    name = unique()
    machines.local.hold_next_job(sync_fails=sync_fails)
    task = _task(f"{OPTIMISED}.sync", {**training(), "TrainingJobName": name})
    execution = machines.start(task)
    until(lambda: machines.status_of(name) == "InProgress")
    machines.local.client("sagemaker").stop_training_job(TrainingJobName=name)
    ended = machines.ended(execution)
    if sync_fails:
        assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    else:
        assert ended["status"] == "SUCCEEDED"
    described = json.loads(ended["cause"] if sync_fails else ended["output"])
    assert (described["TrainingJobName"], described["TrainingJobStatus"]) == (name, "Stopped")


@pytest.mark.parametrize("resource", [f"{OPTIMISED}.sync", CREATE])
def test_credentials_lead_to_another_account(machines: Machines, resource: str) -> None:
    name, role = unique(), "arn:aws:iam::210987654321:role/other"
    arguments = {**training(), "TrainingJobName": name}
    output = machines.output(_task(resource, arguments, Credentials={"RoleArn": role}))
    assert output["TrainingJobArn"] == f"arn:aws:sagemaker:us-east-1:210987654321:training-job/{name}"
    look = _task(f"{SDK}describeTrainingJob", {"TrainingJobName": name})
    assert machines.error(look)[1].startswith("Requested resource not found.")
    who = _task("arn:aws:states:::aws-sdk:sts:getCallerIdentity", {}, Credentials={"RoleArn": role})
    assert machines.output(who)["Arn"] == "arn:aws:sts::210987654321:assumed-role/other/StepFunctions"


def test_jobs_are_listed(machines: Machines) -> None:
    prefix = unique("listed")
    client = machines.local.client("sagemaker")
    for index in (2, 0, 1):
        client.create_training_job(**training(), TrainingJobName=f"{prefix}-{index}")
    arguments = {
        "NameContains": prefix,
        "SortBy": "Name",
        "SortOrder": "Descending",
        "MaxResults": 2,
        "CreationTimeAfter": "{% $fromMillis($millis() - 60000) %}",
    }
    first = machines.output(_task(f"{SDK}listTrainingJobs", arguments))
    names = [job["TrainingJobName"] for job in first["TrainingJobSummaries"]]
    assert names == [f"{prefix}-2", f"{prefix}-1"]
    rest = client.list_training_jobs(
        NameContains=prefix, SortBy="Name", SortOrder="Descending", MaxResults=2, NextToken=first["NextToken"]
    )
    assert [job["TrainingJobName"] for job in rest["TrainingJobSummaries"]] == [f"{prefix}-0"]
    assert "NextToken" not in rest
    late = {"NameContains": prefix, "CreationTimeAfter": "{% $fromMillis($millis() + 60000) %}"}
    assert machines.output(_task(f"{SDK}listTrainingJobs", late)) == {"TrainingJobSummaries": []}


def test_simulated_metrics(machines: Machines) -> None:
    definitions = [{"Name": name, "Regex": "never"} for name in ("loss", "accuracy", "silent")]
    told = {"loss": "eta", "accuracy": 0.5, "undefined": 1, "silent": "absent"}
    arguments = training(
        AlgorithmSpecification={
            "TrainingImage": "any:1",
            "TrainingInputMode": "File",
            "MetricDefinitions": definitions,
        },
        HyperParameters={"eta": "0.25"},
        Environment={"SIMULATED_METRICS": json.dumps(told)},
    )
    output = "{% $states.result.FinalMetricDataList.{'n': MetricName, 'v': Value} %}"
    made = _task(f"{OPTIMISED}.sync", {**arguments, "TrainingJobName": unique()}, Output=output)
    assert machines.output(made) == [{"n": "loss", "v": 0.25}, {"n": "accuracy", "v": 0.5}]


def test_an_object_of_s3_is_text(machines: Machines) -> None:
    s3, bucket = machines.local.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="points.json", Body=b'[{"a": 1}]')
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Arguments": {"Bucket": bucket, "Key": "points.json"},
        "Output": "{% $parse($states.result.Body) %}",
        "End": True,
    }

    assert machines.output(jsonata({"Get": state})) == [{"a": 1}]
