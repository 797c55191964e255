"""The groups of a cluster whose instances are not all of one type."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_text, check_whole

__all__ = ["InstanceGroup"]


@dataclass(frozen=True)
class InstanceGroup:
    """One group of equal instances in a cluster of several types.

    Args:
        name: by which channels and the container know the group; up to 64 characters.
        instance_type: such as ``ml.c5.18xlarge``.
        instance_count: how many instances, 1 or more.

    Raises:
        SpecError: a value of another type, empty text, or no instance.
    """

    name: str
    instance_type: str
    instance_count: int | float | str

    def __post_init__(self) -> None:
        check_text("instance_group.name", self.name, optional=False)
        check_text("instance_group.instance_type", self.instance_type, optional=False)
        if self.instance_count is None:
            raise SpecError("instance_group.instance_count", "must be an int, got None", "say how many")
        check_whole("instance_group.instance_count", self.instance_count, minimum=1)
