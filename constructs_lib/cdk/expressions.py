"""State machines' expressions in a request: where they are, and which paths its tokens stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.rules.rule import Path
from constructs_lib.spec.checks import kind
from constructs_lib.spec.text import (
    is_expression,
    is_list_token,
    is_number_token,
    is_resolvable,
    is_token,
)

__all__ = ["JsonPaths", "expressions", "kind_of", "note_no_path", "token_parts", "written_expressions"]

_NUMBER = re.compile(r"-1\.\d{10,16}e\+289")
_MARK = re.compile(rf"([$#]\{{Token\[[^\]]+\]\}}|{_NUMBER.pattern})")
MOST_KNOWN = 10_000

# CDK's tokens of text and numbers are numbered through the process, so none is ever another.
_known: dict[object, str | None] = {}


class JsonPaths:
    """Which tokens of a document are `sfn.JsonPath`, and the path or intrinsic function of each.

    Args:
        document: maps and lists as they are before CDK resolves their tokens: afterwards a JsonPath is text
            like any other. CDK is asked once for all the tokens that it was not asked about before.
    """

    def __init__(self, document: object) -> None:
        asked: dict[object, object] = {}
        for _, value in _leaves(document, ()):
            for token in _tokens(value):
                asked.setdefault(_key(token), token)
        if len(_known) > MOST_KNOWN:
            _known.clear()
        self._paths = _paths_of(asked)

    def of(self, value: object) -> str | None:
        """The path that a token stands for; None for another token, and for text around tokens."""
        return self._paths.get(_key(value))

    def within(self, value: object) -> bool:
        """Whether a value is such a token, or text with one in it."""
        return bool(self._paths) and any(self.of(token) is not None for token in _tokens(value))


def note_no_path(token: str) -> None:
    """Say that a token is a resource's attribute, so that CDK need not be asked whether it is a path."""
    _known[_key(token)] = None


def expressions(document: object, paths: JsonPaths | None = None) -> list[tuple[Path, str]]:
    """Where a document holds JSONata text or a `sfn.JsonPath` token, and which of them.

    Args:
        document: as `JsonPaths` takes it.
        paths: of the document, where they are known already.
    """
    known = JsonPaths(document) if paths is None else paths
    leaves = list(_leaves(document, ()))
    found = [(path, "JSONata") for path, value in leaves if is_expression(value)]
    return found + [(path, "sfn.JsonPath") for path, value in leaves if known.within(value)]


def kind_of(value: object) -> str:
    """What a value is, in words: an expression, a token, or the name of its type."""
    if expressions({"value": value}):
        return "an expression"
    return "a token" if is_token(value) else kind(value)


def written_expressions(document: object) -> list[Path]:
    """Where a template's part holds JSONata text, also such as came out of a token or an override."""
    return [path for path, value in _leaves(document, ()) if is_expression(value)]


def token_parts(text: str) -> list[str]:
    """Text cut into what is plain and what is a token, in turns: the second, fourth, ... are tokens."""
    return _MARK.split(text)


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if is_token(key) or is_expression(key):
                yield path, key
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)) and not is_list_token(value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


def _tokens(value: object) -> list[object]:
    """The tokens that a leaf is, or has in its text."""
    if isinstance(value, str):
        return list(token_parts(value)[1::2]) if is_token(value) else []
    return [value] if is_token(value) else []


def _key(token: object) -> object:
    """What is the same for two forms of one token: an object is only the same as itself."""
    if is_list_token(token) and isinstance(token, (list, tuple)):
        return token[0]
    if is_number_token(token) or (isinstance(token, str) and _NUMBER.fullmatch(token)):
        return float(token)  # type: ignore[arg-type]
    return id(token) if is_resolvable(token) else token if isinstance(token, str) else None


def _paths_of(tokens: Mapping[object, object]) -> dict[object, str]:
    new = [key for key in tokens if key not in _known]
    answers = _asked({key: tokens[key] for key in new}) if new else {}
    _known.update({key: path for key, path in answers.items() if isinstance(key, (str, float))})
    found = {**{key: _known[key] for key in tokens if key in _known}, **answers}
    return {key: path for key, path in found.items() if path is not None}


def _asked(tokens: Mapping[object, object]) -> dict[object, str | None]:
    """What CDK says of tokens: it writes a path under another key."""
    given = {str(number): _whole(key, token) for number, (key, token) in enumerate(tokens.items())}
    written = sfn.FieldUtils.render_object(given) or {}
    return {key: written.get(f"{number}.$") for number, key in enumerate(tokens)}


def _whole(key: object, token: object) -> object:
    """The token in the form in which CDK finds it."""
    if isinstance(key, float):
        return key
    return [key] if isinstance(key, str) and key.startswith("#") else token
