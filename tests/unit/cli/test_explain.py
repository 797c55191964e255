"""``constructs-lib explain`` over assemblies by hand: matching, words for what is wrong, and fuzzing."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.cli import main

from .cli_helpers import write
from .explain_folders import BUCKET, ROLE, allow, assembly, printed, record, role

Capture = pytest.CaptureFixture[str]
Json = dict[str, Any]
READ = {"reason": "InputDataConfig[0] (train): read", "actions": "s3:GetObject", "resources": BUCKET}


def rows(capsys: Capture, folder: str, *options: str) -> list[tuple[list[str], list[str], list[str]]]:
    """Actions, resources and reasons of each permission."""
    assert main(["explain", folder, "--format", "json", *options]) == 0
    (holder,) = printed(capsys.readouterr().out)["holders"]
    return [
        (row["actions"], row["resources"], [one["reason"] for one in row["reasons"]])
        for row in holder["permissions"]
    ]


NAMED = "arn:${AWS::Partition}:s3:::${Bucket}/in/*"
REASON = "InputDataConfig[0] (train): read"


def test_a_statement_has_the_reason_that_was_noted_for_it(tmp_path: Path, capsys: Capture) -> None:
    folder = assembly(tmp_path, role(allow("s3:GetObject", BUCKET)), record(READ))
    assert rows(capsys, folder) == [(["s3:GetObject"], [NAMED], [REASON])]


def test_a_merged_statement_is_taken_apart_and_the_rest_is_the_apps(tmp_path: Path, capsys: Capture) -> None:
    merged = allow(["s3:GetObject", "s3:PutObject"], [BUCKET, "arn:aws:s3:::own/*"])
    folder = assembly(tmp_path, role(merged), record(READ))
    assert rows(capsys, folder) == [
        (["s3:GetObject"], [NAMED], [REASON]),
        (["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::own/*"], []),
        (["s3:PutObject"], [NAMED], []),
    ]


def test_prefixes_that_were_put_together_have_a_reason_each(tmp_path: Path, capsys: Capture) -> None:
    def listing(*prefixes: str) -> Json:
        return {"StringLike": {"s3:prefix": [*prefixes]}}

    noted = [
        {"reason": f"list {name}", "actions": "s3:ListBucket", "resources": "b", "conditions": listing(name)}
        for name in ("a/*", "b/*")
    ]
    template = role(allow("s3:ListBucket", "b", Condition=listing("a/*", "b/*", "mine/*")))
    folder = assembly(tmp_path, template, record(*noted))
    assert [reasons for _, _, reasons in rows(capsys, folder)] == [["list a/*"], ["list b/*"], []]


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:GetObject", BUCKET, Condition={"Bool": {"aws:SecureTransport": "true"}}),
        {**allow("s3:GetObject", BUCKET), "Effect": "Deny"},
        allow("s3:PutObject", BUCKET),
        allow("s3:GetObject", "*"),
        {"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": BUCKET},
    ],
)
def test_another_statement_has_not_that_reason(tmp_path: Path, capsys: Capture, statement: Json) -> None:
    folder = assembly(tmp_path, role(statement), record(READ))
    (row,) = rows(capsys, folder)
    assert row[2] == []


def test_a_numbered_token_is_what_cdk_has_made_of_it(tmp_path: Path, capsys: Capture) -> None:
    noted = {**READ, "resources": "arn:${AWS::Partition}:s3:::${:1}/in/*"}
    given = {**record(noted, role="${:0}"), "tokens": [ROLE, {"Ref": "Bucket"}]}
    folder = assembly(tmp_path, role(allow("s3:GetObject", BUCKET)), given)
    assert rows(capsys, folder) == [(["s3:GetObject"], [NAMED], [REASON])]


def test_inline_policies_and_managed_ones_by_arn_are_listed(tmp_path: Path, capsys: Capture) -> None:
    inline = [{"PolicyDocument": {"Statement": allow("sns:Publish", "*")}}]
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    template = role(allow("s3:GetObject", BUCKET), Policies=inline, ManagedPolicyArns=[arn])
    folder = assembly(tmp_path, template, record(READ))
    assert rows(capsys, folder) == [
        (["sns:Publish"], ["*"], []),
        (["s3:GetObject"], [NAMED], [REASON]),
        (["(a managed policy)"], [arn], []),
    ]


def test_a_statement_of_no_reasonable_size_is_the_apps(tmp_path: Path, capsys: Capture) -> None:
    huge = allow([f"s3:{number}" for number in range(1000)], [f"arn:{number}" for number in range(1000)])
    folder = assembly(tmp_path, role(huge, allow("s3:GetObject", BUCKET)), record(READ))
    (actions, resources, none), read = rows(capsys, folder)
    assert (len(actions), len(resources), none) == (1000, 1000, [])
    assert read[2] == [REASON]


def explained(capsys: Capture, folder: str, *options: str) -> tuple[int, str, str]:
    code = main(["explain", folder, *options])
    captured = capsys.readouterr()
    return code, captured.out, captured.err.removeprefix("constructs-lib: ").rstrip("\n")


def test_an_assembly_without_anything_of_ours_is_no_error(tmp_path: Path, capsys: Capture) -> None:
    folder = assembly(tmp_path, role(allow("s3:GetObject", BUCKET)))
    code, out, said = explained(capsys, folder)
    assert code == 0
    assert out.startswith("0 roles and 0 resource policies in 1 template: 0 permissions explained")
    assert said == (
        f"{folder}: no permission of constructs-lib in it: the app has no training job, or was synthesized "
        "with a version that notes no reasons"
    )
    assert "Main/Job/Role (Role)" in explained(capsys, folder, "--all")[1]


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        ({**record(READ), "version": 2}, "has form 2, and this command reads form 1: use the constructs-lib"),
        ({"permissions": []}, "is damaged: synthesize the app again"),
        ({"version": 1, "permissions": {}, "asked": []}, "is damaged: synthesize the app again"),
        ("text", "is damaged: synthesize the app again"),
    ],
)
def test_a_record_that_cannot_be_used_is_told_and_the_statements_are_shown(
    tmp_path: Path, capsys: Capture, noted: object, words: str
) -> None:
    folder = assembly(tmp_path, role(allow("s3:GetObject", BUCKET)), noted)
    code, out, said = explained(capsys, folder, "--all")
    assert code == 2
    assert said.startswith(f"{tmp_path / 'Main.template.json'}: the record of its permissions ")
    assert words in said
    assert "(the app's own)" in out
    assert "1 input not usable: reasons may be missing" in out


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda folder: None, "there is no such folder: give the folder that cdk synth wrote (cdk.out)"),
        (lambda folder: folder.write_text("{}"), "is no folder: give the folder that cdk synth wrote"),
        (lambda folder: folder.mkdir(), "is a folder without manifest.json"),
    ],
)
def test_what_is_no_assembly_is_told(tmp_path: Path, capsys: Capture, prepare: Any, words: str) -> None:
    folder = tmp_path / "cdk.out"
    prepare(folder)
    code, _, said = explained(capsys, str(folder))
    assert (code, said.startswith(f"{folder}: {words}")) == (2, True)


def test_a_missing_file_of_metadata_is_told(tmp_path: Path, capsys: Capture) -> None:
    template = role(allow("s3:GetObject", BUCKET))
    folder = assembly(tmp_path, template, record(READ), additionalMetadataFile="Main.metadata.json")
    code, _, said = explained(capsys, folder)
    assert (code, said) == (2, f"{tmp_path / 'Main.metadata.json'}: there is no such file")


def test_the_record_may_be_in_that_file(tmp_path: Path, capsys: Capture) -> None:
    template = role(allow("s3:GetObject", BUCKET))
    folder = assembly(tmp_path, template, additionalMetadataFile="Main.metadata.json")
    write(
        tmp_path / "Main.metadata.json",
        {"/Main": [{"type": "constructs-lib:permissions", "data": record(READ)}]},
    )
    assert rows(capsys, folder) == [(["s3:GetObject"], [NAMED], [REASON])]


def test_names_that_would_disturb_a_terminal_are_escaped(tmp_path: Path, capsys: Capture) -> None:
    noted = {**READ, "reason": "read \x1b[31m"}
    folder = assembly(tmp_path, role(allow("s3:GetObject", BUCKET)), record(noted))
    _, out, _ = explained(capsys, folder)
    assert "\x1b" not in out
    assert "\\x1b[31m" in out


def test_it_loads_neither_cdk_nor_boto_nor_a_network_client(tmp_path: Path) -> None:
    folder = assembly(tmp_path, role(allow("s3:GetObject", BUCKET)), record(READ))
    code = (
        "import sys; from constructs_lib.cli import main\n"
        f"main(['explain', {folder!r}]), main(['explain', {folder!r}, '--format', 'json'])\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "heavy = {'aws_cdk', 'constructs', 'jsii', 'boto3', 'botocore', 'moto', 'socket', 'subprocess'}\n"
        "print(*sorted(heavy & tops), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"\n")


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.text(max_size=8)
    | st.sampled_from(["Role", "${:0}", "*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Ref", "Fn::GetAtt", "Fn::Join", "Fn::Sub", "Fn::If", "Statement", "Action", "x"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_is_broken_it_ends_in_words(data: st.DataObject) -> None:
    """Any part of a template or a record may be anything: no traceback, and a documented exit code."""
    template, noted = copy.deepcopy((role(allow("s3:GetObject", BUCKET)), record(READ)))
    for document in (template, noted):
        for _ in range(data.draw(st.integers(0, 2))):
            _break(document, data)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
        with contextlib.redirect_stderr(io.StringIO()) as err:
            form = data.draw(st.sampled_from(["text", "json"]))
            code = main(["explain", assembly(Path(folder), template, noted), "--all", "--format", form])
        assert code in (0, 2)
        assert "Traceback" not in err.getvalue()
        if form == "json":
            json.loads(out.getvalue())


def _break(document: Any, data: st.DataObject) -> None:
    """Replaces something somewhere in a document."""
    while isinstance(document, (dict, list)) and document:
        keys = [*document] if isinstance(document, dict) else [*range(len(document))]
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(document[key], (dict, list)) or not document[key]:
            document[key] = data.draw(ANY)
            return
        document = document[key]
