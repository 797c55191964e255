"""A request in a state: the same without expressions, and with them the same once it is evaluated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from hypothesis import HealthCheck, given, settings

from constructs_lib import Channel, SpecError, TrainingJobSpec, shapes
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.state_request import as_state, with_tags
from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from tests.unit.rules.generated import fullest, requests

from .evaluation import Execution
from .picked import picked
from .rendering import LANGUAGES, STACK, evaluated, rendered, spec_of

J = sfn.JsonPath

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LANGUAGES
@given(request=requests())
@slow
def test_a_request_without_expressions_is_there_as_it_is(language: Language, request: Any) -> None:
    spec = TrainingJobSpec.from_request(request)
    state = rendered(spec, language)
    if language is Language.JSONATA:  # where text that looks like an expression is quoted
        state = evaluated(state, language, {})
    assert state == request
    assert list(state) == list(spec.to_request())


@LANGUAGES
def test_every_member_and_nested_one_is_there(language: Language) -> None:
    full = fullest()
    assert len(full) == 28
    assert rendered(TrainingJobSpec.from_request(full), language) == full


@given(case=picked(requests(), Language.JSONPATH))
@slow
def test_json_path_gives_the_request_with_its_values(case: tuple[Any, Any, Any]) -> None:
    request, changed, input = case
    state = rendered(TrainingJobSpec.from_request(changed), Language.JSONPATH)
    assert evaluated(state, Language.JSONPATH, input) == request


@given(case=picked(requests(), Language.JSONATA))
@slow
def test_jsonata_gives_the_request_with_its_values(case: tuple[Any, Any, Any]) -> None:
    request, changed, input = case
    state = rendered(TrainingJobSpec.from_request(changed), Language.JSONATA)
    assert evaluated(state, Language.JSONATA, input) == request


def members_of(value: Any, shape: str, steps: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value in a request, with the way to it."""
    for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
        inner = SHAPES[shape].get("members", {}).get(key) or SHAPES[shape].get("value")
        inner = inner or SHAPES[shape]["member"]
        yield (*steps, key), item
        if isinstance(item, (dict, list)):
            yield from members_of(item, inner, (*steps, key))


@LANGUAGES
@pytest.mark.parametrize("steps", [steps for steps, _ in members_of(fullest(), ROOT)], ids=str)
def test_every_value_can_be_picked_from_an_execution(language: Language, steps: tuple[Any, ...]) -> None:
    full, changed = fullest(), fullest()
    inside, value = changed, full
    for step in steps[:-1]:
        inside, value = inside[step], value[step]
    value = value[steps[-1]]
    makers: dict[type, Any] = {str: J.string_at, int: J.number_at, list: J.list_at}
    token = makers.get(type(value), J.object_at)("$.x")
    inside[steps[-1]] = token if language is Language.JSONPATH else "{% $states.input.x %}"
    state = rendered(TrainingJobSpec.from_request(changed), language)
    assert evaluated(state, language, {"x": value}) == full
    assert (".$" in json.dumps(state)) == (language is Language.JSONPATH)


def test_the_forms_of_json_path() -> None:
    network = shapes.VpcConfig(
        security_group_ids=["sg-1", J.string_at("$.sg")], subnets=J.list_at("$.subnets")
    )
    spec = spec_of(
        channels=[Channel.from_uri("train", f"s3://{J.string_at('$.bucket')}/it's/{{x}}\\")],
        instance_count=J.number_at("$.count"),
        max_runtime=cdk.Duration.seconds(J.number_at("$.seconds")),
        network_isolation=J.object_at("$.isolated"),
        retry_attempts=J.number_at("$.attempts"),
        vpc_config=network,
        tags={"run": J.execution_name, "number": J.string_at("$.n")},
    )
    assert rendered(spec, Language.JSONPATH) == {
        "AlgorithmSpecification": {"TrainingImage": "image:1", "TrainingInputMode": "File"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri.$": "States.Format('s3://{}/it\\'s/\\{x\\}\\\\', $.bucket)",
                    }
                },
            }
        ],
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount.$": "$.count"},
        "VpcConfig": {
            "SecurityGroupIds.$": "States.Array('sg-1', $.sg)",
            "Subnets.$": "$.subnets",
        },
        "StoppingCondition": {"MaxRuntimeInSeconds.$": "$.seconds"},
        "Tags": [
            {"Key": "run", "Value.$": "$$.Execution.Name"},
            {"Key": "number", "Value.$": "$.n"},
        ],
        "EnableNetworkIsolation.$": "$.isolated",
        "RetryStrategy": {"MaximumRetryAttempts.$": "$.attempts"},
    }


def test_a_map_beside_a_path_in_a_list_is_parsed_from_text() -> None:
    tag = {"Key": "it's", "Value": J.string_at("$.v")}
    state = rendered(spec_of(overrides={"Tags": [tag, J.object_at("$.tag")]}), Language.JSONPATH)
    text = 'States.Format(\'\\{"Key": "it\\\'s", "Value": {}\\}\', States.JsonToString($.v))'
    assert state["Tags.$"] == f"States.Array(States.StringToJson({text}), $.tag)"
    made = evaluated(state, Language.JSONPATH, {"v": 'a"b', "tag": {"Key": "k", "Value": "w"}})
    assert made["Tags"] == [{"Key": "it's", "Value": 'a"b'}, {"Key": "k", "Value": "w"}]


def test_cloudformations_tokens_resolve_beside_paths() -> None:
    bucket = cdk.Token.as_string({"Ref": "Bucket"})
    count = cdk.Token.as_number({"Ref": "Count"})
    spec = spec_of(
        environment={"A": f"s3://{bucket}/{J.string_at('$.a')}"},
        hyperparameters={"n": [J.number_at("$.n"), int(count), bucket]},
        vpc_config=shapes.VpcConfig(security_group_ids=[bucket, J.string_at("$.sg")], subnets=["subnet-1"]),
        instance_count=count,
    )
    state = json.loads(json.dumps(STACK.resolve(rendered(spec, Language.JSONPATH))))
    assert state["ResourceConfig"]["InstanceCount"] == {"Ref": "Count"}

    def filled(value: Any) -> Any:
        joined = value["Fn::Join"][1]
        return "".join(
            part if isinstance(part, str) else {"Bucket": "b", "Count": "7"}[part["Ref"]] for part in joined
        )

    input = Execution({"a": "it's", "n": 0.5, "sg": "sg-2"})
    assert input.json_path(filled(state["Environment"]["A.$"])) == "s3://b/it's"
    assert json.loads(input.json_path(filled(state["HyperParameters"]["n.$"]))) == [0.5, 7, "b"]
    assert input.json_path(filled(state["VpcConfig"]["SecurityGroupIds.$"])) == ["b", "sg-2"]


TEN = [J.string_at(f"$.a{number}") for number in range(10)]


@pytest.mark.parametrize(
    ("fields", "language", "words"),
    [
        (
            {"hyperparameters": {"a.$": "$.x"}},
            Language.JSONPATH,
            'HyperParameters["a.$"]: ends in .$, by which JSONPath knows a path; '
            "name it otherwise, or give the path as sfn.JsonPath [Stack]",
        ),
        (
            {"environment": {"{% $k %}": "v"}},
            Language.JSONATA,
            'Environment["{% $k %}"]: is a key, and no key is read from an execution; write it out [Stack]',
        ),
        (
            {"hyperparameters": {"layers": TEN}},
            Language.JSONPATH,
            "HyperParameters.layers: needs 11 calls of intrinsic functions, Step Functions takes 10; "
            "put the value together in a state before this one [Stack]",
        ),
        (
            {"overrides": {"ExperimentConfig": {"TrialName": [cdk.Token.as_any({"Ref": "A"}), TEN[0]]}}},
            Language.JSONPATH,
            "ExperimentConfig.TrialName[0]: is a token of CloudFormation's that has no form beside a path; "
            "pass its values as text, by Token.as_string or Fn.select [Stack]",
        ),
        (
            {"environment": {"A": "{% $x %}"}},
            Language.JSONPATH,
            "Environment.A: is JSONata, in a state of JSONPath; "
            "write it as sfn.JsonPath, or give the task query_language=JSONata [Stack]",
        ),
        (
            {"environment": {"A": TEN[0]}},
            Language.JSONATA,
            "Environment.A: is sfn.JsonPath, in a state of JSONata; "
            'write it as "{% ... %}", or give the task query_language=JSONPath [Stack]',
        ),
    ],
)
def test_what_has_no_form_is_refused(fields: dict[str, Any], language: Language, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        rendered(spec_of(**fields), language)
    assert str(caught.value) == words


def test_calls_that_are_quoted_do_not_count() -> None:
    text = "States.UUID() it's " * 12
    state = rendered(spec_of(environment={"A": f"{text}{TEN[0]}"}), Language.JSONPATH)
    assert evaluated(state, Language.JSONPATH, {"a0": "!"})["Environment"] == {"A": f"{text}!"}


def test_a_key_is_no_path() -> None:
    with pytest.raises(SpecError, match="is a key, and no key is read from an execution; write it out"):
        rendered(spec_of(environment={J.string_at("$.k"): "v"}), Language.JSONPATH)


def test_members_of_the_tasks_win_in_either_form() -> None:
    spec = spec_of(training_job_name="fixed", role_arn=J.string_at("$.role"), checkpoint=None)
    spec = spec.replace(overrides={"CheckpointConfig": {"S3Uri": "s3://b/c", "LocalPath": "/opt/c"}})
    members = {
        "TrainingJobName.$": "$.name",
        "RoleArn": "arn",
        "CheckpointConfig": {"S3Uri.$": "$.uri"},
        "Tags": [],
    }
    state = rendered(spec, Language.JSONPATH, **members)
    assert list(state) == [
        "TrainingJobName.$",
        "AlgorithmSpecification",
        "RoleArn",
        "ResourceConfig",
        "Tags",
        "CheckpointConfig",
    ]
    assert (state["TrainingJobName.$"], state["RoleArn"]) == ("$.name", "arn")
    assert state["CheckpointConfig"] == {"LocalPath": "/opt/c", "S3Uri.$": "$.uri"}


def test_a_request_that_was_rendered_already_is_not_changed() -> None:
    request = spec_of(environment={"A": J.string_at("$.a")}).to_request()
    before = json.dumps(request)
    state = as_state(request, spec_of(), Language.JSONPATH, STACK)
    assert state["Environment"] == {"A.$": "States.Format('{}', $.a)"}
    assert json.dumps(request) == before


def test_tags_are_appended() -> None:
    own = {"Key": "execution", "Value.$": "$constructsLibExecution"}
    assert with_tags({"TrainingJobName": "a"}, [own]) == {"TrainingJobName": "a", "Tags": [own]}
    state = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "execution", "Value": "mine"}]}
    assert with_tags(state, [own])["Tags"] == [{"Key": "a", "Value": "1"}, own]
    assert len(state["Tags"]) == 2


@pytest.mark.parametrize("state", [{"Tags.$": "$.tags"}, {"Tags": "{% $tags %}"}])
def test_tags_that_are_not_known_take_no_more(state: dict[str, Any]) -> None:
    with pytest.raises(SpecError) as caught:
        with_tags(state, [{"Key": "a", "Value": "b"}], "Stack/Train")
    assert str(caught.value) == (
        "tags: is not known, and the task adds its own; "
        "give a map of text; its values may be expressions [Stack/Train]"
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What CDK was asked about."""
    calls: list[Any] = []
    render_object = sfn.FieldUtils.render_object

    def counted(given: Any) -> Any:
        calls.append(given)
        return render_object(given)

    monkeypatch.setattr(sfn.FieldUtils, "render_object", counted)
    return calls


def test_cdk_is_asked_once_and_only_about_new_tokens(asked: list[Any]) -> None:
    rendered(spec_of(environment={"A": "b"}), Language.JSONPATH)
    assert asked == []
    tokens = {f"K{number}": J.string_at(f"$.k{number}") for number in range(20)}
    spec = spec_of(environment=tokens, hyperparameters={"n": J.number_at("$.n"), "l": J.list_at("$.l")})
    rendered(spec, Language.JSONPATH)
    assert len(asked) == 1
    assert rendered(spec, Language.JSONPATH)["HyperParameters"]["l.$"] == "States.JsonToString($.l)"
    assert len(asked) == 1
