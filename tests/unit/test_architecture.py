"""The layers hold: who imports whom, what an import costs, and what is public."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import constructs_lib

PACKAGE = Path(constructs_lib.__file__).parent
# The table of ARCHITECTURE.md.
MAY_IMPORT = {
    "spec": {"spec", "service_model", "errors"},
    "service_model": {"service_model", "errors"},
    "cdk": {"cdk", "spec", "service_model", "errors", "runtime"},
    "runtime": {"runtime"},
    "local": {"local", "errors"},
    "testing": {"testing", "cdk", "local", "errors"},
    "cli": {"cli", "spec", "service_model", "local", "errors"},
}
# What the template and the Lambda function have to agree on.
RUNTIME_NAMES_IN_CDK = {"constructs_lib.runtime.content", "constructs_lib.runtime.transitions.verdict"}
LAYERS = sorted(MAY_IMPORT)


def imports(file: Path) -> Iterator[str]:
    """The modules of ours that a file imports, by their absolute names."""
    package = ["constructs_lib", *file.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*base, *([node.module] if node.module else [])])


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_what_it_may(layer: str) -> None:
    files = sorted((PACKAGE / layer).rglob("*.py"))
    assert files
    for file in files:
        for module in imports(file):
            if module.startswith("constructs_lib."):
                assert module.split(".")[1] in MAY_IMPORT[layer], f"{file.name} imports {module}"


def test_cdk_takes_names_only_from_the_runtime() -> None:
    found = {
        module
        for file in (PACKAGE / "cdk").rglob("*.py")
        for module in imports(file)
        if module.startswith("constructs_lib.runtime")
    }
    assert found == RUNTIME_NAMES_IN_CDK


@pytest.mark.parametrize("layer", [name for name in LAYERS if name not in ("cdk", "testing")])
def test_aws_cdk_is_imported_in_cdk_alone(layer: str) -> None:
    for file in (PACKAGE / layer).rglob("*.py"):
        tops = {module.split(".")[0] for module in imports(file)}
        assert not tops & {"aws_cdk", "constructs"}, file


@pytest.mark.parametrize(
    "statement",
    [
        "import constructs_lib",
        "import constructs_lib.spec",
        "from constructs_lib import TrainingJobSpec, Channel, SpecError",
        "import constructs_lib.runtime.front",
        "import constructs_lib.cli",
    ],
)
def test_what_does_not_deploy_loads_no_aws_cdk(statement: str) -> None:
    code = f"import sys; {statement}; print(*({{'aws_cdk', 'jsii', 'moto'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


def test_the_library_itself_loads_no_boto() -> None:
    code = "import sys, constructs_lib.spec; print(*({'boto3', 'botocore'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


def test_every_public_name_is_there_and_documented() -> None:
    assert sorted(constructs_lib.__all__) == list(constructs_lib.__all__)
    for name in constructs_lib.__all__:
        assert getattr(constructs_lib, name).__doc__, name
    assert set(constructs_lib.__all__) <= set(dir(constructs_lib))


def test_the_lazy_table_is_the_public_list() -> None:
    assert set(constructs_lib._MODULES) == set(constructs_lib.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        importlib.import_module("constructs_lib").__getattr__("Nothing")


def test_no_file_is_longer_than_400_lines() -> None:
    tests = Path(__file__).resolve().parents[1]
    for file in (*PACKAGE.rglob("*.py"), *tests.rglob("*.py")):
        assert len(file.read_text().splitlines()) <= 400, file
