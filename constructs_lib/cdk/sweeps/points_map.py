"""The Map states of a sweep: in the execution itself, or with an execution for every point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.cdk.arns import KeyTarget, S3Location
from constructs_lib.cdk.explained import explain_machine
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.sweeps.reducer import via_s3
from constructs_lib.cdk.validation_plugin import acknowledge_in_machine
from constructs_lib.cdk.workflows.jsonata import written

__all__ = ["PointsMap", "items_of_points", "read_points", "selector"]

_VALUE = "$states.context.Map.Item.Value"
# What CDK lets a machine with a distributed Map do; of the machine itself.
_EXECUTIONS = [
    Permission("distributed: run an execution for each point", ("states:StartExecution",), ()),
    Permission(
        "distributed: follow, stop and redrive these executions",
        ("states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"),
        (),
    ),
]


def read_points(file: S3Location) -> Permission:
    """To read the file of a sweep's points."""
    return Permission("points: read their file", ("s3:GetObject",), (file.objects_arn(),))


def items_of_points() -> sfn.ProvideItems:
    """The points that the state before has given."""
    return sfn.ProvideItems.jsonata(written("$states.input.points"))


def selector(whole_input: str | None, *, distributed: bool) -> dict[str, str]:
    """What each item gets: its number, its hyperparameters and, where it is needed, the sweep's input.

    Args:
        whole_input: JSONata of the sweep's input; None where no expression of the spec is about it.
        distributed: whether an item is an execution of its own: it is then told the sweep's, whose end is
            sure to be an event.
    """
    item = {name: written(f"{_VALUE}.{name}") for name in ("index", "hyperparameters")}
    sweeps = {"execution": written("$states.context.Execution.Id")} if distributed else {}
    return {**item, **sweeps, **({} if whole_input is None else {"input": written(whole_input)})}


class PointsMap(sfn.DistributedMap):
    """A distributed Map that may read and write only what it has to.

    CDK's own reader and writer are allowed whole buckets, and which writer counts depends on a feature flag.

    Args:
        scope: the sweep.
        id: the construct's id.
        file: where the points are; None where the state before gives them.
        results: the folder that the results go to.
        key: the ARN of the key of that folder's bucket, if one is known.
        task: the name of the state that trains a point.
        **arguments: as `sfn.DistributedMap`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        file: S3Location | None,
        results: S3Location,
        key: str | None,
        task: str,
        **arguments: Any,
    ) -> None:
        self._file, self._results, self._results_key = file, results, key
        given: dict[str, Any] = {} if file is not None else {"items": items_of_points()}
        self._task_name = task
        self._named = str(arguments.get("state_name", id))
        super().__init__(scope, id, query_language=sfn.QueryLanguage.JSONATA, **given, **arguments)

    def to_state_json(self, top_level_query_language: sfn.QueryLanguage | None = None) -> Mapping[str, Any]:
        """The state, as the states language has it; called by CDK."""
        state = dict(super().to_state_json(top_level_query_language))
        if self._file is not None:
            state["ItemReader"] = {
                "Resource": f"arn:{Aws.PARTITION}:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"},
                "Arguments": {"Bucket": self._file.bucket, "Key": self._file.key},
            }
        state["ResultWriter"] = {
            "Resource": f"arn:{Aws.PARTITION}:states:::s3:putObject",
            "Arguments": {"Bucket": self._results.bucket, "Prefix": (self._results.key or "").rstrip("/")},
        }
        return state

    def _when_bound_to_graph(self, graph: sfn.StateGraph) -> None:
        super()._when_bound_to_graph(graph)
        permissions = self.machine_permissions()
        for permission in permissions:
            graph.register_policy_statement(permission.to_statement())
        explain_machine(self, [*permissions, *_EXECUTIONS], self._named)
        acknowledge_in_machine(self, self._task_name, permissions)

    def machine_permissions(self) -> list[Permission]:
        """What the state machine's role is allowed, and why; CDK itself lets it run an execution a point."""
        # What Step Functions' guide asks for; reading is for a Map run that is redriven.
        actions = ("AbortMultipartUpload", "GetObject", "ListMultipartUploadParts", "PutObject")
        writing = tuple(f"s3:{action}" for action in actions)
        objects = self._results.objects_arn("*")
        permissions = [Permission("distributed: write what each point gave", writing, (objects,))]
        if self._file is not None:
            permissions.append(read_points(self._file))
        if self._results_key is not None:
            target, reason = KeyTarget.parse(self._results_key), "distributed: encrypt what each point gave"
            encrypting = ("kms:Decrypt", "kms:GenerateDataKey")
            permissions.append(Permission(reason, encrypting, (target.resource,), via_s3(target)))
        return permissions
