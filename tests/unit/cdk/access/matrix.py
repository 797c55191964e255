"""A table of what is allowed, and of what lies beside it and is denied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.unit.cdk.access.account import Account

Context = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """What a feature allows a role.

    Attributes:
        role: the beginning of its logical id.
        actions: of one service, as ``s3:GetObject PutObject``.
        resources: all of them allowed.
        context: condition keys with which it is allowed.
        beside: resources that are denied, in the same context.
        otherwise: contexts in which the resources are denied.
        never: actions that are denied on the resources, in the same form.
    """

    role: str
    actions: str
    resources: tuple[str, ...] = ("*",)
    context: Context = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    otherwise: tuple[Context, ...] = ()
    never: str = ""

    def cases(self) -> Iterator[Case]:
        """Each action with each resource, allowed and denied."""
        for action in named(self.actions):
            for resource in self.resources:
                yield Case(self.role, action, resource, self.context, allowed=True)
                for context in self.otherwise:
                    yield Case(self.role, action, resource, {**self.context, **context}, allowed=False)
            for resource in self.beside:
                yield Case(self.role, action, resource, self.context, allowed=False)
        for action in named(self.never):
            for resource in self.resources:
                yield Case(self.role, action, resource, {}, allowed=False)


@dataclass(frozen=True)
class Case:
    """One question to the evaluator, and the answer that is right."""

    role: str
    action: str
    resource: str
    context: Context
    allowed: bool

    def check(self, account: Account) -> None:
        """Ask it."""
        assert (
            account.allows(account.role(self.role), self.action, self.resource, self.context) is self.allowed
        )

    def __str__(self) -> str:
        """The test's id."""
        context = ",".join(f"{key}={value}" for key, value in self.context.items())
        words = [self.role, "may" if self.allowed else "may not", self.action, self.resource, context]
        return " ".join(filter(None, words))


def cases(rows: Iterable[Row]) -> list[Case]:
    """All cases of a table, each once."""
    found = {str(case): case for row in rows for case in row.cases()}
    return list(found.values())


def named(actions: str) -> list[str]:
    """``s3:GetObject PutObject`` as two actions."""
    service, _, names = actions.partition(":")
    return [f"{service}:{name}" for name in names.split()]
