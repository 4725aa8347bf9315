"""The only code that touches the disk: read a tree, write atomically and only what changed.

Content and catalogues are synced to disk before they take their name; output is not.
It knows no format and no meaning of what it reads and writes. Every refusal of the
disk becomes a DiskError that names the path.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path

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


def _hint(error: OSError) -> str:
    return {
        13: say("check the permissions of the file and of its folder"),
        28: say("free some space and run the command again; nothing was lost"),
        30: say("the file system is read-only"),
        24: say("too many files are open; raise the limit with ulimit -n"),
    }.get(error.errno or 0, "")


def read(root: Path, path: str) -> bytes:
    """A file's bytes. Raises DiskError."""
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise _refuse(error, path, say("read it")) from None


def read_if_there(root: Path, path: str) -> bytes | None:
    """A file's bytes, or None where there is none. Raises DiskError."""
    try:
        return (root / path).read_bytes()
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
    somebody saved another version meanwhile, theirs stays and a DiskError says so.
    Returns whether it was written.
    """
    target = root / path
    try:
        current = target.read_bytes()
    except FileNotFoundError:
        current = None
    except OSError as error:
        raise _refuse(error, path, say("read it")) from None
    if expected is not ... and current != expected:
        raise DiskError(
            problems=(
                problem("changed-meanwhile", say("somebody saved this file meanwhile; it was left alone"),
                        path, hint=say("run the command again")),
            )
        )  # fmt: skip
    if current == data:
        return False
    _stay_inside(root, path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, data, sync=True)
    except OSError as error:
        raise _refuse(error, path, say("write it")) from None
    return True


def _stay_inside(root: Path, path: str) -> None:
    """Refuse a path whose folder is, through a link, outside the site."""
    top = os.path.realpath(root)
    folder = os.path.realpath((root / path).parent)
    if folder != top and not folder.startswith(top + os.sep):
        raise DiskError(
            problems=(problem("disk", say("this leads out of the site through a link"), path,
                              hint=say("replace the link by a folder")),)
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
        _sync_folder(target.parent)


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
        raise DiskError(problems=(problem("exists", say("there is such a file already"), new),))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(root / old, target)
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
        self.staged: list[Staged] = []
        self.unchanged = 0
        self._count = 0
        self._created = False
        self._before: set[str] = set()
        self._links: set[str] = set()

    def begin(self) -> None:
        """Make the stage, and clear what an interrupted run left in it."""
        if self.stage.is_symlink():
            raise DiskError(problems=(problem("disk", say("this is a link; remove it"), str(self.stage)),))
        try:
            self._created = not self.folder.is_dir()
            self.stage.mkdir(parents=True, exist_ok=True)
            self._clear()
            self._scan()
        except OSError as error:
            raise _refuse(error, self.folder, say("write there")) from None

    def _clear(self) -> None:
        for entry in os.scandir(self.stage):
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
                        continue
                    self._before.add(prefix + entry.name)
                    if entry.is_symlink() and entry.is_dir():
                        self._links.add(f"{prefix}{entry.name}/")

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
        present = not any(path.startswith(link) for link in self._links)
        try:
            try:
                if present:
                    with open(target, "rb") as stream:
                        if os.fstat(stream.fileno()).st_size == len(data) and stream.read() == data:
                            return None
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                present = False
            self._count += 1
            name = f"{os.getpid()}-{self._count}"
            with open(self.stage / name, "wb") as stream:
                stream.write(data)
        except OSError as error:
            raise _refuse(error, path, say("write it")) from None
        return Staged(path=path, name=name, present=present)

    def digest(self, path: str) -> str:
        """The digest of a file that the folder has (see the function); empty without one."""
        try:
            data = read_if_there(self.folder, path)
        except DiskError:
            return ""
        return digest(data) if data is not None else ""

    def commit(self) -> None:
        """Give every staged file its name: new ones first.

        Where a file was and a folder is to be, or a folder and now a file, what was there
        goes before the new one comes.
        """
        self._mark()
        made: set[str] = set()
        for one in sorted(self.staged, key=lambda one: (one.present, one.path)):
            target = f"{self.folder}/{one.path}"
            folder = one.path.rpartition("/")[0]
            try:
                if folder not in made:
                    self._make(folder)
                    made.add(folder)
                try:
                    os.replace(self.stage / one.name, target)
                except IsADirectoryError:
                    shutil.rmtree(target)
                    os.replace(self.stage / one.name, target)
            except OSError as error:
                raise _refuse(error, one.path, say("write it")) from None

    def _make(self, folder: str) -> None:
        """Make a folder of the output, where a file or a link may have its name."""
        parts = folder.split("/")
        for count in range(1, len(parts) + 1):
            above = "/".join(parts[:count])
            if above in self._before:
                os.unlink(f"{self.folder}/{above}")
                self._before.discard(above)
        os.makedirs(f"{self.folder}/{folder}", exist_ok=True)

    def _mark(self) -> None:
        """Say in the folder what it is, before anything else comes into it."""
        if mark_of(self.folder) == self.kind:
            return
        try:
            (self.stage / MARK).write_text(_MARKED.format(kind=self.kind), encoding="utf-8")
            os.replace(self.stage / MARK, self.folder / MARK)
        except OSError as error:
            raise _refuse(error, MARK, say("write it")) from None

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
    """A file that waits in the stage under `name`; `present`: it replaces one."""

    path: str
    name: str
    present: bool


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
        except OSError:
            other = os.read(handle, 200).decode("utf-8", "replace").strip()
            raise DiskError(
                problems=(
                    problem("locked", say("another command is at work here: {command}",
                                      command=other or say("unknown")),
                            path, hint=say("wait until it has ended")),
                )
            ) from None  # fmt: skip
        if path == SITE_LOCK and os.fstat(handle).st_size:  # whoever held it last was killed
            _clear_temporaries(root)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"dozaban {doing} (process {os.getpid()})".encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _clear_temporaries(root: Path) -> None:
    """Remove what a killed command was writing and had not named yet."""
    for below in ("content", "locales", "templates", "outbox", ".dozaban"):
        for folder, _, names in os.walk(root / below):
            for name in names:
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
        _stay_inside(root, path)
        try:
            _make_folders(root, path.rpartition("/")[0])
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


def _make_folders(root: Path, below: str) -> None:
    """The folders of a path below `root`, each on the disk before what is in it."""
    folder = root
    for part in below.split("/"):
        if not (folder / part).is_dir():
            (folder / part).mkdir(exist_ok=True)
            _sync_folder(folder)
        folder /= part


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
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
