"""What needs a way out of the VPC is told of where it is known that there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from constructs_lib import Algorithm, Channel, TrainingJobSpec, TrainingPlatform, shapes
from constructs_lib.cdk.network.needs import needs, needs_index
from tests.unit.cdk.reports import Entry, Report, report

from .test_instances import RUNNERS, SPEC, run

RULE = "no-route-for-requirements"
MLFLOW = shapes.MlflowConfig(
    mlflow_resource_arn="arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/server"
)
HUB = "arn:aws:sagemaker:us-east-1:aws:hub-content/Hub/Model/a/1.0.0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pandas==2.0\n", True),
        ("# a comment\n\npandas  # another\n", True),
        ("-r further.txt\n", False),  # not known
        ("", False),
        ("# pandas\n", False),
        ("--no-index\n--find-links wheels\npandas\n", False),
        ("./wheels/pandas-2.0-py3-none-any.whl\n", False),
        ("wheels/pandas-2.0-py3-none-any.whl\n", False),
        ("pandas @ file:///opt/ml/code/pandas.whl\n", False),
        ("pandas @ https://example.com/pandas.whl\n", True),
        ("https://example.com/pandas.whl\n", True),
        ("git+https://example.com/pandas.git@main\n", True),
        ("--index-url https://packages.example.com\npandas\n", False),  # perhaps in the VPC
        ("./a.whl\npandas \\\n  ==2.0\n", True),
    ],
)
def test_what_pip_asks_its_index_for(text: str, expected: bool) -> None:
    assert needs_index(text) is expected


def script(folder: Path, requirements: str | None = "pandas\n", **options: Any) -> Algorithm:
    folder.mkdir()
    (folder / "train.py").write_text("print('auc=0.9')\n")
    if requirements is not None:
        (folder / "requirements.txt").write_text(requirements)
    return Algorithm.from_script(
        folder, entry_point="train.py", framework="sklearn", framework_version="1.2-1", **options
    )


def test_what_a_spec_needs(tmp_path: Path) -> None:
    channels = [
        Channel.from_uri("a", "s3://bucket/data"),
        Channel.from_uri("b", "s3://bucket/model", hub_content_arn=HUB),
        Channel.from_dataset("c", HUB),
    ]
    spec = SPEC.replace(algorithm=script(tmp_path / "a"), channels=channels, mlflow_config=MLFLOW)

    assert [need.path for need in needs(spec)] == [
        "HyperParameters.sagemaker_submit_directory",
        "MlflowConfig",
        "InputDataConfig[1].DataSource.S3DataSource.HubAccessConfig",
        "InputDataConfig[2].DataSource.DatasetSource.DatasetArn",
    ]


def test_what_does_not(tmp_path: Path) -> None:
    asked = script(tmp_path / "a")

    assert needs(SPEC) == []
    assert needs(SPEC.replace(algorithm=script(tmp_path / "b", None))) == []
    assert needs(SPEC.replace(algorithm=script(tmp_path / "c", exclude=["requirements.txt"]))) == []
    assert needs(SPEC.replace(algorithm=asked, environment={"PIP_INDEX_URL": "https://a.example"})) == []


class Made:
    """Every runner of a script with requirements, in networks with and without a way out."""

    def __init__(self, folder: Path) -> None:
        self.app = cdk.App(outdir=str(folder / "cdk.out"))
        self.stack = cdk.Stack(self.app, "Stack")
        self.first = TrainingPlatform(self.stack, "Platform", endpoints=["experiments"])
        spec = SPEC.replace(algorithm=script(folder / "script"))
        for kind in RUNNERS:
            run(kind, self.stack, kind, spec=spec, platform=self.first)
        for name, vpc in self.vpcs():
            run("Job", self.stack, f"In{name}", spec=spec, platform=self.platform(name, vpc=vpc))
        self.run("Outside", spec, self.platform("Outside", use_vpc=False))
        self.run("Packages", spec, self.with_packages())
        self.run("Server", SPEC.replace(mlflow_config=MLFLOW))
        self.run("Isolated", spec.replace(network_isolation=True), self.platform("Free", use_vpc=False))
        self.run(
            "Hub", SPEC.replace(channels=[Channel.from_uri("a", "s3://bucket/model", hub_content_arn=HUB)])
        )
        self.report: Report = report(self.app)

    def run(self, id: str, spec: TrainingJobSpec, platform: TrainingPlatform | None = None) -> None:
        run("Job", self.stack, id, spec=spec, platform=platform or self.first)

    def with_packages(self) -> TrainingPlatform:
        vpc = ec2.Vpc(self.stack, "VpcOfPackages", nat_gateways=0)
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        services: Any = ["codeartifact.api", "codeartifact.repositories"]
        return self.platform("Packages", vpc=vpc, endpoints=services)

    def platform(self, id: str, **given: Any) -> TrainingPlatform:
        shared: Any = {"bucket": self.first.bucket, "encryption_key": self.first.encryption_key}
        return TrainingPlatform(self.stack, f"PlatformOf{id}", **shared, **given)

    def vpcs(self) -> Iterator[tuple[str, ec2.IVpc]]:
        yield "Nat", ec2.Vpc(self.stack, "VpcOfNat", nat_gateways=1)
        yield (
            "Imported",
            ec2.Vpc.from_vpc_attributes(
                self.stack,
                "VpcOfImported",
                vpc_id="vpc-12345678",
                availability_zones=["us-east-1a"],
                isolated_subnet_ids=["subnet-12345678"],
            ),
        )

    def found(self, construct: str) -> list[Entry]:
        return [one for one in self.report.entries if one.rule == RULE and one.construct == construct]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("requirements"))


@pytest.mark.parametrize(
    "construct",
    ["Stack/Job", "Stack/Task", "Stack/Sweep/Point", "Stack/Nightly/Train", "Stack/Direct"],
)
def test_each_runner_tells_once(made: Made, construct: str) -> None:
    (entry,) = made.found(construct)

    assert entry.severity == "warning"
    start = (
        "HyperParameters.sagemaker_submit_directory: pip, for the script's requirements.txt, needs a way out"
    )
    assert entry.text.startswith(start)
    assert "from Stack/Platform/Vpc/TrainingSubnet1, Stack/Platform/Vpc/TrainingSubnet2" in entry.text


def test_nobody_else_does(made: Made) -> None:
    told = {one.construct for one in made.report.entries if one.rule == RULE}

    assert not made.report.failed
    assert {one for one in told if one not in ("Stack/Hub", "Stack/Isolated")} == {
        "Stack/Job",
        "Stack/Task",
        "Stack/Sweep/Point",
        "Stack/Nightly/Train",
        "Stack/Direct",
    }


def test_it_offers_wheels_endpoints_or_no_vpc(made: Made) -> None:
    (entry,) = made.found("Stack/Job")

    assert "put wheels into the script's folder, name them in requirements.txt below --no-index" in entry.fix
    assert "endpoints for 'codeartifact.api' and 'codeartifact.repositories'" in entry.fix
    assert "use_vpc=False, or a vpc with a NAT gateway" in entry.fix


def test_a_hub_needs_one_too(made: Made) -> None:
    (entry,) = made.found("Stack/Hub")

    assert "the model in its hub needs a way out" in entry.text
    assert "copy the data to S3; or give TrainingPlatform endpoints for 'sagemaker.api'" in entry.fix


def test_isolation_keeps_a_container_in_anywhere(made: Made) -> None:
    (entry,) = made.found("Stack/Isolated")

    assert entry.text.endswith("there is none: network isolation")
    assert entry.fix.endswith("or train without network isolation")
