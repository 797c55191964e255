"""Stacks as such: order, unknown types, exports, change sets, wait conditions."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.errors import LocalError
from tests.functional.local.local_helpers import Stacks, custom, template, until


def test_depends_on_orders_creation_and_deletion(stacks: Stacks) -> None:
    body = template(A=custom("st1", {"DependsOn": "B"}, Value="a"), B=custom("st1", Value="b"))
    stacks.create("st1", body)
    stacks.delete("st1")
    order = [(r["RequestType"], r["ResourceProperties"]["Value"]) for r in stacks.requests("st1")]
    assert order == [("Create", "b"), ("Create", "a"), ("Delete", "a"), ("Delete", "b")]


def test_unknown_types_are_stand_ins(stacks: Stacks) -> None:
    body = {
        "Resources": {
            "Meta": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2"}},
            "Odd": {"Type": "AWS::Scheduler::Thing", "Properties": {"Name": {"Ref": "Meta"}}},
        },
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Odd", "Arn"]}}},
    }
    assert stacks.create("st2", body) == "CREATE_COMPLETE"
    assert stacks.outputs("st2")["Arn"].startswith("arn:aws:scheduler:us-east-1:123456789012:thing/")
    assert stacks.delete("st2") == "DELETE_COMPLETE"


def test_conditions_leave_resources_out(stacks: Stacks) -> None:
    body = template(Thing=custom("st3", {"Condition": "On"}))
    body["Parameters"] = {"Flag": {"Type": "String", "Default": "no"}}
    body["Conditions"] = {"On": {"Fn::Equals": [{"Ref": "Flag"}, "yes"]}}
    stacks.create("st3", body)
    assert stacks.kinds("st3") == []
    stacks.update("st3", body, Flag="yes")
    stacks.update("st3", body, Flag="no")
    assert stacks.kinds("st3") == ["Create", "Delete"]


def test_exports_reach_other_stacks(stacks: Stacks) -> None:
    body = template(Thing=custom("st4", Value="shared"))
    body["Outputs"] = {"X": {"Value": {"Fn::GetAtt": ["Thing", "Echo"]}, "Export": {"Name": "st4-x"}}}
    stacks.create("st4", body)
    stacks.create("st4b", template(Thing=custom("st4b", Value={"Fn::ImportValue": "st4-x"})))
    assert stacks.requests("st4b")[0]["ResourceProperties"]["Value"] == "shared"


def test_change_sets_of_two_stacks_share_a_name(stacks: Stacks) -> None:
    client = stacks.cloudformation
    for name in ("st5a", "st5b"):
        answer = client.create_change_set(
            StackName=name,
            ChangeSetName="same",
            ChangeSetType="CREATE",
            TemplateBody=json.dumps(template(Thing=custom(name, Value=name))),
        )
        stacks.ids[name] = answer["StackId"]
    client.execute_change_set(StackName="st5a", ChangeSetName="same")
    assert stacks.settle("st5a") == "CREATE_COMPLETE"
    assert stacks.kinds("st5b") == []
    client.delete_change_set(StackName="st5b", ChangeSetName="same")
    with pytest.raises(ClientError, match="ChangeSetNotFound"):
        client.describe_change_set(StackName="st5b", ChangeSetName="same")


def test_resources_are_listed_with_their_ids(stacks: Stacks) -> None:
    stacks.create("st6", template(Thing=custom("st6", Id="the-id")))
    listed = stacks.cloudformation.list_stack_resources(StackName="st6")["StackResourceSummaries"]
    assert {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in listed}["Thing"] == "the-id"


def test_a_bucket_that_is_not_empty_stops_the_deletion(stacks: Stacks) -> None:
    stacks.create("st7", {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}})
    listed = stacks.cloudformation.list_stack_resources(StackName="st7")["StackResourceSummaries"]
    bucket = listed[0]["PhysicalResourceId"]
    stacks.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert stacks.delete("st7") == "DELETE_FAILED"
    stacks.s3.delete_object(Bucket=bucket, Key="k")
    assert stacks.delete("st7") == "DELETE_COMPLETE"


def _waiting(timeout: str) -> dict[str, object]:
    return {
        "Resources": {
            "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Wait": {
                "Type": "AWS::CloudFormation::WaitCondition",
                "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": timeout},
            },
        },
        "Outputs": {"Data": {"Value": {"Fn::GetAtt": ["Wait", "Data"]}}},
    }


def test_a_signal_ends_a_wait_condition(stacks: Stacks) -> None:
    client = stacks.cloudformation
    stack = client.create_stack(StackName="st8", TemplateBody=json.dumps(_waiting("30")))["StackId"]
    stacks.ids["st8"] = stack
    url = until(
        lambda: next(
            (
                e["PhysicalResourceId"]
                for e in stacks.local.stack_events(stack)
                if (e["LogicalResourceId"], e["ResourceStatus"]) == ("Handle", "CREATE_COMPLETE")
            ),
            "",
        )
    )
    signal = {"Status": "SUCCESS", "UniqueId": "u", "Data": "d", "Reason": "done"}
    request = urllib.request.Request(url, data=json.dumps(signal).encode(), method="PUT")
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200
    assert stacks.settle("st8") == "CREATE_COMPLETE"
    assert json.loads(stacks.outputs("st8")["Data"]) == {"u": "d"}


def test_a_wait_condition_times_out(stacks: Stacks) -> None:
    assert stacks.create("st9", _waiting("1")) == "ROLLBACK_COMPLETE"


def test_events_of_no_stack_are_one_clear_line(stacks: Stacks) -> None:
    with pytest.raises(LocalError, match="no events of stack nowhere"):
        stacks.local.stack_events("nowhere")


def test_a_network_is_removed_with_its_stack(stacks: Stacks) -> None:
    vpc, subnet, table = {"Ref": "Vpc"}, {"Ref": "Subnet"}, {"Ref": "Table"}
    service = "com.amazonaws.us-east-1.s3"
    endpoint = {"VpcId": vpc, "ServiceName": service, "RouteTableIds": [table]}
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": vpc, "CidrBlock": "10.0.0.0/24"}},
        "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": vpc}},
        "Link": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": {"SubnetId": subnet, "RouteTableId": table},
        },
        "Endpoint": {"Type": "AWS::EC2::VPCEndpoint", "Properties": endpoint},
    }
    assert stacks.create("st10", {"Resources": resources}) == "CREATE_COMPLETE"
    assert stacks.delete("st10") == "DELETE_COMPLETE"


def test_a_parameter_without_a_name_keeps_its_generated_one(stacks: Stacks) -> None:
    def body(value: str) -> dict[str, object]:
        parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
        return {"Resources": {"P": parameter}, "Outputs": {"Name": {"Value": {"Ref": "P"}}}}

    stacks.create("st11", body("one"))
    name = stacks.outputs("st11")["Name"]
    stacks.update("st11", body("two"))
    assert stacks.outputs("st11")["Name"] == name
    assert stacks.local.client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "two"


def test_another_stacks_output_is_read_by_name_and_again_in_a_roll_back(stacks: Stacks) -> None:
    shared = template(Thing=custom("st20", Value="shared"))
    shared["Outputs"] = {"X": {"Value": {"Fn::GetAtt": ["Thing", "Echo"]}}}
    stacks.create("st20", shared)
    output = {"StackName": "st20", "Region": {"Ref": "AWS::Region"}, "OutputName": "X"}
    reader = template(
        Thing=custom("st20b", Value={"Fn::Join": ["-", ["is", {"Fn::GetStackOutput": output}]]})
    )
    assert stacks.create("st20b", reader) == "CREATE_COMPLETE"
    failing = template(Thing=custom("st20b", Value="other", Fail="Update"))

    assert stacks.update("st20b", failing) == "UPDATE_ROLLBACK_COMPLETE"

    values = [request["ResourceProperties"]["Value"] for request in stacks.requests("st20b")]
    assert values == ["is-shared", "other", "is-shared"]


def test_a_missing_output_of_another_stack_fails_the_deployment(stacks: Stacks) -> None:
    output = {"StackName": "nowhere", "OutputName": "X"}
    body = template(Thing=custom("st21", Value={"Fn::GetStackOutput": output}))

    assert stacks.create("st21", body) == "ROLLBACK_COMPLETE"


def test_roles_with_attached_policies_can_be_deleted(stacks: Stacks) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]}
    allow = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    policy = {"PolicyDocument": {"Version": "2012-10-17", **allow}, "Roles": [{"Ref": "Role"}]}
    body = {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
            "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy},
        }
    }
    assert stacks.create("st22", body) == "CREATE_COMPLETE"
    assert stacks.delete("st22") == "DELETE_COMPLETE"


def test_a_stack_that_takes_a_deleted_ones_name_has_change_sets_of_its_own(stacks: Stacks) -> None:
    client = stacks.cloudformation
    body = json.dumps(template(Thing=custom("st23", Value="a")))
    stacks.create("st23", json.loads(body))
    client.create_change_set(
        StackName="st23", ChangeSetName="same", TemplateBody=body, ChangeSetType="UPDATE"
    )
    stacks.delete("st23")
    stacks.create("st23", json.loads(body))

    with pytest.raises(ClientError, match="does not exist"):
        client.describe_change_set(StackName="st23", ChangeSetName="same")


def test_a_bucket_without_a_name_of_its_own_can_be_tagged(stacks: Stacks) -> None:
    def body(team: str) -> dict[str, Any]:
        tags = {"Tags": [{"Key": "team", "Value": team}]}
        return {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": tags}}}

    stacks.create("st24", body("x"))
    assert stacks.update("st24", body("y")) == "UPDATE_COMPLETE"
