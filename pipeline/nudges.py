"""Nudges: what waits for each translator since a day, as text to mail and for programs.

Pure: rows of the account, with who translates them and since when they exist, become
one nudge a person. It mails nothing, and says nothing to whom nothing concerns. The text
has no greeting and no signature: those are the sender's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pipeline import languages
from pipeline.account import Row
from pipeline.model import Language

NUDGES_VERSION = 1
"""The version of `status --nudge --json`; schemas/nudges-1.json describes it."""

Change = Literal["mend", "stale", "new", "due"]
"""Why a document is in a nudge: its catalogue cannot be read; its source changed after it
was translated; it is new; or nothing changed, but a day is set for it."""

_SPOKEN = Language(tag="en", name="English")
"""The language in which the command speaks."""

_HEADINGS: Mapping[Change, str] = {
    "mend": "Please mend first; until then nothing can be published:",
    "stale": "Changed by its author after you translated it:",
    "new": "New:",
    "due": "Nothing new here, but a day is set:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One edition in a nudge, why it is there, and since which day that is so."""

    row: Row
    change: Change
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """What waits for one person; `to` is empty for whoever is free.

    `besides` are editions with open messages that nothing new happened to.
    """

    to: str
    errands: tuple[Errand, ...]
    besides: tuple[Row, ...] = ()

    @property
    def words_left(self) -> int:
        return sum(one.row.words_left for one in self.errands) + sum(row.words_left for row in self.besides)


def nudges(
    rows: Sequence[Row],
    people: Mapping[tuple[str, str], str],
    begun: Mapping[str, date],
    since: date,
) -> list[Nudge]:
    """A nudge for each person whom something new concerns, by name; whoever is free, last.

    `people` is who translates a (document, language), `begun` the day since which a
    document exists. Rows keep their order.
    """
    errands: dict[str, list[Errand]] = {}
    besides: dict[str, list[Row]] = {}
    for row in rows:
        if row.progress == "original" or not (row.open or row.blocked):
            continue
        who = " ".join(people.get((row.document, row.language), "").split())
        found = _errand(row, begun.get(row.document), since)
        if found is not None:
            errands.setdefault(who, []).append(found)
        else:
            besides.setdefault(who, []).append(row)
    return [
        Nudge(to=who, errands=tuple(errands[who]), besides=tuple(besides.get(who, ())))
        for who in sorted(errands, key=lambda who: (not who, who.casefold(), who))
    ]


def _errand(row: Row, begun: date | None, since: date) -> Errand | None:
    if row.blocked is not None:
        own = row.blocked.location.path.startswith("locales/")
        return Errand(row=row, change="mend") if own else None
    if row.coverage.stale and row.since is not None and row.since >= since:
        return Errand(row=row, change="stale", on=row.since)
    if begun is not None and begun >= since:
        return Errand(row=row, change="new", on=begun)
    return Errand(row=row, change="due") if row.due else None


# --- as text ------------------------------------------------------------------------------


def text(nudge: Nudge, site: str, names: Mapping[str, str], since: date) -> list[str]:
    """A nudge as lines of plain text, ready to mail. `names` are the languages' names.

    Titles stand in isolates, so that either direction keeps the line in order.
    """
    count = len(nudge.errands)
    subject = f"{site}: {_many(count, 'text', 'texts')} for you since {_day(since)}"
    if not nudge.to:
        subject = f"{site}: {_many(count, 'text looks', 'texts look')} for a translator"
    lines = [f"To: {nudge.to or 'whoever is free'}", f"Subject: {subject}"]
    for change, heading in _HEADINGS.items():
        own = [one for one in nudge.errands if one.change == change]
        if not own:
            continue
        lines += ["", heading]
        for errand in own:
            lines += ["", *_item(errand, names)]
    lines += ["", _closing(nudge)]
    return lines


def _item(errand: Errand, names: Mapping[str, str]) -> list[str]:
    row = errand.row
    title = " ".join(row.title.split())
    into = f"from {names[row.source]} into {names[row.language]}"
    lines = [f"- \u2068{title}\u2069 ({row.document}), {into}"]
    if errand.change == "mend" and row.blocked is not None:
        return [*lines, f"  {row.blocked.location}: {row.blocked.message}"]
    if errand.change == "stale":
        changed = _many(row.coverage.stale, "message reads", "messages read")
        lines.append(f"  {changed} differently now, {_many(row.stale_words, 'word', 'words')} in all")
    left = f"{_many(row.words_left, 'word', 'words')} left, in {_many(row.open, 'message', 'messages')}"
    if row.due:
        left += f"; wanted by {_day(row.due)}" + (", which has passed" if row.overdue else "")
    return [*lines, f"  {left}", f"  {row.where}"]


def _closing(nudge: Nudge) -> str:
    if not nudge.besides:
        return f"That is all: {_many(nudge.words_left, 'word', 'words')} left. Thank you!"
    words = sum(row.words_left for row in nudge.besides)
    more = _many(len(nudge.besides), "older text waits", "older texts wait")
    return f"Besides, {more} as before, with {_many(words, 'word', 'words')} left. Thank you!"


def _many(number: int, one: str, many: str) -> str:
    return f"{languages.format_number(number, _SPOKEN)} {one if number == 1 else many}"


def _day(day: date) -> str:
    return languages.format_date(day, _SPOKEN)


# --- for programs --------------------------------------------------------------------------


def as_json(nudge: Nudge, lines: Sequence[str]) -> dict[str, Any]:
    """A nudge for programs; `lines` are its text."""
    return {
        "to": nudge.to or None,
        "documents": [
            {
                "document": one.row.document,
                "title": one.row.title,
                "source_lang": one.row.source,
                "lang": one.row.language,
                "change": one.change,
                "on": one.on.isoformat() if one.on else None,
                "stale": {"messages": one.row.coverage.stale, "words": one.row.stale_words},
                "left": {"messages": one.row.open, "words": one.row.words_left},
                "due": one.row.due.isoformat() if one.row.due else None,
                "overdue": one.row.overdue,
                "path": str(one.row.blocked.location.path) if one.row.blocked else one.row.where,
            }
            for one in nudge.errands
        ],
        "besides": {
            "documents": [f"{row.document}:{row.language}" for row in nudge.besides],
            "words": sum(row.words_left for row in nudge.besides),
        },
        "text": "\n".join(lines) + "\n",
    }
