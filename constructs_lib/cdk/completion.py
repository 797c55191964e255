"""How long a deployment takes part in a training job."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from aws_cdk import Duration

from constructs_lib.errors import SpecError
from constructs_lib.spec import SpotTraining
from constructs_lib.spec.durations import seconds
from constructs_lib.spec.text import is_number_token

# CloudFormation waits at most an hour for a custom resource's answer, and twelve for a signal.
LONGEST_SERVICE_TIMEOUT = 3600
LONGEST_CONDITION_TIMEOUT = 43_200
# For SageMaker to stop a job (its container gets 120 seconds) and for the answer to arrive.
STOP_SECONDS = 300
LONGEST_WAIT = LONGEST_SERVICE_TIMEOUT - STOP_SECONDS
LONGEST_CONDITION = LONGEST_CONDITION_TIMEOUT - STOP_SECONDS
# For capacity, image and data before training, and for the upload after it.
ALLOWANCE_SECONDS = 600

_LONGEST = {"start": 0, "wait": LONGEST_WAIT, "wait_condition": LONGEST_CONDITION}
_NO_LIMIT = "Completion.start(), which waits for no job, or run the spec in a state machine"


@dataclass(frozen=True)
class Completion:
    """When a deployment counts a training job as done: ``wait()``, ``wait_condition()`` or ``start()``.

    Attributes:
        mode: ``wait``, ``wait_condition`` or ``start``.
        timeout_seconds: for a mode that waits, how long; None derives it from the job's limits.
    """

    mode: Literal["wait", "wait_condition", "start"]
    timeout_seconds: int | None = None

    def __post_init__(self) -> None:
        if self.mode not in _LONGEST:
            allowed = "Completion.wait(), Completion.wait_condition() and Completion.start()"
            raise SpecError(
                "completion", f"got {self.mode!r}, there are {allowed}", "make it with one of these"
            )
        given = self.timeout_seconds
        if given is not None and not 0 < given <= self.longest_seconds:
            problem = f"got {given} seconds, Completion.{self.mode}() can wait {self.longest_seconds} at most"
            fix = f"shorten it, or use {self.alternative(given)}" if given > 0 else "give a positive duration"
            raise SpecError("completion.timeout", problem, fix)

    @classmethod
    def start(cls) -> Completion:
        """The deployment succeeds as soon as the job is started; its end is nobody's concern.

        Model, metrics and status of the job are not known then, so gates and final attributes are refused.
        """
        return cls("start")

    @classmethod
    def wait(cls, timeout: Duration | datetime.timedelta | None = None) -> Completion:
        """The deployment succeeds when the job has completed and passed its gates; otherwise it rolls back.

        Args:
            timeout: how long to wait before the job is stopped and the deployment fails; at most 55 minutes
                (CloudFormation gives a custom resource an hour, and stopping takes some of it). Left out: the
                job's max runtime (with spot capacity: its max wait) and ten minutes, for each instance type
                that may be tried.

        Raises:
            SpecError: not a positive duration, or longer than that.
        """
        return cls("wait", _given(timeout))

    @classmethod
    def wait_condition(cls, timeout: Duration | datetime.timedelta | None = None) -> Completion:
        """As ``wait()``, but for up to twelve hours, by a wait condition of CloudFormation's.

        It takes three resources more. Handle and condition are made anew with each content of the job, for a
        wait condition cannot be updated; the job's own resource, and the one that has its attributes, stay.

        Args:
            timeout: how long to wait before the job is stopped and the deployment fails; at most 11 hours and
                55 minutes. Left out: as ``wait()`` does. A spec without max runtime gets the longest that
                fits, with a warning: AWS's own default of a day does not fit.

        Raises:
            SpecError: not a positive duration, or longer than that.
        """
        return cls("wait_condition", _given(timeout))

    @property
    def waits(self) -> bool:
        """Whether the job's end is waited for."""
        return self.mode != "start"

    @property
    def longest_seconds(self) -> int:
        """The longest wait that there is in this mode; 0 where nothing is waited for."""
        return _LONGEST[self.mode]

    def alternative(self, needed: int) -> str:
        """What to use instead for a job that needs this many seconds, in words."""
        fits = self.mode == "wait" and needed <= LONGEST_CONDITION
        return "Completion.wait_condition(), which waits up to 12 hours" if fits else _NO_LIMIT


def _given(timeout: Duration | datetime.timedelta | None) -> int | None:
    return None if timeout is None else int(seconds("completion.timeout", timeout))


def default_max_runtime(completion: Completion, spot: SpotTraining | None, attempts: int = 1) -> int | None:
    """The max runtime in seconds of a spec without one; None where AWS's own default of a day holds.

    It is the longest that fits the wait: 45 minutes, or 11 hours and 45 minutes with a wait condition. With a
    timeout of the user's it is that: the job is stopped then in any case. Several attempts share the time.
    Spot capacity without a max wait waits twice as long as it trains, so it gets half; it never trains longer
    than its max wait.
    """
    if not completion.waits:
        return None
    if completion.timeout_seconds is not None:
        longest = completion.timeout_seconds // attempts
    else:
        longest = completion.longest_seconds // attempts - ALLOWANCE_SECONDS
    longest = max(1, longest)
    if spot is None:
        return longest
    if spot.max_wait is None:
        return max(1, longest // 2)
    wait = seconds("spot.max_wait", spot.max_wait)
    return longest if is_number_token(wait) else min(longest, int(wait))


def needed_seconds(completion: Completion, limit: object, attempts: int = 1) -> int:
    """The seconds that a deployment has to wait, from what was given or from the job's own limit.

    Args:
        completion: a completion that waits.
        limit: the request's max wait, or max runtime, in seconds; a token is not known.
        attempts: how many instance types may be tried, one after the other.

    Returns:
        More than the completion's longest wait where the job may take longer than that.
    """
    if completion.timeout_seconds is not None:
        return completion.timeout_seconds
    if not isinstance(limit, (int, float)) or limit < 0:
        return completion.longest_seconds
    return attempts * (int(limit) + ALLOWANCE_SECONDS)
