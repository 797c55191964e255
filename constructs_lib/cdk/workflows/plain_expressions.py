"""Text that looks like an expression of a state machine, and is none: nobody would evaluate it.

Only exact forms count, as a regular expression, a shell's variable or a template may have the same signs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping

from constructs_lib.cdk.findings import runner_finding
from constructs_lib.rules import Finding
from constructs_lib.rules.paths import render
from constructs_lib.rules.rule import Path
from constructs_lib.spec.checks import shown
from constructs_lib.spec.text import is_expression

__all__ = ["looks_like_expression", "plain_expressions"]

RULE = "expression-as-text"
_IN_A_TASK = (
    "in JSONPath write sfn.JsonPath.string_at('$.a') or sfn.JsonPath.format('x-{}', ...), in JSONata "
    "\"{% 'x-' & $states.input.a %}\", as one expression for the whole text"
)
# What follows the first name of a path.
_STEPS = r"""(?:\.[A-Za-z_][\w-]*|\[(?:\d+|\*|'[^']*'|"[^"]*")\])*"""
_JSON_PATH = re.compile(
    rf"""\$(?:\.[A-Za-z_][\w-]*|\[(?:'[^']+'|"[^"]+")\]){_STEPS}
    |\$\$\.(?:Execution|Map|State|StateMachine|Task)\b{_STEPS}
    |States\.(?:Array\w*|Base64\w+|Format|Hash|Json\w+|Math\w+|StringSplit|StringToJson|UUID)\(.*\)""",
    re.DOTALL | re.VERBOSE,
)
_JSONATA = re.compile(rf"\$states\.(?:context|errorOutput|input|result)\b{_STEPS}")
# A variable or function of JSONata. Templates that have these signs too, such as Jinja's, have none.
_VARIABLE = r"\$[A-Za-z_]"
_INSIDE = re.compile(rf"\{{%(?:(?!%\}}).)*?{_VARIABLE}(?:(?!%\}}).)*%\}}", re.DOTALL)
_UNCLOSED = re.compile(rf"\s*\{{%(?:(?!%\}}).)*{_VARIABLE}(?:(?!%\}}).)*", re.DOTALL)
_UNOPENED = re.compile(rf"(?:(?!\{{%).)*{_VARIABLE}(?:(?!\{{%).)*%\}}\s*", re.DOTALL)
# Patterns of text, in which a dollar sign is the end of a line.
_PATTERNS = ("MetricDefinitions", "Regex")


def plain_expressions(
    document: object, *, remedy: str = _IN_A_TASK, apart: Container[Path] = ()
) -> Iterator[Finding]:
    """A warning for each text that looks like an expression.

    Args:
        document: a request, or members of a state, before CDK resolves their tokens.
        remedy: what to do.
        apart: places that are told of otherwise.
    """
    for path, text in _texts(document, ()):
        if path not in apart and (found := looks_like_expression(text)):
            yield runner_finding(RULE, render(path), got=shown(found), remedy=remedy)


def looks_like_expression(text: str) -> str:
    """The part of a text that looks like an expression; empty where nothing does, or where it is one."""
    if ("$" not in text and "States." not in text) or is_expression(text):
        return ""
    plain = _unquoted(text)
    if _JSON_PATH.fullmatch(plain) or _JSONATA.fullmatch(plain):
        return plain
    inside = _INSIDE.search(plain)
    if inside or _UNCLOSED.fullmatch(plain) or _UNOPENED.fullmatch(plain):
        return inside[0] if inside else plain.strip()
    return ""


def _unquoted(text: str) -> str:
    """The text of a hyperparameter that is written in JSON."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            # Under such a key JSONPath has a path.
            if not str(key).endswith(".$"):
                yield from _texts(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
    elif isinstance(value, str) and not set(_PATTERNS).issubset(path):
        yield path, value
