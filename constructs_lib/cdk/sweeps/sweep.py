"""`TrainingSweep`: one spec, trained for many points, as a part of a state machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jsii
from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.job_arguments import checked_path
from constructs_lib.cdk.observed_jobs import ObservedJobs
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.sweeps.arguments import (
    check_arguments,
    check_expressions,
    check_states,
    checked_job_name,
)
from constructs_lib.cdk.sweeps.findings import point_expressions, point_findings, point_secrets
from constructs_lib.cdk.sweeps.limits import limit_findings
from constructs_lib.cdk.sweeps.placement import ResultPlace
from constructs_lib.cdk.sweeps.point_task import PointTask
from constructs_lib.cdk.sweeps.points import SweepPoints, read_sweep_points
from constructs_lib.cdk.sweeps.states import SweepStates
from constructs_lib.cdk.sweeps.tolerance import Tolerance
from constructs_lib.cdk.undefined_metrics import undefined_metrics
from constructs_lib.cdk.validation_plugin import report_on
from constructs_lib.cdk.workflows.integration import Integration
from constructs_lib.cdk.workflows.plan import MOST_LOOKS
from constructs_lib.cdk.workflows.state_names import inner_name
from constructs_lib.rules import Finding
from constructs_lib.rules.engine import known_region
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.algorithm import SCRIPT_HYPERPARAMETERS
from constructs_lib.spec.grid import Grid
from constructs_lib.spec.hyperparameters import Encoding
from constructs_lib.spec.job_name import JobName
from constructs_lib.spec.objective import Objective
from constructs_lib.spec.retry_failures import RetryFailures
from constructs_lib.spec.text import UnknownList, is_unknown

__all__ = ["TrainingSweep"]

Points = Grid | Sequence[Mapping[str, Any]] | UnknownList
# How many points an inline sweep is taken to have, where only the execution knows.
LIKELY_POINTS = 50
FEWEST_LOOKS = 10


@jsii.implements(iam.IGrantable, ec2.IConnectable)
class TrainingSweep(ObservedJobs, sfn.StateMachineFragment):
    """Trains a spec once for every point of a list of hyperparameters, and names the best job.

    It is one Parallel state of a state machine, of either query language. Its result::

        {"BestTrainingJob": {"TrainingJobName", "Index", "HyperParameters", "MetricName", "MetricValue",
                             "ModelArtifacts": {"S3ModelArtifacts"}},
         "Counts": {"Completed", "Failed"}}

    ``HyperParameters`` are the best point's, as the text that the job got. A job without the metric, or with
    one that is no finite number, is never the best; of equals it is the one of the first point.

    A sweep fails with ``TrainingSweep.NothingTrained`` where no job has the metric, and with
    ``TrainingSweep.TooManyFailures`` where more points have failed than are tolerated. Without tolerated
    failures a sweep in one execution fails as soon as a point does, with that point's own error as
    `TrainingJobTask` has it, and the other jobs are stopped. A distributed sweep can also fail with
    ``TrainingSweep.ResultsUnreadable``.

    Args:
        scope: the stack, or a construct in it.
        id: the construct's id, and the state's name.
        spec: what to train. Its expressions are JSONata (``"{% ... %}"``), also in a state machine of
            JSONPath; their ``$states.input`` is the sweep's input. Below a place of checkpoints each
            point gets a folder of its own.
        points: a `Grid`, or a list of maps of hyperparameters, each checked at synthesis; or a list that the
            execution gives: an expression, or a path such as ``sfn.JsonPath.list_at("$.points")``. A point's
            hyperparameters win over the spec's. More than 50 points travel as a file, not in the definition.
        objective: what the best job is: `Objective.maximize` or `Objective.minimize`.
        platform: network, key and bucket; the default platform of the outermost stack when left out.
        role: the execution role; made, or extended, as by `TrainingJob`.
        job_name: `JobName.unique` of a prefix; of the construct's id when left out.
        max_concurrency: how many jobs train at a time; 4 when left out, as each needs instances of a quota
            that often is small.
        distributed: True gives each point an execution of its own: for more than 100 points, up to 10,000
            that are known at synthesis, or as many of the execution's as 256 KiB hold. Their results are
            written to the platform's bucket, below ``sweeps/``, and read by a function. Left out: False, and
            all points run in one execution.
        tolerated_failures: how many points may fail; left out: none, or any number where there is a
            percentage. Without ``distributed`` all points train before the failures are counted.
        tolerated_failure_percentage: how many of a hundred may fail; left out: see ``tolerated_failures``.
        allow_stopped: whether a job that was stopped counts as done; False when left out.
        retry_failures: as `TrainingJobTask`: trains a point again after a failure that may pass.
        integration: as `TrainingJobTask`.
        result_path: where in the input the result goes, such as ``$.sweep``; an input without such a place
            is an error before anything trains. The result replaces the input when left out, and is dropped
            with `sfn.JsonPath.DISCARD`.
        comment: a note in the definition; left out: none.
        state_name: the state's name; the construct's id when left out.

    Raises:
        SpecError: an argument of another type, or one that contradicts another; the message names it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        spec: TrainingJobSpec,
        points: Points,
        objective: Objective,
        platform: TrainingPlatform | None = None,
        role: iam.IRole | None = None,
        job_name: JobName | None = None,
        max_concurrency: int = 4,
        distributed: bool = False,
        tolerated_failures: int | None = None,
        tolerated_failure_percentage: float | None = None,
        allow_stopped: bool = False,
        retry_failures: bool | RetryFailures = False,
        integration: Integration | None = None,
        result_path: str = "$",
        comment: str | None = None,
        state_name: str | None = None,
    ) -> None:
        path = checked_path(scope, id)
        check_arguments(path, spec, objective, max_concurrency, distributed=distributed)
        check_states(
            path,
            platform=platform,
            role=role,
            allow_stopped=allow_stopped,
            comment=comment,
            state_name=state_name,
            spec=spec,
            retry_failures=retry_failures,
        )
        check_expressions(path, spec, distributed=distributed)
        place = ResultPlace(result_path, path)
        tolerance = Tolerance.of(tolerated_failures, tolerated_failure_percentage, path)
        self._points = _read(points, spec, path, distributed=distributed)
        super().__init__(scope, id)
        name = state_name or id
        self.spec, self._asked = spec, {"objective": objective.metric}
        self.platform = platform or TrainingPlatform.of(self)
        self.task = PointTask(
            self,
            "Point",
            names=self._points.names,
            metric=objective.metric,
            most_looks=MOST_LOOKS if distributed else _looks(self._points),
            distributed=distributed,
            spec=spec,
            platform=platform,
            role=role,
            job_name=checked_job_name(job_name, id, path),
            allow_stopped=allow_stopped,
            retry_failures=retry_failures,
            integration=integration,
            state_name=inner_name(name, "point"),
        )
        states = SweepStates(
            self, name, self.task, self._points, objective, tolerance, max_concurrency, place.checked_input
        )
        self._parallel = sfn.Parallel(
            self,
            "Sweep",
            comment=comment,
            outputs=place.output("$states.result[0]"),
            query_language=sfn.QueryLanguage.JSONATA,
            state_name=name,
        )
        self._parallel.branch(states.distributed() if distributed else states.inline())
        limits = limit_findings(
            self._points, tolerance, max_concurrency, self.task.apart_seconds, distributed=distributed
        )
        self._noted = list(limits)
        report_on(self, self._findings)

    @property
    def start_state(self) -> sfn.State:
        """The sweep's one state."""
        return self._parallel

    @property
    def end_states(self) -> list[sfn.INextable]:
        """The same state."""
        return [self._parallel]

    def add_catch(self, handler: sfn.IChainable, **options: Any) -> TrainingSweep:
        """Go on at a state when the sweep fails.

        Args:
            handler: the state.
            **options: as `sfn.Parallel.add_catch`.
        """
        self._parallel.add_catch(handler, **options)
        return self

    def add_retry(self, **options: Any) -> TrainingSweep:
        """Train all points again, under new names, when the sweep fails.

        Args:
            **options: as `sfn.Parallel.add_retry`.
        """
        self._parallel.add_retry(**options)
        return self

    def explain_permissions(self) -> list[Permission]:
        """What the execution role is allowed, and because of which field of the request."""
        return self.task.explain_permissions()

    @property
    def role(self) -> iam.IRole:
        """The execution role of the jobs."""
        return self.task.role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The execution role, for grants to the code that trains."""
        return self.task.grant_principal

    @property
    def connections(self) -> ec2.Connections:
        """The network interfaces of the platform's jobs; with a vpc_config of the spec's, of its groups'."""
        return self.task.connections

    @property
    def _job_names(self) -> Sequence[str]:
        return self.task._job_names

    @property
    def _results(self) -> Mapping[str, Any]:
        return self.task._results

    def _findings(self) -> list[Finding]:
        stack = Stack.of(self)
        account = None if is_unknown(stack.account) else stack.account
        region = known_region(stack.region)
        found = point_findings(self.task.request, self._points.texts, region=region, account=account)
        return [
            *found,
            *point_secrets(stack, self._points.texts, found),
            *point_expressions(self._points.texts),
            *undefined_metrics(self.spec, self.task.request, self._asked, "no job is ever the best"),
            *self._noted,
        ]


def _read(points: object, spec: TrainingJobSpec, construct: str, *, distributed: bool) -> SweepPoints:
    algorithm = spec.algorithm
    encoding: Encoding = "plain" if algorithm is None else algorithm.hyperparameter_encoding
    script = algorithm is not None and algorithm.source is not None
    reserved = SCRIPT_HYPERPARAMETERS if script else ()
    return read_sweep_points(points, encoding, construct, distributed=distributed, reserved=reserved)


def _looks(points: SweepPoints) -> int:
    """How often one job is looked at, so that all of them together fit the history of one execution."""
    number = LIKELY_POINTS if points.known is None else len(points.known)
    return max(FEWEST_LOOKS, MOST_LOOKS // number)
