"""Files that are made to take long, or all the memory: a clear error, and soon.

All of them go through the readers in one process of its own, which may use a minute of
processor time (the system ends it after that) and tells what it held at most.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT, SITE, Folder

from pipeline import config, content, frontmatter, glossary, markdown, po, subscribers
from pipeline.app.sources import decode
from pipeline.problems import DozabanError

SOAK = bool(os.environ.get("DOZABAN_SOAK"))
MEGABYTES = 1_500 if SOAK else 300
"""What the process may hold; with files of 50 MB, more of course than without."""
SECONDS = 120
HUGE = 50_000_000 if SOAK else 2_000_000
"""Bytes of the files that are one line and nothing else."""
HEAD = frontmatter.MOST_HEAD - 1_000
LIST = po.MOST - 1_000 if SOAK else 500_000


def post(text: str) -> bytes:
    return f"---\ntitle: T\ndate: 2026-03-20\n{text}\n---\n\nBody.\n".encode()


def much(text: str, size: int = HEAD) -> str:
    return text * (size // len(text))


CASES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    # title: what it is, its bytes, what is said of it
    "a billion laughs": (
        "post", lambda: post("tags: &a [x, x]\n" + "".join(f"a{i}: &b{i} [*b{i - 1}, *b{i - 1}]\n" for i in range(1, 900))),
        r"x\.md:4:7: `&a` is an anchor",
    ),
    "aliases in a list": ("post", lambda: post(f"tags: [&a a, {much('*a,')}]"), r":4:8: `&a` is an anchor"),
    "a merged mapping": ("post", lambda: post("credit: &a {place: x}\nimage:\n  <<: *a"), r":6:7: `\*a` is an alias"),
    "a tag that runs": ("post", lambda: post('summary: !!python/object/apply:os.system ["id"]'), r":4:10: `.*os\.system` is a tag"),
    "many tags": ("post", lambda: post(f"tags: [{much('!!python/name:os.system x, ')}]"), r"is a tag"),
    "a key twice": ("post", lambda: post("summary: a\nsummary: b"), r":5:1: the key `summary` is here twice, first in line 4"),
    "a key again and again": ("post", lambda: post(much("summary: a\n")), r"here twice"),
    "Norway": ("post", lambda: post("summary: no"), r":4:10: `summary` is false \(no\), not a text"),
    "Norway's language": ("post", lambda: post("lang: no"), r":4:7: `lang` is false"),
    "a version": ("post", lambda: post("summary: 1.10"), r":4:10: `summary` is a number \(1\.10\)"),
    "an hour of base 60": ("post", lambda: post("summary: 12:30:45"), r":4:10: `summary` is a number"),
    "a day that is none": ("post", lambda: post("updated: 2026-02-30"), r":4:10: `updated`: 2026-02-30 is no date"),
    "a day of the year 99999": ("post", lambda: post("updated: 99999-01-01"), r":4:10: `updated` is a text"),
    "a tab": ("post", lambda: post("credit:\n\tplace: x"), r":5:1: a tab"),
    "many tabs": ("post", lambda: post("credit:\n" + much("\t")), r":5:1: a tab"),
    "NUL": ("post", lambda: post("summary: a\0b"), r":4:11: the control character U\+0000"),
    "NULs": ("post", lambda: post(much("summary: \0\n")), r":4:10: the control character U\+0000"),
    "a byte order mark": ("post", lambda: b"\xef\xbb\xbf" + post(""), ""),
    "a byte order mark within": ("post", lambda: post("\ufeffsummary: a"), r":4:2: no key begins here"),
    "UTF-16": ("post", lambda: post("").decode().encode("utf-16"), r":1:1: this is not UTF-8 .*UTF-16"),
    "UTF-16 without a mark": ("post", lambda: post("").decode().encode("utf-16-le"), r":1:1: this file has no front matter"),
    "half a character": ("post", lambda: post('summary: "\\ud800"'), r":4:1\d: this escape stands for no character"),
    "brackets": ("post", lambda: post("tags: " + much("[")), r":4:19: brackets are nested too deeply"),
    "braces": ("post", lambda: post("image: " + much("{")), r"nested too deeply"),
    "hyphens": ("post", lambda: post("tags:\n" + much("- ")), r"nested too deeply"),
    "question marks": ("post", lambda: post(much("? ")), r"nested too deeply"),
    "a number": ("issue", lambda: post("number: " + much("9")), r":4:9: `number` is a number, not a whole number"),
    "a float": ("issue", lambda: post(f"number: 1{much('0')}.0e+999"), r":4:9: `number` is a number"),
    "a long list": ("post", lambda: post(f"aliases: {{fa: [{much('/,')}]}}"), r":4:15: `aliases\.fa` has 24500 items"),
    "a long slug": ("post", lambda: post(f"slug: {much('ن')}"), r":4:7: `slug` has 49000 characters"),
    "stray controls": ("post", lambda: post(f"tags: [{much(chr(0x2067) + ',')}]"), r":4:7: `tags` has 24500 items"),
    "too much front matter": ("post", lambda: post("summary: " + "x" * 50_000), r":1:1: the front matter has more than 50000"),
    "front matter without end": ("post", lambda: b"---\n" + b"a" * 900_000, r":1:1: the front matter that begins here never ends"),
    "a document of one line": ("post", lambda: post("") + b"x" * HUGE, r"x\.md: this file has \d+ characters, and 1000000 are the most"),
    "a document of one line, not quite": ("post", lambda: post("") + b"*" * 990_000, ""),
    "TOML: brackets": ("site", lambda: b"a = " + b"[" * 19_000, r"site\.toml:1:1: brackets are nested too deeply"),
    "TOML: a number": ("site", lambda: b"title = 'a'\npage_size = " + b"9" * 5_000, r"site\.toml:2:13: this number is too long"),
    "TOML: a float": ("site", lambda: f"{SITE}\n[outputs]\nfeed_items = {'9' * 5_000}.0\n".encode(), r"site\.toml:1\d:1"),
    "TOML: a dotted key": ("site", lambda: b".".join([b"a"] * 5_000) + b" = 1", r"unknown key `a`"),
    "TOML: a key twice": ("site", lambda: b'title = "a"\ntitle = "b"\n', r"site\.toml:2:1\d: this is no TOML: cannot overwrite a value"),
    "TOML: CR CR LF": ("site", lambda: SITE.replace("\n", "\r\r\n").encode(), ""),
    "TOML: NUL": ("site", lambda: b'title = "\0"', r"site\.toml:1:10: this is no TOML: illegal character"),
    "TOML: a day that is none": ("site", lambda: b"title = 2026-02-30", r"site\.toml:1:9: this is no TOML"),
    "TOML: UTF-16": ("site", lambda: SITE.encode("utf-16"), r"site\.toml:1:1: this is not UTF-8 .*UTF-16"),
    "TOML: one line": ("site", lambda: b'title = "' + b"x" * HUGE, r"site\.toml: this file has \d+ characters, and 20000 are the most"),
    "PO: UTF-16": ("catalogue", lambda: 'msgid "سلام"\nmsgstr "a"\n\nmsgid "b"\nmsgstr ""\n'.encode("utf-16"), r"x\.po:1:1: this is not UTF-8"),
    "PO: UTF-16 without a mark": ("catalogue", lambda: 'msgid "a"\nmsgstr "b"\n'.encode("utf-16-le"), r"x\.po:1:1: this is not UTF-8"),
    "PO: a NUL": ("catalogue", lambda: b'msgid "a"\nmsgstr "\0"\n', r"x\.po:2:9: a NUL character"),
    "PO: NULs": ("catalogue", lambda: b"\0" * LIST, r"x\.po:1:1: this is not UTF-8"),
    "PO: no text": ("catalogue", lambda: b"\xff" * LIST, r"x\.po:1:1: not UTF-8: FF FF FF FF FF FF FF FF"),
    "PO: quotation marks": ("catalogue", lambda: b'"\n' * (LIST // 2), r"x\.po:1:1: the string is not closed"),
    "PO: words": ("catalogue", lambda: b"x\n" * (LIST // 2), r"x\.po:1:1: unknown keyword x"),
    "PO: conflicts": ("catalogue", lambda: b"<<<<<<< a\n" * (LIST // 10), r"x\.po:1:1: an unresolved merge conflict"),
    "PO: the same again": ("catalogue", lambda: b'msgid "a"\nmsgstr ""\n' * (LIST // 21), r"x\.po:3:1: the same msgid"),
    "PO: a string without end": ("catalogue", lambda: b'msgid "' + b"a" * LIST, r"x\.po:1:7: the string is not closed"),
    "PO: escapes": ("catalogue", lambda: b'msgid "' + b"\\n" * (LIST // 2) + b'"\nmsgstr ""\n', ""),
    "PO: wrong escapes": ("catalogue", lambda: b'msgid "' + b"\\q" * (LIST // 2) + b'"\nmsgstr ""\n', r"x\.po:1:8: bad escape"),
    "PO: entries": ("catalogue", lambda: b"".join(b'msgid "%d"\nmsgstr ""\n' % n for n in range(LIST // 30)), ""),
    "PO: comments": ("catalogue", lambda: b"#\n" * (LIST // 2), ""),
    "PO: one line": ("catalogue", lambda: b'msgid "' + b"a" * max(HUGE, po.MOST) + b'"\nmsgstr ""\n', r"x\.po: this file has \d+ bytes, and 8000000"),
    "CSV: quotation marks": ("glossary", lambda: b"term,translation\n" + b'"' * 190_001, r"glossary\.csv:2:1: this line is no CSV"),
    "CSV: a field too long": ("glossary", lambda: b"term,translation\na," + b"b" * 150_000, r"glossary\.csv:2:1: this line is no CSV"),
    "CSV: a term twice": ("glossary", lambda: b"term,translation\na,b\na,c\n", r"glossary\.csv:3:1: the term `a` is in line 2 already"),
    "CSV: UTF-16": ("glossary", lambda: "term,translation\na,b\n".encode("utf-16"), r"glossary\.csv:1:1: this is not UTF-8"),
    "CSV: many terms": ("glossary", lambda: b"term,translation\n" + b"".join(b"a%d,b\n" % n for n in range(20_000)), ""),
    "CSV: one line": ("glossary", lambda: b"a" * HUGE, r"glossary\.csv: this file has \d+ bytes, and 200000 are the most"),
    "a list: commas": ("list", lambda: b"," * HUGE, r"x\.csv:1:1: this is no list of subscribers"),
    "a list: a column": ("list", lambda: b"a" * HUGE + b",language\n", r"x\.csv:1:1: there is no column `a{60}…`"),
    "a list: a name without end": ("list", lambda: b'address,language,name\na@b.cd,en,"' + b"x" * HUGE, r"x\.csv:2:11: a quotation mark opens here"),
    "a list: NULs": ("list", lambda: b"\0" * HUGE, r"x\.csv:1:1: there is no column"),
    "a list: UTF-16": ("list", lambda: "address,language\n".encode("utf-16"), r"x\.csv:1:1: this is not UTF-8 .*UTF-16"),
}  # fmt: skip


def read(kind: str, data: bytes) -> list[str]:
    """What is said of a file."""
    try:
        if kind in ("post", "issue"):
            site = config.parse(SITE, rules=())
            text = decode(data, "content/posts/x.md")
            content.parse(text, "content/posts/x.md", site, name="posts/x", kind=kind)  # type: ignore[arg-type]
        elif kind == "site":
            config.parse(decode(data, config.PATH))
        elif kind == "catalogue":
            try:
                po.lookup(data, "x.po")
            finally:
                po.parse(data, "x.po")
        elif kind == "glossary":
            found, problems = glossary.parse(data, "glossary.csv")
            glossary.terms_in("a1 and another a20000 " * 100, found)
            return [str(one) for one in problems]
        else:
            subscribers.parse(decode(data, "x.csv"), "x.csv", ("en", "fa"))
    except DozabanError as error:
        return [str(one) for one in error.problems]
    return []


def through() -> None:
    """Every case through its reader; what was said, as JSON, and the most memory held."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    said = {}
    for title, (kind, made, _) in CASES.items():
        problems = read(kind, made())
        said[title] = [max((len(one) for one in problems), default=0), len(problems), problems[:400]]
    held = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(json.dumps([int(held[1]) // 1024 if held else 0, said]))


@cache
def seen() -> tuple[int, dict[str, tuple[int, int, list[str]]]]:
    done = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    megabytes, said = json.loads(done.stdout)
    return megabytes, said


@pytest.mark.parametrize("title", CASES)
def test_it_is_said_where_and_what(title: str) -> None:
    expected = CASES[title][2]
    longest, count, problems = seen()[1][title]
    if expected:
        assert any(re.search(expected, one, re.DOTALL) for one in problems), problems[:5]
    else:
        assert problems == []
    assert longest < 1_000, "a problem that nobody can read"
    assert count <= 50_000


@pytest.mark.parametrize("title", [one for one in CASES if one.startswith(("PO: UTF-16", "PO: NULs", "UTF-16", "TOML: UTF"))])
def test_another_encoding_is_one_error(title: str) -> None:
    assert seen()[1][title][1] == 1


def test_it_takes_no_more_memory_than_there_is(tally: Callable[[str, int, str], None]) -> None:
    megabytes, _ = seen()
    assert megabytes < MEGABYTES
    tally("bombs of YAML, TOML, CSV and gettext", len(CASES), f"each an error at its line, or read; the process held less than {MEGABYTES} MB")


def test_many_translations_that_change_blocks_cost_no_more_than_a_few() -> None:
    """Each is found by a parse of the whole text; behind the first of too many, none goes in."""
    code = "<!-- dozaban: translate -->\n```\na\n```\n\n"
    parsed = markdown.parse("".join(f"b{n}\n\n" for n in range(100)) + code * 2_000)
    own = [place for place, leaf in enumerate(parsed.leaves) if leaf.msgid]
    wanted = {place: "x\n```\ny" if parsed.leaves[place].kind == "code" else "سلام" for place in own}
    composed = markdown.compose(parsed, wanted)
    assert sorted(composed.refused) == [place for place in own if parsed.leaves[place].kind == "code"]
    assert [leaf.msgid for leaf in composed.parsed.leaves if leaf.msgid] == ["سلام"] * 100 + ["a"] * 2_000


def test_a_long_title_makes_a_short_slug() -> None:
    assert content.slugify("نوروز در " * 50_000) == ("نوروز-در-" * 12)[:-1]
    assert content.slugify("ن" * 500_000) == "ن" * 100
    assert content.slugify("a" + "ن" * 500_000) == "a" + "ن" * 99


@pytest.mark.parametrize(
    "text", ["by = " + "[" * 5_000, "messages = " + "9" * 5_000, "a = 1\n" * 5_000, "by = 'a'", "by = 2026-02-30"],
    ids=["brackets", "a number", "too long", "parts are missing", "no date"],
)  # fmt: skip
def test_a_review_that_is_none(site: Folder, text: str) -> None:
    site.write("content/site.toml", SITE + "review = true\n")
    site.post("a", "Text.\n")
    assert site.run("update").status == 0
    site.translate("posts/a", {"Title of a": "الف", "Text.": "متن."})
    site.write("locales/fa/reviews/posts/a.toml", text)
    said = site.run("build")
    assert said.status == 1 and "Traceback" not in said.err
    assert re.search(r"locales/fa/reviews/posts/a\.toml.*: error: ", said.err), said.err


if __name__ == "__main__":
    through()
