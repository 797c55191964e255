"""How a job's end is named and told: every kind of failure, no value of the job's own, never too long."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.cdk.workflows import failures
from constructs_lib.cdk.workflows.failures import cause, error_name, whereabouts, wrapped
from constructs_lib.runtime.console import console_address

from .evaluation import Execution

NAME = "churn-0123456789abcdef0123456789abcdef"
ARN = f"arn:aws:sagemaker:eu-west-1:123456789012:training-job/{NAME}"
ADDRESS = f"https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/jobs/{NAME}"


def job(reason: str | None = None, **members: Any) -> dict[str, Any]:
    """A failed job, as it is described; a member that is None is not there."""
    described = {
        "TrainingJobName": NAME,
        "TrainingJobArn": ARN,
        "TrainingJobStatus": "Failed",
        "SecondaryStatus": "Failed",
        "FailureReason": reason,
        **members,
    }
    return {key: value for key, value in described.items() if value is not None}


def stopped(secondary: str = "Stopped", **members: Any) -> dict[str, Any]:
    return job(TrainingJobStatus="Stopped", SecondaryStatus=secondary, **members)


def evaluated(expression: str, description: dict[str, Any]) -> Any:
    return Execution(variables={"job": description}).jsonata(wrapped(expression))


NAMES = [
    ("CapacityError: Unable to provision requested ML compute capacity. Please retry.", "Capacity"),
    ("InternalServerError: We encountered an internal error. Please try again.", "Internal"),
    ("AlgorithmError: ExecuteUserScriptError", "Algorithm"),
    ("ClientError: Data download failed", "Client"),
    ("The job could not start: CapacityError", "Capacity"),
    ("AlgorithmError: the script says CapacityError: no such thing", "Algorithm"),
    ("AlgorithmError: InternalServerError: 500", "Algorithm"),
    ("ClientError: AlgorithmError", "Client"),
    ("MyCapacityError: a word of the script's", "Failed"),
    ("CapacityErrors happen", "Failed"),
    ("capacityerror", "Failed"),
    ("Something else\nCapacityError: in the second line", "Capacity"),
    ("", "Failed"),
    ("Something else", "Failed"),
    (None, "Failed"),
]


@pytest.mark.parametrize(("reason", "kind"), NAMES)
def test_the_name_of_a_failure(reason: str | None, kind: str) -> None:
    assert evaluated(error_name(), job(reason)) == f"TrainingJob.{kind}"


@pytest.mark.parametrize(
    "secondary", ["Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded", "Anything new"]
)
def test_a_stopped_job_is_stopped_whatever_stopped_it(secondary: str) -> None:
    found = stopped(secondary, FailureReason="CapacityError: of an earlier attempt")
    assert evaluated(error_name(), found) == "TrainingJob.Stopped"


@pytest.mark.parametrize("status", ["Deleting", "Completed", "Anything new", None])
def test_another_status_is_a_failure_of_no_kind(status: str | None) -> None:
    found = job("CapacityError: x", TrainingJobStatus=status)
    assert evaluated(error_name(), found) == "TrainingJob.Failed"


def test_the_names_are_those_of_the_table() -> None:
    kinds = ["Capacity", "Internal", "Algorithm", "Client", "Stopped", "GateFailed", "Timeout", "Failed"]
    assert [f"TrainingJob.{kind}" for kind in kinds] == list(failures.ERRORS)


CAUSES = [
    (job("AlgorithmError: exit code 1"), "failed: AlgorithmError: exit code 1"),
    (job(), "failed"),
    (job(""), "failed"),
    (job("x", SecondaryStatus=None), "failed: x"),
    (stopped(), "was stopped before it completed"),
    (stopped("MaxRuntimeExceeded"), "was stopped before it completed (MaxRuntimeExceeded)"),
    (stopped("Brand new"), "was stopped before it completed (Brand new)"),
    (stopped(FailureReason="by hand"), "was stopped before it completed: by hand"),
    (job("x", TrainingJobStatus="Deleting", SecondaryStatus="Deleting"), "ended as Deleting: x"),
]


@pytest.mark.parametrize(("description", "told"), CAUSES)
def test_the_cause_in_words(description: dict[str, Any], told: str) -> None:
    assert evaluated(cause(), description) == f"training job {NAME} {told}; see {ADDRESS}"


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso"])
def test_where_to_look_is_the_runtimes_address(partition: str) -> None:
    arn = ARN.replace("arn:aws:", f"arn:{partition}:")
    address = console_address(arn, NAME)
    assert evaluated(whereabouts(), job(TrainingJobArn=arn)) == (f"; see {address}" if address else "")


@pytest.mark.parametrize("arn", [None, "", "arn"])
def test_without_an_arn_nothing_is_said_of_the_console(arn: str | None) -> None:
    assert evaluated(cause(), job("x", TrainingJobArn=arn)) == f"training job {NAME} failed: x"


def test_a_description_may_be_any_expression() -> None:
    state = Execution(input={"look": job("ClientError: x")})
    assert state.jsonata(wrapped(error_name("$states.input.look"))) == "TrainingJob.Client"
    assert "ClientError: x; see" in state.jsonata(wrapped(cause("$states.input.look")))


COMMAND = (
    'AlgorithmError: Command "python train.py --depth 6 --key hunter22secret --k2 hunter22 --on true --c {}"'
)


def test_no_value_of_the_jobs_own_is_told() -> None:
    values = {"depth": "6", "key": '"hunter22secret"', "k2": "hunter22", "on": "true", "c": '{"a": "b"}'}
    ours = {"sagemaker_program": "train.py"}
    found = job(COMMAND, HyperParameters={**values, **ours}, Environment={"TOKEN": "zebra/$1+(x"})
    found["FailureReason"] += " zebra/$1+(x zebra/$1+(x"

    assert evaluated(cause(), found).partition(" failed: ")[2].partition("; see")[0] == (
        'AlgorithmError: Command "python train.py --depth 6 --key *** --k2 *** --on true --c {}" *** ***'
    )


@pytest.mark.parametrize("member", ["HyperParameters", "Environment"])
@pytest.mark.parametrize(
    "values", [{}, {"only": "hunter22"}, {"a": "hunter22", "b": "x"}, {"a": ""}], ids=str
)
def test_any_number_of_values(member: str, values: dict[str, str]) -> None:
    told = evaluated(cause(), job("AlgorithmError: hunter22", **{member: values}))
    assert ("hunter22" in told) == ("hunter22" not in values.values())


def test_without_a_reason_no_value_stands_in_for_it() -> None:
    told = evaluated(cause(), job(HyperParameters={"a": "hunter22", "b": "x"}))
    assert told == f"training job {NAME} failed; see {ADDRESS}"


def test_a_secret_is_masked_before_the_reason_is_cut() -> None:
    secret = "hunter22" * 8
    told = evaluated(cause(), job("x" * 1490 + secret + "y" * 500, HyperParameters={"key": secret}))
    assert "hunter" not in told
    assert "xxx***yyyy..." in told


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(
    reason=st.one_of(st.none(), st.builds(lambda text, n: text * n, TEXT, st.integers(0, 200))),
    values=st.dictionaries(TEXT.filter(lambda key: not key.startswith("sagemaker_")), TEXT, max_size=4),
    status=st.sampled_from(["Failed", "Stopped", "Deleting"]),
    secondary=st.sampled_from([None, "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded"]),
)
def test_no_description_is_too_long_or_cannot_be_told(
    reason: str | None, values: dict[str, str], status: str, secondary: str | None
) -> None:
    found = job(reason, HyperParameters=values, TrainingJobStatus=status, SecondaryStatus=secondary)
    found |= {"TrainingJobName": "a" * 63, "TrainingJobArn": ARN.replace(NAME, "a" * 63)}

    told, name = evaluated(cause(), found), evaluated(error_name(), found)

    assert told.startswith(f"training job {'a' * 63} ")
    assert len(told) <= failures.LONGEST_CAUSE
    assert name in failures.ERRORS


@pytest.mark.parametrize("expression", [cause(), error_name(), whereabouts()])
def test_an_expression_is_whole_small_and_asks_for_nothing_that_is_not_there(expression: str) -> None:
    assert "%}" not in expression
    assert len(json.dumps(wrapped(expression))) < 1300
    # Step Functions has no top-level input: a bare dollar sign outside text and patterns is refused.
    code = re.sub(r"'[^']*'|/[^/]*/", "", expression)
    assert not re.search(r"\$(?![A-Za-z])", code)
