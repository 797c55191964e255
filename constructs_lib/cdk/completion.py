"""How long a deployment takes part in a training job."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from aws_cdk import Duration

from constructs_lib.errors import SpecError
from constructs_lib.spec import SpotTraining
from constructs_lib.spec.checks import kind, shown
from constructs_lib.spec.durations import seconds
from constructs_lib.spec.text import is_number_token, is_unknown

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
        if not isinstance(self.mode, str) or self.mode not in _LONGEST:
            allowed = "Completion.wait(), Completion.wait_condition() and Completion.start()"
            problem = f"got {shown(self.mode)}, there are {allowed}"
            raise SpecError("completion", problem, "make it with one of these")
        if self.timeout_seconds is not None:
            self._check_timeout(self.timeout_seconds)

    def _check_timeout(self, given: object) -> None:
        path = "completion.timeout"
        if not self.waits:
            problem = "is given with Completion.start(), which waits for no job"
            raise SpecError(path, problem, "leave it out")
        if is_unknown(given):
            problem = "has to be known at synth, and is a token"
            raise SpecError(path, problem, "give a length of time, such as Duration.minutes(30)")
        if isinstance(given, bool) or not isinstance(given, int):
            fix = "use Completion.wait(timeout) or Completion.wait_condition(timeout), which take a duration"
            raise SpecError(path, f"must be an int of seconds, got {kind(given)}", fix)
        if not 0 < given <= self.longest_seconds:
            longest = f"Completion.{self.mode}() can wait {self.longest_seconds} at most"
            problem = f"got {shown(given)} seconds, {longest}"
            fix = f"shorten it, or use {self.alternative(given)}" if given > 0 else "give a positive duration"
            raise SpecError(path, problem, fix)

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
                (CloudFormation gives a custom resource an hour, and stopping takes some of it). A job that
                may take longer is a warning at synthesis. Left out: the job's max runtime and max pending
                time (with spot capacity: its max wait) and ten minutes, for each instance type that may be
                tried; at most the longest wait.

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
    # A number token stays one for the check of what is made of it.
    return None if timeout is None else int(seconds("completion.timeout", timeout))


class JobTime(NamedTuple):
    """How long one attempt at a job may take before SageMaker stops it.

    Attributes:
        seconds: in all, without start and upload.
        pending: how many of them the job may wait for capacity; 0 with spot, whose max wait contains that.
    """

    seconds: int
    pending: int

    @classmethod
    def of(cls, stopping: Mapping[str, object]) -> JobTime | None:
        """By a request's limits; None where they are not known. A pending time that is not counts as none."""
        waiting = _known(stopping.get("MaxWaitTimeInSeconds"))
        if "MaxWaitTimeInSeconds" in stopping:
            return None if waiting is None else cls(waiting, 0)
        running, pending = (
            _known(stopping.get(member)) for member in ("MaxRuntimeInSeconds", "MaxPendingTimeInSeconds")
        )
        return None if running is None else cls(running + (pending or 0), pending or 0)

    @property
    def training(self) -> JobTime:
        """The same without the wait for capacity."""
        return JobTime(self.seconds - self.pending, 0)


def _known(limit: object) -> int | None:
    return int(limit) if isinstance(limit, (int, float)) and limit >= 0 else None


def default_max_runtime(completion: Completion, spot: SpotTraining | None, attempts: int = 1) -> int | None:
    """The max runtime in seconds of a spec without one; None where AWS's own default of a day holds.

    It is the longest that fits the wait: 45 minutes, or 11 hours and 45 minutes with a wait condition. With a
    timeout of the user's it is that: the job is stopped then in any case. Several attempts share the time.
    Spot capacity without a max wait waits twice as long as it trains, so it gets half; it never trains longer
    than its max wait. A max pending time is no part of it: a job that need not wait may train all the time.
    """
    if not completion.waits:
        return None
    if completion.timeout_seconds is not None:
        longest = completion.timeout_seconds // attempts
    else:
        longest = completion.longest_seconds // attempts - ALLOWANCE_SECONDS
    longest = max(1, longest)
    if spot is None or is_unknown(spot.max_wait):
        return longest
    if spot.max_wait is None:
        return max(1, longest // 2)
    wait = seconds("spot.max_wait", spot.max_wait)
    return longest if is_number_token(wait) else min(longest, int(wait))


def needed_seconds(completion: Completion, time: JobTime | None, attempts: int = 1) -> int:
    """The seconds that a deployment has to wait, from what was given or from the job's own limits.

    Args:
        completion: a completion that waits.
        time: how long an attempt may take; None where that is not known.
        attempts: how many instance types may be tried, one after the other.

    Returns:
        More than the completion's longest wait where the job may take longer than that.
    """
    if completion.timeout_seconds is not None:
        return completion.timeout_seconds
    return completion.longest_seconds if time is None else longest_seconds(time, attempts)


def longest_seconds(time: JobTime, attempts: int) -> int:
    """The seconds that all attempts may take, with the start and the upload of each."""
    return attempts * (time.seconds + ALLOWANCE_SECONDS)
