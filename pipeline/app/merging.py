"""git's merge driver for catalogues: two branches' versions made one, entry by entry.

Line merges of catalogues conflict where nobody disagrees (dates in the header, entries
side by side) and leave files that gettext refuses. Here only translations can disagree,
and then both are kept: ours as a fuzzy msgstr, theirs as a translator's comment. Nothing
that either side wrote is lost, and what only one side touched keeps that side's bytes.
It decides between no two translations.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from pipeline import files, git, po
from pipeline.po import Catalogue, Entry, Key
from pipeline.problems import CatalogueError, DiskError, Problem, UsageError, problem, reason
from pipeline.speech import say

ATTRIBUTES = "locales/**/*.po merge=dozaban"
"""The line of .gitattributes that sends catalogues to the driver."""

T = TypeVar("T")
_Entries = Mapping[Key, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A merged catalogue, and the messages that were translated in two ways."""

    catalogue: Catalogue
    disputed: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a file: `whole` if it is a catalogue, `disputed` messages in it."""

    whole: bool = True
    disputed: int = 0
    problems: tuple[Problem, ...] = ()


# --- the driver


def drive(base: Path, ours: Path, theirs: Path, name: str = "") -> Outcome:
    """Merge `theirs` into `ours`, a file of git's each; `name` is the file's in the tree.

    A side that cannot be read as a catalogue makes it a merge of lines, as git's own,
    and never whole.
    """
    name = name or str(ours)
    one, other, before = _read(ours), _read(theirs), _read(base)
    if one == other or other == before:
        return Outcome()
    if one == before:
        files.write(ours.parent, ours.name, other)
        return Outcome()
    try:
        sides = _parsed(name, base=before, ours=one, theirs=other)
    except CatalogueError as error:
        return Outcome(whole=False, problems=(*error.problems, *_by_lines(base, ours, theirs, name)))
    merged = three_way(*sides)
    files.write(ours.parent, ours.name, po.serialize(merged.catalogue))
    return Outcome(disputed=len(merged.disputed))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(say("cannot read {path}: {reason}", path=str(path), reason=reason(error))) from None


def _parsed(name: str, **sides: bytes) -> list[Catalogue]:
    """The sides as catalogues. Raises CatalogueError with what is wrong on any of them."""
    found: list[Catalogue] = []
    problems: list[Problem] = []
    for side, data in sides.items():
        try:
            found.append(po.parse(data, name))
        except CatalogueError as error:
            problems += [replace(one, message=say("{what} ({side})", what=one.message, side=side)) for one in error.problems]
    if problems:
        raise CatalogueError(problems=tuple(problems))
    return found


def _by_lines(base: Path, ours: Path, theirs: Path, name: str) -> list[Problem]:
    labels = [part for label in ("ours", "base", "theirs") for part in ("-L", label)]
    try:
        status = git.run(Path(), "merge-file", *labels, str(ours), str(base), str(theirs)).returncode
    except DiskError as error:
        return list(error.problems)
    said = say("merged by lines, with conflicts") if status else say("merged by lines, without conflicts")
    return [problem("merge", said, name, hint=say("mend the file, then: git add it"))]


# --- merging


def three_way(base: Catalogue, ours: Catalogue, theirs: Catalogue) -> Merged:
    """Ours with what theirs changed since `base`, which is empty where there is none."""
    newline = _choose(base.newline, ours.newline, theirs.newline) or ours.newline
    ours, theirs, base = (_with_newline(side, newline) for side in (ours, theirs, base))
    was, one, other = ({entry.key: entry for entry in side.entries} for side in (base, ours, theirs))
    disputed: list[Key] = []
    made = {**_reworded(was, one, other, "theirs"), **_reworded(was, other, one, "ours")}
    taken = {(entry.context, entry.previous or "") for entry in made.values()}
    for key in {**one, **other}:
        if key in made or key in taken:
            continue
        found, dispute = _entry(was.get(key), one.get(key), other.get(key))
        if found is not None:
            made[key] = found
        if dispute:
            disputed.append(key)
    order = _order(list(was), list(one), list(other), made)
    merged = replace(
        ours,
        entries=tuple(made[key] for key in order),
        header=_header(base.header, ours.header, theirs.header),
        header_at=ours.header_at if ours.header is not None else theirs.header_at,
        bom=theirs.bom if ours.bom == base.bom else ours.bom,
        head=_text(base.head, ours.head, theirs.head),
        tail=_text(base.tail, ours.tail, theirs.tail),
    )
    return Merged(catalogue=merged, disputed=tuple(disputed))


def _choose(base: T, ours: T, theirs: T) -> T | None:
    """The one that changed; None where both did, in different ways."""
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else None


def _text(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """Loose comments and blank lines: where both changed, both."""
    chosen = _choose(base, ours, theirs)
    return ours + theirs if chosen is None else chosen


def _with_newline(side: Catalogue, newline: str) -> Catalogue:
    """The same catalogue, its lines ended as given."""
    if side.newline == newline:
        return side

    def ended(raw: bytes) -> bytes:
        return raw.replace(b"\r\n", b"\n").replace(b"\n", newline.encode())

    def whole(entry: Entry) -> Entry:
        assert entry.raw is not None and entry.gap is not None, "it was read from a file"
        return replace(entry, raw=ended(entry.raw), gap=ended(entry.gap))

    return replace(
        side,
        newline=newline,
        entries=tuple(whole(entry) for entry in side.entries),
        header=whole(side.header) if side.header else None,
        head=ended(side.head),
        tail=ended(side.tail),
    )


def _reworded(base: _Entries, one: _Entries, other: _Entries, name: str) -> dict[Key, Entry]:
    """Entries that one side made stale while the other translated the old text anew.

    The stale ones get the new translation of the old text, and stay stale; `name` is
    the other side's.
    """
    made: dict[Key, Entry] = {}
    for key, entry in one.items():
        old = (entry.context, entry.previous or "")
        before, now = base.get(old), other.get(old)
        if before is None or now is None or old in one or key in base or key in other:
            continue
        if entry.fuzzy and _texts(entry) == _texts(before) != _texts(now) and now.state == "translated":
            made[key] = po.revise(
                entry,
                msgstr=now.msgstr,
                plurals=now.plurals if entry.plural is not None else (),
                comments=_comments(before.comments, entry.comments, now.comments),
            )
    return made


def _texts(entry: Entry) -> tuple[str, ...]:
    return entry.plurals or (entry.msgstr,)


def _entry(base: Entry | None, ours: Entry | None, theirs: Entry | None) -> tuple[Entry | None, bool]:
    """One message: the entry or None, and whether it was translated in two ways."""
    raws = [None if entry is None else entry.raw for entry in (base, ours, theirs)]
    if raws[1] == raws[2] or raws[2] == raws[0]:
        return ours, False
    if raws[1] == raws[0]:
        return theirs, False
    if ours is None or theirs is None:  # gone here, changed there
        left = ours or theirs
        assert left is not None and base is not None
        same = (_texts(left), left.comments) == (_texts(base), base.comments)
        return (None if same else left), False
    if ours == theirs or theirs == base:
        return ours, False
    if ours == base:
        return theirs, False
    # An entry that both added is live, if it is on either side.
    return _both(base or Entry(msgid=ours.msgid, context=ours.context, obsolete=True), ours, theirs)


_Translation = tuple[
    str | None, str, tuple[str, ...], bool, str | None, str | None, str | None
]


def _translation(entry: Entry) -> _Translation:
    return (
        entry.plural, entry.msgstr, entry.plurals, entry.fuzzy,
        entry.previous_context, entry.previous, entry.previous_plural,
    )  # fmt: skip


def _both(base: Entry, ours: Entry, theirs: Entry) -> tuple[Entry, bool]:
    """An entry that both sides changed."""
    chosen = _choose(_translation(base), _translation(ours), _translation(theirs))
    disputed = False
    lost: tuple[str, ...] = ()
    if chosen is None:
        winner, loser, name, disputed = _winner(base, ours, theirs)
        chosen = _translation(winner)
        known = {*_texts(winner), *_texts(base), ""}
        lost = tuple(
            f"{name}: {po.one_line(text)}" for text in dict.fromkeys(_texts(loser)) if text not in known
        )
        disputed = disputed and bool(lost)
        if disputed:
            chosen = (*chosen[:3], True, *chosen[4:])
    plural, msgstr, plurals, fuzzy, old_context, old, old_plural = chosen
    comments = _comments(base.comments, ours.comments, theirs.comments)
    flags = _comments(*(_other_flags(entry) for entry in (base, ours, theirs)))
    references = _choose(base.references, ours.references, theirs.references)
    extracted = _choose(base.extracted, ours.extracted, theirs.extracted)
    obsolete = _choose(base.obsolete, ours.obsolete, theirs.obsolete)
    changes: po.Changes = {
        "plural": plural,
        "msgstr": msgstr,
        "plurals": plurals,
        "previous_context": old_context,
        "previous": old,
        "previous_plural": old_plural,
        "comments": comments + tuple(line for line in lost if line not in comments),
        "flags": flags,
        "fuzzy": fuzzy,
        "references": ours.references if references is None else references,
        "extracted": ours.extracted if extracted is None else extracted,
        "obsolete": bool(obsolete),
    }
    return po.revise(ours, **changes), disputed


def _other_flags(entry: Entry) -> tuple[str, ...]:
    return tuple(flag for flag in entry.flags if flag != "fuzzy")


def _winner(base: Entry, ours: Entry, theirs: Entry) -> tuple[Entry, Entry, str, bool]:
    """Whose translation stands, whose does not, the latter's name, and whether they disagree."""
    ours_first, theirs_first = (ours, theirs, "theirs"), (theirs, ours, "ours")
    if not any(_texts(ours)):
        return (*theirs_first, False)
    if not any(_texts(theirs)):
        return (*ours_first, False)
    if ours.plural != theirs.plural:  # the text itself changed on one side
        return (*(theirs_first if ours.plural == base.plural else ours_first), False)
    if ours.fuzzy != theirs.fuzzy:  # one of them is a translation, the other is none yet
        return (*(theirs_first if ours.fuzzy else ours_first), False)
    return (*ours_first, True)


def _comments(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> tuple[str, ...]:
    """Lines of ours and theirs, without what either deleted."""
    kept = [line for line in ours if line not in base or line in theirs]
    return (*kept, *(line for line in theirs if line not in base and line not in ours))


def _order(
    base: Sequence[Key], ours: Sequence[Key], theirs: Sequence[Key], made: _Entries
) -> list[Key]:
    """The messages in the order of the side that changed it, the other's after their neighbours."""
    common = set(base) & set(ours) & set(theirs)
    orders = [[key for key in side if key in common] for side in (base, ours, theirs)]
    first, second = (theirs, ours) if orders[1] == orders[0] != orders[2] else (ours, theirs)
    order = [key for key in first if key in made]
    placed = set(order)
    for number, key in enumerate(second):
        if key not in made or key in placed:
            continue
        neighbours: Iterable[Key] = (
            before
            for before in reversed(second[:number])
            if before in placed and (made[key].obsolete or not made[before].obsolete)
        )
        before = next(iter(neighbours), None)
        order.insert(0 if before is None else order.index(before) + 1, key)
        placed.add(key)
    return order


# --- headers


_DATED = ("PO-Revision-Date", "POT-Creation-Date")
_WITH_REVISION = ("PO-Revision-Date", "Last-Translator")


def _header(base: Entry | None, ours: Entry | None, theirs: Entry | None) -> Entry | None:
    """The header: the newest dates, with the translator of the newer revision; of other
    fields the one that changed, ours if both did."""
    if ours is None or theirs is None:
        return ours or theirs
    if base is not None and ours.raw == base.raw:
        return theirs
    if ours.raw == theirs.raw or (base is not None and theirs.raw == base.raw):
        return ours
    sides = [dict(_fields(entry)) for entry in (base, ours, theirs)]
    was, one, other = sides
    wanted = {
        name: _choose(was.get(name), one.get(name), other.get(name)) or one.get(name)
        for name in {**one, **other}
    }
    for name in _DATED:
        newer = max((one, other), key=lambda side: _date(side.get(name, "")))
        for field in _WITH_REVISION if name == _WITH_REVISION[0] else (name,):
            wanted[field] = newer.get(field, wanted.get(field))
    made = Catalogue(path="", header=ours, newline="\r\n" if b"\r\n" in (ours.raw or b"") else "\n")
    for name, value in wanted.items():
        if value is not None:
            made = po.with_header(made, name, value)
    assert made.header is not None
    empty = base or Entry(msgid="")
    return po.revise(
        made.header,
        comments=_comments(empty.comments, ours.comments, theirs.comments),
        flags=_comments(empty.flags, ours.flags, theirs.flags),
    )


def _fields(header: Entry | None) -> tuple[tuple[str, str], ...]:
    return po.headers(Catalogue(path="", header=header))


def _date(text: str) -> datetime:
    """When, as gettext writes it: 2026-03-20 12:00+0330; the beginning of time for others."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M%z")
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


# --- setting it up


def install(root: Path) -> list[str]:
    """Set git up to use the driver for a site's catalogues; says what it did.

    The line in .gitattributes is for everybody, the command in git's configuration for
    this clone alone.
    """
    inside = git.run(root, "rev-parse", "--is-inside-work-tree")
    if inside.returncode:
        raise UsageError(say("{folder} is in no git repository; begin one with: {command}",
                             folder=str(root), command="git init"))
    done: list[str] = []
    before = files.read_if_there(root, ".gitattributes")
    lines = (before or b"").decode("utf-8", "surrogateescape").splitlines()
    if ATTRIBUTES.split() not in [line.split() for line in lines]:
        text = (before or b"") + (b"\n" if before and not before.endswith(b"\n") else b"")
        files.write(root, ".gitattributes", text + f"{ATTRIBUTES}\n".encode(), expected=before)
        done.append(say("wrote {path}: {line}", path=".gitattributes", line=ATTRIBUTES))
    wanted = {
        "merge.dozaban.name": "catalogues, entry by entry",
        "merge.dozaban.driver": f"{_command()} merge-po %O %A %B --path %P",
    }
    for name, value in wanted.items():
        if git.run(root, "config", "--local", "--get", name).stdout.rstrip("\n") != value:
            found = git.run(root, "config", "--local", name, value)
            if found.returncode:
                raise DiskError(
                    problems=(problem("disk", found.stderr.strip(), ".git/config"),)
                )
            done.append(say("set {setting}", setting=f"{name} = {value}"))
    return done


def _command() -> str:
    """How a shell calls this very program."""
    found = shutil.which("dozaban")
    if found is not None:
        return "dozaban"
    return f"{shlex.quote(sys.executable)} -c {shlex.quote('from pipeline.cli import run; run()')}"
