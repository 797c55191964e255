"""The whole module that is printed: imports, the spec, and on request an app that runs it."""

from __future__ import annotations

from constructs_lib.cli.importing.code import WIDTH, Code, names_of
from constructs_lib.cli.importing.values import spec_code
from constructs_lib.spec.job import TrainingJobSpec

__all__ = ["module_text"]

# Where a name is from; every other one is the package's own.
_ELSEWHERE = {"timedelta": "datetime", "FileSystem": "constructs_lib.spec.file_systems"}
_PACKAGE = "constructs_lib"
_DOCUMENTATION = '"""A training job, as printed by constructs-lib import."""'
_APP = """
app = cdk.App()
stack = cdk.Stack(app, "Training")
TrainingJob(
    stack,
    "TrainingJob",
    spec={spec},
    completion=Completion.start(),  # a deployment that waits can do so for 55 minutes
)
app.synth()
"""
_NAMES_OF_APP = {"Completion", "TrainingJob"}


def module_text(spec: TrainingJobSpec, *, construct: bool) -> str:
    """The Python that makes a spec.

    Args:
        spec: as it was read from a request.
        construct: whether an app with a `TrainingJob` follows.
    """
    code = spec_code(spec)
    names = names_of(code) | (_NAMES_OF_APP if construct else set())
    lines = [_DOCUMENTATION, "", *_imports(names, construct=construct), "", *code.lines("spec = ")]
    text = "".join(f"{line}\n" for line in lines)
    # The name of a job can be used once, and was: the construct makes names of its own.
    used = "spec" if spec.training_job_name is None else "spec.replace(training_job_name=None)"
    return text + _APP.format(spec=used) if construct else text


def _imports(names: set[str], *, construct: bool) -> list[str]:
    sources = {_ELSEWHERE.get(name, _PACKAGE) for name in names}
    taken = {source: sorted(n for n in names if _ELSEWHERE.get(n, _PACKAGE) == source) for source in sources}
    standard = [_import(source, taken.pop(source)) for source in ("datetime",) if source in taken]
    ours = ["import aws_cdk as cdk"] if construct else []
    ours += [line for source in sorted(taken) for line in _import(source, taken[source])]
    return [*(line for found in standard for line in (*found, "")), *ours]


def _import(source: str, names: list[str]) -> list[str]:
    items = tuple(("", Code(name)) for name in names)
    line = Code(f"from {source} import ", items).flat
    return [line] if len(line) <= WIDTH else list(Code(f"from {source} import (", items, ")").lines())
