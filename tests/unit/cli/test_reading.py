from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from constructs_lib.cli import reading
from constructs_lib.cli.reading import MAX_BYTES, MAX_DEPTH, UnusableInputError, parse, read_object, read_text


def refusal(text: str) -> str:
    with pytest.raises(UnusableInputError) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def file_refusal(file: Path) -> str:
    with pytest.raises(UnusableInputError) as caught:
        read_object(str(file))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        (" \n\t ", "is empty"),
        ('{"a": 1,\n "b": }', "is not JSON: expecting value at line 2, column 7"),
        ('{"a" 1}', "is not JSON: expecting ':' delimiter at line 1, column 6"),
        (
            "TrainingJobName: churn",
            "is not JSON: expecting value at line 1, column 1; YAML is not read",
        ),
        (
            '{"a": 1}\n{"a": 2}',
            "has more text after its JSON value, at line 2, column 1: give one document a file",
        ),
        ('{"a": [0, NaN]}', "has NaN at a[1] (line 1): JSON has no such number"),
        ('{"a":\n {"b": Infinity}}', "has Infinity at a.b (line 2): JSON has no such number"),
        ('{"a": -Infinity}', "has -Infinity at a (line 1): JSON has no such number"),
        ("NaN", "has NaN as its whole content: JSON has no such number"),
        ('{"a": 1e999}', "has a number at a (line 1) that is too large"),
        ('{"a": -' + "9" * 5000 + "}", "has a number at a (line 1) that is too large"),
        ('{"a": {"b": 1, "c": {"x": 1},\n "b": 2}}', "has a repeated key at a.b (line 2): keep one"),
        ('{"a b": [{}, {"c": 1, "c": 1}]}', 'has a repeated key at ["a b"][1].c (line 1): keep one'),
        ('{"\\u0061": 1, "a": 2}', "has a repeated key at a (line 1): keep one"),
        ('{"a": "\\ud800"}', "has half of a character (a lone surrogate) at a (line 1)"),
        ('{"a": {"\\udc00": 1}}', 'has half of a character (a lone surrogate) at a["\\udc00"] (line 1)'),
        ("[" * 100_000, "is nested deeper than 100 levels"),
        ("[" * 101 + "]" * 101, "is nested deeper than 100 levels"),
        ('{"a":' * 101 + "1" + "}" * 101, "is nested deeper than 100 levels"),
    ],
)
def test_what_is_no_single_json_value_is_refused_with_its_place(text: str, expected: str) -> None:
    assert refusal(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('  {"a": 1} \n', {"a": 1}),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)),
        ('{"a": {"x": 1}, "b": {"x": 1}}', {"a": {"x": 1}, "b": {"x": 1}}),
        ('{"a": "NaN, {\\"a\\": 1}", "b": 1.5e3}', {"a": 'NaN, {"a": 1}', "b": 1500.0}),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        (
            json.dumps([{"a": number} for number in range(MAX_DEPTH)]),
            [{"a": number} for number in range(MAX_DEPTH)],
        ),
    ],
)
def test_what_is_json_is_read(text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "is empty"),
        (
            b"\xef\xbb\xbf{}",
            "is UTF-8 with a byte-order mark: save it as UTF-8 without a byte-order mark",
        ),
        ("{}".encode("utf-16"), "is UTF-16: save it as UTF-8 without a byte-order mark"),
        ("{}".encode("utf-32"), "is UTF-32: save it as UTF-8 without a byte-order mark"),
        (
            '{"a": 1}'.encode("utf-16-le"),
            "is UTF-16, or no text at all: save it as UTF-8 without a byte-order mark",
        ),
        (
            '{"a": 1}'.encode("utf-32-be"),
            "is UTF-32, or no text at all: save it as UTF-8 without a byte-order mark",
        ),
        (
            '{\n"a": "é"}'.encode("latin-1"),
            "is not UTF-8 (byte 0xe9 in line 2; Latin-1?): save it as UTF-8 without a byte-order mark",
        ),
        (b"[]", "holds a list, not a request, a state machine or a template"),
        (
            b"[{}]",
            "holds a list, not a request, a state machine or a template: "
            "put each request into a file of its own",
        ),
        (b'"x"', "holds a text, not a request, a state machine or a template"),
        (b"3", "holds a number, not a request, a state machine or a template"),
        (b"true", "holds true or false, not a request, a state machine or a template"),
        (b"null", "holds null, not a request, a state machine or a template"),
    ],
)
def test_a_file_of_another_encoding_or_form_is_refused_by_what_it_is(
    tmp_path: Path, data: bytes, expected: str
) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(data)
    assert file_refusal(file) == expected


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a file of 50 MB that must not be opened
    file = tmp_path / "a.json"
    with file.open("wb") as opened:
        opened.truncate(50 * 1024 * 1024)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("it was opened"))
    # then
    assert file_refusal(file) == "is larger than 16 MB, the most that is read"


def test_a_file_of_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"{}" + b" " * (MAX_BYTES - 2))
    assert read_object(str(file))[1] == {}
    file.write_bytes(b"{}" + b" " * (MAX_BYTES - 1))
    assert file_refusal(file) == "is larger than 16 MB, the most that is read"


class Endless(io.BytesIO):
    """A device without an end: all of it can never be read."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            pytest.fail("all of it was asked for")
        return b" " * size


def test_endless_input_is_read_up_to_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a file that says it is empty, as devices and pipes do
    file = tmp_path / "device"
    file.touch()
    monkeypatch.setattr(reading, "MAX_BYTES", 1024 * 1024)
    monkeypatch.setattr(Path, "open", lambda *_: Endless())
    # then
    assert file_refusal(file) == "is larger than 1 MB, the most that is read"


def test_endless_standard_input_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 1024 * 1024)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Endless()))
    with pytest.raises(UnusableInputError, match="is larger than 1 MB"):
        read_text("-")


def test_a_missing_file_a_folder_and_an_impossible_name_are_refused(tmp_path: Path) -> None:
    assert file_refusal(tmp_path / "none.json") == "there is no such file"
    assert file_refusal(tmp_path) == "cannot be read: is a directory"
    assert file_refusal(Path("a\0b")) == "cannot be read: embedded null byte"
    assert file_refusal(Path("x" * 300)) == "cannot be read: file name too long"


def test_an_error_of_the_system_is_told_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text("{}")

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert file_refusal(tmp_path / "a.json") == "cannot be read: permission denied"


def test_standard_input_is_read_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO('{"a": "é"}'.encode()), encoding="ascii"))
    assert read_text("-") == '{"a": "é"}'


def lines_of_refusal(text: bytes | str) -> int:
    """1 for what is refused in a line, 0 for what is read."""
    try:
        parse(reading._decode(text) if isinstance(text, bytes) else text)
    except UnusableInputError as error:
        return len(str(error).splitlines())
    return 0


@given(st.binary(max_size=300))
@example(b'{"a":' * 50_000)
@example(b'{"a": 1, "a": NaN')
@example(b'{"\\uD800": 1, "b": "\\')
def test_arbitrary_bytes_are_read_or_refused_in_a_line(data: bytes) -> None:
    assert lines_of_refusal(data) <= 1


JSON_LIKE = st.lists(
    st.sampled_from(
        [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            '"a"',
            '"a"',
            '"\\u0061"',
            '"\\ud800"',
            "NaN",
            "1e999",
            "1",
            "-",
            " ",
            "\n",
            '"',
        ]
    ),
    max_size=40,
).map("".join)


@given(JSON_LIKE)
def test_arbitrary_pieces_of_json_are_read_or_refused_in_a_line(text: str) -> None:
    assert lines_of_refusal(text) <= 1


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )
)
def test_whatever_json_writes_is_read_as_it_was(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert parse(text) == value
