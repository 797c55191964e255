"""The table of AWS's training images, recorded by ``scripts/generate_image_data.py``."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Literal, TypeAlias, TypedDict, cast

__all__ = ["FrameworkData", "ImageData", "ImageGroup", "SourceData", "VersionData", "image_data"]

ImageGroup: TypeAlias = Literal["frameworks", "containers", "algorithms"]
"""Images with AWS's training toolkit, other deep learning containers, and AWS's own algorithms."""


class SourceData(TypedDict):
    """Where the table comes from: a released package, and the day it was read."""

    package: str
    version: str
    sha256: str
    recorded: str


class TagData(TypedDict, total=False):
    """What some tags have: another beginning than the version, and an end of their own."""

    tag_prefix: str
    tag_suffix: str


class VersionData(TagData):
    """One version of a framework: an empty list means that the tag has no such part."""

    repository: str
    registries: str
    processors: list[str]
    py_versions: list[str]


class FrameworkData(TypedDict):
    """The versions of a framework, and the short forms (``2.3``) that AWS tags as well."""

    aliases: dict[str, str]
    versions: dict[str, VersionData]


class ImageData(TypedDict):
    """The whole table; ``registries`` maps a set's name to the account of each region."""

    source: SourceData
    registries: dict[str, dict[str, str]]
    frameworks: dict[str, FrameworkData]
    containers: dict[str, FrameworkData]
    algorithms: dict[str, FrameworkData]


@lru_cache(maxsize=1)
def image_data() -> ImageData:
    """The table, read once; do not change it."""
    from pathlib import Path  # here: it takes a tenth of the time to import the rules, which seldom come here

    return cast(ImageData, json.loads(Path(__file__).with_name("images.json").read_text("utf-8")))
