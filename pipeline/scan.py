"""What stands on the disk: what every file is, as far as the file system tells it.

Whether a file has changed is told by its size, times and inode. Of one that was touched
within the clock's tick before it was looked at, that says nothing: a second change in the
same tick leaves them as they are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from stat import S_ISREG

from pipeline import files

TICK = 2_000_000_000
"""Nanoseconds; the coarsest clock of a file system that is still met (FAT's)."""

Signature = list[int]
"""What tells whether files are the same."""

Stat = tuple[int, int, int, int]
"""A file's size, times of change (of contents and of all) in nanoseconds, and inode."""

Tree = tuple[dict[str, tuple[int, int, int]], dict[str, int]]
"""An output folder: its files' sizes, times and inodes, and its folders' times."""


def look(tops: Iterable[tuple[str, str]]) -> dict[str, Stat]:
    """What every file is below some folders, each with the prefix that names it here."""
    found: dict[str, Stat] = {}
    stack = list(tops)
    while stack:
        prefix, folder = stack.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            continue
        with entries:
            for entry in entries:
                name = entry.name
                if name[0] == "." or name[-1] == "~" or name == "__pycache__":
                    continue
                try:
                    if entry.is_dir(follow_symlinks=False):
                        stack.append((f"{prefix}{name}/", entry.path))
                        continue
                    one = entry.stat()
                except OSError:
                    try:
                        one = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue
                if S_ISREG(one.st_mode):  # whoever opens a pipe waits
                    found[prefix + name] = (one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino)
    return found


def inputs(root: Path) -> list[tuple[str, str]]:
    """The folders that a site is made of, the tool's own among them, for `look`."""
    package, made = files.package_data(), files.made_data()
    found = [(f"{below}/", f"{root}/{below}") for below in ("content", "locales", "templates")]
    if package.resolve() != root.resolve():
        found += [(f"//{below}/", f"{package}/{below}") for below in ("locales", "templates")]
    found.append(("//fonts/", f"{made}/fonts"))
    if package != made:  # the tool's own repository: its code is being worked on
        found.append(("//pipeline/", f"{package}/pipeline"))
    return found


@cache
def code() -> str:
    """What tells one version of the tool from another while its own code is being worked on;
    empty where it is installed."""
    package = files.package_data()
    if package == files.made_data():
        return ""
    found = sorted(look([("", f"{package}/pipeline")]).items())
    return blake2b(repr(found).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def everything(root: Path) -> Signature | None:
    """What tells whether any file that a site is made of has changed, appeared or gone;
    None where one was touched just now."""
    latest = time.time_ns() - TICK
    found = sorted(look(inputs(root)).items())
    if any(one[1] > latest or one[2] > latest for _, one in found):
        return None
    digest = blake2b(repr(found).encode("utf-8", "surrogateescape"), digest_size=16).digest()
    return [int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")]


def standing(folder: str) -> Tree:
    """What stands in an output folder."""
    found: dict[str, tuple[int, int, int]] = {}
    folders: dict[str, int] = {}
    stack = [""]
    while stack:
        prefix = stack.pop()
        try:
            folders[prefix] = os.stat(f"{folder}/{prefix}", follow_symlinks=False).st_mtime_ns if prefix else 0
            entries = os.scandir(f"{folder}/{prefix}")
        except OSError:
            continue
        with entries:
            for entry in entries:
                if not prefix and entry.name[0] == ".":
                    continue
                if entry.is_dir(follow_symlinks=False):
                    stack.append(f"{prefix}{entry.name}/")
                else:
                    one = entry.stat(follow_symlinks=False)
                    found[prefix + entry.name] = (one.st_size, one.st_mtime_ns, one.st_ino)
    return found, folders


def unchanged(out: str, files_: Mapping[str, Sequence[int]], folders: Mapping[str, int], first: int) -> bool:
    """Whether files, and every other folder from the `first` on, are as they were."""
    stat, top = os.lstat, -1
    try:
        top = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
        for path, one in files_.items():
            found = stat(path, dir_fd=top)
            if one != (found.st_size, found.st_mtime_ns, found.st_ino):
                return False
        for path, time_ in islice(folders.items(), first, None, 2):
            if path and stat(path, dir_fd=top).st_mtime_ns != time_:
                return False
    except OSError:
        return False
    finally:
        if top >= 0:
            os.close(top)
    return True
