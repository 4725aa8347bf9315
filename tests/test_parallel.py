"""Side by side: bodies cut without a trace, blocks in rows, and the pages in a browser."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote

import html5lib
import pytest
from conftest import CI, SITE, Folder
from hypothesis import given
from hypothesis import strategies as st
from markdown_cases import hostile, specification, thorough, wild
from markdown_cases import markdown as texts

from pipeline import markdown as md
from pipeline.html import Block, Manner, Piece, fill, pieces, write
from pipeline.markdown import compose, parse
from pipeline.outputs.parallel import Row, aligned, named, partners

# --- the cut ---------------------------------------------------------------------------------


def both(text: str, **manner: Any) -> tuple[str, str]:
    """A body as it is, and with slots."""
    parsed = parse(text)
    blocks = [
        Block(id=name, anchors=anchors)
        for name, anchors in zip(md.block_ids(parsed), md.anchors(parsed), strict=True)
    ]
    return (
        write(parsed, Manner(**manner), blocks),
        write(parsed, Manner(slots=True, **manner), blocks),
    )


def filled(html: str) -> str:
    return fill(html, lambda name: "" if name[0] == "=" else name[1:])


def check_cut(text: str, raw_html: bool) -> None:
    plain, cut = both(text, raw_html=raw_html)
    assert filled(cut) == plain
    assert "".join(piece.html for piece in pieces(cut)) == re.sub("\0=[^\0]*\0", "", cut)


@given(wild)
@thorough
def test_a_body_that_can_be_cut_reads_the_same(text: str) -> None:
    """Law: slots for ids and cuts leave no trace once they are filled, and cuts lose nothing."""
    check_cut(text, False)


@given(texts)
@thorough
def test_a_body_with_raw_html_that_can_be_cut_reads_the_same(text: str) -> None:
    check_cut(text, True)


@given(texts)
@thorough
def test_each_piece_stands_by_itself(text: str) -> None:
    """Law: no element spans two pieces, and each knows the ids of its leaves, in order."""
    _, cut = both(text)
    found = pieces(cut)
    ids = md.block_ids(parse(text))
    assert sorted((name for piece in found for name in piece.ids), key=ids.index) == [
        name for piece in found for name in piece.ids
    ]
    for piece in found:
        assert {name for name in piece.names if name in ids} <= set(piece.ids)
        tree = html5lib.HTMLParser(strict=True)
        tree.parseFragment(fill(piece.html, lambda name: name[1:]), container="div")


def test_so_do_commonmarks_examples() -> None:
    for text in specification():
        check_cut(text, False)
        check_cut(text, True)


@given(texts, st.lists(hostile, max_size=4))
@thorough
def test_a_composed_edition_has_the_originals_pieces(text: str, msgstrs: list[str]) -> None:
    """Law: whatever a translation holds, the pieces of both have the same ids, in order."""
    source = parse(text)
    wanted = {
        place: msgstr
        for place, msgstr in zip((n for n, leaf in enumerate(source.leaves) if leaf.msgid), msgstrs, strict=False)
        if msgstr and "\x0b" not in msgstr and "\x0c" not in msgstr
    }
    composed = compose(source, wanted)
    ids = md.block_ids(source)
    blocks = [Block(id=name) for name in ids]
    manner = Manner(slots=True)
    first = pieces(write(source, manner, blocks))
    second = pieces(write(composed.parsed, manner, blocks))
    rows = aligned("en", {"en": first, "fa": second})
    assert [piece.ids for piece in first] == [piece.ids for piece in second]
    assert len(rows) == len(first)


def test_raw_html_is_not_torn_apart() -> None:
    text = 'one\n\n<div class="x">\n\ntwo\n\n</div>\n\nthree\n\n<hr>\n\nfour\n'
    _, cut = both(text, raw_html=True)
    assert [re.findall(r"one|two|three|four", piece.html) for piece in pieces(cut)] == [
        ["one"], ["two", "three"], ["four"],
    ]  # fmt: skip


# --- the rows --------------------------------------------------------------------------------


def piece(name: str) -> Piece:
    """`a+b` holds two ids; `a!` is not for translation, `a?` is not translated."""
    state: Any = {"!": "silent", "?": "untranslated"}.get(name[-1:], "")
    return Piece(html=f"\0#{name.rstrip('!?')}\0", ids=tuple(name.rstrip("!?").split("+")), state=state)


def shown(rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        cells = [
            "/".join("+".join(one.ids) for one in row.cells[tag]) or "…" if tag in row.cells else "-"
            for tag in ("en", "fa", "ar")
        ]
        lines.append(" ".join(cells).removesuffix(" -") + (" across" if row.across else ""))
    return "; ".join(lines)


@pytest.mark.parametrize(
    ("en", "fa", "expected"),
    [
        ("a b c", "a b c", "a a; b b; c c"),
        ("a b c", "a c", "a a; b -; c c"),
        ("a c", "a x c", "a a; - x; c c"),
        ("a b", "x a b y z", "- x; a a; b b; - y; - z"),
        ("a b", "a a-p2 b", "a a/a-p2; b b"),  # split in two
        ("a b", "a x a-p2 b", "a a/x/a-p2; b b"),
        ("a b+c d", "a b+x d", "a a; b+c b+x; d d"),  # lists that share an item
        ("a b c d", "a c b d", "a a; - c; b b; c -; d d"),  # moved
        ("a b", "x y", "a -; b -; - x; - y"),
        ("a b! c", "a b! c", "a a; b - across; c c"),
        ("a b! c", "a c", "a a; b -; c c"),
        ("a b", "a b?", "a a; b …"),
        ("", "x", "- x"),
        ("a", "", "a -"),
    ],
)
def test_what_stands_beside_what(en: str, fa: str, expected: str) -> None:
    bodies = {"en": [piece(one) for one in en.split()], "fa": [piece(one) for one in fa.split()]}
    assert shown(aligned("en", bodies)) == expected


def test_three_editions_stand_around_the_original() -> None:
    bodies = {
        "fa": [piece("a"), piece("b"), piece("c")],
        "en": [piece("a"), piece("c"), piece("x")],
        "ar": [piece("a?"), piece("b"), piece("c")],
    }
    assert shown(aligned("fa", bodies)) == "a a …; - b b; c c c; x -"


names = st.lists(st.sampled_from("abcdefgh"), max_size=8)


@given(names.filter(lambda found: len(set(found)) == len(found)), names)
@thorough
def test_every_block_stands_once_and_in_order(en: list[str], fa: list[str]) -> None:
    """Law: each column is its edition, whole and in order; partners share an id."""
    bodies = {"en": [piece(one) for one in en], "fa": [piece(one) for one in fa]}
    rows = aligned("en", bodies)
    for tag in bodies:
        assert [one for row in rows for one in row.cells.get(tag, ())] == bodies[tag]
    for place, one in zip(partners(bodies["en"], bodies["fa"]), bodies["fa"], strict=True):
        assert place is None or set(one.ids) & set(bodies["en"][place].ids)


@given(names, names)
@thorough
def test_no_id_stands_twice_on_the_page(en: list[str], fa: list[str]) -> None:
    bodies = {"en": [piece(one) for one in dict.fromkeys(en)], "fa": [piece(one) for one in dict.fromkeys(fa)]}
    rows = aligned("en", bodies)
    call = named(["en", "fa"], rows)
    given = [
        call[tag](name) for row in rows for tag, held in row.cells.items() for one in held for name in one.ids
    ]
    assert len(given) == len(set(given))
    assert {*en, *fa} <= set(given)  # each is found under its own name


# --- the pages -------------------------------------------------------------------------------

ON = SITE + "\n[outputs]\nparallel = true\n"
TEXT = """\
The first paragraph says `C++`, and has a note.[^1]

1. one
2. two

```sh
echo 1
```

> A quotation, see [the table](#the-table).

## The table

| a | b |
|---|---|
| c | d |

<!-- dozaban: poem -->
Line one
Line two

[^1]: The note.
"""
WORDS = {
    "Title of a": "عنوان",
    "The first paragraph says `C++`, and has a note.[^1]": "بند نخست از `C++` می‌گوید و پانوشت دارد.[^1]",
    "one": "یک",
    "A quotation, see [the table](#the-table).": "نقل قول، [جدول](#the-table) را ببینید.",
    "Line one\\\nLine two": "خط یک\\\nخط دو",
}


def rows_of(page: str) -> list[dict[str, str]]:
    """What stands in each row, by language: text, spaces collapsed."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    text = next(one for one in tree.iter("div") if one.get("class") == "text")
    return [
        {cell.get("lang") or "": " ".join("".join(cell.itertext()).split()) for cell in pair}
        for pair in text
    ]


@pytest.fixture
def parallel(site: Folder) -> Folder:
    site.write("content/site.toml", ON)
    site.post("a", TEXT, lang="en")
    assert site.run("update").status == 0
    site.translate("posts/a", WORDS)
    said = site.run("build")
    assert said.status == 0, said.err
    return site


def test_a_page_with_both_editions(parallel: Folder) -> None:
    page = parallel.page("parallel/posts/a/")
    rows = rows_of(page)
    assert [sorted(row) for row in rows] == [["en", "fa"]] * 2 + [["en"]] + [["en", "fa"]] * 5
    assert rows[0]["fa"].startswith("بند نخست") and rows[0]["en"].startswith("The first")
    assert rows[1] == {"en": "one two", "fa": "یک هنوز ترجمه نشده two"}
    assert rows[2] == {"en": "echo 1"}
    assert rows[4]["fa"] == rows[5]["fa"] == rows[7]["fa"] == "هنوز ترجمه نشده"
    assert 'content="noindex"' in page and "canonical" not in page
    assert "parallel" not in parallel.read("public/sitemap.xml")
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    block = set(re.findall(r' id="(b-[\w-]+)"', parallel.page("en/posts/a/")))
    assert block <= set(ids) and "\0" not in page
    for reference in re.findall(r'href="#([^"]*)"', page):
        assert unquote(reference) in ids, reference


def test_links_lead_there_and_back(parallel: Folder) -> None:
    for tag in ("en", "fa"):
        assert 'href="../../../parallel/posts/a/"' in parallel.page(f"{tag}/posts/a/")
        assert f'href="../../../{tag}/posts/a/"' in parallel.page("parallel/posts/a/")


def test_what_the_editions_show_is_the_same_with_and_without(parallel: Folder) -> None:
    """Law: the output changes by the pages and the links to them, and nothing else."""
    with_it = parallel.tree()
    parallel.write("content/site.toml", SITE)
    assert parallel.run("build").status == 0
    without = parallel.tree()
    assert {path for path in with_it if path not in without} == {"parallel/posts/a/index.html"}
    link = re.compile(rb'<a class="button"[^>]*href="[./]*parallel/[^>]*>[^<]*</a>\n')
    assert {path: link.sub(b"", data) for path, data in with_it.items() if path in without} == without


def test_only_what_is_published_stands_beside_each_other(parallel: Folder) -> None:
    parallel.post("draft", "Text.\n", draft="true")
    parallel.post("lone", "Text of another kind.\n")  # its Persian edition is withheld
    assert parallel.run("build").status == 0
    found = {path for path in parallel.tree() if path.startswith("parallel/")}
    assert found == {"parallel/posts/a/index.html"}
    assert "parallel" not in parallel.page("en/posts/lone/") + parallel.page("fa/posts/lone/")


def test_left_to_right_stands_left_whatever_the_sites_language(parallel: Folder) -> None:
    parallel.write("content/site.toml", ON.replace('default_language = "en"', 'default_language = "fa"'))
    assert parallel.run("build").status == 0
    page = parallel.page("parallel/posts/a/")
    assert '<html lang="fa" dir="rtl">' in page
    assert [list(row) for row in rows_of(page)][0] == ["en", "fa"]


def test_a_stale_block_is_marked(parallel: Folder) -> None:
    post = parallel.root / "content/posts/a.md"
    post.write_text(post.read_text(encoding="utf-8").replace("A quotation, see", "A longer quotation, see"), encoding="utf-8")
    assert parallel.run("update").status == 0
    assert parallel.run("build").status == 0
    (row,) = (row for row in rows_of(parallel.page("parallel/posts/a/")) if "longer" in row["en"])
    assert row["fa"].startswith("قدیمی‌تر از متن اصلی") and "نقل قول" in row["fa"]


# --- in a browser ----------------------------------------------------------------------------


def addresses(example: Folder) -> list[str]:
    found = sorted(path.removesuffix("index.html") for path in example.tree() if path.startswith("parallel/"))
    assert len(found) > 10
    return found


def axe() -> str:
    """axe-core's source, from PyPI's axe-playwright-python."""
    try:
        return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        if CI:
            pytest.fail("axe-playwright-python is missing")
        pytest.skip("axe-playwright-python is missing: pip install it to run this test")


CELLS = """() => [...document.querySelectorAll(".sides .pair")].map((pair) => [...pair.children].map((side) => {
  const {left, top, right, bottom} = side.getBoundingClientRect();
  const first = [...side.children].find((one) => one.getBoundingClientRect().height);
  return {tag: side.lang, left, top, right, bottom, first: first ? first.getBoundingClientRect().top : null};
}))"""


@pytest.mark.browser
def test_rows_on_wide_screens_and_on_a_phone(example: Folder, server: str, browser: Any) -> None:
    """Blocks of a pair begin at the same height, English left; on a phone one under the other."""
    page = browser.new_page()
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for address in addresses(example):
            page.goto(server + quote(address))
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (address, width)
            bottom = 0.0
            for row in page.evaluate(CELLS):
                for one, other in zip(row, row[1:], strict=False):
                    assert (one["tag"], other["tag"]) == ("en", "fa")
                    if width == 320:
                        assert one["bottom"] <= other["top"] + 0.5, (address, row)
                        continue
                    assert one["top"] == other["top"] and one["right"] <= other["left"], (address, row)
                    if one["first"] is not None and other["first"] is not None:
                        assert abs(one["first"] - other["first"]) < 1, (address, row)
                assert row[0]["top"] >= bottom - 0.5, (address, row)
                bottom = max(cell["bottom"] for cell in row)
    page.close()


@pytest.mark.browser
def test_axe_finds_nothing(example: Folder, server: str, browser: Any) -> None:
    source = axe()
    page = browser.new_page()
    found = []
    for scheme, width in (("light", 320), ("light", 1280), ("dark", 768), ("dark", 1280), ("dark", 320), ("light", 768)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        for address in addresses(example) if (scheme, width) == ("light", 1280) else addresses(example)[3:9:2]:
            page.goto(server + quote(address))
            page.evaluate(source)
            for one in page.evaluate("axe.run()")["violations"]:
                found.append((scheme, width, address, one["id"], [node["html"][:150] for node in one["nodes"][:3]]))
    page.close()
    assert not found


def press(page: Any, selector: str) -> None:
    """A click where a link is on the screen: Playwright's own would scroll to it first."""
    box = page.locator(selector).bounding_box()
    with page.expect_navigation():
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.mark.browser
def test_from_the_paragraph_to_both_and_back(example: Folder, server: str, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(server + "en/posts/nowruz/")
    block = page.evaluate("[...document.querySelectorAll('.body > p')].at(-4).id")
    page.evaluate("(id) => document.getElementById(id).scrollIntoView()", block)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    where = "(id) => document.getElementById(id).getBoundingClientRect().top"
    here = page.evaluate(where, block)
    press(page, ".elsewhere a:not([hreflang])")
    assert page.url == f"{server}parallel/posts/nowruz/#{block}"
    assert abs(page.evaluate(where, block) - here) < 2
    assert abs(page.evaluate(where, f"fa-{block}") - here) < 2  # its counterpart, at the same height
    press(page, ".elsewhere a[hreflang=fa]")
    assert unquote(page.url) == f"{server}fa/posts/نوروز-در-تارنهولت/#{block}"
    assert abs(page.evaluate(where, block) - here) < 2
    context.close()
