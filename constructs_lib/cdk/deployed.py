"""A resource as its template has it: after tokens, aspects, tags and overrides, so as it will be deployed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from aws_cdk import CfnResource, Stack, Stage, Token

Json = dict[str, Any]


@dataclass(frozen=True)
class Deployed:
    """One resource of a template that has been written.

    Attributes:
        resource: the resource: Properties, DeletionPolicy and so on.
        hidden: the names of the template's NoEcho parameters.
        region: where the stack lies, if that is known.
        account: whose it is, if that is known.
    """

    resource: Mapping[str, Any]
    hidden: frozenset[str]
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
    file = Path(stage.outdir) / stack.template_file
    template = _read(str(file), file.stat().st_mtime_ns)
    found = template.get("Resources", {}).get(stack.resolve(resource.logical_id))
    if found is None:
        return None
    parameters = template.get("Parameters", {}).items()
    hidden = frozenset(name for name, parameter in parameters if _is_true(parameter.get("NoEcho")))
    return Deployed(found, hidden, _known(stack.region), _known(stack.account))


@lru_cache(maxsize=4)
def _read(file: str, modified: int) -> Json:  # noqa: ARG001 (a template that was written again is another)
    template: Json = json.loads(Path(file).read_text(encoding="utf-8"))
    return template


def _known(value: str) -> str | None:
    return None if Token.is_unresolved(value) else value


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() == "true"
