"""How far the search for the jobs of a stack's workflows has come, from look to look."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from ..errors import is_denied
from ..jobs import DELETING, TERMINAL, Description
from ..log import log
from ..patience import patiently
from ..world import World
from .fence import stack_state
from .marked_jobs import OVERLAP, SECOND_LOOK, WORKFLOW_TAG, Mark, bears, few, stop_marked

# What a watch remembers: an execution's data is limited, and the others are found again.
MOST_JOBS = 200
# Members that a Delete's watch does without, as the watches of earlier versions did.
OF_UPDATES = ("roles", "status")


@dataclass(frozen=True)
class Search:
    """How far the search for a workflow's jobs has come.

    Attributes:
        owner: what their tag holds.
        first: no job of theirs is older (seconds since the epoch).
        since: every job that was created before has been looked at.
        jobs: those that had not ended when they were looked at last.
        networks: where those that have ended were.
        roles: only jobs under these execution roles, which an Update takes away; none for every job.
        status: the stack's in that Update: in another one the roles may be there to stay.
    """

    owner: str
    first: float
    since: float
    jobs: tuple[str, ...] = ()
    networks: tuple[Mapping[str, Any], ...] = ()
    roles: tuple[str, ...] = ()
    status: str = ""

    def dump(self) -> dict[str, Any]:
        """What a watch carries."""
        found = asdict(self)
        return found if self.roles else {name: found[name] for name in found if name not in OF_UPDATES}

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Search:
        """Read what ``dump`` has written."""
        lists = {name: tuple(raw.get(name, ())) for name in ("jobs", "networks", "roles")}
        return cls(raw["owner"], raw["first"], raw["since"], **lists, status=raw.get("status", ""))

    def look(self, world: World) -> Search:
        """Stop what runs and is not known yet.

        Raises:
            Refused: a job could not be stopped.
        """
        began = world.clock.now()
        found = self.stop(self.since, world, known=self.jobs)
        every = self._with(found)
        if len(self.jobs) + len(found) > len(every.jobs):
            return every
        return replace(every, since=began - OVERLAP)

    def look_twice(self, world: World) -> Search:
        """Look, and once more a little later where nothing runs: a creation may be under way.

        Raises:
            Refused: a job could not be stopped.
        """
        search = self.look(world)
        if search.jobs:
            return search
        world.clock.sleep(SECOND_LOOK)
        return search.look(world)

    def stop(self, since: float, world: World, *, known: Collection[str] = ()) -> list[str]:
        """Stop what was created after a moment and runs; the names of those that had not ended.

        Raises:
            Refused: a job could not be stopped.
        """
        bounds = {"CreationTimeAfter": since}
        return stop_marked(self.mark, bounds, world, known=known, roles=self.roles)

    def is_given_up(self, stack_id: str, asked: float | None, world: World) -> bool:
        """Whether the Update that asked for it is over, so that the roles may be there to stay."""
        if not self.roles:
            return False
        state = stack_state(stack_id, world)
        return state.status != self.status or state.has_left(asked)

    @property
    def is_rolled_back(self) -> bool:
        """Whether it is a roll-back that takes the roles away."""
        return "ROLLBACK" in self.status

    def still_there(self, names: Sequence[str]) -> str:
        """What is told of jobs that have not ended in time."""
        again = "deploy again" if self.roles else "delete the stack again"
        return (
            f"training jobs of the stack's workflows were told to stop and have not ended: {few(names)}; "
            f"{again} when they have"
        )

    def with_ended(self, seconds: float, world: World) -> Search:
        """With the jobs that ended in the last seconds."""
        bounds = {"LastModifiedTimeAfter": world.clock.now() - seconds}
        listed = patiently(world.clock, lambda: [*world.jobs.listed(**bounds)])
        ended = (one for one in listed if one["TrainingJobStatus"] in TERMINAL)
        return self._with([one["TrainingJobName"] for one in ended if bears(one, self.mark, world)])

    def without_ended(self, world: World) -> Search:
        """With the jobs from the first one on that has not ended."""
        search = self
        while search.jobs and (description := _ended(search.jobs[0], world)) is not None:
            network = description.get("VpcConfig")
            added = (network,) if network and network not in search.networks else ()
            search = replace(search, jobs=search.jobs[1:], networks=(*search.networks, *added))
        return search

    @property
    def mark(self) -> Mark:
        """The tag that the jobs bear."""
        return Mark(WORKFLOW_TAG, self.owner)

    def _with(self, names: Sequence[str]) -> Search:
        return replace(self, jobs=(*self.jobs, *names)[:MOST_JOBS])


def _ended(name: str, world: World) -> Description | None:
    """An ended job's description, empty where it has no record any more; None for one that has not ended."""
    try:
        description = world.jobs.describe(name) or {}
    except ClientError as error:
        # It is seen by its tag alone, which goes with its record.
        if not is_denied(error):
            raise
        log("not allowed to look, taken for ended", level="WARNING", job=name)
        return {}
    status = description.get("TrainingJobStatus", DELETING)
    return description if status == DELETING or status in TERMINAL else None
