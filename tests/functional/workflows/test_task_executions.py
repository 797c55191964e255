"""What an execution does with a task: results, failures, and under which names it trains again."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import Checkpoint, JobName, QualityGate, SpotTraining, TrainingJobSpec, TrainingJobTask

from .conftest import Made

JSONATA = sfn.QueryLanguage.JSONATA
FORMS = [None, "aws-sdk"]
LIMIT = "The account-level service limit is 1 Instances"


@pytest.mark.parametrize("integration", FORMS)
@pytest.mark.parametrize("language", [None, JSONATA])
def test_a_job_trains_and_its_description_is_the_result(
    made: Made, spec: TrainingJobSpec, integration: str | None, language: sfn.QueryLanguage | None
) -> None:
    definition = made.of(
        lambda stack: TrainingJobTask(stack, "Train", spec=spec, integration=integration),  # type: ignore[arg-type]
        language,
    )

    result = made.output(definition)

    assert result["TrainingJobStatus"] == "Completed"
    assert result["TrainingJobName"].startswith("train-")
    assert result["ModelArtifacts"]["S3ModelArtifacts"].endswith("/model.tar.gz")


def test_paths_put_the_result_where_a_task_would(made: Made, spec: TrainingJobSpec) -> None:
    spec = spec.replace(hyperparameters={"auc": sfn.JsonPath.number_at("$.given"), "on": True})

    def make(stack: cdk.Stack) -> sfn.IChainable:
        return TrainingJobTask(
            stack,
            "Train",
            spec=spec,
            input_path="$.inner",
            result_selector={"parameters": sfn.JsonPath.object_at("$.HyperParameters")},
            result_path="$.train",
            output_path="$",
        )

    output = made.output(made.of(make), {"inner": {"given": 0.25}, "kept": [1]})

    assert output["kept"] == [1]
    assert output["inner"] == {"given": 0.25}
    assert output["train"] == {"parameters": {"auc": "0.25", "on": "true"}}


def test_variables_and_what_follows_see_the_result(made: Made, spec: TrainingJobSpec) -> None:
    def make(stack: cdk.Stack) -> sfn.IChainable:
        train = TrainingJobTask(
            stack,
            "Train",
            spec=spec,
            result_path="$.train",
            assign={"status": sfn.JsonPath.string_at("$.TrainingJobStatus")},
        )
        told = {
            "name": train.training_job_name,
            "model": train.model_artifacts_uri,
            "auc": train.final_metric("auc"),
            "status": sfn.JsonPath.string_at("$status"),
        }
        return train.next(sfn.Pass(stack, "Tell", parameters=told))

    output = made.output(made.of(make))

    assert output["model"].endswith(f"{output['name']}/output/model.tar.gz")
    assert (output["auc"], output["status"]) == (0.9, "Completed")


def test_jsonata_sees_input_and_result(made: Made, spec: TrainingJobSpec) -> None:
    spec = spec.replace(hyperparameters="{% $states.input.parameters %}")

    def make(stack: cdk.Stack) -> sfn.IChainable:
        train = TrainingJobTask(
            stack,
            "Train",
            spec=spec,
            outputs={"given": "{% $states.input %}", "auc": "{% $states.result.HyperParameters.auc %}"},
            assign={"model": "{% $states.result.ModelArtifacts.S3ModelArtifacts %}"},
        )
        told = {"in": "{% $states.input %}", "model": "{% $model %}"}
        return train.next(sfn.Pass.jsonata(stack, "Tell", outputs=told))

    output = made.output(made.of(make, JSONATA), {"parameters": {"auc": 0.5, "deep": False}})

    assert output["in"] == {"given": {"parameters": {"auc": 0.5, "deep": False}}, "auc": "0.5"}
    assert output["model"].endswith("model.tar.gz")


@pytest.mark.parametrize("integration", FORMS)
def test_an_algorithms_own_error_is_never_trained_again(
    made: Made, spec: TrainingJobSpec, integration: str | None
) -> None:
    definition = made.of(
        lambda stack: TrainingJobTask(stack, "Train", spec=spec, retry_failures=True, integration=integration)  # type: ignore[arg-type]
    )
    made.local.fail_next_job("AlgorithmError: the loss is not a number")

    names = made.created_by(
        lambda: _fails(made, definition, "TrainingJob.Algorithm", "the loss is not a number")
    )

    assert len(names) == 1


@pytest.mark.parametrize("integration", FORMS)
def test_a_job_that_found_no_capacity_is_tried_again_where_that_is_asked(
    made: Made, spec: TrainingJobSpec, integration: str | None
) -> None:
    definition = made.of(
        lambda stack: TrainingJobTask(stack, "Train", spec=spec, retry_failures=True, integration=integration)  # type: ignore[arg-type]
    )
    _shorten(definition)
    made.local.fail_next_job("CapacityError: Unable to provision requested ML compute capacity")

    names = made.created_by(lambda: made.output(definition))

    assert len(names) == len(set(names)) == 2


def test_a_failed_job_is_not_trained_again_unasked(made: Made, spec: TrainingJobSpec) -> None:
    definition = made.of(lambda stack: TrainingJobTask(stack, "Train", spec=spec))
    made.local.fail_next_job("CapacityError: none")

    names = made.created_by(lambda: _fails(made, definition, "States.TaskFailed", "CapacityError: none"))

    assert len(names) == 1


def test_a_caught_failure_tells_its_name_and_cause(made: Made, spec: TrainingJobSpec) -> None:
    def make(stack: cdk.Stack) -> sfn.IChainable:
        train = TrainingJobTask(stack, "Train", spec=spec, retry_failures=True)
        train.add_catch(sfn.Pass(stack, "Caught"), errors=["TrainingJob.Client"], result_path="$.problem")
        return train

    definition = made.of(make)
    made.local.fail_next_job("ClientError: no data in the channel")

    output = made.output(definition, {"kept": 1})

    assert output["kept"] == 1
    assert output["problem"]["Error"] == "TrainingJob.Client"
    assert "no data in the channel" in output["problem"]["Cause"]


@pytest.mark.parametrize("integration", FORMS)
def test_throttled_creations_are_repeated_under_one_name(
    made: Made, spec: TrainingJobSpec, integration: str | None
) -> None:
    definition = made.of(
        lambda stack: TrainingJobTask(stack, "Train", spec=spec, integration=integration)  # type: ignore[arg-type]
    )
    made.local.refuse_next_job("ThrottlingException", "Rate exceeded", times=6)

    names = made.created_by(lambda: made.output(definition))

    assert len(names) > 1
    assert len(set(names)) == 1


def test_a_name_from_a_part_of_the_input(made: Made, spec: TrainingJobSpec) -> None:
    name = f"given-{len(made.jobs())}"

    def make(stack: cdk.Stack) -> sfn.IChainable:
        picked = f"given-{sfn.JsonPath.string_at('$.number')}"
        return TrainingJobTask(
            stack, "Train", spec=spec, job_name=picked, input_path="$.inner", result_path="$.train"
        )

    output = made.output(made.of(make), {"inner": {"number": name.removeprefix("given-")}, "kept": 1})

    assert (output["train"]["TrainingJobName"], output["kept"]) == (name, 1)


@pytest.mark.parametrize("integration", FORMS)
def test_a_gate_that_is_not_passed_fails_in_words(
    made: Made, spec: TrainingJobSpec, integration: str | None
) -> None:
    spec = spec.replace(hyperparameters={"auc": sfn.JsonPath.number_at("$.auc")})
    gate = QualityGate("auc", at_least=0.8)
    definition = made.of(
        lambda stack: TrainingJobTask(
            stack,
            "Train",
            spec=spec,
            quality_gates=[gate],
            result_path=sfn.JsonPath.DISCARD,
            integration=integration,  # type: ignore[arg-type]
        )
    )

    assert made.output(definition, {"auc": 0.8}) == {"auc": 0.8}
    error, cause = made.error(definition, {"auc": 0.79})

    assert error == "TrainingJob.GateFailed"
    assert "auc" in cause
    assert "0.79" in cause


@pytest.mark.parametrize("sync_fails", [False, True])
@pytest.mark.parametrize("integration", FORMS)
def test_a_stopped_job_is_no_success_unless_it_is_allowed(
    made: Made, spec: TrainingJobSpec, integration: str | None, sync_fails: bool
) -> None:
    """Whatever ``.sync`` says of a stopped job, of which nothing is published."""

    def stopped(*, allowed: bool) -> str:
        definition = made.of(
            lambda stack: TrainingJobTask(
                stack,
                "Train",
                spec=spec,
                allow_stopped=allowed,
                integration=integration,  # type: ignore[arg-type]
            )
        )
        made.local.hold_next_job(sync_fails=sync_fails)
        known = len(made.local.jobs())
        execution = made.start(definition)
        job = made.wait_for_job(known)
        made.local.client("sagemaker").stop_training_job(TrainingJobName=job)
        ended = made.ended(execution)
        return str(ended.get("error") or json.loads(ended["output"])["TrainingJobStatus"])

    told = "States.TaskFailed" if sync_fails and integration is None else "TrainingJob.Stopped"
    assert stopped(allowed=False) == told
    assert stopped(allowed=True) == "Stopped"


def test_the_loop_stops_a_job_whose_time_is_over(made: Made, spec: TrainingJobSpec) -> None:
    timeout = sfn.Timeout.duration(cdk.Duration.seconds(1))
    definition = made.of(
        lambda stack: TrainingJobTask(stack, "Train", spec=spec, integration="aws-sdk", task_timeout=timeout)
    )
    made.local.hold_next_job()
    known = len(made.local.jobs())

    error, cause = made.error(definition)

    job = made.wait_for_job(known)
    assert (error, f"training job {job} was stopped" in cause) == ("TrainingJob.Timeout", True)
    assert made.status_of(job) in ("Stopping", "Stopped")


def test_an_execution_that_is_stopped_stops_its_job(made: Made, spec: TrainingJobSpec) -> None:
    definition = made.of(lambda stack: TrainingJobTask(stack, "Train", spec=spec))
    made.local.hold_next_job()
    known = len(made.local.jobs())
    execution = made.start(definition)
    job = made.wait_for_job(known)

    made.client.stop_execution(executionArn=execution)

    made.wait_for_status(job, "Stopped")


def test_a_retried_task_a_loop_back_and_each_map_item_train_under_new_names(
    made: Made, spec: TrainingJobSpec
) -> None:
    def make(stack: cdk.Stack) -> sfn.IChainable:
        train = TrainingJobTask(
            stack, "Train", spec=spec, job_name=JobName.unique("same"), result_path=sfn.JsonPath.DISCARD
        )
        train.add_retry(errors=["States.ALL"], max_attempts=1, interval=cdk.Duration.seconds(1))
        again = TrainingJobTask(
            stack, "Again", spec=spec, job_name=JobName.unique("same"), result_path=sfn.JsonPath.DISCARD
        )
        items = sfn.Map(stack, "Items", items_path="$.items", result_path=sfn.JsonPath.DISCARD)
        items.item_processor(again)
        count = sfn.Pass(stack, "Count", result_path="$.round", parameters={"done": True})
        back = sfn.Choice(stack, "Back?").when(sfn.Condition.is_present("$.round"), items).otherwise(count)
        count.next(train)
        return train.next(back)

    definition = made.of(make)
    made.local.fail_next_job("InternalServerError: try again")

    names = made.created_by(lambda: made.output(definition, {"items": [1, 1]}))

    # Twice for the retry, once for the loop back, once for each item.
    assert len(names) == len(set(names)) == 5
    assert all(name.startswith("same-") for name in names)


def test_spot_training_keeps_its_checkpoints_over_a_retry(made: Made, spec: TrainingJobSpec) -> None:
    spec = spec.replace(spot=SpotTraining(max_wait=cdk.Duration.hours(2)), checkpoint=Checkpoint())
    definition = made.of(lambda stack: TrainingJobTask(stack, "Train", spec=spec, retry_failures=True))
    _shorten(definition)
    made.local.fail_next_job("CapacityError: none")

    names = made.created_by(lambda: made.output(definition))
    made.output(definition)

    calls = made.local.calls("CreateTrainingJob")[-3:]
    places = [call["CheckpointConfig"]["S3Uri"] for call in calls]
    assert [call["TrainingJobName"] for call in calls][:2] == names
    assert calls[0]["EnableManagedSpotTraining"] is True
    assert calls[0]["StoppingCondition"]["MaxWaitTimeInSeconds"] == 7200
    assert places[0] == places[1] != places[2]


def test_request_response_goes_on_at_once(made: Made, spec: TrainingJobSpec) -> None:
    definition = made.of(
        lambda stack: TrainingJobTask(
            stack, "Train", spec=spec, integration_pattern=sfn.IntegrationPattern.REQUEST_RESPONSE
        )
    )
    made.local.hold_next_job()
    known = len(made.local.jobs())

    output = made.output(definition)

    job = made.wait_for_job(known)
    assert output["TrainingJobArn"].endswith(f"/{job}")
    assert made.status_of(job) == "InProgress"
    made.local.client("sagemaker").stop_training_job(TrainingJobName=job)


def _fails(made: Made, definition: dict[str, object], error: str, words: str) -> None:
    found, cause = made.error(definition)
    assert found == error
    assert words in cause


def _shorten(definition: dict[str, object]) -> None:
    """Ten minutes between tries are ten seconds even at the emulation's speed."""
    for state in definition["States"].values():  # type: ignore[attr-defined]
        for retrier in state.get("Retry", ()):
            retrier["IntervalSeconds"] = 1
