"""Rules about hyperparameters and environment: secrets that would be readable, and names that are taken."""

from __future__ import annotations

from typing import Any

import pytest

from constructs_lib import Finding, validate_request
from constructs_lib.rules.texts import text_of
from constructs_lib.rules.values import UNKNOWN
from tests.unit.rules.requests import merged

TOKEN = "${Token[TOKEN.123]}"
KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----"
SECRET = "{{resolve:secretsmanager:database:SecretString:password}}"
READABLE = ("HyperParameters", "Environment")
CREDENTIAL_RULES = {"HyperParameters": "hyperparameter-credentials", "Environment": "environment-credentials"}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "hyperparameter-credentials": ({"HyperParameters": {"k": "AKIA"}}, {"HyperParameters": {"k": KEY_ID}}),
    "environment-credentials": ({"Environment": {"K": "AKIA"}}, {"Environment": {"K": KEY_ID}}),
    "hyperparameter-reserved-keys": (
        {"HyperParameters": {"my_sagemaker_x": "1"}},
        {"HyperParameters": {"sagemaker_program": "train.py"}},
    ),
    "environment-reserved-keys": ({"Environment": {"MY_FLAG": "1"}}, {"Environment": {"SM_MODEL_DIR": "/x"}}),
    "hyperparameter-key-nonempty": ({"HyperParameters": {"a": ""}}, {"HyperParameters": {"": "x"}}),
    "secret-in-plain-parameter": (
        {"Environment": {"K": "{{resolve:ssm:/plain/name}}"}},
        {"Environment": {"K": SECRET}},
    ),
}


def found(rule: str, fragment: Any) -> list[Finding]:
    return [finding for finding in validate_request(merged(fragment)) if finding.rule == rule]


def paths(rule: str, fragment: Any) -> list[str]:
    return [finding.path for finding in found(rule, fragment)]


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize(
    "value",
    [
        KEY_ID,
        f"id={KEY_ID},secret=x",
        f"ASIA{KEY_ID[4:]}",
        f"{PEM}\nMIIE...",
        "-----BEGIN PRIVATE KEY-----",
        f"{TOKEN}/{KEY_ID}",
        f"{KEY_ID}{TOKEN}",
        f"{{% {KEY_ID} %}}",
        KEY_ID + " " + "x" * 5_000,
        ["--key", KEY_ID],
        KEY_ID.encode(),
        {"Fn::Join": ["", [{"Ref": "X"}, ":", KEY_ID]]},
        {"Fn::Join": ["", [KEY_ID[:9], KEY_ID[9:]]]},
    ],
)
def test_a_credential_is_found_in_any_value_and_never_shown(name: str, value: object) -> None:
    # when
    findings = validate_request(merged({name: {"fine": "x", "MINE": value}}))

    # then
    (finding,) = [finding for finding in findings if finding.rule == CREDENTIAL_RULES[name]]
    assert (finding.severity, finding.path) == ("error", f"{name}.MINE")
    assert finding.message == (
        "holds an AWS access key id or a private key (not shown): whoever may describe the job, or "
        "read its logs, "
        "gets it"
    )
    assert KEY_ID not in repr(findings)
    assert "PRIVATE KEY" not in repr(findings)


@pytest.mark.parametrize("name", READABLE)
def test_a_credential_in_a_key_is_not_shown_either(name: str) -> None:
    # when
    findings = validate_request(merged({name: {f"a{KEY_ID.lower()}": "x", KEY_ID: "x"}}))

    # then
    (finding,) = [finding for finding in findings if finding.rule == CREDENTIAL_RULES[name]]
    assert finding.path == f'{name}["(a credential, not shown)"]'
    assert KEY_ID not in repr(findings)


@pytest.mark.parametrize("name", READABLE)
def test_a_credential_in_what_is_no_map_is_found(name: str) -> None:
    assert paths(CREDENTIAL_RULES[name], {name: f"K={KEY_ID}"}) == [name]
    assert paths(CREDENTIAL_RULES[name], {name: [KEY_ID]}) == [name]
    assert paths(CREDENTIAL_RULES[name], {name: {3: KEY_ID}}) == [f"{name}.int"]


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize(
    "value",
    [
        f"X{KEY_ID}",
        f"{KEY_ID}X",
        KEY_ID.lower(),
        "-----BEGIN CERTIFICATE-----",
        "ASIA",
        TOKEN,
        3,
        None,
        pytest.param(UNKNOWN, id="unknown"),
    ],
)
def test_what_only_looks_alike_is_no_credential(name: str, value: object) -> None:
    request = merged({name: {"A": "x"}})
    request[name]["A"] = value
    assert CREDENTIAL_RULES[name] not in {finding.rule for finding in validate_request(request)}


@pytest.mark.parametrize(
    "key", ["sagemaker_program", "sagemaker_x", "_tuning_objective_metric", "_kfold_tuning_objective_metric"]
)
def test_hyperparameters_of_the_toolkit(key: str) -> None:
    # given an unknown key beside it, which leaves the map unknown as a whole
    (finding,) = found(
        "hyperparameter-reserved-keys", {"HyperParameters": {"a": "1", TOKEN: "x", key: TOKEN}}
    )

    # then
    prefix = "sagemaker_" if key.startswith("sagemaker_") else key
    assert (finding.severity, finding.path) == ("warning", f"HyperParameters.{key}")
    assert finding.message == (
        f"is a name that SageMaker's toolkits and tuning keep for themselves (prefix {prefix}): a "
        f"training script "
        "may not get it, or it changes how the container runs"
    )


@pytest.mark.parametrize("key", ["sagemaker", "SAGEMAKER_PROGRAM", "x_sagemaker_", TOKEN, "{% $x %}"])
def test_hyperparameters_of_ones_own(key: str) -> None:
    assert found("hyperparameter-reserved-keys", {"HyperParameters": {key: "1"}}) == []


@pytest.mark.parametrize(
    "key", ["AWS_REGION", "SAGEMAKER_X", "SM_MODEL_DIR", "TRAINING_JOB_NAME", "TRAINING_JOB_ARN"]
)
def test_variables_of_the_platform(key: str) -> None:
    # when
    (finding,) = found("environment-reserved-keys", {"Environment": {"A": "1", key: TOKEN}})

    # then
    assert (finding.severity, finding.path) == ("warning", f"Environment.{key}")
    assert finding.message == (
        "is a name that the platform or its toolkit sets itself (AWS_, SAGEMAKER_, SM_, TRAINING_JOB_NAME, "
        "TRAINING_JOB_ARN): one of the two values is lost"
    )


@pytest.mark.parametrize("key", ["AWS", "aws_region", "SMOKE", "MY_SM_X", "TRAINING_JOB_NAMES"])
def test_variables_of_ones_own(key: str) -> None:
    assert found("environment-reserved-keys", {"Environment": {key: "1"}}) == []


def test_an_empty_key() -> None:
    # when
    (finding,) = found("hyperparameter-key-nonempty", {"HyperParameters": {TOKEN: "1", "": "x"}})

    # then
    assert (finding.severity, finding.path) == ("warning", 'HyperParameters[""]')
    assert (
        finding.message == "has an empty key, which no script can ask for; it should have 1 to 256 characters"
    )


SECRETS = [
    SECRET,
    f"jdbc://u:{SECRET}@host/{TOKEN}",
    {"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "Secret"}, ":SecretString:::}}"]]},
    {"Fn::Join": [":", ["{{resolve", "secretsmanager", {"Ref": "Secret"}, "SecretString}}"]]},
    {"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"},
    {"Fn::Sub": ["x${a}", {"a": SECRET}]},
    {"Fn::If": ["C", [{"Fn::Join": ["", ["x", SECRET]]}], "plain"]},
]


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("value", SECRETS)
def test_a_reference_to_a_secret(name: str, value: object) -> None:
    # when
    (finding,) = found("secret-in-plain-parameter", {name: {"A": "x", "MINE": value, "B": TOKEN}})

    # then
    assert (finding.severity, finding.path) == ("error", f"{name}.MINE")
    assert finding.message == (
        "refers to a secret of Secrets Manager: CloudFormation puts the secret itself in its place, and "
        "DescribeTrainingJob shows it as plain text"
    )


@pytest.mark.parametrize("value", SECRETS)
def test_a_reference_to_a_secret_in_tags_and_commands(value: object) -> None:
    # given
    fragment = {
        "Tags": [{"Key": "a", "Value": "b"}, TOKEN, {"Key": value, "Value": value}, value],
        "AlgorithmSpecification": {
            "ContainerEntrypoint": [TOKEN, value],
            "ContainerArguments": ["x", value, "y"],
        },
    }

    # then
    assert paths("secret-in-plain-parameter", fragment) == [
        "AlgorithmSpecification.ContainerEntrypoint[1]",
        "AlgorithmSpecification.ContainerArguments[1]",
        "Tags[2].Key",
        "Tags[2].Value",
        "Tags[3]",
    ]


@pytest.mark.parametrize("member", READABLE)
def test_a_reference_to_a_secret_in_a_member_of_another_type(member: str) -> None:
    # given
    request = merged({})
    request[member] = SECRET

    # then
    assert [f.path for f in validate_request(request) if f.rule == "secret-in-plain-parameter"] == [member]


def test_a_reference_to_a_secure_string() -> None:
    # when
    (finding,) = found(
        "secret-in-plain-parameter", {"HyperParameters": {"{{resolve:ssm-secure:/name:1}}": "x"}}
    )

    # then
    assert finding.path == 'HyperParameters["{{resolve:ssm-secure:/name:1}}"]'
    assert finding.message.startswith("refers to a SecureString parameter of Systems Manager: ")


@pytest.mark.parametrize(
    "value",
    [
        "{{resolve:ssm:/name}}",
        "resolve:secretsmanager:",
        TOKEN,
        pytest.param(UNKNOWN, id="unknown"),
        3,
        {"Ref": "Secret"},
    ],
)
def test_other_references_are_no_secret(value: object) -> None:
    # given
    request = merged({"Tags": [{"Key": "a", "Value": value}], "Environment": {}})
    request["Environment"]["A"] = value
    request["AlgorithmSpecification"]["ContainerArguments"] = value

    # then
    assert "secret-in-plain-parameter" not in {finding.rule for finding in validate_request(request)}


def test_text_in_values_of_any_shape_is_read_within_bounds() -> None:
    # given
    cyclic: list[Any] = ["x"]
    cyclic += [cyclic, cyclic]
    deep: Any = "deep"
    for _ in range(30):
        deep = [deep]

    # then
    assert text_of({"a": ["b", 3, None, ("c",)]}) == "a\nb\n\n\nc"
    assert text_of({"Fn::Join": ["-", ["a", "b"]]}) == "a-b"
    assert text_of({"Fn::Join": ["-", {"Ref": "X"}]}) == "-\nRef\nX"
    assert "x" in text_of(cyclic)
    assert text_of(deep) == ""
    assert text_of(UNKNOWN) == ""
