"""Packing a folder of training code into an archive that depends on its contents only.

The archive is a USTAR tar with sorted names, fixed times, owners and modes, so two machines, users or days
give the same bytes. It is named by the hash of the tar, not of the gzip file around it: builds of zlib
compress differently, and a new Python must not retrain every model.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import IO, TYPE_CHECKING, cast

from constructs_lib.errors import PackagingError, SpecError
from constructs_lib.spec.checks import check_path, check_text, check_texts, kind
from constructs_lib.spec.frozen import set_field

# What packs is imported where it is used: together it takes a quarter of the time to import a spec.
if TYPE_CHECKING:
    import gzip
    import tarfile
    from pathlib import Path

__all__ = ["ALWAYS_EXCLUDED", "MAX_SOURCE_BYTES", "SourceFolder", "SourcePackage", "pack"]

ALWAYS_EXCLUDED = (
    "__pycache__",
    "*.pyc",
    ".git",
    ".DS_Store",
    ".venv",
    ".ipynb_checkpoints",
    "cdk.out",
    "node_modules",
)
"""Patterns that are never packed: they differ between machines or syntheses, and no training needs them."""

MAX_SOURCE_BYTES = 500 * 1024 * 1024
"""The largest folder, before compression: 500 MiB. Code is far smaller; what is larger is a data set, a
checkpoint or a virtual environment that was left in the folder, and it would be hashed at every synth and
uploaded again after every change of a line."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a package: name in the archive, place on disk, bytes, and whether it is executable."""

    name: str
    path: Path
    size: int
    executable: bool


@dataclass(frozen=True)
class SourcePackage:
    """A folder as it was when it was packed.

    Args:
        digest: the sha256 of the uncompressed archive, in 64 hexadecimal digits.
        files: what is in it, sorted by name.
    """

    digest: str
    files: tuple[SourceFile, ...]

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the ``tar.gz`` and return its path; an existing file is replaced at once or not at all.

        Raises:
            PackagingError: a file changed since the folder was packed.
        """
        from pathlib import Path

        target = Path(path)
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        try:
            if self._compress(partial) != self.digest:
                fix = "run again when nothing writes to it"
                raise PackagingError("source", "a file changed while the folder was packed", fix)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return target

    def _compress(self, path: Path) -> str:
        """Write the archive, and return the digest of what was written."""
        import gzip

        # An empty name and a fixed time: both would otherwise be in the header.
        with (
            path.open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=9, mtime=0) as compressed,
        ):
            sink = _HashingSink(compressed)
            _write_tar(self.files, sink)
        return sink.digest()


@dataclass(frozen=True)
class SourceFolder:
    """A folder of training code and the script in it that a job runs.

    Args:
        path: the folder, relative to the working directory or absolute; kept as an absolute path.
        entry_point: the script, relative to the folder, with forward slashes.
        exclude: patterns of what is left out, besides `ALWAYS_EXCLUDED`: see `pack`.

    Raises:
        PackagingError: the folder is missing, empty or too large, or the entry point is not in the package.
        SpecError: a value of another type.
    """

    path: str
    entry_point: str
    exclude: Sequence[str] = ()

    def __post_init__(self) -> None:
        from pathlib import Path, PurePosixPath

        check_path("path", self.path)
        if not isinstance(self.entry_point, str):
            fix = "write the script's name within the folder"
            raise SpecError("entry_point", f"must be a str, got {kind(self.entry_point)}", fix)
        check_text("entry_point", self.entry_point, optional=False)
        set_field(self, "exclude", check_texts("exclude", self.exclude))
        names = {file.name for file in list_files(Path(self.path), tuple(self.exclude))}
        script = PurePosixPath(self.entry_point)
        if script.is_absolute() or ".." in script.parts:
            fix = "write it relative to the folder"
            raise PackagingError("entry_point", f"{self.entry_point!r} is outside of the folder", fix)
        if str(script) not in names:
            fix = "check its name and exclude"
            raise PackagingError(
                "entry_point", f"{self.entry_point!r} is not a packed file of {self.path}", fix
            )
        set_field(self, "path", str(Path(self.path).resolve()))
        set_field(self, "entry_point", str(script))

    def pack(self) -> SourcePackage:
        """Read and hash the folder as it is now."""
        return pack(self.path, self.exclude)


def pack(folder: str | os.PathLike[str], exclude: Sequence[str] = ()) -> SourcePackage:
    """Read a folder and hash what its archive will hold; nothing is written.

    A link to a file inside the folder is followed: the archive holds a copy. Line ends are kept. Empty
    folders are left out. Of a file's mode only "executable" is kept.

    Args:
        folder: the folder.
        exclude: shell patterns, in addition to `ALWAYS_EXCLUDED`. One without a slash leaves out files and
            folders of that name at any depth (``*.ipynb``); one with a slash is matched against the path from
            the folder (``data/*.csv``), where ``*`` matches slashes too.

    Raises:
        PackagingError: the folder is missing, is a file, is empty or larger than `MAX_SOURCE_BYTES`; it holds
            a link to a folder or to the outside, or something that is no file; a name is too long for USTAR.
    """
    from pathlib import Path

    files = tuple(list_files(Path(folder), check_texts("exclude", exclude)))
    sink = _HashingSink()
    _write_tar(files, sink)
    return SourcePackage(sink.digest(), files)


def list_files(folder: Path, exclude: tuple[str, ...]) -> list[SourceFile]:
    """What a package of the folder holds, sorted by name; raises as `pack`."""
    if not folder.exists():
        raise PackagingError(
            "path", f"{folder} does not exist", "check the path, or run from the app's folder"
        )
    if not folder.is_dir():
        raise PackagingError(
            "path", f"{folder} is not a folder", "pass the folder and name the file as entry_point"
        )
    root = folder.resolve()
    files = sorted(_walk(root, root, (*ALWAYS_EXCLUDED, *exclude)), key=lambda file: file.name)
    if not files:
        raise PackagingError("path", f"{folder} holds no files to pack", "check the folder and exclude")
    total = sum(file.size for file in files)
    if total > MAX_SOURCE_BYTES:
        problem = f"{folder} holds {total >> 20} MiB, more than {MAX_SOURCE_BYTES >> 20} MiB of code"
        raise PackagingError("path", problem, "exclude data and environments, and give data as a channel")
    return files


def _walk(folder: Path, root: Path, exclude: tuple[str, ...]) -> Iterator[SourceFile]:
    for path in folder.iterdir():
        name = path.relative_to(root).as_posix()
        if _is_excluded(name, exclude):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, root, exclude)
        else:
            yield _file(name, path, root)


def _is_excluded(name: str, exclude: tuple[str, ...]) -> bool:
    last = name.rsplit("/", 1)[-1]
    return any(fnmatchcase(name if "/" in pattern else last, pattern.rstrip("/")) for pattern in exclude)


def _file(name: str, path: Path, root: Path) -> SourceFile:
    if path.is_symlink() and not (path.resolve().is_file() and path.resolve().is_relative_to(root)):
        problem = f"{name} is a link that leads to no file inside the folder"
        raise PackagingError("path", problem, "copy what it points to, or exclude it")
    if not path.is_file():
        raise PackagingError("path", f"{name} is neither a file nor a folder", "exclude it")
    stat = path.stat()
    return SourceFile(name, path, stat.st_size, bool(stat.st_mode & 0o100))


def _write_tar(files: Iterable[SourceFile], sink: _HashingSink) -> None:
    import tarfile

    output = cast("IO[bytes]", sink)
    with tarfile.TarFile(fileobj=output, mode="w", format=tarfile.USTAR_FORMAT, encoding="utf-8") as tar:
        for file in files:
            info = tarfile.TarInfo(file.name)
            info.size = file.size
            info.mode = 0o755 if file.executable else 0o644
            _add(tar, info, file)


def _add(tar: tarfile.TarFile, info: tarfile.TarInfo, file: SourceFile) -> None:
    try:
        with file.path.open("rb") as content:
            tar.addfile(info, content)
    except ValueError as error:  # USTAR: 100 bytes of name and 155 of folders
        raise PackagingError(
            "path", f"{file.name} has too long a path for the archive", "shorten it"
        ) from error
    except OSError as error:
        reason = error.strerror or "it became shorter"
        fix = "make it readable, or exclude it"
        raise PackagingError("path", f"{file.name} cannot be read: {reason}", fix) from error


class _HashingSink:
    """What a tar is written to: hashes the bytes, and passes them on when there is somewhere to."""

    def __init__(self, target: gzip.GzipFile | None = None) -> None:
        import hashlib

        self._hash = hashlib.sha256()
        self._target = target
        self._position = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self._position += len(data)
        if self._target is not None:
            self._target.write(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def digest(self) -> str:
        return self._hash.hexdigest()
