"""Bringing catalogues up to date with content and templates.

Each catalogue is read, merged and written by itself: what is wrong with one keeps none
of the others waiting. Other catalogues of the site are read only where a message is left
without translation, and only to suggest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from pipeline import catalogue, files, glossary, languages, localise, markdown, memo, po
from pipeline.app import voices, wording
from pipeline.app.sources import (
    TEMPLATES_LANGUAGE,
    Loaded,
    Sources,
    catalogue_path,
    choose,
    load,
    open_site,
    package_data,
)
from pipeline.app.survey import weigh
from pipeline.model import KINDS, Document, Language, Message, Site
from pipeline.pairs import record_pairs
from pipeline.problems import (
    CatalogueError,
    ContentError,
    DozabanError,
    Problem,
    UsageError,
    packed,
    problem,
    reason,
    unpacked,
)
from pipeline.scan import everything
from pipeline.speech import say

Merge = Callable[..., tuple[po.Catalogue, catalogue.Changes]]

_SHARED = 0.5
"""So much of a vanished document's catalogue must be in a new one for it to be the same."""


@dataclass(frozen=True, kw_only=True)
class Updated:
    """What `update` did to one catalogue.

    `moved_from` is where it was, if its document has another name now.
    """

    path: str
    language: str
    changes: catalogue.Changes
    fresh: bool = False
    written: bool = False
    moved_from: str = ""


def update(
    root: Path,
    names: Sequence[str] = (),
    *,
    check: bool = False,
    compendia: Sequence[Path] = (),
    drop_obsolete: bool = False,
    now: datetime | None = None,
) -> tuple[list[Updated], list[Problem]]:
    """Bring catalogues up to date with content and templates.

    Returns what happened to each catalogue that changed (or, with `check`, would), and
    problems: a document or catalogue that cannot be read keeps its catalogue as it is.
    New messages are looked for in the site's other catalogues; in documents that are
    named, every message without a translation is.
    """
    with nullcontext() if check else files.lock(root, "update"):
        sources = open_site(root)
        whole = not (names or compendia)
        seen = everything(root) if whole else None
        memory = memo.Memory(root, "update", [drop_obsolete]) if whole else None
        known = memory.recall("all", seen) if memory else None
        if known is not None:  # the last run had nothing to do, and no file has changed
            return [], [unpacked(one) for one in known]
        chosen = [choose(sources, name) for name in names] or sorted(sources.documents)
        work = _Work(
            sources=sources,
            chosen=chosen,
            named=bool(names),
            check=check,
            compendium=_read_compendia(compendia),
            drop_obsolete=drop_obsolete,
            stamp=(now or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M+0000"),
        )
        documents = work.documents()
        if not names and len(documents) == len(chosen):
            work.terms(documents)
        if not names:
            work.interface()
        if not names and wording.at_home(root):
            work.command()
        problems = weigh(work.problems, sources.site)
        if memory and not work.result and not any(one.severity == "error" for one in problems):
            memory.keep("all", seen, [packed(one) for one in problems])
            memory.save()
    return work.result, problems


def _read_compendia(paths: Sequence[Path]) -> catalogue.Memory | None:
    if not paths:
        return None
    read = [po.parse(_read_outside(path), str(path)) for path in paths]
    return catalogue.memory((k for one in read for k in catalogue.compendium(one)), fill=True)


def _read_outside(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(say("cannot read {path}: {reason}", path=str(path), reason=reason(error))) from None


def orphans(sources: Sources) -> list[Problem]:
    """Catalogues of documents that are no more: kept, as `update` found no heir."""
    return [
        problem(
            "orphan-catalogue",
            say("there is no document {name}", name=name),
            catalogue_path(name, language.tag),
            hint=say("delete the catalogue, or name it after the document that has these texts now"),
            severity="warn",
        )
        for language in sources.site.languages
        for name in _strays(sources, language.tag)
    ]


def _strays(sources: Sources, tag: str) -> list[str]:
    """Names of documents that a language has catalogues of, but that are not there."""
    return [
        name
        for name in _catalogues(sources.root, tag)
        if name.partition("/")[0] in KINDS and "/" in name and name not in sources.documents
    ]


def _catalogues(root: Path, tag: str) -> list[str]:
    """A language's catalogues by the names of what they are for; documents first."""
    folder = f"locales/{tag}/LC_MESSAGES"
    names = [
        path.removeprefix(f"{folder}/").removesuffix(".po")
        for path in files.tree(root, folder)
        if path.endswith(".po")
    ]
    return sorted(names, key=lambda name: ("/" not in name, name))


class _Work:
    """One run: what it was asked to do, what it knows, what came of it."""

    def __init__(
        self,
        *,
        sources: Sources,
        chosen: Sequence[str],
        named: bool,
        check: bool,
        compendium: catalogue.Memory | None,
        drop_obsolete: bool,
        stamp: str,
    ) -> None:
        self.sources, self.root, self.site = sources, sources.root, sources.site
        self.chosen, self.named = chosen, named
        self.check, self.drop_obsolete, self.stamp = check, drop_obsolete, stamp
        self.compendium = compendium
        self.result: list[Updated] = []
        self.problems: list[Problem] = list(sources.problems)
        self._memories: dict[tuple[str, str], catalogue.Memory] = {}
        self._renamed: dict[str, dict[str, str]] = {}
        self._glossaries: dict[str, glossary.Glossary | None] = {}

    def documents(self) -> list[Document]:
        """The chosen documents' catalogues; returns the documents that could be read."""
        found = []
        for name in self.chosen:
            try:
                one = load(self.sources, name)
            except ContentError as error:
                self.problems.extend(error.problems)
                continue
            self.problems.extend(one.problems)
            found.append(one.document)
            self.document(name, one)
        return found

    def document(self, name: str, one: Loaded) -> None:
        """A document's catalogues in all languages but its own."""
        original = markdown.parse(one.body)
        messages = localise.messages(one.document, original)
        if not messages:
            return
        for language in self.site.languages:
            if language.tag == one.document.lang:
                continue
            merge: Merge = catalogue.merge
            own = one.document.authored_in(language.tag)
            if own is not None:  # an authored edition is the truth for its catalogue
                text = markdown.parse(one.authored[own.lang])
                merge = partial(record_pairs, own=own, original=original, text=text)
            self.one(
                catalogue_path(name, language.tag), language, self.with_terms(messages, language.tag),
                source=one.document.lang, reference=one.document.path, merge=merge,
                ask=own is None, old_name=self.old_name(name, language.tag),
            )  # fmt: skip

    def with_terms(self, messages: Sequence[Message], tag: str) -> Sequence[Message]:
        """Messages whose notes name the agreed translations of the terms in them."""
        if tag not in self._glossaries:
            path = f"locales/{tag}/glossary.csv"
            data = files.read_if_there(self.root, path)
            found, problems = glossary.parse(data, path) if data is not None else (None, ())
            self._glossaries[tag] = found
            self.problems.extend(problems)
        agreed = self._glossaries[tag]
        if agreed is None:
            return messages
        result = []
        for message in messages:
            terms = glossary.terms_in(message.msgid, agreed)
            if terms:
                said = "; ".join(
                    f"{one.term} = {' / '.join(one.translations)}" + (f" ({one.note})" if one.note else "")
                    for one in terms
                )
                message = replace(message, note=f"{message.note} Glossary: {said}".strip())
            result.append(message)
        return result

    def terms(self, documents: Iterable[Document]) -> None:
        """terms.po: the names of tags, people, publishers and places."""
        for language in self.site.languages:
            found = terms_wanted(self.site, documents, language)
            path = f"locales/{language.tag}/LC_MESSAGES/terms.po"
            if found or files.exists(self.root, path):
                self.one(
                    path, language, found, source=_names_from(self.site, language),
                    reference="content/site.toml", merge=partial(catalogue.merge, names=True),
                )  # fmt: skip

    def interface(self) -> None:
        """messages.po: the strings of the site's own templates."""
        from pipeline import templating

        names = [
            path.removeprefix("templates/")
            for path in files.tree(self.root, "templates")
            if path.endswith((".html", ".xml", ".txt"))
        ]
        if not names:
            return
        try:
            found = templating.extract(self.root / "templates", names)
        except DozabanError as error:
            self.problems.extend(error.problems)
            return
        for language in self.site.languages:
            if language.tag != TEMPLATES_LANGUAGE:
                said = self._said_by_the_tool(language)
                self.one(
                    f"locales/{language.tag}/LC_MESSAGES/messages.po", language,
                    [one for one in found if (one.context, one.msgid) not in said],
                    source=TEMPLATES_LANGUAGE, reference="templates",
                )  # fmt: skip

    def command(self) -> None:
        """cli.po: what the command says; in the tool's own repository."""
        found = wording.extract(self.root)
        for language in self.site.languages:
            if language.tag != TEMPLATES_LANGUAGE:
                self.one(
                    f"locales/{language.tag}/LC_MESSAGES/{voices.NAME}.po", language, found,
                    source=TEMPLATES_LANGUAGE, reference="pipeline",
                )  # fmt: skip

    def _said_by_the_tool(self, language: Language) -> set[po.Key]:
        """The strings that the tool ships in a language: nobody translates those again."""
        data, path = package_data(), f"locales/{language.tag}/LC_MESSAGES/messages.po"
        if data.resolve() == self.root.resolve() or not files.exists(data, path):
            return set()
        found = po.lookup(files.read(data, path), path).messages
        return {key for key, reading in found.items() if reading.state == "translated"}

    def one(
        self,
        path: str,
        language: Language,
        messages: Sequence[Message],
        *,
        source: str,
        reference: str,
        merge: Merge = catalogue.merge,
        ask: bool = False,
        old_name: str = "",
    ) -> None:
        """One catalogue: read, merged, written. Problems are noted.

        `ask`: what is left blank is looked for in other catalogues.
        """
        moved_from = catalogue_path(old_name, language.tag) if old_name else ""
        try:
            before = files.read_if_there(self.root, moved_from or path)
            old = self.fresh(path, language, source) if before is None else _readable(before, path)
            made, changes = merge(
                old, messages, reference=reference, drop_obsolete=self.drop_obsolete
            )
            if ask:
                made = self.filled(old, made, changes, language.tag, source)
            if before is not None and changes.messages:
                made = po.with_header(made, "POT-Creation-Date", self.stamp)
            data = po.serialize(made)
            if data == before and not moved_from:
                return
            written = False
            if not self.check:
                if moved_from:
                    self.move(old_name, path, language.tag)
                written = files.write(self.root, path, data, expected=before)
            self.result.append(
                Updated(
                    path=path, language=language.tag, changes=changes, fresh=before is None,
                    written=written, moved_from=moved_from,
                )
            )  # fmt: skip
        except DozabanError as error:
            self.problems.extend(error.problems)

    def fresh(self, path: str, language: Language, source: str) -> po.Catalogue:
        """An empty catalogue."""
        return catalogue.fresh(
            path,
            project=self.site.title,
            contact=self.site.contact or self.site.base_url,
            source=source,
            language=language.tag,
            plural_forms=languages.plural_forms_header(language.tag),
            now=self.stamp,
        )

    # --- what other catalogues know

    def filled(
        self, old: po.Catalogue, made: po.Catalogue, changes: catalogue.Changes, tag: str, source: str
    ) -> po.Catalogue:
        """The catalogue with what the compendium and the rest of the site know."""
        if self.compendium is not None and catalogue.wanting(made):
            made = catalogue.recall(made, self.compendium, changes, roles=False)
        # What was blank before is looked for again only where the document was named: an
        # `update --check` must not fail because somebody translated something elsewhere.
        skip = set() if self.named else {one.key for one in old.entries if not one.obsolete}
        if self.site.memory != "off" and catalogue.wanting(made, skip):
            made = catalogue.recall(made, self.memory(tag, source), changes, skip=skip)
        return made

    def memory(self, tag: str, source: str) -> catalogue.Memory:
        """What the site's catalogues in a language know of texts in another; made once.

        As they are on disk; which of them were merged already makes no difference.
        """
        if (tag, source) not in self._memories:
            found = self.contents(tag, source)
            read = cache(partial(_known, self.root, tag))
            fill = self.site.memory == "fill"
            self._memories[tag, source] = catalogue.lazy_memory(found, read, fill=fill)
        return self._memories[tag, source]

    def contents(self, tag: str, source: str) -> list[tuple[str, catalogue.Contents]]:
        """Of which texts each catalogue knows translations; remembered in the cache."""
        remembered = memo.Memory(self.root, f"texts-{source}-{tag}", [])
        result = []
        for name in _catalogues(self.root, tag):
            path = catalogue_path(name, tag)
            seen = memo.signature(self.root, [path])
            found = remembered.recall(name, seen)
            if found is None:
                try:
                    data = files.read_if_there(self.root, path) or b""
                    language, known = _knows(data, path, name)
                except CatalogueError:
                    continue  # reported when its own turn comes
                found = catalogue.contents(known) if language in ("", source) else []
                remembered.keep(name, seen, found)
            result.append((name, found))
        if not self.check:
            remembered.save()
        return result

    # --- documents that have another name now

    def old_name(self, name: str, tag: str) -> str:
        """The document whose catalogue this one inherits; empty for none."""
        if files.exists(self.root, catalogue_path(name, tag)):
            return ""
        if tag not in self._renamed:
            self._renamed[tag] = self.renamed(tag)
        return self._renamed[tag].get(name, "")

    def renamed(self, tag: str) -> dict[str, str]:
        """New name → old name, of documents that share the most texts."""
        strays = _strays(self.sources, tag)
        new = [
            name
            for name in (self.chosen if strays else ())
            if not files.exists(self.root, catalogue_path(name, tag))
        ]
        wanted: dict[str, list[Message]] = {}
        for name in new:
            try:
                one = load(self.sources, name)
            except ContentError:
                continue
            if one.document.lang != tag:
                wanted[name] = localise.messages(one.document, markdown.parse(one.body))
        pairs = []
        for stray in strays if wanted else ():
            path = catalogue_path(stray, tag)
            try:
                known = po.lookup(files.read(self.root, path), path).messages
            except CatalogueError as error:
                self.problems.extend(error.problems)
                continue
            for name, messages in wanted.items():
                share = catalogue.shared(known, messages)
                if share >= _SHARED:
                    pairs.append((-share, name, stray))
        result: dict[str, str] = {}
        for _, name, stray in sorted(pairs):
            if name not in result and stray not in result.values():
                result[name] = stray
        return result

    def move(self, old_name: str, path: str, tag: str) -> None:
        """Give a catalogue its document's new name, and the reviews with it."""
        name = path.partition("/LC_MESSAGES/")[2].removesuffix(".po")
        old, new = (f"locales/{tag}/reviews/{one}.toml" for one in (old_name, name))
        # Stopped between the two, the next run finds the catalogue where it was.
        if files.exists(self.root, old) and not files.exists(self.root, new):
            files.move(self.root, old, new)
        files.move(self.root, catalogue_path(old_name, tag), path)


def _readable(data: bytes, path: str) -> po.Catalogue:
    """A catalogue with a header that gettext accepts. Raises CatalogueError."""
    found = po.parse(data, path)
    wrong = catalogue.header_problem(found)
    if wrong is not None:
        raise CatalogueError(problems=(wrong,))
    return found


def _known(root: Path, tag: str, name: str) -> Sequence[catalogue.Known]:
    """What one of the site's catalogues knows; nothing, if it went away meanwhile."""
    path = catalogue_path(name, tag)
    return tuple(_knows(files.read_if_there(root, path) or b"", path, name)[1])


def _knows(data: bytes, path: str, name: str) -> tuple[str, Iterable[catalogue.Known]]:
    """A catalogue's source language, if it says so, and what it knows.

    The interface is a role of its own: its words are no paragraphs.
    """
    read = po.lookup(data, path, obsolete=True)
    found = catalogue.known(read, name)
    if name == "messages":
        found = (one._replace(context="interface") for one in found)
    return read.headers.get("X-Source-Language", ""), found


def _names_from(site: Site, language: Language) -> str:
    """The language that most names in a terms.po are written in: not its own."""
    others = [one.tag for one in site.languages if one.tag != language.tag]
    return site.default_language if site.default_language in others else (others or [language.tag])[0]


def terms_wanted(site: Site, documents: Iterable[Document], language: Language) -> list[Message]:
    """The terms that a language's terms.po should hold."""
    wanted: dict[tuple[str, str], list[str]] = {}

    def want(context: str, name: str, path: str) -> None:
        if name:
            wanted.setdefault((context, name), []).append(path)

    if language.tag != site.default_language:
        want("site", site.title, "content/site.toml")
        want("site", site.description, "content/site.toml")
    for document in documents:
        for name in document.tags:
            want("tag", name, document.path)
        if document.lang != language.tag and document.credit:
            for author in document.credit.authors:
                want("person", author, document.path)
            want("publisher", document.credit.publisher, document.path)
            want("place", document.credit.place, document.path)
    order = ("site", "section", "tag", "person", "publisher", "place")
    return [
        Message(msgid=name, context=context, kind=context, references=tuple(sorted(set(paths))[:5]))
        for (context, name), paths in sorted(
            wanted.items(), key=lambda item: (order.index(item[0][0]), item[0][1] if item[0][0] != "site" else "")
        )
    ]
