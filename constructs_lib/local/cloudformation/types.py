"""Which class makes a resource of a type: ours where moto has none or does less than is needed."""

from __future__ import annotations

from typing import Any

from constructs_lib.local import seams

from .custom import CustomResource
from .nested import NestedStack
from .others import EventInvokeConfig, StandIn, WaitCondition, WaitHandle

__all__ = ["CLASS_OF_TYPE", "resource_class"]

CLASS_OF_TYPE = "moto.cloudformation.parsing:resource_class_from_type"

_OURS: dict[str, type] = {
    "AWS::CloudFormation::CustomResource": CustomResource,
    "AWS::CloudFormation::Stack": NestedStack,
    "AWS::CloudFormation::WaitCondition": WaitCondition,
    "AWS::CloudFormation::WaitConditionHandle": WaitHandle,
    "AWS::Lambda::EventInvokeConfig": EventInvokeConfig,
}


def resource_class(resource_type: str) -> Any:
    """The class for a CloudFormation type; never none."""
    if resource_type.startswith("Custom::"):
        return CustomResource
    return _OURS.get(resource_type) or seams.original(CLASS_OF_TYPE)(resource_type) or StandIn
