from __future__ import annotations

import json

import pytest

from constructs_lib.cli.joined import json_text, unmarked
from constructs_lib.rules.values import UNKNOWN
from constructs_lib.templates.joined import MARK, plain_text

REF = {"Ref": "Count"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ({"Fn::Join": ["", ['{"a":', REF, "}"]]}, {"a": MARK}),
        ({"Fn::Join": ["", ['{"a":"x-', REF, '","b":', REF, "}"]]}, {"a": f"x-{MARK}", "b": MARK}),
        (
            {"Fn::Join": ["", ['{"a":"say \\"', REF, '\\"","b":', REF, "}"]]},
            {"a": f'say "{MARK}"', "b": MARK},
        ),
        ({"Fn::Join": ["", ['{"a":"\\\\","b":', REF, "}"]]}, {"a": "\\", "b": MARK}),
        ({"Fn::Join": [",", ["[1", "2", REF, "3]"]]}, [1, 2, MARK, 3]),
        ({"Fn::Join": ["", ['{"a":"', {"Fn::Join": ["-", ["x", REF]]}, '"}']]}, {"a": f"x-{MARK}"}),
        ({"Fn::Join": ["", ['{"', REF, '": 1}']]}, {MARK: 1}),
        (
            {"Fn::Sub": '{"a": "${AWS::Region}", "b": ${Count}, "c": "${!x}"}'},
            {"a": MARK, "b": MARK, "c": "${x}"},
        ),
        ({"Fn::Sub": ['{"a": ${N}}', {"N": REF}]}, {"a": MARK}),
    ],
)
def test_a_joined_text_is_json_with_marks(value: object, expected: object) -> None:
    text = json_text(value)
    assert text is not None
    assert json.loads(text) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        REF,
        3,
        ["{}"],
        {},
        {"Fn::Join": ["", [REF]]},
        {"Fn::Join": "x"},
        {"Fn::Sub": 3},
        {"Fn::Sub": "${A}"},
    ],
)
def test_a_text_of_which_nothing_is_known_is_none(value: object) -> None:
    assert json_text(value) is None


def test_names_are_substituted_in_and_outside_of_texts() -> None:
    text = json_text('{"a": "x-${Name}", "b": ${Count}, "c": "${Other}"}', ("Name", "Count"))
    assert json.loads(str(text)) == {"a": f"x-{MARK}", "b": MARK, "c": "${Other}"}


def test_a_plain_text_has_a_mark_for_what_is_unknown() -> None:
    assert plain_text({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":x"]]}) == f"arn:{MARK}:x"
    assert plain_text(None) == MARK


def test_marks_become_unknown_values() -> None:
    found = unmarked({"a": [f"x{MARK}", 1, "y"], "b": {MARK: 1, "c": 2}, "d": {"e": None}})
    assert found["a"][0] is UNKNOWN
    assert found["a"][1:] == [1, "y"]
    assert found["b"] is UNKNOWN
    assert found["d"] == {"e": None}
