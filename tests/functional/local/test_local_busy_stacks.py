"""Requests that arrive while a stack is being made, changed or deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.local.local_helpers import Stacks, at_once, custom, template, until


def _send(stacks: Stacks, operation: str, name: str, body: dict[str, Any]) -> None:
    answer = getattr(stacks.cloudformation, operation)(StackName=name, TemplateBody=json.dumps(body))
    stacks.ids.setdefault(name, answer["StackId"])


def test_deleting_cancels_a_creation(stacks: Stacks) -> None:
    # The handler never answers this Create: without the cancellation the stack would wait for its time-out.
    body = template(First=custom("bu1"), Thing=custom("bu1", {"DependsOn": "First"}, Silent="Create"))
    body["Resources"]["Thing"]["Properties"]["ServiceTimeout"] = 3000
    body["Resources"]["Never"] = custom("bu1-never", {"DependsOn": "Thing"})
    _send(stacks, "create_stack", "bu1", body)
    until(lambda: len(stacks.kinds("bu1")) == 2)
    assert stacks.delete("bu1") == "DELETE_COMPLETE"
    assert stacks.kinds("bu1") == ["Create", "Create", "Delete", "Delete"]
    assert stacks.kinds("bu1-never") == []
    statuses = [status for name, status, _ in stacks.events("bu1") if name == "bu1"]
    assert statuses == ["CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]


def test_a_busy_stack_refuses_updates_and_an_update_refuses_a_deletion(stacks: Stacks) -> None:
    stacks.create("bu2", template(Thing=custom("bu2", Value="a")))
    slow = template(Thing=custom("bu2", Value="b", Silent="Update", ServiceTimeout=2))
    _send(stacks, "update_stack", "bu2", slow)
    with pytest.raises(ClientError, match="UPDATE_IN_PROGRESS state and can not be updated"):
        _send(stacks, "update_stack", "bu2", slow)
    with pytest.raises(ClientError, match="cannot be deleted while in status UPDATE_IN_PROGRESS"):
        stacks.cloudformation.delete_stack(StackName="bu2")
    assert stacks.settle("bu2") == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.delete("bu2") == "DELETE_COMPLETE"


def test_deleting_twice_at_once_deletes_once(stacks: Stacks) -> None:
    stacks.create("bu3", template(Thing=custom("bu3")))
    for _ in range(3):
        stacks.cloudformation.delete_stack(StackName="bu3")
    assert stacks.settle("bu3") == "DELETE_COMPLETE"
    assert stacks.kinds("bu3") == ["Create", "Delete"]


def test_one_of_many_stacks_with_a_name_is_made(stacks: Stacks) -> None:
    outcomes = at_once(lambda: _send(stacks, "create_stack", "bu4", template(Thing=custom("bu4"))))

    assert outcomes == ["AlreadyExistsException"] * 5 + ["made"]
    assert stacks.settle("bu4") == "CREATE_COMPLETE"
    assert stacks.kinds("bu4") == ["Create"]
