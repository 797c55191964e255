"""The examples of docs/networks.md run, find nothing wrong, and its numbers are those of the templates."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from constructs_lib import TrainingPlatform
from tests.unit.cdk.reports import report

TEXT = (Path(__file__).resolve().parents[4] / "docs" / "networks.md").read_text()


def test_the_examples_run() -> None:
    app = cdk.App()
    stack = cdk.Stack(app, "Stack")
    names: dict[str, object] = {"self": stack}

    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(block, "docs/networks.md", "exec"), names)

    assert report(app).texts == []
    found = Counter(one["Type"] for one in Template.from_stack(stack).to_json()["Resources"].values())
    assert found["Custom::SageMakerTrainingJob"] == 3
    assert found["AWS::EC2::VPCEndpoint"] == 3 + 4  # a gateway for each VPC, and those asked for
    assert found["AWS::EFS::MountTarget"] == 2


@pytest.mark.parametrize("prefix", ["", "AWS::EC2::"])
def test_the_number_of_resources(prefix: str) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    TrainingPlatform.of(stack)

    types = [one["Type"] for one in Template.from_stack(stack).to_json()["Resources"].values()]

    numbers = re.search(r"A platform is (\d+) resources, (\d+) of them its network", TEXT)
    assert numbers is not None
    assert len([type for type in types if type.startswith(prefix)]) == int(numbers[2 if prefix else 1])
    # Nothing that costs by the hour, and no function.
    assert not {"AWS::EC2::NatGateway", "AWS::EC2::InternetGateway", "AWS::Lambda::Function"} & set(types)
