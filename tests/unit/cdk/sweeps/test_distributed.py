"""Sweeps with an execution for every point."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import TrainingPlatform
from constructs_lib.cdk.sweeps.sweep import TrainingSweep
from constructs_lib.spec.grid import Grid
from tests.unit.cdk.workflows.machines import Json, machine, written

from .evaluate import evaluate
from .sweeps import SPEC, rendered, states, sweep

Find = Callable[..., dict[str, dict[str, Any]]]
MANY = Grid(seed=range(60))


def distributed(stack: cdk.Stack, **arguments: Any) -> TrainingSweep:
    return sweep(stack, distributed=True, **arguments)


def statements(find: Find, stack: cdk.Stack) -> list[dict[str, Any]]:
    """What the state machine's role may do, with CloudFormation's values written out."""
    found = [
        statement
        for name, policy in find(stack, "AWS::IAM::Policy").items()
        if name.startswith("Machine")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    for statement in found:
        given = statement["Resource"]
        statement["Resource"] = [written(one) for one in (given if isinstance(given, list) else [given])]
    return found


def test_each_point_has_an_execution_of_its_own(stack: cdk.Stack) -> None:
    found = states(distributed(stack))

    over = found["Sweep: train"]
    assert over["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert over["Items"] == "{% $states.input.points %}"
    assert over["MaxConcurrency"] == 4
    assert "ItemReader" not in over
    assert not {key for key in over if key.startswith("Tolerated")}


def test_the_results_go_to_a_folder_of_the_sweeps_own(stack: cdk.Stack) -> None:
    writer = states(distributed(stack))["Sweep: train"]["ResultWriter"]

    assert writer["Resource"] == "arn:aws:states:::s3:putObject"
    assert writer["Arguments"]["Prefix"].startswith("training/sweeps/StackSweep")
    assert writer["Arguments"]["Bucket"].startswith("<DefaultTrainingPlatformBucket")


def test_the_folder_may_be_at_the_buckets_root(stack: cdk.Stack) -> None:
    platform = TrainingPlatform(stack, "Platform", use_vpc=False, output_prefix="")

    writer = states(distributed(stack, platform=platform))["Sweep: train"]["ResultWriter"]

    assert writer["Arguments"]["Prefix"].startswith("sweeps/StackSweep")


def test_many_points_are_read_from_a_file(stack: cdk.Stack) -> None:
    spec = SPEC.with_environment({"OWNER": "{% $states.input.owner %}"})
    found = states(distributed(stack, points=MANY, spec=spec))

    over = found["Sweep: train"]
    reader = over["ItemReader"]
    assert reader["Resource"] == "arn:aws:states:::s3:getObject"
    assert reader["ReaderConfig"] == {"InputType": "JSON"}
    assert over["Output"]["Points"] == reader["Arguments"]
    given = {"owner": "a", "points": [{"eta": 0.1}]}
    assert evaluate(over["ItemSelector"]["input"], input=given) == {"owner": "a"}
    assert "Items" not in over
    assert "Sweep: points" not in found


@pytest.mark.parametrize("points", [Grid(eta=[0.1, 0.2]), "$.points"])
def test_few_points_are_in_the_state_before(stack: cdk.Stack, points: Any) -> None:
    spec = SPEC.with_environment({"OWNER": "{% $states.input.owner %}"})
    over = states(distributed(stack, points=points, spec=spec))["Sweep: train"]

    assert over["Output"]["Points"] == "{% $states.input.points %}"
    assert over["ItemSelector"]["input"] == "{% $states.input.input %}"


def test_the_definition_does_not_grow_with_the_points(stack: cdk.Stack) -> None:
    few = rendered(distributed(stack, points=MANY))
    other = cdk.Stack(cdk.App(), "Stack")
    many = rendered(distributed(other, points=Grid(seed=range(10_000))))

    assert len(json.dumps(many)) == len(json.dumps(few)) < 20_000


def test_the_reducer_is_told_what_it_has_to_know(stack: cdk.Stack) -> None:
    found = states(distributed(stack, points=MANY))

    details = {"ResultWriterDetails": {"Bucket": "b", "Key": "k/manifest.json"}}
    told = {
        name: evaluate(text, result=details)
        for name, text in found["Sweep: train"]["Output"]["Results"].items()
    }
    assert told == {"Bucket": "b", "Key": "k/manifest.json"}
    reduce = found["Sweep: best"]
    assert reduce["Resource"] == "arn:aws:states:::lambda:invoke"
    assert reduce["Arguments"]["Payload"] == {
        "Metric": "validation:auc",
        "Largest": True,
        "Results": "{% $states.input.Results %}",
        "Points": "{% $states.input.Points %}",
    }
    assert reduce["Output"] == "{% $states.result.Payload %}"


def test_what_cannot_be_read_is_not_tried_again(stack: cdk.Stack) -> None:
    found = states(distributed(stack))

    *_, own, others = found["Sweep: best"]["Retry"]
    assert own == {"ErrorEquals": ["ResultsUnreadable"], "MaxAttempts": 0}
    assert others == {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 3}
    assert found["Sweep: best"]["Catch"] == [
        {"ErrorEquals": ["ResultsUnreadable"], "Next": "Sweep: unreadable"}
    ]
    failed = found["Sweep: unreadable"]
    assert failed["Error"] == "TrainingSweep.ResultsUnreadable"
    assert evaluate(failed["Cause"], input={"Error": "ResultsUnreadable", "Cause": "gone"}) == "gone"


def test_tolerated_failures_are_the_maps_to_count(stack: cdk.Stack) -> None:
    found = states(distributed(stack, tolerated_failures=7, tolerated_failure_percentage=5))

    over = found["Sweep: train"]
    assert (over["ToleratedFailureCount"], over["ToleratedFailurePercentage"]) == (7, 5)
    (catch,) = over["Catch"]
    assert catch == {"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Sweep: too many"}
    assert found["Sweep: too many"]["Error"] == "TrainingSweep.TooManyFailures"
    assert "Catch" not in found["Sweep: point"]


def test_each_point_has_a_history_of_its_own(stack: cdk.Stack) -> None:
    long = SPEC.replace(max_runtime=cdk.Duration.days(20))
    found = states(distributed(stack, spec=long, points=MANY, integration="aws-sdk"))

    assert re.search(r"\b1728\b", found["Sweep: point: wait"]["Seconds"])


def test_the_machine_may_use_what_it_has_to_and_no_more(stack: cdk.Stack, resources: Find) -> None:
    found = states(distributed(stack, points=MANY))
    writer, reader = (found["Sweep: train"][name]["Arguments"] for name in ("ResultWriter", "ItemReader"))

    allowed = {str(one["Action"]): one for one in statements(resources, stack)}

    reading = allowed["s3:GetObject"]["Resource"]
    assert reading == [f"arn:aws:s3:::{reader['Bucket']}/{reader['Key']}"]
    actions = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
    assert allowed[str(actions)]["Resource"] == [f"arn:aws:s3:::{writer['Bucket']}/{writer['Prefix']}/*"]
    (key,) = allowed["['kms:Decrypt', 'kms:GenerateDataKey']"]["Resource"]
    assert key.startswith("<DefaultTrainingPlatformKey")
    assert "states:StartExecution" in allowed
    assert all("*" not in one["Resource"] for one in statements(resources, stack))


def test_a_bucket_of_somebody_elses_has_no_key_to_use(stack: cdk.Stack, resources: Find) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Theirs", "theirs")
    platform = TrainingPlatform(stack, "Platform", use_vpc=False, bucket=bucket)
    machine(distributed(stack, platform=platform))

    assert "kms:GenerateDataKey" not in json.dumps(statements(resources, stack))


def test_the_reducer_may_read_results_and_points(stack: cdk.Stack, resources: Find) -> None:
    found = states(distributed(stack, points=MANY))
    writer, reader = (found["Sweep: train"][name]["Arguments"] for name in ("ResultWriter", "ItemReader"))

    (policy,) = (one for key, one in resources(stack, "AWS::IAM::ManagedPolicy").items() if "Reducer" in key)
    _, _, reading, decrypting = policy["Properties"]["PolicyDocument"]["Statement"]
    assert {written(one) for one in reading["Resource"]} == {
        f"arn:aws:s3:::{writer['Bucket']}/{writer['Prefix']}/*",
        f"arn:aws:s3:::{reader['Bucket']}/{reader['Key']}",
    }
    assert decrypting["Action"] == "kms:Decrypt"


def test_the_sweeps_of_a_stack_share_a_reducer_and_an_inline_one_has_none(
    stack: cdk.Stack, resources: Find
) -> None:
    machine(sweep(stack, "One", distributed=True).next(sweep(stack, "Other", distributed=True)))
    assert len([key for key in resources(stack, "AWS::Lambda::Function") if "Reducer" in key]) == 1

    inline = cdk.Stack(cdk.App(), "Inline")
    machine(sweep(inline))
    assert not [key for key in resources(inline, "AWS::Lambda::Function") if "Reducer" in key]


def test_an_app_without_the_flag_for_result_writers_renders_the_same() -> None:
    def of(context: dict[str, Any]) -> Json:
        stack = cdk.Stack(cdk.App(context=context), "Stack")
        writer: Json = states(distributed(stack))["Sweep: train"]["ResultWriter"]
        return writer

    assert of({}) == of({"@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2": True})


def test_it_runs_in_a_machine_of_jsonata(stack: cdk.Stack) -> None:
    over = states(distributed(stack, points=MANY), sfn.QueryLanguage.JSONATA)["Sweep: train"]

    assert set(over["ItemReader"]) == {"Resource", "ReaderConfig", "Arguments"}
