"""What a page says of itself to others: Open Graph for those who show links to it, and
schema.org's words as JSON-LD for search engines.

It takes the values that a page was given for its template and adds to them. The JSON is
data, which no browser runs; no text in it can end the element that holds it.
"""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from pipeline import languages, routes
from pipeline.bidi import isolated
from pipeline.html import allowed_address
from pipeline.localise import Edition
from pipeline.model import Document
from pipeline.outputs import cards
from pipeline.outputs.site import Artefact, Face, Press, newest
from pipeline.pictures import SIZE
from pipeline.publish import Record
from pipeline.routes import Page

_TYPES = {"post": "Article", "page": "WebPage", "issue": "PublicationIssue"}
"""A kind of document in schema.org's words."""


def describe(press: Press, page: Page, face: Face, shown: Any) -> None:
    """Fill `properties`, `card` and `data` of a template's `page`."""
    record = press.plan.records[page.key[1]] if page.key[0] == "document" and page.index else None
    card = cards.of_page(press, record, face) if press.site.cards else None
    picture = _picture(press, record, face, card)
    language = face.language
    front = page.key == ("home", "1")
    found = {
        "og:type": "article" if record and record.document.kind == "post" else "website",
        "og:site_name": isolated(face.title, language.direction),
        "og:title": isolated(shown.title, language.direction),
        "og:description": isolated(shown.description, language.direction),
        "og:url": shown.canonical,
        "og:locale": languages.territorial(language.tag),
    }
    properties = [(name, content) for name, content in found.items() if content]
    properties += [
        ("og:locale:alternate", languages.territorial(other.language))
        for other in press.plan.true_counterparts(page)
        if other.language != language.tag
    ]
    if picture is not None:
        properties += picture
    if record is not None and record.document.kind == "post":
        document = record.document
        for name, day in (("published", document.date), ("modified", document.updated)):
            if day:
                properties.append((f"article:{name}_time", languages.iso(day)))
        properties += [
            ("article:tag", press.plain_name("tag", key, document.lang, language.tag))
            for key in document.tags
        ]
    shown.properties = [SimpleNamespace(name=name, content=content) for name, content in properties]
    shown.card = "summary_large_image" if picture else "summary"
    if record is not None:
        shown.data = _data(_document(press, page, face, record, shown, card))
    elif front:
        shown.data = _data(
            {
                "@type": "WebSite",
                "@id": shown.canonical,
                "name": face.title,
                "description": face.description,
                "inLanguage": language.tag,
                "url": shown.canonical,
            }
        )


def _picture(
    press: Press, record: Record | None, face: Face, card: Artefact | None
) -> list[tuple[str, str]] | None:
    """The picture for a link: the card, else the document's own."""
    language = face.language
    if card is not None and card.card is not None:
        address, alt = card.path, f"{card.card.title} – {card.card.site}"
        width, height = SIZE
    else:
        found = _leading(press, record, record.editions[language.tag]) if record else None
        if found is None:
            return None
        address, alt, width, height = found
    properties = [("og:image", routes.absolute(press.site, address))]
    if width:
        properties += [("og:image:width", str(width)), ("og:image:height", str(height))]
    return [*properties, ("og:image:alt", isolated(alt, language.direction))] if alt else properties


def _leading(press: Press, record: Record, edition: Edition) -> tuple[str, str, int, int] | None:
    """A document's leading picture: address, alternative text, width and height."""
    source = record.document.leading(edition.language)
    if not source or source.lower().endswith(".svg"):
        return None
    target = routes.resolve(press.plan, record, edition.language, source)
    if target.fault or not target.address:
        return None
    known = press.pictures.get(target.address)
    width, height = (known.width, known.height) if known else (0, 0)
    return target.address, edition.alt.text, width, height


def _document(
    press: Press, page: Page, face: Face, record: Record, shown: Any, card: Artefact | None
) -> dict[str, Any]:
    """A document in schema.org's words: names as they are, without bidi controls."""
    site, plan, document = press.site, press.plan, record.document
    tag = face.language.tag
    edition = record.editions[tag]
    kind, credit = _TYPES[document.kind], document.credit
    day = newest([document.updated, document.date])
    pictures = []
    leading = _leading(press, record, edition)
    if leading:
        pictures.append(routes.absolute(site, leading[0]))
    if card is not None:
        pictures.append(routes.absolute(site, card.path))
    counterparts = [
        {"@type": kind, "@id": routes.absolute(site, other.address), "inLanguage": other.language}
        for other in plan.true_counterparts(page)
        if other.language != tag
    ]
    originals = [one for one in counterparts if one["inLanguage"] == document.lang]
    return {
        "@type": kind,
        "@id": shown.canonical,
        "url": shown.canonical,
        "headline": edition.title.text,
        "description": edition.abstract.text,
        "inLanguage": tag,
        "datePublished": languages.iso(document.date) if document.date else "",
        "dateModified": languages.iso(day) if day else "",
        "issueNumber": document.number,
        "image": pictures,
        "author": _authors(press, document, tag),
        "publisher": {"@type": "Organization", "name": face.title, "url": routes.absolute(site, f"{tag}/")},
        "keywords": [press.plain_name("tag", key, document.lang, tag) for key in document.tags],
        "isBasedOn": credit.url if credit and allowed_address(credit.url) else "",
        "translationOfWork": originals[0] if originals else None,
        "workTranslation": counterparts if document.lang == tag else None,
    }


def _authors(press: Press, document: Document, tag: str) -> list[dict[str, str]]:
    found = []
    for name in document.credit.authors if document.credit else ():
        key = routes.canonical(press.plan, "person", name, document.lang)
        own = press.plan.page(("person", key, "1"), tag)
        person = {"@type": "Person", "name": press.plain_name("person", name, document.lang, tag)}
        if own:
            person["url"] = routes.absolute(press.site, own.address)
        found.append(person)
    return found


_CLOSING = re.compile("[<>&\u2028\u2029]")


def _data(found: dict[str, Any]) -> Markup:
    """JSON-LD for a script element: what is empty left out, and nothing in it that HTML
    or JavaScript could read otherwise."""
    kept = {"@context": "https://schema.org"} | {key: value for key, value in found.items() if value}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return Markup(_CLOSING.sub(lambda match: f"\\u{ord(match[0]):04x}", text))
