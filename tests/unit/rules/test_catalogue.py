"""The catalogue as a whole: its pinned list, its words, and a passing, a failing and a token case a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import validate_request
from constructs_lib.rules.catalogue import RULES, RULES_BY_ID
from constructs_lib.rules.engine import _shape_member
from constructs_lib.rules.model_rules import MODEL_RULES
from constructs_lib.rules.runner_rules import RUNNER_RULES
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from tests.unit.rules.cases import CASES
from tests.unit.rules.generated import EXAMPLES, bounds
from tests.unit.rules.requests import merged

PINNED = Path(__file__).with_name("catalogue.txt")
TOKEN = "${Token[TOKEN.123]}"
# What depends on where the job runs is tested with a region or account, in the topics' own tests.
NEEDS_A_PLACE = {rule.id for rule in RULES if "known region" in rule.violated_when or "account" in rule.id}


IDS = [rule.id for rule in RULES if rule.id in CASES]


def rules_found(request: Any) -> set[str]:
    return {found.rule for found in validate_request(request)}


def test_the_catalogue_is_pinned() -> None:
    listed = [f"{rule.severity} {rule.id}" for rule in (*RULES, *MODEL_RULES, *RUNNER_RULES)]
    assert listed == PINNED.read_text("utf-8").splitlines()


def test_ids_are_unique_and_every_rule_has_a_case() -> None:
    assert len({rule.id for rule in (*RULES, *MODEL_RULES, *RUNNER_RULES)}) == len(RULES) + 9 + len(
        RUNNER_RULES
    )
    assert {rule.id for rule in RULES} - set(CASES) <= NEEDS_A_PLACE
    assert set(CASES) <= set(RULES_BY_ID)


@pytest.mark.parametrize("rule", [*RULES, *MODEL_RULES, *RUNNER_RULES], ids=lambda rule: rule.id)
def test_words(rule: Any) -> None:
    assert rule.severity in ("error", "warning")
    for words in (rule.violated_when, rule.message, rule.fix, rule.source):
        assert words.strip() == words
        assert words
    assert re.fullmatch(r"(model:)?[a-z0-9-]+", rule.id)
    assert not rule.message[0].isupper() or rule.message.split()[0].rstrip("s") in rule.message
    assert not rule.message.endswith(".")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_fields_and_triggers_are_members_of_the_model(rule: Any) -> None:
    for path in (*rule.fields, *rule.when):
        assert _shape_member(path)


@pytest.mark.parametrize("rule", IDS)
def test_the_passing_case_passes_and_the_failing_one_fails(rule: str) -> None:
    passing, failing = CASES[rule]
    good, bad = validate_request(merged(passing)), validate_request(merged(failing))
    assert rule not in {found.rule for found in good}
    assert [found for found in good if found.severity == "error"] == []
    assert {found.severity for found in bad if found.rule == rule} == {RULES_BY_ID[rule].severity}
    assert {found.rule for found in bad if found.severity == "error"} <= {rule}


@pytest.mark.parametrize("rule", IDS)
def test_a_token_is_unknown_and_never_wrong(rule: str) -> None:
    """Whatever is replaced by a token: a rule that still fires would fire for every value in its place."""
    request = merged(CASES[rule][1])
    silenced = 0
    for steps, shape in leaves(request, (), ROOT):
        if rule in rules_found(replaced(request, steps, TOKEN)):
            for value in other_values(shape):
                assert rule in rules_found(replaced(request, steps, value)), (steps, value)
        else:
            silenced += 1
    assert (silenced == 0) == (rule in PRESENCE_ONLY)


# Rules that look at what is there at all, and never at a value.
PRESENCE_ONLY = {
    "instance-groups-xor-type-count",
    "resource-config-required",
    "instance-type-count-required",
    "selected-fields-read-only",
    "instance-preferences-exclusive",
    "instance-preferences-count-consistent",
    "instance-preferences-plan-exclusive",
    "output-not-encrypted-with-cmk",
    "max-wait-only-with-spot",
    "stopping-condition-missing",
    "retry-without-max-runtime",
    "algo-spec-required",
    "algo-image-xor-name",
    "training-image-config-needs-image",
    "data-source-exactly-one",
    "dataset-source-only-serverless",
    "file-system-needs-vpc",
    "instance-group-names-all-or-none",
    "vpc-single-subnet",
    "no-vpc-config",
    "hyperparameter-reserved-keys",
    "environment-reserved-keys",
    "hyperparameter-key-nonempty",
    "debug-rules-need-hook",
    "profiler-needs-s3-output",
    "experiment-config-empty",
    "serverless-excludes-classic-fields",
    "serverless-no-instance-choice",
    "model-package-config-only-serverless",
}


def leaves(value: Any, steps: tuple[Any, ...], name: str) -> Iterator[tuple[tuple[Any, ...], str]]:
    shape = SHAPES[name]
    if shape["type"] == "structure":
        for member, item in value.items():
            yield from leaves(item, (*steps, member), shape["members"][member])
    elif shape["type"] == "list":
        for index, item in enumerate(value):
            yield from leaves(item, (*steps, index), shape["member"])
    elif shape["type"] == "map":
        for key, item in value.items():
            yield from leaves(item, (*steps, key), shape["value"])
    else:
        yield steps, name


def other_values(name: str) -> list[Any]:
    shape = SHAPES[name]
    if shape["type"] == "boolean":
        return [True, False]
    if shape["type"] in ("integer", "long"):
        least, most = bounds(shape)
        return [value for value in (least, 0, 1, 2, 3, 100, 3_600, 90_000, most) if least <= value <= most]
    if name == "TrainingInstanceType":
        return ["ml.m5.large", "ml.g5.xlarge", "ml.p4d.24xlarge", "ml.p6e-gb200.36xlarge", "ml.trn1.2xlarge"]
    if "enum" in shape:
        return list(shape["enum"][:20])
    least = shape.get("min", 0)
    return [
        text
        for text in (EXAMPLES.get(name, "text-1"), *MORE.get(name, ("a", "other-2")))
        if len(text) >= least
    ]


MORE = {
    "S3Uri": ("s3://another/place/", "s3://in-bucket/train/x", "s3://out-bucket/model/", "s3://b/key"),
    "AlgorithmImage": (
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1",
        "174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1",
        "registry.example.com/me:1",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me",
    ),
    "DirectoryPath": ("/opt/ml/checkpoints", "/", "relative"),
    "SequenceLength": ("1K", "4000K"),
    "KmsKeyId": ("", "alias/key", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    "ArnOrName": ("name", "arn:aws:sagemaker:us-west-2:594846645681:algorithm/theirs"),
    "TagKey": ("team", "aws:team"),
}


def replaced(value: Any, steps: tuple[Any, ...], new: Any) -> Any:
    if not steps:
        return new
    copied = list(value) if isinstance(value, list) else dict(value)
    copied[steps[0]] = replaced(copied[steps[0]], steps[1:], new)
    return copied
