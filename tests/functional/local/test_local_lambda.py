"""Functions: answers, errors, time-outs, asynchronous retries and their destination."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.functional.local.local_helpers import RECORDS, Stacks, function, until

ECHO = """
import os, sys
def handler(event, context):
    if event.get("fail"):
        raise ValueError("asked to")
    try:
        import aws_cdk
        found = True
    except ModuleNotFoundError:
        found = False
    return {"got": event, "region": os.environ["AWS_REGION"], "memory": context.memory_limit_in_mb,
            "left": context.get_remaining_time_in_millis() > 0, "cdk": found,
            "user": os.environ["MINE"], "token": bool(os.environ.get("AWS_SESSION_TOKEN"))}
"""
BAD = """
import json, os, time, urllib.request
def put(name, body):
    url = f"{os.environ['AWS_ENDPOINT_URL']}/test-records/{name}"
    data, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, method="PUT", headers=headers)
    urllib.request.urlopen(request, timeout=10)
def handler(event, context):
    put(f"{event['log']}-tries/{time.time_ns()}", event)
    if event.get("sleep"):
        time.sleep(30)
    if event.get("memory"):
        os.kill(os.getpid(), 9)  # what Lambda does to a process that takes more than it may
    raise RuntimeError("broken")
def caught(event, context):
    put("%s-caught" % event["requestPayload"]["log"], event)
"""


def _call(stacks: Stacks, name: str, event: Any, kind: str = "RequestResponse") -> Any:
    return stacks.local.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(event).encode(), InvocationType=kind
    )


def _object(stacks: Stacks, key: str) -> Any:
    listed = stacks.s3.list_objects_v2(Bucket=RECORDS, Prefix=key).get("Contents", [])
    if not listed:
        return None
    return json.loads(stacks.s3.get_object(Bucket=RECORDS, Key=listed[0]["Key"])["Body"].read())


def test_a_function_runs_in_its_own_environment(stacks: Stacks) -> None:
    variables = {"Environment": {"Variables": {"MINE": "yes"}}, "MemorySize": 256}
    stacks.create("fn1", {"Resources": {"F": function(ECHO, FunctionName="fn1", **variables)}})
    answer = json.loads(_call(stacks, "fn1", {"a": 1})["Payload"].read())
    assert answer == {
        "got": {"a": 1},
        "region": "us-east-1",
        "memory": "256",
        "left": True,
        "cdk": False,
        "user": "yes",
        "token": True,
    }
    failed = _call(stacks, "fn1", {"fail": True})
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"].read())["errorType"] == "ValueError"


def test_new_inline_code_takes_effect(stacks: Stacks) -> None:
    def body(word: str) -> dict[str, Any]:
        code = f"def handler(event, context):\n    return '{word}'"
        return {"Resources": {"F": function(code, FunctionName="fn2")}}

    stacks.create("fn2", body("one"))
    stacks.update("fn2", body("two"))
    assert json.loads(_call(stacks, "fn2", {})["Payload"].read()) == "two"


def test_an_event_is_retried_and_then_sent_to_its_destination(stacks: Stacks) -> None:
    stacks.create("fn3", _with_destination(1, Timeout=10))
    assert _call(stacks, "bad1", {"log": "fn3"}, "Event")["StatusCode"] == 202
    record = until(lambda: _object(stacks, "fn3-caught"))
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["requestPayload"] == {"log": "fn3"}
    assert record["responsePayload"]["errorType"] == "RuntimeError"
    assert record["responseContext"]["functionError"] == "Unhandled"
    tries = stacks.s3.list_objects_v2(Bucket=RECORDS, Prefix="fn3-tries/")["KeyCount"]
    assert tries == 2


def test_a_time_out_is_an_error_too(stacks: Stacks) -> None:
    stacks.create("fn4", _with_destination(0, Timeout=1))
    _call(stacks, "bad0", {"log": "fn4", "sleep": True}, "Event")
    record = until(lambda: _object(stacks, "fn4-caught"))
    assert record["responsePayload"]["errorType"] == "Sandbox.Timedout"
    assert record["requestContext"]["approximateInvokeCount"] == 1


def test_a_process_that_is_killed_is_an_error_too(stacks: Stacks) -> None:
    stacks.create("fn5", _with_destination(0, FunctionName="killed"))
    _call(stacks, "killed", {"log": "fn5", "memory": True}, "Event")
    record = until(lambda: _object(stacks, "fn5-caught"))
    assert record["responsePayload"] == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "Runtime exited with error: signal: killed",
    }
    assert record["requestContext"]["condition"] == "RetriesExhausted"


@pytest.mark.parametrize(
    ("name", "handler", "code", "kind"),
    [
        ("no-module", "nowhere.handler", BAD, "Runtime.ImportModuleError"),
        ("no-import", "index.handler", "import nothing_like_it", "Runtime.ImportModuleError"),
        ("no-function", "index.nothing", BAD, "Runtime.HandlerNotFound"),
        ("no-python", "index.handler", "def handler(", "Runtime.UserCodeSyntaxError"),
    ],
)
def test_code_that_cannot_be_loaded_reaches_the_destination(
    stacks: Stacks, name: str, handler: str, code: str, kind: str
) -> None:
    body = _with_destination(0, FunctionName=name, Handler=handler, Code={"ZipFile": code})
    stacks.create(name, body)
    _call(stacks, name, {"log": name}, "Event")
    record = until(lambda: _object(stacks, f"{name}-caught"))
    assert record["responsePayload"]["errorType"] == kind
    assert record["requestPayload"] == {"log": name}


def _with_destination(attempts: int, **properties: Any) -> dict[str, Any]:
    arn = {"Fn::GetAtt": ["Caught", "Arn"]}
    return {
        "Resources": {
            "Bad": function(BAD, **{"FunctionName": f"bad{attempts}", **properties}),
            "Caught": function(BAD, Handler="index.caught"),
            "Config": {
                "Type": "AWS::Lambda::EventInvokeConfig",
                "Properties": {
                    "FunctionName": {"Ref": "Bad"},
                    "Qualifier": "$LATEST",
                    "MaximumRetryAttempts": attempts,
                    "DestinationConfig": {"OnFailure": {"Destination": arn}},
                },
            },
        }
    }


BEHAVIOURS = {
    "child": "import subprocess\ndef handler(event, context):\n"
    "    subprocess.Popen(['sleep', '60'], start_new_session=True)\n    return 'done'",
    "leaves": "import os\ndef handler(event, context):\n    os._exit(7)",
    "broken": "raise RuntimeError('at import')",
    "loud": "def handler(event, context):\n    print(('x' * 100 + chr(10)) * 20_000)\n    return 'done'",
    "busy": "def handler(event, context):\n    while True: pass",
}


@pytest.mark.parametrize(
    ("name", "failed", "told"),
    [
        ("child", False, "done"),
        ("leaves", True, "exit status 7"),
        ("broken", True, "at import"),
        ("loud", False, "done"),
        ("busy", True, "timed out after 1.00 seconds"),
    ],
)
def test_a_function_that_misbehaves(stacks: Stacks, name: str, failed: bool, told: str) -> None:
    timeout = 1 if name == "busy" else 10
    made = function(BEHAVIOURS[name], FunctionName=f"odd-{name}", Timeout=timeout)
    stacks.create(f"odd-{name}", {"Resources": {"F": made}})
    began = time.monotonic()
    answer = _call(stacks, f"odd-{name}", {})
    assert ("FunctionError" in answer, told in answer["Payload"].read().decode()) == (failed, True)
    assert time.monotonic() - began < 8  # a child's hold on the output is not waited for
