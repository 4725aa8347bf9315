"""A warm build gives the bytes of a fresh one, whatever changed in between."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import pytest
from conftest import SITE, SOAK, Folder

from pipeline import memo, po
from pipeline.app import check, rebuild, survey
from pipeline.app import warm as warm_module
from pipeline.app.build import Session, build


@pytest.fixture
def warm(site: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A site that was built twice, so that the second build was remembered."""
    real = time.time_ns
    monkeypatch.setattr(memo.time, "time_ns", lambda: real() + 10_000_000_000)
    site.post("a", "Text.\n\n![x](x.svg)\n", tags="[music]", title="A title")
    site.post("b", "See [a](a.md) and [no](nowhere.md).\n")
    site.write("content/posts/x.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    site.write("content/site.toml", SITE + '\n[checks]\nbroken-link = "warn"\nissue-item = "warn"\n')
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان", "Text.": "متن."})
    assert site.run("build").status == 0
    first = site.run("build")
    assert site.run("build") == first  # the warnings are said again
    assert "nowhere.md" in first.err
    return site


def rewrite(path: str, old: str, new: str) -> Callable[[Folder], None]:
    return lambda site: site.write(path, site.read(path).replace(old, new)) and None


INTERFACE = (
    'msgid ""\nmsgstr ""\n"Language: fa\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    'msgid "Archive"\nmsgstr "گنجه"\n'
)


def spoil(site: Folder, name: str, how: Callable[[bytes], bytes] | None) -> None:
    """Damage a part of what the builds have kept, or remove it."""
    found = [path for path in (site.root / ".dozaban/build").rglob("*")
             if path.is_file() and name in path.relative_to(site.root).parts]  # fmt: skip
    assert found
    for path in found:
        data = path.read_bytes()
        path.unlink()
        if how is not None:
            assert how(data) != data
            path.write_bytes(how(data))


CHANGES: dict[str, Callable[[Folder], object]] = {
    "a post": rewrite("content/posts/a.md", "Text.", "Other."),
    "a title": rewrite("content/posts/b.md", "Title of b", "Another"),
    "a catalogue": lambda site: site.translate("posts/a", {"Text.": "متنی دیگر."}),
    "a term": lambda site: site.translate("terms", {"music": "موسیقی"}),
    "the settings": rewrite("content/site.toml", 'title = "Pol"', 'title = "Pul"'),
    "a picture": rewrite("content/posts/x.svg", "svg'/>", "svg' />"),
    "a new post": lambda site: site.post("c", "New.\n"),
    "a post gone": lambda site: (site.root / "content/posts/b.md").unlink(),
    "a new template": lambda site: site.write(
        "templates/archive.html", '{% extends "base.html" %}{% block content %}Mine{% endblock %}'
    ),
    "a page edited by hand": lambda site: site.write("public/en/index.html", "mine"),
    "a page deleted by hand": lambda site: (site.root / "public/en/index.html").unlink(),
    "a file too many": lambda site: site.write("public/en/extra.html", "mine"),
    "what was seen cut off": lambda site: spoil(site, "seen", lambda data: data[:99]),
    "what was seen forged": lambda site: spoil(site, "seen", lambda data: data[:-1] + b"x"),
    "what stood cut off": lambda site: spoil(site, "tree", lambda data: data[:99]),
    "what stood forged": lambda site: spoil(site, "tree", lambda data: data[:-1] + b"x"),
    "what stood gone": lambda site: spoil(site, "tree", None),
    "what stood gone, and a post": lambda site: (spoil(site, "tree", None), CHANGES["a post"](site)),
    "the plan cut off": lambda site: spoil(site, "plan", lambda data: data[:99]),
    "the bodies cut off": lambda site: spoil(site, "spool", lambda data: data[:99]),
    "the bodies forged": lambda site: spoil(site, "spool", lambda data: data.replace(b"Text.", b"Teat.")),
    "the bodies gone, and a post": lambda site: (spoil(site, "spool", None), CHANGES["a post"](site)),
    "the plan gone, and a post": lambda site: (spoil(site, "plan", None), CHANGES["a post"](site)),
    "the bodies forged, and a new post": lambda site: (
        spoil(site, "spool", lambda data: data.replace(b"Text.", b"Teat.")), CHANGES["a new post"](site)
    ),
    "a post written again as it was": lambda site: site.write("content/posts/a.md", site.read("content/posts/a.md")),
    "a tag": rewrite("content/posts/a.md", "[music]", "[walks]"),
    "a date": rewrite("content/posts/a.md", "date: ", "updated: 2025-05-05\ndate: "),
    "a link": rewrite("content/posts/b.md", "a.md", "b.md"),
    "a heading": rewrite("content/posts/a.md", "Text.", "# Head\n\nText."),
    "a catalogue gone": lambda site: (site.root / "locales/fa/LC_MESSAGES/posts/a.po").unlink(),
    "a translated title": lambda site: site.translate("posts/a", {"A title": "عنوانی دیگر"}),
    "the interface": lambda site: site.write("locales/fa/LC_MESSAGES/messages.po", INTERFACE),
    "nothing": lambda site: None,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_warm_build_is_a_fresh_one(warm: Folder, change: str) -> None:
    CHANGES[change](warm)
    assert warm.run("build").status == 0
    assert warm.run("build", "--no-cache", "--out", str(warm.root / "fresh")).status == 0
    assert warm.tree("public") == warm.tree("fresh")


BESIDE = """
import os, sys
from pipeline import cli
from pipeline.app import warm
warm._MANY, fork, forks = 0, os.fork, []
os.fork = lambda: forks.append(1) or fork()
status = cli.main(["build"])
print(len(forks), *sorted({one.partition(".")[0] for one in sys.modules}))
sys.exit(status)
"""
"""A build of a site as large as any, which says how often it forked and what it had to import."""

HEAVY = {"babel", "jinja2", "PIL", "polib", "pydantic", "pyromark", "typst", "yaml"}


def beside(site: Folder, before: str = "") -> tuple[int, set[str]]:
    said = subprocess.run([sys.executable, "-c", before + BESIDE], cwd=site.root, capture_output=True, text=True, check=True)
    forks, *imported = said.stdout.splitlines()[-1].split()
    return int(forks), HEAVY.intersection(imported)


@pytest.mark.parametrize(
    "change",
    ["nothing", "a post", "a page edited by hand", "a page deleted by hand", "a file too many", "what stood cut off", "what stood gone"],
)
def test_what_stands_can_be_looked_up_by_another_process(warm: Folder, change: str) -> None:
    assert warm.run("build").status == 0
    CHANGES[change](warm)
    forks, imported = beside(warm)
    assert (forks >= 1) == (len(os.sched_getaffinity(0)) > 1)
    assert bool(imported) == (change != "nothing")  # nothing is imported to do nothing
    assert warm.run("build", "--no-cache", "--out", str(warm.root / "fresh")).status == 0
    assert warm.tree("public") == warm.tree("fresh")


@pytest.mark.parametrize("change", ["nothing", "a page edited by hand", "a page deleted by hand", "a file too many"])
@pytest.mark.parametrize(
    "accident",
    [
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "first = os.fork\nos.fork = lambda: first() or os.kill(os.getpid(), 9)",
        "def refuse(): raise BlockingIOError\nos.fork = refuse",
        "from pipeline.app import warm\nlook, stands = warm.Kept._rest_stands, warm.Kept.stands\n"
        "def rest(kept):\n"
        "    if os.getppid() == at_first:\n"
        "        kept._claim[0] = 1\n"
        "        os.kill(os.getpid(), 9)\n"
        "    return look(kept)\n"
        "warm.Kept._rest_stands = rest\n"
        "warm.Kept.stands = lambda kept: time.sleep(0.2) or stands(kept)",
    ],
    ids=["its end is nobody's business", "it is killed", "there is none", "it is killed halfway"],
)
def test_whatever_becomes_of_that_process(warm: Folder, accident: str, change: str) -> None:
    assert warm.run("build").status == 0
    CHANGES[change](warm)
    beside(warm, f"import os, signal, time\nat_first = os.getpid()\n{accident}\n")
    assert warm.run("build", "--no-cache", "--out", str(warm.root / "fresh")).status == 0
    assert warm.tree("public") == warm.tree("fresh")


def test_other_options_are_another_build(warm: Folder) -> None:
    plain = warm.tree()
    assert warm.run("build", "--portable").status == 0
    assert warm.tree() != plain
    assert warm.run("build").status == 0
    assert warm.tree() == plain


def test_nothing_to_do_writes_nothing(warm: Folder) -> None:
    said = warm.run("build")
    assert " 0 written" in said.out


class Editor:
    """Somebody who changes a site at random, as editors and translators do."""

    WORDS: ClassVar = ["river", "پل", "Lantern", "می\u200cرود", "١٢", "*bold*", "`code`", "«گیومه»", "C++", "(a)", "سلام"]

    def __init__(self, site: Folder, seed: int) -> None:
        self.site, self.chance = site, random.Random(seed)
        self.number = 0
        site.write("content/site.toml", SITE + '\n[outputs]\nparallel = true\n\n[checks]\nbroken-link = "warn"\nissue-item = "warn"\n')
        site.write("content/pages/about.md", "---\ntitle: About\n---\n\nWho we are.\n")
        site.write("content/pages/why.md", "---\ntitle: چرا\nlang: fa\n---\n\nچون.\n")
        for _ in range(5):
            self.new_post()
        site.write("content/newsletters/one.md", "---\ntitle: One\ndate: 2026-03-21\nsections:\n  - heading: All\n"
                   "    items:\n      - {post: posts/p1, as: full}\n      - {post: posts/p2}\n---\n\nHello.\n")  # fmt: skip
        site.write("content/posts/p3.fa.md", "---\ntitle: سومی\n---\n\nمتنِ خودش.\n")
        self.update()

    def words(self, least: int = 1, most: int = 6) -> str:
        return " ".join(self.chance.choices(self.WORDS, k=self.chance.randint(least, most)))

    def posts(self) -> list[str]:
        return sorted(path.stem for path in (self.site.root / "content/posts").glob("p*.md") if "." not in path.stem)

    def new_post(self) -> None:
        self.number += 1
        chance = self.chance
        blocks = [f"{chance.choice(['', '', '## ', '- '])}{self.words()}" for _ in range(chance.randint(1, 4))]
        if chance.random() < 0.5:
            blocks.append(f"[x](p{chance.randint(1, self.number)}.md) and [y](#{chance.choice(['river', 'none'])})")
        lang = "en" if self.number == 3 else chance.choice(["en", "en", "fa"])  # p3 has an authored edition
        credit = chance.choice(["", "{authors: [Sima Rad], publisher: The Post}", "{authors: [سیما راد]}"])
        self.site.post(f"p{self.number}", "\n\n".join(blocks) + "\n", lang=lang, credit=credit,
                       title=f"{self.words(1, 3)!r}", date=f"2026-0{chance.randint(1, 4)}-1{chance.randint(0, 9)}",
                       tags=chance.choice(["", "[music]", "[music, walks]"]))  # fmt: skip

    def update(self) -> None:
        self.site.run("update")

    def in_a_post(self, change: Callable[[str], str]) -> None:
        path = f"content/posts/{self.chance.choice(self.posts())}.md"
        self.site.write(path, change(self.site.read(path)))

    def a_word(self) -> None:
        self.in_a_post(lambda text: f"{text.rstrip()} {self.words()}\n")

    def a_block(self) -> None:
        self.in_a_post(lambda text: f"{text}\n{self.words()}\n")

    def a_title(self) -> None:
        self.in_a_post(lambda text: re.sub("title: .*", lambda _: f"title: {self.words(1, 3)!r}", text))

    def a_summary(self) -> None:
        self.in_a_post(lambda text: text.replace("\n---\n", f"\nsummary: {self.words()!r}\n---\n", 1) if "summary:" not in text
                       else re.sub("summary: .*", lambda _: f"summary: {self.words()!r}", text))  # fmt: skip

    def a_date(self) -> None:
        self.in_a_post(lambda text: re.sub("date: 2026-..", f"date: 2026-0{self.chance.randint(1, 9)}", text))

    def a_tag(self) -> None:
        self.in_a_post(lambda text: text.replace("music", "food"))

    def a_draft(self) -> None:
        self.in_a_post(lambda text: text.replace("draft: true\n", "") if "draft" in text else text.replace("---\n", "---\ndraft: true\n", 1))

    def an_authored_edition(self) -> None:
        self.site.write("content/posts/p3.fa.md", f"---\ntitle: سومی\n---\n\n{self.words()}\n")

    def a_page(self) -> None:
        self.site.write("content/pages/about.md", f"---\ntitle: {self.chance.choice(['About', 'Us'])}\n---\n\n{self.words()}\n")

    def a_translation(self) -> None:
        catalogues = sorted((self.site.root / "locales").rglob("*.po"))
        path = self.chance.choice(catalogues)
        catalogue = po.parse(path.read_bytes(), str(path))
        entries = [
            po.revise(one, msgstr=self.words(), fuzzy=self.chance.random() < 0.2)
            if one.msgid and one.plural is None and self.chance.random() < 0.6 else one
            for one in catalogue.entries
        ]  # fmt: skip
        path.write_bytes(po.serialize(replace(catalogue, entries=tuple(entries))))

    def a_catalogue_less(self) -> None:
        self.chance.choice(sorted((self.site.root / "locales").rglob("posts/*.po"))).unlink()

    def a_post_less(self) -> None:
        if len(names := [name for name in self.posts() if name not in ("p1", "p2", "p3")]) > 1:
            (self.site.root / f"content/posts/{self.chance.choice(names)}.md").unlink()

    def an_output(self) -> None:
        found = sorted((self.site.root / "public").rglob("index.html"))
        if found:
            path = self.chance.choice(found)
            self.chance.choice([path.unlink, lambda: path.write_text("mine"), lambda: path.with_name("more").touch()])()

    CHANGES: ClassVar = [a_word, a_word, a_block, a_title, a_summary, a_date, a_tag, a_draft, an_authored_edition, a_page,
                         a_translation, a_translation, a_translation, a_translation, a_catalogue_less, a_post_less,
                         new_post, an_output, update]  # fmt: skip


@pytest.mark.parametrize("seed", range(60 if SOAK else 4))
def test_whatever_is_changed_a_warm_build_is_a_fresh_one(
    site: Folder, monkeypatch: pytest.MonkeyPatch, seed: int, tally: Callable[..., None]
) -> None:
    """Bytes, and what is said of them, by `check` too; an issue of the newsletter; also after
    builds that failed."""
    real, again, partly = time.time_ns, rebuild.rebuild, []
    if seed % 2:  # nothing is too young to be trusted
        monkeypatch.setattr(memo.time, "time_ns", lambda: real() + 10_000_000_000)
    monkeypatch.setattr(rebuild, "rebuild", lambda *a, **k: partly.append(again(*a, **k)) or partly[-1])
    editor = Editor(site, seed)
    for _ in range(12):
        for _ in range(editor.chance.randint(1, 2)):
            editor.chance.choice(editor.CHANGES)(editor)
        warm = site.run("build")
        fresh = site.run("build", "--no-cache", "--out", str(site.root / "fresh"))
        assert (warm.status, warm.err) == (fresh.status, fresh.err)
        if warm.status == 0:
            assert site.tree("public") == site.tree("fresh")
        bare = Folder(shutil.copytree(site.root, site.root.with_name("bare"), ignore=shutil.ignore_patterns(".dozaban", "outbox")))
        assert site.run("check") == bare.run("check")
        shutil.rmtree(site.root / "outbox", ignore_errors=True)  # what does not go out any more stays there
        issue = ("newsletter", "build", "one", "--format", "html", "--format", "text")
        said, told = site.run(*issue), bare.run(*issue)
        assert (said.status, said.err) == (told.status, told.err)
        assert said.status or site.tree("outbox") == bare.tree("outbox")
        shutil.rmtree(bare.root)
    assert any(partly) or seed >= 4, "no build made some pages alone"
    tally("a site changed at random and built warm", 12, "the bytes and the messages of a fresh build")


def test_a_build_says_why_a_page_was_made_anew(warm: Folder) -> None:
    """Lists are made anew where they show the words in question, and not for what they do not show."""
    assert "nothing has changed since the last build" in warm.run("build", "--explain").out
    warm.translate("posts/a", {"Text.": "متنی دیگر."})
    said = json.loads(warm.run("build", "--explain", "--json").out)
    catalogue = "locales/fa/LC_MESSAGES/posts/a.po"
    assert said["whole"] == ""
    assert said["reasons"] == {
        path: [catalogue]
        for path in ("fa/posts/a/index.html", "fa/index.html", "fa/tags/music/index.html", "fa/archive/1404/12/index.html",
                     *(f"{tag}/feed.{kind}" for tag in ("en", "fa") for kind in ("xml", "json")))
    }  # fmt: skip
    warm.post("a", "Text.\n\n![x](x.svg)\n\nMore.\n", tags="[music]", title="A title")
    said = json.loads(warm.run("build", "--explain", "--json").out)
    assert "fa/posts/a/index.html" in said["reasons"] and "fa/index.html" not in said["reasons"]
    warm.translate("posts/a", {"A title": "عنوانی دیگر"})
    lines = warm.run("build", "--explain").out.splitlines()
    assert lines[0] == f"because {catalogue} changed:"
    assert "  fa/tags/music/index.html (written)" in lines
    assert not [line for line in lines if line.startswith("  en/posts/")]
    warm.write("content/site.toml", warm.read("content/site.toml").replace('title = "Pol"', 'title = "Pul"'))
    said = json.loads(warm.run("build", "--explain", "--json").out)
    assert (said["whole"], said["reasons"]) == ("content/site.toml has come, gone or changed", {})
    (warm.root / "public/en/index.html").unlink()
    assert "the output is not as the last build left it" in warm.run("build", "--explain").out


# --- what is kept stays small, and is not relied on where it is not there


def test_a_check_looks_again_at_what_has_changed_alone(warm: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    look, read = check._document_problems, survey.prepare
    monkeypatch.setattr(check, "_document_problems", lambda desk, name: looked.append(name) or look(desk, name))
    monkeypatch.setattr(survey, "prepare", lambda sources, name, *a, **k: looked.append(name) or read(sources, name, *a, **k))
    first = warm.run("check")
    assert set(looked) == {"posts/a", "posts/b"} and "nowhere.md" in first.err
    looked.clear()
    assert warm.run("check") == first and not looked
    warm.post("b", "متن ، و [no](nowhere.md).\n", lang="fa")
    said = warm.run("check")
    assert set(looked) == {"posts/b"} and "nowhere.md" in said.err and "[space-before]" in said.err
    looked.clear()
    warm.write("content/site.toml", warm.read("content/site.toml") + 'space-before = "off"\n')
    assert "[space-before]" not in warm.run("check").err and set(looked) == {"posts/a", "posts/b"}


def kept(site: Folder) -> set[str]:
    """The files of the cache that builds keep, by their paths."""
    return {path for path in site.tree(".dozaban") if path.startswith(("build/", "templates/"))}


def test_a_build_that_fails_leaves_nothing_behind(warm: Folder) -> None:
    before = kept(warm)
    warm.post("broken", "Text.\n", date="never")
    for _ in range(3):
        assert warm.run("build").status == 1
        assert kept(warm) == before
    (warm.root / "content/posts/broken.md").unlink()
    assert " 0 written" in warm.run("build").out


def test_words_that_change_take_the_place_of_those_before(warm: Folder) -> None:
    """A translator of the interface saves often: the compiled templates must not pile up."""
    before = kept(warm)
    assert [path for path in before if path.startswith("templates/")]
    for number in range(3):
        warm.write("locales/fa/LC_MESSAGES/messages.po", INTERFACE.replace("گنجه", f"گنجه {number}"))
        assert warm.run("build").status == 0
        assert f"گنجه {number}" in warm.page("fa/posts/a/")
    assert len(kept(warm)) == len(before)


@pytest.mark.parametrize("how", [lambda data: data[:40], lambda data: data[:-1] + b"x", lambda data: b""])
def test_spoiled_templates_cost_time_and_nothing_else(warm: Folder, how: Callable[[bytes], bytes]) -> None:
    for path in (warm.root / ".dozaban/templates").rglob("*"):
        if path.is_file():
            path.write_bytes(how(path.read_bytes()))
    CHANGES["a post"](warm)
    assert warm.run("build").status == 0
    assert warm.run("build", "--no-cache", "--out", str(warm.root / "fresh")).status == 0
    assert warm.tree("public") == warm.tree("fresh")


@pytest.mark.parametrize("what", [".dozaban", ".dozaban/serve"])
def test_a_session_outlives_the_loss_of_its_folder(warm: Folder, what: str) -> None:
    """Somebody empties the cache while `serve` runs: the next change builds all again."""
    session, out = Session(), warm.root / ".dozaban/serve"

    def build_it() -> None:
        assert not build(warm.root, out=out, cards=False, session=session).failed

    build_it()
    build_it()
    shutil.rmtree(warm.root / what)
    for change in ("a catalogue", "a post"):
        CHANGES[change](warm)
        build_it()
        build(warm.root, out=warm.root / "fresh", cards=False, cache=False)
        assert warm.tree(".dozaban/serve") == warm.tree("fresh")


def test_a_body_that_the_system_will_not_give_back_is_one_error(warm: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a reason to begin again, without end."""
    real = os.open

    def refuse(path: object, *rest: object, **more: object) -> int:
        if "/spool/" in str(path):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(path))
        return real(path, *rest, **more)  # type: ignore[arg-type]

    CHANGES["a new post"](warm)
    monkeypatch.setattr(survey.os, "open", refuse)
    said = warm.run("build", "--jobs", "1")
    assert said.status == 1 and "too many" in said.err.lower(), said.err


def test_an_edit_within_one_tick_of_the_clock_is_noticed(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same size, times and inode, and other bytes; also by a clock that stands, or goes back."""
    real = warm_module.look
    now = time.time_ns()
    times = {"now": now}
    monkeypatch.setattr(warm_module, "look", lambda tops: {
        path: (size, times["now"], times["now"], inode) for path, (size, _, _, inode) in real(tops).items()})
    monkeypatch.setattr(warm_module.time, "time_ns", lambda: times["now"])
    site.post("a", "Text.\n")
    assert site.run("build").status == 0
    for number, clock in enumerate((now, now, now - 3600 * 10**9)):
        times["now"] = clock
        path = site.root / "content/posts/a.md"
        with open(path, "r+b") as stream:  # in place: the inode stays
            stream.write(path.read_bytes().replace(b"Text.", b"Tex%d." % number).replace(b"Tex%d." % (number - 1), b"Tex%d." % number))
        assert site.run("build").status == 0
        assert f"Tex{number}." in site.page("en/posts/a/")
