"""What the construct wrote into the custom resources, read once into plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .content import content_block, with_block
from .errors import Refused
from .gates import Gate
from .names import FixedName, JobName, parse_job_name
from .scalars import typed_request

START, WAIT, WAIT_CONDITION = "start", "wait", "wait_condition"
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class Properties:
    """A training job that is asked for.

    Attributes:
        mode: who waits for the job's end: nobody, this resource, or a wait condition.
        handle: the wait condition's address; a bearer secret.
        fallback: the resource configurations of the next attempts after one that found no capacity.
        delete_record: whether Delete takes the ended job's record away, too.
        await_interfaces: whether the network goes away with the stack, so that Delete lets it empty.
    """

    request: dict[str, Any] = field(repr=False)
    prefix: str
    owner: str
    output_path: str
    mode: str
    timeout_seconds: int
    gates: tuple[Gate, ...] = ()
    metrics: tuple[str, ...] = ()
    rerun_on: Mapping[str, str] = field(default_factory=dict)
    allow_stopped: bool = False
    fixed: str | None = None
    handle: str | None = field(default=None, repr=False)
    fallback: tuple[dict[str, Any], ...] = ()
    delete_record: bool = False
    await_interfaces: bool = False

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Properties:
        """Read the properties; raises Refused when something the construct always writes is not there."""
        try:
            properties = cls._read(raw)
            # What is read of the request later on must be readable now.
            properties.create_request(str(properties.job_name()), ())
        except UNREADABLE as error:
            raise _refusal(error) from error
        return properties

    @classmethod
    def _read(cls, raw: Mapping[str, Any]) -> Properties:
        completion = raw["Completion"]
        mode = str(completion["Mode"])
        if mode not in (START, WAIT, WAIT_CONDITION):
            raise ValueError(f"Completion.Mode is '{mode}'")
        return cls(
            request=typed_request(raw["Request"]),
            prefix=str(raw["JobName"]["Prefix"]),
            owner=str(raw["JobName"]["Owner"]),
            output_path=str(raw["Request"]["OutputDataConfig"]["S3OutputPath"]),
            mode=mode,
            timeout_seconds=0 if mode == START else int(completion["TimeoutSeconds"]),
            gates=_gates(raw),
            metrics=_metrics(raw),
            rerun_on=dict(raw.get("RerunOn", {})),
            allow_stopped=_is_true(raw.get("AllowStopped")),
            fixed=raw["JobName"].get("Fixed"),
            handle=str(completion["Handle"]) if mode == WAIT_CONDITION else None,
            fallback=tuple(_resources(config) for config in raw.get("CapacityFallback", ())),
            delete_record=_is_true(raw.get("DeleteRecord")),
            await_interfaces=_is_true(raw.get("AwaitInterfaces")),
        )

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
        return self.attempt_name(attempt) if self.fixed is None else FixedName(self.fixed)

    def attempt_name(self, attempt: int) -> JobName:
        """The name that the runtime makes for an attempt at this content."""
        return JobName(self.prefix, self.owner, self.block, attempt)

    def create_request(self, name: str, tags: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """What CreateTrainingJob is called with."""
        merged = {**self.tags, **{tag["Key"]: tag["Value"] for tag in tags}}
        listed = [{"Key": key, "Value": value} for key, value in merged.items()]
        return {**with_block(self.request, self.block), "TrainingJobName": name, "Tags": listed}


@dataclass(frozen=True)
class ResultProperties:
    """A job that has ended, to be judged and read: what comes after a wait condition."""

    job: str
    output_path: str
    gates: tuple[Gate, ...]
    metrics: tuple[str, ...]
    allow_stopped: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> ResultProperties:
        """Read the properties; raises Refused when something the construct always writes is not there."""
        try:
            return cls(
                job=_ended_job(str(raw["TrainingJobName"]), raw.get("Waited")),
                output_path=str(raw["OutputPath"]),
                gates=_gates(raw),
                metrics=_metrics(raw),
                allow_stopped=_is_true(raw.get("AllowStopped")),
            )
        except UNREADABLE as error:
            raise _refusal(error) from error


def _ended_job(started: str, waited: object) -> str:
    """The job that ended the wait: the one that was started, or a later attempt at the same content.

    Args:
        started: the name of the first attempt.
        waited: the wait condition's data, a JSON map of the signal's id and the name in it.
    """
    first = parse_job_name(started, None)
    try:
        names = [str(name) for name in json.loads(str(waited)).values()]
    except (ValueError, AttributeError):
        return started
    last = parse_job_name(names[-1] if names else None, None)
    is_later = first is not None and last is not None and last.at(first.attempt) == first
    return str(last) if is_later else started


def _refusal(error: Exception) -> Refused:
    return Refused(f"the custom resource's properties cannot be read ({type(error).__name__}: {error})")


def _gates(raw: Mapping[str, Any]) -> tuple[Gate, ...]:
    return tuple(Gate.parse(gate) for gate in raw.get("QualityGates", ()))


def _metrics(raw: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(metric) for metric in raw.get("FinalMetrics", ()))


def _resources(raw: Mapping[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = typed_request({"ResourceConfig": raw})["ResourceConfig"]
    if "InstanceType" not in typed:
        raise ValueError("a capacity fallback has no InstanceType")
    return typed


def _is_true(value: object) -> bool:
    return value == "true"
