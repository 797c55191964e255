"""The expressions that name jobs, evaluated over what executions may look like."""

from __future__ import annotations

import copy
import hashlib
import re
from typing import Any

import aws_cdk as cdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.cdk.workflows.intrinsics import MOST_CALLS, calls
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.names import (
    branch_name,
    branch_variables,
    checkpoint_uri,
    task_prefix,
)
from constructs_lib.spec.job_name import JobName

from .evaluation import Execution

LANGUAGES = pytest.mark.parametrize("language", list(Language))
SAGEMAKER = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
ARN = "arn:aws:states:eu-west-1:111122223333:execution:machine:"
prefixes = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?", fullmatch=True)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)


def context(**members: Any) -> dict[str, Any]:
    """The context object of a state; a member that is None is left out."""
    found: dict[str, Any] = {
        "Execution": {"Id": f"{ARN}run", "RedriveCount": 0, "Input": {"big": "x" * 20_000}},
        "State": {"Name": "Train: name", "EnteredTime": "2026-11-01T10:00:00.000Z", "RetryCount": 0},
    }
    for name, value in members.items():
        part, _, key = name.partition("_")
        if value is None:
            del found[part][key]
        else:
            found.setdefault(part, {})[key] = value
    return found


@st.composite
def contexts(draw: st.DrawFn) -> dict[str, Any]:
    item = draw(st.none() | st.integers(0, 9999))
    return context(
        Execution_Id=ARN + draw(names),
        Execution_RedriveCount=draw(st.integers(0, 1000)),
        State_Name=draw(names),
        State_RetryCount=draw(st.integers(0, 10**6)),
        **({} if item is None else {"Map_Item": {"Index": item, "Value": {"any": "thing"}}}),
    )


def evaluated(expression: str, language: Language, execution: Execution) -> Any:
    member = language.member("Name", expression)
    made = execution.parameters(member) if language is Language.JSONPATH else execution.arguments(member)
    return made["Name"]


def branch(language: Language, entered: dict[str, Any], created: dict[str, Any] | None = None) -> str:
    """The name that a branch makes: entered in one context, and its job created in another."""
    variables = Execution({}, entered).arguments(branch_variables())
    execution = Execution({}, created or entered, variables)
    return str(evaluated(branch_name("churn", language), language, execution))


@LANGUAGES
@given(prefix=prefixes, found=contexts())
def test_every_name_is_one_that_sagemaker_takes(language: Language, prefix: str, found: Any) -> None:
    assert JobName.unique(prefix).prefix == prefix
    variables = Execution({}, found).arguments(branch_variables())
    execution = Execution({}, found, variables)
    name = evaluated(branch_name(prefix, language), language, execution)
    assert SAGEMAKER.fullmatch(name)
    assert len(name) == len(prefix) + 33 <= 63
    assert name.startswith(f"{prefix}-")


def test_jsonata_needs_neither_map_nor_redrives() -> None:
    lacking = context(Execution_RedriveCount=None, State_RetryCount=None)
    assert SAGEMAKER.fullmatch(branch(Language.JSONATA, lacking))


def test_json_path_asks_for_nothing_that_may_be_missing() -> None:
    expression = branch_name("a", Language.JSONPATH)
    # The guide has it in the format of every context object.
    assert set(re.findall(r"\$\$[\w.]+", expression)) == {"$$.Execution.RedriveCount"}
    assert calls(expression) <= MOST_CALLS


CHANGES: dict[str, dict[str, Any]] = {
    "retry": {"State_RetryCount": 1},
    "loop back": {"State_EnteredTime": "2026-11-01T10:00:00.001Z"},
    "another state, a Parallel branch beside it": {"State_Name": "Train again: name"},
    "redrive": {"Execution_RedriveCount": 1},
    "another execution": {"Execution_Id": f"{ARN}run2"},
    "a Map item": {"Map_Item": {"Index": 0}},
    "another Map item": {"Map_Item": {"Index": 1}},
    "the same, in another item of a Map around it": {},
}


@pytest.fixture
def no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same random id each time: what differs without it does not depend on chance."""
    monkeypatch.setattr("uuid.uuid4", lambda: "0000")


@LANGUAGES
def test_each_run_of_a_state_has_another_name(language: Language) -> None:
    made = [branch(language, context(**change)) for change in ({}, *CHANGES.values())]
    assert len(set(made)) == len(made)


@pytest.mark.usefixtures("no_chance")
def test_what_is_known_is_hashed() -> None:
    alone = "the same, in another item of a Map around it"
    first = branch(Language.JSONATA, context())
    same = {name for name, change in CHANGES.items() if branch(Language.JSONATA, context(**change)) == first}
    assert same == {alone}


@LANGUAGES
def test_a_retry_of_the_creation_alone_keeps_the_name(language: Language) -> None:
    entered = context()
    variables = Execution({}, entered).arguments(branch_variables())

    def named(**change: Any) -> str:
        execution = Execution({}, context(State_Name="Train: create", **change), variables)
        return str(evaluated(branch_name("churn", language), language, execution))

    assert named() == named(State_RetryCount=3) == named(State_EnteredTime="later")
    assert named() != named(Execution_RedriveCount=1)


@given(found=contexts())
def test_both_languages_make_the_same_name_in_a_branch(found: dict[str, Any]) -> None:
    variables = Execution({}, found).arguments(branch_variables())
    execution = Execution({}, found, variables)
    made = {evaluated(branch_name("churn", language), language, execution) for language in Language}
    assert len(made) == 1


def test_the_execution_is_known_by_its_arn() -> None:
    variables = Execution({}, context()).arguments(branch_variables())
    assert variables["constructsLibExecution"] == hashlib.md5(f"{ARN}run".encode()).hexdigest()


def checkpoints(input: Any = None, **change: Any) -> str:
    found = Execution(input, context(**change)).arguments(branch_variables())
    return str(found["constructsLibCheckpoints"])


@given(found=contexts(), retries=st.integers(0, 99), redrives=st.integers(0, 99))
def test_checkpoints_stay_over_retries_and_redrives(found: Any, retries: int, redrives: int) -> None:
    again = copy.deepcopy(found)
    again["State"] |= {"RetryCount": retries, "EnteredTime": "later"}
    again["Execution"]["RedriveCount"] = redrives
    folders = {
        Execution({"a": 1}, one).arguments(branch_variables())["constructsLibCheckpoints"]
        for one in (found, again)
    }
    assert len(folders) == 1
    assert re.fullmatch("[0-9a-f]{32}", folders.pop())


def test_no_two_jobs_share_checkpoints() -> None:
    folders = [
        checkpoints(),
        checkpoints(State_Name="Other: name"),
        checkpoints(Execution_Id=f"{ARN}run2"),
        checkpoints(Map_Item={"Index": 0}),
        checkpoints(Map_Item={"Index": 1}),
        checkpoints({"outer": 1}, Map_Item={"Index": 1}),
        checkpoints({"outer": 2}, Map_Item={"Index": 1}),
    ]
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize("length", [0, 4_999, 5_000, 5_001, 60_000])
def test_an_input_of_any_length_is_hashed_to_its_end(length: int) -> None:
    text = "\U0001f600" * length
    assert checkpoints({"a": text + "1"}) != checkpoints({"a": text + "2"})
    assert checkpoints({"a": text}) == checkpoints({"a": text})


@LANGUAGES
@pytest.mark.parametrize("folder", ["s3://bucket/checkpoints", 's3://b/it\'s{50%}\\of "it"'])
def test_the_place_of_checkpoints(language: Language, folder: str) -> None:
    execution = Execution({}, {}, {"constructsLibCheckpoints": "0ff"})
    assert evaluated(checkpoint_uri(folder, language), language, execution) == f"{folder}/0ff"


@LANGUAGES
def test_the_place_may_hold_a_token(language: Language) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    bucket = cdk.Token.as_string({"Ref": "Bucket"})
    (before, reference, after) = stack.resolve(checkpoint_uri(f"s3://{bucket}/c", language))["Fn::Join"][1]
    assert reference == {"Ref": "Bucket"}
    execution = Execution({}, {}, {"constructsLibCheckpoints": "0ff"})
    assert evaluated(f"{before}bucket{after}", language, execution) == "s3://bucket/c/0ff"


@pytest.mark.parametrize(
    ("construct_id", "prefix"),
    [
        ("Train", "train"),
        ("Train Churn_Model", "train-churn-model"),
        ("A" * 80, "a" * 30),
        ("a" * 29 + "-b", "a" * 29),
        ("\u00e9", "job"),
        ("--", "job"),
    ],
)
def test_a_prefix_is_made_of_the_construct_id(construct_id: str, prefix: str) -> None:
    assert task_prefix(construct_id) == prefix
    assert JobName.unique(prefix).prefix == prefix


@given(st.text(max_size=100))
def test_a_prefix_made_of_any_id_is_legal(construct_id: str) -> None:
    JobName.unique(task_prefix(construct_id))
