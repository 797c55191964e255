"""Names in a policy of what may have a condition: CloudFormation refuses those of what is not created.

Most stacks have no condition, and nothing is asked for its own in these. Where there are any, each name
stands on the condition of what it names, which may be given until the template is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import jsii
from aws_cdk import (
    Aws,
    IListProducer,
    IResolveContext,
    Lazy,
    Reference,
    Token,
    Tokenization,
)
from constructs import Construct

from constructs_lib.cdk.conditions import condition_of, only_if, text_only_if
from constructs_lib.cdk.whereabouts import stack_of
from constructs_lib.spec.text import is_token

__all__ = ["NO_BUCKET", "NO_ROLE", "Guard", "Named", "targets", "tokens_in"]

# Names that nothing can have: of a role, as only services make any in this path, and of a bucket.
NO_ROLE = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/aws-service-role/no-role"
NO_BUCKET = f"arn:{Aws.PARTITION}:s3:::no-bucket-"
_PSEUDO = re.compile(r"\$\{Token\[AWS(?:\.|::)[^\]]*\]\}")

Named = Construct | str
"""What a name comes from: a construct, or text that may have tokens."""


class Guard:
    """What guards the names in the policies of one stack.

    Args:
        scope: in the stack.

    Attributes:
        is_needed: whether anything in the stack may have a condition; False until somebody has looked.
    """

    def __init__(self, scope: Construct) -> None:
        self._scope = scope
        self.is_needed = False

    def text(self, text: str, otherwise: str) -> str:
        """A text, and another where what it names is not there."""
        return text_only_if(self.condition([text]), text, otherwise) if self.is_needed else text

    def list(self, items: list[str], names: Mapping[str, Named]) -> list[str]:
        """A token of the ARNs of roles, or of other texts, that a list will hold; an empty one is left out.

        Args:
            items: the list.
            names: the constructs that its items name, as far as they are known.
        """
        return Lazy.uncached_list(cast("IListProducer", _List(self, items, names)), omit_empty=True)

    def condition(self, names: Iterable[Named]) -> str | None:
        """The condition on which what is named is there."""
        stack = stack_of(self._scope)
        found = (condition_of(one, stack) for named in names for one in targets(named))
        return next((condition for condition in found if condition is not None), None)


@jsii.implements(IListProducer)
class _List:
    def __init__(self, guard: Guard, items: list[str], names: Mapping[str, Named]) -> None:
        self._guard, self._items, self._names = guard, items, names
        self._known: dict[str, str | None] = {}

    def produce(self, context: IResolveContext) -> list[str]:
        if not self._guard.is_needed:
            return [*self._items]
        if context.preparing or not self._known:
            # All aspects have run when CDK prepares: the condition is asked for no more after that.
            self._known = {item: self._guard.condition([self._names.get(item, item)]) for item in self._items}
        given = [(item, self._known.get(item)) for item in self._items]
        alone = all(condition is not None for _, condition in given)
        # A list without any item would be refused, too.
        otherwise = [NO_ROLE if alone and number == 0 else Aws.NO_VALUE for number in range(len(given))]
        return [
            item if condition is None else Token.as_string(only_if(condition, item, other))
            for (item, condition), other in zip(given, otherwise, strict=True)
        ]


def tokens_in(text: str) -> list[object]:
    """The tokens of a text, without pseudo parameters."""
    rest = _PSEUDO.sub("", text)
    return [*Tokenization.reverse_string(rest).tokens] if is_token(rest) else []


def targets(named: Named) -> Iterator[Construct]:
    """The constructs that a name refers to, as far as its tokens tell."""
    if not isinstance(named, str):
        yield named
        return
    for token in tokens_in(named):
        if isinstance(token, Reference):
            yield cast("Construct", token.target)
