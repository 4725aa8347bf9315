"""The account: a story over a git repository, independent counts, tables, JSON, gates."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, SITE, Folder, need
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import wcswidth

from pipeline import account, report, shaping
from pipeline.app import voices
from pipeline.differences import differences
from pipeline.localise import Coverage

SCHEMA = json.loads((ROOT / "pipeline/schemas/status-1.json").read_text(encoding="utf-8"))


def taken(site: Folder, *arguments: str, status: int = 0) -> dict[str, Any]:
    said = site.run("status", "--json", "--as-of", "2026-04-01", *arguments)
    assert said.status == status, said
    answer: dict[str, Any] = json.loads(said.out)
    jsonschema.validate(answer, SCHEMA)
    return answer


def row(site: Folder, document: str = "posts/a", lang: str = "fa", status: int = 0) -> dict[str, Any]:
    (found,) = [
        one
        for one in taken(site, status=status)["editions"]
        if (one["document"], one["lang"]) == (document, lang)
    ]
    return found


def git(site: Folder, *arguments: str, who: str = "Editor", when: str = "2026-03-20T12:00:00+00:00") -> str:
    env = {
        "GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": "x@example.org", "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_NAME": who, "GIT_COMMITTER_EMAIL": "x@example.org", "GIT_COMMITTER_DATE": when,
        "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(site.root), "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    done = subprocess.run(["git", *arguments], cwd=site.root, env=env, capture_output=True, text=True, check=True)
    return done.stdout


def commit(site: Folder, who: str, when: str) -> None:
    git(site, "add", "content", "locales")
    git(site, "commit", "-q", "-m", "a step", who=who, when=f"{when}T12:00:00+00:00")


FRONT = {"title": "A title", "summary": "A summary here", "due": "{fa: 2026-03-25}", "translator": "{fa: Mina}"}
BODY = "First paragraph here.\n\nSecond paragraph here.\n"


def test_the_story_of_a_post(site: Folder) -> None:
    need("git")
    site.write("content/site.toml", SITE + "review = true\n")
    git(site, "init", "-q")
    site.write(".gitignore", ".dozaban/\npublic/\n")
    site.post("a", BODY, **FRONT)
    assert site.run("update").status == 0
    commit(site, "Editor", "2026-03-20")
    found = row(site)
    assert (found["progress"], found["outcome"], found["reason"]) == ("missing", "withheld", "title")
    assert found["words"] == {"total": 11, "translated": 0}
    assert found["touched"] == {"by": "Editor", "on": "2026-03-20"}
    assert (found["due"], found["overdue"], found["translator"]) == ("2026-03-25", True, "Mina")
    assert found["next"] == "translate"

    site.translate("posts/a", {"A title": "عنوان", "First paragraph here.": "بند یکم."})
    commit(site, "Mina", "2026-03-21")
    found = row(site)
    assert (found["progress"], found["outcome"], found["reason"]) == ("in translation", "withheld", "review")
    assert found["counts"] == {"translated": 2, "fuzzy": 0, "untranslated": 2}
    assert found["words"] == {"total": 11, "translated": 5}
    assert found["touched"] == {"by": "Mina", "on": "2026-03-21"}

    site.translate("posts/a", {"A summary here": "خلاصه", "Second paragraph here.": "بند دوم."})
    commit(site, "Mina", "2026-03-22")
    found = row(site)
    assert (found["progress"], found["outcome"], found["next"]) == ("needs review", "withheld", "review")

    said = site.run("review", "a", "--lang", "fa", "--by", "Reza")
    assert said.status == 0 and "read by Reza" in said.out
    commit(site, "Reza", "2026-03-23")
    found = row(site)
    assert (found["progress"], found["outcome"], found["next"]) == ("complete", "all", None)
    assert found["review"] == {"by": "Reza", "on": date.today().isoformat(), "holds": True}
    assert found["overdue"] is False

    # a change of date, tags or comments takes nothing back
    site.post("a", BODY, **{**FRONT, "date": "2026-03-21", "tags": "[music]"})
    path = "locales/fa/LC_MESSAGES/posts/a.po"
    site.write(path, site.read(path).replace("#. paragraph", "# a remark\n#. paragraph", 1))
    assert row(site)["review"]["holds"] is True

    site.post("a", BODY.replace("Second", "The second"), **FRONT)
    assert site.run("update").status == 0
    commit(site, "Editor", "2026-03-24")
    found = row(site)
    assert (found["progress"], found["outcome"], found["next"]) == ("needs review", "withheld", "look again")
    assert found["stale"]["messages"] == 1 and found["stale"]["words"] == 4
    assert found["stale"]["since"] == date.today().isoformat()
    assert found["review"]["holds"] is False

    site.translate("posts/a", {"The second paragraph here.": "همان بند دوم."})
    commit(site, "Mina", "2026-03-25")
    assert row(site)["progress"] == "needs review"
    assert site.run("review", "a", "--lang", "fa", "--by", "Reza").status == 0
    assert row(site)["progress"] == "complete"
    assert site.run("build").status == 0
    assert "همان بند دوم." in site.page("fa/posts/a/")


def test_an_edit_of_either_side_takes_a_review_back(site: Folder) -> None:
    site.write("content/site.toml", SITE + "review = true\n")
    site.post("a", BODY, title="A title")
    assert site.run("update").status == 0
    words = {"A title": "عنوان", "First paragraph here.": "یک.", "Second paragraph here.": "دو."}
    site.translate("posts/a", words)
    assert site.run("review", "a", "--lang", "fa", "--by", "R").status == 0
    assert row(site)["review"]["holds"]
    site.translate("posts/a", {"Second paragraph here.": "دوم."})
    assert not row(site)["review"]["holds"]
    site.translate("posts/a", words)
    assert row(site)["review"]["holds"]
    site.post("a", "Second paragraph here.\n\nFirst paragraph here.\n", title="A title")
    assert not row(site)["review"]["holds"]


def test_nothing_to_review(site: Folder) -> None:
    site.post("a", BODY)
    assert site.run("update").status == 0
    assert site.run("review", "a", "--lang", "fa", "--by", "R").status == 2
    assert site.run("review", "a", "--lang", "en", "--by", "R").status == 2
    assert site.run("review", "a", "--lang", "de", "--by", "R").status == 2


def test_a_review_that_cannot_be_read_is_to_be_mended(site: Folder) -> None:
    site.post("a", BODY)
    assert site.run("update").status == 0
    path = "locales/fa/reviews/posts/a.toml"
    for text, what in (("by = ", "not TOML: "), ("by = 3\n", path)):
        site.write(path, text)
        found = row(site)
        assert found["next"] == "mend" and what in str(found["blocked"]), found
    assert site.run("build").status == 0


def test_a_terms_catalogue_that_cannot_be_read_is_to_be_mended(site: Folder) -> None:
    site.post("a", BODY, tags="[music]")
    assert site.run("update").status == 0
    terms = "locales/fa/LC_MESSAGES/terms.po"
    site.write(terms, site.read(terms).replace('msgstr ""\n', 'msgstr "\n', 2))
    said = site.run("status", "--all")
    assert said.status == 1 and f"{terms}:" in said.err and "the string is not closed" in said.err
    assert "terms" in said.out and "mend" in said.out
    report = site.root / "report"
    said = site.run("status", "--html", str(report))
    assert said.status == 1 and f"{terms}:" in said.err
    assert "Title of a" in (report / "fa/index.html").read_text("utf-8")


def test_nothing_to_show_is_nothing_but_the_totals(site: Folder) -> None:
    site.post("a", "Text.\n")
    assert site.run("update").status == 0
    site.translate("posts/a", {"Title of a": "عنوان", "Text.": "متن."})
    site.translate("terms", {"Pol": "پل"})
    said = site.run("status")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("fa: ") and "100" in said.out and "posts/a" not in said.out
    assert "posts/a" in site.run("status", "--all").out


def test_a_date_that_no_calendar_has_is_none(site: Folder) -> None:
    site.post("a", BODY)
    assert site.run("update").status == 0
    path = "locales/fa/LC_MESSAGES/posts/a.po"
    text = re.sub(r"PO-Revision-Date: [^\\]*", "PO-Revision-Date: 2026-02-30 10:00+0330", site.read(path))
    site.write(path, re.sub(r"Last-Translator: [^\\]*", "Last-Translator: Mina <m@example.org>", text))
    found = row(site)
    assert found["touched"] == {"by": "Mina", "on": None}, found["touched"]


# --- figures ------------------------------------------------------------------------------


def independent(path: Path) -> dict[str, int]:
    """msgfmt's own count."""
    said = subprocess.run(
        [need("msgfmt"), "--statistics", "-o", "/dev/null", str(path)],
        capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, check=True,
    ).stderr  # fmt: skip
    return {
        key: int(found.group(1)) if (found := re.search(rf"(\d+) {key}", said)) else 0
        for key in ("translated", "fuzzy", "untranslated")
    }


def test_counts_equal_msgfmts_on_the_example(example: Folder) -> None:
    seen = 0
    for found in taken(example)["editions"]:
        path = example.root / "locales" / found["lang"] / "LC_MESSAGES" / f"{found['document']}.po"
        if found["progress"] == "original" or not path.exists():
            continue
        assert found["counts"] == independent(path), path
        seen += 1
    assert seen > 20


def test_counts_equal_pocounts_on_the_example(example: Folder) -> None:
    from translate.tools import pocount

    for found in taken(example)["editions"]:
        path = example.root / "locales" / found["lang"] / "LC_MESSAGES" / f"{found['document']}.po"
        if found["progress"] == "original" or not path.exists():
            continue
        counted = pocount.calcstats(str(path))
        assert found["counts"] == {
            "translated": counted["translated"], "fuzzy": counted["fuzzy"], "untranslated": counted["untranslated"],
        }, path  # fmt: skip


# --- tables -------------------------------------------------------------------------------

WIDE = st.text(
    alphabet=st.sampled_from("abc کتاب‌ها خانهٔ مُحَمَّد 漢字 é\u0301 ، ۱۲۳ – \u200f \u2068\u2069"), max_size=60
)


@given(WIDE, st.integers(min_value=1, max_value=40))
def test_cut_and_filled_texts_have_their_width(text: str, cells: int) -> None:
    made = shaping.pad(shaping.fit(text, cells), cells)
    assert shaping.width(made) == cells
    assert wcswidth(made.replace("\u200f", "").replace("\u2068", "").replace("\u2069", "")) == cells


VOICES = {"en": voices.voice("en"), "fa": voices.voice("fa"), "shaped": voices.voice("fa", shaped=True)}


@settings(deadline=None)
@given(st.lists(WIDE, min_size=1, max_size=6), st.sampled_from([80, 100, 140]), st.sampled_from(sorted(VOICES)))
def test_tables_stay_straight(titles: list[str], cells: int, ui: str) -> None:
    voice = VOICES[ui]
    rows = [
        account.Row(document=f"posts/{'x' * (n * 9)}", title=title, kind="post", language="fa", source="en",
                    progress="in translation", outcome="marked", reason="incomplete", next="translate",
                    touched=account.Touched(who=title, day=date(2026, 3, 20)),
                    coverage=Coverage(untranslated=3, words=30, words_translated=9))
        for n, title in enumerate(titles)
    ]  # fmt: skip
    lines = report.table(rows, cells, directions={"fa": "rtl"}, voice=voice)
    assert all(cells_of(line) <= cells for line in lines)
    assert all(line.count("\u2069") == len(re.findall("[\u2066-\u2068]", line)) for line in lines)
    left = report.COLUMNS[4].heading
    assert left == "left"
    edge = cells_of(lines[0].partition(voice(left))[0] + voice(left))
    each = (len(lines) - 1) // len(rows)
    for line in lines[1::each]:
        before, _, _ = line.partition(voice.number(21))
        assert cells_of(before + "21") == edge, line


def cells_of(text: str) -> int:
    """How many cells a terminal gives a text: wcwidth's count, without what is not seen."""
    return wcswidth(re.sub("[\u200e\u200f\u2066-\u2069]", "", text))


def many(site: Folder, *, history: bool) -> Folder:
    """A site with something of everything that a table can show."""
    def step(who: str, when: str) -> None:
        if history:
            commit(site, who, when)

    if history:
        need("git")
        git(site, "init", "-q")
    site.write("content/site.toml", SITE + "review = true\n")
    site.post("river", BODY, title="Walking by the river", translator="{fa: Mina}", due="{fa: 2026-03-28}")
    site.post("film-nights", BODY, title="Five films with the sound of rain", due="{fa: 2026-03-25}")
    site.post("garden-under-glass", BODY, title="Four gardens under one glass roof")
    site.post("alleys", "کوچه‌ها را پیاده می‌رویم.\n\nخانهٔ آخر سبز است.\n", lang="fa",
              title="کوچه‌های قدیمیِ شهر و مُهره‌های آبیِ خانهٔ آخر، در یک بعدازظهرِ بلندِ تابستان", due="{en: 2026-04-09}")
    site.post("ink-and-brush", BODY, title="漢字 and nasta\u0304li\u0304q, 一日の墨, a weekend of ink")
    site.post("2026/a-very-long-name-of-a-document-in-a-folder", BODY, title="Supercalifragilisticexpialidocious " * 2)
    site.post("spring", BODY, title="A first look at spring", draft="true")
    site.write("content/pages/about.md", "---\ntitle: About Pol\n---\n\nWho we are.\n")
    site.write("content/pages/about.fa.md", "---\ntitle: دربارهٔ پل\n---\n\nما که هستیم.\n")
    assert site.run("update").status == 0
    step("Editor", "2026-03-18")
    body = {"First paragraph here.": "بند یکم.", "Second paragraph here.": "بند دوم."}
    site.translate("posts/river", {"Walking by the river": "پیاده‌روی کنار رود", **body})
    site.translate("posts/garden-under-glass", {"Four gardens under one glass roof": "چهارباغی زیر یک سقف شیشه‌ای", **body})
    site.translate("posts/spring", {"A first look at spring": "نخستین نگاه به بهار", **body})
    step("مینا راد", "2026-03-21")
    site.translate("posts/ink-and-brush", {"First paragraph here.": "بند یکم."})
    assert site.run("review", "river", "--lang", "fa", "--by", "Reza").status == 0
    assert site.run("review", "garden-under-glass", "--lang", "fa", "--by", "Reza").status == 0
    step("Reza Amini-Nasab of the Evening Desk", "2026-03-22")
    site.post("garden-under-glass", BODY.replace("Second", "The second"), title="Four gardens under one glass roof")
    assert site.run("update").status == 0
    if not history:
        path = "locales/fa/LC_MESSAGES/posts/river.po"
        text = re.sub(r"Last-Translator: [^\\]*", "Last-Translator: مینا راد <mina@example.org>", site.read(path))
        site.write(path, re.sub(r"PO-Revision-Date: [^\\]*", "PO-Revision-Date: 2026-03-21 10:00+0330", text))
    site.write("locales/fa/LC_MESSAGES/pages/about.po", 'msgid "x"\nmsgstr "y\n')
    step("Editor", "2026-03-24")
    return site


@pytest.mark.parametrize("history", [False, True], ids=["plain", "git"])
def test_golden_tables(site: Folder, history: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    many(site, history=history)
    wrong = []
    for ui in ("en", "fa"):
        for columns in (80, 100, 140):
            monkeypatch.setenv("COLUMNS", str(columns))
            said = site.run("status", "--ui", ui, "--as-of", "2026-04-01", "--all")
            assert said.status == 1, said.err  # a catalogue is broken
            table = said.out.split("\n\n")[0]
            assert max(map(cells_of, table.split("\n"))) <= columns
            golden = ROOT / "tests" / "golden" / f"status-{ui}-{'git' if history else 'plain'}-{columns}.txt"
            made = said.out + said.err
            if not golden.exists():
                golden.write_text(made, encoding="utf-8")
                wrong.append(f"wrote {golden.name}: read it and commit it")
            elif made != golden.read_text(encoding="utf-8"):
                wrong.append(f"{golden.name}: {made}")
    assert not wrong, "\n".join(wrong)


def test_pipes_get_logical_order_and_no_colour(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    many(site, history=False)
    monkeypatch.setenv("COLUMNS", "160")
    for ui in ("en", "fa"):
        said = site.run("--ui", ui, "status", "--as-of", "2026-04-01", "--all")
        assert "\x1b" not in said.out
        assert "چهارباغی زیر یک سقف" in said.out
        shaped = site.run("--ui", ui, "status", "--as-of", "2026-04-01", "--all", "--visual").out
        assert "چهارباغی زیر" not in shaped and re.search("[\ufb50-\ufefc]", shaped)
        assert not re.search("[\u2066-\u2069\u200c]", shaped)


def test_visual_keeps_marks_and_orders_numbers() -> None:
    assert "\u0654" in shaping.visual("خانهٔ ما", "rtl")
    assert "\u0654" in shaping.visual("خانۀ ما", "rtl")
    assert "12" in shaping.visual("سال 12 بود", "rtl")
    assert shaping.visual("Plain text", "rtl") == "Plain text"
    assert shaping.visual("(الف)", "rtl")[0] == "("


# --- filters and gates --------------------------------------------------------------------


def two(site: Folder) -> None:
    site.post("a", BODY, title="A title", tags="[music]", translator="{fa: Mina}", due="{fa: 2026-03-25}")
    site.post("b", BODY, title="B title", tags="[books]")
    assert site.run("update").status == 0
    site.translate("posts/b", {"B title": "ب", "First paragraph here.": "یک.", "Second paragraph here.": "دو."})


def names(answer: dict[str, Any]) -> set[str]:
    return {f"{one['document']}:{one['lang']}" for one in answer["editions"]}


def test_filters(site: Folder) -> None:
    two(site)
    assert names(taken(site, "--tag", "music")) == {"posts/a:en", "posts/a:fa"}
    assert names(taken(site, "--person", "mina")) == {"posts/a:fa"}
    assert names(taken(site, "--state", "complete")) == {"posts/b:fa"}
    assert names(taken(site, "--state", "overdue")) == {"posts/a:fa"}
    assert "posts/a:fa" in names(taken(site, "--below", "50"))
    assert "posts/b:fa" not in names(taken(site, "--below", "50"))
    assert {name.rpartition(":")[2] for name in names(taken(site, "--lang", "fa"))} == {"fa"}


def test_gates(site: Folder) -> None:
    two(site)
    assert taken(site, "a", "--fail-under", "80", status=1)["failed"] == [
        "posts/a (fa): 0% of words translated, 80% asked for"
    ]
    assert taken(site, "b", "--fail-under", "80")["failed"] == []
    assert taken(site, "--fail-on", "overdue", status=1)["failed"] == ["posts/a (fa): overdue"]
    assert taken(site, "b", "--fail-on", "stale", "--fail-on", "missing")["failed"] == []


def test_a_broken_catalogue_blocks_its_own_row(site: Folder) -> None:
    two(site)
    site.write("locales/fa/LC_MESSAGES/posts/a.po", 'msgid "x"\nmsgstr "y\n')
    answer = taken(site, status=1)
    by_name = {(one["document"], one["lang"]): one for one in answer["editions"]}
    broken = by_name["posts/a", "fa"]
    assert broken["outcome"] == "blocked" and broken["next"] == "mend"
    assert broken["blocked"]["path"] == "locales/fa/LC_MESSAGES/posts/a.po" and broken["blocked"]["line"] == 2
    assert by_name["posts/b", "fa"]["progress"] == "complete"
    said = site.run("status", "--as-of", "2026-04-01")
    assert said.status == 1 and re.search(r"posts/a +fa .*mend locales/fa", said.out)


def test_a_shallow_clone_says_unknown_and_never_a_wrong_date(site: Folder, tmp_path: Path) -> None:
    need("git")
    git(site, "init", "-q")
    two(site)
    commit(site, "Mina", "2026-03-20")
    site.post("c", "More.\n")
    assert site.run("update").status == 0
    commit(site, "Reza", "2026-03-22")
    shallow = Folder(tmp_path / "shallow")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{site.root}", str(shallow.root)],
        check=True, capture_output=True,
    )  # fmt: skip
    assert row(shallow)["touched"] == {"by": None, "on": None}
    assert row(site)["touched"] == {"by": "Mina", "on": "2026-03-20"}


def test_without_git_the_header_says_who_and_when(site: Folder) -> None:
    two(site)
    path = "locales/fa/LC_MESSAGES/posts/a.po"
    assert row(site)["touched"] == {"by": None, "on": None} or not (site.root / ".git").exists()
    text = re.sub(r"Last-Translator: [^\\]*", "Last-Translator: Mina Rad <mina@example.org>", site.read(path))
    text = re.sub(r"PO-Revision-Date: [^\\]*", "PO-Revision-Date: 2026-03-27 10:00+0330", text)
    site.write(path, text)
    assert row(site)["touched"] == {"by": "Mina Rad", "on": "2026-03-27"}


# --- what changed -------------------------------------------------------------------------


@given(WIDE, WIDE)
def test_differences_hold_both_texts(old: str, new: str) -> None:
    parts = differences(old, new)
    assert "".join(text for what, text in parts if what != "new") == old
    assert "".join(text for what, text in parts if what != "gone") == new


def test_show_marks_what_changed_word_by_word(site: Folder) -> None:
    site.post("a", BODY, title="A title")
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان", "First paragraph here.": "بند یکم."})
    site.post("a", BODY.replace("First paragraph", "The first paragraph"), title="A title")
    assert site.run("update").status == 0
    said = site.run("show", "a", "--lang", "fa")
    assert "{+The first+} paragraph here." in said.out.replace("[-First-]", "")
    assert re.search(r"posts/a\.po:\d+: the source has changed; published as it was, marked", said.out)
    assert "content/posts/a.md:6" in said.out
    assert re.search(r"posts/a\.po:\d+: not translated; published in the source language", said.out)
    found = json.loads(site.run("show", "a", "--lang", "fa", "--json").out)["editions"][0]["open"]
    assert [(one["state"], one["shown"]) for one in found] == [
        ("stale", "older translation"), ("untranslated", "source")
    ]  # fmt: skip
