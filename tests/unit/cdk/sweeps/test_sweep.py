"""`TrainingSweep`: the states that it renders, in one execution."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import JobName, TrainingPlatform
from constructs_lib.spec.grid import Grid
from tests.unit.cdk.workflows.machines import definition, machine

from .evaluate import evaluate
from .sweeps import GRID, SPEC, rendered, states, sweep

LANGUAGES = [None, sfn.QueryLanguage.JSON_PATH, sfn.QueryLanguage.JSONATA]
Find = Callable[..., dict[str, dict[str, Any]]]


def creation(found: dict[str, Any], name: str = "Sweep") -> dict[str, Any]:
    arguments: dict[str, Any] = found[f"{name}: point: create"]["Arguments"]
    return arguments


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sweep_is_one_state_of_either_language(
    stack: cdk.Stack, language: sfn.QueryLanguage | None
) -> None:
    found = rendered(sweep(stack, comment="which depth?"), language)

    assert list(found["States"]) == ["Sweep"]
    state = found["States"]["Sweep"]
    assert (state["Type"], state["End"], state["Comment"]) == ("Parallel", True, "which depth?")
    assert state["Output"] == "{% $states.result[0] %}"
    (branch,) = state["Branches"]
    assert list(branch["States"]) == [
        "Sweep: points",
        "Sweep: train",
        "Sweep: judge",
        "Sweep: done",
        "Sweep: nothing",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_is_jsonata(stack: cdk.Stack, language: sfn.QueryLanguage | None) -> None:
    top = rendered(sweep(stack), language).get("QueryLanguage", "JSONPath")

    for name, state in states(sweep(cdk.Stack(cdk.App(), "Other")), language).items():
        assert state.get("QueryLanguage", top) == "JSONata", name


def test_known_points_stand_in_the_definition(stack: cdk.Stack) -> None:
    found = states(sweep(stack))

    assert found["Sweep: points"]["Output"] == {
        "points": [
            {"index": index, "hyperparameters": {"max_depth": depth, "eta": eta}}
            for index, (depth, eta) in enumerate((d, e) for d in ("4", "6", "8") for e in ("0.1", "0.3"))
        ]
    }
    assert found["Sweep: train"]["Items"] == "{% $states.input.points %}"


def test_text_that_looks_like_an_expression_stays_text(stack: cdk.Stack) -> None:
    template = "{% for x in y %}{{ x }}{% endfor %}"
    found = states(sweep(stack, points=[{"template": template}]))

    written = found["Sweep: points"]["Output"]["points"][0]["hyperparameters"]["template"]
    assert evaluate(written) == template


def test_a_point_is_put_over_the_specs_hyperparameters(stack: cdk.Stack) -> None:
    hyperparameters = creation(states(sweep(stack)))["HyperParameters"]

    assert list(hyperparameters) == ["booster", "max_depth", "eta"]
    assert hyperparameters["booster"] == "gbtree"
    item = {"index": 0, "hyperparameters": {"max_depth": "4", "eta": "0.1"}}
    assert evaluate(hyperparameters["max_depth"], input=item) == "4"
    assert evaluate(hyperparameters["eta"], input=item) == "0.1"


@pytest.mark.parametrize("points", [[{"max_depth": 4}, {"eta": 0.1}], "{% $states.input.points %}"])
def test_points_that_differ_are_merged_at_run_time(stack: cdk.Stack, points: Any) -> None:
    spec = SPEC.with_hyperparameters({"template": "100%}", "seed": "{% $states.input.seed %}"})

    merged = creation(states(sweep(stack, spec=spec, points=points)))["HyperParameters"]

    given = {"index": 1, "hyperparameters": {"eta": "0.1", "booster": "dart"}, "input": {"seed": 7}}
    assert evaluate(merged, input=given) == {
        "booster": "dart",
        "max_depth": "3",
        "template": "100%}",
        "seed": "7",
        "eta": "0.1",
    }


def test_a_specs_whole_map_may_be_an_expression(stack: cdk.Stack) -> None:
    spec = SPEC.replace(hyperparameters="{% $states.input.all %}")

    merged = creation(states(sweep(stack, spec=spec)))["HyperParameters"]

    given = {"hyperparameters": {"eta": "0.1"}, "input": {"all": {"eta": 1, "seed": 7}}}
    assert evaluate(merged, input=given) == {"eta": "0.1", "seed": "7"}


def test_each_item_gets_its_number_and_its_point(stack: cdk.Stack) -> None:
    found = states(sweep(stack))

    item = {"Map": {"Item": {"Value": {"index": 3, "hyperparameters": {"eta": "0.1"}}}}}
    selected = {
        name: evaluate(text, context=item) for name, text in found["Sweep: train"]["ItemSelector"].items()
    }
    assert selected == {"index": 3, "hyperparameters": {"eta": "0.1"}}


def test_expressions_of_the_spec_are_about_the_sweeps_input(stack: cdk.Stack) -> None:
    spec = SPEC.with_environment({"OWNER": "{% $states.input.owner & $states.context.Execution.Name %}"})
    found = states(sweep(stack, spec=spec))

    given = {"owner": "a", "points": [{"eta": 0.1}]}
    assert evaluate(found["Sweep: points"]["Output"]["input"], input=given) == {"owner": "a"}
    assert found["Sweep: train"]["ItemSelector"]["input"] == "{% $states.input.input %}"
    owner = creation(found)["Environment"]["OWNER"]
    assert evaluate(owner, input={"input": {"owner": "a"}}, context={"Execution": {"Name": "b"}}) == "ab"


def test_each_item_gives_little(stack: cdk.Stack) -> None:
    output = states(sweep(stack))["Sweep: point: done"]["Output"]
    job = {
        "TrainingJobName": "sweep-1",
        "HyperParameters": {"eta": "0.1"},
        "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
        "FinalMetricDataList": [
            {"MetricName": "loss", "Value": 2},
            {"MetricName": "validation:auc", "Value": 0.5},
        ],
    }

    def item(job: dict[str, Any]) -> dict[str, Any]:
        return {name: evaluate(text, result=job, input={"index": 3}) for name, text in output.items()}

    assert item(job) == {"index": 3, "name": "sweep-1", "metric": 0.5, "model": "s3://b/model.tar.gz"}
    assert item({"TrainingJobName": "sweep-1"}) == {
        "index": 3,
        "name": "sweep-1",
        "metric": None,
        "model": None,
    }


def test_the_metric_is_awaited_and_not_judged(stack: cdk.Stack) -> None:
    found = states(sweep(stack))["Sweep: point: gate"]

    assert found["Default"] == "Sweep: point: done"
    assert [choice["Next"] for choice in found["Choices"]] == ["Sweep: point: wait"]


@pytest.mark.parametrize(
    ("points", "looks"), [(GRID, 166), (Grid(seed=range(100)), 10), ("{% $states.input %}", 20), ([{}], 1000)]
)
def test_all_points_share_one_history(stack: cdk.Stack, points: Any, looks: int) -> None:
    long = SPEC.replace(max_runtime=cdk.Duration.days(20))
    wait = states(sweep(stack, spec=long, points=points, integration="aws-sdk"))["Sweep: point: wait"]

    assert re.search(rf"\b{math.ceil(20 * 86_400 / looks)}\b", wait["Seconds"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", {"BestTrainingJob": 1}),
        ("$.sweep", {"a": 1, "old": {"b": 2}, "sweep": {"BestTrainingJob": 1}}),
        ("$.old.best", {"a": 1, "old": {"b": 2, "best": {"BestTrainingJob": 1}}}),
        ("$.new.best", {"a": 1, "old": {"b": 2}, "new": {"best": {"BestTrainingJob": 1}}}),
        (sfn.JsonPath.DISCARD, {"a": 1, "old": {"b": 2}}),
    ],
)
def test_the_result_may_have_a_place_in_the_input(stack: cdk.Stack, path: str, expected: Any) -> None:
    output = rendered(sweep(stack, result_path=path))["States"]["Sweep"]["Output"]

    assert evaluate(output, result=[{"BestTrainingJob": 1}], input={"a": 1, "old": {"b": 2}}) == expected


def test_nothing_trained_is_a_failure_in_words(stack: cdk.Stack) -> None:
    found = states(sweep(stack))

    (choice,) = found["Sweep: judge"]["Choices"]
    assert choice["Next"] == "Sweep: nothing"
    assert evaluate(choice["Condition"], input={"BestTrainingJob": None}) is True
    assert evaluate(choice["Condition"], input={"BestTrainingJob": {"Index": 0}}) is False
    failed = found["Sweep: nothing"]
    assert failed["Error"] == "TrainingSweep.NothingTrained"
    assert evaluate(failed["Cause"], input={"Counts": {"Completed": 6, "Failed": 0}}) == (
        "no job has a value of metric validation:auc: 6 completed, 0 failed"
    )


def test_a_point_that_fails_fails_the_sweep(stack: cdk.Stack) -> None:
    for name, state in states(sweep(stack)).items():
        if name.endswith(": find"):
            continue  # it asks for a job that may not be there
        assert all(catch["ErrorEquals"] != ["States.ALL"] for catch in state.get("Catch", [])), name


def test_tolerated_failures_are_caught_and_counted(stack: cdk.Stack) -> None:
    found = states(sweep(stack, tolerated_failures=1))

    (catch,) = found["Sweep: point"]["Catch"]
    assert (catch["ErrorEquals"], catch["Next"]) == (["States.ALL"], "Sweep: point failed")
    error = {"Error": "TrainingJob.Stopped", "Cause": "long"}
    item = {
        name: evaluate(text, errorOutput=error, input={"index": 2}) for name, text in catch["Output"].items()
    }
    assert item == {"index": 2, "error": "TrainingJob.Stopped"}
    too_many, nothing = found["Sweep: judge"]["Choices"]
    assert (too_many["Next"], nothing["Next"]) == ("Sweep: too many", "Sweep: nothing")
    counts = {"Counts": {"Completed": 4, "Failed": 2}}
    assert evaluate(too_many["Condition"], input=counts) is True
    failed = found["Sweep: too many"]
    assert failed["Error"] == "TrainingSweep.TooManyFailures"
    assert (
        evaluate(failed["Cause"], input=counts)
        == "more points have failed than are tolerated: 4 completed, 2 failed"
    )


def test_many_points_are_read_from_a_file(stack: cdk.Stack, resources: Find) -> None:
    spec = SPEC.with_environment({"OWNER": "{% $states.input.owner %}"})
    made = sweep(stack, points=Grid(seed=range(60)), spec=spec)

    found = states(made)

    read = found["Sweep: points"]
    assert read["Resource"] == "arn:aws:states:::aws-sdk:s3:getObject"
    assert read["Arguments"]["Key"].endswith(".json")
    assert read["Output"]["points"] == "{% $parse($states.result.Body) %}"
    assert evaluate(read["Output"]["input"], input={"owner": "a", "other": 1}) == {"owner": "a"}
    policies = resources(stack, "AWS::IAM::Policy")
    text = json.dumps([policy for name, policy in policies.items() if name.startswith("Machine")])
    assert f'/{read["Arguments"]["Key"]}"' in text
    assert "/*" not in text


def test_points_of_the_input_are_numbered_there(stack: cdk.Stack) -> None:
    found = states(sweep(stack, points=sfn.JsonPath.list_at("$.points")))

    points = evaluate(found["Sweep: points"]["Output"]["points"], input={"points": [{"eta": 0.1}]})
    assert points == [{"index": 0, "hyperparameters": {"eta": "0.1"}}]


@pytest.mark.parametrize(
    ("given", "start"), [(None, "sweep-"), (JobName.unique(), "sweep-"), (JobName.unique("c"), "c-")]
)
def test_jobs_are_named_by_the_sweep(stack: cdk.Stack, given: Any, start: str) -> None:
    name = creation(states(sweep(stack, job_name=given)))["TrainingJobName"]

    assert name.startswith(f"{{% '{start}' & $hash(")


def test_a_sweep_is_chained_like_any_state(stack: cdk.Stack) -> None:
    first, failed = sfn.Pass(stack, "First"), sfn.Fail(stack, "Gone")
    made = sweep(stack, state_name="Depths").add_catch(failed, errors=["TrainingSweep.NothingTrained"])
    made.add_retry(errors=["TrainingSweep.TooManyFailures"], max_attempts=1)

    found = definition(machine(first.next(made).next(sweep(stack, "Again")).next(sfn.Succeed(stack, "Last"))))

    assert list(found["States"]) == ["First", "Depths", "Again", "Last", "Gone"]
    state = found["States"]["Depths"]
    assert (state["Next"], found["States"]["Again"]["Next"]) == ("Again", "Last")
    assert state["Catch"] == [{"ErrorEquals": ["TrainingSweep.NothingTrained"], "Next": "Gone"}]
    assert state["Retry"] == [{"ErrorEquals": ["TrainingSweep.TooManyFailures"], "MaxAttempts": 1}]


def test_long_names_have_room_for_the_states_inside(stack: cdk.Stack) -> None:
    names = list(states(sweep(stack, state_name="x" * 80)))

    assert max(map(len, names)) == 80
    assert len(set(names)) == len(names)


def test_four_jobs_train_at_a_time(stack: cdk.Stack) -> None:
    assert states(sweep(stack))["Sweep: train"]["MaxConcurrency"] == 4
    other = cdk.Stack(cdk.App(), "Other")
    assert states(sweep(other, max_concurrency=2))["Sweep: train"]["MaxConcurrency"] == 2


def test_a_sweep_says_what_it_runs_under(stack: cdk.Stack) -> None:
    platform = TrainingPlatform(stack, "Platform", use_vpc=False)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    spec = SPEC.replace(role_arn=None)
    made = sweep(stack, spec=spec, platform=platform, role=role)

    assert (made.platform, made.role, made.spec) == (platform, role, spec)
    assert made.grant_principal is role.grant_principal
    assert made.connections is made.task.connections
    assert made.explain_permissions() == made.task.explain_permissions()


def test_a_sweep_may_lie_in_any_construct(stack: cdk.Stack) -> None:
    scopes = [Construct(stack, name) for name in ("One", "Other")]
    chain = sweep(scopes[0], state_name="One").next(sweep(scopes[1], state_name="Other"))  # type: ignore[arg-type]

    assert list(definition(machine(chain))["States"]) == ["One", "Other"]
