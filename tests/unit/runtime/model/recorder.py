"""The way back to CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from constructs_lib.runtime.answer import Address, Answer, encode

from .account import Raw
from .addresses import expires
from .clock import FakeClock
from .tape import Tape


@dataclass
class Response:
    """One answer that was sent, and what the address said to it."""

    url: str
    body: Raw
    at: float
    http_status: int = 200

    @property
    def ok(self) -> bool:
        return bool(self.body["Status"] == "SUCCESS")

    @property
    def reason(self) -> str:
        return str(self.body["Reason"])

    @property
    def physical_id(self) -> str:
        return str(self.body["PhysicalResourceId"])

    @property
    def data(self) -> Raw:
        data: Raw = self.body["Data"]
        return data


class Recorder:
    """Takes answers as S3 does: what comes after the address has expired is refused.

    Attributes:
        responses: the answers that were taken; ``refused`` those that came too late for their address.
        on_taken: told of each answer that is taken.
        unreachable: how many of the next answers do not arrive.
    """

    def __init__(self, tape: Tape, clock: FakeClock) -> None:
        self._tape = tape
        self._clock = clock
        self.responses: list[Response] = []
        self.refused: list[Response] = []
        self.on_taken: list[Callable[[Response], None]] = []
        self.unreachable = 0

    def send(self, address: Address, answer: Answer) -> bool | None:
        return self._tape.through("Answer", lambda: self._take(address, answer))

    def _take(self, address: Address, answer: Answer) -> bool | None:
        if self.unreachable:
            self.unreachable -= 1
            return None
        body = encode(address, answer)
        assert len(body) <= 4096, "CloudFormation takes 4,096 bytes"
        taken = json.loads(body)
        assert taken["Reason"] or taken["Status"] == "SUCCESS", "a failure without a reason"
        assert 0 < len(taken["PhysicalResourceId"]) <= 1024
        assert all(isinstance(value, str) for value in taken["Data"].values())
        response = Response(address.url, taken, self._clock.now())
        if response.at > expires(address.url):
            response.http_status = 403
            self.refused.append(response)
            return False
        self.responses.append(response)
        for tell in self.on_taken:
            tell(response)
        return True

    def effective(self, url: str) -> Response | None:
        """CloudFormation listens to the first answer only."""
        return next((response for response in self.responses if response.url == url), None)

    def given(self, url: str) -> list[Response]:
        """Every answer that this address took."""
        return [response for response in self.responses if response.url == url]
