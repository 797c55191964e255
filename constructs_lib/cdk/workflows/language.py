"""The two languages of state machines, and which of them a document is written in."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.expressions import JsonPaths, expressions
from constructs_lib.errors import SpecError
from constructs_lib.rules.paths import render

__all__ = ["Language", "Misfit", "check_language", "misfits"]


class Language(Enum):
    """In which language a state picks values from its execution."""

    JSONPATH = "JSONPath"
    JSONATA = "JSONata"

    @classmethod
    def of(cls, own: sfn.QueryLanguage | None, top_level: sfn.QueryLanguage | None = None) -> Language:
        """The language of a state: its own, else its state machine's, else JSONPath."""
        chosen = own or top_level or sfn.QueryLanguage.JSON_PATH
        return cls.JSONATA if chosen == sfn.QueryLanguage.JSONATA else cls.JSONPATH

    @property
    def request_member(self) -> str:
        """Where a Task state of this language has its request."""
        return "Parameters" if self is Language.JSONPATH else "Arguments"

    def member(self, name: str, expression: str) -> dict[str, str]:
        """A member of a state whose value is an expression of this language."""
        return {f"{name}.$" if self is Language.JSONPATH else name: expression}


class Misfit(NamedTuple):
    """An expression in the wrong language: where it is (in AWS form), what it is, and what to do."""

    path: str
    kind: str
    problem: str
    fix: str


_KINDS = {"sfn.JsonPath": Language.JSONPATH, "JSONata": Language.JSONATA}
_FORMS = {Language.JSONPATH: "sfn.JsonPath", Language.JSONATA: '"{% ... %}"'}


def misfits(document: object, language: Language | None, paths: JsonPaths | None = None) -> list[Misfit]:
    """Every expression that the language does not have.

    Args:
        document: a request, or a part of one, with CDK's tokens in it.
        language: of the state; None where it is not known yet: then only a mixture does not fit, and each
            expression in another language than the first one's is named.
        paths: of the document, where they are known already.
    """
    found = [(render(path), kind) for path, kind in expressions(document, paths)]
    if language is not None:
        return [
            Misfit(path, kind, f"is {kind}, in a state of {language.value}", _fix(kind, language))
            for path, kind in found
            if _KINDS[kind] is not language
        ]
    return [_mixed(found, place) for place in found if place[1] != found[0][1]]


def check_language(
    document: object, language: Language | None, construct: str = "", paths: JsonPaths | None = None
) -> None:
    """Refuse a document that does not fit a language.

    Args:
        document: as `misfits` takes it.
        language: as `misfits` takes it.
        construct: the construct's path, for the message.
        paths: as `misfits` takes them.

    Raises:
        SpecError: it names the first expression that does not fit.
    """
    for misfit in misfits(document, language, paths):
        raise SpecError(misfit.path, misfit.problem, misfit.fix, construct=construct)


def _fix(kind: str, language: Language) -> str:
    return f"write it as {_FORMS[language]}, or give the task query_language={_KINDS[kind].value}"


def _mixed(found: Sequence[tuple[str, str]], place: tuple[str, str]) -> Misfit:
    (first, first_kind), (path, kind) = found[0], place
    problem = f"is {kind}, and {first} is {first_kind}: a state has one language"
    return Misfit(path, kind, problem, f"write both as {_FORMS[_KINDS[first_kind]]}")
