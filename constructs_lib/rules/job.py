"""`Job`: a request as rules read it: cleaned by the service model, with what several rules derive from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from constructs_lib.rules.image_names import ImageName, parse_image
from constructs_lib.rules.members import find_s3_uris
from constructs_lib.rules.rule import Path
from constructs_lib.rules.values import UNKNOWN, Undecided
from constructs_lib.spec import instance_types

__all__ = ["Job"]

_NOTHING: dict[str, Any] = {}


class Job:
    """A request, its region and account where they are known, and what is derived from them.

    Every member has the type of the service model, or is `UNKNOWN`; a required member of a structure is
    there (unknown, when it is missing). Looking at an unknown value raises `Undecided`.
    """

    def __init__(
        self, request: Mapping[str, Any], region: str | None, account: str | None, raw: object = None
    ) -> None:
        self.request = request
        self.raw = raw  # as it was given, ill-formed values and all: for what must not be written at all
        self.raw_texts: dict[str, str | None] = {}  # kept for rules.texts
        self.region = region
        self.account = account

    def get(self, *names: str) -> Any:
        """The value of a nested member; None when it, or one above it, is left out."""
        value: Any = self.request
        for name in names:
            value = value.get(name)
            if value is None:
                return None
        return value

    def section(self, name: str) -> dict[str, Any]:
        """A top-level structure or map; empty when it is left out."""
        found: dict[str, Any] = self.request.get(name, _NOTHING)
        return found

    @property
    def is_serverless(self) -> bool:
        """Whether the job is a serverless model customization."""
        return "ServerlessJobConfig" in self.request

    @cached_property
    def resources(self) -> dict[str, Any]:
        """ResourceConfig; empty when it is left out."""
        return self.section("ResourceConfig")

    def channels(self) -> Iterator[tuple[Path, Any]]:
        """Each channel with its path; a list that is not known has none."""
        channels = self.request.get("InputDataConfig", ())
        if channels is not UNKNOWN:
            for index, channel in enumerate(channels):
                if channel is not UNKNOWN:
                    yield ("InputDataConfig", index), channel

    def s3_sources(self) -> Iterator[tuple[Path, Any, Any]]:
        """Each S3DataSource with its path and its channel."""
        for path, channel in self.channels():
            source = channel["DataSource"]
            found = None if source is UNKNOWN else source.get("S3DataSource")
            if found is not None and found is not UNKNOWN:
                yield (*path, "DataSource", "S3DataSource"), found, channel

    @cached_property
    def listed_sources(self) -> list[tuple[Path, Any, Any]]:
        """As `s3_sources`, those of a known S3DataType other than the common S3Prefix: seldom any."""
        return [
            entry
            for entry in self.s3_sources()
            if (kind := entry[1]["S3DataType"]) is not UNKNOWN and kind != "S3Prefix"
        ]

    def mode(self, channel: Mapping[str, Any]) -> str | None:
        """The input mode of a channel: its own, the algorithm's, or File; None when it is not known."""
        mode: Any = channel.get("InputMode")
        if mode is None:
            algorithm: Any = self.section("AlgorithmSpecification")
            mode = UNKNOWN if algorithm is UNKNOWN else algorithm.get("TrainingInputMode", "File")
        return None if mode is UNKNOWN else str(mode)

    @cached_property
    def image(self) -> ImageName | None:
        """The parts of TrainingImage; None when it is left out. Raises `Undecided` when it is not known."""
        uri = self.get("AlgorithmSpecification", "TrainingImage")
        if uri is UNKNOWN:
            raise Undecided
        return None if uri is None else parse_image(uri)

    @cached_property
    def is_first_party(self) -> bool:
        """Whether the image is one of AWS's own algorithms."""
        return self.image is not None and self.image.is_first_party

    @cached_property
    def own_account(self) -> str:
        """Whose account it runs in: known, or that of its role, which cannot be another's."""
        account: str = self.account or self.request["RoleArn"].split(":")[4]
        return account

    @cached_property
    def is_marketplace(self) -> bool:
        """Whether AlgorithmName is the ARN of another account's algorithm: one of AWS Marketplace."""
        name = self.get("AlgorithmSpecification", "AlgorithmName")
        return name is not None and name.startswith("arn:") and name.split(":")[4] != self.own_account

    @cached_property
    def instance_types(self) -> tuple[str, ...]:
        """Every instance type named for training, once for each mention; `UNKNOWN` ones are among them."""
        resources = self.resources
        found = [resources["InstanceType"]] if "InstanceType" in resources else []
        for several in ("InstanceGroups", "InstancePreferences"):
            if several in resources:
                found += [entry["InstanceType"] for entry in resources[several]]
        return tuple(found)

    @cached_property
    def all_nvme(self) -> bool:
        """Whether there are instance types, and each keeps data on its own disks."""
        types = self.instance_types
        return bool(types) and all(map(has_local_nvme, types))

    @cached_property
    def all_cpu(self) -> bool:
        """Whether there are instance types, and each is known to have no accelerator."""
        return bool(self.instance_types) and all(is_cpu(name) for name in self.instance_types)

    @cached_property
    def instance_count(self) -> int | None:
        """How many instances train; None when the request does not say, or lets the service choose."""
        if self.resources.get("InstanceGroups"):
            total: int = sum(group["InstanceCount"] for group in self.resources["InstanceGroups"])
            return total
        if self.resources.get("InstancePreferences"):
            counts = {entry.get("InstanceCount") for entry in self.resources["InstancePreferences"]}
            if counts != {None}:
                return int(counts.pop()) if len(counts) == 1 else None
        count: Any = self.resources.get("InstanceCount")
        return None if count is None else int(_known(count))

    @cached_property
    def least_instances(self) -> int:
        """How many instances train at least, whatever the unknown counts are; 0 when none is known."""
        groups, preferences = self.resources.get("InstanceGroups"), self.resources.get("InstancePreferences")
        if groups is None and preferences is None:
            return _least_count(self.resources) or 0
        if groups is UNKNOWN or preferences is UNKNOWN:
            return 0
        if groups:
            return sum(_least_count(group) or 0 for group in groups)
        counts = [_least_count(entry) for entry in preferences or ()]
        given = [count for count in counts if count is not None]
        return min(given) if given else _least_count(self.resources) or 0

    @cached_property
    def s3_uris(self) -> list[tuple[Path, str]]:
        """Every S3 location that is known, with its path."""
        return find_s3_uris(self.request)


def _least_count(entry: Any) -> int | None:
    """The InstanceCount of a structure: 0 when it is not known, None when it is left out."""
    if entry is UNKNOWN:
        return 0
    count: Any = entry.get("InstanceCount")
    return 0 if count is UNKNOWN else count


def has_local_nvme(name: str) -> bool:
    """Whether an instance type keeps data on its own disks; undecided when it or its family is not known."""
    known = instance_types.has_local_nvme_or_none(_known(name))
    if known is None:
        raise Undecided
    return known


def is_cpu(name: str) -> bool:
    """Whether an instance type has no accelerator; undecided when it, or its family, is not known."""
    kind = instance_types.processor(_known(name))
    if kind is None:
        raise Undecided
    return kind == "cpu"


def _known(value: Any) -> Any:
    if value is UNKNOWN:
        raise Undecided
    return value
