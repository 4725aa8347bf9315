"""Search: folding in Python and in the browser, the index, the page, without the extra."""

from __future__ import annotations

import gzip
import importlib.resources
import json
import time
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import CI, ROOT, SITE, Folder, serving
from hypothesis import given
from hypothesis import strategies as st

from pipeline import memo, pagefind
from pipeline.folding import fold, tokens
from pipeline.languages import DIGITS
from pipeline.outputs import search

# --- folding -------------------------------------------------------------------------------

TEXTS = st.text(
    st.one_of(
        st.sampled_from("abcABC xyz.,;:!?«»()[]'’-_/\n\t"),
        st.characters(min_codepoint=0x600, max_codepoint=0x6FF),
        st.sampled_from("\u200c\u200d\u200e\u200f\u2066\u2069\u200b\u00a0\u00ad\ufeffﷲﷺﭼ½…–é۰۹٠٩"),
        st.characters(exclude_categories=["Cs", "Cn"]),
    )
)

ALIKE = [
    ("كتاب", "کتاب"), ("علي", "علی"), ("على", "علی"), ("۱۴۰۳", "1403"), ("١٤٠٣", "1403"), ("१४०३", "1403"),
    ("می‌خواهیم", "می خواهیم"), ("خانهٔ ما", "خانه ما"), ("خانۀ ما", "خانه ما"), ("خانه\u0654 ما", "خانه ما"),
    ("مُحَمَّد", "محمد"), ("ســلام", "سلام"), ("آب", "اب"), ("أمل", "امل"), ("إيران", "ایران"), ("مدرسة", "مدرسه"),
    ("مسؤول", "مسوول"), ("رئیس", "رییس"), ("ﺳﻼم", "سلام"), ("ﷲ", "الله"), ("هۀ", "هه"), ("ہے", "هی"),
    ("انشاء", "انشا"), ("«سلام»، گفت؛", "سلام گفت"), ("الف…ب", "الف ب"), ("don’t", "don't"), ("a\u00adb", "ab"),
    ("\u202bسلام\u202c", "سلام"), ("\u2067Python\u2069", "Python"), ("۱۲٬۳۴۵٫۶", "12,345.6"), ("٪۵", "%5"),
    (" two\u00a0\n words ", "two words"), ("ＡＢＣ１２", "ABC12"), ("می‌\u200cروم", "می روم"), ("", ""), ("ـَ", ""),
]  # fmt: skip


@pytest.mark.parametrize(("spelt", "folded"), ALIKE)
def test_spellings_meet(spelt: str, folded: str) -> None:
    assert fold(spelt) == fold(folded) == folded


@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_words_and_what_stands_there_are_the_text(text: str) -> None:
    found = tokens(text)
    if found:
        assert "".join(shown for _, shown in found) == text
    for word, _ in found:
        assert word and word == " ".join(word.split()) and not word.startswith("___")
        assert fold(word) == word


@given(TEXTS)
def test_a_text_is_found_by_its_own_words(text: str) -> None:
    """The letters and digits that are indexed are those that a query for the text has."""

    def letters(folded: str) -> str:
        return "".join(c for c in folded if c.isalnum())

    assert letters("".join(word for word, _ in tokens(text))) == letters(fold(text))


def test_folding_in_the_browser_is_the_same(browser: Any) -> None:
    """Over the table, every character of Arabic script, every digit, and what stands between words."""
    blocks = [(0, 0x250), (0x2B0, 0x370), (0x600, 0x780), (0x8A0, 0x900), (0x2000, 0x2070), (0x3000, 0x3020),
              (0xFB50, 0xFE10), (0xFE70, 0xFF70)]  # fmt: skip
    characters = [
        chr(code)
        for first, last in blocks
        for code in range(first, last)
        if unicodedata.category(chr(code)) not in ("Cn", "Cs")
    ]
    characters += [digit for kind in DIGITS.values() for digit in kind]
    texts = [text for pair in ALIKE for text in pair]
    texts += characters + [f"ا{one}ب" for one in characters] + [f"a {one}{one}\u0654b" for one in characters]
    page = browser.new_page()
    page.add_script_tag(path=str(ROOT / "templates/assets/fold.js"))
    there = page.evaluate("(texts) => texts.map((one) => fold(one))", texts)
    page.close()
    here = [fold(text) for text in texts]
    wrong = [(t.encode("unicode_escape"), a, b) for t, a, b in zip(texts, here, there, strict=True) if a != b]
    assert not wrong
    assert len(texts) > 5000


# --- a site to search ----------------------------------------------------------------------

POSTS: dict[str, tuple[str, str, str]] = {
    # name: (title, text, the language's tag)
    "ketab": ("کتاب‌های کوچک", "هر كتاب در مشت جا می‌شود.\n\nنوشتن با C++ و Python 3.12 آسان است.", "fa"),
    "sal": ("سال نو", "سال ۱۴۰۳ گذشت و ۱۴۰۴ آمد؛ ما هم می‌خواهیم بیاییم.", "fa"),
    "arqam": ("Numbers", "The year 1403 began in spring. We were running late.", "en"),
    "khane": ("خانهٔ ما", "در خانۀ کوچکِ ما همه می خواهیم بخوابیم و مُحَمَّد هم.", "fa"),
    "tea": ("Tea & <b>milk</b>", "A café, an e-mail, and x < y &amp; z: `a<b>`.", "en"),
}


def people_write(site: Folder) -> None:
    for name, (title, text, tag) in POSTS.items():
        site.post(name, f"{text}\n", title=json.dumps(title, ensure_ascii=False), lang=tag,
                  summary=json.dumps(f"{title}: summary"), tags="[books]",
                  credit="{authors: [Leila Kohan]}")  # fmt: skip


@pytest.fixture
def written(site: Folder) -> Folder:
    people_write(site)
    return site


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A site with pieces in both languages, of which each is withheld in the other but two."""
    site = Folder(tmp_path_factory.mktemp("search") / "site")
    site.write("content/site.toml", SITE)
    people_write(site)
    assert site.run("update").status == 0
    site.translate("posts/arqam", {"Numbers": "عددها", "The year 1403 began in spring. We were running late.":
                                   "سال ۱۴۰۳ در بهار آغاز شد."})  # fmt: skip
    title, text, _ = POSTS["khane"]
    site.translate("posts/khane", {title: "Our house", text: "In our small house we all want to sleep."}, "en")
    said = site.run("build")
    assert said.status == 0 and "Pagefind" not in said.err, said.err
    return site


@pytest.fixture(scope="module")
def address(searched: Folder) -> Iterator[str]:
    """The site on loopback, in a subfolder."""
    host = searched.root / "host"
    host.mkdir()
    (host / "sub").symlink_to(searched.root / "public")
    with serving(host) as found:
        yield f"{found}sub/"


def ask(page: Any, address: str, tag: str, words: str) -> list[str]:
    """The titles that a search finds, best first."""
    page.goto(f"{address}{tag}/search/?q={quote(words)}")
    page.locator("[role=status]:not(:empty)").wait_for()
    titles: list[str] = page.locator("ol.found h2").all_text_contents()
    return titles


FOUND = [
    ("fa", "کتاب", {"کتاب‌های کوچک"}), ("fa", "كتاب", {"کتاب‌های کوچک"}), ("fa", "کتابهای", {"کتاب‌های کوچک"}),
    ("fa", "1403", {"سال نو", "عددها"}), ("fa", "۱۴۰۳", {"سال نو", "عددها"}), ("fa", "١٤٠٣", {"سال نو", "عددها"}),
    ("en", "۱۴۰۳", {"Numbers"}), ("en", "1403", {"Numbers"}),
    ("fa", "می خواهیم", {"سال نو", "خانهٔ ما"}), ("fa", "می‌خواهیم", {"سال نو", "خانهٔ ما"}),
    ("fa", "میخواهیم", {"سال نو"}),
    ("fa", "خانه", {"خانهٔ ما"}), ("fa", "خانهٔ", {"خانهٔ ما"}), ("fa", "خانۀ ما", {"خانهٔ ما"}),
    ("fa", "محمد", {"خانهٔ ما"}), ("fa", "مُحمّد", {"خانهٔ ما"}),
    ("fa", "Python", {"کتاب‌های کوچک"}), ("fa", "3.12", {"کتاب‌های کوچک"}), ("fa", "۳٫۱۲", {"کتاب‌های کوچک"}),
    ("fa", "کتاب آسان", {"کتاب‌های کوچک"}), ("fa", "هر کتاب، در مشت!", {"کتاب‌های کوچک"}),
    ("en", "run", {"Numbers"}), ("en", "cafe", {"Tea & <b>milk</b>"}), ("en", "café", {"Tea & <b>milk</b>"}),
    ("en", "email", {"Tea & <b>milk</b>"}), ("en", "house", {"Our house"}), ("fa", "Kohan", {
        "کتاب‌های کوچک", "سال نو", "عددها", "خانهٔ ما"}),
]  # fmt: skip


@pytest.mark.browser
def test_what_is_found(searched: Folder, address: str, browser: Any) -> None:
    """However it is spelt, in this edition and in no other; nothing else is asked for or said."""
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda r: r.url.startswith(address) or said.append(f"foreign: {r.url}"))
    page.on("response", lambda r: r.status < 400 or said.append(f"{r.status}: {r.url}"))
    for tag, words, titles in FOUND:
        assert set(ask(page, address, tag, words)) == titles, (tag, words)
        digits = "۰۱۲۳۴۵۶۷۸۹" if tag == "fa" else "0123456789"
        assert page.locator("[role=status]").inner_text().endswith(f": {digits[len(titles)]}"), (tag, words)
    assert ask(page, address, "fa", "house") == ask(page, address, "en", "qqq") == []
    page.close()
    assert not said


@pytest.mark.browser
def test_results_are_shown_as_they_were_written(searched: Folder, address: str, browser: Any) -> None:
    page = browser.new_page()
    ask(page, address, "fa", "python")
    (item,) = page.locator("ol.found li").all()
    assert item.locator("h2").text_content() == "کتاب‌های کوچک"
    assert item.locator(".summary").text_content() == "کتاب‌های کوچک: \u2066summary\u2069"
    assert item.locator("time").get_attribute("datetime") == "2026-03-20"
    assert item.locator("time bdi").text_content() == "۲۹ اسفند ۱۴۰۴"
    # Latin runs are isolated, so that they come out in order
    passage = item.locator(".passage").text_content()
    assert passage == "هر كتاب در مشت جا می‌شود.\nنوشتن با \u2066C++\u2069 و \u2066Python 3.12\u2069 آسان است."
    assert item.locator("mark").all_text_contents() == ["Python"]
    ask(page, address, "fa", "می‌خواهیم")  # and not each «می» that there is
    assert set(page.locator("mark").all_text_contents()) == {"می‌خواهیم", "خواهیم"}
    ask(page, address, "fa", "میخواهیم")
    assert page.locator("mark").all_text_contents() == ["می‌خواهیم"]
    ask(page, address, "fa", "python")
    item.locator("a").click()
    page.wait_for_url("**/fa/posts/ketab/")
    # text is text, whatever it looks like
    ask(page, address, "en", "milk")
    assert page.locator("ol.found :is(b, i)").count() == 0
    assert page.locator("ol.found h2").text_content() == "Tea & <b>milk</b>"
    ask(page, address, "en", "café")
    assert "x < y & z: a<b>" in page.locator(".passage").text_content()
    page.close()


@pytest.mark.browser
def test_words_that_no_piece_has(searched: Folder, address: str, browser: Any) -> None:
    """What only comes near is called so: Pagefind falls back on what a word begins with."""
    page = browser.new_page()
    said = page.locator("[role=status]")
    assert ask(page, address, "fa", "سالنامه") and "نزدیک" in said.inner_text()
    assert ask(page, address, "fa", "کتاب قطار") and "نزدیک" in said.inner_text()
    assert ask(page, address, "fa", "کتاب") and "نزدیک" not in said.inner_text()
    page.close()


@pytest.mark.browser
def test_the_way_to_the_other_edition(searched: Folder, address: str, browser: Any) -> None:
    page = browser.new_page()
    ask(page, address, "fa", "۱۴۰۳")
    link = page.locator(".again a")
    assert (link.get_attribute("lang"), link.text_content()) == ("en", "Search for the same words in English")
    link.click()
    page.locator("[role=status]:not(:empty)").wait_for()
    assert page.url == f"{address}en/search/?q={quote('۱۴۰۳')}"
    assert page.locator("ol.found h2").all_text_contents() == ["Numbers"]
    page.locator(".switch a[hreflang=fa]").click()
    page.locator("[role=status]:not(:empty)").wait_for()
    assert page.locator("ol.found h2").count() == 2
    page.close()


@pytest.mark.browser
def test_by_keyboard_and_as_one_types(searched: Folder, address: str, browser: Any) -> None:
    page = browser.new_page()
    page.goto(f"{address}fa/")
    page.locator(".sections a[rel=search]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/fa/search/")
    assert page.locator("ol.found li").count() == 0
    page.get_by_label("دنبال چه می‌گردید؟").focus()
    page.keyboard.type("کتا")
    page.locator("ol.found li").wait_for()
    assert page.url.endswith(f"?q={quote('کتا')}")
    page.keyboard.type("zzz")
    page.keyboard.press("Enter")
    page.locator("ol.found:empty").wait_for(state="attached")
    page.keyboard.press("Control+A")
    page.keyboard.press("Backspace")
    page.locator("[role=status]:empty").wait_for(state="attached")
    page.keyboard.type("سال")
    page.locator("ol.found li").first.wait_for()
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('ol.found h2') !== null")
    page.close()


def axe() -> str:
    """axe-core's source, from PyPI's axe-playwright-python."""
    try:
        return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        if CI:
            pytest.fail("axe-playwright-python is missing")
        pytest.skip("axe-playwright-python is missing: pip install it to run this test")


@pytest.mark.browser
def test_axe_finds_nothing(searched: Folder, address: str, browser: Any) -> None:
    source, complaints = axe(), []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            for tag, words in (("en", "tea"), ("fa", "کتاب"), ("fa", "قلمرو"), ("en", "")):
                page.goto(f"{address}{tag}/search/?q={quote(words)}")
                if words:
                    page.locator("[role=status]:not(:empty)").wait_for()
                wide = page.evaluate(
                    "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                if wide > 0:
                    complaints.append(f"{tag} {words} {width} {scheme}: {wide} pixels too wide")
                page.evaluate(source)
                for one in page.evaluate("() => axe.run()")["violations"]:
                    complaints.append(f"{tag} {words} {width} {scheme}: {one['id']} {one['nodes'][0]['html'][:120]}")
        context.close()
    assert not complaints


@pytest.mark.browser
def test_without_scripts_the_page_says_so(searched: Folder, address: str, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}en/search/?q=tea")
    assert "needs JavaScript" in page.locator("main").inner_text()
    page.locator("input[name=q]").fill("milk")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}en/search/?q=milk")
    context.close()


@pytest.mark.browser
def test_opened_from_disk_the_page_says_so(searched: Folder, browser: Any, tmp_path: Path) -> None:
    out = tmp_path / "disk"
    assert searched.run("build", "--portable", "--out", str(out)).status == 0
    said: list[str] = []
    page = browser.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((out / "en/index.html").as_uri())
    page.click(".sections a[rel=search]")
    page.locator("[role=status]:not(:empty)").wait_for()
    assert "once the site is on the web" in page.locator("[role=status]").inner_text()
    page.fill("input[name=q]", "tea")
    page.keyboard.press("Enter")
    assert page.locator("ol.found li").count() == 0
    page.close()
    assert not said
    with serving(out) as found:  # and on a server the same pages find
        page = browser.new_page()
        assert ask(page, found, "en", "milk") == ["Tea & <b>milk</b>"]
        page.locator("ol.found a").click()
        page.wait_for_url("**/en/posts/tea/index.html")
        page.close()


@pytest.mark.browser
def test_a_large_site_has_its_index_in_parts(
    site: Folder, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same is found, and a part that lacks a word adds nothing that comes near."""
    monkeypatch.setattr(search, "SHARD", 3)
    people_write(site)
    for number in range(12):
        site.post(f"more-{number}", f"یک متن دیگر، شمارهٔ {number + 1400}، دربارهٔ سا.\n", lang="fa",
                  title="نوشتهٔ دیگر", summary="")  # fmt: skip
    assert site.run("build").status == 0
    parts = sorted(path.name for path in (site.root / "public/fa/search").iterdir() if path.is_dir())
    assert len(parts) > 2
    assert [p for p in parts if (site.root / f"public/fa/search/{p}/pagefind.js").exists()] == ["1"]
    with serving(site.root / "public") as found:
        page = browser.new_page()
        assert ask(page, found, "fa", "کتاب") == ["کتاب‌های کوچک"]
        assert ask(page, found, "fa", "می‌خواهیم") and page.locator("ol.found li").count() == 2
        assert ask(page, found, "fa", "1403").count("سال نو") == 1
        assert ask(page, found, "fa", "دیگر") == ["نوشتهٔ دیگر"] * 10
        page.locator(".more button").click()
        page.locator("ol.found li >> nth=11").wait_for()
        assert page.evaluate("() => document.activeElement === document.querySelectorAll('ol.found a')[10]")
        assert page.locator(".more").is_hidden()
        page.close()


# --- the index in the output ------------------------------------------------------------------


def cards(site: Folder, tag: str, out: str = "public") -> dict[str, dict[str, Any]]:
    """What the index of an edition holds of each document, by its address."""
    found = {}
    for path, data in site.tree(f"{out}/{tag}/search").items():
        if path.endswith(".pf_fragment"):
            card = json.loads(gzip.decompress(data).removeprefix(b"pagefind_dcd"))
            found[card["url"]] = card
    return found


def test_what_is_in_the_index(searched: Folder) -> None:
    """What goes out in the edition, and nothing that is withheld."""
    assert set(cards(searched, "en")) == {"../posts/arqam/", "../posts/khane/", "../posts/tea/"}
    assert set(cards(searched, "fa")) == {f"../posts/{name}/" for name in ("ketab", "sal", "arqam", "khane")}


def test_drafts_and_redirects_are_not_in_it_and_pages_are(site: Folder) -> None:
    site.post("a", "Text.\n", aliases="{en: [old]}")
    site.post("b", "Text.\n", draft="true")
    site.write("content/pages/about.md", "---\ntitle: About\n---\n\nText.\n")
    assert site.run("build").status == 0
    assert set(cards(site, "en")) == {"../posts/a/", "../about/"}
    assert not cards(site, "fa")
    assert site.run("build", "--drafts").status == 0
    assert set(cards(site, "en")) == {"../posts/a/", "../posts/b/", "../about/"}


def test_a_piece_without_text_is_found_by_its_title(site: Folder) -> None:
    site.post("a", "")
    assert site.run("build").status == 0
    assert set(cards(site, "en")) == {"../posts/a/"}


def test_an_untranslated_summary_says_in_which_language_it_is(site: Folder) -> None:
    site.post("a", "Text.\n\nMore.\n", summary="A word before.")
    assert site.run("update").status == 0
    site.translate("posts/a", {"Title of a": "عنوان", "Text.": "متن."})
    assert site.run("build").status == 0
    (card,) = cards(site, "fa").values()
    assert (card["meta"]["summary"], card["meta"]["lang"], card["meta"]["dir"]) == ("A word before.", "en", "ltr")
    assert card["meta"]["note"]
    assert card["content"].replace("\u200b", "") == "متن.\n\u2066More.\u2069"


def test_the_bytes_depend_on_the_content_alone(written: Folder) -> None:
    assert written.run("build", "--no-cache", "--jobs", "1").status == 0
    once = written.tree()
    assert any(path.endswith(".pf_index") for path in once)
    assert written.run("build", "--no-cache", "--jobs", "3", "--out", str(written.root / "again")).status == 0
    assert written.tree("again") == once


def test_each_name_of_a_file_stands_for_one_content(written: Folder) -> None:
    """Caches keep by name: what is shown otherwise is another file, though it is found as before."""
    assert written.run("build").status == 0
    before = written.tree("public/fa/search")
    title, text, _ = POSTS["sal"]
    written.post("sal", f"{text}\n", title='"سالِ نو"', lang="fa", summary=f'"{title}: summary"',
                 tags="[books]", credit="{authors: [Leila Kohan]}")  # fmt: skip
    assert written.run("build").status == 0
    after = written.tree("public/fa/search")
    shared = {path for path in before.keys() & after.keys() if "/fragment/" in path or "/index/" in path}
    assert shared and all(before[path] == after[path] for path in shared)
    assert before != after


@pytest.fixture
def warm(written: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A site that was built, whose memory holds."""
    real = time.time_ns
    monkeypatch.setattr(memo.time, "time_ns", lambda: real() + 10_000_000_000)
    assert written.run("build").status == 0
    return written


def test_an_index_is_made_when_its_texts_have_changed(warm: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = search.index

    def watched(press: Any, shard: search.Shard, *rest: Any) -> Any:
        made.append(shard.folder)
        return real(press, shard, *rest)

    monkeypatch.setattr(search, "index", watched)

    def after(change: Callable[[], object]) -> list[str]:
        made.clear()
        change()
        assert warm.run("build").status == 0
        found = list(made)
        assert warm.run("build", "--no-cache", "--out", str(warm.root / "fresh")).status == 0
        assert warm.tree("fresh") == warm.tree()
        return found

    index = next((warm.root / "public/fa/search/1/index").iterdir())
    memory = warm.root / ".dozaban/search.json"
    assert after(lambda: warm.write("templates/404.html", "mine")) == []
    assert after(lambda: warm.post("new", "Text.\n")) == ["en/search/1/"]
    assert after(lambda: (warm.root / "content/posts/new.md").unlink()) == ["en/search/1/"]
    assert after(index.unlink) == ["fa/search/1/"]
    assert after(lambda: index.write_bytes(b"mine")) == ["fa/search/1/"]
    assert len(after(lambda: (memory.write_bytes(memory.read_bytes()[:50]), index.write_bytes(b"mine")))) == 2
    assert len(after(lambda: warm.write("content/site.toml", SITE.replace("Pol", "Pul")))) == 0


def test_without_the_extra_the_page_says_how_to_get_it(
    written: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert written.run("build").status == 0
    with monkeypatch.context() as without:
        without.setattr(pagefind, "engine", lambda: "")
        said = written.run("build")
        assert said.status == 0
        assert [line for line in said.err.splitlines() if "Pagefind is not installed" in line]
        for tag, words in (("en", "This site has no search yet"), ("fa", "این سایت هنوز جست‌وجو ندارد")):
            html = written.page(f"{tag}/search/")
            assert words in html and "pip install &#39;dozaban[search]&#39;" in html.replace("'", "&#39;")
            assert "<form" not in html and "wasm-unsafe-eval" not in html
            assert "search/" not in written.page(f"{tag}/archive/")
        assert not [path for path in written.tree() if "pagefind" in path]
    assert written.run("build").status == 0  # installed in the meantime, with nothing else changed
    assert 'href="../search/"' in written.page("en/archive/")


def test_a_site_without_search_has_no_trace_of_it(written: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagefind, "engine", lambda: pytest.fail("nothing asks for Pagefind"))
    written.write("content/site.toml", f"{SITE}\n[outputs]\nsearch = false\n")
    said = written.run("build")
    assert said.status == 0 and "Pagefind" not in said.err
    assert not [path for path in written.tree() if "search/" in path]
    assert "search/" not in written.page("en/archive/")


def test_the_policy_lets_wasm_run_on_the_search_page_alone(searched: Folder) -> None:
    allowed = {path for path, data in searched.tree().items() if b"wasm-unsafe-eval" in data and path.endswith(".html")}
    assert allowed == {"en/search/index.html", "fa/search/index.html"}


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 0\n", "#!/bin/sh\nprintf 'rubbish,'\n", "no program"])
def test_a_broken_pagefind_is_an_error_and_the_site_stays(
    warm: Folder, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    before = warm.tree()
    broken = warm.write("broken", program)
    broken.chmod(0o755)
    monkeypatch.setattr(pagefind, "engine", lambda: str(broken))
    warm.post("new", "Text.\n")
    said = warm.run("build")
    assert said.status == 1
    assert "Pagefind, which makes the search, failed" in said.err
    assert warm.tree() == before
