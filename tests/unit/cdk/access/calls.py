"""What the states of a definition call, as IAM sees it, and what beside each call must be denied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.physical import ACCOUNT, OTHER_ACCOUNT, REGION, Physical

Json = dict[str, Any]
Context = Mapping[str, str]
DIGEST = "0123456789abcdef0123456789abcdef"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
JOBS = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/"
ROLES = f"arn:aws:iam::{ACCOUNT}:role/"
TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}
ANY = "any-name-at-all"
# What Step Functions itself calls for a state, beside what the state says (its guide, "IAM policies for").
BESIDE: Mapping[str, tuple[str, ...]] = {
    "sagemaker:createTrainingJob": ("CreateTrainingJob", "ListTags"),
    "sagemaker:createTrainingJob.sync": (
        "AddTags",
        "CreateTrainingJob",
        "DescribeTrainingJob",
        "ListTags",
        "StopTrainingJob",
    ),
}
LOGGING = tuple(
    f"logs:{name}"
    for name in (
        "CreateLogDelivery",
        "DeleteLogDelivery",
        "DescribeLogGroups",
        "DescribeResourcePolicies",
        "GetLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "UpdateLogDelivery",
    )
)
TRACING = tuple(
    f"xray:{name}"
    for name in ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")
)


@dataclass(frozen=True)
class Call:
    """One request of a principal's, and those beside it.

    Attributes:
        who: the role's ARN.
        action: as IAM names it.
        resource: its ARN; ``*`` for an action that has none.
        context: condition keys of the request.
        others: resources on which the same must be denied.
        contexts: what the condition keys may be instead, which must be denied too.
    """

    who: str
    action: str
    resource: str
    context: Context = field(default_factory=dict)
    others: tuple[str, ...] = ()
    contexts: tuple[Context, ...] = ()


def other_account(arn: str) -> str:
    """The same thing of another account."""
    return arn.replace(ACCOUNT, OTHER_ACCOUNT)


def job_calls(who: str, action: str, name: str) -> Call:
    """An action on a training job: other names are denied, where the name is known at all."""
    arn = f"{JOBS}{name}"
    others = (other_account(arn), *(() if name == ANY else (f"{JOBS}other-{name}", f"{JOBS}other")))
    return Call(who, f"sagemaker:{action}", arn, others=others)


def pass_role(who: str, role: str) -> Call:
    """Handing a role to SageMaker; no other role, and to no other service."""
    others = (f"{ROLES}Admin", f"{role}2", other_account(role), who)
    services = ({"iam:PassedToService": f"{name}.amazonaws.com"} for name in ("lambda", "ec2", "states"))
    return Call(who, "iam:PassRole", role, TO_SAGEMAKER, others, (*services, {}))


def plan_calls(who: str, request: Json) -> Iterator[Call]:
    """A job in reserved capacity is created on its plan, too."""
    plan = request.get("ResourceConfig", {}).get("TrainingPlanArn")
    if plan is not None:
        capacity = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:reserved-capacity/any"
        yield Call(who, "sagemaker:CreateTrainingJob", plan, others=(f"{plan}2", other_account(plan)))
        yield Call(who, "sagemaker:CreateTrainingJob", capacity, others=(other_account(capacity),))


def request_calls(who: str, request: Json, name: str) -> Iterator[Call]:
    """What CreateTrainingJob asks of its caller, beside itself."""
    yield pass_role(who, request["RoleArn"])
    yield from plan_calls(who, request)
    if request.get("Tags"):
        yield job_calls(who, "AddTags", name)


def judged(account: Account, call: Call) -> list[str]:
    """What is wrong with the rights that a call needs; empty when all is right."""
    found = []
    if not account.allows(call.who, call.action, call.resource, call.context):
        found.append(f"{call.who} may not {call.action} on {call.resource} {call.context or ''}")
    for other in call.others:
        if account.allows(call.who, call.action, other, call.context):
            found.append(f"{call.who} may {call.action} on {other}")
    for context in call.contexts:
        if account.allows(call.who, call.action, call.resource, context):
            found.append(f"{call.who} may {call.action} on {call.resource} with {context}")
    return found


def cases(call: Call) -> int:
    """How many requests are judged for a call."""
    return 1 + len(call.others) + len(call.contexts)


class Machine:
    """A state machine of a template.

    Args:
        stack: its stack.
        logical_id: its own.
        properties: of the resource.
    """

    def __init__(self, stack: Physical, logical_id: str, properties: Json) -> None:
        self.arn, self.role = stack.arn(logical_id), str(stack.of(properties["RoleArn"]))
        self.definition: Json = json.loads(stack.of(properties["DefinitionString"]))
        self._properties = stack.of({k: v for k, v in properties.items() if k != "DefinitionString"})
        self._name = next((name_of(state) for _, state in states(self.definition) if creates(state)), ANY)

    def calls(self) -> Iterator[Call]:
        """All that its executions call, under its own role or one that a state names."""
        yield from self._own()
        for _, state in states(self.definition):
            if state["Type"] == "Task":
                yield from self._of_task(state)
            elif state["Type"] == "Map":
                yield from self._of_map(state)

    def _own(self) -> Iterator[Call]:
        """Of the machine itself: its log, its trace, its key."""
        if self._properties.get("LoggingConfiguration"):
            yield from (Call(self.role, action, "*") for action in LOGGING)
        if self._properties.get("TracingConfiguration"):
            yield from (Call(self.role, action, "*") for action in TRACING)
        key = self._properties.get("EncryptionConfiguration", {}).get("KmsKeyId")
        if key is not None:
            context = {"kms:EncryptionContext:aws:states:stateMachineArn": self.arn}
            foreign = {"kms:EncryptionContext:aws:states:stateMachineArn": other_account(self.arn)}
            for action in ("kms:Decrypt", "kms:GenerateDataKey"):
                yield Call(self.role, action, key, context, (f"{key}2",), (foreign, {}))

    def _of_task(self, state: Json) -> Iterator[Call]:
        who = state.get("Credentials", {}).get("RoleArn", self.role)
        if who != self.role:
            yield Call(self.role, "sts:AssumeRole", who, others=(f"{ROLES}Admin", f"{who}2"))
        given = state.get("Arguments", state.get("Parameters"))
        assert isinstance(given, dict), state
        integration = state["Resource"].split(":states:::")[1]
        if integration == "lambda:invoke":
            function = given["FunctionName"]
            yield Call(
                who, "lambda:InvokeFunction", function, others=(f"{function}2", other_account(function))
            )
            return
        name = name_of(state) if creates(state) else self._name
        for action in BESIDE.get(integration) or (_sdk_action(integration),):
            yield job_calls(who, action, name)
        if creates(state):
            yield from request_calls(who, given, name)
        if integration.endswith(".sync"):
            for action in ("DescribeRule", "PutRule", "PutTargets"):
                others = (RULE.replace("TrainingJobs", "TransformJobs"), other_account(RULE))
                yield Call(self.role, f"events:{action}", RULE, others=others)

    def _of_map(self, state: Json) -> Iterator[Call]:
        known = {"ItemReader": "s3:getObject", "ResultWriter": "s3:putObject"}
        for member, resource in known.items():
            if member in state:
                assert state[member]["Resource"].endswith(f":::{resource}"), state[member]
        if "ItemReader" in state:
            place = state["ItemReader"]["Arguments"]
            arn = f"arn:aws:s3:::{place['Bucket']}/{place['Key']}"
            yield Call(
                self.role, "s3:GetObject", arn, others=(f"{arn}2", f"arn:aws:s3:::{place['Bucket']}/x")
            )
        if "ResultWriter" in state:
            yield from self._of_results(state["ResultWriter"]["Arguments"])
        if state["ItemProcessor"].get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            yield from self._of_children()

    def _of_results(self, place: Json) -> Iterator[Call]:
        arn = f"arn:aws:s3:::{place['Bucket']}/{place['Prefix']}/run/manifest.json"
        others = (
            f"arn:aws:s3:::{place['Bucket']}/{place['Prefix']}2/run/x",
            f"arn:aws:s3:::{place['Bucket']}/x",
        )
        for action in ("PutObject", "GetObject", "AbortMultipartUpload", "ListMultipartUploadParts"):
            yield Call(self.role, f"s3:{action}", arn, others=(*others, f"arn:aws:s3:::{place['Bucket']}2/x"))

    def _of_children(self) -> Iterator[Call]:
        yield Call(
            self.role, "states:StartExecution", self.arn, others=(f"{self.arn}2", other_account(self.arn))
        )
        executions = self.arn.replace(":stateMachine:", ":execution:")
        others = (f"{executions}2:run", other_account(f"{executions}:run"))
        for action in ("DescribeExecution", "StopExecution"):
            yield Call(self.role, f"states:{action}", f"{executions}:run", others=others)
        child = f"{executions}/label:run"
        yield Call(self.role, "states:RedriveExecution", child, others=(f"{executions}2/label:run",))


def states(definition: Json) -> Iterator[tuple[str, Json]]:
    """Every state, of branches and processors too."""
    for name, state in definition["States"].items():
        yield name, state
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor")):
            if inner:
                yield from states(inner)


def creates(state: Json) -> bool:
    """Whether the state creates a training job."""
    return "createTrainingJob" in state.get("Resource", "")


def name_of(state: Json) -> str:
    """A name that a creating state may give its job."""
    given: Json = state.get("Arguments") or state.get("Parameters") or {}
    text = str(given.get("TrainingJobName", given.get("TrainingJobName.$")))
    if not text.startswith(("{%", "States.")):
        return text
    made = re.search(r"'([A-Za-z0-9-]+-)(?:\{\}|')", text)
    return f"{made[1]}{DIGEST}" if made else ANY


def _sdk_action(integration: str) -> str:
    """The action of a call of the API; a service that the tests do not know is an error, not a pass."""
    kind, service, operation = integration.split(":")
    assert (kind, service) == ("aws-sdk", "sagemaker"), integration
    known = operation.endswith("TrainingJob") or operation == "listTags"
    assert known, f"{integration}: say here on which resource"
    return operation[0].upper() + operation[1:]
