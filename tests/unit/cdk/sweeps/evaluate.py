"""Evaluates JSONata as a state machine would: values go in and come out as JSON."""

from __future__ import annotations

import json
from typing import Any

import jsonata

from constructs_lib.cdk.sweeps.jsonata import inner


def evaluate(text: str, **states: object) -> Any:
    """The value of an expression, with ``$states.input`` and so on.

    Raises:
        ValueError: it has none, which a state machine takes for an error.
    """
    if not _evaluated(f"$exists(({inner(text)}))", states):
        raise ValueError(f"has no value: {text}")
    return json.loads(json.dumps(_evaluated(inner(text), states)))


def _evaluated(text: str, states: object) -> Any:
    compiled = jsonata.Jsonata(text)
    frame = compiled.create_frame()
    frame.bind("states", json.loads(json.dumps(states)))
    return compiled.evaluate(None, frame)
