"""Rules on executions that end: as many as all the stack's machines need, each with room for its pattern."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, cast

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template
from constructs import Construct, IConstruct

from constructs_lib import TrainingJobSpec, TrainingJobTask, TrainingPlatform, TrainingSchedule
from constructs_lib.cdk.workflows import machine_reading, stack_machines
from constructs_lib.cdk.workflows.ending import EXECUTION_TAG, WorkflowJobs
from tests.unit.cdk.graph import before
from tests.unit.cdk.schedules.templates import NIGHTLY, SCHEDULE

Find = Callable[..., dict[str, dict[str, Any]]]
Rules = list[dict[str, Any]]
LIMIT, NAME = 2048, "TrainingWorkflowExecutions"
# The longest ARNs: of AWS GovCloud, and of an isolated region.
LONGEST = [
    f"arn:aws-us-gov:states:us-gov-west-1:123456789012:stateMachine:{'x' * 80}",
    f"arn:aws-iso-f:states:us-isof-south-1:123456789012:stateMachine:{'x' * 80}",
]


@pytest.fixture
def jobs(stack: cdk.Stack) -> WorkflowJobs:
    return WorkflowJobs.of(stack, TrainingPlatform(stack, "Platform", use_vpc=False))


def watched(scope: Construct, id: str, *, distributed: bool = False) -> sfn.CfnStateMachine:
    state: dict[str, Any] = {"Type": "Pass", "Result": {"Key": EXECUTION_TAG}}
    if distributed:
        state = {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "S": state}}
    text = json.dumps({"StartAt": "A", "States": {"A": state}})
    role = "arn:aws:iam::123456789012:role/r"
    return sfn.CfnStateMachine(scope, id, role_arn=role, definition_string=text)


def rules_of(made: dict[str, dict[str, Any]]) -> Rules:
    found = {name: one for name, one in made.items() if name.startswith(f"{NAME}Ended")}
    return [one["Properties"] for one in found.values() if one["Type"] == "AWS::Events::Rule"]


def matched(rule: dict[str, Any]) -> list[Any]:
    found: list[Any] = rule["EventPattern"]["detail"]["stateMachineArn"]
    return found


def exactly(rules: Rules) -> list[Any]:
    """The machines that are matched by their own ARN."""
    return [one["Ref"] for rule in rules for one in matched(rule) if "Ref" in one]


def by_prefix(rules: Rules) -> list[str]:
    parts = [one["prefix"]["Fn::Join"] for rule in rules for one in matched(rule) if "prefix" in one]
    assert [[between, end] for between, (_, end) in parts] == [["", "/"]] * len(parts)
    return [machine["Ref"] for _, (machine, _) in parts]


def longest_text(rule: dict[str, Any], arn: str) -> str:
    """The pattern as EventBridge gets it, with the longest text for each machine."""

    def written(value: Any) -> Any:
        if isinstance(value, list):
            return [written(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "Fn::Join" in value:
            return "".join(map(written, value["Fn::Join"][1]))
        return arn if "Ref" in value else {key: written(item) for key, item in value.items()}

    return json.dumps(written(rule["EventPattern"]))


@pytest.mark.parametrize("arn", LONGEST)
@pytest.mark.parametrize("distributed", [0, 1, 2])
def test_no_pattern_is_too_long_and_no_machine_left_out(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find, arn: str, distributed: int
) -> None:
    """Of 50 machines none, each, or every second has a distributed map."""
    jobs.watch_executions()
    machines = [
        watched(stack, f"M{n}", distributed=distributed > 0 and n % distributed == 0) for n in range(50)
    ]
    names = [stack.resolve(machine.ref)["Ref"] for machine in machines]

    rules = rules_of(resources(stack))
    assert max(len(longest_text(rule, arn)) for rule in rules) <= LIMIT
    assert exactly(rules) == names
    assert by_prefix(rules) == (names[::distributed] if distributed else [])
    # Not more rules than that takes: a bus has 300.
    assert len(rules) == {0: 5, 1: 9, 2: 7}[distributed]


def test_a_machine_is_matched_with_its_children_by_one_rule(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    jobs.watch_executions()
    for number in range(30):
        watched(stack, f"M{number}", distributed=number % 3 == 0)

    for rule in rules_of(resources(stack)):
        assert set(by_prefix([rule])) <= set(exactly([rule]))


def test_one_machine_has_one_rule_of_the_id_that_it_always_had(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    jobs.watch_executions()
    watched(stack, "Nightly")

    made = resources(stack)
    assert [name for name in made if name.startswith(NAME)] == [
        "TrainingWorkflowExecutionsEndedD12D38BB",
        "TrainingWorkflowExecutionsEndedAllowEventRuleStackTrainingJobRuntimeFront1FF518E305BACDC8",
    ]
    (rule,) = rules_of(made)
    assert matched(rule) == [{"Ref": "Nightly"}]


def test_a_machine_that_is_added_last_moves_no_other(resources: Find) -> None:
    def ids(count: int) -> list[Any]:
        stack = cdk.Stack(cdk.App(), "Stack")
        WorkflowJobs.of(stack, TrainingPlatform(stack, "Platform", use_vpc=False)).watch_executions()
        for number in range(count):
            watched(stack, f"M{number}")
        return [exactly([rule]) for rule in rules_of(resources(stack))]

    fewer, more = (ids(count) for count in (24, 25))
    assert more == [*fewer, ["M24"]]


def test_every_rule_tells_the_front_the_same_and_may_call_it(
    stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    jobs.watch_executions()
    for number in range(30):
        watched(stack, f"M{number}")

    made = resources(stack)
    rules = rules_of(made)
    names = [name for name, one in made.items() if one["Properties"] in rules]
    allowed = [
        one["Properties"]["SourceArn"]["Fn::GetAtt"][0]
        for name, one in made.items()
        if one["Type"] == "AWS::Lambda::Permission" and name.startswith(NAME)
    ]
    assert len(rules) == 3
    first, *others = ({**rule, "EventPattern": None} for rule in rules)
    assert others == [first, first]
    assert sorted(allowed) == sorted(names)


def test_few_machines_are_not_read_to_count_the_rules(
    stack: cdk.Stack, jobs: WorkflowJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.watch_executions()
    for number in range(4):
        watched(stack, f"M{number}")
    read = readings(monkeypatch)
    jobs._ended._machines.begin()

    assert jobs._ended._machines.count() == 1
    assert read == []


def test_a_schedule_waits_for_every_rule(stack: cdk.Stack, jobs: WorkflowJobs, spec: TrainingJobSpec) -> None:
    for number in range(13):
        watched(stack, f"M{number}")
    TrainingSchedule(stack, "Nightly", spec=spec, schedule=NIGHTLY)

    template = dict(Template.from_stack(stack).to_json())
    made = template["Resources"]
    (schedule,) = (name for name, one in made.items() if one["Type"] == SCHEDULE)
    needed = {name for name in made if name.startswith(NAME)}
    assert len(needed) == 4
    assert needed <= before(template, schedule)
    assert [name for name in made if name in before(template, name)] == []


def test_machines_of_nested_stacks_count_too(stack: cdk.Stack, jobs: WorkflowJobs, resources: Find) -> None:
    jobs.watch_executions()
    nested = cdk.NestedStack(stack, "Nested")
    for number in range(7):
        watched(stack, f"Own{number}")
        watched(nested, f"Inner{number}")

    rules = rules_of(resources(stack))
    assert [len(matched(rule)) for rule in rules] == [12, 2]
    outputs = [one for rule in rules for one in matched(rule) if "Fn::GetAtt" in one]
    assert len(outputs) == 7


@jsii.implements(cdk.IAspect)
class AddsMachines:
    """An aspect that adds machines when a construct has its turn."""

    def __init__(self, at: Construct, count: int) -> None:
        self._at, self._count = at, count
        cdk.Aspects.of(at).add(cast("cdk.IAspect", self))

    def visit(self, node: IConstruct) -> None:
        if node.node.path == self._at.node.path and node.node.try_find_child("Late0") is None:
            for number in range(self._count):
                watched(self._at, f"Late{number}")


def test_machines_of_an_aspect_before_are_watched(
    app: cdk.App, stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    jobs.watch_executions()
    AddsMachines(stack, 20)

    assert len(exactly(rules_of(resources(stack)))) == 20


def test_machines_of_an_aspect_afterwards_are_watched_or_refused(app: cdk.App, resources: Find) -> None:
    few, many = cdk.Stack(app, "Few"), cdk.Stack(cdk.App(), "Many")
    for stack, count in ((few, 6), (many, 20)):
        WorkflowJobs.of(stack, TrainingPlatform(stack, "Platform", use_vpc=False)).watch_executions()
        AddsMachines(Construct(stack, "Later"), count)

    assert len(exactly(rules_of(resources(few)))) == 6
    with pytest.raises(RuntimeError, match="state machines were added by an aspect"):
        resources(many)


@pytest.mark.parametrize("stabilizes", [True, False])
def test_tags_reach_the_later_rules(stabilizes: bool, resources: Find) -> None:
    app = cdk.App(context={"@aws-cdk/core:aspectStabilization": stabilizes})
    stack = cdk.Stack(app, "Stack")
    cdk.Tags.of(app).add("team", "ml")
    WorkflowJobs.of(stack, TrainingPlatform(stack, "Platform", use_vpc=False)).watch_executions()
    for number in range(13):
        watched(stack, f"M{number}")

    first, second = rules_of(resources(stack))
    assert first["Tags"] == second["Tags"] == [{"Key": "team", "Value": "ml"}]


def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is read from now on: a part of each definition."""
    read: list[str] = []

    class Noted(machine_reading.Reading):
        def __init__(self, resolved: object) -> None:
            super().__init__(resolved)
            read.append(self._text[:60])

    monkeypatch.setattr(stack_machines, "Reading", Noted)
    return read


@pytest.mark.parametrize("count", [3, 8])
def test_each_definition_is_read_once(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Both for the rules and for the findings of all tasks; to resolve one takes long."""
    for number in range(count):
        both = [TrainingJobTask(stack, f"{name}{number}", spec=spec) for name in ("First", "Second")]
        body = sfn.DefinitionBody.from_chainable(both[0].next(both[1]))
        sfn.StateMachine(stack, f"Machine{number}", definition_body=body)
    read = readings(monkeypatch)
    app.synth()

    assert sorted(set(read)) == sorted(read)
    assert len([text for text in read if "First" in text]) == count


def test_the_stack_is_walked_to_make_the_rules_and_then_once_for_all(
    app: cdk.App, stack: cdk.Stack, spec: TrainingJobSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = [TrainingJobTask(stack, f"Train{number}", spec=spec) for number in range(4)]
    body = sfn.DefinitionBody.from_chainable(sfn.Chain.start(chain[0]).next(chain[1]).next(chain[2]))
    sfn.StateMachine(stack, "Machine", definition_body=body)
    looks, look = [], stack_machines.StackMachines._look

    def noted(self: stack_machines.StackMachines) -> Iterator[stack_machines.Machine]:
        looks.append(self)
        return look(self)

    monkeypatch.setattr(stack_machines.StackMachines, "_look", noted)
    app.synth()

    assert len(looks) == 2


def test_a_definition_that_changes_before_the_synthesis_is_read_again(
    app: cdk.App, stack: cdk.Stack, jobs: WorkflowJobs, resources: Find
) -> None:
    """Also by a second synthesis of the same app."""
    jobs.watch_executions()
    machine = watched(stack, "Nightly")
    plain = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    text, machine.definition_string = machine.definition_string, plain
    pattern = next(
        n for n in stack.node.find_all() if isinstance(n, cdk.aws_events.CfnRule) and NAME in n.node.path
    )
    assert stack.resolve(pattern.event_pattern)["detail"]["stateMachineArn"] == ["no-state-machine"]
    machine.definition_string = text
    assert exactly(rules_of(resources(stack))) == ["Nightly"]

    machine.definition_string = plain
    made = app.synth(force=True).get_stack_by_name("Stack").template["Resources"]
    assert [matched(rule) for rule in rules_of(made)] == [["no-state-machine"]]
