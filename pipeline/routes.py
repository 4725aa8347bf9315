"""Editions → pages: every address of the site, known before anything renders.

Twin addresses are found here and fail a build; links are resolved against the plan.
What is published is decided elsewhere and never changed here. No HTML, no disk.
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from urllib.parse import quote, unquote

from pipeline import languages
from pipeline.content import slugify
from pipeline.html import is_external
from pipeline.issues import Issue
from pipeline.localise import Edition
from pipeline.model import Document, Language, Site
from pipeline.problems import Problem, problem
from pipeline.publish import Record
from pipeline.related import Beside, Neighbours, Piece
from pipeline.speech import say

Key = tuple[str, ...]
"""What a page is, whatever its language: ("document", name), ("tag", key, "2"), …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of one edition. `address` is its path in the output, `en/posts/x/`.

    `names` are the documents that it shows, in order; `part` of `parts` where a list
    runs over several pages. `subject` is the tag or name that it is about, `month` the
    year and month of an archive's page in its calendar (of a year's, the month is 0).
    """

    key: Key
    template: str
    language: str
    address: str
    names: tuple[str, ...] = ()
    part: int = 1
    parts: int = 1
    subject: str = ""
    month: tuple[int, int] = (0, 0)
    target: str = ""
    index: bool = True


@dataclass(slots=True, kw_only=True)
class Terms:
    """Names and tags in each language: (context, name as written) → text."""

    tables: Mapping[str, Mapping[tuple[str, str], str]]

    def get(self, tag: str, context: str, name: str) -> str | None:
        return self.tables.get(tag, {}).get((context, name))


class Records(Mapping[str, Record]):
    """The documents of a plan, by name: notes whose texts somebody takes, for who has to
    know what was made of what."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        self._all = records
        self._asked: set[str] = set()

    def __getitem__(self, name: str) -> Record:
        self._asked.add(name)
        return self._all[name]

    def values(self) -> ValuesView[Record]:
        """All of them; nobody is noted for that."""
        return self._all.values()

    def items(self) -> ItemsView[str, Record]:
        """As `values`."""
        return self._all.items()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @contextmanager
    def noted(self) -> Iterator[set[str]]:
        """Collects the names of the documents that are taken meanwhile."""
        names: set[str] = set()
        self._asked = names
        yield names
        self._asked = set()


@dataclass(kw_only=True)
class Plan:
    """Every page and address of a site. `files` are pictures and other files to copy, `kept`
    those of a kind that does not go out."""

    site: Site
    records: Records
    terms: Terms
    pages: tuple[Page, ...] = ()
    addresses: dict[tuple[Key, str], Page] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    issues: Mapping[tuple[str, str], Issue] = field(default_factory=dict)

    @cached_property
    def posts(self) -> tuple[Record, ...]:
        """The posts that go out in any edition, newest first."""
        return tuple(
            sorted(
                (r for r in self.records.values() if r.document.kind == "post" and self.out(r)),
                key=lambda r: (_day(r.document, self.site), r.document.name),
                reverse=True,
            )
        )

    @cached_property
    def newsletters(self) -> tuple[Record, ...]:
        """The issues that go out in any edition, newest first."""
        return tuple(
            sorted(
                (r for r in self.records.values() if r.document.kind == "issue" and self.out(r)),
                key=lambda r: (_day(r.document, self.site), r.document.number or 0, r.document.name),
                reverse=True,
            )
        )

    def pieces(self, tag: str) -> list[Piece]:
        """An edition's posts, newest first, as far as their neighbours matter."""
        known: dict[str, list[Piece]] = self.__dict__.setdefault("_pieces", {})
        if tag not in known:
            known[tag] = self._pieces_of(tag)
        return known[tag]

    def _pieces_of(self, tag: str) -> list[Piece]:
        pieces = []
        for record in self.posts:
            document = record.document
            if record.decisions[tag].published:
                authors = document.credit.authors if document.credit else ()
                people = (canonical(self, "person", name, document.lang) for name in authors)
                pieces.append(
                    Piece(
                        name=document.name,
                        day=_day(document, self.site).toordinal(),
                        subjects=document.tags,
                        people=tuple(people),
                    )
                )
        return pieces

    def beside(self, page: Page) -> Beside:
        """The posts that stand beside a post on its page: all go out in that edition."""
        if page.template != "article.html":
            return Beside()
        known: dict[str, Neighbours] = self.__dict__.setdefault("_neighbours", {})
        if page.language not in known:
            known[page.language] = Neighbours(self.pieces(page.language))
        return known[page.language].beside(page.key[1])

    @cached_property
    def menu(self) -> tuple[Record, ...]:
        """The documents that stand in the menu."""
        found = [record for record in self.records.values() if record.document.kind == "page"]
        return tuple(sorted(found, key=lambda record: record.document.name))

    @cached_property
    def spellings(self) -> dict[tuple[str, str, str], str]:
        """A name's spellings: (context, canonical name, language) → as documents write it."""
        spelt: dict[tuple[str, str, str], str] = {}
        for record in self.posts:
            written, credit = record.document.lang, record.document.credit
            if credit is None:
                continue
            for context, names in (("person", credit.authors), ("publisher", (credit.publisher,))):
                for name in filter(None, names):
                    spelt.setdefault((context, canonical(self, context, name, written), written), name)
        return spelt

    @cached_property
    def foreign(self) -> dict[tuple[str, str], str]:
        """Names as documents write them that are not in the default language: their language."""
        found: dict[tuple[str, str], str] = {}
        for record in self.posts:
            document, credit = record.document, record.document.credit
            if document.lang == self.site.default_language or credit is None:
                continue
            for context, names in (("person", credit.authors), ("publisher", (credit.publisher,))):
                for name in names:
                    found.setdefault((context, name), document.lang)
        return found

    @cached_property
    def paths(self) -> dict[str, tuple[str, str]]:
        """Source file → (document, language where the file is an authored edition)."""
        found: dict[str, tuple[str, str]] = {}
        for name, record in self.records.items():
            found[record.document.path] = (name, "")
            for edition in record.document.authored:
                found[edition.path] = (name, edition.lang)
        return found

    def written_in(self, context: str, name: str) -> str:
        """The language in which a canonical name stands."""
        return self.foreign.get(("person" if context == "person" else "publisher", name), self.site.default_language)

    def out(self, record: Record) -> bool:
        """Whether the document goes out at all."""
        return record.decisions[record.document.lang].published

    def page(self, key: Key, tag: str) -> Page | None:
        return self.addresses.get((key, tag))

    def counterpart(self, page: Page, tag: str) -> Page:
        """The same page in another language, else the list above it."""
        key: Key = page.key
        found = self.addresses.get((key, tag))
        while found is None and key:
            key = _above(key)
            found = self.addresses.get((key, tag))
        assert found is not None, page
        return found

    def true_counterparts(self, page: Page) -> list[Page]:
        """The page in every language in which it stands for the same thing, for hreflang."""
        if not page.index:
            return []
        found = [
            other
            for language in self.site.languages
            if (other := self.addresses.get((page.key, language.tag))) is not None and other.index
        ]
        return found if len(found) > 1 else []


def _above(key: Key) -> Key:
    """The list above a page: a list's first part, the list of lists, the front page."""
    kind = key[0]
    if kind == "parallel":
        return ("document", key[1])
    if kind in ("home", "tag", "person", "publisher") and key[-1] != "1":
        return (*key[:-1], "1")
    if kind == "month":
        return ("year", *key[1:3])
    if kind == "year":
        return ("archive",)
    if kind in ("tag", "person", "publisher"):
        return ({"tag": "tags", "person": "people", "publisher": "publishers"}[kind],)
    if kind == "home":
        return ()
    if kind == "document" and key[1].startswith("newsletters/"):
        return ("newsletters",)
    return ("home", "1")


def _day(document: Document, site: Site) -> date:
    if document.date is None:
        return date.min
    return languages.local_day(document.date, site.time_zone)


_KINDS = """
png jpg jpeg jfif gif webp avif heic heif svg apng bmp ico tif tiff psd
mp3 m4a aac ogg oga opus flac wav weba mid mp4 m4v mov webm ogv mkv avi vtt srt
woff woff2 ttf otf
pdf epub djvu
odt ods odp odg doc docx dot dotx xls xlsx ppt pptx pps ppsx rtf tex bib
txt text csv tsv json geojson ics vcf gpx
zip gz tgz bz2 xz 7z tar zst rar
"""
PUBLISHED = frozenset(_KINDS.split())
"""Kinds of files that go out from content. Neither a browser nor a server runs any of them."""

FEEDS = ("feed.xml", "feed.json")
"""An edition's feeds, in its folder."""

RESERVED = frozenset(
    ["posts", "archive", "tags", "people", "publishers", "newsletters", "search", "feed.xml", "feed.json", "parallel", "page", "assets"]
)


_FOLDERS = {"post": "posts/", "page": "", "issue": "newsletters/"}
_TEMPLATES = {"post": "article.html", "page": "article.html", "issue": "newsletter.html"}


def plan(
    site: Site,
    records: Mapping[str, Record],
    terms: Terms,
    assets: Iterable[str],
    issues: Mapping[tuple[str, str], Issue] | None = None,
) -> Plan:
    """Every page of the site. `assets` are the non-document files under content/."""
    made = Plan(site=site, records=Records(records), terms=terms, issues=issues or {})
    pages: list[Page] = []
    for language in site.languages:
        pages += _documents(made, language)
        pages += _lists(made, language)
    if site.parallel:
        pages += _parallel(made)
    twins: dict[str, Page] = {}
    for page in pages:
        same = unicodedata.normalize("NFC", unicodedata.normalize("NFD", page.address).casefold())
        other = twins.setdefault(same, page)
        if other is not page:
            made.problems.append(_twin(made, page, other))
            continue
        if page.template != "redirect.html":
            made.addresses[(page.key, page.language)] = page
    made.pages = tuple(pages)
    assets = list(assets)
    known = {path for path in assets if _kind(path) in PUBLISHED}
    made.kept = frozenset(assets) - known
    made.files = {path: "media/" + path.removeprefix("content/") for path in sorted(known)}
    _clashes(made)
    return made


def _kind(path: str) -> str:
    """How a file's name ends; nothing where it has no ending."""
    return path.rpartition("/")[2].rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else ""


def _feeds(made: Plan) -> set[str]:
    """Where feeds stand: each edition's, and that of its issues."""
    folders = [f"{language.tag}/" for language in made.site.languages]
    if made.newsletters:
        folders += [f"{language.tag}/newsletters/" for language in made.site.languages]
    return {f"{folder}{name}" for folder in folders for name in FEEDS}


def _clashes(made: Plan) -> None:
    """Pages whose folder would be another's file: `x/index.html` where `x` is one."""
    files = {"index.html", "404.html", "sitemap.xml", *made.files.values()}
    files |= _feeds(made)
    standing = files | {page.address + "index.html" for page in made.pages}
    searches = tuple(f"{language.tag}/search/" for language in made.site.languages)
    for page in made.pages:
        parts = page.address.rstrip("/").split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
        taken = sorted({path for path in above if path in standing} | ({page.address + "index.html"} & files))
        reserved = parts[0] in ("assets", "cards", "media") or (
            page.key != ("search",) and page.address.startswith(searches)
        )
        if taken or reserved:
            made.problems.append(
                problem("twin-address", say("the address {address} is in the way of {other}",
                            address=f"/{page.address}", other=f"/{(taken or parts)[0]}"),
                        _owner(made, page), hint=say("give the page another slug or alias"))
            )  # fmt: skip


def _twin(made: Plan, page: Page, other: Page) -> Problem:
    """Two pages of one address: at the document that can be given another, if there is one."""
    if page.key[0] != "document":
        page, other = other, page
    if page.key[0] in _NAMED:
        # Told once, whatever the languages and parts of the two lists.
        return problem(
            "twin-address",
            say("the {kind} `{one}` and `{other}` would have the same address",
                kind=_NAMED[page.key[0]], one=page.key[1], other=other.key[1]),
            *_named(made, *page.key[:2]),
            hint=say("write both alike, or give one of them another name"),
        )
    what = _owner(made, other) if other.key[0] == "document" else say("a list of the site ({kind})", kind=other.key[0])
    return problem(
        "twin-address",
        say("two pages have the address {address}: this and {other}", address=f"/{page.address}", other=what),
        _owner(made, page),
        hint=say("give one of them another slug"),
    )


_NAMED = {"tag": say("tags"), "person": say("names"), "publisher": say("publishers")}


def _named(made: Plan, kind: str, name: str) -> tuple[str, int, int]:
    """Where a tag or name stands first: a document's path, line and column."""
    for record in sorted(made.posts, key=lambda record: record.document.path):
        document, credit = record.document, record.document.credit
        found = {
            "tag": [(f"tags.{n}", tag) for n, tag in enumerate(document.tags)],
            "person": [(f"credit.authors.{n}", one) for n, one in enumerate(credit.authors if credit else ())],
            "publisher": [("credit.publisher", credit.publisher)] if credit else [],
        }[kind]
        for key, one in found:
            if (one if kind == "tag" else canonical(made, kind, one, document.lang)) == name:
                return document.path, *document.source.get(key, (0, 0))
    return "content", 0, 0


def _owner(made: Plan, page: Page) -> str:
    if page.key[0] == "document":
        return made.records[page.key[1]].document.path
    return " ".join(page.key)


def address_of(kind: str, tag: str, slug: str) -> str:
    """Where a document of a kind stands in a language."""
    return f"{tag}/{_FOLDERS[kind]}{slug}/"


def alias_address(kind: str, tag: str, alias: str) -> str:
    """An earlier address of a document, as its front matter has it."""
    return alias.strip("/") + "/" if alias.startswith("/") else address_of(kind, tag, alias)


def _documents(made: Plan, language: Language) -> list[Page]:
    pages: list[Page] = []
    tag = language.tag
    for name, record in made.records.items():
        decision = record.decisions[tag]
        if decision.outcome in ("draft", "held") or not made.out(record):
            continue
        document = record.document
        edition = record.editions[tag]
        slug = edition.slug or name.partition("/")[2]
        if document.kind == "page" and slug.partition("/")[0] in RESERVED:
            line, column = document.source.get("slug", (0, 0))
            made.problems.append(
                problem("reserved", say("`{slug}` is an address of the site's own", slug=slug), document.path,
                        line, column, hint=say("give the page another slug"))
            )  # fmt: skip
            continue
        address = address_of(document.kind, tag, slug)
        pages.append(
            Page(
                key=("document", name),
                template=_TEMPLATES[document.kind] if decision.published else "withheld.html",
                language=tag,
                address=address,
                names=(name,),
                index=decision.published,
            )
        )
        for alias in document.aliases.get(tag, ()):
            old = alias_address(document.kind, tag, alias)
            pages.append(
                Page(key=("document", name), template="redirect.html", language=tag,
                     address=old, target=address, index=False)
            )  # fmt: skip
    return pages


def _parallel(made: Plan) -> list[Page]:
    """The pages with editions side by side: of documents that have two or more published.

    They belong to no edition: their own words are in the site's default language.
    """
    return [
        Page(key=("parallel", name), template="parallel.html", language=made.site.default_language,
             address=f"parallel/{name}/", names=(name,), index=False)
        for name, record in made.records.items()
        if record.document.kind != "issue"
        and made.out(record)
        and sum(decision.published for decision in record.decisions.values()) > 1
    ]  # fmt: skip


def _lists(made: Plan, language: Language) -> list[Page]:
    tag, site = language.tag, made.site
    pages = _parts(made, ("home",), "home.html", tag, f"{tag}/", made.posts)
    months: dict[tuple[int, int], list[Record]] = {}
    by_tag: dict[str, list[Record]] = {}
    people: dict[str, list[Record]] = {}
    publishers: dict[str, list[Record]] = {}
    for record in made.posts:
        document = record.document
        day = _day(document, site)
        months.setdefault(languages.month_of(day, language), []).append(record)
        for name in document.tags:
            by_tag.setdefault(name, []).append(record)
        if document.credit:
            for author in document.credit.authors:
                people.setdefault(canonical(made, "person", author, document.lang), []).append(record)
            if document.credit.publisher:
                name = canonical(made, "publisher", document.credit.publisher, document.lang)
                publishers.setdefault(name, []).append(record)
    if any(record.document.kind == "issue" and made.out(record) for record in made.records.values()):
        pages.append(
            Page(key=("newsletters",), template="newsletters.html", language=tag,
                 address=f"{tag}/newsletters/")
        )  # fmt: skip
    if site.search:
        pages.append(
            Page(key=("search",), template="search.html", language=tag, address=f"{tag}/search/",
                 index=False)
        )  # fmt: skip
    pages.append(Page(key=("archive",), template="archive.html", language=tag, address=f"{tag}/archive/"))
    years: set[int] = set()
    for (year, month), found in sorted(months.items(), reverse=True):
        if year not in years:
            years.add(year)
            pages.append(
                Page(key=("year", language.calendar, str(year)), template="archive.html", language=tag,
                     address=f"{tag}/archive/{year}/", month=(year, 0))
            )  # fmt: skip
        pages.append(
            Page(
                key=("month", language.calendar, str(year), str(month)),
                template="list.html",
                language=tag,
                address=f"{tag}/archive/{year}/{month:02}/",
                names=tuple(r.document.name for r in found),
                month=(year, month),
            )
        )
    for kind, all_kind, folder, table in (
        ("tag", "tags", "tags", by_tag),
        ("person", "people", "people", people),
        ("publisher", "publishers", "publishers", publishers),
    ):
        if table or kind == "tag":  # the menu leads to subjects
            pages.append(
                Page(key=(all_kind,), template="terms.html", language=tag,
                     address=f"{tag}/{folder}/", subject=kind)
            )  # fmt: skip
        for name in sorted(table):
            pages += _parts(
                made, (kind, name), "list.html", tag, f"{tag}/{folder}/{_slug(name)}/", table[name]
            )
    return pages


_SIGNS = {"+": " plus ", "#": " sharp "}


def _slug(name: str) -> str:
    """A name as a part of an address: `C++` is c-plus-plus, and no other than `C`.

    Signs that no letters stand for are their code points, so that an emoji tells names
    apart as well; a name without letters is nothing but code points.
    """
    told = "".join(
        _SIGNS.get(one) or (f" {ord(one):x} " if unicodedata.category(one)[0] == "S" else one) for one in name
    )
    return slugify(told) or "-".join(f"{ord(one):x}" for one in name[:20])


def canonical(made: Plan, context: str, name: str, written_in: str) -> str:
    """A name as the site's default language has it: the same person under both spellings."""
    default = made.site.default_language
    if written_in == default:
        return name
    return made.terms.get(default, context, name) or name


def _parts(
    made: Plan, key: Key, template: str, tag: str, address: str, records: Sequence[Record]
) -> list[Page]:
    """A list in pages of the site's page size; an empty list is one page."""
    size = made.site.page_size
    names = tuple(record.document.name for record in records)
    parts = max(1, -(-len(names) // size))
    return [
        Page(
            key=(*key, str(part)),
            template=template,
            language=tag,
            address=address if part == 1 else f"{address}page/{part}/",
            names=names[(part - 1) * size : part * size],
            part=part,
            parts=parts,
            subject=key[-1] if len(key) > 1 else "",
        )
        for part in range(1, parts + 1)
    ]


# --- links -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Where an address inside the site leads: a page with a fragment, a file, or nothing.

    `foreign` is the language of the page where it is not the reader's own.
    """

    address: str = ""
    fragment: str = ""
    foreign: str = ""
    fault: str = ""


def resolve(made: Plan, record: Record, tag: str, address: str) -> Resolved:
    """The target of an address as a document's text writes it, in one edition."""
    path, _, fragment = address.partition("#")
    path = path.partition("?")[0]
    if not path:
        edition = record.editions[tag]
        if fragment and not _anchored(edition, record, fragment):
            said = say("there is no heading `{id}` here", id=f"#{unquote(fragment)}")
            return Resolved(fault=said, fragment=fragment)
        own = made.page(("document", record.document.name), tag)
        return Resolved(address=own.address if own else "", fragment=fragment)
    path = unicodedata.normalize("NFC", unquote(path))
    if path.startswith("/"):
        wanted = path.lstrip("/")
        for candidate in (wanted, wanted.rstrip("/") + "/"):
            if candidate in _all_addresses(made):
                return Resolved(address=candidate, fragment=fragment)
        return Resolved(fault=say("there is no page `{path}` on this site", path=path))
    target = posixpath.normpath(posixpath.join(record.document.folder, path))
    if target.endswith(".md"):
        return _document(made, target, tag, fragment)
    stem, dot, suffix = target.rpartition(".")
    for candidate in (f"{stem}.{tag}{dot}{suffix}", target):  # map.fa.png before map.png
        if candidate in made.files:
            return Resolved(address=made.files[candidate], fragment=fragment)
        if candidate in made.kept:
            kind = _kind(candidate)
            return Resolved(fault=(
                say("files of the kind .{kind} are not published: put `{target}` into a .zip, or link to where it is",
                    kind=kind, target=candidate)
                if kind
                else say("`{target}` has no ending that says what kind of file it is", target=candidate)
            ))  # fmt: skip
    return Resolved(fault=say("there is no file `{target}`", target=target))


def _document(made: Plan, target: str, tag: str, fragment: str) -> Resolved:
    name, wanted = made.paths.get(target, ("", ""))
    if not name:
        return Resolved(fault=say("there is no document `{target}`", target=target))
    record = made.records[name]
    if not made.out(record):
        detail = record.decisions[record.document.lang].detail
        return Resolved(fault=say("`{target}` is not published: {detail}", target=target, detail=detail))
    tag = wanted or tag
    foreign = ""
    if not record.decisions[tag].published:
        tag = foreign = record.document.lang
    edition = record.editions[tag]
    if fragment and not _anchored(edition, record, fragment):
        return Resolved(fault=say("there is no heading `{id}` in `{target}`", id=f"#{unquote(fragment)}", target=target))
    page = made.page(("document", name), tag)
    if page is None:
        return Resolved(fault=say("`{target}` has no page of its own", target=target))
    return Resolved(address=page.address, fragment=fragment, foreign=foreign or (wanted and tag))


_OURS = ("b-", "fn-", "fnref-")
"""How ids begin that are made of a text's words and numbers; links to them are not checked."""


def lasting(anchors: Iterable[str]) -> list[str]:
    """Those of a text's anchors that are checked where a link leads to one."""
    return [name for name in anchors if not name.startswith(_OURS)]


def _anchored(edition: Edition, record: Record, fragment: str) -> bool:
    name = unquote(fragment)
    if name.startswith(_OURS):
        return True
    return name in edition.anchors or name in record.editions[record.document.lang].anchors


def _all_addresses(made: Plan) -> set[str]:
    cached: set[str] | None = made.__dict__.get("_all")
    if cached is None:
        cached = {page.address for page in made.pages} | set(made.files.values()) | {""}
        cached |= _feeds(made)
        cached.add("sitemap.xml")
        made.__dict__["_all"] = cached
    return cached


def broken_links(made: Plan) -> list[Problem]:
    """Every link of a published text that leads nowhere, at its line."""
    found: dict[tuple[str, int, str], Problem] = {}
    for record in made.records.values():
        for tag, edition in record.editions.items():
            if not record.decisions[tag].published:
                continue
            links = [(link.address, link.path, link.line) for link in edition.links]
            image = record.document.image
            own = record.document.authored_in(tag)
            if own is not None and own.image is not None:
                image = own.image
            if image is not None and image.src and edition.origin != "composed":
                path = own.path if own else record.document.path
                line = (own or record.document).source.get("image", (0, 0))[0]
                if is_external(image.src):
                    found.setdefault(
                        (path, line, image.src),
                        problem("foreign-image",
                                say("the picture `{address}` is on another host: it is not shown",
                                    address=image.src),
                                path, line, severity="warn",
                                hint=say("put the file beside the document: readers' browsers ask no other host"))
                    )  # fmt: skip
                else:
                    links.append((image.src, path, line))
            for address, path, line in links:
                target = resolve(made, record, tag, address)
                if target.fault:
                    found.setdefault(
                        (path, line, address),
                        problem("broken-link", say("broken link `{address}`: {fault}", address=address, fault=target.fault), path, line,
                                hint=say("correct the address, or set {setting} under {table} in site.toml",
                                         setting='broken-link = "warn"', table="[checks]")),
                    )  # fmt: skip
    return list(found.values())


def relative(here: str, there: str, *, portable: bool = False) -> str:
    """The link from one address to another, percent-encoded; `portable` names index.html."""
    from_here, (to, quoted, last) = _folders(here), _taken_apart(there)
    common, most = 0, min(len(from_here), len(to))
    while common < most and from_here[common] == to[common]:
        common += 1
    if portable and not last:
        last = "index.html"
    return f"{'../' * (len(from_here) - common)}{''.join(quoted[common:])}{last}" or "./"


@lru_cache(maxsize=1024)
def _folders(address: str) -> tuple[str, ...]:
    return tuple(address.split("/")[:-1])


@lru_cache(maxsize=1 << 16)
def _taken_apart(address: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """An address's folders, the same percent-encoded, and its last part."""
    *folders, last = address.split("/")
    return tuple(folders), tuple(f"{quote(part, safe='')}/" for part in folders), quote(last, safe="")


def absolute(site: Site, address: str) -> str:
    """The full address of a page or file."""
    return site.base_url + quote(address, safe="/")
