"""Arguments of a state that CDK hands on as they are, so that only AWS, or jsii, would refuse them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.workflows.state_names import LONGEST
from constructs_lib.errors import SpecError
from constructs_lib.spec.channel_checks import LARGEST_EXACT
from constructs_lib.spec.checks import kind, member_path, shown
from constructs_lib.spec.text import is_number_token, is_resolvable, is_token

__all__ = ["check_label", "check_query_language", "check_shaping", "check_variables"]

# A variable of an inner scope cannot have the name of one around it.
OWN_VARIABLES = "constructsLib"
RESERVED = "states"
LONGEST_VARIABLE = 80
# Of the input, the context object or a variable; what follows is the service's to judge.
_PATH = re.compile(r"\$(?:\$|\w+)?(?:(?:\.|\[).+)?", re.DOTALL)
# A reference path: one place, which the result can have.
_PLACE = re.compile(r"""\$(?:\.[^.\[\]()*?@,:'"$]+|\[(?:\d+|'[^']+'|"[^"]+")\])*""")
_PATHS = {"input_path": _PATH, "output_path": _PATH, "result_path": _PLACE}
# What jsii hands on: of other sequences and maps it knows none.
_JSON = "use text, numbers, bools, None, lists and dicts of such, or tokens"


def check_label(construct: str, *, comment: object, state_name: object) -> None:
    """Refuse a note or a name that a state cannot have.

    Raises:
        SpecError: another type, or a name that is too long.
    """
    for name, given in (("comment", comment), ("state_name", state_name)):
        if given is not None and not isinstance(given, str):
            raise SpecError(name, f"must be text, got {kind(given)}", "leave it out", construct=construct)
    if state_name == "":
        fix = "leave it out for the construct's id"
        raise SpecError("state_name", "must not be empty", fix, construct=construct)
    # The id as CDK has it.
    called = construct.rpartition("/")[2] if state_name is None else str(state_name)
    if len(called) > LONGEST and not is_token(called):
        path = "id" if state_name is None else "state_name"
        problem = f"the state's name has {len(called)} characters, allowed are {LONGEST}"
        raise SpecError(path, problem, "give a shorter state_name", construct=construct)


def check_query_language(given: object, construct: str) -> None:
    """Refuse what is no query language, its name as text too.

    Raises:
        SpecError: it is something else.
    """
    if given is not None and not isinstance(given, sfn.QueryLanguage):
        problem = f"must be an sfn.QueryLanguage, got {kind(given)}"
        raise SpecError("query_language", problem, "such as QueryLanguage.JSONATA", construct=construct)


def check_shaping(arguments: Mapping[str, object], construct: str) -> None:
    """Refuse what cannot shape a state's input and output.

    Args:
        arguments: by their names, as the user gave them.
        construct: the construct's path.

    Raises:
        SpecError: another type, or a path that is none.
    """
    for name, pattern in _PATHS.items():
        _check_path(name, arguments.get(name), pattern, construct)
    selector = arguments.get("result_selector")
    if selector is not None and not isinstance(selector, dict):
        problem, fix = f"must be a dict, got {kind(selector)}", 'such as {"name.$": "$.TrainingJobName"}'
        raise SpecError("result_selector", problem, fix, construct=construct)
    for name in ("result_selector", "outputs"):
        _check_json(name, arguments.get(name), construct)


def check_variables(assign: object, construct: str) -> None:
    """Refuse variables that a state cannot set.

    Raises:
        SpecError: no map, a value without a form, or a name that the states language does not take.
    """
    if assign is None:
        return
    if not isinstance(assign, dict):
        problem = (
            f"must be a {'dict' if isinstance(assign, Mapping) else 'map'} of variables, got {kind(assign)}"
        )
        raise SpecError("assign", problem, 'such as {"auc": ...}', construct=construct)
    _check_json("assign", assign, construct)
    for variable in assign:
        # The states language's own form of a value that is a path.
        problem = _problem_of(variable.removesuffix(".$"))
        if problem:
            raise SpecError("assign", f"got {shown(variable)}: {problem}", "rename it", construct=construct)


def _problem_of(variable: str) -> str:
    """Why a variable cannot have a name; empty where it can."""
    if variable.startswith(OWN_VARIABLES):
        return f"the task's own states use variables that begin with {OWN_VARIABLES!r}"
    if variable == RESERVED:
        return f"${RESERVED} is Step Functions' own"
    if len(variable) > LONGEST_VARIABLE:
        return f"it has {len(variable)} characters, allowed are {LONGEST_VARIABLE}"
    # Unicode's identifiers, as the states language wants them; Python's may begin with an underscore, too.
    if not variable.isidentifier() or variable.startswith("_"):
        return "a variable's name is a letter, then letters, digits and underscores"
    return ""


def _check_path(name: str, given: object, pattern: re.Pattern[str], construct: str) -> None:
    if given is None or (isinstance(given, str) and is_token(given)):
        return
    what = "a reference path, to one place," if pattern is _PLACE else "a path of JSONPath"
    if not isinstance(given, str):
        problem = f"must be {what} as text, got {kind(given)}"
    elif not pattern.fullmatch(given):
        problem = f"must be {what} that begins with $, got {shown(given)}"
    else:
        return
    raise SpecError(name, problem, "such as $.train, or sfn.JsonPath.DISCARD", construct=construct)


def _check_json(path: str, value: object, construct: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                problem = f"keys must be text, got {kind(key)}"
                raise SpecError(path, problem, "write each key as text", construct=construct)
            _check_json(member_path(path, key), item, construct)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_json(f"{path}[{index}]", item, construct)
    elif problem := _no_json(value):
        raise SpecError(path, problem, _JSON, construct=construct)


def _no_json(value: object) -> str:
    """Why a leaf has no form in a definition; empty where it has one."""
    if value is None or isinstance(value, (str, bool)) or is_number_token(value) or is_resolvable(value):
        return ""
    if isinstance(value, int):
        # CDK's numbers are JavaScript's: another one would be in the template.
        return f"must be {-LARGEST_EXACT} to {LARGEST_EXACT}" if abs(value) > LARGEST_EXACT else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "must be a finite number"
    return f"must be what JSON has a form for, got {kind(value)}"
