"""init, new, mv, list, show, update, export: what each does to the files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from conftest import Folder, run


def test_a_new_site_builds_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "new"
    assert run("init", str(target)).status == 0
    site = Folder(target)
    said = site.run("build")
    assert (said.status, said.err.count("error")) == (0, 0), said.err
    assert "سلام به دو زبان" in site.page("fa/posts/hello/")
    assert site.run("update", "--check").status == 0
    assert run("init", str(target)).status == 2


def test_new_documents(site: Folder) -> None:
    assert "content/posts/a-walk-by-the-river.md" in site.run("new", "post", "A walk, by the river!").out
    assert site.run("new", "page", "درباره", "--lang", "fa").status == 0
    assert site.read("content/pages/درباره.md") == "---\ntitle: درباره\nlang: fa\n---\n\n"
    assert site.run("new", "newsletter", "First issue").status == 0
    assert "number: 1" in site.read("content/newsletters/first-issue.md")
    assert site.run("new", "post", "A walk by the river").status == 2
    assert site.run("update").status == 0
    assert site.run("build").status == 0


def test_mv_carries_everything_and_leaves_aliases(site: Folder) -> None:
    site.post("old", "Text.\n")
    site.write("content/posts/old.fa.md", "---\ntitle: قدیم\n---\n\nمتن.\n")
    site.post("linking", "[here](old.md)\n")
    assert site.run("update").status == 0
    site.write("locales/fa/reviews/posts/old.toml", "x = 1\n")
    catalogue = site.read("locales/fa/LC_MESSAGES/posts/old.po")
    said = site.run("mv", "old", "new-name")
    assert said.status == 0 and "content/posts/old.md → content/posts/new-name.md" in said.out
    assert not list(site.root.rglob("old*"))
    assert site.read("locales/fa/LC_MESSAGES/posts/new-name.po") == catalogue
    assert site.read("locales/fa/reviews/posts/new-name.toml") == "x = 1\n"
    site.post("linking", "[here](new-name.md)\n")
    assert site.run("update").status == 0
    assert site.run("build").status == 0
    for tag in ("en", "fa"):
        assert "url=../new-name/" in site.page(f"{tag}/posts/old/")


def test_mv_moves_a_bundle_whole(site: Folder) -> None:
    site.write("content/posts/b/index.md", "---\ntitle: B\ndate: 2026-03-20\n---\n\n![x](x.svg)\n")
    site.write("content/posts/b/x.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert site.run("mv", "posts/b", "2026/c").status == 2  # a folder of another kind
    assert site.run("mv", "posts/b", "posts/2026/c").status == 0
    assert (site.root / "content/posts/2026/c/x.svg").exists()
    assert not (site.root / "content/posts/b").exists()
    assert site.run("build").status == 0
    assert "media/posts/2026/c/x.svg" in site.tree()


def test_list_and_show_in_json(site: Folder) -> None:
    site.post("a", "Text.\n\nMore.\n", title="A title")
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان", "Text.": "متن."})
    listed = json.loads(site.run("list", "--json").out)
    assert (listed["version"], listed["command"]) == (1, "list")
    (row,) = listed["documents"]
    assert row["editions"]["fa"] == {
        "origin": "composed", "outcome": "marked", "reason": "incomplete",
        "counts": {"translated": 2, "fuzzy": 0, "untranslated": 1},
    }  # fmt: skip
    shown = json.loads(site.run("show", "a", "--json").out)
    assert [edition["lang"] for edition in shown["editions"]] == ["en", "fa"]
    assert shown["editions"][1]["words"] == 4 and shown["editions"][1]["words_translated"] == 3
    assert "2 translated, 0 fuzzy, 1 untranslated" in site.run("show", "a").out


def test_export_of_an_original_is_its_file(site: Folder) -> None:
    data = b"\xef\xbb\xbf---\r\ntitle: 'T'   # remark\r\ndate: 2026-03-20\r\n---\r\n\r\n*Text*  \r\nmore\r\n"
    site.write("content/posts/a.md", data)
    said = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import run; run()", "-C", str(site.root), "export", "a",
         "--lang", "en"], capture_output=True, check=True,
    )  # fmt: skip
    assert said.stdout == data


def test_export_of_a_composed_edition_is_a_document(site: Folder) -> None:
    site.post("a", "# Head\n\nText with\nlines.\n\n- one\n- two\n", title="A title", summary="Sum")
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان: یک", "Head": "سر", "Text with lines.": "متن.", "two": "دو"})
    said = site.run("export", "a", "--lang", "fa")
    head, body = said.out.split("---\n\n")
    assert "lang: fa\n" in head and 'title: "عنوان: یک"\n' in head and "summary: Sum\n" in head
    assert body == "# سر\n\nمتن.\n\n- one\n- دو\n"


def test_update_is_quiet_the_second_time(site: Folder) -> None:
    site.post("a", "Text.\n")
    first = site.run("update")
    assert "locales/fa/LC_MESSAGES/posts/a.po: new catalogue: 2 new" in first.out
    before = {p: (site.root / p).stat().st_mtime_ns for p in site.tree("locales")} if False else site.tree("locales")
    second = site.run("update")
    assert second.status == 0 and second.out == "every catalogue is up to date\n"
    assert site.tree("locales") == before


def test_update_check_changes_nothing(site: Folder) -> None:
    site.post("a", "Text.\n")
    said = site.run("update", "--check")
    assert said.status == 1 and "posts/a.po" in said.out
    assert not (site.root / "locales").exists()
    assert site.run("update").status == 0
    assert site.run("update", "--check").status == 0


def test_a_bare_name_does_where_only_one_document_has_it(site: Folder) -> None:
    site.post("a", "Text.\n")
    site.write("content/pages/a.md", "---\ntitle: A\n---\n")
    said = site.run("show", "a")
    assert said.status == 2 and "pages/a, posts/a" in said.err
    assert site.run("show", "posts/a").status == 0
    assert site.run("show", "content/posts/a.md").status == 0


def test_help_is_worth_reading() -> None:
    said = run("--help")
    for command in ("init", "new", "mv", "list", "show", "update", "export", "build", "serve"):
        assert f"  {command} " in said.out, said.out


def test_the_command_works_from_a_folder_below(site: Folder) -> None:
    site.post("a", "Text.\n")
    assert run("-C", str(site.root / "content" / "posts"), "list").status == 0


def test_shell_completion_is_there() -> None:
    program = Path(sys.executable).parent / "dozaban"
    code = [str(program)] if program.exists() else [
        sys.executable, "-c", "import sys; sys.argv[0] = 'dozaban'; from pipeline.cli import run; run()"
    ]  # fmt: skip
    script = subprocess.run(
        code, capture_output=True, text=True, check=False, env={**os.environ, "_DOZABAN_COMPLETE": "source_bash"}
    )
    assert script.returncode == 0 and "_DOZABAN_COMPLETE=complete_bash" in script.stdout
    words = {"_DOZABAN_COMPLETE": "complete_bash", "COMP_WORDS": "dozaban st", "COMP_CWORD": "1"}
    found = subprocess.run(code, capture_output=True, text=True, check=False, env={**os.environ, **words})
    assert found.stdout.split() == ["status"]
