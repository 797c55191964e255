"""Which query language a task's arguments are written in, and those of the other one, by their names.

CDK hands on most of what does not fit, so that only AWS would refuse it, or take it for plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.expressions import expressions
from constructs_lib.cdk.workflows.language import Language, check_language, misfits
from constructs_lib.cdk.workflows.state_arguments import check_query_language, check_shaping
from constructs_lib.errors import SpecError
from constructs_lib.rules.paths import render
from constructs_lib.spec import TrainingJobSpec

__all__ = ["Spoken", "check_catch", "own_language", "spec_language"]

_BELONGING = {
    "input_path": Language.JSONPATH,
    "output_path": Language.JSONPATH,
    "result_path": Language.JSONPATH,
    "result_selector": Language.JSONPATH,
    "outputs": Language.JSONATA,
}
_HOLDING = ("result_selector", "outputs")
_FORMS = {Language.JSONPATH: "sfn.JsonPath", Language.JSONATA: '"{% ... %}"'}
_ONE_LANGUAGE = (
    "write the task in one language: JSONPath has sfn.JsonPath, input_path, result_selector, result_path and "
    'output_path, JSONata has "{% ... %}" and outputs'
)


class Spoken(NamedTuple):
    """An expression: the argument or the member of the request that it is in, and its language."""

    path: str
    language: Language


def own_language(
    given: sfn.QueryLanguage | None,
    arguments: Mapping[str, object],
    credentials: sfn.Credentials | None,
    found: Spoken | None,
    construct: str,
) -> sfn.QueryLanguage | None:
    """The task's query language: the one given, else what its expressions and arguments are written in.

    Args:
        given: the user's word.
        arguments: those that shape the state's input and output.
        credentials: a role that the execution knows is a path of JSONPath.
        found: the first expression beside them.
        construct: the construct's path.

    Returns:
        None where nothing tells; the state machine's language holds then.

    Raises:
        SpecError: two languages, or an argument that shapes nothing.
    """
    check_query_language(given, construct)
    check_shaping(arguments, construct)
    told, by = None if given is None else Language.of(given), "query_language"
    for (name, language), what in _languages(arguments, credentials, found):
        if told is not None and language is not told:
            problem = f"{what} {language.value}, and {by} to {told.value}"
            raise SpecError(name, problem, _ONE_LANGUAGE, construct=construct)
        told, by = language, name
    for name in _HOLDING:
        _check_fits({name: arguments.get(name)}, _BELONGING[name], construct)
    if told is Language.JSONATA:
        return sfn.QueryLanguage.JSONATA
    return None if told is None else sfn.QueryLanguage.JSON_PATH


def _languages(
    arguments: Mapping[str, object], credentials: sfn.Credentials | None, found: Spoken | None
) -> Iterator[tuple[Spoken, str]]:
    for name, language in _BELONGING.items():
        if arguments.get(name) is not None:
            yield Spoken(name, language), "belongs to"
    if credentials is not None and expressions({"role": credentials.role.role_arn}):
        yield Spoken("credentials", Language.JSONPATH), "belongs to"
    if found is not None:
        yield found, "has an expression that belongs to"


def _check_fits(document: object, language: Language, construct: str, within: str = "") -> None:
    for misfit in misfits(document, language):
        problem = f"{misfit.path}: {misfit.problem}" if within else misfit.problem
        fix = f"write it as {_FORMS[language]}"
        raise SpecError(within or misfit.path, problem, fix, construct=construct)


def spec_language(spec: TrainingJobSpec, job_name: object, assign: object, construct: str) -> Spoken | None:
    """The first expression in a spec, a name and variables; None where there is none.

    Raises:
        SpecError: both languages.
    """
    name = job_name if isinstance(job_name, str) else None
    document = {"job_name": name, "assign": assign, **spec.to_request()}
    check_language(document, None, construct)
    for path, written in expressions(document):
        return Spoken(render(path), Language.JSONATA if written == "JSONata" else Language.JSONPATH)
    # The states language's own form of a value that is a path.
    for variable in assign if isinstance(assign, Mapping) else ():
        if str(variable).endswith(".$"):
            return Spoken(render(("assign", variable)), Language.JSONPATH)
    return None


def check_catch(told: Mapping[str, object], language: Language, construct: str) -> None:
    """Refuse what a task of a language cannot be told to do with an error.

    Args:
        told: the arguments of ``add_catch``, None for what is left out.
        language: the task's.
        construct: the task's path.

    Raises:
        SpecError: an argument of the other language, or one with an expression of it.
    """
    for name in ("result_path", "outputs"):
        if told[name] is not None and language is not _BELONGING[name]:
            problem = f"{name}: belongs to {_BELONGING[name].value}, and the task to {language.value}"
            raise SpecError("add_catch", problem, _ONE_LANGUAGE, construct=construct)
    held = {name: told[name] for name in ("assign", "outputs")}
    _check_fits(held, language, construct, within="add_catch")
