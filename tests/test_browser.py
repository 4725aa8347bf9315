"""The example site in a real browser, both editions, at three widths."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from conftest import Folder

pytestmark = pytest.mark.browser

WIDTHS = (320, 768, 1280)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server(example: Folder) -> Iterator[str]:
    """The built example on loopback, in a subfolder, as a host would serve it."""
    root = example.root / "host"
    root.mkdir(exist_ok=True)
    link = root / "sub"
    if not link.exists():
        link.symlink_to(example.root / "public")
    handler = functools.partial(Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}/sub/"
        listening.shutdown()


def addresses(example: Folder) -> list[str]:
    """Every page that is no redirect, by its address."""
    return sorted(
        path.removesuffix("index.html")
        for path, data in example.tree().items()
        if path.endswith("index.html") and b'http-equiv="refresh"' not in data
    )


SHOWN = (
    "",
    "en/", "en/page/2/", "en/posts/ash-for-forty/", "en/posts/setar-evening/", "en/posts/film-nights/",
    "en/archive/", "en/archive/2026/03/", "en/tags/", "en/tags/music/", "en/people/", "en/publishers/",
    "en/about/", "en/posts/autumn-at-the-library/", "en/posts/two-scripts/", "en/posts/new-year-letter/",
    "fa/", "fa/page/2/", "fa/posts/ash-for-forty/", "fa/posts/setar-evening/", "fa/posts/film-nights/",
    "fa/archive/", "fa/archive/1405/01/", "fa/tags/", "fa/tags/music/", "fa/people/",
    "fa/publishers/", "fa/posts/autumn-at-the-library/", "fa/posts/two-scripts/",
)  # fmt: skip


def test_every_page_at_every_width(example: Folder, server: str, browser: Any) -> None:
    """`lang`, `dir`, no sideways scrolling, no failed or foreign request, no console message."""
    known = set(addresses(example))
    shown = [address for address in SHOWN if address in known]
    assert len(shown) >= len(SHOWN) - 3, set(SHOWN) - known
    complaints: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    # A favicon that is still on its way when the next page is opened counts as aborted.
    page.on("requestfailed", lambda r: r.failure == "net::ERR_ABORTED" or complaints.append(f"{r.failure}: {r.url}"))
    page.on("request", lambda r: r.url.startswith(server) or complaints.append(f"foreign: {r.url}"))
    page.on("response", lambda r: r.status < 400 or complaints.append(f"{r.status}: {r.url}"))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for address in shown:
            page.goto(server + quote(address))
            found = page.evaluate(
                "() => ({lang: document.documentElement.lang, dir: document.documentElement.dir,"
                " wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,"
                " computed: getComputedStyle(document.body).direction})"
            )
            if address:
                expected = {"en": "ltr", "fa": "rtl"}
                assert found["lang"] == address[:2], address
                assert found["dir"] == found["computed"] == expected[address[:2]], address
            assert found["wide"] <= 0, (address, width)
    page.close()
    assert not complaints


def test_the_switch_there_and_back(example: Folder, server: str, browser: Any) -> None:
    page = browser.new_page()
    for address in (a for a in SHOWN if a and a in set(addresses(example))):
        page.goto(server + quote(address))
        (other,) = {"en", "fa"} - {address[:2]}
        page.click(f"nav.switch a[hreflang={other}]")
        there = unquote(page.url.removeprefix(server))
        assert there.startswith(other + "/"), (address, there)
        page.click(f"nav.switch a[hreflang={address[:2]}]")
        back = unquote(page.url.removeprefix(server))
        if there.split("/")[1] in ("posts", "tags", "people", "publishers", "page"):
            assert back == address
    page.close()


def test_it_works_opened_from_disk(example: Folder, browser: Any, tmp_path: Path) -> None:
    out = tmp_path / "disk"
    assert example.run("build", "--portable", "--out", str(out)).status == 0
    page = browser.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto((out / "index.html").as_uri())
    page.click("a[hreflang=fa]")
    assert page.evaluate("document.documentElement.lang") == "fa"
    page.click("main article .title a:not([hreflang]) >> nth=0")
    assert page.evaluate("document.documentElement.lang") == "fa"
    page.click("nav.switch a[hreflang=en]")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("getComputedStyle(document.body).margin") is not None
    page.close()
    assert not failed


def test_mixed_text_reads_as_in_isolation(site: Folder, browser: Any) -> None:
    """Latin runs in a Persian paragraph keep the order that they have alone."""
    runs = ["C++", "Python 3.12", "2025-03-20", "+98 21 1234 5678", "user@example.org", "5°C", "v3.12"]
    body = "".join(f"متن فارسی با {run} در میان جمله.\n\n" for run in runs)
    site.post("m", body, lang="fa", title="آزمون")
    assert site.run("build", "--portable").status == 0
    page = browser.new_page()
    page.goto((site.root / "public/fa/posts/m/index.html").as_uri())
    wrong = page.evaluate(
        """(runs) => runs.filter((run, n) => {
          const p = document.querySelectorAll("main .body p")[n];
          const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.data.indexOf(run);
            if (at < 0) continue;
            let last = -1;
            for (let i = at; i < at + run.length; i++) {
              const range = document.createRange();
              range.setStart(node, i); range.setEnd(node, i + 1);
              const box = range.getBoundingClientRect();
              if (!box.width) continue;
              if (box.left < last - 0.5) return true;
              last = box.left;
            }
            return false;
          }
          return true;
        })""",
        runs,
    )
    page.close()
    assert wrong == []
