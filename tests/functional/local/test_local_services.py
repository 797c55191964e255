"""Services that moto emulates by itself, as far as the library relies on them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from tests.functional.local.local_helpers import Stacks


def test_kms_checks_the_encryption_context(local_aws: LocalAws) -> None:
    kms = local_aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text", EncryptionContext={"a": "b"})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"text"
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "c"})


def test_ssm_and_iam_answer(local_aws: LocalAws) -> None:
    ssm = local_aws.client("ssm")
    ssm.put_parameter(Name="/x", Value="1", Type="String")
    assert ssm.get_parameter(Name="/x")["Parameter"]["Value"] == "1"
    iam = local_aws.client("iam")
    iam.create_role(RoleName="service-test", AssumeRolePolicyDocument="{}")
    assert iam.get_role(RoleName="service-test")["Role"]["RoleName"] == "service-test"


def test_the_command_lines_look_for_the_cause_of_a_failure_is_answered(local_aws: LocalAws) -> None:
    assert local_aws.client("cloudtrail").lookup_events()["Events"] == []


def test_a_key_that_a_stack_made_can_be_described(stacks: Stacks, local_aws: LocalAws) -> None:
    everyone = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [everyone]}
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}
    body = {"Resources": {"Key": key}, "Outputs": {"Id": {"Value": {"Ref": "Key"}}}}
    stacks.create("se20", body)

    described = local_aws.client("kms").describe_key(KeyId=stacks.outputs("se20")["Id"])
    assert described["KeyMetadata"]["KeyState"] == "Enabled"
