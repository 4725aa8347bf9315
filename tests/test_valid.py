"""Every page that we write is valid HTML: by a strict parser, and by the W3C's checker."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import html5lib
import pytest
from conftest import CI, ROOT, Folder, need

CHECKER = ROOT / ".venv/checker/node_modules/vnu-jar/build/dist/vnu.jar"

LEFT = {
    r"Trailing slash on void elements has no effect": "as the CommonMark specification writes <br /> and <img />",
    r"Resource violates Content Security Policy": "from a file the checker takes nothing for 'self'; test_strict.py asks a browser",
    r"Inline script violates Content Security Policy": "JSON-LD is data; no script stands in a page, says test_strict.py",
    r"The “\w+” role is unnecessary for element “t\w+”": "a phone shows these tables as blocks, and some browsers forget then",
    r"The “role” attribute must not be used on a “t\w+” element which has a “table” ancestor": "likewise",
}
"""What the checker says and we leave as it is, with the reason."""


@pytest.fixture(scope="module")
def outputs(example: Folder) -> dict[str, Path]:
    """All that is HTML: the site as servers and as disks have it, and the status site."""
    root = example.root / "valid"
    for name, arguments in {
        "portable": ("build", "--portable", "--drafts", "--out"),
        "status": ("status", "--html"),
    }.items():
        said = example.run(*arguments, str(root / name))
        assert said.status == 0, said.err
    return {"site": example.root / "public", **{path.name: path for path in root.iterdir()}}


def test_html_is_valid_by_html5libs_strict_parser(outputs: dict[str, Path]) -> None:
    seen = set()
    for name in ("site", "status"):  # links alone are other ones in `portable`
        for path in sorted(outputs[name].rglob("*.html")):
            data = path.read_bytes()
            html5lib.HTMLParser(strict=True).parse(data.decode())
            seen.add(data)
    mains = (re.search(rb'<main[^>]* class="([^" ]*)', data) for data in seen)
    kinds = {found[1] for found in mains if found}
    assert {b"home", b"list", b"archive", b"terms", b"article", b"page", b"withheld", b"parallel", b"search"} <= kinds


def test_each_page_has_one_title_one_main_and_a_heading(outputs: dict[str, Path]) -> None:
    for folder in outputs.values():
        for path in sorted(folder.rglob("*.html")):
            text = path.read_text(encoding="utf-8")
            assert len(re.findall(r"<title[ >]", text)) == len(re.findall(r"<main[ >]", text)) == 1, path
            languages = 2 if "/parallel/" in path.as_posix() else 1
            assert len(re.findall(r"<h1[ >]", text)) == languages, path


@pytest.mark.soak
@pytest.mark.skipif(not os.environ.get("DOZABAN_SOAK") and not CHECKER.exists(), reason="run by `make soak`")
def test_html_is_valid_by_the_nu_html_checker(outputs: dict[str, Path]) -> None:
    if not CHECKER.exists():
        message = "the HTML checker is missing: tests/fetch_checker.sh .venv/checker"
        if CI:
            pytest.fail(message)
        pytest.skip(message)
    command = [need("java"), "-jar", str(CHECKER), "--format", "json", "--exit-zero-always", "--skip-non-html"]
    folders = [str(folder) for folder in outputs.values()]
    done = subprocess.run([*command, *folders], capture_output=True, text=True, check=True)
    said: dict[str, list[str]] = {}
    for one in json.loads(done.stderr)["messages"]:
        if not any(re.match(left, one["message"]) for left in LEFT):
            said.setdefault(one["message"], []).append(f"{one['url']}: {one.get('extract', '')}")
    shown = "".join(f"\n{len(found)}: {message}\n    {found[0]}" for message, found in sorted(said.items()))
    assert not said, shown
