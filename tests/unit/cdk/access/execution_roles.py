"""The execution roles of one app, which between them use every feature that needs a permission."""

from __future__ import annotations

from functools import cache
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

from constructs_lib import Algorithm, Channel, Checkpoint, TrainingJobSpec, TrainingPlatform, TrainingRole
from tests.unit.cdk.access.physical import ACCOUNT, OTHER_ACCOUNT, REGION

Json = dict[str, Any]
NAMES = "churn-1b2c3d4e-*"
JOB = "churn-1b2c3d4e-5f"
REGISTRY = f"{OTHER_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IMAGE = f"{REGISTRY}/team/churn:1"
RULES_IMAGE = f"929884845733.dkr.ecr.{REGION}.amazonaws.com/sagemaker-debugger-rules:latest"
OWN_RULES_IMAGE = f"{REGISTRY}/team/rules@sha256:{'0' * 64}"
LINEAR_LEARNER = f"438346466558.dkr.ecr.{REGION}.amazonaws.com/linear-learner:1"
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
PUBLIC_HUB = f"arn:aws:sagemaker:{REGION}:aws:hub-content/SageMakerPublicHub"
BASE_MODEL = f"{PUBLIC_HUB}/Model/llama/2.0.0"
DATA_SET = f"arn:aws:sagemaker:{REGION}:{OTHER_ACCOUNT}:hub-content/mine/DataSet/dialogues/1.0.0"
REFERENCE = f"{SAGEMAKER}:hub-content/private/ModelReference/llama"
SCORER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:scorer"
CREDENTIALS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:credentials"
PROMPT = f"{SAGEMAKER}:hub-content/mine/JsonDoc/prompt/1.0.0"
EFS, FSX = "fs-0123456789abcdef0", "fs-fedcba98765432100"
SERVER = f"{SAGEMAKER}:mlflow-tracking-server/runs"
APP = f"{SAGEMAKER}:mlflow-app/app-1"

COMMON: Json = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
}
DEBUG: Json = {
    "DebugHookConfig": {"S3OutputPath": "s3://watch/tensors"},
    "DebugRuleConfigurations": [
        {"RuleConfigurationName": "Loss", "RuleEvaluatorImage": RULES_IMAGE},
        {
            "RuleConfigurationName": "Own",
            "RuleEvaluatorImage": OWN_RULES_IMAGE,
            "S3OutputPath": "s3://watch/rules",
        },
    ],
    "ProfilerConfig": {"S3OutputPath": "s3://watch/profile"},
    "ProfilerRuleConfigurations": [
        {
            "RuleConfigurationName": "Report",
            "RuleEvaluatorImage": RULES_IMAGE,
            "S3OutputPath": "s3://watch/reports",
        }
    ],
    "TensorBoardOutputConfig": {"S3OutputPath": "s3://watch/board"},
    "RemoteDebugConfig": {"EnableRemoteDebug": True},
    "SessionChainingConfig": {"EnableSessionTagChaining": True},
}
TRACKING: Json = {
    "MlflowConfig": {"MlflowResourceArn": SERVER},
    "ExperimentConfig": {"ExperimentName": "Churn", "TrialName": "Night"},
}
SERVERLESS: Json = {
    "ServerlessJobConfig": {
        "BaseModelArn": BASE_MODEL,
        "JobType": "Evaluation",
        "EvaluationType": "LLMAJEvaluation",
        "EvaluatorArn": SCORER,
        "AcceptEula": True,
    },
    "HyperParameters": {
        "judge_model_id": "eu.vendor.judge-1",
        "inference_data_s3_path": "s3://answers/run/inference_output.jsonl",
        "output_path": "s3://answers/judged",
    },
    "InputDataConfig": [{"ChannelName": "train", "DataSource": {"DatasetSource": {"DatasetArn": DATA_SET}}}],
    "OutputDataConfig": {"S3OutputPath": "s3://tuned/models"},
    "ModelPackageConfig": {
        "ModelPackageGroupArn": f"{SAGEMAKER}:model-package-group/tuned",
        "SourceModelPackageArn": f"{SAGEMAKER}:model-package/earlier/3",
    },
}
HUB: Json = {
    "AlgorithmSpecification": {
        "TrainingImage": "registry.example.com/train:1",
        "TrainingInputMode": "File",
        "TrainingImageConfig": {
            "TrainingRepositoryAccessMode": "Vpc",
            "TrainingRepositoryAuthConfig": {"TrainingRepositoryCredentialsProviderArn": CREDENTIALS},
        },
    },
    "InputDataConfig": [
        {
            "ChannelName": "model",
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": f"s3://jumpstart-cache-prod-{REGION}/llama/",
                    "HubAccessConfig": {"HubContentArn": REFERENCE},
                }
            },
        }
    ],
}


def data_spec(input_key: kms.IKey) -> TrainingJobSpec:
    """Every kind of channel, checkpoints, an image of another account."""
    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE),
        instance_type="ml.m5.xlarge",
        max_runtime=cdk.Duration.minutes(10),
        checkpoint=Checkpoint(),
        channels=[
            Channel.from_uri("folder", "s3://data/churn/train/", encryption_key=input_key),
            Channel.from_uri("prefix", "s3://open/train"),
            Channel.from_manifest("listed", "s3://lists/a.json", manifest_data=["s3://named/a/"]),
            Channel.from_augmented_manifest("labelled", "s3://labels/b.json", attribute_names=["x"]),
            Channel.from_efs("files", EFS, "/files", read_only=False),
            Channel.from_fsx_lustre("lustre", FSX, "/fsx/data"),
        ],
    )


def raw(request: Json, **overrides: Any) -> TrainingJobSpec:
    """A spec of a request in AWS's form."""
    spec = TrainingJobSpec.from_request({**COMMON, **request})
    return spec.replace(overrides=overrides) if overrides else spec


def serverless(request: Json) -> TrainingJobSpec:
    """A spec without image and instances."""
    return TrainingJobSpec.from_request(request)


def specs(input_key: kms.IKey) -> dict[str, TrainingJobSpec]:
    """By what the logical id of the role begins with."""
    algorithm = {"AlgorithmSpecification": {"AlgorithmName": "mine", "TrainingInputMode": "File"}}
    isolated = {**TRACKING, "MlflowConfig": {"MlflowResourceArn": APP}, "EnableNetworkIsolation": True}
    judge = {
        "ServerlessJobConfig": {**SERVERLESS["ServerlessJobConfig"], "EvaluatorArn": PROMPT},
        "HyperParameters": {"judge_model_id": "vendor.judge-2"},
        "OutputDataConfig": SERVERLESS["OutputDataConfig"],
    }
    return {
        "DataRole": data_spec(input_key),
        "WatchedRole": raw(DEBUG),
        "TrackedRole": raw(TRACKING),
        "IsolatedRole": raw(isolated),
        "ServerlessRole": serverless(SERVERLESS),
        "PromptRole": serverless(judge),
        "HubRole": raw(HUB),
        "AlgorithmRole": raw(algorithm),
        "BuiltInRole": raw({"AlgorithmSpecification": {"TrainingImage": LINEAR_LEARNER}}),
        "ScriptRole": raw({"AlgorithmSpecification": {"TrainingImage": DLC}}),
        "OverriddenRole": raw({}, **DEBUG, **TRACKING),
        "ContainerRole": TrainingJobSpec(
            # Its registry's account is looked up when it is deployed.
            algorithm=Algorithm.from_deep_learning_container("pytorch", version="2.8.0"),
            instance_type="ml.m5.xlarge",
            max_runtime=cdk.Duration.minutes(10),
        ),
    }


DLC = f"763104351884.dkr.ecr.{REGION}.amazonaws.com/pytorch-training:2.3.0-cpu-py311"


@cache
def templates() -> dict[str, Json]:
    """The app's template, synthesized once for all tests."""
    app = cdk.App()
    stack = cdk.Stack(app, "Access")
    platform = TrainingPlatform(stack, "Platform")
    keys = [kms.Key(stack, id_) for id_ in ("InputKey", "AnotherKey")]
    results = {"OutputDataConfig": {"KmsKeyId": keys[1].key_arn}}
    hook = {"DebugHookConfig": {"S3OutputPath": f"{platform.output_path}/debug"}}
    # Results by a key of their own, what the hook writes by that of the platform's bucket.
    own_keys = {"OtherKeyRole": raw({}, **results), "BucketRole": raw({}, **results, **hook)}
    for id_, spec in {**specs(keys[0]), **own_keys}.items():
        TrainingRole(stack, id_, spec=spec, platform=platform, job_names=NAMES)
    return {made.stack_name: made.template for made in app.synth().stacks}
