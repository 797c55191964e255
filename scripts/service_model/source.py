"""The model that botocore ships, and the part of it that a request reaches."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import botocore
import botocore.loaders

from constructs_lib.service_model.corrections import CORRECTIONS, Correction

from .java_regex import translate

__all__ = [
    "ROOT_SHAPE",
    "Source",
    "correct",
    "load",
    "pinned_version",
    "reachable",
    "references",
    "shapes_of",
]

ROOT_SHAPE = "CreateTrainingJobRequest"
BOUNDED = ("min", "max")
TYPES = frozenset({"structure", "list", "map", "string", "integer", "long", "boolean"})
Shape = dict[str, Any]


INSTALLED = Path(botocore.__file__).parent
SAGEMAKER = ("sagemaker", "2017-07-24")


class Source:
    """One service model with the version of botocore that it came with.

    Args:
        model: the parsed service-2.json.
        version: botocore's version.
        package: the folder of that botocore. Left out: the installed one's.
        service: whose model it is, and of which API version. Left out: SageMaker's.
    """

    def __init__(
        self,
        model: dict[str, Any],
        version: str,
        package: Path = INSTALLED,
        service: tuple[str, str] = SAGEMAKER,
    ) -> None:
        self.model = model
        self.version = version
        self._package = package
        self._service = service
        canonical = json.dumps(model, sort_keys=True, separators=(",", ":"))
        self.digest = hashlib.sha256(canonical.encode()).hexdigest()

    def of(self, service: str, api_version: str) -> Source:
        """Another service's model in the same botocore."""
        if (service, api_version) == self._service:
            return self
        return load_from(self._package, self.version, service, api_version)

    def endpoints(self) -> dict[str, Any]:
        """What the same botocore knows of every service's endpoints."""
        endpoints: dict[str, Any] = _loader(self._package).load_data("endpoints")
        return endpoints


def load() -> Source:
    """SageMaker's model in the botocore that is installed."""
    return load_from(INSTALLED, botocore.__version__)


def load_from(
    package: Path, version: str, service: str = SAGEMAKER[0], api_version: str = SAGEMAKER[1]
) -> Source:
    """A model in a folder of botocore's, without what AWS_DATA_PATH or ~/.aws/models would put over it.

    Raises:
        SystemExit: that botocore has the service in a newer version, which its clients would take instead.
    """
    loader = _loader(package)
    newest = loader.determine_latest_version(service, "service-2")
    if newest != api_version:
        raise SystemExit(f"{service}: botocore {version} takes API version {newest}; cut that")
    model = loader.load_service_model(service, "service-2", api_version)
    return Source(model, version, package, (service, api_version))


def _loader(package: Path) -> botocore.loaders.Loader:
    return botocore.loaders.Loader(
        extra_search_paths=[str(package / "data")], include_default_search_paths=False
    )


def pinned_version(constraints: Path) -> str:
    """The version of botocore that a constraints file pins."""
    found = re.search(r"^botocore==([\w.]+)", constraints.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{constraints.name} pins no botocore")
    return found[1]


def references(node: Any) -> list[str]:
    """The shapes that a part of the model names, in its order."""
    if isinstance(node, list):
        return [name for item in node for name in references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["shape"]] if isinstance(node.get("shape"), str) else []
    return own + [name for key, item in node.items() if key != "shape" for name in references(item)]


def reachable(model: dict[str, Any], names: Iterable[str]) -> list[str]:
    """The shapes that can be reached from some, near ones first."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting.extend(references(model["shapes"][name]))
    return list(found)


def shapes_of(source: Source, corrections: Iterable[Correction] = CORRECTIONS) -> dict[str, Shape]:
    """What a CreateTrainingJob request is made of, in the form of the generated table."""
    names = reachable(source.model, [ROOT_SHAPE])
    shapes = {name: _shape(name, source.model["shapes"][name]) for name in names}
    return correct(shapes, corrections)


def _shape(name: str, shape: Shape) -> Shape:
    kind = shape["type"]
    if kind not in TYPES:
        raise SystemExit(f"{name}: a {kind} is new here; say in the generator and the rules what it takes")
    if kind == "structure":
        members = {member: target["shape"] for member, target in shape["members"].items()}
        return {"type": kind, "required": tuple(shape.get("required", ())), "members": members}
    inner: Shape = {key: shape[key]["shape"] for key in ("member", "key", "value") if key in shape}
    bounds: Shape = {key: shape[key] for key in BOUNDED if key in shape}
    text: Shape = {}
    if "pattern" in shape:
        text = {"pattern": translate(shape["pattern"]), "source_pattern": shape["pattern"]}
    if "enum" in shape:
        text["enum"] = tuple(shape["enum"])
    return {"type": kind, **inner, **bounds, **text}


def correct(shapes: dict[str, Shape], corrections: Iterable[Correction]) -> dict[str, Shape]:
    """Apply corrections; one that changes nothing any more is refused, so that none outlives its cause."""
    corrected = {name: dict(shape) for name, shape in shapes.items()}
    for one in corrections:
        if one.shape not in corrected:
            raise SystemExit(f"correction of {one.shape}: no such shape any more; remove it")
        if one.what == "open_enum" and "enum" not in corrected[one.shape]:
            raise SystemExit(f"correction of {one.shape}: it has no enum any more; remove it")
        if corrected[one.shape].get(one.what) == one.value:
            raise SystemExit(f"correction of {one.shape}: {one.what} is so already; remove it")
        corrected[one.shape][one.what] = one.value
    return corrected
