"""What a function of CloudFormation's refers to, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
