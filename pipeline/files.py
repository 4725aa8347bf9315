"""The only code that touches the disk: read a tree, write atomically and only what changed.

Content and catalogues are synced to disk before they take their name; output is not.
It knows no format and no meaning of what it reads and writes. Every refusal of the
disk becomes a DiskError that names the path.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pipeline.problems import DiskError, problem

_TEMPORARY = ".dozaban-tmp-"

STAGE = ".dozaban-stage"
"""The folder inside the output in which new files wait for their names."""


def _refuse(error: OSError, path: Path | str, doing: str) -> DiskError:
    reason = error.strerror or str(error)
    return DiskError(
        problems=(problem("disk", f"cannot {doing}: {reason}", str(path), hint=_hint(error)),)
    )


def _hint(error: OSError) -> str:
    return {
        13: "check the permissions of the file and of its folder",
        28: "free some space and run the command again; nothing was lost",
        30: "the file system is read-only",
        24: "too many files are open; raise the limit with ulimit -n",
    }.get(error.errno or 0, "")


def read(root: Path, path: str) -> bytes:
    """A file's bytes. Raises DiskError."""
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise _refuse(error, path, "read it") from None


def read_if_there(root: Path, path: str) -> bytes | None:
    """A file's bytes, or None where there is none. Raises DiskError."""
    try:
        return (root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _refuse(error, path, "read it") from None


def exists(root: Path, path: str) -> bool:
    """Whether there is a regular file."""
    return (root / path).is_file()


def tree(root: Path, below: str) -> list[str]:
    """The files below a folder, relative to `root`, sorted; hidden ones left out.

    Links to folders, and those that lead out of the folder, are left out too. A missing
    folder is empty.
    """
    start = root / below
    found: list[str] = []
    real_start = os.path.realpath(start)

    def walk(folder: str) -> None:
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _refuse(error, os.path.relpath(folder, root), "list it") from None
        for entry in entries:
            if entry.name.startswith((".", _TEMPORARY)) or entry.name.endswith("~"):
                continue
            if entry.is_symlink():
                target = os.path.realpath(entry.path)
                if os.path.isdir(target) or not target.startswith(real_start + os.sep):
                    continue
            try:
                folder_here, file_here = entry.is_dir(), entry.is_file()
            except OSError:  # a link to itself
                continue
            if folder_here:
                walk(entry.path)
            elif file_here:
                found.append(os.path.relpath(entry.path, root).replace(os.sep, "/"))

    if start.is_dir():
        walk(str(start))
    return sorted(found)


def write(root: Path, path: str, data: bytes, *, expected: bytes | None | object = ...) -> bool:
    """Write a file of the site atomically and synced, if it would change.

    `expected` is what the file held when it was read (None: it was not there); where
    somebody saved another version meanwhile, theirs stays and a DiskError says so.
    Returns whether it was written.
    """
    target = root / path
    try:
        current = target.read_bytes()
    except FileNotFoundError:
        current = None
    except OSError as error:
        raise _refuse(error, path, "read it") from None
    if expected is not ... and current != expected:
        raise DiskError(
            problems=(
                problem("changed-meanwhile", "somebody saved this file meanwhile; it was left alone",
                        path, hint="run the command again"),
            )
        )  # fmt: skip
    if current == data:
        return False
    _stay_inside(root, path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, data, sync=True)
    except OSError as error:
        raise _refuse(error, path, "write it") from None
    return True


def _stay_inside(root: Path, path: str) -> None:
    """Refuse a path whose folder is, through a link, outside the site."""
    top = os.path.realpath(root)
    folder = os.path.realpath((root / path).parent)
    if folder != top and not folder.startswith(top + os.sep):
        raise DiskError(
            problems=(problem("disk", "this leads out of the site through a link", path,
                              hint="replace the link by a folder"),)
        )  # fmt: skip


def _replace(target: Path, data: bytes, *, sync: bool) -> None:
    mode = None
    with suppress(FileNotFoundError):
        mode = target.stat().st_mode & 0o7777
    handle, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        os.chmod(name, mode if mode is not None else 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    if sync:
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


_UMASK: list[int] = []


def _umask() -> int:
    if not _UMASK:
        mask = os.umask(0o022)
        os.umask(mask)
        _UMASK.append(mask)
    return _UMASK[0]


def move(root: Path, old: str, new: str) -> None:
    """Rename a file of the site, never over another. Raises DiskError."""
    target = root / new
    _stay_inside(root, new)
    if target.exists():
        raise DiskError(problems=(problem("exists", "there is such a file already", new),))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(root / old, target)
    except OSError as error:
        raise _refuse(error, old, f"move it to {new}") from None
    with suppress(OSError):
        (root / old).parent.rmdir()


class Output:
    """The output folder, changed as a whole: additions first, then changes, then deletions.

    Files that are new or different are written to a stage inside the folder and take
    their names in `commit`; until then a reader meets the old site. Nothing is synced:
    it can be built again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stage = folder / STAGE
        self.staged: list[Staged] = []
        self.unchanged = 0
        self._count = 0
        self._created = False

    def begin(self) -> None:
        """Make the stage, and clear what an interrupted run left in it."""
        if self.stage.is_symlink():
            raise DiskError(problems=(problem("disk", "this is a link; remove it", str(self.stage)),))
        try:
            self._created = not self.folder.is_dir()
            self.stage.mkdir(parents=True, exist_ok=True)
            self._clear()
        except OSError as error:
            raise _refuse(error, self.folder, "write there") from None

    def _clear(self) -> None:
        for entry in os.scandir(self.stage):
            os.unlink(entry.path)

    def end(self) -> None:
        """Drop the stage; after `commit` it is empty."""
        with suppress(OSError):
            self._clear()
            self.stage.rmdir()
            if self._created:
                self.folder.rmdir()

    def put(self, path: str, data: bytes) -> None:
        """Stage a file unless the folder has it already."""
        staged = self.stage_one(path, data)
        if staged is None:
            self.unchanged += 1
        else:
            self.staged.append(staged)

    def stage_one(self, path: str, data: bytes) -> Staged | None:
        """As `put`, but the caller keeps the account: for worker processes."""
        target = f"{self.folder}/{path}"
        present = True
        try:
            try:
                with open(target, "rb") as stream:
                    if os.fstat(stream.fileno()).st_size == len(data) and stream.read() == data:
                        return None
            except (FileNotFoundError, NotADirectoryError):
                present = False
            self._count += 1
            name = f"{os.getpid()}-{self._count}"
            with open(self.stage / name, "wb") as stream:
                stream.write(data)
        except OSError as error:
            raise _refuse(error, path, "write it") from None
        return Staged(path=path, name=name, present=present)

    def commit(self) -> None:
        """Give every staged file its name: new ones first."""
        made: set[str] = set()
        for one in sorted(self.staged, key=lambda one: (one.present, one.path)):
            target = f"{self.folder}/{one.path}"
            folder = target.rpartition("/")[0]
            try:
                if folder not in made:
                    os.makedirs(folder, exist_ok=True)
                    made.add(folder)
                os.replace(self.stage / one.name, target)
            except OSError as error:
                raise _refuse(error, one.path, "write it") from None

    def present(self) -> set[str]:
        """Every file in the folder, by its path in it; the stage apart."""
        found: set[str] = set()
        stack = [""]
        while stack:
            prefix = stack.pop()
            with os.scandir(f"{self.folder}/{prefix}") as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name != STAGE:
                            stack.append(f"{prefix}{entry.name}/")
                    else:
                        found.add(prefix + entry.name)
        return found

    def remove(self, paths: Iterable[str]) -> int:
        """Delete files, and the folders that this empties."""
        count = 0
        folders: set[str] = set()
        for path in sorted(paths):
            try:
                os.unlink(self.folder / path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise _refuse(error, path, "delete it") from None
            count += 1
            folder = path.rpartition("/")[0]
            while folder:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        for folder in sorted(folders, key=len, reverse=True):
            with suppress(OSError):
                os.rmdir(self.folder / folder)
        return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file that waits in the stage under `name`; `present`: it replaces one."""

    path: str
    name: str
    present: bool


@contextmanager
def lock(root: Path, doing: str) -> Iterator[None]:
    """Hold the site's lock, so that two commands do not write at once. Raises DiskError."""
    import fcntl

    folder = root / ".dozaban"
    if folder.is_symlink():
        raise DiskError(problems=(problem("disk", "this is a link; remove it", ".dozaban"),))
    try:
        folder.mkdir(exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise _refuse(error, ".dozaban/lock", "take the lock") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = os.read(handle, 200).decode("utf-8", "replace").strip()
            raise DiskError(
                problems=(
                    problem("locked", f"another command is at work here: {other or 'unknown'}",
                            ".dozaban/lock", hint="wait until it has ended"),
                )
            ) from None  # fmt: skip
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"dozaban {doing} (process {os.getpid()})".encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def write_cache(root: Path, path: str, data: bytes) -> None:
    """Write a file of the cache atomically; where the disk says no, there is none."""
    target = root / path
    with suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, data, sync=False)


def fingerprint(folder: Path) -> str:
    """What tells whether any file in a folder was changed, added or removed, without reading."""
    found: list[str] = []
    stack = [os.fspath(folder)]
    while stack:
        here = stack.pop()
        try:
            entries = os.scandir(here)
        except OSError:
            continue
        with entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
                else:
                    status = entry.stat(follow_symlinks=False)
                    found.append(f"{entry.path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}")
    found.sort()
    return sha256("\n".join(found).encode("utf-8", "surrogateescape")).hexdigest()
