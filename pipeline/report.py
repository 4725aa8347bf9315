"""The account as text for a terminal and as JSON: rows in, lines out.

Columns are aligned by display width, so that marks, half-spaces and wide letters keep
them straight. They stand from left to right in whatever language the headings are: names
of documents, languages and files run that way, and terminals, pipes and editors that
disagree about directions agree about that. What runs from right to left is isolated in
its own cell. Nothing here decides or reads anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import account
from pipeline.account import Row
from pipeline.bidi import neutralise
from pipeline.model import Direction
from pipeline.problems import Problem
from pipeline.shaping import fit, pad, width
from pipeline.speech import Said, say, series, word
from pipeline.voice import ENGLISH, Voice, shape

STATUS_VERSION = 1
"""The version of `status --json`; schemas/status-1.json describes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its heading, what it shows of a row, and from which width on it is there."""

    heading: Said
    show: Callable[[Row, Voice], str]
    most: int
    right: bool = False
    needs: int = 0


def _number(number: int, voice: Voice) -> str:
    return voice.number(number) if number else "–"


def _due(row: Row, voice: Voice) -> str:
    return voice.day(row.due) + ("!" if row.overdue else "") if row.due else "–"


STATES = {
    "all": say("goes out"),
    "marked": say("goes out, marked"),
    "withheld": say("withheld"),
    "draft": word("state", "draft"),
    "held": say("held back"),
    "blocked": word("state", "blocked"),
}

STEPS = {
    "mend": word("step", "mend"),
    "look again": word("step", "look again"),
    "review": word("step", "review"),
    "translate": word("step", "translate"),
    "publish": word("step", "take draft off"),
    "": "",
}

PARTS = {
    "title": word("part of a text", "title"),
    "summary": word("part of a text", "summary"),
    "preheader": word("part of a text", "preheader"),
    "image text": word("part of a text", "image text"),
    "image caption": word("part of a text", "image caption"),
    "section heading": word("part of a text", "section heading"),
    "heading": word("part of a text", "heading"),
    "paragraph": word("part of a text", "paragraph"),
    "list item": word("part of a text", "list item"),
    "quotation": word("part of a text", "quotation"),
    "footnote": word("part of a text", "footnote"),
    "table header": word("part of a text", "table header"),
    "table cell": word("part of a text", "table cell"),
    "poem": word("part of a text", "poem"),
    "code": word("part of a text", "code"),
}
"""What a message is in its document, to be said."""


def _next(row: Row) -> str:
    if row.next == "mend" and row.blocked is not None:
        return say("mend {place}", place=str(row.blocked.location))
    if row.next == "look again":
        return say("look again at {n}", n=row.coverage.fuzzy)
    if row.next == "translate":
        return say("translate {n}", n=row.coverage.untranslated + row.coverage.fuzzy)
    return STEPS[row.next]


COLUMNS = (
    Column(heading=word("column", "document"), show=lambda row, voice: row.document, most=40),
    Column(heading=word("column", "to"), show=lambda row, voice: row.language, most=6),
    Column(heading=word("column", "progress"), show=lambda row, voice: account.WORDS[row.progress], most=18),
    Column(heading=word("column", "now"), show=lambda row, voice: STATES[row.outcome], most=20, needs=120),
    Column(heading=word("column", "left"), show=lambda row, voice: _number(row.words_left, voice), most=6, right=True),
    Column(heading=word("column", "stale"), show=lambda row, voice: _number(row.stale_words, voice), most=6, right=True),
    Column(heading=word("column", "touched"), show=lambda row, voice: _touched(row, voice), most=24, needs=120),
    Column(heading=word("column", "due"), show=_due, most=11, needs=120),
    Column(heading=word("column", "next"), show=lambda row, voice: _next(row), most=60),
)  # fmt: skip
_WIDE = 120
"""From this width on a row is one line; below it, a second line holds the rest."""
_TITLE = 20


def _touched(row: Row, voice: Voice) -> str:
    """Who worked on it, behind the day, which stands at the edge of the cell."""
    if row.touched.day is None:
        return say("unknown")
    who = neutralise(row.touched.who)
    if voice is not ENGLISH:
        who = f"\u2068{who}\u2069"
    return f"{voice.day(row.touched.day)} {who}"


def _cell(text: str, cells: int, voice: Voice) -> str:
    """A text cut to a cell: what was said, and what runs the other way, in one piece."""
    cut = _cut(voice.plain(text), cells)
    if isinstance(text, Said):
        return voice.line(cut)
    return shape(cut, "ltr") if voice.shaped else cut


def _cut(text: str, cells: int) -> str:
    """A text cut to a number of cells; what was isolated where it was cut ends there."""
    cut = fit(text, cells)
    return cut + "\u2069" * (len(_OPENED.findall(cut)) - cut.count("\u2069"))


_OPENED = re.compile("[\u2066-\u2068]")


def table(
    rows: Sequence[Row],
    cells: int,
    *,
    directions: dict[str, Direction] | None = None,
    voice: Voice = ENGLISH,
) -> list[str]:
    """Rows as lines of at most `cells` cells, with a heading, in a voice's language.

    Titles stand last, where no direction of theirs can move another column.
    """
    columns = [column for column in COLUMNS if cells >= column.needs]
    shown = [[column.show(row, voice) for column in columns] for row in rows]
    widths = [
        min(column.most, max(width(voice.plain(text)) for text in (column.heading, *(line[n] for line in shown))))
        for n, column in enumerate(columns)
    ]
    free = cells - sum(widths) - 2 * (len(widths) - 1)
    wide = cells >= _WIDE
    wanted = _TITLE + 2 if cells >= 140 else 0
    last = len(columns) - 1
    for n, least in ((last, 16), (0, 16), (columns.index(COLUMNS[6]) if wide else 0, 10), (last, 8), (0, 8)):
        if free < wanted:
            taken = min(widths[n], max(least, widths[n] + free - wanted))
            free += widths[n] - taken
            widths[n] = taken
    lines = []
    heading: list[str] = [column.heading for column in columns]
    for n, line in enumerate([heading, *shown]):
        parts = [
            pad(_cell(text, size, voice), size, right=column.right)
            for text, size, column in zip(line, widths, columns, strict=True)
        ]
        if wide and wanted:
            room = max(free - 2, 8)
            title = word("column", "title")
            parts.append(_title(rows[n - 1], room, directions, voice) if n else _cell(title, room, voice))
        lines.append("  ".join(parts).rstrip())
        if not wide and n:
            lines.append(_second(rows[n - 1], cells, directions, voice))
    return lines


def _second(row: Row, cells: int, directions: dict[str, Direction] | None, voice: Voice) -> str:
    """What a narrow terminal shows below a row: what goes out, who and when, due, title."""
    parts = [STATES[row.outcome]]
    if row.touched.day is not None:
        parts.append(say("touched {day} {who}", day=voice.day(row.touched.day), who=neutralise(row.touched.who)))
    if row.reviewed_by and row.review_holds:
        parts.append(say("read by {who}", who=row.reviewed_by))
    elif row.reviewed_by:
        parts.append(say("read by {who}, changed since", who=row.reviewed_by))
    if row.due and row.overdue:
        parts.append(say("due {day}!", day=voice.day(row.due)))
    elif row.due:
        parts.append(say("due {day}", day=voice.day(row.due)))
    fitting = 1  # what does not fit is left out, rather than cut in the middle
    while fitting < len(parts) and width(voice.plain(series(parts[: fitting + 1], " · "))) <= cells - 4:
        fitting += 1
    text = "    " + _cell(series(parts[:fitting], " · "), cells - 4, voice)
    room = cells - width(text) - 3
    if room >= 8:
        text += " · " + _title(row, room, directions, voice)
    return text


def _title(row: Row, cells: int, directions: dict[str, Direction] | None, voice: Voice) -> str:
    if isinstance(row.title, Said):
        return _cell(row.title, cells, voice)
    text = _cut(neutralise(row.title), cells)
    if voice.shaped:
        return shape(text, (directions or {}).get(row.language, "ltr"))
    return text if voice is ENGLISH else f"\u2068{text}\u2069"


def totals(rows: Sequence[Row], tags: Sequence[str]) -> list[Said]:
    """A line a language: how many editions are how far, and the words left."""
    lines = []
    for tag in tags:
        own = [row for row in rows if row.language == tag and row.progress != "original"]
        if not own:
            continue
        counts = account.total(own)
        parts = [
            say("{n} {state}", n=number, state=account.WORDS[state])
            for state in account.PROGRESS
            if (number := sum(1 for row in own if row.progress == state))
        ]
        left = [say("{n} left", n=counts.words - counts.words_translated)]
        if counts.stale:
            left.append(say("{n} stale", n=sum(row.stale_words for row in own)))
        lines.append(say(
            "{lang}: {states}; {percent}% of {words} words translated, {left}",
            lang=tag, states=series(parts), percent=counts.percent, words=counts.words, left=series(left),
        ))  # fmt: skip
    return lines


def row_json(row: Row) -> dict[str, Any]:
    """A row for programs: dates, never ages."""
    return {
        "document": row.document,
        "title": row.title,
        "kind": row.kind,
        "lang": row.language,
        "source_lang": row.source,
        "date": row.day.isoformat() if row.day else None,
        "tags": list(row.tags),
        "progress": row.progress,
        "outcome": row.outcome,
        "reason": row.reason,
        "detail": row.detail,
        "counts": row.coverage.counts(),
        "stale": {
            "messages": row.coverage.stale,
            "words": row.stale_words,
            "since": row.since.isoformat() if row.since else None,
        },
        "words": {"total": row.coverage.words, "translated": row.coverage.words_translated},
        "touched": {
            "by": row.touched.who or None,
            "on": row.touched.day.isoformat() if row.touched.day else None,
        },
        "due": row.due.isoformat() if row.due else None,
        "overdue": row.overdue,
        "translator": row.translator or None,
        "review": (
            {
                "by": row.reviewed_by,
                "on": row.reviewed_on.isoformat() if row.reviewed_on else None,
                "holds": row.review_holds,
            }
            if row.reviewed_by
            else None
        ),
        "blocked": problem_json(row.blocked) if row.blocked else None,
        "next": row.next or None,
        "path": row.where,
    }


def problem_json(one: Problem) -> dict[str, Any]:
    """A problem for programs."""
    at = one.location
    return {
        "rule": one.rule,
        "severity": one.severity,
        "path": at.path,
        "line": at.line,
        "column": at.column,
        "message": one.message,
        "hint": one.hint,
        "excerpt": one.excerpt,
    }
