"""The key and the bucket a platform makes."""

from __future__ import annotations

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.cdk.given.key_policies import admit_log_groups

ALIAS_DIGITS = 8
"""Of the platform's address: they keep the platforms of one stack apart."""


def make_key(scope: Construct, removal_policy: RemovalPolicy) -> kms.Key:
    """A rotated key that this account's IAM decides about, and that may encrypt its log groups."""
    key = kms.Key(
        scope,
        "Key",
        description="SageMaker training: volumes, results and logs",
        enable_key_rotation=True,
        removal_policy=removal_policy,
    )
    admit_log_groups(key)
    make_alias(scope, key)
    return key


def make_alias(scope: Construct, key: kms.IKey) -> kms.CfnAlias:
    """A name by which the key is found in the console, one for each platform of each stack.

    It goes with its stack while the key stays, so that a new deployment of the stack may have it again.
    """
    # "training" comes first: a stack may be called "aws", and alias/aws/ is reserved.
    name = f"alias/training/{Aws.STACK_NAME}/{scope.node.addr[-ALIAS_DIGITS:]}"
    return kms.CfnAlias(scope, "KeyAlias", alias_name=name, target_key_id=key.key_arn)


def make_bucket(
    scope: Construct, key: kms.IKey, checkpoint_prefix: str, removal_policy: RemovalPolicy
) -> s3.Bucket:
    """A private, versioned, TLS-only bucket; unfinished uploads and replaced checkpoints do not pile up."""
    return s3.Bucket(
        scope,
        "Bucket",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        bucket_key_enabled=True,
        encryption=s3.BucketEncryption.KMS,
        encryption_key=key,
        enforce_ssl=True,
        lifecycle_rules=[
            s3.LifecycleRule(
                id="UnfinishedUploads", abort_incomplete_multipart_upload_after=Duration.days(7)
            ),
            s3.LifecycleRule(
                id="ReplacedCheckpoints",
                prefix=checkpoint_prefix,
                noncurrent_version_expiration=Duration.days(7),
            ),
        ],
        minimum_tls_version=1.2,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=removal_policy,
        versioned=True,
    )
