"""Checking: everything wrong in content and catalogues, at its place; and mending it.

The rules judge (see pipeline.checks); here is what they look at: the texts of documents,
of authored editions and of catalogues, each with the place of every character in its
file. What a build would report is asked of a build that writes nothing.

Mending changes words and no markup: every changed text is read again, and where anything
but words came out different it stays as it was. A catalogue changes in the entries that
are mended, a document in those characters; where an original changes, the msgids of its
catalogues follow, so that no translation goes stale by it.
"""

from __future__ import annotations

import re
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipeline import checks, content, files, glossary, localise, markdown, po
from pipeline.app.build import build, weigh
from pipeline.app.sources import (
    TEMPLATES_LANGUAGE,
    Loaded,
    Sources,
    catalogue_path,
    choose,
    decode,
    load,
    open_site,
)
from pipeline.checks import Finding, Rule
from pipeline.checks.ignore_comment import ignored
from pipeline.checks.mend import Finder, edit, mend
from pipeline.checks.pair import Pair
from pipeline.checks.prose import MARK, THING, Inline, block, definitions, plain, read
from pipeline.glossary import Glossary
from pipeline.markdown import Parsed
from pipeline.model import Authored, Document, Site
from pipeline.po import Catalogue, Entry
from pipeline.problems import CatalogueError, ContentError, DozabanError, Location, Problem, problem

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Mended:
    """What was mended in one file: how often, by rule."""

    path: str
    rules: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check found, sorted by place, and what it mended before."""

    documents: int
    problems: list[Problem]
    mended: tuple[Mended, ...] = ()


def check(
    root: Path,
    names: Sequence[str] = (),
    *,
    fix: bool = False,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> Checked:
    """Check documents (all, and the site's own catalogues, where none is named).

    With `fix`, what can be mended safely is, and the rest is reported. `as_of` is today.
    Raises DozabanError where nothing can be said at all.
    """
    sources = open_site(root)
    chosen = tuple(choose(sources, name) for name in names)
    desk = _Desk(sources, as_of)
    mended: tuple[Mended, ...] = ()
    if fix:
        with files.lock(root, "check --fix"):
            mended = _mend_site(desk, chosen)
    problems = list(_site_problems(desk, chosen, progress))
    own = set(desk.paths)
    problems += _of_building(desk, as_of, own)
    if chosen:
        problems = [one for one in problems if one.location.path in own]
    conflicts = {one.location.path for one in problems if one.rule == "conflict-marker"}
    problems = [
        one
        for one in problems
        if one.location.path not in conflicts or one.rule != "front-matter"
    ]
    count = len(chosen) if chosen else len(sources.documents)
    return Checked(documents=count, problems=weigh(problems, sources.site), mended=mended)


class _Desk:
    """A site on the desk: its sources, the rules in force, glossaries, today."""

    def __init__(self, sources: Sources, as_of: date | None) -> None:
        self.sources = sources
        self.site: Site = sources.site
        self.today = as_of or datetime.now(ZoneInfo(sources.site.time_zone)).date()
        self.rules = checks.weighed(checks.RULES, self.site.checks)
        self.paths: list[str] = []  # that were looked at
        self.problems: list[Problem] = []
        self.glossaries: dict[str, Glossary] = {}
        for language in self.site.languages:
            path = f"locales/{language.tag}/glossary.csv"
            data = files.read_if_there(sources.root, path)
            if data is not None:
                self.glossaries[language.tag], more = glossary.parse(data, path)
                self.problems += more
        self._by: dict[str, tuple[Rule, ...]] = {}

    def applying(self, applies: str) -> tuple[Rule, ...]:
        """The rules in force that apply to a kind of thing."""
        if applies not in self._by:
            self._by[applies] = tuple(rule for rule in self.rules if rule.applies == applies)
        return self._by[applies]

    def orthography(self, tag: str) -> tuple[Rule, ...]:
        """The text rules in force for a language."""
        key = f"text:{tag}"
        if key not in self._by:
            self._by[key] = checks.weighed(checks.orthography(tag), self.site.checks)
        return self._by[key]

    def finders(self, tag: str, without: frozenset[str] = frozenset()) -> list[Finder]:
        """What mends a text of a language."""
        found: list[Finder] = [
            (rule.name, _over_prose(rule)) for rule in self.orthography(tag) if rule.fixable
        ]
        found += [
            (rule.name, rule.find) for rule in self.applying("written") if rule.fixable
        ]
        return [one for one in found if one[0] not in without]


def _over_prose(rule: Rule) -> Callable[[str, str], Iterable[Finding]]:
    find = rule.find
    return lambda text, prose: find(prose)


# --- the texts of a file, with their places --------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passage:
    """A text of a document's file: a block, or a string of the front matter.

    It stands at `start` of the file's text. `key` is the front matter's, else empty.
    `words`: whether orthography applies to it.
    """

    inline: Inline
    start: int
    key: str = ""
    words: bool = True


def _passages(text: str, owner: Document | Authored, body: str, parsed: Parsed) -> list[_Passage]:
    """Every text of a document's or an authored edition's file."""
    found = []
    lines = _line_starts(text)
    for key, value in _strings(owner):
        place = owner.source.get(key)
        if place is not None and (written := _scalar(text, lines, place, value)) is not None:
            found.append(_Passage(start=written[0], inline=written[1], key=key))
    shift = len(text) - len(body)
    at, character = 0, shift
    for leaf in parsed.leaves:
        character += len(parsed.data[at : leaf.start].decode())
        at = leaf.start
        prose_like = bool(leaf.msgid) and leaf.kind != "code"
        if prose_like:
            inline = block(parsed, leaf.start, leaf.end, leaf.events)
        else:
            own = parsed.data[leaf.start : leaf.end].decode()
            inline = Inline(text=own, prose=THING * len(own))
        found.append(_Passage(inline=inline, start=character, words=prose_like))
    return found


def _strings(owner: Document | Authored) -> Iterator[tuple[str, str]]:
    """The front-matter texts, by dotted key."""
    yield "title", owner.title
    yield "summary", owner.summary
    if owner.image is not None:
        yield "image.alt", owner.image.alt
        yield "image.caption", owner.image.caption
    yield "preheader", owner.preheader
    if isinstance(owner, Document):
        for number, section in enumerate(owner.sections):
            yield f"sections.{number}.heading", section.heading


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]


_HEADER = re.compile(r"[|>][+\-0-9]*[ \t]*(?:#[^\n]*)?\r?\n")
_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|\r?\n[ \t]*|.)", re.DOTALL)
_FOLD = re.compile(r"[ \t]*(?:\r?\n[ \t]*)+")


def _scalar(
    text: str, lines: Sequence[int], place: tuple[int, int], value: str
) -> tuple[int, Inline] | None:
    """Where a YAML string stands in a file, and it as written, quotes and escapes masked.

    None if it is written in a way that this doesn't follow; then it is left alone.
    """
    line, column = place
    start = at = lines[line - 1] + column - 1
    style = text[at : at + 1]
    prose: list[str] = []
    if style in ("|", ">"):
        header = _HEADER.match(text, at)
        if header is None:
            return None
        prose.append(MARK * len(header[0]))
        at = header.end()
        indent = len(text[at:]) - len(text[at:].lstrip(" "))
        prose.append(MARK * indent)
        at += indent
    elif style in "\"'" and style:
        prose.append(MARK)
        at += 1
    else:
        style = ""
    position = 0
    while position < len(value):
        here = text[at : at + 1]
        wanted = value[position]
        if style == '"' and here == "\\":
            escape = _ESCAPE.match(text, at)
            if escape is None:
                return None
            prose.append(MARK * len(escape[0]))
            at = escape.end()
            position += "\n" not in escape[0]
            continue
        if style == "'" and text.startswith("''", at) and wanted == "'":
            prose.append(MARK * 2)
            at, position = at + 2, position + 1
            continue
        if wanted in " \n" and (fold := _FOLD.match(text, at)):
            if "\n" not in fold[0]:
                return None
            prose.append("".join("\n" if sign == "\n" else MARK for sign in fold[0]))
            at = fold.end()
            while position < len(value) and value[position] in " \n":
                position += 1
            continue
        if here != wanted:
            return None
        prose.append(here)
        at, position = at + 1, position + 1
    own = text[start:at]
    return start, Inline(text=own, prose=plain("".join(prose)).prose)


def _place(lines: Sequence[int], offset: int) -> tuple[int, int]:
    """Line and column, from 1."""
    number = bisect_right(lines, offset)
    return number, offset - lines[number - 1] + 1


def _excerpt(text: str, start: int, end: int) -> str:
    """What a finding is about, with some words around it."""
    left, right = max(0, start - 25), min(len(text), max(end, start) + 25)
    if start == end == 0:
        right = min(len(text), 60)
    piece = " ".join(text[left:right].split())
    return f"{'…' if left else ''}{piece}{'…' if right < len(text) else ''}"


def _problem(rule: Rule, found: Finding, path: str, place: tuple[int, int], text: str) -> Problem:
    return problem(
        rule.name,
        found.message,
        path,
        *place,
        hint=found.hint,
        excerpt=_excerpt(text, found.start, found.end),
        severity="error" if rule.severity == "error" else "warn",
    )


# --- looking ------------------------------------------------------------------------------


def _site_problems(
    desk: _Desk, chosen: Sequence[str], progress: Progress | None
) -> Iterator[Problem]:
    """What the rules find, document by document, and in the site's own catalogues."""
    sources = desk.sources
    names = chosen or sorted(sources.documents)
    for number, name in enumerate(names, 1):
        yield from _document_problems(desk, name)
        if progress:
            progress("Checking", number, len(names))
    if chosen:
        return
    yield from desk.problems
    for language in desk.site.languages:
        for own, source in _shared(desk.site):
            yield from _catalogue_problems(
                desk, catalogue_path(own, language.tag), source, language.tag
            )
    yield from _orphans(desk)


def _shared(site: Site) -> tuple[tuple[str, str], ...]:
    """The catalogues that are no document's, each with its source language."""
    return (("terms", site.default_language), ("messages", TEMPLATES_LANGUAGE))


def _document_problems(desk: _Desk, name: str) -> Iterator[Problem]:
    sources, path = desk.sources, desk.sources.paths[name]
    desk.paths += [path, *sources.authored.get(name, {}).values()]
    desk.paths += [catalogue_path(name, language.tag) for language in desk.site.languages]
    try:
        loaded = load(sources, name)
    except ContentError as error:
        yield from _conflicts(desk, path)
        yield from error.problems
        return
    document = loaded.document
    yield from loaded.problems
    for rule in desk.applying("document"):
        yield from rule.find(document, desk.site, desk.today)
    parsed = markdown.parse(loaded.body)
    yield from _text_problems(desk, document, loaded.body, parsed, document.lang)
    for own in document.authored:
        body = loaded.authored[own.lang]
        yield from _text_problems(desk, own, body, markdown.parse(body), own.lang)
    kinds = {
        (message.context, message.msgid): message.kind
        for message in localise.messages(document, parsed)
    }
    for language in desk.site.languages:
        if language.tag != document.lang:
            yield from _catalogue_problems(
                desk,
                catalogue_path(name, language.tag),
                document.lang,
                language.tag,
                kinds,
                definitions(parsed),
                truth=document.authored_in(language.tag) is None,
            )


def _conflicts(desk: _Desk, path: str) -> Iterator[Problem]:
    """Conflict markers of a file that cannot be read, which mostly is because of them."""
    text = decode(files.read(desk.sources.root, path), path)
    lines = _line_starts(text)
    for rule in desk.applying("body"):
        for found in rule.find(text):
            place, line = _place(lines, found.start), _line_at(text, found.start)
            yield _problem(rule, replace(found, start=0, end=0), path, place, line)


def _line_at(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : text.find("\n", at) if "\n" in text[at:] else len(text)]


def _text_problems(
    desk: _Desk, owner: Document | Authored, body: str, parsed: Parsed, tag: str
) -> Iterator[Problem]:
    text = decode(files.read(desk.sources.root, owner.path), owner.path)
    lines: list[int] = []

    def tell(rule: Rule, found: Finding, start: int, inside: str) -> Problem:
        if not lines:
            lines.extend(_line_starts(text))
        return _problem(rule, found, owner.path, _place(lines, start + found.start), inside)

    shift = len(text) - len(body)
    for rule in desk.applying("body"):
        for found in rule.find(body, partial(_code_spans, parsed)):
            place = _place(_line_starts(text), shift + found.start)
            line = _line_at(body, found.start)
            yield _problem(rule, replace(found, start=0, end=0), owner.path, place, line)
    written, words = desk.applying("written"), desk.orthography(tag)
    if not text.isascii():
        for passage in _passages(text, owner, body, parsed):
            inline = passage.inline
            if not passage.key:  # reading the front matter tells of its own
                for rule in written:
                    for found in rule.find(inline.text, inline.prose):
                        yield tell(rule, found, passage.start, inline.text)
            if passage.words:
                for rule in words:
                    for found in rule.find(inline.prose):
                        yield tell(rule, found, passage.start, inline.text)


def _code_spans(parsed: Parsed) -> list[tuple[int, int]]:
    """Where code blocks are, in characters of the body."""
    return [
        (len(parsed.data[: leaf.start].decode()), len(parsed.data[: leaf.end].decode()))
        for leaf in parsed.leaves
        if leaf.kind == "code"
    ]


def _catalogue_problems(
    desk: _Desk,
    path: str,
    source: str,
    tag: str,
    kinds: Mapping[po.Key, str] | None = None,
    known: str = "",
    *,
    truth: bool = True,
) -> Iterator[Problem]:
    """What is wrong in one catalogue. `truth`: its msgstrs are what readers get."""
    data = files.read_if_there(desk.sources.root, path)
    if data is None:
        return
    if path not in desk.paths:
        desk.paths.append(path)
    try:
        catalogue = po.parse(data, path)
    except CatalogueError as error:
        yield from error.problems
        return
    for rule in desk.applying("catalogue"):
        for entry, found in rule.find(catalogue, tag):
            if entry is None or rule.name not in ignored(entry):
                yield _in_catalogue(rule, found, path, entry)
    if not truth:
        return
    written, words = desk.applying("written"), desk.orthography(tag)
    for entry, pair in _pairs(catalogue, kinds, known, (source, tag), desk.glossaries.get(tag)):
        without = ignored(entry)
        rules: Iterable[tuple[Rule, Iterable[Finding]]]
        if not entry.fuzzy:
            rules = ((rule, rule.find(pair)) for rule in desk.applying("translation"))
            yield from _told(rules, without, path, entry, pair)
        if pair.msgstr.isascii():
            continue
        rules = ((rule, rule.find(pair.msgstr, pair.target.prose)) for rule in written)
        yield from _told(rules, without, path, entry, pair)
        if not entry.fuzzy or entry.previous is not None:
            rules = ((rule, rule.find(pair.target.prose)) for rule in words)
            yield from _told(rules, without, path, entry, pair)


def _told(
    rules: Iterable[tuple[Rule, Iterable[Finding]]],
    without: frozenset[str],
    path: str,
    entry: Entry,
    pair: Pair,
) -> Iterator[Problem]:
    for rule, findings in rules:
        for found in findings:
            if rule.name not in without:
                form = entry.plurals.index(pair.msgstr) if entry.plurals else 0
                yield _in_catalogue(rule, replace(found, form=form), path, entry)


def _in_catalogue(rule: Rule, found: Finding, path: str, entry: Entry | None) -> Problem:
    if entry is None:
        return problem(rule.name, found.message, path, hint=found.hint,
                       severity="error" if rule.severity == "error" else "warn")  # fmt: skip
    text = entry.plurals[found.form] if entry.plurals else entry.msgstr
    place = po.msgstr_position(entry, max(found.start, 0), found.form)
    if found.start < 0:  # in the comments
        raw = (entry.raw or b"").decode().split("\n")
        at = next((n for n, line in enumerate(raw) if "dozaban:" in line), 0)
        return _problem(rule, replace(found, start=0, end=0), path, (entry.line + at, 1), raw[at])
    return _problem(rule, found, path, place, text)


def _pairs(
    catalogue: Catalogue,
    kinds: Mapping[po.Key, str] | None,
    known: str,
    languages: tuple[str, str],
    terms: Glossary | None,
) -> Iterator[tuple[Entry, Pair]]:
    """The live entries that have a translation, one pair a plural form, all read at once."""
    chosen: list[tuple[Entry, str, str, bool]] = []
    texts: list[str] = []
    for entry in catalogue.entries:
        if entry.obsolete:
            continue
        kind = kinds.get(entry.key, "") if kinds is not None else ""
        if not kind:
            kind = entry.extracted[0] if entry.extracted else "paragraph"
        inline = kinds is not None and entry.context is None and kind not in ("code", "interface")
        for form in dict.fromkeys(entry.plurals or (entry.msgstr,)):
            if form:
                chosen.append((entry, form, kind, inline))
                if inline:
                    texts += (entry.msgid, form)
    read_texts = iter(read(texts, known))
    for entry, form, kind, inline in chosen:
        if inline:
            source, target = next(read_texts), next(read_texts)
        elif kind == "code":
            source, target = _all_code(entry.msgid), _all_code(form)
        else:
            source, target = plain(entry.msgid), plain(form)
        yield entry, Pair(
            msgid=entry.msgid,
            msgstr=form,
            source=source,
            target=target,
            kind=kind,
            plural=entry.plural,
            languages=languages,
            glossary=terms,
        )


def _all_code(text: str) -> Inline:
    """A code block: nothing of it is words."""
    return Inline(text=text, prose="".join("\n" if sign == "\n" else THING for sign in text))


def _orphans(desk: _Desk) -> Iterator[Problem]:
    """Catalogues whose document is gone."""
    if not any(rule.name == "orphan-catalogue" for rule in desk.rules):
        return
    from pipeline.app import update

    orphans: Callable[[Sources], Iterable[Any]] | None = getattr(update, "orphans", None)
    for found in orphans(desk.sources) if orphans is not None else ():
        if isinstance(found, Problem):
            yield replace(found, rule="orphan-catalogue")
        else:
            yield problem("orphan-catalogue", "there is no document of this catalogue's name",
                          str(found), severity="warn",
                          hint="rename it as its document is, or remove it")  # fmt: skip


# --- what a build finds ---------------------------------------------------------------------


def _of_building(desk: _Desk, as_of: date | None, own: set[str]) -> list[Problem]:
    """What a build reports, with columns; what the rules tell better is left out."""
    sources = desk.sources
    with tempfile.TemporaryDirectory(prefix="dozaban-check-") as folder:
        try:
            found = build(sources.root, out=Path(folder) / "public", only_check=True, as_of=as_of).problems
        except DozabanError as error:
            found = list(error.problems)
    catalogues: dict[str, Catalogue | None] = {}
    texts: dict[str, list[str]] = {}
    result = []
    for one in found:
        at = one.location
        if at.path.endswith(".po"):
            if one.rule == "raw-html" and at.path in own:
                continue
            if at.line and not at.column:
                one = _sharpen_entry(sources.root, catalogues, one)
        elif at.path.endswith(".md") and at.line and not (at.column and one.excerpt):
            one = _sharpen_line(sources.root, texts, one)
        result.append(one)
    return result


_ADDRESS = re.compile(r"broken link `([^`]+)`")


def _sharpen_entry(root: Path, catalogues: dict[str, Catalogue | None], one: Problem) -> Problem:
    """The problem at its column, where its line is that of a msgstr."""
    at = one.location
    if at.path not in catalogues:
        try:
            catalogues[at.path] = po.parse(files.read(root, at.path), at.path)
        except DozabanError:
            catalogues[at.path] = None
    catalogue = catalogues[at.path]
    for entry in catalogue.entries if catalogue else ():
        if entry.msgstr_line == at.line:
            address = _ADDRESS.search(one.message)
            offset = max(entry.msgstr.find(address[1]), 0) if address else 0
            line, column = po.msgstr_position(entry, offset)
            size = len(address[1]) if address and offset else 0
            return replace(
                one,
                location=Location(path=at.path, line=line, column=column),
                excerpt=one.excerpt or _excerpt(entry.msgstr, offset, offset + size),
            )
    return one


def _sharpen_line(root: Path, texts: dict[str, list[str]], one: Problem) -> Problem:
    """The problem at its column: of the address that it names, or of the line's text."""
    at = one.location
    if at.path not in texts:
        try:
            texts[at.path] = decode(files.read(root, at.path), at.path).split("\n")
        except DozabanError:
            texts[at.path] = []
    lines = texts[at.path]
    if at.line > len(lines):
        return one
    address = _ADDRESS.search(one.message)
    line, column = at.line, at.column
    if address and not column:
        for number in range(at.line - 1, len(lines)):
            if (offset := lines[number].find(address[1])) >= 0:
                line, column = number + 1, offset + 1
                break
    text = lines[line - 1].rstrip("\r")
    if not column:
        column = len(text) - len(text.lstrip()) + 1
    size = len(address[1]) if address else 0
    start = column - 1
    excerpt = _excerpt(text, start, start + size) if text.strip() != "---" else ""
    return replace(
        one,
        location=Location(path=at.path, line=line, column=column),
        excerpt=one.excerpt or excerpt,
    )


# --- mending ----------------------------------------------------------------------------


def _mend_site(desk: _Desk, chosen: Sequence[str]) -> tuple[Mended, ...]:
    """Mends every file, and says which and how often."""
    done: dict[str, Counter[str]] = {}
    sources = desk.sources
    for name in chosen or sorted(sources.documents):
        try:
            loaded = load(sources, name)
        except ContentError:
            continue  # told when the document is looked at
        _mend_document(desk, loaded, name, done)
        loaded = load(sources, name)
        parsed = markdown.parse(loaded.body)
        kinds = {
            (message.context, message.msgid): message.kind
            for message in localise.messages(loaded.document, parsed)
        }
        for language in desk.site.languages:
            tag = language.tag
            if tag != loaded.document.lang and loaded.document.authored_in(tag) is None:
                path = catalogue_path(name, tag)
                _mend_catalogue(
                    desk, path, loaded.document.lang, tag, kinds, definitions(parsed), done
                )
    if not chosen:
        for language in desk.site.languages:
            for own, source in _shared(desk.site):
                path = catalogue_path(own, language.tag)
                _mend_catalogue(desk, path, source, language.tag, None, "", done)
    return tuple(
        Mended(path=path, rules=dict(sorted(rules.items()))) for path, rules in sorted(done.items())
    )


def _mend_catalogue(
    desk: _Desk,
    path: str,
    source: str,
    tag: str,
    kinds: Mapping[po.Key, str] | None,
    known: str,
    done: dict[str, Counter[str]],
) -> None:
    root = desk.sources.root
    before = files.read_if_there(root, path)
    if before is None:
        return
    try:
        catalogue = po.parse(before, path)
    except CatalogueError:
        return
    counted: Counter[str] = Counter()
    renewed: dict[po.Key, dict[str, str]] = {}
    for entry, pair in _pairs(catalogue, kinds, known, (source, tag), None):
        if entry.fuzzy and entry.previous is None:
            continue  # a suggestion: nobody's words yet
        without = ignored(entry)
        finders = desk.finders(tag, without)
        if not entry.fuzzy:
            finders += [
                (rule.name, _over_pair(rule, pair))
                for rule in desk.applying("translation")
                if rule.fixable and rule.name not in without
            ]
        inline = kinds is not None and entry.context is None and pair.kind != "code"
        text, rules = _mend_text(pair.target, finders, partial(_again, inline=inline, known=known))
        if text != pair.msgstr:
            renewed.setdefault(entry.key, {})[pair.msgstr] = text
            counted += rules
    if not renewed:
        return
    entries = tuple(
        _renew(entry, renewed[entry.key]) if entry.key in renewed and not entry.obsolete else entry
        for entry in catalogue.entries
    )
    files.write(root, path, po.serialize(replace(catalogue, entries=entries)), expected=before)
    done.setdefault(path, Counter()).update(counted)


def _over_pair(rule: Rule, pair: Pair) -> Callable[[str, str], Iterable[Finding]]:
    find = rule.find
    return lambda text, prose: find(replace(pair, msgstr=text, target=Inline(text=text, prose=prose)))


def _renew(entry: Entry, texts: Mapping[str, str]) -> Entry:
    if entry.plural is None:
        return po.revise(entry, msgstr=texts[entry.msgstr])
    return po.revise(entry, plurals=tuple(texts.get(form, form) for form in entry.plurals))


def _again(text: str, inline: bool, known: str) -> Inline:
    return read([text], known)[0] if inline else plain(text)


def _mend_text(
    inline: Inline, finders: Sequence[Finder], again: Callable[[str], Inline | None]
) -> tuple[str, Counter[str]]:
    """A text mended, unless its markup would come out different; then edit by edit.

    `again` reads the mended text; None if it cannot be read.
    """
    text, prose, rules = mend(inline.text, inline.prose, finders)
    if text == inline.text:
        return text, rules
    if _came_through(inline, prose, again(text)):
        return text, rules
    kept, counted = inline, Counter[str]()
    for name, find in finders:
        passed = 0  # edits of this rule up to here are made, or break something
        for _ in range(len(inline.text) + 1):
            found = next(
                (one for one in find(kept.text, kept.prose) if one.edits and one.start >= passed), None
            )
            if found is None:
                break
            made = again(edit(kept.text, found.edits))
            if made is not None and _came_through(kept, edit(kept.prose, found.edits), made):
                kept = made
                counted[name] += 1
                passed = found.start
            else:
                passed = found.start + 1
    return kept.text, counted


def _came_through(before: Inline, prose: str, after: Inline | None) -> bool:
    """Whether a text has its markup still, and the words that the edits gave it."""
    return after is not None and after.prose == prose and after.shape == before.shape


def _mend_document(
    desk: _Desk, loaded: Loaded, name: str, done: dict[str, Counter[str]]
) -> None:
    """Mends the files of a document; its catalogues follow."""
    document, site = loaded.document, desk.site
    parsed = markdown.parse(loaded.body)

    def reread(text: str) -> Document:
        return content.parse(text, document.path, site, name=name, kind=document.kind)[0]

    if _mend_file(desk, document, loaded.body, document.lang, reread, done):
        now = load(desk.sources, name)
        changed = {
            (old.context, old.msgid): new.msgid
            for old, new in zip(
                localise.messages(document, parsed),
                localise.messages(now.document, markdown.parse(now.body)),
                strict=True,
            )
            if old.msgid != new.msgid
        }
        for language in desk.site.languages:
            if language.tag != document.lang:
                _follow(desk.sources.root, catalogue_path(name, language.tag), changed)
    for own in document.authored:
        body = loaded.authored[own.lang]
        before = _authored_texts(own, markdown.parse(body))

        def reread_own(text: str, path: str = own.path) -> Authored:
            return content.parse_authored(text, path, site, document)[0]

        if _mend_file(desk, own, body, own.lang, reread_own, done):
            now = load(desk.sources, name)
            edition = now.document.authored_in(own.lang)
            assert edition is not None
            after = _authored_texts(edition, markdown.parse(now.authored[own.lang]))
            renamed = {old: new for old, new in zip(before, after, strict=True) if old != new}
            _follow(desk.sources.root, catalogue_path(name, own.lang), {}, renamed)


def _authored_texts(own: Authored, parsed: Parsed) -> list[str]:
    return [text for _, text in _strings(own)] + [leaf.msgid for leaf in parsed.leaves]


def _follow(
    root: Path,
    path: str,
    msgids: Mapping[po.Key, str],
    msgstrs: Mapping[str, str] = {},  # noqa: B006 - never written
) -> None:
    """A catalogue whose original, or whose authored edition, was mended."""
    before = files.read_if_there(root, path)
    if before is None:
        return
    try:
        catalogue = po.parse(before, path)
    except CatalogueError:
        return
    taken = {entry.key for entry in catalogue.entries}
    entries = []
    for entry in catalogue.entries:
        msgid = msgids.get(entry.key)
        if msgid is not None and not entry.obsolete and (entry.context, msgid) not in taken:
            taken.add((entry.context, msgid))
            entry = po.revise(entry, msgid=msgid)
        if not entry.obsolete and entry.msgstr in msgstrs:
            entry = po.revise(entry, msgstr=msgstrs[entry.msgstr])
        entries.append(entry)
    files.write(
        root, path, po.serialize(replace(catalogue, entries=tuple(entries))), expected=before
    )


def _mend_file(
    desk: _Desk,
    owner: Document | Authored,
    body: str,
    tag: str,
    reread: Callable[[str], Document | Authored],
    done: dict[str, Counter[str]],
) -> bool:
    """Mends the texts of a document's file in place; returns whether any changed."""
    root, path = desk.sources.root, owner.path
    before = files.read(root, path)
    text = decode(before, path)
    if text.isascii():
        return False
    finders = desk.finders(tag)
    unspoken = {rule.name for rule in desk.applying("written")}
    only_written = [one for one in finders if one[0] in unspoken]
    proof = _Proof(text=text, body=body, owner=owner, reread=reread)
    counted: Counter[str] = Counter()
    for passage in reversed(_passages(text, owner, body, markdown.parse(body))):
        wanted = finders if passage.words else only_written
        mended, rules = _mend_text(passage.inline, wanted, partial(proof.read, passage))
        if mended != passage.inline.text:
            proof.take(passage, mended)
            counted += rules
    if proof.text == text:
        return False
    files.write(root, path, proof.text.encode(), expected=before)
    done.setdefault(path, Counter()).update(counted)
    return True


@dataclass(kw_only=True)
class _Proof:
    """A file being mended from its end to its beginning, and read again each time."""

    text: str
    body: str
    owner: Document | Authored
    reread: Callable[[str], Document | Authored]

    def __post_init__(self) -> None:
        self.shape = _shape(self.body)

    def _with(self, passage: _Passage, new: str) -> tuple[str, str]:
        """The file and its body with another text in that place."""
        end = passage.start + len(passage.inline.text)
        text = self.text[: passage.start] + new + self.text[end:]
        head = len(self.text) - len(self.body)
        return text, self.body if passage.key else text[head:]

    def take(self, passage: _Passage, new: str) -> None:
        self.text, self.body = self._with(passage, new)
        if passage.key:
            self.owner = self.reread(self.text)

    def read(self, passage: _Passage, new: str) -> Inline | None:
        """The passage as the changed file has it; None if anything else came out different."""
        text, body = self._with(passage, new)
        owner = self.owner
        if passage.key:
            try:
                owner = self.reread(text)
            except ContentError:
                return None
            if _beside(owner, passage.key) != _beside(self.owner, passage.key):
                return None
        elif _shape(body) != self.shape:
            return None
        for one in _passages(text, owner, body, markdown.parse(body)):
            if (one.start, one.key) == (passage.start, passage.key):
                return one.inline if one.inline.text == new else None
        return None


def _shape(body: str) -> list[Any]:
    """A body's events without its words."""
    events = markdown.parse(body).events
    return [event for event, _ in events if type(event) is str or "Text" not in event]


def _beside(owner: Document | Authored, key: str) -> tuple[object, ...]:
    """All that front matter says but for one text, and for where things stand."""
    texts = {name: text for name, text in _strings(owner) if name != key}
    bare = replace(owner, title="", summary="", preheader="", source={}, body_line=0)
    if bare.image is not None:
        bare = replace(bare, image=replace(bare.image, alt="", caption=""))
    if isinstance(bare, Document):
        sections = tuple(replace(section, heading="") for section in bare.sections)
        bare = replace(bare, sections=sections, authored=())
    return texts, bare
