"""Snapshots of templates that a new release or another line in a script leaves alone; needs syrupy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syrupy.data import SnapshotCollection
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.types import PropertyFilter, PropertyMatcher, SerializableData, SerializedData

from constructs_lib.testing.normalized import normalize_template

__all__ = ["TemplateSnapshot"]


class TemplateSnapshot(JSONSnapshotExtension):
    """An extension for syrupy: one file in JSON for each template, normalized, with its keys in order.

    It takes what `normalize_template` takes: a dict, an ``aws_cdk.assertions.Template``, a stack, or the path
    of a template.

    Example:
        ::

            def test_the_stack(snapshot):
                assert Template.from_stack(stack) == snapshot(extension_class=TemplateSnapshot)
    """

    def serialize(
        self,
        data: SerializableData,
        *,
        exclude: PropertyFilter | None = None,
        include: PropertyFilter | None = None,
        matcher: PropertyMatcher | None = None,
    ) -> SerializedData:
        """The text of a snapshot.

        Args:
            data: what `normalize_template` takes.
            exclude: members that are left out.
            include: the only members that stay.
            matcher: replaces values.
        """
        return super().serialize(normalize_template(data), exclude=exclude, include=include, matcher=matcher)

    @classmethod
    def write_snapshot_collection(cls, *, snapshot_collection: SnapshotCollection, **_options: Any) -> None:
        """Writes a snapshot, on every system with the same ends of lines.

        Args:
            snapshot_collection: one snapshot.
        """
        data = next(iter(snapshot_collection)).data
        Path(snapshot_collection.location).write_text(str(data), encoding="utf-8", newline="\n")
