"""When a schedule runs, by the text of its expression."""

from __future__ import annotations

import pytest

from constructs_lib.cdk.schedules.occasions import Occasions


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 2 * * ? *)",
        " cron( 0  2 * * ? * ) ",
        "cron(*/15 0/2 ? JAN-DEC FRI-MON 2027-2030)",
        "cron(0,30 22-2 L * ? *)",
        "cron(0 2 15W * ? *)",
        "cron(0 2 LW,L-3 * ? *)",
        "cron(0 2 ? * 2#1,6L,friL *)",
        "cron(5-10/2 2 ? feb SUN 1970,2199)",
        "rate(1 day)",
        "rate( 12 hours )",
        "at(2028-02-29T02:00:00)",
    ],
)
def test_what_the_guide_describes_is_taken(expression: str) -> None:
    assert Occasions.of(expression).problem == ""


FORMS = "must be cron(fields), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)"
RATE = "rate takes a whole number from 1 on and minutes, hours or days"
AT = "at takes a time such as 2027-01-31T02:00:00, without a zone"
ONE_DAY = "one of day of month and day of week must be ?, and the other must not"
SIX = "cron takes 6 fields (minutes, hours, day of month, month, day of week, year), and it has"


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("", FORMS),
        ("every day", FORMS),
        ("0 2 * * ? *", FORMS),
        (f"rate({' ' * 250}1 day)", "has 261 characters, allowed are 256"),
        ("cron(0 2 * * ?)", f"{SIX} 5"),
        ("cron()", f"{SIX} 0"),
        ("cron(0 2 * * * *)", ONE_DAY),
        ("cron(0 2 1 * MON *)", ONE_DAY),
        ("cron(0 2 ? * ? *)", ONE_DAY),
        ("cron(60 2 * * ? *)", "minutes cannot be '60', allowed are 0-59 and cron's signs"),
        ("cron(? 2 * * ? *)", "minutes cannot be '?', allowed are 0-59 and cron's signs"),
        ("cron(*/0 2 * * ? *)", "minutes cannot be '*/0', allowed are 0-59 and cron's signs"),
        ("cron(0 2,24 * * ? *)", "hours cannot be '2,24', allowed are 0-23 and cron's signs"),
        ("cron(0 2 0 * ? *)", "day of month cannot be '0', allowed are 1-31 and cron's signs"),
        ("cron(0 2 1-32 * ? *)", "day of month cannot be '1-32', allowed are 1-31 and cron's signs"),
        ("cron(0 2 1 JUNE ? *)", "month cannot be 'JUNE', allowed are 1-12, JAN-DEC and cron's signs"),
        ("cron(0 2 ? * 0 *)", "day of week cannot be '0', allowed are 1-7, SUN-SAT and cron's signs"),
        ("cron(0 2 ? * 2#6 *)", "day of week cannot be '2#6', allowed are 1-7, SUN-SAT and cron's signs"),
        ("cron(0 2 1 1 ? 27)", "year cannot be '27', allowed are 1970-2199 and cron's signs"),
        ("rate(0 days)", RATE),
        ("rate(-1 days)", RATE),
        ("rate(1.5 hours)", RATE),
        ("rate(30 seconds)", RATE),
        ("rate(1day)", RATE),
        ("at(2027-02-29T02:00:00)", AT),
        ("at(2027-01-31)", AT),
        ("at(2027-01-31T02:00:00Z)", AT),
    ],
)
def test_what_is_no_expression(expression: str, problem: str) -> None:
    assert Occasions.of(expression).problem == problem


@pytest.mark.parametrize(
    ("minutes", "every"),
    [
        ("*", True),
        ("*/1", True),
        ("0/1", True),
        ("0-59", True),
        ("0-29,30-59", True),
        ("*/2,1/2", True),
        ("0/15", False),
        ("*/15", False),
        ("1/1", False),
        ("0-58", False),
    ],
)
def test_every_minute(minutes: str, every: bool) -> None:
    assert Occasions.of(f" cron({minutes} 2 * * ? *)").every_minute is every


@pytest.mark.parametrize(
    ("rate", "every"), [("1 minute", True), ("1 minutes", True), ("2 minutes", False), ("1 hour", False)]
)
def test_a_rate_of_every_minute(rate: str, every: bool) -> None:
    assert Occasions.of(f"rate({rate})").every_minute is every


@pytest.mark.parametrize(
    ("expression", "once"),
    [
        ("at(2027-01-31T02:00:00)", True),
        ("cron(0 2 31 1 ? 2027)", True),
        ("cron(0 2 L JAN ? 2027)", True),
        ("cron(0 2 ? JAN 2#1 2027)", True),
        ("cron(0 2 ? JAN FRIL 2027)", True),
        ("cron(0 2 ? JAN FRI 2027)", False),
        ("cron(0 2 ? JAN L 2027)", False),
        ("cron(0 2 31 1 ? *)", False),
        ("cron(0 2,3 31 1 ? 2027)", False),
        ("cron(0 2 1,L 1 ? 2027)", False),
        ("rate(365 days)", False),
    ],
)
def test_what_can_run_once_only(expression: str, once: bool) -> None:
    assert Occasions.of(expression).once is once
