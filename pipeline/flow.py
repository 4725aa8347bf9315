"""A parsed text as a tree of values, for forms that are no web page: mail, text, print.

A second writer over the parser's events beside `html`: called with the same arguments,
it gives blocks and inlines instead of HTML, so that what is translated, marked and
isolated is the same everywhere. It sets no type and resolves no link: a link of the
site's own keeps its slot. Raw HTML has no place in these forms: where originals may hold
it, it is left out, and shown as text otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.bidi import neutralise, runs
from pipeline.html import Block as Standing
from pipeline.html import Manner, State, allowed_address
from pipeline.markdown import Parsed, directive, plain, read_block
from pipeline.model import Direction

Kind = Literal[
    "paragraph", "heading", "poem", "line", "list", "item", "quotation", "alert",
    "code", "table", "row", "cell", "rule", "footnote",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """A piece within a block.

    `text`: a stretch of text, `direction` set where it runs against its block;
    `code`: code, always left to right; `emphasis`, `strong`, `strike` and `link` hold
    `children`; `image` has its alternative text in `text`; `break` ends a line;
    `reference` is a footnote's, with its `number`. A link or image has an address in
    `href`, or the number of its edition's link in `slot`.
    """

    kind: Literal["text", "code", "emphasis", "strong", "strike", "link", "image", "break", "reference"]
    text: str = ""
    children: tuple[Inline, ...] = ()
    href: str = ""
    slot: str = ""
    title: str = ""
    direction: Direction | None = None
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block: what it holds is in `inlines`, or in `children`.

    `number` is a heading's level (1 to 6), a list's first number (0: no numbers), or a
    footnote's number. `label` is an alert's name, a code block's language or, of an item
    with a box, "done" or "open". `align` is a cell's: "", left, center or right, as
    written. `text` is a code block's. `state` says whether the text is another's; then
    `language` and `direction` are set as well.
    """

    kind: Kind
    inlines: tuple[Inline, ...] = ()
    children: tuple[Block, ...] = ()
    number: int = 0
    label: str = ""
    align: str = ""
    text: str = ""
    id: str = ""
    state: State = ""
    language: str = ""
    direction: Direction | None = None


Flow = tuple[Block, ...]
"""A text: its blocks, in order."""


def write(parsed: Parsed, manner: Manner, blocks: Sequence[Standing] | None = None) -> Flow:
    """The text's blocks. The arguments are those of `html.write`."""
    return _Reading(parsed, manner, blocks).read()


def words_of(inlines: Iterable[Inline]) -> str:
    """The inlines' text without its marks."""
    pieces = []
    for one in inlines:
        if one.kind == "break":
            pieces.append(" ")
        pieces.append(one.text)
        pieces.append(words_of(one.children))
    return "".join(pieces)


DEEPEST = 12
"""How deep blocks, and inlines, may stand within each other. What is deeper stands at this
depth: no mail and no paper shows the difference, and typst refuses data of 25 levels or so."""

_CONTAINERS = frozenset(("BlockQuote", "List", "Item", "FootnoteDefinition"))
_INLINE: dict[str, Literal["emphasis", "strong", "strike"]] = {
    "Emphasis": "emphasis",
    "Strong": "strong",
    "Strikethrough": "strike",
}
_ALIGNED = {"None": "", "Left": "left", "Center": "center", "Right": "right"}


class _Reading:
    """One text on its way: the event that comes next, and what blocks hold."""

    def __init__(self, parsed: Parsed, manner: Manner, blocks: Sequence[Standing] | None) -> None:
        self.parsed, self.manner, self.blocks = parsed, manner, blocks
        self.events = parsed.events
        self.at = 0
        self.depth = self.within = 0  # of blocks, and of inlines
        self.direction = manner.direction
        self.leaf_at = {leaf.opening: place for place, leaf in reversed(list(enumerate(parsed.leaves)))}
        self.bare = {leaf.events[0]: place for place, leaf in enumerate(parsed.leaves)}
        self.numbers: dict[str, int] = {}
        for event, _ in self.events:
            if type(event) is dict and "FootnoteReference" in event:
                self._number(event["FootnoteReference"])

    def _number(self, label: str) -> int:
        return self.numbers.setdefault(label.casefold(), len(self.numbers) + 1)

    def read(self) -> Flow:
        return self._blocks()

    # --- blocks ---

    def _blocks(self) -> tuple[Block, ...]:
        """Blocks up to the end of what holds them, which is passed."""
        found: list[Block] = []
        self.depth += 1
        opened = 0  # containers that are too deep to be any
        while self.at < len(self.events):
            event = self.events[self.at][0]
            if type(event) is dict and "End" in event:
                self.at += 1
                if not opened:
                    break
                opened -= 1
                continue
            if self.depth > DEEPEST and _started(event) in _CONTAINERS:
                self.at += 1
                opened += 1
                continue
            block = self._block(event)
            if block is not None:
                found.append(block)
        self.depth -= 1
        return tuple(found)

    def _block(self, event: Any) -> Block | None:
        index = self.at
        if event == "Rule":
            self.at += 1
            return Block(kind="rule")
        name = _started(event)
        make = _BLOCKS.get(name)
        if make is None:  # a tight item's text, or a break before it
            return self._tight(index)
        self.at += 1
        start = event["Start"]
        return make(self, index, start[name] if type(start) is dict else None)

    def _standing(self, place: int | None) -> dict[str, Any]:
        """What a leaf's block says of itself; its direction holds from here on."""
        self.direction = self.manner.direction
        if place is None or self.blocks is None:
            return {}
        own = self.blocks[place]
        if own.direction:
            self.direction = own.direction
        return {
            "id": self.manner.prefix + own.id if own.id else "",
            "state": own.state,
            "language": own.language,
            "direction": own.direction,
        }

    def _paragraph(self, index: int, _: Any) -> Block:
        place = self.leaf_at.get(index)
        return self._text(place, self._standing(place))

    def _text(self, place: int | None, standing: dict[str, Any]) -> Block:
        poem = place is not None and self.parsed.leaves[place].poem
        inlines = self._inlines(poem)
        if poem:
            lines = tuple(Block(kind="line", inlines=line) for line in _lines(inlines))
            return Block(kind="poem", children=lines, **standing)
        return Block(kind="paragraph", inlines=inlines, **standing)

    def _tight(self, index: int) -> Block | None:
        """Text of an item without a paragraph around it."""
        while _before_text(self.events[self.at][0]):
            self.at += 1
        place = self.bare.get(self.at)
        standing = self._standing(place)
        before = self.at
        block = self._text(place, standing)
        if self.at == before:  # nothing that an item's text begins with
            self.at += 1
            return None
        return block if block.inlines or block.children else None

    def _heading(self, index: int, detail: Any) -> Block:
        place = self.leaf_at.get(index)
        standing = self._standing(place)
        level = int(detail["level"][1:])
        return Block(kind="heading", number=level, inlines=self._inlines(), **standing)

    def _list(self, _: int, first: int | None) -> Block:
        items = self._blocks()
        return Block(kind="list", number=0 if first is None else first, children=items,
                     label="ordered" if first is not None else "")  # fmt: skip

    def _item(self, _: int, __: Any) -> Block:
        label = ""
        event = self.events[self.at][0]
        ahead = self.at + 1 if event == {"Start": "Paragraph"} else self.at
        marker = self.events[ahead][0]
        if type(marker) is dict and "TaskListMarker" in marker:
            label = "done" if marker["TaskListMarker"] else "open"
        return Block(kind="item", label=label, children=self._blocks())

    def _quotation(self, _: int, alert: str | None) -> Block:
        inner = self._blocks()
        return Block(kind="alert" if alert else "quotation", label=(alert or "").lower(), children=inner)

    def _code_block(self, index: int, detail: Any) -> Block:
        standing = self._standing(self.leaf_at.get(index))
        words = detail["Fenced"].split() if type(detail) is dict else ()
        code, last = read_block(self.events, index)
        self.at = last + 1
        return Block(kind="code", text=neutralise(code).rstrip("\n"), label=words[0] if words else "",
                     **{**standing, "direction": "ltr"})  # fmt: skip

    def _html(self, index: int, _: Any) -> Block | None:
        html, last = read_block(self.events, index)
        self.at = last + 1
        if self.manner.raw_html or directive(html) is not None:
            return None
        text = " ".join(html.split())
        if not text or text.startswith("<!--"):
            return None
        standing = self._standing(self.leaf_at.get(index))
        return Block(kind="paragraph", inlines=self._pieces(text, alone=True), **standing)

    def _footnote(self, _: int, label: str) -> Block:
        number = self._number(label)
        return Block(kind="footnote", number=number, children=self._blocks())

    def _table(self, _: int, alignments: Sequence[str]) -> Block:
        rows = []
        for row in self._blocks():
            cells = tuple(
                Block(kind="cell", inlines=cell.inlines, state=cell.state, id=cell.id,
                      language=cell.language, direction=cell.direction,
                      align=_ALIGNED[alignments[column]] if column < len(alignments) else "")
                for column, cell in enumerate(row.children)
            )  # fmt: skip
            rows.append(Block(kind="row", children=cells))
        return Block(kind="table", children=tuple(rows))

    def _row(self, _: int, __: Any) -> Block:
        return Block(kind="row", children=self._blocks())

    def _cell(self, index: int, _: Any) -> Block:
        place = self.leaf_at.get(index)
        standing = self._standing(place)
        return Block(kind="cell", inlines=self._inlines(), **standing)

    # --- within a block ---

    def _inlines(self, poem: bool = False) -> tuple[Inline, ...]:
        """Inlines up to the end of what holds them, which is passed; a block ends them too.

        Every line of a `poem` ends in a break.
        """
        found: list[Inline] = []
        text: list[str] = []
        first = self.at
        self.within += 1
        opened = 0  # elements that are too deep to be any

        def flush() -> None:
            if text:
                found.extend(self._pieces("".join(text), self._alone(first, self.at - 1)))
                text.clear()

        while self.at < len(self.events):
            event = self.events[self.at][0]
            if type(event) is str:
                if event == "Rule":
                    break
                if event == "SoftBreak" and not poem:
                    if not text:
                        first = self.at
                    text.append(" ")
                else:
                    flush()
                    found.append(Inline(kind="break"))
                self.at += 1
                continue
            if "Text" in event:
                if not text:
                    first = self.at
                text.append(event["Text"])
                self.at += 1
                continue
            if "End" in event:
                tag = event["End"]
                name = tag if type(tag) is str else next(iter(tag))
                if opened and name in _INLINE:
                    opened -= 1
                    self.at += 1
                    continue
                flush()
                if name not in ("Item", "FootnoteDefinition", "BlockQuote"):
                    self.at += 1
                break
            if "Start" in event:
                tag = event["Start"]
                name = tag if type(tag) is str else next(iter(tag))
                if name not in _INLINE and name not in ("Link", "Image"):
                    flush()
                    break
                if self.within > DEEPEST and name in _INLINE:
                    opened += 1
                    self.at += 1
                    continue
                flush()
                self._inline(name, tag, found, poem)
                continue
            flush()
            ((name, detail),) = event.items()
            if name == "Code":
                found.append(Inline(kind="code", text=neutralise(detail), direction="ltr"))
            elif name == "FootnoteReference":
                found.append(Inline(kind="reference", number=self._number(detail)))
            elif name == "InlineHtml" and not self.manner.raw_html and not detail.startswith("<!--"):
                found.extend(self._pieces(detail, alone=False))
            self.at += 1
        flush()
        self.within -= 1
        return tuple(found)

    def _inline(self, name: str, tag: Any, found: list[Inline], poem: bool) -> None:
        """An element within a block, with all that it holds."""
        index = self.at
        self.at += 1
        kind = _INLINE.get(name)
        if kind is not None:
            found.append(Inline(kind=kind, children=self._inlines(poem)))
            return
        detail = tag[name]
        address = detail["dest_url"]
        image = name == "Image"
        if image:
            last = self._end_of_image()
            alt = neutralise(plain(self.events[index + 1 : last]))
            self.at = last + 1
        else:
            children = self._inlines(poem)
            if detail["link_type"] == "Email":
                address = "mailto:" + address
        target = self.manner.resolve(address, image, index) if allowed_address(address) else None
        title = neutralise(detail["title"])
        if image:
            if target is None or target.linked:
                found.extend(self._pieces(alt, alone=False))
            else:
                found.append(Inline(kind="image", text=alt, href=target.href, slot=target.slot, title=title))
        elif target is None:
            found.extend(children)
        else:
            found.append(
                Inline(kind="link", children=children, href=target.href, slot=target.slot, title=title)
            )

    def _end_of_image(self) -> int:
        depth, last = 1, self.at - 1
        while depth:
            last += 1
            event = self.events[last][0]
            if type(event) is dict:
                tag = event.get("Start")
                depth += type(tag) is dict and "Image" in tag
                depth -= event.get("End") == "Image"
        return last

    def _alone(self, first: int, last: int) -> bool:
        """Whether text is all that its element holds."""
        before = self.events[first - 1][0] if first else None
        behind = self.events[last + 1][0] if last + 1 < len(self.events) else None
        return (
            type(before) is dict and "Start" in before and type(behind) is dict and "End" in behind
        )

    def _pieces(self, text: str, alone: bool) -> tuple[Inline, ...]:
        """Text in stretches of one direction each."""
        text = neutralise(text.replace("\0", "\ufffd"))
        pieces, at = [], 0
        against: Direction = "ltr" if self.direction == "rtl" else "rtl"
        for start, end in runs(text, self.direction, alone=alone):
            if start > at:
                pieces.append(Inline(kind="text", text=text[at:start]))
            pieces.append(Inline(kind="text", text=text[start:end], direction=against))
            at = end
        if at < len(text):
            pieces.append(Inline(kind="text", text=text[at:]))
        return tuple(pieces)


def _started(event: Any) -> str:
    """The name of what an event begins; nothing where it begins nothing."""
    start = event.get("Start") if type(event) is dict else None
    return start if type(start) is str else next(iter(start)) if start else ""


def _before_text(event: Any) -> bool:
    """Whether an event may stand in an item before its first word."""
    return event in ("SoftBreak", "HardBreak") if type(event) is str else "TaskListMarker" in event


def _lines(inlines: tuple[Inline, ...]) -> list[tuple[Inline, ...]]:
    """Inlines cut at their line breaks; what is open at a break goes on behind it."""
    lines: list[list[Inline]] = [[]]
    for one in inlines:
        if one.kind == "break":
            lines.append([])
        elif one.children and any(child.kind == "break" for child in _every(one.children)):
            for number, part in enumerate(_lines(one.children)):
                if number:
                    lines.append([])
                lines[-1].append(
                    Inline(kind=one.kind, children=part, href=one.href, slot=one.slot, title=one.title)
                )
        else:
            lines[-1].append(one)
    return [tuple(line) for line in lines]


def _every(inlines: tuple[Inline, ...]) -> Iterable[Inline]:
    for one in inlines:
        yield one
        yield from _every(one.children)


_BLOCKS: dict[str, Callable[[_Reading, int, Any], Block | None]] = {
    "Paragraph": _Reading._paragraph,
    "Heading": _Reading._heading,
    "List": _Reading._list,
    "Item": _Reading._item,
    "BlockQuote": _Reading._quotation,
    "CodeBlock": _Reading._code_block,
    "HtmlBlock": _Reading._html,
    "FootnoteDefinition": _Reading._footnote,
    "Table": _Reading._table,
    "TableHead": _Reading._row,
    "TableRow": _Reading._row,
    "TableCell": _Reading._cell,
}
