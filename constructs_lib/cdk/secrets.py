"""Secrets in members of a request that anyone who may describe the job can read.

The rule itself sees text only; in a template a secret can be inside a function, or be a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.references import references
from constructs_lib.rules import Finding
from constructs_lib.rules.catalogue import RULES_BY_ID
from constructs_lib.rules.intrinsics import is_intrinsic
from constructs_lib.rules.parameters import SECRETS
from constructs_lib.rules.paths import render
from constructs_lib.rules.rule import Path

# What a template's name stands for, where its value is a secret; an attribute's is ``LogicalId.Attribute``.
Hidden = Mapping[str, str]
NO_ECHO = "a NoEcho parameter of the template"
ACCESS_KEY = "the secret of an access key"
SECRET_RULE = "secret-in-plain-parameter"  # noqa: S105 (the id of a rule)
READABLE: tuple[Path, ...] = tuple(tuple(field.split(".")) for field in RULES_BY_ID[SECRET_RULE].fields)


def secrets(request: Mapping[str, Any], hidden: Hidden) -> Iterator[tuple[Path, str]]:
    """Where a request would show a secret, and what kind of one; never the secret or its name.

    Args:
        request: as the template has it.
        hidden: the template's names whose values are secret.
    """
    for member in READABLE:
        value: object = request
        for step in member:
            value = value.get(str(step)) if isinstance(value, Mapping) else None
        for path, entry in entries(value, member):
            what = secret_in(entry, hidden)
            if what:
                yield path, what


def secret_findings(request: Mapping[str, Any], hidden: Hidden, said: Iterable[Finding]) -> Iterator[Finding]:
    """A finding for each place that would show a secret and that the rule itself has not named.

    Args:
        request: as the template has it.
        hidden: the template's names whose values are secret.
        said: the engine's findings.
    """
    known = {finding.path for finding in said if finding.rule == SECRET_RULE}
    for path, what in secrets(request, hidden):
        if render(path) not in known:
            yield runner_finding(SECRET_RULE, render(path), secret=what)


def entries(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    """The entries of a map or list, as far down as the request's own structure goes."""
    if isinstance(value, Mapping) and not is_intrinsic(value):
        for key, item in value.items():
            yield from entries(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from entries(item, (*path, index))
    else:
        yield path, value


def secret_in(value: object, hidden: Hidden) -> str | None:
    """What secret a value holds, in whatever function of CloudFormation's it is wrapped."""
    if isinstance(value, str):
        return next((what for mark, what in SECRETS.items() if mark in value), None)
    if isinstance(value, list):
        return next((what for item in value if (what := secret_in(item, hidden))), None)
    if isinstance(value, Mapping):
        named = (hidden[name] for name in references(value) if name in hidden)
        return next(named, None) or secret_in(list(value.values()), hidden)
    return None
