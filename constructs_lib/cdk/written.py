"""Values of a template as a reader writes them: one line of text, as the text of an ``Fn::Sub`` is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from constructs_lib.cdk.pseudo_parameters import fill_pseudo_parameters
from constructs_lib.cdk.whereabouts import environment_of, stack_of
from constructs_lib.spec.text import is_token

__all__ = ["in_words", "written"]


def in_words(text: str, construct: Construct) -> str:
    """A text with its tokens written out, as far as the construct's stack knows them.

    Args:
        text: which may have tokens in it.
        construct: whose template refers to them.
    """
    if not is_token(text):
        return text
    stack = stack_of(construct)
    return written(fill_pseudo_parameters(stack.resolve(text), *environment_of(stack)))


def written(value: Any) -> str:
    """A resolved text: references as ``${Name}``, and ``*`` for what another function will make.

    Args:
        value: text, or a function of CloudFormation's.
    """
    if not isinstance(value, Mapping):
        return str(value)
    if "Ref" in value:
        return f"${{{value['Ref']}}}"
    if "Fn::GetAtt" in value:
        attribute = value["Fn::GetAtt"]
        return f"${{{attribute if isinstance(attribute, str) else '.'.join(map(str, attribute))}}}"
    if "Fn::ImportValue" in value:
        return f"${{{written(value['Fn::ImportValue'])}}}"
    if "Fn::Join" in value and isinstance(value["Fn::Join"][1], list):
        separator, parts = value["Fn::Join"]
        return str(separator).join(map(written, parts))
    if "Fn::Sub" in value and isinstance(value["Fn::Sub"], str):
        return value["Fn::Sub"]
    return "*"
