"""The newsletter on the site: a page for each issue in each edition, and their list.

What an issue holds is decided in `issues`; here it becomes values for templates. A piece
in full brings its body, its ids begun with the piece's number, so that no two are alike.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from pipeline import languages
from pipeline.issues import Issue, Piece
from pipeline.outputs.site import Face, Press, plain
from pipeline.publish import Record
from pipeline.routes import Page


def issue(press: Press, page: Page, face: Face) -> dict[str, Any]:
    """The values for an issue's page."""
    record = press.plan.records[page.names[0]]
    language, here = face.language, page.address
    edition = record.editions[language.tag]
    found = press.plan.issues[record.document.name, language.tag]
    values = press.frame(page, face, "newsletter", edition.title.text)
    values["page"].description = edition.preheader.text or edition.abstract.text
    values["page"].above = _above(press, page, face)
    values["issue"] = _head(press, record, face)
    values["issue"].pdf = ""
    address = print_address(press, record.document.name, language.tag)
    if press.prints and address not in press.unprinted:
        values["issue"].pdf = press.link(here, address)
    values["issue"].chapters = _chapters(press, found, face, here)
    body = press.body(record, language.tag)
    values["body"] = Markup(press.filled(body, record, language.tag, here))
    return values


def archive(press: Press, page: Page, face: Face) -> dict[str, Any]:
    """The values for the list of issues."""
    values = press.frame(page, face, "newsletters", plain(face.said.newsletters))
    rows = []
    for name in (record.document.name for record in press.plan.newsletters):
        record = press.plan.records[name]
        shown = face.language.tag
        if not record.decisions[shown].published:
            shown = record.document.lang
        own = press.plan.page(("document", record.document.name), shown)
        assert own is not None
        row = _head(press, record, press.faces[shown])
        row.number = issue_number(record, face)
        row.date = press.day(record.document.date, face.language)
        row.href = press.link(page.address, own.address)
        row.foreign = ""
        if shown != face.language.tag:
            row.foreign = shown
            row.note = plain(face.said.in_language(languages.language_name(shown, face.language)))
            direction = press.site.language(shown).direction
            row.title = Markup('<span lang="{}" dir="{}">{}</span>').format(shown, direction, row.title)
        rows.append(row)
    values["issues"] = rows
    values["feed"] = press.link(page.address, f"{page.address}feed.xml")
    return values


def issue_number(record: Record, face: Face) -> str:
    """An issue's number in words, "Issue 12"; empty where it has none."""
    number = record.document.number
    if number is None:
        return ""
    return plain(face.said.issue_number(languages.format_number(number, face.language)))


def print_address(press: Press, name: str, tag: str) -> str:
    """Where an issue's PDF stands in the output: beside its page."""
    page = press.plan.page(("document", name), tag)
    assert page is not None
    return f"{page.address}{name.rpartition('/')[2]}-{tag}.pdf"


def _head(press: Press, record: Record, face: Face) -> SimpleNamespace:
    language = face.language
    edition = record.editions[language.tag]
    return SimpleNamespace(
        title=press.text(edition.title, record, language),
        number=issue_number(record, face),
        date=press.day(record.document.date, language),
        preheader=press.marked(edition.preheader, record, language) if edition.preheader else None,
        note="",
    )


def _above(press: Press, page: Page, face: Face) -> SimpleNamespace:
    list_page = press.plan.page(("newsletters",), face.language.tag)
    assert list_page is not None
    return SimpleNamespace(
        name=plain(face.said.newsletters), href=press.link(page.address, list_page.address)
    )


def _chapters(press: Press, found: Issue, face: Face, here: str) -> list[SimpleNamespace]:
    record = press.plan.records[found.name]
    made = []
    number = 0
    for place, chapter in enumerate(found.chapters, 1):
        pieces = []
        for piece in chapter.pieces:
            number += 1
            entry = SimpleNamespace(**vars(press.entry(piece.name, face)))
            entry.form = piece.form
            entry.id = f"p{number}"
            entry.body = _whole(press, piece, here, f"p{number}-") if piece.form == "full" else None
            pieces.append(entry)
        heading = press.marked(chapter.heading, record, face.language) if chapter.heading else None
        made.append(SimpleNamespace(heading=heading, id=f"s{place}", pieces=pieces))
    return made


def _whole(press: Press, piece: Piece, here: str, prefix: str) -> SimpleNamespace:
    """A piece's own body, its language and direction."""
    assert press.anew is not None
    record = press.plan.records[piece.name]
    language = press.site.language(piece.language)
    html = press.anew(piece.name, prefix)[piece.language]
    return SimpleNamespace(
        html=Markup(press.filled(html, record, piece.language, here)),
        tag=language.tag,
        direction=language.direction,
    )
