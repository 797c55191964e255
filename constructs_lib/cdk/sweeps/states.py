"""The states of a sweep: its points, a Map over them, the best job, and what can be wrong with that."""

from __future__ import annotations

from typing import Any

from aws_cdk import Names
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.cdk.arns import S3Location
from constructs_lib.cdk.explained import explain_machine
from constructs_lib.cdk.given.parts import bucket_key_arn
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import OUTPUT_FOLDER
from constructs_lib.cdk.sweeps.best import best_job
from constructs_lib.cdk.sweeps.jsonata import kept_input, literal
from constructs_lib.cdk.sweeps.point_task import PointTask
from constructs_lib.cdk.sweeps.points import SweepPoints
from constructs_lib.cdk.sweeps.points_map import PointsMap, items_of_points, read_points, selector
from constructs_lib.cdk.sweeps.reducer import SweepReducer
from constructs_lib.cdk.sweeps.tolerance import Tolerance
from constructs_lib.cdk.validation_plugin import acknowledge_in_machine
from constructs_lib.cdk.workflows import jsonata
from constructs_lib.cdk.workflows.state_names import inner_name
from constructs_lib.spec.objective import Objective

__all__ = ["SweepStates"]

NOTHING_TRAINED = "TrainingSweep.NothingTrained"
TOO_MANY_FAILURES = "TrainingSweep.TooManyFailures"
RESULTS_UNREADABLE = "TrainingSweep.ResultsUnreadable"
JSONATA = sfn.QueryLanguage.JSONATA
SWEEPS_FOLDER = "sweeps"
_COUNTS = (
    "$string($states.input.Counts.Completed) & ' completed, ' & "
    "$string($states.input.Counts.Failed) & ' failed'"
)


class SweepStates:
    """Makes the states of one sweep.

    Args:
        scope: the sweep.
        name: what the states' names begin with.
        task: trains one point.
        points: the points.
        objective: what the best job is.
        tolerance: how many points may fail.
        max_concurrency: how many train at a time.
        checked_input: the input as an expression that is an error for some; None where any will do.
    """

    def __init__(
        self,
        scope: sfn.StateMachineFragment,
        name: str,
        task: PointTask,
        points: SweepPoints,
        objective: Objective,
        tolerance: Tolerance,
        max_concurrency: int,
        checked_input: str | None = None,
    ) -> None:
        self._scope, self._name, self._task, self._points = scope, name, task, points
        self._objective, self._tolerance, self._max_concurrency = objective, tolerance, max_concurrency
        self._checked_input = checked_input

    def inline(self) -> sfn.IChainable:
        """All points in one execution."""
        tolerant = not self._tolerance.is_none
        if tolerant:
            self._catch_point()
        over = sfn.Map(
            self._scope,
            "Map",
            **self._named("train"),
            items=items_of_points(),
            item_selector=self._selector("$states.input.input", distributed=False),
            max_concurrency=self._max_concurrency,
            outputs=jsonata.written(best_job(self._objective)),
            query_language=JSONATA,
        )
        over.item_processor(self._task)
        points = self._from_file() if self._points.is_large else self._given()
        return self._begun(points.next(over).next(self._judged(tolerant=tolerant)))

    def distributed(self) -> sfn.IChainable:
        """An execution for every point."""
        file = self._points.upload(self._scope) if self._points.is_large else None
        results = self._results()
        key = bucket_key_arn(self._task.platform.bucket)
        over = PointsMap(
            self._scope,
            "Map",
            file=file,
            results=results,
            key=key,
            task=inner_name(self._name, "point"),
            **self._named("train"),
            **self._tolerance.members,
            item_selector=self._selector(
                "$states.input.input" if file is None else kept_input(self._task.used_input), distributed=True
            ),
            max_concurrency=self._max_concurrency,
            outputs={
                "Results": {
                    name: jsonata.written(f"$states.result.ResultWriterDetails.{name}")
                    for name in ("Bucket", "Key")
                },
                "Points": _address(file) or jsonata.written("$states.input.points"),
            },
        )
        over.item_processor(self._task)
        too_many = self._fail("TooMany", "too many", TOO_MANY_FAILURES, "$states.input.Cause")
        over.add_catch(too_many, errors=["States.ExceedToleratedFailureThreshold"])
        reduced = over.next(self._reduce(file, results, key)).next(self._judged(tolerant=False))
        return self._begun(reduced if file is not None else self._given().next(reduced))

    def _begun(self, rest: sfn.IChainable) -> sfn.IChainable:
        """The states, after a look at the input where the result has to have a place in it."""
        if self._checked_input is None:
            return rest
        return sfn.Pass(
            self._scope, "Input", **self._named("input"), outputs=self._checked_input, query_language=JSONATA
        ).next(rest)

    def _named(self, role: str) -> dict[str, Any]:
        return {"state_name": inner_name(self._name, role)}

    def _selector(self, whole_input: str, *, distributed: bool) -> dict[str, str]:
        return selector(whole_input if self._task.needs_input else None, distributed=distributed)

    def _kept_input(self) -> dict[str, str]:
        kept = jsonata.written(kept_input(self._task.used_input))
        return {"input": kept} if self._task.needs_input else {}

    def _given(self) -> sfn.Pass:
        """The points as they are in the definition, or in the execution's input."""
        known = [
            {**entry, "hyperparameters": _as_written(entry["hyperparameters"])}
            for entry in self._points.known or ()
        ]
        listed: object = known or jsonata.written(self._points.source)
        outputs = {"points": listed, **self._kept_input()}
        return sfn.Pass(
            self._scope, "Points", **self._named("points"), outputs=outputs, query_language=JSONATA
        )

    def _from_file(self) -> sfn.TaskStateBase:
        from aws_cdk import aws_stepfunctions_tasks as tasks  # a large module, seldom needed

        file = self._points.upload(self._scope)
        read = tasks.CallAwsService(
            self._scope,
            "Points",
            **self._named("points"),
            service="s3",
            action="getObject",
            iam_resources=[file.objects_arn()],
            parameters={"Bucket": file.bucket, "Key": file.key},
            outputs={"points": jsonata.written("$parse($states.result.Body)"), **self._kept_input()},
            query_language=JSONATA,
        )
        explain_machine(self._scope, [read_points(file)], inner_name(self._name, "points"))
        read.add_retry(errors=["States.TaskFailed"], max_attempts=5, jitter_strategy=sfn.JitterType.FULL)
        return read

    def _catch_point(self) -> None:
        failed = sfn.Pass(self._scope, "Failed", **self._named("point failed"), query_language=JSONATA)
        item = {
            "index": jsonata.written("$states.input.index"),
            "error": jsonata.written("$states.errorOutput.Error"),
        }
        self._task.add_catch(failed, errors=["States.ALL"], outputs=item)

    def _results(self) -> S3Location:
        """Where the Map runs write: a folder of the sweep's own beside the jobs' results."""
        output = S3Location.parse(self._task.platform.output_path)
        prefix = (output.key or "").removesuffix(OUTPUT_FOLDER)
        folder = f"{prefix}{SWEEPS_FOLDER}/{Names.unique_resource_name(self._scope, max_length=80)}/"
        return S3Location.parse(f"s3://{output.bucket}/{folder}")

    def _reduce(self, file: S3Location | None, results: S3Location, key: str | None) -> sfn.TaskStateBase:
        from aws_cdk import aws_stepfunctions_tasks as tasks  # a large module, seldom needed

        reducer = SweepReducer.of(self._scope, self._task.platform)
        reducer.allow(results.objects_arn("*"), key)
        if file is not None:
            reducer.allow(file.objects_arn())
        payload = {
            "Metric": jsonata.literal(self._objective.metric),
            "Largest": self._objective.largest,
            "Results": jsonata.written("$states.input.Results"),
            "Points": jsonata.written("$states.input.Points"),
        }
        reduce = tasks.LambdaInvoke(
            self._scope,
            "Reduce",
            **self._named("best"),
            lambda_function=reducer.function,
            payload=sfn.TaskInput.from_object(payload),
            outputs=jsonata.written("$states.result.Payload"),
            query_language=JSONATA,
        )
        arn = reducer.function.function_arn
        call = Permission("distributed: name the best job", ("lambda:InvokeFunction",), (arn, f"{arn}:*"))
        explain_machine(self._scope, [call], inner_name(self._name, "best"))
        acknowledge_in_machine(self._scope, inner_name(self._name, "point"), [call])
        unreadable = self._fail("Unreadable", "unreadable", RESULTS_UNREADABLE, "$states.input.Cause")
        reduce.add_retry(errors=["ResultsUnreadable"], max_attempts=0)
        reduce.add_retry(errors=["States.TaskFailed"], max_attempts=3)
        reduce.add_catch(unreadable, errors=["ResultsUnreadable"])
        return reduce

    def _judged(self, *, tolerant: bool) -> sfn.Choice:
        """The result, where there is one."""
        choice = sfn.Choice(self._scope, "Judge", **self._named("judge"), query_language=JSONATA)
        if tolerant:
            cause = f"'more points have failed than are tolerated: ' & {_COUNTS}"
            too_many = self._fail("TooMany", "too many", TOO_MANY_FAILURES, cause)
            choice.when(sfn.Condition.jsonata(jsonata.written(self._tolerance.is_exceeded)), too_many)
        metric = literal(f"no job has a value of metric {self._objective.metric}: ")
        nothing = self._fail("Nothing", "nothing", NOTHING_TRAINED, f"{metric} & {_COUNTS}")
        choice.when(sfn.Condition.jsonata(jsonata.written("$states.input.BestTrainingJob = null")), nothing)
        return choice.otherwise(sfn.Pass(self._scope, "Done", **self._named("done"), query_language=JSONATA))

    def _fail(self, id: str, role: str, error: str, cause: str) -> sfn.Fail:
        return sfn.Fail(
            self._scope,
            id,
            **self._named(role),
            error=error,
            cause=jsonata.written(cause),
            query_language=JSONATA,
        )


def _as_written(texts: dict[str, str]) -> dict[str, str]:
    return {name: jsonata.literal(text) for name, text in texts.items()}


def _address(file: S3Location | None) -> dict[str, str] | None:
    return None if file is None else {"Bucket": file.bucket, "Key": file.key or ""}
