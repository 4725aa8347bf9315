"""Existing translations into catalogues.

`adopt` aligns a translation with its original and writes what pairs up into the
catalogue: the sure as translated, the unsure as suggestions, what has no partner as
comments, so that no sentence of the translation is lost. It adopts no authored edition:
that is published as it stands, and its pairs are recorded (see pipeline.pairs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline import alignment, catalogue, content, files, languages, localise, markdown, po
from pipeline.alignment import CONFIDENT, POSSIBLE, Alignment, Block, Texts
from pipeline.app.sources import Sources, catalogue_path, choose, decode, load, open_site
from pipeline.app.survey import weigh
from pipeline.catalogue import SUGGESTION, noted, plainly
from pipeline.markdown import Parsed
from pipeline.model import Document, Image, Language, Message, Site
from pipeline.po import Catalogue, Entry
from pipeline.problems import ContentError, DozabanError, Problem, UsageError, problem
from pipeline.speech import Said, either, say


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """A text that found no partner, and the line on which it stands in its file."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """What `adopt` did with one translation.

    `translated` and `unsure` are messages that got a text, `known` those that had the same
    one, `kept` those that keep another: the adopted one is in a comment there. `counts` are
    the catalogue's after it.
    """

    document: str
    language: str
    path: str
    source: str
    translation: str
    translated: int
    unsure: int
    known: int
    kept: int
    source_left: tuple[LeftOver, ...]
    translation_left: tuple[LeftOver, ...]
    counts: po.Counts
    fresh: bool
    written: bool


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """What `adopt` did: its translations, and the files of a folder that have no partner."""

    adopted: tuple[Adopted, ...]
    documents_left: tuple[str, ...] = ()
    translations_left: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


# --- the command -----------------------------------------------------------------------------


def adopt(
    root: Path,
    source: str,
    translation: Path,
    *,
    tag: str = "",
    dry_run: bool = False,
    now: datetime | None = None,
) -> Adoption:
    """Write an existing translation, or a folder of them, into catalogues.

    `source` is a document, or a folder of documents; `translation` is any Markdown file,
    or a folder of files with the documents' names. `tag` is the translations' language.
    With `dry_run` nothing is written.
    """
    root = root.resolve()
    stamp = (now or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M+0000")
    with nullcontext() if dry_run else files.lock(root, "adopt"):
        sources = open_site(root)
        if tag and tag not in _tags(sources.site):
            raise UsageError(say("the site has no language `{tag}`; it has {names}", tag=tag, names=_tags(sources.site)))
        tasks, alone, strays = _tasks(sources, source, translation, tag)
        problems: list[Problem] = []
        found: list[_Translation] = []
        for task in tasks:
            try:
                found.append(_read(sources, *task))
            except DozabanError as error:
                problems.extend(error.problems)
            except UsageError as error:
                if len(tasks) == 1:
                    raise
                problems.append(problem("adopt", str(error), _shown(root, task[1])))
        by_languages: dict[tuple[str, str], list[_Translation]] = {}
        for one in found:
            problems.extend(one.problems)
            by_languages.setdefault((one.document.lang, one.language.tag), []).append(one)
        done = []
        for several in by_languages.values():
            aligned = alignment.align_all([one.texts for one in several])
            for one, pairs in zip(several, aligned, strict=True):
                try:
                    done.append(_write(sources, one, pairs, stamp, dry_run))
                except DozabanError as error:
                    problems.extend(error.problems)
    return Adoption(
        adopted=tuple(sorted(done, key=lambda one: (one.document, one.language))),
        documents_left=alone,
        translations_left=strays,
        problems=tuple(weigh(problems, sources.site)),
    )


def _tags(site: Site) -> list[str]:
    return [language.tag for language in site.languages]


_Task = tuple[str, Path, str]
"""A document, the file of its translation, and the language, where it is said."""


def _tasks(
    sources: Sources, source: str, translation: Path, tag: str
) -> tuple[list[_Task], tuple[str, ...], tuple[str, ...]]:
    """What to adopt; and of folders, what has no partner on either side."""
    own = Path(source)
    inside = own.exists() and own.resolve().is_relative_to(sources.root)
    name = own.resolve().relative_to(sources.root).as_posix() if inside else source
    if translation.is_file():
        if inside and own.is_dir() and not (own / "index.md").exists():
            raise UsageError(say("{source} is a folder, but {translation} is a file", source=source, translation=str(translation)))
        return [(choose(sources, name), translation, tag)], (), ()
    if not translation.is_dir():
        raise UsageError(say("there is no file or folder {translation}", translation=str(translation)))
    below = name.removeprefix("content").strip("/.")
    folder = f"content/{below}/" if below else "content/"
    documents = {n: path for n, path in sorted(sources.paths.items()) if path.startswith(folder)}
    if not documents:
        raise UsageError(say("there is no document in {source}; `dozaban list` names them all", source=source))
    there = {path: path for path in files.tree(translation, "") if path.endswith(".md")}
    tasks: list[_Task] = []
    alone: list[str] = []
    for document, path in documents.items():
        wanted = path.removeprefix(folder)
        stem = wanted.removesuffix(".md")
        names = [wanted, *(f"{stem}.{one}.md" for one in ([tag] if tag else _tags(sources.site)))]
        fitting = [
            name for name in names
            if name in there and not _same(translation / name, sources.root / path)
        ]  # fmt: skip
        for name in fitting:
            tasks.append((document, translation / there.pop(name), tag))
        if not fitting:
            alone.append(path)
    originals = {(sources.root / path).resolve() for path in sources.paths.values()}
    strays = tuple(
        _shown(sources.root, translation / path)
        for path in there
        if (translation / path).resolve() not in originals
    )
    return tasks, tuple(alone), strays


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _shown(root: Path, path: Path) -> str:
    """A file as reports call it: from the site's root, or as it was given."""
    inside = path.resolve()
    return inside.relative_to(root).as_posix() if inside.is_relative_to(root) else path.as_posix()


def _called(root: Path, path: Path) -> str:
    """A file as comments call it, from wherever it was given: by its folder outside the site."""
    path = path.resolve()
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return f"{path.parent.name}/{path.name}".lstrip("/")


def as_json(done: Adoption) -> dict[str, object]:
    """What `adopt --json` answers, but for the problems."""
    return {
        "documents": [
            {
                "document": one.document,
                "lang": one.language,
                "path": one.path,
                "source": one.source,
                "translation": one.translation,
                "adopted": {"translated": one.translated, "unsure": one.unsure,
                            "known": one.known, "kept": one.kept},
                "left_over": {
                    "source": [_left_json(left) for left in one.source_left],
                    "translation": [_left_json(left) for left in one.translation_left],
                },
                "counts": one.counts,
                "new_file": one.fresh,
                "written": one.written,
            }
            for one in done.adopted
        ],
        "documents_left": list(done.documents_left),
        "translations_left": list(done.translations_left),
    }  # fmt: skip


def _left_json(left: LeftOver) -> dict[str, object]:
    return {"path": left.path, "line": left.line, "text": left.text}


def report(done: Adoption) -> Iterator[tuple[int, Said]]:
    """The same for people, line by line, each with how far it is indented."""
    for one in done.adopted:
        parts = [
            say("{n} translated", n=one.translated),
            say("{n} unsure", n=one.unsure) if one.unsure else "",
            say("{n} known before", n=one.known) if one.known else "",
            say("{n} with another translation, which stays", n=one.kept) if one.kept else "",
            say("{n} left over here", n=len(one.source_left)) if one.source_left else "",
            say("{n} left over there", n=len(one.translation_left)) if one.translation_left else "",
        ]
        parts = [part for part in parts if part]
        yield 0, say("{document} ({lang}): {parts}", document=one.document, lang=one.language, parts=parts)
        for left in (*one.source_left, *one.translation_left):
            text = f"\u2068{_excerpt(left.text)}\u2069"
            yield 4, say("{place}: no partner: {text}", place=f"{left.path}:{left.line}", text=text)
    for path in done.documents_left:
        yield 0, say("{path}: no translation", path=path)
    for path in done.translations_left:
        yield 0, say("{path}: no document", path=path)
    if len(done.adopted) > 1:
        total = {
            name: sum(getattr(one, name) for one in done.adopted)
            for name in ("translated", "unsure", "known", "kept")
        }
        yield 0, say(
            "{n} translations: {translated} translated, {unsure} unsure, {known} known before, "
            "{kept} with another translation, {here} left over here, {there} there",
            n=len(done.adopted),
            here=sum(len(one.source_left) for one in done.adopted),
            there=sum(len(one.translation_left) for one in done.adopted),
            **total,
        )


def _excerpt(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"


# --- reading a translation ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Translation:
    """A document and a translation of it, both parsed.

    `path` is the translation's for reports, `called` for comments. `texts` are their blocks. `front` are the translation's front-matter texts by role,
    each with its line, `loose` what else of sentences its front matter holds.
    """

    document: Document
    language: Language
    original: Parsed
    texts: Texts
    path: str
    called: str
    body_line: int
    front: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    loose: tuple[LeftOver, ...] = ()
    problems: tuple[Problem, ...] = ()


def _read(sources: Sources, name: str, path: Path, tag: str) -> _Translation:
    """Read and parse a document and its translation. Raises DozabanError, UsageError."""
    loaded = load(sources, name)
    document = loaded.document
    language = _language(sources.site, document, path, tag)
    own = document.authored_in(language.tag)
    shown = _shown(sources.root, path)
    if own is not None:
        raise ContentError(
            problems=(
                problem("adopt", say("{document} has an edition in `{lang}` that somebody wrote", document=document.name, lang=language.tag),
                        own.path, hint=say("`dozaban update` records its pairs; nothing is to be adopted")),
            )
        )  # fmt: skip
    text = decode(files.read(path.parent, path.name), shown).removeprefix("\ufeff").replace("\r\n", "\n")
    _refuse_unholdable(text, shown)
    head, body = _front_matter(text)
    front, loose = _front_texts(head, shown, language.tag, document, sources.site)
    original = markdown.parse(loaded.body)
    source = alignment.blocks(original)
    target = alignment.blocks(markdown.parse(_inlined(body, original)))
    body_line = text.count("\n", 0, len(text) - len(body)) + 1
    if "title" not in front and _opens_with_title(source, target):
        front["title"] = (target[0].plain, body_line + target[0].line)
        target = target[1:]
    return _Translation(
        document=document,
        language=language,
        original=original,
        texts=Texts(source=source, target=target),
        path=shown,
        called=_called(sources.root, path),
        body_line=body_line,
        front=front,
        loose=loose,
        problems=loaded.problems,
    )


def _opens_with_title(source: Sequence[Block], target: Sequence[Block]) -> bool:
    """Whether a translation opens with its title, which the original has elsewhere."""
    ours = [block.level for block in source if block.kind == "heading"]
    theirs = [block.level for block in target if block.kind == "heading"]
    if not target or target[0].kind != "heading" or theirs[0] != 1 or 1 in ours:
        return False
    return not source or source[0].kind != "heading" or len(theirs) > len(ours)


def _language(site: Site, document: Document, path: Path, tag: str) -> Language:
    """The language of a translation: as said, by its file's name, or the only other one."""
    others = [language for language in site.languages if language.tag != document.lang]
    suffix = path.name.removesuffix(".md").rpartition(".")[2]
    wanted = tag or (suffix if suffix in _tags(site) else "")
    if not wanted and len(others) == 1:
        return others[0]
    if not wanted:
        known = either([f"--lang {language.tag}" for language in others])
        raise UsageError(say("say which language {file} is in: {options}", file=path.name, options=known))
    if wanted == document.lang:
        raise UsageError(say("{document} is in `{lang}` itself: a translation is in another language",
                             document=document.name, lang=wanted))
    return site.language(wanted)


_UNHOLDABLE = re.compile("[\x00\x04]")


def _refuse_unholdable(text: str, path: str) -> None:
    found = _UNHOLDABLE.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise ContentError(
            problems=(
                problem("adopt", say("no catalogue can hold the character {code}", code=f"U+{ord(found.group()):04X}"),
                        path, line, column, hint=say("delete it")),
            )
        )  # fmt: skip


_HEAD = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"([A-Za-z_][\w\-]*)[ \t]*:")
_SENTENCE = re.compile(r"[^\W\d_]{2}\s++[^\W\d_]{2}|[^\x00-\x7f]")
_WITHOUT_TEXT = frozenset(("tags", "date", "updated", "lang", "credit", "draft", "due", "aliases", "translator"))


def _front_matter(text: str) -> tuple[str, str]:
    """Front matter between its lines of hyphens, and the body behind it."""
    found = _HEAD.match(text)
    return (found.group(1), text[found.end() :]) if found else ("", text)


def _front_texts(
    head: str, path: str, tag: str, document: Document, site: Site
) -> tuple[dict[str, tuple[str, int]], tuple[LeftOver, ...]]:
    """The texts of a translation's front matter by role, and its other sentences.

    It may be another tool's: what isn't ours is passed over, but for sentences.
    """
    wanted = {"title", "summary", "preheader"} if document.preheader else {"title", "summary"}
    if document.image:
        wanted.add("image")
    parts: dict[str, tuple[list[str], int]] = {}
    loose: list[LeftOver] = []
    name = ""
    for number, written in enumerate(head.splitlines(keepends=True), start=2):
        found = _KEY.match(written)
        if found and found.group(1) not in parts:
            name = found.group(1)
            parts[name] = ([written], number)
        elif name:
            parts[name][0].append(written)
    texts: dict[str, tuple[str, int]] = {}
    for name, (pieces, line) in parts.items():
        written, roles = "".join(pieces), None
        if name in wanted:
            roles = _roles(name, written, tag, document, site)
        for role, text in (roles or {}).items():
            if text.strip():
                texts[role] = (text, line)
        if roles is None and name not in _WITHOUT_TEXT and _SENTENCE.search(written.partition(":")[2]):
            loose.append(LeftOver(path=path, line=line, text=written.strip()))
    return texts, tuple(loose)


def _roles(name: str, written: str, tag: str, document: Document, site: Site) -> dict[str, str] | None:
    """The texts that one key of front matter holds, by role; None if it cannot be read."""
    title = "" if name == "title" else "title: x\n"
    try:
        own, _, _ = content.parse_authored(
            f"---\n{title}{written.rstrip()}\n---\n", f"x.{tag}.md", site, document
        )
    except ContentError:
        return None
    if name == "image":
        image = own.image or Image(src="")
        return {"alt": image.alt, "caption": image.caption}
    return {name: str(getattr(own, name))}


_BY_LABEL = frozenset(("Reference", "Collapsed", "Shortcut"))


def _inlined(body: str, original: Parsed) -> str:
    """The text with its reference links written out, where the original lacks the reference.

    Its messages will stand in the original's text, without the definitions of their own.
    """
    ours = {_label(detail["id"]): detail["dest_url"] for detail, _ in _references(original)}
    parsed = markdown.parse(body)
    edits: list[tuple[int, int, bytes]] = []
    for detail, span in _references(parsed):
        if ours.get(_label(detail["id"])) == detail["dest_url"]:
            continue
        start, end = span["start"], span["end"]
        raw = parsed.data[start:end]
        cut = end
        if detail["link_type"] == "Reference":
            cut = start + raw.rfind(b"[")
        elif detail["link_type"] == "Collapsed" and parsed.data[end : end + 2] == b"[]":
            end += 2
        target = detail["dest_url"]
        if not target or re.search(r"[\s()<>\\]", target):
            target = "<" + re.sub(r"([<>\\])", r"\\\1", target) + ">"
        title = detail["title"].replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        added = f'({target} "{title}")' if title else f"({target})"
        lines = b"\n" * parsed.data[cut:end].count(b"\n")
        edits.append((cut, end, added.encode() + lines))
    pieces: list[bytes] = []
    at = 0
    for start, end, added_bytes in sorted(set(edits)):
        pieces += (parsed.data[at:start], added_bytes)
        at = end
    return b"".join((*pieces, parsed.data[at:])).decode()


def _references(parsed: Parsed) -> Iterator[tuple[dict[str, str], dict[str, int]]]:
    for event, span in parsed.events:
        if type(event) is dict and type(event.get("Start")) is dict:
            tag = event["Start"]
            detail = tag.get("Link") or tag.get("Image")
            if detail and detail["link_type"] in _BY_LABEL:
                yield detail, span


def _label(label: str) -> str:
    return " ".join(label.split()).casefold()


# --- what goes where ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """A text for a message: how sure, and where it stands in the translation."""

    key: po.Key
    text: str
    score: float
    line: int
    remark: str = ""


@dataclass(slots=True, kw_only=True)
class _Plan:
    """Offers in the document's order, what is left over, and after which message it stood."""

    offers: list[_Offer] = field(default_factory=list)
    source_left: list[LeftOver] = field(default_factory=list)
    left: list[tuple[po.Key | None, LeftOver]] = field(default_factory=list)


def _plan(one: _Translation, pairs: Alignment) -> _Plan:
    """What becomes of each block of a translation."""
    plan = _Plan()
    source, target = one.texts.source, one.texts.target
    after: dict[int, po.Key] = {}  # the message beside which a target block stands
    settled: set[int] = set()
    offered: set[int] = set()
    _offer_front(one, pairs, plan)
    for pair in pairs.pairs:
        ours = [source[k] for k in pair.source]
        theirs = [target[k] for k in pair.target]
        messages = [block for block in ours if block.message]
        if not messages:
            if _equal(ours[0], theirs[0]):
                settled.update(pair.target)
            continue
        if pair.score < POSSIBLE:
            continue
        text = " ".join(block.plain if block.kind == "code" else block.text for block in theirs)
        for block in messages:
            plan.offers.append(
                _Offer(
                    key=(None, block.text),
                    text=text,
                    score=pair.score,
                    line=one.body_line + theirs[0].line,
                )
            )
        settled.update(pair.target)
        offered.update(pair.source)
        after.update(dict.fromkeys(pair.target, (None, messages[-1].text)))
    for k, block in enumerate(source):
        if block.message and k not in offered:
            plan.source_left.append(
                LeftOver(path=one.document.path, line=one.document.body_line + block.line, text=block.text)
            )
    last: po.Key | None = None
    for remnant in one.loose:
        plan.left.append((None, remnant))
    for k, block in enumerate(target):
        last = after.get(k, last)
        if k not in settled and block.kind != "rule":
            remnant = LeftOver(path=one.path, line=one.body_line + block.line, text=block.text.strip())
            plan.left.append((last, remnant))
    return plan


def _offer_front(one: _Translation, pairs: Alignment, plan: _Plan) -> None:
    """Front-matter texts by their role; a title also by the heading that says the same."""
    wanted = {message.context: message for message in localise.front(one.document)}
    for role, message in wanted.items():
        key = (role, message.msgid)
        if role in one.front:
            text, line = one.front[role or ""]
            plan.offers.append(_Offer(key=key, text=text, score=1.0, line=line))
            continue
        same = _heading(one, pairs, message) if role == "title" else None
        if same is not None:
            plan.offers.append(replace(same, key=key))
        else:
            left = LeftOver(path=one.document.path, line=message.line, text=message.msgid)
            plan.source_left.append(left)
    for role, (text, line) in one.front.items():
        if role not in wanted:
            plan.left.append((None, LeftOver(path=one.path, line=line, text=text)))


def _heading(one: _Translation, pairs: Alignment, title: Message) -> _Offer | None:
    """The translation of the heading that says what the title says."""
    wanted = markdown.plain_text(title.msgid)
    for pair in pairs.pairs:
        ours, theirs = one.texts.source[pair.source[0]], one.texts.target[pair.target[0]]
        if ours.kind == "heading" and ours.plain == wanted and pair.score >= POSSIBLE:
            line = one.body_line + theirs.line
            return _Offer(key=(None, ""), text=theirs.plain, score=pair.score, line=line)
    return None


def _equal(ours: Block, theirs: Block) -> bool:
    """Whether two untranslated blocks say the same, so that nothing of one is lost."""
    return ours.kind == "rule" or _bare(ours.plain) == _bare(theirs.plain)


def _bare(text: str) -> str:
    digits = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    return " ".join(digits.split())


def _checked(original: Parsed, offers: Sequence[_Offer]) -> list[_Offer]:
    """The offers, those made unsure that couldn't go out as they are (law 2)."""
    sure = {offer.key: offer.text for offer in offers if offer.score >= CONFIDENT}
    composed = markdown.compose(
        original,
        {n: sure[(None, leaf.msgid)] for n, leaf in enumerate(original.leaves)
         if leaf.msgid and (None, leaf.msgid) in sure},
    )  # fmt: skip
    refused: dict[po.Key, str] = {
        (None, original.leaves[n].msgid): why for n, why in composed.refused.items()
    }
    return [
        replace(offer, score=POSSIBLE, remark=why)
        if offer.score >= CONFIDENT
        and (why := refused.get(offer.key, "") or markdown.refusal(offer.text))
        else offer
        for offer in offers
    ]


# --- into the catalogue ----------------------------------------------------------------------------


def _write(
    sources: Sources, one: _Translation, pairs: Alignment, stamp: str, dry_run: bool
) -> Adopted:
    """Bring one catalogue up to date and write the translation into it."""
    document, language = one.document, one.language
    path = catalogue_path(document.name, language.tag)
    before = files.read_if_there(sources.root, path)
    old = (
        po.parse(before, path)
        if before is not None
        else catalogue.fresh(
            path,
            project=sources.site.title,
            contact=sources.site.contact or sources.site.base_url,
            source=document.lang,
            language=language.tag,
            plural_forms=languages.plural_forms_header(language.tag),
            now=stamp,
        )
    )
    messages = localise.messages(document, one.original)
    merged, changes = catalogue.merge(old, messages, reference=document.path)
    if before is not None and changes.messages:
        merged = po.with_header(merged, "POT-Creation-Date", stamp)
    plan = _plan(one, pairs)
    made, tally, lost = _enter(merged, _checked(one.original, plan.offers), plan.left, one)
    data = po.serialize(made)
    written = False
    if not dry_run and data != before:
        written = files.write(sources.root, path, data, expected=before)
    left = sorted((*(remnant for _, remnant in plan.left), *lost), key=lambda r: (r.line, r.text))
    return Adopted(
        document=document.name,
        language=language.tag,
        path=path,
        source=document.path,
        translation=one.path,
        translated=tally["translated"],
        unsure=tally["unsure"],
        known=tally["known"],
        kept=tally["kept"],
        source_left=tuple(plan.source_left),
        translation_left=tuple(left),
        counts=po.statistics(made),
        fresh=before is None,
        written=written,
    )


def _enter(
    old: Catalogue,
    offers: Sequence[_Offer],
    left: Sequence[tuple[po.Key | None, LeftOver]],
    one: _Translation,
) -> tuple[Catalogue, dict[str, int], list[LeftOver]]:
    """The catalogue with texts and left-overs entered; the tally; texts that met a taken key.

    A translation that is there stays: an adopted one that differs becomes a comment.
    """
    path = one.called
    entries = list(old.entries)
    at = {entry.key: n for n, entry in enumerate(entries) if not entry.obsolete}
    tally = {"translated": 0, "unsure": 0, "known": 0, "kept": 0}
    lost: list[LeftOver] = []
    best: dict[po.Key, _Offer] = {}
    for offer in offers:
        if offer.key not in best or offer.score > best[offer.key].score:
            best[offer.key] = offer
    for offer in offers:
        n = at[offer.key]
        chosen = best[offer.key]
        if offer is chosen:
            entries[n], how = _entered(entries[n], offer, path)
            tally[how] += 1
        elif offer.text != chosen.text:
            entries[n] = noted(entries[n], _left_over(path, offer.text))
            lost.append(LeftOver(path=one.path, line=offer.line, text=offer.text))
    for key, remnant in left:
        n = at.get(key, 0) if key else 0
        entries[n] = noted(entries[n], _left_over(path, remnant.text))
    made = tuple(entries)
    return (old if made == old.entries else replace(old, entries=made)), tally, lost


def _left_over(path: str, text: str) -> str:
    return f"left over from {path}: {po.one_line(text)}"


def _entered(entry: Entry, offer: _Offer, path: str) -> tuple[Entry, str]:
    """The entry with a text offered, and what came of it."""
    sure = offer.score >= CONFIDENT
    origin = f"{SUGGESTION}{path} (score {offer.score:.2f})"
    if offer.remark:
        origin = f"{SUGGESTION}{path} ({offer.remark})"
    ours = entry.fuzzy and any(line.startswith(SUGGESTION) for line in entry.extracted)
    if entry.msgstr == offer.text:
        if ours and sure:
            return _settled(entry, entry.msgstr), "translated"
        return entry, "known"
    if entry.msgstr and (not entry.fuzzy or not sure):
        return noted(entry, f"adopted from {path}: {po.one_line(offer.text)}"), "kept"
    if entry.msgstr:
        entry = noted(entry, f"was: {po.one_line(entry.msgstr)}")
    if sure:
        return _settled(entry, offer.text), "translated"
    return (
        po.revise(entry, msgstr=offer.text, fuzzy=True, extracted=(*plainly(entry), origin)),
        "unsure",
    )


def _settled(entry: Entry, text: str) -> Entry:
    """The entry translated by this text."""
    return po.revise(
        entry, msgstr=text, fuzzy=False, previous=None, previous_context=None, extracted=plainly(entry)
    )
