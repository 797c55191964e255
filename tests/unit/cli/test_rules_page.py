from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cli.rulebook import all_rules

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "generate_rules_page.py"


def load_script() -> Any:
    found = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


generator = load_script()


def test_the_page_is_in_step_with_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main(["--check"]) == 0, capsys.readouterr().out


def test_a_page_that_is_out_of_step_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    monkeypatch.setattr(generator, "TARGET", tmp_path / "rules.md")
    assert generator.main(["--check"]) == 1
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    (tmp_path / "rules.md").write_text(generator.page() + "x")
    assert generator.main(["--check"]) == 1


def test_every_rule_has_an_entry_and_an_anchor_that_it_leads_to() -> None:
    page = generator.page()
    anchors = re.findall(r'^### <a id="([^"]+)"></a>(.+)$', page, re.MULTILINE)
    links = re.findall(r"^\| \[([^\]]+)\]\(#([^)]+)\)", page, re.MULTILINE)
    expected = [(rule, generator.anchor(rule)) for rule in all_rules()]
    assert links == expected
    assert [(name, anchor) for anchor, name in anchors] == expected
    assert len({anchor for anchor, _ in anchors}) == len(expected)


def test_signs_of_markdown_are_shown_as_they_are() -> None:
    shown = generator._text("a|b <c> [d] *e* job_name _f_ `g` https://x.y/a_(b)")
    assert shown == r"a\|b \<c\> \[d\] \*e\* job_name \_f\_ \`g\` https://x.y/a_(b)"
