"""Mending what can be mended safely, in catalogues and in documents.

Only words change: every changed text is read again, and where anything but words came out
different it stays as it was. A catalogue changes in the entries that are mended, a
document in those characters; where an original changes, the msgids of its catalogues
follow, so that no translation goes stale by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pipeline import content, files, localise, markdown, po
from pipeline.app.desk import Desk, shared
from pipeline.app.sources import Loaded, catalogue_path, decode, load
from pipeline.checks import Rule
from pipeline.checks.finding import Finding
from pipeline.checks.ignore_comment import ignored
from pipeline.checks.mend import mend_text
from pipeline.checks.pair import Pair, pairs_of
from pipeline.checks.passages import Passage, passages, strings
from pipeline.checks.prose import Inline, definitions, plain, read
from pipeline.markdown import Parsed
from pipeline.model import Authored, Document
from pipeline.pairs import seal, sealed
from pipeline.po import Catalogue, Entry
from pipeline.problems import CatalogueError, ContentError


@dataclass(frozen=True, kw_only=True)
class Mended:
    """What was mended in one file: how often, by rule."""

    path: str
    rules: Mapping[str, int]


def mend_site(desk: Desk, chosen: Sequence[str]) -> tuple[Mended, ...]:
    """Mends every file, and says which and how often."""
    done: dict[str, Counter[str]] = {}
    sources = desk.sources
    for name in chosen or sorted(sources.documents):
        try:
            loaded = load(sources, name)
        except ContentError:
            continue  # told when the document is looked at
        _mend_document(desk, loaded, name, done)
        loaded = load(sources, name)
        parsed = markdown.parse(loaded.body)
        kinds = {
            (message.context, message.msgid): message.kind
            for message in localise.messages(loaded.document, parsed)
        }
        for language in desk.site.languages:
            tag = language.tag
            if tag != loaded.document.lang and loaded.document.authored_in(tag) is None:
                path = catalogue_path(name, tag)
                _mend_catalogue(
                    desk, path, loaded.document.lang, tag, kinds, definitions(parsed), done
                )
    if not chosen:
        for language in desk.site.languages:
            for own, source in shared(desk.sources):
                path = catalogue_path(own, language.tag)
                _mend_catalogue(desk, path, source, language.tag, None, "", done)
    return tuple(
        Mended(path=path, rules=dict(sorted(rules.items()))) for path, rules in sorted(done.items())
    )


def _mend_catalogue(
    desk: Desk,
    path: str,
    source: str,
    tag: str,
    kinds: Mapping[po.Key, str] | None,
    known: str,
    done: dict[str, Counter[str]],
) -> None:
    root = desk.sources.root
    before = files.read_if_there(root, path)
    if before is None:
        return
    try:
        catalogue = po.parse(before, path)
    except CatalogueError:
        return
    counted: Counter[str] = Counter()
    renewed: dict[po.Key, dict[str, str]] = {}
    for entry, pair in pairs_of(catalogue, kinds, known, (source, tag), None):
        if entry.fuzzy and entry.previous is None:
            continue  # a suggestion: nobody's words yet
        without = ignored(entry)
        finders = desk.finders(tag, without)
        if not entry.fuzzy:
            finders += [
                (rule.name, _over_pair(rule, pair))
                for rule in desk.applying("translation")
                if rule.fixable and rule.name not in without
            ]
        inline = kinds is not None and entry.context is None and pair.kind != "code"
        text, rules = mend_text(pair.target, finders, partial(_again, inline=inline, known=known))
        if text != pair.msgstr:
            renewed.setdefault(entry.key, {})[pair.msgstr] = text
            counted += rules
    if not renewed:
        return
    entries = tuple(
        _renew(entry, renewed[entry.key]) if entry.key in renewed and not entry.obsolete else entry
        for entry in catalogue.entries
    )
    files.write(root, path, po.serialize(replace(catalogue, entries=entries)), expected=before)
    done.setdefault(path, Counter()).update(counted)


def _over_pair(rule: Rule, pair: Pair) -> Callable[[str, str], Iterable[Finding]]:
    find = rule.find
    return lambda text, prose: find(replace(pair, msgstr=text, target=Inline(text=text, prose=prose)))


def _renew(entry: Entry, texts: Mapping[str, str]) -> Entry:
    if entry.plural is None:
        return po.revise(entry, msgstr=texts[entry.msgstr])
    return po.revise(entry, plurals=tuple(texts.get(form, form) for form in entry.plurals))


def _again(text: str, inline: bool, known: str) -> Inline:
    return read([text], known)[0] if inline else plain(text)


def _mend_document(
    desk: Desk, loaded: Loaded, name: str, done: dict[str, Counter[str]]
) -> None:
    """Mends the files of a document; its catalogues follow."""
    document, site = loaded.document, desk.site
    parsed = markdown.parse(loaded.body)

    def reread(text: str) -> Document:
        return content.parse(text, document.path, site, name=name, kind=document.kind)[0]

    # The catalogues first: stopped between, the next run finds the file still to be mended.
    mended = _mend_file(desk, document, loaded.body, document.lang, reread)
    if mended is not None:
        now, body = reread(mended.text), mended.body
        assert isinstance(now, Document)
        old = localise.messages(document, parsed)
        new = localise.messages(replace(now, authored=document.authored), markdown.parse(body))
        assert len(old) == len(new), document.path  # the shape is the same
        changed = {
            (one.context, one.msgid): other.msgid
            for one, other in zip(old, new, strict=True)
            if one.msgid != other.msgid
        }
        for language in desk.site.languages:
            if language.tag != document.lang:
                _follow(desk.sources.root, catalogue_path(name, language.tag), changed)
        mended.write(desk.sources.root, done)
    for own in document.authored:
        body = loaded.authored[own.lang]
        before = _authored_texts(own, markdown.parse(body))

        def reread_own(text: str, path: str = own.path) -> Authored:
            return content.parse_authored(text, path, site, document)[0]

        mended = _mend_file(desk, own, body, own.lang, reread_own)
        if mended is not None:
            after = _authored_texts(reread_own(mended.text), markdown.parse(mended.body))
            renamed = {old: new for old, new in zip(before, after, strict=True) if old != new}
            _record(desk.sources.root, catalogue_path(name, own.lang), renamed)
            mended.write(desk.sources.root, done)


def _authored_texts(own: Authored, parsed: Parsed) -> list[str]:
    return [text for _, text in strings(own)] + [leaf.msgid for leaf in parsed.leaves]


def _follow(root: Path, path: str, msgids: Mapping[po.Key, str]) -> None:
    """The catalogue of an original that was mended: its msgids are mended alike."""

    def followed(catalogue: Catalogue) -> Catalogue:
        taken = {entry.key for entry in catalogue.entries}
        entries = []
        for entry in catalogue.entries:
            msgid = msgids.get(entry.key)
            if msgid is not None and not entry.obsolete and (entry.context, msgid) not in taken:
                taken.add((entry.context, msgid))
                entry = po.revise(entry, msgid=msgid)
            entries.append(entry)
        return replace(catalogue, entries=tuple(entries))

    _rewrite(root, path, followed)


def _record(root: Path, path: str, texts: Mapping[str, str]) -> None:
    """The catalogue of an authored edition that was mended: its record is mended alike."""
    def recorded(catalogue: Catalogue) -> Catalogue:
        entries = []
        for entry in catalogue.entries:
            if not entry.obsolete:
                blocks = entry.msgstr.split("\n\n")
                entry = po.revise(entry, msgstr="\n\n".join(texts.get(one, one) for one in blocks))
            entries.append(entry)
        made = replace(catalogue, entries=tuple(entries))
        return seal(made) if sealed(catalogue) else made

    _rewrite(root, path, recorded)


def _rewrite(root: Path, path: str, change: Callable[[Catalogue], Catalogue]) -> None:
    before = files.read_if_there(root, path)
    if before is None:
        return
    try:
        catalogue = po.parse(before, path)
    except CatalogueError:
        return  # told when it is looked at
    files.write(root, path, po.serialize(change(catalogue)), expected=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A document's file with its texts mended, to be written."""

    path: str
    before: bytes
    text: str
    body: str
    rules: Mapping[str, int]

    def write(self, root: Path, done: dict[str, Counter[str]]) -> None:
        files.write(root, self.path, self.text.encode(), expected=self.before)
        done.setdefault(self.path, Counter()).update(self.rules)


def _mend_file(
    desk: Desk,
    owner: Document | Authored,
    body: str,
    tag: str,
    reread: Callable[[str], Document | Authored],
) -> _File | None:
    """A document's file with its texts mended; None where nothing is to be."""
    root, path = desk.sources.root, owner.path
    before = files.read(root, path)
    text = decode(before, path)
    if text.isascii():
        return None
    finders = desk.finders(tag)
    unspoken = {rule.name for rule in desk.applying("written")}
    only_written = [one for one in finders if one[0] in unspoken]
    proof = _Proof(text=text, body=body, owner=owner, reread=reread)
    counted: Counter[str] = Counter()
    for passage in reversed(passages(text, owner, body, markdown.parse(body))):
        wanted = finders if passage.words else only_written
        mended, rules = mend_text(passage.inline, wanted, partial(proof.read, passage))
        if mended != passage.inline.text:
            proof.take(passage, mended)
            counted += rules
    if proof.text == text:
        return None
    return _File(path=path, before=before, text=proof.text, body=proof.body, rules=counted)


@dataclass(kw_only=True)
class _Proof:
    """A file being mended from its end to its beginning, and read again each time."""

    text: str
    body: str
    owner: Document | Authored
    reread: Callable[[str], Document | Authored]

    def __post_init__(self) -> None:
        self.shape = _shape(self.body)

    def _with(self, passage: Passage, new: str) -> tuple[str, str]:
        """The file and its body with another text in that place."""
        end = passage.start + len(passage.inline.text)
        text = self.text[: passage.start] + new + self.text[end:]
        head = len(self.text) - len(self.body)
        return text, self.body if passage.key else text[head:]

    def take(self, passage: Passage, new: str) -> None:
        self.text, self.body = self._with(passage, new)
        if passage.key:
            self.owner = self.reread(self.text)

    def read(self, passage: Passage, new: str) -> Inline | None:
        """The passage as the changed file has it; None if anything else came out different."""
        text, body = self._with(passage, new)
        owner = self.owner
        if passage.key:
            try:
                owner = self.reread(text)
            except ContentError:
                return None
            if _beside(owner, passage.key) != _beside(self.owner, passage.key):
                return None
        elif _shape(body) != self.shape:
            return None
        for one in passages(text, owner, body, markdown.parse(body)):
            if (one.start, one.key) == (passage.start, passage.key):
                return one.inline if one.inline.text == new else None
        return None


def _shape(body: str) -> list[Any]:
    """A body's events without its words."""
    events = markdown.parse(body).events
    return [event for event, _ in events if type(event) is str or "Text" not in event]


def _beside(owner: Document | Authored, key: str) -> tuple[object, ...]:
    """All that front matter says but for one text, and for where things stand."""
    texts = {name: text for name, text in strings(owner) if name != key}
    bare = replace(owner, title="", summary="", preheader="", source={}, body_line=0)
    if bare.image is not None:
        bare = replace(bare, image=replace(bare.image, alt="", caption=""))
    if isinstance(bare, Document):
        sections = tuple(replace(section, heading="") for section in bare.sections)
        bare = replace(bare, sections=sections, authored=())
    return texts, bare
