"""When CloudFormation asked, and until when it listens: read from the signed address of its answer.

An event has no time of its own, and Lambda may deliver it hours later; the address's signature is dated.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

# How long an address was seen to hold where only its end is written in it.
SEEN_SECONDS = 7200


class Validity(NamedTuple):
    """Seconds since the epoch."""

    issued: float
    expires: float


def validity(url: str) -> Validity | None:
    """The span in which an address can be answered; None where it does not tell.

    Signature version 4 has ``X-Amz-Date`` and ``X-Amz-Expires``, version 2 has ``Expires``.
    """
    try:
        query = {key.lower(): values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        if "x-amz-date" in query:
            moment = datetime.strptime(query["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
            lasts = timedelta(seconds=int(query["x-amz-expires"]))
            return Validity(moment.timestamp(), (moment + lasts).timestamp())
        expires = int(query["expires"])
    except (ValueError, KeyError, OverflowError):
        return None
    return Validity(expires - SEEN_SECONDS, expires)
