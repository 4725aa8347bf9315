"""A plan that was kept, of which nothing is read before somebody asks for it.

`pack` gives what there is to keep of a plan and its press, as plain values; a `KeptPlan` is
the plan again, for the few pages that a changed text makes anew, or for a shard of them
on another machine. Planning itself is elsewhere.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, Sequence, ValuesView
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from pipeline.app.survey import Prepared, decide, record
from pipeline.app.warm import Lost
from pipeline.localise import Words
from pipeline.publish import Record
from pipeline.related import Piece
from pipeline.routes import Key, Page, Plan, Records, Terms
from pipeline.seal import Place


def pack(
    plan: Plan, press: Any, spoken: Mapping[str, Words], shards: Sequence[Any],
    uses: Sequence[tuple[int, ...]], made_of: Mapping[str, tuple[int, ...]], *, texts: bool,
) -> dict[str, Any]:  # fmt: skip
    """What a `KeptPlan` and its press need of a build: `uses` are the numbers of the documents whose texts
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
            one.tag: [(p.name, p.day, p.subjects, p.people) for p in plan.pieces(one.tag)]
            for one in plan.site.languages
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

    def _pieces_of(self, tag: str) -> list[Piece]:
        rows = self._kept["pieces"][tag]
        return [Piece(name=name, day=day, subjects=subjects, people=people) for name, day, subjects, people in rows]

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
