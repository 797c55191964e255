"""Rules on executions that end: the front stops the training jobs that they leave running.

How many there are is known when the template is made, for the pattern of a rule has room for a few state
machines only. An aspect makes those after the first.
"""

from __future__ import annotations

from typing import cast

import jsii
from aws_cdk import Aspects, IAspect, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct, IConstruct

from constructs_lib.cdk.acknowledged.reasons import EVENT_RULE
from constructs_lib.cdk.runtime import TrainingRuntime
from constructs_lib.cdk.validation_plugin import acknowledge
from constructs_lib.cdk.whereabouts import path_of
from constructs_lib.cdk.workflows.watched_machines import WatchedMachines, event_pattern

__all__ = ["RULE_SCOPE_ID", "EndedExecutions"]

RULE_SCOPE_ID = "TrainingWorkflowExecutions"


@jsii.implements(IAspect)
class EndedExecutions:
    """The rules of one stack.

    Args:
        jobs: the construct that stands for the stack's jobs; its turn comes when the template is made.
        runtime: has the front.

    Attributes:
        scope: what all rules are in, so that it can be waited for; None where no job is watched.
    """

    def __init__(self, jobs: Construct, runtime: TrainingRuntime) -> None:
        self._jobs, self._runtime = jobs, runtime
        self._machines = WatchedMachines(Stack.of(jobs))
        self._rules: list[events.Rule] = []
        self.scope: Construct | None = None
        Aspects.of(jobs).add(cast("IAspect", self))

    def watch(self) -> None:
        """Make the first rule; once a stack."""
        if self.scope is None:
            # Not below the jobs: who depends on all of them may be a state machine that the rule names.
            self.scope = Construct(Stack.of(self._jobs), RULE_SCOPE_ID)
            self._add_rule(self.scope)

    def visit(self, node: IConstruct) -> None:
        """Make the other rules; called by CDK."""
        if node.node.path != path_of(self._jobs):
            return
        self._machines.begin()
        if self.scope is None:
            return
        for _ in range(len(self._rules), self._machines.count()):
            self._add_rule(self.scope)

    def _add_rule(self, scope: Construct) -> None:
        number = len(self._rules)
        pattern = event_pattern(self._machines.part(number, self._rules))
        rule = events.Rule(
            scope,
            "Ended" if number == 0 else f"Ended{number + 1}",
            description="An execution ended: the front stops the training jobs that it left running",
            event_pattern=events.EventPattern(
                source=pattern["source"], detail_type=pattern["detail-type"], detail=pattern["detail"]
            ),
        )
        rule.add_target(targets.LambdaFunction(self._runtime.front, event=_ended_execution()))
        self._rules.append(rule)
        acknowledge(self._jobs, rule, EVENT_RULE)


def _ended_execution() -> events.RuleTargetInput:
    """What the front is told; the moments stay numbers, in milliseconds since the epoch."""
    paths = {"EndedExecution": "executionArn", "StartedAt": "startDate", "EndedAt": "stopDate"}
    fields = {name: events.EventField.from_path(f"$.detail.{path}") for name, path in paths.items()}
    return events.RuleTargetInput.from_object(fields)
