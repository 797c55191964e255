"""What of a spec needs a way out of the VPC, beside S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from constructs_lib.cdk.request_parts import known_items
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.script import SourceFolder, list_files
from constructs_lib.spec.text import is_unknown

__all__ = ["Need", "needs", "needs_index"]

REQUIREMENTS = "requirements.txt"
# With one of these pip asks elsewhere, or nowhere: what is there is not known here.
_PIP_VARIABLES = ("PIP_CONFIG_FILE", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PIP_NO_INDEX")
_OWN_INDEX = ("--no-index", "--index-url", "-i ", "-i=", "--extra-index-url")
_LOCAL = (".", "/", "file:")


class Need(NamedTuple):
    """Something that needs a way out.

    Attributes:
        path: the member, in AWS's form.
        what: in words.
        endpoints: short names of services, each of which serves it.
        remedy: what to do instead, beside a way out.
        by_container: whether it is the container that goes there, so not from one that is isolated.
    """

    path: str
    what: str
    endpoints: tuple[str, ...]
    remedy: str
    by_container: bool


def needs(spec: TrainingJobSpec) -> list[Need]:
    """Everything in a spec that needs a way out."""
    return [*_script_needs(spec), *_mlflow_needs(spec), *_channel_needs(spec)]


def _script_needs(spec: TrainingJobSpec) -> Iterator[Need]:
    source = None if spec.algorithm is None else spec.algorithm.source
    variables = {} if is_unknown(spec.environment) else spec.environment
    if source is None or any(name in variables for name in _PIP_VARIABLES):
        return
    if needs_index(_packed_text(source, REQUIREMENTS)):
        remedy = f"put wheels into the script's folder, name them in {REQUIREMENTS} below --no-index"
        endpoints = ("codeartifact.repositories", "codeartifact.api")
        what = f"pip, for the script's {REQUIREMENTS},"
        yield Need("HyperParameters.sagemaker_submit_directory", what, endpoints, remedy, True)


def _mlflow_needs(spec: TrainingJobSpec) -> Iterator[Need]:
    if spec.mlflow_config is not None:
        remedy = "log to files, and leave mlflow_config out"
        yield Need("MlflowConfig", "the MLflow server", ("experiments",), remedy, True)


def _channel_needs(spec: TrainingJobSpec) -> Iterator[Need]:
    for index, channel in enumerate(known_items(spec.channels)):
        path, remedy = f"InputDataConfig[{index}].DataSource", "copy the data to S3"
        if channel.dataset_arn is not None:
            member = f"{path}.DatasetSource.DatasetArn"
            yield Need(member, "the data set in its hub", ("sagemaker.api",), remedy, False)
        if channel.hub_content_arn is not None:
            member = f"{path}.S3DataSource.HubAccessConfig"
            yield Need(member, "the model in its hub", ("sagemaker.api",), remedy, False)


def _packed_text(source: SourceFolder, name: str) -> str:
    """The text of a file, as far as it is packed; nothing without it."""
    file = Path(source.path, name)
    if not file.is_file():
        return ""
    packed = list_files(Path(source.path), tuple(source.exclude))
    return file.read_text("utf-8", "replace") if any(one.name == name for one in packed) else ""


def needs_index(requirements: str) -> bool:
    """Whether pip asks its public index for something in a requirements file.

    Not with an index of the file's own, nor for paths. What is in a further file is not known.
    """
    text = requirements.replace("\\\n", " ")
    lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if any(line.startswith(_OWN_INDEX) for line in lines):
        return False
    return any(not line.startswith("-") and not _is_local(line) for line in lines)


def _is_local(line: str) -> bool:
    place = line.partition("@")[2].strip() or line
    return place.startswith(_LOCAL) or (".whl" in place and "://" not in place)
