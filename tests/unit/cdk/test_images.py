"""Images in templates: AWS's by region or mapping, the app's own as assets, with the right to pull them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk.assertions import Template

from constructs_lib import Algorithm, SpecError, TrainingJob, TrainingJobSpec, TrainingPlatform, TrainingRole
from constructs_lib.cdk.images import image_uri
from constructs_lib.spec import FrameworkImage

Find = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def container(tmp_path: Path) -> Path:
    folder = tmp_path / "container"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


def spec_of(algorithm: Algorithm) -> TrainingJobSpec:
    return TrainingJobSpec(
        algorithm=algorithm, instance_type="ml.m5.xlarge", max_runtime=cdk.Duration.minutes(20)
    )


def image_of(resources: Find, stack: cdk.Stack) -> Any:
    (job,) = resources(stack, "Custom::SageMakerTrainingJob").values()
    return job["Properties"]["Request"]["AlgorithmSpecification"]["TrainingImage"]


@pytest.mark.parametrize(
    ("image", "uri"),
    [
        (FrameworkImage("kmeans", "1", group="algorithms"), "438346466558.dkr.ecr.eu-west-1.{}/kmeans:1"),
        (
            FrameworkImage("pytorch", "2.8.0", processor="gpu", group="containers"),
            "763104351884.dkr.ecr.eu-west-1.{}/pytorch-training:2.8.0-gpu-py312",
        ),
    ],
)
def test_a_known_region_names_the_registry(app: cdk.App, image: FrameworkImage, uri: str) -> None:
    stack = cdk.Stack(app, "Ireland", env=cdk.Environment(region="eu-west-1"))
    assert image_uri(stack, image) == uri.format(cdk.Aws.URL_SUFFIX)
    assert "Mappings" not in Template.from_stack(stack).to_json()


def test_an_unknown_region_is_looked_up_by_a_mapping(stack: cdk.Stack, resources: Find) -> None:
    TrainingJob(stack, "Job", spec=spec_of(Algorithm.built_in("kmeans")))

    image = image_of(resources, stack)
    mapping = Template.from_stack(stack).to_json()["Mappings"]["ImageAccountsKmeans"]
    assert image["Fn::Join"][1][0] == {
        "Fn::FindInMap": ["ImageAccountsKmeans", {"Ref": "AWS::Region"}, "account"]
    }
    assert image["Fn::Join"][1][-1] == "/kmeans:1"
    assert mapping["eu-west-1"] == {"account": "438346466558"}


@pytest.mark.parametrize("order", [("2.0.0", "2.1.0", "2.8.0"), ("2.8.0", "2.1.0", "2.0.0")])
def test_versions_of_one_repository_share_a_mapping_of_all_their_regions(
    stack: cdk.Stack, order: tuple[str, ...]
) -> None:
    images = [FrameworkImage("pytorch", version, processor="cpu") for version in order]
    for image in images:
        image_uri(stack, image)

    mappings = Template.from_stack(stack).to_json()["Mappings"]
    assert list(mappings) == ["ImageAccountsPytorchTraining"]
    assert set(mappings["ImageAccountsPytorchTraining"]) == set().union(*(i.accounts for i in images))


def test_a_region_without_the_algorithm_is_refused_by_its_name(app: cdk.App) -> None:
    stack = cdk.Stack(app, "CapeTown", env=cdk.Environment(region="af-south-1"))
    with pytest.raises(SpecError) as caught:
        TrainingJob(stack, "Job", spec=spec_of(Algorithm.built_in("lda")))
    assert str(caught.value).startswith(
        "region: lda 1 is not known in 'af-south-1', only in ap-northeast-1, "
    )
    assert str(caught.value).endswith("a copy of the image with Algorithm.from_image_uri [CapeTown/Job]")


def test_a_folder_is_built_uploaded_and_may_be_pulled(
    stack: cdk.Stack, container: Path, resources: Find
) -> None:
    job = TrainingJob(stack, "Job", spec=spec_of(Algorithm.from_image_asset(container)))

    asset = job.node.find_child("TrainingImage")
    assert isinstance(asset, ecr_assets.DockerImageAsset)
    image = image_of(resources, stack)
    assert image == stack.resolve(asset.repository.repository_uri_for_tag(asset.image_tag))
    (pull,) = [p for p in job.explain_permissions() if "ecr:BatchGetImage" in p.actions]
    assert stack.resolve([*pull.resources]) == stack.resolve([asset.repository.repository_arn])


def test_a_folder_s_image_is_for_the_processors_of_training_instances(
    app: cdk.App, stack: cdk.Stack, container: Path
) -> None:
    arm = Algorithm.from_image_asset(container, platform=ecr_assets.Platform.LINUX_ARM64)
    TrainingJob(stack, "Job", spec=spec_of(Algorithm.from_image_asset(container)))
    TrainingJob(stack, "Arm", spec=spec_of(arm))

    built = [image["source"]["platform"] for image in _docker_images(app)]
    assert sorted(built) == ["linux/amd64", "linux/arm64"]


def test_asset_options_reach_the_build(app: cdk.App, stack: cdk.Stack, container: Path) -> None:
    (container / "Other").write_text("FROM scratch AS train\n")
    algorithm = Algorithm.from_image_asset(
        container, file="Other", target="train", build_args={"CUDA": "12"}, exclude=["*.md"]
    )
    TrainingJob(stack, "Job", spec=spec_of(algorithm))

    (image,) = _docker_images(app)
    source = image["source"]
    assert (source["dockerFile"], source["dockerBuildTarget"]) == ("Other", "train")
    assert source["dockerBuildArgs"] == {"CUDA": "12"}


def test_roles_in_one_scope_have_an_image_each(stack: cdk.Stack, container: Path) -> None:
    platform = TrainingPlatform(stack, "Platform")
    for number in (1, 2):
        spec = spec_of(Algorithm.from_image_asset(container))
        TrainingRole(stack, f"Role{number}", spec=spec, platform=platform)
    ids = [child.node.id for child in stack.node.children if child.node.id.startswith("TrainingImage")]
    assert ids == ["TrainingImage", "TrainingImage2"]


@pytest.mark.parametrize(
    ("options", "path", "problem"),
    [
        ({"colour": "red"}, "colour", "is no option of an image asset, which has directory, asset_name, "),
        ({"target": 3}, "from_image_asset", "type of argument target must be "),
    ],
)
def test_options_that_cdk_does_not_take_are_refused(
    stack: cdk.Stack, container: Path, options: dict[str, Any], path: str, problem: str
) -> None:
    spec = spec_of(Algorithm.from_image_asset(container, **options))
    with pytest.raises(SpecError) as caught:
        TrainingJob(stack, "Job", spec=spec)
    assert caught.value.path == path
    assert caught.value.problem.startswith(problem)
    assert caught.value.construct == "Stack/Job"


def test_an_algorithm_by_its_name_has_no_image(stack: cdk.Stack, resources: Find) -> None:
    arn = "arn:aws:sagemaker:eu-west-1:594846645681:algorithm/forest"
    spec = spec_of(Algorithm.from_algorithm_arn(arn)).replace(network_isolation=True)
    job = TrainingJob(stack, "Job", spec=spec)

    (resource,) = resources(stack, "Custom::SageMakerTrainingJob").values()
    assert resource["Properties"]["Request"]["AlgorithmSpecification"] == {
        "AlgorithmName": arn,
        "TrainingInputMode": "File",
    }
    assert not any(action.startswith("ecr:") for p in job.explain_permissions() for action in p.actions)


def _docker_images(app: cdk.App) -> list[dict[str, Any]]:
    found: dict[str, Any] = {}
    for manifest in Path(app.synth().directory).glob("*.assets.json"):
        found.update(json.loads(manifest.read_text()).get("dockerImages", {}))
    return list(found.values())


def test_a_mapping_that_is_there_is_not_written_again(
    stack: cdk.Stack, spec: TrainingJobSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    TrainingJob(stack, "First", spec=spec)
    written: list[str] = []
    monkeypatch.setattr(cdk.CfnMapping, "set_value", lambda _, region, *__: written.append(region))

    TrainingJob(stack, "Second", spec=spec)

    assert written == []
