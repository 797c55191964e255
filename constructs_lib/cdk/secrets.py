"""Secrets in members of a request that anyone who may describe the job can read.

The rule itself sees text only; in a template a secret can be inside a function, or be a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.rules.rule import Path

_REFERENCE = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure):")
_IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)\}")
_STORES = {
    "secretsmanager": "a secret of Secrets Manager",
    "ssm-secure": "a SecureString parameter of Systems Manager",
}
_ALGORITHM = "AlgorithmSpecification"
READABLE: tuple[Path, ...] = (
    ("HyperParameters",),
    ("Environment",),
    ("Tags",),
    (_ALGORITHM, "ContainerEntrypoint"),
    (_ALGORITHM, "ContainerArguments"),
)


def secrets(request: Mapping[str, Any], hidden: frozenset[str]) -> Iterator[tuple[Path, str]]:
    """Where a request would show a secret, and what kind of one; never the secret or its name.

    Args:
        request: as the template has it.
        hidden: the names of the template's NoEcho parameters.
    """
    for member in READABLE:
        value: object = request
        for step in member:
            value = value.get(str(step)) if isinstance(value, Mapping) else None
        for path, entry in entries(value, member):
            what = _secret(entry, hidden)
            if what:
                yield path, what


def entries(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    """The entries of a map or list, as far down as the request's own structure goes."""
    if isinstance(value, Mapping) and not _is_intrinsic(value):
        for key, item in value.items():
            yield from entries(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from entries(item, (*path, index))
    else:
        yield path, value


def _is_intrinsic(value: Mapping[str, object]) -> bool:
    name = next(iter(value), "") if len(value) == 1 else ""
    return name == "Ref" or name.startswith("Fn::")


def _secret(value: object, hidden: frozenset[str]) -> str | None:
    """What secret a value holds, in whatever function of CloudFormation's it is wrapped."""
    if isinstance(value, str):
        found = _REFERENCE.search(value)
        if found:
            return _STORES[found[1]]
    elif isinstance(value, list):
        return next((what for item in value if (what := _secret(item, hidden))), None)
    elif isinstance(value, Mapping):
        if value.get("Ref") in hidden or _in_sub(value.get("Fn::Sub"), hidden):
            return "a NoEcho parameter of the template"
        return _secret(list(value.values()), hidden)
    return None


def _in_sub(value: object, hidden: frozenset[str]) -> bool:
    text = value[0] if isinstance(value, list) and value else value
    return isinstance(text, str) and not hidden.isdisjoint(_IN_SUB.findall(text))
