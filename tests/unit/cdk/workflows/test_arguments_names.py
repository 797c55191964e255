"""Names of states that a task's own states have already, or that have become too long: found at synthesis."""

from __future__ import annotations

import sys
from typing import Any
from unittest import mock

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import TrainingJobTask
from constructs_lib.cdk.workflows import named_states
from constructs_lib.cdk.workflows.machine_reading import Reading
from constructs_lib.cdk.workflows.state_names import LONGEST, inner_name, owner_mark, owner_of
from tests.unit.cdk.reports import Entry, report
from tests.unit.cdk.sweeps.sweeps import sweep

from .definitions import JSONATA, SPEC
from .machines import definition, machine, states_of

LONG = "A training whose name has just as many characters as Step Functions takes of it "
ROLES = ("name", "create", "find", "refused", "look", "judge", "wait", "done", "failed")


def taken(app: cdk.App) -> list[Entry]:
    return [entry for entry in report(app).entries if entry.rule == "state-name-taken"]


def train(scope: Construct, **given: Any) -> TrainingJobTask:
    return TrainingJobTask(scope, "Train", spec=SPEC, **given)


@pytest.mark.parametrize("role", ROLES)
def test_a_state_that_is_called_like_an_inner_one_is_an_error(
    app: cdk.App, stack: cdk.Stack, role: str
) -> None:
    task = train(stack)
    machine(task.next(sfn.Pass(stack, "Mine", state_name=f"Train: {role}")))

    (found,) = taken(app)

    assert (found.severity, found.construct) == ("error", "Stack/Train")
    assert f"another state is called 'Train: {role}'" in found.text
    assert "state_name" in found.fix


@pytest.mark.parametrize("language", [None, JSONATA])
def test_it_is_found_inside_other_states(
    app: cdk.App, stack: cdk.Stack, language: sfn.QueryLanguage | None
) -> None:
    both = sfn.Parallel(stack, "Both").branch(train(stack, query_language=language))
    both.branch(sfn.Pass(stack, "Train: create"))
    machine(both, language)

    assert [entry.construct for entry in taken(app)] == ["Stack/Train"]


def test_it_is_found_of_a_name_that_was_cut(app: cdk.App, stack: cdk.Stack) -> None:
    assert len(LONG) == LONGEST
    assert inner_name(LONG, "create").startswith(LONG[:40])
    name = inner_name(LONG, "create")
    machine(train(stack, state_name=LONG).next(sfn.Pass(stack, "Mine", state_name=name)))

    assert [entry.construct for entry in taken(app)] == ["Stack/Train"]


def test_a_task_can_take_anothers_name(app: cdk.App, stack: cdk.Stack) -> None:
    other = TrainingJobTask(stack, "Other", spec=SPEC, state_name="Train: create")
    machine(train(stack).next(other))

    assert [entry.construct for entry in taken(app)] == ["Stack/Train"]


@pytest.mark.parametrize("name", ["Train: 2", "Training: create", "create", "Other: create"])
def test_other_names_are_free(app: cdk.App, stack: cdk.Stack, name: str) -> None:
    made = machine(train(stack).next(sfn.Pass(stack, "Mine", state_name=name)))

    assert taken(app) == []
    assert name in states_of(definition(made))


def test_another_machine_may_have_the_name(app: cdk.App, stack: cdk.Stack) -> None:
    machine(train(stack))
    machine(sfn.Pass(stack, "Train: create"), None, "Another")

    assert taken(app) == []


def test_the_states_of_sweeps_take_no_name_twice(app: cdk.App, stack: cdk.Stack) -> None:
    machine(sweep(stack, tolerated_failures=1))

    assert taken(app) == []


def test_no_definition_is_read_for_names_that_differ(
    app: cdk.App, stack: cdk.Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where cdk-nag is used, they are read for what its findings are about.
    monkeypatch.delitem(sys.modules, "cdk_nag", raising=False)
    machine(train(stack).next(sfn.Pass(stack, "Mine")))

    with mock.patch.object(Reading, "count") as read:
        assert taken(app) == []

    read.assert_not_called()


def test_the_tree_is_walked_once_for_all_tasks(app: cdk.App, stack: cdk.Stack) -> None:
    machine(train(stack).next(TrainingJobTask(stack, "Second", spec=SPEC)))

    with mock.patch.object(named_states, "_read", wraps=named_states._read) as read:
        report(app)

    assert read.call_count == 1


class Fragment(sfn.StateMachineFragment):
    """A part of a machine that puts its id before the names of its states."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._task = train(self, state_name="Train")

    @property
    def start_state(self) -> sfn.State:
        return self._task

    @property
    def end_states(self) -> list[sfn.INextable]:
        return [self._task]


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1])
def test_a_name_that_a_prefix_makes_too_long_is_an_error(app: cdk.App, stack: cdk.Stack, length: int) -> None:
    prefix = "x" * (length - len("Train"))
    fragment = Fragment(stack, "Part")
    fragment.prefix_states(prefix)
    machine(fragment)

    found = [entry for entry in report(app).entries if entry.rule == "state-name-too-long"]

    assert [entry.construct for entry in found] == ["Stack/Part/Train"] * (length > LONGEST)
    if length > LONGEST:
        assert f"has {length} characters with its prefixes, allowed are {LONGEST}" in found[0].text


def test_it_is_found_of_a_name_that_is_not_ascii(app: cdk.App, stack: cdk.Stack) -> None:
    task = train(stack, state_name="学習")
    machine(task.next(sfn.Pass(stack, "Mine", state_name="学習: create")))

    assert [entry.construct for entry in taken(app)] == ["Stack/Train"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("length", [1, 60, 70, LONGEST])
def test_an_inner_name_fits(length: int, role: str) -> None:
    name = inner_name(LONG[:length], role)

    assert len(name) == min(LONGEST, length + len(role) + 2)
    assert name.endswith(f": {role}")
    assert not {LONG[:length], owner_mark(LONG[:length])}.isdisjoint(owner_of(name))
