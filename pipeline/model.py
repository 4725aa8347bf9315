"""The nouns: site, language, document, message, and what they are made of.

Frozen values, made of tuples, without behaviour beyond look-up. Nothing here reads,
parses or prints. Bodies are not kept in documents: memory holds metadata only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Kind = Literal["post", "page", "issue"]
Direction = Literal["ltr", "rtl"]

KINDS: Mapping[str, Kind] = {"posts": "post", "pages": "page", "newsletters": "issue"}
"""The folder under content/ and the kind of the documents in it."""

Day = date | datetime
"""A day, or an aware time in the site's time zone."""

Due = Mapping[str, date]
"""By which day each language is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One of the site's languages; site.toml over CLDR.

    `incomplete` is "mark", "withhold" or the least share of source words, 0 to 1.
    `digits` is a CLDR numbering system (`latn`, `arabext`), `calendar` a CLDR calendar.
    `gregorian` asks for the Gregorian date beside the calendar's own. `mailing_list` is the
    list manager's number of the list for this language's newsletter; 0 is none.
    """

    tag: str
    name: str
    direction: Direction = "ltr"
    calendar: str = "gregorian"
    digits: str = "latn"
    incomplete: str | float = "mark"
    stale: Literal["keep", "source"] = "keep"
    review: bool = False
    gregorian: bool = False
    mailing_list: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The site's account elsewhere, shown in the footer."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """How the newsletter is put together and handed over.

    `missing` says what becomes of an item whose edition does not go out: the original in
    its place, marked; left out; or no issue at all. `sender` is the address that mails
    come from, `reply_to` where answers go, `list_id` the name in List-Id, `unsubscribe`
    the page or mail address of List-Unsubscribe, `one_click` whether it answers a POST
    (RFC 8058). `images` are linked to the site or embedded. `listmonk` is the address of a
    list manager; `smtp` a host with its port, `security` how it is spoken to, `rate` how
    many mails a minute at most.
    """

    missing: Literal["original", "leave-out", "stop"] = "original"
    sender: str = ""
    reply_to: str = ""
    list_id: str = ""
    unsubscribe: str = ""
    one_click: bool = False
    images: Literal["link", "embed"] = "link"
    listmonk: str = ""
    smtp: str = ""
    security: Literal["starttls", "tls", "none"] = "starttls"
    rate: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What site.toml says. `languages` keeps the file's order.

    `base_url` ends in a slash. `checks` maps a rule's name to error, warn or off.
    `memory` is what translations elsewhere on the site are for: exact ones are suggested
    or filled in, near ones suggested. `parallel`, `search` and `cards` are outputs that a
    site may have or not: the pages with both languages, the search page, the pictures for
    links shared elsewhere.
    `source` locates each key of site.toml: dotted key to (line, column).
    """

    title: str
    base_url: str
    time_zone: str
    default_language: str
    languages: tuple[Language, ...]
    description: str = ""
    contact: str = ""
    accounts: tuple[Account, ...] = ()
    page_size: int = 10
    raw_html: bool = False
    memory: Literal["suggest", "fill", "off"] = "suggest"
    parallel: bool = False
    search: bool = True
    cards: bool = True
    newsletter: Newsletter = Newsletter()
    checks: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def language(self, tag: str) -> Language:
        """The language of that tag. Raises KeyError."""
        for language in self.languages:
            if language.tag == tag:
                return language
        raise KeyError(tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A document's picture; `src` is relative to the document's own folder."""

    src: str
    alt: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Where a piece was first published. Names are terms."""

    authors: tuple[str, ...] = ()
    publisher: str = ""
    place: str = ""
    date: Day | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One post in an issue: `form` is full, summary or title."""

    post: str
    form: Literal["full", "summary", "title"] = "summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of an issue; its heading is translated."""

    heading: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """An issue by rule: the posts of a span of days."""

    since: date | None = None
    until: date | None = None
    tags: tuple[str, ...] = ()
    limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Authored:
    """Front matter of an authored edition: the truth for its own text.

    `body_line` and `source` are as in Document; `preheader` is an issue's.
    """

    path: str
    lang: str
    title: str
    summary: str = ""
    image: Image | None = None
    slug: str = ""
    preheader: str = ""
    body_line: int = 1
    source: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document's metadata, from the original's front matter.

    `name` is the path under content/ without suffix (a bundle's folder): posts/nowruz.
    `path` is the file, relative to the site's root. `body_line` is the line on which
    the body starts, counted from 1. `source` locates front-matter keys: dotted key,
    such as `image.alt` or `tags.0`, to (line, column) of its value.
    """

    name: str
    kind: Kind
    path: str
    lang: str
    title: str
    summary: str = ""
    date: Day | None = None
    updated: Day | None = None
    tags: tuple[str, ...] = ()
    image: Image | None = None
    credit: Credit | None = None
    slug: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    due: Due = field(default_factory=dict)
    translator: Mapping[str, str] = field(default_factory=dict)
    draft: bool = False
    number: int | None = None
    preheader: str = ""
    sections: tuple[Section, ...] = ()
    digest: Digest | None = None
    authored: tuple[Authored, ...] = ()
    body_line: int = 1
    source: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The last part of the name: the default slug."""
        return self.name.rpartition("/")[2]

    @property
    def bundle(self) -> bool:
        """Whether the document is a folder with an index.md beside its images."""
        return self.path.endswith("/index.md")

    @property
    def folder(self) -> str:
        """The folder of the document's own file, relative to the site's root."""
        return self.path.rpartition("/")[0]

    def leading(self, tag: str) -> str:
        """The file of the leading picture in a language; empty where there is none."""
        own = self.authored_in(tag)
        if own is not None and own.image is not None and own.image.src:
            return own.image.src
        return self.image.src if self.image is not None else ""

    def authored_in(self, tag: str) -> Authored | None:
        """The authored edition in that language, if somebody wrote one."""
        for edition in self.authored:
            if edition.lang == tag:
                return edition
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One translatable text of a document, as it goes into a catalogue.

    `kind` says to the translator what it is (heading, list item, image text …);
    `context` is its msgctxt, for front-matter strings only; `note` is the author's
    word to the translator; `line` is where the text starts in its file; `references`
    name the files, where they are not the document's own. `plural` is the interface's.
    """

    msgid: str
    kind: str
    context: str | None = None
    plural: str | None = None
    note: str = ""
    line: int = 0
    references: tuple[str, ...] = ()
