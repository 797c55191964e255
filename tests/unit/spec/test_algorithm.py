from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import Aws, Stack, aws_ecr

from constructs_lib.errors import SpecError
from constructs_lib.spec import Algorithm, EcrImage, FrameworkImage, ImageUri

DIGEST = "sha256:" + "a" * 64


def script(folder: Path, **arguments: object) -> Algorithm:
    given: dict[str, object] = {
        "framework": "sklearn",
        "framework_version": "1.2-1",
        "entry_point": "train.py",
    }
    given.update(arguments)
    return Algorithm.from_script(folder, **given)  # type: ignore[arg-type]


def test_a_script_has_an_image_a_source_and_json(folder: Path) -> None:
    algorithm = script(folder, entry_point="./lib/data.py", log_level=10)
    assert algorithm.image == FrameworkImage("sklearn", "1.2-1")
    assert algorithm.source is not None
    assert algorithm.source.entry_point == "lib/data.py"
    assert algorithm.source.path == str(folder.resolve())
    assert algorithm.hyperparameter_encoding == "json"
    assert algorithm.log_level == 10


def test_a_script_can_run_in_one_s_own_image(folder: Path) -> None:
    algorithm = Algorithm.from_script(folder, entry_point="train.py", image_uri=f"{Aws.ACCOUNT_ID}.dkr/x:1")
    assert algorithm.image == ImageUri(f"{Aws.ACCOUNT_ID}.dkr/x:1")


def test_an_image_of_a_repository_keeps_the_repository(stack: Stack) -> None:
    repository = aws_ecr.Repository.from_repository_name(stack, "Repository", "train")
    by_tag = Algorithm.from_ecr_repository(repository, tag="v1").image
    by_digest = Algorithm.from_ecr_repository(repository, digest=DIGEST).image
    assert isinstance(by_tag, EcrImage)
    assert isinstance(by_digest, EcrImage)
    assert by_tag.repository is repository
    assert by_tag.uri().endswith("/train:v1")
    assert by_digest.uri().endswith(f"/train@{DIGEST}")


def test_equal_algorithms_are_equal_and_hash_alike(folder: Path) -> None:
    assert script(folder) == script(folder)
    assert hash(script(folder)) == hash(script(folder))
    assert Algorithm.from_image_uri("i", arguments=["a"]) == Algorithm.from_image_uri("i", arguments=("a",))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda f: script(f, framework=None),
            "framework: exactly one of framework and image_uri is needed, got neither; "
            "give framework and framework_version, or image_uri",
        ),
        (
            lambda f: script(f, image_uri="i:1"),
            "framework: exactly one of framework and image_uri is needed, got both; "
            "give framework and framework_version, or image_uri",
        ),
        (
            lambda f: script(f, framework=None, image_uri="i:1"),
            "image_uri: framework_version, py_version and processor "
            "say nothing about an image_uri; leave them out",
        ),
        (
            lambda f: script(f, framework_version=None),
            "framework_version: is needed with framework, got None; name the version to train with",
        ),
        (
            lambda f: script(f, processor="tpu", framework="pytorch", framework_version="2.3"),
            "processor: pytorch 2.3 has images for cpu and gpu, not for 'tpu'; "
            "use another instance type, or name the image with image_uri",
        ),
        (
            lambda f: script(f, log_level="INFO"),
            "log_level: must be an int, got str; pass a whole number or a token",
        ),
        (
            lambda f: script(f, log_level=60),
            "log_level: must be 0 to 50, got 60; pass a number in that range",
        ),
        (
            lambda f: script(f, entry_point="none.py"),
            "entry_point: 'none.py' is not a packed file of {folder}; check its name and exclude",
        ),
        (
            lambda f: script(f, exclude=["train.py"]),
            "entry_point: 'train.py' is not a packed file of {folder}; check its name and exclude",
        ),
        (
            lambda f: script(f, entry_point="../train.py"),
            "entry_point: '../train.py' is outside of the folder; write it relative to the folder",
        ),
        (
            lambda f: script(f, exclude="*.csv"),
            "exclude: must be a list of str, got str; put the text into a list",
        ),
        (
            lambda f: script(f / "none"),
            "path: {folder}/none does not exist; check the path, or run from the app's folder",
        ),
        (
            lambda f: script(f / "train.py"),
            "path: {folder}/train.py is not a folder; pass the folder and name the file as entry_point",
        ),
        (lambda f: script(3), "path: must be a path, got int; pass a str or a pathlib.Path"),  # type: ignore[arg-type]
        (lambda f: Algorithm.from_image_uri(""), "image_uri: must not be empty; give a value"),
        (
            lambda f: Algorithm.from_image_uri("i", arguments="--x"),
            "arguments: must be a list of str, got str; put the text into a list",
        ),
        (
            lambda f: Algorithm.from_image_uri("i", entrypoint=[1]),  # type: ignore[list-item]
            "entrypoint[0]: must be a str, got int; pass text or a token",
        ),
        (
            lambda f: Algorithm.from_image_uri("i", hyperparameter_encoding="yaml"),  # type: ignore[arg-type]
            "hyperparameter_encoding: must be one of plain, json, got 'yaml'; "
            "use one of these, case included",
        ),
        (
            lambda f: Algorithm.from_ecr_repository("train", tag="v1"),  # type: ignore[arg-type]
            "repository: must be a repository, got str; "
            "pass an aws_ecr.IRepository; for a uri use Algorithm.from_image_uri",
        ),
        (
            lambda f: Algorithm.from_ecr_repository(_Repository()),
            "repository: needs exactly one of tag and digest, got neither; give one of them",
        ),
        (
            lambda f: Algorithm.from_ecr_repository(_Repository(), tag="v", digest=DIGEST),
            "repository: needs exactly one of tag and digest, got both; give one of them",
        ),
        (
            lambda f: Algorithm.from_ecr_repository(_Repository(), digest="abc"),
            "digest: must be sha256: and 64 hexadecimal digits, got 'abc'; "
            "copy it from the repository, or give a tag",
        ),
        (lambda f: Algorithm(image="i"), "image: must be an image, got str; use Algorithm.from_image_uri"),  # type: ignore[arg-type]
    ],
)
def test_mistakes_are_refused_at_once(build: Callable[[Path], object], message: str, folder: Path) -> None:
    with pytest.raises(SpecError) as caught:
        build(folder)
    assert str(caught.value) == message.replace("{folder}", str(folder))


class _Repository:
    def repository_uri_for_tag(self, tag: str | None = None) -> str:
        return f"r:{tag}"

    def repository_uri_for_digest(self, digest: str | None = None) -> str:
        return f"r@{digest}"
