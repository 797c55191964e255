"""Rules about sources in S3 that are more than a prefix: manifests, and data for model customization."""

from __future__ import annotations

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_SOURCE = "InputDataConfig[].DataSource.S3DataSource"
_TYPE = f"{_SOURCE}.S3DataType"
_NAMES = f"{_SOURCE}.AttributeNames"
_AUGMENTED = "AugmentedManifestFile"


@rule(
    "augmented-manifest-needs-attribute-names",
    "error",
    fields=(_NAMES, _TYPE),
    doubts=("S3DataType",),
    violated_when="S3DataType is AugmentedManifestFile and AttributeNames is left out or empty",
    message="must name at least one attribute for S3DataType AugmentedManifestFile, got {got}: only what is "
    "named is read from each line",
    fix="list the attributes of the manifest's lines in the order of use, such as source-ref and the label's",
    source="S3DataSource$AttributeNames; developer guide, augmented-manifest",
)
def _augmented_manifest_needs_attribute_names(job: Job) -> Hits:
    for path, source, _ in job.listed_sources:
        if source["S3DataType"] == _AUGMENTED:
            names = source.get("AttributeNames")
            if names is not UNKNOWN and not names:
                yield (*path, "AttributeNames"), {"got": "nothing" if names is None else "an empty list"}


@rule(
    "attribute-names-only-augmented",
    "warning",
    fields=(_NAMES, _TYPE),
    when=(_NAMES,),
    violated_when="AttributeNames has a name and S3DataType is not AugmentedManifestFile",
    message="has no effect with S3DataType {kind}: attributes are those of an augmented manifest's lines",
    fix="leave out AttributeNames, or set S3DataType to AugmentedManifestFile",
    source='S3DataSource$AttributeNames ("found in a specified augmented manifest file")',
)
def _attribute_names_only_augmented(job: Job) -> Hits:
    for path, source, _ in job.s3_sources():
        names, kind = source.get("AttributeNames"), source["S3DataType"]
        if names is not UNKNOWN and names and kind is not UNKNOWN and kind != _AUGMENTED:
            yield (*path, "AttributeNames"), {"kind": kind}


@rule(
    "manifest-uri-is-object",
    "error",
    fields=(f"{_SOURCE}.S3Uri", _TYPE),
    doubts=("S3DataType",),
    violated_when="S3DataType is ManifestFile or AugmentedManifestFile and S3Uri has no key or ends with a "
    "slash",
    message="must name one object for S3DataType {kind}, got {uri}, which is a {what}",
    fix="set the uri of the manifest itself, such as s3://bucket/path/train.manifest",
    source='S3DataSource$S3DataType ("S3Uri identifies an object that is a manifest file")',
)
def _manifest_uri_is_object(job: Job) -> Hits:
    for path, source, _ in job.listed_sources:
        kind, uri = source["S3DataType"], source["S3Uri"]
        if uri is not UNKNOWN and kind in ("ManifestFile", _AUGMENTED):
            what = _not_an_object(uri)
            if what is not None:
                yield (*path, "S3Uri"), {"kind": kind, "uri": shown(uri), "what": what}


def _not_an_object(uri: str) -> str | None:
    """What a uri names when it cannot be an object; None: it can."""
    bucket, _, key = uri.partition("://")[2].partition("/")
    if bucket.startswith("arn:"):
        key = key.partition("/")[2]  # the first step of an access point's ARN is its name
    if not key:
        return "bucket"
    return "prefix" if key.endswith("/") else None


@rule(
    "converse-only-model-customization",
    "warning",
    fields=(_TYPE, "ServerlessJobConfig"),
    doubts=("S3DataType",),
    violated_when="S3DataType is Converse and ServerlessJobConfig is left out",
    message="Converse is for serverless model customization, and ServerlessJobConfig is left out",
    fix="set S3DataType to S3Prefix, or set ServerlessJobConfig",
    source="S3DataSource$S3DataType (Converse: fine-tuning of foundation models)",
    verified=False,
)
def _converse_only_model_customization(job: Job) -> Hits:
    if job.is_serverless:
        return ()
    return [
        ((*path, "S3DataType"), {})
        for path, source, _ in job.listed_sources
        if source["S3DataType"] == "Converse"
    ]


RULES = (
    _augmented_manifest_needs_attribute_names,
    _attribute_names_only_augmented,
    _manifest_uri_is_object,
    _converse_only_model_customization,
)
