"""The answer to CloudFormation: built to fit, sent until it is taken or cannot be."""

from __future__ import annotations

import http.client
import json
import random
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .clock import Clock
from .log import count, log

MAX_BYTES = 4096
TRIES = 6
SOCKET_SECONDS = 10.0
REFUSED = range(400, 500)


@dataclass(frozen=True)
class Address:
    """Whom the answer is for; the URL is a bearer secret and is kept out of this type's text."""

    stack_id: str
    request_id: str
    logical_id: str
    url: str = field(repr=False)

    def at(self, url: str) -> Address:
        """The same recipient, by another way."""
        return replace(self, url=url)


@dataclass(frozen=True)
class Answer:
    """What CloudFormation is told."""

    physical_id: str
    reason: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    succeeded: bool = True

    @property
    def status(self) -> str:
        """CloudFormation's word."""
        return "SUCCESS" if self.succeeded else "FAILED"


def encode(address: Address, answer: Answer) -> bytes:
    """The answer's body, with its reason cut so that the whole fits CloudFormation's 4,096 bytes.

    Attributes are not cut: where they cannot fit, the answer is a failure that says so.
    """
    body = {
        "Status": answer.status,
        "PhysicalResourceId": answer.physical_id,
        "StackId": address.stack_id,
        "RequestId": address.request_id,
        "LogicalResourceId": address.logical_id,
        "Data": dict(answer.data),
    }
    encoded = cut_to_fit(body, answer.reason)
    if len(encoded) <= MAX_BYTES or not answer.data:
        return encoded
    text = f"the attributes take more than CloudFormation's {MAX_BYTES} bytes: name fewer final metrics"
    return encode(address, Answer(answer.physical_id, text, succeeded=False))


def cut_to_fit(body: Mapping[str, object], reason: str) -> bytes:
    """A message with its reason, of which the end is cut until CloudFormation takes the whole.

    Where it does not even without a reason, it is longer than that.
    """
    while True:
        encoded = json.dumps({**body, "Reason": reason}).encode()
        if len(encoded) <= MAX_BYTES or not reason:
            return encoded
        # An escaped character takes up to 12 bytes: shorten by the excess at the most generous rate.
        reason = reason[: -max(1, (len(encoded) - MAX_BYTES) // 12)]


Put = Callable[[str, bytes], int]


def put(url: str, body: bytes) -> int:
    """PUT the body; the HTTP status, or 0 when nobody answered in time."""
    if not url.startswith(("https://", "http://")):
        return REFUSED.start
    try:
        request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310
        with urllib.request.urlopen(request, timeout=SOCKET_SECONDS) as response:  # noqa: S310
            status: int = response.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException, ValueError):
        # The last two are a server's nonsense and a broken URL, whose text would show the URL.
        return 0


def deliver(url: str, body: bytes, clock: Clock, put: Put) -> int:
    """PUT until it is taken: server errors and silence are tried again, a refusal is not.

    Returns:
        The last HTTP status; 0 when nobody answered.
    """
    status = 0
    for attempt in range(TRIES):
        if attempt:
            clock.sleep(2.0 ** (attempt - 1) * random.uniform(0.8, 1.2))  # noqa: S311 (jitter)
        status = put(url, body)
        if 200 <= status < 300 or status in REFUSED:
            break
    return status


def send(address: Address, answer: Answer, clock: Clock, put: Put = put) -> bool | None:
    """Deliver the answer.

    Returns:
        Whether CloudFormation took it: False where it refused, which a line at level ERROR and a metric tell,
        without the URL; None where it could not be reached, so that it is worth another try later.
    """
    body = encode(address, answer)
    status = deliver(address.url, body, clock, put)
    told = {"logical_id": address.logical_id, "status": json.loads(body)["Status"]}
    if 200 <= status < 300:
        log("answered", physical_id=answer.physical_id, **told)
        return True
    log("answer not taken", level="ERROR", http_status=status, **told)
    if status not in REFUSED:
        return None
    count("AnswersLost")
    return False
