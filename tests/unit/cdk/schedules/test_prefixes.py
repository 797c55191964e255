"""Schedules whose jobs are named alike: prefixes that are made, and a warning for those that meet."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from constructs_lib import TrainingJobSpec
from constructs_lib.cdk.schedules.names import schedule_prefix
from tests.unit.cdk.reports import report

from .templates import directly, nightly

RULE = "job-name-prefix-shared"
LONG = "NightlyChurnModelForTheEuropeanMarket"


@pytest.mark.parametrize("direct", [True, False])
def test_ids_that_are_cut_have_prefixes_of_their_own(direct: bool) -> None:
    most = 26 if direct else 30
    paths = [f"One/{LONG}A", f"One/{LONG}B", f"Two/{LONG}A"]

    made = [schedule_prefix(None, path[4:], path, direct=direct) for path in paths]

    assert len(set(made)) == 3
    assert {len(prefix) for prefix in made} == {most}
    assert all(prefix.startswith(LONG.lower()[: most - 7] + "-") for prefix in made)
    whole = LONG[:most]
    assert schedule_prefix(None, whole, f"One/{whole}", direct=direct) == whole.lower()


def watched(app: cdk.App, spec: TrainingJobSpec, make: Any = directly, **environments: Any) -> cdk.Stack:
    """A schedule whose failed jobs are counted by their names."""
    stack = cdk.Stack(app, "Watched", **environments)
    make(stack, spec=spec).on_failed("Tell")
    return stack


def shared(app: cdk.App) -> list[str]:
    """Which schedules are warned of; two default platforms in one environment are, too."""
    return [construct for rule, construct in report(app).rules if rule == RULE]


@pytest.mark.parametrize("make", [directly, nightly])
def test_the_same_id_in_two_stacks(app: cdk.App, spec: TrainingJobSpec, make: Any) -> None:
    watched(app, spec, make)
    make(cdk.Stack(app, "Other"), spec=spec)

    found = report(app)

    assert not found.failed
    (entry,) = (entry for entry in found.entries if entry.rule == RULE)
    assert (entry.severity, entry.construct) == ("warning", "Watched/Nightly")
    assert entry.text == (
        "TrainingJobName: its rules, grants and count of failures are for all jobs whose names begin with "
        "'nightly-', and so do those of Other/Nightly"
    )
    assert entry.fix == "give one of them another job_name_prefix"


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        ({"job_name_prefix": "nightly-eu"}, True),
        ({"job_name_prefix": "nightlyeu"}, False),
        ({"job_name_prefix": "night"}, False),
        ({"training_job_name": "nightly-1"}, True),
        ({"training_job_name": "weekly-1"}, False),
    ],
)
def test_other_prefixes_and_names(
    app: cdk.App, spec: TrainingJobSpec, other: dict[str, Any], meets: bool
) -> None:
    stack = watched(app, spec)
    name = other.pop("training_job_name", None)
    kept = {"spec": spec.replace(training_job_name=name), "keep_name": True} if name else {"spec": spec}
    nightly(stack, "Weekly", **kept, **other)

    assert shared(app) == (["Watched/Nightly"] if meets else [])


def test_what_nobody_knows_by_its_name_is_not_warned_about(app: cdk.App, spec: TrainingJobSpec) -> None:
    nightly(cdk.Stack(app, "One"), spec=spec).metric_failed()
    directly(cdk.Stack(app, "Two"), spec=spec).metric_dead_letters()

    assert shared(app) == []


def test_every_use_of_the_names_is_one(app: cdk.App, spec: TrainingJobSpec) -> None:
    stacks = {name: cdk.Stack(app, name) for name in ("Count", "Stop", "Read", "None")}
    made = {name: directly(stack, spec=spec) for name, stack in stacks.items()}
    made["Count"].metric_failed()
    made["Stop"].grant_stop(iam.User(stacks["Stop"], "User"))
    made["Read"].grant_read_artifacts(iam.User(stacks["Read"], "User"))

    assert shared(app) == ["Count/Nightly", "Stop/Nightly", "Read/Nightly"]


@pytest.mark.parametrize(
    ("account", "region", "meets"),
    [
        ("123456789012", "eu-west-1", True),
        ("123456789012", "eu-west-2", False),
        ("210987654321", "eu-west-1", False),
        (None, None, True),
    ],
)
def test_another_account_or_region(
    app: cdk.App, spec: TrainingJobSpec, account: str | None, region: str | None, meets: bool
) -> None:
    watched(app, spec, env=cdk.Environment(account="123456789012", region="eu-west-1"))
    directly(cdk.Stack(app, "Other", env=cdk.Environment(account=account, region=region)), spec=spec)

    assert shared(app) == (["Watched/Nightly"] if meets else [])
