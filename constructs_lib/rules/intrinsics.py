"""What can be known of a CloudFormation template before it is deployed: its intrinsics as `UNKNOWN`.

A part of a template is plain JSON with functions in it. Rules read values, so each function gives way to
what is known of it: its text when every part of it is literal, nothing when it is ``AWS::NoValue``, else
`UNKNOWN`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from constructs_lib.rules.findings import Finding
from constructs_lib.rules.values import UNKNOWN

__all__ = ["check_variants", "common_findings", "is_intrinsic", "known_variants"]

_ABSENT = object()
_NO_VALUE = "AWS::NoValue"
_DEEPEST = 100  # beyond what a template may nest; nothing deeper is looked at
_ESCAPED = re.compile(r"\$\{!([^{}]*)\}")  # Fn::Sub writes ${!Literal} for ${Literal}
_INDEX = re.compile(r"\[\d+\]")


def known_variants(document: object) -> list[object]:
    """The forms that a part of a template can take, as far as they are known.

    Args:
        document: a part of a CloudFormation template: maps, lists, texts, numbers and intrinsics.

    Returns:
        One document, in which each ``Ref`` and ``Fn::...`` is replaced by its text, when all its parts are
        literal, or by `UNKNOWN`, and what is ``AWS::NoValue`` is left out. Two, when an ``Fn::If`` may leave
        something out: first with all such members there and unknown, then without them. The document that
        was given is not changed.
    """
    reading = _Reading(leave_out=False)
    present = reading.known(document)
    variants = [present]
    if reading.conditional:
        variants.append(_Reading(leave_out=True).known(document))
    return [UNKNOWN if variant is _ABSENT else variant for variant in variants]


def common_findings(variants_findings: Sequence[Iterable[Finding]]) -> list[Finding]:
    """The findings that every variant has, as the first one words them.

    A list without its conditional items counts its items otherwise, so a finding is the same when its path
    is, but for the numbers of items.

    Args:
        variants_findings: the findings of each variant.

    Returns:
        Those of the first that the others have too, in its order.
    """
    if not variants_findings:
        return []
    first, *others = variants_findings
    left = [Counter(map(_sameness, findings)) for findings in others]
    common = []
    for finding in first:
        same = _sameness(finding)
        if all(counted[same] for counted in left):
            common.append(finding)
            for counted in left:
                counted[same] -= 1
    return common


def check_variants(document: object, check: Callable[[Any], Iterable[Finding]]) -> list[Finding]:
    """Checks a part of a template: what is found whatever its conditions turn out to be.

    Args:
        document: as for `known_variants`.
        check: called with each variant; `validate_request`, or a function like it.

    Returns:
        The findings that are common to all variants.
    """
    return common_findings([list(check(variant)) for variant in known_variants(document)])


def is_intrinsic(value: Mapping[Any, Any]) -> bool:
    """Whether a map is a function of CloudFormation's."""
    return _intrinsic(value) is not None


def _sameness(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, _INDEX.sub("[]", finding.path), finding.message


class _Reading:
    """One pass over a document; notes whether a condition may leave something out."""

    def __init__(self, *, leave_out: bool) -> None:
        self.leave_out = leave_out
        self.conditional = False

    def known(self, value: object, depth: int = 0) -> Any:
        """The value without intrinsics, or `_ABSENT`."""
        if depth > _DEEPEST:
            return UNKNOWN
        if isinstance(value, Mapping):
            intrinsic = _intrinsic(value)
            if intrinsic is not None:
                return self._evaluated(*intrinsic, depth)
            members = {name: self.known(item, depth + 1) for name, item in value.items()}
            return {name: item for name, item in members.items() if item is not _ABSENT}
        if isinstance(value, (list, tuple)):
            return [known for item in value if (known := self.known(item, depth + 1)) is not _ABSENT]
        return value

    def _evaluated(self, name: str, argument: Any, depth: int) -> object:
        if name == "Ref":
            return _ABSENT if _is_no_value(name, argument) else UNKNOWN
        if name == "Fn::If":
            return self._either(argument, depth)
        if name == "Fn::Join":
            return self._joined(argument, depth)
        return _substituted(argument) if name == "Fn::Sub" else UNKNOWN

    def _either(self, argument: Any, depth: int) -> object:
        if not isinstance(argument, (list, tuple)) or len(argument) != 3:  # a condition and two branches
            return UNKNOWN
        absent = [self._may_be_absent(branch, depth + 1) for branch in argument[1:]]
        if all(surely for _, surely in absent):
            return _ABSENT
        if any(maybe for maybe, _ in absent):
            self.conditional = True
            return _ABSENT if self.leave_out else UNKNOWN
        return UNKNOWN

    def _may_be_absent(self, branch: object, depth: int) -> tuple[bool, bool]:
        """Whether a branch may be, and whether it surely is, ``AWS::NoValue``."""
        if depth > _DEEPEST or not isinstance(branch, Mapping):
            return False, False
        intrinsic = _intrinsic(branch)
        if intrinsic is not None and _is_no_value(*intrinsic):
            return True, True
        if intrinsic is None or intrinsic[0] != "Fn::If" or not isinstance(intrinsic[1], (list, tuple)):
            return False, False
        inner = [self._may_be_absent(one, depth + 1) for one in intrinsic[1][1:]]
        return any(maybe for maybe, _ in inner), bool(inner) and all(surely for _, surely in inner)

    def _joined(self, argument: Any, depth: int) -> object:
        if not isinstance(argument, (list, tuple)) or len(argument) != 2:  # separator and parts
            return UNKNOWN
        separator, parts = argument
        if not isinstance(separator, str) or not isinstance(parts, (list, tuple)):
            return UNKNOWN
        # What a condition may leave out of a text makes the text unknown, not absent.
        known = [_Reading(leave_out=False).known(part, depth + 1) for part in parts]
        texts = [part for part in known if part is not _ABSENT]
        return separator.join(texts) if all(isinstance(part, str) for part in texts) else UNKNOWN


def _intrinsic(value: Mapping[Any, Any]) -> tuple[str, Any] | None:
    """The name and the argument of an intrinsic; None for any other map."""
    if len(value) != 1:
        return None
    ((name, argument),) = value.items()
    return (name, argument) if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")) else None


def _is_no_value(name: str, argument: object) -> bool:
    # The type first: the argument may be UNKNOWN, which cannot be compared.
    return name == "Ref" and isinstance(argument, str) and argument == _NO_VALUE


def _substituted(argument: object) -> object:
    """The text of an ``Fn::Sub`` that substitutes nothing."""
    text = argument[0] if isinstance(argument, (list, tuple)) and argument else argument
    if not isinstance(text, str) or "${" in _ESCAPED.sub("", text):
        return UNKNOWN
    return _ESCAPED.sub(r"${\1}", text)
