"""Runs one invocation of a Python handler: the event on stdin, the answer as JSON in a file.

This file runs as a script in the function's own process, so it imports nothing of this library.
"""

import importlib
import importlib.util
import json
import logging
import os
import sys
import time
import traceback
import uuid
from typing import Any

# Installed beside the emulation but absent from AWS's runtime: a function that needs one must bring it.
ABSENT_ON_AWS = ("aws_cdk", "constructs", "constructs_lib", "jsii", "moto", "pytest", "sklearn", "numpy")


class _NotOnAws:
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        del path, target
        top = name.partition(".")[0]
        root = os.environ["LAMBDA_TASK_ROOT"]
        if top in ABSENT_ON_AWS and not any(
            os.path.exists(os.path.join(root, top + suffix))  # noqa: PTH110, PTH118 - keeps start-up light
            for suffix in ("", ".py")
        ):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


class Context:
    """The part of Lambda's context object that handlers use."""

    def __init__(self) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = "$LATEST"
        self.invoked_function_arn = os.environ["LOCAL_FUNCTION_ARN"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.aws_request_id = os.environ.get("LOCAL_REQUEST_ID") or str(uuid.uuid4())
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = float(os.environ["LOCAL_DEADLINE"])

    def get_remaining_time_in_millis(self) -> int:
        """How long the function may still run."""
        return max(0, int((self._deadline - time.time()) * 1000))


class Broken(Exception):
    """The code cannot be loaded; its type is the runtime's word for how."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = f"Runtime.{kind}"


def _handler() -> Any:
    module, function = os.environ["_HANDLER"].rsplit(".", 1)
    try:
        loaded = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        raise Broken("ImportModuleError", f"Unable to import module '{module}': {error}") from error
    except SyntaxError as error:
        raise Broken("UserCodeSyntaxError", f"Syntax error in module '{module}': {error}") from error
    if not hasattr(loaded, function):
        raise Broken("HandlerNotFound", f"Handler '{function}' missing on module '{module}'")
    return getattr(loaded, function)


def _answer() -> Any:
    return {"ok": _handler()(json.load(sys.stdin), Context())}


def main() -> None:
    """Calls the handler and writes what it returned or raised."""
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    sys.meta_path.insert(0, _NotOnAws())
    logging.basicConfig(stream=sys.stdout, format="[%(levelname)s] %(message)s")
    try:
        text = json.dumps(_answer())
    except BaseException as error:  # noqa: BLE001 - sys.exit in a handler is an error of the invocation too
        traceback.print_exc()
        trace = traceback.format_tb(error.__traceback__)
        kind = error.kind if isinstance(error, Broken) else type(error).__name__
        text = json.dumps({"err": {"errorMessage": str(error), "errorType": kind, "stackTrace": trace}})
    with open(os.environ["LOCAL_RESULT"], "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
        file.write(text)


if __name__ == "__main__":
    main()
