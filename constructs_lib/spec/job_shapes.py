"""The fields of a spec that hold generated shapes: loaded when one of them is used, because they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from constructs_lib.errors import SpecError
from constructs_lib.spec.checks import check_items, is_unknown_leaf, kind
from constructs_lib.spec.frozen import freeze, thaw
from constructs_lib.spec.text import is_unknown

if TYPE_CHECKING:
    from constructs_lib.spec.shape import Shape

__all__ = [
    "SHAPES",
    "SHAPE_LISTS",
    "check_shape",
    "check_shapes",
    "render_shape",
    "render_shapes",
    "shape_type",
]

SHAPES = {
    "placement": "InstancePlacementConfig",
    "vpc_config": "VpcConfig",
    "debug_hook_config": "DebugHookConfig",
    "profiler_config": "ProfilerConfig",
    "tensor_board_output_config": "TensorBoardOutputConfig",
    "experiment_config": "ExperimentConfig",
    "serverless_job_config": "ServerlessJobConfig",
    "mlflow_config": "MlflowConfig",
    "model_package_config": "ModelPackageConfig",
}
"""Fields with one shape; the shape's name is AWS's, and but for ``placement`` its member's too."""

SHAPE_LISTS = {
    "instance_preferences": "InstancePreference",
    "debug_rule_configurations": "DebugRuleConfiguration",
    "profiler_rule_configurations": "ProfilerRuleConfiguration",
}
"""Fields with a list of shapes."""


def shape_type(name: str) -> type[Shape]:
    """The generated class of a shape, by AWS's name."""
    from constructs_lib.spec import shapes

    return cast("type[Shape]", getattr(shapes, name))


def check_shape(field: str, value: object) -> None:
    """Refuse another type than the field's shape; None and tokens pass."""
    if value is None or is_unknown_leaf(value):
        return
    name = SHAPES[field]
    if not isinstance(value, shape_type(name)):
        problem = f"must be of type shapes.{name}, got {kind(value)}"
        raise SpecError(field, problem, f"make it with shapes.{name}")


def check_shapes(field: str, values: object) -> object:
    """Copy a list of the field's shapes into a tuple; refuse another type; tokens pass."""
    if is_unknown(values):
        return freeze(values)
    if isinstance(values, tuple) and not values:  # without loading the shapes
        return ()
    return check_items(field, values, shape_type(SHAPE_LISTS[field]))


def render_shape(value: object) -> object:
    """A shape in AWS form; None, tokens and expressions as they are."""
    return value if value is None or is_unknown(value) else cast("Shape", value).to_request()


def render_shapes(values: Any) -> object:
    """A list of shapes in AWS form; a token or an expression for the list as it is."""
    return thaw(values) if is_unknown(values) else [render_shape(value) for value in values]
