"""``aws-sdk:sagemaker`` tasks: AWS's error names, times as text, members checked as on AWS."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.validate import ParamValidator

from constructs_lib.local import seams

from .clients import client_for
from .context import iso_time
from .failures import failure

__all__ = ["check_parameters", "install"]

_SERVICE = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"
_SDK = f"{_SERVICE}.state_task_service_aws_sdk"
_EVAL = f"{_SDK}:StateTaskServiceAwsSdk._eval_service_task"
_KINDS = {"<class 'str'>": "a STRING", "<class 'dict'>": "a JSON object", "<class 'list'>": "an ARRAY"}
_SAGEMAKER = "sagemaker"


def install() -> None:
    """Names SageMaker as AWS does, and makes what it answers JSON."""
    known = seams.get(f"{_SDK}:_SERVICE_ERROR_NAMES")
    seams.replace(f"{_SDK}:_SERVICE_ERROR_NAMES", {**known, _SAGEMAKER: "SageMaker"})
    seams.replace(f"{_SDK}:boto_client_for", client_for)
    seams.replace(_EVAL, _eval_service_task)


def _eval_service_task(self: Any, env: Any, **arguments: Any) -> None:
    if self._get_boto_service_name() == _SAGEMAKER:
        region = arguments["resource_runtime_part"].region
        check_parameters(env, region, self._get_boto_service_action(), arguments["normalised_parameters"])
    try:
        seams.original(_EVAL)(self, env, **arguments)
    except ClientError as error:
        error.response["ResponseMetadata"].setdefault("RequestId", "")  # moto puts it into the cause
        raise
    env.stack[-1] = _as_json(env.stack[-1])


def check_parameters(env: Any, region: str, action: str, parameters: dict[str, Any]) -> None:
    """Fails the state for members that SageMaker lacks or that have another type, before any call.

    Args:
        env: the environment of the state.
        region: the region of the call.
        action: the operation's name in boto3.
        parameters: what the state wants to send.
    """
    client = client_for(_SAGEMAKER, region)
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[action]).input_shape
    found = ParamValidator().validate(parameters, shape)._errors
    problems = [text for kind, name, details in found if (text := _problem(kind, name, details))]
    if problems:
        cause = f"The Parameters could not be used to start the Task: [{', '.join(problems)}]"
        raise failure(env, "States.Runtime", cause)


def _problem(kind: str, name: str, details: dict[str, Any]) -> str:
    if kind == "unknown field":
        return f'The field "{details["unknown_param"]}" is not supported by Step Functions'
    if kind == "invalid type":
        wanted = [_KINDS.get(str(valid), str(valid)) for valid in details["valid_types"]]
        return f"The value for the field '{name.strip('.')}' must be {wanted[0]}"
    return ""  # a missing member or a length is for SageMaker to refuse


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso_time(value)
    if isinstance(value, StreamingBody):
        return value.read().decode()
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list) else value
