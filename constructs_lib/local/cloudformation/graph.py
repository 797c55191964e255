"""In which order resources are made: by Ref, Fn::GetAtt, Fn::Sub and DependsOn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .failure import ResourceFailed

__all__ = ["creation_order", "needs", "references", "waits"]

_SUB = re.compile(r"\$\{([^!}.]+)[^}]*\}")
_WAIT = "AWS::CloudFormation::WaitCondition"
_CUSTOM = "AWS::CloudFormation::CustomResource"
_WAITING = (_WAIT, _CUSTOM, "AWS::CloudFormation::Stack")


def references(node: Any) -> Iterator[str]:
    """Every name that a part of a template refers to."""
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _named(key, value)
            yield from references(value)


def _named(key: str, value: Any) -> Iterator[str]:
    if key == "Ref" and isinstance(value, str):
        yield value
    elif key == "Fn::GetAtt":
        yield value.split(".")[0] if isinstance(value, str) else value[0]
    elif key == "Fn::Sub":
        yield from _SUB.findall(value if isinstance(value, str) else value[0])


def _depends_on(resource: Mapping[str, Any]) -> list[str]:
    names = resource.get("DependsOn", [])
    return [names] if isinstance(names, str) else list(names)


def _rank(resource: Mapping[str, Any]) -> int:
    """What others may be waiting for comes first."""
    kind = str(resource["Type"])
    if kind == _WAIT:
        return 2
    return 1 if kind.startswith("Custom::") or kind == _CUSTOM else 0


def waits(resource: Mapping[str, Any]) -> bool:
    """Whether others are made while this one is: it waits for an answer, a signal or a stack."""
    kind = str(resource["Type"])
    return kind.startswith("Custom::") or kind in _WAITING


def needs(resources: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """What each resource depends on."""
    return {
        name: {
            other for other in (*references(r.get("Properties", {})), *_depends_on(r)) if other in resources
        }
        - {name}
        for name, r in resources.items()
    }


def creation_order(resources: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The names of the resources, each after all that it depends on.

    Raises:
        ResourceFailed: resources depend on each other in a circle.
    """
    waiting = needs(resources)
    position = {name: index for index, name in enumerate(resources)}
    order: list[str] = []
    while waiting:
        ready = [name for name, others in waiting.items() if not others - set(order)]
        if not ready:
            raise ResourceFailed(f"Circular dependency between resources: [{', '.join(sorted(waiting))}]")
        chosen = min(ready, key=lambda name: (_rank(resources[name]), position[name]))
        order.append(chosen)
        del waiting[chosen]
    return order
