"""What the CDK command line said, as one line: why an app does not synthesize, or a deployment failed."""

from __future__ import annotations

import re

__all__ = ["failure"]

_TOLD = re.compile(r"(_FAILED|❌|\w*Error\b|\w*Exception\b)")
_RAISED = re.compile(r"^[|\s]*([\w.]*(Error|Exception|Exit|ExceptionGroup)\b.*)")
_ANNOTATION = re.compile(r"^ERROR (.+?)(?: \(Construct Annotations\))?$")
_APP_FAILED = re.compile(r"(?:Subprocess exited with error|exited with code) *(\S*)")
_NO_ASSEMBLY = re.compile(r"ENOENT.*manifest\.json")
_NO_APP = "--app is required"
_MAX_TAIL = 600


def failure(command: str, text: str) -> str:
    """One line about a command that failed.

    Args:
        command: the command, such as ``deploy``.
        text: all it printed, without colours.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = _synthesis(lines)
    if reason:
        return f"the app does not synthesize: {reason[:_MAX_TAIL]}"
    told = [line for line in lines if _TOLD.search(line)] or lines or ["no output"]
    return f"cdk {command} failed: {' | '.join(told[-3:])[-_MAX_TAIL:]}"


def _synthesis(lines: list[str]) -> str:
    """Why the app gave no assembly; empty when it gave one."""
    annotations = [match.group(1) for line in lines if (match := _ANNOTATION.match(line))]
    if annotations and lines[-1] == "Synthesis finished with errors":
        return " | ".join(annotations)
    if any(_NO_APP in line for line in lines):
        return "its cdk.json names no app"
    if any(_NO_ASSEMBLY.search(line) for line in lines):
        return "it ended without an assembly; call app.synth() at its end"
    ended = next((match for line in lines if (match := _APP_FAILED.search(line))), None)
    return _own_error(lines, ended.group(1)) if ended else ""


def _own_error(lines: list[str], code: str) -> str:
    own = [line for line in lines if not _APP_FAILED.search(line)]
    # The first of a group names the group, the last of a traceback what was raised in the end.
    groups = [m.group(1) for line in own if (m := _RAISED.match(line)) and "ExceptionGroup" in m.group(2)]
    raised = [m.group(1) for line in own if (m := _RAISED.match(line))]
    return (groups[:1] or raised[-1:] or own[-1:] or [f"it ended with exit code {code} and said nothing"])[0]
