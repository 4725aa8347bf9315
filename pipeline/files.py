"""The only code that touches the disk: read a tree, write atomically and only what changed.

Content and catalogues are synced to disk before they take their name; output is not.
It knows no format and no meaning of what it reads and writes. Every refusal of the
disk becomes a DiskError that names the path.
"""

from __future__ import annotations

import errno
import os
import posixpath
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

from pipeline import seal
from pipeline.problems import DiskError, problem, reason
from pipeline.speech import say

_TEMPORARY = ".dozaban-tmp-"

STAGE = ".dozaban-stage"
"""The folder inside the output in which new files wait for their names."""


def package_data() -> Path:
    """Where the theme and the tool's own catalogues are: in the wheel, or beside us."""
    package = Path(__file__).parent
    inside = package / "_data"
    return inside if (inside / "templates").is_dir() else package.parent


def made_data() -> Path:
    """Where that is which was made when the tool was installed: its fonts."""
    return Path(__file__).parent / "_data"


def _refuse(error: OSError, path: Path | str, doing: str) -> DiskError:
    said = say("cannot {doing}: {reason}", doing=doing, reason=reason(error))
    return DiskError(problems=(problem("disk", said, str(path), hint=_hint(error)),))


def refused(error: OSError, path: Path | str = "") -> DiskError:
    """What the system refused, at the path that it names or the one given."""
    if isinstance(error.filename, str):
        path = error.filename
    return DiskError(problems=(problem("disk", reason(error), str(path), hint=_hint(error)),))


@contextmanager
def refusing(path: Path | str) -> Iterator[None]:
    """Every refusal of the system within is a DiskError that names this path, or its own."""
    try:
        yield
    except OSError as error:
        raise refused(error, path) from None


def _hint(error: OSError) -> str:
    return {
        errno.EACCES: say("check the permissions of the file and of its folder"),
        errno.ENOSPC: say("free some space and run the command again; nothing was lost"),
        errno.EROFS: say("the file system is read-only"),
        errno.EFBIG: say("files may be no larger here: see ulimit -f"),
        errno.EMFILE: say("too many files are open; raise the limit with ulimit -n"),
    }.get(error.errno or 0, "")


def read(root: Path, path: str) -> bytes:
    """A file's bytes. Raises DiskError."""
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise _refuse(error, path, say("read it")) from None


def read_if_there(root: Path, path: str) -> bytes | None:
    """A file's bytes, or None where there is none. Raises DiskError, also where a link
    leads out of `root`."""
    try:
        with open(f"{root}/{path}", "rb") as stream:
            try:
                real = os.readlink(f"/proc/self/fd/{stream.fileno()}")
            except OSError:  # not on Linux
                real = ""
            if not real.startswith(f"{root}/"):
                _inside(root, path)
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _refuse(error, path, say("read it")) from None


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
            raise _refuse(error, os.path.relpath(folder, root), say("list it")) from None
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
    somebody saved another version meanwhile, up to the moment of writing, theirs stays
    and a DiskError says so. A link inside the site is written through, one that leads out
    of it refused. Other names of the same file (hard links) keep the old bytes. Returns
    whether it was written.
    """
    target = _inside(root, path)
    try:
        current = target.read_bytes()
    except FileNotFoundError:
        current = None
    except OSError as error:
        raise _refuse(error, path, say("read it")) from None
    if expected is not ... and current != expected:
        raise _saved_meanwhile(path)
    if current == data:
        return False
    try:
        _make_folder(target.parent)
        done = _replace(target, data, current)
    except OSError as error:
        raise _refuse(error, path, say("write it")) from None
    if not done:
        raise _saved_meanwhile(path)
    return True


def _saved_meanwhile(path: str) -> DiskError:
    return DiskError(
        problems=(
            problem("changed-meanwhile", say("somebody saved this file meanwhile; it was left alone"),
                    path, hint=say("run the command again")),
        )
    )  # fmt: skip


def _inside(root: Path, path: str) -> Path:
    """Where a path really is. Raises DiskError where links lead it out of the site."""
    top, real = os.path.realpath(root), os.path.realpath(root / path)
    if real != top and not real.startswith(top.rstrip(os.sep) + os.sep):
        raise DiskError(
            problems=(problem("disk", say("this leads out of the site through a link"), path,
                              hint=say("put the file or the folder itself in the link's place")),)
        )  # fmt: skip
    return Path(real)


def _replace(target: Path, data: bytes, current: bytes | None) -> bool:
    """Give a file new bytes, synced; False where it no longer holds `current`."""
    name = _temporary(target, data, sync=True)
    try:
        done = _take_name(name, target, data, current)
    except BaseException:
        _drop(name)
        raise
    _drop(name)
    _sync_folder(target.parent)
    return done


def _take_name(name: str, target: Path, data: bytes, current: bytes | None) -> bool:
    """Give a temporary file the target's name, unless that holds something else by now.

    The two change places in one step and what was there is looked at afterwards: between
    looking first and renaming then, somebody could save.
    """
    if current is None:
        try:
            if not _rename(name, target, _NOREPLACE):
                if target.exists():
                    return False
                os.replace(name, target)
        except FileExistsError:
            return False
        return True
    try:
        if target.read_bytes() != current:
            return False
        if not _rename(name, target, _EXCHANGE):
            os.replace(name, target)
            return True
    except FileNotFoundError:
        return False
    ours = False
    try:
        ours = Path(name).read_bytes() == current
    finally:
        if not ours:
            _rename(name, target, _EXCHANGE)
    return ours


_NOREPLACE, _EXCHANGE = 1, 2
"""Flags of Linux's renameat2: never over another file; the two change places."""


def _rename(old: str | Path, new: Path, flag: int) -> bool:
    """Rename as the flag says; False where the system or the file system cannot."""
    call = _renameat2()
    code = call(os.fsencode(old), os.fsencode(new), flag) if call else errno.ENOSYS
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    if code:
        raise OSError(code, os.strerror(code), os.fspath(new))
    return True


@cache
def _renameat2() -> Callable[[bytes, bytes, int], int] | None:
    """The system's call, which gives the error's number or 0; None where it has none."""
    import ctypes

    here = -100  # AT_FDCWD: paths are as they stand
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return None
    return lambda old, new, flag: ctypes.get_errno() if call(here, old, here, new, flag) else 0


def _temporary(target: Path, data: bytes, *, sync: bool) -> str:
    """A file beside the target, with its mode and the new bytes; its path."""
    import tempfile

    mode = None
    with suppress(FileNotFoundError):
        mode = target.stat().st_mode & 0o7777
    handle, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.chmod(name, mode if mode is not None else 0o666 & ~_umask())
            if sync:
                os.fsync(stream.fileno())
    except BaseException:
        _drop(name)
        raise
    return name


_left: list[str] = []
"""Temporary files that the disk would not delete: the next command does."""


def _drop(name: str) -> None:
    try:
        os.unlink(name)
    except FileNotFoundError:
        pass
    except OSError:
        _left.append(name)


_UMASK: list[int] = []


def _umask() -> int:
    if not _UMASK:
        mask = os.umask(0o022)
        os.umask(mask)
        _UMASK.append(mask)
    return _UMASK[0]


def _drop_folder(folder: str) -> None:
    """Delete a folder of ours with all that is in it, with one open file at a time: perhaps
    there are no more to be had."""
    with os.scandir(folder) as entries:
        found = list(entries)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            _drop_folder(entry.path)
        else:
            os.unlink(entry.path)
    os.rmdir(folder)


def move(root: Path, old: str, new: str) -> None:
    """Rename a file of the site, never over another. Raises DiskError."""
    target = root / new
    _inside(root, posixpath.dirname(new))
    try:
        _make_folder(target.parent)
        if target.exists():
            raise FileExistsError
        if not _rename(root / old, target, _NOREPLACE):
            os.rename(root / old, target)
        _sync_folder(target.parent)
        _sync_folder((root / old).parent)
    except FileExistsError:
        raise DiskError(problems=(problem("exists", say("there is such a file already"), new),)) from None
    except OSError as error:
        raise _refuse(error, old, say("move it to {new}", new=new)) from None
    with suppress(OSError):
        (root / old).parent.rmdir()


def digest(data: bytes) -> str:
    """What tells a file's bytes from others, in 32 hex digits."""
    return blake2b(data, digest_size=16).hexdigest()


class Output:
    """The output folder, changed as a whole: additions first, then changes, then deletions.

    Files that are new or different are written to a stage inside the folder and take
    their names in `commit`; until then a reader meets the old site. Nothing is synced:
    it can be built again. `kind` says what is built here; a mark in the folder keeps it,
    and tells the next run that the files are ours to delete. What is hidden at the top
    of the folder (`.git`, `.nojekyll`, `.well-known`) is nobody's of ours and stays.
    """

    def __init__(self, folder: Path, kind: str = "site") -> None:
        self.folder = folder
        self.kind = kind
        self.stage = folder / STAGE
        self._new = f"{self.stage}/new"
        self.staged: list[Staged] = []
        self.unchanged = 0
        self._created = False
        self._before: set[str] = set()
        self._folders: set[str] = set()
        self._scanned = False
        self._links: set[str] = set()

    def begin(self, *, scan: bool = True) -> None:
        """Make the stage, and clear what an interrupted run left in it. Without a `scan`
        nothing can be swept."""
        if self.stage.is_symlink():
            raise DiskError(problems=(problem("disk", say("this is a link; remove it"), str(self.stage)),))
        try:
            self._created = not self.folder.is_dir()
            self.stage.mkdir(parents=True, exist_ok=True)
            self._clear()
            if scan:
                self._scan()
                self._scanned = True
        except OSError as error:
            raise _refuse(error, self.folder, say("write there")) from None

    def _clear(self) -> None:
        for entry in os.scandir(self.stage):
            if entry.is_dir(follow_symlinks=False):
                _drop_folder(entry.path)
            else:
                os.unlink(entry.path)

    def _scan(self) -> None:
        """What is in the folder: files, and links to folders, which nothing goes through."""
        stack = [""]
        while stack:
            prefix = stack.pop()
            with os.scandir(f"{self.folder}/{prefix}") as entries:
                for entry in entries:
                    if not prefix and entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(f"{prefix}{entry.name}/")
                        self._folders.add(prefix + entry.name)
                        continue
                    self._before.add(prefix + entry.name)
                    if entry.is_symlink() and entry.is_dir():
                        self._links.add(f"{prefix}{entry.name}/")

    def end(self) -> None:
        """Drop the stage; after `commit` it is empty."""
        with suppress(OSError):
            for entry in os.scandir(self.stage):
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        _drop_folder(entry.path)
                    else:
                        os.unlink(entry.path)
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
        present = path in self._before if self._scanned else True
        if self._links and any(path.startswith(link) for link in self._links):
            present = False
        try:
            try:
                if present:
                    with open(f"{self.folder}/{path}", "rb") as stream:
                        if os.fstat(stream.fileno()).st_size == len(data) and stream.read() == data:
                            return None
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                present = False
            _write_new(f"{self._new}/{path}", data)
        except OSError as error:
            raise _refuse(error, path, say("write it")) from None
        return Staged(path=path, present=present)

    def digest(self, path: str) -> str:
        """The digest of a file that the folder has (see the function); empty without one."""
        try:
            data = read_if_there(self.folder, path)
        except DiskError:
            return ""
        return digest(data) if data is not None else ""

    def commit(self) -> None:
        """Give every staged file its name: new ones first, and new folders whole.

        Where a file was and a folder is to be, or a folder and now a file, what was there
        goes before the new one comes.
        """
        self._mark()
        done = "\0"
        for one in sorted(self.staged, key=lambda one: (one.present, one.path)):
            if one.path.startswith(done):
                continue
            try:
                done = self._place(one.path)
            except OSError as error:
                raise _refuse(error, one.path, say("write it")) from None

    def _place(self, path: str) -> str:
        """Bring a new file to where it belongs, or the first folder on the way to it that
        is new; gives the beginning of what came with it."""
        end = path.find("/")
        while end != -1:
            folder = path[:end]
            if folder not in self._folders:
                self._folders.add(folder)
                if folder in self._before:
                    os.unlink(f"{self.folder}/{folder}")
                    self._before.discard(folder)
                try:
                    os.rename(f"{self._new}/{folder}", f"{self.folder}/{folder}")
                    return f"{folder}/"
                except OSError as error:
                    if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                        raise
            end = path.find("/", end + 1)
        target = f"{self.folder}/{path}"
        try:
            os.replace(f"{self._new}/{path}", target)
        except IsADirectoryError:
            _drop_folder(target)
            os.replace(f"{self._new}/{path}", target)
        return "\0"

    def _mark(self) -> None:
        """Say in the folder what it is, before anything else comes into it."""
        if mark_of(self.folder) == self.kind:
            return
        try:
            (self.stage / MARK).write_text(_MARKED.format(kind=self.kind), encoding="utf-8")
            os.replace(self.stage / MARK, self.folder / MARK)
        except OSError as error:
            raise _refuse(error, MARK, say("write it")) from None

    def drop(self, path: str) -> None:
        """Delete a file that is not wanted any more. Raises DiskError."""
        try:
            os.unlink(self.folder / path)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _refuse(error, path, say("delete it")) from None

    def sweep(self, wanted: Collection[str]) -> int:
        """Delete the files that were there before and are not wanted, and the folders
        that this empties; says how many files."""
        count = 0
        folders: set[str] = set()
        for path in sorted(self._before.difference(wanted)):
            try:
                os.unlink(self.folder / path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise _refuse(error, path, say("delete it")) from None
            count += 1
            folder = path.rpartition("/")[0]
            while folder:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        for folder in sorted(folders, key=len, reverse=True):
            with suppress(OSError):
                os.rmdir(self.folder / folder)
        return count


MARK = ".dozaban-output"
"""The file in an output folder that says what was built there."""

_MARKED = "{kind}\nMade by dozaban. The next run deletes the files here that it does not make.\n"


def mark_of(folder: Path) -> str:
    """The kind of output that a folder's mark says; "" where there is none."""
    try:
        with open(folder / MARK, encoding="utf-8", errors="replace") as stream:
            return stream.readline(100).strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file that waits in the stage; `present`: it replaces one."""

    path: str
    present: bool


def _write_new(path: str, data: bytes) -> None:
    """Write a file of the stage, in folders that are made for it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o666)
    except FileNotFoundError:
        folder = path.rpartition("/")[0]
        try:
            os.mkdir(folder)
        except FileNotFoundError:
            os.makedirs(folder, exist_ok=True)
        except FileExistsError:
            pass
        handle = os.open(path, flags, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)


SITE_LOCK = ".dozaban/lock"
"""What is held while files of the site are written."""


@contextmanager
def lock(root: Path, doing: str, path: str = SITE_LOCK) -> Iterator[None]:
    """Hold a lock, by default the site's, so that two commands do not write at once.

    Where a command was killed while it held the site's lock, what it left half-written
    goes. Raises DiskError.
    """
    import fcntl

    folder = (root / path).parent
    if folder.is_symlink():
        raise DiskError(problems=(problem("disk", say("this is a link; remove it"), path.rpartition("/")[0]),))
    try:
        folder.mkdir(exist_ok=True)
        handle = os.open(root / path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        raise _refuse(error, path, say("take the lock")) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = _holder(handle)
            raise DiskError(
                problems=(
                    problem("locked", say("another command is at work here: {command}",
                                      command=other or say("unknown")),
                            path, hint=say("wait until it has ended")),
                )
            ) from None  # fmt: skip
        except OSError as error:
            raise _refuse(error, path, say("take the lock")) from None
        try:
            if path == SITE_LOCK and os.fstat(handle).st_size:  # whoever held it last was killed
                clear_temporaries(root)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"dozaban {doing} (process {os.getpid()})".encode(), 0)
        except OSError as error:
            raise _refuse(error, path, say("take the lock")) from None
        try:
            yield
        finally:
            if not _left:
                with suppress(OSError):
                    os.ftruncate(handle, 0)
            _left.clear()
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    """Who holds a lock; empty where that is not to be known. It says so just after it took it."""
    said = b""
    for _ in range(20):
        said = os.pread(handle, 200, 0)
        if said:
            break
        time.sleep(0.01)
    return said.decode("utf-8", "replace").strip()


def clear_temporaries(root: Path) -> None:
    """Remove what a killed command was writing and had not named yet."""
    for below in ("content", "locales", "templates", "outbox", ".dozaban"):
        for folder, _, names in os.walk(root / below):
            tidy(folder, names)
    tidy(root)


def tidy(folder: Path | str, names: Iterable[str] | None = None) -> None:
    """Remove from a folder what a killed command was writing there."""
    with suppress(OSError):
        for name in os.listdir(folder) if names is None else names:
            if name.startswith(_TEMPORARY):
                with suppress(OSError):
                    os.unlink(os.path.join(folder, name))


class Log:
    """A file that only grows, private to its owner: what is added is on the disk before
    `add` returns. `data` is what it held when it was opened, in whole lines: a last line
    that a power cut or a kill left unfinished goes.
    """

    def __init__(self, root: Path, path: str) -> None:
        self.path = path
        _inside(root, posixpath.dirname(path))
        try:
            _make_folder((root / path).parent)
            fresh = not (root / path).exists()
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            self._handle = os.open(root / path, flags, 0o600)
            if fresh:
                _sync_folder((root / path).parent)
            self.data = self._whole_lines()
        except OSError as error:
            raise _refuse(error, path, say("write it")) from None

    def _whole_lines(self) -> bytes:
        with open(self._handle, "rb", closefd=False) as stream:
            data = stream.read()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.ftruncate(self._handle, len(whole))
            os.fsync(self._handle)
        return whole

    def add(self, lines: bytes) -> None:
        """Add whole lines. Raises DiskError; what was written of them then goes, too."""
        before = os.fstat(self._handle).st_size
        try:
            rest = memoryview(lines)
            while rest:
                rest = rest[os.write(self._handle, rest) :]
            os.fsync(self._handle)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._handle, before)
            raise _refuse(error, self.path, say("write it")) from None

    def close(self) -> None:
        os.close(self._handle)


def _make_folder(folder: Path) -> None:
    """A folder and those above it, each on the disk before what is in it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_cache(root: Path, path: str) -> bytes | None:
    """What `write_cache` wrote; None where nothing did, or not this user's own run."""
    try:
        with open(f"{root}/{path}", "rb") as stream:
            return seal.opened(stream.read())
    except OSError:
        return None


def write_cache(root: Path, path: str, data: bytes) -> None:
    """Write a file of the cache atomically and sealed; where the disk says no, there is none.

    Raises DiskError where a link leads out of `root`.
    """
    target = _inside(root, path)
    with suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        name = _temporary(target, seal.sealed(data), sync=False)
        try:
            os.replace(name, target)
        except OSError:
            _drop(name)
