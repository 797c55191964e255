"""What must not reach a CloudFormation event: secrets, by their form, by their name, and the job's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
LINE_BREAK = " | "  # between the lines of a log's tail
LEAST = 4
# The values that a secret-looking switch (use_auth_token) has, and that stand in any text.
COMMON_VALUES = frozenset({"true", "false", "none", "null"})
# Replaced text may show another secret: a value that another one was part of.
_PASSES = 5
_LINES_LOOKED_AT = 50
Span = tuple[int, int]

_KEY_OF = "api|access|private|secret|account|encryption|signing|ssh|auth|client|storage|subscription|license"
# Words that make a name secret. Not the tokens of a text (max_tokens, tokenizer).
_WORDS = (
    r"passw|passphrase|pwd|(?<=[_.-])pass(?![a-z])|secret(?!smanager\b)|token(?!s\b|s_|i[sz])|credential|"
    rf"(?:{_KEY_OF})[_. -]?key(?![_. -]?id)|authorization|(?<![a-z])auth(?![a-z])|(?<![a-z])jwt|cookie|"
    r"signature|(?<![a-z])dsn(?![a-z])|connection[_. -]?string"
)
_NAME = re.compile(_WORDS, re.IGNORECASE)

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-Z\\^-~]"
)
_SPACES = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")

# Each takes only what it masks, or it in the group `s`.
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        # AWS access key ids, with a secret access key that stands behind one; session tokens.
        r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,}(?:[\s,:;|\"']{1,4}[A-Za-z0-9/+=]{40,})?",
        r"(?<![A-Za-z0-9])(?:IQoJ|FwoG|FQoG)[A-Za-z0-9/+=]{40,}",
        r"(?<![A-Za-z0-9])(?:gh[opusr]_|github_pat_|hf_|glpat-|sk-|xox[a-z]-|AIza)[A-Za-z0-9_-]{8,}",
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*",
        r"(?i:(?<![a-z])bearer)\s{1,4}(?P<s>\S{6,})",
    )
)
# What follows a secret name: `name = value`, `"name": "value"`, `"name", "value"`, `--name value`. An error's
# code (ExpiredTokenException: ...) and a secret's ARN are no such names.
_OPTION = r"(?<![\w-])--?[\w.-]{0,40}?"
_TAIL = r"(?:(?!Exception|Error|DoesNotMatch)[\w.-]){0,64}"
_QUOTED = (
    r"\"(?P<s1>(?:[^\"\\]|\\.)*)(?:\"|\\?$)|'(?P<s2>(?:[^'\\]|\\.)*)(?:'|\\?$)"
    r"|(?P<o>\\{1,15})\"(?P<s3>.*?)(?:(?<!\\)(?P=o)\"|$)"
)
_NAMED = re.compile(
    rf"(?:(?<!Expired)(?<!Invalid)(?!(?<=[0-9]:)secret:)(?:{_WORDS}){_TAIL}\\{{0,15}}[\"']?\]?"
    rf"\s{{0,4}}(?:=>|[:=]{{1,3}}|(?<=[\"'])\s{{0,4}},(?=\s{{0,4}}\\{{0,15}}[\"']))"
    rf"|{_OPTION}(?:{_WORDS})[\w.-]{{0,64}}(?=\s))"
    rf"\s{{0,4}}(?:\|\s)?(?:(?:bearer|basic|token)\s{{1,4}})?(?:{_QUOTED}|(?P<s4>[^\s\"'\\]\S*|\\(?!\\*\")\S*))",
    re.IGNORECASE,
)
_QUERY = re.compile(r"\?(?P<s>[^\s\"'<>]+)")
_SIGNED = re.compile(r"x-amz-|[?&;](?:sig(?:nature)?|policy)=", re.IGNORECASE)
_URL = re.compile(r"://(?P<s>\S+)")
_DIGEST = "@sha256:", " sha256:"  # what looks like a login in repository:tag@sha256:... is none
_PIECE = re.compile(r"[^\s/]+")
_KEY_HEAD = re.compile(r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")
_KEY_FOOT = re.compile(r"-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-{0,5}")


def is_secret_name(name: str) -> bool:
    """Whether what has this name is likely to be secret."""
    return _NAME.search(name) is not None


def one_line(text: str) -> str:
    """The text without line breaks, terminal escapes, control characters and lone surrogates."""
    text = _UNSEEN.sub("", _SPACES.sub(" ", _ESCAPES.sub("", text)))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def redact(text: str, description: Mapping[str, Any] | None = None) -> str:
    """The text on one line, with ``***`` for what looks secret.

    Args:
        text: anything; what it was cut out of may have been cut inside a secret.
        description: the job's, as DescribeTrainingJob gives it: the values of its hyperparameters and
            environment variables with secret names are masked too. Left out: what can be known by its form.
    """
    known = _known_values(description or {})
    text = one_line(text)
    for _ in range(_PASSES):
        masked = _mask(text, [*_by_form(text), *_by_value(text, known)])
        if masked == text:
            break
        text = masked
    return text


def _mask(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    end = 0
    for start, stop in sorted(spans):
        if start > end or not parts:
            parts += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*parts, text[end:]])


def _by_form(text: str) -> Iterator[Span]:
    for form in _FORMS:
        for found in form.finditer(text):
            yield found.span("s" if form.groups else 0)
    for found in _NAMED.finditer(text):
        span = next((s for s in map(found.span, ("s1", "s2", "s3", "s4")) if s[0] >= 0), (0, 0))
        if span[0] < span[1]:
            yield span
    for found in _QUERY.finditer(text):
        if _SIGNED.search(found.group()):
            yield found.span("s")
    yield from _logins(text)
    yield from _private_keys(text)


def _logins(text: str) -> Iterator[Span]:
    """User and password in front of a host."""
    for found in _URL.finditer(text):
        start, login = found.start("s"), found["s"].replace(*_DIGEST)
        at, authority = login.rfind("@"), re.split("[/?#]", login, maxsplit=1)[0]
        if at > 0 and (":" in login[:at] or "@" in authority):
            yield start, start + at
        elif at < 0 and authority == login and _is_cut_login(text, start, login):
            yield start, start + len(login)
    for found in _PIECE.finditer(text):
        login = found.group().replace(*_DIGEST)
        at = login.rfind("@")
        if at > 0 and login.rfind(":", 0, at - 1) > 0:
            yield found.start(), found.start() + at


def _is_cut_login(text: str, start: int, login: str) -> bool:
    """Whether the text, or a line of it, ends inside what may be a password: a port is digits only."""
    end = start + len(login)
    after = login.partition(":")[2]
    return bool(after) and not after.isdigit() and (end == len(text) or text.startswith(LINE_BREAK, end))


def _private_keys(text: str) -> Iterator[Span]:
    """From each head to its foot, or to the end; a foot without a head is the end of what came before."""
    place = 0
    head = _KEY_HEAD.search(text)
    foot = _KEY_FOOT.search(text)
    if foot and (head is None or foot.start() < head.start()):
        yield 0, foot.end()
        place = foot.end()
    while head := _KEY_HEAD.search(text, place):
        foot = _KEY_FOOT.search(text, head.end())
        place = foot.end() if foot else len(text)
        yield head.start(), place


def _known_values(description: Mapping[str, Any]) -> list[str]:
    """The values of secret names, in each form that they may have in a text."""
    forms: set[str] = set()
    for member in ("HyperParameters", "Environment"):
        values = description.get(member)
        for name, value in values.items() if isinstance(values, Mapping) else ():
            if is_secret_name(str(name)):
                forms |= _forms_of(str(value))
    usable = {one_line(form).strip() for form in forms}
    return [v for v in usable if len(v) >= LEAST and v.lower() not in COMMON_VALUES and set(v) != {"*"}]


def _forms_of(value: str) -> set[str]:
    """A value, its lines, and each as a toolkit reads it (JSON), and as code, JSON and addresses write it."""
    try:
        decoded = json.loads(value)
    except (ValueError, RecursionError):
        decoded = value
    plain = {value, value.strip("\"' "), decoded if isinstance(decoded, str) else value}
    plain |= {line for text in plain for line in text.splitlines()}
    written = {form for text in plain for form in (json.dumps(text)[1:-1], repr(text)[1:-1])}
    addresses = {form for text in map(one_line, plain) for form in (quote(text, safe=""), quote_plus(text))}
    return plain | written | addresses


def _by_value(text: str, known: list[str]) -> Iterator[Span]:
    """Where the values stand, and where the text, or a line of it, ends inside one of them."""
    ends = [*(found.start() for found in re.finditer(re.escape(LINE_BREAK), text)), len(text)]
    for value in known:
        start = text.find(value)
        while start >= 0:
            yield start, start + len(value)
            start = text.find(value, start + 1)
        for end in ends[-_LINES_LOOKED_AT:]:
            first = max(0, end - len(value) + 1)
            start = text.find(value[:LEAST], first, end)
            while start >= 0 and not value.startswith(text[start:end]):
                start = text.find(value[:LEAST], start + 1, end)
            if start >= 0:
                yield start, end
