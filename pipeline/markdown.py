"""Markdown: cut into messages, and put together again from translations.

The only user of the Markdown parser. One pass over the parser's events finds the leaf
blocks of a text, and both branches of the tool work on that one list: extraction takes
the blocks' own Markdown as messages, composition splices translations back by byte
range, so that the two cannot drift. `html` writes from the same events.

It refuses to re-render: a block without a translation keeps its bytes. It writes no
HTML, and knows no files, no catalogues and no site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import pyromark

from pipeline.speech import say

SEGMENTATION = 1
"""The version of the rules below, recorded in every catalogue's header."""

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_GFM
)
_PARSER = pyromark.Markdown(options=_OPTIONS | pyromark.Options.ENABLE_HEADING_ATTRIBUTES)
_GUARDED = pyromark.Markdown(options=_OPTIONS)
# Behind a heading the parser reads over a lone CR; LF has the same length.
_LONE_CR = re.compile(r"\r(?!\n)")
# What makes the parser panic: attributes alone on the last line of an underlined heading.
_PANIC = re.compile(
    r"[\r\n][ \t\x0b\x0c>]*(\{)[^{}\r\n]*\}[ \t\x0b\x0c]*(?:\r\n?|\n)"
    r"[ \t\x0b\x0c>]*(?:=+|-+)[ \t\x0b\x0c]*(?=[\r\n]|\Z)"
)

Event = Any
Events = list[tuple[Event, Any]]


@dataclass(slots=True)
class Leaf:
    """A block that holds text itself, as opposed to other blocks.

    `start` and `end` are byte offsets of its text, markers left out; `events` is the
    half-open range of its inline events, `opening` the event at which its element
    begins. `msgid` is empty for blocks that are not translated. `prefix` is what
    continues its container on a further line. `line` counts from 0 within the body.
    The lines of a `poem` stay lines.
    """

    kind: str
    start: int
    end: int
    opening: int
    events: tuple[int, int]
    msgid: str = ""
    prefix: bytes = b""
    line: int = 0
    note: str = ""
    poem: bool = False


@dataclass(slots=True, kw_only=True)
class Parsed:
    """A text, parsed once: its bytes, events and leaf blocks in order.

    `complaints` are (byte offset, rule, message, hint) of what the author should know.
    """

    data: bytes
    events: Events
    leaves: list[Leaf] = field(default_factory=list)
    complaints: list[tuple[int, str, str, str]] = field(default_factory=list)

    def line_ends(self) -> list[int]:
        """Where each line but the last ends: the byte behind its LF, CR or both."""
        return [found.end() for found in _NEWLINE.finditer(self.data)]

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column) of a byte offset; the line from 0, the column from 1."""
        head = self.data[:offset]
        line = _lines(head, 0, len(head))
        start = max(head.rfind(b"\n"), head.rfind(b"\r")) + 1
        return line, len(head[start:].decode("utf-8", "replace")) + 1


def parse(text: str) -> Parsed:
    """The text's events and leaf blocks. Never fails on any text without surrogates."""
    events, complaint = _events(text)
    parsed = Parsed(data=text.encode(), events=events)
    if complaint is not None:
        parsed.complaints.append(complaint)
    _Reading(parsed).read()
    return parsed


def _events(text: str) -> tuple[Events, tuple[int, str, str, str] | None]:
    """The parser's events; without heading attributes, and why, where they confuse it."""
    if "\r" in text:
        text = _LONE_CR.sub("\n", text)
    panic = _PANIC.search(text) if "}" in text else None
    if panic is None:
        try:
            return list(_PARSER.events_with_range(text)), None
        except BaseException as error:
            # The parser's PanicException derives from BaseException alone.
            if type(error).__name__ != "PanicException":
                raise
    at = len(text[: panic.start(1)].encode()) if panic is not None else 0
    return list(_GUARDED.events_with_range(text)), (
        at, "parser", say("attributes alone on a heading's last line confuse the parser"),
        say("put {attributes} behind the heading's words; until then no heading of this text has its attributes",
            attributes="{…}"),
    )  # fmt: skip


def _lines(data: bytes, start: int, end: int) -> int:
    """How many lines end within a range: by LF, CR or both."""
    count = data.count(b"\n", start, end)
    if b"\r" in data:
        count += data.count(b"\r", start, end) - data.count(b"\r\n", start, end)
    return count


_INLINE = frozenset(("Emphasis", "Strong", "Strikethrough", "Link", "Image"))
_TEXTS = frozenset(("Paragraph", "Heading", "TableCell"))
_KINDS = {
    "Heading": "heading",
    "Item": "list item",
    "BlockQuote": "quotation",
    "FootnoteDefinition": "footnote",
    "TableHead": "table header",
    "TableRow": "table cell",
}
_LETTER = re.compile(r"[^\W\d_]")
_DIRECTIVES = {
    "skip": (_BLOCK := say("a block")),
    "note": (_TEXT_BLOCK := say("a block with text")),
    "translate": (_CODE := say("code")),
    "poem": (_PARAGRAPH := say("a paragraph")),
}
"""The directives, and what each stands before."""
_HEADING, _TABLE, _RULE, _HTML = say("a heading"), say("a table"), say("a rule"), say("HTML")


class _Reading:
    """One pass over the events of a text, which finds its leaves.

    A directive waits in `waiting` for the next block, and holds from there until that
    block ends: `skip`, `poem` and `translate` are the depths at which blocks under them
    opened (0: none), `notes` the (depth, note) in force.
    """

    __slots__ = (
        "data", "events", "parsed", "containers", "waiting", "notes",
        "skip", "poem", "translate", "cr", "line", "line_at", "line_start", "names",
    )  # fmt: skip

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.data, self.events = parsed.data, parsed.events
        self.containers: list[tuple[str, int]] = []  # (kind of the leaves in it, event)
        self.waiting: dict[str, tuple[str, int]] = {}  # name → (argument, offset)
        self.notes: list[tuple[int, str]] = []
        self.skip = self.poem = self.translate = 0
        self.cr = b"\r" in parsed.data
        self.line = self.line_at = self.line_start = 0
        self.names: set[str] = set()

    def read(self) -> None:
        events, containers = self.events, self.containers
        index, count = 0, len(events)
        while index < count:
            event, span = events[index]
            if type(event) is str:
                if event == "Rule":  # else a break before an item's first word
                    self._silent("rule", index, span, _RULE)
                index += 1
                continue
            if "End" in event:
                self._leave(len(containers))
                containers.pop()
                if self.waiting:
                    self._lonely()
                index += 1
                continue
            start = event.get("Start")
            if start is None:
                index = self._tight(index)
                continue
            name = start if type(start) is str else next(iter(start))
            if name in _TEXTS:
                index = self._text(index, name, start)
            elif name in _INLINE:
                index = self._tight(index)
            elif name == "HtmlBlock":
                index = self._html(index, span)
            elif name == "CodeBlock":
                index = self._code(index, span)
            else:
                if self.waiting:
                    self._enter(_TABLE if name == "Table" else "")
                kind = _KINDS.get(name) or (containers[-1][0] if containers else "paragraph")
                containers.append((kind, index))
                index += 1
        if self.waiting:
            self._lonely()

    # --- directives ---

    def _enter(self, what: str) -> None:
        """A block opens: what directives said before it now holds.

        `what` names a block for which some say nothing; it is empty for containers.
        """
        depth = len(self.containers) + 1
        for name, (argument, at) in self.waiting.items():
            if what and _DIRECTIVES[name] not in (what, _BLOCK, _TEXT_BLOCK):
                self._complain(
                    at, say("the directive `{name}` does nothing before {what}", name=name, what=what),
                    say("it is for {what}", what=_DIRECTIVES[name]),
                )  # fmt: skip
            elif name == "skip":
                self.skip = self.skip or depth
            elif name == "poem":
                self.poem = self.poem or depth
            elif name == "translate":
                self.translate = self.translate or depth
            else:
                self.notes.append((depth, argument))
        self.waiting.clear()

    def _leave(self, depth: int) -> None:
        """The block at that depth ends, and with it what was said of it."""
        if self.skip >= depth:
            self.skip = 0
        if self.poem >= depth:
            self.poem = 0
        if self.translate >= depth:
            self.translate = 0
        while self.notes and self.notes[-1][0] >= depth:
            self.notes.pop()

    def _lonely(self) -> None:
        for name, (_, at) in self.waiting.items():
            self._complain(
                at, say("the directive `{name}` has no block after it", name=name),
                say("put it on the line before the block that it is for"),
            )  # fmt: skip
        self.waiting.clear()

    def _complain(self, at: int, message: str, hint: str, rule: str = "directive") -> None:
        self.parsed.complaints.append((at, rule, message, hint))

    # --- blocks ---

    def _text(self, index: int, name: str, start: Any) -> int:
        """A paragraph, heading or cell: all until its end is inline."""
        events, containers = self.events, self.containers
        first = last = index + 1
        breaks = None
        while True:
            event = events[last][0]
            if type(event) is str:
                breaks = breaks or last
            elif "End" in event:
                tag = event["End"]
                if tag == name or type(tag) is dict:  # a heading's says its level
                    break
            elif "TaskListMarker" in event:
                first = last + 1
            last += 1
        single = False
        kind = containers[-1][0] if containers else "paragraph"
        if self.waiting:
            self._enter(_HEADING if name == "Heading" else _PARAGRAPH)
        if name == "Heading":
            kind = "heading"
            single = self.data[events[index][1]["start"]] == 0x23
            own = start["Heading"]["id"]
            if own is not None:
                self._own_name(own, index)
        elif name == "TableCell":
            single = True
        if first < last:
            self._leaf(kind, index, first, last, breaks, single)
        if self.skip or self.poem or self.translate or self.notes:
            self._leave(len(containers) + 1)
        return last + 1

    def _tight(self, index: int) -> int:
        """Text of a tight list item, without a paragraph around it."""
        events = self.events
        first = last = index
        breaks = None
        count = len(events)
        while last < count:
            event = events[last][0]
            if type(event) is str:
                if event == "Rule":
                    break
                if last == first:  # before the first word, behind a task's box
                    first += 1
                breaks = breaks or last
            else:
                tag = event.get("Start") or event.get("End")
                if tag is not None:
                    if (tag if type(tag) is str else next(iter(tag))) not in _INLINE:
                        break
                elif last == first and "TaskListMarker" in event:
                    first += 1
            last += 1
        if first < last:
            if self.waiting:
                self._enter(_PARAGRAPH)
            kind, opening = self.containers[-1]  # tight text is an item's
            self._leaf(kind, opening, first, last, breaks, False)
            self._leave(len(self.containers) + 1)
        return last

    def _silent(self, kind: str, index: int, span: Any, what: str) -> None:
        """A block without a message."""
        for name, (_, at) in self.waiting.items():
            if name != "skip":
                self._complain(
                    at, say("the directive `{name}` does nothing before {what}", name=name, what=what),
                    say("it is for {what}", what=_DIRECTIVES[name]),
                )  # fmt: skip
        self.waiting.clear()
        leaf = Leaf(kind, span["start"], span["end"], index, (index, index))
        self._add(leaf)

    def _html(self, index: int, span: Any) -> int:
        """An HTML block: a directive, or HTML."""
        text, last = read_block(self.events, index)
        found = directive(text)
        if found is None:
            if "dozaban:" in text:
                self._complain(
                    span["start"], say("this is not read as a directive"),
                    say("a directive stands alone on its line: {example}", example="<!-- dozaban: skip -->"),
                )  # fmt: skip
            self._silent("html", index, span, _HTML)
            return last + 1
        name, argument = found
        if name not in _DIRECTIVES:
            self._complain(
                span["start"], say("unknown directive `{name}`", name=name),
                say("known are: {names}", names=("skip", "translate", "poem", "note TEXT")),
            )
            return last + 1
        if name == "note":
            if not argument:
                self._complain(span["start"], say("the note is empty"), say("write its text behind `note`"))
                return last + 1
            if "note" in self.waiting:
                argument = f"{self.waiting['note'][0]} {argument}"
        self.waiting[name] = (argument, span["start"])
        return last + 1

    def _code(self, index: int, span: Any) -> int:
        """A code block; a directive may ask to translate its lines, as one message."""
        if self.waiting:
            self._enter(_CODE)
        data, events = self.data, self.events
        text, last = read_block(events, index)
        if self.translate and not self.skip and text.strip():
            start, end = events[index + 1][1]["start"], events[last - 1][1]["end"]
            while data[end - 1] in b"\r\n":
                end -= 1
            leaf = Leaf("code", start, end, index, (index + 1, last), text.rstrip("\n"))
            # A blank line shows no prefix.
            inside = events[index + 1 : last]
            shown = next((one["start"] for event, one in inside if event["Text"].strip("\r\n")), start)
            leaf.prefix = _NOT_PREFIX.sub(b" ", data[_line_begin(data, shown) : shown])
        else:
            leaf = Leaf("code", span["start"], span["end"], index, (index, index))
        self._add(leaf)
        self._leave(len(self.containers) + 1)
        return last + 1

    # --- leaves ---

    def _line_start(self, at: int) -> int:
        """Where the line begins that holds an offset; offsets only grow."""
        found = self.data.rfind(b"\n", self.line_start, at)
        if self.cr:
            found = max(found, self.data.rfind(b"\r", self.line_start, at))
        if found >= 0:
            self.line_start = found + 1
        return self.line_start

    def _add(self, leaf: Leaf) -> None:
        if self.cr:
            self.line += _lines(self.data, self.line_at, leaf.start)
        else:
            self.line += self.data.count(b"\n", self.line_at, leaf.start)
        self.line_at = leaf.start
        leaf.line = self.line
        if self.notes:
            leaf.note = self.notes[-1][1]
        self.parsed.leaves.append(leaf)

    def _leaf(
        self, kind: str, opening: int, first: int, last: int, breaks: int | None, single: bool
    ) -> None:
        data, events = self.data, self.events
        event, span = events[first]
        start: int = span["start"]
        if start and data[start - 1] == 0x5C and type(event) is dict and "Text" in event:
            start -= 1  # a Text range omits the backslash that escapes its first character
        end: int = events[last - 1][1]["end"]
        cell = single and kind != "heading"
        if kind == "heading" or cell:
            if data.startswith(b"[]", end) and events[last - 1][0] in _LINK_ENDS:
                end += 2  # a collapsed reference's range lacks its brackets
            if cell:
                end = max(end, events[opening][1]["end"])
        else:
            inner, end = end, data.find(b"\n", end)
            if end < 0:
                end = len(data)
            if self.cr and (lone := data.find(b"\r", inner, end)) >= 0:
                end = lone
        while end > start and data[end - 1] in b" \t\r\n":
            end -= 1
        if cell:
            while start < end and data[start] in b" \t":
                start += 1
        if end <= start:
            return
        begin = self._line_start(start)
        head = data[begin:start]
        poem = bool(self.poem) and not single and kind != "heading"
        leaf = Leaf(kind, start, end, opening, (first, last), poem=poem)
        if head and not single:
            leaf.prefix = _NOT_PREFIX.sub(b" ", head)
        if not self.skip:
            if breaks is None and data.find(b"\n", start, end) < 0 and not self.cr:
                msgid = data[start:end].decode()
            else:
                msgid = _join(data, start, end, head.count(b">"), self._breaks(breaks, last), poem)
            if (cell and _LETTER.search(msgid) is None) or msgid.isspace():
                msgid = ""
            leaf.msgid = msgid
        self._add(leaf)

    def _breaks(self, first: int | None, last: int) -> list[tuple[int, int, bool]]:
        """(start, end, whether hard) of the line breaks among a leaf's events."""
        if first is None:
            return []
        return [
            (span["start"], span["end"], event == "HardBreak")
            for event, span in self.events[first:last]
            if type(event) is str
        ]

    def _own_name(self, name: str, index: int) -> None:
        """Complain of a heading's own id that it cannot have."""
        if name in self.names:
            why = say("two headings have the id `{name}`", name=name)
        elif _RESERVED.fullmatch(name):
            why = say("the id `{name}` has a meaning of its own", name=name)
        else:
            self.names.add(name)
            return
        self._complain(
            self.events[index][1]["start"], why, say("give the heading another one"), rule="heading-id"
        )


_LINK_ENDS = ({"End": "Link"}, {"End": "Image"})


def read_block(events: Events, index: int) -> tuple[str, int]:
    """The text of the code or HTML block that opens at an event, and the event of its end."""
    last = index + 1
    pieces = []
    while "End" not in events[last][0]:
        (text,) = events[last][0].values()
        pieces.append(text)
        last += 1
    return "".join(pieces), last


def directive(html: str) -> tuple[str, str] | None:
    """(name, argument) of the directive that an HTML block is, or None."""
    html = html.strip()
    inner = html[4:-3].strip()
    if html[:4] != "<!--" or html[-3:] != "-->" or "-->" in inner or not inner.startswith("dozaban:"):
        return None
    name, *argument = inner.removeprefix("dozaban:").split() or [""]
    return name, " ".join(argument)


_NOT_PREFIX = re.compile(rb"[^>\t]")
_ADDRESS_CUT = re.compile(rb"\]\(([ \t]*<[^<>]*)\Z")
_ADDRESS_ENDS = re.compile(rb"[^<>]*>")
_ODD_BYTES = re.compile(rb"(?<!\\)(?:\\\\)*\\\Z")
_NEWLINE = re.compile(rb"\r\n|\n|\r")
_DELIMITERS = (b"*", b"_", b"~")


def _join(
    data: bytes, start: int, end: int, quotes: int, breaks: list[tuple[int, int, bool]], poem: bool
) -> str:
    """Several source lines as one message: soft breaks are spaces, hard ones `\\` + LF.

    In a poem every break is hard. Where only two spaces say the same, they do.
    """
    pieces: list[bytes] = []
    doubtful: list[int] = []
    at, number = start, 0
    for found in _NEWLINE.finditer(data, start, end):
        newline = found.start()
        head = data[at:newline]
        while number < len(breaks) and breaks[number][1] <= newline:
            number += 1
        # no break: a newline inside a code span, a tag or a title
        broken = number < len(breaks) and breaks[number][0] <= newline
        hard = broken and (poem or breaks[number][2])
        if broken and breaks[number][2]:
            head = data[at : max(breaks[number][0], at)]
        elif broken:
            head = head.rstrip(b" \t")
        if b"](" in head and _ADDRESS_CUT.search(head) and _ADDRESS_ENDS.match(data, found.end(), end):
            # <…> that a line end kept from being an address must not become one
            head = _ADDRESS_CUT.sub(rb"]\\(\1", head)
        gap = b" "
        if hard:
            gap = b"  \n" if _ODD_BYTES.search(head) else b"\\\n"
            if head[-1:] in _DELIMITERS and data[breaks[number][0]] != 0x5C:
                doubtful.append(len(pieces) + 1)
        pieces += (head, gap)
        at = found.end()
        left = quotes
        while at < end:
            white = at
            while white < end and data[white] in b" \t":
                white += 1
            if left and white < end and data[white] == 0x3E and white - at <= 3:
                at = white + 1
                left -= 1
                continue
            at = white
            break
    pieces.append(data[at:end])
    joined = b"".join(pieces).decode()
    if doubtful:  # behind * or _ a backslash may begin or end emphasis; spaces don't
        for place in doubtful:
            pieces[place] = b"  \n"
        spaced = b"".join(pieces).decode()
        kinds = [[event for event, _ in _events(f"x {one}")[0]] for one in (joined, spaced)]
        return joined if kinds[0] == kinds[1] else spaced
    return joined


# --- a translation, made safe for its place -------------------------------------------

_REFUSED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
# Each begins at the first of its like, so that a long run is read once.
_HARD = re.compile(r"((?<!\\)\\++|(?<! ) {2,}+)\n[ \t]*")
_VERSE = re.compile(r"(?<![ \t])[ \t]*+\n\s*")
_BROKEN = re.compile("[\x01\x02]")
_SOFT = re.compile(r"(?<![ \t])[ \t]*+\n[ \t\n]*")
_WHITE = " \t\n"
_ODD_END = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")
_BEFORE_FIRST = re.compile(
    r"""\#{1,6}(?:\s|\Z) | > | \|(?!\Z) | [-+*](?:\s|\Z)
      | (?:\*[ \t]*){3,}\Z | (?:-[ \t]*){3,}\Z | (?:_[ \t]*){3,}\Z
      | =+[ \t]*\Z | -+[ \t]*\Z
      | (?!\|\Z)[|:\-][|:\- \t]*\Z
      | <(?: !-- | \? | ![a-zA-Z] | !\[CDATA\[
           | (?:script|pre|style|textarea)(?:[\s>]|\Z)
           | /?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup
             |dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset
             |h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol
             |optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title
             |tr|track|ul)(?:\s|/?>|\Z) )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LONE_TAG = re.compile(
    r"""<(?:[a-zA-Z][a-zA-Z0-9\-]*
        (?:\s+[a-zA-Z_:][\w.:\-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*/?
        |/[a-zA-Z][a-zA-Z0-9\-]*\s*)>(?=[ \t]*\Z)""",
    re.VERBOSE,
)
_ORDERED = re.compile(r"([0-9]{1,9})([.)])(?=\s|\Z)")
_FENCE = re.compile(r"(`{3,})(?=[^`]*\Z)|(~{3,})")
_DEFINITION = re.compile(r"(\[(?:[^\[\]\\]|\\.)*\])(?=:)")
_FOOTNOTE = re.compile(r"(\[\^(?:[^\[\]\\]|\\.)*\])(?=:)")
_TASK = re.compile(r"\[[ xX\t]\]")
_ITEM = re.compile(rb"[-+*.)]\Z")
_ALERT = re.compile(r"\[!(?:note|tip|important|warning|caution)\]\s*\Z", re.IGNORECASE)
_BARE_PIPE = re.compile(r"(?<!\\)\|")
_CLOSING_HASHES = re.compile(r"(?<!#)(#+)\Z")
_PLAIN_START = re.compile(r"[^\W\d_]|[«“*]?[\u0600-\u06ff]|\*\*?\w")
_CARE = re.compile(r"[\n\r\x0b\x0c|}\\\x00-\x08\x0e-\x1f\x7f#\ud800-\udfff]|\]:")


def refusal(msgstr: str) -> str:
    """Why a translation cannot be used at all, or an empty string."""
    if not msgstr.strip():
        return say("it is only white space")
    found = _REFUSED.search(msgstr)
    if found:
        return say("it holds the control character {code}", code=f"U+{ord(found.group()):04X}")
    return ""


def make_safe(msgstr: str, leaf: Leaf, data: bytes) -> list[str]:
    """A translation as lines that change nothing around their block.

    What would begin, end or become another block is escaped; all lines but the last end
    in a hard break. `leaf` is the block that they replace, in the text `data`.
    """
    if not _CARE.search(msgstr) and _PLAIN_START.match(msgstr):
        return [msgstr.strip(_WHITE)]  # most are harmless
    begin = _line_begin(data, leaf.start)
    head = data[begin : leaf.start].strip(b" \t")
    cell = leaf.kind.startswith("table")
    atx = leaf.kind == "heading" and head.endswith(b"#")
    text = re.sub("\r\n?|\x0b|\x0c", "\n", msgstr).strip(_WHITE)
    same = "\n" not in text and text.encode() == data[leaf.start : leaf.end]
    text = (_VERSE if leaf.poem else _SOFT).sub("\x02" if leaf.poem else " ", _HARD.sub(_hard, text))
    lines = [line.lstrip(_WHITE) for line in _BROKEN.split(text)]
    marks = _BROKEN.findall(text)
    # a break before the first word would not be within the block
    while len(lines) > 1 and not lines[0] and not leaf.msgid.startswith("\\\n"):
        del lines[0], marks[0]
    if leaf.poem:
        verses = [one for one in zip(lines, (*marks, ""), strict=True) if one != ("", "\x02")]
        lines, marks = [line for line, _ in verses], [mark for _, mark in verses]
    if cell or atx:
        lines = [" ".join(line.rstrip(_WHITE) for line in lines)]
    for number, line in enumerate(lines):
        if cell and line.endswith("\\"):
            lines[number] = line + " "  # any backslash before a bar keeps the cell open
        elif _ODD_END.search(line) and not (leaf.kind == "heading" and leaf.msgid.endswith(line)):
            lines[number] = line + "\\"
    for number, (line, mark) in enumerate(zip(lines[:-1], marks, strict=False)):
        # as in a message: two spaces where a backslash may make emphasis
        lines[number] += "  " if mark == "\x02" and line[-1:] in ("*", "_", "~") else "\\"
    if not atx and not (cell and head):
        own = [line.partition(">")[0] for line in leaf.msgid.split("\n")[1:] if line[:1] == "<"]
        boxed = head.endswith(b"]")  # behind a task's box nothing opens a block
        lines = [  # nor does a tag of the message's own, indented
            line if boxed and not number
            else "    " + line if number and line.partition(">")[0] in own
            else _safe_start(line)
            for number, line in enumerate(lines)
        ]  # fmt: skip
        tag = _LONE_TAG.match(lines[0]) if len(lines) == 1 and not boxed else None
        if tag and not same:  # alone on a line it would open an HTML block
            kept = leaf.msgid.startswith(tag.group()) and re.search(r"\s", tag.group())
            # a line that begins with > is a quotation, unless indented
            parted = re.sub(r"\n\s*>", "\n    >", re.sub(r"\s", "\n", lines[0], count=1))
            lines[0] = parted if kept else "\\" + lines[0]
    first = lines[0]
    if not cell or not head:
        found = _DEFINITION.match(first)
        if found:
            first = f"{found.group()}\\{first[found.end() :]}"
    marked = leaf.kind == "list item" or _ITEM.search(head)
    if (marked and _TASK.match(first)) or (b">" in head and _ALERT.match(first)):
        first = "\\" + first
    if first[:1] in ('"', "'", "(") and begin and _after_definition(data, begin):
        first = "\\" + first
    lines[0] = first
    lines = [_FOOTNOTE.sub(r"\1" + "\\\\", line) if line.startswith("[^") else line for line in lines]
    if leaf.kind == "heading":
        last = lines[-1]
        if last.endswith("}") and not last.endswith("\\}"):
            last = last[:-1] + "\\}"
        if atx:
            found = _CLOSING_HASHES.search(last)
            if found and (found.start() == 0 or last[found.start() - 1] in " \t"):
                last = last[: found.start()] + "\\" + last[found.start() :]
        lines[-1] = last
    if cell:
        lines[0] = _BARE_PIPE.sub(r"\\|", lines[0])  # of backslashes before it one does
    return lines


def _hard(found: re.Match[str]) -> str:
    """A hard break as U+0001 (a backslash) or U+0002 (spaces), or a soft one as it is."""
    before = found.group(1)
    if before[0] == " ":
        return "\x02"
    return before[1:] + "\x01" if len(before) % 2 else before + "\n"


def _line_begin(data: bytes, at: int) -> int:
    """Where the line begins that holds an offset."""
    begin = data.rfind(b"\n", 0, at) + 1
    return max(begin, data.rfind(b"\r", begin, at) + 1)


def _safe_start(line: str) -> str:
    if _BEFORE_FIRST.match(line):
        return "\\" + line
    found = _FENCE.match(line)
    if found:
        fence = found.group()
        return "".join("\\" + character for character in fence) + line[len(fence) :]
    found = _ORDERED.match(line)
    if found:
        return f"{found.group(1)}\\{line[found.start(2) :]}"
    return line


def _after_definition(data: bytes, begin: int) -> bool:
    """Whether the lines before could be a link definition without a title."""
    if data[begin - 1 : begin] == b"\n" and data[begin - 2 : begin - 1] == b"\r":
        begin -= 1
    last = _line_begin(data, begin - 1)
    return data.find(b"]:", _line_begin(data, max(last - 1, 0)), begin) >= 0


# --- composition ---------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Composed:
    """An edition's text, parsed. `refused` maps a leaf's place to why it stayed."""

    parsed: Parsed
    refused: dict[int, str]


def splice(source: Parsed, translations: Mapping[int, str]) -> bytes:
    """The source's bytes with leaf blocks, by their place, replaced by translations."""
    data = source.data
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    pieces, at = [], 0
    for place in sorted(translations):
        leaf = source.leaves[place]
        pieces.append(data[at : leaf.start])
        if leaf.kind == "code":
            lines = re.split("\r\n|[\r\n\x0b\x0c]", translations[place])
            body = [line.encode() for line in lines]
            gap = newline + leaf.prefix
            if body[0]:  # where the source has a blank line, its prefix may be short
                pieces.append(leaf.prefix[leaf.start - _line_begin(data, leaf.start) :])
            pieces.append(gap.join(body))
        else:
            safe = make_safe(translations[place], leaf, data)
            gap = newline + leaf.prefix
            pieces.append(gap.join(s.encode() for line in safe for s in line.split("\n")))
        at = leaf.end
    pieces.append(data[at:])
    return b"".join(pieces)


def compose(source: Parsed, translations: Mapping[int, str], *, always: bool = False) -> Composed:
    """The source with translations in place of its leaf blocks.

    A translation equal to its message splices nothing, unless `always`. The result is
    parsed again; where blocks around a translation came out different, that
    translation is left out and named in `refused`.
    """
    refused: dict[int, str] = {}
    wanted: dict[int, str] = {}
    for place, msgstr in translations.items():
        if msgstr == source.leaves[place].msgid and not always:
            continue
        why = refusal(msgstr)
        if why:
            refused[place] = why
        else:
            wanted[place] = msgstr
    parsed, fault = _try(source, wanted)
    left_out: dict[int, str] = {}
    most = max(_FEWEST_BLAMED, _MOST_PARSED // len(source.data)) if fault is not None else 0
    while fault is not None and len(left_out) < most:
        place = _blame(fault, wanted)
        left_out[place] = wanted.pop(place)
        parsed, fault = _try(source, wanted)
    if fault is not None:  # each costs a parse of the whole text
        return _up_to_the_first(source, {**wanted, **left_out}, refused)
    for place in list(left_out)[:-1]:  # one blamed before the last may be innocent
        again, fault = _try(source, {**wanted, place: left_out[place]})
        if fault is None:
            parsed = again
            wanted[place] = left_out.pop(place)
    refused |= dict.fromkeys(left_out, _CHANGES)
    return Composed(parsed=parsed, refused=refused)


def _up_to_the_first(source: Parsed, wanted: Mapping[int, str], refused: Mapping[int, str]) -> Composed:
    """The translations before the first that changes the blocks around it, and none behind."""
    places = sorted(wanted)
    good, bad, parsed = 0, len(places), source
    while bad - good > 1:
        some = (good + bad) // 2
        again, fault = _try(source, {place: wanted[place] for place in places[:some]})
        if fault is None:
            good, parsed = some, again
        else:
            bad = some
    late = dict.fromkeys(places[good:], say("too many translations of this text would change the blocks around them"))
    return Composed(parsed=parsed, refused={**refused, **late})


_CHANGES = say("it would change the blocks around it")
_MOST_PARSED, _FEWEST_BLAMED = 400_000, 8
"""Bytes that are parsed again to find the translations that change the blocks around them.
Where there are more of those, all behind the first stay out."""


def _try(source: Parsed, wanted: Mapping[int, str]) -> tuple[Parsed, int | None]:
    """The composed text, and the place of its first fault."""
    if not wanted:
        return source, None
    made = parse(splice(source, wanted).decode())
    return made, _difference(source, made, wanted)


def _blame(fault: int, wanted: Mapping[int, str]) -> int:
    """The translation to leave out: the nearest one at the fault or before it."""
    before = [place for place in wanted if place <= fault]
    return max(before) if before else min(wanted)


def _difference(source: Parsed, made: Parsed, wanted: Mapping[int, str]) -> int | None:
    """The place of the first leaf around which two texts differ, or None.

    Events outside translated blocks must be equal, and link definitions too: those
    show in every event of an untranslated block, and are compared where a
    translation could hold one.
    """
    ours, theirs = source.leaves, made.leaves
    a = [event for event, _ in source.events]
    b = [event for event, _ in made.events]
    a_at = b_at = 0
    for place, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        a_first, a_last = mine.events
        b_first, b_last = other.events
        if a[a_at:a_first] != b[b_at:b_first] or mine.kind != other.kind:
            return place
        if place in wanted:
            if a_first < a_last and b_first >= b_last:
                return place
        elif a[a_first:a_last] != b[b_first:b_last]:
            return place
        a_at, b_at = a_last, b_last
    if len(ours) != len(theirs):
        return min(len(ours), len(theirs))
    if a[a_at:] != b[b_at:]:
        return len(ours)
    suspects = [place for place, msgstr in wanted.items() if "]:" in msgstr]
    if suspects and _definitions(source) != _definitions(made):
        return max(suspects)
    return None


def _definitions(parsed: Parsed) -> list[tuple[str, str, str | None]]:
    """The link definitions of a text."""
    text = _LONE_CR.sub("\n", parsed.data.decode())
    parser = _GUARDED if _PANIC.search(text) else _PARSER
    found = parser.reference_definitions(text)
    return [(label, one["dest"], one["title"]) for label, one in found.items()]


# --- identity of blocks ---------------------------------------------------------------


def block_ids(source: Parsed) -> list[str]:
    """An id for each leaf: `b-`, eight hex digits of its message's digest, `-2` for repeats."""
    seen: dict[str, int] = {}
    result = []
    for leaf in source.leaves:
        what = leaf.msgid.encode() or source.data[leaf.start : leaf.end]
        name = "b-" + blake2b(what, digest_size=4).hexdigest()
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return result


LINK = re.compile(
    r"""(?P<code>(?<!`)(?P<ticks>`++).*?(?<!`)(?P=ticks)(?!`)) | \\.
      | (?P<text>!?\[(?:`[^`]*`|[^\[\]\\`]|\\.|\[[^\[\]]*\])*\])
        (?: \([ ]*+(?P<address><[^<>\n]*>|(?:[^\s()\\]|\\.|\([^\s()]*\))*+)(?P<title>[^()]*+)\)
          | (?P<label>\[[^\[\]]*\]) )?
      | (?P<auto><(?:[A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\s<>]* | [A-Za-z0-9_.!#$%&'*+/=?^`{|}~\-]+@[A-Za-z0-9.\-]+)>)""",
    re.VERBOSE | re.DOTALL,
)
"""A link or image as written, code spans and escapes passed over: inline, by reference,
or (where neither address nor label follows) perhaps a shortcut reference; or an address
between angle brackets."""


def key(msgid: str) -> str:
    """What two messages share that differ in white space or in addresses only.

    Inline links, references, collapsed ones and shortcuts all come down to their text, in
    which an image's address is left out as well; an address that is its own text to `<>`.
    """
    if "[" in msgid or "<" in msgid:
        msgid = LINK.sub(_link_text, msgid)
    return " ".join(msgid.replace("\\\n", " ").split())


def _link_text(found: re.Match[str]) -> str:
    text = found["text"]
    if text is None:
        return "<>" if found["auto"] else found.group()
    title = (found["title"] or "").strip()
    opened = text.index("[")
    inside = text[opened + 1 : -1]
    if "[" in inside or "<" in inside:  # an image in a link
        inside = LINK.sub(_link_text, inside)
    return text[:opened] + inside + (f" {title}" if title else "")


def addresses(msgid: str) -> list[str]:
    """The addresses of a message's links and images, in order of appearance."""
    found = []
    for event, _ in _events(msgid)[0]:
        if type(event) is dict and type(tag := event.get("Start")) is dict:
            link = tag.get("Link") or tag.get("Image")
            if link:
                found.append(link["dest_url"])
    return found


# --- raw HTML in a translation -------------------------------------------------------

_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9\-]*)")
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
     "track", "wbr")
)  # fmt: skip
_SWALLOWING = frozenset(
    ("iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "template",
     "textarea", "title", "xmp")
)  # fmt: skip


def standing_tags(msgid: str, msgstr: str) -> frozenset[str]:
    """The raw tags of a translation that may stand, white space in them as one space.

    Those are the ones that its message has too, if together they close as much as the
    message's do; and never one that makes the text behind it a script or a style.
    """
    theirs = _tags(msgid)
    allowed = [
        tag
        for tag in _tags(msgstr)
        if tag in theirs
        and not ((found := _TAG_NAME.match(tag)) and found.group(2).lower() in _SWALLOWING)
    ]
    if _left_open(allowed) != _left_open(theirs):
        return frozenset()
    return frozenset(allowed)


def _tags(message: str) -> list[str]:
    # behind a letter, a tag cannot open an HTML block
    return [
        " ".join(event["InlineHtml"].split())
        for event, _ in _events("x " + message)[0]
        if type(event) is dict and "InlineHtml" in event
    ]


def _left_open(tags: Iterable[str]) -> list[str]:
    """The names of the tags that lack their other half, end tags with a slash."""
    waiting: list[str] = []
    for tag in tags:
        found = _TAG_NAME.match(tag)
        if found is None or found.group(2).lower() in _VOID:
            continue
        name = found.group(2).lower()
        if not found.group(1):
            waiting.append(name)
        elif waiting and waiting[-1] == name:
            waiting.pop()
        else:
            waiting.append("/" + name)
    return waiting


# --- plain text, and the names of headings --------------------------------------------


def plain(events: Iterable[tuple[Event, Any]], *, images: bool = True) -> str:
    """Inline events as text: markup gone, breaks as spaces, `images` as their alt text."""
    pieces: list[str] = []
    depth = 0
    for event, _ in events:
        if type(event) is str:
            pieces.append(" ")
        elif "Text" in event:
            if not depth:
                pieces.append(event["Text"])
        elif "Code" in event:
            if not depth:
                pieces.append(event["Code"])
        elif not images:
            if type(tag := event.get("Start")) is dict and "Image" in tag:
                depth += 1
            elif event.get("End") == "Image":
                depth -= 1
    return " ".join("".join(pieces).split())


def plain_text(markdown: str) -> str:
    """A message's Markdown as plain text."""
    return plain(_events(markdown)[0])


def whole_text(parsed: Parsed) -> str:
    """All of a text as plain text, a line a block: code and images' texts with it, raw HTML without."""
    pieces: list[str] = []
    for event, _ in parsed.events:
        if type(event) is str:
            pieces.append(" ")
        elif "Text" in event:
            pieces.append(event["Text"].replace("\n", " "))
        elif "Code" in event:
            pieces.append(event["Code"])
        else:
            tag = event.get("Start") or event.get("End")
            if tag is not None and (tag if type(tag) is str else next(iter(tag))) not in _INLINE:
                pieces.append("\n")
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def first_paragraph(parsed: Parsed) -> int | None:
    """The place of the first paragraph that holds text, for lists without a summary."""
    for place, leaf in enumerate(parsed.leaves):
        if leaf.kind != "paragraph" or not leaf.msgid:
            continue
        if plain(parsed.events[slice(*leaf.events)], images=False):
            return place
    return None


def slug(text: str) -> str:
    """A heading's text as an anchor: lower case, words joined by hyphens, ZWNJ kept."""
    return re.sub(r"[\s\-_]+", "-", re.sub(r"[^\w\s\-\u200c]", "", text.lower())).strip("-")


_RESERVED = re.compile(r"b-[0-9a-f]{8}(?:-.*)?|fn(?:ref)?-[0-9]+(?:-.*)?|content")
"""Ids of blocks, of footnotes, and of pages themselves: no heading may have them."""


def anchors(parsed: Parsed) -> list[tuple[str, ...]]:
    """For each leaf the names to which it answers beside its id; only headings have any.

    The id that the author gave it, and the slug of its text; no name stands twice.
    """
    own: dict[int, str] = {}
    taken: set[str] = set()
    headings = [place for place, leaf in enumerate(parsed.leaves) if leaf.kind == "heading"]
    for place in headings:
        name = parsed.events[parsed.leaves[place].opening][0]["Start"]["Heading"]["id"]
        if name is not None and name not in taken and not _RESERVED.fullmatch(name):
            own[place] = name
            taken.add(name)
    result: list[tuple[str, ...]] = [()] * len(parsed.leaves)
    repeats: dict[str, int] = {}
    for place in headings:
        names: tuple[str, ...] = (own[place],) if place in own else ()
        name = wanted = slug(plain(parsed.events[slice(*parsed.leaves[place].events)]))
        if _RESERVED.fullmatch(name):
            name = wanted = "h-" + name
        if name and name not in names:
            while name in taken:
                repeats[wanted] = repeats.get(wanted, 1) + 1
                name = f"{wanted}-{repeats[wanted]}"
            taken.add(name)
            names += (name,)
        result[place] = names
    return result
