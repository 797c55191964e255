"""Cloud assemblies by hand: one role and one record, for what no app of ours would write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .cli_helpers import write

Json = dict[str, Any]
KEY = "constructs-lib:permissions"
ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
BUCKET = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "Bucket"}, "/in/*"]]}


def role(*statements: Json, **properties: Any) -> Json:
    """A template with a role that has a policy of these statements."""
    trust = {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
    }
    policy = {"Roles": [{"Ref": "Role"}], "PolicyDocument": {"Statement": [*statements]}}
    return {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}, **properties},
            },
            "Policy": {"Type": "AWS::IAM::Policy", "Properties": policy},
        }
    }


def allow(actions: object, resources: object, **more: Any) -> Json:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def record(*permissions: Json, **members: Any) -> Json:
    """A record in which a job asks for these permissions of the role."""
    asked = {"by": "Main/Job", "purpose": "execution role", "role": ROLE, **members}
    numbers = [*range(len(permissions))]
    return {
        "version": 1,
        "permissions": [*permissions],
        "asked": [{**asked, "permissions": numbers}],
        "tokens": [],
    }


def assembly(folder: Path, template: Json, noted: object = None, **artifact: Any) -> str:
    """Writes a cloud assembly of one stack; None notes nothing."""
    metadata: Json = {"/Main/Job/Role/Resource": [{"type": "aws:cdk:logicalId", "data": "Role"}]}
    if noted is not None:
        metadata["/Main"] = [{"type": KEY, "data": noted}]
    stack = {
        "type": "aws:cloudformation:stack",
        "displayName": "Main",
        "properties": {"templateFile": "Main.template.json"},
        "metadata": metadata,
        **artifact,
    }
    write(folder / "manifest.json", {"version": "1", "artifacts": {"Main": stack}})
    write(folder / "Main.template.json", template)
    return str(folder)


def printed(text: str) -> Json:
    found: Json = json.loads(text)
    return found
