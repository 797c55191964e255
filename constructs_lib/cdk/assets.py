"""Uploads what a spec names on the user's disk."""

from __future__ import annotations

import os
from pathlib import Path

from aws_cdk import FileAssetPackaging, Stack, Stage
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from constructs_lib.errors import SpecError
from constructs_lib.spec import LocalFile, SourceFolder


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


def _stage(scope: Construct) -> Stage:
    stage = Stage.of(scope)
    if stage is None:
        fix = "make the stack inside a cdk.App or a cdk.Stage"
        raise SpecError("algorithm", "a script is packed into the cloud assembly, and there is none", fix)
    return stage
