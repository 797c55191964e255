"""Writes the tables of docs/security.md: what cdk-nag finds of every runner, and why it is acknowledged.

python scripts/generate_security_page.py            writes the tables
python scripts/generate_security_page.py --check    fails when they are out of step with the library
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.unit.cdk.nag.every_runner import PACKS, RUNNERS, Found, app_findings, findings  # noqa: E402

TARGET = ROOT / "docs/security.md"
_TABLE = re.compile(r"(<!-- (\w+): generated -->\n).*?(<!-- end -->)", re.DOTALL)
_SELECT = re.compile(r'\{"Fn::Select":.*?\}\]\}\]\}(?:\]\}\]\})?')
_IMPORTED = re.compile(r'\{"Fn::GetStackOutput":.*?"OutputName":"\w*"\}\}')
_EXECUTIONS = re.compile(r"(?<=execution:)\{.*\}(?=[:/])")
_ARN = re.compile(r"arn:<AWS::Partition>:(\w+):(?:<AWS::Region>)?:(?:<AWS::AccountId>)?:")
_WILDCARD = "IAM5["


def page() -> str:
    """The page's text, with new tables."""
    tables = {"counts": _counts, "rules": _rules, "wildcards": _wildcards}
    return _TABLE.sub(
        lambda match: match[1] + "\n".join(tables[match[2]]()) + "\n" + match[3], TARGET.read_text()
    )


def _counts() -> Iterator[str]:
    """Findings by pack and runner: before and after the acknowledgements."""
    rows = {runner: [one for one in findings() if one.stack == runner] for runner in RUNNERS}
    yield f"| what is made | {' | '.join(PACKS)} |"
    yield f"|---|{'---|' * len(PACKS)}"
    for name, found in {**rows, "app.py": list(app_findings())}.items():
        yield f"| `{name}` | {' | '.join(_count(found, pack) for pack in PACKS)} |"


def _count(found: Iterable[Found], pack: str) -> str:
    mine = [one for one in found if one.pack == pack]
    return f"{len(mine)} → {sum(one.reason is None for one in mine)}"


def _ours() -> list[Found]:
    return [one for one in findings() if one.is_ours]


def _rules() -> Iterator[str]:
    """What is no wildcard, by reason."""
    by_reason: dict[str, list[Found]] = {}
    for one in _ours():
        if _WILDCARD not in one.rule:
            by_reason.setdefault(str(one.reason), []).append(one)
    yield "| rule | packs | on | reason |"
    yield "|---|---|---|---|"
    for rule, reason, group in sorted(
        (_name(group[0]), reason, group) for reason, group in by_reason.items()
    ):
        names = sorted({_name(one) for one in group} - {rule})
        packs = [pack for pack in PACKS if any(one.pack == pack for one in group)]
        yield f"| {_all([rule, *names])} | {', '.join(packs)} | {_all(_places(group))} | {reason} |"


def _name(one: Found) -> str:
    return one.rule.removeprefix(f"{one.pack}-")


def _places(group: Iterable[Found]) -> list[str]:
    return sorted({_place(one.path) for one in group})


def _place(path: str) -> str:
    """Where in a user's stack, without names that the user chooses."""
    parts = [part for part in path.split("/")[1:] if part != "Resource"]
    return "/".join(parts[-2:])


def _wildcards() -> Iterator[str]:
    """Why there is a wildcard, for what, and what it looks like."""
    found: dict[str, tuple[Counter[str], dict[str, None]]] = {}
    for one in _ours():
        if _WILDCARD not in one.rule:
            continue
        for text, purposes in _said(str(one.reason)):
            resources, known = found.setdefault(text, (Counter(), {}))
            resources[_resource(one.rule)] += 1
            known.update(dict.fromkeys(purposes))
    yield "| why it cannot be named more narrowly | what it is for | resources |"
    yield "|---|---|---|"
    for text, (resources, known) in sorted(found.items()):
        yield f"| {_cell([text])} | {_cell(sorted(known))} | {_all(sorted(resources))} |"


def _said(reason: str) -> Iterator[tuple[str, list[str]]]:
    """The texts of a reason, each with what it is said of."""
    for part in re.split(r"(?<=\))\. ", reason):
        text, _, purposes = part.partition(" (for: ")
        yield text, purposes.removesuffix(")").split("; ")


def _resource(rule: str) -> str:
    """A finding's resource, short enough to be read."""
    written = rule.partition("::")[2].removesuffix("]")
    known = _EXECUTIONS.sub("<machine>", _IMPORTED.sub("<bucket>", written))
    short = _ARN.sub(lambda match: f"{match[1]}: ", _SELECT.sub("<stack>", known))
    short = re.sub(r"<\w*Bucket\w*>|[\w:-]*Bucket\w*", "<bucket>", short)
    short = re.sub(r"output/(?!\*)[\w<>-]+-\*", "output/<prefix>-*", short)
    short = re.sub(r"training-job/[a-z][\w-]*-\*", "training-job/<prefix>-*", short)
    short = re.sub(r"sweeps/\w+/", "sweeps/<sweep>/", short)
    return re.sub(r"<\w*Reducer\w*\.Arn>", "<reducer>", short)


def _all(items: Sequence[str]) -> str:
    return ", ".join(f"`{item}`" for item in items)


def _cell(items: Iterable[str]) -> str:
    return "; ".join(items).replace("|", "\\|").replace("*", "\\*")


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    new = page()
    if not parser.parse_args().check:
        TARGET.write_text(new)
    elif new != TARGET.read_text():
        print("docs/security.md is out of step: run python scripts/generate_security_page.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
