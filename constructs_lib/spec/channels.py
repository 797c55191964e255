"""Input data: named channels, each of which becomes a folder (or a pipe) in the container."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.errors import PackagingError, SpecError
from constructs_lib.spec.checks import check_one_of, check_prefix, check_s3_uri, check_text, check_whole, kind
from constructs_lib.spec.frozen import set_field
from constructs_lib.spec.locations import BucketLike, KeyLike, check_bucket, check_key, s3_uri

__all__ = ["Channel", "LocalFile"]


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
        if not isinstance(self.path, (str, os.PathLike)):
            raise SpecError("path", f"must be a path, got {kind(self.path)}", "pass a str or a pathlib.Path")
        given = Path(self.path)
        if given.is_dir():
            fix = "pass a single file, or upload the folder and use Channel.from_bucket"
            raise PackagingError("path", f"{given} is a folder, which CDK would upload as one zip file", fix)
        if not given.is_file():
            raise PackagingError(
                "path", f"{given} does not exist", "check the path, or run from the app's folder"
            )
        set_field(self, "path", str(given.resolve()))


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One channel of input data; usually made with one of the ``from_`` methods.

    Args:
        name: what the container calls it: ``/opt/ml/input/data/<name>``.
        s3_uri: a prefix in S3 as ``s3://bucket/prefix``; exactly one of s3_uri, bucket and asset is given.
        bucket: an `aws_cdk.aws_s3.IBucket`; reading is granted on it.
        prefix: a key prefix in that bucket; empty: the whole bucket.
        asset: a local file that a construct uploads.
        content_type: the MIME type of the data; left out: none is sent.
        input_mode: ``File``, ``FastFile`` or ``Pipe``; left out: the algorithm's.
        compression: ``None`` or ``Gzip``; left out: AWS's ``None``.
        distribution: ``FullyReplicated`` (every instance gets all) or ``ShardedByS3Key``; left out: AWS's
            ``FullyReplicated``.
        shuffle_seed: shuffles the order of S3 keys from this seed; left out: no shuffling.
        record_wrapper: ``None`` or ``RecordIO``; left out: AWS's ``None``.
        encryption_key: the KMS key that the data is encrypted with, so that decryption is granted; it is
            not a part of the request. Left out: the bucket's own key, where it is known.

    Raises:
        SpecError: no source or several, or a value of another type or outside its set.
    """

    name: str
    s3_uri: str | None = None
    bucket: BucketLike | None = None
    prefix: str = ""
    asset: LocalFile | None = None
    content_type: str | None = None
    input_mode: str | None = None
    compression: str | None = None
    distribution: str | None = None
    shuffle_seed: int | None = None
    record_wrapper: str | None = None
    encryption_key: KeyLike | None = None

    def __post_init__(self) -> None:
        check_text("channel.name", self.name, optional=False)
        path = f"channel {self.name!r}"
        check_s3_uri(f"{path}.s3_uri", self.s3_uri)
        check_bucket(f"{path}.bucket", self.bucket)
        check_prefix(f"{path}.prefix", self.prefix)
        if self.asset is not None and not isinstance(self.asset, LocalFile):
            raise SpecError(
                f"{path}.asset", f"must be a LocalFile, got {kind(self.asset)}", "use Channel.from_asset"
            )
        self._check_one_source(path)
        check_text(f"{path}.content_type", self.content_type)
        check_one_of(f"{path}.input_mode", self.input_mode, ("File", "FastFile", "Pipe"))
        check_one_of(f"{path}.compression", self.compression, ("None", "Gzip"))
        check_one_of(f"{path}.distribution", self.distribution, ("FullyReplicated", "ShardedByS3Key"))
        check_whole(f"{path}.shuffle_seed", self.shuffle_seed, minimum=0)
        check_one_of(f"{path}.record_wrapper", self.record_wrapper, ("None", "RecordIO"))
        check_key(f"{path}.encryption_key", self.encryption_key)

    def _check_one_source(self, path: str) -> None:
        given = [name for name in ("s3_uri", "bucket", "asset") if getattr(self, name) is not None]
        if len(given) != 1:
            got = " and ".join(given) or "none"
            raise SpecError(
                path, f"needs exactly one of s3_uri, bucket and asset, got {got}", "give one of them"
            )
        if self.prefix and self.bucket is None:
            raise SpecError(f"{path}.prefix", "needs a bucket", "write the prefix into the s3 uri")

    def location(self) -> str | None:
        """The ``s3://`` uri of the data; None for a local file, whose place a construct knows."""
        return s3_uri(self.bucket, self.prefix) if self.bucket is not None else self.s3_uri

    @classmethod
    def from_bucket(
        cls,
        name: str,
        bucket: BucketLike,
        prefix: str = "",
        *,
        content_type: str | None = None,
        input_mode: str | None = None,
        compression: str | None = None,
        distribution: str | None = None,
        shuffle_seed: int | None = None,
        record_wrapper: str | None = None,
        encryption_key: KeyLike | None = None,
    ) -> Channel:
        """Data under a key prefix of a bucket of the app's; the arguments are those of the class.

        Raises:
            SpecError: as the class; also when ``bucket`` is a name instead of a bucket.
        """
        if bucket is None:
            raise SpecError(
                f"channel {name!r}.bucket", "must be a bucket, got NoneType", "pass an aws_s3.IBucket"
            )
        return cls(
            name=name,
            bucket=bucket,
            prefix=prefix,
            content_type=content_type,
            input_mode=input_mode,
            compression=compression,
            distribution=distribution,
            shuffle_seed=shuffle_seed,
            record_wrapper=record_wrapper,
            encryption_key=encryption_key,
        )

    @classmethod
    def from_uri(
        cls,
        name: str,
        s3_uri: str,
        *,
        content_type: str | None = None,
        input_mode: str | None = None,
        compression: str | None = None,
        distribution: str | None = None,
        shuffle_seed: int | None = None,
        record_wrapper: str | None = None,
        encryption_key: KeyLike | None = None,
    ) -> Channel:
        """Data under a prefix that is known by its uri; the arguments are those of the class.

        Raises:
            SpecError: as the class.
        """
        return cls(
            name=name,
            s3_uri=s3_uri,
            content_type=content_type,
            input_mode=input_mode,
            compression=compression,
            distribution=distribution,
            shuffle_seed=shuffle_seed,
            record_wrapper=record_wrapper,
            encryption_key=encryption_key,
        )

    @classmethod
    def from_asset(
        cls,
        name: str,
        path: str | os.PathLike[str],
        *,
        content_type: str | None = None,
        input_mode: str | None = None,
        compression: str | None = None,
        distribution: str | None = None,
        shuffle_seed: int | None = None,
        record_wrapper: str | None = None,
    ) -> Channel:
        """One local file, uploaded as it is when the app is deployed; the channel holds that one object.

        The object is named by its content, with the extension of the file: ``train.csv`` arrives as
        ``<hash>.csv``. Folders are refused: CDK would upload a zip file, which no container unpacks.

        Args:
            name: as the class.
            path: the file, relative to the working directory or absolute.
            content_type: as the class.
            input_mode: as the class.
            compression: as the class.
            distribution: as the class.
            shuffle_seed: as the class.
            record_wrapper: as the class.

        Raises:
            PackagingError: the file does not exist, or is a folder.
            SpecError: as the class.
        """
        return cls(
            name=name,
            asset=LocalFile(os.fspath(path) if isinstance(path, os.PathLike) else path),
            content_type=content_type,
            input_mode=input_mode,
            compression=compression,
            distribution=distribution,
            shuffle_seed=shuffle_seed,
            record_wrapper=record_wrapper,
        )
