"""What a CDK app has acknowledged, as far as the folder that ``cdk synth`` wrote tells.

A stack's metadata says it of the stack and of all constructs in it, by construct; an acknowledgement on the
app or on a stage is known from the validation report only, finding by finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

__all__ = ["Acknowledgement", "StackMetadata", "Suppressed", "suppressed"]

_PLUGIN = "ConstructsLib"  # how CDK's report names this library's findings
_NESTED = ".NestedStack/"

Suppressed = Mapping[str, "tuple[Acknowledgement, ...]"]
"""What a validation report says to be acknowledged, by the path of the construct."""


class Acknowledgement(NamedTuple):
    """A rule that the user knows better about.

    Attributes:
        rule: the rule's id.
        path: the member that it holds for; None for all.
        reason: why, in the user's words.
    """

    rule: str
    path: str | None
    reason: str


class StackMetadata:
    """The constructs of one stack, nested stacks included.

    Args:
        entries: the stack's metadata: lists of entries, by construct path.
        suppressed: what the validation report adds.
    """

    def __init__(self, entries: Mapping[str, Any], suppressed: Suppressed) -> None:
        self._entries = entries
        self._suppressed = suppressed

    def acknowledgements(self, stack: str, logical_id: str) -> tuple[Acknowledgement, ...]:
        """What was acknowledged for a resource, on it or on a construct around it; the nearest first.

        Args:
            stack: the path of the nested stack that it is in; empty for the stack itself.
            logical_id: the resource's logical id.
        """
        path = self._paths.get((stack, logical_id), "")
        return tuple(
            one for scope in _upwards(path) for one in (*self._on(scope), *self._suppressed.get(scope, ()))
        )

    def nested(self, stack: str, logical_id: str) -> str:
        """The path of the nested stack whose resource that is."""
        return _nested_path(self._paths.get((stack, logical_id), ""))

    @cached_property
    def _paths(self) -> dict[tuple[str, str], str]:
        """Construct paths by nested stack and logical id: an id is unique in its own template only."""
        ids = [(path.strip("/"), name) for path, name in self.data("aws:cdk:logicalId")]
        stacks = {_nested_path(path) for path, _ in ids} - {""}
        found = {}
        for path, name in ids:
            around = (scope for scope in _upwards(path.rpartition("/")[0]) if scope in stacks)
            found[next(around, ""), str(name)] = path
        return found

    def _on(self, scope: str) -> Iterator[Acknowledgement]:
        for rules in self._acknowledged.get(scope, ()):
            for rule, reason in rules.items():
                plugin, _, rule_id = rule.partition("::")
                if plugin == _PLUGIN:
                    yield Acknowledgement(rule_id, None, str(reason))

    @cached_property
    def _acknowledged(self) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = {}
        for path, rules in self.data("aws:cdk:acknowledged-rules"):
            if isinstance(rules, dict):
                found.setdefault(path.strip("/"), []).append(rules)
        return found

    def path(self, stack: str, logical_id: str) -> str:
        """The path of a resource's construct; empty where the metadata does not tell it.

        Args:
            stack: as `acknowledgements` takes it.
            logical_id: the resource's logical id.
        """
        return self._paths.get((stack, logical_id), "").strip("/")

    def data(self, kind: str) -> Iterator[tuple[str, object]]:
        """The entries of a kind, with the paths of their constructs.

        Args:
            kind: the entries' type.
        """
        for path, listed in self._entries.items():
            for entry in listed if isinstance(listed, list) else ():
                if isinstance(entry, dict) and entry.get("type") == kind:
                    yield path, entry.get("data")


def suppressed(report: Mapping[str, Any]) -> dict[str, tuple[Acknowledgement, ...]]:
    """The acknowledged findings of a validation report, by construct path.

    Args:
        report: the parsed ``validation-report.json``; what is no such report has none.
    """
    found: dict[str, tuple[Acknowledgement, ...]] = {}
    for plugin in _maps(report.get("pluginReports")):
        for violation in _maps(plugin.get("suppressedViolations")):
            if plugin.get("pluginName") != _PLUGIN or not isinstance(violation.get("ruleName"), str):
                continue
            metadata = violation.get("ruleMetadata")
            path = metadata.get("path", "") if isinstance(metadata, dict) else None
            one = Acknowledgement(violation["ruleName"], path, str(violation.get("reason", "")))
            for construct in _maps(violation.get("violatingConstructs")):
                scope = str(construct.get("constructPath", ""))
                found[scope] = (*found.get(scope, ()), one)
    return found


def _maps(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in (value if isinstance(value, list) else ()) if isinstance(item, dict))


def _upwards(path: str) -> Iterator[str]:
    """The path, and those of the constructs around it."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _nested_path(resource: str) -> str:
    """The path of the nested stack with that resource: CDK puts it into a scope beside the stack."""
    scope, found, name = resource.rpartition(_NESTED)
    return scope if found and name == f"{scope.rpartition('/')[2]}.NestedStackResource" else ""
