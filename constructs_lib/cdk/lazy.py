"""Lists that grow until the template is written."""

from __future__ import annotations

from typing import cast

import jsii
from aws_cdk import IListProducer, IResolveContext, Lazy


@jsii.implements(IListProducer)
class _Late:
    def __init__(self, items: list[str]) -> None:
        self._items = items

    def produce(self, context: IResolveContext) -> list[str]:  # noqa: ARG002
        return list(self._items)


def late_list(items: list[str]) -> list[str]:
    """A list token of what the list will hold; an empty one leaves its property out."""
    return Lazy.uncached_list(cast("IListProducer", _Late(items)), omit_empty=True)
