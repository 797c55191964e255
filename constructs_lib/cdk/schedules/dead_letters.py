"""The queue that tells of runs which could not start a training."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.cdk.acknowledged.reasons import DEAD_LETTERS
from constructs_lib.cdk.validation_plugin import acknowledge


def make_dead_letter_queue(scope: Construct, id: str, key: kms.IKey) -> sqs.Queue:
    """An encrypted queue, reached by TLS only, whose messages stay for 14 days, the longest there is."""
    queue = sqs.Queue(
        scope,
        id,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
    acknowledge(scope, queue, DEAD_LETTERS)
    return queue
