"""Where moto's interpreter evaluates an expression: JSONata, and a variable named in a JSONPath state."""

from __future__ import annotations

import copy
import re
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from constructs_lib.local import seams

from .failures import query_error
from .jsonata import EvaluationError, evaluate

__all__ = ["evaluated", "install"]

_ASL = "moto.stepfunctions.parser.asl"
_STRINGS = f"{_ASL}.component.common.string.string_expression"
_JSONATA = f"{_STRINGS}:StringJSONata._eval_body"
_VARIABLE = f"{_STRINGS}:StringVariableSample._eval_body"
_CONDITION = f"{_ASL}.component.state.choice.comparison.comparison:ConditionStringJSONata._eval_body"
_JSON_PATH = f"{_ASL}.utils.json_path"
# Null until there is one: an expression that asks for it too early finds nothing, as on AWS.
_LATER = ("result", "errorOutput")
# A wildcard, a slice, a filter, a union or a search: such a path gives a list of what it finds.
_INDEFINITE = re.compile(r"\*|\?\(|\.\.|\[[^\]]*[:,][^\]]*\]")
_REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)(.*)", re.DOTALL)


def install() -> None:
    """Evaluates by the package jsonata-python, with values bound to names instead of written as text."""
    seams.replace(_JSONATA, _jsonata)
    seams.replace(_VARIABLE, _variable)
    seams.replace(_CONDITION, _condition)
    seams.replace(f"{_JSON_PATH}:parse", lru_cache(maxsize=4096)(_parsed))


class _Definite:
    """A path that leads to one place at most: its value is that place's, and not a list of one."""

    def __init__(self, path: Any) -> None:
        self._path = path

    def find(self, data: Any) -> list[Any]:
        """The match without the place at which it was found, by which moto would take it for a list's."""
        return [
            SimpleNamespace(value=match.value, path=None, context=None) for match in self._path.find(data)
        ]


def _parsed(path: str) -> Any:
    parsed = seams.original(f"{_JSON_PATH}:parse")(path)
    return parsed if _INDEFINITE.search(path) else _Definite(parsed)


def _jsonata(self: Any, env: Any) -> None:
    env.stack.append(_value(self.expression, env))


def _value(expression: str, env: Any) -> Any:
    try:
        return evaluate(expression, _bindings(env))
    except EvaluationError as error:
        raise query_error(env, f"The JSONata expression '{expression}' failed: {error}") from error


def evaluated(template: Any, env: Any) -> Any:
    """A JSON value with every expression in it evaluated.

    Args:
        template: any value of a JSONata state.
        env: the environment of the state.
    """
    if isinstance(template, dict):
        return {key: evaluated(item, env) for key, item in template.items()}
    if isinstance(template, list):
        return [evaluated(item, env) for item in template]
    if isinstance(template, str) and template.startswith("{%") and template.endswith("%}"):
        return _value(template[2:-2].strip(), env)
    return template


def _bindings(env: Any) -> dict[str, Any]:
    data = env.states._states_data
    states = {name: value for name, value in data.items() if name not in _LATER or value is not None}
    store = env.variable_store
    return {**store._outer_scope, **store._inner_scope, "states": states}


def _variable(self: Any, env: Any) -> None:
    """A reference such as ``$name`` or ``$name.items[0]``, whose rest is a path into the variable."""
    found = _REFERENCE.fullmatch(self.expression)
    if found is None:
        raise ValueError(f"'{self.expression}' is no reference to a variable")
    name, path = found.groups()
    value = copy.deepcopy(env.variable_store.get(name))
    env.stack.append(seams.get(f"{_JSON_PATH}:extract_json")(f"${path}", value) if path else value)


def _condition(self: Any, env: Any) -> None:
    self.string_jsonata.eval(env=env)
    if not isinstance(env.stack[-1], bool):
        expression = self.string_jsonata.expression
        raise query_error(env, f"The JSONata expression '{expression}' of a Condition must be a boolean")
