"""Expressions that name a job, so that no two jobs have one name, and that keep checkpoints apart.

What names a job is hashed: an execution's name alone may be longer than a job's. The context object has one
Map item, the innermost; of the Maps around it nothing is known, so a random id is hashed too.
"""

from __future__ import annotations

from constructs_lib.cdk.naming import job_name_prefix
from constructs_lib.cdk.workflows import intrinsics, jsonata
from constructs_lib.cdk.workflows.language import Language
from constructs_lib.spec.job_name import MAX_PREFIX

__all__ = ["RANDOM", "branch_name", "branch_variables", "checkpoint_uri", "task_prefix"]

SEED = "constructsLibSeed"
EXECUTION = "constructsLibExecution"
CHECKPOINTS = "constructsLibCheckpoints"

_REDRIVES = "$$.Execution.RedriveCount"
# An object, for it is without the members that are not there.
RANDOM = (
    "$string({'execution': $states.context.Execution.Id, 'redrive': $states.context.Execution.RedriveCount, "
    "'state': $states.context.State, 'item': $states.context.Map.Item.Index, 'id': $uuid()})"
)
"""JSONata of a seed that no other try has."""
_HASHED_AT_ONCE = 5_000  # characters; States.Hash takes 10,000, and $hash says nothing of its own limit


def task_prefix(construct_id: str) -> str:
    """What the names of a task's jobs start with, made of its construct id."""
    return job_name_prefix(None, construct_id, "")[:MAX_PREFIX].strip("-")


def branch_name(prefix: str, language: Language) -> str:
    """The name of a job whose task is a branch, from the branch's seed: the same one until a redrive.

    Both languages make the same name. A redrive in the middle of the branch changes it, so only the state
    that creates the job may ask for it; those after it have to keep what that one has used.

    Args:
        prefix: as `JobName` takes it.
        language: of the state that asks.
    """
    if language is Language.JSONATA:
        source = f"${SEED} & ' ' & $string($states.context.Execution.RedriveCount)"
        return jsonata.written(f"'{prefix}-' & {_md5(source)}")
    source = intrinsics.as_format("{} {}", [f"${SEED}", _REDRIVES])
    return intrinsics.as_format(f"{prefix}-{{}}", [f"States.Hash({source}, 'MD5')"])


def branch_variables(
    *, checkpoints: bool = True, seed: str | None = None, execution: str | None = None
) -> dict[str, str]:
    """What the first state of a branch assigns, in JSONata.

    Args:
        checkpoints: whether the task keeps its checkpoints in a place of its own.
        seed: JSONata of the text that names a try; a random one when left out.
        execution: JSONata of the ARN of the execution whose end stops the job; its own when left out.

    Returns:
        ``constructsLibSeed``, the MD5 of the seed, which is new each time the branch is entered unless it was
        given; ``constructsLibExecution``, the MD5 of the execution's ARN; and ``constructsLibCheckpoints``,
        which is the same for the same state, Map item and input of one execution, so that a job which is
        tried again finds its own checkpoints, and no other's. Map items inside Map items differ by their
        input alone where their indices do not.
    """
    return {
        SEED: jsonata.written(_md5(seed or RANDOM)),
        EXECUTION: jsonata.written(_md5(execution or "$states.context.Execution.Id")),
        **({CHECKPOINTS: jsonata.written(_CHECKPOINTS)} if checkpoints else {}),
    }


def checkpoint_uri(folder: str, language: Language) -> str:
    """The place of a job's own checkpoints, from the branch's variables.

    Args:
        folder: an ``s3://`` uri without a slash at its end; CDK's tokens may be in it.
        language: of the state that asks.
    """
    if language is Language.JSONATA:
        return jsonata.written(f"{jsonata.quoted(f'{folder}/')} & ${CHECKPOINTS}")
    return intrinsics.as_format(f"{intrinsics.escaped(folder)}/{{}}", [f"${CHECKPOINTS}"])


def _md5(source: str) -> str:
    return f"$hash({source}, 'MD5')"


_CHECKPOINTS = (
    "($input := $string($states.input); "
    f"$parts := [0..$floor($length($input) / {_HASHED_AT_ONCE})].("
    f"{_md5(f'$substring($input, $ * {_HASHED_AT_ONCE}, {_HASHED_AT_ONCE})')}); "
    + _md5(
        "$string({'execution': $states.context.Execution.Id, 'state': $states.context.State.Name, "
        "'item': $states.context.Map.Item.Index, 'input': $join($parts)})"
    )
    + ")"
)
