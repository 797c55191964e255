"""What a sweep refuses at once: misuse of its arguments."""

from __future__ import annotations

import re

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.job_properties import check_metric
from constructs_lib.cdk.workflows.jsonata import written
from constructs_lib.cdk.workflows.language import Language, misfits
from constructs_lib.cdk.workflows.names import task_prefix
from constructs_lib.errors import SpecError
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.checks import check_whole, kind
from constructs_lib.spec.job_name import JobName
from constructs_lib.spec.objective import Objective

__all__ = ["check_arguments", "check_expressions", "checked_job_name", "placed"]

_PLACE = re.compile(r"\$(?:\.[A-Za-z_]\w*)*")


def check_arguments(
    construct: str,
    spec: TrainingJobSpec,
    objective: Objective,
    max_concurrency: object,
    *,
    distributed: object,
) -> None:
    """Refuse arguments of another type, and an objective that no job could ever report.

    Raises:
        SpecError: the first of them.
    """
    given: dict[str, tuple[object, type]] = {
        "spec": (spec, TrainingJobSpec),
        "objective": (objective, Objective),
    }
    for name, (value, wanted) in {**given, "distributed": (distributed, bool)}.items():
        if not isinstance(value, wanted):
            problem = f"must be of type {wanted.__name__}, got {kind(value)}"
            fix = "such as Objective.maximize(...)" if name == "objective" else f"pass a {wanted.__name__}"
            raise SpecError(name, problem, fix, construct=construct)
    if max_concurrency is None:
        fix = "leave it out for 4, or say how many may train at a time"
        raise SpecError("max_concurrency", "must be an int, got None", fix, construct=construct)
    try:
        check_whole("max_concurrency", max_concurrency, minimum=1)
    except SpecError as error:
        raise SpecError(error.path, error.problem, error.fix, construct=construct) from None
    check_metric(spec, objective.metric, "objective", construct)


def checked_job_name(given: object, id: str, construct: str) -> JobName:
    """How the jobs are named: each by a name of its own.

    Raises:
        SpecError: something else; one text, or one expression of the sweep's input, is one name for all.
    """
    if given is not None and not isinstance(given, JobName):
        problem = f"must be JobName.unique(...), as each point needs a name of its own, got {kind(given)}"
        raise SpecError("job_name", problem, 'such as JobName.unique("churn")', construct=construct)
    return given if given is not None and given.prefix is not None else JobName.unique(task_prefix(id))


def placed(result: str, path: object, construct: str) -> str:
    """The sweep's output: its result in the place of the input that a path names.

    Args:
        result: JSONata of the result.
        path: such as ``$.sweep``.
        construct: the construct's path, for messages.

    Raises:
        SpecError: a path that is more than names.
    """
    if path == sfn.JsonPath.DISCARD:
        return written("$states.input")
    if not isinstance(path, str) or not _PLACE.fullmatch(path):
        problem = "must be a path of names such as $.sweep"
        raise SpecError("result_path", problem, "or leave it out for the result alone", construct=construct)
    return written(_merged("$states.input", path.split(".")[1:], result))


def _merged(base: str, names: list[str], result: str) -> str:
    if not names:
        return result
    inside = _merged(f"{base}.`{names[0]}`", names[1:], result)
    return f"$merge([{base}, {{'{names[0]}': {inside}}}])"


def check_expressions(construct: str, spec: TrainingJobSpec) -> None:
    """Refuse a path of JSONPath in a spec.

    Raises:
        SpecError: it names the first.
    """
    for misfit in misfits(spec.to_request(), Language.JSONATA):
        problem = (
            f"is {misfit.kind}, and a sweep's states are written in JSONata, whatever the state machine is"
        )
        fix = 'write it as "{% $states.input... %}", of the sweep\'s input'
        raise SpecError(misfit.path, problem, fix, construct=construct)
