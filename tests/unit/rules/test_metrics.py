"""Rules about metric definitions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.rules.requests import TOKEN, found

BUILT_IN = "174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1"


def metrics(*pairs: tuple[str, str], **members: Any) -> dict[str, Any]:
    definitions = [{"Name": name, "Regex": regex} for name, regex in pairs]
    return {"AlgorithmSpecification": {**members, "MetricDefinitions": definitions}}


LOSS = ("loss", "loss=([0-9.]+)")
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "metric-defs-on-builtin-algorithm": (metrics(LOSS), metrics(LOSS, TrainingImage=BUILT_IN)),
    "metric-regex-compiles": (metrics(("a", "a=(.*?);")), metrics(("a", "a=([0-9"))),
    "metric-regex-capture-group": (metrics(("a", "a=(.*?);")), metrics(("a", "a=.*"))),
    "metric-name-unique": (metrics(("a", "a=(.)"), ("b", "b=(.)")), metrics(("a", "a=(.)"), ("a", "b=(.)"))),
}


def test_aws_s_algorithms_have_metrics_of_their_own() -> None:
    assert found("metric-defs-on-builtin-algorithm", metrics(LOSS, TrainingImage=BUILT_IN)) == [
        (
            "error",
            "AlgorithmSpecification.MetricDefinitions",
            "cannot be set with AWS's algorithm 'linear-learner', got 1 definition(s): it has metrics of "
            "its own",
        )
    ]


@pytest.mark.parametrize(
    "image",
    [
        "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.7-1",  # with a script too
        "433757028032.dkr.ecr.us-west-2.amazonaws.com/xgboost:1",
        "387376663083.dkr.ecr.cn-northwest-1.amazonaws.com.cn/xgboost:1",
        "226302683700.dkr.ecr-fips.us-gov-west-1.amazonaws.com/kmeans:1",
        "490574956308.dkr.ecr.us-iso-east-1.c2s.ic.gov/pca:1",
        "174872318107.dkr-ecr.us-west-2.on.aws/knn@sha256:" + "0" * 64,
    ],
)
def test_an_algorithm_of_aws_in_any_partition(image: str) -> None:
    assert len(found("metric-defs-on-builtin-algorithm", metrics(LOSS, TrainingImage=image))) == 1


@pytest.mark.parametrize(
    "fragment",
    [
        metrics(TrainingImage=BUILT_IN),  # an empty list
        metrics(LOSS, TrainingImage=TOKEN),
        metrics(LOSS, TrainingImage="123456789012.dkr.ecr.us-west-2.amazonaws.com/linear-learner:1"),
        metrics(LOSS, TrainingImage="763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.0"),
        metrics(
            LOSS, TrainingImage="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1"
        ),
        metrics(LOSS, TrainingImage=None, AlgorithmName="mine"),
        {"AlgorithmSpecification": {"TrainingImage": BUILT_IN}},
    ],
)
def test_other_containers_take_definitions(fragment: dict[str, Any]) -> None:
    assert found("metric-defs-on-builtin-algorithm", fragment) == []


@pytest.mark.parametrize(
    ("regex", "problem"),
    [
        ("a=([0-9", "unterminated character set at position 3"),
        ("a=(.*", "missing ), unterminated subpattern at position 2"),
        ("a=.*)", "unbalanced parenthesis at position 4"),
        ("*a=(.)", "nothing to repeat at position 0"),
        ("(.)\\", "bad escape (end of pattern) at position 3"),
        ("([9-0])", "bad character range 9-0 at position 2"),
        ("(a{3,2})", "min repeat greater than max repeat at position 3"),
        ("(a)**", "multiple repeat at position 4"),
        ("(a)|*", "nothing to repeat at position 4"),
        ("(a)(?", "unexpected end of pattern at position 5"),
        ("(?P<n", "missing >, unterminated name at position 4"),
        ("(a)(?#x", "missing ), unterminated comment at position 3"),
    ],
)
def test_what_no_dialect_takes_is_no_expression(regex: str, problem: str) -> None:
    assert found("metric-regex-compiles", metrics(LOSS, ("a", regex))) == [
        (
            "error",
            "AlgorithmSpecification.MetricDefinitions[1].Regex",
            f"must be a regular expression, got {regex!r}: {problem}",
        )
    ]
    assert found("metric-regex-capture-group", metrics(("a", regex))) == []


@pytest.mark.parametrize(
    "regex",
    [
        r"loss=(\p{L}+)",
        "loss=(?<value>[0-9.]+)",
        "loss=(?i)([0-9]+)",
        r"loss=([\d.]++)",
        "(?<=loss=|x=)([0-9.]+)",
        r"\Qloss(\E([0-9.]+)",
        "(a{99999999999})",
        "loss=([[0-9]&&[^5]])",
        "[[:alpha:](](a)",
        r"loss: ([\d-.]+)",
        r"(a)[\w-/]",
        "^*(a)",
        r"\b+(a)",
        "(a)$?",
        "(a){2}{3}",
        "(" * 240 + "a" + ")" * 240,
    ],
)
def test_other_dialects_are_not_refused(regex: str) -> None:
    assert found("metric-regex-compiles", metrics(("a", regex))) == []
    assert found("metric-regex-capture-group", metrics(("a", regex))) == []


@pytest.mark.parametrize("regex", ["loss=.*", "loss=(?:[0-9.]+)", r"loss=\([0-9.]+\)"])
def test_a_regex_without_a_group_publishes_nothing(regex: str) -> None:
    assert found("metric-regex-capture-group", metrics(("a", regex))) == [
        (
            "warning",
            "AlgorithmSpecification.MetricDefinitions[0].Regex",
            f"has no group in parentheses, got {regex!r}: the group is what is published as the metric's "
            "value",
        )
    ]


def test_an_unknown_definition_hides_no_other() -> None:
    definitions = [
        TOKEN,
        {"Name": "a", "Regex": TOKEN},
        {"Name": "a", "Regex": "a=(["},
        {"Name": "b", "Regex": "b"},
    ]
    fragment = {"AlgorithmSpecification": {"MetricDefinitions": definitions}}
    paths = {
        rule: [path for _, path, _ in found(rule, fragment)]
        for rule in ("metric-regex-compiles", "metric-regex-capture-group", "metric-name-unique")
    }
    start = "AlgorithmSpecification.MetricDefinitions"
    assert paths == {
        "metric-regex-compiles": [f"{start}[2].Regex"],
        "metric-regex-capture-group": [f"{start}[3].Regex"],
        "metric-name-unique": [f"{start}[2].Name"],
    }


def test_a_name_is_one_metric() -> None:
    assert found("metric-name-unique", metrics(("a", "a=(.)"), ("b", "b=(.)"), ("a", "c=(.)"))) == [
        (
            "warning",
            "AlgorithmSpecification.MetricDefinitions[2].Name",
            "'a' is the name of MetricDefinitions[0] already: the values of both would be mixed in one "
            "metric",
        )
    ]
    assert found("metric-name-unique", metrics(("a", "a=(.)"), ("A", "b=(.)"))) == []
    assert found("metric-name-unique", metrics((TOKEN, "a=(.)"), (TOKEN, "b=(.)"))) == []
