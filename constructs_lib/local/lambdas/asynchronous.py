"""Asynchronous invocations: retries after an error, then the destination."""

from __future__ import annotations

import json
import threading
import time
import uuid
from datetime import datetime, timezone
from typing import Any

from constructs_lib.local.settings import current

from .runtime import Answer, run

__all__ = ["destination_record", "invoke_async"]

# AWS waits one minute, then two. Nobody waits for that here.
_RETRY_SECONDS = 1.0


def invoke_async(function: Any, event: Any) -> None:
    """Invokes a function as an event: returns at once; errors are retried, then sent to the destination."""
    threading.Thread(target=_deliver, args=(function, event), daemon=True).start()


def _deliver(function: Any, event: Any) -> None:
    request_id, answer, count = str(uuid.uuid4()), Answer("null", True, ""), 0
    config = _config(function)
    for attempt in range(1, int(config.get("MaximumRetryAttempts", 2)) + 2):
        count = attempt
        answer = run(function, event, request_id)
        keep_logs(function, answer)
        if not answer.failed:
            break
        time.sleep(min(_RETRY_SECONDS, current().scaled(_RETRY_SECONDS)))
    side = "OnFailure" if answer.failed else "OnSuccess"
    destination = (config.get("DestinationConfig") or {}).get(side, {}).get("Destination")
    if destination:
        record = destination_record(function, event, answer, request_id=request_id, count=count)
        _send(destination, record)


def keep_logs(function: Any, answer: Answer) -> None:
    """Puts what the function printed where CloudWatch keeps it."""
    function.logs_backend.ensure_log_group(function.logs_group_name)
    function.save_logs(answer.logs)


def destination_record(
    function: Any, event: Any, answer: Answer, *, request_id: str, count: int
) -> dict[str, Any]:
    """The record that Lambda sends to a destination, in AWS's own form."""
    context: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
    if answer.failed:
        context["functionError"] = "Unhandled"
    now = datetime.now(timezone.utc)
    return {
        "version": "1.0",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{function.function_arn}:$LATEST",
            "condition": "RetriesExhausted" if answer.failed else "Success",
            "approximateInvokeCount": count,
        },
        "requestPayload": event,
        "responseContext": context,
        "responsePayload": json.loads(answer.payload),
    }


def _config(function: Any) -> dict[str, Any]:
    configs = function.event_invoke_config
    return dict(configs[-1].config) if configs else {}


def _send(destination: str, record: dict[str, Any]) -> None:
    from constructs_lib.local.targets import send

    send(destination, record)
