"""The runners of one spec in one stack, and the request that each of their templates holds."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from constructs import Construct

from constructs_lib import (
    Completion,
    Objective,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingSchedule,
    TrainingSweep,
)
from tests.unit.cdk.workflows.evaluation import Execution
from tests.unit.cdk.workflows.machines import WRITTEN, Json, creation, written

JSONATA = sfn.QueryLanguage.JSONATA
# Whole numbers further from zero are others in JavaScript, in which CDK counts.
EXACT = 2**53 - 1
# A number that CloudFormation knows.
COUNT = "Count"
WRITTEN[COUNT] = "2"
POINT = "swept-by-the-test"
# What a state of a workflow sees: its input, and the variables of its branch.
SEEN = Execution(
    {"hyperparameters": {POINT: "1"}, "index": 0},
    {"Execution": {"Id": "arn", "RedriveCount": 0}, "State": {"Name": "n"}},
    {"constructsLibSeed": "0", "constructsLibExecution": "0"},
)
# Where the findings about a request are asked for: some requests here break rules between members.
REPORTS = [
    f"constructs_lib.cdk.{module}.report_on"
    for module in ("training_job", "workflows.task", "sweeps.sweep", "schedules.training_schedule")
]


class Runners:
    """All runners of one spec.

    Args:
        scope: a construct of their own.
        spec: without a name.
        metric: one of its metrics, for the sweep.
        platform: where they run.
    """

    def __init__(
        self, scope: Construct, spec: TrainingJobSpec, metric: str, platform: TrainingPlatform | None = None
    ) -> None:
        given: Any = {"spec": spec, "platform": platform}
        nightly = scheduler.ScheduleExpression.cron(minute="0", hour="2")
        objective, points = Objective.maximize(metric), [{POINT: 1}]
        self.job = TrainingJob(scope, "Job", completion=Completion.start(), **given)
        self.schedule = TrainingSchedule(scope, "Direct", schedule=nightly, direct=True, **given)
        self.machines = {
            "a task in JSONPath": self._machine(TrainingJobTask(scope, "Task", **given)),
            "a task in JSONata": self._machine(TrainingJobTask(scope, "Other", **given), JSONATA),
            "a sweep": self._machine(
                TrainingSweep(scope, "Sweep", points=points, objective=objective, **given)
            ),
            "a distributed sweep": self._machine(
                TrainingSweep(scope, "Wide", points=points, objective=objective, distributed=True, **given)
            ),
        }
        planned = TrainingSchedule(scope, "Nightly", schedule=nightly, **given)
        assert planned.state_machine is not None
        self.machines["a schedule"] = planned.state_machine

    @staticmethod
    def _machine(task: Any, language: sfn.QueryLanguage | None = None) -> sfn.StateMachine:
        inner = Construct(task, "Around")
        body = sfn.DefinitionBody.from_chainable(task)
        return sfn.StateMachine(inner, "Machine", definition_body=body, query_language=language)

    def requests(self, template: Json) -> dict[str, Json]:
        """The request of each runner, as SageMaker gets it but for values of CloudFormation's."""
        target = self._properties(template, self.schedule.schedule)["Target"]
        job = self.job.node.find_child("Resource")
        found = {
            "a job": filled(self._properties(template, job)["Request"]),
            "a direct schedule": json.loads(written(target["Input"])),
        }
        for name, made in self.machines.items():
            found[name] = sent(json.loads(written(self._properties(template, made)["DefinitionString"])))
        return found

    def _properties(self, template: Json, construct: Any) -> Json:
        element = construct.node.default_child
        logical_id = cdk.Stack.of(construct).get_logical_id(element)
        properties: Json = template["Resources"][logical_id]["Properties"]
        return properties


def countable(value: Any) -> Any:
    """A value without numbers that CDK changes."""
    if isinstance(value, dict):
        return {key: countable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [countable(item) for item in value]
    whole = isinstance(value, int) and not isinstance(value, bool)
    return max(-EXACT, min(EXACT, value)) if whole else value


def sayable(request: Json) -> Json:
    """The request as a spec of a construct's can say it: its tags are a map."""
    made: Json = countable(request)
    tags = {tag["Key"]: tag for tag in made.pop("Tags", ())}
    return {**made, "Tags": list(tags.values())} if tags else made


def filled(value: Any) -> Any:
    """A part of a template with CloudFormation's values written out."""
    if value == {"Ref": COUNT}:
        return int(written(value))
    if isinstance(value, list):
        return [filled(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)) in ("Ref", "Fn::GetAtt", "Fn::Join"):
        return written(value)
    return {key: filled(item) for key, item in value.items()}


def sent(definition: Json) -> Json:
    """What the creating state of a definition sends."""
    state = creation(definition)
    if "Parameters" in state:
        return dict(SEEN.parameters(state["Parameters"]))
    return dict(SEEN.arguments(state["Arguments"]))


def common(request: Json) -> Json:
    """A request without what is a runner's own: name, tags, and a sweep's point with its folder."""
    kept = {name: value for name, value in request.items() if name not in ("TrainingJobName", "Tags")}
    if "S3Uri" in kept.get("CheckpointConfig", {}):
        kept["CheckpointConfig"] = {**kept["CheckpointConfig"], "S3Uri": _place(kept["CheckpointConfig"])}
    values = {key: text for key, text in kept.pop("HyperParameters", {}).items() if key != POINT}
    return {**kept, "HyperParameters": values} if values else kept


def _place(checkpoints: Json) -> str:
    """Without what only an execution knows, and the slash before it."""
    return str(checkpoints["S3Uri"]).rstrip("/")


def users_tags(request: Json) -> dict[str, str]:
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}
    return {key: value for key, value in tags.items() if not key.startswith("constructs-lib:")}


def template_of(stack: cdk.Stack) -> Json:
    return dict(Template.from_stack(stack).to_json())
