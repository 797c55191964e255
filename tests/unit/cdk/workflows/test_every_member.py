"""What a spec says is in the task's state: every member of a request, in both languages and all forms."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from hypothesis import HealthCheck, Phase, given, settings

from constructs_lib import TrainingJobSpec, TrainingJobTask, TrainingPlatform
from constructs_lib.cdk.workflows.branch import ATTEMPT_TAG
from constructs_lib.cdk.workflows.language import Language
from tests.unit.cdk.runners import countable, filled, sayable
from tests.unit.rules.generated import fullest, requests

from .evaluation import Execution
from .machines import Json, creation
from .picked import picked
from .rendering import LANGUAGES

OWN = ("TrainingJobName", "Tags")
NUMBERS = itertools.count()
WORKFLOW, EXECUTION = "constructs-lib:workflow", "constructs-lib:execution"
REQUEST_RESPONSE: dict[str, Any] = {"integration_pattern": sfn.IntegrationPattern.REQUEST_RESPONSE}
FORMS: dict[str, dict[str, Any]] = {
    "branch": {"integration": "optimized"},
    "loop": {"integration": "aws-sdk"},
    "chosen by its members": {},
    "whole name": {"integration": "optimized", "job_name": "task0-" + "0" * 32},
    "single": {**REQUEST_RESPONSE, "job_name": "task0-" + "0" * 32},
    "request-response": REQUEST_RESPONSE,
}
QUERY = {Language.JSONPATH: sfn.QueryLanguage.JSON_PATH, Language.JSONATA: sfn.QueryLanguage.JSONATA}
few = settings(
    deadline=None,
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a request takes some hundred tasks
    suppress_health_check=[HealthCheck.too_slow],
)


@cache
def platform() -> TrainingPlatform:
    """One for all; a network would take longer than what is tested."""
    return TrainingPlatform(cdk.Stack(cdk.App(), "Stack"), "Platform", use_vpc=False)


def sent(request: Any, language: Language, input: Any = None, **form: Any) -> Json:
    """What the creating state of a request's task sends."""
    spec = TrainingJobSpec.from_request(request).replace(training_job_name=None)
    stack = cdk.Stack.of(platform())
    task = TrainingJobTask(stack, f"Task{next(NUMBERS)}", spec=spec, platform=platform(), **form)
    graph = sfn.StateGraph(task.start_state, "of the task alone")
    state = creation(filled(stack.resolve(graph.to_graph_json(QUERY[language]))))
    context = {"Execution": {"Id": "arn", "RedriveCount": 0}, "State": {"Name": "Task"}}
    seen = Execution(input or {}, context, {"constructsLibSeed": "0", "constructsLibExecution": "e" * 32})
    if language is Language.JSONPATH:
        return dict(seen.parameters(state["Parameters"]))
    return dict(seen.arguments(state["Arguments"]))


def given_members(request: Json) -> Json:
    return {name: value for name, value in request.items() if name not in OWN}


def places(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every member, the nested ones too."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*steps, key)
        if isinstance(item, (dict, list)):
            yield from places(item, (*steps, key))


def at(value: Any, steps: tuple[Any, ...]) -> Any:
    for step in steps:
        value = value[step]
    return value


FULL: Json = countable(fullest())
ALL = list(places(given_members(FULL)))


def test_every_member_is_among_them() -> None:
    assert len({steps[0] for steps in ALL}) + len(OWN) == 28
    assert len(ALL) > 150


@LANGUAGES
def test_each_member_is_as_in_the_request(language: Language) -> None:
    held = sent(FULL, language)
    for steps in ALL:
        asked = at(FULL, steps)
        assert at(held, steps) == asked, steps
        assert type(at(held, steps)) is type(asked), steps


@LANGUAGES
@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_the_whole_request(form: str, language: Language) -> None:
    held = sent(FULL, language, **FORMS[form])
    assert given_members(held) == given_members(FULL)
    assert re.fullmatch("task[0-9]+-[0-9a-f]{32}", held["TrainingJobName"])
    asked = FULL["Tags"]
    assert held["Tags"][: len(asked)] == asked
    own = {tag["Key"]: tag["Value"] for tag in held["Tags"][len(asked) :]}
    assert re.fullmatch("<TrainingWorkflowJobs.*>", own.pop(WORKFLOW))
    watched = {} if form in ("single", "request-response") else {EXECUTION: "e" * 32}
    assert own == (watched | {ATTEMPT_TAG: "0"} if form == "whole name" else watched)


def contains(held: Any, request: Any) -> bool:
    """Whether a request is in another: the platform may have added to it."""
    if isinstance(held, dict) and isinstance(request, dict):
        return all(key in held and contains(held[key], item) for key, item in request.items())
    return bool(held == request and type(held) is type(request))


@LANGUAGES
@given(request=requests())
@few
def test_every_valid_request_is_there(language: Language, request: Any) -> None:
    held = sent(sayable(request), language)
    assert contains(held, given_members(countable(request)))


def check_picked(case: tuple[Any, Any, Any], language: Language) -> None:
    request, changed, input = (countable(part) for part in case)
    changed.pop("Tags", None)  # which a task refuses where it cannot read their keys
    changed["RoleArn"] = request["RoleArn"]  # an ARN that is picked in the middle is no role's
    held = sent({**changed, "TrainingJobName": "n"}, language, input)
    assert contains(held, given_members(request))


@given(case=picked(requests(), Language.JSONPATH))
@few
def test_picked_values_are_there_in_json_path(case: tuple[Any, Any, Any]) -> None:
    check_picked(case, Language.JSONPATH)


@given(case=picked(requests(), Language.JSONATA))
@few
def test_picked_values_are_there_in_jsonata(case: tuple[Any, Any, Any]) -> None:
    check_picked(case, Language.JSONATA)
