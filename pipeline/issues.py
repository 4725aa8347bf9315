"""An issue of the newsletter: which pieces it has, in each language, and why not others.

Takes documents with their editions and decisions, and gives for each issue and language
its chapters. A piece whose edition does not go out is replaced by its original, left
out, or stops the issue, as site.toml says, and is named in any case. It renders nothing,
and knows no address and no form: page, mail and print are made of the same chapters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from pipeline import languages
from pipeline.localise import Edition, Text
from pipeline.model import Document, Item, Language, Site
from pipeline.problems import Problem, problem
from pipeline.publish import Decision, Record
from pipeline.speech import Said, say, series

Form = Literal["full", "summary", "title"]
"""How a piece stands in an issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A post in an issue: its document's name, its form, and the language it stands in."""

    name: str
    form: Form
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of an issue. A digest has one, without a heading."""

    heading: Text
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A post whose edition does not go out: its name, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue in one language.

    `missing` are the posts that stand in another language or are left out.
    """

    name: str
    language: str
    chapters: tuple[Chapter, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return tuple(piece for chapter in self.chapters for piece in chapter.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """Every issue in every language in which it goes out, and what the issues changed.

    `records` are those given, but that an issue which may not have pieces in another
    language is withheld where it would.
    """

    records: Mapping[str, Record]
    issues: Mapping[tuple[str, str], Issue] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def assemble(site: Site, records: Mapping[str, Record], unread: Collection[str] = ()) -> Assembled:
    """The issues among `records`, put together.

    `unread` are documents that could not be read, of which others have told already.
    """
    found = [record for record in records.values() if record.document.kind == "issue"]
    if not found:
        return Assembled(records=records)
    posts = _Posts(site, records, unread)
    changed = dict(records)
    issues: dict[tuple[str, str], Issue] = {}
    problems: list[Problem] = []
    for record in found:
        document = record.document
        if not record.decisions[document.lang].published:
            continue
        chapters, complaints = posts.chapters(document)
        problems += complaints
        decisions = dict(record.decisions)
        for language in site.languages:
            if not decisions[language.tag].published:
                continue
            issue = _in_language(record.editions[language.tag], chapters, language, site)
            if issue.missing and site.newsletter.missing == "stop":
                decisions[language.tag] = Decision(
                    outcome="withheld", reason="pieces", detail=_names(issue.missing, language)
                )
            else:
                issues[document.name, language.tag] = issue
        changed[document.name] = replace(record, decisions=decisions)
    return Assembled(records=changed, issues=issues, problems=tuple(problems))


_Chosen = list[tuple[int, list[tuple[Record, Form]]]]
"""The number of each section with its posts; -1 is a digest's one."""


def _in_language(edition: Edition, chapters: _Chosen, language: Language, site: Site) -> Issue:
    tag = language.tag
    made: list[Chapter] = []
    missing: list[Missing] = []
    for number, chosen in chapters:
        pieces = []
        for record, form in chosen:
            document, decision = record.document, record.decisions[tag]
            shown = tag
            if not decision.published:
                missing.append(Missing(name=document.name, why=decision.detail))
                if site.newsletter.missing == "leave-out":
                    continue
                shown = document.lang
            pieces.append(Piece(name=document.name, form=form, language=shown))
        if pieces:
            heading = edition.headings[number] if number >= 0 else Text()
            made.append(Chapter(heading=heading, pieces=tuple(pieces)))
    return Issue(name=edition.document, language=tag, chapters=tuple(made), missing=tuple(missing))


def _names(missing: Iterable[Missing], language: Language) -> Said:
    names = [say("{name} ({why})", name=one.name, why=one.why) for one in missing]
    return say("without an edition in {language}: {names}", language=language.name, names=series(names))


class _Posts:
    """The posts that an issue may name or choose from."""

    def __init__(self, site: Site, records: Mapping[str, Record], unread: Collection[str]) -> None:
        self.site, self.records = site, records
        self.unread = {one for name in unread for one in (name, name.rpartition("/")[2])}
        self.bare: dict[str, list[str]] = {}
        for name, record in records.items():
            if record.document.kind == "post":
                self.bare.setdefault(record.document.base, []).append(name)

    def chapters(self, document: Document) -> tuple[_Chosen, list[Problem]]:
        """The posts of an issue, in its order."""
        if document.digest is not None:
            return self._digest(document)
        problems: list[Problem] = []
        chosen: _Chosen = []
        seen: set[str] = set()
        for number, section in enumerate(document.sections):
            pieces: list[tuple[Record, Form]] = []
            for place, item in enumerate(section.items):
                at = document.source.get(f"sections.{number}.items.{place}.post", (0, 0))
                record, why, hint = self._named(item)
                if record is not None and record.document.name in seen:
                    record = None
                    why = say("`{post}` stands in this issue twice", post=item.post)
                    hint = say("remove one of the two")
                if record is None and not why:
                    continue
                if record is None:
                    problems.append(problem("issue-item", why, document.path, *at, hint=hint))
                else:
                    seen.add(record.document.name)
                    pieces.append((record, item.form))
            chosen.append((number, pieces))
        return chosen, problems

    def _named(self, item: Item) -> tuple[Record | None, str, str]:
        """The post of an item; else what is wrong, and what to do."""
        wanted = item.post.removeprefix("content/").removesuffix(".md").removesuffix("/index")
        names = [wanted] if wanted in self.records else self.bare.get(wanted, [])
        if len(names) > 1:
            return (
                None,
                say("more than one post is called `{post}`", post=item.post),
                say("write one of: {names}", names=series(names)),
            )
        if not names and wanted in self.unread:
            return None, "", ""
        if not names:
            return (
                None,
                say("there is no post `{post}`", post=item.post),
                say("write its name as `dozaban list` shows it"),
            )
        record = self.records[names[0]]
        if record.document.kind != "post":
            return (
                None,
                say("`{post}` is not a post", post=item.post),
                say("name a document under content/posts/"),
            )
        decision = record.decisions[record.document.lang]
        if not decision.published:
            return (
                None,
                say("`{post}` does not go out: {why}", post=item.post, why=decision.detail),
                say("take it out of the issue, or publish it"),
            )
        return record, "", ""

    def _digest(self, document: Document) -> tuple[_Chosen, list[Problem]]:
        rule = document.digest
        assert rule is not None
        until = rule.until or self._day(document)
        found = []
        for record in self.records.values():
            post = record.document
            if post.kind != "post" or not record.decisions[post.lang].published:
                continue
            day = self._day(post)
            if day is None or (rule.since and day < rule.since) or (until and day > until):
                continue
            if rule.tags and not set(rule.tags) & set(post.tags):
                continue
            found.append((day, post.name, record))
        found.sort(key=lambda one: (-one[0].toordinal(), one[1]))
        if rule.limit:
            found = found[: rule.limit]
        problems = []
        if not found:
            at = document.source.get("digest", (0, 0))
            problems.append(
                problem("empty-digest", say("no post is of these days and tags"), document.path, *at,
                        hint=say("correct `since`, `until` and `tags`"), severity="warn")
            )  # fmt: skip
        return [(-1, [(record, "summary") for _, _, record in found])], problems

    def _day(self, document: Document) -> date | None:
        if document.date is None:
            return None
        return languages.local_day(document.date, self.site.time_zone)
