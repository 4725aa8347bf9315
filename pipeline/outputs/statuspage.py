"""The status site: the account as pages for editors, in each of the site's languages.

Pure: a survey (rows, open messages, points of history, all given) becomes artefacts. It
decides nothing and counts nothing anew: every figure is a row's, so that pages, table and
JSON agree. Pages hold no script, ask for nothing but their own style sheet, and their
links name files, so that they work opened from disk. The only date of ours is the one
that is given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from types import SimpleNamespace
from typing import Any, Protocol

import jinja2
from markupsafe import Markup

from pipeline import account, languages, templating
from pipeline.account import Row
from pipeline.bidi import isolate, neutralise
from pipeline.differences import differences
from pipeline.model import Language, Site
from pipeline.outputs.site import Artefact, policy
from pipeline.problems import Problem
from pipeline.routes import Terms, relative
from pipeline.voice import ENGLISH, Voice

PAGE_SIZE = 100
"""How many editions a page of a list holds."""

STYLE, ICON = "status.css", "icon.svg"
"""The files beside the pages; the style sheet's name also marks the folder as ours."""

_SHARED = ("terms", "interface", "command")
"""The kinds of rows that are no documents."""

_WIDTH, _HEIGHT = 1000, 300


class Open(Protocol):
    """A message that needs somebody: see `pipeline.app.documents.Open`."""

    @property
    def kind(self) -> str: ...
    @property
    def msgid(self) -> str: ...
    @property
    def msgstr(self) -> str: ...
    @property
    def previous(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def source(self) -> str: ...
    @property
    def source_line(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """How much of a language was translated at the end of a day, in source words."""

    day: date
    words: int
    translated: int
    stale: int

    @property
    def share(self) -> float:
        return self.translated / self.words if self.words else 0.0

    @property
    def stale_share(self) -> float:
        return self.stale / self.words if self.words else 0.0


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What the pages are made of.

    `rows` are in the account's order. `titles` and `paths` are each original's title and
    file, also of documents whose original is not among the rows. `open` is by document
    and language; so are `people`, who translate. `voices` say what is wrong in the
    languages that the command speaks; pages in others have it in English. `past` is each language's history;
    None: there is none to be had. `part` names languages of which only some rows are
    here, so that no history is theirs.
    """

    site: Site
    terms: Terms
    rows: Sequence[Row]
    today: date
    titles: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    open: Mapping[tuple[str, str], Sequence[Open]] = field(default_factory=dict)
    people: Mapping[tuple[str, str], str] = field(default_factory=dict)
    past: Mapping[str, Sequence[Point]] | None = None
    part: frozenset[str] = frozenset()
    problems: Sequence[Problem] = ()
    voices: Mapping[str, Voice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """A list of editions: its address below a language's folder, and what it is about.

    `within` is the target language to which it is confined.
    """

    group: str
    key: str
    name: str
    address: str
    rows: tuple[Row, ...]
    within: str = ""


def pages(
    survey: Survey, environments: Mapping[str, jinja2.Environment], style: bytes, icon: bytes
) -> Iterator[Artefact]:
    """Every file of the status site."""
    yield Artefact(path=STYLE, data=style)
    yield Artefact(path=ICON, data=icon)
    lists = _lists(survey)
    desks = [
        _Desk(survey, lists, language, environments[language.tag]) for language in survey.site.languages
    ]
    yield _doors(desks)
    for desk in desks:
        yield from desk.pages()


# --- which lists there are ----------------------------------------------------------------


def _lists(survey: Survey) -> list[_Filter]:
    """Every list that a filter leads to, in the order in which filters are shown."""
    rows, found = survey.rows, list[_Filter]()
    targets = [
        language
        for language in survey.site.languages
        if any(row.language == language.tag and row.progress != "original" for row in rows)
    ]

    def add(group: str, key: str, name: str, address: str, test: Callable[[Row], bool], within: str = "") -> None:
        own = tuple(row for row in rows if test(row))
        if own:
            found.append(_Filter(group=group, key=key, name=name, address=address, rows=own, within=within))

    for target in targets:
        add("language", target.tag, target.tag, f"to/{target.tag}/",
            lambda row, tag=target.tag: row.language == tag and row.progress != "original")  # type: ignore[misc]
    for step in dict.fromkeys(row.next for row in account.in_order(rows)):
        add("step", step, step, f"next/{_slug(step) or 'nothing'}/", lambda row, step=step: row.next == step)  # type: ignore[misc]
    for state in account.PROGRESS:
        add("progress", state, state, f"progress/{_slug(state)}/", lambda row, state=state: row.progress == state)  # type: ignore[misc]
        for target in targets:
            if state != "original":
                add("progress", state, state, f"to/{target.tag}/{_slug(state)}/",
                    lambda row, state=state, tag=target.tag: row.progress == state and row.language == tag,  # type: ignore[misc]
                    within=target.tag)
    for outcome in ("all", "marked", "withheld", "draft", "held", "blocked"):
        add("outcome", outcome, outcome, f"now/{outcome}/", lambda row, outcome=outcome: row.outcome == outcome)  # type: ignore[misc]
    tags = sorted({tag for row in rows for tag in row.tags})
    for tag, slug in zip(tags, _slugs(tags), strict=True):
        add("tag", tag, tag, f"subjects/{slug}/", lambda row, tag=tag: tag in row.tags)  # type: ignore[misc]
    people = sorted({_person(survey, row) for row in rows if row.progress != "original"} - {""})
    for who, slug in zip(people, _slugs(people), strict=True):
        add("person", who, who, f"people/{slug}/",
            lambda row, who=who: row.progress != "original" and _person(survey, row) == who)  # type: ignore[misc]
    add("person", "", "", "people/nobody-yet/",
        lambda row: row.progress != "original" and not _person(survey, row))
    return found


def _person(survey: Survey, row: Row) -> str:
    return survey.people.get((row.document, row.language), "")


def _slug(text: str) -> str:
    """Text as a name for a folder: letters, digits and hyphens."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return re.sub(r"[^\w]+", "-", folded).strip("-_")[:40]


def _slugs(texts: Sequence[str]) -> list[str]:
    """A folder's name for each text; with a digest wherever two would be alike."""
    plain = [_slug(text) for text in texts]
    return [
        slug if slug and plain.count(slug) == 1 and slug != "nobody-yet"
        else f"{slug}-{blake2b(text.encode('utf-8', 'replace'), digest_size=4).hexdigest()}".strip("-")
        for slug, text in zip(plain, texts, strict=True)
    ]  # fmt: skip


# --- pages ---------------------------------------------------------------------------------


class _Desk:
    """The pages in one of the site's languages."""

    def __init__(
        self, survey: Survey, lists: Sequence[_Filter], language: Language, env: jinja2.Environment
    ) -> None:
        self.survey, self.lists, self.language, self.env = survey, lists, language, env
        self.site = survey.site
        env.filters["percent"] = self._percent
        env.filters["count"] = self._count
        env.filters["day"] = self._day
        self.said: Any = templating.words(env, "status/_words.html")
        self.title = survey.terms.get(language.tag, "site", self.site.title) or self.site.title
        self.root = f"{language.tag}/"
        self._templates = {
            name: templating.template(env, f"status/{name}.html")
            for name in ("overview", "list", "document")
        }
        self._people = {one.key: one for one in lists if one.group == "person"}
        self._tags = {one.key: one for one in lists if one.group == "tag"}
        self._names = {
            other.tag: languages.language_name(other.tag, language) for other in self.site.languages
        }

    # --- figures, in this language ---

    def _percent(self, share: float) -> str:
        """A share as whole per cent, never rounded up: as the command says it."""
        return languages.format_percent(int(share * 100) / 100 or share, self.language)

    def _count(self, value: int) -> Markup:
        return Markup('<data value="{}">{}</data>').format(value, languages.format_number(value, self.language))

    def _day(self, day: date) -> Markup:
        text = languages.format_date(day, self.language)
        return Markup('<time datetime="{}"><bdi>{}</bdi></time>').format(languages.iso(day), text)

    def _parts(self, done: float, stale: float) -> list[SimpleNamespace]:
        """The parts of a bar of width 100, from the side at which reading begins."""
        parts = [("done", 0.0, done), ("stale", done, stale)]
        mirror = self.language.direction == "rtl"
        return [
            SimpleNamespace(
                name=name, width=_figure(width * 100),
                x=_figure((1 - start - width if mirror else start) * 100),
            )
            for name, start, width in parts
            if width > 0
        ]  # fmt: skip

    # --- the frame ---

    def _link(self, here: str, there: str) -> str:
        return relative(here, there, portable=True)

    def _file(self, here: str, name: str) -> str:
        return "../" * here.count("/") + name

    def _frame(self, address: str, title: str) -> SimpleNamespace:
        """What base.html needs; `address` is below the language's folder."""
        here = self.root + address
        menu = [("", str(self.said.overview)), ("all/", str(self.said.all_editions))]
        menu += [(one.address, self._names[one.key]) for one in self.lists if one.group == "language"]
        heading = str(self.said.heading)
        full = " · ".join(dict.fromkeys((title, heading, self.title)))
        return SimpleNamespace(
            title=title,
            full_title=full,
            site=self.title,
            home=self._link(here, self.root),
            style=self._file(here, STYLE),
            icon=self._file(here, ICON),
            policy=policy(script_src="'none'"),
            today=self.survey.today,
            menu=[
                SimpleNamespace(name=name, href=self._link(here, self.root + there), current=there == address)
                for there, name in menu
            ],
            switch=[
                SimpleNamespace(
                    tag=other.tag, name=other.name, direction=other.direction,
                    href=self._link(here, f"{other.tag}/{address}"),
                    current=other.tag == self.language.tag,
                )
                for other in self.site.languages
            ],
        )  # fmt: skip

    def _page(self, name: str, address: str, title: str, **values: Any) -> Artefact:
        made = self._templates[name]({"page": self._frame(address, title), **values})
        return Artefact(path=f"{self.root}{address}index.html", data=made.encode("utf-8", "replace"))

    def pages(self) -> Iterator[Artefact]:
        yield self._overview()
        yield from self._list(None)
        for one in self.lists:
            yield from self._list(one)
        documents: dict[str, list[Row]] = {}
        for row in self.survey.rows:
            documents.setdefault(row.document, []).append(row)
        for name, rows in sorted(documents.items()):
            yield self._document(name, rows)

    # --- pieces ---

    def _row(self, row: Row, here: str) -> SimpleNamespace:
        coverage = row.coverage
        original = self.survey.titles.get(row.document)
        foreign = row.title == original or row.progress == "original" or row.title == row.document
        title_in = self.site.language(row.source if foreign else row.language)
        words = coverage.words or 1
        place = str(row.blocked.location) if row.blocked else row.where
        if row.next == "publish":  # the front matter says that it is a draft
            place = self.survey.paths.get(row.document, place)
        asked = self.site.language(row.language).incomplete
        return SimpleNamespace(
            of=row,
            shared=row.kind in _SHARED,
            title_lang=title_in.tag,
            title_dir=title_in.direction,
            language=self._names[row.language],
            direction=self.site.language(row.language).direction,
            source=self.site.language(row.source),
            parts=self._parts(coverage.share, row.stale_words / words),
            asked=languages.format_percent(asked, self.language) if isinstance(asked, float | int) else "",
            place=place,
            href=self._link(here, f"{self.root}{_address(row.document)}"),
            blocked=self._problem(row.blocked) if row.blocked else None,
        )

    def _problem(self, one: Problem) -> SimpleNamespace:
        """A problem in this language, or in English where the command does not speak it."""
        voice = self.survey.voices.get(self.language.tag)
        said = voice or ENGLISH
        return SimpleNamespace(
            location=one.location,
            message=said.plain(one.message),
            hint=said.plain(one.hint),
            foreign=None if voice else SimpleNamespace(tag=said.tag, direction=said.direction),
        )

    def _filters(self, address: str) -> list[SimpleNamespace]:
        here = self.root + address
        groups: dict[str, list[SimpleNamespace]] = {}
        for one in self.lists:
            if one.within:
                continue
            groups.setdefault(one.group, []).append(self._item(one, here, address))
        return [SimpleNamespace(name=name, entries=items) for name, items in groups.items()]

    def _item(self, one: _Filter, here: str, address: str = "") -> SimpleNamespace:
        name = one.name
        if one.group == "language":
            name = self._names[one.key]
        elif one.group == "tag":
            name = self.survey.terms.get(self.language.tag, "tag", one.key) or one.key
        return SimpleNamespace(
            key=one.key,
            name=name,
            count=len(one.rows),
            href=self._link(here, self.root + one.address),
            current=address == one.address,
        )

    # --- the overview ---

    def _overview(self) -> Artefact:
        rows = [row for row in self.survey.rows if row.next][:PAGE_SIZE]
        here = self.root
        return self._page(
            "overview",
            "",
            str(self.said.heading),
            problems=[self._problem(one) for one in self.survey.problems if one.severity == "error"],
            cards=[self._card(one) for one in self.lists if one.group == "language"],
            groups=self._filters(""),
            rows=[self._row(row, here) for row in rows],
            all=SimpleNamespace(count=len(self.survey.rows), href=self._link(here, f"{here}all/")),
        )

    def _card(self, one: _Filter) -> SimpleNamespace:
        total = account.total(one.rows)
        stale = sum(row.stale_words for row in one.rows)
        own = [other for other in self.lists if other.within == one.key]
        return SimpleNamespace(
            tag=one.key,
            name=self._names[one.key],
            href=self._link(self.root, self.root + one.address),
            total=total,
            left=total.words - total.words_translated,
            stale=stale,
            parts=self._parts(total.share, stale / (total.words or 1)),
            progress=[self._item(other, self.root) for other in own],
            chart=self._chart(one.key),
        )

    def _chart(self, tag: str) -> SimpleNamespace:
        """A language's past as lines: the horizontal axis runs as the page is read."""
        survey, said = self.survey, self.said
        title = _plain(said.chart_title(self._names[tag]))
        points = () if survey.past is None or tag in survey.part else survey.past.get(tag, ())
        if not points:
            why = "part" if tag in survey.part else "git" if survey.past is None else "none"
            empty = dict.fromkeys(("text", "done", "stale", "area", "done_end", "stale_end"), "")
            return SimpleNamespace(title=title, points=(), why=why, ends=(), **empty)
        first, last = points[0], points[-1]
        span = (last.day - first.day).days or 1
        mirror = self.language.direction == "rtl"

        def place(point: Point, share: float) -> str:
            along = (point.day - first.day).days / span * _WIDTH
            return f"{_figure(_WIDTH - along if mirror else along)} {_figure(_HEIGHT * (1 - share))}"

        if len(points) == 1:  # one day: a level line over the whole width
            done = f"M0 {_figure(_HEIGHT * (1 - first.share))}H{_WIDTH}"
            stale = f"M0 {_figure(_HEIGHT * (1 - first.stale_share))}H{_WIDTH}"
            area = f"{done}V{_HEIGHT}H0Z"
        else:
            done = "M" + "L".join(place(point, point.share) for point in points)
            stale = "M" + "L".join(place(point, point.stale_share) for point in points)
            start, end = (_WIDTH, 0) if mirror else (0, _WIDTH)
            area = f"{done}L{end} {_HEIGHT}L{start} {_HEIGHT}Z"
        at = 0 if mirror else _WIDTH
        day_first, day_last = (languages.format_date(one.day, self.language) for one in (first, last))
        after, left = self._percent(last.share), self._percent(last.stale_share)
        if first is last:
            text = said.chart_day(day_last, after, left)
        else:
            text = said.chart_text(day_first, day_last, self._percent(first.share), after, left)
        return SimpleNamespace(
            title=title,
            text=_plain(text),
            why="",
            points=points,
            done=done,
            stale=stale,
            area=area,
            done_end=f"M{at} {_figure(_HEIGHT * (1 - last.share))}h0",
            stale_end=f"M{at} {_figure(_HEIGHT * (1 - last.stale_share))}h0",
            ends=tuple(dict.fromkeys((first.day, last.day))),
        )

    # --- lists ---

    def _list(self, one: _Filter | None) -> Iterator[Artefact]:
        rows = tuple(self.survey.rows) if one is None else one.rows
        base = "all/" if one is None else one.address
        parts = [rows[start : start + PAGE_SIZE] for start in range(0, len(rows), PAGE_SIZE)] or [()]
        addresses = [base if n == 1 else f"{base}page-{n}/" for n in range(1, len(parts) + 1)]
        for n, (address, part) in enumerate(zip(addresses, parts, strict=True)):
            here = self.root + address
            item = self._item(one, here) if one else None
            title = str(self.said.all_editions)
            if one is not None and item is not None:
                title = self._name(one, item)
            if n:
                title = _plain(self.said.list_part(title, languages.format_number(n + 1, self.language)))
            yield self._page(
                "list",
                address,
                title,
                group=one.group if one else "",
                within=self._names[one.within] if one and one.within else "",
                item=item,
                count=len(rows),
                left=sum(row.words_left for row in rows if row.progress != "original"),
                groups=self._filters(base),
                rows=[self._row(row, here) for row in part],
                newer=self._link(here, self.root + addresses[n - 1]) if n else "",
                older=self._link(here, self.root + addresses[n + 1]) if n + 1 < len(parts) else "",
            )

    def _name(self, one: _Filter, item: SimpleNamespace) -> str:
        """A list's title: the filter's kind and its name."""
        name = item.name
        if one.group in ("step", "progress", "outcome"):
            name = getattr(self.said, one.group)[one.key]
        elif one.group == "person" and not one.key:
            name = self.said.nobody
        above = _plain(self.said.groups[one.group])
        if one.within:
            above += f" ({self._names[one.within]})"
        return _plain(self.said.document_title(above, name))

    # --- a document ---

    def _document(self, name: str, rows: Sequence[Row]) -> Artefact:
        survey = self.survey
        address = _address(name)
        here = self.root + address
        order = [language.tag for language in self.site.languages]
        rows = sorted(rows, key=lambda row: (row.progress != "original", order.index(row.language)))
        first = rows[0]
        shared = first.kind in _SHARED
        source = self.site.language(first.source)
        title = survey.titles.get(name, first.title)
        made = []
        for row in rows:
            one = self._row(row, here)
            into = self.site.language(row.language)
            one.messages = [
                self._message(each, source, into) for each in survey.open.get((name, row.language), ())
            ]
            who = self._people.get(_person(survey, row)) if row.progress != "original" else None
            one.person = (
                SimpleNamespace(name=who.name, href=self._link(here, self.root + who.address))
                if who is not None and who.key else None
            )  # fmt: skip
            made.append(one)
        document = SimpleNamespace(
            title=title,
            lang=source.tag,
            direction=source.direction,
            language=self._names[source.tag],
            kind=first.kind,
            shared=shared,
            day=first.day,
            path=survey.paths.get(name, name),
            tags=[self._item(self._tags[tag], here) for tag in first.tags if tag in self._tags],
        )
        shown = str(self.said.kind[first.kind]) if shared else title
        return self._page("document", address, shown, document=document, rows=made)

    def _message(self, one: Open, source: Language, into: Language) -> SimpleNamespace:
        changes = differences(one.previous, one.msgid) if one.previous and one.msgstr else []
        return SimpleNamespace(
            of=one,
            changes=[(what, _shown(text, source)) for what, text in changes],
            msgid=_shown(one.msgid, source),
            msgstr=_shown(one.msgstr, into),
            place=f"{one.path}:{one.line}" if one.line else one.path,
            source=f"{one.source}:{one.source_line}" if one.source_line else one.source,
        )


def _shown(text: str, language: Language) -> Markup:
    """A text as its file has it, markup and all, with what runs the other way isolated."""
    return Markup(isolate(neutralise(text), language.direction, alone=False))


def _address(document: str) -> str:
    return f"documents/{document}/"


def _figure(value: float) -> str:
    """A coordinate: two decimals at most, and never -0."""
    return f"{round(value, 2) + 0:g}"


def _plain(text: object) -> str:
    """What a template says, as text for an attribute or a title."""
    return " ".join(Markup(text).unescape().split())


def _doors(desks: Sequence[_Desk]) -> Artefact:
    """The choice of language, at the root; in the site's default language first of all."""
    first = next(desk for desk in desks if desk.language.tag == desk.site.default_language)
    render = templating.template(first.env, "status/choose.html")
    doors = [
        SimpleNamespace(
            tag=desk.language.tag,
            direction=desk.language.direction,
            name=desk.language.name,
            site=desk.title,
            heading=str(desk.said.heading),
            href=relative("", desk.root, portable=True),
        )
        for desk in desks
    ]
    values = {"doors": doors, "style": STYLE, "icon": ICON, "policy": policy(script_src="'none'")}
    return Artefact(path="index.html", data=render(values).encode())
