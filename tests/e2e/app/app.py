"""One stack with one job, made as the context asks."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from constructs_lib import (
    Algorithm,
    Completion,
    MetricDefinition,
    QualityGate,
    TrainingJob,
    TrainingJobSpec,
)

# Fails once a job with its score trains and the stack waits for it: a resource that knows nothing of the job.
SOUR_SIBLING = """
import boto3, json, os, time, urllib.request
def training(score):
    url = os.environ["AWS_ENDPOINT_URL"] + "/_constructs_lib/jobs"
    with urllib.request.urlopen(url, timeout=10) as answer:
        jobs = json.load(answer)
    return any(job["SecondaryStatus"] == "Training" and job["HyperParameters"].get("score") == score
               for job in jobs)
def waiting(stack, kind):
    seen, answer = {}, boto3.client("cloudformation").describe_stack_events(StackName=stack)
    for event in answer["StackEvents"]:  # the newest first
        seen.setdefault((event["ResourceType"], event["LogicalResourceId"]), event["ResourceStatus"])
    return any(what == kind and status.endswith("_IN_PROGRESS") for (what, _), status in seen.items())
def handler(event, context):
    bad, own = event["RequestType"] != "Delete", event["ResourceProperties"]
    while bad and not (training(own["Score"]) and waiting(event["StackId"], own["Awaited"])):
        time.sleep(0.2)
    answer = {"Status": "FAILED" if bad else "SUCCESS", "Reason": "sour", "PhysicalResourceId": "sour",
              "StackId": event["StackId"], "RequestId": event["RequestId"],
              "LogicalResourceId": event["LogicalResourceId"]}
    data = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=data, method="PUT"), timeout=10)
"""

app = cdk.App()


def context(name: str) -> str | None:
    value = app.node.try_get_context(name)
    return None if value is None else str(value)


stack = cdk.Stack(app, context("stack") or "Jobs")
gate, tag, fallback = context("gate"), context("tag"), context("fallback")
completion = {
    "start": Completion.start,
    "wait": Completion.wait,
    "wait_condition": Completion.wait_condition,
}[context("completion") or "wait"]()
score = float(context("score") or 0.5)
exits = context("exits")
spec = TrainingJobSpec(
    algorithm=Algorithm.from_script(
        "script", entry_point="train.py", framework="sklearn", framework_version="1.2-1"
    ),
    hyperparameters={"score": score, **({"exits": int(exits)} if exits else {})},
    instance_type="ml.m5.large",
    max_runtime=cdk.Duration.minutes(5),
    metrics=[MetricDefinition("score", r"score=([0-9.]+)")],
    tags={"flavour": tag} if tag else {},
)
job = TrainingJob(
    stack,
    "Job",
    spec=spec,
    completion=completion,
    quality_gates=[QualityGate("score", at_least=float(gate))] if gate else [],
    capacity_fallback=fallback.split(",") if fallback else [],
    delete_record=context("delete_record") == "yes",
)
if context("sibling") == "sour":
    function = lambda_.Function(
        stack,
        "Sour",
        code=lambda_.Code.from_inline(SOUR_SIBLING),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        timeout=cdk.Duration.seconds(60),
    )
    by_condition = context("completion") == "wait_condition"
    awaited = "AWS::CloudFormation::WaitCondition" if by_condition else "Custom::SageMakerTrainingJob"
    cdk.CustomResource(
        stack,
        "Sibling",
        service_token=function.function_arn,
        properties={"Score": str(score), "Awaited": awaited},
    )
if broken := context("broken"):  # Front or Worker: its code cannot be loaded
    resource = stack.node.find_child("TrainingJobRuntime").node.find_child(broken).node.default_child
    cast("lambda_.CfnFunction", resource).handler = "runtime.nowhere.handler"
cdk.CfnOutput(stack, "Name", value=job.training_job_name)
cdk.CfnOutput(stack, "Folder", value=job.output_uri)
if completion.waits:
    cdk.CfnOutput(stack, "Model", value=job.model_artifacts_uri)
    cdk.CfnOutput(stack, "Status", value=job.status)
    cdk.CfnOutput(stack, "Seconds", value=job.billable_seconds)
    cdk.CfnOutput(stack, "Score", value=job.final_metric("score"))
app.synth()
