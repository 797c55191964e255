"""State machines of tests: definitions as AWS gets them, with CloudFormation's values written out."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

Json = dict[str, Any]
WRITTEN = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012"}


def machine(
    task: sfn.IChainable, language: sfn.QueryLanguage | None = None, id: str = "Machine"
) -> sfn.StateMachine:
    scope = cdk.Stack.of(task.start_state)
    body = sfn.DefinitionBody.from_chainable(task)
    return sfn.StateMachine(scope, id, definition_body=body, query_language=language)


def definition(made: sfn.StateMachine) -> Json:
    """The definition; a Ref or GetAtt is written as ``<LogicalId>`` or ``<LogicalId.Attribute>``."""
    stack = cdk.Stack.of(made)
    template = Template.from_stack(stack).to_json()
    resource = template["Resources"][stack.get_logical_id(made.node.default_child)]  # type: ignore[arg-type]
    parsed: Json = json.loads(written(resource["Properties"]["DefinitionString"]))
    return parsed


def written(value: Any) -> str:
    if isinstance(value, str):
        return value
    (function, argument), *_ = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(map(written, argument[1]))
    if function == "Ref":
        return WRITTEN.get(argument, f"<{argument}>")
    if function == "Fn::GetAtt":
        return f"<{'.'.join(argument)}>"
    return f"<{function}>"


def states_of(definition: Json) -> dict[str, Json]:
    """Every state, of the machine and of all branches and processors in it."""
    found: dict[str, Json] = {}
    for name, state in definition["States"].items():
        found[name] = state
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor")):
            if inner:
                found |= states_of(inner)
    return found


def creation(definition: Json) -> Json:
    """The one state that creates a training job."""
    (found,) = (s for s in states_of(definition).values() if "createTrainingJob" in str(s.get("Resource")))
    return found
