"""``AWS::CloudFormation::Stack``: a stack inside a stack, made before its parent goes on."""

from __future__ import annotations

from typing import Any

from constructs_lib.local import seams

from .course import away, current
from .failure import ResourceFailed

__all__ = ["NestedStack"]


class NestedStack:
    """A nested stack, known to its parent by its outputs."""

    def __init__(self, stack: Any) -> None:
        self.stack = stack
        self.physical_resource_id = stack.stack_id

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Outputs are known only later."""
        del attr
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **meta: Any
    ) -> NestedStack:
        """Makes the stack and waits for it."""
        del meta
        backend = _backend(account_id, region_name)
        body, parameters = _inputs(cloudformation_json["Properties"], account_id)
        with away():
            self = cls(backend.create_stack(name=resource_name, template=body, parameters=parameters))
        self._expect("CREATE_COMPLETE")
        return self

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: NestedStack,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> NestedStack:
        """Updates the stack and waits for it."""
        del new_resource_name
        self = original_resource
        body, parameters = _inputs(cloudformation_json["Properties"], account_id)
        listed = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        with away():
            _backend(account_id, region_name).update_stack(
                name=self.stack.stack_id, template=body, parameters=listed
            )
        course = current()
        undone = course is not None and course.rolling_back
        self._expect("UPDATE_ROLLBACK_COMPLETE" if undone else "UPDATE_COMPLETE")
        return self

    def delete(self, account_id: str, region: str) -> None:
        """Deletes the stack and waits for it."""
        with away():
            _backend(account_id, region).delete_stack(self.stack.stack_id)
        self._expect("DELETE_COMPLETE")

    def get_cfn_attribute(self, name: str) -> Any:
        """``Outputs.<name>``."""
        key = name.removeprefix("Outputs.")
        for output in self.stack.outputs or []:
            if output["OutputKey"] == key:
                return output["OutputValue"]
        raise ResourceFailed(f"the nested stack {self.stack.name} has no output {key}")

    def _expect(self, *statuses: str) -> None:
        if self.stack.status not in statuses:
            raise ResourceFailed(
                f"Embedded stack {self.stack.stack_id} was not successful: status {self.stack.status}", self
            )


def _backend(account_id: str, region: str) -> Any:
    return seams.get("moto.cloudformation.models:cloudformation_backends")[account_id][region]


def _inputs(properties: dict[str, Any], account_id: str) -> tuple[str, dict[str, Any]]:
    body = seams.get("moto.cloudformation.models:get_stack_from_s3_url")(
        properties["TemplateURL"], account_id, "aws"
    )
    return body, dict(properties.get("Parameters", {}))
