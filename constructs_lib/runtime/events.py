"""CloudFormation's event, read once into plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .content import content_block, with_block
from .errors import Refused
from .gates import Gate
from .names import FixedName, JobName, parse_job_name
from .scalars import typed_request

KINDS = ("Create", "Update", "Delete")


@dataclass(frozen=True)
class Properties:
    """What the construct wrote into the custom resource."""

    request: dict[str, Any] = field(repr=False)
    prefix: str
    owner: str
    output_path: str
    wait: bool
    timeout_seconds: int
    gates: tuple[Gate, ...] = ()
    metrics: tuple[str, ...] = ()
    rerun_on: Mapping[str, str] = field(default_factory=dict)
    allow_stopped: bool = False
    fixed: str | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Properties:
        """Read the properties; raises Refused when something the construct always writes is not there."""
        try:
            wait = raw["Completion"]["Mode"] == "wait"
            properties = cls(
                request=typed_request(raw["Request"]),
                prefix=str(raw["JobName"]["Prefix"]),
                owner=str(raw["JobName"]["Owner"]),
                output_path=str(raw["Request"]["OutputDataConfig"]["S3OutputPath"]),
                wait=wait,
                timeout_seconds=int(raw["Completion"]["TimeoutSeconds"]) if wait else 0,
                gates=tuple(Gate.parse(gate) for gate in raw.get("QualityGates", ())),
                metrics=tuple(str(metric) for metric in raw.get("FinalMetrics", ())),
                rerun_on=dict(raw.get("RerunOn", {})),
                allow_stopped=raw.get("AllowStopped") == "true",
                fixed=raw["JobName"].get("Fixed"),
            )
            # What is read of the request later on must be readable now.
            properties.create_request(str(properties.job_name()), ())
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"the custom resource's properties cannot be read ({type(error).__name__}: {error})"
            raise Refused(reason) from error
        return properties

    @property
    def tags(self) -> dict[str, str]:
        """The user's tags."""
        return {tag["Key"]: tag["Value"] for tag in self.request.get("Tags", ())}

    @property
    def block(self) -> str:
        """The content's block of the job name."""
        return content_block(self.request, self.rerun_on)

    def job_name(self, attempt: int = 1) -> JobName | FixedName:
        """The name of this content's job."""
        if self.fixed is not None:
            return FixedName(self.fixed)
        return JobName(self.prefix, self.owner, self.block, attempt)

    def create_request(self, name: str, tags: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """What CreateTrainingJob is called with."""
        merged = {**self.tags, **{tag["Key"]: tag["Value"] for tag in tags}}
        listed = [{"Key": key, "Value": value} for key, value in merged.items()]
        return {**with_block(self.request, self.block), "TrainingJobName": name, "Tags": listed}


@dataclass(frozen=True)
class Event:
    """One request of CloudFormation's."""

    kind: str
    stack_id: str
    request_id: str
    logical_id: str
    response_url: str = field(repr=False)
    physical_id: str | None
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Event:
        """Read an event; raises Refused when there is nobody to answer."""
        try:
            event = cls(
                kind=str(raw.get("RequestType")),
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
        return Properties.parse(_mapping(self.raw.get("ResourceProperties")))

    @property
    def old_properties(self) -> Properties | None:
        """What the last deployment asked for, where that can be read."""
        try:
            return Properties.parse(_mapping(self.raw.get("OldResourceProperties")))
        except Refused:
            return None

    @property
    def owner(self) -> str:
        """The owner block, readable even where the rest of the properties is not."""
        names = _mapping(self.raw.get("ResourceProperties")).get("JobName")
        return str(_mapping(names).get("Owner", ""))

    @property
    def old_name(self) -> JobName | None:
        """The name in the physical id, when this resource gave it."""
        return parse_job_name(self.physical_id, self.owner)

    @property
    def old_tags(self) -> dict[str, str]:
        """The tags that the last deployment asked for."""
        old = self.old_properties
        return old.tags if old else {}

    @property
    def delivery(self) -> str:
        """One value for a request however often Lambda delivers it; a fresh one when it is asked anew.

        CloudFormation asks again with the same RequestId and a new URL. The URL itself is a secret: only
        its hash goes anywhere.
        """
        return hashlib.sha256(f"{self.request_id} {self.response_url}".encode()).hexdigest()[:32]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
