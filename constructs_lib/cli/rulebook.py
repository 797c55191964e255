"""All rules by id: of single members, between members, about a runner; with their topics."""

from __future__ import annotations

from functools import cache

from constructs_lib.rules.catalogue import TOPICS
from constructs_lib.rules.model_rules import MODEL_RULES
from constructs_lib.rules.rule import RuleInfo
from constructs_lib.rules.runner_rules import RUNNER_RULES

__all__ = ["acceptance", "all_rules", "topics"]


@cache
def all_rules() -> dict[str, RuleInfo]:
    """Every rule by its id, in the order of the topics."""
    return {rule.id: rule for _, rules in topics() for rule in rules}


def topics() -> list[tuple[str, list[RuleInfo]]]:
    """The rules under the headings that they are shown under."""
    found: list[tuple[str, list[RuleInfo]]] = [("Single members", list(MODEL_RULES))]
    found += [(heading, list(rules)) for heading, rules in TOPICS.items()]
    return [*found, ("How a job is run", list(RUNNER_RULES))]


def acceptance(rule: RuleInfo) -> str:
    """What is known of the service's own refusal."""
    if rule in RUNNER_RULES:
        return "a rule of this library's own, about how a job is run"
    if rule.severity == "warning":
        return "a warning: the service accepts it"
    if rule.verified:
        return "yes"
    return (
        "unverified: that the service refuses it was not seen in public; "
        "acknowledge it if the service accepts your job"
    )
