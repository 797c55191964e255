"""Rules about channels that read a file system."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found
from tests.unit.rules.test_channels import EFS, channel, channels
from tests.unit.rules.test_registries import VPC

START = "InputDataConfig[0].DataSource.FileSystemDataSource"


def system(name: str = "train", mode: str | None = None, **members: Any) -> dict[str, Any]:
    own = {} if mode is None else {"InputMode": mode}
    return channel(name, {"FileSystemDataSource": {**EFS, **members}}, **own)


def mounted(mode: str | None = None, **members: Any) -> dict[str, Any]:
    return {**channels(system(mode=mode, **members)), **VPC}


LUSTRE = {"FileSystemType": "FSxLustre"}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "file-system-needs-vpc": (mounted(), channels(system())),
    "file-system-file-mode": (mounted(), mounted("Pipe")),
    "file-system-path-absolute": (mounted(), mounted(DirectoryPath="data")),
    "fsx-path-starts-with-mount-name": (
        mounted(**LUSTRE, DirectoryPath="/1234abcd/ns1"),
        mounted(**LUSTRE, DirectoryPath="/"),
    ),
    "file-system-read-write": (mounted(), mounted(FileSystemAccessMode="rw")),
}


@pytest.mark.parametrize("source", [EFS, TOKEN])
def test_a_file_system_is_mounted_through_a_vpc(source: Any) -> None:
    given = channels(TOKEN, channel("a", {"FileSystemDataSource": source}), system("b"))
    assert found("file-system-needs-vpc", given) == [
        (
            "error",
            "VpcConfig",
            "is required with a FileSystemDataSource (InputDataConfig[1]): a file system is mounted "
            "through a VPC",
        )
    ]
    assert found("file-system-needs-vpc", {**given, "VpcConfig": TOKEN}) == []


@pytest.mark.parametrize("mode", ["Pipe", "FastFile"])
def test_other_modes_stream_from_s3(mode: str) -> None:
    finding = (
        "warning",
        "InputDataConfig[0].InputMode",
        f"should be File for a FileSystemDataSource, got {mode}: that mode streams from S3",
    )
    assert found("file-system-file-mode", mounted(mode)) == [finding]
    shared = {"AlgorithmSpecification": {"TrainingInputMode": mode}}
    assert found("file-system-file-mode", {**mounted(), **shared}) == [finding]
    assert found("file-system-file-mode", {**mounted("File"), **shared}) == []
    assert found("file-system-file-mode", mounted(TOKEN)) == []


@pytest.mark.parametrize("directory", ["data", "", "./data", " /data"])
def test_a_path_is_full(directory: str) -> None:
    assert found("file-system-path-absolute", mounted(DirectoryPath=directory)) == [
        ("error", f"{START}.DirectoryPath", f"must be a full path that starts with /, got {directory!r}")
    ]


@pytest.mark.parametrize("directory", ["/", "//"])
def test_lustre_has_a_mount_name(directory: str) -> None:
    rule = "fsx-path-starts-with-mount-name"
    assert found(rule, mounted(**LUSTRE, DirectoryPath=directory)) == [
        (
            "warning",
            f"{START}.DirectoryPath",
            f"should start with the mount name of the FSx for Lustre file system, got {directory!r}",
        )
    ]
    assert found(rule, mounted(**LUSTRE, DirectoryPath=f"{directory}1234abcd")) == []
    assert found(rule, mounted(DirectoryPath=directory)) == []
    assert found(rule, mounted(FileSystemType=TOKEN, DirectoryPath=directory)) == []
    assert found(rule, mounted(**LUSTRE, DirectoryPath=TOKEN)) == []


def test_input_is_better_read_only() -> None:
    assert found("file-system-read-write", mounted(FileSystemAccessMode="rw")) == [
        ("warning", f"{START}.FileSystemAccessMode", "is rw: the training can change or delete its own input")
    ]
    assert found("file-system-read-write", mounted(FileSystemAccessMode=TOKEN)) == []


def test_an_unknown_file_system_hides_no_other() -> None:
    wrong = system("w", "Pipe", FileSystemAccessMode="rw", DirectoryPath="x")
    vague = system("v", TOKEN, FileSystemAccessMode=TOKEN, DirectoryPath=TOKEN)
    unknown = channel("u", {"FileSystemDataSource": TOKEN}, InputMode=TOKEN)
    given = {**channels(channel("s"), channel("t", TOKEN), unknown, vague, wrong), **VPC}
    for rule in ("file-system-file-mode", "file-system-path-absolute", "file-system-read-write"):
        assert [path[:18] for _, path, _ in found(rule, given)] == ["InputDataConfig[4]"], rule
