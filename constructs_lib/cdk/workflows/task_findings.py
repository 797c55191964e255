"""Everything that is wrong with the job of a task, before any execution asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack

from constructs_lib.cdk.exact_numbers import inexact_findings
from constructs_lib.cdk.expressions import expressions
from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.job_findings import tag_findings
from constructs_lib.cdk.job_notes import note_default_runtime, note_name
from constructs_lib.cdk.undefined_metrics import undefined_metrics
from constructs_lib.cdk.whereabouts import environment_of, stack_of
from constructs_lib.cdk.workflows.named_states import state_name, taken_names
from constructs_lib.cdk.workflows.observed_task import ObservedTask
from constructs_lib.cdk.workflows.plain_expressions import plain_expressions
from constructs_lib.cdk.workflows.state_names import LONGEST
from constructs_lib.cdk.workflows.task_secrets import token_secrets
from constructs_lib.cdk.workflows.used_machines import machines_of
from constructs_lib.rules import Finding
from constructs_lib.rules.engine import check_request
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.algorithm import SCRIPT_FINDINGS
from constructs_lib.spec.text import is_unknown

__all__ = ["TaskFacts", "task_findings"]


@dataclass(frozen=True)
class TaskFacts:
    """What is known of a task's job when the task is made.

    Attributes:
        construct: the task.
        spec: what it trains.
        request: the request, without a name; tokens and expressions may stand anywhere.
        name: the whole name that it is given; None where each run makes one.
        is_used: asked at synthesis, whether the task is in a state machine.
        own_tags: the tags that the task adds.
        is_watched: whether its state machine itself may look at the job.
        noted: findings of the construct itself.
    """

    construct: ObservedTask
    spec: TrainingJobSpec
    request: Mapping[str, Any]
    name: str | None
    is_used: Callable[[], bool]
    own_tags: Sequence[str]
    is_watched: bool
    noted: Sequence[Finding]


def task_findings(facts: TaskFacts) -> list[Finding]:
    """All findings about a task: of its request, then of how it is run."""
    runtime = note_default_runtime(facts.spec, None, facts.request)
    said = {"stopping-condition-missing"} if runtime else set()
    checked = _request_findings(facts)
    return [
        *(finding for finding in checked if finding.rule not in said),
        *inexact_findings(facts.request, checked),
        *token_secrets(stack_of(facts.construct), facts.request, checked),
        *tag_findings(facts.request, facts.own_tags),
        *_owner_findings(facts),
        *_metric_findings(facts),
        *_text_findings(facts),
        *note_name(facts.name if _is_fixed(facts.name) else None),
        *_machine_findings(facts),
        *runtime,
        *facts.noted,
    ]


def _request_findings(facts: TaskFacts) -> list[Finding]:
    region, account = environment_of(stack_of(facts.construct))
    # As it will be named: what only the execution knows is nobody's mistake.
    named = {"TrainingJobName": UNKNOWN if facts.name is None else facts.name, **facts.request}
    script = facts.spec.algorithm is not None and facts.spec.algorithm.source is not None
    skipped = {("model:size", "Tags")} | (SCRIPT_FINDINGS if script else set())
    found = check_request(named, region=region, account=account)
    return [finding for finding in found if (finding.rule, finding.path) not in skipped]


def _owner_findings(facts: TaskFacts) -> Iterator[Finding]:
    if is_unknown(facts.spec.tags):
        yield runner_finding("jobs-without-owner", "Tags")


def _metric_findings(facts: TaskFacts) -> Iterator[Finding]:
    gates = enumerate(facts.construct._plan.gates)
    asked = {f"quality_gates[{index}].metric": gate.metric for index, gate in gates}
    return undefined_metrics(facts.spec, facts.request, asked, "the gate never passes")


def _text_findings(facts: TaskFacts) -> Iterator[Finding]:
    shaping = {name: facts.construct._shaping[name] for name in ("result_selector", "outputs")}
    return plain_expressions({"TrainingJobName": facts.name, **facts.request, **shaping})


def _is_fixed(name: str | None) -> bool:
    """Whether a whole name is the same one in each execution."""
    return name is not None and not expressions({"name": name})


def _machine_findings(facts: TaskFacts) -> Iterator[Finding]:
    stack = stack_of(facts.construct)
    state, machines = state_name(facts.construct), machines_of(stack)
    yield from _name_findings(state, stack)
    if helpers := facts.construct.misread_helpers:
        yield runner_finding("output-language-missing", got=", ".join(helpers))
    if state in machines.misread:
        yield runner_finding("query-language-missing")
    elif wrong := facts.construct.misfit_catch:
        yield runner_finding("catch-language", problem=wrong.problem, remedy=wrong.fix)
    if state in machines.express:
        yield runner_finding("express-state-machine")
    if facts.is_watched and facts.is_used() and state not in machines.trained:
        yield runner_finding("execution-not-watched")


def _name_findings(state: str, stack: Stack) -> Iterator[Finding]:
    # An id or a state_name is refused at once; this one a fragment's prefix has made longer.
    if len(state) > LONGEST:
        yield runner_finding("state-name-too-long", got=len(state), allowed=LONGEST)
    for name in taken_names(stack, state):
        yield runner_finding("state-name-taken", got=repr(name))
