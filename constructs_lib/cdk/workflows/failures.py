"""How a training job's end becomes an error of a state machine: its name, and its cause in words.

All of it is JSONata over a description of DescribeTrainingJob's, without the signs around an expression, so
that states can combine it. Conditions are written with ``? :``, which evaluates one side only.
"""

from __future__ import annotations

from constructs_lib.cdk.workflows.jsonata import quoted as literal
from constructs_lib.cdk.workflows.jsonata import written as wrapped

__all__ = [
    "ALGORITHM",
    "CAPACITY",
    "CLIENT",
    "ERRORS",
    "FAILED",
    "GATE_FAILED",
    "INTERNAL",
    "LONGEST_CAUSE",
    "STOPPED",
    "TIMEOUT",
    "cause",
    "error_name",
    "literal",
    "shortened",
    "whereabouts",
    "wrapped",
]

CAPACITY = "TrainingJob.Capacity"
INTERNAL = "TrainingJob.Internal"
ALGORITHM = "TrainingJob.Algorithm"
CLIENT = "TrainingJob.Client"
STOPPED = "TrainingJob.Stopped"
GATE_FAILED = "TrainingJob.GateFailed"
TIMEOUT = "TrainingJob.Timeout"
FAILED = "TrainingJob.Failed"
ERRORS = (CAPACITY, INTERNAL, ALGORITHM, CLIENT, STOPPED, GATE_FAILED, TIMEOUT, FAILED)

LONGEST_CAUSE = 2000
# Name, status and address beside it have 500 characters at most.
_LONGEST_REASON = 1500
_SHORTEST_MASKED = 4
# What stands in any text, and what the library and the frameworks' toolkit pass to themselves.
_IS_COMMON = "$lowercase($v) in ['true', 'false', 'none', 'null']"
_IS_OURS = "$substring($k, 0, 10) = 'sagemaker_'"
# Frameworks' scripts get their values as JSON, and on their command line without its quotes.
_UNQUOTED = r"""$replace($v, /^"|"$/, '')"""
# What a failure's reason says first tells its kind: an algorithm's own text, which comes after it, may speak
# of anything. A name inside a longer word is none of these.
_KIND = "/(^|[^A-Za-z])(CapacityError|InternalServerError|AlgorithmError|ClientError)($|[^A-Za-z])/"
_CONSOLES = {
    "aws": "aws.amazon.com",
    "aws-cn": "amazonaws.cn",
    "aws-us-gov": "amazonaws-us-gov.com",
}


def error_name(job: str = "$job") -> str:
    """The name of the error that the end of a job is: one of `ERRORS`, but for the gate's and the time-out's.

    Args:
        job: JSONata of the description of a job that failed or was stopped.
    """
    kind = f"$match($j.FailureReason, {_KIND}, 1).groups[1]"
    failed = f"($k := {kind}; $k ? $replace($k, /(Server)?Error/, '') : 'Failed')"
    status = f"$j.TrainingJobStatus = 'Failed' ? {failed} : $j.TrainingJobStatus = 'Stopped' ? 'Stopped'"
    return f"($j := {job}; 'TrainingJob.' & ({status} : 'Failed'))"


def cause(job: str = "$job") -> str:
    """What happened to a job that failed or was stopped, in at most `LONGEST_CAUSE` characters.

    Its name, its status, what the service gives as the reason, and where to look on. The reason may be text
    of the training's own, such as its command line: values of hyperparameters and of the environment are
    masked in it, but for those shorter than four characters.

    Args:
        job: JSONata of the job's description.
    """
    return (
        f"($j := {job}; $r := {_reason('$j')}; "
        f"'training job ' & $j.TrainingJobName & {_told('$j')}"
        f" & ($r ? ': ' & $r : '') & {whereabouts('$j')})"
    )


def whereabouts(job: str = "$job") -> str:
    """``; see`` and the console's address of a job, or empty text where the console is not known.

    Args:
        job: JSONata of the job's description.
    """
    address = (
        "'; see https://' & $a[3] & '.console.' & $h & '/sagemaker/home?region=' & $a[3]"
        f" & '#/jobs/' & {job}.TrainingJobName"
    )
    host = "".join(f"$a[1] = '{partition}' ? '{domain}' : " for partition, domain in _CONSOLES.items())
    return f"($a := $split({job}.TrainingJobArn, ':'); $h := {host}''; $h ? {address} : '')"


def shortened(text: str, longest: int = LONGEST_CAUSE) -> str:
    """A text cut to a length, with dots where it was cut.

    Args:
        text: JSONata of the text.
        longest: the characters that are kept at most.
    """
    return f"($x := {text}; $length($x) > {longest} ? $substring($x, 0, {longest - 3}) & '...' : $x)"


def _told(job: str) -> str:
    """The status in words, with the secondary one where that tells more."""
    return (
        f"($s := {job}.TrainingJobStatus; $t := {job}.SecondaryStatus; "
        "($s = 'Failed' ? ' failed' : $s = 'Stopped' ? ' was stopped before it completed' : "
        "' ended as ' & $s)"
        " & ($t and $t != $s ? ' (' & $t & ')' : ''))"
    )


def _reason(job: str) -> str:
    """The service's reason. Masked before it is cut, or half of a value would be left; long values first."""
    values = f"[$each({job}.HyperParameters, $o), $each({job}.Environment, $o)]"
    masked = f"$length($v) < {_SHORTEST_MASKED} or {_IS_COMMON} ? $t : $replace($t, $v, '***')"
    return shortened(
        f"($o := function($v, $k) {{ {_IS_OURS} ? '' : {_UNQUOTED} }}; "
        f"$reduce($sort({values}, function($a, $b) {{ $length($a) < $length($b) }}), "
        f"function($t, $v) {{ {masked} }}, {job}.FailureReason & ''))",
        _LONGEST_REASON,
    )
