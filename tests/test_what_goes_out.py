"""What goes out, in every place where an edition shows."""

from __future__ import annotations

import json
import re

from conftest import SITE, Folder

BODY = "First paragraph.\n\nSecond paragraph.\n\nThird paragraph.\n"


def begin(site: Folder, **front: str) -> None:
    """One English post whose catalogue is ready and empty."""
    site.post("a", BODY, title="A title", summary="A summary", **front)
    assert site.run("update").status == 0


def policy(site: Folder, **values: str) -> None:
    lines = "".join(f"{key} = {value}\n" for key, value in values.items())
    site.write("content/site.toml", SITE + lines)


def outcome(site: Folder, name: str = "posts/a") -> tuple[str, str]:
    found = json.loads(site.run("show", name, "--lang", "fa", "--json").out)
    return found["editions"][0]["outcome"], found["editions"][0]["reason"]


def test_without_a_translated_title_an_edition_is_withheld(site: Folder) -> None:
    begin(site)
    site.translate("posts/a", {"First paragraph.": "بند یکم."})
    assert outcome(site) == ("withheld", "title")


def test_without_one_translated_block_an_edition_is_withheld(site: Folder) -> None:
    begin(site)
    site.translate("posts/a", {"A title": "عنوان", "A summary": "خلاصه"})
    assert outcome(site) == ("withheld", "blocks")


def test_title_and_one_block_go_out_marked(site: Folder) -> None:
    begin(site)
    site.translate("posts/a", {"A title": "عنوان", "First paragraph.": "بند یکم."})
    assert outcome(site) == ("marked", "incomplete")
    assert site.run("build").status == 0
    page = site.page("fa/posts/a/")
    assert re.search(r'<p id="b-[0-9a-f]{8}">بند یکم\.</p>', page)
    block = re.search(r'<p id="b-[0-9a-f]{8}" class="untranslated" lang="en" dir="ltr">(.*?)</p>', page)
    assert block and "Second paragraph." in block.group(1)
    assert '<span class="mark" lang="fa" dir="rtl">' in block.group(1)


def test_an_untranslated_summary_is_marked_in_lists_and_feeds(site: Folder) -> None:
    begin(site)
    site.translate("posts/a", {"A title": "عنوان", "First paragraph.": "بند یکم."})
    assert site.run("build").status == 0
    front = site.page("fa/")
    summary = re.search(r'<p class="summary">(.*?)</p>', front, re.DOTALL)
    assert summary and 'class="mark"' in summary.group(1)
    assert '<span lang="en" dir="ltr">A summary</span>' in summary.group(1)
    feed = site.read("public/fa/feed.xml")
    assert re.search(r"<summary>\[[^\]]+\] \u2068A summary\u2069</summary>", feed)


def test_a_suggestion_never_goes_out(site: Folder) -> None:
    begin(site)
    site.translate("posts/a", {"A title": "عنوان", "First paragraph.": "بند یکم."})
    path = "locales/fa/LC_MESSAGES/posts/a.po"
    text = site.read(path).replace(
        'msgid "Second paragraph."\nmsgstr ""', '#, fuzzy\nmsgid "Second paragraph."\nmsgstr "پیشنهاد"'
    )
    site.write(path, text)
    assert site.run("build").status == 0
    assert "پیشنهاد" not in "".join(data.decode("utf-8", "replace") for data in site.tree().values())


def stale(site: Folder) -> None:
    begin(site)
    words = {"A title": "عنوان", "A summary": "خلاصه", "First paragraph.": "بند یکم.",
             "Second paragraph.": "بند دوم.", "Third paragraph.": "بند سوم."}  # fmt: skip
    site.translate("posts/a", words)
    site.post("a", BODY.replace("Second paragraph.", "Second paragraph, changed."), title="A title",
              summary="A summary")  # fmt: skip
    assert site.run("update").status == 0


def test_a_stale_block_shows_the_text_of_before_marked(site: Folder) -> None:
    stale(site)
    assert site.run("build").status == 0
    page = site.page("fa/posts/a/")
    block = re.search(r'<p id="b-[0-9a-f]{8}" class="stale">(.*?)</p>', page)
    assert block and "بند دوم." in block.group(1) and 'class="mark"' in block.group(1)
    assert "Second paragraph" not in page


def test_a_stale_block_shows_the_source_where_the_site_says_so(site: Folder) -> None:
    stale(site)
    policy(site, stale='"source"')
    assert site.run("build").status == 0
    page = site.page("fa/posts/a/")
    assert "بند دوم." not in page
    assert re.search(r'class="untranslated" lang="en" dir="ltr">.*?Second paragraph, changed\.</p>', page)


def test_withhold_waits_until_all_is_translated(site: Folder) -> None:
    stale(site)
    policy(site, incomplete='"withhold"')
    assert outcome(site) == ("withheld", "incomplete")
    site.translate("posts/a", {"Second paragraph, changed.": "بند دوم، تغییرکرده."})
    assert outcome(site) == ("all", "complete")


def test_a_share_of_words_decides(site: Folder) -> None:
    begin(site)
    site.translate("posts/a", {"A title": "عنوان", "First paragraph.": "بند یکم."})
    policy(site, incomplete="0.4")  # 4 of 10 words: title 2, summary 2, paragraphs 2 each
    assert outcome(site) == ("marked", "incomplete")
    policy(site, incomplete="0.41")
    assert outcome(site) == ("withheld", "share")


def test_a_withheld_edition_keeps_its_address_and_leads_to_the_original(site: Folder) -> None:
    begin(site)
    assert site.run("build").status == 0
    page = site.page("fa/posts/a/")
    assert '<meta name="robots" content="noindex">' in page
    assert 'href="../../../en/posts/a/"' in page
    assert "rel=\"alternate\" hreflang" not in page
    assert "hreflang=\"fa\" href=\"https" not in site.page("en/posts/a/")
    assert "/fa/posts/a/" not in site.read("public/sitemap.xml")
    assert "/en/posts/a/" in site.read("public/sitemap.xml")
    assert "<entry" not in site.read("public/fa/feed.xml")
    front = site.page("fa/")
    assert re.search(r'href="\.\./en/posts/a/" hreflang="en"><span lang="en" dir="ltr">A title', front)


def test_a_draft_has_catalogue_and_status_but_no_page(site: Folder) -> None:
    begin(site, draft="true")
    site.post("b", "See [a](a.md).\n")
    assert site.run("update").status == 0
    assert outcome(site) == ("draft", "draft")
    said = site.run("build")
    assert said.status == 1 and "content/posts/b.md:6" in said.err and "broken-link" in said.err
    assert site.run("build", "--drafts").status == 0
    assert "A title" in site.page("en/posts/a/")
    site.post("b", "Nothing.\n")
    assert site.run("build").status == 0
    tree = site.tree()
    assert not [path for path in tree if "posts/a/" in path]
    assert b"A title" not in b"".join(tree.values())


def test_a_link_leads_to_the_other_edition_where_this_one_is_not_published(site: Folder) -> None:
    begin(site)
    site.post("b", "پیوند به [الف](a.md).\n", lang="fa", title="ب")
    assert site.run("update").status == 0
    assert site.run("build").status == 0
    page = site.page("fa/posts/b/")
    link = re.search(r'<a href="([^"]+)" hreflang="en">الف( <span class="mark">[^<]+</span>)</a>', page)
    assert link and link.group(1) == "../../../en/posts/a/"


def test_as_of_holds_back_what_is_to_come(site: Folder) -> None:
    begin(site, date="2026-03-20")
    site.post("later", "Later.\n", date="2026-03-22", title="Later")
    assert site.run("build").status == 0
    assert "Later" in site.page("en/")
    assert site.run("build", "--as-of", "2026-03-21").status == 0
    assert "Later" not in site.page("en/")
    assert not (site.root / "public/en/posts/later").exists()


def test_an_authored_edition_is_the_truth_for_its_text(site: Folder) -> None:
    begin(site)
    site.write("content/posts/a.fa.md", "---\ntitle: عنوان نویسنده\nsummary: خلاصه\n---\n\nیک.\n\nدو.\n")
    assert site.run("build").status == 0
    page = site.page("fa/posts/a/")
    assert "عنوان نویسنده" in page and "یک." in page and "untranslated" not in page
    assert site.run("export", "a", "--lang", "fa").out.endswith("یک.\n\nدو.\n")


def test_an_authored_edition_may_not_contradict_its_original(site: Folder) -> None:
    begin(site)
    site.write("content/posts/a.fa.md", "---\ntitle: عنوان\ndate: 2026-03-21\n---\n\nیک.\n")
    said = site.run("build")
    assert said.status == 1
    assert "content/posts/a.fa.md:3" in said.err


def test_aliases_are_redirects_that_need_no_server(site: Folder) -> None:
    site.write(
        "content/posts/a.md",
        "---\ntitle: A\ndate: 2026-03-20\naliases: {en: [older, /en/2020/old-page]}\n---\n\nText.\n",
    )
    assert site.run("build").status == 0
    for address, target in (("en/posts/older/", "../a/"), ("en/2020/old-page/", "../../posts/a/")):
        page = site.page(address)
        assert f'content="0; url={target}"' in page and "noindex" in page


def test_a_title_msgstr_with_markup_stays_text(site: Folder) -> None:
    begin(site)
    site.translate(
        "posts/a", {"A title": '<script>alert(1)</script> "و"', "First paragraph.": "<b>بند</b>"}
    )
    assert site.run("build").status == 0
    for data in site.tree().values():
        assert b"<script>" not in data and b"<b>" not in data


def test_refused_translations_are_reported_at_their_line(site: Folder) -> None:
    begin(site)
    site.translate(
        "posts/a", {"A title": "عنوان", "First paragraph.": "بند", "Second paragraph.": "   "}
    )
    said = site.run("build")
    assert said.status == 1
    assert re.search(r"locales/fa/LC_MESSAGES/posts/a\.po:\d+: error: the translation is not used", said.err)


def test_a_translator_of_the_interface_cannot_add_markup(site: Folder) -> None:
    site.post("a", "Text.\n")
    site.write(
        "templates/archive.html",
        '{% extends "base.html" %}{% block content %}{{ _("Plain") }}|'
        "{% trans name='<i>x</i>' %}Hello <b>{{ name }}</b> & co{% endtrans %}|"
        "{% trans n=3, m='y' %}{{ n }} of {{ m }}{% endtrans %}{% endblock %}",
    )
    assert site.run("update").status == 0
    site.translate(
        "messages",
        {
            "Plain": "<script>alert(1)</script> \"و\" 100%",
            "Hello <b>%(name)s</b> & co": "<img src=x> <b>%(name)s</b> & سلام",
            "%(n)s of %(m)s": "%(nothing)s از %(m)s",
        },
    )
    assert site.run("build").status == 0
    page = site.page("fa/archive/")
    assert "<script>" not in page and "<img" not in page
    assert "Plain|" in page  # a stray % is no placeholder: the source stands
    assert "&lt;img src=x&gt; <b>&lt;i&gt;x&lt;/i&gt;</b> &amp; سلام" in page
    assert "3 of y" in page


def test_raw_html_passes_from_originals_only_where_allowed(site: Folder) -> None:
    site.post("a", "Press <kbd>Ctrl</kbd>.\n\n<div class='x'>block</div>\n\nPlain.\n", title="A title")
    assert site.run("update").status == 0
    site.translate(
        "posts/a",
        {"A title": "عنوان", "Press <kbd>Ctrl</kbd>.": "<kbd>Ctrl</kbd> را <u>بزنید</u>.", "Plain.": "<b>ساده</b>."},
    )
    assert site.run("build").status == 0
    assert "<kbd>" not in site.page("en/posts/a/") and "&lt;kbd&gt;" in site.page("en/posts/a/")
    site.write("content/site.toml", SITE + "\n[content]\nraw_html = true\n")
    assert site.run("build").status == 0
    english, persian = site.page("en/posts/a/"), site.page("fa/posts/a/")
    assert "<kbd>Ctrl</kbd>" in english and "<div class='x'>block</div>" in english
    assert "<div class='x'>block</div>" in persian and "<kbd>" in persian
    assert "<u>" not in persian and "&lt;u&gt;" in persian and "<b>ساده" not in persian


def test_what_changed_since_it_was_translated_is_not_called_untranslated(site: Folder) -> None:
    """With stale = "source", each text that stands as in the original says why it does."""
    site.write("content/site.toml", SITE.replace('name = "فارسی"', 'name = "فارسی"\nstale = "source"'))
    site.post("a", "Kept.\n\nOnce.\n\nNew.\n", title="A title", summary="Short.")
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان", "Short.": "کوتاه.", "Kept.": "مانده.", "Once.": "یک بار."})
    site.post("a", "Kept.\n\nOnce more.\n\nNew.\n", title="A title", summary="Shorter.")
    assert site.run("update").status == 0
    assert site.run("build").status == 0
    page = site.page("fa/posts/a/")
    marks = re.findall(r'<span class="mark"[^>]*>([^<]*)</span> (?:<span[^>]*>)?([^<]*)<', page)
    changed = "عوض شده، هنوز از نو ترجمه نشده"
    assert marks == [(changed, "Shorter."), (changed, "Once more."), ("هنوز ترجمه نشده", "New.")]
