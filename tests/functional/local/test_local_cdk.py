"""The genuine CDK command line against the emulation."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from constructs_lib.errors import LocalError
from constructs_lib.local import LocalAws

APP = """
import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

app = cdk.App()
stack = cdk.Stack(app, "Smoke")
bucket = s3.Bucket(
    stack, "Data", removal_policy=cdk.RemovalPolicy.DESTROY, auto_delete_objects=True,
    encryption=s3.BucketEncryption.S3_MANAGED, enforce_ssl=True)
cdk.CfnOutput(stack, "BucketName", value=bucket.bucket_name)
cdk.CfnOutput(stack, "Given", value=stack.node.try_get_context("given") or "nothing")
app.synth()
"""
pytestmark = pytest.mark.e2e
CDK = Path(__file__).parents[3] / "node_modules" / "aws-cdk" / "bin" / "cdk"


@pytest.fixture(autouse=True)
def _cli(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSTRUCTS_LIB_CDK", str(CDK))


def test_an_app_is_deployed_and_destroyed(local_aws: LocalAws, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    result = local_aws.deploy(tmp_path, {"given": "something"})
    bucket = result.outputs["Smoke"]["BucketName"]
    assert result.outputs["Smoke"]["Given"] == "something"
    assert result.returncode == 0
    s3 = local_aws.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"emptied by the stack's own function")
    local_aws.destroy(tmp_path)
    with pytest.raises(ClientError):
        s3.head_bucket(Bucket=bucket)


def test_an_app_that_does_not_synthesize(local_aws: LocalAws, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print('hello')\nraise ValueError('the wrong subnet')\n")
    with pytest.raises(LocalError, match=r"^the app does not synthesize: ValueError: the wrong subnet$"):
        local_aws.deploy(tmp_path)


def test_an_app_without_an_assembly_gets_nobody_elses(local_aws: LocalAws, tmp_path: Path) -> None:
    good, empty = tmp_path / "good", tmp_path / "empty"
    for folder, text in ((good, "import aws_cdk\naws_cdk.App().synth()\n"), (empty, "")):
        folder.mkdir()
        (folder / "app.py").write_text(text)
    with pytest.raises(LocalError, match="contains no stacks"):
        local_aws.deploy(good)
    with pytest.raises(LocalError, match="ended without an assembly"):
        local_aws.deploy(empty)


def test_a_folder_without_an_app(local_aws: LocalAws, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"has neither a cdk.json nor an app.py"):
        local_aws.deploy(tmp_path)
