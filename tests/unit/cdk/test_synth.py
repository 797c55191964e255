"""app.py and the README's example as a user runs them, and the logical ids that users' snapshots hold."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
SNAPSHOT = ROOT / "tests/snapshots/app_logical_ids.json"


def synthesize(app: str, outdir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run an app as the command line does, from the project's folder."""
    return subprocess.run(
        [sys.executable, "-c", app],
        cwd=ROOT,
        env={**os.environ, "CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": json.dumps(FLAGS), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """app.py, synthesized once; what core's own validation says of it is in test_examples_linted.py."""
    folder = tmp_path_factory.mktemp("example")
    done = synthesize((ROOT / "app.py").read_text(), folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_the_example_runs_cdk_nag_which_finds_nothing(example: Path) -> None:
    # Core reports on what there is to say only.
    (nag,) = json.loads((example / "validation-report.json").read_text())["pluginReports"]
    assert (nag["pluginName"], nag["violations"]) == ("AwsSolutions", [])
    assert len(nag["suppressedViolations"]) > 10


def test_the_logical_ids_of_the_example_stay(example: Path) -> None:
    found = {
        path.name.split(".")[0]: {
            name: resource["Type"] for name, resource in json.loads(path.read_text())["Resources"].items()
        }
        for path in sorted(example.glob("*.template.json"))
    }

    # A change here replaces resources of users: it needs an entry under "Templates" in the changelog.
    assert found == json.loads(SNAPSHOT.read_text())


def test_the_readmes_example_synthesizes(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    done = synthesize(example, tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    resources = json.loads((tmp_path / "Churn.template.json").read_text())["Resources"]
    assert "Custom::SageMakerTrainingJob" in {resource["Type"] for resource in resources.values()}


@pytest.mark.parametrize("document", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_the_documents_are_linked(document: str) -> None:
    assert f"docs/{document}" in (ROOT / "README.md").read_text()
