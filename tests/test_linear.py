"""Texts made up to be slow take time in proportion to their size: for `make soak`.

Each pattern and each rule gets 12 kB and 100 kB of the same few characters, again and
again. Nothing but time says how much a regular expression works, so this compares two
times of one process, where the longer one is long enough to mean something: eight times
the text may take up to 24 times the time, where a quadratic one takes 64.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator

import pytest

from pipeline import catalogue, content, flow, glossary, html, markdown, po
from pipeline.app import adopt
from pipeline.checks import RULES, ignore_comment, mend, passages, prose
from pipeline.checks.pair import Pair
from pipeline.checks.prose import MARK, THING
from pipeline.problems import CatalogueError

pytestmark = pytest.mark.soak

SIZES = (12_500, 100_000)
QUICK = 0.1
"""Seconds under which nobody asks."""
RATIO = 24

UNITS = [
    *" \t\r\n\u00a0\u202f\u200c\u200bاa1۱.,;?!:\"'«»()[]*_`~<>&{%@\\|#-ةيكـ٤ﻼ…\x0c\u2068\u2069\u202a¬",
    MARK, THING, "\u200c ", " \u200c", "ا ", "1۱", "...", "... ", '"ا" ', '"ا ', "“ا” ", " ,", " ، ",
    "« ", " ) ", "](", "](a", "[a", "[a](b) ", "![a](b.png) ", "`a` ", "``a", "**a", "_a ", "<!--", "<a",
    "<!-- -->", "<b> ", "&a", "{{", "{a", "{a} ", "%(", "%(a", "%(a)s ", "a@", "a@b.c", "http://",
    "http://.", "www.", "www.. ", ":a", "\\\\", "\\\n", " \n", "[^a]", "اـ", "ا ها ", "می رود ", "ه ی ",
    "خانهٔ ", "تر ", "ا تر ", "ا.ا", "ا،ا", "\u2068 ", "\u2067", "<<<<<<<\n", "charset=", "a: ", "aa 1",
    "> ", "- ", "- a\n", "> a\n", "a\n\n", "# a\n", "|a", "|-", "    ", "```\n", "[^a]: ", "[a]: b\n", "1. ", "***\n", "a,",
    '\\"', "\\x41", '"\n"', "msgid ", "#, fuzzy\n", "range:", "dozaban: ignore ",
]  # fmt: skip


def read_catalogue(text: str) -> None:
    """The text as a catalogue, and as each part of one; read, edited and looked up."""
    shapes = (
        "{}", 'msgid "a"\nmsgstr "{}"\n', '# {}\nmsgid "a"\nmsgstr "b"\n', '#: {}\nmsgid "a"\nmsgstr "b"\n',
        '#, {}\nmsgid "a"\nmsgstr "b"\n', 'msgid ""\nmsgstr "{}"\n', 'msgid ""\nmsgstr "é{}"\n',
    )  # fmt: skip
    for shape in shapes:
        data = shape.replace("{}", text).encode(errors="surrogatepass")
        try:
            found = po.parse(data, "x.po")
        except CatalogueError:
            continue
        po.lookup(data, "x.po", obsolete=True)
        po.with_header(found, "X-A", "b")
        catalogue.header_problem(found)
        for entry in found.all_entries:
            po.revise(entry, msgstr="x", fuzzy=True, comments=("a",), references=("x",))
            for offset in range(0, len(entry.msgstr), 20):
                po.msgstr_position(entry, offset)


def front_matter(text: str) -> None:
    adopt._front_matter(f"---\n{text}")
    adopt._KEY.match(text)
    adopt._SENTENCE.search(text)


def scalars(text: str) -> None:
    for written in (text, f'"{text}"', f"'{text}'", f"|\n  {text}"):
        whole = f"title: {written}"
        passages.scalar(whole, passages.line_starts(whole), (1, 8), text)


def beside(text: str) -> None:
    """All rules of translations over the text and one that is like it but for its letters."""
    numbered = "".join(f"{piece}{n}" for n, piece in enumerate(text.split("a")))
    other = numbered.replace("1", "2")
    source, target = prose.read([numbered, other])
    pair = Pair(msgid=numbered, msgstr=other, source=source, target=target)
    for rule in RULES:
        if rule.applies == "translation":
            tuple(rule.find(pair))


def glossed(text: str) -> None:
    """The text as a glossary, and beside one."""
    found, _ = glossary.parse(f"term,translation\n{text}\na,b\n".encode(errors="surrogatepass"), "g.csv")
    for term in glossary.terms_in(text, found):
        glossary.uses(text, term.translations)


def a_body(text: str) -> None:
    """The text as a document's body: cut into messages, put together, written."""
    body = f"x\n\n{text}"
    parsed = markdown.parse(body)
    own = {place: leaf.msgid for place, leaf in enumerate(parsed.leaves) if leaf.msgid}
    made = markdown.compose(parsed, dict.fromkeys(own, "سلام"))
    blocks = [html.Block(id=name) for name in markdown.block_ids(made.parsed)]
    manner = html.Manner(slots=True)
    html.write(made.parsed, manner, blocks)
    html.write(parsed, manner, blocks)
    flow.write(parsed, manner, blocks)
    markdown.anchors(parsed)


def mended(text: str) -> None:
    """The safe edits of all rules, made together."""
    finders = [
        (rule.name, lambda text, prose, find=rule.find: find(prose)) for rule in RULES if rule.applies == "text"
    ]
    mend.mend(text, text, finders)


WORK: dict[str, Callable[[str], object]] = {
    **{rule.name: lambda text, find=rule.find: tuple(find(text)) for rule in RULES if rule.applies in ("text", "body")},
    "bidi-control": lambda text: tuple(next(r.find for r in RULES if r.name == "bidi-control")(text, text)),
    "a translation beside its message": beside,
    "a catalogue": read_catalogue,
    "addresses left out": catalogue._roughly,
    "a key": markdown.key,
    "addresses carried over": lambda text: catalogue.carry(f"{text}[a](b)", f"{text}[a](c)", f"{text}[a](b)"),
    "a text without Markdown": prose.plain,
    "an inline text": lambda text: prose.read([text]),
    "line ends": lambda text: prose._LINE_ENDS.sub(prose._blank, text),
    "an exemption": lambda text: ignore_comment._named(f"dozaban: ignore{text}"),
    "a string of front matter": scalars,
    "a body": a_body,
    "a glossary": glossed,
    "a slug": content.slugify,
    "somebody's front matter": front_matter,
    "edits": mended,
}  # fmt: skip


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    """Without the garbage collector, whose time is that of all that lives in the process."""
    gc.disable()
    yield
    gc.enable()


def seconds(work: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    work(text)
    return time.process_time() - begun


@pytest.mark.parametrize("name", WORK)
def test_work_grows_with_the_text(name: str) -> None:
    work, slow = WORK[name], {}
    for unit in UNITS:
        short, long = (unit * (size // len(unit)) + "x" for size in SIZES)
        if (took := seconds(work, long)) < QUICK:
            continue
        for _ in range(3):  # whatever else the machine did meanwhile
            ratio = took / max(seconds(work, short), QUICK / 100)
            if ratio < RATIO:
                break
            took = seconds(work, long)
        else:
            slow[unit] = ratio
    assert not slow
