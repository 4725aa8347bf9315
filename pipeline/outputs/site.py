"""The site: pages of both editions from the plan, as values for templates.

A `Press` holds what every page of a run shares, made once a language. It renders; it
decides nothing, resolves links by the plan alone, and writes no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from pipeline import languages, routes, templating
from pipeline.bidi import direction_of, isolate, isolated
from pipeline.html import allowed_address, fill, href, is_external
from pipeline.localise import Edition, Text, Words
from pipeline.model import Day, Document, Language, Site
from pipeline.publish import Record
from pipeline.routes import Key, Page, Plan
from pipeline.speech import say

if TYPE_CHECKING:
    from pipeline.pictures import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A file of the output: its path, and its bytes or the card to draw."""

    path: str
    data: bytes = b""
    card: Card | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of the site: width and height in pixels, and its smaller versions by width."""

    width: int
    height: int
    versions: tuple[tuple[int, str], ...] = ()


def spoken(env: jinja2.Environment, language: Language) -> Words:
    """The words of ours that stand in bodies, from the template `_words.html`."""
    said = _module(env)
    names = ["footnote", "back", "table", "note", "tip", "important", "warning", "caution"]
    labels = {name: plain(getattr(said, name)) for name in names}
    labels["task-done"], labels["task-open"] = plain(said.task_done), plain(said.task_open)
    return Words(
        untranslated=plain(said.untranslated),
        changed=plain(said.changed),
        stale=plain(said.stale),
        labels=labels,
        digits=languages.digits("0123456789", language),
    )


def _module(env: jinja2.Environment) -> Any:
    return templating.words(env, "_words.html")


SIZES = "(min-width: 42em) 38rem, 92vw"
"""How wide a picture in a body stands: the theme's measure, or all of a phone."""


@dataclass(slots=True, kw_only=True)
class Face:
    """What all pages of one language share."""

    language: Language
    env: jinja2.Environment
    said: Any
    title: str
    description: str
    templates: dict[str, templating.Render] = field(default_factory=dict)
    entries: dict[str, SimpleNamespace] = field(default_factory=dict)
    beside: dict[str, SimpleNamespace] = field(default_factory=dict)
    sites: dict[object, SimpleNamespace] = field(default_factory=dict)

    @property
    def anywhere(self) -> str:
        """Stands for whatever page a piece will be on: links from there are filled in when
        the page is known (`placed`), so that the piece is made once."""
        return f"{_PLACE}{self.language.tag}/"

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        found = self.templates.get(name)
        if found is None:
            found = self.templates[name] = templating.template(self.env, name)
        return found(values)


class Press:
    """Renders the pages of a plan.

    `body` gives an edition's HTML with its slots; `assets` maps a theme's asset to its
    address in the output. `anew` writes a document's bodies again, with a prefix before
    their ids, for pages that hold several. `search` has the folders of each edition's
    index; there is none where nothing can make it. `pictures` says what is known of a
    picture, by its address. `prints` is whether issues of the newsletter have a PDF.
    """

    def __init__(
        self,
        plan: Plan,
        environments: Mapping[str, jinja2.Environment],
        body: Callable[[Record, str], str],
        assets: Mapping[str, str],
        *,
        portable: bool = False,
        anew: Callable[[str, str], Mapping[str, str]] | None = None,
        search: Mapping[str, Sequence[str]] | None = None,
        pictures: Mapping[str, Picture] | None = None,
        prints: bool = False,
    ) -> None:
        self.prints = prints
        self.unprinted: set[str] = set()
        self.search, self.pictures = search, pictures or {}
        self.anew = anew
        self.plan, self.body, self.assets, self.portable = plan, body, assets, portable
        self.site: Site = plan.site
        self.faces: dict[str, Face] = {}
        for language in self.site.languages:
            env = environments[language.tag]
            self.faces[language.tag] = Face(
                language=language,
                env=env,
                said=_module(env),
                title=self._site_term(self.site.title, language.tag),
                description=self._site_term(self.site.description, language.tag),
            )
        self._entrances: dict[str, frozenset[str]] = {}
        self._contact = _unharvestable(self.site.contact)

    def _site_term(self, text: str, tag: str) -> str:
        return self.plan.terms.get(tag, "site", text) or text

    # --- addresses ---

    def link(self, here: str, there: str) -> str:
        """The address of a page or file as a page (or a face's `anywhere`) has it."""
        if here[:1] != _PLACE:
            return routes.relative(here, there, portable=self.portable)
        own = here[1:]
        path = there[len(own) :] if there.startswith(own) else f"../{there}"
        if self.portable and path.endswith("/") or not path:
            path += "index.html" if self.portable else ""
        return _PLACE + (quote(path, safe="/") if not path.isascii() or _ODD.search(path) else path)

    def asset(self, name: str) -> str:
        """Where an asset of the theme stands, for a template that names it."""
        if name not in self.assets:
            raise jinja2.TemplateRuntimeError(say("there is no asset `{name}`", name=name))
        return self.assets[name]

    def filled(
        self,
        html: str,
        record: Record,
        tag: str,
        here: str | None,
        named: Callable[[str], str] | None = None,
    ) -> str:
        """A body with its links resolved; `here` is None where links must be absolute.

        `named` says what an id of the body is called on a page that holds more than it.
        """
        if "\0" not in html:
            return html
        edition = record.editions[tag]
        face = self.faces[tag]
        page = self.plan.page(("document", record.document.name), tag)
        own = page.address if page else ""

        def slot(name: str) -> str:
            if name[0] in "#@":
                return named(name[1:]) if named else name[1:]
            if name[0] == "=":
                return ""
            mark = name.endswith("m")
            link = edition.links[int(name.rstrip("m"))]
            target = routes.resolve(self.plan, record, tag, link.address)
            if target.fault:
                return "" if mark else ('src=""' if link.image else "")
            if mark:
                if not target.foreign:
                    return ""
                name_of = languages.language_name(target.foreign, face.language)
                return f' <span class="mark">{face.said.in_language(name_of)}</span>'
            fragment = f"#{href(target.fragment)}" if target.fragment else ""
            if fragment and named and target.address == own:
                return f'href="#{href(named(unquote(target.fragment)))}"'
            if here is None:
                address = routes.absolute(self.site, target.address)
            elif target.address == here and target.fragment:
                address = ""
            else:
                address = self.link(here, target.address)
            kind = "src" if link.image else "href"
            foreign = f' hreflang="{target.foreign}"' if target.foreign else ""
            more = self._sizes(target.address, here) if link.image else ""
            return f'{kind}="{href(address)}{fragment}"{foreign}{more}'

        return fill(html, slot)

    # --- pieces of pages ---

    def day(self, day: Day | None, language: Language) -> SimpleNamespace | None:
        if day is None:
            return None
        local = languages.local_day(day, self.site.time_zone)
        text = languages.format_date(local, language, both=language.gregorian)
        return SimpleNamespace(iso=languages.iso(day), text=text)

    def text(self, text: Text, record: Record, language: Language) -> Markup:
        """A front-matter string as HTML: isolated, in its own language, marked if foreign."""
        if text.state == "untranslated":
            source = self.site.language(record.document.lang)
            inner = isolate(text.text, source.direction)
            return Markup(f'<span lang="{source.tag}" dir="{source.direction}">{inner}</span>')
        return Markup(isolate(text.text, language.direction))

    def marked(self, text: Text, record: Record, language: Language) -> Markup:
        """`text`, with a mark before it where it is another's."""
        shown = self.text(text, record, language)
        said = self.faces[language.tag].said
        word = {"untranslated": said.untranslated, "stale": said.stale}.get(text.state)
        if word is None:
            return shown
        if text.changed:
            word = said.changed
        return Markup('<span class="mark">{}</span> ').format(word) + shown

    def name(self, context: str, name: str, written_in: str, language: Language) -> Markup:
        """A term in an edition's language, isolated; a tag's key or a name as written else."""
        found = self.plan.spellings.get((context, name, language.tag))
        if found is None and (context == "tag" or written_in != language.tag):
            found = self.plan.terms.get(language.tag, context, name)
        if found is None and context != "tag" and written_in != language.tag:
            source = self.site.language(written_in)
            if direction_of(name) == source.direction:
                inner = isolate(name, source.direction)
                return Markup(f'<bdi lang="{source.tag}" dir="{source.direction}">{inner}</bdi>')
        return Markup(f"<bdi>{isolate(found or name, language.direction)}</bdi>")

    def plain_name(self, context: str, name: str, written_in: str, tag: str) -> str:
        spelt = self.plan.spellings.get((context, name, tag))
        if spelt is not None:
            return spelt
        if context == "tag" or written_in != tag:
            return self.plan.terms.get(tag, context, name) or name
        return name

    def _term(self, context: str, name: str, key: str, written_in: str, face: Face, here: str) -> SimpleNamespace:
        page = self.plan.page((context, key, "1"), face.language.tag)
        return SimpleNamespace(
            name=self.name(context, name, written_in, face.language),
            href=self.link(here, page.address) if page else "",
        )

    def credit(self, document: Document, face: Face, here: str) -> SimpleNamespace | None:
        credit = document.credit
        if credit is None:
            return None
        language, source = face.language, document.lang

        def person(context: str, name: str) -> SimpleNamespace:
            key = routes.canonical(self.plan, context, name, source)
            return self._term(context, name, key, source, face, here)

        authors = [person("person", name) for name in credit.authors]
        linked = [
            Markup('<a href="{}">{}</a>').format(a.href, a.name) if a.href else a.name for a in authors
        ]
        return SimpleNamespace(
            authors=languages.format_list(linked, language) if linked else "",
            publisher=person("publisher", credit.publisher) if credit.publisher else None,
            place=self.name("place", credit.place, source, language) if credit.place else None,
            date=self.day(credit.date, language),
            url=credit.url if allowed_address(credit.url) else "",
        )

    def entry(self, name: str, face: Face) -> SimpleNamespace:
        """A document as lists show it, wherever they stand. Do not change it."""
        record = self.plan.records[name]
        made = face.entries.get(name)
        if made is None:
            made = face.entries[name] = self._entry(record, face)
        return made

    def _entry(self, record: Record, face: Face) -> SimpleNamespace:
        here, name = face.anywhere, record.document.name
        document, language = record.document, face.language
        tag = language.tag
        withheld = not record.decisions[tag].published
        shown = document.lang if withheld else tag
        page = self.plan.page(("document", name), shown)
        assert page is not None, (name, shown)
        edition = record.editions[shown]
        said = face.said
        if withheld:
            source = self.site.language(shown)
            wrap = f'<span lang="{source.tag}" dir="{source.direction}">'
            title = Markup(f"{wrap}{isolate(edition.title.text, source.direction)}</span>")
            summary = (
                Markup(f"{wrap}{isolate(edition.abstract.text, source.direction)}</span>")
                if edition.abstract
                else None
            )
            note = plain(said.in_language(languages.language_name(shown, language)))
        else:
            title = self.text(edition.title, record, language)
            summary = self.marked(edition.abstract, record, language) if edition.abstract else None
            note = plain(said.stale) if edition.title.state == "stale" else ""
        return SimpleNamespace(
            title=title,
            summary=summary,
            note=note,
            foreign=shown if withheld else "",
            date=self.day(document.date, language),
            href=self.link(here, page.address),
            tags=[self._term("tag", t, t, document.lang, face, here) for t in document.tags],
            credit=self.credit(document, face, here),
            image=self.picture(record, edition, here),
        )

    def picture(self, record: Record, edition: Edition, here: str | None) -> SimpleNamespace | None:
        """A document's leading picture; its addresses are absolute where `here` is None."""
        source = record.document.leading(edition.language)
        if not source:
            return None
        target = routes.resolve(self.plan, record, edition.language, source)
        if target.fault or is_external(source):
            return None
        known = self.pictures.get(target.address)
        language = self.site.language(edition.language)
        attributes = ""
        if edition.alt.state == "untranslated":
            original = self.site.language(record.document.lang)
            attributes = Markup(f' lang="{original.tag}" dir="{original.direction}"')
        return SimpleNamespace(
            src=self._from(here, target.address),
            width=known.width if known else 0,
            height=known.height if known else 0,
            srcset=self._srcset(known, here),
            alt=edition.alt.text,
            attributes=attributes,
            caption=self.marked(edition.caption, record, language) if edition.caption else None,
        )

    def alternates(self, page: Page) -> list[SimpleNamespace]:
        """A page's true counterparts, itself among them, and where a reader of no language
        of ours is sent: to the choice of language, or to the site's own."""
        found = [
            SimpleNamespace(tag=other.language, href=routes.absolute(self.site, other.address))
            for other in self.plan.true_counterparts(page)
        ]
        if found:
            front = page.key == ("home", "1")
            own = next((one for one in found if one.tag == self.site.default_language), found[0])
            found.append(SimpleNamespace(tag="x-default", href=self.site.base_url if front else own.href))
        return found

    def _from(self, here: str | None, there: str) -> str:
        return routes.absolute(self.site, there) if here is None else self.link(here, there)

    def _srcset(self, known: Picture | None, here: str | None) -> str:
        """A picture's smaller versions, as `srcset` wants them."""
        versions = known.versions if known else ()
        return ", ".join(f"{self._from(here, address)} {width}w" for width, address in versions)

    def _sizes(self, address: str, here: str | None) -> str:
        """The attributes of a body's picture beside its address."""
        known = self.pictures.get(address)
        if known is None:
            return ""
        made = f' width="{known.width}" height="{known.height}"'
        if known.versions:
            made += f' srcset="{self._srcset(known, here)}" sizes="{SIZES}"'
        return made

    # --- pages ---

    def frame(self, page: Page, face: Face, kind: str, title: str, heading: object = None) -> dict[str, Any]:
        """What base.html needs: `site` and `page`."""
        here, tag, link = page.address, face.language.tag, self.link
        # Pages of a kind share what they say of the site, but for those that the menus lead to.
        of = page.key[1].partition("/")[0] if page.key[0] == "document" else ""
        shared = here if here in self._doors(face) else (page.key[0], of)
        site = face.sites.get(shared)
        if site is None:
            site = face.sites[shared] = self._frame(page, face)
        way = face.language.direction
        full = " · ".join(dict.fromkeys(isolated(text, way) for text in (title, face.title)))
        switch = []
        for language in self.site.languages:
            other = page if language.tag == tag else self.plan.counterpart(page, language.tag)
            switch.append(
                SimpleNamespace(
                    tag=language.tag,
                    name=language.name,
                    direction=language.direction,
                    href=link(here, other.address),
                    same=other.key == page.key and other.index,
                    current=language.tag == tag,
                )
            )
        shown = SimpleNamespace(
            kind=kind,
            title=title,
            heading=heading if heading is not None else title,
            full_title=full,
            description="",
            canonical=routes.absolute(self.site, page.address),
            index=page.index,
            policy=policy(),
            alternates=self.alternates(page),
            properties=[],
            card="",
            data="",
            switch=switch,
            part=page.part,
            parts=page.parts,
            newer="",
            older="",
            above=None,
            count=0,
        )
        if page.parts > 1:
            base = page.address if page.part == 1 else page.address[: -len(f"page/{page.part}/")]
            if page.part > 1:
                shown.newer = link(here, base if page.part == 2 else f"{base}page/{page.part - 1}/")
            if page.part < page.parts:
                shown.older = link(here, f"{base}page/{page.part + 1}/")
        return {"site": site, "page": shown}

    def _doors(self, face: Face) -> frozenset[str]:
        """The addresses to which every page of a language leads."""
        known = self._entrances.get(face.language.tag)
        if known is None:
            tag = face.language.tag
            keys: list[Key] = [("home", "1"), ("archive",), ("newsletters",), ("search",), ("tags",), ("people",), ("publishers",)]
            keys += [("document", record.document.name) for record in self.plan.menu]
            found = (self.plan.page(key, tag) for key in keys)
            known = self._entrances[tag] = frozenset(page.address for page in found if page is not None)
        return known

    def _frame(self, page: Page, face: Face) -> SimpleNamespace:
        here, tag, link = face.anywhere, face.language.tag, self.link
        return SimpleNamespace(
            title=face.title,
            description=face.description,
            home=link(here, f"{tag}/"),
            feed=link(here, f"{tag}/feed.xml"),
            json_feed=link(here, f"{tag}/feed.json"),
            search=link(here, f"{tag}/search/") if self.search is not None else "",
            asset=lambda name: link(here, self.asset(name)),
            portable=self.portable,
            style=link(here, self.assets["style.css"]),
            icon=link(here, self.assets["icon.svg"]),
            script=link(here, self.assets["switch.js"]),
            menu=self._menu(page, face),
            indexes=self._indexes(page, face),
            contact=self._contact,
            accounts=self.site.accounts,
        )

    def _menu(self, page: Page, face: Face) -> list[SimpleNamespace]:
        here, tag, said = page.address, face.language.tag, face.said
        kind = page.key[0]
        found = [
            (plain(said.home), f"{tag}/", False),
            (plain(said.archive), f"{tag}/archive/", kind in ("year", "month")),
            (plain(said.tags), f"{tag}/tags/", kind == "tag"),
        ]
        if self.plan.page(("newsletters",), tag):
            below = kind == "document" and self.plan.records[page.names[0]].document.kind == "issue"
            found.append((plain(said.newsletters), f"{tag}/newsletters/", below))
        items = [
            SimpleNamespace(
                name=name,
                href=self.link(face.anywhere, address),
                current="page" if address == here else "true" if below else "",
            )
            for name, address, below in found
        ]
        for record in self.plan.menu:
            own = self.plan.page(("document", record.document.name), tag)
            if own is None or not own.index:
                continue
            title = self.text(record.editions[tag].title, record, face.language)
            items.append(
                SimpleNamespace(
                    name=title, href=self.link(face.anywhere, own.address), current="page" if own is page else ""
                )
            )
        return items

    def _indexes(self, page: Page, face: Face) -> list[SimpleNamespace]:
        """The indexes that there are: subjects, people, publishers."""
        found = [self.plan.page((key,), face.language.tag) for key in ("tags", "people", "publishers")]
        return [
            SimpleNamespace(
                name=plain(getattr(face.said, other.key[0])),
                href=self.link(face.anywhere, other.address),
                current=other is page,
            )
            for other in found
            if other is not None
        ]

    def article(self, page: Page, face: Face) -> dict[str, Any]:
        record = self.plan.records[page.names[0]]
        document, language, here = record.document, face.language, page.address
        edition = record.editions[language.tag]
        kind = "article" if document.kind == "post" else "page"
        values = self.frame(page, face, kind, edition.title.text)
        values["page"].description = edition.abstract.text
        partly = ""
        if edition.origin == "composed":
            if edition.blocks < edition.body_messages or "untranslated" in (
                edition.summary.state, edition.alt.state, edition.caption.state,
            ):  # fmt: skip
                name = languages.language_name(document.lang, language)
                partly = plain(face.said.partly(name))
            elif edition.stale_blocks or "stale" in (edition.title.state, edition.summary.state):
                partly = plain(face.said.outdated())
        body = self.body(record, language.tag)
        values["body"] = Markup(self.filled(body, record, language.tag, here))
        values["post"] = SimpleNamespace(
            title=self.text(edition.title, record, language),
            summary=self.marked(edition.summary, record, language) if edition.summary else None,
            date=self.day(document.date, language),
            updated=self.day(document.updated, language),
            partly=partly,
            image=self.picture(record, edition, here),
            credit=self.credit(document, face, here),
            tags=[self._term("tag", t, t, document.lang, face, here) for t in document.tags],
            elsewhere=[
                SimpleNamespace(
                    tag=other.language,
                    direction=self.site.language(other.language).direction,
                    href=self.link(here, other.address),
                    text=plain(self.faces[other.language].said.read_this),
                    also=plain(self.faces[other.language].said.also),
                    close=plain(self.faces[other.language].said.close),
                )
                for other in self.plan.true_counterparts(page)
                if other is not page
            ],
            parallel=self._parallel(record, here),
            **self._beside(page, face),
        )
        return values

    def _beside(self, page: Page, face: Face) -> dict[str, Any]:
        """The posts beside a post: the one before it, the one after it, its like."""
        beside = self.plan.beside(page)

        def shown(name: str) -> SimpleNamespace | None:
            target = self.plan.page(("document", name), face.language.tag)
            if target is None:
                return None
            record = self.plan.records[name]
            made = face.beside.get(name)
            if made is None:
                made = face.beside[name] = SimpleNamespace(
                    title=self.text(record.editions[face.language.tag].title, record, face.language),
                    href=self.link(face.anywhere, target.address),
                    date=self.day(record.document.date, face.language),
                )
            return made

        return {
            "older": shown(beside.older),
            "newer": shown(beside.newer),
            "related": [shown(name) for name in beside.related],
        }

    def _parallel(self, record: Record, here: str) -> str:
        """The way to the page with the editions side by side; empty where there is none."""
        page = self.plan.page(("parallel", record.document.name), self.site.default_language)
        return self.link(here, page.address) if page else ""

    def withheld(self, page: Page, face: Face) -> dict[str, Any]:
        record = self.plan.records[page.names[0]]
        language, here = face.language, page.address
        original = record.editions[record.document.lang]
        edition = record.editions[language.tag]
        source = self.site.language(original.language)
        target = self.plan.page(("document", record.document.name), source.tag)
        assert target is not None
        values = self.frame(page, face, "withheld", edition.title.text)
        name = languages.language_name(source.tag, language)
        title = original.title if edition.title.state == "untranslated" else edition.title
        values["post"] = SimpleNamespace(
            title=self.text(
                Text(text=title.text, state=edition.title.state), record, language
            ),
            summary=self.marked(edition.summary, record, language) if edition.summary else None,
            original=SimpleNamespace(
                tag=source.tag,
                direction=source.direction,
                href=self.link(here, target.address),
                text=plain(self.faces[source.tag].said.read_this),
                **{"in": name},
            ),
        )
        return values

    def redirect(self, page: Page, face: Face) -> dict[str, Any]:
        record = self.plan.records[page.key[1]]
        names = (record.editions[page.language].title.text, face.title)
        return {
            "page": SimpleNamespace(
                full_title=" · ".join(isolated(name, face.language.direction) for name in names),
                canonical=routes.absolute(self.site, page.target),
                policy=policy(),
                target=self.link(page.address, page.target),
            ),
            "site": SimpleNamespace(icon=self.link(page.address, self.assets["icon.svg"])),
        }

    def home(self, page: Page, face: Face) -> dict[str, Any]:
        title = face.title
        if page.part > 1:
            number = languages.format_number(page.part, face.language)
            title = plain(face.said.page_title(face.said.posts, number))
        values = self.frame(page, face, "home", title)
        values["page"].description = face.description
        values["posts"] = [self.entry(name, face) for name in page.names]
        return values

    def list(self, page: Page, face: Face) -> dict[str, Any]:
        said, language = face.said, face.language
        kind = page.key[0]
        above_key: tuple[str, ...]
        count = len(page.names)
        if kind == "month":
            name = languages.format_month(*page.month, language, both=language.gregorian)
            title, heading = plain(said.about_month(name)), Markup(said.about_month(Markup("<bdi>{}</bdi>").format(name)))
            above_key, above = ("year", *page.key[1:3]), languages.format_year(page.month[0], language)
        else:
            written = self.plan.written_in(kind, page.subject)
            words = self.plain_name(kind, page.subject, written, language.tag)
            macro = {"tag": said.about_tag, "person": said.about_person, "publisher": said.about_publisher}[kind]
            shown = self.name(kind, page.subject, written, language)
            title, heading = plain(macro(words)), Markup(macro(shown))
            all_kind = {"tag": "tags", "person": "people", "publisher": "publishers"}[kind]
            above_key, above = (all_kind,), plain(getattr(said, all_kind))
            first = self.plan.page((*page.key[:-1], "1"), language.tag)
            count = (page.parts - 1) * self.site.page_size + len(page.names)
            if first and page.parts > 1:
                last = self.plan.page((*page.key[:-1], str(page.parts)), language.tag)
                count = (page.parts - 1) * self.site.page_size + len(last.names if last else ())
            if page.part > 1:
                title = plain(said.page_title(title, languages.format_number(page.part, language)))
        above_page = self.plan.page(above_key, language.tag)
        assert above_page is not None
        values = self.frame(page, face, "list", title, heading)
        values["page"].count = count
        values["page"].above = SimpleNamespace(
            name=str(above), href=self.link(page.address, above_page.address)
        )
        values["posts"] = [self.entry(name, face) for name in page.names]
        return values

    def archive(self, page: Page, face: Face) -> dict[str, Any]:
        """The months of all years, or of one."""
        language, both = face.language, face.language.gregorian
        only, _ = page.month
        title: str = plain(face.said.archive)
        heading: object = None
        if only:
            name = languages.format_year(only, language, both=both)
            title = plain(face.said.about_month(name))
            heading = Markup(face.said.about_month(Markup("<bdi>{}</bdi>").format(name)))
        values = self.frame(page, face, "archive", title, heading)
        if only and (above := self.plan.page(("archive",), language.tag)):
            values["page"].above = SimpleNamespace(
                name=plain(face.said.archive), href=self.link(page.address, above.address)
            )
        values["years"] = years = []
        for other in self.plan.pages:
            if other.language != language.tag or (only and other.month[0] != only):
                continue
            if other.key[0] == "year":
                years.append(
                    SimpleNamespace(
                        name=languages.format_year(other.month[0], language, both=both),
                        href=self.link(page.address, other.address),
                        months=[],
                    )
                )
            elif other.key[0] == "month":
                years[-1].months.append(
                    SimpleNamespace(
                        name=languages.format_month(*other.month, language, both=both),
                        href=self.link(page.address, other.address),
                        count=len(other.names),
                    )
                )
        return values

    def terms(self, page: Page, face: Face) -> dict[str, Any]:
        language, kind = face.language, page.subject
        values = self.frame(page, face, "terms", plain(getattr(face.said, page.key[0])))
        found: dict[str, list[Page]] = {}
        for other in self.plan.pages:
            if other.key[0] == kind and other.language == language.tag:
                found.setdefault(other.subject if other.part == 1 else other.key[1], []).append(other)
        rows = []
        for pages in found.values():
            first = pages[0]
            written = self.plan.written_in(kind, first.key[1])
            rows.append(
                SimpleNamespace(
                    name=self.name(kind, first.key[1], written, language),
                    plain=self.plain_name(kind, first.key[1], written, language.tag),
                    href=self.link(page.address, first.address),
                    count=sum(len(p.names) for p in pages),
                )
            )
        rows.sort(key=lambda row: languages.sort_key(row.plain, language))
        values["terms"] = rows
        values["kinds"] = values["site"].indexes
        return values


_PLACE = "\x01"
"""Before links of pieces that stand on several pages; no text holds it."""

_ODD = re.compile(r"[^A-Za-z0-9_.\-~/]")


def placed(html: str, page: Page) -> str:
    """A page in whose shared pieces the links lead from where it stands."""
    own, depth = f"{page.language}/", page.address.count("/")
    up = "../" * (depth - 1) if page.address.startswith(own) else "../" * depth + own
    if not up:  # the front page, which leads to itself
        html = html.replace(f'{_PLACE}"', './"')
    return html.replace(_PLACE, up)


Maker = Callable[[Press, Page, Face], dict[str, Any]]
"""Gives the values for a page's template."""

MAKERS: dict[str, Maker] = {
    "article.html": Press.article,
    "withheld.html": Press.withheld,
    "redirect.html": Press.redirect,
    "home.html": Press.home,
    "list.html": Press.list,
    "archive.html": Press.archive,
    "terms.html": Press.terms,
}


def shared(press: Press) -> Iterator[Artefact]:
    """The pages that belong to no edition: the choice of language, and 404."""
    site = press.site
    face = press.faces[site.default_language]
    for name, path, root in (("choose.html", "index.html", ""), ("404.html", "404.html", None)):
        # 404 is served at any depth, so its links start at the path of base_url.
        base = re.sub(r"^[a-z]+://[^/]+", "", site.base_url)

        def link(there: str, root: str | None = root, base: str = base) -> str:
            if root is None and not press.portable:
                return base + there
            return press.link("", there)

        doors = []
        for language in site.languages:
            own = press.faces[language.tag]
            doors.append(
                SimpleNamespace(
                    tag=language.tag,
                    direction=language.direction,
                    name=language.name,
                    title=own.title,
                    description=own.description,
                    href=link(f"{language.tag}/"),
                    lost=plain(own.said.lost),
                    lost_title=plain(own.said.lost_title),
                    front=plain(own.said.front_page),
                    last=plain(own.said.read_last),
                )
            )
        titles = dict.fromkeys(press.faces[language.tag].title for language in site.languages)
        lost = dict.fromkeys(plain(press.faces[x.tag].said.lost_title) for x in site.languages)
        values = {
            "page": SimpleNamespace(
                full_title=" · ".join(titles if root is not None else lost),
                canonical=site.base_url,
                policy=policy(),
                alternates=[
                    SimpleNamespace(tag=x.tag, href=routes.absolute(site, f"{x.tag}/"))
                    for x in site.languages
                ]
                + [SimpleNamespace(tag="x-default", href=site.base_url)],
            ),
            "site": SimpleNamespace(
                style=link(press.assets["style.css"]),
                icon=link(press.assets["icon.svg"]),
                script=link(press.assets["switch.js"]),
            ),
            "doors": doors,
        }
        yield Artefact(path=path, data=face.render(name, values).encode())


def policy(**directives: str) -> Markup:
    """A page's Content-Security-Policy: it may use what is beside it, and nothing inline.

    `directives` are over the usual ones: `policy(script_src="'self' 'wasm-unsafe-eval'")`.
    """
    wanted = _POLICY | {name.replace("_", "-"): value for name, value in directives.items()}
    return Markup("; ".join(f"{name} {value}" for name, value in wanted.items()))


_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
}


def moment(day: Day | None, site: Site) -> str:
    """A day as RFC 3339, the start of the day in the site's zone; for feeds."""
    if day is None:
        return "1970-01-01T00:00:00Z"
    if not isinstance(day, datetime):
        day = datetime.combine(day, time(), ZoneInfo(site.time_zone))
    return day.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def newest(days: Sequence[Day | None]) -> Day | None:
    """The latest of some days and times."""
    found = [day for day in days if day is not None]
    return max(found, key=lambda day: (str(day), isinstance(day, datetime))) if found else None


def plain(text: object) -> str:
    """What a template's macro or variable says, as text: no tags, no entities."""
    made = Markup(text)
    return made.striptags() if "<" in made else made.unescape()


def _unharvestable(address: str) -> Markup:
    """A mail address that people and screen readers read whole, and harvesters do not."""
    if not address:
        return Markup("")
    name, _, host = address.partition("@")

    def coded(text: str) -> str:
        return "".join(f"&#{ord(character)};" for character in text)

    decoy = '<span hidden>.remove-this</span>'
    return Markup(f'<span class="address" dir="ltr">{coded(name)}{decoy}{coded("@")}{decoy}{coded(host)}</span>')

