"""Small templates and waits for tests of the emulation."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws

ROLE = "arn:aws:iam::123456789012:role/local-test"
RECORDS = "test-records"

# Answers by itself; what it got lies in S3. Without boto3, which takes long to import.
HANDLER = """
import json, os, time, urllib.request
JSON = {"Content-Type": "application/json"}
def put(url, body, **headers):
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method="PUT", headers=headers)
    urllib.request.urlopen(request, timeout=10)
def handler(event, context):
    p, kind = event["ResourceProperties"], event["RequestType"]
    put(f"{os.environ['AWS_ENDPOINT_URL']}/test-records/{p['Log']}/{time.time_ns()}", event, **JSON)
    if kind in p.get("Silent", "").split(","):
        return
    bad = kind in p.get("Fail", "").split(",")
    physical = p.get("Id") or event.get("PhysicalResourceId") or "made"
    put(event["ResponseURL"], {
        "Status": "FAILED" if bad else "SUCCESS", "Reason": "told to fail", "StackId": event["StackId"],
        "RequestId": event["RequestId"], "LogicalResourceId": event["LogicalResourceId"],
        "PhysicalResourceId": physical, "Data": {"Echo": p.get("Value", "none")}})
"""


def function(code: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": ROLE,
            "Timeout": 20,
            "Code": {"ZipFile": code},
            **properties,
        },
    }


def custom(log: str, attributes: Mapping[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    token = {"Fn::GetAtt": ["Handler", "Arn"]}
    return {
        "Type": "Custom::Thing",
        "Properties": {"ServiceToken": token, "Log": log, "ServiceTimeout": 20, **properties},
        **(attributes or {}),
    }


def template(outputs: Mapping[str, Any] | None = None, **resources: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"Resources": {"Handler": function(HANDLER), **resources}}
    if outputs:
        body["Outputs"] = {name: {"Value": value} for name, value in outputs.items()}
    return body


def until(found: Callable[[], Any], seconds: float = 30.0) -> Any:
    """The first true value within the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"nothing within {seconds} s")


class Stacks:
    """Stacks of one test, and what their handlers recorded."""

    def __init__(self, local: LocalAws) -> None:
        self.local = local
        self.cloudformation = local.client("cloudformation")
        self.s3 = local.client("s3")
        self.ids: dict[str, str] = {}
        self.s3.create_bucket(Bucket=RECORDS)
        iam = local.client("iam")
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName="local-test", AssumeRolePolicyDocument="{}")

    def create(self, name: str, body: Mapping[str, Any], **parameters: str) -> str:
        answer = self.cloudformation.create_stack(
            StackName=name, TemplateBody=json.dumps(body), Parameters=_listed(parameters)
        )
        self.ids[name] = answer["StackId"]
        return self.settle(name)

    def update(self, name: str, body: Mapping[str, Any], **parameters: str) -> str:
        self.cloudformation.update_stack(
            StackName=name, TemplateBody=json.dumps(body), Parameters=_listed(parameters)
        )
        return self.settle(name)

    def delete(self, name: str) -> str:
        self.cloudformation.delete_stack(StackName=self.ids[name])
        return self.settle(name)

    def settle(self, name: str) -> str:
        def ended() -> str:
            status = str(self.describe(name)["StackStatus"])
            return "" if status.endswith("IN_PROGRESS") else status

        status = str(until(ended, 60))
        if "ROLLBACK" in status or "FAILED" in status:
            print(*self.events(name), sep="\n")  # shown when the test fails
        return status

    def describe(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.cloudformation.describe_stacks(StackName=self.ids[name])["Stacks"][0]
        return found

    def outputs(self, name: str) -> dict[str, str]:
        return {o["OutputKey"]: o["OutputValue"] for o in self.describe(name).get("Outputs", [])}

    def events(self, name: str) -> list[tuple[str, str, str]]:
        return [
            (e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason", ""))
            for e in self.local.stack_events(self.ids[name])
        ]

    def requests(self, log: str) -> list[dict[str, Any]]:
        """What custom resource handlers got, oldest first."""
        listed = self.s3.list_objects_v2(Bucket=RECORDS, Prefix=f"{log}/").get("Contents", [])
        keys = sorted(item["Key"] for item in listed)
        return [json.loads(self.s3.get_object(Bucket=RECORDS, Key=key)["Body"].read()) for key in keys]

    def kinds(self, log: str) -> list[str]:
        return [request["RequestType"] for request in self.requests(log)]

    def delete_all(self) -> None:
        for name in self.ids:
            if self.describe(name)["StackStatus"] != "DELETE_COMPLETE":
                self.cloudformation.delete_stack(StackName=self.ids[name])


def _listed(parameters: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]


def source_archive(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def at_once(call: Callable[[], object], times: int = 6) -> list[str]:
    """The sorted outcomes of a call made by several threads at once: ``made``, or an error's code."""
    outcomes: list[str] = []

    def make() -> None:
        try:
            call()
            outcomes.append("made")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=make) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(outcomes)
