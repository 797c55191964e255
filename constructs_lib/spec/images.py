"""AWS's own images: which account keeps them in a region, their repository and their tag.

Each function takes the group of images it is about: ``frameworks`` (with the training toolkit, for scripts),
``containers`` (deep learning containers) or ``algorithms`` (AWS's own, made to be used as they are).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from constructs_lib.errors import SpecError
from constructs_lib.service_model.image_data import FrameworkData, ImageGroup, VersionData, image_data
from constructs_lib.spec.checks import shown
from constructs_lib.spec.instance_types import processor

__all__ = [
    "check_framework",
    "image_tag",
    "only_version",
    "registry_account",
    "registry_accounts",
    "repository_name",
    "tag_for_processor",
]

# Deep learning containers that run scripts as well, and so stand among the frameworks.
_CONTAINERS_FOR_SCRIPTS = ("pytorch", "tensorflow")


class _Words(NamedTuple):
    """How a group's arguments are called where a user makes an image of it."""

    name: str
    version: str
    instead: str
    copied: str
    factory: str


_WORDS: Mapping[ImageGroup, _Words] = {
    "frameworks": _Words(
        "framework",
        "framework_version",
        "name the image with image_uri",
        "a copy of the image with Algorithm.from_script(image_uri=...)",
        "Algorithm.from_script",
    ),
    "containers": _Words(
        "framework",
        "version",
        "name the image with Algorithm.from_image_uri",
        "a copy of the image with Algorithm.from_image_uri",
        "Algorithm.from_deep_learning_container",
    ),
    "algorithms": _Words(
        "name",
        "version",
        "name the image with Algorithm.from_image_uri",
        "a copy of the image with Algorithm.from_image_uri",
        "Algorithm.built_in",
    ),
}


def registry_accounts(framework: str, version: str, group: ImageGroup = "frameworks") -> Mapping[str, str]:
    """The AWS account that keeps the image, for each region that has it.

    Args:
        framework: the name of the framework or algorithm, such as ``pytorch`` or ``kmeans``.
        version: its version, such as ``1.2-1``; for some also shortened, such as ``2.3``.
        group: the group of images that it is in.

    Raises:
        SpecError: unknown framework or version; the message lists the known ones.
    """
    return MappingProxyType(image_data()["registries"][_version(framework, version, group)["registries"]])


def registry_account(framework: str, version: str, region: str, group: ImageGroup = "frameworks") -> str:
    """The AWS account that keeps the image in one region.

    Args:
        framework: as `registry_accounts`.
        version: as `registry_accounts`.
        region: a region's name; not a token (use `registry_accounts` and a CloudFormation mapping for that).
        group: as `registry_accounts`.

    Raises:
        SpecError: as `registry_accounts`, or the image is not known to be in that region.
    """
    accounts = registry_accounts(framework, version, group)
    if region not in accounts:
        raise SpecError(
            "region",
            f"{framework} {version} is not known in {region!r}, only in {', '.join(sorted(accounts))}",
            f"use another region, or {_WORDS[group].copied}",
        )
    return accounts[region]


def repository_name(framework: str, version: str, group: ImageGroup = "frameworks") -> str:
    """The image's repository, such as ``sagemaker-scikit-learn``; arguments as `registry_accounts`.

    Raises:
        SpecError: as `registry_accounts`.
    """
    return _version(framework, version, group)["repository"]


def only_version(framework: str, group: ImageGroup) -> str:
    """The version of a framework or algorithm that has a single one.

    Raises:
        SpecError: it is not known, or has several; the message lists them.
    """
    data = _framework(framework, group)
    if len(data["versions"]) == 1:
        return next(iter(data["versions"]))
    problem = f"{framework} has {_known_versions(data)}, got None"
    raise SpecError(_WORDS[group].version, problem, "name one of these")


def image_tag(framework: str, version: str, instance_type: str, py_version: str | None = None) -> str:
    """The tag of a framework's image for an instance type: ``1.2-1-cpu-py3`` or ``2.3.0-gpu-py311``.

    Args:
        framework: as `registry_accounts`.
        version: as `registry_accounts`.
        instance_type: decides between the images for CPU and GPU, where there are both.
        py_version: ``py39`` and the like; left out: the only one. Needed where a version has several.

    Raises:
        SpecError: as `registry_accounts`; an unknown Python version, or none where there are several; a type
            that tells no processor, or a Trainium type, for a framework with images for CPU and GPU.
    """
    return tag_for_processor(framework, version, processor(instance_type), py_version)


def tag_for_processor(
    framework: str,
    version: str,
    kind: str | None,
    py_version: str | None,
    group: ImageGroup = "frameworks",
) -> str:
    """As `image_tag`, for a processor: ``cpu``, ``gpu``, or None when it is not known."""
    entry = _version(framework, version, group)
    parts = (
        entry.get("tag_prefix", version),
        _processor(framework, version, entry, kind, group),
        _python(framework, version, entry, py_version),
        entry.get("tag_suffix"),
    )
    return "-".join(part for part in parts if part)


def check_framework(
    framework: object,
    version: object,
    py_version: object,
    kind: object,
    group: ImageGroup = "frameworks",
) -> None:
    """Refuse a framework, version, Python version or processor that no image is known for.

    Raises:
        SpecError: as `image_tag`, except that ``kind`` may be None: the instance type comes later.
    """
    if not isinstance(framework, str) or not isinstance(version, str):
        words = _WORDS[group]
        raise SpecError(
            words.name, f"{words.name} and {words.version} must be str", "quote the version: '1.2-1'"
        )
    entry = _version(framework, version, group)
    _python(framework, version, entry, py_version)
    if kind is not None:
        _processor(framework, version, entry, kind, group)
        if not isinstance(kind, str) or kind not in ("cpu", "gpu"):  # where the tag does not depend on it
            raise SpecError("processor", f"must be cpu or gpu, got {shown(kind)}", "leave it out")


def _framework(name: str, group: ImageGroup) -> FrameworkData:
    data = image_data()
    known = data[group]
    if group == "containers":
        known = known | {shared: data["frameworks"][shared] for shared in _CONTAINERS_FOR_SCRIPTS}
    if not isinstance(name, str) or name not in known:
        fix = f"use one of these, or {_WORDS[group].instead}"
        raise SpecError(
            _WORDS[group].name, f"must be one of {', '.join(sorted(known))}, got {shown(name)}", fix
        )
    return known[name]


def _version(framework: str, version: str, group: ImageGroup) -> VersionData:
    data = _framework(framework, group)
    full = data["aliases"].get(version, version)
    if full not in data["versions"]:
        fix = f"use one of these, or {_WORDS[group].instead}"
        problem = f"{framework} must be one of {_known_versions(data)}, got {shown(version)}"
        raise SpecError(_WORDS[group].version, problem, fix)
    return data["versions"][full]


def _known_versions(data: FrameworkData) -> str:
    return ", ".join(sorted([*data["versions"], *data["aliases"]], key=_order))


def _order(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _python(framework: str, version: str, entry: VersionData, wanted: object) -> str | None:
    known = entry["py_versions"]
    if wanted is None and len(known) <= 1:
        return known[0] if known else None
    if isinstance(wanted, str) and wanted in known:
        return wanted
    listed = ", ".join(known) or "none (its tag has no python version)"
    fix = "name one of these" if known else "leave py_version out"
    raise SpecError("py_version", f"{framework} {version} has {listed}, got {shown(wanted)}", fix)


def _processor(
    framework: str, version: str, entry: VersionData, kind: object, group: ImageGroup
) -> str | None:
    known = entry["processors"]
    if not known or (kind is None and len(known) == 1):
        return known[0] if known else None
    if isinstance(kind, str) and kind in known:
        return kind
    if known == ["cpu"]:
        return known[0]  # a cpu image runs on a gpu instance too
    if kind is None:
        problem = (
            f"{framework} {version} has images for {' and '.join(known)}, and the instance type tells neither"
        )
        raise SpecError("processor", problem, f"give processor= 'cpu' or 'gpu' to {_WORDS[group].factory}")
    raise SpecError(
        "processor",
        f"{framework} {version} has images for {' and '.join(known)}, not for {shown(kind)}",
        f"use another instance type, or {_WORDS[group].instead}",
    )
