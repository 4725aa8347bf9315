"""Documents from source text, and front matter back into text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from _pytest.mark import ParameterSet
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline import config
from pipeline.bidi import neutralise
from pipeline.content import (
    KEYS,
    assemble,
    front_matter,
    front_values,
    identify,
    parse,
    parse_authored,
    revise_front_matter,
    slug_fault,
    slugify,
)
from pipeline.model import (
    Authored,
    Credit,
    Digest,
    Document,
    Image,
    Item,
    Kind,
    Section,
)
from pipeline.problems import ContentError, Problem

SITE = config.parse(
    'title = "Pol"\nbase_url = "https://example.org/"\ntime_zone = "Asia/Tehran"\n'
    "[languages.en]\n[languages.fa]\n[languages.no]\n"
)
TEHRAN = ZoneInfo("Asia/Tehran")
LANGUAGES = tuple(language.tag for language in SITE.languages)
PATH = "content/posts/nowruz.md"


def read(text: str, kind: Kind = "post") -> Document:
    """The document of a text that has nothing wrong with it."""
    document, _, problems = parse(text, PATH, SITE, name="posts/nowruz", kind=kind)
    assert problems == ()
    return document


def said(problems: tuple[Problem, ...]) -> str:
    lines = []
    for one in problems:
        assert one.hint
        sign = "" if one.severity == "error" else " warn"
        place = f"{one.location.line}:{one.location.column}{sign}"
        lines.append(f"{place} {one.message} ({one.hint})")
    return "\n".join(lines)


def cases(text: str) -> list[ParameterSet]:
    """A title, a dot, the text, a dot, what is expected, a dot, and so on."""
    parts = text.strip("\n").removesuffix("\n.").split("\n.\n")
    return [
        pytest.param(given_text, expected, id=title)
        for title, given_text, expected in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]


# What there may be in front matter: letters of both scripts and what joins them, signs
# that mean something to YAML, and words that it takes for something else.
ODD = [
    "no",
    "Yes",
    "null",
    "~",
    "12:30",
    "1_000",
    "0x1F",
    "2026-03-20",
    "- a",
    "# a",
    "a #b",
    "a: b",
    "a:",
    "a,b]",
    "{x}",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "'a'",
    '"a"',
    "a\\n",
    "\ttab\t",
    " spaces ",
    "two\n\nlines\n",
    "---",
    "...",
    "می‌رود",
    "گفت: «نه»",
    "(Python) در ۱۴۰۵",
    "e\u0301",
    "🎉",
    "\ufeffa",
    "\u2067فارسی\u2069",
    "=",
    "<<",
    "? a",
    "| a",
    "> a",
    "\u00a0",
]
TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.text(
        st.one_of(
            st.sampled_from("آبپی‌‍ئ؟،«»۱۲abAB :#-,[]{}&*!|>'\"%@`\\\n\t?=~."),
            st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
        ),
        max_size=30,
    ),
).filter(lambda text: not re.search("[\ufffe\uffff]", text))
WORDS = TEXTS.filter(lambda text: re.search(r"[^\s\u200b-\u200f]", text) is not None)
# Names, tags and paths are read without stray controls; prose keeps them, for `check --fix`.
NAMES = WORDS.map(neutralise).filter(lambda text: re.search(r"[^\s\u200b-\u200f]", text) is not None)
DAYS = st.dates(date(1600, 1, 1), date(9998, 1, 1))
MOMENTS = st.datetimes(datetime(1600, 1, 1), datetime(9998, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC).astimezone(TEHRAN)
)
TAGS = NAMES.map(lambda text: unicodedata.normalize("NFC", text.strip())).filter(bool)
SLUGS = st.text(st.sampled_from("abzآبپ‌۱۲-_ه"), min_size=1, max_size=20).filter(
    lambda text: not slug_fault(text)
)


def by_language(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(LANGUAGES), values)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Any document, as far as front matter tells of it."""
    kind: Kind = draw(st.sampled_from(("post", "page", "issue")))
    own: dict[str, Any] = {}
    if kind == "issue":
        items = st.builds(Item, post=NAMES, form=st.sampled_from(("full", "summary", "title")))
        sections = st.builds(Section, heading=WORDS, items=st.lists(items, max_size=3).map(tuple))
        own = {"number": draw(st.none() | st.integers(0, 999)), "preheader": draw(TEXTS)}
        if draw(st.booleans()):
            own["sections"] = tuple(draw(st.lists(sections, max_size=3)))
        else:
            own["digest"] = Digest(
                since=draw(st.none() | DAYS),
                tags=tuple(draw(st.lists(TAGS, max_size=2, unique=True))),
                limit=draw(st.integers(0, 50)),
            )
            assume(own["digest"] != Digest())
    credit = st.builds(
        Credit,
        authors=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
        publisher=NAMES,
        place=NAMES,
        date=st.none() | DAYS | MOMENTS,
        url=st.just("https://example.org/a?b=c#d"),
    )
    pictures = NAMES.filter(lambda text: not re.search(r"[\\\n:]", text))
    return Document(
        name="posts/nowruz",
        kind=kind,
        path=PATH,
        lang=draw(st.sampled_from(LANGUAGES)),
        title=draw(WORDS),
        summary=draw(TEXTS),
        date=draw(DAYS | MOMENTS),
        updated=draw(st.none() | DAYS | MOMENTS),
        tags=tuple(draw(st.lists(TAGS, max_size=4, unique=True))),
        image=draw(st.none() | st.builds(Image, src=pictures, alt=TEXTS, caption=TEXTS)),
        credit=draw(st.none() | credit),
        slug=draw(by_language(SLUGS)),
        aliases=draw(
            by_language(st.lists(SLUGS | SLUGS.map("/en/{}/".format), min_size=1).map(tuple))
        ),
        due=draw(by_language(DAYS)),
        translator=draw(by_language(NAMES)),
        draft=draw(st.booleans()),
        **own,
    )


def bare(document: Document) -> Document:
    """Without the places, which take no part in what a document says."""
    return replace(document, source={}, body_line=1)


# Laws.


@given(documents(), TEXTS)
def test_what_front_matter_writes_parse_reads(document: Document, body: str) -> None:
    text = front_matter(front_values(document)) + body
    again, rest, _ = parse(text, PATH, SITE, name=document.name, kind=document.kind)
    assert bare(again) == document
    assert rest == body


def test_a_name_is_read_without_stray_controls_and_prose_with_them() -> None:
    """A tag is a key, that others write without them; from prose `check --fix` takes them."""
    text = '---\ntitle: "\\u2066چای"\ntags: ["\\u2066چای", "\\u2067نان\\u2069"]\ntranslator: {fa: "مینا\\u2069"}\n---\n'
    document, _, problems = parse(text, PATH, SITE, name="pages/tea", kind="page")
    assert (document.title, document.tags, document.translator) == (
        "\u2066چای", ("چای", "\u2067نان\u2069"), {"fa": "مینا"},
    )  # fmt: skip
    assert [(one.rule, one.severity) for one in problems] == [("bidi-control", "warn")] * 3


@given(documents())
def test_front_matter_is_readable(document: Document) -> None:
    """Letters are never escaped: Persian stays Persian."""
    text = front_matter(front_values(document))
    assert not re.search(r"\\u(?!feff)", text.replace("\\\\", ""))


@given(documents(), WORDS, st.booleans())
def test_a_revised_title_changes_nothing_else(document: Document, title: str, crlf: bool) -> None:
    text = front_matter(front_values(document)) + "body\n---\n"
    if crlf:
        text = text.replace("\n", "\r\n")
    revised = revise_front_matter(text, {"title": title})
    again, body, _ = parse(revised, PATH, SITE, name=document.name, kind=document.kind)
    assert bare(again) == replace(document, title=title)
    assert body.splitlines() == ["body", "---"]
    old = [line for line in text.split("\n") if not line.startswith("title:")]
    assert old == [line for line in revised.split("\n") if not line.startswith("title:")]


FRONTS = [
    "title: A\n",
    "title: 'A'  # why\n",
    "title: >-\n  A\n  long one\n\n# a remark\n",
    "title: |\n  A\nimage: hall.jpg\n",
    '  title: "A"\n  image:\n    src: hall.jpg\n',
    "{title: A, image: {src: hall.jpg, alt: x}}\n",
    "title: A\nimage: {src: hall.jpg,\n  alt: 'b' # no\n  }\n",
    "title: A\nimage:\n  src: hall.jpg\n  alt: |\n    b\n\n    c\n",
    "title: A\nimage:\n  # first\n  src: hall.jpg # last\n  alt:\n",
    "title: A\nimage: {src: hall.jpg, alt: }\n",
    "title: A\nsummary:\nimage: {src: hall.jpg}   \n\n",
    "title:\n  A\n  B\naliases:\n  fa:\n  - a   # x\nslug: {}\n",
    "title: A\naliases: {fa: [a], en: [b, ]}\nslug: {en: x}\n",
    "title: A\naliases:\n  fa: [\n    a, # x\n  ]\nimage: {src: a}\n",
]


@pytest.mark.parametrize("front", FRONTS)
@given(summary=WORDS, alt=WORDS, title=WORDS, newline=st.sampled_from(["\n", "\r\n"]))
def test_every_style_can_be_revised(
    front: str, summary: str, alt: str, title: str, newline: str
) -> None:
    text = f"---\n{front}---\nbody\n".replace("\n", newline)
    before, _, _ = parse(text, PATH, SITE, name="pages/a", kind="page")
    aliases = before.aliases.get("fa", ())
    changes = {"summary": summary, "title": title, f"aliases.fa.{len(aliases)}": "neu"}
    if before.image is not None:
        changes["image.alt"] = alt
    revised = revise_front_matter(text, changes)
    after, body, _ = parse(revised, PATH, SITE, name="pages/a", kind="page")
    assert bare(after) == bare(
        replace(
            before,
            title=title,
            summary=summary,
            image=before.image and replace(before.image, alt=alt),
            aliases={**before.aliases, "fa": (*aliases, "neu")},
        )
    )
    assert body == f"body{newline}"
    for remark in re.findall("# [a-z ]+", front):
        assert remark in revised
    assert revised.count("\r") == (revised.count("\n") if newline == "\r\n" else 0)


@given(st.text(), st.text())
def test_any_text_is_a_document_or_problems(front: str, body: str) -> None:
    for text in (front, f"---\n{front}\n---\n{body}", f"---\ntitle: {front}\n---\n{body}"):
        try:
            document, rest, _ = parse(text, PATH, SITE, name="pages/a", kind="page")
        except ContentError as error:
            assert error.problems
        else:
            assert text.endswith(rest)
            lines = re.split("\n", text[: len(text) - len(rest)])
            assert document.body_line == len(lines)


@given(documents())
def test_places_are_those_of_the_values(document: Document) -> None:
    text = front_matter(front_values(document))
    again, _, _ = parse(text, PATH, SITE, name=document.name, kind=document.kind)
    lines = text.split("\n")
    line, column = again.source["title"]
    assert lines[line - 1][column - 1 :] == lines[line - 1].removeprefix("title: ")
    for index, tag in enumerate(document.tags):
        line, column = again.source[f"tags.{index}"]
        assert tag[:1] in lines[line - 1][column - 1 :][:3] or tag[0] in "\n\t\ufeff"


@given(TEXTS)
def test_a_slug_made_of_a_title_is_one(title: str) -> None:
    slug = slugify(title)
    assert slug == "" or not slug_fault(slug)
    assert slugify(slug) == slug


# A document in full.

FULL = """\
---
title: "نوروز: سال نو"
summary: >
  هفت‌سین در
  تارن‌هولت
date: 2026-03-20 18:30
updated: 2026-03-22
lang: fa
tags: [nowruz, موسیقی]
image: {src: hall.jpg, alt: سفره}
credit:
  authors: [Mina Rad, "No"]
  publisher: Pol
  place: تهران
  date: 2026-03-18
  url: https://example.org/?a=b
slug: {fa: نوروز-در-شهر, "no": nyttår}
aliases:
  en: [old-name, /en/older/]
due: {en: 2026-03-25}
translator: {en: Mina}
draft: yes
---

متن
"""


def test_a_post_in_full() -> None:
    document, body, problems = parse(FULL, PATH, SITE, name="posts/nowruz", kind="post")
    assert (body, problems) == ("\nمتن\n", ())
    assert document == Document(
        name="posts/nowruz",
        kind="post",
        path=PATH,
        lang="fa",
        title="نوروز: سال نو",
        summary="هفت‌سین در تارن‌هولت\n",
        date=datetime(2026, 3, 20, 18, 30, tzinfo=TEHRAN),
        updated=date(2026, 3, 22),
        tags=("nowruz", "موسیقی"),
        image=Image(src="hall.jpg", alt="سفره"),
        credit=Credit(
            authors=("Mina Rad", "No"),
            publisher="Pol",
            place="تهران",
            date=date(2026, 3, 18),
            url="https://example.org/?a=b",
        ),
        slug={"fa": "نوروز-در-شهر", "no": "nyttår"},
        aliases={"en": ("old-name", "/en/older/")},
        due={"en": date(2026, 3, 25)},
        translator={"en": "Mina"},
        draft=True,
        body_line=24,
        source=document.source,
    )
    assert dict(document.source) == {
        "title": (2, 8),
        "summary": (3, 10),
        "date": (6, 7),
        "updated": (7, 10),
        "lang": (8, 7),
        "tags": (9, 7),
        "tags.0": (9, 8),
        "tags.1": (9, 16),
        "image": (10, 8),
        "image.src": (10, 14),
        "image.alt": (10, 29),
        "credit": (12, 3),
        "credit.authors": (12, 12),
        "credit.authors.0": (12, 13),
        "credit.authors.1": (12, 23),
        "credit.publisher": (13, 14),
        "credit.place": (14, 10),
        "credit.date": (15, 9),
        "credit.url": (16, 8),
        "slug": (17, 7),
        "slug.fa": (17, 12),
        "slug.no": (17, 32),
        "aliases": (19, 3),
        "aliases.en": (19, 7),
        "aliases.en.0": (19, 8),
        "aliases.en.1": (19, 18),
        "due": (20, 6),
        "due.en": (20, 11),
        "translator": (21, 13),
        "translator.en": (21, 18),
        "draft": (22, 8),
    }


def test_an_issue_in_full() -> None:
    text = (
        "---\ntitle: شماره‌ی صفر\nnumber: 0\npreheader: «سلام»\nsections:\n  - heading: اخبار\n"
        "    items:\n      - {post: posts/nowruz, as: full}\n      - post: yalda\n---\n"
    )
    document = read(text, "issue")
    assert bare(document) == Document(
        name="posts/nowruz",
        kind="issue",
        path=PATH,
        lang="en",
        title="شماره‌ی صفر",
        number=0,
        preheader="«سلام»",
        sections=(
            Section(
                heading="اخبار",
                items=(Item(post="posts/nowruz", form="full"), Item(post="yalda")),
            ),
        ),
    )
    assert document.source["sections.0.heading"] == (6, 14)
    assert document.source["sections.0.items.1.post"] == (9, 15)
    assert front_matter(front_values(replace(document, lang="en"))) == (
        '---\ntitle: شماره‌ی صفر\nlang: en\nnumber: 0\npreheader: "«سلام»"\nsections:\n'
        "  - heading: اخبار\n    items:\n      - {post: posts/nowruz, as: full}\n"
        "      - {post: yalda, as: summary}\n---\n"
    )


def test_a_new_post() -> None:
    values = {"title": "Hall: a plan", "date": date(2026, 3, 20), "tags": ["a", "no"], "lang": "en"}
    assert front_matter(values) == (
        '---\ntitle: "Hall: a plan"\ndate: 2026-03-20\nlang: en\ntags: [a, "no"]\n---\n'
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-20", date(2026, 3, 20)),
        ('"2026-03-20"', date(2026, 3, 20)),
        ("2026-03-20 18:30", datetime(2026, 3, 20, 18, 30, tzinfo=TEHRAN)),
        ("2026-03-20T18:30:01.5", datetime(2026, 3, 20, 18, 30, 1, 500000, tzinfo=TEHRAN)),
        ("2026-03-20T15:00:00Z", datetime(2026, 3, 20, 18, 30, tzinfo=TEHRAN)),
        ("2026-03-20 17:00 +02:00", datetime(2026, 3, 20, 18, 30, tzinfo=TEHRAN)),
        ("2026-03-20T10:00-05", datetime(2026, 3, 20, 18, 30, tzinfo=TEHRAN)),
        ("2026-03-20T23:00:00Z", datetime(2026, 3, 21, 2, 30, tzinfo=TEHRAN)),
    ],
)
def test_dates_and_times(written: str, expected: date) -> None:
    found = read(f"---\ntitle: A\ndate: {written}\n---\n").date
    assert found == expected
    assert isinstance(found, datetime) == isinstance(expected, datetime)
    if isinstance(found, datetime):
        assert found.tzinfo is TEHRAN


def test_a_time_that_summer_time_leaps_over_becomes_one_that_there_is() -> None:
    found = read("---\ntitle: A\ndate: 2022-03-22 00:30\n---\n").date
    assert isinstance(found, datetime)
    assert found.isoformat() == "2022-03-22T01:30:00+04:30"
    assert found - timedelta(hours=1) == datetime(2022, 3, 21, 23, 30, tzinfo=TEHRAN) + timedelta(
        hours=1
    )


@pytest.mark.parametrize("opening", ["---\n", "\ufeff---\n", "---  \n", "---\r\n"])
@pytest.mark.parametrize("body", ["", "a", "\n\n  a\r\n---\n\ttab  \n", "\ufeffb", "---\n"])
@pytest.mark.parametrize("closing", ["---\n", "---\r\n", "--- \n"])
def test_the_body_is_what_stands_there(opening: str, body: str, closing: str) -> None:
    text = f"{opening}title: A\n{closing}{body}"
    document, found, _ = parse(text, PATH, SITE, name="pages/a", kind="page")
    assert found == body
    assert (document.body_line, document.source) == (4, {"title": (2, 8)})


def test_a_document_is_no_heavier_than_its_metadata() -> None:
    assert not any(name in KEYS["issue"] for name in ("body", "text"))
    document = read("---\ntitle: A\ndate: 2026-03-20\n---\n" + "x" * 1000)
    assert "xxx" not in repr(document)


# What can be wrong. The text stands between the `---` lines, so that it begins in line
# 2; ␉ is a tab, and {202E} the character of that number.
WRONG = """
nothing at all
.

.
1:1 a post needs a date (add a line: date: 2026-03-20)
1:1 there is no title (add a line: title: A title)
.
no title, or an empty one
.
title:
date: 2026-03-20
summary: x
.
1:1 there is no title (add a line: title: A title)
.
a title of spaces and half-spaces
.
title: " ‌"
date: 2026-03-20
.
2:8 `title` is empty (write something, or remove it)
.
misspelt keys and keys from elsewhere
.
titel: نوروز
title: نوروز
date: 2026-03-20
Tags: [a]
alt: سفره
number: 7
credit: {autors: [x], title: y}
wholly: other
.
2:1 unknown key `titel` (did you mean `title`?)
5:1 unknown key `Tags` (did you mean `tags`?)
6:1 unknown key `alt` (it belongs in `image`)
7:1 unknown key `number` (only an issue of the newsletter has it, in content/newsletters/)
8:10 unknown key `credit.autors` (did you mean `authors`?)
8:23 unknown key `credit.title` (it belongs at the margin)
9:1 unknown key `wholly` (there are title, summary, date, updated, lang, tags, image, credit, slug, aliases, due, translator, draft)
.
a key twice
.
title: نوروز
date: 2026-03-20
image: {src: a, src: b}
title: یلدا
.
4:17 the key `src` is here twice, first in line 4 (remove one of the two)
5:1 the key `title` is here twice, first in line 2 (remove one of the two)
.
values of another shape
.
title:
  fa: نوروز
  en: Nowruz
date: 2026-03-20
credit: پل
slug: {en: ~, fa: نوروز}
image: {src: [hall.jpg], alt: x}
.
3:3 `title` is a mapping of keys, not a text (put it in quotes)
6:9 `credit` is a text (پل), not a mapping of keys (write credit: {authors: [Mina Rad], publisher: Pol})
8:14 `image.src` is a list, not a text (if it is text, put it in quotes: "[hall.jpg]")
.
an address in a list
.
title: نوروز
date: 2026-03-20
credit: {url: [https://example.org/]}
.
4:15 `credit.url` is a list, not a text (if it is text, put it in quotes: "[https://example.org/]")
.
a second document of YAML
.
title: نوروز
date: 2026-03-20
--- یلدا
.
4:1 a second YAML document begins here (the front matter is one: remove this line)
.
nothing
.
~
.
1:1 a post needs a date (add a line: date: 2026-03-20)
1:1 there is no title (add a line: title: A title)
.
Norway
.
title: No
date: 2026-03-20
lang: no
slug: {no: nyttår}
tags: [on, ~, 2026, 1.5, 2026-03-20]
.
2:8 `title` is false (No), not a text (without quotes, YAML takes it for that; write title: "No")
4:7 `lang` is false (no), not a text (without quotes, YAML takes it for that; write lang: "no")
6:8 `tags.0` is true (on), not a text (without quotes, YAML takes it for that; write "on")
6:12 `tags.1` is nothing (~), not a text (without quotes, YAML takes it for that; write "~")
6:15 `tags.2` is a number (2026), not a text (without quotes, YAML takes it for that; write "2026")
6:21 `tags.3` is a number (1.5), not a text (without quotes, YAML takes it for that; write "1.5")
6:26 `tags.4` is a date (2026-03-20), not a text (without quotes, YAML takes it for that; write "2026-03-20")
.
languages that the site hasn't
.
title: نوروز
date: 2026-03-20
lang: Fa
due: {de: 2026-03-20, fa: 2026-03-20 10:00}
translator: مینا
slug: {fas: x}
.
4:7 `Fa` is none of the site's languages (en, fa, no) (did you mean `fa`?)
5:7 `due` names `de`, which is none of the site's languages (there are en, fa, no)
5:27 `due.fa` is a text (2026-03-20 10:00), not a day without a time (write it like 2026-03-20)
6:13 `translator` is a text (مینا), not a mapping by language (write translator: {fa: Mina})
7:8 `slug` names `fas`, which is none of the site's languages (did you mean `fa`?)
.
dates
.
title: نوروز
date: 2026-02-30
updated: ۲۰۲۶-۰۳-۲۰
credit: {date: yesterday}
due: {fa: 2026-3-20, en: 20260320, "no": [1]}
.
3:7 `date`: 2026-02-30 is no date of the calendar (write it like 2026-03-20)
4:10 `updated` is a text (۲۰۲۶-۰۳-۲۰), not a date (dates are written in ASCII digits, like 2026-03-20)
5:16 `credit.date` is a text (yesterday), not a date (write it like 2026-03-20, or 2026-03-20 18:30)
6:11 `due.fa` is a text (2026-3-20), not a date (write it like 2026-03-20, or 2026-03-20 18:30)
6:26 `due.en` is a number (20260320), not a date (write it like 2026-03-20, or 2026-03-20 18:30)
6:42 `due.no` is a list, not a date (write it like 2026-03-20)
.
times that there are not
.
title: نوروز
date: 2026-03-20 25:00
updated: 0001-01-01T00:00:00+14:00
.
3:7 `date`: 2026-03-20 25:00 is no date of the calendar (write it like 2026-03-20)
4:10 `updated`: 0001-01-01T00:00:00+14:00 is no date of the calendar (write it like 2026-03-20)
.
a date of the Persian calendar
.
title: نوروز
date: 1405-01-01
updated: 1405-08-29 18:00
.
3:7 warn `date` is in the year 1405 of the Gregorian calendar (dates here are Gregorian: 1405-01-01 of the Persian calendar is 2026-03-21)
4:10 warn `updated` is in the year 1405 of the Gregorian calendar (dates here are Gregorian: 1405-08-29 of the Persian calendar is 2026-11-20)
.
dates of the Persian calendar that are none, and in its digits
.
title: نوروز
date: 1404-12-30
updated: ۱۴۰۵-۰۸-۲۹
.
3:7 warn `date` is in the year 1404 of the Gregorian calendar (dates here are Gregorian: 1404-12-30 of the Persian calendar is no day at all)
4:10 `updated` is a text (۱۴۰۵-۰۸-۲۹), not a date (۱۴۰۵-۰۸-۲۹ of the Persian calendar is 2026-11-20: write that)
.
tags
.
title: نوروز
date: 2026-03-20
tags: [a, "", [b], a, {c: d}]
.
4:11 `tags.1` is empty (write something, or remove it)
4:15 `tags.2` is a list, not a text (if it is text, put it in quotes: "[b]")
4:20 warn the tag `a` is here twice (remove one)
4:23 `tags.4` is a mapping of keys, not a text (if it is text, put it in quotes: "{c: d}")
.
tags as text
.
title: نوروز
date: 2026-03-20
tags: nowruz, music
.
4:7 `tags` is a text (nowruz, music), not a list (write it in brackets: tags: [..])
.
slugs
.
title: نوروز
date: 2026-03-20
slug: {fa: نوروز در شهر, en: Con, "no": a/b}
.
4:12 `slug.fa` cannot be an address: it holds a space (write نوروز-در-شهر)
4:30 `slug.en` cannot be an address: Windows keeps that name for a device (write con-)
4:41 `slug.no` cannot be an address: it holds / (write a-b)
.
earlier addresses
.
title: نوروز
date: 2026-03-20
aliases: {fa: [old, /a/../b, /a/b/, a%20b], en: old, "no": [a b]}
.
4:21 `aliases.fa.1` cannot be an address: it begins or ends with a dot (write old-name, or /posts/old-name/ from the root)
4:37 `aliases.fa.3` cannot be an address: it holds % (write it decoded, as a browser shows it)
4:49 `aliases.en` is a text (old), not a list (write it in brackets: en: [..])
4:61 `aliases.no.0` cannot be an address: it holds a space (write old-name, or /posts/old-name/ from the root)
.
images
.
title: نوروز
date: 2026-03-20
image: {alt: سفره, captoin: x}
draft: maybe
.
4:8 `image` has no `src` (write {src: hall.jpg, alt: ..})
4:20 unknown key `image.captoin` (did you mean `caption`?)
5:8 `draft` is a text (maybe), not true or false (write draft: true, without quotes)
.
addresses
.
title: نوروز
date: 2026-03-20
image: javascript:alert(1)
credit: {url: javascript:alert(1)}
.
4:8 `image` is a text (javascript:alert(1)), not an image's file (write it like hall.jpg, with forward slashes)
5:15 `credit.url` is a text (javascript:alert(1)), not a web address (write it like https://example.org/page)
.
anchors, aliases and tags
.
title: &a نوروز
date: !!timestamp 2026-03-20
summary: *a
<<: *a
.
2:8 `&a` is an anchor (YAML's anchors, aliases and tags are not read; if it is text, put it in quotes)
3:7 `tag:yaml.org,2002:timestamp` is a tag (YAML's anchors, aliases and tags are not read; if it is text, put it in quotes)
4:10 `*a` is an alias (YAML's anchors, aliases and tags are not read; if it is text, put it in quotes)
5:1 unknown key `<<` (there are title, summary, date, updated, lang, tags, image, credit, slug, aliases, due, translator, draft)
5:5 `*a` is an alias (YAML's anchors, aliases and tags are not read; if it is text, put it in quotes)
.
what a # swallows
.
title: شماره #5 پل
date: 2026-03-20  # a remark
.
2:8 warn the rest of `title` is taken for a remark, because of the # (put the text in quotes)
.
control characters
.
title: نو{7}روز
date: 2026-03-20{85}
summary: "a\\eb{7F}"
.
2:10 the control character U+0007 (remove it, or type the word anew)
3:17 the control character U+0085 (remove it, or type the word anew)
4:15 the control character U+007F (remove it, or type the word anew)
.
an escaped control character
.
title: "نو\\0روز"
date: 2026-03-20
tags: ["\\u2028", "\\r"]
.
2:8 the control character U+0000 (remove it, or type the word anew)
4:8 the control character U+2028 (remove it, or type the word anew)
4:18 the control character U+000D (remove it, or type the word anew)
.
a surrogate
.
title: نو{D800}
.
2:10 the control character U+D800 (remove it, or type the word anew)
.
direction controls
.
title: نو{2067}روز
date: 2026-03-20
summary: >
  one {2066}balanced{2069}
  two {202E}not
image: {src: a, alt: "\\u202c"}
tags: ["{200E}می‌رود{200F}{200D}"]
.
2:10 warn the direction control U+2067 in `title` has no other half, or overrides (remove it: directions are isolated for you)
6:7 warn the direction control U+202E in `summary` has no other half, or overrides (remove it: directions are isolated for you)
7:22 warn the direction control U+202C in `image.alt` has no other half, or overrides (remove it: directions are isolated for you)
.
a colon
.
title: نوروز: سال نو
.
2:13 a colon inside an unquoted text (put the text in quotes: title: "Nowruz: a report")
.
no space after a colon
.
title:نوروز
date: 2026-03-20
.
2:7 no space after a colon (write key: value, with a space after the colon)
.
text after quotes
.
title: "نوروز" در شهر
.
2:16 no key begins here (if it belongs to the text before, put the whole in double quotes, with \\" inside)
.
quotes without end
.
title: "نوروز
date: 2026-03-20
.
2:8 the quotation mark that opens here is never closed (close it; in double quotes, write \\" for a quotation mark)
.
brackets without end
.
title: A
tags: [نوروز, موسیقی
.
3:7 the [ that opens here is not closed, or lacks a comma (write it like [music, food], or put a text that begins with [ in quotes)
.
braces without end
.
title: A
image: {src: a
.
3:8 the { that opens here is not closed, or lacks a comma (write it like {fa: Mina}, or put a text that begins with { in quotes)
.
Markdown in a title
.
title: *نوروز* در شهر
.
2:8 an unquoted text begins with a sign that means something in YAML (put the text in quotes)
.
a backslash
.
title: "C:\\polls"
.
2:11 a backslash in double quotes begins an escape, and this is none (write two for one, or put the text in single quotes)
.
a dash
.
title: - نوروز
.
2:8 an unquoted text begins with a hyphen and a space (put the text in quotes; a list begins on the next line)
.
a tab
.
title: نوروز
image:
␉src: a
.
4:1 a tab before a key or a value (YAML is indented with spaces only)
.
text on the line of a block
.
summary: > نوروز
.
2:10 a text on the line of > or | (it begins on the next line; or put the text in quotes)
.
two documents
.
title: نوروز
...
date: 2026-03-20
.
4:1 something ends here that YAML takes for a whole document (front matter has no line of three dots, and none that begins with %)
.
a list
.
- title: نوروز
.
2:1 the front matter is a list, not keys with values (write lines like title: A title, with a space after the colon)
.
a template's braces
.
title: {{ title }}
date: 2026-03-20
.
2:8 `title` is a mapping of keys, not a text (if it is text, put it in quotes: "{{ title }}")
2:9 a mapping of keys cannot be a key (put a text that begins with { or [ in quotes)
.
brackets in brackets
.
title: [[[[[[[[[[[[[[[[[[[[
.
2:20 brackets are nested too deeply (front matter needs no more than a few levels)
.
"""


def visible(text: str) -> str:
    """Turns ␉ and {202E} into what they stand for."""
    text = text.replace("␉", "\t")
    return re.sub(r"\{([0-9A-F]+)\}", lambda found: chr(int(found.group(1), 16)), text)


def problems_of(text: str, kind: Kind = "post") -> tuple[Problem, ...]:
    try:
        _, _, problems = parse(text, PATH, SITE, name="posts/nowruz", kind=kind)
    except ContentError as error:
        problems = error.problems
    assert all(one.location.path == PATH for one in problems)
    return problems


@pytest.mark.parametrize(("text", "expected"), cases(WRONG))
def test_what_is_wrong(text: str, expected: str) -> None:
    assert said(problems_of(f"---\n{visible(text)}\n---\n")) == expected


@pytest.mark.parametrize(("text", "expected"), cases(WRONG))
def test_carriage_returns_move_nothing(text: str, expected: str) -> None:
    written = f"---\n{visible(text)}\n---\n".replace("\n", "\r\n")
    assert said(problems_of(written)) == expected


WRONG_ISSUES = """
sections
.
title: شماره‌ی ۷
number: ۷
sections:
  - items: [posts/nowruz, {as: full}, {post: a, as: ful}]
  - اخبار
  - {heading: x, item: []}
.
3:9 `number` is a text (۷), not a whole number (write it in plain digits: 12)
5:5 `sections.0` has no `heading` (write heading: News)
5:13 `sections.0.items.0` is a text (posts/nowruz), not a mapping of keys (write {post: posts/nowruz, as: summary})
5:27 `sections.0.items.1` names no post (write {post: posts/nowruz, as: summary})
5:53 `sections.0.items.2.as` is a text (ful), not full, summary or title (did you mean `full`?)
6:5 `sections.1` is a text (اخبار), not a mapping of keys (write {heading: .., items: [..]})
7:18 unknown key `sections.2.item` (did you mean `items`?)
.
a digest
.
title: شماره‌ی ۷
number: 012
digest: {since: 2026-03-20, until: 2026-02-20, limit: -1, tag: x}
sections: []
.
3:9 `number` is a number (012), not a whole number (write it in plain digits: 12)
4:9 an issue has `sections` or a `digest`, not both (remove one of the two)
4:36 `digest` ends on 2026-02-20, before it begins on 2026-03-20 (exchange the two)
4:55 `digest.limit` is a number (-1), not a whole number (write it in plain digits: 12)
4:59 unknown key `digest.tag` (did you mean `tags`?)
.
words in the place of lists
.
title: شماره‌ی ۷
sections: اخبار
.
3:11 `sections` is a text (اخبار), not a list (write sections: [{heading: .., items: [..]}])
.
words in the place of days
.
title: شماره‌ی ۷
digest: هفتگی
.
3:9 `digest` is a text (هفتگی), not a mapping of keys (write digest: {since: 2026-03-01, until: 2026-03-31})
.
a heading and a piece that are no texts
.
title: شماره‌ی ۷
sections: [{heading: [اخبار], items: []}, {heading: x, items: [{post: [a]}]}]
.
3:22 `sections.0.heading` is a list, not a text (if it is text, put it in quotes: "[اخبار]")
3:71 `sections.1.items.0.post` is a list, not a text (if it is text, put it in quotes: "[a]")
.
"""


@pytest.mark.parametrize(("text", "expected"), cases(WRONG_ISSUES))
def test_what_is_wrong_with_issues(text: str, expected: str) -> None:
    assert said(problems_of(f"---\n{text}\n---\n", "issue")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "this file has no front matter"),
        ("نوروز\n", "this file has no front matter"),
        ("---", "this file has no front matter"),
        (" ---\ntitle: a\n---\n", "something stands before the front matter"),
        ("\n\n---\ntitle: a\n---\n", "something stands before the front matter"),
        ("+++\ntitle = 'a'\n+++\n", "front matter in TOML is not read"),
        ("---\ntitle: a\n", "the front matter that begins here never ends"),
        ("---\ntitle: a\n ---\n", "the front matter that begins here never ends"),
        ("---\ntitle: a\n----\n", "the front matter that begins here never ends"),
    ],
)
def test_front_matter_that_is_none(text: str, expected: str) -> None:
    (found,) = problems_of(text)
    assert (found.message, found.location.line, found.location.column) == (expected, 1, 1)
    assert found.hint


def test_the_example_in_the_hint_is_good() -> None:
    (found,) = problems_of("نوروز\n")
    assert read(found.hint.removeprefix("begin it with:\n") + "\nنوروز\n").title == "A title"


def test_an_alias_bomb_is_refused_at_once() -> None:
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))
    found = problems_of(f"---\na0: &a0 x\n{levels}\n---\n")
    assert any("an alias" in one.message for one in found)


# Authored editions.

ORIGINAL = parse(
    "---\ntitle: Nowruz\ndate: 2026-03-20\ntags: [food, music]\nimage: {src: hall.jpg, alt: A}\n"
    "credit: {publisher: Pol}\n---\nText\n",
    PATH,
    SITE,
    name="posts/nowruz",
    kind="post",
)[0]
EDITION = "content/posts/nowruz.fa.md"


def test_an_authored_edition() -> None:
    text = (
        "---\ntitle: نوروز\nsummary: خلاصه\nimage: {alt: سفره}\nslug: نوروز‌ها\nlang: fa\n"
        "date: 2026-03-20\ntags: [music, food]\ncredit: {publisher: Pol}\ndraft: false\n---\nمتن\n"
    )
    edition, body, problems = parse_authored(text, EDITION, SITE, ORIGINAL)
    assert (body, problems) == ("متن\n", ())
    assert edition == Authored(
        path=EDITION,
        lang="fa",
        title="نوروز",
        summary="خلاصه",
        image=Image(src="hall.jpg", alt="سفره"),
        slug="نوروز‌ها",
        body_line=12,
        source=edition.source,
    )
    assert edition.source["image.alt"] == (4, 14)


WRONG_EDITIONS = """
contradictions
.
title: نوروز
date: 2026-03-21
tags: [food]
credit: {publisher: پل}
draft: true
lang: en
.
3:7 `date` contradicts the original's: content/posts/nowruz.md:3:7 (remove it here: the original's counts)
4:7 `tags` contradicts the original's: content/posts/nowruz.md:4:7 (remove it here: the original's counts)
5:9 `credit` contradicts the original's: content/posts/nowruz.md:6:9 (remove it here: the original's counts)
6:8 `draft` contradicts the original's: content/posts/nowruz.md, without it (remove it here: the original's counts)
7:7 `lang` is en, but the file's name says fa (remove it, or rename the file)
.
keys of the original
.
summary: x
due: {fa: 2026-03-20}
number: 3
slug: {fa: x}
sumary: x
image: [x]
.
1:1 there is no title (add a line: title: A title)
3:1 unknown key `due` (it belongs in the original, content/posts/nowruz.md)
4:1 unknown key `number` (only an issue of the newsletter has it, in content/newsletters/)
5:7 `slug` is a mapping of keys, not a text (write slug: نوروز-در-شهر)
6:1 unknown key `sumary` (did you mean `summary`?)
7:8 `image` is a list, not one image (write image: {src: hall.jpg, alt: ..})
.
a list
.
- نوروز
.
2:1 the front matter is a list, not keys with values (write lines like title: A title, with a space after the colon)
.
"""


@pytest.mark.parametrize(("text", "expected"), cases(WRONG_EDITIONS))
def test_what_is_wrong_with_editions(text: str, expected: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_authored(f"---\n{text}\n---\n", EDITION, SITE, ORIGINAL)
    assert said(caught.value.problems) == expected


def test_an_edition_may_have_a_picture_of_its_own() -> None:
    text = "---\ntitle: نوروز\nimage: {src: تالار.jpg, alt: سفره}\n---\n"
    edition, _, _ = parse_authored(text, EDITION, SITE, ORIGINAL)
    assert edition.image == Image(src="تالار.jpg", alt="سفره")


def test_an_edition_in_the_language_of_its_original() -> None:
    path = "content/posts/nowruz.en.md"
    with pytest.raises(ContentError, match=r"nowruz\.md, is in `en` already"):
        parse_authored("---\ntitle: A\n---\n", path, SITE, ORIGINAL)


def test_image_texts_need_an_image() -> None:
    text = "---\ntitle: نوروز\nimage: {alt: سفره}\n---\n"
    with pytest.raises(ContentError, match="nor has the original"):
        parse_authored(text, EDITION, SITE, replace(ORIGINAL, image=None))


def test_a_picture_with_a_name_that_is_none_is_told_once() -> None:
    text = "---\ntitle: نوروز\nimage: {src: [hall.jpg], alt: سفره}\n---\n"
    with pytest.raises(ContentError) as caught:
        parse_authored(text, EDITION, SITE, replace(ORIGINAL, image=None))
    assert said(caught.value.problems) == (
        '3:14 `image.src` is a list, not a text (if it is text, put it in quotes: "[hall.jpg]")'
    )


# Files.


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("posts/nowruz.md", ("posts/nowruz", "post", None)),
        ("posts/nowruz.fa.md", ("posts/nowruz", "post", "fa")),
        ("posts/nowruz.de.md", ("posts/nowruz.de", "post", None)),
        ("posts/nowruz/index.md", ("posts/nowruz", "post", None)),
        ("posts/2026/nowruz/index.fa.md", ("posts/2026/nowruz", "post", "fa")),
        ("posts/index.x.md", ("posts/index.x", "post", None)),
        ("pages/about.md", ("pages/about", "page", None)),
        ("newsletters/2026-03.no.md", ("newsletters/2026-03", "issue", "no")),
        ("posts/نوروز‌ها.md", ("posts/نوروز‌ها", "post", None)),
        ("posts/e\u0301.md", ("posts/é", "post", None)),
        ("posts/fa.md", ("posts/fa", "post", None)),
        ("posts/.fa.md", None),
        ("posts/index.md", None),
        ("posts/index.fa.md", None),
        ("posts/.#nowruz.md", None),
        ("posts/.git/nowruz.md", None),
        ("posts/nowruz/hall.jpg", None),
        ("posts/nowruz.MD", None),
        ("posts", None),
        ("nowruz.md", None),
        ("site.toml", None),
        ("other/nowruz.md", None),
    ],
)
def test_identify(path: str, expected: tuple[str, str, str | None] | None) -> None:
    assert identify(path, LANGUAGES) == expected


FILES = """
nothing
.
posts/a.md
posts/a.fa.md
posts/b/index.md
posts/b/index.fa.md
posts/b/index.no.md
pages/a.md
.

.
both forms
.
posts/a.md
posts/a/index.md
posts/a/index.fa.md
.
posts/a/index.fa.md: this edition of `posts/a` doesn't stand beside its original (move it beside posts/a.md)
posts/a/index.md: `posts/a` is there as a file and as a folder: posts/a.md (keep one of the two)
.
an edition twice
.
posts/a.md
posts/a.fa.md
posts/a/index.fa.md
.
posts/a/index.fa.md: `posts/a` has this edition twice: posts/a.fa.md (keep one of the two)
.
an edition without an original
.
posts/A.md
posts/a.fa.md
posts/b/index.fa.md
.
posts/a.fa.md: this edition of `posts/a` has no original (there is posts/A.md) (write posts/a.md, or rename this file so)
posts/b/index.fa.md: this edition of `posts/b` has no original (write posts/b/index.md, or rename this file so)
.
names that look the same
.
posts/É.md
posts/é/index.md
posts/e{301}.md
posts/é.md
.
posts/É.md: `posts/É` and `posts/é` differ by case only (rename this file or posts/e{301}.md)
posts/é.md: the name looks the same as that of posts/e{301}.md, in other code points (rename one of the two)
posts/é/index.md: `posts/é` is there as a file and as a folder: posts/e{301}.md (keep one of the two)
.
"""


@pytest.mark.parametrize(("text", "expected"), cases(FILES))
def test_assemble(text: str, expected: str) -> None:
    files = []
    for path in visible(text).split("\n"):
        identity = identify(path, LANGUAGES)
        assert identity is not None
        files.append((*identity, path))
    assert "\n".join(map(str, assemble(files))) == visible(expected)
    assert assemble(reversed(files)) == assemble(files)


# Slugs.


@pytest.mark.parametrize(
    "slug", ["a", "نوروز-در-شهر", "هفت‌سین", "ه‍.ش", "C++", "v1.2", "console", "é", "日本", "a" * 200]
)
def test_slugs(slug: str) -> None:
    assert slug_fault(slug) == ""


@pytest.mark.parametrize(
    "slug",
    [
        *[
            "",
            ".",
            "..",
            ".a",
            "a.",
            "a/b",
            "a\\b",
            "a b",
            "a\u00a0b",
            "a\tb",
            "a\x00b",
            "a\u2028b",
        ],
        *["\u200eab", "a\u202eb", "a\u2067b", "a\u200bb", "\ufeffa", "\ud800", "‌a", "a‌"],
        *[
            "CON",
            "nul.txt",
            "com1",
            "LPT9.x",
            "a?b",
            "a#b",
            "50%",
            "a:b",
            "a*",
            "<a>",
            "a|b",
            '"a"',
        ],
        *["a" * 201, "ن" * 101],
    ],
)
def test_what_cannot_be_a_slug(slug: str) -> None:
    assert slug_fault(slug)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Nowruz: a report!", "nowruz-a-report"),
        ("«هفت‌سین» در شهر", "هفت‌سین-در-شهر"),
        ("C++ در ۱۴۰۵", "c-در-۱۴۰۵"),
        ("\u200f؟!", ""),
        ("E\u0301te\u0301", "été"),
    ],
)
def test_slugs_made_of_titles(title: str, expected: str) -> None:
    assert slugify(title) == expected


def test_a_slug_is_in_normal_form_c() -> None:
    document = read("---\ntitle: A\ndate: 2026-03-20\nslug: e\u0301te\u0301\nlang: fa\n---\n")
    assert document.slug == {"fa": "été"}


def test_a_file_name_that_cannot_be_an_address() -> None:
    with pytest.raises(ContentError) as caught:
        parse("---\ntitle: A\n---\n", PATH, SITE, name="pages/سال نو", kind="page")
    assert said(caught.value.problems) == (
        "0:0 `سال نو` cannot be part of an address: it holds a space (rename it, such as to سال-نو)"
    )


# Revising.


@pytest.mark.parametrize(
    ("front", "key", "expected"),
    [
        ("title: A # x", "title", 'title: "ن: و" # x'),
        ("title: A", "summary", 'title: A\nsummary: "ن: و"'),
        ("title: A\nimage: a.jpg", "image.alt", 'title: A\nimage: {src: a.jpg, alt: "ن: و"}'),
        (
            "image:\n  src: a # x\ntitle: A",
            "image.alt",
            'image:\n  src: a # x\n  alt: "ن: و"\ntitle: A',
        ),
        ("sections:\n- heading: A", "sections.0.heading", 'sections:\n- heading: "ن: و"'),
        ("title: A", "aliases.fa.0", 'title: A\naliases: {fa: ["ن: و"]}'),
        ("aliases: {fa: [a]}", "aliases.fa.1", 'aliases: {fa: [a, "ن: و"]}'),
        ("aliases: {fa: []}", "aliases.fa.0", 'aliases: {fa: ["ن: و"]}'),
        ("aliases:\n  fa:\n  - a", "aliases.fa.1", 'aliases:\n  fa:\n  - a\n  - "ن: و"'),
        ("credit:\n  authors: [M]", "credit.place", 'credit:\n  authors: [M]\n  place: "ن: و"'),
        (
            "credit:\n  authors:\n  - M # x\ntitle: A",
            "credit.place",
            'credit:\n  authors:\n  - M # x\n  place: "ن: و"\ntitle: A',
        ),
        (
            "sections:\n- heading: A\n  items:\n  - post: a",
            "sections.1.heading",
            'sections:\n- heading: A\n  items:\n  - post: a\n- {heading: "ن: و"}',
        ),
        ("aliases:", "aliases.fa.0", 'aliases: {fa: ["ن: و"]}'),
    ],
)
def test_revising(front: str, key: str, expected: str) -> None:
    revised = revise_front_matter(f"---\n{front}\n---\nbody", {key: "ن: و"})
    assert revised == f"---\n{expected}\n---\nbody"


def test_a_text_without_front_matter_gets_some() -> None:
    assert revise_front_matter("body\n", {"title": "A"}) == "---\ntitle: A\n---\nbody\n"


@pytest.mark.parametrize("key", ["tags", "tags.2", "title.x", "image.x.y", "new.1", "tags.x"])
def test_places_that_there_cannot_be(key: str) -> None:
    with pytest.raises(LookupError):
        revise_front_matter("---\ntitle: A\ntags: [a]\nimage: a\n---\n", {key: "x"})


def test_front_matter_that_is_broken_is_not_revised() -> None:
    with pytest.raises(ContentError) as caught:
        revise_front_matter("---\ntitle: a: b\n---\n", {"title": "x"}, PATH)
    assert str(caught.value).startswith(f"{PATH}:2:9: a colon")
