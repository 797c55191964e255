"""The rules, and all that is known of one."""

from __future__ import annotations

import argparse
import difflib
from typing import Any

from constructs_lib.cli.output import complain, emit
from constructs_lib.cli.rulebook import acceptance, all_rules
from constructs_lib.rules.rule import RuleInfo

__all__ = ["add_parser"]

_EPILOG = "exit code: 0 the rules, or the one asked for, were found, 2 no rule has the id"
_PLUGIN = "ConstructsLib::"  # how CDK's report names our rules
_UNUSABLE = 2


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "rules", help="list the rules, or show one", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="the rule to show; left out: all are listed")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.id is None:
        emit(_listed())
        return 0
    name = arguments.id.removeprefix(_PLUGIN)
    rule = all_rules().get(name)
    if rule is None:
        complain(f"no rule has the id {name[:100]!r}{_near(name)}; 'constructs-lib rules' lists all")
        return _UNUSABLE
    emit(_shown(rule))
    return 0


def _listed() -> str:
    rules = all_rules().values()
    width = max(len(rule.id) for rule in rules)
    return "".join(f"{rule.id:{width}}  {rule.severity:7}  {rule.violated_when}\n" for rule in rules)


def _shown(rule: RuleInfo) -> str:
    lines = {
        "violated when": rule.violated_when,
        "members": ", ".join(field or "the request" for field in rule.fields),
        "message": rule.message,
        "fix": rule.fix,
        "source": rule.source,
        "refusal seen": acceptance(rule),
        "acknowledge": f'Acknowledgment(id="{_PLUGIN}{rule.id}", reason="...")',
    }
    width = max(map(len, lines))
    details = "".join(f"  {name:{width}}  {text}\n" for name, text in lines.items())
    return f"{rule.id} ({rule.severity})\n{details}"


def _near(name: str) -> str:
    ids = list(all_rules())
    close = difflib.get_close_matches(name[:100].lower(), ids, n=3, cutoff=0.6)
    close += [rule for rule in ids if len(name) > 2 and name.lower() in rule and rule not in close][:3]
    return f"; did you mean {' or '.join(close)}?" if close else ""
