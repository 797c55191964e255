"""Services that moto emulates by itself, as far as the library relies on them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws


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
