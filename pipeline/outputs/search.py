"""Search in each edition: the page, and the index that Pagefind makes for it.

Pagefind is an extra (`pip install 'dozaban[search]'`); without it the page says so. It is
given folded text (see `folding`), so that spellings meet, and its index is made in
shards: its memory and time grow with the records that it holds at once, and a change
makes only its own shard anew. The folded text is for the index alone: the cards that
readers see as results are written here, with titles, summaries and passages as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from types import SimpleNamespace
from typing import Any

from pipeline import folding, languages, routes
from pipeline.bidi import isolated, neutralise
from pipeline.model import Document, Site
from pipeline.outputs.site import Artefact, Face, Press, plain, policy
from pipeline.publish import Record
from pipeline.routes import Page, Plan

SHARD = 1500
"""How many documents a shard holds, about: 400 words each take Pagefind 350 MB and 2.5 s."""

_MAGIC = b"pagefind_dcd"
"""What each of Pagefind's compressed files begins with, once it is not."""

_LIBRARY = ("pagefind.js", "pagefind-worker.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A part of an edition's index: the documents in it, and the folder of its files.

    They are counted from 1; the first of an edition has the library as well.
    """

    language: str
    folder: str
    number: int
    names: tuple[str, ...]


def shards(plan: Plan) -> list[Shard]:
    """The shards of every edition. Which one a document is in depends on its name alone,
    and on how many shards there are: a power of two, which few changes change."""
    made = []
    for language in plan.site.languages:
        tag = language.tag
        names = [page.key[1] for page in plan.pages if page.language == tag and _found(page)]
        count = 1 << (max(0, len(names) - 1) // SHARD).bit_length()
        parts: list[list[str]] = [[] for _ in range(count)]
        for name in sorted(names):
            known = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4)
            parts[int(known.hexdigest(), 16) % count].append(name)
        full = [part for part in parts if part]
        made += [
            Shard(language=tag, folder=f"{tag}/search/{n}/", number=n, names=tuple(part))
            for n, part in enumerate(full, 1)
        ]
    return made


def folders(site: Site, shards: Sequence[Shard]) -> dict[str, list[str]]:
    """The folders of each language's shards, by its tag."""
    made: dict[str, list[str]] = {language.tag: [] for language in site.languages}
    for shard in shards:
        made[shard.language].append(shard.folder)
    return made


def _found(page: Page) -> bool:
    """Whether search finds a page: texts that go out in this edition, not what lists them."""
    return page.key[0] == "document" and page.template in ("article.html", "newsletter.html")


def page(press: Press, page: Page, face: Face) -> dict[str, Any]:
    """The values for the search page."""
    tag, here = page.language, page.address
    values = press.frame(page, face, "search", plain(face.said.search))
    if press.search is not None:
        values["page"].policy = policy(
            script_src="'self' 'wasm-unsafe-eval'", connect_src="'self'", form_action="'self'"
        )
    values["search"] = SimpleNamespace(
        ready=press.search is not None,
        shards=[routes.relative(here, folder) for folder in (press.search or {}).get(tag, ())],
        script=press.link(here, press.assets["search.js"]),
        fold=press.link(here, press.assets["fold.js"]),
        digits=face.language.digits,
        elsewhere=[
            SimpleNamespace(
                tag=other.tag,
                direction=other.direction,
                href=press.link(here, own.address),
                text=plain(press.faces[other.tag].said.search_there),
            )
            for other in press.site.languages
            if other.tag != tag and (own := press.plan.page(("search",), other.tag)) is not None
        ],
    )
    return values


# --- what is in a shard -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A document as search knows it: what it is found by, and the card that is shown."""

    name: str
    found: Mapping[str, str]
    card: Mapping[str, str]


def _entries(press: Press, shard: Shard) -> Iterator[_Entry]:
    face = press.faces[shard.language]
    language, tag = face.language, face.language.tag
    own = press.plan.page(("search",), tag)
    assert own is not None
    for name in shard.names:
        record = press.plan.records[name]
        document, edition = record.document, record.editions[tag]
        target = press.plan.page(("document", name), tag)
        assert target is not None
        people, others = _names(press, document, tag)
        abstract, day = edition.abstract, press.day(document.date, language)
        source = press.site.language(document.lang) if abstract.state == "untranslated" else language
        word = {"untranslated": face.said.untranslated, "stale": face.said.stale}.get(abstract.state)
        names = "\n".join(people + others)
        found = {"title": edition.title.text, "summary": edition.summary.text, "names": names}
        yield _Entry(
            name=name,
            found={key: " ".join(word for word, _ in folding.tokens(text)) for key, text in found.items()},
            card={
                "url": press.link(own.address, target.address),
                "title": isolated(edition.title.text, language.direction),
                "summary": isolated(abstract.text, source.direction),
                "lang": source.tag if source is not language else "",
                "dir": source.direction if source is not language else "",
                "note": plain(word) if word is not None else "",
                "date": day.text if day else "",
                "iso": day.iso if day else "",
                "by": isolated(languages.format_list(people, language), language.direction) if people else "",
                "names": names,
            },
        )


def _names(press: Press, document: Document, tag: str) -> tuple[list[str], list[str]]:
    """Who wrote a document; and its subjects, and where it was first published."""
    credit, written = document.credit, document.lang
    others = [press.plain_name("tag", key, tag, tag) for key in document.tags]
    if credit is None:
        return [], others
    for kind, where in (("publisher", credit.publisher), ("place", credit.place)):
        if where:
            others.append(press.plain_name(kind, where, written, tag))
    return [press.plain_name("person", name, written, tag) for name in credit.authors], others


def digest(press: Press, shard: Shard) -> str:
    """What a shard's files depend on, in 32 hex digits; the program that makes them apart."""
    tag, said = shard.language, press.faces[shard.language].said
    site = press.site
    common = [press.portable, site.time_zone, repr(site.languages), str(said.untranslated), str(said.stale)]
    made = blake2b(json.dumps(common).encode(), digest_size=16)
    for name in shard.names:
        record = press.plan.records[name]
        document, edition = record.document, record.editions[tag]
        target = press.plan.page(("document", name), tag)
        assert target is not None
        parts = [
            name, target.address, record.texts[tag][-1].hex(), document.lang, str(document.date),
            edition.title.text, edition.summary.text, edition.abstract.text, edition.abstract.state,
            *_names(press, document, tag),
        ]  # fmt: skip
        made.update(json.dumps(parts).encode())
    return made.hexdigest()


def index(
    press: Press, shard: Shard, text: Callable[[Record, str], str], program: str
) -> Iterator[Artefact]:
    """The files of a shard. `text` gives an edition's plain text, a line a block.

    Raises DiskError where Pagefind cannot be run, or says what is not understood here.
    """
    from pipeline import pagefind

    direction = press.site.language(shard.language).direction
    cards: dict[str, tuple[_Entry, str]] = {}

    def records() -> Iterator[dict[str, Any]]:
        for entry in _entries(press, shard):
            own = text(press.plan.records[entry.name], shard.language)
            lines = neutralise(own).split("\n")
            shown = "\n".join(isolated(line, direction) for line in lines)
            # Pagefind passes over a record without any text.
            tokens = folding.tokens(shown) or folding.tokens(entry.card["title"])
            # Zero-width spaces part the words, so that the places that Pagefind gives are theirs.
            passage = "\u200b".join(as_written.replace("\u200b", "") for _, as_written in tokens)
            # The name of a card's file comes from what Pagefind is given: so this is in it.
            stamp = json.dumps([entry.name, dict(entry.card), passage]).encode()
            key = blake2b(stamp, digest_size=8).hexdigest()
            cards[key] = entry, passage
            yield {
                "type": "AddRecord",
                "index_id": 0,
                "url": key,
                "content": " ".join(word for word, _ in tokens),
                # Its first part rules the endings of words; the number tells shards apart.
                "language": f"{shard.language}-{shard.number}",
                "meta": {name: found for name, found in entry.found.items() if found},
            }

    for path, data in pagefind.index(program, records()):
        if path.startswith("fragment/"):
            data = _card(data, cards)
        elif not _wanted(path, shard):
            continue
        yield Artefact(path=shard.folder + path, data=data)


def _wanted(path: str, shard: Shard) -> bool:
    """Whether a file of Pagefind's is needed: the index, and its library once; no widgets."""
    if path.startswith("index/") or path.endswith((".pf_meta", "-entry.json")):
        return True
    return shard.number == 1 and (path in _LIBRARY or path.startswith("wasm."))


def _card(data: bytes, cards: Mapping[str, tuple[_Entry, str]]) -> bytes:
    """A record's own file, as Pagefind made it, with what is shown in place of what is found."""
    import gzip

    from pipeline import pagefind

    made = gzip.decompress(data)
    if not made.startswith(_MAGIC):
        raise pagefind.not_understood()
    found = json.loads(made.removeprefix(_MAGIC))
    try:
        entry, passage = cards[found["url"]]
        found |= {"url": entry.card["url"], "content": passage, "meta": dict(entry.card)}
    except KeyError:
        raise pagefind.not_understood() from None
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(_MAGIC + text.encode("utf-8", "replace"), 9, mtime=0)
