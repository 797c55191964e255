"""Members of a request as they are written into it: what is unset is left out, tokens stay findable."""

from __future__ import annotations

from collections.abc import Mapping

from constructs_lib.spec.text import is_number_token

__all__ = ["number_member", "text_member", "without_empty"]


def without_empty(members: Mapping[str, object]) -> dict[str, object]:
    """The members that are set: neither None nor an empty map or list."""
    return {key: value for key, value in members.items() if value is not None and value != {} and value != []}


def number_member(value: object) -> object:
    """A number as it is; an int that was made of a number token as the token that CDK finds."""
    return float(value) if isinstance(value, int) and is_number_token(value) else value


def text_member(value: object) -> object:
    """Text as it is; a number token as the text in which CDK finds it."""
    return str(number_member(value)) if is_number_token(value) else value
