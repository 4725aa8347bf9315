"""Atom feeds, one an edition, with full content. Valid by RFC 4287."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from markupsafe import Markup

from pipeline import routes
from pipeline.bidi import escape
from pipeline.localise import Text
from pipeline.outputs.site import Artefact, Face, Press, moment, newest, plain

LENGTH = 20
"""How many of the newest posts a feed holds."""

_NOT_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def feeds(press: Press) -> Iterator[Artefact]:
    """Each edition's feed of its published posts."""
    site, plan = press.site, press.plan
    for language in site.languages:
        tag = language.tag
        face = press.faces[tag]
        published = [r for r in plan.posts if r.decisions[tag].published][:LENGTH]
        posts = []
        for record in published:
            document, edition = record.document, record.editions[tag]
            page = plan.page(("document", document.name), tag)
            assert page is not None
            body = press._fill(press.body(record, tag), record, tag, None)
            credit = document.credit
            posts.append(
                SimpleNamespace(
                    title=edition.title.text,
                    title_lang="",
                    url=routes.absolute(site, page.address),
                    published=moment(document.date, site),
                    updated=moment(newest([document.updated, document.date]), site),
                    authors=[
                        press.plain_name("person", name, document.lang, tag)
                        for name in (credit.authors if credit else ())
                    ],
                    tags=[
                        SimpleNamespace(key=name, name=press.plain_name("tag", name, tag, tag))
                        for name in document.tags
                    ],
                    summary=_abstract(edition.abstract, face),
                    content=Markup(escape(body.translate(_NOT_XML))),
                )
            )
        address = f"{tag}/feed.xml"
        values = {
            "site": SimpleNamespace(title=face.title, description=face.description),
            "feed": SimpleNamespace(
                id=routes.absolute(site, address),
                self=routes.absolute(site, address),
                home=routes.absolute(site, f"{tag}/"),
                updated=max((post.updated for post in posts), default=moment(None, site)),
            ),
            "posts": posts,
        }
        yield Artefact(path=address, data=face.render("feed.xml", values).translate(_NOT_XML).encode())


def _abstract(text: Text, face: Face) -> str:
    """A summary as plain text, marked where it is not the edition's own."""
    if not text or not text.state:
        return text.text
    word = {"untranslated": face.said.untranslated, "stale": face.said.stale}[text.state]
    return f"[{plain(word)}] \u2068{text.text}\u2069"
