"""AWS's framework images: which account keeps them in a region, their repository and their tag."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from constructs_lib.errors import SpecError
from constructs_lib.service_model.image_data import FrameworkData, VersionData, image_data
from constructs_lib.spec.instance_types import processor

__all__ = [
    "check_framework",
    "image_tag",
    "registry_account",
    "registry_accounts",
    "repository_name",
    "tag_for_processor",
]


def registry_accounts(framework: str, version: str) -> Mapping[str, str]:
    """The AWS account that keeps the image, for each region that has it.

    Args:
        framework: ``pytorch``, ``sklearn``, ``tensorflow`` or ``xgboost``.
        version: the framework's version, such as ``1.2-1``; for the first and third also ``2.3``.

    Raises:
        SpecError: unknown framework or version; the message lists the known ones.
    """
    return MappingProxyType(image_data()["registries"][_version(framework, version)["registries"]])


def registry_account(framework: str, version: str, region: str) -> str:
    """The AWS account that keeps the image in one region.

    Args:
        framework: as `registry_accounts`.
        version: as `registry_accounts`.
        region: a region's name; not a token (use `registry_accounts` and a CloudFormation mapping for that).

    Raises:
        SpecError: as `registry_accounts`, or the image is not known to be in that region.
    """
    accounts = registry_accounts(framework, version)
    if region not in accounts:
        raise SpecError(
            "region",
            f"{framework} {version} is not known in {region!r}, only in {', '.join(sorted(accounts))}",
            "use another region, or a copy of the image with Algorithm.from_script(image_uri=...)",
        )
    return accounts[region]


def repository_name(framework: str, version: str) -> str:
    """The image's repository, such as ``sagemaker-scikit-learn``.

    Args:
        framework: as `registry_accounts`.
        version: as `registry_accounts`.

    Raises:
        SpecError: as `registry_accounts`.
    """
    return _version(framework, version)["repository"]


def image_tag(framework: str, version: str, instance_type: str, py_version: str | None = None) -> str:
    """The image's tag for an instance type, such as ``1.2-1-cpu-py3`` or ``2.3.0-gpu-py311``.

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


def tag_for_processor(framework: str, version: str, kind: str | None, py_version: str | None) -> str:
    """As `image_tag`, for a processor: ``cpu``, ``gpu``, or None when it is not known."""
    entry = _version(framework, version)
    parts = (
        version,
        _processor(framework, version, entry, kind),
        _python(framework, version, entry, py_version),
    )
    return "-".join(part for part in parts if part)


def check_framework(framework: object, version: object, py_version: object, kind: object) -> None:
    """Refuse a framework, version, Python version or processor that no image is known for.

    Raises:
        SpecError: as `image_tag`, except that ``kind`` may be None: the instance type comes later.
    """
    if not isinstance(framework, str) or not isinstance(version, str):
        raise SpecError(
            "framework", "framework and framework_version must be str", "quote the version: '1.2-1'"
        )
    entry = _version(framework, version)
    _python(framework, version, entry, py_version)
    if kind is not None:
        _processor(framework, version, entry, kind)


def _framework(name: str) -> FrameworkData:
    known = image_data()["frameworks"]
    if name not in known:
        fix = "use one of these, or name the image with image_uri"
        raise SpecError("framework", f"must be one of {', '.join(sorted(known))}, got {name!r}", fix)
    return known[name]


def _version(framework: str, version: str) -> VersionData:
    data = _framework(framework)
    full = data["aliases"].get(version, version)
    if full not in data["versions"]:
        known = ", ".join(sorted([*data["versions"], *data["aliases"]], key=_order))
        fix = "use one of these, or name the image with image_uri"
        raise SpecError("framework_version", f"{framework} must be one of {known}, got {version!r}", fix)
    return data["versions"][full]


def _order(version: str) -> list[int]:
    return [int(part) for part in version.replace("-", ".").split(".")]


def _python(framework: str, version: str, entry: VersionData, wanted: object) -> str | None:
    known = entry["py_versions"]
    if wanted is None and len(known) <= 1:
        return known[0] if known else None
    if isinstance(wanted, str) and wanted in known:
        return wanted
    listed = ", ".join(known) or "none (its tag has no python version)"
    fix = "name one of these" if known else "leave py_version out"
    raise SpecError("py_version", f"{framework} {version} has {listed}, got {wanted!r}", fix)


def _processor(framework: str, version: str, entry: VersionData, kind: object) -> str | None:
    known = entry["processors"]
    if not known or (kind is None and len(known) == 1):
        return known[0] if known else None
    if isinstance(kind, str) and kind in known:
        return kind
    if len(known) == 1:
        return known[0]  # a cpu image runs on a gpu instance too
    if kind is None:
        problem = (
            f"{framework} {version} has images for {' and '.join(known)}, and the instance type tells neither"
        )
        raise SpecError("processor", problem, "give processor= 'cpu' or 'gpu' to Algorithm.from_script")
    raise SpecError(
        "processor",
        f"{framework} {version} has images for {' and '.join(known)}, not for {kind!r}",
        "use another instance type, or name the image with image_uri",
    )
