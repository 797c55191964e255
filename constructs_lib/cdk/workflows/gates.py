"""Quality gates as JSONata over a job's description: whether it passes, and why it does not.

They say the same as the runtime's gates (`constructs_lib.runtime.gates`), but that of a metric which is
reported several times the last value counts. A metric that is missing or no finite number never passes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from aws_cdk import Token

from constructs_lib.cdk.completion import Completion
from constructs_lib.cdk.expressions import expressions
from constructs_lib.cdk.job_properties import checked_gates
from constructs_lib.cdk.workflows.failures import literal, shortened, whereabouts
from constructs_lib.errors import SpecError
from constructs_lib.spec import QualityGate, TrainingJobSpec
from constructs_lib.spec.checks import shown
from constructs_lib.spec.text import is_expression, is_token, is_unknown

__all__ = ["all_pass", "all_reported", "checked", "final_metric", "gate_cause", "problems"]

# Where a gate has no bound: no metric is that large, and neither NaN nor an infinity is between the two.
_LOWEST, _HIGHEST = "-1e308", "1e308"
# The words of a metric that does not pass, or nothing. Its condition is true only where all is well: whatever
# is missing or of another type fails it. No bare dollar sign: Step Functions has no input to put there.
_GATE = """function($name, $low, $high) {{(
 $v := {job}.FinalMetricDataList[MetricName = $name][-1].Value;
 $m := "metric '" & $name & "'";
 $type($v) = 'number' ? ($not($v >= $low and $v <= $high) ?
  $not($exists($low) and $exists($high)) ? $m & ' has a gate whose bound is missing' :
  $v < $low ? $m & ' is ' & $string($v) & ", below the gate's " & $string($low) :
  $v > $high ? $m & ' is ' & $string($v) & ", above the gate's " & $string($high) :
  $m & ' is not a finite number') :
 $exists($v) ? $m & ' is ' & $string($v) & ', not a finite number' :
 $m & " was not reported (check its regex against the job's log)"
)}}"""
_VARIABLE = re.compile(r"\{%\s*(\$(?!states\b)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*)\s*%\}")
# The address beside it has 300 characters at most.
_LONGEST_TOLD = 1700
_BOUND_FIX = "give a number, a CDK token, or a workflow variable such as '{% $champion.auc %}'"


def checked(spec: TrainingJobSpec, gates: Iterable[QualityGate], construct: str) -> tuple[QualityGate, ...]:
    """The gates of a task that waits for its job, none of which could never open.

    Args:
        spec: defines the metrics.
        gates: the user's.
        construct: the construct's path, for messages.

    Raises:
        SpecError: something that is no gate, a metric that the spec does not define or whose name is not
            known at synth, or a bound that the states after the job cannot read.
    """
    found = checked_gates(spec, gates, Completion.wait(), construct)
    for index, gate in enumerate(found):
        path = f"quality_gates[{index}]"
        if is_unknown(gate.metric):
            problem = "is a token or an expression: which metric counts has to be known at synth"
            raise SpecError(f"{path}.metric", problem, "write the metric's name", construct=construct)
        for name in ("at_least", "at_most"):
            _check_bound(f"{path}.{name}", getattr(gate, name), construct)
    return found


def _check_bound(path: str, bound: object, construct: str) -> None:
    if is_expression(bound):
        if not _VARIABLE.fullmatch(str(bound)):
            problem = f"got {shown(bound)}, and the state that judges the job does not see the task's input"
            raise SpecError(path, problem, _BOUND_FIX, construct=construct)
    elif is_token(bound) and expressions({"bound": bound}):
        problem = "is a sfn.JsonPath value, and gates are judged in JSONata"
        raise SpecError(path, problem, _BOUND_FIX, construct=construct)


def final_metric(name: str, job: str = "$job") -> str:
    """The last value that was reported of a metric; undefined where there is none.

    Args:
        name: the metric's name.
        job: JSONata of the job's description.
    """
    return f"{job}.FinalMetricDataList[MetricName = {literal(name)}][-1].Value"


def all_reported(metrics: Iterable[str], job: str = "$job") -> str:
    """Whether each of these metrics was reported, whatever its value: true or false."""
    names = dict.fromkeys(metrics)
    there = (f"$exists({job}.FinalMetricDataList[MetricName = {literal(name)}])" for name in names)
    return f"({' and '.join(there)})"


def all_pass(gates: Sequence[QualityGate], job: str = "$job") -> str:
    """Whether the job passes every gate: true or false, also where metrics are missing."""
    return f"$count({problems(gates, job)}) = 0"


def problems(gates: Sequence[QualityGate], job: str = "$job") -> str:
    """The reasons for which a job does not pass, in the gates' order: a list of text, empty for none."""
    function = _GATE.format(job=job).replace("\n", "")
    calls = ", ".join(f"$trainingGate({_arguments(gate)})" for gate in gates)
    return f"($trainingGate := {function}; [{calls}])"


def gate_cause(gates: Sequence[QualityGate], job: str = "$job") -> str:
    """The text of a gate's error: each gate that is broken, with value and bound, and where to look."""
    told = f"'training job ' & {job}.TrainingJobName & ': ' & $join({problems(gates, job)}, '; ')"
    return f"{shortened(told, _LONGEST_TOLD)} & {whereabouts(job)}"


def _arguments(gate: QualityGate) -> str:
    low = _LOWEST if gate.at_least is None else _number(gate.at_least)
    high = _HIGHEST if gate.at_most is None else _number(gate.at_most)
    return f"{literal(gate.metric)}, {low}, {high}"


def _number(bound: Any) -> str:
    """A bound as JSONata; text that CloudFormation or the execution puts in is read as a number."""
    if is_expression(bound):
        found = _VARIABLE.fullmatch(bound)
        return f"$number({found[1] if found else bound})"
    if is_unknown(bound):
        return f'$number("{Token.as_string(bound)}")'
    return json.dumps(bound)
