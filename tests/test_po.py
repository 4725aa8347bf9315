"""Laws 3 and 7 for catalogues: nothing that was read changes, and counts are msgfmt's.

The properties come first, then the table of what is refused, where and why.
"""

from __future__ import annotations

import difflib
import gettext
import io
import re
import subprocess
from dataclasses import replace
from itertools import pairwise
from typing import Any

import polib
import pytest
from catalogue_cases import COURSE, agree, msgfmt
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline import po
from pipeline.po import Catalogue, Entry, parse, revise, serialize
from pipeline.problems import CatalogueError


def refused(data: bytes) -> str:
    """What `parse` says of a catalogue, `lookup` agreeing; empty if it is accepted."""
    try:
        parse(data, "x.po")
    except CatalogueError as error:
        with pytest.raises(CatalogueError) as quick:
            po.lookup(data, "x.po")
        assert quick.value.problems == error.problems
        return "\n".join(
            f"{found.location.line}:{found.location.column} {found.message}"
            for found in error.problems
        )
    return ""


# --- catalogues at random

ODD = '"\\\n\r\t\a\b\v\f\x01\x7f\x85\u2028\u2029\ufeff\u200c\u200f\u2068\u2069#~|[]<>'
TEXT = st.text(
    st.one_of(
        st.sampled_from(ODD),
        st.sampled_from("سلام می‌خواهم ۱۲۳ abc nx01"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0\x04"),
    ),
    max_size=12,
)
LINE = TEXT.map(lambda text: re.sub(r"[\n\r\t\v\f]|[\s\\]+\Z", "", text).rstrip(" \\"))
NAME = st.sampled_from(("posts/nowruz.md", "a b.md", "نوروز ۱.md:12", "x:3", "a\u00a0b"))
FLAGS = st.lists(
    st.sampled_from(("fuzzy", "c-format", "no-wrap", "range: 0..9")), unique=True, max_size=3
)
OPTIONAL = st.none() | TEXT


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    plural = draw(OPTIONAL)
    plurals = () if plural is None else tuple(draw(st.lists(TEXT, min_size=1, max_size=3)))
    previous = draw(OPTIONAL)
    return Entry(
        context=draw(OPTIONAL),
        msgid=draw(TEXT),
        plural=plural,
        msgstr=plurals[0] if plurals else draw(TEXT),
        plurals=plurals,
        comments=tuple(draw(st.lists(LINE, max_size=2))),
        extracted=tuple(draw(st.lists(LINE, max_size=2))),
        references=tuple(draw(st.lists(NAME, max_size=3))),
        flags=tuple(draw(FLAGS)),
        previous=previous,
        previous_context=None if previous is None else draw(OPTIONAL),
        previous_plural=None if previous is None else draw(OPTIONAL),
        obsolete=draw(st.booleans()),
    )


HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"


@st.composite
def values(draw: st.DrawFn, max_size: int = 4) -> Catalogue:
    """A catalogue as values, no two entries with one key."""
    made = draw(
        st.lists(entries(), max_size=max_size, unique_by=lambda entry: entry.key).map(
            lambda found: tuple(entry for entry in found if entry.key != (None, ""))
        )
    )
    return Catalogue(
        path="x.po",
        header=Entry(msgid="", msgstr=HEADER),
        entries=made,
        newline=draw(st.sampled_from(("\n", "\r\n"))),
        bom=draw(st.booleans()),
    )


SIMPLE = {"\n": "n", "\t": "t", "\r": "r", "\a": "a", "\b": "b", "\v": "v", "\f": "f"}


class Wild:
    """Writes an entry as nobody would: any wrapping, spacing, escape and order."""

    def __init__(self, draw: st.DrawFn, newline: str) -> None:
        self.draw, self.newline = draw, newline

    def pick(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def escape(self, character: str) -> str:
        if character in '"\\':
            return "\\" + character
        if character in SIMPLE:
            literal = "\\" + SIMPLE[character]
            return literal if character == "\n" else self.pick(literal, literal, character)
        if self.pick(True, *[False] * 9):
            data = character.encode()
            return "".join(self.pick(f"\\{byte:03o}", f"\\{byte + 256:03o}") for byte in data)
        return character

    def strings(self, text: str, mark: str) -> str:
        """One string, or several on a line or on many."""
        cuts = sorted(self.draw(st.lists(st.integers(0, len(text)), max_size=2)))
        bounds = [0, *cuts, len(text)]
        out = []
        for start, end in pairwise(bounds):
            body = "".join(map(self.escape, text[start:end]))
            if self.newline == "\n" and not body.endswith("\\") and self.pick(*[False] * 9, True):
                body += "\\\n"
            out.append(f'"{body}"')
        glue = ("", " ", "\t", self.newline + mark, f" {self.newline}{mark} ")
        return "".join(self.pick(*glue) + one for one in out)

    def entry(self, entry: Entry) -> str:
        live = self.pick("#~ ", "#~", "#~\t") if entry.obsolete else self.pick("", "", " ", "\f")
        old = self.pick("#~| ", "#~|") if entry.obsolete else self.pick("#| ", "#|")
        space = self.pick("", "# ", "#\t") if not entry.obsolete else ""
        notes = [f"# {line}".rstrip(" ") for line in entry.comments]
        others = [f"#. {line}".rstrip(" ") for line in entry.extracted]
        others += [f"#: {refer(name)}" for name in entry.references]
        if entry.flags:
            glue = self.pick(", ", ",", " , ")
            others.insert(self.draw(st.integers(0, len(others))), "#, " + glue.join(entry.flags))
        notes += others
        if space and self.draw(st.booleans()):
            notes.insert(0, "")
        keyed = [
            (old, "msgctxt", entry.previous_context),
            (old, "msgid", entry.previous),
            (old, "msgid_plural", entry.previous_plural),
            (live, "msgctxt", entry.context),
            (live, "msgid", entry.msgid),
            (live, "msgid_plural", entry.plural),
        ]
        if entry.plural is None:
            keyed.append((live, "msgstr", entry.msgstr))
        else:
            keyed += [(live, f"msgstr[{n}]", form) for n, form in enumerate(entry.plurals)]
        lines = [
            mark + name + self.strings(text, mark) for mark, name, text in keyed if text is not None
        ]
        return self.newline.join([*notes, *lines])


def refer(name: str) -> str:
    if " " not in name:
        return name
    path, colon, line = name.partition(":")
    return f"\u2068{path}\u2069{colon}{line}"


@st.composite
def files(draw: st.DrawFn) -> tuple[Catalogue, bytes]:
    """A catalogue and a wild file of it."""
    catalogue = draw(values())
    newline = catalogue.newline
    wild = Wild(draw, newline)
    out = [draw(st.sampled_from(("", newline)))]
    assert catalogue.header
    for entry in (catalogue.header, *catalogue.entries):
        out.append(wild.entry(entry))
        out.append(newline * draw(st.integers(1, 3)))
    out.append(draw(st.sampled_from(("", f"# end{newline}", f"{newline}# سلام", "#~" + newline))))
    text = "".join(out)
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    data = text.encode()
    return catalogue, b"\xef\xbb\xbf" + data if catalogue.bom else data


# --- law 3: nothing that was read changes


@given(files())
def test_reading_says_what_stands_there_and_writing_changes_no_byte(
    case: tuple[Catalogue, bytes],
) -> None:
    expected, data = case
    catalogue = parse(data, "x.po")
    assert catalogue == expected
    assert serialize(catalogue) == data
    assert catalogue.bom == expected.bom
    agree(catalogue, data)


@given(values())
def test_what_is_written_reads_as_the_same_values(catalogue: Catalogue) -> None:
    data = serialize(catalogue)
    again = parse(data, "x.po")
    assert again == catalogue
    assert (again.newline, again.bom) == (catalogue.newline, catalogue.bom)
    assert serialize(again) == data
    agree(again, data)


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "context": OPTIONAL,
        "msgid": TEXT,
        "msgstr": TEXT,
        "plurals": st.lists(TEXT, min_size=1, max_size=3).map(tuple),
        "plural": OPTIONAL,
        "comments": st.lists(TEXT, max_size=3).map(tuple),
        "extracted": st.lists(LINE, max_size=3).map(tuple),
        "references": st.lists(NAME, max_size=3).map(tuple),
        "flags": FLAGS.map(tuple),
        "fuzzy": st.booleans(),
        "previous": OPTIONAL,
        "previous_context": OPTIONAL,
        "previous_plural": OPTIONAL,
        "obsolete": st.booleans(),
    },
)


def spoken(comments: tuple[str, ...]) -> tuple[str, ...]:
    """Comments as they come back: a line each, no white space at the ends of lines."""
    return tuple(line.rstrip(" \t\r\v\f") for text in comments for line in text.split("\n"))


@settings(max_examples=300, deadline=None)
@given(files(), st.data())
def test_changing_an_entry_changes_its_lines_and_no_others(
    case: tuple[Catalogue, bytes], data: st.DataObject
) -> None:
    _, before = case
    catalogue = parse(before, "x.po")
    assume(catalogue.entries)
    number = data.draw(st.integers(0, len(catalogue.entries) - 1))
    entry = catalogue.entries[number]
    changes: dict[str, Any] = data.draw(CHANGES)
    changed = revise(entry, **changes)
    keys = [other.key for other in catalogue.entries if other is not entry]
    assume(changed.key not in [*keys, (None, "")])
    assert entry.raw is not None

    after = serialize(
        replace(
            catalogue,
            entries=(*catalogue.entries[:number], changed, *catalogue.entries[number + 1 :]),
        )
    )
    start = entry.line - 1
    size = entry.raw.count(b"\n") + (not entry.raw.endswith(b"\n"))
    lines, now = before.split(b"\n"), after.split(b"\n")
    assert now[:start] == lines[:start]
    rest = lines[start + size :]
    assert now[len(now) - len(rest) :] == rest

    # … and it says what was asked for.
    again = parse(after, "x.po").entries[number]
    assert again == changed
    asked = {name: value for name, value in changes.items() if name != "fuzzy"}
    if again.plural is None:
        asked.pop("plurals", None)
    elif "plurals" in asked:
        asked["msgstr"] = asked["plurals"][0]
    if again.previous is None:
        asked.pop("previous_context", None)
        asked.pop("previous_plural", None)
    if "comments" in asked:
        asked["comments"] = spoken(asked["comments"])
    if "flags" in asked:
        asked["flags"] = tuple(flag for flag in asked["flags"] if flag != "fuzzy")
    said = {name: getattr(again, name) for name in asked}
    if "flags" in asked:
        said["flags"] = tuple(flag for flag in again.flags if flag != "fuzzy")
    assert said == asked
    if "fuzzy" in changes:
        assert again.fuzzy == changes["fuzzy"]
    kept = {"comments", "extracted", "references", "context", "msgid"} - set(changes)
    assert {name: getattr(again, name) for name in kept} == {
        name: getattr(entry, name) for name in kept
    }


@given(files(), st.data())
def test_a_new_msgstr_leaves_the_lines_before_it(
    case: tuple[Catalogue, bytes], data: st.DataObject
) -> None:
    catalogue = parse(case[1], "x.po")
    assume(catalogue.entries)
    entry = data.draw(st.sampled_from(catalogue.entries))
    changed = revise(entry, msgstr=data.draw(TEXT))
    assert entry.raw is not None and changed.raw is not None
    at = list(re.finditer(rb"msgstr", entry.raw.replace(b'\\"', b"--")))
    assume(len(at) == 1)  # the word stands in no text
    before = entry.raw[: at[0].start()].rpartition(b"\n")[0]
    assert changed.raw.startswith(before)


@given(files(), st.data())
def test_entries_can_be_added_removed_and_moved(
    case: tuple[Catalogue, bytes], data: st.DataObject
) -> None:
    catalogue = parse(case[1], "x.po")
    keys = {entry.key for entry in catalogue.entries}
    added = [entry for entry in data.draw(values(2)).entries if entry.key not in keys]
    wanted = tuple(data.draw(st.permutations((*catalogue.entries, *added))))
    wanted = wanted[: data.draw(st.integers(0, len(wanted)))]
    written = serialize(replace(catalogue, entries=wanted))
    assert parse(written, "x.po").entries == wanted
    for entry in wanted:
        assert entry.raw is None or entry.raw.rstrip(b"\r\n") in written
    blank = catalogue.newline * 2
    for entry in added:
        if entry in wanted:
            lines = po._render(entry, catalogue.newline)
            assert blank + lines in written.decode().replace("\ufeff", "", 1)


# --- law 7: the counts of msgfmt, and its verdicts


@settings(max_examples=60, deadline=None)
@given(files())
def test_counts_are_those_of_msgfmt(case: tuple[Catalogue, bytes]) -> None:
    assert msgfmt(case[1]) == (True, po.statistics(parse(case[1], "x.po")))


@settings(max_examples=60, deadline=None)
@given(files())
def test_texts_are_those_of_msgfmt(case: tuple[Catalogue, bytes]) -> None:
    """Compiled by msgfmt, read by Python's own gettext."""
    data = case[1].removeprefix(b"\xef\xbb\xbf")
    msgfmt(data)  # skips where there is none
    result = subprocess.run(
        ["msgfmt", "-o", "-", "-"], input=data, capture_output=True, check=False
    )
    assume(not result.returncode)
    compiled = gettext.GNUTranslations(io.BytesIO(result.stdout))
    texts: dict[Any, str] = vars(compiled)["_catalog"]
    for entry in parse(data, "x.po").entries:
        key = entry.msgid if entry.context is None else f"{entry.context}\x04{entry.msgid}"
        if not entry.obsolete and entry.state == "translated":
            if entry.plural is None:
                assert texts[key] == entry.msgstr
            else:
                assert tuple(texts[key, n] for n in range(len(entry.plurals))) == entry.plurals


@settings(max_examples=60, deadline=None)
@given(values())
def test_msgfmt_accepts_what_we_write(catalogue: Catalogue) -> None:
    assert msgfmt(serialize(catalogue)) == (True, po.statistics(catalogue))


@settings(max_examples=120, deadline=None)
@given(files(), st.data())
def test_damage_is_refused_where_msgfmt_refuses_it(
    case: tuple[Catalogue, bytes], data: st.DataObject
) -> None:
    """One line deleted, doubled or with a piece of syntax in it."""
    lines = case[1].removeprefix(b"\xef\xbb\xbf").split(b"\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    junk = data.draw(
        st.sampled_from(
            [None, b'"', b"\\q", b"#", b"#~ ", b"#| ", b"msgid", b'msgstr ""', b"x", b"[0]"]
        )
    )
    if junk is None:
        lines[at : at + 1] = [lines[at]] * data.draw(st.sampled_from((0, 2)))
    else:
        cut = data.draw(st.integers(0, len(lines[at])))
        lines[at] = lines[at][:cut] + junk + lines[at][cut:]
    damaged = b"\n".join(lines)
    verdict = refused(damaged)
    ours_alone = (
        "begins on the line on which|comment on a #. line|not UTF-8|NUL|unexpected \\\\|unknown keyword"
        "|charset="
    )
    accepted, counts = msgfmt(damaged)
    if not verdict:
        assert (accepted, counts) == (True, po.statistics(parse(damaged, "x.po")))
    elif accepted:
        assert re.search(ours_alone, verdict), verdict


PLAIN = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

#: posts/nowruz.md
msgid "Hello"
msgstr "سلام"

#, fuzzy
#| msgctxt "title"
#| msgid "New"
msgctxt "title"
msgid "New day"
msgstr "می‌خواهم \\"روز\\" نو"

msgid "%d day"
msgid_plural "%d days"
msgstr[0] "%d روز"
msgstr[1] "%d روز\\\\"

#~ msgid "Old"
#~ msgstr "کهنه"
""".encode()


def test_a_catalogue_cut_anywhere_never_yields_a_shortened_string() -> None:
    whole = parse(PLAIN, "x.po")
    for cut in range(len(PLAIN)):
        verdict = refused(PLAIN[:cut])
        if cut % 5 == 0:
            try:
                PLAIN[:cut].decode()
            except UnicodeDecodeError:
                assert verdict
            else:
                assert (not verdict) == msgfmt(PLAIN[:cut])[0], PLAIN[:cut].decode()
        if not verdict:
            found = parse(PLAIN[:cut], "x.po")
            for entry, full in zip(found.entries, whole.entries, strict=False):
                if entry.plurals:
                    full = replace(full, plurals=full.plurals[: len(entry.plurals)])
                assert entry == full


def test_a_string_on_several_lines_is_cut_between_its_lines_only() -> None:
    """The format itself allows that much; msgfmt does too."""
    lines = ["یک\n", "دو می‌شود\n", 'سه "و"\n', "چهار"]
    made = po.new("x.po", [("Content-Type", "text/plain; charset=UTF-8")])
    made = replace(made, entries=(Entry(msgid="a", msgstr="".join(lines)),))
    data = serialize(made)
    for cut in range(data.index(b"msgstr", 10), len(data)):
        if not refused(data[:cut]):
            (*_, entry) = parse(data[:cut], "x.po").entries or (made.header,)
            assert entry is not None
            assert entry == made.header or entry.msgstr in [
                "".join(lines[:count]) for count in range(5)
            ]


# --- what is refused: title; the file; each problem as line:column message. `⟨FF⟩` is
# a byte. Where msgfmt accepts the file, the title says so.

REFUSALS = r"""
a string without its end
.
msgid "Hello"
msgstr "سلام
.
2:8 the string is not closed
.

the end of the file within a string
.
msgid "Hello"
msgstr "سل
.
2:8 the string is not closed
.

a quotation mark inside a string
.
msgid "Hello"
msgstr "او گفت "سلام" و رفت"
.
2:17 unexpected س
.

a word after a string
.
msgid "Hello"
msgstr "say "hello" now"
.
2:14 hello after the end of a string
.

an unknown keyword, and no second problem from it
.
msgid "Hello"
msgstring "سلام"

msgid "b"
msgstr "b"
.
2:1 unknown keyword msgstring
.

keywords are in lower case
.
MSGID "a"
MSGSTR "b"
.
1:1 unknown keyword MSGID
.

bad escapes, all of them
.
msgid "a"
msgstr "می\خواهم"

msgid "b"
msgstr "\xg"

msgid "c"
msgstr "\u0041"
.
2:11 bad escape \خ
5:9 bad escape \x
8:9 bad escape \u
.

msgid without msgstr
.
msgid "a"

msgid "b"
msgstr "c"
.
1:1 msgid without msgstr
.

msgid without msgstr before a comment
.
msgid "a"

# about b
msgid "b"
msgstr "c"
.
1:1 msgid without msgstr
.

msgid without msgstr at the end
.
msgid "a"
.
1:1 msgid without msgstr
.

msgstr without msgid
.
msgid "a"
msgstr "b"

msgstr "c"
.
4:1 msgstr without a msgid before it
.

a second msgstr
.
msgid "a"
msgstr "b"
msgstr "c"
.
3:1 a second msgstr
.

msgid twice
.
msgid "a"
msgid "b"
msgstr "c"
.
1:1 msgid without msgstr
.

msgctxt after msgid
.
msgid "a"
msgctxt "c"
msgstr "b"
.
1:1 msgid without msgstr
3:1 msgstr after msgctxt
.

msgctxt without msgid
.
msgctxt "c"
msgstr "b"
.
2:1 msgstr after msgctxt
.

keywords without strings
.
msgid
msgstr "b"

msgid "c"
msgstr
.
2:1 msgid has no string
6:1 msgstr has no string
.

a string of nobody
.
"سلام"
msgid "a"
msgstr "b"
.
1:1 a string that belongs to no keyword
.

junk between entries
.
msgid "a"
msgstr "b"
;
.
3:1 unexpected ;
.

a separator that only Python takes for white space
.
msgid "a"
⟨E2⟩⟨80⟩⟨A8⟩msgstr "b"
.
2:1 unexpected U+2028
.

a comment inside an entry
.
msgid "a"
# سلام
msgstr "b"
.
2:1 a comment inside an entry
.

a comment inside a string
.
msgid "a"
msgstr "b"
# سلام
"c"
.
4:1 a string that belongs to no keyword
.

a flag after the previous msgid
.
#| msgid "o"
#, fuzzy
msgid "a"
msgstr "b"
.
2:1 a comment inside an entry
.

a comment that swallows the next line
.
# a break \
msgid "a"
msgstr "b"
.
1:11 a backslash ends this comment and joins the next line
.

a comment on a line of the previous msgid
.
#| # c
msgid "a"
msgstr "b"
.
1:4 a comment on a #| line
.

a plural index out of all proportion
.
msgid "a"
msgid_plural "as"
msgstr[0] "b"
msgstr[99999999999999999999] "c"
.
4:1 a plain msgstr in an entry with msgid_plural
.

a previous msgid without an entry
.
#| msgid "o"
.
1:4 #| msgid without msgid
.

a previous msgstr
.
#| msgid "o"
#| msgstr "p"
msgid "a"
msgstr "b"
.
2:4 #| msgstr
.

a previous text that goes on without its mark
.
#| msgid "o"
"p"
msgid "a"
msgstr "b"
.
2:1 inconsistent use of #|
.

plural forms out of order
.
msgid "a"
msgid_plural "as"
msgstr[1] "b"
msgstr[0] "c"
.
3:1 msgstr[1] where msgstr[0] is due
.

plural forms with a gap
.
msgid "a"
msgid_plural "as"
msgstr[0] "b"
msgstr[2] "c"
.
4:1 msgstr[2] where msgstr[1] is due
.

msgid_plural with a plain msgstr
.
msgid "a"
msgid_plural "as"
msgstr "b"
.
3:1 a plain msgstr in an entry with msgid_plural
.

msgid_plural without msgstr
.
msgid "a"
msgid_plural "as"
.
2:1 msgid_plural without msgstr[0]
.

plural forms without msgid_plural
.
msgid "a"
msgstr[0] "b"
.
2:1 plural forms without msgid_plural
.

an entry half obsolete
.
#~ msgid "a"
msgstr "b"

#~ msgid "c"
#~ msgstr "d"
"e"
.
2:1 inconsistent use of #~
6:1 inconsistent use of #~
.

the same msgid twice
.
msgid "a"
msgstr "b"

msgid "a"
msgstr "b"
.
4:1 the same msgid is defined on line 1
.

an obsolete entry whose msgid is live
.
msgid "a"
msgstr "b"

#~ msgid "a"
#~ msgstr "c"
.
4:4 the same msgid is defined on line 1
.

a live entry whose msgid is obsolete, and one obsolete twice
.
#~ msgid "a"
#~ msgstr "b"

msgid "a"
msgstr "c"

#~ msgid "a"
#~ msgstr "d"
.
4:1 the same msgid is an obsolete entry on line 1
7:4 the same msgid is an obsolete entry on line 1
.

two headers
.
msgid ""
msgstr "Language: fa\n"

msgid ""
msgstr "Language: fa\n"
.
4:1 a second header; the first is on line 1
.

merge conflicts, and nothing of what follows from them
.
msgid "a"
<<<<<<< HEAD
msgstr "b"
=======
msgstr "c"
>>>>>>> mina

<<<<<<< HEAD
msgid "a"
msgstr "c"
=======
>>>>>>> mina
.
2:1 an unresolved merge conflict
8:1 an unresolved merge conflict
.

bytes that are not UTF-8
.
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\n"

msgid "a"
msgstr "سلا⟨D9⟩"

msgid "b"
msgstr "⟨ED⟩⟨A0⟩⟨80⟩"
.
5:12 not UTF-8: D9
8:9 not UTF-8: ED A0 80
.

NUL
.
msgid "a"
⟨00⟩msgstr "b"
.
2:1 a NUL character
.

the separator of contexts
.
msgid "a"
msgstr "b\004"
.
2:8 the character EOT (U+0004) in a string
.

bytes that are not UTF-8, in a comment (msgfmt accepts)
.
# ⟨FF⟩
msgid "a"
msgstr "b"
.
1:3 not UTF-8: FF
.

NUL in a comment and in an escape (msgfmt accepts)
.
msgid "a"
msgstr "b\0"
.
2:10 a NUL character
.

escapes that are not UTF-8 (msgfmt accepts)
.
msgid "a"
msgstr "ب\330"
.
2:10 not UTF-8: D8
.

another charset (msgfmt accepts)
.
msgid ""
msgstr ""
"Language: fa\n"
"Content-Type: text/plain; charset=ISO-8859-1\n"

msgid "a"
msgstr "⟨E9⟩"
.
4:28 the header says charset=ISO-8859-1; only UTF-8 is read
.

another charset, of which nothing is seen (msgfmt accepts)
.
msgid ""
msgstr ""
"Language: fa\n"
"Content-Type: text/plain; charset=Windows-1256\n"
.
4:28 the header says charset=Windows-1256; only UTF-8 is read
.

two entries on a line (msgfmt accepts)
.
msgid "a" msgstr "b" msgid "c" msgstr "d"
.
1:22 this begins on the line on which an entry ends
.

a comment after an entry, on its line (msgfmt accepts)
.
msgid "a"
msgstr "b" # c
msgid "c"
msgstr "d"
.
2:12 this begins on the line on which an entry ends
.

what comes behind something else is read as ever
.
سلام
msgid "a"
msgstr "b"

msgid "a"
msgstr "c"
.
1:1 unexpected س
5:1 the same msgid is defined on line 2
.

a plural form without a string
.
msgid "a"
msgid_plural "as"
msgstr[0]
msgid "b"
msgstr "c"
.
4:1 msgstr[…] has no string
.

a domain (msgfmt accepts)
.
domain "x"
msgid "a"
msgstr "b"
.
1:1 a domain directive
.
"""


def cases() -> list[tuple[str, bytes, str]]:
    found = re.findall(r"^([^\n]+)\n\.\n(.*?)\n\.\n(.*?)\n\.$", REFUSALS, re.DOTALL | re.MULTILINE)
    return [
        (
            title,
            re.sub(
                b"\xe2\x9f\xa8(..)\xe2\x9f\xa9",
                lambda match: bytes.fromhex(match[1].decode()),
                (text if title.startswith("the end of the file") else text + "\n").encode(),
            ),
            expected,
        )
        for title, text, expected in found
    ]


@pytest.mark.parametrize(("title", "data", "expected"), cases(), ids=[case[0] for case in cases()])
def test_what_is_refused(title: str, data: bytes, expected: str) -> None:
    assert refused(data) == expected
    assert refused(data.replace(b"\n", b"\r\n")) == expected or "swallows" in title
    assert msgfmt(data)[0] == title.endswith("(msgfmt accepts)")


def test_a_place_behind_a_first_line_that_is_blank() -> None:
    assert refused(b'\nmsgid "\0"\n') == "2:8 a NUL character"
    assert refused(b'\n\nmsgid "a"\nmsgstr "\0"\n') == "4:9 a NUL character"


def test_every_problem_has_a_remedy() -> None:
    for _, data, _ in cases():
        with pytest.raises(CatalogueError) as caught:
            parse(data, "locales/fa/LC_MESSAGES/posts/nowruz.po")
        for found in caught.value.problems:
            assert found.hint
            assert found.rule in ("catalogue-syntax", "catalogue-duplicate")
            assert found.location.path == "locales/fa/LC_MESSAGES/posts/nowruz.po"


# --- what is accepted


ACCEPTED = [
    b"",
    b"\n\n",
    b"# a comment alone\n",
    b'msgid"x"\nmsgstr"y"',
    b'msgid "a"\nmsgstr "b"\n\nmsgid ""\nmsgstr "Language: fa\\n"\n',
    b'msgid ""\nmsgstr ""\n\nmsgid "a"\nmsgstr "b"\n',
    b'#~ msgid ""\n#~ msgstr ""\n',
    b'msgctxt ""\nmsgid ""\nmsgstr "b"\n',
    b'msgid "a"\nmsgid_plural ""\nmsgstr [ 00 ] "b"\nmsgstr[\n1] ""\n',
    b'msgid "a"\nmsgid_plural "as"\nmsgstr[0] ""\nmsgstr[1] "b"\n',
    b'#, fuzzy\nmsgid "a"\nmsgstr ""\n',
    b'#,fuzzy\nmsgid "a"\nmsgstr "b"\n',
    b'#, c-format fuzzy\r\nmsgid "a"\r\nmsgstr "b"\r\n',
    b'#! fuzzy\nmsgid "a"\nmsgstr "b"\n',
    b'#= fuzzy, c-format\nmsgid "a"\nmsgstr "b"\n',
    b'#, range: 0..9, fuzzy\nmsgid "a"\nmsgstr "b"\n',
    b'#, range: fuzzy\nmsgid "a"\nmsgstr "b"\n',
    b'#, Fuzzy\nmsgid "a"\nmsgstr "b"\n',
    b'# , fuzzy\nmsgid "a"\nmsgstr "b"\n',
    b'#, fuzzy\n#~ msgid "z"\n#~ msgstr "y"\n\nmsgid "a"\nmsgstr "b"\n',
    b'#~ #, fuzzy\nmsgid "a"\nmsgstr "b"\n',
    b'# c \\\n#, fuzzy\nmsgid "a"\nmsgstr "b"\n',
    b'#~\n#|\nmsgid "a"\nmsgstr "b"\n#~\n',
    b'#~ #| msgid "o"\n#~ msgid "a"\n#~ msgstr "b"\n',
    b'msgid "a" "b"\n\n"c"\nmsgstr\n\n"b" \\\n"c"\n'.replace(b" \\\n", b" "),
    b'msgid "a"\nmsgstr "b \\\nc\\\\\nn"\n',
    b'msgid "a"\nmsgstr "b\\\\\\\nc"\n',
    b'msgid "a"\rmsgstr "b\rc"\r',
    b'msgid\x0c"a"\x0b\nmsgstr\t"\\x0041\\x4a\\101\\1018\\501"\n',
    'msgid "a"\nmsgstr "\\330\\263\\xd9\\x84 س"\n'.encode(),
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf8\\n"\n\nmsgid "a"\nmsgstr "س"\n'.encode(),
    b'msgid ""\nmsgstr "Content-Type: text/plain; charset=US-ASCII\\n"\n',
    '#: \u2068a b.md\u2069:1 c.md \u2068d\nmsgid "a"\nmsgstr "b"\n'.encode(),
]


@pytest.mark.parametrize("data", ACCEPTED)
def test_what_is_accepted_as_msgfmt_accepts_it(data: bytes) -> None:
    assert refused(data) == ""
    catalogue = parse(data, "x.po")
    assert serialize(catalogue) == data
    agree(catalogue, data)
    assert msgfmt(data) == (True, po.statistics(catalogue))


def test_an_ascii_catalogue_becomes_utf8_with_the_first_text_that_needs_it() -> None:
    data = (
        b'msgid ""\nmsgstr ""\n"Language: fa\\n"\n"Content-Type: text/plain; charset=us-ascii\\n"\n\n'
        b'msgid "a"\nmsgstr ""\n'
    )
    catalogue = parse(data, "x.po")
    for text, charset in (("b", b"us-ascii"), ("می‌خواهم", b"UTF-8")):
        changed = replace(catalogue, entries=(revise(catalogue.entries[0], msgstr=text),))
        written = serialize(changed)
        expected = data.replace(b"us-ascii", charset)
        assert written == expected[:-3] + f'"{text}"\n'.encode()
        assert msgfmt(written) == (True, {"translated": 1, "fuzzy": 0, "untranslated": 0})
        assert parse(written, "x.po").entries[0].msgstr == text


@pytest.mark.parametrize("before", ["X: charset=ascii", "Content-Type: charset=ascii charset=x", "Content-Type: a\\nX: charset=US-ASCII"])
def test_so_it_does_wherever_the_header_says_ascii(before: str) -> None:
    data = f'msgid ""\nmsgstr "{before}\\n"\n\nmsgid "a"\nmsgstr "b"\n'.encode()
    found = po.parse(data, "x.po")
    assert po.serialize(found) == data
    edited = replace(found, entries=(po.revise(found.entries[0], msgstr="ب"),))
    expected = re.sub("(?i)charset=(us-)?ascii", "charset=UTF-8", data.decode()).replace('"b"', '"ب"')
    assert po.serialize(edited).decode() == expected
    assert po.serialize(po.parse(expected.encode(), "x.po")).decode() == expected


def test_a_byte_order_mark_is_no_text_that_needs_utf8() -> None:
    data = b'\xef\xbb\xbfmsgid ""\nmsgstr "Content-Type: text/plain; charset=US-ASCII\\n"\n'
    assert po.serialize(po.parse(data, "x.po")) == data


def test_text_beside_the_charset_is_not_taken_for_it() -> None:
    data = 'msgid ""\nmsgstr "Content-Type: charset=UTF-8 charset=us-ascii\\n"\n\nmsgid "a"\nmsgstr "ب"\n'.encode()
    assert po.serialize(po.parse(data, "x.po")) == data


def test_the_remedy_for_another_charset_is_a_command_as_it_stands() -> None:
    data = b'msgid ""\nmsgstr "Content-Type: text/plain; charset=ISO-8859-6\\n"\n'
    with pytest.raises(CatalogueError) as caught:
        parse(data, "a day/نو.po")
    (found,) = caught.value.problems
    assert found.hint == "convert it: msgconv --to-code=UTF-8 -o 'a day/نو.po' 'a day/نو.po'"


def test_escapes_are_read_as_gnu_reads_them() -> None:
    data = (
        b'msgid "a"\nmsgstr "\\a\\b\\f\\n\\r\\t\\v\\"\\\\\\x0041\\x4a\\1018\\501 b \\\nc\\\\\nn"\n'
    )
    (entry,) = parse(data, "x.po").entries
    assert entry.msgstr == '\a\b\f\n\r\t\v"\\AJA8A b c\n'


# --- what an entry holds, and where


SAMPLE = (
    "\ufeff# عنوان\r\n"
    'msgid ""\r\n'
    'msgstr ""\r\n'
    '"Language: fa\\n"\r\n'
    '"X-Generator: Poedit "\r\n'
    '"3.0.1\\n"\r\n'
    '"Content-Type: text/plain; charset=UTF-8\\n"\r\n'
    "\r\n"
    "#خانه\r\n"
    "#\r\n"
    "#.\r\n"
    "#. title, for Mina\r\n"
    "#: posts/nowruz.md \u2068a b.md\u2069:12\r\n"
    "#, fuzzy, no-wrap\r\n"
    "#= c-format\r\n"
    '#| msgctxt "old"\r\n'
    '#| msgid "A "\r\n'
    '#| "night"\r\n'
    'msgctxt "title"\r\n'
    'msgid "A day"\r\n'
    'msgstr ""\r\n'
    '"می‌خواهم \\"روز\\"\\n"\r\n'
    '"نو"\r\n'
    "\r\n"
    '#~| msgid "x"\r\n'
    '#~ msgid "y"\r\n'
    '#~ msgid_plural "ys"\r\n'
    '#~ msgstr[0] "z"\r\n'
)


def test_what_an_entry_holds() -> None:
    catalogue = parse(SAMPLE.encode(), "x.po")
    assert (catalogue.bom, catalogue.newline) == (True, "\r\n")
    assert po.headers(catalogue) == (
        ("Language", "fa"),
        ("X-Generator", "Poedit 3.0.1"),
        ("Content-Type", "text/plain; charset=UTF-8"),
    )
    day, old = catalogue.entries
    assert day == Entry(
        context="title",
        msgid="A day",
        msgstr='می‌خواهم "روز"\nنو',
        comments=("خانه", ""),
        extracted=("", "title, for Mina"),
        references=("posts/nowruz.md", "a b.md:12"),
        flags=("fuzzy", "no-wrap", "c-format"),
        previous_context="old",
        previous="A night",
    )
    assert old == Entry(
        msgid="y", plural="ys", msgstr="z", plurals=("z",), previous="x", obsolete=True
    )
    assert (day.line, day.msgstr_line, day.msgstr_column) == (9, 21, 8)
    assert (old.line, old.msgstr_line, old.msgstr_column) == (25, 28, 14)


def test_a_character_of_a_msgstr_has_its_place() -> None:
    (day, old) = parse(SAMPLE.encode(), "x.po").entries
    lines = SAMPLE.splitlines()
    for offset, character in enumerate(day.msgstr):
        line, column = po.msgstr_position(day, offset)
        assert lines[line - 1][column - 1 :].startswith(
            {"\n": "\\n", '"': '\\"'}.get(character, character)
        )
    assert po.msgstr_position(day, len(day.msgstr)) == (23, 4)
    assert po.msgstr_position(old, 0) == (28, 15)
    assert po.msgstr_position(Entry(msgid="a", msgstr="b"), 0) == (0, 0)


@given(files(), st.data())
def test_places_lead_to_their_characters(
    case: tuple[Catalogue, bytes], data: st.DataObject
) -> None:
    catalogue = parse(case[1], "x.po")
    lines = case[1].decode().removeprefix("\ufeff").split("\n")
    for entry in catalogue.entries:
        assert lines[entry.msgstr_line - 1][entry.msgstr_column - 1] == '"'
        for form, text in enumerate(entry.plurals or (entry.msgstr,)):
            for offset, character in enumerate(text):
                line, column = po.msgstr_position(entry, offset, form)
                found = lines[line - 1][column - 1]
                assert found == character or found == "\\"


# --- editing


@pytest.mark.parametrize(
    ("changes", "gone", "come"),
    [
        ({"fuzzy": False}, ["#, fuzzy, no-wrap"], ["#, no-wrap"]),
        ({"flags": ()}, ["#, fuzzy, no-wrap", "#= c-format"], []),
        ({"flags": ("c-format",)}, ["#, fuzzy, no-wrap"], []),
        ({"comments": ("خانه", "سلام", "")}, [], ["# سلام"]),
        ({"comments": ()}, ["#خانه", "#"], []),
        ({"comments": ("خانه", "was: a\\")}, ["#"], ["# was: a\\ "]),
        (
            {"references": ("a b.md",)},
            ["#: posts/nowruz.md \u2068a b.md\u2069:12"],
            ["#: \u2068a b.md\u2069"],
        ),
        (
            {"previous": None, "previous_context": None},
            ['#| msgctxt "old"', '#| msgid "A "', '#| "night"'],
            [],
        ),
        ({"context": None}, ['msgctxt "title"'], []),
        ({"previous_plural": "x"}, [], ['#| msgid_plural "x"']),
        (
            {"msgstr": "روز"},
            ['msgstr ""', '"می‌خواهم \\"روز\\"\\n"', '"نو"'],
            ['msgstr "روز"'],
        ),
        (
            {"obsolete": True, "previous": "A\nB\n", "previous_context": None, "msgstr": "x\n"},
            [*SAMPLE.split("\r\n")[15:23]],
            [
                '#~| msgid ""',
                '#~| "A\\n"',
                '#~| "B\\n"',
                '#~ msgctxt "title"',
                '#~ msgid "A day"',
                '#~ msgstr "x\\n"',
            ],
        ),
    ],
)
def test_only_the_lines_of_what_changed_are_written(
    changes: dict[str, Any], gone: list[str], come: list[str]
) -> None:
    catalogue = parse(SAMPLE.encode(), "x.po")
    day, old = catalogue.entries
    written = serialize(replace(catalogue, entries=(revise(day, **changes), old))).decode()
    diff = [
        line.removesuffix("\r")
        for line in difflib.ndiff(SAMPLE.split("\n"), written.split("\n"))
        if line[0] in "+-"
    ]
    assert [line[2:] for line in diff if line[0] == "-"] == gone
    assert [line[2:] for line in diff if line[0] == "+"] == come


def test_flags_and_previous_texts_come_where_they_belong() -> None:
    data = b'#. note\n#: a.md\nmsgid "New"\nmsgstr "x"\n'
    catalogue = parse(data, "x.po")
    (entry,) = catalogue.entries
    changed = revise(entry, fuzzy=True, previous="Old", comments=("سلام",))
    assert changed.raw == (
        '# سلام\n#. note\n#: a.md\n#, fuzzy\n#| msgid "Old"\nmsgid "New"\nmsgstr "x"\n'.encode()
    )
    assert revise(changed, fuzzy=False, previous=None, comments=()).raw == data


def test_nothing_asked_is_nothing_changed() -> None:
    (day, _) = parse(SAMPLE.encode(), "x.po").entries
    assert revise(day, msgid=day.msgid, fuzzy=True).raw is day.raw


def test_a_new_msgstr_is_the_first_form_and_the_others_stay() -> None:
    data = 'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "یک"\nmsgstr[1] "دو"\nmsgstr[2] "سه"\n'.encode()
    (entry,) = parse(data, "x.po").entries
    changed = revise(entry, msgstr="نو")
    assert (changed.msgstr, changed.plurals) == ("نو", ("نو", "دو", "سه"))
    assert changed.raw == data.replace("یک".encode(), "نو".encode())
    single = revise(changed, plural=None)
    assert (single.msgstr, single.plurals, single.state) == ("نو", (), "translated")


def test_a_file_with_a_space_in_its_name_stands_in_isolates_and_its_line_behind_them() -> None:
    """As xgettext writes it."""
    entry = Entry(msgid="a", references=("b.md:3", "نوروز ۱.md:12", "c d.md", "e f:g"))
    written = serialize(Catalogue(path="x.po", entries=(entry,))).decode()
    assert "#: b.md:3 \u2068نوروز ۱.md\u2069:12 \u2068c d.md\u2069 \u2068e f:g\u2069\n" in written


def test_what_was_not_read_from_a_file_has_no_place_in_one() -> None:
    assert po.msgstr_position(Entry(msgid="a", msgstr="b"), 0) == (0, 0)


def test_flags_of_the_newer_kind_stay_on_one_line() -> None:
    (entry,) = parse(b'#= c-format, no-wrap, range: 0..9\nmsgid "a"\nmsgstr "b"\n', "x.po").entries
    changed = revise(entry, flags=("c-format", "range: 0..9"))
    assert changed.raw == b'#= c-format, range: 0..9\nmsgid "a"\nmsgstr "b"\n'


def test_what_was_translated_of_another_text_is_stale_to_the_build() -> None:
    data = (
        'msgid "sure"\nmsgstr "آ"\n\n#, fuzzy\n#| msgid "old"\nmsgid "stale"\nmsgstr "ب"\n\n'
        '#, fuzzy\nmsgid "doubted"\nmsgstr "پ"\n\n#| msgid "old"\nmsgid "confirmed"\nmsgstr "ت"\n\n'
        '#, fuzzy\n#| msgid "old"\nmsgid "empty"\nmsgstr ""\n'
    ).encode()
    for text in (data, data.replace(b'msgid "old"', b'msgid  "old"')):  # read quickly, and in full
        found = po.lookup(text, "x.po").messages
        assert {msgid: one.stale for (_, msgid), one in found.items()} == {
            "sure": False, "stale": True, "doubted": False, "confirmed": False, "empty": False,
        }  # fmt: skip


def test_one_of_two_equal_comments_can_go() -> None:
    (entry,) = parse('# همان\n# همان\n#  بعد\nmsgid "a"\nmsgstr ""\n'.encode(), "x.po").entries
    assert revise(entry, comments=("همان", " بعد")).comments == ("همان", " بعد")
    assert revise(entry, comments=("همان",)).comments == ("همان",)
    assert revise(entry, comments=("همان",) * 3).comments == ("همان",) * 3


def test_comments_at_both_ends_stay_as_they_were_typed() -> None:
    (entry,) = parse('#اول\n# دوم\n#سوم\nmsgid "a"\nmsgstr ""\n'.encode(), "x.po").entries
    changed = revise(entry, comments=("اول", "دیگر", "سوم"))
    assert changed.raw == '#اول\n# دیگر\n#سوم\nmsgid "a"\nmsgstr ""\n'.encode()


def test_an_edited_entry_knows_the_line_that_it_comes_to_stand_on() -> None:
    """Problems that are found before the file is written and read again are at those lines."""
    catalogue = parse(SAMPLE.encode(), "x.po")
    for at, entry in enumerate(catalogue.entries):
        for comments in ((), ("یک",), ("یک", "دو", "سه")):
            changed = revise(entry, comments=comments, msgstr="روز\nنو\n")
            entries = (*catalogue.entries[:at], changed, *catalogue.entries[at + 1 :])
            again = parse(serialize(replace(catalogue, entries=entries)), "x.po").entries[at]
            assert (changed.line, changed.msgstr_line) == (again.line, again.msgstr_line)


@given(TEXT)
def test_a_text_is_told_on_one_line_and_none_of_it_is_lost(text: str) -> None:
    told = po.one_line(text)
    assert not re.search(r"[\n\r]", told)
    assert re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), told) == text


def test_a_file_too_large_to_be_a_catalogue_is_not_read() -> None:
    data = b'msgid "a"\nmsgstr "b"\n'
    data += b"\n" * (po.MOST - len(data))
    assert refused(data) == ""
    assert refused(data + b"\n") == f"0:0 this file has {po.MOST + 1} bytes, and {po.MOST} are the most"


@pytest.mark.parametrize("text", ["\0", "\x04", "\ud800"])
def test_what_no_catalogue_can_hold_is_not_written(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        serialize(Catalogue(path="x.po", entries=(Entry(msgid=text),)))


def test_a_fresh_catalogue() -> None:
    made = po.new("x.po", [("Language", "fa"), ("Content-Type", "text/plain; charset=UTF-8")])
    made = po.with_header(made, "X-Segmentation", "1")
    made = replace(
        made,
        entries=(
            Entry(msgid="Hello\\\nworld", msgstr="سلام\\\nجهان", extracted=("paragraph",)),
            Entry(msgid="a", plural="b", plurals=("c", "d"), msgstr="c", obsolete=True),
        ),
    )
    assert serialize(made).decode() == (
        'msgid ""\n'
        'msgstr ""\n'
        '"Language: fa\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"X-Segmentation: 1\\n"\n'
        "\n"
        "#. paragraph\n"
        'msgid ""\n'
        '"Hello\\\\\\n"\n'
        '"world"\n'
        'msgstr ""\n'
        '"سلام\\\\\\n"\n'
        '"جهان"\n'
        "\n"
        '#~ msgid "a"\n'
        '#~ msgid_plural "b"\n'
        '#~ msgstr[0] "c"\n'
        '#~ msgstr[1] "d"\n'
    )


@pytest.mark.parametrize(
    ("name", "value", "gone", "come"),
    [
        ("Language", "fa_IR", ['"Language: fa\\n"'], ['"Language: fa_IR\\n"']),
        ("language", "fa", [], []),
        (
            "X-Generator",
            "نو",
            ['"X-Generator: Poedit "', '"3.0.1\\n"'],
            ['"X-Generator: نو\\n"'],
        ),
        ("X-New", 'a "b"', [], ['"X-New: a \\"b\\"\\n"']),
    ],
)
def test_a_header_field_is_set_on_its_own_line(
    name: str, value: str, gone: list[str], come: list[str]
) -> None:
    changed = po.with_header(parse(SAMPLE.encode(), "x.po"), name, value)
    assert dict(po.headers(changed))[name if come else "Language"] == value
    diff = [
        line.removesuffix("\r")
        for line in difflib.ndiff(SAMPLE.split("\n"), serialize(changed).decode().split("\n"))
        if line[0] in "+-"
    ]
    assert [line[2:] for line in diff if line[0] == "-"] == gone
    assert [line[2:] for line in diff if line[0] == "+"] == come


@pytest.mark.parametrize("header", ["", "A: b", "A: b\n", "A: b\nC: d"])
def test_a_header_field_is_set_in_any_header(header: str) -> None:
    data = f'msgid ""\nmsgstr "{polib.escape(header)}"\n'.encode()
    for catalogue in (parse(data, "x.po"), Catalogue(path="x.po")):
        for name in ("C", "E"):
            changed = po.with_header(catalogue, name, "x")
            expected = {**dict(po.headers(catalogue)), name: "x"}
            assert dict(po.headers(changed)) == expected
            assert dict(po.headers(parse(serialize(changed), "x.po"))) == expected


def test_a_field_that_says_so_already_keeps_its_lines() -> None:
    catalogue = parse(SAMPLE.encode(), "x.po")
    for name, value in po.headers(catalogue):
        assert po.with_header(catalogue, name.upper(), value) is catalogue


def test_a_field_begins_on_its_own_line_behind_one_that_had_no_end() -> None:
    changed = po.with_header(parse(b'msgid ""\nmsgstr "A: b"\n', "x.po"), "C", "د")
    assert serialize(changed).decode() == 'msgid ""\nmsgstr "A: b\\n"\n"C: د\\n"\n'


# --- a real catalogue


@pytest.fixture(scope="module")
def course() -> bytes:
    if not COURSE.exists():
        pytest.skip(f"no {COURSE}: the course's catalogue lies beside the repository only")
    return COURSE.read_bytes()


def test_a_real_catalogue(course: bytes) -> None:
    catalogue = parse(course, "fa.po")
    assert serialize(catalogue) == course
    assert po.statistics(catalogue) == {"translated": 3218, "fuzzy": 379, "untranslated": 18}
    assert msgfmt(course) == (True, po.statistics(catalogue))
    agree(catalogue, course)
    assert po._ordinary(course, "fa.po") is not None


@pytest.mark.parametrize("number", [0, 17, 1000, -1])
def test_one_msgstr_of_a_real_catalogue_changes_its_lines_alone(course: bytes, number: int) -> None:
    catalogue = parse(course, "fa.po")
    entry = catalogue.entries[number]
    changed = revise(entry, msgstr="می‌خواهم\nببینم")
    made = list(catalogue.entries)
    made[number] = changed
    before, after = (
        course.split(b"\n"),
        serialize(replace(catalogue, entries=tuple(made))).split(b"\n"),
    )
    start = entry.msgstr_line - 1
    assert before[:start] == after[:start]
    assert entry.raw is not None
    end = entry.line - 1 + entry.raw.count(b"\n")
    assert before[end:] == after[len(after) - (len(before) - end) :]
    assert len(after) - (len(before) - end) - start == 3
