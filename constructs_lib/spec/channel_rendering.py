"""From a channel to an entry of ``InputDataConfig``, in AWS's own words, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from constructs_lib.errors import SpecError
from constructs_lib.spec.channels import Channel
from constructs_lib.spec.file_systems import FileSystem
from constructs_lib.spec.members import number_member, without_empty
from constructs_lib.spec.reading import listed, needed, structure

if TYPE_CHECKING:
    from constructs_lib.spec.binding import Binding

__all__ = ["channel_from_request", "render_channel"]

MEMBERS = (
    "ChannelName",
    "DataSource",
    "ContentType",
    "CompressionType",
    "RecordWrapperType",
    "InputMode",
    "ShuffleConfig",
)
SOURCES = ("S3DataSource", "FileSystemDataSource", "DatasetSource")
S3_MEMBERS = (
    "S3DataType",
    "S3Uri",
    "S3DataDistributionType",
    "AttributeNames",
    "InstanceGroupNames",
    "ModelAccessConfig",
    "HubAccessConfig",
)
FILE_SYSTEM_MEMBERS = ("FileSystemId", "FileSystemAccessMode", "FileSystemType", "DirectoryPath")


def render_channel(channel: Channel, binding: Binding) -> dict[str, object] | None:
    """The entry of ``InputDataConfig`` for a channel; only what is set is in it.

    Args:
        channel: what to render.
        binding: what the construct knows; it places uploaded files.

    Returns:
        A new dict in the API's member order; None where the place of a local file is not known yet.
    """
    source = _source(channel, binding)
    if source is None:
        return None
    seed = channel.shuffle_seed
    return without_empty(
        {
            "ChannelName": channel.name,
            "DataSource": source,
            "ContentType": channel.content_type,
            "CompressionType": channel.compression,
            "RecordWrapperType": channel.record_wrapper,
            "InputMode": channel.input_mode,
            "ShuffleConfig": None if seed is None else {"Seed": number_member(seed)},
        }
    )


def _source(channel: Channel, binding: Binding) -> dict[str, object] | None:
    if channel.file_system is not None:
        return {"FileSystemDataSource": _file_system(channel.file_system)}
    if channel.dataset_arn is not None:
        return {"DatasetSource": {"DatasetArn": channel.dataset_arn}}
    uri = binding.asset_uri(channel.asset) if channel.asset is not None else channel.location()
    return None if uri is None else {"S3DataSource": _s3(channel, uri)}


def _s3(channel: Channel, uri: str) -> dict[str, object]:
    accepted, hub = channel.accept_eula, channel.hub_content_arn
    members = {
        "S3DataType": channel.data_type,
        "S3Uri": uri,
        "S3DataDistributionType": channel.distribution,
        "AttributeNames": _names(channel.attribute_names),
        "InstanceGroupNames": _names(channel.instance_groups),
        "ModelAccessConfig": None if accepted is None else {"AcceptEula": accepted},
        "HubAccessConfig": None if hub is None else {"HubContentArn": hub},
    }
    # Not without_empty: AWS takes empty lists here, and what is read is rendered again.
    return {name: value for name, value in members.items() if value is not None}


def _file_system(mounted: FileSystem) -> dict[str, object]:
    return {
        "FileSystemId": mounted.file_system_id,
        "FileSystemAccessMode": mounted.access_mode,
        "FileSystemType": mounted.type,
        "DirectoryPath": mounted.directory_path,
    }


def _names(values: object) -> object:
    return list(values) if isinstance(values, tuple) else values


def channel_from_request(entry: Mapping[str, object]) -> Channel:
    """The channel that an entry of ``InputDataConfig`` says; `render_channel` gives the same back.

    Args:
        entry: in AWS form.

    Raises:
        SpecError: it holds something that a `Channel` cannot say, such as an unknown member or two sources;
            such a request keeps its channels as an override.
    """
    path = "InputDataConfig[]"
    members = structure(path, entry, MEMBERS)
    shuffle = members.get("ShuffleConfig")
    options: dict[str, Any] = {
        "content_type": members.get("ContentType"),
        "compression": members.get("CompressionType"),
        "record_wrapper": members.get("RecordWrapperType"),
        "input_mode": members.get("InputMode"),
        "shuffle_seed": None if shuffle is None else _only(f"{path}.ShuffleConfig", shuffle, "Seed"),
    }
    source = _read_source(f"{path}.DataSource", needed(path, members, "DataSource"))
    name: Any = needed(path, members, "ChannelName")
    return Channel(name=name, **options, **source)


def _read_source(path: str, value: object) -> dict[str, Any]:
    sources = structure(path, value, SOURCES)
    if len(sources) != 1:
        given = " and ".join(sources) or "none"
        raise SpecError(path, f"needs exactly one of {', '.join(SOURCES)}, got {given}", "give one of them")
    ((name, source),) = sources.items()
    path = f"{path}.{name}"
    if name == "DatasetSource":
        return {"dataset_arn": _only(path, source, "DatasetArn")}
    if name == "FileSystemDataSource":
        return {"file_system": _read_file_system(path, source)}
    return _read_s3(path, source)


def _read_file_system(path: str, value: object) -> FileSystem:
    members = structure(path, value, FILE_SYSTEM_MEMBERS)
    id_, mode, type_, directory = (needed(path, members, name) for name in FILE_SYSTEM_MEMBERS)
    read_only: Any = {"ro": True, "rw": False}.get(mode, mode) if isinstance(mode, str) else mode
    given: dict[str, Any] = {"type": type_, "file_system": id_, "directory_path": directory}
    return FileSystem(**given, read_only=read_only)


def _read_s3(path: str, value: object) -> dict[str, Any]:
    members = structure(path, value, S3_MEMBERS)
    accepted, hub = members.get("ModelAccessConfig"), members.get("HubAccessConfig")
    return {
        "data_type": needed(path, members, "S3DataType"),
        "s3_uri": needed(path, members, "S3Uri"),
        "distribution": members.get("S3DataDistributionType"),
        "attribute_names": _read_names(path, members, "AttributeNames"),
        "instance_groups": _read_names(path, members, "InstanceGroupNames"),
        "accept_eula": None
        if accepted is None
        else _only(f"{path}.ModelAccessConfig", accepted, "AcceptEula"),
        "hub_content_arn": None if hub is None else _only(f"{path}.HubAccessConfig", hub, "HubContentArn"),
    }


def _read_names(path: str, members: Mapping[str, object], name: str) -> object:
    return listed(f"{path}.{name}", members[name], empty=True) if name in members else None


def _only(path: str, value: object, name: str) -> Any:
    """The one member of a structure that has one."""
    return needed(path, structure(path, value, (name,)), name)
