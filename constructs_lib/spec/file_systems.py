"""File systems that a channel mounts, in the VPC of the job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_one_of, check_text, is_unknown_leaf, kind, offers
from constructs_lib.spec.frozen import set_field
from constructs_lib.spec.text import is_resolvable

__all__ = ["FileSystem", "FileSystemLike", "SupportsFileSystemId"]

EFS = "EFS"
FSX_LUSTRE = "FSxLustre"


class SupportsFileSystemId(Protocol):
    """What this library needs of an `aws_cdk.aws_efs.IFileSystem` or `aws_cdk.aws_fsx.IFileSystem`."""

    @property
    def file_system_id(self) -> str:
        """The file system's id, or a token of it."""


FileSystemLike: TypeAlias = str | SupportsFileSystemId


@dataclass(frozen=True, kw_only=True)
class FileSystem:
    """A folder of a file system, which is mounted instead of copied.

    Args:
        type: ``EFS`` or ``FSxLustre``.
        file_system: an `aws_cdk.aws_efs.IFileSystem` or `aws_cdk.aws_fsx.IFileSystem`, or the id of one.
        directory_path: the folder's full path, with a slash at its beginning; for FSx for Lustre it begins
            with the file system's mount name. Left out: the whole file system, for EFS, and for Lustre where
            the object knows its mount name.
        read_only: False: the container may write there. A token is passed on as it is, and has to be the
            text ``ro`` or ``rw`` when it is resolved.

    Raises:
        SpecError: a value of another type or form.
    """

    type: str
    file_system: FileSystemLike
    directory_path: str | None = None
    read_only: bool | str = True

    def __post_init__(self) -> None:
        check_one_of("type", self.type, (EFS, FSX_LUSTRE))
        _check_file_system(self.file_system)
        if self.directory_path is None:
            set_field(self, "directory_path", _whole(self.type, self.file_system))
        check_text("directory_path", self.directory_path)
        if not isinstance(self.read_only, bool) and not is_unknown_leaf(self.read_only):
            raise SpecError("read_only", f"must be a bool, got {kind(self.read_only)}", "pass True or False")

    @property
    def file_system_id(self) -> str:
        """The file system's id, or a token of it."""
        given = self.file_system
        if isinstance(given, str):
            return given
        # A token that is an object stands for the id itself.
        return cast("str", given) if is_resolvable(given) else given.file_system_id

    @property
    def access_mode(self) -> str:
        """``ro`` or ``rw``, or what was given instead of a bool."""
        if isinstance(self.read_only, bool):
            return "ro" if self.read_only else "rw"
        return self.read_only


def _whole(type: str, file_system: FileSystemLike) -> str:
    """The path of everything in a file system: for Lustre it begins with the mount name."""
    if type == EFS:
        return "/"
    if not isinstance(file_system, str) and offers(file_system, "mount_name"):
        return f"/{getattr(file_system, 'mount_name')}"  # noqa: B009 - no part of the protocol
    problem = "is needed for a file system that does not know its mount name"
    raise SpecError("directory_path", problem, "give /<mount name>/<folder>")


def _check_file_system(given: object) -> None:
    if isinstance(given, str) or is_resolvable(given):
        check_text("file_system", given, optional=False)
    elif given is None or not offers(given, "file_system_id"):
        fix = "pass an aws_efs.IFileSystem or aws_fsx.IFileSystem, or the id of one"
        raise SpecError("file_system", f"must be a file system, got {kind(given)}", fix)
