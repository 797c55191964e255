"""One life of a resource, told in a line; needs no pytest, so that any Python can tell it."""

from __future__ import annotations

from tests.unit.runtime.model import CloudFormation, fails, properties, request, with_metrics


def life() -> str:
    """A resource that is made, changed, failed, rolled back and deleted, in one line."""
    cfn = CloudFormation()
    cfn.sagemaker.scripts = [with_metrics(("auc", 0.93)), fails()]
    first = properties(QualityGates=[{"Metric": "auc", "AtLeast": 0.9}], FinalMetrics=["auc"])
    made = cfn.create(first)
    changed = cfn.update({**first, "Request": request(Environment={"changed": "1"})})
    deleted = cfn.delete()
    answers = [f"{answer.ok} {answer.physical_id} {answer.data}" for answer in (made, changed, deleted)]
    return " | ".join([*answers, changed.reason])
