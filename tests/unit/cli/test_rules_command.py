from __future__ import annotations

import pytest

from constructs_lib.cli import main
from constructs_lib.cli.rulebook import acceptance, all_rules, topics
from constructs_lib.rules.catalogue import RULES
from constructs_lib.rules.model_rules import MODEL_RULES
from constructs_lib.rules.rule import RuleInfo
from constructs_lib.rules.runner_rules import RUNNER_RULES


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["rules", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_all_rules_are_listed_once_with_severity_and_condition(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    listed = [line.split(maxsplit=2) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert listed == [[rule.id, rule.severity, rule.violated_when] for rule in all_rules().values()]
    expected = {rule.id for rule in (*MODEL_RULES, *RULES, *RUNNER_RULES)}
    assert len(listed) == len(expected)
    assert {line[0] for line in listed} == expected


@pytest.mark.parametrize("name", ["spot-needs-max-wait", "ConstructsLib::spot-needs-max-wait"])
def test_a_rule_is_shown_with_all_that_is_known(capsys: pytest.CaptureFixture[str], name: str) -> None:
    rule = all_rules()["spot-needs-max-wait"]
    assert run(capsys, name) == (
        0,
        "spot-needs-max-wait (error)\n"
        f"  violated when  {rule.violated_when}\n"
        f"  members        {', '.join(rule.fields)}\n"
        f"  message        {rule.message}\n"
        f"  fix            {rule.fix}\n"
        f"  source         {rule.source}\n"
        "  refusal seen   yes\n"
        '  acknowledge    Acknowledgment(id="ConstructsLib::spot-needs-max-wait", reason="...")\n',
        "",
    )


@pytest.mark.parametrize("rule", all_rules())
def test_every_rule_can_be_shown(capsys: pytest.CaptureFixture[str], rule: str) -> None:
    code, out, _ = run(capsys, rule)
    assert code == 0
    assert out.startswith(f"{rule} (")
    assert "{fix}" not in out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("spot-need-max-wait", "'spot-need-max-wait'; did you mean spot-needs-max-wait"),
        ("MODEL:REQUIRED", "'MODEL:REQUIRED'; did you mean model:required"),
        ("zzzzzzzz", "no rule has the id 'zzzzzzzz'; 'constructs-lib rules' lists all"),
        ("\x1b[2J", r"'\x1b[2J'"),
    ],
)
def test_an_unknown_rule_exits_with_2_and_names_near_ones(
    capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    code, out, err = run(capsys, name)
    assert (code, out) == (2, "")
    assert err.startswith("constructs-lib: no rule has the id ")
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_rule_is_told_to_be_unverified() -> None:
    error = RuleInfo("a", "error", ("A",), "when", "message", "fix", "source", verified=False)
    assert acceptance(error) == (
        "unverified: that the service refuses it was not seen in public; "
        "acknowledge it if the service accepts your job"
    )
    warning = RuleInfo("a", "warning", ("A",), "when", "message", "fix", "source", verified=False)
    assert acceptance(warning) == "a warning: the service accepts it"
    assert acceptance(RUNNER_RULES[0]) == "a rule of this library's own, about how a job is run"


def test_topics_are_those_of_the_catalogue_in_its_order() -> None:
    headings = [heading for heading, _ in topics()]
    assert (headings[0], headings[-1]) == ("Single members", "How a job is run")
    assert "Spot training, time limits and retries" in headings
    found = [rule.id for _, rules in topics()[1:-1] for rule in rules]
    assert sorted(found) == sorted(rule.id for rule in RULES)
