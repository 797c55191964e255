"""EventBridge's input transformers: values of an event, filled into a template."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["transformed", "value_at"]

# A text in quotes, or a variable outside of one.
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|<([^<>"\s]+)>')
_VARIABLE = re.compile(r"<([^<>\"\s]+)>")


def value_at(path: str, event: Any) -> Any:
    """What lies at a JSON path of an event; none when nothing does."""
    found = importlib.import_module("jsonpath_ng.ext").parse(path).find(event)
    return found[0].value if found else None


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], rule: Mapping[str, str]) -> Any:
    """The template filled in: parsed where that gives JSON, as AWS does, else as text.

    Args:
        transformer: ``InputPathsMap`` and ``InputTemplate``.
        event: the event in AWS's form.
        rule: the reserved variables about the rule: ``rule-name`` and ``rule-arn``.
    """
    values = {name: value_at(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    values |= {f"aws.events.{name}": value for name, value in rule.items()}
    values["aws.events.event.ingestion-time"] = event["time"]
    values["aws.events.event.json"] = event
    values["aws.events.event"] = {key: value for key, value in event.items() if key != "detail"}
    text = _PART.sub(lambda match: _filled(match, values), transformer["InputTemplate"])
    try:
        return json.loads(text)
    except ValueError:
        return text


def _filled(match: re.Match[str], values: Mapping[str, Any]) -> str:
    name = match.group(1)
    if name:  # outside of quotes: a whole JSON value
        return json.dumps(values[name]) if name in values else match.group(0)
    return _VARIABLE.sub(lambda inner: _in_quotes(inner, values), match.group(0))


def _in_quotes(match: re.Match[str], values: Mapping[str, Any]) -> str:
    if match.group(1) not in values:
        return match.group(0)
    value = values[match.group(1)]
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]
