"""Reads the hand-written words about classes and members, and holds them against the model."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from constructs_lib.spec.shape import snake_case

__all__ = ["LEFT_OUT", "WORDS_FILE", "Words", "read"]

WORDS_FILE = Path(__file__).with_name("words.md")
LEFT_OUT = "Left out: "
_LINE = re.compile(r"- (\w+): (.+)")


class Words(NamedTuple):
    """What is said about one class: its summary, and a text for each member by its Python name."""

    summary: str
    members: dict[str, str]


def read(shapes: dict[str, dict[str, Any]], text: str | None = None) -> dict[str, Words]:
    """The words for every structure of a table, checked to be neither too few nor too many.

    Args:
        shapes: the structures to document, without the request itself.
        text: the words; those of ``words.md`` when left out.

    Raises:
        SystemExit: a class or member has no words, has them twice or is gone, or an optional member does not
            say what happens without it. All of it is listed.
    """
    words, problems = _parse(WORDS_FILE.read_text("utf-8") if text is None else text)
    problems += _compare("class", set(shapes), set(words))
    for name, shape in shapes.items():
        if name in words:
            problems += _compare_members(name, shape, words[name])
    if problems:
        raise SystemExit("\n".join([f"{WORDS_FILE.name} is out of step with the model:", *problems]))
    return words


def _parse(text: str) -> tuple[dict[str, Words], list[str]]:
    words: dict[str, Words] = {}
    problems: list[str] = []
    for section in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        name, summary, *lines = section.strip().splitlines()
        members: dict[str, str] = {}
        if name in words:
            problems.append(f"  {name}: twice")
        for line in lines:
            match = _LINE.fullmatch(line)
            if match is None or match[1] in members:
                problems.append(f"  {name}: not a member, or twice: {line}")
            else:
                members[match[1]] = match[2]
        words[name] = Words(summary, members)
    return words, problems


def _compare(what: str, needed: set[str], there: set[str]) -> list[str]:
    missing = [f"  {what} {name}: has no words" for name in sorted(needed - there)]
    return missing + [f"  {what} {name}: is not in the model" for name in sorted(there - needed)]


def _compare_members(name: str, shape: dict[str, Any], words: Words) -> list[str]:
    names = {snake_case(member): member for member in shape["members"]}
    problems = _compare("member", {f"{name}.{m}" for m in names}, {f"{name}.{m}" for m in words.members})
    for member in names.keys() & words.members.keys():
        required = names[member] in shape["required"]
        if required == (LEFT_OUT in words.members[member]):
            problem = (
                "is required, so it is not left out" if required else f"does not say {LEFT_OUT.strip()!r}"
            )
            problems.append(f"  member {name}.{member}: {problem}")
    return problems
