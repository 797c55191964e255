"""What a state machine's role may do to run a training job: to the letter; and what it may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, get_args

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.workflows.policies import Form, job_names, machine_permissions
from tests.unit.cdk.iam import ACCOUNT, REGION, allows, deployed

ROLE = f"arn:aws:iam::{ACCOUNT}:role/training/churn"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/admin"
HERE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
MINE, OTHERS = f"{HERE}:training-job/churn-0123456789abcdef0123456789abcdef", f"{HERE}:training-job/other-1"
RULES = f"arn:aws:events:{REGION}:{ACCOUNT}:rule"
RULE = f"{RULES}/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
PLAN = f"{HERE}:training-plan/plan-1"
TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}
REQUEST = {"RoleArn": ROLE, "Tags": [{"Key": "team", "Value": "risk"}]}
UNTAGGED = {"RoleArn": ROLE}
FORMS: tuple[Form, ...] = get_args(Form)
SYNC: tuple[Form, ...] = ("sync",)


@cache
def any_stack() -> cdk.Stack:
    return cdk.Stack()


def resolved(value: object) -> Any:
    return deployed(any_stack().resolve(value))


def evaluated(permissions: Sequence[Permission]) -> list[dict[str, Any]]:
    """The statements as IAM sees them in one known account and region."""
    found = []
    for permission in permissions:
        written = resolved(permission.to_statement().to_statement_json())
        lists = {key: [x] if isinstance(x := written[key], str) else x for key in ("Action", "Resource")}
        found.append({**written, **lists})
    return found


def granted(
    request: Mapping[str, Any], form: Form, names: Sequence[str] = ("churn-*",)
) -> list[dict[str, Any]]:
    return evaluated(machine_permissions(request, form=form, names=names))


def jobs(*names: str) -> list[str]:
    return [f"sagemaker:{name}" for name in names]


ON_JOBS = {
    "api-call": jobs("AddTags", "CreateTrainingJob"),
    "request-response": jobs("AddTags", "CreateTrainingJob", "ListTags"),
    "sync": jobs("AddTags", "CreateTrainingJob", "DescribeTrainingJob", "ListTags", "StopTrainingJob"),
    "loop": jobs("AddTags", "CreateTrainingJob", "DescribeTrainingJob"),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_that_a_form_is_granted(form: Form) -> None:
    expected: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": ON_JOBS[form], "Resource": [f"{HERE}:training-job/churn-*"]},
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": [ROLE],
            "Condition": {"StringEquals": TO_SAGEMAKER},
        },
    ]
    if form in SYNC:
        actions = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
        expected.append({"Effect": "Allow", "Action": actions, "Resource": [RULE]})

    assert granted(REQUEST, form) == expected


@pytest.mark.parametrize("form", FORMS)
def test_without_tags_only_a_sync_run_tags(form: Form) -> None:
    found = granted(UNTAGGED, form)

    assert allows(found, "sagemaker:AddTags", MINE) == (form in SYNC)
    assert granted({**UNTAGGED, "Tags": []}, form) == found


@pytest.mark.parametrize("tags", ["{% $states.input.tags %}", sfn.JsonPath.list_at("$.tags")], ids=type)
def test_tags_that_only_the_execution_knows_need_the_right(tags: object) -> None:
    assert allows(granted({"RoleArn": ROLE, "Tags": tags}, "api-call"), "sagemaker:AddTags", MINE)


@pytest.mark.parametrize("form", FORMS)
def test_no_job_of_another_name_and_nothing_else(form: Form) -> None:
    found = granted(REQUEST, form)

    for action in ON_JOBS[form]:
        assert allows(found, action, MINE)
        for other in (OTHERS, f"{HERE}:training-job/churn", f"{HERE}:processing-job/churn-1", "*", PLAN):
            assert not allows(found, action, other), (action, other)
    for action in ("DeleteTrainingJob", "UpdateTrainingJob", "DeleteTags", "DescribeAlgorithm"):
        assert not allows(found, f"sagemaker:{action}", MINE)
    assert not any(action.startswith("kms:") for statement in found for action in statement["Action"])


@pytest.mark.parametrize("form", FORMS)
def test_the_role_goes_to_sagemaker_alone_and_no_other_goes(form: Form) -> None:
    found = granted(REQUEST, form)

    assert allows(found, "iam:PassRole", ROLE, TO_SAGEMAKER)
    assert not allows(found, "iam:PassRole", ROLE, {"iam:PassedToService": "ec2.amazonaws.com"})
    assert not allows(found, "iam:PassRole", ROLE)
    assert not allows(found, "iam:PassRole", OTHER_ROLE, TO_SAGEMAKER)


@pytest.mark.parametrize("form", FORMS)
def test_one_rule_of_events_and_only_for_sync(form: Form) -> None:
    found = granted(REQUEST, form)

    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        assert allows(found, action, RULE) == (form in SYNC)
        assert not allows(found, action, f"{RULES}/SomebodyElses")


ROLES_OF_THE_EXECUTION = [
    "{% $states.input.role %}",
    sfn.JsonPath.string_at("$.role"),
    sfn.JsonPath.object_at("$.r"),
]


@pytest.mark.parametrize("role", ROLES_OF_THE_EXECUTION, ids=type)
@pytest.mark.parametrize("form", FORMS)
def test_a_role_that_only_the_execution_knows(form: Form, role: object) -> None:
    permissions = machine_permissions({"RoleArn": role}, form=form, names=["churn-*"])
    found = evaluated(permissions)

    (passing,) = (p for p in permissions if p.actions == ("iam:PassRole",))
    assert passing.reason == "RoleArn: hand a role that only the execution knows to SageMaker"
    assert resolved(list(passing.resources)) == [f"arn:aws:iam::{ACCOUNT}:role/*"]
    assert allows(found, "iam:PassRole", ROLE, TO_SAGEMAKER)
    assert not allows(found, "iam:PassRole", ROLE, {"iam:PassedToService": "lambda.amazonaws.com"})
    assert not allows(found, "iam:PassRole", ROLE.replace(ACCOUNT, "999999999999"), TO_SAGEMAKER)


def test_no_role_no_permission_to_pass_one() -> None:
    assert [p.actions for p in machine_permissions({}, form="api-call", names=["*"])] == [
        ("sagemaker:CreateTrainingJob",)
    ]


def test_a_role_of_the_app_is_named_by_its_token(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    permissions = machine_permissions({"RoleArn": role.role_arn}, form="sync", names=["churn-*"])

    assert stack.resolve(list(permissions[1].resources)) == [{"Fn::GetAtt": ["Role1ABCC5F0", "Arn"]}]


NAMES = [
    ({"prefix": "churn"}, ["churn-*"]),
    ({"name": "Churn-2026"}, ["Churn-2026", "churn-2026"]),
    ({"name": "churn-2026"}, ["churn-2026"]),
    ({"name": f"Churn-{cdk.Aws.REGION}"}, [f"Churn-{REGION}"]),
    ({"name": None}, ["*"]),
    ({"name": "{% 'churn-' & $states.input.day %}"}, ["*"]),
    ({"name": "churn-{% $states.input.day %}"}, ["*"]),
    ({"name": sfn.JsonPath.string_at("$.name")}, ["*"]),
    ({"name": sfn.JsonPath.format("churn-{}", sfn.JsonPath.string_at("$.day"))}, ["*"]),
    ({"name": f"churn-{sfn.JsonPath.string_at('$.day')}"}, ["*"]),
    ({"name": sfn.JsonPath.execution_name}, ["*"]),
    ({"name": 7}, ["*"]),
]


@pytest.mark.parametrize(("given", "patterns"), NAMES)
def test_the_patterns_of_names(given: dict[str, Any], patterns: list[str]) -> None:
    assert resolved(list(job_names(**given))) == patterns


def test_any_name_is_said_to_be_any() -> None:
    any_name, named = (
        machine_permissions(REQUEST, form="sync", names=job_names(**given))
        for given in ({"name": "{% $x %}"}, {"prefix": "churn"})
    )
    assert any_name[0].reason == "TrainingJobName: jobs of any name: only the execution knows it"
    assert named[0].reason == "TrainingJobName: jobs of this task"
    assert allows(evaluated(any_name), "sagemaker:StopTrainingJob", OTHERS)


ANY_PLAN, CAPACITY = f"{HERE}:training-plan/*", f"{HERE}:reserved-capacity/*"
PREFERENCES = {
    "InstancePreferences": [
        {"TrainingPlanArns": [PLAN]},
        {"TrainingPlanArns": ["{% $p %}"]},
        {"TrainingPlanArns": ["{% $q %}"]},
        {"Instance": "x"},
    ]
}
PLANS = [
    ({"TrainingPlanArn": PLAN}, [PLAN, CAPACITY]),
    ({"TrainingPlanArn": "{% $plan %}"}, [ANY_PLAN, CAPACITY]),
    ({"TrainingPlanArn": sfn.JsonPath.string_at("$.plan")}, [ANY_PLAN, CAPACITY]),
    (PREFERENCES, [PLAN, ANY_PLAN, CAPACITY]),
    ({"InstancePreferences": [{"TrainingPlanArns": "{% $p %}"}]}, [ANY_PLAN, CAPACITY]),
    ({"InstancePreferences": "{% $p %}"}, [ANY_PLAN, CAPACITY]),
    ("{% $resources %}", [ANY_PLAN, CAPACITY]),
]


@pytest.mark.parametrize(("resources", "expected"), PLANS)
@pytest.mark.parametrize("form", FORMS)
def test_reserved_capacity_is_named(form: Form, resources: object, expected: list[str]) -> None:
    found = granted({**REQUEST, "ResourceConfig": resources}, form)

    (plans,) = (s for s in found if CAPACITY in s["Resource"])
    assert plans == {"Effect": "Allow", "Action": ["sagemaker:CreateTrainingJob"], "Resource": expected}
    assert allows(found, "sagemaker:CreateTrainingJob", PLAN)
    assert not allows(found, "sagemaker:AddTags", PLAN)


@pytest.mark.parametrize(
    "resources", [{}, {"InstanceType": "{% $t %}"}, {"InstancePreferences": [{}]}, None], ids=str
)
def test_no_plan_no_permission(resources: object) -> None:
    assert len(granted({**REQUEST, "ResourceConfig": resources}, "loop")) == 2


# The Service Authorization Reference: on which types of resource each action can be allowed.
RESOURCE_TYPES = {
    "sagemaker:CreateTrainingJob": {"training-job", "training-plan", "reserved-capacity"},
    "sagemaker:AddTags": {"training-job"},
    "sagemaker:DescribeTrainingJob": {"training-job"},
    "sagemaker:ListTags": {"training-job"},
    "sagemaker:StopTrainingJob": {"training-job"},
    "events:DescribeRule": {"rule"},
    "events:PutRule": {"rule"},
    "events:PutTargets": {"rule"},
    "iam:PassRole": {"role"},
}
EXECUTIONS_OWN = {
    "RoleArn": "{% $role %}",
    "Tags": "{% $tags %}",
    "ResourceConfig": "{% $resources %}",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("request_", [REQUEST, EXECUTIONS_OWN], ids=["known", "dynamic"])
def test_every_action_is_allowed_on_its_own_kind_of_resource(form: Form, request_: dict[str, Any]) -> None:
    for statement in granted(request_, form, job_names("{% $name %}")):
        for resource in statement["Resource"]:
            assert not {"{%", "$."} & {resource[n : n + 2] for n in range(len(resource))}
            kind = resource.split(":", 5)[5].split("/")[0]
            for action in statement["Action"]:
                assert kind in RESOURCE_TYPES[action]


def test_the_reference_says_so() -> None:
    known = pytest.importorskip("policy_sentry.querying.actions", reason="a check on the table above")
    for action, types in RESOURCE_TYPES.items():
        service, name = action.split(":")
        arns = {row["resource_arn_format"] for row in known.get_action_data(service, name)[service]}
        assert types <= {arn.split(":")[-1].split("/")[0] for arn in arns}
