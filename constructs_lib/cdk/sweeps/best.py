"""The best job of a sweep, as an expression over what its items gave."""

from __future__ import annotations

from constructs_lib.cdk.sweeps.jsonata import literal
from constructs_lib.spec.objective import Objective

__all__ = ["best_job"]

_BEST = """(
  $items := {items};
  $ranked := $items[$type(name) = 'string' and $type(metric) = 'number'];
  $top := {choose}($ranked.metric);
  $ties := $ranked[metric = $top];
  $first := $min($ties.index);
  $best := $ties[index = $first][0];
  $completed := $count($items[$type(name) = 'string']);
  {{
    'BestTrainingJob': $exists($best) ? {{
      'TrainingJobName': $best.name,
      'Index': $best.index,
      'HyperParameters': {points}[$best.index].hyperparameters,
      'MetricName': {metric},
      'MetricValue': $best.metric,
      'ModelArtifacts': {{'S3ModelArtifacts': $best.model}}
    }} : null,
    'Counts': {{'Completed': $completed, 'Failed': $count($items) - $completed}}
  }}
)"""


def best_job(
    objective: Objective, *, items: str = "$states.result", points: str = "$states.input.points"
) -> str:
    """JSONata of a sweep's result: ``BestTrainingJob`` (null where there is none) and ``Counts``.

    The reducer of a distributed sweep (`constructs_lib.runtime.reducer`) gives the same.

    Args:
        objective: what is compared; a metric that is no number loses, and of equals the first point wins.
        items: JSONata of the list of ``{"index", "name", "metric", "model"}``, or ``{"index", "error"}``.
        points: JSONata of the list of ``{"index", "hyperparameters"}``, in the order of the indices.
    """
    choose = "$max" if objective.largest else "$min"
    # One line: some tools do not take an expression of several.
    template = " ".join(line.strip() for line in _BEST.splitlines())
    return template.format(items=items, points=points, choose=choose, metric=literal(objective.metric))
