"""A task as the states language has it: one Task, or a Parallel with one branch that behaves like one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructs_lib.cdk.workflows.branch import Branch, training_api
from constructs_lib.cdk.workflows.failures import wrapped
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.cdk.workflows.plan import Plan

__all__ = ["TaskState"]

Json = dict[str, Any]


@dataclass(frozen=True)
class TaskState:
    """Everything that a task's state is rendered from.

    Attributes:
        name: the state's.
        plan: what the task does.
        language: its query language, and ``machine`` the state machine's.
        prefix: what a name that is made begins with.
        request: the request as the state has it.
        outer: the members around: next state, comment, query language.
        retry: the user's retriers.
        catch: the user's catchers.
        input_path: what selects the input.
        result: what shapes the output.
        assign: the user's variables.
        times: time-outs of a Task state.
    """

    name: str
    plan: Plan
    language: Language
    machine: Language
    prefix: str
    request: Mapping[str, Any]
    outer: Mapping[str, Any]
    retry: list[Json]
    catch: list[Json]
    input_path: Mapping[str, Any]
    result: Mapping[str, Any]
    assign: Mapping[str, Any] | None
    times: Mapping[str, Any]

    def render(self) -> Json:
        """The state."""
        if self.plan.is_single:
            return {**self._single(), **self.outer, **self._errors(list(self.plan.creation_retries))}
        return {**self._parallel(), **self.outer, **self._errors(list(self.plan.retry_failures))}

    def _errors(self, own: list[Json]) -> Json:
        retriers = _ordered([*own, *self.retry])
        members: Json = {"Retry": retriers} if retriers else {}
        return {**members, "Catch": self.catch} if self.catch else members

    def _creation(self) -> Json:
        return {self.language.request_member: dict(self.request)}

    def _single(self) -> Json:
        return {
            "Type": "Task",
            "Resource": training_api(self.plan.integration),
            **self.input_path,
            **self._creation(),
            **self.result,
            **({"Assign": dict(self.assign)} if self.assign else {}),
            **self.times,
            **self.plan.further,
        }

    def _parallel(self) -> Json:
        branch = Branch(
            state=self.name,
            plan=self.plan,
            language=self.language,
            machine=self.machine,
            prefix=self.prefix,
            creation={**self._creation(), **self.times},
            input_path=self.input_path,
            result=self.result,
            assign=self.assign,
        )
        return {"Type": "Parallel", "Branches": [branch.render()], **self._unwrapped()}

    def _unwrapped(self) -> Json:
        """The one branch's output as it would be without the branch, and the user's variables out of it."""
        within = ".output" if self.assign else ""
        if self.language is Language.JSONATA:
            members: Json = {"Output": wrapped(f"$states.result[0]{within}")}
            told = {key: wrapped(f"$states.result[0].assign.`{key}`") for key in self.assign or {}}
        else:
            members = {"OutputPath": f"$[0]{within}"}
            plain = [key.removesuffix(".$") for key in self.assign or {}]
            told = {f"{key}.$": f"$[0].assign.{key}" for key in plain}
        return {**members, "Assign": told} if told else members


def _ordered(retriers: list[Json]) -> list[Json]:
    """The one for every error comes last, and once: the states language takes it nowhere else."""
    every = [retrier for retrier in retriers if "States.ALL" in retrier["ErrorEquals"]]
    return [retrier for retrier in retriers if retrier not in every] + every[:1]
