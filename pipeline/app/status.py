"""`status`: the account of every edition, from disk, git and the catalogues' headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline import account, files, languages, po
from pipeline.account import Row, Touched
from pipeline.app.build import Prepared, decide, prepare, weigh
from pipeline.app.history import History, read_history
from pipeline.app.reviews import read_review
from pipeline.app.sources import Sources, catalogue_path, choose, open_site
from pipeline.localise import Coverage, Words
from pipeline.model import Language
from pipeline.problems import DozabanError, Problem

SHARED = (("terms", "terms"), ("messages", "interface"))
"""The catalogues that belong to no document, and what they are called."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Every row, in order of what to do; problems; the languages by tag."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    languages: tuple[Language, ...]


def take(root: Path, names: Sequence[str] = (), *, today: date) -> Account:
    """The account of the whole site, or of some documents. Raises DozabanError."""
    sources = open_site(root)
    chosen = [choose(sources, name) for name in names] or sorted(sources.documents)
    history = read_history(root)
    quiet = {language.tag: Words() for language in sources.site.languages}
    rows: list[Row] = []
    problems = list(sources.problems)
    for name in chosen:
        prepared = prepare(sources, name, quiet)
        problems += prepared.problems
        rows += _document_rows(sources, name, prepared, history, today)
    if not names:
        for language in sources.site.languages:
            for name, kind in SHARED:
                row = _shared_row(sources, name, kind, language, history, problems)
                if row is not None:
                    rows.append(row)
    return Account(
        rows=tuple(account.in_order(rows)),
        problems=tuple(weigh(problems, sources.site)),
        languages=sources.site.languages,
    )


def _document_rows(
    sources: Sources, name: str, prepared: Prepared, history: History, today: date
) -> list[Row]:
    document, site, root = prepared.document, sources.site, sources.root
    if document is None:
        blocked = next((one for one in prepared.problems if one.severity == "error"), None)
        return [
            Row(
                document=name, title=name, kind=sources.documents[name].kind, language=language.tag,
                source=site.default_language, progress="missing", outcome="withheld", reason="blocked",
                blocked=blocked, next="mend", where=sources.paths[name],
            )
            for language in site.languages
        ]  # fmt: skip
    decisions = decide(prepared, site, False, None)
    problems = weigh(prepared.problems, site)
    rows = []
    for tag, edition in prepared.editions.items():
        language, decision = site.language(tag), decisions[tag]
        path = catalogue_path(name, tag)
        own = document.authored_in(tag)
        paths = {document.path}
        if tag != document.lang:
            paths |= {path, f"locales/{tag}/reviews/{name}.toml"} | ({own.path} if own else set())
        blocked = account.blocked_by(problems, paths)
        review = None
        try:
            review = read_review(root, name, tag) if tag != document.lang else None
        except DozabanError as error:
            blocked = blocked or error.problems[0]
        holds = review is not None and review.holds(edition)
        found = account.progress(edition, language, reviewed=holds)
        due = document.due.get(tag)
        coverage = edition.coverage
        done = found in ("complete", "original", "authored")
        touched, since = _touched(root, own.path if own else path, history, tag == document.lang, document.path)
        rows.append(
            Row(
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
                touched=touched,
                due=due,
                overdue=due is not None and due < today and not done,
                translator=document.translator.get(tag, ""),
                tags=document.tags,
                day=account.document_day(document),
                reviewed_by=review.by if review else "",
                reviewed_on=review.day if review else None,
                review_holds=holds,
                next=account.step(found, coverage, decision, blocked),
                where=blocked.location.path if blocked else (own.path if own else path),
            )
        )
    return rows


_REVISED = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def _touched(
    root: Path, path: str, history: History, is_original: bool, source: str
) -> tuple[Touched, date | None]:
    """Who last worked on a file, from git or else the catalogue's header; and since when
    the messages are as they are."""
    if is_original:
        path = source
    headers: dict[str, str] = {}
    if path.endswith(".po"):
        data = files.read_if_there(root, path)
        if data is not None:
            try:
                headers = {name.lower(): value for name, value in po.lookup(data, path).headers.items()}
            except DozabanError:
                headers = {}
    since = _day(headers.get("pot-creation-date", ""))
    if history.known:
        if path in history.changed:
            return Touched(), since
        touch = (history.touches or {}).get(path)
        return (Touched(who=touch.who, day=touch.when.date()) if touch else Touched()), since
    who = headers.get("last-translator", "")
    if not who or who == "Automatically generated":
        return Touched(), since
    return Touched(who=re.sub(r"\s*<[^>]*>", "", who), day=_day(headers.get("po-revision-date", ""))), since


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
    touched, _ = _touched(sources.root, path, history, False, "")
    return Row(
        document=name, title=kind, kind=kind, language=language.tag,
        source=sources.site.default_language, progress=found,
        outcome="blocked" if blocked else "all", reason="blocked" if blocked else "shared",
        detail=str(blocked) if blocked else "", coverage=coverage, blocked=blocked, touched=touched,
        next="mend" if blocked else ("translate" if found != "complete" else ""), where=path,
    )  # fmt: skip
