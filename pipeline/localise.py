"""Document × language → edition: what a reader of that language gets.

Takes a parsed original and what there is in the other language (a catalogue's
look-up, or an authored text) and gives the edition's texts, its coverage and its
HTML, with slots where an address of the site must stand. It reads no file, decides
nothing about publishing and knows no page.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

from pipeline import markdown
from pipeline.bidi import escape, neutralise
from pipeline.html import Block, Manner, State, Target, is_external, write
from pipeline.languages import words
from pipeline.markdown import Parsed
from pipeline.model import Document, Language, Message, Site
from pipeline.po import Lookup
from pipeline.problems import Problem, problem
from pipeline.speech import say

Origin = Literal["original", "composed", "authored"]
Writer = Callable[[Parsed, Manner, Sequence[Block]], Any]
"""What makes a body of a parsed text: `html.write`, or `flow.write` for other forms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A front-matter string in an edition: the text, and whether it is another's.

    `changed`: it is untranslated because it has changed since it was translated.
    """

    text: str = ""
    state: State = ""
    changed: bool = False

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of an edition is translated, in messages and in source words.

    A fuzzy message is not translated, in every figure. `stale` of the fuzzy ones were
    translated once.
    """

    translated: int = 0
    fuzzy: int = 0
    untranslated: int = 0
    stale: int = 0
    words: int = 0
    words_translated: int = 0

    @property
    def messages(self) -> int:
        return self.translated + self.fuzzy + self.untranslated

    @property
    def complete(self) -> bool:
        return not (self.fuzzy or self.untranslated)

    @property
    def share(self) -> float:
        """The share of source words that is translated, 0 to 1."""
        return self.words_translated / self.words if self.words else 1.0

    @property
    def percent(self) -> int:
        """The share in whole per cent, never rounded up."""
        return self.words_translated * 100 // self.words if self.words else 100

    def counts(self) -> dict[str, int]:
        """The three counts, as every report gives them."""
        return {
            "translated": self.translated,
            "fuzzy": self.fuzzy,
            "untranslated": self.untranslated,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address of the site that a text uses: what it says, and where it says it."""

    address: str
    image: bool
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A document in one language, without its body.

    `blocks` is how many of the body's `body_messages` blocks show a translation,
    `stale_blocks` of them one of an older text. `anchors` are the ids to
    which a link may lead.
    """

    document: str
    language: str
    origin: Origin
    title: Text
    summary: Text = Text()
    lead: Text = Text()
    alt: Text = Text()
    caption: Text = Text()
    preheader: Text = Text()
    headings: tuple[Text, ...] = ()
    slug: str = ""
    coverage: Coverage = Coverage()
    blocks: int = 0
    stale_blocks: int = 0
    body_messages: int = 0
    links: tuple[Link, ...] = ()
    anchors: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    stale_words: int = 0
    digests: tuple[str, str] = ("", "")

    @property
    def abstract(self) -> Text:
        """What lists and feeds show: the summary, else the first paragraph."""
        return self.summary if self.summary else self.lead

    @property
    def whole(self) -> bool:
        """Whether every block of the body, and the title, is the edition's own."""
        return self.blocks == self.body_messages and not self.stale_blocks and not self.title.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of ours that stand in an edition's body, in its language.

    `untranslated` and `stale` mark blocks, and `changed` those that stand in the source's
    language since they changed; `labels` are the writer's (see Manner).
    """

    untranslated: str = ""
    changed: str = ""
    stale: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    digits: str = "0123456789"

    def number(self, value: int) -> str:
        return "".join(self.digits[int(d)] for d in str(value))


# --- what is translatable: one definition for extraction and composition ------------------


def front(document: Document) -> list[Message]:
    """The front-matter messages of a document, in the order of the file's meaning."""
    at = document.source
    found = [("title", "title", document.title), ("summary", "summary", document.summary)]
    if document.image:
        found.append(("alt", "image text", document.image.alt))
        found.append(("caption", "image caption", document.image.caption))
    found.append(("preheader", "preheader", document.preheader))
    lines = {"alt": "image.alt", "caption": "image.caption"}
    messages = [
        Message(
            msgid=text,
            kind=kind,
            context=role,
            line=at.get(lines.get(role, role), (0, 0))[0],
        )
        for role, kind, text in found
        if text.strip()
    ]
    for number, section in enumerate(document.sections):
        if section.heading.strip():
            line = at.get(f"sections.{number}.heading", (0, 0))[0]
            messages.append(
                Message(msgid=section.heading, kind="section heading", context="heading", line=line)
            )
    return messages


def messages(document: Document, parsed: Parsed) -> list[Message]:
    """Every message of a document, in the document's order."""
    return front(document) + [
        Message(
            msgid=leaf.msgid,
            kind="poem" if leaf.poem else leaf.kind,
            note=leaf.note,
            line=document.body_line + leaf.line,
        )
        for leaf in parsed.leaves
        if leaf.msgid
    ]


def digest(texts: Iterable[str]) -> str:
    """What a review remembers of a sequence of texts; their order counts."""
    made = blake2b(digest_size=16)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        made.update(len(data).to_bytes(8, "big") + data)
    return made.hexdigest()


# --- editions ---------------------------------------------------------------------------


def original(
    document: Document,
    parsed: Parsed,
    site: Site,
    spoken: Words,
    writer: Writer = write,
    prefix: str = "",
    others: Sequence[Sequence[str]] = (),
) -> tuple[Edition, Any]:
    """The edition in the source language, and its body as `writer` gives it: HTML.

    `prefix` begins the body's ids, where a page holds several documents. `others` are
    the ids of the authored editions' blocks: whichever is missing here, its nearest
    neighbour answers to it, so that a place is found in every edition.
    """
    language = site.language(document.lang)
    ids = markdown.block_ids(parsed)
    anchors = markdown.anchors(parsed)
    blocks = [
        Block(id=name, anchors=names + more)
        for name, names, more in zip(ids, anchors, neighbours(ids, others), strict=True)
    ]
    body = _Body(document.path, document.body_line, parsed, site, language, spoken)
    made = body.write(blocks, writer, prefix)
    edition = Edition(
        document=document.name,
        language=document.lang,
        origin="original",
        title=_text(document.title),
        summary=_text(document.summary),
        lead=_lead(parsed, {}),
        alt=_text(document.image.alt if document.image else ""),
        caption=_text(document.image.caption if document.image else ""),
        preheader=_text(document.preheader),
        headings=tuple(_text(section.heading) for section in document.sections),
        slug=document.slug.get(document.lang, ""),
        links=tuple(body.links),
        anchors=_all_anchors(anchors),
        problems=tuple(body.problems + _complaints(document, parsed)),
    )
    return edition, made


def composed(
    document: Document,
    parsed: Parsed,
    catalogue: Lookup | None,
    path: str,
    language: Language,
    site: Site,
    spoken: Words,
    writer: Writer = write,
    prefix: str = "",
    others: Sequence[Sequence[str]] = (),
) -> tuple[Edition, Any, Parsed]:
    """An edition put together from a catalogue, its body's HTML, and its parsed text."""
    problems: list[Problem] = []
    entries = catalogue.messages if catalogue is not None else {}
    counted: dict[tuple[str | None, str], str] = {}

    def look_up(context: str | None, msgid: str) -> tuple[str, State, int, str]:
        """(text, state, line in the catalogue, how it counts)."""
        found = entries.get((context, msgid))
        if found is None or not found.msgstr:
            return msgid, "untranslated", 0, "untranslated"
        if found.state == "translated":
            why = markdown.refusal(found.msgstr)
            if why:
                problems.append(
                    problem("refused", say("the translation is not used: {why}", why=why), path, found.line,
                            hint=say("translate the message again"), excerpt=msgid[:60])
                )  # fmt: skip
                return msgid, "untranslated", found.line, "translated"
            return found.msgstr, "", found.line, "translated"
        if found.stale and not markdown.refusal(found.msgstr):
            if language.stale == "keep":
                return found.msgstr, "stale", found.line, "stale"
            return msgid, "untranslated", found.line, "stale"
        return msgid, "untranslated", found.line, found.state

    texts: list[Text] = []
    for message in front(document):
        text, state, line, counts = look_up(message.context, message.msgid)
        counted[(message.context, message.msgid)] = counts
        changed = state == "untranslated" and counts == "stale"
        texts.append(Text(text=_one_line(text), state=state, changed=changed))
    by_role = {
        message.context: text for message, text in zip(front(document), texts, strict=True)
    }
    translations: dict[int, str] = {}
    states: dict[int, State] = {}
    changed_places: set[int] = set()
    lines: dict[int, int] = {}
    for place, leaf in enumerate(parsed.leaves):
        if not leaf.msgid:
            continue
        text, state, line, counts = look_up(None, leaf.msgid)
        counted[(None, leaf.msgid)] = counts
        lines[place] = line
        states[place] = state
        if state != "untranslated":
            translations[place] = text
        elif counts == "stale":
            changed_places.add(place)
    result = markdown.compose(parsed, translations)
    for place, why in sorted(result.refused.items()):
        states[place] = "untranslated"
        problems.append(
            problem(
                "structure",
                say("the translation is not used: {why}", why=why),
                path,
                lines[place],
                hint=say("write it so that it stays one block: no blank lines, no list or heading marks"),
                excerpt=parsed.leaves[place].msgid[:60],
            )
        )
    own = _Foreign(site.language(document.lang), language, spoken)
    ids = markdown.block_ids(parsed)
    anchors = markdown.anchors(parsed)
    more = neighbours(ids, others)
    blocks = [
        own.block(
            ids[place], anchors[place] + more[place], states.get(place, ""), place in changed_places
        )
        for place in range(len(parsed.leaves))
    ]
    translated = {place for place, state in states.items() if state != "untranslated"}
    every = messages(document, parsed)
    unknown = sum(1 for key in counted if key not in entries)
    if catalogue is not None and unknown:
        problems.append(
            problem(
                "behind",
                say(
                    "one of {path}'s messages is not in this catalogue yet",
                    "{n} of {path}'s messages are not in this catalogue yet",
                    n=unknown, path=document.path,
                ),
                path,
                hint=say("run `dozaban update`: it keeps the translations of what changed"),
                severity="warn",
            )
        )
    standing = [entries.get((message.context, message.msgid)) for message in every]
    body = _Body(
        document.path, document.body_line, result.parsed, site, language, spoken,
        catalogue=path, lines={place: lines[place] for place in translated}, source=parsed,
    )  # fmt: skip
    made = body.write(blocks, writer, prefix)
    edition = Edition(
        document=document.name,
        language=language.tag,
        origin="composed",
        title=by_role.get("title", Text(text=document.title, state="untranslated")),
        summary=by_role.get("summary", Text()),
        lead=_lead(result.parsed, states, changed_places),
        alt=by_role.get("alt", Text()),
        caption=by_role.get("caption", Text()),
        preheader=by_role.get("preheader", Text()),
        headings=_headings(document, texts),
        slug=document.slug.get(language.tag, ""),
        coverage=_coverage(counted),
        blocks=len(translated),
        stale_blocks=sum(1 for state in states.values() if state == "stale"),
        body_messages=len(states),
        links=tuple(body.links),
        anchors=_all_anchors(anchors),
        problems=tuple(problems + body.problems),
        stale_words=sum(words(msgid) for (_, msgid), how in counted.items() if how == "stale"),
        digests=(
            digest(f"{message.context or ''}\0{message.msgid}" for message in every),
            digest(f"{found.state}\0{found.msgstr}" if found else "" for found in standing),
        ),
    )
    return edition, made, result.parsed


def authored(
    document: Document,
    original_text: Parsed,
    text: Parsed,
    catalogue: Lookup | None,
    language: Language,
    site: Site,
    spoken: Words,
    writer: Writer = write,
    prefix: str = "",
    others: Sequence[Sequence[str]] = (),
) -> tuple[Edition, Any]:
    """An edition that somebody wrote as a file; the catalogue only says what pairs up."""
    own = document.authored_in(language.tag)
    assert own is not None
    ids = paired_ids(original_text, text, catalogue)
    anchors = markdown.anchors(text)
    more = neighbours(ids, [markdown.block_ids(original_text), *others])
    blocks = [
        Block(id=name, anchors=names + near)
        for name, names, near in zip(ids, anchors, more, strict=True)
    ]
    body = _Body(own.path, own.body_line, text, site, language, spoken)
    made = body.write(blocks, writer, prefix)
    counted: dict[tuple[str | None, str], str] = {}
    entries = catalogue.messages if catalogue is not None else {}
    for message in messages(document, original_text):
        found = entries.get((message.context, message.msgid))
        how = "translated" if found is None else ("stale" if found.stale else found.state)
        counted[(message.context, message.msgid)] = how
    edition = Edition(
        document=document.name,
        language=language.tag,
        origin="authored",
        title=_text(own.title),
        summary=_text(own.summary),
        lead=_lead(text, {}),
        alt=_text(own.image.alt if own.image else ""),
        caption=_text(own.image.caption if own.image else ""),
        preheader=_text(own.preheader),
        headings=tuple(_heading(section.heading, entries) for section in document.sections),
        slug=own.slug or document.slug.get(language.tag, ""),
        coverage=_coverage(counted),
        blocks=sum(1 for leaf in text.leaves if leaf.msgid),
        body_messages=sum(1 for leaf in text.leaves if leaf.msgid),
        links=tuple(body.links),
        anchors=_all_anchors(anchors),
        problems=tuple(body.problems),
        stale_words=sum(words(msgid) for (_, msgid), how in counted.items() if how == "stale"),
        digests=(
            digest(f"{m.context or ''}\0{m.msgid}" for m in messages(document, original_text)),
            digest((own.title, own.summary, *(leaf.msgid for leaf in text.leaves))),
        ),
    )
    return edition, made


def neighbours(ids: Sequence[str], others: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """For each block the ids that other editions have and this one lacks, for which it is
    the nearest: the nearest before it, of two that are as near."""
    found: list[list[str]] = [[] for _ in ids]
    places = {name: place for place, name in enumerate(ids)}
    answered = set(ids)
    for other in others:
        shared = [place for place, name in enumerate(other) if name in places]
        for place, name in enumerate(other):
            if name not in answered and shared:
                near = min(shared, key=lambda one: (abs(one - place), one))
                found[places[other[near]]].append(name)
                answered.add(name)
    return [tuple(names) for names in found]


def paired_ids(original_text: Parsed, text: Parsed, catalogue: Lookup | None) -> list[str]:
    """Ids of an authored edition's blocks: those of the original where blocks pair up."""
    ids = markdown.block_ids(original_text)
    waiting: dict[str, list[str]] = {}
    entries = catalogue.messages if catalogue is not None else {}
    for name, leaf in zip(ids, original_text.leaves, strict=True):
        found = entries.get((None, leaf.msgid)) if leaf.msgid else None
        if found is not None and found.msgstr:
            # an original block that the edition split in two is recorded with a blank line
            for number, part in enumerate(found.msgstr.split("\n\n")):
                waiting.setdefault(part, []).append(f"{name}-p{number + 1}" if number else name)
        elif not leaf.msgid:
            raw = original_text.data[leaf.start : leaf.end].decode()
            waiting.setdefault(raw, []).append(name)
    result = []
    taken = set(ids)
    for name, leaf in zip(markdown.block_ids(text), text.leaves, strict=True):
        what = leaf.msgid or text.data[leaf.start : leaf.end].decode()
        partner = waiting.get(what)
        if partner:
            result.append(partner.pop(0))
        else:
            while name in taken:
                name += "-a"
            result.append(name)
    return result


def _text(text: str) -> Text:
    return Text(text=_one_line(text))


def _one_line(text: str) -> str:
    text = neutralise(text)
    return " ".join(text.split()) if "\n" in text or "\r" in text or "\t" in text else text


def _headings(document: Document, texts: Sequence[Text]) -> tuple[Text, ...]:
    written = [section for section in document.sections if section.heading.strip()]
    found = iter(texts[len(texts) - len(written) :] if written else ())
    return tuple(next(found) if s.heading.strip() else Text() for s in document.sections)


def _heading(heading: str, entries: Mapping[tuple[str | None, str], Any]) -> Text:
    """A section's heading in an authored edition, which has none: its catalogue's."""
    found = entries.get(("heading", heading)) if heading.strip() else None
    if found is not None and found.msgstr and found.state == "translated":
        return Text(text=_one_line(found.msgstr))
    return Text(text=_one_line(heading), state="untranslated" if heading.strip() else "")


def _lead(parsed: Parsed, states: Mapping[int, State], changed: Collection[int] = ()) -> Text:
    place = markdown.first_paragraph(parsed)
    if place is None:
        return Text()
    leaf = parsed.leaves[place]
    text = markdown.plain(parsed.events[slice(*leaf.events)], images=False)
    return Text(text=neutralise(text), state=states.get(place, ""), changed=place in changed)


def _coverage(counted: Mapping[tuple[str | None, str], str]) -> Coverage:
    tally = {"translated": 0, "fuzzy": 0, "untranslated": 0, "stale": 0}
    total = done = 0
    for (_, msgid), how in counted.items():
        tally[how] += 1
        count = words(msgid)
        total += count
        if how == "translated":
            done += count
    return Coverage(
        translated=tally["translated"],
        fuzzy=tally["fuzzy"] + tally["stale"],
        untranslated=tally["untranslated"],
        stale=tally["stale"],
        words=total,
        words_translated=done,
    )


def _all_anchors(anchors: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(name for names in anchors for name in names)


def _complaints(document: Document, parsed: Parsed) -> list[Problem]:
    result = []
    for offset, rule, message, hint in parsed.complaints:
        line, column = parsed.place(offset)
        result.append(
            problem(rule, message, document.path, document.body_line + line, column,
                    hint=hint, severity="warn")
        )  # fmt: skip
    return result


class _Foreign:
    """How blocks in another language than the edition's are marked."""

    def __init__(self, source: Language, language: Language, spoken: Words) -> None:
        self.source = source
        mark = escape
        own = f'lang="{language.tag}" dir="{language.direction}"'
        self.untranslated = f'<span class="mark" {own}>{mark(spoken.untranslated)}</span> '
        self.changed = f'<span class="mark" {own}>{mark(spoken.changed)}</span> '
        self.stale = f'<span class="mark">{mark(spoken.stale)}</span> '

    def block(
        self, name: str, anchors: tuple[str, ...], state: State, changed: bool = False
    ) -> Block:
        if state == "untranslated":
            return Block(
                id=name,
                anchors=anchors,
                state=state,
                language=self.source.tag,
                direction=self.source.direction,
                mark=self.changed if changed else self.untranslated,
            )
        if state == "stale":
            return Block(id=name, anchors=anchors, state=state, mark=self.stale)
        return Block(id=name, anchors=anchors)


class _Body:
    """The writing of one body: collects the site's addresses that it uses, and problems."""

    def __init__(
        self,
        path: str,
        first_line: int,
        parsed: Parsed,
        site: Site,
        language: Language,
        spoken: Words,
        *,
        catalogue: str = "",
        lines: Mapping[int, int] | None = None,
        source: Parsed | None = None,
    ) -> None:
        self.path, self.first_line, self.parsed = path, first_line, parsed
        self.site, self.language, self.spoken = site, language, spoken
        self.catalogue, self.lines, self.source = catalogue, lines or {}, source
        self.links: list[Link] = []
        self.problems: list[Problem] = []
        self._starts = [leaf.events[0] for leaf in parsed.leaves]
        self._standing: dict[int, frozenset[str]] = {}
        self._ends: list[int] | None = None  # of lines; until somebody asks, nobody knows

    def write(self, blocks: Sequence[Block], writer: Writer, prefix: str) -> Any:
        manner = Manner(
            direction=self.language.direction,
            prefix=prefix,
            slots=self.site.parallel,
            raw_html=self.site.raw_html,
            resolve=self._resolve,
            number=self.spoken.number,
            labels=self.spoken.labels,
            report=self._report,
            raw_allowed=self._raw_allowed if self.catalogue else None,
        )
        return writer(self.parsed, manner, blocks)

    def _resolve(self, address: str, image: bool, index: int) -> Target:
        if not image and is_external(address):
            return Target(href=address, attributes="")
        if image and is_external(address):
            said = say("the picture `{address}` is on another host: it is only linked", address=address)
            self._report("foreign-image", said, index)
            return Target(href=address, linked=True)
        path, line = self._where(index)
        self.links.append(Link(address=address, image=image, path=path, line=line))
        return Target(slot=str(len(self.links) - 1), attributes=' loading="lazy"' if image else "")

    def _report(self, rule: str, message: str, index: int) -> None:
        path, line = self._where(index)
        self.problems.append(problem(rule, message, path, line, hint=_HINTS[rule], severity="warn"))

    def _raw_allowed(self, index: int, html: str) -> bool:
        place = self._place(index)
        if place is None or place not in self.lines or self.source is None:
            return True
        if place not in self._standing:
            own, theirs = self.parsed.leaves[place].msgid, self.source.leaves[place].msgid
            self._standing[place] = markdown.standing_tags(theirs, own)
        return " ".join(html.split()) in self._standing[place]

    def _place(self, index: int) -> int | None:
        """The leaf whose text holds an event."""
        place = bisect_right(self._starts, index) - 1
        if place < 0:
            return None
        first, last = self.parsed.leaves[place].events
        return place if index < max(last, first + 1) else None

    def _where(self, index: int) -> tuple[str, int]:
        """The file and line of an event: the catalogue's for a translated block."""
        place = self._place(index)
        if place is not None and place in self.lines:
            return self.catalogue, self.lines[place]
        parsed = self.source if self.source is not None else self.parsed
        if place is not None and self.source is not None:
            # the block has the source's bytes: as far into it as here
            start = self.parsed.leaves[place].start
            further = self._line(self.parsed.events[index][1]["start"]) - self._line(start)
            return self.path, self.first_line + parsed.leaves[place].line + further
        return self.path, self.first_line + self._line(self.parsed.events[index][1]["start"])

    def _line(self, at: int) -> int:
        """The line of a byte, from 0. Every link asks: a text is not counted through for each."""
        if self._ends is None:
            self._ends = self.parsed.line_ends()
        return bisect_right(self._ends, at)


_HINTS = {
    "link-scheme": say("use {schemes} or a relative address", schemes="http, https, mailto, tel"),
    "raw-html": say("write it in Markdown, or allow HTML in originals: {setting} in site.toml", setting="raw_html = true"),
    "foreign-image": say("put the file beside the document: readers' browsers ask no other host"),
    "html-comment": say("directives are: {names}", names=("<!-- dozaban: skip -->", "translate", "poem", "note TEXT")),
}
