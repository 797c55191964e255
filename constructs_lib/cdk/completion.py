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

# CloudFormation waits at most an hour for a custom resource's answer.
LONGEST_SERVICE_TIMEOUT = 3600
# For SageMaker to stop a job (its container gets 120 seconds) and for the answer to arrive.
STOP_SECONDS = 300
LONGEST_WAIT = LONGEST_SERVICE_TIMEOUT - STOP_SECONDS
# For capacity, image and data before training, and for the upload after it.
ALLOWANCE_SECONDS = 600


@dataclass(frozen=True)
class Completion:
    """When a deployment counts a training job as done; made with ``wait()`` or ``start()``.

    Attributes:
        mode: ``wait`` or ``start``.
        timeout_seconds: for ``wait``, how long; None derives it from the job's limits.
    """

    mode: Literal["wait", "start"]
    timeout_seconds: int | None = None

    def __post_init__(self) -> None:
        if self.mode not in ("wait", "start"):
            problem = f"got {self.mode!r}, there are Completion.wait() and Completion.start()"
            raise SpecError("completion", problem, "make it with one of these")
        if self.timeout_seconds is not None and not 0 < self.timeout_seconds <= LONGEST_WAIT:
            problem = f"got {self.timeout_seconds} seconds, a deployment can wait {LONGEST_WAIT} at most"
            raise SpecError("completion.timeout", problem, "shorten it, or use Completion.start()")

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
                job's max runtime (with spot capacity: its max wait) and ten minutes.

        Raises:
            SpecError: not a positive duration, or longer than that.
        """
        if timeout is None:
            return cls("wait")
        return cls("wait", int(seconds("completion.timeout", timeout)))

    @property
    def waits(self) -> bool:
        """Whether the job's end is waited for."""
        return self.mode == "wait"


def default_max_runtime(completion: Completion, spot: SpotTraining | None) -> int | None:
    """The max runtime in seconds of a spec without one; None where AWS's own default of a day holds.

    With a timeout of the user's it is that: the job is stopped then in any case. Spot capacity without a max
    wait waits twice as long as it trains, so it gets half; it never trains longer than its max wait.
    """
    if not completion.waits:
        return None
    longest = completion.timeout_seconds or LONGEST_WAIT - ALLOWANCE_SECONDS
    if spot is None:
        return longest
    if spot.max_wait is None:
        return max(1, longest // 2)
    wait = seconds("spot.max_wait", spot.max_wait)
    return longest if is_number_token(wait) else min(longest, int(wait))


def needed_seconds(completion: Completion, limit: object) -> int:
    """The seconds that a deployment has to wait, from what was given or from the job's own limit.

    Args:
        completion: a completion that waits.
        limit: the request's max wait, or max runtime, in seconds; a token is not known.

    Returns:
        More than `LONGEST_WAIT` where the job may take longer than any deployment can wait.
    """
    if completion.timeout_seconds is not None:
        return completion.timeout_seconds
    if not isinstance(limit, (int, float)) or limit < 0:
        return LONGEST_WAIT
    return int(limit) + ALLOWANCE_SECONDS
