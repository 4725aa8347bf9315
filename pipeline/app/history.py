"""Who touched a file last, and when, as git knows it; never a guess.

A shallow clone does not know what is older than it, and no clone at all knows nothing:
both are answered with nothing rather than with a wrong date.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


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
            ["git", "-c", "core.quotepath=off", *arguments],
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
