"""The words of the per-field constraints: what the service model says of one member by itself."""

from __future__ import annotations

from constructs_lib.rules.rule import RuleInfo
from constructs_lib.service_model.create_training_job import BOTOCORE

__all__ = ["MODEL_RULES", "MODEL_RULES_BY_ID"]

_SOURCE = f"the service model of botocore {BOTOCORE}"


def _rule(name: str, violated_when: str, message: str, fix: str) -> RuleInfo:
    return RuleInfo(f"model:{name}", "error", ("any member",), violated_when, message, fix, _SOURCE)


MODEL_RULES = (
    _rule(
        "required",
        "a member that the service requires is missing",
        "is required, and missing",
        "add it",
    ),
    _rule(
        "type",
        "a value has another type than the member",
        "must be {allowed}, got {got}",
        "write it as {allowed}",
    ),
    _rule(
        "unknown-field",
        "a member is not one of the service's (names are case sensitive)",
        "is no member here; the members are {allowed}",
        "use one of these, case included, or leave it out",
    ),
    _rule(
        "enum",
        "a value is none of the allowed ones (case sensitive); a well-formed instance type that is newer "
        "than the model is a warning",
        "must be one of {allowed}, got {got}",
        "use one of these, case included",
    ),
    _rule(
        "pattern",
        "a text does not match the member's pattern as a whole",
        "must match {allowed} as a whole, got {got}",
        "write it in that form",
    ),
    _rule(
        "length",
        "a text is too short or too long",
        "must have {allowed} characters, got {got}",
        "write {allowed} characters",
    ),
    _rule(
        "range",
        "a number is out of range",
        "must be {allowed}, got {got}",
        "use a number in that range",
    ),
    _rule(
        "size",
        "a list or map has too few or too many entries",
        "must have {allowed} entries, got {got}",
        "give {allowed} entries",
    ),
    _rule(
        "null",
        "a value is null (None)",
        "must not be null",
        "leave it out, or give {allowed}",
    ),
)
"""The constraints of single members, in the order of the contract."""

MODEL_RULES_BY_ID = {rule.id: rule for rule in MODEL_RULES}
