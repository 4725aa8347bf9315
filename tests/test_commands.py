"""init, new, mv, list, show, update, export: what each does to the files."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from conftest import Folder, run

from pipeline import __version__, cli, parser
from pipeline.app import documents


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


# --- an edition as `show` tells it


def shown(site: Folder) -> str:
    return site.run("show", "a", "--lang", "fa").out


def test_show_says_who_read_an_edition_and_whether_that_still_holds(site: Folder) -> None:
    site.post("a", "Text.\n", title="A title")
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان", "Text.": "متن."})
    assert "read by" not in shown(site)
    assert site.run("review", "a", "--lang", "fa", "--by", "مینا راد").status == 0
    assert "\n      read by مینا راد on " in shown(site) and "as it stands" in shown(site)
    site.translate("posts/a", {"Text.": "متنِ تازه."})
    assert "\n      read by مینا راد on " in shown(site) and "but its text has changed since" in shown(site)


def test_a_review_asks_who_read_where_git_does_not_know(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    site.post("a", "Text.\n", title="A title")
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان", "Text.": "متن."})
    said = site.run("review", "a", "--lang", "fa")
    assert (said.status, said.err) == (2, "dozaban: who read it? say so: --by NAME\n")
    assert not (site.root / "locales/fa/reviews").exists()
    config = site.write("gitconfig", "[user]\n\tname = رضا\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert site.run("review", "a", "--lang", "fa").out.endswith(": read by رضا\n")


def test_a_review_of_what_cannot_be_read_is_none(site: Folder) -> None:
    site.write("content/posts/a.md", "---\ntitle: A: B\ndate: 2026-03-20\n---\n\nText.\n")
    said = site.run("review", "a", "--lang", "fa", "--by", "R")
    assert said.status == 1 and "content/posts/a.md" in said.err and "Traceback" not in said.err
    assert not (site.root / "locales").exists()


# --- what is asked for amiss


@pytest.mark.parametrize(
    "arguments",
    [("list", "--lang", "de"), ("show", "a", "--lang", "de"), ("status", "--lang", "de"), ("export", "a", "--lang", "de"),
     ("new", "post", "B", "--lang", "de")],
)  # fmt: skip
def test_a_language_that_the_site_has_not(site: Folder, arguments: tuple[str, ...]) -> None:
    site.post("a", "Text.\n")
    before = site.tree(".")
    said = site.run(*arguments)
    assert (said.status, said.out) == (2, "") and "the site has no language `de`" in said.err
    assert site.tree(".") == before


def test_the_version_is_that_of_the_package() -> None:
    said = run("--version")
    assert (said.status, said.out, said.err) == (0, f"dozaban {__version__}\n", "")


# --- export and mv


def test_an_authored_edition_is_exported_as_its_file(site: Folder) -> None:
    site.post("a", "Text.\n")
    data = b"\xef\xbb\xbf---\r\ntitle: '\xd8\xa2'  # remark\r\n---\r\n\r\n*x*  \r\n"
    path = site.write("content/posts/a.fa.md", data)
    assert site.run("export", "a", "--lang", "fa").out.encode() == path.read_bytes() == data


def test_an_issue_is_exported_with_its_preheader(site: Folder) -> None:
    site.write("content/newsletters/one.md", "---\ntitle: Spring\nnumber: 1\ndate: 2026-03-21\npreheader: A table\n---\n\nText.\n")
    assert site.run("update").status == 0
    site.translate("newsletters/one", {"Spring": "بهار", "A table": "سفره‌ای", "Text.": "متن."})
    assert site.run("export", "one", "--lang", "fa").out == (
        "---\ntitle: بهار\nnumber: 1\ndate: 2026-03-21\npreheader: سفره‌ای\nlang: fa\n---\n\nمتن.\n"
    )


def test_mv_overwrites_nothing(site: Folder) -> None:
    site.post("old", "Text.\n")
    assert site.run("update").status == 0
    site.write("locales/fa/LC_MESSAGES/posts/new.po", "# of a post that is gone\n")
    before = {**site.tree("content"), **site.tree("locales")}
    said = site.run("mv", "old", "new")
    assert (said.status, said.err) == (2, "dozaban: locales/fa/LC_MESSAGES/posts/new.po is in the way\n")
    assert {**site.tree("content"), **site.tree("locales")} == before


def test_mv_back_and_forth_writes_each_earlier_name_once(site: Folder) -> None:
    site.post("old", "Text.\n")
    for before, after in (("old", "new"), ("new", "old"), ("old", "newer")):
        assert site.run("mv", before, after).status == 0
    front = site.read("content/posts/newer.md").split("---\n")[1]
    assert front.count("old") == 3 and front.count("new") == 2, front  # once a language, and in the title
    assert site.run("build").status == 0
    assert "url=../newer/" in site.page("fa/posts/old/") and "url=../newer/" in site.page("fa/posts/new/")


# --- whatever happens, a line and a status


def test_a_reader_that_goes_away_ends_the_command_quietly(site: Folder) -> None:
    """As with `dozaban list | head -0`."""
    for number in range(3):
        site.post(f"a{number}", "Text.\n")
    ours, theirs = os.pipe()
    os.close(ours)
    code = "from pipeline.cli import run; run()"
    said = subprocess.run(
        [sys.executable, "-c", code, "-C", str(site.root), "list"], stdout=theirs, stderr=subprocess.PIPE, check=False
    )
    os.close(theirs)
    assert (said.returncode, said.stderr) == (1, b"")


@pytest.mark.parametrize(("raised", "status"), [(KeyboardInterrupt(), 130), (ZeroDivisionError("x\u202e"), 3)])
def test_what_no_command_expects(
    site: Folder, monkeypatch: pytest.MonkeyPatch, raised: BaseException, status: int
) -> None:
    def broken(*_: object) -> None:
        raise raised

    monkeypatch.setattr(documents, "examine", broken)
    said = site.run("list")
    assert (said.status, said.out) == (status, "")
    assert ("this is a bug of ours; please report it with the lines above" in said.err) is (status == 3)
    assert said.err.count("Traceback") == (status == 3)


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("tag", "said"), [("en", "\rChecking 200 of 200\n"), ("fa", "\r\u2067وارسی: ۲۰۰ از ۲۰۰\u2069\n")]
)
def test_a_long_work_shows_how_far_it_is_on_a_terminal_alone(
    site: Folder, monkeypatch: pytest.MonkeyPatch, tag: str, said: str
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})  # one process does it all
    for number in range(200):
        site.write(f"content/pages/a{number}.md", "---\ntitle: A\n---\n")
    arguments = ["-C", str(site.root), "--ui", tag, "check"]
    stream = Terminal()
    with redirect_stderr(stream), redirect_stdout(io.StringIO()):
        assert cli.main(arguments) == 0
    assert stream.getvalue().endswith(said), stream.getvalue()[-200:]
    assert run(*arguments).err == ""
    (site.root / "content/pages/a0.md").unlink()
    with redirect_stderr(stream := Terminal()), redirect_stdout(io.StringIO()):
        assert cli.main(arguments) == 0
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["-C"], ["-C", "."], ["-C", ".", "list"], ["-C", "nowhere", "list"], ["-C", "-C", "list"], ["-C", "", "list"], ["--help"], ["build", "--help"], ["newsletter"], ["newsletter", "check", "--help"], ["theme", "--help"], ["stauts"],
        ["build", "--nonsense"], ["build", "too", "many"], ["build", "--jobs", "x"], ["build", "--jobs", "1"], ["build", "--out"],
        ["build", "--out", "elsewhere", "--as-of", "2026-03-20"], ["build", "--as-of", "yesterday"], ["serve", "--port", "99999"],
        ["list", "--lang", "fa", "--json"], ["list"], ["update"], ["check"], ["build"], ["theme", "show"], ["newsletter", "build"],
        ["newsletter", "send"], ["merge-po"], ["status"], ["status", "posts/a", "posts/b", "--json"], ["status", "--below", "50"],
        ["status", "--below", "half"], ["status", "--fail-under", "99.5"], ["status", "--since", "2026-13-01"],
        ["status", "--state", "missing", "--state", "stale"], ["status", "--fail-on", "missing"], ["mv", "posts/a"], ["mv"],
        ["new", "post", "A title", "--lang", "fa"], ["check", "posts/a"], ["show", "posts/a", "--lang", "fa"], ["update", "--ui", "fa"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_arguments_are_read_as_the_parser_itself_would(site: Folder, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read more quickly, of one command alone, means the same."""
    site.post("a", "Text.\n")
    site.post("b", "Text.\n")
    assert site.run("update").status == 0
    other = Folder(shutil.copytree(site.root, site.root.with_name("another")))
    monkeypatch.chdir(site.root)
    quick = run(*arguments)
    assert quick.status != 3, quick.err
    monkeypatch.setattr(cli.cli, "bare", lambda _: None)
    monkeypatch.setattr(parser, "_meant", lambda commands, _: commands)
    monkeypatch.setattr(parser, "_read_plainly", lambda _: None)
    monkeypatch.chdir(other.root)
    assert run(*arguments) == quick
    for below in ("content", "locales", "public", "elsewhere"):
        assert other.tree(below) == site.tree(below)


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "نوشته"), ("latin-1", "\\u0646"), ("utf-8", "نوشته")])
def test_a_terminal_that_lacks_letters(site: Folder, encoding: str, shown: str) -> None:
    site.post("a", "متن.\n", title="نوشته", lang="fa")
    code = "from pipeline.cli import run; run()"
    for command in ("status", "list"):
        done = subprocess.run(
            [sys.executable, "-c", code, "-C", str(site.root), command, *(["--all"] if command == "status" else [])],
            capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}, check=False,
        )  # fmt: skip
        assert done.returncode == 0 and b"bug of ours" not in done.stderr, done
        assert command == "list" or shown in done.stdout.decode("latin-1" if encoding == "latin-1" else "utf-8")
