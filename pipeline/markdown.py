"""Markdown: cut into messages, put together from translations, written as HTML.

The only user of the Markdown parser. One pass over the parser's events finds the leaf
blocks of a text, and both branches of the tool work on that one list: extraction takes
the blocks' own Markdown as messages, composition splices translations back by byte
range, so that the two cannot drift. HTML is written from the same events.

It refuses to re-render: a block without a translation keeps its bytes. It knows no
files, no catalogues and no site; links are resolved by whoever asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

import pyromark

from pipeline.bidi import escape, isolate, neutralise
from pipeline.model import Direction

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

Event = Any
Events = list[tuple[Event, Any]]

_INLINE = frozenset(("Emphasis", "Strong", "Strikethrough", "Link", "Image"))
_DIRECTIVE = re.compile(r"\s*<!--\s*dozaban:\s*(\w+)\s*(.*?)\s*-->\s*\Z", re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")
_ALERT = re.compile(r"\[!(?:note|tip|important|warning|caution)\]\s*\Z", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Leaf:
    """A block that holds text itself, as opposed to other blocks.

    `start` and `end` are byte offsets of its text, markers left out; `events` is the
    half-open range of its inline events, `opening` the event at which its element
    begins. `msgid` is empty for blocks that are not translated. `prefix` is what
    continues its container on a further line. `line` counts from 0 within the body.
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
    leaves: list[Leaf]
    complaints: list[tuple[int, str, str, str]] = field(default_factory=list)

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column) of a byte offset; the line from 0, the column from 1."""
        head = self.data[:offset].replace(b"\r\n", b" \n").replace(b"\r", b"\n")
        line = head.count(b"\n")
        start = head.rfind(b"\n") + 1
        return line, len(self.data[start:offset].decode("utf-8", "replace")) + 1


def parse(text: str) -> Parsed:
    """The text's events and leaf blocks. Never fails on any text without surrogates."""
    complaints: list[tuple[int, str, str, str]] = []
    try:
        events = list(_PARSER.events_with_range(text))
    except BaseException as error:
        # The parser's PanicException derives from BaseException alone.
        if type(error).__name__ != "PanicException":
            raise
        events = list(_GUARDED.events_with_range(text))
        complaints.append(
            (0, "parser", "heading attributes in this text confuse the parser and were left out",
             "look for a heading whose text is only {…}")
        )  # fmt: skip
    parsed = Parsed(data=text.encode(), events=events, leaves=[], complaints=complaints)
    _find_leaves(parsed)
    return parsed


def _name(tag: Any) -> str:
    return tag if type(tag) is str else next(iter(tag))  # type: ignore[no-any-return]


class _Open:
    """The leaf that is being read."""

    __slots__ = ("kind", "opening", "first", "breaks")

    def __init__(self, kind: str, opening: int, first: int) -> None:
        self.kind = kind
        self.opening = opening
        self.first = first
        self.breaks: list[tuple[int, int, bool]] = []


def _find_leaves(parsed: Parsed) -> None:
    data, events, leaves = parsed.data, parsed.events, parsed.leaves
    containers: list[str] = []
    openings: list[int] = []
    leaf: _Open | None = None
    directives: dict[str, tuple[str, int]] = {}  # waiting for the next block
    notes: list[tuple[int, str]] = []  # (depth, note) in force
    skip_depth = 0  # depth at which a skipped block opened
    poem_depth = 0
    line_at, line = 0, 0
    inline_depth = 0
    single = False

    def close(last: int) -> None:
        nonlocal leaf, line_at, line
        assert leaf is not None
        current, leaf = leaf, None
        if current.first >= last:
            return
        made = _leaf(data, events, current, last, single)
        if made.end <= made.start:
            return
        line += data.count(b"\n", line_at, made.start)
        line_at = made.start
        made.line = line
        if skip_depth or not made.msgid.strip() or (current.kind.startswith("table") and not _LETTER.search(made.msgid)):
            made.msgid = ""
        if notes:
            made.note = notes[-1][1]
        made.poem = bool(poem_depth)
        leaves.append(made)

    def enter(depth: int) -> None:
        """A block opens: what directives said before it now holds."""
        nonlocal skip_depth, poem_depth
        if "skip" in directives and not skip_depth:
            skip_depth = depth
        if "poem" in directives and not poem_depth:
            poem_depth = depth
        if "note" in directives:
            notes.append((depth, directives["note"][0]))
        directives.clear()

    def leave(depth: int) -> None:
        nonlocal skip_depth, poem_depth
        if skip_depth >= depth:
            skip_depth = 0
        if poem_depth >= depth:
            poem_depth = 0
        while notes and notes[-1][0] >= depth:
            notes.pop()

    index, count = 0, len(events)
    while index < count:
        event, span = events[index]
        if type(event) is str:
            if event == "Rule":
                if leaf is not None:
                    close(index)
                directives.clear()
                leaves.append(_block(data, "rule", span, index))
            elif leaf is not None:
                leaf.breaks.append((span["start"], span["end"], event == "HardBreak"))
            index += 1
            continue
        ((what, value),) = event.items()
        if what == "Start":
            name = value if type(value) is str else next(iter(value))
            if name in _INLINE:
                if leaf is None:
                    enter_tight = len(containers) + 1
                    if directives:
                        enter(enter_tight)
                    single = False
                    leaf = _Open(_kind(containers), openings[-1] if openings else index, index)
                inline_depth += 1
            else:
                if leaf is not None:
                    close(index)
                    leave(len(containers) + 1)
                if name == "HtmlBlock":
                    index = _html_block(parsed, index, directives)
                    continue
                if name == "CodeBlock":
                    translate = "translate" in directives
                    enter(len(containers) + 1)
                    end = index + 1
                    while events[end][0] != {"End": "CodeBlock"}:
                        end += 1
                    made = _code(data, events, index, end) if translate else None
                    if made is None or skip_depth:
                        made = _block(data, "code", span, index)
                    line += data.count(b"\n", line_at, made.start)
                    line_at, made.line = made.start, line
                    if notes:
                        made.note = notes[-1][1]
                    leaves.append(made)
                    leave(len(containers) + 1)
                    index = end + 1
                    continue
                if directives:
                    enter(len(containers) + 1)
                containers.append(name)
                openings.append(index)
                if name in ("Paragraph", "Heading", "TableCell"):
                    single = name == "TableCell" or (
                        name == "Heading" and data[span["start"]] == 0x23
                    )
                    leaf = _Open(_kind(containers), index, index + 1)
        elif what == "End":
            name = value if type(value) is str else next(iter(value))
            if name in _INLINE:
                inline_depth -= 1
            else:
                if leaf is not None:
                    close(index)
                leave(len(containers))
                containers.pop()
                openings.pop()
                if directives:
                    _lonely(parsed, directives)
        elif what == "TaskListMarker":
            if leaf is not None and leaf.first == index:
                leaf.first = index + 1
        elif leaf is None:
            if directives:
                enter(len(containers) + 1)
            single = False
            leaf = _Open(_kind(containers), openings[-1] if openings else index, index)
        index += 1
    if leaf is not None:  # pragma: no cover - the parser closes what it opens
        close(count)
    if directives:
        _lonely(parsed, directives)


def _lonely(parsed: Parsed, directives: dict[str, tuple[str, int]]) -> None:
    for name, (_, at) in directives.items():
        parsed.complaints.append(
            (at, "directive", f"the directive `{name}` has no block after it",
             "put it on the line before the block that it is for")
        )  # fmt: skip
    directives.clear()


def _html_block(parsed: Parsed, index: int, directives: dict[str, tuple[str, int]]) -> int:
    """Read an HTML block: a directive, or HTML. Returns the index behind it."""
    events = parsed.events
    start = events[index][1]["start"]
    text, at = [], index + 1
    while events[at][0] != {"End": "HtmlBlock"}:
        text.append(next(iter(events[at][0].values())))
        at += 1
    found = _DIRECTIVE.match("".join(text))
    if found is None:
        directives.clear()
        parsed.leaves.append(_block(parsed.data, "html", events[index][1], index))
        return at + 1
    name, argument = found.groups()
    if name in ("skip", "translate", "poem", "note"):
        if name == "note" and "note" in directives:
            argument = f"{directives['note'][0]} {argument}"
        directives[name] = (" ".join(argument.split()), start)
    else:
        parsed.complaints.append(
            (start, "directive", f"unknown directive `{name}`",
             "known are: skip, translate, poem, note TEXT")
        )  # fmt: skip
    return at + 1


def _kind(containers: Sequence[str]) -> str:
    for name in reversed(containers):
        found = _KINDS.get(name)
        if found:
            return found
    return "paragraph"


_KINDS = {
    "Heading": "heading",
    "Item": "list item",
    "BlockQuote": "quotation",
    "FootnoteDefinition": "footnote",
    "TableHead": "table header",
    "TableRow": "table cell",
}


def _block(data: bytes, kind: str, span: Any, index: int) -> Leaf:
    """A leaf without a message."""
    return Leaf(
        kind=kind, start=span["start"], end=span["end"], opening=index, events=(index, index)
    )


def _leaf(data: bytes, events: Events, current: _Open, last: int, single: bool) -> Leaf:
    first = current.first
    event, span = events[first]
    start: int = span["start"]
    if start and data[start - 1] == 0x5C and type(event) is dict and "Text" in event:
        start -= 1  # a Text range omits the backslash that escapes its first character
    end = 0
    for _, inner in events[first:last]:
        end = max(end, inner["end"])
    cell = current.kind.startswith("table")
    if cell or current.kind == "heading":
        if data[end : end + 2] == b"[]" and events[last - 1][0] in ({"End": "Link"}, {"End": "Image"}):
            end += 2  # a collapsed reference's range lacks its brackets
        if cell:
            limit = events[current.opening][1]["end"]
            end = max(end, len(data[:limit].rstrip(b" \t")))
    else:
        stop = len(data)
        for newline in (data.find(b"\n", end), data.find(b"\r", end)):
            if newline >= 0:
                stop = min(stop, newline)
        end = stop
    while end > start and data[end - 1] in b" \t\r\n":
        end -= 1
    if cell:
        while start < end and data[start] in b" \t":
            start += 1
    begin = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
    head = data[begin:start]
    raw = data[start:end]
    if b"\n" in raw or b"\r" in raw:
        quotes = head.count(b">")
        msgid = _join(data, start, end, quotes, current.breaks)
    else:
        msgid = raw.decode()
    return Leaf(
        kind=current.kind,
        start=start,
        end=end,
        opening=current.opening,
        events=(first, last),
        msgid=msgid,
        prefix=b"" if single else _NOT_PREFIX.sub(b" ", head),
    )


_NOT_PREFIX = re.compile(rb"[^>\t]")
_ADDRESS_CUT = re.compile(rb"\]\(([ \t]*<[^<>]*)\Z")
_ADDRESS_ENDS = re.compile(rb"[^<>]*>")
_ODD_BYTES = re.compile(rb"(?<!\\)(?:\\\\)*\\\Z")
_NEWLINE = re.compile(rb"\r\n|\n|\r")


def _join(data: bytes, start: int, end: int, quotes: int, breaks: list[tuple[int, int, bool]]) -> str:
    """Several source lines as one message: soft breaks are spaces, hard ones `\\` + LF."""
    pieces: list[bytes] = []
    at = start
    for found in _NEWLINE.finditer(data, start, end):
        if found.start() < at:
            continue
        kind: bool | None = None  # a newline inside a code span, a tag or a title
        head = data[at : found.start()]
        for begin, stop, hard in breaks:
            if begin <= found.start() < stop:
                kind = hard
                if hard:
                    head = data[at:begin] if begin >= at else b""
                break
        if b"](" in head and _ADDRESS_ENDS.match(data, found.end(), end):
            # <…> that a line end kept from being an address must not become one
            head = _ADDRESS_CUT.sub(rb"]\\(\1", head)
        if kind is None:
            pieces += (head, b" ")
        elif kind:
            # after a backslash, only two spaces say that the line breaks
            pieces += (head, b"  \n" if _ODD_BYTES.search(head) else b"\\\n")
        else:
            pieces += (head.rstrip(b" \t"), b" ")
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
    return b"".join(pieces).decode()


def _code(data: bytes, events: Events, index: int, end: int) -> Leaf | None:
    """A code block that a directive asks to translate: its lines as one message."""
    inner = events[index + 1 : end]
    if not inner:
        return None
    msgid = "".join(event["Text"] for event, _ in inner).rstrip("\n")
    start, stop = inner[0][1]["start"], inner[-1][1]["end"]
    while stop > start and data[stop - 1] in b"\r\n":
        stop -= 1
    if not msgid.strip():
        return None
    begin = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
    return Leaf(
        kind="code",
        start=start,
        end=stop,
        opening=index,
        events=(index + 1, end),
        msgid=msgid,
        prefix=_NOT_PREFIX.sub(b" ", data[begin:start]),
    )


# --- a translation, made safe for its place -------------------------------------------

_REFUSED = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_HARD = re.compile(r"(\\+|  +)\n[ \t]*")
_SOFT = re.compile(r"[ \t]*\n[ \t\n]*")
_WHITE = " \t\n"
_ODD_END = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")
_BEFORE_FIRST = re.compile(
    r"""\#{1,6}(?:\s|\Z) | > | \| | [-+*](?:\s|\Z)
      | (?:\*[ \t]*){3,}\Z | (?:-[ \t]*){3,}\Z | (?:_[ \t]*){3,}\Z
      | =+[ \t]*\Z | -+[ \t]*\Z
      | [|:\-][|:\- \t]*\Z
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
_ORDERED = re.compile(r"(\d{1,9})([.)])(?=\s|\Z)")
_FENCE = re.compile(r"(`{3,})(?=[^`]*\Z)|(~{3,})")
_DEFINITION = re.compile(r"(\[(?:[^\[\]\\]|\\.)*\])(?=:)")
_FOOTNOTE = re.compile(r"(\[\^(?:[^\[\]\\]|\\.)*\])(?=:)")
_TASK = re.compile(r"\[[ xX\t]\]")
_BARE_PIPE = re.compile(r"(\\*)\|")
_CLOSING_HASHES = re.compile(r"(?<!#)(#+)\Z")
_PLAIN_START = re.compile(r"[^\W\d_]|[«“*]?[\u0600-\u06ff]|\*\*?\w")
_CARE = re.compile(r"[\n\r\x0b\x0c|}\\\x00-\x08\x0e-\x1f\x7f#\ud800-\udfff]|\]:")


def refusal(msgstr: str) -> str:
    """Why a translation cannot be used at all, or an empty string."""
    if not msgstr.strip():
        return "it is only white space"
    found = _REFUSED.search(msgstr)
    if found:
        return f"it holds the control character U+{ord(found.group()):04X}"
    return ""


def make_safe(msgstr: str, leaf: Leaf, data: bytes) -> list[str]:
    """A translation as lines that change nothing around their block.

    What would begin, end or become another block is escaped; hard breaks divide the
    lines. `leaf` is the block that it replaces, in the text `data`.
    """
    if not _CARE.search(msgstr) and _PLAIN_START.match(msgstr):
        return [msgstr.strip(_WHITE)]
    begin = max(data.rfind(b"\n", 0, leaf.start), data.rfind(b"\r", 0, leaf.start)) + 1
    head = data[begin : leaf.start].strip(b" \t")
    cell = leaf.kind.startswith("table")
    atx = leaf.kind == "heading" and head.lstrip(b"> ").startswith(b"#") and _atx(data, leaf, head)
    text = re.sub("\r\n?|\x0b|\x0c", "\n", msgstr).strip(_WHITE)
    lines = [_SOFT.sub(" ", line).lstrip(_WHITE) for line in _HARD.sub(_hard, text).split("\x01")]
    if cell or atx:
        lines = [" ".join(line.rstrip(_WHITE) for line in lines)]
    for number, line in enumerate(lines):
        if _ODD_END.search(line):
            lines[number] = line + (" " if cell else "\\")
    if not atx and not (cell and head):
        lines = [_safe_start(line) for line in lines]
        tag = _LONE_TAG.match(lines[0]) if len(lines) == 1 else None
        if tag:  # alone on a line it would open an HTML block
            own = leaf.msgid.startswith(tag.group()) and re.search(r"\s", tag.group())
            lines[0] = re.sub(r"\s", "\n", lines[0], count=1) if own else "\\" + lines[0]
    first = lines[0]
    if not cell or not head:
        found = _DEFINITION.match(first)
        if found:
            first = f"{found.group()}\\{first[found.end() :]}"
    if (leaf.kind == "list item" and _TASK.match(first)) or (
        b">" in head and _ALERT.match(first)
    ):
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
        lines[0] = _BARE_PIPE.sub(
            lambda m: m.group() if len(m.group(1)) % 2 else m.group(1) + "\\|", lines[0]
        )
    return lines


def _hard(found: re.Match[str]) -> str:
    """A hard break as U+0001, or an escaped backslash and a soft one as they are."""
    before = found.group(1)
    if before[0] == " ":
        return "\x01"
    return before[1:] + "\x01" if len(before) % 2 else before + "\n"


def _atx(data: bytes, leaf: Leaf, head: bytes) -> bool:
    return re.search(rb"#{1,6}[ \t]*\Z", head + b" ") is not None


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
    """Whether the line before could be a link definition without a title."""
    before = data[:begin].rstrip(b"\r\n")
    at = max(before.rfind(b"\n"), before.rfind(b"\r")) + 1
    earlier = max(before.rfind(b"\n", 0, max(at - 1, 0)), before.rfind(b"\r", 0, max(at - 1, 0))) + 1
    return b"]:" in before[earlier:]


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
            lines = re.split("\r\n|\r|\n", translations[place])
            body = [line.encode() for line in lines]
            gap = newline + leaf.prefix
            pieces.append(gap.join(body))
        else:
            safe = make_safe(translations[place], leaf, data)
            gap = newline + leaf.prefix
            pieces.append(
                (b"\\" + gap).join(gap.join(s.encode() for s in line.split("\n")) for line in safe)
            )
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
    while wanted:
        parsed = parse(splice(source, wanted).decode())
        fault = _difference(source, parsed, wanted)
        if fault is None:
            return Composed(parsed=parsed, refused=refused)
        place = _blame(fault, wanted)
        refused[place] = "it would change the blocks around it"
        del wanted[place]
    return Composed(parsed=source, refused=refused)


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
    a_events, b_events = source.events, made.events
    a_at = b_at = 0
    for place in range(min(len(ours), len(theirs))):
        ours_first, ours_last = ours[place].events
        theirs_first, theirs_last = theirs[place].events
        if not _same(a_events, a_at, ours_first, b_events, b_at, theirs_first):
            return place
        if ours[place].kind != theirs[place].kind:
            return place
        if place not in wanted and not _same(
            a_events, ours_first, ours_last, b_events, theirs_first, theirs_last
        ):
            return place
        if place in wanted and ours_first < ours_last and theirs_first >= theirs_last:
            return place
        a_at, b_at = ours_last, theirs_last
    if len(ours) != len(theirs):
        return min(len(ours), len(theirs))
    if not _same(a_events, a_at, len(a_events), b_events, b_at, len(b_events)):
        return len(ours)
    if any("]:" in msgstr for msgstr in wanted.values()):
        before = _PARSER.reference_definitions(source.data.decode())
        after = _PARSER.reference_definitions(made.data.decode())
        if [(k, v["dest"], v["title"]) for k, v in before.items()] != [
            (k, v["dest"], v["title"]) for k, v in after.items()
        ]:
            return max(place for place, msgstr in wanted.items() if "]:" in msgstr)
    return None


def _same(a: Events, a_from: int, a_to: int, b: Events, b_from: int, b_to: int) -> bool:
    if a_to - a_from != b_to - b_from:
        return False
    return all(a[a_from + step][0] == b[b_from + step][0] for step in range(a_to - a_from))


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
    r"""(?P<code>(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)) | \\.
      | (?P<text>!?\[(?:`[^`]*`|[^\[\]\\`]|\\.|\[[^\[\]]*\])*\])
        (?: \([ ]*(?P<address><[^<>\n]*>|(?:[^\s()\\]|\\.|\([^\s()]*\))*)(?P<title>[^()]*)\)
          | (?P<label>\[[^\[\]]*\]) )?""",
    re.VERBOSE | re.DOTALL,
)
"""A link or image as written, code spans and escapes passed over: inline, by reference,
or (where neither address nor label follows) perhaps a shortcut reference."""

_BREAKS = re.compile(r"(?:\\| {2,})\n|\s+")


def key(msgid: str) -> str:
    """What two messages share that differ in white space or in a link's address only.

    Inline links, references, collapsed ones and shortcuts all come down to their text.
    """
    if "[" in msgid:
        msgid = LINK.sub(_link_text, msgid)
    return _BREAKS.sub(" ", msgid).strip()


def _link_text(found: re.Match[str]) -> str:
    text = found["text"]
    if text is None:
        return found.group()
    title = (found["title"] or "").strip()
    return text.removesuffix("]").replace("[", "", 1) + (f" {title}" if title else "")


def addresses(msgid: str) -> list[str]:
    """The addresses of a message's links and images, in order of appearance."""
    found = []
    for event in _PARSER.events(msgid):
        if type(event) is dict and "Start" in event and type(event["Start"]) is dict:
            tag = event["Start"]
            data = tag.get("Link") or tag.get("Image")
            if data:
                found.append(data["dest_url"])
    return found


# --- plain text ----------------------------------------------------------------------


def plain(events: Iterable[tuple[Event, Any]]) -> str:
    """Inline events as text: markup gone, images as their alt text, breaks as spaces."""
    pieces: list[str] = []
    for event, _ in events:
        if type(event) is str:
            pieces.append(" ")
        elif "Text" in event:
            pieces.append(event["Text"])
        elif "Code" in event:
            pieces.append(event["Code"])
    return " ".join("".join(pieces).split())


def plain_text(markdown: str) -> str:
    """A message's Markdown as plain text."""
    return plain(parse(markdown).events)


def first_paragraph(parsed: Parsed) -> int | None:
    """The place of the first paragraph that holds text, for lists without a summary."""
    for place, leaf in enumerate(parsed.leaves):
        if leaf.kind == "paragraph" and leaf.msgid and plain(parsed.events[slice(*leaf.events)]):
            return place
    return None


def slug(text: str) -> str:
    """A heading's text as an anchor: lower case, words joined by hyphens, ZWNJ kept."""
    return re.sub(r"[\s\-_]+", "-", re.sub(r"[^\w\s\-\u200c]", "", text.lower())).strip("-")


# --- HTML ----------------------------------------------------------------------------

State = Literal["", "untranslated", "stale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """How a leaf stands in an edition: its id, and whether its text is another's.

    `mark` is HTML put first in the block, for readers to see and hear. `language` and
    `direction` are set where the text is not the edition's own.
    """

    id: str = ""
    anchor: str = ""
    state: State = ""
    language: str = ""
    direction: Direction | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a link leads: its address, and attributes and a mark written by us.

    A `slot` stands for the whole of it until every address of the site is known; it is
    written between NULs, which no text can hold, and filled by `fill`.
    """

    href: str = ""
    attributes: str = ""
    mark: str = ""
    slot: str = ""


def _as_written(address: str, image: bool, index: int) -> Target | None:
    return Target(href=address)


def fill(html: str, slots: Callable[[str], str]) -> str:
    """HTML with its slots filled in."""
    if "\0" not in html:
        return html
    pieces = html.split("\0")
    pieces[1::2] = [slots(name) for name in pieces[1::2]]
    return "".join(pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How HTML is written.

    `resolve` gives the target of an address (also told whether an image asks, and the
    event's index), or None to keep the text and drop the link. `number` writes a count in the
    edition's digits. `labels` has the words that we write: footnote, back, task-done,
    task-open, note, tip, important, warning, caution. `report` is told (rule, message,
    event index) of what was dropped.
    """

    direction: Direction = "ltr"
    raw_html: bool = False
    isolation: bool = True
    prefix: str = ""
    resolve: Callable[[str, bool, int], Target | None] = _as_written
    number: Callable[[int], str] = str
    labels: Mapping[str, str] = field(default_factory=dict)
    report: Callable[[str, str, int], None] | None = None
    raw_allowed: Callable[[int, str], bool] | None = None


_SCHEME = re.compile(r"[\x00-\x20]*([a-zA-Z][a-zA-Z0-9+.\-]*):")
_SCHEMES = frozenset(("http", "https", "mailto", "tel"))
_UNSAFE_IN_HREF = re.compile(r"[^A-Za-z0-9\-_.+!*(),/:;?@=&$~'#%]")
_COMMENT = re.compile(r"<!--.*?-->|<!-->|<!--->", re.DOTALL)
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")

def allowed_address(address: str) -> bool:
    """Whether an address is relative or of one of the four schemes that links may have."""
    squeezed = re.sub(r"[\x00-\x20\x7f\u200b-\u200f\u2028-\u202e]", "", address)
    found = _SCHEME.match(squeezed)
    if found is None:
        return True
    return found.group(1).lower() in _SCHEMES


def is_external(address: str) -> bool:
    """Whether an address leads out of the site: it has a scheme, or a host."""
    return _SCHEME.match(address) is not None or address.startswith("//")


def attribute(text: str) -> str:
    """`text` inside a double-quoted attribute."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("\0", "\ufffd")
    )


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


_OPENERS = {"Emphasis": "<em>", "Strong": "<strong>", "Strikethrough": "<del>"}
_CLOSERS = {"Emphasis": "</em>", "Strong": "</strong>", "Strikethrough": "</del>"}


def write(parsed: Parsed, manner: Manner, blocks: Sequence[Block] | None = None) -> str:
    """HTML from the parser's events.

    With `blocks`, one a leaf, blocks get ids, languages and marks; without, the HTML
    is the parser's own but for what `Manner` changes.
    """
    events, leaves = parsed.events, parsed.leaves
    direction = manner.direction
    rtl = direction == "rtl"
    own = direction
    stray = bool(_CONTROLS.search(parsed.data.decode()))
    ascii_only = parsed.data.isascii()
    isolation = manner.isolation and (rtl or not ascii_only)
    at_leaf = {leaf.opening: place for place, leaf in enumerate(leaves)}
    ends = {leaf.events[1]: place for place, leaf in enumerate(leaves)} if blocks is not None else {}
    out: list[str] = []
    add = out.append
    footnotes: dict[str, int] = {}
    uses: dict[str, int] = {}
    if b"[^" in parsed.data:
        for event, _ in events:
            if type(event) is dict and "FootnoteReference" in event:
                label = event["FootnoteReference"]
                footnotes.setdefault(label, len(footnotes) + 1)
        for event, _ in events:
            if type(event) is dict and "Start" in event and type(event["Start"]) is dict:
                label = event["Start"].get("FootnoteDefinition")
                if label is not None:
                    footnotes.setdefault(label, len(footnotes) + 1)
        totals = dict.fromkeys(footnotes, 0)
        for event, _ in events:
            if type(event) is dict and "FootnoteReference" in event:
                totals[event["FootnoteReference"]] += 1
    alignments: tuple[str, ...] = ()
    column = 0
    head = False
    links: list[str] = []
    poem: list[Any] | None = None  # [hemistichs so far]
    footnote_stack: list[str] = []
    footnote_tail = -1
    index, count = 0, len(events)

    def fresh() -> None:
        if out and not out[-1].endswith("\n"):
            add("\n")

    def attributes(place: int | None, classes: str = "") -> tuple[str, str]:
        """(attributes, mark) of the element of a leaf."""
        nonlocal own
        text, mark = "", ""
        own = direction
        if blocks is not None and place is not None:
            block = blocks[place]
            if block.id:
                text = f' id="{manner.prefix}{block.id}"'
            if block.state:
                classes = f"{classes} {block.state}".strip()
            if classes:
                text += f' class="{classes}"'
            if block.language:
                text += f' lang="{block.language}"'
            if block.direction:
                text += f' dir="{block.direction}"'
                own = block.direction
            return text, block.mark
        if classes:
            text = f' class="{classes}"'
        return text, mark

    while index < count:
        event = events[index][0]
        if ends and index in ends:
            own = direction
        if type(event) is str:
            if event == "SoftBreak":
                add("\n")
            elif event == "HardBreak":
                if poem is not None and not links:
                    poem[0] += 1
                    add("</span>\n" if poem[0] % 2 else "</span></span>\n")
                    add('<span class="misra">' if poem[0] % 2 else '<span class="bayt"><span class="misra">')
                else:
                    add("<br />\n")
            else:
                fresh()
                text, _ = attributes(at_leaf.get(index))
                add(f"<hr{text} />\n")
            index += 1
            continue
        ((what, value),) = event.items()
        if what == "Text":
            text = value
            while index + 1 < count and type(events[index + 1][0]) is dict and "Text" in events[index + 1][0]:
                index += 1
                text += events[index][0]["Text"]
            if stray:
                text = neutralise(text)
            add(isolate(text, own) if isolation else escape(text))
        elif what == "Start":
            if type(value) is str:
                name, detail = value, None
            else:
                ((name, detail),) = value.items()
            if name in _OPENERS:
                add(_OPENERS[name])
                if poem is not None:
                    links.append("")
            elif name == "Link":
                address = detail["dest_url"]
                if detail["link_type"] == "Email":
                    address = "mailto:" + address
                target = None
                if allowed_address(address):
                    target = manner.resolve(address, False, index)
                elif manner.report:
                    manner.report("link-scheme", f"links may not lead to `{address[:80]}`", index)
                if target is None:
                    add("<span>")
                    links.append("</span>")
                else:
                    title = f' title="{attribute(detail["title"])}"' if detail["title"] else ""
                    if target.slot:
                        add(f"<a \0{target.slot}\0{title}>")
                        links.append(f"\0{target.slot}m\0</a>")
                    else:
                        add(f'<a href="{href(target.href)}"{title}{target.attributes}>')
                        links.append(f"{target.mark}</a>" if target.mark else "</a>")
            elif name == "Image":
                index = _image(parsed, index, manner, add)
            elif name == "Paragraph":
                fresh()
                place = at_leaf.get(index)
                if place is not None and leaves[place].poem and blocks is not None:
                    text, mark = attributes(place, "poem")
                    add(f'<p{text}>{mark}<span class="bayt"><span class="misra">')
                    poem = [0]
                else:
                    text, mark = attributes(place)
                    add(f"<p{text}>{mark}")
            elif name == "Heading":
                fresh()
                place = at_leaf.get(index)
                level = detail["level"].lower()
                classes = " ".join(attribute(c) for c in detail["classes"])
                explicit = attribute(detail["id"]) if detail["id"] is not None else ""
                text, mark = attributes(place, classes)
                anchors = ""
                if blocks is None:
                    if detail["id"] is not None:
                        text = f' id="{explicit}"' + text
                else:
                    anchor = explicit or (blocks[place].anchor if place is not None else "")
                    if anchor:
                        anchors = f'<a class="anchor" id="{manner.prefix}{attribute(anchor)}"></a>'
                add(f"<{level}{text}>{anchors}{mark}")
            elif name == "TableCell":
                place = at_leaf.get(index)
                aligned = alignments[column] if column < len(alignments) else "None"
                text, mark = attributes(place, _ALIGN.get(aligned, ""))
                add(f"<{'th' if head else 'td'}{text}>{mark}")
                column += 1
            elif name == "Table":
                fresh()
                alignments = detail
                add('<div class="table"><table>' if blocks is not None else "<table>")
            elif name == "TableHead":
                head, column = True, 0
                add("<thead><tr>")
            elif name == "TableRow":
                head, column = False, 0
                add("<tr>")
            elif name == "Item":
                fresh()
                place = at_leaf.get(index)
                text, mark = attributes(place)
                add(f"<li{text}>{mark}")
            elif name == "List":
                fresh()
                if detail is None:
                    add("<ul>\n")
                elif detail == 1:
                    add("<ol>\n")
                else:
                    add(f'<ol start="{detail}">\n')
            elif name == "BlockQuote":
                fresh()
                if detail is None:
                    add("<blockquote>\n")
                else:
                    alert = detail.lower()
                    add(f'<blockquote class="markdown-alert-{alert}">\n')
                    label = manner.labels.get(alert)
                    if label and blocks is not None:
                        add(f'<p class="alert-title">{escape(label)}</p>\n')
            elif name == "CodeBlock":
                fresh()
                place = at_leaf.get(index)
                text, mark = attributes(place)
                if place is not None and blocks is not None:
                    if rtl and not blocks[place].direction:
                        text += ' dir="ltr"'
                    text += ' tabindex="0"'
                info = detail["Fenced"].split(" ")[0] if type(detail) is dict else ""
                code = f' class="language-{attribute(info)}"' if info else ""
                add(f"{mark}<pre{text}><code{code}>")
                index += 1
                while type(events[index][0]) is dict and "Text" in events[index][0]:
                    add(escape(events[index][0]["Text"]))
                    index += 1
                add("</code></pre>\n")
            elif name == "HtmlBlock":
                index = _write_html_block(parsed, index, manner, add)
            elif name == "FootnoteDefinition":
                fresh()
                number = footnotes[detail]
                footnote_stack.append(detail)
                written = manner.number(number)
                add(
                    f'<div class="footnote-definition" id="{manner.prefix}fn-{number}">'
                    f'<sup class="footnote-definition-label">{written}</sup>'
                )
                footnote_tail = -1
            else:  # pragma: no cover - no other tag is switched on
                raise AssertionError(name)
        elif what == "End":
            name = value if type(value) is str else next(iter(value))
            if name in _CLOSERS:
                add(_CLOSERS[name])
                if poem is not None and links:
                    links.pop()
            elif name == "Link":
                add(links.pop())
            elif name == "Paragraph":
                if poem is not None:
                    add("</span></span>")
                    poem = None
                footnote_tail = len(out) if footnote_stack else -1
                add("</p>\n")
            elif name == "Heading":
                add(f"</{value['Heading'].lower()}>\n")
            elif name == "TableCell":
                add("</th>" if head else "</td>")
            elif name == "TableHead":
                add("</tr></thead><tbody>\n")
            elif name == "TableRow":
                add("</tr>\n")
            elif name == "Table":
                add("</tbody></table></div>\n" if blocks is not None else "</tbody></table>\n")
            elif name == "Item":
                add("</li>\n")
            elif name == "List":
                add("</ol>\n" if value["List"] else "</ul>\n")
            elif name == "BlockQuote":
                add("</blockquote>\n")
            elif name == "FootnoteDefinition":
                label = footnote_stack.pop()
                backs = "".join(
                    f' <a class="footnote-back" href="#{manner.prefix}fnref-{footnotes[label]}'
                    f'{f"-{use}" if use > 1 else ""}" aria-label="{attribute(manner.labels.get("back", "Back"))}'
                    f' {manner.number(footnotes[label])}">\u21a9\ufe0e</a>'
                    for use in range(1, totals[label] + 1)
                )
                if backs:
                    if footnote_tail >= 0 and footnote_tail == len(out) - 1:
                        out.insert(footnote_tail, backs)
                    else:
                        add(backs)
                add("</div>\n")
        elif what == "Code":
            code = neutralise(value) if stray else value
            add(f'<code dir="ltr">{escape(code)}</code>' if rtl and blocks is not None else f"<code>{escape(code)}</code>")
        elif what == "InlineHtml":
            _inline_html(value, index, manner, add)
        elif what == "FootnoteReference":
            number = footnotes[value]
            uses[value] = uses.get(value, 0) + 1
            again = f"-{uses[value]}" if uses[value] > 1 else ""
            label = attribute(manner.labels.get("footnote", "Footnote"))
            written = manner.number(number)
            add(
                f'<sup class="footnote-reference" id="{manner.prefix}fnref-{number}{again}">'
                f'<a href="#{manner.prefix}fn-{number}" aria-label="{label} {written}">{written}</a></sup>'
            )
        elif what == "TaskListMarker":
            label = manner.labels.get("task-done" if value else "task-open", "done" if value else "open")
            checked = ' checked=""' if value else ""
            add(f'<input disabled="" type="checkbox"{checked} aria-label="{attribute(label)}"/>\n')
        elif what == "Html":  # pragma: no cover - inside HtmlBlock
            _inline_html(value, index, manner, add)
        index += 1
    return "".join(out)


_ALIGN = {"Left": "align-left", "Center": "align-center", "Right": "align-right"}


def _image(parsed: Parsed, index: int, manner: Manner, add: Callable[[str], None]) -> int:
    """Write an image; returns the index of its End event."""
    events = parsed.events
    detail = events[index][0]["Start"]["Image"]
    depth, at, alt = 0, index + 1, []
    while True:
        event = events[at][0]
        if type(event) is str:
            alt.append(" ")
        elif "Start" in event:
            if type(event["Start"]) is dict and "Image" in event["Start"]:
                depth += 1
        elif "End" in event:
            if event["End"] == "Image":
                if not depth:
                    break
                depth -= 1
        elif "Text" in event or "Code" in event:
            alt.append(next(iter(event.values())))
        at += 1
    address = detail["dest_url"]
    allowed = allowed_address(address)
    target = manner.resolve(address, True, index) if allowed else None
    if not allowed and manner.report:
        manner.report("link-scheme", f"images may not come from `{address[:80]}`", index)
    words = neutralise("".join(alt))
    if target is None:
        add(escape(words))
    else:
        title = f' title="{attribute(detail["title"])}"' if detail["title"] else ""
        source = f"\0{target.slot}\0" if target.slot else f'src="{href(target.href)}"'
        add(f'<img {source} alt="{attribute(words)}"{title}{target.attributes} />')
    return at


def _write_html_block(parsed: Parsed, index: int, manner: Manner, add: Callable[[str], None]) -> int:
    events = parsed.events
    text, at = [], index + 1
    while events[at][0] != {"End": "HtmlBlock"}:
        text.append(next(iter(events[at][0].values())))
        at += 1
    html = "".join(text)
    if manner.raw_html:
        add(html)
        return at
    rest = _COMMENT.sub("", html)
    if rest.strip():
        if manner.report:
            manner.report("raw-html", "raw HTML is shown as text", index)
        add(f"<p>{escape(rest.strip())}</p>\n")
    elif not _DIRECTIVE.match(html) and manner.report:
        manner.report("html-comment", "an HTML comment is left out of the page", index)
    return at


def _inline_html(html: str, index: int, manner: Manner, add: Callable[[str], None]) -> None:
    if manner.raw_html and (manner.raw_allowed is None or manner.raw_allowed(index, html)):
        add(html)
        return
    if _COMMENT.fullmatch(html):
        if manner.report:
            manner.report("html-comment", "an HTML comment is left out of the page", index)
        return
    if manner.report:
        manner.report("raw-html", "raw HTML is shown as text", index)
    add(escape(html))


