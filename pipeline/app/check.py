"""Checking: everything wrong in content and catalogues, at its place; and mending it.

The rules judge (see pipeline.checks); here is what they look at: the texts of documents,
of authored editions and of catalogues. What a build would report is asked of a build that
writes nothing. Mending is next door.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import files, localise, markdown, memo, po
from pipeline.app import addresses, theme
from pipeline.app.build import build
from pipeline.app.desk import Desk, shared
from pipeline.app.mend import Mended, mend_site
from pipeline.app.sources import Sources, catalogue_path, choose, decode, load, open_site
from pipeline.app.survey import weigh
from pipeline.app.workers import default_jobs, spread
from pipeline.catalogue import header_problem
from pipeline.checks import Rule
from pipeline.checks.finding import Finding
from pipeline.checks.ignore_comment import ignored
from pipeline.checks.pair import Pair, pairs_of
from pipeline.checks.passages import line_starts, passages, place_of
from pipeline.checks.prose import definitions
from pipeline.markdown import Parsed
from pipeline.model import Authored, Document
from pipeline.po import Catalogue, Entry
from pipeline.problems import (
    CatalogueError,
    ContentError,
    DozabanError,
    Location,
    Problem,
    packed,
    problem,
    unpacked,
)
from pipeline.speech import say

Progress = Callable[[str, int, int], None]


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
    desk = Desk(sources, as_of)
    mended: tuple[Mended, ...] = ()
    if fix:
        with files.lock(root, "check --fix"):
            mended = mend_site(desk, chosen)
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
    desk: Desk, chosen: Sequence[str], progress: Progress | None
) -> Iterator[Problem]:
    """What the rules find, document by document, and in the site's own catalogues."""
    sources = desk.sources
    names = chosen or sorted(sources.documents)
    memory = memo.Memory(sources.root, "check", _about(desk))
    seen = {name: memo.signature(sources.root, _files_of(sources, name)) for name in names}
    known = {name: memory.recall(name, seen[name]) for name in names}
    unknown = [name for name in names if known[name] is None]
    _at_work[:] = [desk]
    found = spread(_some_documents, unknown, default_jobs(len(unknown)), progress, say("Checking"))
    for name, problems in zip(unknown, found, strict=True):
        known[name] = problems
        memory.keep(name, seen[name], problems)
    for name in names:
        desk.paths += _files_of(sources, name)
        yield from map(unpacked, known[name])
    if chosen:
        return
    memory.save()
    yield from desk.problems
    for language in desk.site.languages:
        for own, source in shared(sources):
            yield from _catalogue_problems(
                desk, catalogue_path(own, language.tag), source, language.tag
            )
    yield from _orphans(desk)
    if any(rule.name == "theme-drift" for rule in desk.rules):
        yield from theme.drift(sources.root)


_at_work: list[Desk] = []


def _about(desk: Desk) -> list[Any]:
    """What the findings in a document depend on beside its own files."""
    sources, paths = desk.sources, ["content/site.toml"]
    paths += [f"locales/{language.tag}/glossary.csv" for language in desk.site.languages]
    texts = [files.read_if_there(sources.root, path) or b"" for path in paths]
    return [desk.today.isoformat(), *(files.digest(text) for text in texts)]


def _files_of(sources: Sources, name: str) -> list[str]:
    """The files in which the rules look for what is wrong with a document."""
    own = [sources.paths[name], *sources.authored.get(name, {}).values()]
    return own + [catalogue_path(name, language.tag) for language in sources.site.languages]


def _some_documents(names: Sequence[str]) -> list[list[Any]]:
    """What the rules find in some documents, as it is remembered; in any process."""
    (desk,) = _at_work
    return [[packed(one) for one in _document_problems(desk, name)] for name in names]


def _document_problems(desk: Desk, name: str) -> Iterator[Problem]:
    sources, path = desk.sources, desk.sources.paths[name]
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


def _conflicts(desk: Desk, path: str) -> Iterator[Problem]:
    """Conflict markers of a file that cannot be read, which mostly is because of them."""
    text = decode(files.read(desk.sources.root, path), path)
    lines = line_starts(text)
    for rule in desk.applying("body"):
        for found in rule.find(text):
            place, line = place_of(lines, found.start), _line_at(text, found.start)
            yield _problem(rule, replace(found, start=0, end=0), path, place, line)


def _line_at(text: str, at: int) -> str:
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : len(text) if end < 0 else end]


def _text_problems(
    desk: Desk, owner: Document | Authored, body: str, parsed: Parsed, tag: str
) -> Iterator[Problem]:
    text = decode(files.read(desk.sources.root, owner.path), owner.path)
    lines: list[int] = []

    def tell(rule: Rule, found: Finding, start: int, inside: str) -> Problem:
        if not lines:
            lines.extend(line_starts(text))
        return _problem(rule, found, owner.path, place_of(lines, start + found.start), inside)

    shift = len(text) - len(body)
    for rule in desk.applying("body"):
        for found in rule.find(body, partial(_code_spans, parsed)):
            lines = lines or line_starts(text)
            place = place_of(lines, shift + found.start)
            line = _line_at(body, found.start)
            yield _problem(rule, replace(found, start=0, end=0), owner.path, place, line)
    written, words = desk.applying("written"), desk.orthography(tag)
    if not text.isascii():
        for passage in passages(text, owner, body, parsed):
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
    desk: Desk,
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
    wrong = header_problem(catalogue)
    if wrong is not None:
        yield wrong
    for rule in desk.applying("catalogue"):
        for entry, found in rule.find(catalogue, tag):
            if rule.name not in ignored(entry):
                yield _in_catalogue(rule, found, path, entry)
    if not truth:
        return
    written, words = desk.applying("written"), desk.orthography(tag)
    for entry, pair in pairs_of(catalogue, kinds, known, (source, tag), desk.glossaries.get(tag)):
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


def _in_catalogue(rule: Rule, found: Finding, path: str, entry: Entry) -> Problem:
    text = entry.plurals[found.form] if entry.plurals else entry.msgstr
    place = po.msgstr_position(entry, max(found.start, 0), found.form)
    if found.start < 0:  # in the comments
        raw = (entry.raw or b"").decode().split("\n")
        at = next((n for n, line in enumerate(raw) if "dozaban:" in line), 0)
        return _problem(rule, replace(found, start=0, end=0), path, (entry.line + at, 1), raw[at])
    return _problem(rule, found, path, place, text)


def _orphans(desk: Desk) -> Iterator[Problem]:
    """Catalogues whose document is gone."""
    if not any(rule.name == "orphan-catalogue" for rule in desk.rules):
        return
    from pipeline.app import update

    orphans: Callable[[Sources], Iterable[Any]] | None = getattr(update, "orphans", None)
    for found in orphans(desk.sources) if orphans is not None else ():
        if isinstance(found, Problem):
            yield replace(found, rule="orphan-catalogue")
        else:
            yield problem("orphan-catalogue", say("there is no document of this catalogue's name"),
                          str(found), severity="warn",
                          hint=say("rename it as its document is, or remove it"))  # fmt: skip


# --- what a build finds ---------------------------------------------------------------------


def _of_building(desk: Desk, as_of: date | None, own: set[str]) -> list[Problem]:
    """What a build reports, with columns; what the rules tell better is left out."""
    sources = desk.sources
    try:
        built = build(sources.root, out=sources.root / ".dozaban" / "check", only_check=True, as_of=as_of)
        found = built.problems
        if any(rule.name == "lost-address" for rule in desk.rules):
            wrong = {one.location.path for one in found if one.severity == "error"}
            found += addresses.lost(sources, built.addresses, wrong)
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
    return _once_a_block(result, texts)


def _once_a_block(problems: list[Problem], texts: Mapping[str, list[str]]) -> list[Problem]:
    """Without what another edition says again of the same block, at its first line."""
    said: dict[tuple[str, str, str], list[int]] = {}
    for one in problems:
        if one.rule in _TAGGED and one.location.path in texts:
            key = (one.location.path, one.rule, one.message)
            said.setdefault(key, []).append(one.location.line)
    for lines in said.values():
        lines.sort()

    def again(one: Problem) -> bool:
        at = one.location
        lines = said.get((at.path, one.rule, one.message), [])
        later = bisect_right(lines, at.line)
        between = texts[at.path][at.line - 1 : lines[later]] if later < len(lines) else [""]
        return all(line.strip() for line in between)

    return [one for one in problems if not again(one)]


_ADDRESS = re.compile(r"(?:broken link|picture) `([^`]+)`")
_TAGGED = frozenset({"raw-html", "html-comment"})


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
    if not column and one.rule in _TAGGED:
        column = text.find("<") + 1
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
