"""What of a request is known before an execution: of an expression nothing, in either language.

A place in S3 is the exception where its bucket is written out, as in ``f"s3://bucket/{path}"``, in
``sfn.JsonPath.format("s3://bucket/{}", path)`` and in ``{% 's3://bucket/' & path %}``: what stands for the
path can only be part of a key, for which ``*`` is put. Likewise an image of which no more than the tag or the
digest is an expression: it is in the repository that is written out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar, cast

from constructs_lib.cdk.arns import repository_arn
from constructs_lib.cdk.expressions import JsonPaths, token_parts
from constructs_lib.spec.text import is_expression, is_list_token

__all__ = ["known_before"]

T = TypeVar("T")
# What takes an expression's place: text that every reader of a request knows as an expression.
_UNKNOWN = "{% %}"
# The bucket, or the access point, is followed by a slash: else the expression may be a part of its name.
# Hyperparameters may have a place in quotes.
_PLACE = re.compile(r'"?s3://(?:arn:[^/*]+:accesspoint/|(?!arn:))[^/*]+/')
_FORMAT = re.compile(r"States\.Format\('([^'\\]*)',.*\)", re.DOTALL)
# Text without escapes, a path, or a call with at most one path: nothing that binds less than & does.
_OPERAND = r"""'[^'\\]*'|"[^"\\]*"|\$?[A-Za-z_][\w$.]*(?:\([\w$.]*\))?"""
_SUM = re.compile(rf"\{{%\s*(?:{_OPERAND})(?:\s*&\s*(?:{_OPERAND}))*\s*%\}}")


def known_before(document: T) -> T:
    """A document in which every expression is one that says nothing, or a pattern of places or images.

    Args:
        document: maps and lists, tokens anywhere. CDK is asked once for all that it was not asked before.
    """
    return cast("T", _known(document, JsonPaths(document)))


def _known(value: object, paths: JsonPaths) -> object:
    if paths.within(value):
        return _pattern(_around(value, paths)) if isinstance(value, str) else _UNKNOWN
    if isinstance(value, str):
        # Text of hyperparameters may be in the quotes of JSON.
        return _pattern(_joined(value.strip('"'))) if is_expression(value.strip('"')) else value
    if isinstance(value, Mapping):
        return {key: _known(item, paths) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not is_list_token(value):
        return [_known(item, paths) for item in value]
    return value


def _pattern(written: str) -> str:
    if _PLACE.match(written):
        return written
    repository = repository_arn(written)
    return _UNKNOWN if repository is None or "*" in repository else written


def _around(text: str, paths: JsonPaths) -> str:
    """Text with ``*`` for what the execution puts into it."""
    return "".join(
        part if path is None else _formatted(path)
        for part, path in ((part, paths.of(part)) for part in token_parts(text))
    )


def _formatted(path: str) -> str:
    """A call of ``States.Format`` as its template says; anything for another path."""
    found = _FORMAT.fullmatch(path)
    return found[1].replace("{}", "*") if found else "*"


def _joined(expression: str) -> str:
    """The text that JSONata joins; anything for what is more than that."""
    if _SUM.fullmatch(expression) is None:
        return "*"
    operands = re.findall(_OPERAND, expression[2:-2])
    return "".join(operand[1:-1] if operand[0] in "'\"" else "*" for operand in operands)
