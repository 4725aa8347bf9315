"""Segmentation, escaping and composition: laws 1 and 2, then the fixtures, then the rest."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_cases import Case, cases, fixture, hostile, markdown, specification, thorough

from pipeline import markdown as md
from pipeline.markdown import Parsed, compose, key, parse, splice


def said(events: Iterable[tuple[Any, Any]], poem: bool = False) -> list[str]:
    """Events but for soft breaks: those are spaces, and white space is one space.

    A poem's soft breaks are hard ones. A newline in a tag or in code is white space.
    """
    result: list[str] = []
    text: list[str] = []
    for event, _ in (*events, ("", None)):
        if event == "SoftBreak":
            if not poem:
                text.append(" ")
                continue
            event = "HardBreak"
        if type(event) is dict and "Text" in event:
            text.append(event["Text"])
            continue
        if text:
            result.append("text " + " ".join("".join(text).split()))
            text = []
        if type(event) is dict and "Code" in event:
            event = {"Code": " ".join(event["Code"].split())}
        result.append(" ".join(repr(event).replace("\\n", " ").replace("\\r", "").split()))
    return result


def all_said(parsed: Parsed) -> list[str]:
    """The same of a whole text: each leaf as it is, and what stands between."""
    result, at = [], 0
    for leaf in parsed.leaves:
        first, last = leaf.events
        result += said(parsed.events[at:first]) + said(parsed.events[first:last], leaf.poem)
        at = last
    return result + said(parsed.events[at:])


def messages(parsed: Parsed) -> dict[int, str]:
    return {place: leaf.msgid for place, leaf in enumerate(parsed.leaves) if leaf.msgid}


# Law 1: identity


def identical(text: str) -> None:
    parsed = parse(text)
    assert splice(parsed, {}) == text.encode()
    own = messages(parsed)
    assert compose(parsed, own) == md.Composed(parsed=parsed, refused={})
    composed = compose(parsed, own, always=True)
    assert composed.refused == {}
    assert all_said(composed.parsed) == all_said(parsed), composed.parsed.data


def test_identity_on_all_of_commonmarks_examples() -> None:
    for text in specification():
        identical(text)
        identical(text.replace("\n", "\r\n"))


@thorough
@given(markdown)
@example("\\\n    <div>")
@example("- [ ] <b>")
@example("\\\n{}\\\n---")
@example("\\  \n* ")
@example("{#id}\\\n---")
@example("*\\\n_*")
@example("*\\\\| a | b |\n|---|---|\n")
@example("- \\\n<b>")
@example("**  \n_* ")
@example("<!-- dozaban: poem -->\n\\\n* ")
@example("| a | b |\n|---|---|\n|")
@example("- \\\n  foo\n- [ ]\n  bar")
@example("<!-- dozaban: poem -->\na\\\\\nb  \nc\\\nd")
@example("- <!-- dozaban: translate -->\n  ```\n  a\n\n   b\n  ```")
@example("<b\n    >")
@example("<br  \n    >")
@example("- <!-- dozaban: translate -->\n\n  ```\n\n  a\n  ```")
def test_identity(text: str) -> None:
    identical(text)


# Law 2: structure


def unchanged(text: str, *translations: str) -> Parsed:
    """Composes with the translations in turn; what stands around them is as it was."""
    parsed = parse(text)
    wanted = {
        place: translations[number % len(translations)] for number, place in enumerate(messages(parsed))
    }
    composed = compose(parsed, wanted)
    made = composed.parsed
    assert len(made.leaves) == len(parsed.leaves)
    ours = theirs = 0
    for place, (a, b) in enumerate(zip(parsed.leaves, made.leaves, strict=True)):
        assert a.kind == b.kind
        between = [event for event, _ in parsed.events[ours : a.events[0]]]
        assert between == [event for event, _ in made.events[theirs : b.events[0]]]
        if place not in wanted or place in composed.refused:
            assert said(parsed.events[slice(*a.events)]) == said(made.events[slice(*b.events)])
            assert parsed.data[a.start : a.end] == made.data[b.start : b.end]
        ours, theirs = a.events[1], b.events[1]
    assert [e for e, _ in parsed.events[ours:]] == [e for e, _ in made.events[theirs:]]
    return made


HOSTILE = (
    "# x", "> x", "- x", "1. x", "```\nx", "    x", "<div>x", "<!-- x", "<?x", "[x]: /y", "[^1]: y", "***",
    "---", "===", "| a |\n|---|", "x\n\ny", "x\n# y", "x\\\n---", "x\\\n- y", "[ ] x", "[!NOTE]", "x {#y}",
    "x #", "a | b", "`a|b`", "x\\", "\\\nx", '"x"', "(x)", "<b>", "</b>", "<script>alert(1)</script>",
    "\u2028# x", "- سلام\\\n۱. بر\\\n> تو", "<!-- dozaban: skip -->", "]", "[", "`", "*", "![", "](",
)  # fmt: skip


def test_structure_on_all_of_commonmarks_examples() -> None:
    for number, text in enumerate(specification()):
        for step in range(4):
            at = (number * 4 + step) % len(HOSTILE)
            unchanged(text, HOSTILE[at], HOSTILE[at - 7])


@thorough
@given(markdown, hostile, hostile)
@example("> - x\n>   ---\n", "[ ] ", "")
@example("- item\n", "\\\n|> _", "")
@example("[r]: /u\n  'a\n", "'b'", "")
def test_structure(text: str, one: str, other: str) -> None:
    unchanged(text, one, other)


def test_the_reference_texts_are_what_blocks_around_may_use() -> None:
    """A definition in a translation would change blocks that are not translated."""
    parsed = parse("one\n\n[r] two\n")
    composed = compose(parsed, {0: "[r]: /evil"})
    assert composed.refused == {}
    assert composed.parsed.data.decode() == "[r]\\: /evil\n\n[r] two\n"


# Fixtures


@fixture("segmentation.txt")
def test_segmentation(case: Case) -> None:
    text, expected = case.parts
    parsed = parse(text)
    rows = []
    for leaf in parsed.leaves:
        first, *further = (leaf.msgid or "-").split("\n")
        poem, note = " poem" if leaf.poem else "", f" (note: {leaf.note})" if leaf.note else ""
        rows += [f"{leaf.kind}{poem}{note}: {first}", *(line and f"    {line}" for line in further)]
    assert "\n".join(rows) == expected
    assert parsed.complaints == []


@fixture("composition.txt")
def test_composition(case: Case) -> None:
    text, *translations, expected = case.parts
    parsed = parse(text)
    wanted = {
        place: translation
        for place, translation in zip(messages(parsed), translations, strict=True)
        if translation != "="
    }
    composed = compose(parsed, wanted)
    assert composed.parsed.data.decode() == expected
    structural = [why for why in composed.refused.values() if "blocks around" in why]
    assert len(structural) == ("(refused)" in case.title)
    if not composed.refused:
        unchanged(text, *translations)


ESCAPING = [case for case in cases("composition.txt") if case.title[0] in "23456789"]


def test_every_rule_of_escaping_has_a_case() -> None:
    assert {case.title[0] for case in ESCAPING} == set("23456789")


@pytest.mark.parametrize("case", ESCAPING, ids=lambda case: case.title)
def test_put_in_as_they_are_translations_change_the_blocks_around(case: Case) -> None:
    """What shows that the cases of the rules of escaping are cases."""
    text, *translations, _ = case.parts
    parsed = parse(text)
    pieces, at = [], 0
    for place, translation in zip(messages(parsed), translations, strict=True):
        leaf = parsed.leaves[place]
        if translation != "=":
            pieces += [parsed.data[at : leaf.start], translation.encode()]
            at = leaf.end
    made = parse(b"".join((*pieces, parsed.data[at:])).decode())
    outline = [[(leaf.kind, bool(leaf.msgid)) for leaf in one.leaves] for one in (parsed, made)]
    outside = [
        [e for e, _ in one.events if type(e) is str or not {"Text", "Code"} & set(e)] for one in (parsed, made)
    ]
    assert outline[0] != outline[1] or outside[0] != outside[1]


@pytest.mark.parametrize(
    ("msgstr", "why"),
    [
        ("", "it is only white space"),
        (" \t\n", "it is only white space"),
        ("a\x00", "it holds the control character U+0000"),
        ("a\x1bb", "it holds the control character U+001B"),
        ("\x7f", "it holds the control character U+007F"),
        ("\ud800", "it holds the control character U+D800"),
        ("سلام\u200c\t\n\r\x0b\x0c\u2028", ""),
    ],
)
def test_refusal(msgstr: str, why: str) -> None:
    assert md.refusal(msgstr) == why


def test_an_innocent_translation_is_not_left_out_with_the_guilty() -> None:
    parsed = parse("<!-- dozaban: translate -->\n```\na\n```\n\nb\n\nc\n")
    composed = compose(parsed, {0: "x\n```\ny", 1: "ب", 2: "پ"})
    assert composed.refused == {0: "it would change the blocks around it"}
    assert composed.parsed.data.decode().endswith("```\n\nب\n\nپ\n")


@given(st.lists(st.text(st.sampled_from("xXنم # \t|>-"), max_size=6), max_size=4))
@example(["", "x", ""])
def test_code_to_be_translated_is_its_lines(lines: list[str]) -> None:
    code = "\n".join(lines)
    (leaf,) = parse(f"<!-- dozaban: translate -->\n~~~\n{code}\n~~~\n").leaves
    assert leaf.msgid == (code.rstrip("\n") if code.strip() else "")


# What the author should know


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!-- dozaban: sikp -->\na", [(0, 1, "directive", "unknown directive `sikp`")]),
        ("a\n\n<!-- dozaban: -->\nb", [(2, 1, "directive", "unknown directive ``")]),
        ("سلام\n\n> <!-- dozaban: note -->\n> b", [(2, 3, "directive", "the note is empty")]),
        ("a\n\n<!-- dozaban: skip -->\n", [(2, 1, "directive", "the directive `skip` has no block after it")]),
        ("- a\n\n  <!-- dozaban: poem -->\n\nb",
         [(2, 3, "directive", "the directive `poem` has no block after it")]),
        ("> <!-- dozaban: skip -->\n\nb", [(0, 3, "directive", "the directive `skip` has no block after it")]),
        ("<!-- dozaban: poem -->\n# a", [(0, 1, "directive", "the directive `poem` does nothing before a heading")]),
        ("<!-- dozaban: poem -->\n|a|\n|-|\n",
         [(0, 1, "directive", "the directive `poem` does nothing before a table")]),
        ("<!-- dozaban: translate -->\na",
         [(0, 1, "directive", "the directive `translate` does nothing before a paragraph")]),
        ("<!-- dozaban: poem -->\n```\na\n```",
         [(0, 1, "directive", "the directive `poem` does nothing before code")]),
        ("<!-- dozaban: note x -->\n***",
         [(0, 1, "directive", "the directive `note` does nothing before a rule")]),
        ("<!-- dozaban: translate -->\n<div>",
         [(0, 1, "directive", "the directive `translate` does nothing before HTML")]),
        ("<!-- dozaban: skip --> and more\na", [(0, 1, "directive", "this is not read as a directive")]),
        ("<!-- dozaban: skip -->\n<div>", []),
        ("<!-- a comment -->\nb", []),
        ("# a {#x}\n\n## سلام {#x}\n", [(2, 1, "heading-id", "two headings have the id `x`")]),
        ("- b\n\n  # a {#fn-1}", [(2, 3, "heading-id", "the id `fn-1` has a meaning of its own")]),
        ("# a {#b-0123abcd}", [(0, 1, "heading-id", "the id `b-0123abcd` has a meaning of its own")]),
        ("س\n\n>o\n>  {}\n>=", [(3, 4, "parser", "attributes alone on a heading's last line confuse the parser")]),
    ],
)  # fmt: skip
def test_complaints(text: str, expected: list[tuple[int, int, str, str]]) -> None:
    parsed = parse(text)
    assert [(*parsed.place(at), rule, why) for at, rule, why, _ in parsed.complaints] == expected
    assert all(hint for _, _, _, hint in parsed.complaints)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_place_counts_lines_from_0_and_columns_in_characters_from_1(newline: str) -> None:
    text = newline.join(["سلام", "", "  کتاب‌ها x", "y"])
    parsed = parse(text)
    at = text.encode().index(b"x")
    assert parsed.place(at) == (2, 11)
    assert parsed.place(0) == (0, 1)
    assert parsed.place(len(text.encode())) == (3, 2)
    assert [leaf.line for leaf in parsed.leaves] == [0, 2]


def test_lines_of_leaves() -> None:
    text = "# a\n\n- b\n  c\n\n***\n\n<div>\n\n> ```\n> d\n> ```\n\n| e |\n|---|\n| f |\n"
    assert [(leaf.kind, leaf.line) for leaf in parse(text).leaves] == [
        ("heading", 0), ("list item", 2), ("rule", 5), ("html", 7), ("code", 9),
        ("table header", 13), ("table cell", 15),
    ]  # fmt: skip


PANICS = (">o\n>  {}\n>=", "- o\n   { #a }\n  =", ">o\\\n>  {}  \r\n>-\n", ">a}\r> \t{}\r> -", "1. x\n\t   \x0c{}\n\t-")


def test_the_parser_does_not_panic() -> None:
    """Nor say so: Rust prints its panics past Python, so a process of its own listens."""
    code = f"from pipeline import markdown\nfor text in {PANICS!r}:\n    markdown.parse(text)"
    heard = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heard.stderr == heard.stdout == ""
    for text in PANICS:
        assert [rule for _, rule, _, _ in parse(text).complaints] == ["parser"]
        identical(text)
        unchanged(text, "[r]: /u", "x {}")


def test_a_panic_that_nobody_foresaw_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    class Parser:
        def events_with_range(self, text: str) -> Any:
            raise PanicException

    expected = parse("a\n").leaves
    monkeypatch.setattr(md, "_PARSER", Parser())
    parsed = parse("a\n")
    assert parsed.leaves == expected
    assert [rule for _, rule, _, _ in parsed.complaints] == ["parser"]


def test_ctrl_c_is_no_panic(monkeypatch: pytest.MonkeyPatch) -> None:
    class Parser:
        def events_with_range(self, text: str) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setattr(md, "_PARSER", Parser())
    with pytest.raises(KeyboardInterrupt):
        parse("a\n")


LONG = {
    "[": "[", ">": ">", "*a": "*a", "**a *": "**a *", "![": "![", "<": "<", "<!--": "<!--", "a <!--": "a <!-- ",
    "](": "](", "[a](<": "[a](<\n", "[^": "[^", "lines": "a\n", "hard breaks": "a\\\n", "items": "- a\n",
    "deep": "- * ", "quotation": "> a\n>> b\n", "cells": "|a", "backslashes": "\\", "spaces": "a" + " " * 99,
    "headings": "# a\n", "footnotes": "[^1]: a [^1]\n\n", "tags": "<a b='", "CR": "a\r\r", "attributes": "a {#b}\n",
    "braces": "a\n> {}\n", "links": "[a](b) ", "poem": "<!-- dozaban: poem -->\n*a\nb*\n\n", "controls": "\u2067*a* ",
}  # fmt: skip


@pytest.mark.parametrize("shape", LONG)
def test_long_texts_take_time_in_proportion(shape: str) -> None:
    """40 KB of each take a second at most; what is quadratic takes many."""
    text = LONG[shape] * (40_000 // len(LONG[shape]))
    start = time.process_time()
    parsed = parse(text)
    own = messages(parsed)
    message = max(own.values(), key=len, default=text)
    key(message)
    md.slug(message)
    md.standing_tags(message, message)
    compose(parsed, dict.fromkeys(own, "سلام"))
    host = parse("a\n\n# b\n\n- c\n\n|d|\n|-|\n")
    compose(host, dict.fromkeys(messages(host), text))
    assert time.process_time() - start < 5


# Keys, links


@pytest.mark.parametrize(
    "same",
    [
        ("a [text](x) b", "a [text](<y z>) b", "a [text][r] b", "a [text][] b", "a [text] b", "a text b"),
        ("![عکس](a.png)", "![عکس](b.png)", "![عکس][r]", "![عکس]"),
        ('[a](x "t")', '[a](y "t")', "[a](<z> \"t\")"),
        ("[a](x_(y))", "[a](z)"),
        ("[a](x\\)y)", "[a]"),
        ("[a [b] c](x)", "[a [b] c]"),
        ("[`]`](x)", "[`]`](y)", "[`]`]"),
        ("[\\]](x)", "[\\]](y)"),
        ("[![a](b)](c)", "[![a](d)](e)", "[![a][b]][c]", "![a]"),
        ("به <https://a.org/> یا <mailto:x@y.org>", "به <ftp://b.org/c?d> یا <tel:+98>"),
        ("<a@b.org>", "<c.d@e.org>", "<https://f.org>"),
        ("one two", "one  two", "one\\\ntwo", "one \\\n  two", "one\n two", " one two "),
    ],
    ids=lambda same: same[0],
)
def test_keys_are_blind_to_addresses_and_white_space(same: tuple[str, ...]) -> None:
    assert len({key(one) for one in same}) == 1


@pytest.mark.parametrize(
    "different",
    [
        ("[a](x)", "[b](x)"),
        ("[a](x)", "![a](x)"),
        ('[a](x "t")', '[a](x "u")'),
        ("`[a](x)`", "`[a](y)`", "`[a]`"),
        ("``[a](x)`` `", "``[a](y)`` `"),
        ("\\[a](x)", "\\[a](y)"),
        ("`<https://a>`", "`<https://b>`", "\\<https://a>", "\\<https://b>", "<b>", "<i>", "<>"),
        ("a b", "ab", "a‌b"),
        ("[a](x) [b](y)", "[b](x) [a](y)"),
    ],
    ids=lambda different: different[0],
)
def test_keys_tell_texts_apart(different: tuple[str, ...]) -> None:
    assert len({key(one) for one in different}) == len(different)


@thorough
@given(markdown)
def test_a_key_is_its_own_key_up_to_links(text: str) -> None:
    once = key(text)
    assert once == " ".join(once.split())
    assert key(key(once)) == key(key(key(once)))


def test_link_tells_what_stands_where() -> None:
    found = [one.groupdict() for one in md.LINK.finditer('`[c](d)` \\[e](f) [a](<x y> "t") ![b][r] [s]')]
    assert [(one["text"], one["address"], one["title"], one["label"]) for one in found if one["text"]] == [
        ("[a]", "<x y>", ' "t"', None), ("![b]", None, None, "[r]"), ("[s]", None, None, None),
    ]  # fmt: skip


def test_addresses() -> None:
    text = "[a](x \"t\") ![b](<y z>) <https://example.org/> `[c](d)` [e][] <a@b.org> [![f](g)](h)"
    assert md.addresses(text) == ["x", "y z", "https://example.org/", "a@b.org", "h", "g"]


# Ids, names, plain text


def test_block_ids_are_of_the_source_and_repeat_with_a_number() -> None:
    parsed = parse("سلام\n\nسلام\n\n- x\n\n```\ny\n```\n\nسلام\n")
    ids = md.block_ids(parsed)
    assert ids[0].startswith("b-") and len(ids[0]) == 10
    assert ids[1] == f"{ids[0]}-2" and ids[4] == f"{ids[0]}-3"
    assert len(set(ids)) == 5
    assert md.block_ids(parse("- سلام\n")) == ids[:1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# One Two", [("one-two",)]),
        ("## کتاب‌های نو!", [("کتاب‌های-نو",)]),
        ("# *One* `two` ![three](x)", [("one-two-three",)]),
        ("# a\n\n# a\n\n# a-2\n\n# a", [("a",), ("a-2",), ("a-2-2",), ("a-3",)]),
        ("# One {#x}", [("x", "one")]),
        ("# One {#one}", [("one",)]),
        ("# x\n\n# One {#x}", [("x-2",), ("x", "one")]),
        ("# a {#x}\n\n# b {#x}", [("x", "a"), ("b",)]),
        ("# fn-1", [("h-fn-1",)]),
        ("# Content\n\n# x {#content}", [("h-content",), ("x",)]),
        ("# b-12345678 {#fnref-2}", [("h-b-12345678",)]),
        ("# …", [()]),
        ("# …  {#x}", [("x",)]),
        ("a\n\n# b", [(), ("b",)]),
    ],
)  # fmt: skip
def test_anchors(text: str, expected: list[tuple[str, ...]]) -> None:
    assert md.anchors(parse(text)) == expected


@thorough
@given(st.lists(st.sampled_from(["a", "a-2", "b {#a}", "c {#a-2}", "fn-1", "b-12345678", "{#x}", "ن"]), max_size=12))
def test_no_name_stands_twice(headings: list[str]) -> None:
    parsed = parse("\n\n".join(f"# {one}" for one in headings))
    names = [*md.block_ids(parsed), "fn-1", "fnref-1", "content"]
    names += [name for leaf in md.anchors(parsed) for name in leaf]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("# a\n\nb", 1),
        ("![a](b)\n\nc", 1),
        ("[![a](b)](c)\n\n- d\n\n> e\n\nf", 3),
        ("<!-- dozaban: skip -->\na\n\nb", 1),
        ("- a", None),
        ("![a](b) ![c](d)", None),
        ("", None),
    ],
)
def test_first_paragraph(text: str, place: int | None) -> None:
    assert md.first_paragraph(parse(text)) == place


def test_plain() -> None:
    events = parse("*a* `b`\\\n[c](d) ![e *f* ![g](h)](i) &amp; <b>j</b>[^1]\n\n[^1]: k").events
    assert md.plain(events) == "a b c e f g & jk"
    assert md.plain(events, images=False) == "a b c & jk"
    assert md.plain_text("**کتاب‌ها** و [نان](x)") == "کتاب‌ها و نان"


def test_the_whole_of_a_text_is_a_line_a_block() -> None:
    text = (
        "# *کتاب*های `نو`\n\none\ntwo\\\n**thr**ee [four](x) ![five](y) <b>six</b>\n\n- seven\n- eight\n\n"
        "<div>\n\n```\na  b\nc\n```\n\n> nine\n\n***\n\n| d | e |\n|---|---|\n| f |   |\n"
    )
    assert md.whole_text(parse(text)).split("\n") == [
        "کتابهای نو", "one two three four five six", "seven", "eight", "a b c", "nine", "d", "e", "f",
    ]  # fmt: skip


# Raw tags that may stand


@pytest.mark.parametrize(
    ("msgid", "msgstr", "standing"),
    [
        ("a <b>c</b>", "<b>ب</b> الف", {"<b>", "</b>"}),
        ("a <b>c</b>", "<b onclick=x>ب</b>", set()),
        ("a <b>c</b>", "<b>ب", set()),
        ("a <b>c</b>", "ب</b>", set()),
        ("a <b>c</b>", "<b>ب</b> <i>پ</i>", {"<b>", "</b>"}),
        ("a <b>c", "ب <b>", {"<b>"}),
        ("a <br> b", "آ <br> <br>", {"<br>"}),
        ("a <a href=\"x\">b</a>", '<a href="x">ب</a><a href="y">پ</a>', set()),
        ("a <b\nc> d</b>", "<b c>ب</b>", {"<b c>", "</b>"}),
        ("a `<b>` b", "<b>ب</b>", set()),
        ("a \\<b> </b>", "<b>ب</b>", {"</b>"}),
        ("a <script>x()</script>", "<script>y()</script>", set()),
        ("a <style>x</style> <b>c</b>", "<style>y</style> <b>ب</b>", {"<b>", "</b>"}),
        ("a <!-- c --> b", "<!-- c --> <!-- d -->", {"<!-- c -->"}),
    ],
)
def test_standing_tags(msgid: str, msgstr: str, standing: set[str]) -> None:
    assert md.standing_tags(msgid, msgstr) == standing


# HTML's own lists, as its standard has them, and the older ones that browsers know.
VOID = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
SWALLOWING = ["iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "template", "textarea", "title", "xmp"]


@pytest.mark.parametrize("name", VOID)
def test_a_tag_without_content_needs_no_end(name: str) -> None:
    tag = f"<{name} x>"
    assert md.standing_tags(f"a {tag} b", f"آ {tag} ب {tag}") == {tag}
    assert md.standing_tags(f"a {tag} <b>b</b>", f"<b>آ</b> {tag.upper()}") == {"<b>", "</b>"}


@pytest.mark.parametrize("name", SWALLOWING)
def test_a_tag_that_takes_the_text_behind_it_for_something_else_never_stands(name: str) -> None:
    for tag in (f"<{name}>", f"<{name.upper()} x>"):
        message = f"a {tag} b <b>c</b> </{name}>"
        assert md.standing_tags(message, message) == {"<b>", "</b>"}
