"""`status`: the account of every edition, from disk, git and the catalogues' headers."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import account, files, languages, localise, markdown, nudges, po
from pipeline.account import Row, Touched
from pipeline.app.build import Prepared, decide, guard_output, prepare, weigh
from pipeline.app.history import History, read_history
from pipeline.app.reviews import read_review
from pipeline.app.sources import (
    TEMPLATES_LANGUAGE,
    Sources,
    catalogue_path,
    choose,
    interfaces,
    load,
    open_site,
    package_data,
    read_terms,
)
from pipeline.localise import Coverage, Words
from pipeline.model import Language, Message
from pipeline.nudges import Nudge
from pipeline.problems import DozabanError, Problem
from pipeline.routes import Terms

if TYPE_CHECKING:  # what only the status site needs is imported there
    from pipeline.app import documents
    from pipeline.outputs.statuspage import Point

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
    shallow = (_git(root, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true"
    said = _git(
        root, "log", "-z", "--relative", "--diff-filter=A", "--name-only", "--format=%x01%P %aI", "--", "content"
    )
    if said is None:
        return found
    added: dict[str, date] = {}
    day: date | None = None
    for token in said.decode("utf-8", "replace").split("\0"):
        token = token.lstrip("\n")
        if token.startswith("\x01"):
            parents, _, when = token[1:].rpartition(" ")
            # At the end of a shallow clone everything seems new, and is not.
            day = None if shallow and not parents else _day(when)
        elif token and day is not None:
            added[token] = day  # the oldest wins: it comes last
    for row in rows:
        path = sources.paths.get(row.document)
        if path in added:
            found[row.document] = added[path]
    return found


def nudge(root: Path, rows: Sequence[Row], since: date) -> list[tuple[Nudge, list[str]]]:
    """What waits for each translator since a day, with its text. Raises DozabanError."""
    site = open_site(root).site
    spoken = Language(tag=TEMPLATES_LANGUAGE, name="English")
    names = {language.tag: languages.language_name(language.tag, spoken) for language in site.languages}
    made = nudges.nudges(rows, translators(root, rows), begun(root, rows), since)
    return [(one, nudges.text(one, site.title, names, since)) for one in made]


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
    entries = {entry.key: entry for entry in live}
    keeps = sources.site.language(tag).stale == "keep"
    found: list[documents.Open] = []
    seen: set[po.Key] = set()
    for message in wanted:
        key = (message.context, message.msgid)
        entry = entries.get(key)
        if key in seen or (entry is not None and entry.state == "translated"):
            continue
        seen.add(key)
        stale = entry is not None and entry.fuzzy and entry.previous is not None and bool(entry.msgstr)
        found.append(
            documents.Open(
                kind=message.kind,
                msgid=message.msgid,
                msgstr=entry.msgstr if entry else "",
                previous=(entry.previous or "") if entry else "",
                state="stale" if stale else (entry.state if entry else "untranslated"),
                shown="older translation" if stale and keeps else "source",
                path=path,
                line=entry.line if entry else 0,
                source=source or " ".join(message.references) or path,
                source_line=message.line,
            )
        )
    return found


# --- the past -------------------------------------------------------------------------------

POINTS = 60
"""At most as many days of history are counted."""


def _git(root: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """What git says, or None where there is no git, no repository, or no commit."""
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotepath=off", "-c", "log.showSignature=false", "-c", "log.showRoot=true", *arguments],
            cwd=root, capture_output=True, check=False, input=given,
        )  # fmt: skip
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def past(root: Path, tags: Sequence[str], most: int = POINTS) -> dict[str, tuple[Point, ...]] | None:
    """How much of each language was translated, at the end of at most `most` days.

    From the catalogues as they stood along the first parents of the current commit, the
    shared ones too; the first and the last day are always among them. One call of git
    for the commits, one for every 500 versions of a catalogue. None: there is no history.
    """
    from pipeline.outputs.statuspage import Point

    said = _git(
        root, "log", "-z", "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff",
        "--relative", "--format=%x01%cI", "--", "locales",
    )  # fmt: skip
    if said is None:
        return None
    commits = _commits(said.decode("utf-8", "replace"))
    last_of_day = [n for n, (day, _) in enumerate(commits) if n + 1 == len(commits) or commits[n + 1][0] != day]
    count = len(last_of_day)
    if count > most:
        last_of_day = [last_of_day[round(n * (count - 1) / (most - 1))] for n in range(most)]
    wanted, now, states = set(last_of_day), dict[str, str](), list[tuple[date, dict[str, str]]]()
    for n, (day, changes) in enumerate(commits):
        for path, blob in changes:
            if blob.strip("0"):
                now[path] = blob
            else:
                now.pop(path, None)
        if n in wanted:
            states.append((day, dict(now)))
    counted = _counted(root, sorted({blob for _, state in states for blob in state.values()}))
    found: dict[str, tuple[Point, ...]] = {}
    for tag in tags:
        points = []
        for day, state in states:
            figures = [
                counted[blob] for path, blob in state.items()
                if path.startswith(f"locales/{tag}/LC_MESSAGES/") and blob in counted
            ]  # fmt: skip
            if figures:
                words, translated, stale = (sum(column) for column in zip(*figures, strict=True))
                points.append(Point(day=day, words=words, translated=translated, stale=stale))
        found[tag] = tuple(points)
    return found


def _commits(said: str) -> list[tuple[date, list[tuple[str, str]]]]:
    """Git's raw log, oldest first: each commit's day, and the catalogues that it changed.

    A commit whose clock ran behind counts to the day of the one before it.
    """
    found: list[tuple[date, list[tuple[str, str]]]] = []
    tokens = iter(said.split("\0"))
    for token in tokens:
        token = token.lstrip("\n")
        if token.startswith("\x01"):
            found.append((_day(token[1:]) or date.min, []))
        elif token.startswith(":"):
            path = next(tokens, "")
            if path.endswith(".po") and found:
                found[-1][1].append((path, token.split(" ")[3]))
    found.reverse()
    latest = date.min
    for n, (day, changes) in enumerate(found):
        latest = max(latest, day)
        found[n] = (latest, changes)
    return found


_BATCH = 500


def _counted(root: Path, blobs: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Words, words translated and stale words of versions of catalogues, by their ids."""
    found: dict[str, tuple[int, int, int]] = {}
    for start in range(0, len(blobs), _BATCH):
        part = blobs[start : start + _BATCH]
        said = _git(root, "cat-file", "--batch", given="".join(f"{blob}\n" for blob in part).encode())
        at = 0
        while said is not None and at < len(said):
            end = said.index(b"\n", at)
            head = said[at:end].split(b" ")
            at = end + 1
            if head[-1] == b"missing":
                continue
            size = int(head[2])
            figures = _words_of(said[at : at + size])
            if figures is not None:
                found[head[0].decode()] = figures
            at += size + 1
    return found


def _words_of(data: bytes) -> tuple[int, int, int] | None:
    try:
        readings = po.lookup(data, "").messages
    except DozabanError:
        return None  # it could not be read then, and counts for nothing
    words = translated = stale = 0
    for (_, msgid), reading in readings.items():
        count = languages.words(msgid)
        words += count
        translated += count if reading.state == "translated" else 0
        stale += count if reading.stale else 0
    return words, translated, stale


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

    guard_output(root, out, marks=frozenset({statuspage.STYLE, files.STAGE}))
    sources = open_site(root)
    tags = [language.tag for language in sources.site.languages]
    part = frozenset(
        tag for tag in tags
        if not whole or sum(row.language == tag for row in rows) != sum(row.language == tag for row in taken.rows)
    )  # fmt: skip
    try:
        terms = read_terms(sources)
    except DozabanError:
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
        past=past(root, [tag for tag in tags if tag not in part]),
        part=part,
        problems=taken.problems,
    )
    style = _theme_file(root, f"status/{statuspage.STYLE}")
    icon = _theme_file(root, f"assets/{statuspage.ICON}")
    output = files.Output(out)
    output.begin()
    try:
        wanted = set()
        for artefact in statuspage.pages(survey, interfaces(sources, cache=False), style, icon):
            wanted.add(artefact.path)
            output.put(artefact.path, artefact.data)
        written = len(output.staged)
        output.commit()
        removed = output.remove(output.present() - wanted)
    finally:
        output.end()
    return Written(
        pages=sum(path.endswith(".html") for path in wanted),
        written=written, unchanged=output.unchanged, removed=removed,
    )  # fmt: skip


def _theme_file(root: Path, name: str) -> bytes:
    """A file of the theme: the site's own, or ours."""
    own = files.read_if_there(root, f"templates/{name}")
    return own if own is not None else files.read(package_data(), f"templates/{name}")
