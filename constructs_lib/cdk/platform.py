"""What training jobs share: network, key and bucket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import cast

import jsii
from aws_cdk import RemovalPolicy, Stack, Stage
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from constructs_lib.cdk.acknowledged.reasons import BUCKET, VPC
from constructs_lib.cdk.findings import runner_finding
from constructs_lib.cdk.given import take_parts
from constructs_lib.cdk.given.key_policies import admit_log_groups
from constructs_lib.cdk.given.parts import Given, bucket_key_arn
from constructs_lib.cdk.network import JobNetwork, make_security_group, make_vpc
from constructs_lib.cdk.network.endpoints import Endpoint, checked_endpoints
from constructs_lib.cdk.platform_arguments import check_platform_types, chosen_subnets
from constructs_lib.cdk.results import note_results
from constructs_lib.cdk.storage import make_bucket, make_key
from constructs_lib.cdk.validation_plugin import acknowledge, report_on
from constructs_lib.cdk.whereabouts import stack_of
from constructs_lib.errors import SpecError
from constructs_lib.rules import Finding
from constructs_lib.spec.locations import key_id

DEFAULT_ID = "DefaultTrainingPlatform"
OUTPUT_FOLDER = "output"
CHECKPOINT_FOLDER = "checkpoints"


@jsii.implements(ec2.IConnectable)
class TrainingPlatform(Construct):
    """Network, KMS key and S3 bucket for any number of training jobs.

    Give it a stack of its own in production: jobs come and go, and a first deployment that fails takes its
    stack down with it, while key and bucket should stay.

    Args:
        scope: the stack, or a construct in it.
        id: the construct's id.
        vpc: the network to train in. Left out: a new VPC with isolated subnets in two zones and a free S3
            gateway endpoint, and no way to anything else.
        vpc_subnets: which of the VPC's subnets. Left out: its private ones, or else its isolated ones.
        security_groups: one to five groups for the jobs' network interfaces. Left out: a new group that
            nothing may enter and that may leave by HTTPS.
        endpoints: services of AWS's that jobs reach through interface endpoints, which cost by the hour and
            zone: `aws_ec2.InterfaceVpcEndpointAwsService` values, or short names such as ``"sts"``,
            ``"logs"`` or ``"ecr.api"``. For a new VPC, or one that the app makes. Left out: none, as S3 alone
            is enough for most jobs.
        use_vpc: False trains outside any VPC of yours, with internet access unless the job is isolated.
        encryption_key: encrypts volumes, results, the bucket and the runtime's logs. Left out: a new rotated
            key. One that the app makes gets what its policy lacks; one that is imported must admit this
            account's IAM policies, and encrypts no logs, as its policy cannot be seen.
        bucket: where results and checkpoints go. Left out: a new private, versioned, encrypted bucket.
        output_prefix: the folder in the bucket, with or without a slash at its end; ``training/`` when left
            out, empty for the bucket's root.
        removal_policy: what becomes of the new key and bucket when the stack is deleted; they are kept
            (RETAIN) when left out. DESTROY deletes an empty bucket only.

    Raises:
        SpecError: an argument of another type, network arguments together with ``use_vpc=False``, more than
            five security groups, subnets that the VPC does not have, or endpoints that are no services, or
            for a VPC that is imported.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: list[ec2.ISecurityGroup] | None = None,
        endpoints: Sequence[Endpoint] = (),
        use_vpc: bool = True,
        encryption_key: kms.IKey | None = None,
        bucket: s3.IBucket | None = None,
        output_prefix: str = "training/",
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        check_platform_types(
            self.node.path,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            use_vpc=use_vpc,
            encryption_key=encryption_key,
            bucket=bucket,
            output_prefix=output_prefix,
            removal_policy=removal_policy,
        )
        if not use_vpc and (vpc or vpc_subnets or security_groups or endpoints):
            problem = "vpc, vpc_subnets, security_groups and endpoints were given together with use_vpc=False"
            raise SpecError("use_vpc", problem, "leave use_vpc or the network out", construct=self.node.path)
        if len(security_groups or ()) > 5:
            problem = f"got {len(security_groups or ())}, a training job takes 1 to 5"
            raise SpecError("security_groups", problem, "leave some out", construct=self.node.path)
        take_parts(self, _given(encryption_key, bucket, vpc, security_groups or ()))
        services = checked_endpoints(endpoints, vpc, self.node.path)
        self._is_default = False
        self._prefix = f"{output_prefix.strip('/')}/" if output_prefix.strip("/") else ""
        self.encryption_key: kms.IKey = encryption_key or make_key(self, removal_policy)
        self.bucket: s3.IBucket = bucket or make_bucket(
            self, self.encryption_key, f"{self._prefix}{CHECKPOINT_FOLDER}/", removal_policy
        )
        self.vpc: ec2.IVpc | None = (vpc or make_vpc(self)) if use_vpc else None
        self.security_groups = self._security_groups(security_groups)
        self.network = self._network(vpc_subnets, services)
        self.subnet_ids = [] if self.network is None else self.network.subnet_ids
        self._connections = ec2.Connections(security_groups=self.security_groups)
        plugin = report_on(self, lambda: self._findings(plugin.constructs if plugin else []))
        if bucket is None:
            acknowledge(self, cast("Construct", self.bucket), BUCKET)
        if use_vpc and vpc is None:
            acknowledge(self, cast("Construct", self.vpc), VPC)

    @classmethod
    def of(cls, scope: Construct) -> TrainingPlatform:
        """The default platform of the scope's outermost stack, made on first use.

        Nested stacks share their parent's.
        """
        stack = stack_of(scope)
        while stack.nested_stack_parent is not None:
            stack = stack.nested_stack_parent
        found = stack.node.try_find_child(DEFAULT_ID)
        if isinstance(found, TrainingPlatform):
            return found
        made = cls(stack, DEFAULT_ID)
        made._is_default = True
        return made

    def _security_groups(self, given: list[ec2.ISecurityGroup] | None) -> list[ec2.ISecurityGroup]:
        if self.vpc is None:
            return []
        return list(given) if given else [make_security_group(self, self.vpc)]

    def _network(
        self,
        selection: ec2.SubnetSelection | None,
        services: dict[str, ec2.InterfaceVpcEndpointAwsService],
    ) -> JobNetwork | None:
        if self.vpc is None:
            return None
        found = chosen_subnets(self.vpc, selection, self.node.path)
        return JobNetwork(self, self.vpc, found, self.security_groups, services)

    def _findings(self, reported: Sequence[Construct]) -> list[Finding]:
        lost = [] if self.network is None else self.network.findings()
        return [*lost, *(_default_findings(self, reported) if self._is_default else ())]

    @property
    def connections(self) -> ec2.Connections:
        """Who may reach the jobs' network interfaces, and whom they may reach."""
        return self._connections

    @property
    def needed_by_jobs(self) -> list[IDependable]:
        """What a job is made after and deleted before, beside the policies of its buckets.

        Not the bucket's whole subtree: its notifications may call functions that name a job.
        """
        made = [part for part in (self.encryption_key, self.vpc) if isinstance(part, (kms.Key, ec2.Vpc))]
        return [*made, *self.security_groups, *(self.network.endpoints if self.network else ())]

    # These are asked for by every job, and each answer is a call into jsii.

    @cached_property
    def bucket_name(self) -> str:
        """The name of the bucket."""
        return note_results(self.bucket.bucket_name, self)

    @property
    def _results_key(self) -> str | None:
        """The ARN of the key by which the bucket encrypts; None where it is not known."""
        return bucket_key_arn(self.bucket)

    @cached_property
    def key_arn(self) -> str:
        """The ARN of the KMS key."""
        return key_id(self.encryption_key)

    @cached_property
    def security_group_ids(self) -> list[str]:
        """The ids of the groups of the jobs' network interfaces."""
        return [group.security_group_id for group in self.security_groups]

    @property
    def output_path(self) -> str:
        """The S3 location below which every job's results get a folder of its name."""
        return f"s3://{self.bucket_name}/{self._prefix}{OUTPUT_FOLDER}"

    @property
    def checkpoint_path(self) -> str:
        """The S3 location below which jobs without a checkpoint location of their own keep theirs."""
        return f"s3://{self.bucket_name}/{self._prefix}{CHECKPOINT_FOLDER}"

    @property
    def log_encryption_key(self) -> kms.IKey | None:
        """The key for log groups, whose policy admits CloudWatch Logs; None for an imported key."""
        return self.encryption_key if admit_log_groups(self.encryption_key) else None


def _given(
    key: kms.IKey | None,
    bucket: s3.IBucket | None,
    vpc: ec2.IVpc | None,
    groups: Sequence[ec2.ISecurityGroup],
) -> Iterator[Given]:
    """What a platform was given, by its arguments."""
    if key is not None:
        yield Given("key", "encryption_key", key)
    if bucket is not None:
        yield Given("bucket", "bucket", bucket)
    if vpc is not None:
        yield Given("vpc", "vpc", vpc)
    for index, group in enumerate(groups):
        yield Given("security group", f"security_groups[{index}]", group)


def _default_findings(platform: TrainingPlatform, reported: Sequence[Construct]) -> list[Finding]:
    """A warning for every default platform of an environment but the first."""
    place = _environment(platform)
    defaults = [
        other
        for other in reported
        if isinstance(other, TrainingPlatform) and other._is_default and _environment(other) == place
    ]
    number = defaults.index(platform)
    if number == 0:
        return []
    return [runner_finding("second-default-platform", got=number + 1, first=defaults[0].node.path)]


def _environment(construct: Construct) -> tuple[str, ...]:
    """Account and region; stacks whose environment is not known share one as far as their stage goes."""
    environment = Stack.of(construct).environment
    stage = Stage.of(construct)
    return (environment, stage.node.path) if "unknown-" in environment and stage else (environment,)
