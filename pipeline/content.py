"""Source text ⇄ documents: which file is which document, and what its front matter says.

All that is wrong with a file is told at once, each value at its line and column (see
pipeline.frontmatter).

The other way, `front_matter` writes it and `revise_front_matter` changes single strings
and leaves every other byte. This module neither reads files nor looks into bodies: it
hands a body on exactly as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline.bidi import neutralise, stray_controls
from pipeline.frontmatter import (
    OPENING,
    STRAY_IN_VALUE,
    Complain,
    List,
    Node,
    Place,
    Scalar,
    Table,
    in_words,
    report_control,
    split,
    truth,
)
from pipeline.languages import gregorian
from pipeline.model import (
    KINDS,
    Authored,
    Credit,
    Digest,
    Document,
    Image,
    Item,
    Kind,
    Section,
    Site,
)
from pipeline.problems import ContentError, Problem, Severity, problem
from pipeline.speech import say

MAX_SLUG = 200
"""Bytes of a slug in UTF-8: a file's name may have 255, and .html and the like come after."""


# Which file is which document.


class Identity(NamedTuple):
    """What a file under content/ is: a document's original, or (with `lang`) an edition."""

    name: str
    kind: Kind
    lang: str | None = None


def identify(path: str, languages: Collection[str]) -> Identity | None:
    """The document that a file belongs to; None for pictures and other files.

    `path` is relative to content/. `.xx.md` is an authored edition only where xx is one
    of `languages`, and part of the name otherwise. The name is in normal form C.
    """
    folder, _, rest = path.partition("/")
    kind = KINDS.get(folder)
    if kind is None or not rest.endswith(".md"):
        return None
    parts = rest.removesuffix(".md").split("/")
    stem, dot, suffix = parts[-1].rpartition(".")
    lang = suffix if dot and suffix in languages else None
    if lang is not None:
        parts[-1] = stem
    if parts[-1] == "index":
        parts.pop()
    # Dot files are editors' and the system's.
    if not parts or any(part.startswith(".") or not part for part in parts):
        return None
    name = unicodedata.normalize("NFC", "/".join((folder, *parts)))
    return Identity(name=name, kind=kind, lang=lang)


def assemble(files: Iterable[tuple[str, Kind, str | None, str]]) -> tuple[Problem, ...]:
    """What is wrong with the set of files: twins, both forms at once, orphaned editions.

    Each file is what `identify` says and its path, as problems shall name it.
    """
    problems: list[Problem] = []
    originals: dict[str, tuple[str, str]] = {}  # the folded name → name and path
    editions: dict[tuple[str, str], str] = {}

    def complain(path: str, message: str, hint: str) -> None:
        problems.append(problem("documents", message, path, hint=hint))

    entries = sorted(files, key=lambda entry: entry[3])
    for name, _, lang, path in entries:
        if lang is not None:
            continue
        twin, there = originals.setdefault(_fold(name), (name, path))
        if there == path:
            continue
        if name != twin:
            message = say("`{name}` and `{twin}` differ by case only", name=name, twin=twin)
            complain(path, message, say("rename this file or {path}", path=there))
        elif _bundled(path) != _bundled(there):
            message = say("`{name}` is there as a file and as a folder: {path}", name=name, path=there)
            complain(path, message, say("keep one of the two"))
        else:
            message = say("the name looks the same as that of {path}, in other code points", path=there)
            complain(path, message, say("rename one of the two"))
    for name, _, lang, path in entries:
        if lang is None:
            continue
        known, original = originals.get(_fold(name), ("", ""))
        if known != name:
            message = say("this edition of `{name}` has no original", name=name)
            if original:
                message = say("this edition of `{name}` has no original (there is {path})", name=name, path=original)
            whole = path.removesuffix(f".{lang}.md") + ".md"
            complain(path, message, say("write {path}, or rename this file so", path=whole))
        elif (there := editions.setdefault((name, lang), path)) != path:
            complain(path, say("`{name}` has this edition twice: {path}", name=name, path=there), say("keep one of the two"))
        elif _bundled(path) != _bundled(original):
            message = say("this edition of `{name}` doesn't stand beside its original", name=name)
            complain(path, message, say("move it beside {path}", path=original))
    return tuple(sorted(problems, key=lambda one: one.order))


def _bundled(path: str) -> bool:
    return path.rpartition("/")[2].startswith("index.")


def _fold(name: str) -> str:
    """The name as file systems without case or with other normal forms take it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


# Slugs.

_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|\Z)", re.IGNORECASE)
_IN_ADDRESSES = '/\\<>:"|?*#%'  # mean something in an address or on a disk
_JOINERS = "\u200c\u200d"  # letters of the trade


def slug_fault(slug: str) -> str:
    """Why a text cannot be a part of an address and a folder's name; "" if it can.

    It can on every system: Windows' devices and signs are refused everywhere.
    """
    if not slug:
        return say("it is empty")
    for character in slug:
        if character in _IN_ADDRESSES:
            return say("it holds {character}", character=character)
        if character in _JOINERS:
            continue
        category = unicodedata.category(character)
        if category[0] == "Z" or character in "\t\n\r\v\f\x85":
            return say("it holds a space")
        if category in ("Cc", "Cf", "Cs"):
            return say("it holds the invisible character {code}", code=f"U+{ord(character):04X}")
    if slug[0] == "." or slug[-1] == ".":
        return say("it begins or ends with a dot")
    if slug[0] in _JOINERS or slug[-1] in _JOINERS:
        return say("it begins or ends with a half-space")
    if _DEVICE.match(slug):
        return say("Windows keeps that name for a device")
    if (size := len(slug.encode())) > MAX_SLUG:
        return say("it has {n} bytes, and {most} are the most", n=size, most=MAX_SLUG)
    return ""


def slugify(title: str) -> str:
    """A slug made of a title, in its own script; "" where nothing is left of it.

    Half-spaces stay, spaces and signs become hyphens: «نوروز در شهر» is نوروز-در-شهر.
    """
    kept = "".join(
        character if unicodedata.category(character)[0] in "LMN" or character in _JOINERS else " "
        for character in unicodedata.normalize("NFC", title).lower()
    )
    words = (word.strip(_JOINERS) for word in kept.split())
    slug = "-".join(word for word in words if word)
    if len(data := slug.encode()) > MAX_SLUG:  # whole words, if the first is short enough
        kept = data[:MAX_SLUG].decode(errors="ignore")
        slug = slug[: len(kept) + 1].rpartition("-")[0] or kept
    slug = slug.strip(_JOINERS)
    return f"{slug}-" if _DEVICE.match(slug) else slug


# Front matter being read.

_SEEN = re.compile("[^\\s\u200b-\u200f]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


class _Reading:
    """One file's front matter on its way to a document: where values are, what is wrong."""

    def __init__(self, path: str, site: Site, head: str) -> None:
        self.path = path
        self.site = site
        self.head = head
        self.lang = site.default_language
        self.tags = [language.tag for language in site.languages]
        self.remarks = "#" in head
        self.problems: list[Problem] = []
        self.source: dict[str, Place] = {}

    def complain(
        self,
        place: Place,
        message: str,
        hint: str,
        *,
        rule: str = "front-matter",
        severity: Severity = "error",
    ) -> None:
        line, column = place
        self.problems.append(
            problem(rule, message, self.path, line, column, hint=hint, severity=severity)
        )

    def refuse(self, node: Node, key: str, wanted: str, hint: str = "") -> None:
        """The value is not what the key wants."""
        found = in_words(node)
        if isinstance(node, Scalar) and node.value and len(node.value) <= 60:
            found = say("{what} ({text})", what=found, text=" ".join(node.value.split()))
        message = say("`{key}` is {found}, not {wanted}", key=key, found=found, wanted=wanted)
        self.complain((node.line, node.column), message, hint)

    def fields(
        self,
        node: Table,
        table: Mapping[str, _Read],
        prefix: str = "",
        elsewhere: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Any]:
        """What a mapping says, by key: each value as its reader gives it.

        A key with nothing after its colon is as good as absent. `elsewhere` has a hint for
        each key that is known, but not here.
        """
        values: dict[str, Any] = {}
        for name, (key, value) in node.entries.items():
            read = table.get(name)
            if read is None:
                self._unknown(key, table, prefix, elsewhere)
            elif not (isinstance(value, Scalar) and value.kind == "null"):
                dotted = f"{prefix}{name}"
                self.source[dotted] = (value.line, value.column)
                if (found := read(self, value, dotted)) is not None:
                    values[name] = found
        return values

    def _unknown(
        self,
        key: Scalar,
        table: Mapping[str, _Read],
        prefix: str,
        elsewhere: Mapping[str, str],
    ) -> None:
        name = key.value
        hint = elsewhere.get(name) or _home(name, prefix) or _did_you_mean(name, table)
        hint = hint or say("there are {names}", names=tuple(table))
        message = say("unknown key `{key}`", key=f"{prefix}{name}")
        self.complain((key.line, key.column), message, hint)

    def texts(self, node: Node, key: str) -> Iterator[tuple[str, str, Scalar]]:
        """A list's texts, each with its dotted key and its node."""
        if not isinstance(node, List):
            self.refuse(node, key, say("a list"), say("write it in brackets: {example}", example=f"{_last(key)}: [..]"))
            return
        for index, item in enumerate(_few(self, node, key)):
            dotted = f"{key}.{index}"
            self.source[dotted] = (item.line, item.column)
            found = _name(self, item, dotted)
            if found is not None and isinstance(item, Scalar):
                yield dotted, found, item

    def by_language(self, node: Node, key: str, example: str) -> Iterator[tuple[str, str, Node]]:
        """A mapping's values by language, each with its dotted key."""
        if not isinstance(node, Table):
            self.refuse(node, key, say("a mapping by language"), say("write {words}", words=f"{key}: {example}"))
            return
        for tag, (name, value) in node.entries.items():
            if tag not in self.tags:
                message = say("`{key}` names `{tag}`, which is none of the site's languages", key=key, tag=tag)
                hint = _did_you_mean(tag, self.tags) or say("there are {names}", names=tuple(self.tags))
                self.complain((name.line, name.column), message, hint)
            elif not (isinstance(value, Scalar) and value.kind == "null"):
                dotted = f"{key}.{tag}"
                self.source[dotted] = (value.line, value.column)
                yield tag, dotted, value


_Read = Callable[[_Reading, Node, str], Any]
"""Turns a node into a key's value; None, and a problem, if it cannot."""


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _did_you_mean(word: str, words: Iterable[str]) -> str:
    from difflib import get_close_matches  # for errors only

    near = get_close_matches(word.casefold(), sorted(words), n=1)
    return say("did you mean `{name}`?", name=near[0]) if near else ""


# Readers, one a kind of value.


MOST_TEXT = 2_000
"""How many characters a text in front matter has at most."""

MOST_NAME = 250
"""How many a tag or a name has at most: it is a line in a list, and a part of an address."""

MOST_ITEMS = 200
"""How many tags, authors, earlier addresses, sections or items a document has at most."""


def _text(reading: _Reading, node: Node, key: str) -> str | None:
    """A text, as it stands; it may be empty."""
    if not isinstance(node, Scalar) or node.kind != "str":
        hint = say("put it in quotes")
        if isinstance(node, Scalar):
            name = "" if _last(key).isdecimal() else f"{_last(key)}: "
            better = f"{name}{_double_quoted(node.value)}"
            hint = say("without quotes, YAML takes it for that; write {words}", words=better)
        elif (written := reading.head[node.start : node.end]).count("\n") == 0:
            hint = say("if it is text, put it in quotes: {words}", words=_double_quoted(written))
        reading.refuse(node, key, say("a text"), hint)
        return None
    value = node.value
    if found := STRAY_IN_VALUE.search(value):
        report_control(reading.complain, (node.line, node.column), found.group())
        return None
    if len(value) > MOST_TEXT:
        message = say("`{key}` has {n} characters, and {most} are the most", key=key, n=len(value), most=MOST_TEXT)
        reading.complain((node.line, node.column), message, say("what is longer belongs below the front matter"))
        return None
    if not value.isascii() and (strays := stray_controls(value)):
        _report_bidi(reading, node, key, strays[0])
        if _last(key) not in _MENDED:
            value = neutralise(value)
    if reading.remarks and not node.style and _swallowed(reading.head, node.end):
        message = say("the rest of `{key}` is taken for a remark, because of the #", key=key)
        hint = say("put the text in quotes")
        reading.complain((node.line, node.column), message, hint, severity="warn")
    return value


_MENDED = frozenset(("title", "summary", "alt", "caption", "preheader", "heading"))
"""Texts that `check --fix` can take controls out of, and so must see; what is made of them
is rid of these on its way out."""

_REMARK = re.compile(r"[ \t]+#[^\s#]")


def _swallowed(head: str, end: int) -> bool:
    """Whether text that looks meant follows as a comment: Issue #5."""
    return _REMARK.match(head, end) is not None


def _report_bidi(reading: _Reading, node: Scalar, key: str, position: int) -> None:
    """The stray control at `position` of a value, at its own place if that can be found."""
    written = reading.head[node.start : node.end]
    controls = [found.start() for found in _BIDI.finditer(written)]
    count = len(_BIDI.findall(node.value))
    place = (node.line, node.column)
    if len(controls) == count:
        at = node.start + controls[len(_BIDI.findall(node.value[:position]))]
        line = reading.head.count("\n", 0, at) + 2
        place = (line, at - reading.head.rfind("\n", 0, at))
    code = f"U+{ord(node.value[position]):04X}"
    message = say("the direction control {code} in `{key}` has no other half, or overrides", code=code, key=key)
    hint = say("remove it: directions are isolated for you")
    reading.complain(place, message, hint, rule="bidi-control", severity="warn")


def _words(reading: _Reading, node: Node, key: str) -> str | None:
    """A text with something in it."""
    value = _text(reading, node, key)
    if value is not None and not _SEEN.search(value):
        hint = say("write something, or remove it")
        reading.complain((node.line, node.column), say("`{key}` is empty", key=key), hint)
        return None
    return value


def _name(reading: _Reading, node: Node, key: str) -> str | None:
    """A text of a line's length with something in it: a tag, somebody's name, a place."""
    value = _words(reading, node, key)
    if value is not None and len(value) > MOST_NAME:
        message = say("`{key}` has {n} characters, and {most} are the most", key=key, n=len(value), most=MOST_NAME)
        reading.complain((node.line, node.column), message, say("shorten it"))
        return None
    return value


def _few(reading: _Reading, node: List, key: str) -> Sequence[Node]:
    """A list's items, unless there are more than anybody writes."""
    if len(node.items) <= MOST_ITEMS:
        return node.items
    message = say("`{key}` has {n} items, and {most} are the most", key=key, n=len(node.items), most=MOST_ITEMS)
    reading.complain((node.line, node.column), message, say("keep those that matter"))
    return ()


def _flag(reading: _Reading, node: Node, key: str) -> bool | None:
    if isinstance(node, Scalar) and node.kind == "bool":
        return truth(node)
    reading.refuse(node, key, say("true or false"), say("write {words}, without quotes", words=f"{key}: true"))
    return None


_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}\Z")


def _count(reading: _Reading, node: Node, key: str) -> int | None:
    if isinstance(node, Scalar) and node.kind == "int" and _WHOLE.fullmatch(node.value):
        return int(node.value)
    reading.refuse(node, key, say("a whole number"), say("write it in plain digits: {example}", example="12"))
    return None


_DAY = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6})[0-9]*)?)?"
    r"(?:[ \t]*(?:([Zz])|([+-])([0-9]{1,2})(?::?([0-9]{2}))?(?::([0-9]{2}))?))?)?\Z"
)
_EARLIEST = 1500
"""Years before this one are likelier of the Persian calendar than of the Gregorian."""


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _day(reading: _Reading, node: Node, key: str) -> date | None:
    """A day, or a time in the site's zone; a time without a zone is of the site's."""
    if not isinstance(node, Scalar) or node.kind not in ("timestamp", "str", "int"):
        reading.refuse(node, key, say("a date"), say("write it like {example}", example="2026-03-20"))
        return None
    found = _DAY.match(node.value)
    if found is None:
        hint = say("write it like {example}, or {other}", example="2026-03-20", other="2026-03-20 18:30")
        if not node.value.isascii() and any(one.isdecimal() for one in node.value):
            hint = say("dates are written in ASCII digits, like {example}", example="2026-03-20")
            plain = _DAY.match("".join(str(unicodedata.decimal(one, one)) for one in node.value))
            if plain is not None and (meant := _of_persian(plain)):
                hint = say("{persian} of the Persian calendar is {gregorian}: write that",
                           persian=node.value, gregorian=meant)
        reading.refuse(node, key, say("a date"), hint)
        return None
    try:
        value = _moment(found, _zone(reading.site.time_zone))
    except (ValueError, OverflowError):
        message = say("`{key}`: {value} is no date of the calendar", key=key, value=node.value)
        reading.complain((node.line, node.column), message, say("write it like {example}", example="2026-03-20"))
        return None
    if value.year < _EARLIEST:
        message = say("`{key}` is in the year {year} of the Gregorian calendar", key=key, year=value.year)
        hint = say("dates here are Gregorian: {persian} of the Persian calendar is {gregorian}",
                   persian=found[0][:10], gregorian=_of_persian(found) or say("no day at all"))
        reading.complain((node.line, node.column), message, hint, severity="warn")
    return value


def _of_persian(found: re.Match[str]) -> str:
    """What a match of _DAY is if its date is of the Persian calendar; nothing if it cannot be."""
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if year >= _EARLIEST:
        return ""
    meant = gregorian(year, month, day, "persian")
    return meant.isoformat() if meant else ""


def _moment(found: re.Match[str], zone: ZoneInfo) -> date:
    """The day or time of a match of _DAY. Raises ValueError, OverflowError."""
    year, month, day, hour, minute, second, fraction, utc, sign, *offset = found.groups()
    if hour is None:
        return date(int(year), int(month), int(day))
    own: tzinfo = zone
    if utc:
        own = UTC
    elif sign:
        hours, minutes, seconds = (int(part or 0) for part in offset)
        delta = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        own = timezone(-delta if sign == "-" else delta)
    moment = datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute),
        int(second or 0),
        int((fraction or "").ljust(6, "0")),
        tzinfo=own,
    )
    # By way of UTC, so that a time that summer time leaps over becomes one that there is.
    return moment.astimezone(UTC).astimezone(zone)


def _only_day(reading: _Reading, node: Node, key: str) -> date | None:
    """A day without a time."""
    value = _day(reading, node, key)
    if isinstance(value, datetime):
        reading.refuse(node, key, say("a day without a time"), say("write it like {example}", example="2026-03-20"))
        return None
    return value


def _language(reading: _Reading, node: Node, key: str) -> str | None:
    value = _text(reading, node, key)
    if value is not None and value not in reading.tags:
        message = say("`{value}` is none of the site's languages ({tags})", value=value, tags=reading.tags)
        hint = (
            _did_you_mean(value, reading.tags) or say("site.toml has a table for each: {table}", table="[languages.TAG]")
        )
        reading.complain((node.line, node.column), message, hint)
        return None
    return value


def _url(reading: _Reading, node: Node, key: str) -> str | None:
    """An http or https address."""
    value = _words(reading, node, key)
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or re.search(r"[\s<>\"\\]", value):
        reading.refuse(node, key, say("a web address"), say("write it like {example}", example="https://example.org/page"))
        return None
    return value


def _tags(reading: _Reading, node: Node, key: str) -> tuple[str, ...]:
    """Keys of tags, in normal form C, each once."""
    tags: dict[str, None] = {}
    for _, found, item in reading.texts(node, key):
        tag = unicodedata.normalize("NFC", found.strip())
        if tag in tags:
            message = say("the tag `{tag}` is here twice", tag=tag)
            reading.complain((item.line, item.column), message, say("remove one"), severity="warn")
        tags[tag] = None
    return tuple(tags)


def _names(reading: _Reading, node: Node, key: str) -> tuple[str, ...]:
    return tuple(found for _, found, _ in reading.texts(node, key))


_SCHEME = re.compile(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:")


def _picture(reading: _Reading, node: Node, key: str) -> str | None:
    """An image's file, or address."""
    value = _words(reading, node, key)
    if value is not None and ("\\" in value or "\n" in value or _SCHEME.match(value)):
        reading.refuse(node, key, say("an image's file"), say("write it like {example}, with forward slashes", example="hall.jpg"))
        return None
    return value


def _image_fields(reading: _Reading, node: Node, key: str) -> dict[str, Any] | None:
    """src, alt and caption, as far as they are given; a plain text is the src."""
    if isinstance(node, Table):
        return reading.fields(node, _IMAGE, f"{key}.")
    if isinstance(node, List):
        reading.refuse(node, key, say("one image"), say("write {words}", words=f"{key}: {{src: hall.jpg, alt: ..}}"))
        return None
    reading.source[f"{key}.src"] = (node.line, node.column)
    source = _picture(reading, node, key)
    return None if source is None else {"src": source}


def _image(reading: _Reading, node: Node, key: str) -> Image | None:
    fields = _image_fields(reading, node, key)
    if fields is None:
        return None
    if "src" not in fields:
        if f"{key}.src" not in reading.source:
            message, hint = say("`{key}` has no `src`", key=key), say("write {words}", words="{src: hall.jpg, alt: ..}")
            reading.complain((node.line, node.column), message, hint)
        return None
    return Image(**fields)


def _credit(reading: _Reading, node: Node, key: str) -> Credit | None:
    if not isinstance(node, Table):
        example = say("write {words}", words=f"{key}: {{authors: [Mina Rad], publisher: Pol}}")
        reading.refuse(node, key, say("a mapping of keys"), example)
        return None
    return Credit(**reading.fields(node, _CREDIT, f"{key}."))


def _slug(reading: _Reading, node: Node, key: str) -> str | None:
    """A part of an address, in normal form C."""
    if not isinstance(node, Scalar):
        reading.refuse(node, key, say("a text"), say("write {words}", words=f"{_last(key)}: نوروز-در-شهر"))
        return None
    value = _words(reading, node, key)
    if value is None:
        return None
    slug = unicodedata.normalize("NFC", value)
    if fault := slug_fault(slug):
        better = slugify(slug)
        message = say("`{key}` cannot be an address: {fault}", key=key, fault=fault)
        hint = (
            say("write {words}", words=better)
            if better and not slug_fault(better)
            else say("write letters, digits, -")
        )
        reading.complain((node.line, node.column), message, hint, rule="slug")
        return None
    return slug


def _slugs(reading: _Reading, node: Node, key: str) -> dict[str, str]:
    """Slugs by language; a plain one is the source language's."""
    if isinstance(node, Scalar):
        dotted = f"{key}.{reading.lang}"
        reading.source[dotted] = (node.line, node.column)
        slug = _slug(reading, node, key)
        return {} if slug is None else {reading.lang: slug}
    slugs: dict[str, str] = {}
    for tag, dotted, value in reading.by_language(node, key, "{fa: نوروز-در-شهر}"):
        if (slug := _slug(reading, value, dotted)) is not None:
            slugs[tag] = slug
    return slugs


def _aliases(reading: _Reading, node: Node, key: str) -> dict[str, tuple[str, ...]]:
    """Earlier addresses by language: last parts, or from the root with a leading /."""
    aliases: dict[str, tuple[str, ...]] = {}
    for tag, dotted, value in reading.by_language(node, key, "{fa: [old-name]}"):
        old: list[str] = []
        for at, found, item in reading.texts(value, dotted):
            alias = unicodedata.normalize("NFC", found)
            fault = _alias_fault(alias)
            if fault:
                message = say("`{key}` cannot be an address: {fault}", key=at, fault=fault)
                hint = say("write {example}, or {other} from the root", example="old-name", other="/posts/old-name/")
                if "%" in alias:
                    hint = say("write it decoded, as a browser shows it")
                reading.complain((item.line, item.column), message, hint, rule="slug")
            else:
                old.append(alias)
        aliases[tag] = tuple(old)
    return aliases


def _alias_fault(alias: str) -> str:
    if not alias.startswith("/"):
        return slug_fault(alias)
    parts = alias[1:].removesuffix("/").split("/")
    return next(filter(None, map(slug_fault, parts)), "")


def _due(reading: _Reading, node: Node, key: str) -> dict[str, date]:
    days: dict[str, date] = {}
    for tag, dotted, value in reading.by_language(node, key, "{fa: 2026-03-25}"):
        if (day := _only_day(reading, value, dotted)) is not None:
            days[tag] = day
    return days


def _translators(reading: _Reading, node: Node, key: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for tag, dotted, value in reading.by_language(node, key, "{fa: Mina}"):
        if (name := _name(reading, value, dotted)) is not None:
            names[tag] = name
    return names


def _each(reading: _Reading, node: Node, key: str, example: str) -> Iterator[tuple[str, Table]]:
    """A list's mappings, each with its dotted key."""
    if not isinstance(node, List):
        reading.refuse(node, key, say("a list"), say("write {words}", words=f"{key}: [{example}]"))
        return
    for index, item in enumerate(_few(reading, node, key)):
        dotted = f"{key}.{index}"
        reading.source[dotted] = (item.line, item.column)
        if isinstance(item, Table):
            yield dotted, item
        else:
            reading.refuse(item, dotted, say("a mapping of keys"), say("write {words}", words=example))


def _sections(reading: _Reading, node: Node, key: str) -> tuple[Section, ...]:
    sections = []
    for dotted, item in _each(reading, node, key, "{heading: .., items: [..]}"):
        fields = reading.fields(item, _SECTION, f"{dotted}.")
        if "heading" in fields:
            sections.append(Section(**fields))
        elif f"{dotted}.heading" not in reading.source:
            message, hint = say("`{key}` has no `heading`", key=dotted), say("write {words}", words="heading: News")
            reading.complain((item.line, item.column), message, hint)
    return tuple(sections)


def _items(reading: _Reading, node: Node, key: str) -> tuple[Item, ...]:
    items = []
    for dotted, item in _each(reading, node, key, "{post: posts/nowruz, as: summary}"):
        fields = reading.fields(item, _ITEM, f"{dotted}.")
        if "post" in fields:
            form = fields.get("as", "summary")
            items.append(Item(post=fields["post"], form=form))
        elif f"{dotted}.post" not in reading.source:
            message, hint = say("`{key}` names no post", key=dotted), say("write {words}", words="{post: posts/nowruz, as: summary}")
            reading.complain((item.line, item.column), message, hint)
    return tuple(items)


_FORMS = ("full", "summary", "title")


def _form(reading: _Reading, node: Node, key: str) -> str | None:
    value = _text(reading, node, key)
    if value is not None and value not in _FORMS:
        hint = _did_you_mean(value, _FORMS) or say("there are {names}", names=_FORMS)
        reading.refuse(node, key, say("full, summary or title"), hint)
        return None
    return value


def _digest(reading: _Reading, node: Node, key: str) -> Digest | None:
    if not isinstance(node, Table):
        example = say("write {words}", words=f"{key}: {{since: 2026-03-01, until: 2026-03-31}}")
        reading.refuse(node, key, say("a mapping of keys"), example)
        return None
    fields = reading.fields(node, _DIGEST, f"{key}.")
    since, until = fields.get("since"), fields.get("until")
    if since and until and since > until:
        place = reading.source[f"{key}.until"]
        message = say("`{key}` ends on {until}, before it begins on {since}", key=key, until=until, since=since)
        reading.complain(place, message, say("exchange the two"))
    return Digest(**fields)


# The keys. A line here is a key of front matter.

_IMAGE: Mapping[str, _Read] = {"src": _picture, "alt": _text, "caption": _text}
_CREDIT: Mapping[str, _Read] = {
    "authors": _names,
    "publisher": _name,
    "place": _name,
    "date": _day,
    "url": _url,
}
_SECTION: Mapping[str, _Read] = {"heading": _words, "items": _items}
_ITEM: Mapping[str, _Read] = {"post": _words, "as": _form}
_DIGEST: Mapping[str, _Read] = {
    "since": _only_day,
    "until": _only_day,
    "tags": _tags,
    "limit": _count,
}

_DOCUMENT: Mapping[str, _Read] = {
    "title": _words,
    "summary": _text,
    "date": _day,
    "updated": _day,
    "lang": _language,
    "tags": _tags,
    "image": _image,
    "credit": _credit,
    "slug": _slugs,
    "aliases": _aliases,
    "due": _due,
    "translator": _translators,
    "draft": _flag,
}
_OF_ISSUES: Mapping[str, _Read] = {
    "number": _count,
    "preheader": _text,
    "sections": _sections,
    "digest": _digest,
}
KEYS: Mapping[Kind, Mapping[str, _Read]] = {
    "post": _DOCUMENT,
    "page": _DOCUMENT,
    "issue": {**_DOCUMENT, **_OF_ISSUES},
}
"""The keys of each kind of document, in the order in which they are written."""

_SHARED: Mapping[str, _Read] = {"date": _day, "tags": _tags, "credit": _credit, "draft": _flag}
_AUTHORED: Mapping[str, _Read] = {
    "title": _words,
    "summary": _text,
    "image": _image_fields,
    "slug": _slug,
    "lang": _language,
    **_SHARED,
}
AUTHORED_KEYS: Mapping[Kind, Mapping[str, _Read]] = {
    "post": _AUTHORED,
    "page": _AUTHORED,
    "issue": {**_AUTHORED, "preheader": _text},
}
"""The keys of an authored edition: those of its own text, and those that may agree."""


def _home(name: str, prefix: str) -> str:
    """A hint for a key that is known in another place than this."""
    if prefix:
        return say("it belongs at the margin") if name in KEYS["issue"] else ""
    if name in _OF_ISSUES:
        return say("only an issue of the newsletter has it, in content/newsletters/")
    for home, table in (("image", _IMAGE), ("credit", _CREDIT), ("digest", _DIGEST)):
        if name in table:
            return say("it belongs in `{home}`", home=home)
    return ""


# Documents.


def parse(
    text: str, path: str, site: Site, *, name: str, kind: Kind
) -> tuple[Document, str, tuple[Problem, ...]]:
    """The document of an original, its body as it stands in `text`, and warnings.

    `path` is relative to the site's root; `name` and `kind` are as `identify` says. A
    byte-order mark is passed over. Raises ContentError with all that is wrong.
    """
    start, end, body = split(text, path)
    reading = _Reading(path, site, text[start:end])
    _check_name(reading, name)
    root = _composed(reading.head, reading.complain)
    fields: dict[str, Any] = {}
    if root is not None:
        lang = root.entries.get("lang")
        if lang and isinstance(lang[1], Scalar) and lang[1].value in reading.tags:
            reading.lang = lang[1].value
        fields = reading.fields(root, KEYS[kind])
        _require_title(reading)
        if kind == "post" and "date" not in reading.source:
            reading.complain((1, 1), say("a post needs a date"), say("add a line: {example}", example="date: 2026-03-20"))
        if "sections" in fields and "digest" in fields:
            message = say("an issue has `sections` or a `digest`, not both")
            reading.complain(reading.source["digest"], message, say("remove one of the two"))
    fields = {"title": "", "lang": reading.lang, **fields}
    _check_body(reading, text, body)
    problems = _conclude(reading)
    document = Document(
        name=name,
        kind=kind,
        path=path,
        body_line=text.count("\n", 0, body) + 1,
        source=reading.source,
        **fields,
    )
    return document, text[body:], problems


def _composed(head: str, complain: Complain) -> Table | None:
    """Front matter as a mapping. YAML is imported here: much is done without reading any."""
    from pipeline.composer import compose

    return compose(head, complain)


def parse_authored(
    text: str, path: str, site: Site, document: Document
) -> tuple[Authored, str, tuple[Problem, ...]]:
    """An authored edition of `document`, its body as it stands, and warnings.

    The language is the one in the file's name. Raises ContentError with all that is
    wrong: also where it contradicts the original.
    """
    tag = path.removesuffix(".md").rpartition(".")[2]
    assert path.endswith(f".{tag}.md") and any(tag == one.tag for one in site.languages), path
    start, end, body = split(text, path)
    reading = _Reading(path, site, text[start:end])
    reading.lang = tag
    if tag == document.lang:
        message = say("the original, {path}, is in `{tag}` already", path=document.path, tag=tag)
        reading.complain((1, 1), message, say("rename this file, or correct the original's `lang`"))
    root = _composed(reading.head, reading.complain)
    fields: dict[str, Any] = {}
    if root is not None:
        elsewhere = dict.fromkeys(
            KEYS[document.kind], say("it belongs in the original, {path}", path=document.path)
        )
        fields = reading.fields(root, AUTHORED_KEYS[document.kind], elsewhere=elsewhere)
        _require_title(reading)
        _compare(reading, fields, document, tag)
    lang = fields.pop("lang", tag)
    if lang != tag:
        message = say("`lang` is {lang}, but the file's name says {tag}", lang=lang, tag=tag)
        reading.complain(reading.source["lang"], message, say("remove it, or rename the file"))
    image = _image_like(reading, fields.pop("image", None), document)
    _check_body(reading, text, body)
    problems = _conclude(reading)
    own = {key: value for key, value in fields.items() if key not in _SHARED}
    edition = Authored(
        path=path,
        lang=tag,
        image=image,
        body_line=text.count("\n", 0, body) + 1,
        source=reading.source,
        **own,
    )
    return edition, text[body:], problems


def _check_body(reading: _Reading, text: str, start: int) -> None:
    """NUL and EOT are in no text: catalogues cannot hold them."""
    for character in "\0\4":
        at = text.find(character, start)
        if at >= 0:
            place = (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
            report_control(reading.complain, place, character)


def _check_name(reading: _Reading, name: str) -> None:
    """The parts of a document's name are folders, and its last one the default slug."""
    for part in name.split("/"):
        if fault := slug_fault(part):
            message = say("`{part}` cannot be part of an address: {fault}", part=part, fault=fault)
            better = slugify(part)
            hint = say("rename it, such as to {name}", name=better) if better else say("rename it")
            reading.complain((0, 0), message, hint, rule="slug")


def _require_title(reading: _Reading) -> None:
    if "title" not in reading.source:
        reading.complain((1, 1), say("there is no title"), say("add a line: {example}", example="title: A title"))


def _conclude(reading: _Reading) -> tuple[Problem, ...]:
    """The warnings; raises ContentError if there are errors."""
    if not reading.problems:
        return ()
    problems = tuple(sorted(reading.problems, key=lambda one: one.order))
    if any(one.severity == "error" for one in problems):
        raise ContentError(problems=problems)
    return problems


def _compare(reading: _Reading, fields: Mapping[str, Any], document: Document, tag: str) -> None:
    """What an authored edition repeats of its original has to agree with it."""
    for key in _SHARED:
        if key not in fields:
            continue
        mine, theirs = fields[key], getattr(document, key)
        if key == "tags":
            mine, theirs = sorted(mine), sorted(theirs)
        if mine != theirs:
            line, column = document.source.get(key, (0, 0))
            message = say("`{key}` contradicts the original's: {place}", key=key, place=f"{document.path}:{line}:{column}")
            if not line:
                message = say("`{key}` contradicts the original's: {path}, without it", key=key, path=document.path)
            reading.complain(reading.source[key], message, say("remove it here: the original's counts"))


def _image_like(
    reading: _Reading, fields: dict[str, Any] | None, document: Document
) -> Image | None:
    """The edition's own image texts; the file is the original's unless it names one."""
    if fields is None:
        return None
    if "src" not in fields:
        if document.image is None:
            if "image.src" not in reading.source:
                message, hint = say("`image` has no `src`"), say("nor has the original, {path}", path=document.path)
                reading.complain(reading.source["image"], message, hint)
            return None
        fields = {"src": document.image.src, **fields}
    return Image(**fields)


# Writing.

_ORDER = {key: index for index, key in enumerate(KEYS["issue"])}
# What YAML would take for its own, or not show, in an unquoted text, in and out of
# brackets; and the words that some reader of YAML, 1.1 or 1.2, takes for no text.
_UNSEEN = "\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff"
_SIGNS = re.compile(rf":(?:\s|\Z)|\s#|[{_UNSEEN}]")
_SIGNS_IN_BRACKETS = re.compile(rf"[?,\[\]{{}}:]|\s#|[{_UNSEEN}]")
_YAML_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"})
_ESCAPED = re.compile(rf'["\\{_UNSEEN}]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def _double_quoted(text: str) -> str:
    """A YAML string in double quotes, on one line; letters of all scripts stay."""

    def escape(found: re.Match[str]) -> str:
        return _SHORT.get(found.group()) or f"\\u{ord(found.group()):04x}"

    return f'"{_ESCAPED.sub(escape, text)}"'


def _string(text: str, *, flow: bool) -> str:
    """A YAML string, in double quotes if it needs them; `flow` is inside brackets."""
    signs = _SIGNS_IN_BRACKETS if flow else _SIGNS
    plain = (
        text[:1].isalpha()
        and not text[-1].isspace()
        and not signs.search(text)
        and text.casefold() not in _YAML_WORDS
    )
    return text if plain else _double_quoted(text)


def front_matter(values: Mapping[str, object]) -> str:
    """The front matter that says `values`, with its `---` lines.

    Values are texts, numbers, booleans, days and times, and lists and mappings of them;
    None and what is empty is left out. Keys come in their usual order.
    """
    lines = ["---"]
    for key in sorted(values, key=lambda name: (_ORDER.get(name, len(_ORDER)), name)):
        lines += _block(key, values[key], "")
    return "\n".join((*lines, "---", ""))


def _block(key: str, value: object, indent: str) -> Iterator[str]:
    """The lines of a key; a list of mappings is a block, all else on the key's line."""
    value = _prune(value)
    if value is None:
        return
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        yield f"{indent}{key}:"
        for item in value:
            if any(isinstance(part, list) for part in item.values()):
                first, *rest = [
                    line for name in item for line in _block(name, item[name], f"{indent}    ")
                ]
                yield f"{indent}  - {first.lstrip()}"
                yield from rest
            else:
                yield f"{indent}  - {_inline(item)}"
    else:
        yield f"{indent}{key}: {_inline(value, flow=False)}"


def _prune(value: object) -> object:
    """Without what is empty, but for the members of lists."""
    if isinstance(value, Mapping):
        kept = {key: _prune(member) for key, member in value.items()}
        kept = {key: member for key, member in kept.items() if member is not None}
        return kept or None
    if isinstance(value, str):
        return value or None
    if isinstance(value, Sequence):
        return [_prune(member) for member in value] or None
    return value


def _inline(value: object, *, flow: bool = True) -> str:
    """A value on one line; `flow` is inside brackets."""
    match value:
        case str():
            return _string(value, flow=flow)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case datetime() if flow:  # has colons
            return _double_quoted(value.isoformat())
        case date():
            return value.isoformat()
        case Mapping():
            pairs = (f"{_string(str(key), flow=True)}: {_inline(value[key])}" for key in value)
            return f"{{{', '.join(pairs)}}}"
        case list():
            return f"[{', '.join(_inline(member) for member in value)}]"
    raise TypeError(f"front matter holds no {type(value).__name__}")


def front_values(document: Document) -> dict[str, object]:
    """What `front_matter` needs to write a document's front matter anew."""
    values: dict[str, object] = {key: getattr(document, key) for key in KEYS[document.kind]}
    values["draft"] = document.draft or None
    for key, table in (("image", _IMAGE), ("credit", _CREDIT), ("digest", _DIGEST)):
        if (value := getattr(document, key)) is not None:
            values[key] = {part: getattr(value, part) or None for part in table}
    values["sections"] = [
        {
            "heading": section.heading,
            "items": [{"post": item.post, "as": item.form} for item in section.items],
        }
        for section in document.sections
    ]
    return values


# Changing what is there.


def revise_front_matter(text: str, changes: Mapping[str, str], path: str = "") -> str:
    """`text` with some strings of its front matter changed; every other byte is kept.

    `changes` goes from dotted keys (`title`, `image.alt`, `sections.0.heading`) to texts.
    What is absent is added: a key before the closing line, a part where its whole is, a
    list's next place (`aliases.fa.0`) at its end. A text without front matter gets some.
    Raises ContentError, naming `path`, if the front matter cannot be read, and LookupError
    for a place that there cannot be, such as the third of a list of one.
    """
    if OPENING.match(text) is None:
        text = f"---\n---\n{text}"
    for key, value in changes.items():
        text = _revise(text, tuple(key.split(".")), value, path)
    return text


def _revise(text: str, keys: tuple[str, ...], value: str, path: str) -> str:
    start, end, _ = split(text, path)
    head = text[start:end]
    problems: list[Problem] = []

    def complain(
        place: Place,
        message: str,
        hint: str,
        *,
        rule: str = "front-matter",
        severity: Severity = "error",
    ) -> None:
        problems.append(problem(rule, message, path, *place, hint=hint, severity=severity))

    root = _composed(head, complain)
    if root is None or problems:
        raise ContentError(problems=tuple(problems))
    newline = "\r\n" if text[:start].endswith("\r\n") else "\n"
    at, until, written = _splice(head, root, keys, value, newline)
    return f"{text[: start + at]}{written}{text[start + until :]}"


def _splice(
    head: str, root: Table, keys: tuple[str, ...], value: str, newline: str
) -> tuple[int, int, str]:
    """What to write, and from where to where, so that `keys` lead to `value`."""
    node: Node = root
    flow = False
    for depth, key in enumerate(keys):
        flow = flow or (not isinstance(node, Scalar) and node.flow)
        child = _child(node, key)
        if child is None:
            rest = keys[depth:]
            if isinstance(node, Scalar):
                return _replace_scalar(head, node, keys[:depth], rest, value)
            return _add(head, node, root, rest, value, newline)
        node = child
    if isinstance(node, Scalar):
        return _put(head, node, _string(value, flow=flow))
    raise LookupError(f"{'.'.join(keys)} is {in_words(node)}")


def _child(node: Node, key: str) -> Node | None:
    if isinstance(node, Table):
        return node.entries[key][1] if key in node.entries else None
    if isinstance(node, List) and key.isdecimal() and int(key) < len(node.items):
        return node.items[int(key)]
    return None


def _put(head: str, node: Scalar, written: str) -> tuple[int, int, str]:
    """Writes over a scalar. A block's line ends and an empty value's space need care."""
    start, end = node.start, node.end
    if node.style in ("|", ">"):
        end = start + len(head[start:end].rstrip())
    if head[start - 1 : start] == ":":
        written = f" {written}"
    return start, end, written


def _replace_scalar(
    head: str, node: Scalar, at: tuple[str, ...], rest: tuple[str, ...], value: str
) -> tuple[int, int, str]:
    """`image: hall.jpg` becomes `image: {src: hall.jpg, alt: …}`; nothing becomes what is new."""
    new = _nested(rest, value)
    if node.kind != "null":
        if at != ("image",) or len(rest) != 1:
            raise LookupError(f"{'.'.join(at)} is {in_words(node)}")
        new = f"{{src: {_string(node.value, flow=True)}, {_entry(rest, value)}}}"
    return _put(head, node, new)


def _nested(keys: tuple[str, ...], value: str) -> str:
    """The value in the mappings and lists that lead to it, in brackets."""
    if not keys:
        return _string(value, flow=True)
    if keys[0].isdecimal():
        return f"[{_entry(keys, value)}]"
    return f"{{{_entry(keys, value)}}}"


def _entry(keys: tuple[str, ...], value: str, *, flow: bool = True) -> str:
    """What stands for `keys[0]` in its mapping or list."""
    key, *rest = keys
    inner = _nested(tuple(rest), value) if rest else _string(value, flow=flow)
    if not key.isdecimal():
        return f"{_string(key, flow=True)}: {inner}"
    return inner


def _add(
    head: str,
    node: Table | List,
    root: Table,
    keys: tuple[str, ...],
    value: str,
    newline: str,
) -> tuple[int, int, str]:
    """A new entry at the end of a mapping or a list."""
    last: Node | None = None
    if isinstance(node, List):
        if not keys[0].isdecimal() or int(keys[0]) != len(node.items):
            raise LookupError(f"a list of {len(node.items)} has no place {keys[0]}")
        last = node.items[-1] if node.items else None
    elif node.entries:
        last = list(node.entries.values())[-1][1]
    if len(keys) > 1 and any(key.isdecimal() and key != "0" for key in keys[1:]):
        raise LookupError(f"{'.'.join(keys)}: a new list begins with 0")
    if node.flow:
        entry = _entry(keys, value)
        if last is None:
            return node.start + 1, node.start + 1, entry
        # An empty value ends before its comma, at its colon or a space after it.
        return last.end, last.end, f", {entry}"
    entry = _entry(keys, value, flow=False)
    if node is root:
        indent = " " * (node.column - 1) if node.entries else ""
        return len(head), len(head), f"{indent}{entry}{newline}"
    assert last is not None, "a block has entries"
    at = head.find("\n", _last_end(head, last)) + 1 or len(head)
    mark = "- " if isinstance(node, List) else ""
    return at, at, f"{' ' * (node.column - 1)}{mark}{entry}{newline}"


def _last_end(head: str, node: Node) -> int:
    """Where a node's own text ends, in whatever it is nested."""
    if isinstance(node, Scalar):
        return _put(head, node, "")[1]
    if node.flow:
        return node.end
    inside = node.items if isinstance(node, List) else [one for _, one in node.entries.values()]
    return _last_end(head, inside[-1])
