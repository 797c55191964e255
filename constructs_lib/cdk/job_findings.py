"""Everything that is wrong with a deploy-time job, as its template has it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource, Stack

from constructs_lib.cdk.answer_size import answer_findings
from constructs_lib.cdk.deployed import Deployed, deployed
from constructs_lib.cdk.exact_numbers import inexact_findings
from constructs_lib.cdk.expressions import expressions, written_expressions
from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.pseudo_parameters import fill_pseudo_parameters
from constructs_lib.cdk.request_parts import part
from constructs_lib.cdk.secrets import entries, secret_findings
from constructs_lib.rules import Finding
from constructs_lib.rules.engine import check_request
from constructs_lib.rules.intrinsics import check_variants
from constructs_lib.rules.paths import render
from constructs_lib.rules.rule import Path
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.spec.algorithm import SCRIPT_FINDINGS
from constructs_lib.spec.text import is_token

LARGEST_PROPERTIES = 100_000
RESOURCES = "ResourceConfig"
MOST_TAGS = 50
# The runtime adds those by which it knows its own jobs.
OWN_TAGS = ("constructs-lib:stack-id", "constructs-lib:logical-id", "constructs-lib:delivery")
# On a job of a fixed name, where the name does not tell the content.
CONTENT_TAG = "constructs-lib:content"
# What a finding of the construct's makes superfluous of the engine's.
_ALSO_SAYS = {"max-runtime-defaulted": "stopping-condition-missing"}
_DELETION = ("DeletionPolicy", "UpdateReplacePolicy")


@dataclass(frozen=True)
class JobFacts:
    """What is known of a job when it is made.

    Attributes:
        resource: its custom resource.
        answering: the custom resource that answers for its end: the same one, or the result.
        waits: whether its end is waited for.
        fallback: the instance types of the attempts after the first.
        request: its request with tokens, as rendered from the spec.
        beside: the construct's own arguments that may hold expressions, by their names.
        name: the name that the job is to keep; None where the runtime makes it.
        script: whether the algorithm is a script, whose hyperparameters the library sets.
        noted: findings of the construct itself.
    """

    resource: CfnResource
    answering: CfnResource
    waits: bool
    fallback: Sequence[str]
    request: Mapping[str, object]
    beside: Mapping[str, object]
    name: str | None
    script: bool
    noted: Sequence[Finding]


def job_findings(facts: JobFacts) -> list[Finding]:
    """All findings about a job: of its request, then of how it is run."""
    found = deployed(facts.resource)
    if found is None:
        return []
    request = found.properties.get("Request", {})
    if facts.name is not None and isinstance(request, dict):
        request = {"TrainingJobName": facts.name, **request}
    misplaced = _misplaced(facts, request)
    said = {_ALSO_SAYS.get(finding.rule) for finding in facts.noted}
    checked = request_findings(request, found, [path for path, _ in misplaced], script=facts.script)
    return [
        *(finding for finding in checked if finding.rule not in said),
        *inexact_findings(facts.request, checked),
        *_fallback_findings(facts, request, found, checked, [path for path, _ in misplaced]),
        *_expression_findings(facts, misplaced),
        *secret_findings(part(request), found.hidden, checked),
        *tag_findings(request, OWN_TAGS if facts.name is None else (*OWN_TAGS, CONTENT_TAG)),
        *_resource_findings(found),
        *_answer_findings(facts, request),
        *facts.noted,
    ]


def request_findings(
    request: object, found: Deployed, unknown: Sequence[Path] = (), *, script: bool
) -> list[Finding]:
    """The engine's findings, of every form that the template's conditions may give the request.

    Args:
        request: as the template has it.
        found: where it lies.
        unknown: what holds an expression, and is a finding for that alone.
        script: whether the library sets the hyperparameters of a script.
    """
    document: Any = fill_pseudo_parameters(request, found.region, found.account)
    for path in unknown:
        _forget(document, path)

    def check(variant: Any) -> list[Finding]:
        # Without a fixed name it is the runtime's to make.
        named = {"TrainingJobName": UNKNOWN, **variant} if isinstance(variant, dict) else variant
        return check_request(named, region=found.region, account=found.account)

    skipped = {("model:size", "Tags")} | (SCRIPT_FINDINGS if script else set())  # Tags: see tag_findings
    return [
        finding for finding in check_variants(document, check) if (finding.rule, finding.path) not in skipped
    ]


def _misplaced(facts: JobFacts, request: object) -> list[tuple[Path, str]]:
    """Every expression: of the spec's tokens, and of text as the template has it."""
    found = {_placed(path, request): kind for path, kind in expressions(facts.request)}
    return list({**found, **dict.fromkeys(written_expressions(request), "JSONata")}.items())


def _placed(path: Path, request: object) -> Path:
    """A path as the template has it: a tag, which the spec knows by its key, is an item there."""
    tags = part(request).get("Tags")
    if path[:1] == ("Tags",) and isinstance(tags, list):
        keys = [part(tag).get("Key") for tag in tags]
        if path[-1] in keys:
            return ("Tags", keys.index(path[-1]), "Value")
    return path


def _forget(document: Any, path: Sequence[Any]) -> None:
    """Put UNKNOWN in a place of the document, if it is there."""
    for step in path[:-1]:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return
    last = path[-1]
    if isinstance(document, dict) or (isinstance(document, list) and last in range(len(document))):
        document[last] = UNKNOWN


def _expression_findings(facts: JobFacts, misplaced: Sequence[tuple[Path, str]]) -> Iterator[Finding]:
    for path, kind in misplaced:
        yield runner_finding("expression-in-deploy-job", render(path), got=kind)
    for path, kind in expressions(facts.beside):
        yield runner_finding("expression-in-deploy-job", render(path), got=kind)


def tag_findings(request: object, own: Sequence[str]) -> Iterator[Finding]:
    """What only the library knows of tags: that some of them are its own."""
    tags = part(request).get("Tags", [])
    if not isinstance(tags, list):
        return
    most = MOST_TAGS - len(own)
    if len(tags) > most:
        message = (
            f"must have 0 to {most} entries, as SageMaker takes {MOST_TAGS} and {len(own)} are the "
            f"library's; got {len(tags)}, those of the scopes around the job among them"
        )
        fix = "leave some out; Tags.of(...).add(...) takes exclude_resource_types"
        yield Finding("model:size", "error", "Tags", message, fix, "CreateTrainingJob: Tags")
    for path, value in entries(tags, ("Tags",)):
        if path[-1] == "Key" and value in own:
            message = f"got {value!r}, which is one of the tags by which the library knows its jobs"
            source = "CreateTrainingJob: Tags (keys are unique)"
            yield Finding("tag-key-unique", "error", render(path), message, "use another key", source)


def _resource_findings(found: Deployed) -> Iterator[Finding]:
    for attribute in _DELETION:
        policy = found.resource.get(attribute, "Delete")
        if policy != "Delete":
            yield runner_finding("retain-on-job", attribute=attribute, got=policy)
            break
    size = _size(found.properties)
    if size > LARGEST_PROPERTIES:
        request = part(found.properties, "Request")
        largest = max(request, key=lambda member: _size(request[member]), default="Request")
        yield runner_finding("request-too-large", got=size, allowed=LARGEST_PROPERTIES, largest=largest)


def _fallback_findings(
    facts: JobFacts, request: object, found: Deployed, known: Sequence[Finding], unknown: Sequence[Path]
) -> Iterator[Finding]:
    """What is wrong with the attempts after the first, and not with the first one too."""
    said = set(map(_sameness, known))
    configs = found.properties.get("CapacityFallback", [])
    misplaced = {path[0] for path, _ in expressions(list(facts.fallback))}
    for index, (name, config) in enumerate(zip(facts.fallback, configs, strict=False)):
        if index in misplaced:
            continue
        attempt = {**part(request), RESOURCES: config}
        for finding in request_findings(attempt, found, unknown, script=facts.script):
            if _sameness(finding) not in said:
                yield _of_attempt(finding, f"capacity_fallback[{index}]", name)


def _sameness(finding: Finding) -> tuple[str, str, str]:
    """What two findings of one mistake share; two types that are wrong are two mistakes."""
    words = finding.message if finding.path == f"{RESOURCES}.InstanceType" else ""
    return finding.rule, finding.path, words


def _of_attempt(finding: Finding, place: str, name: str) -> Finding:
    """The finding, so that it shows which type it is about."""
    if finding.path.startswith(RESOURCES):
        return finding._replace(path=place + finding.path.removeprefix(RESOURCES))
    words = "a type" if is_token(name) else name
    return finding._replace(message=f"{finding.message} (on {words}, {place})")


def _answer_findings(facts: JobFacts, request: object) -> Iterator[Finding]:
    found = deployed(facts.answering) if facts.waits else None
    if found is not None:
        stack = Stack.of(facts.answering)
        logical_id = str(stack.resolve(facts.answering.logical_id))
        path = part(request, "OutputDataConfig").get("S3OutputPath")
        known = fill_pseudo_parameters(path, found.region, found.account)
        yield from answer_findings(logical_id, known, found.properties.get("FinalMetrics"))


def _size(value: object) -> int:
    return len(json.dumps(value, separators=(",", ":")).encode())
