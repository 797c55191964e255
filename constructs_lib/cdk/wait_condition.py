"""Waiting up to twelve hours: a handle, a condition that it ends, and a resource with the job's attributes.

A wait condition cannot be updated, and one signal ends it for good: a content that is trained anew needs a
new handle and a new condition, so their logical ids bear a hash. Who reads the job's attributes refers to the
result, whose logical id stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import jsii
from aws_cdk import (
    CfnElement,
    CfnResource,
    CfnWaitCondition,
    CfnWaitConditionHandle,
    CustomResource,
    Duration,
    IStableStringProducer,
    Lazy,
    RemovalPolicy,
    Stack,
)
from constructs import Construct

from constructs_lib.cdk.completion import LONGEST_SERVICE_TIMEOUT, STOP_SECONDS
from constructs_lib.cdk.references import references
from constructs_lib.rules.intrinsics import is_intrinsic
from constructs_lib.runtime.content import PLACEHOLDER, content_block

RESULT_TYPE = "Custom::SageMakerTrainingJobResult"
DIGITS = 12
# CloudFormation takes 255 characters.
LONGEST_START = 200


@dataclass(frozen=True, eq=False)
class JobContent:
    """What a job trains, in tokens that are resolved when the template is written.

    Attributes:
        resources: the resources that other jobs read attributes of.
        request: the request with tokens.
        rerun_on: the user's triggers.
        name: the name that the job is to keep; None where the runtime makes it.
        jobs: the contents of all jobs of the stack.
    """

    resources: Callable[[], Iterable[CfnResource]]
    request: Mapping[str, Any]
    rerun_on: Mapping[str, str]
    name: str | None
    jobs: Sequence[JobContent]

    def digest(self, stack: Stack, timeout: int) -> str:
        """A hash of all that makes a new wait necessary.

        A job that trains on another one's model trains anew with that one, while the text of its own request
        stays: so the content of jobs that it reads of counts too, and of those that these read of.

        Args:
            stack: the job's.
            timeout: how long it is waited for.
        """
        content = {**self._own(stack), "reads": self._read_contents(stack), "timeout": timeout}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:DIGITS]

    def _own(self, stack: Stack) -> dict[str, Any]:
        """What this job trains, whatever it reads."""
        rerun_on = stack.resolve(self.rerun_on)
        return {
            "content": content_block(_readable(self._resolved(stack)), rerun_on),
            "job": [_logical_id(resource) for resource in self.resources()],
            "name": stack.resolve(self.name),
        }

    def _resolved(self, stack: Stack) -> dict[str, Any]:
        """The request without its tags, which train nothing."""
        resolved: dict[str, Any] = stack.resolve({k: v for k, v in self.request.items() if k != "Tags"})
        return resolved

    def _read_contents(self, stack: Stack) -> list[dict[str, Any]]:
        """The jobs of the stack that this one depends on by what it reads, each once."""
        by_id = {_logical_id(one): other for other in self.jobs for one in other.resources()}
        found: list[JobContent] = []
        open_ = [self]
        while open_:
            job = open_.pop()
            named = {*_named(job._resolved(stack)), *_named(stack.resolve(job.rerun_on))}
            news = [by_id[name] for name in sorted(named & by_id.keys())]
            fresh = [one for one in dict.fromkeys(news) if one is not self and one not in found]
            found += fresh
            open_ += fresh
        return sorted((one._own(stack) for one in found), key=lambda own: str(own["job"]))


def _logical_id(resource: CfnElement) -> str:
    return str(Stack.of(resource).resolve(resource.logical_id))


def _named(value: object) -> Iterator[str]:
    """The logical ids that a part of a template reads of, by attribute, by reference or in a text."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, Mapping):
        yield from (name.partition(".")[0] for name in references(value))
        yield from _named(list(value.values()))


def _readable(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with CloudFormation's functions where the runtime's list overlooks none of them.

    The runtime reads text and maps, and takes the members that count out of a map: those of a function are
    none of these.
    """
    kept = dict(request)
    for member in ("OutputDataConfig", "ResourceConfig", "CheckpointConfig", "HyperParameters"):
        value = kept.get(member)
        if isinstance(value, Mapping) and is_intrinsic(value):
            kept[f"{member} (a function)"] = kept.pop(member)
    checkpoint = kept.get("CheckpointConfig")
    if isinstance(checkpoint, Mapping) and PLACEHOLDER in json.dumps(checkpoint.get("S3Uri")):
        kept["CheckpointConfig"] = {**checkpoint, "S3Uri": PLACEHOLDER}
    elif isinstance(checkpoint, Mapping) and not isinstance(checkpoint.get("S3Uri", ""), str):
        kept["CheckpointConfig"] = {**checkpoint, "S3Uri": json.dumps(checkpoint["S3Uri"], sort_keys=True)}
    return kept


@jsii.implements(IStableStringProducer)
class _HashedId:
    """The logical id of what is made anew with each content, known when the template is written."""

    def __init__(self, start: Callable[[], CfnElement], name: str, digest: Callable[[Stack], str]) -> None:
        self._start = start
        self._name = name
        self._digest = digest

    def produce(self) -> str:
        start = self._start()
        return f"{_logical_id(start)[:LONGEST_START]}{self._name}{self._digest(Stack.of(start))}"


class WaitCondition:
    """Handle, condition and result of one job.

    The handle comes before the job's own resource, which is told of it; the rest comes after it.

    Args:
        scope: the job.
        start: the job's own resource, once it is made.
        digest: makes the hash, when the template is written; it must not read the handle.
    """

    def __init__(
        self, scope: Construct, start: Callable[[], CfnElement], digest: Callable[[Stack], str]
    ) -> None:
        self._scope = scope
        self._start = start
        self._digest = digest
        self._handle = CfnWaitConditionHandle(scope, "WaitConditionHandle")
        self._own(self._handle, "WaitHandle")

    @property
    def handle(self) -> str:
        """The address that the runtime signals to: a secret, so it is a reference, and in no hash."""
        return self._handle.ref

    def result(
        self, start: CfnResource, seconds: int, service_token: str, properties: Mapping[str, object]
    ) -> CustomResource:
        """The resource that judges the ended job and has its attributes.

        Args:
            start: the job's own resource.
            seconds: how long the job is waited for.
            service_token: who serves it.
            properties: what it is told beside the job's name.
        """
        # The runtime stops the job and says why; CloudFormation's own limit is for where it cannot.
        condition = CfnWaitCondition(
            self._scope,
            "WaitCondition",
            count=1,
            handle=self.handle,
            timeout=str(seconds + STOP_SECONDS),
        )
        self._own(condition, "Wait")
        condition.node.add_dependency(start)
        result = CustomResource(
            self._scope,
            "Result",
            service_token=service_token,
            resource_type=RESULT_TYPE,
            properties={
                "TrainingJobName": start.get_att("TrainingJobName"),
                **{name: value for name, value in properties.items() if value is not None},
                "Waited": condition.attr_data,
            },
            service_timeout=Duration.seconds(LONGEST_SERVICE_TIMEOUT),
        )
        _never_keep(cast("CfnResource", result.node.default_child))
        return result

    def _own(self, resource: CfnResource, name: str) -> None:
        id_ = _HashedId(self._start, name, self._digest)
        resource.override_logical_id(Lazy.string(cast("IStableStringProducer", id_)))
        _never_keep(resource)


def _never_keep(resource: CfnResource) -> None:
    """Delete it with its stack, whatever the user's removal policies say: there is nothing in it to keep."""
    resource.apply_removal_policy(RemovalPolicy.DESTROY)
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
        resource.add_override(attribute, "Delete")
