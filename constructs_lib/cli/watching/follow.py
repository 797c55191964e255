"""Looks at jobs again and again, until all have ended."""

from __future__ import annotations

from collections.abc import Callable

from constructs_lib.cli.output import complain
from constructs_lib.cli.watching.errors import WatchError
from constructs_lib.cli.watching.job import COMPLETED, JobWatch
from constructs_lib.cli.watching.sdk import Clients, is_passing, reason
from constructs_lib.cli.watching.target import OneJob, Target

__all__ = ["Follower"]

_MOST_FAILURES = 30  # looks in a row that AWS did not answer
_NO_JOB = (
    "the stack has no job of a TrainingJob; those of tasks, sweeps and schedules are watched by their names"
)


class Follower:
    """Tells what jobs do.

    Args:
        clients: who is asked.
        find: finds what is watched; asked again while AWS does not answer.
        tell: takes each line.
    """

    def __init__(self, clients: Clients, find: Callable[[], Target], tell: Callable[[str], None]) -> None:
        self._clients, self._find, self._tell = clients, find, tell
        self._target: Target | None = None
        self._watches: dict[str, JobWatch] = {}
        self._waited = False

    def follow(self, pause: Callable[[], None]) -> int:
        """Until every job has ended.

        Args:
            pause: waits between two looks.

        Returns:
            0 when every one was completed, else 1.

        Raises:
            WatchError: there is nothing to watch, or AWS does not answer any more.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        failures = 0
        while True:
            try:
                code = self._look(once=False)
                failures = 0
            except (BotoCoreError, ClientError) as error:
                failures += 1
                if not is_passing(error) or failures > _MOST_FAILURES:
                    raise WatchError(reason(error)) from None
                complain(f"AWS did not answer, it is asked again: {reason(error)}")
                code = None
            if code is not None:
                return code
            pause()

    def once(self) -> int:
        """What there is now.

        Returns:
            1 when a job has ended other than completed, else 0.

        Raises:
            WatchError: there is nothing to watch, or AWS does not answer.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return self._look(once=True) or 0
        except (BotoCoreError, ClientError) as error:
            raise WatchError(reason(error)) from None

    def _look(self, *, once: bool) -> int | None:
        """One look at every job; the exit code when there is nothing more to come, else None."""
        if self._target is None:
            self._target = self._find()
        settled = self._target.settled()  # before the jobs: what is started afterwards is seen next time
        names = self._target.jobs()
        for name in names:
            watch = self._watches.setdefault(name, JobWatch(self._clients, name))
            if watch.result is None:
                prefix = "" if isinstance(self._target, OneJob) else f"{name}: "
                for line in watch.look(once=once):
                    self._tell(f"{prefix}{line}")
        if not names and (settled or once):
            raise WatchError(_NO_JOB)
        if not names and not self._waited:
            self._waited = True
            complain("the stack has no training job yet; waiting for one while its deployment goes on")
        results = [self._watches[name].result for name in names]
        if once:
            return int(any(result not in (None, COMPLETED) for result in results))
        if not settled or None in results:
            return None
        return int(any(result != COMPLETED for result in results))
