"""Distributed Maps: any number of items, child executions, and tolerated failures."""

from __future__ import annotations

from typing import Any

from constructs_lib.local import seams

from .children import Child, begin
from .failures import failure

__all__ = ["install", "results_of"]

_ITERATION = "moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration"
_WORKER = f"{_ITERATION}.itemprocessor.distributed_item_processor_worker:DistributedItemProcessorWorker"
_MAP_RUN = f"{_ITERATION}.distributed_iteration_component:DistributedIterationComponent._map_run"
_JOB_POOL = f"{_ITERATION}.job:JobPool"
_MOST_WORKERS = 64  # AWS runs up to 10,000 at once; here each is a thread
_EXCEEDED = "States.ExceedToleratedFailureThreshold"


def install() -> None:
    """Replaces moto's recursion over the items, and its way with failures."""
    seams.replace(f"{_WORKER}._eval_pool", _items)
    seams.replace(f"{_WORKER}._eval_job", _child)
    seams.replace(_MAP_RUN, _map_run)


def results_of(env: Any) -> tuple[Any, list[Child]]:
    """The record and the children of the distributed Map that was run in an environment."""
    found: tuple[Any, list[Child]] = env.map_results
    return found


def _items(self: Any, job: Any, worker_frame: Any) -> None:
    """One worker's items, one after another."""
    while job is not None:
        frame = worker_frame.open_inner_frame()
        self._eval_job(env=frame, job=job)
        worker_frame.delete_frame(frame)
        self._job_pool.close_job(job)
        job = self._job_pool.next_job()  # none after a failure


def _child(self: Any, env: Any, job: Any) -> None:
    """Runs one child execution; its outcome is recorded, and too many failures end the whole Map."""
    record, children, tolerated = self._job_pool.map_run
    _count(record, "total")
    context = env.states.context_object.context_object_data
    context["Map"] = {"Item": {"Index": job.job_index, "Value": job.job_input}}
    env.states.reset(job.job_input)
    try:
        self._eval_input(env_frame=env)
        child = begin(env, self._job_pool.label)
        children[job.job_index] = child
        job.job_program.eval(env)
        _conclude(env, child)
    except Exception as error:  # noqa: BLE001 - an ItemSelector that fails ends the Map, as on AWS
        job.job_output = error
        return
    _count(record, child.status.lower())
    job.job_output = child.output
    failed = record.item_counter.failed.get() + record.item_counter.timed_out.get()
    if not tolerated(failed):
        job.job_output = failure(env, _EXCEEDED, "The specified tolerated failure threshold was exceeded")


def _conclude(env: Any, child: Child) -> None:
    state = env.program_state()
    kind = type(state).__name__
    if kind == "ProgramEnded":
        child.succeed(env.states.get_input())
    elif kind == "ProgramError":
        child.fail("FAILED", state.error.get("error"), state.error.get("cause"))
    else:
        child.fail({"ProgramTimedOut": "TIMED_OUT"}.get(kind, "ABORTED"))


def _count(record: Any, name: str) -> None:
    for counter in (record.item_counter, record.execution_counter):
        getattr(counter, name).count()


def _map_run(self: Any, env: Any, eval_input: Any) -> None:
    items = env.stack.pop()
    record = eval_input.map_run_record
    pool = seams.get(_JOB_POOL)(job_program=self._get_iteration_program(), job_inputs=items)
    children: dict[int, Child] = {}
    pool.map_run = (record, children, _tolerance(record, len(items)))
    pool.label = record.map_state_machine_arn.rpartition("/")[2]
    workers = min(len(items), record.max_concurrency or _MOST_WORKERS, _MOST_WORKERS)
    for _ in range(workers):
        self._launch_worker(env=env, eval_input=eval_input, job_pool=pool)
    pool.await_jobs()
    env.map_results = (record, [children[index] for index in sorted(children)])
    if pool.get_worker_exception() is not None:
        raise pool.get_worker_exception()
    env.stack.append([job.job_output for job in pool.get_closed_jobs()])


def _tolerance(record: Any, total: int) -> Any:
    """Whether a number of failures is tolerated; a threshold that is 0 counts only when both are."""
    count, percentage = record.tolerated_failure_count, record.tolerated_failure_percentage

    def tolerated(failed: int) -> bool:
        if not count and not percentage:
            return failed == 0
        few = not count or failed <= count
        return few and (not percentage or failed * 100 <= percentage * total)

    return tolerated
