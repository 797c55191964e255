"""What is known of a CloudFormation template, and which findings hold under every condition."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.rules.findings import Finding
from constructs_lib.rules.intrinsics import check_variants, common_findings, known_variants
from constructs_lib.rules.values import UNKNOWN

NO_VALUE = {"Ref": "AWS::NoValue"}


def known(document: object) -> Any:
    """The single variant of a document."""
    (variant,) = known_variants(document)
    return variant


def finding(rule: str, path: str, message: str = "is wrong") -> Finding:
    """A finding of a rule at a path."""
    return Finding(rule, "error", path, message, "mend it", "nowhere")


@pytest.mark.parametrize(
    "document",
    [
        "text",
        3,
        True,
        None,
        {},
        [],
        {"A": [{"B": 1}]},
        {"Condition": "IsProd"},
        {"Ref": "X", "Other": 1},
        {"Reference": "X"},
    ],
)
def test_plain_json_stays_as_it_is(document: object) -> None:
    assert known(document) == document


@pytest.mark.parametrize(
    "intrinsic",
    [
        {"Ref": "Bucket"},
        {"Fn::GetAtt": ["Key", "Arn"]},
        {"Fn::ImportValue": "x"},
        {"Fn::Sub": "${AWS::Region}-x"},
        {"Fn::Sub": ["${a}-x", {"a": "b"}]},
        {"Fn::Join": ["", ["s3://", {"Ref": "Bucket"}]]},
        {"Fn::Join": [",", {"Ref": "Subnets"}]},
        {"Fn::Join": "ill formed"},
        {"Fn::Join": ["-", ["a", {"Fn::If": ["C", "b", NO_VALUE]}]]},
        {"Fn::If": ["C", "a", "b"]},
        {"Fn::If": "ill formed"},
        {"Fn::Sub": 3},
        {"Fn::Sub": []},
    ],
)
def test_an_intrinsic_is_unknown_wherever_it_stands(intrinsic: dict[str, Any]) -> None:
    # when
    variant = known({"A": {"B": [1, intrinsic]}, "C": intrinsic})

    # then
    assert variant["A"]["B"][0] == 1
    assert variant["A"]["B"][1] is UNKNOWN
    assert variant["C"] is UNKNOWN
    assert known(intrinsic) is UNKNOWN


@pytest.mark.parametrize(
    ("intrinsic", "text"),
    [
        ({"Fn::Join": ["", ["s3://", "bucket", "/x"]]}, "s3://bucket/x"),
        ({"Fn::Join": ["-", ["a", {"Fn::Join": ["+", ["b", "c"]]}, NO_VALUE]]}, "a-b+c"),
        ({"Fn::Join": ["-", []]}, ""),
        ({"Fn::Sub": "plain"}, "plain"),
        ({"Fn::Sub": ["plain", {"unused": {"Ref": "X"}}]}, "plain"),
        ({"Fn::Sub": "a ${!Literal} b"}, "a ${Literal} b"),
    ],
)
def test_a_function_of_literal_texts_is_evaluated(intrinsic: object, text: str) -> None:
    assert known({"A": intrinsic}) == {"A": text}


def test_what_is_no_value_is_left_out() -> None:
    # given
    document = {"A": NO_VALUE, "B": [1, NO_VALUE, 2], "C": {"D": {"Fn::If": ["X", NO_VALUE, NO_VALUE]}}}

    # then
    assert known(document) == {"B": [1, 2], "C": {}}
    assert known(NO_VALUE) is UNKNOWN


def test_what_a_condition_may_leave_out_makes_two_variants() -> None:
    # given
    document = {
        "A": {"Fn::If": ["X", {"Name": "a"}, NO_VALUE]},
        "B": [1, {"Fn::If": ["Y", NO_VALUE, 2]}, 3],
        "C": {"Fn::If": ["X", {"Fn::If": ["Y", "c", NO_VALUE]}, "d"]},
        "D": {"Fn::If": ["X", 1, 2]},
    }

    # when
    there, absent = known_variants(document)

    # then
    assert repr(there) == "{'A': UNKNOWN, 'B': [1, UNKNOWN, 3], 'C': UNKNOWN, 'D': UNKNOWN}"
    assert repr(absent) == "{'B': [1, 3], 'D': UNKNOWN}"


def test_the_document_is_not_changed() -> None:
    # given
    document = {"A": NO_VALUE, "B": [{"Ref": "X"}]}

    # when
    known_variants(document)

    # then
    assert document == {"A": {"Ref": "AWS::NoValue"}, "B": [{"Ref": "X"}]}


def test_a_document_of_any_depth_is_read() -> None:
    # given
    document: Any = "end"
    for _ in range(100_000):
        document = {"Fn::If": ["X", document, [document]]}

    # then
    assert known(document) is UNKNOWN
    assert len(known_variants([document])) == 1


def test_only_findings_of_every_variant_are_common() -> None:
    # given
    here, there = finding("a", "X"), finding("b", "X")

    # then
    assert common_findings([]) == []
    assert common_findings([[here, there]]) == [here, there]
    assert common_findings([[here, there], [there]]) == [there]
    assert common_findings([[here], [finding("a", "X", "is wrong otherwise")]]) == []


def test_a_finding_keeps_its_identity_when_a_conditional_item_before_it_goes() -> None:
    # given
    first = [finding("a", "L[1].X"), finding("a", "L[2].X")]
    second = [finding("a", "L[0].X")]

    # then
    assert common_findings([first, second]) == [first[0]]


def test_each_variant_is_checked() -> None:
    # given
    def check(document: dict[str, Any]) -> list[Finding]:
        missing = [] if "A" in document else [finding("missing", "A")]
        return [*missing, finding("always", "B")]

    # then
    assert check_variants({"A": {"Fn::If": ["X", 1, NO_VALUE]}}, check) == [finding("always", "B")]
    assert check_variants({"A": NO_VALUE}, check) == [finding("missing", "A"), finding("always", "B")]


def test_an_intrinsic_with_an_unknown_argument_is_unknown() -> None:
    assert known({"A": {"Ref": UNKNOWN}})["A"] is UNKNOWN
    assert known({"A": {"Fn::If": ["C", {"Ref": UNKNOWN}, "x"]}})["A"] is UNKNOWN
