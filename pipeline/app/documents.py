"""Documents one by one: listed, shown, exported, begun, renamed; and a new site.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline import content, files, journal, localise, markdown, po, routes
from pipeline.app.sources import Sources, catalogue_path, choose, decode, load, look_up, open_site
from pipeline.app.survey import Prepared, decide, prepare_some, shared, weigh
from pipeline.app.update import update
from pipeline.app.workers import default_jobs, spread
from pipeline.localise import Words
from pipeline.model import Document, Message, Site
from pipeline.problems import ContentError, Problem, UsageError
from pipeline.publish import Record
from pipeline.speech import say


def examine(root: Path, names: Sequence[str] = ()) -> tuple[list[tuple[Record, Site]], list[Problem]]:
    """Documents with their editions and decisions, without rendering: for list and show."""
    sources = open_site(root)
    chosen = [choose(sources, name) for name in names] or sorted(sources.documents)
    problems = list(sources.problems)
    quiet = {language.tag: Words() for language in sources.site.languages}
    found = []
    with shared(sources=sources, spoken=quiet):
        done = list(spread(prepare_some, chosen, default_jobs(len(chosen)), None, ""))
    for prepared, _ in done:
        assert isinstance(prepared, Prepared)
        problems += prepared.problems
        if prepared.document is None:
            continue
        decisions = decide(prepared, sources.site, False, None)
        found.append(
            (Record(document=prepared.document, editions=prepared.editions, decisions=decisions), sources.site)
        )
    return found, weigh(problems, sources.site)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A message that still needs somebody, and what a reader would meet in its place.

    `state` is untranslated, stale or fuzzy; `previous` the source text that the msgstr
    translates; `shown` whether the source's text or the older translation is published.
    """

    kind: str
    msgid: str
    msgstr: str
    previous: str
    state: str
    shown: str
    path: str
    line: int
    source: str
    source_line: int


def open_messages(root: Path, name: str, tag: str) -> list[Open]:
    """What is not translated in an edition, in the document's order. Raises DozabanError."""
    sources = open_site(root)
    chosen = choose(sources, name)
    loaded = load(sources, chosen)
    document, site = loaded.document, sources.site
    if tag == document.lang:
        return []
    path = catalogue_path(chosen, tag)
    data = files.read_if_there(root, path)
    live = [entry for entry in po.parse(data, path).entries if not entry.obsolete] if data else []
    wanted = localise.messages(document, markdown.parse(loaded.body))
    return still_open(
        wanted, live, path=path, source=document.path, keeps=site.language(tag).stale == "keep"
    )


def still_open(
    wanted: Sequence[Message], live: Sequence[po.Entry], *, path: str, source: str, keeps: bool
) -> list[Open]:
    """The messages that somebody must still look at; `keeps`: stale ones show what they said."""
    entries = {entry.key: entry for entry in live}
    found: list[Open] = []
    seen: set[po.Key] = set()
    for message in wanted:
        key = (message.context, message.msgid)
        entry = entries.get(key)
        if key in seen or (entry is not None and entry.state == "translated"):
            continue
        seen.add(key)
        stale = entry is not None and entry.fuzzy and entry.previous is not None and bool(entry.msgstr)
        found.append(
            Open(
                kind=message.kind,
                msgid=message.msgid,
                msgstr=entry.msgstr if entry else "",
                previous=(entry.previous or "") if entry else "",
                state="stale" if stale else (entry.state if entry else "untranslated"),
                shown="older translation" if stale and keeps else "source",
                path=path,
                line=entry.line if entry else 0,
                source=source or " ".join(message.references) or path,
                source_line=message.line,
            )
        )
    return found


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
    known = [language.tag for language in site.languages]
    return say("the site has no language `{tag}`; it has {names}", tag=tag, names=known)


def new(root: Path, kind: str, title: str, tag: str = "", *, today: date | None = None) -> str:
    """Write a new document; returns its path. Raises UsageError or DiskError."""
    sources = open_site(root)
    site = sources.site
    tag = tag or site.default_language
    if tag not in [language.tag for language in site.languages]:
        raise UsageError(_no_language(site, tag))
    slug = content.slugify(title)
    if not slug:
        raise UsageError(say("the title `{title}` has no letters to name a file by", title=title))
    folder = {"post": "posts", "page": "pages", "newsletter": "newsletters"}[kind]
    path = f"content/{folder}/{slug}.md"
    if slug == "index":  # which names a folder's own document
        path = f"content/{folder}/index/index.md"
    if f"{folder}/{slug}" in sources.documents:
        raise UsageError(say("there is a document {name} already", name=f"{folder}/{slug}"))
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
    with files.lock(root, "new"):
        files.write(root, path, text.encode(), expected=None)
    return path


def move(root: Path, old: str, new: str) -> list[tuple[str, str]]:
    """Rename a document with its editions, catalogues and reviews, leaving aliases."""
    with files.lock(root, "mv"):
        sources = open_site(root)
        name = choose(sources, old)
        target = new.removeprefix("content/").removesuffix("/index.md").removesuffix(".md").strip("/")
        if "/" not in target:
            target = f"{name.rpartition('/')[0]}/{target}"
        if target.partition("/")[0] != name.partition("/")[0]:
            raise UsageError(say("`{name}` stays in {folder}: its kind is its folder", name=name, folder=f"{name.partition('/')[0]}/"))
        fault = next((f for part in target.split("/")[1:] if (f := content.slug_fault(part))), "")
        if not fault and not _stands(target, sources):
            fault = say("its last part is kept for a folder's own document, or for an edition")
        if fault:
            raise UsageError(say("`{name}` cannot be a name: {fault}", name=target, fault=fault))
        if target in sources.documents:
            raise UsageError(say("there is a document `{name}` already", name=target))
        loaded = load(sources, name)
        document, site = loaded.document, sources.site
        moves: list[tuple[str, str]] = []
        for language in site.languages:
            for before, after in (
                (catalogue_path(name, language.tag), catalogue_path(target, language.tag)),
                (f"locales/{language.tag}/reviews/{name}.toml", f"locales/{language.tag}/reviews/{target}.toml"),
            ):
                if files.exists(root, before):
                    moves.append((before, after))
        # Who got an issue is known by its name.
        if document.kind == "issue":
            posted = (journal.path_of(name, taken=True), journal.path_of(target))
            if files.exists(root, posted[0]):
                moves.append(posted)
        others = len(moves)
        if document.bundle:
            of_it = [path for path in files.tree(root, f"content/{name}") if path != document.path]
            for path in (*of_it, document.path):
                moves.append((path, f"content/{target}/{path.removeprefix(f'content/{name}/')}"))
        else:
            for edition in document.authored:
                moves.append((edition.path, f"content/{target}.{edition.lang}.md"))
            moves.append((document.path, f"content/{target}.md"))
        for _, after in moves:
            if (root / after).exists():
                raise UsageError(say("{path} is in the way", path=after))
        before_bytes = files.read(root, document.path)
        text = decode(before_bytes, document.path)
        aliases = {}
        for tag in [one.tag for one in site.languages if not _slug_of(document, one.tag)]:
            own, known = name.partition("/")[2], document.aliases.get(tag, ())
            if "/" in own:
                own = f"/{routes.address_of(document.kind, tag, own)}"
            if own not in known:  # else from a run that was stopped
                aliases[f"aliases.{tag}.{len(known)}"] = own
        head = text[: len(text) - len(loaded.body)]
        made = content.revise_front_matter(head, aliases, document.path) + loaded.body
        # The document comes last: until then, the same command goes on where it was stopped.
        for before, after in moves[:others]:
            files.move(root, before, after)
        files.write(root, document.path, made.encode(), expected=before_bytes)
        for before, after in moves[others:]:
            files.move(root, before, after)
        return moves


def _stands(name: str, sources: Sources) -> bool:
    """Whether a file of that name is read as the document of that name, and no other."""
    tags = [language.tag for language in sources.site.languages]
    found = content.identify(f"{name}.md", tags)
    return found is not None and found.lang is None and found.name == name


def _slug_of(document: Document, tag: str) -> str:
    own = document.authored_in(tag)
    return (own.slug if own else "") or document.slug.get(tag, "")


def init(folder: Path) -> list[str]:
    """A new site that builds as it is; returns the files written."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(say("{folder} is not empty; name a new folder", folder=str(folder)))
    from pipeline.starter import FILES

    today = date.today().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in FILES.items():
        files.write(folder, path, text.replace("{today}", today).encode())
    update(folder)
    return sorted(FILES)
