"""Debugger, tracking, hubs, serverless jobs: the execution role may use its own, and none beside it."""

from __future__ import annotations

import pytest

from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.execution_roles import (
    APP,
    CREDENTIALS,
    JOB,
    SAGEMAKER,
    SCORER,
    SERVER,
    templates,
)
from tests.unit.cdk.access.matrix import Case, Row, cases
from tests.unit.cdk.access.physical import ACCOUNT, OTHER_ACCOUNT, REGION
from tests.unit.cdk.access.simulator import Simulator

S3 = "arn:aws:s3:::"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs"
ECR = f"arn:aws:ecr:{REGION}"
AWS_HUBS = f"arn:aws:sagemaker:{REGION}:aws"
THEIR_HUBS = f"arn:aws:sagemaker:{REGION}:{OTHER_ACCOUNT}"
PULL = "ecr:BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer"
WRITE = "s3:AbortMultipartUpload GetObject PutObject"
WRITE_AND_DELETE = "s3:AbortMultipartUpload DeleteObject GetObject PutObject"
SHELL = "ssmmessages:CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel"
LOG_RUNS = (
    "sagemaker-mlflow:CreateExperiment CreateRun FinalizeLoggedModel GetExperiment GetExperimentByName "
    "GetLoggedModel GetRun ListArtifacts LogBatch LogInputs LogLoggedModelParams LogMetric LogModel "
    "LogOutputs LogParam SearchExperiments SearchRuns SetExperimentTag SetLoggedModelTags SetTag UpdateRun"
)
COMPONENT, TRIAL = f"{SAGEMAKER}:experiment-trial-component", f"{SAGEMAKER}:experiment-trial"
CACHES = tuple(
    f"{S3}{name}-{REGION}/llama/a.bin" for name in ("jumpstart-cache-prod", "jumpstart-private-cache-prod")
)
FOREIGN_CACHE = f"{S3}jumpstart-cache-prod-us-east-1/llama/a.bin"
BEDROCK = f"arn:aws:bedrock:{REGION}"
PROFILE = f"{BEDROCK}:{ACCOUNT}:inference-profile/eu.vendor.judge"
PACKAGES = "sagemaker:CreateModelPackage DescribeModelPackage ListModelPackages UpdateModelPackage"
DESCRIBE = "sagemaker:DescribeHubContent"


def prefix(key: str) -> dict[str, str]:
    return {"s3:prefix": key}


def watched(role: str) -> list[Row]:
    """Debugger hook, profiler, TensorBoard, rules, remote debug; typed and by overrides."""
    below = {"tensors": "debug-output/a", "profile": "profiler-output/a"}
    return [
        *(
            Row(
                role,
                WRITE,
                (f"{S3}watch/{folder}/{JOB}/{name}",),
                beside=(f"{S3}watch/{folder}/another-job/{name}", f"{S3}other/{folder}/{JOB}/{name}"),
                never="s3:DeleteObject",
            )
            for folder, name in below.items()
        ),
        Row(
            role,
            WRITE_AND_DELETE,
            (f"{S3}watch/board/{JOB}/tensorboard-output/a",),
            beside=(f"{S3}watch/board/another-job/tensorboard-output/a", f"{S3}watch/board2/{JOB}/a"),
        ),
        *(
            Row(
                role,
                WRITE,
                (f"{S3}watch/{folder}/any/rule-output/a",),
                beside=(f"{S3}watch/{folder}2/any/a",),
                never="s3:DeleteObject",
            )
            for folder in ("rules", "reports")
        ),
        *(
            Row(
                role,
                "s3:ListBucket",
                (f"{S3}watch",),
                prefix(f"{folder}/"),
                beside=(f"{S3}other",),
                otherwise=(prefix("else/"), prefix(folder)),
            )
            for folder in ("tensors", "profile", "board", "rules", "reports")
        ),
        Row(role, "logs:CreateLogGroup DescribeLogStreams", (LOGS,), beside=(LOGS.replace("Proc", "Re"),)),
        Row(role, "logs:CreateLogStream PutLogEvents", (f"{LOGS}:log-stream:rule/algo-1",)),
        Row(
            role,
            PULL,
            (
                f"{ECR}:929884845733:repository/sagemaker-debugger-rules",
                f"{ECR}:{OTHER_ACCOUNT}:repository/team/rules",
            ),
            beside=(f"{ECR}:929884845733:repository/sagemaker-clarify",),
        ),
        Row(role, SHELL, never="ssm:StartSession"),
    ]


def tracked(role: str) -> list[Row]:
    """MLflow and experiments; typed and by overrides."""
    return [
        Row(
            role,
            LOG_RUNS,
            (SERVER,),
            beside=(f"{SERVER}2",),
            never="sagemaker-mlflow:DeleteRun DeleteRegisteredModel",
        ),
        Row(role, "sagemaker:DescribeMlflowTrackingServer", (SERVER,), beside=(f"{SERVER}2",)),
        Row(
            role,
            "sagemaker:CreateTrialComponent DescribeTrialComponent UpdateTrialComponent",
            (f"{COMPONENT}/churn-run", f"{COMPONENT}/Churn-run", f"{COMPONENT}/{JOB}-aws-training-job"),
            beside=(f"{COMPONENT}/another-run", f"{COMPONENT}/another-job-aws-training-job"),
            never="sagemaker:DeleteTrialComponent",
        ),
        Row(
            role,
            "sagemaker:BatchPutMetrics",
            (f"{COMPONENT}/churn-run", f"{SAGEMAKER}:training-job/{JOB}"),
            beside=(f"{COMPONENT}/another-run", f"{SAGEMAKER}:training-job/another-job"),
        ),
        Row(
            role,
            "sagemaker:AssociateTrialComponent",
            (f"{COMPONENT}/churn-run", f"{TRIAL}/night", f"{TRIAL}/Default-Run-Group-Churn"),
            beside=(f"{COMPONENT}/another-run", f"{TRIAL}/day"),
        ),
        Row(role, "sagemaker:Search", never="sagemaker:ListTrainingJobs"),
    ]


ROWS = [
    *watched("WatchedRole"),
    *watched("OverriddenRole"),
    *tracked("TrackedRole"),
    *tracked("OverriddenRole"),
    # An app of MLflow; experiments need nothing where the container has no credentials.
    Row(
        "IsolatedRole",
        "sagemaker:CallMlflowAppApi DescribeMlflowApp",
        (APP,),
        beside=(f"{APP}2",),
        never="sagemaker:DeleteMlflowApp",
    ),
    # Hub content of a channel, JumpStart's files, the credentials of a private registry.
    Row(
        "HubRole",
        DESCRIBE,
        (
            f"{SAGEMAKER}:hub-content/private/ModelReference/llama",
            f"{SAGEMAKER}:hub-content/private/ModelReference/llama/1.0.0",
            f"{SAGEMAKER}:hub/private",
        ),
        beside=(
            f"{SAGEMAKER}:hub-content/private/ModelReference/llama2",
            f"{SAGEMAKER}:hub-content/another/ModelReference/llama",
            f"{SAGEMAKER}:hub/another",
        ),
        never="sagemaker:DeleteHubContent",
    ),
    Row("HubRole", "s3:GetObject", CACHES, beside=(FOREIGN_CACHE,), never="s3:PutObject"),
    Row("HubRole", "lambda:InvokeFunction", (CREDENTIALS,), beside=(SCORER,), never="lambda:GetFunction"),
    # A serverless job: base model, data set, evaluator, model packages, results that are replaced, a judge.
    Row(
        "ServerlessRole",
        DESCRIBE,
        (
            f"{AWS_HUBS}:hub-content/SageMakerPublicHub/Model/llama",
            f"{AWS_HUBS}:hub-content/SageMakerPublicHub/Model/llama/3.0.0",
            f"{AWS_HUBS}:hub/SageMakerPublicHub",
            f"{THEIR_HUBS}:hub-content/mine/DataSet/dialogues/1.0.0",
            f"{THEIR_HUBS}:hub/mine",
        ),
        beside=(
            f"{AWS_HUBS}:hub-content/SageMakerPublicHub/Model/other",
            f"{THEIR_HUBS}:hub-content/mine/DataSet/other/1.0.0",
            f"{SAGEMAKER}:hub/mine",
        ),
    ),
    Row("ServerlessRole", "s3:GetObject", CACHES, beside=(FOREIGN_CACHE,), never="s3:PutObject"),
    Row("ServerlessRole", "lambda:InvokeFunction", (SCORER,), beside=(CREDENTIALS,)),
    Row(
        "ServerlessRole",
        WRITE_AND_DELETE,
        (f"{S3}tuned/models/{JOB}/output/model/a",),
        beside=(f"{S3}tuned/models/another-job/output/model/a", f"{S3}other/models/{JOB}/a"),
    ),
    Row("ServerlessRole", "s3:GetObject", (f"{S3}answers/run/inference_output.jsonl",), never="s3:PutObject"),
    Row("ServerlessRole", WRITE, (f"{S3}answers/judged/a.json",), beside=(f"{S3}answers/run/b",)),
    Row(
        "ServerlessRole",
        "bedrock:InvokeModel",
        (f"{PROFILE}-1", "arn:aws:bedrock:eu-north-1::foundation-model/vendor.judge-1"),
        beside=(f"{PROFILE}-2", f"{BEDROCK}::foundation-model/vendor.judge-2"),
    ),
    Row(
        "ServerlessRole",
        "sagemaker:DescribeModelPackageGroup",
        (f"{SAGEMAKER}:model-package-group/tuned",),
        beside=(f"{SAGEMAKER}:model-package-group/tuned2",),
        never="sagemaker:DeleteModelPackageGroup",
    ),
    Row(
        "ServerlessRole",
        PACKAGES,
        (f"{SAGEMAKER}:model-package/tuned/1",),
        beside=(f"{SAGEMAKER}:model-package/tuned2/1",),
        never="sagemaker:DeleteModelPackage",
    ),
    Row(
        "ServerlessRole",
        "sagemaker:DescribeModelPackage",
        (f"{SAGEMAKER}:model-package/earlier/3",),
        beside=(f"{SAGEMAKER}:model-package/earlier/4",),
        never="sagemaker:UpdateModelPackage",
    ),
    # A prompt of a hub as evaluator, a judge that is called in its own region.
    Row("PromptRole", DESCRIBE, (f"{SAGEMAKER}:hub-content/mine/JsonDoc/prompt/1.0.0",)),
    Row(
        "PromptRole",
        "bedrock:InvokeModel",
        (f"{BEDROCK}::foundation-model/vendor.judge-2",),
        beside=("arn:aws:bedrock:us-east-1::foundation-model/vendor.judge-2",),
    ),
]
# What no field of these requests asks for.
NOTHING = [
    Case(role, action, resource, {}, allowed=False)
    for role, action, resource in [
        ("IsolatedRole", "sagemaker:CreateTrialComponent", f"{COMPONENT}/churn-run"),
        ("IsolatedRole", "sagemaker:Search", "*"),
        ("IsolatedRole", "sagemaker-mlflow:LogBatch", SERVER),
        ("TrackedRole", "sagemaker-mlflow:AccessUI", "*"),
        ("TrackedRole", "ssmmessages:OpenDataChannel", "*"),
        ("TrackedRole", "logs:CreateLogGroup", LOGS),
        ("TrackedRole", "sagemaker:CallMlflowAppApi", APP),
        ("WatchedRole", "sagemaker:Search", "*"),
        ("PromptRole", "lambda:InvokeFunction", SCORER),
        ("HubRole", "ecr:GetAuthorizationToken", "*"),
    ]
]


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


@pytest.mark.parametrize("case", [*cases(ROWS), *NOTHING], ids=str)
def test_the_role_may_use_what_its_request_names_and_nothing_beside_it(account: Account, case: Case) -> None:
    case.check(account)
