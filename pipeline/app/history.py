"""Who touched a file last, and when, as git knows it; never a guess.

A shallow clone does not know what is older than it, and no clone at all knows nothing:
both are answered with nothing rather than with a wrong date.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipeline import files


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


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            [*files.GIT, "-c", "core.quotepath=off", *arguments],
            cwd=root, capture_output=True, check=False,
        )  # fmt: skip
    except OSError:
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def read_history(root: Path) -> History:
    """The history of the site's content and catalogues, in three calls of git."""
    shallow = _git(root, "rev-parse", "--is-shallow-repository")
    if shallow is None:
        return History()
    edge: set[str] = set()
    if shallow.strip() == "true":
        listed = _git(root, "rev-parse", "--git-path", "shallow")
        if listed is None:
            return History()
        try:
            edge = set((root / listed.strip()).read_text().split())
        except OSError:
            return History()
    log = _git(root, "log", "--relative", "--name-only", "--format=%x01%H%x02%an%x02%aI", "--", "content", "locales")
    status = _git(root, "status", "--porcelain", "--untracked-files=all", "--no-renames", "--", ".")
    prefix = _git(root, "rev-parse", "--show-prefix")
    if log is None or status is None or prefix is None:
        return History()
    touches: dict[str, Touch] = {}
    at_edge: set[str] = set()
    for block in log.split("\x01")[1:]:
        head, *names = block.split("\n")
        digest, who, when = head.split("\x02")
        for name in filter(None, names):
            if name in touches or name in at_edge:
                continue
            if digest in edge:
                at_edge.add(name)  # the clone ends here: the true date is older
            else:
                touches[name] = Touch(who=who, when=datetime.fromisoformat(when))
    changed = set()
    for line in status.splitlines():
        path = line[3:].strip('"')
        if path.startswith(prefix.strip()):
            changed.add(path.removeprefix(prefix.strip()))
    return History(known=True, touches=touches, changed=frozenset(changed))


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
    return (_git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") or "").strip()


def read_changes(root: Path, commit: str, patterns: Sequence[str], most: int) -> list[Change]:
    """What the commits up to `commit` changed in the files of patterns, oldest first.

    A merge counts as what it brought into the line of its first parent, where sites are
    built from. No more than the last `most` commits that touched the files are asked for.
    """
    log = _git(
        root, "log", commit, "--no-show-signature", "--first-parent", "-m", "--relative", "--raw", "--no-abbrev", "-M", "-z",
        f"--max-count={most}", "--format=%x01%H%x02%aI", "--", *patterns,
    )  # fmt: skip
    changes: list[Change] = []
    for block in (log or "").split("\x01")[:0:-1]:
        opening, *rest = block.split("\0")
        digest, when = opening.strip().split("\x02")
        day = datetime.fromisoformat(when).date()
        fields = iter(one.lstrip("\n") for one in rest if one.strip("\n"))
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
    listed = _git(root, "ls-tree", "-r", "-z", commit, "--", below) or ""
    rows = (one.partition("\t") for one in listed.split("\0") if one)
    return {path: about.split(" ")[2] for about, _, path in rows}


def read_blobs(root: Path, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The contents of blobs, some hundred at a time; those that git lacks are left out."""
    wanted = sorted(set(blobs))
    for start in range(0, len(wanted), 500):
        asked = "".join(f"{blob}\n" for blob in wanted[start : start + 500]).encode()
        try:
            done = subprocess.run(
                [*files.GIT, "cat-file", "--batch"], cwd=root, input=asked, capture_output=True, check=False
            )
        except OSError:
            return
        data, at = done.stdout, 0
        while at < len(data):
            end = data.index(b"\n", at)
            name, kind, *size = data[at:end].decode().split(" ")
            at = end + 1
            if kind == "missing" or not size:
                continue
            yield name, data[at : at + int(size[0])]
            at += int(size[0]) + 1
