"""Resource types that moto does not make: the few that take effect here, and a stand-in for all others."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from constructs_lib.local import seams

from .course import GivenUp
from .failure import ResourceFailed
from .inbox import SIGNALS, Slot, close, find, open_slot

__all__ = ["EventInvokeConfig", "StandIn", "WaitCondition", "WaitHandle"]


class StandIn:
    """A resource that exists by name only, so that references to it resolve."""

    def __init__(
        self, name: str, kind: str, account_id: str, region: str, properties: dict[str, Any]
    ) -> None:
        self.physical_resource_id = name
        self.kind, self.account_id, self.region, self.properties = kind, account_id, region, properties

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Nothing is known of the type's attributes, so none is refused."""
        del attr
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **meta: Any
    ) -> StandIn:
        """Makes the stand-in."""
        properties = cloudformation_json.get("Properties", {})
        self = cls(resource_name, meta["ResourceType"], account_id, region_name, properties)
        self.apply()
        return self

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: StandIn,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> StandIn:
        """Takes the new properties."""
        del new_resource_name, account_id, region_name
        original_resource.properties = cloudformation_json.get("Properties", {})
        original_resource.apply()
        return original_resource

    def apply(self) -> None:
        """Makes the properties take effect; a stand-in has none."""

    def delete(self, account_id: str, region: str) -> None:
        """Nothing to remove but the name."""
        del account_id, region

    def get_cfn_attribute(self, name: str) -> Any:
        """A value of the right look for any attribute."""
        service, _, kind = self.kind.partition("::")[2].lower().partition("::")
        if name in {"Arn", f"{kind}arn"} or name.endswith("Arn"):
            return f"arn:aws:{service}:{self.region}:{self.account_id}:{kind}/{self.physical_resource_id}"
        return f"{self.physical_resource_id}-{name}"


class EventInvokeConfig(StandIn):
    """``AWS::Lambda::EventInvokeConfig``: retries and destinations of asynchronous invocations."""

    def apply(self) -> None:
        """Sets the function's configuration."""
        config = {key: self.properties[key] for key in _INVOKE_KEYS if key in self.properties}
        self._function().event_invoke_config = []
        self._backend().put_function_event_invoke_config(self.properties["FunctionName"], config)

    def delete(self, account_id: str, region: str) -> None:
        """Sets the function back to the defaults, if it is still there."""
        del account_id, region
        with contextlib.suppress(Exception):
            self._function().event_invoke_config = []

    def _backend(self) -> Any:
        return seams.get("moto.awslambda.utils:get_backend")(self.account_id, self.region)

    def _function(self) -> Any:
        return self._backend().get_function(self.properties["FunctionName"])


_INVOKE_KEYS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


class WaitHandle(StandIn):
    """``AWS::CloudFormation::WaitConditionHandle``: its Ref is a URL that takes signals."""

    def apply(self) -> None:
        """Opens the place for signals once; an update keeps it."""
        if not self.physical_resource_id.startswith("http"):
            self.physical_resource_id = open_slot(SIGNALS).url

    def delete(self, account_id: str, region: str) -> None:
        """Later signals get an error."""
        del account_id, region
        slot = find(self.physical_resource_id)
        if slot:
            close(slot.id)


class WaitCondition(StandIn):
    """``AWS::CloudFormation::WaitCondition``: waits for signals to its handle, once."""

    data = "{}"

    @classmethod
    def update_from_cloudformation_json(cls, *_: Any, **__: Any) -> StandIn:
        """Refused: a new wait needs a new condition, and a new handle."""
        raise ResourceFailed("Update to resource type AWS::CloudFormation::WaitCondition is not supported.")

    def apply(self) -> None:
        """Waits for the signals."""
        count = int(self.properties.get("Count", 1))
        slot = find(str(self.properties["Handle"]))
        messages = self._messages(slot, count) if slot else []
        for message in messages:
            if message["Status"] != "SUCCESS":
                raise ResourceFailed(
                    f"WaitCondition received failed message: '{message.get('Reason')}' "
                    f"for uniqueId: {message.get('UniqueId')}",
                    self,
                )
        if len(messages) < count:
            raise ResourceFailed(
                f"WaitCondition timed out. Received {len(messages)} conditions when expecting {count}", self
            )
        self.data = json.dumps({m.get("UniqueId", ""): m.get("Data", "") for m in messages})

    def _messages(self, slot: Slot, count: int) -> list[dict[str, Any]]:
        try:
            return slot.wait(count, float(self.properties["Timeout"]))
        except GivenUp:
            raise ResourceFailed("Resource creation cancelled", self) from None

    def get_cfn_attribute(self, name: str) -> Any:
        """``Data``: the signals' data by their ids, as JSON."""
        return self.data if name == "Data" else super().get_cfn_attribute(name)
