"""Building the site: prepare every document, plan every page, render, write.

The whole of it is `_build`, on one screen; work is spread over processes that are
forked from the one that read the settings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pipeline import (
    files,
    flow,
    html,
    issues,
    languages,
    localise,
    markdown,
    memo,
    pagefind,
    publish,
    routes,
)
from pipeline.app import media
from pipeline.app.reviews import read_review
from pipeline.app.sources import (
    Sources,
    catalogue_path,
    everything,
    interfaces,
    load,
    look_up,
    open_site,
    package_data,
    read_terms,
)
from pipeline.localise import Edition, Words
from pipeline.model import Document, Language, Site
from pipeline.po import Lookup
from pipeline.problems import (
    ContentError,
    DozabanError,
    Problem,
    UsageError,
    packed,
    problem,
    unpacked,
)
from pipeline.publish import Record
from pipeline.routes import Plan
from pipeline.speech import say


@dataclass(kw_only=True)
class Prepared:
    """What one document came to: metadata and editions, HTML bodies apart, problems."""

    document: Document | None
    editions: dict[str, Edition] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    reviewed: dict[str, bool] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def prepare(
    sources: Sources,
    name: str,
    spoken: Mapping[str, Words],
    *,
    pseudo: bool = False,
    writer: localise.Writer = html.write,
    prefix: str = "",
    with_texts: bool = False,
) -> Prepared:
    """Read one document and make its editions. Errors become problems.

    Bodies are what `writer` makes; `prefix` begins their ids. Plain texts, for search,
    are there where they are asked for.
    """
    try:
        loaded = load(sources, name)
    except ContentError as error:
        return Prepared(document=None, problems=list(error.problems))
    document, site = loaded.document, sources.site
    made = Prepared(document=document, problems=list(loaded.problems))
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






@dataclass(kw_only=True)
class Built:
    """What a build did. `addresses` are those of all pages, redirects among them."""

    documents: int = 0
    pages: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    problems: list[Problem] = field(default_factory=list)
    editions: dict[str, dict[str, int]] = field(default_factory=dict)
    addresses: frozenset[str] = frozenset()
    out: str = ""

    @property
    def failed(self) -> bool:
        return any(one.severity == "error" for one in self.problems)


@dataclass(kw_only=True)
class _Shared:
    """What worker processes inherit: they are forked from the one that made it."""

    sources: Sources | None = None
    spoken: Mapping[str, Words] = field(default_factory=dict)
    folder: Path | None = None
    pseudo: bool = False
    texts: bool = False
    press: Any = None
    output: files.Output | None = None
    program: str = ""


_shared = _Shared()


def _made_up(language: Language, path: str) -> Lookup:
    from pipeline import pseudo

    return pseudo.lookup(language, path)


def build(
    root: Path,
    *,
    out: Path | None = None,
    strict: bool = False,
    drafts: bool = False,
    portable: bool = False,
    jobs: int = 0,
    cache: bool = True,
    as_of: date | None = None,
    only_check: bool = False,
    pseudo: bool = False,
    cards: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
) -> Built:
    """Build the site into `out` (public/ by default; .dozaban/pseudo/ for made-up text).

    A build with errors writes nothing and returns them in `problems`. `jobs` is the
    number of processes; 0 chooses. Without `cards`, which only others see, none are drawn.
    Raises DozabanError where nothing can be said at all.
    """
    out = out or (root / ".dozaban" / "pseudo" if pseudo else root / "public")
    guard_output(root, out)
    with files.lock(root, "build"):
        sources = open_site(root)
        if pseudo or not cards:
            sources = replace(sources, site=replace(sources.site, cards=False))
        maker = pagefind.signature(pagefind.engine()) if sources.site.search else ""
        options = [strict, drafts, portable, str(as_of), pseudo, maker, sources.site.cards]
        done = _Done(sources, out, options) if cache else None
        if done and not only_check and (known := done.recall()) is not None:
            return known
        result = _build(
            sources, out, strict=strict, drafts=drafts, portable=portable, jobs=jobs,
            cache=cache, as_of=as_of, only_check=only_check, pseudo=pseudo,
            progress=progress,
        )  # fmt: skip
        if done and not result.failed and not only_check:
            done.keep(result)
        return result


class _Done:
    """What the last build came to: while no file that it read or wrote has changed, there
    is nothing to do. A file that appears or goes is a change too."""

    def __init__(self, sources: Sources, out: Path, options: list[object]) -> None:
        self.out = out
        self.memory = memo.Memory(sources.root, "build", [str(out), *options])
        self.inputs = everything(sources)

    def recall(self) -> Built | None:
        """The result of the last build, if nothing has changed since."""
        known = self.memory.recall("all", self.inputs)
        if known is None or known["output"] != files.fingerprint(self.out):
            return None
        found = known["built"]
        problems = [unpacked(one) for one in found.pop("problems")]
        return Built(out=str(self.out), problems=problems, **found)

    def keep(self, result: Built) -> None:
        """Remember a result, with what now stands in the output."""
        problems = [packed(one) for one in result.problems]
        built = {
            "documents": result.documents,
            "pages": result.pages,
            "unchanged": result.written + result.unchanged,
            "editions": result.editions,
            "problems": problems,
        }
        self.memory.keep("all", self.inputs, {"output": files.fingerprint(self.out), "built": built})
        self.memory.save()


_OLDER: Mapping[str, tuple[str, ...]] = {
    "site": ("index.html", "404.html", "sitemap.xml", "assets/style-*.css"),
    "status": ("index.html", "status.css"),
}
"""What all stands in a folder that was built before folders were marked."""

_SOURCES = ("content", "locales", "templates", "outbox")


def guard_output(root: Path, out: Path, kind: str = "site") -> None:
    """Refuse an output folder that holds something else, which writing it would delete.

    Ours are empty folders, those with our mark of the same `kind`, and what looks in all
    like one from before there were marks. Hidden files at the top do not count: they stay.
    Raises UsageError.
    """
    real, top = out.resolve(), root.resolve()
    if real == top or real in top.parents or real == top / ".dozaban" or ".git" in real.parts or any(
        real == top / own or top / own in real.parents for own in _SOURCES
    ):
        raise UsageError(say("the output folder {out} holds the site's sources", out=str(out)))
    if not out.is_dir():
        if out.exists():
            raise UsageError(say("{out} is a file, not a folder", out=str(out)))
        return
    shown = any(not entry.name.startswith(".") for entry in os.scandir(out))
    mark, older = files.mark_of(out), _OLDER.get(kind, ())
    if shown and mark != kind and (mark or not older or not all(any(out.glob(name)) for name in older)):
        if mark:
            raise UsageError(say(
                "{out} holds another output of ours ({mark}): "
                "its files would be deleted; name an empty or a new folder",
                out=str(out), mark=mark,
            ))  # fmt: skip
        raise UsageError(say(
            "{out} is not empty and holds no site of ours: "
            "its files would be deleted; name an empty or a new folder",
            out=str(out),
        ))  # fmt: skip


def _build(
    sources: Sources,
    out: Path,
    *,
    strict: bool,
    drafts: bool,
    portable: bool,
    jobs: int,
    cache: bool,
    as_of: date | None,
    only_check: bool,
    pseudo: bool,
    progress: Callable[[str, int, int], None] | None,
) -> Built:
    from pipeline.outputs import pdf, search
    from pipeline.outputs import site as pages_of

    site, root = sources.site, sources.root
    result = Built(out=str(out), documents=len(sources.documents))
    problems = list(sources.problems)
    environments = interfaces(sources, pseudo=pseudo)
    spoken = {
        language.tag: pages_of.spoken(environments[language.tag], language)
        for language in site.languages
    }
    chosen, jobs = jobs, jobs or default_jobs(len(sources.documents))
    output = files.Output(out)
    output.begin()
    try:
        program = pagefind.engine() if site.search else ""
        if site.search and not program:
            problems.append(_no_search(site))
        plan, found = survey(
            sources, spoken, output.stage, drafts=drafts, as_of=as_of, pseudo=pseudo,
            texts=bool(program) and not only_check, jobs=jobs, progress=progress,
        )  # fmt: skip
        problems += found
        shelf = media.Shelf(root / ".dozaban" / "made" if cache else output.stage)
        standing = media.Standing(root, out, media.maker(site), cache=cache)
        used = media.Media(root, plan, shelf, cache=cache)
        media.at_work[:] = [used]
        unseen = used.unknown(None if only_check else standing)
        many = chosen or default_jobs(30 * len(unseen))  # a picture is as much work as 30 documents
        for source, facts in spread(media.look, unseen, many, progress, say("Pictures")):
            used.learn(source, facts)
        used.save()
        problems += used.problems()
        result.problems = weigh(problems, site, strict)
        result.editions = _tally(plan)
        result.addresses = frozenset(page.address for page in plan.pages)
        if result.failed or only_check:
            return result
        assets, artefacts = _theme(root)
        body = _Bodies(output.stage)
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
        from pipeline.outputs import OUTPUTS

        wanted: set[str] = set()
        for artefact in artefacts:
            wanted.add(artefact.path)
            output.put(artefact.path, artefact.data)
        if press.prints:
            from pipeline.app.prints import prints

            def written(name: str) -> Mapping[str, flow.Flow]:
                return prepare(sources, name, spoken, pseudo=pseudo, writer=flow.write).bodies

            for path, data in prints(press, root, written, result.problems):
                wanted.add(path)
                output.put(path, data)
        cards: list[media.Wanted] = []
        for make in OUTPUTS.values():
            for artefact in make(press):
                wanted.add(artefact.path)
                if artefact.card is None:
                    output.put(artefact.path, artefact.data)
                else:
                    cards.append(media.wanted(artefact.path, artefact.card))
        wanted |= used.put(output, standing)
        drawn = [one for one in cards if not standing.holds(one.address, one.key)]
        output.unchanged += len(cards) - len(drawn)
        many = chosen or default_jobs(5 * len(drawn))
        for one, staged in zip(drawn, spread(_draw_some, drawn, many, progress, say("Cards")), strict=True):
            standing.put(one.address, one.key)
            if staged is None:
                output.unchanged += 1
            else:
                output.staged.append(staged)
        if shards:
            known = memo.Memory(root, "search", [str(out), pagefind.signature(program)])
            wanted |= _make_index(press, shards, output, known if cache else None, program, jobs, progress)
        for path, staged in spread(_render_some, list(range(len(plan.pages))), jobs, progress, say("Writing")):
            wanted.add(path)
            if staged is None:
                output.unchanged += 1
            else:
                output.staged.append(staged)
        result.pages = len(plan.pages)
        result.written = len(output.staged)
        result.unchanged = output.unchanged
        output.commit()
        standing.save()
        if cache:
            shelf.clear(used.names(), ".webp")
            if cards:
                shelf.clear([one.key for one in cards], ".png")
        result.removed = output.sweep(wanted)
        return result
    finally:
        _shared.press = _shared.output = _shared.sources = None
        media.at_work.clear()
        output.end()


def _no_search(site: Site) -> Problem:
    """What there is to say where search is wanted and nothing can make it."""
    line, column = site.source.get("outputs.search", (0, 0))
    return problem(
        "search", say("the site has no search: Pagefind is not installed"), "content/site.toml", line, column,
        hint=say("run `{command}`, or say search = false under [outputs]", command="pip install 'dozaban[search]'"),
        severity="warn",
    )  # fmt: skip


def _make_index(
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


def survey(
    sources: Sources,
    spoken: Mapping[str, Words],
    folder: Path | None = None,
    *,
    drafts: bool = False,
    issue: str = "",
    as_of: date | None = None,
    pseudo: bool = False,
    texts: bool = False,
    jobs: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Plan, list[Problem]]:
    """Every document prepared and every page planned, with what is wrong.

    Bodies are left in `folder`, and plain texts where they are asked for; without a
    folder neither is kept. The newsletter's `issue` of that name is looked at even while it
    is a draft.
    """
    site = sources.site
    problems: list[Problem] = []
    _shared.sources, _shared.spoken, _shared.folder = sources, spoken, folder
    _shared.pseudo, _shared.texts = pseudo, texts
    records: dict[str, Record] = {}
    for prepared, bodies, plain in spread(_prepare_some, sorted(sources.documents), jobs, progress, say("Reading")):
        problems.extend(prepared.problems)
        document = prepared.document
        if document is None:
            continue
        decisions = decide(prepared, site, drafts or document.name == issue, as_of)
        records[document.name] = Record(
            document=document, editions=prepared.editions, decisions=decisions, bodies=bodies,
            texts=plain,
        )  # fmt: skip
    unread = sources.documents.keys() - records.keys()
    assembled = issues.assemble(site, dict(sorted(records.items())), unread)
    plan = routes.plan(
        site, assembled.records, read_terms(sources), sources.assets, assembled.issues
    )
    problems += assembled.problems
    problems += plan.problems
    problems += routes.broken_links(plan)
    problems += _tag_warnings(plan)
    return plan, problems


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


def _tally(plan: Plan) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {
        language.tag: {"all": 0, "marked": 0, "withheld": 0, "draft": 0, "held": 0}
        for language in plan.site.languages
    }
    for record in plan.records.values():
        for tag, decision in record.decisions.items():
            counts[tag][decision.outcome] += 1
    return counts


def _theme(root: Path) -> tuple[dict[str, str], list[Any]]:
    """The theme's assets, the site's own first: name → address, and what to write."""
    from pipeline import assets
    from pipeline.outputs.site import Artefact

    found = {path: files.read(files.made_data(), path) for path in files.tree(files.made_data(), "fonts")}
    for base in (package_data(), root):
        for path in files.tree(base, "templates/assets"):
            found[path.removeprefix("templates/assets/")] = files.read(base, path)
    addresses, served = assets.served(found)
    return addresses, [Artefact(path=path, data=data) for path, data in sorted(served.items())]


class _Bodies:
    """Reads bodies back from where the workers of the first stage left them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[int, int] = {}

    def __call__(self, record: Record, tag: str) -> str:
        return self._read(*record.bodies[tag])

    def text(self, record: Record, tag: str) -> str:
        """The plain text of an edition."""
        return self._read(*record.texts[tag][:3])

    def _read(self, spool: int, offset: int, length: int) -> str:
        handle = self._open.get(spool)
        if handle is None:
            handle = self._open[spool] = os.open(self.folder / f"bodies-{spool}", os.O_RDONLY)
        return os.pread(handle, length, offset).decode()


def _prepare_some(names: Sequence[str]) -> list[tuple[Prepared, dict[str, Any], dict[str, Any]]]:
    """Prepare documents; their bodies and texts go to this process's spool, not through the
    pipe: what comes back says where they are, as in Record."""
    sources, spoken = _shared.sources, _shared.spoken
    assert sources is not None
    spool = os.getpid()
    result = []
    with open(_shared.folder / f"bodies-{spool}" if _shared.folder else os.devnull, "ab") as stream:
        at = stream.tell()
        for name in names:
            prepared = prepare(
                sources, name, spoken, pseudo=_shared.pseudo, with_texts=_shared.texts
            )
            places: dict[str, Any] = {}
            texts: dict[str, Any] = {}
            for tag, html in prepared.bodies.items():
                data = html.encode("utf-8", "replace")
                stream.write(data)
                places[tag] = (spool, at, len(data))
                at += len(data)
            for tag, text in prepared.texts.items():
                data = text.encode("utf-8", "replace")
                stream.write(data)
                texts[tag] = (spool, at, len(data), blake2b(data, digest_size=8).hexdigest())
                at += len(data)
            prepared.bodies, prepared.texts = {}, {}
            result.append((prepared, places, texts))
    return result


def _draw_some(cards: Sequence[media.Wanted]) -> list[files.Staged | None]:
    output, (used,) = _shared.output, media.at_work
    assert output is not None
    return [output.stage_one(one.address, media.drawn(used.shelf, one)) for one in cards]


def _render_some(numbers: Sequence[int]) -> list[tuple[str, Any]]:
    from pipeline.outputs import render

    press, output = _shared.press, _shared.output
    assert output is not None
    result = []
    for number in numbers:
        artefact = render(press, press.plan.pages[number])
        result.append((artefact.path, output.stage_one(artefact.path, artefact.data)))
    return result


def default_jobs(items: int) -> int:
    """How many processes some work is worth."""
    return 1 if items < 100 else max(1, len(os.sched_getaffinity(0)))


def spread(
    work: Callable[[Sequence[Any]], list[Any]],
    items: Sequence[Any],
    jobs: int,
    progress: Callable[[str, int, int], None] | None,
    label: str,
) -> Iterable[Any]:
    """Do work in chunks, in one process or several, results in the items' order."""
    if jobs <= 1 or len(items) < 2 * jobs:
        size = 50
        for start in range(0, len(items), size):
            yield from work(items[start : start + size])
            if progress:
                progress(label, min(start + size, len(items)), len(items))
        return
    import multiprocessing

    size = max(1, min(200, len(items) // (jobs * 4) or 1))
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        done = 0
        for part in pool.imap(work, chunks):
            yield from part
            done += len(part)
            if progress:
                progress(label, done, len(items))
