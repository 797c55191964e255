"""Events: read as CloudFormation writes them, and answered even when they are broken."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constructs_lib.runtime import front
from constructs_lib.runtime.events import KINDS, Event
from constructs_lib.runtime.gates import Gate
from constructs_lib.runtime.properties import Properties

from .conftest import Logs
from .model import RUNS_FOR_EVER, CloudFormation, Raw, properties, request, stringified

# An event of the first release, to the letter: later releases must read it.
GOLDEN: Raw = {
    "RequestType": "Update",
    "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:front",
    "ResponseURL": "https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com/x",
    "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/models/1f2e3d4c-0000",
    "RequestId": "5f0f1c1e-1f2e-4d0c-8d3a-6f2b8f3b3c11",
    "ResourceType": "Custom::SageMakerTrainingJob",
    "LogicalResourceId": "ChurnTrainingJob5C2A",
    "PhysicalResourceId": "churn-1f2e3d4cab12cd-a0123456789b-1",
    "ResourceProperties": {
        "ServiceToken": "arn:aws:lambda:eu-west-1:123456789012:function:front",
        "Request": {
            "OutputDataConfig": {"S3OutputPath": "s3://models/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": "2"},
            "EnableNetworkIsolation": "true",
            "HyperParameters": {"epochs": "3", "shuffle": "true"},
        },
        "JobName": {"Prefix": "churn", "Owner": "1f2e3d4cab12cd"},
        "Completion": {"Mode": "wait", "TimeoutSeconds": "3000"},
        "QualityGates": [{"Metric": "auc", "AtLeast": "0.9"}],
        "FinalMetrics": ["auc"],
        "RerunOn": {"data": "v1"},
        "AllowStopped": "true",
    },
    "OldResourceProperties": {
        "Request": {
            "OutputDataConfig": {"S3OutputPath": "s3://models/out"},
            "Tags": [{"Key": "team", "Value": "growth"}],
        },
        "JobName": {"Prefix": "churn", "Owner": "1f2e3d4cab12cd"},
        "Completion": {"Mode": "start"},
    },
}


@pytest.mark.fault(15)
def test_an_event_of_the_first_release_is_read() -> None:
    event = Event.parse(GOLDEN)

    assert (event.kind, event.logical_id) == ("Update", "ChurnTrainingJob5C2A")
    assert event.old_name is not None
    assert event.old_name.block == "a0123456789b"
    assert event.old_properties is not None
    assert event.old_properties.tags == {"team": "growth"}
    assert event.delivery == "96181f238dc53709e21950a67b80c85f"
    assert event.properties == Properties(
        request={
            "OutputDataConfig": {"S3OutputPath": "s3://models/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
            "EnableNetworkIsolation": True,
            "HyperParameters": {"epochs": "3", "shuffle": "true"},
        },
        prefix="churn",
        owner="1f2e3d4cab12cd",
        output_path="s3://models/out",
        mode="wait",
        timeout_seconds=3000,
        gates=(Gate("auc", 0.9, None),),
        metrics=("auc",),
        rerun_on={"data": "v1"},
        allow_stopped=True,
    )


def test_what_is_optional_may_be_missing() -> None:
    raw = {
        "Request": {"OutputDataConfig": {"S3OutputPath": "s3://o"}},
        "JobName": {"Prefix": "p", "Owner": "o"},
        "Completion": {"Mode": "start"},
    }

    assert Properties.parse(raw) == Properties(
        {"OutputDataConfig": {"S3OutputPath": "s3://o"}}, "p", "o", "s3://o", mode="start", timeout_seconds=0
    )


def test_redeliveries_share_a_delivery_and_requests_asked_anew_do_not(cfn: CloudFormation) -> None:
    event = cfn.event("Create", properties())
    again = {**event, "ResponseURL": event["ResponseURL"] + "2"}
    other = {**event, "RequestId": "another"}

    deliveries = [Event.parse(one).delivery for one in (event, copy.deepcopy(event), again, other)]

    assert deliveries[0] == deliveries[1]
    assert len(set(deliveries)) == 3
    assert all(len(one) <= 80 and one.isalnum() for one in deliveries)


BROKEN: list[Any] = [
    None,
    "text",
    [],
    {},
    {"Request": "text", "JobName": {"Prefix": "p", "Owner": "o"}, "Completion": {"Mode": "wait"}},
    {**properties(), "Request": {**request(), "HyperParameters": ["a"]}},
    {**properties(), "Request": {**request(), "HyperParameters": "a"}},
    {**properties(), "Request": {**request(), "OutputDataConfig": "s3://x"}},
    {**properties(), "Request": {**request(), "ResourceConfig": None}},
    {**properties(), "Request": {**request(), "CheckpointConfig": "s3://x"}},
    {**properties(), "Request": {**request(), "Tags": ["team"]}},
    {**properties(), "Request": {**request(), "Tags": {"team": "growth"}}},
    {**properties(), "Request": {**request(), "Tags": [{"Value": "growth"}]}},
    {**properties(), "Request": {**request(), "Tags": [{"Key": "team"}]}},
    {**properties(), "Request": request(OutputDataConfig=None)},
    {**properties(), "JobName": "churn"},
    {**properties(), "JobName": {"Prefix": "churn"}},
    {**properties(), "JobName": {"Prefix": ["churn"], "Owner": "o"}},
    {**properties(), "Completion": {}},
    {**properties(), "Completion": {"Mode": "wait"}},
    {**properties(), "Completion": {"Mode": "wait", "TimeoutSeconds": "soon"}},
    {**properties(), "QualityGates": [{}]},
    {**properties(), "QualityGates": [{"Metric": "auc", "AtLeast": "nan"}]},
    {**properties(), "QualityGates": "auc"},
    {**properties(), "RerunOn": "v1"},
    {
        **properties(),
        "Request": request(ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": "two"}),
    },
]


# No content, but CreateTrainingJob wants it.
BROKEN_FOR_CREATE = [*BROKEN, {**properties(), "Request": request(RoleArn=None)}]


@pytest.mark.fault(17)
@pytest.mark.parametrize("mode", ["wait", "start"])
@pytest.mark.parametrize("broken", BROKEN_FOR_CREATE, ids=range(len(BROKEN_FOR_CREATE)))
def test_a_create_with_broken_properties_is_answered_at_the_first_delivery(
    cfn: CloudFormation, broken: Any, mode: str
) -> None:
    event = cfn.event("Create", {})
    if isinstance(broken, dict) and broken.get("Completion") == properties()["Completion"]:
        broken = {**broken, "Completion": {"Mode": mode, "TimeoutSeconds": "60"}}
    event["ResourceProperties"] = broken

    front.handle(event, cfn.world)

    response = cfn.recorder.effective(event["ResponseURL"])
    assert response is not None
    assert not response.ok
    assert response.reason
    assert cfn.creations == 0


@pytest.mark.fault(17)
@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_an_update_with_broken_properties_keeps_the_job_and_rolls_back(
    cfn: CloudFormation, broken: Any
) -> None:
    cfn.create(properties(mode="start"))
    event = cfn.event("Update", {}, cfn.deployed)
    event["ResourceProperties"] = broken

    failed = cfn.settle(event)
    back = cfn.event("Update", cfn.deployed)
    back["OldResourceProperties"] = broken
    restored = cfn.settle(back)

    assert not failed.ok
    assert failed.physical_id == cfn.physical_id
    assert restored.ok
    assert restored.physical_id == cfn.physical_id
    assert cfn.creations == 1
    assert cfn.sagemaker.running() == [cfn.job]


@pytest.mark.parametrize("broken", BROKEN, ids=range(len(BROKEN)))
def test_a_delete_with_broken_properties_stops_the_job_it_names(cfn: CloudFormation, broken: Any) -> None:
    """After an Update that was not rolled back, the properties of Delete may be those that failed."""
    cfn.sagemaker.scripts = [RUNS_FOR_EVER]
    cfn.create(properties(mode="start"))
    event = cfn.event("Delete", {})
    event["ResourceProperties"] = broken

    response = cfn.settle(event)

    assert response.ok
    assert cfn.sagemaker.status(cfn.job) == "Stopped"


@pytest.mark.fault(17)
@pytest.mark.parametrize("kind", ["", "create", "Read", None, ["Create"], {}])
def test_a_request_type_that_is_none_of_the_three_is_refused(cfn: CloudFormation, kind: Any) -> None:
    event = {**cfn.event("Create", properties()), "RequestType": kind}

    response = cfn.settle(event)

    assert not response.ok
    assert "Create, Update, Delete" in response.reason
    assert cfn.creations == 0


@pytest.mark.fault(17)
def test_an_event_without_a_request_type_is_refused(cfn: CloudFormation) -> None:
    event = cfn.event("Create", properties())
    del event["RequestType"]

    assert not cfn.settle(event).ok


@pytest.mark.fault(17)
@pytest.mark.parametrize("missing", ["StackId", "RequestId", "LogicalResourceId", "ResponseURL"])
def test_an_event_that_cannot_be_answered_is_logged_and_dropped(
    cfn: CloudFormation, missing: str, logs: Logs
) -> None:
    event = cfn.event("Create", properties())
    del event[missing]

    front.handle(event, cfn.world)

    assert cfn.tape.calls == []
    assert [line["level"] for line in logs()] == ["ERROR"]
    assert missing in logs()[0]["reason"]


def test_a_dead_letter_that_cannot_be_answered_is_dropped_by_the_worker_too(cfn: CloudFormation) -> None:
    cfn.destination({"no": "event"}, None)

    assert cfn.tape.calls == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.fault(17)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(KINDS),
    place=st.sampled_from(
        ["Request", "JobName", "Completion", "QualityGates", "FinalMetrics", "RerunOn", "AllowStopped"]
    ),
    value=JSON,
)
def test_whatever_stands_in_the_properties_is_answered(kind: str, place: str, value: Any) -> None:
    cfn = CloudFormation()
    event = cfn.event(kind, properties(), properties())
    event["ResourceProperties"][place] = value
    event["OldResourceProperties"][place] = value

    front.handle(event, cfn.world)
    cfn.executions.run()

    assert cfn.recorder.effective(event["ResponseURL"]) is not None


@pytest.mark.fault(17)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(KINDS), member=st.sampled_from(sorted(request())), value=JSON)
def test_whatever_stands_in_the_request_is_answered(kind: str, member: str, value: Any) -> None:
    cfn = CloudFormation()
    event = cfn.event(kind, properties(), properties())
    event["ResourceProperties"]["Request"][member] = value
    event["OldResourceProperties"]["Request"][member] = value

    front.handle(event, cfn.world)
    cfn.executions.run()

    assert cfn.recorder.effective(event["ResponseURL"]) is not None


def test_a_huge_request_is_carried_out(cfn: CloudFormation) -> None:
    huge = {f"p{n}": "v" * 2500 for n in range(100)}

    response = cfn.create(properties(HyperParameters=huge))

    assert response.ok
    [sent] = cfn.sagemaker.sent("CreateTrainingJob")
    assert sent["HyperParameters"] == huge
    assert all(len(one.input) < 2000 for one in cfn.executions.all.values())


@pytest.mark.fault(16)
def test_what_is_created_has_the_types_of_the_template(cfn: CloudFormation) -> None:
    asked = properties()

    cfn.create(asked)

    [sent] = cfn.sagemaker.sent("CreateTrainingJob")
    assert stringified(asked["Request"]) != asked["Request"]
    ours = ("TrainingJobName", "Tags")
    assert {k: v for k, v in sent.items() if k not in ours} == {
        k: v for k, v in asked["Request"].items() if k not in ours
    }
