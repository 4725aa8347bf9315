"""The newsletter: which pieces an issue has, its page, its mail and its plain text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Folder

ISSUE = """\
---
title: The spring letter
preheader: A table to lay
number: 12
date: 2026-03-21
sections:
  - heading: News
    items:
      - {post: posts/table, as: full}
      - {post: garden, as: summary}
  - heading: Still open
    items:
      - {post: posts/old, as: title}
---

Dear readers, **welcome**.
"""

TABLE = """\
A paragraph with [a link](garden.md) and `code`.

<!-- dozaban: poem -->
First half
Second half

1. one
2. two

| Day | What |
|:--|--:|
| Monday | tea |

> [!TIP]
> Soak it for two days.

See[^1].

[^1]: A note.
"""

WORDS = {
    "newsletters/spring": {
        "The spring letter": "نامهٔ بهار (Spring)",
        "A table to lay": "سفره‌ای که باید چید",
        "News": "خبرها",
        "Still open": "هنوز باز",
        "Dear readers, **welcome**.": "خوانندگان گرامی، **خوش آمدید**.",
    },
    "posts/table": {
        "Title of table": "سفره با C++",
        "A paragraph with [a link](garden.md) and `code`.": "بندی با [پیوند](garden.md) و `code`.",
        "First half\\\nSecond half": "نیمهٔ نخست\\\nنیمهٔ دوم",
        "one": "یک",
        "two": "دو",
        "Day": "روز",
        "What": "چه",
        "Monday": "دوشنبه",
        "tea": "چای",
        "Soak it for two days.": "دو روز خیسش کنید.",
        "See[^1].": "ببینید[^1].",
        "A note.": "یک یادداشت.",
    },
    "posts/garden": {"Title of garden": "باغ", "A summary.": "چکیده‌ای.", "Text.": "متن."},
}


@pytest.fixture
def letters(site: Folder) -> Folder:
    """A site with an issue of three posts, one of which nobody has translated."""
    site.write("content/site.toml", site.read("content/site.toml").replace("page_size = 3", 'contact = "post@example.org"'))
    site.write("content/newsletters/spring.md", ISSUE)
    site.post("table", TABLE)
    site.post("garden", "Text.\n", summary="A summary.")
    site.post("old", "Old text.\n")
    assert site.run("update").status == 0
    for name, words in WORDS.items():
        site.translate(name, words)
    return site


def set_newsletter(site: Folder, line: str) -> None:
    text = site.read("content/site.toml")
    site.write("content/site.toml", text + f"\n[newsletter]\n{line}\n")


# --- which pieces -----------------------------------------------------------------------------


def test_an_issue_has_a_page_in_each_edition_and_a_place_in_the_list(letters: Folder) -> None:
    said = letters.run("build")
    assert said.status == 0, said.err
    english, persian = letters.page("en/newsletters/spring/"), letters.page("fa/newsletters/spring/")
    assert "Issue 12" in english
    assert "شمارهٔ ۱۲" in persian and "۱ فروردین ۱۴۰۵" in persian
    assert 'href="spring/"' in letters.page("en/newsletters/")
    order = [english.index(f'id="p{number}"') for number in (1, 2, 3)]
    assert order == sorted(order)
    assert re.findall(r'href="#(p\d)"', english) == ["p1", "p2", "p3"]


def test_a_piece_in_full_has_ids_of_its_own_and_one_as_title_has_no_text(letters: Folder) -> None:
    letters.run("build")
    page = letters.page("en/newsletters/spring/")
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert any(one.startswith("p1-b-") for one in ids)
    assert 'href="#p1-fn-1"' in page and 'id="p1-fn-1"' in page
    assert "A summary." in page and "Old text." not in page and "Soak it" in page


def test_a_missing_edition_is_the_original_marked(letters: Folder) -> None:
    letters.run("build")
    page = letters.page("fa/newsletters/spring/")
    assert '<span lang="en" dir="ltr">Title of old</span>' in page
    assert 'hreflang="en"' in page
    said = letters.run("newsletter", "check", "spring")
    assert said.status == 0
    assert "`posts/old` stands in its original's language" in said.err


def test_a_missing_edition_can_be_left_out(letters: Folder) -> None:
    set_newsletter(letters, 'missing = "leave-out"')
    letters.run("build")
    page = letters.page("fa/newsletters/spring/")
    assert "Title of old" not in page and "هنوز باز" not in page
    assert "Title of old" in letters.page("en/newsletters/spring/")
    assert "`posts/old` is left out" in letters.run("newsletter", "check", "spring").err


def test_a_missing_edition_can_stop_the_issue(letters: Folder) -> None:
    set_newsletter(letters, 'missing = "stop"')
    said = letters.run("build")
    assert said.status == 0, said.err
    page = letters.page("fa/newsletters/spring/")
    assert 'name="robots" content="noindex"' in page and "خبرها" not in page
    said = letters.run("newsletter", "build", "spring", "--lang", "fa")
    assert said.status == 1
    assert "does not go out" in said.err and "posts/old" in said.err
    assert not (letters.root / "outbox").exists()


def test_an_authored_edition_has_its_headings_from_the_catalogue(letters: Folder) -> None:
    letters.write(
        "content/newsletters/spring.fa.md",
        "---\ntitle: نامه‌ای دیگر\npreheader: سلام\n---\n\nخوانندگان، خوش آمدید.\n",
    )
    assert letters.run("update").status == 0
    letters.translate("newsletters/spring", {"News": "خبرهای تازه"})
    assert letters.run("build").status == 0
    page = letters.page("fa/newsletters/spring/")
    assert "نامه‌ای دیگر" in page and "خبرهای تازه" in page


WRONG = (
    ("{post: posts/nothing}", "there is no post `posts/nothing`"),
    ("{post: pages/about}", "`pages/about` is not a post"),
    ("{post: posts/secret}", "`posts/secret` does not go out: the document is a draft"),
    ("{post: posts/table}", "`posts/table` stands in this issue twice"),
)


@pytest.mark.parametrize(("item", "words"), WRONG)
def test_an_item_that_cannot_be_is_an_error_at_its_line(letters: Folder, item: str, words: str) -> None:
    letters.post("secret", "x", draft="true")
    letters.write("content/pages/about.md", "---\ntitle: About\n---\n\nx\n")
    letters.write(
        "content/newsletters/spring.md", ISSUE.replace("{post: posts/old, as: title}", item)
    )
    said = letters.run("build")
    assert said.status == 1
    assert words in said.err
    line = ISSUE.split("\n").index("      - {post: posts/old, as: title}") + 1
    assert f"content/newsletters/spring.md:{line}:" in said.err
    assert not (letters.root / "public").exists()


def test_a_digest_takes_the_posts_of_its_days_and_tags_the_newest_first(site: Folder) -> None:
    for day in range(1, 9):
        site.post(f"day{day}", "x", date=f"2026-03-0{day}", tags="[music]" if day % 2 else "[food]")
    site.write(
        "content/newsletters/week.md",
        "---\ntitle: Week\ndate: 2026-03-09\n"
        "digest: {since: 2026-03-02, until: 2026-03-07, tags: [music], limit: 2}\n---\n\nHello.\n",
    )
    assert site.run("build").status == 0
    page = site.page("en/newsletters/week/")
    assert re.findall(r"Title of (day\d)</a></h3>", page) == ["day7", "day5"]


def test_an_empty_digest_is_a_warning(site: Folder) -> None:
    site.post("one", "x")
    site.write(
        "content/newsletters/week.md",
        "---\ntitle: Week\ndate: 2026-03-09\ndigest: {since: 2027-03-02, until: 2027-03-07}\n---\n\nHello.\n",
    )
    said = site.run("build")
    assert said.status == 0 and "no post is of these days and tags" in said.err


# --- mail -------------------------------------------------------------------------------------


class Reading(HTMLParser):
    """Every element with its attributes; and the text without the head."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attributes}))
        self.hidden += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def mails(site: Folder, name: str = "spring") -> dict[str, str]:
    said = site.run("newsletter", "build", name)
    assert said.status == 0, said.err
    folder = site.root / "outbox" / name
    return {path.name: path.read_bytes().decode() for path in folder.iterdir() if path.suffix != ".pdf"}


@pytest.mark.parametrize(("edition", "way", "side"), [("en", "ltr", "left"), ("fa", "rtl", "right")])
def test_every_table_and_cell_says_its_direction_and_its_side(
    letters: Folder, edition: str, way: str, side: str
) -> None:
    html = mails(letters)[f"{edition}.html"]
    reading = Reading(html)
    boxes = [(tag, own) for tag, own in reading.elements if tag in ("table", "td", "th", "p", "h1", "h2", "h3", "li")]
    assert len(boxes) > 30
    for tag, own in boxes:
        assert own.get("dir") in ("ltr", "rtl"), (tag, own)
        style = own.get("style", "").replace(" ", "")
        assert f"direction:{own['dir']}" in style, (tag, own)
        if own.get("align") != "center":
            assert f"text-align:{'left' if own['dir'] == 'ltr' else 'right'}" in style, (tag, own)
    own_way = [own for _, own in boxes if own["dir"] == way]
    assert len(own_way) > len(boxes) * 0.8
    assert reading.elements[0][1] == {"lang": edition, "dir": way, "xmlns": "http://www.w3.org/1999/xhtml"}


def test_a_mail_has_no_logical_property_and_each_link_a_span_with_its_direction(letters: Folder) -> None:
    for name, html in mails(letters).items():
        if not name.endswith(".html"):
            continue
        assert not re.search(r"(margin|padding|border|inset)-(inline|block)|text-align:\s*(start|end)", html)
        assert re.search(r'@media [^{]*prefers-color-scheme: ?dark', html)
        links = re.findall(r"<a [^>]*href=[^>]*>(.{12})", html)
        assert links and all(one.startswith("<span dir=") for one in links)
        assert len(html.encode()) <= 102 * 1024
        assert "<script" not in html and "<link" not in html


def test_a_mail_names_itself_before_it_is_opened_and_marks_what_is_foreign(letters: Folder) -> None:
    made = mails(letters)
    persian = "".join(Reading(made["fa.html"]).text)
    assert persian.lstrip().startswith("سفره‌ای که باید چید")
    assert "Title of old" in persian and "به انگلیسی" in persian
    assert 'https://example.org/sub/fa/posts/table/' in made["fa.html"]


def test_code_and_runs_keep_their_direction_and_lists_their_digits(letters: Folder) -> None:
    html = mails(letters)["fa.html"]
    assert re.search(r'<code dir="ltr"[^>]*>code</code>', html)
    assert '<span dir="ltr">C++</span>' in html
    assert re.search(r">۱\.</td>", html) and re.search(r">۲\.</td>", html)


def test_pictures_are_linked_or_go_with_the_mail(letters: Folder) -> None:
    from email import message_from_bytes

    from PIL import Image

    (letters.root / "content" / "posts").mkdir(exist_ok=True)
    Image.new("RGB", (40, 30), "red").save(letters.root / "content" / "posts" / "hall.png")
    letters.post("table", TABLE, image="{src: hall.png, alt: A hall}")
    assert 'src="https://example.org/sub/' in mails(letters)["en.html"]
    set_newsletter(letters, 'images = "embed"')
    made = mails(letters)
    assert 'src="cid:picture1"' in made["en.html"]
    message = message_from_bytes((letters.root / "outbox/spring/en.eml").read_bytes())
    pictures = [part for part in message.walk() if part.get_content_maintype() == "image"]
    assert [part["Content-ID"] for part in pictures] == ["<picture1>"]
    assert pictures[0].get_payload(decode=True) == (letters.root / "content/posts/hall.png").read_bytes()


def test_a_mail_that_programs_would_cut_is_refused_with_its_largest_pieces(letters: Folder) -> None:
    letters.post("table", "A sentence of no great length.\n\n" * 2500)
    for form in ("eml", "html"):
        said = letters.run("newsletter", "build", "spring", "--lang", "en", "--format", form)
        assert said.status == 1 and "posts/table" in said.err
    assert "102 kB" not in said.out and "posts/table" in said.err and "104 kB" in said.err


def test_one_address_is_needed_to_send_from(letters: Folder) -> None:
    text = letters.read("content/site.toml").replace('contact = "post@example.org"', "")
    letters.write("content/site.toml", text)
    said = letters.run("newsletter", "build", "spring", "--format", "eml")
    assert said.status == 1 and 'sender = "post@example.org"' in said.err


def test_the_forms_are_written_once_and_again_only_when_they_change(letters: Folder) -> None:
    first = mails(letters)
    assert {"en.html", "fa.html", "en-fa.html", "en.txt", "fa.eml"} <= set(first)
    said = json.loads(letters.run("newsletter", "build", "--json").out)["issues"][0]
    assert said["files"] == [] and said["unchanged"] == len(list((letters.root / "outbox/spring").iterdir()))
    assert mails(letters) == first


def test_both_languages_in_one_letter_piece_by_piece(letters: Folder) -> None:
    text = "".join(Reading(mails(letters)["en-fa.html"]).text)
    body = text[text.index("News") :]
    places = [body.index(words) for words in ("Title of table", "سفره با", "Title of garden", "باغ")]
    assert places == sorted(places)
    assert body.count("Title of old") == 1  # what stands in for it is there already


# --- plain text ---------------------------------------------------------------------------------


def test_plain_text_is_written_as_text(letters: Folder) -> None:
    text = mails(letters)["en.txt"]
    assert text.startswith("Pol\nIssue 12 · 21 March 2026\n\nThe spring letter\n=================\n")
    assert "Dear readers, *welcome*." in text
    assert "a link [1]" in text and "\n[1] https://example.org/sub/en/posts/garden/\n" in text
    assert "\n1. one\n2. two\n" in text
    assert "- Monday — What: tea" in text
    assert "    First half\n        Second half\n" in text
    assert "<" not in text and "**" not in text and "[^1]" not in text


def test_lines_fit_and_turn_the_right_way(letters: Folder) -> None:
    from wcwidth import wcswidth

    long = "واژه‌ای بلند " * 40
    letters.post("table", TABLE + "\nVersion 3.12 begins a line.\n\nLong.\n")
    letters.run("update")
    letters.translate(
        "posts/table", {"Version 3.12 begins a line.": "Python 3.12 در آغاز خط.", "Long.": long.strip()}
    )
    text = mails(letters)["fa.txt"]
    for line in text.split("\n"):
        assert wcswidth(line) <= 72 or line.lstrip("\u200f").startswith(("http", "[")), line
    assert "\u200fPython 3.12 در آغاز خط." in text
    assert "\u200f[۱] https://example.org/sub/fa/posts/garden/" in text
    assert "سفره با C++\u200e" in text


# --- commands -----------------------------------------------------------------------------------


def test_a_digest_is_drafted_from_what_was_published(letters: Folder) -> None:
    letters.post("late", "x", date="2026-04-02", tags="[music]")
    said = letters.run("newsletter", "digest", "--since", "2026-03-01", "--until", "2026-04-05")
    assert said.status == 0, said.err
    text = letters.read("content/newsletters/2026-04-05.md")
    assert "draft: true" in text and "number: 13" in text
    assert text.index("posts/late") < text.index("posts/garden")
    assert letters.run("build").status == 0
    assert not (letters.root / "public/en/newsletters/2026-04-05").exists()
    said = letters.run("newsletter", "build", "2026-04-05", "--lang", "en", "--format", "text")
    assert said.status == 0, said.err
    again = letters.run("newsletter", "digest", "--since", "2026-03-01", "--until", "2026-04-05")
    assert again.status == 2 and "already" in again.err
    nothing = letters.run("newsletter", "digest", "--since", "2020-03-01", "--until", "2020-04-05")
    assert nothing.status == 2 and "nothing was published" in nothing.err


def test_wrong_names_are_told_with_the_right_ones(letters: Folder) -> None:
    said = letters.run("newsletter", "build", "winter")
    assert said.status == 2 and "newsletters/spring" in said.err
    said = letters.run("newsletter", "build", "spring", "--format", "docx")
    assert said.status == 2 and "eml" in said.err
    said = letters.run("newsletter", "build", "spring", "--lang", "de")
    assert said.status == 2 and "both" in said.err


def test_the_preview_shows_every_form(letters: Folder) -> None:
    said = letters.run("newsletter", "preview", "spring")
    assert said.status == 0, said.err
    folder = Path(letters.root / "outbox/spring/preview")
    page = (folder / "index.html").read_text(encoding="utf-8")
    for source in re.findall(r'<iframe [^>]*src="([^"]+)"', page):
        assert (folder / source).is_file()
    assert page.count("<iframe") == 12 and "نامهٔ بهار" in page


@pytest.mark.browser
def test_a_mail_reads_in_order_and_direction_without_any_style(letters: Folder, browser: Any) -> None:
    made = mails(letters)
    for name, way in (("en", "ltr"), ("fa", "rtl")):
        page = browser.new_page(viewport={"width": 375, "height": 800})
        bare = re.sub(r"<style>.*?</style>", "", made[f"{name}.html"], flags=re.DOTALL)
        bare = re.sub(r' style="[^"]*"', "", bare)
        page.set_content(bare)
        assert page.evaluate("getComputedStyle(document.querySelector('td td p')).direction") == way
        tops = page.evaluate(
            "[...document.querySelectorAll('h1, h2, h3')].map(e => e.getBoundingClientRect().top)"
        )
        assert tops == sorted(tops) and len(tops) >= 6
        page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [375, 700])
def test_a_mail_fits_its_window_with_pictures_and_without(letters: Folder, browser: Any, width: int) -> None:
    from base64 import b64encode

    from PIL import Image

    Image.new("RGB", (1200, 300), "red").save(letters.root / "content" / "posts" / "hall.png")
    letters.post("table", TABLE, image="{src: hall.png, alt: A hall}")
    set_newsletter(letters, 'images = "embed"')
    made = mails(letters)
    picture = b64encode((letters.root / "content/posts/hall.png").read_bytes()).decode()
    page = browser.new_page(viewport={"width": width, "height": 800})
    for name in ("en", "fa", "en-fa"):
        for source, shown in ((f"data:image/png;base64,{picture}", True), ("data:,", False)):
            page.set_content(made[f"{name}.html"].replace("cid:picture1", source))
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate("document.querySelector('img').naturalWidth > 0") is shown
            assert page.evaluate("document.querySelector('img').alt") == "A hall"
    page.close()


def test_the_issues_have_a_feed_of_their_own(letters: Folder) -> None:
    from xml.etree import ElementTree

    assert letters.run("build").status == 0
    for tag, title in (("en", "The spring letter"), ("fa", "نامهٔ بهار (⁦Spring⁩)")):
        feed = ElementTree.fromstring(letters.read(f"public/{tag}/newsletters/feed.xml"))
        name = "{http://www.w3.org/2005/Atom}"
        assert [entry.findtext(f"{name}title") for entry in feed.iter(f"{name}entry")] == [title]
        content = feed.findtext(f"{name}entry/{name}content") or ""
        assert content.count("<li") == 3 and f"/{tag}/posts/table/" in content
        assert json.loads(letters.read(f"public/{tag}/newsletters/feed.json"))["items"][0]["content_html"] == content
    assert 'href="feed.xml"' in letters.page("en/newsletters/")


def test_mv_names_the_issues_that_have_the_old_name(letters: Folder) -> None:
    said = letters.run("mv", "table", "the-table")
    assert said.status == 0, said.err
    assert "content/newsletters/spring.md:9" in said.out and "there is no post `posts/table`" in said.out


# --- checks, and what is asked for amiss ----------------------------------------------------------


def test_a_check_of_a_good_issue_says_so(letters: Folder) -> None:
    assert "nothing is wrong" not in letters.run("newsletter", "check", "spring").out
    letters.translate("posts/old", {"Title of old": "کهنه", "Old text.": "متن کهنه."})
    said = letters.run("newsletter", "check", "spring")
    assert (said.status, said.out, said.err) == (0, "newsletters/spring: nothing is wrong\n", "")


def test_a_check_answers_in_json(letters: Folder) -> None:
    said = letters.run("newsletter", "check", "spring", "--json")
    answer = json.loads(said.out)
    assert (answer["version"], answer["command"], answer["issue"]) == (1, "newsletter check", "newsletters/spring")
    kinds = {(one["rule"], one["severity"]) for one in answer["problems"]}
    assert ("issue-item", "warn") in kinds
    assert said.status == (1 if "error" in {one["severity"] for one in answer["problems"]} else 0)
    assert said.err == ""


def test_a_check_looks_at_pictures_and_at_what_mails_need(letters: Folder) -> None:
    letters.write("content/posts/map.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='3' height='3'/>")
    letters.post("table", TABLE, image="map.svg")
    letters.write("content/newsletters/spring.md", ISSUE.replace("preheader: A table to lay\n", ""))
    letters.write("content/site.toml", letters.read("content/site.toml").replace('contact = "post@example.org"', ""))
    letters.run("update")
    said = letters.run("newsletter", "check", "spring")
    assert said.status == 1 and said.out == ""
    for words in (
        "content/newsletters/spring.md: warning: in English the issue has no preheader: mail programs show its first words",
        "content/newsletters/spring.md: warning: in فارسی the issue has no preheader",
        "content/posts/table: warning: the picture of `posts/table` has no text for those who do not see it",
        "content/posts/map.svg: warning: mail programs do not show this kind of picture",
        "content/site.toml: error: a mail needs an address to come from",
    ):
        assert words in said.err, said.err


def test_an_issue_that_the_site_cannot_build_is_not_made(letters: Folder) -> None:
    letters.post("garden", "[nowhere](gone.md)\n", summary="A summary.")
    for command in ("build", "preview"):
        said = letters.run("newsletter", command, "spring")
        assert said.status == 1 and "`gone.md`" in said.err
        assert "the issue does not go out in English: the site has errors" in said.err
    assert letters.run("newsletter", "check", "spring").status == 1
    assert not (letters.root / "outbox").exists()


def test_a_bare_name_that_two_issues_have(letters: Folder) -> None:
    for year in ("2025", "2026"):
        letters.write(f"content/newsletters/{year}/yalda.md", ISSUE.replace("number: 12", f"number: {year}"))
    said = letters.run("newsletter", "check", "yalda")
    assert (said.status, said.err) == (
        2, "dozaban: more than one issue is called `yalda`: newsletters/2025/yalda, newsletters/2026/yalda\n"
    )  # fmt: skip
    assert letters.run("newsletter", "build", "2025/yalda", "--format", "text", "--lang", "en").status == 0
    out = letters.root / "one-folder"
    said = letters.run("newsletter", "build", "--out", str(out))
    assert said.status == 2 and "files of several issues cannot stand in one folder: name the issue" in said.err
    assert not out.exists()


def test_a_digest_in_another_language_and_days_exchanged(letters: Folder) -> None:
    span = ("--since", "2026-03-01", "--until", "2026-04-05")
    said = letters.run("newsletter", "digest", *span, "--lang", "de")
    assert (said.status, said.err) == (2, "dozaban: there is no language `de`\n")
    said = letters.run("newsletter", "digest", "--since", "2026-04-05", "--until", "2026-03-01")
    assert (said.status, said.err) == (2, "dozaban: 2026-04-05 is after 2026-03-01: exchange the two\n")
    assert letters.run("newsletter", "digest", *span, "--lang", "fa").status == 0
    text = letters.read("content/newsletters/2026-04-05.md")
    assert "lang: fa\n" in text and 'title: "۱۰ اسفند ۱۴۰۴ – ۱۶ فروردین ۱۴۰۵"\n' in text


# --- more of plain text ------------------------------------------------------------------------


BLOCKS = """\
- [x] laid
- [ ] eaten

---

> Said long ago.

> [!NOTE]
> ![](dot.png) ![A hall](dot.png)

[one](garden.md) and [again](garden.md), and <https://example.net/>.

| Day |
|:--|
| Monday |
"""


def test_plain_text_of_tasks_rules_quotations_and_pictures(letters: Folder) -> None:
    from PIL import Image

    Image.new("RGB", (4, 3), "red").save(letters.root / "content/posts/dot.png")
    letters.post("table", BLOCKS)
    letters.run("update")
    text = mails(letters)["en.txt"]
    body = text[text.index("- [") : text.index("[1] https")]
    assert body == (
        "- [done] laid\n- [to do] eaten\n\n"
        "                                 * * *\n\n"
        "    Said long ago.\n\n"
        "Note:\n    [Picture: A hall]\n\n"
        "one [1] and again [1], and https://example.net/.\n\n"
        "- Monday\n\n"
    )
    assert text.count("[1] https://example.org/sub/en/posts/garden/\n") == 1


def test_an_issue_without_pieces_has_no_contents(letters: Folder) -> None:
    letters.write("content/newsletters/spring.md", ISSUE[: ISSUE.index("sections:")] + "---\n\nDear readers, **welcome**.\n")
    text = mails(letters)["en.txt"]
    assert text == (
        "Pol\nIssue 12 · 21 March 2026\n\nThe spring letter\n=================\n\nDear readers, *welcome*.\n\n\n"
        f"{'-' * 72}\nRead this issue on the web:\nhttps://example.org/sub/en/newsletters/spring/\n"
    )
