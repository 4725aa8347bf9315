"""Catalogues: the text of a gettext `.po` file to values and back, losslessly.

A strict scanner of our own reads; every entry keeps its own bytes, and only what is
edited is rendered anew, in our style (no wrapping but at newlines). Of polib, nothing
is used but its table of escapes for writing strings: its reader loses text silently and
its writer re-wraps everything. This module neither touches the disk nor judges a
translation, and it guesses nothing: a file that it cannot read whole is refused, with
every reason at `path:line:column`.

It accepts what GNU msgfmt 0.21 accepts (`msgfmt -o /dev/null` ends with 0) and refuses
what that refuses, but for these, on purpose. GNU gettext's own tests are read with them
by `make soak`.

Accepted here only:

- a byte order mark, which is kept: Windows' editors write one;
- a msgstr that begins or ends with a newline where its msgid does not: that is a fault
  of the translation, which a check reports at its place.

Refused here only:

- another charset than UTF-8, by the header's word or the bytes', and bytes that are not
  UTF-8, or NUL, anywhere (in comments and escapes too): git, editors and the site's own
  texts are UTF-8, few other charsets have a half-space, and the remedy is one command.
  ASCII passes, and becomes UTF-8 with the first text that needs it;
- an entry, or a comment, that begins on the line on which another entry ends: lines are
  what the law of losslessness speaks of. msgcat writes such a file anew;
- `domain` directives: a file is the catalogue of one document;
- what no tool writes and msgfmt accepts by accident: a backslash that joins two lines
  outside strings and comments; a plural index that is parted from its `msgstr` by a
  comment or a `#~`; a comment on a `#|` line (to msgfmt, the mark then holds for the next
  line as well).
"""

from __future__ import annotations

import re
import shlex
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple, NoReturn, TypedDict, Unpack

import polib

from pipeline.problems import CatalogueError, Problem, problem
from pipeline.speech import say

State = Literal["translated", "fuzzy", "untranslated"]
Key = tuple[str | None, str]
"""What identifies an entry: (msgctxt or None, msgid). An empty msgctxt is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a catalogue. Where it stands and how it is written is not compared.

    It is edited by `revise`, which keeps `raw` in step; `replace` with `raw=None` has the
    whole entry rendered.

    `msgstr` is the translation, of a plural entry its first form; `plurals` is all forms
    of a plural entry, else empty. `comments` (`# `), `extracted` (`#.`) hold a text a
    line, without trailing white space; `references` are files as GNU writes them, without
    the isolates U+2068 and U+2069 that enclose a name with spaces. `flags` come from `#,`
    and `#=`. The `previous` texts are `#|`.

    `raw` is the entry's own bytes, whole lines; None: to be rendered. `gap` is the blank
    lines before it; None: the entry is new and gets one. `line` is the entry's first, and
    `msgstr_line` and `msgstr_column` are where the opening quote of the msgstr's first
    string is; all count from 1, columns in characters, and 0 is nowhere.
    """

    msgid: str
    msgstr: str = ""
    context: str | None = None
    plural: str | None = None
    plurals: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    extracted: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    previous_context: str | None = None
    previous: str | None = None
    previous_plural: str | None = None
    obsolete: bool = False
    raw: bytes | None = field(default=None, compare=False, repr=False)
    gap: bytes | None = field(default=None, compare=False, repr=False)
    line: int = field(default=0, compare=False)
    msgstr_line: int = field(default=0, compare=False)
    msgstr_column: int = field(default=0, compare=False)

    @property
    def key(self) -> Key:
        """What identifies the entry in its catalogue."""
        return (self.context, self.msgid)

    @property
    def fuzzy(self) -> bool:
        """Whether the entry is flagged as fuzzy."""
        return "fuzzy" in self.flags

    @property
    def state(self) -> State:
        """As `msgfmt --statistics` counts: of plural forms, the first alone decides."""
        return _state(self.msgstr, self.fuzzy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A `.po` file. `entries` are live and obsolete ones in file order, without the header.

    `header_at` is the number of entries before the header. `head` is the blank lines
    before the first entry and `tail` what follows the last one: blank lines and comments.
    """

    path: str
    entries: tuple[Entry, ...] = ()
    header: Entry | None = None
    header_at: int = field(default=0, compare=False)
    newline: str = field(default="\n", compare=False)
    bom: bool = field(default=False, compare=False)
    head: bytes = field(default=b"", compare=False, repr=False)
    tail: bytes = field(default=b"", compare=False, repr=False)

    @property
    def all_entries(self) -> tuple[Entry, ...]:
        """The entries with the header among them, where it stands."""
        if self.header is None:
            return self.entries
        at = self.header_at
        return (*self.entries[:at], self.header, *self.entries[at:])


class Reading(NamedTuple):
    """What the build needs of one entry; `line` is the msgstr's.

    `previous`, of a fuzzy msgstr: the text in `#| msgid`, which it translates.
    """

    msgstr: str
    state: State
    line: int
    previous: str | None = None
    plurals: tuple[str, ...] = ()

    @property
    def stale(self) -> bool:
        """Translated once; the source has changed since."""
        return self.previous is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A catalogue read for a build: its live entries by key, and its header's fields.

    `obsolete` are the others, where they were asked for.
    """

    path: str
    messages: Mapping[Key, Reading]
    headers: Mapping[str, str]
    obsolete: Mapping[Key, Reading] = field(default_factory=dict)


class Counts(TypedDict):
    """Numbers of messages, as in every report."""

    translated: int
    fuzzy: int
    untranslated: int


class Changes(TypedDict, total=False):
    """What `revise` can change of an entry. `fuzzy` adds or removes that one flag."""

    context: str | None
    msgid: str
    plural: str | None
    msgstr: str
    plurals: tuple[str, ...]
    comments: tuple[str, ...]
    extracted: tuple[str, ...]
    references: tuple[str, ...]
    flags: tuple[str, ...]
    fuzzy: bool
    previous_context: str | None
    previous: str | None
    previous_plural: str | None
    obsolete: bool


MOST = 8_000_000
"""How many bytes a catalogue has at most: some books'."""

_MOST_PROBLEMS = 200
"""How many are told of one catalogue; with more it is none."""


def parse(data: bytes, path: str) -> Catalogue:
    """The catalogue that the file's bytes hold. Raises CatalogueError with all problems.

    About 15 µs an entry.
    """
    text, bom = _decode(data, path)
    scan = _Scan(text, path)
    entries, header_at, head, tail = scan.run()
    header = entries.pop(header_at) if header_at >= 0 else None
    if header is not None and (named := _foreign_charset(header.msgstr, text)):
        place = msgstr_position(header, named.start())
        scan.problems.append(_foreign(named[1], path, place))
    if scan.problems:
        _refuse(_conflicts(text, path) or scan.problems)
    first = text.find("\n")
    return Catalogue(
        path=path,
        entries=tuple(entries),
        header=header,
        header_at=max(header_at, 0),
        newline="\r\n" if first > 0 and text[first - 1] == "\r" else "\n",
        bom=bom,
        head=head.encode(),
        tail=tail.encode(),
    )


def serialize(catalogue: Catalogue) -> bytes:
    """The file's bytes: each entry's own, and new ones rendered.

    A header that says ASCII says UTF-8 from the first text on that needs it.
    Raises ValueError for a text that no catalogue can hold: one with NUL, EOT (which
    msgfmt refuses) or a lone surrogate. Content is refused for those before.
    """
    newline = catalogue.newline.encode()
    out = [b"\xef\xbb\xbf"] if catalogue.bom else []
    out.append(catalogue.head)
    ended, fresh = True, False
    for number, entry in enumerate(catalogue.all_entries):
        if not ended:
            out.append(newline)
        if number:
            out.append(entry.gap or (newline if fresh or entry.gap is None else b""))
        raw = entry.raw
        if raw is None:
            raw = _render(entry, catalogue.newline).encode()
        out.append(raw)
        ended, fresh = raw.endswith(b"\n"), entry.gap is None
    if catalogue.tail and not ended:
        out.append(newline)
    out.append(catalogue.tail)
    written = b"".join(out)
    named = _CHARSET.search(catalogue.header.msgstr) if catalogue.header else None
    if named and named[1].casefold() in _ASCII and not written.removeprefix(b"\xef\xbb\xbf").isascii():
        return serialize(_with_header_text(catalogue, *named.span(1), "UTF-8"))
    return written


def new(path: str, headers: Iterable[tuple[str, str]]) -> Catalogue:
    """A fresh catalogue with these header fields and no entry."""
    msgstr = "".join(f"{name}: {value}\n" for name, value in headers)
    return Catalogue(path=path, header=Entry(msgid="", msgstr=msgstr))


def headers(catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """The header's fields, name and value, in their order."""
    return _fields_of_header(catalogue.header.msgstr if catalogue.header else "")


def with_header(catalogue: Catalogue, name: str, value: str) -> Catalogue:
    """The catalogue with that header field set; a new one comes last.

    Only the lines that hold the field change.
    """
    assert "\n" not in name + value
    header = catalogue.header or Entry(msgid="")
    text = header.msgstr
    start, end = len(text), len(text)
    fresh = f"{name}: {value}\n"
    for match in re.finditer(r"^([^\n:]*):([^\n]*)(\n|\Z)", text, re.MULTILINE):
        if match[1].strip().casefold() == name.casefold():
            if match[2].strip() == value:
                return catalogue
            start, end = match.span()
            fresh = f"{match[1]}: {value}{match[3]}"
            break
    else:
        if text and not text.endswith("\n"):
            fresh = "\n" + fresh
    return _with_header_text(catalogue, start, end, fresh)


def _with_header_text(catalogue: Catalogue, start: int, end: int, fresh: str) -> Catalogue:
    """The catalogue with a part of the header's msgstr written anew."""
    header = catalogue.header or Entry(msgid="")
    text = header.msgstr
    if header.raw is None:
        changed = replace(header, msgstr=text[:start] + fresh + text[end:])
    else:
        raw = _splice_string(header.raw.decode(), start, end, fresh, catalogue.newline)
        changed = _read_again(header, raw)
    return replace(catalogue, header=changed)


def statistics(catalogue: Catalogue) -> Counts:
    """The counts of `msgfmt --statistics`, obsolete entries and the header left out.

    As there, a header with an empty msgstr counts as one untranslated message.
    """
    counts: Counts = {"translated": 0, "fuzzy": 0, "untranslated": 0}
    for entry in catalogue.entries:
        if not entry.obsolete:
            counts[entry.state] += 1
    if catalogue.header is not None and not catalogue.header.msgstr:
        counts["untranslated"] += 1
    return counts


def _state(msgstr: str, fuzzy: bool) -> State:
    return "untranslated" if not msgstr else "fuzzy" if fuzzy else "translated"


def _fields_of_header(msgstr: str) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition(":") for line in msgstr.split("\n"))
    return tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)


# --- bytes to text


_CHARSET = re.compile(r"charset=([^ \t\n]*)")
_CHARSETS = frozenset({"", "charset", "utf-8", "utf8"})
_ASCII = frozenset({"ascii", "us-ascii", "ansi_x3.4-1968"})
_FEW = 20
"""No more problems of one kind than this where a file is not text at all."""


def _decode(data: bytes, path: str) -> tuple[str, bool]:
    """The text, and whether a byte order mark stood before it."""
    _bound(data, path)
    bom = data.startswith(b"\xef\xbb\xbf")
    if bom:
        data = data[3:]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or 3 * data.count(0, 0, 999) > len(data[:999]):
        # one reason for what would else be one a line
        fault, hint = say("this is not UTF-8 (perhaps UTF-16)"), say("save the file as UTF-8")
        _refuse([problem("catalogue-syntax", fault, path, 1, 1, hint=hint)])
    try:
        text = data.decode()
    except UnicodeDecodeError:
        _refuse(_not_utf8(data, path))
    if "\0" in text:
        _refuse(
            problem(
                "catalogue-syntax",
                say("a NUL character"),
                path,
                *_place(text, match.start()),
                hint=say("delete it; the file may have been damaged or cut when it was saved"),
            )
            for match in _firsts(re.finditer(r"\0[^\n]*", text))
        )
    return text, bom


def _bound(data: bytes, path: str) -> None:
    if len(data) > MOST:
        fault = say("this file has {n} bytes, and {most} are the most", n=len(data), most=MOST)
        _refuse([problem("catalogue-syntax", fault, path, hint=say("split the catalogue"))])


def _not_utf8(data: bytes, path: str) -> Iterator[Problem]:
    named = re.search(rb"charset=((?:(?!charset=)[!-~])*?)(?:\\n|[\s\"]|\Z)", data)
    if named and (charset := named[1].decode()).casefold() not in _CHARSETS | _ASCII:
        before = data[: named.start()].decode(errors="replace")
        yield _foreign(charset, path, _place(before, len(before)))
        return
    text = data.decode(errors="surrogateescape")
    for match in _firsts(re.finditer("([\udc80-\udcff]+)[^\n]*", text)):
        spelled = match[1][:8].encode(errors="surrogateescape").hex(" ").upper()
        yield problem(
            "catalogue-syntax",
            say("not UTF-8: {code}", code=spelled),
            path,
            *_place(text, match.start()),
            hint=say("save the file as UTF-8"),
        )


def _foreign(charset: str, path: str, place: tuple[int, int]) -> Problem:
    return problem(
        "catalogue-syntax",
        say("the header says {charset}; only UTF-8 is read", charset=f"charset={charset}"),
        path,
        *place,
        hint=say("convert it: {command}", command=f"msgconv --to-code=UTF-8 -o {shlex.quote(path)} {shlex.quote(path)}"),
    )


def _foreign_charset(header: str, text: str) -> re.Match[str] | None:
    """Where the header's msgstr names a charset that is not the text's."""
    named = _CHARSET.search(header)
    if named is None or (charset := named[1].casefold()) in _CHARSETS:
        return None
    return None if charset in _ASCII and text.isascii() else named


def _firsts(matches: Iterator[re.Match[str]]) -> Iterator[re.Match[str]]:
    return (match for _, match in zip(range(_FEW), matches, strict=False))


def _refuse(problems: Iterable[Problem]) -> NoReturn:
    raise CatalogueError(problems=tuple(sorted(problems, key=lambda found: found.order)))


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _conflicts(text: str, path: str) -> list[Problem]:
    """A problem for each merge conflict; what else is wrong mostly follows from them."""
    lines = _line_starts(text)
    return [
        problem(
            "catalogue-syntax",
            say("an unresolved merge conflict"),
            path,
            bisect_right(lines, match.start()),
            1,
            hint=say("keep one side and delete the lines <<<<<<<, =======, >>>>>>>"),
            excerpt=match[0],
        )
        for match in islice(re.finditer(r"^<{7}(?: [^\r\n]*)?(?=\r?$)", text, re.MULTILINE), _MOST_PROBLEMS)
    ]


# --- the scanner

# GNU's lexer skips a backslash with the newline after it before it sees anything else,
# in strings and comments too: hence the odd corners of the two patterns. Only LF ends a
# line; VT, FF and CR are white space; U+0085 and U+2028 are text.
_WS = r"[ \t\r\f\v]"
_BODY = r'(?:[^"\\\n]++|\\\n|\\(?:\\\n)*+[^\n])*+'
_TOKEN = re.compile(
    rf"""
    ((?:{_WS}*+\n)*+) {_WS}*+                          # 1: lines that end before
    ((?:(?:\#~\|?+|\#\|){_WS}*+)*+)                    # 2: marks: obsolete, previous
    (?: "({_BODY})"                                    # 3: a string
      | (msgid_plural|msgid|msgctxt|msgstr)(?![A-Za-z0-9_$])                # 4: a keyword
        (?:[ \t\r\f\v\n]*+\[[ \t\r\f\v\n]*+([0-9]{{1,9}}+)[ \t\r\f\v\n]*+\])?+    # 5: its index
      | (\#(?![~|])[^\n]*+(?:(?<=\\)\n[^\n]*+)*+)      # 6: a comment
      | (?=\n) | \Z
    )""",
    re.VERBOSE,
)
_STRING, _KEYWORD, _INDEX, _COMMENT = 3, 4, 5, 6
_LEAD = re.compile(rf"(?:{_WS}|\n)*+(?:(?:\#~\|?+|\#\|){_WS}*+)*+")
_WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")

_STARTS = frozenset({"|msgctxt", "|msgid", "msgctxt", "msgid"})
_FOLLOWS: Mapping[str, frozenset[str]] = {
    "": _STARTS,
    "|msgctxt": frozenset({"|msgid"}),
    "|msgid": frozenset({"|msgid_plural", "msgctxt", "msgid"}),
    "|msgid_plural": frozenset({"msgctxt", "msgid"}),
    "msgctxt": frozenset({"msgid"}),
    "msgid": frozenset({"msgid_plural", "msgstr"}),
    "msgid_plural": frozenset({"msgstr["}),
    "msgstr": _STARTS,
    "msgstr[": _STARTS | {"msgstr["},
}
"""Which keywords may follow which; `|` before one is `#|`, `[` after it an index."""

_COMPLETE = frozenset({"msgstr", "msgstr["})
_KEYWORDS = say("the keywords are msgctxt, msgid, msgid_plural and msgstr")


class _Scan:
    """One pass over a text. `run` may be called once; `problems` says what was wrong."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.problems: list[Problem] = []
        self.starts: list[int] = []  # of each line; empty until somebody asks
        self.entries: list[Entry] = []
        self.header_at = -1
        self.seen: dict[Key, tuple[int, bool]] = {}
        self.first = 0  # where the first entry's lines begin
        self.ended = 0  # where the last entry's lines end
        self.counted = 0  # up to here …
        self.line = 1  # … the text has this many lines
        self.clear()

    def clear(self) -> None:
        """Begins an entry, of which nothing is known."""
        self.begun = -1
        self.stage = ""
        self.fields: dict[str, list[str]] = {}
        self.at: dict[str, int] = {}  # keyword: its offset
        self.plurals: list[list[str]] = []
        self.strings: list[str] = []
        self.msgstr_at = -1
        self.last = 0  # where the last string ends
        self.remarks: list[str] = []
        self.obsolete = False
        self.broken = False
        self.interrupted = -1  # offset of a comment that came too early

    def report(self, message: str, offset: int, hint: str = "", rule: str = "") -> None:
        """Notes a problem and gives the entry up."""
        self.broken = True
        line, start = self.line_of(offset)
        column = offset - start + 1
        self.problems.append(
            problem(rule or "catalogue-syntax", message, self.path, line, column, hint=hint)
        )
        if len(self.problems) >= _MOST_PROBLEMS:
            _refuse(_conflicts(self.text, self.path) or self.problems)

    def line_of(self, offset: int) -> tuple[int, int]:
        """The number of an offset's line, from 1, and where that line starts."""
        if not self.starts:
            self.starts = _line_starts(self.text)
        number = bisect_right(self.starts, offset)
        return number, self.starts[number - 1]

    def run(self) -> tuple[list[Entry], int, str, str]:
        """Entries with the header among them, its index or -1, text before and after."""
        text, match = self.text, _TOKEN.match
        position, size = 0, len(text)
        obsolete = previous = False
        while True:
            token = match(text, position)
            if token is None:
                position = self.junk(position)
                obsolete = previous = False
                continue
            kind = token.lastindex
            fresh_line = token.end(1) > position or not position
            if fresh_line:
                obsolete = previous = False
            if token.end(2) > token.start(2):
                mark = token[2]
                obsolete = obsolete or "~" in mark
                previous = previous or "|" in mark
            position = token.end()
            if kind == _STRING:
                body = token[3]
                at = token.start(3)
                self.last = position
                if not self.stage:
                    if not self.broken:
                        self.report(say("a string that belongs to no keyword"), at - 1, hint=_KEYWORDS)
                    continue
                self.agree(obsolete, at - 1)
                if previous != (self.stage[0] == "|") and not self.broken:
                    self.report(say("inconsistent use of #|"), at - 1, hint=say("mark all lines or none"))
                if self.interrupted >= 0:
                    self.interrupt()
                if "\\" in body:
                    body = self.unescape(body, at)
                if "\x04" in body:
                    self.report(say("the character EOT (U+0004) in a string"), at - 1, hint=say("delete it"))
                if not self.strings and self.stage in _COMPLETE and self.msgstr_at < 0:
                    self.msgstr_at = at - 1
                self.strings.append(body)
            elif kind in (_KEYWORD, _INDEX):
                name = token[4]
                if previous:
                    name = "|" + name
                if kind == _INDEX:
                    name += "["
                self.keyword(name, token, obsolete, fresh_line)
            elif kind == _COMMENT:
                self.comment(token, fresh_line)
                if previous:
                    at = token.start(_COMMENT)
                    self.report(say("a comment on a #| line"), at, hint=say("begin a new line"))
            elif position == size:
                break
        if self.stage in _COMPLETE:
            self.finish(size)
        elif self.stage:
            self.incomplete(size)
        head = text[: self.first] if self.entries else ""
        return self.entries, self.header_at, head, text[self.ended :]

    def keyword(self, name: str, token: re.Match[str], obsolete: bool, fresh_line: bool) -> None:
        """A keyword: goes on with the entry, or ends it and begins the next."""
        at = token.start(4)
        if self.stage and not self.strings and not self.broken:
            self.report(say("{keyword} has no string", keyword=_spell(self.stage)), at, hint=say('write "" for an empty one'))
        if name in _FOLLOWS[self.stage]:
            if self.stage in _COMPLETE and name != "msgstr[":
                self.finish(at, fresh_line)
            elif self.interrupted >= 0:
                self.interrupt()
        else:
            self.misplaced(name, at, parted=token[1].count("\n") > 1)
            if name not in _FOLLOWS[self.stage]:
                return
        if self.broken and not self.stage:
            self.clear()
        if self.begun < 0:
            self.begun = token.end(1)
        if not self.fields:
            self.obsolete = obsolete
        else:
            self.agree(obsolete, at)
        self.strings = []
        self.stage = name
        if name == "msgstr[":
            if int(token[5]) != len(self.plurals) and not self.broken:
                self.report(
                    say(
                        "{found} where {due} is due",
                        found=f"msgstr[{token[5]}]", due=f"msgstr[{len(self.plurals)}]",
                    ),
                    at,
                    hint=say("plural forms count from 0, without a gap"),
                )
            self.plurals.append(self.strings)
        self.fields.setdefault(name, self.strings)
        self.at.setdefault(name, at)

    def misplaced(self, name: str, at: int, parted: bool) -> None:
        """A keyword that may not stand here; what can begin an entry then begins one."""
        stage = self.stage
        if self.broken and name not in _STARTS:
            return
        if name in ("|msgstr", "|msgstr["):
            self.report(say("#| msgstr"), at, hint=say("#| holds msgctxt, msgid and msgid_plural only"))
        elif name.endswith("[") and name != "msgstr[":
            self.report(
                say("{keyword} has an index", keyword=_spell(name[:-1])), at, hint=say("only msgstr has plural forms")
            )
        elif name == "msgstr" and (stage == "msgid_plural" or (stage == "msgstr[" and not parted)):
            hint = say("write {words}", words=f"msgstr[{len(self.plurals)}]")
            self.report(say("a plain msgstr in an entry with msgid_plural"), at, hint=hint)
        elif name not in _STARTS and stage in ("", *_COMPLETE):
            remark = self.remarks[-1] if self.remarks else ""
            if "\\\n" in remark and not self.broken:
                place = self.text.rindex(remark, 0, at) + remark.index("\\\n")
                hint = say("put a space after it, or delete it")
                self.report(say("a backslash ends this comment and joins the next line"), place, hint)
            elif stage and name == stage and not parted:
                self.report(say("a second msgstr"), at, hint=say("keep one of the two"))
            elif not self.broken:
                self.report(say("{keyword} without a msgid before it", keyword=_spell(name)), at, hint=say("add the msgid"))
        elif stage == "msgid" and name == "msgstr[":
            self.report(
                say("plural forms without msgid_plural"),
                at,
                hint=say("add msgid_plural, or write msgstr without an index"),
            )
        elif name in _STARTS:
            self.incomplete(at)
            remarks, begun = self.remarks, self.interrupted
            self.clear()
            if begun >= 0:
                self.remarks, self.begun = remarks, begun
            return
        else:
            self.report(say("{keyword} after {other}", keyword=_spell(name), other=_spell(stage)), at, hint=_ORDER)
        if stage in _COMPLETE:
            self.finish(at, True)
            self.broken = True

    def incomplete(self, at: int) -> None:
        """The entry under way ends here, too early."""
        if self.broken:
            return
        stage = self.stage
        if not self.strings:
            self.report(say("{keyword} has no string", keyword=_spell(stage)), at, hint=say('write "" for an empty one'))
        elif stage == "msgid":
            self.report(say("msgid without msgstr"), self.at[stage], hint=say('add one, or msgstr ""'))
        elif stage == "msgid_plural":
            self.report(say("msgid_plural without msgstr[0]"), self.at[stage], hint=say('add msgstr[0] ""'))
        else:
            self.report(say("{keyword} without msgid", keyword=_spell(stage)), self.at[stage], hint=_ORDER)

    def comment(self, token: re.Match[str], fresh_line: bool) -> None:
        """A comment: it belongs to the entry that follows."""
        at = token.start(_COMMENT)
        if self.stage:
            if not self.strings and not self.broken:
                self.incomplete(at)
            if self.stage in _COMPLETE:
                self.finish(at, fresh_line)
            elif self.broken:
                self.clear()
            else:  # an entry without its end, or a comment inside one: the next keyword tells
                if self.interrupted < 0:
                    self.interrupted = at
                    self.remarks = []
                self.remarks.append(token[_COMMENT])
                return
        elif self.broken:
            self.clear()
        if self.begun < 0:
            self.begun = token.end(1)
        self.remarks.append(token[_COMMENT])

    def interrupt(self) -> None:
        """A comment stood inside the entry, which goes on after it."""
        if not self.broken:
            self.report(say("a comment inside an entry"), self.interrupted, hint=_ORDER)
        self.interrupted = -1

    def agree(self, obsolete: bool, at: int) -> None:
        """All lines of an entry are obsolete, or none is."""
        if obsolete != self.obsolete and not self.broken:
            self.report(say("inconsistent use of #~"), at, hint=say("mark all lines of the entry or none"))

    def junk(self, position: int) -> int:
        """Something that is no token: says what it is and goes on with the next line."""
        text = self.text
        lead = _LEAD.match(text, position)
        at = lead.end() if lead else position
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        word = _WORD.match(text, at)
        if text[at] == '"':
            message, hint = say("the string is not closed"), say('close it with " on its own line')
        elif word and word[0] == "domain":
            message, hint = say("a domain directive"), say("a file holds one catalogue; split it")
        elif word:
            message, hint = say("unknown keyword {word}", word=word[0]), _KEYWORDS
            if self.stage and "\n" not in text[self.last : at]:
                message = say("{word} after the end of a string", word=word[0])
                hint = say(r"a quotation mark inside a string is written \"")
        else:
            character = text[at]
            shown = character if character.isprintable() else f"U+{ord(character):04X}"
            message, hint = say("unexpected {character}", character=shown), say("a comment begins with #, a text with a quote")
        if not self.broken or text[at] == '"':
            self.report(message, at, hint)
        self.broken = True
        self.last = end
        return end

    def unescape(self, body: str, at: int) -> str:
        """The text of a string with escapes; reports a bad one."""
        try:
            return _unescape(body)
        except _BadEscape as bad:
            self.report(bad.message, at + bad.offset, hint=bad.hint)
            return body

    def finish(self, at: int, fresh_line: bool = True) -> None:
        """Ends the entry under way, all of which was read."""
        text = self.text
        if not self.strings and not self.broken:
            self.incomplete(at)
        if not fresh_line and not self.broken:
            self.report(
                say("this begins on the line on which an entry ends"), at, hint=say("begin a new line")
            )
        fields = self.fields
        if not self.broken:
            self.remember(fields)
        if self.broken:
            self.clear()
            return
        begun, get = self.begun, fields.get
        end = text.find("\n", self.last) + 1 or len(text)
        self.line += text.count("\n", self.counted, begun)
        msgstr_line = self.line + text.count("\n", begun, self.msgstr_at)
        context, plural = get("msgctxt"), get("msgid_plural")
        old_context, old, old_plural = get("|msgctxt"), get("|msgid"), get("|msgid_plural")
        plurals = tuple(["".join(form) for form in self.plurals])
        gap = text[self.ended : begun] if self.entries else ""
        if not self.entries:
            self.first = begun
        notes = _notes(self.remarks) if self.remarks else _NO_NOTES
        entry = Entry(
            msgid="".join(fields["msgid"]),
            msgstr=plurals[0] if plurals else "".join(fields["msgstr"]),
            context=None if context is None else "".join(context),
            plural=None if plural is None else "".join(plural),
            plurals=plurals,
            comments=notes[0],
            extracted=notes[1],
            references=notes[2],
            flags=notes[3],
            previous_context=None if old_context is None else "".join(old_context),
            previous=None if old is None else "".join(old),
            previous_plural=None if old_plural is None else "".join(old_plural),
            obsolete=self.obsolete,
            raw=text[begun:end].encode(),
            gap=gap.encode(),
            line=self.line,
            msgstr_line=msgstr_line,
            msgstr_column=self.msgstr_at - text.rfind("\n", 0, self.msgstr_at),
        )
        if not (entry.msgid or self.obsolete or context is not None) and self.header_at < 0:
            self.header_at = len(self.entries)
        self.entries.append(entry)
        self.counted = begun
        self.ended = end
        self.clear()

    def remember(self, fields: Mapping[str, list[str]]) -> None:
        """Reports an entry whose key was defined before, live or obsolete."""
        context = fields.get("msgctxt")
        key = (None if context is None else "".join(context), "".join(fields["msgid"]))
        at = self.at["msgid"]
        first = self.seen.setdefault(key, (at, self.obsolete))
        if first[0] != at:
            line, _ = self.line_of(first[0])
            twice = say("the same msgid is defined on line {line}", line=line)
            if key == (None, ""):
                twice = say("a second header; the first is on line {line}", line=line)
            elif first[1]:
                twice = say("the same msgid is an obsolete entry on line {line}", line=line)
            self.report(
                twice,
                at,
                hint=say("delete the obsolete one")
                if first[1] or self.obsolete
                else say("merge them into one entry"),
                rule="catalogue-duplicate",
            )


_ORDER = say("the order is: comments, #| lines, msgctxt, msgid, msgid_plural, msgstr")


def _spell(name: str) -> str:
    """A keyword as it stands in a file."""
    plain = name.strip("|[")
    return ("#| " if name[0] == "|" else "") + plain + ("[…]" if name[-1] == "[" else "")


# --- strings

_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    '"': '"',
    "\\": "\\",
}
_ESCAPE = re.compile(
    r"""\\(?:([abfnrtv"\\])|((?:[0-7]{1,3}|x[0-9A-Fa-f]+)(?:\\(?:[0-7]{1,3}|x[0-9A-Fa-f]+))*+))"""
    r"|(\\)"
)


class _BadEscape(ValueError):
    def __init__(self, message: str, offset: int, hint: str) -> None:
        self.message, self.offset, self.hint = message, offset, hint


def _unescape(body: str) -> str:
    r"""What stands between two quotes, read as GNU reads it.

    Octal and hexadecimal escapes are bytes, of which only the last eight bits count.
    Raises _BadEscape.
    """
    if "\\\n" in body:
        body = body.replace("\\\n", "")
    return _ESCAPE.sub(_unescaped, body)


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return _ESCAPES[match[1]]
    if match[3]:
        after = match.string[match.end() : match.end() + 1]
        raise _BadEscape(
            say("bad escape {escape}", escape=f"\\{after}"), match.start(), say(r"write \\ for a backslash in a text")
        )
    numbers = match[2].split("\\")
    data = bytes(int(n[1:][-2:], 16) if n[0] == "x" else int(n, 8) & 0xFF for n in numbers)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _BadEscape(
            say("not UTF-8: {code}", code=data.hex(" ").upper()), match.start(), say("write the character itself")
        ) from None
    if "\0" in text:
        raise _BadEscape(say("a NUL character"), match.start(), say("delete it"))
    return text


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """The tokens of a text that is known to be valid."""
    position = 0
    while token := _TOKEN.match(text, position):
        position = token.end()
        if (token.lastindex or 0) > 2:
            yield token
        elif position == len(text):
            return


def msgstr_position(entry: Entry, offset: int, form: int = 0) -> tuple[int, int]:
    """Line and column, from 1, of a character of the msgstr (of a plural form).

    An offset at or past the end gives the closing quote; (0, 0) for an entry that was
    not read from a file.
    """
    if entry.raw is None:
        return (0, 0)
    places = _places(entry.raw, form)
    number = bisect_right(places.offsets, offset) - 1
    at, step = places.pieces[max(number, 0)]
    at += step * (offset - places.offsets[max(number, 0)])
    line = bisect_right(places.lines, at)
    return entry.line + line - 1, at - places.lines[line - 1] + 1


class _Places(NamedTuple):
    """Where the characters of a msgstr are in an entry's lines.

    `offsets` are those of its pieces in the msgstr; a piece is where it begins in the
    lines, and how far a character of it leads on: 1, or 0 in an escape. `lines` are the
    offsets of the lines.
    """

    offsets: list[int]
    pieces: list[tuple[int, int]]
    lines: list[int]


@lru_cache(maxsize=4)
def _places(raw: bytes, form: int) -> _Places:
    text = raw.decode()
    offsets: list[int] = []
    pieces: list[tuple[int, int]] = []
    offset = end = 0

    def note(size: int, at: int, step: int) -> None:
        nonlocal offset
        if size:
            offsets.append(offset)
            pieces.append((at, step))
            offset += size

    for start, body in _strings_of(text, form):
        done = 0
        for piece in _ESCAPE.finditer(body):
            note(piece.start() - done, start + done, 1)
            done = piece.end()
            if piece[3]:  # it joins two lines
                done += 1
            else:
                note(len(_unescaped(piece)), start + piece.start(), 0)
        end = start + len(body)
        note(len(body) - done, start + done, 1)
    return _Places([*offsets, offset], [*pieces, (end, 0)], _line_starts(text))


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _strings_of(text: str, form: int) -> list[tuple[int, str]]:
    """(offset, body) of each string of the msgstr, or of that plural form."""
    found: list[tuple[int, str]] = []
    inside = False
    for token in _tokens(text):
        if token.lastindex == _STRING:
            if inside:
                found.append((token.start(3), token[3]))
        elif token.lastindex != _COMMENT:
            inside = token[4] == "msgstr" and int(token[5] or 0) == form
    return found


# --- comments

_Notes = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
_NO_NOTES: _Notes = ((), (), (), ())
_KINDS: Mapping[str, str] = {
    ".": "extracted",
    ":": "references",
    ",": "flags",
    "!": "flags",
    "=": "sticky",
}
_BLANKS = " \t\r\f\v"
"""White space to GNU, beside LF. Python would strip more."""
_WORD_AT = re.compile(f"[^{_BLANKS}]*+")
_WORDS = re.compile(f"[^{_BLANKS}]+")
_REFERENCE = re.compile(f"\u2068([^\u2069]*)\u2069([^{_BLANKS}]*)|([^{_BLANKS}]+)")
_FLAG = re.compile(rf"range:[,{_BLANKS}]+[^,{_BLANKS}]+|[^,{_BLANKS}]+")


def _notes(remarks: Sequence[str]) -> _Notes:
    """Comments, extracted comments, references and flags."""
    comments: list[str] = []
    extracted: list[str] = []
    references: list[str] = []
    flags: list[str] = []
    into = {"comments": comments, "extracted": extracted, "references": references}
    for remark in remarks:
        kind, values = _note(remark)
        into.get(kind, flags).extend(values)
    if len(flags) > 1:
        flags = list(dict.fromkeys(flags))
    return tuple(comments), tuple(extracted), tuple(references), tuple(flags)


def _note(remark: str) -> tuple[str, tuple[str, ...]]:
    """The kind of a comment, and what it holds."""
    if "\\\n" in remark:
        remark = remark.replace("\\\n", "")
    kind = _KINDS.get(remark[1:2], "comments")
    text = remark[1 if kind == "comments" else 2 :].rstrip(_BLANKS)
    if kind == "references":
        return kind, _references(text)
    if kind == "flags":
        return kind, tuple(_FLAG.findall(text))
    if kind == "sticky":  # GNU 0.21 reads a comment here, newer ones never fuzzy
        return kind, tuple(flag for flag in _FLAG.findall(text) if flag != "fuzzy")
    return kind, (text[1:] if text[:1] == " " else text,)


def _references(text: str) -> tuple[str, ...]:
    """Files; for the other half of an isolate nothing is searched where there is none."""
    last = text.rfind("\u2069")
    enclosed = _WORD_AT.match(text, last) if last >= 0 else None
    end = enclosed.end() if enclosed else 0
    found = ["".join(one) for one in _REFERENCE.findall(text, 0, end)]
    return (*found, *_WORDS.findall(text, end))


# --- rendering

_NEWLINES = re.compile(r"[^\n]*\n|[^\n]+")


def _quote(text: str) -> str:
    """A text as a string of a catalogue. Raises ValueError if none can hold it."""
    if "\0" in text or "\x04" in text:
        raise ValueError(f"a catalogue cannot hold NUL or EOT: {text!r}")
    return f'"{polib.escape(text)}"'


def _render_string(name: str, text: str, obsolete: bool, newline: str) -> str:
    """A keyword and its string: a line, or one for each newline of the text."""
    prefix = ("#~" if obsolete else "") + ("|" if name[0] == "|" else "")
    prefix = f"{prefix} " if obsolete else f"#{prefix} " if prefix else ""
    name = name.removeprefix("|")
    lines = _NEWLINES.findall(text)
    if len(lines) <= 1:
        return f"{prefix}{name} {_quote(text)}{newline}"
    rest = "".join(f"{prefix}{_quote(line)}{newline}" for line in lines)
    return f'{prefix}{name} ""{newline}{rest}'


def _texts(entry: Entry) -> dict[str, str]:
    """The entry's strings by keyword, in their order."""
    texts = {
        "|msgctxt": entry.previous_context,
        "|msgid": entry.previous,
        "|msgid_plural": entry.previous_plural,
        "msgctxt": entry.context,
        "msgid": entry.msgid,
        "msgid_plural": entry.plural,
    }
    if entry.previous is None:  # the grammar has the others with it only
        texts["|msgctxt"] = texts["|msgid_plural"] = None
    if entry.plural is None:
        texts["msgstr"] = entry.msgstr
    else:
        forms = entry.plurals or (entry.msgstr,)
        texts.update({f"msgstr[{n}]": form for n, form in enumerate(forms)})
    return {name: text for name, text in texts.items() if text is not None}


def _render_block(entry: Entry, newline: str) -> str:
    """The entry without its comments."""
    return "".join(
        _render_string(name, text, entry.obsolete, newline) for name, text in _texts(entry).items()
    )


def _render_note(kind: str, values: Sequence[str], newline: str) -> str:
    """The line or lines of a comment of one kind."""
    if kind == "references":
        lines = [" ".join(map(_enclose, values))]
    elif kind in ("flags", "sticky"):
        lines = [", ".join(values)]
    else:
        lines = [line for value in values for line in value.split("\n")]
    mark = {"comments": "#", "extracted": "#.", "references": "#:", "flags": "#,"}.get(kind, "#=")
    out = []
    for line in lines:
        if "\0" in line:
            raise ValueError(f"a catalogue cannot hold NUL: {line!r}")
        text = f"{mark} {line}".rstrip(_BLANKS)
        # A backslash before a newline would join the next line to the comment.
        out.append(f"{text} {newline}" if text.endswith("\\") else text + newline)
    return "".join(out)


def one_line(text: str) -> str:
    """A text as one line of a comment, nothing of it lost."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def _enclose(reference: str) -> str:
    """A reference; a name with white space in it stands in isolates."""
    if not any(blank in reference for blank in _BLANKS):
        return reference
    name, colon, line = reference.rpartition(":")
    if colon and line.isdecimal():
        return f"\u2068{name}\u2069:{line}"
    return f"\u2068{reference}\u2069"


def _render(entry: Entry, newline: str) -> str:
    notes = {
        "comments": entry.comments,
        "extracted": entry.extracted,
        "references": entry.references,
        "flags": entry.flags,
    }
    lines = [_render_note(kind, values, newline) for kind, values in notes.items() if values]
    return "".join(lines) + _render_block(entry, newline)


# --- editing


def revise(entry: Entry, **changes: Unpack[Changes]) -> Entry:
    """An edited copy, in which only the lines of what changed are written anew.

    `msgstr` sets the first form of a plural entry, `plurals` all of them. The gap before
    the entry stays. Raises ValueError as `serialize` does.
    """
    flags = changes.get("flags", entry.flags)
    if "fuzzy" in changes:
        rest = tuple(flag for flag in flags if flag != "fuzzy")
        flags = flags if changes["fuzzy"] and "fuzzy" in flags else rest
        if changes["fuzzy"] and "fuzzy" not in flags:
            flags = ("fuzzy", *rest)
    plain = {name: value for name, value in changes.items() if name not in ("fuzzy", "flags")}
    changed: Entry = replace(entry, flags=flags, **plain)  # type: ignore[arg-type]
    forms = changed.plurals
    if changed.plural is None:
        forms = ()
    elif "plurals" not in changes and ("msgstr" in changes or not forms):
        forms = (changed.msgstr, *forms[1:])
    changed = replace(changed, plurals=forms, msgstr=forms[0] if forms else changed.msgstr)
    if entry.raw is None or changed == entry:
        return changed
    return _read_again(entry, _rewrite(entry, changed, entry.raw.decode()))


def _read_again(entry: Entry, raw: str) -> Entry:
    """The entry that these lines hold, in the place of the other."""
    again = parse(raw.encode(), "").all_entries[0]
    moved = entry.line - again.line
    return replace(again, gap=entry.gap, line=entry.line, msgstr_line=again.msgstr_line + moved)


class _Part(NamedTuple):
    """Whole lines of an entry: one comment, or one keyword with its strings."""

    kind: str
    text: str
    values: tuple[str, ...] = ()
    trailing: str = ""


_RANK: Mapping[str, int] = {
    name: rank
    for rank, name in enumerate(
        (
            *("comments", "extracted", "references", "flags", "sticky"),
            *("|msgctxt", "|msgid", "|msgid_plural"),
            *("msgctxt", "msgid", "msgid_plural", "msgstr"),
        )
    )
}


def _rank(kind: str) -> int:
    known = _RANK.get(kind)
    return len(_RANK) + int(kind[7:-1]) if known is None else known


def _parts(text: str) -> tuple[list[_Part], bool]:
    """An entry's lines by what they hold, and whether keywords share a line."""
    marks: list[tuple[int, int, str, tuple[str, ...]]] = []  # start, end, kind, values
    shared = False
    for token in _tokens(text):
        if token.lastindex == _STRING:
            start, _, kind, values = marks[-1]
            marks[-1] = (start, token.end(), kind, values)
            continue
        shared = shared or (bool(marks) and token.start(1) == token.end(1))
        if token.lastindex == _COMMENT:
            marks.append((token.end(1), token.end(), *_note(token[_COMMENT])))
        else:
            name = ("|" if "|" in token[2] else "") + token[4]
            name += f"[{int(token[5])}]" if token[5] else ""
            marks.append((token.end(1), token.end(), name, ()))
    parts = []
    bounds = [0, *(mark[0] for mark in marks[1:]), len(text)]
    for number, (_, end, kind, values) in enumerate(marks):
        lines = text.find("\n", end) + 1 or len(text)
        start, stop = bounds[number], bounds[number + 1]
        lines = min(lines, stop)
        parts.append(_Part(kind, text[start:lines], values, text[lines:stop]))
    return parts, shared


def _rewrite(old: Entry, wanted: Entry, text: str) -> str:
    """The lines of an entry, those of what changed written anew."""
    newline = "\r\n" if "\r\n" in text else "\n"
    parts, shared = _parts(text)
    for kind in ("comments", "extracted", "references"):
        parts = _rewrite_notes(parts, kind, getattr(wanted, kind), newline)
    if wanted.flags != old.flags:
        parts = _rewrite_flags(parts, wanted.flags, newline)
    before, after = _texts(old), _texts(wanted)
    if old.obsolete != wanted.obsolete or (shared and before != after):
        parts = [part for part in parts if _rank(part.kind) < _RANK["|msgctxt"]]
        parts.append(_Part("msgid", _render_block(wanted, newline)))
    elif before != after:
        parts = _rewrite_texts(parts, before, after, wanted.obsolete, newline)
    out: list[str] = []
    for part in parts:
        if out and not out[-1].endswith("\n") and not shared:
            out.append(newline)
        out.append(part.text)
        if part.trailing:
            out.append(part.trailing)
    written = "".join(out)
    return written if text.endswith("\n") else written.removesuffix(newline)


def _rewrite_texts(
    parts: Sequence[_Part],
    before: Mapping[str, str],
    after: Mapping[str, str],
    obsolete: bool,
    newline: str,
) -> list[_Part]:
    out = []
    for part in parts:
        name = part.kind
        if name in before and name not in after:
            continue
        if name in before and before[name] != after[name]:
            part = part._replace(text=_render_string(name, after[name], obsolete, newline))
        out.append(part)
    for name, text in after.items():
        if name not in before:
            _insert(out, _Part(name, _render_string(name, text, obsolete, newline)))
    return out


def _insert(parts: list[_Part], part: _Part) -> None:
    """Puts a part after the last of its kind, or before what comes after its kind."""
    at = next(
        (n for n, other in enumerate(parts) if _rank(other.kind) > _rank(part.kind)), len(parts)
    )
    last = max((n for n, other in enumerate(parts) if other.kind == part.kind), default=-1)
    parts.insert(last + 1 if last >= 0 else at, part)


def _rewrite_notes(
    parts: list[_Part], kind: str, wanted: tuple[str, ...], newline: str
) -> list[_Part]:
    """Comments of one kind: those at the start and end that stay keep their lines."""
    mine = [n for n, part in enumerate(parts) if part.kind == kind]
    if tuple(value for n in mine for value in parts[n].values) == wanted:
        return parts
    low, taken = 0, 0
    while low < len(mine):
        values = parts[mine[low]].values
        if wanted[taken : taken + len(values)] != values:
            break
        taken += len(values)
        low += 1
    high, end = len(mine), len(wanted)
    while high > low:
        values = parts[mine[high - 1]].values
        if end - len(values) < taken or wanted[end - len(values) : end] != values:
            break
        end -= len(values)
        high -= 1
    middle = wanted[taken:end]
    fresh = [_Part(kind, _render_note(kind, middle, newline), middle)] if middle else []
    if not mine:
        out = list(parts)
        for part in fresh:
            _insert(out, part)
        return out
    gone = set(mine[low:high])
    at = mine[low] if low < len(mine) else mine[-1] + 1
    before = [part for n, part in enumerate(parts[:at]) if n not in gone]
    return before + fresh + [part for n, part in enumerate(parts) if n >= at and n not in gone]


def _rewrite_flags(parts: Sequence[_Part], wanted: tuple[str, ...], newline: str) -> list[_Part]:
    """Flags leave the lines on which they stand; new ones join the first such line."""
    first = next((n for n, part in enumerate(parts) if part.kind == "flags"), -1)
    elsewhere = {
        flag
        for n, part in enumerate(parts)
        if part.kind in ("flags", "sticky") and n != first
        for flag in part.values
    }
    own = tuple(flag for flag in wanted if flag not in elsewhere)
    out: list[_Part] = []
    for n, part in enumerate(parts):
        if part.kind in ("flags", "sticky"):
            left = own if n == first else tuple(f for f in part.values if f in wanted)
            if not left:
                continue
            if left != part.values:
                part = part._replace(text=_render_note(part.kind, left, newline), values=left)
        out.append(part)
    if first < 0 and own:
        _insert(out, _Part("flags", _render_note("flags", own, newline), own))
    return out


def _splice_string(text: str, start: int, end: int, fresh: str, newline: str) -> str:
    """The entry's lines with msgstr[start:end] replaced, on the lines that hold it."""
    strings = _strings_of(text, 0)
    offset = 0
    spans = []  # (offset in the msgstr, text, first and last offset of the string)
    for at, body in strings:
        value = _unescape(body)
        spans.append((offset, value, at - 1, at + len(body) + 1))
        offset += len(value)
    hit = [span for span in spans if span[0] < end and span[0] + len(span[1]) > start]
    if not hit:  # at the end
        last = spans[-1]
        if not fresh.startswith("\n"):
            return f"{text[: last[3]]}{newline}{_quote(fresh)}{text[last[3] :]}"
        whole = _quote(last[1] + "\n") + newline + _quote(fresh[1:])
        return text[: last[2]] + whole + text[last[3] :]
    (low, first, left, _), (high, last_text, _, right) = hit[0], hit[-1]
    whole = first[: start - low] + fresh + last_text[end - high :]
    return text[:left] + _quote(whole) + text[right:]


# --- the build's reading

_PLAIN = r'"[^"\\\n]*+(?:\\[abfnrtv"\\][^"\\\n]*+)*+"'
_EOL = r"(?:\r?\n|\Z)"
_PLURAL_FORMS = 6


def _shape(mark: str) -> str:
    """The ordinary shape of an entry, with `mark` before its lines."""
    bar = r"\#~\|[ ]" if mark else r"\#\|[ ]"
    old = rf"{_PLAIN}{_EOL}(?:{bar}{_PLAIN}{_EOL})*+"
    strings = rf"{_PLAIN}{_EOL}(?:{mark}{_PLAIN}{_EOL})*+"
    forms = ""
    for number in range(_PLURAL_FORMS - 1, 0, -1):
        forms = rf"(?:{mark}msgstr\[{number}\][ ]{strings}{forms})?+"
    return rf"""
        (?: (?:{bar}msgctxt[ ]{old})?+ {bar}msgid[ ]({old}) (?:{bar}msgid_plural[ ]{old})?+ )?+
        (?:{mark}msgctxt[ ]({strings}))?+
        {mark}msgid[ ]({strings})
        (?: {mark}msgstr[ ]({strings})
          | {mark}msgid_plural[ ]{strings} ({mark}msgstr\[0\][ ]{strings} {forms}) )
    """


# Groups: 1 comments; of a live entry 2 the previous msgid, 3 context, 4 msgid, 5 msgstr or
# 6 the plural forms; of an obsolete one, in the same order, 7 to 11.
_LIVE, _OBSOLETE = _shape(""), _shape(r"\#~[ ]")
_ORDINARY = re.compile(
    rf"""
    ((?:\#(?:[^~|\n][^\n]*+)?+(?<!\\)\n|\r?\n)*+)
    (?:{_LIVE}|{_OBSOLETE})
    (?=[ \t\r\n]*+(?:[\#m]|\Z))
    """,
    re.VERBOSE,
)
_FORM = {
    mark: re.compile(rf"^{mark}msgstr\[[0-9]\] ", re.MULTILINE) for mark in ("", "#~ ")
}
_UNREAD = Reading("", "untranslated", 0)
_TRAILING = re.compile(r"(?:\r?\n|#(?:[^~|\n][^\n]*+)?+(?<!\\)(?:\n|\Z))*+\Z")


def lookup(data: bytes, path: str, *, obsolete: bool = False) -> Lookup:
    """What the build needs of a catalogue, in one scan; refuses what `parse` refuses.

    4 to 5 µs an entry. Any entry of another than the ordinary shape (wild spacing,
    octal escapes, an error) sends the whole file through `parse`.
    """
    _bound(data, path)
    found = _ordinary(data, path, obsolete)
    if found is not None:
        return found
    catalogue = parse(data, path)
    tables: tuple[dict[Key, Reading], dict[Key, Reading]] = ({}, {})
    for entry in catalogue.entries:
        tables[entry.obsolete][entry.key] = Reading(
            entry.msgstr,
            entry.state,
            entry.msgstr_line,
            entry.previous if entry.fuzzy and entry.msgstr else None,
            entry.plurals,
        )
    return Lookup(
        path=path,
        messages=tables[0],
        headers=dict(headers(catalogue)),
        obsolete=tables[1] if obsolete else {},
    )


def _ordinary(data: bytes, path: str, wanted: bool = False) -> Lookup | None:
    """The look-up of a valid catalogue of ordinary shape; None for any other.

    `wanted`: the obsolete entries are.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if "\0" in text or "\x04" in text:
        return None
    messages: dict[Key, Reading] = {}
    gone: dict[Key, Reading] = {}
    position, line, counted, number = 0, 1, 0, 0
    for match in iter(_ORDINARY.scanner(text).match, None):  # type: ignore[attr-defined]
        position = match.end()
        number += 1
        notes, old, context, msgid, msgstr, forms, *other = match.groups()
        into, mark, bar, shift = messages, "", "#| ", 0
        if msgid is None:
            old, context, msgid, msgstr, forms = other
            into, mark, bar, shift = gone, "#~ ", "#~| ", len(other)
        key = (None if context is None else _plain(context, mark), _plain(msgid, mark))
        if mark and not wanted:
            gone[key] = _UNREAD
            continue
        at = match.start((5 if forms is None else 6) + shift)
        line += text.count("\n", counted, at)
        counted = at
        plurals: tuple[str, ...] = ()
        if forms is not None:
            plurals = tuple(_plain(form, mark) for form in _FORM[mark].split(forms)[1:])
        value = plurals[0] if plurals else _plain(msgstr, mark)
        fuzzy = "fuzzy" in notes and "fuzzy" in _flags(notes)
        previous = _plain(old, bar) if old is not None and fuzzy and value else None
        into[key] = Reading(value, _state(value, fuzzy), line, previous, plurals)
    if _TRAILING.match(text, position) is None or len(messages) + len(gone) != number:
        return None
    if not messages.keys().isdisjoint(gone):
        return None
    header = messages.pop((None, ""), None)
    if header and _foreign_charset(header.msgstr, text):
        return None
    fields = _fields_of_header(header.msgstr) if header else ()
    return Lookup(
        path=path, messages=messages, headers=dict(fields), obsolete=gone if wanted else {}
    )


def _flags(notes: str) -> tuple[str, ...]:
    """The flags among an entry's comments that may be fuzzy."""
    return _notes([line for line in notes.split("\n") if "fuzzy" in line])[3]


def _plain(strings: str, mark: str = "") -> str:
    """The text of adjacent strings of ordinary shape, each on its line after `mark`."""
    text = strings.rstrip("\r\n")[1:-1]
    if "\n" in text:
        text = text.replace(f'"\r\n{mark}"', "").replace(f'"\n{mark}"', "")
    if "\\" not in text:
        return text
    if "\\\\" in text:
        return _unescape(text)
    text = text.replace("\\n", "\n").replace('\\"', '"')
    return _unescape(text) if "\\" in text else text
