"""What a build remembers, so that the next one does what has changed and nothing else.

Kept is what every file was that the build read and wrote; each document as it was
prepared, with its bodies; and the plan, with what each page was made of. It lies sealed
in `.dozaban/build/`, one folder an output folder: losing it, or finding rubbish in it,
costs time. Whether a file has changed, `scan` tells; of one that was touched just before it
was looked at, or that claims to come from the future, its bytes do.

A change that touches only what documents say (their words, in whatever language) makes
the pages anew that were made of these documents. Any other change, of an address, a
date, a setting, a template, is planned anew: this module refuses to guess.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from mmap import mmap
from pathlib import Path
from typing import Any

from pipeline import __version__, files
from pipeline.app.workers import aside
from pipeline.scan import TICK, Stat, Tree, inputs, look, standing, unchanged
from pipeline.seal import Place, seal

_SPOOLS = 200
"""How many files bodies may lie in before all are written anew."""

_MANY = 1000
"""From so many files of the output on, whether they stand is looked up beside all else."""


def owner(path: str, languages: Collection[str]) -> str:
    """The document that a file of the site belongs to; empty where it is none's."""
    if path.startswith("content/"):
        from pipeline.content import identify

        found = identify(path.removeprefix("content/"), languages)
        return found.name if found else ""
    parts = path.split("/", 3)
    if parts[0] != "locales" or len(parts) < 4 or parts[1] not in languages:
        return ""
    return parts[3].removesuffix({"LC_MESSAGES": ".po", "reviews": ".toml"}.get(parts[2], ""))


def reading(site: Any, spoken: Any, *, search: bool, pseudo: bool = False) -> str:
    """What tells what a site's documents are prepared with, beside their files."""
    return files.digest(repr((site, spoken, search, pseudo)).encode())


def remembered(root: Path, site: Any, spoken: Any) -> Callable[[str], Any]:
    """The documents that have not changed since the last build into public/, for `survey`."""
    from pipeline import pagefind

    search = bool(site.search and pagefind.engine())
    return Kept(root, root / "public", None).documents(site, reading(site, spoken, search=search))


def _outside(search: bool, issues: bool) -> tuple[str, bool]:
    """What a build depends on beside files: the programs that make its index and its PDFs."""
    maker, prints = "", False
    if search:
        from pipeline import pagefind

        maker = pagefind.signature(pagefind.engine())
    if issues:
        from pipeline.outputs import pdf

        prints = pdf.available()
    return maker, prints


def _bytes_of(root: Path, path: str) -> bytes:
    """The digest of an input's bytes; empty where it cannot be read."""
    if path.startswith("//"):
        top, path = (files.made_data(), path[2:]) if path.startswith("//fonts/") else (files.package_data(), path[2:])
        root = top
    try:
        with open(f"{root}/{path}", "rb") as stream:
            return blake2b(stream.read(), digest_size=16).digest()
    except OSError:
        return b""


class Lost(Exception):
    """What was to be taken from the cache is not there, or not what was put there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is not as it was when the last build read it."""

    changed: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.changed or self.added or self.gone)

    @property
    def all(self) -> frozenset[str]:
        """The paths of all."""
        return self.changed | self.added | self.gone


@dataclass(kw_only=True)
class Looked:
    """The inputs at one moment, and the bytes' digests of those that are too young to trust."""

    files: dict[str, Stat]
    young: dict[str, bytes] = field(default_factory=dict)


class Kept:
    """What the last build into a folder has kept; nothing where there was none, or where
    it was another version's, another user's, or with other options."""

    def __init__(
        self, root: Path, out: Path, options: Sequence[object] | None, before: Kept | None = None
    ) -> None:
        """`before` is the last one of this process, which holds in memory what is on the disk,
        and into whose folder nobody else writes. Without `options`, those of the last build
        are taken: for who builds nothing, and only wants `documents`."""
        name = blake2b(os.fsencode(os.path.abspath(out)), digest_size=6).hexdigest()
        self.root, self.out = root, os.fspath(out)
        self.below = f".dozaban/build/{name}"
        self.folder = root / self.below
        self.run = f"{time.time_ns():x}"
        self._head = [__version__, self.out, *(options or ())]
        self._known: dict[str, Any] = {}
        self.held: dict[str, Any] = {}
        self.why = ""
        self.compared: Changes | None = None
        self._alone = before is not None
        found = before._known if before is not None else _loaded(files.read_cache(root, f"{self.below}/seen"))
        head = found.get("head", [])
        if head == self._head or (options is None and head[:2] == self._head):
            self._known = found
            if before is not None:
                self.held = before.held
        self._claim = mmap(-1, 1)  # of two processes, the one that claims it looks at the second half
        many = bool(self._known) and not self._alone and options is not None and self._known["built"]["unchanged"] >= _MANY
        self._beside = aside(self._first_half) if many else lambda: None
        self.now = self._look()

    def __bool__(self) -> bool:
        return bool(self._known)

    def __getitem__(self, key: str) -> Any:
        return self._known[key]

    def comparable(self) -> bool:
        """Whether only files can have changed since the last build."""
        known: tuple[str, bool] = self._known["outside"]
        return _outside(*self._known["depends"]) == known

    def forget(self) -> None:
        """Believe nothing of it any more."""
        self._known = {}

    def _look(self) -> Looked:
        moment = time.time_ns()
        found = look(inputs(self.root))
        latest = moment - TICK
        young = {path: _bytes_of(self.root, path) for path, one in found.items() if one[1] > latest or one[2] > latest}
        return Looked(files=found, young=young)

    @cached_property
    def changes(self) -> Changes:
        """What has changed since the last build."""
        old, new = self._known["files"], self.now.files
        if old == new:
            changed = set()
        else:
            changed = {path for path, one in new.items() if path in old and old[path] != one}
        for path, digest in self._known["young"].items():
            if path in new:
                (changed.discard if digest == self._digest(path) else changed.add)(path)
        self.compared = Changes(
            changed=frozenset(changed),
            added=frozenset(new.keys() - old.keys()) if old != new else frozenset(),
            gone=frozenset(old.keys() - new.keys()) if old != new else frozenset(),
        )
        return self.compared

    def _digest(self, path: str) -> bytes:
        return self.now.young.get(path) or _bytes_of(self.root, path)

    def stands(self) -> bool:
        """Whether the output is as the last build left it."""
        if self._alone:
            return files.mark_of(Path(self.out)) != ""
        ours = not self._claim[0]
        rest, half = self._rest_stands(), self._beside()
        if half is None:  # there was nobody beside us, or nobody knows how far they came
            half = self._first_half() and (ours or self._second_half())
        # with its stage there, a run was killed before it had cleared up
        return half and rest and not os.path.lexists(f"{self.out}/{files.STAGE}")

    def _first_half(self) -> bool:
        """Whether the files of the output, and half of its folders, are as they were; and the
        rest, where nobody looks at that yet."""
        files_, folders = self._tree() or (None, {})
        return files_ is not None and unchanged(self.out, files_, folders, 0) and self._rest_stands()

    def _rest_stands(self) -> bool:
        if self._claim[0]:
            return True
        self._claim[0] = 1
        return self._second_half()

    def _second_half(self) -> bool:
        """Whether the other folders are, and what lies at the top."""
        files_, folders = self._tree() or (None, {})
        if files_ is None or not unchanged(self.out, {}, folders, 1):
            return False
        tops = {path.partition("/")[0] for path in files_}
        with suppress(OSError):
            return {entry.name for entry in os.scandir(self.out) if entry.name[0] != "."} == tops
        return False

    def _tree(self) -> Tree | None:
        """The output as the last build left it; None where that is lost."""
        if "tree" not in self.held:
            mark, *tree = pickle.loads(files.read_cache(self.root, f"{self.below}/tree") or pickle.dumps([""]))
            if not mark or mark != self._known.get("tree"):
                return None
            self.held["tree"] = tuple(tree)
        found: Tree = self.held["tree"]
        return found

    # --- spools ---

    def place(self, name: str) -> Path:
        """The file of a spool."""
        return self.folder / "spool" / name

    def taken(self, place: Place) -> bytes | None:
        """What waits in a place, if it is what was put there."""
        name, at, length, mark = place
        try:
            with open(self.place(name), "rb", buffering=0) as stream:
                data = os.pread(stream.fileno(), length, at)
        except OSError:
            return None
        return data if seal(data) == mark else None

    def document(self, name: str) -> tuple[Any, Place] | None:
        """A document as it was prepared, and where it lies; None where it cannot be had."""
        place = self._known["documents"].get(name)
        data = self.taken(place) if place else None
        return (pickle.loads(data), place) if data is not None else None

    def documents(self, site: Any, wanted: str) -> Callable[[str], Any]:
        """What gives the documents whose files have not changed since, for `survey`: those
        that were prepared as is `wanted`, see `reading`."""
        if not self or self._known["reading"] != wanted or self.worn:
            return lambda name: None
        changes = self.changes
        if any(path.startswith("//pipeline/") for path in changes.all):
            return lambda name: None
        tags = [language.tag for language in site.languages]
        touched = {owner(path, tags) for path in changes.all}
        return lambda name: None if name in touched else self.document(name)

    @property
    def worn(self) -> bool:
        """Whether what is kept lies in so many pieces that it is better written anew."""
        return len({place[0] for place in self._known["documents"].values()}) > _SPOOLS

    # --- the plan ---

    @cached_property
    def plan(self) -> dict[str, Any]:
        """What `keep` was given as the plan; empty where it is lost."""
        if "values" not in self.held:
            data = files.read_cache(self.root, f"{self.below}/plan")
            if data is None or blake2b(data, digest_size=16).digest() != self._known["plan"]:
                return {}
            self.held["values"] = _loaded(data)
        found: dict[str, Any] = self.held["values"]
        return found

    # --- keeping ---

    def ready(self) -> Path | None:
        """The folder for this run's spools; None where the disk refuses it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            spool = self.folder / "spool"
            spool.mkdir(exist_ok=True)
        except OSError:
            return None
        inside = os.path.realpath(spool) == os.path.join(os.path.realpath(self.root), self.below, "spool")
        return spool if inside else None

    def keep(
        self, built: Mapping[str, Any], plan: Mapping[str, Any], documents: Mapping[str, Place], reading: str
    ) -> None:
        """Remember a build: what it read, what stands now, and what it came to. `reading`
        says what all the documents were prepared with."""
        known: dict[str, Any] = {"head": self._head, "files": self.now.files, "young": self.now.young}
        known["documents"] = documents
        known["built"] = built
        self.held = {"tree": standing(self.out)}
        known["reading"] = reading
        known["depends"] = depends = (plan["site"].search, bool(plan["issues"]))
        known["outside"] = _outside(*depends)
        data = pickle.dumps(plan, protocol=5)
        known["plan"] = blake2b(data, digest_size=16).digest()
        files.write_cache(self.root, f"{self.below}/plan", data)
        self._write(known, self.held["tree"])
        self.tidy()

    def tidy(self) -> None:
        """Drop the spools in which nothing waits that is remembered."""
        used = {place[0] for place in self._known["documents"].values()} if self._known else set()
        with suppress(OSError):
            for entry in os.scandir(self.folder / "spool"):
                if entry.name not in used:
                    os.unlink(entry.path)

    def again(self, paths: Iterable[str], documents: Mapping[str, Place], built: Mapping[str, Any]) -> None:
        """Remember that some files of the output were written, and nothing else."""
        known = {**self._known, "files": self.now.files, "young": self.now.young}
        tree = self._tree()
        if tree is None:
            raise Lost(f"{self.below}/tree")
        files_, folders = tree
        for path in paths:
            folder = path.rpartition("/")[0]
            files_.pop(path, None)
            with suppress(OSError):
                one = os.stat(f"{self.out}/{path}", follow_symlinks=False)
                files_[path] = (one.st_size, one.st_mtime_ns, one.st_ino)
                if folder:
                    folders[f"{folder}/"] = os.stat(f"{self.out}/{folder}", follow_symlinks=False).st_mtime_ns
        known["documents"], known["built"] = documents, built
        if self._alone:
            self._known = known
        else:
            self._write(known, tree)

    def flush(self) -> None:
        """Write what was remembered in memory alone."""
        if self._alone and self._known:
            self._write(self._known, self._tree())

    def settle(self) -> None:
        """Where nothing has changed: trust from now on what was too young to be trusted."""
        if self._alone:
            self._known = {**self._known, "files": self.now.files, "young": self.now.young}
        elif self._known["files"] != self.now.files or self._known["young"] != self.now.young:
            self._write({**self._known, "files": self.now.files, "young": self.now.young})

    def _write(self, known: dict[str, Any], tree: Tree | None = None) -> None:
        self._known = known
        if tree:  # each knows the other by its mark, if one of the two is not written
            known["tree"] = mark = f"{self.run} {os.getpid()}"
            files.write_cache(self.root, f"{self.below}/tree", pickle.dumps((mark, *tree), protocol=5))
        files.write_cache(self.root, f"{self.below}/seen", pickle.dumps(known, protocol=5))


def _loaded(data: bytes | None) -> dict[str, Any]:
    """What was pickled under our seal."""
    if data is None:
        return {}
    found = pickle.loads(data)
    return found if isinstance(found, dict) else {}
