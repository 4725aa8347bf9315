"""Files that documents use, on their way into the output: looked at once, and remembered.

Pictures are decoded and made smaller by worker processes, drawings are searched for what
must not go out, hidden data is taken out of photographs. What was found and made is kept
in `.dozaban/`, by the file's contents: losing it costs time. What stands in the output
already is neither read nor made again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import files, memo, pictures, routes, scrub, speech
from pipeline.model import Site
from pipeline.outputs.cards import digest
from pipeline.outputs.site import Picture
from pipeline.problems import DiskError, Problem, problem
from pipeline.routes import Plan
from pipeline.speech import say

_MADE = "2"
"""Changes when the same file would be made into something else."""

_SHOWN_AS_THEY_ARE = frozenset(("svg", "apng", "bmp", "ico", "jfif"))


class Shelf:
    """Files that were made, by what they were made of: any build may take them from here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if folder.is_symlink():
            raise DiskError(problems=(problem("disk", say("this is a link; remove it"), str(folder)),))

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def take(self, name: str) -> bytes | None:
        return files.read_cache(self.folder, name)

    def put(self, name: str, data: bytes) -> None:
        files.write_cache(self.folder, name, data)

    def clear(self, wanted: Iterable[str], suffix: str) -> None:
        """Drop the files of a kind that nothing wants any more."""
        keep = set(wanted)
        with suppress(OSError):
            for entry in os.scandir(self.folder):
                if entry.name.endswith(suffix) and entry.name not in keep:
                    with suppress(OSError):
                        os.unlink(entry.path)


class Standing:
    """What stands in an output folder: a file is as we left it while its size, time and
    inode are, and then it need not be read to know what is in it."""

    def __init__(self, root: Path, out: Path, about: object, *, cache: bool) -> None:
        self.out = os.fspath(out)
        self._memory = memo.Memory(root, "standing", [self.out, about]) if cache else None
        self._keys: dict[str, str] = {}

    def _seen(self, address: str) -> list[int] | None:
        try:
            found = os.stat(f"{self.out}/{address}", follow_symlinks=False)
        except OSError:
            return None
        return [found.st_size, found.st_mtime_ns, found.st_ino]

    def holds(self, address: str, key: str) -> bool:
        """Whether the file there is the one that was made as `key`."""
        if self._memory is None or (seen := self._seen(address)) is None:
            return False
        if self._memory.recall(address, seen) != key:
            return False
        self._keys[address] = key
        return True

    def put(self, address: str, key: str) -> None:
        """Say what will stand there."""
        self._keys[address] = key

    def save(self) -> None:
        """Remember what stands in the output, once it does."""
        if self._memory is not None:
            for address, key in self._keys.items():
                self._memory.keep(address, self._seen(address), key)
            self._memory.save()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A file of the site that published documents use, and where the first of them does.

    `shown`: as a picture, not only as what a link leads to.
    """

    target: str
    shown: bool
    path: str
    line: int
    column: int = 0


def uses(plan: Plan) -> dict[str, Use]:
    """Every file that published documents use: source → use."""
    used: dict[str, Use] = {}
    sources = {target: source for source, target in plan.files.items()}
    for record in plan.records.values():
        document = record.document
        for tag, edition in record.editions.items():
            if not record.decisions[tag].published:
                continue
            found = [(link.address, link.image, link.path, link.line, 0) for link in edition.links]
            own = document.authored_in(tag)
            for holder in (own, document):
                if holder is not None and holder.image is not None and holder.image.src:
                    at = holder.source.get("image.src", holder.source.get("image", (0, 0)))
                    found.append((holder.image.src, True, holder.path, *at))
                    break
            for address, shown, path, line, column in found:
                target = routes.resolve(plan, record, tag, address).address
                source = sources.get(target)
                if source is None:
                    continue
                known = used.get(source)
                if known is None or (shown and not known.shown):
                    used[source] = Use(target=target, shown=shown, path=path, line=line, column=column)
    return used


Facts = dict[str, Any]
"""What was found about a file, as JSON: `digest` of its bytes; of a picture `width`,
`height`, `versions` (widths); `fault`, or `dangers`: what must not go out."""


class Media:
    """The files that a site's documents use, and what was made of them."""

    def __init__(self, root: Path, plan: Plan, shelf: Shelf, *, cache: bool) -> None:
        self.root, self.shelf = root, shelf
        self.uses = uses(plan)
        about = [_MADE, pictures.pillow(), pictures.WIDTHS, pictures.QUALITY]
        self._memory = memo.Memory(root, "pictures", about) if cache else None
        self._seen = {source: memo.signature(root, [source]) for source in self.uses} if cache else {}
        self.facts: dict[str, Facts] = {}

    def unknown(self, standing: Standing | None) -> list[tuple[str, bool, bool]]:
        """What has to be looked at, for `look`: files that changed, and those of which
        something is missing that was made."""
        found = []
        for source, use in self.uses.items():
            facts = None
            if self._memory is not None:
                facts = self._memory.recall(_name(source, use), self._seen[source])
            if not isinstance(facts, dict):
                found.append((source, use.shown, False))
            elif self._lacks(source, facts, standing):
                found.append((source, use.shown, True))
            else:
                self.facts[source] = facts
        return found

    def _lacks(self, source: str, facts: Facts, standing: Standing | None) -> bool:
        return standing is not None and not all(
            standing.holds(address, address) or self.shelf.has(name)
            for _, address, name in self.versions(source, facts)
        )

    def known(self, digest: str, shown: bool) -> Facts | None:
        """What was found about these bytes under whatever name; only what is still there."""
        facts: Facts | None = None
        if self._memory is not None:
            facts = self._memory.recall(f"{digest} {shown}", [])
        if facts and not all(self.shelf.has(_made(digest, width)) for width in facts.get("versions", ())):
            return None
        return facts

    def learn(self, source: str, facts: Facts) -> None:
        """Remember what was found about a file."""
        self.facts[source] = facts
        if self._memory is not None:
            use = self.uses[source]
            self._memory.keep(_name(source, use), self._seen[source], facts)
            self._memory.keep(f"{facts['digest']} {use.shown}", [], facts)

    def save(self) -> None:
        if self._memory is not None:
            for source, facts in self.facts.items():
                self._memory.recall(f"{facts['digest']} {self.uses[source].shown}", [])
            self._memory.save()

    def versions(self, source: str, facts: Facts) -> list[tuple[int, str, str]]:
        """The smaller versions of a picture: width, address, name on the shelf."""
        stem = self.uses[source].target.rpartition(".")[0]
        return [
            (width, f"{stem}-{width}-{facts['digest'][:8]}.webp", _made(facts["digest"], width))
            for width in facts.get("versions", ())
        ]

    def pictures(self) -> dict[str, Picture]:
        """What pages say of each picture, by its address."""
        return {
            self.uses[source].target: Picture(
                width=facts["width"],
                height=facts["height"],
                versions=tuple((width, address) for width, address, _ in self.versions(source, facts)),
            )
            for source, facts in self.facts.items()
            if facts.get("width") and facts.get("height")
        }

    def problems(self) -> list[Problem]:
        """Files that cannot be shown, or may not go out, where they are first used."""
        return [
            one
            for source, facts in sorted(self.facts.items())
            for one in _problems(source, facts, self.uses[source])
        ]

    def put(self, output: files.Output, standing: Standing) -> set[str]:
        """Stage what does not stand in the output yet; returns all addresses."""
        wanted: set[str] = set()
        for source, facts in self.facts.items():
            target = self.uses[source].target
            wanted.add(target)
            if standing.holds(target, facts["digest"]):
                output.unchanged += 1
            else:
                output.put(target, scrub.stripped(files.read(self.root, source)))
                standing.put(target, facts["digest"])
            for width, address, name in self.versions(source, facts):
                wanted.add(address)
                if standing.holds(address, address):
                    output.unchanged += 1
                else:
                    data = self.shelf.take(name)
                    output.put(address, self._again(source, width) if data is None else data)
                    standing.put(address, address)
        return wanted

    def _again(self, source: str, width: int) -> bytes:
        """A smaller version that the shelf could not keep."""
        made = pictures.measure(files.read(self.root, source)).versions
        return next(one.data for one in made if one.width == width)

    def names(self) -> list[str]:
        """What of the shelf is wanted."""
        return [name for source, facts in self.facts.items() for _, _, name in self.versions(source, facts)]


def weighed(root: Path, sources: Iterable[str], path: str, *, decode: bool) -> list[Problem]:
    """What is wrong with pictures that a document at `path` shows, elsewhere than in pages.

    Without `decode` only what must not go out: programs, and what hides in a broken file.
    """
    found = []
    for source in sorted(set(sources)):
        use = Use(target="", shown=True, path=path, line=0)
        facts = _facts(None, source, files.read(root, source), "", decode)
        found += _problems(source, facts, use)
    return found


def _problems(source: str, facts: Facts, use: Use) -> list[Problem]:
    found = []
    at = (use.path, use.line, use.column)
    if "fault" in facts:
        found.append(
            problem("picture", say("the picture `{file}` cannot be shown: {why}",
                                   file=source, why=speech.unpacked(facts["fault"])), *at,
                    hint=say("save it again as JPEG, PNG or WebP"))
        )  # fmt: skip
    if facts.get("dangers"):
        line, what = facts["dangers"][0]
        found.append(
            problem("picture", say("the drawing `{file}` may not be published: it holds {what} (its line {line})",
                                   file=source, what=speech.unpacked(what), line=line), *at,
                    hint=say("save it as plain SVG, without scripts and addresses elsewhere, or as PNG"))
        )  # fmt: skip
    if use.shown and facts.get("kind") == "other":
        found.append(
            problem("picture", say("browsers do not show `{file}` as a picture", file=source), *at,
                    severity="warn", hint=say("save it again as JPEG, PNG or WebP"))
        )  # fmt: skip
    if facts.get("tells"):
        found.append(
            problem("picture", say("`{file}` holds data about where and how it was taken, which is not taken out of AVIF and HEIF files", file=source),
                    *at, severity="warn", hint=say("save it again without metadata"))
        )  # fmt: skip
    return found


def _name(source: str, use: Use) -> str:
    return f"{source}\0{use.shown}"


def _made(digest: str, width: int) -> str:
    return f"{digest}-{width}.webp"


at_work: list[Media] = []
"""What worker processes inherit: they are forked from the one that made it."""


def look(wanted: Sequence[tuple[str, bool, bool]]) -> list[tuple[str, Facts]]:
    """Look at some files, in any process: (source, shown, anew) → source and facts."""
    (media,) = at_work
    result = []
    for source, shown, anew in wanted:
        data = files.read(media.root, source)
        name = blake2b(data, digest_size=16).hexdigest()
        facts = None if anew else media.known(name, shown)
        if facts is None:
            facts = _facts(media.shelf, source, data, name, shown)
        result.append((source, facts))
    return result


def _facts(shelf: Shelf | None, source: str, data: bytes, digest: str, shown: bool) -> Facts:
    suffix = source.rpartition(".")[2].lower()
    facts: Facts = {"digest": digest}
    if suffix == "svg":
        width, height = scrub.measures(data)
        facts |= {"width": width, "height": height}
        facts["dangers"] = [[one.line, speech.packed(one.what)] for one in scrub.dangers(data)[:1]]
        return facts
    if scrub.tells_more(data):
        facts["tells"] = True
    if scrub.broken(data):
        facts["fault"] = speech.packed(say("it breaks off, and what is hidden in it cannot be taken out"))
    elif suffix in pictures.KINDS and shown:
        try:
            found = pictures.measure(data, smaller=shelf is not None)
        except pictures.PictureError as error:
            return facts | {"fault": speech.packed(error.args[0])}
        facts |= {"width": found.width, "height": found.height}
        facts["versions"] = [one.width for one in found.versions]
        if shelf is not None:
            for one in found.versions:
                shelf.put(_made(digest, one.width), one.data)
    elif suffix not in pictures.KINDS and suffix not in _SHOWN_AS_THEY_ARE:
        facts["kind"] = "other"
    return facts


# --- cards ---


def maker(site: Site) -> list[Any]:
    """What the bytes of made files depend on beside what they were made of."""
    made: list[Any] = [_MADE, pictures.pillow(), pictures.WIDTHS, pictures.QUALITY]
    return [*made, *pictures.engine(), *pictures.font_versions()] if site.cards else made


class Wanted(NamedTuple):
    """A card, where it is to stand, and its name on the shelf."""

    address: str
    card: pictures.Card
    key: str


def wanted(address: str, card: pictures.Card) -> Wanted:
    """A card whose name tells all that its bytes depend on."""
    return Wanted(address, card, f"{digest(card)}-{_made_by()}.png")


@cache
def _made_by() -> str:
    """What the bytes of a card depend on beside what it shows."""
    depends = json.dumps([*pictures.engine(), *pictures.font_versions()])
    return blake2b(depends.encode(), digest_size=4).hexdigest()


def drawn(shelf: Shelf, one: Wanted) -> bytes:
    """A card from the shelf, or drawn now."""
    data = shelf.take(one.key)
    if data is None:
        data = pictures.draw(one.card)
        shelf.put(one.key, data)
    return data
