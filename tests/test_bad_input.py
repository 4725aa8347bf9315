"""Bad input gets one clear line and loses nothing."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

import pytest
from conftest import ROOT, SITE, Folder, run


def built(site: Folder) -> dict[str, bytes]:
    """A site that was built once, so that there is something to lose."""
    site.post("good", "Text.\n\nMore.\n")
    assert site.run("update").status == 0
    site.translate("posts/good", {"Title of good": "خوب", "Text.": "متن."})
    assert site.run("build").status == 0
    return site.tree(".")


def unharmed(site: Folder, before: dict[str, bytes], changed: str) -> None:
    after = site.tree(".")
    for path, data in before.items():
        if path != changed and not path.startswith(".dozaban"):
            assert after.get(path) == data, path
    assert not [path for path in after if "dozaban-tmp" in path or "dozaban-stage" in path]


BODY = "---\ntitle: T\ndate: 2026-03-20\n---\n\nText.\n"

CASES: dict[str, tuple[str, bytes | str, str, str]] = {
    "broken YAML": (
        "content/posts/x.md", "---\ntitle: a: b\ndate: 2026-03-20\n---\n",
        r"content/posts/x\.md:2:9: error: ", "quot",
    ),
    "an unknown language": (
        "content/posts/x.md", "---\ntitle: T\ndate: 2026-03-20\nlang: fr\n---\n",
        r"content/posts/x\.md:4:7: error: .*fr", "en",
    ),
    "a date that is none": (
        "content/posts/x.md", "---\ntitle: T\ndate: 2026-02-30\n---\n",
        r"content/posts/x\.md:3:7: error: .*2026-02-30", "",
    ),
    "an unknown key": (
        "content/posts/x.md", "---\ntitle: T\ndate: 2026-03-20\nlangauge: fa\n---\n",
        r"content/posts/x\.md:4:1: error: unknown key `langauge`", "did you mean `lang`",
    ),
    "wrong encoding": (
        "content/posts/x.md", b"---\ntitle: caf\xe9\n---\n",
        r"content/posts/x\.md:2:11: error: this is not UTF-8 \(byte 0xE9", "save the file as UTF-8",
    ),
    "UTF-16": (
        "content/posts/x.md", "---\ntitle: T\n---\n".encode("utf-16"),
        r"content/posts/x\.md:1:1: error: this is not UTF-8 .*UTF-16", "UTF-8",
    ),
    "no front matter": ("content/posts/x.md", "Text.\n", r"content/posts/x\.md:1:1: error: ", "---"),
    "a post without a date": (
        "content/posts/x.md", "---\ntitle: T\n---\n", r"content/posts/x\.md:\d+.*: error: a post needs a date", "date:",
    ),
    "a catalogue cut off in a string": (
        "locales/fa/LC_MESSAGES/posts/good.po", 'msgid "Text."\nmsgstr "مت',
        r"posts/good\.po:2:\d+: error: ", "",
    ),
    "a catalogue with a conflict": (
        "locales/fa/LC_MESSAGES/posts/good.po",
        '<<<<<<< ours\nmsgid "Text."\nmsgstr "a"\n=======\nmsgid "Text."\nmsgstr "b"\n>>>>>>> theirs\n',
        r"posts/good\.po:1:1: error: .*conflict", "",
    ),
    "a catalogue in another encoding": (
        "locales/fa/LC_MESSAGES/posts/good.po", 'msgid "Text."\nmsgstr "سلام"\n'.encode("cp1256"),
        r"posts/good\.po:2:9: error: ", "UTF-8",
    ),
    "a catalogue in UTF-16": (
        "locales/fa/LC_MESSAGES/posts/good.po", 'msgid "Text."\nmsgstr "سلام"\n'.encode("utf-16"),
        r"posts/good\.po:1:1: error: this is not UTF-8 \(perhaps UTF-16\)", "save the file as UTF-8",
    ),
    "a number of 5,000 digits": (
        "content/site.toml", SITE.replace("page_size = 3", f"page_size = {'9' * 5_000}"),
        r"content/site\.toml:5:13: error: this number is too long", "",
    ),
    "a broken link": (
        "content/posts/x.md", BODY + "\nSee [this](nowhere.md).\n",
        r"content/posts/x\.md:8: error: broken link `nowhere\.md`", "broken-link",
    ),
    "a missing picture": (
        "content/posts/x.md", BODY + "\n![A hall](hall.jpg)\n",
        r"content/posts/x\.md:8: error: broken link `hall\.jpg`", "",
    ),
    "a picture outside the site": (
        "content/posts/x.md", BODY + "\n![Passwords](../../../../../etc/passwd)\n",
        r"content/posts/x\.md:8: error: broken link", "",
    ),
    "a link to a heading that is not there": (
        "content/posts/x.md", BODY + "\n[There](good.md#nothing)\n",
        r"content/posts/x\.md:8: error: broken link .*no heading `#nothing`", "",
    ),
    "an unknown template variable": (
        "templates/archive.html", '{% extends "base.html" %}\n{% block content %}\n{{ pgae.title }}\n{% endblock %}\n',
        r"templates/archive\.html:3: error: unknown variable `pgae`", "theme show README.md",
    ),
    "a template that does not parse": (
        "templates/archive.html", "{% block content %}\n{{ page.title }\n{% endblock %}\n",
        r"templates/archive\.html:\d: error: ", "",
    ),
    "a page that takes an address of the site": (
        "content/pages/archive.md", "---\ntitle: T\n---\n", r"content/pages/archive\.md.*`archive`", "slug",
    ),
    "both forms of a document": (
        "content/posts/good/index.md", BODY, r"content/posts/good.*: error: .*file and.*folder", "keep one",
    ),
    "an edition without an original": (
        "content/posts/x.fa.md", BODY, r"content/posts/x\.fa\.md: error: .*no original", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_build_says_where_and_what_and_leaves_the_site(site: Folder, case: str) -> None:
    path, data, expected, hint = CASES[case]
    before = built(site)
    site.write(path, data)
    said = site.run("build")
    assert said.status == 1, said.out
    assert re.search(expected, said.err), said.err
    assert hint in said.err
    assert "Traceback" not in said.err
    unharmed(site, before, path)


def test_all_errors_at_once(site: Folder) -> None:
    site.write("content/posts/x.md", "---\ntitle: T\ndate: never\nlangauge: fa\n---\n")
    site.write("content/posts/y.md", "---\ndate: 2026-13-01\n---\n")
    said = site.run("build")
    assert len(re.findall(r": error: ", said.err)) >= 4


def test_no_site(tmp_path: Path) -> None:
    said = run("-C", str(tmp_path), "build")
    assert (said.status, said.out) == (1, "")
    assert "content/site.toml: error: there is no site here" in said.err and "dozaban init" in said.err


def test_no_such_folder(tmp_path: Path) -> None:
    said = run("-C", str(tmp_path / "nothing"), "build")
    assert said.status == 2 and "there is no folder" in said.err


def test_every_error_of_site_toml_at_once(site: Folder) -> None:
    site.write(
        "content/site.toml",
        SITE.replace("default_language", "defualt_language").replace("Europe/London", "Europe/Nowhere")
        + 'incomplete = "perhaps"\n[chekcs]\n',
    )
    said = site.run("build")
    assert said.status == 1
    for expected in ("site.toml:4:1", "did you mean `default_language`", "site.toml:3:", "perhaps", "chekcs"):
        assert expected in said.err, said.err


def test_a_file_that_cannot_be_read(site: Folder) -> None:
    if os.geteuid() == 0:
        (site.root / "content/posts").mkdir(parents=True)
        os.symlink("x.md", site.root / "content/posts/x.md")  # a loop
        said = site.run("build")
        assert said.status == 0 and "Traceback" not in said.err
        return
    site.post("x", "Text.\n").chmod(0)
    said = site.run("build")
    assert said.status == 1 and "content/posts/x.md" in said.err


def test_an_output_folder_with_other_things_in_it_is_left_alone(site: Folder, tmp_path: Path) -> None:
    site.post("a", "Text.\n")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "letters.txt").write_text("dear")
    said = site.run("build", "--out", str(precious))
    assert said.status == 2 and "not empty" in said.err
    assert (precious / "letters.txt").read_text() == "dear" and len(list(precious.iterdir())) == 1
    for own in ("content", "locales", "."):
        said = site.run("build", "--out", str(site.root / own))
        assert said.status == 2, own


def test_two_commands_at_once(site: Folder) -> None:
    import fcntl

    site.post("a", "Text.\n")
    assert site.run("build").status == 0
    with open(site.root / ".dozaban/lock", "r+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        said = site.run("update")
    assert said.status == 1 and "another command is at work here" in said.err


def test_a_command_that_has_just_taken_the_lock_is_named_too(site: Folder) -> None:
    import fcntl

    site.post("a", "Text.\n")
    assert site.run("build").status == 0
    with open(site.root / ".dozaban/lock", "r+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)

        def later() -> None:
            handle.write("dozaban adopt (process 7)")
            handle.flush()

        late = threading.Timer(0.05, later)
        late.start()
        said = site.run("update")
        late.join()
    assert said.status == 1 and "another command is at work here: dozaban adopt (process 7)" in said.err


@pytest.mark.parametrize(
    "arguments",
    [("list", "--lang", "de"), ("export", "a", "--lang", "de"), ("show", "nothing"), ("new", "book", "T"),
     ("new", "post", "T", "--lang", "de"), ("mv", "nothing", "x"), ("build", "--as-of", "soon"),
     ("frobnicate",), ("new", "post", "!!!"), ("mv", "a", "../b"), ("mv", "a", "pages/a")],
)  # fmt: skip
def test_wrong_usage_is_status_2(site: Folder, arguments: tuple[str, ...]) -> None:
    site.post("a", "Text.\n")
    before = site.tree(".")
    said = site.run(*arguments)
    assert said.status == 2, said
    assert "dozaban: " in said.err and "Traceback" not in said.err
    after = {path: data for path, data in site.tree(".").items() if not path.startswith(".dozaban")}
    assert after == before


def test_broken_links_may_be_warnings(site: Folder) -> None:
    site.write("content/site.toml", SITE + '\n[checks]\nbroken-link = "warn"\n')
    site.post("a", "See [x](nowhere.md) and ![y](no.png).\n")
    said = site.run("build")
    assert said.status == 0 and "warning: broken link `nowhere.md`" in said.err
    page = site.page("en/posts/a/")
    assert "nowhere" not in page and ">x<" in page
    assert site.run("build", "--strict").status == 1


def test_terminal_escapes_in_content_do_not_reach_the_terminal(site: Folder) -> None:
    site.post("a", "See [\x1b[31mred](\x1b]0;title\x07.md).\n")
    said = site.run("build")
    assert "\x1b" not in said.err + said.out and "\x07" not in said.err + said.out


def test_the_tools_own_repository_is_such_a_site() -> None:
    assert Folder(ROOT).run("list").status == 0


def test_links_on_the_disk_are_not_followed_out(site: Folder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    site.write("outbox/letters.txt", "secret")
    site.post("a", "![a](a.jpg)\n")
    os.symlink("../../outbox/letters.txt", site.root / "content/posts/a.jpg")
    os.symlink(".", site.root / "content/posts/loop")
    os.symlink(".", site.root / "content/posts/loop2")
    said = site.run("build")
    assert said.status == 1 and "broken link `a.jpg`" in said.err
    (site.root / "locales/fa/LC_MESSAGES").mkdir(parents=True)
    os.symlink(elsewhere, site.root / "locales/fa/LC_MESSAGES/posts")
    assert site.run("update").status == 1
    assert not list(elsewhere.iterdir())


def test_nothing_that_runs_is_published_from_content(site: Folder) -> None:
    site.write("content/posts/evil.html", "<script>alert(1)</script>")
    site.post("a", "[x](evil.html)\n")
    said = site.run("build")
    assert said.status == 1 and "broken link `evil.html`" in said.err


@pytest.mark.parametrize("alias", ["/index.html", "/sitemap.xml", "/en/feed.xml", "/en/feed.xml/deep", "/assets/x"])
def test_an_address_in_the_way_of_a_file_is_refused(site: Folder, alias: str) -> None:
    before = built(site)
    site.post("b", "Text.\n", aliases=f"{{en: [{alias}]}}")
    said = site.run("build")
    assert said.status == 1 and "twin-address" in said.err
    unharmed(site, before, "content/posts/b.md")


def test_a_tag_without_letters_has_an_address_of_its_own(site: Folder) -> None:
    site.post("a", "Text.\n", tags='["!!!"]')
    assert site.run("build").status == 0
    assert "Text." in site.page("en/posts/a/") and (site.root / "public/en/tags/21-21-21/index.html").exists()


def test_an_emptied_catalogue_is_an_error_and_withholds_nothing(site: Folder) -> None:
    site.post("one", "Text.\n")
    assert site.run("update").status == 0
    site.translate("posts/one", {"Title of one": "عنوان", "Text.": "متن."})
    assert site.run("build").status == 0
    before = site.tree()
    site.write("locales/fa/LC_MESSAGES/posts/one.po", "")
    said = site.run("build")
    assert said.status == 1 and "posts/one.po:1" in said.err and "the catalogue is empty" in said.err
    assert site.tree() == before
    assert site.run("update").status == 1
