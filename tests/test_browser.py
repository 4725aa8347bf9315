"""The example site in a real browser, both editions, at three widths."""

from __future__ import annotations

import importlib.resources
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from conftest import CI, Folder, need, serving

pytestmark = pytest.mark.browser

WIDTHS = (320, 768, 1280)


@pytest.fixture(scope="module")
def server(example: Folder) -> Iterator[str]:
    """The built example on loopback, in a subfolder, as a host would serve it."""
    root = example.root / "host"
    root.mkdir(exist_ok=True)
    # 404 is served at any depth and finds its own by the path of base_url, which is the root.
    for name, target in (("sub", "public"), ("assets", "public/assets"), ("en", "public/en"), ("fa", "public/fa")):
        if not (root / name).exists():
            (root / name).symlink_to(example.root / target)
    with serving(root) as address:
        yield f"{address}sub/"


def addresses(example: Folder) -> list[str]:
    """Every page that is no redirect, by its address."""
    return sorted(
        path.removesuffix("index.html")
        for path, data in example.tree().items()
        if path.endswith("index.html") and b'http-equiv="refresh"' not in data
    )


SHOWN = (
    "", "404.html",
    "en/", "en/page/2/", "en/posts/ash-for-forty/", "en/posts/setar-evening/", "en/posts/film-nights/",
    "en/archive/", "en/archive/2026/03/", "en/tags/", "en/tags/music/", "en/people/", "en/publishers/",
    "en/about/", "en/posts/autumn-at-the-library/", "en/posts/two-scripts/", "en/posts/new-year-letter/",
    "en/search/", "en/newsletters/", "en/newsletters/autumn-reading/",
    "fa/", "fa/page/2/", "fa/posts/ash-for-forty/", "fa/posts/setar-evening/", "fa/posts/film-nights/",
    "fa/archive/", "fa/archive/1405/01/", "fa/tags/", "fa/tags/music/", "fa/people/",
    "fa/publishers/", "fa/posts/autumn-at-the-library/", "fa/posts/two-scripts/",
    "fa/search/", "fa/newsletters/", "fa/newsletters/autumn-reading/",
    "parallel/posts/ash-for-forty/", "parallel/posts/new-year-letter/",
)  # fmt: skip


def shown(example: Folder) -> list[str]:
    """The addresses of `SHOWN` that the example has: nearly all."""
    known = {*addresses(example), "404.html"}
    found = [address for address in SHOWN if address in known]
    assert len(found) >= len(SHOWN) - 3, set(SHOWN) - known
    return found


@pytest.fixture
def watched(server: str, browser: Any) -> Iterator[tuple[Any, list[str]]]:
    """A page, and what went wrong on it: console messages, failed and foreign requests."""
    complaints: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    # A favicon that is still on its way when the next page is opened counts as aborted.
    page.on("requestfailed", lambda r: r.failure == "net::ERR_ABORTED" or complaints.append(f"{r.failure}: {r.url}"))
    page.on("request", lambda r: r.url.startswith(server.removesuffix("sub/")) or complaints.append(f"foreign: {r.url}"))
    page.on("response", lambda r: r.status < 400 or complaints.append(f"{r.status}: {r.url}"))
    yield page, complaints
    page.close()


def test_every_page_at_every_width(example: Folder, server: str, watched: Any) -> None:
    """`lang`, `dir`, no sideways scrolling, no failed or foreign request, no console message."""
    page, complaints = watched
    for address in shown(example):
        page.goto(server + quote(address))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            found = page.evaluate(
                "() => ({lang: document.documentElement.lang, dir: document.documentElement.dir,"
                " wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,"
                " computed: getComputedStyle(document.body).direction})"
            )
            expected = {"fa": "rtl"}.get(address[:2], "ltr")
            assert found["lang"] == ("fa" if expected == "rtl" else "en"), address
            assert found["dir"] == found["computed"] == expected, address
            assert found["wide"] <= 0, (address, width)
    assert not complaints


def axe() -> str:
    """axe-core's source, from PyPI's axe-playwright-python."""
    try:
        return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        if CI:
            pytest.fail("axe-playwright-python is missing")
        pytest.skip("axe-playwright-python is missing: pip install it to run this test")


LOOKS = [(width, scheme) for width in WIDTHS for scheme in ("light", "dark")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing(example: Folder, server: str, watched: Any, width: int, scheme: str) -> None:
    """Each page in one of the six looks at least, and every sort of page in all six."""
    page, complaints = watched
    source = axe()
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    turn = LOOKS.index((width, scheme))
    sorts = ("", "en/", "fa/", "en/posts/ash-for-forty/", "fa/posts/ash-for-forty/", "en/search/", "fa/tags/music/",
             "fa/posts/film-nights/", "fa/newsletters/autumn-reading/", "parallel/posts/ash-for-forty/")  # fmt: skip
    wrong = []
    for number, address in enumerate(shown(example)):
        if address not in sorts and number % len(LOOKS) != turn:
            continue
        page.goto(server + quote(address))
        page.evaluate(source)
        for one in page.evaluate("axe.run()")["violations"]:
            wrong.append((address, one["id"], [node["html"][:120] for node in one["nodes"]][:3]))
    assert not wrong
    assert not complaints


@pytest.mark.parametrize("address", ["en/posts/ash-for-forty/", "fa/posts/ash-for-forty/", "fa/", "en/search/",
                                     "fa/newsletters/autumn-reading/", "parallel/posts/ash-for-forty/", "404.html"])  # fmt: skip
def test_the_keyboard_alone_reaches_everything(server: str, watched: Any, address: str) -> None:
    """The skip link first, then all that can be followed, pressed, filled in or scrolled."""
    page, complaints = watched
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(server + quote(address))
    wanted = page.evaluate(
        """() => {
          const all = [...document.querySelectorAll("a[href], button, input:not([disabled]), [tabindex='0']")];
          const scrolled = [...document.querySelectorAll("*")].filter((one) =>
            one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(one).overflowX));
          window.wanted = [...new Set([...all, ...scrolled])].filter((one) => one.checkVisibility());
          return window.wanted.length;
        }"""
    )
    reached: list[int] = []
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
              const one = document.activeElement, box = one.getBoundingClientRect();
              if (one === document.body) return null;
              return {place: window.wanted.indexOf(one), text: one.className,
                      seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
                      drawn: getComputedStyle(one).outlineStyle !== "none"};
            }"""
        )
        if found is None or found["place"] in reached:
            break
        assert found["seen"] and found["drawn"], (found, len(reached))
        if not reached and address not in ("", "404.html"):
            assert found["text"] == "skip"
        reached.append(found["place"])
    assert sorted(reached) == list(range(wanted)), set(range(wanted)) - set(reached)
    if address != "404.html":
        page.keyboard.press("Home")
        page.focus(".skip")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert not complaints


def test_print_has_the_piece_and_not_the_navigation(
    server: str, browser: Any, tmp_path: Path
) -> None:
    need("pdftotext")
    for address, words, navigation in (
        ("en/posts/ash-for-forty/", ("forty", "Lentils", "tahdig"), ("Archive", "Subjects", "Search", "Feed")),
        ("fa/posts/ash-for-forty/", ("(۱)",), ()),
    ):
        page = browser.new_page()
        page.goto(server + quote(address))
        hidden = page.evaluate("[...document.querySelectorAll('nav, .foot, .elsewhere')].map((one) => one.innerText)")
        assert any(hidden)
        page.emulate_media(media="print")
        shown_now = "[...document.querySelectorAll('nav, .foot, .elsewhere, .related, .turn, .skip')].filter((one) => one.checkVisibility()).length"
        assert page.evaluate(shown_now) == 0, address
        assert page.evaluate("document.querySelector('.body').checkVisibility()")
        sheet = tmp_path / "piece.pdf"
        page.pdf(path=str(sheet), format="A4")
        page.close()
        text = subprocess.run(["pdftotext", "-layout", str(sheet), "-"], capture_output=True, check=True).stdout.decode()
        if address.startswith("en"):
            assert all(word in text for word in words), text
            assert not [word for word in navigation if word in text], text
        assert sheet.stat().st_size > 5_000


def test_the_switch_there_and_back(example: Folder, server: str, browser: Any) -> None:
    page = browser.new_page()
    for address in shown(example):
        if address[:3] not in ("en/", "fa/") or address.endswith(("/tags/", "/people/", "two-scripts/", "letter/")):
            continue
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


def test_the_menu_says_where_one_is(example: Folder, server: str, browser: Any) -> None:
    """The page itself, or the list above it."""
    page = browser.new_page()
    for address, current in (
        ("en/", ("page", "Home")), ("en/tags/", ("page", "Subjects")), ("en/tags/music/", ("true", "Subjects")),
        ("en/archive/2026/03/", ("true", "Archive")), ("en/about/", ("page", "About Pol")),
        ("en/newsletters/autumn-reading/", ("true", "Newsletter")), ("fa/archive/1405/", ("true", "بایگانی")),
        ("en/posts/ash-for-forty/", None),
    ):  # fmt: skip
        page.goto(server + address)
        found = page.evaluate(
            "[...document.querySelectorAll('.sections [aria-current]')].map((one) => [one.ariaCurrent, one.innerText])"
        )
        assert found == ([list(current)] if current else []), address
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


def test_words_without_end_widen_no_page(site: Folder, browser: Any) -> None:
    """A title, a tag, an address, code and a table that nothing can break."""
    long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik"
    text = (site.root / "content/site.toml").read_text(encoding="utf-8")
    site.write("content/site.toml", text.replace('"Pol"', f'"{long} {long}"') + "[outputs]\nparallel = true\n")
    body = f"{long} https://example.org/{'x' * 120} `{'y' * 90}`\n\n| a |\n|-|\n| {'w' * 80} |\n\n```\n{'z' * 120}\n```\n"
    site.post("a", body, title=long, summary=long, tags=f"[{long}, {long}2]", credit=f"{{authors: [{long}], place: {long}}}")
    site.post("b", "متن", lang="fa", title="کتابخانه" * 12)
    assert site.run("build", "--portable").status == 0
    page = browser.new_page()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for address in ("", "en/", "fa/", "en/posts/a/", "fa/posts/b/", "en/tags/", "en/people/", "parallel/posts/a/"):
            found = site.root / "public" / address / "index.html"
            if address.startswith("parallel") and not found.exists():
                continue
            page.goto(found.as_uri())
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (address, width)
    page.close()


def test_no_text_of_a_list_stands_on_a_picture(example: Folder, browser: Any) -> None:
    page = browser.new_page()
    for address in ("en/tags/gardens/", "fa/archive/1405/08/"):
        page.goto((example.root / "public" / address / "index.html").as_uri())
        for width in (700, 1000, 1024, 1100, 1240):
            page.set_viewport_size({"width": width, "height": 800})
            over = page.evaluate(
                """[...document.querySelectorAll('.entry:has(.picture)')].filter(entry => {
                    const picture = entry.querySelector('.picture').getBoundingClientRect();
                    return [...entry.querySelectorAll('.title, .summary')].some(one => {
                        const range = document.createRange(); range.selectNodeContents(one);
                        return [...range.getClientRects()].some(r => r.left < picture.right - 1 && r.right > picture.left + 1
                            && r.top < picture.bottom && r.bottom > picture.top);
                    });
                }).length"""
            )
            assert over == 0, (address, width)
    page.close()
