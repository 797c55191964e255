"""Writes one frozen dataclass for every structure inside a request."""

from __future__ import annotations

import keyword
import textwrap
from typing import Any

from constructs_lib.spec.shape import Shape, snake_case

from .model_file import banner, formatted
from .source import ROOT_SHAPE, Source, shapes_of
from .words import LEFT_OUT, Words, read

__all__ = ["allowed", "render", "structures"]

WIDTH = 110
SCALARS = {"string": "str", "integer": "int", "long": "int", "boolean": "bool"}
# What may stand for a value of each type; for text that is text, as CDK's own functions give it.
UNKNOWN = {
    "string": "",
    "integer": " | UnknownNumber",
    "long": " | UnknownNumber",
    "boolean": " | Unknown",
    "list": " | UnknownList",
    "map": " | Unknown",
    "structure": " | Unknown",
}
FEW = 12
RESERVED = {name for name in dir(Shape) if not name.startswith("_")}

Table = dict[str, dict[str, Any]]


def structures(shapes: Table) -> Table:
    """The structures that become classes, by name."""
    return {
        name: shapes[name]
        for name in sorted(shapes)
        if shapes[name]["type"] == "structure" and name != ROOT_SHAPE
    }


def render(source: Source) -> str:
    """The text of ``constructs_lib/spec/shapes.py``."""
    shapes = shapes_of(source)
    classes = structures(shapes)
    words = read(classes)
    names = "".join(f'    "{name}",\n' for name in classes)
    body = "\n\n".join(_class(name, shapes, words[name]) for name in classes)
    return formatted(
        f'"""The nested values of a training job request, as typed and frozen Python objects.\n\n'
        f"Each class has a structure's own name in AWS's API; its members have AWS's names in snake case.\n"
        f"`to_request()` writes a value as boto3 takes it, and `from_request()` reads it back.\n"
        f'"""\n\n{banner(source)}\n'
        "from __future__ import annotations\n\n"
        "from collections.abc import Mapping, Sequence\nfrom dataclasses import dataclass\n"
        "from typing import ClassVar\n\n"
        "from constructs_lib.spec.shape import Shape\n"
        "from constructs_lib.spec.text import Resolvable, Unknown, UnknownList, UnknownNumber\n\n"
        f"__all__ = [\n{names}]\n\n\n{body}"
    )


def _class(name: str, shapes: Table, words: Words) -> str:
    shape = shapes[name]
    required = [member for member in shape["members"] if member in shape["required"]]
    optional = [member for member in shape["members"] if member not in shape["required"]]
    lines = [
        "@dataclass(frozen=True, kw_only=True, repr=False)",
        f"class {name}(Shape):",
        _paragraph(f'"""{words.summary}', 4, 4),
        "",
        "    Args:",
    ]
    for member in required + optional:
        python = _python_name(name, member)
        lines.append(_paragraph(_text(python, member in required, shapes, shape, words, member), 8, 12))
    lines += ['    """', "", f'    shape_name: ClassVar[str] = "{name}"', ""]
    lines += [f"    {snake_case(member)}: {_annotation(shapes, shape, member)}" for member in required]
    lines += [
        f"    {snake_case(member)}: {_annotation(shapes, shape, member)} | None = None" for member in optional
    ]
    return "\n".join(lines) + "\n"


def _python_name(name: str, member: str) -> str:
    python = snake_case(member)
    if keyword.iskeyword(python) or python in RESERVED or not python.isidentifier():
        raise SystemExit(f"{name}.{member}: {python} cannot be the name of a field; give it another")
    return python


def _text(
    python: str, required: bool, shapes: Table, shape: dict[str, Any], words: Words, member: str
) -> str:
    meaning, _, left_out = words.members[python].partition(LEFT_OUT)
    parts = [f"{python}: {meaning.strip()}", allowed(shapes, shape["members"][member])]
    parts.append("Required." if required else LEFT_OUT + left_out)
    return " ".join(part for part in parts if part)


def _paragraph(text: str, first: int, rest: int) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _annotation(shapes: Table, shape: dict[str, Any], member: str) -> str:
    name = shape["members"][member]
    return _type(shapes, name) + UNKNOWN[shapes[name]["type"]]


def _type(shapes: Table, name: str) -> str:
    shape = shapes[name]
    if shape["type"] == "structure":
        return name
    if shape["type"] == "list":
        return f"Sequence[{_type(shapes, shape['member'])}]"
    if shape["type"] == "map":
        return f"Mapping[str, {_type(shapes, shape['value'])} | Resolvable]"
    return SCALARS[shape["type"]]


def allowed(shapes: Table, name: str) -> str:
    """What the model allows for a shape, in a sentence; empty where that is nothing but its type."""
    shape = shapes[name]
    if shape["type"] == "list":
        return _joined(_bounds(shape, " entries"), _each("each", shapes, shape["member"]))
    if shape["type"] == "map":
        keys, values = _each("keys", shapes, shape["key"]), _each("values", shapes, shape["value"])
        return _joined(_bounds(shape, " entries"), keys, values)
    return _joined(_scalar(shape))


def _each(what: str, shapes: Table, name: str) -> str:
    text = _scalar(shapes[name])
    return f"{what} {text}" if text else ""


def _scalar(shape: dict[str, Any]) -> str:
    if "enum" in shape:
        values = [f'"{value}"' for value in shape["enum"]]
        if len(values) == 1:
            return values[0]
        if len(values) <= FEW:
            return f"{', '.join(values[:-1])} or {values[-1]}"
        newer = "newer ones are warned about, not refused" if shape.get("open_enum") else "no other"
        return f"one of {len(values)} known values, such as {values[0]}; {newer}"
    return _bounds(shape, " characters" if shape["type"] == "string" else "")


def _bounds(shape: dict[str, Any], unit: str) -> str:
    low, high = shape.get("min"), shape.get("max")
    if high is None:
        return "" if low is None else f"{low:,} or more{unit}"
    if unit and not low:
        return f"up to {high:,}{unit}"
    if low == high:
        return f"exactly {low:,}{unit if low != 1 else unit.replace('ies', 'y')}"
    return f"up to {high:,}{unit}" if low is None else f"{low:,} to {high:,}{unit}"


def _joined(*parts: str) -> str:
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:] + "." if text else ""
