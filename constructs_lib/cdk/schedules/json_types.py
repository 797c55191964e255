"""A request as JSON text in which CloudFormation's values keep their JSON types.

CDK writes a token into JSON as text, in quotes, unless it is a number's; SageMaker refuses a quoted number or
bool. A list of CloudFormation's it would hand to a Lambda function of its own, only to be written as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import jsii
from aws_cdk import Fn, IAnyProducer, IResolveContext, Lazy, Stack, Token

from constructs_lib.cdk.workflows.shape_walk import Place
from constructs_lib.rules.intrinsics import is_intrinsic
from constructs_lib.rules.rule import Path
from constructs_lib.spec.text import is_list_token, is_token

_UNQUOTED = ("boolean", "double", "float", "integer", "long")
_IN_BRACES = ("map", "structure")
_ROOT = Place()


def json_typed(value: Any, place: Place = _ROOT) -> Any:
    """The value with tokens that `Stack.to_json_string` writes as what the service model takes there.

    Args:
        value: a request, or a part of one.
        place: where it lies.
    """
    if is_list_token(value):
        late = Lazy.uncached_any(cast("IAnyProducer", _ListOfText(value, quoted=place.kind == "string")))
        return Token.as_string(late) if place.kind == "string" else Token.as_number(late)
    if is_token(value) and place.kind in _UNQUOTED:
        return Token.as_number(value)
    if isinstance(value, Mapping):
        return {key: json_typed(item, place.member(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [json_typed(item, place.item(index)) for index, item in enumerate(value)]
    return value


def unwritable(value: Any, place: Place = _ROOT) -> Iterator[Path]:
    """Where a resolved request has a function of CloudFormation's that no JSON text can hold.

    Its functions make text: a map or structure that one of them stands for has no place in text, and neither
    has the absence of a value.

    Args:
        value: a request as a template has it, or a part of one.
        place: where it lies.
    """
    if isinstance(value, Mapping) and is_intrinsic(value):
        if place.kind in _IN_BRACES or _may_be_absent(value):
            yield place.path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from unwritable(item, place.member(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unwritable(item, place.item(index))


def _may_be_absent(value: Any) -> bool:
    if isinstance(value, Mapping):
        return value == {"Ref": "AWS::NoValue"} or any(map(_may_be_absent, value.values()))
    return isinstance(value, list) and any(map(_may_be_absent, value))


@jsii.implements(IAnyProducer)
class _ListOfText:
    """A list that is known when the template is written, or to CloudFormation alone.

    Then it is text between brackets, which as a number's token is not quoted. It is quoted where SageMaker
    takes text: in a hyperparameter.
    """

    def __init__(self, value: list[str], *, quoted: bool) -> None:
        self._value, self._quoted = value, quoted

    def produce(self, context: IResolveContext) -> object:
        found = context.resolve(self._value)
        if not isinstance(found, list):
            return Fn.join("", ['["', Fn.join('","', self._value), '"]'])
        # What is resolved already CDK would not know as text.
        items = [item if isinstance(item, str) else Token.as_string(item) for item in found]
        return Stack.of(context.scope).to_json_string(items) if self._quoted else items
