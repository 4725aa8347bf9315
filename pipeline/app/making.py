"""Making the output anew: prepare every document, plan every page, render, write.

The whole of it is `make`; work is spread over processes that are
forked from the one that read the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import files, flow, memo, pagefind
from pipeline.app import keptplan, media
from pipeline.app.build import Built
from pipeline.app.sources import Sources, interfaces, open_site, package_data
from pipeline.app.survey import Bodies, Spool, prepare, survey, tally, weigh
from pipeline.app.warm import Kept, reading
from pipeline.app.workers import apart, default_jobs, spread
from pipeline.localise import Words
from pipeline.model import Site
from pipeline.outputs.site import Artefact
from pipeline.problems import Problem, problem
from pipeline.routes import Plan
from pipeline.speech import say

if TYPE_CHECKING:
    from pipeline.app.remote import Crew


@dataclass(kw_only=True)
class _Shared:
    """What worker processes inherit: they are forked from the one that made it."""

    press: Any = None
    output: files.Output | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)
    program: str = ""


_shared = _Shared()


@contextmanager
def shared(**values: Any) -> Iterator[None]:
    """What `render_some` and its kin work on, for as long as this lasts: see `_Shared`."""
    global _shared
    before, _shared = _shared, _Shared(**values)
    try:
        yield
    finally:
        _shared = before


Progress = Callable[[str, int, int], None] | None


def make(
    root: Path,
    out: Path,
    kept: Kept | None,
    past: Kept | None,
    *,
    strict: bool,
    drafts: bool,
    portable: bool,
    jobs: int,
    as_of: date | None,
    only_check: bool,
    pseudo: bool,
    cards: bool,
    progress: Progress,
    crew: Crew | None = None,
) -> Built:
    """Build the site into `out`, or only say what is wrong with it.

    What `past` has of documents that did not change is taken from there; `kept` is what
    this build remembers. A build with errors writes nothing.
    """
    from pipeline.outputs import OUTPUTS, pdf, search
    from pipeline.outputs import site as pages_of

    sources = open_site(root)
    if pseudo or not cards:
        sources = replace(sources, site=replace(sources.site, cards=False))
    site = sources.site
    result = Built(out=str(out), documents=len(sources.documents))
    environments = interfaces(sources, pseudo=pseudo, cache=kept is not None)
    spoken = {
        language.tag: pages_of.spoken(environments[language.tag], language)
        for language in site.languages
    }
    chosen, jobs = jobs, jobs or default_jobs(len(sources.documents))
    program = pagefind.engine() if site.search else ""
    output = files.Output(out)
    if not only_check:
        output.begin()
    lasting = kept.ready() if kept is not None and not only_check else None
    spool = None
    if not only_check:
        spool = Spool(folder=lasting or output.stage, run=kept.run if lasting and kept else "bodies")
    body = Bodies(spool)
    try:
        prepared_with = reading(site, spoken, search=bool(program), pseudo=pseudo)
        found = survey(
            sources, spoken, spool, drafts=drafts, as_of=as_of, pseudo=pseudo,
            texts=bool(program) and not only_check, jobs=jobs, progress=progress,
            known=past.documents(site, prepared_with) if past and not crew else lambda name: None, crew=crew,
        )  # fmt: skip
        plan, others = found.plan, [*sources.problems, *found.others]
        if site.search and not program:
            others.append(_no_search(site))
        shelf = media.Shelf(root / ".dozaban" / "made" if kept is not None or only_check else output.stage)
        standing = media.Standing(root, out, media.maker(site), cache=kept is not None)
        used = media.Media(root, plan, shelf, cache=kept is not None or only_check)
        media.at_work[:] = [used]
        unseen = used.unknown(None if only_check else standing)
        many = chosen or default_jobs(30 * len(unseen))  # a picture is as much work as 30 documents
        for source, facts in spread(media.look, unseen, many, progress, say("Pictures")):
            used.learn(source, facts)
        used.save()
        others += used.problems()
        result.problems = weigh([*found.problems, *others], site, strict)
        result.editions = tally(plan)
        result.addresses = frozenset(page.address for page in plan.pages)
        if result.failed or only_check:
            return result
        assets, artefacts = _theme(root)
        shards = search.shards(plan) if program else []
        press = pages_of.Press(
            plan, environments, body, assets, portable=portable,
            anew=lambda name, prefix: prepare(
                sources, name, spoken, pseudo=pseudo, prefix=prefix
            ).bodies,
            search=search.folders(site, shards) if program else None,
            pictures=used.pictures(), prints=bool(plan.issues) and pdf.available(),
        )  # fmt: skip
        _shared.press, _shared.output = press, output
        _shared.numbers = {name: number for number, name in enumerate(plan.records)}
        work = _Work(output=output, jobs=jobs, chosen=chosen, progress=progress)
        for artefact in artefacts:
            work.put(artefact)
        if press.prints:
            others += _print(work, press, sources, spoken, pseudo)
            result.problems = weigh([*found.problems, *others], site, strict)
        made_of = {}
        for name, make_all in OUTPUTS.items():
            with plan.records.noted() as names:
                for artefact in make_all(press):
                    work.put(artefact)
            made_of[name] = _numbered(names)
        work.wanted |= used.put(output, standing)
        work.draw(standing)
        if shards:
            known = memo.Memory(root, "search", [str(out), pagefind.signature(program)])
            index = make_index(press, shards, output, known if kept is not None else None, program, jobs, progress)
            work.wanted |= index
        if crew and spool:
            values = {
                "plan": keptplan.pack(plan, press, spoken, shards, (), {}, texts=bool(program)), "places": found.places,
                "sources": sources, "spool": spool, "out": str(out), "drafts": drafts, "as_of": as_of,
                "pseudo": pseudo, "portable": portable,
            }  # fmt: skip
            uses = work.take(crew.render(values, list(range(len(plan.pages)))))
        else:
            uses = work.render(plan)
        result.pages = len(plan.pages)
        result.written, result.unchanged = len(output.staged), output.unchanged
        result.written_paths = tuple(one.path for one in output.staged)
        output.commit()
        standing.save()
        if kept is not None:
            shelf.clear(used.names(), ".webp")
            if cards and not pseudo:
                shelf.clear([one.key for one in work.cards], ".png")
        result.removed = output.sweep(work.wanted)
        if lasting and kept is not None:
            packed = keptplan.pack(plan, press, spoken, shards, uses, made_of, texts=bool(program))
            kept.keep(result.kept(found.own, others), packed, found.places, prepared_with)
        return result
    finally:
        _shared.press = _shared.output = None
        media.at_work.clear()
        body.close()
        if kept is not None:
            kept.tidy()
        if not only_check:
            output.end()


@dataclass(kw_only=True)
class _Work:
    """What a build makes: every path that is to stand, and the cards to draw."""

    output: files.Output
    jobs: int
    chosen: int
    progress: Progress
    wanted: set[str] = field(default_factory=set)
    cards: list[media.Wanted] = field(default_factory=list)

    def put(self, artefact: Artefact) -> None:
        self.wanted.add(artefact.path)
        if artefact.card is None:
            self.output.put(artefact.path, artefact.data)
        else:
            self.cards.append(media.wanted(artefact.path, artefact.card))

    def stage(self, staged: files.Staged | None) -> None:
        if staged is None:
            self.output.unchanged += 1
        else:
            self.output.staged.append(staged)

    def draw(self, standing: media.Standing) -> None:
        """The cards that do not stand there yet."""
        drawn = [one for one in self.cards if not standing.holds(one.address, one.key)]
        self.output.unchanged += len(self.cards) - len(drawn)
        many = self.chosen or default_jobs(5 * len(drawn))
        done = spread(_draw_some, drawn, many, self.progress, say("Cards"))
        for one, staged in zip(drawn, done, strict=True):
            standing.put(one.address, one.key)
            self.stage(staged)

    def render(self, plan: Plan) -> list[tuple[int, ...]]:
        """Every page of the plan; gives the numbers of the documents that each was made of."""
        numbers = list(range(len(plan.pages)))
        by_language: dict[str, list[int]] = {}
        for number in numbers:
            by_language.setdefault(plan.pages[number].language, []).append(number)
        groups = list(by_language.values())
        # Pages of a language share their words, templates and entries.
        if self.jobs == len(groups) > 1 and max(map(len, groups)) < 1.2 * len(numbers) / len(groups):
            return self.take(apart(render_some, groups, self.progress, say("Writing")))
        return self.take(spread(render_some, numbers, self.jobs, self.progress, say("Writing")))

    def take(self, done: Iterable[Rendered]) -> list[tuple[int, ...]]:
        """What was rendered, in any order; see `render`."""
        uses = {}
        for number, path, staged, used in done:
            self.wanted.add(path)
            uses[number] = used
            self.stage(staged)
        return [uses[number] for number in range(len(uses))]


def _numbered(names: Iterable[str]) -> tuple[int, ...]:
    numbers = _shared.numbers
    return tuple(sorted(numbers[name] for name in names))


def _print(
    work: _Work, press: Any, sources: Sources, spoken: Mapping[str, Words], pseudo: bool
) -> list[Problem]:
    """The PDFs of issues; gives what is wrong with them."""
    from pipeline.app.prints import prints

    def written(name: str) -> Mapping[str, flow.Flow]:
        return prepare(sources, name, spoken, pseudo=pseudo, writer=flow.write).bodies

    problems: list[Problem] = []
    for path, data in prints(press, sources.root, written, problems):
        work.put(Artefact(path=path, data=data))
    return problems


def _no_search(site: Site) -> Problem:
    """What there is to say where search is wanted and nothing can make it."""
    line, column = site.source.get("outputs.search", (0, 0))
    return problem(
        "search", say("the site has no search: Pagefind is not installed"), "content/site.toml", line, column,
        hint=say("run `{command}`, or say search = false under [outputs]", command="pip install 'dozaban[search]'"),
        severity="warn",
    )  # fmt: skip


def make_index(
    press: Any,
    shards: Sequence[Any],
    output: files.Output,
    memory: memo.Memory | None,
    program: str,
    jobs: int,
    progress: Callable[[str, int, int], None] | None,
) -> set[str]:
    """Make what has changed of the search's index. Returns the paths of all of it."""
    from pipeline.outputs import search

    wanted: set[str] = set()
    changed = []
    for shard in shards:
        seen = [int(search.digest(press, shard), 16)]
        made = memory.recall(shard.folder, seen) if memory else None
        if isinstance(made, dict) and made and all(
            known == output.digest(path) for path, known in made.items()
        ):
            wanted.update(made)
            output.unchanged += len(made)
        else:
            changed.append((shard, seen))
    _shared.program = program
    work = [shard for shard, _ in changed]
    for (shard, seen), done in zip(changed, spread(_index_some, work, jobs, progress, say("Indexing")), strict=True):
        if memory:
            memory.keep(shard.folder, seen, {path: known for path, known, _ in done})
        for path, _, staged in done:
            wanted.add(path)
            if staged is None:
                output.unchanged += 1
            else:
                output.staged.append(staged)
    if memory:
        memory.save()
    return wanted


def index_again(
    kept: Kept, press: Any, shards: Sequence[Any], names: Set[str], output: files.Output
) -> list[str]:
    """Make the index of some documents' shards anew; gives the paths that are not wanted any more."""
    program = pagefind.engine()
    memory = memo.Memory(kept.root, "search", [kept.out, pagefind.signature(program)])
    changed = [shard for shard in shards if not names.isdisjoint(shard.names)]
    known = [path for shard in changed for path in memory.hold(shard.folder) or ()]
    for shard in shards:
        memory.hold(shard.folder)
    _shared.press, _shared.output = press, output
    wanted = make_index(press, changed, output, memory, program, 1, None)
    return [path for path in known if path not in wanted]


def _index_some(shards: Sequence[Any]) -> list[list[tuple[str, str, Any]]]:
    from pipeline.outputs import search

    press, output = _shared.press, _shared.output
    assert output is not None
    result = []
    for shard in shards:
        result.append([
            (one.path, files.digest(one.data), output.stage_one(one.path, one.data))
            for one in search.index(press, shard, press.body.text, _shared.program)
        ])  # fmt: skip
    return result


def _theme(root: Path) -> tuple[dict[str, str], list[Any]]:
    """The theme's assets, the site's own first: name → address, and what to write."""
    from pipeline import assets

    found = {path: files.read(files.made_data(), path) for path in files.tree(files.made_data(), "fonts")}
    for base in (package_data(), root):
        for path in files.tree(base, "templates/assets"):
            found[path.removeprefix("templates/assets/")] = files.read(base, path)
    addresses, served = assets.served(found)
    return addresses, [Artefact(path=path, data=data) for path, data in sorted(served.items())]


def _draw_some(cards: Sequence[media.Wanted]) -> list[files.Staged | None]:
    output, (used,) = _shared.output, media.at_work
    assert output is not None
    return [output.stage_one(one.address, media.drawn(used.shelf, one)) for one in cards]


Rendered = tuple[int, str, files.Staged | None, tuple[int, ...]]
"""A page's number and path, the file in the stage if it is not there yet, and the numbers
of the documents of which it was made."""


def render_some(numbers: Sequence[int]) -> list[Rendered]:
    from pipeline.outputs import render

    press, output = _shared.press, _shared.output
    assert output is not None
    records, pages, result = press.plan.records, press.plan.pages, []
    for number in numbers:
        with records.noted() as names:
            artefact = render(press, pages[number])
        staged = output.stage_one(artefact.path, artefact.data)
        result.append((number, artefact.path, staged, _numbered(names)))
    return result
