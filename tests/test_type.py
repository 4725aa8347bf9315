"""Type: the fonts that pages load and what they weigh, and the order in which mixed text reads."""

from __future__ import annotations

import gzip
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import ROOT, Folder

from pipeline import assets, files
from pipeline.problems import TemplateError

FONTS = files.made_data() / "fonts"
THEME = ROOT / "templates" / "assets"


def face(name: str) -> Any:
    from fontTools.ttLib import TTFont

    return TTFont(FONTS / f"{name}.woff2")


# What the fonts hold


def test_fonts_are_there_with_their_licences() -> None:
    names = {path.name for path in FONTS.iterdir()}
    assert "persian.woff2" in names and "latin.woff2" in names
    licences = [path.read_text(encoding="utf-8") for path in FONTS.glob("OFL-*.txt")]
    assert len(licences) == 2 and all("SIL OPEN FONT LICENSE Version 1.1" in text for text in licences)


def test_every_face_that_the_sheet_names_is_there_and_the_other_way_round() -> None:
    sheet = (THEME / "fonts.css").read_text(encoding="utf-8")
    named = set(re.findall(r'url\("fonts/([^"]+)"\)', sheet))
    assert named == {path.name for path in FONTS.glob("*.woff2")}
    assert sheet.count("font-display: swap") == len(named)


def test_names_that_licences_reserve_are_not_used_and_licences_are_told() -> None:
    for path in FONTS.glob("*.woff2"):
        names = {one.nameID: str(one) for one in face(path.stem)["name"].names}
        assert names[1].startswith("Dozaban"), path.name
        assert "Source" not in names[1] and "Copyright" in names[0] + "Copyright" * ("©" in names[0])
        assert "Open Font License" in names[13]


PERSIAN = (
    "ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"  # the alphabet
    "ۀةكيىإ٤٥٦"  # what is met in older and Arabic text
    "۰۱۲۳۴۵۶۷۸۹٪٫٬"
    "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0653\u0654\u0655\u0670"
    "،؛؟«»…–—()[].:!/\u200c\u200d\u200e\u200f "
)


def test_the_persian_face_has_all_that_persian_needs_and_latin_words() -> None:
    known = face("persian").getBestCmap()
    latin = "".join(map(chr, range(0x20, 0x7F))) + "éāīūš°×·‘’“”"
    assert not [unicodedata.name(one) for one in PERSIAN + latin if ord(one) not in known]


def test_the_persian_face_draws_persian_forms() -> None:
    """Digits and letters that look otherwise in Arabic, and others that do not."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    font = face("persian")
    glyphs, known = font.getGlyphSet(), font.getBestCmap()

    def drawn(character: str) -> list[Any]:
        pen = DecomposingRecordingPen(glyphs)
        glyphs[known[ord(character)]].draw(pen)
        return pen.value

    for persian, arabic in ("۴٤", "۵٥", "۶٦", "کك", "یي"):
        assert drawn(persian) != drawn(arabic), persian
    for persian, arabic in ("۱١", "۹٩"):
        assert drawn(persian) == drawn(arabic), persian


def test_the_latin_faces_have_what_english_and_transliteration_need() -> None:
    for style in ("", "-bold", "-italic"):
        base, more = (set(face(f"{name}{style}").getBestCmap()) for name in ("latin", "latin-more"))
        assert not set(range(0x20, 0x7F)) - base - more
        assert not set(map(ord, "abcxyzABCXYZ0123456789 .,:;!?'\"()-/&%+#@$")) - base
        assert not set(map(ord, "é–—‘’“”…×«»")) - base
        assert not set(map(ord, "àäçñöüßāēīōūčḍġḥḫšṣṭẓžʿʾŞşĞğİıœə")) - more
        assert base & more <= {0x20, 0xA0}


def test_what_a_face_holds_is_what_the_sheet_says_it_holds() -> None:
    """No letter is asked for in a face that lacks it while another has it."""
    sheet = (THEME / "fonts.css").read_text(encoding="utf-8")
    blocks = re.findall(r'fonts/([\w-]+)\.woff2.*?unicode-range: ([^;]+);', sheet, re.DOTALL)
    assert len(blocks) == 6
    for name, wanted in blocks:
        ranges = [part.strip().removeprefix("U+").split("-") for part in wanted.split(",")]
        said = {code for ends in ranges for code in range(int(ends[0], 16), int(ends[-1], 16) + 1)}
        assert not set(face(name).getBestCmap()) - said, name


def test_made_again_the_fonts_are_the_same_bytes(tmp_path: Path) -> None:
    from pipeline import fonts

    faces = {name: fonts.FACES[name] for name in ("latin", "persian")}
    made = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "stray.txt").write_text("of another version")
        fonts.make(folder, faces)
        made.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert made[0] == made[1] and "stray.txt" not in made[0]
    assert set(made[0]) == {"latin.woff2", "persian.woff2", "OFL-noto-sans-arabic.txt", "OFL-source-serif-4.txt"}


# Assets under their digests


def test_sheets_name_what_is_served() -> None:
    found = {
        "a.css": b'@import "b/b.css";\n/* "gone" */ p { content: "/* kept */  ; "; background: url(x.png); }',
        "b/b.css": b"@font-face { src: url('f.woff2') } a { mask: url(#m), url(data:,x) , url(\"../x.png\") }",
        "b/f.woff2": b"font", "x.png": b"picture", "s.js": b"script",
    }  # fmt: skip
    addresses, served = assets.served(found)
    assert set(addresses) == set(found) - {"b/b.css"} and set(served) == set(addresses.values())
    sheet = served[addresses["a.css"]].decode()
    picture, font = addresses["x.png"].removeprefix("assets/"), addresses["b/f.woff2"].removeprefix("assets/")
    assert sheet == (
        f'@font-face{{src: url("{font}")}}a{{mask: url(#m),url(data:,x),url("{picture}")}}'
        f' p{{content: "/* kept */  ; ";background: url("{picture}")}}\n'
    )
    assert all(re.fullmatch(r"assets/(?:\w+/)?\w+-[0-9a-f]{8}\.\w+", one) for one in served)


def test_an_assets_name_follows_what_it_names() -> None:
    one, _ = assets.served({"a.css": b"p { background: url(x.png) }", "x.png": b"1"})
    other, _ = assets.served({"a.css": b"p { background: url(x.png) }", "x.png": b"2"})
    assert one["a.css"] != other["a.css"]


@pytest.mark.parametrize(
    ("sheets", "where"),
    [
        ({"a.css": "p {}\nq { background: url(none.png) }"}, "templates/assets/a.css:2"),
        ({"a.css": '@import "b.css";', "b.css": "\n\n@import 'none.css';"}, "templates/assets/b.css:3"),
        ({"a.css": '@import "a.css";'}, "templates/assets/a.css:1"),
    ],
)
def test_what_is_not_there_is_an_error_at_its_line(sheets: Mapping[str, str], where: str) -> None:
    with pytest.raises(TemplateError) as caught:
        assets.served({name: text.encode() for name, text in sheets.items()})
    (one,) = caught.value.problems
    assert str(one.location) == where and "there is no asset" in one.message and one.hint


def test_a_template_that_names_no_asset_says_so(site: Folder) -> None:
    site.post("a", "x")
    site.write("templates/_fonts.html", '\n{{ site.asset("fonts/none.woff2") }}')
    said = site.run("build")
    assert said.status == 1
    assert "templates/_fonts.html:2: error: there is no asset `fonts/none.woff2`" in said.err


def test_a_site_can_have_fonts_of_its_own(site: Folder) -> None:
    """A file under our name takes its place; with a sheet and a template, any others."""
    site.post("a", "x")
    site.write("templates/assets/fonts/persian.woff2", b"wOF2 of their own")
    assert site.run("build").status == 0
    (font,) = (site.root / "public/assets/fonts").glob("persian-*.woff2")
    assert font.read_bytes() == b"wOF2 of their own"
    assert font.name in site.page("fa/") and font.name not in site.page("en/")
    site.write("templates/assets/fonts.css", '@font-face { font-family: X; src: url("fonts/x.woff2") }\n:root { --latin: X }')
    site.write("templates/assets/fonts/x.woff2", b"wOF2 x")
    site.write("templates/_fonts.html", "")
    assert site.run("build").status == 0
    (sheet,) = (site.root / "public/assets").glob("style-*.css")
    assert "Dozaban" not in sheet.read_text(encoding="utf-8") and "preload" not in site.page("fa/")


# In the browser


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that complains of what it says on the console."""
    opened, said = browser.new_page(), []
    opened.on("console", lambda message: said.append(message.text))
    yield opened
    opened.close()
    assert not said


ENGLISH, PERSIAN_PAGE, PERSIAN_FONTS = 45_000, 165_000, 120_000
"""How many bytes an article may weigh without its pictures, compressed as a server does."""


@pytest.mark.browser
def test_what_a_page_weighs(example: Folder, server: str, browser: Any, capsys: Any) -> None:
    """Every article of both editions, all that it asks for; the heaviest are printed."""
    heaviest: dict[str, tuple[int, int, str]] = {}
    for tag in ("en", "fa"):
        for article in sorted((example.root / "public" / tag / "posts").glob("*/index.html")):
            if b'http-equiv="refresh"' in article.read_bytes():
                continue
            answers: list[Any] = []
            opened = browser.new_page()  # with nothing in its cache
            opened.on("response", lambda answer, answers=answers: answers.append(answer))
            address = f"{tag}/posts/{article.parent.name}/"
            opened.goto(server + quote(address))
            opened.evaluate("document.fonts.ready")
            sizes = {name: size for answer in answers for name, size in weighed(answer).items()}
            opened.close()
            fonts = sum(size for name, size in sizes.items() if name.endswith(".woff2"))
            total = sum(sizes.values())
            assert fonts, address
            assert total <= (ENGLISH if tag == "en" else PERSIAN_PAGE), (address, sizes)
            assert fonts <= PERSIAN_FONTS
            heaviest[tag] = max(heaviest.get(tag, (0, 0, "")), (total, fonts, address))
    with capsys.disabled():
        for total, fonts, address in heaviest.values():
            print(f"\n  {address}: {total} bytes, {fonts} of them fonts", end="")


def weighed(response: Any) -> dict[str, int]:
    """What a response weighs, by its address: compressed where servers compress."""
    kind = response.headers.get("content-type", "")
    if kind.startswith("image/") and "svg" not in kind:
        return {}
    data = response.body()
    name = response.url
    return {name: len(data) if name.endswith(".woff2") else len(gzip.compress(data, 9))}


@pytest.mark.browser
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("en/posts/two-ends/", {"latin", "latin-bold", "latin-italic"}),
        ("en/archive/", {"latin", "latin-bold"}),
        ("fa/posts/two-scripts/", {"persian"}),
        ("fa/posts/film-nights/", {"persian"}),
        ("", {"latin", "latin-bold", "persian"}),
        ("parallel/posts/two-scripts/", {"latin", "latin-bold", "latin-italic", "persian"}),
    ],
)
def test_a_page_loads_the_fonts_that_it_needs_and_no_others(
    server: str, page: Any, address: str, expected: set[str]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(server + quote(address))
    page.evaluate("document.fonts.ready")
    fonts = [re.sub(r"-[0-9a-f]{8}\.woff2", "", name) for name in asked if name.endswith(".woff2")]
    assert sorted(fonts) == sorted(expected)  # and each once: what is preloaded is what is used
    preloaded = page.evaluate("[...document.querySelectorAll('link[rel=preload]')].map((one) => one.crossOrigin + one.as)")
    assert set(preloaded) <= {"anonymousfont"}
    if address.startswith(("en", "fa")):
        assert len(preloaded) == len(expected - {"latin-italic"})


@pytest.mark.browser
def test_the_sheet_that_is_served_says_what_ours_says(page: Any) -> None:
    """Taking out comments and white space changes no rule."""
    rules = """(text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return [...sheet.cssRules].map((one) => one.cssText);
    }"""
    for name in ("style.css", "fonts.css"):
        text = (THEME / name).read_text(encoding="utf-8").replace('@import "fonts.css";', "")
        text = re.sub(r"url\([^)]*\)", 'url("#x")', text)
        addresses, served = assets.served({"x.css": text.encode()})
        ours, theirs = page.evaluate(rules, text), page.evaluate(rules, served[addresses["x.css"]].decode())
        assert len(ours) > 5
        assert [rule.replace(", ", ",") for rule in ours] == [rule.replace(", ", ",") for rule in theirs]


@pytest.mark.browser
def test_the_persian_face_shapes_words(server: str, page: Any) -> None:
    """A half-space has no width and parts the letters; marks take no room; ezafe has its hamza."""
    page.goto(server + "fa/")
    width = page.evaluate(
        """async (words) => {
          await document.fonts.load("100px 'Dozaban Persian'", "پ");
          const context = document.createElement("canvas").getContext("2d");
          context.font = "100px 'Dozaban Persian'";
          return words.map((word) => context.measureText(word).width);
        }""",
        ["می‌خواهم", "می", "خواهم", "میخواهم", "خانهٔ", "خانه", "مُحَمَّد", "محمد", "خانۀ", "\u200c", "لا", "ل"],
    )
    parted, mi, verb, joined, ezafe, home, marked, bare, one_letter, nothing, ligature, lam = width
    assert parted == pytest.approx(mi + verb, abs=1) and abs(joined - parted) > 2
    assert ezafe == pytest.approx(home, abs=0.5) == pytest.approx(one_letter, abs=0.5)
    assert marked == pytest.approx(bare, abs=0.5) and nothing == 0 and ligature < lam * 1.5


@pytest.mark.browser
def test_nothing_is_slanted_or_spaced_in_persian_and_lines_have_room(server: str, page: Any) -> None:
    for address in ("fa/posts/ash-for-forty/", "fa/", "fa/newsletters/autumn-reading/", "fa/search/"):
        page.goto(server + address)
        wrong = page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((one) => {
              const text = [...one.childNodes].some((n) => n.nodeType === 3 && /[\\u0600-\\u06ff]/.test(n.data));
              if (!text || getComputedStyle(one).direction === "ltr") return false;
              const style = getComputedStyle(one);
              const line = parseFloat(style.lineHeight) / parseFloat(style.fontSize);
              const tight = one.matches("p, li, td, figcaption, .body *") && line < 1.6;
              return style.fontStyle !== "normal" || style.letterSpacing !== "normal" || style.textAlign === "justify" && !one.matches(".misra") || tight && !one.matches("sup, sup *, .mark, h2, h3, h4, h5, h6, h2 *, h3 *");
            }).map((one) => one.outerHTML.slice(0, 160))"""
        )
        assert not wrong, address


@pytest.mark.browser
def test_verse_stands_in_pairs_where_there_is_room_and_else_stacked(site: Folder, page: Any) -> None:
    poem = "<!-- dozaban: poem -->\nیک مصراع\nمصراعی که از آن بلندتر است\nسه\nو چهار\nتک\n"
    site.post("poem", poem, lang="fa", title="شعر")
    assert site.run("build", "--portable").status == 0
    page.goto((site.root / "public/fa/posts/poem/index.html").as_uri())
    boxes = "[...document.querySelectorAll('.misra')].map((one) => { const b = one.getBoundingClientRect(); return [b.top, b.left, b.right]; })"
    page.set_viewport_size({"width": 1280, "height": 800})
    one, two, three, four, last = page.evaluate(boxes)
    assert one[0] == two[0] < three[0] == four[0] < last[0]
    assert one[1] >= two[2]  # the first hemistich is on the right
    assert one[2] == three[2] and two[1] == four[1]  # in columns
    page.set_viewport_size({"width": 390, "height": 800})
    tops = [box[0] for box in page.evaluate(boxes)]
    assert tops == sorted(set(tops))


# Mixed text

RUNS = ("C++", "v3.12.", "2025-03-20", "+98 21 1234 5678", "user@example.org", "https://example.org/a/",
        "5°C", "(Python)", "۱۴۰۳/۱۲/۳۰", "18:30", "f(x)", "#5", "AT&T", "50%")  # fmt: skip

READ = r"""(runs) => {
  const block = (node) => {
    let one = node.parentElement;
    while (["inline", "contents"].includes(getComputedStyle(one).display)) one = one.parentElement;
    return one;
  };
  const characters = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let last;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.checkVisibility() || node.parentElement.closest("pre, script, .here")) continue;
    const own = block(node);
    if (own !== last) characters.push({ c: "\n" });
    last = own;
    for (let i = 0; i < node.data.length; i++) characters.push({ c: node.data[i], node, i });
  }
  const text = characters.map(({ c }) => c).join("");
  const box = ({ node, i }) => {
    const range = document.createRange();
    range.setStart(node, i);
    range.setEnd(node, i + 1);
    return range.getClientRects()[0];
  };
  const mirrored = { "(": ")", ")": "(", "[": "]", "]": "[", "«": "»", "»": "«" };
  const found = [];
  for (const run of runs) {
    for (let at = text.indexOf(run); at >= 0; at = text.indexOf(run, at + 1)) {
      if (/[A-Za-z0-9@/]/.test(text[at - 1]) && /[A-Za-z0-9@+]/.test(run[0])) continue;
      const pieces = characters.slice(at, at + run.length).map((one) => ({ ...one, box: box(one) }));
      if (pieces.some((one) => !one.box)) continue;
      pieces.forEach((one, n) => {
        // A bracket is turned where the text around it runs from the right.
        const next = pieces[one.c === "(" ? n + 1 : n - 1];
        const backwards = next && (one.c === "(" ? next.box.left < one.box.left : next.box.left > one.box.left);
        one.shown = mirrored[one.c] && backwards ? mirrored[one.c] : one.c;
      });
      const lines = Map.groupBy(pieces, (one) => Math.round((one.box.top + one.box.bottom) / 8));
      const seen = [...lines.entries()].sort((a, b) => a[0] - b[0])
        .map(([, line]) => line.sort((a, b) => a.box.left - b.box.left).map((one) => one.shown).join("")).join("");
      const holder = characters[at].node.parentElement;
      found.push({ run, seen, alone: holder.textContent.trim() === run || block(characters[at].node).textContent.trim() === run,
                   where: block(characters[at].node).outerHTML.slice(0, 200) });
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A site whose Persian edition has each string in every corner."""
    site = Folder(tmp_path_factory.mktemp("mixed"))
    site.write("content/site.toml", (
        'title = "پل"\ndescription = "خبرنامهٔ C++ و (Python)، نسخهٔ 5°C"\nbase_url = "https://example.org/"\n'
        'default_language = "fa"\npage_size = 50\n[languages.fa]\n[languages.en]\n'
    ))  # fmt: skip
    for number, run in enumerate(RUNS):
        within = f"متنی با {run} در میان"
        site.write(f"content/posts/m{number}.md", f"""---
title: "عنوانی با {run} در میان"
summary: "خلاصه‌ای با {run} در میان"
date: 2026-03-{number + 1:02}
lang: fa
tags: [t{number}]
credit: {{authors: ["نویسندهٔ {run} و یار"], publisher: "ناشرِ {run}", place: "شهرِ {run}"}}
---

{within} آن، و باز {run}

{run}

- {within}
- {run}

> {within}

| {within} | ب |
|---|---|
| {run} | {within} |

## {within}

پانویس[^1] و **{run}** و *{within}* و [{run}](https://example.org/b).

[^1]: {within}
""")
        site.write(f"content/posts/a{number}.md",
                   f'---\ntitle: "{run}"\ndate: 2026-04-{number + 1:02}\nlang: fa\ntags: [t{number}]\n---\n\nمتن.\n')
    assert site.run("update").status == 0
    terms = "".join(
        f'msgctxt "tag"\nmsgid "t{number}"\nmsgstr "{run if number % 2 else "موضوعِ " + run}"\n\n'
        for number, run in enumerate(RUNS)
    )
    site.write("locales/fa/LC_MESSAGES/terms.po",
               'msgid ""\nmsgstr ""\n"Language: fa\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n' + terms)
    said = site.run("build", "--portable")
    assert said.status == 0, said.err
    return site


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_mixed_text_reads_as_in_isolation(mixed: Folder, page: Any, width: int) -> None:
    """Glyphs stand from left to right as in the string alone, wherever it stands."""
    page.set_viewport_size({"width": width, "height": 800})
    lists = ["fa/", "fa/tags/", "fa/people/", "fa/publishers/", "fa/archive/1405/01/", *(f"fa/tags/t{n}/" for n in (0, 1, 7))]
    wrong = []
    for address in (*lists, *(f"fa/posts/{kind}{number}/" for number in range(len(RUNS)) for kind in "ma")):
        page.goto((mixed.root / "public" / address / "index.html").as_uri())
        found = page.evaluate(READ, RUNS)
        if (own := re.fullmatch(r"fa/posts/m(\d+)/", address)) is not None:
            # title, summary, text thrice, list twice, quotation, table thrice, heading, emphasis twice,
            # link, footnote, author, publisher and place, tag
            assert sum(one["run"] == RUNS[int(own[1])] for one in found) >= 18, address
        assert found, address
        for one in found:
            run = one["run"]
            # A stop behind the last word of a sentence is the sentence's, and stands on its left.
            fits = {run} if one["alone"] or not run.endswith(".") else {run, f".{run[:-1]}"}
            if one["seen"] not in fits:
                wrong.append((address, run, one["seen"], one["where"]))
    assert not wrong


@pytest.mark.browser
def test_every_run_in_another_language_says_which(mixed: Folder, page: Any) -> None:
    """On a Persian page each Latin letter stands in something that runs from the left."""
    for address in ("fa/posts/m0/", "fa/posts/m4/", "fa/", "fa/tags/"):
        page.goto((mixed.root / "public" / address / "index.html").as_uri())
        stray = page.evaluate(
            """() => {
              const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
              for (let node = walker.nextNode(); node; node = walker.nextNode())
                if (/[A-Za-z]/.test(node.data) && node.parentElement.checkVisibility()
                    && getComputedStyle(node.parentElement).direction !== "ltr") found.push(node.parentElement.outerHTML);
              return found;
            }"""
        )
        assert not stray, address


@pytest.mark.browser
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("pictured", [False, True])
def test_a_front_page_of_any_number_is_full(site: Folder, page: Any, count: int, pictured: bool) -> None:
    """Columns fill their rows: no hole at the end of one, whether there are pictures or none."""
    site.write("content/posts/x.svg", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"/>')
    picture = "{src: x.svg, alt: الف}" if pictured else ""
    for number in range(count):
        site.post(f"p{number}", "متن", lang="fa", image=picture, title=f"نوشتهٔ {number}", date=f"2026-03-{number + 1:02}")
    (site.root / "content/site.toml").write_text(
        (site.root / "content/site.toml").read_text(encoding="utf-8").replace("page_size = 3", "page_size = 20"),
        encoding="utf-8",
    )
    assert site.run("build", "--portable").status == 0
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto((site.root / "public/fa/index.html").as_uri())
    front = "(one) => { const b = one.getBoundingClientRect(); return [Math.round(b.top), Math.round(b.left), Math.round(b.right)]; }"
    boxes = page.evaluate(f"[...document.querySelectorAll('.front > *')].map({front})")
    if not count:
        assert page.evaluate("document.querySelector('main').innerText.trim()")
        return
    assert len(boxes) == count
    edges = page.evaluate(f"({front})(document.querySelector('.front'))")
    # beside a lead with a picture, two stand one above the other
    below = boxes[3:] if pictured else boxes[1:]
    for row in [list(row) for _, row in itertools.groupby(below, key=lambda box: box[0])]:
        assert min(box[1] for box in row) == edges[1] and max(box[2] for box in row) == edges[2]
