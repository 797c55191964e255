"""What `TrainingJobSpec` refuses at once, and the form in which it keeps its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from constructs_lib.errors import SpecError
from constructs_lib.spec.algorithm import SCRIPT_HYPERPARAMETERS, Algorithm
from constructs_lib.spec.binding import UNBOUND
from constructs_lib.spec.channels import Channel
from constructs_lib.spec.checks import (
    check_flag,
    check_items,
    check_mapping,
    check_text,
    check_whole,
    kind,
    shown,
)
from constructs_lib.spec.durations import normalize
from constructs_lib.spec.frozen import freeze, set_field
from constructs_lib.spec.hyperparameters import encode
from constructs_lib.spec.instance_groups import InstanceGroup
from constructs_lib.spec.job_shapes import SHAPE_LISTS, SHAPES, check_shape, check_shapes
from constructs_lib.spec.locations import check_key
from constructs_lib.spec.members import without_empty
from constructs_lib.spec.metrics import MetricDefinition
from constructs_lib.spec.output import Output
from constructs_lib.spec.overrides import check_depth, check_raw, merge_overrides
from constructs_lib.spec.render import RENDERERS
from constructs_lib.spec.spot import Checkpoint, SpotTraining
from constructs_lib.spec.text import is_resolvable, is_unknown

if TYPE_CHECKING:
    from constructs_lib.spec.job import TrainingJobSpec

__all__ = ["check_needed", "check_spec", "is_whole"]

_KINDS: Mapping[str, type] = {
    "algorithm": Algorithm,
    "output": Output,
    "spot": SpotTraining,
    "checkpoint": Checkpoint,
}
_LISTS: Mapping[str, type] = {
    "channels": Channel,
    "metrics": MetricDefinition,
    "instance_groups": InstanceGroup,
}
_TEXTS = ("instance_type", "training_plan_arn", "training_job_name", "role_arn")
_FLAGS = (
    "network_isolation",
    "inter_container_encryption",
    "remote_debug",
    "infra_check",
    "session_tag_chaining",
)


def check_spec(spec: TrainingJobSpec) -> None:
    """Bring a spec's fields into the form in which they are kept.

    Raises:
        SpecError: a value of another type, out of range, or contradicting another; the message names it.
    """
    _check_objects(spec)
    _check_lists(spec)
    _check_maps(spec)
    _check_scalars(spec)
    _check_machines(spec)
    _check_channel_names(spec)
    _check_hyperparameters(spec)
    _check_spot(spec)
    _check_overrides(spec)


def is_whole(spec: TrainingJobSpec) -> bool:
    """Whether a spec says what runs, and on what; only one that was read from a request may not."""
    return not (_lacks_algorithm(spec) or _lacks_machines(spec))


def check_needed(spec: TrainingJobSpec) -> None:
    """Refuse a spec that does not say what runs, or on what.

    Raises:
        SpecError: there is no algorithm or no instance type, and nothing that stands for it.
    """
    if _lacks_algorithm(spec):
        raise SpecError("algorithm", "is needed", "make it with a method of Algorithm, such as from_script")
    if _lacks_machines(spec):
        raise SpecError("instance_type", "is needed", "name one, such as ml.m5.xlarge")


def _serverless(spec: TrainingJobSpec) -> bool:
    return spec.serverless_job_config is not None or "ServerlessJobConfig" in spec.overrides


def _lacks_algorithm(spec: TrainingJobSpec) -> bool:
    given = spec.algorithm is not None or "AlgorithmSpecification" in spec.overrides
    return not (given or _serverless(spec))


def _lacks_machines(spec: TrainingJobSpec) -> bool:
    several = spec.instance_groups or spec.instance_preferences
    given = spec.instance_type is not None or several or "ResourceConfig" in spec.overrides
    return not (given or _serverless(spec))


def _check_objects(spec: TrainingJobSpec) -> None:
    for name, expected in _KINDS.items():
        value = getattr(spec, name)
        if value is not None and not isinstance(value, expected):
            problem = f"must be of type {expected.__name__}, got {kind(value)}"
            raise SpecError(name, problem, f"make it with {expected.__name__}")
    for name in SHAPES:
        check_shape(name, getattr(spec, name))


def _check_lists(spec: TrainingJobSpec) -> None:
    for name, expected in _LISTS.items():
        values = getattr(spec, name)
        kept = freeze(values) if is_unknown(values) else check_items(name, values, expected)
        set_field(spec, name, kept)
    for name in SHAPE_LISTS:
        set_field(spec, name, check_shapes(name, getattr(spec, name)))


def _check_maps(spec: TrainingJobSpec) -> None:
    for name in ("hyperparameters", "environment", "tags", "overrides"):
        value = getattr(spec, name)
        if name == "overrides" or not is_unknown(value):
            check_mapping(name, value)
            if name == "overrides":
                check_raw(name, value)
            else:
                check_depth(name, value)
        set_field(spec, name, freeze(value))
    _check_texts("environment", spec.environment)
    _check_texts("tags", spec.tags)


def _check_texts(path: str, values: Mapping[str, object]) -> None:
    """Refuse values that are no text, without showing them: some are secret."""
    for key, value in () if is_unknown(values) else values.items():
        if not isinstance(value, str) and not is_resolvable(value) and not is_unknown(value):
            problem = f"must be a str, got {kind(value)}"
            raise SpecError(f"{path}[{shown(key)}]", problem, "write the value as text")


def _check_scalars(spec: TrainingJobSpec) -> None:
    set_field(spec, "max_runtime", normalize("max_runtime", spec.max_runtime))
    set_field(spec, "max_pending", normalize("max_pending", spec.max_pending))
    set_field(spec, "keep_alive", normalize("keep_alive", spec.keep_alive, minimum=0))
    for name in _TEXTS:
        check_text(name, getattr(spec, name))
    for name in _FLAGS:
        check_flag(name, getattr(spec, name))
    for name in ("volume_size_gib", "instance_count", "retry_attempts"):
        check_whole(name, getattr(spec, name), minimum=1)
    check_key("volume_encryption_key", spec.volume_encryption_key)


def _check_machines(spec: TrainingJobSpec) -> None:
    """Refuse two ways at once to say on which instances a job runs; the count of one type is 1."""
    if spec.instance_groups:
        for name in ("instance_type", "instance_count"):
            if getattr(spec, name) is not None:
                problem = f"excludes {name}: each group has its own"
                raise SpecError("instance_groups", problem, f"leave {name} out")
    if spec.instance_preferences:
        for name in ("instance_type", "instance_groups"):
            if getattr(spec, name):
                problem = f"excludes {name}: one of the preferences is chosen"
                raise SpecError("instance_preferences", problem, f"leave {name} out")
    if spec.instance_type is not None and spec.instance_count is None:
        set_field(spec, "instance_count", 1)


def _check_channel_names(spec: TrainingJobSpec) -> None:
    names = [] if is_unknown(spec.channels) else [channel.name for channel in spec.channels]
    for index, name in enumerate(names):
        if name in names[:index]:
            problem = f"another channel is named {shown(name)}"
            raise SpecError(f"channels[{index}]", problem, "give each its own name")


def _check_hyperparameters(spec: TrainingJobSpec) -> None:
    script = spec.algorithm is not None and spec.algorithm.source is not None
    if is_unknown(spec.hyperparameters):
        if script:
            problem = "cannot be a token for a script, to whose hyperparameters the library adds"
            raise SpecError("hyperparameters", problem, "give a map; its values may be tokens")
        return
    encoding = "plain" if spec.algorithm is None else spec.algorithm.hyperparameter_encoding
    encode(spec.hyperparameters, encoding)  # raises for what cannot be written as text
    for name in SCRIPT_HYPERPARAMETERS if script else ():
        if name in spec.hyperparameters:
            fix = "leave it out; the entry point and log_level are arguments of Algorithm.from_script"
            raise SpecError(f"hyperparameters[{name!r}]", "is set for a script by the library", fix)


def _check_spot(spec: TrainingJobSpec) -> None:
    if spec.spot is None or spec.spot.max_wait is not None or spec.max_runtime is None:
        return
    if not hasattr(spec.max_runtime, "total_seconds"):  # not known at synth: it cannot be doubled
        problem = "cannot be derived, because max_runtime is a token"
        raise SpecError("spot.max_wait", problem, "give SpotTraining a max_wait")


def _check_overrides(spec: TrainingJobSpec) -> None:
    """Refuse overrides of what the fields say; what only a construct says is refused when it renders."""
    members = {name: RENDERERS[name](spec, UNBOUND) for name in spec.overrides if name in RENDERERS}
    merge_overrides(without_empty(members), spec.overrides, owner="")
