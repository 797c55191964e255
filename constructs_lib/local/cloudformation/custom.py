"""A custom resource: its requests, the wait for an answer, and the ids that were replaced."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from constructs_lib.local import seams

from .builtin import BUILTIN, answer
from .course import GivenUp
from .failure import ResourceFailed, reason_of
from .inbox import close, open_slot

__all__ = ["CustomResource", "stringified"]

_DEFAULT_TIMEOUT = 3600.0
_COURSES = {"Create": "creation", "Update": "update", "Delete": "deletion"}


def stringified(value: Any) -> Any:
    """CloudFormation hands every scalar to the handler as a string."""
    if isinstance(value, dict):
        return {key: stringified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [stringified(item) for item in value]
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


class CustomResource:
    """What CloudFormation knows about one custom resource."""

    def __init__(
        self, account_id: str, region: str, meta: dict[str, Any], properties: dict[str, Any]
    ) -> None:
        self.account_id, self.region = account_id, region
        self.stack_id, self.logical_id = meta["StackId"], meta["LogicalId"]
        self.kind = meta["ResourceType"]
        self.properties = properties
        self.physical_resource_id = ""
        self.data: dict[str, Any] = {}
        # Properties of an Update that failed: the roll-back's Update names them as the old ones.
        self.failed: dict[str, Any] | None = None
        self.superseded: dict[str, dict[str, Any]] = {}

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """The handler alone knows its attributes."""
        del attr
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **meta: Any
    ) -> CustomResource:
        """Sends Create and waits for the answer."""
        self = cls(account_id, region_name, meta, copy.deepcopy(cloudformation_json["Properties"]))
        self.physical_resource_id = resource_name  # what Delete names if no answer ever comes
        self._take(self._request("Create", self.properties), self.properties)
        return self

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: CustomResource,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> CustomResource:
        """Sends Update and waits for the answer."""
        del new_resource_name, account_id, region_name
        self, new = original_resource, copy.deepcopy(cloudformation_json["Properties"])
        old, self.failed = self.failed or self.properties, new
        before, previous = self.physical_resource_id, self.properties
        self._take(self._request("Update", new, OldResourceProperties=stringified(old)), new)
        self.failed = None
        if self.physical_resource_id != before:
            self.superseded[before] = previous
        self.superseded.pop(self.physical_resource_id, None)
        return self

    def clean_up(self, physical: str) -> None:
        """Sends Delete for a physical id that an update has replaced."""
        self._request("Delete", self.superseded.pop(physical), physical)

    def delete(self, account_id: str, region: str) -> None:
        """Sends Delete and waits for the answer."""
        del account_id, region
        for physical in list(self.superseded):
            self.clean_up(physical)
        self._request("Delete", self.failed or self.properties)

    def get_cfn_attribute(self, name: str) -> Any:
        """An attribute the handler has answered with."""
        if name not in self.data:
            raise ResourceFailed(
                f"CustomResource attribute error: Vendor response doesn't contain {name} attribute in object"
            )
        return self.data[name]

    def _take(self, answer: dict[str, Any], properties: dict[str, Any]) -> None:
        if not answer.get("PhysicalResourceId"):
            raise ResourceFailed("Invalid PhysicalResourceId", self)
        self.physical_resource_id = str(answer["PhysicalResourceId"])
        self.data, self.properties = answer.get("Data") or {}, properties

    def _request(
        self, kind: str, properties: dict[str, Any], physical: str = "", **more: Any
    ) -> dict[str, Any]:
        slot = open_slot()
        event = {
            "RequestType": kind,
            "ServiceToken": properties["ServiceToken"],
            "ResponseURL": slot.url,
            "StackId": self.stack_id,
            "RequestId": str(uuid.uuid4()),
            "LogicalResourceId": self.logical_id,
            "ResourceType": self.kind,
            "ResourceProperties": stringified(properties),
            **more,
        }
        if kind != "Create":
            event["PhysicalResourceId"] = physical or self.physical_resource_id
        try:
            if self.kind in BUILTIN:
                slot.put(answer(event, self.region))
            else:
                self._invoke(event)
            answers = slot.wait(1, float(properties.get("ServiceTimeout", _DEFAULT_TIMEOUT)))
        except GivenUp:
            raise ResourceFailed(f"Resource {_COURSES.get(kind, kind)} cancelled", self) from None
        finally:
            close(slot.id)
        return self._checked(kind, answers)

    def _checked(self, kind: str, answers: list[dict[str, Any]]) -> dict[str, Any]:
        if not answers:
            raise ResourceFailed(
                "CloudFormation did not receive a response from your Custom Resource. Please check your logs "
                "for requestId. If you are using the Python cfn-response module, you may need to update it.",
                self,
            )
        first = answers[0]
        if first["Status"] != "SUCCESS":
            if kind == "Create" and first.get("PhysicalResourceId"):
                self.physical_resource_id = str(first["PhysicalResourceId"])
            raise ResourceFailed(
                "Received response status [FAILED] from custom resource. "
                f"Message returned: {first.get('Reason')}",
                self,
            )
        return first

    def _invoke(self, event: dict[str, Any]) -> None:
        from constructs_lib.local.lambdas import invoke_async

        token = str(event["ServiceToken"])
        if ":lambda:" not in token:
            raise ResourceFailed(f"only functions are emulated as service tokens, not {token}", self)
        try:
            function = seams.get("moto.awslambda.utils:get_backend")(
                self.account_id, self.region
            ).get_function(token)
        except Exception as error:
            raise ResourceFailed(f"Function not found: {token} ({reason_of(error)})", self) from error
        invoke_async(function, event)
