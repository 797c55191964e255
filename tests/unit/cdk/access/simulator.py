"""The evaluator: iam-simulate, a package of npm's, in a process of its own that the tests alone start."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from constructs_lib.local.node import find_node

SCRIPT = Path(__file__).with_name("simulate.mjs")


class Simulator:
    """Judges requests of IAM; a context manager that ends its process.

    A request that the evaluator takes for a mistake (no such action, a resource that the action does not
    have, a condition key that it does not know) is an error, never a denial: a typing error would prove a
    denial otherwise.
    """

    def __enter__(self) -> Simulator:
        command = [str(find_node()), str(SCRIPT)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Without input it ends by itself.
        self._process.communicate(timeout=10)

    def allows(self, simulation: dict[str, Any], *, ignored: tuple[str, ...] = ()) -> bool:
        """Whether a request is allowed.

        Args:
            simulation: as iam-simulate has it.
            ignored: condition keys that the request carries although the action does not have them.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(simulation) + "\n")
        self._process.stdin.flush()
        verdict = json.loads(self._process.stdout.readline())
        problem = verdict.get("error") or [key for key in verdict["ignored"] if key not in ignored]
        if problem:
            raise AssertionError(f"{simulation['request']}: {json.dumps(problem)}")
        return bool(verdict["result"] == "Allowed")
