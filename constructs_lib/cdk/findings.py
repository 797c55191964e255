"""Findings about a runner, in the words of the catalogue."""

from __future__ import annotations

from constructs_lib.rules import Finding
from constructs_lib.rules.catalogue import RULES_BY_ID
from constructs_lib.rules.rule import RuleInfo
from constructs_lib.rules.runner_rules import RUNNER_RULES_BY_ID


def runner_finding(rule_id: str, path: str = "", **facts: object) -> Finding:
    """A violation that only a construct can know of.

    Args:
        rule_id: the rule's id.
        path: the member, in AWS's form; left out: the request as a whole.
        **facts: what the rule's message and fix name.
    """
    rule: RuleInfo = RUNNER_RULES_BY_ID.get(rule_id) or RULES_BY_ID[rule_id]
    message, fix = rule.message.format(**facts), rule.fix.format(**facts)
    return Finding(rule.id, rule.severity, path, message, fix, rule.source)
