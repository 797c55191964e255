"""What a channel's arguments may be, and which of them go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import (
    check_flag,
    check_one_of,
    check_prefix,
    check_s3_uri,
    check_text,
    check_texts,
    check_whole,
    kind,
    shown,
)
from constructs_lib.spec.file_systems import FileSystem
from constructs_lib.spec.frozen import set_field
from constructs_lib.spec.local_files import LocalFile
from constructs_lib.spec.locations import check_bucket, check_key
from constructs_lib.spec.text import is_expression, is_resolvable, is_unknown

if TYPE_CHECKING:
    from constructs_lib.spec.channels import Channel

__all__ = ["LARGEST_EXACT", "check_channel"]

SOURCES = ("s3_uri", "bucket", "asset", "file_system", "dataset_arn")
DATA_TYPES = ("S3Prefix", "ManifestFile", "AugmentedManifestFile", "Converse")
LARGEST_EXACT = 2**53 - 1
"""The largest whole number that a template keeps: CDK's numbers are doubles."""
_FOR_S3 = (
    "attribute_names",
    "manifest_data",
    "instance_groups",
    "accept_eula",
    "hub_content_arn",
    "distribution",
    "encryption_key",
)


def check_channel(channel: Channel) -> None:
    """Refuse what is wrong in itself or contradicts another argument, and copy the lists.

    Raises:
        SpecError: the message names the channel and the argument.
    """
    check_text("channel.name", channel.name, optional=False)
    path = f"channel {shown(channel.name)}"
    _check_source(path, channel)
    check_text(f"{path}.content_type", channel.content_type)
    check_one_of(f"{path}.input_mode", channel.input_mode, ("File", "FastFile", "Pipe"))
    check_one_of(f"{path}.compression", channel.compression, ("None", "Gzip"))
    check_one_of(f"{path}.distribution", channel.distribution, ("FullyReplicated", "ShardedByS3Key"))
    check_whole(f"{path}.shuffle_seed", channel.shuffle_seed, minimum=-LARGEST_EXACT, maximum=LARGEST_EXACT)
    check_one_of(f"{path}.record_wrapper", channel.record_wrapper, ("None", "RecordIO"))
    check_flag(f"{path}.accept_eula", channel.accept_eula)
    check_text(f"{path}.hub_content_arn", channel.hub_content_arn)
    check_key(f"{path}.encryption_key", channel.encryption_key)
    for name in ("attribute_names", "instance_groups", "manifest_data"):
        set_field(channel, name, _texts(f"{path}.{name}", getattr(channel, name)))
    _check_manifest(path, channel)


def _check_source(path: str, channel: Channel) -> None:
    check_s3_uri(f"{path}.s3_uri", channel.s3_uri)
    check_bucket(f"{path}.bucket", channel.bucket)
    check_prefix(f"{path}.prefix", channel.prefix)
    check_text(f"{path}.dataset_arn", channel.dataset_arn)
    _check_kind(f"{path}.asset", channel.asset, LocalFile, "use Channel.from_asset")
    fix = "use Channel.from_efs or Channel.from_fsx_lustre"
    _check_kind(f"{path}.file_system", channel.file_system, FileSystem, fix)
    if channel.data_type is None:
        raise SpecError(f"{path}.data_type", "must be a str, got NoneType", "leave it out for S3Prefix")
    check_one_of(f"{path}.data_type", channel.data_type, DATA_TYPES)
    given = [name for name in SOURCES if getattr(channel, name) is not None]
    if len(given) != 1:
        got = " and ".join(given) or "none"
        problem = f"needs exactly one of {', '.join(SOURCES[:-1])} and {SOURCES[-1]}, got {got}"
        raise SpecError(path, problem, "give one of them")
    if channel.prefix and channel.bucket is None:
        raise SpecError(f"{path}.prefix", "needs a bucket", "write the prefix into the s3 uri")
    if given[0] in ("file_system", "dataset_arn"):
        _check_only_for_s3(path, channel, given[0])


def _check_only_for_s3(path: str, channel: Channel, source: str) -> None:
    given = [name for name in _FOR_S3 if getattr(channel, name) is not None]
    if channel.data_type != "S3Prefix":
        given.append("data_type")
    for name in given:
        raise SpecError(f"{path}.{name}", f"is for data in S3, not for {source}", "leave it out")


def _check_manifest(path: str, channel: Channel) -> None:
    if channel.manifest_data is None:
        return
    if not is_unknown(channel.data_type) and "Manifest" not in channel.data_type:
        problem = f"is for manifests, and data_type is {channel.data_type}"
        raise SpecError(f"{path}.manifest_data", problem, "leave it out, or use Channel.from_manifest")
    if not isinstance(channel.manifest_data, tuple):
        problem = f"must be a list of str, got {kind(channel.manifest_data)}"
        raise SpecError(f"{path}.manifest_data", problem, "write each uri by itself")
    for index, uri in enumerate(channel.manifest_data):
        check_s3_uri(f"{path}.manifest_data[{index}]", uri)


def _check_kind(path: str, value: object, expected: type, fix: str) -> None:
    if value is not None and not isinstance(value, expected):
        raise SpecError(path, f"must be a {expected.__name__}, got {kind(value)}", fix)


def _texts(path: str, values: object) -> object:
    """A list of text as a tuple; None, and what stands for a whole list, as it is."""
    if values is None or is_expression(values) or is_resolvable(values):
        return values
    return check_texts(path, values)
