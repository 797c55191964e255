"""Deploys app.py to an emulated AWS with the genuine CDK command line, and shows what happened."""

from __future__ import annotations

import json
import signal
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from constructs_lib import LocalError
from constructs_lib.cli.steps import progress, table, title
from constructs_lib.local import LocalAws

ROOT = Path(__file__).resolve().parent.parent
STACK, SWEEP = "BreastCancer", "BreastCancerSweep"
POINTS = 6
# Waits of the state machine and of SageMaker itself; the script trains in its own time.
SPEED = 20.0
FAILING_GATE = "0.9999"
INTERRUPTED = 130  # as a shell tells it


def main() -> int:
    """Deployments, a sweep, and what each of them trained."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with LocalAws.start(speed=SPEED) as aws:
            Demo(aws).run()
    except LocalError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; the emulation has ended and left nothing behind", file=sys.stderr)
        return INTERRUPTED
    print(f"\nThe emulation has ended and left nothing behind ({time.monotonic() - started:.0f} s).")
    print(NEXT)
    return 0


class Demo:
    """The steps, each with the number of trainings that it started.

    Args:
        aws: the emulation to deploy to.
    """

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._outputs: dict[str, dict[str, str]] = {}

    def run(self) -> None:
        """Every step, in the order a user would meet them."""
        title("1. cdk deploy: the job trains, and passes its gate")
        outputs = self._deploy({}, trainings=1)
        self._show_job(outputs)
        self._show_request()
        title("2. cdk deploy, unchanged: nothing trains")
        self._deploy({}, trainings=0)
        title("3. max_depth 2 -> 3: one training; the model there was stays where it is")
        outputs = self._deploy({"max_depth": "3"}, trainings=1)
        self._show_job(outputs)
        title(f"4. max_depth 3 -> 4 and a gate of {FAILING_GATE}: one training, and a roll-back")
        self._deploy_and_fail({"max_depth": "4", "gate": FAILING_GATE})
        title(f"5. the state machine is started: a sweep of {POINTS} trainings, two at a time")
        self._sweep()
        title("6. cdk destroy")
        with progress("destroying"):
            self._aws.destroy(ROOT)
        self._show_all_jobs()

    def _deploy(self, context: Mapping[str, str], *, trainings: int) -> dict[str, str]:
        with self._counted(trainings), progress("deploying"):
            result = self._aws.deploy(ROOT, context)
        self._outputs = result.outputs
        return dict(result.outputs[STACK])

    def _deploy_and_fail(self, context: Mapping[str, str]) -> None:
        with self._counted(1), progress("deploying"):
            try:
                self._aws.deploy(ROOT, context)
            except LocalError:
                pass
            else:
                raise LocalError("the gate should have failed this deployment, and did not")
        events = self._aws.stack_events(STACK)
        reasons = [event.get("ResourceStatusReason", "") for event in events]
        told = [reason for reason in reasons if "gate" in reason]
        print(textwrap.indent(textwrap.fill(told[-1] if told else "no reason was given", 96), "   "))
        status = events[-1]["ResourceStatus"]
        print(f"   stack status now: {status}")
        if status != "UPDATE_ROLLBACK_COMPLETE":
            raise LocalError("the stack should have rolled back")

    def _sweep(self) -> None:
        with self._counted(POINTS), progress("training"):
            execution = self._execute(self._outputs[SWEEP]["StateMachineArn"])
        if execution["status"] != "SUCCEEDED":
            raise LocalError(f"the sweep has {execution['status']}: {execution.get('cause', '')}")
        output = json.loads(execution["output"])
        best = output["BestTrainingJob"]
        told = ("max_depth", "learning_rate")
        rows = {
            "best of the six": best["TrainingJobName"],
            best["MetricName"]: f"{best['MetricValue']:.4f}",
            "with": ", ".join(f"{name}={best['HyperParameters'][name]}" for name in told),
            "model": best["ModelArtifacts"]["S3ModelArtifacts"],
        }
        print(table(rows))

    def _execute(self, machine: str) -> dict[str, Any]:
        client = self._aws.client("stepfunctions")
        arn = client.start_execution(stateMachineArn=machine)["executionArn"]
        while True:
            found: dict[str, Any] = client.describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.5)

    @contextmanager
    def _counted(self, expected: int) -> Iterator[None]:
        before = len(self._aws.calls("CreateTrainingJob"))
        yield
        counted = len(self._aws.calls("CreateTrainingJob")) - before
        print(f"   CreateTrainingJob calls: {counted}")
        if counted != expected:
            raise LocalError(f"{expected} trainings were expected, {counted} were started")

    def _show_job(self, outputs: Mapping[str, str]) -> None:
        name, uri = outputs["TrainingJobName"], outputs["ModelUri"]
        job = self._aws.client("sagemaker").describe_training_job(TrainingJobName=name)
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        size = self._aws.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"]
        rows = {
            "job": name,
            "status": job["TrainingJobStatus"],
            "seconds": str(job["TrainingTimeInSeconds"]),
            "accuracy": f"{float(outputs['Accuracy']):.4f} on held-back patients",
            "model": uri,
            "size": f"{size:,} bytes",
        }
        print(table(rows))

    def _show_request(self) -> None:
        request = self._aws.calls("CreateTrainingJob")[-1]
        print("\n   The request that was sent:")
        print(textwrap.indent(json.dumps(request, indent=2), "   "))

    def _show_all_jobs(self) -> None:
        print("   jobs of this session (their records and models stay):")
        for job in self._aws.jobs():
            given = job["HyperParameters"]
            metrics = {m["MetricName"]: m["Value"] for m in job.get("FinalMetricDataList", ())}
            accuracy = metrics.get("validation:accuracy", float("nan"))
            name, status = job["TrainingJobName"], job["TrainingJobStatus"]
            told = f"max_depth={given['max_depth']}  learning_rate={given['learning_rate']}"
            print(f"   {name}  {status:<10} {told}  accuracy={accuracy:.4f}")


NEXT = """
On AWS, with credentials for an account, the same app is deployed with
   npx cdk bootstrap
   npx cdk deploy --all
It trains one ml.m5.large for some minutes. The README says what it makes, and how to remove it."""


if __name__ == "__main__":
    sys.exit(main())
