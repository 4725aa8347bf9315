"""Pages run nothing inline, ask no other host and keep no cookie; the browser sees to it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import SITE, Folder, run, serving

FOREIGN = "https://elsewhere.example/"


# --- what is written -------------------------------------------------------------------------


class Page(HTMLParser):
    """What a policy forbids, and what the page says of itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.policy: dict[str, str] = {}
        self.metas: list[dict[str, str | None]] = []
        self.asked: list[str] = []
        self.before: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.inline += [f"<{tag} {name}>" for name in values if name == "style" or name.startswith("on")]
        data = values.get("type") == "application/ld+json"  # which nothing runs
        if tag == "style" or (tag == "script" and not values.get("src") and not data):
            self.inline.append(f"<{tag}>")
        if tag == "meta":
            self.metas.append(values)
            if values.get("http-equiv") == "Content-Security-Policy":
                assert not self.policy and not self.before, "asked for before the policy stands"
                parts = (part.strip().partition(" ") for part in str(values["content"]).split(";"))
                self.policy = {name: value for name, _, value in parts}
        if tag in ("link", "script", "img"):
            self.before.append(tag)
        if tag in ("script", "img", "source", "iframe", "audio", "video", "embed", "object"):
            self.asked += [str(values[name]) for name in ("src", "srcset", "data", "poster") if values.get(name)]
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload", "modulepreload"):
            self.asked.append(str(values["href"]))


def check_page(path: str, text: str) -> None:
    page = Page(text)
    assert page.inline == [], path
    assert page.policy["default-src"] == "'none'", path
    assert page.policy["base-uri"] == page.policy["form-action"] == "'none'" or "search" in path, path
    for name, value in page.policy.items():
        assert "unsafe-inline" not in value and "'unsafe-eval'" not in value and "*" not in value, (path, name)
        assert "wasm-unsafe-eval" not in value or "/search/" in path, path
        assert not re.search(r"https?:", value), (path, name)
    assert {"name": "referrer", "content": "same-origin"} in page.metas, path
    for address in page.asked:
        assert not re.match(r"[a-z][a-z0-9+.-]*:|//", address), (path, address)


def test_no_page_has_anything_inline_or_foreign(example: Folder) -> None:
    """Every page that there is: both editions, parallel, choice, 404, withheld, redirects."""
    tree = example.tree()
    kinds = {"en/index.html", "index.html", "404.html", "fa/posts/film-nights/index.html", "parallel/posts/nowruz/index.html"}
    assert kinds <= set(tree)
    assert any(b'http-equiv="refresh"' in data for data in tree.values())
    for path, data in tree.items():
        if path.endswith(".html"):
            check_page(path, data.decode())


def test_nor_has_the_status_site(example: Folder, tmp_path: Path) -> None:
    out = tmp_path / "status"
    assert run("-C", str(example.root), "status", "--html", str(out)).status == 0
    pages = sorted(out.rglob("*.html"))
    assert len(pages) > 20
    for path in pages:
        check_page(path.as_posix(), path.read_text(encoding="utf-8"))


def test_style_sheets_and_scripts_ask_no_other_host(example: Folder) -> None:
    found = [data.decode() for path, data in example.tree().items() if re.search(r"^assets/[^/]*\.(css|js)$", path)]
    assert len(found) >= 2
    for text in found:
        assert not re.search(r"url\(\s*['\"]?(?:[a-z]+:)?//|@import|XMLHttpRequest|document\.cookie", text)


# --- pictures on other hosts -----------------------------------------------------------------


def test_a_picture_on_another_host_is_a_link_and_a_warning(site: Folder) -> None:
    """In originals, msgstrs, references, links and front matter alike."""
    site.post(
        "a",
        f"Look: ![a bridge]({FOREIGN}far1.png).\n\n![]({FOREIGN}far2.png)\n\nBy ![reference][r].\n\n"
        f"[![inside]({FOREIGN}far3.png)](https://example.com/)\n\nUntouched.\n\n[r]: //elsewhere.example/far4.png\n",
        image=f'{{src: "{FOREIGN}far5.png", alt: A hall}}',
    )
    assert site.run("update").status == 0
    site.translate("posts/a", {"Title of a": "عنوان", "Untouched.": f"تصویر: ![پل]({FOREIGN}far6.png)"})
    said = site.run("check")
    for number, place in ((1, "content/posts/a.md:7"), (2, "content/posts/a.md:9"), (5, "content/posts/a.md:4")):
        assert re.search(rf"{place}:\d+: .*{FOREIGN}far{number}\.png", said.out + said.err), (number, said)
    assert re.search(rf"fa/LC_MESSAGES/posts/a\.po:\d+:\d+: .*{FOREIGN}far6\.png", said.out + said.err)
    assert said.out.count("[foreign-image]") == 6 or said.err.count("[foreign-image]") == 6
    assert site.run("build").status == 0
    english, persian = site.page("en/posts/a/"), site.page("fa/posts/a/")
    assert f'Look: <a href="{FOREIGN}far1.png">a bridge</a>.' in english
    assert f'<a href="{FOREIGN}far2.png"><bdi dir="ltr">{FOREIGN}far2.png</bdi></a>' in english
    assert '<a href="//elsewhere.example/far4.png">reference</a>' in english
    assert '<a href="https://example.com/">inside</a>' in english
    assert f'تصویر: <a href="{FOREIGN}far6.png">پل</a>' in persian
    for path, data in site.tree().items():
        assert b"<img" not in data and b"far5.png" not in data, path
    site.write("content/site.toml", SITE + '\n[checks]\nforeign-image = "error"\n')
    assert site.run("build").status == 1


# --- in a browser ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(example: Folder) -> Iterator[str]:
    """The built example on loopback, in a subfolder, as a host would serve it."""
    root = example.root / "strict"
    root.mkdir(exist_ok=True)
    if not (root / "sub").exists():
        (root / "sub").symlink_to(example.root / "public")
    with serving(root) as address:
        yield f"{address}sub/"


class Watched:
    """A tab that writes down what it asks, what it says and what its policy forbids."""

    def __init__(self, browser: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 800})
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(f"{self.page.url}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.expose_function("forbidden", lambda what: self.complaints.append(f"{self.page.url}: {what}"))
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => forbidden(`${e.violatedDirective} ${e.blockedURI}`))"
        )


@pytest.fixture
def watched(browser: Any) -> Iterator[Watched]:
    made = Watched(browser)
    yield made
    made.context.close()


KINDS = (
    "", "en/", "fa/", "en/posts/nowruz/", "fa/posts/نوروز-در-تارنهولت/", "fa/posts/film-nights/", "en/archive/",
    "fa/tags/", "en/people/", "en/about/", "en/posts/ink-and-compass/", "parallel/posts/nowruz/",
    "parallel/posts/setar-evening/", "fa/posts/چهارباغ-زیر-شیشه/",
)  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize("opened", ["served", "disk"])
def test_the_pages_satisfy_their_policy(
    opened: str, example: Folder, server: str, watched: Watched, tmp_path: Path
) -> None:
    """No violation, no console message, no foreign request, no cookie; and styles do apply."""
    base, index = server, ""
    if opened == "disk":
        assert example.run("build", "--portable", "--out", str(tmp_path / "disk")).status == 0
        base, index = (tmp_path / "disk").as_uri() + "/", "index.html"
    page = watched.page
    tree = example.tree()
    for address in KINDS:
        assert f"{address}index.html" in tree, address
        page.goto(base + quote(address) + index)
        assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
        assert page.evaluate("[...document.images].every((one) => one.loading === 'lazy' || one.naturalWidth)")
    page.goto(base + "404.html") if opened == "disk" else None
    redirect = next(path for path, data in sorted(tree.items()) if b'http-equiv="refresh"' in data)
    page.goto(base + quote(redirect.removesuffix("index.html")) + index)
    page.wait_for_url(re.compile("/posts/(?!" + re.escape(quote(redirect.split("/")[2])) + ")"))
    page.goto(base + "en/posts/nowruz/" + index)
    page.click(".switch a[hreflang=fa]")
    assert page.evaluate("localStorage.getItem('dozaban.language')") == "fa"  # the script does run
    assert watched.complaints == []
    assert [one for one in watched.requests if not one.startswith(base)] == []
    assert watched.context.cookies() == [] and page.evaluate("document.cookie") == ""


@pytest.mark.browser
def test_the_policy_is_in_force(server: str, watched: Watched) -> None:
    """What a stranger would put into a page does not run, and asks nobody."""
    watched.page.goto(server + "en/posts/nowruz/")
    watched.page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      const image = new Image();
      image.src = "https://elsewhere.example/x.png";
      document.body.append(image);
      document.body.setAttribute("style", "margin: 77px");
    }""")
    watched.page.wait_for_function("() => document.images[document.images.length - 1].complete")
    assert watched.page.evaluate("window.ran") is None
    assert watched.page.evaluate("getComputedStyle(document.body).margin") == "0px"
    assert len([one for one in watched.complaints if "-src" in one]) >= 3


@pytest.mark.browser
def test_raw_html_is_under_the_policy_too(site: Folder, watched: Watched) -> None:
    site.write("content/site.toml", SITE + "\n[content]\nraw_html = true\n")
    site.post("a", f'<p id="raw" style="margin: 77px"><img src="{FOREIGN}x.png" alt=""></p>\n')
    assert site.run("build", "--portable").status == 0
    answered: list[str] = []
    watched.page.on("response", lambda response: answered.append(response.url))
    watched.page.on("requestfinished", lambda request: answered.append(request.url))
    watched.page.goto((site.root / "public/en/posts/a/index.html").as_uri())
    assert watched.page.evaluate("getComputedStyle(document.getElementById('raw')).marginLeft") == "0px"
    assert not [one for one in answered if one.startswith("http")]


@pytest.mark.browser
def test_serve_reloads_under_the_policy(site: Folder, watched: Watched) -> None:
    site.post("a", "First words.\n")
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", "from pipeline.cli import run; run()", "-C", str(site.root), "serve",
         "--port", "0"], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert found
        page = watched.page
        page.goto(found[0] + "en/posts/a/")
        page.wait_for_function("() => document.querySelector('.body').textContent.includes('First words')")
        site.post("a", "Second words.\n")
        page.wait_for_function("() => document.querySelector('.body').textContent.includes('Second words')")
        site.write("content/posts/b.md", "---\ntitle: a: b\n---\n")
        page.wait_for_selector("#dozaban-problems")
        assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)") > 0
        assert watched.complaints == []
        page.close()
    finally:
        process.terminate()
        process.wait(10)
