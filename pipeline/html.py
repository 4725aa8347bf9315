"""HTML from a parsed text: our writer over the parser's events.

It writes what the parser's own HTML would be, but nothing that a stranger wrote becomes
markup of ours, a scheme to run or an id that stands twice; and blocks can carry ids,
languages and marks. It resolves no links, counts in no language and knows no site:
whoever asks says how (see Manner). It refuses to repair raw HTML: that is shown as text,
or passed as it is where originals may hold it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.bidi import escape, isolate, neutralise, stray_controls
from pipeline.markdown import Parsed, directive, read_block
from pipeline.model import Direction
from pipeline.speech import say

State = Literal["", "untranslated", "stale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """How a leaf stands in an edition: its id, and whether its text is another's.

    `anchors` are further ids, for links to headings. `mark` is HTML put first in the
    block, for readers to see and hear. `language` and `direction` are set where the text
    is not the edition's own.
    """

    id: str = ""
    anchors: tuple[str, ...] = ()
    state: State = ""
    language: str = ""
    direction: Direction | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a link leads: its address, and attributes and a mark written by us.

    A `slot` stands for the whole of it until every address of the site is known; it is
    written between NULs, which no text can hold, and filled by `fill`. An image is not
    shown where its target is `linked`: a link with its text leads there.
    """

    href: str = ""
    attributes: str = ""
    mark: str = ""
    slot: str = ""
    linked: bool = False


def _as_written(address: str, image: bool, index: int) -> Target | None:
    return Target(href=address)


def fill(html: str, slots: Callable[[str], str]) -> str:
    """HTML with its slots filled in."""
    if "\0" not in html:
        return html
    parts = html.split("\0")
    parts[1::2] = [slots(name) for name in parts[1::2]]
    return "".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A block of a body that stands in no other: its HTML with its slots, and the ids of
    the leaves in it.

    `state` is "silent" where nothing in it is for translation, "untranslated" where all
    of that stands in another language; else empty.
    """

    html: str
    ids: tuple[str, ...] = ()
    state: Literal["", "silent", "untranslated"] = ""

    @property
    def names(self) -> list[str]:
        """All ids that stand in it: those of leaves, of footnotes, of headings."""
        return [name[1:] for name in self.html.split("\0")[1::2] if name[0] == "#"]


def pieces(html: str) -> list[Piece]:
    """A body written with `slots`, cut where its outermost blocks end."""
    found: list[Piece] = []
    held: list[str] = []
    for number, part in enumerate(html.split("\0")):
        if not number % 2:
            held.append(part)
        elif part[0] == "=":
            state, _, ids = part[1:].partition(" ")
            found.append(Piece(html="".join(held), ids=tuple(ids.split()), state=state))  # type: ignore[arg-type]
            held = []
        else:
            held.append(f"\0{part}\0")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How HTML is written.

    `resolve` gives the target of an address (also told whether an image asks, and the
    event's index), or None to keep the text and drop the link. `number` writes a count in
    the edition's digits. `labels` has the words that we write: footnote, back, table, task-done,
    task-open, note, tip, important, warning, caution. `report` is told (rule, message,
    event index) of what was dropped. `raw_html` lets raw HTML stand, inline tags only
    where `raw_allowed` (event index, tag) agrees. `prefix` begins every id. With `slots`,
    ids are slots (`#` and the id), as are references to them (`@`), and so is the end of
    each outermost block (`=`; see `pieces`), for pages on which editions stand together.
    """

    direction: Direction = "ltr"
    raw_html: bool = False
    isolation: bool = True
    prefix: str = ""
    slots: bool = False
    resolve: Callable[[str, bool, int], Target | None] = _as_written
    number: Callable[[int], str] = str
    labels: Mapping[str, str] = field(default_factory=dict)
    report: Callable[[str, str, int], None] | None = None
    raw_allowed: Callable[[int, str], bool] | None = None


# --- addresses and attributes ---------------------------------------------------------

_SCHEME = re.compile(r"[\x00-\x20]*([a-zA-Z][a-zA-Z0-9+.\-]*):")
_SCHEMES = frozenset(("http", "https", "mailto", "tel"))
_UNSEEN = re.compile(r"[\x00-\x20\x7f\u200b-\u200f\u2028-\u202e]")
_UNSAFE_IN_HREF = re.compile(r"[^A-Za-z0-9\-_.+!*(),/:;?@=&$~'#%]")


def allowed_address(address: str) -> bool:
    """Whether an address is relative or of one of the four schemes that links may have."""
    if ":" not in address:
        return True
    found = _SCHEME.match(_UNSEEN.sub("", address))
    return found is None or found.group(1).lower() in _SCHEMES


def is_external(address: str) -> bool:
    """Whether an address leads out of the site: it has a scheme, or a host."""
    return _SCHEME.match(address) is not None or address.startswith("//")


def attribute(text: str) -> str:
    """`text` inside a double-quoted attribute."""
    return escape(text).replace('"', "&quot;")


def href(address: str) -> str:
    """An address inside a double-quoted attribute, percent-encoded where it must be."""
    return (
        _UNSAFE_IN_HREF.sub(
            lambda m: "".join(f"%{byte:02X}" for byte in m.group().encode("utf-8", "replace")),
            address,
        )
        .replace("&", "&amp;")
        .replace("'", "&#x27;")
    )


# --- the writer -----------------------------------------------------------------------


def write(parsed: Parsed, manner: Manner, blocks: Sequence[Block] | None = None) -> str:
    """HTML from the parser's events.

    With `blocks`, one a leaf, blocks get ids, languages and marks; without, the HTML
    is the parser's own but for what `Manner` changes.
    """
    return _Writer(parsed, manner, blocks).write()


# No character of HTML; NUL is seen to where it can come from.
_CONTROLS = "\x01-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff"
_CONTROL = re.compile(f"[{_CONTROLS}]")
# Those, and bidi controls that might be stray; a numeric entity can hide either.
_SUSPECT = re.compile(f"[{_CONTROLS}\u202a-\u202e\u2066-\u2069]|&#")
_INLINE = {
    "Emphasis": ("<em>", "</em>"),
    "Strong": ("<strong>", "</strong>"),
    "Strikethrough": ("<del>", "</del>"),
}
_CUT = -1  # in `edges`: an outermost block begins
_ALIGNED = {"None": "", "Left": "align-left", "Center": "align-center", "Right": "align-right"}


@dataclass(slots=True)
class _Footnote:
    """A footnote's number, and how many references to it there are and are written."""

    number: int
    total: int = 0
    written: int = 0
    defined: bool = False


class _Writer:
    """One text on its way to HTML: what is open, and what is written so far."""

    __slots__ = (
        "parsed", "events", "manner", "blocks", "direction", "out", "add", "at_leaf", "edges",
        "clean", "footnotes", "definitions", "tail", "links", "poem", "inline", "alignments",
        "column", "cell", "suspect", "named", "referred", "ends", "leaf", "tables", "figure",
    )  # fmt: skip

    def __init__(self, parsed: Parsed, manner: Manner, blocks: Sequence[Block] | None) -> None:
        self.parsed, self.manner, self.blocks = parsed, manner, blocks
        self.events = parsed.events
        self.direction = manner.direction  # of the block that is being written
        # what stands around an id, and around a reference to one
        around = (f"\0#{manner.prefix}", "\0"), (f"\0@{manner.prefix}", "\0")
        bare = manner.prefix, ""
        self.named, self.referred = around if manner.slots else (bare, bare)
        self.out: list[str] = []
        self.add = self.out.append
        self.at_leaf: dict[int, int] = {}  # opening event → the first leaf there
        # event → the leaf whose element begins there, or the end of such an element:
        # bare text in a list item that holds more
        self.edges: dict[int, int | str] = {}
        if blocks is not None:
            for place, leaf in enumerate(parsed.leaves):
                if self.at_leaf.setdefault(leaf.opening, place) != place:
                    self.edges[leaf.events[0]] = place
        self.clean: dict[int, str] = {}  # text events, without their stray controls
        self.suspect = _SUSPECT.search(parsed.data.decode()) is not None
        if self.suspect:
            self._neutralise()
        self.footnotes: dict[str, _Footnote] = {}
        self.definitions: list[tuple[_Footnote, bool]] = []  # the open ones; whether the first
        self.tail = -1  # the piece that ends a definition's last paragraph
        if b"[^" in parsed.data:
            self._count_footnotes()
        self.links: list[str] = []  # the end of each open link; empty if that was dropped
        self.poem = 0  # lines of a poem so far
        self.inline: list[tuple[str, str]] = []  # what is open in a line of a poem
        self.alignments: Sequence[str] = ()
        self.column = 0
        self.cell = "td"
        self.tables = 0
        self.figure = 0  # the piece that opened the figure that is being written, plus one
        self.ends: list[tuple[int, str]] = []  # of outermost blocks: the piece behind, a mark
        self.leaf = 0  # the first leaf of the outermost block that is being written
        if manner.slots:
            self.edges.update(dict.fromkeys(self._outermost(), _CUT))

    def write(self) -> str:
        """All of it."""
        events, add, clean, edges = self.events, self.add, self.clean, self.edges
        isolation = self.manner.isolation
        index, count = 0, len(events)
        while index < count:
            event = events[index][0]
            if edges and index in edges:
                self._edge(index)
            if type(event) is str:
                self._break(index, event)
            elif "Text" in event:
                first, text, more = index, clean.get(index, event["Text"]), None
                while index + 1 < count:  # neighbours are one, over soft breaks too
                    event = events[index + 1][0]
                    if type(event) is dict and "Text" in event:
                        piece = clean.get(index + 1, event["Text"])
                    elif event == "SoftBreak" and not self.poem:
                        piece = "\n"
                    else:
                        break
                    if more is None:
                        more = [text]
                    more.append(piece)
                    index += 1
                if more is not None:
                    text = "".join(more)
                if not isolation or (self.direction == "ltr" and text.isascii()):
                    add(escape(text))
                else:
                    add(isolate(text, self.direction, alone=self._alone(first, index)))
            elif "Start" in event:
                tag = event["Start"]
                if type(tag) is str:
                    name, detail = tag, None
                else:
                    ((name, detail),) = tag.items()
                inline = _INLINE.get(name)
                if inline is None:
                    index = _OPEN[name](self, index, detail)
                else:
                    add(inline[0])
                    if self.poem:
                        self.inline.append(inline)
            elif "End" in event:
                tag = event["End"]
                name = tag if type(tag) is str else next(iter(tag))
                inline = _INLINE.get(name)
                if inline is None:
                    _CLOSE[name](self, tag)
                else:
                    add(inline[1])
                    if self.poem:
                        self.inline.pop()
            else:
                ((name, detail),) = event.items()
                _OTHER[name](self, index, detail)
            index += 1
        if self.manner.slots:
            self._cut(count)
        out, at = self.out, 0
        if self.ends:
            out = []
            for end, mark in self.ends:
                out += self.out[at:end]
                out.append(mark)
                at = end
            out += self.out[at:]
        html = "".join(out)
        return _CONTROL.sub("\ufffd", html) if self.suspect else html

    # --- before the writing ---

    def _neutralise(self) -> None:
        """Texts without stray controls; what is open may close in the block's next text."""
        for leaf in self.parsed.leaves:
            depth, places, texts = 0, [], []
            for place in range(*leaf.events):
                event = self.events[place][0]
                if type(event) is str:
                    continue
                if "Text" in event:
                    if not depth:
                        places.append(place)
                        texts.append(event["Text"])
                elif type(tag := event.get("Start")) is dict and "Image" in tag:
                    depth += 1
                elif event.get("End") == "Image":
                    depth -= 1
            whole = "".join(texts)
            stray = set(stray_controls(whole))
            at = 0
            for place, text in zip(places, texts, strict=True) if stray else ():
                kept = (sign for number, sign in enumerate(text, at) if number not in stray)
                self.clean[place] = "".join(kept)
                at += len(text)

    def _count_footnotes(self) -> None:
        """Numbers by first reference, then by definition."""
        labels = []
        for event, _ in self.events:
            if type(event) is str:
                continue
            if "FootnoteReference" in event:
                self._footnote(event["FootnoteReference"]).total += 1
            elif type(tag := event.get("Start")) is dict and "FootnoteDefinition" in tag:
                labels.append(tag["FootnoteDefinition"])
        for label in labels:
            self._footnote(label)

    def _footnote(self, label: str) -> _Footnote:
        name = label.casefold()  # as the parser matches labels
        note = self.footnotes.get(name)
        if note is None:
            note = self.footnotes[name] = _Footnote(len(self.footnotes) + 1)
        return note

    def _outermost(self) -> list[int]:
        """The events at which outermost blocks begin, but the first. Raw HTML may open an
        element in one and close it in another: from first to last, its blocks are one."""
        depth, starts, raw = 0, [], []
        for index, (event, _) in enumerate(self.events):
            if type(event) is str:
                if event == "Rule" and not depth:
                    starts.append(index)
            elif "Start" in event:
                if not depth:
                    starts.append(index)
                    if (
                        self.manner.raw_html
                        and event["Start"] == "HtmlBlock"
                        and directive(read_block(self.events, index)[0]) is None
                    ):
                        raw.append(index)
                depth += 1
            elif "End" in event:
                depth -= 1
        if raw:
            starts = [start for start in starts if not raw[0] < start <= raw[-1]]
        return starts[1:]

    def _cut(self, index: int) -> None:
        """An outermost block has ended before an event: a mark says what was in it."""
        leaves, first = self.parsed.leaves, self.leaf
        while self.leaf < len(leaves) and leaves[self.leaf].opening < index:
            self.leaf += 1
        if len(self.out) == (self.ends[-1][0] if self.ends else 0):
            return
        held = range(first, self.leaf)
        state, ids = "", ""
        if self.blocks is not None:
            ids = " ".join(self.blocks[place].id for place in held)
            states = {self.blocks[place].state for place in held if leaves[place].msgid}
            state = "silent" if not states else "untranslated" if states == {"untranslated"} else ""
        self.ends.append((len(self.out), f"\0={state} {ids}\0"))

    # --- pieces ---

    def _fresh(self) -> None:
        """On a new line."""
        if self.out and not self.out[-1].endswith("\n"):
            self.add("\n")

    def _alone(self, first: int, last: int) -> bool:
        """Whether texts are all that their element holds."""
        before, behind = self.events[first - 1][0], self.events[last + 1][0]
        return type(before) is dict and "Start" in before and "End" in behind

    def _attributes(
        self, place: int | None, classes: str = "", *, always: Direction | None = None
    ) -> tuple[str, str]:
        """(attributes, mark) of the element of a leaf, which may have one direction always."""
        self.direction = self.manner.direction
        if self.blocks is None or place is None:
            return (f' class="{classes}"' if classes else ""), ""
        block, (before, behind) = self.blocks[place], self.named
        text = f' id="{before}{block.id}{behind}"' if block.id else ""
        if block.state:
            classes = f"{classes} {block.state}" if classes else block.state
        if classes:
            text += f' class="{classes}"'
        if block.language:
            text += f' lang="{block.language}"'
        direction = block.direction
        if always and always != (direction or self.direction):
            direction = always
        if direction:
            text += f' dir="{direction}"'
            self.direction = direction
        mark = block.mark
        for anchor in reversed(block.anchors):
            mark = f'<a class="anchor" id="{before}{attribute(anchor)}{behind}"></a>{mark}'
        return text, mark

    def _report(self, rule: str, message: str, index: int) -> None:
        if self.manner.report is not None:
            self.manner.report(rule, message, index)

    def _shown(self, text: str) -> str:
        """Text that stands alone, as HTML, runs of the other direction isolated."""
        return isolate(text, self.direction) if self.manner.isolation else escape(text)

    # --- breaks, and lines of poems ---

    def _break(self, index: int, event: str) -> None:
        if event == "Rule":
            self._fresh()
            text, mark = self._attributes(self.at_leaf.get(index))
            self.add(f"{mark}<hr{text} />\n")
        elif not self.poem:
            self.add("\n" if event == "SoftBreak" else "<br />\n")
        else:
            for _, end in reversed(self.inline):
                self.add(end)
            self.poem += 1
            self.add(
                '</span></span>\n<span class="bayt"><span class="misra">'
                if self.poem % 2
                else '</span>\n<span class="misra">'
            )
            for start, _ in self.inline:
                self.add(start)

    def _begin_poem(self, place: int) -> None:
        text, mark = self._attributes(place, "poem")
        self.add(f'<p{text}>{mark}<span class="bayt"><span class="misra">')
        self.poem = 1

    def _edge(self, index: int) -> None:
        """Bare text that needs an element of its own begins or ends."""
        place = self.edges.pop(index)
        if place == _CUT:
            self._cut(index)
            return
        if type(place) is str:
            self.add(place)
            self.poem = 0
            return
        assert type(place) is int
        leaf = self.parsed.leaves[place]
        self._fresh()
        if leaf.poem:
            self._begin_poem(place)
            self.edges[leaf.events[1]] = "</span></span></p>\n"
        else:
            text, mark = self._attributes(place)
            self.add(f"<div{text}>{mark}")
            self.edges[leaf.events[1]] = "</div>\n"

    # --- blocks ---

    def _paragraph(self, index: int, _: Any) -> int:
        self._fresh()
        place = self.at_leaf.get(index)
        if place is not None and self.parsed.leaves[place].poem:
            self._begin_poem(place)
        else:
            text, mark = self._attributes(place)
            if self.blocks is not None and self._captioned(index):
                self.figure = len(self.out) + 1
                self.add(f"<figure{text}>{mark}")
            else:
                self.add(f"<p{text}>{mark}")
        return index

    def _captioned(self, index: int) -> bool:
        """Whether a paragraph is one image with a title: that is its caption.

        A title in a definition at the end of the text is not: it is never translated.
        """
        first = self.events[index + 1][0]
        tag = first.get("Start") if type(first) is dict else None
        if type(tag) is not dict or "Image" not in tag:
            return False
        if not tag["Image"]["title"] or tag["Image"]["link_type"] != "Inline":
            return False
        depth = 1
        while depth:
            index += 1
            event = self.events[index + 1][0]
            if type(event) is dict and "Start" in event:
                depth += type(event["Start"]) is dict and "Image" in event["Start"]
            elif type(event) is dict and event.get("End") == "Image":
                depth -= 1
        return bool(self.events[index + 2][0] == {"End": "Paragraph"})

    def _end_paragraph(self, _: Any) -> None:
        if self.figure:
            self.figure = 0
            self.add("</figure>\n")
            return
        if self.poem:
            self.add("</span></span>")
            self.poem = 0
        if self.definitions:
            self.tail = len(self.out)
        self.add("</p>\n")

    def _heading(self, index: int, detail: Any) -> int:
        self._fresh()
        place = self.at_leaf.get(index)
        text, mark = self._attributes(place, " ".join(attribute(c) for c in detail["classes"]))
        if self.blocks is None and detail["id"] is not None:
            text = f' id="{attribute(detail["id"])}"{text}'
        self.add(f"<{detail['level'].lower()}{text}>{mark}")
        return index

    def _end_heading(self, tag: Any) -> None:
        self.add(f"</{tag['Heading'].lower()}>\n")

    def _table(self, index: int, detail: Any) -> int:
        self._fresh()
        self.alignments = detail
        if self.blocks is None:
            self.add("<table>")
        else:
            self.tables += 1
            label = attribute(self.manner.labels.get("table", "Table"))
            number = self.manner.number(self.tables)
            # Where it scrolls sideways, the keyboard must reach it, and hear what it is.
            self.add(f'<div class="table" role="group" aria-label="{label} {number}" tabindex="0"><table>')
        return index

    def _end_table(self, _: Any) -> None:
        self.add("</tbody></table>\n" if self.blocks is None else "</tbody></table></div>\n")

    def _table_head(self, index: int, _: Any) -> int:
        self.cell, self.column = "th", 0
        self.add("<thead><tr>")
        return index

    def _table_row(self, index: int, _: Any) -> int:
        self.cell, self.column = "td", 0
        self.add("<tr>")
        return index

    def _table_cell(self, index: int, _: Any) -> int:
        aligned = self.alignments[self.column] if self.column < len(self.alignments) else "None"
        self.column += 1
        text, mark = self._attributes(self.at_leaf.get(index), _ALIGNED[aligned])
        if self.blocks is not None and self.events[index + 1][0] == {"End": "TableCell"}:
            self.add(f"<td{text}>{mark}</td>")  # an empty corner heads nothing
            return index + 1
        self.add(f"<{self.cell}{text}>{mark}")
        return index

    def _end_table_cell(self, _: Any) -> None:
        self.add(f"</{self.cell}>")

    def _list(self, index: int, detail: Any) -> int:
        self._fresh()
        if detail is None:
            self.add("<ul>\n")
        else:
            self.add("<ol>\n" if detail == 1 else f'<ol start="{detail}">\n')
        return index

    def _end_list(self, tag: Any) -> None:
        self.add("</ol>\n" if tag["List"] else "</ul>\n")

    def _item(self, index: int, _: Any) -> int:
        """A list item; a tight one is its text's element, if that is all or its own."""
        self._fresh()
        place = self.at_leaf.get(index)
        if place is not None and self.blocks is not None:
            leaves, state = self.parsed.leaves, self.blocks[place].state
            leaf = leaves[place]
            opens = place == 0 or leaves[place - 1].opening < index
            alone = opens and self.events[leaf.events[1]][0] == {"End": "Item"}
            if leaf.poem or not opens or (state and not alone):
                begin = leaf.events[0]
                while (before := self.events[begin - 1][0]) == "SoftBreak" or "TaskListMarker" in before:
                    begin -= 1
                self.edges[begin] = place
                place = None
        text, mark = self._attributes(place)
        self.add(f"<li{text}>{mark}")
        return index

    def _quotation(self, index: int, alert: Any) -> int:
        self._fresh()
        if alert is None:
            self.add("<blockquote>\n")
        else:
            name = alert.lower()
            self.add(f'<blockquote class="markdown-alert-{name}">\n')
            if self.blocks is not None and name in self.manner.labels:
                self.add(f'<p class="alert-title">{escape(self.manner.labels[name])}</p>\n')
        return index

    def _code_block(self, index: int, detail: Any) -> int:
        self._fresh()
        place = self.at_leaf.get(index)
        text, mark = self._attributes(place, always="ltr")
        if self.blocks is not None:
            text += ' tabindex="0"'
        words = detail["Fenced"].split() if type(detail) is dict else ()
        language = f' class="language-{attribute(neutralise(words[0]))}"' if words else ""
        code, last = read_block(self.events, index)
        self.add(f"{mark}<pre{text}><code{language}>{escape(neutralise(code))}</code></pre>\n")
        return last

    def _html_block(self, index: int, _: Any) -> int:
        html, last = read_block(self.events, index)
        if directive(html) is not None:
            return last
        if self.manner.raw_html:
            self.add(html.replace("\0", "\ufffd"))
            return last
        rest = _without_comments(html).strip(" \t\r\n")
        if rest:
            self._report("raw-html", say("raw HTML is shown as text"), index)
            self._fresh()
            text, mark = self._attributes(self.at_leaf.get(index))
            self.add(f"<p{text}>{mark}{self._shown(neutralise(rest))}</p>\n")
        else:
            self._report("html-comment", say("an HTML comment is left out of the page"), index)
        return last

    # --- footnotes ---

    def _definition(self, index: int, label: str) -> int:
        self._fresh()
        note = self._footnote(label)
        first, note.defined = not note.defined, True
        self.definitions.append((note, first))
        before, behind = self.named
        name = f' id="{before}fn-{note.number}{behind}"' if first else ""
        self.add(
            f'<div class="footnote-definition"{name}>'
            f'<sup class="footnote-definition-label">{self.manner.number(note.number)}</sup>'
        )
        self.tail = -1
        return index

    def _end_definition(self, _: Any) -> None:
        note, first = self.definitions.pop()
        if first and note.total:
            before, behind = self.referred
            way = f"{before}fnref-{note.number}"
            label = attribute(self.manner.labels.get("back", "Back"))
            backs = "".join(
                self._back(f'{way}{f"-{use}" if use > 1 else ""}{behind}', label, note.number, use)
                for use in range(1, note.total + 1)
            )
            last = len(self.out) - 1 == self.tail
            self.out.insert(self.tail if last else len(self.out), backs)
        self.add("</div>\n")

    def _back(self, way: str, label: str, note: int, use: int) -> str:
        """The way back to a reference; from the second on, it says to which."""
        number, again, seen = self.manner.number, "", ""
        if use > 1:
            again, seen = f" ({number(use)})", f"<sup>{number(use)}</sup>"
        arrow = "\u21a9" if self.manner.direction == "ltr" else "\u21aa"
        return (
            f' <a class="footnote-back" href="#{way}" aria-label="{label} {number(note)}{again}">'
            f"{arrow}\ufe0e{seen}</a>"
        )

    def _reference(self, index: int, label: str) -> None:
        note = self._footnote(label)
        note.written += 1
        again = f"-{note.written}" if note.written > 1 else ""
        number, named, referred = self.manner.number(note.number), self.named, self.referred
        said = f"{attribute(self.manner.labels.get('footnote', 'Footnote'))} {number}"
        self.add(
            f'<sup class="footnote-reference" id="{named[0]}fnref-{note.number}{again}{named[1]}">'
            f'<a href="#{referred[0]}fn-{note.number}{referred[1]}" aria-label="{said}">{number}</a></sup>'
        )

    # --- within a block ---

    def _link(self, index: int, detail: Any) -> int:
        address, start, end = detail["dest_url"], "", ""
        if detail["link_type"] == "Email":
            address = "mailto:" + address
        if any(self.links):  # a link in a link, such as <https://…> in [ ]( ), is text
            target = None
        elif allowed_address(address):
            target = self.manner.resolve(address, False, index)
        else:
            target = None
            self._report("link-scheme", say("links may not lead to `{address}`", address=address[:80]), index)
        if target is not None:
            title = f' title="{attribute(neutralise(detail["title"]))}"' if detail["title"] else ""
            if target.slot:
                start = f"<a \0{target.slot}\0{title}>"
                end = f"\0{target.slot}m\0</a>"
            else:
                start = f'<a href="{href(target.href)}"{title}{target.attributes}>'
                end = f"{target.mark}</a>"
        if start:
            self.add(start)
        self.links.append(end)
        if self.poem:
            self.inline.append((start, "</a>" if start else ""))
        return index

    def _end_link(self, _: Any) -> None:
        end = self.links.pop()
        if end:
            self.add(end)
        if self.poem:
            self.inline.pop()

    def _image(self, index: int, detail: Any) -> int:
        """An image, with what is within as its text; returns the event of its end."""
        depth, last = 1, index
        words: list[str] = []
        while depth:
            last += 1
            event = self.events[last][0]
            if type(event) is str:
                words.append(" ")
            elif "Text" in event or "Code" in event:
                words += event.values()
            elif "Start" in event:
                depth += type(event["Start"]) is dict and "Image" in event["Start"]
            elif "End" in event:
                depth -= event["End"] == "Image"
        alt = neutralise("".join(words))
        address = detail["dest_url"]
        if allowed_address(address):
            target = self.manner.resolve(address, True, index)
        else:
            target = None
            self._report("link-scheme", say("images may not come from `{address}`", address=address[:80]), index)
        if self.figure and (target is None or target.linked):
            opening = self.figure - 1
            self.out[opening] = "<p" + self.out[opening].removeprefix("<figure")
            self.figure = 0
        if target is None:
            if alt:
                self.add(self._shown(alt))
            return last
        caption = neutralise(detail["title"])
        title = f' title="{attribute(caption)}"' if caption and not self.figure else ""
        if target.linked:
            shown = self._shown(alt) if alt else f'<bdi dir="ltr">{escape(neutralise(address))}</bdi>'
            inner = any(self.links)
            self.add(shown if inner else f'<a href="{href(target.href)}"{title}>{shown}</a>')
            return last
        source = f"\0{target.slot}\0" if target.slot else f'src="{href(target.href)}"'
        self.add(f'<img {source} alt="{attribute(alt)}"{title}{target.attributes} />')
        if self.figure:
            self.add(f"<figcaption>{self._shown(caption)}</figcaption>")
        return last

    def _code(self, _: int, code: str) -> None:
        if self.blocks is not None and (
            self.direction == "rtl" or self.manner.direction == "rtl" or not code.isascii()
        ):
            self.add(f'<code dir="ltr">{escape(neutralise(code))}</code>')
        else:
            self.add(f"<code>{escape(neutralise(code))}</code>")

    def _inline_html(self, index: int, html: str) -> None:
        allowed = self.manner.raw_allowed
        if self.manner.raw_html and (allowed is None or allowed(index, html)):
            self.add(html.replace("\0", "\ufffd"))
        elif html.startswith("<!--"):
            self._report("html-comment", say("an HTML comment is left out of the page"), index)
        else:
            self._report("raw-html", say("raw HTML is shown as text"), index)
            self.add(self._shown(neutralise(html)))

    def _task(self, _: int, done: bool) -> None:
        name, word = ("task-done", "done") if done else ("task-open", "open")
        label = attribute(self.manner.labels.get(name, word))
        checked = ' checked=""' if done else ""
        self.add(f'<input disabled="" type="checkbox"{checked} aria-label="{label}"/>\n')


def _without_comments(html: str) -> str:
    """HTML without its comments; one that never ends stays."""
    pieces, at = [], 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 2)) >= 0:
        pieces.append(html[at:start])
        at = end + 3
    pieces.append(html[at:])
    return "".join(pieces)


_OPEN: dict[str, Callable[[_Writer, int, Any], int]] = {
    "Paragraph": _Writer._paragraph,
    "Heading": _Writer._heading,
    "Table": _Writer._table,
    "TableHead": _Writer._table_head,
    "TableRow": _Writer._table_row,
    "TableCell": _Writer._table_cell,
    "List": _Writer._list,
    "Item": _Writer._item,
    "BlockQuote": _Writer._quotation,
    "CodeBlock": _Writer._code_block,
    "HtmlBlock": _Writer._html_block,
    "FootnoteDefinition": _Writer._definition,
    "Link": _Writer._link,
    "Image": _Writer._image,
}
_CLOSE: dict[str, Callable[[_Writer, Any], None]] = {
    "Paragraph": _Writer._end_paragraph,
    "Heading": _Writer._end_heading,
    "Table": _Writer._end_table,
    "TableHead": lambda writer, _: writer.add("</tr></thead><tbody>\n"),
    "TableRow": lambda writer, _: writer.add("</tr>\n"),
    "TableCell": _Writer._end_table_cell,
    "List": _Writer._end_list,
    "Item": lambda writer, _: writer.add("</li>\n"),
    "BlockQuote": lambda writer, _: writer.add("</blockquote>\n"),
    "FootnoteDefinition": _Writer._end_definition,
    "Link": _Writer._end_link,
}
_OTHER: dict[str, Callable[[_Writer, int, Any], None]] = {
    "Code": _Writer._code,
    "InlineHtml": _Writer._inline_html,
    "FootnoteReference": _Writer._reference,
    "TaskListMarker": _Writer._task,
}
