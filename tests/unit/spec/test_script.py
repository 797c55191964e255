from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.errors import PackagingError, SpecError
from constructs_lib.spec import SourceFolder, pack, script
from tests.interpreters import other_pythons

ROOT = Path(__file__).resolve().parents[3]


def members(archive: Path) -> dict[str, tuple[int, bytes]]:
    with tarfile.open(archive) as tar:
        found = {}
        for info in tar:
            assert (info.mtime, info.uid, info.gid, info.uname, info.gname) == (0, 0, 0, "", "")
            content = tar.extractfile(info)
            assert content is not None
            found[info.name] = (info.mode, content.read())
        return found


def test_a_package_holds_the_files_sorted_and_unchanged(folder: Path, tmp_path: Path) -> None:
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o700)
    package = pack(folder)
    written = package.write(tmp_path / "source.tar.gz")
    assert list(members(written).items()) == [
        ("lib/data.py", (0o644, b"ROWS = 1000 * 1000\n")),
        ("run.sh", (0o755, b"#!/bin/sh\n")),
        ("train.py", (0o644, b"print('auc=0.9')\r\n")),
    ]
    assert hashlib.sha256(gzip.decompress(written.read_bytes())).hexdigest() == package.digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["code", "source.tar.gz"]


def test_two_folders_of_equal_contents_give_equal_bytes(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    (other / "lib").mkdir(parents=True)
    (other / "train.py").write_bytes((folder / "train.py").read_bytes())
    (other / "lib" / "data.py").write_bytes((folder / "lib" / "data.py").read_bytes())
    (other / "train.py").chmod(0o600)
    os.utime(other / "train.py", (1, 1))
    (other / "__pycache__").mkdir()
    (other / "__pycache__" / "train.pyc").write_bytes(b"x")
    (other / "lib" / "data.pyc").write_bytes(b"x")
    (other / ".git").mkdir()
    (other / ".git" / "HEAD").write_text("x")
    (other / ".venv").symlink_to("/")
    (other / "empty").mkdir()
    first = pack(folder).write(tmp_path / "1.tar.gz")
    second = pack(other).write(tmp_path / "2.tar.gz")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes()[3:8] == b"\0" * 5  # the header's flags and time: no name, no date


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_the_owner_makes_no_difference(folder: Path) -> None:
    before = pack(folder).digest
    os.chown(folder / "train.py", 12345, 12345)
    assert pack(folder).digest == before


@pytest.mark.parametrize("change", ["content", "name", "executable", "line end"])
def test_what_a_training_can_see_makes_a_difference(folder: Path, change: str) -> None:
    before = pack(folder).digest
    train = folder / "train.py"
    if change == "content":
        train.write_bytes(b"print('auc=0.8')\r\n")
    elif change == "name":
        train.rename(folder / "fit.py")
    elif change == "executable":
        train.chmod(0o755)
    else:
        train.write_bytes(train.read_bytes().replace(b"\r\n", b"\n"))
    assert pack(folder).digest != before


def test_patterns_leave_out_names_at_any_depth_and_paths(folder: Path) -> None:
    def names(*exclude: str) -> list[str]:
        return [file.name for file in pack(folder, exclude).files]

    assert names("data.py") == ["train.py"]
    assert names("lib") == names("lib/") == ["train.py"]
    assert names("lib/*.py") == ["train.py"]
    assert names("other/*.py") == ["lib/data.py", "train.py"]


def test_a_link_inside_the_folder_is_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "copy.py").symlink_to("train.py")
    written = pack(folder).write(tmp_path / "source.tar.gz")
    assert members(written)["copy.py"] == (0o644, b"print('auc=0.9')\r\n")


@pytest.mark.parametrize("target", ["/etc/passwd", "lib", "nowhere", ".."])
def test_other_links_are_refused(folder: Path, target: str) -> None:
    (folder / "link").symlink_to(target)
    with pytest.raises(PackagingError) as caught:
        pack(folder)
    assert str(caught.value) == (
        "path: link is a link that leads to no file inside the folder; copy what it points to, or exclude it"
    )


def test_folders_that_cannot_be_packed_are_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    (empty / "__pycache__").mkdir(parents=True)
    with pytest.raises(PackagingError) as caught:
        pack(empty)
    assert str(caught.value) == f"path: {empty} holds no files to pack; check the folder and exclude"
    with pytest.raises(SpecError) as refused:
        pack(folder, "*.csv")
    assert str(refused.value) == "exclude: must be a list of str, got str; put the text into a list"
    os.mkfifo(empty / "pipe")
    with pytest.raises(PackagingError, match="pipe is neither a file nor a folder; exclude it"):
        pack(empty)
    with (folder / "huge.bin").open("wb") as huge:
        huge.truncate(script.MAX_SOURCE_BYTES + 1)
    with pytest.raises(PackagingError) as caught:
        SourceFolder(str(folder), "train.py")
    assert str(caught.value) == (
        f"path: {folder} holds 500 MiB, more than 500 MiB of code; "
        "exclude data and environments, and give data as a channel"
    )


def test_a_path_too_long_for_the_archive_is_refused(folder: Path) -> None:
    (folder / ("x" * 120)).write_text("x")
    with pytest.raises(PackagingError, match="has too long a path for the archive; shorten it"):
        pack(folder)


@pytest.mark.parametrize("content", [b"print('auc=0.1')\r\n", b"", b"longer than it was before"])
def test_a_file_that_changes_after_packing_is_noticed(folder: Path, tmp_path: Path, content: bytes) -> None:
    package = pack(folder)
    (folder / "train.py").write_bytes(content)
    with pytest.raises(PackagingError):
        package.write(tmp_path / "source.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["code"]


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.from_regex(r"[a-zé]{1,8}(/[a-z]{1,4}\.py)?", fullmatch=True), st.binary(), min_size=1)
)
def test_any_tree_is_packed_alike_whatever_the_order_it_was_made_in(
    tmp_path_factory: pytest.TempPathFactory, tree: dict[str, bytes]
) -> None:
    tree = {
        name: content for name, content in tree.items() if not any(o.startswith(f"{name}/") for o in tree)
    }
    digests = set()
    for names in (list(tree), list(tree)[::-1]):
        folder = tmp_path_factory.mktemp("tree")
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(tree[name])
        package = pack(folder)
        digests.add(package.digest)
        assert {file.name: file.path.read_bytes() for file in package.files} == tree
        assert [file.name for file in package.files] == sorted(tree)
    assert len(digests) == 1


def test_every_python_gives_the_same_digest(folder: Path) -> None:
    pythons = other_pythons()
    if not pythons:
        pytest.skip("no other Python from 3.10 on is installed")
    code = "import sys; from constructs_lib.spec import pack; print(pack(sys.argv[1]).digest)"
    for python in pythons:
        run = subprocess.run(
            [python, "-c", code, str(folder)], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert run.stdout.strip() == pack(folder).digest, python


def test_the_digest_is_the_hash_of_a_plain_ustar(folder: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in ("lib/data.py", "train.py"):
            info = tarfile.TarInfo(name)
            info.size = (folder / name).stat().st_size
            with (folder / name).open("rb") as content:
                tar.addfile(info, content)
    assert pack(folder).digest == hashlib.sha256(buffer.getvalue()).hexdigest()
