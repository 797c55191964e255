"""To read channels, by their kind, and the packed script.

A prefix is compared as text: ``s3://bucket/train`` is all keys that begin so, ``train2/`` too. SageMaker
reads just that, so just that is granted. Sources: CreateTrainingJob, S3DataSource and FileSystemDataSource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from constructs_lib.cdk.arns import S3Location, file_system_arn
from constructs_lib.cdk.permissions.hubs import describe_content, jumpstart_files
from constructs_lib.cdk.permissions.permission import Permission, Request
from constructs_lib.cdk.permissions.places import find_below, read_below
from constructs_lib.cdk.request_parts import entries, part, place, text

__all__ = ["MANIFESTS", "inputs"]

MANIFESTS = ("ManifestFile", "AugmentedManifestFile")


def inputs(request: Request, manifest_data: Mapping[str, Sequence[str]]) -> Iterator[Permission]:
    """Every channel, and the script.

    Args:
        request: the rendered request.
        manifest_data: where the objects lie that a channel's manifest names, by the channel's name.
    """
    for index, channel in enumerate(entries(request.get("InputDataConfig"))):
        name = channel.get("ChannelName")
        reason = f"InputDataConfig[{index}] ({name})"
        data = manifest_data.get(name) if isinstance(name, str) else None
        yield from _s3(reason, part(channel, "DataSource", "S3DataSource"), data)
        yield from _file_system(reason, part(channel, "DataSource", "FileSystemDataSource"))
        arn = text(part(channel, "DataSource", "DatasetSource").get("DatasetArn"))
        if arn:
            yield from describe_content(f"{reason}: find the data set", arn)
    yield from _script(request)


def _s3(reason: str, source: Mapping[str, Any], data: Sequence[str] | None) -> Iterator[Permission]:
    found = place(source.get("S3Uri"))
    if found is not None and source.get("S3DataType") in MANIFESTS:
        yield from _manifest(reason, found, data)
    elif found is not None:
        yield from read_below(reason, found)
    hub = text(part(source, "HubAccessConfig").get("HubContentArn"))
    if hub:
        yield from describe_content(f"{reason}: find the model in its hub", hub)
        yield jumpstart_files(f"{reason}: read the model")


def _manifest(reason: str, manifest: S3Location, data: Sequence[str] | None) -> Iterator[Permission]:
    yield Permission(f"{reason}: read the manifest", ("s3:GetObject",), (manifest.objects_arn(),))
    named = [manifest.whole_bucket] if data is None else [below for uri in data if (below := place(uri))]
    if data is not None:
        # The manifest is looked for before it is read.
        yield find_below(f"{reason}: the manifest", manifest)
    for below in named:
        yield Permission(f"{reason}: read what it names", ("s3:GetObject",), (below.objects_arn("*"),))
        yield find_below(reason, below)


def _file_system(reason: str, source: Mapping[str, Any]) -> Iterator[Permission]:
    """What a file system's own policy may ask for; the mount itself goes by the network."""
    identifier = text(source.get("FileSystemId"))
    if identifier is None:
        return
    if source.get("FileSystemType") == "FSxLustre":
        look = f"{reason}: look at the file system (it is described among all)"
        yield Permission(look, ("fsx:DescribeFileSystems",), ("*",))
        return
    writing = () if source.get("FileSystemAccessMode") == "ro" else ("elasticfilesystem:ClientWrite",)
    # A container's user is root, which a file system's own policy makes nobody without ClientRootAccess.
    mounting = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", *writing)
    actions = (*mounting, "elasticfilesystem:DescribeMountTargets")
    yield Permission(f"{reason}: mount the file system", actions, (file_system_arn(identifier),))


def _script(request: Request) -> Iterator[Permission]:
    location = text(part(request, "HyperParameters").get("sagemaker_submit_directory"))
    found = place(location.strip('"')) if location else None
    if found is not None:
        reason = "HyperParameters.sagemaker_submit_directory: fetch the packed script"
        yield Permission(reason, ("s3:GetObject",), (found.objects_arn(),))
