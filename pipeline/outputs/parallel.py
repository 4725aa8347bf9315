"""Side by side: a document's published editions on one page, block against block.

Languages written from left to right stand left, the others right. The rows follow the
original: a composed edition has its blocks one for one, of an authored one the catalogue
knows the pairs, and what has no partner stands alone at its place. No text is parsed
here, and nothing is shown that the editions do not hold.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from pipeline import templating
from pipeline.html import Piece, pieces
from pipeline.outputs.site import Face, Press, plain
from pipeline.routes import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What stands beside each other, by language: nothing where a language has no such
    block, no piece where it has yet to be translated. `across`: it is the same for all,
    and stands once (code, a rule)."""

    cells: Mapping[str, tuple[Piece, ...]]
    across: bool = False


def document(press: Press, page: Page, face: Face) -> dict[str, Any]:
    """The values of `parallel.html`."""
    record, here, plan = press.plan.records[page.names[0]], page.address, press.plan
    shown = [one for one in press.site.languages if record.decisions[one.tag].published]
    shown.sort(key=lambda language: language.direction != "ltr")
    titles = [record.editions[language.tag].title.text for language in shown]
    values = press.frame(page, face, "parallel", " · ".join(dict.fromkeys(titles)))
    key = ("document", record.document.name)
    for other in values["page"].switch:  # each edition is another page
        own = plan.page(key, other.tag)
        other.current, other.same = False, own is not None and own.index
    values["sides"] = sides = []
    for language in shown:
        edition, own = record.editions[language.tag], plan.page(key, language.tag)
        spoken = press.faces[language.tag]
        assert own is not None
        parts = templating.words(spoken.env, "_parts.html")
        credit = press.credit(record.document, spoken, here)
        dates = SimpleNamespace(
            date=press.day(record.document.date, language),
            updated=press.day(record.document.updated, language),
        )
        sides.append(
            SimpleNamespace(
                tag=language.tag,
                direction=language.direction,
                title=press.marked(edition.title, record, language),
                summary=press.marked(edition.summary, record, language) if edition.summary else "",
                dateline=parts.dateline(dates),
                credit=parts.credit(credit) if credit else "",
                image=press.picture(record, edition, here),
                href=press.link(here, own.address),
                text=plain(spoken.said.read_this),
            )
        )
    pictures = [side for side in sides if side.image]
    same = len({side.image.src for side in pictures}) == 1
    values["picture"] = next((s for s in pictures if s.tag == face.language.tag), pictures[0]) if same else None
    bodies = {language.tag: pieces(press.body(record, language.tag)) for language in shown}
    rows = aligned(record.document.lang, bodies)
    ids = named([language.tag for language in shown], rows)

    def cell(tag: str, row: Row) -> SimpleNamespace:
        language = press.site.language(tag)
        found = row.cells.get(tag)
        html = "".join(piece.html for piece in found or ())
        return SimpleNamespace(
            tag=tag,
            direction=language.direction,
            html=Markup(press.filled(html, record, tag, here, ids[tag])),
            missing=plain(press.faces[tag].said.untranslated) if found == () else "",
        )

    values["rows"] = [
        SimpleNamespace(
            across=row.across,
            cells=[cell(tag, row) for tag in (row.cells if row.across else (one.tag for one in shown))],
        )
        for row in rows
    ]
    return values


# --- what stands beside what ---------------------------------------------------------------

_PART = re.compile(r"-p\d+$")
"""Behind the ids of what an authored edition made of one block, but for the first."""


def aligned(source: str, bodies: Mapping[str, Sequence[Piece]]) -> list[Row]:
    """The rows of a page: the source language's blocks in order, and all others beside
    them; each edition's blocks keep their order too."""
    base = bodies[source]
    beside: list[dict[str, list[Piece]]] = [{source: [piece]} for piece in base]
    alone: list[list[Row]] = [[] for _ in range(len(base) + 1)]  # before a block of the base
    for tag, body in bodies.items():
        if tag == source:
            continue
        places = partners(base, body)
        behind = list(places)  # the partner of the last one that has one
        for number in range(1, len(behind)):
            if behind[number] is None:
                behind[number] = behind[number - 1]
        ahead = len(base)  # the partner of the next that has one
        lone: dict[int, list[Row]] = {}
        for number in reversed(range(len(body))):
            place, piece = places[number], body[number]
            if place is not None or behind[number] == ahead:  # amid what one block became
                ahead = ahead if place is None else place
                beside[ahead].setdefault(tag, []).insert(0, piece)
            else:
                lone.setdefault(ahead, []).insert(0, Row(cells={tag: (piece,)}))
        for ahead, own in lone.items():
            alone[ahead] += own
    rows: list[Row] = []
    for place, cells in enumerate(beside):
        rows += alone[place]
        found = {
            tag: tuple(held) if any(piece.state != "untranslated" for piece in held) else ()
            for tag, held in cells.items()
        }
        if len(found) == len(bodies) and all(
            piece.state == "silent" for held in cells.values() for piece in held
        ):
            rows.append(Row(cells={source: found[source]}, across=True))
        else:
            rows.append(Row(cells=found))
    return rows + alone[len(base)]


def partners(base: Sequence[Piece], body: Sequence[Piece]) -> list[int | None]:
    """For each piece of an edition the place of the piece of the original that it stands
    for, never before that of an earlier one: of what has changed places, the least stands
    alone."""
    if [piece.ids for piece in base] == [piece.ids for piece in body]:  # so is every composed one
        return list(range(len(body)))
    at = {name: place for place, piece in enumerate(base) for name in piece.ids}
    wanted = [
        next((at[known] for name in piece.ids for known in (name, _PART.sub("", name)) if known in at), None)
        for piece in body
    ]
    # the longest series of places that never goes back
    last: list[int] = []  # the least place at which a series of that length can end
    which: list[int] = []  # the piece there
    before: dict[int, int | None] = {}
    for number, place in enumerate(wanted):
        if place is None:
            continue
        length = bisect_right(last, place)
        before[number] = which[length - 1] if length else None
        last[length : length + 1], which[length : length + 1] = [place], [number]
    kept: list[int | None] = [None] * len(body)
    number_of = which[-1] if which else None
    while number_of is not None:
        kept[number_of] = wanted[number_of]
        number_of = before[number_of]
    return kept


def named(tags: Sequence[str], rows: Sequence[Row]) -> dict[str, Callable[[str], str]]:
    """For each language, what an id of its edition is called on the page.

    The first block that has an id keeps it; the same of another language begins with its
    tag. What an edition refers to and does not show is its counterpart's.
    """
    shown = {tag: [piece for row in rows for piece in row.cells.get(tag, ())] for tag in tags}
    given: dict[str, dict[str, str]] = {tag: {} for tag in tags}
    taken: set[str] = set()
    blocks = [(tag, name) for tag in tags for piece in shown[tag] for name in piece.ids]
    rest = [(tag, name) for tag in tags for piece in shown[tag] for name in piece.names]
    for tag, name in blocks + rest:
        if name not in given[tag]:
            free = name
            while free in taken:
                free = f"{tag}-{free}"
            taken.add(free)
            given[tag][name] = free

    def call(tag: str, name: str) -> str:
        own = given[tag].get(name)
        return own or next((other[name] for other in given.values() if name in other), name)

    return {tag: partial(call, tag) for tag in tags}
