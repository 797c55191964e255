"""app.py, as the README shows it: the model that comes out is as good as the deployment said."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import joblib
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

from constructs_lib import LocalError
from constructs_lib.local import LocalAws

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]


def trainings(aws: LocalAws) -> int:
    return len(aws.calls("CreateTrainingJob"))


def accuracy_of(aws: LocalAws, uri: str) -> float:
    """The accuracy of a downloaded model on the rows that its training did not see."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    body = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        held_back = json.load(archive.extractfile("held_back.json"))  # type: ignore[arg-type]
        model = joblib.load(io.BytesIO(archive.extractfile("model.joblib").read()))  # type: ignore[union-attr]
    data = load_breast_cancer()
    _, rows, _, truth = train_test_split(
        data.data,
        data.target,
        test_size=held_back["test_size"],
        random_state=held_back["seed"],
        stratify=data.target,
    )
    return float(accuracy_score(truth, model.predict(rows)))


def test_the_example_from_first_deployment_to_the_last(local_aws: LocalAws) -> None:
    before = trainings(local_aws)

    outputs = local_aws.deploy(ROOT).outputs["BreastCancer"]

    assert trainings(local_aws) == before + 1
    assert accuracy_of(local_aws, outputs["ModelUri"]) == pytest.approx(float(outputs["Accuracy"]), abs=1e-6)
    assert float(outputs["Accuracy"]) > 0.9

    with pytest.raises(LocalError):
        local_aws.deploy(ROOT, {"max_depth": "3", "gate": "0.9999"})

    assert trainings(local_aws) == before + 2
    assert local_aws.stack_events("BreastCancer")[-1]["ResourceStatus"] == "UPDATE_ROLLBACK_COMPLETE"

    local_aws.destroy(ROOT)

    assert trainings(local_aws) == before + 2
