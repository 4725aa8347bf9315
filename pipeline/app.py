"""The use cases: where the stages meet disk, clock and processes.

Each function here is one command's work: it reads through `files`, calls the stages,
and writes through `files`. It prints nothing and parses no arguments.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pipeline import catalogue, config, content, files, languages, localise, markdown, po, publish
from pipeline import routes
from pipeline.localise import Edition, Words
from pipeline.model import Document, Language, Message, Site
from pipeline.po import Lookup
from pipeline.problems import ContentError, DozabanError, Problem, UsageError, problem
from pipeline.routes import Plan, Record, Terms

TEMPLATES_LANGUAGE = "en"
"""The language in which the strings of templates are written."""

CHECKS = (
    "broken-link",
    "bidi-control",
    "directive",
    "future-date",
    "html-comment",
    "link-scheme",
    "parser",
    "raw-html",
    "refused",
    "structure",
    "twin-address",
    "untranslated-tag",
)
"""The rules that `[checks]` in site.toml may set."""


# --- the site on disk -------------------------------------------------------------------


def package_data() -> Path:
    """Where the theme and the tool's own catalogues are: in the wheel, or beside us."""
    inside = Path(__file__).parent / "_data"
    return inside if inside.is_dir() else Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True)
class Sources:
    """A site as it stands on disk: its settings, its documents' files, its other files."""

    root: Path
    site: Site
    documents: Mapping[str, content.Identity]
    paths: Mapping[str, str]
    authored: Mapping[str, Mapping[str, str]]
    assets: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


def find_root(folder: Path) -> Path:
    """The site that a folder is in: it, or a folder above, with content/site.toml."""
    start = folder.resolve()
    for candidate in (start, *start.parents):
        if (candidate / "content" / "site.toml").is_file():
            return candidate
    raise ContentError(
        problems=(
            problem("site", "there is no site here", "content/site.toml",
                    hint="make one with `dozaban init DIR`, or name one with -C DIR"),
        )
    )  # fmt: skip


def decode(data: bytes, path: str) -> str:
    """A file's text. Raises ContentError at the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        kind = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "another encoding"
        raise ContentError(
            problems=(
                problem("encoding", f"this is not UTF-8 (byte 0x{data[error.start]:02X}; perhaps {kind})",
                        path, line, column, hint="save the file as UTF-8"),
            )
        ) from None  # fmt: skip


def open_site(root: Path) -> Sources:
    """Read site.toml and find the documents. Raises ContentError with all that is wrong."""
    path = "content/site.toml"
    site = config.parse(decode(files.read(root, path), path), path, rules=CHECKS)
    tags = [language.tag for language in site.languages]
    found: list[tuple[content.Identity, str]] = []
    assets: list[str] = []
    for name in files.tree(root, "content"):
        if name == path:
            continue
        identity = content.identify(name.removeprefix("content/"), tags)
        if identity is None:
            assets.append(name)
        else:
            found.append((identity, name))
    problems = content.assemble((*identity, path) for identity, path in found)
    documents = {i.name: i for i, _ in sorted(found, key=lambda x: x[1]) if i.lang is None}
    paths = {i.name: p for i, p in reversed(sorted(found, key=lambda x: x[1])) if i.lang is None}
    authored: dict[str, dict[str, str]] = {}
    for identity, name in found:
        if identity.lang is not None and identity.name in documents:
            authored.setdefault(identity.name, {})[identity.lang] = name
    return Sources(
        root=root,
        site=site,
        documents=documents,
        paths=paths,
        authored=authored,
        assets=tuple(assets),
        problems=problems,
    )


def choose(sources: Sources, name: str) -> str:
    """The document that a user means: its whole name, its last part, or its file."""
    wanted = name.removeprefix("./").removeprefix("content/").removesuffix(".md").removesuffix("/index")
    if wanted in sources.documents:
        return wanted
    ends = [d for d in sources.documents if d.endswith("/" + wanted)]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise UsageError(f"`{name}` could be {', '.join(sorted(ends))}: give the whole name")
    import difflib

    near = difflib.get_close_matches(wanted, list(sources.documents), n=1)
    hint = f"; did you mean `{near[0]}`?" if near else "; `dozaban list` names them all"
    raise UsageError(f"there is no document `{name}`{hint}")


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A document read whole: metadata, bodies, warnings."""

    document: Document
    body: str
    authored: Mapping[str, str]
    problems: tuple[Problem, ...]


def load(sources: Sources, name: str) -> Loaded:
    """Read one document and its authored editions. Raises ContentError."""
    identity, path = sources.documents[name], sources.paths[name]
    text = decode(files.read(sources.root, path), path)
    document, body, problems = content.parse(
        text, path, sources.site, name=name, kind=identity.kind
    )
    bodies: dict[str, str] = {}
    editions = []
    faults: list[Problem] = []
    for tag, own in sorted(sources.authored.get(name, {}).items()):
        try:
            edition, own_body, more = content.parse_authored(
                decode(files.read(sources.root, own), own), own, sources.site, document
            )
        except ContentError as error:
            faults.extend(error.problems)
            continue
        editions.append(edition)
        bodies[tag] = own_body
        problems = (*problems, *more)
    if faults:
        raise ContentError(problems=tuple(faults))
    if editions:
        document = replace(document, authored=tuple(editions))
    return Loaded(document=document, body=body, authored=bodies, problems=problems)


def catalogue_path(name: str, tag: str) -> str:
    """Where a document's catalogue is."""
    return f"locales/{tag}/LC_MESSAGES/{name}.po"


def look_up(root: Path, path: str) -> Lookup | None:
    """A catalogue read for a build, or None where there is none. Raises CatalogueError."""
    data = files.read_if_there(root, path)
    return None if data is None else po.lookup(data, path)


def read_terms(sources: Sources) -> Terms:
    """The terms of every language. Raises CatalogueError."""
    tables: dict[str, dict[tuple[str, str], str]] = {}
    for language in sources.site.languages:
        found = look_up(sources.root, f"locales/{language.tag}/LC_MESSAGES/terms.po")
        tables[language.tag] = {
            (context or "", msgid): " ".join(reading.msgstr.split())
            for (context, msgid), reading in (found.messages.items() if found else ())
            if reading.state == "translated" and not markdown.refusal(reading.msgstr)
        }
    return Terms(tables=tables)


def interfaces(sources: Sources, *, cache: bool = True) -> dict[str, Any]:
    """A Jinja environment for each language. Raises CatalogueError."""
    from pipeline import templating

    data = package_data()
    own = sources.root / "templates"
    folders = [own] if own.is_dir() else []
    if not folders or (data / "templates").resolve() != own.resolve():
        folders.append(data / "templates")
    store = None
    if cache:
        store = sources.root / ".dozaban" / "templates"
        try:
            store.mkdir(parents=True, exist_ok=True)
        except OSError:
            store = None
    found = {}
    for language in sources.site.languages:
        path = f"locales/{language.tag}/LC_MESSAGES/messages.po"
        lookups = [look_up(sources.root, path)]
        if data.resolve() != sources.root.resolve():
            lookups.append(look_up(data, path))
        interface = templating.Interface(language, [one for one in lookups if one is not None])
        found[language.tag] = templating.environment(folders, interface, store)
    return found


# --- preparing editions -----------------------------------------------------------------


@dataclass(kw_only=True)
class Prepared:
    """What one document came to: metadata and editions, HTML bodies apart, problems."""

    document: Document | None
    editions: dict[str, Edition] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def prepare(sources: Sources, name: str, spoken: Mapping[str, Words]) -> Prepared:
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
            entries = look_up(sources.root, path)
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
    for edition in made.editions.values():
        made.problems.extend(edition.problems)
    return made


# --- build ---------------------------------------------------------------------------------


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
    press: Any = None
    output: files.Output | None = None


_shared = _Shared()


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
    progress: Callable[[str, int, int], None] | None = None,
) -> Built:
    """Build the site into `out` (public/ by default).

    A build with errors writes nothing and returns them in `problems`. `jobs` is the
    number of processes; 0 chooses. Raises DozabanError where nothing can be said at all.
    """
    out = out or root / "public"
    _guard_output(root, out)
    with files.lock(root, "build"):
        sources = open_site(root)
        return _build(
            sources, out, strict=strict, drafts=drafts, portable=portable, jobs=jobs,
            cache=cache, as_of=as_of, only_check=only_check, progress=progress,
        )  # fmt: skip


def _guard_output(root: Path, out: Path) -> None:
    """Refuse an output folder that holds something else, which a build would delete."""
    if not out.is_dir():
        return
    real, top = out.resolve(), root.resolve()
    if real == top or real in top.parents or any(
        real == top / own or top / own in real.parents for own in ("content", "locales", "templates")
    ):
        raise UsageError(f"the output folder {out} holds the site's sources")
    known = {"index.html", "404.html", "assets", files.STAGE}
    present = {entry.name for entry in os.scandir(out)}
    if present and not present & known:
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
    progress: Callable[[str, int, int], None] | None,
) -> Built:
    from pipeline.outputs import site as pages_of

    site, root = sources.site, sources.root
    result = Built(out=str(out), documents=len(sources.documents))
    problems = list(sources.problems)
    environments = interfaces(sources, cache=cache)
    spoken = {
        language.tag: pages_of.spoken(environments[language.tag], language)
        for language in site.languages
    }
    terms = read_terms(sources)
    names = sorted(sources.documents)
    if not jobs:
        jobs = 1 if len(names) < 100 else max(1, len(os.sched_getaffinity(0)))
    output = files.Output(out)
    output.begin()
    try:
        _shared.sources, _shared.spoken, _shared.folder = sources, spoken, output.stage
        records: dict[str, Record] = {}
        for prepared, bodies in _spread(_prepare_some, names, jobs, progress, "Reading"):
            problems.extend(prepared.problems)
            document = prepared.document
            if document is None:
                continue
            decisions = _decide(document, prepared.editions, site, drafts, as_of)
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
        for path, staged in _spread(_render_some, list(range(len(plan.pages))), jobs, progress, "Writing"):
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


def _decide(
    document: Document,
    editions: Mapping[str, Edition],
    site: Site,
    drafts: bool,
    as_of: date | None,
) -> dict[str, publish.Decision]:
    held = False
    if as_of is not None and document.date is not None:
        held = languages.local_day(document.date, site.time_zone) > as_of
    return {
        tag: publish.decide(
            document,
            edition,
            site.language(tag),
            drafts=drafts,
            held=held,
            reviewed=not site.language(tag).review,
        )
        for tag, edition in editions.items()
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
            prepared = prepare(sources, name, spoken)
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


def _spread(
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


# --- update -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Updated:
    """What `update` did to one catalogue."""

    path: str
    language: str
    changes: catalogue.Changes
    fresh: bool = False
    written: bool = False


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
    """
    stamp = (now or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M+0000")
    with files.lock(root, "update"):
        sources = open_site(root)
        chosen = [choose(sources, name) for name in names] or sorted(sources.documents)
        problems = list(sources.problems)
        memory = None
        if compendia:
            read = [po.parse(_read_outside(path), str(path)) for path in compendia]
            memory = catalogue.memory(read)
        result: list[Updated] = []
        loaded: dict[str, Document] = {}
        for name in chosen:
            try:
                one = load(sources, name)
            except ContentError as error:
                problems.extend(error.problems)
                continue
            problems.extend(one.problems)
            loaded[name] = one.document
            found = localise.messages(one.document, markdown.parse(one.body))
            for language in sources.site.languages:
                if language.tag == one.document.lang or not found:
                    continue
                _update_one(
                    sources, catalogue_path(name, language.tag), language, found,
                    source=one.document.lang, reference=one.document.path, memory=memory,
                    drop_obsolete=drop_obsolete, check=check, stamp=stamp,
                    result=result, problems=problems,
                )  # fmt: skip
        if not names and not any(one.severity == "error" for one in problems):
            _update_terms(sources, loaded, drop_obsolete, check, stamp, result, problems)
            _update_interface(sources, drop_obsolete, check, stamp, result, problems)
    return result, weigh(problems, sources.site)


def _read_outside(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None


def _update_one(
    sources: Sources,
    path: str,
    language: Language,
    messages: Sequence[Message],
    *,
    source: str,
    reference: str,
    memory: catalogue.Memory | None,
    drop_obsolete: bool,
    check: bool,
    stamp: str,
    result: list[Updated],
    problems: list[Problem],
) -> None:
    try:
        before = files.read_if_there(sources.root, path)
        if before is None:
            old = catalogue.fresh(
                path,
                project=sources.site.title,
                contact=sources.site.contact or sources.site.base_url,
                source=source,
                language=language.tag,
                plural_forms=languages.plural_forms_header(language.tag),
                now=stamp,
            )
        else:
            old = po.parse(before, path)
        made, changes = catalogue.merge(
            old, messages, reference=reference, compendium=memory, drop_obsolete=drop_obsolete
        )
        if before is not None and made is old:
            return
        if before is not None and changes.messages:
            made = po.with_header(made, "POT-Creation-Date", stamp)
        data = po.serialize(made)
        if data == before:
            return
        written = False
        if not check:
            written = files.write(sources.root, path, data, expected=before)
        result.append(
            Updated(path=path, language=language.tag, changes=changes, fresh=before is None, written=written)
        )
    except DozabanError as error:
        problems.extend(error.problems)


def _update_terms(
    sources: Sources,
    documents: Mapping[str, Document],
    drop_obsolete: bool,
    check: bool,
    stamp: str,
    result: list[Updated],
    problems: list[Problem],
) -> None:
    site = sources.site
    for language in site.languages:
        found = terms_wanted(site, documents.values(), language)
        path = f"locales/{language.tag}/LC_MESSAGES/terms.po"
        if found or files.exists(sources.root, path):
            _update_one(
                sources, path, language, found, source=site.default_language,
                reference="content/site.toml", memory=None, drop_obsolete=drop_obsolete,
                check=check, stamp=stamp, result=result, problems=problems,
            )  # fmt: skip


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


def _update_interface(
    sources: Sources,
    drop_obsolete: bool,
    check: bool,
    stamp: str,
    result: list[Updated],
    problems: list[Problem],
) -> None:
    """messages.po: the strings of the site's own templates."""
    from pipeline import templating

    names = [
        path.removeprefix("templates/")
        for path in files.tree(sources.root, "templates")
        if path.endswith((".html", ".xml", ".txt"))
    ]
    if not names:
        return
    try:
        found = templating.extract(sources.root / "templates", names)
    except DozabanError as error:
        problems.extend(error.problems)
        return
    for language in sources.site.languages:
        if language.tag == TEMPLATES_LANGUAGE:
            continue
        path = f"locales/{language.tag}/LC_MESSAGES/messages.po"
        _update_one(
            sources, path, language, found, source=TEMPLATES_LANGUAGE, reference="templates",
            memory=None, drop_obsolete=drop_obsolete, check=check, stamp=stamp,
            result=result, problems=problems,
        )  # fmt: skip


# --- documents ---------------------------------------------------------------------------


def examine(root: Path, names: Sequence[str] = ()) -> tuple[list[tuple[Record, Site]], list[Problem]]:
    """Documents with their editions and decisions, without rendering: for list and show."""
    sources = open_site(root)
    chosen = [choose(sources, name) for name in names] or sorted(sources.documents)
    problems = list(sources.problems)
    quiet = {language.tag: Words() for language in sources.site.languages}
    found = []
    for name in chosen:
        prepared = prepare(sources, name, quiet)
        problems += prepared.problems
        if prepared.document is None:
            continue
        decisions = _decide(prepared.document, prepared.editions, sources.site, False, None)
        found.append(
            (Record(document=prepared.document, editions=prepared.editions, decisions=decisions), sources.site)
        )
    return found, weigh(problems, sources.site)


def export(root: Path, name: str, tag: str) -> bytes:
    """An edition as Markdown with front matter; an original's file, byte for byte."""
    sources = open_site(root)
    chosen = choose(sources, name)
    loaded = load(sources, chosen)
    document, site = loaded.document, sources.site
    try:
        language = site.language(tag)
    except KeyError:
        raise UsageError(_no_language(site, tag)) from None
    if tag == document.lang:
        return files.read(root, document.path)
    own = document.authored_in(tag)
    if own is not None:
        return files.read(root, own.path)
    data = files.read(root, document.path)
    text = decode(data, document.path)
    parsed = markdown.parse(loaded.body)
    path = catalogue_path(chosen, tag)
    quiet = Words()
    edition, _, made = localise.composed(
        document, parsed, look_up(root, path), path, language, site, quiet
    )
    changes = {"title": edition.title.text, "lang": tag}
    if document.summary:
        changes["summary"] = edition.summary.text
    if document.image and document.image.alt:
        changes["image.alt"] = edition.alt.text
    if document.image and document.image.caption:
        changes["image.caption"] = edition.caption.text
    if document.preheader:
        changes["preheader"] = edition.preheader.text
    head = text[: len(text) - len(loaded.body)]
    return content.revise_front_matter(head, changes, document.path).encode() + made.data


def _no_language(site: Site, tag: str) -> str:
    known = ", ".join(language.tag for language in site.languages)
    return f"the site has no language `{tag}`; it has {known}"


def new(root: Path, kind: str, title: str, tag: str = "", *, today: date | None = None) -> str:
    """Write a new document; returns its path. Raises UsageError or DiskError."""
    sources = open_site(root)
    site = sources.site
    tag = tag or site.default_language
    if tag not in [language.tag for language in site.languages]:
        raise UsageError(_no_language(site, tag))
    slug = content.slugify(title)
    if not slug:
        raise UsageError(f"the title `{title}` has no letters to name a file by")
    folder = {"post": "posts", "page": "pages", "newsletter": "newsletters"}[kind]
    path = f"content/{folder}/{slug}.md"
    if f"{folder}/{slug}" in sources.documents:
        raise UsageError(f"there is a document {folder}/{slug} already")
    values: dict[str, object] = {"title": title}
    day = today or date.today()
    if kind != "page":
        values["date"] = day
    if kind == "newsletter":
        numbers = [0]
        for name in sources.documents:
            if name.startswith("newsletters/"):
                with suppress(ContentError):
                    numbers.append(load(sources, name).document.number or 0)
        values["number"] = max(numbers) + 1
    if tag != site.default_language:
        values["lang"] = tag
    text = content.front_matter(values) + "\n"
    files.write(root, path, text.encode(), expected=None)
    return path


def move(root: Path, old: str, new: str) -> list[tuple[str, str]]:
    """Rename a document with its editions, catalogues and reviews, leaving aliases."""
    with files.lock(root, "mv"):
        sources = open_site(root)
        name = choose(sources, old)
        target = new.removeprefix("content/").removesuffix(".md").removesuffix("/index").strip("/")
        if "/" not in target:
            target = f"{name.rpartition('/')[0]}/{target}"
        if target.partition("/")[0] != name.partition("/")[0]:
            raise UsageError(f"`{name}` stays in {name.partition('/')[0]}/: its kind is its folder")
        fault = next((f for part in target.split("/")[1:] if (f := content.slug_fault(part))), "")
        if fault:
            raise UsageError(f"`{target}` cannot be a name: {fault}")
        if target in sources.documents:
            raise UsageError(f"there is a document `{target}` already")
        loaded = load(sources, name)
        document, site = loaded.document, sources.site
        moves: list[tuple[str, str]] = []
        if document.bundle:
            for path in files.tree(root, f"content/{name}"):
                moves.append((path, f"content/{target}/{path.removeprefix(f'content/{name}/')}"))
        else:
            moves.append((document.path, f"content/{target}.md"))
            for edition in document.authored:
                moves.append((edition.path, f"content/{target}.{edition.lang}.md"))
        for language in site.languages:
            for before, after in (
                (catalogue_path(name, language.tag), catalogue_path(target, language.tag)),
                (f"locales/{language.tag}/reviews/{name}.toml", f"locales/{language.tag}/reviews/{target}.toml"),
            ):
                if files.exists(root, before):
                    moves.append((before, after))
        for _, after in moves:
            if (root / after).exists():
                raise UsageError(f"{after} is in the way")
        before_bytes = files.read(root, document.path)
        text = decode(before_bytes, document.path)
        own = name.partition("/")[2]
        aliases = {
            f"aliases.{language.tag}.{len(document.aliases.get(language.tag, ()))}": own
            for language in site.languages
            if not _slug_of(document, language.tag)
        }
        head = text[: len(text) - len(loaded.body)]
        made = content.revise_front_matter(head, aliases, document.path) + loaded.body
        for before, after in moves:
            files.move(root, before, after)
        own_path = dict(moves)[document.path]
        files.write(root, own_path, made.encode())
        return moves


def _slug_of(document: Document, tag: str) -> str:
    own = document.authored_in(tag)
    return (own.slug if own else "") or document.slug.get(tag, "")


def init(folder: Path) -> list[str]:
    """A new site that builds as it is; returns the files written."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; name a new folder")
    from pipeline.starter import FILES

    today = date.today().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in FILES.items():
        files.write(folder, path, text.replace("{today}", today).encode())
    update(folder)
    return sorted(FILES)


