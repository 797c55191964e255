"""Gives a request its JSON types back.

CloudFormation hands every boolean and number of a custom resource's properties over as a string; the
service model says which members are not strings.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MODEL_FOLDER = Path(__file__).parent / "model"
MODEL_FILE = MODEL_FOLDER / "sagemaker" / "2017-07-24" / "service-2.json"
BOOLEANS = {"true": True, "false": False}


@functools.cache
def _shapes() -> dict[str, Any]:
    shapes: dict[str, Any] = json.loads(MODEL_FILE.read_text())["shapes"]
    return shapes


def typed_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with numbers and booleans where the service model has them.

    A value that does not read as its type stays as it is: botocore then refuses it by name.
    """
    typed = _typed(request, "CreateTrainingJobRequest")
    return dict(typed)


def _typed(value: Any, shape_name: str | None) -> Any:
    shape = _shapes().get(shape_name or "", {"type": "unknown"})
    kind = shape["type"]
    if isinstance(value, Mapping):
        return {key: _typed(item, _member(shape, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item, _member(shape, None)) for item in value]
    return _scalar(value, kind) if isinstance(value, str) else value


def _member(shape: Mapping[str, Any], key: str | None) -> str | None:
    if shape["type"] == "structure":
        member: str | None = shape["members"].get(key, {}).get("shape")
        return member
    inner = shape.get("value") or shape.get("member")
    return inner["shape"] if inner else None


def _scalar(text: str, kind: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
    except ValueError:
        return text
    return BOOLEANS.get(text.lower(), text) if kind == "boolean" else text
