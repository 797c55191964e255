"""Values of templates as text: references are names, also those that come from another stack.

The same thing has the same text wherever it is referred to, so texts can be compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from constructs_lib.cli.explain.places import nearest
from constructs_lib.cli.explain.stacks import mapping, parent
from constructs_lib.cli.templates import Template

__all__ = ["Names", "Target", "branches"]

_DEEPEST = 30
_PLACEHOLDER = re.compile(r"\$\{(!?)([^${}]+)\}")
NO_VALUE = {"Ref": "AWS::NoValue"}


class Target(NamedTuple):
    """A resource that a value refers to.

    Attributes:
        stack: the display name of its stack.
        logical_id: its logical id.
    """

    stack: str
    logical_id: str


class Names:
    """What values are called in one folder.

    Args:
        templates: all of the folder's.
        deployed: the names under which stacks are deployed, by their display names.
    """

    def __init__(self, templates: list[Template], deployed: Mapping[str, str] | None = None) -> None:
        self._stacks = {template.stack: template for template in templates}
        self._deployed = deployed or {}
        self._exports: dict[str, list[tuple[Template, object]]] = {}
        self._outputs: dict[tuple[str, str], tuple[Template, object]] = {}
        for template in templates:
            for name, output in mapping(template.body.get("Outputs")).items():
                value = template, mapping(output).get("Value")
                self._outputs[template.stack, name] = value
                exported = mapping(mapping(output).get("Export")).get("Name")
                if isinstance(exported, str):
                    self._exports.setdefault(exported, []).append(value)

    def target(self, template: Template, value: object) -> Target | None:
        """The resource that a value of a template is a reference to; None for another value."""
        found, value = self._followed(template, value)
        name = _referred(value)
        is_known = name is not None and name in mapping(found.body.get("Resources"))
        return Target(found.stack, name) if name is not None and is_known else None

    def text(self, template: Template, value: object, depth: int = 0) -> str:
        """A value as text.

        Args:
            template: whose value it is.
            value: text, or a function of CloudFormation's.
            depth: how deep in others it is.
        """
        if depth > _DEEPEST:
            return "${...}"
        found, value = self._followed(template, value)
        if isinstance(value, str):
            return value
        if not isinstance(value, dict) or len(value) != 1:
            return json.dumps(value, sort_keys=True)
        (function, argument), *_ = value.items()
        return self._function(found, function, argument, depth + 1)

    def texts(self, template: Template, value: object) -> tuple[str, ...]:
        """A value, or the values of a list, each as text; without those that are left out in any case."""
        listed = value if isinstance(value, list) else [] if value is None else [value]
        found = (self.text(template, item) for item in listed if item != NO_VALUE)
        return tuple(dict.fromkeys(found))

    def _followed(self, template: Template, value: object) -> tuple[Template, object]:
        """What a reference to another stack comes to, in the template that it is of."""
        for _ in range(_DEEPEST):
            further = self._next(template, value)
            if further is None:
                break
            template, value = further
        return template, value

    def _next(self, template: Template, value: object) -> tuple[Template, object] | None:
        if not isinstance(value, dict) or len(value) != 1:
            return None
        (function, argument), *_ = value.items()
        if function == "Fn::ImportValue":
            return self._exported(template, argument) if isinstance(argument, str) else None
        if function == "Fn::GetStackOutput":
            given = mapping(argument)
            return self._output(self._stack(template, given), given.get("OutputName"))
        if function == "Ref" and isinstance(argument, str):
            return self._passed(template, argument)
        if function == "Fn::GetAtt" and _is_pair(argument) and argument[1].startswith("Outputs."):
            return self._output(f"{template.stack}/{argument[0]}", argument[1].removeprefix("Outputs."))
        return None

    def _exported(self, template: Template, name: str) -> tuple[Template, object] | None:
        """What is exported under a name: in each account and region, another thing may be."""
        return nearest(template, self._exports.get(name, ()), lambda one: one[0], template.region)

    def _stack(self, template: Template, given: Mapping[str, object]) -> str:
        """The display name of the stack of that name; in each stage, another may have it."""
        name, region = given.get("StackName"), given.get("Region")
        # Without a name of its own a stack in a stage is shown by its path, and named with hyphens.
        named = [
            found
            for shown, found in self._stacks.items()
            if name in (self._deployed.get(shown, shown), shown.replace("/", "-"))
        ]
        where = region if isinstance(region, str) else template.region
        near = nearest(template, named, lambda one: one, where)
        return near.stack if near is not None else ""

    def _output(self, stack: str, name: object) -> tuple[Template, object] | None:
        return self._outputs.get((stack, name)) if isinstance(name, str) else None

    def _passed(self, template: Template, parameter: str) -> tuple[Template, object] | None:
        """What the stack around gives a nested one for its parameter."""
        around = parent(template, self._stacks)
        if around is None or parameter not in mapping(template.body.get("Parameters")):
            return None
        outer, logical_id = around
        nested = mapping(mapping(outer.body.get("Resources")).get(logical_id))
        passed = mapping(mapping(nested.get("Properties")).get("Parameters"))
        return (outer, passed[parameter]) if parameter in passed else None

    def _function(self, template: Template, function: str, argument: Any, depth: int) -> str:
        if function == "Ref" and isinstance(argument, str):
            return f"${{{self._qualified(template, argument)}}}"
        if function == "Fn::GetAtt" and (isinstance(argument, str) or _is_pair(argument)):
            name = argument if isinstance(argument, str) else ".".join(argument)
            return f"${{{self._qualified(template, name)}}}"
        if function == "Fn::Join" and _is_join(argument):
            return str(argument[0]).join(self.text(template, item, depth) for item in argument[1])
        if function == "Fn::Sub":
            return self._substituted(template, argument, depth)
        short = function.removeprefix("Fn::")
        listed = argument if isinstance(argument, list) else [argument]
        return f"${{{short}({', '.join(self._bare(template, item, depth) for item in listed)})}}"

    def _qualified(self, template: Template, name: str) -> str:
        """With the stack's name before it, where there are others."""
        return name if name.startswith("AWS::") or len(self._stacks) == 1 else f"{template.stack}/{name}"

    def _bare(self, template: Template, value: object, depth: int) -> str:
        """An argument of a function, without braces of its own."""
        if isinstance(value, list):
            return f"[{', '.join(self._bare(template, item, depth) for item in value)}]"
        text = self.text(template, value, depth)
        inner = text[2:-1] if text.startswith("${") and text.endswith("}") else text
        return inner if "${" not in inner else text

    def _substituted(self, template: Template, argument: Any, depth: int) -> str:
        pattern, *more = argument if isinstance(argument, list) else [argument]
        given = mapping(more[0]) if more else {}
        if not isinstance(pattern, str):
            return "${Sub}"

        def one(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            value = given[name] if name in given else _reference(name)
            return self.text(template, value, depth)

        return _PLACEHOLDER.sub(one, pattern)


def _reference(name: str) -> dict[str, object]:
    resource, dot, attribute = name.partition(".")
    return {"Fn::GetAtt": [resource, attribute]} if dot else {"Ref": name}


def _referred(value: object) -> str | None:
    """The logical id in a Ref or GetAtt."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    (function, argument), *_ = value.items()
    if function == "Ref" and isinstance(argument, str):
        return argument
    if function == "Fn::GetAtt" and _is_pair(argument):
        return str(argument[0])
    return argument.partition(".")[0] if function == "Fn::GetAtt" and isinstance(argument, str) else None


def _is_pair(argument: object) -> bool:
    return isinstance(argument, list) and len(argument) == 2 and all(isinstance(one, str) for one in argument)


def _is_join(argument: object) -> bool:
    return (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], list)
    )


def branches(value: object) -> Iterator[object]:
    """A value; of one that depends on a condition, each that it may be."""
    argument = value.get("Fn::If") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(argument, list) and len(argument) == 3:
        for one in argument[1:]:
            yield from branches(one)
    elif value != NO_VALUE:
        yield value
