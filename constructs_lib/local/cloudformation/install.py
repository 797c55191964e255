"""Puts the deployment engine in the place of moto's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlparse

from constructs_lib.local import seams
from constructs_lib.local.settings import HOST

from . import stacks
from .ledger import ledger_of
from .types import CLASS_OF_TYPE, resource_class

__all__ = ["install", "read_outputs"]

_CFN = "moto.cloudformation"
_BACKEND = f"{_CFN}.models:CloudFormationBackend"
_RESPONSE = f"{_CFN}.responses:CloudFormationResponse"
_MAP = f"{_CFN}.parsing:ResourceMap"
_URL = f"{_CFN}.models:get_stack_from_s3_url"
_OUTPUTS = f"{_CFN}.models:Stack.outputs"
_CHANGE_SET_OPERATIONS = ("describe_change_set", "execute_change_set", "delete_change_set")


def install() -> None:
    """Replaces moto's stacks, change sets, custom resources and lazy creation."""
    for name in ("create_stack", "update_stack", "delete_stack", "create_change_set", "execute_change_set"):
        seams.replace(f"{_BACKEND}.{name}", getattr(stacks, name))
    for name in _CHANGE_SET_OPERATIONS:
        seams.replace(f"{_RESPONSE}.{name}", _by_stack(name))
    seams.replace(CLASS_OF_TYPE, resource_class)
    seams.replace(f"{_MAP}.__getitem__", _get)
    seams.replace(f"{_MAP}.__iter__", _made)
    seams.replace(f"{_MAP}.parse_ssm_parameter", _parse_ssm_parameter)
    seams.replace(_OUTPUTS, property(lambda self: ledger_of(self).outputs))
    seams.replace(_URL, _from_url)
    seams.replace(f"{_CFN}.responses:get_stack_from_s3_url", _from_url)


def read_outputs(stack: Any) -> list[dict[str, Any]] | None:
    """The outputs as moto reads them, from resources that exist."""
    outputs: Any = seams.original(_OUTPUTS)
    found: list[dict[str, Any]] | None = outputs.fget(stack)
    return found


def _get(self: Any, key: str) -> Any:
    """By itself moto makes a resource on any read of its map; here only the engine makes them."""
    if key not in self._parsed_resources and key not in self._resource_json_map:
        raise KeyError(key)
    return self._parsed_resources.get(key)


def _made(self: Any) -> Iterator[str]:
    return iter([key for key in list(self._resource_json_map) if key in self._parsed_resources])


def _parse_ssm_parameter(self: Any, value: str, value_type: str) -> Any:
    """A previous value arrives resolved already, and is then no parameter's name."""
    if seams.get("moto.ssm.models:ssm_backends")[self._account_id][self._region_name].get_parameter(value):
        return seams.original(f"{_MAP}.parse_ssm_parameter")(self, value, value_type)
    return value


def _from_url(template_url: str, account_id: str, partition: str) -> Any:
    """By itself moto takes path-style URLs of localhost only, not of 127.0.0.1."""
    parts = urlparse(template_url)
    url = f"https://s3.amazonaws.com{parts.path}" if parts.hostname == HOST else template_url
    return seams.original(_URL)(url, account_id, partition)


def _by_stack(operation: str) -> Any:
    """By itself moto finds change sets by name only, and the CLI gives every stack's the same name."""

    def call(self: Any) -> Any:
        name, get = _change_set_id(self), self._get_param
        if name not in self.cloudformation_backend.change_sets:
            if operation == "delete_change_set":
                return seams.get("moto.core.responses:EmptyResult")()
            raise _not_found(name)
        self._get_param = lambda key, *a, **kw: name if key == "ChangeSetName" else get(key, *a, **kw)
        return seams.original(f"{_RESPONSE}.{operation}")(self)

    return call


def _change_set_id(response: Any) -> str:
    """The id of the change set of the stack that lives: a deleted one of its name had the same."""
    backend = response.cloudformation_backend
    name, stack = str(response._get_param("ChangeSetName")), response._get_param("StackName")
    if name in backend.change_sets:
        return name
    live = {made.stack_id for made in backend.stacks.values() if stack in (made.name, made.stack_id)}
    for key, change_set in reversed(list(backend.change_sets.items())):
        if name == change_set.change_set_name and change_set.stack_id in live:
            return str(key)
    return name


def _not_found(name: str) -> Exception:
    error: Exception = seams.get(f"{_CFN}.exceptions:ValidationError")(
        message=f"ChangeSet [{name}] does not exist"
    )
    error.code = "ChangeSetNotFound"  # type: ignore[attr-defined]
    return error
