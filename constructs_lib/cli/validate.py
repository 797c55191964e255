"""Every mistake in training job requests, without a call to AWS."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from constructs_lib.cli.checking import Report, check
from constructs_lib.cli.documents import load
from constructs_lib.cli.output import complain, emit, use_colour
from constructs_lib.cli.report_json import json_report
from constructs_lib.cli.report_sarif import sarif_report
from constructs_lib.cli.report_text import text_report
from constructs_lib.errors import SpecError
from constructs_lib.rules.engine import known_region

__all__ = ["add_parser"]

_EPILOG = "exit code: 0 no error (there may be warnings), 1 errors found, 2 an input cannot be used"
_FORMATS: dict[str, Callable[[Report], str]] = {
    "text": lambda report: text_report(report, colour=use_colour()),
    "json": json_report,
    "sarif": sarif_report,
}


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "validate", help="find every mistake in training job requests", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a CreateTrainingJob request (JSON), a Step Functions definition, a CloudFormation template, "
        "the folder that cdk synth wrote, or - for standard input",
    )
    parser.add_argument("--format", choices=tuple(_FORMATS), default="text", help="default: text")
    parser.add_argument(
        "--region",
        type=_region,
        help="where the jobs run, such as eu-west-1, where a file does not say it; "
        "left out: what depends on the region is not checked",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    report = check(load(arguments.files), arguments.region)
    emit(_FORMATS[arguments.format](report))
    for problem in report.problems:
        complain(f"{problem.file}: {problem.reason}")
    for name in report.without_jobs:
        complain(f"{name}: no training job in it")
    return report.exit_code


def _region(text: str) -> str:
    try:
        region = known_region(text)
    except SpecError:
        region = None
    if region is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no region; write it like eu-west-1")
    return region
