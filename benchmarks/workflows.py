"""What a hundred training tasks in one state machine cost, beside the stock task of aws-cdk-lib.

``python -m benchmarks.workflows`` prints ratios that were measured in turns, in one run.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.local.node import find_node

if TYPE_CHECKING:
    from aws_cdk import Stack
    from aws_cdk import aws_stepfunctions as sfn

ROUNDS, TASKS = 5, 100
POINTS = (100, 10_000)
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1"
LARGEST_TEMPLATE = 1_000_000


@dataclass(frozen=True)
class Cost:
    """What one app costs.

    Attributes:
        seconds: to make its constructs and to synthesize it.
        template: bytes of the template, as CDK writes it.
        policies: bytes of those resources in it that allow something.
        resources: how many there are.
    """

    seconds: float
    template: int
    policies: int
    resources: int


def cost(chain: Callable[[Stack, int], sfn.IChainable], number: int = TASKS) -> Cost:
    """Make and synthesize a stack with one state machine.

    Args:
        chain: makes so many tasks, one after another.
        number: of tasks.
    """
    import aws_cdk as cdk
    from aws_cdk import aws_stepfunctions as sfn

    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        app = cdk.App(outdir=folder)
        stack = cdk.Stack(app, "Stack")
        body = sfn.DefinitionBody.from_chainable(chain(stack, number))
        sfn.StateMachine(stack, "Machine", definition_body=body)
        app.synth()
        seconds = time.perf_counter() - started
        written = Path(folder, "Stack.template.json").read_bytes()
    resources = json.loads(written)["Resources"]
    policies = [one for one in resources.values() if one["Type"].endswith("Policy")]
    return Cost(seconds, len(written), len(json.dumps(policies)), len(resources))


def our_tasks(stack: Stack, number: int, *, shared: bool) -> sfn.IChainable:
    """Tasks of one spec; each with a role of its own, or all with one."""
    from aws_cdk import Duration

    from constructs_lib import (
        Algorithm,
        Channel,
        TrainingJobSpec,
        TrainingJobTask,
        TrainingPlatform,
        TrainingRole,
    )

    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE),
        channels=[Channel.from_uri("train", "s3://data/train/")],
        hyperparameters={"depth": 6, "eta": 0.1},
        instance_type="ml.m5.large",
        max_runtime=Duration.hours(1),
    )
    platform = TrainingPlatform(stack, "Platform")
    role = TrainingRole(stack, "Role", spec=spec, platform=platform) if shared else None
    tasks = [
        TrainingJobTask(stack, f"Task{index}", spec=spec, platform=platform, role=role)
        for index in range(number)
    ]
    return in_a_row(tasks)


def stock_tasks(stack: Stack, number: int, *, shared: bool) -> sfn.IChainable:
    """As `our_tasks`, of the stock construct, with as much of the same job as it can say."""
    from aws_cdk import Duration, Size
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_stepfunctions as sfn
    from aws_cdk import aws_stepfunctions_tasks as tasks

    bucket = s3.Bucket(stack, "Bucket")
    sagemaker = iam.ServicePrincipal("sagemaker.amazonaws.com")
    role = iam.Role(stack, "Role", assumed_by=sagemaker) if shared else None
    image = tasks.DockerImage.from_registry(IMAGE)
    places = [tasks.S3Location.from_bucket(bucket, prefix) for prefix in ("train/", "output")]
    data = tasks.DataSource(s3_data_source=tasks.S3DataSource(s3_location=places[0]))
    made = [
        tasks.SageMakerCreateTrainingJob(
            stack,
            f"Task{index}",
            training_job_name=sfn.JsonPath.string_at("$.name"),
            role=role,
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            algorithm_specification=tasks.AlgorithmSpecification(
                training_image=image, training_input_mode=tasks.InputMode.FILE
            ),
            hyperparameters={"depth": "6", "eta": "0.1"},
            input_data_config=[tasks.Channel(channel_name="train", data_source=data)],
            output_data_config=tasks.OutputDataConfig(s3_output_location=places[1]),
            resource_config=tasks.ResourceConfig(
                instance_count=1,
                instance_type=ec2.InstanceType("m5.large"),
                volume_size=Size.gibibytes(30),
            ),
            stopping_condition=tasks.StoppingCondition(max_runtime=Duration.hours(1)),
        )
        for index in range(number)
    ]
    return in_a_row(made)


def in_a_row(states: Sequence[sfn.TaskStateBase]) -> sfn.IChainable:
    """The states, one after another."""
    from aws_cdk import aws_stepfunctions as sfn

    chain = sfn.Chain.start(states[0])
    for state in states[1:]:
        chain = chain.next(state)
    return chain


def compare() -> None:
    """Time ours and the stock task in turns, so that a busy machine is busy for both."""
    for shared in (False, True):
        ours = partial(cost, partial(our_tasks, shared=shared))
        stock = partial(cost, partial(stock_tasks, shared=shared))
        pairs = [(ours(), stock()) for _ in range(ROUNDS + 1)][1:]  # the first loads jsii and the submodules
        whose = "one role for all" if shared else "a role each"
        print(f"{TASKS} tasks in one state machine, {whose}:")
        for name, side in zip(("ours", "stock"), zip(*pairs, strict=True), strict=True):
            seconds = statistics.median(one.seconds for one in side)
            print(f"  {name}: {seconds * 1000:.0f} ms, {in_words(side[0])}")
        ratio = statistics.median(our.seconds / their.seconds for our, their in pairs)
        print(f"  ratio {ratio:.2f}; for each further task {further(ours, stock, pairs):.2f}")


def compare_sweeps() -> None:
    """A distributed sweep with few points beside one with many: its machine's definition stays as long."""
    costs = {number: cost(sweep, number) for number in POINTS}
    for number, one in costs.items():
        print(f"a distributed sweep of {number} points: {one.seconds * 1000:.0f} ms, {in_words(one)}")


def sweep(stack: Stack, number: int) -> sfn.IChainable:
    """One distributed sweep over so many points."""
    from aws_cdk import Duration

    from constructs_lib import Algorithm, Grid, MetricDefinition, Objective, TrainingJobSpec, TrainingSweep

    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE),
        instance_type="ml.m5.large",
        max_runtime=Duration.hours(1),
        metrics=[MetricDefinition("auc", "auc=([0-9.]+)")],
    )
    best = Objective.maximize("auc")
    return TrainingSweep(
        stack, "Sweep", spec=spec, points=Grid(seed=range(number)), objective=best, distributed=True
    )


def in_words(measured: Cost) -> str:
    """The sizes."""
    over = "" if measured.template <= LARGEST_TEMPLATE else " (more than CloudFormation takes)"
    return (
        f"template {measured.template / 1000:.0f} kB{over}, "
        f"IAM policies {measured.policies / 1000:.0f} kB, {measured.resources} resources"
    )


def further(
    ours: Callable[..., Cost], stock: Callable[..., Cost], pairs: Sequence[tuple[Cost, Cost]]
) -> float:
    """The ratio without what one task needs already: network, key, bucket, runtime."""
    firsts = [(ours(number=1), stock(number=1)) for _ in range(ROUNDS)]
    base = [statistics.median(one.seconds for one in side) for side in zip(*firsts, strict=True)]
    whole = [statistics.median(one.seconds for one in side) for side in zip(*pairs, strict=True)]
    return float((whole[0] - base[0]) / (whole[1] - base[1]))


if __name__ == "__main__":
    os.environ.setdefault("JSII_NODE", str(find_node()))
    os.environ["CDK_VALIDATION"] = "false"
    compare()
    compare_sweeps()
