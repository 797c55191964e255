"""Uploads what a spec names on the user's disk."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any, cast

from aws_cdk import FileAssetPackaging, Stack, Stage
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from constructs_lib.errors import SpecError
from constructs_lib.spec import LocalFile, SourceFolder
from constructs_lib.spec.frozen import thaw
from constructs_lib.spec.image_refs import ImageFolder

IMAGE_ID = "TrainingImage"


def source_uri(scope: Construct, source: SourceFolder) -> str:
    """The S3 address of a packed script folder, named by its contents.

    The hash is that of the uncompressed archive, so that another build of zlib retrains nobody.
    """
    stack, stage = Stack.of(scope), _stage(scope)
    package = source.pack()
    archive = Path(stage.asset_outdir) / f"asset.{package.digest}.tar.gz"
    if not archive.exists():
        package.write(archive)
    location = stack.synthesizer.add_file_asset(
        source_hash=f"{package.digest}.tar",
        file_name=os.path.relpath(archive, stage.outdir),
        packaging=FileAssetPackaging.FILE,
    )
    return f"s3://{location.bucket_name}/{location.object_key}"


def file_uri(scope: Construct, file: LocalFile, id: str) -> str:
    """The S3 address of a file, uploaded as a CDK asset."""
    asset = s3_assets.Asset(scope, id, path=file.path)
    # Not s3_object_url: that is one token, out of which no permission can be read.
    return f"s3://{asset.s3_bucket_name}/{asset.s3_object_key}"


def image_asset_uri(scope: Construct, image: ImageFolder) -> str:
    """The address of an image that is built and uploaded as a CDK asset.

    Raises:
        SpecError: an option that CDK's image assets do not have, or of another type.
    """
    options = cast("dict[str, Any]", thaw(image.options))
    known = list(inspect.signature(ecr_assets.DockerImageAsset.__init__).parameters)[3:]
    for name in options:
        if name not in known:
            problem = f"is no option of an image asset, which has {', '.join(known)}"
            raise SpecError(name, problem, "use one of these", construct=scope.node.path)
    # Instances of SageMaker are x86; a machine with another processor would build what they cannot run.
    options.setdefault("platform", ecr_assets.Platform.LINUX_AMD64)
    try:
        asset = ecr_assets.DockerImageAsset(
            scope, _image_id(scope), **{**options, "directory": image.directory}
        )
    except TypeError as error:
        fix = "give it the type that aws_ecr_assets.DockerImageAsset takes"
        raise SpecError("from_image_asset", str(error), fix, construct=scope.node.path) from None
    # Not image_uri: that may be one token, out of which no permission can be read.
    return asset.repository.repository_uri_for_tag(asset.image_tag)


def _image_id(scope: Construct) -> str:
    """The asset's id: the same at each synthesis, and free where a scope holds several roles' images."""
    taken = sum(1 for child in scope.node.children if child.node.id.startswith(IMAGE_ID))
    return IMAGE_ID if taken == 0 else f"{IMAGE_ID}{taken + 1}"


def _stage(scope: Construct) -> Stage:
    stage = Stage.of(scope)
    if stage is None:
        fix = "make the stack inside a cdk.App or a cdk.Stage"
        raise SpecError("algorithm", "a script is packed into the cloud assembly, and there is none", fix)
    return stage
