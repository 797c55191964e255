"""Rules about metric definitions: names, and the regular expressions that find values in the log."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

from constructs_lib.rules.items import known_items, repeats
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, Path, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_DEFINITIONS: Path = ("AlgorithmSpecification", "MetricDefinitions")

# The service's dialect is not documented. A text is refused only for what no dialect takes: the beginnings of
# Python's words for it. What Python alone refuses (`\p{L}`, `(?<name>.)`, `(?i)` inside) passes.
_WRONG_ANYWHERE = (
    "missing ), ",
    "missing >, ",
    "missing group name",
    "unexpected end of pattern",
    "unbalanced parenthesis",
    "unterminated character set",
    "nothing to repeat",
    "multiple repeat",
    "bad escape (end of pattern)",
    "bad character range",
    "min repeat greater than max repeat",
)


def _is_right_elsewhere(regex: str, message: str, position: int) -> bool:
    """Whether what Python refuses in these words is right in another dialect."""
    if "[[" in regex or "&&" in regex:
        return True  # sets inside sets: brackets count otherwise
    if message.startswith("bad character range"):
        return "\\" in message  # [\d-.] is a digit, a hyphen or a dot
    if message.startswith("nothing to repeat"):
        return regex[:position].endswith(("^", "$")) or regex[position - 2 : position - 1] == "\\"  # ^*, \b*
    # a++ takes all it can get, and gives nothing back
    return message.startswith("multiple repeat") and regex[position : position + 1] != "*"


@lru_cache(maxsize=256)
def _compiled(regex: str) -> tuple[str | None, int | None]:
    """What is wrong with a regular expression, and its number of groups; None: nothing, or not known."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `[[` and the like mean something else to other dialects
            return None, re.compile(regex).groups
    except re.error as error:
        position = error.pos or 0
        if not error.msg.startswith(_WRONG_ANYWHERE) or _is_right_elsewhere(regex, error.msg, position):
            return None, None
        return f"{error.msg} at position {position}", None
    except (OverflowError, RecursionError):
        return None, None  # too much for Python, which says nothing of the service


@rule(
    "metric-defs-on-builtin-algorithm",
    "error",
    fields=("AlgorithmSpecification.MetricDefinitions", "AlgorithmSpecification.TrainingImage"),
    when=("AlgorithmSpecification.MetricDefinitions",),
    violated_when="MetricDefinitions has an entry and TrainingImage is one of AWS's own algorithms, XGBoost "
    "with a script included",
    message="cannot be set with AWS's algorithm {image}, got {count} definition(s): it has metrics of its "
    "own",
    fix="leave out MetricDefinitions; the algorithm's own metrics are published without them",
    source="message of the service (\"You can't override the metric definitions for Amazon SageMaker "
    'algorithms", awslabs/mlspace)',
)
def _metric_defs_on_builtin_algorithm(job: Job) -> Hits:
    definitions = job.request["AlgorithmSpecification"]["MetricDefinitions"]
    if definitions and job.is_first_party and job.image is not None:
        yield _DEFINITIONS, {"image": shown(job.image.repository), "count": len(definitions)}


@rule(
    "metric-regex-compiles",
    "error",
    fields=("AlgorithmSpecification.MetricDefinitions[].Regex",),
    violated_when="Regex is not a valid regular expression, in any dialect",
    message="must be a regular expression, got {regex}: {problem}",
    fix="correct the regular expression; a backslash before one of ()[]*+? stands for the sign itself",
    source="MetricDefinition$Regex",
    verified=False,
)
def _metric_regex_compiles(job: Job) -> Hits:
    for index, definition in known_items(job.request["AlgorithmSpecification"]["MetricDefinitions"]):
        regex = definition["Regex"]
        if regex is not UNKNOWN:
            problem = _compiled(regex)[0]
            if problem is not None:
                yield (*_DEFINITIONS, index, "Regex"), {"regex": shown(regex), "problem": problem}


@rule(
    "metric-regex-capture-group",
    "warning",
    fields=("AlgorithmSpecification.MetricDefinitions[].Regex",),
    violated_when="Regex has no capture group",
    message="has no group in parentheses, got {regex}: the group is what is published as the metric's value",
    fix="put the number in parentheses, such as loss=([0-9.]+)",
    source='MetricDefinition$Regex ("gets the value of the metric"); developer guide, training-metrics',
)
def _metric_regex_capture_group(job: Job) -> Hits:
    for index, definition in known_items(job.request["AlgorithmSpecification"]["MetricDefinitions"]):
        regex = definition["Regex"]
        if regex is not UNKNOWN and _compiled(regex)[1] == 0:
            yield (*_DEFINITIONS, index, "Regex"), {"regex": shown(regex)}


@rule(
    "metric-name-unique",
    "warning",
    fields=("AlgorithmSpecification.MetricDefinitions[].Name",),
    violated_when="two MetricDefinitions share a Name",
    message="{name} is the name of MetricDefinitions[{first}] already: the values of both would be mixed in "
    "one metric",
    fix="give each metric a name of its own",
    source="MetricDefinition$Name (the name of the metric in CloudWatch)",
)
def _metric_name_unique(job: Job) -> Hits:
    for index, name, first in repeats(job.request["AlgorithmSpecification"]["MetricDefinitions"], "Name"):
        yield (*_DEFINITIONS, index, "Name"), {"name": shown(name), "first": first}


RULES = (
    _metric_defs_on_builtin_algorithm,
    _metric_regex_compiles,
    _metric_regex_capture_group,
    _metric_name_unique,
)
