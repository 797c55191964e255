"""The training jobs of a stack, and of those nested in it: of each `TrainingJob` the newest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from constructs_lib.cli.watching.job import describe
from constructs_lib.cli.watching.sdk import Clients

__all__ = ["LOGICAL_ID_TAG", "STACK_TAG", "StackJobs"]

STACK_TAG = "constructs-lib:stack-id"
LOGICAL_ID_TAG = "constructs-lib:logical-id"
"""What the deploy-time functions write on a job: see `constructs_lib.runtime.ownership`."""

_JOB, _NESTED = "Custom::SageMakerTrainingJob", "AWS::CloudFormation::Stack"
_MOST_LISTED = 200  # jobs of earlier deployments; what is watched is among the newest


class _Found(NamedTuple):
    created: datetime
    name: str


class StackJobs:
    """The jobs that a stack's deployments have started.

    While a deployment waits for a job, CloudFormation does not know the resource's physical id yet: the job
    is found by its name, which holds a part of the stack's id, and by its tags. A job with a name of the
    user's is found by the physical id alone.

    Args:
        clients: who is asked.
        stack_id: the stack's ARN.
    """

    def __init__(self, clients: Clients, stack_id: str) -> None:
        self._clients, self._stack_id = clients, stack_id
        self._tags: dict[str, Mapping[str, str]] = {}
        self._described: dict[str, _Found | None] = {}

    def settled(self) -> bool:
        """Whether no operation is under way that may start another job."""
        answer = self._clients.cloudformation.describe_stacks(StackName=self._stack_id)
        status = str(answer["Stacks"][0]["StackStatus"])
        return not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS"

    def jobs(self) -> list[str]:
        """The names of the jobs, one of each resource that has one."""
        return [name for stack, ids in self._resources(self._stack_id) for name in self._newest(stack, ids)]

    def _resources(self, stack_id: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Each stack with the logical and physical ids of its jobs."""
        ids: dict[str, str] = {}
        nested = []
        pages = self._clients.cloudformation.get_paginator("list_stack_resources")
        for page in pages.paginate(StackName=stack_id):
            for resource in page["StackResourceSummaries"]:
                physical = resource.get("PhysicalResourceId") or ""
                if resource["ResourceType"] == _JOB:
                    ids[resource["LogicalResourceId"]] = physical
                elif resource["ResourceType"] == _NESTED and physical:
                    nested.append(physical)
        yield stack_id, ids
        for inner in nested:
            yield from self._resources(inner)

    def _newest(self, stack_id: str, ids: Mapping[str, str]) -> Iterator[str]:
        tagged = self._tagged(stack_id, ids) if ids else {}
        for logical, physical in ids.items():
            known = [found for found in (tagged.get(logical), self._by_name(physical)) if found is not None]
            if known:
                yield max(known).name

    def _tagged(self, stack_id: str, ids: Mapping[str, str]) -> dict[str, _Found]:
        """The newest job of each resource, by the tags."""
        found: dict[str, _Found] = {}
        for summary in self._listed(stack_id):
            tags = self._tags_of(summary["TrainingJobName"], summary["TrainingJobArn"])
            logical = tags.get(LOGICAL_ID_TAG, "")
            if tags.get(STACK_TAG) == stack_id and logical in ids and logical not in found:
                found[logical] = _Found(summary["CreationTime"], summary["TrainingJobName"])
                if len(found) == len(ids):
                    break
        return found

    def _listed(self, stack_id: str) -> Iterator[Mapping[str, Any]]:
        """The jobs whose names hold the first part of the stack's UUID, the newest first."""
        block = stack_id.rpartition("/")[2].partition("-")[0]
        pages = self._clients.sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains=f"-{block}", SortBy="CreationTime", SortOrder="Descending"
        )
        return islice((summary for page in pages for summary in page["TrainingJobSummaries"]), _MOST_LISTED)

    def _tags_of(self, name: str, arn: str) -> Mapping[str, str]:
        if not self._tags.get(name):  # those of a new job may take a moment to be seen
            pages = self._clients.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
            self._tags[name] = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
        return self._tags[name]

    def _by_name(self, name: str) -> _Found | None:
        """The job of a physical id; before the first answer that is none's."""
        if name and name not in self._described:
            job = describe(self._clients.sagemaker, name)
            self._described[name] = _Found(job["CreationTime"], name) if job else None
        return self._described.get(name)
