"""Existing translations into catalogues; the record of authored editions."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import adopt_real
import pytest
from conftest import run as command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_alignment import Parallel, both, edited, parallels

from pipeline import localise, markdown, po
from pipeline.app import adopt, update
from pipeline.app.adopt import Adopted
from pipeline.app.sources import load, open_site
from pipeline.catalogue import SUGGESTION
from pipeline.localise import Coverage, Words
from pipeline.problems import UsageError

SITE = """\
title = "Pol"
base_url = "https://example.org/"
default_language = "en"
[languages.en]
name = "English"
[languages.fa]
name = "فارسی"
"""
POST = """\
---
title: The long night
date: 2025-12-21
---
"""
ENGLISH = """\
# The long night

Yalda is the longest night of the year, and nobody sleeps before 3.

- Bring a pomegranate.
- Bring [a poem](poems.md) by Hafez.

It ends at dawn, when `the fire` is out.
"""
PERSIAN = """\
# شب دراز

یلدا بلندترین شب سال است و پیش از ۳ کسی نمی‌خوابد.

- اناری بیاورید.
- [شعری](poems.md) از حافظ بیاورید.

سپیده که زد و `the fire` خاموش شد، تمام می‌شود.
"""
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
PO = "locales/fa/LC_MESSAGES/posts/yalda.po"


def site(folder: Path, english: str = ENGLISH, **more: str) -> Path:
    """A site with one post; `more` are further files, `__` for a slash and `_` for a dot."""
    files = {"content/site.toml": SITE, "content/posts/yalda.md": POST + english}
    files |= {name.replace("__", "/").replace("_", "."): text for name, text in more.items()}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def write(folder: Path, path: str, text: str) -> Path:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")
    return folder / path


def adopted(root: Path, persian: str = PERSIAN, name: str = "theirs/yalda.md") -> Adopted:
    """What came of adopting this text as the translation of the post."""
    path = write(root, name, persian)
    done = adopt.adopt(root, "posts/yalda", path, now=NOW)
    assert not done.problems
    return done.adopted[0]


def entries(root: Path, path: str = PO) -> dict[tuple[str | None, str], po.Entry]:
    return {entry.key: entry for entry in po.parse((root / path).read_bytes(), path).entries}


def states(root: Path) -> list[tuple[str, str, str]]:
    """State, start of the message and of the translation, of all live entries."""
    return [
        (entry.state, entry.msgid[:20], entry.msgstr[:20])
        for entry in entries(root).values()
        if not entry.obsolete
    ]


def run(root: Path, *arguments: str) -> tuple[int, str]:
    return adopt_real.run("-C", str(root), *arguments)


# --- laws ----------------------------------------------------------------------------------------


@given(edited(), parallels(most=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_lost_and_once_is_enough(
    case: tuple[Parallel, list[int], list[str], set[int]], earlier: Parallel
) -> None:
    one, _, blocks, _ = case
    with tempfile.TemporaryDirectory() as folder:
        root = site(Path(folder), "\n\n".join(one.source) + "\n")
        text = "\n\n".join(blocks) + "\n"
        first = adopted(root, text)
        written = (root / PO).read_bytes()
        assert not adopted(root, text).written
        assert (root / PO).read_bytes() == written
        kept = [e.msgstr for e in entries(root).values()] + [c for e in entries(root).values() for c in e.comments]
        left = [one.text for one in first.translation_left]
        for leaf in markdown.parse(text).leaves:
            assert any(leaf.msgid in text for text in kept)
            assert any(leaf.msgid in e.msgstr for e in entries(root).values()) or leaf.msgid in left
        counts = po.statistics(po.parse(written, PO))
        assert first.counts == counts
        # What is there stays, whatever comes.
        before = {key: e.msgstr for key, e in entries(root).items() if e.state == "translated"}
        adopted(root, "\n\n".join(earlier.target) + "\n", "theirs/other.md")
        after = entries(root)
        assert all(after[key].msgstr == msgstr for key, msgstr in before.items())


@given(st.text(alphabet=st.sampled_from("ab1۲#->*`|[](): \n\n\n.سلام\\\x0b\x01\u2028<!"), max_size=150))
@settings(max_examples=60, deadline=None)
def test_any_file_is_adopted_and_none_breaks_the_page(persian: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = site(Path(folder))
        adopted(root, "شب\n\n" + persian)
        sources = open_site(root)
        loaded = load(sources, "posts/yalda")
        edition, _, _ = localise.composed(
            loaded.document, markdown.parse(loaded.body), po.lookup((root / PO).read_bytes(), PO), PO,
            sources.site.language("fa"), sources.site, Words(),
        )  # fmt: skip
        assert [p for p in edition.problems if p.rule in ("structure", "refused")] == []


# --- examples ------------------------------------------------------------------------------------


def test_a_translation_becomes_a_catalogue(tmp_path: Path) -> None:
    done = adopted(site(tmp_path))
    assert (done.translated, done.unsure, done.source_left, done.translation_left) == (6, 0, (), ())
    assert states(tmp_path) == [
        ("translated", "The long night", "شب دراز"),
        ("translated", "The long night", "شب دراز"),
        ("translated", "Yalda is the longest", "یلدا بلندترین شب سال"),
        ("translated", "Bring a pomegranate.", "اناری بیاورید."),
        ("translated", "Bring [a poem](poems", "[شعری](poems.md) از "),
        ("translated", "It ends at dawn, whe", "سپیده که زد و `the f"),
    ]


def test_what_is_left_over_is_named_and_stays_beside_its_neighbour(tmp_path: Path) -> None:
    extra = "این بند را مترجم افزوده است، برای خوانندهٔ ۱۴۰۴."
    persian = PERSIAN.replace("- اناری", extra + "\n\n- اناری").replace("\n- [شعری](poems.md) از حافظ بیاورید.", "")
    done = adopted(site(tmp_path), persian)
    assert [(one.path, one.line, one.text) for one in done.translation_left] == [("theirs/yalda.md", 5, extra)]
    assert [(one.path, one.line) for one in done.source_left] == [("content/posts/yalda.md", 10)]
    comments = {key[1][:5]: entry.comments for key, entry in entries(tmp_path).items() if entry.comments}
    assert comments == {"Yalda": (f"left over from theirs/yalda.md: {extra}",)}


def test_an_unsure_pair_is_a_suggestion_that_does_not_go_out(tmp_path: Path) -> None:
    persian = PERSIAN.replace("[شعری](poems.md)", "[شعری](https://elsewhere.example.org/)")
    assert adopted(site(tmp_path), persian).unsure == 1
    entry = entries(tmp_path)[(None, "Bring [a poem](poems.md) by Hafez.")]
    assert entry.state == "fuzzy"
    assert entry.previous is None
    assert entry.extracted[-1].startswith(f"{SUGGESTION}theirs/yalda.md (score 0.")
    assert not po.lookup((tmp_path / PO).read_bytes(), PO).messages[entry.key].stale
    update.update(tmp_path, now=NOW)
    assert entries(tmp_path)[entry.key] == entry


def test_a_translation_that_is_there_stays(tmp_path: Path) -> None:
    root = site(tmp_path)
    adopted(root)
    text = (root / PO).read_text(encoding="utf-8").replace("اناری بیاورید.", "یک انار با خود بیاورید.")
    write(root, PO, text)
    done = adopted(root)
    entry = entries(root)[(None, "Bring a pomegranate.")]
    assert (done.kept, done.known, done.translated) == (1, 5, 0)
    assert entry.state == "translated"
    assert entry.msgstr == "یک انار با خود بیاورید."
    assert entry.comments == ("adopted from theirs/yalda.md: اناری بیاورید.",)
    assert not adopted(root).written


def test_a_sure_text_replaces_an_unconfirmed_one(tmp_path: Path) -> None:
    root = site(tmp_path)
    adopted(root)
    text = (root / PO).read_text(encoding="utf-8")
    write(root, PO, text.replace('msgid "Bring a pom', '#, fuzzy\nmsgid "Bring a pom').replace("اناری بیاورید.", "انار"))
    adopted(root)
    entry = entries(root)[(None, "Bring a pomegranate.")]
    assert (entry.state, entry.msgstr, entry.comments) == ("translated", "اناری بیاورید.", ("was: انار",))


def test_front_matter_pairs_by_role_and_other_tools_keys_are_passed_over(tmp_path: Path) -> None:
    persian = "---\nlayout: post\ntitle: شب یلدا\nslug: شب-یلدا\nkeywords: [a, b]\n---\n" + PERSIAN
    done = adopted(site(tmp_path), persian)
    assert entries(tmp_path)[("title", "The long night")].msgstr == "شب یلدا"
    assert [(one.line, one.text) for one in done.translation_left] == [(4, "slug: شب-یلدا")]


def test_a_first_heading_is_the_title_where_the_original_has_none(tmp_path: Path) -> None:
    done = adopted(site(tmp_path, ENGLISH.split("\n", 2)[2]))
    assert entries(tmp_path)[("title", "The long night")].msgstr == "شب دراز"
    assert (done.translated, done.translation_left) == (5, ())


def test_reference_links_are_written_out_where_the_original_lacks_them(tmp_path: Path) -> None:
    english = "See [the map][m] and [the list].\n\n[m]: map.md\n[the list]: list.md\n"
    persian = 'نقشه را [اینجا][m] و فهرست را [آنجا][l] ببینید.\n\n[m]: map.md\n[l]: list.md "فهرست"\n'
    adopted(site(tmp_path, english), persian)
    entry = entries(tmp_path)[(None, "See [the map][m] and [the list].")]
    assert entry.msgstr == 'نقشه را [اینجا][m] و فهرست را [آنجا](list.md "فهرست") ببینید.'


def test_code_that_differs_is_left_over(tmp_path: Path) -> None:
    english = "Run this:\n\n```\nmake\n```\n\nAnd this:\n\n```\nmake site\n```\n"
    persian = "این را اجرا کنید:\n\n```\nmake\n```\n\nو این را:\n\n```\nmake site # سایت\n```\n"
    done = adopted(site(tmp_path, english), persian)
    assert [one.text for one in done.translation_left] == ["```\nmake site # سایت\n```"]
    kept = [comment for entry in entries(tmp_path).values() for comment in entry.comments]
    assert kept == ["left over from theirs/yalda.md: ```\\nmake site # سایت\\n```"]


def test_code_that_is_to_be_translated_finds_its_translation(tmp_path: Path) -> None:
    english = "Sing:\n\n<!-- dozaban: translate -->\n```\nfirst line\n  second line\n```\n\nThen rest.\n"
    persian = "بخوانید:\n\n```\nسطر نخست\n  سطر دوم\n```\n\nآن‌گاه بیاسایید.\n"
    assert adopted(site(tmp_path, english), persian).translation_left == ()
    entry = entries(tmp_path)[(None, "first line\n  second line")]
    assert (entry.state, entry.msgstr) == ("translated", "سطر نخست\n  سطر دوم")


def test_the_language_is_told_by_the_file_or_by_its_name(tmp_path: Path) -> None:
    root = site(tmp_path)
    write(root, "content/site.toml", SITE + '[languages.ckb]\nname = "کوردی"\n')
    path = write(root, "theirs/yalda.md", PERSIAN)
    with pytest.raises(UsageError, match="--lang fa or --lang ckb"):
        adopt.adopt(root, "posts/yalda", path)
    with pytest.raises(UsageError, match="in `en` itself"):
        adopt.adopt(root, "posts/yalda", path, tag="en")
    assert adopt.adopt(root, "posts/yalda", path, tag="ckb").adopted[0].language == "ckb"
    named = write(root, "theirs/yalda.fa.md", PERSIAN)
    assert adopt.adopt(root, "posts/yalda", named).adopted[0].language == "fa"


def test_an_edition_that_somebody_wrote_is_not_adopted_over(tmp_path: Path) -> None:
    root = site(tmp_path)
    write(root, "content/posts/yalda.fa.md", "---\ntitle: شب\n---\n" + PERSIAN)
    path = write(root, "theirs/yalda.md", PERSIAN)
    done = adopt.adopt(root, "posts/yalda", path)
    assert [problem.rule for problem in done.problems] == ["adopt"]
    assert not (root / PO).exists()


def test_a_folder_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = site(tmp_path / "site")
    for name in ("tea", "fog"):
        write(root, f"content/posts/{name}.md", POST + ENGLISH)
    write(root, "content/posts/boat/index.md", POST + ENGLISH)
    for name in ("yalda.md", "tea.fa.md", "boat/index.md", "extra.md"):
        write(tmp_path, f"theirs/{name}", PERSIAN)
    monkeypatch.chdir(tmp_path)
    status, said = run(root, "adopt", "posts", "theirs", "--json", "--dry-run")
    report = json.loads(said)
    assert status == 0
    assert [(one["document"], one["translation"]) for one in report["documents"]] == [
        ("posts/boat", "theirs/boat/index.md"),
        ("posts/tea", "theirs/tea.fa.md"),
        ("posts/yalda", "theirs/yalda.md"),
    ]
    assert report["documents_left"] == ["content/posts/fog.md"]
    assert report["translations_left"] == ["theirs/extra.md"]
    assert not (root / "locales").exists()
    assert report["documents"][0]["counts"] == {"translated": 6, "fuzzy": 0, "untranslated": 0}
    status, said = run(root, "adopt", "content/posts", "theirs")
    assert status == 0
    assert said.splitlines()[-1] == (
        "3 translations: 18 translated, 0 unsure, 0 known before, 0 with another translation, "
        "0 left over here, 0 there"
    )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("adopt", "posts/nothing", "yalda.md"), 2),
        (("adopt", "posts/yalda", "nothing.md"), 2),
        (("adopt", "posts/yalda", "yalda.md", "--lang", "xx"), 2),
        (("adopt", "pages", "."), 2),
        (("adopt", "posts/yalda", "bad.md"), 1),
        (("adopt", "posts/yalda", "nul.md"), 1),
        (("adopt", "site/content/posts", "yalda.md"), 2),
        (("adopt", "posts/yalda.md", "yalda.md"), 0),
        (("adopt", "site/content/posts/yalda.md", "yalda.md"), 0),
    ],
)
def test_usage(arguments: tuple[str, ...], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site(tmp_path / "site")
    write(tmp_path, "yalda.md", PERSIAN)
    write(tmp_path, "nul.md", "شب\0")
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe")
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path / "site", *arguments)[0] == status


def test_a_folder_is_no_translation_of_a_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = site(tmp_path / "site")
    write(tmp_path, "yalda.md", PERSIAN)
    monkeypatch.chdir(tmp_path)
    said = command("-C", str(root), "adopt", "site/content/posts", "yalda.md")
    assert (said.status, said.err) == (2, "dozaban: site/content/posts is a folder, but yalda.md is a file\n")
    assert not (root / "locales").exists()


def test_what_has_no_partner_is_named_on_a_line_each(tmp_path: Path) -> None:
    """A long text only as it begins; with --dry-run nothing comes of it."""
    root = site(tmp_path)
    long = "این بند را کسی " + "بلند و بلندتر " * 6 + "نوشت."
    path = write(root, "theirs/yalda.md", f"{PERSIAN}\n```\nx = 1\ny = 2\n```\n\n{long}\n")
    said = command("-C", str(root), "adopt", "posts/yalda", str(path), "--dry-run")
    first, *others, last = said.out.splitlines()
    assert first == "posts/yalda (fa): 6 translated, 2 left over there" and last == "nothing was written"
    assert others == [
        "    theirs/yalda.md:10: no partner: \u2068``` x = 1 y = 2 ```\u2069",
        f"    theirs/yalda.md:15: no partner: \u2068{long[:59]}…\u2069",
    ]
    assert not (root / "locales").exists()


def test_of_a_folder_what_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    root = site(tmp_path / "site")
    for name in ("fog", "tea"):
        write(root, f"content/posts/{name}.md", POST + ENGLISH)
    write(root, "content/posts/fog.md", "---\ntitle: A: B\n---\n")
    for name in ("fog", "tea"):
        write(tmp_path, f"theirs/{name}.md", PERSIAN)
    write(tmp_path, "theirs/yalda.md", "شب\0")
    said = command("-C", str(root), "adopt", str(root / "content/posts"), str(tmp_path / "theirs"))
    assert said.status == 1 and said.out.splitlines()[0].startswith("posts/tea (fa): 6 translated")
    assert "content/posts/fog.md:2:" in said.err and f"{tmp_path}/theirs/yalda.md" in said.err
    assert (root / "locales/fa/LC_MESSAGES/posts/tea.po").exists()
    assert not (root / PO).exists()


def test_collapsed_and_odd_references_are_written_out(tmp_path: Path) -> None:
    root = site(tmp_path, "[The map][] is [here] and [there][x].\n\n[The map]: map.md\n[here]: a.md\n[x]: b.md\n")
    text = '[نقشه][] [این‌جا] و [آن‌جا][ی] است.\n\n[نقشه]: <نقشهٔ (ما).md> "ا \\" ب"\n[این‌جا]: a.md\n[ی]: <>\n'
    adopted(root, text)
    (translated,) = [entry.msgstr for entry in entries(root).values() if "نقشه" in entry.msgstr]
    assert translated == '[نقشه](<نقشهٔ (ما).md> "ا \\" ب") [این‌جا](a.md) و [آن‌جا](<>) است.'


def test_texts_of_pictures_are_adopted(tmp_path: Path) -> None:
    root = site(tmp_path)
    write(root, "content/posts/yalda.md", POST[:-4] + "image: {src: night.jpg, alt: A night, caption: The longest}\n---\n" + ENGLISH)
    head = "---\nimage:\n  src: night.jpg\n  alt: شبی\n  caption: بلندترین\ntitle: [شب]\nweight: 3\n---\n"
    adopted(root, head + PERSIAN)
    texts = {entry.msgid: entry.msgstr for entry in entries(root).values()}
    assert (texts["A night"], texts["The longest"]) == ("شبی", "بلندترین")


@pytest.mark.skipif(not adopt_real.DATA.exists(), reason="no ../shared/data: real pages are not here")
def test_a_real_book(tmp_path: Path) -> None:
    figures = adopt_real.figures(tmp_path)
    assert figures["translations adopted"] == 39
    assert figures["translated"] >= 300
    assert figures["unsure"] <= 50
    assert figures["left over there"] <= 20
    for name in ("status", "lost", "problems", "refused by msgfmt", "refused when composed", "build status",
                 "second status", "written the second time"):  # fmt: skip
        assert figures[name] == 0, name


# --- authored editions -----------------------------------------------------------------------------

AUTHORED = "content/posts/yalda.fa.md"
HEAD = "---\ntitle: شب دراز\n---\n"


def authored(folder: Path, english: str = ENGLISH, persian: str = PERSIAN) -> Path:
    root = site(folder, english)
    write(root, AUTHORED, HEAD + persian)
    updated(root)
    return root


def updated(root: Path) -> None:
    """`update` runs, and again with nothing to do."""
    _, problems = update.update(root, now=NOW)
    assert not problems
    again, _ = update.update(root, now=NOW)
    assert again == []


def standing(root: Path) -> tuple[Coverage, list[str]]:
    """The coverage of the authored edition, and the block ids that it shares with the original."""
    sources = open_site(root)
    loaded = load(sources, "posts/yalda")
    original, text = markdown.parse(loaded.body), markdown.parse(loaded.authored["fa"])
    found = po.lookup((root / PO).read_bytes(), PO)
    language = sources.site.language("fa")
    edition, _ = localise.authored(loaded.document, original, text, found, language, sources.site, Words())
    ours = set(markdown.block_ids(original))
    return edition.coverage, [name for name in localise.paired_ids(original, text, found) if name in ours]


def changed(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    write(root, path, text.replace(old, new))
    updated(root)


def stale(root: Path) -> list[tuple[str, str | None]]:
    """Stale messages with the text that their blocks translate."""
    return [(e.msgid, e.previous) for e in entries(root).values() if e.fuzzy and e.previous is not None and not e.obsolete]


def test_the_pairs_of_an_authored_edition_are_recorded(tmp_path: Path) -> None:
    root = authored(tmp_path)
    assert [state for state, _, _ in states(root)] == ["translated"] * 6
    coverage, shared = standing(root)
    assert (coverage.translated, coverage.fuzzy) == (6, 0)
    assert len(shared) == 5


def test_a_change_of_the_original_makes_its_block_stale_until_it_changes_too(tmp_path: Path) -> None:
    root = authored(tmp_path)
    changed(root, "content/posts/yalda.md", "Bring a pomegranate.", "Bring two pomegranates, red ones.")
    assert stale(root) == [("Bring two pomegranates, red ones.", "Bring a pomegranate.")]
    assert standing(root)[0].stale == 1
    assert len(standing(root)[1]) == 5  # readers still stay at their paragraph
    changed(root, "content/posts/yalda.md", "Bring two pomegranates, red ones.", "Bring three pomegranates, red ones.")
    assert stale(root) == [("Bring three pomegranates, red ones.", "Bring a pomegranate.")]
    changed(root, AUTHORED, "اناری بیاورید.", "سه انار سرخ بیاورید.")
    assert stale(root) == []
    assert entries(root)[(None, "Bring three pomegranates, red ones.")].msgstr == "سه انار سرخ بیاورید."


def test_what_comes_back_is_no_longer_stale(tmp_path: Path) -> None:
    root = authored(tmp_path)
    before = (root / PO).read_bytes()
    changed(root, "content/posts/yalda.md", "Bring a pomegranate.", "Bring two pomegranates.")
    changed(root, "content/posts/yalda.md", "Bring two pomegranates.", "Bring a pomegranate.")
    assert (root / PO).read_bytes() == before


def test_taking_the_flag_away_says_that_the_block_still_fits(tmp_path: Path) -> None:
    root = authored(tmp_path)
    changed(root, "content/posts/yalda.md", "Bring a pomegranate.", "Please bring a pomegranate.")
    entry = entries(root)[(None, "Please bring a pomegranate.")]
    catalogue = po.parse((root / PO).read_bytes(), PO)
    settled = tuple(po.revise(e, fuzzy=False, previous=None) if e.key == entry.key else e for e in catalogue.entries)
    (root / PO).write_bytes(po.serialize(po.Catalogue(path=PO, entries=settled, header=catalogue.header)))
    updated(root)
    assert stale(root) == []
    assert standing(root)[0].translated == 6


def test_both_change_at_once(tmp_path: Path) -> None:
    root = authored(tmp_path)
    text = (root / "content/posts/yalda.md").read_text(encoding="utf-8")
    write(root, "content/posts/yalda.md", text.replace("a pomegranate.", "two pomegranates."))
    changed(root, AUTHORED, "اناری", "دو انار")
    assert stale(root) == []
    assert entries(root)[(None, "Bring two pomegranates.")].msgstr == "دو انار بیاورید."


def test_a_text_rewritten_beyond_recognition_is_stale_all_the_same(tmp_path: Path) -> None:
    root = authored(tmp_path)
    changed(root, "content/posts/yalda.md", "Bring a pomegranate.", "Cake, nuts and melons will be on sale at the door.")
    assert stale(root) == [("Cake, nuts and melons will be on sale at the door.", "Bring a pomegranate.")]


def test_a_change_of_the_edition_alone_is_recorded_and_makes_nothing_stale(tmp_path: Path) -> None:
    root = authored(tmp_path)
    write(root, AUTHORED, (root / AUTHORED).read_text(encoding="utf-8").replace("اناری بیاورید.", "انار فراموش نشود."))
    status, said = run(root, "update", "--check")
    assert (status, said.strip()) == (1, f"{PO}: 1 recorded from the edition")
    updated(root)
    entry = entries(root)[(None, "Bring a pomegranate.")]
    assert (entry.state, entry.msgstr, entry.comments) == ("translated", "انار فراموش نشود.", ())


def test_titles_go_stale_too(tmp_path: Path) -> None:
    root = authored(tmp_path)
    changed(root, "content/posts/yalda.md", "title: The long night", "title: Party")
    assert stale(root) == [("Party", "The long night")]
    changed(root, AUTHORED, "title: شب دراز", "title: جشن")
    assert entries(root)[("title", "Party")].state == "translated"


def test_a_new_paragraph_is_untranslated_and_shifts_nothing(tmp_path: Path) -> None:
    root = authored(tmp_path)
    new = "A bus leaves at 23 from the station, and costs 4 tomans."
    changed(root, "content/posts/yalda.md", "- Bring a pom", f"{new}\n\n- Bring a pom")
    assert [s for s in states(root) if s[0] != "translated"] == [("untranslated", new[:20], "")]
    persian = "اتوبوسی ساعت ۲۳ از ایستگاه می‌رود و ۴ تومان است."
    changed(root, AUTHORED, "- اناری", f"{persian}\n\n- اناری")
    assert entries(root)[(None, new)].msgstr == persian
    assert len(standing(root)[1]) == 6


def test_two_blocks_for_one_are_recorded_as_they_are(tmp_path: Path) -> None:
    english = "Tea came to Rasht in 1896, in the luggage of `Kashef`. By 1952 it was drunk in every house, with sugar.\n\nCoffee left.\n"
    halves = "چای در سال ۱۸۹۶ با بار و بنهٔ `Kashef` به رشت رسید.", "تا سال ۱۹۵۲ در هر خانه‌ای با قند می‌نوشیدندش."
    root = authored(tmp_path, english, "\n\n".join((*halves, "قهوه رفت.")) + "\n")
    assert entries(root)[(None, english.split("\n")[0])].msgstr == "\n\n".join(halves)
    changed(root, "content/posts/yalda.md", "with sugar", "with lump sugar")
    assert [previous for _, previous in stale(root)] == [english.split("\n")[0]]


def test_a_new_address_makes_nothing_stale(tmp_path: Path) -> None:
    root = authored(tmp_path)
    changed(root, "content/posts/yalda.md", "poems.md", "verses.md")
    assert stale(root) == []
    assert standing(root)[0].translated == 6


def test_a_translators_words_stay_where_an_edition_replaces_them(tmp_path: Path) -> None:
    root = site(tmp_path)
    adopted(root, PERSIAN.replace("اناری بیاورید.", "یک انار بیاورید."))
    write(root, AUTHORED, HEAD + PERSIAN)
    updated(root)
    entry = entries(root)[(None, "Bring a pomegranate.")]
    assert (entry.msgstr, entry.comments) == ("اناری بیاورید.", ("was: یک انار بیاورید.",))
    # … and what somebody types into the record itself is not lost either.
    changed(root, PO, "اناری بیاورید.", "انار بیاورید، چند تا.")
    entry = entries(root)[(None, "Bring a pomegranate.")]
    assert (entry.msgstr, entry.comments[-1]) == ("اناری بیاورید.", "was: انار بیاورید، چند تا.")


@given(edited())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_edit_of_an_edition_makes_anything_stale(case: tuple[Parallel, list[int], list[str], set[int]]) -> None:
    one, _, blocks, touched = case
    with tempfile.TemporaryDirectory() as folder:
        root = authored(Path(folder), "\n\n".join(one.source) + "\n", "\n\n".join(one.target) + "\n")
        recorded = {key: e.msgstr for key, e in entries(root).items()}
        write(root, AUTHORED, HEAD + "\n\n".join(blocks) + "\n")
        updated(root)
        assert stale(root) == []
        there = {leaf.msgid for leaf in markdown.parse("\n\n".join(blocks) + "\n").leaves}
        for key, entry in entries(root).items():
            if recorded[key] in there:
                assert entry.msgstr == recorded[key]


@given(parallels(most=8), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_edit_of_the_original_makes_just_its_own_block_stale(one: Parallel, data: st.DataObject) -> None:
    texts = [n for n, block in enumerate(one.source) if not block.startswith("#")]
    place = data.draw(st.sampled_from(texts))
    with tempfile.TemporaryDirectory() as folder:
        root = authored(Path(folder), "\n\n".join(one.source) + "\n", "\n\n".join(one.target) + "\n")
        source = list(one.source)
        source[place] = source[place].removesuffix(".") + " and " + both(["silver", "river"])[0].lower()
        write(root, "content/posts/yalda.md", POST + "\n\n".join(source) + "\n")
        updated(root)
        assert len(stale(root)) == 1
        assert stale(root)[0][0] in source[place]
