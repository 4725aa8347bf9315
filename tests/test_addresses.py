"""Addresses: in each language's script, kept for ever by redirects, missed when git knows them."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import SITE, Folder, need

from pipeline import files

HALF_SPACE = "\N{ZERO WIDTH NON-JOINER}"
DECOMPOSED = unicodedata.normalize("NFD", "خانهٔ-آب")


class Past:
    """A site with a history, a day to each commit."""

    def __init__(self, site: Folder) -> None:
        self.site = site
        self.day = 0
        self.git("init", "-q", "-b", "main")
        site.write(".gitignore", "public/\n.dozaban/\n")

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        self.day += 1
        when = f"2026-03-{self.day:02}T12:00:00+00:00"
        done = subprocess.run(
            [need("git"), "-c", "user.name=Mina", "-c", "user.email=mina@example.org", *arguments],
            cwd=cwd or self.site.root, capture_output=True, text=True, check=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.site.root), "GIT_CONFIG_NOSYSTEM": "1",
                 "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when},
        )  # fmt: skip
        return done.stdout

    def commit(self, day: int = 0) -> None:
        self.git("add", "-A")
        self.day = day - 1 if day else self.day
        self.git("commit", "-q", "-m", "x")

    def lost(self, *arguments: str) -> dict[str, tuple[str, str]]:
        """Lost address → the file that it is told of, and the line to write."""
        said = self.site.run("check", "--json", *arguments)
        assert "Traceback" not in said.err, said.err
        return {
            one["message"].split(" ")[0].lstrip("/"): (one["path"], one["hint"].partition(": ")[2])
            for one in json.loads(said.out)["problems"]
            if one["rule"] == "lost-address"
        }


@pytest.fixture
def past(site: Folder) -> Past:
    return Past(site)


# --- in links, in the bar, on the disk


@pytest.mark.parametrize(
    ("slug", "written"),
    [
        ("نوروز-در-شهر", "نوروز-در-شهر"),
        (f"گفت{HALF_SPACE}وگو", f"گفت{HALF_SPACE}وگو"),
        ("خانهٔ-آب", "خانهٔ-آب"),
        (DECOMPOSED, "خانهٔ-آب"),
        ("۱۴۰۵", "۱۴۰۵"),
        ("café", "café"),
    ],
)
def test_slugs_of_every_script(site: Folder, slug: str, written: str) -> None:
    site.post("a", "Text.\n", slug=f"{{fa: {slug}}}")
    site.post("b", "See [a](a.md).\n")
    site.write("content/posts/c.md", "---\ntitle: ج\ndate: 2026-03-20\nlang: fa\n---\n\n[الف](a.md)\n")
    assert site.run("update").status == 0
    site.translate("posts/a", {"Title of a": "الف", "Text.": "متن."})
    assert site.run("build").status == 0
    address = unicodedata.normalize("NFC", written)
    page = site.page(f"fa/posts/{address}/")
    assert f'<link rel="canonical" href="https://example.org/sub/fa/posts/{quote(address)}/">' in page
    assert f'href="../{quote(address)}/"' in site.page("fa/posts/c/")
    assert f'href="../../../fa/posts/{quote(address)}/"' in site.page("en/posts/a/")
    assert f"/fa/posts/{quote(address)}/<" in site.read("public/sitemap.xml")
    for path, data in site.tree().items():
        if path.endswith((".html", ".xml")):
            for link in re.findall(r'(?:href|src)="([^"]*)"', data.decode()):
                assert link.isascii(), (path, link)


@pytest.mark.parametrize(
    ("one", "other"),
    [("same", "Same"), ("خانهٔ-آب", DECOMPOSED), ("İstanbul", "i\u0307stanbul"), ("straße", "strasse")],
)
def test_twins_by_case_or_normal_form_are_refused(site: Folder, one: str, other: str) -> None:
    site.post("a", "Text.\n", slug=f"{{en: {one}}}")
    site.post("b", "Text.\n", slug=f"{{en: {other}}}")
    said = site.run("build")
    assert said.status == 1 and "twin-address" in said.err
    assert "content/posts/a.md" in said.err and "content/posts/b.md" in said.err


def test_tags_that_differ_by_signs_have_each_an_address(site: Folder) -> None:
    tags = {"C": "c", "C++": "c-plus-plus", "C#": "c-sharp", "🎉 party": "1f389-party", "party": "party",
            "$": "24", "موسیقی": "موسیقی"}  # fmt: skip
    site.post("a", "Text.\n", tags="[" + ", ".join(f'"{tag}"' for tag in tags) + "]")
    assert site.run("build").status == 0
    for tag, slug in tags.items():
        assert re.search(f"<bdi[^>]*>{re.escape(tag)}</bdi>", site.page(f"en/tags/{slug}/")), tag


def test_tags_of_one_address_are_named_at_a_document(site: Folder) -> None:
    site.post("a", "Text.\n", tags="[music]")
    site.post("b", "Text.\n", tags='[walks, "Music!"]')
    said = site.run("build")
    assert said.status == 1
    assert re.search(r"content/posts/b\.md:4:15: error: the tags `Music!` and `music` would have", said.err), said.err
    assert said.err.count("twin-address") == 1


def test_an_alias_on_a_list_of_the_site_is_refused_at_its_document(site: Folder) -> None:
    site.post("a", "Text.\n", aliases="{en: [/en/archive/]}")
    said = site.run("build")
    assert said.status == 1 and re.search(r"content/posts/a\.md.*error: two pages have the address /en/archive/", said.err)


# --- redirects


@pytest.mark.parametrize("portable", [False, True])
def test_a_redirect_leads_to_a_persian_slug(site: Folder, portable: bool) -> None:
    site.post("a", "متن.\n", title="نوروز", lang="fa", slug="{fa: نوروز-در-شهر}",
              aliases=f"{{fa: [نوروز, /fa/خانهٔ-ما/گفت{HALF_SPACE}وگو]}}")  # fmt: skip
    assert site.run("build", *(["--portable"] if portable else [])).status == 0
    new, end = quote("نوروز-در-شهر"), "index.html" if portable else ""
    for old, up in (("fa/posts/نوروز/", "../"), (f"fa/خانهٔ-ما/گفت{HALF_SPACE}وگو/", "../../posts/")):
        page = site.page(old)
        assert f'<meta http-equiv="refresh" content="0; url={up}{new}/{end}">' in page
        assert f'<a href="{up}{new}/{end}">' in page
        assert f'<link rel="canonical" href="https://example.org/sub/fa/posts/{new}/">' in page
        assert "<script" not in page and 'content="noindex"' in page


# --- what git knows


def test_a_renamed_document_without_an_alias_is_missed(past: Past) -> None:
    site = past.site
    site.post("old", "A text of some length, so that git sees where it went.\n")
    past.commit(10)
    (site.root / "content/posts/old.md").rename(site.root / "content/posts/new.md")
    past.commit(12)
    line = "aliases: {en: [old], fa: [old]}"
    assert past.lost() == {
        "en/posts/old/": ("content/posts/new.md", line),
        "fa/posts/old/": ("content/posts/new.md", line),
    }
    said = site.run("check").err
    assert re.search(r"leads nowhere since 2026-03-12 \(commit [0-9a-f]{10}\)", said), said
    text = site.read("content/posts/new.md").replace("\n---\n", f"\n{line}\n---\n", 1)
    site.write("content/posts/new.md", text)
    assert past.lost() == {}
    assert site.run("build").status == 0 and "refresh" in site.page("fa/posts/old/")


def test_mv_leaves_nothing_to_miss(past: Past) -> None:
    past.site.post("old", "Text.\n")
    past.commit()
    assert past.site.run("mv", "old", "new").status == 0
    assert past.lost() == {}
    past.commit()
    assert past.lost() == {}
    assert past.site.run("mv", "new", "posts/2026/newest").status == 0
    past.commit()
    assert past.lost() == {}


def test_a_changed_slug_is_missed_and_the_line_keeps_the_aliases(past: Past) -> None:
    site = past.site
    front = "title: T\ndate: 2026-03-20\n"
    site.write("content/posts/a.md", f"---\n{front}slug:\n  fa: نوروز\naliases: {{fa: [کهن]}}\n---\n\nText.\n")
    past.commit()
    site.write("content/posts/a.md", f"---\n{front}slug:\n  fa: نوروز-نو\naliases: {{fa: [کهن]}}\n---\n\nText.\n")
    past.commit()
    site.write("content/posts/a.md", f"---\n{front}slug:\n  fa: نوروز-دیگر\naliases: {{fa: [کهن]}}\n---\n\nText.\n")
    past.commit()
    line = "aliases: {fa: [کهن, نوروز, نوروز-نو]}"
    assert past.lost() == {
        f"fa/posts/{slug}/": ("content/posts/a.md", line) for slug in ("نوروز", "نوروز-نو")
    }


def test_an_alias_that_was_taken_away_is_missed(past: Past) -> None:
    past.site.post("a", "Text.\n", aliases="{en: [older, /en/2020/x]}")
    past.commit()
    past.site.post("a", "Text.\n")
    past.commit()
    line = 'aliases: {en: ["/en/2020/x", older]}'
    assert past.lost() == dict.fromkeys(("en/2020/x/", "en/posts/older/"), ("content/posts/a.md", line))


def test_the_slug_of_an_authored_edition_counts(past: Past) -> None:
    site = past.site
    site.post("a", "Text.\n")
    site.write("content/posts/a.fa.md", "---\ntitle: الف\nslug: الف\n---\n\nمتن.\n")
    past.commit()
    for end in (".md", ".fa.md"):
        (site.root / f"content/posts/a{end}").rename(site.root / f"content/posts/b{end}")
    past.commit()
    assert past.lost() == {"en/posts/a/": ("content/posts/b.md", "aliases: {en: [a]}")}
    site.write("content/posts/b.fa.md", "---\ntitle: الف\nslug: ب\n---\n\nمتن.\n")
    past.commit()
    line = "aliases: {en: [a], fa: [الف]}"
    assert past.lost() == {
        "en/posts/a/": ("content/posts/b.md", line), "fa/posts/الف/": ("content/posts/b.md", line),
    }  # fmt: skip


def test_what_was_deleted_and_what_is_a_draft_again(past: Past) -> None:
    site = past.site
    site.post("gone", "A text that nothing else resembles, and that is gone.\n")
    site.post("shy", "Another one.\n")
    site.write("content/pages/p.md", "---\ntitle: P\n---\n\nA page.\n")
    past.commit()
    (site.root / "content/posts/gone.md").unlink()
    (site.root / "content/pages/p.md").unlink()
    site.post("shy", "Another one.\n", draft="true")
    past.commit()
    gone = 'aliases: {en: ["/en/posts/gone"], fa: ["/fa/posts/gone"]}'
    shy = 'aliases: {en: ["/en/posts/shy"], fa: ["/fa/posts/shy"]}'
    page = 'aliases: {en: ["/en/p"], fa: ["/fa/p"]}'
    assert past.lost() == {
        "en/posts/gone/": ("content/posts/gone.md", gone), "fa/posts/gone/": ("content/posts/gone.md", gone),
        "en/posts/shy/": ("content/posts/shy.md", shy), "fa/posts/shy/": ("content/posts/shy.md", shy),
        "en/p/": ("content/pages/p.md", page), "fa/p/": ("content/pages/p.md", page),
    }  # fmt: skip
    site.post("other", "Text.\n", aliases=gone.removeprefix("aliases: "))
    site.post("shy", "Another one.\n")
    site.write("content/pages/p/index.md", "---\ntitle: P\n---\n\nA page.\n")
    assert past.lost() == {}


def test_drafts_and_what_is_held_back_were_never_lost(past: Past) -> None:
    site = past.site
    site.post("d", "Text of a draft.\n", draft="true")
    site.post("later", "Text.\n", date="2026-04-01")
    past.commit()
    (site.root / "content/posts/d.md").rename(site.root / "content/posts/e.md")
    past.commit()
    assert past.lost() == {}
    assert past.lost("--as-of", "2026-03-20") == {}


def test_what_is_not_committed_yet_is_told_as_well(past: Past) -> None:
    past.site.post("old", "Text.\n")
    past.commit()
    (past.site.root / "content/posts/old.md").rename(past.site.root / "content/posts/new.md")
    assert set(past.lost()) == {"en/posts/old/", "fa/posts/old/"}
    assert "is published by the last commit" in past.site.run("check").err


def test_a_language_that_came_later_had_no_addresses_before(past: Past) -> None:
    site = past.site
    site.write("content/site.toml", SITE.partition("\n[languages.fa]")[0] + "\n")
    site.post("old", "A text of some length, so that git sees where it went.\n")
    site.post("older", "A second text, of which much the same can be said, and no more.\n")
    past.commit()
    (site.root / "content/posts/old.md").rename(site.root / "content/posts/new.md")
    past.commit()
    site.write("content/site.toml", SITE)
    past.commit()
    (site.root / "content/posts/older.md").rename(site.root / "content/posts/newer.md")
    past.commit()
    assert set(past.lost()) == {"en/posts/old/", "en/posts/older/", "fa/posts/older/"}


def test_only_the_main_line_was_published(past: Past) -> None:
    site = past.site
    site.post("a", "Text.\n")
    past.commit()
    past.git("checkout", "-q", "-b", "side")
    site.post("first-try", "A new text on a side branch, that is to be renamed.\n")
    past.commit()
    (site.root / "content/posts/first-try.md").rename(site.root / "content/posts/final.md")
    past.commit()
    past.git("checkout", "-q", "main")
    past.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    assert past.lost() == {}
    (site.root / "content/posts/final.md").unlink()
    past.commit()
    assert set(past.lost()) == {"en/posts/final/", "fa/posts/final/"}


def test_the_rule_can_be_off_and_git_be_missing(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    past.site.post("old", "Text.\n")
    past.commit()
    (past.site.root / "content/posts/old.md").unlink()
    past.commit()
    assert past.lost()
    site_toml = past.site.read("content/site.toml")
    past.site.write("content/site.toml", site_toml + '\n[checks]\nlost-address = "off"\n')
    assert past.lost() == {}
    past.site.write("content/site.toml", site_toml + '\n[checks]\nlost-address = "error"\n')
    assert past.site.run("check").status == 1
    past.site.write("content/site.toml", site_toml)
    monkeypatch.setenv("PATH", "/nowhere")
    assert past.lost() == {}


def test_a_site_below_the_top_of_its_repository(tmp_path: Path) -> None:
    site = Folder(tmp_path / "web" / "site")
    site.write("content/site.toml", SITE)
    past = Past(site)
    (site.root / ".git").rename(tmp_path / ".git")
    site.post("old", "A text of some length, so that git sees where it went.\n")
    past.commit()
    (site.root / "content/posts/old.md").rename(site.root / "content/posts/new.md")
    past.commit()
    assert set(past.lost()) == {"en/posts/old/", "fa/posts/old/"}


def test_what_git_said_is_remembered_for_the_commit(past: Past) -> None:
    past.site.post("old", "Text.\n")
    past.commit()
    (past.site.root / "content/posts/old.md").unlink()
    past.commit()
    first = past.lost()
    cache = past.site.root / ".dozaban/addresses.json"
    assert cache.exists() and first
    assert past.lost() == first
    known = files.read_cache(past.site.root, ".dozaban/addresses.json")
    assert known is not None
    cache.write_bytes(known.replace(b"posts/old/", b"posts/forged/"))
    assert set(past.lost()) == set(first)  # it has no seal of ours
    files.write_cache(past.site.root, ".dozaban/addresses.json", known.replace(b"posts/old/", b"posts/from-memory/"))
    assert set(past.lost()) == {"en/posts/from-memory/", "fa/posts/from-memory/"}
    past.site.post("more", "Text.\n")
    past.commit()
    assert set(past.lost()) == set(first)
