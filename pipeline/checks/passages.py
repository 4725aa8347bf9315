"""The texts of a document's file, with their places: its blocks, its front matter's strings.

A string is taken as it is written, quotes and escapes masked, so that a rule's offsets
are those of the file, and an edit in the file is one in the string. A way of writing that
this does not follow is left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.checks.prose import MARK, THING, Inline, block, plain
from pipeline.markdown import Parsed
from pipeline.model import Authored, Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text of a document's file: a block, or a string of the front matter.

    It stands at `start` of the file's text. `key` is the front matter's, else empty.
    `words`: whether orthography applies to it.
    """

    inline: Inline
    start: int
    key: str = ""
    words: bool = True


def passages(text: str, owner: Document | Authored, body: str, parsed: Parsed) -> list[Passage]:
    """Every text of a document's or an authored edition's file."""
    found = []
    lines = line_starts(text)
    for key, value in strings(owner):
        place = owner.source.get(key)
        if place is not None and (written := scalar(text, lines, place, value)) is not None:
            found.append(Passage(start=written[0], inline=written[1], key=key))
    shift = len(text) - len(body)
    at, character = 0, shift
    for leaf in parsed.leaves:
        character += len(parsed.data[at : leaf.start].decode())
        at = leaf.start
        prose_like = bool(leaf.msgid) and leaf.kind != "code"
        if prose_like:
            inline = block(parsed, leaf.start, leaf.end, leaf.events)
        else:
            own = parsed.data[leaf.start : leaf.end].decode()
            inline = Inline(text=own, prose=THING * len(own))
        found.append(Passage(inline=inline, start=character, words=prose_like))
    return found


def strings(owner: Document | Authored) -> Iterator[tuple[str, str]]:
    """The front-matter texts, by dotted key."""
    yield "title", owner.title
    yield "summary", owner.summary
    if owner.image is not None:
        yield "image.alt", owner.image.alt
        yield "image.caption", owner.image.caption
    yield "preheader", owner.preheader
    if isinstance(owner, Document):
        for number, section in enumerate(owner.sections):
            yield f"sections.{number}.heading", section.heading


def line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]


_HEADER = re.compile(r"[|>][+\-0-9]*[ \t]*(?:#[^\n]*)?\r?\n")
_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|\r?\n[ \t]*|.)", re.DOTALL)
_FOLD = re.compile(r"[ \t]*+(?:\r?\n[ \t]*+)++")
_BLANKS = re.compile(r"[ \t]*+")
_INDENT = re.compile(" *+")


def scalar(
    text: str, lines: Sequence[int], place: tuple[int, int], value: str
) -> tuple[int, Inline] | None:
    """Where a YAML string stands in a file, and it as written, quotes and escapes masked.

    None if it is written in a way that this doesn't follow; then it is left alone.
    """
    line, column = place
    start = at = lines[line - 1] + column - 1
    style = text[at : at + 1]
    prose: list[str] = []
    if style in ("|", ">"):
        header = _HEADER.match(text, at)
        if header is None:
            return None
        prose.append(MARK * len(header[0]))
        at = header.end()
        indent = _INDENT.match(text, at)
        assert indent is not None
        prose.append(MARK * len(indent[0]))
        at = indent.end()
    elif style in "\"'" and style:
        prose.append(MARK)
        at += 1
    else:
        style = ""
    position = solid = 0  # the blanks before `solid` end no line
    while position < len(value):
        here = text[at : at + 1]
        wanted = value[position]
        if style == '"' and here == "\\":
            escape = _ESCAPE.match(text, at)
            if escape is None:
                return None
            prose.append(MARK * len(escape[0]))
            at = escape.end()
            position += "\n" not in escape[0]
            continue
        if style == "'" and text.startswith("''", at) and wanted == "'":
            prose.append(MARK * 2)
            at, position = at + 2, position + 1
            continue
        if wanted in " \n" and at >= solid:
            if fold := _FOLD.match(text, at):
                prose.append("".join("\n" if sign == "\n" else MARK for sign in fold[0]))
                at = fold.end()
                while position < len(value) and value[position] in " \n":
                    position += 1
                continue
            blanks = _BLANKS.match(text, at)
            assert blanks is not None
            solid = blanks.end()
        if here != wanted:
            return None
        prose.append(here)
        at, position = at + 1, position + 1
    own = text[start:at]
    return start, Inline(text=own, prose=plain("".join(prose)).prose)


def place_of(lines: Sequence[int], offset: int) -> tuple[int, int]:
    """Line and column, from 1."""
    number = bisect_right(lines, offset)
    return number, offset - lines[number - 1] + 1
