"""The signal to a wait condition: that the job it waits for has ended, and how."""

from __future__ import annotations

from typing import Any, NamedTuple

from .answer import REFUSED, Address, Put, cut_to_fit, deliver, put
from .clock import Clock
from .log import log


class Signal(NamedTuple):
    """What a wait condition is told; one job's signals all have one id, so that they count once."""

    job: str
    reason: str = ""
    succeeded: bool = True

    def encode(self) -> bytes:
        """The signal's body, with its reason cut to what CloudFormation takes."""
        status = "SUCCESS" if self.succeeded else "FAILURE"
        body = {"Status": status, "UniqueId": self.job, "Data": self.job}
        return cut_to_fit(body, self.reason or "the training job has ended")


def send_signal(address: Address, signal: Signal, clock: Clock, put: Put = put) -> bool | None:
    """Deliver a signal, as `answer.send` does an answer: taken, refused (False), or not arrived (None)."""
    status = deliver(address.url, signal.encode(), clock, put)
    taken = 200 <= status < 300
    told: dict[str, Any] = {
        "logical_id": address.logical_id,
        "job": signal.job,
        "succeeded": signal.succeeded,
    }
    log("signalled" if taken else "signal not taken", http_status=status, **told)
    return taken or (False if status in REFUSED else None)
