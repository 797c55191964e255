"""From what DescribeTrainingJob says of a job to the request for another one like it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from constructs_lib.service_model.create_training_job import ROOT, SHAPES
from constructs_lib.service_model.first_party import first_party_accounts
from constructs_lib.spec.checks import check_mapping
from constructs_lib.spec.request_types import without_unknown_members

__all__ = ["request_of"]

_IMAGE = re.compile(r"(?P<account>\d{12})\.dkr[.-]ecr[^/]*/(?P<repository>[^:@]+)")
# What a job without a limit of its own is described with: StoppingCondition's documentation.
_DEFAULT_STOPPING = {"MaxRuntimeInSeconds": 86400}


def request_of(description: object) -> Mapping[str, object]:
    """The request in a description: without the job's name, and without what the service has added.

    Dropped are status, times, results and everything else that CreateTrainingJob does not have; metrics that
    the service defines for AWS's own algorithms; the chosen instance type of preferences, and the count of 0
    beside groups; the default limit of serverless jobs; and empty texts, maps, lists and flags that are off,
    which stand for what was not said.

    Raises:
        SpecError: not a map with text as keys.
    """
    known = without_unknown_members(check_mapping("description", description))
    request = cast("dict[str, Any]", _without_unsaid(known, ROOT))
    request.pop("TrainingJobName", None)
    if isinstance(request.get("Tags"), Mapping):  # the form of events
        request["Tags"] = [{"Key": key, "Value": value} for key, value in request["Tags"].items()]
    _drop_metrics(request.get("AlgorithmSpecification"))
    _drop_machines(request.get("ResourceConfig"))
    if "ServerlessJobConfig" in request and request.get("StoppingCondition") == _DEFAULT_STOPPING:
        del request["StoppingCondition"]
    if request.get("EnableManagedSpotTraining") is False:
        del request["EnableManagedSpotTraining"]
    return request


def _drop_metrics(algorithm: object) -> None:
    if not isinstance(algorithm, dict):
        return
    image = algorithm.get("TrainingImage")
    match = _IMAGE.match(image) if isinstance(image, str) else None
    if match and match["account"] in first_party_accounts(match["repository"]):
        algorithm.pop("MetricDefinitions", None)


def _drop_machines(resources: object) -> None:
    if not isinstance(resources, dict):
        return
    for name in ("SelectedInstanceType", "SelectedInstanceCount"):
        resources.pop(name, None)
    if resources.get("InstanceGroups") and resources.get("InstanceCount") == 0:
        del resources["InstanceCount"]


def _without_unsaid(value: object, shape_name: str) -> object:
    """A copy in which no optional member of a structure is None or empty; entries of maps are kept."""
    shape = SHAPES[shape_name]
    if isinstance(value, Mapping) and shape["type"] == "structure":
        members = {key: _without_unsaid(item, shape["members"][key]) for key, item in value.items()}
        needed = () if shape_name == ROOT else shape["required"]
        return {key: item for key, item in members.items() if key in needed or not _unsaid(item)}
    if isinstance(value, (list, tuple)) and shape["type"] == "list":
        return [_without_unsaid(item, shape["member"]) for item in value]
    return value


def _unsaid(value: object) -> bool:
    return value is None or (isinstance(value, (str, list, tuple, Mapping)) and not value)
