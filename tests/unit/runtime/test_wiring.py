"""The real clients, made of the shipped model; nothing goes over a network."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.loaders import JSONFileLoader

from constructs_lib.runtime import front, wiring, worker
from constructs_lib.runtime.clock import SystemClock
from constructs_lib.runtime.scalars import MODEL_FILE
from constructs_lib.runtime.wiring import StateMachine, world_of_lambda
from constructs_lib.runtime.world import World

from .model import CloudFormation, client_error, properties, request, throttled

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "dummy",
    "AWS_SECRET_ACCESS_KEY": "dummy",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "KEY_ARN": "arn:aws:kms:eu-west-1:123456789012:key/k",
    "STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:watch",
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_DATA_PATH", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    world_of_lambda.cache_clear()
    yield world_of_lambda()
    world_of_lambda.cache_clear()


class Service:
    """Stands before botocore's HTTP session: what it answers never left the process."""

    def __init__(self, client: Any, *responses: tuple[int, dict[str, Any]]) -> None:
        self.left = list(responses)
        self.sent: list[tuple[str, dict[str, Any]]] = []
        client.meta.events.register("before-send", self)

    def __call__(self, request: Any, **_: Any) -> AWSResponse:
        self.sent.append((request.headers["X-Amz-Target"].decode(), json.loads(request.body)))
        status, body = self.left.pop(0)

        class Raw:
            def stream(self, **_: Any) -> list[bytes]:
                return [json.dumps(body).encode()]

        return AWSResponse(request.url, status, {"x-amzn-requestid": "r"}, Raw())


def sagemaker_of(world: World) -> Any:
    return world.jobs._sagemaker


def test_the_client_is_made_of_the_shipped_model(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    load_file = JSONFileLoader.load_file

    def spy(self: Any, path: str) -> Any:
        opened.append(path)
        return load_file(self, path)

    monkeypatch.setattr(JSONFileLoader, "load_file", spy)
    world_of_lambda.cache_clear()
    model = sagemaker_of(world_of_lambda()).meta.service_model

    models = [Path(path + ".json") for path in opened if "sagemaker" in path and path.endswith("service-2")]
    assert models == [MODEL_FILE]
    assert MODEL_FILE.is_relative_to(Path(wiring.__file__).parent)
    assert set(model.operation_names) == set(json.loads(MODEL_FILE.read_text())["operations"])


def test_no_member_is_unknown_to_the_client(world: World) -> None:
    """The members that a Lambda runtime's own botocore lacks are sent, too."""
    service = Service(sagemaker_of(world), (200, {"TrainingJobArn": "arn"}))
    newest = {
        "ServerlessJobConfig": {"JobType": "FineTuning", "BaseModelArn": "arn:model"},
        "MlflowConfig": {"MlflowResourceArn": "arn:mlflow"},
        "ModelPackageConfig": {"ModelPackageGroupArn": "arn:group"},
    }

    assert world.jobs.create(request(TrainingJobName="churn", **newest))

    [(target, body)] = service.sent
    assert target == "SageMaker.CreateTrainingJob"
    assert {name: body[name] for name in newest} == newest
    assert body["ResourceConfig"]["InstanceCount"] == 1


def test_the_world_is_made_once_and_no_earlier_than_it_is_asked_for(world: World) -> None:
    assert world_of_lambda() is world
    assert isinstance(world.clock, SystemClock)


@pytest.mark.fault(30)
@pytest.mark.parametrize("status", [400, 503])
def test_throttling_is_backed_off_with_jitter(
    world: World, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(botocore.endpoint.time, "sleep", pauses.append)
    refusal = {"__type": "ThrottlingException", "message": "Rate exceeded"}
    service = Service(
        sagemaker_of(world),
        *[(status, refusal)] * 3,
        (200, {"TrainingJobName": "churn", "TrainingJobStatus": "Completed"}),
    )

    description = world.jobs.describe("churn")

    assert description is not None
    assert description["TrainingJobStatus"] == "Completed"
    assert len(service.sent) == 4
    assert len(pauses) == 3
    assert len({round(pause, 6) for pause in pauses}) > 1
    assert sum(pauses) < 30


@pytest.mark.fault(39)
def test_the_services_text_for_an_absent_job_is_understood_by_the_real_client(world: World) -> None:
    Service(
        sagemaker_of(world),
        (400, {"__type": "ValidationException", "message": "Requested resource not found."}),
    )

    assert world.jobs.describe("churn") is None


def test_a_duplicate_name_is_understood_by_the_real_client(world: World) -> None:
    Service(sagemaker_of(world), (400, {"__type": "ResourceInUse", "message": "must be unique"}))

    assert not world.jobs.create(request(TrainingJobName="churn"))


def test_tags_are_read_page_by_page_by_the_real_client(world: World) -> None:
    Service(
        sagemaker_of(world),
        (200, {"Tags": [{"Key": "a", "Value": "1"}], "NextToken": "next"}),
        (200, {"Tags": [{"Key": "b", "Value": "2"}]}),
    )

    assert world.jobs.tags({"TrainingJobArn": "arn"}) == {"a": "1", "b": "2"}


def test_jobs_are_listed_page_by_page_by_the_real_client(world: World) -> None:
    job = {
        "TrainingJobName": "a",
        "TrainingJobArn": "arn",
        "CreationTime": 1,
        "TrainingJobStatus": "InProgress",
    }
    service = Service(
        sagemaker_of(world),
        (200, {"TrainingJobSummaries": [], "NextToken": "next"}),
        (200, {"TrainingJobSummaries": [job]}),
    )

    [found] = world.jobs.listed(StatusEquals="InProgress", CreationTimeAfter=1_750_000_000.5)

    asked = {"StatusEquals": "InProgress", "CreationTimeAfter": 1_750_000_000.5, "MaxResults": 100}
    assert service.sent == [
        ("SageMaker.ListTrainingJobs", asked),
        ("SageMaker.ListTrainingJobs", {**asked, "NextToken": "next"}),
    ]
    assert found["CreationTime"].timestamp() == 1


class Executions:
    def __init__(self, error: ClientError | None = None) -> None:
        self.error = error
        self.started: list[dict[str, Any]] = []

    def start_execution(self, **call: Any) -> None:
        self.started.append(call)
        if self.error:
            raise self.error


def test_an_execution_is_started_with_its_state() -> None:
    client = Executions()

    StateMachine(client, "arn").start("name", {"job": "churn", "gates": []})

    [call] = client.started
    assert (call["stateMachineArn"], call["name"]) == ("arn", "name")
    assert json.loads(call["input"]) == {"job": "churn", "gates": []}


def test_an_execution_that_exists_is_the_same_one() -> None:
    StateMachine(Executions(client_error("ExecutionAlreadyExists", "", "StartExecution")), "arn").start(
        "n", {}
    )


def test_an_execution_that_cannot_be_started_is_an_error() -> None:
    with pytest.raises(ClientError):
        StateMachine(Executions(throttled("StartExecution")), "arn").start("n", {})


class Context:
    """What Lambda hands over beside the event."""

    def __init__(self, seconds: float = 300.0) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


def test_the_handlers_use_the_world_of_the_lambda(
    cfn: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "world_of_lambda", lambda: cfn.world)
    monkeypatch.setattr(worker, "world_of_lambda", lambda: cfn.world)

    front.handler(cfn.event("Create", properties()), Context())
    [execution] = cfn.executions.all.values()
    front_limit = cfn.clock.limit - cfn.clock.now()
    state = worker.handler(execution.state, Context(100.0))

    assert state["done"] is False
    assert (front_limit, cfn.clock.limit - cfn.clock.now()) == (200.0, 0.0)


def test_the_system_clock_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.time", lambda: 12.5)
    clock = SystemClock()

    clock.sleep(3)

    assert (clock.now(), slept) == (12.5, [3])


def test_importing_the_asset_makes_no_client_and_needs_nothing_of_ours() -> None:
    """As Lambda does it: the folder alone, under another name, without credentials or a region."""
    source = Path(wiring.__file__).parent
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('asset', r'{source / '__init__.py'}',"
        f" submodule_search_locations=[r'{source}'])\n"
        "asset = importlib.util.module_from_spec(spec); sys.modules['asset'] = asset\n"
        "spec.loader.exec_module(asset)\n"
        "import asset.front, asset.worker\n"
        "assert asset.front.handler and asset.worker.handler\n"
        "found = {name.split('.')[0] for name in sys.modules}\n"
        "assert not found & {'constructs_lib', 'aws_cdk', 'boto3'}\n"
        "assert asset.wiring.world_of_lambda.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PATH": os.environ["PATH"]}, timeout=60)


def test_the_collector_rests_while_the_front_is_imported_and_no_longer() -> None:
    code = (
        "import gc, typing\n"
        "import constructs_lib.runtime.collector as collector\n"
        "runs = []\n"
        "gc.callbacks.append(lambda phase, info: runs.append(phase))\n"
        "import constructs_lib.runtime.front\n"
        "assert runs.count('start') < 10, runs\n"
        "assert gc.isenabled() and gc.get_freeze_count() > 10_000\n"
        "try:\n"
        "    with collector.at_rest():\n"
        "        assert not gc.isenabled()\n"
        "        raise ImportError\n"
        "except ImportError:\n"
        "    assert gc.isenabled()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("given", [True, False])
def test_no_other_credentials_are_looked_for_where_the_environment_has_them(
    world: World, monkeypatch: pytest.MonkeyPatch, given: bool
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    if not given:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    session = wiring._session()

    credentials = session.get_credentials()

    assert (credentials and (credentials.method, credentials.token)) == (("env", "token") if given else None)
    assert (len(session.get_component("credential_provider").providers) == 1) is given


def test_the_collector_rests_while_a_client_is_made() -> None:
    class Session:
        def create_client(self, service: str, config: object) -> object:
            return gc.isenabled()

    assert wiring.Later(Session(), "kms")._client is False
    assert gc.isenabled()
