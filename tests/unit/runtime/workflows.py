"""Jobs of a stack's workflows, and the resource that stands for them."""

from __future__ import annotations

import hashlib
from typing import Any

from .model import ACCOUNT, OWNER, REGION, RUNS_FOR_EVER, CloudFormation, FakeAccount, Raw

WORKFLOW_TAG, EXECUTION_TAG = "constructs-lib:workflow", "constructs-lib:execution"
WORKFLOW_TYPE, WORKFLOW_ID = "Custom::SageMakerWorkflowJobs", "TrainingWorkflowJobs0A1B"
NETWORK: Raw = {"SecurityGroupIds": ["sg-0a"], "Subnets": ["subnet-0a"]}
ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:nightly:e-1"
OTHER_ARN = ARN.replace("e-1", "e-2")
ASKED: Raw = {"Owner": OWNER}
AWAITING: Raw = {"Owner": OWNER, "AwaitInterfaces": True}


def workflows(account: FakeAccount | None = None, asked: Raw = ASKED) -> CloudFormation:
    """The resource, deployed; jobs run for ever."""
    cfn = CloudFormation(resource_type=WORKFLOW_TYPE, logical_id=WORKFLOW_ID, account=account)
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    assert cfn.create(asked).ok
    cfn.clock.sleep(3600)
    return cfn


def tags(owner: str | None = OWNER, arn: str | None = None) -> list[Raw]:
    """What a workflow gives a job."""
    execution = None if arn is None else hashlib.md5(arn.encode()).hexdigest()
    values = {"team": "growth", WORKFLOW_TAG: owner, EXECUTION_TAG: execution}
    return [{"Key": key, "Value": value} for key, value in values.items() if value is not None]


def start(
    cfn: CloudFormation, name: str, owner: str | None = OWNER, arn: str | None = None, **more: Any
) -> str:
    """A state machine starts a job."""
    return cfn.account.start(name, Tags=tags(owner, arn), **more)


def ended(cfn: CloudFormation, arn: str = ARN, *, began: float, at: float | None = None) -> Raw:
    """What EventBridge tells of an execution that has ended."""
    event: Raw = {"EndedExecution": arn, "StartedAt": round(began * 1000)}
    return event if at is None else {**event, "EndedAt": round(at * 1000)}
