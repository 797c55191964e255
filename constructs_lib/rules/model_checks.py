"""The service model as functions: one for each shape, made once, when it is first needed.

A check gets a value, the path of its parent and its own key, and hands back what the rules may look at: the
value itself, or `UNKNOWN` in the place of what is unknown or ill formed. Containers pass over text that is
surely right without calling its check (`quick`), and nothing is built on the way through a correct request
but pairs of a container's place and its parent's. How a mistake is said is `model_reports`' part.
"""

# ruff: noqa: ARG001 (every maker has one signature)

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from constructs_lib.rules.harmless import HARMLESS
from constructs_lib.rules.model_reports import Key, Run, Trail, report
from constructs_lib.rules.quick import full_match, quick
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.service_model.create_training_job import SHAPES
from constructs_lib.spec.text import is_unknown

__all__ = ["Checker", "Watch", "compile_shape"]

Checker = Callable[[Any, Trail, Key, Run], object]
Of = Callable[[str], Checker]

_NO_LIMIT = sys.maxsize
_PARTS = ("member", "key", "value")


class Watch(NamedTuple):
    """What makes which rules worth running: each rule is a bit.

    Attributes:
        present: the rules to run when a member is present, by ``Shape.Member``.
        missing: the rules to run when a member is not, while its structure is.
        doubts: the rules to run when a value is not harmless, by shape.
        raw: the rules that look at a request as it was given, so also at what is out of the checks' sight.
    """

    present: Mapping[str, int]
    missing: Mapping[str, int]
    doubts: Mapping[str, int]
    raw: int


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
        member: (of(inner), watch.present.get(f"{name}.{member}", 0), quick(inner, watch.doubts))
        for member, inner in shape["members"].items()
    }
    required, missing = shape["required"], watch.missing
    watched = dict.fromkeys(
        member for member in shape["members"] if member in required or f"{name}.{member}" in missing
    ).keys()
    harmless, doubt = _watched_size(name, watch)
    below = _doubts_below(name, watch) & watch.raw

    def check(value: Any, path: Trail, key: Key, run: Run) -> object:
        here = (path, key)
        if type(value) is not dict:
            value = _container(value, here, run, name, below)
            if value is UNKNOWN:
                return UNKNOWN
        changed = None
        # Rules are bits of a long number: to set none costs more than to ask.
        if doubt and not harmless[0] <= len(value) <= harmless[1]:
            run.rules |= doubt
        for member, item in value.items():
            entry = members.get(member)
            if entry is None:
                run.rules |= below
                report(run, "model:unknown-field", here, name, member)
                continue
            item_check, bits, is_right = entry
            if bits:
                run.rules |= bits
            if type(item) is str and is_right(item):
                continue
            known = item_check(item, here, member, run)
            if known is not item:
                changed = changed or dict(value)
                changed[member] = known
        if not watched <= value.keys():
            for member in watched:
                if member not in value:
                    run.rules |= missing.get(f"{name}.{member}", 0)
                    if member in required:
                        report(run, "model:required", (here, member), name, None)
                        changed = changed or dict(value)
                        changed[member] = UNKNOWN
        return changed or value

    return check


def _watched_size(name: str, watch: Watch) -> tuple[tuple[int, int], int]:
    """How many entries of a container are harmless, and the rules to run when it has another number."""
    doubt = watch.doubts.get(name, 0)
    harmless: Any = HARMLESS[name] if doubt else (0, _NO_LIMIT)
    return harmless, doubt


def _list(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    item_check, is_right = of(shape["member"]), quick(shape["member"], watch.doubts)
    least, most = shape.get("min", 0), shape.get("max", _NO_LIMIT)
    harmless, doubt = _watched_size(name, watch)
    below = _doubts_below(name, watch) & watch.raw

    def check(value: Any, path: Trail, key: Key, run: Run) -> object:
        here = (path, key)
        if type(value) is not list:
            value = _container(value, here, run, name, below)
            if value is UNKNOWN:
                return UNKNOWN
        elif len(value) == 1 and type(value[0]) is str and is_unknown(value):
            return UNKNOWN  # a token for a whole list is a list of one text
        if doubt and not harmless[0] <= len(value) <= harmless[1]:
            run.rules |= doubt
        if not least <= len(value) <= most:
            report(run, "model:size", here, name, value)
        return [
            item if type(item) is str and is_right(item) else item_check(item, here, index, run)
            for index, item in enumerate(value)
        ]

    return check


def _map(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    key_check, value_check = of(shape["key"]), of(shape["value"])
    is_right_key, is_right = quick(shape["key"], watch.doubts), quick(shape["value"], watch.doubts)
    least, most = shape.get("min", 0), shape.get("max", _NO_LIMIT)
    doubt = watch.doubts.get(shape["key"], 0) | watch.doubts.get(shape["value"], 0)

    def check(value: Any, path: Trail, key: Key, run: Run) -> object:
        here = (path, key)
        if type(value) is not dict:
            value = _container(value, here, run, name, doubt)
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
            if not is_right_key(entry) and key_check(entry, here, entry, run) is UNKNOWN:
                unknown_keys = True
            if type(item) is str and is_right(item):
                continue
            known = value_check(item, here, entry, run)
            if known is not item:
                changed = changed or dict(value)
                changed[entry] = known
        return UNKNOWN if unknown_keys else changed or value

    return check


def _doubts_below(name: str, watch: Watch) -> int:
    """The rules about values of any shape that a shape is made of: run when those are out of sight."""
    shape = SHAPES[name]
    inner = (*shape.get("members", {}).values(), *(shape[part] for part in _PARTS if part in shape))
    bits = watch.doubts.get(name, 0)
    for below in inner:
        bits |= _doubts_below(below, watch)
    return bits


def _container(value: object, here: Trail, run: Run, name: str, doubts: int) -> Any:
    """A container of another Python type as a dict or list; `UNKNOWN` for what is none."""
    run.rules |= doubts
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
    """Text at which the quick look did not say yes: unknown, still right, or reported."""
    doubt = watch.doubts.get(name, 0)

    def check(value: Any, path: Trail, key: Key, run: Run) -> object:
        run.rules |= doubt
        if value is UNKNOWN or is_unknown(value):
            return UNKNOWN
        here = (path, key)
        if not isinstance(value, str):
            report(run, "model:null" if value is None else "model:type", here, name, value)
            return UNKNOWN
        broken = _broken(shape, value)
        if broken is None:
            return value
        return value if report(run, broken, here, name, value) == "warning" else UNKNOWN

    return check


def _broken(shape: Mapping[str, Any], value: str) -> str | None:
    """The constraint that a text breaks; its length is looked at before its pattern, which takes longer."""
    if "enum" in shape:
        return None if value in shape["enum"] else "model:enum"
    if not shape.get("min", 0) <= len(value) <= shape.get("max", _NO_LIMIT):
        return "model:length"
    fits = "pattern" not in shape or full_match(shape["pattern"])(value)
    return None if fits else "model:pattern"


def _number(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    # The wire carries an integer in 32 bits, a long in 64.
    bits = 31 if shape["type"] == "integer" else 63
    least, most = shape.get("min", -(2**bits)), shape.get("max", 2**bits - 1)
    doubt = watch.doubts.get(name, 0)
    harmless: Any = HARMLESS[name] if doubt else (least, most)
    low, high = harmless

    def check(value: Any, path: Trail, key: Key, run: Run) -> object:
        if type(value) is int and low <= value <= high:
            return value
        run.rules |= doubt
        if value is UNKNOWN or is_unknown(value):
            return UNKNOWN
        here = (path, key)
        if isinstance(value, int) and not isinstance(value, bool):
            if least <= value <= most:
                return value
            report(run, "model:range", here, name, value)
        else:
            report(run, "model:null" if value is None else "model:type", here, name, value)
        return UNKNOWN

    return check


def _flag(name: str, shape: Mapping[str, Any], of: Of, watch: Watch) -> Checker:
    def check(value: Any, path: Trail, key: Key, run: Run) -> object:
        if value is True or value is False:
            return value
        if value is not UNKNOWN and not is_unknown(value):
            here = (path, key)
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
