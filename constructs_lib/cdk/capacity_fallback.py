"""Other instance types for a job that finds no capacity: checked, and rendered as the request is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack

from constructs_lib.cdk.completion import Completion
from constructs_lib.cdk.expressions import kind_of
from constructs_lib.cdk.permissions import Permission, execution_permissions
from constructs_lib.errors import SpecError
from constructs_lib.spec import TrainingJobSpec, render_request
from constructs_lib.spec.binding import Binding
from constructs_lib.spec.text import is_list_token, is_unknown

ARGUMENT = "capacity_fallback"
Json = dict[str, Any]


def checked_fallback(
    spec: TrainingJobSpec, types: object, completion: Completion, construct: str, *, keep_name: bool
) -> tuple[str, ...]:
    """The instance types of the attempts after the first.

    Raises:
        SpecError: no list of text, a type that is named twice, or a job that cannot be tried again so.
    """
    if isinstance(types, str) or not isinstance(types, (list, tuple)) or is_list_token(types):
        problem = f"must be a list of instance types, got {kind_of(types)}"
        raise SpecError(ARGUMENT, problem, 'such as ["ml.m5.2xlarge"]', construct=construct)
    if not types:
        return ()
    _check_types(spec, types, construct)
    _check_job(spec, completion, construct, keep_name=keep_name)
    return tuple(types)


def _check_types(spec: TrainingJobSpec, types: Sequence[object], construct: str) -> None:
    seen: list[object] = [spec.instance_type]
    for index, name in enumerate(types):
        path = f"{ARGUMENT}[{index}]"
        if not isinstance(name, str) or not name:
            problem = f"must be text, got {kind_of(name) if name != '' else 'empty text'}"
            raise SpecError(
                path, problem, "write an instance type, such as ml.m5.2xlarge", construct=construct
            )
        if name in seen:
            whose = "the spec's own instance_type" if name == spec.instance_type else "named before"
            got = kind_of(name) if is_unknown(name) else repr(name)
            raise SpecError(path, f"got {got}, which is {whose}", "leave it out", construct=construct)
        seen.append(name)


def _check_job(spec: TrainingJobSpec, completion: Completion, construct: str, *, keep_name: bool) -> None:
    if not completion.waits:
        problem = "is given with Completion.start(), where nobody sees that there was no capacity"
        fix = "use Completion.wait() or Completion.wait_condition()"
        raise SpecError(ARGUMENT, problem, fix, construct=construct)
    if keep_name:
        problem = "is given with keep_name=True, and a name can be used once"
        raise SpecError(ARGUMENT, problem, "leave one of them out", construct=construct)
    serverless = spec.serverless_job_config is not None or "ServerlessJobConfig" in spec.overrides
    excluding = {
        "instance_groups": bool(spec.instance_groups),
        "instance_preferences": bool(spec.instance_preferences),
        "serverless_job_config": serverless,
        "training_plan_arn": spec.training_plan_arn is not None or _plan_in(spec.overrides),
    }
    for field, given in excluding.items():
        if given:
            problem = f"is given for a spec with {field}, which has no single instance type to replace"
            raise SpecError(ARGUMENT, problem, "leave one of them out", construct=construct)
    if spec.instance_type is None:
        problem = "is given for a spec without instance_type, whose place it would take"
        raise SpecError(ARGUMENT, problem, "name the first type as instance_type", construct=construct)


def _plan_in(overrides: Mapping[str, Any]) -> bool:
    config = overrides.get("ResourceConfig")
    return isinstance(config, Mapping) and "TrainingPlanArn" in config


def fallback_configs(
    spec: TrainingJobSpec, types: Sequence[str], binding: Binding, stack: Stack, construct: str
) -> list[Json]:
    """The whole ``ResourceConfig`` of each attempt after the first: volume settings follow from the type.

    Raises:
        SpecError: a type for which the image, too, would be another: a later attempt has the first one's.
    """
    if not types:
        return []
    image = stack.resolve(_rendered(spec, binding)["AlgorithmSpecification"])
    configs = []
    for index, name in enumerate(types):
        request = _rendered(spec.replace(instance_type=name), binding)
        if stack.resolve(request["AlgorithmSpecification"]) != image:
            problem = (
                f"got {name!r}, for which the framework has another image than for {spec.instance_type!r}"
            )
            fix = "name types of one kind, with GPUs or without, or give the image by its address"
            raise SpecError(f"{ARGUMENT}[{index}]", problem, fix, construct=construct)
        configs.append(request["ResourceConfig"])
    return configs


def fallback_permissions(known: Sequence[Permission], configs: Sequence[Json]) -> list[Permission]:
    """What the role needs for a later type alone: the first may have disks of its own, and so no key."""
    reasons = {permission.reason for permission in known}
    further: dict[str, Permission] = {}
    for config in configs:
        for permission in execution_permissions({"ResourceConfig": config}):
            if permission.reason.startswith("ResourceConfig") and permission.reason not in reasons:
                further.setdefault(permission.reason, permission)
    return list(further.values())


def _rendered(spec: TrainingJobSpec, binding: Binding) -> Json:
    request: Json = render_request(spec, binding)
    return request
