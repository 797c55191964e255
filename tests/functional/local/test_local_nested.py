"""Nested stacks: outputs and parameters, updates, roll-back and deletion."""

from __future__ import annotations

import json
from typing import Any

from tests.functional.local.local_helpers import RECORDS, Stacks, custom, template


def nested(stacks: Stacks, key: str, body: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    stacks.s3.put_object(Bucket=RECORDS, Key=key, Body=json.dumps(body).encode())
    url = f"{stacks.local.endpoint_url}/{RECORDS}/{key}"
    return {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": url, "Parameters": parameters},
    }


def _inner(log: str, **properties: Any) -> dict[str, Any]:
    body = template({"Echo": {"Fn::GetAtt": ["Thing", "Echo"]}}, Thing=custom(log, **properties))
    body["Parameters"] = {"Word": {"Type": "String"}}
    body["Resources"]["Thing"]["Properties"]["Value"] = {"Ref": "Word"}
    return body


def _outer(inner: dict[str, Any], log: str) -> dict[str, Any]:
    return template(
        {"Out": {"Fn::GetAtt": ["Inner", "Outputs.Echo"]}},
        Inner=inner,
        After=custom(log, Value={"Fn::GetAtt": ["Inner", "Outputs.Echo"]}),
    )


def test_a_nested_stack_is_made_changed_and_deleted(stacks: Stacks) -> None:
    inner = nested(stacks, "nested/a", _inner("ne1"), Word="one")
    assert stacks.create("ne1", _outer(inner, "ne1-after")) == "CREATE_COMPLETE"
    assert stacks.outputs("ne1") == {"Out": "one"}
    inner["Properties"]["Parameters"]["Word"] = "two"
    assert stacks.update("ne1", _outer(inner, "ne1-after")) == "UPDATE_COMPLETE"
    assert stacks.outputs("ne1") == {"Out": "two"}
    assert stacks.delete("ne1") == "DELETE_COMPLETE"
    assert stacks.kinds("ne1") == ["Create", "Update", "Delete"]
    values = [request["ResourceProperties"]["Value"] for request in stacks.requests("ne1-after")]
    assert values == ["one", "two", "two"]


def test_a_nested_stack_that_fails_fails_its_parent(stacks: Stacks) -> None:
    inner = nested(stacks, "nested/b", _inner("ne2", Fail="Create"), Word="one")
    assert stacks.create("ne2", _outer(inner, "ne2-after")) == "ROLLBACK_COMPLETE"
    reasons = [reason for name, status, reason in stacks.events("ne2") if status == "CREATE_FAILED"]
    assert reasons[0].startswith("Embedded stack arn:")
    assert "was not successful" in reasons[0]
    assert stacks.kinds("ne2") == ["Create", "Delete"]
    assert stacks.kinds("ne2-after") == []


def test_a_nested_stack_is_changed_back_with_its_parent(stacks: Stacks) -> None:
    inner = nested(stacks, "nested/c", _inner("ne3"), Word="one")
    stacks.create("ne3", _outer(inner, "ne3-after"))
    inner["Properties"]["Parameters"]["Word"] = "two"
    broken = _outer(inner, "ne3-after")
    broken["Resources"]["After"]["Properties"]["Fail"] = "Update"
    assert stacks.update("ne3", broken) == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.outputs("ne3") == {"Out": "one"}
    values = [request["ResourceProperties"]["Value"] for request in stacks.requests("ne3")]
    assert values == ["one", "two", "one"]
