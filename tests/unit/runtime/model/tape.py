"""Every call of the runtime to the outside goes over one tape, on which any of them can be let fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.runtime.errors import Refused, Unreachable

from .account import ACCOUNT

T = TypeVar("T")


class Died(Exception):
    """The process was killed: nothing in the runtime may catch this."""


# What ends a process or an invocation; anything else is a mistake in the runtime, and a test's failure.
MISHAPS = (Died, ClientError, BotoCoreError, Refused, Unreachable)


def client_error(code: str, message: str, operation: str, status: int = 400) -> ClientError:
    """An error as botocore raises it."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r", "RetryAttempts": 0},
    }
    return ClientError(response, operation)


def refused(code: str, call: Callable[[], object]) -> str:
    """The text of the service's refusal; fails when the call is not refused, or with another code."""
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return str(error)
    raise AssertionError(f"not refused with {code}")


def throttled(operation: str) -> ClientError:
    return client_error("ThrottlingException", "Rate exceeded", operation)


def denied(operation: str, detail: str = "") -> ClientError:
    message = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/front/f is not authorized to perform: {detail}"
    return client_error("AccessDeniedException", message, operation)


@dataclass
class Fault:
    """A mishap of the next ``times`` calls of an operation, or of the call at one place on the tape."""

    error: Exception
    operation: str | None = None
    at: int | None = None
    after: bool = False
    times: int = 1


@dataclass
class Tape:
    """Every call to the outside in order, and the mishaps that are to happen."""

    calls: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    # Run once before the next call of an operation: what another process does in between.
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)
    # Told of each call by its operation and place, before (False) and after (True) it has had its effect.
    listeners: list[Callable[[str, int, bool], None]] = field(default_factory=list)

    def fail(self, operation: str, error: Exception, *, after: bool = False, times: int = 1) -> None:
        """Let the operation's next calls fail, before or after they have had their effect."""
        self.faults.append(Fault(error, operation, after=after, times=times))

    def through(self, operation: str, call: Callable[[], T]) -> T:
        index = len(self.calls)
        self.calls.append(operation)
        if between := self.meanwhile.pop(operation, None):
            between()
        self._mishap(operation, index, after=False)
        result = call()
        self._mishap(operation, index, after=True)
        return result

    def count(self, operation: str) -> int:
        return self.calls.count(operation)

    def _mishap(self, operation: str, index: int, *, after: bool) -> None:
        for tell in self.listeners:
            tell(operation, index, after)
        for fault in self.faults:
            meant = fault.operation == operation or fault.at == index
            if meant and fault.after == after and fault.times > 0:
                fault.times -= 1
                raise fault.error
