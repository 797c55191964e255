"""Rules about where data lies: S3 locations, and folders in the container."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from constructs_lib.rules.job import Job
from constructs_lib.rules.members import LOCAL_PATHS, S3_URIS, find_local_paths
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

# Nearly every location: a bucket whose name has no dot.
_PLAIN = re.compile(r"s3://[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?:/|\Z)")
_ACCESS_POINT = re.compile(
    r"s3://arn:aws[a-z-]*:s3(?:express|-outposts|-object-lambda)?:[a-z0-9-]*:[0-9]{12}:"
    r"(?:outpost[/:][a-zA-Z0-9-]+[/:])?accesspoint[/:][a-zA-Z0-9.-]+(?:/|\Z)"
)
_IP_ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_STRANGE = re.compile(r"[^a-z0-9.-]")
_SHORTEST, _LONGEST = 3, 63


def _bucket_problem(bucket: str) -> str | None:
    """Why S3 allows no bucket of this name; None when it does."""
    if bucket.startswith("arn:"):
        return "the only ARN that may stand here is that of an access point"
    if _STRANGE.search(bucket):
        return "allowed are lower-case letters, digits, dots and hyphens"
    if not _SHORTEST <= len(bucket) <= _LONGEST:
        return f"it has {len(bucket)} characters, allowed are {_SHORTEST} to {_LONGEST}"
    if not (bucket[0].isalnum() and bucket[-1].isalnum()):
        return "it must begin and end with a letter or a digit"
    if ".." in bucket:
        return "two dots must not stand side by side"
    return "it must not look like an IP address" if _IP_ADDRESS.fullmatch(bucket) else None


@rule(
    "s3-bucket-name-valid",
    "error",
    fields=S3_URIS,
    doubts=("S3Uri",),
    violated_when=(
        "the bucket of an s3:// location is neither a valid bucket name (3 to 63 of lower-case "
        "letters, digits, "
        "dots and hyphens; no two dots in a row, no IP address) nor the ARN of an access point"
    ),
    message="names a bucket that S3 does not allow, got {bucket}: {why}",
    fix="write s3://bucket/prefix with the name of a bucket, the alias of an access point or its ARN",
    source="S3 user guide, bucketnamingrules; the S3Uri pattern admits any text",
)
def _s3_bucket_name_valid(job: Job) -> Hits:
    for path, uri in job.s3_uris:
        if _PLAIN.match(uri) or not uri.startswith("s3://") or _ACCESS_POINT.match(uri):
            continue
        bucket = uri[len("s3://") :].partition("/")[0]
        why = _bucket_problem(bucket)
        if why:
            yield path, {"bucket": shown(bucket), "why": why}


@rule(
    "s3-uri-https-form",
    "warning",
    fields=S3_URIS,
    doubts=("S3Uri",),
    violated_when="a location is an https:// address",
    message=(
        "is an https:// address: the service takes it, and which bucket and prefix the role needs cannot be "
        "told from it for sure"
    ),
    fix="write s3://bucket/prefix",
    source="S3Uri pattern ((https|s3)://...); IAM policies name buckets and prefixes",
)
def _s3_uri_https_form(job: Job) -> Hits:
    for path, uri in job.s3_uris:
        if uri.startswith("https://"):
            yield path, {}


_OUTPUTS = (("OutputDataConfig", "S3OutputPath"), ("CheckpointConfig", "S3Uri"))


def _as_folder(uri: str) -> str:
    return uri.rstrip("/") + "/"


def _as_prefix(uri: str) -> str:
    """What the names of the objects of an S3Prefix source begin with; a bucket alone ends at its slash."""
    return uri if "/" in uri.partition("://")[2] else f"{uri}/"


@rule(
    "output-inside-input-prefix",
    "warning",
    fields=(
        "OutputDataConfig.S3OutputPath",
        "CheckpointConfig.S3Uri",
        "InputDataConfig[].DataSource.S3DataSource.S3Uri",
    ),
    when=("InputDataConfig",),
    violated_when="the output or the checkpoints lie under the S3 prefix of an input channel",
    message=(
        "lies under an input of the same job, {channel} reads all that begins with {prefix}: a later "
        "run would "
        "train on what this one writes"
    ),
    fix=(
        "write to a prefix that no channel reads, or end the channel's S3Uri with / when only names "
        "begin alike"
    ),
    source='S3DataSource$S3DataType ("uses all objects that match the specified key name prefix")',
)
def _output_inside_input_prefix(job: Job) -> Hits:
    inputs = [(path[1], source) for path, source, _ in job.s3_sources() if source["S3Uri"] is not UNKNOWN]
    for section, member in _OUTPUTS:
        given = job.request.get(section)
        if given is None or given is UNKNOWN or given[member] is UNKNOWN:
            continue
        folder = _as_folder(given[member])
        for index, source in inputs:
            if folder.startswith(_as_prefix(source["S3Uri"])) and _is_prefix(source):
                yield (
                    (section, member),
                    {"channel": f"InputDataConfig[{index}]", "prefix": shown(source["S3Uri"])},
                )
                break


def _is_prefix(source: Mapping[str, Any]) -> bool:
    """Whether an input's location surely is a prefix."""
    kind = source["S3DataType"]
    return kind is not UNKNOWN and bool(kind == "S3Prefix")


@rule(
    "checkpoint-uri-distinct",
    "warning",
    fields=("CheckpointConfig.S3Uri", "OutputDataConfig.S3OutputPath"),
    when=("CheckpointConfig",),
    violated_when="the checkpoints' location equals the output path",
    message=(
        "must not be the output path too, got {uri}: checkpoints are synchronised, and what is "
        "deleted in the "
        "container is deleted in S3"
    ),
    fix="give the checkpoints a prefix of their own",
    source=(
        'developer guide, model-checkpoints ("If a checkpoint is deleted in the container, it will also be '
        'deleted in S3")'
    ),
)
def _checkpoint_uri_distinct(job: Job) -> Hits:
    uri, output = job.get("CheckpointConfig", "S3Uri"), job.get("OutputDataConfig", "S3OutputPath")
    if uri.rstrip("/") == output.rstrip("/"):
        yield ("CheckpointConfig", "S3Uri"), {"uri": shown(uri)}


@rule(
    "local-path-absolute",
    "error",
    fields=LOCAL_PATHS,
    violated_when="a LocalPath does not start with /",
    message=(
        "must start with /, got {folder}: it is a folder in the container, and its default is absolute too"
    ),
    fix="write the whole path, such as /opt/ml/checkpoints",
    source="CheckpointConfig$LocalPath and its like (the defaults are absolute; a refusal is not documented)",
    verified=False,
)
def _local_path_absolute(job: Job) -> Hits:
    for path, folder in find_local_paths(job.request):
        if not folder.startswith("/"):
            yield path, {"folder": shown(folder)}


_RESERVED = ("/opt/ml/input", "/opt/ml/model", "/opt/ml/output", "/opt/ml/code")


def _normal(folder: str) -> str:
    """A folder without doubled and trailing slashes and without dots."""
    return (
        posixpath.normpath("/" + folder.lstrip("/")) if folder.startswith("/") else posixpath.normpath(folder)
    )


@rule(
    "checkpoint-path-not-reserved",
    "warning",
    fields=("CheckpointConfig.LocalPath",),
    violated_when="LocalPath is / or /opt/ml, or is or lies under /opt/ml/input, model, output or code",
    message=(
        "is a folder of the platform, got {folder}: inputs, model, output and code (/opt/ml/input, "
        "/opt/ml/model, "
        "/opt/ml/output, /opt/ml/code) are not to be synchronised as checkpoints"
    ),
    fix="use /opt/ml/checkpoints, the default, or another folder of its own",
    source="developer guide, model-train-storage",
)
def _checkpoint_path_not_reserved(job: Job) -> Hits:
    given = job.section("CheckpointConfig")["LocalPath"]
    folder = _normal(given)
    if folder in ("/", "/opt/ml") or f"{folder}/".startswith(tuple(f"{reserved}/" for reserved in _RESERVED)):
        yield ("CheckpointConfig", "LocalPath"), {"folder": shown(given)}


# What each is when it is left out: the documentation of the three members.
_DEFAULT_FOLDERS = {
    "CheckpointConfig": "/opt/ml/checkpoints",
    "DebugHookConfig": "/opt/ml/output/tensors",
    "TensorBoardOutputConfig": "/opt/ml/output/tensorboard",
}


@rule(
    "local-paths-distinct",
    "warning",
    fields=("CheckpointConfig.LocalPath", "DebugHookConfig.LocalPath", "TensorBoardOutputConfig.LocalPath"),
    violated_when=(
        "two of checkpoints, debugger hook and TensorBoard output use the same LocalPath, given or default"
    ),
    message=(
        "must be a folder of its own, got {folder}, which {other} uses too: each would upload the "
        "other's files"
    ),
    fix="give each of the two its own LocalPath, or leave it out for the default",
    source=(
        "CheckpointConfig$LocalPath, DebugHookConfig$LocalPath, TensorBoardOutputConfig$LocalPath (the "
        "defaults differ)"
    ),
)
def _local_paths_distinct(job: Job) -> Hits:
    users: dict[str, str] = {}
    sections = [
        (name, section) for name in _DEFAULT_FOLDERS if (section := job.request.get(name)) is not None
    ]
    # Those that leave it out come first: what is to be changed is a path that was given.
    sections.sort(key=lambda entry: entry[1] is not UNKNOWN and "LocalPath" in entry[1])
    for name, section in sections:
        given = UNKNOWN if section is UNKNOWN else section.get("LocalPath", _DEFAULT_FOLDERS[name])
        if given is not UNKNOWN and users.setdefault(_normal(given), name) != name:
            yield (name, "LocalPath"), {"folder": shown(given), "other": users[_normal(given)]}


RULES = (
    _s3_bucket_name_valid,
    _s3_uri_https_form,
    _output_inside_input_prefix,
    _checkpoint_uri_distinct,
    _local_path_absolute,
    _checkpoint_path_not_reserved,
    _local_paths_distinct,
)
