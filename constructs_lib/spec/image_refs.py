"""The ways to name a container image; a construct turns each into a uri (`Binding.image_uri`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from constructs_lib.errors import PackagingError, SpecError
from constructs_lib.service_model.image_data import ImageGroup
from constructs_lib.spec.checks import check_mapping, check_path, check_text, kind, offers, shown
from constructs_lib.spec.frozen import EMPTY, freeze, set_field
from constructs_lib.spec.images import (
    check_framework,
    registry_account,
    registry_accounts,
    repository_name,
    tag_for_processor,
)
from constructs_lib.spec.instance_types import processor as processor_of
from constructs_lib.spec.overrides import check_depth
from constructs_lib.spec.text import is_unknown

__all__ = ["EcrImage", "FrameworkImage", "Image", "ImageFolder", "ImageUri", "RepositoryLike"]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class RepositoryLike(Protocol):
    """What this library needs of an `aws_cdk.aws_ecr.IRepository`."""

    def repository_uri_for_tag(self, tag: str | None = None) -> str:
        """The uri of the image with a tag."""

    def repository_uri_for_digest(self, digest: str | None = None) -> str:
        """The uri of the image with a digest."""


@dataclass(frozen=True)
class ImageUri:
    """An image that is known by its uri.

    Args:
        uri: registry, repository and tag or digest, as ``docker pull`` takes it.

    Raises:
        SpecError: not text, or empty.
    """

    uri: str

    def __post_init__(self) -> None:
        check_text("image_uri", self.uri, optional=False)


@dataclass(frozen=True)
class EcrImage:
    """An image in a repository of the app's; pulling it is granted on the repository.

    Args:
        repository: an `aws_cdk.aws_ecr.IRepository`.
        tag: the image's tag; exactly one of tag and digest is given.
        digest: the image's digest, as ``sha256:`` and 64 hexadecimal digits.

    Raises:
        SpecError: not a repository, both or neither of tag and digest, or another form of digest.
    """

    repository: RepositoryLike
    tag: str | None = None
    digest: str | None = None

    def __post_init__(self) -> None:
        if not offers(self.repository, "repository_uri_for_tag", "repository_uri_for_digest"):
            fix = "pass an aws_ecr.IRepository; for a uri use Algorithm.from_image_uri"
            raise SpecError("repository", f"must be a repository, got {kind(self.repository)}", fix)
        check_text("tag", self.tag)
        check_text("digest", self.digest)
        if (self.tag is None) == (self.digest is None):
            given = "neither" if self.tag is None else "both"
            raise SpecError(
                "repository", f"needs exactly one of tag and digest, got {given}", "give one of them"
            )
        if (
            isinstance(self.digest, str)
            and not is_unknown(self.digest)
            and not _DIGEST.fullmatch(self.digest)
        ):
            problem = f"must be sha256: and 64 hexadecimal digits, got {shown(self.digest)}"
            raise SpecError("digest", problem, "copy it from the repository, or give a tag")

    def uri(self) -> str:
        """The image's uri, usually with tokens in it."""
        if self.digest is not None:
            return self.repository.repository_uri_for_digest(self.digest)
        return self.repository.repository_uri_for_tag(self.tag)


@dataclass(frozen=True)
class ImageFolder:
    """A folder with a Dockerfile, which a construct builds and uploads as a CDK asset.

    Args:
        directory: the folder, relative to the working directory or absolute; kept as an absolute path.
        options: arguments of `aws_cdk.aws_ecr_assets.DockerImageAsset` besides ``directory``, such as
            ``file``, ``target`` or ``build_args``; left out: none. Without a ``platform`` the image is built
            for ``linux/amd64``, which training instances run, whatever the machine that builds it.

    Raises:
        PackagingError: the folder or its Dockerfile is missing.
        SpecError: a value of another type.
    """

    directory: str
    options: Mapping[str, object] = EMPTY

    def __post_init__(self) -> None:
        from pathlib import Path  # here: it takes a while to import, and few specs have folders

        check_path("directory", self.directory)
        options = check_mapping("options", self.options)
        for name, value in options.items():
            check_depth(name, value)
        file = options.get("file", "Dockerfile")
        check_text("file", file, optional=False)
        folder = Path(self.directory)
        if not folder.is_dir():
            problem = f"{folder} is not a folder"
            raise PackagingError("directory", problem, "check the path, or run from the app's folder")
        if not (folder / str(file)).is_file():
            fix = "check its name, and give it as file= when it is another"
            raise PackagingError("file", f"{folder} holds no {file}", fix)
        set_field(self, "directory", str(folder.resolve()))
        set_field(self, "options", freeze(options))


@dataclass(frozen=True)
class FrameworkImage:
    """AWS's own image of a framework or an algorithm; which registry keeps it depends on the region.

    Args:
        framework: ``pytorch``, ``sklearn``, ``tensorflow`` or ``xgboost``; in other groups other names.
        version: the framework's version, such as ``1.2-1``.
        py_version: ``py39`` and the like; left out: the only one that the version has.
        processor: ``cpu`` or ``gpu``; left out: what the spec's instance type has.
        group: ``frameworks`` (for scripts), ``containers`` (deep learning containers) or ``algorithms``.

    Raises:
        SpecError: a value that no image is known for; the message lists the known ones.
    """

    framework: str
    version: str
    py_version: str | None = None
    processor: str | None = None
    group: ImageGroup = "frameworks"

    def __post_init__(self) -> None:
        groups = ("frameworks", "containers", "algorithms")
        if not isinstance(self.group, str) or self.group not in groups:  # a token neither: it is looked up
            problem = f"must be one of {', '.join(groups)}, got {shown(self.group)}"
            raise SpecError("group", problem, "leave it out for frameworks")
        check_framework(self.framework, self.version, self.py_version, self.processor, self.group)

    def for_instance_type(self, instance_type: str | None) -> FrameworkImage:
        """The same image with its processor filled in from an instance type, where none was given."""
        if self.processor is not None or not isinstance(instance_type, str):
            return self
        found = processor_of(instance_type)
        # Raises where there is no image for it; where the tag does not depend on it, it stays open.
        tag_for_processor(self.framework, self.version, found, self.py_version, self.group)
        return replace(self, processor=found if found in ("cpu", "gpu") else None)

    @property
    def repository_name(self) -> str:
        """The name of the repository in AWS's registry."""
        return repository_name(self.framework, self.version, self.group)

    @property
    def tag(self) -> str:
        """The image's tag; raises SpecError when the processor matters and is not known yet."""
        return tag_for_processor(self.framework, self.version, self.processor, self.py_version, self.group)

    @property
    def accounts(self) -> Mapping[str, str]:
        """The account that keeps the image, for each region that has it."""
        return registry_accounts(self.framework, self.version, self.group)

    def account(self, region: str) -> str:
        """The account that keeps the image in one region; SpecError lists the regions that have it."""
        return registry_account(self.framework, self.version, region, self.group)


Image: TypeAlias = ImageUri | EcrImage | ImageFolder | FrameworkImage
