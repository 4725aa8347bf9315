"""The one account of coverage: each edition's progress, what a build would do, what next.

A pure view of editions, decisions and problems. Every report (table, JSON, page, gate)
is made from these rows, so that no two can disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pipeline.localise import Coverage, Edition
from pipeline.model import Document, Language
from pipeline.problems import Problem
from pipeline.publish import Decision
from pipeline.speech import Said, say, word

Progress = Literal["original", "authored", "missing", "in translation", "needs review", "complete"]
Step = Literal["mend", "look again", "review", "translate", "publish", ""]

PROGRESS: tuple[Progress, ...] = (
    "missing", "in translation", "needs review", "complete", "authored", "original",
)  # fmt: skip


STATES = (*PROGRESS, "all", "marked", "withheld", "draft", "held", "blocked", "stale", "overdue", "reviewed")
"""Every word by which editions may be asked for."""

WORDS: Mapping[str, Said] = {
    "missing": word("state", "missing"),
    "in translation": word("state", "in translation"),
    "needs review": word("state", "needs review"),
    "complete": word("state", "complete"),
    "authored": word("state", "authored"),
    "original": word("state", "original"),
    "all": word("state", "all"),
    "marked": word("state", "marked"),
    "withheld": word("state", "withheld"),
    "draft": word("state", "draft"),
    "held": word("state", "held"),
    "blocked": word("state", "blocked"),
    "stale": word("state", "stale"),
    "overdue": word("state", "overdue"),
    "reviewed": word("state", "reviewed"),
}
"""The same words, to be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Who last worked on an edition, and on which day; None and "" where nobody knows."""

    who: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One edition, or one shared catalogue (terms, messages), in the account.

    `words` are source words, `words_left` those without a confirmed translation,
    `stale_words` those of messages that were translated before their source changed.
    `blocked` is the first error that would stop a build. `since` is the day on which
    the messages last changed. `next` is what to do, `where` the file to do it in.
    """

    document: str
    title: str
    kind: str
    language: str
    source: str
    progress: Progress
    outcome: str
    reason: str
    detail: str = ""
    coverage: Coverage = Coverage()
    stale_words: int = 0
    since: date | None = None
    blocked: Problem | None = None
    touched: Touched = Touched()
    due: date | None = None
    overdue: bool = False
    translator: str = ""
    tags: tuple[str, ...] = ()
    day: date | None = None
    reviewed_by: str = ""
    reviewed_on: date | None = None
    review_holds: bool = False
    next: Step = ""
    where: str = ""

    @property
    def words_left(self) -> int:
        return self.coverage.words - self.coverage.words_translated

    @property
    def open(self) -> int:
        """How many messages still need somebody."""
        return self.coverage.fuzzy + self.coverage.untranslated

    @property
    def published(self) -> bool:
        return self.outcome in ("all", "marked") and self.blocked is None


def progress(edition: Edition, language: Language, *, reviewed: bool) -> Progress:
    """How far an edition is, whatever may go out of it."""
    coverage = edition.coverage
    if edition.origin == "original":
        return "original"
    if edition.origin == "authored":
        return "needs review" if coverage.fuzzy or (language.review and not reviewed) else "authored"
    if not coverage.translated and not coverage.fuzzy:
        return "missing"
    if coverage.untranslated:
        return "in translation"
    if coverage.fuzzy or (language.review and not reviewed):
        return "needs review"
    return "complete"


def step(
    found: Progress, coverage: Coverage, decision: Decision, blocked: Problem | None
) -> Step:
    """What to do next about an edition."""
    if blocked is not None:
        return "mend"
    if coverage.stale:
        return "look again"
    if found in ("missing", "in translation"):
        return "translate"
    if found == "needs review":
        return "look again" if coverage.fuzzy else "review"
    return "publish" if decision.outcome == "draft" else ""


_ORDER: Mapping[Step, int] = {
    "mend": 0, "look again": 2, "review": 3, "translate": 4, "publish": 6, "": 7,
}  # fmt: skip


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Rows as an editor would act on them: blocked, overdue, stale, nearly done, the rest."""

    def key(row: Row) -> tuple[object, ...]:
        rank = 1 if row.overdue and row.next not in ("mend", "") else _ORDER[row.next]
        if row.outcome == "draft" and rank > 1:
            rank = 6
        if row.next == "translate" and row.progress == "missing":
            rank += 1
        return (
            rank,
            row.due or date.max,
            row.words_left,
            -(row.day or date.min).toordinal(),
            row.document,
            row.language,
        )

    return sorted(rows, key=key)


def blocked_by(problems: Sequence[Problem], paths: Iterable[str]) -> Problem | None:
    """The first error in any of an edition's files."""
    own = set(paths)
    for one in problems:
        if one.severity == "error" and one.location.path in own:
            return one
    return None


def named(row: Row) -> set[str]:
    """Every word by which a row may be asked for."""
    found: set[str] = {row.progress, row.outcome}
    found |= {"stale"} if row.coverage.stale else set()
    found |= {"blocked"} if row.blocked else set()
    found |= {"overdue"} if row.overdue else set()
    found |= {"reviewed"} if row.review_holds else set()
    return found


def fails(rows: Sequence[Row], under: float | None, states: Iterable[str]) -> list[str]:
    """Why a gate is shut: one reason a row; empty where it is open.

    `under` is a share of words, 0 to 1; `states` are progresses, outcomes, or `stale`,
    `blocked`, `overdue`.
    """
    wanted = set(states)
    reasons: list[str] = []
    for row in rows:
        if under is not None and row.progress != "original" and row.coverage.share < under:
            reasons.append(say(
                "{document} ({lang}): {percent}% of words translated, {asked}% asked for",
                document=row.document, lang=row.language,
                percent=row.coverage.percent, asked=int(f"{under * 100:.0f}"),
            ))  # fmt: skip
        for state in sorted(named(row) & wanted):
            reasons.append(say("{document} ({lang}): {state}",
                               document=row.document, lang=row.language, state=WORDS[state]))  # fmt: skip
    return reasons


def total(rows: Iterable[Row]) -> Coverage:
    """All rows' coverage together."""
    found = [row.coverage for row in rows if row.progress != "original"]
    return Coverage(
        translated=sum(one.translated for one in found),
        fuzzy=sum(one.fuzzy for one in found),
        untranslated=sum(one.untranslated for one in found),
        stale=sum(one.stale for one in found),
        words=sum(one.words for one in found),
        words_translated=sum(one.words_translated for one in found),
    )


def document_day(document: Document) -> date | None:
    """The day of a document, without its time."""
    if document.date is None:
        return None
    return date(document.date.year, document.date.month, document.date.day)
