from __future__ import annotations

from collections.abc import Callable

import pytest
from aws_cdk import Aws

from constructs_lib.errors import SpecError
from constructs_lib.service_model.image_data import image_data
from constructs_lib.spec import FrameworkImage
from constructs_lib.spec.images import (
    image_tag,
    only_version,
    registry_account,
    registry_accounts,
    repository_name,
)
from constructs_lib.spec.instance_types import default_volume_gib, has_local_nvme


@pytest.mark.parametrize(
    ("framework", "version", "region", "account"),
    [
        ("sklearn", "1.2-1", "us-east-1", "683313688378"),
        ("sklearn", "1.2-1", "us-west-2", "246618743249"),
        ("sklearn", "1.2-1", "eu-west-1", "141502667606"),
        ("xgboost", "1.7-1", "eu-west-1", "141502667606"),
        ("pytorch", "2.3.0", "us-east-1", "763104351884"),
        ("tensorflow", "2.14", "cn-north-1", "727897471807"),
    ],
)
def test_known_accounts(framework: str, version: str, region: str, account: str) -> None:
    assert registry_account(framework, version, region) == account
    assert registry_accounts(framework, version)[region] == account


@pytest.mark.parametrize(
    ("framework", "version", "instance_type", "image"),
    [
        ("sklearn", "1.2-1", "ml.m5.xlarge", "sagemaker-scikit-learn:1.2-1-cpu-py3"),
        ("sklearn", "1.2-1", "ml.g5.xlarge", "sagemaker-scikit-learn:1.2-1-cpu-py3"),
        ("sklearn", "1.2-1", Aws.REGION, "sagemaker-scikit-learn:1.2-1-cpu-py3"),
        ("xgboost", "1.7-1", "ml.p3.2xlarge", "sagemaker-xgboost:1.7-1"),
        ("xgboost", "1.0-1", "ml.m5.large", "sagemaker-xgboost:1.0-1-cpu-py3"),
        ("pytorch", "2.3.0", "ml.m5.large", "pytorch-training:2.3.0-cpu-py311"),
        ("pytorch", "2.3", "ml.g5.xlarge", "pytorch-training:2.3-gpu-py311"),
        ("tensorflow", "2.19.0", "ml.p4d.24xlarge", "tensorflow-training:2.19.0-gpu-py312"),
        ("tensorflow", "1.13.1", "ml.c5.large", "tensorflow-training:1.13.1-cpu-py3"),
    ],
)
def test_known_tags(framework: str, version: str, instance_type: str, image: str) -> None:
    found = f"{repository_name(framework, version)}:{image_tag(framework, version, instance_type)}"
    assert found == image
    bound = FrameworkImage(framework, version).for_instance_type(instance_type)
    assert f"{bound.repository_name}:{bound.tag}" == image


def test_several_pythons_have_to_be_told_apart() -> None:
    assert image_tag("pytorch", "1.5.0", "ml.m5.large", "py36") == "1.5.0-cpu-py36"
    with pytest.raises(SpecError) as caught:
        image_tag("pytorch", "1.5.0", "ml.m5.large")
    assert str(caught.value) == "py_version: pytorch 1.5.0 has py3, py36, got None; name one of these"


def test_a_processor_that_was_given_wins() -> None:
    image = FrameworkImage("pytorch", "2.3.0", processor="cpu").for_instance_type("ml.g5.xlarge")
    assert image.tag == "2.3.0-cpu-py311"


def test_mistakes_list_what_is_known() -> None:
    cases: list[tuple[Callable[[], object], str]] = [
        (
            lambda: registry_accounts("jax", "1"),
            "framework: must be one of pytorch, sklearn, tensorflow, xgboost, got 'jax'; "
            "use one of these, or name the image with image_uri",
        ),
        (
            lambda: registry_accounts("sklearn", "1.3"),
            "framework_version: sklearn must be one of 0.20.0, 0.23-1, 1.0-1, 1.2-1, 1.4-2, got '1.3'; "
            "use one of these, or name the image with image_uri",
        ),
        (
            lambda: image_tag("xgboost", "1.7-1", "ml.m5.large", "py3"),
            "py_version: xgboost 1.7-1 has none (its tag has no python version), got 'py3'; "
            "leave py_version out",
        ),
        (
            lambda: image_tag("pytorch", "2.3", Aws.REGION),
            "processor: pytorch 2.3 has images for cpu and gpu, and the instance type tells neither; "
            "give processor= 'cpu' or 'gpu' to Algorithm.from_script",
        ),
        (
            lambda: image_tag("pytorch", "2.3", "ml.trn1.2xlarge"),
            "processor: pytorch 2.3 has images for cpu and gpu, not for 'neuron'; "
            "use another instance type, or name the image with image_uri",
        ),
        (
            lambda: FrameworkImage("sklearn", 1.2),  # type: ignore[arg-type]
            "framework: framework and framework_version must be str; quote the version: '1.2-1'",
        ),
    ]
    for build, message in cases:
        with pytest.raises(SpecError) as caught:
            build()
        assert str(caught.value) == message


def test_an_unknown_region_lists_the_known_ones() -> None:
    with pytest.raises(
        SpecError, match=r"sklearn 1.2-1 is not known in 'mars-1', only in af-south-1, ap-east-1, "
    ):
        registry_account("sklearn", "1.2-1", "mars-1")


def test_every_version_has_accounts_and_a_tag_for_each_processor() -> None:
    for framework, data in image_data()["frameworks"].items():
        for version, entry in data["versions"].items():
            python = entry["py_versions"][-1] if entry["py_versions"] else None
            assert registry_account(framework, version, "us-east-1").isdigit()
            for instance_type in ("ml.m5.large", "ml.g5.xlarge"):
                assert image_tag(framework, version, instance_type, python).startswith(version)
        assert set(data["aliases"].values()) <= set(data["versions"])


def test_the_table_says_where_it_comes_from() -> None:
    source = image_data()["source"]
    assert source["package"] == "sagemaker"
    assert source["version"].startswith("2.")
    assert len(source["sha256"]) == 64


def test_the_volume_depends_on_the_family() -> None:
    assert default_volume_gib("ml.m5.xlarge") == 30
    assert default_volume_gib(Aws.REGION) == 30
    assert default_volume_gib("ml.g5.xlarge") is None
    assert has_local_nvme("ml.p6-b200.48xlarge")
    assert not has_local_nvme("nonsense")


def test_the_versions_of_a_repository_agree_on_its_accounts() -> None:
    """So that one mapping serves them all: see `constructs_lib.cdk.images`."""
    data = image_data()
    found: dict[tuple[str, str], str] = {}
    for group in (data["frameworks"], data["containers"], data["algorithms"]):
        for version in (version for entry in group.values() for version in entry["versions"].values()):
            for region, account in data["registries"][version["registries"]].items():
                assert found.setdefault((version["repository"], region), account) == account


@pytest.mark.parametrize("name", sorted(image_data()["algorithms"]))
def test_every_algorithm_of_aws_s_has_an_image(name: str) -> None:
    version = "1.7-1" if name == "xgboost" else only_version(name, "algorithms")
    image = FrameworkImage(name, version, group="algorithms")
    assert image.tag == version
    assert len(image.account("us-east-1")) == 12


def test_a_group_is_one_of_three() -> None:
    with pytest.raises(SpecError, match=r"group: must be one of frameworks, containers, algorithms, got 'x'"):
        FrameworkImage("pytorch", "2.3", group="x")  # type: ignore[arg-type]
