"""A site as it stands on disk: its settings, documents, catalogues, templates.

Everything that other use cases need before they can begin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import __version__, content, files, frontmatter, markdown, po
from pipeline.bidi import neutralise
from pipeline.model import KINDS, Document, Site
from pipeline.po import Lookup
from pipeline.problems import ContentError, Problem, UsageError, problem
from pipeline.routes import Terms
from pipeline.speech import say

TEMPLATES_LANGUAGE = "en"
"""The language in which the strings of templates are written."""


package_data = files.package_data


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


def decode(data: bytes, path: str) -> str:
    """A file's text. Raises ContentError at the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        byte, wide = f"0x{data[error.start]:02X}", data[:2] in (b"\xff\xfe", b"\xfe\xff")
        said = say("this is not UTF-8 (byte {byte}; perhaps another encoding)", byte=byte)
        if wide:
            said = say("this is not UTF-8 (byte {byte}; perhaps UTF-16)", byte=byte)
        raise ContentError(
            problems=(
                problem("encoding", said,
                        path, line, column, hint=say("save the file as UTF-8")),
            )
        ) from None  # fmt: skip


def open_site(root: Path) -> Sources:
    """Read site.toml and find the documents. Raises ContentError with all that is wrong."""
    from pipeline import config
    from pipeline.checks import NAMES

    path = "content/site.toml"
    site = config.parse(decode(files.read(root, path), path), path, rules=NAMES)
    tags = [language.tag for language in site.languages]
    found: list[tuple[content.Identity, str]] = []
    assets: list[str] = []
    nameless: list[str] = []
    for name in files.tree(root, "content"):
        if name == path:
            continue
        identity = content.identify(name.removeprefix("content/"), tags)
        if identity is None:
            assets.append(name)
            if name.endswith(".md") and name.split("/")[1] in KINDS:
                nameless.append(name)
        else:
            found.append((identity, name))
    problems = content.assemble((*identity, path) for identity, path in found)
    problems += tuple(
        problem("documents", say("this file is no document: it has no name of its own"), name,
                hint=say("call it otherwise, or put it into a folder with the document's name"))
        for name in nameless
    )  # fmt: skip
    documents = {i.name: i for i, _ in sorted(found, key=lambda x: x[1]) if i.lang is None}
    paths = {i.name: p for i, p in sorted(found, key=lambda x: x[1], reverse=True) if i.lang is None}
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
    whole = name.removeprefix("./").removeprefix("content/").removesuffix(".md")
    wanted = whole.removesuffix("/index")
    for found in (whole, wanted):
        if found in sources.documents:
            return found
    ends = [d for d in sources.documents if d.endswith("/" + wanted)]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise UsageError(say("`{name}` could be {names}: give the whole name", name=name, names=sorted(ends)))
    import difflib

    near = difflib.get_close_matches(wanted, list(sources.documents), n=1)
    if near:
        raise UsageError(say("there is no document `{name}`; did you mean `{near}`?", name=name, near=near[0]))
    raise UsageError(say("there is no document `{name}`; `dozaban list` names them all", name=name))


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


def loaded_again(sources: Sources, document: Document, problems: Sequence[Problem]) -> Loaded:
    """A document whose own files have not changed since it was read, with what was wrong then."""

    def body(path: str) -> str:
        text = decode(files.read(sources.root, path), path)
        return text[frontmatter.split(text, path)[2] :]

    return Loaded(
        document=document, body=body(document.path), authored={one.lang: body(one.path) for one in document.authored},
        problems=tuple(problems),
    )  # fmt: skip


def catalogue_path(name: str, tag: str) -> str:
    """Where a document's catalogue is."""
    return f"locales/{tag}/LC_MESSAGES/{name}.po"


def theme_file(root: Path, name: str) -> bytes:
    """A file of the theme: the site's own, or ours. Raises DiskError."""
    path = f"templates/{name}"
    return files.read(root if files.exists(root, path) else package_data(), path)


def look_up(root: Path, path: str) -> Lookup | None:
    """A catalogue read for a build, or None where there is none. Raises CatalogueError."""
    data = files.read_if_there(root, path)
    if data is not None and not data.strip():
        raise ContentError(
            problems=(
                problem("catalogue-syntax", say("the catalogue is empty: something has cut it off"), path, 1,
                        hint=say("bring it back from a backup, or delete it and run `dozaban update`")),
            )
        )  # fmt: skip
    return None if data is None else po.lookup(data, path)


def read_terms(sources: Sources) -> Terms:
    """The terms of every language. Raises CatalogueError."""
    tables: dict[str, dict[tuple[str, str], str]] = {}
    for language in sources.site.languages:
        found = look_up(sources.root, f"locales/{language.tag}/LC_MESSAGES/terms.po")
        tables[language.tag] = {
            (context or "", msgid): " ".join(neutralise(reading.msgstr).split())
            for (context, msgid), reading in (found.messages.items() if found else ())
            if reading.state == "translated" and not markdown.refusal(reading.msgstr)
        }
    return Terms(tables=tables)


def interfaces(sources: Sources, *, pseudo: bool = False, cache: bool = False) -> dict[str, Any]:
    """A Jinja environment for each language; a `cache` keeps what is compiled. Raises
    CatalogueError.

    `pseudo`: every string of a template comes out in made-up text, but in the language
    in which templates are written.
    """
    from pipeline import pseudo as made_up
    from pipeline import templating

    data = package_data()
    own = sources.root / "templates"
    folders = [own] if own.is_dir() else []
    if not folders or (data / "templates").resolve() != own.resolve():
        folders.append(data / "templates")
    found = {}
    for language in sources.site.languages:
        path = f"locales/{language.tag}/LC_MESSAGES/messages.po"
        if pseudo and language.tag != TEMPLATES_LANGUAGE:
            lookups: list[Lookup | None] = [made_up.lookup(language, path, markup=False)]
            interface = templating.Interface(language, [one for one in lookups if one is not None])
            found[language.tag] = templating.environment(folders, interface)
            continue
        lookups = [look_up(sources.root, path)]
        if data.resolve() != sources.root.resolve() and files.exists(data, path):
            lookups.append(po.lookup(files.read(data, path), path))
        words = [one for one in lookups if one is not None]
        interface = templating.Interface(language, words)
        compiled = _compiled(sources.root, language.tag, repr((__version__, language, words))) if cache else None
        found[language.tag] = templating.environment(folders, interface, compiled)
    return found


def _compiled(root: Path, tag: str, about: str) -> Any:
    """A language's templates, compiled with the same words, from the cache of a site."""
    from pipeline import templating

    below = f".dozaban/templates/{tag}"

    def put(name: str, data: bytes) -> None:
        files.write_cache(root, f"{below}/{name}", data)

    return templating.Compiled(lambda name: files.read_cache(root, f"{below}/{name}"), put, about)
