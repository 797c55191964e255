"""What an import costs, and what it says where syrupy is missing."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from constructs_lib import testing

BLOCK = "import sys; sys.modules['syrupy'] = None; "


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "statement",
    [
        "import constructs_lib.testing.plugin",
        "from constructs_lib.testing import assert_training_job, normalize_template",
        "from constructs_lib.testing import normalize_template as n; n({}); assert n.__doc__",
    ],
)
def test_an_import_loads_neither_aws_cdk_nor_syrupy(statement: str) -> None:
    heavy = "{'aws_cdk', 'jsii', 'moto', 'syrupy'}"
    done = run(f"import sys; {statement}; print(*({heavy} & set(sys.modules)))")
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


def test_without_syrupy_the_rest_works() -> None:
    done = run(
        f"{BLOCK}from constructs_lib.testing import assert_training_job; import constructs_lib.testing"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_syrupy_the_snapshot_names_the_extra() -> None:
    done = run(f"{BLOCK}from constructs_lib.testing import TemplateSnapshot")
    assert done.stderr.splitlines()[-1] == (
        "ImportError: TemplateSnapshot needs syrupy, which is not installed; "
        "pip install 'constructs-lib[testing]'"
    )


def test_every_public_name_is_there_and_documented() -> None:
    assert sorted(testing.__all__) == list(testing.__all__) == sorted(testing._MODULES)
    for name in testing.__all__:
        assert "Example:" in (getattr(testing, name).__doc__ or ""), name
    assert set(testing.__all__) <= set(dir(testing))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        importlib.import_module("constructs_lib.testing").__getattr__("Nothing")
