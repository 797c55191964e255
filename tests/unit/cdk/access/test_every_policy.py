"""Every policy of an app with all runners: known actions, resources that they have, IAM's sizes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.cdk.access import service_reference as reference
from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.access.wildcards import (
    NO_RESOURCE,
    WILDCARDS,
    listed,
    reason_of,
    wildcards,
)
from tests.unit.cdk.everything import templates

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)  # it leaves the files of its data open
    import parliament  # type: ignore[import-untyped]

Json = dict[str, Any]
# Of IAM's quotas; blanks do not count.
LARGEST_MANAGED, LARGEST_INLINE, LARGEST_TRUST, MOST_MANAGED = 6144, 10_240, 2048, 10
INLINE = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
PROTECTING = {
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::EFS::FileSystem": "FileSystemPolicy",
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
}
# What parliament, whose data is from 2023, says of policies that are right; by AWS's own reference they are.
OLD_DATA = ("UNKNOWN_ACTION", "RESOURCE_MISMATCH")
# A hub of AWS's has no account's number, but "aws".
HUB_OF_AWS = "Account expected to be of form like 123456789012"
# A policy of a resource has its own resource as "*", a trust none, and a denial of s3:* is one of much.
OF_RESOURCES = {"MALFORMED", "MISMATCHED_TYPE", "RESOURCE_STAR", "UNKNOWN_CONDITION_FOR_ACTION"}


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


@pytest.fixture(scope="module")
def identity(account: Account) -> dict[str, Json]:
    """The identity policies by their places."""
    found = {
        f"{stack.name}/{name}": stack.of(one["Properties"]["PolicyDocument"])
        for stack, name, one in account.resources(*INLINE)
    }
    assert len(found) > 60
    return found


def protecting(account: Account) -> Iterator[tuple[str, str, Json]]:
    """Kind, place and document of every policy of a resource."""
    for kind, member in PROTECTING.items():
        for stack, name, one in account.resources(kind):
            if member in one["Properties"]:
                yield kind, f"{stack.name}/{name}", stack.of(one["Properties"][member])


def findings(document: Json) -> list[tuple[str, str]]:
    """What parliament has to say: kind, and its words."""
    found = parliament.analyze_policy_string(json.dumps(_in_text(document))).findings
    return [(one.issue, str(one.detail)) for one in found]


def _in_text(value: Any) -> Any:
    """Without the numbers that IAM allows in conditions, which parliament does not."""
    if isinstance(value, dict):
        return {key: _in_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_text(item) for item in value]
    return value if isinstance(value, str | bool) else str(value)


def size(document: Json) -> int:
    return len(json.dumps(document, separators=(",", ":")))


def test_parliament_finds_nothing_in_identity_policies(identity: dict[str, Json]) -> None:
    found = [
        (place, issue, words)
        for place, document in identity.items()
        for issue, words in findings(document)
        if issue not in OLD_DATA and not (issue == "INVALID_ARN" and words == HUB_OF_AWS)
    ]
    assert found == []


def test_each_action_is_known_and_has_each_of_its_resources(identity: dict[str, Json]) -> None:
    problems = {
        problem
        for document in identity.values()
        for statement in document["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if (problem := reference.problem(action, resource)) is not None
    }
    # Nor is an action allowed on all that could name its resource.
    assert problems == set()


@pytest.mark.parametrize(
    ("action", "resource", "problem"),
    [
        ("s3:GetObjekt", "arn:aws:s3:::bucket/key", "no such action"),
        ("sagemaker:CreateTrainingJob", "arn:aws:sagemaker:*:*:model/x", "has no resource such as"),
        ("states:StartExecution", "arn:aws:states:*:*:execution:x", "has no resource such as"),
        ("sagemaker:ListTrainingJobs", "arn:aws:sagemaker:*:*:training-job/x", "has no resource, got"),
        ("iam:PassRole", "*", "could name"),
    ],
)
def test_a_mistake_would_be_found(action: str, resource: str, problem: str) -> None:
    assert problem in (reference.problem(action, resource) or "")


def test_parliament_finds_nothing_in_policies_of_resources(account: Account) -> None:
    kinds = set()
    for kind, place, document in protecting(account):
        kinds.add(kind)
        found = [one for one in findings(document) if one[0] not in OF_RESOURCES]
        assert found == [], place
        trust = [words for issue, words in findings(document) if issue == "MALFORMED"]
        assert set(trust) <= {"Statement contains neither Resource nor NotResource"}, place
    assert kinds >= {"AWS::IAM::Role", "AWS::KMS::Key", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"}


def test_policies_are_within_iams_sizes(account: Account, identity: dict[str, Json]) -> None:
    for stack, name, one in account.resources("AWS::IAM::ManagedPolicy"):
        assert size(identity[f"{stack.name}/{name}"]) <= LARGEST_MANAGED, name
        sids = [s["Sid"] for s in identity[f"{stack.name}/{name}"]["Statement"] if "Sid" in s]
        assert len(sids) == len(set(sids)), (name, one["Type"])
    for stack, name, role in account.resources("AWS::IAM::Role"):
        arn = stack.arn(name).rsplit("/", 1)[-1]
        assert size(stack.of(role["Properties"]["AssumeRolePolicyDocument"])) <= LARGEST_TRUST, name
        inline = [
            identity[f"{other.name}/{policy}"]
            for other, policy, one in account.resources("AWS::IAM::Policy")
            if arn in other.of(one["Properties"]["Roles"])
        ]
        assert sum(map(size, inline)) <= LARGEST_INLINE, name
        named = [
            policy
            for other, policy, one in account.resources("AWS::IAM::ManagedPolicy")
            if arn in other.of(one["Properties"].get("Roles", []))
        ]
        given = role["Properties"].get("ManagedPolicyArns", [])
        assert len(named) + len(given) <= MOST_MANAGED, name


def test_every_wildcard_has_its_reason(identity: dict[str, Json]) -> None:
    made = sorted(set(wildcards(identity.values())))
    assert [one for one in made if reason_of(*one) is None] == []
    # And no reason is left over from a wildcard that is gone.
    assert set(NO_RESOURCE) == {action for action, arn in made if arn == "*"}
    unused = [one for one in WILDCARDS if not any(one.fits(*pair) for pair in made)]
    assert unused == []


def test_a_right_on_all_jobs_asks_for_their_tags(identity: dict[str, Json]) -> None:
    """But for the tags themselves, and where a task's name comes with the execution."""
    for place, document in identity.items():
        for statement in document["Statement"]:
            on_all = any(arn.endswith(":training-job/*") for arn in listed(statement["Resource"]))
            if on_all and "Told" not in place and statement["Action"] != "sagemaker:ListTags":
                keys = statement["Condition"]["StringEquals"]
                assert all(key.startswith("aws:ResourceTag/constructs-lib:") for key in keys), place
