"""Names of scheduled jobs: a prefix, and what makes each of them another."""

from __future__ import annotations

import hashlib

from constructs_lib.cdk.naming import job_name_prefix, prefix_of_id
from constructs_lib.cdk.schedules.attributes import EXECUTION_ID
from constructs_lib.errors import SpecError
from constructs_lib.spec.job_name import MAX_PREFIX
from constructs_lib.spec.text import is_token

# 63 less "-" and 36. The ids in EventBridge's documents have 16 characters, but no length is promised: a
# UUID, the longest form that ids have elsewhere in AWS, fits too.
MAX_DIRECT_PREFIX = 26
PATH_DIGITS = 6


def schedule_prefix(given: str | None, construct_id: str, path: str, *, direct: bool) -> str:
    """The prefix that was given, checked; else one made of the construct's id.

    An id that is too long is cut, and what is cut off may be all that tells it from another: such a prefix
    ends in a hash of the path.

    Raises:
        SpecError: it is no text, is too long, or has others than a-z, 0-9 and hyphens.
    """
    most = MAX_DIRECT_PREFIX if direct else MAX_PREFIX
    if given is None:
        made = prefix_of_id(construct_id)
        return made if len(made) <= most else _cut(made, path, most)
    if isinstance(given, str) and not is_token(given) and len(given) > most:
        problem = f"got {given!r}, which has {len(given)} characters; allowed are 1 to {most}"
        fix = "shorten it: a hyphen and what makes each job's name its own have to fit into 63 too"
        raise SpecError("job_name_prefix", problem, fix, construct=path)
    return job_name_prefix(given, construct_id, path, most=most)


def _cut(made: str, path: str, most: int) -> str:
    digits = hashlib.sha256(path.encode()).hexdigest()[:PATH_DIGITS]
    return f"{made[: most - 1 - PATH_DIGITS].rstrip('-')}-{digits}"


def direct_name(prefix: str) -> str:
    """The name of an invocation's job: another attempt at the same run would have another id, and train."""
    return f"{prefix}-{EXECUTION_ID}"
