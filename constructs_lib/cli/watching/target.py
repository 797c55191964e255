"""What a name means: a training job, or else a stack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from constructs_lib.cli.watching.errors import WatchError
from constructs_lib.cli.watching.job import describe
from constructs_lib.cli.watching.sdk import Clients, is_absent, is_denied
from constructs_lib.cli.watching.stack import StackJobs

__all__ = ["OneJob", "Target", "find", "region_of"]

_JOB_ARN = re.compile(r"arn:[^:]+:sagemaker:(?P<region>[^:]+):\d+:training-job/(?P<name>[^/]+)")
_STACK_ARN = re.compile(r"arn:[^:]+:cloudformation:(?P<region>[^:]+):\d+:stack/.+")


class Target(Protocol):
    """What is watched."""

    def jobs(self) -> list[str]:
        """The names of its jobs as of now."""

    def settled(self) -> bool:
        """Whether it will have no other."""


@dataclass(frozen=True)
class OneJob:
    """A job by its name."""

    name: str

    def jobs(self) -> list[str]:
        """The job."""
        return [self.name]

    def settled(self) -> bool:
        """There is no other."""
        return True


def region_of(name: str) -> str | None:
    """The region of an ARN; None for a name."""
    found = _JOB_ARN.fullmatch(name) or _STACK_ARN.fullmatch(name)
    return found["region"] if found else None


def find(clients: Clients, name: str) -> Target:
    """The job of a name or ARN, or else the stack.

    Who may describe some jobs only is told of no other that it is not there, but is denied: the name may be a
    stack's all the same.

    Raises:
        WatchError: there is neither.
    """
    from botocore.exceptions import ClientError

    if not name:  # CloudFormation would tell of every stack
        raise WatchError("an empty name is no job and no stack")
    arn = _JOB_ARN.fullmatch(name)
    job = arn["name"] if arn else name
    denied: ClientError | None = None
    try:
        if not _STACK_ARN.fullmatch(name) and describe(clients.sagemaker, job) is not None:
            return OneJob(job)
    except ClientError as error:
        if not is_denied(error):
            raise
        denied = error
    stack_id = None if arn else _stack_id(clients, name, denied)
    if stack_id is None:
        if denied is not None:
            raise denied
        region = clients.sagemaker.meta.region_name
        raise WatchError(f"there is no training job and no stack of that name in {region}")
    return StackJobs(clients, stack_id)


def _stack_id(clients: Clients, name: str, denied: Exception | None) -> str | None:
    """The stack's ARN; None where there is none, or it is denied as the job of that name was."""
    from botocore.exceptions import ClientError, ParamValidationError

    try:
        return str(clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"])
    except ParamValidationError:
        return None
    except ClientError as error:
        if is_absent(error) or (denied is not None and is_denied(error)):
            return None
        raise
