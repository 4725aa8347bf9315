"""The built site: links, addresses, switches, feeds, the same bytes."""

from __future__ import annotations

import posixpath
import re
import shutil
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5lib
import pytest
from conftest import ROOT, SITE, Folder

ATOM = "{http://www.w3.org/2005/Atom}"


class Page(HTMLParser):
    """Links, ids and a few tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.alternates: dict[str, str] = {}
        self.switch: dict[str, str] = {}
        self.in_switch = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.attributes.setdefault(tag, values)
        for name in ("href", "src"):
            if values.get(name):
                self.links.append((tag, str(values[name])))
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "link" and "hreflang" in values:
            self.alternates[str(values["hreflang"])] = str(values["href"])
        if tag == "nav":
            self.in_switch = values.get("class") == "switch"
        if self.in_switch and tag == "a" and "hreflang" in values:
            self.switch[str(values["hreflang"])] = str(values["href"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "nav":
            self.in_switch = False


def pages(tree: dict[str, bytes]) -> dict[str, Page]:
    return {path: Page(data.decode()) for path, data in tree.items() if path.endswith(".html")}


def target(path: str, href: str, tree: dict[str, bytes]) -> tuple[str, str]:
    """The file that a relative link leads to, and its fragment."""
    split = urlsplit(href)
    where = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(split.path)))
    if not split.path:
        where = path
    elif split.path.endswith("/") or where in (".", ""):
        where = posixpath.normpath(posixpath.join(where, "index.html"))
    return where, unquote(split.fragment)


@pytest.fixture(scope="module", params=["plain", "portable"])
def tree(request: pytest.FixtureRequest, example: Folder) -> dict[str, bytes]:
    if request.param == "portable":
        assert example.run("build", "--portable", "--out", str(example.root / "portable")).status == 0
        return example.tree("portable")
    return example.tree()


def test_no_link_is_dead(tree: dict[str, bytes]) -> None:
    dead = []
    found = pages(tree)
    for path, page in found.items():
        if path == "404.html":
            continue
        for tag, href in page.links:
            if urlsplit(href).scheme:
                continue
            where, fragment = target(path, href, tree)
            if where not in tree or (
                fragment and where.endswith(".html") and fragment not in found[where].ids
            ):
                dead.append((path, tag, href))
    assert not dead


def test_no_id_stands_twice(tree: dict[str, bytes]) -> None:
    for path, page in pages(tree).items():
        assert len(set(page.ids)) == len(page.ids), path


def test_every_page_says_its_language_and_direction(example: Folder) -> None:
    directions = {"en": "ltr", "fa": "rtl"}
    for path, page in pages(example.tree()).items():
        tag = path.partition("/")[0]
        if tag in directions:
            html = page.attributes["html"]
            assert (html["lang"], html["dir"]) == (tag, directions[tag]), path


def test_the_switch_leads_to_the_same_page_and_back(example: Folder) -> None:
    tree = example.tree()
    found = pages(tree)
    kinds = set()
    for path, page in found.items():
        tag = path.partition("/")[0]
        if tag not in ("en", "fa") or "http-equiv=\"refresh\"" in tree[path].decode():
            continue
        (other,) = {"en", "fa"} - {tag}
        where, _ = target(path, page.switch[other], tree)
        assert where in tree, path
        back, _ = target(where, found[where].switch[tag], tree)
        kind = path.split("/")[1]
        kinds.add(kind)
        if kind in ("posts", "people", "publishers", "tags", "page") and "archive" not in where:
            assert back == path, (path, where)
        if kind == "archive" and path.count("/") > 2:
            assert where == f"{other}/archive/index.html"
    assert {"posts", "tags", "people", "publishers", "archive", "page", "index.html"} <= kinds


def test_hreflang_joins_true_counterparts_only(example: Folder) -> None:
    tree = example.tree()
    found = pages(tree)
    base = "https://example.org/"
    for path, page in found.items():
        for tag, href in page.alternates.items():
            where = unquote(href.removeprefix(base)) + "index.html"
            assert where in tree, (path, href)
            if tag == "x-default" or path == "index.html":
                continue
            assert found[where].alternates == page.alternates, (path, where)
    withheld = found["fa/posts/film-nights/index.html"]
    assert not withheld.alternates


def test_feeds_are_atom_with_absolute_links(example: Folder) -> None:
    for tag in ("en", "fa"):
        root = ET.fromstring(example.read(f"public/{tag}/feed.xml"))
        assert root.tag == f"{ATOM}feed"
        assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == tag
        ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
        assert len(ids) == len(set(ids)) > 5
        for entry in root.iter(f"{ATOM}entry"):
            for required in ("title", "id", "updated", "content"):
                assert entry.findtext(f"{ATOM}{required}"), required
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.findtext(f"{ATOM}updated") or "")
            content = Page(entry.findtext(f"{ATOM}content") or "")
            for _, href in content.links:
                assert urlsplit(href).scheme or href.startswith("#fn"), href


def test_the_sitemap_lists_what_is_for_indexing(example: Folder) -> None:
    tree = example.tree()
    root = ET.fromstring(tree["sitemap.xml"].decode())
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    listed = {unquote(loc.text or "") for loc in root.iter(f"{space}loc")}
    expected = set()
    for path, data in tree.items():
        if path.endswith("index.html") and b'content="noindex"' not in data:
            expected.add("https://example.org/" + path.removesuffix("index.html"))
    assert listed == expected


def test_persian_pages_have_persian_dates_and_digits(example: Folder) -> None:
    page = example.page("fa/posts/نوروز-در-تارنهولت/")
    assert '<time datetime="2026-03-20T08:00:00+00:00"><bdi>۲۹ اسفند ۱۴۰۴</bdi></time>' in page
    assert "March 2026" in example.page("en/posts/nowruz/")
    assert "en/archive/2026/03/index.html" in example.tree()
    assert "fa/archive/1404/12/index.html" in example.tree()
    assert "fa/archive/1405/01/index.html" in example.tree()
    month = example.page("fa/archive/1405/01/")
    assert "فروردین ۱۴۰۵" in month


def test_the_contact_address_is_for_people(example: Folder) -> None:
    page = example.page("en/")
    assert "bulletin@example.org" not in page and "mailto:bulletin" not in page
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for hidden in tree.iter():
        for child in list(hidden):
            if child.get("hidden") is not None:
                child.text = ""
    assert "bulletin@example.org" in "".join(tree.itertext())


def test_no_page_asks_another_host(example: Folder) -> None:
    for path, page in pages(example.tree()).items():
        for tag, href in page.links:
            if tag in ("img", "script", "source", "iframe", "audio", "video"):
                assert not urlsplit(href).netloc, (path, href)
        for script in re.findall("<script[^>]*>", example.tree()[path].decode()):
            assert ' src="' in script or 'type="application/ld+json"' in script, path  # data runs not


def test_blocks_have_the_same_ids_in_both_editions(example: Folder) -> None:
    block = re.compile(r'id="(b-[0-9a-f]{8}(?:-\d+)?)"')
    english = block.findall(example.page("en/posts/nowruz/"))
    persian = block.findall(example.page("fa/posts/نوروز-در-تارنهولت/"))
    assert english == persian and len(english) > 20


# --- laws ---------------------------------------------------------------------------------


def test_same_bytes_whatever_the_processes_and_the_cache(example: Folder, tmp_path: Path) -> None:
    reference = example.tree()
    for number, arguments in enumerate((("--jobs", "1"), ("--jobs", "2"), ("--no-cache",))):
        out = tmp_path / str(number)
        assert example.run("build", "--out", str(out), *arguments).status == 0
        made = {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
        assert made == reference, arguments


def test_a_second_build_writes_nothing(example: Folder) -> None:
    before = {path: (example.root / "public" / path).stat().st_mtime_ns for path in example.tree()}
    said = example.run("build")
    assert said.status == 0 and " 0 written" in said.out
    after = {path: (example.root / "public" / path).stat().st_mtime_ns for path in example.tree()}
    assert before == after


def test_what_is_gone_is_removed(site: Folder) -> None:
    site.post("a", "Text.\n")
    site.post("b", "Text.\n")
    assert site.run("build").status == 0
    assert (site.root / "public/en/posts/b/index.html").exists()
    (site.root / "content/posts/b.md").unlink()
    said = site.run("build")
    assert said.status == 0 and "removed" in said.out
    assert not (site.root / "public/en/posts/b").exists()
    assert [path.name for path in (site.root / "public").rglob(".dozaban*")] == [".dozaban-output"]


def test_the_examples_catalogues_are_up_to_date() -> None:
    said = Folder(ROOT).run("update", "--check")
    assert said.status == 0, said.out + said.err


def test_two_documents_with_one_address_are_refused_with_both_names(site: Folder) -> None:
    site.post("a", "Text.\n", slug="{en: same}")
    site.post("b", "Text.\n", slug="{en: Same}")
    said = site.run("build")
    assert said.status == 1
    assert "twin-address" in said.err and "content/posts/a.md" in said.err and "content/posts/b.md" in said.err


def test_pagination_and_tags(site: Folder) -> None:
    for day in range(1, 8):
        site.post(f"p{day}", "Text.\n", date=f"2026-03-0{day}", tags="[music]")
    assert site.run("update").status == 0
    site.translate("terms", {"music": "موسیقی"})
    site.translate("terms", {"music": "Music"}, "en")
    assert site.run("build").status == 0
    assert "Title of p7" in site.page("en/") and "Title of p4" not in site.page("en/")
    assert "Title of p4" in site.page("en/page/2/") and "Title of p1" in site.page("en/page/3/")
    assert "Title of p1" in site.page("en/tags/music/page/3/")
    assert "موسیقی" in site.page("fa/tags/music/")
    assert 'rel="next"' in site.page("en/") and 'rel="prev"' in site.page("en/page/3/")


def test_a_site_without_templates_of_its_own_uses_the_tools(site: Folder) -> None:
    site.post("a", "Text.\n")
    assert site.run("update").status == 0
    assert not (site.root / "locales/fa/LC_MESSAGES/messages.po").exists()
    assert site.run("build").status == 0
    assert 'lang="fa"' in site.page("fa/") and "Skip to the text" not in site.page("fa/")


def test_a_template_is_overridden_file_by_file(site: Folder) -> None:
    site.post("a", "Text.\n")
    shutil.copytree(ROOT / "templates", site.root / "templates")
    for path in (site.root / "templates").iterdir():
        if path.name != "archive.html":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    text = site.read("templates/archive.html").replace("<h1", '<p>{{ _("Dig here") }}</p><h1')
    site.write("templates/archive.html", text)
    assert site.run("update").status == 0
    site.translate("messages", {"Dig here": "اینجا را بکاوید"})
    assert site.run("build").status == 0
    assert "اینجا را بکاوید" in site.page("fa/archive/")
    assert "Dig here" in site.page("en/archive/")
    assert "Dig here" not in site.page("fa/")


def test_the_switch_goes_above_where_there_is_no_counterpart(site: Folder) -> None:
    site.write("content/site.toml", SITE)
    site.post("a", "Text.\n")
    assert site.run("build").status == 0
    page = Page(site.page("en/archive/2026/03/"))
    assert page.switch["fa"] == "../../../../fa/archive/"
