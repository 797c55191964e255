"""Who may do what on which resource, on which condition, and because of which field of a training job."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from constructs_lib.cli.explain.explanation import Explanation, explain, only
from constructs_lib.cli.explain.report_json import json_report
from constructs_lib.cli.explain.report_text import text_report, width
from constructs_lib.cli.output import complain, emit

__all__ = ["add_parser"]

_EPILOG = "exit code: 0 it was explained, 2 an input cannot be used, or nothing is as was asked for"
_UNUSABLE = 2


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "explain", help="list who may do what, and why", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument("folder", metavar="FOLDER", help="the folder that cdk synth wrote: cdk.out")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument(
        "--role",
        metavar="TEXT",
        help="only roles, and resources with policies, with this text in their path or logical id",
    )
    parser.add_argument(
        "--construct",
        metavar="PATH",
        help="only what is allowed because of the construct at this path, such as Stack/Job",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="also roles and policies that have nothing of constructs-lib",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    found = _explanation(arguments.folder)
    listed = [*found.explained, *(found.others if arguments.all else ())]
    shown = only(listed, arguments.role, arguments.construct)
    if arguments.format == "json":
        emit(json_report(found, shown))
    else:
        emit(text_report(found, shown, width()))
    for problem in found.inputs.problems:
        complain(f"{problem.file}: {problem.reason}")
    complaint = _complaint(found, arguments, bool(listed), bool(shown))
    if complaint:
        complain(complaint)
    is_missed = bool(listed) and not shown
    return _UNUSABLE if found.inputs.problems or is_missed else 0


def _explanation(folder: str) -> Explanation:
    """Of a folder; of anything else, what it should be."""
    if not Path(folder).is_dir():
        found = Explanation()
        there = "is no folder" if Path(folder).exists() else "there is no such folder"
        found.inputs.refuse(folder, ValueError(f"{there}: give the folder that cdk synth wrote (cdk.out)"))
        return found
    return explain(folder)


def _complaint(found: Explanation, arguments: argparse.Namespace, has_any: bool, shows_any: bool) -> str:
    if found.inputs.files and not found.noted and not found.inputs.problems:
        return (
            f"{arguments.folder}: no permission of constructs-lib in it: the app has no training job, or was "
            f"synthesized with a version that notes no reasons"
        )
    if has_any and not shows_any:
        given = {"--role": arguments.role, "--construct": arguments.construct}
        asked = " ".join(f"{name} {text}" for name, text in given.items() if text is not None)
        return f"{arguments.folder}: nothing in it is as asked for ({asked}); leave the option out to see all"
    return ""
