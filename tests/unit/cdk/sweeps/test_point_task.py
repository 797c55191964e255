"""Hyperparameters of a spec with a point's over them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib import Checkpoint, SpecError
from constructs_lib.cdk.sweeps.point_task import item_of, own_folder, swept
from tests.unit.cdk.workflows.evaluation import Execution

from .evaluate import evaluate
from .sweeps import SPEC, rendered, states, sweep

NAME = st.text(st.characters(codec="utf-8"), max_size=5)
TEXTS = st.dictionaries(NAME, NAME, max_size=4)


def value(given: Any, **states: Any) -> Any:
    """A state's value: expressions in it are evaluated."""
    if isinstance(given, dict):
        return {key: value(item, **states) for key, item in given.items()}
    return evaluate(given, **states) if given.startswith("{%") and given.endswith("%}") else given


@settings(deadline=None, max_examples=200)
@given(TEXTS, TEXTS, st.booleans())
def test_a_points_hyperparameters_win(own: dict[str, str], point: dict[str, str], alike: bool) -> None:
    found = swept(own, list(point) if alike else None)

    assert value(found, input={"hyperparameters": point}) == {**own, **point}


def test_an_expression_stays_one() -> None:
    own = {"seed": "{% $string($states.input.input.seed) %}", "depth": "3"}

    found = swept(own, None)

    given = {"hyperparameters": {"depth": "4"}, "input": {"seed": 7}}
    assert value(found, input=given) == {"seed": "7", "depth": "4"}


def test_a_metric_may_have_any_name() -> None:
    name = 'it\'s 100%} "of" it'
    job = {"FinalMetricDataList": [{"MetricName": name, "Value": 0.25}]}

    assert evaluate(item_of(name)["metric"], result=job) == 0.25


INTEGRATIONS = [None, "aws-sdk"]


def variables(found: dict[str, Any], *, execution: str, point: Any) -> dict[str, Any]:
    """What a point's first state assigns."""
    context = {"Execution": {"Id": execution, "RedriveCount": 0}, "State": {"Name": "name"}}
    run = Execution(point, {**context, "Map": {"Item": {"Index": point["index"]}}})
    assigned = found["Sweep: point: name"]["Assign"]
    return {name: run.arguments(value) for name, value in assigned.items()}


@pytest.mark.parametrize("integration", INTEGRATIONS)
def test_the_jobs_of_a_distributed_sweep_are_of_the_sweeps_execution(
    stack: cdk.Stack, integration: Any
) -> None:
    found = states(sweep(stack, distributed=True, integration=integration))

    item = found["Sweep: train"]["ItemSelector"]
    assert evaluate(item["execution"], context={"Execution": {"Id": "arn:sweep"}}) == "arn:sweep"
    point = {"index": 0, "hyperparameters": {}, "execution": "arn:sweep"}
    tag = "constructsLibExecution"
    of_child = variables(found, execution="arn:child", point=point)[tag]
    other = cdk.Stack(cdk.App(), "Other")
    inline = states(sweep(other, integration=integration))
    assert of_child == variables(inline, execution="arn:sweep", point=point)[tag]
    assert "execution" not in inline["Sweep: train"]["ItemSelector"]
    tags = found["Sweep: point: create"]["Arguments"]["Tags"]
    assert {"Key": "constructs-lib:execution", "Value": f"{{% ${tag} %}}"} in tags


PLACES = ["s3://b-x/c", "s3://b-x/c/", "{% 's3://b-x/' & $states.input.folder %}"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("distributed", [False, True])
def test_points_do_not_share_the_checkpoints_place_of_their_spec(
    stack: cdk.Stack, place: str, distributed: bool
) -> None:
    spec = SPEC.replace(checkpoint=Checkpoint(s3_uri=place, local_path="/opt/c"))
    found = states(sweep(stack, spec=spec, distributed=distributed))

    def uri(number: int, execution: str = "arn:a") -> str:
        point = {"index": number, "hyperparameters": {"eta": "0.1"}, "input": {"folder": "c/"}}
        point |= {"execution": "arn:sweep"}
        known = variables(found, execution=execution, point=point)
        config = found["Sweep: point: create"]["Arguments"]["CheckpointConfig"]
        assert config["LocalPath"] == "/opt/c"
        return str(Execution(point, {}, known).arguments(config["S3Uri"]))

    uris = [uri(0), uri(1), uri(0, "arn:b")]
    assert len(set(uris)) == 3
    assert uri(0) == uris[0]
    assert all(one.startswith("s3://b-x/c/") and len(one) == len("s3://b-x/c/") + 32 for one in uris)


def test_a_bucket_of_checkpoints_is_no_shared_place_either(stack: cdk.Stack) -> None:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "b-x")
    spec = SPEC.replace(checkpoint=Checkpoint(bucket=bucket, prefix="c"))

    config = states(sweep(stack, spec=spec))["Sweep: point: create"]["Arguments"]["CheckpointConfig"]

    assert config["S3Uri"] == own_folder("s3://b-x/c")


def test_raw_checkpoints_are_kept_apart_or_refused(stack: cdk.Stack) -> None:
    raw = SPEC.replace(overrides={"CheckpointConfig": {"S3Uri": "s3://b-x/c"}})
    config = states(sweep(stack, spec=raw))["Sweep: point: create"]["Arguments"]["CheckpointConfig"]
    assert config["S3Uri"] == own_folder("s3://b-x/c")

    whole = SPEC.replace(overrides={"CheckpointConfig": "{% $states.input.checkpoints %}"})
    with pytest.raises(SpecError, match=r"^CheckpointConfig: is one expression, so that all points"):
        sweep(stack, "Other", spec=whole)


def test_a_place_that_nobody_chose_is_as_a_tasks_is(stack: cdk.Stack) -> None:
    found = rendered(sweep(stack, spec=SPEC.replace(checkpoint=Checkpoint())))

    assert "/' & $constructsLibCheckpoints" not in str(found)
    assert '/" & $constructsLibCheckpoints' in str(found)


def test_without_checkpoints_nothing_keeps_them_apart(stack: cdk.Stack) -> None:
    assert "Checkpoint" not in str(rendered(sweep(stack)))
