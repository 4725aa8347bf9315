"""The pages that show a changed text, made anew from the plan that the last build kept.

Where nothing has changed but what documents say, no page comes, goes or moves: the plan
holds, and of it only those documents are read that the pages in question show. Whatever
else has changed is refused here, and the whole is planned anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pipeline import files, routes
from pipeline.app.build import Built
from pipeline.app.keptplan import KeptPlan
from pipeline.app.sources import Sources, interfaces
from pipeline.app.survey import Bodies, Prepared, Spool, prepare, weigh
from pipeline.app.warm import Kept, Lost, owner
from pipeline.content import Identity
from pipeline.localise import Edition
from pipeline.outputs.site import Artefact
from pipeline.problems import packed, unpacked
from pipeline.publish import Record


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
        prepared = prepare(
            sources, name, spoken, pseudo=pseudo, with_texts=values["texts"],
            before=plan.documents.prepared(name) if changed.isdisjoint(_own_files(before[name])) else None,
        )  # fmt: skip
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


def _own_files(found: Record) -> set[str]:
    """The files of a document that are not its catalogues."""
    return {found.document.path, *(own.path for own in found.document.authored)}


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
    own: Mapping[str, Any], result: Built, environments: Mapping[str, Any], changed: Mapping[str, str], *,
    portable: bool, pseudo: bool,
) -> None:  # fmt: skip
    """Render and write the pages and outputs that show the new texts, and remember them.

    `changed` says whose the changed files are, for the reasons.
    """
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
    body = Bodies(spool)
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
            if numbers.isdisjoint(used):
                continue
            if any(new[values["names"][one]].shows(values["pages"][number]) for one in numbers.intersection(used)):
                put(render(press, plan.numbered.numbered(number)), used)
        for name, used in values["made_of"].items():
            if name != "cards" and not numbers.isdisjoint(used):
                for artefact in OUTPUTS[name](press):
                    put(artefact, used)
        if site.cards:
            gone += _cards(press, before, output, kept.root)
        if values["shards"]:
            from pipeline.app import making

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
        kept.tidy()


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
