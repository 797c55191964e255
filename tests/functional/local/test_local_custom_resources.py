"""Custom resources through create, update, replacement, deletion, failure and roll-back."""

from __future__ import annotations

from tests.functional.local.local_helpers import Stacks, custom, template


def test_create_answers_data_and_stringifies_scalars(stacks: Stacks) -> None:
    body = template(
        {"Echo": {"Fn::GetAtt": ["Thing", "Echo"]}, "Id": {"Ref": "Thing"}},
        Thing=custom("cr1", Value="v", Flag=True, Number=30, Nested={"Float": 0.5, "List": [1, False]}),
    )
    assert stacks.create("cr1", body) == "CREATE_COMPLETE"
    request = stacks.requests("cr1")[0]
    assert stacks.outputs("cr1") == {"Echo": "v", "Id": "made"}
    assert request["ResourceProperties"]["Flag"] == "true"
    assert request["ResourceProperties"]["Number"] == "30"
    assert request["ResourceProperties"]["Nested"] == {"Float": "0.5", "List": ["1", "false"]}
    assert request["ResourceType"] == "Custom::Thing"
    assert request["StackId"] == stacks.ids["cr1"]


def test_update_then_delete(stacks: Stacks) -> None:
    stacks.create("cr2", template(Thing=custom("cr2", Value="a")))
    assert stacks.update("cr2", template(Thing=custom("cr2", Value="b"))) == "UPDATE_COMPLETE"
    assert stacks.delete("cr2") == "DELETE_COMPLETE"
    _, update, delete = stacks.requests("cr2")
    assert (update["RequestType"], update["OldResourceProperties"]["Value"]) == ("Update", "a")
    assert update["PhysicalResourceId"] == "made"
    assert (delete["RequestType"], delete["ResourceProperties"]["Value"]) == ("Delete", "b")
    assert ("Thing", "DELETE_COMPLETE", "") in stacks.events("cr2")


def test_an_update_that_changes_nothing_is_not_sent(stacks: Stacks) -> None:
    stacks.create("cr3", template(Thing=custom("cr3")))
    stacks.update("cr3", template({"Id": {"Ref": "Thing"}}, Thing=custom("cr3")))
    assert stacks.kinds("cr3") == ["Create"]
    assert stacks.outputs("cr3") == {"Id": "made"}


def test_replacement_deletes_the_old_id_after_the_update(stacks: Stacks) -> None:
    stacks.create("cr4", template(Thing=custom("cr4", Id="one")))
    stacks.update("cr4", template(Thing=custom("cr4", Id="two")))
    assert stacks.kinds("cr4") == ["Create", "Update", "Delete"]
    assert stacks.requests("cr4")[-1]["PhysicalResourceId"] == "one"
    statuses = [status for name, status, _ in stacks.events("cr4") if name in ("Thing", "cr4")]
    assert statuses.index("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") < statuses.index("DELETE_COMPLETE")


def test_update_replace_policy_retain_keeps_the_old_id(stacks: Stacks) -> None:
    keep = {"UpdateReplacePolicy": "Retain"}
    stacks.create("cr5", template(Thing=custom("cr5", keep, Id="one")))
    stacks.update("cr5", template(Thing=custom("cr5", keep, Id="two")))
    assert stacks.kinds("cr5") == ["Create", "Update"]


def test_dependant_is_updated_when_a_referenced_value_changes(stacks: Stacks) -> None:
    def body(value: str) -> dict[str, object]:
        return template(
            First=custom("cr6a", Value=value),
            Second=custom("cr6b", Value={"Fn::GetAtt": ["First", "Echo"]}),
        )

    stacks.create("cr6", body("x"))
    stacks.update("cr6", body("y"))
    assert stacks.kinds("cr6b") == ["Create", "Update"]
    assert stacks.requests("cr6b")[-1]["ResourceProperties"]["Value"] == "y"


def test_failed_create_rolls_back_and_deletes(stacks: Stacks) -> None:
    body = template(
        Good=custom("cr7good", Id="good"),
        Kept=custom("cr7kept", {"DeletionPolicy": "Retain"}, Id="kept"),
        Bad=custom("cr7bad", {"DependsOn": ["Good", "Kept"]}, Id="bad", Fail="Create"),
    )
    assert stacks.create("cr7", body) == "ROLLBACK_COMPLETE"
    assert stacks.kinds("cr7good") == ["Create", "Delete"]
    assert stacks.kinds("cr7kept") == ["Create"]
    assert stacks.requests("cr7bad")[-1]["PhysicalResourceId"] == "bad"
    failed = [reason for name, status, reason in stacks.events("cr7") if status == "CREATE_FAILED"]
    assert failed == [
        "Received response status [FAILED] from custom resource. Message returned: told to fail"
    ]
    assert ("Kept", "DELETE_SKIPPED", "") in stacks.events("cr7")


def test_retain_except_on_create_is_deleted_by_a_roll_back_only(stacks: Stacks) -> None:
    policy = {"DeletionPolicy": "RetainExceptOnCreate"}
    body = template(A=custom("cr8a", policy), B=custom("cr8b", {"DependsOn": "A"}, Fail="Create"))
    stacks.create("cr8", body)
    assert stacks.kinds("cr8a") == ["Create", "Delete"]
    stacks.create("cr8k", template(A=custom("cr8k", policy)))
    stacks.delete("cr8k")
    assert stacks.kinds("cr8k") == ["Create"]


def test_failed_update_is_updated_back(stacks: Stacks) -> None:
    stacks.create("cr9", template(Thing=custom("cr9", Value="old")))
    status = stacks.update(
        "cr9", template(Thing=custom("cr9", Value="new", Fail="Update"), New=custom("cr9new"))
    )
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.kinds("cr9") == ["Create", "Update", "Update"]
    back = stacks.requests("cr9")[-1]
    assert back["ResourceProperties"]["Value"] == "old"
    assert back["OldResourceProperties"]["Value"] == "new"
    # Its Create may not have been sent, or come after the Delete, and again: nobody takes its answer then.
    assert set(stacks.kinds("cr9new")) in (set(), {"Create", "Delete"})


def test_replacement_that_is_rolled_back_deletes_the_new_id(stacks: Stacks) -> None:
    stacks.create("cr10", template(Thing=custom("cr10", Id="one")))
    body = template(
        Thing=custom("cr10", Id="two"), Bad=custom("cr10b", {"DependsOn": "Thing"}, Fail="Create")
    )
    assert stacks.update("cr10", body) == "UPDATE_ROLLBACK_COMPLETE"
    assert [(r["RequestType"], r.get("PhysicalResourceId")) for r in stacks.requests("cr10")] == [
        ("Create", None),
        ("Update", "one"),
        ("Update", "two"),
        ("Delete", "two"),
    ]


def test_no_answer_fails_at_the_service_timeout(stacks: Stacks) -> None:
    body = template(Thing=custom("cr11", Silent="Create", ServiceTimeout=1))
    assert stacks.create("cr11", body) == "ROLLBACK_COMPLETE"
    reasons = [reason for _, status, reason in stacks.events("cr11") if status == "CREATE_FAILED"]
    assert reasons[0].startswith("CloudFormation did not receive a response from your Custom Resource")
    assert stacks.kinds("cr11") == ["Create", "Delete"]


def test_failed_delete_leaves_the_stack(stacks: Stacks) -> None:
    stacks.create("cr12", template(Thing=custom("cr12", Fail="Delete")))
    assert stacks.delete("cr12") == "DELETE_FAILED"


def test_missing_attribute_fails_the_stack(stacks: Stacks) -> None:
    body = template({"X": {"Fn::GetAtt": ["Thing", "Nothing"]}}, Thing=custom("cr13"))
    assert stacks.create("cr13", body) == "ROLLBACK_COMPLETE"
