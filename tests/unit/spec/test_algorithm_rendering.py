"""Each way to make an algorithm, as the request says it, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Aws, Fn, Stack, Token, aws_ecr

from constructs_lib.errors import PackagingError, SpecError
from constructs_lib.spec import UNBOUND, Algorithm, FrameworkImage, Image, MetricDefinition, Unbound, shapes
from constructs_lib.spec.algorithm_rendering import algorithm_from_request, render_algorithm
from constructs_lib.spec.image_refs import ImageFolder

from .conftest import MakeSpec

URI = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:algorithm/churn"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:f"


class InIreland(Unbound):
    """Knows a region, as a construct does."""

    def image_uri(self, image: Image) -> str | None:
        if isinstance(image, FrameworkImage):
            return f"{image.account('eu-west-1')}/{image.repository_name}:{image.tag}"
        return super().image_uri(image)


def rendered(make: MakeSpec, algorithm: Algorithm, **fields: object) -> dict[str, Any]:
    return render_algorithm(make(algorithm=algorithm, **fields), InIreland())


OPTIONS: dict[str, Any] = {
    "input_mode": "FastFile",
    "entrypoint": ["python", "-m"],
    "arguments": ["train", ""],
    "enable_sagemaker_metrics_time_series": False,
}
SAID = {
    "TrainingInputMode": "FastFile",
    "EnableSageMakerMetricsTimeSeries": False,
    "ContainerEntrypoint": ["python", "-m"],
    "ContainerArguments": ["train", ""],
}


@pytest.mark.parametrize(
    ("build", "image"),
    [
        (lambda options: Algorithm.from_image_uri(URI, **options), {"TrainingImage": URI}),
        (lambda options: Algorithm.from_algorithm_arn(ARN, **options), {"AlgorithmName": ARN}),
        (lambda options: Algorithm.from_algorithm_arn("churn", **options), {"AlgorithmName": "churn"}),
        (
            lambda options: Algorithm.built_in("kmeans", **options),
            {"TrainingImage": "438346466558/kmeans:1"},
        ),
        (
            lambda options: Algorithm.built_in("xgboost", "1.7-1", **options),
            {"TrainingImage": "141502667606/sagemaker-xgboost:1.7-1"},
        ),
        (
            lambda options: Algorithm.built_in("xgboost", "1", **options),
            {"TrainingImage": "685385470294/xgboost:1"},
        ),
        (
            lambda options: Algorithm.from_deep_learning_container("pytorch", version="2.8.0", **options),
            {"TrainingImage": "763104351884/pytorch-training:2.8.0-cpu-py312"},
        ),
        (
            lambda options: Algorithm.from_deep_learning_container(
                "mxnet", version="1.6", py_version="py3", processor="gpu", **options
            ),
            {"TrainingImage": "763104351884/mxnet-training:1.6-gpu-py3"},
        ),
        (
            lambda options: Algorithm.from_deep_learning_container(
                "huggingface", version="4.56.2", processor="gpu", **options
            ),
            {
                "TrainingImage": "763104351884/huggingface-pytorch-training:"
                "2.8.0-transformers4.56.2-gpu-py312-cu129-ubuntu22.04"
            },
        ),
        (
            lambda options: Algorithm.from_deep_learning_container(
                "huggingface", version="4.17.0-tensorflow2.6.3", processor="gpu", **options
            ),
            {
                "TrainingImage": "763104351884/huggingface-tensorflow-training:"
                "2.6.3-transformers4.17.0-gpu-py38-cu112-ubuntu20.04"
            },
        ),
        (
            lambda options: Algorithm.from_deep_learning_container("autogluon", version="1.3.0", **options),
            {"TrainingImage": "763104351884/autogluon-training:1.3.0-cpu-py311"},
        ),
    ],
)
def test_each_factory_says_its_image_and_every_option(
    build: Callable[[dict[str, Any]], Algorithm], image: dict[str, str], make: MakeSpec
) -> None:
    assert rendered(make, build({})) == {**image, "TrainingInputMode": "File"}
    assert rendered(make, build(OPTIONS)) == {**image, **SAID}


def test_an_image_of_a_repository_is_named_by_its_tokens(stack: Stack, make: MakeSpec) -> None:
    repository = aws_ecr.Repository.from_repository_name(stack, "Trained", "train")
    algorithm = Algorithm.from_ecr_repository(repository, tag="v1", **OPTIONS)

    request = render_algorithm(make(algorithm=algorithm), InIrelandOrEcr())

    assert request == {"TrainingImage": repository.repository_uri_for_tag("v1"), **SAID}


class InIrelandOrEcr(InIreland):
    def image_uri(self, image: Image) -> str | None:
        return image.uri() if hasattr(image, "uri") and callable(image.uri) else super().image_uri(image)


def test_a_folder_with_a_dockerfile_is_a_constructs_to_place(folder: Path, make: MakeSpec) -> None:
    (folder / "Train.Dockerfile").write_text("FROM scratch\n")
    build_args = {"CUDA": "12"}

    algorithm = Algorithm.from_image_asset(folder, file="Train.Dockerfile", build_args=build_args, **OPTIONS)
    build_args["CUDA"] = "13"

    assert algorithm.image == ImageFolder(
        str(folder.resolve()), {"file": "Train.Dockerfile", "build_args": {"CUDA": "12"}}
    )
    assert rendered(make, algorithm) == SAID


def test_a_script_takes_what_its_container_leaves_open(folder: Path, make: MakeSpec) -> None:
    access = shapes.TrainingImageConfig(training_repository_access_mode="Vpc")
    algorithm = Algorithm.from_script(
        folder,
        entry_point="train.py",
        image_uri="registry.example.com/train:1",
        input_mode="Pipe",
        enable_sagemaker_metrics_time_series=True,
        repository_access=access,
    )
    assert rendered(make, algorithm) == {
        "TrainingImage": "registry.example.com/train:1",
        "TrainingInputMode": "Pipe",
        "EnableSageMakerMetricsTimeSeries": True,
        "TrainingImageConfig": {"TrainingRepositoryAccessMode": "Vpc"},
    }


def test_metrics_stand_in_the_apis_order(make: MakeSpec) -> None:
    request = rendered(make, Algorithm.from_image_uri(URI, **OPTIONS), metrics=[MetricDefinition("a", "b")])
    assert list(request) == [
        "TrainingImage",
        "TrainingInputMode",
        "MetricDefinitions",
        "EnableSageMakerMetricsTimeSeries",
        "ContainerEntrypoint",
        "ContainerArguments",
    ]


def test_tokens_and_expressions_pass_wherever_a_value_may_stand(stack: Stack, make: MakeSpec) -> None:
    listed = Fn.split(",", Fn.ref("Arguments"))
    algorithm = Algorithm.from_image_uri(
        f"{Aws.ACCOUNT_ID}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}/train:1",
        input_mode=Fn.ref("Mode"),
        entrypoint="{% $states.input.entrypoint %}",
        arguments=listed,
    )
    request = rendered(make, algorithm)
    assert request["ContainerEntrypoint"] == "{% $states.input.entrypoint %}"
    assert stack.resolve(request["ContainerArguments"]) == {"Fn::Split": [",", {"Ref": "Arguments"}]}
    assert stack.resolve(request["TrainingInputMode"]) == {"Ref": "Mode"}
    as_object = Algorithm.from_image_uri(URI, arguments=Token.as_any(listed))
    assert stack.resolve(rendered(make, as_object)["ContainerArguments"]) == stack.resolve(listed)


@pytest.mark.parametrize(
    "member",
    [
        {"TrainingImage": URI, "TrainingInputMode": "File"},
        {"AlgorithmName": ARN, "TrainingInputMode": "Pipe", "EnableSageMakerMetricsTimeSeries": True},
        {"TrainingImage": URI, **SAID},
        {
            "TrainingImage": "registry.example.com/train:1",
            "TrainingInputMode": "File",
            "TrainingImageConfig": {
                "TrainingRepositoryAccessMode": "Vpc",
                "TrainingRepositoryAuthConfig": {"TrainingRepositoryCredentialsProviderArn": FUNCTION},
            },
        },
    ],
)
def test_what_is_read_is_rendered_again(member: dict[str, Any], make: MakeSpec) -> None:
    algorithm = algorithm_from_request(member)
    assert render_algorithm(make(algorithm=algorithm), UNBOUND) == member
    assert algorithm.hyperparameter_encoding == "plain"


def test_metrics_are_left_for_the_spec_to_read(make: MakeSpec) -> None:
    metrics = [{"Name": "a", "Regex": "b"}]
    member = {"TrainingImage": URI, "TrainingInputMode": "File", "MetricDefinitions": metrics}
    algorithm = algorithm_from_request(member)
    assert (
        render_algorithm(make(algorithm=algorithm, metrics=[MetricDefinition("a", "b")]), UNBOUND) == member
    )


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (
            {"TrainingImage": URI},
            "AlgorithmSpecification.TrainingInputMode: is needed; give it a value",
        ),
        (
            {"TrainingImage": URI, "TrainingInputMode": None},
            "AlgorithmSpecification.TrainingInputMode: must have a value, got None; leave it out",
        ),
        (
            {"TrainingImage": URI, "TrainingInputMode": "File", "ContainerArguments": []},
            "AlgorithmSpecification.ContainerArguments: must not be empty; leave it out",
        ),
        (
            {"TrainingImage": URI, "TrainingInputMode": "File", "MetricDefinitions": []},
            "AlgorithmSpecification.MetricDefinitions: must not be empty; leave it out",
        ),
        (
            {"TrainingImage": URI, "TrainingInputMode": "File", "ContainerEntrypoint": "python"},
            "AlgorithmSpecification.ContainerEntrypoint: must be a list, got str; put the text into a list",
        ),
        (
            {"TrainingImage": URI, "AlgorithmName": ARN, "TrainingInputMode": "File"},
            "image: exactly one of image and algorithm_name is needed, got both; give one of them",
        ),
        (
            {"TrainingInputMode": "File"},
            "image: exactly one of image and algorithm_name is needed, got neither; give one of them",
        ),
        ([], "AlgorithmSpecification: must be a mapping, got list; pass a dict"),
    ],
)
def test_what_cannot_be_said_is_refused(member: Any, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        algorithm_from_request(member)
    assert str(caught.value) == message


def test_an_unknown_member_is_refused_by_its_name() -> None:
    with pytest.raises(SpecError) as caught:
        algorithm_from_request({"TrainingImage": URI, "TrainingInputMode": "File", "Colour": "red"})
    assert caught.value.path == "AlgorithmSpecification.Colour"


@pytest.mark.parametrize(
    ("build", "path", "problem"),
    [
        (lambda: Algorithm.built_in("kmean"), "name", "must be one of blazingtext, "),
        (lambda: Algorithm.built_in("kmeans", "2"), "version", "kmeans must be one of 1, got '2'"),
        (lambda: Algorithm.built_in("xgboost"), "version", "xgboost has 0.90-1, 0.90-2, 1, 1.0-1, "),
        (lambda: Algorithm.built_in(3), "name", "must be one of "),  # type: ignore[arg-type]
        (lambda: Algorithm.built_in("kmeans", 1), "name", "name and version must be str"),  # type: ignore[arg-type]
        (
            lambda: Algorithm.from_deep_learning_container("sklearn", version="1.2-1"),
            "framework",
            "must be one of autogluon, huggingface, mxnet, pytorch, tensorflow, got 'sklearn'",
        ),
        (
            lambda: Algorithm.from_deep_learning_container("huggingface", version="4.17.0"),
            "version",
            "huggingface must be one of 4.4.2-pytorch1.6.0, ",
        ),
        (
            lambda: Algorithm.from_deep_learning_container("mxnet", version="1.9", processor="tpu"),
            "processor",
            "mxnet 1.9 has images for cpu and gpu, not for 'tpu'",
        ),
        (lambda: Algorithm.from_algorithm_arn(""), "arn", "must not be empty"),
        (lambda: Algorithm.from_algorithm_arn(None), "arn", "must be a str, got NoneType"),  # type: ignore[arg-type]
        (lambda: Algorithm.from_image_uri(URI, input_mode="Stream"), "input_mode", "must be one of File, "),
        (
            lambda: Algorithm.from_image_uri(URI, input_mode=None),  # type: ignore[arg-type]
            "input_mode",
            "must be a str, got NoneType",
        ),
        (
            lambda: Algorithm.from_image_uri(URI, enable_sagemaker_metrics_time_series="yes"),
            "enable_sagemaker_metrics_time_series",
            "must be a bool, got str",
        ),
        (
            lambda: Algorithm.from_image_uri(URI, repository_access="Vpc"),  # type: ignore[arg-type]
            "repository_access",
            "must be of type shapes.TrainingImageConfig, got str",
        ),
        (
            lambda: Algorithm(
                algorithm_name="a",
                repository_access=shapes.TrainingImageConfig(training_repository_access_mode="Vpc"),
            ),
            "repository_access",
            "says something about an image, and algorithm_name names none",
        ),
        (lambda: Algorithm.from_image_asset(3), "directory", "must be a path, got int"),  # type: ignore[arg-type]
        (lambda: Algorithm.from_image_asset(".", file=3), "file", "must be a str, got int"),
    ],
)
def test_mistakes_name_their_argument(build: Callable[[], object], path: str, problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        build()
    assert caught.value.path == path
    assert caught.value.problem.startswith(problem)


def test_a_folder_without_its_dockerfile_is_refused(folder: Path) -> None:
    with pytest.raises(PackagingError, match=r"file: .*code holds no Dockerfile; check its name"):
        Algorithm.from_image_asset(folder)
    with pytest.raises(PackagingError, match=r"directory: .*none is not a folder; check the path"):
        Algorithm.from_image_asset(folder / "none")


def test_an_image_for_gpus_is_not_given_to_cpus(make: MakeSpec) -> None:
    algorithm = Algorithm.from_deep_learning_container("huggingface", version="4.56.2")
    assert "gpu" in rendered(make, algorithm, instance_type="ml.g5.xlarge")["TrainingImage"]
    with pytest.raises(SpecError) as caught:
        rendered(make, algorithm, instance_type="ml.m5.xlarge")
    assert str(caught.value) == (
        "processor: huggingface 4.56.2 has images for gpu, not for 'cpu'; "
        "use another instance type, or name the image with Algorithm.from_image_uri"
    )


def test_containers_parse_their_hyperparameters_and_algorithms_do_not() -> None:
    container = Algorithm.from_deep_learning_container("pytorch", version="2.8")
    own = Algorithm.from_deep_learning_container("pytorch", version="2.8", hyperparameter_encoding="plain")
    encodings = [a.hyperparameter_encoding for a in (container, own, Algorithm.built_in("kmeans"))]
    assert encodings == ["json", "plain", "plain"]
