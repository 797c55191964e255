"""Kinds of state machines in which something is around the tasks: Map, Parallel, Choice, and other tasks."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import Checkpoint, Grid, JobName, Objective, TrainingSweep

from .definitions import (
    GATES,
    JSONATA,
    KINDS,
    LOOP,
    REQUEST_RESPONSE,
    SPEC,
    SPOT,
    WHOLE,
    Kind,
    in_both,
    train,
)

J = sfn.JsonPath
__all__ = ["DISTRIBUTED", "KINDS"]

CHECKPOINTS = SPEC.replace(spot=SPOT, checkpoint=Checkpoint())


def own(in_jsonata: bool) -> dict[str, Any]:
    return {"query_language": JSONATA} if in_jsonata else {}


def inside(name: str, in_jsonata: bool) -> str:
    """A state's name that no machine of the other language has."""
    return f"{name} in {'JSONata' if in_jsonata else 'JSONPath'}"


def mapped(scope: Construct, id: str, in_jsonata: bool, inside: sfn.IChainable) -> sfn.Map:
    if in_jsonata:
        items = sfn.ProvideItems.jsonata("{% $states.input.items %}")
        made = sfn.Map(scope, id, items=items, max_concurrency=2, query_language=JSONATA)
    else:
        made = sfn.Map(scope, id, items_path="$.items", max_concurrency=2)
    made.item_processor(inside)
    return made


def in_a_map(scope: Construct, in_jsonata: bool) -> sfn.IChainable:
    return mapped(
        scope,
        "Each",
        in_jsonata,
        train(scope, inside("Item", in_jsonata), spec=CHECKPOINTS, **own(in_jsonata)),
    )


def in_nested_maps(scope: Construct, in_jsonata: bool) -> sfn.IChainable:
    task = train(scope, inside("Nested", in_jsonata), **LOOP, retry_failures=True, **own(in_jsonata))
    return mapped(scope, "Each", in_jsonata, mapped(scope, "Inner", in_jsonata, task))


def in_a_distributed_map(scope: Construct, in_jsonata: bool) -> sfn.IChainable:
    if in_jsonata:
        items = sfn.ProvideItems.jsonata("{% $states.input.items %}")
        made = sfn.DistributedMap(scope, "Each", items=items, query_language=JSONATA)
    else:
        made = sfn.DistributedMap(scope, "Each", items_path="$.items")
    return made.item_processor(train(scope, inside("Wide", in_jsonata), **LOOP, **own(in_jsonata)))


def in_parallel(scope: Construct, in_jsonata: bool) -> sfn.IChainable:
    """Two tasks whose jobs' names begin alike."""
    name = JobName.unique("same")
    both = sfn.Parallel(scope, "Both", **own(in_jsonata))
    both.branch(
        train(scope, inside("One", in_jsonata), job_name=name, quality_gates=GATES, **own(in_jsonata))
    )
    both.branch(train(scope, inside("Other", in_jsonata), job_name=name, **LOOP, **own(in_jsonata)))
    return both


def one_after_another(scope: Construct, in_jsonata: bool) -> sfn.IChainable:
    """Three forms, retried and caught, and a loop back to the first."""
    name = JobName.unique("same")
    first = train(scope, "First", job_name=name, retry_failures=True, **own(in_jsonata))
    second = train(scope, "Second", job_name=name, **REQUEST_RESPONSE, **own(in_jsonata))
    third = train(scope, "Third", **REQUEST_RESPONSE, **WHOLE, **own(in_jsonata))
    seen: dict[str, Any] = {} if in_jsonata else {"result_path": "$.error"}
    sorry = sfn.Pass(scope, "Sorry", **own(in_jsonata))
    for task in (first, second, third):
        task.add_retry(errors=["TrainingJob.Internal"], max_attempts=2)
        task.add_catch(sorry, errors=["TrainingJob.Failed"], **seen)
    asked = sfn.Choice(scope, "Again?", **own(in_jsonata))
    again = (
        sfn.Condition.jsonata("{% $states.input.again %}")
        if in_jsonata
        else sfn.Condition.boolean_equals("$.again", True)
    )
    asked.when(again, first).otherwise(sfn.Succeed(scope, "Enough"))
    return first.next(second).next(third).next(asked)


def of_one_beginning(scope: Construct, in_jsonata: bool) -> sfn.IChainable:
    """Names of eighty characters that differ at their end."""
    first = train(scope, "First", state_name=f"{'n' * 79}1", **LOOP, retry_failures=True, **own(in_jsonata))
    second = train(scope, "Second", state_name=f"{'n' * 79}2", **LOOP, retry_failures=True, **own(in_jsonata))
    return first.next(second)


def sweep(scope: Construct, **given: Any) -> sfn.IChainable:
    objective = Objective.minimize("validation:error rate")
    arguments: dict[str, Any] = {"spec": SPEC, "points": Grid(depth=[4, 6], eta=[0.1]), **given}
    return TrainingSweep(scope, "Sweep", objective=objective, **arguments)


def of_both_languages(scope: Construct) -> sfn.IChainable:
    return train(scope, "First").next(train(scope, "Second", quality_gates=GATES, **own(True)))


DISTRIBUTED = {"in a distributed Map, JSONPath", "in a distributed Map, JSONata"}
in_both("in a Map", in_a_map, mixed=True)
in_both("in nested Maps", in_nested_maps)
in_both("in a distributed Map", in_a_distributed_map)
in_both("in a Parallel", in_parallel)
in_both("one after another", one_after_another, mixed=True)
in_both("names of one beginning", of_one_beginning)
KINDS["sweep, inline"] = Kind(None, lambda scope: sweep(scope, tolerated_failures=1))
KINDS["sweep, JSONata"] = Kind(JSONATA, lambda scope: sweep(scope, **LOOP))
KINDS["sweep, of the execution"] = Kind(None, lambda scope: sweep(scope, points="$.points"))
KINDS["sweep, from a file"] = Kind(None, lambda scope: sweep(scope, points=Grid(depth=list(range(60)))))
KINDS["sweep, distributed"] = Kind(None, lambda scope: sweep(scope, distributed=True))
KINDS["both languages"] = Kind(None, of_both_languages)
