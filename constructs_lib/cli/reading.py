"""Reads JSON strictly: what is refused is refused in one line that says what it is and where."""

from __future__ import annotations

import codecs
import json
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from constructs_lib.cli.positions import line_and_column, scan
from constructs_lib.errors import ConstructsLibError
from constructs_lib.rules.paths import render

__all__ = ["MAX_BYTES", "MAX_DEPTH", "UnusableInputError", "parse", "read_object", "read_text"]

MAX_BYTES = 16 * 1024 * 1024
"""Longer input is refused before it is read: a request has 100 KB at most, a template 1 MB."""
MAX_DEPTH = 100
"""How deep values may be nested; what reads them afterwards recurses."""
_MAX_DIGITS = 400  # more than any number of the service; converting many more takes quadratic time

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "UTF-8 with a byte-order mark"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_KINDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false"}
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class UnusableInputError(ConstructsLibError):
    """An input that cannot be checked; the text is the reason, in one line, without the input's name."""


class _Refused(Exception):  # no error of its own: `parse` makes one of it
    """A value that the decoder refuses, before its place is known."""


def read_text(name: str) -> str:
    """Reads a file, or standard input.

    Args:
        name: the file's name, or ``-``.

    Returns:
        Its text.

    Raises:
        UnusableInputError: it cannot be read, is too large, or is not UTF-8 without a byte-order mark.
    """
    if not name:  # pathlib takes it for the working folder
        raise UnusableInputError("an empty name is no file")
    try:
        if name == "-":
            if sys.stdin is None:  # closed by whoever started the process
                raise UnusableInputError("cannot be read: standard input is closed")
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            file = Path(name)
            _check_size(file.stat().st_size)
            with file.open("rb") as opened:  # a device or pipe has no size: no more than that is read
                data = opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UnusableInputError("there is no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnusableInputError(f"cannot be read: {reason.lower()}") from None
    _check_size(len(data))
    return _decode(data)


def parse(text: str) -> Any:
    """Parses JSON, and refuses what JSON itself leaves open.

    Args:
        text: one JSON value.

    Returns:
        Its value.

    Raises:
        UnusableInputError: it is empty, no JSON, followed by more text, nested deeper than `MAX_DEPTH`, or
            has a repeated key, a number out of range, NaN, Infinity or half a character.
    """
    if not text.strip():
        raise UnusableInputError("is empty")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise UnusableInputError(_syntax(text, error)) from None
    except RecursionError:
        raise _too_deep() from None
    except _Refused as refused:
        raise UnusableInputError(_place(text, str(refused))) from None
    if text.count("{") + text.count("[") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise _too_deep()
    if _SURROGATE.search(text):
        _check_surrogates(text)
    return value


def read_object(name: str) -> tuple[str, dict[str, Any]]:
    """Reads a JSON object, the form of every input.

    Args:
        name: the file's name, or ``-``.

    Returns:
        Its text, and its members.

    Raises:
        UnusableInputError: as `read_text` and `parse`; or it holds something else, such as a list.
    """
    text = read_text(name)
    value = parse(text)
    if isinstance(value, dict):
        return text, value
    advice = ": put each request into a file of its own" if isinstance(value, list) and value else ""
    kind = _KINDS.get(type(value), "null")
    raise UnusableInputError(f"holds {kind}, not a request, a state machine or a template{advice}")


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise UnusableInputError(f"is larger than {MAX_BYTES // 2**20} MB, the most that is read")


def _decode(data: bytes) -> str:
    advice = "save it as UTF-8 without a byte-order mark"
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            raise UnusableInputError(f"is {encoding}: {advice}")
    if b"\0" in data[:4]:  # JSON starts with two ASCII characters
        width = 32 if b"\0\0" in data[:4] else 16
        raise UnusableInputError(f"is UTF-{width}, or no text at all: {advice}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise UnusableInputError(
            f"is not UTF-8 (byte 0x{byte:02x} in line {line}; Latin-1?): {advice}"
        ) from None


def _too_deep() -> UnusableInputError:
    return UnusableInputError(f"is nested deeper than {MAX_DEPTH} levels")


def _syntax(text: str, error: json.JSONDecodeError) -> str:
    where = f"line {error.lineno}, column {error.colno}"
    if error.msg == "Extra data":
        return f"has more text after its JSON value, at {where}: give one document a file"
    hint = (
        "; YAML is not read"
        if error.pos == len(text) - len(text.lstrip()) and text.lstrip()[0] not in "{["
        else ""
    )
    return f"is not JSON: {error.msg[0].lower()}{error.msg[1:]} at {where}{hint}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Refused("repeated")
    return value


def _constant(token: str) -> NoReturn:
    raise _Refused(token)


def _integer(token: str) -> int:
    if len(token) > _MAX_DIGITS:
        raise _Refused(token)
    return int(token)


def _float(token: str) -> float:
    value = float(token)
    if value in (float("inf"), float("-inf")):
        raise _Refused(token)
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_float
)


def _place(text: str, refused: str) -> str:
    """What was refused, with its path and line; only the slow scanner knows where it stands."""
    for path, offset, token, repeated in scan(text):
        where = (
            f"at {render(path)} (line {line_and_column(text, offset)[0]})" if path else "as its whole content"
        )
        if repeated:
            return f"has a repeated key {where}: keep one"
        if refused != "repeated" and token == refused:
            if token[-1].isdigit():
                return f"has a number {where} that is too large"
            return f"has {token} {where}: JSON has no such number"
    return "has a repeated key"


def _check_surrogates(text: str) -> None:
    for path, offset, token, _ in scan(text):
        keys = [step for step in path[-1:] if isinstance(step, str)]
        for part in (*keys, json.loads(token) if token.startswith('"') else ""):
            try:
                part.encode("utf-8")
            except UnicodeEncodeError:
                where = f"{render(path) or 'its value'} (line {line_and_column(text, offset)[0]})"
                raise UnusableInputError(f"has half of a character (a lone surrogate) at {where}") from None


def _deeper_than(value: object, levels: int) -> bool:
    """Whether containers are nested deeper than that; without recursion, so it can tell of any depth."""
    layer = [value]
    for _ in range(levels):
        layer = [
            item
            for container in layer
            if isinstance(container, (dict, list))
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, (dict, list))
        ]
        if not layer:
            return False
    return True
