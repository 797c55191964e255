"""``Fn::GetStackOutput``: another stack's output, read when this one is deployed; moto does not know it."""

from __future__ import annotations

from typing import Any

from constructs_lib.local import seams

from .failure import ResourceFailed

__all__ = ["with_stack_outputs"]

_FUNCTION = "Fn::GetStackOutput"


def with_stack_outputs(node: Any, account: str, region: str) -> Any:
    """The part of a template with each use of the function replaced by the output's value.

    Raises:
        ResourceFailed: there is no such stack, or it has no such output.
    """
    if isinstance(node, list):
        return [with_stack_outputs(item, account, region) for item in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {_FUNCTION}:
        return _value(node[_FUNCTION], account, region)
    return {key: with_stack_outputs(value, account, region) for key, value in node.items()}


def _value(wanted: dict[str, Any], account: str, region: str) -> str:
    named = wanted.get("Region", region)
    # A region that is no text is the pseudo parameter of this one.
    place = named if isinstance(named, str) else region
    stacks = seams.get("moto.cloudformation.models:cloudformation_backends")[account][place].stacks
    for stack in stacks.values():
        if stack.name == wanted["StackName"]:
            for output in stack.outputs or []:
                if output["OutputKey"] == wanted["OutputName"]:
                    return str(output["OutputValue"])
    raise ResourceFailed(f"Stack {wanted['StackName']} has no output {wanted['OutputName']}")
