"""site.toml: what it says, where its keys stand, and everything that can be wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import ACCOUNT, LANGUAGE, MOST_TEXT, NEWSLETTER, SITE, TABLES, locate, parse
from pipeline.languages import defaults
from pipeline.model import Account, Language, Site
from pipeline.problems import ContentError

# The law: every key is found where it stands, and no other.

_WORDS = st.text(st.sampled_from("abز ‌.'\"\\#[]{}=,\n\té🎉"), max_size=6)


def _basic(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(one, one) for one in text) + '"'


def _key(name: str) -> str:
    return name if name.isascii() and name.isalnum() else _basic(name)


@st.composite
def _values(draw: st.DrawFn, depth: int = 0) -> str:
    """A TOML value as somebody may write it."""
    kind = draw(st.integers(0, 7 if depth < 2 else 5))
    text = draw(_WORDS)
    if kind == 0:
        return _basic(text)
    if kind == 1 and "'" not in text and "\n" not in text:
        return f"'{text}'"
    if kind == 2:
        inner = text.replace("\\", "\\\\").replace('"""', '""\\"')
        return f'"""{inner}"""' if not inner.endswith('"""') else _basic(text)
    if kind == 3 and "'''" not in text:
        return f"'''{text}'''"
    if kind == 6:
        gap = draw(st.sampled_from(["", " ", "\n", " # ] , [\n"]))
        items = [draw(_values(depth + 1)) for _ in range(draw(st.integers(0, 3)))]
        return f"[{gap}{f',{gap}'.join(items)}{gap}]"
    if kind == 7:
        names = draw(st.lists(_WORDS, max_size=3, unique=True))
        pairs = [f"{_key(name)} = {draw(_values(depth + 1))}" for name in names]
        return f"{{ {', '.join(pairs)} }}"
    return draw(st.sampled_from(["1", "-0.5", "true", "2026-03-20", "2026-03-20 10:00:00"]))


@st.composite
def _documents(draw: st.DrawFn) -> str:
    lines = []
    names = draw(st.lists(_WORDS, max_size=6, unique=True))
    for index, name in enumerate(names):
        if index > 1 and draw(st.booleans()):
            head = _key(f"table {index}")
            opening, closing = draw(st.sampled_from(["[]", ("[[", "]]")]))
            lines += [f"{opening}{head}.x.{_key(name)}{closing} # [a]"] * len(opening)
        remark = draw(st.sampled_from(["", " # = [", "\n\n"]))
        lines.append(f"{_key(name)}  =\t{draw(_values())}{remark}")
    return "\n".join(lines)


def _leaves(data: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if isinstance(data, dict | list) and (path or data):
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        inner = [_leaves(value, (*path, str(key))) for key, value in pairs]
        found = {path: data} if path else {}
        return found | {key: value for one in inner for key, value in one.items()}
    return {path: data} if path else {}


@given(_documents())
def test_every_key_is_where_locate_says(text: str) -> None:
    data = tomllib.loads(text)
    keys, values = locate(text)
    assert set(keys) == set(_leaves(data))
    lines = text.split("\n")
    for path, (line, column) in keys.items():
        here = lines[line - 1][column - 1 :]
        if not path[-1].isdecimal():
            assert here.startswith((path[-1], _basic(path[-1]))), (path, here)
    for path, (line, column) in values.items():
        value = _leaves(data)[path]
        here = "\n".join((lines[line - 1][column - 1 :], *lines[line:]))
        if isinstance(value, str):
            assert here[0] in "\"'"
        elif isinstance(value, bool | int | float):
            assert here.lower().startswith(str(value).lower())


def test_tables_in_lists_are_counted() -> None:
    keys, values = locate('[[a]]\nx = 1\n[a.b]\ny = 1\n\n[[ a ]]\n[[a."b.c"]]\nz.w = [2,\n 3]')
    assert keys == {
        ("a",): (1, 3),
        ("a", "0"): (1, 3),
        ("a", "0", "x"): (2, 1),
        ("a", "0", "b"): (3, 4),
        ("a", "0", "b", "y"): (4, 1),
        ("a", "1"): (6, 4),
        ("a", "1", "b.c"): (7, 5),
        ("a", "1", "b.c", "0"): (7, 5),
        ("a", "1", "b.c", "0", "z"): (8, 1),
        ("a", "1", "b.c", "0", "z", "w"): (8, 3),
        ("a", "1", "b.c", "0", "z", "w", "0"): (8, 8),
        ("a", "1", "b.c", "0", "z", "w", "1"): (9, 2),
    }
    assert values["a", "1", "b.c", "0", "z", "w", "1"] == (9, 2)


# Examples.

FULL = """\
title = "Pol — پل"
base_url = "https://example.org/pol"
time_zone = "Asia/Tehran"
default_language = "fa"
description = "خبرنامه‌ی موسیقی"
contact = "post@example.org"
page_size = 7

[[accounts]]
name = "ماستودون"
url = "https://example.social/@pol?x=1"

[languages.en]
name = "English"

[languages.fa]
name = "پارسی"
direction = "rtl"
calendar = "gregorian"
digits = "latn"
incomplete = 0.8
stale = "source"
review = true
gregorian = true

[content]
raw_html = true

[checks]
broken-link = "off"
"""


def test_a_site_in_full() -> None:
    site = parse(FULL, rules=("broken-link",))
    source = site.source
    assert {key: source[key] for key in ("title", "languages.fa.digits", "accounts.0.url")} == {
        "title": (1, 1),
        "languages.fa.digits": (20, 1),
        "accounts.0.url": (11, 1),
    }
    assert site == Site(
        title="Pol — پل",
        base_url="https://example.org/pol/",
        time_zone="Asia/Tehran",
        default_language="fa",
        languages=(
            Language(tag="en", name="English"),
            Language(
                tag="fa",
                name="پارسی",
                direction="rtl",
                calendar="gregorian",
                digits="latn",
                incomplete=0.8,
                stale="source",
                review=True,
                gregorian=True,
            ),
        ),
        description="خبرنامه‌ی موسیقی",
        contact="post@example.org",
        accounts=(Account(name="ماستودون", url="https://example.social/@pol?x=1"),),
        page_size=7,
        raw_html=True,
        checks={"broken-link": "off"},
        source=source,
    )


SMALLEST = 'title = "Pol"\nbase_url = "http://example.org"\n'


@pytest.mark.parametrize("tag", ["en", "fa", "de", "ps", "ar", "zh-hant"])
def test_what_a_language_leaves_out_comes_from_cldr(tag: str) -> None:
    known: dict[str, Any] = defaults(tag)
    site = parse(f"{SMALLEST}[languages.{tag}]")
    assert site.languages == (Language(**{"tag": tag, **known}),)
    assert (site.default_language, site.time_zone) == (tag, "UTC")


def test_a_byte_order_mark_and_carriage_returns_change_nothing() -> None:
    assert parse("\ufeff" + FULL.replace("\n", "\r\n")) == parse(FULL)


@pytest.mark.parametrize("text", ["mark", "withhold", 0, 0.5, 1])
def test_the_ways_to_publish_what_is_incomplete(text: str | float) -> None:
    value = f'"{text}"' if isinstance(text, str) else text
    site = parse(f"{SMALLEST}[languages.fa]\nincomplete = {value}")
    assert site.languages[0].incomplete == text


def test_every_example_in_the_tables_is_good() -> None:
    def lines(table: str) -> str:
        tables = {"": SITE, "[languages.fa]": LANGUAGE, "[[accounts]]": ACCOUNT}
        tables |= {f"[{name}]": keys for name, keys in TABLES.items()}
        tables["[newsletter]"] = NEWSLETTER
        return "\n".join(f"{name} = {key.example}" for name, key in tables[table].items())

    heads = ["[languages.fa]", "[[accounts]]", "[newsletter]", *(f"[{name}]" for name in TABLES)]
    text = lines("") + "\n[languages.en]\n" + "\n".join(f"{head}\n{lines(head)}" for head in heads)
    assert parse(text).title == "Pol"


# A title, a dot, what comes after the smallest site, a dot, and what is said of it. The
# first three lines are a title, a base_url and [languages.fa] in line 3.
WRONG = """
a misspelt key, and one of another table
.
nmae = "x"
page_size = 3
[content]
review = true
Raw_html = true
.
4:1 unknown key `nmae` (did you mean `name`?)
5:1 unknown key `page_size` (it belongs at the top of the file, before the first [table])
7:1 unknown key `review` (it belongs in [languages.TAG])
8:1 unknown key `Raw_html` (did you mean `raw_html`?)
.
wrong types
.
name = 3
review = "yes"
incomplete = true
direction = ["rtl"]
digits = 2026-03-20
.
4:8 `name` is the number 3, not a text with words in it (for example: name = "فارسی")
5:10 `review` is the text "yes", not true or false (for example: review = true)
6:14 `incomplete` is true, not "mark", "withhold" or a share from 0 to 1 (for example: incomplete = 0.8)
7:13 `direction` is a list, not "ltr" or "rtl" (for example: direction = "rtl")
8:10 `digits` is a date, not a numbering system of CLDR (for example: digits = "arabext")
.
values that are none
.
incomplete = 80
direction = "RTL"
calendar = "Persian"
stale = "no"
name = "‌ "
.
4:14 `incomplete` is the number 80, not "mark", "withhold" or a share from 0 to 1 (write 0.8)
5:13 `direction` is the text "RTL", not "ltr" or "rtl" (did you mean `rtl`?)
6:12 `calendar` is the text "Persian", not "gregorian" or "persian" (did you mean `persian`?)
7:9 `stale` is the text "no", not "keep" or "source" (for example: stale = "keep")
8:8 `name` is an empty text, not a text with words in it (for example: name = "فارسی")
.
languages that cannot be
.
[languages.FA]
[languages.con]
[languages.en_GB]
[languages."../x"]
.
4:12 the languages `fa` and `FA` differ by case only (remove one)
5:12 `con` cannot be a folder's name on Windows (write con-001, or the like)
6:12 `en_GB` is no language tag in small letters (write it like [languages.en-gb])
7:12 `../x` is no language tag in small letters (for example: [languages.fa])
.
a language that CLDR doesn't know
.
[languages.fas]
.
4:12 `fas` is no language known to CLDR (did you mean `fa`?)
.
accounts
.
[[accounts]]
name = "پل"
[[accounts]]
name = "Pol"
url = "javascript:alert(1)"
.
4:3 [[accounts]] has no `url` (for example: url = "https://example.social/@pol")
8:7 `url` is the text "javascript:alert(1)", not a web address: it begins with https:// or http:// and a host (for example: url = "https://example.social/@pol")
.
checks
.
[checks]
broken-lnk = "error"
stale = "warning"
.
5:1 there is no check `broken-lnk` (did you mean `broken-link`?)
6:9 `stale` is the text "warning", not "error", "warn" or "off" (did you mean `warn`?)
.
tables that are none
.
[content.raw_html]
[accounts]
[[checks]]
.
4:10 `raw_html` is a table, not true or false (for example: raw_html = false)
5:2 `accounts` is a table, not a list of tables (head each of them with [[accounts]], in double brackets)
6:3 `checks` is a list, not a table (for example: [checks])
.
the newsletter's addresses
.
[newsletter]
list_id = "pol"
unsubscribe = "mailto:nobody"
smtp = "mail example"
listmonk = "https://lists.example.org:0/"
.
5:11 `list_id` is the text "pol", not a list's name with a dot in it (for example: list_id = "news.example.org")
6:15 `unsubscribe` is the text "mailto:nobody", not a web address, or mailto: and an e-mail address (for example: unsubscribe = "https://example.org/leave")
7:8 `smtp` is the text "mail example", not a host, with its port or without (for example: smtp = "mail.example.org:587")
8:12 `listmonk` is the text "https://lists.example.org:0/", not a web address: there is no port 0 (for example: listmonk = "https://lists.example.org/")
.
a port beyond the last, and a language like none
.
[languages.xx]
[newsletter]
smtp = "mail.example.org:70000"
.
4:12 `xx` is no language known to CLDR (for example: [languages.fa])
6:8 `smtp` is the text "mail.example.org:70000", not a host, with its port or without: there is no port 70000 (for example: smtp = "mail.example.org:587")
.
no TOML
.
name = فارسی
.
4:8 this is no TOML: invalid value (texts stand in quotes: title = "Pol")
.
a string that never ends
.
name = "فارسی
.
4:14 this is no TOML: illegal character '\\n' (a text ends on its line; longer ones stand between triple quotes)
.
a key twice
.
name = "a"
name = "b"
.
5:11 this is no TOML: cannot overwrite a value (the key is there already: remove one of the two)
.
"""


def _cases(text: str) -> Iterator[ParameterSet]:
    parts = text.strip("\n").removesuffix("\n.").split("\n.\n")
    for title, given_text, expected in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        yield pytest.param(given_text, expected, id=title)


def _said(error: ContentError) -> str:
    lines = []
    for one in error.problems:
        assert one.location.path == "content/site.toml"
        assert one.hint
        lines.append(f"{one.location.line}:{one.location.column} {one.message} ({one.hint})")
    return "\n".join(lines)


@pytest.mark.parametrize(("text", "expected"), list(_cases(WRONG)))
def test_what_is_wrong(text: str, expected: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse(f"{SMALLEST}[languages.fa]\n{text}\n", rules=("broken-link", "stale"))
    assert _said(caught.value) == expected


def test_values_in_the_place_of_tables() -> None:
    with pytest.raises(ContentError) as caught:
        parse(f'{SMALLEST}content = 3\nnewsletter = "پل"\naccounts = [3]\nlanguages = {{en = 3, fa = {{}}}}\n')
    assert _said(caught.value).splitlines() == [
        "3:1 `content` is the number 3, not a table (for example: [content])",
        '4:1 `newsletter` is the text "پل", not a table (for example: [newsletter])',
        "5:13 `accounts.0` is the number 3, not a table (for example: [[accounts]])",
        "6:14 `languages.en` is the number 3, not a table (for example: [languages.en])",
    ]


def test_a_letter_may_be_left_by_mail() -> None:
    site = parse(f'{SMALLEST}[languages.fa]\n[newsletter]\nunsubscribe = "mailto:leave@example.org"\n')
    assert site.newsletter.unsubscribe == "mailto:leave@example.org"


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(ContentError) as caught:
        parse("")
    assert [one.message for one in caught.value.problems] == [
        "`base_url` is missing",
        "`title` is missing",
        "the site has no language",
    ]


@pytest.mark.parametrize(
    "line",
    [
        'title = "a\\u0007b"',
        'title = "a\\nBcc: x@example.org"',
        f'title = "{"ا" * (MOST_TEXT + 1)}"',
        'base_url = "ftp://example.org"',
        'base_url = "https://"',
        'base_url = "https://example.org/?q=1"',
        'base_url = "https://example.org/#x"',
        'base_url = "https://a:b@example.org/"',
        'base_url = "https://exa mple.org/"',
        'base_url = "https://example.org:99999/"',
        'base_url = "https://[::1/"',
        'time_zone = "Europe/Londn"',
        'time_zone = "../etc/passwd"',
        'time_zone = "Europe"',
        'contact = "nobody"',
        'contact = "a@b.org, c@d.org"',
        "page_size = 0",
        "page_size = true",
        "page_size = 2.0",
        'default_language = "de"',
        'default_language = ""',
    ],
)
def test_values_at_the_top_that_cannot_be(line: str) -> None:
    name = line.partition(" ")[0]
    others = [other for other in SMALLEST.splitlines() if not other.startswith(name)]
    with pytest.raises(ContentError) as caught:
        parse("\n".join([line, *others, "[languages.en]", "[languages.fa]"]))
    (found,) = caught.value.problems
    assert (found.rule, found.location.line) == ("config", 1)
    assert found.location.column == len(name) + 4
    assert name in found.message
    assert found.hint


def test_brackets_without_end_are_no_crash() -> None:
    with pytest.raises(ContentError):
        parse("a = " + "[" * 100_000)


@given(st.text())
def test_any_text_is_a_site_or_problems(text: str) -> None:
    try:
        parse(text)
    except ContentError as error:
        assert error.problems
        assert all(one.location.line > 0 for one in error.problems)
