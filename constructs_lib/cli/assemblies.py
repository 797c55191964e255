"""Finds the training jobs of a folder that ``cdk synth`` wrote (a cloud assembly)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from constructs_lib.cli.acknowledgements import StackMetadata, Suppressed, suppressed
from constructs_lib.cli.inputs import Inputs, Source
from constructs_lib.cli.reading import UnusableInputError, read_object
from constructs_lib.cli.templates import Template

__all__ = ["Assembly"]

_ENVIRONMENT = re.compile(r"aws://([^/]+)/(.+)")
_UNKNOWN = ("unknown-account", "unknown-region")


class _Stack(NamedTuple):
    """What the templates of a stack and of those nested in it share."""

    account: str | None
    region: str | None
    assets: Mapping[str, str]
    metadata: StackMetadata


class Assembly:
    """The stacks of a folder, their nested stacks, and the folders of stages in it; each file once.

    Args:
        inputs: where jobs and problems are added.
    """

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._seen: set[tuple[Path, str]] = set()
        self._suppressed: Suppressed = {}

    def read(self, folder: str) -> None:
        """Adds the jobs of all templates that the folder's manifest names, at any depth.

        Args:
            folder: the folder; without a manifest.json it is a problem.
        """
        file = Path(folder) / "manifest.json"
        if not self._first_time(file):
            return
        if not os.path.lexists(file):
            hint = "give files, or the folder that cdk synth wrote (cdk.out)"
            self._inputs.refuse(folder, UnusableInputError(f"is a folder without manifest.json: {hint}"))
            return
        # Of the outermost folder alone: the report is the whole app's.
        self._suppressed = self._suppressed or suppressed(_optional(Path(folder) / "validation-report.json"))
        artifacts = {name: _map(one) for name, one in _map(self._object(file).get("artifacts")).items()}
        assets = dict(self._assets(Path(folder), artifacts.values()))
        for name, artifact in artifacts.items():
            properties = _map(artifact.get("properties"))
            directory, template = properties.get("directoryName"), properties.get("templateFile")
            if artifact.get("type") == "cdk:cloud-assembly" and isinstance(directory, str):
                self.read(str(Path(folder) / directory))
            elif artifact.get("type") == "aws:cloudformation:stack" and isinstance(template, str):
                shown = artifact.get("displayName")
                environment = _environment(artifact.get("environment"))
                stack = _Stack(*environment, assets, self._metadata(Path(folder), artifact))
                self._template(Path(folder) / template, shown if isinstance(shown, str) else name, stack)

    def _metadata(self, folder: Path, artifact: Mapping[str, Any]) -> StackMetadata:
        """What the manifest, or a file beside it, says of a stack's constructs."""
        more = artifact.get("additionalMetadataFile")
        listed = _optional(folder / more) if isinstance(more, str) else {}
        return StackMetadata({**_map(artifact.get("metadata")), **listed}, self._suppressed)

    def _template(self, file: Path, name: str, stack: _Stack, nested_path: str = "") -> None:
        if not self._first_time(file, nested_path):
            return
        try:
            text, body = read_object(str(file))
        except UnusableInputError as error:
            self._inputs.refuse(str(file), error)
            return
        template = Template(
            source=Source(str(file), text), body=body, stack=name, nested_path=nested_path, **stack._asdict()
        )
        self._inputs.files += 1
        self._use(template)
        for logical_id, nested in template.nested():
            below = stack.metadata.nested(nested_path, logical_id)
            self._template(Path(nested), f"{name}/{logical_id}", stack, below)

    def _use(self, template: Template) -> None:
        """Adds what is asked for of a template: its jobs."""
        try:
            self._inputs.jobs += template.jobs()
        except UnusableInputError as error:
            self._inputs.refuse(template.source.name, error)

    def _assets(self, folder: Path, artifacts: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        """Last parts of keys in the bucket, and the files: templates of nested stacks are among them."""
        for artifact in artifacts:
            listed = _map(artifact.get("properties")).get("file")
            if artifact.get("type") != "cdk:asset-manifest" or not isinstance(listed, str):
                continue
            for asset in _map(self._object(folder / listed).get("files")).values():
                path = _map(_map(asset).get("source")).get("path")
                for destination in _map(_map(asset).get("destinations")).values():
                    key = _map(destination).get("objectKey")
                    if isinstance(path, str) and isinstance(key, str):
                        yield key.rpartition("/")[2], str(folder / path)

    def _object(self, file: Path) -> dict[str, Any]:
        """A file of CDK's own; empty when it cannot be used, which is then noted."""
        try:
            return read_object(str(file))[1]
        except UnusableInputError as error:
            self._inputs.refuse(str(file), error)
            return {}

    def _first_time(self, file: Path, nested_path: str = "") -> bool:
        """Whether a file is new, or new for that nested stack: equal ones share a template."""
        try:
            file = file.resolve()
        except (OSError, RuntimeError, ValueError):  # the reader says what is wrong with it
            return True
        known = (file, nested_path) in self._seen
        self._seen.add((file, nested_path))
        return not known


def _optional(file: Path) -> dict[str, Any]:
    """A file that only says what is acknowledged: without it, nothing is."""
    try:
        return read_object(str(file))[1]
    except UnusableInputError:
        return {}


def _map(value: object) -> dict[str, Any]:
    """A map; an empty one for anything else, so that a damaged manifest is no crash."""
    return value if isinstance(value, dict) else {}


def _environment(value: object) -> tuple[str | None, str | None]:
    """Account and region of ``aws://account/region``, where they are concrete."""
    match = _ENVIRONMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None, None
    account, region = (None if part in _UNKNOWN else part for part in match.groups())
    return account, region
