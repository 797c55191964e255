"""Rules about channels that read a file system: EFS, or FSx for Lustre."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, Path, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_SYSTEM = "InputDataConfig[].DataSource.FileSystemDataSource"
_MEMBER = ("DataSource", "FileSystemDataSource")


def _systems(job: Job) -> Iterator[tuple[Path, Any, Any]]:
    """Each FileSystemDataSource, known or not, with its path and its channel."""
    for path, channel in job.channels():
        source = channel["DataSource"]
        if source is not UNKNOWN and "FileSystemDataSource" in source:
            yield (*path, *_MEMBER), source["FileSystemDataSource"], channel


def _known_members(job: Job, *names: str) -> Iterator[tuple[Any, ...]]:
    """The path of each FileSystemDataSource whose members of these names are known, and their values."""
    for path, system, _ in _systems(job):
        if system is not UNKNOWN:
            values = [system[name] for name in names]
            if not any(value is UNKNOWN for value in values):
                yield path, *values


@rule(
    "file-system-needs-vpc",
    "error",
    fields=(_SYSTEM, "VpcConfig"),
    when=(_SYSTEM,),
    violated_when="a channel has a FileSystemDataSource and VpcConfig is left out",
    message="is required with a FileSystemDataSource ({channel}): a file system is mounted through a VPC",
    fix="set VpcConfig with a subnet and a security group that reach the file system",
    source='developer guide, model-access-training-data ("must connect to a VPC")',
)
def _file_system_needs_vpc(job: Job) -> Hits:
    if "VpcConfig" not in job.request:
        for path, _, _ in _systems(job):
            yield ("VpcConfig",), {"channel": f"InputDataConfig[{path[1]}]"}
            return


@rule(
    "file-system-file-mode",
    "warning",
    fields=(_SYSTEM, "InputDataConfig[].InputMode", "AlgorithmSpecification.TrainingInputMode"),
    when=(_SYSTEM,),
    violated_when="a channel with a FileSystemDataSource has the input mode Pipe or FastFile",
    message="should be File for a FileSystemDataSource, got {mode}: that mode streams from S3",
    fix="set the channel's InputMode to File",
    source='AlgorithmSpecification$TrainingInputMode ("streams data directly from Amazon S3")',
)
def _file_system_file_mode(job: Job) -> Hits:
    for path, _, channel in _systems(job):
        mode = job.mode(channel)
        if mode is not None and mode != "File":
            yield (*path[:2], "InputMode"), {"mode": mode}


@rule(
    "file-system-path-absolute",
    "error",
    fields=(f"{_SYSTEM}.DirectoryPath",),
    violated_when="DirectoryPath does not start with a slash",
    message="must be a full path that starts with /, got {directory}",
    fix="set the path from the file system's root, such as /data/train",
    source='FileSystemDataSource$DirectoryPath ("The full path to the directory")',
)
def _file_system_path_absolute(job: Job) -> Hits:
    for path, directory in _known_members(job, "DirectoryPath"):
        if not directory.startswith("/"):
            yield (*path, "DirectoryPath"), {"directory": shown(directory)}


@rule(
    "fsx-path-starts-with-mount-name",
    "warning",
    fields=(f"{_SYSTEM}.DirectoryPath", f"{_SYSTEM}.FileSystemType"),
    when=(f"{_SYSTEM}.DirectoryPath",),
    violated_when="FileSystemType is FSxLustre and DirectoryPath has nothing after the slash",
    message="should start with the mount name of the FSx for Lustre file system, got {directory}",
    fix="set /<mount name>/<directory>; the mount name is in the file system's description",
    source="developer guide, model-access-training-data (tip)",
)
def _fsx_path_starts_with_mount_name(job: Job) -> Hits:
    for path, kind, directory in _known_members(job, "FileSystemType", "DirectoryPath"):
        if kind == "FSxLustre" and directory and not directory.strip("/"):
            yield (*path, "DirectoryPath"), {"directory": shown(directory)}


@rule(
    "file-system-read-write",
    "warning",
    fields=(f"{_SYSTEM}.FileSystemAccessMode",),
    violated_when="FileSystemAccessMode is rw",
    message="is rw: the training can change or delete its own input",
    fix="set ro, unless the training has to write there",
    source="FileSystemDataSource$FileSystemAccessMode (least privilege)",
)
def _file_system_read_write(job: Job) -> Hits:
    for path, access in _known_members(job, "FileSystemAccessMode"):
        if access == "rw":
            yield (*path, "FileSystemAccessMode"), {}


RULES = (
    _file_system_needs_vpc,
    _file_system_file_mode,
    _file_system_path_absolute,
    _fsx_path_starts_with_mount_name,
    _file_system_read_write,
)
