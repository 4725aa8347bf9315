"""Remembers what was found about files, as long as the files are the same.

A memory is a sealed JSON file in `.dozaban/`: losing it, or finding rubbish or another
user's in it, costs time and nothing else. Whether a file is the same is told by size,
times and inode, taken before it was read. A file touched within the clock's tick before
that is not remembered, so that a second edit in the same tick is still noticed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.files import read_cache, write_cache
from pipeline.scan import TICK, Signature, code


def signature(root: Path, paths: Iterable[str]) -> Signature | None:
    """What tells whether files are the same; None where one was touched just now.

    A missing file is part of the signature: it matters when it appears.
    """
    made: Signature = []
    now = time.time_ns()
    top = os.fspath(root)
    for path in paths:
        try:
            found = os.stat(f"{top}/{path}")
        except OSError:
            made.append(-1)
            continue
        if max(found.st_mtime_ns, found.st_ctime_ns) > now - TICK:
            return None
        made += (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    return made


class Memory:
    """What was found about things named by strings. `about` says what all of it depends on.

    Values are JSON. Nothing is kept of another version of the tool, or of another `about`.
    """

    def __init__(self, root: Path, name: str, about: object) -> None:
        self._root, self._path = root, f".dozaban/{name}.json"
        self._head = [__version__, code(), json.loads(json.dumps(about))]
        self._old: dict[str, Any] = {}
        self._new: dict[str, Any] = {}
        try:
            found = json.loads(read_cache(root, self._path) or b"{}")
            if found["head"] == self._head and isinstance(found["known"], dict):
                self._old = found["known"]
        except (ValueError, KeyError, TypeError, RecursionError):
            pass

    def recall(self, name: str, seen: Signature | None) -> Any:
        """What was found when the files were as `seen`, or None."""
        if seen is None:
            return None
        known = self._old.get(name)
        if isinstance(known, list) and len(known) == 2 and known[0] == seen:
            self._new[name] = known
            return known[1]
        return None

    def hold(self, name: str) -> Any:
        """What was found at some time, whatever has become of it, and is not to be forgotten."""
        known = self._old.get(name)
        if not (isinstance(known, list) and len(known) == 2):
            return None
        self._new.setdefault(name, known)
        return known[1]

    def keep(self, name: str, seen: Signature | None, value: Any) -> None:
        """Remember what was found."""
        if seen is not None:
            self._new[name] = [seen, value]

    def save(self) -> None:
        """Write what was kept or recalled; what nobody asked for is forgotten."""
        if self._new != self._old:
            data = json.dumps({"head": self._head, "known": self._new}, ensure_ascii=False)
            write_cache(self._root, self._path, data.encode("utf-8", "surrogatepass"))
