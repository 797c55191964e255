"""ListTrainingJobs, page by page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from .account import Raw
from .job import Job

# So few that tests meet several pages.
PER_PAGE = 2
MOST = 100


class JobPages:
    """A paginator: each page is asked for as it is needed, by a call of its own.

    Args:
        ask: makes one call with the parameters of a page, and gives the page.
    """

    def __init__(self, ask: Callable[[Raw], Raw]) -> None:
        self._ask = ask

    def paginate(self, PaginationConfig: Raw | None = None, **request: Any) -> Iterator[Raw]:
        size = (PaginationConfig or {}).get("PageSize")
        sized = request if size is None else {**request, "MaxResults": size}
        token: str | None = None
        while True:
            page = self._ask(sized if token is None else {**sized, "NextToken": token})
            yield page
            token = page.get("NextToken")
            if token is None:
                return


def listed(jobs: list[Job], request: Raw, now: float) -> Raw:
    """A page of summaries, newest first; the status is compared when it is read, so it may be empty."""
    assert request.get("MaxResults", 1) <= MOST
    after, before = request.get("CreationTimeAfter", -math.inf), request.get("CreationTimeBefore", math.inf)
    modified = request.get("LastModifiedTimeAfter", -math.inf)
    known = [job for job in jobs if after < job.started < before and job.modified(now) > modified]
    known.sort(key=lambda job: -job.started)
    start, status = int(request.get("NextToken", 0)), request.get("StatusEquals")
    end = start + PER_PAGE
    kept = [job.summary(now) for job in known[start:end] if status in (None, job.status(now))]
    return {"TrainingJobSummaries": kept, **({"NextToken": str(end)} if end < len(known) else {})}
