"""Deploys app.py to an emulated AWS with the genuine CDK command line, and shows what happened."""

from __future__ import annotations

import json
import signal
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from constructs_lib import LocalError
from constructs_lib.cli.output import NobodyReadsError, OutputError, tell
from constructs_lib.cli.steps import counted, progress, table, title
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
        seconds = time.monotonic() - started
        tell(f"\nThe emulation has ended and left nothing behind ({seconds:.0f} s).\n{NEXT}\n")
    except (LocalError, OutputError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; the emulation has ended and left nothing behind", file=sys.stderr)
        return INTERRUPTED
    except NobodyReadsError:
        return INTERRUPTED
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
        with counted(self._aws, trainings), progress("deploying"):
            result = self._aws.deploy(ROOT, context)
        self._outputs = result.outputs
        return dict(result.outputs[STACK])

    def _deploy_and_fail(self, context: Mapping[str, str]) -> None:
        with counted(self._aws, 1), progress("deploying"):
            try:
                self._aws.deploy(ROOT, context)
            except LocalError:
                pass
            else:
                raise LocalError("the gate should have failed this deployment, and did not")
        events = self._aws.stack_events(STACK)
        reasons = [event.get("ResourceStatusReason", "") for event in events]
        told = [reason for reason in reasons if "gate" in reason]
        reason = textwrap.fill(told[-1] if told else "no reason was given", 96)
        status = events[-1]["ResourceStatus"]
        tell(f"{textwrap.indent(reason, '   ')}\n   stack status now: {status}\n")
        if status != "UPDATE_ROLLBACK_COMPLETE":
            raise LocalError("the stack should have rolled back")

    def _sweep(self) -> None:
        with counted(self._aws, POINTS), progress("training"):
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
        table(rows)

    def _execute(self, machine: str) -> dict[str, Any]:
        client = self._aws.client("stepfunctions")
        arn = client.start_execution(stateMachineArn=machine)["executionArn"]
        while True:
            found: dict[str, Any] = client.describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.5)

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
        table(rows)

    def _show_request(self) -> None:
        request = self._aws.calls("CreateTrainingJob")[-1]
        shown = textwrap.indent(json.dumps(request, indent=2), "   ")
        tell(f"\n   The request that was sent:\n{shown}\n")

    def _show_all_jobs(self) -> None:
        tell("   jobs of this session (their records and models stay):\n")
        for job in self._aws.jobs():
            given = job["HyperParameters"]
            metrics = {m["MetricName"]: m["Value"] for m in job.get("FinalMetricDataList", ())}
            accuracy = metrics.get("validation:accuracy", float("nan"))
            name, status = job["TrainingJobName"], job["TrainingJobStatus"]
            told = f"max_depth={given['max_depth']}  learning_rate={given['learning_rate']}"
            tell(f"   {name}  {status:<10} {told}  accuracy={accuracy:.4f}\n")


NEXT = """
On AWS, with credentials for an account, the same app is deployed with
   npx cdk bootstrap
   npx cdk deploy --all
It trains one ml.m5.large for some minutes. The README says what it makes, and how to remove it."""


if __name__ == "__main__":
    sys.exit(main())
