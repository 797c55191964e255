"""What the command line says, as one line."""

from __future__ import annotations

import pytest

from constructs_lib.local.cdk_output import failure

EXITED = "python3 app.py: Subprocess exited with error 1"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["Traceback", "ValueError: wrong subnet", "a second line", EXITED], "ValueError: wrong subnet"),
        (["jsii.errors.JSIIError: boom", "During handling", "KeyError: 'x'", EXITED], "KeyError: 'x'"),
        (["AssertionError", EXITED], "AssertionError"),
        (["bad config", EXITED], "bad config"),
        ([EXITED], "it ended with exit code 1 and said nothing"),
        (["ENOENT: no such file or directory, open '/x/manifest.json'"], "it ended without an assembly; "),
        (["--app is required either in command-line or in cdk.json"], "its cdk.json names no app"),
        (
            ["ERROR no key (Construct Annotations)", "S", "ERROR no role", "Synthesis finished with errors"],
            "no key | no role",
        ),
        (
            ["  | ExceptionGroup: many (2)", "  | ValueError: a", "  +----", EXITED],
            "ExceptionGroup: many (2)",
        ),
    ],
)
def test_an_app_that_does_not_synthesize(lines: list[str], reason: str) -> None:
    told = failure("deploy", "\n".join(lines))
    assert told.startswith(f"the app does not synthesize: {reason}")
    assert "\n" not in told


def test_another_failure_ends_with_what_was_said_last() -> None:
    text = "starting\nS | CREATE_FAILED | no\nmore\n❌ S failed to deploy\n"
    assert failure("deploy", text) == "cdk deploy failed: S | CREATE_FAILED | no | ❌ S failed to deploy"
    assert failure("deploy", "no stacks") == "cdk deploy failed: no stacks"
    assert failure("deploy", "") == "cdk deploy failed: no output"
