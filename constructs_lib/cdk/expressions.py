"""State machines' expressions in a request that no state machine will ever run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.rules.rule import Path
from constructs_lib.spec.text import is_expression, is_list_token, is_token


def expressions(document: object) -> list[tuple[Path, str]]:
    """Where a document holds JSONata text or a `sfn.JsonPath` token, and which of them.

    Args:
        document: maps and lists as they are before CDK resolves their tokens: afterwards a JsonPath is text
            like any other.
    """
    found: list[tuple[Path, str]] = []
    tokens: list[tuple[Path, object]] = []
    for path, value in _leaves(document, ()):
        if is_expression(value):
            found.append((path, "JSONata"))
        elif is_token(value):
            tokens.append((path, value))
    # One call into jsii for all of them, as there is seldom any to be found.
    if _has_path({str(number): value for number, (_, value) in enumerate(tokens)}):
        found += [(path, "sfn.JsonPath") for path, value in tokens if _has_path({"value": value})]
    return found


def written_expressions(document: object) -> list[Path]:
    """Where a template's part holds JSONata text, also such as came out of a token or an override."""
    return [path for path, value in _leaves(document, ()) if is_expression(value)]


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


def _has_path(values: Mapping[str, object]) -> bool:
    if not values:
        return False
    try:
        return bool(sfn.FieldUtils.find_referenced_paths(values))
    except RuntimeError as error:  # a path inside a longer text: Step Functions has no form for that
        if "Field references must be the entire string" in str(error):
            return True
        raise
