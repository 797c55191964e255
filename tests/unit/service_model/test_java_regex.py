"""Java's patterns mean in Python what they mean in Java."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service_model.java_regex import PatternError, translate

from constructs_lib.service_model.create_training_job import SHAPES

ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = frozenset("0123456789")
SPACES = frozenset(" \t\n\x0b\f\r")
LINE_ENDS = frozenset("\n\r\x85\u2028\u2029")
Test = Callable[[str], bool]
# What java.util.regex.Pattern documents, said once more and without a pattern.
ATOMS: dict[str, Test] = {
    ".": lambda char: char not in LINE_ENDS,
    r"\d": lambda char: char in DIGITS,
    r"\D": lambda char: char not in DIGITS,
    r"\w": lambda char: char in ASCII_LETTERS | DIGITS | {"_"},
    r"\W": lambda char: char not in ASCII_LETTERS | DIGITS | {"_"},
    r"\s": lambda char: char in SPACES,
    r"\S": lambda char: char not in SPACES,
    r"\p{Alnum}": lambda char: char in ASCII_LETTERS | DIGITS,
    r"\p{Z}": lambda char: unicodedata.category(char)[0] == "Z",
    r"\.": lambda char: char == ".",
    r"\/": lambda char: char == "/",
    "a": lambda char: char == "a",
    "é": lambda char: char == "é",
}
IN_CLASS: dict[str, Test] = {
    **{atom: test for atom, test in ATOMS.items() if atom != "."},
    ".": lambda char: char == ".",
    "b-y": lambda char: "b" <= char <= "y",
    r"+-\/": lambda char: "+" <= char <= "/",
    r"\p{L}\p{N}_": lambda char: unicodedata.category(char)[0] in "LN" or char == "_",
    "$": lambda char: char == "$",
    r"\]": lambda char: char == "]",
}
CHARS = st.one_of(
    st.sampled_from(
        "ab yz09_-./+:$[]\t\n\x0b\f\r\x1c\x85\xa0é٣²½中Ⅷ\u1680\u2028\u2029\u200b\u3000\U0001d7d8𐀀"
    ),
    st.characters(),
)


@st.composite
def classes(draw: st.DrawFn) -> tuple[str, Test]:
    """A class in brackets, and what is in it."""
    negated = draw(st.booleans())
    items = draw(st.lists(st.sampled_from(sorted(IN_CLASS)), min_size=1, max_size=4))
    tests = [IN_CLASS[item] for item in items]
    if all(any(test(chr(code)) for test in tests) for code in range(0x3100)):
        negated = False  # a class of nothing is refused
    return f"[{'^' * negated}{''.join(items)}]", lambda char: any(test(char) for test in tests) != negated


PIECES = st.one_of(st.sampled_from(sorted(ATOMS.items())), classes())


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(PIECES, CHARS), min_size=1, max_size=6))
def test_a_row_of_pieces_matches_where_each_piece_does(row: list[tuple[tuple[str, Test], str]]) -> None:
    pattern = translate("".join(piece for (piece, _), _ in row))
    text = "".join(char for _, char in row)

    expected = all(test(char) for (_, test), char in row)

    assert bool(re.fullmatch(pattern, text)) == expected


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet=r"\[](){}^$.|?*+-&=!<:,aApPdDsSwWbQE01_{Lé" + "\n", max_size=12))
def test_what_is_not_refused_compiles_and_is_ascii(source: str) -> None:
    try:
        pattern = translate(source)
    except PatternError:
        return
    re.compile(pattern)
    assert pattern.isascii()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (".*", r"[^\n\r\x85\u2028\u2029]*"),
        (r"\d{12}", "[0-9]{12}"),
        (r"[\d_]", "[0-9_]"),
        (r"\w+?", "[0-9A-Z_a-z]+?"),
        (r"[\S\s]*", r"[\s\S]*"),
        (r"[\D\w]", r"[\s\S]"),
        (r"[\S]", r"[^\x09-\x0d ]"),
        (r"[^\W]", "[0-9A-Z_a-z]"),
        (r"[\s]", r"[\x09-\x0d ]"),
        (r"[a-z0-9-\.]", r"[a-z0-9\-.]"),
        (r"[-0-9a-zA-Z]+", r"[\-0-9a-zA-Z]+"),
        (r"[\p{L}\p{N}_]", r"[\w_]"),
        (r"^a\/b$", "a/b"),
        (r"(?<!-)(?:x|\$)", r"(?<!-)(?:x|\$)"),
        ("é#", r"\xe9#"),
        (r"[\[&~]", r"[\[\&\~]"),
    ],
)
def test_a_piece_is_written_anew(source: str, expected: str) -> None:
    assert translate(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "[a&&b]", "[a[b]]", "[]", "[^]", r"[^\D\d]", "[a", "[z-a]", r"[a-\d]", r"[\p{L}]", r"[\p{N}_]",
        r"[\p{L}\p{N}]", r"\p{L}", r"\P{L}", r"\p{IsGreek}", r"\p{Punct}", r"\b", r"\B", r"\A", r"\Z", r"\z",
        r"\Qa\E", r"\1", r"\k<a>", r"\h", r"\R", r"\X", r"\e", r"\cA", r"\0", r"\x{41}", r"\N{DIGIT ONE}",
        "a*+", "a++", "a?+", "a{2}+", "a**", "a{2}{3}", "a{,2}", "{2}", "a{", "a{b}",
        "(?i)a", "(?<n>a)", "(?>a)", "a^b", "a$b", "(a$)", "^*", "$?", "(", ")", "*a", "\\", "(?<=a*)b", "[z",
        r"\é", "a{99999999999}",
    ],
)  # fmt: skip
def test_what_has_no_rule_is_refused(source: str) -> None:
    with pytest.raises(PatternError):
        translate(source)


def test_pythons_word_characters_are_all_letters_all_numbers_and_the_underscore() -> None:
    word = re.compile(translate(r"[\p{L}\p{N}_]"))
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        expected = unicodedata.category(char)[0] in "LN" or char == "_"
        assert (word.fullmatch(char) is not None) == expected, hex(code)


def test_the_separators_are_unicodes_own() -> None:
    separator = re.compile(translate(r"\p{Z}"))
    for code in range(sys.maxunicode + 1):
        expected = unicodedata.category(chr(code))[0] == "Z"
        assert (separator.fullmatch(chr(code)) is not None) == expected, hex(code)


PATTERNS = {name: shape for name, shape in SHAPES.items() if "source_pattern" in shape}


def test_the_table_has_every_pattern_translated() -> None:
    assert len(PATTERNS) == 41
    for shape in PATTERNS.values():
        assert translate(shape["source_pattern"]) == shape["pattern"]


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        ("TrainingJobName", "a-B--9", "a-"),
        ("TrainingJobName", "9", "a_b"),
        ("RoleArn", "arn:aws-cn:iam::123456789012:role/a.b@c", "arn:aws:iam::12345678901٣:role/a"),
        ("S3Uri", "s3://bucket", "s3:///key"),
        ("S3Uri", "https://b/k k", "s3://b/k\nk"),
        ("TagKey", "größe 中_½", "a#b"),
        ("TagValue", "", "a\tb"),
        ("TagValue", "a\u2028\u3000b", "a;b"),
        ("HyperParameterValue", "\t\x0b", "a\x85"),
        ("TrainingEnvironmentValue", "a\n\u2028\r", None),
        ("ArnOrName", "a-b", "a-"),
        ("SequenceLength", "32K", "٣K"),
        ("FileSystemId", "fs-0123abcd", "fs-0123abcG"),
        ("ModelPackageArn", "arn:aws:sagemaker:eu-west-1:123456789012:model-package/a\xa0", None),
        ("ModelPackageArn", None, "arn:aws:sagemaker:eu-west-1:123456789012:model-package/a b"),
        (
            "ServerlessJobBaseModelArn",
            "arn:aws:sagemaker:us-west-2:aws:hub-content/Hub/Model/m/1.2.3",
            "arn:aws:sagemaker:us-wést-2:aws:hub-content/Hub/Model/m",
        ),
        (
            "TrainingRepositoryCredentialsProviderArn",
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "arn:aws:lambda:us_east:123456789012:function:f",
        ),
    ],
)
def test_the_patterns_of_the_model_take_and_refuse(shape: str, good: str | None, bad: str | None) -> None:
    pattern = re.compile(SHAPES[shape]["pattern"])
    if good is not None:
        assert pattern.fullmatch(good)
    if bad is not None:
        assert not pattern.fullmatch(bad)


def _rows(count: int) -> list[tuple[str, str, str]]:
    """Patterns of every kind with texts, their translations beside them; and all those of the model."""
    chance = random.Random(7)
    pieces = [
        *ATOMS,
        *(f"[{item}{other}]" for item in IN_CLASS for other in IN_CLASS),
        "[^a-z-]",
        "(?!a)",
        "(b|c)",
    ]
    chars = "abyz059_-. /:=+$é٣²½中Ⅷ\t\n\r\x0b\x1c\x85\xa0\u1680\u2028\u2029\u200b\u3000\U0001d7d8𐀀"
    rows = []
    for _ in range(count):
        quantified = [chance.choice(pieces) + chance.choice(["", "", "*", "+?", "{0,2}"]) for _ in range(3)]
        source = "".join(quantified)
        rows.append((source, translate(source), "".join(chance.choices(chars, k=chance.randint(0, 4)))))
    for shape in PATTERNS.values():
        for char in chars:
            for text in (char, f"s3://b/{char}", f"a{char}b"):
                rows.append((shape["source_pattern"], shape["pattern"], text))
    return rows


@pytest.mark.skipif(shutil.which("javac") is None, reason="asks a Java development kit, which is not here")
def test_java_says_the_same() -> None:
    rows = _rows(4_000)
    codes = [
        "\t".join(",".join(str(ord(char)) for char in text) for text in (row[0], row[2])) for row in rows
    ]
    program = Path(__file__).with_name("Matches.java")

    done = subprocess.run(
        ["java", "-Xss16m", str(program)], input="\n".join(codes), capture_output=True, text=True, check=True
    )

    expected = ["yes" if re.fullmatch(pattern, text) else "no" for _, pattern, text in rows]
    assert done.stdout.splitlines() == expected
    assert 1_000 < expected.count("yes") < len(rows) - 1_000
