"""What the site says of itself elsewhere: feeds, sitemap, Open Graph, JSON-LD."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import html5lib
import jsonschema
import pytest
from conftest import SITE, Folder
from lxml import etree
from PIL import Image

FIXTURES = Path(__file__).parent / "fixtures"
BASE = "https://example.org/sub/"
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
LRI, RLI, PDI = "\u2066", "\u2067", "\u2069"

NASTY = "</script><script>document.title='run'</script><!-- & \"quoted\" ' ]]>"
"""What a title may hold that would end an element, a string or a comment."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A site with mixed scripts, a withheld edition, and what would break out; do not change it."""
    site = Folder(tmp_path_factory.mktemp("told"))
    site.write("content/site.toml", SITE.replace('title = "Pol"', 'title = "Pol"\ndescription = "Two tongues"'))
    picture = io.BytesIO()
    Image.radial_gradient("L").resize((700, 500)).convert("RGB").save(picture, "JPEG")
    site.write("content/posts/p.jpg", picture.getvalue())
    site.post(
        "mixed", "See [the other](other.md#it) and ![P](p.jpg).[^1]\n\n[^1]: A note.\n",
        title='"C++ in Persian"', summary='"Python 3.12 and C++"', tags="[code]",
        image="{src: p.jpg, alt: A circle, caption: Round}", date="2026-03-20", updated="2026-03-22",
        credit='{authors: [Leila Kohan], publisher: The Courier, url: "https://courier.example/x?a=1&b=2"}',
    )  # fmt: skip
    site.post("other", "# It\n\nText.\n", title="«Persian» first", lang="fa", date="2026-03-19T23:30:00+03:30")
    site.post("nasty", f"{NASTY}\n", title=json.dumps(NASTY), summary=json.dumps(NASTY))
    site.post("alone", "Only English.\n", title='"What خانهٔ ما means (۱۲)"')
    assert site.run("update").status == 0
    site.translate("posts/mixed", {
        "C++ in Persian": "C++ به فارسی", "Round": "گرد",
        "See [the other](other.md#it) and ![P](p.jpg).[^1]": "[آن دیگری](other.md#it) را ببینید، و ![P](p.jpg).[^1]",
    })  # fmt: skip
    site.translate("posts/nasty", {NASTY: f"فارسی {NASTY}"})
    site.translate("posts/other", {"«Persian» first": "Second", "Text.": "Words.", "It": "It"}, "en")
    site.translate("terms", {"code": "برنامه (C++)", "Pol": "پل", "Leila Kohan": "لیلا کهن"})
    site.translate("terms", {"code": "Code"}, "en")
    said = site.run("build")
    assert said.status == 0, said.err
    return site


def grammar(name: str) -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(FIXTURES / name))


def atom(site: Folder, tag: str) -> etree._Element:
    return etree.fromstring((site.root / f"public/{tag}/feed.xml").read_bytes())


def json_feed(site: Folder, tag: str) -> Any:
    return json.loads((site.root / f"public/{tag}/feed.json").read_bytes())


def properties(page: str) -> list[tuple[str, str]]:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return [(one.get("property"), one.get("content")) for one in tree.iter("meta") if one.get("property")]


def data_of(page: str) -> Any:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    (found,) = (one.text for one in tree.iter("script") if one.get("type") == "application/ld+json")
    return json.loads(found)


# --- feeds --------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["en", "fa"])
@pytest.mark.parametrize("which", ["told", "example"])
def test_atom_is_valid(request: pytest.FixtureRequest, which: str, tag: str) -> None:
    site: Folder = request.getfixturevalue(which)
    feed, rules = atom(site, tag), grammar("atom.rng")
    assert rules.validate(feed), rules.error_log
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    ids = [one.text for one in feed.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)  # 4.2.6
    for holder in (feed, *entries):
        links = holder.findall(f"{ATOM}link")
        pairs = [(x.get("type"), x.get("hreflang")) for x in links if x.get("rel", "alternate") == "alternate"]
        assert len(set(pairs)) == len(pairs) == 1  # 4.1.1 and 4.1.2
    assert feed.find(f"{ATOM}author") is not None  # or each entry has one, 4.1.1
    (own,) = (one.get("href") for one in feed.findall(f"{ATOM}link") if one.get("rel") == "self")
    assert own.endswith(f"/{tag}/feed.xml")
    newest = max(one.findtext(f"{ATOM}updated") for one in entries)
    assert feed.findtext(f"{ATOM}updated") == newest
    for entry in entries:
        assert entry.findtext(f"{ATOM}published") <= entry.findtext(f"{ATOM}updated")
        assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == tag


@pytest.mark.parametrize("tag", ["en", "fa"])
@pytest.mark.parametrize("which", ["told", "example"])
def test_json_feed_is_valid_and_says_what_atom_says(request: pytest.FixtureRequest, which: str, tag: str) -> None:
    site: Folder = request.getfixturevalue(which)
    made, feed = json_feed(site, tag), atom(site, tag)
    jsonschema.validate(made, json.loads((FIXTURES / "jsonfeed-1.1.json").read_text()))
    assert made["language"] == tag and made["feed_url"].endswith(f"/{tag}/feed.json")
    assert [
        {
            "id": entry.findtext(f"{ATOM}id"),
            "url": entry.find(f"{ATOM}link").get("href"),
            "title": entry.findtext(f"{ATOM}title"),
            "content_html": entry.findtext(f"{ATOM}content"),
            "date_published": entry.findtext(f"{ATOM}published"),
            "date_modified": entry.findtext(f"{ATOM}updated"),
            "language": tag,
        }
        | ({"summary": entry.findtext(f"{ATOM}summary")} if entry.findtext(f"{ATOM}summary") else {})
        | ({"tags": [x.get("label") for x in entry.iter(f"{ATOM}category")]} if entry.find(f"{ATOM}category") is not None else {})
        | ({"authors": [{"name": x.findtext(f"{ATOM}name")} for x in entry.iter(f"{ATOM}author")]}
           if entry.find(f"{ATOM}author") is not None else {})
        for entry in feed.iter(f"{ATOM}entry")
    ] == [{key: value for key, value in item.items() if key != "image"} for item in made["items"]]  # fmt: skip
    tree = site.tree()
    for item in made["items"]:
        base = "https://example.org/" if which == "example" else BASE
        assert unquote(item["image"].removeprefix(base)) in tree


def test_the_schemas_refuse_what_is_wrong(told: Folder) -> None:
    """The grammars that the feeds are measured by are no formality."""
    rules = grammar("atom.rng")
    text = (told.root / "public/en/feed.xml").read_text()
    for pattern, wrong in (
        ("<id>[^<]*</id>", ""), ("<updated>([^<]*)Z</updated>", r"<updated>\1</updated>"),
        ("<title>", "<title type='markdown'>"), ("<entry>", "<entry><entry/>"),
        ('href="https://[^"]*"', 'href="/x"'), ("<name>[^<]*</name>", "<nom/>"),
    ):  # fmt: skip
        changed = re.sub(pattern, wrong, text, count=1)
        assert changed != text and not rules.validate(etree.fromstring(changed.encode())), pattern
    schema = json.loads((FIXTURES / "jsonfeed-1.1.json").read_text())
    made = json_feed(told, "en")
    for change in (
        {"version": "1"}, {"title": None}, {"items": [{"id": 1}]}, {"language": "en_GB"}, {"author": {}},
        {"items": [made["items"][0] | {"content_html": ""}]}, {"authors": [{}]},
        {"items": [made["items"][0] | {"date_published": "2026-03-20"}]}, {"feed_url": "feed.json"},
    ):  # fmt: skip
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(made | change, schema)


def test_titles_and_summaries_stand_between_isolates_where_they_are_mixed(told: Folder) -> None:
    english = {one["id"].rsplit("/", 2)[1]: one for one in json_feed(told, "en")["items"]}
    persian = {one["id"].rsplit("/", 2)[1]: one for one in json_feed(told, "fa")["items"]}
    assert english["mixed"]["title"] == "C++ in Persian"
    assert persian["mixed"]["title"] == f"{LRI}C++{PDI} به فارسی"
    assert english["alone"]["title"] == f"What {RLI}خانهٔ ما{PDI} means (۱۲)"
    assert persian["other"]["title"] == f"{LRI}«Persian» first{PDI}"  # all of it, marks and all
    assert persian["mixed"]["tags"] == [f"برنامه ({LRI}C++{PDI})"]
    assert persian["mixed"]["authors"] == [{"name": "لیلا کهن"}]
    # a summary in another's words says so, and stands apart from the word that says it
    assert re.fullmatch(r"\[[^\]]+\] \u2068Python 3.12 and C\+\+\u2069", persian["mixed"]["summary"])
    assert "alone" not in persian
    assert json_feed(told, "fa")["title"] == "پل"


def test_content_is_whole_and_says_its_language_and_direction(told: Folder) -> None:
    for tag, way in (("en", "ltr"), ("fa", "rtl")):
        item = next(one for one in json_feed(told, tag)["items"] if one["id"].endswith("/mixed/"))
        tree = html5lib.parseFragment(item["content_html"], namespaceHTMLElements=False)
        (whole,) = (one for one in tree if isinstance(one.tag, str))
        assert (whole.tag, whole.get("lang"), whole.get("dir")) == ("div", tag, way)
        leading, inside = whole.iter("img")
        assert leading.get("alt") == "A circle" and leading.get("width") == "700"
        assert next(whole.iter("figcaption")).text == {"en": "Round", "fa": "گرد"}[tag]
        for image in (leading, inside):
            for address in (image.get("src"), *(x.split()[0] for x in image.get("srcset").split(","))):
                assert address.startswith(BASE) and address.removeprefix(BASE) in told.tree()
        for link in whole.iter("a"):
            assert urlsplit(link.get("href")).scheme == "https" or link.get("href", "").startswith("#fn")
    parser = html5lib.HTMLParser(strict=True)
    for item in json_feed(told, "en")["items"]:
        parser.parseFragment(item["content_html"])


def test_the_sites_zone_decides_the_moment(told: Folder) -> None:
    item = next(one for one in json_feed(told, "en")["items"] if one["title"] == "Second")
    assert item["date_published"] == "2026-03-19T20:00:00Z"


def test_a_site_without_posts_has_valid_feeds(site: Folder) -> None:
    site.write("content/pages/about.md", "---\ntitle: About\n---\n\nText.\n")
    assert site.run("build").status == 0
    for tag in ("en", "fa"):
        assert grammar("atom.rng").validate(atom(site, tag))
        jsonschema.validate(json_feed(site, tag), json.loads((FIXTURES / "jsonfeed-1.1.json").read_text()))


def test_pages_lead_to_both_feeds(told: Folder) -> None:
    page = told.page("fa/posts/mixed/")
    for kind, name in (("atom+xml", "feed.xml"), ("feed+json", "feed.json")):
        assert f'<link rel="alternate" type="application/{kind}" title="پل" href="../../{name}">' in page
        assert f"fa/{name}" in told.tree()


def test_an_address_of_ours_is_nobodys(site: Folder) -> None:
    site.write("content/pages/x.md", '---\ntitle: X\nslug: {en: feed.json}\naliases: {en: [/cards/x]}\n---\n\nText.\n')
    said = site.run("build")
    assert said.status == 1 and "feed.json" in said.err
    site.write("content/pages/x.md", "---\ntitle: X\naliases: {en: [/cards/x]}\n---\n\nText.\n")
    assert "twin-address" in site.run("build").err


# --- the sitemap --------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["told", "example"])
def test_the_sitemap_is_valid_and_its_alternates_are_mutual(request: pytest.FixtureRequest, which: str) -> None:
    site: Folder = request.getfixturevalue(which)
    root = etree.fromstring((site.root / "public/sitemap.xml").read_bytes())
    rules = grammar("sitemap.rng")
    assert rules.validate(root), rules.error_log
    found = {
        url.findtext(f"{MAP}loc"): {x.get("hreflang"): x.get("href") for x in url.iter(f"{XHTML}link")}
        for url in root.iter(f"{MAP}url")
    }
    base = "https://example.org/" if which == "example" else BASE
    tree = site.tree()
    several = 0
    for address, others in found.items():
        path = unquote(address.removeprefix(base)) + "index.html"
        assert path in tree
        page = tree[path].decode()
        assert others == dict(re.findall(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">', page))
        if not others:
            continue
        several += 1
        assert set(others) == {"en", "fa", "x-default"}
        assert others["x-default"] == (base if address in (base, f"{base}en/", f"{base}fa/") else others["en"])
        if address != base:
            assert address in others.values()
        for other in set(others.values()):
            assert found[other] == others
    assert several > 4 and base in found


# --- Open Graph ---------------------------------------------------------------------------


def test_open_graph_says_what_a_link_leads_to(told: Folder) -> None:
    for tag, other in (("en", "fa_IR"), ("fa", "en_US")):
        found = properties(told.page(f"{tag}/posts/mixed/"))
        once = dict(found)
        assert len(once) == len(found)
        assert once["og:type"] == "article"
        assert once["og:url"] == f"{BASE}{tag}/posts/mixed/"
        assert once["og:locale"] == {"en": "en_US", "fa": "fa_IR"}[tag]
        assert once["og:locale:alternate"] == other
        assert once["og:site_name"] == {"en": "Pol", "fa": "پل"}[tag]
        assert once["og:title"] == {"en": "C++ in Persian", "fa": f"{LRI}C++{PDI} به فارسی"}[tag]
        assert once["article:published_time"] == "2026-03-20"
        assert once["article:modified_time"] == "2026-03-22"
        assert once["article:tag"] == {"en": "Code", "fa": "برنامه (C++)"}[tag]
        card = told.root / "public" / unquote(once["og:image"].removeprefix(BASE))
        with Image.open(card) as drawn:
            assert drawn.size == (int(once["og:image:width"]), int(once["og:image:height"])) == (1200, 630)
        assert once["og:image:alt"].startswith(once["og:title"])
    assert told.page("en/posts/mixed/").count('name="twitter:card" content="summary_large_image"') == 1


def test_every_page_for_indexing_has_a_title_an_address_and_a_picture(example: Folder) -> None:
    tree = example.tree()
    seen = 0
    for path, data in tree.items():
        page = data.decode(errors="replace")
        if not path.endswith("index.html") or path == "index.html" or "noindex" in page:
            continue
        seen += 1
        found = dict(properties(page))
        assert found["og:title"] and found["og:site_name"] and found["og:type"], path
        assert unquote(found["og:url"].removeprefix("https://example.org/")) + "index.html" == path
        assert unquote(found["og:image"].removeprefix("https://example.org/")) in tree, path
        (canonical,) = re.findall(r'<link rel="canonical" href="([^"]*)"', page)
        assert canonical == found["og:url"]
    assert seen > 50


# --- JSON-LD ------------------------------------------------------------------------------


def test_json_ld_says_which_is_the_original(told: Folder) -> None:
    english, persian = (data_of(told.page(f"{tag}/posts/mixed/")) for tag in ("en", "fa"))
    for tag, found in (("en", english), ("fa", persian)):
        assert (found["@context"], found["@type"], found["inLanguage"]) == ("https://schema.org", "Article", tag)
        assert found["@id"] == found["url"] == f"{BASE}{tag}/posts/mixed/"
        assert (found["datePublished"], found["dateModified"]) == ("2026-03-20", "2026-03-22")
        assert found["isBasedOn"] == "https://courier.example/x?a=1&b=2"
        assert found["publisher"]["name"] == {"en": "Pol", "fa": "پل"}[tag]
        for address in (*found["image"], found["publisher"]["url"]):
            path = unquote(address.removeprefix(BASE))
            assert path in told.tree() or f"{path}index.html" in told.tree()
        (author,) = found["author"]
        assert author["name"] == {"en": "Leila Kohan", "fa": "لیلا کهن"}[tag]
        assert unquote(author["url"].removeprefix(BASE)) + "index.html" in told.tree()
    assert persian["headline"] == "C++ به فارسی"
    assert persian["translationOfWork"] == {"@type": "Article", "@id": english["@id"], "inLanguage": "en"}
    assert english["workTranslation"] == [{"@type": "Article", "@id": persian["@id"], "inLanguage": "fa"}]
    assert "workTranslation" not in persian and "translationOfWork" not in english
    # written in Persian, the Persian one is the original
    assert data_of(told.page("en/posts/other/"))["translationOfWork"]["inLanguage"] == "fa"
    # an edition that is withheld is no translation, and says nothing
    assert not {"translationOfWork", "workTranslation"} & set(data_of(told.page("en/posts/alone/")))
    assert "ld+json" not in told.page("fa/posts/alone/")


def test_the_front_page_says_whose_site_it_is(told: Folder) -> None:
    assert data_of(told.page("en/")) == {
        "@context": "https://schema.org", "@type": "WebSite", "@id": f"{BASE}en/", "name": "Pol",
        "description": "Two tongues", "inLanguage": "en", "url": f"{BASE}en/",
    }  # fmt: skip


def test_no_text_ends_the_element_that_holds_it(told: Folder) -> None:
    for tag in ("en", "fa"):
        page = told.page(f"{tag}/posts/nasty/")
        found = data_of(page)
        assert found["headline"].endswith(NASTY) and found["description"].endswith(NASTY)
        assert dict(properties(page))["og:title"].replace(LRI, "").replace(PDI, "").endswith(NASTY)
        tree = html5lib.parse(page, namespaceHTMLElements=False)
        assert [one.get("type") or one.get("src") for one in tree.iter("script")].count("application/ld+json") == 1
        assert all(one.get("src") or one.get("type") == "application/ld+json" for one in tree.iter("script"))


@pytest.mark.browser
def test_a_browser_runs_none_of_it_and_complains_of_nothing(told: Folder, browser: Any) -> None:
    """Data in a script element is no script: the pages' own policy has nothing against it."""
    assert told.run("build", "--portable", "--out", str(told.root / "portable")).status == 0
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for tag in ("en", "fa"):
        path = told.root / f"portable/{tag}/posts/nasty/index.html"
        assert "http-equiv=\"Content-Security-Policy\"" in path.read_text()
        assert "unsafe-inline" not in path.read_text()
        page.goto(path.as_uri())
        found = page.evaluate(
            "JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent).headline"
        )
        assert found.endswith(NASTY) and page.title() != "run"
    page.close()
    assert not [one for one in said if "ontent" in one and "olicy" in one], said
