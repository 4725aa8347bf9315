"""An issue as plain text, written as text: for the part of a mail that needs no markup.

Headings are lines, links are numbers with a list behind each piece, tables are sentences
of headers and cells. Lines are wrapped by display width, and begin with a mark of their
own direction where a mail program would guess another. It knows no HTML and strips none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from pipeline import languages
from pipeline.bidi import direction_of, runs
from pipeline.flow import Block, Flow, Inline, words_of
from pipeline.model import Direction, Language
from pipeline.outputs.sheets import Credit, Part, Run, Sheet
from pipeline.shaping import width

COLUMNS = 72
"""How wide a line is, in cells of a terminal."""

_MARKS = {"ltr": "\u200e", "rtl": "\u200f"}
_WORD = re.compile(r"\S+")


def write(sheet: Sheet, *, unsubscribe: str = "") -> str:
    """The sheet as text, lines ended by LF. `unsubscribe` is the address to leave the list."""
    return _Writing(sheet).write(unsubscribe)


def bilingual(sheets: Iterable[Sheet], *, unsubscribe: str = "") -> str:
    """Several sheets one after the other, a rule between them."""
    return f"\n{'=' * COLUMNS}\n\n".join(write(sheet, unsubscribe=unsubscribe) for sheet in sheets)


class _Writing:
    """One sheet on its way: its lines so far, and the links that wait for their list."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, self.language = sheet, sheet.language
        self.lines: list[str] = []
        self.links: list[str] = []
        self.listed = 0

    def write(self, unsubscribe: str) -> str:
        sheet, words = self.sheet, self.sheet.words
        self.text(sheet.masthead)
        self.text(words["joint"].join(filter(None, (sheet.number, sheet.date))))
        self.gap()
        self.heading(sheet.title, "=")
        self.blocks(sheet.intro, self.language)
        self.list_links()
        if sheet.parts:
            self.contents()
        for chapter in sheet.chapters:
            if chapter.heading:
                self.gap(2)
                self.rule("=")
                self.text(self.marked(chapter.heading), direction=chapter.heading.direction)
                self.rule("=")
            for part in chapter.parts:
                self.part(part)
        self.gap(2)
        self.rule("-")
        self.address(words["on_the_web"], sheet.href)
        if unsubscribe:
            self.gap()
            self.text(words["why_you"])
            self.address(words["unsubscribe"], unsubscribe)
        return "\n".join(self.lines).strip("\n") + "\n"

    # --- pieces ---

    def contents(self) -> None:
        self.gap()
        self.text(self.sheet.words["inside"])
        self.rule("-")
        number = 0
        for chapter in self.sheet.chapters:
            if chapter.heading:
                self.gap()
                self.text(self.marked(chapter.heading), direction=chapter.heading.direction)
            for part in chapter.parts:
                number += 1
                note = f" ({part.note})" if part.note else ""
                self.text(f"{self.title(part)}{note}", first=f"  {self.number(number)}. ", rest="     ")

    def part(self, part: Part) -> None:
        self.gap(2)
        self.heading(part.title, "-", foreign=part.note)
        joint = self.sheet.words["joint"]
        self.text(joint.join(filter(None, (part.note, part.date, _by(part.credit, self.language)))))
        if part.picture and part.picture.alt:
            self.gap()
            self.picture(part.picture.alt.text, part.picture.alt.direction)
        if part.body:
            self.gap()
            self.blocks(part.body, part.language)
            self.list_links()
        elif part.form == "summary" and part.summary:
            self.gap()
            self.text(self.marked(part.summary), direction=part.summary.direction)
        if part.form != "full":
            self.gap()
            self.address(self.sheet.words["read_on"], part.href)

    def heading(self, run: Run, line: str, foreign: str = "") -> None:
        text = _settled(run.text, run.direction) if foreign else self.marked(run)
        before = len(self.lines)
        self.text(text, direction=run.direction)
        longest = max((width(written) for written in self.lines[before:]), default=0)
        self.lines.append(line * min(longest, COLUMNS))
        self.gap()

    def title(self, part: Part) -> str:
        title = part.title
        if title.direction == self.language.direction:
            return _settled(title.text, title.direction)
        return self.isolated(title.text, title.direction)

    def marked(self, run: Run) -> str:
        text = _settled(run.text, run.direction)
        return f"[{self.sheet.words[run.state]}] {text}" if run.state else text

    def number(self, value: int) -> str:
        return languages.format_number(value, self.language)

    def isolated(self, text: str, direction: Direction) -> str:
        """A run of the other direction, its ends held by marks."""
        return _held(text, direction, self.language.direction)

    def address(self, label: str, href: str) -> None:
        """Words, and on a line of its own the address, which is never broken."""
        self.text(f"{label}:")
        self.lines.append(href)

    def picture(self, alt: str, direction: Direction) -> None:
        self.text(f"[{self.sheet.words['picture']}: {self.isolated(alt, direction)}]")

    # --- lines ---

    def gap(self, lines: int = 1) -> None:
        """Empty lines, no more than asked for."""
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        if self.lines:
            self.lines += [""] * lines

    def rule(self, sign: str) -> None:
        self.lines.append(sign * COLUMNS)

    def text(
        self, text: str, *, first: str = "", rest: str | None = None, direction: Direction | None = None
    ) -> None:
        """A paragraph, wrapped: `first` stands before its first line, `rest` before others."""
        if not text.strip():
            return
        direction = direction or self.language.direction
        rest = first if rest is None else rest
        indent = first
        line: list[str] = []
        used = width(indent)
        for word in _WORD.findall(text):
            cells = width(word)
            if line and used + 1 + cells > COLUMNS:
                self.add(indent, " ".join(line), direction)
                line, indent = [], rest
                used = width(indent)
            used += cells + (1 if line else 0)
            line.append(word)
        self.add(indent, " ".join(line), direction)

    def add(self, indent: str, line: str, direction: Direction) -> None:
        """A line, with a mark before it where its first letter would turn it."""
        whole = indent + line
        guessed = direction_of(whole)
        if guessed != direction and (direction == "rtl" or guessed is not None) or direction == "rtl" and re.match(r"[\W\d_]*[0-9۰-۹٠-٩\[(]", whole):
            whole = _MARKS[direction] + whole
        self.lines.append(whole.rstrip())

    # --- bodies ---

    def blocks(self, flow: Flow, language: Language, first: str = "", rest: str | None = None) -> None:
        """Blocks, an empty line between them; `first` stands before the very first line."""
        rest = first if rest is None else rest
        for place, block in enumerate(flow):
            if place and block.kind != "footnote":
                self.gap()
            _BLOCKS.get(block.kind, _Writing.paragraph)(self, block, language, first, rest)
            first = rest

    def lead(self, block: Block) -> str:
        return f"[{self.sheet.words[block.state]}] " if block.state else ""

    def paragraph(self, block: Block, language: Language, first: str, rest: str) -> None:
        direction = block.direction or language.direction
        text = self.lead(block) + self.inlines(block.inlines, direction)
        for number, line in enumerate(text.split("\n")):
            self.text(line, first=rest if number else first, rest=rest, direction=direction)

    def header(self, block: Block, language: Language, first: str, rest: str) -> None:
        direction = block.direction or language.direction
        self.gap()
        before = len(self.lines)
        self.text(self.lead(block) + self.inlines(block.inlines, direction), first=first, rest=rest, direction=direction)
        longest = max((width(written) for written in self.lines[before:]), default=0)
        self.lines.append(rest + "·" * min(longest, COLUMNS) if block.number > 2 else rest + "-" * min(longest, COLUMNS))

    def poem(self, block: Block, language: Language, first: str, rest: str) -> None:
        direction = block.direction or language.direction
        for number, line in enumerate(block.children):
            if number and number % 2 == 0:
                self.gap()
            indent = (first if not number else rest) + ("    " if number % 2 == 0 else "        ")
            lead = self.lead(block) if not number else ""
            self.text(lead + self.inlines(line.inlines, direction), first=indent, rest=rest + "        ", direction=direction)

    def list(self, block: Block, language: Language, first: str, rest: str) -> None:
        digits = languages.digits
        loose = any(len(item.children) > 1 for item in block.children)
        for number, item in enumerate(block.children):
            sign = f"{digits(str(block.number + number), language)}. " if block.label else "- "
            if item.label:
                sign += f"[{self.sheet.words[f'task_{item.label}']}] "
            if number and loose:
                self.gap()
            start = first if not number else rest
            self.blocks(item.children, language, start + sign, rest + " " * width(sign))

    def quotation(self, block: Block, language: Language, first: str, rest: str) -> None:
        if block.label and block.label in self.sheet.words:
            self.text(f"{self.sheet.words[block.label]}:", first=first, rest=rest, direction=language.direction)
            first = rest
        self.blocks(block.children, language, first + "    ", rest + "    ")

    def code(self, block: Block, _: Language, first: str, rest: str) -> None:
        for number, line in enumerate(block.text.split("\n")):
            mark = _MARKS["ltr"] if direction_of(line) == "rtl" else ""
            self.lines.append(f"{mark}{rest if number else first}    {line}".rstrip())

    def table(self, block: Block, language: Language, first: str, rest: str) -> None:
        """Each row is a line: its first cell, then each header with its cell."""
        # of very wide tables the parser leaves short rows empty
        rows = [[self.cell(cell, language) for cell in row.children] for row in block.children if row.children]
        if not rows:
            return
        head, *others = rows
        comma = "؛ " if language.direction == "rtl" else "; "
        for number, row in enumerate(others or [head]):
            pairs = [
                f"{title}: {cell}" if title and others else cell
                for title, cell in zip(head[1:], row[1:], strict=False)
                if cell
            ]
            line = " — ".join(filter(None, (row[0], comma.join(pairs))))
            self.text(f"- {line}", first=rest if number else first, rest=rest + "  ", direction=language.direction)

    def cell(self, cell: Block, language: Language) -> str:
        text = self.lead(cell) + self.inlines(cell.inlines, cell.direction or language.direction)
        return self.isolated(text, cell.direction) if cell.direction else text

    def footnote(self, block: Block, language: Language, first: str, rest: str) -> None:
        self.gap()
        number = f"({languages.digits(str(block.number), language)}) "
        self.blocks(block.children, language, first + number, rest + " " * width(number))

    def line(self, block: Block, language: Language, first: str, rest: str) -> None:
        self.lines.append(rest + "* * *".center(COLUMNS - 2 * len(rest)).rstrip())

    # --- within a block ---

    def inlines(self, inlines: Iterable[Inline], direction: Direction) -> str:
        return "".join(self.pieces(inlines, direction))

    def pieces(self, inlines: Iterable[Inline], direction: Direction) -> Iterator[str]:
        for one in inlines:
            if one.kind == "text":
                yield _held(one.text, one.direction, direction)
            elif one.kind == "code":
                yield _held(one.text, "ltr", direction)
            elif one.kind == "break":
                yield "\n"
            elif one.kind == "reference":
                yield f" ({languages.digits(str(one.number), self.language)})"
            elif one.kind == "image":
                if one.text:
                    yield f"[{self.sheet.words['picture']}: {one.text}]"
            elif one.kind == "strong":
                yield f"*{self.inlines(one.children, direction)}*"
            elif one.kind == "link":
                yield from self.link(one, direction)
            else:
                yield self.inlines(one.children, direction)

    def link(self, one: Inline, direction: Direction) -> Iterator[str]:
        """A link's words with its number; an address that is its own words needs none."""
        text = self.inlines(one.children, direction)
        bare = words_of(one.children)
        if one.href in (bare, f"mailto:{bare}", f"tel:{bare}") or not one.href:
            yield text
            return
        if one.href not in self.links:
            self.links.append(one.href)
        number = self.number(self.links.index(one.href) + 1)
        yield f"{text} [{number}]"

    def list_links(self) -> None:
        """The addresses of the links since the last list."""
        if self.listed < len(self.links):
            self.gap()
        for number in range(self.listed, len(self.links)):
            self.add("", f"[{self.number(number + 1)}] {self.links[number]}", self.language.direction)
        self.listed = len(self.links)


def _held(text: str, own: Direction | None, direction: Direction) -> str:
    """A run against its block's direction, its ends held where they are no letters."""
    if own is None or own == direction:
        return text
    mark = _MARKS[own]
    if text[:1].isalpha():  # which holds the digits that follow it, too
        return text if text[-1:].isalnum() else text + mark
    return f"{mark}{text}{'' if text[-1:].isalpha() else mark}"


def _settled(text: str, direction: Direction) -> str:
    """Text whose runs against its direction are held."""
    pieces: list[str] = []
    at = 0
    other: Direction = "ltr" if direction == "rtl" else "rtl"
    for start, end in runs(text, direction):
        pieces += (text[at:start], _held(text[start:end], other, direction))
        at = end
    return "".join((*pieces, text[at:]))


def _by(credit: Credit | None, language: Language) -> str:
    if credit is None or not credit.authors:
        return ""
    return languages.format_list([_held(one.text, one.direction, language.direction) for one in credit.authors], language)


_BLOCKS: dict[str, Callable[[_Writing, Block, Language, str, str], None]] = {
    "heading": _Writing.header,
    "poem": _Writing.poem,
    "list": _Writing.list,
    "quotation": _Writing.quotation,
    "alert": _Writing.quotation,
    "code": _Writing.code,
    "table": _Writing.table,
    "footnote": _Writing.footnote,
    "rule": _Writing.line,
}
