"""Pseudo-translation: made-up text everywhere that a catalogue reaches."""

from __future__ import annotations

import re

from conftest import SITE, Folder

from pipeline import markdown, pseudo
from pipeline.model import Language

FA = Language(tag="fa", name="فارسی", direction="rtl")
EN = Language(tag="en", name="English")


def test_markup_links_code_and_placeholders_stay() -> None:
    made = pseudo.message("See **bold** [text](a.md \"t\") and `code` &amp; %(name)s\\*", FA)
    assert re.fullmatch(r"«\w+ \*\*\w+\*\* \[\w+\]\(a\.md \"t\"\) \w+ `code` &amp; %\(name\)s\\\*»", made), made
    assert not re.search("[a-z]", markdown.plain_text(made).replace("code", "").replace("name", "").replace("%()s", ""))


def test_it_is_longer_and_in_the_other_script() -> None:
    assert len(pseudo.words("translation", "rtl")) > len("translation")
    assert re.fullmatch(r"\[[^\u0600-\u06ff]+\]", pseudo.message("سلام کتاب‌های تازه", EN))


def test_every_message_composes(site: Folder) -> None:
    site.post("a", "# Head\n\n- one\n- two\n\n| a | b |\n|---|---|\n| c | 1 |\n\n> [!NOTE]\n> quote[^1]\n\n[^1]: foot\n")
    said = site.run("build", "--pseudo")
    assert said.status == 0 and said.err == ""
    assert not (site.root / "public").exists()
    page = site.page("fa/posts/a/", ".dozaban/pseudo")
    assert "untranslated" not in page
    text = re.sub(r"<[^>]*>", " ", page[page.index("<main") : page.index("</main>")])
    assert not re.search(r"\b(Head|one|two|quote|foot)\b", text)


def test_what_no_catalogue_reaches_is_seen(site: Folder) -> None:
    site.post("a", "Text.\n")
    site.write("templates/archive.html", '{% extends "base.html" %}{% block content %}Hard-coded {{ _("Reached") }}{% endblock %}')
    site.write("content/site.toml", SITE)
    assert site.run("build", "--pseudo").status == 0
    page = site.page("fa/archive/", ".dozaban/pseudo")
    assert "Hard-coded «" in page and "Reached" not in page
