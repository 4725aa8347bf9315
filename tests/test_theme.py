"""Themes: what templates get, held against their documentation; copies; mistakes in them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from types import SimpleNamespace
from typing import Any

import jinja2
import jinja2.nodes
import pytest
from conftest import ROOT, SITE, Folder, need, run
from jinja2 import meta
from markupsafe import Markup

from pipeline.app import theme

README = (ROOT / "templates/README.md").read_text(encoding="utf-8")

# --- what README.md says


@dataclass
class Shape:
    """What a value has, as documented: HTML, fields of its own, or those of a kind."""

    html: bool = False
    kinds: list[str] = field(default_factory=list)  # several: those of a tuple's members
    fields: dict[str, Shape] = field(default_factory=dict)


def read_cell(cell: str) -> dict[str, Shape]:
    """A cell's names: "`a`, `b` ʜ, `c` of *kind*, `d`: `e`, `f`; `g`"; remarks in brackets are left out."""
    found: dict[str, Shape] = {}
    inside: dict[str, Shape] = found
    last = Shape()
    if before := re.match(r"\*([^*]+)\*", cell):  # all that another kind has, and more
        found |= KINDS[before[1]]
        cell = cell[before.end() :]
    for name, kind, sign in re.findall(r"`([^`]+)`|\*([^*]+)\*|(ʜ|:|;)", re.sub(r"\([^()]*\)", "", cell)):
        if name:
            last = inside[name] = Shape()
        elif kind:
            last.kinds.append(kind)
        elif sign == "ʜ":
            last.html = True
        elif sign == ":":
            inside = last.fields
        else:
            inside = found
    return found


def rows(text: str, first: str) -> Iterator[list[str]]:
    """The rows of the tables whose first heading is `first`."""
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("|"):
            inside = False
        elif cells[0].strip("| ") == first:
            inside = True
        elif inside and not line.startswith("|--"):
            yield [cell.strip("| ") for cell in cells]


KINDS: dict[str, dict[str, Shape]] = {}
for _name, _has in rows(README, "value"):
    KINDS[_name.strip("*")] = read_cell(_has)
TEMPLATES = {name.strip("`"): read_cell(gets) for name, _, gets in rows(README, "template")}


def test_every_template_is_in_the_table_and_no_other() -> None:
    there = {
        path.relative_to(ROOT / "templates").as_posix()
        for path in (ROOT / "templates").rglob("*")
        if path.suffix in (".html", ".xml", ".txt")
    }
    assert set(TEMPLATES) == there


# --- what the code gives


def own(value: Any) -> dict[str, Any] | None:
    """A value's fields, where it has any."""
    if isinstance(value, SimpleNamespace):
        return vars(value)
    if is_dataclass(value):
        names = [one.name for one in fields(value)]
        names += [name for name, one in vars(type(value)).items() if isinstance(one, property)]
        return {name: getattr(value, name) for name in names}
    return None


class Held:
    """Compares every value that a template gets with what is documented; notes what was seen."""

    def __init__(self) -> None:
        self.wrong: set[str] = set()
        self.templates: set[str] = set()
        self.kinds: set[str] = set()
        self.met: dict[tuple[int, str], Any] = {}

    def template(self, name: str, values: dict[str, Any]) -> None:
        self.templates.add(name)
        self.all_of(values, TEMPLATES.get(name, {}), name)

    def all_of(self, given: dict[str, Any], documented: dict[str, Shape], where: str) -> None:
        self.wrong |= {f"{where}: `{name}` is not documented" for name in set(given) - set(documented)}
        self.wrong |= {f"{where}: there is no `{name}`" for name in set(documented) - set(given)}
        for name in set(given) & set(documented):
            self.one(given[name], documented[name], f"{where}: {name}")

    def one(self, value: Any, shape: Shape, where: str) -> None:
        if isinstance(value, tuple) and len(shape.kinds) == len(value) > 1:
            for member, kind in zip(value, shape.kinds, strict=True):
                self.one(member, Shape(kinds=[kind]), where)
            return
        if isinstance(value, (list, tuple)):
            for member in value:
                self.one(member, shape, where)
            return
        has = own(value)
        for kind in shape.kinds:
            if kind not in KINDS:
                self.wrong.add(f"{where}: there is no row for *{kind}*")
            elif has is None:
                if value:
                    self.wrong.add(f"{where}: is no *{kind}* but {value!r}")
            elif (id(value), kind) not in self.met:  # letters lead to pieces, and these to letters
                self.met[id(value), kind] = value
                self.kinds.add(kind)
                self.all_of(has, KINDS[kind], f"*{kind}*")
        if shape.kinds:
            return
        if has is not None:
            self.all_of(has, shape.fields, where)
        elif isinstance(value, Markup) and value and not shape.html:
            self.wrong.add(f"{where}: is HTML, and not marked ʜ")
        elif shape.fields and value:
            self.wrong.add(f"{where}: has no fields")


RICH = """\
---
title: Rich
summary: Everything at once.
date: 2026-03-20
updated: 2026-03-22
tags: [music]
image: {src: x.svg, alt: A square, caption: From above}
credit: {authors: [Mina Rad], publisher: The Courier, place: Tarnholt, date: 2026-03-18, url: https://example.net/}
aliases: {en: [poor]}
---

Text.
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """All of the example, as site, status and newsletter, with whatever its templates got."""
    found = Held()
    root = tmp_path_factory.mktemp("theme")
    for name in ("content", "locales"):
        shutil.copytree(ROOT / name, root / name)
    site = Folder(root)
    site.write("content/posts/rich/index.md", RICH)
    site.write("content/posts/rich/x.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
    real = jinja2.Template.render

    def render(template: jinja2.Template, *values: Any, **named: Any) -> str:
        found.template(template.name or "", dict(*values, **named))
        return real(template, *values, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Template, "render", render)
        assert site.run("build", "--jobs", "1").status == 0
        for name in ("autumn-reading", "new-year-1405"):
            assert site.run("newsletter", "preview", name).status == 0
        assert site.run("status", "--html", str(root / "report")).status == 0
        troubled = Folder(tmp_path_factory.mktemp("troubled"))
        troubled.write("content/site.toml", SITE)
        troubled.post("a", "Text.\n")
        assert troubled.run("update").status == 0
        for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "x")):
            subprocess.run(
                [need("git"), "-c", "user.name=Mina", "-c", "user.email=mina@example.org", *arguments],
                cwd=troubled.root, check=True,
            )  # fmt: skip
        troubled.post("b", "Text.\n", langauge="fa")
        troubled.run("status", "--html", str(troubled.root / "report"))
    return found


def test_templates_get_what_is_documented(held: Held) -> None:
    assert not held.wrong, "\n" + "\n".join(sorted(held.wrong))


def test_all_that_is_documented_was_met(held: Held) -> None:
    """So that the comparison above leaves nothing out."""
    assert sorted(set(KINDS) - held.kinds) == []
    without = {name for name, gets in TEMPLATES.items() if gets} - held.templates
    assert without == {"base.html", "status/base.html", "_fonts.html"}  # which others extend or include


def test_what_templates_use_is_what_they_get() -> None:
    """Also for those that others extend, include or import."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "templates"), extensions=["jinja2.ext.i18n", "pipeline.templating.Once"]
    )
    env.filters |= dict.fromkeys(filters(), str)
    given = {"language", "_", "gettext", "ngettext", "pgettext", "npgettext"}
    for name, gets in TEMPLATES.items():
        tree = env.parse((ROOT / "templates" / name).read_text(encoding="utf-8"))
        own = {one for node in tree.find_all(jinja2.nodes.FromImport) for one in node.names}
        own |= {node.target for node in tree.find_all(jinja2.nodes.Import)}
        own |= {node.name for node in tree.find_all(jinja2.nodes.Name) if node.ctx == "store"}
        assert meta.find_undeclared_variables(tree) - given - own <= set(gets), name


def filters() -> set[str]:
    """The names of the filters that the code gives to templates."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "pipeline").rglob("*.py")]
    return set(re.findall(r"env\.filters\[\"(\w+)\"\]", "".join(sources)))


def test_the_filters_are_listed() -> None:
    assert {"number", "isolate", "day"} <= filters()
    assert not [name for name in filters() if f"`{name}`" not in README]


# --- copies


def test_a_copy_is_used_in_place_of_ours_and_changes_nothing_by_itself(site: Folder) -> None:
    site.post("a", "Text.\n", tags="[music]")
    assert site.run("build").status == 0
    before = site.tree()
    for name in ("base.html", "_parts.html", "feed.xml", "sitemap.xml", "404.html"):
        said = site.run("theme", "copy", name)
        assert said.status == 0 and f"wrote templates/{name}" in said.out
    assert site.run("build").status == 0
    assert site.tree() == before
    assert site.run("update").status == 0
    assert site.run("check").status == 0
    text = site.read("templates/base.html")
    site.write("templates/base.html", text.replace("<body>", '<body>\n<p>{{ _("Mind the gap") }}</p>'))
    assert site.run("update").status == 0
    site.translate("messages", {"Mind the gap": "مراقب فاصله باشید"})
    assert site.run("build").status == 0
    assert "مراقب فاصله باشید" in site.page("fa/") and "Mind the gap" in site.page("en/")


def test_new_strings_reach_messages_po(site: Folder) -> None:
    site.write("templates/mine/_box.html", '{# Translators: on a box #}{{ _("A box") }}')
    site.write("templates/status/_words.html", (ROOT / "templates/status/_words.html").read_text(encoding="utf-8"))
    site.write("templates/note.txt", "{% trans n=n %}{{ n }} box{% pluralize %}{{ n }} boxes{% endtrans %}")
    assert site.run("update").status == 0
    messages = site.read("locales/fa/LC_MESSAGES/messages.po")
    assert 'msgid "A box"' in messages and 'msgid_plural "%(n)s boxes"' in messages
    assert "templates/mine/_box.html" in messages
    assert site.run("update", "--check").status == 0


def test_nothing_is_copied_over_anything(site: Folder) -> None:
    site.write("templates/base.html", "mine")
    said = site.run("theme", "copy", "base.html")
    assert said.status == 2 and "there already" in said.err and "dozaban theme show base.html | diff" in said.err
    assert site.read("templates/base.html") == "mine"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("bse.html", "did you mean `base.html`"), ("../pyproject.toml", "theme show"), ("zzz", "theme show"), ("", "theme show")],
)
def test_what_the_theme_has_not(site: Folder, name: str, hint: str) -> None:
    said = site.run("theme", "copy", name)
    assert said.status == 2 and hint in said.err
    assert not (site.root / "templates").exists()


def test_the_list_says_what_each_is_for_and_which_are_yours(site: Folder) -> None:
    site.write("templates/mine.html", "mine")
    assert site.run("theme", "copy", "templates/archive.html").status == 0
    assert site.run("theme", "copy", "assets/style.css").status == 0
    lines = site.run("theme", "show").out.splitlines()
    said = {line.split()[0]: line.partition(" ")[2].strip() for line in lines}
    assert said["archive.html"] == "the months of all years, or of one; yours"
    assert said["mine.html"] == "yours alone" and said["assets/style.css"] == "yours"
    assert said["redirect.html"] == "an earlier address"
    assert set(TEMPLATES) <= set(said)
    assert not [name for name in TEMPLATES if not said[name]]
    listed = json.loads(site.run("theme", "show", "--json").out)
    assert [one["name"] for one in listed["templates"]] == [line.split()[0] for line in lines]


def test_the_tools_own_repository_has_no_copies() -> None:
    said = run("-C", str(ROOT), "theme", "show")
    assert said.status == 0 and "yours" not in said.out and "base.html" in said.out


def test_a_file_that_can_hold_no_remark_is_copied_without_a_mark(site: Folder) -> None:
    assert site.run("theme", "copy", "newsletter.typ").status == 0
    assert site.read("templates/newsletter.typ") == (ROOT / "templates/newsletter.typ").read_text(encoding="utf-8")
    assert "theme-drift" not in site.run("check").err


def test_one_is_printed_as_it_is(site: Folder) -> None:
    for name in ("base.html", "assets/icon.svg", "README.md"):
        said = site.run("theme", "show", name)
        assert (said.status, said.out) == (0, (ROOT / "templates" / name).read_text(encoding="utf-8"))


def test_a_template_of_ours_that_changed_since_it_was_copied(site: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post("a", "Text.\n")
    assert site.run("update").status == 0
    for name in ("base.html", "assets/style.css", "archive.html"):
        assert site.run("theme", "copy", name).status == 0
    assert "theme-drift" not in site.run("check").err
    newer = Folder(site.root.parent / "newer")
    for below in ("templates", "locales"):
        shutil.copytree(ROOT / below, newer.root / below)
    (newer.root / "templates/archive.html").unlink()
    for name in ("templates/base.html", "templates/assets/style.css"):
        newer.write(name, newer.read(name) + "\n")
    monkeypatch.setattr(theme, "package_data", lambda: newer.root)
    said = site.run("check")
    assert said.status == 0
    assert "templates/base.html:1: warning: dozaban's base.html has changed since this was copied" in said.err
    assert "templates/assets/style.css:1: warning: dozaban's assets/style.css has changed" in said.err
    assert "templates/archive.html:1: warning: dozaban has no archive.html any more" in said.err
    assert "yours; dozaban's has changed since you copied it" in site.run("theme", "show").out
    state = re.search(r"theme show base\.html \| diff templates/base\.html - .*`state (\w{8})`", said.err)
    assert state
    text = re.sub(r"state \w{8}", f"state {state[1]}", site.read("templates/base.html"), count=1)
    site.write("templates/base.html", text)
    assert "base.html" not in site.run("check").err
    site.write("content/site.toml", SITE + '\n[checks]\ntheme-drift = "off"\n')
    assert "theme-drift" not in site.run("check").err


# --- mistakes

BLOCK = '{%% extends "base.html" %%}\n{%% block content %%}\n%s\n{%% endblock %%}\n'

MISTAKES: dict[str, tuple[str, str | bytes | tuple[str, str], str, str]] = {
    "an unknown variable": ("archive.html", BLOCK % "{{ pgae }}", r"archive\.html:3: error: unknown variable `pgae`", "README.md"),
    "an unknown field": ("archive.html", BLOCK % "{{ page.titel }}", r"archive\.html:3: error: there is no `titel`", "README.md"),
    "a field of nothing": ("home.html", BLOCK % "{{ page.above.href }}", r"home\.html:3: error: there is no `href`", "README.md"),
    "an unknown tag": ("archive.html", BLOCK % "{% fi %}", r"archive\.html:3: error: .*'fi'", "remove the file"),
    "an open block": ("archive.html", "{% block content %}\n", r"archive\.html:1: error: ", "remove the file"),
    "an unknown filter": ("archive.html", BLOCK % "{{ 1|numbr }}", r"archive\.html:3: error: .*'numbr'", "remove the file"),
    "a filter's wrong value": ("archive.html", BLOCK % "{{ 'x'|number }}", r"archive\.html:3: error: ", "README.md"),
    "a sum that is none": ("base.html", "<p>\n{{ 1 / 0 }}", r"base\.html:2: error: ZeroDivisionError", "README.md"),
    "no such parent": ("archive.html", '{% extends "bse.html" %}', r"archive\.html:1: error: there is no template `bse\.html`", "theme show"),
    "no such part": ("archive.html", BLOCK % '{% include "x.html" %}', r"archive\.html:3: error: there is no template `x\.html`", "theme show"),
    "its own parent": ("archive.html", '{% extends "archive.html" %}', r"archive\.html:1: error: .*without end", "remove the file"),
    "a macro that is gone": ("_parts.html", "x", r"_parts\.html: error: `\w+` is missing here, which \w+\.html imports", "remove the file"),
    "words that are gone": ("_words.html", '{% set home = _("x") %}', r"_words\.html: error: what pages say is missing here: .*archive", "theme show _words.html"),
    "a mistake in a word": ("_words.html", ('{% set home = _("Home") %}', "{% set home = nothing %}"), r"_words\.html: error: `home` is set to an unknown variable", ""),
    "a mistake in a macro": ("_words.html", ("{% macro about_month(name) %}", "{% macro about_month(name) %}{{ nothing }}"), r"_words\.html:\d+: error: unknown variable `nothing`", "README.md"),
    "another encoding": ("base.html", b"<p>\ncaf\xe9", r"base\.html:2: error: this is not UTF-8", "remove the file"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_error_at_its_place(site: Folder, mistake: str) -> None:
    site.post("a", "Text.\n", tags="[music]")
    assert site.run("build").status == 0
    before = site.tree()
    name, text, expected, hint = MISTAKES[mistake]
    if isinstance(text, tuple):
        ours = (ROOT / "templates" / name).read_text(encoding="utf-8")
        assert text[0] in ours
        text = ours.replace(*text)
    site.write(f"templates/{name}", text)
    said = site.run("build")
    assert said.status == 1, said
    assert re.search(rf"^templates/{expected}", said.err, re.MULTILINE), said.err
    assert hint in said.err and said.err.count("error") == 1 and "Traceback" not in said.err
    assert site.tree() == before


def test_a_mistake_in_the_status_site(site: Folder) -> None:
    site.post("a", "Text.\n")
    assert site.run("update").status == 0
    site.write("templates/status/_words.html", '{% set heading = "x" %}')
    said = site.run("status", "--html", str(site.root / "report"))
    assert said.status == 1 and "templates/status/_words.html: error: what pages say is missing here" in said.err


def test_a_mistake_is_found_by_workers_too(site: Folder) -> None:
    for number in range(8):
        site.post(f"p{number}", "Text.\n")
    site.write("templates/article.html", BLOCK % "{{ nothing }}")
    said = site.run("build", "--jobs", "2")
    assert said.status == 1 and said.err.count("error") == 1
    assert "templates/article.html:3: error: unknown variable `nothing`" in said.err
