"""Git, asked: the only code that calls it.

What a site holds may look like a repository whose settings name programs to run, and a
history is written by anybody: no such repository is trusted, and what git says is taken
apart at NULs, which no name of a file or a person can hold. It writes nothing.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.problems import DiskError, problem, reason
from pipeline.speech import say

_GIT = (
    "git", "-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never",
    "-c", "core.quotepath=off", "-c", "log.showSignature=false", "-c", "log.showRoot=true",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit of a log: the fields that were asked for, and what git lists below them."""

    fields: tuple[str, ...]
    listed: tuple[str, ...]


def said(root: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """What git says, or None where there is no git, no repository, or no commit."""
    try:
        done = subprocess.run([*_GIT, *arguments], cwd=root, capture_output=True, check=False, input=given)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A call of git with its exit status. Raises DiskError where there is no git."""
    try:
        return subprocess.run([*_GIT, *arguments], cwd=root, capture_output=True, text=True, check=False)
    except OSError as error:
        raise DiskError(
            problems=(problem("disk", say("cannot run git: {reason}", reason=reason(error)), "git"),)
        ) from None


def log(root: Path, fields: Sequence[str], *arguments: str) -> list[Commit] | None:
    """Commits, newest first; None where there is no history.

    `fields` are git's placeholders, such as %H.
    """
    shape = "".join(f"%x00{field}" for field in fields)
    found = said(root, "log", "-z", f"--format={shape}", *arguments)
    if found is None:
        return None
    tokens = found.decode("utf-8", "replace").split("\0")
    commits: list[Commit] = []
    at = 0
    while at + len(fields) < len(tokens):  # an empty token goes before each commit's fields
        head = tuple(tokens[at + 1 : at + 1 + len(fields)])
        at += 1 + len(fields)
        below = at
        while at < len(tokens) and tokens[at]:
            at += 1
        listed = tokens[below:at]
        if listed:  # a line ends between the fields and the list
            listed[0] = listed[0].removeprefix("\n")
        commits.append(Commit(fields=head, listed=tuple(listed)))
    return commits


def moment(text: str) -> datetime | None:
    """A date of a log (%aI, %cI); None where git has one that no calendar has."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


_BATCH = 500


def blobs(root: Path, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The contents of blobs, some hundred at a time; those that git lacks are left out."""
    wanted = sorted(set(names))
    for start in range(0, len(wanted), _BATCH):
        part = "".join(f"{name}\n" for name in wanted[start : start + _BATCH])
        data, at = said(root, "cat-file", "--batch", given=part.encode()) or b"", 0
        while at < len(data):
            end = data.index(b"\n", at)
            name, kind, *size = data[at:end].decode().split(" ")
            at = end + 1
            if kind == "missing" or not size:
                continue
            yield name, data[at : at + int(size[0])]
            at += int(size[0]) + 1
