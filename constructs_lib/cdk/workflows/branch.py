"""The states of a task that is more than one: create the job, look at it until it has ended, judge it.

They are one branch of a Parallel state, which an outer Retry enters anew, so that each try has a name of its
own. Only the creation and the last look are in the task's query language, for they hold the user's
expressions; the rest is JSONata, which a state machine in JSONPath may have too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.pseudo_parameters import partition
from constructs_lib.cdk.workflows import failures, gates, names
from constructs_lib.cdk.workflows.failures import wrapped
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.plan import Plan
from constructs_lib.cdk.workflows.retries import look_retrier, result_retrier, unanswered
from constructs_lib.cdk.workflows.state_names import inner_name
from constructs_lib.spec.text import is_expression

__all__ = ["ATTEMPT_TAG", "Branch", "training_api"]

Json = dict[str, Any]

# On jobs whose names the user gives: which try of a task has made one.
ATTEMPT_TAG = "constructs-lib:attempt"
JOB, STATUS = "$constructsLibJob", "$constructsLibJob.TrainingJobStatus"
# Variables: how many looks have shown that the job has ended; whether a job of a name is this try's.
LOOKS, IS_OURS = "constructsLibLooks", "constructsLibIsOurs"
SHORTEST_WAIT = 30
# CreateTrainingJob: MaxRuntimeInSeconds and MaxPendingTimeInSeconds go up to 28 days.
LONGEST_RUN = 28 * 86_400
# Final metrics may be a little later than the job's end.
LOOKS_FOR_METRICS = 10
# How often a look is repeated where nothing is at stake but the answer.
SOME = 6
NAME_MEMBER = "TrainingJobName"
# As text, and as a path of JSONPath.
_WRITTEN = (NAME_MEMBER, f"{NAME_MEMBER}.$")


def training_api(integration: str) -> str:
    """The resource of a state that creates a training job, and does not wait."""
    service = "sagemaker" if integration == "optimized" else "aws-sdk:sagemaker"
    return f"arn:{partition()}:states:::{service}:createTrainingJob"


@dataclass(frozen=True)
class Branch:
    """Renders the branch of one task.

    Attributes:
        state: the task's name.
        plan: what it does.
        language: the task's query language.
        machine: the state machine's.
        prefix: what a name that is made begins with.
        creation: the creating state's own members: the request, and how long it may take.
        input_path: what selects the input that the request's expressions see.
        result: the members by which the user shapes the task's output.
        assign: the user's variables; they are the outer state's to set.
    """

    state: str
    plan: Plan
    language: Language
    machine: Language
    prefix: str
    creation: Mapping[str, Any]
    input_path: Mapping[str, Any]
    result: Mapping[str, Any]
    assign: Mapping[str, Any] | None

    def render(self) -> Json:
        """The branch."""
        states = {self._name(role): state for role, state in self._states().items()}
        return {"StartAt": next(iter(states)), "States": states}

    # The states, by what they do.

    def _states(self) -> Json:
        states = {"name": self._variables()}
        if not self.plan.is_unique:
            states["given"] = self._given()
        states |= {"create": self._create(), "find": self._find(), "refused": self._refused()}
        if self.plan.tells_whose:
            states |= {"tags": self._tags(), "whose": self._whose()}
        if self.plan.waits:
            states |= self._watching()
        states["done"] = self._done()
        if self.assign:
            states["told"] = self._told()
        return states

    def _watching(self) -> Json:
        states = {"look": self._look(), "judge": self._judge(), "wait": self._wait()}
        if self.plan.awaits_metrics:
            states["gate"] = self._gate()
        if self.plan.gates:
            states["rejected"] = self._rejected()
        if self.plan.timeout_seconds is not None:
            states |= {"stop": self._stop(), "late": self._late()}
        return {**states, "failed": self._failed()}

    def _variables(self) -> Json:
        variables: Json = dict(
            names.branch_variables(
                checkpoints=self.plan.own_checkpoints, seed=self.plan.seed, execution=self.plan.execution
            )
        )
        if self.plan.awaits_metrics:
            variables[LOOKS] = 0
        following = "create" if self.plan.is_unique else "given"
        return self._jsonata({"Type": "Pass", "Assign": variables, "Next": self._name(following)})

    def _given(self) -> Json:
        """The name that the user gives, while it can still be seen: the creation's result has none."""
        name = {"Assign": self._named(), "Next": self._name("create")}
        kept = {"ResultPath": _discarded()} if self.language is Language.JSONPATH else {}
        return self._users({"Type": "Pass", **self.input_path, **kept, **name})

    def _create(self) -> Json:
        synchronous = self.plan.waits and not self.plan.loops
        state: Json = {
            "Type": "Task",
            "Resource": training_api(self.plan.integration) + (".sync" if synchronous else ""),
            **self.input_path,
            **self._creation(),
            **self.plan.further,
        }
        if self.plan.creation_retries:
            state["Retry"] = list(self.plan.creation_retries)
        state["Catch"] = [self._catcher()]
        if not self.plan.waits:
            return self._users({**state, **self._result(), **self._after("told")})
        assign = {"Assign": self._named()} if self.plan.is_unique else {}
        return self._users({**state, **self._kept_input(), **assign, "Next": self._name("look")})

    def _creation(self) -> Json:
        """The request by the name that is kept: an expression may be another when it is read again."""
        member = self.language.request_member
        request = self.creation[member]
        is_read = f"{NAME_MEMBER}.$" in request or is_expression(request.get(NAME_MEMBER))
        if self.plan.is_unique or not is_read:
            return dict(self.creation)
        rest = {key: value for key, value in request.items() if key not in _WRITTEN}
        name = self.language.member(NAME_MEMBER, self._variable("constructsLibJobName"))
        return {**self.creation, member: {**name, **rest}}

    def _catcher(self) -> Json:
        """The job may be there though its creation was not answered."""
        judged = self.plan.retry_failures or self.plan.allow_stopped
        errors = ["States.TaskFailed"] if judged else unanswered(self.plan.integration)
        seen = self._named() if self.plan.is_unique else {}
        seen |= self._error_output("constructsLibError", "Error")
        seen |= self._error_output("constructsLibCause", "Cause")
        return {
            "ErrorEquals": errors,
            "Assign": seen,
            **self._kept_input(),
            "Next": self._name("find"),
        }

    def _look(self) -> Json:
        return self._describe({"Retry": [look_retrier()], "Next": self._name("judge")})

    def _find(self) -> Json:
        """After an error: it tells of the job, which may have failed, or that none was made."""
        following = self._found() if self.plan.is_unique else "tags"
        return self._describe({**self._else_refused(), "Next": self._name(following)})

    def _tags(self) -> Json:
        """Of a job whose name the user gives: anybody may have made it."""
        call = self._call("listTags", {"ResourceArn": wrapped(f"{JOB}.TrainingJobArn")})
        ours = f"$states.result.Tags[Key = '{ATTEMPT_TAG}' and Value = ${names.SEED}]"
        seen = {"Assign": {IS_OURS: wrapped(f"$exists({ours})")}, **self._kept_input(jsonata=True)}
        return self._jsonata({**call, **seen, **self._else_refused(), "Next": self._name("whose")})

    def _whose(self) -> Json:
        # A .sync that was told of a job's failure has made it: tags may be an expression, without ours.
        told = f"${IS_OURS} or $constructsLibError = 'States.TaskFailed'"
        ours = {"Condition": wrapped(told), "Next": self._name(self._found())}
        return self._jsonata({"Type": "Choice", "Choices": [ours], "Default": self._name("refused")})

    def _found(self) -> str:
        """What comes after the task's job was found."""
        return "judge" if self.plan.waits else "done"

    def _else_refused(self) -> Json:
        refused = {"Next": self._name("refused"), **self._kept_input(jsonata=True)}
        return {
            "Retry": [look_retrier(attempts=SOME)],
            "Catch": [{"ErrorEquals": ["States.ALL"], **refused}],
        }

    def _describe(self, members: Json) -> Json:
        seen = {"constructsLibJob": wrapped("$states.result")}
        if self.plan.awaits_metrics:
            ended = "$states.result.TrainingJobStatus in ['Completed', 'Failed', 'Stopped'] ? 1 : 0"
            seen[LOOKS] = wrapped(f"${LOOKS} + ({ended})")
        call = self._call("describeTrainingJob", {"TrainingJobName": wrapped("$constructsLibJobName")})
        return self._jsonata({**call, "Assign": seen, **self._kept_input(jsonata=True), **members})

    def _judge(self) -> Json:
        good = "in ['Completed', 'Stopped']" if self.plan.allow_stopped else "= 'Completed'"
        following = "gate" if self.plan.awaits_metrics else "done"
        choices = [{"Condition": wrapped(f"{STATUS} {good}"), "Next": self._name(following)}]
        running = f"{STATUS} in ['InProgress', 'Stopping']"
        if self.plan.timeout_seconds is not None:
            over = f"{STATUS} = 'InProgress' and {self._left()} <= 0"
            choices.append({"Condition": wrapped(over), "Next": self._name("stop")})
        choices.append({"Condition": wrapped(running), "Next": self._name("wait")})
        return self._jsonata({"Type": "Choice", "Choices": choices, "Default": self._name("failed")})

    def _wait(self) -> Json:
        """So long that the looks of the longest run stay few; a job that has ended is only late to tell."""
        seconds = str(self._apart())
        if self.plan.timeout_seconds is not None:
            soon = f"$max([1, $min([{seconds}, {self._left()}])])"
            seconds = f"{STATUS} = 'InProgress' ? {soon} : {SHORTEST_WAIT}"
        if self.plan.awaits_metrics and seconds != str(SHORTEST_WAIT):
            seconds = f"${LOOKS} > 0 ? {SHORTEST_WAIT} : ({seconds})"
        waiting = int(seconds) if seconds.isdecimal() else wrapped(seconds)
        return self._jsonata({"Type": "Wait", "Seconds": waiting, "Next": self._name("look")})

    def _left(self) -> str:
        """The seconds of the task's time that are left, which begins with the job."""
        # Text of the SDKs' integrations; .sync has numbers of seconds, and this is not its place to fail.
        begun = f"($t := {JOB}.CreationTime; $type($t) = 'number' ? 1000 * $t : $toMillis($t))"
        return f"$ceil(({begun} + {1000 * (self.plan.timeout_seconds or 0)} - $millis()) / 1000)"

    def _apart(self) -> int | str:
        """The seconds between two looks: known now, or an expression over what the job is."""
        if self.plan.longest_seconds is not None:
            return max(SHORTEST_WAIT, math.ceil(self.plan.longest_seconds / self.plan.most_looks))
        run = (
            "$exists($limit.MaxWaitTimeInSeconds) ? $limit.MaxWaitTimeInSeconds : "
            f"$exists($limit.MaxRuntimeInSeconds) ? $limit.MaxRuntimeInSeconds : {LONGEST_RUN}"
        )
        apart = f"$ceil($sum([({run}), $limit.MaxPendingTimeInSeconds]) / {self.plan.most_looks})"
        return f"($limit := {JOB}.StoppingCondition; $max([{SHORTEST_WAIT}, {apart}]))"

    def _gate(self) -> Json:
        passed = {"Condition": wrapped(gates.all_pass(self.plan.gates, JOB)), "Next": self._name("done")}
        asked = [*(gate.metric for gate in self.plan.gates), *self.plan.awaited]
        late = f"$not({gates.all_reported(asked, JOB)}) and ${LOOKS} < {LOOKS_FOR_METRICS}"
        waiting = {"Condition": wrapped(late), "Next": self._name("wait")}
        choices = [passed, waiting] if self.plan.gates else [waiting]
        default = self._name("rejected" if self.plan.gates else "done")
        return self._jsonata({"Type": "Choice", "Choices": choices, "Default": default})

    def _stop(self) -> Json:
        call = self._call("stopTrainingJob", {"TrainingJobName": wrapped("$constructsLibJobName")})
        # A job that has just ended cannot be stopped: the next look tells.
        ended = {"ErrorEquals": ["States.ALL"], "Next": self._name("look"), **self._kept_input(jsonata=True)}
        following = {"Retry": [look_retrier(attempts=SOME)], "Catch": [ended], "Next": self._name("late")}
        return self._jsonata({**call, **self._kept_input(jsonata=True), **following})

    def _failed(self) -> Json:
        return self._fail(failures.error_name(JOB), failures.cause(JOB))

    def _rejected(self) -> Json:
        return self._fail(failures.literal(failures.GATE_FAILED), gates.gate_cause(self.plan.gates, JOB))

    def _refused(self) -> Json:
        return self._fail("$constructsLibError", "$constructsLibCause")

    def _late(self) -> Json:
        words = f"the task's time of {self.plan.timeout_seconds} seconds is over, so training job "
        cause = f"{failures.literal(words)} & $constructsLibJobName & ' was stopped'"
        return self._fail(failures.literal(failures.TIMEOUT), cause)

    def _fail(self, error: str, cause: str) -> Json:
        return self._jsonata({"Type": "Fail", "Error": wrapped(error), "Cause": wrapped(cause)})

    def _done(self) -> Json:
        """The result is the last look's; where the user shapes it, a state of the user's language looks."""
        if self.plan.waits and not (self.result or self.assign):
            return self._jsonata({"Type": "Pass", "Output": wrapped(JOB), "End": True})
        name = self.language.member(NAME_MEMBER, self._variable("constructsLibJobName"))
        # What an expression of the user's fails with is no reason to look again.
        call = {**self._call("describeTrainingJob", {}), "Retry": [result_retrier(attempts=SOME)]}
        del call["Arguments"]
        call[self.language.request_member] = name
        return self._users({**call, **self._result(), **self._after("told")})

    def _told(self) -> Json:
        """What the outer state unwraps: the output, and the values of the user's variables."""
        told = {"output": wrapped("$states.input"), "assign": wrapped("$constructsLibAssigned")}
        return self._jsonata({"Type": "Pass", "Output": told, "End": True})

    # Parts of states.

    def _result(self) -> Json:
        assigned = {"Assign": {"constructsLibAssigned": dict(self.assign)}} if self.assign else {}
        return {**self.result, **assigned}

    def _after(self, role: str) -> Json:
        return {"Next": self._name(role)} if self.assign else {"End": True}

    def _named(self) -> Json:
        """The job's name as a variable, said again wherever the creation may end."""
        if self.plan.is_unique:
            return self.language.member("constructsLibJobName", names.branch_name(self.prefix, self.language))
        request = self.creation[self.language.request_member]
        for given in _WRITTEN:
            if given in request:
                return {given.replace(NAME_MEMBER, "constructsLibJobName"): request[given]}
        return {}

    def _error_output(self, variable: str, member: str) -> Json:
        path = (
            f"$.{member}" if self.language is Language.JSONPATH else wrapped(f"$states.errorOutput.{member}")
        )
        return self.language.member(variable, path)

    def _variable(self, name: str) -> str:
        return f"${name}" if self.language is Language.JSONPATH else wrapped(f"${name}")

    def _call(self, operation: str, arguments: Json) -> Json:
        resource = f"arn:{partition()}:states:::aws-sdk:sagemaker:{operation}"
        return {"Type": "Task", "Resource": resource, "Arguments": arguments, **self.plan.further}

    def _kept_input(self, *, jsonata: bool = False) -> Json:
        if jsonata or self.language is Language.JSONATA:
            return {"Output": wrapped("$states.input")}
        return {"ResultPath": _discarded()}

    def _jsonata(self, state: Json) -> Json:
        return state if self.machine is Language.JSONATA else {**state, "QueryLanguage": "JSONata"}

    def _users(self, state: Json) -> Json:
        return self._jsonata(state) if self.language is Language.JSONATA else state

    def _name(self, role: str) -> str:
        return inner_name(self.state, role)


@cache
def _discarded() -> str:
    """CDK's text for null; read once, as each reading is a call into jsii."""
    return str(sfn.JsonPath.DISCARD)
