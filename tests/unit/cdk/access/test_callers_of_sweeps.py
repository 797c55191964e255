"""Sweeps with an execution for each point: the bucket of results, the file of points, the reducer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.calls import Call, Machine, cases, judged, states
from tests.unit.cdk.access.physical import ACCOUNT, REGION, Physical
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.everything import templates

STACK = "Sweeps"
VIA = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
FOREIGN = (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/other",)
OTHER_SERVICE = {"kms:ViaService": f"sqs.{REGION}.amazonaws.com"}


@pytest.fixture(scope="module")
def account(simulator: Simulator) -> Account:
    return Account(templates(), simulator)


@pytest.fixture(scope="module")
def sweeps(account: Account) -> dict[str, Machine]:
    found = account.resources("AWS::StepFunctions::StateMachine")
    made = {
        name: Machine(stack, name, one["Properties"]) for stack, name, one in found if stack.name == STACK
    }
    wide = {name: one for name, one in made.items() if places(one)}
    assert len(wide) == 4
    return wide


def places(machine: Machine) -> list[str]:
    """Where a machine's results go, as the beginning of ARNs."""
    given = (
        state["ResultWriter"]["Arguments"]
        for _, state in states(machine.definition)
        if "ResultWriter" in state
    )
    return [f"arn:aws:s3:::{place['Bucket']}/{place['Prefix']}/" for place in given]


def points(machine: Machine) -> list[str]:
    """The files that a machine's points are in."""
    given = (
        state["ItemReader"]["Arguments"] for _, state in states(machine.definition) if "ItemReader" in state
    )
    return [f"arn:aws:s3:::{place['Bucket']}/{place['Key']}" for place in given]


def key_of(account: Account, arn: str) -> str:
    """The key that encrypts the objects of a bucket of the app's."""
    for stack, name, resource in account.resources("AWS::S3::Bucket"):
        if arn.startswith(f"{stack.arn(name)}/"):
            rules = resource["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            return str(stack.of(rules[0]["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]))
    raise AssertionError(arn)


def role_of(account: Account, part: str) -> tuple[Physical, str]:
    found = [(stack, name) for stack, name, _ in account.resources("AWS::IAM::Role") if part in name]
    assert len(found) == 1
    return found[0]


def reducer(account: Account) -> str:
    stack, name = role_of(account, "TrainingSweepReducerRole")
    return stack.arn(name)


def calls(account: Account, sweeps: dict[str, Machine]) -> Iterator[Call]:
    reads = reducer(account)
    for machine in sweeps.values():
        for place in places(machine):
            key = key_of(account, place)
            for action in ("kms:Decrypt", "kms:GenerateDataKey"):
                yield Call(machine.role, action, key, VIA, FOREIGN, (OTHER_SERVICE, {}))
            yield Call(reads, "kms:Decrypt", key, VIA, FOREIGN, (OTHER_SERVICE, {}))
            others = (f"{place.rstrip('/')}2/run/manifest.json", f"{place.split('/')[0]}/training/output/x")
            for file in ("manifest.json", "SUCCEEDED_0.json"):
                yield Call(reads, "s3:GetObject", f"{place}run/{file}", others=others)
        for file in points(machine):
            yield Call(reads, "s3:GetObject", file, others=(f"{file.rsplit('/', 1)[0]}/other.json",))


def test_results_and_points_are_read_and_written_in_their_own_folders_only(
    account: Account, sweeps: dict[str, Machine]
) -> None:
    made = [*calls(account, sweeps)]
    assert [problem for call in made for problem in judged(account, call)] == []
    assert any(points(machine) for machine in sweeps.values())
    assert sum(map(cases, made)) >= 60


def test_the_reducer_writes_nothing_and_starts_nothing(account: Account, sweeps: dict[str, Machine]) -> None:
    reads = reducer(account)
    place = places(next(iter(sweeps.values())))[0]
    assert not account.allows(reads, "s3:PutObject", f"{place}run/manifest.json")
    assert not account.allows(reads, "s3:DeleteObject", f"{place}run/manifest.json")
    for document in account.policies(reads):
        granted = {
            action for one in document["Statement"] for action in [one["Action"]] if isinstance(action, str)
        }
        assert granted <= {"kms:Decrypt", "s3:GetObject"}


def test_one_sweep_does_not_write_into_anothers_folder(account: Account, sweeps: dict[str, Machine]) -> None:
    for name, machine in sweeps.items():
        for other, theirs in sweeps.items():
            for place in places(theirs):
                allowed = account.allows(machine.role, "s3:PutObject", f"{place}run/manifest.json")
                assert allowed == (name == other)
