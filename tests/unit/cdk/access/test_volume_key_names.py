"""One condition key has two names in AWS's own documents; the evaluator knows one, and we use neither."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cdk.access import service_reference as reference
from tests.unit.cdk.access.physical import ACCOUNT, REGION
from tests.unit.cdk.access.simulator import Simulator
from tests.unit.cdk.everything import templates

CREATE = "sagemaker:CreateTrainingJob"
# The name in the page of actions, resources and condition keys, and the one in the service reference.
IN_THE_PAGE, IN_THE_REFERENCE = "sagemaker:VolumeKmsKey", "sagemaker:VolumeKmsKeyArn"
OUTPUT = {IN_THE_PAGE: "sagemaker:OutputKmsKey", IN_THE_REFERENCE: "sagemaker:OutputKmsKeyArn"}
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
JOB = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/job"


def judged(simulator: Simulator, *statements: dict[str, Any]) -> bool:
    """Whether a job with a volume key may be created, by a request that carries the key under both names."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Action": CREATE, "Resource": "*", **s} for s in statements],
    }
    request = {
        "principal": f"arn:aws:iam::{ACCOUNT}:role/caller",
        "action": CREATE,
        "resource": {"resource": JOB, "accountId": ACCOUNT},
        "contextVariables": {IN_THE_PAGE: KEY, IN_THE_REFERENCE: KEY},
    }
    simulation = {
        "request": request,
        "identityPolicies": [{"name": "policy", "policy": policy}],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    return simulator.allows(simulation, ignored=(IN_THE_PAGE,))


@pytest.mark.parametrize(("name", "allowed"), [(IN_THE_PAGE, False), (IN_THE_REFERENCE, True)])
def test_the_evaluator_drops_the_name_that_it_does_not_know(
    simulator: Simulator, name: str, allowed: bool
) -> None:
    """So a condition on it is never met: the denial says nothing of what IAM would do."""
    condition = {"ArnEquals": {name: KEY}}
    assert judged(simulator, {"Effect": "Allow", "Condition": condition}) is allowed


def test_a_guard_on_the_dropped_name_denies_every_job(simulator: Simulator) -> None:
    guard = {"Effect": "Deny", "Condition": {"Null": {IN_THE_PAGE: "true"}}}
    same = {"Effect": "Deny", "Condition": {"Null": {IN_THE_REFERENCE: "true"}}}
    assert not judged(simulator, {"Effect": "Allow"}, guard)
    assert judged(simulator, {"Effect": "Allow"}, same)


def test_the_two_sources_name_it_differently() -> None:
    known = reference.condition_keys(CREATE)
    assert {IN_THE_REFERENCE, OUTPUT[IN_THE_REFERENCE]} <= set(known)
    assert not {IN_THE_PAGE, OUTPUT[IN_THE_PAGE]} & set(known)
    assert {IN_THE_PAGE, OUTPUT[IN_THE_PAGE]} <= _keys_of_the_page()


def test_no_policy_of_ours_depends_on_either_name() -> None:
    written = json.dumps(templates())
    assert "VolumeKmsKey" + "Id" in written  # the request's own member is there
    assert not [name for name in (*OUTPUT, *OUTPUT.values()) if name in written]


def _keys_of_the_page() -> set[str]:
    """The keys of CreateTrainingJob in parliament's data, which was read from the page."""
    from importlib.util import find_spec

    found = find_spec("parliament")
    assert found is not None
    assert found.origin is not None
    services = json.loads((Path(found.origin).parent / "iam_definition.json").read_text())
    actions = [
        one for service in services if service["prefix"] == "sagemaker" for one in service["privileges"]
    ]
    (create,) = (one for one in actions if one["privilege"] == "CreateTrainingJob")
    return {key for kind in create["resource_types"] for key in kind["condition_keys"]}
