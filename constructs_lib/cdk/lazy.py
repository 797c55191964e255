"""What stays a token until the template is written."""

from __future__ import annotations

from typing import cast

import jsii
from aws_cdk import IListProducer, IResolveContext, IStableStringProducer, Lazy


@jsii.implements(IListProducer)
class _Late:
    def __init__(self, items: list[str]) -> None:
        self._items = items

    def produce(self, context: IResolveContext) -> list[str]:  # noqa: ARG002
        return list(self._items)


def late_list(items: list[str]) -> list[str]:
    """A list token of what the list will hold; an empty one leaves its property out."""
    return Lazy.uncached_list(cast("IListProducer", _Late(items)), omit_empty=True)


@jsii.implements(IStableStringProducer)
class _Kept:
    def __init__(self, text: str) -> None:
        self._text = text

    def produce(self) -> str:
        return self._text


def late_text(text: str) -> str:
    """A token of text that is known already, so that nothing in CDK reads it."""
    return Lazy.string(cast("IStableStringProducer", _Kept(text)))
