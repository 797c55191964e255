"""What the library costs, as ratios measured side by side in one run: ``make bench``."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import cold_start, permissions, validation, workflows
from constructs_lib.local.node import find_node

os.environ.setdefault("JSII_NODE", str(find_node()))
os.environ["CDK_VALIDATION"] = "false"
ROUNDS = 5
JOBS = 20


def median_ms(measure: Callable[[], float]) -> float:
    """The median of several rounds, in milliseconds."""
    return statistics.median(measure() for _ in range(ROUNDS)) * 1000


def interpreter(statement: str) -> float:
    """Seconds of a whole process that runs one statement."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - started


def synthesis(add: Callable[[object, int], None]) -> float:
    """Seconds to make and synthesize a stack of twenty."""
    import aws_cdk as cdk

    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        app = cdk.App(outdir=folder)
        stack = cdk.Stack(app, "Stack")
        for index in range(JOBS):
            add(stack, index)
        app.synth()
        return time.perf_counter() - started


def add_job(stack: object, index: int) -> None:
    """One `TrainingJob` with its own role."""
    from aws_cdk import Duration, Stack

    from constructs_lib import Algorithm, TrainingJob, TrainingJobSpec

    assert isinstance(stack, Stack)
    spec = TrainingJobSpec(
        algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1"),
        instance_type="ml.m5.large",
        max_runtime=Duration.minutes(10),
    )
    TrainingJob(stack, f"Job{index}", spec=spec)


def add_stock_task(stack: object, index: int) -> None:
    """The stock Step Functions task in a state machine of its own, the nearest thing in aws-cdk-lib."""
    from aws_cdk import Size, Stack
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_stepfunctions as sfn
    from aws_cdk import aws_stepfunctions_tasks as tasks

    assert isinstance(stack, Stack)
    bucket = s3.Bucket.from_bucket_name(stack, f"Bucket{index}", "data")
    image = tasks.DockerImage.from_registry("123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1")
    location = tasks.S3Location.from_bucket(bucket, "out")
    source = tasks.DataSource(s3_data_source=tasks.S3DataSource(s3_location=location))
    task = tasks.SageMakerCreateTrainingJob(
        stack,
        f"Task{index}",
        training_job_name="job",
        algorithm_specification=tasks.AlgorithmSpecification(training_image=image),
        input_data_config=[tasks.Channel(channel_name="train", data_source=source)],
        output_data_config=tasks.OutputDataConfig(s3_output_location=location),
        resource_config=tasks.ResourceConfig(
            instance_count=1,
            instance_type=ec2.InstanceType("m5.large"),
            volume_size=Size.gibibytes(30),
        ),
    )
    sfn.StateMachine(stack, f"Machine{index}", definition_body=sfn.DefinitionBody.from_chainable(task))


def main() -> None:
    """Print each figure beside what it is measured against."""
    empty = median_ms(lambda: interpreter("pass"))
    ours = median_ms(lambda: interpreter("import constructs_lib"))
    spec = median_ms(lambda: interpreter("from constructs_lib import TrainingJobSpec"))
    print(f"import constructs_lib: {ours - empty:.0f} ms over an empty interpreter ({empty:.0f} ms)")
    check = median_ms(lambda: interpreter("from constructs_lib import validate_request"))
    print(f"with validate_request: {check - empty:.0f} ms over an empty interpreter")
    print(f"with TrainingJobSpec:  {spec - empty:.0f} ms over an empty interpreter")
    validation.compare()
    validation.command_line()
    cold_start.compare()
    synthesis(add_job)  # loads jsii and the submodules of both sides
    synthesis(add_stock_task)
    jobs, stock = median_ms(lambda: synthesis(add_job)), median_ms(lambda: synthesis(add_stock_task))
    print(f"{JOBS} jobs: {jobs:.0f} ms; {JOBS} stock tasks with state machines: {stock:.0f} ms")
    print(f"ratio {jobs / stock:.2f} on {Path(sys.executable).name} {sys.version.split()[0]}")
    workflows.compare()
    permissions.main()


if __name__ == "__main__":
    main()
