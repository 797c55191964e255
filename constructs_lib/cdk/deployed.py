"""A resource as its template has it: after tokens, aspects, tags and overrides, so as it will be deployed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from aws_cdk import CfnResource, Stack, Stage, Token

from constructs_lib.cdk.secrets import ACCESS_KEY, NO_ECHO, Hidden, secret_in

Json = dict[str, Any]


@dataclass(frozen=True)
class Deployed:
    """One resource of a template that has been written.

    Attributes:
        resource: the resource: Properties, DeletionPolicy and so on.
        hidden: the template's names whose values are secret, and what each of them is.
        region: where the stack lies, if that is known.
        account: whose it is, if that is known.
    """

    resource: Mapping[str, Any]
    hidden: Hidden
    region: str | None
    account: str | None

    @property
    def properties(self) -> Json:
        """The resource's properties."""
        return dict(self.resource.get("Properties", {}))


def deployed(resource: CfnResource) -> Deployed | None:
    """The resource as it is in its stack's template; None when it was taken out of the stack again."""
    stack, stage = Stack.of(resource), Stage.of(resource)
    if stage is None:
        return None
    template = _template(stage, stack)
    found = template.get("Resources", {}).get(stack.resolve(resource.logical_id))
    if found is None:
        return None
    return Deployed(found, _hidden(stage, stack), _known(stack.region), _known(stack.account))


def hidden_names(stack: Stack) -> Hidden:
    """The names in a written template whose values are secret; none before it is written."""
    stage = Stage.of(stack)
    return {} if stage is None else _hidden(stage, stack)


def _hidden(stage: Stage, stack: Stack) -> dict[str, str]:
    """The stack's names for secrets; a nested one may be handed its parent's."""
    template = _template(stage, stack)
    parameters, resources = template.get("Parameters", {}).items(), template.get("Resources", {}).items()
    hidden = {name: NO_ECHO for name, parameter in parameters if _is_true(parameter.get("NoEcho"))}
    keys = (name for name, resource in resources if resource.get("Type") == "AWS::IAM::AccessKey")
    hidden |= {f"{name}.SecretAccessKey": ACCESS_KEY for name in keys}
    parent, nested = stack.nested_stack_parent, stack.nested_stack_resource
    if parent is not None and nested is not None:
        around = _hidden(stage, parent)
        resource = _template(stage, parent)["Resources"].get(stack.resolve(nested.logical_id), {})
        for name, value in resource.get("Properties", {}).get("Parameters", {}).items():
            what = secret_in(value, around)
            hidden |= {name: what} if what else {}
    return hidden


def _template(stage: Stage, stack: Stack) -> Json:
    file = Path(stage.outdir) / stack.template_file
    return _read(str(file), file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: str, modified: int) -> Json:  # noqa: ARG001 (a template that was written again is another)
    template: Json = json.loads(Path(file).read_text(encoding="utf-8"))
    return template


def _known(value: str) -> str | None:
    return None if Token.is_unresolved(value) else value


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() == "true"
