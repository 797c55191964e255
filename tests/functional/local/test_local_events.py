"""Rules: every kind of target, what a target receives, and patterns beyond equality."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from constructs_lib.local import LocalAws
from tests.functional.local.local_helpers import ROLE, Stacks, until

ACCOUNT = "us-east-1:123456789012"


class Queue:
    """A queue that is a target, and what arrived in it."""

    def __init__(self, local: LocalAws, name: str) -> None:
        self._sqs = local.client("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        self.arn = f"arn:aws:sqs:{ACCOUNT}:{name}"
        self._seen: list[Any] = []

    def received(self, count: int = 1) -> list[Any]:
        def enough() -> list[Any] | None:
            listed = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            self._seen += [json.loads(message["Body"]) for message in listed.get("Messages", [])]
            return self._seen if len(self._seen) >= count else None

        found: list[Any] = until(enough)
        return found


def _rule(
    local: LocalAws, name: str, *targets: dict[str, Any], pattern: dict[str, Any] | None = None
) -> None:
    events = local.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name], **(pattern or {})}))
    numbered = [{"Id": str(index), **target} for index, target in enumerate(targets)]
    events.put_targets(Rule=name, Targets=numbered)


def _put(local: LocalAws, source: str, *details: dict[str, Any]) -> None:
    entries = [{"Source": source, "DetailType": "t", "Detail": json.dumps(detail)} for detail in details]
    assert local.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0


def test_a_target_receives_what_its_input_says(local_aws: LocalAws) -> None:
    paths = {"name": "$.detail.name", "all": "$.detail", "none": "$.detail.nothing"}
    templates = [
        '"job <name> of <aws.events.rule-name>"',
        '{"name": <name>, "text": "a <name>", "all": <all>, "none": <none>, "kept": "<other>"}',
    ]
    transformers = [{"InputPathsMap": paths, "InputTemplate": template} for template in templates]
    queues = [Queue(local_aws, f"in{index}") for index in range(5)]
    inputs: list[dict[str, Any]] = [{"Input": '{"fixed": 1}'}, {"InputPath": "$.detail"}, {}]
    inputs += [{"InputTransformer": transformer} for transformer in transformers]
    _rule(local_aws, "inputs", *({"Arn": q.arn, **i} for q, i in zip(queues, inputs, strict=True)))
    _put(local_aws, "inputs", {"name": 'a "b"'})
    fixed, part, whole, text, document = (queue.received()[0] for queue in queues)
    assert (fixed, part) == ({"fixed": 1}, {"name": 'a "b"'})
    assert (whole["source"], whole["detail"]) == ("inputs", {"name": 'a "b"'})
    assert text == 'job a "b" of inputs'
    assert document == {
        "name": 'a "b"',
        "text": 'a a "b"',
        "all": {"name": 'a "b"'},
        "none": None,
        "kept": "<other>",
    }


def test_topics_and_state_machines_are_reached(stacks: Stacks) -> None:
    local, queue = stacks.local, Queue(stacks.local, "behind-topic")
    sns, machines = local.client("sns"), local.client("stepfunctions")
    topic = sns.create_topic(Name="target")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    definition = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    machine = machines.create_state_machine(name="target", definition=definition, roleArn=ROLE)
    arn = machine["stateMachineArn"]
    _rule(local, "kinds", {"Arn": topic}, {"Arn": arn, "RoleArn": ROLE})
    _put(local, "kinds", {"n": 1})
    assert json.loads(queue.received()[0]["Message"])["detail"] == {"n": 1}
    execution = until(lambda: machines.list_executions(stateMachineArn=arn)["executions"])[0]
    described = machines.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"])["detail"] == {"n": 1}


def test_a_target_that_is_gone_does_not_keep_the_event_from_others(local_aws: LocalAws) -> None:
    queue = Queue(local_aws, "second")
    _rule(local_aws, "gone", {"Arn": f"arn:aws:lambda:{ACCOUNT}:function:gone"}, {"Arn": queue.arn})
    _put(local_aws, "gone", {"n": 1})
    assert queue.received()[0]["detail"] == {"n": 1}


@pytest.mark.parametrize(
    ("wanted", "matching", "other"),
    [
        ({"a": [{"prefix": "ab"}]}, {"a": "abc"}, {"a": "xab"}),
        ({"a": [{"suffix": "bc"}]}, {"a": "abc"}, {"a": "bcx"}),
        ({"a": [{"anything-but": ["b", "c"]}]}, {"a": "a"}, {"a": "c"}),
        ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": "a"}, {"a": "xa"}),
        ({"a": {"b": {"c": ["d"]}}}, {"a": {"b": {"c": "d"}}}, {"a": {"b": {"c": "e"}}}),
        ({"a": [{"numeric": [">", 5]}]}, {"a": 6}, {"a": 5}),
        ({"a": [{"exists": False}]}, {"b": 1}, {"a": 1}),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, {"a": "y", "b": "x"}),
    ],
)
def test_patterns(
    local_aws: LocalAws, wanted: dict[str, Any], matching: dict[str, Any], other: dict[str, Any]
) -> None:
    name = f"pattern-{uuid.uuid4().hex}"
    queue = Queue(local_aws, name)
    _rule(local_aws, name, {"Arn": queue.arn}, pattern={"detail": wanted})
    _put(local_aws, name, other, matching)
    assert [event["detail"] for event in queue.received()] == [matching]
