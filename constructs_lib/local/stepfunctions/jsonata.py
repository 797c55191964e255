"""JSONata as Step Functions evaluates it: values bound to names, and no input of its own."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from typing import Any

from . import functions

__all__ = ["EvaluationError", "evaluate"]

_MAX_DEPTH = 1000
_MAX_MILLISECONDS = 30_000


class EvaluationError(Exception):
    """An expression that could not be evaluated, or whose result is nothing that JSON can hold."""


def evaluate(expression: str, bindings: Mapping[str, Any]) -> Any:
    """The value of an expression in which every name of ``bindings`` is a variable.

    Args:
        expression: what stands between ``{%`` and ``%}``.
        bindings: plain JSON values by name, without the dollar sign.

    Raises:
        EvaluationError: it is ill formed, fails, or results in nothing.
    """
    known = {name: _with_nulls(value) for name, value in bindings.items()}
    try:
        result = _compiled(expression).evaluate(None, {**_functions(), **known})
    except EvaluationError:
        raise
    except Exception as error:  # the package's own errors, and Python's for a wrong type
        raise EvaluationError(str(error) or type(error).__name__) from error
    if result is None:
        raise EvaluationError("returned nothing (undefined)")
    return _plain(result)


def _package(name: str = "jsonata") -> Any:
    return importlib.import_module(name)  # it has no types


def _compiled(expression: str) -> Any:
    compiled = _package().Jsonata(expression, timeout=_MAX_MILLISECONDS, stack=_MAX_DEPTH)
    compiled.set_output_convert_nulls(False)
    return compiled


@functools.lru_cache(maxsize=1)
def _functions() -> dict[str, Any]:
    return {name: _package().Jsonata.JLambda(_checked(name, made)) for name, made in functions.ALL.items()}


def _checked(name: str, function: Any) -> Any:
    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        try:
            return _with_nulls(function(*map(_plain_or_none, arguments)))
        except (TypeError, ValueError) as error:
            raise EvaluationError(f"${name}: {error}") from error

    return call


@functools.lru_cache(maxsize=1)
def _null() -> Any:
    return _package("jsonata.utils").Utils.NULL_VALUE


def _with_nulls(value: Any) -> Any:
    """A copy in which None is the package's null: its own None means undefined."""
    if value is None:
        return _null()
    if isinstance(value, dict):
        return {key: _with_nulls(item) for key, item in value.items()}
    return [_with_nulls(item) for item in value] if isinstance(value, list) else value


def _plain_or_none(value: Any) -> Any:
    return None if value is None else _plain(value)


def _plain(value: Any) -> Any:
    """What JSON holds of a result; functions and infinities are refused, as AWS refuses them."""
    if value is None or value is _null():
        return None
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(value[index]) for index in range(len(value))]  # a range has no other access
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, (str, int)):
        return value
    raise EvaluationError("returned an unsupported result type")
