"""The inline Markdown of messages: what in it is text, and what is not.

The prose of a text has its length, so that offsets agree, and holds its words; all that
is not text is masked: MARK stands for markup that takes no place on the page (`**`,
brackets of links with their addresses, tags, backslashes), THING for what stands there
like a word (code, addresses, placeholders, pictures). Line ends stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pipeline import markdown
from pipeline.markdown import Parsed

MARK = "\ufdd0"
THING = "\ufffc"


class Part(NamedTuple):
    """A piece of a text that is not words: what it says, and where it stands."""

    value: str
    start: int
    end: int


@dataclass(slots=True, kw_only=True)
class Inline:
    """A text read as inline Markdown. `shape` is its events without its words.

    `loose` are delimiters of emphasis that found no partner, and stand as text.
    """

    text: str
    prose: str
    links: list[Part] = field(default_factory=list)
    images: list[Part] = field(default_factory=list)
    codes: list[Part] = field(default_factory=list)
    footnotes: list[Part] = field(default_factory=list)
    tags: list[Part] = field(default_factory=list)
    loose: list[Part] = field(default_factory=list)
    shape: list[Any] = field(default_factory=list)


_MARKUP = re.compile(r"[*_`\[\]<>&\\~]")
_LINE_END = re.compile("[\r\n\x0b\x0c]")
_LINE_ENDS = re.compile(r"(?P<hard>(?<!\\)(?:\\\\)*\\\r?\n[ \t]*)|(?:(?<![ \t])[ \t]++)?[\r\n\x0b\x0c][ \t\r\n\x0b\x0c]*+")
_LOCAL = r"[A-Za-z0-9._%+\-]"
_MAIL = rf"{_LOCAL}++@[A-Za-z0-9\-]++(?:\.[A-Za-z0-9\-]++)++"
# An address of mail begins where its run of characters does, or behind a placeholder.
_ADDRESS = re.compile(
    rf"""(?: (?:https?|ftp)://[^\s<>«»"{MARK}{THING}]*[^\s<>«»"،؛؟{MARK}{THING}.,;:!?)]
        | (?: (?<!{_LOCAL}) | (?<=\)[a-zA-Z]) ) (?:{_MAIL})+
        | www\.[^\s<>«»"{MARK}{THING}]*[^\s<>«»"،؛؟{MARK}{THING}.,;:!?)]
        | %\([^()\s]*\)[a-zA-Z] | \{{\{{[^{{}}]*\}}\}} | \{{[A-Za-z_][A-Za-z0-9_.]*\}}
        | :[a-z][a-z0-9_+\-]*: )""",
    re.VERBOSE,
)
_MAY_HOLD_ADDRESS = re.compile(r"[@{%]|://|www\.|:[a-z]")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|&(?:[A-Za-z]+|#[0-9]+|#[xX][0-9A-Fa-f]+);")
_TAG_OR_COMMENT = re.compile(f"{_TAG.pattern}|<!--.*?-->", re.DOTALL)


def definitions(parsed: Parsed) -> str:
    """The link and footnote definitions that a body's messages use, for `read`."""
    lines: dict[str, None] = {}
    if b"]:" not in parsed.data:
        return ""
    for event, _ in parsed.events:
        if type(event) is not dict or type(tag := event.get("Start")) is not dict:
            continue
        link = tag.get("Link") or tag.get("Image")
        if link is not None and link["id"] and "]" not in link["id"]:
            address = re.sub(r"[<>\s]", "_", link["dest_url"])
            lines[f"[{link['id']}]: <{address}>"] = None
        elif (label := tag.get("FootnoteDefinition")) is not None:
            lines[f"[^{label}]: x"] = None
    return "\n\n".join(lines)


def plain(text: str) -> Inline:
    """A text that is no Markdown: tags, entities, addresses and placeholders are masked."""
    made = Inline(text=text, prose=text)
    if "<" in text or "&" in text:
        pieces: list[str] = []
        at = 0
        for found in _tags(text):
            markup = found[0][0] == "<"
            if markup:
                made.tags.append(Part(found[0], *found.span()))
            pieces += (text[at : found.start()], (MARK if markup else THING) * len(found[0]))
            at = found.end()
        made.prose = "".join((*pieces, text[at:]))
    made.prose = _mask_addresses(made.prose)
    return made


def _tags(text: str) -> Iterator[re.Match[str]]:
    """Tags, comments and entities; behind the last `-->` no comment is looked for."""
    last = text.rfind("-->")
    closed = 0 if last < 0 else last + 3
    yield from _TAG_OR_COMMENT.finditer(text, 0, closed)
    yield from _TAG.finditer(text, closed)


def read(texts: Sequence[str], known: str = "") -> list[Inline]:
    """Texts as inline Markdown, all in one parse; `known` is from `definitions`."""
    result: list[Inline | None] = []
    pieces: list[str] = []
    for text in texts:
        if _MARKUP.search(text):
            result.append(None)
            one_line = _LINE_ENDS.sub(_blank, text) if _LINE_END.search(text) else text
            pieces.append("x " + one_line)
        else:
            result.append(Inline(text=text, prose=_mask_addresses(text)))
    if pieces:
        parsed = markdown.parse("\n\n".join((*pieces, known)))
        leaves = iter(parsed.leaves)
        start = 0
        for number, text in enumerate(texts):
            if result[number] is not None:
                continue
            leaf = next(leaves)
            # Each piece is a paragraph of its own: it begins with a word and has one line.
            assert leaf.start == start, (leaf, text)
            size = len(text.encode())
            result[number] = _inline(text, parsed, (start + 2, start + 2 + size), leaf.events)
            start += size + 4
    return [one for one in result if one is not None]


def _blank(found: re.Match[str]) -> str:
    if found["hard"]:
        kept = len(found["hard"].rstrip(" \t\r\n")) - 1
        return found["hard"][:kept] + " " * (len(found["hard"]) - kept)
    return " " * len(found[0])


def block(parsed: Parsed, start: int, end: int, events: tuple[int, int]) -> Inline:
    """The inline text of a leaf of a body, at bytes `start` to `end` of it."""
    return _inline(parsed.data[start:end].decode(), parsed, (start, end), events)


def _inline(text: str, parsed: Parsed, span: tuple[int, int], events: tuple[int, int]) -> Inline:
    data = parsed.data
    start, end = span
    made = Inline(text=text, prose="")
    ascii_only = len(text) == end - start
    pieces: list[str] = []
    at, done = start, 0  # a byte, and its character

    def upto(byte: int) -> int:
        """The character of a byte at or after `at`, and moves there."""
        nonlocal at, done
        if byte > at:
            done += byte - at if ascii_only else len(data[at:byte].decode())
            at = byte
        return done

    def mask(byte: int, sign: str) -> None:
        before = done
        upto(byte)
        pieces.append(sign * (done - before))

    skip_until = -1
    for event, place in parsed.events[events[0] : events[1]]:
        a, b = max(place["start"], start), min(place["end"], end)
        if type(event) is str:
            mask(a, MARK)
            mask(b, MARK)
            made.shape.append(event)
            continue
        ((what, value),) = event.items()
        if what == "Text":
            if b <= start or b <= skip_until:
                continue
            mask(a, MARK)
            raw = data[a:b].decode()
            if raw == value or (a == start and value.endswith(raw)):
                if value in "*_~" and value and data[a - 1 : a] != b"\\":
                    made.loose.append(Part(value, done, done + 1))
                pieces.append(raw)
                upto(b)
            else:  # an entity
                mask(b, THING)
            continue
        made.shape.append(event)
        if a < at:  # inside what is masked as a whole
            continue
        if what == "Start":
            name, detail = (value, None) if type(value) is str else next(iter(value.items()))
            mask(a, MARK)
            if name == "Link":
                assert detail is not None
                first = done
                if detail["link_type"] in ("Autolink", "Email"):
                    mask(b, THING)
                    made.links.append(Part(detail["dest_url"], first, done))
                    skip_until = b
                else:
                    made.links.append(Part(detail["dest_url"], first, first + 1))
            elif name == "Image":
                assert detail is not None
                mask(min(a + 2, b), THING)  # ![
                made.images.append(Part(detail["dest_url"], done - 2, done))
        elif what == "End":
            mask(b, THING if value == "Image" else MARK)
        else:
            mask(a, MARK)
            first = done
            if what == "Code":
                mask(b, THING)
                made.codes.append(Part(value, first, done))
            else:
                mask(b, MARK)
                if what == "FootnoteReference":
                    made.footnotes.append(Part(value, first, done))
                elif what == "InlineHtml":
                    made.tags.append(Part(value, first, done))
    mask(end, MARK)
    prose = _mask_addresses("".join(pieces))
    if _LINE_END.search(text):
        prose = "".join(
            own if own in "\r\n" else MARK if own == "\\" and shown == " " else shown
            for own, shown in zip(text, prose, strict=True)
        )
    assert len(prose) == len(text), (text, prose)
    made.prose = prose
    return made


def _mask_addresses(prose: str) -> str:
    if _MAY_HOLD_ADDRESS.search(prose) is None:
        return prose
    return _ADDRESS.sub(lambda found: THING * len(found[0]), prose)
