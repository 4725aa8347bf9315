"""The switch of language keeps the reader's place; paragraphs can be shared; the choice is remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from conftest import Folder

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 640}
LONG = {"en": "en/posts/nowruz/", "fa": "fa/posts/نوروز-در-تارنهولت/"}
OTHER = {"en": "fa", "fa": "en"}


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A tab with a memory of its own, which must have nothing to complain of."""
    context = browser.new_context(viewport=DESKTOP)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert not complaints


IDS = "() => [...document.querySelectorAll('.body [id^=\"b-\"]')].filter((b) => b.matches('p, li, h2, h3')).map((b) => b.id)"

BRING = """([id, at]) => {
  const box = document.getElementById(id).getBoundingClientRect();
  scrollTo({top: scrollY + box.top - (at < 0 ? at * box.height : at), behavior: "instant"});
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""

BOX = """(id) => {
  const {top, height} = document.getElementById(id).getBoundingClientRect();
  return {top, height, end: scrollY + innerHeight >= document.documentElement.scrollHeight - 1};
}"""


def place(page: Any, identity: str) -> dict[str, float]:
    """Where a block is on the screen; `end`: the page cannot be scrolled further."""
    page.wait_for_load_state("load")
    found: dict[str, float] = page.evaluate(BOX, identity)
    return found


def press(page: Any, selector: str) -> None:
    """A click where a link is on the screen: Playwright's own would scroll to it first."""
    box = page.locator(selector).bounding_box()
    with page.expect_navigation():
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def shown_at(page: Any, identity: str, height: float) -> bool:
    """Whether a block is at that height (or that part of it above the edge), as nearly as the page's end allows."""
    found = place(page, identity)
    wanted = height * found["height"] if height < 0 else height
    return abs(found["top"] - wanted) < 2 or bool(found["end"] and found["top"] > wanted)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("tag", ["en", "fa"])
def test_the_switch_keeps_the_paragraph(server: str, page: Any, tag: str, size: dict[str, int]) -> None:
    """The first block in view is at the same height on the other page, and back again."""
    page.set_viewport_size(size)
    page.goto(server + quote(LONG[tag]))
    ids = page.evaluate(IDS)
    for identity in ids[2::4]:
        for height in (8, -0.4):
            page.goto(server + quote(LONG[tag]))
            page.evaluate(BRING, [identity, height])
            if not shown_at(page, identity, height) or place(page, identity)["end"]:
                continue  # too near the end to be the first in view
            press(page, f".elsewhere a[hreflang={OTHER[tag]}]")
            assert unquote(page.url) == f"{server}{LONG[OTHER[tag]]}#{identity}"
            assert shown_at(page, identity, height), (identity, height, place(page, identity))
            there = place(page, identity)
            press(page, f".elsewhere a[hreflang={tag}]")
            assert unquote(page.url) == f"{server}{LONG[tag]}#{identity}"
            back = there["top"] if there["top"] >= 0 else there["top"] / there["height"]
            assert shown_at(page, identity, back), (identity, height)


def test_at_the_top_the_switch_leads_to_the_top(server: str, page: Any) -> None:
    page.goto(server + LONG["en"])
    page.click(".switch a[hreflang=fa]")
    assert unquote(page.url) == server + LONG["fa"]
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_shared_paragraph_survives_the_switch(server: str, page: Any, size: dict[str, int]) -> None:
    """An address with a block's id leads to the same id, wherever on the screen the block is."""
    page.set_viewport_size(size)
    page.goto(server + quote(LONG["fa"]))
    ids = page.evaluate(IDS)
    for identity in (ids[1], ids[len(ids) // 2], ids[-1]):
        page.goto("about:blank")
        page.goto(server + quote(LONG["fa"]) + f"#{identity}")
        assert 0 <= place(page, identity)["top"] < size["height"]
        press(page, ".elsewhere a[hreflang=en]")
        assert page.url == f"{server}{LONG['en']}#{identity}"
        assert 0 <= place(page, identity)["top"] < size["height"]


def test_the_name_of_a_heading_survives_as_its_block(server: str, page: Any) -> None:
    page.goto(server + LONG["en"] + "#thirteen-days")
    block = page.evaluate("document.querySelector(':target').closest('h2').id")
    press(page, ".elsewhere a[hreflang=fa]")
    assert unquote(page.url) == f"{server}{LONG['fa']}#{block}"


def test_the_keyboard_keeps_the_place_too(server: str, page: Any) -> None:
    """Tab takes the page to the top, where the switch is, and not the reader."""
    page.goto(server + LONG["en"])
    identity = page.evaluate(IDS)[9]
    page.evaluate(BRING, [identity, 8])
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.switch a')"):
            break
    page.wait_for_function("() => scrollY === 0")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"#{identity}$"))
    assert unquote(page.url) == f"{server}{LONG['fa']}#{identity}"
    assert shown_at(page, identity, 8)


def test_reading_on_after_the_focus_moves_the_place(server: str, page: Any) -> None:
    page.goto(server + LONG["en"])
    ids = page.evaluate(IDS)
    page.focus(".switch a[hreflang=fa]")
    page.evaluate("dispatchEvent(new WheelEvent('wheel'))")
    page.evaluate(BRING, [ids[9], 8])
    page.evaluate("document.querySelector('.switch a').click()")
    page.wait_for_url(re.compile(f"#{ids[9]}$"))


def test_links_that_are_copied_or_opened_elsewhere_know_the_place(server: str, page: Any) -> None:
    page.goto(server + LONG["en"])
    identity = page.evaluate(IDS)[9]
    page.evaluate(BRING, [identity, 8])
    link = page.locator(".elsewhere a[hreflang=fa]")
    link.dispatch_event("contextmenu")
    assert link.get_attribute("href").endswith(f"#{identity}")
    with page.context.expect_page() as opened:
        box = link.bounding_box()
        page.mouse.click(box["x"] + 20, box["y"] + 10, button="middle")
    opened.value.wait_for_load_state("load")
    assert unquote(opened.value.url) == f"{server}{LONG['fa']}#{identity}"
    assert shown_at(opened.value, identity, 8)


def test_what_is_sticky_at_the_top_counts(server: str, page: Any) -> None:
    """A theme says with scroll-padding what covers the top."""
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { document.documentElement.style.scrollPaddingTop = '120px'; })"
    )
    page.goto(server + LONG["en"])
    identity = page.evaluate(IDS)[9]
    page.evaluate(BRING, [identity, 130])
    press(page, ".elsewhere a[hreflang=fa]")
    assert page.url.endswith(f"#{identity}")
    assert place(page, identity)["top"] > 119


def test_without_script_the_switch_leads_to_the_article(server: str, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=DESKTOP)
    page = context.new_page()
    page.goto(server + LONG["en"])
    page.click(".elsewhere a[hreflang=fa]")
    assert unquote(page.url) == server + LONG["fa"]
    page.click(".switch a[hreflang=en]")
    assert page.url == server + LONG["en"]
    assert not page.is_visible(".offer") and not page.locator(".here").count()
    context.close()


def test_without_a_memory_the_place_is_kept(server: str, page: Any) -> None:
    """Where storage is refused, the block comes to the top of the screen."""
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    page.goto(server + LONG["en"])
    identity = page.evaluate(IDS)[9]
    page.evaluate(BRING, [identity, 8])
    press(page, ".elsewhere a[hreflang=fa]")
    assert page.url.endswith(f"#{identity}")
    assert -1 <= place(page, identity)["top"] < 100
    page.goto(server)
    assert page.locator(".doors li").first.get_attribute("lang") == "en"


# --- authored editions ---------------------------------------------------------------------

ENGLISH = """\
The first paragraph of the walk, which both editions have, with some words in it.

## Before noon

The second paragraph is of interest to English readers alone: it explains what a stile is.

```sh
walk --slowly 3.12
```

The third paragraph tells of the mill and of the two cats that live there, one grey.

The fourth paragraph tells of the way home by the river, in the rain, singing.
"""
PERSIAN = """\
بند نخست گردش، که هر دو نسخه آن را دارند، با چند واژه در آن.

## پیش از ظهر

```sh
walk --slowly 3.12
```

بند سوم از آسیاب می‌گوید و از دو گربه‌ای که آنجا زندگی می‌کنند، یکی خاکستری.

بند چهارم از راه خانه می‌گوید، کنار رود، زیر باران، آوازخوان.

این بند را فقط فارسی‌زبان‌ها دارند: نشانی چای‌خانهٔ پل، با C++ در نامش.
"""
BLOCK = re.compile(r'<(\w+) id="(b-[\w-]+)"')
ANY = re.compile(r' id="(b-[\w-]+)"')


@pytest.fixture
def walk(site: Folder) -> tuple[str, str]:
    """A document with an authored edition that lacks a block and has one of its own."""
    site.post("walk", ENGLISH, title="A walk")
    site.write("content/posts/walk.fa.md", f"---\ntitle: گردش\n---\n\n{PERSIAN}")
    assert site.run("update").status == 0
    said = site.run("build", "--portable")
    assert said.status == 0, said.err
    return site.page("en/posts/walk/"), site.page("fa/posts/walk/")


def test_each_edition_answers_to_the_blocks_of_the_other(walk: tuple[str, str]) -> None:
    """Law: every id of a block stands on both pages, once."""
    own = [[name for _, name in BLOCK.findall(text) if _ != "a"] for text in walk]
    assert own[0] != own[1] and set(own[0]) & set(own[1])
    for text in walk:
        everything = ANY.findall(text)
        assert len(everything) == len(set(everything))
        assert set(everything) == {*own[0], *own[1]}


def test_a_block_that_is_not_there_falls_back_to_its_neighbour(
    walk: tuple[str, str], site: Folder, page: Any
) -> None:
    english, persian = ([name for kind, name in BLOCK.findall(text) if kind != "a"] for text in walk)
    (only,) = set(english) - set(persian)
    at = english.index(only)
    page.set_viewport_size({"width": 360, "height": 320})
    page.goto((site.root / "public/en/posts/walk/index.html").as_uri() + f"#{only}")
    press(page, ".elsewhere a[hreflang=fa]")
    assert page.url.endswith(f"/fa/posts/walk/index.html#{only}")
    found = page.evaluate("document.querySelector(':target').closest('[id^=b-]:not(a)').id")
    assert found in (english[at - 1], english[at + 1])
    assert 0 <= place(page, found)["top"] < 320
    (extra,) = set(persian) - set(english)
    page.goto((site.root / "public/en/posts/walk/index.html").as_uri() + f"#{extra}")
    found = page.evaluate("document.querySelector(':target').closest('[id^=b-]:not(a)').id")
    assert found == persian[persian.index(extra) - 1]


# --- what is remembered --------------------------------------------------------------------


@pytest.fixture(scope="module")
def disk(example: Folder) -> Path:
    """The example, built to be opened from disk."""
    assert example.run("build", "--portable", "--out", str(example.root / "disk")).status == 0
    return example.root / "disk"


@pytest.mark.parametrize("opened", ["served", "disk"])
def test_the_edition_read_last_is_offered(opened: str, server: str, disk: Path, page: Any) -> None:
    base, index = (server, "") if opened == "served" else (disk.as_uri() + "/", "index.html")
    page.goto(base + index)
    doors = page.locator(".doors li")
    assert [door.get_attribute("lang") for door in doors.all()] == ["en", "fa"]
    assert not page.is_visible(".last >> nth=0") and not page.is_visible(".last >> nth=1")
    page.goto(f"{base}{LONG['en']}{index}")
    assert not page.is_visible(".offer")  # nothing has been chosen
    page.click(".switch a[hreflang=fa]")
    assert not page.is_visible(".offer")
    page.goto(base + index)
    assert [door.get_attribute("lang") for door in doors.all()] == ["fa", "en"]
    assert page.is_visible(".doors li[lang=fa] .last") and not page.is_visible(".doors li[lang=en] .last")
    page.goto(f"{base}{LONG['en']}{index}")
    assert page.evaluate("document.documentElement.lang") == "en"  # never forced
    assert page.is_visible(".offer[lang=fa]")
    page.click(".offer button")
    assert not page.is_visible(".offer")
    page.reload()
    assert not page.is_visible(".offer")
    page.goto(base + index)
    page.click(".doors li[lang=en] a")
    page.goto(f"{base}{quote(LONG['fa'])}{index}")
    page.click(".offer a")
    assert page.url == f"{base}{LONG['en']}{index}"
    assert page.context.cookies() == []


def test_the_place_is_kept_on_disk(disk: Path, page: Any) -> None:
    page.goto(f"{disk.as_uri()}/{LONG['en']}index.html")
    identity = page.evaluate(IDS)[9]
    page.evaluate(BRING, [identity, -0.4])
    press(page, ".elsewhere a[hreflang=fa]")
    assert unquote(page.url) == unquote(f"{disk.as_uri()}/{LONG['fa']}index.html#{identity}")
    assert shown_at(page, identity, -0.4)


# --- links to paragraphs -------------------------------------------------------------------


def test_a_paragraph_can_be_shared(server: str, page: Any) -> None:
    """One link, at the block under the pointer: no block costs a stop of the Tab key."""
    page.goto(server + quote(LONG["fa"]))
    ids = page.evaluate(IDS)
    for identity in (ids[0], ids[5]):
        page.hover(f"#{identity}")
        link = page.locator(f"#{identity} > .here")
        assert link.get_attribute("href") == f"#{identity}"
        page.wait_for_function("(e) => getComputedStyle(e).opacity === '1'", arg=link.element_handle())
        box, screen = link.bounding_box(), page.viewport_size
        assert box["x"] >= 0 and box["x"] + box["width"] <= screen["width"]
    assert page.locator(".here").count() == 1
    page.click(".here")
    assert page.url.endswith(f"#{ids[5]}")
    press(page, ".elsewhere a[hreflang=en]")
    assert page.url == f"{server}{LONG['en']}#{ids[5]}"


def test_the_keyboard_reaches_every_paragraphs_link(server: str, page: Any) -> None:
    page.goto(server + LONG["en"])
    ids = page.evaluate(IDS)
    page.focus(".skip")
    page.keyboard.press("Enter")
    for _ in range(6):  # the subjects stand before it
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "here":
            break
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Link to this paragraph"
    seen = [page.evaluate("document.activeElement.parentNode.id")]
    for _ in ids[1:]:
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.matches('.here:focus-visible')")
        seen.append(page.evaluate("document.activeElement.parentNode.id"))
    assert [one for one in seen if one in ids][: len(ids) - 4] == ids[: len(ids) - 4]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.url.endswith("#" + seen[-2])
