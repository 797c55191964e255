"""The machines of a job: between the spec's fields and ``ResourceConfig``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from constructs_lib.spec.durations import member_seconds
from constructs_lib.spec.frozen import thaw
from constructs_lib.spec.instance_groups import InstanceGroup
from constructs_lib.spec.instance_types import default_volume_gib, may_be_several
from constructs_lib.spec.job_shapes import render_shape, render_shapes, shape_type
from constructs_lib.spec.members import number_member, without_empty
from constructs_lib.spec.text import is_unknown

if TYPE_CHECKING:
    from constructs_lib.spec.binding import Binding
    from constructs_lib.spec.job import TrainingJobSpec

__all__ = ["default_volume", "may_use_several_instances", "read_resources", "render_resources"]


def render_resources(spec: TrainingJobSpec, binding: Binding) -> dict[str, object]:
    """``ResourceConfig`` of a spec; only what is set.

    Args:
        spec: what to train.
        binding: what the construct knows; it chooses a volume where the spec does not.
    """
    size = binding.volume_size_gib(spec) if spec.volume_size_gib is None else spec.volume_size_gib
    return without_empty(
        {
            "InstanceType": spec.instance_type,
            "InstanceCount": number_member(spec.instance_count),
            "VolumeSizeInGB": number_member(size),
            "VolumeKmsKeyId": binding.volume_key_id(spec),
            "KeepAlivePeriodInSeconds": member_seconds("keep_alive", spec.keep_alive, minimum=0),
            "InstanceGroups": _groups(spec),
            "TrainingPlanArn": spec.training_plan_arn,
            "InstancePlacementConfig": render_shape(spec.placement),
            "InstancePreferences": render_shapes(spec.instance_preferences),
        }
    )


def _groups(spec: TrainingJobSpec) -> object:
    if is_unknown(spec.instance_groups):
        return thaw(spec.instance_groups)
    return [
        {
            "InstanceType": group.instance_type,
            "InstanceCount": number_member(group.instance_count),
            "InstanceGroupName": group.name,
        }
        for group in spec.instance_groups
    ]


def read_resources(request: Mapping[str, Any]) -> dict[str, object]:
    """The fields that say a request's ``ResourceConfig``; members without a field are not looked at.

    Raises:
        SpecError: a member has a value that its field does not take.
    """
    member = request["ResourceConfig"]
    fields: dict[str, object] = {
        "instance_type": member.get("InstanceType"),
        "instance_count": member.get("InstanceCount"),
        "volume_size_gib": member.get("VolumeSizeInGB"),
        "volume_encryption_key": member.get("VolumeKmsKeyId"),
        "keep_alive": read_seconds(member.get("KeepAlivePeriodInSeconds")),
        "training_plan_arn": member.get("TrainingPlanArn"),
    }
    if "InstanceGroups" in member:
        fields["instance_groups"] = [
            InstanceGroup(
                *(group.get(name) for name in ("InstanceGroupName", "InstanceType", "InstanceCount"))
            )
            for group in member["InstanceGroups"]
        ]
    if "InstancePlacementConfig" in member:
        placement = member["InstancePlacementConfig"]
        fields["placement"] = shape_type("InstancePlacementConfig").from_request(placement)
    if "InstancePreferences" in member:
        preference = shape_type("InstancePreference")
        fields["instance_preferences"] = [
            preference.from_request(item) for item in member["InstancePreferences"]
        ]
    return fields


def read_seconds(value: object) -> object:
    """A number of seconds as a `datetime.timedelta`; a token or expression, and None, as they are."""
    if value is None or is_unknown(value) or not isinstance(value, int):
        return value
    try:
        return timedelta(seconds=value)
    except OverflowError:
        return value  # no duration is that long; the field refuses a bare number


def instance_types(spec: TrainingJobSpec) -> Iterator[str]:
    """The instance types that a spec names; those of its groups and preferences too."""
    if spec.instance_type is not None:
        yield spec.instance_type
    for choice in _choices(spec):
        yield choice.instance_type


def _choices(spec: TrainingJobSpec) -> tuple[Any, ...]:
    """The groups and preferences that are known."""
    known = [items for items in (spec.instance_groups, spec.instance_preferences) if not is_unknown(items)]
    return tuple(choice for items in known for choice in items)


def default_volume(spec: TrainingJobSpec) -> int | None:
    """The volume in GiB for a spec that gives none: the largest that one of its instance types needs.

    Returns:
        None where no type is named, or every one has disks of its own.
    """
    sizes = (default_volume_gib(name) for name in instance_types(spec) if isinstance(name, str))
    return max((size for size in sizes if size is not None), default=None)


def may_use_several_instances(spec: TrainingJobSpec) -> bool:
    """Whether a job of this spec may run on more than one instance; unknown counts may be any."""
    if spec.instance_count is not None and may_be_several(spec.instance_count):
        return True
    if (
        is_unknown(spec.instance_groups)
        or is_unknown(spec.instance_preferences)
        or len(spec.instance_groups) > 1
    ):
        return True
    counts = [choice.instance_count for choice in _choices(spec)]
    return any(count is not None and may_be_several(count) for count in counts)
