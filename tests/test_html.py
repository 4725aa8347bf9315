"""HTML: the parser's own but for a list of differences, and what stands in blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree

import html5lib
import pyromark
import pytest
from html_cases import TAGS
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_cases import hostile, markdown, specification, thorough, wild

from pipeline import markdown as md
from pipeline.html import (
    Block,
    Manner,
    Target,
    allowed_address,
    attribute,
    fill,
    href,
    is_external,
    write,
)
from pipeline.markdown import compose, parse
from pipeline.model import Direction

O = pyromark.Options  # noqa: E741
PARSER = pyromark.Markdown(
    options=O.ENABLE_TABLES | O.ENABLE_FOOTNOTES | O.ENABLE_STRIKETHROUGH | O.ENABLE_TASKLISTS
    | O.ENABLE_GFM | O.ENABLE_HEADING_ATTRIBUTES
)  # fmt: skip
OWN = Manner(raw_html=True, isolation=False)
"""The manner that differs least from the parser's."""

EN = Manner(labels={"footnote": "Footnote", "back": "Back to the text", "task-done": "done", "task-open": "to do",
                    "note": "Note"})  # fmt: skip
FA = Manner(
    direction="rtl",
    number=lambda n: "".join("۰۱۲۳۴۵۶۷۸۹"[int(d)] for d in str(n)),
    labels={"footnote": "پانوشت", "back": "بازگشت", "task-done": "انجام شد", "task-open": "مانده", "note": "نکته"},
)


def blocks(text: str, **changes: object) -> list[Block]:
    """A block for each leaf, as an edition's own."""
    parsed = parse(text)
    named = zip(md.block_ids(parsed), md.anchors(parsed), strict=True)
    return [replace(Block(id=name, anchors=names), **changes) for name, names in named]


def page(text: str, manner: Manner = EN, **changes: object) -> str:
    """A text as it stands in an edition, without the ids of its blocks."""
    html = write(parse(text), manner, blocks(text, **changes))
    return re.sub(r' id="b-[0-9a-f]{8}(?:-\d+)?"', "", html)


# The parser's own HTML, and the list of differences

SCHEMES = {
    "<irc://foo.bar:2233/baz>\n": "<p>irc://foo.bar:2233/baz</p>\n",
    "<a+b+c:d>\n": "<p>a+b+c:d</p>\n",
    "<made-up-scheme://foo,bar>\n": "<p>made-up-scheme://foo,bar</p>\n",
    "<localhost:5001/foo>\n": "<p>localhost:5001/foo</p>\n",
}
"""The examples with an address of a scheme that links may not have."""


def test_the_parsers_html_on_all_of_commonmarks_examples() -> None:
    for text in specification():
        assert write(parse(text), OWN) == SCHEMES.get(text, PARSER.html(text)), text
        if text not in SCHEMES:
            text = text.replace("\n", "\r\n")
            assert write(parse(text), OWN) == PARSER.html(text), text


def test_without_raw_html_only_the_examples_that_have_any_differ() -> None:
    differ = 0
    for text in specification():
        parsed = parse(text)
        html = write(parsed, replace(OWN, raw_html=False))
        raw = [e for e, _ in parsed.events if type(e) is dict and {"Html", "InlineHtml"} & set(e)]
        if not raw:
            assert html == write(parsed, OWN)
        else:
            differ += 1
            for event in raw:
                (tag,) = event.values()
                assert not tag.lstrip().startswith("<") or tag not in html, text
    assert 60 < differ < 120


DIFFERENCES = {
    "alignment is a class": (
        "|a|b|c|d|\n|:-|-:|:-:|-|\n",
        '<table><thead><tr><th style="text-align: left">a</th><th style="text-align: right">b</th>'
        '<th style="text-align: center">c</th><th>d</th></tr></thead><tbody>\n</tbody></table>\n',
        '<table><thead><tr><th class="align-left">a</th><th class="align-right">b</th>'
        '<th class="align-center">c</th><th>d</th></tr></thead><tbody>\n</tbody></table>\n',
    ),
    "a scheme that may run": (
        "[a](javascript:alert(1))",
        '<p><a href="javascript:alert(1)">a</a></p>\n',
        "<p>a</p>\n",
    ),
    "an image of such a scheme": (
        "![a](data:image/png;base64,xx)",
        '<p><img src="data:image/png;base64,xx" alt="a" /></p>\n',
        "<p>a</p>\n",
    ),
    "boxes of tasks have names": (
        "- [ ] a\n- [x] b\n",
        '<ul>\n<li><input disabled="" type="checkbox"/>\na</li>\n'
        '<li><input disabled="" type="checkbox" checked=""/>\nb</li>\n</ul>\n',
        '<ul>\n<li><input disabled="" type="checkbox" aria-label="open"/>\na</li>\n'
        '<li><input disabled="" type="checkbox" checked="" aria-label="done"/>\nb</li>\n</ul>\n',
    ),
    "footnotes: ids of ours, and ways back": (
        "a[^n] b[^n]\n\n[^n]: c\n",
        '<p>a<sup class="footnote-reference"><a href="#n">1</a></sup> '
        'b<sup class="footnote-reference"><a href="#n">1</a></sup></p>\n'
        '<div class="footnote-definition" id="n"><sup class="footnote-definition-label">1</sup>\n<p>c</p>\n</div>\n',
        '<p>a<sup class="footnote-reference" id="fnref-1"><a href="#fn-1" aria-label="Footnote 1">1</a></sup> '
        'b<sup class="footnote-reference" id="fnref-1-2"><a href="#fn-1" aria-label="Footnote 1">1</a></sup></p>\n'
        '<div class="footnote-definition" id="fn-1"><sup class="footnote-definition-label">1</sup>\n'
        '<p>c <a class="footnote-back" href="#fnref-1" aria-label="Back 1">↩\ufe0e</a>'
        ' <a class="footnote-back" href="#fnref-1-2" aria-label="Back 1 (2)">↩\ufe0e<sup>2</sup></a></p>\n</div>\n',
    ),
    "footnotes: numbered by reference, not by definition": (
        "[^b]: x\n\n[^a]: y\n\n1[^a] 2[^b]",
        None,
        '<div class="footnote-definition" id="fn-2"><sup class="footnote-definition-label">2</sup>\n'
        '<p>x <a class="footnote-back" href="#fnref-2" aria-label="Back 2">↩\ufe0e</a></p>\n</div>\n'
        '<div class="footnote-definition" id="fn-1"><sup class="footnote-definition-label">1</sup>\n'
        '<p>y <a class="footnote-back" href="#fnref-1" aria-label="Back 1">↩\ufe0e</a></p>\n</div>\n'
        '<p>1<sup class="footnote-reference" id="fnref-1"><a href="#fn-1" aria-label="Footnote 1">1</a></sup> '
        '2<sup class="footnote-reference" id="fnref-2"><a href="#fn-2" aria-label="Footnote 2">2</a></sup></p>\n',
    ),
    "a link in a link is text": (
        "[a <https://x.org/>](/u)",
        '<p><a href="/u">a <a href="https://x.org/">https://x.org/</a></a></p>\n',
        '<p><a href="/u">a https://x.org/</a></p>\n',
    ),
    "a heading has no attributes but id and class": (
        "# a {#b .c onclick=alert(1) style=x}",
        '<h1 id="b" class="c" onclick="alert(1)" style="x">a</h1>\n',
        '<h1 id="b" class="c">a</h1>\n',
    ),
    "the language of code is one word": (
        "```a\tb&quot;\nc\n```",
        '<pre><code class="language-a\tb&quot;">c\n</code></pre>\n',
        '<pre><code class="language-a">c\n</code></pre>\n',
    ),
    "NUL": ("a\0b `\0`", "<p>a\0b <code>\0</code></p>\n", "<p>a\ufffdb <code>\ufffd</code></p>\n"),
    "control characters": ("a\x01b&#127;\x0bc", "<p>a\x01b\x7f\x0bc</p>\n", "<p>a\ufffdb\ufffd\ufffdc</p>\n"),
    "stray bidi controls": ("a\u202eb \u2067c", "<p>a\u202eb \u2067c</p>\n", "<p>ab c</p>\n"),
}


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_what_differs_from_the_parsers_html(difference: str) -> None:
    text, theirs, ours = DIFFERENCES[difference]
    assert theirs is None or PARSER.html(text) == theirs
    assert write(parse(text), OWN) == ours


RAW = {
    "a <b>c</b> d": ("<p>a &lt;b&gt;c&lt;/b&gt; d</p>\n", ["raw-html", "raw-html"]),
    "<div onclick='x'>\na\n</div>": ("<p>&lt;div onclick='x'&gt;\na\n&lt;/div&gt;</p>\n", ["raw-html"]),
    "a <!-- b --> c": ("<p>a  c</p>\n", ["html-comment"]),
    "<!-- a -->\nb": ("<p>b</p>\n", ["html-comment"]),
    "<!-- a --> <b>c</b> <!-- d -->": ("<p>&lt;b&gt;c&lt;/b&gt;</p>\n", ["raw-html"]),
    "<!-- a\n\nb": ("<p>&lt;!-- a\n\nb</p>\n", ["raw-html"]),
    "<!-->a-->": ("<p>a--&gt;</p>\n", ["raw-html"]),
    "<script>alert(1)</script>": ("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n", ["raw-html"]),
    "<?php a ?> b": ("<p>&lt;?php a ?&gt; b</p>\n", ["raw-html"]),
    "a <b unclosed": ("<p>a &lt;b unclosed</p>\n", []),
    "<!-- dozaban: skip -->\na": ("<p>a</p>\n", []),
}  # fmt: skip


@pytest.mark.parametrize("text", RAW)
def test_raw_html_is_text_and_comments_are_dropped_and_both_reported(text: str) -> None:
    html, rules = RAW[text]
    heard: list[str] = []
    manner = Manner(report=lambda rule, message, index: heard.append(rule))
    assert (write(parse(text), manner), heard) == (html, rules)


def test_raw_html_may_stand_but_no_nul_and_no_directive() -> None:
    text = "<!-- dozaban: note secret -->\n<div title='\0'>\n\na <b title='\0'> <i>c</i> <!-- d -->"
    asked: list[str] = []

    def allowed(index: int, tag: str) -> bool:
        asked.append(tag)
        return tag != "</i>"

    assert write(parse(text), Manner(raw_html=True, raw_allowed=allowed)) == (
        "<div title='\ufffd'>\n<p>a <b title='\ufffd'> <i>c&lt;/i&gt; <!-- d --></p>\n"
    )
    assert asked == ["<b title='\0'>", "<i>", "</i>", "<!-- d -->"]


# Addresses


@pytest.mark.parametrize(
    ("address", "allowed", "external"),
    [
        ("https://example.org/", True, True),
        ("HTTP://example.org/", True, True),
        ("mailto:a@b.org", True, True),
        ("tel:+982112345678", True, True),
        ("//example.org/a", True, True),
        ("a/b.md#c", True, False),
        ("/a?b=c:d", True, False),
        ("#c", True, False),
        ("./a:b", True, False),
        ("", True, False),
        ("نوروز.md", True, False),
        ("javascript:alert(1)", False, True),
        ("JaVaScRiPt:alert(1)", False, True),
        ("\x01javascript:alert(1)", False, True),
        (" javascript:alert(1)", False, True),
        ("java\tscript:alert(1)", False, False),
        ("java\nscript:alert(1)", False, False),
        ("java\u2028script:alert(1)", False, False),
        ("java\u200bscript:alert(1)", False, False),
        ("\u202ejavascript:x", False, False),
        ("data:text/html,x", False, True),
        ("vbscript:x", False, True),
        ("file:///etc/passwd", False, True),
        ("blob:x", False, True),
        ("localhost:5001", False, True),
    ],
)
def test_schemes(address: str, allowed: bool, external: bool) -> None:
    assert (allowed_address(address), is_external(address)) == (allowed, external)


@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](javascript&colon;alert(1))",
        "[a](<java\tscript:x>)",
        "[a](java&#10;script:x)",
        "[a](java&NewLine;script:x)",
        "[a](&#x1;javascript:x)",
        "[a][r]\n\n[r]: javascript:x",
        "<javascript:x>",
        "![a](javascript:x)",
        "[![a](data:x)](vbscript:y)",
    ],
)
def test_no_link_runs(text: str) -> None:
    heard: list[str] = []
    html = write(parse(text), Manner(report=lambda rule, message, index: heard.append(rule)))
    assert "href" not in html and "src" not in html
    assert set(heard) == {"link-scheme"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a b", "a%20b"),
        ('"><script>', "%22%3E%3Cscript%3E"),
        ("نو", "%D9%86%D9%88"),
        ("%D9%86", "%D9%86"),
        ("a&b='c'", "a&amp;b=&#x27;c&#x27;"),
        ("a\\b", "a%5Cb"),
        ("a\0b\u2028c", "a%00b%E2%80%A8c"),
        ("/\\evil.org", "/%5Cevil.org"),
    ],
)
def test_href(address: str, expected: str) -> None:
    assert href(address) == expected


def test_titles_and_texts_of_images_are_attributes() -> None:
    text = "[a](b '\"><x>\u202e &amp;') ![\"<c>\u202ed *e*\\\nf ![g](h)](i \"j'k\")"
    assert write(parse(text), OWN) == (
        '<p><a href="b" title="&quot;&gt;&lt;x&gt; &amp;">a</a> '
        '<img src="i" alt="&quot;d e f g" title="j\'k" /></p>\n'
    )
    assert attribute('a"b<c>&\0') == "a&quot;b&lt;c&gt;&amp;\ufffd"


def test_targets_marks_and_slots() -> None:
    def resolve(address: str, image: bool, index: int) -> Target | None:
        if address == "gone":
            return None
        if image or address == "slot":
            return Target(slot="7", attributes=' loading="lazy"' if image else "")
        return Target(href=address + "?x&y", attributes=' rel="z"', mark=" (fa)")

    html = write(parse("[a](b 't') [c](gone) [d](slot) ![e](f)"), Manner(resolve=resolve))
    assert html == (
        '<p><a href="b?x&amp;y" title="t" rel="z">a (fa)</a> c <a \x007\0>d\x007m\0</a> '
        '<img \x007\0 alt="e" loading="lazy" /></p>\n'
    )
    assert fill(html, lambda name: {"7": 'href="/d/"', "7m": "!"}[name]) == (
        '<p><a href="b?x&amp;y" title="t" rel="z">a (fa)</a> c <a href="/d/">d!</a> '
        '<img href="/d/" alt="e" loading="lazy" /></p>\n'
    )


# Blocks


def test_blocks_of_every_kind_have_their_ids() -> None:
    text = (
        "# a {.c}\n\nb\n\n- d\n- e\n\n  f\n\n> g\n\n|h|\n|-|\n|i|\n\n```k\nl\n```\n\n***\n\n<div>\n\n"
        "o[^1]\n\n[^1]: p\n\n- [x] q\n  - r\n  # s\n  t\n"
    )
    names = [f"n{number}" for number in range(len(parse(text).leaves))]
    html = write(parse(text), EN, [Block(id=name) for name in names])
    opened = re.findall(r'<(\w+) id="(n\d+)"([^>]*)>', html)
    assert opened == [
        ("h1", "n0", ' class="c"'), ("p", "n1", ""), ("p", "n2", ""), ("p", "n3", ""), ("p", "n4", ""),
        ("p", "n5", ""), ("th", "n6", ""), ("td", "n7", ""), ("pre", "n8", ' tabindex="0"'), ("hr", "n9", " /"),
        ("p", "n10", ""), ("p", "n11", ""), ("p", "n12", ""), ("li", "n13", ""), ("li", "n14", ""),
        ("h1", "n15", ""), ("div", "n16", ""),
    ]  # fmt: skip


FOREIGN = {"state": "untranslated", "language": "en", "direction": "ltr", "mark": "<i>!</i> "}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", '<p class="untranslated" lang="en" dir="ltr"><i>!</i> a</p>\n'),
        ("# a {#x .c}",
         '<h1 class="c untranslated" lang="en" dir="ltr"><a class="anchor" id="x"></a>'
         '<a class="anchor" id="a"></a><i>!</i> a</h1>\n'),
        ("- a", '<ul>\n<li class="untranslated" lang="en" dir="ltr"><i>!</i> a</li>\n</ul>\n'),
        ("- a\n  - b",
         '<ul>\n<li>\n<div class="untranslated" lang="en" dir="ltr"><i>!</i> a</div>\n<ul>\n'
         '<li class="untranslated" lang="en" dir="ltr"><i>!</i> b</li>\n</ul>\n</li>\n</ul>\n'),
        ("- [x] a\n  > b",
         '<ul>\n<li>\n<div class="untranslated" lang="en" dir="ltr"><i>!</i> '
         '<input disabled="" type="checkbox" checked="" aria-label="انجام شد"/>\na</div>\n<blockquote>\n'
         '<p class="untranslated" lang="en" dir="ltr"><i>!</i> b</p>\n</blockquote>\n</li>\n</ul>\n'),
        ("|a|\n|:-:|\n",
         '<div class="table" role="group" aria-label="Table ۱" tabindex="0"><table><thead><tr>'
         '<th class="align-center untranslated" lang="en" dir="ltr"><i>!</i> a'
         "</th></tr></thead><tbody>\n</tbody></table></div>\n"),
        ("```\na\n```",
         '<i>!</i> <pre class="untranslated" lang="en" dir="ltr" tabindex="0"><code>a\n</code></pre>\n'),
        ('![a](b.png "سلام a")',
         '<figure class="untranslated" lang="en" dir="ltr"><i>!</i> <img src="b.png" alt="a" />'
         '<figcaption><bdi dir="rtl">سلام</bdi> a</figcaption></figure>\n'),
        ("a `b` سلام",
         '<p class="untranslated" lang="en" dir="ltr"><i>!</i> a <code dir="ltr">b</code> '
         '<bdi dir="rtl">سلام</bdi></p>\n'),
    ],
)  # fmt: skip
def test_a_block_in_another_language_says_so(text: str, expected: str) -> None:
    assert page(text, FA, **FOREIGN) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('![a](b.png "c & <d>")',
         '<figure><img src="b.png" alt="a" /><figcaption>c &amp; &lt;d&gt;</figcaption></figure>\n'),
        ('> ![a](b.png "c")',
         '<blockquote>\n<figure><img src="b.png" alt="a" /><figcaption>c</figcaption></figure>\n</blockquote>\n'),
        ('![a](b.png)', '<p><img src="b.png" alt="a" /></p>\n'),
        ('![a][b]\n\n[b]: c.png "d"', '<p><img src="c.png" alt="a" title="d" /></p>\n'),
        ('![a](b.png "c") d', '<p><img src="b.png" alt="a" title="c" /> d</p>\n'),
        ('- ![a](b.png "c")', '<ul>\n<li><img src="b.png" alt="a" title="c" /></li>\n</ul>\n'),
        ('![a ![b](c)](d "e")\n', '<figure><img src="d" alt="a b" /><figcaption>e</figcaption></figure>\n'),
        ('![a](javascript:x "c")', "<p>a</p>\n"),
        ('![](javascript:x "c")', "<p></p>\n"),
    ],
)  # fmt: skip
def test_a_picture_that_stands_alone_has_its_title_for_a_caption(text: str, expected: str) -> None:
    assert page(text, EN) == expected


def test_each_table_is_named_for_those_who_come_to_it_by_keyboard() -> None:
    html = page("|ا|\n|-|\n\nب\n\n|پ|\n|-|\n", replace(FA, labels={"table": "جدول"}))
    assert re.findall(r'<div class="table"([^>]*)>', html) == [
        ' role="group" aria-label="جدول ۱" tabindex="0"', ' role="group" aria-label="جدول ۲" tabindex="0"',
    ]  # fmt: skip
    assert "aria-label" not in write(parse("|a|\n|-|\n"), EN)


def test_of_two_texts_in_an_item_each_has_its_own_language() -> None:
    text = "- one\n  # two\n  three C++ چهار\n- five"
    own, foreign = Block(id="x"), Block(id="y", language="en", direction="ltr", state="untranslated")
    assert write(parse(text), FA, [foreign, own, foreign, own]) == (
        '<ul>\n<li>\n<div id="y" class="untranslated" lang="en" dir="ltr">one</div>\n'
        '<h1 id="x"><bdi dir="ltr">two</bdi></h1>\n'
        '<div id="y" class="untranslated" lang="en" dir="ltr">three C++ <bdi dir="rtl">چهار</bdi></div>\n</li>\n'
        '<li id="x"><bdi dir="ltr">five</bdi></li>\n</ul>\n'
    )
    assert write(parse(text), FA, [own, foreign, own, foreign]) == (
        '<ul>\n<li id="x"><bdi dir="ltr">one</bdi>\n'
        '<h1 id="y" class="untranslated" lang="en" dir="ltr">two</h1>\n'
        '<div id="x"><bdi dir="ltr">three C++</bdi> چهار</div>\n</li>\n'
        '<li id="y" class="untranslated" lang="en" dir="ltr">five</li>\n</ul>\n'
    )


def test_code_runs_left_to_right_wherever_it_stands() -> None:
    assert page("`a` `سلام`") == '<p><code>a</code> <code dir="ltr">سلام</code></p>\n'
    assert page("`a`\n\n    b\n", FA) == (
        '<p><code dir="ltr">a</code></p>\n<pre dir="ltr" tabindex="0"><code>b\n</code></pre>\n'
    )
    persian = {"state": "untranslated", "language": "fa", "direction": "rtl"}
    assert page("    b\n", EN, **persian) == (
        '<pre class="untranslated" lang="fa" dir="ltr" tabindex="0"><code>b\n</code></pre>\n'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("زبان C++ و\n[Python](x) 3.12 است",
         '<p>زبان <bdi dir="ltr">C++</bdi> و\n<a href="x"><bdi dir="ltr">Python</bdi></a> '
         '<bdi dir="ltr">3.12</bdi> است</p>\n'),
        ("از Python\n3.12 به بعد", '<p>از <bdi dir="ltr">Python\n3.12</bdi> به بعد</p>\n'),
        ("*Hello, world!* گفت Hello!",
         '<p><em><bdi dir="ltr">Hello, world!</bdi></em> گفت <bdi dir="ltr">Hello</bdi>!</p>\n'),
        ("<https://example.org/a/>",
         '<p><a href="https://example.org/a/"><bdi dir="ltr">https://example.org/a/</bdi></a></p>\n'),
        ("از **Django** (5.2), **Flask**",
         '<p>از <strong><bdi dir="ltr">Django</bdi></strong> (<bdi dir="ltr">5.2</bdi>), '
         '<strong><bdi dir="ltr">Flask</bdi></strong></p>\n'),
        ("R&amp;D و a\\*b", '<p><bdi dir="ltr">R&amp;D</bdi> و <bdi dir="ltr">a*b</bdi></p>\n'),
        ("<b>C++</b> است", '<p><bdi dir="ltr">&lt;b&gt;</bdi><bdi dir="ltr">C++</bdi><bdi dir="ltr">&lt;/b&gt;</bdi>'
         " است</p>\n"),
    ],
)  # fmt: skip
def test_isolation(text: str, expected: str) -> None:
    assert page(text, FA) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u2067*سلام*\u2069 a", '<p>\u2067<em><bdi dir="rtl">سلام</bdi></em>\u2069 a</p>\n'),
        ("\u2067*a*", "<p><em>a</em></p>\n"),
        ("&#x202e;a", "<p>a</p>\n"),
        ("\u2067a\n\nb\u2069", "<p>a</p>\n<p>b</p>\n"),
        ("\u2067`a\u2069`\u2069", "<p>\u2067<code dir=\"ltr\">a</code>\u2069</p>\n"),
        ("\u2067![a\u2069](b)\u2069", '<p>\u2067<img src="b" alt="a" />\u2069</p>\n'),
        ("    a\u202eb\n    \u2066c\u2069",
         '<pre tabindex="0"><code>ab\n\u2066c\u2069</code></pre>\n'),
        ("<p>\u202ea", "<p>&lt;p&gt;a</p>\n"),
        ("نیم\u200cفاصله \u200ea\u200f", '<p><bdi dir="rtl">نیم\u200cفاصله</bdi> \u200ea\u200f</p>\n'),
    ],
)  # fmt: skip
def test_stray_controls_are_dropped_and_balanced_ones_stay(text: str, expected: str) -> None:
    assert page(text) == expected


# Poems


def misras(html: str) -> list[list[str]]:
    """The lines of a poem, bayt by bayt, tags left out."""
    paragraph = ElementTree.fromstring(html.strip())
    return [["".join(misra.itertext()) for misra in bayt] for bayt in paragraph.findall("span[@class='bayt']")]


def poem(text: str, manner: Manner = EN, **changes: object) -> str:
    return page(f"<!-- dozaban: poem -->\n{text}", manner, **changes)


def test_two_lines_make_a_bayt_however_they_end() -> None:
    assert poem("one\ntwo\\\nthree  \nfour") == (
        '<p class="poem"><span class="bayt"><span class="misra">one</span>\n<span class="misra">two</span></span>\n'
        '<span class="bayt"><span class="misra">three</span>\n<span class="misra">four</span></span></p>\n'
    )
    assert misras(poem("one")) == [["one"]]
    assert misras(poem("one\ntwo\nthree")) == [["one", "two"], ["three"]]


def test_a_poem_nests_with_what_goes_over_its_lines() -> None:
    html = poem("*one **two\nthree** four* [five\nsix](x 'y') `seven\neight`")
    assert misras(html) == [["one two", "three four five"], ["six seven eight"]]
    assert '<em>one <strong>two</strong></em></span>\n<span class="misra"><em><strong>three</strong> four</em>' in html
    assert '<a href="x" title="y">five</a></span></span>\n' in html
    assert '<span class="misra"><a href="x" title="y">six</a> <code>seven eight</code></span>' in html


def test_a_poem_has_its_mark_before_its_lines() -> None:
    html = poem("one\ntwo", FA, **FOREIGN)
    assert html.startswith('<p class="poem untranslated" lang="en" dir="ltr"><i>!</i> <span class="bayt">')
    assert misras(html) == [["one", "two"]]


def test_poems_in_quotations_and_lists() -> None:
    html = page("> <!-- dozaban: poem -->\n> one\n> two\n>\n> three\n> four\n\n- <!-- dozaban: poem -->\n  five\n  six")
    assert html.count('class="poem"') == 2
    assert re.findall("three\nfour", html)
    assert '<li>\n<p class="poem"><span class="bayt"><span class="misra">five</span>\n' in html


def test_a_poems_translation_has_the_translations_lines() -> None:
    parsed = parse("<!-- dozaban: poem -->\none\ntwo\n")
    composed = compose(parsed, {0: "یک\nدو *سه\nچهار*"}).parsed
    html = write(composed, FA, [Block()])
    assert misras(html) == [["یک", "دو سه"], ["چهار"]]


# Footnotes


FOOTNOTES = {
    "labels match whatever their case": ("a[^Ä] b[^ä]\n\n[^ä]: c", [1], {1: 2}),
    "odd labels": ('a[^"><x>]\n\n[^"><x>]: c', [1], {1: 1}),
    "never referenced": ("[^1]: a\n\nb", [1], {}),
    "in a heading": ("# a[^1]\n\n[^1]: b", [1], {1: 1}),
    "within footnotes, themselves too": ("a[^1]\n\n[^1]: b[^2]\n\n[^2]: c[^2] d[^1]", [1, 2], {1: 2, 2: 2}),
    "defined twice": ("a[^1]\n\n[^1]: b\n\n[^1]: c", [1], {1: 1}),
    "in what would have been a link or an image": ("[a[^1]](x) ![a[^1]](y)\n\n[^1]: c", [1], {1: 2}),
    "in a table": ("|a[^1]|\n|-|\n|b[^1]|\n\n[^1]: c", [1], {1: 2}),
    "that holds code, and no paragraph at its end": ("a[^1]\n\n[^1]: b\n\n        c\n", [1], {1: 1}),
    "that holds nothing": ("a[^1]\n\n[^1]:", [1], {1: 1}),
}


@pytest.mark.parametrize("case", FOOTNOTES)
def test_footnotes(case: str) -> None:
    """Definitions, references and ways back meet; no id stands twice."""
    text, definitions, references = FOOTNOTES[case]
    html = page(text)
    assert [int(n) for n in re.findall(r'id="fn-(\d+)"', html)] == definitions
    found: dict[int, int] = {}
    for number in re.findall(r'id="fnref-(\d+)(?:-\d+)?"', html):
        found[int(number)] = found.get(int(number), 0) + 1
    assert found == references
    agree(html)


def agree(html: str) -> None:
    """Ids are unique, and every way within the page leads to one."""
    ids = re.findall(r' id="([^"]*)"', html)
    assert len(set(ids)) == len(ids), ids
    for way in re.findall(r'href="#([^"]*)"', html):
        assert way in ids, way
    for way in (f"fnref-{rest}" for rest in re.findall(r'id="fnref-([^"]*)"', html)):
        assert f'href="#{way}"' in html


def test_footnotes_speak_the_editions_language_and_take_the_prefix() -> None:
    text = "ا[^1]\n\n[^1]: ب\n\n# پ {#d}"
    html = write(parse(text), replace(FA, prefix="p2-"), blocks(text))
    assert re.sub(r"b-[0-9a-f]{8}", "b-ID", html) == (
        '<p id="p2-b-ID">ا<sup class="footnote-reference" id="p2-fnref-1">'
        '<a href="#p2-fn-1" aria-label="پانوشت ۱">۱</a></sup></p>\n'
        '<div class="footnote-definition" id="p2-fn-1"><sup class="footnote-definition-label">۱</sup>\n'
        '<p id="p2-b-ID">ب <a class="footnote-back" href="#p2-fnref-1" aria-label="بازگشت ۱">↪\ufe0e</a></p>\n</div>\n'
        '<h1 id="p2-b-ID"><a class="anchor" id="p2-d"></a><a class="anchor" id="p2-پ"></a>پ</h1>\n'
    )


# No stranger speaks

def harmless(html: str, direction: Direction) -> None:
    """Well formed, nothing but our elements and attributes, ids unique, links safe."""
    tree = ElementTree.fromstring(f"<page>{html}</page>")
    for element in tree.iter():
        assert set(element.attrib) <= TAGS[element.tag], html
        for name in ("href", "src"):
            address = element.get(name, "")
            assert allowed_address(address) and "\\" not in address
        if element.tag == "a":
            assert not element.findall(".//a"), html
    agree(html)
    html5lib.HTMLParser(strict=True).parse(
        f"<!doctype html><html dir={direction}><head><title>x</title></head><body>{html}</body></html>"
    )


@thorough
@given(wild, st.sampled_from((EN, FA)), st.lists(st.sampled_from(("", "untranslated", "stale")), min_size=1))
def test_no_stranger_speaks(text: str, manner: Manner, states: Sequence[str]) -> None:
    parsed = parse(text)
    made = []
    for number, (block, leaf) in enumerate(zip(blocks(text), parsed.leaves, strict=True)):
        state = states[number % len(states)] if leaf.msgid else ""
        own = {"language": "en", "direction": "ltr"} if state == "untranslated" else {}
        mark = '<span class="mark">!</span> ' if state else ""
        made.append(replace(block, state=state, mark=mark, **own))
    html = write(parsed, manner, made)
    harmless(html, manner.direction)
    for block, leaf in zip(made, parsed.leaves, strict=True):
        assert html.count(f' id="{block.id}"') == 1 or leaf.kind == "html"


@thorough
@given(markdown, hostile, hostile)
@example("<!-- dozaban: translate -->\n    a", "# \x0c", "")
def test_nor_a_translation(text: str, one: str, other: str) -> None:
    parsed = parse(text)
    wanted = {n: (one, other)[n % 2] for n, leaf in enumerate(parsed.leaves) if leaf.msgid}
    html = write(compose(parsed, wanted).parsed, FA, blocks(text))
    harmless(html, "rtl")


@thorough
@given(wild)
def test_markup_apart_the_text_is_the_parsers(text: str) -> None:
    """Writing isolates and marks, but no character of the text is lost or made up."""
    parsed = parse(text)
    html = write(parsed, replace(FA, isolation=True), [Block() for _ in parsed.leaves])
    tree = ElementTree.fromstring(f"<page>{html}</page>")
    for element in tree.iter():
        ours = ("footnote-reference", "footnote-definition-label", "footnote-back", "alert-title")
        if element.get("class") in ours or element.tag == "figcaption":
            element.text = ""
            for child in list(element):
                element.remove(child)
    shown = "".join("".join(tree.itertext()).split())
    expected: list[str] = []
    block: list[str] = []
    depth = 0
    for event, _ in parsed.events:
        if type(event) is str:
            continue
        ((what, value),) = event.items()
        if what in ("Text", "Code", "InlineHtml"):
            if not depth and not (what == "InlineHtml" and value.startswith("<!--")):
                expected.append(value)
        elif what == "Html":
            block.append(value)
        elif what == "End" and value == "HtmlBlock":
            expected.append(re.sub("<!--.*?-->", "", "".join(block), flags=re.DOTALL))
            block = []
        elif type(value) is dict and "Image" in value or value == "Image":
            depth += 1 if what == "Start" else -1
    controls = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
    said = re.sub("[\0-\x08\x0e-\x1f\x7f-\x9f]", "\ufffd", "".join(expected))
    assert shown.translate(controls) == "".join(said.split()).translate(controls)


def test_an_empty_corner_of_a_table_heads_nothing() -> None:
    assert "<thead><tr><td></td><th>هفته</th></tr></thead>" in page("| | هفته |\n|---|---|\n| a | b |\n", FA)
