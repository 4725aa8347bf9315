"""The account as text for a terminal and as JSON: rows in, lines out.

Columns are aligned by display width, so that marks, half-spaces and wide letters keep
them straight. Nothing here decides or reads anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline import account
from pipeline.account import Row
from pipeline.model import Direction
from pipeline.problems import Problem
from pipeline.shaping import fit, pad, visual, width

STATUS_VERSION = 1
"""The version of `status --json`; schemas/status-1.json describes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its heading, what it shows of a row, and from which width on it is there."""

    heading: str
    show: Callable[[Row], str]
    most: int
    right: bool = False
    needs: int = 0


def _left(row: Row) -> str:
    return str(row.words_left) if row.words_left else "–"


def _stale(row: Row) -> str:
    return str(row.stale_words) if row.stale_words else "–"


def _day(day: date | None) -> str:
    return day.isoformat() if day else "–"


def _due(row: Row) -> str:
    return _day(row.due) + ("!" if row.overdue else "")


STATES = {
    "all": "goes out",
    "marked": "goes out, marked",
    "withheld": "withheld",
    "draft": "draft",
    "held": "held back",
    "blocked": "blocked",
}

STEPS = {
    "mend": "mend",
    "look again": "look again at",
    "review": "review",
    "translate": "translate",
    "publish": "take draft off",
    "": "",
}


def _next(row: Row) -> str:
    if row.next == "mend" and row.blocked is not None:
        return f"mend {row.blocked.location}"
    if row.next == "look again":
        return f"look again at {row.coverage.fuzzy}"
    if row.next == "translate":
        return f"translate {row.coverage.untranslated + row.coverage.fuzzy}"
    return STEPS[row.next]


COLUMNS = (
    Column(heading="document", show=lambda row: row.document, most=40),
    Column(heading="to", show=lambda row: row.language, most=6),
    Column(heading="progress", show=lambda row: row.progress, most=14),
    Column(heading="now", show=lambda row: STATES[row.outcome], most=16, needs=120),
    Column(heading="left", show=_left, most=6, right=True),
    Column(heading="stale", show=_stale, most=6, right=True),
    Column(heading="touched", show=lambda row: _touched(row), most=24, needs=120),
    Column(heading="due", show=_due, most=11, needs=120),
    Column(heading="next", show=_next, most=60),
)
_WIDE = 120
"""From this width on a row is one line; below it, a second line holds the rest."""
_TITLE = 20


def _touched(row: Row) -> str:
    if row.touched.day is None:
        return "unknown"
    return f"{row.touched.day.isoformat()} {row.touched.who}"


def table(
    rows: Sequence[Row],
    cells: int,
    *,
    directions: dict[str, Direction] | None = None,
    shaped: bool = False,
) -> list[str]:
    """Rows as lines of at most `cells` cells, with a heading; `shaped`: titles in visual order.

    Titles stand last, where no direction of theirs can move another column.
    """
    columns = [column for column in COLUMNS if cells >= column.needs]
    shown = [[column.show(row) for column in columns] for row in rows]
    widths = [
        min(column.most, max([width(column.heading), *(width(line[n]) for line in shown)]))
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
    for n, line in enumerate([[column.heading for column in columns], *shown]):
        parts = [
            pad(fit(text, size), size, right=column.right)
            for text, size, column in zip(line, widths, columns, strict=True)
        ]
        if wide and wanted:
            room = max(free - 2, 8)
            parts.append("title" if n == 0 else _title(rows[n - 1], room, directions, shaped))
        lines.append("  ".join(parts).rstrip())
        if not wide and n:
            lines.append(_second(rows[n - 1], cells, directions, shaped))
    return lines


def _second(row: Row, cells: int, directions: dict[str, Direction] | None, shaped: bool) -> str:
    """What a narrow terminal shows below a row: what goes out, who and when, due, title."""
    touched = "touched: unknown" if row.touched.day is None else f"touched {_touched(row)}"
    parts = [STATES[row.outcome], touched]
    if row.reviewed_by:
        parts.append(f"read by {row.reviewed_by}" + ("" if row.review_holds else ", changed since"))
    if row.due:
        parts.append(f"due {_due(row)}")
    text = fit("    " + " · ".join(parts), cells)
    room = cells - width(text) - 3
    if room >= 8:
        text += " · " + _title(row, room, directions, shaped)
    return text


def _title(row: Row, cells: int, directions: dict[str, Direction] | None, shaped: bool) -> str:
    text = fit(row.title, cells)
    if shaped:
        return visual(text, (directions or {}).get(row.language, "ltr"))
    return text


def totals(rows: Sequence[Row], tags: Sequence[str]) -> list[str]:
    """A line a language: how many editions are how far, and the words left."""
    lines = []
    for tag in tags:
        own = [row for row in rows if row.language == tag and row.progress != "original"]
        if not own:
            continue
        counts = account.total(own)
        parts = [
            f"{number} {state}"
            for state in account.PROGRESS
            if (number := sum(1 for row in own if row.progress == state))
        ]
        lines.append(
            f"{tag}: {', '.join(parts)}; {counts.percent}% of {counts.words} words translated, "
            f"{counts.words - counts.words_translated} left"
            + (f", {sum(row.stale_words for row in own)} stale" if counts.stale else "")
        )
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
