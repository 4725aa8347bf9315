"""A git history that anybody may have written: read without harm, whatever it holds."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import Folder, need

WHO = {"GIT_AUTHOR_NAME": "Mina", "GIT_AUTHOR_EMAIL": "m@example.org", "GIT_COMMITTER_NAME": "Mina",
       "GIT_COMMITTER_EMAIL": "m@example.org"}  # fmt: skip


def git(folder: Path, *arguments: str, given: bytes = b"", **env: str) -> str:
    need("git")
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=given, capture_output=True, check=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, **WHO, **env},
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace").strip()


@pytest.fixture
def told(site: Folder) -> Folder:
    """A site with a published post and a first commit."""
    site.post("one", "Text.\n")
    assert site.run("update").status == 0
    git(site.root, "init", "-q", "-b", "main", ".")
    git(site.root, "add", "content", "locales")
    git(site.root, "commit", "-qm", "one")
    return site


@pytest.mark.parametrize(
    "author",
    ["Q\x01a <q@example.org> 1790000000 +0000", "Q\x02\x02 <q@example.org> 1790000000 +0000",
     "Q <q@example.org> 1790000000 +9959", "Q <q@example.org> -1 +0000", "Q <q@example.org> 253500000000 +0000",
     "<> 1790000000 +0000"],
)  # fmt: skip
def test_odd_people_and_clocks_stop_nothing(told: Folder, author: str) -> None:
    told.post("two", "More.\n")
    told.write("content/posts/o\x01dd.txt", "x")
    git(told.root, "add", "content")
    tree, parent = git(told.root, "write-tree"), git(told.root, "rev-parse", "HEAD")
    text = f"tree {tree}\nparent {parent}\nauthor {author}\ncommitter {author}\n\nodd\n".encode()
    commit = git(told.root, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", given=text)
    git(told.root, "update-ref", "refs/heads/main", commit)
    for command in (("status", "--all"), ("check",), ("status", "--html", str(told.root / "report"))):
        said = told.run(*command)
        assert said.status in (0, 1), said.err
        assert "Traceback" not in said.err


def test_a_file_that_was_renamed_is_still_found(told: Folder) -> None:
    git(told.root, "mv", "content/posts/one.md", "content/posts/o‌ther.md")
    git(told.root, "commit", "-qm", "two")
    said = told.run("check")
    assert "[lost-address]" in said.err and "one" in said.err


def test_a_clone_without_its_past_names_nobody_for_it(told: Folder, tmp_path: Path) -> None:
    """Its first commit has every file, whoever touched them."""
    told.post("two", "More.\n")
    git(told.root, "add", "content")
    git(told.root, "commit", "-qm", "two", GIT_AUTHOR_NAME="Reza")
    clone = Folder(tmp_path / "clone")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{told.root}", str(clone.root))
    clone.write("content/site.toml", told.read("content/site.toml"))
    whole, cut = told.run("status", "--all").out, clone.run("status", "--all")
    assert "Reza" in whole and "Mina" in whole
    assert cut.status == 0 and "Reza" not in cut.out and "Mina" not in cut.out
    clone.post("three", "Last.\n")
    git(clone.root, "add", "content/posts")
    git(clone.root, "commit", "-qm", "three", GIT_AUTHOR_NAME="Leila")
    assert "Leila" in clone.run("status", "--all").out


def test_no_repository_among_a_site_s_files_is_trusted(site: Folder) -> None:
    """A folder that looks like a bare repository may name a program for git to run."""
    site.post("one", "Text.\n")
    mark = site.root / "ran"
    site.write("HEAD", "ref: refs/heads/main\n")
    site.write("config", f'[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = "touch {mark}; false"\n')
    site.write("objects/.keep", "")
    site.write("refs/.keep", "")
    for command in (("status",), ("check",), ("update",), ("build",)):
        site.run(*command)
    assert not mark.exists()
