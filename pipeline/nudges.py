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
from pipeline.speech import Said, say
from pipeline.voice import ENGLISH, Voice

NUDGES_VERSION = 1
"""The version of `status --nudge --json`; schemas/nudges-1.json describes it."""

Change = Literal["mend", "stale", "new", "due"]
"""Why a document is in a nudge: its catalogue cannot be read; its source changed after it
was translated; it is new; or nothing changed, but a day is set for it."""

_HEADINGS: Mapping[Change, Said] = {
    "mend": say("Please mend first; until then nothing can be published:"),
    "stale": say("Changed by its author after you translated it:"),
    "new": say("New:"),
    "due": say("Nothing new here, but a day is set:"),
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


def text(
    nudge: Nudge, site: str, names: Mapping[str, str], since: date, voice: Voice = ENGLISH
) -> list[str]:
    """A nudge as lines of plain text, ready to mail, in a voice's language.

    `names` are the languages' names in it. Titles stand in isolates, so that either
    direction keeps the line in order.
    """
    tell = _Letter(voice, names)
    n, count = len(nudge.errands), tell.number(len(nudge.errands))
    subject = say("{site}: {count} text for you since {day}", "{site}: {count} texts for you since {day}",
                  site=site, n=n, count=count, day=tell.day(since))  # fmt: skip
    if not nudge.to:
        subject = say("{site}: {count} text looks for a translator", "{site}: {count} texts look for a translator",
                      site=site, n=n, count=count)  # fmt: skip
    to = nudge.to or voice.plain(say("whoever is free"))
    lines = [f"To: {to}", f"Subject: {voice.plain(subject)}"]
    for change, heading in _HEADINGS.items():
        own = [one for one in nudge.errands if one.change == change]
        if not own:
            continue
        lines += ["", voice(heading)]
        for errand in own:
            lines += ["", *tell.item(errand)]
    lines += ["", voice(tell.closing(nudge))]
    return lines


class _Letter:
    """What is said in a nudge, with figures and days as a letter has them."""

    def __init__(self, voice: Voice, names: Mapping[str, str]) -> None:
        self.voice, self.names = voice, names

    def number(self, number: int) -> str:
        return languages.format_number(number, self.voice.language)

    def day(self, day: date) -> str:
        return languages.format_date(day, self.voice.language)

    def words(self, number: int) -> Said:
        return say("{count} word", "{count} words", n=number, count=self.number(number))

    def item(self, errand: Errand) -> list[str]:
        row, voice = errand.row, self.voice
        title = " ".join(voice.plain(row.title).split())
        head = say(
            "- {title} ({document}), from {source} into {target}",
            title=f"\u2068{title}\u2069", document=row.document,
            source=self.names[row.source], target=self.names[row.language],
        )  # fmt: skip
        if errand.change == "mend" and row.blocked is not None:
            return [voice(head), f"  {row.blocked.location}: {voice(row.blocked.message)}"]
        said = []
        if errand.change == "stale":
            said.append(say(
                "{count} message reads differently now, {words} in all",
                "{count} messages read differently now, {words} in all",
                n=row.coverage.stale, count=self.number(row.coverage.stale), words=self.words(row.stale_words),
            ))  # fmt: skip
        messages = say("{count} message", "{count} messages", n=row.open, count=self.number(row.open))
        words = self.words(row.words_left)
        if row.due and row.overdue:
            left = say("{words} left, in {messages}; wanted by {day}, which has passed",
                       words=words, messages=messages, day=self.day(row.due))  # fmt: skip
        elif row.due:
            left = say("{words} left, in {messages}; wanted by {day}",
                       words=words, messages=messages, day=self.day(row.due))  # fmt: skip
        else:
            left = say("{words} left, in {messages}", words=words, messages=messages)
        return [voice(head), *(f"  {voice(one)}" for one in (*said, left)), f"  {row.where}"]

    def closing(self, nudge: Nudge) -> Said:
        if not nudge.besides:
            return say("That is all: {words} left. Thank you!", words=self.words(nudge.words_left))
        return say(
            "Besides, {count} older text waits as before, with {words} left. Thank you!",
            "Besides, {count} older texts wait as before, with {words} left. Thank you!",
            n=len(nudge.besides), count=self.number(len(nudge.besides)),
            words=self.words(sum(row.words_left for row in nudge.besides)),
        )  # fmt: skip


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
