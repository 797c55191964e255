"""CloudFormation's event, read once into plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .content import content_block, with_block
from .errors import Refused
from .gates import Gate
from .names import JobName, parse_job_name
from .scalars import typed_request

KINDS = ("Create", "Update", "Delete")


@dataclass(frozen=True)
class Properties:
    """What the construct wrote into the custom resource."""

    request: dict[str, Any]
    prefix: str
    owner: str
    wait: bool
    timeout_seconds: int
    gates: tuple[Gate, ...] = ()
    metrics: tuple[str, ...] = ()
    rerun_on: Mapping[str, str] = field(default_factory=dict)
    allow_stopped: bool = False

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Properties:
        """Read the properties; raises Refused when something the construct always writes is not there."""
        try:
            return cls(
                request=typed_request(raw["Request"]),
                prefix=raw["JobName"]["Prefix"],
                owner=raw["JobName"]["Owner"],
                wait=raw["Completion"]["Mode"] == "wait",
                timeout_seconds=int(raw["Completion"].get("TimeoutSeconds", 0)),
                gates=tuple(Gate.parse(gate) for gate in raw.get("QualityGates", ())),
                metrics=tuple(raw.get("FinalMetrics", ())),
                rerun_on=dict(raw.get("RerunOn", {})),
                allow_stopped=raw.get("AllowStopped") == "true",
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"the custom resource's properties cannot be read ({type(error).__name__}: {error})"
            raise Refused(reason) from error

    @property
    def block(self) -> str:
        """The content's block of the job name."""
        return content_block(self.request, self.rerun_on)

    def job_name(self, attempt: int = 1) -> JobName:
        """The name of this content's job."""
        return JobName(self.prefix, self.owner, self.block, attempt)

    def create_request(self, name: str, tags: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """What CreateTrainingJob is called with."""
        request = with_block(self.request, self.block)
        return {**request, "TrainingJobName": name, "Tags": [*request.get("Tags", ()), *tags]}


@dataclass(frozen=True)
class Event:
    """One request of CloudFormation's."""

    kind: str
    stack_id: str
    request_id: str
    logical_id: str
    response_url: str
    physical_id: str | None
    raw: Mapping[str, Any]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Event:
        """Read an event; raises Refused when it is not one of CloudFormation's."""
        try:
            event = cls(
                kind=raw["RequestType"],
                stack_id=raw["StackId"],
                request_id=raw["RequestId"],
                logical_id=raw["LogicalResourceId"],
                response_url=raw["ResponseURL"],
                physical_id=raw.get("PhysicalResourceId"),
                raw=raw,
            )
        except (KeyError, TypeError) as error:
            raise Refused(f"not an event of a custom resource: {error} is missing") from error
        return event

    @property
    def properties(self) -> Properties:
        """What is asked for."""
        return Properties.parse(self.raw.get("ResourceProperties") or {})

    @property
    def owner(self) -> str:
        """The owner block, readable even where the rest of the properties is not."""
        names = (self.raw.get("ResourceProperties") or {}).get("JobName") or {}
        owner = names.get("Owner", "") if isinstance(names, Mapping) else ""
        return str(owner)

    @property
    def old_name(self) -> JobName | None:
        """The name in the physical id, when this resource gave it."""
        return parse_job_name(self.physical_id, self.owner)

    @property
    def old_tags(self) -> list[dict[str, str]]:
        """The tags that the last deployment asked for."""
        old = (self.raw.get("OldResourceProperties") or {}).get("Request") or {}
        return list(old.get("Tags", ()))

    @property
    def delivery(self) -> str:
        """One value for a request however often Lambda delivers it; a fresh one when it is asked anew.

        CloudFormation asks again with the same RequestId and a new URL. The URL itself is a secret: only
        its hash goes anywhere.
        """
        return hashlib.sha256(f"{self.request_id} {self.response_url}".encode()).hexdigest()[:32]
