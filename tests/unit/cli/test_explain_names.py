"""Values of templates as text: the same text for the same thing, wherever it is referred to."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.cli.explain.names import Names, Target
from constructs_lib.cli.explain.tables import table, wrapped
from constructs_lib.cli.inputs import Source
from constructs_lib.cli.templates import Template

ROLE = {"Type": "AWS::IAM::Role", "Properties": {}}
ARN = {"Fn::GetAtt": ["Role", "Arn"]}


def template(stack: str, **body: Any) -> Template:
    return Template(source=Source(stack, ""), body={"Resources": {}, **body}, stack=stack)


FIRST = template(
    "First",
    Resources={"Role": ROLE},
    Outputs={"Out": {"Value": ARN, "Export": {"Name": "First:Out"}}},
)
INNER = template(
    "Second/Inner",
    Parameters={"given": {}},
    Outputs={"Made": {"Value": {"Ref": "Thing"}}},
    Resources={"Thing": {}},
)
SECOND = template(
    "Second",
    Resources={
        "Inner": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"Parameters": {"given": {"Fn::ImportValue": "First:Out"}}},
        }
    },
)
STAGED = template("Stage/First", Resources={"Role": ROLE}, Outputs={"Out": {"Value": ARN}})
NAMES = Names([FIRST, SECOND, INNER, STAGED])
OUTPUT = {"Fn::GetStackOutput": {"StackName": "Stage-First", "OutputName": "Out"}}


@pytest.mark.parametrize(
    ("where", "value", "text"),
    [
        (FIRST, "plain", "plain"),
        (FIRST, {"Ref": "AWS::Region"}, "${AWS::Region}"),
        (FIRST, ARN, "${First/Role.Arn}"),
        (SECOND, {"Fn::ImportValue": "First:Out"}, "${First/Role.Arn}"),
        (SECOND, OUTPUT, "${Stage/First/Role.Arn}"),
        (INNER, {"Ref": "given"}, "${First/Role.Arn}"),
        (SECOND, {"Fn::GetAtt": ["Inner", "Outputs.Made"]}, "${Second/Inner/Thing}"),
        (SECOND, {"Fn::ImportValue": "Elsewhere"}, "${ImportValue(Elsewhere)}"),
        (FIRST, {"Fn::Join": ["-", ["a", {"Ref": "Role"}]]}, "a-${First/Role}"),
        (FIRST, {"Fn::Sub": "x${AWS::Region}y${!z}${Role.Arn}"}, "x${AWS::Region}y${z}${First/Role.Arn}"),
        (FIRST, {"Fn::Sub": ["${a}", {"a": {"Ref": "Role"}}]}, "${First/Role}"),
        (
            FIRST,
            {"Fn::Select": [0, {"Fn::Split": ["-", {"Ref": "AWS::StackId"}]}]},
            "${Select(0, Split(-, AWS::StackId))}",
        ),
        (FIRST, 1.2, "1.2"),
        (FIRST, True, "true"),
        (FIRST, None, "null"),
    ],
)
def test_values_are_named(where: Template, value: object, text: str) -> None:
    assert NAMES.text(where, value) == text


def test_references_lead_to_the_resource_of_whichever_stack() -> None:
    for where, value in ((FIRST, ARN), (SECOND, {"Fn::ImportValue": "First:Out"}), (INNER, {"Ref": "given"})):
        assert NAMES.target(where, value) == Target("First", "Role")
    assert NAMES.target(SECOND, OUTPUT) == Target("Stage/First", "Role")
    assert NAMES.target(FIRST, "arn:aws:iam::123456789012:role/Role") is None
    assert NAMES.target(FIRST, {"Ref": "Missing"}) is None


def test_references_in_a_circle_end() -> None:
    body = {"Outputs": {"Out": {"Value": {"Fn::ImportValue": "Self"}, "Export": {"Name": "Self"}}}}
    names = Names([circle := template("Circle", **body)])
    assert names.text(circle, {"Fn::ImportValue": "Self"}) == "${ImportValue(Self)}"


def test_what_is_left_out_is_no_text() -> None:
    assert NAMES.texts(FIRST, ["a", {"Ref": "AWS::NoValue"}, "a", "b"]) == ("a", "b")


def test_lines_are_no_longer_than_asked_and_broken_outside_of_names() -> None:
    arn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/sagemaker/TrainingJobs"
    lines = wrapped([arn], 40)
    assert max(map(len, lines)) <= 40
    assert "".join(line.strip() for line in lines) == arn
    assert all(line.count("${") == line.count("}") for line in lines)


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_a_table_fits_its_width(columns: int) -> None:
    rows = [[["x" * size] for size in sizes] for sizes in ((50, 90, 1, 80), (3, 300, 200, 9), (1, 1, 1, 1))]
    lines = [*table(("MAY", "ON", "IF", "BECAUSE OF"), rows, columns, "  ")]
    assert max(map(len, lines)) <= columns
    assert sum(line.count("x") for line in lines) == sum(len(text) for row in rows for (text,) in row)
