"""Addresses that were published once and lead nowhere now, as git tells.

What the commits of the site's main line had is taken for published, but for drafts; nothing
is known of what was copied to a server, and nothing said of lists. An address that is a page
or a redirect now is not lost. Without git there is nothing to tell.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Any

from pipeline import config, content, git, memo
from pipeline.app import history
from pipeline.app.sources import Sources, load
from pipeline.model import Authored, Document, Kind
from pipeline.problems import ContentError, Problem, problem
from pipeline.routes import address_of, alias_address
from pipeline.speech import say

MOST = 2000
"""Commits that are looked at: the newest of those that touched content."""

_SITE = "content/site.toml"

_TELLING = re.compile(r"""^["']?(?:slug|draft|aliases)["']?\s*:""", re.MULTILINE)
"""What in front matter tells that the addresses are not those of the name alone."""

_Gone = Mapping[str, tuple[str, str]]
"""Address → the commit that took it and its day; both "" where the last commit has it."""


def lost(sources: Sources, addresses: Collection[str], unread: Collection[str] = ()) -> list[Problem]:
    """A warning for each address that a commit had and that is none of `addresses` now.

    `unread` are files in which something is wrong: of their documents nothing is said.
    """
    tags = [language.tag for language in sources.site.languages]
    found: list[Problem] = []
    for name, (path, gone) in sorted(_pasts(sources).items()):
        missing = {old: when for old, when in gone.items() if old not in addresses}
        here = sources.paths.get(name)
        if not missing or here in unread:
            continue
        document = None
        if here is not None:
            try:
                document = load(sources, name).document
            except ContentError:
                continue
            own = _of(document, tags)
            missing = {old: when for old, when in missing.items() if old not in own}
        found += _told(missing, document, here or path)
    return found


def _told(missing: _Gone, document: Document | None, path: str) -> Iterator[Problem]:
    at = (0, 0)
    if document is None:
        line = _line(missing, None)
        hint = say("`dozaban mv` renames and leaves an alias; otherwise write in the front matter "
                   "of the document that took its place: {line}", line=line)  # fmt: skip
    elif document.draft:
        line = _line(missing, None)
        hint = say("this is a draft now; another document can take the address over: {line}", line=line)
    else:
        line = _line(missing, document)
        hint = say("write in the front matter: {line}", line=line)
        at = next((document.source[key] for key in ("aliases", "slug") if key in document.source), at)
    for address, (commit, day) in sorted(missing.items()):
        if commit:
            message = say("/{address} was published, and leads nowhere since {day} (commit {commit})",
                          address=address, day=date.fromisoformat(day), commit=commit[:10])  # fmt: skip
        else:
            message = say("/{address} is published by the last commit, and leads nowhere now", address=address)
        yield problem("lost-address", message, path, *at, severity="warn", hint=hint)


def _line(missing: Collection[str], document: Document | None) -> str:
    """The line of front matter that makes redirects of addresses, beside those there are."""
    aliases: dict[str, list[str]] = {}
    if document is not None:
        aliases = {tag: list(old) for tag, old in document.aliases.items()}
    for address in sorted(missing, key=lambda address: address.rstrip("/")):
        tag = address.partition("/")[0]
        alias = f"/{address}".rstrip("/")
        if document is not None:
            last = address.rstrip("/").rpartition("/")[2]
            alias = last if address_of(document.kind, tag, last) == address else alias
        aliases.setdefault(tag, []).append(alias)
    return content.front_matter({"aliases": aliases}).strip("-\n")


def _of(document: Document, tags: Collection[str]) -> frozenset[str]:
    """Where a document stands in each language, and its redirects; a draft nowhere."""
    if document.draft:
        return frozenset()
    found = set()
    for tag in tags:
        own = document.authored_in(tag)
        slug = (own.slug if own else "") or document.slug.get(tag, "") or document.name.partition("/")[2]
        found.add(address_of(document.kind, tag, slug))
        found.update(alias_address(document.kind, tag, alias) for alias in document.aliases.get(tag, ()))
    return frozenset(found)


# --- what git tells ----------------------------------------------------------------------------


def _pasts(sources: Sources) -> dict[str, tuple[str, _Gone]]:
    """Document → its last path and the addresses that it had; remembered for the commit."""
    commit = history.head(sources.root)
    if not commit:
        return {}
    about = [[language.tag for language in sources.site.languages], MOST]
    memory = memo.Memory(sources.root, "addresses", about)
    seen = [int(commit, 16)]
    found: Any = memory.recall("all", seen)
    if found is None:
        walk = _Walk(sources, commit)
        found = {
            name: [past.path, {**{address: ["", ""] for address in past.now}, **past.gone}]
            for name, past in walk.pasts.items()
        }
        memory.keep("all", seen, found)
        memory.save()
    return {
        name: (path, {address: (old, day) for address, (old, day) in gone.items()})
        for name, (path, gone) in found.items()
    }


@dataclass(slots=True, kw_only=True)
class _Past:
    """A document in the commit at hand: its files by edition (None: the original), its
    addresses, and those that it had before, each with the commit and the day that took it."""

    kind: Kind
    path: str
    files: dict[str | None, str] = field(default_factory=dict)
    now: frozenset[str] = frozenset()
    gone: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Walk:
    """The commits from the oldest to the newest, and what became of every document."""

    def __init__(self, sources: Sources, commit: str) -> None:
        self.site, self.root = sources.site, sources.root
        self.known = [language.tag for language in self.site.languages]
        self.tags = self.known
        self.pasts: dict[str, _Past] = {}
        changes = history.read_changes(self.root, commit, ("content/*.md", _SITE), MOST)
        before = history.read_tree(self.root, f"{changes[0].commit}^", "content") if changes else {}
        self.heads = self._heads(changes, before)
        for path, blob in before.items():
            self._put(path, blob)
        self._languages(before.get(_SITE, ""))
        for past in self.pasts.values():
            past.now = self._addresses(past)
        for _, group in groupby(changes, key=lambda change: change.commit):
            self._step(list(group))

    def _step(self, changes: list[history.Change]) -> None:
        """One commit: first all its changes, then what they make of the addresses."""
        touched: dict[str, None] = {}
        for change in changes:
            if change.path == _SITE:
                self._languages(change.after)
                touched.update(dict.fromkeys(self.pasts))
                continue
            old = self._take(change.was) if change.before else ""
            new = self._put(change.path, change.after) if change.after else ""
            touched.update(dict.fromkeys(filter(None, (old, new))))
            if old and new and old != new and self._originals(change):
                self._rename(self.pasts[old], self.pasts[new])
        for name in touched:
            past = self.pasts[name]
            addresses = self._addresses(past)
            for address in past.now - addresses:
                past.gone[address] = (changes[0].commit, changes[0].day.isoformat())
            for address in addresses:
                past.gone.pop(address, None)
            past.now = addresses

    def _identity(self, path: str) -> content.Identity | None:
        return content.identify(path.removeprefix("content/"), self.known)

    def _originals(self, change: history.Change) -> bool:
        was, now = self._identity(change.was), self._identity(change.path)
        return was is not None and now is not None and was.lang is None and now.lang is None

    def _put(self, path: str, blob: str) -> str:
        """A file has this blob now; returns its document's name, "" where it is none's."""
        identity = self._identity(path)
        if identity is None:
            return ""
        past = self.pasts.setdefault(identity.name, _Past(kind=identity.kind, path=path))
        if identity.lang is None:
            past.path = path
        past.files[identity.lang] = blob
        return identity.name

    def _take(self, path: str) -> str:
        """A file is gone from its path; returns its document's name."""
        identity = self._identity(path)
        if identity is None or identity.name not in self.pasts:
            return ""
        self.pasts[identity.name].files.pop(identity.lang, None)
        return identity.name

    def _rename(self, old: _Past, new: _Past) -> None:
        new.gone |= old.gone
        new.now |= old.now
        old.now, old.gone = frozenset(), {}

    def _languages(self, blob: str) -> None:
        """The languages that the site had, of those that it has now."""
        for _, data in git.blobs(self.root, [blob] if blob else []):
            if len(data) > config.MOST:
                continue
            try:
                tables = tomllib.loads(data.decode("utf-8", "replace")).get("languages")
            except (ValueError, RecursionError):
                continue
            if isinstance(tables, dict):
                self.tags = [tag for tag in self.known if tag in tables]

    def _heads(self, changes: Collection[history.Change], before: Mapping[str, str]) -> dict[str, str]:
        """Blob → its front matter."""
        blobs = {change.after for change in changes if change.after and change.path != _SITE}
        blobs |= {blob for path, blob in before.items() if path.endswith(".md")}
        heads = {}
        for blob, data in git.blobs(self.root, blobs):
            front = data.decode("utf-8", "replace").removeprefix("\ufeff").partition("\n---")[0]
            heads[blob] = f"{front}\n---\n"
        return heads

    def _addresses(self, past: _Past) -> frozenset[str]:
        """Where a document stood, with the files that it had."""
        original = past.files.get(None)
        if original is None:
            return frozenset()
        name = content.identify(past.path.removeprefix("content/"), self.known)
        assert name is not None
        document = Document(name=name.name, kind=past.kind, path=past.path, lang="", title="")
        told = {tag: head for tag, blob in past.files.items() if (head := self.heads.get(blob, ""))}
        authored: list[Authored] = []
        try:
            if any(_TELLING.search(head) for head in told.values()):
                document, _, _ = content.parse(
                    told.pop(None, ""), past.path, self.site, name=name.name, kind=past.kind
                )
                for tag, head in told.items():
                    path = f"{past.path.removesuffix('.md')}.{tag}.md"
                    authored.append(content.parse_authored(head, path, self.site, document)[0])
        except ContentError:
            return frozenset()  # of which nothing was built
        return _of(replace(document, authored=tuple(authored)), self.tags)
