"""Wait conditions: signals, failures, cancelled waits, and what an update makes of them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.functional.local.local_helpers import Stacks, custom, function, template, until

HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
# Fails once another handler has been asked to create something.
FAILS_AFTER = """
import json, os, time, urllib.request
def handler(event, context):
    p, bad = event["ResourceProperties"], event["RequestType"] != "Delete"
    url = f"{os.environ['AWS_ENDPOINT_URL']}/test-records/?list-type=2&prefix={p['After']}/"
    requests = int(p.get("Requests", 1))
    while bad and urllib.request.urlopen(url, timeout=10).read().count(b"<Key>") < requests:
        time.sleep(0.1)
    answer = {"Status": "FAILED" if bad else "SUCCESS", "Reason": "sour", "PhysicalResourceId": "sour"}
    data = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=data, method="PUT"), timeout=10)
"""


def condition(handle: str, timeout: str = "60", **attributes: Any) -> dict[str, Any]:
    properties = {"Handle": {"Ref": handle}, "Timeout": timeout, "Count": attributes.pop("count", 1)}
    return {"Type": "AWS::CloudFormation::WaitCondition", "Properties": properties, **attributes}


def begin(stacks: Stacks, name: str, body: dict[str, Any]) -> None:
    answer = stacks.cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(body))
    stacks.ids[name] = answer["StackId"]


def handle_of(stacks: Stacks, name: str, logical: str = "Handle") -> str:
    def made() -> str:
        events = stacks.local.stack_events(stacks.ids[name])
        ids = [e["PhysicalResourceId"] for e in events if e["LogicalResourceId"] == logical]
        return next((str(id) for id in ids if id), "")

    return str(until(made))


def signal(url: str, status: str = "SUCCESS", id: str = "job", reason: str = "done") -> int:
    body = {"Status": status, "UniqueId": id, "Data": id, "Reason": reason}
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def statuses(stacks: Stacks, name: str, logical: str) -> list[str]:
    return [status for resource, status, _ in stacks.events(name) if resource == logical]


def reasons(stacks: Stacks, name: str, logical: str) -> list[str]:
    return [reason for resource, _, reason in stacks.events(name) if resource == logical and reason]


def test_a_condition_waits_after_what_it_depends_on_and_before_what_depends_on_it(stacks: Stacks) -> None:
    body = template(
        {"Data": {"Fn::GetAtt": ["Wait", "Data"]}},
        Handle=HANDLE,
        Start=custom("wc1-start", Handle={"Ref": "Handle"}),
        Wait=condition("Handle", DependsOn="Start"),
        Result=custom("wc1-result", Waited={"Fn::GetAtt": ["Wait", "Data"]}),
    )
    begin(stacks, "wc1", body)
    until(lambda: "CREATE_IN_PROGRESS" in statuses(stacks, "wc1", "Wait"))
    assert statuses(stacks, "wc1", "Start") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert stacks.kinds("wc1-result") == []
    handle = stacks.requests("wc1-start")[0]["ResourceProperties"]["Handle"]

    assert signal(handle) == 200

    assert stacks.settle("wc1") == "CREATE_COMPLETE"
    assert json.loads(stacks.outputs("wc1")["Data"]) == {"job": "job"}
    assert stacks.requests("wc1-result")[0]["ResourceProperties"]["Waited"] == '{"job": "job"}'


def test_a_signal_may_come_before_its_condition(stacks: Stacks) -> None:
    slow = custom("wc2", Silent="Create", ServiceTimeout=30)
    body = template(Handle=HANDLE, Slow=slow, Wait=condition("Handle", DependsOn="Slow"))
    begin(stacks, "wc2", body)
    request = until(lambda: stacks.requests("wc2"))[0]
    assert statuses(stacks, "wc2", "Wait") == []
    assert signal(handle_of(stacks, "wc2")) == 200

    assert _answer(request) == 200

    assert stacks.settle("wc2") == "CREATE_COMPLETE"


def _answer(request: dict[str, Any]) -> int:
    body = {"Status": "SUCCESS", "PhysicalResourceId": "late"}
    put = urllib.request.Request(request["ResponseURL"], data=json.dumps(body).encode(), method="PUT")
    with urllib.request.urlopen(put, timeout=5) as answer:
        return int(answer.status)


def test_signals_of_one_id_count_once(stacks: Stacks) -> None:
    begin(stacks, "wc3", {"Resources": {"Handle": HANDLE, "Wait": condition("Handle", count=2)}})
    url = handle_of(stacks, "wc3")
    assert [signal(url), signal(url), signal(url)] == [200] * 3
    assert statuses(stacks, "wc3", "wc3") == ["CREATE_IN_PROGRESS"]
    assert signal(url, id="other") == 200
    assert stacks.settle("wc3") == "CREATE_COMPLETE"


def test_a_failure_is_told_with_its_reason(stacks: Stacks) -> None:
    begin(stacks, "wc4", {"Resources": {"Handle": HANDLE, "Wait": condition("Handle")}})
    signal(handle_of(stacks, "wc4"), "FAILURE", "job-7", "no such column")
    assert stacks.settle("wc4") == "ROLLBACK_COMPLETE"
    told = "WaitCondition received failed message: 'no such column' for uniqueId: job-7"
    assert reasons(stacks, "wc4", "Wait") == [told]


def test_a_time_out_is_told_and_is_not_shortened(stacks: Stacks) -> None:
    # The emulation's speed is 30: a Timeout in shortened seconds would be over before the signal.
    begin(stacks, "wc5", {"Resources": {"Handle": HANDLE, "Wait": condition("Handle", "2")}})
    assert stacks.settle("wc5") == "ROLLBACK_COMPLETE"
    told = "WaitCondition timed out. Received 0 conditions when expecting 1"
    assert reasons(stacks, "wc5", "Wait") == [told]
    events = {
        event["ResourceStatus"]: event["Timestamp"]
        for event in stacks.local.stack_events(stacks.ids["wc5"])
        if event["LogicalResourceId"] == "Wait"
    }
    assert (events["CREATE_FAILED"] - events["CREATE_IN_PROGRESS"]).total_seconds() > 1.5


def test_a_handle_that_is_gone_takes_no_signal(stacks: Stacks) -> None:
    begin(stacks, "wc6", {"Resources": {"Handle": HANDLE}})
    url = handle_of(stacks, "wc6")
    stacks.settle("wc6")
    assert signal(url) == 200
    assert stacks.delete("wc6") == "DELETE_COMPLETE"
    assert signal(url) == 404


def test_a_condition_cannot_be_updated(stacks: Stacks) -> None:
    body = {"Resources": {"Handle": HANDLE, "Wait": condition("Handle", "60")}}
    begin(stacks, "wc7", body)
    signal(handle_of(stacks, "wc7"))
    stacks.settle("wc7")
    body["Resources"]["Wait"] = condition("Handle", "61")

    assert stacks.update("wc7", body) == "UPDATE_ROLLBACK_COMPLETE"

    assert reasons(stacks, "wc7", "Wait") == [
        "Update to resource type AWS::CloudFormation::WaitCondition is not supported."
    ]


def test_new_ids_wait_anew_before_the_old_ones_are_cleaned_up(stacks: Stacks) -> None:
    def body(suffix: str) -> dict[str, Any]:
        return template(
            **{
                f"Handle{suffix}": HANDLE,
                "Start": custom("wc8", Handle={"Ref": f"Handle{suffix}"}),
                f"Wait{suffix}": condition(f"Handle{suffix}", DependsOn="Start"),
            }
        )

    begin(stacks, "wc8", body("A"))
    old = handle_of(stacks, "wc8", "HandleA")
    signal(old)
    stacks.settle("wc8")

    stacks.cloudformation.update_stack(StackName="wc8", TemplateBody=json.dumps(body("B")))
    new = handle_of(stacks, "wc8", "HandleB")
    until(lambda: "CREATE_IN_PROGRESS" in statuses(stacks, "wc8", "WaitB"))
    assert (new != old, signal(old)) == (True, 200)  # the old handle is there until the clean-up
    assert stacks.requests("wc8")[-1]["ResourceProperties"]["Handle"] == new
    signal(new)

    assert stacks.settle("wc8") == "UPDATE_COMPLETE"
    assert signal(old) == 404
    order = [(name, status) for name, status, _ in stacks.events("wc8")]
    assert order.index(("WaitB", "CREATE_COMPLETE")) < order.index(("WaitA", "DELETE_IN_PROGRESS"))


@pytest.mark.parametrize("kind", ["custom", "condition"])
def test_a_sibling_that_fails_cancels_what_is_waited_for(stacks: Stacks, kind: str) -> None:
    """Without the cancellation the stack would wait for its time-outs."""
    name = f"wc9-{kind}"
    silent: dict[str, Any] = {"Silent": "Create", "ServiceTimeout": 3000} if kind == "custom" else {}
    resources: dict[str, Any] = {"Start": custom(name, **silent)}
    if kind == "condition":
        resources |= {"Handle": HANDLE, "Wait": condition("Handle", "3000", DependsOn="Start")}
    token = {"Fn::GetAtt": ["Sour", "Arn"]}
    resources["Sour"] = function(FAILS_AFTER)
    resources["Sibling"] = {
        "Type": "Custom::Sibling",
        "Properties": {"ServiceToken": token, "After": name, "ServiceTimeout": 60},
    }
    if kind == "condition":
        resources["Sibling"]["DependsOn"] = "Start"

    assert stacks.create(name, template(**resources)) == "ROLLBACK_COMPLETE"

    waiting = "Start" if kind == "custom" else "Wait"
    assert reasons(stacks, name, waiting) == ["Resource creation cancelled"]
    order = [(resource, status) for resource, status, _ in stacks.events(name)]
    rolled_back = order.index((name, "ROLLBACK_IN_PROGRESS"))
    assert order.index((waiting, "CREATE_FAILED")) < rolled_back
    assert rolled_back < order.index(("Start", "DELETE_IN_PROGRESS"))
    assert stacks.kinds(name) == ["Create", "Delete"]


def test_a_failed_update_cancels_an_update_under_way_and_undoes_it(stacks: Stacks) -> None:
    stacks.create("wc10", template(Thing=custom("wc10", Value="old")))
    token = {"Fn::GetAtt": ["Sour", "Arn"]}
    # After the Create, and the Update that it cancels.
    sour = {"ServiceToken": token, "After": "wc10", "Requests": 2, "ServiceTimeout": 60}
    body = template(
        Thing=custom("wc10", Value="new", Silent="Update", ServiceTimeout=3000),
        Sour=function(FAILS_AFTER),
        Sibling={"Type": "Custom::Sibling", "Properties": sour},
    )

    assert stacks.update("wc10", body) == "UPDATE_ROLLBACK_COMPLETE"

    assert reasons(stacks, "wc10", "Thing") == ["Resource update cancelled"]
    values = [request["ResourceProperties"]["Value"] for request in stacks.requests("wc10")]
    assert values == ["old", "new", "old"]
