"""What functions of CloudFormation's refer to, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# ${Name} and ${Name.Attribute}; ${!Name} is text.
_IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+(?:\.[^}]*)?)\}")


def references(function: Mapping[str, object]) -> list[str]:
    """The names that a ``Ref``, an ``Fn::GetAtt`` or the text of an ``Fn::Sub`` refers to.

    Returns:
        Logical ids and parameters as they are, attributes as ``LogicalId.Attribute``.
    """
    attribute, sub = function.get("Fn::GetAtt", ()), function.get("Fn::Sub")
    text = sub[0] if isinstance(sub, list) and sub else sub
    parts = attribute if isinstance(attribute, (list, tuple)) else [attribute]
    return [
        str(function.get("Ref", "")),
        ".".join(map(str, parts)),
        *(_IN_SUB.findall(text) if isinstance(text, str) else ()),
    ]


def named_in(document: Any) -> Iterator[str]:
    """The logical ids that a resolved document refers to."""
    if isinstance(document, list):
        for item in document:
            yield from named_in(item)
    elif isinstance(document, dict):
        yield from (name.partition(".")[0] for name in references(document) if name)
        yield from named_in([*document.values()])
