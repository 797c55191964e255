"""Rules about tags."""

from __future__ import annotations

from constructs_lib.rules.items import known_items, repeats
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import shown

__all__ = ["RULES"]

_RESERVED = "aws:"


@rule(
    "tag-key-aws-prefix",
    "error",
    fields=("Tags[].Key",),
    doubts=("TagKey",),
    violated_when="a key starts with aws:, in any case",
    message="must not start with aws: (in any case), got {key}: the prefix is reserved for AWS",
    fix="use another prefix",
    source="AWS tagging rules (reserved prefix)",
)
def _tag_key_aws_prefix(job: Job) -> Hits:
    for index, tag in known_items(job.request["Tags"]):
        key = tag["Key"]
        if key is not UNKNOWN and key[: len(_RESERVED)].lower() == _RESERVED:
            yield ("Tags", index, "Key"), {"key": shown(key)}


@rule(
    "tag-key-unique",
    "error",
    fields=("Tags[].Key",),
    doubts=("TagList",),
    violated_when="two tags have the same key (case matters)",
    message="must be unique, got {key} here and in Tags[{first}]",
    fix="keep one tag of each key",
    source='Tag$Key ("must be unique per resource")',
)
def _tag_key_unique(job: Job) -> Hits:
    for index, key, first in repeats(job.request["Tags"], "Key"):
        yield ("Tags", index, "Key"), {"key": shown(key), "first": first}


RULES = (
    _tag_key_aws_prefix,
    _tag_key_unique,
)
