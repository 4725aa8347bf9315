"""The output folder: whose it is, what may be in the way, and what a killed run leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Folder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import files
from pipeline.problems import DiskError

# --- the law: whatever there was, what is there afterwards is what was put

NAMES = st.sampled_from(["a", "b", "index.html"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


def compatible(paths: set[str]) -> dict[str, bytes]:
    """Without the paths in which another one would have to be a folder."""
    kept = {path for path in paths if not any(other.startswith(f"{path}/") for other in paths)}
    return {path: f"the file {path}".encode() for path in kept}


TREES = st.sets(PATHS, max_size=5).map(compatible)


def write(folder: Path, tree: dict[str, bytes]) -> tuple[int, int, int]:
    """Written, unchanged and removed files."""
    output = files.Output(folder)
    output.begin()
    for path, data in tree.items():
        output.put(path, data)
    staged = len(output.staged)
    output.commit()
    removed = output.sweep(tree)
    output.end()
    return staged, output.unchanged, removed


def read(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != files.MARK
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(trees=st.lists(TREES, min_size=2, max_size=4))
def test_each_build_leaves_its_own_files_and_no_others(tmp_path: Path, trees: list[dict[str, bytes]]) -> None:
    folder = tmp_path / "out"
    before: dict[str, bytes] = {}
    for tree in trees:
        _, unchanged, _ = write(folder, tree)
        assert read(folder) == tree
        assert unchanged == sum(before.get(path) == data for path, data in tree.items())
        assert not [path for path in folder.rglob("*") if path.is_dir() and not any(path.iterdir())]
        assert write(folder, tree) == (0, len(tree), 0)
        before = tree
    shutil.rmtree(folder)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "index.html").write_bytes(b"the file")
    folder = tmp_path / "out"
    write(folder, {"a/index.html": b"the file", "b/c/index.html": b"more"})
    shutil.rmtree(folder / "a")
    (folder / "a").symlink_to(elsewhere)
    shutil.rmtree(folder / "b/c")
    (folder / "b/c").symlink_to(elsewhere)
    tree = {"a/index.html": b"the file", "b/c/index.html": b"changed"}
    write(folder, tree)
    assert read(folder) == tree
    assert not (folder / "a").is_symlink() and not (folder / "b/c").is_symlink()
    assert (elsewhere / "index.html").read_bytes() == b"the file"


def test_a_page_takes_the_place_of_a_file_and_back(site: Folder) -> None:
    site.write("content/posts/b/index.md", "---\ntitle: B\ndate: 2026-03-20\n---\n\n![x](plan.pdf)\n")
    site.write("content/posts/b/plan.pdf", b"a picture")
    assert site.run("build").status == 0
    assert (site.root / "public/media/posts/b/plan.pdf").is_file()
    (site.root / "content/posts/b/plan.pdf").unlink()
    site.write("content/posts/b/plan.pdf/first.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    site.write("content/posts/b/index.md", "---\ntitle: B\ndate: 2026-03-20\n---\n\n![x](plan.pdf/first.svg)\n")
    assert site.run("build").status == 0
    assert (site.root / "public/media/posts/b/plan.pdf/first.svg").is_file()
    assert " 0 written" in site.run("build", "--no-cache").out
    shutil.rmtree(site.root / "content/posts/b/plan.pdf")
    site.write("content/posts/b/plan.pdf", b"a picture")
    site.write("content/posts/b/index.md", "---\ntitle: B\ndate: 2026-03-20\n---\n\n![x](plan.pdf)\n")
    assert site.run("build").status == 0
    assert (site.root / "public/media/posts/b/plan.pdf").is_file()


# --- whose folder it is


def test_what_is_hidden_at_the_top_stays(site: Folder) -> None:
    site.post("a", "Text.\n")
    site.write("public/.git/HEAD", "ref: refs/heads/pages\n")
    site.write("public/.nojekyll", "")
    site.write("public/.well-known/security.txt", "Contact: mailto:a@example.org\n")
    for _ in range(2):
        assert site.run("build", "--no-cache").status == 0
    assert site.read("public/.git/HEAD") == "ref: refs/heads/pages\n"
    assert (site.root / "public/.nojekyll").exists() and (site.root / "public/.well-known/security.txt").exists()


THINGS = {
    "a page": ["index.html"],
    "another generator's site": ["index.html", "404.html", "sitemap.xml", "assets/main-1a2b3c4d.css"],
    "assets alone": ["assets/logo.svg"],
    "a stray stage": [".dozaban-stage/1", "letters.txt"],
    "a mark of another kind": [".dozaban-output", "index.html"],
}


@pytest.mark.parametrize("thing", THINGS)
def test_a_folder_that_is_not_ours_is_refused(site: Folder, tmp_path: Path, thing: str) -> None:
    site.post("a", "Text.\n")
    out = Folder(tmp_path / "out")
    for path in THINGS[thing]:
        out.write(path, "letters\n")
    before = out.tree(".")
    said = site.run("build", "--out", str(out.root))
    assert said.status == 2 and "name an empty or a new folder" in said.err
    assert out.tree(".") == before


@pytest.mark.parametrize(
    "folder", [".", "..", "content", "content/posts", "locales/fa", "templates", "outbox", "outbox/x", ".git", ".git/x", ".dozaban"]
)
def test_the_sites_own_folders_are_refused(site: Folder, folder: str) -> None:
    site.post("a", "Text.\n")
    before = site.tree(".")
    said = site.run("build", "--out", str(site.root / folder))
    assert said.status == 2 and "holds the site's sources" in said.err
    assert site.tree(".") == before


def test_a_build_goes_on_over_an_old_one_marked_or_not(site: Folder) -> None:
    site.post("a", "Text.\n")
    site.post("b", "Text.\n")
    assert site.run("build").status == 0
    (site.root / "content/posts/b.md").unlink()
    (site.root / "public" / files.MARK).unlink()  # as before there were marks
    assert site.run("build").status == 0
    assert not (site.root / "public/en/posts/b").exists()
    assert (site.root / "public" / files.MARK).exists()
    said = site.run("status", "--html", str(site.root / "public"))
    assert said.status == 2 and "another output of ours (site)" in said.err
    for _ in range(2):
        assert site.run("status", "--html", str(site.root / "report")).status == 0
    assert site.run("build", "--out", str(site.root / "report")).status == 2


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (files.MARK, f"{files.MARK}: error: cannot write it: Is a directory"),
        (files.STAGE, f"{files.STAGE}: error: this is a link; remove it"),
    ],
)
def test_what_keeps_a_build_from_its_output_is_named(site: Folder, tmp_path: Path, path: str, what: str) -> None:
    site.post("a", "Text.\n")
    assert site.run("build").status == 0
    taken = site.root / "public" / path
    if path == files.STAGE:
        taken.symlink_to(tmp_path, target_is_directory=True)
    else:
        taken.unlink()
        taken.mkdir()
    site.post("a", "Another text.\n")
    said = site.run("build", "--no-cache")
    assert said.status == 1 and what in said.err, said.err
    assert "Another text." not in site.page("en/posts/a/")
    taken.unlink() if taken.is_symlink() else taken.rmdir()
    assert site.run("build", "--no-cache").status == 0
    assert "Another text." in site.page("en/posts/a/")


def test_an_output_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskError, match="cannot write there: Not a directory"):
        files.Output(tmp_path / "file/out").begin()


def test_what_disturbs_a_build_in_its_midst_is_named(tmp_path: Path) -> None:
    """Where somebody makes a folder of a file that is to be written, read or deleted."""
    folder = tmp_path / "out"
    write(folder, {"a": b"1", "b": b"2"})
    output = files.Output(folder)
    output.begin()
    output.put("c", b"3")
    with pytest.raises(DiskError, match="c/d: cannot write it: Not a directory"):
        output.put("c/d", b"4")
    shutil.rmtree(output.stage)
    with pytest.raises(DiskError, match=f"{files.MARK}|c: cannot write it: No such file"):
        output.commit()
    (folder / "b").unlink()
    (folder / "b").mkdir()
    with pytest.raises(DiskError, match="b: cannot delete it: "):
        output.sweep({"a"})
    with pytest.raises(DiskError, match="b: cannot delete it: "):
        output.drop("b")
    output.drop("never")
    output.end()
    assert read(folder) == {"a": b"1"}


def test_the_digest_of_a_file_that_is_elsewhere_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write(folder, {"a": b"1"})
    (tmp_path / "elsewhere").write_bytes(b"1")
    (folder / "b").symlink_to(tmp_path / "elsewhere")
    output = files.Output(folder)
    assert output.digest("a") == files.digest(b"1")
    assert output.digest("b") == output.digest("c") == ""


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    files.write_cache(tmp_path, "kept", b"1")
    assert files.read_cache(tmp_path, "kept") is None
    assert list(tmp_path.rglob("*")) == [tmp_path / "kept"]


# --- what a killed run leaves


def test_what_a_killed_command_was_writing_goes_with_the_next(site: Folder) -> None:
    """Killed between a temporary file and its name, in the middle of an update."""
    site.post("a", "Text.\n")
    code = (
        "import os, signal, sys\n"
        "from pipeline import cli, files\n"
        "os.replace = files._rename = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
        "cli.main(sys.argv[1:])\n"
    )
    for number, arguments in enumerate((["update"], ["build"])):
        site.post(f"more{number}", "Text.\n")
        done = subprocess.run(
            [sys.executable, "-c", code, "-C", str(site.root), *arguments],
            cwd=ROOT, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == -9, done.stderr
        left = [path for path in site.tree(".") if ".dozaban-tmp-" in path or ".dozaban-stage/" in path]
        assert left, arguments
        assert site.run("update").status == 0
        assert site.run("build").status == 0
        assert not [path for path in site.tree(".") if ".dozaban-tmp-" in path or ".dozaban-stage" in path]


def test_a_run_that_ended_well_leaves_others_files_alone(site: Folder) -> None:
    site.post("a", "Text.\n")
    assert site.run("update").status == 0
    site.write("locales/fa/LC_MESSAGES/.dozaban-tmp-abc", "another command's, at work just now")
    assert site.run("update").status == 0
    assert (site.root / "locales/fa/LC_MESSAGES/.dozaban-tmp-abc").exists()


# --- documents called index


@pytest.mark.parametrize(("kind", "folder"), [("post", "posts"), ("page", "pages"), ("newsletter", "newsletters")])
def test_a_document_may_be_called_index(site: Folder, kind: str, folder: str) -> None:
    said = site.run("new", kind, "Index")
    assert said.status == 0 and f"content/{folder}/index/index.md" in said.out
    assert f"{folder}/index " in site.run("list").out
    assert site.run("new", kind, "Index").status == 2
    assert site.run("update").status == 0 and site.run("build").status == 0
    if kind != "newsletter":
        assert "Index" in site.page("en/posts/index/" if kind == "post" else "en/index/")


@pytest.mark.parametrize("name", ["index", "posts/index", "posts/2026/index", "a.fa", "posts/x.en"])
def test_no_document_is_renamed_into_what_is_none(site: Folder, name: str) -> None:
    site.post("a", "Text.\n")
    before = site.tree("content")
    said = site.run("mv", "a", name)
    assert said.status == 2 and "cannot be a name" in said.err
    assert site.tree("content") == before
    assert os.path.exists(site.root / "content/posts/a.md")


def test_a_folder_of_documents_is_none_itself(site: Folder) -> None:
    site.post("a", "Text.\n")
    site.write("content/posts/index.md", "---\ntitle: T\ndate: 2026-03-20\n---\n\nText.\n")
    said = site.run("build")
    assert said.status == 1
    assert "content/posts/index.md: error: this file is no document: it has no name of its own" in said.err
