"""`status`: the account of every edition, from disk, git and the catalogues' headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import account, files, git, languages, localise, markdown, memo, nudges, po
from pipeline.account import Row, Touched
from pipeline.app import voices, wording
from pipeline.app.build import guard_output
from pipeline.app.history import History, past, read_history
from pipeline.app.reviews import read_review, review_path
from pipeline.app.sources import (
    Sources,
    catalogue_path,
    choose,
    interfaces,
    load,
    open_site,
    read_terms,
    theme_file,
)
from pipeline.app.survey import Prepared, decide, prepare, weigh
from pipeline.app.workers import default_jobs, spread
from pipeline.localise import Coverage, Words
from pipeline.model import Language, Message
from pipeline.nudges import Nudge
from pipeline.problems import CatalogueError, ContentError, DozabanError, Problem, packed, unpacked
from pipeline.routes import Terms
from pipeline.scan import Signature
from pipeline.speech import word
from pipeline.voice import ENGLISH, Voice

if TYPE_CHECKING:  # what only the status site needs is imported there
    from pipeline.app import documents
    from pipeline.outputs.statuspage import Point

SHARED = (("terms", word("kind", "terms")), ("messages", word("kind", "interface")))
"""The catalogues that belong to no document, and what they are called."""
_OWN = (voices.NAME, word("kind", "command"))
"""The command's own, in the tool's repository."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Every row, in order of what to do; problems; the languages by tag."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    languages: tuple[Language, ...]


def take(root: Path, names: Sequence[str] = (), *, today: date, cache: bool = True) -> Account:
    """The account of the whole site, or of some documents. Raises DozabanError."""
    sources = open_site(root)
    chosen = [choose(sources, name) for name in names] or sorted(sources.documents)
    history = read_history(root)
    rows: list[Row] = []
    problems = list(sources.problems)
    for fact in _facts(sources, chosen, whole=not names, cache=cache):
        problems += fact.problems
        rows += [_now(row, path, history, today) for row, path in fact.rows]
    if not names:
        for language in sources.site.languages:
            for name, kind in (*SHARED, *([_OWN] if wording.at_home(root) else ())):
                row = _shared_row(sources, name, kind, language, history, problems)
                if row is not None:
                    rows.append(row)
    return Account(
        rows=tuple(account.in_order(rows)),
        problems=tuple(weigh(problems, sources.site)),
        languages=sources.site.languages,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    """What a document's own files say: its rows, each with the file that tells who touched
    it, and its problems. Neither the day nor the history has a part in it."""

    rows: tuple[tuple[Row, str], ...]
    problems: tuple[Problem, ...]


_at_work: list[Sources] = []


def _facts(sources: Sources, names: Sequence[str], *, whole: bool, cache: bool) -> Iterator[_Fact]:
    """The facts of documents: remembered where their files are the same, else worked out,
    on every core where there is much to do."""
    memory = None
    seen: dict[str, Signature | None] = {}
    known: dict[str, Any] = {}
    if whole and cache:
        settings = files.read(sources.root, "content/site.toml")
        memory = memo.Memory(sources.root, "status", sha256(settings).hexdigest())
        for name in names:
            seen[name] = memo.signature(sources.root, _paths(sources, name))
            known[name] = memory.recall(name, seen[name])
    missing = [name for name in names if known.get(name) is None]
    _at_work[:] = [sources]
    made = iter(spread(_some_facts, missing, default_jobs(len(missing)), None, ""))
    for name in names:
        kept = known.get(name)
        if kept is None:
            kept = next(made)
            if memory is not None:
                memory.keep(name, seen[name], kept)
        yield _fact_unpacked(kept)
    if memory is not None:
        memory.save()


def _paths(sources: Sources, name: str) -> list[str]:
    """Every file that has a part in a document's facts."""
    found = [sources.paths[name], *sources.authored.get(name, {}).values()]
    for language in sources.site.languages:
        found += (catalogue_path(name, language.tag), review_path(name, language.tag))
    return found


def _some_facts(names: Sequence[str]) -> list[Any]:
    (sources,) = _at_work
    quiet = {language.tag: Words() for language in sources.site.languages}
    result = []
    for name in names:
        prepared = prepare(sources, name, quiet)
        result.append(_fact_packed(_document_fact(sources, name, prepared)))
    return result


def _document_fact(sources: Sources, name: str, prepared: Prepared) -> _Fact:
    document, site, root = prepared.document, sources.site, sources.root
    problems = tuple(prepared.problems)
    if document is None:
        blocked = next((one for one in problems if one.severity == "error"), None)
        path = sources.paths[name]
        return _Fact(
            rows=tuple(
                (
                    Row(
                        document=name, title=name, kind=sources.documents[name].kind,
                        language=language.tag, source=site.default_language, progress="missing",
                        outcome="blocked", reason="blocked", detail=str(blocked or ""),
                        blocked=blocked, next="mend", where=path,
                    ),
                    path,
                )
                for language in site.languages
            ),
            problems=problems,
        )  # fmt: skip
    decisions = decide(prepared, site, False, None)
    weighed = weigh(problems, site)
    rows = []
    for tag, edition in prepared.editions.items():
        language, decision = site.language(tag), decisions[tag]
        own = document.authored_in(tag)
        original = tag == document.lang
        path = document.path if original else (own.path if own else catalogue_path(name, tag))
        paths = {document.path, path}
        if not original:
            paths |= {catalogue_path(name, tag), review_path(name, tag)}
        blocked = account.blocked_by(weighed, paths)
        review = None
        try:
            review = None if original else read_review(root, name, tag)
        except DozabanError as error:
            blocked = blocked or error.problems[0]
        holds = review is not None and review.holds(edition)
        found = account.progress(edition, language, reviewed=holds)
        coverage = edition.coverage
        touched, since = _by_header(root, "" if original else catalogue_path(name, tag))
        row = Row(
            document=name,
            title=edition.title.text,
            kind=document.kind,
            language=tag,
            source=document.lang,
            progress=found,
            outcome="blocked" if blocked else decision.outcome,
            reason="blocked" if blocked else decision.reason,
            detail=str(blocked) if blocked else decision.detail,
            coverage=coverage,
            stale_words=edition.stale_words,
            since=since if coverage.stale else None,
            blocked=blocked,
            touched=Touched() if own else touched,
            due=document.due.get(tag),
            translator=document.translator.get(tag, ""),
            tags=document.tags,
            day=account.document_day(document),
            reviewed_by=review.by if review else "",
            reviewed_on=review.day if review else None,
            review_holds=holds,
            next=account.step(found, coverage, decision, blocked),
            where=blocked.location.path if blocked else path,
        )
        rows.append((row, path))
    return _Fact(rows=tuple(rows), problems=problems)


def _now(row: Row, path: str, history: History, today: date) -> Row:
    """A row as of a day, with what git knows of its file rather than the header's word."""
    touched = row.touched
    if history.known:
        touch = None if path in history.changed else (history.touches or {}).get(path)
        touched = Touched(who=touch.who, day=touch.when.date()) if touch else Touched()
    late = row.due is not None and row.due < today
    overdue = late and row.progress not in ("complete", "original", "authored")
    if touched is row.touched and overdue == row.overdue:
        return row
    return replace(row, touched=touched, overdue=overdue)


def _fact_packed(fact: _Fact) -> Any:
    """Facts as JSON, defaults left out."""

    def plain(value: object) -> Any:
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Problem):
            return packed(value)
        if isinstance(value, Coverage | Touched):
            return [plain(getattr(value, one.name)) for one in fields(value)]
        return list(value) if isinstance(value, tuple) else value

    rows = [
        [
            {
                one.name: plain(getattr(row, one.name))
                for one in fields(row)
                if getattr(row, one.name) != one.default
            },
            path,
        ]
        for row, path in fact.rows
    ]
    return [rows, [packed(one) for one in fact.problems]]


_COVERAGE = tuple(one.name for one in fields(Coverage))


def _fact_unpacked(found: Any) -> _Fact:
    rows = []
    for values, path in found[0]:
        made = dict(values)
        for name in ("since", "due", "day", "reviewed_on"):
            if name in made:
                made[name] = date.fromisoformat(made[name])
        if "coverage" in made:
            made["coverage"] = Coverage(**dict(zip(_COVERAGE, made["coverage"], strict=True)))
        if "touched" in made:
            who, day = made["touched"]
            made["touched"] = Touched(who=who, day=date.fromisoformat(day) if day else None)
        if "blocked" in made:
            made["blocked"] = unpacked(made["blocked"])
        if "tags" in made:
            made["tags"] = tuple(made["tags"])
        rows.append((Row(**made), path))
    return _Fact(rows=tuple(rows), problems=tuple(unpacked(one) for one in found[1]))


_REVISED = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def _by_header(root: Path, path: str) -> tuple[Touched, date | None]:
    """Who last worked on a catalogue, by its header, and since when its messages are so."""
    data = files.read_if_there(root, path) if path else None
    if data is None:
        return Touched(), None
    try:
        headers = {name.lower(): value for name, value in po.lookup(data, path).headers.items()}
    except DozabanError:
        return Touched(), None
    since = _day(headers.get("pot-creation-date", ""))
    who = headers.get("last-translator", "")
    if not who or who == "Automatically generated":
        return Touched(), since
    day = _day(headers.get("po-revision-date", ""))
    return Touched(who=re.sub(r"\s*<[^>]*>", "", who), day=day), since


def _day(text: str) -> date | None:
    found = _REVISED.match(text)
    if found is None:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def _shared_row(
    sources: Sources, name: str, kind: str, language: Language, history: History, problems: list[Problem]
) -> Row | None:
    path = catalogue_path(name, language.tag)
    data = files.read_if_there(sources.root, path)
    if data is None:
        return None
    blocked = None
    coverage = Coverage()
    try:
        tally = {"translated": 0, "fuzzy": 0, "untranslated": 0}
        total = done = 0
        for (_, msgid), reading in po.lookup(data, path).messages.items():
            tally[reading.state] += 1
            count = languages.words(msgid)
            total += count
            done += count if reading.state == "translated" else 0
        coverage = Coverage(words=total, words_translated=done, **tally)
    except DozabanError as error:
        blocked = error.problems[0]
        problems.extend(error.problems)
    found: account.Progress = "complete"
    if coverage.untranslated or coverage.fuzzy:
        found = "in translation" if coverage.translated else "missing"
    touched, _ = _by_header(sources.root, path)
    row = Row(
        document=name, title=kind, kind=kind, language=language.tag,
        source=sources.site.default_language, progress=found,
        outcome="blocked" if blocked else "all", reason="blocked" if blocked else "shared",
        detail=str(blocked) if blocked else "", coverage=coverage, blocked=blocked, touched=touched,
        next="mend" if blocked else ("translate" if found != "complete" else ""), where=path,
    )  # fmt: skip
    return _now(row, path, history, date.min)


# --- who translates, and since when there is something to translate -------------------------


def translators(root: Path, rows: Sequence[Row]) -> dict[tuple[str, str], str]:
    """Who translates each edition, by (document, language): never a guess.

    Whom the front matter names; else whom the catalogue's header names; else, where some
    of it is translated, who touched it last. Nobody has begun what nobody has translated.
    """
    found = {}
    for row in rows:
        if row.progress == "original":
            continue
        who = row.translator or _last_translator(root, catalogue_path(row.document, row.language))
        if not who and (row.coverage.translated or row.coverage.fuzzy):
            who = row.touched.who
        if who:
            found[row.document, row.language] = " ".join(who.split())
    return found


def _last_translator(root: Path, path: str) -> str:
    data = files.read_if_there(root, path)
    if data is None:
        return ""
    try:
        headers = po.lookup(data, path).headers
    except DozabanError:
        return ""
    who = next((text for name, text in headers.items() if name.lower() == "last-translator"), "")
    who = re.sub(r"\s*<[^>]*>", "", who).strip()
    return "" if who in ("Automatically generated", "FULL NAME") else who


def begun(root: Path, rows: Sequence[Row]) -> dict[str, date]:
    """The day since which each document exists: as git knows it, else its own date."""
    sources = open_site(root)
    found = {row.document: row.day for row in rows if row.day is not None}
    shallow = (git.said(root, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true"
    commits = git.log(root, ("%P", "%aI"), "--relative", "--diff-filter=A", "--name-only", "--", "content")
    added: dict[str, date] = {}
    for commit in commits or ():
        parents, when = commit.fields
        # At the end of a shallow clone everything seems new, and is not.
        day = None if shallow and not parents else _day(when)
        if day is not None:
            added |= dict.fromkeys(commit.listed, day)  # the oldest wins: it comes last
    for row in rows:
        path = sources.paths.get(row.document)
        if path in added:
            found[row.document] = added[path]
    return found


def nudge(
    root: Path, rows: Sequence[Row], since: date, voice: Voice = ENGLISH
) -> list[tuple[Nudge, list[str]]]:
    """What waits for each translator since a day, with its text. Raises DozabanError."""
    site = open_site(root).site
    names = {
        language.tag: languages.language_name(language.tag, voice.language) for language in site.languages
    }
    made = nudges.nudges(rows, translators(root, rows), begun(root, rows), since)
    return [(one, nudges.text(one, site.title, names, since, voice)) for one in made]


# --- what is open ---------------------------------------------------------------------------


def open_messages(sources: Sources, row: Row) -> list[documents.Open]:
    """The messages of an edition, or of a shared catalogue, that still need somebody.

    In the document's order; a shared catalogue's in its own. Empty where a file cannot
    be read: the account has the problem.
    """
    from pipeline.app import documents

    root, tag = sources.root, row.language
    path = catalogue_path(row.document, tag)
    try:
        data = files.read_if_there(root, path)
        live = [one for one in po.parse(data, path).entries if not one.obsolete] if data else []
        if row.document in sources.documents:
            loaded = load(sources, row.document)
            wanted = localise.messages(loaded.document, markdown.parse(loaded.body))
            source = loaded.document.path
        else:
            wanted = [
                Message(msgid=one.msgid, context=one.context, kind=one.context or row.kind, references=one.references)
                for one in live
            ]
            source = ""
    except DozabanError:
        return []
    return documents.still_open(
        wanted, live, path=path, source=source, keeps=sources.site.language(tag).stale == "keep"
    )


def _up_to_now(
    known: dict[str, tuple[Point, ...]] | None, rows: Sequence[Row], today: date
) -> dict[str, tuple[Point, ...]] | None:
    """The past with what the account says now, where that is not committed yet."""
    from pipeline.outputs.statuspage import Point

    for tag, points in (known or {}).items():
        own = [row for row in rows if row.language == tag]
        total, stale = account.total(own), sum(row.stale_words for row in own)
        figures = (total.words, total.words_translated, stale)
        if points and figures != (points[-1].words, points[-1].translated, points[-1].stale):
            day = max(today, points[-1].day)
            now = Point(day=day, words=total.words, translated=total.words_translated, stale=stale)
            kept = points[:-1] if points[-1].day == day else points
            known = {**(known or {}), tag: (*kept, now)}
    return known


# --- the status site ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What writing the status site did."""

    pages: int
    written: int
    unchanged: int
    removed: int


def write_site(
    root: Path, out: Path, taken: Account, rows: Sequence[Row], *, whole: bool, today: date
) -> Written:
    """Write the account's `rows` as a site into `out`, and nothing anywhere else.

    `rows` are the account's own, or some of them; `whole` says that the account is of
    all documents. Raises DozabanError or UsageError.
    """
    from pipeline.outputs import statuspage

    guard_output(root, out, "status")
    sources = open_site(root)
    tags = [language.tag for language in sources.site.languages]
    part = frozenset(
        tag for tag in tags
        if not whole or sum(row.language == tag for row in rows) != sum(row.language == tag for row in taken.rows)
    )  # fmt: skip
    try:
        terms = read_terms(sources)
    except (CatalogueError, ContentError):
        terms = Terms(tables={tag: {} for tag in tags})
    opened = {(row.document, row.language): open_messages(sources, row) for row in rows if row.open}
    survey = statuspage.Survey(
        site=sources.site,
        terms=terms,
        rows=tuple(rows),
        today=today,
        titles={row.document: row.title for row in taken.rows if row.progress == "original"},
        paths={**{row.document: row.where for row in rows}, **sources.paths},
        open=opened,
        people=translators(root, rows),
        past=_up_to_now(past(root, [tag for tag in tags if tag not in part]), rows, today),
        part=part,
        problems=taken.problems,
        voices={tag: found for tag in tags if (found := voices.of(tag)) is not None},
    )
    style = theme_file(root, f"status/{statuspage.STYLE}")
    icon = theme_file(root, f"assets/{statuspage.ICON}")
    output = files.Output(out, "status")
    with files.lock(root, "status --html"):
        output.begin()
        try:
            wanted = set()
            for artefact in statuspage.pages(survey, interfaces(sources), style, icon):
                wanted.add(artefact.path)
                output.put(artefact.path, artefact.data)
            written = len(output.staged)
            output.commit()
            removed = output.sweep(wanted)
        finally:
            output.end()
    return Written(
        pages=sum(path.endswith(".html") for path in wanted),
        written=written, unchanged=output.unchanged, removed=removed,
    )  # fmt: skip
