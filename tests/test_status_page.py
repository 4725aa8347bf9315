"""The status site and the nudges: pages that agree with the JSON, read without a script."""

from __future__ import annotations

import importlib.resources
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import html5lib
import jsonschema
import polib
import pytest
from conftest import CI, ROOT, SITE, Folder, need
from test_status import commit, git

from pipeline import languages
from pipeline.app import status as taking
from pipeline.outputs import statuspage

NUDGES = json.loads((ROOT / "pipeline/schemas/nudges-1.json").read_text(encoding="utf-8"))
BODY = "First paragraph here.\n\nSecond paragraph with twelve words.\n\n- An item\n"
HOSTILE = '<script>alert(1)</script> "{{ 7*7 }}" & &lt; \u202e'
TODAY = ("--as-of", "2026-04-01")


def told(site: Folder) -> Folder:
    """A site with a history of three days, one stale message, and people."""
    need("git")
    git(site, "init", "-q")
    site.write(".gitignore", ".dozaban/\npublic/\nstatus/\n")
    site.post("a", BODY, title="A title", tags="[music, '../x']", due="{fa: 2026-03-25}", translator="{fa: Mina}")
    site.post("b", BODY, title=f"'{HOSTILE}'", tags="[music]", lang="en")
    site.post("c", "بند یکم.\n", title="عنوان سوم", lang="fa")
    assert site.run("update").status == 0
    commit(site, "Editor", "2026-03-18")
    site.translate("posts/a", {"A title": "عنوان", "First paragraph here.": "بند یکم."})
    site.translate("posts/b", {"First paragraph here.": f"متن {HOSTILE}"})
    commit(site, "Reza", "2026-03-20")
    site.post("a", BODY.replace("First paragraph here", "The first paragraph stood here"), title="A title",
              tags="[music, '../x']", due="{fa: 2026-03-25}", translator="{fa: Mina}")  # fmt: skip
    assert site.run("update").status == 0
    commit(site, "Editor", "2026-03-22")
    return site


def pages(site: Folder, *arguments: str, status: int = 0) -> dict[str, Any]:
    """The status site, each page parsed strictly, by its path."""
    said = site.run("status", "--html", str(site.root / "status"), *TODAY, *arguments)
    assert said.status == status, said
    return parsed(site.root / "status")


def parsed(out: Path) -> dict[str, Any]:
    found = {}
    for path in sorted(out.rglob("*.html")):
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        found[path.relative_to(out).as_posix()] = parser.parse(path.read_text(encoding="utf-8"))
    return found


def text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def value(element: Any) -> int:
    """The one figure in an element, as a program reads it."""
    found = [int(one.get("value")) for one in element.iter("data")]
    return found[0] if found else 0


# --- the pages ----------------------------------------------------------------------------


def test_links_languages_and_ids(site: Folder) -> None:
    found = pages(told(site))
    out = site.root / "status"
    assert {"index.html", "en/index.html", "fa/index.html", "fa/documents/posts/a/index.html"} <= set(found)
    for path, tree in found.items():
        html = tree if tree.tag == "html" else tree.find("html")
        if path != "index.html":
            tag = path.split("/")[0]
            assert (html.get("lang"), html.get("dir")) == (tag, {"en": "ltr", "fa": "rtl"}[tag])
            other = {"en": "fa", "fa": "en"}[tag] + path[2:]
            assert other in found
        assert not list(html.iter("script"))
        ids = [one.get("id") for one in html.iter() if one.get("id")]
        assert len(ids) == len(set(ids)), path
        for one in html.iter():
            for name in (one.get("aria-labelledby") or "").split():
                assert name in ids, (path, name)
            assert one.get("style") is None
            link = one.get("href") or one.get("src")
            if link is None:
                continue
            parts = urlsplit(link)
            assert not parts.scheme and not parts.netloc, (path, link)
            if parts.path:
                target = (out / path).parent / unquote(parts.path)
                assert target.is_file() and out in target.resolve().parents, (path, link)
            else:
                assert parts.fragment in ids, (path, link)
        titles = [text(one) for one in html.iter("title")]
        assert titles[0] and len(list(html.iter("h1"))) == 1
    head = found["fa/documents/posts/c/index.html"].find(".//h1/bdi")
    assert (head.get("lang"), head.get("dir"), text(head)) == ("fa", "rtl", "عنوان سوم")
    head = found["fa/documents/posts/a/index.html"].find(".//h1/bdi")
    assert (head.get("lang"), head.get("dir")) == ("en", "ltr")


def test_figures_equal_the_json(example: Folder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = example.run("status", "--html", str(out), "--json", "--as-of", "2026-11-22")
    assert said.status == 0, said.err
    rows = json.loads(said.out)["editions"]
    agree(parsed(out), rows, statuspage.PAGE_SIZE)


def agree(found: dict[str, Any], rows: list[dict[str, Any]], size: int) -> None:
    names = {"en": {"English": "en", "Persian": "fa"}, "fa": {"انگلیسی": "en", "فارسی": "fa"}}
    for tag in ("en", "fa"):
        listed = []
        parts = [p for p in found if re.fullmatch(rf"{tag}/all/(page-\d+/)?index\.html", p)]
        parts.sort(key=lambda path: (len(path), path))
        for path in parts:
            body = found[path].findall(".//tbody/tr")
            assert len(body) <= size
            for line in body:
                cells = line.findall("td")
                assert len(cells) == 8 and len(line.findall("th")) == 1
                into = next(text(span) for span in cells[0] if span.get("class") is None)
                listed.append((text(line.find("th/code")), names[tag][into], value(cells[3]), value(cells[4])))
        assert listed == [
            (row["document"], row["lang"], row["words"]["total"] - row["words"]["translated"], row["stale"]["words"])
            for row in rows
        ]  # fmt: skip
        for card in found[f"{tag}/index.html"].findall(".//section[@class='card']"):
            into = card.find("h2").get("id").removeprefix("to-")
            own = [row for row in rows if row["lang"] == into and row["progress"] != "original"]
            total, done = (sum(row["words"][key] for row in own) for key in ("total", "translated"))
            figures = [int(one.get("value")) for one in card.find("p[@class='sum']").iter("data")]
            stale = sum(row["stale"]["words"] for row in own)
            assert figures == [done, total, total - done, *([stale] if stale else [])]
            tally = [value(item) for item in card.findall("ul[@class='tally']/li")]
            assert sum(tally) == len(own) and 0 not in tally
        for row in rows:
            page = found[f"{tag}/documents/{row['document']}/index.html"]
            section = page.find(f".//section[@aria-labelledby='into-{row['lang']}']")
            opened = row["counts"]["fuzzy"] + row["counts"]["untranslated"]
            if row["progress"] != "original":
                assert len(section.findall("ol[@class='messages']/li")) == opened, row["document"]


def test_long_lists_are_parted(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    told(site)
    monkeypatch.setattr(statuspage, "PAGE_SIZE", 2)
    found = pages(site)
    rows = json.loads(site.run("status", "--json", *TODAY).out)["editions"]
    assert "en/all/page-3/index.html" in found
    agree(found, rows, 2)


def test_what_changed_is_marked_and_said(site: Folder) -> None:
    page = pages(told(site))["en/documents/posts/a/index.html"]
    (stale,) = page.findall(".//ol[@class='messages']/li[@class='stale']")
    dd = stale.find(".//dd[@class='text']")
    assert (dd.get("lang"), dd.get("dir")) == ("en", "ltr")
    gone = [text(one) for one in dd.iter("del")]
    came = [text(one) for one in dd.iter("ins")]
    assert gone == ["removed: First end of what was removed"]
    assert came == ["added: The first end of what was added", "added: stood end of what was added"]
    old, met, where = stale.findall(".//dd")[1:]
    assert (old.get("lang"), old.get("dir"), text(old)) == ("fa", "rtl", "بند یکم.")
    assert text(met) == "the older translation, marked as older than the original"
    at, source = [text(one) for one in where.iter("code")]
    assert re.fullmatch(r"locales/fa/LC_MESSAGES/posts/a\.po:\d+", at)
    line = site.read("content/posts/a.md").splitlines().index("The first paragraph stood here.") + 1
    assert source == f"content/posts/a.md:{line}"
    untranslated = page.findall(".//ol[@class='messages']/li[@class='untranslated']")
    assert len(untranslated) == 2
    assert "متن اصلی" in text(parsed(site.root / "status")["fa/documents/posts/a/index.html"])


def test_the_persian_pages_speak_persian(site: Folder) -> None:
    """Their own words and figures; only code, and what has its own `lang` or `bdi`, is foreign."""
    found = pages(told(site))
    for path in ("index.html", "all/index.html", "documents/posts/a/index.html", "subjects/music/index.html"):
        main = found[f"fa/{path}"].find(".//main")
        own = "".join(_own(main))
        assert not re.search("[A-Za-z0-9%]", own), (path, own)
    assert re.search("۵ فروردین ۱۴۰۵ از موعد گذشته", text(found["fa/index.html"].find(".//main")))
    catalogue = polib.pofile(str(ROOT / "locales/fa/LC_MESSAGES/messages.po"))
    assert not [one.msgid for one in catalogue if not one.translated() and not one.obsolete]


def _own(element: Any) -> Iterator[str]:
    """The text that is the page's own: not names, titles, addresses or the other language's."""
    if element.tag not in ("bdi", "code") and element.get("lang") in (None, "fa"):
        yield element.text or ""
        for child in element:
            yield from _own(child)
            yield child.tail or ""


def test_hostile_text_stays_text(site: Folder) -> None:
    found = pages(told(site))
    page = found["en/documents/posts/b/index.html"]
    assert text(page.find(".//h1")).startswith('<script>alert(1)</script> "{{ 7*7 }}" & &lt;')
    assert "\u202e" not in (site.root / "status/en/documents/posts/b/index.html").read_text(encoding="utf-8")
    for path in ("../x", "x"):
        assert not (site.root / path).exists()
    for tree in found.values():
        assert not list(tree.iter("script"))


# --- the past -----------------------------------------------------------------------------


def recount(site: Folder, revision: str, tag: str) -> tuple[int, int, int]:
    """Words, words translated, stale words of a language's catalogues at a commit."""
    words = done = stale = 0
    for path in git(site, "ls-tree", "-r", "--name-only", revision, f"locales/{tag}").splitlines():
        for entry in polib.pofile(git(site, "show", f"{revision}:{path}")):
            if entry.obsolete:
                continue
            count = languages.words(entry.msgid)
            words += count
            done += count if entry.translated() else 0
            stale += count if entry.fuzzy and entry.previous_msgid and entry.msgstr else 0
    return words, done, stale


def test_the_chart_equals_a_recount(site: Folder) -> None:
    told(site)
    revisions = git(site, "log", "--reverse", "--format=%H").split()
    page = pages(site)["fa/index.html"]
    for tag in ("en", "fa"):
        card = page.find(f".//section[@aria-labelledby='to-{tag}']")
        lines = card.findall(".//figure//tbody/tr")
        shown = [tuple(int(one.get("value")) for one in line.iter("data")) for line in lines]
        assert shown == [recount(site, revision, tag) for revision in revisions]
        days = [line.find("th/time").get("datetime") for line in lines]
        assert days == ["2026-03-18", "2026-03-20", "2026-03-22"]
        svg = card.find(".//figure//{http://www.w3.org/2000/svg}svg[@role='img']")
        svg = svg if svg is not None else card.find(".//figure//svg[@role='img']")
        path = next(one for one in svg.iter() if one.get("class") == "line done")
        xs = [float(x) for x in re.findall(r"[ML]([\d.]+) ", path.get("d"))]
        assert xs == [1000, 500, 0]  # time runs as the page is read
        ElementTree.fromstring(ElementTree.tostring(svg))


def test_many_commits_are_sampled(site: Folder) -> None:
    told(site)
    for n in range(8):
        site.translate("posts/b", {"An item": f"مورد {n}"})
        commit(site, "Mina", f"2026-03-{23 + n // 2}")
    found = taking.past(site.root, ["fa"], most=4)
    assert found is not None
    days = [point.day.isoformat() for point in found["fa"]]
    assert len(days) == 4 and days[0] == "2026-03-18" and days[-1] == "2026-03-26"
    every = taking.past(site.root, ["fa"])
    assert every is not None and len(every["fa"]) == 7  # the last commit of each day
    last = every["fa"][-1]
    assert (last.words, last.translated, last.stale) == recount(site, "HEAD", "fa")


def test_merges_removals_and_a_subfolder(tmp_path: Path) -> None:
    """A site below the repository's top, with a merge and a catalogue that went."""
    need("git")
    top = Folder(tmp_path / "repo")
    site = Folder(top.root / "deep" / "site")
    site.write("content/site.toml", SITE)
    site.post("a", BODY)
    site.post("b", BODY)
    git_in = top
    git(git_in, "init", "-q", "-b", "main")
    assert site.run("update").status == 0
    git(git_in, "add", "-A")
    git(git_in, "commit", "-q", "-m", "1", when="2026-03-18T12:00:00+00:00")
    git(git_in, "checkout", "-q", "-b", "side")
    site.translate("posts/a", {"First paragraph here.": "یک"})
    git(git_in, "commit", "-q", "-a", "-m", "2", when="2026-03-19T12:00:00+00:00")
    git(git_in, "checkout", "-q", "main")
    git(git_in, "rm", "-q", "deep/site/locales/fa/LC_MESSAGES/posts/b.po", "deep/site/content/posts/b.md")
    git(git_in, "commit", "-q", "-m", "3", when="2026-03-20T12:00:00+00:00")
    git(git_in, "merge", "-q", "--no-ff", "-m", "4", "side", when="2026-03-21T12:00:00+00:00")
    found = taking.past(site.root, ["fa"])
    assert found is not None
    shown = [(point.day.day, point.words, point.translated) for point in found["fa"]]
    full = recount(git_in, "HEAD~2", "fa")[0] or sum(
        languages.words(one.msgid)
        for path in ("a", "b")
        for one in polib.pofile(git(git_in, "show", f"HEAD~2:deep/site/locales/fa/LC_MESSAGES/posts/{path}.po"))
    )
    shared = list((site.root / "locales/fa/LC_MESSAGES").glob("*.po"))
    extra = sum(languages.words(e.msgid) for one in shared for e in polib.pofile(str(one)))
    assert shown[0] == (18, full + extra, 0)
    assert shown[1][0] == 20 and shown[1][2] == 0 and shown[1][1] < shown[0][1]
    assert shown[2] == (21, shown[1][1], 3)


def test_without_git(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post("a", BODY)
    assert site.run("update").status == 0
    monkeypatch.setenv("PATH", "/nonexistent")
    page = pages(site)["en/index.html"]
    assert "No chart: the site’s folder has no git history." in text(page)
    assert page.find(".//svg[@role='img']") is None
    said = site.run("status", "--nudge", "--since", "2026-03-01", "--json", *TODAY)
    assert [one["to"] for one in json.loads(said.out)["nudges"]] == [None]


def test_a_part_of_the_site_has_no_chart(site: Folder) -> None:
    page = pages(told(site), "--lang", "fa", "--tag", "music")["en/index.html"]
    assert "these pages show a part of the site" in text(page)
    assert "posts/c" not in text(page)


# --- writing ------------------------------------------------------------------------------


def test_same_bytes_and_nothing_elsewhere(site: Folder) -> None:
    told(site)
    for name in ("--json",):
        site.run("status", name)
    before = site.tree(".")
    out = site.root.parent / "out"
    said = site.run("status", "--html", str(out), *TODAY)
    assert said.status == 0, said.err
    assert site.tree(".") == before
    first = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    said = site.run("status", "--html", str(out), *TODAY)
    assert " 0 written" in said.out
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == first
    (site.root / "content/posts/b.md").unlink()
    said = site.run("status", "--html", str(out), *TODAY)
    assert "removed" in said.out and not (out / "en/documents/posts/b").exists()


def test_it_deletes_nobodys_files(site: Folder, tmp_path: Path) -> None:
    site.post("a", BODY)
    assert site.run("update").status == 0
    assert site.run("build").status == 0
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "index.html").write_text("mine")
    for folder in (site.root, site.root / "content", site.root / "locales/x", site.root / "public", mine, tmp_path):
        assert site.run("status", "--html", str(folder)).status == 2, folder
    assert (mine / "index.html").read_text() == "mine"
    out = tmp_path / "out"
    assert site.run("status", "--html", str(out)).status == 0
    assert site.run("build", "--out", str(out)).status == 2


def test_a_broken_catalogue_is_shown_and_its_messages_are_not(site: Folder) -> None:
    told(site)
    site.write("locales/fa/LC_MESSAGES/posts/a.po", 'msgid "x"\nmsgstr "y\n')
    found = pages(site, status=1)
    assert "1 error stands in the way of a build" in text(found["en/index.html"])
    for tag, said in (("en", "the string is not closed"), ("fa", "رشته بسته نشده است")):
        blocked = found[f"{tag}/documents/posts/a/index.html"].find(".//p[@class='blocked']")
        listed = found[f"{tag}/index.html"].find(".//section[@class='problems']/ul")
        for one in (blocked, listed):
            assert (one.get("lang"), one.get("dir")) == (None, None)
            assert "locales/fa/LC_MESSAGES/posts/a.po:2" in text(one) and said in text(one)


def test_what_is_wrong_is_in_english_where_the_command_speaks_no_other(site: Folder) -> None:
    site.write("content/site.toml", f"{SITE}\n[languages.de]\n")
    site.post("a", BODY)
    assert site.run("update").status == 0
    site.write("locales/fa/LC_MESSAGES/posts/a.po", 'msgid "x"\nmsgstr "y\n')
    listed = pages(site, status=1)["de/index.html"].find(".//section[@class='problems']/ul")
    assert (listed.get("lang"), listed.get("dir")) == ("en", "ltr") and "the string is not closed" in text(listed)


def test_the_chart_ends_with_what_the_account_says_now(site: Folder) -> None:
    """What is not committed yet is a point of its own, on the day of the account."""
    told(site)
    site.translate("posts/b", {"An item": "مورد"})
    card = pages(site)["fa/index.html"].find(".//section[@aria-labelledby='to-fa']")
    last = card.findall(".//figure//tbody/tr")[-1]
    assert last.find("th/time").get("datetime") == "2026-04-01"
    rows = json.loads(site.run("status", "--json", "--lang", "fa", *TODAY).out)["totals"]["words"]
    words, translated, _ = (int(one.get("value")) for one in last.iter("data"))
    assert {"total": words, "translated": translated} == rows


# --- nudges -------------------------------------------------------------------------------


def nudged(site: Folder, since: str, *arguments: str, status: int = 0) -> dict[str, Any]:
    said = site.run("status", "--nudge", "--since", since, "--json", *TODAY, *arguments)
    assert said.status == status, said
    answer: dict[str, Any] = json.loads(said.out)
    jsonschema.validate(answer, NUDGES)
    return {one["to"]: one for one in answer["nudges"]}


def test_nudges(site: Folder) -> None:
    told(site)
    found = nudged(site, "2026-03-21")
    assert list(found) == ["Mina"]  # what nothing happened to makes no nudge
    (one,) = found["Mina"]["documents"]
    assert (one["document"], one["lang"], one["change"]) == ("posts/a", "fa", "stale")
    assert one["stale"] == {"messages": 1, "words": 5}
    assert (one["due"], one["overdue"]) == ("2026-03-25", True)
    rows = {(r["document"], r["lang"]): r for r in json.loads(site.run("status", "--json", *TODAY).out)["editions"]}
    row = rows["posts/a", "fa"]
    assert one["left"] == {
        "messages": row["counts"]["fuzzy"] + row["counts"]["untranslated"],
        "words": row["words"]["total"] - row["words"]["translated"],
    }
    said = site.run("status", "--nudge", "--since", "2026-03-21", *TODAY)
    assert said.status == 0 and said.out.rstrip("\n") == found["Mina"]["text"].rstrip("\n")
    assert said.out.startswith("To: Mina\nSubject: Pol: 1 text for you since 21 March 2026\n")
    assert "  1 message reads differently now, 5 words in all\n" in said.out
    assert "wanted by 25 March 2026, which has passed" in said.out

    found = nudged(site, "2026-03-01")
    assert list(found) == ["Mina", "Reza", None]
    assert [(d["document"], d["lang"], d["change"]) for d in found["Reza"]["documents"]] == [("posts/b", "fa", "new")]
    assert [(d["document"], d["lang"], d["change"]) for d in found[None]["documents"]] == [("posts/c", "en", "new")]
    assert nudged(site, "2026-03-01", "--lang", "en").keys() == {None}
    later = nudged(site, "2099-01-01")
    assert [d["change"] for d in later["Mina"]["documents"]] == ["due"]


def test_nobody_to_nudge_and_wrong_usage(site: Folder, tmp_path: Path) -> None:
    site.post("a", BODY, date="2020-01-01")
    assert site.run("update").status == 0
    said = site.run("status", "--nudge", "--since", "2026-03-01", *TODAY)
    assert (said.status, said.out) == (0, "nobody needs a nudge\n")
    assert nudged(site, "2026-03-01") == {}
    assert site.run("status", "--nudge").status == 2
    assert site.run("status", "--nudge", "--since", "2026-03-01", "--html", str(tmp_path / "o")).status == 2


def test_the_header_names_the_translator(site: Folder) -> None:
    told(site)
    path = "locales/fa/LC_MESSAGES/posts/b.po"
    site.write(path, re.sub(r"Last-Translator: [^\\]*", "Last-Translator: Leila <l@example.org>", site.read(path)))
    assert "Leila" in nudged(site, "2026-03-01")
    people = pages(site)["en/people/leila/index.html"]
    assert "posts/b" in text(people)


def test_a_nudge_cannot_forge_a_header(site: Folder) -> None:
    site.post("a", BODY, translator='{fa: "Mina\\nBcc: all@example.org"}')
    assert site.run("update").status == 0
    said = site.run("status", "--nudge", "--since", "2026-03-01", *TODAY)
    assert said.out.startswith("To: Mina Bcc: all@example.org\nSubject: ")


def test_a_broken_catalogue_is_asked_to_be_mended(site: Folder) -> None:
    told(site)
    site.write("locales/fa/LC_MESSAGES/posts/a.po", 'msgid "x"\nmsgstr "y\n')
    found = nudged(site, "2026-03-21", status=1)
    assert found["Mina"]["documents"][0]["change"] == "mend"
    assert "locales/fa/LC_MESSAGES/posts/a.po:2" in found["Mina"]["text"]


# --- in a browser -------------------------------------------------------------------------

SHOWN = ("index.html", "{}/index.html", "{}/all/index.html", "{}/to/fa/index.html",
         "{}/documents/posts/a/index.html", "{}/documents/posts/b/index.html",
         "{}/documents/posts/c/index.html", "{}/subjects/music/index.html")  # fmt: skip


@pytest.fixture
def opened(site: Folder, browser: Any) -> Iterator[tuple[Any, list[str], list[str]]]:
    """A browser's page, the addresses to look at, and what it complained of."""
    pages(told(site))
    out = site.root / "status"
    complaints: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    # An icon that is still on its way when the next page is opened counts as aborted.
    page.on("requestfailed", lambda r: r.failure == "net::ERR_ABORTED" or complaints.append(f"{r.failure}: {r.url}"))
    page.on("request", lambda r: r.url.startswith(out.as_uri()) or complaints.append(f"foreign: {r.url}"))
    addresses = sorted({(out / one.format(tag)).as_uri() for one in SHOWN for tag in ("en", "fa")})
    yield page, addresses, complaints
    page.close()


@pytest.mark.browser
def test_in_a_browser(opened: tuple[Any, list[str], list[str]]) -> None:
    page, addresses, complaints = opened
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for address in addresses:
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (address, width)
    page.goto(addresses[0])
    page.click("nav.switch a")
    page.click("main .editions a.title >> nth=0")
    page.click("nav.switch a")
    assert not complaints


def axe() -> str:
    """axe-core's source, from PyPI's axe-playwright-python."""
    try:
        return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        if CI:
            pytest.fail("axe-playwright-python is missing")
        pytest.skip("axe-playwright-python is missing: pip install it to run this test")


@pytest.mark.browser
def test_axe_finds_nothing(opened: tuple[Any, list[str], list[str]]) -> None:
    source = axe()
    page, addresses, _ = opened
    few = [one for one in addresses if re.search(r"status/(../(documents/posts/a/)?)?index\.html$", one)]
    assert len(few) == 5
    found = []
    for scheme, width, shown in (("light", 320, few), ("light", 1280, addresses), ("dark", 1280, few)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        for address in shown:
            page.goto(address)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            page.evaluate(source)
            for one in page.evaluate("axe.run()")["violations"]:
                found.append((scheme, width, address, one["id"], [node["html"][:150] for node in one["nodes"][:3]]))
    assert not found


def test_git_is_asked_a_few_times_only(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    told(site)
    asked: list[str] = []
    run = subprocess.run

    def counted(arguments: list[str], **options: Any) -> Any:
        asked.append(" ".join(arguments))
        return run(arguments, **options)

    monkeypatch.setattr(subprocess, "run", counted)
    assert site.run("status", "--html", str(site.root / "status"), *TODAY).status == 0
    assert len(asked) <= 8, asked
