"""Cuts botocore's SageMaker model down to what the Lambda runtime calls.

python scripts/generate_service_model.py            writes the generated file
python scripts/generate_service_model.py --check    fails when it is out of step with the pinned botocore
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import botocore
import botocore.loaders

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "constructs_lib/runtime/model/sagemaker/2017-07-24/service-2.json"
OPERATIONS = (
    "AddTags",
    "CreateTrainingJob",
    "DeleteTags",
    "DeleteTrainingJob",
    "DescribeTrainingJob",
    "ListTags",
    "StopTrainingJob",
    "UpdateTrainingJob",
)
DROPPED = ("documentation", "documentationUrl")
# Checked by the rules at synth and by the service; the wire format does not need them.
CONSTRAINTS = ("pattern",)


def cut_model(model: dict[str, Any]) -> dict[str, Any]:
    """The part of a service model that the runtime's operations reach, without its prose."""
    operations = {name: _without_prose(model["operations"][name]) for name in OPERATIONS}
    shapes = {name: _without_prose(model["shapes"][name]) for name in sorted(_reachable(model, operations))}
    return {
        "version": model["version"],
        "metadata": {**model["metadata"], "generatedFrom": f"botocore {botocore.__version__}"},
        "operations": operations,
        "shapes": shapes,
    }


def _reachable(model: dict[str, Any], operations: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = [shape for operation in operations.values() for shape in _references(operation)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_references(model["shapes"][name]))
    return found


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["shape"]] if isinstance(node.get("shape"), str) else []
    return own + [name for key, item in node.items() if key != "shape" for name in _references(item)]


def _without_prose(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_prose(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_prose(item)
        for key, item in node.items()
        if not (key in DROPPED + CONSTRAINTS and isinstance(item, str))
    }


def main() -> int:
    """Write the cut, or compare it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    model = botocore.loaders.Loader().load_service_model("sagemaker", "service-2", "2017-07-24")
    text = json.dumps(cut_model(model), separators=(",", ":")) + "\n"
    relative = TARGET.relative_to(ROOT)
    if not check:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(text)
        print(f"{relative}: {len(text):,} bytes from botocore {botocore.__version__}")
        return 0
    if TARGET.exists() and TARGET.read_text() == text:
        print(f"{relative}: in step with botocore {botocore.__version__}")
        return 0
    print(
        f"{relative}: not what botocore {botocore.__version__} gives; run scripts/generate_service_model.py"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
