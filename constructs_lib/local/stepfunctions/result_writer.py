"""The reader and the writer of a distributed Map, both in S3."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, cast

from botocore.exceptions import ClientError

from constructs_lib.local import seams

from .children import Child
from .clients import client_for
from .definition_text import ARGUMENTS, WRITER
from .expressions import evaluated
from .failures import failure
from .map_run import results_of

__all__ = ["install"]

_MAP = "moto.stepfunctions.parser.asl.component.state.exec.state_map"
_WRITE = f"{_MAP}.result_writer.resource_eval.resource_eval_s3:ResourceEvalS3._handle_put_object"
_READ = f"{_MAP}.item_reader.eval.resource_eval_s3:ResourceEvalS3._handle_get_object"
_PREPROCESSOR = "moto.stepfunctions.parser.asl.parse.preprocessor"
_VISIT = f"{_PREPROCESSOR}:Preprocessor.visitResult_writer_decl"
_WRITER = f"{_MAP}.result_writer.result_writer_decl:ResultWriter._eval_body"
_FILES = {"SUCCEEDED": ("SUCCEEDED",), "FAILED": ("FAILED", "TIMED_OUT", "ABORTED"), "PENDING": ("PENDING",)}


def install() -> None:
    """Writes the files that moto leaves out, and names what cannot be read or written as AWS does."""
    seams.replace(_VISIT, _visit)
    seams.replace(_WRITER, _eval_writer)
    seams.replace(_WRITE, staticmethod(cast("Any", _write)))
    seams.replace(_READ, staticmethod(cast("Any", _read)))


class _Arguments:
    """The arguments of a writer in a JSONata state, in the place of moto's."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._template = json.loads(parameters[ARGUMENTS])
        self._config = {WRITER: parameters[WRITER]} if WRITER in parameters else {}

    def eval(self, env: Any) -> None:
        """Puts the values on the stack."""
        env.stack.append({**evaluated(self._template, env), **self._config})


def _visit(self: Any, ctx: Any) -> Any:
    writer = json.loads(f"{{{ctx.getText()}}}")["ResultWriter"]
    if ARGUMENTS not in writer.get("Parameters", {}):
        return seams.original(_VISIT)(self, ctx)
    resource = seams.get(f"{_PREPROCESSOR}:Resource").from_resource_arn(writer["Resource"])
    made = seams.get(f"{_PREPROCESSOR}:ResultWriter")
    return made(resource=resource, parargs=_Arguments(writer["Parameters"]))


def _eval_writer(self: Any, env: Any) -> None:
    """Evaluates the parameters against the state's input, where moto takes the results."""
    env.stack.append(env.states.get_input())
    self.parargs.eval(env=env)
    parameters = env.stack.pop()
    env.stack[-1] = parameters
    self.resource_eval.eval_resource(env=env)


def _read(env: Any, resource_runtime_part: Any, state_credentials: Any) -> None:
    del state_credentials
    parameters = env.stack.pop()
    try:
        answer = client_for("s3", resource_runtime_part.region).get_object(**parameters)
    except ClientError as error:
        raise failure(env, "States.ItemReaderFailed", str(error)) from error
    env.stack.append(answer["Body"].read().decode())


def _write(env: Any, resource_runtime_part: Any, state_credentials: Any) -> None:
    del state_credentials
    parameters = env.stack.pop()
    env.stack.pop()  # the results: their place is taken by where they are
    record, children = results_of(env)
    bucket, config = parameters["Bucket"], parameters.get(WRITER) or {}
    prefix = str(parameters.get("Prefix") or "")
    folder = f"{prefix.rstrip('/')}/" if prefix else ""
    folder += record.map_run_arn.rpartition(":")[2]
    client = client_for("s3", resource_runtime_part.region)

    def put(name: str, body: bytes) -> dict[str, Any]:
        client.put_object(Bucket=bucket, Key=f"{folder}/{name}", Body=body)
        return {"Key": f"{folder}/{name}", "Size": len(body)}

    try:
        manifest = {
            "DestinationBucket": bucket,
            "MapRunArn": record.map_run_arn,
            "ResultFiles": _result_files(children, config, put),
        }
        key = put("manifest.json", json.dumps(manifest).encode())["Key"]
    except ClientError as error:
        raise failure(env, "States.ResultWriterFailed", str(error)) from error
    details = {"Bucket": bucket, "Key": key}
    env.stack.append({"MapRunArn": record.map_run_arn, "ResultWriterDetails": details})


def _result_files(
    children: Sequence[Child], config: dict[str, str], put: Callable[[str, bytes], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    lines = config.get("OutputType") == "JSONL"
    files: dict[str, list[dict[str, Any]]] = {}
    for kind, statuses in _FILES.items():
        chosen = [child for child in children if child.status in statuses]
        values = _transformed(chosen, config.get("Transformation", "NONE"), kind)
        text = "\n".join(map(json.dumps, values)) if lines else json.dumps(values)
        name = f"{kind}_0.{'jsonl' if lines else 'json'}"
        files[kind] = [put(name, text.encode())] if chosen else []
    return files


def _transformed(children: Sequence[Child], transformation: str, kind: str) -> list[Any]:
    """Each child's record, or only its output; failures are never shortened."""
    if transformation == "NONE" or kind != "SUCCEEDED":
        return [child.described() for child in children]
    outputs = [child.output for child in children]
    if transformation == "COMPACT":
        return outputs
    flat: list[Any] = []
    for output in outputs:
        flat += output if isinstance(output, list) else [output]
    return flat
