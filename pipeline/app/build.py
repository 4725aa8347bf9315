"""Building the site: prepare every document, plan every page, render, write.

The whole of it is `_build`, on one screen; work is spread over processes that are
forked from the one that read the settings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from pipeline import files, languages, localise, markdown, memo, publish, routes
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
from pipeline.routes import Plan, Record


@dataclass(kw_only=True)
class Prepared:
    """What one document came to: metadata and editions, HTML bodies apart, problems."""

    document: Document | None
    editions: dict[str, Edition] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    reviewed: dict[str, bool] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def prepare(
    sources: Sources, name: str, spoken: Mapping[str, Words], *, pseudo: bool = False
) -> Prepared:
    """Read one document and make its editions. Errors become problems."""
    try:
        loaded = load(sources, name)
    except ContentError as error:
        return Prepared(document=None, problems=list(error.problems))
    document, site = loaded.document, sources.site
    made = Prepared(document=document, problems=list(loaded.problems))
    parsed = markdown.parse(loaded.body)
    made.editions[document.lang], made.bodies[document.lang] = localise.original(
        document, parsed, site, spoken[document.lang]
    )
    for language in site.languages:
        tag = language.tag
        if tag == document.lang:
            continue
        path = catalogue_path(name, tag)
        try:
            entries = _made_up(language, path) if pseudo else look_up(sources.root, path)
        except DozabanError as error:
            made.problems.extend(error.problems)
            entries = None
        if tag in loaded.authored:
            text = markdown.parse(loaded.authored[tag])
            made.editions[tag], made.bodies[tag] = localise.authored(
                document, parsed, text, entries, language, site, spoken[tag]
            )
        else:
            made.editions[tag], made.bodies[tag], _ = localise.composed(
                document, parsed, entries, path, language, site, spoken[tag]
            )
        if language.review:
            try:
                review = read_review(sources.root, name, tag)
                made.reviewed[tag] = review is not None and review.holds(made.editions[tag])
            except DozabanError as error:
                made.problems.extend(error.problems)
    for edition in made.editions.values():
        made.problems.extend(edition.problems)
    return made






@dataclass(kw_only=True)
class Built:
    """What a build did."""

    documents: int = 0
    pages: int = 0
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    problems: list[Problem] = field(default_factory=list)
    editions: dict[str, dict[str, int]] = field(default_factory=dict)
    out: str = ""

    @property
    def failed(self) -> bool:
        return any(one.severity == "error" for one in self.problems)


@dataclass(kw_only=True)
class _Shared:
    """What worker processes inherit: they are forked from the one that made it."""

    sources: Sources | None = None
    spoken: Mapping[str, Words] = field(default_factory=dict)
    folder: Path = Path()
    pseudo: bool = False
    press: Any = None
    output: files.Output | None = None


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
    progress: Callable[[str, int, int], None] | None = None,
) -> Built:
    """Build the site into `out` (public/ by default; .dozaban/pseudo/ for made-up text).

    A build with errors writes nothing and returns them in `problems`. `jobs` is the
    number of processes; 0 chooses. Raises DozabanError where nothing can be said at all.
    """
    out = out or (root / ".dozaban" / "pseudo" if pseudo else root / "public")
    guard_output(root, out)
    with files.lock(root, "build"):
        sources = open_site(root)
        done = _Done(sources, out, [strict, drafts, portable, str(as_of), pseudo]) if cache else None
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


_OURS = frozenset({"index.html", "404.html", "assets", files.STAGE})
"""What tells that a folder holds a site that we built."""


def guard_output(root: Path, out: Path, marks: frozenset[str] = _OURS) -> None:
    """Refuse an output folder that holds something else, which writing it would delete.

    `marks` are names of which a folder of the same kind has at least one.
    """
    real, top = out.resolve(), root.resolve()
    if real == top or real in top.parents or any(
        real == top / own or top / own in real.parents for own in ("content", "locales", "templates")
    ):
        raise UsageError(f"the output folder {out} holds the site's sources")
    if not out.is_dir():
        if out.exists():
            raise UsageError(f"{out} is a file, not a folder")
        return
    present = {entry.name for entry in os.scandir(out)}
    if present and (not present & marks or "status.css" in present - marks):
        raise UsageError(
            f"{out} is not empty and holds no site of ours: "
            "its files would be deleted; name an empty or a new folder"
        )


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
    from pipeline.outputs import site as pages_of

    site, root = sources.site, sources.root
    result = Built(out=str(out), documents=len(sources.documents))
    problems = list(sources.problems)
    environments = interfaces(sources, pseudo=pseudo)
    spoken = {
        language.tag: pages_of.spoken(environments[language.tag], language)
        for language in site.languages
    }
    terms = read_terms(sources)
    names = sorted(sources.documents)
    if not jobs:
        jobs = default_jobs(len(names))
    output = files.Output(out)
    output.begin()
    try:
        _shared.sources, _shared.spoken, _shared.folder = sources, spoken, output.stage
        _shared.pseudo = pseudo
        records: dict[str, Record] = {}
        for prepared, bodies in spread(_prepare_some, names, jobs, progress, "Reading"):
            problems.extend(prepared.problems)
            document = prepared.document
            if document is None:
                continue
            decisions = decide(prepared, site, drafts, as_of)
            records[document.name] = Record(
                document=document, editions=prepared.editions, decisions=decisions, bodies=bodies
            )
        records = dict(sorted(records.items()))
        plan = routes.plan(site, records, terms, sources.assets)
        problems += plan.problems
        problems += routes.broken_links(plan)
        problems += _tag_warnings(plan)
        result.problems = weigh(problems, site, strict)
        result.editions = _tally(plan)
        if result.failed or only_check:
            return result
        assets, artefacts = _theme(root)
        body = _Bodies(output.stage)
        press = pages_of.Press(plan, environments, body, assets, portable=portable)
        _shared.press, _shared.output = press, output
        from pipeline.outputs import OUTPUTS

        wanted: set[str] = set()
        for artefact in artefacts:
            wanted.add(artefact.path)
            output.put(artefact.path, artefact.data)
        for make in OUTPUTS.values():
            for artefact in make(press):
                wanted.add(artefact.path)
                output.put(artefact.path, artefact.data)
        for source, target in _used_files(plan).items():
            wanted.add(target)
            output.put(target, files.read(root, source))
        for path, staged in spread(_render_some, list(range(len(plan.pages))), jobs, progress, "Writing"):
            wanted.add(path)
            if staged is None:
                output.unchanged += 1
            else:
                output.staged.append(staged)
        result.pages = len(plan.pages)
        result.written = len(output.staged)
        result.unchanged = output.unchanged
        output.commit()
        result.removed = output.remove(output.present() - wanted)
        return result
    finally:
        _shared.press = _shared.output = _shared.sources = None
        output.end()


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
                problem("untranslated-tag", f"the tag `{name}` has no name in {language.name}",
                        document.path, *at, severity="warn",
                        hint=f"run `dozaban update` and translate it in "
                        f"locales/{language.tag}/LC_MESSAGES/terms.po")
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
    from pipeline.outputs.site import Artefact, asset_address

    found: dict[str, bytes] = {}
    for base in (package_data(), root):
        for path in files.tree(base, "templates/assets"):
            found[path.removeprefix("templates/assets/")] = files.read(base, path)
    addresses = {name: asset_address(name, data) for name, data in found.items()}
    return addresses, [Artefact(path=addresses[name], data=data) for name, data in found.items()]


def _used_files(plan: Plan) -> dict[str, str]:
    """The pictures and other files that published documents use: source → target."""
    used: dict[str, str] = {}
    targets = {target: source for source, target in plan.files.items()}
    for record in plan.records.values():
        for tag, edition in record.editions.items():
            if not record.decisions[tag].published:
                continue
            addresses = [link.address for link in edition.links]
            if record.document.image:
                addresses.append(record.document.image.src)
            own = record.document.authored_in(tag)
            if own and own.image:
                addresses.append(own.image.src)
            for address in addresses:
                target = routes.resolve(plan, record, tag, address).address
                if target in targets:
                    used[targets[target]] = target
    return used


class _Bodies:
    """Reads bodies back from where the workers of the first stage left them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[int, int] = {}

    def __call__(self, record: Record, tag: str) -> str:
        spool, offset, length = record.bodies[tag]
        handle = self._open.get(spool)
        if handle is None:
            handle = self._open[spool] = os.open(self.folder / f"bodies-{spool}", os.O_RDONLY)
        return os.pread(handle, length, offset).decode()


def _prepare_some(names: Sequence[str]) -> list[tuple[Prepared, dict[str, tuple[int, int, int]]]]:
    """Prepare documents; their bodies go to this process's spool, not through the pipe."""
    sources, spoken = _shared.sources, _shared.spoken
    assert sources is not None
    spool = os.getpid()
    result = []
    with open(_shared.folder / f"bodies-{spool}", "ab") as stream:
        at = stream.tell()
        for name in names:
            prepared = prepare(sources, name, spoken, pseudo=_shared.pseudo)
            places = {}
            for tag, html in prepared.bodies.items():
                data = html.encode("utf-8", "replace")
                stream.write(data)
                places[tag] = (spool, at, len(data))
                at += len(data)
            prepared.bodies = {}
            result.append((prepared, places))
    return result


def _render_some(numbers: Sequence[int]) -> list[tuple[str, Any]]:
    press, output = _shared.press, _shared.output
    assert output is not None
    result = []
    for number in numbers:
        artefact = press.render(press.plan.pages[number])
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
