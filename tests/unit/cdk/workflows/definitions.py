"""State machines of every kind that the library renders, in one stack, and what their definitions are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from constructs import Construct

from constructs_lib import (
    Algorithm,
    Channel,
    Checkpoint,
    JobName,
    MetricDefinition,
    QualityGate,
    RetryFailures,
    SpotTraining,
    TrainingJobSpec,
    TrainingJobTask,
)

from .machines import Json, written

JSONATA, JSON_PATH = sfn.QueryLanguage.JSONATA, sfn.QueryLanguage.JSON_PATH
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1"
J = sfn.JsonPath
RATE = MetricDefinition("validation:error rate", "rate=([0-9.]+)")
GATES = [QualityGate("validation:error rate", at_most=0.1)]
SPEC = TrainingJobSpec(
    algorithm=Algorithm.from_image_uri(IMAGE),
    channels=[Channel.from_uri("train", "s3://data/train/")],
    hyperparameters={"depth": 6, "eta": 0.1, "early": True, "layers": [1, 2]},
    environment={"LEVEL": "it's {braced} \\ and ünïcode"},
    instance_type="ml.m5.large",
    max_runtime=cdk.Duration.hours(2),
    metrics=[RATE],
    tags={"team": "forecast"},
    role_arn="arn:aws:iam::123456789012:role/train",  # making one takes most of the time
)
SPOT = SpotTraining(max_wait=cdk.Duration.hours(4))
WHOLE: dict[str, Any] = {"job_name": "a-name-of-its-own", "retries": []}  # of a task of one state
REQUEST_RESPONSE: dict[str, Any] = {"integration_pattern": sfn.IntegrationPattern.REQUEST_RESPONSE}
LOOP: dict[str, Any] = {"integration": "aws-sdk"}
LONG = "A state's name of eighty characters, which is the longest there is, ends here: "


@dataclass(frozen=True)
class Kind:
    """A state machine of a kind: its language, and what makes its states in a scope of its own."""

    language: sfn.QueryLanguage | None
    make: Callable[[Construct], sfn.IChainable]


KINDS: dict[str, Kind] = {}


def train(scope: Construct, id: str = "Train", spec: TrainingJobSpec = SPEC, **given: Any) -> TrainingJobTask:
    return TrainingJobTask(scope, id, spec=spec, **given)


def in_both(name: str, make: Callable[[Construct, bool], sfn.IChainable], *, mixed: bool = False) -> None:
    """A kind in each language, and mixed: JSONata in a machine of JSONPath, too; ``make`` is told which."""
    KINDS[f"{name}, JSONPath"] = Kind(None, lambda scope: make(scope, False))
    KINDS[f"{name}, JSONata"] = Kind(JSONATA, lambda scope: make(scope, True))
    if mixed:
        KINDS[f"{name}, JSONata in JSONPath"] = Kind(JSON_PATH, lambda scope: make(scope, True))


def task_in_both(
    name: str, path: Any = None, jsonata: Any = None, *, mixed: bool = False, **given: Any
) -> None:
    """One task in each language, with arguments of each language's own."""

    def make(scope: Construct, in_jsonata: bool) -> sfn.IChainable:
        own = dict((jsonata if in_jsonata else path) or {})
        if in_jsonata:  # its machine's language, or said where that is another
            own["query_language"] = JSONATA
        return train(scope, **given, **own)

    in_both(name, make, mixed=mixed)


# The forms.
task_in_both("branch", mixed=True)
task_in_both("loop", **LOOP)
task_in_both("stopped, whole name", mixed=True, allow_stopped=True, job_name="a-name-of-its-own")
task_in_both("request-response", mixed=True, **REQUEST_RESPONSE)
task_in_both("request-response of the API", **REQUEST_RESPONSE, **LOOP)
task_in_both("request-response in one state", **REQUEST_RESPONSE, **WHOLE)
# What asks for more states.
task_in_both("gates", quality_gates=GATES)
task_in_both("gates, stopped, loop", quality_gates=GATES, allow_stopped=True, **LOOP)
task_in_both("retried failures", retry_failures=True)
task_in_both(
    "everything",
    mixed=True,
    quality_gates=GATES,
    retry_failures=RetryFailures(on=["capacity"], max_attempts=7),
    task_timeout=sfn.Timeout.duration(cdk.Duration.hours(3)),
    comment="says what it is for",
    state_name="Alles über Züge, 学習: {x} '$.y'",
    **LOOP,
)
task_in_both("own role", spec=SPEC.replace(role_arn=None))
task_in_both("own checkpoints", spec=SPEC.replace(spot=SPOT, checkpoint=Checkpoint()))
task_in_both("own checkpoints, loop", spec=SPEC.replace(spot=SPOT, checkpoint=Checkpoint()), **LOOP)
task_in_both("no spec's tags", spec=SPEC.replace(tags={}))
task_in_both("retries of the user's", retries=[sfn.RetryProps(errors=["States.TaskFailed"])])
# Names.
task_in_both("whole name", job_name="a-name-of-its-own")
task_in_both("whole name, loop", job_name="a-name-of-its-own", quality_gates=GATES, **LOOP)
NAMED = ({"job_name": J.string_at("$.name")}, {"job_name": "{% $states.input.name %}"})
task_in_both("name of the execution", *NAMED)
task_in_both("name of the execution, loop", *NAMED, mixed=True, **LOOP)
task_in_both("name of the execution, stopped", *NAMED, allow_stopped=True)
task_in_both("name of the execution, request-response", *NAMED, **REQUEST_RESPONSE)
task_in_both("prefix", job_name=JobName.unique("a--prefix-of-thirty-characters"))
task_in_both("state of eighty characters", state_name=LONG[:79] + "é", retry_failures=True, **LOOP)
# Times and credentials.
HOUR = sfn.Timeout.duration(cdk.Duration.hours(1))
task_in_both("time-out", task_timeout=HOUR, heartbeat_timeout=sfn.Timeout.duration(cdk.Duration.minutes(9)))
task_in_both(
    "time-out of the execution",
    {"task_timeout": sfn.Timeout.at("$.seconds")},
    {"task_timeout": sfn.Timeout.at("{% $states.input.seconds %}")},
)
task_in_both("time-out, loop", task_timeout=HOUR, **LOOP)


def with_credentials(scope: Construct, in_jsonata: bool) -> sfn.IChainable:
    other = iam.Role.from_role_arn(scope, "Other", "arn:aws:iam::999999999999:role/other", mutable=False)
    fixed = sfn.Credentials(role=sfn.TaskRole.from_role(other))
    if in_jsonata:
        return train(scope, credentials=fixed, quality_gates=GATES, **LOOP, query_language=JSONATA)
    dynamic = sfn.Credentials(role=sfn.TaskRole.from_role_arn_json_path("$.role"))
    single = train(scope, "Single", credentials=dynamic, **REQUEST_RESPONSE, **WHOLE)
    return train(scope, credentials=fixed, quality_gates=GATES, **LOOP).next(single)


in_both("credentials", with_credentials)
# What goes in and out.
PATHS = {
    "input_path": "$.job",
    "result_path": "$.train",
    "result_selector": {"model.$": "$.ModelArtifacts.S3ModelArtifacts", "kind": "training"},
    "output_path": "$.train",
}
OUTPUTS = {"outputs": {"model": "{% $states.result.ModelArtifacts.S3ModelArtifacts %}", "kept": 1}}
ASSIGN = (
    {"assign": {"model.$": "$.ModelArtifacts.S3ModelArtifacts", "tries": 3}},
    {"assign": {"model": "{% $states.result.ModelArtifacts.S3ModelArtifacts %}", "tries": 3}},
)
task_in_both("input and output", PATHS, OUTPUTS)
task_in_both("input and output, loop", PATHS, OUTPUTS, **LOOP)
task_in_both("input and output of one state", PATHS, OUTPUTS, **REQUEST_RESPONSE, **WHOLE)
task_in_both("discarded result", {"result_path": J.DISCARD}, {"outputs": "{% $states.input %}"})
task_in_both("variables", *ASSIGN)
task_in_both("variables and output", *({**PATHS, **ASSIGN[0]}, {**OUTPUTS, **ASSIGN[1]}), **LOOP)
ONE_STATE = REQUEST_RESPONSE | WHOLE
task_in_both("variables of one state", ASSIGN[0], ASSIGN[1], **ONE_STATE)
task_in_both("variables of a request-response", *ASSIGN, **REQUEST_RESPONSE)
PICKED_PATH = SPEC.replace(
    hyperparameters=J.object_at("$.hyperparameters"),
    instance_count=J.number_at("$.count"),
    environment={"A": f"{J.string_at('$.a')}'s {{}}", "B": J.execution_name},
    channels=[Channel.from_uri("train", f"s3://{J.string_at('$.bucket')}/x")],
)
PICKED_JSONATA = SPEC.replace(
    hyperparameters="{% $states.input.hyperparameters %}",
    instance_count="{% $states.input.count %}",
    environment={"A": '{% $states.input.a & "\'s {}" %}', "B": "{% $states.context.Execution.Name %}"},
    channels=[Channel.from_uri("train", "{% 's3://' & $states.input.bucket & '/x' %}")],
)
task_in_both("picked values", {"spec": PICKED_PATH}, {"spec": PICKED_JSONATA})
task_in_both(
    "picked values, loop", mixed=True, path={"spec": PICKED_PATH}, jsonata={"spec": PICKED_JSONATA}, **LOOP
)


def make(scope: Construct) -> dict[str, sfn.StateMachine]:
    """All of them."""
    from . import around  # noqa: F401  (adds the kinds in which something is around the tasks)

    return {
        name: sfn.StateMachine(
            inner := Construct(scope, f"Kind{number}"),
            "Machine",
            definition_body=sfn.DefinitionBody.from_chainable(kind.make(inner)),
            query_language=kind.language,
        )
        for number, (name, kind) in enumerate(KINDS.items())
    }


def new_app(**given: Any) -> cdk.App:
    return cdk.App(context={"@aws-cdk/core:stackResourceLimit": 0}, **given)


@cache
def definitions() -> dict[str, Json]:
    """Their definitions, as AWS gets them."""
    stack = cdk.Stack(new_app(), "Stack")
    machines = make(stack)
    resources = Template.from_stack(stack).to_json()["Resources"]
    made: dict[str, Json] = {}
    for name, machine in machines.items():
        element: Any = machine.node.default_child
        text = resources[stack.get_logical_id(element)]["Properties"]["DefinitionString"]
        made[name] = json.loads(written(text))
    return made
