"""Cuts botocore's models down to what the Lambda runtime calls, one a service."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .source import Source, reachable, references

__all__ = ["CUTS", "Cut"]

# Prose; and patterns, which the rules check at synth and the service again: the wire format needs neither.
DROPPED = ("documentation", "documentationUrl", "pattern")


@dataclass(frozen=True)
class Cut:
    """What the runtime needs of one service.

    Args:
        service: botocore's name of the service, and so of the folder.
        api_version: the folder inside it; botocore takes the newest it knows, here or in its own data.
        operations: what is called.
        members: the members to keep of large structures that only answers have. Nothing is kept of what is
            left out here: the parser passes over it. Left out: every member of every structure.
    """

    service: str
    api_version: str
    operations: tuple[str, ...]
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where botocore looks for the model, below a data path."""
        return f"{self.service}/{self.api_version}/service-2.json"

    def render(self, source: Source) -> str:
        """The text of the ``service-2.json``; JSON has no comments, so its metadata is the banner."""
        own = source.of(self.service, self.api_version)
        return json.dumps(self.model(own), separators=(",", ":")) + "\n"

    def model(self, source: Source) -> dict[str, Any]:
        """The part of a service model that the operations reach, without its prose."""
        shapes = {**source.model["shapes"]}
        for name, kept in self.members.items():
            shapes[name] = _with_members(name, shapes[name], kept)
        operations = {name: _without_prose(source.model["operations"][name]) for name in self.operations}
        names = sorted(reachable({"shapes": shapes}, references(list(operations.values()))))
        origin = {"generatedFrom": f"botocore {source.version}", "sourceSha256": source.digest}
        return {
            **_rest(source.model),
            "metadata": {**source.model["metadata"], **origin},
            "operations": operations,
            "shapes": {name: _without_prose(shapes[name]) for name in names},
        }


CUTS = (
    Cut(
        "sagemaker",
        "2017-07-24",
        (
            "AddTags",
            "CreateTrainingJob",
            "DeleteTags",
            "DeleteTrainingJob",
            "DescribeTrainingJob",
            "ListTags",
            "ListTrainingJobs",
            "StopTrainingJob",
            "UpdateTrainingJob",
        ),
    ),
    Cut("kms", "2014-11-01", ("Decrypt", "Encrypt")),
    Cut("stepfunctions", "2016-11-23", ("StartExecution",)),
    Cut("cloudformation", "2010-05-15", ("DescribeStacks",)),
    # botocore itself calls the first for a directory bucket, and the second to find a bucket's region.
    Cut("s3", "2006-03-01", ("CreateSession", "HeadBucket", "ListObjectsV2")),
    Cut("logs", "2014-03-28", ("DescribeLogStreams", "GetLogEvents")),
    Cut(
        "ec2",
        "2016-11-15",
        ("DescribeNetworkInterfaces",),
        {
            "NetworkInterface": (
                "Attachment",
                "Description",
                "Groups",
                "InterfaceType",
                "NetworkInterfaceId",
                "RequesterId",
                "RequesterManaged",
                "Status",
                "SubnetId",
                "VpcId",
            ),
            "NetworkInterfaceAttachment": ("AttachmentId", "InstanceOwnerId", "Status"),
        },
    ),
)


def _rest(model: dict[str, Any]) -> dict[str, Any]:
    """The other entries at the top; S3's endpoint rules ask for the one that is told apart."""
    rest = {key: _without_prose(item) for key, item in model.items() if key not in DROPPED}
    if "clientContextParams" in rest:
        # botocore fails when one has no documentation; any will do.
        parameters = rest["clientContextParams"].items()
        rest["clientContextParams"] = {key: {**item, "documentation": ""} for key, item in parameters}
    return rest


def _with_members(name: str, shape: dict[str, Any], kept: tuple[str, ...]) -> dict[str, Any]:
    if gone := set(kept) - set(shape["members"]):
        raise SystemExit(f"{name}: has no {', '.join(sorted(gone))} any more; see what became of it")
    if needed := set(shape.get("required", ())) - set(kept):
        raise SystemExit(f"{name}: requires {', '.join(sorted(needed))}; keep it")
    return {**shape, "members": {member: shape["members"][member] for member in kept}}


def _without_prose(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_prose(item)
        for key, item in node.items()
        if not (key in DROPPED and isinstance(item, str))
    }
