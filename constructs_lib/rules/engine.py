"""Checks a request: the service model first, then the rules whose members are there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache, partial
from typing import Any

from constructs_lib.errors import SpecError
from constructs_lib.rules.catalogue import RULES
from constructs_lib.rules.findings import Finding
from constructs_lib.rules.job import Job
from constructs_lib.rules.model_checks import Checker, Watch, compile_shape
from constructs_lib.rules.model_reports import Run
from constructs_lib.rules.paths import position, positions, render
from constructs_lib.rules.quick import full_match
from constructs_lib.rules.rule import Path, Rule
from constructs_lib.rules.values import UNKNOWN, Undecided
from constructs_lib.rules.wording import shown
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.spec.text import is_unknown

__all__ = ["check_request", "known_region", "validate_request"]

_RAW = ("secret-in-plain-parameter", "hyperparameter-credentials", "environment-credentials")
_FEW = 20  # findings, up to which it costs less to count through the request's maps for each anew
_REGION = r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}"


def validate_request(request: Mapping[str, object], *, region: str | None = None) -> list[Finding]:
    """Finds every mistake in a CreateTrainingJob request that can be known without asking AWS.

    Args:
        request: the request in AWS's form, as boto3 takes it. CDK tokens, state-machine expressions and
            CloudFormation's dynamic references count as unknown values, and are never findings.
        region: where the job would run, such as ``eu-west-1``; left out, or a token: what depends on it is
            not checked.

    Returns:
        All findings at once, in the order of the request; empty when there is nothing to say. Any Python
        value can be passed: what is no request is a finding too.

    Raises:
        SpecError: the region is no text such as ``eu-west-1``.
    """
    return check_request(request, region=None if region is None else known_region(region))


def check_request(
    request: object, *, region: str | None = None, account: str | None = None, raw: object = None
) -> list[Finding]:
    """As `validate_request`, for callers that know more.

    Args:
        request: the request; may hold `UNKNOWN` anywhere.
        region: where the job runs, when known.
        account: whose account it runs in, when known.
        raw: the request as it was written, where `request` has `UNKNOWN` in the place of intrinsics: what is
            looked for in every text, such as secrets, is looked for there. Left out: the request.
    """
    run = Run()
    known: Any = _checker()(request, None, None, run)
    if known is not UNKNOWN:
        job = Job(known, region, account, request if raw is None else raw)
        _run(_rules(run.rules, region is not None or account is not None), job, run.findings)
    found = run.findings
    if len(found) > 1:
        place = positions(request) if len(found) > _FEW else partial(position, request)
        found.sort(key=lambda entry: place(entry[0]))
    return [finding for _, finding in found]


def known_region(region: object) -> str | None:
    """A region that a caller names; None for a token.

    Raises:
        SpecError: it is no text such as ``eu-west-1``.
    """
    if is_unknown(region):
        return None
    if not isinstance(region, str) or not full_match(_REGION)(region):
        problem = f"must be the name of a region, got {shown(region)}"
        raise SpecError("region", problem, "write it as AWS does, such as eu-west-1")
    return region


def _run(rules: tuple[Rule, ...], job: Job, findings: list[tuple[Path, Finding]]) -> None:
    for rule in rules:
        try:
            for path, facts in rule.check(job):
                message = rule.message.format(**facts) if facts else rule.message
                finding = Finding(rule.id, rule.severity, render(path), message, rule.fix, rule.source)
                findings.append((path, finding))
        except Undecided:
            continue  # what it would have to know is not known; what it found before stands


@cache
def _checker() -> Checker:
    """The check of a whole request; it notes the rules that are worth running."""
    present: dict[str, int] = {}
    missing: dict[str, int] = {}
    doubts: dict[str, int] = {}
    for index, rule in enumerate(RULES):
        for table, names in (
            (present, map(_shape_member, rule.when)),
            (missing, map(_shape_member, rule.when_missing)),
            (doubts, rule.doubts),
        ):
            for name in names:
                table[name] = table.get(name, 0) | 1 << index
    raw = sum(1 << index for index, rule in enumerate(RULES) if rule.id in _RAW)
    return compile_shape(ROOT, Watch(present, missing, doubts, raw))


@lru_cache(maxsize=1024)  # requests of one project are much alike
def _rules(bits: int, place: bool) -> tuple[Rule, ...]:
    """The rules to run, of those noted; those about a place only where one is known."""
    noted = (rule for index, rule in enumerate(RULES) if bits >> index & 1)
    return tuple(rule for rule in noted if place or not rule.needs_place)


def _shape_member(path: str) -> str:
    """``Shape.Member`` of an AWS path such as ``InputDataConfig[].ShuffleConfig``."""
    shape, owner = ROOT, ""
    for step in path.split("."):
        owner = f"{shape}.{step.removesuffix('[]')}"
        shape = SHAPES[shape]["members"][step.removesuffix("[]")]
        if step.endswith("[]"):
            shape = SHAPES[shape]["member"]
    return owner
