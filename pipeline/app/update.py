"""Bringing catalogues up to date with content and templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pipeline import catalogue, files, languages, localise, markdown, po
from pipeline.app.adopt import record_pairs
from pipeline.app.build import weigh
from pipeline.app.sources import Sources, catalogue_path, choose, load, open_site
from pipeline.model import Document, Language, Message, Site
from pipeline.problems import ContentError, DozabanError, Problem, UsageError

TEMPLATES_LANGUAGE = "en"
"""The language in which the strings of templates are written."""





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
            original = markdown.parse(one.body)
            found = localise.messages(one.document, original)
            for language in sources.site.languages:
                if language.tag == one.document.lang or not found:
                    continue
                own = one.document.authored_in(language.tag)
                record = partial(
                    record_pairs, own=own, original=original, text=markdown.parse(one.authored[own.lang])
                ) if own else None  # fmt: skip
                _update_one(
                    sources, catalogue_path(name, language.tag), language, found,
                    source=one.document.lang, reference=one.document.path, memory=memory,
                    drop_obsolete=drop_obsolete, check=check, stamp=stamp,
                    result=result, problems=problems, record=record,
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
    record: Callable[..., tuple[po.Catalogue, catalogue.Changes]] | None = None,
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
        if record is not None:  # an authored edition is the truth for its catalogue
            made, changes = record(old, messages, reference=reference, drop_obsolete=drop_obsolete)
        else:
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
                sources, path, language, found, source=_names_from(site, language),
                reference="content/site.toml", memory=None, drop_obsolete=drop_obsolete,
                check=check, stamp=stamp, result=result, problems=problems,
            )  # fmt: skip


def _names_from(site: Site, language: Language) -> str:
    """The language that most names in a terms.po are written in: not its own."""
    others = [one.tag for one in site.languages if one.tag != language.tag]
    return site.default_language if site.default_language in others else (others or [language.tag])[0]


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
