"""Files of the user's that a construct uploads."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.errors import PackagingError
from constructs_lib.spec.checks import check_path
from constructs_lib.spec.frozen import set_field

__all__ = ["LocalFile"]


@dataclass(frozen=True)
class LocalFile:
    """A file of the user's that a construct uploads as a CDK asset.

    Args:
        path: the file, relative to the working directory or absolute; kept as an absolute path.

    Raises:
        PackagingError: it does not exist, or is a folder.
    """

    path: str

    def __post_init__(self) -> None:
        from pathlib import Path  # here: it takes a while to import, and few specs have files

        check_path("path", self.path)
        given = Path(self.path)
        if given.is_dir():
            fix = "pass a single file, or upload the folder and use Channel.from_bucket"
            raise PackagingError("path", f"{given} is a folder, which CDK would upload as one zip file", fix)
        if not given.is_file():
            raise PackagingError(
                "path", f"{given} does not exist", "check the path, or run from the app's folder"
            )
        set_field(self, "path", str(given.resolve()))
