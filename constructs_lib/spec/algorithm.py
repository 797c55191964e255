"""What a job runs: an image, and for script images the folder of code that it runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_one_of, check_texts, check_whole, kind
from constructs_lib.spec.frozen import set_field
from constructs_lib.spec.hyperparameters import ENCODINGS, Encoding
from constructs_lib.spec.image_refs import EcrImage, FrameworkImage, Image, ImageUri, RepositoryLike
from constructs_lib.spec.script import SourceFolder

__all__ = ["SCRIPT_HYPERPARAMETERS", "Algorithm"]

SCRIPT_HYPERPARAMETERS = (
    "sagemaker_program",
    "sagemaker_submit_directory",
    "sagemaker_region",
    "sagemaker_container_log_level",
)
"""The hyperparameters that tell AWS's training toolkit what to run; set for `Algorithm.from_script`."""


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """What a job runs; made with one of the ``from_`` methods.

    Args:
        image: the container's image.
        source: the folder of code, for images with AWS's training toolkit; left out: none.
        entrypoint: replaces the image's entry point; empty: the image's own.
        arguments: the arguments of the entry point; empty: the image's own.
        hyperparameter_encoding: ``json`` or ``plain``: see `constructs_lib.spec.hyperparameters`.
        log_level: of the toolkit, as in Python's ``logging`` (20 is INFO); used with ``source`` only.

    Raises:
        SpecError: a value of another type or outside its set.
    """

    image: Image
    source: SourceFolder | None = None
    entrypoint: Sequence[str] = ()
    arguments: Sequence[str] = ()
    hyperparameter_encoding: Encoding = "plain"
    log_level: int = 20

    def __post_init__(self) -> None:
        if not isinstance(self.image, (ImageUri, EcrImage, FrameworkImage)):
            raise SpecError(
                "image", f"must be an image, got {kind(self.image)}", "use Algorithm.from_image_uri"
            )
        if self.source is not None and not isinstance(self.source, SourceFolder):
            raise SpecError(
                "source", f"must be a SourceFolder, got {kind(self.source)}", "use Algorithm.from_script"
            )
        set_field(self, "entrypoint", check_texts("entrypoint", self.entrypoint))
        set_field(self, "arguments", check_texts("arguments", self.arguments))
        check_one_of("hyperparameter_encoding", self.hyperparameter_encoding, ENCODINGS)
        check_whole("log_level", self.log_level, minimum=0, maximum=50)

    @classmethod
    def from_script(
        cls,
        path: str | os.PathLike[str],
        *,
        entry_point: str,
        framework: str | None = None,
        framework_version: str | None = None,
        py_version: str | None = None,
        processor: str | None = None,
        image_uri: str | None = None,
        exclude: Sequence[str] = (),
        log_level: int = 20,
    ) -> Algorithm:
        """A folder of training code, run by a framework image of AWS's or by an image with its toolkit.

        The folder is packed and uploaded when the app is deployed; the job gets the script, the archive's
        place, its region and the log level as hyperparameters named ``sagemaker_...``.

        Args:
            path: the folder, relative to the working directory or absolute.
            entry_point: the script to run, relative to the folder.
            framework: ``pytorch``, ``sklearn``, ``tensorflow`` or ``xgboost``; excludes ``image_uri``.
            framework_version: such as ``1.2-1``; needed with ``framework``.
            py_version: ``py39`` and the like; left out: the only one that the version has.
            processor: ``cpu`` or ``gpu``; left out: what the spec's instance type has. Needed when that is a
                token and the framework has an image for each.
            image_uri: an image of one's own with the ``sagemaker-training`` toolkit in it.
            exclude: shell patterns of files that are not packed: see `constructs_lib.spec.script.pack`.
            log_level: of the toolkit, as in Python's ``logging``: 20 is INFO, 10 DEBUG.

        Raises:
            PackagingError: the folder is missing, empty or too large, or the entry point is not in it.
            SpecError: neither or both of framework and image_uri, or one that is not known.
        """
        image = _script_image(framework, framework_version, py_version, processor, image_uri)
        source = SourceFolder(
            os.fspath(path) if isinstance(path, os.PathLike) else path, entry_point, exclude
        )
        return cls(image=image, source=source, hyperparameter_encoding="json", log_level=log_level)

    @classmethod
    def from_image_uri(
        cls,
        uri: str,
        *,
        entrypoint: Sequence[str] | None = None,
        arguments: Sequence[str] | None = None,
        hyperparameter_encoding: Encoding = "plain",
    ) -> Algorithm:
        """An image known by its uri; pulling it is granted for the repository that the uri names.

        Args:
            uri: registry, repository and tag or digest.
            entrypoint: replaces the image's entry point; left out: the image's own.
            arguments: the arguments of the entry point; left out: the image's own.
            hyperparameter_encoding: ``plain`` unless the image parses its hyperparameters as ``json``.

        Raises:
            SpecError: a value of another type or outside its set.
        """
        return cls(
            image=ImageUri(uri),
            entrypoint=() if entrypoint is None else entrypoint,
            arguments=() if arguments is None else arguments,
            hyperparameter_encoding=hyperparameter_encoding,
        )

    @classmethod
    def from_ecr_repository(
        cls,
        repository: RepositoryLike,
        *,
        tag: str | None = None,
        digest: str | None = None,
        entrypoint: Sequence[str] | None = None,
        arguments: Sequence[str] | None = None,
        hyperparameter_encoding: Encoding = "plain",
    ) -> Algorithm:
        """An image in a repository of the app's; pulling it is granted on the repository.

        Args:
            repository: an `aws_cdk.aws_ecr.IRepository`.
            tag: the image's tag; exactly one of tag and digest is given.
            digest: the image's digest, as ``sha256:`` and 64 hexadecimal digits.
            entrypoint: as `from_image_uri`.
            arguments: as `from_image_uri`.
            hyperparameter_encoding: as `from_image_uri`.

        Raises:
            SpecError: not a repository, or both or neither of tag and digest.
        """
        return cls(
            image=EcrImage(repository, tag, digest),
            entrypoint=() if entrypoint is None else entrypoint,
            arguments=() if arguments is None else arguments,
            hyperparameter_encoding=hyperparameter_encoding,
        )


def _script_image(
    framework: str | None, version: str | None, py_version: str | None, processor: str | None, uri: str | None
) -> Image:
    if (framework is None) == (uri is None):
        given = "neither" if uri is None else "both"
        fix = "give framework and framework_version, or image_uri"
        raise SpecError("framework", f"exactly one of framework and image_uri is needed, got {given}", fix)
    if uri is not None:
        if version is not None or py_version is not None or processor is not None:
            problem = "framework_version, py_version and processor say nothing about an image_uri"
            raise SpecError("image_uri", problem, "leave them out")
        return ImageUri(uri)
    if framework is None or version is None:
        raise SpecError(
            "framework_version", "is needed with framework, got None", "name the version to train with"
        )
    return FrameworkImage(framework, version, py_version, processor)
