"""An issue as a sheet: all that mail, plain text and print are made of, in one language.

The same chapters as the issue's page, with texts as values instead of HTML and every
address whole, since a letter stands on no site. It sets no type: each form does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipeline import languages, routes
from pipeline.bidi import direction_of
from pipeline.flow import Block, Flow, Inline
from pipeline.html import allowed_address
from pipeline.issues import Form, Piece
from pipeline.localise import Edition, Text
from pipeline.model import Day, Direction, Language
from pipeline.outputs.newsletters import issue_number
from pipeline.outputs.site import Face, Press, plain
from pipeline.publish import Record

Bodies = Callable[[str], Mapping[str, Flow]]
"""Gives a document's bodies, one a language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A text with the language that it stands in, and whether it is another's.

    `language` is empty where it is unknown, as a name's may be; `state` is "untranslated"
    or "stale" where the sheet marks it.
    """

    text: str = ""
    language: str = ""
    direction: Direction = "ltr"
    state: Literal["", "untranslated", "stale"] = ""

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture: its file in the site's folder (empty if elsewhere), its whole address."""

    path: str
    href: str
    alt: Run
    caption: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Where a piece was first published; names may be any script's."""

    authors: tuple[Run, ...] = ()
    publisher: Run = Run()
    place: Run = Run()
    date: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece in the sheet. `body` is empty unless it stands in full.

    `language` is the one it stands in, the sheet's own or not; then `note` says so.
    """

    name: str
    form: Form
    language: Language
    title: Run
    summary: Run
    href: str
    note: str = ""
    date: str = ""
    credit: Credit | None = None
    picture: Picture | None = None
    body: Flow = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of the issue with its heading, which may be empty."""

    heading: Run
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An issue in one language.

    `masthead` is the site's name and `motto` its description; `number` reads "Issue 12".
    `href` is the issue's page, `home` the edition's front page. `words` are the words of
    ours that forms need, by name (see templates/_words.html): inside, untranslated,
    stale, read_on, unsubscribe, and so on. `pictures` maps a picture's slot within
    bodies to its file: address → path in the site's folder.
    """

    name: str
    language: Language
    masthead: str
    motto: str
    title: Run
    preheader: Run
    number: str
    date: str
    day: Day | None
    href: str
    home: str
    intro: Flow
    chapters: tuple[Chapter, ...]
    words: Mapping[str, str]
    pictures: Mapping[str, str]

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(part for chapter in self.chapters for part in chapter.parts)


_WORDS = (
    "inside", "untranslated", "stale", "read_on", "unsubscribe", "why_you", "on_the_web", "footnote",
    "note", "tip", "important", "warning", "caution", "task_done", "task_open", "page", "picture", "joint",
)  # fmt: skip


def sheet(press: Press, name: str, tag: str, bodies: Bodies) -> Sheet:
    """The sheet of an issue in a language in which it goes out."""
    plan, face = press.plan, press.faces[tag]
    record = plan.records[name]
    document, edition, language = record.document, record.editions[tag], face.language
    found = plan.issues[name, tag]
    page = plan.page(("document", name), tag)
    assert page is not None
    settle = _Settling(press)
    chapters = tuple(
        Chapter(
            heading=_run(chapter.heading, record, language),
            parts=tuple(_part(press, piece, face, bodies, settle) for piece in chapter.pieces),
        )
        for chapter in found.chapters
    )
    intro = settle.flow(bodies(name)[tag], record, tag)
    return Sheet(
        name=name,
        language=language,
        masthead=face.title,
        motto=face.description,
        title=_run(edition.title, record, language),
        preheader=_run(edition.preheader, record, language),
        number=issue_number(record, face),
        date=_day(press, document.date, language),
        day=document.date,
        href=routes.absolute(press.site, page.address),
        home=routes.absolute(press.site, f"{tag}/"),
        intro=intro,
        chapters=chapters,
        words={word: plain(getattr(face.said, word)) for word in _WORDS},
        pictures=settle.pictures,
    )


def _part(press: Press, piece: Piece, face: Face, bodies: Bodies, settle: _Settling) -> Part:
    record = press.plan.records[piece.name]
    document, edition = record.document, record.editions[piece.language]
    language = press.site.language(piece.language)
    page = press.plan.page(("document", piece.name), piece.language)
    assert page is not None
    foreign = piece.language != face.language.tag
    note = ""
    if foreign:
        note = plain(face.said.in_language(languages.language_name(piece.language, face.language)))
    elif edition.title.state == "stale":
        note = plain(face.said.stale)
    full = piece.form == "full"
    return Part(
        name=piece.name,
        form=piece.form,
        language=language,
        title=_run(edition.title, record, language),
        summary=_run(edition.abstract, record, language),
        href=routes.absolute(press.site, page.address),
        note=note,
        date=_day(press, document.date, face.language),
        credit=_credit(press, record, face),
        picture=_picture(press, record, edition, language, settle) if piece.form != "title" else None,
        body=settle.flow(bodies(piece.name)[piece.language], record, piece.language) if full else (),
    )


def _run(text: Text, record: Record, language: Language) -> Run:
    """A front-matter string of an edition."""
    if text.state == "untranslated":
        source = next(e for e in record.editions.values() if e.origin == "original")
        direction = direction_of(text.text) or language.direction
        return Run(text=text.text, language=source.language, direction=direction, state=text.state)
    return Run(text=text.text, language=language.tag, direction=language.direction, state=text.state)


def _name(press: Press, context: str, name: str, record: Record, language: Language) -> Run:
    written = record.document.lang
    key = routes.canonical(press.plan, context, name, written)
    text = press.plain_name(context, key, written, language.tag)
    return Run(text=text, direction=direction_of(text) or language.direction)


def _credit(press: Press, record: Record, face: Face) -> Credit | None:
    credit, language = record.document.credit, face.language
    if credit is None:
        return None
    return Credit(
        authors=tuple(_name(press, "person", name, record, language) for name in credit.authors),
        publisher=_name(press, "publisher", credit.publisher, record, language) if credit.publisher else Run(),
        place=_name(press, "place", credit.place, record, language) if credit.place else Run(),
        date=_day(press, credit.date, language),
        url=credit.url if allowed_address(credit.url) else "",
    )


def _day(press: Press, day: Day | None, language: Language) -> str:
    shown = press.day(day, language)
    return shown.text if shown else ""


def _picture(
    press: Press, record: Record, edition: Edition, language: Language, settle: _Settling
) -> Picture | None:
    image = record.document.image
    if image is None:
        return None
    own = record.document.authored_in(edition.language)
    source = own.image.src if own and own.image and own.image.src else image.src
    href, path = settle.picture(source, record, edition.language)
    if not href:
        return None
    return Picture(
        path=path,
        href=href,
        alt=_run(edition.alt, record, language),
        caption=_run(edition.caption, record, language),
    )


class _Settling:
    """Gives links and pictures of bodies their whole addresses."""

    def __init__(self, press: Press) -> None:
        self.press = press
        self.files = {target: source for source, target in press.plan.files.items()}
        self.pictures: dict[str, str] = {}

    def picture(self, address: str, record: Record, tag: str) -> tuple[str, str]:
        """(whole address, path in the site's folder) of a picture; empty where there is none."""
        if address.startswith(("http://", "https://")):
            return address, ""
        target = routes.resolve(self.press.plan, record, tag, address)
        if target.fault:
            return "", ""
        href = routes.absolute(self.press.site, target.address)
        path = self.files.get(target.address, "")
        if path:
            self.pictures[href] = path
        return href, path

    def flow(self, flow: Iterable[Block], record: Record, tag: str) -> Flow:
        """The blocks, their slots turned into addresses; a dead link becomes its words."""
        return tuple(
            replace(
                block,
                inlines=self._inlines(block.inlines, record, tag),
                children=self.flow(block.children, record, tag),
            )
            if block.inlines or block.children
            else block
            for block in flow
        )

    def _inlines(self, inlines: tuple[Inline, ...], record: Record, tag: str) -> tuple[Inline, ...]:
        made: list[Inline] = []
        for one in inlines:
            if one.children:
                one = replace(one, children=self._inlines(one.children, record, tag))
            if not one.slot:
                made.append(one)
                continue
            link = record.editions[tag].links[int(one.slot)]
            if one.kind == "image":
                href, _ = self.picture(link.address, record, tag)
                if href:
                    made.append(replace(one, href=href, slot=""))
                continue
            target = routes.resolve(self.press.plan, record, tag, link.address)
            if target.fault:
                made.extend(one.children)
                continue
            fragment = f"#{target.fragment}" if target.fragment else ""
            href = routes.absolute(self.press.site, target.address) + fragment
            made.append(replace(one, href=href, slot=""))
        return tuple(made)


def side_by_side(sheets: Sequence[Sheet]) -> list[tuple[list[Run], list[list[Part]]]]:
    """The chapters of several sheets of one issue, matched: headings, and for each piece its
    parts, one a sheet, in the order of the sheets. A piece that one sheet leaves out stands
    alone.
    """
    made = []
    longest = max((len(sheet.chapters) for sheet in sheets), default=0)
    if any(len(sheet.chapters) != longest for sheet in sheets):
        # a chapter of which nothing is left is in one sheet and not in another: one by one
        return [([c.heading], [[p] for p in c.parts]) for sheet in sheets for c in sheet.chapters]
    for place in range(longest):
        chapters = [sheet.chapters[place] for sheet in sheets]
        names = dict.fromkeys(part.name for chapter in chapters for part in chapter.parts)
        pieces = [
            [part for chapter in chapters for part in chapter.parts if part.name == name]
            for name in names
        ]
        made.append(([chapter.heading for chapter in chapters], pieces))
    return made
