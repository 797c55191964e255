"""Every definition that the library renders is one that AWS takes: by two validators, and by its own flow."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from cfnlint.api import lint

from constructs_lib.local.node import find_node

from .around import DISTRIBUTED
from .definitions import JSONATA, KINDS, definitions, train
from .flow import faults, language_of, tasks
from .machines import Json, definition, machine, states_of

VALIDATOR = Path(__file__).with_name("validator.js")
AWS = "arn:aws:states:::"
CREATING = (
    f"{AWS}sagemaker:createTrainingJob",
    f"{AWS}sagemaker:createTrainingJob.sync",
    f"{AWS}aws-sdk:sagemaker:createTrainingJob",
)
OF_JOBS = (
    *CREATING,
    f"{AWS}aws-sdk:sagemaker:describeTrainingJob",
    f"{AWS}aws-sdk:sagemaker:listTags",
    f"{AWS}aws-sdk:sagemaker:stopTrainingJob",
)
OF_SWEEPS = (f"{AWS}aws-sdk:s3:getObject", f"{AWS}lambda:invoke")
kinds = pytest.mark.parametrize("kind", KINDS)


def refused(given: dict[str, Json]) -> dict[str, list[str]]:
    """What asl-validator says of those that it refuses; one process, as it is slow to start."""
    command = [str(find_node()), str(VALIDATOR)]
    made = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    said: dict[str, list[str]] = json.loads(made.stdout)
    return said


def linted(given: dict[str, Json]) -> list[str]:
    """What cfn-lint says of them, each as the definition of a resource."""
    role = "arn:aws:iam::123456789012:role/machine"
    names = {f"Machine{number}": name for number, name in enumerate(given)}
    resources = {
        # Not as DefinitionString: cfn-lint 1.58 fails over an error inside a branch of one.
        key: {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"RoleArn": role, "Definition": given[name]},
        }
        for key, name in names.items()
    }
    found = lint(json.dumps({"Resources": resources}), regions=["eu-west-1"])
    return [
        f"{names[str(match.path[1])]}: {match.rule.id} {match.message} at {match.path[4:]}"
        for match in found
        if not is_gap(given[names[str(match.path[1])]], match.path[4:])
    ]


def is_gap(definition: Json, path: list[Any]) -> bool:
    """What cfn-lint 1.58 does not know: JSONata in one state, and JSONata for seconds."""
    language = definition.get("QueryLanguage", "JSONPath")
    value: Any = definition
    for step in path:
        if isinstance(value, dict) and "Type" in value:
            language = language_of(value, definition.get("QueryLanguage", "JSONPath"))
        value = value[step]
    is_expression = isinstance(value, str) and value.startswith("{%")
    return language == "JSONata" and is_expression and path[-1] in ("Seconds", "TimeoutSeconds")


def test_asl_validator_takes_every_definition() -> None:
    assert len(KINDS) > 80
    assert refused(definitions()) == {}


def test_cfn_lint_takes_every_definition() -> None:
    assert linted(definitions()) == []


@kinds
def test_the_flow_is_sound(kind: str) -> None:
    assert faults(definitions()[kind]) == []


@kinds
def test_only_what_is_expected_is_called_and_every_call_is_tried_again(kind: str) -> None:
    for name, state in tasks(definitions()[kind]).items():
        allowed = OF_JOBS if "sweep" not in kind else OF_JOBS + OF_SWEEPS
        assert state["Resource"] in allowed
        unretried = state["Resource"] in CREATING and not name.endswith(": create")
        assert ("Retry" in state) or unretried, name  # retries=[], which makes one state of it


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.endswith("JSONata in JSONPath")])
def test_states_in_jsonata_say_so_in_a_machine_of_json_path(kind: str) -> None:
    plain = ("Succeed", "Map")
    states = states_of(definitions()[kind]).values()
    assert {state.get("QueryLanguage") for state in states if state["Type"] not in plain} == {"JSONata"}


def test_a_task_in_a_map_that_does_not_say_its_language_is_found() -> None:
    """CDK tells only the outermost states the machine's language, so this one would be in JSONPath."""
    stack = cdk.Stack(cdk.App(), "Stack")
    items = sfn.ProvideItems.jsonata("{% $states.input.items %}")
    each = sfn.Map(stack, "Each", items=items, query_language=JSONATA).item_processor(train(stack))
    with pytest.raises(RuntimeError, match="query-language-missing"):
        definition(machine(each, JSONATA))


def test_the_kinds_are_as_many_as_they_say() -> None:
    forms = {
        tuple(sorted({state["Resource"] for state in tasks(d).values()})) for d in definitions().values()
    }
    assert len(forms) > 6
    assert {d.get("QueryLanguage") for d in definitions().values()} == {None, "JSONata", "JSONPath"}
    assert max(len(name) for d in definitions().values() for name in states_of(d)) == 80
    assert KINDS.keys() >= DISTRIBUTED


# What is broken on purpose, and which of the three notices it.

BRANCH, LOOP = "branch, JSONPath", "everything, JSONata"
Break = Callable[[dict[str, Json]], object]


def ending(states: dict[str, Json], role: str) -> Json:
    (found,) = (state for name, state in states.items() if name.endswith(f": {role}"))
    return found


def nowhere(states: dict[str, Json]) -> None:
    ending(states, "look")["Next"] = "Nowhere"


def no_end(states: dict[str, Json]) -> None:
    del ending(states, "done")["End"]


def two_ways(states: dict[str, Json]) -> None:
    ending(states, "look")["End"] = True


def other_language(states: dict[str, Json]) -> None:
    ending(states, "look")["Parameters"] = {"TrainingJobName.$": "$.name"}


def bad_jsonata(states: dict[str, Json]) -> None:
    ending(states, "look")["Arguments"] = "{% $states.( %}"


def bad_path(states: dict[str, Json]) -> None:
    ending(states, "create")["Parameters"] = {"TrainingJobName.$": "$.["}


def misspelled(states: dict[str, Json]) -> None:
    look = ending(states, "look")
    look["Retries"] = look.pop("Retry")


BREAKS = {
    nowhere: ("asl-validator", "flow"),
    no_end: ("asl-validator", "cfn-lint", "flow"),
    two_ways: ("asl-validator", "cfn-lint"),
    other_language: ("asl-validator", "cfn-lint", "flow"),
    bad_jsonata: ("asl-validator", "cfn-lint"),
    bad_path: ("asl-validator",),
    misspelled: ("asl-validator", "cfn-lint"),
}


def broken(kind: str, change: Break) -> Json:
    changed = copy.deepcopy(definitions()[kind])
    change(states_of(changed))
    return changed


def test_the_validators_refuse_what_is_broken() -> None:
    made = {change.__name__: broken(BRANCH, change) for change in BREAKS}
    made["sound"] = definitions()[BRANCH]
    by_name = {change.__name__: who for change, who in BREAKS.items()}
    assert set(refused(made)) == {name for name, who in by_name.items() if "asl-validator" in who}
    said = {line.split(":")[0] for line in linted(made)}
    assert said == {name for name, who in by_name.items() if "cfn-lint" in who}
    assert {n for n, d in made.items() if faults(d)} == {n for n, who in by_name.items() if "flow" in who}


def unreached(states: dict[str, Json]) -> None:
    for choice in ending(states, "judge")["Choices"]:
        choice["Next"] = next(name for name in states if name.endswith(": failed"))


def unset(states: dict[str, Json]) -> None:
    del ending(states, "name")["Assign"]["constructsLibLooks"]


def unset_after_an_error(states: dict[str, Json]) -> None:
    del ending(states, "create")["Catch"][0]["Assign"]["constructsLibJobName"]


def endless(states: dict[str, Json]) -> None:
    done = ending(states, "done")
    del done["End"]
    done["Next"] = next(name for name in states if name.endswith(": done"))


def doubled(states: dict[str, Json]) -> None:
    inner = {"StartAt": "Twice", "States": {"Twice": {"Type": "Succeed"}}}
    ending(states, "done").update(Type="Parallel", Branches=[inner, copy.deepcopy(inner)])


def set_around(states: dict[str, Json]) -> None:
    assign = {"Type": "Pass", "Assign": {"constructsLibSeed": 1}, "End": True}
    inner = {"StartAt": "Inner", "States": {"Inner": assign}}
    ending(states, "done").update(Type="Parallel", Branches=[inner])


def jsonata_in_json_path(states: dict[str, Json]) -> None:
    ending(states, "look")["QueryLanguage"] = "JSONPath"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (unreached, "is never reached"),
        (unset, "refers to $constructsLibLooks"),
        (unset_after_an_error, "refers to $constructsLibJobName"),
        (endless, "never ends"),
        (doubled, "is there 2 times"),
        (set_around, "$constructsLibSeed is set around this scope, too"),
        (jsonata_in_json_path, "has JSONata at"),
    ],
)
def test_the_flow_is_seen_to_be_broken(change: Break, words: str) -> None:
    found = faults(broken(LOOP, change))
    assert any(words in fault for fault in found), found
