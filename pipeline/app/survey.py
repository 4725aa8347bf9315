"""Every document prepared and every page planned: what all that is made of a site begins with."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import files, html, issues, languages, localise, markdown, publish, routes
from pipeline.app.reviews import read_review
from pipeline.app.sources import Sources, catalogue_path, load, loaded_again, look_up, read_terms
from pipeline.app.warm import Lost
from pipeline.app.workers import spread
from pipeline.localise import Edition, Words
from pipeline.model import Document, Language, Site
from pipeline.po import Lookup
from pipeline.problems import ContentError, DozabanError, Problem, problem
from pipeline.publish import Record
from pipeline.routes import Plan
from pipeline.seal import Place, seal
from pipeline.speech import say

if TYPE_CHECKING:
    from pipeline.app.remote import Crew


@dataclass(kw_only=True)
class Prepared:
    """What one document came to: metadata and editions, bodies, problems.

    Bodies and texts are there, or the places where they wait in a spool.
    """

    document: Document | None
    editions: dict[str, Edition] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)
    reviewed: dict[str, bool] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    of_reading: int = 0
    """How many of the problems, the first, are the document's own, whatever its catalogues say."""


def prepare(
    sources: Sources,
    name: str,
    spoken: Mapping[str, Words],
    *,
    pseudo: bool = False,
    writer: localise.Writer = html.write,
    prefix: str = "",
    with_texts: bool = False,
    before: Prepared | None = None,
) -> Prepared:
    """Read one document and make its editions. Errors become problems.

    Bodies are what `writer` makes; `prefix` begins their ids. Plain texts, for search,
    are there where they are asked for. `before` is what came of it when its own files,
    which are not its catalogues, were the same.
    """
    try:
        if before is not None and before.document is not None:
            loaded = loaded_again(sources, before.document, before.problems[: before.of_reading])
        else:
            loaded = load(sources, name)
    except ContentError as error:
        return Prepared(document=None, problems=list(error.problems))
    document, site = loaded.document, sources.site
    made = Prepared(document=document, problems=list(loaded.problems), of_reading=len(loaded.problems))
    parsed = markdown.parse(loaded.body)
    entries: dict[str, Lookup | None] = {}
    for language in site.languages:
        tag = language.tag
        if tag != document.lang:
            path = catalogue_path(name, tag)
            try:
                entries[tag] = _made_up(language, path) if pseudo else look_up(sources.root, path)
            except DozabanError as error:
                made.problems.extend(error.problems)
                entries[tag] = None
    texts = {tag: markdown.parse(body) for tag, body in loaded.authored.items()}
    others = [localise.paired_ids(parsed, text, entries[tag]) for tag, text in texts.items()]
    finished = {**texts, document.lang: parsed}
    made.editions[document.lang], made.bodies[document.lang] = localise.original(
        document, parsed, site, spoken[document.lang], writer, prefix, others
    )
    for language in site.languages:
        tag = language.tag
        if tag == document.lang:
            continue
        if tag in texts:
            made.editions[tag], made.bodies[tag] = localise.authored(
                document, parsed, texts[tag], entries[tag], language, site, spoken[tag],
                writer, prefix, others,
            )  # fmt: skip
        else:
            made.editions[tag], made.bodies[tag], finished[tag] = localise.composed(
                document, parsed, entries[tag], catalogue_path(name, tag), language, site,
                spoken[tag], writer, prefix, others,
            )  # fmt: skip
        if language.review:
            try:
                review = read_review(sources.root, name, tag)
                made.reviewed[tag] = review is not None and review.holds(made.editions[tag])
            except DozabanError as error:
                made.problems.extend(error.problems)
    for edition in made.editions.values():
        made.problems.extend(edition.problems)
    if with_texts:
        made.texts = {tag: markdown.whole_text(text) for tag, text in finished.items()}
    return made


def _made_up(language: Language, path: str) -> Lookup:
    from pipeline import pseudo

    return pseudo.lookup(language, path)


@dataclass(frozen=True, kw_only=True)
class Spool:
    """Where processes leave bodies and texts: a file each, in a folder, named after the run."""

    folder: Path
    run: str

    def put(self, prepared: Prepared, stream: Any, name: str) -> tuple[bytes, Place]:
        """Leave a document there; gives it without its bodies, and the place of that."""

        def leave(data: bytes) -> Place:
            place = (name, stream.tell(), len(data), seal(data))
            stream.write(data)
            return place

        for found in (prepared.bodies, prepared.texts):
            for tag, text in found.items():
                found[tag] = leave(text.encode("utf-8", "replace"))
        data = pickle.dumps(prepared, protocol=5)
        return data, leave(data)

    def own(self) -> str:
        """The name of this process's file, which no other has, on whatever machine."""
        return _own(self.run, os.getpid())


@lru_cache(maxsize=1)
def _own(run: str, process: int) -> str:
    return f"{run}-{process}-{os.urandom(4).hex()}"


class Bodies:
    """Reads bodies and texts back from where they were left.

    Raises Lost where what an earlier run left is not there any more, and DiskError where
    what this run left cannot be had.
    """

    def __init__(self, spool: Spool | None) -> None:
        self._spool = spool
        self._open: dict[str, int] = {}

    def __call__(self, record: Record, tag: str) -> str:
        return self._read(record.bodies[tag])

    def text(self, record: Record, tag: str) -> str:
        """The plain text of an edition."""
        return self._read(record.texts[tag])

    def _read(self, place: Place) -> str:
        assert self._spool is not None
        name, offset, length, mark = place
        own = name.startswith(self._spool.run)
        try:
            handle = self._open.get(name)
            if handle is None:
                handle = self._open[name] = os.open(self._spool.folder / name, os.O_RDONLY)
            data = os.pread(handle, length, offset)
        except OSError as error:
            if own:
                raise files.refused(error) from None
            raise Lost(name) from None
        if not own and seal(data) != mark:
            raise Lost(name)
        return data.decode()

    def close(self) -> None:
        for handle in self._open.values():
            os.close(handle)
        self._open.clear()


@dataclass(kw_only=True)
class _Shared:
    """What worker processes inherit: they are forked from the one that made it."""

    sources: Sources | None = None
    spoken: Mapping[str, Words] = field(default_factory=dict)
    spool: Spool | None = None
    pseudo: bool = False
    texts: bool = False


_shared = _Shared()


@contextmanager
def shared(**values: Any) -> Iterator[None]:
    """What `prepare_some` works on, for as long as this lasts: see `_Shared`."""
    global _shared
    before, _shared = _shared, _Shared(**values)
    try:
        yield
    finally:
        _shared = before


def prepare_some(names: Sequence[str]) -> list[tuple[Prepared | bytes, Place | None]]:
    """Prepare documents; their bodies and texts go to this process's spool, not through the
    pipe."""
    sources, spoken, spool = _shared.sources, _shared.spoken, _shared.spool
    assert sources is not None
    result: list[tuple[Prepared | bytes, Place | None]] = []

    def one(name: str) -> Prepared:
        return prepare(sources, name, spoken, pseudo=_shared.pseudo, with_texts=_shared.texts)

    if spool is None:
        for name in names:
            prepared = one(name)
            prepared.bodies, prepared.texts = {}, {}
            result.append((prepared, None))
        return result
    own = spool.own()
    place = spool.folder / own
    with files.refusing(place), open(place, "ab") as stream:
        for name in names:
            result.append(spool.put(one(name), stream, own))
    return result


@dataclass(kw_only=True)
class Survey:
    """Every document prepared and every page planned, with what is wrong: with each
    document, and with the whole. `places` are where the documents wait, for another time."""

    plan: Plan
    own: Mapping[str, Sequence[Problem]]
    others: Sequence[Problem]
    places: Mapping[str, Place]

    @property
    def problems(self) -> list[Problem]:
        return [*(one for found in self.own.values() for one in found), *self.others]


def survey(
    sources: Sources,
    spoken: Mapping[str, Words],
    spool: Spool | None = None,
    *,
    drafts: bool = False,
    issue: str = "",
    as_of: date | None = None,
    pseudo: bool = False,
    texts: bool = False,
    jobs: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
    known: Callable[[str], tuple[Prepared, Place] | None] = lambda name: None,
    crew: Crew | None = None,
) -> Survey:
    """Prepare every document and plan every page.

    Bodies are left in the `spool`, and plain texts where they are asked for; without one
    neither is kept. The newsletter's `issue` of that name is looked at even while it
    is a draft. `known` has what was prepared before and has not changed since. A `crew`
    does the work elsewhere.
    """
    site = sources.site
    work = {"sources": sources, "spoken": spoken, "spool": spool, "pseudo": pseudo, "texts": texts}
    records: dict[str, Record] = {}
    own: dict[str, Sequence[Problem]] = {}
    places: dict[str, Place] = {}

    def take(name: str, prepared: Prepared, place: Place | None) -> None:
        if prepared.problems:
            own[name] = prepared.problems
        if prepared.document is None:
            return
        if place is not None:
            places[name] = place
        decisions = decide(prepared, site, drafts or name == issue, as_of)
        records[name] = record(prepared, decisions)

    unknown = []
    for name in sorted(sources.documents):
        if (found := known(name)) is None:
            unknown.append(name)
        else:
            take(name, *found)
    with shared(**work):
        done = crew.prepare(work, unknown) if crew else spread(prepare_some, unknown, jobs, progress, say("Reading"))
        for name, (prepared, place) in zip(unknown, done, strict=True):
            take(name, pickle.loads(prepared) if isinstance(prepared, bytes) else prepared, place)
    unread = sources.documents.keys() - records.keys()
    assembled = issues.assemble(site, dict(sorted(records.items())), unread)
    plan = routes.plan(
        site, assembled.records, read_terms(sources), sources.assets, assembled.issues
    )
    others = [*assembled.problems, *plan.problems, *routes.broken_links(plan), *_tag_warnings(plan)]
    return Survey(plan=plan, own=own, others=others, places=places)


def record(prepared: Prepared, decisions: Mapping[str, publish.Decision]) -> Record:
    """A prepared document as the plan has it."""
    assert prepared.document is not None
    return Record(
        document=prepared.document, editions=prepared.editions, decisions=decisions,
        bodies=prepared.bodies, texts=prepared.texts,
    )  # fmt: skip


def decide(
    prepared: Prepared, site: Site, drafts: bool, as_of: date | None
) -> dict[str, publish.Decision]:
    """What goes out of a document, in each language."""
    document, held = prepared.document, False
    assert document is not None
    if as_of is not None and document.date is not None:
        held = languages.local_day(document.date, site.time_zone) > as_of
    return {
        tag: publish.decide(
            document,
            edition,
            site.language(tag),
            drafts=drafts,
            held=held,
            reviewed=prepared.reviewed.get(tag, not site.language(tag).review),
        )
        for tag, edition in prepared.editions.items()
    }


def weigh(problems: Iterable[Problem], site: Site, strict: bool = False) -> list[Problem]:
    """Problems as `[checks]` in site.toml weighs them, sorted by place, each once."""
    weighed: dict[tuple[object, ...], Problem] = {}
    for one in problems:
        wanted = site.checks.get(one.rule, one.severity)
        if wanted == "off":
            continue
        if strict:
            wanted = "error"
        if wanted != one.severity:
            one = replace(one, severity=wanted)  # type: ignore[arg-type]
        weighed.setdefault(one.order, one)
    return sorted(weighed.values(), key=lambda one: one.order)


def _tag_warnings(plan: Plan) -> list[Problem]:
    """Tags without a name in a language: their key shows."""
    found = []
    for language in plan.site.languages:
        missing: dict[str, Document] = {}
        for record in plan.posts:
            for name in record.document.tags:
                if plan.terms.get(language.tag, "tag", name) is None:
                    missing.setdefault(name, record.document)
        for name, document in sorted(missing.items()):
            at = next(
                (document.source[f"tags.{n}"] for n, t in enumerate(document.tags)
                 if t == name and f"tags.{n}" in document.source), (0, 0),
            )  # fmt: skip
            found.append(
                problem("untranslated-tag", say("the tag `{name}` has no name in {language}",
                                                name=name, language=language.name),
                        document.path, *at, severity="warn",
                        hint=say("run `dozaban update` and translate it in {path}",
                                 path=f"locales/{language.tag}/LC_MESSAGES/terms.po"))
            )  # fmt: skip
    return found


def tally(plan: Plan) -> dict[str, dict[str, int]]:
    """How many documents come out how, in each language."""
    counts: dict[str, dict[str, int]] = {
        language.tag: {"all": 0, "marked": 0, "withheld": 0, "draft": 0, "held": 0}
        for language in plan.site.languages
    }
    for record in plan.records.values():
        for tag, decision in record.decisions.items():
            counts[tag][decision.outcome] += 1
    return counts
