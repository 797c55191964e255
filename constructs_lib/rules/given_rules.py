"""The words of the rules about what users bring: buckets and keys of another region or account, and roles."""

from __future__ import annotations

from constructs_lib.rules.rule import RuleInfo

__all__ = ["GIVEN_RULES"]

_INPUT = "InputDataConfig[].DataSource.S3DataSource.S3Uri"
_CHECKPOINTS, _RESULTS = "CheckpointConfig.S3Uri", "OutputDataConfig.S3OutputPath"

GIVEN_RULES = (
    RuleInfo(
        id="bucket-of-another-account",
        severity="warning",
        fields=(_RESULTS, _CHECKPOINTS, _INPUT),
        violated_when="a bucket object is of another account than the job's, where both are known",
        message=(
            "the bucket is of account {owner}, and the job runs in {ours}: beside the role's own policies, "
            "the bucket's policy must allow {role}: {got}{way}"
        ),
        fix=(
            "let the bucket's owner add this to its policy, and to that of the KMS key which encrypts its "
            "objects, then acknowledge"
        ),
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
        "example-walkthroughs-managing-access-example2.html",
    ),
    RuleInfo(
        id="key-of-another-account",
        severity="warning",
        fields=("OutputDataConfig.KmsKeyId", "ResourceConfig.VolumeKmsKeyId"),
        violated_when="a KMS key is of another account than the job's, where both are known",
        message=(
            "the key is of account {owner}, and the job runs in {ours}: beside the role's own policies, the "
            "key's policy must allow {role}: {got}"
        ),
        fix="let the key's owner add this to its policy, then acknowledge",
        source="https://docs.aws.amazon.com/kms/latest/developerguide/"
        "key-policy-modifying-external-accounts.html",
    ),
    RuleInfo(
        id="input-bucket-region",
        severity="error",
        fields=(_INPUT,),
        violated_when="a channel's bucket object is of another region than the job's, where both are known",
        message="the bucket is in {theirs}, and the job runs in {ours}: input is read in its own region only",
        fix="copy the data into a bucket of the job's region (S3 replicates between regions)",
        source="CreateTrainingJob: S3DataSource",
    ),
    RuleInfo(
        id="checkpoint-bucket-region",
        severity="error",
        fields=(_CHECKPOINTS,),
        violated_when="the checkpoints' bucket is of another region than the job's, where both are known",
        message="the bucket is in {theirs}, and the job runs in {ours}: checkpoints stay in its own region",
        fix="give the checkpoints a bucket of the job's region",
        source="developer guide, model-checkpoints",
    ),
    RuleInfo(
        id="output-bucket-region",
        severity="warning",
        fields=(_RESULTS,),
        violated_when="the results' bucket is of another region than the job's, where both are known",
        message="the bucket is in {theirs}, and the job runs in {ours}: results are not known to get there",
        fix="give the results a bucket of the job's region, and replicate it to where they are needed",
        source="CreateTrainingJob: OutputDataConfig",
    ),
    RuleInfo(
        id="role-not-trusting-sagemaker",
        severity="warning",
        fields=("RoleArn",),
        violated_when=(
            "a role of the app's was given whose trust policy does not let SageMaker assume it for the jobs: "
            "at all, for their rules, or with session tags"
        ),
        message="the role's trust policy does not allow {got}",
        fix=(
            "add it with role.assume_role_policy, or give a TrainingRole that is made for the spec; or leave "
            "role out for one that is made for the job"
        ),
        source="https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
    ),
)
"""The rules about what users bring, in the order of the contract."""
