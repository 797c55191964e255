"""Definitions and inputs as documents, with their tokens in place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.testing import normalize_template
from constructs_lib.testing.texts import parsed_text, text_of

REF = {"Ref": "Count"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain ${x}", "plain ${!x}"),
        (REF, "${Count}"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, "${Role.Arn}"),
        ({"Fn::GetAtt": "Role.Arn"}, "${Role.Arn}"),
        ({"Fn::Join": ["/", ["s3:/", REF, {"Fn::Join": ["-", ["a", REF]]}]]}, "s3://${Count}/a-${Count}"),
        ({"Fn::Sub": "${Role.Arn} and ${!Literal}"}, "${Role.Arn} and ${!Literal}"),
        ({"Fn::Sub": ["${N}", {"N": {"Fn::ImportValue": "x"}}]}, '${ImportValue("x")}'),
        (
            {"Fn::Select": [0, {"Fn::Split": ["-", {"Ref": "AWS::StackId"}]}]},
            '${Select(0, Split("-", AWS::StackId))}',
        ),
        ({"Fn::Join": [",", {"Ref": "List"}]}, '${Join(",", List)}'),
        ({"Fn::If": ["C", [REF], {"a": 1}]}, '${If("C", [Count], {"a": 1})}'),
        (3, None),
        ({"a": 1}, None),
        ([], None),
    ],
)
def test_the_text_of_a_function(value: object, expected: str | None) -> None:
    assert text_of(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ({"Fn::Join": ["", ['{"a":', REF, "}"]]}, {"a": REF}),
        ({"Fn::Join": ["", ['{"a":"x-', REF, '","b":', REF, "}"]]}, {"a": "x-${Count}", "b": REF}),
        (
            {"Fn::Join": ["", ['{"a":"', {"Fn::ImportValue": "x"}, '"}']]},
            {"a": '${ImportValue("x")}'},
        ),
        ({"Fn::Join": ["", ['{"', REF, '": "${Count}"}']]}, {"${Count}": "${!Count}"}),
        ("[1]", None),
        ("no JSON", None),
        (REF, None),
        ('{"Ref": "x"}', None),
        ("{" * 100_000, None),
    ],
)
def test_a_joined_text_is_a_document(value: object, expected: object) -> None:
    assert parsed_text(value) == expected


def test_what_is_substituted_in_a_definition_stands_in_its_place() -> None:
    definition = '{"StartAt": "${first}", "MaxConcurrency": ${limit}, "Comment": "${other}"}'
    properties = {
        "DefinitionString": definition,
        "DefinitionSubstitutions": {"first": "A", "limit": "2"},
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    found = normalize_template({"Resources": {"M": machine}})["Resources"]["M"]["Properties"]
    assert found["DefinitionString"] == {
        "StartAt": "${first}",
        "MaxConcurrency": {"Fn::Sub": "${limit}"},
        "Comment": "${!other}",
    }


# Anything that JSON can be, and texts put together of its pieces with tokens.
leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("${X}")
documents = st.dictionaries(
    st.text(max_size=3),
    st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)),
    max_size=3,
)
tokens = st.sampled_from([REF, {"Fn::GetAtt": ["A", "B"]}, {"Fn::ImportValue": 'a"b'}, {"Fn::Sub": "${A}-b"}])


@st.composite
def joins(draw: st.DrawFn) -> Any:
    """The text of a document, cut anywhere, with tokens at some of the cuts."""
    text = draw(documents.map(json.dumps) | st.text(max_size=8))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    parts: list[object] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        parts += [text[start:end], *draw(st.lists(tokens, max_size=1))]
    return {"Fn::Join": ["", parts]}


HASHES = ["1" * 64, "ab" * 32, "JobWaitHandle0123456789ab", "JobWait0123456789ab"]
EXPORTED = f"ExportsOutputRefFCurrentVersion58B8A55D{'2' * 32}D9F1B543"
words = st.sampled_from(
    [*HASHES, EXPORTED, "cdk-a-assets-x", "/", "-", "@sha256:", ":", ".zip", '"', "s3://", " ", "${X}"]
)
texts = st.lists(words, max_size=6).map("".join)
values = st.recursive(
    texts | joins() | leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
resources = st.fixed_dictionaries(
    {
        "Type": st.sampled_from(
            [
                "AWS::StepFunctions::StateMachine",
                "AWS::Scheduler::Schedule",
                "AWS::Lambda::Function",
                "AWS::CloudFormation::WaitCondition",
                "AWS::CloudFormation::WaitConditionHandle",
                "AWS::CDK::Metadata",
            ]
        )
    },
    optional={
        "Properties": st.fixed_dictionaries(
            {},
            optional={
                "DefinitionString": values,
                "Target": st.fixed_dictionaries({"Input": values}),
                "Code": st.fixed_dictionaries({"S3Bucket": values, "S3Key": texts}),
            },
        ),
        "Metadata": st.dictionaries(st.sampled_from(["aws:asset:path", "aws:cdk:path"]), texts),
        "DependsOn": texts,
    },
)
templates = st.fixed_dictionaries(
    {"Resources": st.dictionaries(texts | st.sampled_from(HASHES), resources, max_size=4)},
    optional={"Conditions": st.dictionaries(st.sampled_from(["CDKMetadataAvailable", "C"]), values)},
)


@given(templates)
def test_again_changes_nothing_and_nothing_given_is_changed(template: dict[str, Any]) -> None:
    before = json.dumps(template)
    once = normalize_template(template)
    assert json.dumps(template) == before
    assert normalize_template(once) == once
    reported = sum(one["Type"] == "AWS::CDK::Metadata" for one in template["Resources"].values())
    assert len(once["Resources"]) == len(template["Resources"]) - reported


@given(documents)
def test_a_document_without_tokens_is_itself(document: dict[str, Any]) -> None:
    escaped = json.loads(json.dumps(document).replace("${", "${!"))
    assert parsed_text(json.dumps(document)) in (escaped, None)
