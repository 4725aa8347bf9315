"""Feeds of each edition, with full content: Atom (RFC 4287) and JSON Feed 1.1.

Titles and summaries are plain text there: what runs against an edition's direction stands
between isolates. Content is HTML that says its language and direction itself, for readers
know neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from pipeline import routes
from pipeline.bidi import escape, isolated
from pipeline.issues import Piece
from pipeline.localise import Text
from pipeline.outputs import cards
from pipeline.outputs.site import SIZES, Artefact, Face, Press, moment, newest, plain
from pipeline.publish import Record

LENGTH = 20
"""How many of the newest posts a feed holds."""

_NOT_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def feeds(press: Press) -> Iterator[Artefact]:
    """Each edition's feeds: of its published posts, and of its issues where it has some."""
    plan = press.plan
    for language in press.site.languages:
        face = press.faces[language.tag]
        yield from _feed(press, face, f"{language.tag}/", face.title, plan.posts)
        if plan.newsletters:
            title = f"{face.title} · {plain(face.said.newsletters)}"
            yield from _feed(press, face, f"{language.tag}/newsletters/", title, plan.newsletters)


def _feed(
    press: Press, face: Face, folder: str, title: str, records: Sequence[Record]
) -> Iterator[Artefact]:
    """The newest of some documents, as Atom and as JSON Feed; `folder` is their list."""
    site, tag, way = press.site, face.language.tag, face.language.direction
    published = islice((r.document.name for r in records if r.decisions[tag].published), LENGTH)
    posts = [_post(press, press.plan.records[name], face) for name in published]
    xml, own = (f"{folder}{name}" for name in routes.FEEDS)
    told = SimpleNamespace(title=isolated(title, way), description=isolated(face.description, way))
    feed = SimpleNamespace(
        id=routes.absolute(site, xml),
        self=routes.absolute(site, xml),
        home=routes.absolute(site, folder),
        updated=max((post.updated for post in posts), default=moment(None, site)),
    )
    text = face.render("feed.xml", {"site": told, "feed": feed, "posts": posts})
    yield Artefact(path=xml, data=text.translate(_NOT_XML).encode())
    made = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": told.title,
        "description": told.description,
        "home_page_url": feed.home,
        "feed_url": routes.absolute(site, own),
        "language": tag,
        "authors": [{"name": told.title, "url": feed.home}],
        "items": [_item(post, tag) for post in posts],
    }
    kept = json.dumps(_filled(made), ensure_ascii=False, separators=(",", ":"))
    yield Artefact(path=own, data=f"{kept}\n".encode())


def _post(press: Press, record: Record, face: Face) -> SimpleNamespace:
    """A post as feeds carry it."""
    site, language = press.site, face.language
    tag, way = language.tag, language.direction
    document, edition, credit = record.document, record.editions[tag], record.document.credit
    page = press.plan.page(("document", document.name), tag)
    assert page is not None, document.name
    image = press.picture(record, edition, None)
    body = press.filled(press.body(record, tag), record, tag, None)
    pieces = []
    for piece in _pieces(press, record, tag):
        shown = press.plan.page(("document", piece.name), piece.language)
        other = press.plan.records[piece.name].editions[piece.language]
        assert shown is not None, piece.name
        pieces.append(
            SimpleNamespace(
                tag=piece.language,
                direction=site.language(piece.language).direction,
                title=other.title.text,
                href=routes.absolute(site, shown.address),
            )
        )
    content = face.render(
        "feed_content.html",
        {"image": image, "sizes": SIZES, "body": Markup(body), "pieces": pieces},
    )
    picture = image.src if image else ""
    if not picture and site.cards:
        picture = routes.absolute(site, cards.of_page(press, record, face).path)
    return SimpleNamespace(
        title=isolated(edition.title.text, way),
        url=routes.absolute(site, page.address),
        published=moment(document.date, site),
        updated=moment(newest([document.updated, document.date]), site),
        authors=[
            isolated(press.plain_name("person", name, document.lang, tag), way)
            for name in (credit.authors if credit else ())
        ],
        tags=[
            SimpleNamespace(key=name, name=isolated(press.plain_name("tag", name, tag, tag), way))
            for name in document.tags
        ],
        summary=_abstract(edition.abstract, record, press, face),
        image=picture,
        content=Markup(escape(content.translate(_NOT_XML))),
        html=content,
    )


def _pieces(press: Press, record: Record, tag: str) -> tuple[Piece, ...]:
    """The pieces of an issue; any other document has none."""
    found = press.plan.issues.get((record.document.name, tag))
    return found.pieces if found else ()


def _item(post: SimpleNamespace, tag: str) -> dict[str, Any]:
    """A post in JSON Feed's words."""
    return {
        "id": post.url,
        "url": post.url,
        "title": post.title,
        "content_html": post.html,
        "summary": post.summary,
        "image": post.image,
        "date_published": post.published,
        "date_modified": post.updated,
        "authors": [{"name": name} for name in post.authors],
        "tags": [one.name for one in post.tags],
        "language": tag,
    }


def _filled(found: Any) -> Any:
    """JSON without what is empty; a feed without items keeps its list."""
    if isinstance(found, dict):
        return {key: _filled(value) for key, value in found.items() if value or key == "items"}
    return [_filled(one) for one in found] if isinstance(found, list) else found


def _abstract(text: Text, record: Record, press: Press, face: Face) -> str:
    """A summary as plain text, marked where it is not the edition's own."""
    if not text.state:
        return isolated(text.text, face.language.direction)
    word = {"untranslated": face.said.untranslated, "stale": face.said.stale}[text.state]
    language = press.site.language(record.document.lang) if text.state == "untranslated" else face.language
    return f"[{plain(word)}] \u2068{isolated(text.text, language.direction)}\u2069"
