"""The pages that show a changed text, made anew from the plan that the last build kept.

Where nothing has changed but what documents say, no page comes, goes or moves: the plan
holds, and of it only those documents are read that the pages in question show. Whatever
else has changed is refused here, and the whole is planned anew.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from pipeline import files, routes
from pipeline.app.build import Built
from pipeline.app.sources import Sources, interfaces
from pipeline.app.survey import Prepared, Spool, decide, prepare, record, weigh
from pipeline.app.warm import Kept, Lost, owner
from pipeline.content import Identity
from pipeline.localise import Edition, Words
from pipeline.outputs.site import Artefact
from pipeline.problems import packed, unpacked
from pipeline.publish import Record
from pipeline.related import Piece
from pipeline.routes import Key, Page, Plan, Records, Terms
from pipeline.seal import Place


def pack(
    plan: Plan, press: Any, spoken: Mapping[str, Words], shards: Sequence[Any],
    uses: Sequence[tuple[int, ...]], made_of: Mapping[str, tuple[int, ...]], *, texts: bool,
) -> dict[str, Any]:  # fmt: skip
    """What `rebuild` needs of a build: `uses` are the numbers of the documents whose texts
    each page shows, in the plan's order; `made_of` those of each output."""
    return {
        "site": plan.site,
        "spoken": dict(spoken),
        "texts": texts,
        "terms": plan.terms.tables,
        "files": plan.files,
        "issues": dict(plan.issues),
        "names": tuple(plan.records),
        "pages": [
            (p.key, p.template, p.language, p.address, p.names, p.part, p.parts, p.subject, p.month, p.target, p.index)
            for p in plan.pages
        ],
        "pieces": {
            tag: [(p.name, p.day, p.subjects, p.people) for p in pieces] for tag, pieces in plan.pieces.items()
        },
        "spellings": plan.spellings,
        "foreign": plan.foreign,
        "paths": plan.paths,
        "posts": [one.document.name for one in plan.posts],
        "newsletters": [one.document.name for one in plan.newsletters],
        "menu": [one.document.name for one in plan.menu],
        "uses": uses,
        "made_of": dict(made_of),
        "assets": dict(press.assets),
        "pictures": dict(press.pictures),
        "search": press.search,
        "shards": list(shards),
        "prints": press.prints,
        "unprinted": press.unprinted,
    }


class _Kept(Protocol):
    """What a kept plan asks of where it is kept."""

    @property
    def plan(self) -> dict[str, Any]: ...

    def document(self, name: str) -> tuple[Any, Place] | None: ...


class _Records(Records):
    """The documents of the kept plan, each read when somebody asks for it."""

    def __init__(self, kept: _Kept, names: Sequence[str], drafts: bool, as_of: date | None, site: Any) -> None:
        super().__init__({})
        self.kept, self._names = kept, frozenset(names)
        self._site, self._drafts, self._as_of = site, drafts, as_of
        self._read: dict[str, Record] = {}

    def __getitem__(self, name: str) -> Record:
        found = self._read.get(name)
        if found is None:
            if name not in self._names:
                raise KeyError(name)
            found = self._read[name] = self.take(self.prepared(name))
        self._asked.add(name)
        return found

    def prepared(self, name: str) -> Prepared:
        """A document as it was. Raises Lost."""
        found = self.kept.document(name)
        if found is None:
            raise Lost(name)
        prepared: Prepared = found[0]
        return prepared

    def take(self, prepared: Prepared) -> Record:
        return record(prepared, decide(prepared, self._site, self._drafts, self._as_of))

    def put(self, name: str, found: Record) -> None:
        self._read[name] = found

    def values(self) -> ValuesView[Record]:
        return ValuesView(self)

    def items(self) -> ItemsView[str, Record]:
        return ItemsView(self)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)


class _InOrder(Sequence[Record]):
    """Some documents in an order, each read when somebody comes to it."""

    def __init__(self, records: _Records, names: Sequence[str]) -> None:
        self._records, self._names = records, names

    def __getitem__(self, number: Any) -> Any:
        return self._records[self._names[number]]

    def __len__(self) -> int:
        return len(self._names)


class _Pages(Mapping[tuple[Key, str], Page]):
    """The pages of the kept plan by key and language, each made when somebody asks for it."""

    def __init__(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self._rows = rows
        self._made: dict[int, Page] = {}
        self._numbers = {(row[0], row[2]): number for number, row in enumerate(rows) if row[1] != "redirect.html"}

    def numbered(self, number: int) -> Page:
        page = self._made.get(number)
        if page is None:
            key, template, language, address, names, part, parts, subject, month, target, index = self._rows[number]
            page = self._made[number] = Page(
                key=key, template=template, language=language, address=address, names=names, part=part,
                parts=parts, subject=subject, month=month, target=target, index=index,
            )  # fmt: skip
        return page

    def __getitem__(self, key: tuple[Key, str]) -> Page:
        return self.numbered(self._numbers[key])

    def __iter__(self) -> Iterator[tuple[Key, str]]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class KeptPlan(Plan):
    """The plan of the last build, of which nothing is there before somebody asks for it."""

    def __init__(self, kept: _Kept, drafts: bool, as_of: date | None) -> None:
        self._kept = found = kept.plan
        self.site = found["site"]
        self.records = self.documents = _Records(kept, found["names"], drafts, as_of, self.site)
        self.terms = Terms(tables=found["terms"])
        self.addresses = self.numbered = _Pages(found["pages"])  # type: ignore[assignment]
        self.files, self.issues = found["files"], found["issues"]
        self.problems = []

    @cached_property
    def pages(self) -> tuple[Page, ...]:  # type: ignore[override]
        return tuple(map(self.numbered.numbered, range(len(self._kept["pages"]))))

    @cached_property
    def posts(self) -> Sequence[Record]:  # type: ignore[override]
        return _InOrder(self.documents, self._kept["posts"])

    @cached_property
    def newsletters(self) -> Sequence[Record]:  # type: ignore[override]
        return _InOrder(self.documents, self._kept["newsletters"])

    @cached_property
    def menu(self) -> Sequence[Record]:  # type: ignore[override]
        return _InOrder(self.documents, self._kept["menu"])

    @cached_property
    def pieces(self) -> dict[str, list[Piece]]:
        return {
            tag: [Piece(name=name, day=day, subjects=subjects, people=people) for name, day, subjects, people in rows]
            for tag, rows in self._kept["pieces"].items()
        }

    @cached_property
    def spellings(self) -> dict[tuple[str, str, str], str]:
        found: dict[tuple[str, str, str], str] = self._kept["spellings"]
        return found

    @cached_property
    def foreign(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = self._kept["foreign"]
        return found

    @cached_property
    def paths(self) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = self._kept["paths"]
        return found


def rebuild(
    kept: Kept, *, strict: bool, drafts: bool, portable: bool, as_of: date | None, pseudo: bool
) -> Built | None:
    """Make anew what shows the documents that have changed. None where that is not enough.

    Raises Lost where the cache is not what it was.
    """
    values, root = kept.plan, kept.root
    if not values or kept.worn:
        return None
    site, spoken, changed = values["site"], values["spoken"], kept.changes.all
    tags = [language.tag for language in site.languages]
    touched = {owner(path, tags) for path in changed}
    if not touched <= set(values["names"]) or any(
        path.startswith("content/") for path in kept.changes.added | kept.changes.gone
    ):
        return None
    plan = kept.held.get("plan") or KeptPlan(kept, drafts, as_of)
    plan.documents.kept = kept
    in_issues = {piece.name for issue in plan.issues.values() for piece in issue.pieces}
    others = [unpacked(one) for one in kept["built"]["others"]]
    if touched & in_issues:
        return None
    told = [one for one in others if one.location.path in changed]
    before = {name: plan.records[name] for name in touched}
    if any(one.document.kind == "issue" for one in before.values()):
        return None
    sources = _sources(root, site, before)
    own = dict(kept["built"]["own"])
    made: dict[str, Prepared] = {}
    for name in sorted(touched):
        prepared = prepare(sources, name, spoken, pseudo=pseudo, with_texts=values["texts"])
        if prepared.document is None:
            return None
        found = plan.documents.take(prepared)
        if outline(found) != outline(before[name]) or (told and lines(found) != lines(before[name])):
            return None
        made[name] = prepared
        own[name] = [packed(one) for one in prepared.problems]
    every = [unpacked(one) for found in own.values() for one in found]
    problems = weigh([*every, *others], site, strict)
    result = Built(
        documents=kept["built"]["documents"], pages=kept["built"]["pages"], problems=problems, out=kept.out,
        editions={tag: dict(counts) for tag, counts in kept["built"]["editions"].items()},
    )  # fmt: skip
    for name, prepared in made.items():
        for found, step in ((before[name], -1), (plan.documents.take(prepared), 1)):
            for tag, decision in found.decisions.items():
                result.editions[tag][decision.outcome] += step
    if result.failed:
        return result
    environments = kept.held.pop("environments", None) or interfaces(sources, pseudo=pseudo, cache=True)
    kept.held.pop("plan", None)
    files_of = {path: owner(path, tags) for path in changed}
    _print(kept, plan, made, before, sources, own, result, environments, files_of, portable=portable, pseudo=pseudo)
    kept.held |= {"plan": plan, "environments": environments}
    return result


def _sources(root: Path, site: Any, records: Mapping[str, Record]) -> Sources:
    """Where the documents in question lie."""
    return Sources(
        root=root, site=site,
        documents={name: Identity(name=name, kind=one.document.kind) for name, one in records.items()},
        paths={name: one.document.path for name, one in records.items()},
        authored={name: {own.lang: own.path for own in one.document.authored} for name, one in records.items()},
        assets=(),
    )  # fmt: skip


def outline(found: Record) -> tuple[Any, ...]:
    """All of a document but its words: while this is the same, the plan is.

    A page in the menu shows its title everywhere.
    """
    document, menu = found.document, found.document.kind == "page"
    bare = replace(
        document, title="", summary="", preheader="", source={}, body_line=0,
        image=replace(document.image, alt="", caption="") if document.image else None,
        authored=tuple(
            replace(one, title="", summary="", preheader="", source={}, body_line=0,
                    image=replace(one.image, alt="", caption="") if one.image else None)
            for one in document.authored
        ),
    )  # fmt: skip
    editions = {
        tag: (
            edition.origin, edition.slug, routes.lasting(edition.anchors),
            [(link.address, link.image) for link in edition.links], edition.title if menu else "",
        )
        for tag, edition in found.editions.items()
    }  # fmt: skip
    decisions = {tag: one.published or (one.outcome, one.detail) for tag, one in found.decisions.items()}
    return bare, editions, decisions


class _New:
    """What is new of a document: the languages in which anything is, and those in which it
    is what other pages show."""

    def __init__(self, before: Record, now: Record) -> None:
        self.name, self.source = now.document.name, now.document.lang
        self.any, self.face = set(), set()
        for tag, edition in now.editions.items():
            old = before.editions[tag]
            if edition != old or now.bodies[tag][-1] != before.bodies[tag][-1]:
                self.any.add(tag)
            if _face(edition) != _face(old):
                self.face.add(tag)

    def shows(self, row: tuple[Any, ...]) -> bool:
        """Whether a page of the plan that was made of the document shows what is new."""
        key, _, language, *_ = row
        new = self.any if key[1:] == (self.name,) else self.face
        return bool(new) and (key[0] == "parallel" or language in new or self.source in new)


def _face(edition: Edition) -> tuple[Any, ...]:
    """What pages show of a document that are not its own."""
    return edition.title, edition.summary, edition.lead, edition.alt, edition.caption, edition.preheader


def lines(found: Record) -> tuple[Any, ...]:
    """Where in its files a document says what the plan looks at."""
    own = [(one.source, one.body_line) for one in found.document.authored]
    at = [(found.document.source, found.document.body_line), *own]
    links = {tag: [(link.path, link.line) for link in one.links] for tag, one in found.editions.items()}
    return at, links


def _print(
    kept: Kept, plan: KeptPlan, made: Mapping[str, Prepared], before: Mapping[str, Record], sources: Sources,
    own: Mapping[str, Any], result: Built, environments: Mapping[str, Any], changed: Mapping[str, str], *, portable: bool, pseudo: bool,
) -> None:  # fmt: skip
    """Render and write the pages and outputs that show the new texts, and remember them."""
    from pipeline.app import making
    from pipeline.outputs import OUTPUTS, render
    from pipeline.outputs.site import Press

    values, site = kept.plan, plan.site
    folder = kept.ready()
    if folder is None:
        raise Lost(kept.below)
    spool = Spool(folder=folder, run=kept.run)
    places, name_of = dict(kept["documents"]), spool.own()
    with files.refusing(spool.folder / name_of), open(spool.folder / name_of, "ab") as stream:
        for name, prepared in made.items():
            _, places[name] = spool.put(prepared, stream, name_of)
            plan.documents.put(name, plan.documents.take(prepared))
    body = making.Bodies(spool)
    output = files.Output(Path(kept.out))
    output.begin(scan=False)
    try:
        press = Press(
            plan, environments, body, values["assets"], portable=portable,
            anew=lambda name, prefix: prepare(sources, name, values["spoken"], pseudo=pseudo, prefix=prefix).bodies,
            search=values["search"], pictures=values["pictures"], prints=values["prints"],
        )  # fmt: skip
        press.unprinted = values["unprinted"]
        numbers = {number for number, name in enumerate(values["names"]) if name in made}
        gone: list[str] = []

        def put(artefact: Artefact, used: Iterable[int]) -> None:
            shown = {values["names"][number] for number in numbers.intersection(used)}
            result.reasons[artefact.path] = tuple(sorted(path for path, name in changed.items() if name in shown))
            output.put(artefact.path, artefact.data)

        new = {name: _New(before[name], plan.documents[name]) for name in made}
        for number, used in enumerate(values["uses"]):
            if any(new[values["names"][one]].shows(values["pages"][number]) for one in numbers.intersection(used)):
                put(render(press, plan.numbered.numbered(number)), used)
        for name, used in values["made_of"].items():
            if name != "cards" and not numbers.isdisjoint(used):
                for artefact in OUTPUTS[name](press):
                    put(artefact, used)
        if site.cards:
            gone += _cards(press, before, output, kept.root)
        if values["shards"]:
            gone += making.index_again(kept, press, values["shards"], made.keys(), output)
        result.written = len(output.staged)
        result.unchanged = kept["built"]["unchanged"] - result.written
        result.written_paths = tuple(one.path for one in output.staged)
        output.commit()
        for path in gone:
            output.drop(path)
        result.removed = len(gone)
        built = {**kept["built"], "own": own, "editions": result.editions, "problems": [packed(one) for one in result.problems]}
        kept.again([*result.written_paths, *gone], places, built)
    finally:
        body.close()
        output.end()


def _cards(press: Any, before: Mapping[str, Record], output: files.Output, root: Path) -> list[str]:
    """Draw the cards whose titles have changed; gives the paths of the old ones."""
    from pipeline.app import media
    from pipeline.outputs import cards

    gone, shelf = [], media.Shelf(root / ".dozaban" / "made")
    for name, old in before.items():
        for language in press.site.languages:
            face = press.faces[language.tag]
            page = press.plan.page(("document", name), language.tag)
            if page is None or not page.index:
                continue
            was, now = (cards.of_page(press, one, face) for one in (old, press.plan.records[name]))
            if was.path != now.path:
                assert now.card is not None
                output.put(now.path, media.drawn(shelf, media.wanted(now.path, now.card)))
                gone.append(was.path)
    return gone
