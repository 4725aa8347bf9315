"""`update`: every catalogue brought up to date, and none touched without need."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import SITE, Folder, need
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import catalogue, files, po
from pipeline.app import update as upkeep
from pipeline.app.sources import open_site
from pipeline.po import Entry

LATER = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)


def path(name: str, tag: str = "fa") -> str:
    return f"locales/{tag}/LC_MESSAGES/{name}.po"


def read(site: Folder, name: str, tag: str = "fa") -> po.Catalogue:
    return po.parse((site.root / path(name, tag)).read_bytes(), path(name, tag))


def entries(site: Folder, name: str) -> dict[str, Entry]:
    return {one.msgid: one for one in read(site, name).entries}


def accepted(site: Folder) -> None:
    """msgfmt takes every catalogue without a warning."""
    msgfmt = need("msgfmt")
    for one in sorted((site.root / "locales").rglob("*.po")):
        said = subprocess.run(
            [msgfmt, "-c", "-v", "-o", os.devnull, str(one)], capture_output=True, text=True,
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]}, check=False,
        )  # fmt: skip
        assert said.returncode == 0 and "warning" not in said.stderr, said.stderr


def ready(site: Folder) -> None:
    assert site.run("update").status == 0


# --- a run


def test_the_second_run_writes_nothing(site: Folder) -> None:
    site.post("a", "One.\n\nTwo.\n\n- item\n", tags="[tea]")
    site.write("templates/own.html", '{% trans n=3 %}{{ n }} post{% pluralize %}{{ n }} posts{% endtrans %}')
    ready(site)
    before = {name: (data, (site.root / "locales" / name).stat().st_mtime_ns) for name, data in site.tree("locales").items()}
    done, problems = upkeep.update(site.root, now=LATER)
    assert (done, problems) == ([], [])
    after = {name: (data, (site.root / "locales" / name).stat().st_mtime_ns) for name, data in site.tree("locales").items()}
    assert after == before and sorted(before) == [
        "en/LC_MESSAGES/terms.po", "fa/LC_MESSAGES/messages.po", "fa/LC_MESSAGES/posts/a.po",
        "fa/LC_MESSAGES/terms.po",
    ]  # fmt: skip
    accepted(site)


def test_check_changes_nothing_at_all(site: Folder) -> None:
    site.post("a", "One.\n")
    before = site.tree(".")
    said = site.run("update", "--check")
    assert said.status == 1 and site.tree(".") == before
    ready(site)
    assert site.run("update", "--check").status == 0
    site.post("a", "Two.\n")
    before = site.tree("locales")
    assert site.run("update", "--check").status == 1
    assert site.run("update", "--check", "a").status == 1
    assert site.tree("locales") == before


def test_the_creation_date_changes_when_messages_do(site: Folder) -> None:
    def date() -> str:
        return dict(po.headers(read(site, "posts/a")))["POT-Creation-Date"]

    site.post("a", "The mill is silent.\n")
    upkeep.update(site.root, now=datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
    assert date() == "2026-03-20 12:00+0000"
    revised = dict(po.headers(read(site, "posts/a")))["PO-Revision-Date"]
    site.translate("posts/a", {"The mill is silent.": "آسیاب خاموش است."})
    site.post("a", "<!-- dozaban: note not a grinder -->\n\nThe mill is silent.\n")
    (done,), _ = upkeep.update(site.root, now=LATER)
    assert (done.changes.comments, done.changes.messages) == (1, False)
    assert date() == "2026-03-20 12:00+0000"
    site.post("a", "The mill is silent again.\n")
    upkeep.update(site.root, now=LATER)
    assert date() == "2026-05-01 09:30+0000"
    assert dict(po.headers(read(site, "posts/a")))["PO-Revision-Date"] == revised
    site.post("b", "The mill was silent again.\n")
    upkeep.update(site.root, now=datetime(2026, 6, 1, tzinfo=UTC))
    assert date() == "2026-05-01 09:30+0000"


def test_a_suggestion_is_no_new_message(site: Folder) -> None:
    site.post("a", "Bring a cushion to the mill!\n")
    site.post("b", "Bring a cushion to the mill!\n")
    upkeep.update(site.root, now=datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
    site.translate("posts/a", {"Bring a cushion to the mill!": "بالش بیاورید!"})
    (done,), _ = upkeep.update(site.root, ["b"], now=LATER)
    assert (done.path, done.changes.suggested) == (path("posts/b"), 1)
    assert dict(po.headers(read(site, "posts/b")))["POT-Creation-Date"] == "2026-03-20 12:00+0000"


def test_equal_messages_stand_once(site: Folder) -> None:
    site.post(
        "a",
        "Tea\n\n| a | b |\n|---|---|\n| Tea | Tea |\n\n"
        "<!-- dozaban: note the drink -->\n\nTea\n\n<!-- dozaban: note the meal -->\n\nTea\n",
        title="Tea",
    )
    ready(site)
    found = [(one.context, one.extracted) for one in read(site, "posts/a").entries if one.msgid == "Tea"]
    assert found == [("title", ("title",)), (None, ("paragraph", "the drink the meal"))]
    accepted(site)


TEXTS = (
    "The mill has been silent for forty years.",
    "The mill has been silent for fifty years.",
    "Bring a cushion, and a friend to sit on it!",
    "See [the programme](a.md) for every evening.",
    "See [the programme](b.md) for every evening.",
    "می‌خواهیم نوروز را با هم جشن بگیریم.",
)
DAYS = st.lists(
    st.tuples(
        st.sampled_from(("write", "write", "delete", "rename", "translate", "translate", "doubt", "empty")),
        st.sampled_from(("a", "b", "c")),
        st.lists(st.sampled_from(TEXTS), max_size=5),
        st.sampled_from(("", "", "a", "b")),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@given(setting=st.sampled_from(("suggest", "fill", "off")), days=DAYS)
@settings(max_examples=300 if os.environ.get("DOZABAN_SOAK") else 20, deadline=None)
def test_the_second_run_writes_nothing_whatever_went_before(
    tmp_path_factory: pytest.TempPathFactory, setting: str, days: list[tuple[str, str, list[str], str]]
) -> None:
    """Texts move between documents, which come and go; the memory is asked, or not."""
    site = Folder(tmp_path_factory.mktemp("days"))
    site.write("content/site.toml", SITE)
    memory(site, setting)
    number, written = 0, set()
    for what, name, texts, named in days:
        source, target = site.root / f"content/posts/{name}.md", site.root / path(f"posts/{name}")
        if what == "write":
            site.post(name, "\n\n".join(texts))
        elif what == "delete":
            source.unlink(missing_ok=True)
        elif what == "rename" and source.exists():
            number += 1
            source.rename(site.root / f"content/posts/{name}-{number}.md")
        elif what in ("translate", "doubt", "empty") and target.exists():
            made = read(site, f"posts/{name}")
            changed = []
            for one in made.entries:
                if not one.obsolete and one.msgid in texts:
                    number += 1
                    words = "" if what == "empty" else f"«{number}»"
                    one = po.revise(one, msgstr=words, fuzzy=what == "doubt", previous=None)
                changed.append(one)
            target.write_bytes(po.serialize(replace(made, entries=tuple(changed))))
            there = "".join(one.read_text(encoding="utf-8") for one in (site.root / "locales").rglob("*.po"))
            written = {word for word in written if word in there} | set(re.findall("«[0-9]+»", there))
        names = [named] if named and (site.root / f"content/posts/{named}.md").exists() else []
        upkeep.update(site.root, names)
        there = "".join(one.read_text(encoding="utf-8") for one in (site.root / "locales").rglob("*.po"))
        assert all(word in there for word in written), "lost"
        assert upkeep.update(site.root, names, now=LATER)[0] == []
        assert upkeep.update(site.root, names, check=True)[0] == []


# --- what is wrong stays where it is


def test_a_broken_document_keeps_its_catalogue(site: Folder) -> None:
    site.post("a", "One.\n", tags="[tea]")
    site.post("b", "Two.\n")
    ready(site)
    site.translate("terms", {"tea": "چای"})
    before = site.tree("locales")
    site.write("content/posts/a.md", "---\ntitel: A\n---\n\nOther.\n")
    site.post("b", "Three.\n", tags="[coffee]")
    said = site.run("update")
    assert said.status == 1 and "content/posts/a.md:2" in said.err
    after = site.tree("locales")
    assert after["fa/LC_MESSAGES/posts/a.po"] == before["fa/LC_MESSAGES/posts/a.po"]
    assert after["fa/LC_MESSAGES/terms.po"] == before["fa/LC_MESSAGES/terms.po"]
    assert list(entries(site, "posts/b")) == ["Title of b", "Three."]


CUT = [
    lambda data: data[: data.rindex(b"\"") - 3],  # in mid-string
    lambda data: data + b"<<<<<<< ours\n",
    lambda data: data.replace(b"charset=UTF-8", b"charset=ISO-8859-6"),
    lambda data: data + b'\nmsgid "One."\nmsgstr ""\n',
    lambda data: data.replace("ا".encode(), b"\xc7", 1),
]


@pytest.mark.parametrize("cut", CUT)
def test_a_broken_catalogue_is_left_alone_and_others_are_done(site: Folder, cut: object) -> None:
    for name in "abc":
        site.post(name, "One.\n\nTwo.\n")
    ready(site)
    site.translate("posts/b", {"One.": "اول.", "Two.": "دوم."})
    target = site.root / path("posts/b")
    broken = cut(target.read_bytes())  # type: ignore[operator]
    target.write_bytes(broken)
    for name in "abc":
        site.post(name, "One.\n\nThree.\n", tags="[tea]")
    said = site.run("update")
    assert said.status == 1
    assert f"{path('posts/b')}:" in said.err and "error" in said.err
    assert target.read_bytes() == broken
    assert "Three." in entries(site, "posts/a") and "Three." in entries(site, "posts/c")
    assert "tea" in entries(site, "terms")


HEADERS = [
    (lambda data: data[data.index(b"\n\n") + 2 :], "1:1: error: the catalogue has no header"),
    (
        lambda data: data.replace(b'"Content-Type: text/plain; charset=UTF-8\\n"\n', b""),
        "3:2: error: the header does not name the encoding",
    ),
    (
        lambda data: data.replace(b"charset=UTF-8", b"charset=CHARSET"),
        "11:2: error: the header does not name the encoding",
    ),
    (
        lambda data: data.replace(b"nplurals=2; plural=(n > 1);", b"nplurals=INTEGER; plural=EXPRESSION;"),
        "13:2: error: the header does not say how plurals are formed",
    ),
]


@pytest.mark.parametrize(("spoil", "message"), HEADERS)
def test_a_broken_header_is_told(site: Folder, spoil: object, message: str) -> None:
    site.post("a", "One.\n")
    ready(site)
    target = site.root / path("posts/a")
    broken = spoil(target.read_bytes())  # type: ignore[operator]
    target.write_bytes(broken)
    site.post("a", "Two.\n")
    for command in ("update", "check"):
        said = site.run(command)
        assert said.status == 1
        (line,) = [line for line in (said.out + said.err).splitlines() if "[catalogue-header]" in line]
        assert f"{path('posts/a')}:{message} [catalogue-header]" in line
    assert target.read_bytes() == broken


def test_somebody_saves_meanwhile(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        site.post(name, "One.\n")
    ready(site)
    for name in "abc":
        site.post(name, "Two.\n")
    theirs = (site.root / path("posts/b")).read_bytes().replace(b'msgid "One."\nmsgstr ""', 'msgid "One."\nmsgstr "اول"'.encode())
    merge = catalogue.merge

    def slow(old: po.Catalogue, *rest: object, **more: object) -> object:
        if old.path == path("posts/b"):
            (site.root / path("posts/b")).write_bytes(theirs)
        return merge(old, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue, "merge", slow)
    said = site.run("update")
    assert said.status == 1 and f"{path('posts/b')}: error: somebody saved this file meanwhile" in said.err
    assert (site.root / path("posts/b")).read_bytes() == theirs
    assert "Two." in entries(site, "posts/a") and "Two." in entries(site, "posts/c")
    monkeypatch.undo()
    ready(site)
    assert entries(site, "posts/b")["Two."].previous == "One." or entries(site, "posts/b")["One."].obsolete


# --- bytes


def test_line_ends_and_byte_order_marks_stay(site: Folder) -> None:
    site.post("a", "One.\n\nTwo.\n")
    ready(site)
    site.translate("posts/a", {"One.": "اول.", "Two.": "دوم."})
    target = site.root / path("posts/a")
    written = b"\xef\xbb\xbf" + target.read_bytes().replace(b"\n", b"\r\n")
    target.write_bytes(written)
    assert site.run("update", "--check").status == 0
    site.post("a", "One.\n\nThree is new, and long enough.\n\nTwo.\n")
    ready(site)
    after = target.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf") and after.count(b"\n") == after.count(b"\r\n")
    new = b'\r\n#. paragraph\r\n#: content/posts/a.md\r\nmsgid "Three is new, and long enough."\r\nmsgstr ""\r\n'
    assert new in after
    stamp = [line for line in after.split(b"\r\n") if b"POT-Creation-Date" in line]
    old = [line for line in written.split(b"\r\n") if b"POT-Creation-Date" in line]
    assert after.replace(new, b"").replace(stamp[0], old[0]) == written


def test_a_translators_own_layout_stays(site: Folder) -> None:
    """Wrapped lines, comments, flags and fields of other tools, at entries that stay."""
    site.post("a", "The mill is silent.\n\nBring a cushion!\n")
    ready(site)
    target = site.root / path("posts/a")
    text = target.read_text(encoding="utf-8")
    text = text.replace(
        '#. paragraph\n#: content/posts/a.md\nmsgid "The mill is silent."\nmsgstr ""\n',
        '# با احتیاط\n#\n#. paragraph\n#: content/posts/a.md\n#, no-wrap\n'
        'msgid ""\n"The mill "\n"is silent."\nmsgstr ""\n"آسیاب "\n"خاموش است."\n',
    ).replace('"X-Source', '"X-Generator: Poedit 3.4\\n"\n"X-Source') + "\n# پایان\n"
    target.write_text(text, encoding="utf-8", newline="")
    site.post("a", "Bring a cushion!\n\nThe mill is silent.\n\nMore of it.\n")
    ready(site)
    after = target.read_text(encoding="utf-8")
    begin, end = text.index("# با احتیاط"), text.index("خاموش است")
    assert text[begin:end] in after and "Poedit 3.4" in after and after.endswith("\n# پایان\n")
    accepted(site)


# --- terms and templates


def test_terms(site: Folder) -> None:
    credit = "{authors: [Mina Rad, Ali Rad], publisher: Pol Press, place: York}"
    site.post("a", "One.\n", tags="[tea]", credit=credit)
    ready(site)
    found = [(one.context, one.msgid) for one in read(site, "terms").entries]
    assert found == [
        ("site", "Pol"), ("tag", "tea"), ("person", "Ali Rad"), ("person", "Mina Rad"),
        ("publisher", "Pol Press"), ("place", "York"),
    ]  # fmt: skip
    assert [one.key for one in read(site, "terms", "en").entries] == [("tag", "tea")]
    site.translate("terms", {"Mina Rad": "مینا راد", "Ali Rad": "علی راد", "tea": "چای"})
    site.post("a", "One.\n", tags="[tea]", credit="{authors: [Nima Rad], publisher: Pol Press}")
    ready(site)
    after = entries(site, "terms")
    assert (after["Nima Rad"].state, after["Mina Rad"].obsolete, after["tea"].msgstr) == ("untranslated", True, "چای")
    site.post("a", "One.\n", tags="[tea]", credit=credit)
    ready(site)
    assert entries(site, "terms")["Mina Rad"].state == "translated"
    accepted(site)


def test_interface_strings_with_plurals(site: Folder) -> None:
    template = '{{ _("Search") }} {% trans n=3 %}{{ n }} post{% pluralize %}{{ n }} posts{% endtrans %}'
    site.write("templates/own.html", template)
    ready(site)
    plural = entries(site, "messages")["%(n)s post"]
    assert (plural.plural, plural.plurals) == ("%(n)s posts", ("", ""))
    target = site.root / path("messages")
    words = target.read_text(encoding="utf-8")
    words = words.replace('msgstr[0] ""', 'msgstr[0] "%(n)s نوشته"').replace('msgstr[1] ""', 'msgstr[1] "%(n)s نوشته‌ها"')
    target.write_text(words, encoding="utf-8")
    assert site.run("update", "--check").status == 0
    site.write("templates/own.html", template.replace("posts", "pieces"))
    ready(site)
    plural = entries(site, "messages")["%(n)s post"]
    assert (plural.state, plural.previous_plural, plural.plurals[1]) == ("fuzzy", "%(n)s posts", "%(n)s نوشته‌ها")
    site.write("templates/own.html", template)
    ready(site)
    assert target.read_text(encoding="utf-8").partition("\n\n")[2] == words.partition("\n\n")[2]
    site.write("templates/broken.html", "{% trans %}")
    said = site.run("update")
    assert said.status == 1 and "templates/broken.html" in said.err
    accepted(site)


# --- documents that were renamed


BODY = "The mill is silent.\n\nBring a cushion!\n\nNobody comes.\n"


def test_the_catalogue_of_a_renamed_document_moves_along(site: Folder) -> None:
    site.post("old", BODY)
    ready(site)
    site.translate("posts/old", {"The mill is silent.": "آسیاب خاموش است.", "Bring a cushion!": "بالش!"})
    site.write("locales/fa/reviews/posts/old.toml", "x = 1\n")
    (site.root / "content/posts/old.md").unlink()
    site.post("2026/new", BODY.replace("Nobody", "Everybody"))
    before = site.tree("locales")
    said = site.run("update", "--check")
    assert said.status == 1 and f"moved from {path('posts/old')}" in said.out
    assert site.tree("locales") == before
    said = site.run("update")
    assert said.status == 0
    assert f"{path('posts/2026/new')}: moved from {path('posts/old')}, " in said.out
    assert entries(site, "posts/2026/new")["Bring a cushion!"].msgstr == "بالش!"
    assert sorted(site.tree("locales/fa")) == ["LC_MESSAGES/posts/2026/new.po", "LC_MESSAGES/terms.po", "reviews/posts/2026/new.toml"]
    assert site.run("update", "--check").status == 0
    assert upkeep.orphans(open_site(site.root)) == []


def test_json_says_where_from(site: Folder) -> None:
    site.post("old", BODY)
    ready(site)
    (site.root / "content/posts/old.md").rename(site.root / "content/posts/new.md")
    (done,) = json.loads(site.run("update", "new", "--json").out)["catalogues"]
    assert (done["path"], done["moved_from"], done["new_file"]) == (path("posts/new"), path("posts/old"), False)


def test_each_heir_gets_its_own(site: Folder) -> None:
    """Two documents renamed at once, alike in part; and one that is gone for good."""
    bodies = {"a": "Tea.\n\nOne text.\n\nAnother text.\n", "b": "Tea.\n\nThird text.\n\nFourth one.\n", "c": "Alone.\n"}
    for name, body in bodies.items():
        site.post(name, body, title="Same")
    ready(site)
    site.translate("posts/a", {"One text.": "یک"})
    site.translate("posts/b", {"Third text.": "سه"})
    for name in bodies:
        (site.root / f"content/posts/{name}.md").unlink()
    site.post("x", bodies["b"], title="Same")
    site.post("y", bodies["a"], title="Same")
    site.post("z", "Nothing in common.\n", title="Other")
    ready(site)
    assert entries(site, "posts/x")["Third text."].msgstr == "سه"
    assert entries(site, "posts/y")["One text."].msgstr == "یک"
    (left,) = upkeep.orphans(open_site(site.root))
    assert (left.rule, left.severity, left.location.path) == ("orphan-catalogue", "warn", path("posts/c"))
    assert set(site.tree("locales/fa/LC_MESSAGES/posts")) == {"c.po", "x.po", "y.po", "z.po"}


def test_what_is_no_orphan(site: Folder) -> None:
    """Catalogues that are no document's, and those of documents that cannot be read."""
    site.post("a", "One.\n")
    ready(site)
    site.write(path("cli"), "")
    site.write("content/posts/a.md", "no front matter")
    assert upkeep.orphans(open_site(site.root)) == []


def test_a_document_with_a_catalogue_inherits_nothing(site: Folder) -> None:
    site.post("old", BODY)
    site.post("new", BODY)
    ready(site)
    before = site.tree("locales")
    (site.root / "content/posts/old.md").unlink()
    assert site.run("update", "--check").status == 0
    assert site.tree("locales") == before
    assert len(upkeep.orphans(open_site(site.root))) == 1


# --- the site as a translation memory


def memory(site: Folder, setting: str) -> None:
    text = site.read("content/site.toml").partition("\n[translation]")[0]
    site.write("content/site.toml", f'{text}\n[translation]\nmemory = "{setting}"\n')


@pytest.mark.parametrize("setting", ["", "suggest", "fill", "off"])
def test_the_memory(site: Folder, setting: str) -> None:
    if setting:
        memory(site, setting)
    site.post("a", "Bring a cushion!\n\nThe mill has been [silent](x.md) for forty years.\n", title="Tea")
    ready(site)
    site.translate("posts/a", {
        "Bring a cushion!": "بالش بیاورید!", "Tea": "چای",
        "The mill has been [silent](x.md) for forty years.": "آسیاب [خاموش](x.md) است.",
    })  # fmt: skip
    site.post("b", "Bring a cushion!\n\nThe mill has been [silent](x.md) for fifty years.\n\nTeas.\n", title="Teas")
    said = site.run("update")
    assert said.status == 0
    found = {one.key: (one.state, one.msgstr, one.extracted[1:]) for one in read(site, "posts/b").entries}
    blank = ("untranslated", "", ())
    exact = {
        "off": blank,
        "fill": ("translated", "بالش بیاورید!", ()),
    }.get(setting, ("fuzzy", "بالش بیاورید!", ("Suggestion, from: posts/a: Bring a cushion!",)))
    near = ("fuzzy", "آسیاب [خاموش](x.md) است.",
            ("Suggestion, from: posts/a: The mill has been [silent](x.md) for forty years.",))  # fmt: skip
    title = ("fuzzy", "چای", ("Suggestion, from: posts/a: Tea",))
    assert found == {
        ("title", "Teas"): blank if setting == "off" else title,
        (None, "Bring a cushion!"): exact,
        (None, "The mill has been [silent](x.md) for fifty years."): blank if setting == "off" else near,
        (None, "Teas."): blank,  # near in another role
    }
    assert ("suggested" in said.out) == (setting != "off")
    assert site.run("update", "--check").status == 0
    accepted(site)


def test_text_that_moves_to_another_document_is_remembered(site: Folder) -> None:
    memory(site, "fill")
    site.post("a", "Bring a cushion!\n\nStays.\n")
    ready(site)
    site.translate("posts/a", {"Bring a cushion!": "بالش بیاورید!"})
    site.post("a", "Stays.\n")
    site.post("b", "Bring a cushion!\n")
    ready(site)
    assert entries(site, "posts/a")["Bring a cushion!"].obsolete
    assert entries(site, "posts/b")["Bring a cushion!"].state == "translated"
    assert site.run("update", "--check").status == 0


def test_a_blank_finds_what_was_translated_since_when_asked(site: Folder) -> None:
    site.post("a", "Bring a cushion!\n")
    site.post("b", "Bring a cushion!\n")
    ready(site)
    site.translate("posts/b", {"Bring a cushion!": "بالش بیاورید!"})
    assert site.run("update", "--check").status == 0  # a translator's commit breaks no build
    assert site.run("update", "--check", "a").status == 1
    assert site.run("update", "a").status == 0
    assert entries(site, "posts/a")["Bring a cushion!"].state == "fuzzy"
    assert site.run("update", "--check", "a").status == 0


def test_a_suggestion_that_a_translator_emptied_stays_away(site: Folder) -> None:
    site.post("a", "Bring a cushion!\n")
    ready(site)
    site.translate("posts/a", {"Bring a cushion!": "بالش بیاورید!"})
    site.post("b", "Bring a cushion!\n")
    ready(site)
    site.translate("posts/b", {"Bring a cushion!": ""})
    assert site.run("update", "--check", "b").status == 0
    site.post("b", "Bring two cushions!\n")
    ready(site)
    assert len(entries(site, "posts/b")["Bring two cushions!"].extracted) == 2  # asked afresh


def test_other_languages_of_origin_are_another_memory(site: Folder) -> None:
    site.write("content/site.toml", site.read("content/site.toml") + '\n[languages.de]\nname = "Deutsch"\n')
    site.post("a", "Information\n")
    ready(site)
    site.translate("posts/a", {"Information": "اطلاعات"})
    site.post("b", "Information\n", lang="de")
    ready(site)
    assert entries(site, "posts/b")["Information"].msgstr == ""
    site.post("c", "Information\n")
    ready(site)
    assert entries(site, "posts/c")["Information"].msgstr == "اطلاعات"


def test_words_of_the_interface_are_no_paragraphs(site: Folder) -> None:
    site.write("templates/own.html", '{{ _("Read the whole of the story") }}')
    ready(site)
    site.translate("messages", {"Read the whole of the story": "همه را بخوانید"})
    site.post("a", "Read the whole of the stories\n", title="Read the whole of the story")
    ready(site)
    found = entries(site, "posts/a")
    assert found["Read the whole of the stories"].msgstr == ""
    assert found["Read the whole of the story"].extracted[1] == "Suggestion, from: messages: Read the whole of the story"


def test_a_complete_site_reads_no_other_catalogue(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post("a", "One.\n")
    site.post("b", "Two.\n")
    ready(site)
    site.translate("posts/a", {"One.": "یک", "Title of a": "الف"})
    read_now: list[str] = []
    real = files.read_if_there

    def counting(root: Path, name: str) -> bytes | None:
        if name.endswith(".po"):
            read_now.append(name)
        return real(root, name)

    monkeypatch.setattr(files, "read_if_there", counting)
    upkeep.update(site.root, ["a"])
    assert read_now == [path("posts/a")]
    upkeep.update(site.root)  # b has blanks, but no new ones
    assert path("posts/b") in read_now and len(read_now) == len(set(read_now)) + 1


def test_a_compendium_goes_first(site: Folder, tmp_path: Path) -> None:
    site.post("a", "Bring a cushion!\n")
    ready(site)
    site.translate("posts/a", {"Bring a cushion!": "بالش بیاورید!"})
    book = tmp_path / "book.po"
    words = (Entry(msgid="Bring a cushion!", msgstr="متکا بیاورید!"), Entry(msgid="Tea is at four.", msgstr="چای", flags=("fuzzy",)))
    book.write_bytes(po.serialize(replace(po.new("book.po", [("Content-Type", "text/plain; charset=UTF-8")]), entries=words)))
    site.post("b", "Bring a cushion!\n\nTea is at four.\n\nTea is at five.\n")
    assert site.run("update", "--compendium", str(book)).status == 0
    found = {msgid: (one.state, one.msgstr) for msgid, one in entries(site, "posts/b").items()}
    assert found["Bring a cushion!"] == ("translated", "متکا بیاورید!")
    assert found["Tea is at four."] == found["Tea is at five."] == ("fuzzy", "چای")
    assert site.run("update", "--compendium", str(tmp_path / "none.po")).status == 2
    book.write_bytes(b'msgid "a"\nmsgstr "b')
    assert site.run("update", "--compendium", str(book)).status == 1


def test_a_large_memory_costs_little(site: Folder) -> None:
    """Measured: 0.8 s for 100,000 messages; here a fifth of them, with a wide margin."""
    sentences = [f"The {a} of the {b} is {c}." for a in ("mill", "tea", "path", "book") for b in ("river", "house", "year") for c in ("old", "new")]
    for part in range(20):
        made = catalogue.fresh(
            "x", project="Pol", contact="x", source="en", language="fa",
            plural_forms="nplurals=2; plural=(n > 1);", now="2026-03-20 12:00+0000",
        )  # fmt: skip
        made = replace(made, entries=tuple(
            Entry(msgid=f"{sentences[n % 24]} {part} {n} {sentences[n // 24 % 24]}", msgstr=f"ترجمهٔ {n}")
            for n in range(1000)
        ))  # fmt: skip
        site.write(path(f"posts/part-{part}"), po.serialize(made))
        site.post(f"part-{part}", "Nothing.\n")
    site.post("new", "\n\n".join(f"{sentences[n]} {n} {sentences[-n]} Indeed." for n in range(20)))
    taken = {}
    for setting in ("off", "suggest"):
        memory(site, setting)
        begun = time.process_time()
        upkeep.update(site.root, ["new"], check=True)
        taken[setting] = time.process_time() - begun
    assert taken["suggest"] - taken["off"] < 2, taken


def test_terms_of_the_glossary_stand_in_the_comment(site: Folder) -> None:
    site.post("a", "The glass house.\n\nNothing here.\n", title="A title")
    site.write("locales/fa/glossary.csv", "term,translation,note,forbidden\nglass house,گلخانه,not شیشه‌خانه,شیشه‌خانه\n")
    assert site.run("update").status == 0
    text = site.read("locales/fa/LC_MESSAGES/posts/a.po")
    assert '#. Glossary: glass house = گلخانه (not شیشه‌خانه)\n#: content/posts/a.md\nmsgid "The glass house."' in text
    assert text.count("Glossary") == 1
    assert site.run("update").out == "every catalogue is up to date\n"
    site.write("locales/fa/glossary.csv", "term,translation\nglass house,خانهٔ شیشه‌ای\n")
    assert "comment" in site.run("update").out
    assert "خانهٔ شیشه‌ای" in site.read("locales/fa/LC_MESSAGES/posts/a.po")
