"""Tells what this user's own runs have written from what came with a folder.

A site is cloned, unpacked and passed on, and a cache that came with it must not be
believed: it could say anything of pages and pictures. So what is kept is sealed with a
key that lies with the user, outside every site (`dozaban/key` in the user's cache). What
has no seal of this key is as good as not there. Where no key can be kept, each process
has its own, and nothing outlives it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from hashlib import blake2b

SIZE = 16
"""Bytes of a seal."""

Place = tuple[str, int, int, bytes]
"""Where something waits: a file's name, offset and length in bytes there, and its seal."""


def seal(data: bytes | memoryview) -> bytes:
    """What only who has the key can say of these bytes."""
    return blake2b(data, digest_size=SIZE, key=_key()).digest()


def sealed(data: bytes) -> bytes:
    """The bytes behind their seal."""
    return seal(data) + data


def opened(data: bytes) -> bytes | None:
    """What stands behind a seal; None where it is not ours."""
    whole = memoryview(data)
    return bytes(whole[SIZE:]) if len(data) >= SIZE and seal(whole[SIZE:]) == whole[:SIZE] else None


@cache
def _key() -> bytes:
    base = os.environ.get("XDG_CACHE_HOME", "")
    folder = os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.cache"), "dozaban")
    path = os.path.join(folder, "key")
    with suppress(OSError):
        if (known := _read(path)) is not None:
            return known
        os.makedirs(folder, mode=0o700, exist_ok=True)
        draft = f"{path}.{os.getpid()}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.write(handle, os.urandom(32))
            os.fsync(handle)  # an empty key after a power cut would be none for ever
            with suppress(FileExistsError):  # another process was first
                os.link(draft, path)
        finally:
            os.close(handle)
            os.unlink(draft)
        if (known := _read(path)) is not None:
            return known
    return os.urandom(32)


def _read(path: str) -> bytes | None:
    """A key that is this user's alone; None where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(handle)
        data = os.read(handle, 64)
        return data if len(data) == 32 and found.st_uid == os.getuid() and not found.st_mode & 0o077 else None
    finally:
        os.close(handle)
