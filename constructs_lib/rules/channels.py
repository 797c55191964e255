"""Rules about the input channels: their names, and the one source of each."""

from __future__ import annotations

from typing import Any

from constructs_lib.rules.items import repeats
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_SOURCES = ("S3DataSource", "FileSystemDataSource", "DatasetSource")
_SOURCE_FIELD = "InputDataConfig[].DataSource"


@rule(
    "channel-name-unique",
    "error",
    fields=("InputDataConfig[].ChannelName",),
    doubts=("InputDataConfig",),
    violated_when="two channels share a ChannelName",
    message="{name} is the name of InputDataConfig[{first}] already: both would be at the same path, "
    "/opt/ml/input/data/<name>",
    fix="give each channel a name of its own",
    source='Channel ("a named input source"); developer guide, '
    "your-algorithms-training-algo-running-container",
)
def _channel_name_unique(job: Job) -> Hits:
    channels = job.request["InputDataConfig"]
    if len(channels) == 1:
        return ()
    return [
        (("InputDataConfig", index, "ChannelName"), {"name": shown(name), "first": first})
        for index, name, first in repeats(channels, "ChannelName")
    ]


@rule(
    "data-source-exactly-one",
    "error",
    fields=tuple(f"{_SOURCE_FIELD}.{member}" for member in _SOURCES),
    doubts=("DataSource",),
    violated_when="a channel has none, or several, of S3DataSource, FileSystemDataSource and DatasetSource",
    message="must have exactly one of S3DataSource, FileSystemDataSource and DatasetSource, got {got}",
    fix="set one source in each channel; further data goes in a channel of its own",
    source="DataSource (a structure of alternatives)",
    verified=False,
)
def _data_source_exactly_one(job: Job) -> Hits:
    for path, channel in job.channels():
        source = channel["DataSource"]
        if source is UNKNOWN or (len(source) == 1 and "S3DataSource" in source):
            continue
        found = [member for member in source if member in _SOURCES]
        if len(found) != 1:
            yield (*path, "DataSource", *found[1:2]), {"got": " and ".join(found) or "none"}


@rule(
    "shuffle-without-s3-listing",
    "warning",
    fields=(
        "InputDataConfig[].ShuffleConfig",
        "InputDataConfig[].InputMode",
        "InputDataConfig[].DataSource.FileSystemDataSource",
        "InputDataConfig[].DataSource.DatasetSource",
        "AlgorithmSpecification.TrainingInputMode",
    ),
    when=("InputDataConfig[].ShuffleConfig",),
    violated_when="ShuffleConfig is set on a channel in FastFile mode, or one of a file system or data set",
    message="has no effect on {what}: what is shuffled are the objects that SageMaker lists in S3",
    fix="leave out ShuffleConfig, and shuffle in the training code",
    source="ShuffleConfig (keys of S3 prefixes and entries of manifest files)",
    verified=False,
)
def _shuffle_without_s3_listing(job: Job) -> Hits:
    for path, channel in job.channels():
        if "ShuffleConfig" in channel:
            what = _not_listed(job, channel)
            if what is not None:
                yield (*path, "ShuffleConfig"), {"what": what}


def _not_listed(job: Job, channel: dict[str, Any]) -> str | None:
    """What of a channel keeps SageMaker from listing its objects; None: nothing, or it is not known."""
    source = channel["DataSource"]
    for member in _SOURCES[1:]:
        if source is not UNKNOWN and member in source:
            return f"a {member}"
    return "a channel in FastFile mode" if job.mode(channel) == "FastFile" else None


@rule(
    "sharded-on-single-instance",
    "warning",
    fields=(
        "InputDataConfig[].DataSource.S3DataSource.S3DataDistributionType",
        "ResourceConfig.InstanceCount",
        "ResourceConfig.InstanceGroups",
        "ResourceConfig.InstancePreferences",
    ),
    doubts=("S3DataDistribution",),
    violated_when="S3DataDistributionType is ShardedByS3Key and the job has one instance in all",
    message="ShardedByS3Key has no effect on one instance: it gets all objects",
    fix="leave out S3DataDistributionType, or train on several instances",
    source="S3DataSource$S3DataDistributionType (a part of the objects for each instance)",
)
def _sharded_on_single_instance(job: Job) -> Hits:
    if job.instance_count == 1:
        for path, source, _ in job.s3_sources():
            kind = source.get("S3DataDistributionType")
            if kind is not UNKNOWN and kind == "ShardedByS3Key":
                yield (*path, "S3DataDistributionType"), {}


@rule(
    "dataset-source-only-serverless",
    "warning",
    fields=("InputDataConfig[].DataSource.DatasetSource", "ServerlessJobConfig"),
    when=("InputDataConfig[].DataSource.DatasetSource",),
    violated_when="a channel has a DatasetSource, and ServerlessJobConfig is left out",
    message="is for serverless model customization, and ServerlessJobConfig is left out",
    fix="set S3DataSource with the place of the data, or ServerlessJobConfig",
    source="DatasetSource (a data set of a hub)",
    verified=False,
)
def _dataset_source_only_serverless(job: Job) -> Hits:
    if not job.is_serverless:
        for path, channel in job.channels():
            source = channel["DataSource"]
            if source is not UNKNOWN and "DatasetSource" in source:
                yield (*path, "DataSource", "DatasetSource"), {}


@rule(
    "model-access-eula-accepted",
    "error",
    fields=("InputDataConfig[].DataSource.S3DataSource.ModelAccessConfig.AcceptEula",),
    violated_when="ModelAccessConfig.AcceptEula is false",
    message="must be true, got false: the model can be used only after its licence has been accepted",
    fix="read the model's licence, and set AcceptEula to true if it is acceptable; or leave out "
    "ModelAccessConfig for data without a licence",
    source='ModelAccessConfig$AcceptEula ("must be explicitly defined as True")',
)
def _model_access_eula_accepted(job: Job) -> Hits:
    for path, source, _ in job.s3_sources():
        access = source.get("ModelAccessConfig")
        if access is not None and access is not UNKNOWN and access["AcceptEula"] is False:
            yield (*path, "ModelAccessConfig", "AcceptEula"), {}


RULES = (
    _channel_name_unique,
    _data_source_exactly_one,
    _shuffle_without_s3_listing,
    _sharded_on_single_instance,
    _dataset_source_only_serverless,
    _model_access_eula_accepted,
)
