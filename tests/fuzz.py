"""Texts that nobody would write, into everything that reads what strangers send.

`make fuzz COUNT=1000000` (or `SECONDS=600`) gives each target its share of inputs: texts
of the tests and of the example site, and of the public data beside the checkout where
that is, cut up, joined, repeated and strewn with signs that mean something. Each input
may raise an error of our own family and nothing else, has to keep the target's law, takes
a second at most, and the process that works through all of them never holds 200 MB. An
input is made of the seed, the target's name, a number and the texts as they are, so that
`python tests/fuzz.py --target catalogue --only 4711` brings one back.

The mutation is our own, and knows nothing of what was covered.
"""

from __future__ import annotations

import argparse
import ast
import ctypes
import json
import mmap
import os
import random
import re
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from xml.etree import ElementTree

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from html_cases import TAGS  # noqa: E402

from pipeline import catalogue as catalogues  # noqa: E402
from pipeline import config, content, flow, frontmatter, glossary, html, markdown, po, subscribers  # noqa: E402
from pipeline.app.sources import decode  # noqa: E402
from pipeline.checks import RULES, prose  # noqa: E402
from pipeline.checks import mend as mending  # noqa: E402
from pipeline.checks.pair import Pair  # noqa: E402
from pipeline.message import address_fault  # noqa: E402
from pipeline.problems import CatalogueError, DozabanError  # noqa: E402

DATA = Path(os.environ.get("DOZABAN_DATA") or ROOT.parent / "shared" / "data")
SECOND = 1.0
"""Seconds of processor time that an input may take."""
MEGABYTES = 200
"""What the process may hold at most, with all that it has loaded."""
STUCK = 30
"""Seconds after which nobody waits for an input that not even the alarm ends."""
LONGEST = 4_000
"""Characters of an input at most, but for the few that have a piece of theirs again and again."""
MUCH = 20_000

SITE = """\
title = "Pol"
base_url = "https://example.org/sub/"
time_zone = "Europe/London"
default_language = "en"

[languages.en]
name = "English"

[languages.fa]
name = "فارسی"

[checks]
broken-link = "error"
"""


class Broken(AssertionError):
    """A law that does not hold."""


class Hang(BaseException):
    """The time of an input is up. No part of the program catches it by accident."""


def hold(good: bool, law: str) -> None:
    if not good:
        raise Broken(law)


# --- seeds ----------------------------------------------------------------------------------


def literals(name: str, holding: str) -> Iterator[str]:
    """The strings in a test's source that hold a sign: what its author thought worth a case."""
    for node in ast.walk(ast.parse((HERE / name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant):
            value = node.value.decode("utf-8", "replace") if isinstance(node.value, bytes) else node.value
            if isinstance(value, str) and re.search(holding, value):
                yield value


def windows(text: str, size: int) -> Iterator[str]:
    """A long text in pieces that end where a blank line is, if there is one."""
    at = 0
    while at < len(text):
        end = text.rfind("\n\n", at, at + size) + 2
        end = end if end > at + 2 else at + size
        yield text[at:end]
        at = end


def files(folder: Path, pattern: str, most: int = 40) -> Iterator[str]:
    """The texts below a folder; none where it is missing."""
    for path in sorted(folder.rglob(pattern))[:most]:
        yield path.read_bytes().decode("utf-8", "replace")


HEADER = 'msgid ""\nmsgstr ""\n"Language: fa\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@cache
def catalogue_seeds() -> tuple[str, ...]:
    real = [text for folder in (ROOT / "locales", DATA) for text in files(folder, "*.po")]
    found = [piece for text in real for piece in windows(text[:40_000], 900)]
    found += [HEADER + piece for piece in found[::7]]
    return (*found, *literals("test_po.py", "msg(id|str)|^#"), *literals("catalogue_cases.py", "msg(id|str)|^#"))


@cache
def markdown_seeds() -> tuple[str, ...]:
    bodies = [text for folder in (ROOT / "content", DATA) for text in files(folder, "*.md")]
    found = [piece for text in bodies for piece in windows(text[:12_000], 500)]
    fixtures = "".join(files(HERE / "fixtures" / "markdown", "*.txt"))
    found += [part for part in re.split(r"^\.{1,2}\n", fixtures, flags=re.MULTILINE) if part.strip()]
    return (*found, *literals("test_markdown.py", r"[#>*`|\[\\<-]"), *literals("test_html.py", r"[#>*`|\[\\<]"))


@cache
def front_seeds() -> tuple[str, ...]:
    found = [re.split("(?m)^---\n", text, maxsplit=2) for text in files(ROOT / "content", "*.md")]
    heads = [f"---\n{parts[1]}---\n\nText.\n" for parts in found if len(parts) == 3]
    own = [text if text.startswith("---") else f"---\n{text}\n---\n" for text in literals("test_content.py", r"\w: ")]
    own += [f"---\ntitle: T\ndate: 2026-03-20\n{text[4:]}" for text in own if not re.search("^(title|date):", text, re.MULTILINE)]
    return (*heads * 3, *own, "---\ntitle: T\ndate: 2026-03-20\n---\n")


@cache
def config_seeds() -> tuple[str, ...]:
    own = tuple(literals("test_config.py", "="))
    whole = (SITE, *files(ROOT / "content", "site.toml"))
    return (*whole * 20, *(f"{SITE}\n{text}" for text in own), *(f"{text}\n{SITE}" for text in own), *own)


@cache
def list_seeds() -> tuple[str, ...]:
    own = "address,language,name\nmina@example.org,fa,مینا\n\"a\"@b.cd;en\nada@example.org,en,\"Ada, L.\"\n"
    rows = [text for text in literals("test_subscribers.py", "[,;@]") if "\n" in text or "@" in text]
    return (own, own.replace(",", ";"), own.replace(",", "\t"), *rows, *(own + row for row in rows))


@cache
def glossary_seeds() -> tuple[str, ...]:
    own = "term,translation,note,forbidden\nserver,سرور|کارساز,,سرویس‌دهنده\n\"Nowruz, new year\",نوروز,a,\n"
    return (own, *files(ROOT / "locales", "glossary.csv"), *literals("test_checks.py", ","))


# --- mutation -------------------------------------------------------------------------------

COMMON = (
    "\n", "\n\n", "\r\n", "\r", "\t", " ", "  ", "    ", "\0", "\x04", "\x0b", "\x0c", "\x1b[2J", "\x7f", "\x85", "\ufeff",
    "\u2028", "\u2029", "\u00a0", "\u00ad", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
    "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\ufffe", "\ufffd", "\U0001f9ff", "\U000e0001", "ﷺ", "ı", "İ",
    "ß", "é", "e\u0301", "سلام", "می‌رود", "ي", "ك", "ۀ", "ۀ", "١٢", "۱۲", "12", "99999999999999999999", "0", "-1", "1e999",
    "'", '"', "`", "\\", "\\\\", "/", "..", ":", ": ", ";", ",", "#", " #", "&", "%", "{", "}", "[", "]", "(", ")", "<", ">", "|",
    "~", "*", "_", "-", "- ", "--", "---", "---\n", "=", "==", "+", "!", "?", "@", "$", "^", "nan", "null", "no", "true",
    "{{", "{%", "}}", "<script>alert(1)</script>", "javascript:alert(1)", "=1+1", "\\u0000", "\\x00", "\\777",
)  # fmt: skip
MARKDOWN = (
    "# ", "## ", "> ", "- ", "1. ", "2) ", "```", "~~~", "**", "~~", "[x]", "[ ] ", "[a](b)", "[r]", "[r]: /u", "[r]: /u\n  'a",
    "[^1]", "[^1]: ", "![i](j.png \"k\")", "<b>", "</b>", "<div>", "<!-- c -->", "<!--", "-->", "<![CDATA[", "<?x", "<a\nb='",
    "<!-- dozaban: skip -->\n", "<!-- dozaban: poem -->\n", "<!-- dozaban: translate -->\n", "<!-- dozaban: note n -->\n",
    "\\\n", "  \n", "| a | b |\n|---|---|\n", "|-|\n", "===", "***", "{#id}", "{}", "{.c}", "&amp;", "&#x202e;", "&#0;",
    "&#1;", "<http://x.org>", "<a@b.cd>", "[!NOTE]", "[a](<", "](", "]:", "\\|", "\n>", "\n- ", "\n  - ", "\n    ",
)  # fmt: skip
CATALOGUE = (
    'msgid "a"\n', 'msgstr "b"\n', 'msgstr ""\n', 'msgctxt "c"\n', 'msgid_plural "d"\n', 'msgstr[0] "e"\n', 'msgstr[1] "f"\n',
    "msgid", "msgstr", "msgctxt", "msgid_plural", "msgstr[", "#~ ", "#| ", "#~| ", "#. ", "#: ", "#, fuzzy\n", "#, ", "#= ",
    "#\n", "# ", '"', '"\n"', '\\"', "\\n", "\\x41", "\\101", "\\xd8\\xb3", "\\q", "domain", "<<<<<<< a\n", "=======\n",
    ">>>>>>> b\n", "range: 0..9", "c-format", "charset=", "charset=CP1256", "nplurals=", "plural=",
)  # fmt: skip
FRONT = (
    "title: ", "date: ", "2026-03-20", "1405-01-01", "۱۴۰۵-۰۱-۰۱", "2026-03-20 18:30", "lang: fa\n", "tags: [a, b]\n", "image: ",
    "{src: a.jpg, alt: b}", "credit:\n  authors: [x]\n", "slug: {fa: نوروز}\n", "aliases: {fa: [a]}\n", "draft: yes\n", "due: ",
    "translator: {fa: Mina}\n", "sections:\n  - heading: x\n    items: [{post: a, as: full}]\n", "digest: {since: 2026-01-01}\n",
    "&a ", "*a", "<<: *a", "!!python/object:os.system ", "!!binary ", "!t ", "? ", "|\n  ", ">-\n  ", "%YAML 1.1\n", "...\n", "'",
    "''", "[[", "{{", "- - ", "0x1F", "0o7", "1_000", "12:30:45", ".inf", "~", "con", "../x", "\t- ",
)  # fmt: skip
CONFIG = (
    "[languages.fa]\n", "[[accounts]]\n", "[checks]\n", "[newsletter]\n", "title = ", '"""', "'''", "[[", "]]", "{ a = 1 }",
    "1979-05-27T07:32:00Z", "0xFF", "0b1", "1_0", "inf", "a.b.c = 1\n", '"" = 1\n', "true", "\\U0010FFFF", "time_zone = ", "# x\n",
)  # fmt: skip
LISTS = ("address", "language", "name", "unsubscribe", "unsubscribed", "status", "a@b.cd", ",fa,", ";en;", '""', '"\n"', "https://",
         "mailto:", "term", "translation", "note", "forbidden", "سرور", ",,,,")  # fmt: skip


def mutate(dice: random.Random, seeds: Sequence[str], words: Sequence[str]) -> str:
    """One text, made of one seed or two by a few changes."""
    text = dice.choice(seeds)
    if len(text) > 1_200:
        begin = dice.randrange(len(text) - 600)
        text = text[begin : begin + 600] if dice.random() < 0.5 else text[:1_200]
    for _ in range(dice.choice((0, 1, 1, 1, 2, 2, 3, 4, 6, 12))):
        size = len(text)
        one = dice.randrange(size + 1)
        other = min(size, one + dice.choice((1, 1, 2, 4, 16, 64, 256)))
        what = dice.randrange(12)
        if what < 5:  # words, most of them where one begins or ends
            word = dice.choice(words) if dice.random() < 0.6 else dice.choice(COMMON)
            if what == 0:
                word *= dice.choice((2, 3, 8, 40, 200))
            end = other if what == 1 else one
            text = text[:one] + word + text[end:]
        elif what == 5:
            text = text[:one] + text[other:]
        elif what == 6:
            text = text[:other] + text[one:other] * dice.choice((1, 1, 2, 20)) + text[other:]
        elif what == 7:
            third = dice.choice(seeds)
            begin = dice.randrange(len(third) + 1)
            text = text[:one] + third[begin : begin + 200] + text[one:]
        elif what == 8:
            text = text[:one]
        elif what == 9:
            text = text[:one] + chr(dice.choice((0x20, 0x80, 0x600, 0x2000, 0xFE00, 0x10000)) + dice.randrange(0x80)) + text[other:]
        elif what == 10 and size:
            lines = text.split("\n")
            begin = dice.randrange(len(lines))
            lines.insert(dice.randrange(len(lines)), lines.pop(begin))
            text = "\n".join(lines)
        else:
            text = text.replace("\n", dice.choice(("\r\n", "\r", "\n\n", " ", "\n  ", "\n> ", "\n\t")))
        text = text[:LONGEST]
    if text and dice.random() < 0.003:  # for what is slow with much of the same
        one = dice.randrange(len(text))
        piece = text[one : one + dice.choice((1, 2, 5, 20, 200))]
        text = text[:one] + piece * (MUCH // len(piece)) + text[one:]
    return text


def damaged(dice: random.Random, text: str) -> bytes:
    """The text's bytes, one in ten with bytes in it that are no text."""
    data = text.encode("utf-8", "surrogatepass")
    if dice.random() < 0.1 and data:
        for _ in range(dice.choice((1, 2, 8))):
            at = dice.randrange(len(data))
            data = data[:at] + bytes((dice.randrange(256),)) + data[at + dice.randrange(2) :]
        if dice.random() < 0.1:
            data = text.encode(dice.choice(("utf-16", "utf-16-le", "cp1256", "utf-8-sig")), "replace")
    return data


# --- targets --------------------------------------------------------------------------------


def read_catalogue(data: bytes, dice: random.Random) -> None:
    """Law 3: what is read is written back to the byte; an edit changes its entry alone."""
    try:
        found = po.parse(data, "x.po")
    except CatalogueError:
        try:
            po.lookup(data, "x.po")
        except CatalogueError:
            raise
        raise Broken("a look-up takes what the scanner refuses") from None
    hold(po.serialize(found) == data, "a catalogue does not come back as it was")
    seen = po.lookup(data, "x.po", obsolete=True)
    for entry in found.entries:
        reading = (seen.obsolete if entry.obsolete else seen.messages)[entry.key]
        hold((reading.msgstr, reading.state, reading.line) == (entry.msgstr, entry.state, entry.msgstr_line),
             "a look-up reads something else than the scanner")  # fmt: skip
    catalogues.header_problem(found)
    po.statistics(found)
    if not found.entries:
        return
    at = dice.randrange(len(found.entries))
    old = found.entries[at]
    for offset in (0, len(old.msgstr) // 2, len(old.msgstr)):
        po.msgstr_position(old, offset)
    words = dice.choice(("", "سلام", 'a\n"b"\\', "x\n", "\t", "می‌رود\r\n"))
    new = po.revise(old, msgstr=words, fuzzy=dice.random() < 0.5)
    wanted = replace(found, entries=(*found.entries[:at], new, *found.entries[at + 1 :]))
    written = po.serialize(wanted)
    again = po.parse(written, "x.po")
    same = again.header == found.header or not written.isascii()  # ASCII becomes UTF-8 with the first text that needs it
    hold(again.entries == wanted.entries and same, "an edited catalogue reads as another")
    hold([one.raw for n, one in enumerate(again.entries) if n != at] == [one.raw for n, one in enumerate(found.entries) if n != at]
         or not (old.raw or b"").endswith(b"\n"), "an edit changed the lines of other entries")  # fmt: skip
    hold(again.entries[at].msgstr == words, "an edit wrote another text")
    headed = po.with_header(found, "X-Fuzz", "z")
    back = po.parse(po.serialize(headed), "x.po")
    hold(("X-Fuzz", "z") in po.headers(back), "a header field was not written")


def merge_catalogue(data: bytes, dice: random.Random) -> None:
    """Law 4: what a translator wrote is there after a merge, and a second changes nothing."""
    found = po.parse(data, "x.po")
    parsed = markdown.parse(mutate(dice, markdown_seeds(), MARKDOWN).replace("\0", ""))
    texts = [leaf.msgid for leaf in parsed.leaves if leaf.msgid]
    texts += [one.msgid for one in found.entries if one.msgid and dice.random() < 0.6]
    dice.shuffle(texts)
    messages = [catalogues.Message(msgid=one, kind="paragraph") for one in texts if not re.search("[\0\x04\ud800-\udfff]", one)]
    merged, _ = catalogues.merge(found, messages, reference="x.md")
    again = po.parse(po.serialize(merged), "x.po")
    kept = {text for one in again.entries for text in (one.msgstr, *one.plurals)}
    notes = "\n".join(comment for one in again.entries for comment in one.comments)
    for entry in found.entries:
        for text in (entry.msgstr, *entry.plurals):
            if text not in kept and text.strip():
                hold(po.one_line(text) in notes or any(line.strip() in notes for line in text.split("\n")), "a merge lost a translation")
    twice, _ = catalogues.merge(merged, messages, reference="x.md")
    hold(po.serialize(twice) == po.serialize(merged), "merging twice is not merging once")


def read_front_matter(data: bytes, dice: random.Random) -> None:
    """A document or problems; one string changed is that one."""
    text = decode(data, "content/posts/x.md")
    kind = dice.choice(("post", "page", "issue"))
    site = the_site()

    def read(given: str) -> Any:
        return content.parse(given, "content/posts/x.md", site, name="posts/x", kind=kind)

    document, body, _ = read(text)
    hold(text.endswith(body), "a body is no end of its file")
    words = dice.choice(("x", "a: b #c", "«نوروز»", '"\\', "- a", "no", "2026-03-20", "{", "*", "ِِ", "می‌رود"))
    revised, same, _ = read(content.revise_front_matter(text, {"title": words}, "content/posts/x.md"))
    hold(revised.title == words, "a title was not written as it was meant")
    hold(same == body, "a new title changed the body")
    was, now = content.front_values(document), content.front_values(revised)
    hold({**was, "title": ""} == {**now, "title": ""}, "a new title changed another value")
    anew, _, _ = read(content.front_matter(was))
    hold(content.front_matter(content.front_values(anew)) == content.front_matter(was), "front matter written anew says something else")


def read_authored(data: bytes, dice: random.Random) -> None:
    """An authored edition, likewise."""
    text = decode(data, "content/posts/x.fa.md")
    frontmatter.split(text, "x")
    content.parse_authored(text, "content/posts/x.fa.md", the_site(), the_original())


def compose(data: bytes, dice: random.Random) -> None:
    """Laws 1 and 2: nothing translated is the source; a translation changes its block alone."""
    text = data.decode("utf-8", "replace")
    parsed = markdown.parse(text)
    hold(markdown.splice(parsed, {}) == text.encode(), "nothing put in changed the text")
    own = {place: leaf.msgid for place, leaf in enumerate(parsed.leaves) if leaf.msgid}
    hold(markdown.compose(parsed, own) == markdown.Composed(parsed=parsed, refused={}), "its own messages changed a text")
    plain = {place: msgid for place, msgid in own.items() if not markdown.refusal(msgid)}  # of controls, no message is put in
    always = markdown.compose(parsed, plain, always=True)
    hold(outline(always.parsed) == outline(parsed), "its own messages, put in, changed the blocks")
    pool = [mutate(dice, TRANSLATIONS, MARKDOWN)[:400] for _ in range(min(len(own), 30))]
    wanted = {place: dice.choice(pool) for place in own if dice.random() < 0.7}
    made = markdown.compose(parsed, wanted)
    hold(outline(made.parsed) == outline(parsed), "a translation changed the blocks")
    ours = theirs = 0
    for place, (a, b) in enumerate(zip(parsed.leaves, made.parsed.leaves, strict=True)):
        hold(between(parsed, ours, a.events[0]) == between(made.parsed, theirs, b.events[0]), "a translation changed what stands between")
        if place not in wanted or place in made.refused:
            hold(parsed.data[a.start : a.end] == made.parsed.data[b.start : b.end], "a block that has no translation changed")
        ours, theirs = a.events[1], b.events[1]
    for msgid in list(own.values())[:2]:
        markdown.key(msgid)
        markdown.addresses(msgid)
        for msgstr in list(wanted.values())[:2]:
            markdown.standing_tags(msgid, msgstr)
            catalogues.carry(msgid, msgid + "[a](b)", msgstr)


def outline(parsed: markdown.Parsed) -> list[str]:
    return [leaf.kind for leaf in parsed.leaves]


def between(parsed: markdown.Parsed, first: int, last: int) -> list[Any]:
    return [event for event, _ in parsed.events[first:last]]


def write_html(data: bytes, dice: random.Random) -> None:
    """Law 8: well-formed, with no element, attribute or scheme but ours; and as a flow."""
    text = data.decode("utf-8", "replace")
    parsed = markdown.parse(text)
    direction = dice.choice(("ltr", "rtl"))
    manner = html.Manner(direction=direction, labels={"note": "Note"}, prefix=dice.choice(("", "p2-")))
    named = zip(markdown.block_ids(parsed), markdown.anchors(parsed), parsed.leaves, strict=True)
    blocks = []
    for name, anchors, leaf in named:
        state = dice.choice(("", "untranslated", "stale")) if leaf.msgid else ""
        other: dict[str, Any] = {"language": "en", "direction": "ltr"} if state == "untranslated" else {}
        blocks.append(html.Block(id=name, anchors=anchors, state=state, mark='<span class="mark">!</span>' if state else "", **other))  # type: ignore[arg-type]
    harmless(html.write(parsed, manner, blocks))
    slotted = html.write(parsed, replace(manner, slots=True), blocks)
    hold("".join(one.html for one in html.pieces(slotted)).count("\0") % 2 == 0, "a slot without its other half")
    flow.write(parsed, manner, blocks)
    markdown.plain_text(text)
    markdown.whole_text(parsed)


SCHEME = re.compile(r"[\s\x00-\x20]*(?!https?:|mailto:|tel:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def harmless(made: str) -> None:
    tree = ElementTree.fromstring(f"<page>{made}</page>".replace("\x0c", " "))  # white space in HTML
    ids = Counter(name for element in tree.iter() if (name := element.get("id")))
    hold(all(count == 1 for count in ids.values()), "an id stands twice")
    for element in tree.iter():
        hold(element.tag in TAGS and set(element.attrib) <= TAGS[element.tag], f"<{element.tag}> is not ours, or has what is not")
        for name in ("href", "src"):
            hold(SCHEME.match(element.get(name, "")) is None, "a link of a scheme that none may have")


def read_subscribers(data: bytes, dice: random.Random) -> None:
    """Nobody is mailed who left, or at an address that is none."""
    found = subscribers.parse(decode(data, "x.csv"), "x.csv", ("en", "fa"))
    for one in found.mailed:
        hold(address_fault(one.address) is None and one.language in ("en", "fa"), "a subscriber whom no mail can reach")
        hold(not re.search("[\r\n\0]", one.address + one.name + one.unsubscribe), "a line end in a field")
    hold(not {one.key for one in found.mailed} & found.left, "one who left is mailed")


def read_config(data: bytes, dice: random.Random) -> None:
    """A site or problems."""
    rules = [rule.name for rule in RULES] if dice.random() < 0.5 else ()
    config.parse(decode(data, config.PATH), rules=rules)


def read_glossary(data: bytes, dice: random.Random) -> None:
    """Terms, and problems; and what a text has of the terms."""
    found, _ = glossary.parse(data, "glossary.csv")
    text = data.decode("utf-8", "replace")[:500]
    for term in glossary.terms_in(text, found):
        hold(bool(term.translations), "a term without a translation")
        for begin, end in glossary.uses(text, term.translations):
            hold(0 <= begin < end <= len(text), "a term outside the text")


def check(data: bytes, dice: random.Random) -> None:
    """All rules over texts; what is mended safely needs no more of it."""
    text = data.decode("utf-8", "replace")
    other = mutate(dice, TRANSLATIONS, MARKDOWN)
    source, target = prose.read([text, other])
    pair = Pair(msgid=text, msgstr=other, source=source, target=target)
    for rule in RULES:
        if rule.applies == "translation":
            tuple(rule.find(pair))
    finders = [(rule.name, lambda own, read, find=rule.find: find(read)) for rule in RULES if rule.applies == "text"]
    for one in (source, target):
        for _, find in finders:
            for finding in find(one.text, one.prose):
                hold(0 <= finding.start <= finding.end <= len(one.text), "a finding outside its text")
    mending.mend_text(target, finders, lambda made: prose.read([made])[0])


TRANSLATIONS = (
    "سلام", "# x", "> x", "- x", "1. x", "```\nx", "    x", "<div>x", "<!-- x", "<?x", "[x]: /y", "[^1]: y", "***", "---", "===",
    "| a |\n|---|", "x\n\ny", "x\n# y", "x\\\n---", "x\\\n- y", "[ ] x", "[!NOTE]", "x {#y}", "x #", "a | b", "`a|b`", "x\\",
    "\\\nx", '"x"', "(x)", "<b>", "</b>", "<script>alert(1)</script>", "\u2028# x", "- سلام\\\n۱. بر\\\n> تو", "]", "[", "`",
    "کتاب‌ها را [بخوان](b) و «بنویس»، می رود ... 12 ۱۲", "**Nowruz** _is_ `code` <http://x.org>", "",
)  # fmt: skip


@cache
def the_site() -> Any:
    return config.parse(SITE, rules=())


@cache
def the_original() -> Any:
    text = "---\ntitle: T\ndate: 2026-03-20\ntags: [a]\nimage: {src: a.jpg, alt: b}\n---\n"
    return content.parse(text, "content/posts/x.md", the_site(), name="posts/x", kind="post")[0]


@dataclass(frozen=True, kw_only=True)
class Target:
    """What gets texts: its seeds, its words, and how many of a hundred inputs."""

    run: Callable[[bytes, random.Random], None]
    seeds: Callable[[], tuple[str, ...]]
    words: tuple[str, ...]
    share: int


TARGETS: dict[str, Target] = {
    "catalogue": Target(run=read_catalogue, seeds=catalogue_seeds, words=CATALOGUE, share=20),
    "merge": Target(run=merge_catalogue, seeds=catalogue_seeds, words=CATALOGUE, share=5),
    "front matter": Target(run=read_front_matter, seeds=front_seeds, words=FRONT, share=15),
    "authored edition": Target(run=read_authored, seeds=front_seeds, words=FRONT, share=4),
    "composition": Target(run=compose, seeds=markdown_seeds, words=MARKDOWN, share=18),
    "html": Target(run=write_html, seeds=markdown_seeds, words=MARKDOWN, share=15),
    "subscribers": Target(run=read_subscribers, seeds=list_seeds, words=LISTS, share=8),
    "configuration": Target(run=read_config, seeds=config_seeds, words=CONFIG, share=7),
    "glossary": Target(run=read_glossary, seeds=glossary_seeds, words=LISTS, share=4),
    "checks": Target(run=check, seeds=markdown_seeds, words=MARKDOWN, share=4),
}


# --- the run --------------------------------------------------------------------------------


def made(target: str, seed: int, number: int) -> tuple[bytes, random.Random]:
    """Input `number` of a target, and the dice for what else it needs."""
    dice = random.Random(f"{seed} {target} {number}")
    one = TARGETS[target]
    return damaged(dice, mutate(dice, one.seeds(), one.words)), dice


def peak() -> float:
    """The most that this process ever held, in megabytes (VmHWM)."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii")) if sys.platform == "linux" else None
    return int(found[1]) / 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass
class Report:
    """What a run saw. `failures` are (target, number, what), one a kind of failure."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str, int] = (0.0, "", -1)
    failures: list[tuple[str, int, str]] = field(default_factory=list)
    megabytes: float = 0.0

    def say(self) -> str:
        lines = [f"{name}: {count} inputs, {self.refused[name]} of them refused" for name, count in self.counts.items()]
        lines.append(f"all: {self.counts.total()} inputs, {len(self.failures)} failures")
        lines.append(f"slowest: {self.slowest[0]:.3f} s ({self.slowest[1]} {self.slowest[2]}); memory: {self.megabytes:.0f} MB at most")
        lines += [f"FAILED {target} {number}: {what}" for target, number, what in self.failures]
        return "\n".join(lines)


def one_input(target: str, seed: int, number: int, report: Report) -> None:
    """Runs a target on an input and notes what came of it."""
    data, dice = made(target, seed, number)
    begun = time.process_time()
    what = ""
    signal.setitimer(signal.ITIMER_PROF, SECOND)
    try:
        TARGETS[target].run(data, dice)
    except DozabanError as error:
        report.refused[target] += 1
        if not error.problems or not all(one.message and one.location.path for one in error.problems):
            what = "an error that says nothing"
    except Hang:
        what = f"more than {SECOND} s"
    except Broken as error:
        what = str(error)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}: {str(error)[:200]!r}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    took = time.process_time() - begun
    report.counts[target] += 1
    report.slowest = max(report.slowest, (took, target, number))
    if what:
        known = [(one, re.split("[:(\n]", said)[0]) for one, _, said in report.failures]
        if known.count((target, re.split("[:(\n]", what)[0])) < 3:
            shown = repr(data.decode("utf-8", "backslashreplace"))
            report.failures.append((target, number, f"{what}\n    {shown[:4_000]}"))


def _time_is_up(_: int, __: FrameType | None) -> NoReturn:
    raise Hang


def schedule(names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """(target, number) for ever, in the shares of a hundred."""
    round_: list[str] = [name for name in names for _ in range(TARGETS[name].share)]
    random.Random(0).shuffle(round_)
    numbers: Counter[str] = Counter()
    while True:
        for name in round_:
            yield name, numbers[name]
            numbers[name] += 1


def work(names: Sequence[str], seed: int, count: int, seconds: float, tell: Callable[[str, int, Report], None]) -> Report:
    """Inputs until there were `count`, or the time is over."""
    signal.signal(signal.SIGPROF, _time_is_up)
    report = Report()
    begun, before = time.monotonic(), peak()
    for done, (target, number) in enumerate(schedule(names)):
        if done >= count or (not done % 100 and time.monotonic() - begun > seconds):
            break
        tell(target, number, report)
        one_input(target, seed, number, report)
        held = peak() if not done % 20 else before
        if held > max(before, MEGABYTES):
            report.failures.append((target, number, f"{held:.0f} MB by now, here or up to 20 inputs before"))
        before = max(held, before)
    report.megabytes = peak()
    return report


def watched(names: Sequence[str], seed: int, count: int, seconds: float) -> Report:
    """`work` in a process of its own, so that a crash or a hang in a library is seen too."""
    shared = mmap.mmap(-1, 256)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        ctypes.CDLL(None).setpriority(0, 0, 10)

        def tell(target: str, number: int, report: Report) -> None:
            shared[:64] = f"{target}\t{number}\t{report.counts.total()}".encode().ljust(64)

        status = 1
        try:
            found = work(names, seed, count, seconds, tell)
            with os.fdopen(writer, "w", encoding="utf-8") as stream:
                json.dump([found.counts, found.refused, found.slowest, found.failures, found.megabytes], stream)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    last, since, begun = b"", time.monotonic(), time.monotonic()
    how = ""
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        now = bytes(shared[:64])
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > STUCK:
            how = f"no end in {STUCK} s"
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            break
        if sys.stderr.isatty():
            done = now.decode().split("\t")[-1].strip() or "0"
            print(f"\r{done} inputs in {time.monotonic() - begun:.0f} s", end="", file=sys.stderr)
        time.sleep(1 if time.monotonic() - begun > 3 else 0.05)
    with os.fdopen(reader, encoding="utf-8") as stream:
        said = stream.read()
    if said:
        counts, refused, slowest, failures, megabytes = json.loads(said)
        return Report(Counter(counts), Counter(refused), tuple(slowest), [tuple(one) for one in failures], megabytes)  # type: ignore[arg-type]
    last = bytes(shared[:64]) if shared[0] else b"nothing\t0\t0"
    target, number, _ = last.decode().strip().split("\t")
    return Report(Counter({target: int(number)}), failures=[(target, int(number), how or "the process died")])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=0, help="how many inputs")
    parser.add_argument("--seconds", type=float, default=0, help="or for how long")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--target", choices=tuple(TARGETS), action="append", help="these targets alone")
    parser.add_argument("--only", type=int, help="one input of one target, run here and shown")
    parser.add_argument("--json", action="store_true", help="the counts as JSON")
    given = parser.parse_args()
    names = given.target or list(TARGETS)
    if given.only is not None:
        data, dice = made(names[0], given.seed, given.only)
        print(repr(data.decode("utf-8", "backslashreplace")))
        TARGETS[names[0]].run(data, dice)
        return 0
    count = given.count or (sys.maxsize if given.seconds else 20_000)
    begun = time.monotonic()
    report = watched(names, given.seed, count, given.seconds or float("inf"))
    if given.json:
        print(json.dumps({"tried": report.counts, "failures": report.failures, "megabytes": round(report.megabytes)}))
        return 1 if report.failures else 0
    print(report.say())
    print(f"in {time.monotonic() - begun:.0f} s, seed {given.seed}")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
