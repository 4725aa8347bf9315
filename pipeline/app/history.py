"""The past of a site as git knows it: who touched a file, where it stood, how much of it was
translated; never a guess.

A shallow clone does not know what is older than it, and no clone at all knows nothing:
both are answered with nothing rather than with a wrong date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import git, languages, po
from pipeline.git import Commit
from pipeline.problems import DozabanError

if TYPE_CHECKING:
    from pipeline.outputs.statuspage import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """The last commit of a file: the author's name and time."""

    who: str
    when: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`touches` by path, relative to the site; `changed` are files with changes not committed.

    `known` says whether there is a history at all.
    """

    known: bool = False
    touches: Mapping[str, Touch] | None = None
    changed: frozenset[str] = frozenset()


def read_history(root: Path) -> History:
    """The history of the site's content and catalogues, in three calls of git."""
    shallow = _text(root, "rev-parse", "--is-shallow-repository")
    if shallow is None:
        return History()
    edge: set[str] = set()
    if shallow.strip() == "true":
        listed = _text(root, "rev-parse", "--git-path", "shallow")
        if listed is None:
            return History()
        try:
            edge = set((root / listed.strip()).read_text().split())
        except OSError:
            return History()
    log = git.log(root, ("%H", "%an", "%aI"), "--relative", "--name-only", "--", "content", "locales")
    status = _text(root, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", ".")
    prefix = _text(root, "rev-parse", "--show-prefix")
    if log is None or status is None or prefix is None:
        return History()
    touches: dict[str, Touch] = {}
    unknown: set[str] = set()
    for commit in log:
        digest, who, written = commit.fields
        when = git.moment(written)
        for name in commit.listed:
            if name in touches or name in unknown:
                continue
            if digest in edge or when is None:
                unknown.add(name)  # where the clone ends, the true date is older
            else:
                touches[name] = Touch(who=who, when=when)
    changed = {line[3:] for line in status.split("\0")}
    below = prefix.rstrip("\n")
    return History(
        known=True,
        touches=touches,
        changed=frozenset(path.removeprefix(below) for path in changed if path.startswith(below)),
    )


def _text(root: Path, *arguments: str) -> str | None:
    found = git.said(root, *arguments)
    return None if found is None else found.decode("utf-8", "replace")


# --- how files came to be what they are ----------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One commit's change of one file: the blob that it was, and is, at its path.

    `path` is relative to the site, `was` the path before, another one after a renaming.
    A blob is "" where there is no file: before an addition, after a deletion.
    """

    commit: str
    day: date
    was: str
    path: str
    before: str
    after: str


def head(root: Path) -> str:
    """The commit that the site stands at, 40 hex digits or more; "" where there is no history."""
    return (_text(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") or "").strip()


def read_changes(root: Path, commit: str, patterns: Sequence[str], most: int) -> list[Change]:
    """What the commits up to `commit` changed in the files of patterns, oldest first.

    A merge counts as what it brought into the line of its first parent, where sites are
    built from. No more than the last `most` commits that touched the files are asked for.
    """
    log = git.log(
        root, ("%H", "%aI"), commit, "--first-parent", "-m", "--relative", "--raw", "--no-abbrev", "-M",
        f"--max-count={most}", "--", *patterns,
    )  # fmt: skip
    changes: list[Change] = []
    for one in reversed(log or ()):
        digest, written = one.fields
        when = git.moment(written)
        day = when.date() if when else date.min
        fields = iter(one.listed)
        for raw in fields:
            _, _, before, after, kind = raw.split(" ")
            was = path = next(fields)
            if kind[0] in "RC":
                path = next(fields)
            if kind[0] == "C":
                was, before = path, ""
            changes.append(
                Change(
                    commit=digest, day=day, was=was, path=path,
                    before=before.strip("0") and before, after=after.strip("0") and after,
                )
            )  # fmt: skip
    return changes


def read_tree(root: Path, commit: str, below: str) -> dict[str, str]:
    """Path → blob of the files below a folder in a commit; nothing where there is no such commit."""
    listed = _text(root, "ls-tree", "-r", "-z", commit, "--", below) or ""
    rows = (one.partition("\t") for one in listed.split("\0") if one)
    return {path: about.split(" ")[2] for about, _, path in rows}


# --- how much was translated -------------------------------------------------------------------------------

POINTS = 60
"""At most as many days of history are counted."""


def past(root: Path, tags: Sequence[str], most: int = POINTS) -> dict[str, tuple[Point, ...]] | None:
    """How much of each language was translated, at the end of at most `most` days.

    From the catalogues as they stood along the first parents of the current commit, the
    shared ones too; the first and the last day are always among them. One call of git
    for the commits, one for every 500 versions of a catalogue. None: there is no history.
    """
    from pipeline.outputs.statuspage import Point

    log = git.log(
        root, ("%cI",), "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff",
        "--relative", "--", "locales",
    )  # fmt: skip
    if log is None:
        return None
    commits = _catalogues(log)
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


def _catalogues(log: Sequence[Commit]) -> list[tuple[date, list[tuple[str, str]]]]:
    """A raw log, oldest first: each commit's day, and the catalogues that it changed.

    A commit whose clock ran behind counts to the day of the one before it.
    """
    found = []
    latest = date.min
    for commit in reversed(log):
        when = git.moment(commit.fields[0])
        latest = max(latest, when.date() if when else date.min)
        listed = iter(commit.listed)
        changed = [(path, raw.split(" ")[3]) for raw, path in zip(listed, listed, strict=False)]
        found.append((latest, [one for one in changed if one[0].endswith(".po")]))
    return found


def _counted(root: Path, blobs: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Words, words translated and stale words of versions of catalogues, by their ids."""
    figures = ((name, _words_of(data)) for name, data in git.blobs(root, blobs))
    return {name: found for name, found in figures if found is not None}


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
