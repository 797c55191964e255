from __future__ import annotations

import json
import runpy
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
REGISTRIES = {"us-east-1": "1", "af-south-1": "2"}
PLAIN = {"registries": REGISTRIES, "repository": "r"}
ALGORITHMS = [
    name
    for name in runpy.run_path(str(ROOT / "scripts" / "generate_image_data.py"))["ALGORITHMS"]
    if name != "xgboost"
]


@pytest.fixture
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "generate_image_data.py"))


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel with one version of each shape that the real one has."""
    based = {**PLAIN, "py_versions": ["py310"]}
    configs: dict[str, dict[str, Any]] = {
        "pytorch": {
            "processors": ["cpu", "gpu"],
            "version_aliases": {"2": "2.0", "0": "0.1"},
            "versions": {
                "0.1": {**PLAIN, "py_versions": ["py2"]},
                "2.0": {**PLAIN, "py_versions": ["py2", "py3"]},
            },
        },
        "sklearn": {"versions": {"1": {**PLAIN, "processors": ["cpu"], "py_versions": ["py3"]}}},
        "tensorflow": {"processors": ["cpu"], "versions": {"1.13": {"py2": PLAIN, "py3": PLAIN}}},
        "xgboost": {"version_aliases": {"latest": "1.7-1"}, "versions": {"1": PLAIN, "1.7-1": PLAIN}},
        "mxnet": {"processors": ["cpu"], "versions": {"1.9": {**PLAIN, "py_versions": ["py38"]}}},
        "autogluon": {"processors": ["gpu"], "versions": {"1.3": {**PLAIN, "py_versions": ["py311"]}}},
        "huggingface": {
            "processors": ["gpu"],
            "version_aliases": {"4.1": "4.1.0", "4.2": "4.2.0"},
            "versions": {
                "4.1.0": {"version_aliases": {}, "pytorch2.0": based, "tensorflow2.1": based},
                "4.2.0": {
                    "version_aliases": {},
                    "pytorch2.3": {**based, "container_version": {"gpu": "cu1"}},
                },
            },
        },
    }
    path = tmp_path / "sagemaker-2.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, training in configs.items():
            archive.writestr(f"sagemaker/image_uri_config/{name}.json", json.dumps({"training": training}))
        for name in ALGORITHMS:
            flat = {"scope": ["training"], "versions": {"1": PLAIN}}
            archive.writestr(f"sagemaker/image_uri_config/{name}.json", json.dumps(flat))
    return path


def test_every_shape_of_the_sdk_s_table_is_read(script: dict[str, Any], wheel: Path) -> None:
    def entry(processors: list[str], py_versions: list[str], **tag: str) -> dict[str, Any]:
        known = {"repository": "r", "registries": "r0"}
        return {**known, "processors": processors, "py_versions": py_versions, **tag}

    table = script["build"](wheel)
    assert table["source"]["version"] == "2.1.0"
    assert table["registries"] == {"r0": REGISTRIES}
    assert table["frameworks"] == {
        "pytorch": {"aliases": {"2": "2.0"}, "versions": {"2.0": entry(["cpu", "gpu"], ["py3"])}},
        "sklearn": {"aliases": {}, "versions": {"1": entry(["cpu"], ["py3"])}},
        "tensorflow": {"aliases": {}, "versions": {"1.13": entry(["cpu"], ["py3"])}},
        "xgboost": {"aliases": {}, "versions": {"1.7-1": entry([], [])}},
    }
    assert table["algorithms"]["kmeans"] == {"aliases": {}, "versions": {"1": entry([], [])}}
    assert list(table["algorithms"]["xgboost"]["versions"]) == ["1", "1.7-1"]
    assert table["containers"] == {
        "autogluon": {"aliases": {}, "versions": {"1.3": entry(["gpu"], ["py311"])}},
        "mxnet": {"aliases": {}, "versions": {"1.9": entry(["cpu"], ["py38"])}},
        "huggingface": {
            "aliases": {"4.2": "4.2.0-pytorch2.3", "4.2.0": "4.2.0-pytorch2.3"},
            "versions": {
                "4.1.0-pytorch2.0": entry(["gpu"], ["py310"], tag_prefix="2.0-transformers4.1.0"),
                "4.1.0-tensorflow2.1": entry(["gpu"], ["py310"], tag_prefix="2.1-transformers4.1.0"),
                "4.2.0-pytorch2.3": entry(
                    ["gpu"], ["py310"], tag_prefix="2.3-transformers4.2.0", tag_suffix="cu1"
                ),
            },
        },
    }


def test_the_check_compares_with_the_recorded_file(
    script: dict[str, Any], wheel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = (ROOT / "constructs_lib" / "service_model" / "images.json").read_text("utf-8")
    assert script["check"](json.loads(recorded)) == 0
    assert script["main"](["--check", str(wheel)]) == 1
    assert "images.json is not what this wheel gives" in capsys.readouterr().err


def test_another_wheel_is_refused(script: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not a wheel of sagemaker 2"):
        script["main"]([str(tmp_path / "sagemaker-3.0-py3-none-any.whl")])
