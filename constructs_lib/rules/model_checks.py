"""The service model as functions: one for each shape, made once, when it is first needed.

A check gets a value, the path of its parent and its own key, and hands back what the rules may look at: the
value itself, or `UNKNOWN` in the place of what is unknown or ill formed. Nothing is built on the way through
a correct request but the paths of its structures; how a mistake is said is `model_reports`' part.
"""

# ruff: noqa: ARG001 (every maker has one signature)

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from constructs_lib.rules.harmless import HARMLESS
from constructs_lib.rules.model_reports import Run, report
from constructs_lib.rules.rule import Path
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.service_model.create_training_job import SHAPES
from constructs_lib.spec.text import is_unknown

__all__ = ["Checker", "Watch", "compile_shape"]

Checker = Callable[[Any, Path, "str | int | None", Run], object]
Of = Callable[[str], Checker]

_NO_LIMIT = sys.maxsize
# Java's `.*`: no line ends, as Java knows them.
_ANY_TEXT = r"[^\n\r\x85\u2028\u2029]*"


class Watch(NamedTuple):
    """What makes which rules worth running: each rule is a bit.

    Attributes:
        present: the rules to run when a member is present, by ``Shape.Member``.
        missing: the rules to run when a member is not, while its structure is.
        doubts: the rules to run when a value is not harmless, by shape.
    """

    present: Mapping[str, int]
    missing: Mapping[str, int]
    doubts: Mapping[str, int]


def compile_shape(name: str, watch: Watch) -> Checker:
    """The check of a shape, and of all that it is made of."""
    made: dict[str, Checker] = {}

    def of(shape_name: str) -> Checker:
        if shape_name not in made:
            shape = SHAPES[shape_name]
            made[shape_name] = _MAKERS[shape["type"]](shape_name, shape, of, watch)
        return made[shape_name]

    return of(name)


def _structure(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    members = {
        member: (of(inner), watch.present.get(f"{name}.{member}", 0))
        for member, inner in shape["members"].items()
    }
    required = frozenset(shape["required"])
    missing = {
        member: watch.missing.get(f"{name}.{member}", 0)
        for member in shape["members"]
        if member in required or f"{name}.{member}" in watch.missing
    }
    harmless, doubt = _watched_size(name, watch)

    def check(value: Any, path: Path, key: str | int | None, run: Run) -> object:
        here = path if key is None else (*path, key)
        if type(value) is not dict:
            value = _container(value, here, run, name)
            if value is UNKNOWN:
                return UNKNOWN
        changed = None
        rules = 0 if harmless[0] <= len(value) <= harmless[1] else doubt
        for member, item in value.items():
            if member not in members:
                report(run, "model:unknown-field", here, name, member)
                continue
            item_check, bits = members[member]
            rules |= bits
            known = item_check(item, here, member, run)
            if known is not item:
                changed = changed or dict(value)
                changed[member] = known
        for member, bits in missing.items():
            if member not in value:
                rules |= bits
                if member in required:
                    report(run, "model:required", (*here, member), name, None)
                    changed = changed or dict(value)
                    changed[member] = UNKNOWN
        run.rules |= rules
        return changed or value

    return check


def _watched_size(name: str, watch: Watch) -> tuple[tuple[int, int], int]:
    """How many entries of a container are harmless, and the rules to run when it has another number."""
    doubt = watch.doubts.get(name, 0)
    harmless: Any = HARMLESS[name] if doubt else (0, _NO_LIMIT)
    return harmless, doubt


def _list(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    item_check = of(shape["member"])
    least, most = shape.get("min", 0), shape.get("max", _NO_LIMIT)
    harmless, doubt = _watched_size(name, watch)

    def check(value: Any, path: Path, key: str | int | None, run: Run) -> object:
        here = path if key is None else (*path, key)
        if type(value) is not list:
            value = _container(value, here, run, name)
            if value is UNKNOWN:
                return UNKNOWN
        elif len(value) == 1 and is_unknown(value):
            return UNKNOWN
        if not harmless[0] <= len(value) <= harmless[1]:
            run.rules |= doubt
        if not least <= len(value) <= most:
            report(run, "model:size", here, name, value)
        return [item_check(item, here, index, run) for index, item in enumerate(value)]

    return check


def _map(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    key_check, value_check = of(shape["key"]), of(shape["value"])
    least, most = shape.get("min", 0), shape.get("max", _NO_LIMIT)
    doubt = watch.doubts.get(shape["key"], 0) | watch.doubts.get(shape["value"], 0)

    def check(value: Any, path: Path, key: str | int | None, run: Run) -> object:
        here = path if key is None else (*path, key)
        if type(value) is not dict:
            run.rules |= doubt
            value = _container(value, here, run, name)
            if value is UNKNOWN:
                return UNKNOWN
        if not least <= len(value) <= most:
            report(run, "model:size", here, name, value)
        changed = None
        unknown_keys = False
        for entry, item in value.items():
            if not isinstance(entry, str):
                run.rules |= doubt
                report(run, "model:type", here, shape["key"], entry)
                unknown_keys = True
                continue
            if key_check(entry, here, entry, run) is UNKNOWN:
                unknown_keys = True
            known = value_check(item, here, entry, run)
            if known is not item:
                changed = changed or dict(value)
                changed[entry] = known
        return UNKNOWN if unknown_keys else changed or value

    return check


def _container(value: object, here: Path, run: Run, name: str) -> Any:
    """A container of another Python type as a dict or list; `UNKNOWN` for what is none."""
    wants_list = SHAPES[name]["type"] == "list"
    if value is UNKNOWN or is_unknown(value):
        return UNKNOWN
    if not wants_list and isinstance(value, Mapping):
        return dict(value)
    if wants_list and isinstance(value, (list, tuple)):
        return list(value)
    report(run, "model:null" if value is None else "model:type", here, name, value)
    return UNKNOWN


def _text(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    """Text of some form: what is surely right is seen at once, all else looked at closely."""
    doubt = watch.doubts.get(name, 0)
    surely = _sure(shape, HARMLESS[name] if doubt else None)
    least, most = shape.get("min", 0), shape.get("max", _NO_LIMIT)
    if "enum" in shape:
        allowed: Any = HARMLESS[name] if doubt else frozenset(shape["enum"])

        def check_enum(value: Any, path: Path, key: str | int | None, run: Run) -> object:
            if type(value) is str and value in allowed:
                return value
            run.rules |= doubt
            return _doubtful_text(value, path, key, run, name)

        return check_enum

    def check(value: Any, path: Path, key: str | int | None, run: Run) -> object:
        if type(value) is str and least <= len(value) <= most and surely(value):
            return value
        run.rules |= doubt
        return _doubtful_text(value, path, key, run, name)

    return check


def _sure(shape: Mapping[str, Any], harmless: object) -> Callable[[str], object]:
    """Whether a text surely is a known one that matches, and harmless; False: look closer."""
    pattern = harmless if isinstance(harmless, str) else shape.get("pattern")
    if pattern is None or pattern in (_ANY_TEXT, _ANY_TEXT[:-1] + "+"):
        # Printable text has no line ends, and text without braces no tokens: no pattern is needed.
        return lambda text: text.isprintable() and "{" not in text and "e+289" not in text
    matches = full_match(pattern)
    if pattern is harmless or not any(sign in pattern for sign in (".", "[^", r"\S", "{", r"\W")):
        return matches
    return lambda text: "{" not in text and "e+289" not in text and matches(text)


@cache
def full_match(pattern: str) -> Callable[[str], object]:
    """A pattern, compiled once, as the test of a whole text."""
    return re.compile(pattern).fullmatch


def _doubtful_text(value: object, path: Path, key: str | int | None, run: Run, name: str) -> object:
    """What a text check answers when the quick look did not say yes: unknown, still right, or reported."""
    here = path if key is None else (*path, key)
    shape = SHAPES[name]
    if value is UNKNOWN or is_unknown(value):
        return UNKNOWN
    if not isinstance(value, str):
        report(run, "model:null" if value is None else "model:type", here, name, value)
    elif "enum" in shape:
        if value not in shape["enum"]:
            return value if report(run, "model:enum", here, name, value) == "warning" else UNKNOWN
        return value
    elif not shape.get("min", 0) <= len(value) <= shape.get("max", _NO_LIMIT):
        report(run, "model:length", here, name, value)
    elif "pattern" in shape and not full_match(shape["pattern"])(value):
        report(run, "model:pattern", here, name, value)
    else:
        return value
    return UNKNOWN


def _number(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    # The wire carries an integer in 32 bits, a long in 64.
    bits = 31 if shape["type"] == "integer" else 63
    least, most = shape.get("min", -(2**bits)), shape.get("max", 2**bits - 1)
    doubt = watch.doubts.get(name, 0)
    harmless: Any = HARMLESS[name] if doubt else (least, most)
    low, high = harmless

    def check(value: Any, path: Path, key: str | int | None, run: Run) -> object:
        if type(value) is int and low <= value <= high:
            return value
        run.rules |= doubt
        if value is UNKNOWN or is_unknown(value):
            return UNKNOWN
        here = path if key is None else (*path, key)
        if isinstance(value, int) and not isinstance(value, bool):
            if least <= value <= most:
                return value
            report(run, "model:range", here, name, value)
        else:
            report(run, "model:null" if value is None else "model:type", here, name, value)
        return UNKNOWN

    return check


def _flag(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    def check(value: Any, path: Path, key: str | int | None, run: Run) -> object:
        if value is True or value is False:
            return value
        if value is not UNKNOWN and not is_unknown(value):
            here = path if key is None else (*path, key)
            report(run, "model:null" if value is None else "model:type", here, name, value)
        return UNKNOWN

    return check


_MAKERS: dict[str, Callable[..., Checker]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _text,
    "integer": _number,
    "long": _number,
    "boolean": _flag,
}
