"""The last value that is allowed, and the first that is not."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest

from constructs_lib import Checkpoint, Completion, SpotTraining, TrainingJob, TrainingJobSpec

from .reports import report
from .test_findings_of_jobs import resource

LONGEST = 3300 - 600


def limited(spec: TrainingJobSpec, seconds: int, *, spot: bool) -> TrainingJobSpec:
    limit = cdk.Duration.seconds(seconds)
    if not spot:
        return spec.replace(max_runtime=limit)
    short = cdk.Duration.seconds(600)
    return spec.replace(max_runtime=short, spot=SpotTraining(max_wait=limit), checkpoint=Checkpoint())


@pytest.mark.parametrize(
    ("completion", "seconds", "rules"),
    [
        (Completion.wait(), LONGEST, []),
        (Completion.wait(), LONGEST + 1, ["wait-too-short"]),
        (Completion.wait(cdk.Duration.seconds(3300)), LONGEST + 1, []),
        (Completion.start(), LONGEST + 1, []),
    ],
    ids=["longest", "longer", "the user's own", "start"],
)
@pytest.mark.parametrize("spot", [False, True], ids=["on demand", "spot"])
def test_the_longest_job_that_can_be_waited_for(
    app: cdk.App,
    stack: cdk.Stack,
    spec: TrainingJobSpec,
    completion: Completion,
    seconds: int,
    rules: list[str],
    spot: bool,
) -> None:
    TrainingJob(stack, "Job", spec=limited(spec, seconds, spot=spot), completion=completion)

    assert [entry.rule for entry in report(app).entries] == rules


@pytest.mark.parametrize(("more", "rules"), [(0, []), (1, ["request-too-large"])])
def test_the_largest_properties(
    app: cdk.App, stack: cdk.Stack, tmp_path: Path, spec: TrainingJobSpec, more: int, rules: list[str]
) -> None:
    def properties(stack: cdk.Stack, length: int) -> int:
        job = TrainingJob(stack, "Job", spec=spec)
        # No member of the request, so that nothing else is found.
        resource(job).add_property_override("Padding", "x" * length)
        cdk.Stage.of(stack).synth()  # type: ignore[union-attr]
        found = next(Path(cdk.Stage.of(stack).outdir).glob("*.template.json"))  # type: ignore[union-attr]
        written = json.loads(found.read_text())["Resources"][stack.resolve(resource(job).logical_id)]
        return len(json.dumps(written["Properties"], separators=(",", ":")))

    plain = properties(cdk.Stack(cdk.App(outdir=str(tmp_path / "plain")), "Stack"), 0)
    job = TrainingJob(stack, "Job", spec=spec)
    resource(job).add_property_override("Padding", "x" * (100_000 - plain + more))

    assert [entry.rule for entry in report(app).entries] == rules
