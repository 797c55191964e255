"""What replaces moto's operations on stacks and change sets."""

from __future__ import annotations

import threading
from typing import Any

from constructs_lib.local import seams

from . import deploy
from .ledger import copied

__all__ = ["create_change_set", "create_stack", "delete_stack", "execute_change_set", "update_stack"]

_BACKEND = "moto.cloudformation.models:CloudFormationBackend"
_BUSY = "_IN_PROGRESS"
_creating = threading.Lock()  # two requests with one name may come at once


def create_stack(self: Any, name: str, template: str, parameters: dict[str, Any], **more: Any) -> Any:
    """CreateStack: answers at once and goes on in the background."""
    with _creating:
        stack = _new_stack(self, name, template, parameters, more)
        _begin(stack, "CREATE_IN_PROGRESS")
    deploy.run(deploy.create, self, stack, template, copied(stack.template_dict), parameters)
    return stack


def _new_stack(
    backend: Any, name: str, template: str, parameters: dict[str, Any], more: dict[str, Any]
) -> Any:
    if any(stack.name == name for stack in backend.stacks.values()):
        raise seams.get("moto.cloudformation.exceptions:AlreadyExistsException")(
            f"Stack [{name}] already exists"
        )
    stack: Any = seams.get("moto.cloudformation.models:Stack")(
        stack_id=seams.get("moto.cloudformation.utils:generate_stack_id")(
            name, backend.region_name, backend.account_id
        ),
        name=name,
        template=template,
        parameters=parameters,
        account_id=backend.account_id,
        region_name=backend.region_name,
        cross_stack_resources=backend.exports,
        **more,
    )
    # An empty dict of exports is falsy: moto would give the stack one of its own.
    stack.cross_stack_resources = stack.resource_map.cross_stack_resources = backend.exports
    backend.stacks[stack.stack_id] = stack
    return stack


def update_stack(
    self: Any,
    name: str,
    template: str,
    role_arn: str | None = None,
    parameters: list[dict[str, str]] | None = None,
    tags: dict[str, str] | None = None,
) -> Any:
    """UpdateStack: answers at once and goes on in the background."""
    stack = self.get_stack(name)
    _refuse_while_busy(stack)
    stack.role_arn, stack.tags = role_arn or stack.role_arn, tags or stack.tags
    resolved = self._resolve_update_parameters(instance=stack, incoming_params=parameters or [])
    _begin(stack, "UPDATE_ROLLBACK_IN_PROGRESS" if deploy.rolls_back() else "UPDATE_IN_PROGRESS")
    deploy.run(deploy.update, self, stack, template, stack.parse_template(template), resolved)
    return stack


def delete_stack(self: Any, name_or_stack_id: str) -> None:
    """DeleteStack: answers at once; a stack that is gone is no error.

    A creation under way is cancelled; an update under way refuses the deletion.
    """
    for stack in list(self.stacks.values()):
        if name_or_stack_id in (stack.name, stack.stack_id):
            if stack.status == "DELETE_IN_PROGRESS":
                return
            if stack.status.startswith("UPDATE_") and stack.status.endswith(_BUSY):
                raise _invalid(f"Stack [{stack.stack_id}] cannot be deleted while in status {stack.status}")
            deploy.cancel(stack)
            _begin(stack, "DELETE_IN_PROGRESS")
            deploy.run(deploy.delete, self, stack)
            return


def create_change_set(self: Any, stack_name: str, *args: Any, **kwargs: Any) -> Any:
    """CreateChangeSet: a stack that was only reviewed makes way for its next change set."""
    for stack in list(self.stacks.values()):
        reviewed = stack.status == "REVIEW_IN_PROGRESS" and kwargs.get("change_set_type") != "UPDATE"
        if stack.name == stack_name and reviewed:
            del self.stacks[stack.stack_id]
        elif stack_name in (stack.name, stack.stack_id):
            _refuse_while_busy(stack)
    if "parameters" in kwargs:
        kwargs["parameters"] = {key: _text(value) for key, value in kwargs["parameters"].items()}
    return seams.original(f"{_BACKEND}.create_change_set")(self, stack_name, *args, **kwargs)


def execute_change_set(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
    """ExecuteChangeSet: answers at once and goes on in the background."""
    del stack_name
    change_set = self.describe_change_set(change_set_name)
    stack = self.stacks[change_set.stack_id]
    _refuse_while_busy(stack)
    stack.cross_stack_resources = stack.resource_map.cross_stack_resources = self.exports
    change_set.execution_status = "EXECUTE_COMPLETE"
    step = deploy.create if change_set.change_set_type == "CREATE" else deploy.update
    _begin(stack, f"{change_set.change_set_type}_IN_PROGRESS")
    deploy.run(
        step, self, stack, change_set.template, copied(change_set.template_dict), dict(change_set.parameters)
    )


def _refuse_while_busy(stack: Any) -> None:
    """Two courses at once would each undo what the other does."""
    if stack.status.endswith(_BUSY) and stack.status != "REVIEW_IN_PROGRESS":
        raise _invalid(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


def _invalid(message: str) -> Exception:
    error: Exception = seams.get("moto.cloudformation.exceptions:ValidationError")(message=message)
    return error


def _begin(stack: Any, status: str) -> None:
    stack.status = status
    stack._add_stack_event(status, "User Initiated")


def _text(value: Any) -> str:
    """A previous value arrives resolved: a list where the parameter is a text with commas."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
