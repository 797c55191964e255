"""What the best job of a sweep is, said a second time and as plainly as can be."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

Item = dict[str, Any]
MISSING = "missing"
# Few numbers, so that there are ties; and what is no number, though it may look like one.
METRICS: tuple[Any, ...] = (
    0.5,
    0.7,
    1,
    0,
    -3,
    -0.25,
    1e300,
    MISSING,
    None,
    "NaN",
    "0.9",
    True,
    [2],
    {"a": 2},
)
# JSON as Python reads it knows these, too.
ODD_METRICS: tuple[Any, ...] = (math.nan, math.inf, -math.inf, 10**400, -(10**400))


def result(items: list[Item], points: list[Any], metric: str, *, largest: bool) -> dict[str, Any]:
    trained = [item for item in items if "name" in item]
    ranked = sorted(
        (item for item in trained if is_number(item.get("metric"))), key=lambda item: item["index"]
    )
    job = None
    if ranked:
        best = ranked[0]
        for item in ranked:
            if (item["metric"] > best["metric"]) if largest else (item["metric"] < best["metric"]):
                best = item
        job = {
            "TrainingJobName": best["name"],
            "Index": best["index"],
            "HyperParameters": points[best["index"]]["hyperparameters"],
            "MetricName": metric,
            "MetricValue": best["metric"],
            "ModelArtifacts": {"S3ModelArtifacts": best["model"]} if "model" in best else {},
        }
    return {
        "BestTrainingJob": job,
        "Counts": {"Completed": len(trained), "Failed": len(items) - len(trained)},
    }


def is_number(value: object) -> bool:
    return type(value) in (int, float) and -1e308 < value < 1e308  # type: ignore[operator]


def points(number: int) -> list[Item]:
    return [
        {"index": index, "hyperparameters": {"depth": f"{index}", "eta": "0.1"}} for index in range(number)
    ]


@st.composite
def items(draw: st.DrawFn, metrics: tuple[Any, ...] = METRICS) -> list[Item]:
    """What the items of a sweep gave, in any order."""
    found = []
    for index in range(draw(st.integers(0, 8))):
        item: Item = {"index": index, "error": "TrainingJob.Algorithm"}
        if draw(st.booleans()):
            item = {"index": index, "name": f"job-{index}", "model": f"s3://bucket/{index}/model.tar.gz"}
            metric = draw(st.sampled_from(metrics))
            item |= {} if metric == MISSING else {"metric": metric}
            if draw(st.integers(0, 9)) == 0:
                del item["model"]
        found.append(item)
    return draw(st.permutations(found))
