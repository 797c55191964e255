"""Bad input of a sweep: found at synthesis, in words."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Algorithm, JobName, SpecError
from constructs_lib.spec.grid import Grid
from constructs_lib.spec.objective import Objective
from tests.unit.cdk.reports import report
from tests.unit.cdk.workflows.machines import machine

from .sweeps import SPEC, states, sweep

JSON_PATH = SPEC.with_environment({"OWNER": sfn.JsonPath.string_at("$.owner")})
PATH = r"\[Stack/Sweep\]$"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"spec": {}}, f"^spec: must be of type TrainingJobSpec, got dict; .* {PATH}"),
        (
            {"objective": "auc"},
            rf"^objective: must be of type Objective, got str; such as Objective.max.* {PATH}",
        ),
        (
            {"objective": Objective.minimize("loss")},
            f"^objective: metric 'loss' is not defined, only valid.* {PATH}",
        ),
        ({"points": []}, f"^points: is empty, so there is nothing to train; .* {PATH}"),
        ({"points": [{"eta": None}]}, rf"^points\[0\]\['eta'\]: must have a value, got None; .* {PATH}"),
        ({"max_concurrency": 0}, f"^max_concurrency: must be 1 or more, got 0; .* {PATH}"),
        (
            {"max_concurrency": None},
            f"^max_concurrency: must be an int, got None; leave it out for 4.* {PATH}",
        ),
        ({"max_concurrency": "4"}, f"^max_concurrency: must be an int, got str; .* {PATH}"),
        ({"distributed": "yes"}, f"^distributed: must be of type bool, got str; .* {PATH}"),
        ({"tolerated_failures": -1}, f"^tolerated_failures: must be 0 or more, got -1; .* {PATH}"),
        ({"tolerated_failure_percentage": 101}, f"^tolerated_failure_percentage: must be 0 to 100.* {PATH}"),
        (
            {"job_name": "one"},
            rf"^job_name: must be JobName.unique\(...\), as each point needs a n.*, got str.* {PATH}",
        ),
        (
            {"result_path": "sweep"},
            rf"^result_path: must be a path of names such as \$.sweep, got 'sweep'; .* {PATH}",
        ),
        (
            {"result_path": "$.a[0]"},
            r"^result_path: must be a path of names .*, got '\$\.a\[0\]'; leave it out",
        ),
        ({"result_path": None}, "^result_path: must be a path of names .*, got None; leave it out"),
        (
            {"points": "train"},
            f"^points: must be a Grid, a list of maps, or a path .*, got 'train'; .* {PATH}",
        ),
        ({"points": "{% $x"}, r"^points: must be a Grid, .*, got '{% \$x'; such as Grid\(max_depth"),
        ({"points": 3}, f"^points: must be a Grid, .*, got 3; .* {PATH}"),
        ({"points": None}, f"^points: must be a Grid, .*, got None; .* {PATH}"),
        ({"points": {"eta": [1]}}, f"^points: must be a Grid or a list of maps, got dict; .* {PATH}"),
        (
            {"points": [{"eta": sfn.JsonPath.string_at("$.eta")}]},
            r"^points\[0\]\['eta'\]: is sfn.JsonPath, .*; put",
        ),
        ({"retry_failures": 3}, f"^retry_failures: must be True or a RetryFailures, got 3; .* {PATH}"),
        ({"points": Grid(seed=range(101))}, f"^points: has 101 points, .*; use distributed=True {PATH}"),
        (
            {"spec": JSON_PATH},
            rf"^Environment.OWNER: is sfn.JsonPath, and a sweep's states are written in .* {PATH}",
        ),
        ({"spec": SPEC.replace(training_job_name="one")}, "training_job_name"),
        ({"integration": "fast"}, "^integration: "),
        ({"max_concurrency": "{% $n %}"}, f"^max_concurrency: must be an int, got str; .* {PATH}"),
        ({"platform": "network"}, f"^platform: must be of type TrainingPlatform, got str; .* {PATH}"),
        ({"role": "arn"}, f"^role: must be an iam.IRole, got str; .* {PATH}"),
        ({"allow_stopped": "yes"}, f"^allow_stopped: must be of type bool, got str; .* {PATH}"),
        ({"comment": 5}, f"^comment: must be text, got int; .* {PATH}"),
        ({"state_name": 5}, f"^state_name: must be text, got int; .* {PATH}"),
        ({"state_name": ""}, f"^state_name: must not be empty; .* {PATH}"),
        (
            {"state_name": "x" * 81},
            f"^state_name: the state's name has 81 characters, allowed are 80; .* {PATH}",
        ),
        ({"id": ""}, "^id: must be text, got empty text; "),
        ({"id": 5}, "^id: must be text, got int; "),
        ({"retry_failures": "always"}, "^retry_failures"),
    ],
)
def test_misuse_is_said_at_once(stack: cdk.Stack, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        sweep(stack, **arguments)


def test_a_script_is_run_with_what_it_says(stack: cdk.Stack, spec: Any) -> None:
    points = [{"eta": 0.1}, {"sagemaker_submit_directory": "s3://elsewhere/code.tar.gz"}]

    with pytest.raises(SpecError, match=r"^points\[1\]\['sagemaker_submit_directory'\]: is set for a script"):
        sweep(stack, spec=spec, points=points)
    made = sweep(stack, spec=spec, points="$.points")
    assert "sagemaker_submit_directory" in json.dumps(states(made)["Sweep: points"])


def test_images_that_define_metrics_themselves_may_have_any_objective(stack: cdk.Stack) -> None:
    spec = SPEC.replace(metrics=[])

    assert sweep(stack, spec=spec, objective=Objective.minimize("validation:rmse"))


def test_a_script_has_no_metrics_but_those_of_the_spec(stack: cdk.Stack, spec: Any) -> None:
    with pytest.raises(SpecError, match=r"^objective: metric 'loss' is not defined, only validation:auc"):
        sweep(stack, spec=spec, objective=Objective.minimize("loss"))


def test_a_point_that_a_rule_rejects_is_reported_with_its_number(app: cdk.App, stack: cdk.Stack) -> None:
    points = [{"eta": 0.1}, {"eta": "x" * 2501}, {"secret": "AKIAIOSFODNN7EXAMPLE"}]
    machine(sweep(stack, points=points))

    found = report(app)

    assert found.failed
    ours = [entry for entry in found.entries if entry.construct == "Stack/Sweep"]
    assert [(entry.rule, entry.text.split(":")[0]) for entry in ours] == [
        ("model:length", "points[1].HyperParameters.eta"),
        ("hyperparameter-credentials", "points[2].HyperParameters.secret"),
    ]


def test_what_is_wrong_with_the_spec_is_said_once(app: cdk.App, stack: cdk.Stack) -> None:
    image = Algorithm.from_image_uri("123456789012.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1")
    spec = SPEC.replace(algorithm=image, instance_count=0 + 1, environment={"A" * 600: "1"})
    machine(sweep(stack, spec=spec))

    found = [entry for entry in report(app).entries if entry.severity == "error"]

    assert [(entry.rule, entry.construct) for entry in found] == [("model:length", "Stack/Sweep/Point")]


def test_a_good_sweep_has_nothing_to_report(app: cdk.App, stack: cdk.Stack) -> None:
    machine(sweep(stack, job_name=JobName.unique("good")))

    assert not [entry for entry in report(app).entries if entry.construct.startswith("Stack/Sweep")]
