"""What ``-h`` says reads alike for every command."""

from __future__ import annotations

import pytest

from constructs_lib.cli import main

COMMANDS = ["validate", "explain", "import", "rules", "watch", "local", "local start", "local demo"]


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        main([*words, "-h"])
    assert caught.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_it_has_a_description_and_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, *command.split())
    _, description, *_, last = text.split("\n\n")
    assert description[0].isupper()
    assert description.endswith(".")
    assert "exit code: 0 " in " ".join(last.split())


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_it_is_plain_text(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "`" not in help_of(capsys, *command.split())


def test_every_command_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    listed = [line.split()[0] for line in help_of(capsys).splitlines() if line.startswith("    ")]
    actions = [line.split()[0] for line in help_of(capsys, "local").splitlines() if line.startswith("    ")]
    assert {command.split()[0] for command in COMMANDS} == set(listed) - {"COMMAND"}
    assert {command.split()[1] for command in COMMANDS if " " in command} <= set(actions)
