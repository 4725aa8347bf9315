"""The merge driver: two branches translate, and nothing that either wrote is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, Folder, need, run
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import catalogue, po
from pipeline.app import merging
from pipeline.model import Message
from pipeline.po import Catalogue, Entry

SOAK = bool(os.environ.get("DOZABAN_SOAK"))

TEXTS = (
    "The mill has been silent for forty years.",
    "The mill has been silent for fifty years, they say.",
    "Tickets are four pounds at the door.",
    "Tickets are five pounds at the door.",
    "می‌خواهیم نوروز را با هم جشن بگیریم.",
    "Bring a cushion!",
    "See [the programme](programme.md) for every evening.",
    "See [the programme](season.md) for every evening.",
    "Nobody remembers who planted the quince tree.",
    "There will be tea, and after the tea more tea.",
)


def start(newline: str = "\n") -> Catalogue:
    made = catalogue.fresh(
        "x.po", project="Pol", contact="pol@example.org", source="en", language="fa",
        plural_forms="nplurals=2; plural=(n > 1);", now="2026-03-20 12:00+0000",
    )  # fmt: skip
    return replace(made, newline=newline)


def reread(made: Catalogue) -> Catalogue:
    return po.parse(po.serialize(made), "x.po")


def updated(old: Catalogue, texts: list[str]) -> Catalogue:
    wanted = [Message(msgid=text, kind="paragraph") for text in texts]
    return reread(catalogue.merge(old, wanted, reference="x.md")[0])


def edited(old: Catalogue, msgid: str, **changes: object) -> Catalogue:
    """The catalogue after a translator's edit of one entry."""
    assert any(one.msgid == msgid for one in old.entries), msgid
    return reread(
        replace(
            old,
            entries=tuple(
                po.revise(one, **changes) if one.msgid == msgid else one  # type: ignore[arg-type]
                for one in old.entries
            ),
        )
    )


def dated(old: Catalogue, when: str, who: str) -> Catalogue:
    return reread(
        po.with_header(po.with_header(old, "PO-Revision-Date", when), "Last-Translator", who)
    )


# --- the law


class Branch:
    """A catalogue to which things happen, each with words of its own."""

    def __init__(self, name: str, start: Catalogue, texts: list[str]) -> None:
        self.name, self.catalogue, self.texts = name, start, texts
        self.number = 0

    def words(self) -> str:
        self.number += 1
        return f"«{self.name}{self.number}»"

    def act(self, what: str, which: int) -> None:
        live = [one for one in self.catalogue.entries if not one.obsolete]
        if what == "update":
            at = which % (len(self.texts) + 1)
            new = TEXTS[which % len(TEXTS)]
            self.texts = [text for text in self.texts if text != new]
            self.texts[at : at + which % 2] = [new]
            self.catalogue = updated(self.catalogue, self.texts)
            return
        if what == "date":
            self.catalogue = dated(self.catalogue, f"2026-04-{which % 30 + 1:02} 10:00+0330", self.name)
            return
        if not live:
            return
        msgid = live[which % len(live)].msgid
        one = live[which % len(live)]
        if what == "translate":
            self.catalogue = edited(self.catalogue, msgid, msgstr=self.words(), fuzzy=False, previous=None)
        elif what == "work on":
            self.catalogue = edited(self.catalogue, msgid, msgstr=self.words(), fuzzy=True)
        elif what == "comment":
            self.catalogue = edited(self.catalogue, msgid, comments=(*one.comments, self.words()))
        elif what == "uncomment":
            self.catalogue = edited(self.catalogue, msgid, comments=one.comments[1:])
        elif what == "empty":
            self.catalogue = edited(self.catalogue, msgid, msgstr="", fuzzy=False)
        elif what == "flag":
            self.catalogue = edited(self.catalogue, msgid, flags=(*one.flags, "no-wrap"))


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ("update", "update", "translate", "translate", "translate", "work on", "comment",
             "uncomment", "empty", "flag", "date")
        ),
        st.integers(min_value=0, max_value=1000),
    ),
    max_size=8,
)  # fmt: skip


def pieces(of: Catalogue) -> set[str]:
    """What people wrote in a catalogue: msgstrs and comments."""
    found = {text for one in of.entries for text in (one.msgstr, *one.plurals, *one.comments)}
    return {word for text in found for word in text.split() if word.startswith("«")}


def drive(folder: Path, base: bytes, ours: bytes, theirs: bytes) -> tuple[merging.Outcome, bytes]:
    for name, data in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_bytes(data)
    outcome = merging.drive(folder / "base", folder / "ours", folder / "theirs", "x.po")
    assert (folder / "theirs").read_bytes() == theirs and (folder / "base").read_bytes() == base
    return outcome, (folder / "ours").read_bytes()


@given(before=ACTS, ours=ACTS, theirs=ACTS, newline=st.sampled_from(("\n", "\r\n")), related=st.booleans())
@settings(max_examples=4000 if SOAK else 250, deadline=None)
def test_nothing_that_either_side_wrote_is_lost(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[tuple[str, int]],
    ours: list[tuple[str, int]],
    theirs: list[tuple[str, int]],
    newline: str,
    related: bool,
) -> None:
    root = Branch("r", updated(start(newline), list(TEXTS[::2])), list(TEXTS[::2]))
    for act in before:
        root.act(*act)
    one = Branch("o", root.catalogue, list(root.texts))
    other = Branch("t", root.catalogue, list(root.texts))
    for act in ours:
        one.act(*act)
    for act in theirs:
        other.act(*act)
    base, a, b = (po.serialize(side.catalogue) for side in (root, one, other))
    if not related:
        base = b""
    folder = tmp_path_factory.mktemp("merge", numbered=True) if not _FOLDER else _FOLDER[0]
    _FOLDER[:] = [folder]

    outcome, data = drive(folder, base, a, b)
    made = po.parse(data, "x.po")
    assert outcome.whole
    was = pieces(po.parse(base, "x.po"))
    mine, yours = pieces(one.catalogue), pieces(other.catalogue)
    assert (mine | yours) - was <= pieces(made), "written on one side, and lost"
    assert mine & yours <= pieces(made), "on both sides, and lost"

    swapped, _ = drive(folder, base, b, a)
    assert swapped.disputed == outcome.disputed
    for first, second, third, wanted in (
        (base, a, base, a), (base, base, a, a), (base, a, a, a), (b, data, b, data),
    ):  # fmt: skip
        assert drive(folder, first, second, third) == (merging.Outcome(), wanted)
    whole = merging.three_way(*(po.parse(side, "x.po") for side in (base, base, b)))
    assert not related or po.serialize(whole.catalogue) == b, "an unchanged side"

    kept = {entry.raw for entry in made.entries}
    for entry in root.catalogue.entries if related else ():
        everywhere = all(entry.raw in {e.raw for e in side.entries} for side in (one.catalogue, other.catalogue))
        assert not everywhere or entry.raw in kept, "rewritten without need"


_FOLDER: list[Path] = []


# --- examples


TEA, MILL, CUSHION = TEXTS[9], TEXTS[0], TEXTS[5]


@pytest.fixture
def base() -> Catalogue:
    return edited(updated(start(), [MILL, TEA]), MILL, msgstr="آسیاب")


def merged(base: Catalogue, ours: Catalogue, theirs: Catalogue) -> dict[str, Entry]:
    found = merging.three_way(base, ours, theirs)
    again = reread(found.catalogue)
    return {one.msgid: one for one in again.entries}


def test_translated_in_two_ways(base: Catalogue) -> None:
    ours = edited(base, TEA, msgstr="چای هست.", comments=("من",))
    theirs = edited(base, TEA, msgstr="چایی\nهم هست.", comments=("او",))
    found = merging.three_way(base, ours, theirs)
    assert found.disputed == ((None, TEA),)
    (one,) = [one for one in found.catalogue.entries if one.msgid == TEA]
    assert (one.state, one.msgstr) == ("fuzzy", "چای هست.")
    assert one.comments == ("من", "او", r"theirs: چایی\nهم هست.")


def test_a_translation_wins_over_a_suggestion(base: Catalogue) -> None:
    ours = edited(base, TEA, msgstr="چای؟", fuzzy=True)
    theirs = edited(base, TEA, msgstr="چای هست.")
    assert merging.three_way(base, ours, theirs).disputed == ()
    one = merged(base, ours, theirs)[TEA]
    assert (one.state, one.msgstr, one.comments) == ("translated", "چای هست.", ("ours: چای؟",))
    one = merged(base, theirs, ours)[TEA]
    assert (one.state, one.msgstr, one.comments) == ("translated", "چای هست.", ("theirs: چای؟",))


def test_the_source_changed_here_and_the_translation_there(base: Catalogue) -> None:
    ours = updated(base, [TEXTS[1], TEA])
    theirs = edited(base, MILL, msgstr="آسیاب خاموش است.", comments=("بهتر شد",))
    for made in (merged(base, ours, theirs), merged(base, theirs, ours)):
        assert list(made) == [TEXTS[1], TEA]
        one = made[TEXTS[1]]
        assert (one.state, one.previous, one.msgstr) == ("fuzzy", MILL, "آسیاب خاموش است.")
        assert one.comments == ("بهتر شد",)


def test_the_source_changed_here_what_was_blank_is_translated_there(base: Catalogue) -> None:
    """The update that follows brings the two together."""
    new = TEA.replace("more tea", "some more tea")
    ours = updated(base, [MILL, new])
    theirs = edited(base, TEA, msgstr="چای هست.")
    both = reread(merging.three_way(base, ours, theirs).catalogue)
    assert [one.msgid for one in both.entries] == [MILL, TEA, new]
    after = updated(both, [MILL, new])
    assert [(one.msgid, one.state, one.previous) for one in after.entries][1] == (new, "fuzzy", TEA)


def test_an_empty_translation_gives_way(base: Catalogue) -> None:
    """Whichever side emptied it, the words of the other one stand, and nobody is asked."""
    emptied = edited(base, MILL, msgstr="")
    better = edited(base, MILL, msgstr="آسیاب کهنه")
    for ours, theirs in ((emptied, better), (better, emptied)):
        assert merging.three_way(base, ours, theirs).disputed == ()
        one = merged(base, ours, theirs)[MILL]
        assert (one.state, one.msgstr, one.comments) == ("translated", "آسیاب کهنه", ())


def test_a_text_that_became_a_plural_on_one_side(base: Catalogue) -> None:
    day = "%(n)s day"
    start_ = updated(base, [MILL, day])
    plural = edited(start_, day, plural="%(n)s days", plurals=("%(n)s روز", "%(n)s روز"), msgstr="")
    single = edited(start_, day, msgstr="روز")
    for ours, theirs in ((plural, single), (single, plural)):
        assert merging.three_way(start_, ours, theirs).disputed == ()
        one = merged(start_, ours, theirs)[day]
        assert (one.plural, one.plurals, one.state) == ("%(n)s days", ("%(n)s روز", "%(n)s روز"), "translated")
        assert [line.partition(": ")[2] for line in one.comments] == ["روز"]


def test_a_date_that_is_none_is_the_older_one(base: Catalogue) -> None:
    ours = dated(base, "YEAR-MO-DA HO:MI+ZONE", "Mina")
    theirs = dated(base, "2026-04-02 10:00+0330", "Reza")
    for one, other in ((ours, theirs), (theirs, ours)):
        fields = dict(po.headers(merging.three_way(base, one, other).catalogue))
        assert (fields["PO-Revision-Date"], fields["Last-Translator"]) == ("2026-04-02 10:00+0330", "Reza")


def test_additions_stand_beside_their_neighbours(base: Catalogue) -> None:
    ours = updated(base, [MILL, CUSHION, TEA])
    theirs = updated(base, [TEXTS[8], MILL, TEA, TEXTS[2]])
    assert list(merged(base, ours, theirs)) == [TEXTS[8], MILL, CUSHION, TEA, TEXTS[2]]
    moved = updated(base, [TEA, MILL])
    assert list(merged(base, edited(base, TEA, msgstr="چای"), moved)) == [TEA, MILL]


def test_gone_here_changed_there(base: Catalogue) -> None:
    gone = reread(replace(base, entries=base.entries[1:]))
    assert list(merged(base, gone, base)) == [TEA]
    assert list(merged(base, gone, edited(base, MILL, extracted=("quotation",)))) == [TEA]
    assert merged(base, gone, edited(base, MILL, msgstr="آسیا"))[MILL].msgstr == "آسیا"
    obsolete = updated(base, [TEA])
    one = merged(base, obsolete, edited(base, MILL, msgstr="آسیا"))[MILL]
    assert (one.obsolete, one.msgstr) == (True, "آسیا")


def test_headers(base: Catalogue) -> None:
    ours = reread(po.with_header(dated(base, "2026-04-01 10:00+0430", "Mina"), "Language-Team", "Pol"))
    theirs = reread(po.with_header(dated(base, "2026-04-01 10:00+0330", "Ali"), "X-Generator", "Poedit"))
    theirs = reread(po.with_header(theirs, "POT-Creation-Date", "2026-03-31 00:00+0000"))
    both = reread(merging.three_way(base, ours, theirs).catalogue)
    found = dict(po.headers(both))
    assert (found["PO-Revision-Date"], found["Last-Translator"]) == ("2026-04-01 10:00+0330", "Ali")
    assert (found["Language-Team"], found["X-Generator"]) == ("Pol", "Poedit")
    assert found["POT-Creation-Date"] == "2026-03-31 00:00+0000"
    other = dict(po.headers(reread(merging.three_way(base, theirs, ours).catalogue)))
    assert other == found


def test_other_line_ends_are_brought_into_line(base: Catalogue) -> None:
    crlf = po.parse(po.serialize(base).replace(b"\n", b"\r\n"), "x.po")
    theirs = edited(crlf, TEA, msgstr="چای")
    ours = edited(base, MILL, msgstr="آسیا")
    data = po.serialize(merging.three_way(base, ours, theirs).catalogue)  # they changed all lines
    assert data.count(b"\n") == data.count(b"\r\n")
    data = po.serialize(merging.three_way(crlf, theirs, ours).catalogue)  # now we did
    assert b"\r" not in data
    assert {one.msgstr for one in po.parse(data, "x.po").entries} == {"آسیا", "چای"}


# --- the command, and git


def test_a_broken_side_is_merged_by_lines(tmp_path: Path, base: Catalogue) -> None:
    need("git")
    good = po.serialize(base)
    broken = good.replace('msgstr "آسیاب"'.encode(), 'msgstr "آسیا'.encode())
    theirs = po.serialize(edited(base, TEA, msgstr="چای"))
    outcome, data = drive(tmp_path, good, broken, theirs)
    assert not outcome.whole
    assert [one.rule for one in outcome.problems] == ["catalogue-syntax", "merge"]
    assert "the string is not closed (ours)" in outcome.problems[0].message
    assert 'msgstr "چای"'.encode() in data and 'msgstr "آسیا\n'.encode() in data
    for name in ("base", "theirs"):
        (tmp_path / name).write_bytes({"base": good, "theirs": theirs}[name])
    (tmp_path / "ours").write_bytes(broken)
    said = run("merge-po", *(str(tmp_path / name) for name in ("base", "ours", "theirs")), "--path", "a.po")
    assert said.status == 1 and "a.po" in said.err


def test_the_command(tmp_path: Path, base: Catalogue) -> None:
    for name, made in (
        ("base", base), ("ours", edited(base, TEA, msgstr="چای")), ("theirs", edited(base, TEA, msgstr="چایی")),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(po.serialize(made))
    said = run("merge-po", *(str(tmp_path / name) for name in ("base", "ours", "theirs")), "--path", "locales/x.po")
    assert (said.status, said.out) == (0, "")
    assert said.err.startswith("locales/x.po: 1 entry was translated in two ways")
    assert run("merge-po", str(tmp_path / "base")).status == 2
    assert run("merge-po", "no", "such", "files").status == 2


def test_two_branches_in_git(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    git_ = need("git")
    monkeypatch.setenv("PATH", f"{Path(git_).parent}:/usr/bin:/bin")  # so that no other dozaban is found
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)

    def git(*arguments: str, status: int = 0) -> str:
        said = subprocess.run(
            [git_, "-c", "user.name=Mina", "-c", "user.email=mina@example.org", *arguments],
            cwd=site.root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert said.returncode == status, said.stdout + said.stderr
        return said.stdout + said.stderr

    site.post("a-b", f"{MILL}\n\n{TEA}\n\n{CUSHION}\n")
    assert site.run("update").status == 0
    site.translate("posts/a-b", {MILL: "آسیاب"})
    assert site.run("merge-po", "--install").status == 2  # no repository yet
    git("init", "-q", "-b", "main")
    said = site.run("merge-po", "--install")
    assert said.status == 0 and len(said.out.splitlines()) == 3, said.err
    assert site.read(".gitattributes") == "locales/**/*.po merge=dozaban\n"
    assert sys.executable in git("config", "merge.dozaban.driver")
    assert site.run("merge-po", "--install").out == "git is set up already\n"
    git("add", ".gitattributes", "content", "locales")
    git("commit", "-qm", "start")

    git("checkout", "-qb", "translating")
    site.translate("posts/a-b", {MILL: "آسیاب خاموش", TEA: "چای"})
    git("commit", "-qam", "translated")
    git("checkout", "-q", "main")
    site.post("a-b", f"{TEXTS[1]}\n\n{TEA}\n\n{CUSHION}\n\n{TEXTS[4]}\n")
    assert site.run("update").status == 0
    site.translate("posts/a-b", {TEA: "چایی", CUSHION: "بالش"})
    git("commit", "-qam", "edited")
    said_by_git = git("merge", "-q", "--no-edit", "translating")
    assert "locales/fa/LC_MESSAGES/posts/a-b.po: 1 entry was translated in two ways" in said_by_git

    path = "locales/fa/LC_MESSAGES/posts/a-b.po"
    made = po.parse(site.read(path).encode(), path)
    assert [(one.msgid, one.state, one.msgstr, one.previous) for one in made.entries[1:]] == [
        (TEXTS[1], "fuzzy", "آسیاب خاموش", MILL),
        (TEA, "fuzzy", "چایی", None),
        (CUSHION, "translated", "بالش", None),
        (TEXTS[4], "untranslated", "", None),
    ]
    assert made.entries[2].comments == ("theirs: چای",)
    assert site.run("update", "--check").status == 0
    assert not git("status", "--porcelain", "--untracked-files=no")


def test_git_that_cannot_be_set_up(site: Folder) -> None:
    need("git")
    outside = site.run("merge-po", "--install")
    assert outside.status == 2 and "is in no git repository; begin one with: git init" in outside.err
    subprocess.run(["git", "init", "-q", str(site.root)], check=True)
    (site.root / ".git/config.lock").write_bytes(b"")
    said = site.run("merge-po", "--install")
    assert said.status == 1 and ".git/config: error: " in said.err and "could not lock" in said.err
    (site.root / ".git/config.lock").unlink()
    assert site.run("merge-po", "--install").status == 0
    assert site.run("merge-po", "--install").out == "git is set up already\n"


def test_a_broken_side_where_there_is_no_git(tmp_path: Path, base: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    good = po.serialize(base)
    broken = good.replace('msgstr "آسیاب"'.encode(), 'msgstr "آسیا'.encode())
    theirs = po.serialize(edited(base, TEA, msgstr="چای"))
    outcome, data = drive(tmp_path, good, broken, theirs)
    assert not outcome.whole and data == broken
    assert [one.message for one in outcome.problems][1:] == ["cannot run git: No such file or directory"]
