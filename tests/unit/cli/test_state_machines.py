from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.cli.state_machines import is_state_machine, requests_of
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.templates.state_machines import training_tasks

TRAIN = "arn:aws:states:::sagemaker:createTrainingJob"


def task(parameters: object = None, resource: object = f"{TRAIN}.sync", **members: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, **members}


def machine(**states: object) -> dict[str, Any]:
    return {"StartAt": "A", "States": states}


def shown(value: object) -> object:
    """A request with a word for what is unknown, to compare: `UNKNOWN` itself cannot be compared."""
    if value is UNKNOWN:
        return "(unknown)"
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def requests(definition: dict[str, Any]) -> dict[str, object]:
    return {task.state: shown(requests_of(task, task.parameters)) for task in training_tasks(definition)}


@pytest.mark.parametrize(
    "resource",
    [
        TRAIN,
        f"{TRAIN}.sync",
        f"{TRAIN}.waitForTaskToken",
        "arn:aws:states:::aws-sdk:sagemaker:createTrainingJob",
        "arn:aws-cn:states:::sagemaker:createTrainingJob.sync",
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":states:::sagemaker:createTrainingJob.sync"]]},
        {"Fn::Sub": "arn:${AWS::Partition}:states:::sagemaker:createTrainingJob"},
        "arn:${AWS::Partition}:states:::sagemaker:createTrainingJob.sync",
    ],
)
def test_a_training_task_is_known_by_its_resource(resource: object) -> None:
    assert requests(machine(A=task({"x": 1}, resource))) == {"A": {"x": 1}}


@pytest.mark.parametrize(
    "state",
    [
        task({}, "arn:aws:states:::sagemaker:createTransformJob.sync"),
        task({}, "arn:aws:states:::sagemaker:createTrainingJobs"),
        task({}, "arn:aws:states:::lambda:invoke"),
        task({}, {"Ref": "Function"}),
        task({}, None),
        {"Type": "Pass", "Resource": TRAIN, "Parameters": {}},
        "no state",
        {},
    ],
)
def test_other_states_are_no_training_jobs(state: object) -> None:
    assert requests(machine(A=state)) == {}


def test_tasks_are_found_at_any_depth_with_their_place() -> None:
    # given
    inner = machine(C=task({"n": "c"}))
    definition = machine(
        A=task({"n": "a"}),
        P={
            "Type": "Parallel",
            "Branches": [machine(B=task({"n": "b"})), machine(M={"Type": "Map", "Iterator": inner})],
        },
        D={"Type": "Map", "ItemProcessor": {"ProcessorConfig": {}, **machine(E=task({"n": "e"}))}},
    )
    # when
    found = [(task.state, task.parameters, task.pointer) for task in training_tasks(definition)]
    # then
    branches = ("States", "P", "Branches")
    assert found == [
        ("A", {"n": "a"}, ("States", "A", "Parameters")),
        ("B", {"n": "b"}, (*branches, 0, "States", "B", "Parameters")),
        ("C", {"n": "c"}, (*branches, 1, "States", "M", "Iterator", "States", "C", "Parameters")),
        ("E", {"n": "e"}, ("States", "D", "ItemProcessor", "States", "E", "Parameters")),
    ]


def test_paths_and_functions_of_json_path_are_unknown_under_their_members() -> None:
    parameters = {
        "TrainingJobName.$": "States.Format('x-{}', $.id)",
        "HyperParameters": {"max_depth.$": "$.depth", "eta": "0.1"},
        "InputDataConfig": [{"ChannelName": "train", "DataSource.$": "$.source"}],
        "RoleArn": "$.role",
    }
    assert requests(machine(A=task(parameters))) == {
        "A": {
            "TrainingJobName": "(unknown)",
            "HyperParameters": {"max_depth": "(unknown)", "eta": "0.1"},
            "InputDataConfig": [{"ChannelName": "train", "DataSource": "(unknown)"}],
            "RoleArn": "$.role",  # without ".$" it is sent as it stands
        }
    }


@pytest.mark.parametrize("parameters", [None, "$.request", "$"])
def test_a_request_that_the_execution_brings_is_unknown(parameters: object) -> None:
    assert requests(machine(A=task(parameters))) == {"A": "(unknown)"}


def test_expressions_of_jsonata_are_unknown_and_its_dollar_keys_are_members() -> None:
    arguments = {
        "TrainingJobName": "{% $states.input.name %}",
        "Tags": [{"Key": "a", "Value": "x {% 1 %}"}],
        "RoleArn.$": "$.role",
    }
    state = {"Type": "Task", "Resource": TRAIN, "Arguments": arguments}
    expected = {
        "TrainingJobName": "(unknown)",
        "Tags": [{"Key": "a", "Value": "x {% 1 %}"}],
        "RoleArn.$": "$.role",
    }
    assert requests({"QueryLanguage": "JSONata", **machine(A=state)}) == {"A": expected}
    assert requests(machine(A={**state, "QueryLanguage": "JSONata"})) == {"A": expected}


def test_a_whole_jsonata_request_is_unknown() -> None:
    state = {"Type": "Task", "Resource": TRAIN, "Arguments": "{% $states.input.request %}"}
    assert requests({"QueryLanguage": "JSONata", **machine(A=state)}) == {"A": "(unknown)"}


def test_the_query_language_holds_for_branches_too() -> None:
    state = {"Type": "Task", "Resource": TRAIN, "Arguments": {"RoleArn": "{% $role %}"}}
    definition = machine(P={"Type": "Parallel", "Branches": [machine(A=state)]})
    assert requests({"QueryLanguage": "JSONata", **definition}) == {"A": {"RoleArn": "(unknown)"}}


@pytest.mark.parametrize(
    "definition",
    [
        {"States": None},
        {"States": {"A": None}},
        {"States": {"P": {"Type": "Parallel", "Branches": {"a": 1}}, "M": {"Type": "Map", "Iterator": []}}},
        {"States": {"P": {"Type": "Parallel", "Branches": [None, 1, "x"]}}},
    ],
)
def test_a_damaged_definition_has_no_tasks(definition: dict[str, Any]) -> None:
    assert requests(definition) == {}


def test_a_definition_is_known_by_its_members() -> None:
    assert is_state_machine({"StartAt": "A"})
    assert is_state_machine({"States": {}})
    assert not is_state_machine({"TrainingJobName": "a"})


def test_a_request_under_the_other_languages_member_is_read() -> None:
    wrong = {"Type": "Task", "Resource": TRAIN}
    definition = machine(
        A={**wrong, "Arguments": {"RoleArn": "{% $role %}"}},
        B={**wrong, "QueryLanguage": "JSONata", "Parameters": {"RoleArn.$": "$.role", "Tags": []}},
        C={**wrong, "QueryLanguage": "JSONata", "Parameters": {}, "Arguments": {"Tags": []}},
    )
    assert requests(definition) == {
        "A": {"RoleArn": "(unknown)"},
        "B": {"RoleArn": "(unknown)", "Tags": []},
        "C": {"Tags": []},
    }
