"""What a job runs: an image, and for script images the folder of code that it runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_flag, check_one_of, check_text, check_whole, kind
from constructs_lib.spec.frozen import set_field
from constructs_lib.spec.hyperparameters import ENCODINGS, Encoding
from constructs_lib.spec.image_refs import (
    EcrImage,
    FrameworkImage,
    Image,
    ImageFolder,
    ImageUri,
    RepositoryLike,
)
from constructs_lib.spec.images import only_version
from constructs_lib.spec.script import SourceFolder
from constructs_lib.spec.text import Unknown, is_expression, is_resolvable

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from constructs_lib.spec.shapes import TrainingImageConfig

__all__ = ["SCRIPT_FINDINGS", "SCRIPT_HYPERPARAMETERS", "Algorithm", "AlgorithmOptions"]

SCRIPT_HYPERPARAMETERS = (
    "sagemaker_program",
    "sagemaker_submit_directory",
    "sagemaker_region",
    "sagemaker_container_log_level",
)
"""The hyperparameters that tell AWS's training toolkit what to run; set for `Algorithm.from_script`."""

SCRIPT_FINDINGS = frozenset(
    ("hyperparameter-reserved-keys", f"HyperParameters.{name}") for name in SCRIPT_HYPERPARAMETERS
)
"""Rule and path of what would be found in them: what the library sets itself is no mistake of its user's."""

INPUT_MODES = ("File", "FastFile", "Pipe")


class AlgorithmOptions(TypedDict, total=False):
    """What every ``from_`` method of `Algorithm` takes besides its own arguments: see `Algorithm`."""

    input_mode: str
    entrypoint: Sequence[str] | Unknown | None
    arguments: Sequence[str] | Unknown | None
    enable_sagemaker_metrics_time_series: bool | Unknown | None
    hyperparameter_encoding: Encoding


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """What a job runs; made with one of the ``from_`` methods, or with ``built_in``.

    Args:
        image: the container's image; exactly one of image and algorithm_name is given.
        algorithm_name: an algorithm resource of SageMaker's, by its name or ARN.
        source: the folder of code, for images with AWS's training toolkit; left out: none.
        input_mode: how channels reach the container that do not say it themselves: ``File`` (copied before
            the training), ``FastFile`` (read when they are opened) or ``Pipe``. Left out: ``File``.
        entrypoint: replaces the image's entry point; empty: the image's own.
        arguments: the arguments of the entry point; empty: the image's own.
        enable_sagemaker_metrics_time_series: keep the metrics' values over time in SageMaker; left out:
            AWS's default, which is on for AWS's own images and for jobs with metrics.
        repository_access: how the image is fetched from a private registry: `shapes.TrainingImageConfig`.
            Left out: as AWS fetches from ECR.
        hyperparameter_encoding: ``json`` or ``plain``: see `constructs_lib.spec.hyperparameters`.
        log_level: of the toolkit, as in Python's ``logging`` (20 is INFO); used with ``source`` only.

    Raises:
        SpecError: a value of another type or outside its set, or arguments that exclude each other.
    """

    image: Image | None = None
    algorithm_name: str | None = None
    source: SourceFolder | None = None
    input_mode: str = "File"
    entrypoint: Sequence[str] | Unknown | None = ()
    arguments: Sequence[str] | Unknown | None = ()
    enable_sagemaker_metrics_time_series: bool | Unknown | None = None
    repository_access: TrainingImageConfig | None = None
    hyperparameter_encoding: Encoding = "plain"
    log_level: int = 20

    def __post_init__(self) -> None:
        self._check_what_runs()
        if self.input_mode is None:
            raise SpecError("input_mode", "must be a str, got NoneType", "leave it out for File")
        check_one_of("input_mode", self.input_mode, INPUT_MODES)
        set_field(self, "entrypoint", _words("entrypoint", self.entrypoint))
        set_field(self, "arguments", _words("arguments", self.arguments))
        check_flag("enable_sagemaker_metrics_time_series", self.enable_sagemaker_metrics_time_series)
        check_one_of("hyperparameter_encoding", self.hyperparameter_encoding, ENCODINGS)
        check_whole("log_level", self.log_level, minimum=0, maximum=50)

    def _check_what_runs(self) -> None:
        if self.image is not None and not isinstance(
            self.image, (ImageUri, EcrImage, ImageFolder, FrameworkImage)
        ):
            raise SpecError(
                "image", f"must be an image, got {kind(self.image)}", "use Algorithm.from_image_uri"
            )
        check_text("algorithm_name", self.algorithm_name)
        if (self.image is None) == (self.algorithm_name is None):
            given = "neither" if self.image is None else "both"
            problem = f"exactly one of image and algorithm_name is needed, got {given}"
            raise SpecError("image", problem, "give one of them")
        if self.source is not None and not isinstance(self.source, SourceFolder):
            raise SpecError(
                "source", f"must be a SourceFolder, got {kind(self.source)}", "use Algorithm.from_script"
            )
        for name in ("source", "repository_access"):
            if self.image is None and getattr(self, name) is not None:
                problem = "says something about an image, and algorithm_name names none"
                raise SpecError(name, problem, "leave it out")
        _check_access(self.repository_access)

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
        input_mode: str = "File",
        enable_sagemaker_metrics_time_series: bool | Unknown | None = None,
        repository_access: TrainingImageConfig | None = None,
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
            input_mode: as the class.
            enable_sagemaker_metrics_time_series: as the class.
            repository_access: as the class; with ``image_uri`` only.

        Raises:
            PackagingError: the folder is missing, empty or too large, or the entry point is not in it.
            SpecError: neither or both of framework and image_uri, or one that is not known.
        """
        image = _script_image(framework, framework_version, py_version, processor, image_uri)
        if repository_access is not None and image_uri is None:
            problem = "says how an image_uri is fetched, and there is none"
            raise SpecError("repository_access", problem, "leave it out")
        source = SourceFolder(
            os.fspath(path) if isinstance(path, os.PathLike) else path, entry_point, exclude
        )
        return cls(
            image=image,
            source=source,
            hyperparameter_encoding="json",
            log_level=log_level,
            input_mode=input_mode,
            enable_sagemaker_metrics_time_series=enable_sagemaker_metrics_time_series,
            repository_access=repository_access,
        )

    @classmethod
    def from_image_uri(
        cls,
        uri: str,
        *,
        repository_access: TrainingImageConfig | None = None,
        **options: Unpack[AlgorithmOptions],
    ) -> Algorithm:
        """An image known by its uri; pulling it is granted for the repository that the uri names.

        Args:
            uri: registry, repository and tag or digest.
            repository_access: for a private registry outside ECR, as the class.
            **options: ``input_mode``, ``entrypoint``, ``arguments``,
                ``enable_sagemaker_metrics_time_series``, and ``hyperparameter_encoding`` (``plain`` unless
                the image parses its hyperparameters as ``json``), as the class.

        Raises:
            SpecError: a value of another type or outside its set.
        """
        return cls(image=ImageUri(uri), repository_access=repository_access, **options)

    @classmethod
    def from_ecr_repository(
        cls,
        repository: RepositoryLike,
        *,
        tag: str | None = None,
        digest: str | None = None,
        **options: Unpack[AlgorithmOptions],
    ) -> Algorithm:
        """An image in a repository of the app's; pulling it is granted on the repository.

        Args:
            repository: an `aws_cdk.aws_ecr.IRepository`.
            tag: the image's tag; exactly one of tag and digest is given.
            digest: the image's digest, as ``sha256:`` and 64 hexadecimal digits.
            **options: as `from_image_uri`.

        Raises:
            SpecError: not a repository, or both or neither of tag and digest.
        """
        return cls(image=EcrImage(repository, tag, digest), **options)

    @classmethod
    def from_image_asset(
        cls,
        directory: str | os.PathLike[str],
        *,
        input_mode: str = "File",
        entrypoint: Sequence[str] | Unknown | None = None,
        arguments: Sequence[str] | Unknown | None = None,
        enable_sagemaker_metrics_time_series: bool | Unknown | None = None,
        hyperparameter_encoding: Encoding = "plain",
        **asset_options: object,
    ) -> Algorithm:
        """A folder with a Dockerfile, built and uploaded when the app is deployed.

        Args:
            directory: the folder, relative to the working directory or absolute.
            input_mode: as the class.
            entrypoint: as the class.
            arguments: as the class.
            enable_sagemaker_metrics_time_series: as the class.
            hyperparameter_encoding: as the class.
            **asset_options: what `aws_cdk.aws_ecr_assets.DockerImageAsset` takes besides: ``file``,
                ``target``, ``build_args``, ``platform`` and others. Without a platform the image is built for
                ``linux/amd64``, which training instances run.

        Raises:
            PackagingError: the folder or its Dockerfile is missing.
            SpecError: a value of another type or outside its set; an asset option that CDK does not know is
                refused when a construct takes the spec.
        """
        folder = os.fspath(directory) if isinstance(directory, os.PathLike) else directory
        return cls(
            image=ImageFolder(folder, asset_options),
            input_mode=input_mode,
            entrypoint=entrypoint,
            arguments=arguments,
            enable_sagemaker_metrics_time_series=enable_sagemaker_metrics_time_series,
            hyperparameter_encoding=hyperparameter_encoding,
        )

    @classmethod
    def from_deep_learning_container(
        cls,
        framework: str,
        *,
        version: str,
        py_version: str | None = None,
        processor: str | None = None,
        **options: Unpack[AlgorithmOptions],
    ) -> Algorithm:
        """One of AWS's Deep Learning Containers, without a script: for code that comes another way.

        Args:
            framework: ``autogluon``, ``huggingface``, ``mxnet``, ``pytorch`` or ``tensorflow``.
            version: such as ``2.8.0``; for Hugging Face that of its transformers, such as ``4.56.2``, or
                ``4.17.0-pytorch1.10.2`` where there are several base frameworks.
            py_version: ``py312`` and the like; left out: the only one that the version has.
            processor: ``cpu`` or ``gpu``; left out: what the spec's instance type has.
            **options: as `from_image_uri`; ``hyperparameter_encoding`` is ``json`` when left out, because
                these images have AWS's training toolkit.

        Raises:
            SpecError: no such image is known; the message lists those that are.
        """
        image = FrameworkImage(framework, version, py_version, processor, "containers")
        options.setdefault("hyperparameter_encoding", "json")
        return cls(image=image, **options)

    @classmethod
    def built_in(
        cls, name: str, version: str | None = None, **options: Unpack[AlgorithmOptions]
    ) -> Algorithm:
        """One of AWS's own algorithms, such as ``kmeans``, ``linear-learner`` or ``xgboost``.

        AWS gives these algorithms their metrics, so the spec has none of its own.

        Args:
            name: the algorithm's, as its image is called; a message lists those that are known.
            version: such as ``1``, or ``1.7-1`` of XGBoost; left out: the only one that there is.
            **options: as `from_image_uri`.

        Raises:
            SpecError: an unknown name or version, or none where there are several.
        """
        known = only_version(name, "algorithms") if version is None else version
        return cls(image=FrameworkImage(name, known, group="algorithms"), **options)

    @classmethod
    def from_algorithm_arn(cls, arn: str, **options: Unpack[AlgorithmOptions]) -> Algorithm:
        """An algorithm resource of SageMaker's: one of the account's, or of AWS Marketplace.

        An algorithm of another account is Marketplace's, and SageMaker runs it in network isolation only:
        give the spec ``network_isolation=True``.

        Args:
            arn: the algorithm's ARN, or for one of the account's its name.
            **options: as `from_image_uri`.

        Raises:
            SpecError: a value of another type or outside its set.
        """
        check_text("arn", arn, optional=False)
        return cls(algorithm_name=arn, **options)


def _words(path: str, values: object) -> tuple[str, ...] | object:
    """Copy a list of texts into a tuple, empty ones too; what stands for a whole list is kept as it is."""
    if values is None:
        return ()
    if is_expression(values) or is_resolvable(values):
        return values
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise SpecError(path, f"must be a list of str, got {kind(values)}", "put the text into a list")
    for index, value in enumerate(values):
        if value != "":
            check_text(f"{path}[{index}]", value, optional=False)
    return tuple(values)


def _check_access(access: object) -> None:
    if access is None:
        return
    from constructs_lib.spec.shapes import TrainingImageConfig  # a large module, seldom needed

    if not isinstance(access, TrainingImageConfig):
        problem = f"must be of type shapes.TrainingImageConfig, got {kind(access)}"
        raise SpecError("repository_access", problem, "make it with shapes.TrainingImageConfig")


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
