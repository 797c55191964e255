"""Rules about the network: traffic between instances, isolation, the VPC and ways into the container."""

from __future__ import annotations

import re
from collections.abc import Sequence

from constructs_lib.rules.items import known_items
from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, rule
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.rules.wording import listed, shown

__all__ = ["RULES"]

_INSTANCE_COUNTS = (
    "ResourceConfig.InstanceCount",
    "ResourceConfig.InstanceGroups",
    "ResourceConfig.InstancePreferences",
)


@rule(
    "inter-container-encryption-single",
    "warning",
    fields=("EnableInterContainerTrafficEncryption", *_INSTANCE_COUNTS),
    when=("EnableInterContainerTrafficEncryption",),
    violated_when="traffic between containers is encrypted and there is one instance",
    message="has no effect with one instance: there is no traffic between containers to encrypt",
    fix="leave EnableInterContainerTrafficEncryption out, or train on several instances",
    source='developer guide, train-encrypt ("doesn\'t affect training jobs with a single compute instance")',
)
def _inter_container_encryption_single(job: Job) -> Hits:
    if job.request["EnableInterContainerTrafficEncryption"] and job.instance_count == 1:
        yield ("EnableInterContainerTrafficEncryption",), {}


@rule(
    "inter-container-encryption-off",
    "warning",
    fields=("EnableInterContainerTrafficEncryption", *_INSTANCE_COUNTS),
    when=("ResourceConfig.InstanceGroups", "ResourceConfig.InstancePreferences"),
    doubts=("TrainingInstanceCount",),
    violated_when="there is more than one instance and traffic between containers is not encrypted",
    message=(
        "should be true with several instances, got {got}: they exchange gradients and data in plain text"
    ),
    fix="set EnableInterContainerTrafficEncryption to true; training may take longer",
    source="developer guide, train-encrypt",
)
def _inter_container_encryption_off(job: Job) -> Hits:
    if job.least_instances > 1:
        given = job.request.get("EnableInterContainerTrafficEncryption")
        if not given:
            yield ("EnableInterContainerTrafficEncryption",), {"got": "nothing" if given is None else "false"}


@rule(
    "network-isolation-remote-debug",
    "warning",
    fields=("EnableNetworkIsolation", "RemoteDebugConfig.EnableRemoteDebug"),
    when=("RemoteDebugConfig.EnableRemoteDebug",),
    violated_when="network isolation and remote debugging are both on",
    message=(
        "does not work with network isolation: the agent in the container needs network and credentials, and "
        "an isolated container has neither"
    ),
    fix="turn remote debugging off, or network isolation while debugging",
    source="developer guide, mkt-algo-model-internet-free and train-remote-debugging",
)
def _network_isolation_remote_debug(job: Job) -> Hits:
    if job.request.get("EnableNetworkIsolation") and job.get("RemoteDebugConfig", "EnableRemoteDebug"):
        yield ("RemoteDebugConfig", "EnableRemoteDebug"), {}


# Where AWS keeps its Chainer and RL images (sagemaker-python-sdk, image_uri_config: chainer, coach, ray, vw).
_CHAINER_AND_RL_ACCOUNTS = frozenset(
    (
        "048378556238",
        "057415533634",
        "246785580436",
        "313743910680",
        "364406365360",
        "422961961927",
        "423003514399",
        "462105765813",
        "520713654638",
        "724002660598",
        "744548109606",
    )
)


@rule(
    "network-isolation-unsupported-image",
    "error",
    fields=("EnableNetworkIsolation", "AlgorithmSpecification.TrainingImage"),
    when=("EnableNetworkIsolation",),
    violated_when=(
        "network isolation is on and the image is AWS's Chainer or reinforcement learning container"
    ),
    message=(
        "must not be true with AWS's image {repository}: the Chainer and RL containers do not support "
        "isolation"
    ),
    fix="leave EnableNetworkIsolation out, or use another image",
    source="developer guide, mkt-algo-model-internet-free (containers that do not support network isolation)",
)
def _network_isolation_unsupported_image(job: Job) -> Hits:
    if job.request["EnableNetworkIsolation"] and job.image is not None:
        repository = job.image.repository
        if (
            repository == "sagemaker-chainer" or repository.startswith("sagemaker-rl-")
        ) and job.image.account in _CHAINER_AND_RL_ACCOUNTS:
            yield ("EnableNetworkIsolation",), {"repository": repository}


@rule(
    "network-isolation-submit-directory",
    "warning",
    fields=("EnableNetworkIsolation", "HyperParameters"),
    when=("EnableNetworkIsolation",),
    violated_when="network isolation is on and sagemaker_submit_directory is an s3:// location",
    message=(
        "is an s3:// location, which an isolated container cannot download: the script would not be found"
    ),
    fix='pass the code as a channel named "code", and set sagemaker_submit_directory to its folder',
    source="aws/sagemaker-python-sdk, pull requests 791 and 1051 (code channel under network isolation)",
)
def _network_isolation_submit_directory(job: Job) -> Hits:
    if job.request["EnableNetworkIsolation"]:
        given = job.section("HyperParameters").get("sagemaker_submit_directory")
        # The SDKs write hyperparameters as JSON, so in quotes.
        if given is not None and given.strip(" \t\"'").startswith("s3://"):
            yield ("HyperParameters", "sagemaker_submit_directory"), {}


_VPC_IDS = {
    "SecurityGroupIds": ("sg", re.compile(r"sg-[0-9a-f]{8,17}").fullmatch),
    "Subnets": ("subnet", re.compile(r"subnet-[0-9a-f]{8,17}").fullmatch),
}
# What CDK's Vpc.from_lookup says before the VPC was looked up (aws-cdk-lib, aws-ec2, DUMMY_VPC_PROPS).
_NOT_LOOKED_UP = frozenset(("p-12345", "p-67890", "s-12345", "s-67890"))


@rule(
    "vpc-ids-form",
    "error",
    fields=("VpcConfig.SecurityGroupIds", "VpcConfig.Subnets"),
    doubts=("SecurityGroupId", "SubnetId"),
    violated_when="an id is not sg- or subnet- with 8 to 17 hexadecimal digits",
    message="must be {kind}- with 8 to 17 hexadecimal digits (0-9, a-f), got {id}",
    fix="write the id, not the name, of a security group or subnet",
    source='VpcConfig$SecurityGroupIds ("in the form sg-xxxxxxxx"); the pattern admits any word',
)
def _vpc_ids_form(job: Job) -> Hits:
    section = job.section("VpcConfig")
    for member, (kind, matches) in _VPC_IDS.items():
        ids = section[member]
        if ids is not UNKNOWN:
            for index, given in known_items(ids):
                if not matches(given) and given not in _NOT_LOOKED_UP:
                    yield ("VpcConfig", member, index), {"kind": kind, "id": shown(given)}


@rule(
    "vpc-ids-unique",
    "warning",
    fields=("VpcConfig.SecurityGroupIds", "VpcConfig.Subnets"),
    violated_when="a security group or a subnet is listed twice",
    message="is listed twice, got {id} here and at index {first}",
    fix="list each security group and subnet once",
    source="VpcConfig (lists of distinct ids)",
)
def _vpc_ids_unique(job: Job) -> Hits:
    section = job.section("VpcConfig")
    for member in _VPC_IDS:
        ids = section[member]
        if ids is UNKNOWN or len(ids) == 1:
            continue
        first: dict[str, int] = {}
        for index, given in known_items(ids):
            if first.setdefault(given, index) != index:
                yield ("VpcConfig", member, index), {"id": shown(given), "first": first[given]}


def _is_one(ids: Sequence[str]) -> bool:
    """Whether a list surely names one thing; one item does, known or not."""
    return len(ids) == 1 or len(set(ids)) == 1


@rule(
    "vpc-single-subnet",
    "warning",
    fields=("VpcConfig.Subnets", "InputDataConfig[].DataSource.FileSystemDataSource.FileSystemType"),
    when=("VpcConfig.Subnets",),
    violated_when="there is one subnet, and no channel reads from FSx for Lustre",
    message=(
        "names one subnet, so one availability zone: when it has no capacity, the job cannot start elsewhere"
    ),
    fix="add subnets of other availability zones",
    source=(
        "VpcConfig$Subnets (instance types by zone); developer guide, model-access-training-data (FSx: "
        "one zone)"
    ),
)
def _vpc_single_subnet(job: Job) -> Hits:
    if _is_one(job.section("VpcConfig")["Subnets"]) and not _reads_fsx(job):
        yield ("VpcConfig", "Subnets"), {}


def _reads_fsx(job: Job) -> bool:
    for channel in job.request.get("InputDataConfig", ()):
        system = channel["DataSource"].get("FileSystemDataSource")
        if system is not None and system["FileSystemType"] == "FSxLustre":
            return True
    return False


@rule(
    "no-vpc-config",
    "warning",
    fields=("VpcConfig", "EnableNetworkIsolation"),
    when_missing=("VpcConfig",),
    violated_when="there is no VpcConfig, and the container is not isolated",
    message=(
        "is left out: the container reaches the internet over AWS's network, out of sight of a VPC's controls"
    ),
    fix="set VpcConfig, or EnableNetworkIsolation when the container needs no network",
    source="developer guide, train-vpc",
)
def _no_vpc_config(job: Job) -> Hits:
    request = job.request
    if "VpcConfig" in request or job.is_serverless or request.get("EnableNetworkIsolation"):
        return ()
    return ((("VpcConfig",), {}),)


@rule(
    "remote-debug-enabled",
    "warning",
    fields=("RemoteDebugConfig.EnableRemoteDebug",),
    violated_when="remote debugging is on",
    message="opens a shell into the training container, with the rights of the job's role",
    fix="turn it off when debugging is done; while it is on, the role needs ssmmessages:*",
    source="developer guide, train-remote-debugging; condition key sagemaker:EnableRemoteDebug",
)
def _remote_debug_enabled(job: Job) -> Hits:
    if job.get("RemoteDebugConfig", "EnableRemoteDebug"):
        yield ("RemoteDebugConfig", "EnableRemoteDebug"), {}


@rule(
    "infra-check-accelerated",
    "warning",
    fields=(
        "InfraCheckConfig.EnableInfraCheck",
        "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceGroups[].InstanceType",
        "ResourceConfig.InstancePreferences[].InstanceType",
    ),
    when=("InfraCheckConfig.EnableInfraCheck",),
    violated_when="the infrastructure check is on and no instance type has an accelerator",
    message=(
        "has nothing to check on {types}: it tests accelerators and their network, and they have a CPU only"
    ),
    fix="leave InfraCheckConfig out, or use an instance type with an accelerator",
    source=(
        "InfraCheckConfig$EnableInfraCheck; the service accepts it on ml.m5.large (Terraform's "
        "acceptance test)"
    ),
)
def _infra_check_accelerated(job: Job) -> Hits:
    if job.get("InfraCheckConfig", "EnableInfraCheck") and job.all_cpu:
        yield (
            ("InfraCheckConfig", "EnableInfraCheck"),
            {"types": listed(job.instance_types)},
        )


RULES = (
    _inter_container_encryption_single,
    _inter_container_encryption_off,
    _network_isolation_remote_debug,
    _network_isolation_unsupported_image,
    _network_isolation_submit_directory,
    _vpc_ids_form,
    _vpc_ids_unique,
    _vpc_single_subnet,
    _no_vpc_config,
    _remote_debug_enabled,
    _infra_check_accelerated,
)
