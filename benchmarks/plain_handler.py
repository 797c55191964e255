"""The handler that people copy for a custom resource, to compare with: boto3, one client, one answer."""

import json
import urllib.request

import boto3

client = boto3.client("sagemaker")


def handler(event, _context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Start the job and answer."""
    request = event["ResourceProperties"]["Request"]
    for key in ("InstanceCount", "VolumeSizeInGB"):
        request["ResourceConfig"][key] = int(request["ResourceConfig"][key])
    limit = int(request["StoppingCondition"]["MaxRuntimeInSeconds"])
    request["StoppingCondition"]["MaxRuntimeInSeconds"] = limit
    answer = client.create_training_job(TrainingJobName="churn-1", **request)
    body = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body |= {"Status": "SUCCESS", "PhysicalResourceId": "churn-1", "Data": {"Arn": answer["TrainingJobArn"]}}
    put = urllib.request.Request(  # noqa: S310
        event["ResponseURL"], data=json.dumps(body).encode(), method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(put):  # noqa: S310
        pass
