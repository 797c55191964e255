"""The templates of a folder that ``cdk synth`` wrote, each with what the library noted beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from constructs_lib.cli.acknowledgements import StackMetadata
from constructs_lib.cli.assemblies import Assembly
from constructs_lib.cli.inputs import Inputs
from constructs_lib.cli.reading import UnusableInputError, read_object
from constructs_lib.cli.templates import Template

__all__ = ["Stacks", "mapping", "parent", "path_of", "resources"]


class Stacks(Assembly):
    """All templates of a folder: of its stacks, of those nested in them, and of its stages.

    Args:
        inputs: where problems are added.

    Attributes:
        templates: those that were read.
        deployed: the names under which the stacks are deployed, by their display names.
    """

    def __init__(self, inputs: Inputs) -> None:
        super().__init__(inputs)
        self.templates: list[Template] = []
        self.deployed: dict[str, str] = {}

    def _use(self, template: Template) -> None:
        self.templates.append(template)

    def _metadata(self, folder: Path, artifact: Mapping[str, Any]) -> StackMetadata:
        """As for findings; but without its file there is no reason for anything, so that is told."""
        self._name(artifact.get("displayName"), mapping(artifact.get("properties")))
        more = artifact.get("additionalMetadataFile")
        if isinstance(more, str):
            try:
                read_object(str(folder / more))
            except UnusableInputError as error:
                self._inputs.refuse(str(folder / more), error)
        return super()._metadata(folder, artifact)

    def _name(self, shown: object, properties: Mapping[str, Any]) -> None:
        # Left out where it is the artifact's own id, which the template's file is called by.
        template = str(properties.get("templateFile", "")).removesuffix(".template.json")
        name = properties.get("stackName", template)
        if isinstance(shown, str) and isinstance(name, str):
            self.deployed[shown] = name


def resources(template: Template) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Logical id, type and properties of each resource; what is none is left out."""
    for logical_id, resource in mapping(template.body.get("Resources")).items():
        kind = mapping(resource).get("Type")
        if isinstance(kind, str):
            yield logical_id, kind, mapping(mapping(resource).get("Properties"))


def path_of(template: Template, logical_id: str) -> str:
    """The path of a resource's construct; its logical id where nothing tells it."""
    found = template.metadata.path(template.nested_path, logical_id)
    resource = mapping(mapping(template.body.get("Resources")).get(logical_id))
    written = mapping(resource.get("Metadata")).get("aws:cdk:path")
    path = found or (written if isinstance(written, str) else "") or logical_id
    return path.removesuffix("/Resource")


def parent(template: Template, templates: Mapping[str, Template]) -> tuple[Template, str] | None:
    """The template that a nested one is a resource of, and that resource's logical id."""
    name, _, logical_id = template.stack.rpartition("/")
    around = templates.get(name)
    if around is None:
        return None
    resource = mapping(mapping(around.body.get("Resources")).get(logical_id))
    return (around, logical_id) if resource.get("Type") == "AWS::CloudFormation::Stack" else None


def mapping(value: object) -> dict[str, Any]:
    """A map; an empty one for anything else, so that a damaged file is no crash."""
    return value if isinstance(value, dict) else {}
