"""One stack from its first deployment to its end: what trains, what does not, and what is left."""

from __future__ import annotations

import io
import tarfile

import pytest

from constructs_lib.local import LocalAws
from tests.e2e.scenario import Scenario, Step

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def scenario(local_aws: LocalAws) -> Scenario:
    return Scenario(local_aws, "Life")


@pytest.fixture(scope="module")
def life(scenario: Scenario) -> dict[str, Step]:
    """Every step once, in this order; the tests read what each of them did."""
    steps: dict[str, Step] = {}
    steps["first"] = scenario.deploy(score="0.5")
    steps["unchanged"] = scenario.deploy(score="0.5")
    steps["tag"] = scenario.deploy(score="0.5", tag="sour")
    steps["other"] = scenario.deploy(score="0.6", tag="sour")
    steps["back"] = scenario.deploy(score="0.5", tag="sour")
    steps["gate opens"] = scenario.deploy(score="0.5", tag="sour", gate="0.4")
    steps["gate shuts"] = scenario.deploy(score="0.5", tag="sour", gate="0.9")
    steps["worse"] = scenario.deploy(score="0.7", tag="sour", gate="0.9")
    scenario.aws.fail_next_job("AlgorithmError: out of luck")
    steps["failing"] = scenario.deploy(score="0.8", tag="sour", gate="0.4")
    steps["destroyed"] = scenario.destroy()
    return steps


def test_the_first_deployment_trains_once(life: dict[str, Step], scenario: Scenario) -> None:
    first = life["first"]

    assert first.error is None
    assert len(first.created) == 1
    name = first.created[0]["TrainingJobName"]
    assert first.outputs["Name"] == name
    assert first.outputs["Status"] == "Completed"
    assert first.outputs["Score"] == "0.5"
    assert first.outputs["Folder"].endswith(f"/training/output/{name}/")
    assert first.outputs["Model"] == first.outputs["Folder"] + "output/model.tar.gz"


def test_the_model_is_where_the_output_says(life: dict[str, Step], scenario: Scenario) -> None:
    bucket, _, key = life["first"].outputs["Model"].removeprefix("s3://").partition("/")

    body = scenario.aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()

    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        model = archive.extractfile("model.txt")
        assert model is not None
        assert model.read() == b"score 0.5\n"


def test_a_deployment_without_a_change_trains_nothing(life: dict[str, Step]) -> None:
    assert life["unchanged"].error is None
    assert life["unchanged"].created == []


def test_a_changed_tag_reaches_the_job_and_trains_nothing(life: dict[str, Step], scenario: Scenario) -> None:
    assert life["tag"].error is None
    assert life["tag"].created == []
    arn = scenario.job(life["first"].outputs["Name"])["TrainingJobArn"]
    tags = scenario.aws.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]
    assert {"Key": "flavour", "Value": "sour"} in tags
    assert {tag["Key"] for tag in tags} >= {"constructs-lib:stack-id", "constructs-lib:logical-id"}


def test_a_changed_hyperparameter_trains_once_and_the_old_job_is_cleaned_up_after(
    life: dict[str, Step],
) -> None:
    other, old = life["other"], life["first"].outputs["Name"]
    new = other.outputs["Name"]

    assert len(other.created) == 1
    assert other.created[0]["HyperParameters"]["score"] == "0.6"
    assert new != old
    order = [status for status in other.statuses() if status[0].endswith("COMPLETE")]
    assert order.index(("UPDATE_COMPLETE", new)) < order.index(("DELETE_COMPLETE", old))
    assert other.stopped == []


def test_going_back_adopts_the_first_job(life: dict[str, Step]) -> None:
    assert life["back"].error is None
    assert life["back"].created == []
    assert life["back"].outputs["Name"] == life["first"].outputs["Name"]


def test_a_gate_is_judged_on_the_job_there_is(life: dict[str, Step]) -> None:
    opens, shuts = life["gate opens"], life["gate shuts"]

    assert opens.error is None
    assert opens.created == []
    assert shuts.error is not None
    assert shuts.created == []
    assert "metric 'score' is 0.5, below the gate's 0.9" in shuts.reasons("UPDATE_FAILED")


def test_a_job_that_fails_its_gate_is_rolled_back_without_training(life: dict[str, Step]) -> None:
    worse = life["worse"]

    assert worse.error is not None
    assert [request["HyperParameters"]["score"] for request in worse.created] == ["0.7"]
    assert "metric 'score' is 0.7, below the gate's 0.9" in worse.reasons("UPDATE_FAILED")
    assert worse.events[-1]["ResourceStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_job_that_fails_says_why_and_is_rolled_back_without_training(life: dict[str, Step]) -> None:
    failing = life["failing"]

    assert failing.error is not None
    assert len(failing.created) == 1
    assert "AlgorithmError: out of luck" in failing.reasons("UPDATE_FAILED")
    assert failing.events[-1]["ResourceStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_destroying_trains_and_stops_nothing_and_keeps_the_results(
    life: dict[str, Step], scenario: Scenario
) -> None:
    assert life["destroyed"].error is None
    assert life["destroyed"].created == []
    assert life["destroyed"].stopped == []
    assert scenario.job(life["first"].outputs["Name"])["TrainingJobStatus"] == "Completed"
    bucket, _, key = life["first"].outputs["Model"].removeprefix("s3://").partition("/")
    assert scenario.aws.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
