"""Training jobs as the runtime sees them: absent or described, live or ended."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from .clock import Clock
from .errors import is_absent, passes
from .log import log
from .ownership import OWNERSHIP_TAGS
from .patience import patiently
from .surroundings import SKEW_SECONDS

TERMINAL = frozenset({"Completed", "Failed", "Stopped"})
# The record of an ended job that somebody deletes; it is there a little longer.
DELETING = "Deleting"
LIVE = frozenset({"InProgress", "Stopping"})
TAG_PAUSES = (1.0, 2.0)
# The most that the service takes of a list at once.
PAGE = 100
Description = Mapping[str, Any]


def created_at(description: Description) -> float | None:
    """When a job was created, by the service's clock, in seconds since the epoch."""
    created = description.get("CreationTime")
    return None if created is None else created.timestamp()


def created_after(description: Description, moment: float | None) -> bool:
    """Whether a job was created after that, give or take a minute; False where that is not known."""
    created = created_at(description)
    return created is not None and moment is not None and created > moment + SKEW_SECONDS


def is_another(description: Description, created: float | None) -> bool:
    """Whether a job has the name of one that was created at that moment; False where that is not known."""
    found = created_at(description)
    return found is not None and created is not None and abs(found - created) > 1


class Jobs:
    """CreateTrainingJob and its neighbours, with the retries that each of them can bear."""

    def __init__(self, sagemaker: Any, clock: Clock) -> None:
        self._sagemaker = sagemaker
        self._clock = clock

    def describe(
        self, name: str, *, patient: bool = False, created: float | None = None
    ) -> Description | None:
        """The job, or None where there is none (the service reports that as a ValidationException).

        Args:
            name: the job's name.
            patient: wait for a policy that may have been made a moment ago.
            created: when it was created, where that is known: another one of the name is not the one meant.
        """

        def look() -> Description:
            description: Description = self._sagemaker.describe_training_job(TrainingJobName=name)
            return description

        try:
            found = patiently(self._clock, look) if patient else look()
            return None if is_another(found, created) else found
        except ClientError as error:
            if is_absent(error):
                return None
            raise

    def listed(self, **asked: object) -> Iterator[Description]:
        """Summaries of jobs; a page may be empty, and more may follow it: the status is compared after it.

        Args:
            asked: parameters of ListTrainingJobs.
        """
        pages = self._sagemaker.get_paginator("list_training_jobs")
        for page in pages.paginate(**asked, PaginationConfig={"PageSize": PAGE}):
            yield from page["TrainingJobSummaries"]

    def tags(self, description: Description, *, young: bool = True) -> dict[str, str]:
        """The job's tags; those of a job that was created a moment ago may take a little to be seen.

        Args:
            description: the job's; a summary does.
            young: whether the job may be that new.
        """
        tags = self._tags(description["TrainingJobArn"])
        for pause in TAG_PAUSES if young else ():
            if tags:
                break
            self._clock.sleep(pause)
            tags = self._tags(description["TrainingJobArn"])
        return tags

    def _tags(self, arn: str) -> dict[str, str]:
        pages = self._sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def create(self, request: Mapping[str, Any], still_wanted: Callable[[], None] = lambda: None) -> bool:
        """Start a job; False when the name is taken.

        Args:
            request: CreateTrainingJob's.
            still_wanted: called before each further try, minutes later: raises where it is not.
        """
        tries = itertools.count()

        def start() -> None:
            if next(tries):
                still_wanted()
            self._sagemaker.create_training_job(**request)

        try:
            patiently(self._clock, start)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceInUse":
                return False
            raise
        return True

    def stop(self, name: str) -> None:
        """Stop a job; one that has ended meanwhile, or never was, is as good as stopped."""
        try:
            self._sagemaker.stop_training_job(TrainingJobName=name)
            log("stopping", job=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException" and not is_absent(error):
                raise

    def update(self, name: str, members: Mapping[str, Any]) -> None:
        """Change what UpdateTrainingJob takes; where the job is in no state for it, that is logged."""
        try:
            self._sagemaker.update_training_job(TrainingJobName=name, **members)
        except ClientError as error:
            if passes(error):
                raise
            log("not updated", level="WARNING", job=name, error=error.response["Error"]["Code"])
        else:
            log("updated", job=name, members=sorted(members))

    def delete(self, name: str) -> None:
        """Delete an ended job's record, if it is there; raises where the service, or IAM, refuses."""
        try:
            self._sagemaker.delete_training_job(TrainingJobName=name)
        except ClientError as error:
            if not is_absent(error):
                raise
        log("record deleted", job=name)

    def retag(
        self,
        description: Description,
        actual: Mapping[str, str],
        old: Mapping[str, str],
        new: Mapping[str, str],
    ) -> None:
        """Bring the user's tags on a job that is there up to date; its owner's stay.

        What the job has already is not written: an Update that was not allowed to is rolled back, too.
        """
        arn = description["TrainingJobArn"]
        if gone := sorted((old.keys() & actual.keys()) - new.keys() - OWNERSHIP_TAGS):
            self._sagemaker.delete_tags(ResourceArn=arn, TagKeys=gone)
        added = {k: v for k, v in new.items() if k not in OWNERSHIP_TAGS and actual.get(k) != v}
        if added:
            self._sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": k, "Value": v} for k, v in added.items()])
