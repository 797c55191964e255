"""The instances of a job may talk to each other, whoever runs it, and only where there may be several."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Annotations, Match
from constructs import Construct

from constructs_lib import (
    Algorithm,
    Completion,
    MetricDefinition,
    Objective,
    TrainingJob,
    TrainingJobSpec,
    TrainingJobTask,
    TrainingPlatform,
    TrainingSchedule,
    TrainingSweep,
)

from .rules import Rule, rules, template_of

NIGHTLY = scheduler.ScheduleExpression.cron(minute="0", hour="2")
RUNNERS = ("Job", "Task", "Sweep", "Nightly", "Direct")
SPEC = TrainingJobSpec(
    algorithm=Algorithm.from_image_uri("123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1"),
    instance_type="ml.m5.xlarge",
    instance_count=1,
    max_runtime=cdk.Duration.minutes(20),
    metrics=[MetricDefinition("auc", "auc=([0-9.]+)")],
)


def run(kind: str, scope: Construct, id: str, **given: Any) -> None:
    """One runner of a kind, in a state machine where it needs one."""
    if kind == "Job":
        TrainingJob(scope, id, completion=Completion.start(), **given)
    elif kind in ("Nightly", "Direct"):
        TrainingSchedule(scope, id, schedule=NIGHTLY, direct=kind == "Direct", **given)
    else:
        state: Any = (
            TrainingJobTask(scope, id, **given)
            if kind == "Task"
            else TrainingSweep(scope, id, points=[{"a": 1}], objective=Objective.maximize("auc"), **given)
        )
        body = sfn.DefinitionBody.from_chainable(state)
        sfn.StateMachine(scope, f"{id}Machine", definition_body=body)


class Made:
    """Every runner with a platform of its own, once with one instance and once with several."""

    def __init__(self) -> None:
        self.stack = cdk.Stack(cdk.App(), "Stack")
        self._first = TrainingPlatform(self.stack, "First")
        for kind in RUNNERS:
            for id, spec in {f"{kind}One": SPEC, f"{kind}Two": SPEC.replace(instance_count=2)}.items():
                run(kind, self.stack, id, spec=spec, platform=self.platform(id))
        shared = self.platform("Shared")
        for number in (1, 2):
            TrainingJob(self.stack, f"Sharing{number}", spec=SPEC.replace(instance_count=2), platform=shared)
        self._give_groups()
        self.template = template_of(self.stack)

    def _give_groups(self) -> None:
        """A platform with groups of its user's: one lets everything out, the other nothing."""
        vpc = self._first.vpc
        assert vpc is not None
        groups: list[ec2.ISecurityGroup] = [
            ec2.SecurityGroup(self.stack, f"Group{name}", vpc=vpc, allow_all_outbound=name == "Wide")
            for name in ("Wide", "Tight")
        ]
        platform = self.platform("Given", security_groups=groups)
        TrainingJob(self.stack, "GivenJob", spec=SPEC.replace(instance_count=2), platform=platform)

    def platform(self, id: str, **given: Any) -> TrainingPlatform:
        first = self._first
        shared: Any = {"vpc": first.vpc, "bucket": first.bucket, "encryption_key": first.encryption_key}
        return TrainingPlatform(self.stack, f"In{id}", **shared, **given)

    def rules(self, **names: str) -> list[Rule]:
        """The rules of groups whose logical ids hold these parts."""
        kept = {
            name: resource
            for name, resource in self.template["Resources"].items()
            if any(part in str(resource["Properties"].get("GroupId")) for part in names)
        }
        return rules({"Resources": kept}, names)


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


@pytest.mark.parametrize("kind", RUNNERS)
def test_several_instances_talk_to_each_other_and_to_nobody_else(made: Made, kind: str) -> None:
    group = {f"In{kind}TwoSecurityGroup": "jobs"}

    assert made.rules(**group) == [Rule("in", "jobs", "jobs", ()), Rule("out", "jobs", "jobs", ())]


@pytest.mark.parametrize("kind", RUNNERS)
def test_one_instance_talks_to_nobody(made: Made, kind: str) -> None:
    assert made.rules(**{f"In{kind}OneSecurityGroup": "jobs"}) == []


def test_two_jobs_of_a_platform_share_the_rules(made: Made) -> None:
    assert len(made.rules(InSharedSecurityGroup="jobs")) == 2


def test_every_given_group_admits_the_others_and_what_lets_all_out_needs_no_rule_for_it(made: Made) -> None:
    found = made.rules(GroupWide="wide", GroupTight="tight")

    pairs = [(one, other) for one in ("tight", "wide") for other in ("tight", "wide")]
    assert [(rule.group, rule.other) for rule in found if rule.way == "in"] == pairs
    assert [(rule.group, rule.other) for rule in found if rule.way == "out"] == pairs[:2]
    # CDK warns where it drops a rule.
    assert Annotations.from_stack(made.stack).find_warning("*", Match.any_value()) == []


def test_groups_of_two_stacks_do_not_make_the_stacks_wait_for_each_other() -> None:
    app = cdk.App()
    around = cdk.Stack(app, "Around")
    vpc = ec2.Vpc(around, "Vpc", nat_gateways=1)
    groups: list[ec2.ISecurityGroup] = [
        ec2.SecurityGroup(cdk.Stack(app, name), "Group", vpc=vpc, allow_all_outbound=False)
        for name in ("One", "Other")
    ]
    stack = cdk.Stack(app, "Stack")
    platform = TrainingPlatform(stack, "Platform", vpc=vpc, security_groups=groups)
    assert platform.network is not None
    platform.network.open_for(SPEC.replace(instance_count=2), platform)

    for group in groups:
        template = template_of(cdk.Stack.of(group))
        assert len(rules(template, {"Group": "own"})) == 2
