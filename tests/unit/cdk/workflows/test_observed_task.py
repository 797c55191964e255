"""Events, metric and grants of the jobs of a task and of a sweep: for these jobs, and for no others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from moto.events.models import EventPattern, EventPatternParser

from constructs_lib import JobName, Output, SpecError, TrainingJobTask, TrainingSweep
from tests.unit.cdk.iam import ACCOUNT, REGION, allows, deployed
from tests.unit.cdk.schedules.templates import nightly
from tests.unit.cdk.sweeps.sweeps import sweep

from .definitions import JSONATA, LOOP, REQUEST_RESPONSE, SPEC, WHOLE, train
from .machines import definition, machine

Find = Callable[..., dict[str, dict[str, Any]]]
Observed = TrainingJobTask | TrainingSweep
JOBS = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job"
RESULTS = "arn:aws:s3:::<DefaultTrainingPlatformBucketAF079066>/training/output"
VIA_S3 = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
KEY = "<DefaultTrainingPlatformKeyD60D4862.Arn>"
HASH = "0123456789abcdef" * 2
DYNAMIC = {
    "JSONPath": {"job_name": sfn.JsonPath.string_at("$.name")},
    "JSONPath, in part": {"job_name": f"churn-{sfn.JsonPath.string_at('$.name')}"},
    "JSONata": {"job_name": "{% $states.input.name %}", "query_language": JSONATA},
}


def named(stack: cdk.Stack, **given: Any) -> TrainingJobTask:
    return train(stack, **{"job_name": JobName.unique("churn"), **given})


def swept(stack: cdk.Stack) -> TrainingSweep:
    made = sweep(stack, job_name=JobName.unique("churn"))
    machine(made)  # without one its states are not whole
    return made


def pattern_of(rule: events.Rule, resources: Find) -> dict[str, Any]:
    stack = cdk.Stack.of(rule)
    logical = stack.get_logical_id(rule.node.default_child)  # type: ignore[arg-type]
    properties = resources(stack, "AWS::Events::Rule")[logical]["Properties"]
    return dict(deployed(properties["EventPattern"]))


def matches(pattern: dict[str, Any], name: str, status: str, **event: str) -> bool:
    text = json.dumps(pattern)
    detail = {"TrainingJobName": name, "TrainingJobStatus": status, "SecondaryStatus": status}
    told = {"source": "aws.sagemaker", "detail-type": "SageMaker Training Job State Change", **event}
    return EventPattern(text, EventPatternParser(text).parse()).matches_event({**told, "detail": detail})  # type: ignore[typeddict-item]


def granted(stack: cdk.Stack, resources: Find, user: str = "User") -> list[dict[str, Any]]:
    (policy,) = (p for n, p in resources(stack, "AWS::IAM::Policy").items() if n.startswith(user))
    return list(deployed(policy["Properties"]["PolicyDocument"]["Statement"]))


def listed(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The statements as `allows` takes them."""
    return [
        {key: [value] if key != "Effect" and isinstance(value, str) else value for key, value in one.items()}
        for one in found
    ]


@pytest.mark.parametrize("make", [named, swept])
@pytest.mark.parametrize(
    ("method", "statuses"),
    [
        ("on_event", None),
        ("on_completed", ["Completed"]),
        ("on_failed", ["Failed"]),
        ("on_stopped", ["Stopped"]),
    ],
)
def test_a_rule_for_the_jobs_of_a_prefix(
    stack: cdk.Stack,
    resources: Find,
    make: Callable[[cdk.Stack], Observed],
    method: str,
    statuses: list[str] | None,
) -> None:
    rule = getattr(make(stack), method)("Tell")

    pattern = pattern_of(rule, resources)

    detail: dict[str, Any] = {"TrainingJobName": [{"prefix": "churn-"}]}
    assert pattern == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Training Job State Change"],
        "detail": {**detail, **({"TrainingJobStatus": statuses} if statuses else {})},
    }
    for status in ("InProgress", "Completed", "Failed", "Stopped"):
        assert matches(pattern, f"churn-{HASH}", status) == (statuses is None or status in statuses)
        assert not matches(pattern, f"churned-{HASH}", status)
        assert not matches(pattern, f"churn-{HASH}", status, source="mine")


@pytest.mark.parametrize("form", [{}, LOOP, REQUEST_RESPONSE], ids=["sync", "loop", "request-response"])
@pytest.mark.parametrize("language", [sfn.QueryLanguage.JSON_PATH, JSONATA])
def test_every_form_is_observed_alike_and_keeps_its_state(
    stack: cdk.Stack, resources: Find, form: dict[str, Any], language: sfn.QueryLanguage
) -> None:
    task = named(stack, query_language=language, **form)
    made = machine(task, language)
    before = definition(made)["States"]

    other = cdk.Stack(cdk.App(), "Stack")
    observed = named(other, query_language=language, **form)
    rule = observed.on_failed("Tell")
    observed.metric_failed()
    after = definition(machine(observed, language))["States"]

    assert pattern_of(rule, resources)["detail"]["TrainingJobName"] == [{"prefix": "churn-"}]
    assert after == before


def test_the_construct_id_names_jobs_where_no_name_is_given(stack: cdk.Stack, resources: Find) -> None:
    rule = train(stack, "TrainChurn").on_completed("Tell")

    assert pattern_of(rule, resources)["detail"]["TrainingJobName"] == [{"prefix": "trainchurn-"}]


def test_a_whole_name_is_matched_as_a_whole(stack: cdk.Stack, resources: Find) -> None:
    rule = train(stack, **{**WHOLE, "job_name": "Churn"}).on_failed("Tell")

    pattern = pattern_of(rule, resources)

    assert pattern["detail"]["TrainingJobName"] == ["Churn"]
    assert matches(pattern, "Churn", "Failed")
    assert not matches(pattern, "churn", "Failed")
    assert not matches(pattern, "Churn-2", "Failed")


def test_a_name_that_cloudformation_knows(stack: cdk.Stack, resources: Find) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    task = train(stack, job_name=name)
    rule = task.on_failed("Tell")
    task.grant_stop(iam.User(stack, "User"))

    assert pattern_of(rule, resources)["detail"]["TrainingJobName"] == ["<Name>"]
    assert granted(stack, resources)[0]["Resource"] == f"{JOBS}/<Name>"


def test_a_rule_has_the_target_and_the_description_that_are_given(stack: cdk.Stack, resources: Find) -> None:
    topic = sns.Topic(stack, "Topic")
    named(stack).on_event("Tell", target=targets.SnsTopic(topic), description="what", statuses=["Failed"])

    rules = resources(stack, "AWS::Events::Rule")
    (rule,) = (rule["Properties"] for name, rule in rules.items() if name.startswith("TrainTell"))

    assert rule["Description"] == "what"
    assert [target["Arn"] for target in deployed(rule["Targets"])] == ["<TopicBFC7AF6E>"]
    assert rule["EventPattern"]["detail"]["TrainingJobStatus"] == ["Failed"]


@pytest.mark.parametrize("make", [named, swept])
def test_failed_jobs_are_counted_by_one_rule_without_a_target(
    stack: cdk.Stack, resources: Find, make: Callable[[cdk.Stack], Observed]
) -> None:
    observed = make(stack)
    observed.metric_failed()  # a second one counts by the same rule
    given: dict[str, Any] = {"period": cdk.Duration.minutes(1), "label": "failed"}
    observed.metric_failed(**given).create_alarm(stack, "Alarm", threshold=1, evaluation_periods=1)

    (alarm,) = resources(stack, "AWS::CloudWatch::Alarm").values()
    found = deployed(alarm["Properties"])
    (metric,) = found["Metrics"]  # as it has a label
    rules = resources(stack, "AWS::Events::Rule").items()
    ((name, rule),) = ((n, rule["Properties"]) for n, rule in rules if "FailureCount" in n)
    assert metric["Label"] == "failed"
    assert metric["MetricStat"] == {
        "Metric": {
            "Dimensions": [{"Name": "RuleName", "Value": f"<{name}>"}],
            "MetricName": "TriggeredRules",
            "Namespace": "AWS/Events",
        },
        "Period": 60,
        "Stat": "Sum",
    }
    assert "Targets" not in rule
    assert deployed(rule["EventPattern"]["detail"]) == {
        "TrainingJobName": [{"prefix": "churn-"}],
        "TrainingJobStatus": ["Failed"],
    }


def test_the_statistic_is_the_users(stack: cdk.Stack) -> None:
    metric = named(stack).metric_failed(statistic="SampleCount")

    assert (metric.statistic, metric.period.to_minutes()) == ("SampleCount", 5)


@pytest.mark.parametrize("make", [named, swept])
def test_grants_are_for_these_jobs(
    stack: cdk.Stack, resources: Find, make: Callable[[cdk.Stack], Observed]
) -> None:
    observed, user = make(stack), iam.User(stack, "User")
    stop, read = observed.grant_stop(user), observed.grant_read_artifacts(user)

    found = granted(stack, resources)

    assert stop.success
    assert read.success
    assert found == [
        {
            "Action": ["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"],
            "Effect": "Allow",
            "Resource": f"{JOBS}/churn-*",
        },
        {"Action": "kms:Decrypt", "Condition": VIA_S3, "Effect": "Allow", "Resource": KEY},
        {"Action": "s3:GetObject", "Effect": "Allow", "Resource": f"{RESULTS}/churn-*/*"},
    ]
    statements = listed(found)
    for action in ("sagemaker:StopTrainingJob", "sagemaker:DescribeTrainingJob"):
        assert allows(statements, action, f"{JOBS}/churn-{HASH}")
        assert not allows(statements, action, f"{JOBS}/churned-{HASH}")
        assert not allows(statements, action, f"{JOBS.replace(ACCOUNT, '999988887777')}/churn-{HASH}")
    assert not allows(statements, "sagemaker:CreateTrainingJob", f"{JOBS}/churn-{HASH}")
    model = "output/model.tar.gz"
    assert allows(statements, "s3:GetObject", f"{RESULTS}/churn-{HASH}/{model}")
    assert not allows(statements, "s3:GetObject", f"{RESULTS}/other-{HASH}/{model}")
    assert not allows(statements, "s3:PutObject", f"{RESULTS}/churn-{HASH}/{model}")


def test_grants_of_a_whole_name(stack: cdk.Stack, resources: Find) -> None:
    task, user = train(stack, job_name="Churn"), iam.User(stack, "User")
    task.grant_stop(user)
    task.grant_read_artifacts(user)

    stop, _, read = granted(stack, resources)

    # IAM has compared the names of jobs in lower case; a key in S3 keeps its letters.
    assert stop["Resource"] == [f"{JOBS}/Churn", f"{JOBS}/churn"]
    assert read["Resource"] == f"{RESULTS}/Churn/*"
    assert not allows(listed([stop]), "sagemaker:StopTrainingJob", f"{JOBS}/Churn-2")


@pytest.mark.parametrize(
    ("key", "resource", "condition"),
    [
        ("1234abcd-12ab-34cd-56ef-1234567890ab", "key/1234abcd-12ab-34cd-56ef-1234567890ab", {}),
        ("alias/own", "key/*", {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/own"}}),
    ],
)
def test_a_key_is_granted_by_an_arn(
    stack: cdk.Stack, resources: Find, key: str, resource: str, condition: dict[str, object]
) -> None:
    output = Output(s3_uri="s3://mine/out", encryption_key=key)
    named(stack, spec=SPEC.replace(output=output)).grant_read_artifacts(iam.User(stack, "User"))

    decrypt, read = granted(stack, resources)

    assert decrypt["Resource"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:{resource}"
    assert decrypt["Condition"] == {**VIA_S3, **condition}
    assert read["Resource"] == "arn:aws:s3:::mine/out/churn-*/*"


@pytest.mark.parametrize("given", DYNAMIC.values(), ids=DYNAMIC)
@pytest.mark.parametrize(
    "ask",
    [
        lambda task, user: task.on_event("Tell"),
        lambda task, user: task.on_completed("Tell"),
        lambda task, user: task.on_failed("Tell"),
        lambda task, user: task.on_stopped("Tell"),
        lambda task, user: task.metric_failed(),
        lambda task, user: task.grant_stop(user),
        lambda task, user: task.grant_read_artifacts(user),
    ],
    ids=["event", "completed", "failed", "stopped", "metric", "stop", "read"],
)
def test_a_name_that_only_the_execution_knows_is_refused(
    stack: cdk.Stack, given: dict[str, Any], ask: Callable[[Any, iam.User], object]
) -> None:
    task, user = train(stack, **given), iam.User(stack, "User")

    with pytest.raises(SpecError) as raised:
        ask(task, user)

    assert raised.value.path == "job_name"
    assert "only the execution knows it" in str(raised.value)
    assert "JobName.unique" in str(raised.value)
    assert "Stack/Train" in str(raised.value)
    assert user.node.try_find_child("DefaultPolicy") is None
    assert [child.node.id for child in task.node.children if isinstance(child, events.Rule)] == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"overrides": {"OutputDataConfig": "{% $states.input.output %}"}}, "spec.output"),
        ({"output": Output(s3_uri=sfn.JsonPath.string_at("$.out"))}, "spec.output"),
        ({"output": Output(s3_uri="{% $states.input.out %}")}, "spec.output"),
        (
            {"output": Output(s3_uri="s3://mine/out", encryption_key=sfn.JsonPath.string_at("$.key"))},
            "spec.output.encryption_key",
        ),
        (
            {"output": Output(s3_uri="s3://mine/out", encryption_key="{% $states.input.key %}")},
            "spec.output.encryption_key",
        ),
    ],
)
def test_results_of_which_only_the_execution_knows_the_place_or_key(
    stack: cdk.Stack, resources: Find, given: dict[str, Any], field: str
) -> None:
    task, user = named(stack, spec=SPEC.replace(**given)), iam.User(stack, "User")

    with pytest.raises(SpecError) as raised:
        task.grant_read_artifacts(user)
    task.grant_stop(user)

    assert raised.value.path == field
    assert [one["Resource"] for one in granted(stack, resources)] == [f"{JOBS}/churn-*"]


def test_a_sweep_has_its_rules_at_its_own_place(stack: cdk.Stack) -> None:
    made = sweep(stack)

    assert made.on_failed("Tell").node.path == "Stack/Sweep/Tell"


def test_the_task_of_a_schedule_is_observed_too(stack: cdk.Stack, resources: Find) -> None:
    schedule = nightly(stack, spec=SPEC)
    task = schedule.node.find_child("Train")
    assert isinstance(task, TrainingJobTask)

    rules = [made.on_failed("Tell") for made in (schedule, task)]

    assert pattern_of(rules[0], resources) == pattern_of(rules[1], resources)


def test_other_metrics_stay_cdks(stack: cdk.Stack) -> None:
    with pytest.raises(RuntimeError, match="does not expose metrics"):
        named(stack).metric_run_time()
