"""Checks the training jobs that were found, and counts what was found in them."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.cli.inputs import Inputs, JobInput, Problem
from constructs_lib.rules.engine import check_request
from constructs_lib.rules.findings import Finding
from constructs_lib.rules.intrinsics import common_findings

__all__ = ["Checked", "Report", "check"]


@dataclass(frozen=True)
class Checked:
    """One training job, its region, and what was found in it.

    Attributes:
        job: the job.
        region: the region that it was checked for; None when it is not known.
        findings: what is wrong whatever the unknown parts turn out to be.
    """

    job: JobInput
    region: str | None
    findings: tuple[Finding, ...]


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
    return Checked(job, region, tuple(common_findings(found)))
