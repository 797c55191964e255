"""The text of a schedule's expression: whether EventBridge Scheduler takes it, and how often it then runs."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

__all__ = ["Occasions"]

LONGEST = 256
_CALL = re.compile(r"(cron|rate|at)\((.*)\)", re.DOTALL)
_RATE = re.compile(r"([0-9]+)\s+(minutes?|hours?|days?)")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_FORMS = "must be cron(fields), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)"
_ITEM = re.compile(r"(?:(?P<every>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")
_SIX = 6
_EVERY_MINUTE = 60


@dataclass(frozen=True)
class _Field:
    """One field of a cron expression: its values, and what else may stand for one day."""

    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()
    special: re.Pattern[str] | None = None

    def count(self, text: str) -> int | None:
        """How many values the field's text stands for; None for what is no such text."""
        found: set[int | str] = set()
        for item in text.upper().split(","):
            values = {item} if self.special and self.special.fullmatch(item) else self._values(item)
            if not values:
                return None
            found |= values
        return len(found)

    def _values(self, item: str) -> set[int | str]:
        match = _ITEM.fullmatch(item)
        if match is None or (match["step"] is not None and int(match["step"]) == 0):
            return set()
        first = self.lowest if match["every"] else self._value(match["first"])
        # A step without an end goes on to the highest value.
        open_end = match["every"] or match["step"]
        last = self._value(match["last"]) if match["last"] else self.highest if open_end else first
        if first is None or last is None:
            return set()
        # A range may go round, as in FRI-MON.
        size = self.highest - self.lowest + 1
        steps = range(0, (last - first) % size + 1, int(match["step"] or 1))
        return {(first - self.lowest + step) % size for step in steps}

    def _value(self, word: str) -> int | None:
        if word in self.words:
            return self.lowest + self.words.index(word)
        value = int(word) if word.isascii() and word.isdigit() else -1
        return value if self.lowest <= value <= self.highest else None

    @property
    def allowed(self) -> str:
        """The values, in words."""
        return f"{self.lowest}-{self.highest}" + (f", {self.words[0]}-{self.words[-1]}" if self.words else "")


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_ONE_WEEKDAY = re.compile(rf"(?:[1-7]|{'|'.join(_WEEKDAYS)})(?:L|#[1-5])")
_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, special=re.compile(r"L(?:-\d+)?W?|\d+W")),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _WEEKDAYS, re.compile(rf"L|{_ONE_WEEKDAY.pattern}")),
    _Field("year", 1970, 2199),
)
_DAY, _WEEKDAY = 2, 4


@dataclass(frozen=True)
class Occasions:
    """When a schedule runs.

    Attributes:
        problem: why EventBridge Scheduler would refuse the expression; empty where nothing is known.
        every_minute: whether it runs in each minute of its hours.
        once: whether it can run one time only.
    """

    problem: str = ""
    every_minute: bool = False
    once: bool = False

    @classmethod
    def of(cls, expression: str) -> Occasions:
        """What an expression says.

        Args:
            expression: the text, without tokens.
        """
        if len(expression) > LONGEST:
            return cls(f"has {len(expression)} characters, allowed are {LONGEST}")
        call = _CALL.fullmatch(expression.strip())
        if call is None:
            return cls(_FORMS)
        read = {"cron": _cron, "rate": _rate, "at": _at}[call[1]]
        return read(call[2].strip())


def _rate(text: str) -> Occasions:
    found = _RATE.fullmatch(text)
    if found is None or int(found[1]) == 0:
        return Occasions("rate takes a whole number from 1 on and minutes, hours or days")
    return Occasions(every_minute=int(found[1]) == 1 and found[2].startswith("minute"))


def _at(text: str) -> Occasions:
    try:
        if not _AT.fullmatch(text):
            raise ValueError
        datetime.datetime.fromisoformat(text)
    except ValueError:
        return Occasions("at takes a time such as 2027-01-31T02:00:00, without a zone")
    return Occasions(once=True)


def _cron(text: str) -> Occasions:
    written = text.split()
    if len(written) != _SIX:
        names = ", ".join(field.name for field in _FIELDS)
        return Occasions(f"cron takes {_SIX} fields ({names}), and it has {len(written)}")
    if (written[_DAY] == "?") is (written[_WEEKDAY] == "?"):
        return Occasions("one of day of month and day of week must be ?, and the other must not")
    counts: list[int] = []
    for field, item in zip(_FIELDS, written, strict=True):
        count = 1 if item == "?" and field.name.startswith("day of") else field.count(item)
        if count is None:
            return Occasions(f"{field.name} cannot be {item!r}, allowed are {field.allowed} and cron's signs")
        counts.append(count)
    # A day of the week comes four times a month, but for the first, second or last one.
    one_day = written[_WEEKDAY] == "?" or _ONE_WEEKDAY.fullmatch(written[_WEEKDAY].upper()) is not None
    return Occasions(every_minute=counts[0] == _EVERY_MINUTE, once=one_day and set(counts) == {1})
