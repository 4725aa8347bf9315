"""What became of each mail of an issue: lines that are only ever added.

A line says of one reader's mail that it is queued, that it is about to be given to the
server, and how that ended. What was about to be given and then says no more is unknown:
the server may have it or not, and nobody can tell. Entries in, bytes out, and back;
nothing here opens a file or sends anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from pipeline.problems import ContentError, problem
from pipeline.speech import say

State = Literal["queued", "attempting", "sent", "failed", "unknown"]

STATES: tuple[State, ...] = ("queued", "attempting", "sent", "failed", "unknown")

OUTBOX = "outbox"

JOURNAL = "journal.jsonl"

VERSION = 1
"""The journal's first line has it; a reader of another version refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: whose mail, in which edition, and what became of it.

    `digest` tells which text it was (see `message.digest`), `at` is in seconds since
    1970, `reply` is what the server said.
    """

    address: str
    edition: str
    state: State
    digest: str
    at: float
    reply: str = ""

    @property
    def key(self) -> str:
        """The reader (see `Subscriber.key`)."""
        return self.address.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """How things stand: the last entry of each reader, in the order of the first."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    def state(self, key: str) -> State | None:
        """What became of a reader's mail; None where there is no word of it."""
        found = self.entries.get(key)
        return found.state if found else None

    def in_state(self, state: State) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries.values() if one.state == state)


def folder_of(issue: str, *, taken: bool = False) -> str:
    """Where an issue's forms and its journal are, below the site's root.

    Raises ContentError for a name in which another issue's own files would be; `taken`:
    not even then.
    """
    name = issue.removeprefix("newsletters/")
    for part in () if taken else name.casefold().split("/")[1:]:
        if part in ("preview", JOURNAL) or part.endswith(_FORMS):
            raise ContentError(
                problems=(
                    problem("journal", say("an issue cannot be called `{name}`: its folder would be another issue's `{part}`",
                                              name=name, part=part),
                            f"content/{issue}.md", hint=say("give it another name: {command}", command="dozaban mv OLD NEW")),
                )
            )  # fmt: skip
    return f"{OUTBOX}/{name}"


_FORMS = (".html", ".txt", ".eml", ".pdf")


def path_of(issue: str, *, taken: bool = False) -> str:
    """Where the journal of an issue is, below the site's root. As `folder_of`."""
    return f"{folder_of(issue, taken=taken)}/{JOURNAL}"


def first_line(issue: str) -> bytes:
    """What a journal begins with."""
    return _line({"journal": VERSION, "issue": issue})


def written(entries: Iterable[Entry]) -> bytes:
    """Entries as lines, in ASCII."""
    return b"".join(_line(asdict(entry)) for entry in entries)


def _line(values: Mapping[str, object]) -> bytes:
    return json.dumps(values).encode("ascii") + b"\n"


def read(data: bytes, path: str) -> Journal:
    """How things stand, by the lines of a journal.

    A last line that is not whole was never finished and says nothing. Anything else that
    cannot be read is a ContentError: whoever is named there might be mailed twice.
    """
    entries: dict[str, Entry] = {}
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), 1):
        try:
            values = json.loads(line)
            if number == 1:
                fits = values["journal"] == VERSION
            else:
                entry = Entry(**values)
                fits = entry.state in STATES and all(
                    isinstance(one, str) for one in (entry.address, entry.edition, entry.digest, entry.reply)
                ) and isinstance(entry.at, int | float)  # fmt: skip
                entries[entry.key] = entry
        except (ValueError, TypeError, KeyError, RecursionError):
            fits = False
        if not fits:
            raise ContentError(
                problems=(
                    problem("journal", say("this line of the journal cannot be read"), path, number,
                            hint=say("restore the file from a backup: without it, some readers would be mailed twice")),
                )
            )  # fmt: skip
    return Journal(
        entries={
            key: replace(entry, state="unknown") if entry.state == "attempting" else entry
            for key, entry in entries.items()
        }
    )
