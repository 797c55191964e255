"""Everything that is wrong with a job that EventBridge Scheduler creates by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource, Stack

from constructs_lib.cdk.deployed import deployed
from constructs_lib.cdk.exact_numbers import inexact_findings
from constructs_lib.cdk.expressions import expressions, written_expressions
from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.job_findings import request_findings, tag_findings
from constructs_lib.cdk.request_parts import part
from constructs_lib.cdk.schedules.attributes import attribute_paths
from constructs_lib.cdk.schedules.json_types import unwritable
from constructs_lib.cdk.secrets import secret_findings
from constructs_lib.cdk.workflows.plain_expressions import plain_expressions
from constructs_lib.rules import Finding
from constructs_lib.rules.paths import render
from constructs_lib.rules.rule import Path

# EventBridge Scheduler's guide, "Encryption at rest": "Payload (up to 256KB)".
LARGEST_PAYLOAD = 262_144
_WITHOUT_MACHINE = (
    "give the value itself, or leave direct=True out and write it as an expression of the state machine"
)
_GUIDE = "https://docs.aws.amazon.com/scheduler/latest/UserGuide"


@dataclass(frozen=True)
class DirectFacts:
    """What is known of a direct schedule when it is made.

    Attributes:
        resource: the schedule.
        request: the request with tokens, in which tags are the tag manager's.
        tags: the spec's own tags.
        name: the name that its jobs are to keep; None where each has its own.
        script: whether the algorithm is a script, whose hyperparameters the library sets.
        own_tag: the tag that the library sets.
        noted: findings of the construct itself.
    """

    resource: CfnResource
    request: Mapping[str, Any]
    tags: Mapping[str, str]
    name: str | None
    script: bool
    own_tag: str
    noted: Sequence[Finding]


def direct_findings(facts: DirectFacts) -> list[Finding]:
    """All findings about the request of a direct schedule, as it will be sent."""
    found = deployed(facts.resource)
    if found is None:
        return []
    request: dict[str, Any] = Stack.of(facts.resource).resolve(facts.request)
    named = request if facts.name is None else {"TrainingJobName": facts.name, **request}
    misplaced = _misplaced(facts, named)
    unknown = [*misplaced, *attribute_paths(named)]
    checked = request_findings(named, found, unknown, script=facts.script)
    said = {"stopping-condition-missing"} if _has(facts.noted, "max-runtime-defaulted") else set()
    return [
        *(finding for finding in checked if finding.rule not in said),
        *(runner_finding("expression-in-deploy-job", render(at), got=kind) for at, kind in misplaced.items()),
        *plain_expressions(named, remedy=_WITHOUT_MACHINE, apart=misplaced),
        *secret_findings(named, found.hidden, checked),
        *_own_tag_findings(facts, request),
        *map(_unwritable, unwritable(named)),
        *inexact_findings(facts.request, checked),
        *_size_findings(named),
        *facts.noted,
    ]


def _has(noted: Sequence[Finding], rule: str) -> bool:
    return any(finding.rule == rule for finding in noted)


def _misplaced(facts: DirectFacts, request: Mapping[str, Any]) -> dict[Path, str]:
    """Every expression of a state machine's: of tokens, and of text as it will be sent."""
    found = dict(expressions({**facts.request, "Tags": None}))
    keys = [part(tag).get("Key") for tag in request.get("Tags", ())]
    found |= {("Tags", keys.index(path[0]), "Value"): kind for path, kind in expressions(facts.tags)}
    return {**found, **dict.fromkeys(written_expressions(request), "JSONata")}


def _own_tag_findings(facts: DirectFacts, request: Mapping[str, Any]) -> Iterator[Finding]:
    users = facts.tags
    tags = [tag for tag in request.get("Tags", ()) if tag["Key"] != facts.own_tag or facts.own_tag in users]
    return tag_findings({"Tags": tags}, (facts.own_tag,))


def _unwritable(path: Path) -> Finding:
    message = (
        "is a map, or the absence of a value, that CloudFormation alone knows: a schedule's payload is text, "
        "and its functions can write neither"
    )
    fix = "give the map itself, its values may be tokens; or leave direct=True out"
    source = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html"
    )
    return Finding("model:type", "error", render(path), message, fix, source)


def _size_findings(request: Mapping[str, Any]) -> Iterator[Finding]:
    size = _size(request)
    if size > LARGEST_PAYLOAD:
        largest = max(request, key=lambda member: _size(request[member]))
        message = f"the schedule's payload has {size} bytes, allowed are {LARGEST_PAYLOAD}"
        fix = f"put long values into S3 and pass their address, or make the largest member, {largest}, small"
        yield Finding("request-too-large", "error", "", message, fix, f"{_GUIDE}/encryption-rest.html")


def _size(value: object) -> int:
    return len(json.dumps(value, separators=(",", ":")).encode())
