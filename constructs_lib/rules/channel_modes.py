"""Rules about what a channel's input mode can carry; a channel without one has the algorithm's."""

from __future__ import annotations

from typing import Any

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN

__all__ = ["RULES"]

_OWN = "InputDataConfig[].InputMode"
_SHARED = "AlgorithmSpecification.TrainingInputMode"
_TYPE = "InputDataConfig[].DataSource.S3DataSource.S3DataType"
_MODEL = "application/x-sagemaker-model"


def _of_type_in_mode(job: Job, kind: str, mode: str) -> Hits:
    """The input mode of each channel of an S3DataType that has that mode."""
    return [
        ((*path[:2], "InputMode"), {})
        for path, source, channel in job.listed_sources
        if source["S3DataType"] == kind and job.mode(channel) == mode
    ]


@rule(
    "augmented-manifest-needs-pipe",
    "error",
    fields=(_TYPE, _OWN, _SHARED),
    doubts=("S3DataType",),
    violated_when="S3DataType is AugmentedManifestFile and the channel's input mode is File (FastFile: "
    "fastfile-no-augmented-manifest)",
    message="must be Pipe for S3DataType AugmentedManifestFile, got File: its records exist as a stream only",
    fix="set the channel's InputMode to Pipe, or list the objects in a ManifestFile",
    source='S3DataSource$S3DataType ("can only be used if the Channel\'s input mode is Pipe"); the developer '
    "guide, model-access-training-data, lists File as well",
)
def _augmented_manifest_needs_pipe(job: Job) -> Hits:
    return _of_type_in_mode(job, "AugmentedManifestFile", "File")


@rule(
    "fastfile-no-augmented-manifest",
    "error",
    fields=(_TYPE, _OWN, _SHARED),
    doubts=("S3DataType",),
    violated_when="S3DataType is AugmentedManifestFile and the channel's input mode is FastFile",
    message="must be Pipe for S3DataType AugmentedManifestFile, got FastFile, which reads S3 prefixes only",
    fix="set the channel's InputMode to Pipe",
    source='AlgorithmSpecification$TrainingInputMode ("Augmented manifest files aren\'t supported")',
)
def _fastfile_no_augmented_manifest(job: Job) -> Hits:
    return _of_type_in_mode(job, "AugmentedManifestFile", "FastFile")


@rule(
    "fastfile-no-manifest",
    "error",
    fields=(_TYPE, _OWN, _SHARED),
    doubts=("S3DataType",),
    violated_when="S3DataType is ManifestFile and the channel's input mode is FastFile",
    message="must be File or Pipe for S3DataType ManifestFile, got FastFile, which reads S3 prefixes only",
    fix="set the channel's InputMode to File or Pipe, or S3DataType to S3Prefix",
    source='developer guide, model-access-training-data ("supports S3 prefixes only")',
)
def _fastfile_no_manifest(job: Job) -> Hits:
    return _of_type_in_mode(job, "ManifestFile", "FastFile")


def _outside_pipe(job: Job, member: str, value: str) -> Hits:
    """The member of each channel that has that value of it in another mode than Pipe."""
    for path, channel in job.channels():
        own = channel.get(member)
        if own is not UNKNOWN and own == value:
            mode = job.mode(channel)
            if mode is not None and mode != "Pipe":
                yield (*path, member), {"mode": mode}


@rule(
    "compression-only-pipe",
    "error",
    fields=("InputDataConfig[].CompressionType", _OWN, _SHARED),
    doubts=("CompressionType",),
    violated_when="CompressionType is Gzip and the channel's input mode is not Pipe",
    message="Gzip can be set in Pipe mode only, and the channel's input mode is {mode}, which does not "
    "unpack files",
    fix="leave out CompressionType and unpack in the training code, or set the channel's InputMode to Pipe",
    source='Channel$CompressionType ("used only in Pipe input mode")',
)
def _compression_only_pipe(job: Job) -> Hits:
    return _outside_pipe(job, "CompressionType", "Gzip")


@rule(
    "record-wrapper-only-pipe",
    "error",
    fields=("InputDataConfig[].RecordWrapperType", _OWN, _SHARED),
    doubts=("RecordWrapper",),
    violated_when="RecordWrapperType is RecordIO and the channel's input mode is not Pipe",
    message="RecordIO can be set in Pipe mode only, and the channel's input mode is {mode}, which does not "
    "wrap files",
    fix="leave out RecordWrapperType, or set the channel's InputMode to Pipe",
    source='Channel$RecordWrapperType ("In File mode, leave this field unset or set it to None")',
)
def _record_wrapper_only_pipe(job: Job) -> Hits:
    return _outside_pipe(job, "RecordWrapperType", "RecordIO")


@rule(
    "model-channel-file-mode",
    "error",
    fields=("InputDataConfig[].ContentType", _OWN, _SHARED),
    doubts=("ContentType",),
    violated_when="ContentType is application/x-sagemaker-model and the channel's input mode is not File",
    message="must be File for the content type application/x-sagemaker-model, got {mode}: the model to go on "
    "from is read as files",
    fix="set the InputMode of the model's channel to File",
    source='Channel$InputMode ("To use a model for incremental training, choose File input model"); '
    "developer guide, incremental-training",
)
def _model_channel_file_mode(job: Job) -> Hits:
    for path, channel in job.channels():
        if _is_model(channel.get("ContentType")):
            mode = job.mode(channel)
            if mode is not None and mode != "File":
                yield (*path, "InputMode"), {"mode": mode}


def _is_model(content: Any) -> bool:
    return content is not None and content is not UNKNOWN and content.split(";")[0].strip().lower() == _MODEL


RULES = (
    _augmented_manifest_needs_pipe,
    _fastfile_no_augmented_manifest,
    _fastfile_no_manifest,
    _compression_only_pipe,
    _record_wrapper_only_pipe,
    _model_channel_file_mode,
)
