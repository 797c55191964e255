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
_UNQUOTED = r"""$replace($string($v), /^"|"$/, '')"""
# What a failure's reason says first tells its kind: an algorithm's own text, which comes after it, may speak
# of anything. A name inside a longer word is none of these.
_KINDS = {
    "CapacityError": CAPACITY,
    "InternalServerError": INTERNAL,
    "AlgorithmError": ALGORITHM,
    "ClientError": CLIENT,
}
_ENDS = {"Failed": " failed", "Stopped": " was stopped before it completed"}
_MORE = {
    "MaxRuntimeExceeded": ": it ran longer than its max runtime",
    "MaxWaitTimeExceeded": ": it waited for spot capacity, and ran, longer than its max wait time",
}
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def error_name(job: str = "$job") -> str:
    """The name of the error that the end of a job is: one of `ERRORS`, but for the gate's and the time-out's.

    Args:
        job: JSONata of the description of a job that failed or was stopped.
    """
    pattern = f"/(^|[^A-Za-z])({'|'.join(_KINDS)})($|[^A-Za-z])/"
    kind = f"$match($string({job}.FailureReason), {pattern}, 1).groups[1]"
    status = f"{job}.TrainingJobStatus"
    failed = f"($kind := {kind}; {_choice('$kind', _KINDS, FAILED)})"
    return f"({status} = 'Failed' ? {failed} : {status} = 'Stopped' ? '{STOPPED}' : '{FAILED}')"


def cause(job: str = "$job") -> str:
    """What happened to a job that failed or was stopped, in at most `LONGEST_CAUSE` characters.

    Its name, its status, what the service gives as the reason, and where to look on. The reason may be text
    of the training's own, such as its command line: values of hyperparameters and of the environment are
    masked in it, but for those shorter than four characters.

    Args:
        job: JSONata of the job's description.
    """
    none = "$job.TrainingJobStatus = 'Failed' ? ': the service gave no reason' : ''"
    return (
        f"($job := {job}; $reason := {_reason('$job')}; $see := {whereabouts('$job')}; "
        f"'training job ' & $job.TrainingJobName & {_told('$job')}"
        f" & ($reason = '' ? ({none}) : ': ' & $reason) & ($see = '' ? '' : '; ' & $see))"
    )


def whereabouts(job: str = "$job") -> str:
    """``see`` and the console's address of a job, or empty text where the console is not known.

    Args:
        job: JSONata of the job's description.
    """
    address = (
        "'see https://' & $arn[3] & '.' & $host & '/sagemaker/home?region=' & $arn[3]"
        f" & '#/jobs/' & {job}.TrainingJobName"
    )
    return (
        f"($arn := $split($string({job}.TrainingJobArn), ':'); $host := {_choice('$arn[1]', _CONSOLES, '')}; "
        f"$host = '' ? '' : {address})"
    )


def shortened(text: str, longest: int = LONGEST_CAUSE) -> str:
    """A text cut to a length, with dots where it was cut.

    Args:
        text: JSONata of the text.
        longest: the characters that are kept at most.
    """
    return (
        f"($text := {text}; $length($text) > {longest} ? $substring($text, 0, {longest - 3}) & '...' : $text)"
    )


def _told(job: str) -> str:
    """The status in words, with the secondary one where that tells more."""
    return (
        f"($status := {job}.TrainingJobStatus; $second := $string({job}.SecondaryStatus); "
        f"$more := {_choice('$second', _MORE, '')}; {_choice('$status', _ENDS, ' ended as ')}"
        " & ($status = 'Failed' or $status = 'Stopped' ? '' : $status)"
        " & ($exists($second) ? ($second = $status ? '' : ' (' & $second & $more & ')') : ''))"
    )


def _reason(job: str) -> str:
    """The service's reason. Masked before it is cut, or half of a value would be left; long values first."""
    values = f"$append([], $append($each({job}.HyperParameters, $own), $each({job}.Environment, $own)))"
    masked = f"$length($v) < {_SHORTEST_MASKED} or {_IS_COMMON} ? $text : $replace($text, $v, '***')"
    return shortened(
        f"($own := function($v, $k) {{ {_IS_OURS} ? '' : {_UNQUOTED} }}; "
        f"$values := $sort({values}, function($a, $b) {{ $length($a) < $length($b) }}); "
        f"$reduce($values, function($text, $v) {{ {masked} }}, {job}.FailureReason & ''))",
        _LONGEST_REASON,
    )


def _choice(value: str, texts: dict[str, str], otherwise: str) -> str:
    """One text or another by a value that may be missing: what JSONata looks up must not be."""
    chain = "".join(f"{value} = '{key}' ? '{text}' : " for key, text in texts.items())
    return f"({chain}'{otherwise}')"
