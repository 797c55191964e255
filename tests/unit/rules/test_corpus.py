"""Real and broken requests from public places, which lie beside the repository where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import Finding, validate_request

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of requests (shared/corpus beside the repository) is not here"
)


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPUS / name).read_text("utf-8").splitlines()]


def of(severity: str, request: Any) -> list[Finding]:
    return [found for found in validate_request(request) if found.severity == severity]


def test_no_valid_request_is_refused() -> None:
    files = sorted((CORPUS / "valid").glob("*.json"))
    assert len(files) == 59
    refused = {
        file.name: found for file in files if (found := of("error", json.loads(file.read_text("utf-8"))))
    }
    assert refused == {}


def test_every_invalid_request_is_refused_by_its_rule() -> None:
    invalid = rows("invalid.jsonl")
    assert len(invalid) == 705
    for row in invalid:
        found = {finding.rule for finding in of("error", row["request"])}
        # The corpus names more kinds of model: constraints than there are ids.
        wanted = {row["rule"]} if not row["rule"].startswith("model:") else kinds_of(row["rule"])
        assert wanted & found, (row["rule"], row["path"], found)


KINDS = {
    "enum": "enum",
    "enum-case": "enum",
    "enum-whitespace": "enum",
    "map-key-empty": "length pattern",  # the key of an environment has no least length, but a pattern
    "map-key-max-length": "length",
    "map-key-newline": "pattern",
    "map-key-pattern": "pattern",
    "max-entries": "size",
    "max-items": "size",
    "max-length": "length",
    "max-value": "range",
    "min-items": "size",
    "min-length": "length",
    "min-value": "range",
    "negative": "range",
    "null-item": "null",
    "null-value": "null",
    "unknown-field": "unknown-field",
    "unknown-field-case": "unknown-field",
}


PREFIXES = {
    "wrong-type:": "type",
    "map-value-type": "type",
    "missing-required:": "required",
    "pattern-": "pattern length",  # what makes a text too long is told so first
}


def kinds_of(rule: str) -> set[str]:
    """The ids of the contract for a kind of the corpus."""
    kind = rule.removeprefix("model:")
    names = next((names for prefix, names in PREFIXES.items() if kind.startswith(prefix)), "")
    return {f"model:{name}" for name in (names or KINDS[kind]).split()}


def test_every_warning_is_found_and_no_other_and_no_error() -> None:
    warned = rows("warnings.jsonl")
    assert len(warned) == 55
    for row in warned:
        assert of("error", row["request"]) == []
        assert {finding.rule for finding in of("warning", row["request"])} == set(row["all_warnings"])
        assert row["rule"] in row["all_warnings"]
