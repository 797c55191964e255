"""A request as the parameters of a JSONPath state: what is a path gets a key that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from constructs_lib.cdk.expressions import JsonPaths, token_parts
from constructs_lib.cdk.workflows import intrinsics
from constructs_lib.cdk.workflows.shape_walk import Place
from constructs_lib.errors import SpecError
from constructs_lib.spec.hyperparameters import Encoding
from constructs_lib.spec.members import number_member
from constructs_lib.spec.text import is_list_token, is_number_token, is_resolvable

__all__ = ["JsonPathWriter"]


class JsonPathWriter:
    """Writes documents with `sfn.JsonPath` tokens in them as JSONPath states take them.

    Args:
        paths: of the tokens in all that is written.
    """

    def __init__(self, paths: JsonPaths) -> None:
        self._paths = paths

    def structure(self, members: Mapping[str, object], place: Place) -> dict[str, object]:
        """A map with its members in it, each under its own key or as a path."""
        made: dict[str, object] = {}
        for key, value in members.items():
            there = place.member(key)
            self._check_key(key, there)
            made.update(self._member(key, value, there))
        return made

    def text_member(self, key: str, value: object, place: Place, encoding: Encoding) -> dict[str, object]:
        """An entry of a map of text; empty where the value holds no path, and is the caller's to write."""
        if not self._has_path(value):
            return {}
        write = self._json_text if encoding == "json" else self._plain_text
        return {f"{key}.$": _checked(write(value, place), place)}

    def _check_key(self, key: str, place: Place) -> None:
        if self._paths.within(key):
            raise SpecError(str(place), "is a key, and no key is read from an execution", "write it out")
        if key.endswith(".$"):
            problem = "ends in .$, by which JSONPath knows a path"
            raise SpecError(str(place), problem, "name it otherwise, or give the path as sfn.JsonPath")

    def _member(self, key: str, value: object, place: Place) -> dict[str, object]:
        if place.in_text_map or (is_number_token(value) and place.kind == "string"):
            entry = self.text_member(key, value, place, "plain")
            if not entry:
                place.check_text(value)
            return entry or {key: value}
        written = self._expression(value, place)
        if written is None:
            return {key: self._literal(value, place)}
        return {f"{key}.$": _checked(written, place)}

    def _literal(self, value: object, place: Place) -> object:
        if isinstance(value, Mapping):
            return self.structure(value, place)
        if _is_list(value):
            return [self._literal(item, place.item(index)) for index, item in enumerate(value)]
        return value

    def _expression(self, value: object, place: Place) -> str | None:
        """The path or call that gives a leaf or a list; None where it can be written as it is."""
        if isinstance(value, str):
            return self._of_text(value)
        if _is_list(value):
            return self._array(value, place) if self._needs_call(value) else None
        return self._paths.of(value)

    def _needs_call(self, value: object) -> bool:
        """Whether a list has a path as an item: there is no form for that but a call."""
        return any(map(self._needs_call, value)) if _is_list(value) else self._paths.within(value)

    def _of_text(self, text: str) -> str | None:
        path = self._paths.of(text)
        if path is not None or not self._paths.within(text):
            return path
        template, arguments = "", []
        for index, part in enumerate(token_parts(text)):
            path = self._paths.of(part) if index % 2 else None
            template += intrinsics.escaped(part) if path is None else "{}"
            arguments += [] if path is None else [path]
        return intrinsics.as_format(template, arguments)

    def _array(self, items: Sequence[object], place: Place) -> str:
        arguments = (self._argument(item, place.item(index)) for index, item in enumerate(items))
        return intrinsics.as_array(list(arguments))

    def _argument(self, value: object, place: Place) -> str:
        """A value as an argument of a call."""
        written = self._expression(value, place)
        if written is not None:
            return written
        if isinstance(value, str):
            return intrinsics.quoted(value)
        if _is_list(value):
            return self._array(value, place)
        if isinstance(value, Mapping):
            return intrinsics.as_parsed(self._json_format(value, place))
        return _in_json(value, place)

    def _plain_text(self, value: object, place: Place) -> str:
        written = self._expression(value, place)
        if written is not None and (isinstance(value, str) or is_number_token(value)):
            return intrinsics.as_text(written)
        return self._json_text(value, place)

    def _json_text(self, value: object, place: Place) -> str:
        """A value with paths in it as JSON text."""
        if isinstance(value, Mapping) or _is_list(value):
            return self._json_format(value, place)
        return intrinsics.as_json_text(self._argument(value, place))

    def _json_format(self, value: object, place: Place) -> str:
        arguments: list[str] = []
        template = self._json_template(value, place, arguments)
        return intrinsics.as_format(template, arguments) if arguments else f"'{template}'"

    def _json_template(self, value: object, place: Place, arguments: list[str]) -> str:
        """JSON text with gaps, and what belongs into the gaps."""
        if isinstance(value, Mapping):
            entries = (
                f"{intrinsics.escaped(json.dumps(key))}: "
                + self._json_template(item, place.member(key), arguments)
                for key, item in value.items()
            )
            return "\\{" + ", ".join(entries) + "\\}"
        if _is_list(value):
            items = (
                self._json_template(item, place.item(index), arguments) for index, item in enumerate(value)
            )
            return "[" + ", ".join(items) + "]"
        written = self._expression(value, place)
        if written is None:
            return intrinsics.escaped(_in_json(value, place))
        arguments.append(intrinsics.as_json_text(written))
        return "{}"

    def _has_path(self, value: object) -> bool:
        if isinstance(value, Mapping):
            return any(map(self._has_path, value.values()))
        return any(map(self._has_path, value)) if _is_list(value) else self._paths.within(value)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, (list, tuple)) and not is_list_token(value)


def _in_json(value: object, place: Place) -> str:
    if is_list_token(value) or is_resolvable(value):
        problem = "is a token of CloudFormation's that has no form beside a path"
        raise SpecError(str(place), problem, "pass its values as text, by Token.as_string or Fn.select")
    return json.dumps(number_member(value))


def _checked(expression: str, place: Place) -> str:
    count = intrinsics.calls(expression)
    if count > intrinsics.MOST_CALLS:
        problem = f"needs {count} calls of intrinsic functions, Step Functions takes {intrinsics.MOST_CALLS}"
        raise SpecError(str(place), problem, "put the value together in a state before this one")
    return expression
