"""Puts subprocess invocations in the place of moto's containers."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any, cast

from constructs_lib.local import seams

from .asynchronous import invoke_async, keep_logs
from .runtime import run

__all__ = ["install"]

_FUNCTION = "moto.awslambda.models:LambdaFunction"
_UPDATE = f"{_FUNCTION}.update_from_cloudformation_json"


def install() -> None:
    """Replaces moto's way of invoking a function."""
    seams.replace(f"{_FUNCTION}._invoke_lambda", _invoke_lambda)
    seams.replace(f"{_FUNCTION}.invoke", _invoke)
    seams.replace(_UPDATE, classmethod(cast("Any", _update)))


def _invoke_lambda(self: Any, event: Any = None) -> tuple[str, bool, str]:
    answer = run(self, event)
    keep_logs(self, answer)
    return answer.payload, answer.failed, answer.logs


def _invoke(self: Any, body: Any, request_headers: Any, response_headers: Any) -> str | bytes:
    kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
    if kind == "DryRun":
        return b""
    event = json.loads(body) if body else {}
    if kind == "Event":
        invoke_async(self, event)
        return b""
    payload, failed, logs = _invoke_lambda(self, event)
    if failed:
        response_headers["x-amz-function-error"] = "Unhandled"
    response_headers["x-amz-log-result"] = base64.b64encode(logs.encode()[-4096:]).decode()
    return payload.encode()


def _update(cls: Any, **kwargs: Any) -> Any:
    """By itself moto takes inline code for a zip archive when a stack updates a function."""
    document = kwargs["cloudformation_json"] = copy.deepcopy(kwargs["cloudformation_json"])
    code = document["Properties"].get("Code", {})
    if "ZipFile" in code:
        code["ZipFile"] = base64.b64encode(cls._create_zipfile_from_plaintext_code(code["ZipFile"]))
    return seams.original(_UPDATE)(**kwargs)
