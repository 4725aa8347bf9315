"""Cards: the pictures by which links to the site are shown elsewhere, one an edition.

Says what a card shows and where it stands; it is drawn later, if it is not there yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline import languages
from pipeline.outputs.site import Artefact, Face, Press
from pipeline.publish import Record

if TYPE_CHECKING:
    from pipeline.pictures import Card

DESIGN = "1"
"""Changes when the same card would look otherwise."""


def cards(press: Press) -> Iterator[Artefact]:
    """A card for each edition that is published, and one for each language's other pages."""
    if not press.site.cards:
        return
    for language in press.site.languages:
        face = press.faces[language.tag]
        yield of_page(press, None, face)
        for name, record in press.plan.records.items():
            page = press.plan.page(("document", name), language.tag)
            if page is not None and page.index:
                yield of_page(press, record, face)


def of_page(press: Press, record: Record | None, face: Face) -> Artefact:
    """The card of a document in a language: its title, and its day in the edition's calendar.

    What is no document shows what the site says of itself. A card's address changes with
    it, so that whoever fetched the old one fetches the new one.
    """
    from pipeline.pictures import Card

    site, language = press.site, face.language
    title, note, name = face.description or face.title, "", "site"
    if record is not None:
        day, name = record.document.date, record.document.name
        title = record.editions[language.tag].title.text
        if day:
            note = languages.format_date(languages.local_day(day, site.time_zone), language)
    card = Card(
        title=title,
        site=face.title,
        note=note,
        host=urlsplit(site.base_url).netloc,
        language=language.tag,
        direction=language.direction,
    )
    return Artefact(path=f"cards/{language.tag}/{name}-{digest(card)[:8]}.png", card=card)


def digest(card: Card) -> str:
    """What tells a card from every other."""
    shown = (DESIGN, card.title, card.site, card.note, card.host, card.language, card.direction)
    return blake2b("\0".join(shown).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
