"""Why rules of cdk-nag do not hold for what this library makes: the texts, by what they are about."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "BUCKET",
    "DEAD_LETTERS",
    "EVENT_RULE",
    "FUNCTION",
    "INSTANCES",
    "MACHINE_POLICY",
    "MAP_POLICY",
    "REDUCER",
    "VPC",
]

Reasons = Mapping[str, str]

_NO_LETTERS = (
    "The event holds the pre-signed address by which CloudFormation is answered, a secret that must not "
    "lie in a queue for people to read; and a deployment that still waits is answered at once: the failure "
    "destination of the front is the worker, and a broken watch of the worker reaches the front through "
    "EventBridge"
)
FUNCTION: Reasons = {
    "LambdaDLQ": _NO_LETTERS,
    "LambdaInsideVPC": (
        "The function calls public endpoints of AWS only (SageMaker, KMS, CloudWatch Logs, "
        "CloudFormation), under IAM and over TLS; it opens no port and reads nothing that lies in a VPC. "
        "Inside one it would need a way out, and its network interfaces would keep the network from being "
        "deleted"
    ),
    "LambdaConcurrency": (
        "There are as many calls as the stack has training jobs. Concurrency that is reserved is taken "
        "from the account's other functions, and a call that is throttled leaves a deployment waiting"
    ),
}
REDUCER: Reasons = {
    **FUNCTION,
    "LambdaDLQ": (
        "The function is called by a state machine that waits for its answer: no event is left over for a "
        "queue, and the execution retries, fails and says why"
    ),
    "LambdaInsideVPC": (
        "The function reads from S3 only, under IAM and over TLS; it opens no port and reads nothing that "
        "lies in a VPC. Inside one it would need an endpoint for S3"
    ),
    "LambdaConcurrency": (
        "There is one call an execution of a sweep. Concurrency that is reserved is taken from the "
        "account's other functions, and a call that is throttled fails a sweep whose jobs are paid for"
    ),
}
EVENT_RULE: Reasons = {
    "EventBusDLQ": (
        "EventBridge tries for a day. What it could not deliver by then is of no use to anybody: "
        "CloudFormation has stopped waiting, and jobs of an execution that ended are found by their tags "
        "when the stack is deleted, or reach their own time limit. The function's own failures go to its "
        "failure destination"
    ),
}
_ACCESS_LOGS = (
    "Log delivery cannot write to a bucket that is encrypted with a KMS key, so that logs would need a "
    "second, less protected bucket, for which this is found again. CloudTrail's data events can record the "
    "same reads and writes, with the principal; give the platform your own bucket for server access logs"
)
BUCKET: Reasons = {
    "S1": _ACCESS_LOGS,
    "S3BucketLoggingEnabled": _ACCESS_LOGS,
    "S3BucketReplicationEnabled": (
        "It holds results and checkpoints, which training makes again from the same request; it is "
        "versioned, and kept when its stack is deleted. Give the platform your own bucket where copies "
        "must be in another region"
    ),
    "S3BucketDefaultLockEnabled": (
        "Jobs replace and delete their checkpoints while they train, which a lock would refuse. The bucket "
        "is versioned, so nothing that was replaced is lost before its lifecycle rule says so"
    ),
}
_FLOW_LOGS = (
    "Nothing enters the network, and nothing leaves it but by endpoints of AWS services: that of S3, whose "
    "policy admits this account only and whose calls CloudTrail's data events can record, and those asked "
    "for; platform.vpc.add_flow_log() switches flow logs on, to where you keep them"
)
VPC: Reasons = {
    "VPC7": _FLOW_LOGS,
    "VPCFlowLogsEnabled": _FLOW_LOGS,
    "VPCDefaultSecurityGroupClosed": (
        "Nothing uses the VPC's default security group, which lets in only its own members: jobs have a "
        "group of their own. To empty it needs a function with rights to change security groups in each "
        "stack"
    ),
}
INSTANCES: Reasons = {
    "EC2RestrictedCommonPorts": (
        "The rule lets in members of this one group only: the instances of one training job, which exchange "
        "data on ports of the framework's choice. No address of a network is let in"
    ),
}
DEAD_LETTERS: Reasons = dict.fromkeys(
    ("SQS3", "SQSRedrivePolicy"),
    "It is itself a dead-letter queue, which people read: there is no other for what they leave in it",
)
MACHINE_POLICY: Reasons = {
    "IAMNoInlinePolicy": (
        "CDK writes what the role of a state machine is allowed into one inline policy. It is made and "
        "deleted with the role, nothing else can use it, and nobody assumes the role but this one state "
        "machine"
    ),
}
MAP_POLICY: Reasons = {
    "IAMNoInlinePolicy": (
        "CDK writes what a distributed map needs into a policy of its own, because it names the state "
        "machine, which is made after the rest of its role's rights. Nothing else can use it"
    ),
}
