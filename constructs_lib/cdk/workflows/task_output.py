"""What the states after a task can say of its job, in either query language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.job_properties import check_metric
from constructs_lib.cdk.workflows import gates
from constructs_lib.cdk.workflows.failures import wrapped
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.plan import Plan
from constructs_lib.errors import SpecError
from constructs_lib.spec import QualityGate, TrainingJobSpec

__all__ = ["TaskOutput"]

_INPUT = "$states.input"
_OF_JSONPATH = ("input_path", "result_selector", "result_path", "output_path")
_IN_JSONATA = 'write the task in JSONata: outputs="{% ... %}" instead of paths; or the machine in JSONPath'
_WAIT = "use integration_pattern=IntegrationPattern.RUN_JOB"
_STEP = re.compile(r"""\.(?P<name>[^.\[\]`]+)|\[(?P<index>\d+)\]|\[(?P<q>['"])(?P<quoted>[^'"`]+)(?P=q)\]""")


class TaskOutput(sfn.TaskStateBase):
    """A task whose result is a training job's description.

    The expressions are for the state that follows: of its input, where ``result_path`` has put the result.
    They are JSONata in a task of that language, and `sfn.JsonPath` values otherwise: a task of a JSONata
    machine has to say its ``query_language``.
    """

    spec: TrainingJobSpec
    _own_language: sfn.QueryLanguage | None
    _shaping: Mapping[str, Any]
    _plan: Plan
    # What was told in JSONPath, as nothing says otherwise; and in which machine.
    _guessed: tuple[str, ...] = ()
    _machine: sfn.QueryLanguage | None = None

    @property
    def misread_helpers(self) -> tuple[str, ...]:
        """Which of these were told in JSONPath, for states that are in JSONata; known at synthesis."""
        return self._guessed if self._machine == sfn.QueryLanguage.JSONATA else ()

    @property
    def training_job_name(self) -> str:
        """The job's name."""
        return self._member("training_job_name", "TrainingJobName")

    @property
    def training_job_arn(self) -> str:
        """The job's ARN."""
        return self._member("training_job_arn", "TrainingJobArn", waits=False)

    @property
    def status(self) -> str:
        """``Completed``, or ``Stopped`` where allowed."""
        return self._member("status", "TrainingJobStatus")

    @property
    def model_artifacts_uri(self) -> str:
        """The S3 address of the trained model."""
        return self._member("model_artifacts_uri", "ModelArtifacts.S3ModelArtifacts")

    def final_metric(self, name: str) -> str:
        """The last value of a metric, a number; the state that asks fails where the job reported none.

        It does not fit an `sfn.Condition`: that of a number wants a path to one place in JSONPath, and a
        comparison in JSONata. Use `passes`; or put the value there by a Pass state before the Choice
        (``parameters={"auc": task.final_metric("auc")}``, then ``"$.auc"``).

        Args:
            name: a metric of the spec's.

        Raises:
            SpecError: the spec does not define it, or the task's output is not the job's description.
        """
        check_metric(self.spec, name, "final_metric", self.node.path)
        base = self._base(f"final_metric({name!r})", waits=True)
        if self._is_jsonata:
            return wrapped(gates.final_metric(name, base))
        if "'" in name or "\\" in name:
            problem = f"metric {name!r} has a character that JSONPath cannot quote"
            raise SpecError("final_metric", problem, "use JSONata, or rename it", construct=self.node.path)
        found = f"{base}.FinalMetricDataList[?(@.MetricName == '{name}')].Value"
        last = f"States.MathAdd(States.ArrayLength({found}), -1)"
        return sfn.JsonPath.string_at(f"States.ArrayGetItem({found}, {last})")

    def passes(self, gate: QualityGate) -> sfn.Condition:
        """Whether a final metric is within a gate's bounds: the condition of a Choice right after the task.

        It is JSONata whatever the task is, so the Choice has to be, too: `sfn.Choice.jsonata`, which a state
        machine of JSONPath may have. A metric that is missing or no finite number does not pass.

        Args:
            gate: the metric and its bounds.

        Raises:
            SpecError: as for `final_metric`; or a bound that the Choice cannot read.
        """
        try:
            checked = gates.checked(self.spec, [gate], self.node.path)
        except SpecError as error:
            path = error.path.replace("quality_gates[0]", "gate")
            raise SpecError(path, error.problem, error.fix, construct=self.node.path) from None
        job = _as_jsonata(self._place("passes", waits=True), self.node.path)
        return sfn.Condition.jsonata(wrapped(gates.all_pass(checked, job)))

    @property
    def _is_jsonata(self) -> bool:
        return self._own_language == sfn.QueryLanguage.JSONATA

    def _language_in(self, machine: sfn.QueryLanguage | None) -> Language:
        """The task's language in a state machine, which is noted.

        Raises:
            SpecError: a task in JSONPath, and a state machine in JSONata, which takes no such state.
        """
        self._machine = machine
        own = Language.of(self._own_language, machine)
        if own is Language.JSONPATH and machine is sfn.QueryLanguage.JSONATA:
            problem = f"is JSONPath, by {self._said_by}, and the state machine is in JSONata"
            raise SpecError("query_language", problem, _IN_JSONATA, construct=self.node.path)
        return own

    @property
    def _said_by(self) -> str:
        """The arguments that may have said that the task is in JSONPath."""
        said = [name for name in _OF_JSONPATH if self._shaping[name] is not None]
        others = "the argument itself or an expression of the spec, job_name, assign or credentials"
        return " and ".join(said) or others

    def _member(self, what: str, member: str, *, waits: bool = True) -> str:
        base = self._base(what, waits=waits)
        return wrapped(f"{base}.{member}") if self._is_jsonata else sfn.JsonPath.string_at(f"{base}.{member}")

    def _base(self, what: str, *, waits: bool) -> str:
        """Where the description is in the next state's input, in the task's language."""
        path = self._place(what, waits=waits)
        if self._own_language is None and what not in self._guessed:
            self._guessed = (*self._guessed, what)
        return _INPUT if self._is_jsonata else path

    def _place(self, what: str, *, waits: bool) -> str:
        """Where the description is in the task's output, as a path of JSONPath."""
        if waits and not self._plan.waits:
            raise SpecError(what, "is not known before the job has ended", _WAIT, construct=self.node.path)
        for name in ("result_selector", "output_path", "outputs"):
            if self._shaping[name] is not None:
                problem = f"is not to be told, as {name} shapes the task's output"
                raise SpecError(what, problem, "write its path yourself", construct=self.node.path)
        path = self._shaping["result_path"]
        if path == sfn.JsonPath.DISCARD:
            problem = "is not in the task's output, as result_path discards the result"
            raise SpecError(
                what, problem, 'use a path, such as result_path="$.train"', construct=self.node.path
            )
        return str(path or "$")


def _as_jsonata(path: str, construct: str) -> str:
    """A reference path of a state's output as JSONata of the next state's input."""
    steps = list(_STEP.finditer(path, 1))
    if "".join(step[0] for step in steps) != path[1:]:
        problem = f"result_path {path!r} cannot be written in JSONata"
        raise SpecError("passes", problem, "use a path of names, such as $.train", construct=construct)
    written = (
        f"[{step['index']}]" if step["index"] else f".`{step['name'] or step['quoted']}`" for step in steps
    )
    return _INPUT + "".join(written)
