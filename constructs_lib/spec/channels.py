"""Input data: named channels, each of which becomes a folder (or a pipe) in the container."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, cast

from constructs_lib.errors import SpecError
from constructs_lib.spec.channel_checks import check_channel
from constructs_lib.spec.checks import check_prefix, check_s3_uri, kind, offers, shown
from constructs_lib.spec.file_systems import FileSystem, FileSystemLike
from constructs_lib.spec.local_files import LocalFile
from constructs_lib.spec.locations import BucketLike, KeyLike, s3_uri
from constructs_lib.spec.text import Resolvable, Unknown, UnknownNumber, is_resolvable

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Channel", "ChannelOptions", "LocalFile", "S3Options"]


class ChannelOptions(TypedDict, total=False):
    """What every ``from_`` method of `Channel` takes besides its own arguments: see `Channel`."""

    content_type: str | None
    input_mode: str | None
    compression: str | None
    record_wrapper: str | None
    shuffle_seed: int | UnknownNumber | None


class S3Options(ChannelOptions, total=False):
    """What those ``from_`` methods of `Channel` take that read S3: see `Channel`."""

    distribution: str | None
    instance_groups: Sequence[str] | Resolvable | None
    accept_eula: bool | Unknown | None
    hub_content_arn: str | None
    encryption_key: KeyLike | None


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One channel of input data; usually made with one of the ``from_`` methods.

    Args:
        name: what the container calls it: ``/opt/ml/input/data/<name>``.
        s3_uri: a prefix in S3 as ``s3://bucket/prefix``; exactly one of s3_uri, bucket, asset, file_system
            and dataset_arn is given.
        bucket: an `aws_cdk.aws_s3.IBucket`; reading is granted on it.
        prefix: a key prefix in that bucket, or the key of a manifest; empty: the whole bucket.
        asset: a local file that a construct uploads.
        file_system: a folder of an EFS or FSx for Lustre file system, which is mounted.
        dataset_arn: a data set in a SageMaker hub, by its ARN; for serverless jobs.
        data_type: what lies at the place in S3: ``S3Prefix`` (objects whose keys begin so), ``ManifestFile``,
            ``AugmentedManifestFile`` or ``Converse``. Left out: ``S3Prefix``.
        attribute_names: the attributes of an augmented manifest that the container gets; left out: none.
        manifest_data: where the objects lie that a manifest names, as ``s3://bucket/prefix`` each, so that
            reading them is granted; not a part of the request. Left out: anywhere in the manifest's bucket.
        instance_groups: the names of the groups of instances that get the data; left out: all.
        accept_eula: accept the licence of the model that the channel holds; left out: nothing is said.
        hub_content_arn: the model reference in a private hub that the channel's model comes from.
        content_type: the MIME type of the data; left out: none is sent.
        input_mode: ``File``, ``FastFile`` or ``Pipe``; left out: the algorithm's.
        compression: ``None`` or ``Gzip``; left out: AWS's ``None``.
        distribution: ``FullyReplicated`` (every instance gets all) or ``ShardedByS3Key``; left out: AWS's
            ``FullyReplicated``.
        shuffle_seed: shuffles the order of S3 keys from this seed, a whole number of at most 53 bits, which
            templates carry exactly; left out: no shuffling.
        record_wrapper: ``None`` or ``RecordIO``; left out: AWS's ``None``.
        encryption_key: the KMS key that the data is encrypted with, so that decryption is granted; it is
            not a part of the request. Left out: the bucket's own key, where it is known.

    Raises:
        SpecError: no source or several, an argument that is not for that source, or a value of another type
            or outside its set.
    """

    name: str
    s3_uri: str | None = None
    bucket: BucketLike | None = None
    prefix: str = ""
    asset: LocalFile | None = None
    file_system: FileSystem | None = None
    dataset_arn: str | None = None
    data_type: str = "S3Prefix"
    attribute_names: Sequence[str] | Resolvable | None = None
    manifest_data: Sequence[str] | None = None
    instance_groups: Sequence[str] | Resolvable | None = None
    accept_eula: bool | Unknown | None = None
    hub_content_arn: str | None = None
    content_type: str | None = None
    input_mode: str | None = None
    compression: str | None = None
    distribution: str | None = None
    shuffle_seed: int | UnknownNumber | None = None
    record_wrapper: str | None = None
    encryption_key: KeyLike | None = None

    def __post_init__(self) -> None:
        check_channel(self)

    def location(self) -> str | None:
        """The ``s3://`` uri of the data; None for data elsewhere, and for a file that a construct uploads."""
        return s3_uri(self.bucket, self.prefix) if self.bucket is not None else self.s3_uri

    @classmethod
    def from_bucket(
        cls,
        name: str,
        bucket: BucketLike,
        prefix: str = "",
        *,
        data_type: str = "S3Prefix",
        **options: Unpack[S3Options],
    ) -> Channel:
        """Data under a key prefix of a bucket of the app's.

        Args:
            name: as the class.
            bucket: an `aws_cdk.aws_s3.IBucket`.
            prefix: a key prefix; empty: the whole bucket.
            data_type: as the class.
            **options: ``content_type``, ``input_mode``, ``compression``, ``record_wrapper``,
                ``shuffle_seed``, ``distribution``, ``instance_groups``, ``accept_eula``, ``hub_content_arn``
                and ``encryption_key``, as the class.

        Raises:
            SpecError: as the class; also when ``bucket`` is a name instead of a bucket.
        """
        _given(name, bucket)
        return cls(name=name, bucket=bucket, prefix=prefix, data_type=data_type, **options)

    @classmethod
    def from_uri(
        cls, name: str, s3_uri: str, *, data_type: str = "S3Prefix", **options: Unpack[S3Options]
    ) -> Channel:
        """Data under a prefix that is known by its uri; options as `from_bucket`.

        Raises:
            SpecError: as the class.
        """
        return cls(name=name, s3_uri=s3_uri, data_type=data_type, **options)

    @classmethod
    def from_asset(
        cls, name: str, path: str | os.PathLike[str], **options: Unpack[ChannelOptions]
    ) -> Channel:
        """One local file, uploaded as it is when the app is deployed; the channel holds that one object.

        The object is named by its content, with the extension of the file: ``train.csv`` arrives as
        ``<hash>.csv``. Folders are refused: CDK would upload a zip file, which no container unpacks.

        Args:
            name: as the class.
            path: the file, relative to the working directory or absolute.
            **options: ``content_type``, ``input_mode``, ``compression``, ``record_wrapper`` and
                ``shuffle_seed``, as the class.

        Raises:
            PackagingError: the file does not exist, or is a folder.
            SpecError: as the class.
        """
        asset = LocalFile(os.fspath(path) if isinstance(path, os.PathLike) else path)
        return cls(name=name, asset=asset, **options)

    @classmethod
    def from_manifest(
        cls,
        name: str,
        manifest: str | BucketLike,
        key: str = "",
        *,
        manifest_data: Sequence[str] | None = None,
        **options: Unpack[S3Options],
    ) -> Channel:
        """The objects that a manifest in S3 names: a JSON list of a common prefix and keys.

        Args:
            name: as the class.
            manifest: the manifest's ``s3://`` uri, or the `aws_cdk.aws_s3.IBucket` that it lies in.
            key: the manifest's key in that bucket; none with a uri.
            manifest_data: as the class; needed where the objects lie in another bucket.
            **options: as `from_bucket`.

        Raises:
            SpecError: as the class.
        """
        return _manifest(name, "ManifestFile", manifest, key, None, manifest_data, options)

    @classmethod
    def from_augmented_manifest(
        cls,
        name: str,
        manifest: str | BucketLike,
        key: str = "",
        *,
        attribute_names: Sequence[str] | Resolvable,
        manifest_data: Sequence[str] | None = None,
        **options: Unpack[S3Options],
    ) -> Channel:
        """The objects and labels of an augmented manifest: JSON lines, as labelling jobs write them.

        SageMaker streams them, so the channel's input mode is ``Pipe`` when left out.

        Args:
            name: as the class.
            manifest: as `from_manifest`.
            key: as `from_manifest`.
            attribute_names: which attributes of each line the container gets, in this order.
            manifest_data: as `from_manifest`.
            **options: as `from_bucket`.

        Raises:
            SpecError: as the class.
        """
        options.setdefault("input_mode", "Pipe")
        type = "AugmentedManifestFile"
        return _manifest(name, type, manifest, key, attribute_names, manifest_data, options)

    @classmethod
    def from_efs(
        cls,
        name: str,
        file_system: FileSystemLike,
        directory_path: str | None = None,
        *,
        read_only: bool | str = True,
        **options: Unpack[ChannelOptions],
    ) -> Channel:
        """A folder of an EFS file system, mounted in the job's VPC.

        Args:
            name: as the class.
            file_system: an `aws_cdk.aws_efs.IFileSystem`, or the id of one.
            directory_path: the folder's full path; left out: the whole file system.
            read_only: False: the container may write there. Left out: it may not.
            **options: as `from_asset`.

        Raises:
            SpecError: as the class and `FileSystem`.
        """
        return _mounted(name, "EFS", file_system, directory_path, read_only, options)

    @classmethod
    def from_fsx_lustre(
        cls,
        name: str,
        file_system: FileSystemLike,
        directory_path: str | None = None,
        *,
        read_only: bool | str = True,
        **options: Unpack[ChannelOptions],
    ) -> Channel:
        """A folder of an FSx for Lustre file system, mounted in the job's VPC.

        Args:
            name: as the class.
            file_system: an `aws_cdk.aws_fsx.IFileSystem`, or the id of one.
            directory_path: the folder's full path, which begins with the file system's mount name:
                ``f"/{file_system.mount_name}/data"``. Left out: the whole file system, where it is an object
                that knows its mount name.
            read_only: False: the container may write there. Left out: it may not.
            **options: as `from_asset`.

        Raises:
            SpecError: as the class and `FileSystem`; also without a path where the mount name is not known.
        """
        return _mounted(name, "FSxLustre", file_system, directory_path, read_only, options)

    @classmethod
    def from_dataset(cls, name: str, dataset_arn: str, **options: Unpack[ChannelOptions]) -> Channel:
        """A data set in a SageMaker hub, for serverless jobs.

        Args:
            name: as the class.
            dataset_arn: the ARN of the hub's content.
            **options: as `from_asset`.

        Raises:
            SpecError: as the class.
        """
        return cls(name=name, dataset_arn=dataset_arn, **options)


def _given(name: str, bucket: object) -> None:
    """Refuse None for a bucket, which the class would take for one that was left out."""
    if bucket is None:
        raise SpecError(
            f"channel {shown(name)}.bucket", "must be a bucket, got NoneType", "pass an aws_s3.IBucket"
        )


def _manifest(
    name: str,
    data_type: str,
    manifest: str | BucketLike,
    key: str,
    attribute_names: Sequence[str] | Resolvable | None,
    manifest_data: Sequence[str] | None,
    options: S3Options,
) -> Channel:
    uri = manifest if isinstance(manifest, str) or is_resolvable(manifest) else None
    bucket = manifest if uri is None else None
    path = f"channel {shown(name)}"
    check_prefix(f"{path}.key", key)
    if uri is None:
        if not offers(bucket, "bucket_name"):
            problem = f"must be a bucket or an s3 uri, got {kind(bucket)}"
            raise SpecError(f"{path}.manifest", problem, "pass an aws_s3.IBucket, or the manifest's uri")
        if key == "":
            problem = "must not be empty: a manifest is one object"
            raise SpecError(f"{path}.key", problem, "give the manifest's key")
    else:
        if key != "":
            problem = "needs a bucket, and the manifest is given by its uri"
            raise SpecError(f"{path}.key", problem, "write the key into the uri")
        check_s3_uri(f"{path}.manifest", uri)
    return Channel(
        name=name,
        s3_uri=cast("str | None", uri),
        bucket=cast("BucketLike | None", bucket),
        prefix=key,
        data_type=data_type,
        attribute_names=attribute_names,
        manifest_data=manifest_data,
        **options,
    )


def _mounted(
    name: str,
    type: str,
    file_system: FileSystemLike,
    directory_path: str | None,
    read_only: bool | str,
    options: ChannelOptions,
) -> Channel:
    try:
        mounted = FileSystem(
            type=type, file_system=file_system, directory_path=directory_path, read_only=read_only
        )
    except SpecError as error:
        raise SpecError(f"channel {shown(name)}.{error.path}", error.problem, error.fix) from None
    return Channel(name=name, file_system=mounted, **options)
