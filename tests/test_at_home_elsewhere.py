"""Our catalogues in other people's tools: gettext, translate-toolkit, Weblate's discovery."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT, Folder, need

from pipeline import po

CATALOGUES = sorted((ROOT / "locales").rglob("*.po"))
IDS = [path.relative_to(ROOT / "locales").as_posix() for path in CATALOGUES]

WEBLATE = re.findall(r"`(locales/\(\?P<language>.*?\.po)`", (ROOT / "README.md").read_text(encoding="utf-8"))


def meaning(catalogue: po.Catalogue) -> list[object]:
    return [
        (e.key, e.plural, e.msgstr, e.plurals, sorted(e.flags), e.previous, e.obsolete, e.comments, e.extracted)
        for e in catalogue.entries
    ]


@pytest.mark.parametrize("path", CATALOGUES, ids=IDS)
def test_gettext_accepts_without_a_warning_and_keeps_the_meaning(path: Path, tmp_path: Path) -> None:
    said = subprocess.run(
        [need("msgfmt"), "-c", "-v", "-o", "/dev/null", str(path)],
        capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, check=False,
    )  # fmt: skip
    assert said.returncode == 0
    assert re.fullmatch(r"\d+ translated messages?(, \d+ (fuzzy translation|untranslated message)s?)*\.\n", said.stderr)
    out = tmp_path / "out.po"
    subprocess.run([need("msgcat"), "-o", str(out), str(path)], check=True)
    ours, theirs = po.parse(path.read_bytes(), ""), po.parse(out.read_bytes(), "")
    assert meaning(theirs) == meaning(ours)
    assert po.headers(theirs) == po.headers(ours)


def test_translate_toolkit_reads_and_filters(tmp_path: Path) -> None:
    from translate.filters import pofilter

    out = tmp_path / "out"
    assert pofilter.main is not None
    done = subprocess.run(
        [need_python(), "-m", "translate.filters.pofilter", "--progress=none", str(ROOT / "locales/fa"), str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr, done.stderr


def need_python() -> str:
    import sys

    return sys.executable


def test_what_another_tool_saves_is_read_back_whole(site: Folder) -> None:
    """translate-toolkit, as Weblate uses it, changes one message and saves; nothing else is lost."""
    from translate.storage import pypo

    site.post("a", "First *text*.\n\nSecond.\n\nThird.\n", title="A title")
    assert site.run("update").status == 0
    site.translate("posts/a", {"A title": "عنوان", "First *text*.": "*متن* یکم، می‌رود.", "Second.": "دوم."})
    site.post("a", "First *text*.\n\nSecond, changed.\n", title="A title")
    assert site.run("update").status == 0
    path = site.root / "locales/fa/LC_MESSAGES/posts/a.po"
    before = po.parse(path.read_bytes(), "")
    store = pypo.pofile.parsefile(str(path))
    for unit in store.units:
        if unit.source == "Second, changed.":
            unit.target = "دوم، تغییرکرده."
            unit.markfuzzy(False)
    store.save()
    after = po.parse(path.read_bytes(), "")
    changed = {"Second, changed."}
    assert [e for e in after.entries if e.msgid not in changed and not e.obsolete] == [
        e for e in before.entries if e.msgid not in changed and not e.obsolete
    ]
    assert {e.msgstr for e in before.entries if e.obsolete} == {e.msgstr for e in after.entries if e.obsolete}
    assert site.run("build").status == 0
    assert "دوم، تغییرکرده." in site.page("fa/posts/a/")


def test_weblates_discovery_finds_each_direction() -> None:
    """The patterns in the README find every catalogue once, each under its source language."""
    assert len(WEBLATE) == 2
    site = tomllib.loads((ROOT / "content/site.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for pattern in WEBLATE:
        for path in CATALOGUES:
            name = path.relative_to(ROOT).as_posix()
            match = re.fullmatch(pattern, name)
            if match is None:
                continue
            assert name not in found
            found[name] = match["language"]
            assert match["language"] in site["languages"]
            headers = dict(po.headers(po.parse(path.read_bytes(), "")))
            assert headers["Language"] == match["language"]
            assert headers["X-Source-Language"] != match["language"], name
    assert set(found) == {path.relative_to(ROOT).as_posix() for path in CATALOGUES}


def test_mo_files_are_ignored(site: Folder) -> None:
    site.post("a", "Text.\n")
    assert site.run("update").status == 0
    site.write("locales/fa/LC_MESSAGES/posts/a.mo", b"\xde\x12\x04\x95 rubbish")
    assert site.run("update", "--check").status == 0
    assert site.run("build").status == 0
    assert not [path for path in site.tree() if path.endswith(".mo")]
