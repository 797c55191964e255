"""Rules about traffic between instances, isolation, the VPC and ways into the container."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib import Finding, validate_request
from tests.unit.rules.requests import merged

TOKEN = "${Token[TOKEN.123]}"
GROUP, OTHER_GROUP = "sg-0123456789abcdef0", "sg-12345678"
SUBNET, OTHER_SUBNET = "subnet-0123456789abcdef0", "subnet-12345678"
CHAINER = "520713654638.dkr.ecr.us-west-2.amazonaws.com/sagemaker-chainer:5.0.0-cpu-py3"


def vpc(groups: Any = (GROUP,), subnets: Any = (SUBNET, OTHER_SUBNET)) -> dict[str, Any]:
    given = {"SecurityGroupIds": groups, "Subnets": subnets}
    return {"VpcConfig": {name: list(ids) if isinstance(ids, tuple) else ids for name, ids in given.items()}}


def image(uri: str) -> dict[str, Any]:
    return {"AlgorithmSpecification": {"TrainingImage": uri}}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "inter-container-encryption-single": (
        {"EnableInterContainerTrafficEncryption": True, "ResourceConfig": {"InstanceCount": 2}},
        {"EnableInterContainerTrafficEncryption": True},
    ),
    "inter-container-encryption-off": (
        {"EnableInterContainerTrafficEncryption": True, "ResourceConfig": {"InstanceCount": 2}},
        {"ResourceConfig": {"InstanceCount": 2}},
    ),
    "network-isolation-remote-debug": (
        {"RemoteDebugConfig": {"EnableRemoteDebug": True}},
        {"EnableNetworkIsolation": True, "RemoteDebugConfig": {"EnableRemoteDebug": True}},
    ),
    "network-isolation-unsupported-image": (
        {"EnableNetworkIsolation": True},
        {"EnableNetworkIsolation": True, **image(CHAINER)},
    ),
    "network-isolation-submit-directory": (
        {
            "EnableNetworkIsolation": True,
            "HyperParameters": {"sagemaker_submit_directory": '"/opt/ml/input/code"'},
        },
        {
            "EnableNetworkIsolation": True,
            "HyperParameters": {"sagemaker_submit_directory": '"s3://b/code.tar.gz"'},
        },
    ),
    "vpc-ids-form": (vpc(), vpc(groups=("default",))),
    "vpc-ids-unique": (vpc(), vpc(subnets=(SUBNET, OTHER_SUBNET, SUBNET))),
    "vpc-single-subnet": (vpc(), vpc(subnets=(SUBNET,))),
    "no-vpc-config": (vpc(), {}),
    "remote-debug-enabled": (
        {"RemoteDebugConfig": {"EnableRemoteDebug": False}},
        {"RemoteDebugConfig": {"EnableRemoteDebug": True}},
    ),
    "infra-check-accelerated": (
        {"ResourceConfig": {"InstanceType": "ml.p3.2xlarge"}, "InfraCheckConfig": {"EnableInfraCheck": True}},
        {"InfraCheckConfig": {"EnableInfraCheck": True}},
    ),
}


def found(rule: str, fragment: dict[str, Any]) -> list[Finding]:
    return [finding for finding in validate_request(merged(fragment)) if finding.rule == rule]


def paths(rule: str, fragment: dict[str, Any]) -> list[str]:
    return [finding.path for finding in found(rule, fragment)]


def groups(*counts: Any) -> dict[str, Any]:
    listed = [
        {"InstanceGroupName": f"g{index}", "InstanceType": "ml.m5.large", "InstanceCount": count}
        for index, count in enumerate(counts)
    ]
    return {"ResourceConfig": {"InstanceType": None, "InstanceCount": None, "InstanceGroups": listed}}


def preferences(*counts: Any, common: Any = None) -> dict[str, Any]:
    types = ("ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge")
    listed = [
        {"InstanceType": kind, **({} if count is None else {"InstanceCount": count})}
        for kind, count in zip(types, counts, strict=False)
    ]
    return {"ResourceConfig": {"InstanceType": None, "InstanceCount": common, "InstancePreferences": listed}}


@pytest.mark.parametrize(
    ("resources", "several", "single"),
    [
        ({"ResourceConfig": {"InstanceCount": 1}}, False, True),
        ({"ResourceConfig": {"InstanceCount": 2}}, True, False),
        ({"ResourceConfig": {"InstanceCount": TOKEN}}, False, False),
        ({"ResourceConfig": TOKEN}, False, False),
        (groups(1), False, True),
        (groups(1, 1), True, False),
        (groups(2, TOKEN), True, False),
        (groups(1, TOKEN), False, False),
        (preferences(2, 4), True, False),
        (preferences(1, 4), False, False),
        (preferences(2, TOKEN), False, False),
        (preferences(None, None, common=2), True, False),
        (preferences(None, None, common=1), False, True),
    ],
)
def test_encryption_between_containers(resources: dict[str, Any], several: bool, single: bool) -> None:
    # given
    path = ["EnableInterContainerTrafficEncryption"]
    on, off = ({**resources, "EnableInterContainerTrafficEncryption": flag} for flag in (True, False))
    unknown = {**resources, "EnableInterContainerTrafficEncryption": TOKEN}

    # then
    assert paths("inter-container-encryption-off", resources) == (path if several else [])
    assert paths("inter-container-encryption-off", off) == (path if several else [])
    assert paths("inter-container-encryption-single", on) == (path if single else [])
    assert (
        paths("inter-container-encryption-off", on) == paths("inter-container-encryption-single", off) == []
    )
    assert paths("inter-container-encryption-off", unknown) == []
    assert paths("inter-container-encryption-single", unknown) == []


def test_what_encryption_between_containers_says() -> None:
    # when
    (missing,) = found("inter-container-encryption-off", {"ResourceConfig": {"InstanceCount": 2}})
    (off,) = found(
        "inter-container-encryption-off", {**groups(3), "EnableInterContainerTrafficEncryption": False}
    )
    (single,) = found("inter-container-encryption-single", CASES["inter-container-encryption-single"][1])

    # then
    assert missing.message == (
        "should be true with several instances, got nothing: they exchange gradients and data in plain text"
    )
    assert "got false" in off.message
    assert (
        single.message == "has no effect with one instance: there is no traffic between containers to encrypt"
    )


@pytest.mark.parametrize("isolation", [None, False, TOKEN])
def test_nothing_is_said_of_isolation_that_is_not_on(isolation: Any) -> None:
    for rule in ("remote-debug", "unsupported-image", "submit-directory"):
        name = f"network-isolation-{rule}"
        assert found(name, {**CASES[name][1], "EnableNetworkIsolation": isolation}) == []


def test_isolation_and_remote_debugging_exclude_each_other() -> None:
    # when
    (finding,) = found("network-isolation-remote-debug", CASES["network-isolation-remote-debug"][1])

    # then
    assert (finding.severity, finding.path) == ("warning", "RemoteDebugConfig.EnableRemoteDebug")
    assert finding.message == (
        "does not work with network isolation: the agent in the container needs network and "
        "credentials, and an "
        "isolated container has neither"
    )


@pytest.mark.parametrize(
    ("uri", "refused"),
    [
        (CHAINER, True),
        ("423003514399.dkr.ecr.cn-northwest-1.amazonaws.com.cn/sagemaker-chainer:5.0.0-gpu-py3", True),
        (
            ""
            "246785580436.dkr.ecr-fips.us-gov-west-1.amazonaws.com/sagemaker-rl-tensorflow:coach0.11.1-cpu-py3",
            True,
        ),
        (
            ""
            "462105765813.dkr.ecr.us-west-2.amazonaws.com/sagemaker-rl-ray-container:ray-0.8.5-torch-cpu-py36",
            True,
        ),
        ("520713654638.dkr.ecr.us-west-2.amazonaws.com/sagemaker-pytorch:1.0-cpu-py3", False),
        ("123456789012.dkr.ecr.us-west-2.amazonaws.com/sagemaker-rl-mine:1", False),
        ("registry.example.com/sagemaker-chainer:1", False),
        (TOKEN, False),
    ],
)
def test_images_that_do_not_support_isolation(uri: str, refused: bool) -> None:
    fragment = {"EnableNetworkIsolation": True, **image(uri)}
    assert paths("network-isolation-unsupported-image", fragment) == (
        ["EnableNetworkIsolation"] if refused else []
    )


def test_an_image_that_does_not_support_isolation_is_named() -> None:
    (finding,) = found("network-isolation-unsupported-image", CASES["network-isolation-unsupported-image"][1])
    assert finding.message == (
        "must not be true with AWS's image sagemaker-chainer: the Chainer and RL containers do not "
        "support isolation"
    )


@pytest.mark.parametrize(
    ("directory", "remote"),
    [
        ('"s3://b/code.tar.gz"', True),
        ("s3://b/code.tar.gz", True),
        ("/opt/ml/input/data/code", False),
        ("https://b/code", False),
        (TOKEN, False),
    ],
)
def test_code_that_an_isolated_container_cannot_fetch(directory: str, remote: bool) -> None:
    # when
    findings = found(
        "network-isolation-submit-directory",
        {
            "EnableNetworkIsolation": True,
            "HyperParameters": {"sagemaker_submit_directory": directory, "x": TOKEN},
        },
    )

    # then
    assert [finding.path for finding in findings] == (
        ["HyperParameters.sagemaker_submit_directory"] if remote else []
    )
    for finding in findings:
        assert finding.message == (
            "is an s3:// location, which an isolated container cannot download: the script would not be found"
        )


def test_ids_have_their_forms() -> None:
    # given
    ids = (
        "sg-1234567",
        "SG-12345678",
        "sg-1234567g",
        "sg-0123456789abcdef01",
        TOKEN,
        GROUP,
        OTHER_GROUP,
        SUBNET,
    )
    fragment = vpc(groups=ids[:5], subnets=(SUBNET, "subnet", OTHER_SUBNET))

    # when
    findings = found("vpc-ids-form", fragment)

    # then
    assert [finding.path for finding in findings] == [
        "VpcConfig.SecurityGroupIds[0]",
        "VpcConfig.SecurityGroupIds[1]",
        "VpcConfig.SecurityGroupIds[2]",
        "VpcConfig.SecurityGroupIds[3]",
        "VpcConfig.Subnets[1]",
    ]
    assert findings[0].message == "must be sg- with 8 to 17 hexadecimal digits (0-9, a-f), got 'sg-1234567'"
    assert findings[4].message == "must be subnet- with 8 to 17 hexadecimal digits (0-9, a-f), got 'subnet'"
    assert paths("vpc-ids-form", vpc(groups=ids[5:])) == ["VpcConfig.SecurityGroupIds[2]"]
    assert paths("vpc-ids-form", vpc(groups=["#{Token[TOKEN.1]}"], subnets=("x",))) == [
        "VpcConfig.Subnets[0]"
    ]


def test_ids_are_listed_once() -> None:
    # when
    findings = found(
        "vpc-ids-unique", vpc(groups=(GROUP, TOKEN, GROUP), subnets=(SUBNET, TOKEN, TOKEN, SUBNET))
    )

    # then
    assert [finding.path for finding in findings] == ["VpcConfig.SecurityGroupIds[2]", "VpcConfig.Subnets[3]"]
    assert findings[0].severity == "warning"
    assert findings[0].message == f"is listed twice, got '{GROUP}' here and at index 0"
    assert found("vpc-ids-unique", vpc(groups=["#{Token[TOKEN.1]}"])) == []


@pytest.mark.parametrize(
    ("subnets", "single"),
    [
        ((SUBNET,), True),
        ((SUBNET, SUBNET), True),
        ((TOKEN,), True),
        ((SUBNET, OTHER_SUBNET), False),
        ((SUBNET, TOKEN), False),
        ((TOKEN, TOKEN), False),
        (["#{Token[TOKEN.1]}"], False),
    ],
)
def test_a_single_subnet(subnets: Any, single: bool) -> None:
    assert paths("vpc-single-subnet", vpc(subnets=subnets)) == (["VpcConfig.Subnets"] if single else [])


@pytest.mark.parametrize(("system", "single"), [("EFS", True), ("FSxLustre", False), (TOKEN, False)])
def test_a_single_subnet_is_right_for_fsx(system: str, single: bool) -> None:
    # given
    source = {
        "FileSystemId": "fs-0123456789abcdef0",
        "FileSystemAccessMode": "ro",
        "FileSystemType": system,
        "DirectoryPath": "/fsx",
    }
    channel = {"ChannelName": "fsx", "DataSource": {"FileSystemDataSource": source}}
    fragment = {**vpc(subnets=(SUBNET,)), "InputDataConfig": [channel]}

    # then
    assert paths("vpc-single-subnet", fragment) == (["VpcConfig.Subnets"] if single else [])
    assert paths("vpc-single-subnet", {**fragment, "InputDataConfig": [TOKEN]}) == []
    assert paths("vpc-single-subnet", {**fragment, "InputDataConfig": TOKEN}) == []


def test_a_single_subnet_says_why() -> None:
    (finding,) = found("vpc-single-subnet", vpc(subnets=(SUBNET,)))
    assert finding.message == (
        "names one subnet, so one availability zone: when it has no capacity, the job cannot start elsewhere"
    )


def test_a_job_outside_a_vpc() -> None:
    # when
    (finding,) = found("no-vpc-config", {"EnableNetworkIsolation": False})

    # then
    assert (finding.severity, finding.path) == ("warning", "VpcConfig")
    assert finding.message == (
        "is left out: the container reaches the internet over AWS's network, out of sight of a VPC's controls"
    )


@pytest.mark.parametrize(
    "fragment",
    [
        vpc(),
        {"VpcConfig": TOKEN},
        {"EnableNetworkIsolation": True},
        {"EnableNetworkIsolation": TOKEN},
        {"ServerlessJobConfig": TOKEN},
    ],
)
def test_a_job_in_a_vpc_or_without_need_of_one(fragment: dict[str, Any]) -> None:
    assert found("no-vpc-config", fragment) == []


def test_remote_debugging_is_pointed_out() -> None:
    # when
    (finding,) = found("remote-debug-enabled", CASES["remote-debug-enabled"][1])

    # then
    assert (finding.severity, finding.path) == ("warning", "RemoteDebugConfig.EnableRemoteDebug")
    assert finding.message == "opens a shell into the training container, with the rights of the job's role"


def test_an_infrastructure_check_without_an_accelerator() -> None:
    # when
    (finding,) = found(
        "infra-check-accelerated", {"InfraCheckConfig": {"EnableInfraCheck": True}, **groups(1, 1)}
    )

    # then
    assert (finding.severity, finding.path) == ("warning", "InfraCheckConfig.EnableInfraCheck")
    assert finding.message == (
        "has nothing to check on 'ml.m5.large': it tests accelerators and their network, and they have "
        "a CPU only"
    )
    assert found("infra-check-accelerated", {"InfraCheckConfig": {"EnableInfraCheck": False}}) == []
