"""What a job reads: its channels, its checkpoints and its source archive."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

from .layout import Layout
from .outcome import JobView
from .storage import NoObjects, Storage

__all__ = ["checkpoint_uri", "download_inputs", "unpack_source"]

_MAX_MEMBERS = 20_000


def download_inputs(job: JobView, layout: Layout, storage: Storage) -> None:
    """Fills the folder of every channel that lies in S3, and the checkpoints.

    Raises:
        NoObjects: a channel has no objects.
    """
    for channel in job.request.get("InputDataConfig") or []:
        folder = layout.channel(channel["ChannelName"])
        source = (channel.get("DataSource") or {}).get("S3DataSource")
        if source:
            _download_channel(source, folder, storage)
    uri = checkpoint_uri(job)
    if uri:
        storage.download(uri, layout.checkpoints, required=False)


def checkpoint_uri(job: JobView) -> str:
    """Where the job's checkpoints are kept; empty when they are not."""
    return str((job.request.get("CheckpointConfig") or {}).get("S3Uri", ""))


def _download_channel(source: dict[str, Any], folder: Path, storage: Storage) -> None:
    uri = source["S3Uri"]
    if source.get("S3DataType") != "ManifestFile":
        storage.download(uri, folder)
        return
    prefix, names = _manifest(storage.read(uri), uri)
    for name in names:
        target = folder / name
        if not target.resolve().is_relative_to(folder.resolve()):
            raise NoObjects(f"the manifest entry {name} would be written outside of its channel")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(storage.read(prefix + name))


def _manifest(body: bytes, uri: str) -> tuple[str, list[str]]:
    """The prefix and the names of ``[{"prefix": ...}, name, name, ...]``."""
    try:
        first, *names = json.loads(body)
        return str(first["prefix"]), [str(name) for name in names]
    except (ValueError, KeyError, TypeError) as error:
        raise NoObjects(f"ClientError: {uri} is no manifest: a list with a prefix and names") from error


def unpack_source(archive: bytes, folder: Path) -> None:
    """Unpacks a source archive: plain files and folders inside its own root, nothing else.

    Raises:
        NoObjects: it is no gzipped tar archive, or a member would leave the folder.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            members = tar.getmembers()
            if len(members) > _MAX_MEMBERS:
                raise NoObjects(f"the source archive has more than {_MAX_MEMBERS} members")
            for member in members:
                _unpack_member(tar, member, folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NoObjects(f"the source archive cannot be read: {error}") from error


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    # By hand: the extraction filters are missing from early releases of Python 3.10 and 3.11.
    target = folder / member.name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise NoObjects(f"the source archive's member {member.name} would be written outside of its folder")
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
    elif member.isfile():
        target.parent.mkdir(parents=True, exist_ok=True)
        content = tar.extractfile(member)
        target.write_bytes(content.read() if content else b"")
        target.chmod(0o755 if member.mode & 0o100 else 0o644)
