"""The table of AWS's framework images, recorded by ``scripts/generate_image_data.py``."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TypedDict, cast

__all__ = ["FrameworkData", "ImageData", "SourceData", "VersionData", "image_data"]


class SourceData(TypedDict):
    """Where the table comes from: a released package, and the day it was read."""

    package: str
    version: str
    sha256: str
    recorded: str


class VersionData(TypedDict):
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


@lru_cache(maxsize=1)
def image_data() -> ImageData:
    """The table, read once; do not change it."""
    return cast(ImageData, json.loads(Path(__file__).with_name("images.json").read_text("utf-8")))
