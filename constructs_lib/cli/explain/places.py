"""Where stacks are: the same account and region are the same text, however a template writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import TypeVar

from constructs_lib.cli.templates import Template

__all__ = ["nearest", "placed"]

_Found = TypeVar("_Found")


def placed(template: Template, text: str) -> str:
    """A text with the account and the region of its stack, as far as they are known.

    Args:
        template: has the text.
        text: of an ARN or a principal.
    """
    for name, value in (("AccountId", template.account), ("Region", template.region)):
        text = text.replace(f"${{AWS::{name}}}", value) if value else text
    return text


def nearest(
    template: Template,
    found: Iterable[_Found],
    of: Callable[[_Found], Template],
    region: str | None,
) -> _Found | None:
    """Which of several with one name is meant: the one in the same place, and in the same stage.

    Args:
        template: refers to it.
        found: all that are called so.
        of: says whose each is.
        region: where it has to be; None for anywhere.

    Returns:
        None where there is none, or where it cannot be told which it is.
    """
    left = [
        one for one in found if _may_be(of(one).account, template.account) and _may_be(of(one).region, region)
    ]
    stage = PurePath(template.source.name).parent
    left = [one for one in left if PurePath(of(one).source.name).parent == stage] or left
    return left[0] if len(left) == 1 else None


def _may_be(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
