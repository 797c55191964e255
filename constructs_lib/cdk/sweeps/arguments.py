"""What a sweep refuses at once: misuse of its arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from constructs_lib.cdk.job_arguments import check_role, check_types
from constructs_lib.cdk.job_properties import check_metric
from constructs_lib.cdk.sweeps.references import STATES, bound_names, functions, references
from constructs_lib.cdk.workflows.language import Language, misfits
from constructs_lib.cdk.workflows.names import task_prefix
from constructs_lib.cdk.workflows.retries import checked_retry_failures
from constructs_lib.cdk.workflows.state_arguments import check_label
from constructs_lib.errors import SpecError
from constructs_lib.rules.paths import render
from constructs_lib.rules.rule import Path
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.checks import check_whole, kind
from constructs_lib.spec.job_name import JobName
from constructs_lib.spec.objective import Objective
from constructs_lib.spec.text import is_expression

__all__ = ["check_arguments", "check_expressions", "check_states", "checked_job_name"]


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
    check_types(construct, spec)
    given: dict[str, tuple[object, type]] = {"objective": (objective, Objective)}
    for name, (value, wanted) in {**given, "distributed": (distributed, bool)}.items():
        if not isinstance(value, wanted):
            problem = f"must be of type {wanted.__name__}, got {kind(value)}"
            fix = "such as Objective.maximize(...)" if name == "objective" else "pass True or False"
            raise SpecError(name, problem, fix, construct=construct)
    # Text would be a number that only the execution or CloudFormation knows, and a Map takes neither.
    if max_concurrency is None or isinstance(max_concurrency, str):
        got = "None" if max_concurrency is None else "str"
        fix = "leave it out for 4, or say how many may train at a time"
        raise SpecError("max_concurrency", f"must be an int, got {got}", fix, construct=construct)
    try:
        check_whole("max_concurrency", max_concurrency, minimum=1)
    except SpecError as error:
        raise SpecError(error.path, error.problem, error.fix, construct=construct) from None
    check_metric(spec, objective.metric, "objective", construct)


def check_states(
    construct: str,
    *,
    platform: object,
    role: object,
    allow_stopped: object,
    comment: object,
    state_name: object,
    spec: TrainingJobSpec,
    retry_failures: object = False,
) -> None:
    """Refuse what a task's or a state's arguments cannot be, in the sweep's own name.

    Raises:
        SpecError: the first of them.
    """
    check_types(construct, spec, platform=platform, allow_stopped=allow_stopped)
    check_role(construct, role)
    check_label(construct, comment=comment, state_name=state_name)
    checked_retry_failures(retry_failures, construct)


def checked_job_name(given: object, id: str, construct: str) -> JobName:
    """How the jobs are named: each by a name of its own.

    Raises:
        SpecError: something else; one text, or one expression of the sweep's input, is one name for all.
    """
    if given is not None and not isinstance(given, JobName):
        problem = f"must be JobName.unique(...), as each point needs a name of its own, got {kind(given)}"
        raise SpecError("job_name", problem, 'such as JobName.unique("churn")', construct=construct)
    return given if given is not None and given.prefix is not None else JobName.unique(task_prefix(id))


def check_expressions(construct: str, spec: TrainingJobSpec, *, distributed: bool) -> None:
    """Refuse expressions of a spec that a point's state would not understand, or not as they are meant.

    Raises:
        SpecError: it names the first.
    """
    request = spec.to_request()
    for misfit in misfits(request, Language.JSONATA):
        problem = (
            f"is {misfit.kind}, and a sweep's states are written in JSONata, whatever the state machine is"
        )
        fix = 'write it as "{% $states.input... %}", of the sweep\'s input'
        raise SpecError(misfit.path, problem, fix, construct=construct)
    for path, text in _written(request, ()):
        found = _of_another(text) or (_of_no_child(text) if distributed else None)
        if found:
            raise SpecError(render(path), *found, construct=construct)


def _of_another(text: str) -> tuple[str, str] | None:
    """What is wrong with an expression of any sweep, and what to do."""
    for found in references(text):
        if found.name == STATES and found.step(0) not in ("input", "context"):
            problem = "uses $states as a whole, or a part of it that a point does not have"
            return problem, "write out $states.input.name, which is the sweep's input"
    return None


def _of_no_child(text: str) -> tuple[str, str] | None:
    """What is wrong with an expression of a distributed sweep, where a point is an execution of its own."""
    known = bound_names(text) | functions | {STATES}
    for found in references(text):
        if found.name not in known:
            what = f"the variable ${found.name}, which an execution of a point's own does not have"
        elif found.name == STATES and found.step(0) == "context" and found.step(1) != "State":
            what = f"$states.context{_dotted(found.step(1))}, which is that of a point's own execution"
        else:
            continue
        return f"uses {what}", "put the value into the sweep's input, or leave distributed=True out"
    return None


def _dotted(name: str | None) -> str:
    return "" if name is None else f".{name}"


def _written(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _written(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _written(item, (*path, index))
    elif isinstance(value, str) and is_expression(value):
        yield path, value
