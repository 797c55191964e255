"""The user's own lines: where in their code a construct was made."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

import aws_cdk
import constructs
import jsii

LONGEST = 10


def user_frames() -> list[str]:
    """The frames of the calling stack that are the user's, innermost first, as ``function (file:line)``.

    This is the form of CDK's ``aws:cdk:creationStack``, whose first frame a validation report shows. CDK
    itself records it only when asked to (``CDK_DEBUG``), and then for its own resources.
    """
    frame = sys._getframe(1)
    frames: list[str] = []
    ours = _libraries()
    while frame is not None and len(frames) < LONGEST:
        code = frame.f_code
        if not code.co_filename.startswith(ours):
            frames.append(f"{code.co_name} ({code.co_filename}:{frame.f_lineno})")
        frame = frame.f_back  # type: ignore[assignment]
    return frames


@cache
def _libraries() -> tuple[str, ...]:
    """What the files begin with that are not the user's."""
    modules = (aws_cdk, constructs, jsii)
    folders = [Path(str(module.__file__)).parent for module in modules]
    folders.append(Path(__file__).parents[1])
    return ("<frozen ", *(f"{folder}{os.sep}" for folder in folders))
