"""A warm build gives the bytes of a fresh one, whatever changed in between."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from conftest import SITE, Folder

from pipeline import memo


@pytest.fixture
def warm(site: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A site that was built twice, so that the second build was remembered."""
    real = time.time_ns
    monkeypatch.setattr(memo.time, "time_ns", lambda: real() + 10_000_000_000)
    site.post("a", "Text.\n\n![x](x.svg)\n", tags="[music]", title="A title")
    site.post("b", "See [a](a.md) and [no](nowhere.md).\n")
    site.write("content/posts/x.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    site.write("content/site.toml", SITE + '\n[checks]\nbroken-link = "warn"\n')
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان", "Text.": "متن."})
    assert site.run("build").status == 0
    first = site.run("build")
    assert site.run("build") == first  # the warnings are said again
    assert "nowhere.md" in first.err
    return site


def rewrite(path: str, old: str, new: str) -> Callable[[Folder], None]:
    return lambda site: site.write(path, site.read(path).replace(old, new)) and None


CHANGES: dict[str, Callable[[Folder], object]] = {
    "a post": rewrite("content/posts/a.md", "Text.", "Other."),
    "a title": rewrite("content/posts/b.md", "Title of b", "Another"),
    "a catalogue": lambda site: site.translate("posts/a", {"Text.": "متنی دیگر."}),
    "a term": lambda site: site.translate("terms", {"music": "موسیقی"}),
    "the settings": rewrite("content/site.toml", 'title = "Pol"', 'title = "Pul"'),
    "a picture": rewrite("content/posts/x.svg", "svg'/>", "svg' />"),
    "a new post": lambda site: site.post("c", "New.\n"),
    "a post gone": lambda site: (site.root / "content/posts/b.md").unlink(),
    "a new template": lambda site: site.write(
        "templates/archive.html", '{% extends "base.html" %}{% block content %}Mine{% endblock %}'
    ),
    "a page edited by hand": lambda site: site.write("public/en/index.html", "mine"),
    "a page deleted by hand": lambda site: (site.root / "public/en/index.html").unlink(),
    "a file too many": lambda site: site.write("public/en/extra.html", "mine"),
    "a memory cut off": lambda site: site.write(".dozaban/build.json", site.read(".dozaban/build.json")[:99]),
    "nothing": lambda site: None,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_warm_build_is_a_fresh_one(warm: Folder, change: str) -> None:
    CHANGES[change](warm)
    assert warm.run("build").status == 0
    assert warm.run("build", "--no-cache", "--out", str(warm.root / "fresh")).status == 0
    assert warm.tree("public") == warm.tree("fresh")


def test_other_options_are_another_build(warm: Folder) -> None:
    plain = warm.tree()
    assert warm.run("build", "--portable").status == 0
    assert warm.tree() != plain
    assert warm.run("build").status == 0
    assert warm.tree() == plain


def test_nothing_to_do_writes_nothing(warm: Folder) -> None:
    said = warm.run("build")
    assert " 0 written" in said.out
