"""Checks the training jobs that were found, and counts what was found in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from constructs_lib.cli.inputs import Inputs, JobInput, Problem
from constructs_lib.rules.engine import check_request
from constructs_lib.rules.findings import Finding
from constructs_lib.rules.intrinsics import common_findings
from constructs_lib.spec.algorithm import SCRIPT_FINDINGS

__all__ = ["Checked", "Report", "check"]


@dataclass(frozen=True)
class Checked:
    """One training job, its region, and what was found in it.

    Attributes:
        job: the job.
        region: the region that it was checked for; None when it is not known.
        findings: what is wrong whatever the unknown parts turn out to be, and not acknowledged.
        acknowledged: what would be a finding, each with the reason of its user.
    """

    job: JobInput
    region: str | None
    findings: tuple[Finding, ...]
    acknowledged: tuple[tuple[Finding, str], ...] = ()


@dataclass(frozen=True)
class Report:
    """What one command has found.

    Attributes:
        jobs: every training job, in the order of the inputs.
        problems: the inputs that could not be used.
        files: how many files were read.
        without_jobs: the names of inputs without a training job.
    """

    jobs: tuple[Checked, ...]
    problems: tuple[Problem, ...]
    files: int
    without_jobs: tuple[str, ...]

    def count(self, severity: str) -> int:
        """How many findings have that severity."""
        return sum(finding.severity == severity for job in self.jobs for finding in job.findings)

    @property
    def acknowledged(self) -> int:
        """How many findings were acknowledged."""
        return sum(len(job.acknowledged) for job in self.jobs)

    @property
    def exit_code(self) -> int:
        """2 when an input could not be used, else 1 when there is an error, else 0."""
        return 2 if self.problems else int(self.count("error") > 0)


def check(inputs: Inputs, region: str | None) -> Report:
    """Checks every job.

    Args:
        inputs: what was read.
        region: the region of jobs whose document does not say one.
    """
    jobs = tuple(_checked(job, region) for job in inputs.jobs)
    return Report(jobs, tuple(inputs.problems), inputs.files, tuple(inputs.without_jobs))


def _checked(job: JobInput, default: str | None) -> Checked:
    region = job.region or default
    found = [check_request(variant, region=region, account=job.account) for variant in job.variants]
    skipped = SCRIPT_FINDINGS if job.script else ()
    told = [one for one in common_findings(found) if (one.rule, one.path) not in skipped]
    return _judged(job, region, told)


def _judged(job: JobInput, region: str | None, found: Iterable[Finding]) -> Checked:
    findings, acknowledged = [], []
    for finding in found:
        reason = _reason(job, finding)
        if reason is None:
            findings.append(finding)
        else:
            acknowledged.append((finding, reason))
    return Checked(job, region, tuple(findings), tuple(acknowledged))


def _reason(job: JobInput, finding: Finding) -> str | None:
    """Why the user has acknowledged a finding; None when that was not done."""
    for one in job.acknowledgements:
        if one.rule == finding.rule and one.path in (None, finding.path):
            return one.reason
    return None
