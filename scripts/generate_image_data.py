"""Record the training images of AWS from a wheel of the SageMaker Python SDK, version 2.

    python scripts/generate_image_data.py WHEEL            writes constructs_lib/service_model/images.json
    python scripts/generate_image_data.py --check WHEEL    fails when that file is not what WHEEL gives

WHEEL is a file: how it is fetched is up to the caller. The wheel is data here; nothing of it is run.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "constructs_lib" / "service_model" / "images.json"
FRAMEWORKS = ("pytorch", "sklearn", "tensorflow", "xgboost")
# Deep learning containers besides those that run scripts by their name.
CONTAINERS = ("autogluon", "huggingface", "mxnet")
ALGORITHMS = (
    "blazingtext",
    "factorization-machines",
    "forecasting-deepar",
    "image-classification",
    "ipinsights",
    "kmeans",
    "knn",
    "lda",
    "linear-learner",
    "ntm",
    "object-detection",
    "object2vec",
    "pca",
    "randomcutforest",
    "semantic-segmentation",
    "seq2seq",
    "xgboost",
)
# Built before the containers could run a user's script.
NOT_FOR_SCRIPTS = {("xgboost", "1")}
BASE_FRAMEWORK = re.compile(r"(?:pytorch|tensorflow)([0-9.]+)")
SIZE_LIMIT = 60_000

Table = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Write or check the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("wheel", type=Path, help="a sagemaker 2.x wheel")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args(arguments)
    table = build(options.wheel)
    if options.check:
        return check(table)
    text = render(table)
    TARGET.write_text(text, "utf-8")
    print(f"{TARGET.name}: {len(text)} bytes from {options.wheel.name}")
    return 0


def check(table: Table) -> int:
    """Compare with the recorded table, except for the day it was recorded."""
    recorded = json.loads(TARGET.read_text("utf-8"))
    table["source"]["recorded"] = recorded["source"]["recorded"]
    if render(table) == TARGET.read_text("utf-8"):
        return 0
    print(f"{TARGET.name} is not what this wheel gives; run the script without --check", file=sys.stderr)
    return 1


def build(wheel: Path) -> Table:
    """The table that a wheel gives."""
    match = re.match(r"sagemaker-(2[0-9.]+)-", wheel.name)
    if match is None:
        raise SystemExit(f"{wheel.name}: not a wheel of sagemaker 2.x")
    sets: dict[str, str] = {}
    with zipfile.ZipFile(wheel) as archive:
        frameworks = {
            name: framework(read(archive, name), sets, {v for n, v in NOT_FOR_SCRIPTS if n == name})
            for name in FRAMEWORKS
        }
        algorithms = {name: framework(read(archive, name), sets) for name in ALGORITHMS}
        containers = {name: container(read(archive, name), sets) for name in CONTAINERS}
    source = {
        "package": "sagemaker",
        "version": match.group(1),
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "recorded": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    }
    registries = {name: json.loads(text) for text, name in sets.items()}
    return {
        "source": source,
        "registries": registries,
        "frameworks": frameworks,
        "algorithms": algorithms,
        "containers": containers,
    }


def read(archive: zipfile.ZipFile, name: str) -> Table:
    """The training images of one framework, as the SDK describes them."""
    whole: Table = json.loads(archive.read(f"sagemaker/image_uri_config/{name}.json"))
    # Where training and inference share their images, the table is not divided.
    training: Table = whole.get("training", whole)
    return training


def container(data: Table, sets: dict[str, str]) -> Table:
    """One deep learning container; those with a base framework have a version for each of both."""
    if any("registries" in entry or "py3" in entry for entry in data["versions"].values()):
        return framework(data, sets)
    versions, aliases = {}, {}
    for version, bases in data["versions"].items():
        found = {name: entry for name, entry in bases.items() if BASE_FRAMEWORK.fullmatch(name)}
        for name, entry in found.items():
            versions[f"{version}-{name}"] = based(version, name, entry, data, sets)
        if len(found) == 1:
            aliases[version] = f"{version}-{next(iter(found))}"
    for short, version in data.get("version_aliases", {}).items():
        if version in aliases:
            aliases[short] = aliases[version]
    return {"aliases": aliases, "versions": versions}


def based(version: str, base: str, entry: Table, data: Table, sets: dict[str, str]) -> Table:
    """A version of a library on a base framework: its tag names both, and the system below them."""
    match = BASE_FRAMEWORK.fullmatch(base)
    assert match is not None  # noqa: S101 - the caller chose it by that
    suffixes = set(entry.get("container_version", {}).values())
    assert len(suffixes) <= 1, f"{version} on {base} has a suffix for each processor"  # noqa: S101
    suffix = {"tag_suffix": suffixes.pop()} if suffixes else {}
    prefix = {"tag_prefix": f"{match.group(1)}-transformers{version}"}
    return {**described(entry, data, sets), **prefix, **suffix}


def described(entry: Table, data: Table, sets: dict[str, str]) -> Table:
    """What is recorded of every version."""
    return {
        "repository": entry["repository"],
        "registries": registry_set(entry["registries"], sets),
        "processors": entry.get("processors") or data.get("processors", []),
        "py_versions": [py for py in entry.get("py_versions") or [] if py != "py2"],
    }


def framework(data: Table, sets: dict[str, str], left_out: Iterable[str] = ()) -> Table:
    """One framework: its versions with a Python 3 image, and the aliases that point to them."""
    versions = {}
    for version, entry in data["versions"].items():
        if "registries" not in entry and "py3" in entry:
            # One old version describes Python 2 and 3 apart, with registries and a repository each.
            entry = {**entry["py3"], "py_versions": ["py3"]}
        if version in left_out or entry.get("py_versions") == ["py2"]:
            continue
        versions[version] = described(entry, data, sets)
    aliases = {
        alias: full
        for alias, full in data.get("version_aliases", {}).items()
        # What a tag "latest" points to changes, and nothing would be trained again.
        if full in versions and alias != "latest"
    }
    return {"aliases": aliases, "versions": versions}


def registry_set(registries: dict[str, str], sets: dict[str, str]) -> str:
    """The name of a set of registries; equal sets share one, in order of appearance."""
    text = json.dumps(registries, sort_keys=True)
    return sets.setdefault(text, f"r{len(sets)}")


def render(table: Table) -> str:
    """Compact, sorted text, a line for each version and set, so that a change shows as one line."""
    compact = json.dumps(table, sort_keys=True, separators=(",", ":"))
    text = re.sub(r'(\{|,)("[^"]+":\{"(?:a[fp]-|processors|aliases))', r"\1\n\2", compact) + "\n"
    if len(text) > SIZE_LIMIT:
        raise SystemExit(f"{TARGET.name} would have {len(text)} bytes, more than {SIZE_LIMIT}")
    return text


if __name__ == "__main__":
    raise SystemExit(main())
