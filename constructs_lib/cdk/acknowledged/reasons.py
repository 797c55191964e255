"""Why rules of cdk-nag do not hold for what this library makes: the texts, by what they are about."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "BUCKET",
    "DEAD_LETTERS",
    "EVENT_RULE",
    "FAILURE_COUNT",
    "FUNCTION",
    "INSTANCES",
    "LATE_POLICY",
    "LOG_GROUP",
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
        "The function calls public endpoints of AWS only, over TLS: SageMaker, S3, EC2, KMS, Step Functions, "
        "Lambda, CloudWatch Logs, CloudFormation and X-Ray under IAM, and the pre-signed address at which "
        "CloudFormation waits. It opens no port and reads nothing that lies in a VPC. Inside one it would "
        "need a way out, and its network interfaces would keep the network from being deleted"
    ),
    "LambdaConcurrency": (
        "The functions are called for the stack's own training jobs only, the worker again and again until "
        "a job has ended. Concurrency that is reserved is taken from the account's other functions, and a "
        "call that is throttled leaves a deployment waiting"
    ),
}
REDUCER: Reasons = {
    **FUNCTION,
    "LambdaDLQ": (
        "The function is called by a state machine that waits for its answer: no event is left over for a "
        "queue, and the execution retries, fails and says why"
    ),
    "LambdaInsideVPC": (
        "The function reads from S3, and writes its log and its traces, under IAM and over TLS; it opens no "
        "port and reads nothing that lies in a VPC. Inside one it would need an endpoint for S3"
    ),
    "LambdaConcurrency": (
        "There is one call an execution of a sweep, and its retries. Concurrency that is reserved is "
        "taken from the account's other functions, and a call that is throttled fails a sweep whose jobs are "
        "paid for"
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
FAILURE_COUNT: Reasons = {
    "EventBusDLQ": (
        "The rule counts failed jobs for a metric: as the library makes it, it has no target, so there is no "
        "event that could not be delivered"
    ),
}
LOG_GROUP: Reasons = {
    "CloudWatchLogGroupEncrypted": (
        "The platform's key is imported, so that its policy cannot be made to admit CloudWatch Logs, which "
        "encrypts the group with a key of its own. Give the platform a key that the app makes, or none"
    ),
}
_ACCESS_LOGS = (
    "Log delivery cannot write to a bucket that is encrypted with a KMS key, so that logs would need a "
    "second, less protected bucket. CloudTrail's data events can record the same reads and writes, with the "
    "principal; give the platform your own bucket for server access logs"
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
    "As the library makes it, nothing enters the network, and nothing leaves it but by endpoints of AWS "
    "services: that of S3, whose policy admits this account only and whose calls CloudTrail's data events "
    "can record, and those asked for. Whoever adds another way, such as an internet gateway, adds "
    "platform.vpc.add_flow_log(), to where the logs are kept"
)
VPC: Reasons = {
    "VPC7": _FLOW_LOGS,
    "VPCFlowLogsEnabled": _FLOW_LOGS,
    "VPCDefaultSecurityGroupClosed": (
        "As the library makes it, nothing uses the VPC's default security group, which lets in only its own "
        "members: jobs have a group of their own. To empty it needs a function with rights to change "
        "security groups in each stack"
    ),
}
INSTANCES: Reasons = {
    "EC2RestrictedCommonPorts": (
        "The rule lets in members of the platform's own security groups only: the instances of a training "
        "job exchange data on ports of the framework's choice. All jobs of the platform share the groups, so "
        "that one could reach another. No address of a network is let in"
    ),
}
DEAD_LETTERS: Reasons = dict.fromkeys(
    ("SQS3", "SQSRedrivePolicy"),
    "It is itself a dead-letter queue, which people read: there is no other for what they leave in it",
)
MACHINE_POLICY: Reasons = {
    "IAMNoInlinePolicy": (
        "CDK writes what the role of a state machine is allowed into one inline policy. It is made and "
        "deleted with the role, and nothing else can use it"
    ),
}
LATE_POLICY: Reasons = {
    "IAMNoInlinePolicy": (
        "It is for a job that is made after another one, and names what waits for that job: in the managed "
        "policy, for which all jobs wait, it would close a circle. IAM allows a role ten managed policies "
        "alone. Nothing else can use it"
    ),
}
MAP_POLICY: Reasons = {
    "IAMNoInlinePolicy": (
        "CDK writes what a distributed map needs into a policy of its own, because it names the state "
        "machine, which is made after the rest of its role's rights. Nothing else can use it"
    ),
}
