"""Logs, images, data, keys and network: the execution role may use its own, and none beside it."""

from __future__ import annotations

import pytest

from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.execution_roles import EFS, FSX, JOB, templates
from tests.unit.cdk.access.matrix import Case, Row, cases
from tests.unit.cdk.access.physical import ACCOUNT, OTHER_ACCOUNT, REGION
from tests.unit.cdk.access.simulator import Simulator

LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker"
ECR = f"arn:aws:ecr:{REGION}"
S3 = "arn:aws:s3:::"
BUCKET = f"{S3}access-platformbucketf77e3768"
KEY, INPUT_KEY, ANOTHER_KEY = (
    f"arn:aws:kms:{REGION}:{ACCOUNT}:key/access{name}"
    for name in ("platformkeye2280810", "inputkey9131d139", "anotherkeyad04848f")
)
EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
SUBNETS = tuple(
    f"{EC2}:subnet/subnet-accessplatformvpctrainingsubnet{name}"
    for name in ("1subnet8d0c327b", "2subnetb7972e7d")
)
GROUP = f"{EC2}:security-group/sg-accessplatformsecuritygroup9e3875e6"
INTERFACE = f"{EC2}:network-interface/eni-1"
EFS_ARN = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system"
NO_TLS = {"aws:SecureTransport": "false"}
PULL = "ecr:BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer"
TO_SAGEMAKER = {"ec2:AuthorizedService": "sagemaker.amazonaws.com", "ec2:Subnet": SUBNETS[0]}
VIA_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}


def prefix(key: str) -> dict[str, str]:
    return {"s3:prefix": key}


ROWS = [
    # Every job: logs and metrics.
    Row(
        "DataRole",
        "logs:CreateLogGroup DescribeLogStreams",
        (f"{LOGS}/TrainingJobs",),
        beside=(f"{LOGS}/ProcessingJobs", f"{LOGS}/TrainingJobs2"),
        never="logs:DeleteLogGroup",
    ),
    Row(
        "DataRole",
        "logs:CreateLogStream PutLogEvents",
        (f"{LOGS}/TrainingJobs:log-stream:{JOB}/algo-1",),
        beside=(f"{LOGS}/ProcessingJobs:log-stream:{JOB}/algo-1",),
        never="logs:GetLogEvents DeleteLogStream",
    ),
    Row(
        "DataRole",
        "cloudwatch:PutMetricData",
        context={"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"},
        otherwise=({"cloudwatch:namespace": "AWS/Billing"},),
        never="cloudwatch:DeleteAlarms",
    ),
    # TrainingImage: of another account, of AWS's Deep Learning Containers, of a built-in algorithm.
    Row(
        "DataRole",
        PULL,
        (f"{ECR}:{OTHER_ACCOUNT}:repository/team/churn",),
        beside=(
            f"{ECR}:{OTHER_ACCOUNT}:repository/team/churn2",
            f"{ECR}:{OTHER_ACCOUNT}:repository/team",
            f"{ECR}:{ACCOUNT}:repository/team/churn",
        ),
        never="ecr:PutImage",
    ),
    Row("DataRole", "ecr:GetAuthorizationToken"),
    Row(
        "ScriptRole",
        PULL,
        (f"{ECR}:763104351884:repository/pytorch-training",),
        beside=(f"{ECR}:763104351884:repository/pytorch-inference",),
    ),
    Row(
        "ContainerRole",
        PULL,
        (f"{ECR}:763104351884:repository/pytorch-training",),
        beside=(
            f"{ECR}:763104351884:repository/pytorch-inference",
            "arn:aws:ecr:us-east-1:763104351884:repository/pytorch-training",
        ),
    ),
    Row(
        "BuiltInRole",
        PULL,
        (f"{ECR}:438346466558:repository/linear-learner",),
        beside=(f"{ECR}:438346466558:repository/knn",),
    ),
    # A channel of a folder, and one of a prefix that is compared as text.
    Row(
        "DataRole",
        "s3:GetObject",
        (f"{S3}data/churn/train/a.csv",),
        beside=(f"{S3}data/churn/train2/a.csv", f"{S3}data/churn/test/a.csv", f"{S3}other/churn/train/a.csv"),
        never="s3:PutObject DeleteObject",
    ),
    Row(
        "DataRole",
        "s3:ListBucket",
        (f"{S3}data",),
        prefix("churn/train/"),
        beside=(f"{S3}other",),
        otherwise=(prefix("churn/test/"), prefix("churn/train2/"), prefix("")),
        never="s3:DeleteBucket GetBucketPolicy",
    ),
    Row(
        "DataRole",
        "s3:GetObject",
        (f"{S3}open/train/a.csv", f"{S3}open/train2/a.csv"),
        beside=(f"{S3}open/test/a.csv",),
    ),
    Row(
        "DataRole",
        "s3:ListBucket",
        (f"{S3}open",),
        prefix("train"),
        otherwise=(prefix("tra"), prefix("test")),
    ),
    # Manifests: with what they name said, and without.
    Row(
        "DataRole", "s3:GetObject", (f"{S3}lists/a.json",), beside=(f"{S3}lists/b.json", f"{S3}lists/a/b.csv")
    ),
    Row("DataRole", "s3:ListBucket", (f"{S3}lists",), prefix("a.json"), otherwise=(prefix("b"),)),
    Row("DataRole", "s3:GetObject", (f"{S3}named/a/b.csv",), beside=(f"{S3}named/b/b.csv",)),
    Row("DataRole", "s3:ListBucket", (f"{S3}named",), prefix("a/"), otherwise=(prefix("b/"),)),
    Row("DataRole", "s3:GetObject", (f"{S3}labels/b.json", f"{S3}labels/any/c.jpg"), never="s3:PutObject"),
    Row("DataRole", "s3:ListBucket", (f"{S3}labels",), prefix("any/")),
    # File systems.
    Row(
        "DataRole",
        "elasticfilesystem:ClientMount ClientRootAccess ClientWrite DescribeMountTargets",
        (f"{EFS_ARN}/{EFS}",),
        beside=(f"{EFS_ARN}/{FSX}",),
        never="elasticfilesystem:DeleteFileSystem",
    ),
    Row("DataRole", "fsx:DescribeFileSystems"),
    # Results, below the jobs' names; checkpoints, with deletion.
    Row(
        "DataRole",
        "s3:AbortMultipartUpload GetObject PutObject",
        (f"{BUCKET}/training/output/{JOB}/output/model.tar.gz",),
        beside=(
            f"{BUCKET}/training/output/another-job/output/model.tar.gz",
            f"{BUCKET}/training/x",
            f"{S3}other/training/output/{JOB}/output/model.tar.gz",
        ),
        otherwise=(NO_TLS,),
        never="s3:DeleteObject",
    ),
    Row(
        "DataRole",
        "s3:ListBucket",
        (BUCKET,),
        prefix("training/output/"),
        otherwise=(prefix("other/"), NO_TLS),
    ),
    Row("DataRole", "s3:GetBucketLocation", (BUCKET,), beside=(f"{S3}data",), otherwise=(NO_TLS,)),
    Row(
        "DataRole",
        "s3:AbortMultipartUpload DeleteObject GetObject PutObject",
        (f"{BUCKET}/training/checkpoints/shared/1/a.pt",),
        beside=(f"{BUCKET}/training/checkpoints/another/1/a.pt",),
        otherwise=(NO_TLS,),
    ),
    Row("DataRole", "s3:ListBucket", (BUCKET,), prefix("training/checkpoints/shared/")),
    # Keys: of an input, of results and checkpoints, of the volume.
    Row(
        "DataRole",
        "kms:Decrypt",
        (INPUT_KEY,),
        VIA_S3,
        beside=(ANOTHER_KEY,),
        otherwise=({"kms:ViaService": f"ec2.{REGION}.amazonaws.com"},),
        never="kms:Encrypt GenerateDataKey CreateGrant",
    ),
    Row(
        "DataRole",
        "kms:Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext",
        (KEY,),
        VIA_S3,
        beside=(ANOTHER_KEY,),
        never="kms:ScheduleKeyDeletion PutKeyPolicy",
    ),
    Row(
        "DataRole",
        "kms:CreateGrant",
        (KEY,),
        {"kms:GrantIsForAWSResource": "true"},
        beside=(INPUT_KEY, ANOTHER_KEY),
        otherwise=({"kms:GrantIsForAWSResource": "false"},),
    ),
    Row("BucketRole", "kms:Decrypt Encrypt GenerateDataKey", (ANOTHER_KEY,)),
    Row(
        "BucketRole",
        "kms:GenerateDataKey",
        (KEY,),
        VIA_S3,
        otherwise=({"kms:ViaService": f"ec2.{REGION}.amazonaws.com"},),
        never="kms:Encrypt",
    ),
    # VpcConfig.
    Row(
        "DataRole",
        "ec2:DescribeDhcpOptions DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets "
        "DescribeVpcs",
        never="ec2:DescribeInstances",
    ),
    Row(
        "DataRole",
        "ec2:CreateNetworkInterface",
        (*SUBNETS, GROUP, INTERFACE),
        beside=(f"{EC2}:subnet/subnet-2", f"{EC2}:security-group/sg-2"),
    ),
    Row(
        "DataRole",
        "ec2:CreateNetworkInterfacePermission",
        (INTERFACE,),
        TO_SAGEMAKER,
        otherwise=(
            {"ec2:AuthorizedService": "lambda.amazonaws.com"},
            {"ec2:Subnet": f"{EC2}:subnet/subnet-2"},
        ),
    ),
    Row(
        "DataRole",
        "ec2:DeleteNetworkInterface DeleteNetworkInterfacePermission",
        (INTERFACE,),
        beside=(INTERFACE.replace(ACCOUNT, OTHER_ACCOUNT),),
        never="ec2:AttachNetworkInterface",
    ),
    # AlgorithmName: nothing on the role.
    Row("AlgorithmRole", "s3:ListBucket", (BUCKET,), prefix("training/output/"), never="s3:DeleteBucket"),
]
NOTHING = [
    Case("OtherKeyRole", "kms:GenerateDataKey", KEY, VIA_S3, allowed=False),
    *(
        Case("AlgorithmRole", action, resource, {}, allowed=False)
        for action, resource in [
            ("ecr:GetAuthorizationToken", "*"),
            ("ecr:BatchGetImage", f"{ECR}:{ACCOUNT}:repository/mine"),
            ("sagemaker:DescribeAlgorithm", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:algorithm/mine"),
        ]
    ),
]


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


@pytest.mark.parametrize("case", [*cases(ROWS), *NOTHING], ids=str)
def test_the_role_may_use_what_its_request_names_and_nothing_beside_it(account: Account, case: Case) -> None:
    case.check(account)
