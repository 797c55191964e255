"""What a state machine's expression stands for is in no policy, in whichever member."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from constructs_lib import Algorithm, Channel, Output, TrainingJobSpec, TrainingJobTask, TrainingPlatform
from constructs_lib.cdk.permissions import execution_permissions
from constructs_lib.cdk.permissions.known import known_before
from tests.unit.cdk.reports import report
from tests.unit.rules.generated import fullest

Steps = tuple[Any, ...]
JSONATA = "{% $states.input.x %}"
PATH = sfn.JsonPath.string_at("$.x")
# The same in the forms that it may have; in each row all say the same.
WHOLE = {
    "JSONata": JSONATA,
    "JSONata's JSON": f'"{JSONATA}"',
    "JSONPath": PATH,
    "format": sfn.JsonPath.format("{}", PATH),
    "text around": f"arn:aws:sagemaker:eu-west-1:123456789012:hub-content/hub/{PATH}/1",
}
IN_BUCKET = {
    "JSONata": "{% 's3://bucket/a-' & $states.input.x & \"/b\" %}",
    "format": sfn.JsonPath.format("s3://bucket/a-{}/b", PATH),
    "text around": f"s3://bucket/a-{PATH}/b",
}
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me"
WRITTEN = re.compile(r"\$\.|\{%|States\.")
# Nor is there anything to take apart when a request is written out.
NOT_KNOWN = re.compile(rf"{WRITTEN.pattern}|Fn::Select|Fn::Split")
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:"
MORE = {
    "judge_model_id": "anthropic.claude",
    "custom_metrics": "s3://bucket/metrics",
    "inference_data_s3_path": "s3://bucket/data",
    "output_path": "s3://bucket/judged",
    "sagemaker_submit_directory": '"s3://bucket/script.tar.gz"',
}
ALIKE = {
    ("AlgorithmSpecification", "TrainingImage"): "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1",
    ("ModelPackageConfig", "ModelPackageGroupArn"): f"{ARN}model-package-group/g",
    ("MlflowConfig", "MlflowResourceArn"): f"{ARN}mlflow-tracking-server/s",
}
NEVER_READ = re.compile("EnableNetworkIsolation|DisableProfiler")


def request() -> dict[str, Any]:
    """Every member, with values of which something is derived."""
    made = {name: value for name, value in fullest().items() if not NEVER_READ.fullmatch(name)}
    made["ProfilerConfig"] = {**made["ProfilerConfig"], "DisableProfiler": False}
    made["HyperParameters"] = MORE
    for (member, inner), value in ALIKE.items():
        made[member] = {**made[member], inner: value}
    return copy.deepcopy(made)


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """The way to every text, and to every list."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, (str, list)):
            yield (*steps, key)
        if isinstance(item, (dict, list)):
            yield from places(item, (*steps, key))


def at(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = value[step]
    return value


def changed(steps: Steps, value: Any) -> dict[str, Any]:
    made = request()
    at(made, steps[:-1])[steps[-1]] = value
    return made


def derived(made: dict[str, Any], **more: Any) -> str:
    """Actions, resources and conditions."""
    permissions = execution_permissions(made, **more)
    return json.dumps([[one.actions, one.resources, one.conditions] for one in permissions])


def told(documents: dict[str, str]) -> dict[str, str]:
    """Each in the template's words, in one call of CDK."""
    unique = {text: str(number) for number, text in enumerate(dict.fromkeys(documents.values()))}
    written = cdk.Stack().resolve({number: text for text, number in unique.items()})
    return {key: joined(written[unique[text]]) for key, text in documents.items()}


def joined(value: Any) -> str:
    parts = value["Fn::Join"][1] if isinstance(value, dict) else [value]
    return "".join(part if isinstance(part, str) else json.dumps(part) for part in parts)


TEXTS = list(places(request()))


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """What is derived with an expression in each place, by place and form."""
    rows = {"whole": WHOLE, "in bucket": IN_BUCKET}
    return told(
        {
            f"{steps} {row} {form}": derived(changed(steps, text))
            for steps in TEXTS
            for row, forms in rows.items()
            for form, text in forms.items()
        }
    )


def test_nothing_of_an_expression_is_in_a_policy(found: dict[str, str]) -> None:
    assert len(TEXTS) > 90
    assert [key for key, text in found.items() if NOT_KNOWN.search(text)] == []


def test_both_languages_are_alike(found: dict[str, str]) -> None:
    for steps in TEXTS:
        for row, forms in (("whole", WHOLE), ("in bucket", IN_BUCKET)):
            assert len({found[f"{steps} {row} {form}"] for form in forms}) == 1, (steps, row)


def test_a_place_in_a_bucket_that_is_written_out_is_known_in_part(found: dict[str, str]) -> None:
    steps = ("InputDataConfig", 0, "DataSource", "S3DataSource", "S3Uri")
    assert steps in TEXTS
    text = found[f"{steps} in bucket JSONata"]
    assert "s3:::bucket/a-*/b" in text
    assert "s3:::bucket/a-*/b" not in found[f"{steps} whole JSONata"]
    written = found["('OutputDataConfig', 'S3OutputPath') in bucket JSONata"]
    assert "s3:::bucket/a-*/b/*/*" in written
    assert '{"s3:prefix": ["a-*/b/", "a-*/b/*"]}' in written


def test_an_image_is_pulled_from_its_repository_whatever_its_tag() -> None:
    member = ("AlgorithmSpecification", "TrainingImage")
    plain, of_execution = (derived(changed(member, f"{REPOSITORY}:{tag}")) for tag in ("1", PATH))
    assert plain == of_execution


def test_subnets_of_an_execution_are_all_that_there_are(found: dict[str, str]) -> None:
    for steps in (("VpcConfig", "Subnets", 0), ("VpcConfig", "Subnets")):
        assert ":subnet/*" in found[f"{steps} whole JSONPath"]
    assert '"ec2:Subnet": []' not in " ".join(found.values())


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (f"s3://bucket/{PATH}", "s3://bucket/*"),
        (f"s3://bucket/{PATH}/a/{PATH}", "s3://bucket/*/a/*"),
        ("{% 's3://bucket/' & $uuid() %}", "s3://bucket/*"),
        ("{% \"s3://bucket/\" & $states.input.a & '/b' %}", "s3://bucket/*/b"),
        (
            f"s3://arn:aws:s3:eu-west-1:1:accesspoint/mine/{PATH}",
            "s3://arn:aws:s3:eu-west-1:1:accesspoint/mine/*",
        ),
        (f"{REPOSITORY}:{PATH}", f"{REPOSITORY}:*"),
        (f"{REPOSITORY}@sha256:{PATH}", f"{REPOSITORY}@sha256:*"),
        (sfn.JsonPath.format(f"{REPOSITORY}:v{{}}", PATH), f"{REPOSITORY}:v*"),
        (f"{{% '{REPOSITORY}:v' & $states.input.x %}}", f"{REPOSITORY}:v*"),
        (f"{REPOSITORY}-{PATH}:1", None),
        (f"{PATH}.dkr.ecr.eu-west-1.amazonaws.com/me:1", None),
        # The expression may be a part of the bucket's name.
        (f"s3://bucket{PATH}", None),
        (f"s3://{PATH}/a", None),
        (f"s3://bucket-{PATH}/a", None),
        (f"s3://arn:aws:s3:eu-west-1:1:accesspoint/{PATH}/a", None),
        ("{% 's3://bucket' & $x %}", None),
        ("{% $x & '/s3://bucket/' %}", None),
        # The literal text may be no part of what it comes to.
        ("{% 's3://bucket/' & $x = 'a' ? 's3://other/' : $y %}", None),
        ("{% 's3://bucket/' & $x ~> $f %}", None),
        ("{% $f('s3://bucket/') %}", None),
        (sfn.JsonPath.array("s3://bucket/", PATH), None),
        # None of them is an expression.
        ("s3://bucket/{% $x %}", "s3://bucket/{% $x %}"),
        ("s3://bucket/$.x", "s3://bucket/$.x"),
    ],
)
def test_what_is_known_of_a_text(text: str, known: str | None) -> None:
    (found,) = known_before([text])
    assert found == ("{% %}" if known is None else known)


def test_text_with_a_bucket_s_token_is_known_as_far(stack: cdk.Stack) -> None:
    bucket = cdk.CfnParameter(stack, "Bucket").value_as_string
    assert known_before([f"s3://{bucket}/{PATH}", bucket]) == [f"s3://{bucket}/*", bucket]


def test_keys_and_manifests_of_an_execution_are_not_granted() -> None:
    given = {"InputDataConfig": [{"ChannelName": "a", "DataSource": source("s3://bucket/a.manifest")}]}
    given["CheckpointConfig"] = {"S3Uri": "s3://bucket/kept"}  # type: ignore[assignment]
    texts = told(
        {
            form: derived(given, input_keys=[text], manifest_data={"a": [text]}, checkpoint_key=text)
            for form, text in WHOLE.items()
        }
    )
    assert len(set(texts.values())) == 1
    (text,) = set(texts.values())
    assert not NOT_KNOWN.search(text)
    assert ":s3:::bucket/a.manifest" in text
    assert "kms" not in text


def source(uri: str) -> dict[str, Any]:
    return {"S3DataSource": {"S3Uri": uri, "S3DataType": "ManifestFile"}}


ROLES = {
    "JSONata": JSONATA,
    "JSONPath": PATH,
    "format": sfn.JsonPath.format("arn:aws:iam::123456789012:role/{}", PATH),
    "text around": f"arn:aws:iam::123456789012:role/{PATH}",
}


@pytest.fixture(scope="module")
def workflow() -> cdk.Stack:
    """Tasks with expressions where policies would be made of them."""
    stack = cdk.Stack(cdk.App(), "Stack")
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/me:1"
    fields: dict[str, Any] = {"instance_type": "ml.m5.large", "max_runtime": cdk.Duration.hours(1)}
    specs = [
        TrainingJobSpec(algorithm=Algorithm.from_image_uri(image), role_arn=arn, **fields)
        for arn in ROLES.values()
    ]
    specs += [
        TrainingJobSpec(
            algorithm=Algorithm.from_image_uri(text),
            channels=[
                Channel.from_uri("a", text),
                Channel.from_manifest("m", text),
                Channel.from_uri("b", in_bucket),
            ],
            output=Output(s3_uri=text),
            overrides={"ResourceConfig": {"VolumeKmsKeyId": text}, "OutputDataConfig": {"KmsKeyId": text}},
            **fields,
        )
        for text, in_bucket in ((JSONATA, IN_BUCKET["JSONata"]), (PATH, IN_BUCKET["text around"]))
    ]
    tasks = [
        TrainingJobTask(stack, f"Task{number}", spec=spec, platform=platform)
        for number, spec in enumerate(specs)
    ]
    for number, task in enumerate(tasks):
        body = sfn.DefinitionBody.from_chainable(task)
        sfn.StateMachine(stack, f"Machine{number}", definition_body=body)
    return stack


def test_no_policy_of_a_template_holds_an_expression(workflow: cdk.Stack) -> None:
    resources = Template.from_stack(workflow).to_json()["Resources"]
    policies = {name: one for name, one in resources.items() if "Policy" in one["Type"]}
    assert [name for name, one in policies.items() if WRITTEN.search(json.dumps(one))] == []
    # Of the roles that executions name there is none.
    of_tasks = sorted(name[: len("Task0")] for name in policies if re.match("Task[0-9]", name))
    assert of_tasks == [f"Task{len(ROLES)}", f"Task{len(ROLES) + 1}"]


def test_a_role_of_an_execution_is_not_extended_and_said_so(workflow: cdk.Stack) -> None:
    app = cast("cdk.App", workflow.node.root)
    said = [one.construct for one in report(app).entries if one.rule == "role-cannot-be-extended"]
    assert said == [f"Stack/Task{number}" for number in range(len(ROLES))]
